//! Tables that lie on their side: each row is a series, and each column a day, a month or a year.
//!
//! Turned round, each cell becomes a row of its own: what tells the series apart, the time that stood above, and the value. A
//! series' rows follow each other in the order of the columns.

use super::csv::MAX_CELLS;
use super::table::{Cells, Column, Lines, Table};
use super::text::Texts;
use super::time::Dates;
use crate::words::{counted, grouped, shortened};
use std::collections::BTreeSet;
use std::ops::Range;

/// The fewest columns of times that make a table wide.
const FEWEST: usize = 5;

/// Columns named by times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wide {
    /// Which ones, all next to each other.
    pub columns: Range<usize>,
    /// The first of the times.
    pub first: String,
    /// The last of them.
    pub last: String,
    /// Whether they are years, as numbers.
    years: bool,
}

impl Wide {
    /// What was found, a sentence.
    pub fn sentence(&self) -> String {
        format!(
            "{} are times, from {} to {}: each row is a series of its own.",
            counted(self.columns.len(), "column"),
            shortened(&self.first),
            shortened(&self.last)
        )
    }
}

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

/// The year that a name is.
fn year(name: &str) -> Option<f64> {
    let name = bare(name);
    let digits = name.len() == 4 && name.bytes().all(|byte| byte.is_ascii_digit());
    let year: f64 = name.parse().ok().filter(|_| digits)?;
    (1500.0..2200.0).contains(&year).then_some(year)
}

/// The times that these names are, and whether they are years; `None` if they are none, or do not go on.
fn times<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Option<(Vec<f64>, bool)> {
    let years: Option<Vec<f64>> = names.clone().map(year).collect();
    let (times, are_years) = match years {
        Some(years) => (years, true),
        None => {
            let texts: Texts = names.map(bare).collect();
            let dates = Dates::of_texts(&texts).filter(|dates| dates.bad.is_empty())?;
            (dates.seconds, false)
        }
    };
    let on = times.windows(2).all(|pair| pair[0] < pair[1]);
    let back = times.windows(2).all(|pair| pair[0] > pair[1]);
    (on || back).then_some((times, are_years))
}

/// Whether a name alone may be a time.
fn may_be_time(name: &str) -> bool {
    year(name).is_some() || super::time::is_date(bare(name))
}

/// Whether a column can hold values: it is one of numbers, or has no value at all.
fn holds_values(column: &Column, rows: usize) -> bool {
    column.numbers().is_some() || column.missing == rows
}

/// The columns that are times, if the table lies on its side: at least five, most of all columns of numbers, and no other column
/// tells the time.
pub fn find(table: &Table) -> Option<Wide> {
    let columns = table.columns();
    let fits = |index: usize| {
        may_be_time(&columns[index].name) && holds_values(&columns[index], table.rows())
    };
    let mut best = 0..0;
    let mut start = 0;
    while start < columns.len() {
        let end = (start..columns.len())
            .find(|&index| !fits(index))
            .unwrap_or(columns.len());
        if end - start > best.len() {
            best = start..end;
        }
        start = end.max(start) + 1;
    }
    let others = columns.len() - best.len();
    let names = columns[best.clone()]
        .iter()
        .map(|column| column.name.as_str());
    if best.len() < FEWEST || best.len() < others {
        return None;
    }
    let (_, years) = times(names)?;
    let is_dated = |column: &Column| match &column.cells {
        Cells::Texts(texts) => Dates::of_texts(&texts.iter().take(1000).collect()).is_some(),
        Cells::Numbers(_) => false,
    };
    let outside = columns[..best.start].iter().chain(&columns[best.end..]);
    if outside.clone().any(is_dated) {
        return None;
    }
    Some(Wide {
        first: columns[best.start].name.clone(),
        last: columns[best.end - 1].name.clone(),
        columns: best,
        years,
    })
}

