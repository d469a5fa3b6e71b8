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

mod remedy;
mod words;

pub use remedy::{LEFT_ALONE, Remedy, Threshold, remedies};

use super::history::Row;
use super::remains::Remains;
use super::snapshot::{Snapshot, Status};
use super::trainer::Batch;
use crate::experiment::Precision;
use crate::nn::analysis::{
    Growth, RecurrentBlock, States, Subject, growth_from_least, growth_from_quarter, norm,
    recurrent_blocks, step, weights_of,
};
use crate::nn::init::{Init, Scheme};
use crate::nn::seq2seq::Lengths;
use crate::nn::{
    AnyModel, AnyWorkspace, Clip, Direction, Lanes, Line, Network, Optimizer, Part, Quantity, Real,
    Record, Schedule, Spot, Station, Stop, Target,
};
use crate::random::Stream;
use ndarray::{Array2, ArrayView1, s};

/// How many bytes making an update once more may take beside the window.
const MOST_BYTES: u128 = 256 << 20;

/// At most so many Jacobians are decomposed: those nearest to where it ended.
const MOST_SIGMAS: usize = 32;

/// In layers wider than this none is: it would take longer than anybody waits.
const WIDEST: usize = 128;

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
    /// Update or step, and size, in the order in which they came.
    pub points: Vec<(f64, f64)>,
    /// The stretch of them over which they grew.
    pub growth: Growth,
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
    let again = match snapshot.precision {
        Precision::F32 => Again::new::<f32>(snapshot, remains, stop),
        Precision::F64 => Again::new::<f64>(snapshot, remains, stop),
    };
    if stop.is_asked() {
        return None;
    }
    let network = &snapshot.material.network;
    let at_the_end = &remains.parameters;
    let mut autopsy = Autopsy {
        update: divergence.update,
        good: divergence.good,
        sequences: remains.sequences.clone(),
        found: None,
        chains: Vec::new(),
        sigmas: Vec::new(),
        recurrent: None,
        parameter: moved(network, snapshot.model.parameters(), at_the_end),
        threshold: None,
        optimizer: snapshot.optimizer,
        learning_rate: snapshot.learning_rate,
        clip: snapshot.clip,
    };
    if let Some(again) = &again {
        autopsy.found = again.first_bad(snapshot, remains, stop);
        if let Some(found) = &autopsy.found {
            let model = with_parameters::<f64>(network, began_with(snapshot, remains));
            let at = again.concerned(found);
            if let Some(chain) = at.and_then(|at| again.chain(found, remains, at)) {
                autopsy.sigmas = again.sigmas(&model, at, &chain, stop);
                autopsy.chains.push(chain);
            }
            let after = with_parameters::<f64>(network, at_the_end);
            autopsy.recurrent = at.and_then(|(part, scan, _)| {
                let part = again.parts.get(part)?;
                recurrent([&snapshot.model, &after], part, scan)
            });
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
    points.extend(last.map(|last| (fatal as f64, last)));
    let sizes: Vec<f64> = points.iter().map(|point| point.1).collect();
    let growth = growth_from_quarter(&sizes)?;
    // What doubles has not exploded.
    (growth.factor() >= 2.0).then_some(Chain { of, points, growth })
}

/// The weights that the update began with.
fn began_with<'a>(snapshot: &'a Snapshot, remains: &'a Remains) -> &'a [f64] {
    match remains.is_after {
        true => snapshot.model.parameters(),
        false => &remains.parameters,
    }
}

fn with_parameters<T: Real>(network: &Network, values: &[f64]) -> AnyModel<T> {
    let init = Init {
        scheme: Scheme::Pytorch,
        forget_bias: None,
        set: Vec::new(),
    };
    let mut model = AnyModel::new(network, &init, &mut Stream::new(0, "init"));
    for (parameter, &value) in model.parameters_mut().iter_mut().zip(values) {
        *parameter = T::value_of(value);
    }
    model
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

/// The update, made once more with everything on record.
struct Again {
    network: Network,
    parts: Vec<Part>,
    /// What the outputs should have been, `[steps, batch, outputs]` or classes.
    target: Target<f64>,
    /// What each sequence costs at each step of its outputs, `[batch, steps]`: not yet shared among all.
    costs: Array2<f64>,
    loss: f64,
    /// The gradient before clipping, where the update came so far.
    gradient: Option<Vec<f64>>,
    /// Its norm.
    norm: Option<f64>,
}

/// A bad number on the way: after how many operations, in which row of the batch, at which station and unit.
type Hit = (usize, usize, Station, usize, f64);

impl Again {
    fn new<T: Real>(snapshot: &Snapshot, remains: &Remains, stop: &Stop) -> Option<Self> {
        let material = &*snapshot.material;
        let (network, dataset) = (&material.network, &material.dataset);
        let room = Lengths {
            source: material.seq_len,
            target: material.answer_len,
        };
        let rows = remains.sequences.len();
        let padding = dataset.ragged();
        let bytes = AnyWorkspace::<T>::bytes(network, room, rows, Record::Everything, padding);
        let widened = bytes * size_of::<f64>() as u128 / size_of::<T>() as u128;
        if bytes + widened > MOST_BYTES {
            return None;
        }
        let model = with_parameters::<T>(network, began_with(snapshot, remains));
        let mut batch = Batch::<T>::with_room(material, room, rows, Record::Everything, stop);
        for (row, &sequence) in remains.sequences.iter().enumerate() {
            let span = *dataset.train.get(sequence)?;
            batch.gather(dataset, material.answering, row, span);
        }
        batch.set_lengths(remains.masking);
        let Batch {
            mut workspace,
            target,
            ..
        } = batch;
        let stream = |name, position| {
            let mut stream = Stream::new(remains.seed, name);
            stream.go_to(position);
            stream
        };
        let mut dropout = stream("dropout", remains.dropout);
        let mut forcing = stream("teacher forcing", remains.forcing);
        workspace.train(&mut dropout, remains.teacher_forcing, &mut forcing);
        workspace.truncate(remains.truncate);
        model.forward(&mut workspace, &target);
        let mut costs = Array2::zeros((rows, workspace.y().dim().0));
        for (row, mut costs) in costs.outer_iter_mut().enumerate() {
            if let Some(costs) = costs.as_slice_mut() {
                workspace.add_loss(material.loss, &target, row..row + 1, 1, costs);
            }
        }
        let loss = model.loss(&mut workspace, material.loss, &target);
        let ended = !loss.is_finite() || loss > remains.loss_bound;
        let (mut gradient, mut norm) = (None, None);
        if !ended && !stop.is_asked() {
            let mut found = vec![T::ZERO; model.parameters().len()];
            model.backward(&mut workspace, &mut found);
            gradient = Some(found.iter().map(|g| g.widen()).collect());
            norm = Some(snapshot.clip.apply(Lanes::detect(), &mut found).norm_before);
        }
        let target = match target {
            Target::Values(values) => Target::Values(values.mapv(T::widen)),
            Target::Classes(classes) => Target::Classes(classes),
        };
        let (parts, _) = workspace.into_record();
        (!stop.is_asked()).then_some(Self {
            network: network.clone(),
            parts,
            target,
            costs,
            loss,
            gradient,
            norm,
        })
    }

    /// The order of operations over a row of the batch.
    fn schedule(&self, row: usize) -> Option<Schedule> {
        let steps = |part: Option<&Part>| part.and_then(|part| part.lengths.get(row).copied());
        let lengths = Lengths {
            source: steps(self.parts.first())?,
            target: steps(self.parts.get(1)).unwrap_or(0),
        };
        Some(Schedule::new(&self.network, lengths))
    }

    /// What an operation computed in a row of the batch, or its adjoint, where it is on record.
    fn values(&self, station: &Station, row: usize, adjoint: bool) -> Option<ArrayView1<'_, f64>> {
        let part = self.parts.get(station.part)?;
        let at = station.t.checked_sub(1)?;
        let (scan, quantity) = match station.line {
            Line::Cell(quantity) => (part.index_of(station.place?)?, quantity),
            Line::Norm => (part.index_of(station.place?)?, Quantity::H),
            Line::Readout => (0, Quantity::Y),
            _ => return None,
        };
        let all = part.get(scan, quantity, adjoint)?;
        let (steps, rows, _) = all.dim();
        // Where there is one output it is the last step's.
        let at = match quantity {
            Quantity::Y => at.min(steps.checked_sub(1)?),
            _ => at,
        };
        (at < steps && row < rows).then(|| all.slice_move(s![at, row, ..]))
    }

    /// The first number of a sweep that is not finite.
    fn not_finite(&self, adjoint: bool, stop: &Stop) -> Option<Hit> {
        let mut first: Option<Hit> = None;
        for row in 0..self.costs.nrows() {
            let schedule = self.schedule(row)?;
            let most = first.map_or(schedule.len(), |hit| hit.0.min(schedule.len()));
            for passed in 0..most {
                if stop.is_asked() {
                    return None;
                }
                let index = match adjoint {
                    false => passed,
                    true => schedule.len() - 1 - passed,
                };
                let Some(station) = schedule.station(index) else {
                    continue;
                };
                let Some(values) = self.values(&station, row, adjoint) else {
                    continue;
                };
                if let Some(unit) = values.iter().position(|value| !value.is_finite()) {
                    first = Some((passed, row, station, unit, values[unit]));
                    break;
                }
            }
        }
        first
    }

    fn first_bad(&self, snapshot: &Snapshot, remains: &Remains, stop: &Stop) -> Option<FirstBad> {
        let on_the_way = |adjoint, phase| {
            let (_, row, station, unit, value) = self.not_finite(adjoint, stop)?;
            let step = self.neighbour(&station, row, adjoint);
            Some(FirstBad {
                phase,
                value,
                limit: None,
                sequence: Some((row, *remains.sequences.get(row)?)),
                station: Some(station),
                symbol: self.symbol(&station),
                place: self.place(&station),
                unit: Some(unit),
                parameter: None,
                before: step.and_then(|values| values.get(unit).copied()),
                answer: None,
            })
        };
        let gradient = match &self.gradient {
            None => return on_the_way(false, Phase::Forward).or_else(|| self.bad_loss(remains)),
            Some(gradient) => gradient,
        };
        let found = on_the_way(false, Phase::Forward);
        let found = found.or_else(|| on_the_way(true, Phase::Backward));
        found.or_else(|| {
            let at = gradient.iter().position(|g| !g.is_finite());
            let phase = if at.is_some() {
                Phase::Gradient
            } else {
                Phase::Step
            };
            self.bad_parameter(phase, at, gradient, (snapshot, remains))
        })
    }

    /// The loss is past its bound, or not finite though all outputs are: where it is largest.
    fn bad_loss(&self, remains: &Remains) -> Option<FirstBad> {
        let worse = |cost: f64, most: f64| cost > most || cost.is_nan() && !most.is_nan();
        let costs = self.costs.indexed_iter().map(|(at, &cost)| (at, cost));
        let largest = costs.reduce(|most, next| if worse(next.1, most.1) { next } else { most });
        let ((row, step), _) = largest?;
        let part = self.parts.len().checked_sub(1)?;
        let y = &self.parts[part].y;
        let outputs = || (0..y.dim().2).map(|unit| (unit, y[[step, row, unit]]));
        let (unit, answer) = match &self.target {
            Target::Values(wanted) => {
                let off = |unit: usize, y: f64| (y - wanted[[step, row, unit]]).abs();
                let most = outputs().reduce(|most, next| {
                    let [a, b] = [most, next].map(|(unit, y)| off(unit, y));
                    if worse(b, a) { next } else { most }
                })?;
                (most.0, Some((most.1, wanted[[step, row, most.0]])))
            }
            Target::Classes(classes) => (*classes.get([step, row])?, None),
        };
        // A single output is the last step's.
        let t = match y.dim().0 {
            1 => *self.parts[part].lengths.get(row)?,
            _ => step + 1,
        };
        Some(FirstBad {
            phase: Phase::Loss,
            value: self.loss,
            limit: Some(remains.loss_bound).filter(|_| self.loss.is_finite()),
            sequence: Some((row, *remains.sequences.get(row)?)),
            station: Some(Station {
                part,
                place: None,
                t,
                line: Line::Loss,
            }),
            symbol: "L",
            place: String::new(),
            unit: Some(unit),
            parameter: None,
            before: None,
            answer,
        })
    }

    /// A parameter whose gradient is not finite, at `at`, or that left its range in the optimiser's step.
    fn bad_parameter(
        &self,
        phase: Phase,
        at: Option<usize>,
        gradient: &[f64],
        (snapshot, remains): (&Snapshot, &Remains),
    ) -> Option<FirstBad> {
        let after = &remains.parameters;
        let index = at.or_else(|| after.iter().position(|value| !value.is_finite()));
        let largest = || {
            let sizes = after.iter().map(|value| value.abs()).enumerate();
            let largest = sizes.reduce(|most, next| if next.1 > most.1 { next } else { most });
            largest.map(|(index, _)| index)
        };
        let index = index.or_else(largest)?;
        let (name, at) = self.network.settable(Spot::Parameter(index))?;
        let at: Vec<String> = at.iter().map(usize::to_string).collect();
        let value = match phase {
            Phase::Gradient => *gradient.get(index)?,
            _ => *after.get(index)?,
        };
        Some(FirstBad {
            phase,
            value,
            limit: Some(remains.norm_bound).filter(|_| value.is_finite()),
            sequence: None,
            station: None,
            symbol: "",
            place: String::new(),
            unit: None,
            parameter: Some((index, format!("{name}[{}]", at.join(", ")))),
            before: snapshot.model.parameters().get(index).copied(),
            answer: None,
        })
    }

    /// The same operation's numbers one step before in the order of the sweep.
    fn neighbour(
        &self,
        station: &Station,
        row: usize,
        adjoint: bool,
    ) -> Option<ArrayView1<'_, f64>> {
        let direction = station
            .place
            .map_or(Direction::Forward, |place| place.direction);
        let length = *self.parts.get(station.part)?.lengths.get(row)?;
        let at = station.t.checked_sub(1)?;
        let at = match adjoint {
            false => direction.previous(at, length)?,
            true => direction.next(at, length)?,
        };
        let station = Station {
            t: at + 1,
            ..*station
        };
        self.values(&station, row, adjoint)
    }

    fn symbol(&self, station: &Station) -> &'static str {
        let scan = || {
            let part = self.parts.get(station.part)?;
            part.scans.get(part.index_of(station.place?)?)
        };
        match station.line {
            Line::Cell(quantity) => scan().map_or("", |scan| scan.symbol(quantity)),
            Line::Norm => Quantity::H.symbol(),
            _ => Quantity::Y.symbol(),
        }
    }

    fn place(&self, station: &Station) -> String {
        let Some(part) = self.parts.get(station.part) else {
            return String::new();
        };
        let scan = station.place.and_then(|place| part.index_of(place));
        let layer = scan.map(|scan| part.scan_name(scan));
        match (layer, part.name) {
            (None, _) => String::new(),
            (Some(layer), "") => layer,
            (Some(layer), name) => format!("{layer} in the {name}"),
        }
    }

    /// The scan by which it is told what had been growing, and the row of the batch: the part, the scan in it, the row.
    fn concerned(&self, found: &FirstBad) -> Option<(usize, usize, usize)> {
        let last = self.parts.len().checked_sub(1)?;
        let top = |part: usize| self.parts.get(part)?.scans.len().checked_sub(1);
        match (found.station, found.sequence) {
            (Some(station), Some((row, _))) => {
                let part = self.parts.get(station.part)?;
                let scan = station.place.and_then(|place| part.index_of(place));
                Some((station.part, scan.or_else(|| top(station.part))?, row))
            }
            // A parameter's: the sequence whose adjoints are largest anywhere.
            _ => {
                let part = &self.parts[last];
                let scan = top(last)?;
                let of_row = |row: usize| {
                    let sizes = self.sizes((last, scan, row), state_of(part, scan), true);
                    sizes.iter().map(|size| size.1).fold(0.0, f64::max)
                };
                let rows = (0..self.costs.nrows()).map(|row| (row, of_row(row)));
                let most = rows.reduce(|most, next| if next.1 > most.1 { next } else { most })?;
                Some((last, scan, most.0))
            }
        }
    }

    /// The norms of a state of a row of the batch, or of its adjoint, as the sweep goes.
    fn sizes(
        &self,
        (part, scan, row): (usize, usize, usize),
        quantity: Quantity,
        adjoint: bool,
    ) -> Vec<(f64, f64)> {
        let Some(part) = self.parts.get(part) else {
            return Vec::new();
        };
        let (Some(values), Some(&length)) =
            (part.get(scan, quantity, adjoint), part.lengths.get(row))
        else {
            return Vec::new();
        };
        let direction = part.scans.get(scan).map(|scan| scan.place.direction);
        let steps = (0..length.min(values.dim().0)).map(|k| {
            let t = direction.unwrap_or(Direction::Forward).step(k, length);
            ((t + 1) as f64, norm(values.slice(s![t, row, ..]).iter()))
        });
        match adjoint {
            false => steps.collect(),
            true => steps.rev().collect(),
        }
    }

    /// What had been growing through time.
    fn chain(
        &self,
        found: &FirstBad,
        remains: &Remains,
        at: (usize, usize, usize),
    ) -> Option<Chain> {
        let quantity = state_of(self.parts.get(at.0)?, at.1);
        let sequence = *remains.sequences.get(at.2)?;
        let (adjoint, of) = match found.phase {
            Phase::Forward | Phase::Loss => (false, Grown::State { quantity, sequence }),
            Phase::Backward | Phase::Gradient | Phase::Step => {
                (true, Grown::Adjoint { quantity, sequence })
            }
        };
        let mut points = self.sizes(at, quantity, adjoint);
        // After the first bad number nothing is told.
        let ends = points.iter().position(|point| !point.1.is_finite());
        points.truncate(ends.unwrap_or(points.len()));
        let sizes: Vec<f64> = points.iter().map(|point| point.1).collect();
        let growth = growth_from_least(&sizes)?;
        (growth.factor() >= 2.0).then_some(Chain { of, points, growth })
    }

    /// By how much the recurrence stretches at the last steps of a chain.
    fn sigmas(
        &self,
        model: &AnyModel<f64>,
        at: Option<(usize, usize, usize)>,
        chain: &Chain,
        stop: &Stop,
    ) -> Vec<(usize, f64)> {
        let subject = at.and_then(|(part, scan, row)| {
            Subject::of_part(model, self.parts.get(part)?, scan, row)
        });
        let Some(subject) = subject.filter(|it| it.hidden() <= WIDEST) else {
            return Vec::new();
        };
        let states = match subject.cell.has(Quantity::C) {
            true => States::Whole,
            false => States::Hidden,
        };
        let Growth { from, to, .. } = chain.growth;
        let from = from.max(to.saturating_sub(MOST_SIGMAS));
        let steps = chain.points[from..=to].iter();
        let steps = steps.take_while(|_| !stop.is_asked());
        let sigma = |&(t, _): &(f64, f64)| {
            let jacobian = step(&subject, states, t as usize)?;
            Some((t as usize, jacobian.singular_values()?.first().copied()?))
        };
        steps.filter_map(sigma).collect()
    }
}

/// The state that carries the past on in a scan.
fn state_of(part: &Part, scan: usize) -> Quantity {
    let scan = part.scans.get(scan);
    match scan.is_some_and(|scan| scan.states().contains(&Quantity::C)) {
        true => Quantity::C,
        false => Quantity::H,
    }
}
