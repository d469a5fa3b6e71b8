//! How far back the gradient reaches, beside how far back the series depends on itself, and the length of the window: whether
//! a network reads further back than it learns from, or not as far as the data reach.
//!
//! All three are counted in rows before the target. The last row that is read lies `horizon` rows before it, so that step
//! T − k is at lag horizon + k.
//!
//! - The gradient at a step is the largest of ‖∂L/∂h_t‖ and ‖∂L/∂c_t‖ of the forward scans, for the probe's loss at the end of
//!   its sequence, relative to that at the last step.
//! - The series is the training part of the target, of several the longest, as the network sees it: its changes from row to row
//!   or its logarithms, if those are scaled. A trend would depend on rows as far back as it goes, and its changes on none.
//! - The partial autocorrelation follows from the autocorrelation, by the recursion of Durbin and Levinson: at lag 1 they are
//!   the same. Outside the band of ±1.96/√n lies one lag in twenty even where there is nothing.

use super::Snapshot;
use crate::baseline::Correlogram;
use crate::data::Scaled;
use crate::nn::{Direction, Network, Readout};

/// A gradient below this share of what it is at the last step teaches nothing.
pub const REACH: f64 = 1e-3;

/// The most lags that the series is looked at.
const MOST_LAGS: usize = 400;

/// What is known of the two memories.
#[derive(Clone, Debug, PartialEq)]
pub struct DataMemory {
    /// The target column, as the network sees it: “co2”, “the change of co2”.
    pub target: String,
    /// Rows that the probe's sequence has.
    pub window: usize,
    /// Rows from the last one read to the target.
    pub horizon: usize,
    /// By steps back from the last one: the gradient's size relative to that at the last.
    pub gradient: Vec<f64>,
    /// The steps back at which it is first below [`REACH`]; `None` if it never is.
    pub reach: Option<usize>,
    /// The chunk between which no gradient crosses, where backpropagation is truncated.
    pub truncate: Option<usize>,
    /// The series' autocorrelation by lag, from 0; `None` of one too short or constant.
    pub autocorrelation: Option<Correlogram>,
    /// Its partial autocorrelation; likewise.
    pub partial: Option<Correlogram>,
    /// The last lag at which the partial autocorrelation lies outside its band, 0 if at none.
    pub last_lag: Option<usize>,
}

/// What the window's length is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The series depends on rows before the window.
    TooShort,
    /// It depends on rows within the window that the gradient does not reach.
    OutOfReach,
    /// The gradient fades within the window, further back than the series depends on itself.
    Longer,
    /// The gradient reaches the window's first row.
    Reached,
}

impl DataMemory {
    /// What a snapshot says of a target column; `None` where no series is forecast from its last rows by recurrent layers.
    pub fn of(snapshot: &Snapshot, target: usize) -> Option<Self> {
        if !suits(snapshot) {
            return None;
        }
        let baselines = snapshot.material.baselines.as_ref()?;
        let probe = &snapshot.probe;
        let part = probe.parts.first()?;
        let window = *part.lengths.first()?;
        let forward = probe.flows.iter().filter(|flow| {
            let scan = part.scans.get(flow.scan);
            flow.part == 0 && scan.is_some_and(|it| it.place.direction == Direction::Forward)
        });
        let mut sizes = vec![0.0_f64; window];
        for flow in forward {
            // Entry 0 is the initial state's.
            let steps = flow.norms.get(1..=window)?;
            for (size, norm) in sizes.iter_mut().zip(steps.iter().rev()) {
                *size = size.max((*norm)?);
            }
        }
        let last = *sizes.first()?;
        let gradient: Vec<f64> = match last > 0.0 {
            true => sizes.iter().map(|size| size / last).collect(),
            false => Vec::new(),
        };
        let horizon = baselines.horizon();
        let lags = (horizon + window).min(MOST_LAGS);
        let scaler = snapshot.material.dataset.output_scalers.get(target)?;
        let (autocorrelation, partial) = baselines.correlations(target, scaler.of, lags)?;
        let last_lag = partial
            .as_ref()
            .map(|it| it.outside().last().copied().unwrap_or(0));
        Some(Self {
            target: seen_as(baselines.target_name(target), scaler.of),
            window,
            horizon,
            reach: gradient.iter().position(|&size| size < REACH),
            gradient,
            truncate: probe.truncate,
            autocorrelation,
            partial,
            last_lag,
        })
    }

