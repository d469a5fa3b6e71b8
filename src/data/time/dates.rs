//! A column of dates, recognised as a whole.
//!
//! A cell becomes seconds since 1970-01-01 00:00 (in UTC where the cell says how far it is from it, otherwise as the clock
//! shows it). Months, quarters and weeks stand for their first day. Whether “03/04/2024” is in March or in April only the
//! other cells can tell.

use std::ops::Range;

use jiff::civil::Date;

use super::calendar::{DAY, civil, date_seconds, day_seconds, week_seconds};
use super::cell::{Cell, Day, compact, day_and_clock, parse, seconds, years};
use super::precision::Precision;
use super::spacing::{Spacing, Step};
use crate::data::pace::Pace;
use crate::data::spelling::Spelling;
use crate::data::text::Texts;

/// A column of dates, recognised.
#[derive(Clone, Debug, PartialEq)]
pub struct Dates {
    /// Seconds since 1970-01-01, one per cell; NaN where the cell is no date.
    pub seconds: Vec<f64>,
    /// The same in nanoseconds since the first day among them, where seconds since 1970 do not tell neighbours apart: these are
    /// told to a quarter of a millionth of a second.
    pub nanoseconds: Option<Vec<f64>>,
    /// How fine they are.
    pub precision: Precision,
    /// Whether a date whose day and month could be either way round has the day first.
    pub day_first: bool,
    /// The cells that are no dates of the column's kind, by index.
    pub bad: Vec<usize>,
    /// What had to be decided without proof, in sentences: the order of day and month, the century of a two-digit year.
    pub notes: Vec<String>,
}

impl Dates {
    /// The dates of a text column; `None` if fewer than four fifths of its cells are dates.
    pub fn of_texts(cells: &Texts) -> Option<Self> {
        Self::of_texts_paced(cells, &Pace::free())
    }

    /// [`Dates::of_texts`]; `None` too where `pace` is broken on the way.
    pub fn of_texts_paced(cells: &Texts, pace: &Pace) -> Option<Self> {
        Self::of_texts_beside(cells, &|_| 0.0, pace)
    }

    /// [`Dates::of_texts`] of days whose hours stand beside them: `clock` gives the seconds since midnight in a row, NaN where
    /// they are not known.
    pub(crate) fn of_texts_beside(
        cells: &Texts,
        clock: &dyn Fn(usize) -> f64,
        pace: &Pace,
    ) -> Option<Self> {
        // Most text columns are told by their first cells.
        const LOOKED_AT: usize = 50;
        let mostly = |dates: usize, cells: usize| dates > 0 && 5 * dates >= 4 * cells;
        let shown = cells.len().min(LOOKED_AT);
        let dates = cells.iter().take(shown).filter_map(parse).count();
        if let Some(dates) = Self::of_numbered(cells, pace) {
            return Some(dates);
        }
        // 2009/10 and 2010/11 are years, not months.
        if 2 * dates < shown || years(cells).is_some() {
            return None;
        }
        let going_on = || cells.iter().take_while(|_| pace.row());
        let parsed: Vec<Option<Cell>> = going_on().map(parse).collect();
        if pace.is_broken() {
            return None;
        }
        let (parsed, year_note) = with_year_first(parsed);
        let day_first = day_first(&parsed, clock, pace);
        let days: Vec<Option<(f64, Precision)>> = parsed
            .iter()
            .take_while(|_| pace.row())
            .map(|cell| cell.and_then(|cell| seconds(cell, day_first.chosen)))
            .collect();
        if pace.is_broken() {
            return None;
        }
        if !mostly(days.iter().flatten().count(), cells.len()) {
            return None;
        }
        let precision = usual_precision(&days)?;
        // Midnight is often left out, so days among times are no mistake.
        let fits = |found: Precision| {
            found == precision || (precision == Precision::Second && found == Precision::Day)
        };
        let mut bad = Vec::new();
        let seconds = days.iter().enumerate().map(|(index, day)| match day {
            Some((seconds, found)) if fits(*found) => *seconds,
            _ => {
                bad.push(index);
                f64::NAN
            }
        });
        let seconds = seconds.collect();
        let fine = parsed
            .iter()
            .flatten()
            .any(|cell| cell.clock.is_some_and(is_finer));
        let nanoseconds = (fine && precision == Precision::Second).then(|| {
            let times = parsed.iter().take_while(|_| pace.row()).map(|cell| {
                let (day, clock, found) = day_and_clock((*cell)?, day_first.chosen)?;
                fits(found).then_some((day, clock))
            });
            since_first_day(times)
        });
        if pace.is_broken() {
            return None;
        }
        let mut notes: Vec<String> = day_first.note.into_iter().chain(year_note).collect();
        if parsed.iter().flatten().any(|cell| cell.short_year) {
            let short = parsed.iter().flatten().filter(|cell| cell.short_year);
            notes.extend(of_short_years(short.map(|cell| f64::from(cell.year()))));
        }
        Some(Self {
            seconds,
            nanoseconds,
            precision,
            day_first: day_first.chosen,
            bad,
            notes,
        })
    }

    /// The dates of texts that are a year and the number of a week or of a day in it, `2024-05`, `05/2024`, `2024-031`: which of
    /// them, or months, only the column as a whole tells. `None` where they are months, or do not go on evenly.
    fn of_numbered(cells: &Texts, pace: &Pace) -> Option<Self> {
        const WEEKS: f64 = 53.0;
        const MONTHS: f64 = 12.0;
        let parsed: Vec<(i16, f64, bool)> = cells
            .iter()
            .take_while(|_| pace.row())
            .map(year_and_number)
            .collect::<Option<_>>()?;
        let most = parsed
            .iter()
            .map(|(_, number, _)| *number)
            .fold(0.0, f64::max);
        let of_days = parsed.iter().all(|(_, _, has_three)| *has_three);
        let of_weeks = !of_days && most > MONTHS && most <= WEEKS;
        if pace.is_broken() || !(of_days || of_weeks) {
            return None;
        }
        let seconds: Vec<f64> = parsed
            .iter()
            .map(|&(year, number, _)| match of_days {
                true => day_of_year(year, number),
                false => week_seconds(year, number as i8),
            })
            .collect::<Option<_>>()?;
        // The numbers of invoices begin anew each year as well, but not after so many.
        let changes_year = parsed.windows(2).any(|pair| pair[0].0 != pair[1].0);
        let precision = if of_days {
            Precision::Day
        } else {
            Precision::Week
        };
        let (_, irregular, steps) = trouble(&seconds, Some(precision));
        let is_even = 10 * irregular <= steps && changes_year;
        (is_even && has_different(&seconds, 13)).then(|| Self {
            seconds,
            nanoseconds: None,
            precision,
            day_first: true,
            bad: Vec::new(),
            notes: vec![match of_days {
                true => "The cells are read as days of a year, as 2024-031.".to_owned(),
                false => "The cells are read as weeks of a year, as 2024-W05.".to_owned(),
            }],
        })
    }

    /// The dates of a column of numbers, where its name says so: seconds, milli-, micro- or nanoseconds since 1970 in one called
    /// “unix”, “epoch” or “timestamp”, and where they can be nothing else in one called “time”, “date” or “ts”; days written as
    /// 20240131 in one called “date”. Days, weeks, months, quarters and times written without separators are read whatever the
    /// column is called where there are enough of them and they go on more regularly so; and so are seconds since 1970 that go on
    /// evenly in a file without names. Days since the first ones of spreadsheets are read where the name is one of dates.
    pub fn of_numbers(name: &str, values: &[f64]) -> Option<Self> {
        Self::of_spelled_numbers(name, values, None)
    }

