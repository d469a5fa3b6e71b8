//! How it is found why a run ended: the step before is looked at, and updates are made once more with something otherwise. A cause
//! is named only where that goes well which went wrong with it.

use super::again::{Again, Begun, Outcome, outcome};
use super::cause::{Cause, Step, largest};
use super::{Chain, FEWEST_NORMS, FirstBad, Grown, Phase};
use crate::data::{Scaler, Targets};
use crate::experiment::Precision;
use crate::nn::analysis::norm;
use crate::nn::{Clip, Init, Optimizer, SetWeight, Stop};
use crate::train::Setup;
use crate::train::history::Row;
use crate::train::remains::Remains;
use crate::train::snapshot::Snapshot;

/// What has grown so many times through time has exploded.
const EXPLODED: f64 = 10.0;

/// What makes a gradient so many times as long is a cause.
const MANY_TIMES: f64 = 100.0;

/// That data are not scaled is told of runs that end within so many updates: later much else has happened.
const EARLY: u64 = 20;

/// Steps shorter than this share of the weights' norm are no large ones by themselves.
const LARGE: f64 = 0.1;

/// The share of a step that is tried beside it.
const SHORTER: f64 = 0.1;

/// All that is known of an end when it is asked why.
pub(super) struct Case<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) remains: &'a Remains,
    /// The update that could not be made.
    pub(super) update: u64,
    pub(super) found: &'a FirstBad,
    /// What it came to.
    pub(super) outcome: Outcome,
    /// Its gradient before clipping.
    pub(super) gradient: Option<&'a [f64]>,
    /// How the state or its adjoint grew in it.
    pub(super) chain: Option<&'a Chain>,
    /// Since which update gradients had been growing.
    pub(super) since: Option<u64>,
    pub(super) stop: &'a Stop,
}

impl Case<'_> {
    fn of(&self, begun: &Begun) -> Option<Outcome> {
        outcome(self.snapshot, self.remains, begun, self.stop)
    }

    fn before(&self) -> &[f64] {
        self.snapshot.model.parameters()
    }

    /// Whether the update led from the first weights, or no further.
    fn is_first(&self) -> bool {
        self.update == 1
    }

    /// Whether a loss is in order.
    fn is_in_order(&self, loss: f64) -> bool {
        loss.is_finite() && loss <= self.remains.loss_bound
    }
}

/// Why it ended.
pub(super) fn cause(case: &Case<'_>, step: Option<Step>) -> Cause {
    let found = beyond_range(case)
        .or_else(|| set_by_hand(case))
        .or_else(|| unscaled(case, step.as_ref()))
        .or_else(|| no_epsilon(case))
        .or_else(|| square_beyond_range(case))
        .or_else(|| exploded_on_the_way(case))
        .or_else(|| first_weights(case))
        .or_else(|| by_step(case, step));
    found.unwrap_or(Cause::Unknown)
}

/// A number of the batch's data that the precision does not hold.
fn beyond_range(case: &Case<'_>) -> Option<Cause> {
    let precision = case.snapshot.precision;
    let material = &case.snapshot.material;
    let dataset = &material.dataset;
    let is_past = |value: f64| value.is_finite() && value.abs() > largest(precision);
    let name = |names: &[String], at: usize| names.get(at).cloned().unwrap_or_default();
    for &sequence in &case.remains.sequences {
        let span = *dataset.train.get(sequence)?;
        let cause = |is_target, column, value| Cause::BeyondRange {
            is_target,
            column,
            sequence,
            value,
            precision,
        };
        for row in span.rows() {
            let values = dataset.inputs.row(row);
            if let Some((at, &value)) = values.iter().enumerate().find(|(_, v)| is_past(**v)) {
                return Some(cause(false, name(&dataset.input_names, at), value));
            }
        }
        let Targets::Values(targets) = &dataset.targets else {
            continue;
        };
        let asked = material.answering.rows(span);
        let asked = match material.answering {
            crate::experiment::Answering::Once => span.last_row()..span.last_row() + 1,
            _ => asked,
        };
        for row in asked {
            let values = targets.row(row);
            if let Some((at, &value)) = values.iter().enumerate().find(|(_, v)| is_past(**v)) {
                return Some(cause(true, name(&dataset.output_names, at), value));
            }
        }
    }
    None
}

