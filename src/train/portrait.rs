//! Many sequences' paths through the space of a layer's states, and the fixed points that the layer has under a constant input.

use super::{Snapshot, several};
use crate::data::{Span, Split, Targets};
use crate::nn::analysis::{FixedPoints, Principal, StepMap, Subject, principal, weights_of};
use crate::nn::{Direction, Part, Stop};
use ndarray::{Array2, ArrayView1, s};

/// What [`Rests`] consist of.
pub use crate::nn::analysis::{FixedPoint, Stability};

/// At most so many sequences have a path.
pub const PATHS: usize = 30;
/// And at most so many points together, so that drawing them stays quick.
const POINTS: usize = 6_000;
/// How many products of two units are summed for the principal components, about.
const PRODUCTS: usize = 1 << 28;
/// Beyond so many units no fixed points are looked for: each start takes a system of equations in all of them, again and again.
pub const UNITS: usize = 64;
/// From so many states on record they are looked for; from fewer where a state has more than [`FEW`] numbers, as each start then
/// takes longer, but from [`LEAST`] at least.
const STARTS: usize = 32;
const FEW: usize = 16;
const LEAST: usize = 6;

/// Which two directions a portrait has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axes {
    /// The first two principal components of h.
    Principal,
    /// Two units of h.
    Units(usize, usize),
}

/// The constant input under which fixed points are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Nothing but zeros.
    Zero,
    /// The mean of all that the layer reads in the sequences that have a path.
    Mean,
}

/// What a path ends at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Label {
    /// The class that is right.
    Class(usize),
    /// The value that is right, in the data's own unit.
    Value(f64),
}

/// The way of a sequence's h.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Which sequence of its part.
    pub sequence: usize,
    /// What is right at its end; `None` where that is not known.
    pub label: Option<Label>,
    /// From the state before the first step on, in the order in which the scan goes.
    pub points: Vec<[f64; 2]>,
}

/// The paths of some sequences.
#[derive(Clone, Debug, PartialEq)]
pub struct Portrait {
    /// The part of the data that they are from.
    pub split: Split,
    /// How many sequences that has.
    pub of: usize,
    /// Some of them, evenly spread.
    pub paths: Vec<Path>,
    /// The probe's own, from its record.
    pub probe: Vec<[f64; 2]>,
    /// Units of the layer.
    pub units: usize,
    /// The shares of all variance that the principal components have, and how many states they are of.
    pub explained: Option<([f64; 2], usize)>,
}

/// Fixed points, and where they lie in the portrait.
#[derive(Clone, Debug, PartialEq)]
pub struct Rests {
    /// Those found.
    pub found: FixedPoints,
    /// Where each lies along the principal components of h.
    pub along: Vec<[f64; 2]>,
    /// The input that was held.
    pub input: Vec<f64>,
    /// Units of the layer.
    pub units: usize,
}

/// A scan of the record: its part's index, and its own among that part's.
type At = (usize, usize);

/// The sequences of a portrait and their record.
struct Run {
    split: Split,
    sequences: Vec<usize>,
    spans: Vec<Span>,
    parts: Vec<Part>,
}

impl Run {
    fn of(snapshot: &Snapshot, at: At, stop: &Stop) -> Option<Self> {
        let split = several::held_back(snapshot);
        let all = snapshot.material.dataset.split(split);
        let probe = snapshot.probe.parts.get(at.0)?;
        let units = probe.scans.get(at.1)?.trace.h.dim().2;
        let longest = snapshot.material.seq_len.max(snapshot.material.answer_len);
        let points = POINTS.min(PRODUCTS / (units * units).max(1));
        let count = (points / longest.max(1)).clamp(1, PATHS).min(all.len());
        let sequences: Vec<usize> = (0..count).map(|k| k * all.len() / count).collect();
        let spans: Vec<Span> = sequences.iter().map(|&of| all[of]).collect();
        let parts = several::run(snapshot, &spans, |_| (), stop)?;
        Some(Self {
            split,
            sequences,
            spans,
            parts,
        })
    }

    fn subject<'a>(&'a self, snapshot: &'a Snapshot, at: At, row: usize) -> Option<Subject<'a>> {
        Subject::of_part(&snapshot.model, self.parts.get(at.0)?, at.1, row)
    }

    /// The principal components of all states h of the sequences, and how many those are.
    fn principal(&self, at: At, stop: &Stop) -> Option<(Principal, usize)> {
        let part = self.parts.get(at.0)?;
        let h = &part.scans.get(at.1)?.trace.h;
        let rows = part.lengths.iter().enumerate();
        let states = rows.flat_map(|(row, &length)| (0..length).map(move |t| (t, row)));
        let states: Vec<(usize, usize)> = states.collect();
        let points = Array2::from_shape_fn((states.len(), h.dim().2), |(at, unit)| {
            let (t, row) = states[at];
            h[[t, row, unit]]
        });
        Some((principal(points.view(), 2, stop)?, states.len()))
    }
}

