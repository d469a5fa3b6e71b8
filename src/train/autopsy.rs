//! How a run ended that could not go on: the update, the first bad number, where it stands, and what had been growing.
//!
//! Nothing is guessed from what is left over. The update is made once more from its [`Remains`](super::Remains), by the same
//! code in the same precision, with everything on record this time; it gives the same bits. Then the record is gone through in the
//! order of the [`Schedule`], forward, and back where the update came so far, until a number is not finite, or stands for the
//! loss or the weights that left their range. Of several sequences of a batch the first is the one that has a bad number after the
//! fewest operations.
//!
//! What led there is told by [`Chain`]s: sizes in a row that had been growing until then, over updates or through time, and by
//! how much the recurrence stretches at a step: σ₁ of its Jacobian.

mod again;
mod cause;
mod finding;
mod remedy;
mod verdict;
mod words;

pub use again::Outcome;
pub use cause::{Cause, Step};
pub use remedy::{LEFT_ALONE, Remedy, Threshold, remedies};
pub use verdict::Verdict;

use super::history::Row;
use super::snapshot::{Snapshot, Status};
use crate::nn::analysis::{
    Growth, RecurrentBlock, growth_from_quarter, norm, recurrent_blocks, weights_of,
};
use crate::nn::{AnyModel, Clip, Line, Network, Optimizer, Part, Quantity, Spot, Station, Stop};
use again::{Again, Begun, with_parameters};
use finding::Case;

/// From fewer norms no threshold is taken.
const FEWEST_NORMS: usize = 5;

/// At most so many updates are looked back over.
const LOOKED_BACK: usize = 1_000;

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Autopsy {
    /// The update that could not be made, from 1.
    pub update: u64,
    /// The update after which the last good weights were.
    pub good: u64,
    /// Its batch: which sequences of the training part.
    pub sequences: Vec<usize>,
    /// Why it ended, as far as the record proves it.
    pub cause: Cause,
    /// The first bad number; `None` where making the update once more takes more memory than may be had beside the window.
    pub found: Option<FirstBad>,
    /// What had been growing; the one nearest to the bad number first.
    pub chains: Vec<Chain>,
    /// The largest singular value of ∂s_t/∂s_{t−1} in the sequence where it began, by step t from 1.
    pub sigmas: Vec<(usize, f64)>,
    /// The recurrent weights of the scan where it began.
    pub recurrent: Option<Recurrent>,
    /// The parameter whose norm rose most from the last good weights to those that ended the run.
    pub parameter: Option<Moved>,
    /// At which norm gradients might be clipped, from what they were before they grew.
    pub threshold: Option<Threshold>,
    /// The optimiser in effect.
    pub optimizer: Optimizer,
    /// The learning rate in effect.
    pub learning_rate: f64,
    /// The clipping in effect.
    pub clip: Clip,
    /// What the update came to, for what can help.
    pub reached: Reached,
}

/// How far the update came that could not be made, and how long the gradients were with which steps were made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reached {
    /// Whether it came to the optimiser's step.
    pub step: bool,
    /// Whether its gradient had a number of which no rate and no clipping makes a step: one that is not finite, and that clipping
    /// by value left so.
    pub is_gradient_bad: bool,
    /// The largest norm before clipping of all updates that came to a step, and of those that came after the last good weights;
    /// 0 where there is none, and infinite where it is not known.
    pub longest: [f64; 2],
}

/// Where in an update it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// On the way forward.
    Forward,
    /// In the loss.
    Loss,
    /// On the way back.
    Backward,
    /// In the gradient of a parameter, where the shares of all steps and sequences are added up.
    Gradient,
    /// In the optimiser's step.
    Step,
    /// In what the optimiser remembers of the gradient for all later steps.
    Memory,
}

