//! Rows that are the sums of others: the total of a year between its months, of a region below its towns.
//!
//! A word alone tells nothing, as a series may be called “Total”. It has to stand where the other rows have a date, or in the
//! first column, and the numbers have to be the sums of rows above or below, or their means where the word says so.

use super::Store;
use super::footer::{self, Summary};
use super::layout::Layout;
use super::rows::Rows;
use crate::data::number::{self, NumberFormat};
use crate::data::text::Texts;
use crate::data::time::{is_date, month_of};

/// The line of the last row if it is the sum of all others: no other has an empty first cell, and its numbers are the sums of
/// the columns.
pub(super) fn last(stores: &[Store], filled: &Rows, format: NumberFormat) -> Option<u64> {
    /// How many rows there must be at least, beside it: two numbers and their sum may be chance.
    const ROWS: usize = 3;
    /// By how much of itself a sum may be off, as the cells are rounded.
    const OFF: f64 = 1e-4;
    let last = filled.rows.checked_sub(1).filter(|&last| last >= ROWS)?;
    let is_last_alone = match stores.first()? {
        Store::Numbers(numbers) => {
            numbers.missing == 1 && numbers.values.last().is_some_and(|value| value.is_nan())
        }
        Store::Texts { texts, missing } => *missing == 1 && texts.get(last) == Some(""),
        Store::Disproved | Store::Skipped => false,
    };
    if !is_last_alone {
        return None;
    }
    let (mut sums, mut others) = (0, 0);
    for store in &stores[1..] {
        let parsed: Vec<f64>;
        let values = match store {
            Store::Numbers(numbers) => numbers.values.as_slice(),
            Store::Texts { texts, .. } => {
                let number = |cell: &str| number::parse(cell.as_bytes(), format);
                parsed = texts
                    .iter()
                    .map(|cell| number(cell).unwrap_or(f64::NAN))
                    .collect();
                parsed.as_slice()
            }
            Store::Disproved | Store::Skipped => continue,
        };
        let Some((total, rows)) = values.split_last().filter(|(total, _)| !total.is_nan()) else {
            continue;
        };
        let known = || rows.iter().filter(|value| !value.is_nan());
        let sum: f64 = known().sum();
        let moves = known().filter(|value| **value != 0.0).count() >= ROWS;
        match moves && (sum - total).abs() <= OFF * total.abs() {
            true => sums += 1,
            false => others += 1,
        }
    }
    // Means and shares may stand beside sums.
    (sums > 0 && 2 * sums >= others).then(|| filled.lines.of_row(last))
}

/// The most rows in which sums are looked for: nobody puts them between more.
const MOST_ROWS: usize = 1 << 17;

/// How many columns of texts are looked at, from the first on.
const COLUMNS: usize = 6;

/// What a column of texts has in most cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    /// Dates or their parts, or numbers: a word stands in the place of one.
    Place,
    /// Words.
    Name,
}

/// A column of texts in which it stands that rows are sums.
struct Keys<'a> {
    texts: &'a Texts,
    kind: Key,
}

