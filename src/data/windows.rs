//! A table's windows for forecasting.
//!
//! With window w and horizon h, the sequence that ends at row r is the features of rows r − w + 1 … r, and its target is
//! the target column at row r + h. Windows overlap; a row is stored once.
//!
//! The split is by the time of the target: a sequence is test if its target is at or after `test_from`. A test sequence's
//! inputs may reach back before that time, as they are known then; no training target is at or after it, and scalers are
//! fitted on rows before it alone.

use ndarray::Array2;

use super::dataset::{Answers, Dataset, Labels, Span, Targets};
use super::nearest::nearest;
use super::place::{counted, quoted, shortened};
use super::scale::{Scale, Scaler};
use super::table::{Cells, Column, ColumnError, Table, meant};
use super::text::Texts;

/// What is forecast from what.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The columns that are input, in this order.
    pub features: Vec<String>,
    /// The column to forecast.
    pub target: String,
    /// The column that names a row's time. `None` takes one called date, time, year or the like, if there is one,
    /// and row numbers otherwise.
    pub time: Option<String>,
    /// Rows in: the length of a sequence, at least 1.
    pub window: usize,
    /// Rows ahead: how far after the window's last row the target is, at least 1.
    pub horizon: usize,
    /// Where the test part begins.
    pub test_from: TestFrom,
    /// How features and target are scaled.
    pub scale: Scale,
}

/// Where the test part begins.
#[derive(Clone, Debug, PartialEq)]
pub enum TestFrom {
    /// The time of the first test target. Numeric times are compared as numbers, others must be found exactly; where
    /// there is no time column it is a row number, from 1.
    Label(String),
    /// The share of rows that are test, from the end, between 0 and 1.
    Fraction(f64),
}

/// Why a table has no such windows. [`WindowError::setting`] says which setting to change.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WindowError {
    /// A column is missing or not numeric.
    #[error("{error}")]
    Column {
        /// The setting that names the column.
        setting: &'static str,
        /// What is wrong with it.
        error: ColumnError,
    },
    /// No input column.
    #[error("found no features, expected at least one column. The target itself is a good start.")]
    NoFeatures,
    /// A window of no rows.
    #[error("found window 0, expected at least 1 row. A window holds the steps a sequence has.")]
    WindowZero,
    /// A target within the window.
    #[error(
        "found horizon 0, expected at least 1 row ahead. With 0 the answer would be among the inputs."
    )]
    HorizonZero,
    /// Window and horizon together pass the series.
    #[error(
        "found window {window} and horizon {horizon}, expected together at most the {} of the series. \
         Choose a shorter window.",
        counted(*rows, "row")
    )]
    TooLong {
        /// Rows in.
        window: usize,
        /// Rows ahead.
        horizon: usize,
        /// Rows there are.
        rows: usize,
    },
    /// `test_from` names no time of the series.
    #[error(
        "found test_from {}, expected {expected}{}",
        quoted(found),
        meant(nearest)
    )]
    UnknownTime {
        /// The time asked for.
        found: String,
        /// What it could be, as a phrase.
        expected: String,
        /// The time that was probably meant.
        nearest: Option<String>,
    },
    /// Times go back, so that no row is where the test part begins.
    #[error(
        "line {line} ({}): found time {found} after {before}, expected times that do not go back. \
         Sort the file, choose another time column, or give test_from as a share of the rows.",
        shortened(column)
    )]
    TimeGoesBack {
        /// The time column.
        column: String,
        /// Line in the file, from 1.
        line: u64,
        /// The time on it.
        found: f64,
        /// The time on the row before.
        before: f64,
    },
    /// A share of rows outside (0, 1).
    #[error(
        "found test_from {found}, expected a share between 0 and 1. 0.2 keeps the last fifth for testing."
    )]
    Share {
        /// The share asked for.
        found: f64,
    },
    /// Every window is test.
    #[error(
        "found {} before test_from, expected at least {needed} (window + horizon) for one training sequence. \
         Let test_from be later, or choose a shorter window.",
        counted(*before, "row")
    )]
    NoTraining {
        /// Rows before the test part.
        before: usize,
        /// Rows needed before it.
        needed: usize,
    },
    /// No window is test.
    #[error(
        "found no row at or after test_from {}, expected at least one. The last is {}.",
        quoted(from),
        quoted(last)
    )]
    NoTest {
        /// Where the test part was to begin.
        from: String,
        /// The last time of the series.
        last: String,
    },
}

