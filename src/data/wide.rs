//! Tables that lie on their side: each row is a series, and each column a day, a month, a year or a step. Or each row is a day, and
//! each column one of its hours.
//!
//! Turned round, each cell becomes a row of its own: what tells the series apart, the time that stood above, and the value. A
//! series' rows follow each other in the order of the columns.

mod cross;
mod flags;
mod names;

use super::csv::MAX_CELLS;
use super::table::{Cells, Column, Lines, Table};
use super::text::Texts;
use super::time::Dates;
use crate::words::{counted, grouped, shortened};
use names::{may_be_time, of_one_word, spelled, times, year};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// The fewest columns of times that make a table wide.
const FEWEST: usize = 5;

/// The fewest columns that are taken for steps since their values are alike.
const FEWEST_ALIKE: usize = 20;

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
    /// The quantities whose steps they are, one after the other, by the names that these have in common; empty for one.
    quantities: Vec<String>,
    /// The column that has the class of each row, where that is known.
    class: Option<usize>,
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
    /// Not at all, in a file without names: they are counted from 1.
    Not,
    /// The hours of a day, such as `h01`, or so many of them beside a column of days.
    Hours,
    /// Its half hours, from 1 to 48.
    HalfHours,
    /// Its quarters of an hour, from 1 to 96.
    QuarterHours,
    /// Times of day, such as `00:15`.
    Clocks,
    /// The months of a year that stands in another column.
    Months {
        /// Which one.
        year: usize,
    },
    /// The years of months that stand in another column.
    YearsOfMonths {
        /// Which one.
        month: usize,
    },
}

impl Wide {
    /// What was found, a sentence.
    pub fn sentence(&self) -> String {
        let (are, each) = match self.named {
            Named::Years | Named::Dates => ("times", "a series of its own"),
            Named::Counted if self.class.is_none() && self.quantities.is_empty() => {
                ("times", "a series of its own")
            }
            Named::Counted | Named::Not => ("steps", "a series of its own"),
            Named::Hours | Named::HalfHours | Named::QuarterHours | Named::Clocks => {
                ("times of day", "a day")
            }
            Named::Months { .. } => ("months", "a year"),
            Named::YearsOfMonths { .. } => ("years", "a month"),
        };
        let of = match &self.quantities[..] {
            [] => String::new(),
            names => format!(" of {}", names.join(", ")),
        };
        let class = match self.class {
            Some(index) if self.named == Named::Not => {
                format!(" “column {}” is its class, called “label”.", index + 1)
            }
            _ => String::new(),
        };
        format!(
            "{} are {are}{of}, from {} to {}: each row is {each}.{class}",
            counted(self.columns.len(), "column"),
            shortened(&self.first),
            shortened(&self.last)
        )
    }

    fn new(table: &Table, columns: Range<usize>, named: Named) -> Self {
        let name = |index: usize| {
            let column = table.columns().get(index);
            column.map(|column| column.name.clone()).unwrap_or_default()
        };
        Self {
            first: name(columns.start),
            last: name(columns.end.saturating_sub(1)),
            columns,
            named,
            quantities: Vec::new(),
            class: None,
        }
    }

    /// The columns that are no times.
    fn others<'a>(&self, table: &'a Table) -> Vec<&'a Column> {
        let columns = table.columns().iter().enumerate();
        columns
            .filter(|(index, _)| !self.columns.contains(index))
            .map(|(_, column)| column)
            .collect()
    }

    /// How many steps each row has.
    fn steps(&self) -> usize {
        self.columns.len() / self.quantities.len().max(1)
    }
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

/// The word that a name begins with and the number after it, whatever the word is: `V1`, `ax_0`, `12`.
fn numbered(name: &str) -> Option<(&str, f64)> {
    let name = name.trim();
    let word = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = name.get(word.len()..)?.parse().ok()?;
    Some((word.trim_end_matches(['_', ' ', '-', '.']), number))
}