    /// [`Dates::of_numbers`] of a column that is written so.
    pub fn of_spelled_numbers(
        name: &str,
        values: &[f64],
        spelling: Option<&Spelling>,
    ) -> Option<Self> {
        let name = name.trim().to_lowercase();
        let all = |range: Range<f64>| {
            !values.is_empty()
                && values
                    .iter()
                    .all(|value| range.contains(value) || value.is_nan())
        };
        let found = |seconds: Vec<f64>, precision, note: &str| {
            let bad = (0..seconds.len())
                .filter(|&index| seconds[index].is_nan())
                .collect();
            Some(Self {
                seconds,
                nanoseconds: None,
                precision,
                day_first: true,
                bad,
                notes: vec![note.to_owned()],
            })
        };
        if let Some((seconds, note)) = compact_times(values) {
            return found(seconds, Precision::Second, &note);
        }
        let unix = ["unix", "posix", "epoch", "timestamp"]
            .iter()
            .any(|word| name.contains(word));
        let likely = unix
            || ["time", "date", "stamp", "datum", "fecha"]
                .iter()
                .any(|word| name.contains(word))
            || name.split(|c: char| !c.is_alphanumeric()).any(|word| {
                ["ts", "t", "ds", "ms", "us", "ns", "utc", "at", "created"].contains(&word)
            });
        // In a file without names nothing but the values can tell.
        let nameless = name.strip_prefix("column ").is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        });
        for (unit, factor, sure, maybe) in [
            ("seconds", 1.0, 1e8..4.2e9, 6e8..4.2e9),
            ("milliseconds", 1e3, 1e11..4.2e12, 6e11..4.2e12),
            ("microseconds", 1e6, 6e14..4.2e15, 6e14..4.2e15),
            ("nanoseconds", 1e9, 6e17..4.2e18, 6e17..4.2e18),
        ] {
            let named = (unix && all(sure)) || (likely && all(maybe.clone()));
            // A clock that began with what is measured goes on by steps that are odd ones for a calendar.
            let is_odd = || is_odd_step(values, factor);
            let by_itself = || nameless && all(maybe) && goes_on_as_a_clock(values, factor);
            if (named || by_itself()) && !is_odd() {
                let seconds = values.iter().map(|value| value / factor).collect();
                let note = format!("The numbers are read as {unit} since 1970-01-01, in UTC.");
                let nanoseconds = (factor == 1e9).then(|| whole_nanoseconds(values, spelling));
                return found(seconds, Precision::Second, &note).map(|dates| Self {
                    nanoseconds,
                    ..dates
                });
            }
        }
        if let Some((seconds, precision, note)) = since_another_day(&name, values) {
            return found(seconds, precision, note);
        }
        if name.contains("date") && all(1e7..1e8) {
            let days = values.iter().map(|&value| {
                if value.is_nan() {
                    return Some(f64::NAN);
                }
                let whole = value as i64;
                let day = compact(whole).filter(|_| whole as f64 == value)?;
                Some(day_seconds(day))
            });
            let days: Option<Vec<f64>> = days.collect();
            return days.and_then(|days| {
                let note = "The numbers are read as days written without separators, as 20240131.";
                found(days, Precision::Day, note)
            });
        }
        // Hardly any numbers are days or months throughout by chance, whatever they are called.
        for (range, of, least, precision, note) in [
            (
                COMPACT_DAYS,
                compact as fn(i64) -> Option<Date>,
                10,
                Precision::Day,
                "The numbers are read as days written without separators, as 20240131.",
            ),
            (
                COMPACT_MONTHS,
                compact_month,
                13,
                Precision::Month,
                "The numbers are read as months written without separators, as 202401.",
            ),
        ] {
            if !all(range) {
                continue;
            }
            let days = values.iter().map(|&value| match value.is_nan() {
                true => Some(f64::NAN),
                false => {
                    let whole = value as i64;
                    of(whole).filter(|_| whole as f64 == value).map(day_seconds)
                }
            });
            let days: Option<Vec<f64>> = days.collect();
            if let Some(days) = days.filter(|days| has_different(days, least)) {
                return found(days, precision, note);
            }
        }
        let (seconds, precision, note) = written_together(&name, values)?;
        found(seconds, precision, note)
    }

    /// What tells times apart and in which order they are: nanoseconds where seconds do not.
    pub fn finest(&self) -> &[f64] {
        self.nanoseconds.as_deref().unwrap_or(&self.seconds)
    }
}

/// Days and months written without separators, of years in which somebody may have counted or measured.
const COMPACT_DAYS: Range<f64> = 1.8e7..2.2e7;
const COMPACT_MONTHS: Range<f64> = 1.8e5..2.2e5;

/// 202401 → the month's first day.
fn compact_month(number: i64) -> Option<Date> {
    compact(100 * number + 1)
}

/// Times written without separators down to the hour, the minute or the second, as 2024013113, in seconds since 1970, and what to
/// say about it; `None` if not all are times, or if they would go on more regularly as they are.
fn compact_times(values: &[f64]) -> Option<(Vec<f64>, String)> {
    const LEAST: usize = 10;
    let known = values.iter().copied().find(|value| !value.is_nan())?;
    let (below_a_day, of, example) = [
        (1e2, "hours", "2024013113"),
        (1e4, "minutes", "202401311330"),
        (1e6, "seconds", "20240131133000"),
    ]
    .into_iter()
    .find(|(size, ..)| COMPACT_DAYS.contains(&(known / size)))?;
    let time = |value: f64| {
        if value.is_nan() {
            return Some(f64::NAN);
        }
        let day = libm::floor(value / below_a_day);
        if value.fract() != 0.0 || !COMPACT_DAYS.contains(&day) {
            return None;
        }
        // Hours, minutes and seconds, two digits each.
        let clock = ((value - day * below_a_day) * (1e6 / below_a_day)) as i64;
        let (hours, minutes, seconds) = (clock / 10_000, clock / 100 % 100, clock % 100);
        let is_clock = hours < 24 && minutes < 60 && seconds < 60 || clock == 240_000;
        let since_midnight = (3600 * hours + 60 * minutes + seconds) as f64;
        let day = compact(day as i64).filter(|_| is_clock)?;
        Some(day_seconds(day) + since_midnight)
    };
    let times: Vec<f64> = values
        .iter()
        .map(|&value| time(value))
        .collect::<Option<_>>()?;
    let unusual = |times: &[f64]| {
        let known: Vec<f64> = times
            .iter()
            .copied()
            .filter(|time| !time.is_nan())
            .collect();
        let all = 0..known.len();
        let back = known.windows(2).filter(|pair| pair[1] < pair[0]).count();
        let spacing = Spacing::of(&known, std::slice::from_ref(&all), Some(Precision::Second));
        (back, spacing.irregular)
    };
    (has_different(&times, LEAST) && unusual(&times) <= unusual(values)).then(|| {
        let note = format!(
            "The numbers are read as {of} of days written without separators, as {example}."
        );
        (times, note)
    })
}

