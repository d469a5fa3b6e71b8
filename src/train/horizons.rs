//! How the error of a forecast grows with the rows ahead: 1, 2, … k rows after each of several origins of the test part.
//!
//! With x̂_{o+j} what is said of row o + j after origin o, and the mean over all origins o:
//!
//! - fed itself: E(j) = √(mean (x̂_{o+j} − x_{o+j})²), where each forecast is the next one's input (recursive multi-step, as in
//!   [`ahead`](super::ahead)). Errors feed on themselves.
//! - fed the truth: likewise, where all rows up to o + j − 1 are read as they came. Only the last step is a forecast: the
//!   distance between the two is what feeding on itself costs.
//! - at once: what the network's own outputs say of o + j, where it has several or one further ahead (direct multi-step).
//! - the baselines, from what is known at o alone.
//!
//! Every error is over the same origins: those whose k rows after them have all come. Of many, [`ORIGINS`] are taken, evenly
//! spread, or as many as [`BUDGET`] allows.

use super::Snapshot;
use super::ahead::rows_ahead;
use super::pass::Pass;
use crate::data::{Span, Split};
use crate::nn::Stop;
use ndarray::s;
use std::collections::BTreeMap;

/// From how many origins at most.
pub const ORIGINS: usize = 64;

/// Units × steps × rows ahead that all origins together may run through: seconds, not minutes.
const BUDGET: usize = 1 << 26;

/// Errors by rows ahead, in the data's own unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Horizons {
    /// From how many origins.
    pub origins: usize,
    /// Of how many that there are.
    pub of: usize,
    /// k.
    pub rows: usize,
    /// Fed its own forecasts, by rows ahead from 1; or why that cannot be, a sentence.
    pub fed_itself: Result<Vec<f64>, String>,
    /// Fed the truth, likewise; empty where the network does not forecast the next row, or was not asked at every row.
    pub fed_truth: Vec<f64>,
    /// Rows ahead and error of each of the network's own outputs.
    pub at_once: Vec<(usize, f64)>,
    /// The baselines, in the order of their list; `None` for one that reaches further back than the series.
    pub baselines: Vec<Option<Vec<f64>>>,
}

/// A sum of squares of errors.
#[derive(Clone, Copy, Default)]
struct Squares {
    sum: f64,
    n: usize,
}

impl Squares {
    fn add(&mut self, error: f64) {
        self.sum += error * error;
        self.n += 1;
    }

    fn root_mean(self) -> f64 {
        (self.sum / self.n as f64).sqrt()
    }
}

