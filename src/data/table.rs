//! A table as read from a file.

use std::collections::HashMap;

use super::bad_place::{BadPlace, BadPlaces};
use super::csv::Found;
use super::nearest::nearest;
use super::number::{self, NumberFormat};
use super::spelling::Spelling;
use super::text::Texts;
use crate::words::{quoted, shortened};

/// A table as read from a file: one row per time step, every column of the file.
///
/// A column is numeric if each of its cells is a finite number or a mark for a missing value, and at least one is a
/// number; only such a column can be a feature or the target. Any column can name the time of a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
    /// The first column of each name: a table may have thousands.
    by_name: HashMap<String, usize>,
    rows: usize,
    lines: Lines,
    found: Found,
}

/// A column of a [`Table`].
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name, different from every other column's.
    pub name: String,
    /// Its cells, one per row.
    pub cells: Cells,
    /// How many of the cells are empty or a mark for a missing value, such as `n/a`, `null`, `-` or `?`.
    pub missing: usize,
    /// Of a column of numbers, how those are written that a number does not tell apart: `01` and `1`. `None` if there are none.
    pub spelling: Option<Box<Spelling>>,
    /// Whether “NA” is one of the words of a column of texts, as in one of countries, and not a missing value.
    pub na_is_a_word: bool,
}

/// What a cell is as a name: cells are the same only if they are written alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key<'a> {
    /// A number as it is usually written, or a missing one, by its bits.
    Number(u64),
    /// As it is written.
    Text(&'a str),
}

/// The cells of a column, by row.
#[derive(Clone, Debug)]
pub enum Cells {
    /// Every cell is a finite number, or missing: NaN.
    Numbers(Vec<f64>),
    /// At least one cell is neither, or all are missing; spaces around the text are removed.
    Texts(Texts),
}

/// The same cells bit for bit, so that missing values are equal to each other.
impl PartialEq for Cells {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Cells::Numbers(a), Cells::Numbers(b)) => a
                .iter()
                .map(|value| value.to_bits())
                .eq(b.iter().map(|value| value.to_bits())),
            (Cells::Texts(a), Cells::Texts(b)) => a == b,
            _ => false,
        }
    }
}

impl Column {
    /// The column's numbers, one per row, NaN where the value is missing; `None` for a text column.
    pub fn numbers(&self) -> Option<&[f64]> {
        match &self.cells {
            Cells::Numbers(values) => Some(values),
            Cells::Texts(_) => None,
        }
    }

    /// Whether the value of `row` is missing; so it is past the end.
    pub fn is_missing(&self, row: usize) -> bool {
        match &self.cells {
            Cells::Numbers(values) => values.get(row).is_none_or(|value| value.is_nan()),
            Cells::Texts(texts) => texts.get(row).is_none_or(|text| {
                number::is_missing(text.as_bytes()) && !self.is_word(text) && !texts.keeps(text)
            }),
        }
    }

    fn is_word(&self, text: &str) -> bool {
        self.na_is_a_word && text.eq_ignore_ascii_case("na")
    }