/// Whether something goes well without what is looked at, and badly with it.
fn is_cause(with: Outcome, without: Outcome) -> bool {
    let Some(less) = without.norm.filter(|norm| norm.is_finite()) else {
        return false;
    };
    with.norm
        .is_none_or(|norm| !norm.is_finite() || norm > MANY_TIMES * less)
}

/// Weights that were set by hand just before.
fn set_by_hand(case: &Case<'_>) -> Option<Cause> {
    let (snapshot, remains) = (case.snapshot, case.remains);
    let network = &snapshot.material.network;
    let changed = |after: u64| -> Vec<SetWeight> {
        let changes = snapshot.changes.iter();
        let changes = changes.filter(|change| change.update == after);
        changes.flat_map(|change| change.set.clone()).collect()
    };
    // The last update that was made with them, and what it begins with.
    let fatal = Begun::fatal(snapshot, remains);
    let last = case.update - 1;
    let set = changed(last);
    let (update, begun, with, set, before) = if last > 0 && !set.is_empty() {
        // What they were before is on record where they were not moved since.
        if remains.is_after {
            return None;
        }
        let before = case.before().to_vec();
        (case.update, fatal, case.outcome, set, before)
    } else {
        let init = snapshot.setup.init.as_ref()?;
        let mut set = init.set.clone();
        set.extend(changed(0));
        if set.is_empty() || case.update > 2 || case.update == 2 && remains.is_after {
            return None;
        }
        let drawn = Setup {
            init: Some(Init {
                set: Vec::new(),
                ..init.clone()
            }),
            ..(*snapshot.setup).clone()
        };
        let file = snapshot.material.first_weights.as_ref();
        let before = drawn.first(network, snapshot.precision, file)?;
        match case.update {
            1 => (1, fatal, case.outcome, set, before),
            _ => {
                let begun = Begun::of_update(snapshot, 1, case.before().to_vec())?;
                let with = case.of(&begun)?;
                (1, begun, with, set, before)
            }
        }
    };
    let places: Vec<(usize, &SetWeight)> = set
        .iter()
        .filter_map(|one| Some((network.parameter_index(one)?, one)))
        .collect();
    let mut parameters = begun.parameters.clone();
    for (at, _) in &places {
        parameters[*at] = before[*at];
    }
    let without = case.of(&begun.with_parameters(parameters))?;
    let largest = places.into_iter().reduce(|most, next| {
        if next.1.value.abs() > most.1.value.abs() {
            next
        } else {
            most
        }
    });
    let (at, largest) = largest?;
    is_cause(with, without).then(|| Cause::SetByHand {
        update,
        weight: format!("{}{:?}", largest.parameter, largest.index),
        count: set.len(),
        value: largest.value,
        before: before[at],
        with,
        without,
    })
}

/// Data of a file that are read as they are, where the first gradient is long for that reason.
fn unscaled(case: &Case<'_>, step: Option<&Step>) -> Option<Cause> {
    let snapshot = case.snapshot;
    let dataset = &snapshot.material.dataset;
    let is_file = snapshot.material.source.is_some();
    let is_plain = |all: &[Scaler]| all.iter().all(|scaler| *scaler == Scaler::IDENTITY);
    if !is_file || case.update > EARLY || !is_plain(&dataset.input_scalers) {
        return None;
    }
    let has_values = matches!(dataset.targets, Targets::Values(_));
    if has_values && !is_plain(&dataset.output_scalers) {
        return None;
    }
    let material = &snapshot.material;
    let file = material.first_weights.as_ref();
    let setup = &snapshot.setup;
    let first = setup.first(&material.network, snapshot.precision, file)?;
    let begun = Begun::of_update(snapshot, 1, first)?;
    let with = case.of(&begun)?;
    let without = case.of(&begun.clone().scaled())?;
    // A step that does not grow with the gradient is none of its doing.
    let is_limited = step.is_some_and(|step| step.is_adaptive() || step.is_clipped);
    if !is_cause(with, without) || is_limited && with.norm.is_some_and(f64::is_finite) {
        return None;
    }
    let magnitude = |most: f64, value: &f64| most.max(value.abs());
    let mut input: f64 = 0.0;
    let mut target: Option<f64> = None;
    for &sequence in &begun.sequences {
        let span = *dataset.train.get(sequence)?;
        for row in span.rows() {
            input = dataset.inputs.row(row).iter().fold(input, magnitude);
        }
        if let Targets::Values(values) = &dataset.targets {
            for row in snapshot.material.answering.rows(span) {
                let most = values.row(row).iter().fold(0.0, magnitude);
                target = Some(target.unwrap_or(0.0).max(most));
            }
        }
    }
    Some(Cause::Unscaled {
        input,
        target,
        with,
        without,
        step: step.cloned(),
    })
}

