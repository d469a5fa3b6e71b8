//! Jacobians: how a change of the state at one step changes the state at a later one.
//!
//! - one step: J_t = ∂s_t/∂s_{t−1}
//! - a span: ∂s_b/∂s_a = J_b J_{b−1} … J_{a+1}
//!
//! The matrix is not derived a second time here. Row k is what the scan's own [`Scan::step_back`] makes of the adjoint that is
//! 1 at unit k and 0 elsewhere, all rows going back side by side as the sequences of a batch; so a Jacobian cannot differ
//! from what backpropagation did, whatever the cell. Products over long spans shrink or grow beyond what f64 holds, which is
//! the very thing to be seen: a power of two is taken out on the way and kept beside the matrix.
//!
//! Time counts as in the formulas: steps t = 1…T; 0 is the state before the first step of a forward scan, T + 1 that of a
//! reverse scan, for which “previous” is t + 1.

use super::flow::norm;
use super::spectrum::singular_values;
use super::subject::Subject;
use crate::nn::recurrent::{Prepared, Scan};
use crate::nn::{Cell, Direction, Lanes, Quantity, Record, ScanAdjoints, ScanTrace, Stop};
use ndarray::{Array2, Array3, ArrayView2, Axis, concatenate, s};

/// Which state a Jacobian is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum States {
    /// h alone, `[hidden, hidden]`: in an LSTM the part of the change that goes through h, the cell state held fixed at
    /// every step.
    Hidden,
    /// Everything that a step hands to the next: h, and in an LSTM c after it, `[2 · hidden, 2 · hidden]`.
    Whole,
}

/// A matrix of partial derivatives of a later state (rows) by an earlier one (columns): `matrix` · 2^`exponent`.
#[derive(Clone, Debug, PartialEq)]
pub struct Jacobian {
    /// The derivatives, scaled; units of h, then of c where c is part of the state.
    pub matrix: Array2<f64>,
    /// The power of two taken out; 0 unless a long span left the range in which f64 is safe.
    pub exponent: i64,
    /// Units of the layer.
    hidden: usize,
}

impl Jacobian {
    /// The Frobenius norm; 0 or infinite where that is past what f64 holds.
    pub fn norm(&self) -> f64 {
        scale(norm(&self.matrix), self.exponent)
    }

    /// The decimal logarithm of the Frobenius norm, in range however long the span; −∞ of zero.
    pub fn log10_norm(&self) -> f64 {
        log10(norm(&self.matrix), self.exponent)
    }

    /// The singular values, largest first; 0 or infinite where that is past what f64 holds.
    ///
    /// `None` if they could not be found, see [`singular_values`].
    pub fn singular_values(&self) -> Option<Vec<f64>> {
        let found = singular_values(self.matrix.view())?;
        Some(found.into_iter().map(|x| scale(x, self.exponent)).collect())
    }

    /// The decimal logarithms of the singular values, in range however long the span; −∞ of zero.
    ///
    /// Those below 10⁻¹⁶ of the largest are rounding, as in every such decomposition.
    pub fn log10_singular_values(&self) -> Option<Vec<f64>> {
        let found = singular_values(self.matrix.view())?;
        Some(found.into_iter().map(|x| log10(x, self.exponent)).collect())
    }

    /// The part that is ∂`of`/∂`by`, `[hidden, hidden]`, still without 2^`exponent`; `None` where it has no such part.
    pub fn part(&self, of: Quantity, by: Quantity) -> Option<ArrayView2<'_, f64>> {
        let range = |quantity| {
            let start = match quantity {
                Quantity::H => 0,
                Quantity::C => self.hidden,
                _ => return None,
            };
            (start < self.matrix.nrows()).then_some(start..start + self.hidden)
        };
        Some(self.matrix.slice(s![range(of)?, range(by)?]))
    }
}

fn scale(x: f64, exponent: i64) -> f64 {
    // Past ±3000 every finite f64 has overflowed or vanished.
    libm::scalbn(x, exponent.clamp(-3000, 3000) as i32)
}

fn log10(x: f64, exponent: i64) -> f64 {
    libm::log10(x) + exponent as f64 * std::f64::consts::LOG10_2
}

/// The Jacobian over a span, and its growth on the way back.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// ∂s_to/∂s_from.
    pub jacobian: Jacobian,
    /// The decimal logarithm of ‖∂s_to/∂s_{to−k}‖ (Frobenius) for k = 1, 2, … to the whole span; in a reverse scan of
    /// ‖∂s_to/∂s_{to+k}‖.
    pub log10_norms: Vec<f64>,
}

/// ∂s_t/∂s_{t−1} (reverse: ∂s_t/∂s_{t+1}); `t` is a step of the sequence, from 1.
///
/// `None` if there is no such step, or if a value is not finite.
pub fn step(subject: &Subject<'_>, states: States, t: usize) -> Option<Jacobian> {
    let from = match subject.direction {
        Direction::Forward => t.checked_sub(1)?,
        Direction::Reverse => t.checked_add(1)?,
    };
    Some(span(subject, states, from, t)?.jacobian)
}

