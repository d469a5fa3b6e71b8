//! One cell that is a date: its forms.

use jiff::civil::{Date, ISOWeekDate, Weekday};

use super::calendar::day_seconds;
use super::precision::Precision;
use crate::data::text::Texts;

/// A cell, taken apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cell {
    pub day: Day,
    /// Seconds since midnight, less the distance from UTC.
    pub clock: Option<f64>,
    pub short_year: bool,
    /// The day if a year of two digits comes first, where it could: `22MAR01`.
    pub year_first: Option<Date>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Day {
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

impl Cell {
    /// Its year.
    pub fn year(self) -> i16 {
        match self.day {
            Day::Known(day, _) => day.year(),
            Day::Either { year, .. } => year,
        }
    }
}

/// The cell's time in seconds since 1970-01-01, and how fine it is; `None` if there is no such day.
pub(super) fn seconds(cell: Cell, day_first: bool) -> Option<(f64, Precision)> {
    let (day, clock, precision) = day_and_clock(cell, day_first)?;
    Some((day + clock, precision))
}

/// The first second of the cell's day, the seconds since then, and how fine it is; `None` if there is no such day.
pub(super) fn day_and_clock(cell: Cell, day_first: bool) -> Option<(f64, f64, Precision)> {
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
        None => Some((day_seconds(day), 0.0, precision)),
        Some(clock) if precision == Precision::Day => {
            Some((day_seconds(day), clock, Precision::Second))
        }
        Some(_) => None,
    }
}

/// Takes a cell apart; `None` if it is no date. Of what lasts, `01.01.2024 00:00 - 01.01.2024 01:00`, it is the beginning.
pub(super) fn parse(cell: &str) -> Option<Cell> {
    let cell = cell.trim();
    // A dash may stand between a day and its time as well.
    if let Some((start, end)) = from_to(cell)
        && (parse_one(end).is_some() || (start.contains(':') && clock(end).is_some()))
        && let Some(start) = parse_one(start)
    {
        return Some(start);
    }
    parse_one(cell)
}

/// The two sides of what stands between two times.
fn from_to(cell: &str) -> Option<(&str, &str)> {
    // Two days of which each has at least as much: 1.1.24.
    const LEAST: usize = 13;
    const BETWEEN: [&str; 6] = [" - ", " – ", " — ", " bis ", " to ", "/"];
    // Most cells have nothing of the kind, and there may be millions.
    let pairs = || cell.bytes().zip(cell.bytes().skip(1));
    let may = |(one, next): (u8, u8)| one == b'/' || (one == b' ' && !next.is_ascii_digit());
    if cell.len() < LEAST || !pairs().any(may) {
        return None;
    }
    let mut sides = BETWEEN
        .iter()
        .filter_map(|between| cell.split_once(between));
    sides
        .next()
        .map(|(start, end)| (start.trim(), end.trim()))
        .filter(|(start, end)| start.len() >= 6 && end.contains(|c: char| c.is_ascii_digit()))
}

fn parse_one(cell: &str) -> Option<Cell> {
    // Names of months have letters beyond ASCII.
    let is_usual = |c: char| c.is_ascii() || c.is_alphabetic();
    if cell.len() > 48
        || !cell.bytes().any(|byte| byte.is_ascii_digit())
        || !cell.chars().all(is_usual)
    {
        return None;
    }
    let colon = cell.find(':');
    // As SAS writes it, 23MAR2021:07:15:00.
    if let Some(colon) = colon
        && let Some(found) = without_signs(&cell[..colon])
    {
        return Some(Cell {
            clock: Some(parse_clock(&cell[colon + 1..])?),
            ..found
        });
    }
    if let Some(found) = without_signs(cell) {
        return Some(found);
    }
    let (day, clock) = match colon {
        None => (cell, None),
        Some(colon) => {
            let hours = cell[..colon]
                .bytes()
                .rev()
                .take_while(u8::is_ascii_digit)
                .count();
            let (day, rest) = (&cell[..colon - hours], &cell[colon - hours..]);
            let day = day.strip_suffix(['T', 't', ' ', '_', ','])?;
            (without_at(day.trim_end()), Some(parse_clock(rest)?))
        }
    };
    let (day, short_year) = parse_day(day.trim())?;
    Some(Cell {
        day,
        clock,
        short_year,
        year_first: None,
    })
}