/// Why a table cannot be turned round.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotWide {
    /// No columns are times.
    #[error(
        "found no columns named by times, expected at least {FEWEST} next to each other, such as 2019, 2020, 2021. \
         Let rows_are_series be false."
    )]
    NoTimes,
    /// It would have too many cells.
    #[error(
        "found a table that has {} cells when it is turned round, expected at most {}. Read the first rows only.",
        grouped(*cells),
        grouped(MAX_CELLS)
    )]
    TooLarge {
        /// How many.
        cells: usize,
    },
}

/// The table turned round: a row for each cell that stood below a time.
///
/// # Errors
/// [`NotWide`].
pub fn turned(table: &Table) -> Result<Table, NotWide> {
    let wide = find(table).ok_or(NotWide::NoTimes)?;
    let (rows, steps) = (table.rows(), wide.columns.len());
    let others: Vec<&Column> = table
        .columns()
        .iter()
        .enumerate()
        .filter(|(index, _)| !wide.columns.contains(index))
        .map(|(_, column)| column)
        .collect();
    let cells = rows.saturating_mul(steps).saturating_mul(others.len() + 3);
    if cells > MAX_CELLS {
        return Err(NotWide::TooLarge { cells });
    }
    let all = rows * steps;
    let source = || (0..rows).flat_map(|row| std::iter::repeat_n(row, steps));
    let mut made: Vec<Column> = others
        .iter()
        .map(|column| Column {
            name: column.name.clone(),
            missing: column.missing * steps,
            na_is_a_word: column.na_is_a_word,
            spelling: column
                .spelling
                .as_ref()
                .and_then(|spelling| spelling.of_rows(source())),
            cells: match &column.cells {
                Cells::Numbers(values) => Cells::Numbers(source().map(|row| values[row]).collect()),
                Cells::Texts(texts) => Cells::Texts(
                    source()
                        .map(|row| texts.get(row).unwrap_or_default())
                        .collect(),
                ),
            },
        })
        .collect();
    let free = |made: &[Column], name: &str| {
        let taken = |name: &str| {
            made.iter()
                .any(|column| column.name.eq_ignore_ascii_case(name))
        };
        let others = (2..).map(|number| format!("{name} {number}"));
        std::iter::once(name.to_owned())
            .chain(others)
            .find(|name| !taken(name))
            .unwrap_or_default()
    };
    if !tell_rows_apart(&others, rows) {
        let name = free(&made, "series");
        let numbers = source().map(|row| (row + 1) as f64).collect();
        made.insert(
            0,
            Column {
                name,
                cells: Cells::Numbers(numbers),
                missing: 0,
                spelling: None,
                na_is_a_word: false,
            },
        );
    }
    let names = || {
        table.columns()[wide.columns.clone()]
            .iter()
            .map(|column| column.name.as_str())
    };
    let times = match wide.years {
        true => {
            let years: Vec<f64> = names().filter_map(year).collect();
            Cells::Numbers((0..all).map(|index| years[index % steps]).collect())
        }
        false => {
            let texts: Vec<&str> = names().map(bare).collect();
            Cells::Texts((0..all).map(|index| texts[index % steps]).collect())
        }
    };
    let name = free(&made, if wide.years { "year" } else { "time" });
    made.push(Column {
        name,
        cells: times,
        missing: 0,
        spelling: None,
        na_is_a_word: false,
    });
    let mut values = Vec::with_capacity(all);
    for row in 0..rows {
        for column in &table.columns()[wide.columns.clone()] {
            values.push(column.numbers().map_or(f64::NAN, |numbers| numbers[row]));
        }
    }
    let missing = values.iter().filter(|value| value.is_nan()).count();
    let name = free(&made, "value");
    made.push(Column {
        name,
        cells: Cells::Numbers(values),
        missing,
        spelling: None,
        na_is_a_word: false,
    });
    let mut lines = Lines::default();
    for (index, row) in source().enumerate() {
        lines.push(index, table.line(row));
    }
    let mut found = table.found().clone();
    found
        .notes
        .push(format!("The table is turned round: {}", wide.sentence()));
    Ok(Table::new(made, all, lines, found))
}