impl Horizons {
    /// Of a target column; `None` where no series is forecast, the test part is too short, or it was asked to stop.
    pub fn of(snapshot: &Snapshot, target: usize, stop: &Stop) -> Option<Self> {
        let material = &snapshot.material;
        let (dataset, baselines) = (&material.dataset, material.baselines.as_ref()?);
        let outlook = material.source.as_ref()?.outlook.as_ref()?;
        let most = rows_ahead(material)?;
        // Twice as far, to see whether as much is left for origins.
        let after = |span: &Span| baselines.truth(span.last_row(), target, 2 * most).len();
        let furthest = dataset.test.iter().map(after).max()?;
        // Where the part is short, half of it for origins and half to look ahead.
        let direct = outlook.horizon + outlook.steps - 1;
        let rows = most.min((furthest / 2).max(direct)).min(furthest);
        let network = &material.network;
        let work = material.seq_len * network.hidden_size() * network.num_layers() * rows;
        let all: Vec<usize> = (0..dataset.test.len())
            .filter(|&index| after(&dataset.test[index]) >= rows && rows > 0)
            .collect();
        let count = all.len().min(ORIGINS).min((BUDGET / work.max(1)).max(1));
        let chosen: Vec<Span> = (0..count)
            .map(|index| dataset.test[all[index * all.len() / count]])
            .collect();
        if chosen.is_empty() {
            return None;
        }
        let truth =
            |span: Span, ahead: usize| baselines.truth(span.last_row(), target, rows)[ahead - 1];
        let mut fed_itself = vec![Squares::default(); rows];
        let mut at_once: BTreeMap<usize, Squares> = BTreeMap::new();
        let recursive = outlook.feedback.as_ref().map_err(String::clone);
        for spans in chosen.chunks(Pass::room(snapshot, &chosen).max(1)) {
            let mut pass = Pass::over(snapshot, spans, stop);
            pass.run(&snapshot.model)?;
            let mut outputs: Vec<Vec<f64>> =
                (0..spans.len()).map(|row| pass.said_last(row)).collect();
            for (&span, said) in spans.iter().zip(&outputs) {
                for (output, &scaled) in said.iter().enumerate() {
                    let ahead = outlook.rows_ahead(output);
                    if outlook.target(output) == target && ahead <= rows {
                        let said = dataset.in_own_units(span.last_row(), output, scaled);
                        let squares = at_once.entry(ahead).or_default();
                        squares.add(said - truth(span, ahead));
                    }
                }
            }
            let Ok(feedback) = &recursive else {
                continue;
            };
            let mut known: Vec<Vec<f64>> = spans
                .iter()
                .map(|span| feedback.known(dataset, span.last_row()))
                .collect();
            for ahead in 1..=rows {
                for (row, &span) in spans.iter().enumerate() {
                    let next = feedback.next_input(dataset, &mut known[row], &outputs[row]);
                    let said = feedback.said(&known[row], target);
                    fed_itself[ahead - 1].add(said - truth(span, ahead));
                    // The window moves on by what was said.
                    let x = pass.x_mut();
                    for t in 1..span.len {
                        let (mut before, after) =
                            x.multi_slice_mut((s![t - 1, row, ..], s![t, row, ..]));
                        before.assign(&after);
                    }
                    let mut newest = x.slice_mut(s![span.len - 1, row, ..]);
                    newest.iter_mut().zip(next).for_each(|(x, next)| *x = next);
                }
                if ahead < rows {
                    pass.run(&snapshot.model)?;
                    outputs = (0..spans.len()).map(|row| pass.said_last(row)).collect();
                }
            }
        }
        let by_baselines = baselines.list.iter().map(|baseline| {
            let mut squares = vec![Squares::default(); rows];
            for &span in chosen.iter().take_while(|_| !stop.is_asked()) {
                let said = baselines.path(baseline, span.last_row(), target, rows)?;
                for (ahead, (said, squares)) in said.iter().zip(&mut squares).enumerate() {
                    squares.add(said - truth(span, ahead + 1));
                }
            }
            Some(squares.into_iter().map(Squares::root_mean).collect())
        });
        let by_baselines = by_baselines.collect();
        let roots = |squares: Vec<Squares>| squares.into_iter().map(Squares::root_mean).collect();
        (!stop.is_asked()).then(|| Self {
            origins: count,
            of: all.len(),
            rows,
            fed_itself: recursive.map(|_| roots(fed_itself)),
            fed_truth: fed_truth(snapshot, target, &chosen, rows, truth),
            at_once: at_once
                .into_iter()
                .map(|(ahead, squares)| (ahead, squares.root_mean()))
                .collect(),
            baselines: by_baselines,
        })
    }
}

/// By rows ahead, the error of what was said one row before, after rows as they came; nothing unless that was asked after all
/// of them.
fn fed_truth(
    snapshot: &Snapshot,
    target: usize,
    origins: &[Span],
    rows: usize,
    truth: impl Fn(Span, usize) -> f64,
) -> Vec<f64> {
    let material = &snapshot.material;
    let next_row = material
        .baselines
        .as_ref()
        .map(|baselines| baselines.output(target).1);
    let forecasts = snapshot.forecasts(Split::Test);
    if next_row != Some(1) || target >= forecasts.outputs {
        return Vec::new();
    }
    let said: BTreeMap<usize, f64> = forecasts
        .compared(material, target, 0)
        .map(|one| (one.row, one.prediction))
        .collect();
    let error = |ahead: usize| {
        let mut squares = Squares::default();
        for &span in origins {
            let said = said.get(&(span.last_row() + ahead - 1))?;
            squares.add(said - truth(span, ahead));
        }
        Some(squares.root_mean())
    };
    (1..=rows)
        .map(error)
        .collect::<Option<_>>()
        .unwrap_or_default()
}
