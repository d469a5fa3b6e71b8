//! A time whose parts stand in columns of their own: year, month, day and hour; a date and a time of day; a year and a quarter.
//!
//! Which part a column is its name says, where its cells agree with it. Parts may stand in any order, and a part may be left out
//! as long as all coarser ones are there.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::columns::name_of;
use crate::data::pace::Pace;
use crate::data::table::{Cells, Column};
use crate::data::text::Texts;
use crate::data::time::{self, Dates, Precision};
use crate::words::shortened;

/// What a column says of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// A whole day, as a date.
    Date,
    /// A year of four digits, or of two.
    Year,
    /// 1 to 4, or `Q1`.
    Quarter,
    /// 1 to 12, `M01`, or a name.
    Month,
    /// A week of the year, as ISO 8601 counts them.
    Week,
    /// A day of the year, from 1.
    DayOfYear,
    /// A day of the month.
    Day,
    /// The number of a half hour of the day, from 1 to 48; up to 50 on the day that clocks are put back.
    HalfHour,
    /// The number of a quarter of an hour of the day, from 1 to 96; up to 100 on the day that clocks are put back.
    QuarterHour,
    /// 0 to 24; or with minutes as 1330; `13h`, `H13`, `1 PM`.
    Hour,
    /// `13:30`, `13.30.00`, or 133000.
    Clock,
    /// 0 to 59.
    Minute,
    /// 0 to 60, with a fraction perhaps.
    Second,
}

/// Years, in other languages.
pub(super) const YEARS: [&str; 24] = [
    "annee",
    "année",
    "ano",
    "año",
    "anno",
    "år",
    "aar",
    "rok",
    "vuosi",
    "an",
    "anio",
    "jaar",
    "év",
    "yıl",
    "yil",
    "год",
    "година",
    "рік",
    "godina",
    "metai",
    "aasta",
    "gads",
    "έτος",
    "leto",
];

/// Names, in small letters and without signs, of each part; “mm” is a month unless there is one already.
const NAMES: [(Part, &[&str]); 13] = [
    (
        Part::Year,
        &["year", "yr", "yyyy", "yy", "jahr", "calendaryear"],
    ),
    (Part::Year, &YEARS),
    (
        Part::Quarter,
        &[
            "quarter",
            "qtr",
            "quartal",
            "trimester",
            "trimestre",
            "q",
            "period",
            "kvartal",
            "kwartaal",
            "kwartał",
            "kwartal",
            "kvartál",
            "квартал",
            "neljännes",
        ],
    ),
    (
        Part::Month,
        &[
            "month",
            "mon",
            "mo",
            "mm",
            "mnth",
            "mth",
            "monat",
            "mois",
            "mes",
            "mese",
            "period",
            "monthofyear",
            "maand",
            "måned",
            "månad",
            "manad",
            "maaned",
            "kuukausi",
            "miesiąc",
            "miesiac",
            "měsíc",
            "mesic",
            "mesiac",
            "mês",
            "hónap",
            "ay",
            "месяц",
            "місяць",
            "месец",
            "mjesec",
            "mesec",
        ],
    ),
    (
        Part::Week,
        &[
            "week",
            "wk",
            "isoweek",
            "weekofyear",
            "weeknumber",
            "kw",
            "semana",
            "woche",
            "uge",
            "uke",
            "vecka",
            "viikko",
            "tydzień",
            "týden",
            "semaine",
            "settimana",
            "kalenderwoche",
            "неделя",
        ],
    ),
    (
        Part::DayOfYear,
        &[
            "doy",
            "dayofyear",
            "yday",
            "julianday",
            "jday",
            "ddd",
            "day",
        ],
    ),
    (
        Part::Day,
        &[
            "day",
            "dd",
            "dy",
            "dom",
            "mday",
            "dayofmonth",
            "tag",
            "jour",
            "dia",
            "día",
            "giorno",
            "date",
            "dag",
            "dzień",
            "dzien",
            "den",
            "deň",
            "päivä",
            "nap",
            "gün",
            "день",
            "дата",
        ],
    ),
    (
        Part::HalfHour,
        &[
            "settlementperiod",
            "period",
            "halfhour",
            "halfhourperiod",
            "sp",
            "tradingperiod",
        ],
    ),
    (Part::QuarterHour, &["quarterhour", "quarterofhour", "qh"]),
    (
        Part::Hour,
        &[
            "hour",
            "hr",
            "hh",
            "h",
            "hrs",
            "hours",
            "stunde",
            "heure",
            "hora",
            "ora",
            "hourending",
            "hourofday",
            "he",
            "hrmn",
            "hhmm",
            "time",
            "starthour",
            "utchour",
            "uur",
            "timme",
            "tunti",
            "godzina",
            "hodina",
            "час",
            "óra",
            "saat",
        ],
    ),
    (
        Part::Clock,
        &[
            "time",
            "clock",
            "hour",
            "uhrzeit",
            "zeit",
            "heure",
            "hora",
            "ora",
            "timeofday",
            "hhmm",
            "hhmmss",
            "timeutc",
            "starttime",
            "heures",
            "horas",
            "tid",
            "tijd",
            "klokkeslæt",
            "kellonaika",
            "godzina",
            "čas",
            "время",
            "saat",
            "interval",
            "von",
            "from",
        ],
    ),
    (
        Part::Minute,
        &[
            "minute",
            "min",
            "mn",
            "mi",
            "mm",
            "minutes",
            "minuto",
            "minuut",
            "minut",
            "минута",
        ],
    ),
    (
        Part::Second,
        &["second", "sec", "ss", "s", "seconds", "segundo"],
    ),
];