/// The first bad number.
#[derive(Clone, Debug, PartialEq)]
pub struct FirstBad {
    /// Where in the update.
    pub phase: Phase,
    /// The number.
    pub value: f64,
    /// What it was not to be above, where it is finite.
    pub limit: Option<f64>,
    /// The row of the batch, from 0, and its sequence of the training part, where it belongs to one.
    pub sequence: Option<(usize, usize)>,
    /// The operation that computed it, or whose adjoint it is; none where it is a parameter's.
    pub station: Option<Station>,
    /// The symbol of what was computed: `h`.
    pub symbol: &'static str,
    /// Of which layer and part: “layer 1 in the decoder”; empty where it belongs to none.
    pub place: String,
    /// Which unit, from 0.
    pub unit: Option<usize>,
    /// The parameter it belongs to, by its index and its name with indices.
    pub parameter: Option<(usize, String)>,
    /// The same number one step before in the order of its sweep, or before the optimiser's step.
    pub before: Option<f64>,
    /// What an output should have been, where the loss is bad: output, then target.
    pub answer: Option<(f64, f64)>,
}

impl FirstBad {
    /// The number as it can be looked at in a network's record.
    pub fn spot(&self) -> Option<Spot> {
        match (&self.parameter, self.station) {
            (Some((index, _)), _) => Some(Spot::Parameter(*index)),
            (None, Some(station)) => Some(Spot::Computed {
                station,
                head: 0,
                unit: match station.line {
                    Line::Loss => 0,
                    _ => self.unit?,
                },
            }),
            (None, None) => None,
        }
    }

    /// Whether it is an adjoint.
    pub fn is_adjoint(&self) -> bool {
        self.phase == Phase::Backward
    }

    /// Whether it came after the loss, so that the way forward was in order.
    pub fn is_on_the_way_back(&self) -> bool {
        match self.phase {
            Phase::Forward | Phase::Loss => false,
            Phase::Backward | Phase::Gradient | Phase::Step | Phase::Memory => true,
        }
    }
}

/// What a chain is of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Grown {
    /// The gradient's norm before clipping, update by update.
    GradientNorm,
    /// The batch's loss, update by update.
    Loss,
    /// The norm of a state, step by step as the scan goes.
    State {
        /// Which one.
        quantity: Quantity,
        /// The sequence of the training part.
        sequence: usize,
    },
    /// The norm of its adjoint, step by step on the way back.
    Adjoint {
        /// Which one.
        quantity: Quantity,
        /// The sequence of the training part.
        sequence: usize,
    },
}

impl Grown {
    /// Whether it is told by update, not by step.
    pub fn is_by_update(self) -> bool {
        matches!(self, Grown::GradientNorm | Grown::Loss)
    }
}

/// Sizes in a row that had been growing.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// Of what.
    pub of: Grown,
    /// The update in which it grew, where it is told step by step; else the last one.
    pub update: u64,
    /// Of which layer, direction and part, where there are several: “layer 1 in the decoder”.
    pub place: String,
    /// Whether these are lengths of gradients of which some were clipped after that.
    pub is_clipped: bool,
    /// Update or step, and size, in the order in which they came.
    pub points: Vec<(f64, f64)>,
    /// The stretch of them over which they grew, up to the largest.
    pub growth: Growth,
}

impl Chain {
    /// Where it began to grow and where it was largest: update or step, and size.
    pub fn ends(&self) -> [(f64, f64); 2] {
        [self.growth.from, self.growth.to].map(|index| self.points[index])
    }
}

/// Recurrent weights before and after they went wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Recurrent {
    /// The parameter's name.
    pub name: String,
    /// The gate whose block stretches most at the end.
    pub gate: Quantity,
    /// Its largest singular value σ₁ at the last good weights, and at those that ended the run.
    pub sigma: [Option<f64>; 2],
    /// Its spectral radius ρ, likewise.
    pub radius: [Option<f64>; 2],
}

/// A parameter that changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// Its name.
    pub name: String,
    /// Its norm at the last good weights.
    pub before: f64,
    /// Its norm at those that ended the run.
    pub after: f64,
}

