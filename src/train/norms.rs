//! The lengths of the gradients of a run before clipping, to choose a limit from.

use super::History;
use crate::nn::Stop;
use std::ops::Range;

/// How many bars the lengths are counted in.
pub const BARS: usize = 32;

/// The norms of the gradients of all updates so far, before clipping.
#[derive(Clone, Debug, PartialEq)]
pub struct Norms {
    /// Those that are numbers, ascending.
    sorted: Vec<f64>,
    /// How many are infinite or no number.
    pub not_finite: usize,
}

impl Norms {
    /// Those of a history; `None` if `stop` was asked meanwhile.
    pub fn of(history: &History, stop: &Stop) -> Option<Self> {
        let mut sorted = Vec::with_capacity(history.len());
        for (index, row) in history.rows().enumerate() {
            if index % 4_096 == 0 && stop.is_asked() {
                return None;
            }
            sorted.push(row.norm_before);
        }
        sorted.retain(|norm| norm.is_finite());
        sorted.sort_unstable_by(f64::total_cmp);
        Some(Self {
            not_finite: history.len() - sorted.len(),
            sorted,
        })
    }

    /// How many updates there are.
    pub fn len(&self) -> usize {
        self.sorted.len() + self.not_finite
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many gradients a limit of the norm would have made shorter, as [`Clip::apply`](crate::nn::Clip::apply) decides it:
    /// those with max_norm / (norm + 10⁻⁶) below 1. Every one was computed at the weights that the limits in effect led to.
    pub fn clipped_at(&self, max_norm: f64) -> usize {
        let is_left = |norm: &f64| max_norm / (norm + 1e-6) >= 1.0;
        self.len() - self.sorted.partition_point(is_left)
    }

    /// The norm below which this share of them lies; `None` where there is none.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let last = self.sorted.len().checked_sub(1)?;
        let at = (share.clamp(0.0, 1.0) * last as f64).round() as usize;
        self.sorted.get(at).copied()
    }

    /// How many are in each of [`BARS`] bars that are equally wide on a logarithmic axis, and the decimal logarithms of where
    /// the first begins and the last ends; `None` where no norm has a logarithm.
    pub fn bars(&self) -> Option<([f64; 2], [u32; BARS])> {
        let positive = &self.sorted[self.sorted.partition_point(|&norm| norm <= 0.0)..];
        let (low, high) = (
            libm::log10(*positive.first()?),
            libm::log10(*positive.last()?),
        );
        // Of norms that are all about the same something is to be seen too.
        let spare = (0.1 - 0.5 * (high - low)).max(0.0);
        let (low, high) = (low - spare, high + spare);
        Some(([low, high], counted([low, high], positive)))
    }

    /// How many of each of these bars a limit would have made shorter, as [`Norms::clipped_at`] counts them.
    pub fn clipped_bars(&self, ends: [f64; 2], max_norm: f64) -> [u32; BARS] {
        let clipped = self.clipped_at(max_norm).saturating_sub(self.not_finite);
        counted(ends, &self.sorted[self.sorted.len() - clipped..])
    }

    /// From where to where a bar reaches, as decimal logarithms.
    pub fn bar([low, high]: [f64; 2], bar: usize) -> Range<f64> {
        let at = |bar: usize| low + (high - low) * bar as f64 / BARS as f64;
        at(bar)..at(bar + 1)
    }

    /// The bytes of its numbers.
    pub fn bytes(&self) -> usize {
        self.sorted.capacity() * size_of::<f64>()
    }
}

/// How many of some norms are in each bar between two ends, which are decimal logarithms; a norm of 0 is in none.
fn counted([low, high]: [f64; 2], norms: &[f64]) -> [u32; BARS] {
    let mut bars = [0; BARS];
    for &norm in norms.iter().filter(|norm| **norm > 0.0) {
        let at = (libm::log10(norm) - low) / (high - low) * BARS as f64;
        bars[(at.max(0.0) as usize).min(BARS - 1)] += 1;
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::{Clip, Lanes};
    use crate::train::history::Row;

    fn history(norms: &[f64]) -> History {
        let mut history = History::new(None);
        for (index, &norm) in norms.iter().enumerate() {
            history.push(Row {
                update: index as u64 + 1,
                train_loss: 1.0,
                test_loss: None,
                norm_before: norm,
                norm_after: norm,
                clipped: false,
                learning_rate: 0.1,
                parameter_norm: 1.0,
                update_norm: 0.1,
            });
        }
        history
    }

    /// What would have been clipped is what clipping does.
    #[test]
    fn as_many_are_clipped_as_clipping_would_have() {
        let all = [3.0, 0.5, 1.0, 1.0 - 1e-6, 0.999_999, 2.0, 40.0, 0.0];
        let norms = Norms::of(&history(&all), &Stop::default()).unwrap();
        for max_norm in [1e-7, 0.4, 0.5, 0.6, 1.0, 2.0, 39.0, 41.0] {
            let clipped = all.iter().filter(|&&norm| {
                let mut gradient = [norm];
                Clip::Norm(max_norm)
                    .apply(Lanes::plain(), &mut gradient)
                    .clipped
            });
            assert_eq!(norms.clipped_at(max_norm), clipped.count(), "{max_norm}");
        }
        assert_eq!(norms.quantile(0.0), Some(0.0));
        assert_eq!(norms.quantile(1.0), Some(40.0));
    }

    #[test]
    fn every_norm_that_has_a_logarithm_is_in_a_bar() {
        let all = [1e-3, 0.0, 1.0, 10.0, f64::INFINITY, f64::NAN, 0.9];
        let norms = Norms::of(&history(&all), &Stop::default()).unwrap();
        assert_eq!((norms.len(), norms.not_finite), (7, 2));
        let ([low, high], bars) = norms.bars().unwrap();
        assert!((low + 3.0).abs() < 1e-12 && (high - 1.0).abs() < 1e-12);
        assert_eq!(bars.iter().sum::<u32>(), 4);
        assert_eq!((bars[0], bars[BARS - 1]), (1, 1));
        let of_one = bars.iter().skip(1).position(|&count| count > 0).unwrap() + 1;
        assert!(Norms::bar([low, high], of_one).contains(&libm::log10(0.9)));
        // Of a bar that a limit divides the part above it; none above all, and all that have a bar above none.
        let clipped = |max_norm: f64| norms.clipped_bars([low, high], max_norm);
        let half = clipped(0.95);
        assert_eq!(
            (half.iter().sum::<u32>(), half[of_one], half[0]),
            (2, bars[of_one] - 1, 0)
        );
        assert_eq!((clipped(20.0), clipped(1e-7)), ([0; BARS], bars));
        // What is no number would have been clipped, if anything would.
        assert_eq!(norms.clipped_at(20.0), 2);
        // All the same: a bar in the middle of a fifth of a decade.
        let same = Norms::of(&history(&[2.0; 5]), &Stop::default()).unwrap();
        let ([low, high], bars) = same.bars().unwrap();
        assert!((high - low - 0.2).abs() < 1e-12);
        assert_eq!(bars[BARS / 2] + bars[BARS / 2 - 1], 5);
        assert_eq!(
            Norms::of(&history(&[0.0]), &Stop::default())
                .unwrap()
                .bars(),
            None
        );
    }
}
