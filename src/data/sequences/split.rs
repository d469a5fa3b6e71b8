//! Which rows and which sequences are kept back for testing.
//!
//! The split is made of the rows of the file, before gaps leave any out: no value decides where it is. What it says, series by
//! series, is the one truth about which rows may be learnt from ([`SplitSeries`]).

use super::series::{Rows, Time, TimeOf, goes_back};
use super::{SequenceProblem, TestFrom};
use crate::data::Split;
use crate::data::dataset::SplitSeries;
use crate::data::nearest::nearest;
use crate::data::table::Table;
use crate::data::time::{elapsed, moment};
use crate::words::{quoted, shortened};

/// The series with the place where the test part of each begins.
pub(super) fn by_rows(
    table: &Table,
    time: &Time<'_>,
    rows: &Rows,
    test: &TestFrom,
) -> Result<Vec<SplitSeries>, SequenceProblem> {
    let first_test = match test {
        TestFrom::Groups(names) => return Ok(whole(rows, &groups(rows, names)?)),
        TestFrom::Fraction(share) => by_share(table, time, rows, checked(*share)?)?,
        TestFrom::Label(label) => by_label(table, time, rows, label.trim())?,
    };
    let series = rows.series.iter().zip(first_test);
    let split = series.map(|(series, first_test)| SplitSeries {
        rows: series.rows.clone(),
        first_test,
    });
    Ok(split.collect())
}

/// The series where each is kept back or not as a whole.
pub(super) fn whole(rows: &Rows, kept_back: &[bool]) -> Vec<SplitSeries> {
    let series = rows.series.iter().zip(kept_back);
    let split = series.map(|(series, &kept_back)| SplitSeries {
        first_test: if kept_back {
            series.rows.start
        } else {
            series.rows.end
        },
        rows: series.rows.clone(),
    });
    split.collect()
}

/// Leaves out the rows for which `keep` is false, in the split as well.
pub(super) fn retain(rows: &mut Rows, split: &mut [SplitSeries], keep: impl Fn(usize) -> bool) {
    let mut start = 0;
    for series in split {
        let kept = |rows: std::ops::Range<usize>| rows.filter(|&row| keep(row)).count();
        let training = kept(series.training());
        let all = training + kept(series.first_test..series.rows.end);
        *series = SplitSeries {
            rows: start..start + all,
            first_test: start + training,
        };
        start += all;
    }
    rows.retain(keep);
}

fn checked(share: f64) -> Result<f64, SequenceProblem> {
    if share > 0.0 && share < 1.0 {
        Ok(share)
    } else {
        Err(SequenceProblem::Share { found: share })
    }
}

/// Whether each series is one of these groups.
fn groups(rows: &Rows, names: &[String]) -> Result<Vec<bool>, SequenceProblem> {
    if rows.series.iter().any(|series| series.name.is_none()) {
        return Err(SequenceProblem::GroupsWithoutGroup);
    }
    let known: Vec<&str> = rows
        .series
        .iter()
        .filter_map(|series| series.name.as_deref())
        .collect();
    if let Some(unknown) = names.iter().find(|name| !known.contains(&name.trim())) {
        return Err(SequenceProblem::UnknownGroup {
            name: unknown.clone(),
            nearest: nearest(unknown, known.iter().copied()).map(str::to_owned),
            known: {
                let mut different: Vec<String> = Vec::new();
                for name in known {
                    if !different.iter().any(|other| other == name) {
                        different.push(name.to_owned());
                    }
                }
                different
            },
        });
    }
    let is_test = |name: &&str| names.iter().any(|test| test.trim() == *name);
    Ok(known.iter().map(is_test).collect())
}

fn by_share(
    table: &Table,
    time: &Time<'_>,
    rows: &Rows,
    share: f64,
) -> Result<Vec<usize>, SequenceProblem> {
    let kept = |rows: usize| (share * rows as f64).round() as usize;
    let all = rows.order.len();
    if kept(all) == 0 {
        return Err(SequenceProblem::NoTest {
            from: format!("the last {share}"),
            last: last_label(time, rows),
        });
    }
    let on = goes_back(table, time, rows, false).is_none();
    match time.values().filter(|_| on && rows.series.len() > 1) {
        // One moment for all series: what happens in one of them may tell of the others.
        Some(values) => {
            let mut times: Vec<f64> = rows.order.iter().map(|&row| values[row]).collect();
            let at = (all - kept(all)).min(all - 1);
            let moment = *times.select_nth_unstable_by(at, f64::total_cmp).1;
            Ok(from_moment(rows, values, moment))
        }
        None => {
            let first = rows
                .series
                .iter()
                .map(|series| series.rows.end - kept(series.rows.len()).min(series.rows.len()));
            Ok(first.collect())
        }
    }
}

/// The first row of each series at or after `moment`.
fn from_moment(rows: &Rows, values: &[f64], moment: f64) -> Vec<usize> {
    let first = rows.series.iter().map(|series| {
        let of_table = &rows.order[series.rows.clone()];
        series.rows.start + of_table.partition_point(|&row| values[row] < moment)
    });
    first.collect()
}