/// The autopsy of a run that has ended so; `None` of any other, and once `stop` was asked.
pub fn autopsy(snapshot: &Snapshot, stop: &Stop) -> Option<Autopsy> {
    let Status::Diverged(divergence) = &snapshot.status else {
        return None;
    };
    let remains = snapshot.remains.as_deref()?;
    let begun = Begun::fatal(snapshot, remains);
    let again = Again::of(snapshot, remains, &begun, stop);
    if stop.is_asked() {
        return None;
    }
    let network = &snapshot.material.network;
    let at_the_end = &remains.parameters;
    let mut autopsy = Autopsy {
        update: divergence.update,
        good: divergence.good,
        sequences: remains.sequences.clone(),
        cause: Cause::Unknown,
        found: None,
        chains: Vec::new(),
        sigmas: Vec::new(),
        recurrent: None,
        parameter: moved(network, snapshot.model.parameters(), at_the_end),
        threshold: None,
        optimizer: snapshot.optimizer,
        learning_rate: snapshot.learning_rate,
        clip: snapshot.clip,
        reached: reached(snapshot, remains.is_after, divergence.good, again.as_ref()),
    };
    if let Some(again) = &again {
        autopsy.found = again.first_bad(snapshot, remains, stop);
        if let Some(found) = &autopsy.found
            && let Some(at) = again.concerned(found)
        {
            let model = with_parameters::<f64>(network, &begun.parameters);
            let back = found.is_on_the_way_back();
            if let Some(chain) = again.chain(back, at, divergence.update) {
                autopsy.sigmas = again.sigmas(&model, at, &chain, stop);
                autopsy.chains.push(chain);
            }
            let after = with_parameters::<f64>(network, at_the_end);
            let part = again.parts.get(at.0);
            autopsy.recurrent =
                part.and_then(|part| recurrent([&snapshot.model, &after], part, at.1));
        }
    }
    let (norm, loss) = match &again {
        Some(again) => (again.norm, Some(again.loss)),
        None => (None, None),
    };
    let by_update = [
        (Grown::GradientNorm, norm, (|row| row.norm_before) as Number),
        (Grown::Loss, loss, |row| row.train_loss),
    ];
    for (of, last, number) in by_update {
        autopsy
            .chains
            .extend(over_updates(snapshot, divergence.update, of, last, number));
    }
    autopsy.threshold = threshold(snapshot, &autopsy.chains);
    if let Some((found, again)) = autopsy.found.as_ref().zip(again) {
        // All but a few numbers of it is given back before others are made.
        let Again {
            loss,
            norm,
            gradient,
            ..
        } = again;
        let grew = autopsy
            .chains
            .iter()
            .find(|chain| chain.of == Grown::GradientNorm);
        let case = Case {
            snapshot,
            remains,
            update: divergence.update,
            found,
            outcome: Outcome { loss, norm },
            gradient: gradient.as_deref(),
            chain: autopsy
                .chains
                .first()
                .filter(|chain| !chain.of.is_by_update()),
            since: grew.map(|chain| chain.ends()[0].0 as u64),
            stop,
        };
        let step = finding::step_before(&case);
        let way_back = step.as_ref().and_then(|step| step.grew.clone());
        let way_back = way_back.filter(|chain| chain.update != divergence.update);
        autopsy.cause = finding::cause(&case, step);
        // The way back of the update before stands after what grew in the one that could not be made.
        if let Some(chain) = way_back {
            let is_by_step = |chain: &&Chain| !chain.of.is_by_update();
            let first = autopsy.chains.iter().take(1).filter(is_by_step).count();
            autopsy.chains.insert(first, chain);
        }
    }
    (!stop.is_asked()).then_some(autopsy)
}

/// The norm that most gradients were below before they grew, or 1 where there are too few to say; lower than what is clipped at
/// already.
fn threshold(snapshot: &Snapshot, chains: &[Chain]) -> Option<Threshold> {
    let grew = chains.iter().find(|chain| chain.of == Grown::GradientNorm);
    let since = grew.and_then(|chain| chain.points.get(chain.growth.from));
    let is_before = |row: &&Row| since.is_none_or(|(update, _)| row.update as f64 <= *update);
    let norms = snapshot.history.rows().filter(is_before);
    let mut norms: Vec<f64> = norms.map(|row| row.norm_before).collect();
    norms.retain(|norm| norm.is_finite() && *norm > 0.0);
    norms.sort_unstable_by(f64::total_cmp);
    let norm = match norms.len() {
        count if count < FEWEST_NORMS => 1.0,
        count => remedy::rounded(norms[(LEFT_ALONE * (count - 1) as f64).ceil() as usize]),
    };
    let is_lower = snapshot
        .clip
        .max_norm()
        .is_none_or(|clipped| norm < clipped);
    is_lower.then_some(Threshold {
        norm,
        updates: Some(norms.len()).filter(|&count| count >= FEWEST_NORMS),
    })
}

