//! What a network's forecasts of a part are off by, one after the other, and whether something that repeats is left in it.

use super::Snapshot;
use crate::baseline::Leftover;
use crate::data::Split;

/// The residuals of a part: forecast − value.
#[derive(Clone, Debug, PartialEq)]
pub struct Residuals {
    /// The last row known to each forecast, in the order of time, series by series.
    pub rows: Vec<usize>,
    /// What each is off by, in the data's own unit.
    pub errors: Vec<f64>,
    /// Their autocorrelation over the longest stretch without a gap, or why there is none, a sentence.
    pub leftover: Result<Leftover, String>,
}

impl Residuals {
    /// Over the forecasts of an output that a snapshot has of a part; `None` where no series is forecast.
    pub fn of(snapshot: &Snapshot, split: Split, output: usize) -> Option<Self> {
        let material = &snapshot.material;
        let ahead = material.baselines.as_ref()?.output(output).1;
        let forecasts = snapshot.forecasts(split);
        if output >= forecasts.outputs || forecasts.rows.is_empty() {
            return None;
        }
        let compared = forecasts.compared(material, output, 0);
        let mut all: Vec<(usize, f64)> = compared
            .map(|one| (one.row, one.prediction - one.target))
            .collect();
        all.sort_by_key(|(row, _)| *row);
        let dataset = &material.dataset;
        let follows = |a: &(usize, f64), b: &(usize, f64)| {
            b.0 == a.0 + 1 && dataset.series_of(a.0) == dataset.series_of(b.0)
        };
        let stretches = all.chunk_by(follows);
        let longest = stretches.max_by_key(|stretch| stretch.len())?;
        let longest: Vec<f64> = longest.iter().map(|(_, error)| *error).collect();
        let leftover = match longest.len() {
            // Forecasts that are some rows apart have no lags in common with the series.
            0..8 => Err(
                "Whether residuals repeat takes at least 8 forecasts of rows one after the other: a stride of 1, and a longer part."
                    .to_owned(),
            ),
            _ => Leftover::of(&longest, ahead).map_err(|error| format!("Of these residuals there is no autocorrelation: {error}")),
        };
        let (rows, errors) = all.into_iter().unzip();
        Some(Self {
            rows,
            errors,
            leftover,
        })
    }
}
