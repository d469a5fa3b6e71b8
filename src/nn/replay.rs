//! A network computed from its equations alone, operation by operation in the schedule's order, forward and back.
//!
//! What trains is the code of the cell, attention, norm and loss files, in batches and on wide lanes. Here one sequence goes
//! through the same network by its formulas ([`super::expr`]), one [`Station`] after another: every number that any operation
//! computes is there, with its adjoint, and any of them can be changed by hand to see what that does to the loss. It is slow,
//! and it is the second opinion: tests hold all that it finds against what ran, and a learner can have any derivative checked by
//! [nudging](Replay::nudge).
//!
//! A leaf of a formula is put together from what other stations have computed ([`Replay::leaf`]): one of them, several side by
//! side as the two directions of a layer, or one row for each step of the source. On the way back its adjoint is taken apart
//! the same way.
//!
//! Over a [`Record`] of what ran nothing is computed a second time that stands on it: the same formulas then say of any single
//! number [what it comes from and what its gradient is the sum of](account).

mod account;
mod record;

pub use account::{Account, Factors, Given, Named, Read, Share, Summand, largest_products};
pub use record::Record;

use super::attention::Attention;
use super::expr::{At, Block, Contributions, Expr, ParameterKind, Value, Values};
use super::gradcheck::STEP;
use super::line::{self, Learned, Operand};
use super::self_attention::positions;
use super::seq2seq::{Feedback, Lengths};
use super::{
    AnyModel, Cell, Direction, Initial, Line, Loss, Network, ParameterEntry, Place, Quantity,
    Readout, RecurrentArchitecture, Schedule, Spot, Station, Stop,
};
use ndarray::{Array2, ArrayView2, Axis, concatenate, s};
use std::collections::HashMap;
use std::ops::Range;

/// One sequence and what is wanted of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The input, `[source steps, input_size]`.
    pub x: Array2<f64>,
    /// What the outputs should be, `[outputs in time, output_size]`; of classes 1 for the right one, 0 for all others.
    pub wanted: Array2<f64>,
    /// What a decoder that is taught reads as the output before, `[target steps, output_size]`; `None` where it reads its own.
    pub fed: Option<Array2<f64>>,
    /// The length of the chunks between which no adjoint crosses, if backpropagation through time is truncated.
    pub truncate: Option<usize>,
    /// The states before the first step that are not 0.
    pub initial: Vec<(Initial, Vec<f64>)>,
}

/// What nudging a number by ± [`STEP`] does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nudged {
    /// The loss with ε more.
    pub above: f64,
    /// The loss with ε less.
    pub below: f64,
    /// (above − below) / 2ε: the slope of the loss along the number, found without any derivative.
    pub slope: f64,
    /// The derivative as the chain rule has it.
    pub derivative: f64,
    /// Whether backpropagation is truncated: the derivative then leaves out what goes through earlier chunks.
    pub is_truncated: bool,
}

impl Nudged {
    /// How far slope and derivative are apart, beside the larger of them; `None` where both are 0.
    pub fn relative_error(&self) -> Option<f64> {
        let size = self.slope.abs().max(self.derivative.abs());
        (size > 0.0).then(|| (self.slope - self.derivative).abs() / size)
    }

    /// How many digits of slope and derivative agree; none where both are too small to say so.
    pub fn digits(&self) -> Option<u32> {
        let size = self.slope.abs().max(self.derivative.abs());
        // What rounding leaves of the difference of two losses.
        let noise = 4.0 * f64::EPSILON * self.above.abs().max(self.below.abs()) / (2.0 * STEP);
        if !size.is_finite() || size <= noise {
            return None;
        }
        let apart = self.relative_error()?.max(f64::EPSILON);
        Some((-apart.log10()).floor().max(0.0) as u32)
    }
}

/// Where a piece of a leaf comes from.
#[derive(Clone, Debug, PartialEq)]
enum Of {
    /// An operation, by its index in the schedule, and a head.
    Station(usize, usize),
    /// The input at an array index.
    Input(usize),
    /// The state before a scan's first step.
    Initial(Initial),
    /// Nothing that has an adjoint.
    Given(Given, Array2<f64>),
}

/// Some columns of something, or all.
#[derive(Clone, Debug, PartialEq)]
struct Piece {
    of: Of,
    columns: Option<Range<usize>>,
}