    /// How often “NA” stands there as one of several codes in one case, and what codes these are, as a phrase; `None` if it is
    /// probably a missing value.
    ///
    /// They are of two letters all, or those of substances with K beside NA: sodium is measured wherever potassium is; or those of
    /// parts of the world as companies divide it, with North America among them.
    pub(crate) fn has_na_as_a_word(&self) -> Option<(usize, &'static str)> {
        /// How many others there must be.
        const OTHERS: usize = 4;
        /// The most letters of a substance's code.
        const LONGEST: usize = 6;
        /// Parts of the world.
        const REGIONS: [&str; 16] = [
            "EMEA", "APAC", "LATAM", "AMER", "MEA", "MENA", "APJ", "JAPAC", "ANZ", "EU", "SA",
            "LA", "ASIA", "AF", "OC", "ROW",
        ];
        let Cells::Texts(texts) = &self.cells else {
            return None;
        };
        let is_na = |text: &&str| text.eq_ignore_ascii_case("na");
        let first = texts.iter().find(is_na)?;
        let case = |text: &str| text.chars().map(char::is_uppercase).collect::<Vec<bool>>();
        let first_case = case(first);
        let is_code = |text: &str| {
            text.len() == 2
                && text.bytes().all(|byte| byte.is_ascii_alphabetic())
                && case(text) == first_case
        };
        let is_capital = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        let is_substance = |text: &str| text.len() <= LONGEST && text.bytes().all(is_capital);
        let known = || {
            let missing = |text: &&str| is_na(text) || number::is_missing(text.as_bytes());
            texts.iter().filter(move |text| !missing(text))
        };
        let (mut codes, mut substances, mut potassium, mut longer, mut all) = (0, 0, 0, 0, 0);
        let mut different: Vec<&str> = Vec::new();
        for text in known() {
            all += 1;
            substances += usize::from(is_substance(text));
            potassium += usize::from(text == "K");
            longer += usize::from(text.len() > 1);
            if !is_code(text) {
                continue;
            }
            codes += 1;
            if different.len() < OTHERS && !different.contains(&text) {
                different.push(text);
            }
        }
        let count = texts.iter().filter(is_na).count();
        if different.len() == OTHERS && 10 * codes >= 9 * all {
            return Some((count, "of two letters"));
        }
        let is_region = |text: &&str| REGIONS.contains(text);
        if first == "NA"
            && known().any(|text| text.len() > 2)
            && known().all(|text| is_region(&text))
        {
            return Some((count, "of parts of the world"));
        }
        // About as often as K, and not among marks from A to K.
        let beside = potassium > 0 && 2 * count >= potassium && count <= 2 * potassium;
        (first == "NA" && beside && longer > 0 && substances == all)
            .then_some((count, "of substances, as K is"))
    }

    /// How the number of `row` is written where the number alone does not tell it; `None` for a missing one.
    pub fn spelled(&self, row: usize) -> Option<&str> {
        let spelling = self.spelling.as_ref()?;
        spelling.get(row).filter(|_| !self.is_missing(row))
    }

    /// What the cell of `row` is as a name.
    pub(crate) fn key(&self, row: usize) -> Key<'_> {
        match &self.cells {
            Cells::Texts(texts) => Key::Text(texts.get(row).unwrap_or_default()),
            Cells::Numbers(values) => match self.spelled(row) {
                Some(text) => Key::Text(text),
                // Adding 0 makes −0 a 0.
                None => Key::Number((values.get(row).copied().unwrap_or(f64::NAN) + 0.0).to_bits()),
            },
        }
    }

    /// The cell of `row` as text: as it is written, or a number that is not written unusually in its shortest form; empty for a
    /// missing number and past the end.
    pub fn label(&self, row: usize) -> String {
        if let Some(text) = self.spelled(row) {
            return text.to_owned();
        }
        match &self.cells {
            Cells::Numbers(values) => match values.get(row) {
                Some(value) if value.is_nan() => String::new(),
                // Three hundred digits are nobody's label.
                Some(value) if *value == 0.0 || (1e-9..1e16).contains(&value.abs()) => {
                    value.to_string()
                }
                Some(value) => format!("{value:e}"),
                None => String::new(),
            },
            Cells::Texts(texts) => texts.get(row).unwrap_or_default().to_owned(),
        }
    }
}

impl Table {
    /// A table of `columns` with `rows` cells each; `lines` says where the rows stand in the file, `found` how it was
    /// read.
    pub(crate) fn new(columns: Vec<Column>, rows: usize, lines: Lines, found: Found) -> Self {
        let mut by_name = HashMap::with_capacity(columns.len());
        for (index, column) in columns.iter().enumerate() {
            by_name.entry(column.name.clone()).or_insert(index);
        }
        Self {
            columns,
            by_name,
            rows,
            lines,
            found,
        }
    }

    /// A table of numbers that came from no file: row r counts as line r + 2, as if below a header.
    ///
    /// What is not finite counts as missing. Columns longer than the shortest one are cut to its length.
    pub fn of_numbers(columns: Vec<(String, Vec<f64>)>) -> Self {
        let rows = columns
            .iter()
            .map(|(_, values)| values.len())
            .min()
            .unwrap_or(0);
        let columns = columns.into_iter().map(|(name, mut values)| {
            values.truncate(rows);
            for value in values.iter_mut().filter(|value| !value.is_finite()) {
                *value = f64::NAN;
            }
            let missing = values.iter().filter(|value| value.is_nan()).count();
            Column {
                name,
                cells: Cells::Numbers(values),
                missing,
                spelling: None,
                na_is_a_word: false,
            }
        });
        let mut lines = Lines::default();
        lines.push(0, 2);
        Self::new(columns.collect(), rows, lines, Found::default())
    }