    /// The earliest row of the window, in rows before the target.
    pub fn first_row(&self) -> usize {
        self.horizon + self.window - 1
    }

    /// The earliest row that the gradient reaches, in rows before the target; 0 if it reaches none.
    pub fn earliest_reached(&self) -> usize {
        match (self.gradient.is_empty(), self.reach) {
            (true, _) => 0,
            (false, Some(steps)) => self.horizon + steps - 1,
            (false, None) => self.first_row(),
        }
    }

    /// What the window's length is worth; `None` where nothing is known of the series.
    pub fn verdict(&self) -> Option<Verdict> {
        let needed = self.last_lag?;
        Some(if needed > self.first_row() {
            Verdict::TooShort
        } else if needed > self.earliest_reached() {
            Verdict::OutOfReach
        } else if self.reach.is_some() {
            Verdict::Longer
        } else {
            Verdict::Reached
        })
    }

    /// How many numbers it consists of.
    pub(super) fn size(&self) -> usize {
        let lags = |of: &Option<Correlogram>| of.as_ref().map_or(0, |it| it.values.len());
        self.gradient.len() + lags(&self.autocorrelation) + lags(&self.partial)
    }
}

/// What the network sees of a column, in words.
fn seen_as(column: &str, of: Scaled) -> String {
    match of {
        Scaled::Value => column.to_owned(),
        Scaled::Logarithm => format!("the logarithm of {column}"),
        Scaled::Change => format!("the change of {column}"),
    }
}

/// Whether recurrent layers forecast a series from its last rows.
pub fn suits(snapshot: &Snapshot) -> bool {
    let material = &snapshot.material;
    let from_the_end = material.network.readout() != Readout::Every;
    let recurrent = matches!(material.network, Network::Recurrent(_));
    recurrent && from_the_end && material.baselines.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn correlogram(values: &[f64]) -> Correlogram {
        Correlogram {
            values: values.to_vec(),
            band: 0.2,
            observations: 96,
        }
    }

    /// A window of ten rows, the last of which lies two rows before the target.
    fn memory(reach: Option<usize>, last_lag: Option<usize>) -> DataMemory {
        DataMemory {
            target: "a".into(),
            window: 10,
            horizon: 2,
            gradient: vec![1.0; 10],
            reach,
            truncate: None,
            autocorrelation: None,
            partial: last_lag.map(|lag| {
                let mut values = vec![0.0; lag + 3];
                (values[0], values[lag]) = (1.0, 0.5);
                correlogram(&values)
            }),
            last_lag,
        }
    }

    #[test]
    fn rows_are_counted_before_the_target() {
        let of = memory(Some(3), Some(4));
        assert_eq!((of.first_row(), of.earliest_reached()), (11, 4));
        assert_eq!(memory(None, None).earliest_reached(), 11);
        // Steps 0, 1 and 2 back are reached: rows 2, 3 and 4 before the target.
        assert_eq!(of.verdict(), Some(Verdict::Longer));
    }

    #[test]
    fn a_window_is_held_against_the_network_and_against_the_data() {
        for (reach, last_lag, expected) in [
            (Some(3), 12, Verdict::TooShort),
            (None, 12, Verdict::TooShort),
            (Some(3), 11, Verdict::OutOfReach),
            (Some(3), 5, Verdict::OutOfReach),
            (Some(3), 4, Verdict::Longer),
            (None, 11, Verdict::Reached),
        ] {
            let of = memory(reach, Some(last_lag));
            assert_eq!(of.verdict(), Some(expected), "{reach:?} {last_lag}");
        }
        assert_eq!(memory(Some(3), None).verdict(), None);
        // Where nothing comes back at all, nothing is in reach.
        let none = DataMemory {
            gradient: Vec::new(),
            ..memory(None, Some(1))
        };
        assert_eq!(none.earliest_reached(), 0);
        assert_eq!(none.verdict(), Some(Verdict::OutOfReach));
    }
}
