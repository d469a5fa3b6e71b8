//! What becomes of missing values among features and targets.

use std::borrow::Cow;

use super::columns::{Used, place};
use super::series::{Rows, Series, Time};
use super::unused::{Listing, Unused};
use super::{Missing, SequenceProblem, split};
use crate::data::bad_place::BadPlaces;
use crate::data::dataset::SplitSeries;
use crate::data::table::Table;

/// The columns of numbers by the data set's rows, without gaps.
pub(super) struct Filled<'a> {
    /// The columns, in the order of [`Used::names`].
    pub columns: Vec<Cow<'a, [f64]>>,
    /// Which rows were filled in, by column; empty for a column without gaps.
    pub filled: Vec<Vec<bool>>,
}

impl Filled<'_> {
    /// Whether the value was missing in the file.
    pub fn was_missing(&self, column: usize, row: usize) -> bool {
        self.filled[column].get(row).copied().unwrap_or(false)
    }

    /// How many values of a column were filled in.
    pub fn count(&self, column: usize) -> usize {
        self.filled[column].iter().filter(|&&filled| filled).count()
    }
}

/// The numbers of the columns, by table row.
fn numbers<'a>(table: &'a Table, used: &Used) -> Vec<&'a [f64]> {
    // The names were checked before.
    let column = |name: &String| table.numbers(name).unwrap_or(&[]);
    used.names.iter().map(column).collect()
}

/// Refuses gaps, or leaves out the rows that the policy leaves out, and lists them. Gives the split of the rows that are left;
/// what is wrong with gaps comes before what is wrong with `split`.
pub(super) fn leave_out(
    table: &Table,
    used: &Used,
    policy: Missing,
    rows: &mut Rows,
    split: Result<Vec<SplitSeries>, SequenceProblem>,
    unused: &mut Vec<Unused>,
) -> Result<Vec<SplitSeries>, SequenceProblem> {
    let columns = numbers(table, used);
    let gappy: Vec<&[f64]> = columns
        .iter()
        .copied()
        .filter(|column| column.iter().any(|value| value.is_nan()))
        .collect();
    if gappy.is_empty() {
        return split;
    }
    if policy == Missing::Refuse {
        let all = (0..table.rows()).filter(|&row| gappy.iter().any(|column| column[row].is_nan()));
        return Err(refusal(table, used, &columns, all, policy));
    }
    let mut left_out = vec![false; rows.order.len()];
    for series in &rows.series {
        match policy {
            Missing::Refuse => {}
            Missing::Drop => {
                for row in series.rows.clone() {
                    let of = rows.order[row];
                    left_out[row] = gappy.iter().any(|column| column[of].is_nan());
                }
            }
            Missing::CarryForward | Missing::Interpolate => {
                // Up to the row from which on every column is known.
                for column in &gappy {
                    for row in series.rows.clone() {
                        if !column[rows.order[row]].is_nan() {
                            break;
                        }
                        left_out[row] = true;
                    }
                }
            }
        }
    }
    let why = match policy {
        Missing::Drop => "a value is missing",
        _ => "nothing to carry on is known yet",
    };
    let listed = Listing::of(
        (0..rows.order.len())
            .filter(|&row| left_out[row])
            .map(|row| table.line(rows.order[row])),
    );
    if listed.count > 0 {
        unused.push(Unused {
            why: why.to_owned(),
            lines: listed,
        });
    }
    if left_out.iter().all(|&left_out| left_out) {
        return Err(SequenceProblem::NothingLeft);
    }
    let mut split = split?;
    if policy != Missing::Drop {
        for series in &mut rows.series {
            let early = series.rows.clone().take_while(|&row| left_out[row]);
            series.early = early.map(|row| rows.order[row]).collect();
        }
    }
    split::retain(rows, &mut split, |row| !left_out[row]);
    Ok(split)
}

