//! Which column is to be forecast.

use std::collections::BTreeMap;

use super::looked::Looked;
use super::names;

/// Why a column of numbers is no good target; `None` if nothing speaks against it. `series` numbers the series of the rows.
pub(super) fn unfit(
    columns: &[Looked<'_>],
    index: usize,
    series: Option<&[u32]>,
) -> Option<String> {
    let looked = &columns[index];
    let said = |reason: &str| Some(reason.to_owned());
    if looked.known() < 2 && looked.rows > 1 {
        return said("It is the same in all rows.");
    }
    if series.is_some_and(|series| is_fixed(looked, series)) {
        return said("It is the same in all rows of a series.");
    }
    let exactly_asked = looked.is_called(names::TARGETS[0]);
    if exactly_asked {
        return None;
    }
    if looked.is_long_code() {
        return said("Its numbers are too long to be measures: they name something.");
    }
    let range = looked.range();
    let within =
        |low: f64, high: f64| range.is_some_and(|(least, most)| least >= low && most <= high);
    if looked.known() == 2
        && looked.is_whole()
        && (within(0.0, 1.0) || looked.called(&names::FLAGS))
    {
        return said("It is a flag: it has two values only.");
    }
    if looked.called(&names::FLAGS) && looked.is_whole() && looked.known() <= 5 {
        return said("Its name says that it is a flag.");
    }
    let clock = [
        "date",
        "time",
        "datetime",
        "timestamp",
        "epoch",
        "unix",
        "ts",
    ];
    if looked.called(&clock)
        && columns.len() > 2
        && (looked.dates.is_some() || never_goes_back(looked))
    {
        return said("Its name says that it is a time.");
    }
    if looked.counts_rows() || series.is_some_and(|series| counts_within(looked, series)) {
        return said("It counts the rows.");
    }
    if looked.called(&names::IDS) && looked.is_whole() && !looked.is_called(&["index"]) {
        return said("Its name says that it is a number of something, no measure.");
    }
    if looked.called(&names::CALENDAR)
        && looked.is_whole()
        && (within(0.0, 366.0) || within(1500.0, 2500.0))
        && !is_measured(looked)
    {
        return said("It is a part of the calendar.");
    }
    if looked.called(&names::PLACES) {
        return said("It says where, not how much.");
    }
    if looked.called(&names::QUALITIES) && !looked.is_called(&names::PRICES) && looked.known() <= 20
    {
        return said("It says how a value was made or how sure it is.");
    }
    if looked.called(&names::BOUNDS) && columns.len() > 2 {
        return said("It says how far a value may be off.");
    }
    if looked.called(&names::DERIVED) && columns.len() > 2 {
        return said("It is made of another column.");
    }
    if looked.called(&names::TRADED) && is_beside_a_price(columns, index) {
        return said("It says how much was traded, beside a price.");
    }
    None
}

/// Whether another column is a price. All columns are gone through: ask it last.
fn is_beside_a_price(columns: &[Looked<'_>], index: usize) -> bool {
    let is_price = |looked: &Looked<'_>| {
        looked.is_numeric()
            && looked.called(&["close", "closing", "last", "price", "settle", "adj", "kurs"])
            && looked.known() > 2
    };
    let mut others = columns
        .iter()
        .enumerate()
        .filter(|&(other, _)| other != index);
    others.any(|(_, looked)| is_price(looked))
}

/// Whether no number is less than the one before.
fn never_goes_back(looked: &Looked<'_>) -> bool {
    let values = looked.numbers().unwrap_or_default();
    values.windows(2).all(|pair| pair[0] <= pair[1])
}

/// Whether a column has one value in each series.
fn is_fixed(looked: &Looked<'_>, series: &[u32]) -> bool {
    let mut value: Vec<Option<u32>> = Vec::new();
    let mut rows = vec![];
    for (&series, &code) in series.iter().zip(&looked.codes) {
        let series = series as usize;
        if value.len() <= series {
            value.resize(series + 1, None);
            rows.resize(series + 1, 0);
        }
        rows[series] += 1;
        if *value[series].get_or_insert(code) != code {
            return false;
        }
    }
    rows.iter().any(|&rows| rows > 1)
}

/// Whether within each series each row has one more than the row before: days since something began.
fn counts_within(looked: &Looked<'_>, series: &[u32]) -> bool {
    let mut last: BTreeMap<u32, f64> = BTreeMap::new();
    let mut steps = 0;
    let values = looked.numbers().unwrap_or_default();
    let counts = series.iter().zip(values).all(|(&series, &value)| {
        last.insert(series, value).is_none_or(|before| {
            steps += 1;
            value - before == 1.0
        })
    });
    // A few numbers may rise by one by chance.
    counts && steps > 5
}

/// Whether a column that is called like a part of the calendar has too many values for one.
fn is_measured(looked: &Looked<'_>) -> bool {
    looked.range().is_some_and(|(low, high)| {
        let hours = looked.called(&["hour", "hr", "hh", "min", "minute", "sec", "second"]);
        hours && (high > 60.0 || low < 0.0)
    })
}

/// Whether no number of a series is less than the one before, though some are more: a sum of all so far.
fn is_cumulated(looked: &Looked<'_>, series: Option<&[u32]>) -> bool {
    let mut last: BTreeMap<u32, f64> = BTreeMap::new();
    let values = looked.numbers().unwrap_or_default();
    values.len() > 5
        && values
            .iter()
            .enumerate()
            .filter(|(_, value)| !value.is_nan())
            .all(|(row, &value)| {
                let before = last.insert(series.map_or(0, |series| series[row]), value);
                before.is_none_or(|before| before <= value)
            })
}

/// Whether a column is the sum of two others in all rows, as a total beside its parts. Of many columns it is not found out.
fn is_total(columns: &[Looked<'_>], among: &[usize], index: usize) -> bool {
    const MOST: usize = 16;
    const LOOKED_AT: usize = 1000;
    const LEAST: usize = 6;
    let Some(sums) = columns[index].numbers().filter(|_| among.len() <= MOST) else {
        return false;
    };
    let parts: Vec<&[f64]> = among
        .iter()
        .filter(|&&part| part != index && columns[part].known() > 2)
        .filter_map(|&part| columns[part].numbers())
        .collect();
    let is_sum = |one: &[f64], other: &[f64]| {
        let mut rows = 0;
        let cells = sums.iter().zip(one).zip(other).take(LOOKED_AT);
        for ((sum, one), other) in cells {
            let off = (sum - one - other).abs();
            if off > 1e-6 * (one.abs() + other.abs()) {
                return false;
            }
            // With a gap nothing is told.
            rows += usize::from(!off.is_nan());
        }
        rows >= LEAST
    };
    let mut pairs = parts
        .iter()
        .enumerate()
        .flat_map(|(at, one)| parts[at + 1..].iter().map(move |other| (one, other)));
    columns[index].known() > 2 && pairs.any(|(one, other)| is_sum(one, other))
}

/// How likely a column is to be what is forecast: the less, the likelier. The place of its name's word among the usual ones, whether
/// it is the whole name, and of the others the last column first. A total comes before its parts, sums of all so far after what is
/// added to them, and counts with few values after what has many.
fn likelihood(
    columns: &[Looked<'_>],
    index: usize,
    series: Option<&[u32]>,
    total: bool,
) -> (usize, usize, usize) {
    let looked = &columns[index];
    for (rank, usual) in names::TARGETS.iter().enumerate() {
        // One letter says something as a whole name only.
        let mut spelled = looked.words.iter().filter(|word| word.len() > 1);
        let whole = looked.is_called(usual);
        let first_word = looked
            .words
            .first()
            .is_some_and(|word| usual.contains(&word.as_str()));
        if whole || first_word || spelled.any(|word| usual.contains(&word.as_str())) {
            let adjusted = looked.called(&["adj", "adjusted"]);
            let later = if rank > 2 && is_cumulated(looked, series) {
                2
            } else {
                0
            };
            return (
                rank + later,
                2 * (usize::from(!whole) + usize::from(adjusted)) + usize::from(!total),
                index,
            );
        }
    }
    // A share of something comes after what it is a share of.
    let share = looked.called(&names::SHARES) || looked.name().contains('%');
    let few = looked.has_few() && looked.is_whole();
    (
        names::TARGETS.len() + 2,
        4 * usize::from(share) + 2 * usize::from(few) + usize::from(!total),
        columns.len() - index,
    )
}

/// The columns of numbers that may be forecast, the likeliest first, with a reason each; those that speak against themselves are left
/// out unless there are no others.
pub(super) fn targets(
    columns: &[Looked<'_>],
    free: &dyn Fn(usize) -> bool,
    series: Option<&[u32]>,
) -> Vec<(usize, String)> {
    let numeric = |index: &usize| free(*index) && columns[*index].is_numeric();
    let all = || (0..columns.len()).filter(numeric);
    let mut fit: Vec<usize> = all()
        .filter(|&index| unfit(columns, index, series).is_none())
        .collect();
    if fit.is_empty() {
        // The least bad: what moves at all. What never does is no target, whatever else there is not; of a single row nobody
        // knows.
        let moves = |index: &usize| columns[*index].known() > 1 || columns[*index].rows < 2;
        fit = all().filter(moves).collect();
        fit.reverse();
    }
    let totals: Vec<usize> = fit
        .iter()
        .copied()
        .filter(|&index| is_total(columns, &fit, index))
        .collect();
    let likelihood = |index: usize| likelihood(columns, index, series, totals.contains(&index));
    fit.sort_by_key(|&index| likelihood(index));
    let reason = |index: usize| {
        if columns[index].nearly_numbers {
            return "Most of its cells are numbers; those that are not have to be corrected.";
        }
        match likelihood(index).0 {
            rank if rank < names::TARGETS.len() + 2 => {
                "Its name is one of what is usually forecast."
            }
            _ if columns[index].rows < 2 => "It is a number, in a single row.",
            _ if totals.contains(&index) => "It is the sum of two others.",
            _ if fit.len() == 1 => {
                "It is the one column of numbers that can be forecast from its own past."
            }
            _ => "It is the last column of numbers that moves, forecast from its own past.",
        }
    };
    fit.iter()
        .map(|&index| (index, reason(index).to_owned()))
        .collect()
}