/// The name in small letters, letters and digits alone.
fn bare(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// A column of which a cell stands for all the empty ones below it, as merged cells are written, with those filled; any other as it
/// is. Only what is coarse stands so: a date or a part of one.
fn filled(column: &Column) -> Cow<'_, Column> {
    // Most columns have no empty cell: nothing more is asked of these.
    if column.missing == 0 || column.is_missing(0) {
        return Cow::Borrowed(column);
    }
    let coarse = [Part::Year, Part::Quarter, Part::Month, Part::Day];
    let rows = match &column.cells {
        Cells::Numbers(values) => values.len(),
        Cells::Texts(texts) => texts.len(),
    };
    let empty = || (0..rows).filter(|&row| column.is_missing(row)).count();
    let a_date = ["datum", "fecha", "dato", "data", "pvm"].contains(&bare(&column.name).as_str());
    let called = a_date || coarse.iter().any(|&part| may_be(column, part));
    // Where fewer are empty, they are missing.
    if !called || !(rows..2 * rows).contains(&(2 * empty())) {
        return Cow::Borrowed(column);
    }
    let mut above = 0;
    let of_row = (0..rows).map(|row| {
        above = if column.is_missing(row) { above } else { row };
        above
    });
    let cells = match &column.cells {
        Cells::Numbers(values) => Cells::Numbers(of_row.map(|row| values[row]).collect()),
        Cells::Texts(texts) => {
            let copied = of_row.map(|row| texts.get(row).unwrap_or_default());
            Cells::Texts(copied.collect())
        }
    };
    Cow::Owned(Column {
        name: column.name.clone(),
        cells,
        missing: 0,
        na_is_a_word: column.na_is_a_word,
        spelling: None,
    })
}

/// Whether a column is called like this part.
fn may_be(column: &Column, part: Part) -> bool {
    let called = |(other, names): &(Part, &[&str])| {
        *other == part && names.contains(&bare(&column.name).as_str())
    };
    NAMES.iter().any(called)
}

/// Which part a column is, beside those that are `taken`; `None` if it is none.
pub(super) fn part_of(column: &Column, taken: &[Part]) -> Option<Part> {
    let bare = bare(&column.name);
    let last = column.name.rsplit(|c: char| !c.is_alphanumeric()).next();
    let last = last.unwrap_or_default().to_lowercase();
    for (part, names) in NAMES {
        let called =
            names.contains(&bare.as_str()) || (last.len() > 3 && names.contains(&last.as_str()));
        if called && !taken.contains(&part) && agrees(column, part) {
            return Some(part);
        }
    }
    let dated = !taken.contains(&Part::Date)
        && dates_of(column).is_some_and(|dates| dates.precision == Precision::Day);
    dated.then_some(Part::Date)
}

/// Whether a column tells times of day, whatever it is called, where nothing that is `taken` does.
fn tells_clocks(column: &Column, taken: &[Part]) -> bool {
    let known = [Part::Clock, Part::Hour, Part::HalfHour, Part::QuarterHour];
    let is_text = matches!(column.cells, Cells::Texts(_));
    let is_known = known.iter().any(|part| taken.contains(part));
    // 01.03.21 could be both.
    is_text && !is_known && agrees(column, Part::Clock) && dates_of(column).is_none()
}

/// Whether the times of day in `clock` go on from row to row of one date, or all of them back, as those of a time do; how long
/// something took goes up and down.
fn goes_on_within(date: &Column, clock: &Column) -> bool {
    const LOOKED_AT: usize = 1000;
    const LEAST: usize = 5;
    let rows = match &clock.cells {
        Cells::Numbers(values) => values.len(),
        Cells::Texts(texts) => texts.len(),
    };
    let (mut on, mut back) = (0, 0);
    for row in 1..rows.min(LOOKED_AT) {
        let of = |row: usize| value(clock, row, Part::Clock);
        if let (Some(before), Some(time)) = (of(row - 1), of(row))
            && date.label(row - 1) == date.label(row)
        {
            on += usize::from(time > before);
            back += usize::from(time < before);
        }
    }
    on.max(back) >= LEAST && on.min(back) == 0
}

