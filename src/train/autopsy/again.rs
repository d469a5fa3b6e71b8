//! An update of a run, made once more by the same code in the same precision: with everything on record, or with something
//! otherwise, to see whether it would have gone wrong all the same.

use super::{Chain, FirstBad, Grown, Phase};
use crate::data::scale::{Scale, Scaler};
use crate::data::{Span, Targets};
use crate::experiment::{Answering, Material, Precision};
use crate::nn::analysis::{Growth, States, Subject, growth_from_least, norm, step};
use crate::nn::init::{Init, Scheme};
use crate::nn::seq2seq::Lengths;
use crate::nn::{
    AnyModel, AnyWorkspace, Clip, Direction, Lanes, Line, Network, Part, Quantity, Real, Record,
    Schedule, Spot, Station, Stop, Target,
};
use crate::random::{Position, Stream};
use crate::train::batch::BatchOrder;
use crate::train::remains::Remains;
use crate::train::snapshot::Snapshot;
use crate::train::trainer::Batch;
use ndarray::{Array2, ArrayView1, s};

/// How many bytes making an update once more may take beside the window.
const MOST_BYTES: u128 = 256 << 20;

/// At most so many Jacobians are decomposed: those nearest to where it ended.
const MOST_SIGMAS: usize = 32;

/// In layers wider than this none is: it would take longer than anybody waits.
const WIDEST: usize = 128;

/// So many sequences are drawn again at most, until those of the batch that is asked for.
const MOST_DRAWN: u64 = 50_000_000;

/// What an update begins with.
#[derive(Clone)]
pub(super) struct Begun {
    /// All weights.
    pub(super) parameters: Vec<f64>,
    /// Its batch: which sequences of the training part.
    pub(super) sequences: Vec<usize>,
    /// Where the streams of dropout masks and of teaching stand; where that is not known they stand at their beginning, which is
    /// as good where nothing is drawn from them.
    streams: Option<[Position; 2]>,
    /// Whether data that the run reads as they are are scaled to mean 0 and deviation 1 instead.
    is_scaled: bool,
}

impl Begun {
    /// The update that ended the run.
    pub(super) fn fatal(snapshot: &Snapshot, remains: &Remains) -> Self {
        let parameters = match remains.is_after {
            true => snapshot.model.parameters(),
            false => &remains.parameters,
        };
        Self {
            parameters: parameters.to_vec(),
            sequences: remains.sequences.clone(),
            streams: Some([remains.dropout, remains.forcing]),
            is_scaled: false,
        }
    }

    /// Another update of the same run: its batch is drawn again from the seed.
    pub(super) fn of_update(
        snapshot: &Snapshot,
        update: u64,
        parameters: Vec<f64>,
    ) -> Option<Self> {
        let setup = &snapshot.setup;
        let count = snapshot.material.dataset.train.len();
        let before = update.saturating_sub(1).checked_mul(setup.batch as u64)?;
        if before > MOST_DRAWN || count == 0 {
            return None;
        }
        let mut order = BatchOrder::new(setup.seed, count);
        for _ in 0..before {
            order.draw();
        }
        Some(Self {
            parameters,
            sequences: (0..setup.batch).map(|_| order.draw()).collect(),
            streams: None,
            is_scaled: false,
        })
    }

    /// The same update from other weights.
    pub(super) fn with_parameters(&self, parameters: Vec<f64>) -> Self {
        Self {
            parameters,
            ..self.clone()
        }
    }

    /// The same update on scaled data.
    pub(super) fn scaled(self) -> Self {
        Self {
            is_scaled: true,
            ..self
        }
    }
}

/// A way forward, and back where its loss is in order.
struct Pass<T> {
    batch: Batch<T>,
    loss: f64,
    /// Before clipping.
    gradient: Option<Vec<T>>,
}

fn room(material: &Material) -> Lengths {
    Lengths {
        source: material.seq_len,
        target: material.answer_len,
    }
}

fn bytes<T: Real>(snapshot: &Snapshot, begun: &Begun, record: Record) -> u128 {
    let material = &*snapshot.material;
    let (network, rows) = (&material.network, begun.sequences.len());
    let padding = material.dataset.ragged();
    AnyWorkspace::<T>::bytes(network, room(material), rows, record, padding)
}

