//! What the first rows of a column show.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::SAMPLE;
use super::names;
use crate::data::table::{Cells, Column};
use crate::data::text::Texts;
use crate::data::time::{Dates, clock, elapsed, is_weekday_name, month_of};

/// What the first rows of a column show.
pub(in crate::data::sequences) struct Looked<'a> {
    /// These rows.
    pub column: Cow<'a, Column>,
    /// The name's words, in small letters: `PM2.5_avg` is `pm2`, `5`, `avg`, and `AdjClose` is `adj`, `close`.
    pub words: Vec<String>,
    /// Those of them that say what is measured: without the unit, as in `soil_moisture_pct` or `Load [MW]`.
    pub head: Vec<String>,
    /// The units that are left out there, in small letters: `kWh` is `kwh`.
    pub unit: Vec<String>,
    /// The name in small letters, letters and digits alone.
    pub bare: String,
    /// The times, if they are dates.
    pub dates: Option<Dates>,
    /// Cells looked at.
    pub rows: usize,
    /// Which of the different values each row has, numbered in the order in which they appear; a missing one is one of them.
    pub codes: Vec<u32>,
    /// How many rows have each of them.
    pub counts: Vec<u32>,
    /// How many cells are missing.
    pub missing: usize,
    /// Characters per cell; 0 for numbers.
    pub length: f64,
    /// Whether it is text although at least half of its cells are numbers.
    pub nearly_numbers: bool,
    /// The seconds since something began that its cells tell, if they do, as `0:00.003`.
    pub elapsed: Option<Vec<f64>>,
    /// Whether nearly all of its cells are times of day, as `13:30` or `08:00-08:30`.
    pub is_clock: bool,
    /// Whether it may tell series apart, and how likely it is, once that was asked.
    pub apart: OnceCell<Option<u8>>,
}

/// The first rows of a column.
fn head(column: &Column) -> Cow<'_, Column> {
    let cells = match &column.cells {
        Cells::Numbers(values) if values.len() > SAMPLE => {
            Cells::Numbers(values[..SAMPLE].to_vec())
        }
        Cells::Texts(texts) if texts.len() > SAMPLE => Cells::Texts(texts.first(SAMPLE)),
        _ => return Cow::Borrowed(column),
    };
    Cow::Owned(Column {
        name: column.name.clone(),
        cells,
        missing: column.missing,
        na_is_a_word: column.na_is_a_word,
        spelling: column
            .spelling
            .as_ref()
            .and_then(|spelling| spelling.of_rows(0..SAMPLE)),
    })
}

/// The words of a name.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut before = ' ';
    for c in name.trim().chars() {
        let breaks = !c.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase());
        if breaks && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The words of a name that say what is measured, and those of its unit: what stands in brackets and is a unit, and units at the
/// end. A name that is nothing but a unit says what is measured by it.
fn head_and_unit(name: &str) -> (Vec<String>, Vec<String>) {
    let tokens = |part: &str| -> Vec<String> {
        let tokens = part.split(|c: char| !c.is_alphanumeric());
        let tokens = tokens.filter(|token| !token.is_empty());
        tokens.map(str::to_owned).collect()
    };
    // `kWh` is one unit, though it has two words.
    let is_unit = |token: &String| names::UNITS.contains(&token.to_lowercase().as_str());
    let (mut head, mut unit) = (Vec::new(), Vec::new());
    let mut rest = name;
    while let Some(open) = rest.find(['(', '[']) {
        let closing = if rest[open..].starts_with('(') {
            ')'
        } else {
            ']'
        };
        let Some(length) = rest[open..].find(closing) else {
            break;
        };
        let inside = &rest[open + 1..open + length];
        head.extend(tokens(&rest[..open]));
        let sign = inside.contains(['/', '%', '°', '€', '$', '£', '³', '²']);
        match sign || tokens(inside).iter().all(is_unit) {
            true => unit.extend(tokens(inside)),
            false => head.extend(tokens(inside)),
        }
        rest = &rest[open + length + 1..];
    }
    head.extend(tokens(rest));
    while head.len() > 1 && head.last().is_some_and(is_unit) {
        unit.extend(head.pop());
    }
    let unit = unit.iter().map(|token| token.to_lowercase()).collect();
    match head.is_empty() {
        true => (words(name), Vec::new()),
        false => (head.iter().flat_map(|token| words(token)).collect(), unit),
    }
}