/// The lines of the rows that are sums of others.
pub(super) fn between(stores: &[Store], filled: &Rows, layout: &Layout) -> Vec<u64> {
    const FEWEST: usize = 4;
    let rows = filled.rows;
    if !(FEWEST..=MOST_ROWS).contains(&rows) || has_dates_for_names(&layout.names) {
        return Vec::new();
    }
    let texts = stores.iter().filter_map(|store| match store {
        Store::Texts { texts, .. } => Some(texts),
        _ => None,
    });
    let keys: Vec<Keys> = texts
        .take(COLUMNS)
        .enumerate()
        .map(|(at, texts)| (at, Keys::of(texts, layout.format)))
        // Further to the right a name is one of many things.
        .filter(|(at, keys)| keys.kind == Key::Place || *at < 2)
        .map(|(_, keys)| keys)
        .collect();
    let told = candidates(&keys, rows);
    let untold = told.is_empty();
    let candidates = match untold {
        true => without_key(&keys, rows),
        false => told,
    };
    if candidates.is_empty() {
        return Vec::new();
    }
    let known = Columns::of(stores, &keys, layout.format, &candidates);
    let judged = candidates.iter().map(|candidate| {
        let judged = known.judge(candidate, &candidates);
        (candidate, judged)
    });
    let judged: Vec<(&Candidate, Judged)> = judged.collect();
    let sure = |(_, judged): &&(&Candidate, Judged)| *judged == Judged::Sum;
    let sums = judged.iter().filter(sure).count();
    // Nothing but the numbers tells of a row without a key.
    if sums == 0 || (untold && sums < judged.len()) {
        return Vec::new();
    }
    // At the end others may stand below a sum, such as how far values are apart.
    let at_end = judged.iter().rev().zip((0..rows).rev());
    let at_end = at_end
        .take_while(|((candidate, judged), row)| candidate.row == *row && *judged != Judged::Row);
    let at_end: Vec<usize> = at_end.map(|(_, row)| row).collect();
    let ends_so = judged
        .iter()
        .any(|judged| sure(&judged) && at_end.contains(&judged.0.row));
    // Where most are sums, one that is that of a single row, or of other rows than are known, is one too.
    let most = 3 * sums >= 2 * judged.len();
    let taken = judged.iter().filter(|(candidate, judged)| match judged {
        Judged::Sum | Judged::Weak => true,
        Judged::None => {
            (most && candidate.in_place) || (ends_so && at_end.contains(&candidate.row))
        }
        Judged::Row => false,
    });
    let lines: Vec<u64> = taken
        .map(|(candidate, _)| filled.lines.of_row(candidate.row))
        .collect();
    // Something is left.
    match 2 * lines.len() <= rows {
        true => lines,
        false => Vec::new(),
    }
}

/// Whether the columns are dates: then rows are series, of which the total is one.
fn has_dates_for_names(names: &[String]) -> bool {
    let is_time = |name: &&String| {
        let year = name.len() == 4 && name.bytes().all(|byte| byte.is_ascii_digit());
        year || is_date(name)
    };
    2 * names.iter().filter(is_time).count() > names.len()
}

impl<'a> Keys<'a> {
    fn of(texts: &'a Texts, format: NumberFormat) -> Self {
        const LOOKED_AT: usize = 300;
        let values = texts
            .iter()
            .filter(|cell| !number::is_missing(cell.as_bytes()));
        let (mut all, mut places) = (0, 0);
        for cell in values.filter(|cell| !says_sum(cell)).take(LOOKED_AT) {
            all += 1;
            let is_place = is_date(cell)
                || month_of(cell).is_some()
                || is_quarter(cell)
                || number::parse(cell.as_bytes(), format).is_some();
            places += usize::from(is_place);
        }
        let kind = match all > 0 && 5 * places >= 4 * all {
            true => Key::Place,
            false => Key::Name,
        };
        Self { texts, kind }
    }
}

/// “Q1”, “1. Quartal”, “T3”.
fn is_quarter(cell: &str) -> bool {
    let digits = || cell.chars().filter(char::is_ascii_digit);
    let one = digits().count() == 1 && matches!(digits().next(), Some('1'..='4'));
    let begin = cell.chars().next().map(|sign| sign.to_ascii_lowercase());
    one && cell.chars().count() < 12 && matches!(begin, Some('q' | 't' | '1'..='4'))
}

/// Whether a cell says that the row sums up others.
fn says_sum(cell: &str) -> bool {
    const LONGEST: usize = 60;
    !cell.is_empty() && cell.len() <= LONGEST && footer::summary(cell).is_some() && !is_date(cell)
}

/// A row that could be a sum.
struct Candidate {
    row: usize,
    /// Whether the word stands where a date or a number belongs.
    in_place: bool,
    /// What the word says that it is.
    what: Summary,
}

