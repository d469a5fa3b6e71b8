//! The order in which a network is computed, operation by operation, and where in it a learner stands.
//!
//! A [`Schedule`] lists every operation after all that it needs:
//!
//! - a stack that reads forward: step by step, within a step layer by layer, within a layer the lines of the cell's equations
//!   in their order, then readout and loss where the model reads at every step;
//! - a stack that reads both ways: layer by layer, for a layer needs the whole of both scans below it. The two scans of a layer
//!   do not need each other; they are walked side by side, each from its own end;
//! - an encoder, the bridge, then a decoder step by step, each step with what its attention computes before the cell (additive)
//!   or after it (dot product);
//! - self-attention: every step's projections before any step's scores, unless a step sees none that come later.
//!
//! The backward sweep walks the same list from its end: it reaches an operation when everything that reads its result has been
//! passed, which is when its adjoint is complete. Padding is not computed, and no station stands for it.
//!
//! The list is never written out: [`Segment`] by segment it is loops over steps and lines, so that a million operations take no
//! more room than ten. A [`Cursor`] says how many stations have been passed; steps of time are a coarser walk over them.

use super::attention::Attention;
use super::seq2seq::Lengths;
use super::{Direction, Line, Network, Place, Readout, RecurrentArchitecture};
use std::ops::Range;

/// An operation in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Station {
    /// The index of the network's part: an encoder is 0 and its decoder 1; all else is 0.
    pub part: usize,
    /// Whose operation it is; `None` for what belongs to no layer.
    pub place: Option<Place>,
    /// The step, from 1; 0 for what comes before the first.
    pub t: usize,
    /// What is computed.
    pub line: Line,
}

type Entry = (Option<Place>, Line);

/// Operations that are repeated step by step.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Segment {
    part: usize,
    steps: usize,
    /// Once, before the first step.
    before: Vec<Entry>,
    /// At each step. A reverse scan's are at its own step.
    lines: Vec<Entry>,
    /// Once, after the last step.
    after: Vec<Entry>,
}

impl Segment {
    fn len(&self) -> usize {
        self.before.len() + self.steps * self.lines.len() + self.after.len()
    }

    /// Where its step k begins, from 0; for `steps`, where it ends.
    fn start(&self, k: usize) -> usize {
        match k {
            0 => 0,
            k if k >= self.steps => self.len(),
            k => self.before.len() + k * self.lines.len(),
        }
    }

    /// The step that its operation `at` belongs to, from 0.
    fn step(&self, at: usize) -> usize {
        let within = at.saturating_sub(self.before.len());
        (within / self.lines.len()).min(self.steps - 1)
    }

    fn station(&self, at: usize) -> Station {
        let repeated = self.steps * self.lines.len();
        let (k, (place, line)) = match at.checked_sub(self.before.len()) {
            None => (None, self.before[at]),
            Some(at) if at < repeated => {
                let k = at / self.lines.len();
                (Some(k), self.lines[at % self.lines.len()])
            }
            Some(at) => (Some(self.steps - 1), self.after[at - repeated]),
        };
        let t = k.map_or(0, |k| direction(place, line).step(k, self.steps) + 1);
        Station {
            part: self.part,
            place,
            t,
            line,
        }
    }
}

/// The direction in which the steps of an operation are walked.
fn direction(place: Option<Place>, line: Line) -> Direction {
    match (place, line) {
        (Some(place), Line::Cell(_)) => place.direction,
        _ => Direction::Forward,
    }
}

/// The list of all operations over one sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    segments: Vec<Segment>,
    /// Where each segment begins, and where the last one ends.
    starts: Vec<usize>,
}

/// Which way the cursor walks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sweep {
    /// From the first operation on, revealing values.
    Forward,
    /// From the loss back, revealing adjoints.
    Backward,
}

/// A way to move the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// To the beginning of the sweep.
    First,
    /// One time step towards the beginning; before the backward sweep lies the end of the forward one.
    Previous,
    /// One time step on; after the forward sweep comes the backward one.
    Next,
    /// One operation towards the beginning, likewise.
    PreviousOperation,
    /// One operation on, likewise.
    NextOperation,
    /// To the end of the sweep.
    Last,
    /// To the time step t, from 0, of what is being walked through.
    To(usize),
}