fn pass<T: Real>(
    snapshot: &Snapshot,
    remains: &Remains,
    begun: &Begun,
    record: Record,
    stop: &Stop,
) -> Option<Pass<T>> {
    let material = &*snapshot.material;
    let dataset = &material.dataset;
    let rows = begun.sequences.len();
    let model = with_parameters::<T>(&material.network, &begun.parameters);
    let mut batch = Batch::<T>::with_room(material, room(material), rows, record, stop);
    for (row, &sequence) in begun.sequences.iter().enumerate() {
        let span = *dataset.train.get(sequence)?;
        batch.gather(dataset, material.answering, row, span);
    }
    if begun.is_scaled {
        scale(material, &mut batch)?;
    }
    batch.set_lengths(remains.masking);
    let Batch {
        workspace, target, ..
    } = &mut batch;
    let stream = |name, at: usize| {
        let mut stream = Stream::new(remains.seed, name);
        if let Some(streams) = &begun.streams {
            stream.go_to(streams[at]);
        }
        stream
    };
    let mut dropout = stream("dropout", 0);
    let mut forcing = stream("teacher forcing", 1);
    workspace.train(&mut dropout, remains.teacher_forcing, &mut forcing);
    workspace.truncate(remains.truncate);
    model.forward(workspace, target);
    let loss = model.loss(workspace, material.loss, target);
    let is_bad = !loss.is_finite() || loss > remains.loss_bound;
    let gradient = (!is_bad && !stop.is_asked()).then(|| {
        let mut found = vec![T::ZERO; model.parameters().len()];
        model.backward(workspace, &mut found);
        found
    });
    (!stop.is_asked()).then_some(Pass {
        batch,
        loss,
        gradient,
    })
}

/// What an update comes to: its loss, and the norm of its gradient before clipping where it came so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// The loss of the batch.
    pub loss: f64,
    /// ‖∂L/∂θ‖.
    pub norm: Option<f64>,
}

/// What an update comes to that begins so; `None` where that takes too much memory, or cannot be.
pub(super) fn outcome(
    snapshot: &Snapshot,
    remains: &Remains,
    begun: &Begun,
    stop: &Stop,
) -> Option<Outcome> {
    fn of<T: Real>(
        snapshot: &Snapshot,
        remains: &Remains,
        begun: &Begun,
        stop: &Stop,
    ) -> Option<Outcome> {
        let record = Record::Training;
        if bytes::<T>(snapshot, begun, record) > MOST_BYTES {
            return None;
        }
        let Pass { loss, gradient, .. } = pass::<T>(snapshot, remains, begun, record, stop)?;
        let norm = gradient.as_deref().map(norm_of);
        Some(Outcome { loss, norm })
    }
    match snapshot.precision {
        Precision::F32 => of::<f32>(snapshot, remains, begun, stop),
        Precision::F64 => of::<f64>(snapshot, remains, begun, stop),
    }
}

/// The norm as clipping takes it.
fn norm_of<T: Real>(gradient: &[T]) -> f64 {
    let clipped = Clip::Off.apply(Lanes::detect(), &mut gradient.to_vec());
    clipped.norm_before
}

/// Brings what a batch reads and is to answer to mean 0 and deviation 1 over the rows of the training part; `None` where that
/// is not how it can be.
fn scale<T: Real>(material: &Material, batch: &mut Batch<T>) -> Option<()> {
    let dataset = &*material.dataset;
    let scaler = |rows: &[usize], column: &dyn Fn(usize) -> f64| {
        Scaler::fit(Scale::Standard, rows.iter().map(|&row| column(row)))
    };
    let read = rows_of(material, Span::rows);
    let columns = dataset.inputs.ncols();
    let inputs: Vec<Scaler> = (0..columns)
        .map(|column| scaler(&read, &|row| dataset.inputs[[row, column]]))
        .collect();
    let x = batch.workspace.x_mut();
    for (column, scaler) in inputs.iter().enumerate() {
        x.slice_mut(s![.., .., column])
            .mapv_inplace(|value| T::value_of(scaler.apply(value.widen())));
    }
    let (Targets::Values(of_rows), Target::Values(wanted)) = (&dataset.targets, &mut batch.target)
    else {
        return Some(());
    };
    // What a decoder writes row by row has a column for each of its steps.
    if material.answering == Answering::RowByRow {
        return None;
    }
    let asked = rows_of(material, |span| material.answering.rows(span));
    for output in 0..of_rows.ncols() {
        let scaler = scaler(&asked, &|row| of_rows[[row, output]]);
        wanted
            .slice_mut(s![.., .., output])
            .mapv_inplace(|value| T::value_of(scaler.apply(value.widen())));
    }
    Some(())
}

