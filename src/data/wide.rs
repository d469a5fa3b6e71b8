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
    /// How they are named.
    named: Named,
}

/// How columns are named by times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    /// Years, as numbers.
    Years,
    /// Dates.
    Dates,
    /// Counted, such as `d_1`, `d_2`.
    Counted,
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

/// The number after a word for a stretch of time, and that word: `d_1`, `week 12`.
fn step(name: &str) -> Option<(&str, f64)> {
    const WORDS: [&str; 18] = [
        "d", "day", "days", "t", "time", "timestep", "step", "wk", "week", "month", "quarter",
        "hour", "minute", "tag", "woche", "monat", "stunde", "jour",
    ];
    let name = name.trim();
    let word = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = name.get(word.len()..)?.parse().ok()?;
    let word = word.trim_end_matches(['_', ' ', '-', '.']);
    let known = WORDS.iter().any(|known| word.eq_ignore_ascii_case(known));
    known.then_some((word, number))
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

/// Whether a column can hold values: it is one of numbers, perhaps with flags beside some, or has no value at all.
fn holds_values(column: &Column, rows: usize) -> bool {
    let Cells::Texts(texts) = &column.cells else {
        return true;
    };
    let mut numbers = 0;
    let all = (0..texts.len()).all(|row| {
        let cell = texts.get(row).unwrap_or_default();
        let number = without_flag(cell);
        numbers += usize::from(number.is_some());
        number.is_some() || column.is_missing(row) || is_gap(cell)
    });
    column.missing == rows || (all && numbers > 0)
}

/// Whether a cell says that there is no value, with a flag or without: `:`, `: c`.
fn is_gap(cell: &str) -> bool {
    cell.trim_start().starts_with(':') && !cell.contains(|c: char| c.is_ascii_digit())
}

/// A number without the one or two letters that stand a blank behind it, as statistical offices write flags.
fn without_flag(cell: &str) -> Option<&str> {
    const LONGEST: usize = 2;
    let is_number = |text: &str| text.parse::<f64>().is_ok_and(f64::is_finite);
    if is_number(cell) {
        return Some(cell);
    }
    let (number, flag) = cell.trim().split_once(' ')?;
    let is_flag = flag.len() <= LONGEST && flag.bytes().all(|byte| byte.is_ascii_lowercase());
    (is_flag && is_number(number)).then_some(number)
}

/// The columns that are counted as times, if the table lies on its side and each row has a name before them.
fn counted_times(table: &Table) -> Option<Wide> {
    const FEWEST: usize = 10;
    let columns = table.columns();
    let (word, _) = step(&columns.last()?.name)?;
    let is_one = |column: &Column| {
        step(&column.name).is_some_and(|(other, _)| other == word) && column.numbers().is_some()
    };
    let start = columns.iter().rposition(|column| !is_one(column))? + 1;
    let numbers = columns[start..]
        .iter()
        .filter_map(|column| step(&column.name));
    let numbers: Vec<f64> = numbers.map(|(_, number)| number).collect();
    let on = numbers.windows(2).all(|pair| pair[1] - pair[0] == 1.0);
    let others: Vec<&Column> = columns[..start].iter().collect();
    let enough = numbers.len() >= FEWEST && numbers.len() >= others.len();
    (on && enough && tell_rows_apart(&others, table.rows())).then(|| Wide {
        first: columns[start].name.clone(),
        last: columns[columns.len() - 1].name.clone(),
        columns: start..columns.len(),
        named: Named::Counted,
    })
}

/// The columns that are times, if the table lies on its side: at least five, most of all columns of numbers, and no other column
/// tells the time. They may be counted as well, `d_1`, `d_2` and so on, if there are more of them.
pub fn find(table: &Table) -> Option<Wide> {
    named_by_times(table).or_else(|| counted_times(table).filter(|wide| !has_dates(table, wide)))
}

/// Whether a column beside these has dates.
fn has_dates(table: &Table, wide: &Wide) -> bool {
    let is_dated = |column: &Column| match &column.cells {
        Cells::Texts(texts) => Dates::of_texts(&texts.iter().take(1000).collect()).is_some(),
        Cells::Numbers(_) => false,
    };
    let (before, after) = (..wide.columns.start, wide.columns.end..);
    let columns = table.columns();
    columns[before].iter().chain(&columns[after]).any(is_dated)
}

fn named_by_times(table: &Table) -> Option<Wide> {
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
    let wide = Wide {
        first: columns[best.start].name.clone(),
        last: columns[best.end - 1].name.clone(),
        columns: best,
        named: if years { Named::Years } else { Named::Dates },
    };
    (!has_dates(table, &wide)).then_some(wide)
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
    let numbers: Vec<f64> = match wide.named {
        Named::Years => names().filter_map(year).collect(),
        Named::Counted => names().filter_map(step).map(|(_, number)| number).collect(),
        Named::Dates => Vec::new(),
    };
    let times = match wide.named {
        Named::Years | Named::Counted => {
            Cells::Numbers((0..all).map(|index| numbers[index % steps]).collect())
        }
        Named::Dates => {
            let texts: Vec<&str> = names().map(bare).collect();
            Cells::Texts((0..all).map(|index| texts[index % steps]).collect())
        }
    };
    let name = match wide.named {
        Named::Years => "year",
        Named::Dates | Named::Counted => "time",
    };
    let name = free(&made, name);
    made.push(Column {
        name,
        cells: times,
        missing: 0,
        spelling: None,
        na_is_a_word: false,
    });
    let mut values = Vec::with_capacity(all);
    let mut flags = 0;
    for row in 0..rows {
        for column in &table.columns()[wide.columns.clone()] {
            values.push(match &column.cells {
                Cells::Numbers(numbers) => numbers[row],
                Cells::Texts(texts) => {
                    let cell = texts.get(row).unwrap_or_default();
                    let number = without_flag(cell);
                    flags += usize::from(number.is_some_and(|number| number != cell));
                    number
                        .and_then(|number| number.parse().ok())
                        .unwrap_or(f64::NAN)
                }
            });
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
    if flags > 0 {
        let cells = counted(flags, "cell");
        found.notes.push(format!(
            "Letters behind the numbers of {cells} are left out."
        ));
    }
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
    fn columns_that_count_days_are_times_where_each_row_has_a_name() {
        let names = |word: &str| {
            (1..=12)
                .map(|step| format!(",{word}{step}"))
                .collect::<String>()
        };
        let cells = |first: usize| {
            (0..12)
                .map(|step| format!(",{}", first + step))
                .collect::<String>()
        };
        let of = |word: &str| {
            table(&format!(
                "id,shop{}\nA_1,A{}\nB_1,B{}\n",
                names(word),
                cells(3),
                cells(5)
            ))
        };
        let wide = turned(&of("d_")).unwrap();
        assert_eq!((wide.rows(), wide.columns()[2].name.as_str()), (24, "time"));
        assert_eq!(wide.columns()[2].numbers().unwrap()[11], 12.0);
        // Features are counted as well.
        assert_eq!(find(&of("sensor_")), None);
        // Classes come again: they name no rows.
        let classes = format!("label{}\nup{}\nup{}\n", names("t"), cells(3), cells(5));
        assert_eq!(find(&table(&classes)), None);
    }

    #[test]
    fn flags_behind_numbers_do_not_keep_a_table_on_its_side() {
        let text = "geo,2019-01,2019-02,2019-03,2019-04,2019-05\nAT,5,6 e,7,8,9\nBE,1,2,3 p,:,5\nCH,1,2,3,4,5\n";
        let wide = turned(&table(text)).unwrap();
        let values = wide.columns()[2].numbers().unwrap();
        assert_eq!(values[..3], [5.0, 6.0, 7.0]);
        assert!(values[8].is_nan());
        let notes = wide.found().notes.join(" ");
        assert!(notes.contains("2 cells"), "{notes}");
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