/// A place in a schedule: how many of its stations the sweep has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The way.
    pub sweep: Sweep,
    /// Stations passed in this sweep.
    pub position: usize,
}

/// How readout and loss follow the last layer: at each step, or once at the end.
fn read(readout: Readout, lines: &mut Vec<Entry>, after: &mut Vec<Entry>) {
    match readout {
        Readout::Every => lines.extend(ANSWER),
        Readout::Last | Readout::Final => after.extend(ANSWER),
    }
}

const ANSWER: [Entry; 2] = [(None, Line::Readout), (None, Line::Loss)];

/// A stack's scans, and its readout and loss if it has them.
fn of_stack(
    part: usize,
    stack: &RecurrentArchitecture,
    steps: usize,
    readout: Option<Readout>,
) -> Vec<Segment> {
    let of_scan = |place: Place| {
        let lines = stack.cell.quantities().iter();
        lines.map(move |&output| (Some(place), Line::Cell(output)))
    };
    let segment = |lines: Vec<Entry>| Segment {
        part,
        steps,
        before: Vec::new(),
        lines,
        after: Vec::new(),
    };
    let mut segments: Vec<Segment> = match stack.bidirectional {
        false => vec![segment(stack.places().flat_map(of_scan).collect())],
        true => (0..stack.num_layers)
            .map(|layer| {
                let scans = stack.places().filter(|place| place.layer == layer);
                segment(scans.flat_map(of_scan).collect())
            })
            .collect(),
    };
    match (readout, segments.last_mut()) {
        // Each output needs the reverse scan's state too, which comes last where the forward scan's comes first.
        (Some(Readout::Every), _) if stack.bidirectional => segments.push(segment(ANSWER.into())),
        (Some(readout), Some(last)) => read(readout, &mut last.lines, &mut last.after),
        _ => {}
    }
    segments
}

impl Schedule {
    /// The schedule of a network over a sequence of such lengths; of `target` steps is what a decoder writes.
    pub fn new(network: &Network, lengths: Lengths) -> Self {
        let Lengths { source, target } = lengths;
        let segments = match network {
            Network::Recurrent(stack) => of_stack(0, stack, source, Some(stack.readout)),
            Network::EncoderDecoder(architecture) => {
                let mut segments = of_stack(0, &architecture.encoder, source, None);
                let cell = architecture.decoder_cell.quantities().iter();
                let cell = cell.map(|&output| (Some(Place::FIRST), Line::Cell(output)));
                let looks = [Line::Scores, Line::Weights, Line::Context].map(|line| (None, line));
                let mut lines: Vec<Entry> = match architecture.attention {
                    Attention::None => cell.collect(),
                    Attention::Additive => looks.into_iter().chain(cell).collect(),
                    Attention::Dot => cell.chain(looks).chain([(None, Line::Joined)]).collect(),
                };
                lines.extend(ANSWER);
                segments.push(Segment {
                    part: 1,
                    steps: target,
                    before: vec![(None, Line::Bridge)],
                    lines,
                    after: Vec::new(),
                });
                segments
            }
            Network::SelfAttention(architecture) => {
                let of_block = |layer: usize, lines: &[Line]| -> Vec<Entry> {
                    let place = Some(Place::forward(layer));
                    lines.iter().map(|&line| (place, line)).collect()
                };
                let looks = [
                    Line::Scores,
                    Line::Weights,
                    Line::Context,
                    Line::Residual,
                    Line::Norm,
                ];
                // By block: what can be walked step by step until the next block asks.
                let mut groups = vec![vec![(None, Line::Embedding)]];
                for layer in 0..architecture.num_layers {
                    let projections = of_block(layer, &[Line::Projections]);
                    groups
                        .last_mut()
                        .unwrap_or(&mut Vec::new())
                        .extend(projections);
                    groups.push(of_block(layer, &looks));
                }
                if architecture.causal {
                    groups = vec![groups.concat()];
                }
                let mut segments: Vec<Segment> = groups
                    .into_iter()
                    .map(|lines| Segment {
                        part: 0,
                        steps: source,
                        before: Vec::new(),
                        lines,
                        after: Vec::new(),
                    })
                    .collect();
                if let Some(last) = segments.last_mut() {
                    read(architecture.readout, &mut last.lines, &mut last.after);
                }
                segments
            }
        };
        let segments: Vec<Segment> = segments
            .into_iter()
            .filter(|segment| segment.steps > 0 && !segment.lines.is_empty())
            .collect();
        let mut starts = vec![0];
        for segment in &segments {
            starts.push(starts[starts.len() - 1] + segment.len());
        }
        Self { segments, starts }
    }