/// A leaf: rows of pieces side by side.
type Leaf = Vec<Vec<Piece>>;

fn whole(of: Of) -> Piece {
    Piece { of, columns: None }
}

/// A run of a network by its formulas.
#[derive(Clone, Debug)]
pub struct Replay<'r> {
    network: Network,
    parameters: Vec<f64>,
    /// Where each parameter lies, by its name.
    entries: HashMap<String, ParameterEntry>,
    loss: Loss,
    example: Example,
    lengths: Lengths,
    schedule: Schedule,
    /// The sinusoidal positions, `[steps, width]`, where there are any.
    positions: Array2<f64>,
    /// What ran; then that counts wherever it has something.
    record: Option<Record<'r>>,
    /// What each station computed, head by head: one row each. With a record, of those that have none there.
    values: HashMap<usize, Vec<Array2<f64>>>,
    /// Their adjoints, as far as any has arrived.
    adjoints: HashMap<(usize, usize), Array2<f64>>,
    d_x: Array2<f64>,
    d_initial: HashMap<Initial, Array2<f64>>,
    gradient: Vec<f64>,
}

impl<'r> Replay<'r> {
    /// The run of a sequence, forward and back; `None` if `stop` was asked meanwhile.
    pub fn new(model: &AnyModel<f64>, loss: Loss, example: Example, stop: &Stop) -> Option<Self> {
        let mut replay = Self::prepared(model, loss, example, None);
        (replay.run(None, stop) && replay.back(stop)).then_some(replay)
    }

    /// The same over what has run already; `None` likewise.
    pub fn of_record(
        model: &AnyModel<f64>,
        loss: Loss,
        example: Example,
        record: Record<'r>,
        stop: &Stop,
    ) -> Option<Self> {
        let mut replay = Self::prepared(model, loss, example, Some(record));
        // All of a stack is on record.
        let is_whole = matches!(replay.network, Network::Recurrent(_));
        (is_whole || replay.run(None, stop) && replay.back(stop)).then_some(replay)
    }

    fn prepared(
        model: &AnyModel<f64>,
        loss: Loss,
        example: Example,
        record: Option<Record<'r>>,
    ) -> Self {
        let network = model.network();
        let steps = example.x.nrows();
        let lengths = Lengths {
            source: steps,
            target: example.wanted.nrows(),
        };
        let entries = network.entries().into_iter();
        let marked = match &network {
            Network::SelfAttention(it) if it.positions => (steps, it.hidden_size),
            _ => (0, 0),
        };
        Self {
            schedule: Schedule::new(&network, lengths),
            entries: entries.map(|entry| (entry.name.clone(), entry)).collect(),
            parameters: model.parameters().to_vec(),
            positions: positions(marked.0, marked.1),
            d_x: Array2::zeros(example.x.dim()),
            d_initial: HashMap::new(),
            record,
            values: HashMap::new(),
            adjoints: HashMap::new(),
            gradient: vec![0.0; model.parameters().len()],
            network,
            loss,
            example,
            lengths,
        }
    }

    /// About how many bytes a run takes at most, everything that it computes and all adjoints counted.
    pub fn bytes(network: &Network, lengths: Lengths) -> u128 {
        let widest = [network.hidden_size() * 3, network.output_size()];
        let looked_at = match network {
            Network::Recurrent(_) => 0,
            Network::EncoderDecoder(it) if it.attention == Attention::None => it.decoder_size,
            Network::EncoderDecoder(it) => lengths.source.max(it.decoder_size),
            Network::SelfAttention(it) => it.heads * lengths.source,
        };
        let widest = widest.into_iter().chain([looked_at]).max().unwrap_or(1);
        let stations = Schedule::new(network, lengths).len() as u128;
        // Two numbers for each, and what two matrices take that are empty.
        stations * (16 * widest as u128 + 256)
    }

    /// The order in which it went.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// What the operation at a station of the schedule computed, one row; a head's where there are several. `None` if there is
    /// no such station or head.
    pub fn value(&self, station: usize, head: usize) -> Option<Array2<f64>> {
        let at = self.schedule.station(station)?;
        if head >= self.heads(at.line) {
            return None;
        }
        let recorded = self.recorded(&at, head, false);
        recorded.or_else(|| match self.values.get(&station) {
            Some(heads) => heads.get(head).cloned(),
            None => Some(self.step(at, head).output()),
        })
    }

