//! Dates and times as files write them, and how far apart they are.
//!
//! A cell becomes seconds since 1970-01-01 00:00 (in UTC where the cell says how far it is from it, otherwise as the clock
//! shows it). Months, quarters and weeks stand for their first day. The calendar is jiff's (proleptic Gregorian); the forms
//! are recognised here, by the column as a whole: whether “03/04/2024” is in March or in April only the other cells can tell.

use std::ops::Range;

use jiff::SignedDuration;
use jiff::civil::{Date, ISOWeekDate, Weekday, date};

use super::text::Texts;

const DAY: i64 = 86_400;

/// A column of dates, recognised.
#[derive(Clone, Debug, PartialEq)]
pub struct Dates {
    /// Seconds since 1970-01-01, one per cell; NaN where the cell is no date.
    pub seconds: Vec<f64>,
    /// How fine they are.
    pub precision: Precision,
    /// Whether a date whose day and month could be either way round has the day first.
    pub day_first: bool,
    /// The cells that are no dates of the column's kind, by index.
    pub bad: Vec<usize>,
    /// What had to be decided without proof, in sentences: the order of day and month, the century of a two-digit year.
    pub notes: Vec<String>,
}

/// How fine a date is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 2024Q1
    Quarter,
    /// 2024-01
    Month,
    /// 2024-W05
    Week,
    /// 2024-01-31
    Day,
    /// 2024-01-31 13:00
    Second,
}

/// The step from one time to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// Times are numbers, this far apart.
    Number(f64),
    /// Times are dates, this many seconds apart.
    Seconds(f64),
    /// Times are dates, this many calendar months apart.
    Months {
        /// How many.
        count: u32,
        /// Whether they are the last days of their months.
        at_end: bool,
    },
}

/// How regularly times follow each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spacing {
    /// The usual step, the middle one of all; `None` if there are not two times, or they do not go on.
    pub step: Option<Step>,
    /// How many times do not come the usual step after the one before.
    pub irregular: usize,
    /// The first [`Spacing::CAP`] of those: index, and the step found, as a phrase.
    pub first: Vec<(usize, String)>,
}

/// A cell, taken apart.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cell {
    day: Day,
    /// Seconds since midnight, less the distance from UTC.
    clock: Option<f64>,
    short_year: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Day {
    /// Known by itself.
    Known(Date, Precision),
    /// Day and month in either order, and how they are separated.
    Either {
        first: i8,
        second: i8,
        year: i16,
        separator: u8,
    },
}

impl Dates {
    /// The dates of a text column; `None` if fewer than four fifths of its cells are dates.
    pub fn of_texts(cells: &Texts) -> Option<Self> {
        // Most text columns are told by their first cells.
        const LOOKED_AT: usize = 50;
        let mostly = |dates: usize, cells: usize| dates > 0 && 5 * dates >= 4 * cells;
        let shown = cells.len().min(LOOKED_AT);
        let dates = cells.iter().take(shown).filter_map(parse).count();
        if 2 * dates < shown {
            return None;
        }
        let parsed: Vec<Option<Cell>> = cells.iter().map(parse).collect();
        let day_first = day_first(&parsed);
        let days: Vec<Option<(f64, Precision)>> = parsed
            .iter()
            .map(|cell| cell.and_then(|cell| seconds(cell, day_first.chosen)))
            .collect();
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
        let mut notes: Vec<String> = day_first.note.into_iter().collect();
        if parsed.iter().flatten().any(|cell| cell.short_year) {
            notes.push(
                "Years have two digits: 69 to 99 are read as 1969 to 1999, 00 to 68 as 2000 to 2068."
                    .to_owned(),
            );
        }
        Some(Self {
            seconds,
            precision,
            day_first: day_first.chosen,
            bad,
            notes,
        })
    }

    /// The dates of a column of numbers, where its name says so: seconds or milliseconds since 1970 in one called “unix”,
    /// “epoch” or “timestamp”, days written as 20240131 in one called “date”.
    pub fn of_numbers(name: &str, values: &[f64]) -> Option<Self> {
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
                precision,
                day_first: true,
                bad,
                notes: vec![note.to_owned()],
            })
        };
        let unix = ["unix", "posix", "epoch", "timestamp"]
            .iter()
            .any(|word| name.contains(word));
        if unix && all(1e8..1e11) {
            let note = "The numbers are read as seconds since 1970-01-01, in UTC.";
            return found(values.to_vec(), Precision::Second, note);
        }
        if unix && all(1e11..1e14) {
            let seconds = values.iter().map(|value| value / 1000.0).collect();
            let note = "The numbers are read as milliseconds since 1970-01-01, in UTC.";
            return found(seconds, Precision::Second, note);
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
        None
    }
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