/// Whether not all numbers are the same.
fn moves(values: &[f64]) -> bool {
    let mut known = values.iter().filter(|value| !value.is_nan());
    let first = known.next();
    known.any(|value| Some(value) != first)
}

/// Numbers values in the order in which they appear.
fn numbered<K: std::hash::Hash + Eq>(keys: impl Iterator<Item = K>) -> (Vec<u32>, Vec<u32>) {
    let (mut codes, mut counts) = (Vec::new(), Vec::new());
    // The map is only asked, never walked through.
    let mut known: HashMap<K, u32> = HashMap::new();
    for key in keys {
        let code = *known.entry(key).or_insert_with(|| {
            counts.push(0);
            counts.len() as u32 - 1
        });
        counts[code as usize] += 1;
        codes.push(code);
    }
    (codes, counts)
}

impl<'a> Looked<'a> {
    pub fn at(column: &'a Column) -> Self {
        let column = head(column);
        let (codes, counts) = match &column.cells {
            // A number that stands still does so however it is written.
            Cells::Numbers(values) if column.spelling.is_some() && moves(values) => {
                numbered((0..values.len()).map(|row| column.key(row)))
            }
            Cells::Numbers(values) => numbered(values.iter().map(|value| (value + 0.0).to_bits())),
            Cells::Texts(texts) => numbered(texts.iter()),
        };
        let (dates, length, nearly_numbers, elapsed, is_clock) = match &column.cells {
            Cells::Numbers(values) => {
                let spelling = column.spelling.as_deref();
                let dates = Dates::of_spelled_numbers(&column.name, values, spelling);
                (dates, 0.0, false, None, false)
            }
            Cells::Texts(texts) => {
                let dates = Dates::of_texts(texts);
                let (length, nearly) = text(texts);
                let nearly = nearly && dates.is_none() && !are_codes(texts);
                let elapsed = if dates.is_none() {
                    elapsed(texts)
                } else {
                    None
                };
                let clocks = texts.iter().filter(|cell| clock(cell).is_some()).count();
                let is_clock = dates.is_none() && clocks > 0 && 10 * clocks >= 9 * texts.len();
                (dates, length, nearly, elapsed, is_clock)
            }
        };
        let rows = codes.len();
        let (head, unit) = head_and_unit(&column.name);
        Self {
            words: words(&column.name),
            head,
            unit,
            bare: column
                .name
                .chars()
                .filter(|c| c.is_alphanumeric())
                .flat_map(char::to_lowercase)
                .collect(),
            dates,
            rows,
            missing: (0..rows).filter(|&row| column.is_missing(row)).count(),
            codes,
            counts,
            length,
            nearly_numbers,
            elapsed,
            is_clock,
            apart: OnceCell::new(),
            column,
        }
    }

    pub fn name(&self) -> &str {
        &self.column.name
    }

    pub fn numbers(&self) -> Option<&[f64]> {
        self.column.numbers()
    }

    /// The times that its cells are, if they can be compared.
    pub fn times(&self) -> Option<&[f64]> {
        match &self.dates {
            Some(dates) => Some(dates.finest()),
            None => self.numbers().or(self.elapsed.as_deref()),
        }
    }

    pub fn is_numeric(&self) -> bool {
        self.numbers().is_some() || self.nearly_numbers
    }

    /// Different values.
    pub fn distinct(&self) -> usize {
        self.counts.len()
    }

    /// Different values that are not missing.
    pub fn known(&self) -> usize {
        self.distinct() - usize::from(self.missing > 0).min(self.distinct())
    }

    /// Whether a word of the name is one of these.
    pub fn called(&self, usual: &[&str]) -> bool {
        self.words.iter().any(|word| usual.contains(&word.as_str()))
            || usual.contains(&self.bare.as_str())
    }

    /// Whether a word of the name is one of these, not counting its unit: `mm` may be months or millimetres.
    pub fn is_about(&self, usual: &[&str]) -> bool {
        self.head.iter().any(|word| usual.contains(&word.as_str()))
            || usual.contains(&self.bare.as_str())
    }