    /// How many stations.
    pub fn len(&self) -> usize {
        self.starts[self.starts.len() - 1]
    }

    /// Whether there is nothing to walk through.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// How many steps of time a sweep has: those of each stretch that is walked by itself, together.
    pub fn steps(&self) -> usize {
        self.segments.iter().map(|segment| segment.steps).sum()
    }

    /// The stretch that a station belongs to, and which it is within; of the list's end, the last one's end.
    fn segment(&self, index: usize) -> Option<(usize, usize)> {
        let at = self.starts.partition_point(|&start| start <= index);
        let at = at
            .saturating_sub(1)
            .min(self.segments.len().checked_sub(1)?);
        Some((at, index - self.starts[at]))
    }

    /// The station at `index`, counted forward from 0.
    pub fn station(&self, index: usize) -> Option<Station> {
        let (segment, at) = self.segment(index).filter(|_| index < self.len())?;
        Some(self.segments[segment].station(at))
    }

    /// The index of a station.
    pub fn index(&self, station: &Station) -> Option<usize> {
        let entry = (station.place, station.line);
        let is = |other: &Entry| *other == entry;
        self.of_part(station.part).find_map(|number| {
            let (segment, start) = (&self.segments[number], self.starts[number]);
            let t = station.t;
            let repeated = || {
                let at = segment.lines.iter().position(is)?;
                let k = t.checked_sub(1).filter(|&k| k < segment.steps)?;
                let k = direction(station.place, station.line).step(k, segment.steps);
                Some(segment.before.len() + k * segment.lines.len() + at)
            };
            let before = || segment.before.iter().position(is).filter(|_| t == 0);
            let after = || {
                let at = segment.after.iter().position(is);
                let at = at.filter(|_| t == segment.steps)?;
                Some(segment.len() - segment.after.len() + at)
            };
            Some(start + repeated().or_else(before).or_else(after)?)
        })
    }

    fn of_part(&self, part: usize) -> Range<usize> {
        let first = self
            .segments
            .iter()
            .position(|segment| segment.part == part);
        let count = self.segments.iter().filter(|segment| segment.part == part);
        let first = first.unwrap_or(0);
        first..first + count.count()
    }

    /// The stations of a part, which stand one after the other.
    pub fn stations_of(&self, part: usize) -> Range<usize> {
        let segments = self.of_part(part);
        self.starts[segments.start]..self.starts[segments.end]
    }

    /// At how many steps an operation of a part stands among the first `passed` stations, from the step where it begins.
    /// With no operation named, the first of the part's: what reads the part's input.
    fn passed(&self, passed: usize, part: usize, entry: Option<Entry>) -> usize {
        let before = |start: usize, at: usize| usize::from(start + at < passed);
        for number in self.of_part(part) {
            let (segment, start) = (&self.segments[number], self.starts[number]);
            let is = |other: &Entry| entry.is_none_or(|entry| *other == entry);
            if let Some(at) = segment.lines.iter().position(is) {
                let first = start + segment.before.len() + at;
                let rounds = passed.saturating_sub(first).div_ceil(segment.lines.len());
                return rounds.min(segment.steps);
            }
            if let Some(at) = segment.before.iter().position(is) {
                return before(start, at);
            }
            if let Some(at) = segment.after.iter().position(is) {
                return before(start, segment.len() - segment.after.len() + at);
            }
        }
        0
    }