/// What stands before the word between a day and a time of day: “2 nov. 2022 à”, “2. November 2022 um”.
fn without_at(day: &str) -> &str {
    const WORDS: [&str; 7] = [" à", " um", " a las", " alle", " às", " at", " kl."];
    let bare = WORDS.iter().find_map(|word| day.strip_suffix(word));
    bare.unwrap_or(day)
}

/// `23MAR2021`, `23MAR21`, `2021MAR23` → the day. Of two numbers of two digits the first is the day, unless there is no such day or
/// other cells say otherwise.
fn without_signs(text: &str) -> Option<Cell> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (first, rest) = text.split_at(digits(text));
    let letters = rest.len() - rest.trim_start_matches(char::is_alphabetic).len();
    let (name, last) = rest.split_at(letters);
    if first.is_empty() || name.is_empty() || last.is_empty() {
        return None;
    }
    let month = month(name)?;
    let day_of = |year: Option<i16>, day: &str| Date::new(year?, month, two(day)?).ok();
    let known = |day: Date, short_year| Cell {
        day: Day::Known(day, Precision::Day),
        clock: None,
        short_year,
        year_first: None,
    };
    if let Some(day) = day_of(four(last), first).or_else(|| day_of(four(first), last)) {
        return Some(known(day, false));
    }
    let both_short = first.len() == 2 && last.len() == 2;
    let year_first = day_of(short(first), last).filter(|_| both_short);
    let day = day_of(short(last), first).or(year_first)?;
    Some(Cell {
        year_first,
        ..known(day, true)
    })
}

/// `13:05`, `13:05:30.25`, `1:05 PM`, `1:05p`, `13:05Z`, `13:05:30+01:00` → seconds since midnight in UTC.
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
    if let Some((afternoon, after)) = half_of_day(rest) {
        if !(1.0..=12.0).contains(&hours) {
            return None;
        }
        hours = hours % 12.0 + if afternoon { 12.0 } else { 0.0 };
        rest = after.trim();
    }
    if hours > 24.0 || (hours == 24.0 && (minutes, seconds) != (0.0, 0.0)) {
        return None;
    }
    Some(hours * 3600.0 + minutes * 60.0 + seconds - offset(rest)?)
}