/// How often times go back, how many of their steps are unusual, and how many there are; of rows that have the same time, as those
/// of series that are woven, one counts. Newest first is as good an order.
fn trouble(times: &[f64], precision: Option<Precision>) -> (usize, usize, usize) {
    let known = times.iter().copied().filter(|time| !time.is_nan());
    let mut known: Vec<f64> = known.collect();
    known.dedup();
    let steps = known.len().saturating_sub(1);
    let back = known.windows(2).filter(|pair| pair[1] < pair[0]).count();
    if 2 * back > steps {
        known.reverse();
    }
    let all = 0..known.len();
    let spacing = Spacing::of(&known, std::slice::from_ref(&all), precision);
    (back.min(steps - back), spacing.irregular, steps)
}

/// The usual step of numbers that go on, and whether nearly all are that.
fn usual_step(values: &[f64]) -> Option<(f64, bool)> {
    let known = values.iter().copied().filter(|value| !value.is_nan());
    let mut known: Vec<f64> = known.collect();
    known.dedup();
    let steps = known.windows(2).map(|pair| (pair[1] - pair[0]).abs());
    let mut steps: Vec<f64> = steps.collect();
    let middle = steps.len().checked_sub(1)? / 2;
    let usual = *steps.select_nth_unstable_by(middle, f64::total_cmp).1;
    let same = steps
        .iter()
        .filter(|step| (**step - usual).abs() <= 1e-3 * usual)
        .count();
    Some((usual, 10 * same >= 9 * steps.len()))
}

/// Whether numbers that could be times since 1970, `factor` of them a second, go on by an hour or more, evenly, but not by whole
/// minutes.
fn is_odd_step(values: &[f64], factor: f64) -> bool {
    usual_step(values).is_some_and(|(step, is_even)| {
        let seconds = step / factor;
        is_even && seconds >= 3600.0 && seconds % 60.0 != 0.0
    })
}

/// Whether numbers that could be times since 1970, `factor` of them a second, can hardly be anything else: they rise or fall by the
/// same step nearly everywhere, which is one of clocks.
fn goes_on_as_a_clock(values: &[f64], factor: f64) -> bool {
    /// 2000-01-01: what is older is written as a date.
    const FIRST: f64 = 946_684_800.0;
    const LEAST: usize = 10;
    let recent = values
        .iter()
        .all(|value| value.is_nan() || *value >= FIRST * factor);
    // Numbers that something is known by rise by one, or by ten.
    let whole = if factor == 1.0 { 60.0 } else { 1.0 };
    let is_clock = |(step, is_even): (f64, bool)| {
        let seconds = step / factor;
        is_even && seconds > 0.0 && seconds % whole == 0.0 && seconds <= 400.0 * DAY as f64
    };
    recent && usual_step(values).is_some_and(is_clock) && has_different(values, LEAST) && {
        let (back, ..) = trouble(values, None);
        back * LEAST <= values.len()
    }
}

/// Days since the first one of spreadsheets, or since the year 0, in a column whose name is one of dates or of such numbers.
fn since_another_day(name: &str, values: &[f64]) -> Option<(Vec<f64>, Precision, &'static str)> {
    /// 1970-01-01 in those counts; the years that somebody may have meant by them.
    const SPREADSHEETS: (f64, Range<f64>) = (25_569.0, 25_569.0..51_136.0);
    const YEAR_0: (f64, Range<f64>) = (719_529.0, 719_529.0..768_000.0);
    const LEAST: usize = 5;
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).collect();
    let is_any = |usual: &[&str]| words.iter().any(|word| usual.contains(word));
    // Days of astronomers begin elsewhere, and what is told in hours is no day.
    let others = [
        "jd", "mjd", "hjd", "bjd", "julian", "h", "hr", "hrs", "hours", "min", "minutes", "s",
        "sec", "seconds", "ms",
    ];
    let dated = is_any(&[
        "date", "datum", "fecha", "data", "serial", "excel", "matlab", "datenum", "datetime",
    ]);
    let timed = is_any(&["time", "timestamp", "zeit", "messzeit", "zeitstempel"]);
    if is_any(&others) || !(dated || timed) {
        return None;
    }
    let known = || values.iter().filter(|value| !value.is_nan());
    let (first_day, note) = [
        (
            SPREADSHEETS,
            "The numbers are read as days since 1899-12-30, as spreadsheets count them.",
        ),
        (
            YEAR_0,
            "The numbers are read as days since the beginning of the year 0.",
        ),
    ]
    .into_iter()
    .find_map(|((first, range), note)| {
        known()
            .all(|value| range.contains(value))
            .then_some((first, note))
    })?;
    let has_fractions = known().any(|value| value.fract() != 0.0);
    // Days alone may be seconds as well where only a time is meant.
    if !has_different(values, LEAST) || !(dated || has_fractions) {
        return None;
    }
    let (back, irregular, steps) = trouble(values, None);
    let is_coarse = usual_step(values).is_some_and(|(step, _)| step * DAY as f64 >= 59.0);
    // Amounts go up and down.
    if 5 * back > steps || (!dated && 2 * irregular > steps) || !(is_coarse || dated) {
        return None;
    }
    let seconds = values.iter().map(|value| {
        let seconds = (value - first_day) * DAY as f64;
        // A day is told to some ten thousandths of a second.
        if is_coarse { seconds.round() } else { seconds }
    });
    let precision = match has_fractions {
        true => Precision::Second,
        false => Precision::Day,
    };
    Some((seconds.collect(), precision, note))
}

/// The first second of a day of a year, from 1.
fn day_of_year(year: i16, day: f64) -> Option<f64> {
    let first = date_seconds(year, 1, 1)?;
    let seconds = first + (day - 1.0) * DAY as f64;
    let days = if Date::new(year, 2, 29).is_ok() {
        366.0
    } else {
        365.0
    };
    (1.0..=days).contains(&day).then_some(seconds)
}

/// The year and the number that a cell has, in either order, and whether the number has three digits: `2024-05`, `05.2024`, `2024-031`.
fn year_and_number(cell: &str) -> Option<(i16, f64, bool)> {
    let (one, other) = cell.trim().split_once(['-', '/', '.'])?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (year, number) = match (one.len(), other.len()) {
        (4, 1..=3) => (one, other),
        (1..=3, 4) => (other, one),
        _ => return None,
    };
    if !digits(year) || !digits(number) {
        return None;
    }
    Some((year.parse().ok()?, number.parse().ok()?, number.len() == 3))
}

/// The years that somebody may have counted or measured in.
const COMPACT_YEARS: std::ops::RangeInclusive<i64> = 1800..=2199;

/// 202405 → the first second of the week.
fn compact_week(number: i64) -> Option<f64> {
    let (year, week) = (number / 100, number % 100);
    let year = i16::try_from(year)
        .ok()
        .filter(|_| COMPACT_YEARS.contains(&year))?;
    (1..=53)
        .contains(&week)
        .then(|| week_seconds(year, week as i8))?
}

/// 240131 → the day; years below 69 are of this century.
fn compact_short_day(number: i64) -> Option<f64> {
    let year = number / 10_000;
    let century = if year < 69 { 2000 } else { 1900 };
    let known = (10_101..=991_231).contains(&number);
    compact(century * 10_000 + number)
        .filter(|_| known)
        .map(day_seconds)
}

/// 2024031 → the day.
fn compact_day_of_year(number: i64) -> Option<f64> {
    let year = number / 1000;
    let year = i16::try_from(year)
        .ok()
        .filter(|_| COMPACT_YEARS.contains(&year))?;
    day_of_year(year, (number % 1000) as f64)
}