/// Which part whole numbers are that count the hours of each date anew, or its half or quarter hours, whatever they are called.
fn counted_within(date: &Column, column: &Column) -> Option<Part> {
    const LOOKED_AT: usize = 2000;
    /// So many of a day, and one that has an hour more or less.
    const KINDS: [(usize, usize, Part); 3] = [
        (24, 1, Part::Hour),
        (48, 2, Part::HalfHour),
        (96, 4, Part::QuarterHour),
    ];
    let values = column.numbers()?;
    let shown = values.len().min(LOOKED_AT);
    let first = values[..shown].iter().copied().reduce(f64::min)?;
    let mut of_day: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for row in 0..shown {
        let value = values[row];
        if value.fract() != 0.0 || !(0.0..=100.0).contains(&value) {
            return None;
        }
        let goes_on = row == 0
            || date.label(row - 1) != date.label(row)
            || value == first
            || [0.0, 1.0].contains(&(value - values[row - 1]));
        if !goes_on {
            return None;
        }
        of_day
            .entry(date.label(row))
            .or_default()
            .insert(value as u64);
    }
    let (all, part) = KINDS.iter().find_map(|&(all, hour, part)| {
        let last = all + hour + first as usize;
        let fits = |day: &BTreeSet<u64>| day.last().is_some_and(|&most| (most as usize) < last);
        let full = of_day.values().filter(|day| day.len() == all).count();
        (full > 0 && of_day.values().all(fits)).then_some((all, part))
    })?;
    // Half hours and quarters are numbered from 1.
    let begins = match part {
        Part::Hour => [0.0, 1.0].contains(&first),
        _ => first == 1.0,
    };
    let full = of_day.values().filter(|day| day.len() == all).count();
    (begins && 2 * full >= of_day.len()).then_some(part)
}