    /// Its adjoint; 0 where nothing arrived.
    pub fn adjoint(&self, station: usize, head: usize) -> Option<Array2<f64>> {
        let value = self.value(station, head)?;
        Some(
            self.arrived(station, head)
                .unwrap_or_else(|| Array2::zeros(value.dim())),
        )
    }

    /// Its adjoint, if anything arrived.
    fn arrived(&self, station: usize, head: usize) -> Option<Array2<f64>> {
        let at = self.schedule.station(station)?;
        if at.line == Line::Loss {
            return Some(Array2::ones((1, 1)));
        }
        let recorded = self.recorded(&at, head, true);
        recorded.or_else(|| self.adjoints.get(&(station, head)).cloned())
    }

    /// What stands on record of a station.
    fn recorded(&self, station: &Station, head: usize, adjoint: bool) -> Option<Array2<f64>> {
        let row = self.record.as_ref()?.row(station, head, adjoint)?;
        Some(match station.line {
            Line::Weights => row.slice_move(s![.., ..self.seen(station.t).len()]),
            _ => row,
        })
    }

    /// ∂L/∂ the input, `[steps, input_size]`.
    pub fn d_x(&self) -> &Array2<f64> {
        &self.d_x
    }

    /// The gradient of every parameter, in the order of [`Network::entries`].
    pub fn gradient(&self) -> &[f64] {
        &self.gradient
    }

    /// The loss: the sum of its terms.
    pub fn loss(&self) -> f64 {
        let stations = (0..self.schedule.len()).filter_map(|index| {
            let station = self.schedule.station(index)?;
            (station.line == Line::Loss).then(|| self.value(index, 0))?
        });
        let stations = stations.map(|term| term.sum());
        stations.sum()
    }

    /// The derivative of the loss by a number, as the chain rule has it; `None` if there is no such number.
    pub fn derivative(&self, spot: Spot) -> Option<f64> {
        match spot {
            Spot::Parameter(index) => self.gradient.get(index).copied(),
            Spot::Input { t, unit } => self.d_x.get((t.checked_sub(1)?, unit)).copied(),
            Spot::Initial(initial, unit) => {
                self.initial(initial)?.get((0, unit))?;
                let arrived = self.d_initial.get(&initial);
                Some(arrived.map_or(0.0, |arrived| arrived[[0, unit]]))
            }
            Spot::Computed {
                station,
                head,
                unit,
            } => {
                let index = self.schedule.index(&station)?;
                self.adjoint(index, head)?.get((0, unit)).copied()
            }
        }
    }

    /// The loss with `by` added to one number and everything after it computed anew; `None` if `stop` was asked meanwhile.
    pub fn loss_with(&self, spot: Spot, by: f64, stop: &Stop) -> Option<f64> {
        let mut other = self.without_results();
        match spot {
            Spot::Parameter(index) => {
                if let Some(parameter) = other.parameters.get_mut(index) {
                    *parameter += by;
                }
            }
            Spot::Input { t, unit } => {
                let at = t
                    .checked_sub(1)
                    .and_then(|t| other.example.x.get_mut((t, unit)));
                if let Some(value) = at {
                    *value += by;
                }
            }
            Spot::Initial(initial, unit) => {
                let mut values = self.initial(initial)?.into_raw_vec_and_offset().0;
                *values.get_mut(unit)? += by;
                other.example.initial.retain(|(of, _)| *of != initial);
                other.example.initial.push((initial, values));
            }
            Spot::Computed { .. } => {}
        }
        other.run(Some((spot, by)), stop).then(|| other.loss())
    }

    /// The same network and sequence, not run yet.
    fn without_results(&self) -> Self {
        Self {
            network: self.network.clone(),
            parameters: self.parameters.clone(),
            entries: self.entries.clone(),
            loss: self.loss,
            example: self.example.clone(),
            lengths: self.lengths,
            schedule: self.schedule.clone(),
            positions: self.positions.clone(),
            record: None,
            values: HashMap::new(),
            adjoints: HashMap::new(),
            d_x: Array2::zeros((0, 0)),
            d_initial: HashMap::new(),
            gradient: Vec::new(),
        }
    }