    /// What is told of how the file was read, to be told better.
    pub(crate) fn found_mut(&mut self) -> &mut Found {
        &mut self.found
    }

    /// Says where the rows stand in the file, given where they were said to stand.
    pub(crate) fn move_lines(&mut self, to: impl FnOnce(&Lines) -> Lines) {
        self.lines = to(&self.lines);
    }

    /// How the file was read: what was found out about it, and what was skipped.
    pub fn found(&self) -> &Found {
        &self.found
    }

    /// The bytes that the cells take.
    pub fn bytes(&self) -> u128 {
        let columns = self.columns.iter().map(|column| {
            let spelling = column.spelling.as_ref();
            let cells = match &column.cells {
                Cells::Numbers(values) => (values.capacity() * size_of::<f64>()) as u128,
                Cells::Texts(texts) => texts.bytes(),
            };
            cells + spelling.map_or(0, |spelling| spelling.bytes())
        });
        columns.sum()
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// All columns, in the order of the file.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The names of all columns, in the order of the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// The names of the columns that can be features or the target.
    pub fn numeric_names(&self) -> impl Iterator<Item = &str> {
        let numeric = self
            .columns
            .iter()
            .filter(|column| column.numbers().is_some());
        numeric.map(|column| column.name.as_str())
    }

    /// The line of the file on which `row` (counted from 0) begins, counted from 1.
    pub fn line(&self, row: usize) -> u64 {
        self.lines.of_row(row)
    }

    /// The column called `name`.
    ///
    /// # Errors
    /// [`ColumnError::Unknown`] if there is none.
    pub fn column(&self, name: &str) -> Result<&Column, ColumnError> {
        self.index(name).map(|index| &self.columns[index])
    }

    /// The numbers of the column called `name`, one per row, NaN where the value is missing.
    ///
    /// # Errors
    /// If there is no such column, or it has cells that are no numbers: then every bad place is named, missing values not
    /// among them ([`Table::missing_places`] names those).
    pub fn numbers(&self, name: &str) -> Result<&[f64], ColumnError> {
        let index = self.index(name)?;
        let column = &self.columns[index];
        column
            .numbers()
            .ok_or_else(|| ColumnError::NotNumbers(self.bad_places(index)))
    }

    /// Checks that every column in `names` is numeric.
    ///
    /// # Errors
    /// If one is unknown; or the bad places of all columns together, in the order of the file.
    pub fn check_numeric<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), ColumnError> {
        let indices: Result<Vec<usize>, _> =
            names.into_iter().map(|name| self.index(name)).collect();
        let mut indices = indices?;
        indices.sort_unstable();
        indices.dedup();
        let mut places = BadPlaces::default();
        for index in indices {
            places.join(self.bad_places(index));
        }
        if places.is_empty() {
            Ok(())
        } else {
            Err(ColumnError::NotNumbers(places))
        }
    }

    fn index(&self, name: &str) -> Result<usize, ColumnError> {
        let unknown = || ColumnError::Unknown {
            name: name.to_owned(),
            nearest: nearest(name, self.names()).map(str::to_owned),
            known: self.names().map(str::to_owned).collect(),
        };
        self.by_name.get(name).copied().ok_or_else(unknown)
    }

    /// Where values are missing in the columns called `names`, in the order of the file.
    ///
    /// # Errors
    /// [`ColumnError::Unknown`] if there is no such column.
    pub fn missing_places<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<BadPlaces, ColumnError> {
        let indices: Result<Vec<usize>, _> =
            names.into_iter().map(|name| self.index(name)).collect();
        let mut indices = indices?;
        indices.sort_unstable();
        indices.dedup();
        let mut all = BadPlaces::default();
        for index in indices {
            let column = &self.columns[index];
            let mut places = BadPlaces::default();
            if column.missing > 0 {
                for row in (0..self.rows).filter(|&row| column.is_missing(row)) {
                    places.add(|| BadPlace {
                        line: self.line(row),
                        column: Some(index + 1),
                        header: Some(column.name.clone()),
                        found: match &column.cells {
                            Cells::Numbers(_) => "a missing value".to_owned(),
                            Cells::Texts(texts) => quoted(texts.get(row).unwrap_or_default()),
                        },
                        expected: match &column.cells {
                            Cells::Numbers(_) => "a number".to_owned(),
                            Cells::Texts(_) => "a value".to_owned(),
                        },
                        hint: number::hint("").to_owned(),
                    });
                }
            }
            all.join(places);
        }
        Ok(all)
    }