/// Whether a column of a file without names is meant.
fn is_nameless(column: &Column) -> bool {
    let number = column.name.strip_prefix("column ");
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The parts of these columns of a file without names, if they are a year and what comes after it, the coarsest first.
fn nameless_parts(columns: &[&Column]) -> Option<Vec<Part>> {
    const ALL: [Part; 6] = [
        Part::Year,
        Part::Month,
        Part::Day,
        Part::Hour,
        Part::Minute,
        Part::Second,
    ];
    let (first, others) = columns.split_first()?;
    let years = first.numbers()?;
    let is_year = |year: &f64| year.fract() == 0.0 && (1800.0..=2100.0).contains(year);
    let nameless = columns.iter().all(|column| is_nameless(column));
    if !nameless || !years.iter().all(is_year) || others.is_empty() {
        return None;
    }
    let mut rest: &[Part] = &ALL[1..];
    let mut parts = vec![Part::Year];
    for column in others {
        let day_of_year = parts.len() == 1 && !agrees_throughout(column, Part::Month);
        let (part, after) = match day_of_year {
            true => (Part::DayOfYear, &ALL[3..]),
            false => (*rest.first()?, &rest[1..]),
        };
        if !agrees_throughout(column, part) {
            return None;
        }
        parts.push(part);
        rest = after;
    }
    Some(parts)
}

/// Whether all of the first cells can be this part, as whole numbers or as names of months.
fn agrees_throughout(column: &Column, part: Part) -> bool {
    const LOOKED_AT: usize = 1000;
    if let (Cells::Texts(texts), Part::Month) = (&column.cells, part) {
        let mut cells = texts.iter().take(LOOKED_AT);
        return texts.get(0).is_some() && cells.all(|cell| time::month_of(cell.trim()).is_some());
    }
    let values = column.numbers().unwrap_or_default();
    let shown = values.len().min(LOOKED_AT);
    let is_part = |row: usize| value(column, row, part).is_some_and(|_| values[row].fract() == 0.0);
    shown > 0 && (0..shown).all(is_part)
}

/// The columns of a file without names that are a year, a month and so on, as many as go on evenly together.
fn find_nameless(columns: &[&Column]) -> Option<Vec<usize>> {
    const FEWEST_ROWS: usize = 10;
    const MOST: usize = 6;
    let start = (0..columns.len().min(3)).find(|&index| {
        let parts = columns.get(index..index + 2).and_then(nameless_parts);
        parts.is_some()
    })?;
    // Years with fractions say the same in one column.
    let years = columns[start].numbers().unwrap_or_default();
    let has_years = |column: &&Column| {
        let values = column.numbers().unwrap_or_default();
        let mut pairs = values.iter().zip(years);
        values.iter().any(|value| value.fract() != 0.0)
            && pairs.all(|(value, year)| libm::floor(*value) == *year)
    };
    if columns.iter().any(has_years) {
        return None;
    }
    let most = MOST.min(columns.len() - start);
    (2..=most).rev().find_map(|count| {
        let of = columns.get(start..start + count)?;
        nameless_parts(of)?;
        let dates = put_together(of, &Pace::free())?;
        let times = dates.finest();
        let all = 0..times.len();
        let rises = times.windows(2).all(|pair| pair[0] < pair[1]);
        let spacing = time::Spacing::of(times, std::slice::from_ref(&all), Some(dates.precision));
        let even = 10 * spacing.irregular <= times.len();
        let found = times.len() >= FEWEST_ROWS && rises && even && dates.bad.is_empty();
        found.then(|| (start..start + count).collect())
    })
}

fn dates_of(column: &Column) -> Option<Dates> {
    match &column.cells {
        Cells::Numbers(values) => {
            Dates::of_spelled_numbers(&column.name, values, column.spelling.as_deref())
        }
        Cells::Texts(texts) => Dates::of_texts(texts),
    }
}

/// Whether nearly all of the first cells can be this part.
fn agrees(column: &Column, part: Part) -> bool {
    const LOOKED_AT: usize = 1000;
    let rows = match &column.cells {
        Cells::Numbers(values) => values.len(),
        Cells::Texts(texts) => texts.len(),
    };
    let shown = rows.min(LOOKED_AT);
    let good = (0..shown)
        .filter(|&row| value(column, row, part).is_some())
        .count();
    shown > 0 && 10 * good >= 9 * shown
}

/// What a cell says of a part, as a number; hours and clocks in seconds since midnight.
fn value(column: &Column, row: usize, part: Part) -> Option<f64> {
    let number = match &column.cells {
        Cells::Numbers(values) => *values.get(row)?,
        Cells::Texts(texts) => {
            let cell = texts.get(row)?.trim();
            match part {
                Part::Month if cell.parse::<f64>().is_err() => {
                    let month = time::month_of(cell).or_else(|| lettered(cell, 'M'));
                    return month.filter(|month| (1.0..=12.0).contains(month));
                }
                Part::Quarter if cell.parse::<f64>().is_err() => {
                    // T is for a trimester, K for a kvartal.
                    let before = ['Q', 'T', 'K'];
                    let quarter = before
                        .into_iter()
                        .find_map(|letter| lettered(cell, letter))
                        .or_else(|| {
                            let number = cell.strip_suffix(['q', 'Q', 't', 'T', 'k', 'K'])?;
                            number.parse().ok()
                        });
                    return quarter.filter(|quarter| (1.0..=4.0).contains(quarter));
                }
                Part::Week if cell.parse::<f64>().is_err() => lettered(cell, 'W')?,
                Part::Hour if cell.parse::<f64>().is_err() => hour(cell)?,
                // A point before a fraction of a second, or one between its parts.
                Part::Clock => {
                    let with_colons = || time::clock(&cell.replace(['.', 'h'], ":"));
                    return time::clock(cell).or_else(with_colons);
                }
                _ => cell.parse().ok()?,
            }
        }
    };
    let whole = number.fract() == 0.0;
    let within =
        |range: std::ops::RangeInclusive<f64>| (whole && range.contains(&number)).then_some(number);
    match part {
        Part::Date => None,
        // 93015: half past nine and 15 seconds.
        Part::Clock => within(0.0..=235_959.0).and_then(|number| {
            let (seconds, rest) = (number % 100.0, (number / 100.0).floor());
            let (minutes, hours) = (rest % 100.0, (rest / 100.0).floor());
            (seconds < 60.0 && minutes < 60.0).then_some(3600.0 * hours + 60.0 * minutes + seconds)
        }),
        Part::Year => within(0.0..=99.0)
            .map(|year| year + if year < 69.0 { 2000.0 } else { 1900.0 })
            .or_else(|| within(1000.0..=2999.0)),
        Part::Quarter => within(1.0..=4.0),
        Part::Month => within(1.0..=12.0),
        Part::Week => within(1.0..=53.0),
        Part::DayOfYear => within(1.0..=366.0),
        Part::Day => within(1.0..=31.0),
        Part::HalfHour => within(1.0..=50.0).map(|period| (period - 1.0) * 1800.0),
        Part::QuarterHour => within(1.0..=100.0).map(|quarter| (quarter - 1.0) * 900.0),
        Part::Hour => within(0.0..=24.0).map(|hour| hour * 3600.0).or_else(|| {
            let minutes = within(100.0..=2400.0)? % 100.0;
            (minutes < 60.0).then_some((number - minutes) * 36.0 + minutes * 60.0)
        }),
        Part::Minute => within(0.0..=59.0),
        Part::Second => (0.0..61.0).contains(&number).then_some(number),
    }
}

/// Whether a cell has a year of two digits.
fn has_short_year(column: &Column, row: usize) -> bool {
    let year = match &column.cells {
        Cells::Numbers(values) => values.get(row).copied(),
        Cells::Texts(texts) => texts.get(row).and_then(|cell| cell.trim().parse().ok()),
    };
    year.is_some_and(|year| (0.0..100.0).contains(&year))
}

/// `13h`, `H13`, `HE13`, `13 Uhr`, `1 PM`, `12-13` → the number of the hour.
fn hour(cell: &str) -> Option<f64> {
    let cell = cell.to_lowercase();
    let whole = |text: &str| -> Option<f64> {
        let digits = matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| digits)
    };
    let before = ["he", "h"].iter().find_map(|word| cell.strip_prefix(word));
    let behind = ["h", "uhr", "hrs", "hr"]
        .iter()
        .find_map(|word| cell.strip_suffix(word));
    if let Some(number) = before.or(behind).and_then(|number| whole(number.trim())) {
        return Some(number);
    }
    let half = |word: &str, ahead: f64| {
        let number = whole(cell.strip_suffix(word)?.trim())?;
        (1.0..=12.0)
            .contains(&number)
            .then_some(number % 12.0 + ahead)
    };
    if let Some(number) = half("am", 0.0).or_else(|| half("pm", 12.0)) {
        return Some(number);
    }
    let (start, end) = cell.split_once('-')?;
    let (start, end) = (whole(start.trim())?, whole(end.trim())?);
    (end == (start + 1.0) % 24.0 || end == start + 1.0).then_some(start)
}