/// 20241 → the first second of the quarter.
fn compact_quarter(number: i64) -> Option<f64> {
    let (year, quarter) = (number / 10, number % 10);
    let known = (1..=4).contains(&quarter) && COMPACT_YEARS.contains(&year);
    let year = i16::try_from(year).ok().filter(|_| known)?;
    date_seconds(year, 3 * quarter as i8 - 2, 1)
}

/// 12024, which was 01.2024 or 1.2024 → the month; 202401 is one already.
fn compact_month_first(number: i64) -> Option<f64> {
    let (month, year) = (number / 10_000, number % 10_000);
    let known = (1..=12).contains(&month) && COMPACT_YEARS.contains(&year);
    let year = i16::try_from(year).ok().filter(|_| known)?;
    date_seconds(year, month as i8, 1)
}

/// Weeks, days, quarters and months that were written as one number, where time goes on evenly so and more regularly than the numbers
/// do; weeks also where the name says so.
fn written_together(name: &str, values: &[f64]) -> Option<(Vec<f64>, Precision, &'static str)> {
    type Of = fn(i64) -> Option<f64>;
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    let weeks = words.any(|word| {
        let parts = ["week", "woche", "semain", "seman", "settiman", "vecka"];
        ["kw", "uge", "uke"].contains(&word) || parts.iter().any(|part| word.contains(part))
    });
    let kinds: [(f64, Of, usize, bool, Precision, &'static str); 6] = [
        (
            1.0,
            compact_week,
            13,
            weeks,
            Precision::Week,
            "The numbers are read as weeks of a year written without separators, as 202405.",
        ),
        (
            1.0,
            compact_short_day,
            10,
            false,
            Precision::Day,
            "The numbers are read as days written without separators, as 240131.",
        ),
        (
            1.0,
            compact_day_of_year,
            10,
            false,
            Precision::Day,
            "The numbers are read as days of a year written without separators, as 2024031.",
        ),
        (
            1.0,
            compact_quarter,
            8,
            false,
            Precision::Quarter,
            "The numbers are read as quarters of a year written without separators, as 20241.",
        ),
        (
            1e4,
            compact_month_first,
            6,
            false,
            Precision::Month,
            "The numbers are read as months, as 01.2024.",
        ),
        (
            1e2,
            |number| compact_month(number).map(day_seconds),
            13,
            false,
            Precision::Month,
            "The numbers are read as months, as 2024.01.",
        ),
    ];
    for (factor, of, least, named, precision, note) in kinds {
        let times = values.iter().map(|&value| {
            if value.is_nan() {
                return Some(f64::NAN);
            }
            let (scaled, whole) = (value * factor, (value * factor).round());
            // The longest are days of a year, seven digits.
            let is_whole = (scaled - whole).abs() < 1e-6 && (0.0..1e7).contains(&whole);
            is_whole.then(|| of(whole as i64)).flatten()
        });
        let Some(times) = times.collect::<Option<Vec<f64>>>() else {
            continue;
        };
        // What has no fraction is no month behind a point.
        if factor > 1.0 && !values.iter().any(|value| value.fract() != 0.0) {
            continue;
        }
        if !has_different(&times, if named { 3 } else { least }) {
            continue;
        }
        let ((back, irregular, steps), (back_before, irregular_before, _)) =
            (trouble(&times, Some(precision)), trouble(values, None));
        let is_even = 10 * irregular <= steps + 9 && 4 * back <= steps;
        let better = (back, irregular) < (back_before, irregular_before);
        if named || (is_even && better) {
            return Some((times, precision, note));
        }
    }
    None
}

/// Whether there are at least so many different ones.
fn has_different(days: &[f64], least: usize) -> bool {
    let mut different: Vec<f64> = Vec::new();
    for day in days.iter().filter(|day| !day.is_nan()) {
        if !different.contains(day) {
            different.push(*day);
        }
        if different.len() == least {
            return true;
        }
    }
    false
}

/// That years of two digits, read as these, are a guess; `None` without any.
pub(crate) fn of_short_years(years: impl Iterator<Item = f64>) -> Option<String> {
    let range = years.fold(None, |range: Option<(f64, f64)>, year| {
        let (first, last) = range.unwrap_or((year, year));
        Some((first.min(year), last.max(year)))
    });
    let (first, last) = range?;
    let read = match first == last {
        true => format!("it is {first}"),
        false => format!("they are {first} to {last}"),
    };
    Some(format!(
        "Years have two digits: 69 to 99 are read as 1969 to 1999, 00 to 68 as 2000 to 2068; here {read}."
    ))
}

/// Whether a time of day has a part below a millionth of a second.
pub(crate) fn is_finer(clock: f64) -> bool {
    let millionths = clock * 1e6;
    // Those of a day are told to a 60,000th.
    (millionths - millionths.round()).abs() > 5e-4
}

/// Times in nanoseconds since the first of their days, given the first second of each one's day and the seconds since then.
pub(crate) fn since_first_day(times: impl Iterator<Item = Option<(f64, f64)>>) -> Vec<f64> {
    let mut first = None;
    let of = |time: Option<(f64, f64)>| {
        let Some((day, clock)) = time else {
            return f64::NAN;
        };
        let days = day - *first.get_or_insert(day);
        days * 1e9 + (clock * 1e9).round()
    };
    times.map(of).collect()
}

/// Nanoseconds since the first of them, all their digits taken from how they are written.
fn whole_nanoseconds(values: &[f64], spelling: Option<&Spelling>) -> Vec<f64> {
    let mut first = None;
    let of = |(row, &value): (usize, &f64)| {
        if value.is_nan() {
            return f64::NAN;
        }
        let written = spelling.and_then(|spelling| spelling.get(row)?.parse::<i64>().ok());
        let whole = written.unwrap_or(value as i64);
        (whole.saturating_sub(*first.get_or_insert(whole))) as f64
    };
    values.iter().enumerate().map(of).collect()
}

/// The time of `text`, in seconds since 1970-01-01, for comparison with a column of dates: a date in any form that is
/// recognised, or a year alone, which is its first day.
pub fn moment(text: &str, column: &Dates) -> Option<f64> {
    let text = text.trim();
    if let Some(cell) = parse(text) {
        return seconds(cell, column.day_first).map(|(seconds, _)| seconds);
    }
    let year = text.parse::<i16>().ok()?;
    Date::new(year, 1, 1).ok().map(day_seconds)
}

/// The time in its plain form: `2024Q1`, `2024-01`, `2024-W05`, `2024-01-31`, `2024-01-31 13:00` (and seconds where there
/// are any); empty for a time beyond the calendar.
pub fn text(seconds: f64, precision: Precision) -> String {
    let Some((day, within)) = civil(seconds) else {
        return String::new();
    };
    match precision {
        Precision::Quarter => format!("{:04}Q{}", day.year(), (day.month() - 1) / 3 + 1),
        Precision::Month => format!("{:04}-{:02}", day.year(), day.month()),
        Precision::Week => {
            let week = day.iso_week_date();
            format!("{:04}-W{:02}", week.year(), week.week())
        }
        Precision::Day => plain(day),
        Precision::Second => {
            let (minutes, rest) = (within / 60, within % 60);
            let clock = format!("{:02}:{:02}", minutes / 60, minutes % 60);
            match rest {
                0 => format!("{} {clock}", plain(day)),
                _ => format!("{} {clock}:{rest:02}", plain(day)),
            }
        }
    }
}

fn plain(day: Date) -> String {
    format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day())
}