/// 0 / 0 in an optimiser whose ε the precision does not hold.
fn no_epsilon(case: &Case<'_>) -> Option<Cause> {
    let optimizer = case.snapshot.optimizer;
    let epsilon = match optimizer {
        Optimizer::Sgd { .. } => return None,
        Optimizer::RmsProp { epsilon, .. }
        | Optimizer::Adam { epsilon, .. }
        | Optimizer::AdamW { epsilon, .. } => epsilon,
    };
    let (index, weight) = case.found.parameter.as_ref()?;
    let is_lost = case.snapshot.precision == Precision::F32 && epsilon as f32 == 0.0;
    let is_step = case.found.phase == Phase::Step && case.found.value.is_nan();
    let gradient = *case.gradient?.get(*index)?;
    (is_lost && is_step && gradient == 0.0).then(|| Cause::NoEpsilon {
        optimizer,
        epsilon,
        weight: weight.clone(),
    })
}

/// A square in an optimiser that the precision does not hold. What clipping left of the gradient is not on record.
fn square_beyond_range(case: &Case<'_>) -> Option<Cause> {
    let (index, weight) = case.found.parameter.as_ref()?;
    let is_memory = case.found.phase == Phase::Memory && case.snapshot.clip == Clip::Off;
    let gradient = *case.gradient?.get(*index)?;
    let precision = case.snapshot.precision;
    let is_past = gradient.abs() > largest(precision).sqrt();
    (is_memory && is_past).then(|| Cause::SquareBeyondRange {
        optimizer: case.snapshot.optimizer,
        weight: weight.clone(),
        gradient,
        precision,
    })
}

/// Whether it has grown many times, beyond what it began with too: what faded before has not exploded when it comes back.
fn has_exploded(chain: &&Chain) -> bool {
    let sizes = chain.points.iter().map(|point| point.1);
    let first = sizes.into_iter().find(|&size| size > 0.0);
    let largest = chain.ends()[1].1;
    chain.growth.factor() >= EXPLODED && first.is_some_and(|first| largest >= EXPLODED * first)
}

/// A gradient that is not finite, having grown until there.
fn exploded_on_the_way(case: &Case<'_>) -> Option<Cause> {
    let is_on_the_way = matches!(case.found.phase, Phase::Backward | Phase::Gradient);
    let is_adjoint = |chain: &&Chain| matches!(chain.of, Grown::Adjoint { .. });
    let chain = case.chain.filter(has_exploded).filter(is_adjoint)?;
    is_on_the_way.then(|| Cause::Exploding {
        chain: chain.clone(),
        step: None,
        precision: case.snapshot.precision,
    })
}

/// A state that grows before any step was made.
fn first_weights(case: &Case<'_>) -> Option<Cause> {
    let is_state = |chain: &&Chain| matches!(chain.of, Grown::State { .. });
    let chain = case.chain.filter(has_exploded).filter(is_state)?;
    (case.is_first() && !case.remains.is_after).then(|| Cause::FirstWeights {
        chain: chain.clone(),
        past: (case.found.phase == Phase::Forward).then_some(case.snapshot.precision),
    })
}