    /// The last boundary between time steps that is not after `index`, and the first that is not before it.
    fn boundaries(&self, index: usize) -> (usize, usize) {
        let Some((number, at)) = self.segment(index) else {
            return (0, 0);
        };
        let (segment, start) = (&self.segments[number], self.starts[number]);
        if at >= segment.len() {
            return (index, index);
        }
        let k = segment.step(at);
        let from = start + segment.start(k);
        let to = if from == index {
            index
        } else {
            start + segment.start(k + 1)
        };
        (from, to)
    }
}

impl Cursor {
    /// Before the first station of the forward sweep.
    pub const START: Cursor = Cursor {
        sweep: Sweep::Forward,
        position: 0,
    };

    /// At the end of the backward sweep: everything is revealed.
    pub fn end(schedule: &Schedule) -> Cursor {
        Cursor {
            sweep: Sweep::Backward,
            position: schedule.len(),
        }
    }

    /// How many stations of the list, from its front, the sweep has yet to come to on its way back, or has passed on its way on.
    fn front(self, schedule: &Schedule) -> usize {
        let position = self.position.min(schedule.len());
        match self.sweep {
            Sweep::Forward => position,
            Sweep::Backward => schedule.len() - position,
        }
    }

    /// The index of the station that was passed last; `None` before the sweep's first one.
    pub fn passed(&self, schedule: &Schedule) -> Option<usize> {
        let front = self.front(schedule);
        match self.sweep {
            Sweep::Forward => front.checked_sub(1),
            Sweep::Backward => Some(front).filter(|&front| front < schedule.len()),
        }
    }

    /// The operation that was passed last.
    pub fn station(&self, schedule: &Schedule) -> Option<Station> {
        schedule.station(self.passed(schedule)?)
    }

    /// At how many steps of an operation its values are revealed, from the step where it begins to be walked.
    ///
    /// With no operation named it is the part's first, which reads its input.
    pub fn values(
        &self,
        schedule: &Schedule,
        part: usize,
        line: Option<(Option<Place>, Line)>,
    ) -> usize {
        let passed = match self.sweep {
            Sweep::Forward => self.front(schedule),
            Sweep::Backward => schedule.len(),
        };
        schedule.passed(passed, part, line)
    }

    /// At how many steps of an operation its adjoints are still hidden, from the step where it begins to be walked.
    pub fn adjoints(
        &self,
        schedule: &Schedule,
        part: usize,
        line: Option<(Option<Place>, Line)>,
    ) -> usize {
        let hidden = match self.sweep {
            Sweep::Forward => schedule.len(),
            Sweep::Backward => self.front(schedule),
        };
        schedule.passed(hidden, part, line)
    }

    /// The stretch it stands in: that of the station passed last, or of the sweep's first one.
    fn segment(&self, schedule: &Schedule) -> Option<usize> {
        let first = match self.sweep {
            Sweep::Forward => 0,
            Sweep::Backward => schedule.len().checked_sub(1)?,
        };
        let index = self.passed(schedule).unwrap_or(first);
        Some(schedule.segment(index)?.0)
    }

    /// The part of the network it stands in.
    pub fn part(&self, schedule: &Schedule) -> usize {
        let segment = self.segment(schedule);
        segment.map_or(0, |segment| schedule.segments[segment].part)
    }

    /// Where the same sweep begins to walk through a part.
    #[must_use]
    pub fn at_part(self, schedule: &Schedule, part: usize) -> Cursor {
        let stations = schedule.stations_of(part);
        self.at_front(
            schedule,
            match self.sweep {
                Sweep::Forward => stations.start,
                Sweep::Backward => stations.end,
            },
        )
    }

    /// Where the same sweep has begun to walk through a part: with nothing of it passed where the sweep begins there, else with
    /// its first operation, as what was passed last says where one is.
    #[must_use]
    pub fn into_part(self, schedule: &Schedule, part: usize) -> Cursor {
        let before = self.at_part(schedule, part);
        if before.part(schedule) == part {
            before
        } else {
            before.moved(schedule, Move::NextOperation)
        }
    }

