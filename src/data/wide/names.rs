//! Names of columns that are times: years, months, days.

use std::borrow::Cow;

use super::super::text::Texts;
use super::super::time::{Dates, is_date, year_of};

/// A name without what programs put around a time: `X1990`, `1990 [YR1990]`, `YR1990`.
fn bare(name: &str) -> &str {
    let name = name
        .split_once(" [")
        .map_or(name, |(before, _)| before)
        .trim();
    let letters = name.len()
        - name
            .trim_start_matches(|c: char| c.is_ascii_alphabetic())
            .len();
    match &name[..letters] {
        "X" | "x" | "YR" | "yr" | "Y" | "y" | "F" => &name[letters..],
        _ => name,
    }
}

/// A time as it can be read: digits alone are a month or a day, `202201` and `20220131`.
pub(super) fn spelled(name: &str) -> Cow<'_, str> {
    let name = bare(name);
    if !name.bytes().all(|byte| byte.is_ascii_digit()) {
        return Cow::Borrowed(name);
    }
    match name.len() {
        6 => Cow::Owned(format!("{}-{}", &name[..4], &name[4..])),
        8 => Cow::Owned(format!("{}-{}-{}", &name[..4], &name[4..6], &name[6..])),
        _ => Cow::Borrowed(name),
    }
}

fn is_year(year: &f64) -> bool {
    (1500.0..2200.0).contains(year)
}

/// The year that a name is; one that begins in it and ends in the next counts as it: `2019/20`, `FY2019`.
pub(super) fn year(name: &str) -> Option<f64> {
    let name = bare(name);
    let digits = name.len() == 4 && name.bytes().all(|byte| byte.is_ascii_digit());
    let plain: Option<f64> = name.parse().ok().filter(|_| digits);
    plain.or_else(|| year_of(name)).filter(is_year)
}

/// The year that stands at the beginning or the end of a name, beside words: `2010 Population`, `gdp_2010`.
pub(super) fn of_one_word(name: &str) -> Option<f64> {
    split(name).map(|(_, year)| year)
}

/// What stands beside the year of a name, and the year.
fn split(name: &str) -> Option<(&str, f64)> {
    const DIGITS: usize = 4;
    const LETTERS: usize = 3;
    let name = name.trim();
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let at_end = || {
        let (word, year) = name.split_at_checked(name.len().checked_sub(DIGITS)?)?;
        digits(year).then_some((word, year))
    };
    let at_start = || {
        let (year, word) = name.split_at_checked(DIGITS)?;
        digits(year).then_some((word, year))
    };
    let (word, year) = at_start().or_else(at_end)?;
    // One word, not one of several numbers.
    let is_word = word.chars().filter(|c| c.is_alphabetic()).count() >= LETTERS
        && !word.contains(|c: char| c.is_ascii_digit());
    let year: f64 = year.parse().ok().filter(|_| is_word)?;
    (1900.0..2100.0).contains(&year).then_some((word, year))
}

/// The times that these names are, and whether they are years; `None` if they are none, or do not go on.
pub(super) fn times<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Option<(Vec<f64>, bool)> {
    let years: Option<Vec<f64>> = names.clone().map(year).collect();
    let (times, are_years) = match years.or_else(|| years_beside_a_word(names.clone())) {
        Some(years) => (years, true),
        None => {
            let spelled: Vec<Cow<'_, str>> = names.map(spelled).collect();
            let texts: Texts = spelled.iter().map(|name| &**name).collect();
            let dates = Dates::of_texts(&texts).filter(|dates| dates.bad.is_empty())?;
            (dates.seconds, false)
        }
    };
    let on = times.windows(2).all(|pair| pair[0] < pair[1]);
    let back = times.windows(2).all(|pair| pair[0] > pair[1]);
    (on || back).then_some((times, are_years))
}

/// The years of names that have the same words beside them.
fn years_beside_a_word<'a>(names: impl Iterator<Item = &'a str>) -> Option<Vec<f64>> {
    let all: Vec<(&str, f64)> = names.map(split).collect::<Option<_>>()?;
    let (word, _) = all.first()?;
    let same = all.iter().all(|(other, _)| other == word);
    same.then(|| all.iter().map(|(_, year)| *year).collect())
}

/// Whether a name alone may be a time.
pub(super) fn may_be_time(name: &str) -> bool {
    year(name).is_some() || is_date(&spelled(name))
}