/// The rows that the sequences of the training part have, each once.
fn rows_of(material: &Material, of: impl Fn(Span) -> std::ops::Range<usize>) -> Vec<usize> {
    let dataset = &material.dataset;
    let mut is_there = vec![false; dataset.inputs.nrows()];
    for &span in &dataset.train {
        for row in of(span) {
            if let Some(is_there) = is_there.get_mut(row) {
                *is_there = true;
            }
        }
    }
    (0..is_there.len()).filter(|&row| is_there[row]).collect()
}

/// A model with these parameters.
pub(super) fn with_parameters<T: Real>(network: &Network, values: &[f64]) -> AnyModel<T> {
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

/// The update, made once more with everything on record.
pub(super) struct Again {
    network: Network,
    /// Its batch: which sequences of the training part.
    pub(super) sequences: Vec<usize>,
    pub(super) parts: Vec<Part>,
    /// What the outputs should have been, `[steps, batch, outputs]` or classes.
    target: Target<f64>,
    /// What each sequence costs at each step of its outputs, `[batch, steps]`: not yet shared among all.
    costs: Array2<f64>,
    pub(super) loss: f64,
    /// The gradient before clipping, where the update came so far.
    pub(super) gradient: Option<Vec<f64>>,
    /// Its norm.
    pub(super) norm: Option<f64>,
}

/// Whether the weights that the update led to are what a run may go on with: then what ended it lies beside them.
fn is_in_range(remains: &Remains) -> bool {
    let after = &remains.parameters;
    after.iter().all(|value| value.is_finite()) && norm(after) <= remains.norm_bound
}

/// A bad number on the way: after how many operations, in which row of the batch, at which station and unit.
type Hit = (usize, usize, Station, usize, f64);

/// A part, a scan in it, and a row of the batch.
pub(super) type At = (usize, usize, usize);

impl Again {
    /// `None` where it takes more memory than may be had beside the window.
    pub(super) fn of(
        snapshot: &Snapshot,
        remains: &Remains,
        begun: &Begun,
        stop: &Stop,
    ) -> Option<Self> {
        match snapshot.precision {
            Precision::F32 => Self::new::<f32>(snapshot, remains, begun, stop),
            Precision::F64 => Self::new::<f64>(snapshot, remains, begun, stop),
        }
    }

    fn new<T: Real>(
        snapshot: &Snapshot,
        remains: &Remains,
        begun: &Begun,
        stop: &Stop,
    ) -> Option<Self> {
        let material = &*snapshot.material;
        let record = Record::Everything;
        let bytes = bytes::<T>(snapshot, begun, record);
        let widened = bytes * size_of::<f64>() as u128 / size_of::<T>() as u128;
        // Beside it one is made that keeps no more than training does: see `outcome`.
        if bytes + widened > MOST_BYTES {
            return None;
        }
        let Pass {
            batch,
            loss,
            gradient,
        } = pass::<T>(snapshot, remains, begun, record, stop)?;
        let Batch {
            mut workspace,
            target,
            ..
        } = batch;
        let mut costs = Array2::zeros((begun.sequences.len(), workspace.y().dim().0));
        for (row, mut costs) in costs.outer_iter_mut().enumerate() {
            if let Some(costs) = costs.as_slice_mut() {
                workspace.add_loss(material.loss, &target, row..row + 1, 1, costs);
            }
        }
        let norm = gradient.as_deref().map(norm_of);
        let gradient = gradient.map(|all| all.iter().map(|g| g.widen()).collect());
        let target = match target {
            Target::Values(values) => Target::Values(values.mapv(T::widen)),
            Target::Classes(classes) => Target::Classes(classes),
        };
        let (parts, _) = workspace.into_record();
        (!stop.is_asked()).then_some(Self {
            network: material.network.clone(),
            sequences: begun.sequences.clone(),
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

    pub(super) fn first_bad(
        &self,
        snapshot: &Snapshot,
        remains: &Remains,
        stop: &Stop,
    ) -> Option<FirstBad> {
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
            let phase = match at {
                Some(_) => Phase::Gradient,
                None if is_in_range(remains) => Phase::Memory,
                None => Phase::Step,
            };
            let longest = || {
                let sizes = gradient.iter().map(|g| g.abs()).enumerate();
                let longest = sizes.reduce(|most, next| if next.1 > most.1 { next } else { most });
                longest.map(|(index, _)| index)
            };
            let at = at.or_else(|| longest().filter(|_| phase == Phase::Memory));
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
            Phase::Memory => f64::INFINITY,
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
            before: match phase {
                Phase::Memory => None,
                _ => snapshot.model.parameters().get(index).copied(),
            },
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
        let part = self.parts.get(station.part);
        let scan = part.and_then(|part| part.index_of(station.place?));
        match part.zip(scan) {
            None => String::new(),
            Some((part, scan)) => name_of(part, scan),
        }
    }

    /// The scan by which it is told what had been growing, and the row of the batch: those of the operation that computed the
    /// bad number, or where most has grown.
    pub(super) fn concerned(&self, found: &FirstBad) -> Option<At> {
        let row = found.sequence.map(|(row, _)| row);
        let own = found.station.and_then(|station| {
            let part = self.parts.get(station.part)?;
            let scan = part.index_of(station.place?)?;
            Some((station.part, scan, row?))
        });
        own.or_else(|| self.most_grown(found.is_on_the_way_back(), row))
    }

    /// Where the state, or its adjoint, grew to the largest size: in which scan, and in which row unless that is given.
    pub(super) fn most_grown(&self, adjoint: bool, row: Option<usize>) -> Option<At> {
        let rows = match row {
            Some(row) => row..row + 1,
            None => 0..self.costs.nrows(),
        };
        let mut most: Option<(f64, At)> = None;
        for (part_index, part) in self.parts.iter().enumerate() {
            for scan in 0..part.scans.len() {
                for row in rows.clone() {
                    let at = (part_index, scan, row);
                    let grown = self.chain(adjoint, at, 0);
                    let size = grown.map_or(0.0, |chain| chain.ends()[1].1);
                    if most.is_none_or(|(of, _)| size >= of) {
                        most = Some((size, at));
                    }
                }
            }
        }
        most.map(|(_, at)| at)
    }

    /// The norms of a state of a row of the batch, or of its adjoint, as the sweep goes.
    fn sizes(&self, (part, scan, row): At, quantity: Quantity, adjoint: bool) -> Vec<(f64, f64)> {
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

    /// What had been growing through time in this update.
    pub(super) fn chain(&self, adjoint: bool, at: At, update: u64) -> Option<Chain> {
        let part = self.parts.get(at.0)?;
        let quantity = state_of(part, at.1);
        let sequence = *self.sequences.get(at.2)?;
        let of = match adjoint {
            false => Grown::State { quantity, sequence },
            true => Grown::Adjoint { quantity, sequence },
        };
        let mut points = self.sizes(at, quantity, adjoint);
        // After the first bad number nothing is told.
        let ends = points.iter().position(|point| !point.1.is_finite());
        points.truncate(ends.unwrap_or(points.len()));
        let sizes: Vec<f64> = points.iter().map(|point| point.1).collect();
        let growth = growth_from_least(&sizes)?;
        let scans: usize = self.parts.iter().map(|part| part.scans.len()).sum();
        let place = match scans {
            1 => String::new(),
            _ => name_of(part, at.1),
        };
        (growth.factor() >= 2.0).then_some(Chain {
            of,
            update,
            place,
            is_clipped: false,
            points,
            growth,
        })
    }

    /// By how much the recurrence stretches at the last steps of a chain.
    pub(super) fn sigmas(
        &self,
        model: &AnyModel<f64>,
        (part, scan, row): At,
        chain: &Chain,
        stop: &Stop,
    ) -> Vec<(usize, f64)> {
        let part = self.parts.get(part);
        let subject = part.and_then(|part| Subject::of_part(model, part, scan, row));
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

/// “layer 1 in the decoder”.
fn name_of(part: &Part, scan: usize) -> String {
    let layer = part.scan_name(scan);
    match part.name {
        "" => layer,
        name => format!("{layer} in the {name}"),
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