/// Fills the gaps that are left.
pub(super) fn fill<'a>(
    table: &'a Table,
    used: &Used,
    policy: Missing,
    rows: &Rows,
    time: &Time<'_>,
    split: &[SplitSeries],
) -> Result<Filled<'a>, SequenceProblem> {
    let whole = rows.are_the_tables(table);
    let columns = numbers(table, used);
    // Where times stand still or go back they cannot be interpolated over.
    let times = time.values().filter(|times| {
        rows.series.iter().all(|series| {
            let mut pairs = series.rows.clone().skip(1);
            pairs.all(|row| times[rows.order[row - 1]] < times[rows.order[row]])
        })
    });
    let place_of = |row: usize| times.map_or(row as f64, |times| times[rows.order[row]]);
    // The last value that is known in the rows before a series' first, and its place.
    let known_early = |series: &Series, column: &[f64]| {
        let mut early = series.early.iter().rev().zip(1..);
        let (&of, back) = early.find(|&(&of, _)| !column[of].is_nan())?;
        let place = times.map_or(series.rows.start as f64 - f64::from(back), |times| {
            times[of]
        });
        Some((column[of], place))
    };
    let mut filled = Filled {
        columns: Vec::new(),
        filled: Vec::new(),
    };
    let mut ends_unknown: Vec<usize> = Vec::new();
    for column in &columns {
        let gaps = rows.order.iter().any(|&row| column[row].is_nan());
        if !gaps {
            filled.columns.push(if whole {
                Cow::Borrowed(column)
            } else {
                rows.order.iter().map(|&row| column[row]).collect()
            });
            filled.filled.push(Vec::new());
            continue;
        }
        let mut values: Vec<f64> = rows.order.iter().map(|&row| column[row]).collect();
        let marks: Vec<bool> = values.iter().map(|value| value.is_nan()).collect();
        for (series, in_table) in split.iter().zip(&rows.series) {
            let barrier = series.first_test;
            let mut row = series.rows.start;
            while row < series.rows.end {
                if !marks[row] {
                    row += 1;
                    continue;
                }
                let end = (row..series.rows.end)
                    .find(|&row| !marks[row])
                    .unwrap_or(series.rows.end);
                let before = row.checked_sub(1).filter(|&at| at >= series.rows.start);
                let before = before.map(|at| (values[at], place_of(at)));
                // What is known nowhere before was left out.
                let Some((known, from)) = before.or_else(|| known_early(in_table, column)) else {
                    row = end;
                    continue;
                };
                if policy == Missing::Interpolate && end == series.rows.end {
                    ends_unknown.extend(row..end);
                    row = end;
                    continue;
                }
                let next = values.get(end).copied();
                let to = place_of(end.min(series.rows.end - 1));
                for (at, value) in values.iter_mut().enumerate().take(end).skip(row) {
                    // Training must not learn what comes in the test part.
                    let crosses = at < barrier && end >= barrier;
                    *value = match next {
                        Some(next) if policy == Missing::Interpolate && !crosses => {
                            let share = (place_of(at) - from) / (to - from);
                            known * (1.0 - share) + next * share
                        }
                        _ => known,
                    };
                }
                row = end;
            }
        }
        filled.columns.push(Cow::Owned(values));
        filled.filled.push(marks);
    }
    if !ends_unknown.is_empty() {
        let mut of_table: Vec<usize> = ends_unknown.iter().map(|&row| rows.order[row]).collect();
        of_table.sort_unstable();
        of_table.dedup();
        return Err(refusal(table, used, &columns, of_table.into_iter(), policy));
    }
    Ok(filled)
}

/// The gaps in these table rows, in the order of the file.
fn refusal(
    table: &Table,
    used: &Used,
    columns: &[&[f64]],
    rows: impl Iterator<Item = usize>,
    policy: Missing,
) -> SequenceProblem {
    let mut places = BadPlaces::default();
    let mut count = 0;
    let in_file: Vec<_> = table
        .columns()
        .iter()
        .filter_map(|column| {
            let index = used.names.iter().position(|name| *name == column.name)?;
            Some((column, columns[index]))
        })
        .collect();
    for row in rows {
        for (column, values) in &in_file {
            if values[row].is_nan() {
                count += 1;
                let hint = "Fill in the value, or choose what becomes of missing values.";
                places.add(|| place(table, column, row, "a number", hint));
            }
        }
    }
    SequenceProblem::Missing {
        places,
        count,
        policy: policy.name(),
    }
}