/// The longest run of columns that hold values and of which each has one more than the one before, of one word.
fn longest_run<'a>(
    columns: &'a [Column],
    of: impl Fn(&'a str) -> Option<(&'a str, f64)>,
) -> Range<usize> {
    let known: Vec<Option<(&str, f64)>> = columns
        .iter()
        .map(|column| of(&column.name).filter(|_| column.numbers().is_some()))
        .collect();
    let mut best = 0..0;
    let mut start = 0;
    while start < known.len() {
        let goes_on = |index: usize| match (known[index - 1], known[index]) {
            (Some((word, before)), Some((other, number))) => {
                word == other && number - before == 1.0
            }
            _ => false,
        };
        let end = (start + 1..known.len())
            .find(|&index| !goes_on(index))
            .unwrap_or(known.len());
        if known[start].is_some() && end - start > best.len() {
            best = start..end;
        }
        start = end;
    }
    best
}

/// The columns that are counted as times, if the table lies on its side and each row has a name beside them.
fn counted_times(table: &Table) -> Option<Wide> {
    const FEWEST: usize = 10;
    let run = longest_run(table.columns(), step);
    let wide = Wide::new(table, run, Named::Counted);
    let others = wide.others(table);
    let enough = wide.columns.len() >= FEWEST && wide.columns.len() >= others.len();
    (enough && tell_rows_apart(&others, table.rows())).then_some(wide)
}

/// The columns that are the hours of days, or finer, if each row is a day: a column beside them has dates, or several make one.
fn times_of_day(table: &Table) -> Option<Wide> {
    const FEWEST: usize = 8;
    let columns = table.columns();
    let is_clock = |column: &Column| {
        super::time::clock(&column.name).is_some() && holds_values(column, table.rows())
    };
    let start = columns.iter().position(is_clock);
    let clocks = start.map_or(0..0, |start| {
        let run = columns[start..]
            .iter()
            .take_while(|column| is_clock(column));
        start..start + run.count()
    });
    let times: Vec<f64> = columns[clocks.clone()]
        .iter()
        .filter_map(|column| super::time::clock(&column.name))
        .collect();
    // The end of a day may be written as the beginning of the next.
    let steps = times
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).rem_euclid(86_400.0));
    let usual = times
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .next()
        .unwrap_or(0.0);
    let even = usual > 0.0 && steps.into_iter().all(|step| (step - usual).abs() < 1e-6);
    let within_a_day = usual * times.len() as f64 <= 86_400.5;
    let wide = if times.len() >= FEWEST && even && within_a_day {
        Wide::new(table, clocks, Named::Clocks)
    } else {
        let of_hours = longest_run(columns, hour);
        let run = longest_run(columns, numbered);
        let (run, named) = match (of_hours.len(), run.len()) {
            (24, _) => (of_hours, Named::Hours),
            (_, 24) => (run, Named::Hours),
            (_, 48) => (run, Named::HalfHours),
            (_, 96) => (run, Named::QuarterHours),
            _ => return None,
        };
        let first = columns
            .get(run.start)
            .and_then(|column| hour(&column.name).or_else(|| numbered(&column.name)));
        let (word, first) = first?;
        let begins = first == 1.0 || (first == 0.0 && named == Named::Hours);
        let is_hour = hour(&columns.get(run.start)?.name).is_some();
        // Whatever is not called an hour must look like one after the other.
        let alike = is_hour || word.is_empty() || go_on(table, run.clone(), false);
        if !begins || !alike {
            return None;
        }
        Wide::new(table, run, named)
    };
    let others = wide.others(table);
    let dated = has_dates(table, &wide) || others.iter().any(|column| is_dated_number(column));
    let few = others.len() <= wide.columns.len();
    (dated && few && are_told_apart(&others, table.rows())).then_some(wide)
}

/// The number after a word for an hour, or before it: `h01`, `HE1`, `Hour 12`, `0h`; in the latter case the word is empty.
fn hour(name: &str) -> Option<(&str, f64)> {
    const WORDS: [&str; 10] = [
        "h", "he", "hr", "hour", "hours", "std", "stunde", "heure", "hora", "uur",
    ];
    let name = name.trim();
    if let Some(number) = name.strip_suffix(['h', 'H']) {
        return number.parse().ok().map(|number| ("", number));
    }
    let (word, number) = numbered(name)?;
    let known = WORDS.iter().any(|known| word.eq_ignore_ascii_case(known));
    known.then_some((word, number))
}