/// The cells with their year first, as `22MAR01`, where all could have and time goes on better so, and what to say about it.
fn with_year_first(cells: Vec<Option<Cell>>) -> (Vec<Option<Cell>>, Option<String>) {
    // As many places where time goes back or does not go on evenly as there are.
    let trouble = |cells: &[Option<Cell>]| {
        let known = cells.iter().flatten();
        let mut times: Vec<f64> = known
            .filter_map(|cell| seconds(*cell, true).map(|(time, _)| time))
            .collect();
        times.dedup();
        let back = times.windows(2).filter(|pair| pair[1] < pair[0]).count();
        let all = 0..times.len();
        let spacing = Spacing::of(&times, std::slice::from_ref(&all), Some(Precision::Day));
        // Newest first is as good an order.
        (
            back.min(times.len().saturating_sub(back)),
            spacing.irregular,
        )
    };
    let mut known = cells.iter().flatten();
    if known.clone().next().is_none() || !known.all(|cell| cell.year_first.is_some()) {
        return (cells, None);
    }
    let turned: Vec<Option<Cell>> = cells
        .iter()
        .map(|cell| {
            let cell = (*cell)?;
            let day = Day::Known(cell.year_first?, Precision::Day);
            Some(Cell { day, ..cell })
        })
        .collect();
    let (as_day_first, as_year_first) = (trouble(&cells), trouble(&turned));
    if as_year_first >= as_day_first {
        return (cells, None);
    }
    let note = "The dates are read with the year first, as time goes on more regularly so.";
    (turned, Some(note.to_owned()))
}

/// Whether a column's dates are day before month, and what to say about it.
struct DayFirst {
    chosen: bool,
    note: Option<String>,
}

/// By the cells that can be read in one way only; without any, by what a point separates, by the order in which time goes on
/// more regularly, and at last by what most of the world writes.
///
/// `clock` gives the seconds since midnight that another column tells of a row.
fn day_first(cells: &[Option<Cell>], clock: &dyn Fn(usize) -> f64, pace: &Pace) -> DayFirst {
    let either = cells.iter().flatten().filter_map(|cell| match cell.day {
        Day::Either {
            first,
            second,
            separator,
            ..
        } => Some((first, second, separator)),
        Day::Known(..) => None,
    });
    let (mut all, mut only_day_first, mut only_month_first, mut points) = (0, 0, 0, 0);
    for (first, second, separator) in either {
        all += 1;
        only_day_first += usize::from(first > 12);
        only_month_first += usize::from(second > 12);
        points += usize::from(separator == b'.');
    }
    if all == 0 || only_day_first != only_month_first || points == all {
        let chosen = only_day_first > only_month_first
            || (only_day_first == only_month_first && only_day_first == 0);
        return DayFirst { chosen, note: None };
    }
    // How often time goes back, and how often it goes on by an unusual step. Of steps within a day both orders have as many that
    // are unusual, from one day to the next; then how long all takes.
    let trouble = |order: bool| {
        let times = cells.iter().enumerate();
        let mut times: Vec<f64> = times
            .take_while(|_| pace.row())
            .filter_map(|(row, cell)| Some(seconds((*cell)?, order)?.0 + clock(row)))
            .filter(|time| !time.is_nan())
            .collect();
        // Rows of several series that are woven have one time after the other.
        times.dedup();
        let back = times.windows(2).filter(|pair| pair[1] < pair[0]).count();
        let all = 0..times.len();
        let series = std::slice::from_ref(&all);
        let spacing = Spacing::of_paced(&times, series, Some(Precision::Day), pace);
        let takes = match spacing.step {
            Some(Step::Seconds(step)) if step < DAY as f64 => {
                let (least, most) = times.iter().fold(
                    (f64::INFINITY, f64::NEG_INFINITY),
                    |(least, most), &time| (least.min(time), most.max(time)),
                );
                (most - least) as u64
            }
            _ => 0,
        };
        (back, spacing.irregular, takes)
    };
    let (as_day_first, as_month_first) = (trouble(true), trouble(false));
    let chosen = as_day_first <= as_month_first;
    let note = format!(
        "Day and month of the dates could be either way round in every cell; they are read with the {} first, {}.",
        if chosen { "day" } else { "month" },
        if as_day_first == as_month_first {
            "which may be wrong"
        } else {
            "as time goes on more regularly so"
        }
    );
    DayFirst {
        chosen,
        note: Some(note),
    }
}