    /// The place in a part that is nearest on the same sweep, so that a station of it was passed last: its end where the sweep
    /// has passed it, else its first step.
    #[must_use]
    pub fn in_part(self, schedule: &Schedule, part: usize) -> Cursor {
        let (stations, front) = (schedule.stations_of(part), self.front(schedule));
        let past = match self.sweep {
            Sweep::Forward => front >= stations.end,
            Sweep::Backward => front <= stations.start,
        };
        match (past, self.sweep) {
            (true, Sweep::Forward) => self.at_front(schedule, stations.end),
            (true, Sweep::Backward) => self.at_front(schedule, stations.start),
            (false, _) => self.at_part(schedule, part).moved(schedule, Move::Next),
        }
    }

    fn at_front(self, schedule: &Schedule, front: usize) -> Cursor {
        Cursor {
            sweep: self.sweep,
            position: match self.sweep {
                Sweep::Forward => front,
                Sweep::Backward => schedule.len() - front,
            },
        }
    }

    /// The time step that it stands at: the last one walked through, 0 before any.
    ///
    /// Between whole steps it is the operation's own; at whole ones, where two scans are walked side by side, the forward one's.
    pub fn t(&self, schedule: &Schedule) -> usize {
        let Some(index) = self.passed(schedule) else {
            return match self.sweep {
                Sweep::Forward => 0,
                Sweep::Backward => schedule.segments.last().map_or(0, |last| last.steps),
            };
        };
        if !self.is_between_steps(schedule)
            && let Some(station) = schedule.station(index)
        {
            return station.t;
        }
        schedule
            .segment(index)
            .map_or(0, |(number, at)| schedule.segments[number].step(at) + 1)
    }

    /// The same where single operations are walked: then that of the operation.
    pub fn shown_t(&self, schedule: &Schedule, by_operation: bool) -> usize {
        let station = self.station(schedule).filter(|_| by_operation);
        station.map_or_else(|| self.t(schedule), |station| station.t)
    }

    /// Whether it stands between two time steps, and not within one.
    pub fn is_between_steps(&self, schedule: &Schedule) -> bool {
        let front = self.front(schedule);
        schedule.boundaries(front).0 == front
    }

    /// Where a move leads; where there is no way on, it stays.
    #[must_use]
    pub fn moved(self, schedule: &Schedule, by: Move) -> Cursor {
        let (len, sweep) = (schedule.len(), self.sweep);
        let at = |sweep, front: usize| Cursor {
            sweep,
            position: match sweep {
                Sweep::Forward => front,
                Sweep::Backward => len - front,
            },
        };
        let front = self.front(schedule);
        let [earlier, later] = match by {
            Move::PreviousOperation | Move::NextOperation => {
                [front.saturating_sub(1), (front + 1).min(len)]
            }
            _ => [
                schedule.boundaries(front.saturating_sub(1)).0,
                schedule.boundaries((front + 1).min(len)).1,
            ],
        };
        match (by, sweep) {
            (Move::First, Sweep::Forward) | (Move::Last, Sweep::Backward) => at(sweep, 0),
            (Move::First, Sweep::Backward) | (Move::Last, Sweep::Forward) => at(sweep, len),
            (Move::Next | Move::NextOperation, Sweep::Forward) if front == len => {
                at(Sweep::Backward, len)
            }
            (Move::Previous | Move::PreviousOperation, Sweep::Backward) if front == len => {
                at(Sweep::Forward, len)
            }
            (Move::Next | Move::NextOperation, Sweep::Forward)
            | (Move::Previous | Move::PreviousOperation, Sweep::Backward) => at(sweep, later),
            (Move::Next | Move::NextOperation, Sweep::Backward)
            | (Move::Previous | Move::PreviousOperation, Sweep::Forward) => at(sweep, earlier),
            (Move::To(t), _) => {
                let Some(number) = self.segment(schedule) else {
                    return self;
                };
                let (segment, start) = (&schedule.segments[number], schedule.starts[number]);
                let front = match sweep {
                    Sweep::Forward => segment.start(t.min(segment.steps)),
                    Sweep::Backward => segment.start(t.clamp(1, segment.steps) - 1),
                };
                at(sweep, start + front)
            }
        }
    }
}

#[cfg(test)]
mod tests;
