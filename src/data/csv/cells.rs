//! From a cell to a number or a missing value, as the file and its owner have it.

use super::CsvOptions;
use crate::data::number::{self, EXACT, NumberFormat};
use crate::data::spelling::{self, Spelling, Spellings};
use crate::words::{counted, exact, shortened};

/// How cells are read.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    pub format: NumberFormat,
    /// What else stands for a missing value, in the column of that index or in all.
    marks: Vec<Mark>,
    /// Whether what stands beside numbers is left out.
    flags: bool,
    /// The signs of which the file tells above the table.
    legend: Vec<String>,
}

#[derive(Clone, Debug)]
struct Mark {
    column: Option<usize>,
    text: String,
    value: Option<f64>,
}

impl Rules {
    /// The rules for columns called so.
    pub fn new(format: NumberFormat, names: &[String], options: &CsvOptions) -> Self {
        let marks = options.missing_marks.iter().flatten().filter_map(|mark| {
            let column = match &mark.column {
                // Of a column that is not there nothing is read.
                Some(name) => Some(names.iter().position(|other| other == name)?),
                None => None,
            };
            let text = mark.text.trim();
            let in_format = |format| number::parse(text.as_bytes(), format);
            Some(Mark {
                column,
                text: text.to_owned(),
                value: in_format(format).or_else(|| in_format(NumberFormat::default())),
            })
        });
        Self {
            format,
            marks: marks.collect(),
            flags: options.strip_flags,
            legend: Vec::new(),
        }
    }

    /// The same where the file tells of these signs.
    pub fn with_legend(self, legend: Vec<String>) -> Self {
        Self { legend, ..self }
    }

    /// The same leaving out what stands beside numbers; `None` if the file tells of no signs.
    pub fn with_told_signs(&self) -> Option<Self> {
        let flags = Self {
            flags: true,
            ..self.clone()
        };
        (!self.legend.is_empty()).then_some(flags)
    }

    /// Whether the file tells of a sign.
    pub fn is_told(&self, sign: &str) -> bool {
        self.legend.iter().any(|told| told == sign)
    }

    /// The same for numbers that are written otherwise.
    pub fn in_format(&self, format: NumberFormat) -> Self {
        Self {
            format,
            ..self.clone()
        }
    }

    fn marks(&self, column: usize) -> impl Iterator<Item = &Mark> {
        let holds = move |mark: &&Mark| mark.column.is_none_or(|other| other == column);
        self.marks.iter().filter(holds)
    }

    /// Whether the cell is one of the owner's own marks, as it is written.
    pub fn is_mark(&self, cell: &[u8], column: usize) -> bool {
        if self.marks.is_empty() {
            return false;
        }
        let cell = String::from_utf8_lossy(cell);
        let cell = cell.trim();
        self.marks(column)
            .any(|mark| mark.text.eq_ignore_ascii_case(cell))
    }

    /// The numbers that stand for a missing value in a column.
    fn marked_values(&self, column: usize) -> Vec<f64> {
        self.marks(column).filter_map(|mark| mark.value).collect()
    }

    /// Whether the cell may stand in a column of numbers.
    pub fn fits(&self, cell: &[u8], column: usize) -> bool {
        number::parse(cell, self.format).is_some()
            || number::is_missing(cell)
            || self.is_mark(cell, column)
            || self.flagged(cell).is_some()
    }

    fn flagged(&self, cell: &[u8]) -> Option<f64> {
        let cell = str::from_utf8(cell).ok().filter(|_| self.flags)?;
        number::flagged(cell, self.format).map(|(value, _)| value)
    }
}

/// The cells of a column of numbers.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// NaN where a value is missing.
    pub values: Vec<f64>,
    pub missing: usize,
    /// What had to be told of a cell, if anything: few columns have any such.
    odd: Option<Box<Odd>>,
    /// How cells are written that their numbers do not tell apart, if any are.
    spelled: Option<Box<Spellings>>,
}

/// What is told of cells that are no plain numbers.
#[derive(Clone, Debug, Default)]
struct Odd {
    /// The first cell with a currency or in brackets, and its value.
    dressed: Option<(String, f64)>,
    /// How many cells had something beside the number.
    flags: usize,
    /// How many are missing by the owner's own marks.
    marked: usize,
    /// How many are whole numbers of more digits than are kept, and the first of them: its row, what stands there and as what
    /// it is read.
    rounded: usize,
    first_rounded: Option<(usize, String, f64)>,
}

impl Numbers {
    pub fn with_room(values: Vec<f64>) -> Self {
        Self {
            values,
            ..Self::default()
        }
    }

    fn odd(&mut self) -> &mut Odd {
        self.odd.get_or_insert_default()
    }

    /// Adds the next row's cell, unless it is neither a number nor missing.
    pub fn push(&mut self, cell: &[u8], column: usize, rules: &Rules) -> Option<()> {
        let value = match number::parse(cell, rules.format) {
            Some(value) => {
                // Plain numbers begin and end with a digit, nearly all of them.
                let plain = matches!(cell, [b'0'..=b'9' | b'-' | b'+' | b'.', ..])
                    && cell.last().is_some_and(u8::is_ascii_digit);
                if !plain && self.odd.as_ref().is_none_or(|odd| odd.dressed.is_none()) {
                    self.note_dress(cell, rules);
                }
                if value.abs() >= EXACT && number::loses_digits(cell, value) {
                    self.note_digits(cell, value);
                    self.note_spelling(cell.trim_ascii());
                } else {
                    self.note_if_unusual(cell, rules);
                }
                value
            }
            None if number::is_missing(cell) => {
                self.missing += 1;
                f64::NAN
            }
            None if rules.is_mark(cell, column) => {
                self.missing += 1;
                self.odd().marked += 1;
                f64::NAN
            }
            None => {
                let value = rules.flagged(cell)?;
                self.odd().flags += 1;
                value
            }
        };
        self.values.push(value);
        Some(())
    }

