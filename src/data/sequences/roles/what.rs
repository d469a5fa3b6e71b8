//! Which column is to be forecast.

use std::collections::BTreeMap;

use super::looked::Looked;
use super::names;
use crate::data::sequences::columns::is_usual_time;

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
        && (within(0.0, 1.0) && !looked.called(&names::COUNTS) || looked.called(&names::FLAGS))
    {
        return said("It is a flag: it has two values only.");
    }
    if looked.called(&names::FLAGS) && looked.is_whole() && looked.known() <= 5 {
        return said("Its name says that it is a flag.");
    }
    if is_clock(looked, series) && columns.len() > 2 {
        return said("Its name says that it is a time.");
    }
    if looked.counts_rows() || series.is_some_and(|series| counts_within(looked, series)) {
        return said("It counts the rows.");
    }
    if looked.called(&names::IDS) && looked.is_whole() && !looked.is_called(&["index"]) {
        return said("Its name says that it is a number of something, no measure.");
    }
    if looked.is_about(&names::CALENDAR)
        && looked.is_whole()
        && (within(0.0, 366.0) || within(1500.0, 2500.0))
        && !is_measured(looked)
    {
        return said("It is a part of the calendar.");
    }
    if looked.called(&names::PLACES) {
        return said("It says where, not how much.");
    }
    // A note may be a mark, too, and marks have fractions.
    let is_mark = looked.is_called(&["note", "notes"]) && looked.is_numeric() && !looked.is_whole();
    if looked.called(&names::QUALITIES)
        && !looked.is_called(&names::PRICES)
        && looked.known() <= 20
        && !is_mark
    {
        return said("It says how a value was made or how sure it is.");
    }
    if columns.len() > 2 && is_bound(columns, index) {
        return said("It says how far a value may be off.");
    }
    if columns.len() > 2 && looked.called(&names::FORECASTS) {
        return said("It says what was forecast, not what came about.");
    }
    if columns.len() > 2 && looked.called(&names::DEVIATIONS) {
        return said("It is made of another column.");
    }
    if columns.len() > 2 && looked.called(&names::DERIVED) {
        return said("Its name says that it is worked out from other values.");
    }
    if columns.len() > 2 && is_made_of_another(columns, index) {
        return said("Its name says that it is worked out from another column.");
    }
    if looked.called(&names::PLANS) && others(columns, index).any(is_actual) {
        return said("It says what was planned, beside what came about.");
    }
    if looked.called(&names::TRADED) && is_beside_a_price(columns, index) {
        return said("It says how much was traded, beside a price.");
    }
    None
}

/// Whether a column is called like another one and what was done to it, as `ln_price` or `price_lag1` beside `price`.
fn is_made_of_another(columns: &[Looked<'_>], index: usize) -> bool {
    let words = &columns[index].words;
    let done = |word: &String| {
        let bare = word.trim_end_matches(|sign: char| sign.is_ascii_digit());
        names::DONE_TO_A_COLUMN.contains(&bare)
    };
    let rest = match words.as_slice() {
        [first, rest @ ..] if !rest.is_empty() && done(first) => rest,
        [rest @ .., lag, steps]
            if !rest.is_empty() && done(lag) && steps.parse::<u32>().is_ok() =>
        {
            rest
        }
        [rest @ .., last] if !rest.is_empty() && done(last) => rest,
        _ => return false,
    };
    others(columns, index).any(|other| other.is_numeric() && other.words == rest)
}

/// All columns but one.
fn others<'a, 'b>(columns: &'a [Looked<'b>], index: usize) -> impl Iterator<Item = &'a Looked<'b>> {
    let others = columns.iter().enumerate();
    others
        .filter(move |&(other, _)| other != index)
        .map(|(_, looked)| looked)
}

fn is_actual(looked: &Looked<'_>) -> bool {
    looked.is_numeric() && looked.called(&names::ACTUALS)
}

/// Whether another column is a price. All columns are gone through: ask it last.
fn is_beside_a_price(columns: &[Looked<'_>], index: usize) -> bool {
    let is_price = |looked: &Looked<'_>| {
        looked.is_numeric()
            && looked.called(&["close", "closing", "last", "price", "settle", "adj", "kurs"])
            && looked.known() > 2
    };
    others(columns, index).any(is_price)
}

