//! Which columns tell the time, and which tell series apart: the two are found together, as times need only go on within a series.

use std::collections::BTreeMap;

use super::apart::{self, Pass};
use super::looked::Looked;
use super::names;
use super::purposes;
use crate::data::pace::Pace;
use crate::data::sequences::columns::USUAL_TIMES;
use crate::data::sequences::parts;
use crate::data::table::Column;

/// Columns that may tell the time together, and how they do.
#[derive(Clone, Debug)]
pub(super) struct When {
    /// The columns, in the order of the table.
    pub time: Vec<usize>,
    /// Why these.
    pub why: Why,
    /// The columns that tell series apart; none where times go on without.
    pub group: Vec<usize>,
    /// How times follow each other within those.
    pub pass: Pass,
    /// How often times follow each other, of all places where they might.
    pub going_on: f64,
    /// The place of its name among the usual ones; what has no such name comes last.
    rank: usize,
}

/// Why columns are taken for times, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    /// They are dates.
    Dates,
    /// They are the parts of dates.
    Parts,
    /// They are called so, and are numbers that go on.
    Name,
    /// They are years, one after the other.
    Years,
    /// They are years with fractions, beside a column of the years alone.
    Fractions,
    /// They are numbers that go on, and are called like steps.
    Step,
    /// It is the first column and increases.
    First,
    /// It counts the rows.
    Counter,
    /// It counts the rows of each series.
    Restarts,
    /// It is the first column, and no two of its texts are the same.
    Different,
}

impl When {
    pub fn is_dated(&self) -> bool {
        matches!(self.why, Why::Dates | Why::Parts)
    }

    /// The less, the better: dates that go on before numbers that do, and what needs no group before what needs one.
    fn order(&self) -> (u8, usize, Why, Pass, bool, usize) {
        // What goes on from each row to the next is no worse than dates that do not.
        let strictly = self.pass == Pass::On && self.group.is_empty();
        let first = match (self.is_dated(), self.pass) {
            (true, Pass::On | Pass::Nearly) => 0,
            (false, Pass::On) if self.why <= Why::Fractions && strictly => 1,
            (true, Pass::Unsorted) => 2,
            (false, Pass::On) => 3,
            (false, Pass::Unsorted | Pass::Nearly) if self.why == Why::Name => 3,
            (true, Pass::Repeats) => 4,
            (false, _) => 5,
        };
        // Of numbers a name counts for more than whether groups are needed.
        let needed = match (self.is_dated(), self.pass) {
            (false, _) => 0,
            (true, Pass::On) => self.group.len(),
            (true, Pass::Unsorted | Pass::Nearly) => 10 + self.group.len(),
            (true, Pass::Repeats) => 20,
        };
        // What stands still from row to row tells less than what moves.
        let stands_still = !self.is_dated() && self.going_on < 0.5;
        (first, needed, self.why, self.pass, stands_still, self.rank)
    }

