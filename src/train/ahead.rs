//! Forecasts of many rows after one: all at once as the network puts them out (direct multi-step), or one by one, each fed
//! back as the next input (recursive multi-step).
//!
//! Recursive: with the window x_{t−w+1} … x_t the network says x̂_{t+1}; the window then moves on by one row, whose values are
//! those said, and so on. Errors feed on themselves, which a direct forecast is spared; that one has an output for each row
//! ahead, and each is learnt for itself.

use crate::data::{Dataset, Span};
use crate::experiment::Material;

/// Rows that a recursive forecast goes ahead, unless the direct one goes further.
const ROWS: usize = 24;

/// Units × steps that a recursive forecast may run through, so that a large network does not hold the window up.
const BUDGET: usize = 1 << 20;

/// What the network says of the rows after one window.
#[derive(Clone, Debug, PartialEq)]
pub struct Ahead {
    /// The row of the data set that is the last one known.
    pub row: usize,
    /// How many rows are looked ahead.
    pub rows: usize,
    /// Rows ahead of the first direct forecast.
    pub horizon: usize,
    /// The direct forecast, by target column: `horizon`, `horizon` + 1, … rows ahead, in the data's own unit.
    pub direct: Vec<Vec<f64>>,
    /// The recursive forecast, by target column: 1, 2, … rows ahead; or why there is none, a sentence.
    pub recursive: Result<Vec<Vec<f64>>, String>,
}

/// How far to look ahead, and what for; `None` where no numbers of a file are forecast.
pub(super) fn rows_ahead(material: &Material) -> Option<usize> {
    let outlook = material.source.as_ref()?.outlook.as_ref()?;
    let direct = outlook.horizon + outlook.steps - 1;
    let network = &material.network;
    let work = material.seq_len * network.hidden_size() * network.num_layers();
    Some(direct.max(ROWS.min((BUDGET / work.max(1)).max(1))))
}

/// Looks `rows` rows ahead of the window `span`. `run` puts the rows of a window, scaled and one after the other, through the
/// network and gives its outputs at the last step, scaled.
pub(super) fn look_ahead(
    material: &Material,
    span: Span,
    rows: usize,
    mut run: impl FnMut(&[f64]) -> Vec<f64>,
) -> Option<Ahead> {
    let dataset: &Dataset = &material.dataset;
    let outlook = material.source.as_ref()?.outlook.as_ref()?;
    let (row, width, targets) = (span.last_row(), dataset.input_size(), outlook.targets.len());
    let mut window: Vec<f64> = span
        .rows()
        .flat_map(|row| dataset.inputs.row(row).to_vec())
        .collect();
    let first = run(&window);
    let own = |output: usize| dataset.in_own_units(row, output, first[output]);
    let direct = (0..targets)
        .map(|target| (target..first.len()).step_by(targets).map(own).collect())
        .collect();
    let recursive = outlook
        .feedback
        .as_ref()
        .map_err(String::clone)
        .map(|feedback| {
            let mut known = feedback.known(dataset, row);
            let mut said = vec![Vec::with_capacity(rows); targets];
            let mut outputs = first;
            for done in 1..=rows {
                let next = feedback.next_input(dataset, &mut known, &outputs);
                for (target, said) in said.iter_mut().enumerate() {
                    said.push(feedback.said(&known, target));
                }
                if done < rows {
                    window.drain(..width);
                    window.extend(next);
                    outputs = run(&window);
                }
            }
            said
        });
    Some(Ahead {
        row,
        rows,
        horizon: outlook.horizon,
        direct,
        recursive,
    })
}