    /// What adding and taking away ε does to the loss; `None` if there is no such number or `stop` was asked meanwhile.
    pub fn nudge(&self, spot: Spot, stop: &Stop) -> Option<Nudged> {
        let derivative = self.derivative(spot)?;
        let above = self.loss_with(spot, STEP, stop)?;
        let below = self.loss_with(spot, -STEP, stop)?;
        Some(Nudged {
            above,
            below,
            slope: (above - below) / (2.0 * STEP),
            derivative,
            is_truncated: self.example.truncate.is_some(),
        })
    }

    /// Forward, with something added to a number; false if it was stopped.
    fn run(&mut self, nudge: Option<(Spot, f64)>, stop: &Stop) -> bool {
        for index in 0..self.schedule.len() {
            let Some(at) = self.schedule.station(index).filter(|_| !stop.is_asked()) else {
                return false;
            };
            if self.recorded(&at, 0, false).is_some() {
                continue;
            }
            let mut values: Vec<Array2<f64>> = (0..self.heads(at.line))
                .map(|head| self.step(at, head).output())
                .collect();
            if let Some((
                Spot::Computed {
                    station,
                    head,
                    unit,
                },
                by,
            )) = nudge
                && station == at
                && let Some(value) = values.get_mut(head).and_then(|row| row.get_mut((0, unit)))
            {
                *value += by;
            }
            self.values.insert(index, values);
        }
        true
    }

    /// From the loss back to input and parameters; false if it was stopped.
    fn back(&mut self, stop: &Stop) -> bool {
        for index in (0..self.schedule.len()).rev() {
            let Some(station) = self.schedule.station(index).filter(|_| !stop.is_asked()) else {
                return false;
            };
            for head in 0..self.heads(station.line) {
                if let Some(adjoint) = self.arrived(index, head) {
                    let handed = self.step(station, head).handed_back(adjoint);
                    self.take(handed);
                }
            }
        }
        true
    }

    fn take(&mut self, handed: Handed) {
        for (leaf, adjoint) in handed.leaves {
            for (row, pieces) in leaf.into_iter().enumerate() {
                let mut start = 0;
                for piece in pieces {
                    let width = self.width(&piece);
                    let part = adjoint.slice(s![row..=row, start..start + width]);
                    start += width;
                    let all = |columns: usize| piece.columns.clone().unwrap_or(0..columns);
                    match piece.of {
                        Of::Given(..) => {}
                        Of::Initial(initial) => {
                            let into = self.d_initial.entry(initial);
                            let into = into.or_insert_with(|| Array2::zeros(part.dim()));
                            *into += &part;
                        }
                        Of::Input(t) => {
                            let columns = all(self.d_x.ncols());
                            let mut into = self.d_x.slice_mut(s![t..=t, columns]);
                            into += &part;
                        }
                        Of::Station(index, head) => {
                            let columns = self.columns(index, head);
                            let into = self.adjoints.entry((index, head));
                            let into = into.or_insert_with(|| Array2::zeros((1, columns)));
                            let mut into = into.slice_mut(s![.., all(columns)]);
                            into += &part;
                        }
                    }
                }
            }
        }
        for (range, gradient) in handed.gradients {
            for (sum, value) in self.gradient[range].iter_mut().zip(gradient.iter()) {
                *sum += value;
            }
        }
    }

