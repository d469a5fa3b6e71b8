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
    if let Some(plain) = with_plain_signs(cell) {
        return parse_one(plain.trim());
    }
    // A dash may stand between a day and its time as well.
    if let Some((start, end)) = from_to(cell)
        && (parse_one(end).is_some() || (start.contains(':') && clock(end).is_some()))
        && let Some(start) = parse_one(start)
    {
        return Some(start);
    }
    parse_one(cell)
}

/// `2024年1月31日`, `2024년 1월 31일` with hyphens between the numbers; `None` for any other cell.
fn with_plain_signs(cell: &str) -> Option<String> {
    // Most cells have nothing of the kind, and there may be millions.
    if cell.is_ascii() || !cell.contains(['年', '년']) {
        return None;
    }
    let plain = cell
        .replace(['年', '년', '月', '월'], "-")
        .replace(['日', '일'], " ")
        .replace("- ", "-");
    Some(plain.trim_end().trim_end_matches('-').to_owned())
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
        None => match without_colons(cell) {
            Some((day, clock)) => (day, Some(clock)),
            None => (cell, None),
        },
        Some(colon) => {
            let hours = cell[..colon]
                .bytes()
                .rev()
                .take_while(u8::is_ascii_digit)
                .count();
            let (day, rest) = (&cell[..colon - hours], &cell[colon - hours..]);
            // As servers write it, 31/Jan/2024:13:05:00.
            if hours == 4 && day.ends_with(['/', '-']) {
                let (day, short_year) = parse_day(&cell[..colon])?;
                return Some(Cell {
                    day,
                    clock: Some(parse_clock(&cell[colon + 1..])?),
                    short_year,
                    year_first: None,
                });
            }
            let day = day.strip_suffix(['T', 't', ' ', '_', ','])?;
            // The year may stand behind the time of day: Wed Jan 31 13:05:00 2024.
            if let Some((clock, year)) = rest.rsplit_once(' ')
                && four(year).is_some()
            {
                let (day, short_year) = parse_day(&format!("{day} {year}"))?;
                return Some(Cell {
                    day,
                    clock: Some(parse_clock(clock)?),
                    short_year,
                    year_first: None,
                });
            }
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

/// The day and the seconds since midnight where no colon stands between hours and minutes: `20240131T130500Z`, `31-01-2024 13.05`,
/// `2024-01-31 1 PM`, `2024-01-31T13`.
fn without_colons(cell: &str) -> Option<(&str, f64)> {
    const FEWEST: usize = 10;
    if cell.len() < FEWEST || !cell.is_ascii() {
        return None;
    }
    let at = cell.get(6..)?.find(['T', 't', ' ', '_'])? + 6;
    let is_compact = at == 8 && cell[..at].bytes().all(|byte| byte.is_ascii_digit());
    // Blanks may stand within a day as well.
    let blank = || {
        let before = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
        let mut all = cell.match_indices(' ').map(|(at, _)| at);
        all.rfind(|&at| before(&cell[at + 1..]))
    };
    let at = match cell.as_bytes()[at] {
        b' ' if !is_compact => blank()?,
        _ => at,
    };
    let (day, rest) = (&cell[..at], cell[at + 1..].trim());
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (number, after) = rest.split_at(digits);
    let clock = match (digits, is_compact) {
        (4, true) => parse_clock(&format!("{}:{}{after}", &number[..2], &number[2..]))?,
        (6, true) => {
            let (hours, minutes) = (&number[..2], &number[2..4]);
            parse_clock(&format!("{hours}:{minutes}:{}{after}", &number[4..]))?
        }
        (1 | 2, false) if after.starts_with(['.', 'h']) && after.len() > 2 => {
            let after = after[1..].replace('.', ":");
            parse_clock(&format!("{number}:{after}"))?
        }
        (1 | 2, false) if after == "h" || half_of_day(after.trim()).is_some() => {
            let half = if after == "h" { "" } else { after.trim() };
            parse_clock(&format!("{number}:00 {half}"))?
        }
        (2, false) if after.is_empty() => parse_clock(&format!("{number}:00"))?,
        _ => return None,
    };
    // What stands before must be a day with its whole year.
    let whole = match parse_day(day)? {
        (Day::Known(_, precision), short) => precision == Precision::Day && !short,
        (Day::Either { .. }, short) => !short,
    };
    whole.then_some((day, clock))
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

/// Names of zones, and how many hours they are ahead of UTC.
const ZONES: [(&str, f64); 26] = [
    ("z", 0.0),
    ("utc", 0.0),
    ("gmt", 0.0),
    ("wet", 0.0),
    ("west", 1.0),
    ("bst", 1.0),
    ("cet", 1.0),
    ("mez", 1.0),
    ("cest", 2.0),
    ("mesz", 2.0),
    ("eet", 2.0),
    ("eest", 3.0),
    ("msk", 3.0),
    ("jst", 9.0),
    ("kst", 9.0),
    ("aest", 10.0),
    ("aedt", 11.0),
    ("est", -5.0),
    ("edt", -4.0),
    ("cst", -6.0),
    ("cdt", -5.0),
    ("mst", -7.0),
    ("mdt", -6.0),
    ("pst", -8.0),
    ("pdt", -7.0),
    ("akst", -9.0),
];

/// `Z`, `UTC`, `CET`, `+01:00`, `-0530`, `+02` → seconds ahead of UTC; 0 for nothing.
fn offset(text: &str) -> Option<f64> {
    if text.is_empty() {
        return Some(0.0);
    }
    let named = ZONES
        .iter()
        .find(|(name, _)| text.eq_ignore_ascii_case(name));
    if let Some((_, hours)) = named {
        return Some(hours * 3600.0);
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
            // 1Q24, Q1'24
            if let Some((quarter, year)) = one.split_at_checked(2)
                && let Some(year) = short(year.trim_start_matches('\''))
            {
                return Some((quarter_of(year, quarter)?, true));
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
            // Q1 24
            if let Some(day) = short(b).and_then(|year| quarter_of(year, a)) {
                return Some((day, true));
            }
            // Jan-24; but “set 10” is more often the tenth of sets.
            const OTHER_WORDS: [&str; 13] = [
                "set", "out", "gen", "mag", "led", "lip", "lis", "sie", "tem", "kas", "ara", "des",
                "nis",
            ];
            if separator == b' ' && OTHER_WORDS.iter().any(|word| a.eq_ignore_ascii_case(word)) {
                return None;
            }
            let (month, year) = (month(a)?, short(b)?);
            Some((Day::Known(date_of(year, month, 1)?, Precision::Month), true))
        }
        [a, b, c] => {
            if let Some((day, precision)) = worded(a, b, c) {
                return known(Some(day), precision);
            }
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

/// `Q1` or `1Q` of a year.
fn quarter_of(year: i16, text: &str) -> Option<Day> {
    let is_quarter = matches!(
        text.as_bytes(),
        [b'1'..=b'4', b'Q' | b'q'] | [b'Q' | b'q', b'1'..=b'4']
    );
    let (day, precision) = part_of_year(year, text).filter(|_| is_quarter)?;
    Some(Day::Known(day, precision))
}

/// A week, a quarter or a half of a year that a word says: `KW 05/2024`, `2024 week 5`, `I kw. 2024`, `1. Quartal 2024`.
fn worded(a: &str, b: &str, c: &str) -> Option<(Date, Precision)> {
    const WEEKS: [&str; 10] = [
        "w", "kw", "wk", "week", "woche", "semana", "semaine", "sem", "uge", "vecka",
    ];
    const QUARTERS: [&str; 10] = [
        "q",
        "kw",
        "kwartał",
        "quarter",
        "qtr",
        "quartal",
        "trimestre",
        "trim",
        "kvartal",
        "кв",
    ];
    const ROMAN: [&str; 4] = ["I", "II", "III", "IV"];
    let (year, one, other) = match (four(a), four(c)) {
        (Some(year), _) => (year, b, c),
        (None, Some(year)) => (year, a, b),
        (None, None) => return None,
    };
    // Most dates have two numbers, and there may be millions.
    let is_number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    if is_number(one) && is_number(other) {
        return None;
    }
    let is = |words: &[&str], text: &str| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    // A word comes before its number or behind it.
    let roman = |text: &str| Some(ROMAN.iter().position(|one| *one == text)? as i8 + 1);
    let quarter = if is(&QUARTERS, other) {
        roman(one).or_else(|| two(one).filter(|_| !is(&WEEKS, other)))
    } else if is(&QUARTERS, one) && !is(&WEEKS, one) {
        roman(other).or_else(|| two(other))
    } else {
        None
    };
    if let Some(number) = quarter {
        return part_of_year(year, &format!("Q{number}"));
    }
    let week = if is(&WEEKS, one) { two(other) } else { None };
    part_of_year(year, &format!("W{}", week?))
}

/// `Q1`, `W05`, `M01` and `S1` of a year; a quarter may be `T1` (trimestre), `K1` (kvartal) or `1T` as well, a week `KW05` or `wk5`,
/// a half of a year `H1`.
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
    let letters = text.len()
        - text
            .trim_start_matches(|c: char| c.is_ascii_alphabetic())
            .len();
    let is_week = ["kw", "wk", "week"]
        .iter()
        .any(|word| text[..letters].eq_ignore_ascii_case(word));
    let text = if is_week { &text[letters - 1..] } else { text };
    let number: i8 = text.get(1..).filter(|rest| rest.len() <= 2)?.parse().ok()?;
    if is_week {
        let week = ISOWeekDate::new(year, number, Weekday::Monday).ok()?;
        return Some((week.date(), Precision::Week));
    }
    match text.as_bytes()[0].to_ascii_uppercase() {
        b'Q' | b'T' | b'K' => quarter(number),
        b'W' => {
            let week = ISOWeekDate::new(year, number, Weekday::Monday).ok()?;
            Some((week.date(), Precision::Week))
        }
        b'M' => Some((Date::new(year, number, 1).ok()?, Precision::Month)),
        // A half of a year is told by its first month.
        b'S' | b'H' if text.len() == 2 && (1..=2).contains(&number) => {
            let first = Date::new(year, 6 * number - 5, 1).ok()?;
            Some((first, Precision::Month))
        }
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

/// The months in most languages of Europe, in full, as they are called in a date, and as they are shortened.
const OTHER_MONTHS: [&[&str]; 12] = [
    &[
        "enero",
        "ene",
        "janvier",
        "janv",
        "januar",
        "jänner",
        "gennaio",
        "gen",
        "janeiro",
        "januari",
        "styczeń",
        "stycznia",
        "sty",
        "январь",
        "января",
        "янв",
        "січень",
        "січня",
        "leden",
        "ledna",
        "led",
        "január",
        "januára",
        "ianuarie",
        "ian",
        "tammikuu",
        "tammikuuta",
        "ocak",
        "oca",
        "ιανουάριος",
        "ιανουαρίου",
        "ιαν",
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
        "luty",
        "lutego",
        "lut",
        "февраль",
        "февраля",
        "фев",
        "февр",
        "лютий",
        "лютого",
        "únor",
        "února",
        "február",
        "februára",
        "februarie",
        "helmikuu",
        "helmikuuta",
        "şubat",
        "şub",
        "φεβρουάριος",
        "φεβρουαρίου",
        "φεβ",
    ],
    &[
        "marzo",
        "mars",
        "märz",
        "mär",
        "maerz",
        "mrz",
        "março",
        "marco",
        "maart",
        "mrt",
        "marts",
        "marzec",
        "marca",
        "март",
        "марта",
        "мар",
        "березень",
        "березня",
        "březen",
        "března",
        "marec",
        "március",
        "márc",
        "martie",
        "maaliskuu",
        "maaliskuuta",
        "mart",
        "μάρτιος",
        "μαρτίου",
        "μαρ",
    ],
    &[
        "abril",
        "abr",
        "avril",
        "avr",
        "aprile",
        "kwiecień",
        "kwietnia",
        "kwi",
        "апрель",
        "апреля",
        "апр",
        "квітень",
        "квітня",
        "duben",
        "dubna",
        "apríl",
        "apríla",
        "április",
        "ápr",
        "aprilie",
        "huhtikuu",
        "huhtikuuta",
        "nisan",
        "nis",
        "απρίλιος",
        "απριλίου",
        "απρ",
    ],
    &[
        "mayo",
        "mai",
        "maggio",
        "mag",
        "maio",
        "mei",
        "maj",
        "maja",
        "май",
        "мая",
        "травень",
        "травня",
        "květen",
        "května",
        "máj",
        "mája",
        "május",
        "toukokuu",
        "toukokuuta",
        "mayıs",
        "μάιος",
        "μαΐου",
        "μάι",
        "μαΐ",
    ],
    &[
        "junio",
        "juin",
        "juni",
        "giugno",
        "giu",
        "junho",
        "czerwiec",
        "czerwca",
        "cze",
        "июнь",
        "июня",
        "июн",
        "червень",
        "червня",
        "červen",
        "června",
        "jún",
        "júna",
        "június",
        "iunie",
        "iun",
        "kesäkuu",
        "kesäkuuta",
        "haziran",
        "haz",
        "ιούνιος",
        "ιουνίου",
        "ιουν",
    ],
    &[
        "julio",
        "juillet",
        "juil",
        "juli",
        "luglio",
        "lug",
        "julho",
        "lipiec",
        "lipca",
        "lip",
        "июль",
        "июля",
        "июл",
        "липень",
        "липня",
        "červenec",
        "července",
        "júl",
        "júla",
        "július",
        "iulie",
        "iul",
        "heinäkuu",
        "heinäkuuta",
        "temmuz",
        "tem",
        "ιούλιος",
        "ιουλίου",
        "ιουλ",
    ],
    &[
        "agosto",
        "ago",
        "août",
        "aout",
        "augustus",
        "augusti",
        "sierpień",
        "sierpnia",
        "sie",
        "август",
        "августа",
        "авг",
        "серпень",
        "серпня",
        "srpen",
        "srpna",
        "augusta",
        "augusztus",
        "elokuu",
        "elokuuta",
        "ağustos",
        "ağu",
        "αύγουστος",
        "αυγούστου",
        "αυγ",
    ],
    &[
        "septiembre",
        "setiembre",
        "septembre",
        "settembre",
        "set",
        "setembro",
        "wrzesień",
        "września",
        "wrz",
        "сентябрь",
        "сентября",
        "сен",
        "сент",
        "вересень",
        "вересня",
        "září",
        "septembra",
        "szeptember",
        "szept",
        "septembrie",
        "syyskuu",
        "syyskuuta",
        "eylül",
        "eyl",
        "σεπτέμβριος",
        "σεπτεμβρίου",
        "σεπ",
    ],
    &[
        "octubre",
        "octobre",
        "oktober",
        "okt",
        "ottobre",
        "ott",
        "outubro",
        "out",
        "październik",
        "października",
        "paź",
        "октябрь",
        "октября",
        "окт",
        "жовтень",
        "жовтня",
        "říjen",
        "října",
        "október",
        "októbra",
        "octombrie",
        "lokakuu",
        "lokakuuta",
        "ekim",
        "eki",
        "οκτώβριος",
        "οκτωβρίου",
        "οκτ",
    ],
    &[
        "noviembre",
        "novembre",
        "novembro",
        "listopad",
        "listopada",
        "listopadu",
        "lis",
        "ноябрь",
        "ноября",
        "ноя",
        "нояб",
        "листопад",
        "листопада",
        "novembra",
        "noiembrie",
        "marraskuu",
        "marraskuuta",
        "kasım",
        "kas",
        "νοέμβριος",
        "νοεμβρίου",
        "νοε",
    ],
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
        "grudzień",
        "grudnia",
        "gru",
        "декабрь",
        "декабря",
        "дек",
        "грудень",
        "грудня",
        "prosinec",
        "prosince",
        "decembra",
        "decembrie",
        "joulukuu",
        "joulukuuta",
        "aralık",
        "ara",
        "δεκέμβριος",
        "δεκεμβρίου",
        "δεκ",
        "desember",
        "des",
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

/// The seconds since something began that texts tell: `0:00.003`, `00:00:01.25`, `26:10:00`, `0 days 00:00:01`; or the years, see
/// [`years`]. `None` if one of them does not.
pub(crate) fn elapsed(cells: &Texts) -> Option<Vec<f64>> {
    let seconds: Option<Vec<f64>> = cells.iter().map(seconds_since).collect();
    seconds
        .filter(|seconds| !seconds.is_empty())
        .or_else(|| years(cells))
}

/// The years that texts tell which are neither numbers nor dates: `2019/20`, `2019-2020`, `FY2019`; the first of two. `None` if one
/// of them does not, or if there are hardly any.
pub(crate) fn years(cells: &Texts) -> Option<Vec<f64>> {
    const LEAST: usize = 3;
    let years: Vec<f64> = cells.iter().map(year_of).collect::<Option<_>>()?;
    let mut different: Vec<f64> = Vec::new();
    for year in &years {
        if different.len() < LEAST && !different.contains(year) {
            different.push(*year);
        }
    }
    (different.len() == LEAST).then_some(years)
}

/// The year that a cell tells by two or by a word: `2019/20`, `FY2019`.
pub(crate) fn year_of(cell: &str) -> Option<f64> {
    let cell = cell.trim();
    let bare = ["FY", "fy", "Fy"]
        .iter()
        .find_map(|word| cell.strip_prefix(word));
    let bare = bare.map(str::trim_start);
    let text = bare.unwrap_or(cell);
    let (first, rest) = text.split_at_checked(4)?;
    let year = four(first).filter(|year| (1500..2200).contains(year))?;
    if rest.is_empty() {
        return bare.map(|_| f64::from(year));
    }
    let next = rest.strip_prefix(['/', '-', '–'])?;
    let follows = match next.len() {
        2 => two(next) == Some(((year + 1) % 100) as i8),
        4 => four(next) == Some(year + 1),
        _ => false,
    };
    follows.then(|| f64::from(year))
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