/// Whether numbers are days written without separators.
fn is_dated_number(column: &Column) -> bool {
    let values = column.numbers().unwrap_or_default();
    let dates = Dates::of_spelled_numbers(&column.name, values, column.spelling.as_deref());
    dates.is_some_and(|dates| dates.precision == super::time::Precision::Day)
}

/// The twelve months, if they are columns of a table that has a row for each year.
fn months_of_years(table: &Table) -> Option<Wide> {
    const MONTHS: usize = 12;
    const FEWEST_YEARS: usize = 5;
    let columns = table.columns();
    let month = |index: usize| super::time::month_of(columns[index].name.trim());
    let start = (0..columns.len().saturating_sub(MONTHS - 1)).find(|&start| {
        (0..MONTHS).all(|number| {
            month(start + number) == Some((number + 1) as f64)
                && holds_values(&columns[start + number], table.rows())
        })
    })?;
    let is_year = |column: &Column| {
        let values = column.numbers().unwrap_or_default();
        let is_one = |year: &f64| year.fract() == 0.0 && (1500.0..2200.0).contains(year);
        !values.is_empty() && values.iter().all(is_one)
    };
    let run = start..start + MONTHS;
    let mut outside = (0..columns.len()).filter(|index| !run.contains(index));
    let year = outside.find(|&index| is_year(&columns[index]))?;
    let values = columns[year].numbers().unwrap_or_default();
    let different: BTreeSet<u64> = values.iter().map(|&year| year as u64).collect();
    let wide = Wide::new(table, run, Named::Months { year });
    let others = wide.others(table);
    let texts: Vec<&Column> = others
        .iter()
        .copied()
        .filter(|column| column.numbers().is_none() || std::ptr::eq(*column, &columns[year]))
        .collect();
    let enough = different.len() >= FEWEST_YEARS && others.len() < MONTHS;
    (enough && !has_dates(table, &wide) && are_told_apart(&texts, table.rows())).then_some(wide)
}

/// Columns that are steps as their values are alike and go on from one to the next, while rows do not: each row is an example of
/// a class that another column has.
fn alike_steps(table: &Table) -> Option<Wide> {
    const FEWEST_ROWS: usize = 10;
    const MOST_OTHERS: usize = 5;
    let columns = table.columns();
    if columns.len() <= FEWEST_ALIKE || table.rows() < FEWEST_ROWS {
        return None;
    }
    let is_class = |column: &Column| {
        const MOST: usize = 20;
        let values = column.numbers();
        let whole = values.is_none_or(|values| values.iter().all(|value| value.fract() == 0.0));
        if !whole || column.missing > 0 {
            return false;
        }
        let mut labels: BTreeSet<String> = BTreeSet::new();
        let few = (0..table.rows()).all(|row| {
            labels.insert(column.label(row));
            labels.len() <= MOST
        });
        few && labels.len() > 1 && 2 * labels.len() <= table.rows()
    };
    let nameless =
        |(index, column): (usize, &Column)| column.name == format!("column {}", index + 1);
    if columns.iter().enumerate().all(nameless) {
        let last = columns.len() - 1;
        let (class, run) = [(0, 1..last + 1), (last, 0..last)]
            .into_iter()
            .find(|(class, _)| is_class(&columns[*class]))?;
        let has_fractions = |column: &Column| {
            column
                .numbers()
                .is_some_and(|values| values.iter().any(|value| value.fract() != 0.0))
        };
        let fits = columns[run.clone()].iter().all(has_fractions)
            && are_examples(table, run.clone(), class, true);
        return fits.then(|| Wide {
            class: Some(class),
            ..Wide::new(table, run, Named::Not)
        });
    }
    // Several quantities may stand one after the other.
    let first = longest_run(columns, numbered);
    let length = first.len();
    let begins = |start: usize| {
        let end = start + length;
        let one = columns.get(start..end)?;
        let run = longest_run(one, numbered);
        let number = |index: usize| numbered(&columns[index].name).map(|(_, number)| number);
        (run.len() == length && number(start) == number(first.start)).then_some(end)
    };
    let mut run = first.clone();
    while let Some(end) = begins(run.end).filter(|_| length > 1) {
        run.end = end;
    }
    let known = |index: usize| {
        columns
            .get(index)
            .and_then(|column| step(&column.name))
            .is_some()
    };
    let enough = length >= FEWEST_ALIKE
        || (length >= FEWEST && run.len() > length)
        || (length >= 10 && known(run.start));
    let wide = Wide::new(table, run.clone(), Named::Counted);
    let others = wide.others(table);
    let class = (0..columns.len())
        .filter(|index| !run.contains(index))
        .rfind(|&index| is_class(&columns[index]))?;
    let fits = enough && others.len() <= MOST_OTHERS && !has_dates(table, &wide);
    if !fits || !are_examples(table, run.clone(), class, !known(run.start)) {
        return None;
    }
    let starts = run.clone().step_by(length);
    let words = starts.filter_map(|start| numbered(&columns[start].name));
    let quantities: Vec<String> = words.map(|(word, _)| word.to_owned()).collect();
    let several = quantities.len() > 1;
    Some(Wide {
        quantities: if several { quantities } else { Vec::new() },
        class: Some(class),
        ..wide
    })
}