    fn step<'a>(&'a self, station: Station, head: usize) -> Step<'a> {
        Step {
            replay: self,
            station,
            head,
        }
    }

    /// How many heads compute a line, each by itself.
    fn heads(&self, line: Line) -> usize {
        match (&self.network, line) {
            (Network::SelfAttention(it), Line::Scores | Line::Weights | Line::Context) => it.heads,
            _ => 1,
        }
    }

    /// How many numbers a station computes.
    fn columns(&self, index: usize, head: usize) -> usize {
        match self.values.get(&index).and_then(|heads| heads.get(head)) {
            Some(row) => row.ncols(),
            None => self.value(index, head).map_or(0, |row| row.ncols()),
        }
    }

    fn width(&self, piece: &Piece) -> usize {
        match (&piece.columns, &piece.of) {
            (Some(columns), _) => columns.len(),
            (None, Of::Given(_, values)) => values.ncols(),
            (None, Of::Input(_)) => self.example.x.ncols(),
            (None, Of::Initial(of)) => self.stack(of.part).map_or(0, |stack| stack.hidden_size),
            (None, Of::Station(index, head)) => self.columns(*index, *head),
        }
    }

    /// The row that a piece stands for.
    fn row(&self, piece: &Piece) -> Array2<f64> {
        let all = match &piece.of {
            Of::Station(index, head) => self.value(*index, *head),
            Of::Input(t) => Some(self.example.x.slice(s![*t..=*t, ..]).to_owned()),
            Of::Initial(initial) => self.initial(*initial),
            Of::Given(_, values) => Some(values.clone()),
        };
        let all = all.expect("a leaf consists of what there is");
        match piece.columns.clone() {
            Some(columns) => all.slice_move(s![.., columns]),
            None => all,
        }
    }

    /// A state before the first step, as one row; `None` if there is no such state.
    fn initial(&self, initial: Initial) -> Option<Array2<f64>> {
        let stack = self.stack(initial.part)?;
        let is_state = match initial.quantity {
            // A decoder's is what its bridge computes.
            Quantity::H => initial.part == 0,
            quantity => stack.cell.states().contains(&quantity),
        };
        if !is_state || !stack.places().any(|place| place == initial.place) {
            return None;
        }
        let mut row = Array2::zeros((1, stack.hidden_size));
        let mut of = self.example.initial.iter();
        if let Some((_, values)) = of.find(|(of, _)| *of == initial) {
            row.iter_mut()
                .zip(values)
                .for_each(|(to, &from)| *to = from);
        }
        Some(row)
    }

    /// The values of a leaf, `[rows, width]`.
    fn assembled(&self, leaf: &Leaf) -> Array2<f64> {
        let row = |pieces: &Vec<Piece>| -> Array2<f64> {
            match &pieces[..] {
                [one] => self.row(one),
                several => {
                    let rows: Vec<Array2<f64>> =
                        several.iter().map(|piece| self.row(piece)).collect();
                    let views: Vec<_> = rows.iter().map(|row| row.view()).collect();
                    concatenate(Axis(1), &views).expect("each is one row")
                }
            }
        };
        match &leaf[..] {
            [one] => row(one),
            many => {
                let rows: Vec<Array2<f64>> = many.iter().map(row).collect();
                let views: Vec<_> = rows.iter().map(|row| row.view()).collect();
                concatenate(Axis(0), &views).expect("rows of a leaf are equally wide")
            }
        }
    }

    fn parameter(&self, name: &str) -> Range<usize> {
        self.entries
            .get(name)
            .map_or(0..0, |entry| entry.range.clone())
    }

    /// An operation's own result.
    fn of(&self, part: usize, place: Option<Place>, t: usize, line: Line) -> Of {
        let station = Station {
            part,
            place,
            t,
            line,
        };
        let index = self.schedule.index(&station);
        Of::Station(index.expect("the schedule has what its formulas read"), 0)
    }

    fn hidden(&self, part: usize, place: Place, t: usize) -> Piece {
        whole(self.of(part, Some(place), t, Line::Cell(Quantity::H)))
    }

    /// The stack that a part consists of; a decoder's has one layer.
    fn stack(&self, part: usize) -> Option<RecurrentArchitecture> {
        match &self.network {
            Network::Recurrent(stack) => Some(*stack),
            Network::EncoderDecoder(it) if part == 0 => Some(it.encoder),
            Network::EncoderDecoder(it) => Some(it.decoder()),
            Network::SelfAttention(_) => None,
        }
    }

    /// The steps of the source that attention sees from step t.
    fn seen(&self, t: usize) -> Range<usize> {
        match &self.network {
            Network::SelfAttention(it) if it.causal => 1..t + 1,
            _ => 1..self.lengths.source + 1,
        }
    }

    /// What a decoder reads at step t as the output before: 0 at first, the true one where it is taught, or its own.
    fn fed(&self, t: usize, outputs: usize, feedback: Feedback) -> Array2<f64> {
        let mut row = Array2::zeros((1, outputs));
        if let Some(fed) = &self.example.fed {
            row.assign(&fed.slice(s![t - 1..t, ..]));
        } else if t > 1 {
            let own = self.row(&whole(self.of(1, None, t - 1, Line::Readout)));
            match feedback {
                Feedback::Values => row.assign(&own),
                Feedback::Classes => {
                    let first = |best: usize, (class, &value): (usize, &f64)| {
                        if own[[0, best]] < value { class } else { best }
                    };
                    row[[0, own.iter().enumerate().fold(0, first)]] = 1.0;
                }
            }
        }
        row
    }
}