/// Whether it is the half of the day after noon, by a mark such as `AM`, `p.m.` or `a`, and what comes after the mark.
fn half_of_day(text: &str) -> Option<(bool, &str)> {
    const MARKS: [&str; 4] = [". m.", ".m.", "m", ""];
    let afternoon = match text.as_bytes().first()? {
        b'a' | b'A' => false,
        b'p' | b'P' => true,
        _ => return None,
    };
    MARKS.iter().find_map(|mark| {
        let begins = text.get(1..=mark.len())?.eq_ignore_ascii_case(mark);
        let after = text.get(1 + mark.len()..).filter(|_| begins)?;
        let ends = !after.starts_with(|c: char| c.is_alphanumeric());
        (!mark.is_empty() || ends).then_some((afternoon, after))
    })
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
        // 3 de marzo de 2021
        if matches!(part, "" | "de" | "del") {
            continue;
        }
        *parts.get_mut(count)? = part;
        count += 1;
    }
    let mut parts = &parts[..count];
    // “mar” is a Tuesday or March: only before a whole date it can be the day.
    if count > 1 && (is_weekday(parts[0]) || (count == 4 && is_weekday_name(parts[0]))) {
        parts = &parts[1..];
    }
    let known = |day: Option<Date>, precision| Some((Day::Known(day?, precision), false));
    let date_of = |year: i16, month: i8, day: i8| Date::new(year, month, day).ok();
    match *parts {
        [one] => {
            if one.len() == 8 && one.bytes().all(|byte| byte.is_ascii_digit()) {
                return known(compact(one.parse().ok()?), Precision::Day);
            }
            if let Some(found) = without_signs(one) {
                return Some((found.day, found.short_year));
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
            // Jan-24; but “set 10” is more often the tenth of sets.
            const OTHER_WORDS: [&str; 4] = ["set", "out", "gen", "mag"];
            if separator == b' ' && OTHER_WORDS.iter().any(|word| a.eq_ignore_ascii_case(word)) {
                return None;
            }
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

/// `Q1`, `W05` and `M01` of a year; a quarter may be `T1` (trimestre), `K1` (kvartal) or `1T` as well.
fn part_of_year(year: i16, text: &str) -> Option<(Date, Precision)> {
    let quarter = |number: i8| {
        let first = (1..=4).contains(&number).then(|| 3 * number - 2)?;
        Some((Date::new(year, first, 1).ok()?, Precision::Quarter))
    };
    if let [
        number @ b'1'..=b'4',
        b'Q' | b'q' | b'T' | b't' | b'K' | b'k',
    ] = text.as_bytes()
    {
        return quarter((number - b'0') as i8);
    }
    let number: i8 = text.get(1..).filter(|rest| rest.len() <= 2)?.parse().ok()?;
    match text.as_bytes()[0].to_ascii_uppercase() {
        b'Q' | b'T' | b'K' => quarter(number),
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

/// 20240131 → the day.
pub(super) fn compact(number: i64) -> Option<Date> {
    let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
    if !(1000..=9999).contains(&year) {
        return None;
    }
    Date::new(year as i16, month as i8, day as i8).ok()
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

/// The months in Spanish, French, German, Italian, Portuguese, Dutch, Danish and Swedish, in full and as they are shortened.
const OTHER_MONTHS: [&[&str]; 12] = [
    &[
        "enero", "ene", "janvier", "janv", "januar", "jänner", "gennaio", "gen", "janeiro",
        "januari",
    ],
    &[
        "febrero",
        "februari",
        "février",
        "févr",
        "fév",
        "fevrier",
        "fevr",
        "februar",
        "febbraio",
        "fevereiro",
        "fev",
    ],
    &[
        "marzo", "mars", "märz", "mär", "maerz", "mrz", "março", "marco", "maart", "mrt", "marts",
    ],
    &["abril", "abr", "avril", "avr", "aprile"],
    &["mayo", "mai", "maggio", "mag", "maio", "mei", "maj"],
    &["junio", "juin", "juni", "giugno", "giu", "junho"],
    &["julio", "juillet", "juil", "juli", "luglio", "lug", "julho"],
    &["agosto", "ago", "août", "aout", "augustus", "augusti"],
    &[
        "septiembre",
        "setiembre",
        "septembre",
        "settembre",
        "set",
        "setembro",
    ],
    &[
        "octubre", "octobre", "oktober", "okt", "ottobre", "ott", "outubro", "out",
    ],
    &["noviembre", "novembre", "novembro"],
    &[
        "diciembre",
        "dic",
        "décembre",
        "déc",
        "decembre",
        "dezember",
        "dez",
        "dicembre",
        "dezembro",
    ],
];

/// The month of this name or what it is shortened to.
fn month(text: &str) -> Option<i8> {
    let text = match text.is_ascii() {
        true => text.to_ascii_lowercase(),
        false => text.to_lowercase(),
    };
    let is = |name: &&str| {
        name == &text || name[..3] == text || (text == "sept" && name.starts_with(&text))
    };
    let other = || {
        let names = OTHER_MONTHS.iter();
        names
            .map(|names| names.contains(&text.as_str()))
            .position(|is| is)
    };
    let index = MONTHS.iter().position(is).or_else(other)?;
    Some(index as i8 + 1)
}

/// The days' English names, from Sunday on.
pub(crate) const WEEKDAYS: [&str; 7] = [
    "sunday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
];

fn is_weekday(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.len() >= 3 && WEEKDAYS.iter().any(|name| name.starts_with(&text))
}

/// Whether a cell names a day of the week and nothing else, in English, German, French or Spanish.
pub(crate) fn is_weekday_name(cell: &str) -> bool {
    const NAMES: [&str; 21] = [
        "montag",
        "dienstag",
        "mittwoch",
        "donnerstag",
        "freitag",
        "samstag",
        "sonnabend",
        "sonntag",
        "lundi",
        "mardi",
        "mercredi",
        "jeudi",
        "vendredi",
        "samedi",
        "dimanche",
        "lunes",
        "martes",
        "miércoles",
        "jueves",
        "viernes",
        "domingo",
    ];
    const SHORT: [&str; 23] = [
        "mo", "di", "mi", "do", "fr", "sa", "so", "tu", "we", "th", "su", "lun", "mar", "mer",
        "jeu", "ven", "sam", "dim", "mié", "jue", "vie", "sáb", "dom",
    ];
    let name = cell.trim().trim_end_matches('.').to_lowercase();
    is_weekday(&name)
        || NAMES.contains(&name.as_str())
        || SHORT.contains(&name.as_str())
        || name == "sábado"
}

/// The time of day that a cell says, such as `13:05`, in seconds since midnight; of `08:00-08:30` it is the beginning.
pub(crate) fn clock(cell: &str) -> Option<f64> {
    const BETWEEN: [&str; 5] = ["–", "—", " bis ", " to ", "-"];
    let cell = cell.trim();
    if !cell.contains(':') {
        return None;
    }
    let sides = BETWEEN.iter().find_map(|between| cell.split_once(between));
    if let Some((start, end)) = sides {
        let (start, end) = (start.trim(), end.trim());
        // What is written alike is no distance from UTC: 13:05:30-05:00.
        let colons = |side: &str| side.matches(':').count();
        if colons(start) == colons(end) && parse_clock(end).is_some() {
            return parse_clock(start);
        }
    }
    parse_clock(cell)
}

/// The seconds since something began that texts tell: `0:00.003`, `00:00:01.25`, `26:10:00`, `0 days 00:00:01`. `None` if one of them
/// does not.
pub(crate) fn elapsed(cells: &Texts) -> Option<Vec<f64>> {
    let seconds: Option<Vec<f64>> = cells.iter().map(seconds_since).collect();
    seconds.filter(|seconds| !seconds.is_empty())
}

fn seconds_since(cell: &str) -> Option<f64> {
    let whole = |part: &str| -> Option<f64> {
        let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|_| digits)
    };
    let cell = cell.trim();
    let (days, clock) = match cell.split_once(" day") {
        Some((days, rest)) => (whole(days)?, rest.strip_prefix('s').unwrap_or(rest).trim()),
        None => (0.0, cell),
    };
    let (before, last) = clock.rsplit_once(':')?;
    let (second, fraction) = match last.split_once(['.', ',']) {
        Some((second, fraction)) => (second, fraction),
        None => (last, ""),
    };
    // Of 10:30 nobody knows whether it is hours or minutes.
    let (hours, minutes) = match before.split_once(':') {
        Some((hours, minutes)) => (whole(hours)?, minutes),
        None if !fraction.is_empty() => (0.0, before),
        None => return None,
    };
    let below_a_second: f64 = match fraction {
        "" => 0.0,
        _ => format!("0.{fraction}").parse().ok()?,
    };
    let (minutes, second) = (
        whole(minutes)?,
        whole(second).filter(|_| second.len() == 2)?,
    );
    let fits = second < 61.0 && (minutes < 60.0 || !before.contains(':'));
    fits.then_some(86_400.0 * days + 3600.0 * hours + 60.0 * minutes + second + below_a_second)
}

/// The number of the month that a cell names.
pub(crate) fn month_of(cell: &str) -> Option<f64> {
    month(cell.trim_end_matches('.')).map(f64::from)
}

/// Whether a cell is a date by itself, whatever the rest of its column is.
pub(crate) fn is_date(cell: &str) -> bool {
    parse(cell).is_some()
}
