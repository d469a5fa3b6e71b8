//! How much each step stretches a change of the state: the singular values of ∂s_t/∂s_{t−1}, step by step.
//!
//! The largest, σ₁, is the most that step t can make of a change, or, going back, of a gradient; the smallest the least. With
//! Pascanu's bound (see [`super::spectrum`]) σ₁ ≤ γ σ₁(W_hh) at every step of an Elman network.
//!
//! A decomposition costs about rows³ operations, so of a long sequence of a wide layer only every few steps are looked at: as
//! many as [`MOST_WORK`] allows, counted back from the scan's last step, and the answer says how many.

use super::jacobian::{States, step};
use super::spectrum::{pascanu_bound, recurrent_blocks};
use super::subject::Subject;
use crate::nn::{Quantity, Stop};

/// The most that is worked at, as a sum of rows³: about a second.
pub const MOST_WORK: usize = 1 << 26;

/// How a step stretches a change of the state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// The step, from 1.
    pub t: usize,
    /// σ₁.
    pub largest: f64,
    /// The one in the middle; of an even number the lower of the two.
    pub middle: f64,
    /// The last one.
    pub smallest: f64,
}

/// The same of the steps of a sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretches {
    /// In the order of time; steps of which a value is not finite are left out.
    pub steps: Vec<Stretch>,
    /// Every how many steps one was looked at: 1 where all were.
    pub every: usize,
    /// Pascanu's bound γ σ₁(W_hh) on σ₁ of every step; `None` for a gated cell.
    pub bound: Option<f64>,
}

/// The singular values of every step of a scan, as far as the work allows; given up with `None` once `stop` is asked.
pub fn stretches(subject: &Subject<'_>, states: States, stop: &Stop) -> Option<Stretches> {
    let hidden = subject.hidden();
    let has_c = subject.cell.states().contains(&Quantity::C) && states == States::Whole;
    let rows = if has_c { 2 * hidden } else { hidden };
    let work = rows.saturating_pow(3).max(1);
    let every = subject.length.div_ceil((MOST_WORK / work).max(1));
    // The scan's last step is one of them, whichever end that is.
    let offset = match subject.direction {
        crate::nn::Direction::Forward => (subject.length - 1) % every,
        crate::nn::Direction::Reverse => 0,
    };
    let mut steps = Vec::new();
    for t in (1 + offset..=subject.length).step_by(every) {
        if stop.is_asked() {
            return None;
        }
        let found = step(subject, states, t).and_then(|it| it.singular_values());
        if let Some(sigma) = found
            && let (Some(&largest), Some(&smallest)) = (sigma.first(), sigma.last())
        {
            steps.push(Stretch {
                t,
                largest,
                middle: sigma[sigma.len() / 2],
                smallest,
            });
        }
    }
    Some(Stretches {
        steps,
        every,
        bound: bound(subject),
    })
}

/// Pascanu's bound on what a step of a scan does; `None` for a gated cell.
pub fn bound(subject: &Subject<'_>) -> Option<f64> {
    pascanu_bound(subject.cell, 1.0)?;
    let blocks = recurrent_blocks(subject.cell, subject.weights);
    pascanu_bound(subject.cell, blocks.first()?.largest_singular_value()?)
}