/// How far the update came, and how long gradients were.
fn reached(snapshot: &Snapshot, step: bool, good: u64, again: Option<&Again>) -> Reached {
    let own = match (step, again.and_then(|again| again.norm)) {
        (false, _) => 0.0,
        (true, norm) => norm.unwrap_or(f64::INFINITY),
    };
    let longest = |since: u64| {
        let rows = snapshot.history.rows().filter(|row| row.update > since);
        let norms = rows.map(|row| row.norm_before).chain([own]);
        norms.fold(0.0, |most: f64, norm| match norm.is_finite() {
            true => most.max(norm),
            false => f64::INFINITY,
        })
    };
    let gradient = again.and_then(|again| again.gradient.as_ref());
    Reached {
        step,
        is_gradient_bad: gradient.is_some_and(|all| {
            all.iter().any(|g| match snapshot.clip {
                Clip::Off | Clip::Norm(_) => !g.is_finite(),
                Clip::Value(_) => g.is_nan(),
            })
        }),
        longest: [0, good].map(longest),
    }
}

/// A number of a row of the history.
type Number = fn(&Row) -> f64;

/// What had been growing over the updates until the one that could not be made, whose own number comes last if it has one.
fn over_updates(
    snapshot: &Snapshot,
    fatal: u64,
    of: Grown,
    last: Option<f64>,
    number: Number,
) -> Option<Chain> {
    let rows = snapshot.history.rows().rev().take(LOOKED_BACK);
    let mut points: Vec<(f64, f64)> = rows.map(|row| (row.update as f64, number(row))).collect();
    points.reverse();
    let is_clipped = (snapshot.history.rows().rev().take(LOOKED_BACK)).any(|row| row.clipped);
    points.extend(last.map(|last| (fatal as f64, last)));
    let sizes: Vec<f64> = points.iter().map(|point| point.1).collect();
    let growth = growth_from_quarter(&sizes)?;
    // What doubles has not exploded.
    (growth.factor() >= 2.0).then_some(Chain {
        of,
        update: fatal,
        place: String::new(),
        is_clipped: of == Grown::GradientNorm && is_clipped,
        points,
        growth,
    })
}

/// The parameter whose norm rose most, one that is no number before all others.
fn moved(network: &Network, before: &[f64], after: &[f64]) -> Option<Moved> {
    let of_entry = |entry: crate::nn::ParameterEntry| {
        let [before, after] = [before, after].map(|all| all.get(entry.range.clone()).map(norm));
        let (name, before, after) = (entry.name, before?, after?);
        Some(Moved {
            name,
            before,
            after,
        })
    };
    let change = |moved: &Moved| match moved.after.is_finite() {
        true => moved.after - moved.before,
        false => f64::INFINITY,
    };
    let all = network.entries().into_iter().filter_map(of_entry);
    all.reduce(|most, next| {
        if change(&next) > change(&most) {
            next
        } else {
            most
        }
    })
}

fn recurrent(models: [&AnyModel<f64>; 2], part: &Part, scan: usize) -> Option<Recurrent> {
    let place = part.scans.get(scan)?.place;
    let [before, after] = models.map(|model| {
        let (cell, weights) = weights_of(model, part.name, place)?;
        Some(recurrent_blocks(cell, weights))
    });
    let (before, after) = (before?, after?);
    let sigma = |block: &RecurrentBlock| block.largest_singular_value().unwrap_or(f64::INFINITY);
    let most = (0..after.len()).max_by(|&one, &other| {
        let [one, other] = [one, other].map(|block| sigma(&after[block]));
        one.total_cmp(&other)
    })?;
    let both = [&before[most], &after[most]];
    let prefix = match part.name {
        "" => String::new(),
        name => format!("{name}."),
    };
    Some(Recurrent {
        name: format!("{prefix}weight_hh_{}", place.suffix()),
        gate: after[most].gate,
        sigma: both.map(RecurrentBlock::largest_singular_value),
        radius: both.map(RecurrentBlock::spectral_radius),
    })
}