/// `M01` → 1.
fn lettered(cell: &str, letter: char) -> Option<f64> {
    let number = cell.strip_prefix([letter, letter.to_ascii_lowercase()])?;
    number.parse().ok()
}

/// Which part each column is; `None` if they make no time together.
fn parts_of(columns: &[&Column]) -> Option<Vec<Part>> {
    if let Some(parts) = nameless_parts(columns) {
        return is_time(&parts).then_some(parts);
    }
    let mut parts = Vec::with_capacity(columns.len());
    for column in columns {
        // What was asked for to be a part is one if its values are.
        let clock = || tells_clocks(column, &parts).then_some(Part::Clock);
        let counted = || {
            let dates = columns
                .iter()
                .filter(|other| part_of(other, &[]) == Some(Part::Date));
            dates
                .filter(|date| !std::ptr::eq(**date, *column))
                .find_map(|date| counted_within(date, column))
        };
        let part = part_of(column, &parts).or_else(clock).or_else(counted)?;
        parts.push(part);
    }
    settle(columns, &mut parts);
    is_time(&parts).then_some(parts)
}

/// Whether these columns make a time together.
pub(super) fn make_a_time(columns: &[&Column]) -> bool {
    let held: Vec<Cow<'_, Column>> = columns.iter().map(|column| filled(column)).collect();
    let columns: Vec<&Column> = held.iter().map(|column| &**column).collect();
    parts_of(&columns).is_some()
}

/// A day without a month is one of the year, a period of more than four is a month.
fn settle(columns: &[&Column], parts: &mut [Part]) {
    let has = |parts: &[Part], part: Part| parts.contains(&part);
    for index in 0..parts.len() {
        let instead = match parts[index] {
            Part::DayOfYear if has(parts, Part::Month) => Part::Day,
            Part::Quarter | Part::Month
                if has(parts, Part::Date) && may_be(columns[index], Part::HalfHour) =>
            {
                Part::HalfHour
            }
            _ => continue,
        };
        if !has(parts, instead) && agrees(columns[index], instead) {
            parts[index] = instead;
        }
    }
}

/// Whether these parts say when: a day or more, and what is finer only where all between is there.
fn is_time(parts: &[Part]) -> bool {
    use Part::*;
    let mut sorted = parts.to_vec();
    sorted.sort_unstable();
    let day: &[Part] = match sorted[..] {
        [Date, ..] => &[Date],
        [Year, Quarter, ..] => &[Year, Quarter],
        [Year, Month, Day, ..] => &[Year, Month, Day],
        [Year, Month, ..] => &[Year, Month],
        [Year, Week, ..] => &[Year, Week],
        [Year, DayOfYear, ..] => &[Year, DayOfYear],
        _ => return false,
    };
    let whole_day = matches!(day.last(), Some(Date | Day | DayOfYear));
    let rest = &sorted[day.len()..];
    sorted.len() > 1
        && match rest {
            [] => true,
            [HalfHour | QuarterHour | Clock | Hour] | [Hour, Minute] | [Hour, Minute, Second] => {
                whole_day
            }
            _ => false,
        }
}