/// A station at work.
struct Step<'a> {
    replay: &'a Replay<'a>,
    station: Station,
    head: usize,
}

/// What a station hands back.
#[derive(Default)]
struct Handed {
    leaves: Vec<(Leaf, Array2<f64>)>,
    gradients: Vec<(Range<usize>, Array2<f64>)>,
}

impl Step<'_> {
    /// The equation of the cell that the station stands for.
    fn of_cell(&self) -> Option<(Cell, Expr)> {
        let Line::Cell(output) = self.station.line else {
            return None;
        };
        let cell = self.replay.stack(self.station.part)?.cell;
        let mut operations = cell.operations().into_iter();
        let operation = operations.find(|operation| operation.output == output)?;
        Some((cell, operation.formula))
    }

    fn of_line(&self) -> Expr<Operand, Learned> {
        let Replay { network, loss, .. } = self.replay;
        let operation = line::operation(network, *loss, self.station.line);
        operation
            .expect("the schedule has only what the network has")
            .formula
    }

    fn output(&self) -> Array2<f64> {
        match self.of_cell() {
            Some((_, formula)) => formula.value(self),
            None => self.of_line().value(self),
        }
    }

    fn handed_back(&self, adjoint: Array2<f64>) -> Handed {
        let mut handed = Handed::default();
        if let Some((_, formula)) = self.of_cell() {
            let mut into = Contributions::default();
            formula.differentiate(self, adjoint, &mut into);
            for (value, share) in into.values {
                if value.at == At::Now || !self.is_cut() {
                    handed.leaves.push((self.leaf(value), share));
                }
            }
            for (block, share) in into.parameters {
                handed.gradients.push((self.block(block), share));
            }
        } else {
            let mut into = Contributions::default();
            self.of_line().differentiate(self, adjoint, &mut into);
            for (operand, share) in into.values {
                if !operand.is_given() {
                    handed.leaves.push((self.operand(operand), share));
                }
            }
            for (parameter, share) in into.parameters {
                handed.gradients.push((self.learned(parameter), share));
            }
        }
        handed
    }

    /// The array index of the station's step.
    fn index(&self) -> usize {
        self.station.t.saturating_sub(1)
    }

    /// How many steps its part has.
    fn steps(&self) -> usize {
        match (&self.replay.network, self.station.part) {
            (Network::EncoderDecoder(_), 1) => self.replay.lengths.target,
            _ => self.replay.lengths.source,
        }
    }

    /// Whether truncation lets no adjoint go on to the step before.
    fn is_cut(&self) -> bool {
        let place = self.station.place.unwrap_or(Place::FIRST);
        let k = match place.direction {
            Direction::Forward => self.index(),
            Direction::Reverse => self.steps() - 1 - self.index(),
        };
        let chunk = self.replay.example.truncate;
        matches!(self.replay.network, Network::Recurrent(_))
            && k > 0
            && chunk.is_some_and(|chunk| k.is_multiple_of(chunk))
    }

    /// What a leaf of a cell's equation consists of.
    fn leaf(&self, value: Value) -> Leaf {
        let (replay, station) = (self.replay, self.station);
        let place = station.place.unwrap_or(Place::FIRST);
        let Some(stack) = replay.stack(station.part) else {
            return Vec::new();
        };
        let pieces = match (value.quantity, value.at) {
            (Quantity::X, _) => match &replay.network {
                Network::EncoderDecoder(it) if station.part == 1 => {
                    let fed = replay.fed(station.t, it.output_size, it.feedback);
                    let mut pieces = vec![whole(Of::Given(Given::Fed, fed))];
                    if stack.input_size > it.output_size {
                        pieces.push(whole(replay.of(1, None, station.t, Line::Context)));
                    }
                    pieces
                }
                _ if place.layer == 0 => vec![whole(Of::Input(self.index()))],
                _ => {
                    let below = stack.places().filter(|of| of.layer + 1 == place.layer);
                    below
                        .map(|below| replay.hidden(station.part, below, station.t))
                        .collect()
                }
            },
            (quantity, At::Now) => {
                let line = Line::Cell(quantity);
                vec![whole(replay.of(station.part, Some(place), station.t, line))]
            }
            (quantity, At::Previous) => {
                let line = Line::Cell(quantity);
                match place.direction.previous(self.index(), self.steps()) {
                    Some(t) => vec![whole(replay.of(station.part, Some(place), t + 1, line))],
                    None if station.part == 1 && quantity == Quantity::H => {
                        vec![whole(replay.of(1, None, 0, Line::Bridge))]
                    }
                    None => vec![whole(Of::Initial(Initial {
                        part: station.part,
                        place,
                        quantity,
                    }))],
                }
            }
        };
        vec![pieces]
    }

    /// What a leaf of another formula consists of.
    fn operand(&self, operand: Operand) -> Leaf {
        let (replay, station) = (self.replay, self.station);
        let (part, place, t) = (station.part, station.place, station.t);
        let layer = place.map_or(0, |place| place.layer);
        let own = |line| whole(replay.of(part, place, t, line));
        let seen = || replay.seen(t);
        let of_head = |line| match replay.of(part, place, t, line) {
            Of::Station(index, _) => whole(Of::Station(index, self.head)),
            other => whole(other),
        };
        let one = |piece: Piece| vec![vec![piece]];
        let given = |what, values: Array2<f64>| one(whole(Of::Given(what, values)));
        let number = |what, value: f64| given(what, Array2::from_elem((1, 1), value));
        let stack = replay.stack(0);
        let last = |direction| Place {
            layer: stack.map_or(0, |stack| stack.num_layers - 1),
            direction,
        };
        let both = || stack.iter().flat_map(RecurrentArchitecture::places);
        let of_source = |t: usize| -> Vec<Piece> {
            let places = both().filter(|place| place.layer == last(Direction::Forward).layer);
            places.map(|place| replay.hidden(0, place, t)).collect()
        };
        match operand {
            Operand::Input => one(whole(Of::Input(self.index()))),
            Operand::Position => {
                let at = self.index();
                let row = replay.positions.slice(s![at..=at, ..]);
                given(Given::Position, row.to_owned())
            }
            Operand::Hidden if part == 1 => one(replay.hidden(1, Place::FIRST, t)),
            Operand::HiddenBefore if t > 1 => one(replay.hidden(1, Place::FIRST, t - 1)),
            Operand::HiddenBefore => one(whole(replay.of(1, None, 0, Line::Bridge))),
            Operand::Hidden | Operand::Forward | Operand::ForwardEnd => {
                one(replay.hidden(0, last(Direction::Forward), t))
            }
            Operand::Reverse => one(replay.hidden(0, last(Direction::Reverse), t)),
            Operand::ReverseEnd => one(replay.hidden(0, last(Direction::Reverse), 1)),
            Operand::Source => (1..=replay.lengths.source).map(of_source).collect(),
            Operand::SourceEnd => {
                let places = both().filter(|place| place.layer == last(Direction::Forward).layer);
                let end = |place: Place| match place.direction {
                    Direction::Forward => replay.hidden(0, place, replay.lengths.source),
                    Direction::Reverse => replay.hidden(0, place, 1),
                };
                vec![places.map(end).collect()]
            }
            Operand::Below if layer == 0 => one(whole(replay.of(0, None, t, Line::Embedding))),
            Operand::Below => {
                let below = Some(Place::forward(layer - 1));
                one(whole(replay.of(0, below, t, Line::Norm)))
            }
            Operand::Query => one(self.projected(t, 0)),
            Operand::Keys => seen().map(|j| vec![self.projected(j, 1)]).collect(),
            Operand::Told => seen().map(|j| vec![self.projected(j, 2)]).collect(),
            Operand::Scores => one(of_head(Line::Scores)),
            Operand::Weights => one(of_head(Line::Weights)),
            Operand::Context | Operand::Mixed => one(of_head(Line::Context)),
            Operand::AllMixed => match own(Line::Context).of {
                Of::Station(index, _) => {
                    let heads = 0..replay.heads(Line::Context);
                    vec![heads.map(|head| whole(Of::Station(index, head))).collect()]
                }
                other => one(whole(other)),
            },
            Operand::Joined => one(own(Line::Joined)),
            Operand::Sum => one(own(Line::Residual)),
            Operand::Block => {
                let Network::SelfAttention(it) = &replay.network else {
                    return Vec::new();
                };
                let last = Some(Place::forward(it.num_layers - 1));
                one(whole(replay.of(0, last, t, Line::Norm)))
            }
            Operand::Output => one(own(Line::Readout)),
            Operand::Wanted => {
                let at = match replay.network.readout() {
                    Readout::Every => self.index(),
                    Readout::Last | Readout::Final => 0,
                };
                let row = replay.example.wanted.slice(s![at..=at, ..]);
                given(Given::Wanted, row.to_owned())
            }
            Operand::OverRootWidth => match &replay.network {
                Network::SelfAttention(it) => {
                    number(Given::OverRootWidth, 1.0 / (it.head_size() as f64).sqrt())
                }
                _ => number(Given::OverRootWidth, 1.0),
            },
            Operand::OverCount => {
                let (steps, outputs) = replay.example.wanted.dim();
                let count = match replay.loss {
                    Loss::MeanSquaredError => steps * outputs,
                    Loss::CrossEntropy => steps,
                };
                number(Given::OverCount, 1.0 / count as f64)
            }
            // No formula reads these: they are what is computed.
            Operand::HiddenFirst | Operand::Projections | Operand::LossTerm => Vec::new(),
        }
    }

    /// The head's query (0), key (1) or value (2) at a step.
    fn projected(&self, t: usize, which: usize) -> Piece {
        let Network::SelfAttention(it) = &self.replay.network else {
            unreachable!("self-attention alone projects")
        };
        let of = self.replay.of(0, self.station.place, t, Line::Projections);
        let start = which * it.hidden_size + self.head * it.head_size();
        Piece {
            of,
            columns: Some(start..start + it.head_size()),
        }
    }

    /// Where a cell's block of a parameter lies.
    fn block(&self, block: Block) -> Range<usize> {
        let station = self.station;
        let part = match (&self.replay.network, station.part) {
            (Network::EncoderDecoder(_), 0) => "encoder.",
            (Network::EncoderDecoder(_), _) => "decoder.",
            _ => "",
        };
        let kind = match block.parameter {
            ParameterKind::WeightIh => "weight_ih",
            ParameterKind::WeightHh => "weight_hh",
            ParameterKind::BiasIh => "bias_ih",
            ParameterKind::BiasHh => "bias_hh",
        };
        let suffix = station.place.unwrap_or(Place::FIRST).suffix();
        let all = self.replay.parameter(&format!("{part}{kind}_{suffix}"));
        let cell = self.replay.stack(station.part).map(|stack| stack.cell);
        let gates = cell.map_or(&[][..], Cell::gates);
        let rows = all.len() / gates.len().max(1);
        let at = gates.iter().position(|&gate| gate == block.gate);
        let start = all.start + at.unwrap_or(0) * rows;
        start..start + rows
    }

    fn learned(&self, parameter: Learned) -> Range<usize> {
        let layer = self.station.place.map_or(0, |place| place.layer);
        self.replay.parameter(&parameter.name(layer))
    }

    /// Parameters in a range as rows of that width.
    fn rows(&self, range: Range<usize>, width: usize) -> ArrayView2<'_, f64> {
        let values = &self.replay.parameters[range];
        let rows = values.len() / width.max(1);
        ArrayView2::from_shape((rows, width), &values[..rows * width]).expect("as many as it has")
    }
}