/// The day of a time and the whole seconds since its midnight.
fn civil(seconds: f64) -> Option<(Date, i64)> {
    if !seconds.is_finite() {
        return None;
    }
    let whole = libm::floor(seconds) as i64;
    let days = whole.div_euclid(DAY).checked_mul(DAY)?;
    let day = date(1970, 1, 1)
        .checked_add(SignedDuration::from_secs(days))
        .ok()?;
    Some((day, whole.rem_euclid(DAY)))
}

fn day_seconds(day: Date) -> f64 {
    day.duration_since(date(1970, 1, 1)).as_secs() as f64
}

/// 20240131 → the day.
fn compact(number: i64) -> Option<Date> {
    let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
    if !(1000..=9999).contains(&year) {
        return None;
    }
    Date::new(year as i16, month as i8, day as i8).ok()
}

/// Takes a cell apart; `None` if it is no date.
fn parse(cell: &str) -> Option<Cell> {
    let cell = cell.trim();
    if cell.len() > 48 || !cell.is_ascii() || !cell.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (day, clock) = match cell.find(':') {
        None => (cell, None),
        Some(colon) => {
            let hours = cell[..colon]
                .bytes()
                .rev()
                .take_while(u8::is_ascii_digit)
                .count();
            let (day, rest) = (&cell[..colon - hours], &cell[colon - hours..]);
            let day = day.strip_suffix(['T', 't', ' ', '_', ','])?;
            (day, Some(parse_clock(rest)?))
        }
    };
    let (day, short_year) = parse_day(day.trim())?;
    Some(Cell {
        day,
        clock,
        short_year,
    })
}

/// `13:05`, `13:05:30.25`, `1:05 PM`, `13:05Z`, `13:05:30+01:00` → seconds since midnight in UTC.
fn parse_clock(text: &str) -> Option<f64> {
    let end = text
        .bytes()
        .position(|byte| !(byte.is_ascii_digit() || byte == b':' || byte == b'.'))
        .unwrap_or(text.len());
    let (clock, rest) = text.split_at(end);
    let mut parts = clock.split(':');
    let two = |part: &str| -> Option<f64> {
        (matches!(part.len(), 1 | 2)).then(|| part.parse::<u8>().ok().map(f64::from))?
    };
    let mut hours = two(parts.next()?)?;
    let minutes = two(parts.next()?)?;
    let seconds = match parts.next() {
        None => 0.0,
        Some(part) => part
            .parse::<f64>()
            .ok()
            .filter(|_| part.starts_with(|c: char| c.is_ascii_digit()))?,
    };
    if parts.next().is_some() || minutes >= 60.0 || seconds >= 61.0 {
        return None;
    }
    let mut rest = rest.trim();
    let lower = rest.to_ascii_lowercase();
    if let Some(afternoon) = [("am", false), ("pm", true)]
        .iter()
        .find(|(mark, _)| lower.starts_with(mark))
        .map(|(_, afternoon)| *afternoon)
    {
        if !(1.0..=12.0).contains(&hours) {
            return None;
        }
        hours = hours % 12.0 + if afternoon { 12.0 } else { 0.0 };
        rest = rest[2..].trim();
    }
    if hours > 24.0 || (hours == 24.0 && (minutes, seconds) != (0.0, 0.0)) {
        return None;
    }
    Some(hours * 3600.0 + minutes * 60.0 + seconds - offset(rest)?)
}

/// `Z`, `UTC`, `+01:00`, `-0530`, `+02` → seconds ahead of UTC; 0 for nothing.
fn offset(text: &str) -> Option<f64> {
    if text.is_empty()
        || ["z", "utc", "gmt"]
            .iter()
            .any(|zone| text.eq_ignore_ascii_case(zone))
    {
        return Some(0.0);
    }
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1.0, &text[1..]),
        b'-' => (-1.0, &text[1..]),
        _ => return None,
    };
    let digits: String = rest.chars().filter(|&c| c != ':').collect();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u32 = digits.parse().ok()?;
    let (hours, minutes) = match digits.len() {
        1 | 2 => (number, 0),
        4 => (number / 100, number % 100),
        _ => return None,
    };
    (hours <= 14 && minutes < 60).then(|| sign * f64::from(hours * 3600 + minutes * 60))
}