/// The mean distance between values that `pairs` name by row and column; NaN without any.
fn mean_distance(values: &[&[f64]], pairs: impl Iterator<Item = [(usize, usize); 2]>) -> f64 {
    let (mut sum, mut count) = (0.0, 0);
    for [(row, column), (other_row, other_column)] in pairs {
        let distance = (values[column][row] - values[other_column][other_row]).abs();
        if distance.is_finite() {
            sum += distance;
            count += 1;
        }
    }
    sum / f64::from(count)
}

/// Whether values go on from one column to the next: neighbours are nearer to each other than columns far apart. `centred`: less the
/// mean of each column, as things that are measured on different scales have an order as well.
fn go_on(table: &Table, run: Range<usize>, centred: bool) -> bool {
    const LOOKED_AT: usize = 200;
    const NEARER: f64 = 0.75;
    let columns = &table.columns()[run];
    let values: Vec<&[f64]> = columns.iter().filter_map(Column::numbers).collect();
    let (rows, far) = (table.rows().min(LOOKED_AT), values.len() / 3);
    if values.len() != columns.len() || far < 2 {
        return false;
    }
    let of_column = |values: &&[f64]| -> Vec<f64> {
        let known = || values.iter().take(rows).filter(|value| !value.is_nan());
        let mean = known().sum::<f64>() / known().count() as f64;
        let mean = if centred { mean } else { 0.0 };
        values.iter().take(rows).map(|value| value - mean).collect()
    };
    let centred: Vec<Vec<f64>> = values.iter().map(of_column).collect();
    let values: Vec<&[f64]> = centred.iter().map(Vec::as_slice).collect();
    let apart = |by: usize| {
        let pairs = (0..rows).flat_map(move |row| {
            (by..columns.len()).map(move |column| [(row, column - by), (row, column)])
        });
        mean_distance(&values, pairs)
    };
    apart(1) <= NEARER * apart(far)
}