impl Values for Step<'_> {
    fn value(&self, value: Value) -> Array2<f64> {
        self.replay.assembled(&self.leaf(value))
    }

    fn parameter(&self, block: Block) -> ArrayView2<'_, f64> {
        let range = self.block(block);
        let hidden = self
            .replay
            .stack(self.station.part)
            .map_or(1, |stack| stack.hidden_size);
        let width = match block.parameter {
            ParameterKind::WeightIh | ParameterKind::WeightHh => range.len() / hidden,
            ParameterKind::BiasIh | ParameterKind::BiasHh => range.len(),
        };
        self.rows(range, width)
    }
}

impl Values<Operand, Learned> for Step<'_> {
    fn value(&self, operand: Operand) -> Array2<f64> {
        self.replay.assembled(&self.operand(operand))
    }

    fn parameter(&self, parameter: Learned) -> ArrayView2<'_, f64> {
        let layer = self.station.place.map_or(0, |place| place.layer);
        let entry = self.replay.entries.get(&parameter.name(layer));
        let entry = entry.expect("a network has the parameters that its formulas read");
        let width = match entry.shape[..] {
            [_, width] => width,
            _ => entry.range.len(),
        };
        self.rows(entry.range.clone(), width)
    }
}

#[cfg(test)]
mod tests;