    /// Every cell of the column that keeps it from being numeric; missing values do not.
    fn bad_places(&self, index: usize) -> BadPlaces {
        let column = &self.columns[index];
        let Cells::Texts(texts) = &column.cells else {
            return BadPlaces::default();
        };
        if column.missing == self.rows {
            return BadPlaces::from(BadPlace {
                line: self.line(0),
                column: Some(index + 1),
                header: Some(column.name.clone()),
                found: "no value in the whole column".to_owned(),
                expected: "numbers".to_owned(),
                hint: "Fill in the column, or choose another one.".to_owned(),
            });
        }
        // A column that mixes “1.5” and “1,5” is read in the notation in which less is wrong.
        let is_bad = |cell: &str, format: NumberFormat| {
            !number::is_missing(cell.as_bytes()) && number::parse(cell.as_bytes(), format).is_none()
        };
        let usual = self.found.numbers;
        let count = |format| texts.iter().filter(|cell| is_bad(cell, format)).count();
        // A format in which nothing is wrong is not the one that was asked for.
        let formats = std::iter::once(usual).chain(NumberFormat::ALL);
        let counts = formats.map(|format| (count(format), format));
        let format = counts
            .filter(|&(bad, _)| bad > 0)
            .min_by_key(|&(bad, _)| bad)
            .map_or(usual, |(_, format)| format);
        let expected = match format {
            format if format == NumberFormat::default() => "a number".to_owned(),
            format => format!("a number written with {format}"),
        };
        let mut places = BadPlaces::default();
        for (row, cell) in texts
            .iter()
            .enumerate()
            .filter(|(_, cell)| is_bad(cell, format))
        {
            places.add(|| BadPlace {
                line: self.line(row),
                column: Some(index + 1),
                header: Some(column.name.clone()),
                found: quoted(cell),
                expected: expected.clone(),
                hint: number::hint(cell).to_owned(),
            });
        }
        places
    }
}

/// Why a column cannot be used as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ColumnError {
    /// The file has no column of this name.
    #[error(
        "found the column name {}, expected one of {}{}",
        quoted(name),
        listed(known),
        meant(nearest)
    )]
    Unknown {
        /// The name asked for.
        name: String,
        /// The name that was probably meant.
        nearest: Option<String>,
        /// All names there are.
        known: Vec<String>,
    },
    /// A feature or target column has cells that are no numbers.
    #[error("{0}")]
    NotNumbers(BadPlaces),
}

impl ColumnError {
    /// The bad places in the file; `None` if the error is not about places.
    pub fn places(&self) -> Option<&BadPlaces> {
        match self {
            ColumnError::Unknown { .. } => None,
            ColumnError::NotNumbers(places) => Some(places),
        }
    }
}

/// Up to a dozen names as a list in a sentence.
pub(crate) fn listed(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let mut shown: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| shortened(name))
        .collect();
    if names.len() > SHOWN {
        shown.push(format!("{} more", names.len() - SHOWN));
    }
    shown.join(", ")
}

/// The sentence that offers the nearest name, if there is one.
pub(crate) fn meant(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map(|name| format!(". Did you mean “{}”?", shortened(name)))
        .unwrap_or_default()
}

/// The file line of each row, stored only where it is not one more than the row before's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lines(Vec<(usize, u64)>);

impl Lines {
    /// Notes that `row` begins on `line`; rows are noted in ascending order.
    pub(crate) fn push(&mut self, row: usize, line: u64) {
        if self.0.is_empty() || self.of_row(row) != line {
            self.0.push((row, line));
        }
    }