fn by_step(case: &Case<'_>, step: Option<Step>) -> Option<Cause> {
    // Weights that the step left in order did not end the run.
    let step = step.filter(|_| case.found.phase != Phase::Memory)?;
    let before = step.loss[0].is_some_and(|loss| case.is_in_order(loss));
    let shorter = step.shorter.is_some_and(|loss| case.is_in_order(loss));
    let is_large = !step.moved.is_finite() || step.moved >= LARGE * step.weights || shorter;
    if !before || !is_large {
        return None;
    }
    let limits = step.is_adaptive() || step.is_clipped;
    let exploded = step.grew.as_ref().filter(has_exploded).filter(|_| !limits);
    Some(match exploded.cloned() {
        Some(chain) => Cause::Exploding {
            chain,
            step: Some(step),
            precision: case.snapshot.precision,
        },
        None => Cause::TooHighRate { step },
    })
}

/// The optimiser's step after which it ended; `None` where none was made, or it is not on record.
pub(super) fn step_before(case: &Case<'_>) -> Option<Step> {
    let (snapshot, remains) = (case.snapshot, case.remains);
    let (before, after) = (case.before(), &remains.parameters);
    let difference: Vec<f64> = after.iter().zip(before).map(|(a, b)| a - b).collect();
    let moved = norm(&difference);
    let newest: Option<&Row> = snapshot.history.last();
    let (update, gradient, is_clipped, learning_rate) = match remains.is_after {
        true => (
            case.update,
            case.outcome.norm?,
            match snapshot.clip {
                Clip::Off => false,
                Clip::Norm(most) => case.outcome.norm.is_some_and(|norm| norm > most),
                Clip::Value(most) => case.gradient?.iter().any(|g| g.abs() > most),
            },
            snapshot.learning_rate,
        ),
        false => {
            let row = newest.filter(|row| row.update + 1 == case.update)?;
            (row.update, row.norm_before, row.clipped, row.learning_rate)
        }
    };
    let fatal = Begun::fatal(snapshot, remains);
    let loss_at = |parameters: Vec<f64>| {
        let is_finite = parameters.iter().all(|value| value.is_finite());
        let begun = fatal.with_parameters(parameters);
        Some(case.of(&begun).filter(|_| is_finite)?.loss)
    };
    let loss = match remains.is_after {
        true => [Some(case.outcome.loss), loss_at(after.clone())],
        false => [loss_at(before.to_vec()), Some(case.outcome.loss)],
    };
    let shorter = before.iter().zip(&difference);
    let shorter = loss_at(shorter.map(|(p, d)| p + SHORTER * d).collect());
    let is_before = |row: &&Row| row.update < case.since.unwrap_or(update).min(update);
    let mut norms: Vec<&Row> = snapshot.history.rows().filter(is_before).collect();
    let until = norms.last().map(|row| row.update);
    norms.retain(|row| row.norm_before.is_finite());
    norms.sort_unstable_by(|a, b| a.norm_before.total_cmp(&b.norm_before));
    let median = norms.get(norms.len() / 2).map(|row| row.norm_before);
    let usual = median.zip(until).filter(|_| norms.len() >= FEWEST_NORMS);
    let grew = match remains.is_after {
        true => case.chain.cloned(),
        false => way_back_of(case, update, gradient),
    };
    Some(Step {
        update,
        optimizer: snapshot.optimizer,
        learning_rate,
        clip: snapshot.clip,
        gradient,
        is_clipped,
        usual,
        moved,
        weights: norm(before),
        loss,
        shorter,
        grew: grew.filter(|chain| matches!(chain.of, Grown::Adjoint { .. })),
    })
}

/// How the gradient grew on the way back of the update before, made once more: known only where that has the same norm to the bit.
fn way_back_of(case: &Case<'_>, update: u64, gradient: f64) -> Option<Chain> {
    let begun = Begun::of_update(case.snapshot, update, case.before().to_vec())?;
    let again = Again::of(case.snapshot, case.remains, &begun, case.stop)?;
    let is_same = again.norm.map(f64::to_bits) == Some(gradient.to_bits());
    let at = again.most_grown(true, None).filter(|_| is_same)?;
    again.chain(true, at, update)
}