/// The rows in which it stands that they are sums.
fn candidates(keys: &[Keys], rows: usize) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    for row in 0..rows {
        let told = keys.iter().filter_map(|keys| {
            Some((
                keys.kind,
                keys.texts.get(row).filter(|cell| says_sum(cell))?,
            ))
        });
        // A place for a date tells more.
        let Some((kind, cell)) = told.min_by_key(|(kind, _)| *kind == Key::Name) else {
            continue;
        };
        let in_place = kind == Key::Place;
        let has_place = |keys: &Keys| {
            let cell = keys.texts.get(row).unwrap_or_default();
            keys.kind == Key::Place && !number::is_missing(cell.as_bytes())
        };
        // With a date of its own it is one of several series.
        if in_place || !keys.iter().any(has_place) {
            let what = footer::summary(cell).unwrap_or(Summary::Sum);
            found.push(Candidate {
                row,
                in_place,
                what,
            });
        }
    }
    found
}

/// The rows without a date where others have one, if these are few.
fn without_key(keys: &[Keys], rows: usize) -> Vec<Candidate> {
    const FEWEST: usize = 2;
    let Some(keys) = keys.iter().find(|keys| keys.kind == Key::Place) else {
        return Vec::new();
    };
    let is_empty = |row: &usize| keys.texts.get(*row).is_some_and(str::is_empty);
    let found: Vec<Candidate> = (0..rows)
        .filter(is_empty)
        .map(|row| Candidate {
            row,
            in_place: true,
            what: Summary::Sum,
        })
        .collect();
    match found.len() >= FEWEST && 3 * found.len() <= rows {
        true => found,
        false => Vec::new(),
    }
}

/// What a row that could be a sum is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judged {
    /// The sum of several rows.
    Sum,
    /// Like the one row beside it, or without numbers: a sum if others are.
    Weak,
    /// A row like others, with a key that they have too.
    Row,
    /// Nothing that was found.
    None,
}

/// Columns of numbers, summed up from the first row on without those that could be sums.
struct Columns {
    all: Vec<Summed>,
    rows: usize,
}

struct Summed {
    values: Vec<f64>,
    /// The sum and the count of what is known above each row.
    above: Vec<(f64, usize)>,
    /// By how much a sum of one may be off, as the cells are rounded.
    unit: f64,
}

impl Columns {
    fn of(stores: &[Store], keys: &[Keys], format: NumberFormat, candidates: &[Candidate]) -> Self {
        let number = |cell: &str| {
            let cell = cell.strip_suffix('%').unwrap_or(cell).trim_end();
            number::parse(cell.as_bytes(), format).unwrap_or(f64::NAN)
        };
        let is_key = |texts: &Texts| keys.iter().any(|keys| std::ptr::eq(keys.texts, texts));
        let all = stores.iter().filter_map(|store| match store {
            Store::Numbers(numbers) => Some(numbers.values.clone()),
            Store::Texts { texts, .. } if !is_key(texts) => {
                let values: Vec<f64> = texts.iter().map(number).collect();
                let known = values.iter().filter(|value| !value.is_nan()).count();
                (2 * known > values.len()).then_some(values)
            }
            _ => None,
        });
        let all: Vec<Summed> = all.map(|values| Summed::of(values, candidates)).collect();
        let rows = all.first().map_or(0, |column| column.values.len());
        Self { all, rows }
    }

    /// What a row is that could be a sum of rows above or below it, as far as to another such row.
    fn judge(&self, candidate: &Candidate, candidates: &[Candidate]) -> Judged {
        /// How many other such rows are looked beyond.
        const BEYOND: usize = 40;
        let row = candidate.row;
        let before = candidates.iter().rev().map(|other| other.row);
        let starts = before
            .skip_while(|&other| other >= row)
            .take(BEYOND)
            .map(|other| other + 1)
            .chain([0]);
        let after = candidates.iter().map(|other| other.row);
        let ends = after
            .skip_while(|&other| other <= row)
            .take(BEYOND)
            .chain([self.rows]);
        let blocks = starts
            .map(|start| (start, row))
            .chain(ends.map(|end| (row + 1, end)));
        let mut judged = Judged::None;
        for (start, end) in blocks {
            match self.judge_by(candidate, start, end) {
                Judged::None => {}
                Judged::Weak => judged = Judged::Weak,
                sure => return sure,
            }
        }
        judged
    }