/// Whether rows are examples of classes whose steps are these columns: values go on from column to column, and no more from row to
/// row than between rows that are far apart; or all rows are scaled alike, to a mean of 0 and a deviation of 1.
fn are_examples(table: &Table, run: Range<usize>, class: usize, centred: bool) -> bool {
    const LOOKED_AT: usize = 400;
    const AS_FAR: f64 = 0.8;
    let columns = &table.columns()[run.clone()];
    let values: Vec<&[f64]> = columns.iter().filter_map(Column::numbers).collect();
    let Some(labels) = table
        .columns()
        .get(class)
        .filter(|_| values.len() == columns.len())
    else {
        return false;
    };
    let rows = table.rows().min(LOOKED_AT);
    let scaled = (0..rows).filter(|&row| {
        let count = values.len() as f64;
        let mean = values.iter().map(|column| column[row]).sum::<f64>() / count;
        let spread = values
            .iter()
            .map(|column| (column[row] - mean).powi(2))
            .sum::<f64>()
            / count;
        mean.abs() < 0.02 && (spread.sqrt() - 1.0).abs() < 0.05
    });
    if 10 * scaled.count() >= 9 * rows {
        return true;
    }
    // Rows of one class, one after the other: what lies between them may be of another.
    let mut of_class: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for row in 0..rows {
        of_class.entry(labels.label(row)).or_default().push(row);
    }
    let apart = |far: bool| {
        let pairs = of_class.values().filter(|of| of.len() > 3).flat_map(|of| {
            let by = if far { of.len() / 2 } else { 1 };
            of.iter().zip(&of[by..]).map(|(&row, &other)| (row, other))
        });
        let pairs: Vec<(usize, usize)> = pairs.collect();
        let all = pairs.iter().flat_map(|&(row, other)| {
            (0..values.len()).map(move |column| [(row, column), (other, column)])
        });
        mean_distance(&values, all)
    };
    go_on(table, run, centred) && apart(false) >= AS_FAR * apart(true)
}