/// Whether a column says how far a value may be off: by its name, or as one of the two ends of where it may be. In accounts a
/// variance is how far something is from the plan, and a variable is often a var.
fn is_bound(columns: &[Looked<'_>], index: usize) -> bool {
    let looked = &columns[index];
    if looked.called(&names::BOUNDS) {
        return true;
    }
    if looked.called(&["variance"]) {
        return !others(columns, index).any(is_actual);
    }
    let last = looked.words.last().map(String::as_str);
    if last == Some("var") && looked.words.len() > 1 {
        return true;
    }
    let has_other_end = |this: &str, other: &str| {
        if !looked.words.iter().any(|word| word == this) {
            return false;
        }
        let called = looked.words.iter().map(|word| match word == this {
            true => other,
            false => word,
        });
        let called: Vec<&str> = called.collect();
        others(columns, index).any(|looked| looked.words == called)
    };
    let mut ends = names::ENDS.iter();
    // The dearest and the cheapest of a day are two measures; beside a middle one they are its ends.
    let mut around = names::AROUND_A_MIDDLE.iter();
    let has_middle = |this: &str| {
        names::MIDDLES
            .iter()
            .any(|middle| has_other_end(this, middle))
    };
    ends.any(|[high, low]| has_other_end(high, low) || has_other_end(low, high))
        || around.any(|[high, low]| {
            has_other_end(high, low) && has_middle(high)
                || has_other_end(low, high) && has_middle(low)
        })
}

/// Whether a column is called like a clock, and its numbers hardly ever go back within a series.
pub(super) fn is_clock(looked: &Looked<'_>, series: Option<&[u32]>) -> bool {
    let clock = [
        "date",
        "time",
        "datetime",
        "timestamp",
        "epoch",
        "unix",
        "ts",
    ];
    looked.called(&clock) && (looked.dates.is_some() || hardly_goes_back(looked, series))
}

/// Whether of all steps within a series at most one in twenty goes back: where one series follows another that is not told apart,
/// a clock begins again.
pub(super) fn hardly_goes_back(looked: &Looked<'_>, series: Option<&[u32]>) -> bool {
    let mut last: BTreeMap<u32, f64> = BTreeMap::new();
    let (mut steps, mut back) = (0, 0);
    let values = looked.numbers().unwrap_or_default().iter().enumerate();
    for (row, &value) in values.filter(|(_, value)| !value.is_nan()) {
        let before = last.insert(series.map_or(0, |series| series[row]), value);
        if let Some(before) = before {
            steps += 1;
            back += usize::from(value < before);
        }
    }
    20 * back <= steps
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

/// Whether a column that is called like a part of the calendar has too many values for one: `mm` are millimetres, too.
fn is_measured(looked: &Looked<'_>) -> bool {
    let clock = looked.called(&["hour", "hr", "hh", "min", "minute", "sec", "second"]);
    let month = looked.called(&["month", "mon", "mnth", "mo", "mm", "monat"]);
    looked.range().is_some_and(|(low, high)| {
        clock && (high > 60.0 || low < 0.0) || month && (high < 1500.0 && high > 12.0 || low < 0.0)
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

/// Whether a column is the sum of others in all rows, as a total beside its parts: of any two, or of those that stand together just
/// before it or just after it. Of many columns no two are tried, and of very many nothing.
fn is_total(columns: &[Looked<'_>], among: &[usize], index: usize) -> bool {
    const MOST: usize = 16;
    const FAR_TOO_MANY: usize = 200;
    const LOOKED_AT: usize = 1000;
    const LEAST: usize = 6;
    let Some(sums) = columns[index].numbers() else {
        return false;
    };
    if columns[index].known() <= 2 || among.len() > FAR_TOO_MANY {
        return false;
    }
    // `parts` are the sums of all parts but the last, which is `part`.
    let is_sum = |parts: &[f64], part: &[f64]| {
        let mut rows = 0;
        let cells = sums.iter().zip(parts).zip(part).take(LOOKED_AT);
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
    let numbers = |&part: &usize| columns[part].numbers();
    let run = |parts: &mut dyn Iterator<Item = usize>| {
        let mut so_far: Option<Vec<f64>> = None;
        for part in parts.take(MOST) {
            let Some(part) = columns[part].numbers() else {
                return false;
            };
            let part = &part[..part.len().min(LOOKED_AT)];
            so_far = Some(match so_far {
                None => part.to_vec(),
                Some(parts) if is_sum(&parts, part) => return true,
                Some(parts) => parts
                    .iter()
                    .zip(part)
                    .map(|(sum, part)| sum + part)
                    .collect(),
            });
        }
        false
    };
    let mut before = among.iter().copied().filter(|&part| part < index).rev();
    let mut after = among.iter().copied().filter(|&part| part > index);
    if run(&mut before) || run(&mut after) {
        return true;
    }
    if among.len() > MOST {
        return false;
    }
    let moves = |part: &&usize| **part != index && columns[**part].known() > 2;
    let parts: Vec<&[f64]> = among.iter().filter(moves).filter_map(numbers).collect();
    let mut pairs = parts
        .iter()
        .enumerate()
        .flat_map(|(at, one)| parts[at + 1..].iter().map(move |other| (one, other)));
    pairs.any(|(one, other)| is_sum(one, other))
}

/// Whether a word is one of these, or a long one of them ends it, as in words that are put together.
fn is_word(word: &str, usual: &[&str]) -> bool {
    usual.contains(&word)
        || usual
            .iter()
            .any(|usual| usual.len() > 7 && word.ends_with(usual))
}

fn is_called_in_part(looked: &Looked<'_>, usual: &[&str]) -> bool {
    looked.words.iter().any(|word| is_word(word, usual)) || usual.contains(&looked.bare.as_str())
}

/// Whether a column of numbers holds temperatures.
fn is_temperature(looked: &Looked<'_>) -> bool {
    let degrees = ["°C", "°F", "ºC", "ºF", "℃"];
    // `t_mean_c`, `aussentemp`.
    let first_word = looked.head.first().map(String::as_str);
    let in_degrees = first_word == Some("t")
        && looked.unit.iter().any(|unit| {
            ["c", "f", "degc", "degf", "celsius", "fahrenheit"].contains(&unit.as_str())
        });
    let compound = |word: &String| word.ends_with("temp") && word.len() > 5;
    !is_angle(looked)
        && (is_called_in_part(looked, &names::TEMPERATURES)
            || in_degrees
            || looked.head.iter().any(compound)
            || looked.is_called(&["tg", "tx", "tn", "tgk"])
            || degrees.iter().any(|sign| looked.name().contains(sign)))
}

/// Whether a column of numbers says how the weather is, beside temperatures.
fn is_weather(looked: &Looked<'_>) -> bool {
    is_called_in_part(looked, &names::WEATHER) || looked.is_called(&names::WEATHER_CODES)
}

/// Whether numbers are directions; a few may stand for none.
fn is_angle(looked: &Looked<'_>) -> bool {
    let values = looked.numbers().unwrap_or_default();
    let known = || values.iter().filter(|value| !value.is_nan());
    let turns = known().filter(|value| (-180.0..=360.0).contains(*value));
    looked.called(&names::ANGLES)
        && known().any(|&value| value > 60.0)
        && 10 * turns.count() >= 9 * known().count()
}

/// Whether some cells of a column of numbers are none: it cannot be learned before they are corrected.
fn has_bad_cells(looked: &Looked<'_>) -> bool {
    looked.nearly_numbers || looked.missing > looked.column.missing
}

/// Whether so much is missing that little can be learned: a fifth, or where the column begins or ends.
fn is_mostly_missing(looked: &Looked<'_>) -> bool {
    let most = (looked.rows / 20).max(3);
    let missing = |row: &usize| looked.column.is_missing(*row);
    5 * looked.missing > looked.rows
        || (0..looked.rows).take_while(missing).count() > most
        || (0..looked.rows).rev().take_while(missing).count() > most
}

/// The columns of which others are forecasts: they are called like them, or stand before them where those have no other name.
fn forecast_elsewhere(columns: &[Looked<'_>], fit: &[usize]) -> Vec<usize> {
    let mut found = Vec::new();
    let forecasts = columns
        .iter()
        .enumerate()
        .filter(|(_, looked)| looked.is_numeric() && looked.called(&names::FORECASTS));
    for (index, forecast) in forecasts {
        let words = forecast.words.iter();
        let named: Vec<&String> = words
            .filter(|word| !names::FORECASTS.contains(&word.as_str()))
            .filter(|word| word.len() > 1 && word.parse::<f64>().is_err())
            .collect();
        let of = |&&other: &&usize| {
            let words = &columns[other].words;
            named.iter().all(|word| words.contains(word))
        };
        match named.is_empty() {
            true => found.extend(fit.iter().filter(|&&other| other < index).max()),
            false => found.extend(fit.iter().filter(of)),
        }
    }
    found
}

/// Whether whole numbers that begin with none are rather counts than codes: their largest is rare.
fn is_count(looked: &Looked<'_>) -> bool {
    let Some((low, high)) = looked.range() else {
        return false;
    };
    let values = looked.numbers().unwrap_or_default();
    let largest = values.iter().filter(|&&value| value == high).count();
    let most = looked.counts.iter().max().copied().unwrap_or(0);
    low == 0.0 && looked.known() > 2 && 2 * largest < most as usize
}

/// Whether whole numbers are hardly ever more than none.
fn hardly_ever(looked: &Looked<'_>) -> bool {
    let values = looked.numbers().unwrap_or_default();
    let none = values.iter().filter(|&&value| value == 0.0).count();
    looked.is_whole() && looked.known() <= 10 && 2 * none > values.len()
}

/// Whether a column is worked out from others by its name: a rate, a change, a sum so far. Some rates are measured.
fn is_worked_out(looked: &Looked<'_>) -> bool {
    // One letter before a value names a statistic, as in `r_value`.
    let statistic = looked.head.windows(2).any(|pair| {
        let letter = ["p", "r", "t", "z"].contains(&pair[0].as_str());
        letter && names::TARGETS[0].contains(&pair[1].as_str())
    });
    let per_head = looked
        .head
        .windows(2)
        .any(|pair| pair[0] == "per" && names::PER_HOW_MANY.contains(&pair[1].as_str()));
    let rate = looked.called(&names::RATES) && !looked.called(&names::MEASURED_RATES);
    statistic || per_head || rate
}

/// Whether a column tells how long it takes until something comes about, as `time_to_failure`.
fn is_time_left(looked: &Looked<'_>) -> bool {
    let mut pairs = looked.head.windows(2);
    looked.head.len() > 2 && pairs.any(|pair| pair[0] == "time" && pair[1] == "to")
}

/// Whether the unit of a column is one of power or energy.
fn is_power(looked: &Looked<'_>) -> bool {
    let unit = |unit: &String| names::POWER_UNITS.contains(&unit.as_str());
    looked.unit.iter().any(unit) || looked.head.iter().any(unit)
}

/// The place of a name's word among the usual ones, and whether it is the whole name but for a unit. What says little, as `total`
/// or a unit, counts only where nothing else does.
pub(super) fn usual(looked: &Looked<'_>, is_weather: bool) -> Option<(usize, bool)> {
    let driver = is_temperature(looked) || self::is_weather(looked);
    let head = looked.head.concat();
    let first_word = looked.head.first().map(String::as_str);
    let derived = is_worked_out(looked);
    let rank_of = |rank: usize| if derived { rank.max(tier::WEAK) } else { rank };
    if !driver && is_time_left(looked) {
        return Some((tier::WEAK - 1, true));
    }
    let mut weak = false;
    for (rank, usual) in names::TARGETS.iter().enumerate() {
        let says_it =
            !names::GENERAL.contains(&head.as_str()) || names::MEASURES.contains(&head.as_str());
        let whole = looked.is_called(usual) || usual.contains(&head.as_str()) && says_it;
        if !driver && whole {
            return Some((rank_of(rank), true));
        }
        // One letter says something as a whole name or first word only.
        let spelled = |word: &&String| word.len() > 1 || first_word == Some(word.as_str());
        let known = |word: &&String| is_word(word, usual);
        // Days to settle are days.
        let after_to = |word: &String| {
            let mut pairs = looked.head.windows(2);
            pairs.any(|pair| pair[0] == "to" && pair[1] == *word)
        };
        let words = looked.head.iter().filter(|word| !after_to(word));
        for word in words.filter(spelled).filter(known) {
            // The mean of a temperature is a temperature, and what is fast in the weather is the wind.
            match names::GENERAL.contains(&word.as_str()) {
                true => weak |= !(is_weather && word == "speed"),
                false => return Some((rank_of(rank), false)),
            }
        }
    }
    let says_little = !driver && (weak && !derived || is_power(looked));
    says_little.then_some((tier::WEAK, false))
}

/// What is known of all columns that may be forecast.
struct Candidates<'a, 'b> {
    columns: &'a [Looked<'b>],
    series: Option<&'a [u32]>,
    /// Those that may be.
    fit: Vec<usize>,
    /// The last of the columns that tell the time; none where nothing does.
    timed: Option<usize>,
    /// Sums of others.
    totals: Vec<usize>,
    /// Others are forecasts of these.
    forecast: Vec<usize>,
    /// Whether most are weather, and several of them temperatures.
    is_weather: bool,
    /// Whether something is metered.
    is_metered: bool,
    /// Whether something is counted beside the weather.
    drives: bool,
    /// Whether nothing tells the time and many columns stand side by side: then the last is what is asked, but for names that say
    /// all.
    is_last_asked: bool,
}

/// The less, the likelier: what speaks for a column.
pub(super) mod tier {
    use super::names;

    /// Another column is a forecast of it.
    pub const FORECAST: usize = 1;
    /// Its name says little of what it is, or only its unit does, or it is worked out from what is forecast.
    pub const WEAK: usize = 5;
    /// It counts people, of whom others are told.
    pub const POPULATION: usize = 6;
    /// It is a temperature in a table of the weather.
    pub const TEMPERATURE: usize = names::TARGETS.len();
    /// It is a column of numbers of which nothing is known.
    pub const UNKNOWN: usize = TEMPERATURE + 2;
    /// It is a temperature that drives what is counted beside it.
    pub const DRIVER: usize = UNKNOWN + 1;
    /// It is weather, but no temperature.
    pub const WEATHER: usize = DRIVER + 1;
    /// Something speaks against it.
    pub const AGAINST: usize = WEATHER + 1;
}

impl<'a, 'b> Candidates<'a, 'b> {
    fn new(
        columns: &'a [Looked<'b>],
        series: Option<&'a [u32]>,
        timed: Option<usize>,
        fit: Vec<usize>,
    ) -> Self {
        let totals = fit.iter().copied();
        let totals = totals.filter(|&index| is_total(columns, &fit, index));
        let count =
            |is: fn(&Looked<'_>) -> bool| fit.iter().filter(|&&index| is(&columns[index])).count();
        let temperatures = count(is_temperature);
        let weather = count(|looked| is_temperature(looked) || is_weather(looked));
        let mut candidates = Self {
            totals: totals.collect(),
            forecast: forecast_elsewhere(columns, &fit),
            is_weather: temperatures > 1 && 2 * weather >= fit.len(),
            is_metered: count(|looked| looked.called(&names::METERED)) > 0,
            drives: false,
            is_last_asked: timed.is_none() && fit.len() > 3,
            columns,
            series,
            timed,
            fit,
        };
        let mut fit = candidates.fit.iter();
        candidates.drives = fit.any(|&index| candidates.counts_something(index));
        candidates
    }

    /// Whether a column is a number of people by whom another is divided.
    fn divides(&self, index: usize) -> bool {
        let rate = |looked: &Looked<'_>| looked.is_numeric() && is_worked_out(looked);
        let population = names::TARGETS[tier::POPULATION];
        self.columns[index].called(population) && others(self.columns, index).any(rate)
    }

    /// Whether a column is what is provided, what is left over, how a device does, what others are paid for, where to or when.
    fn is_beside(&self, index: usize) -> bool {
        let looked = &self.columns[index];
        let provided = looked.called(&names::RESOURCES) && !looked.called(&names::IN_USE);
        // Nothing that is provided has fractions, but the capacity of a battery has.
        let measured = looked.is_about(&["capacity", "kapazität"])
            && looked.numbers().is_some()
            && !looked.is_whole();
        let provided = provided && !measured;
        let first_word = looked.words.first().map(String::as_str);
        let left_over = first_word.is_some_and(|word| names::OTHERS.contains(&word))
            && (looked.words.len() == 1 || first_word != Some("rest"));
        let paid =
            self.is_metered && looked.called(&names::COSTS) && !looked.called(&names::METERED);
        let unsure = looked.called(&names::HEALTH) && !looked.is_called(&names::HEALTH)
            || looked.is_called(&["rms", "nst", "dmin", "gap", "rssi", "snr", "battery"])
            || looked.called(&["signal"]) && !looked.is_called(&["signal"]);
        // One letter may be a temperature.
        let timed = looked.bare.len() > 1 && is_usual_time(looked.name());
        let ordinal = looked.is_called(&names::PLACES_IN_ORDER);
        provided
            || left_over
            || paid
            || unsure
            || timed
            || ordinal
            || is_angle(looked)
            || self.divides(index)
            || self.is_estimate(index)
    }

    /// Whether a column is what was to be expected, beside what came about.
    fn is_estimate(&self, index: usize) -> bool {
        let estimate = |&index: &usize| self.columns[index].called(&names::ESTIMATES);
        estimate(&index) && !self.fit.iter().all(estimate)
    }

    /// Whether a column counts something and has no unit, so that the temperature beside it drives it.
    fn counts_something(&self, index: usize) -> bool {
        let looked = &self.columns[index];
        let plain = looked.unit.is_empty() && !looked.name().contains(['%', '°']);
        let many = looked.known() > 10 && looked.is_whole() && plain;
        many && looked.range().is_some_and(|(low, _)| low >= 0.0)
            && !is_temperature(looked)
            && !is_weather(looked)
            && !looked.called(&["co2", "light", "lux"])
            && !self.is_beside(index)
    }

    /// How likely a column is to be what is forecast: the less, the likelier. What speaks for it and against it; then a total before
    /// its parts, shares after what they are shares of and counts with few values after what has many; then the first after the
    /// time, as the main thing is told first, but the last where nothing tells the time.
    fn likelihood(&self, index: usize) -> (usize, usize, usize) {
        let looked = &self.columns[index];
        // What is a sum comes before what is only called so.
        let part = match self.totals.contains(&index) {
            true => 0,
            false if looked.called(&names::WHOLES) => 1,
            false => 2,
        };
        let place = match self.timed {
            Some(timed) if index > timed => index - timed,
            Some(_) => self.columns.len() + index,
            None => self.columns.len() - index,
        };
        let cumulated = || is_cumulated(looked, self.series);
        let percent = looked.name().contains('%') || looked.called(&names::SHARES);
        let share = percent
            && (!is_called_in_part(looked, &names::PERCENTAGES) || looked.called(&["service"]))
            && !looked.called(&names::PRICES);
        // Without a time, what has a few values in the last column may be what is asked.
        let few = looked.has_few()
            && looked.is_whole()
            && !is_count(looked)
            && (self.timed.is_some() || looked.known() <= 10);
        let derived = is_worked_out(looked);
        let unlike =
            16 * usize::from(derived) + 8 * usize::from(share) + 4 * usize::from(few) + part;
        let usual = usual(looked, self.is_weather);
        let beside = self.is_beside(index);
        if self.forecast.contains(&index) && !beside {
            return (
                tier::FORECAST,
                usual.map_or(names::TARGETS.len(), |(rank, _)| rank),
                place,
            );
        }
        if let Some((rank, whole)) = usual
            && (rank < 2 || !(share || beside))
            && (rank < 3 || 2 * looked.missing <= looked.rows)
            && (rank < tier::WEAK || !cumulated())
            && !(self.is_last_asked && rank >= tier::WEAK - 1 && !whole)
        {
            let adjusted = looked.called(&["adj", "adjusted"]);
            let hardly_known = rank > 0 && 2 * looked.missing > looked.rows;
            let late = derived || rank > 2 && (cumulated() || hardly_ever(looked)) || hardly_known;
            let later = if late { 2 } else { 0 };
            return (
                rank + later,
                16 * usize::from(derived)
                    + 8 * usize::from(rank > 2 && looked.is_whole() && looked.known() <= 10)
                    + 4 * (usize::from(!whole) + usize::from(adjusted))
                    + part,
                index,
            );
        }
        if looked.dates.is_some() {
            return (tier::AGAINST + 1, unlike, place);
        }
        if beside || has_bad_cells(looked) || is_mostly_missing(looked) || cumulated() {
            return (tier::AGAINST, unlike, place);
        }
        if is_temperature(looked) {
            let mean = looked.called(&[
                "mean", "average", "avg", "tavg", "tmean", "tmed", "tmk", "tg",
            ]);
            let kind = match (mean, looked.called(&names::OTHER_TEMPERATURES)) {
                (_, true) => 2,
                (mean, false) => usize::from(!mean),
            };
            return match self.is_weather {
                true => (tier::TEMPERATURE, kind, place),
                false if self.drives && !self.is_last_asked => (tier::DRIVER, unlike, place),
                false => (tier::UNKNOWN, unlike, place),
            };
        }
        match is_weather(looked) && !self.is_last_asked {
            true => (tier::WEATHER, unlike, place),
            false => (tier::UNKNOWN, unlike, place),
        }
    }

    /// Why; `stands` says whether it is the first of all that may be, and whether the last.
    fn reason(&self, index: usize, (first, last): (bool, bool)) -> &'static str {
        let looked = &self.columns[index];
        if looked.nearly_numbers {
            return "Most of its cells are numbers; those that are not have to be corrected.";
        }
        let tier = self.likelihood(index).0;
        match tier {
            tier::FORECAST if self.forecast.contains(&index) => {
                "Another column is a forecast of it."
            }
            tier::WEAK if !looked.called(&names::GENERAL) && is_power(looked) => {
                "Its unit is one of what is usually forecast."
            }
            tier if tier < tier::UNKNOWN => "Its name is one of what is usually forecast.",
            _ if looked.rows < 2 => "It is a number, in a single row.",
            _ if self.totals.contains(&index) => "It is the sum of others.",
            tier::UNKNOWN if looked.called(&names::WHOLES) => "Its name says that it is the whole.",
            _ if self.fit.len() == 1 => {
                "It is the one column of numbers that can be forecast from its own past."
            }
            _ if first && self.timed.is_some() => {
                "It is the first column of numbers that moves, forecast from its own past."
            }
            _ if last && self.timed.is_none() => {
                "It is the last column of numbers that moves, forecast from its own past."
            }
            _ => "It moves, and less speaks against it than against others.",
        }
    }
}

/// The two columns of numbers that are likeliest to be forecast, the likeliest first, with a reason each; those that speak against themselves are left
/// out unless there are no others. `time` are the columns that tell the time.
pub(super) fn targets(
    columns: &[Looked<'_>],
    time: &[usize],
    free: &dyn Fn(usize) -> bool,
    series: Option<&[u32]>,
) -> Vec<(usize, String)> {
    let numeric = |index: &usize| free(*index) && columns[*index].is_numeric();
    let all = || (0..columns.len()).filter(numeric);
    let dated = |index: &usize| columns[*index].dates.is_some();
    let mut timed = time
        .iter()
        .copied()
        .max()
        .or_else(|| (0..columns.len()).rev().find(dated));
    let mut fit: Vec<usize> = all()
        .filter(|&index| unfit(columns, index, series).is_none())
        .collect();
    if fit.is_empty() {
        // The least bad, the last: what moves at all. What never does is no target, whatever else there is not; of a single row
        // nobody knows.
        let moves = |index: &usize| columns[*index].known() > 1 || columns[*index].rows < 2;
        fit = all().filter(moves).collect();
        timed = None;
    }
    let candidates = Candidates::new(columns, series, timed, fit);
    let mut found = candidates.fit.clone();
    found.sort_by_cached_key(|&index| candidates.likelihood(index));
    let (first, last) = (
        candidates.fit.first().copied(),
        candidates.fit.last().copied(),
    );
    let reason = |index: usize| {
        let stands = (Some(index) == first, Some(index) == last);
        candidates.reason(index, stands).to_owned()
    };
    // Nobody asks for more than the best and the next best.
    found.truncate(2);
    found
        .into_iter()
        .map(|index| (index, reason(index)))
        .collect()
}