/// ∂s_`to`/∂s_`from`, where `from` comes before `to` in the scan's own order.
///
/// `from` may be the initial state: 0, in a reverse scan one past the sequence's last step. `None` if there are no such
/// steps, or if a value is not finite.
///
/// Work per step: 2 · rows · blocks · hidden² floating-point operations, with rows = hidden, or 2 · hidden where c is part
/// of the state.
pub fn span(subject: &Subject<'_>, states: States, from: usize, to: usize) -> Option<Span> {
    span_until(subject, states, (from, to), &Stop::default())
}

/// [`span`], given up with `None` once `stop` is asked.
pub fn span_until(
    subject: &Subject<'_>,
    states: States,
    (from, to): (usize, usize),
    stop: &Stop,
) -> Option<Span> {
    let in_order = match subject.direction {
        Direction::Forward => from < to && to <= subject.length,
        Direction::Reverse => 1 <= to && to < from && from <= subject.length + 1,
    };
    if !in_order {
        return None;
    }
    let hidden = subject.hidden();
    let has_c = subject.cell.states().contains(&Quantity::C);
    let with_c = has_c && states == States::Whole;
    let rows = if with_c { 2 * hidden } else { hidden };
    let mut adjoints = unit_adjoints(subject.cell, hidden, rows);
    let lengths = vec![1; rows];
    let scan = one_step_scan(subject, &lengths);
    let mut prepared = Prepared::new(subject.cell, subject.x.dim().2, hidden);
    scan.prepare_back(&mut prepared);
    let mut exponent = 0;
    let mut log10_norms = Vec::with_capacity(from.abs_diff(to));
    let mut now = to;
    while now != from {
        if stop.is_asked() {
            return None;
        }
        // The scan's own step back: what the state after the step is asked for turns into what the state before it is.
        let one = one_step(subject, now - 1, rows);
        scan.step_back(&prepared, 0, &one, Record::Training, &mut adjoints);
        if !with_c {
            // The path through c is cut: what came back along it is not handed on.
            adjoints.d_c0.fill(0.0);
        }
        exponent += rescale(&mut adjoints)?;
        let parts = [norm(&adjoints.d_h0), norm(&adjoints.d_c0)];
        log10_norms.push(log10(norm(&parts), exponent));
        now = match subject.direction {
            Direction::Forward => now - 1,
            Direction::Reverse => now + 1,
        };
    }
    let matrix = if with_c {
        concatenate(Axis(1), &[adjoints.d_h0.view(), adjoints.d_c0.view()]).ok()?
    } else {
        adjoints.d_h0
    };
    Some(Span {
        jacobian: Jacobian {
            matrix,
            exponent,
            hidden,
        },
        log10_norms,
    })
}

/// Adjoints of one step of `rows` sequences that arrive from the next step: 1 for one unit of the state, row by row.
fn unit_adjoints(cell: Cell, hidden: usize, rows: usize) -> ScanAdjoints<f64> {
    let mut adjoints = ScanAdjoints::new(cell, hidden, 1, rows, Record::Training);
    for row in 0..rows {
        match row.checked_sub(hidden) {
            None => adjoints.d_h0[[row, row]] = 1.0,
            Some(unit) => adjoints.d_c0[[row, unit]] = 1.0,
        }
    }
    adjoints
}

/// The scan over sequences of one step; `lengths` are as many ones.
fn one_step_scan<'a>(subject: &'a Subject<'_>, lengths: &'a [usize]) -> Scan<'a, f64> {
    Scan {
        lanes: Lanes::detect(),
        cell: subject.cell,
        // A single step is the same in both directions: the state before it is in h0 and c0.
        direction: Direction::Forward,
        weights: subject.weights,
        lengths,
        truncate: None,
        stop: None,
    }
}

/// The recorded step at array index `t` as a sequence of its own, `rows` times side by side.
fn one_step(subject: &Subject<'_>, t: usize, rows: usize) -> ScanTrace<f64> {
    let (all, sequence) = (subject.trace, subject.sequence);
    let mut one = ScanTrace::new(subject.cell, subject.hidden(), 1, rows);
    let copy = |from: &Array3<f64>, into: &mut Array3<f64>| {
        into.assign(&from.slice(s![t..t + 1, sequence..sequence + 1, ..]));
    };
    copy(&all.gates, &mut one.gates);
    copy(&all.q, &mut one.q);
    copy(&all.c, &mut one.c);
    copy(&all.tanh_c, &mut one.tanh_c);
    copy(&all.h, &mut one.h);
    one.h0.assign(&subject.h_before(t));
    one.c0.assign(&subject.c_before(t));
    one
}

/// Takes a power of two out of what is carried once its largest value leaves 2^±300, and returns its exponent; `None` if a
/// value is not finite.
fn rescale(adjoints: &mut ScanAdjoints<f64>) -> Option<i64> {
    let mut largest = 0.0_f64;
    for value in adjoints.d_h0.iter().chain(&adjoints.d_c0) {
        if !value.is_finite() {
            return None;
        }
        largest = largest.max(value.abs());
    }
    let (_, exponent) = libm::frexp(largest);
    if largest == 0.0 || exponent.abs() < 300 {
        return Some(0);
    }
    for carried in [&mut adjoints.d_h0, &mut adjoints.d_c0] {
        carried.mapv_inplace(|x| libm::scalbn(x, -exponent));
    }
    Some(i64::from(exponent))
}
