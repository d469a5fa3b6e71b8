//! Columns in scaled units, with scalers that know the training part alone.

use super::columns::{Used, place};
use super::missing::Filled;
use super::series::Rows;
use super::{SequenceProblem, SequenceSpec};
use crate::data::bad_place::BadPlaces;
use crate::data::dataset::SplitSeries;
use crate::data::scale::{Scale, Scaled, Scaler};
use crate::data::table::Table;

/// How many rows at the start of each series have no scaled input: with [`Scale::Difference`] the first, which has no change.
pub(super) fn rows_lost(scale: Scale) -> usize {
    match scale.of() {
        Scaled::Change => 1,
        Scaled::Value | Scaled::Logarithm => 0,
    }
}

/// A scaler for each column of numbers, for its use as input.
///
/// # Errors
/// Values of which no logarithm can be taken, wherever they are.
pub(super) fn input_scalers(
    table: &Table,
    spec: &SequenceSpec,
    used: &Used,
    filled: &Filled<'_>,
    rows: &Rows,
    split: &[SplitSeries],
) -> Result<Vec<Scaler>, SequenceProblem> {
    if spec.scale == Scale::LogStandard {
        refuse_not_positive(table, used, filled, rows)?;
    }
    let scalers = filled.columns.iter().map(|column| match spec.scale.of() {
        Scaled::Change => fit_changes(column, 1, split),
        Scaled::Value | Scaled::Logarithm => {
            let training = split.iter().map(SplitSeries::training);
            let values = training.flat_map(|part| column[part].iter().copied());
            Scaler::fit(spec.scale, values)
        }
    });
    Ok(scalers.collect())
}

/// The scaler of changes over `ahead` rows within the training part.
pub(super) fn fit_changes(column: &[f64], ahead: usize, split: &[SplitSeries]) -> Scaler {
    let training = split.iter().map(SplitSeries::training);
    let changes = training.flat_map(|part| {
        let pairs = part.start.saturating_add(ahead)..part.end;
        pairs.map(|row| column[row] - column[row - ahead])
    });
    Scaler::fit(Scale::Difference, changes)
}

fn refuse_not_positive(
    table: &Table,
    used: &Used,
    filled: &Filled<'_>,
    rows: &Rows,
) -> Result<(), SequenceProblem> {
    let mut places = BadPlaces::default();
    for (name, values) in used.names.iter().zip(&filled.columns) {
        let Ok(column) = table.column(name) else {
            continue;
        };
        let mut bad: Vec<usize> = (0..values.len())
            .filter(|&row| values[row] <= 0.0)
            .map(|row| rows.order[row])
            .collect();
        bad.sort_unstable();
        let mut of_column = BadPlaces::default();
        for row in bad {
            let hint = "Only of such a number there is a logarithm: choose another scale.";
            of_column.add(|| place(table, column, row, "a number above 0", hint));
        }
        places.join(of_column);
    }
    if places.is_empty() {
        Ok(())
    } else {
        let setting = "scale";
        Err(SequenceProblem::Cells { setting, places })
    }
}

/// The scaled inputs of one column, given to `put` row by row; rows that have none are left out.
pub(super) fn scale_inputs<'a>(
    scaler: Scaler,
    column: &[f64],
    rows: &Rows,
    lost: usize,
    puts: impl Iterator<Item = &'a mut f64>,
) -> Result<(), usize> {
    let mut puts = puts;
    for series in &rows.series {
        for row in series.rows.clone() {
            let Some(put) = puts.next() else {
                return Ok(());
            };
            if row < series.rows.start + lost {
                continue;
            }
            *put = match scaler.of {
                Scaled::Change => scaler.apply_from(column[row - 1], column[row]),
                Scaled::Value | Scaled::Logarithm => scaler.apply(column[row]),
            };
            if !put.is_finite() {
                return Err(row);
            }
        }
    }
    Ok(())
}

/// The problem of a value that becomes infinite.
pub(super) fn not_finite(
    table: &Table,
    spec: &SequenceSpec,
    rows: &Rows,
    row: usize,
    column: &str,
) -> SequenceProblem {
    SequenceProblem::NotFinite {
        column: column.to_owned(),
        line: table.line(rows.order.get(row).copied().unwrap_or(0)),
        scale: spec.scale.name(),
    }
}