/// The precision of most cells; times among days make it [`Precision::Second`].
fn usual_precision(days: &[Option<(f64, Precision)>]) -> Option<Precision> {
    const ALL: [Precision; 5] = [
        Precision::Second,
        Precision::Day,
        Precision::Week,
        Precision::Month,
        Precision::Quarter,
    ];
    let mut counts = [0; ALL.len()];
    for (_, found) in days.iter().flatten() {
        for (count, precision) in counts.iter_mut().zip(ALL) {
            *count += usize::from(*found == precision);
        }
    }
    if counts[0] > 0 {
        counts[0] += std::mem::take(&mut counts[1]);
    }
    let most = counts.iter().copied().max().filter(|&most| most > 0)?;
    counts
        .iter()
        .position(|&count| count == most)
        .map(|index| ALL[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cells: &[&str]) -> Option<Dates> {
        Dates::of_texts(&cells.iter().copied().collect())
    }

    fn plain_form(cells: &[&str]) -> Vec<String> {
        let dates = read(cells).unwrap();
        let texts = dates
            .seconds
            .iter()
            .map(|&time| text(time, dates.precision));
        texts.collect()
    }

    /// Expected seconds: Python 3, `datetime(…, tzinfo=timezone.utc).timestamp()`.
    #[test]
    fn seconds_are_those_of_python() {
        let dates = read(&["1958-03-29", "2024-02-29", "0001-01-01"]).unwrap();
        assert_eq!(
            dates.seconds,
            [-371_174_400.0, 1_709_164_800.0, -62_135_596_800.0]
        );
        let times = ["2024-02-29T13:05:30.25", "2024-02-29 13:05:30+01:00"];
        assert_eq!(
            read(&times).unwrap().seconds,
            [1_709_211_930.25, 1_709_208_330.0]
        );
    }

    #[test]
    fn every_form_is_read_and_written_plainly() {
        let same = |cells: &[&str], expected: &str| {
            for cell in cells {
                assert_eq!(plain_form(&[cell]), [expected], "{cell}");
            }
        };
        same(
            &[
                "2024-01-31",
                "2024/01/31",
                "2024.1.31",
                "31.01.2024",
                "31/01/2024",
                "01/31/2024",
                "1/31/24",
                "31 Jan 2024",
                "January 31, 2024",
                "Wed, 31 Jan 2024",
                "31-Jan-24",
                "20240131",
            ],
            "2024-01-31",
        );
        same(
            &[
                "2024-01",
                "01/2024",
                "Jan 2024",
                "2024 January",
                "2024M01",
                "Jan-24",
            ],
            "2024-01",
        );
        same(&["2024Q1", "2024-Q1", "Q1 2024", "2024 q1"], "2024Q1");
        same(&["2024-W05", "2024W05"], "2024-W05");
        same(
            &[
                "2024-01-31 13:05",
                "2024-01-31T13:05:00Z",
                "31.01.2024 13:05:00",
                "1/31/2024 1:05 PM",
                "2024-01-31 14:05+0100",
            ],
            "2024-01-31 13:05",
        );
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for cell in [
            "",
            "12",
            "2024",
            "2024-13-01",
            "2023-02-29",
            "31.02.2024",
            "1.5.3.2",
            "Monday",
            "abc",
            "2024Q5",
            "-5",
            "2024-01-31 25:00",
            "13:00",
            "2024-01-31 13:00 PM x",
            "١٢-٠١-٢٠٢٤",
            "2024-W60",
            "99/99/2024",
        ] {
            assert_eq!(read(&[cell]), None, "{cell}");
        }
    }

    #[test]
    fn the_column_as_a_whole_tells_day_from_month() {
        assert_eq!(plain_form(&["03/04/2024", "13/04/2024"])[0], "2024-04-03");
        assert_eq!(plain_form(&["03/04/2024", "03/14/2024"])[0], "2024-03-04");
        // 3, 4 and 5 April are as regular as 4 March, 4 April and 4 May are in months, so it is said.
        let both = read(&["03/04/2024", "04/04/2024", "05/04/2024"]).unwrap();
        let said = |dates: &Dates| dates.notes.first().cloned().unwrap_or_default();
        assert!(said(&both).contains("which may be wrong"), "{both:?}");
        for cells in [
            ["12/01/2023", "01/01/2024", "02/01/2024"],
            ["12/12/2023", "01/12/2024", "02/01/2024"],
        ] {
            let monthly = read(&cells).unwrap();
            assert!(text(monthly.seconds[0], monthly.precision).starts_with("2023-12"));
            assert!(
                said(&monthly).contains("month first, as time goes on"),
                "{monthly:?}"
            );
        }
        // With points the day comes first wherever they are used.
        let points = read(&["03.04.2024"]).unwrap();
        assert_eq!(
            (
                text(points.seconds[0], points.precision).as_str(),
                points.notes.len()
            ),
            ("2024-04-03", 0)
        );
    }

    #[test]
    fn cells_unlike_the_rest_are_named() {
        let dates = read(&[
            "2024-01-01",
            "2024-01-02",
            "soon",
            "2024-01-04",
            "2024-01-05",
        ])
        .unwrap();
        assert_eq!(dates.bad, [2]);
        let mixed = read(&[
            "2024-01-01",
            "2024-01-02",
            "2024-01",
            "2024-01-04",
            "2024-01-05",
        ])
        .unwrap();
        assert_eq!(mixed.bad, [2]);
        // Midnight is often left out.
        let midnight = read(&["2024-01-01", "2024-01-01 12:00", "2024-01-02"]).unwrap();
        assert_eq!(
            (midnight.bad.len(), midnight.precision),
            (0, Precision::Second)
        );
    }

    #[test]
    fn times_below_a_millionth_of_a_second_are_told_apart() {
        let dates = read(&[
            "2024-02-29T23:59:59.999999999Z",
            "2024-03-01T00:00:00.000000000Z",
            "2024-03-01T00:00:00.000000001Z",
        ])
        .unwrap();
        assert_eq!(dates.seconds[1], dates.seconds[2]);
        assert_eq!(
            dates.finest(),
            [
                86_399_999_999_999.0,
                86_400_000_000_000.0,
                86_400_000_000_001.0
            ]
        );
        let coarse = read(&["2024-03-01 00:00:00.000001", "2024-03-01 00:00:00.000002"]).unwrap();
        assert_eq!(coarse.nanoseconds, None);
        assert_eq!(coarse.finest(), coarse.seconds);
        // Written as one number, in the digits that are not computed with.
        let cells = ["1709251200000000001", "1709251200000000002"];
        let values = cells.map(|cell| cell.parse::<f64>().unwrap());
        assert_eq!(values[0], values[1]);
        let mut spelled = crate::data::spelling::Spellings::default();
        (0..2).for_each(|row| spelled.add(row, cells[row].as_bytes()));
        let spelling = spelled.finished();
        let dates = Dates::of_spelled_numbers("ts", &values, spelling.as_deref()).unwrap();
        assert_eq!(dates.finest(), [0.0, 1.0]);
    }

    #[test]
    fn numbers_are_dates_only_if_named_so() {
        assert_eq!(Dates::of_numbers("value", &[1.7e9]), None);
        let unix = Dates::of_numbers("unix_time", &[1_709_164_800.0]).unwrap();
        assert_eq!(text(unix.seconds[0], unix.precision), "2024-02-29 00:00");
        let thousands = Dates::of_numbers("Timestamp", &[1_709_164_800_000.0]).unwrap();
        assert_eq!(thousands.seconds, unix.seconds);
        let days = Dates::of_numbers("date", &[20_240_229.0]).unwrap();
        assert_eq!(days.seconds, unix.seconds);
        assert_eq!(Dates::of_numbers("date", &[20_240_230.0]), None);
        assert_eq!(Dates::of_numbers("year", &[2024.0]), None);
    }

    #[test]
    fn days_and_months_without_separators_are_dates_whatever_they_are_called() {
        let months: Vec<f64> = (0..24)
            .map(|month| f64::from((2020 + month / 12) * 100 + month % 12 + 1))
            .collect();
        let read = Dates::of_numbers("yearmonth", &months).unwrap();
        assert_eq!(read.precision, Precision::Month);
        assert_eq!(text(read.seconds[13], read.precision), "2021-02");
        let days: Vec<f64> = (1..=28).map(|day| f64::from(20_240_200 + day)).collect();
        let read = Dates::of_numbers("x", &days).unwrap();
        assert_eq!(text(read.seconds[27], read.precision), "2024-02-28");
        // Numbers that go on past a month's last day or a year's last month, and few of them.
        for others in [
            (201_901..201_920).map(f64::from).collect::<Vec<_>>(),
            (20_240_120..20_240_140).map(f64::from).collect(),
            months[..12].to_vec(),
            days[..9].to_vec(),
            months.iter().map(|month| month + 0.5).collect(),
        ] {
            assert_eq!(Dates::of_numbers("x", &others), None, "{others:?}");
        }
    }

    #[test]
    fn hours_and_minutes_without_separators_are_dates() {
        // 2021-03-30 00:00, hour by hour over the month's end.
        let hours: Vec<f64> = (0..72)
            .map(|hour| match hour / 24 {
                0 => 2_021_033_000.0 + f64::from(hour),
                1 => 2_021_033_100.0 + f64::from(hour - 24),
                _ => 2_021_040_100.0 + f64::from(hour - 48),
            })
            .collect();
        for name in ["x", "Timestamp", "date", "MESS_DATUM"] {
            let read = Dates::of_numbers(name, &hours).unwrap();
            let shown = |row: usize| text(read.seconds[row], read.precision);
            assert_eq!(
                [shown(0), shown(71)],
                ["2021-03-30 00:00", "2021-04-01 23:00"]
            );
            assert!(read.notes[0].contains("hours of days"), "{:?}", read.notes);
        }
        let minutes: Vec<f64> = hours.iter().map(|hour| hour * 100.0 + 30.0).collect();
        let read = Dates::of_numbers("timestamp", &minutes).unwrap();
        assert_eq!(text(read.seconds[25], read.precision), "2021-03-31 01:30");
        let seconds: Vec<f64> = minutes.iter().map(|minute| minute * 100.0 + 15.0).collect();
        let read = Dates::of_numbers("timestamp", &seconds).unwrap();
        assert_eq!(
            text(read.seconds[25], read.precision),
            "2021-03-31 01:30:15"
        );
        // Seconds since 1970 that go on past an hour of 24, and few that do not.
        let unix: Vec<f64> = (0..48)
            .map(|row| 2_021_030_100.0 + 60.0 * f64::from(row))
            .collect();
        let read = Dates::of_numbers("timestamp", &unix).unwrap();
        assert_eq!(read.seconds, unix);
        assert_eq!(
            Dates::of_numbers("timestamp", &hours[..9]).unwrap().seconds,
            hours[..9]
        );
        assert_eq!(Dates::of_numbers("x", &unix), None);
    }

    #[test]
    fn weeks_days_quarters_and_months_written_as_one_number_are_told_by_how_they_go_on() {
        #[track_caller]
        fn shows(name: &str, values: &[f64], row: usize, expected: &str) {
            let read = Dates::of_numbers(name, values).expect(name);
            assert_eq!(text(read.seconds[row], read.precision), expected);
        }
        let weeks: Vec<f64> = (0..40)
            .map(|week| {
                f64::from(if week < 13 {
                    202_240 + week
                } else {
                    202_288 + week
                })
            })
            .collect();
        shows("x", &weeks, 13, "2023-W01");
        // Newest first, and two series one after the other.
        let turned: Vec<f64> = weeks.iter().rev().copied().collect();
        shows("x", &turned, 26, "2023-W01");
        shows(
            "x",
            &[weeks.clone(), weeks.clone()].concat(),
            53,
            "2023-W01",
        );
        // Called so, they may be few.
        shows("epiweek", &weeks[20..25], 0, "2023-W08");
        let days: Vec<f64> = (0..40)
            .map(|day| {
                f64::from(if day < 12 {
                    221_120 + day - 1
                } else {
                    221_189 + day
                })
            })
            .collect();
        shows("d", &days, 12, "2022-12-01");
        let of_year: Vec<f64> = (0..40)
            .map(|day| {
                f64::from(if day < 20 {
                    2_022_346 + day
                } else {
                    2_022_981 + day
                })
            })
            .collect();
        shows("day", &of_year, 20, "2023-01-01");
        let quarters: Vec<f64> = (0..12)
            .map(|row| f64::from(20_051 + row / 4 * 10 + row % 4))
            .collect();
        shows("q", &quarters, 5, "2006Q2");
        let month_first: Vec<f64> = (0..24)
            .map(|row| f64::from(row % 12 + 1) + f64::from(2022 + row / 12) / 1e4)
            .collect();
        shows("Periode", &month_first, 12, "2023-01");
        let year_first: Vec<f64> = (0..24)
            .map(|row| f64::from((2019 + row / 12) * 100 + row % 12 + 1) / 100.0)
            .collect();
        shows("Date", &year_first, 13, "2020-02");
        // What goes on better as it is, and what does not go on at all.
        for others in [
            (202_201..202_240).map(f64::from).collect::<Vec<_>>(),
            (0..30)
                .map(|row| f64::from(202_201 + row * 17 % 31))
                .collect(),
            (0..40).map(|row| 2000.0 + f64::from(row) / 12.0).collect(),
            (20_101..20_131).map(f64::from).collect(),
            (0..30)
                .map(|row| 4.1e17 + 7919.0 * f64::from(row))
                .collect(),
        ] {
            assert_eq!(Dates::of_numbers("total_kwh", &others), None, "{others:?}");
        }
    }

    #[test]
    fn numbers_that_go_on_as_a_clock_are_times_without_a_name() {
        let of = |first: f64, step: f64| -> Vec<f64> {
            (0..20).map(|row| first + step * f64::from(row)).collect()
        };
        for values in [of(1.7e9, 900.0), of(1.7e12, 9e5), of(1.7e15, 9e8)] {
            let read = Dates::of_numbers("column 1", &values).unwrap();
            assert_eq!(read.seconds[1] - read.seconds[0], 900.0);
        }
        // What counts by one, and what goes up and down.
        assert_eq!(Dates::of_numbers("column 2", &of(1.7e9, 1.0)), None);
        let amounts: Vec<f64> = (0..20)
            .map(|row| 1.7e9 + f64::from(row * 7 % 11) * 900.0)
            .collect();
        assert_eq!(Dates::of_numbers("column 2", &amounts), None);
        // Nanoseconds since a start, whose steps would be 14 hours.
        assert_eq!(Dates::of_numbers("timestamp", &of(4.9e13, 5e7)), None);
        assert_eq!(Dates::of_numbers("timestamp", &of(7.2e11, 5e7)), None);
    }

    #[test]
    fn days_of_spreadsheets_are_dates_where_the_name_says_so() {
        let days: Vec<f64> = (0..20).map(|day| 44_197.0 + f64::from(day)).collect();
        let shown = |name: &str, values: &[f64]| {
            let read = Dates::of_numbers(name, values)?;
            Some(text(read.seconds[1], read.precision))
        };
        assert_eq!(shown("Date", &days).as_deref(), Some("2021-01-02"));
        assert_eq!(shown("steps", &days), None);
        assert_eq!(shown("date (MJD)", &days), None);
        assert_eq!(shown("candidates", &days), None);
        // The hours that a machine ran.
        let hours: Vec<f64> = (0..20).map(|row| 31_000.0 + 0.5 * f64::from(row)).collect();
        assert_eq!(shown("time (h)", &hours), None);
        let hours: Vec<f64> = (0..20)
            .map(|hour| (1e6 * (738_000.0 + f64::from(hour) / 24.0)).round() / 1e6)
            .collect();
        assert_eq!(
            shown("datenum", &hours).as_deref(),
            Some("2020-07-28 01:00")
        );
    }

    #[test]
    fn a_year_and_the_number_of_a_week_or_day_are_told_from_months() {
        let of = |write: &dyn Fn(usize) -> String| -> Vec<String> { (40..80).map(write).collect() };
        let year_of = |week: usize| (2022 + (week - 1) / 52, (week - 1) % 52 + 1);
        let expected = |cells: Vec<String>| {
            let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
            plain_form(&cells)[13].clone()
        };
        let all: [&dyn Fn(usize) -> String; 4] = [
            &|week: usize| format!("{}-{:02}", year_of(week).0, year_of(week).1),
            &|week: usize| format!("{:02}/{}", year_of(week).1, year_of(week).0),
            &|week: usize| format!("KW {:02}/{}", year_of(week).1, year_of(week).0),
            &|week: usize| format!("{} week {}", year_of(week).0, year_of(week).1),
        ];
        for write in all {
            assert_eq!(expected(of(write)), "2023-W01");
        }
        let day = |day: usize| format!("{}-{:03}", 2022 + (day + 300) / 365, (day + 300) % 365 + 1);
        assert_eq!(expected((52..120).map(day).collect()), "2023-01-01");
        // The numbers of invoices.
        let invoices: Vec<String> = (1..40).map(|number| format!("2022-{number:03}")).collect();
        let invoices: Vec<&str> = invoices.iter().map(String::as_str).collect();
        assert_eq!(read(&invoices), None);
        // Two years are no month.
        assert_eq!(read(&["2009/10", "2010/11", "2011/12"]), None);
    }

    #[test]
    fn quarters_are_read_in_other_languages() {
        for cells in [
            ["2023-T3", "2023-T2"],
            ["T3 2023", "T2 2023"],
            ["2023T3", "2023T2"],
            ["2023K3", "2023K2"],
            ["3T 2023", "2T 2023"],
            ["3Q23", "2Q23"],
            ["Q3'23", "Q2'23"],
            ["III kw. 2023", "II kw. 2023"],
            ["3. Quartal 2023", "2. Quartal 2023"],
        ] {
            assert_eq!(plain_form(&cells), ["2023Q3", "2023Q2"], "{cells:?}");
        }
        assert_eq!(read(&["2023-T5", "2023-T0", "2023-T99"]), None);
    }

    #[test]
    fn months_have_names_in_other_languages() {
        for (cell, expected) in [
            ("20-ene-21", "2021-01-20"),
            ("3 de agosto de 2021", "2021-08-03"),
            ("2 févr. 2022", "2022-02-02"),
            ("2 nov. 2022 à 18:04:22", "2022-11-02 18:04:22"),
            ("3 März 2021", "2021-03-03"),
            ("3. Dez. 2021 um 07:15", "2021-12-03 07:15"),
            ("15 giu 2021", "2021-06-15"),
            ("15 de março de 2021", "2021-03-15"),
            ("mar. 2 nov. 2021", "2021-11-02"),
            ("Mar 2 2021", "2021-03-02"),
            ("Août 2021", "2021-08"),
            ("dic-21", "2021-12"),
            ("23MAR2021:07:15:00", "2021-03-23 07:15"),
            ("23MAR2021", "2021-03-23"),
            ("1mai21", "2021-05-01"),
            ("styczeń 2021", "2021-01"),
            ("3 września 2021", "2021-09-03"),
            ("Октябрь 2021", "2021-10"),
            ("5 мая 2021", "2021-05-05"),
            ("lokakuu 2021", "2021-10"),
            ("Ağustos 2021", "2021-08"),
            ("2021. március 4.", "2021-03-04"),
            ("Δεκέμβριος 2021", "2021-12"),
            ("2021年3月4日", "2021-03-04"),
            ("2021年3月", "2021-03"),
            ("H2 2021", "2021-07"),
            ("2021S1", "2021-01"),
        ] {
            assert_eq!(plain_form(&[cell]), [expected], "{cell}");
        }
        // Words that are no months, and what is called by one and a number.
        for cell in [
            "3 Äpfel 2021",
            "Set 10",
            "out 12",
            "12ABC2021",
            "23MAR2021:07",
            "3 de 2021 de 5",
        ] {
            assert_eq!(read(&[cell]), None, "{cell}");
        }
    }

    #[test]
    fn the_order_within_series_and_hours_tells_day_from_month() {
        let said = |dates: &Dates| dates.notes.first().cloned().unwrap_or_default();
        // Three series that are woven, on the first of each month over a year's end.
        let months = (0..14).map(|month| format!("{:02}/01/{}", month % 12 + 1, 2021 + month / 12));
        let woven: Vec<String> = months
            .flat_map(|cell| [cell.clone(), cell.clone(), cell])
            .collect();
        let woven: Vec<&str> = woven.iter().map(String::as_str).collect();
        let dates = read(&woven).unwrap();
        assert!(!dates.day_first, "{dates:?}");
        assert!(said(&dates).contains("more regularly so"), "{dates:?}");
        // A few rows a day: from day to day is nearer than from month to month.
        let hours =
            (1..=9).flat_map(|day| [1, 5, 9].map(|hour| format!("{day:02}/02/2021 {hour}:00 PM")));
        let hours: Vec<String> = hours.collect();
        let hours: Vec<&str> = hours.iter().map(String::as_str).collect();
        let dates = read(&hours).unwrap();
        assert!(dates.day_first, "{dates:?}");
        assert!(said(&dates).contains("more regularly so"), "{dates:?}");
        // Days whose hours stand in another column.
        let days: Vec<String> = (0..168)
            .map(|row| format!("7/{}/22", row / 24 + 1))
            .collect();
        let days: Texts = days.iter().map(String::as_str).collect();
        let alone = Dates::of_texts(&days).unwrap();
        assert!(said(&alone).contains("which may be wrong"), "{alone:?}");
        let hour = |row: usize| 3600.0 * (row % 24) as f64;
        let beside = Dates::of_texts_beside(&days, &hour, &Pace::free()).unwrap();
        assert!(!beside.day_first, "{beside:?}");
        assert_eq!(text(beside.seconds[167], beside.precision), "2022-07-07");
    }

    #[test]
    fn the_year_comes_first_where_time_goes_on_so() {
        let cells: Vec<String> = (0..59)
            .map(|day| match day {
                0..31 => format!("22JAN{:02}", day + 1),
                _ => format!("22FEB{:02}", day - 30),
            })
            .collect();
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        assert_eq!(plain_form(&cells)[31], "2022-02-01");
        // Day by day with the year last, and a year of four digits wherever it stands.
        assert_eq!(
            plain_form(&["01MAR21", "02MAR21", "03MAR21"])[1],
            "2021-03-02"
        );
        assert_eq!(plain_form(&["2021MAR02"]), ["2021-03-02"]);
    }

    #[test]
    fn a_time_that_lasts_is_read_as_its_beginning() {
        for (cell, expected) in [
            ("01.02.2024 13:00 - 01.02.2024 14:00", "2024-02-01 13:00"),
            ("01.02.2024 13:00 – 14:00", "2024-02-01 13:00"),
            ("2024-02-01T13:00Z/2024-02-01T14:00Z", "2024-02-01 13:00"),
            ("01.02.2024 - 07.02.2024", "2024-02-01"),
            // A dash between a day and its time.
            ("01.02.2024 - 14:00", "2024-02-01 14:00"),
            ("2024-02-01 1:30p", "2024-02-01 13:30"),
            ("2024-02-01 1:30 p. m.", "2024-02-01 13:30"),
            ("2024-02-01 12:30a", "2024-02-01 00:30"),
            ("2024-02-01 14:30 CET", "2024-02-01 13:30"),
            ("Thu Feb 1 13:30:00 2024", "2024-02-01 13:30"),
            ("01/Feb/2024:13:30:00 +0000", "2024-02-01 13:30"),
            ("20240201T133000Z", "2024-02-01 13:30"),
            ("20240201_1330", "2024-02-01 13:30"),
            ("01-02-2024 13.30", "2024-02-01 13:30"),
            ("2024-02-01T13", "2024-02-01 13:00"),
            ("2024-02-01 1 PM", "2024-02-01 13:00"),
        ] {
            assert_eq!(plain_form(&[cell]), [expected], "{cell}");
        }
    }

    #[test]
    fn a_time_in_the_settings_is_read_as_the_column_is() {
        let american = read(&["01/02/2024", "01/31/2024"]).unwrap();
        let find =
            |text: &str| moment(text, &american).map(|time| super::text(time, Precision::Day));
        assert_eq!(find("02/03/2024").as_deref(), Some("2024-02-03"));
        assert_eq!(find("1990").as_deref(), Some("1990-01-01"));
        assert_eq!(find("2024-05").as_deref(), Some("2024-05-01"));
        assert_eq!(find("soon"), None);
    }
}