/// The columns that are times, if the table lies on its side: at least five, most of all columns of numbers, and no other column
/// tells the time. They may be counted as well, `d_1`, `d_2` and so on, if there are more of them. Beside a date they may be the
/// hours of the day, beside a year its months, beside its months years. Without names they are steps where the values say so.
pub fn find(table: &Table) -> Option<Wide> {
    let table = &*flags::left_out(table);
    years_of_months(table)
        .or_else(|| named_by_times(table))
        .or_else(|| counted_times(table).filter(|wide| !has_dates(table, wide)))
        .or_else(|| times_of_day(table))
        .or_else(|| months_of_years(table))
        .or_else(|| alike_steps(table))
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

/// The years, if they are columns of a table that has a row for each month.
fn years_of_months(table: &Table) -> Option<Wide> {
    const FEWEST: usize = 2;
    let columns = table.columns();
    let run = longest_of(table, |name| year(name).is_some());
    let names = columns[run.clone()]
        .iter()
        .map(|column| column.name.as_str());
    if run.len() < FEWEST || !times(names)?.1 {
        return None;
    }
    let mut outside = (0..columns.len()).filter(|index| !run.contains(index));
    let month = outside.find(|&index| cross::months(&columns[index]).is_some())?;
    let wide = Wide::new(table, run, Named::YearsOfMonths { month });
    let others: Vec<usize> = (0..columns.len())
        .filter(|index| !wide.columns.contains(index) && *index != month)
        .collect();
    cross::tell_apart(table, month, &others).then_some(wide)
}

/// The longest run of columns that hold values and whose names are such times.
fn longest_of(table: &Table, is_time: impl Fn(&str) -> bool) -> Range<usize> {
    let columns = table.columns();
    let fits =
        |index: usize| is_time(&columns[index].name) && holds_values(&columns[index], table.rows());
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
    best
}

fn named_by_times(table: &Table) -> Option<Wide> {
    let columns = table.columns();
    let mut best = longest_of(table, may_be_time);
    if best.len() < FEWEST {
        best = longest_of(table, |name| of_one_word(name).is_some());
    }
    let others = columns.len() - best.len();
    // What is said of a row in words stands beside its times in any number.
    let outside = columns[..best.start].iter().chain(&columns[best.end..]);
    let measured = outside.filter(|column| column.numbers().is_some()).count();
    let names = columns[best.clone()]
        .iter()
        .map(|column| column.name.as_str());
    if best.len() < FEWEST || best.len() < measured || 2 * best.len() < others {
        return None;
    }
    let (_, years) = times(names)?;
    let named = if years { Named::Years } else { Named::Dates };
    let wide = Wide::new(table, best, named);
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
    let table = &*flags::left_out(table);
    let (rows, steps) = (table.rows(), wide.steps());
    let others = wide.others(table);
    let values = wide.quantities.len().max(1);
    let cells = rows
        .saturating_mul(steps)
        .saturating_mul(others.len() + 2 + values);
    if cells > MAX_CELLS {
        return Err(NotWide::TooLarge { cells });
    }
    if let Named::YearsOfMonths { month } = wide.named {
        return Ok(cross::turned(table, &wide, month));
    }
    let all = rows * steps;
    let source = || (0..rows).flat_map(|row| std::iter::repeat_n(row, steps));
    let mut made: Vec<Column> = others
        .iter()
        .map(|column| Column {
            name: match wide.named {
                Named::Not => "label".to_owned(),
                _ => column.name.clone(),
            },
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
    let of_days = matches!(
        wide.named,
        Named::Hours
            | Named::HalfHours
            | Named::QuarterHours
            | Named::Clocks
            | Named::Months { .. }
    );
    if !of_days && !tell_rows_apart(&others, rows) {
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
            .take(steps)
            .map(|column| column.name.as_str())
    };
    let number_of = |name: &str| {
        hour(name)
            .or_else(|| numbered(name))
            .map(|(_, number)| number)
    };
    let numbers: Vec<f64> = match wide.named {
        Named::Years => names()
            .filter_map(|name| year(name).or(of_one_word(name)))
            .collect(),
        Named::Counted | Named::Hours | Named::HalfHours | Named::QuarterHours => {
            names().filter_map(number_of).collect()
        }
        Named::Not => (1..=steps).map(|step| step as f64).collect(),
        Named::Dates | Named::Clocks | Named::Months { .. } | Named::YearsOfMonths { .. } => {
            Vec::new()
        }
    };
    let times = match wide.named {
        Named::Dates | Named::Clocks => {
            let texts: Vec<_> = names().map(spelled).collect();
            Cells::Texts((0..all).map(|index| &*texts[index % steps]).collect())
        }
        Named::Months { year } => {
            let years = table.columns()[year].numbers().unwrap_or_default();
            let months =
                (0..all).map(|index| format!("{}-{:02}", years[index / steps], index % steps + 1));
            let mut texts = Texts::default();
            months.for_each(|month| texts.push(&month));
            Cells::Texts(texts)
        }
        _ => Cells::Numbers((0..all).map(|index| numbers[index % steps]).collect()),
    };
    let name = match wide.named {
        Named::Years => "year",
        Named::Hours => "hour",
        Named::HalfHours => "halfhour",
        Named::QuarterHours => "quarterhour",
        Named::Dates
        | Named::Counted
        | Named::Not
        | Named::Clocks
        | Named::Months { .. }
        | Named::YearsOfMonths { .. } => "time",
    };
    let name = free(&made, name);
    made.push(Column {
        name,
        cells: times,
        missing: 0,
        spelling: None,
        na_is_a_word: false,
    });
    let mut flags = 0;
    for quantity in 0..values {
        let mut values = Vec::with_capacity(all);
        let start = wide.columns.start + quantity * steps;
        for row in 0..rows {
            for column in &table.columns()[start..start + steps] {
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
        let name = wide
            .quantities
            .get(quantity)
            .map_or("value", String::as_str);
        made.push(Column {
            name: free(&made, name),
            cells: Cells::Numbers(values),
            missing,
            spelling: None,
            na_is_a_word: false,
        });
    }
    // A class is the last column, as where each row has its own.
    if let Some(class) = wide.class
        && let Some(at) = made.iter().position(|column| match wide.named {
            Named::Not => column.name == "label",
            _ => column.name == table.columns()[class].name,
        })
    {
        let column = made.remove(at);
        made.push(column);
    }
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

/// Whether no two rows have the same in all of these columns.
fn are_told_apart(columns: &[&Column], rows: usize) -> bool {
    let mut known = BTreeSet::new();
    !columns.is_empty()
        && (0..rows).all(|row| {
            let cells: Vec<String> = columns.iter().map(|column| column.label(row)).collect();
            known.insert(cells)
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
        // What stands behind them may name rows as well.
        let behind =
            "t0,t1,t2,t3,t4,t5,t6,t7,t8,t9,name\n1,2,3,4,5,6,7,8,9,9,a\n1,2,3,4,5,6,7,8,9,9,b\n";
        assert_eq!(find(&table(behind)).unwrap().columns, 0..10);
        // Classes come again: they name no rows.
        let classes = format!("label{}\nup{}\nup{}\n", names("t"), cells(3), cells(5));
        assert_eq!(find(&table(&classes)), None);
    }

    /// Names before and behind which cells stand, row by row.
    fn rows(
        before: &dyn Fn(usize) -> String,
        count: usize,
        steps: usize,
        cell: &dyn Fn(usize, usize) -> f64,
    ) -> String {
        let row = |row: usize| {
            let cells: Vec<String> = (0..steps)
                .map(|step| format!("{:.3}", cell(row, step)))
                .collect();
            format!("{}{}\n", before(row), cells.join(","))
        };
        (0..count).map(row).collect()
    }

    /// Waves of two kinds that come up in no order, far apart from row to row.
    fn wave(row: usize, step: usize) -> f64 {
        let kind = if row * 7 % 5 < 2 { 0.3 } else { 0.15 };
        libm::sin(kind * step as f64 + 0.7 * (row * row) as f64)
    }

    #[test]
    fn the_hours_of_days_become_rows_of_their_day() {
        let date = |row: usize| format!("2021-03-{:02},", row + 1);
        let load = |row: usize, hour: usize| (row + hour) as f64;
        let named = |name: &dyn Fn(usize) -> String| -> String {
            let names: Vec<String> = (0..24).map(name).collect();
            format!("day,{}\n{}", names.join(","), rows(&date, 12, 24, &load))
        };
        let all: [(&dyn Fn(usize) -> String, &str); 5] = [
            (&|hour: usize| format!("{hour:02}:00"), "time"),
            (
                &|hour: usize| format!("{hour:02}:00-{:02}:00", hour + 1),
                "time",
            ),
            (&|hour: usize| format!("h{:02}", hour + 1), "hour"),
            (&|hour: usize| format!("{hour}h"), "hour"),
            (&|hour: usize| format!("HE{}", hour + 1), "hour"),
        ];
        for (name, time) in all {
            let long = turned(&table(&named(name))).unwrap();
            assert_eq!(long.names().collect::<Vec<_>>(), ["day", time, "value"]);
            assert_eq!(long.rows(), 288);
            let said = find(&table(&named(name))).unwrap().sentence();
            assert!(said.contains("24 columns are times of day"), "{said}");
            assert!(said.ends_with("each row is a day."), "{said}");
        }
        // Without days they are nothing of the kind, and sensors go on from none to the next.
        let text = named(&|hour: usize| format!("h{hour:02}")).replace("2021-03-", "no. ");
        assert_eq!(find(&table(&text)), None);
        let sensors = |row: usize, sensor: usize| (row * 7 % 5 + sensor * 5 % 13) as f64;
        let names: Vec<String> = (1..=24).map(|sensor| format!("V{sensor}")).collect();
        let text = format!("day,{}\n{}", names.join(","), rows(&date, 12, 24, &sensors));
        assert_eq!(find(&table(&text)), None);
    }

    #[test]
    fn the_months_of_years_become_one_series() {
        let year = |row: usize| format!("{},", 1990 + row);
        let rain = |row: usize, month: usize| (row * 12 + month) as f64;
        let names = "Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec";
        let text = format!("Year,{names}\n{}", rows(&year, 8, 12, &rain));
        let long = turned(&table(&text)).unwrap();
        assert_eq!(long.names().collect::<Vec<_>>(), ["Year", "time", "value"]);
        assert_eq!(long.column("time").unwrap().label(13), "1991-02");
        assert_eq!(long.numbers("value").unwrap()[13], 13.0);
    }

    #[test]
    fn examples_of_classes_in_a_file_without_names_are_series() {
        let class = |row: usize| format!("{},", if row * 7 % 5 < 2 { 1 } else { 2 });
        let text = rows(&class, 40, 30, &wave);
        let long = turned(&table(&text)).unwrap();
        assert_eq!(
            long.names().collect::<Vec<_>>(),
            ["series", "time", "value", "label"]
        );
        assert_eq!(long.numbers("time").unwrap()[28..31], [29.0, 30.0, 1.0]);
        let said = find(&table(&text)).unwrap().sentence();
        assert!(said.contains("“column 1” is its class"), "{said}");
        // Rows that follow each other in time, and columns that do not go on.
        let drift = |row: usize, step: usize| 0.1 * row as f64 + wave(1, step);
        let class = |row: usize| format!("{},", row / 20 + 1);
        assert_eq!(find(&table(&rows(&class, 40, 30, &drift))), None);
        let apart =
            |row: usize, step: usize| (row * 37 % 19) as f64 + (step * 53 % 17) as f64 * 3.1;
        assert_eq!(find(&table(&rows(&class, 40, 30, &apart))), None);
    }

    #[test]
    fn steps_of_several_quantities_stand_one_after_the_other() {
        let names: Vec<String> = ["ax", "ay"]
            .iter()
            .flat_map(|word| (0..20).map(move |step| format!("{word}{step}")))
            .collect();
        let number = |row: usize| format!("{},{},", row + 1, ["up", "down", "round"][row * 7 % 3]);
        let text = format!(
            "sample,gesture,{}\n{}",
            names.join(","),
            rows(&number, 40, 40, &wave)
        );
        let long = turned(&table(&text)).unwrap();
        let expected = ["series", "sample", "time", "ax", "ay", "gesture"];
        assert_eq!(long.names().collect::<Vec<_>>(), expected);
        assert_eq!(long.rows(), 800);
        assert_eq!(
            long.numbers("ay").unwrap()[0],
            (1000.0 * wave(0, 20)).round() / 1000.0
        );
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

    #[test]
    fn the_years_of_months_become_one_series() {
        let months = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre";
        let row = |(at, month): (usize, &str)| format!("{month};{};{};99\n", at + 13, at + 1);
        let body: String = months.split(' ').enumerate().map(row).collect();
        let text = format!("mes;2021;2020;2022\n{body}").replace("99", "5");
        assert_eq!(find(&table(&text)), None, "years do not go on");
        let text = format!("mes;2021;2020;2019\n{body}Media;5;6;7\n");
        let long = turned(&table(&text)).unwrap();
        assert_eq!(long.names().collect::<Vec<_>>(), ["time", "value"]);
        let values = long.numbers("value").unwrap();
        assert_eq!((values.len(), values[12], values[24]), (36, 1.0, 13.0));
        assert_eq!(long.column("time").unwrap().label(13), "2020-02");
        // What has not come about yet is left out.
        let text = text.replace("diciembre;24;12;99", "diciembre;;12;99");
        assert_eq!(turned(&table(&text)).unwrap().rows(), 35);
        // Months that come again need a name for each time.
        let again = format!("mes;2021;2020;2019\n{body}{body}");
        assert_eq!(find(&table(&again)), None);
    }

    #[test]
    fn names_that_programs_give_to_times_are_times() {
        for names in [
            "FY2018,FY2019,FY2020,FY2021,FY2022",
            "2018/19,2019/20,2020/21,2021/22,2022/23",
            "2018 Sales,2019 Sales,2020 Sales,2021 Sales,2022 Sales",
            "gdp_2018,gdp_2019,gdp_2020,gdp_2021,gdp_2022",
            "Y2018,Y2018F,Y2019,Y2019F,Y2020,Y2020F,Y2021,Y2021F,Y2022,Y2022F",
        ] {
            let cells = match names.contains("Y2018F") {
                true => "1,A,2,E,3,A,4,A,5,B",
                false => "1,2,3,4,5",
            };
            let text = format!("area,code,{names}\nA,a,{cells}\nB,b,{cells}\n");
            let long = turned(&table(&text)).unwrap();
            let years = long.numbers("year").unwrap();
            assert_eq!((long.rows(), years[4] - years[0]), (10, 4.0), "{names}");
        }
        let text = "area,202211,202212,202301,202302,202303\nA,1,2,3,4,5\nB,1,2,3,4,5\n";
        let long = turned(&table(text)).unwrap();
        assert_eq!(long.column("time").unwrap().label(2), "2023-01");
        // Numbers behind different words are none.
        let text = "area,axe2018,bay2019,cow2020,dot2021,eve2022\nA,1,2,3,4,5\nB,1,2,3,4,5\n";
        assert_eq!(find(&table(text)), None);
    }
}