/// The times that these columns make together; `None` if they make none.
pub(super) fn put_together(columns: &[&Column], pace: &Pace) -> Option<Dates> {
    let held: Vec<Cow<'_, Column>> = columns.iter().map(|column| filled(column)).collect();
    let columns: Vec<&Column> = held.iter().map(|column| &**column).collect();
    let parts = parts_of(&columns)?;
    let rows = columns.iter().map(|column| match &column.cells {
        Cells::Numbers(values) => values.len(),
        Cells::Texts(texts) => texts.len(),
    });
    let rows = rows.min().unwrap_or(0);
    let at = |part: Part| {
        parts
            .iter()
            .position(|other| *other == part)
            .map(|index| columns[index])
    };
    let known = |part: Part, row: usize, absent: f64| match at(part) {
        Some(column) => value(column, row, part),
        None => Some(absent),
    };
    // The seconds since midnight.
    let clock = |row: usize| -> Option<f64> {
        let clock = known(Part::Clock, row, 0.0)?
            + known(Part::Hour, row, 0.0)?
            + known(Part::HalfHour, row, 0.0)?
            + known(Part::QuarterHour, row, 0.0)?;
        let minutes = 60.0 * known(Part::Minute, row, 0.0)?;
        Some(clock + minutes + known(Part::Second, row, 0.0)?)
    };
    let date = match at(Part::Date) {
        // Whether days or months come first the hours beside them may tell.
        Some(column) => Some(match &column.cells {
            Cells::Texts(texts) => {
                let clock = |row: usize| clock(row).unwrap_or(f64::NAN);
                Dates::of_texts_beside(texts, &clock, pace)?
            }
            Cells::Numbers(_) => dates_of(column)?,
        }),
        None => None,
    };
    let has = |part: Part| parts.contains(&part);
    let of_hours = [Part::Hour, Part::Clock, Part::HalfHour, Part::QuarterHour];
    let precision = if of_hours.into_iter().any(has) {
        Precision::Second
    } else if date.is_some() || has(Part::Day) || has(Part::DayOfYear) {
        Precision::Day
    } else if has(Part::Week) {
        Precision::Week
    } else if has(Part::Month) {
        Precision::Month
    } else {
        Precision::Quarter
    };
    // The first second of a row's day, and the seconds since then.
    let of_row = |row: usize| -> Option<(f64, f64)> {
        let day = match &date {
            Some(dates) => dates
                .seconds
                .get(row)
                .copied()
                .filter(|seconds| !seconds.is_nan())?,
            None => {
                let year = known(Part::Year, row, 0.0)? as i16;
                if has(Part::Week) {
                    time::week_seconds(year, known(Part::Week, row, 1.0)? as i8)?
                } else if has(Part::Quarter) {
                    time::date_seconds(year, 3 * known(Part::Quarter, row, 1.0)? as i8 - 2, 1)?
                } else if has(Part::DayOfYear) {
                    time::date_seconds(year, 1, 1)?
                        + (known(Part::DayOfYear, row, 1.0)? - 1.0) * 86_400.0
                } else {
                    let month = known(Part::Month, row, 1.0)? as i8;
                    time::date_seconds(year, month, known(Part::Day, row, 1.0)? as i8)?
                }
            }
        };
        Some((day, clock(row)?))
    };
    let mut bad = Vec::new();
    let mut seconds = Vec::with_capacity(rows);
    let mut fine = false;
    for row in (0..rows).take_while(|_| pace.row()) {
        seconds.push(match of_row(row) {
            Some((day, clock)) => {
                fine |= time::is_finer(clock);
                day + clock
            }
            None => {
                bad.push(row);
                f64::NAN
            }
        });
    }
    let going_on = (0..rows).take_while(|_| pace.row());
    let nanoseconds = fine.then(|| time::since_first_day(going_on.map(of_row)));
    // Half hours and hours from 1 to 24 stand for what ends then; they go on as any other.
    let (day_first, mut notes) = date.map_or_else(
        || (true, Vec::new()),
        |dates| (dates.day_first, dates.notes),
    );
    if let Some(column) = at(Part::Year) {
        let short = (0..rows)
            .take_while(|_| pace.row())
            .filter(|&row| has_short_year(column, row));
        notes.extend(time::of_short_years(
            short.filter_map(|row| value(column, row, Part::Year)),
        ));
    }
    let filled = held.iter().filter(|column| matches!(column, Cow::Owned(_)));
    notes.extend(filled.map(|column| {
        let name = shortened(&column.name);
        format!("Empty cells of “{name}” are read as the one above them.")
    }));
    Some(Dates {
        seconds,
        nanoseconds,
        precision,
        day_first,
        bad,
        notes,
    })
}

/// Those times as a column that can be shown: dates written plainly; where there is none, what the parts say.
pub(super) fn as_column(columns: &[&Column], dates: &Dates) -> Column {
    let mut texts = Texts::default();
    for (row, &seconds) in dates.seconds.iter().enumerate() {
        if seconds.is_nan() {
            let cells: Vec<String> = columns.iter().map(|column| column.label(row)).collect();
            texts.push(cells.join(" ").trim());
        } else {
            texts.push(&time::text(seconds, dates.precision));
        }
    }
    Column {
        name: name_of(columns),
        cells: Cells::Texts(texts),
        missing: 0,
        spelling: None,
        na_is_a_word: false,
    }
}