impl WindowError {
    /// The setting to change, by its name in an experiment's text.
    pub fn setting(&self) -> &'static str {
        match self {
            WindowError::Column { setting, .. } => setting,
            WindowError::NoFeatures => "features",
            WindowError::WindowZero | WindowError::TooLong { .. } => "window",
            WindowError::HorizonZero => "horizon",
            WindowError::TimeGoesBack { .. } => "time",
            WindowError::UnknownTime { .. }
            | WindowError::Share { .. }
            | WindowError::NoTraining { .. }
            | WindowError::NoTest { .. } => "test_from",
        }
    }
}

/// Cuts `table` into the windows that `spec` describes.
///
/// The data set has the table's rows but the last `horizon`, whose targets lie beyond the file. Its targets mean
/// something at every step: step t of a window has the target of its own row.
///
/// # Errors
/// See [`WindowError`]; the bad cells of all columns asked for are named together.
pub fn forecast(table: &Table, spec: &Forecast) -> Result<Dataset, WindowError> {
    if spec.features.is_empty() {
        return Err(WindowError::NoFeatures);
    }
    if spec.window == 0 {
        return Err(WindowError::WindowZero);
    }
    if spec.horizon == 0 {
        return Err(WindowError::HorizonZero);
    }
    let (features, target) = columns(table, spec)?;
    let time = time_column(table, spec)?;
    let needed = spec.window.saturating_add(spec.horizon);
    if needed > table.rows() {
        return Err(WindowError::TooLong {
            window: spec.window,
            horizon: spec.horizon,
            rows: table.rows(),
        });
    }
    let first_test = first_test_row(table, time, &spec.test_from)?;
    // The first window's target is in row window − 1 + horizon.
    if first_test < needed {
        return Err(WindowError::NoTraining {
            before: first_test,
            needed,
        });
    }

    let rows = table.rows() - spec.horizon;
    let fit = |column: &[f64]| Scaler::fit(spec.scale, column[..first_test].iter().copied());
    let input_scalers: Vec<Scaler> = features.iter().map(|column| fit(column)).collect();
    let output_scaler = fit(target);
    let inputs = Array2::from_shape_fn((rows, features.len()), |(row, column)| {
        input_scalers[column].apply(features[column][row])
    });
    let targets = Array2::from_shape_fn((rows, 1), |(row, _)| {
        output_scaler.apply(target[row + spec.horizon])
    });
    let spans = |ends: std::ops::Range<usize>| {
        ends.map(|end| Span {
            start: end + 1 - spec.window,
            len: spec.window,
        })
        .collect()
    };
    // The window that ends at row r has its target in row r + horizon.
    let first_test_end = first_test - spec.horizon;
    Ok(Dataset {
        input_names: spec.features.clone(),
        output_names: vec![spec.target.clone()],
        inputs,
        targets: Targets::Values(targets),
        train: spans(spec.window - 1..first_test_end),
        test: spans(first_test_end..rows),
        answers: Answers::EveryStep,
        input_scalers,
        output_scalers: vec![output_scaler],
        labels: labels(time, spec.horizon),
        naive: Some(Array2::from_shape_fn((rows, 1), |(row, _)| target[row])),
    })
}

/// The feature columns and the target column.
fn columns<'a>(
    table: &'a Table,
    spec: &Forecast,
) -> Result<(Vec<&'a [f64]>, &'a [f64]), WindowError> {
    let as_feature = |error| WindowError::Column {
        setting: "features",
        error,
    };
    let as_target = |error| WindowError::Column {
        setting: "target",
        error,
    };
    // Unknown names first, each with its own setting; then the bad cells of all columns together.
    for name in &spec.features {
        table.column(name).map_err(as_feature)?;
    }
    table.column(&spec.target).map_err(as_target)?;
    let feature_names = || spec.features.iter().map(String::as_str);
    let all = table.check_numeric(feature_names().chain([spec.target.as_str()]));
    // The places are those of all columns; the setting is the target only if every feature is fine.
    all.map_err(|error| {
        if table.check_numeric(feature_names()).is_ok() {
            as_target(error)
        } else {
            as_feature(error)
        }
    })?;
    let features = spec
        .features
        .iter()
        .map(|name| table.numbers(name))
        .collect::<Result<_, _>>();
    Ok((
        features.map_err(as_feature)?,
        table.numbers(&spec.target).map_err(as_target)?,
    ))
}