    /// Whether the whole name is one of these.
    pub fn is_called(&self, usual: &[&str]) -> bool {
        usual.contains(&self.bare.as_str())
            || usual.contains(&self.column.name.trim().to_lowercase().as_str())
    }

    /// Whether all values are whole numbers.
    pub fn is_whole(&self) -> bool {
        self.numbers().is_some_and(|values| {
            values
                .iter()
                .all(|value| value.is_nan() || value.fract() == 0.0)
        })
    }

    /// The least and the largest value.
    pub fn range(&self) -> Option<(f64, f64)> {
        let known = self.numbers()?.iter().filter(|value| !value.is_nan());
        known.fold(None, |range: Option<(f64, f64)>, &value| {
            let (low, high) = range.unwrap_or((value, value));
            Some((low.min(value), high.max(value)))
        })
    }

    /// Whether all are whole numbers of 18 to 20 digits: those name something; hardly anything measured has so many.
    pub fn is_long_code(&self) -> bool {
        const DIGITS: Range<f64> = 1e17..1e20;
        let long = |(low, high): (f64, f64)| DIGITS.contains(&low) && DIGITS.contains(&high);
        self.dates.is_none() && self.is_whole() && self.range().is_some_and(long)
    }

    /// What texts name that comes again, and how often: days of the week, months of the year.
    pub fn comes_again(&self) -> Option<(&'static str, &'static str)> {
        let Cells::Texts(texts) = &self.column.cells else {
            return None;
        };
        let all = |is: fn(&str) -> bool| {
            self.known() > 1
                && (0..texts.len())
                    .filter(|&row| !self.column.is_missing(row))
                    .all(|row| texts.get(row).is_some_and(is))
        };
        if all(is_weekday_name) {
            Some(("days of the week", "week"))
        } else if all(|cell| month_of(cell).is_some()) {
            Some(("months", "year"))
        } else {
            None
        }
    }

    pub fn has_few(&self) -> bool {
        (2..=super::FEW).contains(&self.distinct()) && 2 * self.distinct() <= self.rows
    }

    /// Whether each value has rows that follow each other.
    pub fn is_in_blocks(&self) -> bool {
        let starts = self
            .codes
            .windows(2)
            .filter(|pair| pair[0] != pair[1])
            .count()
            + 1;
        starts == self.distinct()
    }

    /// How much a column of text looks like what is to be read.
    pub fn weight(&self) -> f64 {
        self.length
            + if self.called(&names::TEXTS) {
                1000.0
            } else {
                0.0
            }
    }

    /// Whether each row has one more than the row before.
    pub fn counts_rows(&self) -> bool {
        let values = self.numbers().unwrap_or_default();
        // A few numbers may rise by one by chance.
        values.len() > 5 && values.windows(2).all(|pair| pair[1] - pair[0] == 1.0)
    }
}

/// Whether texts, of which many are whole numbers, are codes: some begin with a zero, all have the same few characters, and most
/// come again.
fn are_codes(cells: &Texts) -> bool {
    const LONGEST: usize = 5;
    let length = |cell: &str| cell.chars().count();
    let known = || cells.iter().filter(|cell| !cell.is_empty());
    let usual = known().map(length).max().unwrap_or(0);
    let short = (2..=LONGEST).contains(&usual);
    let plain = |cell: &str| cell.chars().all(char::is_alphanumeric);
    let alike = known().all(|cell| plain(cell) && usual - length(cell) <= 1);
    let with_zero = |cell: &str| cell.len() > 1 && cell.starts_with('0');
    let all: HashSet<&str> = cells.iter().collect();
    short && alike && known().any(with_zero) && 2 * all.len() <= cells.len()
}

/// Characters per cell, and whether at least half of the cells are numbers.
fn text(cells: &Texts) -> (f64, bool) {
    let is_number = |cell: &&str| cell.replace(',', ".").parse::<f64>().is_ok();
    let numbers = cells.iter().filter(is_number).count();
    let characters: usize = cells.iter().map(|cell| cell.chars().count()).sum();
    let length = characters as f64 / cells.len().max(1) as f64;
    (length, numbers > 0 && 2 * numbers >= cells.len())
}