    /// What a row is as far as these tell.
    fn judge_by(&self, candidate: &Candidate, start: usize, end: usize) -> Judged {
        let (mut sums, mut others, mut most) = (0, 0, 0);
        let (mut totals, mut zeros) = (0, 0);
        for column in &self.all {
            let total = column
                .values
                .get(candidate.row)
                .copied()
                .unwrap_or(f64::NAN);
            let (Some(&(low, few)), Some(&(high, many))) =
                (column.above.get(start), column.above.get(end))
            else {
                continue;
            };
            let (sum, count) = (high - low, many - few);
            totals += usize::from(!total.is_nan());
            if total.is_nan() || count == 0 {
                continue;
            }
            zeros += usize::from(total == 0.0 && sum == 0.0);
            let mean = sum / count as f64;
            let is_sum = column.is_near(sum, total, count);
            let is_mean = column.is_near(mean, total, 1);
            if total != 0.0 && count > 1 && is_mean && candidate.what == Summary::Sum {
                let rows = column.values.get(start..end).unwrap_or_default();
                let same = |value: &f64| value.is_nan() || *value == total;
                // The year of all of them: a series for which there is no other name.
                if !candidate.in_place && rows.iter().all(same) {
                    return Judged::Row;
                }
            }
            let is_said = match candidate.what {
                Summary::Sum => is_sum,
                Summary::Mean => is_mean,
                Summary::Other => false,
            };
            if total != 0.0 && is_said {
                (sums, most) = (sums + 1, most.max(count));
            } else if !is_mean && !is_sum {
                others += 1;
            }
        }
        // Shares and prices may stand beside sums.
        match (sums, most) {
            (0, _) if zeros == totals && candidate.what != Summary::Other => Judged::Weak,
            (0, _) => Judged::None,
            _ if 2 * sums < others => Judged::None,
            (_, 1) => Judged::Weak,
            _ => Judged::Sum,
        }
    }
}

impl Summed {
    fn of(values: Vec<f64>, candidates: &[Candidate]) -> Self {
        const DECIMALS: i32 = 6;
        let mut waiting = candidates.iter().map(|candidate| candidate.row).peekable();
        let mut above = Vec::with_capacity(values.len() + 1);
        let (mut sum, mut count) = (0.0, 0);
        // The fewest decimals that all of the values have.
        let mut decimals = 0;
        for (row, &value) in values.iter().enumerate() {
            above.push((sum, count));
            let is_candidate = waiting.next_if_eq(&row).is_some();
            if value.is_nan() || is_candidate {
                continue;
            }
            (sum, count) = (sum + value, count + 1);
            while decimals < DECIMALS && {
                let scaled = value * 10f64.powi(decimals);
                (scaled - scaled.round()).abs() > 1e-6 * scaled.abs().max(1.0)
            } {
                decimals += 1;
            }
        }
        above.push((sum, count));
        Self {
            values,
            above,
            unit: 10f64.powi(-decimals),
        }
    }