fn by_label(
    table: &Table,
    time: &Time<'_>,
    rows: &Rows,
    label: &str,
) -> Result<Vec<usize>, SequenceProblem> {
    let unknown = |expected: String, nearest: Option<&str>| SequenceProblem::UnknownTime {
        found: label.to_owned(),
        expected,
        nearest: nearest.map(str::to_owned),
    };
    let first_label = || {
        rows.order
            .first()
            .map_or(String::new(), |&row| time.label(row))
    };
    let column = || shortened(time.name());
    let first = match &time.of_row {
        TimeOf::Numbers(values) => {
            let wanted: f64 = label
                .parse()
                .ok()
                .filter(|wanted: &f64| wanted.is_finite())
                .or_else(|| elapsed(&std::iter::once(label).collect())?.first().copied())
                .ok_or_else(|| {
                    let (first, last) = (first_label(), last_label(time, rows));
                    let column = column();
                    unknown(
                        format!("a number after {first} and up to {last}, as in column {column}"),
                        None,
                    )
                })?;
            if let Some(problem) = goes_back(table, time, rows, true) {
                return Err(problem);
            }
            from_moment(rows, values, wanted)
        }
        TimeOf::Dates(dates) => {
            let wanted = moment(label, dates).ok_or_else(|| {
                let (first, last) = (first_label(), last_label(time, rows));
                let column = column();
                unknown(
                    format!("a date after {first} and up to {last}, as in column {column}"),
                    None,
                )
            })?;
            from_moment(rows, &dates.seconds, wanted)
        }
        TimeOf::Texts(times) => {
            let found: Vec<Option<usize>> = rows
                .series
                .iter()
                .map(|series| {
                    let mut all = series.rows.clone();
                    all.find(|&row| times.get(rows.order[row]) == Some(label))
                })
                .collect();
            if found.iter().all(Option::is_none) {
                let expected = format!(
                    "one of the cells of column {}, which go from {} to {}",
                    column(),
                    quoted(&first_label()),
                    quoted(&last_label(time, rows))
                );
                // Names of times may be a million different ones.
                const ASKED: usize = 10_000;
                return Err(unknown(expected, nearest(label, times.iter().take(ASKED))));
            }
            let series = rows.series.iter().zip(found);
            series
                .map(|(series, found)| found.unwrap_or(series.rows.end))
                .collect()
        }
        TimeOf::Counted => {
            let number: usize =
                label
                    .parse()
                    .ok()
                    .filter(|&number| number > 0)
                    .ok_or_else(|| {
                        let longest = rows.longest();
                        unknown(
                            format!("a row number from 2 to {longest}, as there is no time column"),
                            None,
                        )
                    })?;
            let first = rows
                .series
                .iter()
                .map(|series| series.rows.start + (number - 1).min(series.rows.len()));
            first.collect()
        }
    };
    if rows
        .series
        .iter()
        .zip(&first)
        .any(|(series, &first)| first < series.rows.end)
    {
        Ok(first)
    } else {
        Err(SequenceProblem::NoTest {
            from: label.to_owned(),
            last: last_label(time, rows),
        })
    }
}

/// The last time there is, of all series.
fn last_label(time: &Time<'_>, rows: &Rows) -> String {
    if time.column.is_none() {
        return rows.longest().to_string();
    }
    let lasts = rows
        .series
        .iter()
        .filter(|series| !series.rows.is_empty())
        .map(|series| rows.order[series.rows.end - 1]);
    let last = match time.values() {
        Some(values) => lasts.max_by(|&a, &b| values[a].total_cmp(&values[b])),
        None => lasts.into_iter().next_back(),
    };
    last.map_or(String::new(), |row| time.label(row))
}

/// Whether each series, which is one sequence, is kept back.
pub(super) fn by_sequences(
    table: &Table,
    time: &Time<'_>,
    rows: &Rows,
    test: &TestFrom,
) -> Result<Vec<bool>, SequenceProblem> {
    let all = rows.series.len();
    let (setting, kept_back) = match test {
        TestFrom::Groups(names) => ("test_groups", groups(rows, names)?),
        TestFrom::Fraction(share) => {
            let kept = (checked(*share)? * all as f64).round() as usize;
            // With two sequences or more there is one for each part.
            let kept = kept.clamp(usize::from(all > 1), all.saturating_sub(1).max(1));
            ("test_from", (0..all).map(|at| at + kept >= all).collect())
        }
        // Without times the sequences are counted.
        TestFrom::Label(label) if matches!(time.of_row, TimeOf::Counted) => {
            let label = label.trim();
            let number = label.parse::<usize>().ok().filter(|&number| number > 0);
            let number = number.ok_or_else(|| SequenceProblem::UnknownTime {
                found: label.to_owned(),
                expected: format!(
                    "the number of a sequence from 2 to {all}, as there is no time column"
                ),
                nearest: None,
            })?;
            ("test_from", (1..=all).map(|at| at >= number).collect())
        }
        TestFrom::Label(label) => {
            let first = by_label(table, time, rows, label.trim())?;
            // A sequence is answered after its last row.
            let series = rows.series.iter().zip(first);
            (
                "test_from",
                series
                    .map(|(series, first)| first < series.rows.end)
                    .collect(),
            )
        }
    };
    check_parts(setting, &kept_back)?;
    Ok(kept_back)
}

/// Refuses a split in which one part has no sequence.
pub(super) fn check_parts(
    setting: &'static str,
    kept_back: &[bool],
) -> Result<(), SequenceProblem> {
    let test = kept_back.iter().filter(|&&test| test).count();
    let part = match test {
        0 => Split::Test,
        test if test == kept_back.len() => Split::Train,
        _ => return Ok(()),
    };
    Err(SequenceProblem::EmptyPart {
        setting,
        part,
        sequences: kept_back.len(),
        hint: match part {
            _ if kept_back.len() == 1 => {
                "One alone cannot be both learned from and tested: add more."
            }
            Split::Test => "Keep some sequences back for testing.",
            Split::Train => "Keep fewer sequences back for testing.",
        },
    })
}