    fn note_if_unusual(&mut self, cell: &[u8], rules: &Rules) {
        let cell = cell.trim_ascii();
        let point = rules.format.decimal.sign().as_bytes()[0];
        if spelling::is_unusual(cell, point) && spelling::is_plain(cell, point) {
            self.note_spelling(cell);
        }
    }

    /// Notes how the next row's number is written.
    pub fn note_spelling(&mut self, cell: &[u8]) {
        let row = self.values.len();
        self.spelled.get_or_insert_default().add(row, cell);
    }

    /// Whether there are too many different ways in which numbers are written for names.
    #[inline]
    pub fn has_no_names(&self) -> bool {
        let spelled = self.spelled.as_ref();
        spelled.is_some_and(|spelled| spelled.is_given_up())
    }

    /// Does not note how numbers are written.
    pub fn expect_no_names(&mut self) {
        self.spelled.get_or_insert_default().give_up();
    }

    /// How numbers are written that do not tell it themselves.
    pub fn spelling(&mut self) -> Option<Box<Spelling>> {
        let spelled = self.spelled.take()?;
        let known = self.values.iter().filter(|value| !value.is_nan()).count();
        match spelled.are_whole(known) {
            true => None,
            false => spelled.finished(),
        }
    }

    fn note_dress(&mut self, cell: &[u8], rules: &Rules) {
        if let Some((value, _)) = number::undressed(cell, rules.format) {
            let cell = String::from_utf8_lossy(cell).trim().to_owned();
            self.odd().dressed = Some((cell, value));
        }
    }

    fn note_digits(&mut self, cell: &[u8], value: f64) {
        let row = self.values.len();
        let odd = self.odd();
        odd.rounded += 1;
        odd.first_rounded.get_or_insert_with(|| {
            let cell = String::from_utf8_lossy(cell).trim().to_owned();
            (row, cell, value)
        });
    }

    /// Adds the cells of `more` at the end.
    pub fn append(&mut self, more: &Numbers) {
        let before = self.values.len();
        self.values.extend_from_slice(&more.values);
        self.missing += more.missing;
        if let Some(more) = &more.odd {
            let odd = self.odd();
            odd.rounded += more.rounded;
            if let (None, Some((row, cell, value))) = (&odd.first_rounded, &more.first_rounded) {
                odd.first_rounded = Some((before + row, cell.clone(), *value));
            }
            odd.flags += more.flags;
            odd.marked += more.marked;
            if odd.dressed.is_none() {
                odd.dressed.clone_from(&more.dressed);
            }
        }
        if let Some(more) = &more.spelled {
            self.spelled.get_or_insert_default().append(more, before);
        }
    }

    /// Forgets all cells but the first `rows`.
    pub fn truncate(&mut self, rows: usize) {
        let forgotten = self.values.get(rows..).unwrap_or_default();
        self.missing -= forgotten.iter().filter(|value| value.is_nan()).count();
        self.values.truncate(rows);
        if let Some(spelled) = &mut self.spelled {
            spelled.truncate(rows);
        }
    }

    /// Forgets all cells, keeping the memory.
    pub fn clear(&mut self) {
        self.values.clear();
        self.missing = 0;
        self.odd = None;
        if let Some(spelled) = &mut self.spelled {
            spelled.clear();
        }
    }

    /// Makes the owner's own numbers missing values.
    pub fn apply_marks(&mut self, column: usize, rules: &Rules) {
        for mark in rules.marked_values(column) {
            let mut marked = 0;
            for value in self.values.iter_mut().filter(|value| **value == mark) {
                *value = f64::NAN;
                marked += 1;
            }
            if marked > 0 {
                self.missing += marked;
                self.odd().marked += marked;
            }
        }
    }

    /// What should be known about the column called `name`, a sentence each; `line` tells on which line a row is.
    pub fn notes(&self, name: &str, line: impl Fn(usize) -> u64) -> Vec<String> {
        let Some(odd) = &self.odd else {
            return Vec::new();
        };
        let name = shortened(name);
        let mut notes = Vec::new();
        if let Some((cell, value)) = &odd.dressed {
            notes.push(format!(
                "“{name}” has “{}”, read as {}.",
                shortened(cell),
                exact(*value)
            ));
        }
        if let Some((row, cell, value)) = &odd.first_rounded
            && *row < self.values.len()
        {
            notes.push(format!(
                "“{name}” has {} of more digits than are computed with, first in line {}: {} is computed with as {value:.0}. {}",
                counted(odd.rounded, "whole number"),
                line(*row),
                shortened(cell),
                match self.has_no_names() {
                    true =>
                        "Different ones may become the same; where they name something, put a letter before them in the file.",
                    false => "Where they name something, each stays as it is written.",
                }
            ));
        }
        if odd.flags > 0 {
            notes.push(format!(
                "What stood beside {} of “{name}” was left out.",
                counted(odd.flags, "number")
            ));
        }
        if odd.marked > 0 {
            notes.push(format!(
                "{} of “{name}” {} missing by your own marks.",
                counted(odd.marked, "cell"),
                is_or_are(odd.marked)
            ));
        }
        notes
    }
}

pub(super) fn is_or_are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}