    /// Whether what was computed of so many rounded cells may be what is written.
    fn is_near(&self, computed: f64, written: f64, count: usize) -> bool {
        const OFF: f64 = 1e-4;
        // Whole numbers are counts, of which nothing is rounded.
        let rounded = match self.unit < 1.0 {
            true => 0.6 * self.unit * (count as f64).sqrt(),
            false => 0.0,
        };
        (computed - written).abs() <= (OFF * written.abs()).max(rounded)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{CsvOptions, Why, read};
    use std::ops::ControlFlow;

    /// The lines that are sums, and how many rows are left.
    fn sums(text: &str) -> (Vec<u64>, usize) {
        let go_on = |_| ControlFlow::Continue(());
        let table = read(text.as_bytes(), &CsvOptions::default(), &go_on).unwrap();
        let skipped = table.found().skipped.first().iter();
        let lines = skipped.filter(|line| line.why == Why::Sums);
        (lines.map(|line| line.line).collect(), table.rows())
    }

    #[test]
    fn totals_in_the_place_of_dates_are_no_rows() {
        for (words, expected) in [
            (["Total 2022", "Total 2023"], vec![6, 11]),
            (["Summe 2022:", "Summe 2023:"], vec![6, 11]),
            (["Subtotal", "Subtotal"], vec![6, 11]),
            (["2022 Total", "2023 Total"], vec![6, 11]),
        ] {
            let mut text = "Quarter,a,b\n".to_owned();
            for (year, word) in [(2022, words[0]), (2023, words[1])] {
                let rows = [
                    (1.5, 20),
                    (2.5, 30),
                    (3.0, 25),
                    (f64::from(year - 2020), 45),
                ];
                for (quarter, (a, b)) in (1..).zip(rows) {
                    text += &format!("Q{quarter} {year},{a},{b}\n");
                }
                let (a, b) = rows
                    .iter()
                    .fold((0.0, 0), |sum, row| (sum.0 + row.0, sum.1 + row.1));
                text += &format!("{word},{a},{b}\n");
            }
            assert_eq!(sums(&text), (expected, 8), "{text}");
        }
    }

    #[test]
    fn totals_of_groups_and_of_all_are_no_rows() {
        let text = "Region,Month,Sold\nNorth,2024-01,5\nNorth,2024-02,6\nNorth Total,,11\nSouth,2024-01,7\n\
                    South,2024-02,9\nSouth Total,,16\nGrand Total,,27\n";
        assert_eq!(sums(text).1, 4);
        let text = "Region,Month,Sold\nNorth,2024-01,5\nNorth,2024-02,6\nNorth,Total,11\nSouth,2024-01,7\n\
                    South,2024-02,9\nSouth,Total,16\n";
        assert_eq!(sums(text), (vec![4, 7], 4));
        // Means, where they are told to be.
        let text = "day,v\n2024-01-01,5\n2024-01-02,6\n2024-01-03,10\nAverage,7\n2024-01-04,3\n2024-01-05,4\n\
                    2024-01-06,8\nAverage,5\n2024-01-07,8\n";
        assert_eq!(sums(text), (vec![5, 9], 7));
    }

    #[test]
    fn a_series_called_total_is_one() {
        // With its own date.
        let text = "day,town,v\n2024-01,A,5\n2024-01,B,6\n2024-01,Total,11\n2024-02,A,7\n2024-02,B,9\n2024-02,Total,16\n";
        assert_eq!(sums(text), (vec![], 6));
        // With its year.
        let text =
            "town,year,v\nA,2020,5\nB,2020,6\nTotal,2020,11\nA,2021,7\nB,2021,9\nTotal,2021,16\n";
        assert_eq!(sums(text), (vec![], 6));
        // Among columns that are years.
        let text = "town,2020,2021,2022\nA,5,6,7\nB,6,4,2\nC,1,1,1\nTotal,12,11,10\n";
        assert_eq!(sums(text), (vec![], 4));
        // A word that says something else, though the number is the sum by chance.
        let text = "name,n,v\nA,0,5\nB,1,6\nC,2,7\nMax,3,8\nD,4,1\nE,5,2\n";
        assert_eq!(sums(text), (vec![], 6));
        // No sum of anything.
        let text = "name,v\nA,5\nB,6\nTotal,3\nC,7\nD,9\nTotal,1\n";
        assert_eq!(sums(text), (vec![], 6));
    }
}