/// The day of a cell, and whether its year has two digits.
fn parse_day(text: &str) -> Option<(Day, bool)> {
    let mut separator = b' ';
    let mut parts: [&str; 4] = [""; 4];
    let mut count = 0;
    for part in text.split(|c: char| {
        let separates = matches!(c, '-' | '/' | '.' | ' ' | ',');
        if separates && c != ' ' {
            separator = c as u8;
        }
        separates
    }) {
        if part.is_empty() {
            continue;
        }
        *parts.get_mut(count)? = part;
        count += 1;
    }
    let mut parts = &parts[..count];
    if count > 1 && is_weekday(parts[0]) {
        parts = &parts[1..];
    }
    let known = |day: Option<Date>, precision| Some((Day::Known(day?, precision), false));
    let date_of = |year: i16, month: i8, day: i8| Date::new(year, month, day).ok();
    match *parts {
        [one] => {
            if one.len() == 8 && one.bytes().all(|byte| byte.is_ascii_digit()) {
                return known(compact(one.parse().ok()?), Precision::Day);
            }
            let year = four(one.get(..4)?)?;
            let (day, precision) = part_of_year(year, &one[4..])?;
            known(Some(day), precision)
        }
        [a, b] => {
            if let Some(year) = four(a) {
                if let Some((day, precision)) = part_of_year(year, b) {
                    return known(Some(day), precision);
                }
                let month = two(b).or_else(|| month(b))?;
                return known(date_of(year, month, 1), Precision::Month);
            }
            if let Some(year) = four(b) {
                if let Some((day, precision)) = part_of_year(year, a) {
                    return known(Some(day), precision);
                }
                let month = two(a).or_else(|| month(a))?;
                return known(date_of(year, month, 1), Precision::Month);
            }
            // Jan-24
            let (month, year) = (month(a)?, short(b)?);
            Some((Day::Known(date_of(year, month, 1)?, Precision::Month), true))
        }
        [a, b, c] => {
            if let Some(year) = four(a) {
                let month = two(b).or_else(|| month(b))?;
                return known(date_of(year, month, two(c)?), Precision::Day);
            }
            let (year, is_short) = match four(c) {
                Some(year) => (year, false),
                None => (short(c)?, true),
            };
            let day = match (two(a), two(b)) {
                (Some(first), Some(second)) => Day::Either {
                    first,
                    second,
                    year,
                    separator,
                },
                (Some(day), None) => Day::Known(date_of(year, month(b)?, day)?, Precision::Day),
                (None, Some(day)) => Day::Known(date_of(year, month(a)?, day)?, Precision::Day),
                (None, None) => return None,
            };
            Some((day, is_short))
        }
        _ => None,
    }
}

/// `Q1`, `W05` and `M01` of a year.
fn part_of_year(year: i16, text: &str) -> Option<(Date, Precision)> {
    let number: i8 = text.get(1..).filter(|rest| rest.len() <= 2)?.parse().ok()?;
    match text.as_bytes()[0].to_ascii_uppercase() {
        b'Q' if (1..=4).contains(&number) => {
            let first = Date::new(year, 3 * number - 2, 1).ok()?;
            Some((first, Precision::Quarter))
        }
        b'W' => {
            let week = ISOWeekDate::new(year, number, Weekday::Monday).ok()?;
            Some((week.date(), Precision::Week))
        }
        b'M' => Some((Date::new(year, number, 1).ok()?, Precision::Month)),
        _ => None,
    }
}

/// A year of four digits.
fn four(text: &str) -> Option<i16> {
    (text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())?
}

/// A year of two digits, as POSIX reads it.
fn short(text: &str) -> Option<i16> {
    let year = i16::from(two(text).filter(|_| text.len() == 2)?);
    Some(if year < 69 { 2000 + year } else { 1900 + year })
}

fn two(text: &str) -> Option<i8> {
    (matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())?
}

/// The months' English names.
pub(crate) const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The month of this English name or its first three letters.
fn month(text: &str) -> Option<i8> {
    let text = text.to_ascii_lowercase();
    let is = |name: &&str| {
        name == &text || name[..3] == text || (text == "sept" && name.starts_with(&text))
    };
    MONTHS.iter().position(is).map(|index| index as i8 + 1)
}

fn is_weekday(text: &str) -> bool {
    const NAMES: [&str; 7] = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let text = text.to_ascii_lowercase();
    text.len() >= 3 && NAMES.iter().any(|name| name.starts_with(&text))
}

/// Whether a column's dates are day before month, and what to say about it.
struct DayFirst {
    chosen: bool,
    note: Option<String>,
}