/// The columns of a table that make a time together, by index: as many as there are, the coarsest first; `None` if there are not
/// two.
pub(super) fn find(columns: &[&Column]) -> Option<Vec<usize>> {
    let held: Vec<Cow<'_, Column>> = columns.iter().map(|column| filled(column)).collect();
    let columns: Vec<&Column> = held.iter().map(|column| &**column).collect();
    if let Some(found) = find_nameless(&columns) {
        return Some(found);
    }
    let mut parts: Vec<(Part, usize)> = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        let taken: Vec<Part> = parts.iter().map(|&(part, _)| part).collect();
        if let Some(part) = part_of(column, &taken) {
            parts.push((part, index));
        }
    }
    // Beside a date, times of day that go on are its hours, whatever they are called.
    if let Some(&(_, date)) = parts.iter().find(|(part, _)| *part == Part::Date) {
        let taken: Vec<Part> = parts.iter().map(|&(part, _)| part).collect();
        let clock = columns.iter().position(|column| {
            tells_clocks(column, &taken) && goes_on_within(columns[date], column)
        });
        parts.extend(clock.map(|index| (Part::Clock, index)));
        let finer = [Part::Clock, Part::Hour, Part::HalfHour, Part::QuarterHour];
        if !parts.iter().any(|(part, _)| finer.contains(part)) {
            let counted = |&index: &usize| !parts.iter().any(|&(_, other)| other == index);
            let counted = (0..columns.len())
                .filter(counted)
                .find_map(|index| Some((counted_within(columns[date], columns[index])?, index)));
            parts.extend(counted);
        }
    }
    let indices: Vec<usize> = parts.iter().map(|&(_, index)| index).collect();
    let of: Vec<&Column> = indices.iter().map(|&index| columns[index]).collect();
    let mut kinds: Vec<Part> = parts.iter().map(|&(part, _)| part).collect();
    settle(&of, &mut kinds);
    // With a date of its own, what the date says already is left out; without, a day of the year is where there is a day of the month.
    let whole_date = kinds.contains(&Part::Date);
    let has = |part: Part| kinds.contains(&part);
    let of_day = |part: Part| match part {
        Part::Date
        | Part::HalfHour
        | Part::QuarterHour
        | Part::Clock
        | Part::Hour
        | Part::Minute
        | Part::Second => true,
        _ if whole_date => false,
        Part::Quarter => !has(Part::Month) && !has(Part::DayOfYear),
        Part::Week => !has(Part::Month) && !has(Part::Quarter) && !has(Part::DayOfYear),
        Part::DayOfYear => !has(Part::Month),
        Part::Day => has(Part::Month),
        Part::Year | Part::Month => true,
    };
    let mut kept: Vec<(Part, usize)> = kinds
        .iter()
        .copied()
        .zip(indices)
        .filter(|&(part, _)| of_day(part))
        .collect();
    // What is finer than what is there is no part: minutes without an hour.
    while !is_time(&kept.iter().map(|&(part, _)| part).collect::<Vec<_>>()) {
        let finest = kept
            .iter()
            .enumerate()
            .max_by_key(|(_, (part, _))| *part)?
            .0;
        kept.remove(finest);
        if kept.len() < 2 {
            return None;
        }
    }
    let mut found: Vec<usize> = kept.into_iter().map(|(_, index)| index).collect();
    found.sort_unstable();
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Table;
    use crate::data::csv::{CsvOptions, read};
    use std::ops::ControlFlow;

    fn table(text: &str) -> Table {
        read(text.as_bytes(), &CsvOptions::default(), &|_| {
            ControlFlow::Continue(())
        })
        .unwrap()
    }

    /// The columns found, and the first and last time that they make.
    fn found(text: &str) -> Option<(Vec<usize>, [String; 2])> {
        let table = table(text);
        let columns: Vec<&Column> = table.columns().iter().collect();
        let indices = find(&columns)?;
        let parts: Vec<&Column> = indices.iter().map(|&index| columns[index]).collect();
        let dates = put_together(&parts, &Pace::free())?;
        let column = as_column(&parts, &dates);
        Some((indices, [column.label(0), column.label(table.rows() - 1)]))
    }

    #[track_caller]
    fn shows(text: &str, indices: &[usize], first: &str, last: &str) {
        let (at, shown) = found(text).expect("parts of a time");
        assert_eq!(
            (at.as_slice(), shown),
            (indices, [first.to_owned(), last.to_owned()]),
            "{text}"
        );
    }

    #[test]
    fn parts_are_put_together_to_the_finest_that_is_there() {
        shows(
            "year,month,day,hour,x\n2010,1,2,3,4.5\n2010,12,31,23,1.5\n",
            &[0, 1, 2, 3],
            "2010-01-02 03:00",
            "2010-12-31 23:00",
        );
        shows(
            "YY,MM,DD,hh,mm,x\n21,03,01,00,50,1.5\n21,03,01,01,50,2.5\n",
            &[0, 1, 2, 3, 4],
            "2021-03-01 00:50",
            "2021-03-01 01:50",
        );
        shows(
            "x,year,quarter\n5.5,1959,1\n5.5,1960,4\n",
            &[1, 2],
            "1959Q1",
            "1960Q4",
        );
        shows(
            "anno,trimestre,x\n1959,T1,5.5\n1960,T4,5.5\n",
            &[0, 1],
            "1959Q1",
            "1960Q4",
        );
        shows(
            "año,mes,x\n2015,enero,1.5\n2016,dic,1.5\n",
            &[0, 1],
            "2015-01",
            "2016-12",
        );
        shows(
            "Year,Month,x\n2015,Jan,1.5\n2016,December,1.5\n",
            &[0, 1],
            "2015-01",
            "2016-12",
        );
        shows(
            "year,period,x\n2015,M01,1.5\n2016,M12,1.5\n",
            &[0, 1],
            "2015-01",
            "2016-12",
        );
        shows(
            "year,doy,x\n2020,366,1.5\n2021,1,1.5\n",
            &[0, 1],
            "2020-12-31",
            "2021-01-01",
        );
        shows(
            "year,week,x\n2020,53,1.5\n2021,1,1.5\n",
            &[0, 1],
            "2020-W53",
            "2021-W01",
        );
    }

    #[test]
    fn a_date_and_a_time_of_day_go_together() {
        shows(
            "Date,Time,x\n2021-03-01,13:30:00,1\n2021-03-02,00:15:00,2\n",
            &[0, 1],
            "2021-03-01 13:30",
            "2021-03-02 00:15",
        );
        shows(
            "Date;Time;x\n10/03/2004;18.00.00;1\n13/03/2004;19.00.00;2\n",
            &[0, 1],
            "2004-03-10 18:00",
            "2004-03-13 19:00",
        );
        shows(
            "date,hr,mnth,x\n2011-01-01,0,1,1\n2011-01-02,23,1,2\n",
            &[0, 1],
            "2011-01-01 00:00",
            "2011-01-02 23:00",
        );
        shows(
            "DATE,HrMn,x\n20210301,0,1\n20210301,1330,2\n",
            &[0, 1],
            "2021-03-01 00:00",
            "2021-03-01 13:30",
        );
        // The hours tell that days come second: day by day they go on without a gap.
        let rows = |row: usize| format!("7/{}/22,{},{row}\n", row / 24 + 1, row % 24);
        let hours: String = (0..96).map(rows).collect();
        shows(
            &format!("Date,Hour,x\n{hours}"),
            &[0, 1],
            "2022-07-01 00:00",
            "2022-07-04 23:00",
        );
        let periods = "SETTLEMENT_DATE,SETTLEMENT_PERIOD,ND\n2021-03-01,1,5\n2021-03-01,48,6\n";
        shows(periods, &[0, 1], "2021-03-01 00:00", "2021-03-01 23:30");
        // The end of a day is the beginning of the next.
        shows(
            "date,hour,x\n2021-03-01,1,5\n2021-03-01,24,6\n",
            &[0, 1],
            "2021-03-01 01:00",
            "2021-03-02 00:00",
        );
    }

    #[test]
    fn times_of_day_are_told_by_their_values_not_by_their_names() {
        let hours = |row: usize| {
            let (day, hour, end) = (row / 24 + 1, row % 24, (row + 1) % 24);
            format!("{day:02}.02.2023;{hour:02}:00;{end:02}:00;5\n")
        };
        let rows: String = (0..48).map(hours).collect();
        shows(
            &format!("Datum;Anfang;Ende;x\n{rows}"),
            &[0, 1],
            "2023-02-01 00:00",
            "2023-02-02 23:00",
        );
        // How long something took is no time of day, unless it is asked for.
        let took = |row: usize| {
            let minutes = 20 + row * 7 % 30;
            format!("2023-02-{:02},01:{minutes}:10,5\n", row / 3 + 1)
        };
        let rows: String = (0..60).map(took).collect();
        let text = format!("Date,Weg,x\n{rows}");
        assert_eq!(found(&text), None);
        let table = table(&text);
        let columns: Vec<&Column> = table.columns().iter().take(2).collect();
        assert!(make_a_time(&columns));
    }

    #[test]
    fn hours_may_be_written_with_a_letter_or_half_of_the_day() {
        for (first, last) in [
            ("0h", "13h"),
            ("H00", "H13"),
            ("12 AM", "1 PM"),
            ("0-1", "13-14"),
        ] {
            shows(
                &format!("date,hour,x\n2021-03-01,{first},5\n2021-03-01,{last},6\n"),
                &[0, 1],
                "2021-03-01 00:00",
                "2021-03-01 13:00",
            );
        }
    }

    #[test]
    fn numbers_that_count_each_day_anew_are_its_quarters_of_an_hour_whatever_they_are_called() {
        let row = |row: usize| {
            format!(
                "2021-03-{:02},{},{}\n",
                row / 96 + 1,
                row % 96 + 1,
                row * 7 % 13
            )
        };
        let rows: String = (0..288).map(row).collect();
        shows(
            &format!("day,block,x\n{rows}"),
            &[0, 1],
            "2021-03-01 00:00",
            "2021-03-03 23:45",
        );
        // Places in a contest are no hours.
        let row = |row: usize| {
            format!(
                "2021-03-{:02},{},{}\n",
                row / 20 + 1,
                row % 20 + 1,
                row * 7 % 13
            )
        };
        let rows: String = (0..200).map(row).collect();
        assert_eq!(found(&format!("day,place,x\n{rows}")), None);
    }

    #[test]
    fn without_names_a_year_and_what_comes_after_it_make_a_time_if_they_go_on() {
        let row = |row: usize| {
            format!(
                "2021,{},{},{}.5\n",
                row / 28 + 1,
                row % 28 + 1,
                row * 7 % 13
            )
        };
        let rows: String = (0..56).map(row).collect();
        shows(&rows, &[0, 1, 2], "2021-01-01", "2021-02-28");
        let row = |row: usize| format!("{},{},{}.5\n", 1990 + row / 12, row % 12 + 1, row * 7 % 13);
        let rows: String = (0..48).map(row).collect();
        shows(&rows, &[0, 1], "1990-01", "1993-12");
        let row = |row: usize| format!("{},{},{}.5\n", 1990 + row * 7 % 11, row % 12 + 1, row);
        let rows: String = (0..48).map(row).collect();
        assert_eq!(found(&rows), None);
    }

    #[test]
    fn what_says_no_day_is_no_time() {
        assert_eq!(found("month,day,x\n1,2,3\n"), None);
        assert_eq!(found("hour,minute,x\n1,2,3\n"), None);
        assert_eq!(found("year,x,y\n2010,2,3\n"), None);
        // Months have names that are no months, days are too many.
        assert_eq!(found("year,month,x\n2010,first,3\n2011,second,4\n"), None);
    }
}