    pub(crate) fn of_row(&self, row: usize) -> u64 {
        let known = self.0.partition_point(|&(first, _)| first <= row);
        known.checked_sub(1).map_or(1, |run| {
            let (first_row, first_line) = self.0[run];
            first_line + (row - first_row) as u64
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mixed() -> Table {
        let column = |name: &str, cells, missing| Column {
            name: name.into(),
            cells,
            missing,
            spelling: None,
            na_is_a_word: false,
        };
        let texts = |cells: &[&str]| Cells::Texts(cells.iter().copied().collect());
        let mut lines = Lines::default();
        [2, 3, 7]
            .into_iter()
            .enumerate()
            .for_each(|(row, line)| lines.push(row, line));
        let columns = vec![
            column("YEAR", Cells::Numbers(vec![1700.0, 1701.0, 1702.5]), 0),
            column("SUNACTIVITY", texts(&["x", "n/a", "5 kg"]), 1),
            column("area", texts(&["1,5", "2.5", "3,5"]), 0),
            column("gaps", Cells::Numbers(vec![f64::NAN, 1.0, f64::NAN]), 2),
            column("empty", texts(&["", "", "-"]), 3),
        ];
        Table::new(columns, 3, lines, Found::default())
    }

    #[test]
    fn every_bad_place_of_a_column_is_named() {
        let error = mixed().numbers("SUNACTIVITY").unwrap_err();
        let shown = error.to_string();
        assert!(
            shown.starts_with(
                "line 2, column 2 (SUNACTIVITY): found “x”, expected a number. Correct"
            ),
            "{shown}"
        );
        let places = error.places().map(BadPlaces::first).unwrap_or_default();
        assert_eq!(
            places.iter().map(|place| place.line).collect::<Vec<_>>(),
            [2, 7],
            "a missing value is no bad one"
        );
        assert_eq!(
            mixed().numbers("empty").unwrap_err().to_string(),
            "line 2, column 5 (empty): found no value in the whole column, expected numbers. \
             Fill in the column, or choose another one."
        );
    }

    #[test]
    fn missing_values_are_named_in_the_order_of_the_file() {
        let table = mixed();
        let places = table
            .missing_places(["gaps", "SUNACTIVITY", "gaps"])
            .unwrap();
        let at: Vec<_> = places
            .first()
            .iter()
            .map(|place| (place.line, place.column, place.found.as_str()))
            .collect();
        assert_eq!(
            at,
            [
                (2, Some(4), "a missing value"),
                (3, Some(2), "“n/a”"),
                (7, Some(4), "a missing value")
            ]
        );
        assert!(table.missing_places(["YEAR"]).unwrap().is_empty());
        assert!(table.missing_places(["year"]).is_err());
        assert_eq!(table.columns()[3].label(0), "");
        assert_eq!(table, mixed(), "missing values are equal to each other");
    }

    #[test]
    fn the_rarer_notation_in_a_column_is_the_bad_one() {
        let error = mixed().numbers("area").unwrap_err();
        let places = error.places().map(BadPlaces::first).unwrap_or_default();
        assert_eq!(places.len(), 1);
        assert_eq!((places[0].line, places[0].found.as_str()), (3, "“2.5”"));
    }

    #[test]
    fn bad_places_of_several_columns_come_in_the_order_of_the_file() {
        let error = mixed()
            .check_numeric(["area", "SUNACTIVITY", "area", "YEAR"])
            .unwrap_err();
        let places = error.places().map(BadPlaces::first).unwrap_or_default();
        let at: Vec<_> = places
            .iter()
            .map(|place| (place.line, place.column))
            .collect();
        assert_eq!(at, [(2, Some(2)), (3, Some(3)), (7, Some(2))]);
    }

    #[test]
    fn an_unknown_column_is_answered_with_the_nearest() {
        let error = mixed().column("sunactivty").unwrap_err();
        assert_eq!(
            error.to_string(),
            "found the column name “sunactivty”, expected one of YEAR, SUNACTIVITY, area, gaps, empty. \
             Did you mean “SUNACTIVITY”?"
        );
    }

    #[test]
    fn labels_are_the_cells_in_their_shortest_form() {
        let table = mixed();
        let labels: Vec<String> = (0..4).map(|row| table.columns()[0].label(row)).collect();
        assert_eq!(labels, ["1700", "1701", "1702.5", ""]);
        let column = |values: &[f64]| Column {
            name: "x".into(),
            cells: Cells::Numbers(values.to_vec()),
            missing: 0,
            spelling: None,
            na_is_a_word: false,
        };
        let labels = column(&[0.0, -1e300, 5e-324, 20_200_101.0]);
        let labels: Vec<String> = (0..4).map(|row| labels.label(row)).collect();
        assert_eq!(labels, ["0", "-1e300", "5e-324", "20200101"]);
        assert_eq!(table.columns()[1].label(1), "n/a");
        assert_eq!(table.numeric_names().collect::<Vec<_>>(), ["YEAR", "gaps"]);
    }
}