/// Whether no two rows say the same of themselves.
fn tell_rows_apart(columns: &[&Column], rows: usize) -> bool {
    let mut known = BTreeSet::new();
    let texts: Vec<&&Column> = columns
        .iter()
        .filter(|column| column.numbers().is_none())
        .collect();
    !texts.is_empty()
        && (0..rows).all(|row| {
            let cells: Vec<String> = texts.iter().map(|column| column.label(row)).collect();
            cells.iter().any(|cell| !cell.is_empty()) && known.insert(cells)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::csv::{CsvOptions, read};
    use std::ops::ControlFlow;

    fn table(text: &str) -> Table {
        read(text.as_bytes(), &CsvOptions::default(), &|_| {
            ControlFlow::Continue(())
        })
        .unwrap()
    }

    #[test]
    fn days_as_columns_become_rows_series_by_series() {
        let wide = table(
            "Country,Lat,3/1/21,3/2/21,3/3/21,3/4/21,3/5/21\nA,1.5,1,2,3,4,5\nB,2.5,6,,8,9,10\n",
        );
        let found = find(&wide).unwrap();
        assert_eq!(
            found.sentence(),
            "5 columns are times, from 3/1/21 to 3/5/21: each row is a series of its own."
        );
        let long = turned(&wide).unwrap();
        assert_eq!(
            long.names().collect::<Vec<_>>(),
            ["Country", "Lat", "time", "value"]
        );
        let values = long.numbers("value").unwrap();
        assert_eq!(values[..6], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert!(values[6].is_nan() && long.column("value").unwrap().missing == 1);
        assert_eq!(
            (
                long.column("time").unwrap().label(7),
                long.column("Country").unwrap().label(7)
            ),
            ("3/3/21".to_owned(), "B".to_owned())
        );
        assert_eq!((long.line(4), long.line(5)), (2, 3));
    }

    #[test]
    fn years_as_columns_are_numbers_whatever_programs_put_around_them() {
        for names in [
            "1990,1991,1992,1993,1994",
            "X1990,X1991,X1992,X1993,X1994",
            "1990 [YR1990],1991 [YR1991],1992 [YR1992],1993 [YR1993],1994 [YR1994]",
        ] {
            let long = turned(&table(&format!(
                "Country Name,Code,{names}\nA,a,1,2,3,4,5\nB,b,6,..,8,9,10\n"
            )))
            .unwrap();
            assert_eq!(
                long.numbers("year").unwrap()[..5],
                [1990.0, 1991.0, 1992.0, 1993.0, 1994.0],
                "{names}"
            );
        }
    }

    #[test]
    fn rows_that_nothing_tells_apart_are_numbered() {
        let long = turned(&table(
            "kind,2001,2002,2003,2004,2005\na,1,2,3,4,5\na,6,7,8,9,10\n",
        ))
        .unwrap();
        assert_eq!(long.numbers("series").unwrap()[4..6], [1.0, 2.0]);
    }

    #[test]
    fn a_table_with_a_time_of_its_own_is_not_wide() {
        assert_eq!(
            find(&table(
                "date,1990,1991,1992,1993,1994\n2021-03-01,1,2,3,4,5\n2021-03-02,1,2,3,4,5\n"
            )),
            None
        );
        assert_eq!(find(&table("a,b,c,d,e,f\n1,2,3,4,5,6\n")), None);
        assert_eq!(turned(&table("a,b\n1,2\n")), Err(NotWide::NoTimes));
        assert_eq!(
            find(&table("who,2001,2003,2002,2004,2005\na,1,2,3,4,5\n")),
            None,
            "times do not go on"
        );
    }
}