/// By the cells that can be read in one way only; without any, by what a point separates, by the order in which time goes on
/// more regularly, and at last by what most of the world writes.
fn day_first(cells: &[Option<Cell>]) -> DayFirst {
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
    // How often time goes back, and how often it goes on by an unusual step.
    let trouble = |order: bool| {
        let times = cells.iter().flatten();
        let times: Vec<f64> = times
            .filter_map(|&cell| seconds(cell, order))
            .map(|(time, _)| time)
            .collect();
        let back = times.windows(2).filter(|pair| pair[1] < pair[0]).count();
        let all = 0..times.len();
        let series = std::slice::from_ref(&all);
        (
            back,
            Spacing::of(&times, series, Some(Precision::Day)).irregular,
        )
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

fn seconds(cell: Cell, day_first: bool) -> Option<(f64, Precision)> {
    let (day, precision) = match cell.day {
        Day::Known(day, precision) => (day, precision),
        Day::Either {
            first,
            second,
            year,
            ..
        } => {
            let (day, month) = if day_first {
                (first, second)
            } else {
                (second, first)
            };
            (Date::new(year, month, day).ok()?, Precision::Day)
        }
    };
    match cell.clock {
        None => Some((day_seconds(day), precision)),
        Some(clock) if precision == Precision::Day => {
            Some((day_seconds(day) + clock, Precision::Second))
        }
        Some(_) => None,
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

impl Step {
    /// The time `count` steps after `from`.
    pub fn after(self, from: f64, count: usize) -> f64 {
        match self {
            Step::Number(step) | Step::Seconds(step) => from + step * count as f64,
            Step::Months {
                count: months,
                at_end,
            } => {
                let ahead = i64::from(months).saturating_mul(count as i64);
                months_after(from, ahead, at_end).unwrap_or(f64::NAN)
            }
        }
    }

    /// The step as a phrase: `7 days`, `1 month`, `0.5`.
    pub fn phrase(self) -> String {
        match self {
            Step::Number(step) => number(step),
            Step::Seconds(step) => seconds_phrase(step),
            Step::Months { count, .. } => match count {
                12 => "1 year".to_owned(),
                count if count % 12 == 0 => format!("{} years", count / 12),
                1 => "1 month".to_owned(),
                count => format!("{count} months"),
            },
        }
    }
}

/// A number without the noise of subtraction.
fn number(value: f64) -> String {
    format!("{value:.9e}")
        .parse::<f64>()
        .unwrap_or(value)
        .to_string()
}

fn seconds_phrase(seconds: f64) -> String {
    const UNITS: [(f64, &str); 4] = [
        (86_400.0, "day"),
        (3_600.0, "hour"),
        (60.0, "minute"),
        (1.0, "second"),
    ];
    let counted = |count: String, name: &str| {
        let plural = if count == "1" { "" } else { "s" };
        format!("{count} {name}{plural}")
    };
    let fits = |size: f64| seconds.abs() >= size;
    let whole = UNITS
        .into_iter()
        .find(|&(size, _)| fits(size) && seconds % size == 0.0);
    match whole {
        Some((size, name)) if size == UNITS[0].0 || (seconds / size).abs() < 1000.0 => {
            counted(number(seconds / size), name)
        }
        // Nobody counts 100,001 seconds.
        _ => match UNITS.into_iter().find(|&(size, _)| fits(1.5 * size)) {
            Some((size, name)) if size > 1.0 => {
                format!(
                    "about {}",
                    counted((seconds / size).round().to_string(), name)
                )
            }
            _ => counted(number(seconds), "second"),
        },
    }
}

fn months_after(from: f64, months: i64, at_end: bool) -> Option<f64> {
    let (day, within) = civil(from)?;
    let month = (i64::from(day.year()) * 12 + i64::from(day.month()) - 1).saturating_add(months);
    let year = i16::try_from(month.div_euclid(12)).ok()?;
    let first = Date::new(year, month.rem_euclid(12) as i8 + 1, 1).ok()?;
    let last = first.days_in_month();
    let of_month = if at_end { last } else { day.day().min(last) };
    let fraction = from - libm::floor(from);
    let there = Date::new(year, first.month(), of_month).ok()?;
    Some(day_seconds(there) + within as f64 + fraction)
}

impl Spacing {
    /// How many irregular places are kept; further ones are counted only.
    pub const CAP: usize = 10;

    /// The spacing of `times`, each of the `series` on its own; `dates` says that they are seconds since 1970, and how fine.
    ///
    /// The usual step is the middle one of all (the lower of two). Where dates are a month or more apart and a number of
    /// calendar months fits them better than seconds, it is that.
    pub fn of(times: &[f64], series: &[Range<usize>], dates: Option<Precision>) -> Self {
        let pairs = || {
            series
                .iter()
                .flat_map(|rows| rows.clone().skip(1))
                .map(|row| (row, times[row - 1], times[row]))
        };
        let mut steps: Vec<f64> = pairs().map(|(_, before, time)| time - before).collect();
        if steps.is_empty() {
            return Self::default();
        }
        let middle = (steps.len() - 1) / 2;
        let usual = *steps.select_nth_unstable_by(middle, f64::total_cmp).1;
        if usual.is_nan() || usual <= 0.0 {
            return Self::default();
        }
        let fixed = if dates.is_some() {
            Step::Seconds(usual)
        } else {
            Step::Number(usual)
        };
        let mut best = Self::with_step(fixed, pairs());
        let of_months = matches!(dates, Some(Precision::Month | Precision::Quarter));
        let maybe_months = dates.is_some() && best.irregular > 0 && usual >= 28.0 * 86_400.0;
        if of_months || maybe_months {
            let count = (usual / (30.4375 * 86_400.0)).round().max(1.0) as u32;
            // Months named by their first day have no last one that counts.
            let ends: &[bool] = if of_months { &[false] } else { &[true, false] };
            for &at_end in ends {
                let monthly = Self::with_step(Step::Months { count, at_end }, pairs());
                if of_months || monthly.irregular < best.irregular {
                    best = monthly;
                }
            }
        }
        best
    }

    fn with_step(step: Step, pairs: impl Iterator<Item = (usize, f64, f64)>) -> Self {
        let mut spacing = Self {
            step: Some(step),
            ..Self::default()
        };
        for (row, before, time) in pairs {
            let expected = step.after(before, 1);
            // Times such as 0.1, 0.2, 0.3 are not exactly 0.1 apart.
            let slack = 1e-9 * (time.abs() + before.abs());
            if (time - expected).abs() <= slack {
                continue;
            }
            spacing.irregular += 1;
            if spacing.first.len() < Self::CAP {
                let found = match step {
                    Step::Number(_) => number(time - before),
                    _ => seconds_phrase(time - before),
                };
                spacing.first.push((row, found));
            }
        }
        spacing
    }

    /// Whether every time comes the usual step after the one before.
    pub fn is_regular(&self) -> bool {
        self.step.is_some() && self.irregular == 0
    }
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
    fn spacing_is_told_in_calendar_months_where_they_fit() {
        let of = |cells: &[&str]| {
            let dates = read(cells).unwrap();
            let all = 0..cells.len();
            let series = std::slice::from_ref(&all);
            (
                Spacing::of(&dates.seconds, series, Some(dates.precision)),
                dates,
            )
        };
        let (weekly, _) = of(&["2024-01-01", "2024-01-08", "2024-01-15", "2024-01-29"]);
        assert_eq!(weekly.step.unwrap().phrase(), "7 days");
        assert_eq!(
            (weekly.irregular, weekly.first),
            (1, vec![(3, "14 days".to_owned())])
        );
        let (ends, dates) = of(&["2023-12-31", "2024-01-31", "2024-02-29"]);
        assert!(ends.is_regular());
        let next = ends.step.unwrap().after(dates.seconds[2], 1);
        assert_eq!(text(next, dates.precision), "2024-03-31");
        let (gap, _) = of(&["2024-01", "2024-02", "2024-03", "2024-05"]);
        assert_eq!(
            (gap.step.unwrap().phrase().as_str(), gap.irregular),
            ("1 month", 1)
        );
        let (quarters, dates) = of(&["2023Q3", "2023Q4", "2024Q1"]);
        assert_eq!(quarters.step.unwrap().phrase(), "3 months");
        let next = quarters.step.unwrap().after(dates.seconds[2], 2);
        assert_eq!(text(next, dates.precision), "2024Q3");
    }

    #[test]
    fn a_step_is_told_in_the_unit_that_fits() {
        let phrase = |seconds| Step::Seconds(seconds).phrase();
        assert_eq!(phrase(86_400.0), "1 day");
        assert_eq!(phrase(5_400.0), "90 minutes");
        assert_eq!(phrase(0.25), "0.25 seconds");
        assert_eq!(phrase(2_678_401.0), "about 31 days");
        assert_eq!(phrase(90.0), "90 seconds");
    }

    #[test]
    fn each_series_is_spaced_on_its_own() {
        let times = [0.1, 0.2, 0.3, 0.1, 0.2];
        let spacing = Spacing::of(&times, &[0..3, 3..5], None);
        assert!(spacing.is_regular());
        assert_eq!(spacing.step.unwrap().phrase(), "0.1");
        let alone =
            |times: &[f64]| Spacing::of(times, std::slice::from_ref(&(0..times.len())), None);
        assert_eq!(alone(&times[..1]).step, None);
        assert_eq!(alone(&[3.0, 2.0, 1.0]).step, None);
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