/// What columns that tell the time are usually called. The finest first: where there are a year and a date, the date tells
/// rows apart.
pub const USUAL_TIMES: [&str; 9] = [
    "date",
    "datetime",
    "timestamp",
    "time",
    "year",
    "month",
    "day",
    "t",
    "index",
];

/// The column that names a row's time: the one asked for, or one with a usual name.
fn time_column<'a>(table: &'a Table, spec: &Forecast) -> Result<Option<&'a Column>, WindowError> {
    match &spec.time {
        Some(name) => table
            .column(name)
            .map(Some)
            .map_err(|error| WindowError::Column {
                setting: "time",
                error,
            }),
        None => Ok(USUAL_TIMES.into_iter().find_map(|usual| {
            table.columns().iter().find(|column| {
                column.name != spec.target && column.name.trim().eq_ignore_ascii_case(usual)
            })
        })),
    }
}

/// The first row whose target value is a test target.
fn first_test_row(
    table: &Table,
    time: Option<&Column>,
    from: &TestFrom,
) -> Result<usize, WindowError> {
    let rows = table.rows();
    let label = match from {
        TestFrom::Fraction(share) if *share > 0.0 && *share < 1.0 => {
            let test = (share * rows as f64).round() as usize;
            return if test > 0 {
                Ok(rows.saturating_sub(test))
            } else {
                let from = format!("the last {share}");
                Err(WindowError::NoTest {
                    from,
                    last: last_label(table, time),
                })
            };
        }
        TestFrom::Fraction(share) => return Err(WindowError::Share { found: *share }),
        TestFrom::Label(label) => label.trim(),
    };
    let unknown = |expected: String, nearest: Option<&str>| WindowError::UnknownTime {
        found: label.to_owned(),
        expected,
        nearest: nearest.map(str::to_owned),
    };
    let first = match time.map(|column| (column, &column.cells)) {
        Some((column, Cells::Numbers(times))) => {
            let wanted: f64 = label
                .parse()
                .ok()
                .filter(|wanted: &f64| wanted.is_finite())
                .ok_or_else(|| {
                    let (first, last) = (column.label(0), last_label(table, time));
                    unknown(
                        format!(
                            "a number after {first} and up to {last}, as in column {}",
                            shortened(&column.name)
                        ),
                        None,
                    )
                })?;
            if let Some(row) = (1..rows).find(|&row| times[row] < times[row - 1]) {
                return Err(WindowError::TimeGoesBack {
                    column: column.name.clone(),
                    line: table.line(row),
                    found: times[row],
                    before: times[row - 1],
                });
            }
            times.partition_point(|&time| time < wanted)
        }
        Some((column, Cells::Texts(times))) => {
            times.iter().position(|time| time == label).ok_or_else(|| {
                let (first, last) = (column.label(0), last_label(table, time));
                let expected = format!(
                    "one of the cells of column {}, which go from {} to {}",
                    shortened(&column.name),
                    quoted(&first),
                    quoted(&last)
                );
                unknown(expected, nearest(label, times.iter()))
            })?
        }
        None => {
            let number: usize =
                label
                    .parse()
                    .ok()
                    .filter(|&number| number > 0)
                    .ok_or_else(|| {
                        unknown(
                            format!("a row number from 2 to {rows}, as there is no time column"),
                            None,
                        )
                    })?;
            number - 1
        }
    };
    if first < rows {
        Ok(first)
    } else {
        Err(WindowError::NoTest {
            from: label.to_owned(),
            last: last_label(table, time),
        })
    }
}

fn last_label(table: &Table, time: Option<&Column>) -> String {
    time.map_or_else(
        || table.rows().to_string(),
        |column| column.label(table.rows().saturating_sub(1)),
    )
}

fn labels(time: Option<&Column>, ahead: usize) -> Labels {
    match time.map(|column| (&column.name, &column.cells)) {
        Some((name, Cells::Numbers(times))) => Labels::Numbers {
            axis: name.clone(),
            times: times[ahead.min(times.len())..].to_vec(),
            increasing: times.windows(2).all(|pair| pair[0] < pair[1]),
            ahead,
        },
        Some((name, Cells::Texts(times))) => Labels::Texts {
            axis: name.clone(),
            times: Texts::clone(times),
            ahead,
        },
        None => Labels::Rows { ahead },
    }
}

#[cfg(test)]
mod tests;