    /// A sentence about the time.
    pub fn reason(&self, columns: &[Looked<'_>]) -> String {
        let within = match (self.pass, &self.group[..]) {
            (Pass::Repeats, _) => ", although some of them repeat".to_owned(),
            (Pass::Unsorted, _) => ", though its rows are out of order".to_owned(),
            (_, []) => String::new(),
            (pass, group) => {
                let names: Vec<&str> = group.iter().map(|&index| columns[index].name()).collect();
                let rest = match pass {
                    Pass::Nearly => ", but for a few rows",
                    _ => "",
                };
                format!(" within each {}{rest}", names.join(" and "))
            }
        };
        match self.why {
            Why::Dates => format!("Its cells are dates, which go on{within}."),
            Why::Parts => {
                let names: Vec<&str> = self
                    .time
                    .iter()
                    .map(|&index| columns[index].name())
                    .collect();
                format!(
                    "{} make a time together, which goes on{within}.",
                    names.join(", ")
                )
            }
            Why::Name => format!("Its name says so, and its numbers go on{within}."),
            Why::Step => {
                format!("It is called like a step of time, and its numbers go on{within}.")
            }
            Why::First => {
                "It is the first column, and its numbers increase from row to row.".to_owned()
            }
            Why::Years => format!("Its numbers are years, which go on{within}."),
            Why::Fractions => format!("Its numbers are years with fractions, which go on{within}."),
            Why::Counter => "It counts the rows.".to_owned(),
            Why::Restarts => format!("It counts the rows{within}."),
            Why::Different => {
                "It is the first column, and no two of its texts are the same.".to_owned()
            }
        }
    }
}

/// All that may tell the time, the best first.
pub(super) fn find(columns: &[Looked<'_>]) -> Vec<When> {
    // Something must be left to learn from.
    if columns.len() < 2 {
        return Vec::new();
    }
    let events = purposes::are_events(columns);
    let mut found: Vec<When> = Vec::new();
    let learnable = |time: &[usize]| {
        let mut others = columns.iter().enumerate();
        let only_texts = !columns.iter().any(Looked::is_numeric);
        others.any(|(index, other)| !time.contains(&index) && (other.is_numeric() || only_texts))
    };
    let mut add = |time: Vec<usize>, why: Why, times: &[f64], rank: usize, surely: bool| {
        if !learnable(&time) {
            return;
        }
        let (group, pass) = match events {
            true => (Vec::new(), apart::pass(times, None)),
            false => series_of(columns, &time, times),
        };
        if !surely && pass != Pass::On {
            return;
        }
        if matches!(why, Why::Years | Why::Restarts)
            && !(pass == Pass::On && go_on_by_one(columns, &group, times))
        {
            return;
        }
        let moves = times.windows(2).filter(|pair| pair[0] != pair[1]).count();
        found.push(When {
            going_on: moves as f64 / times.len().saturating_sub(1).max(1) as f64,
            time,
            why,
            group,
            pass,
            rank,
        });
    };
    for (index, looked) in columns.iter().enumerate() {
        let standing_still = looked.known() < 2 && looked.rows > 1;
        let Some(times) = looked.times().filter(|_| !standing_still) else {
            continue;
        };
        let name = looked.column.name.trim().to_lowercase();
        let usual = USUAL_TIMES.iter().position(|usual| *usual == name);
        let rank = usual.unwrap_or(USUAL_TIMES.len() + index.min(50));
        let counts = looked.is_called(&names::COUNTERS)
            || looked.called(&names::COUNTERS) && looked.counts_rows();
        let is_t = looked.words.first().is_some_and(|word| word == "t");
        let is_called_a_year = looked.is_called(&parts::YEARS);
        let why = if looked.dates.is_some() {
            Why::Dates
        } else if looked.is_long_code() && !(index == 0 && is_even(times)) {
            continue;
        } else if counts {
            Why::Counter
        } else if usual.is_some() || looked.called(&names::TIMES) || is_called_a_year || is_t {
            Why::Name
        } else if looked.called(&names::STEPS) && looked.is_whole() {
            Why::Step
        } else if index == 0 && times.len() > 1 && times.windows(2).all(|pair| pair[0] < pair[1]) {
            Why::First
        } else if (is_whole_within(looked, YEARS) || are_years_of_texts(looked))
            && looked.known() > 2
        {
            Why::Years
        } else if are_years_with_fractions(columns, times) {
            Why::Fractions
        } else if restarts(looked) {
            Why::Restarts
        } else {
            continue;
        };
        // One of “t” may be one of tons or of temperatures, and how long something took is called a time as well: those are
        // times only if they go on.
        let surely = why != Why::Name || !(is_t || looked.elapsed.is_some());
        add(vec![index], why, times, rank, surely);
    }
    let cells: Vec<&Column> = columns.iter().map(|looked| &*looked.column).collect();
    if let Some(parts) = parts::find(&cells) {
        let of: Vec<&Column> = parts.iter().map(|&index| cells[index]).collect();
        if let Some(dates) = parts::put_together(&of, &Pace::free())
            && 20 * dates.bad.len() <= dates.seconds.len()
        {
            add(parts, Why::Parts, dates.finest(), 0, true);
        }
    }
    let first = &columns[0];
    if !first.is_numeric()
        && first.dates.is_none()
        && first.elapsed.is_none()
        && first.rows > 1
        && first.distinct() == first.rows
        // What each row is known by is no time.
        && !first.called(&names::IDS)
    {
        // Names have no order but that of the file.
        let order: Vec<f64> = (0..first.rows).map(|row| row as f64).collect();
        if columns[1..].iter().any(Looked::is_numeric) {
            add(vec![0], Why::Different, &order, 0, true);
        }
    }
    found.retain(is_time);
    // A date of something else is one only where no other is there.
    let is_other = |when: &When| match when.time[..] {
        [one] => when.why == Why::Dates && purposes::is_of_something_else(&columns[one]),
        _ => false,
    };
    let has_own = found.iter().any(|when| when.is_dated() && !is_other(when));
    // A list of events tells when, whatever number each of them has.
    found.sort_by_key(|when| {
        let later = has_own && is_other(when) || events && !when.is_dated();
        (later, when.order())
    });
    found
}

/// The years that people count or measure something in.
const YEARS: std::ops::RangeInclusive<f64> = 1800.0..=2100.0;

/// Whether all numbers are whole and within these.
fn is_whole_within(looked: &Looked<'_>, range: std::ops::RangeInclusive<f64>) -> bool {
    let within = |(low, high): (f64, f64)| range.contains(&low) && range.contains(&high);
    looked.is_whole() && looked.range().is_some_and(within)
}

/// Whether texts tell years, as `2019/20`.
fn are_years_of_texts(looked: &Looked<'_>) -> bool {
    let within = |year: &f64| YEARS.contains(year) && year.fract() == 0.0;
    looked
        .elapsed
        .as_ref()
        .is_some_and(|years| years.iter().all(within))
}

/// Whether rising numbers are years with fractions: another column has the years alone.
fn are_years_with_fractions(columns: &[Looked<'_>], times: &[f64]) -> bool {
    let rises = times
        .windows(2)
        .all(|pair| pair[0] < pair[1] && pair[1] - pair[0] <= 1.0);
    let has_fractions = times.iter().any(|time| time.fract() != 0.0);
    if !rises || !has_fractions || !times.iter().all(|time| YEARS.contains(&libm::floor(*time))) {
        return false;
    }
    columns.iter().any(|other| {
        let years = other.numbers().unwrap_or_default();
        years.len() == times.len()
            && times
                .iter()
                .zip(years)
                .all(|(time, year)| libm::floor(*time) == *year)
    })
}

/// Whether whole numbers count from 0 or 1, and begin anew now and then.
fn restarts(looked: &Looked<'_>) -> bool {
    const SHORTEST: usize = 5;
    let values = looked.numbers().unwrap_or_default();
    let Some(&first) = values.first().filter(|first| [0.0, 1.0].contains(*first)) else {
        return false;
    };
    let mut anew = 0;
    let counts = values.windows(2).all(|pair| {
        let begins = pair[1] == first && pair[0] != first;
        anew += usize::from(begins);
        begins || pair[1] - pair[0] == 1.0
    });
    counts && anew > 0 && SHORTEST * anew < values.len()
}

/// Whether within each series nearly all times come one after the one before, or before it.
fn go_on_by_one(columns: &[Looked<'_>], group: &[usize], times: &[f64]) -> bool {
    let mut last: BTreeMap<Vec<u32>, f64> = BTreeMap::new();
    let (mut all, mut by_one) = (0, 0);
    for (row, &time) in times.iter().enumerate() {
        let series = group.iter().map(|&index| columns[index].codes[row]);
        if let Some(before) = last.insert(series.collect(), time) {
            all += 1;
            by_one += usize::from((time - before).abs() == 1.0);
        }
    }
    all > 1 && 10 * by_one >= 9 * all
}

/// Whether numbers go on by the same step nearly everywhere, as a clock does.
fn is_even(times: &[f64]) -> bool {
    let steps = || times.windows(2).map(|pair| pair[1] - pair[0]);
    let Some(first) = steps().next().filter(|step| *step > 0.0) else {
        return false;
    };
    // Long numbers are rounded to some hundred.
    let same = steps().filter(|step| (step - first).abs() <= 1e-3 * first);
    10 * same.count() >= 9 * steps().count()
}

/// Dates may repeat now and then, as in a bank's statement; numbers that stand still or repeat tell no time.
fn is_time(when: &When) -> bool {
    match when.why {
        Why::Dates | Why::Parts => when.pass != Pass::Repeats || when.going_on >= 0.3,
        Why::Name => when.pass != Pass::Repeats,
        Why::Step => matches!(when.pass, Pass::On | Pass::Nearly),
        Why::Years
        | Why::Fractions
        | Why::First
        | Why::Counter
        | Why::Restarts
        | Why::Different => when.pass == Pass::On,
    }
}

/// The columns that tell series apart for these times: as few as are needed, or one that says so by its name.
fn series_of(columns: &[Looked<'_>], time: &[usize], times: &[f64]) -> (Vec<usize>, Pass) {
    let may = |index: usize| !time.contains(&index);
    let alone = apart::pass(times, None);
    // What is called so tells series apart even where times go on without it.
    let named = columns.iter().enumerate().filter(|&(index, looked)| {
        let sure = looked.called(&names::SURE_GROUPS) || looked.is_in_blocks();
        may(index)
            && looked.missing == 0
            && looked.called(&names::GROUPS)
            && sure
            && apart::likelihood(looked).is_some()
    });
    let mut named: Vec<usize> = named.map(|(index, _)| index).collect();
    named.sort_by_key(|&index| columns[index].numbers().is_some());
    match alone {
        Pass::On => match named.first() {
            Some(&group) => (vec![group], Pass::On),
            None => (Vec::new(), Pass::On),
        },
        Pass::Unsorted | Pass::Nearly | Pass::Repeats => {
            match apart::search(columns, times, &[], &may) {
                Some((group, pass)) if pass < alone || alone == Pass::Repeats => (group, pass),
                _ if alone == Pass::Unsorted => (Vec::new(), alone),
                _ => (named.first().copied().into_iter().collect(), alone),
            }
        }
    }
}

/// The column that tells series apart where nothing tells the time: one whose rows another column counts anew, or one called so.
pub(super) fn group_without_time(columns: &[Looked<'_>]) -> Option<usize> {
    let counted = columns
        .iter()
        .position(|looked| columns.iter().any(|other| counts_within(other, looked)));
    counted.or_else(|| {
        columns.iter().position(|looked| {
            looked.called(&names::GROUPS)
                && looked.missing == 0
                && apart::likelihood(looked).is_some()
        })
    })
}

/// Whether whole numbers count the rows of each value of a column, and begin anew with the next one and nowhere else.
fn counts_within(counter: &Looked<'_>, group: &Looked<'_>) -> bool {
    let values = counter.numbers().unwrap_or_default();
    let Some(&first) = values.first().filter(|first| [0.0, 1.0].contains(*first)) else {
        return false;
    };
    let several = group.distinct() > 1 && 2 * group.distinct() <= group.rows;
    let mut pairs = values.windows(2).zip(group.codes.windows(2));
    several
        && group.missing == 0
        && group.is_in_blocks()
        && pairs.all(|(pair, codes)| match codes[0] == codes[1] {
            true => pair[1] - pair[0] == 1.0,
            false => pair[1] == first,
        })
}
