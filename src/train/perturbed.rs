//! What one changed step of one sequence changes: proof of who reads whom. The sequences of a batch know nothing of each other; a
//! forward network's outputs know nothing of later steps; one that reads both ways knows all of its sequence.
//!
//! The engine runs twice over the same batch, and the two records are compared bit for bit: nothing is claimed.

use super::{Snapshot, several};
use crate::data::{Span, Split};
use crate::nn::{Part, Stop};
use ndarray::{Array2, ArrayView3, s};

/// How many sequences are run side by side, at most.
pub const SEQUENCES: usize = 3;

/// What a step is nudged by: every value that it reads.
pub const NUDGE: f64 = 0.1;

/// What moved.
#[derive(Clone, Debug, PartialEq)]
pub struct Perturbed {
    /// The part of the data that the sequences are from.
    pub split: Split,
    /// The first of them; the others follow.
    pub first: usize,
    /// Which of them was changed, counted from there.
    pub sequence: usize,
    /// Which step of it, from 1.
    pub t: usize,
    /// What the last layer of each part puts out, and behind it the network's output.
    pub outputs: Vec<Moved>,
}

/// How far outputs moved.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// The part: empty where there is one only; else “encoder” or “decoder”.
    pub part: &'static str,
    /// Whether these are the network's outputs y, not the states that the last layer puts out.
    pub is_y: bool,
    /// How many steps of each sequence are no padding.
    pub lengths: Vec<usize>,
    /// The largest |difference| over the values of each step, `[sequences, steps]`; exactly 0 where every bit is the same.
    pub by: Array2<f64>,
}

impl Perturbed {
    /// Nudges a step of one of the sequences that begin with the probe's, and sees what moves; `None` if there is no such step, or it
    /// takes too much.
    pub(super) fn of(
        snapshot: &Snapshot,
        (sequence, t): (usize, usize),
        stop: &Stop,
    ) -> Option<Self> {
        let split = snapshot.probe.split;
        let all = snapshot.material.dataset.split(split);
        let first = snapshot
            .probe
            .index
            .min(all.len().saturating_sub(SEQUENCES));
        let spans: Vec<Span> = all.iter().skip(first).take(SEQUENCES).copied().collect();
        let step = t.checked_sub(1)?;
        if step >= spans.get(sequence)?.len {
            return None;
        }
        let before = several::run(snapshot, &spans, |_| (), stop)?;
        let nudge = |x: &mut ndarray::Array3<f64>| {
            let mut x = x.slice_mut(s![step, sequence, ..]);
            x.mapv_inplace(|value| value + NUDGE);
        };
        let after = several::run(snapshot, &spans, nudge, stop)?;
        let mut outputs = Vec::new();
        for (before, after) in before.iter().zip(&after) {
            let top = before.scans.iter().map(|scan| scan.place.layer).max()?;
            let mut by = Array2::zeros((spans.len(), before.seq_len()));
            for (one, other) in before.scans.iter().zip(&after.scans) {
                if one.place.layer == top {
                    difference(&mut by, one.trace.h.view(), other.trace.h.view());
                }
            }
            let moved = |is_y, lengths, by| Moved {
                part: before.name,
                is_y,
                lengths,
                by,
            };
            outputs.push(moved(false, before.lengths.clone(), by));
            // An encoder says nothing itself.
            let (steps, _, values) = before.y.dim();
            if steps > 0 && values > 0 {
                let mut by = Array2::zeros((spans.len(), steps));
                difference(&mut by, before.y.view(), after.y.view());
                outputs.push(moved(true, answered(before), by));
            }
        }
        Some(Self {
            split,
            first,
            sequence,
            t,
            outputs,
        })
    }
}

/// How many of a part's outputs are no padding.
fn answered(part: &Part) -> Vec<usize> {
    let steps = part.y.dim().0;
    part.lengths
        .iter()
        .map(|&length| length.min(steps))
        .collect()
}

/// Widens `by` to the largest |difference| at each step.
fn difference(by: &mut Array2<f64>, one: ArrayView3<'_, f64>, other: ArrayView3<'_, f64>) {
    for ((t, sequence, unit), &value) in one.indexed_iter() {
        let now = other[[t, sequence, unit]];
        if value.to_bits() != now.to_bits() {
            // Two numbers that differ have a difference that is not 0; of what is no number it is said to be endless.
            let far = (value - now).abs();
            let far = if far.is_nan() { f64::INFINITY } else { far };
            let most = &mut by[[sequence, t]];
            *most = most.max(far);
        }
    }
}