/// The states h of a sequence in the order of the scan, the initial one first.
fn path(
    part: &Part,
    scan: usize,
    row: usize,
    place: impl Fn(ArrayView1<'_, f64>) -> [f64; 2],
) -> Option<Vec<[f64; 2]>> {
    let (length, scan) = (*part.lengths.get(row)?, part.scans.get(scan)?);
    let h = &scan.trace.h;
    let first = scan.trace.h0.row(row);
    let first = (first.len() == h.dim().2).then(|| place(first));
    let steps = (0..length).map(|k| {
        let t = scan.place.direction.step(k, length);
        place(h.slice(s![t, row, ..]))
    });
    Some(first.into_iter().chain(steps).collect())
}

impl Axes {
    /// Where a state lies.
    fn place(self, principal: Option<&Principal>, h: ArrayView1<'_, f64>) -> [f64; 2] {
        match (self, principal) {
            (Axes::Principal, Some(principal)) => {
                let along = principal.coordinates(h);
                let at = |k: usize| along.get(k).copied().unwrap_or(0.0);
                [at(0), at(1)]
            }
            (Axes::Principal, None) => [0.0; 2],
            (Axes::Units(one, other), _) => [one, other].map(|unit| {
                let last = h.len().saturating_sub(1);
                h.get(unit.min(last)).copied().unwrap_or(0.0)
            }),
        }
    }
}

impl Portrait {
    /// The portrait of a scan; `None` if there is none, it is not recurrent, a value is not finite, or it takes too much.
    pub(super) fn of(snapshot: &Snapshot, at: At, axes: Axes, stop: &Stop) -> Option<Self> {
        let run = Run::of(snapshot, at, stop)?;
        let probe = snapshot.probe.parts.get(at.0)?;
        let own = probe.scans.get(at.1)?;
        own.cell?;
        let principal = match axes {
            Axes::Principal => Some(run.principal(at, stop)?),
            Axes::Units(..) => None,
        };
        let place = |h: ArrayView1<'_, f64>| axes.place(principal.as_ref().map(|of| &of.0), h);
        let paths = run.sequences.iter().enumerate().map(|(row, &sequence)| {
            Some(Path {
                sequence,
                label: label(snapshot, run.spans[row]),
                points: path(run.parts.get(at.0)?, at.1, row, place)?,
            })
        });
        let explained = principal.as_ref().map(|(of, states)| {
            let share = |k: usize| of.explained.get(k).copied().unwrap_or(0.0);
            ([share(0), share(1)], *states)
        });
        Some(Self {
            split: run.split,
            of: snapshot.material.dataset.split(run.split).len(),
            paths: paths.collect::<Option<Vec<Path>>>()?,
            probe: path(probe, at.1, 0, place)?,
            units: own.trace.h.dim().2,
            explained,
        })
    }
}

/// What is right at the end of a sequence.
fn label(snapshot: &Snapshot, span: Span) -> Option<Label> {
    let material = &snapshot.material;
    let row = material.answering.rows(span).last()?;
    match &material.dataset.targets {
        Targets::Classes { of_row, .. } => of_row.get(row).copied().map(Label::Class),
        Targets::Values(values) => {
            let scaled = values.get([row, 0])?;
            Some(Label::Value(material.dataset.in_own_units(row, 0, *scaled)))
        }
    }
}

impl Rests {
    /// The fixed points of a scan under a constant input; `None` likewise, or if it has more than [`UNITS`] units.
    pub(super) fn of(snapshot: &Snapshot, at: At, held: Held, stop: &Stop) -> Option<Self> {
        let probe = snapshot.probe.parts.get(at.0)?;
        let own = probe.scans.get(at.1)?;
        let units = own.trace.h.dim().2;
        if units > UNITS {
            return None;
        }
        let (cell, weights) = weights_of(&snapshot.model, probe.name, own.place)?;
        let run = Run::of(snapshot, at, stop)?;
        let (mut sum, mut steps) = (Vec::new(), 0);
        let mut starts: Vec<Vec<f64>> = Vec::new();
        let wide = units * cell.states().len();
        let most = (STARTS * FEW / wide.max(FEW)).max(LEAST);
        let each = most.div_ceil(run.sequences.len().max(1));
        for row in 0..run.sequences.len() {
            let subject = run.subject(snapshot, at, row)?;
            sum.resize(subject.x.dim().2, 0.0);
            for t in 0..subject.length {
                let x = subject.x.slice(s![t, row, ..]);
                sum.iter_mut().zip(x).for_each(|(sum, x)| *sum += x);
            }
            steps += subject.length;
            for k in 0..each.min(subject.length) {
                // Evenly spread, the last step among them.
                let t = (subject.length - 1) - k * subject.length / each;
                let h = subject.trace.h.slice(s![t, row, ..]);
                let c = subject.trace.c.slice(s![t, row, ..]);
                starts.push(h.iter().chain(c).copied().collect());
            }
        }
        starts.truncate(most);
        let input: Vec<f64> = match held {
            Held::Zero => vec![0.0; sum.len()],
            Held::Mean => sum.iter().map(|sum| sum / steps.max(1) as f64).collect(),
        };
        let map = StepMap {
            cell,
            weights,
            x: &input,
        };
        let width = map.width();
        // The zero state is a start as well: every sequence begins there.
        starts.push(vec![0.0; width]);
        let starts = Array2::from_shape_fn((starts.len(), width), |(row, at)| starts[row][at]);
        let found = map.fixed_points(&starts, stop)?;
        let (components, _) = run.principal(at, stop)?;
        let along = found.points.iter().map(|point| {
            Axes::Principal.place(Some(&components), ArrayView1::from(&point.state[..units]))
        });
        Some(Self {
            along: along.collect(),
            found,
            input,
            units,
        })
    }
}

/// Which point of a path belongs to the array index `t` of a step.
pub fn point_of(direction: Direction, t: usize, length: usize, has_first: bool) -> usize {
    let k = match direction {
        Direction::Forward => t,
        Direction::Reverse => (length - 1).saturating_sub(t),
    };
    k + usize::from(has_first)
}
