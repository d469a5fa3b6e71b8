//! The scan over time: one layer through a sequence in one direction, and back (backpropagation through time; Werbos 1990).
//!
//! What does not depend on the step before is computed for all steps at once, outside the loop over time, wherever that is
//! faster: the weights' gradients and the input's adjoint on the way back and, where a batch has few rows, the input's
//! product on the way there. Inside the loop stay the product with the recurrent weights and the cell's own step. The same code serves training and the probe;
//! [`Record`](super::Record) decides only how many steps the adjoint arrays keep.
//!
//! A reverse scan (Schuster & Paliwal 1997) runs from the last step to the first; arrays keep the input's time, so its
//! “previous” state is that of t + 1.
//!
//! Sequences of a batch may end early. Over the padding a scan hands its state on as it is, on the way back likewise its
//! adjoint, so that each sequence gets what it would get alone, and padding no part of any gradient.
//!
//! Truncated backpropagation (Williams & Peng 1990; PyTorch's `detach` between chunks) lets no adjoint cross from a chunk
//! of steps into the one before it; the state itself is carried on.
//!
//! A decoder, whose input depends on the step before, drives the same scan step by step: [`Scan::prepare`], then
//! [`Scan::step`] for each t; back likewise [`Scan::step_back`] and [`Scan::adjoint_of_inputs`] for each t,
//! then [`Scan::gradients`].

use super::adjoint::{Record, ScanAdjoints};
use super::flat::{at, at_mut, flat, flat_mut, steps_of, steps_of_mut};
use super::kernel::product::{
    FEW, Factors, Matrix, Packing, Panels, Size, Start, product, product_with, product_with_both,
    sum_over_steps, transpose_into,
};
use super::kernel::reduce::column_sums;
use super::kernel::{Floor, Lanes, Real};
use super::rnn::Activation;
use super::stop::Stop;
use super::trace::ScanTrace;
use super::{Cell, Direction, gru, gru_reset_before, lstm, lstm_1997, rnn, room};
use ndarray::{Array2, Array3};
use std::ops::Range;

/// A layer's parameters, row-major.
#[derive(Clone, Copy)]
pub struct LayerWeights<'a, T> {
    /// `[blocks · hidden, input]`.
    pub weight_ih: &'a [T],
    /// `[blocks · hidden, hidden]`.
    pub weight_hh: &'a [T],
    /// `[blocks · hidden]`.
    pub bias_ih: &'a [T],
    /// `[blocks · hidden]`.
    pub bias_hh: &'a [T],
}

/// A layer's parameters' gradients; shapes as in [`LayerWeights`].
pub struct LayerGradients<'a, T> {
    /// `[blocks · hidden, input]`.
    pub weight_ih: &'a mut [T],
    /// `[blocks · hidden, hidden]`.
    pub weight_hh: &'a mut [T],
    /// `[blocks · hidden]`.
    pub bias_ih: &'a mut [T],
    /// `[blocks · hidden]`.
    pub bias_hh: &'a mut [T],
}

/// A scan's weights laid out for its products, and room for what those leave.
///
/// The rows of W_hh come in two shares with products of their own: those of the gates, and those of the GRU's candidate,
/// which sees h_{t−1} through q. The other cells have no second share.
#[derive(Clone, Debug)]
pub struct Prepared<T> {
    /// The same shares of W_ihᵀ, `[input, gated]` and `[input, through q]`.
    weight_ih_t: [Panels<T>; 2],
    /// The shares of W_hhᵀ, `[hidden, gated]` and `[hidden, through q]`.
    weight_hh_t: [Panels<T>; 2],
    /// The shares of W_hh, `[gated, hidden]` and `[through q, hidden]`, for the way back.
    weight_hh: [Panels<T>; 2],
    /// The biases that are added outside the loop: all of them, but for b_hn of the GRU.
    bias: Vec<T>,
    /// Gradients as they come out of the products, transposed.
    gradient_t: Vec<T>,
    packing: Packing<T>,
}

impl<T: Real> Prepared<T> {
    /// Room for a scan over `input` values a step by `hidden` units.
    pub fn new(cell: Cell, input: usize, hidden: usize) -> Self {
        let rows = cell.blocks() * hidden;
        let shares = shares(cell, hidden);
        Self {
            weight_ih_t: shares.map(|share| Panels::new(input, share, Floor::Open)),
            weight_hh_t: shares.map(|share| Panels::new(hidden, share, Floor::Value)),
            weight_hh: shares.map(|share| Panels::new(share, hidden, Floor::Adjoint)),
            bias: vec![T::ZERO; rows],
            gradient_t: vec![T::ZERO; input.max(hidden) * rows],
            packing: Packing::new(input.max(hidden), rows),
        }
    }

    /// The bytes that [`new`](Self::new) asks for.
    pub fn bytes(cell: Cell, input: usize, hidden: usize) -> u128 {
        let rows = cell.blocks() * hidden;
        let of_share = |share| {
            Panels::<T>::bytes(input, share)
                + Panels::<T>::bytes(hidden, share)
                + Panels::<T>::bytes(share, hidden)
        };
        shares(cell, hidden).map(of_share).iter().sum::<u128>()
            + room::array::<T>(&[1 + input.max(hidden), rows])
            + Packing::<T>::bytes(input.max(hidden), rows)
    }
}

/// Rows of the input's product that are computed at once, at least.
const INPUT_ROWS: usize = 96;

/// Products of numbers that are summed between two looks at whether to go on, about: some milliseconds.
const MULTIPLIED_AT_ONCE: usize = 1 << 26;

/// The first share of the weights' rows: the gates'.
const GATED: usize = 0;

/// The second: those that act through q.
const THROUGH_Q: usize = 1;

/// How many rows of the weights the gates have, and how many act through q.
fn shares(cell: Cell, hidden: usize) -> [usize; 2] {
    match cell {
        Cell::Gru | Cell::GruResetBefore => [2 * hidden, hidden],
        Cell::RnnTanh | Cell::RnnRelu | Cell::RnnLinear | Cell::Lstm | Cell::Lstm1997 => {
            [cell.blocks() * hidden, 0]
        }
    }
}

/// The state before step t, its initial value where the scan begins, and step t to write.
fn previous_and_now<'a, T>(
    states: &'a mut Array3<T>,
    initial: &'a Array2<T>,
    direction: Direction,
    t: usize,
) -> (&'a [T], &'a mut [T]) {
    let (seq_len, batch, width) = states.dim();
    let size = batch * width;
    let (before, rest) = flat_mut(states).split_at_mut(t * size);
    let (now, after) = rest.split_at_mut(size);
    let previous = match direction.previous(t, seq_len) {
        None => flat(initial),
        Some(previous) if previous < t => &before[previous * size..],
        Some(_) => &after[..size],
    };
    (previous, now)
}

/// The state before step t, its initial value where the scan begins.
fn previous<'a, T>(
    states: &'a Array3<T>,
    initial: &'a Array2<T>,
    direction: Direction,
    t: usize,
) -> &'a [T] {
    direction
        .previous(t, states.dim().0)
        .map_or(flat(initial), |previous| at(states, previous))
}

/// Row `row` of a block of rows `width` wide.
fn row<T>(rows: &[T], row: usize, width: usize) -> &[T] {
    &rows[row * width..][..width]
}

fn row_mut<T>(rows: &mut [T], row: usize, width: usize) -> &mut [T] {
    &mut rows[row * width..][..width]
}

/// The share of step `t`, to write, of an array that is kept if everything is recorded.
fn recorded<T>(array: &mut Array3<T>, record: Record, t: usize) -> Option<&mut [T]> {
    match record {
        Record::Training => None,
        Record::Everything => Some(at_mut(array, t)),
    }
}

/// Like [`row_mut`], of rows that may not be there.
fn row_if<'a, T>(rows: &'a mut Option<&mut [T]>, row: usize, width: usize) -> Option<&'a mut [T]> {
    rows.as_deref_mut().map(|rows| row_mut(rows, row, width))
}

/// A layer's parameters at work in one direction: everything a scan needs beside its record.
#[derive(Clone, Copy)]
pub struct Scan<'a, T> {
    /// What to compute on.
    pub lanes: Lanes,
    /// The cell.
    pub cell: Cell,
    /// Which way through time.
    pub direction: Direction,
    /// Its parameters.
    pub weights: LayerWeights<'a, T>,
    /// How many steps each sequence of the batch has.
    pub lengths: &'a [usize],
    /// The length of the chunks between which no adjoint crosses, if backpropagation is truncated; at least 1.
    pub truncate: Option<usize>,
    /// What ends the way there and back early.
    pub stop: Option<&'a Stop>,
}

/// Where a step's inputs are.
#[derive(Clone, Copy)]
pub enum Inputs<'a, T> {
    /// `[seq_len, batch, input]`.
    Of(&'a Array3<T>),
    /// Summed beforehand: W_ih x_t + b stands where the gates (or h itself) will stand.
    Summed,
}

impl<T: Real> Scan<'_, T> {
    fn stopped(&self) -> bool {
        self.stop.is_some_and(Stop::is_asked)
    }

    /// Rows that the weights have: blocks · hidden.
    fn rows(&self) -> usize {
        self.weights.bias_ih.len()
    }

    fn hidden(&self) -> usize {
        self.rows() / self.cell.blocks()
    }

    fn input(&self) -> usize {
        self.weights.weight_ih.len() / self.rows()
    }

    /// The sequences that have no step `t`.
    fn ended(&self, t: usize) -> impl Iterator<Item = usize> {
        let lengths = self.lengths;
        (0..lengths.len()).filter(move |&b| lengths[b] <= t)
    }

    /// Runs over a sequence: from `trace.h0` (and `c0`) and the input `x`, `[seq_len, batch, input]`, to all quantities.
    pub fn forward(&self, prepared: &mut Prepared<T>, x: &Array3<T>, trace: &mut ScanTrace<T>) {
        let seq_len = x.dim().0;
        self.prepare(prepared);
        // The rows of a batch's step are enough for a product that sums inputs and states in one go. Where they are few, the
        // inputs of some steps together make a product of many rows, whose sums are still in the cache at their step.
        let batch = x.dim().1;
        let together = match batch {
            ..FEW => INPUT_ROWS.div_ceil(batch.max(1)),
            FEW.. => seq_len,
        };
        for from in (0..seq_len).step_by(together.max(1)) {
            let to = seq_len.min(from + together);
            let mut inputs = Inputs::Of(x);
            if batch < FEW {
                let steps = match self.direction {
                    Direction::Forward => from..to,
                    Direction::Reverse => seq_len - to..seq_len - from,
                };
                self.sum_inputs(prepared, x, steps, trace);
                inputs = Inputs::Summed;
            }
            for k in from..to {
                if self.stopped() {
                    return;
                }
                self.step(prepared, self.direction.step(k, seq_len), inputs, trace);
            }
        }
    }

    /// Lays the weights out for the products of [`step`](Self::step).
    pub fn prepare(&self, prepared: &mut Prepared<T>) {
        let (hidden, batch, weights) = (self.hidden(), self.lengths.len(), &self.weights);
        let (input, [gated, _]) = (self.input(), shares(self.cell, hidden));
        for (panels, weight, width) in [
            (&mut prepared.weight_ih_t, weights.weight_ih, input),
            (&mut prepared.weight_hh_t, weights.weight_hh, hidden),
        ] {
            let (of_gates, through_q) = weight.split_at(gated * width);
            for (panels, share) in panels.iter_mut().zip([of_gates, through_q]) {
                panels.set(batch, Matrix::transposed(share, width));
            }
        }
        let biases = weights.bias_ih.iter().zip(weights.bias_hh);
        for (sum, (&ih, &hh)) in prepared.bias.iter_mut().zip(biases) {
            *sum = ih + hh;
        }
        if self.cell == Cell::Gru {
            prepared.bias[2 * hidden..].copy_from_slice(&weights.bias_ih[2 * hidden..]);
        }
    }

    /// Lays the weights out for the products of [`step_back`](Self::step_back).
    pub fn prepare_back(&self, prepared: &mut Prepared<T>) {
        let hidden = self.hidden();
        let [gated, _] = shares(self.cell, hidden);
        let (of_gates, through_q) = self.weights.weight_hh.split_at(gated * hidden);
        for (panels, share) in prepared.weight_hh.iter_mut().zip([of_gates, through_q]) {
            panels.set(self.lengths.len(), Matrix::rows(share, hidden));
        }
    }

    /// W_ih x_t + b for some steps at once, into the place where the gates (or h itself) will stand.
    fn sum_inputs(
        &self,
        prepared: &Prepared<T>,
        x: &Array3<T>,
        steps: Range<usize>,
        trace: &mut ScanTrace<T>,
    ) {
        let (rows, input, batch) = (self.rows(), self.input(), x.dim().1);
        let sums = match self.cell {
            Cell::RnnTanh | Cell::RnnRelu | Cell::RnnLinear => &mut trace.h,
            Cell::Lstm | Cell::Lstm1997 | Cell::Gru | Cell::GruResetBefore => &mut trace.gates,
        };
        let sums = steps_of_mut(sums, steps.clone());
        let [gated, _] = shares(self.cell, self.hidden());
        for (weight_ih_t, from) in prepared.weight_ih_t.iter().zip([0, gated]) {
            product_with(
                self.lanes,
                steps.len() * batch,
                steps_of(x, steps.clone()),
                input,
                weight_ih_t,
                Start::Row(&prepared.bias[from..]),
                &mut sums[from..],
                rows,
            );
        }
    }

    /// Step `t`, once the one before is there.
    pub fn step(
        &self,
        prepared: &Prepared<T>,
        t: usize,
        inputs: Inputs<'_, T>,
        trace: &mut ScanTrace<T>,
    ) {
        let (lanes, direction) = (self.lanes, self.direction);
        let (rows, hidden, batch) = (self.rows(), self.hidden(), trace.h.dim().1);
        let (h_previous, h) = previous_and_now(&mut trace.h, &trace.h0, direction, t);
        match self.cell {
            Cell::RnnTanh | Cell::RnnRelu | Cell::RnnLinear => {
                self.sum(prepared, GATED, inputs, t, h_previous, h);
                lanes.for_each_unit(rnn::Step {
                    activation: Activation::of(self.cell),
                    h,
                });
            }
            Cell::Lstm => {
                let (c_previous, c) = previous_and_now(&mut trace.c, &trace.c0, direction, t);
                let gates = at_mut(&mut trace.gates, t);
                let tanh_c = at_mut(&mut trace.tanh_c, t);
                self.sum(prepared, GATED, inputs, t, h_previous, gates);
                for b in 0..batch {
                    lanes.for_each_unit(lstm::Step {
                        gates: row_mut(gates, b, rows),
                        c_previous: row(c_previous, b, hidden),
                        c: row_mut(c, b, hidden),
                        tanh_c: row_mut(tanh_c, b, hidden),
                        h: row_mut(h, b, hidden),
                    });
                }
            }
            Cell::Lstm1997 => {
                let (c_previous, c) = previous_and_now(&mut trace.c, &trace.c0, direction, t);
                let gates = at_mut(&mut trace.gates, t);
                let tanh_c = at_mut(&mut trace.tanh_c, t);
                self.sum(prepared, GATED, inputs, t, h_previous, gates);
                for b in 0..batch {
                    lanes.for_each_unit(lstm_1997::Step {
                        gates: row_mut(gates, b, rows),
                        c_previous: row(c_previous, b, hidden),
                        c: row_mut(c, b, hidden),
                        tanh_c: row_mut(tanh_c, b, hidden),
                        h: row_mut(h, b, hidden),
                    });
                }
            }
            Cell::Gru => {
                let gates = at_mut(&mut trace.gates, t);
                let q = at_mut(&mut trace.q, t);
                self.sum(prepared, GATED, inputs, t, h_previous, gates);
                if let Inputs::Of(x) = inputs {
                    let (b_in, n) = (&prepared.bias[2 * hidden..], &mut gates[2 * hidden..]);
                    let (x, weight, b_in) =
                        (at(x, t), &prepared.weight_ih_t[THROUGH_Q], Start::Row(b_in));
                    product_with(lanes, batch, x, self.input(), weight, b_in, n, rows);
                }
                let b_hn = Start::Row(&self.weights.bias_hh[2 * hidden..]);
                let weight = &prepared.weight_hh_t[THROUGH_Q];
                product_with(lanes, batch, h_previous, hidden, weight, b_hn, q, hidden);
                for b in 0..batch {
                    lanes.for_each_unit(gru::Step {
                        gates: row_mut(gates, b, rows),
                        q: row(q, b, hidden),
                        h_previous: row(h_previous, b, hidden),
                        h: row_mut(h, b, hidden),
                    });
                }
            }
            Cell::GruResetBefore => {
                let gates = at_mut(&mut trace.gates, t);
                let q = at_mut(&mut trace.q, t);
                self.sum(prepared, GATED, inputs, t, h_previous, gates);
                for b in 0..batch {
                    lanes.for_each_unit(gru_reset_before::StepToQ {
                        gates: row_mut(gates, b, rows),
                        h_previous: row(h_previous, b, hidden),
                        q: row_mut(q, b, hidden),
                    });
                }
                let n = &mut gates[2 * hidden..];
                self.sum(prepared, THROUGH_Q, inputs, t, q, n);
                for b in 0..batch {
                    lanes.for_each_unit(gru_reset_before::StepFromQ {
                        gates: row_mut(gates, b, rows),
                        h_previous: row(h_previous, b, hidden),
                        h: row_mut(h, b, hidden),
                    });
                }
            }
        }
        for b in self.ended(t) {
            hold(&mut trace.h, &trace.h0, direction, t, b);
            if trace.c0.ncols() > 0 {
                hold(&mut trace.c, &trace.c0, direction, t, b);
            }
            for not_computed in [&mut trace.gates, &mut trace.q, &mut trace.tanh_c] {
                let width = not_computed.dim().2;
                row_mut(at_mut(not_computed, t), b, width).fill(T::ZERO);
            }
        }
    }

    /// W_ih x_t + b + W_hh s for one share of the rows, where s is h_{t−1}, or q_t for the second share.
    fn sum(
        &self,
        prepared: &Prepared<T>,
        share: usize,
        inputs: Inputs<'_, T>,
        t: usize,
        states: &[T],
        into: &mut [T],
    ) {
        let (lanes, rows, hidden, batch) =
            (self.lanes, self.rows(), self.hidden(), self.lengths.len());
        let weight_hh_t = &prepared.weight_hh_t[share];
        match inputs {
            Inputs::Summed => {
                let start = Start::Current;
                product_with(lanes, batch, states, hidden, weight_hh_t, start, into, rows);
            }
            Inputs::Of(x) => {
                let from = shares(self.cell, hidden)[..share].iter().sum::<usize>();
                let first = Factors {
                    a: at(x, t),
                    a_stride: self.input(),
                    b: &prepared.weight_ih_t[share],
                };
                let second = Factors {
                    a: states,
                    a_stride: hidden,
                    b: weight_hh_t,
                };
                let bias = &prepared.bias[from..];
                product_with_both(lanes, batch, bias, first, second, into, rows);
            }
        }
    }

    /// Runs back over the sequence that [`forward`](Self::forward) recorded.
    ///
    /// `adjoints.d_h_from_above` says what the layer above or the readout asks of each h_t. Fills `adjoints` and `gradients`.
    pub fn backward(
        &self,
        prepared: &mut Prepared<T>,
        x: &Array3<T>,
        trace: &ScanTrace<T>,
        record: Record,
        adjoints: &mut ScanAdjoints<T>,
        gradients: LayerGradients<'_, T>,
    ) {
        let seq_len = x.dim().0;
        self.prepare_back(prepared);
        // ∂L/∂h_0 and ∂L/∂c_0 hold what has come back so far; after the first step that is what they are.
        flat_mut(&mut adjoints.d_h0).fill(T::ZERO);
        flat_mut(&mut adjoints.d_c0).fill(T::ZERO);
        for k in (0..seq_len).rev() {
            if self.stopped() {
                return;
            }
            let t = self.direction.step(k, seq_len);
            self.step_back(prepared, t, trace, record, adjoints);
            if k > 0 && self.truncate.is_some_and(|chunk| k.is_multiple_of(chunk)) {
                flat_mut(&mut adjoints.d_h0).fill(T::ZERO);
                flat_mut(&mut adjoints.d_c0).fill(T::ZERO);
            }
        }
        self.gradients(prepared, x, trace, adjoints, gradients);
    }

    /// Step `t` back: from what `adjoints.d_h0` and `d_c0` have from the next step to what the step before gets.
    pub fn step_back(
        &self,
        prepared: &Prepared<T>,
        t: usize,
        trace: &ScanTrace<T>,
        record: Record,
        adjoints: &mut ScanAdjoints<T>,
    ) {
        let (lanes, direction) = (self.lanes, self.direction);
        let [gated, through_q] = &prepared.weight_hh;
        let (rows, hidden, batch) = (self.rows(), self.hidden(), trace.h.dim().1);
        let kept = match record {
            Record::Training => 0,
            Record::Everything => {
                at_mut(&mut adjoints.d_h_from_next, t).copy_from_slice(flat(&adjoints.d_h0));
                at_mut(&mut adjoints.d_c_from_next, t).copy_from_slice(flat(&adjoints.d_c0));
                t
            }
        };
        let d_h_carried = flat_mut(&mut adjoints.d_h0);
        let d_c_carried = flat_mut(&mut adjoints.d_c0);
        let d_h_from_above = at(&adjoints.d_h_from_above, t);
        let d_h = at_mut(&mut adjoints.d_h, kept);
        let d_c = at_mut(&mut adjoints.d_c, kept);
        let mut d_tanh_c = recorded(&mut adjoints.d_tanh_c, record, t);
        let mut d_gates = recorded(&mut adjoints.d_gates, record, t);
        let d_pre = at_mut(&mut adjoints.d_pre, t);
        let d_q = at_mut(&mut adjoints.d_q, t);
        match self.cell {
            Cell::RnnTanh | Cell::RnnRelu | Cell::RnnLinear => {
                lanes.for_each_unit(rnn::StepBackward {
                    activation: Activation::of(self.cell),
                    h: at(&trace.h, t),
                    d_h_from_above,
                    d_h_from_next: d_h_carried,
                    d_h,
                    d_pre,
                });
            }
            Cell::Lstm => {
                let c_previous = previous(&trace.c, &trace.c0, direction, t);
                for b in 0..batch {
                    lanes.for_each_unit(lstm::StepBackward {
                        gates: row(at(&trace.gates, t), b, rows),
                        c_previous: row(c_previous, b, hidden),
                        tanh_c: row(at(&trace.tanh_c, t), b, hidden),
                        d_h_from_above: row(d_h_from_above, b, hidden),
                        d_h_from_next: row(d_h_carried, b, hidden),
                        d_h: row_mut(d_h, b, hidden),
                        d_tanh_c: row_if(&mut d_tanh_c, b, hidden),
                        d_c: row_mut(d_c, b, hidden),
                        d_gates: row_if(&mut d_gates, b, rows),
                        d_pre: row_mut(d_pre, b, rows),
                        d_c_carried: row_mut(d_c_carried, b, hidden),
                    });
                }
            }
            Cell::Lstm1997 => {
                for b in 0..batch {
                    lanes.for_each_unit(lstm_1997::StepBackward {
                        gates: row(at(&trace.gates, t), b, rows),
                        tanh_c: row(at(&trace.tanh_c, t), b, hidden),
                        d_h_from_above: row(d_h_from_above, b, hidden),
                        d_h_from_next: row(d_h_carried, b, hidden),
                        d_h: row_mut(d_h, b, hidden),
                        d_tanh_c: row_if(&mut d_tanh_c, b, hidden),
                        d_c: row_mut(d_c, b, hidden),
                        d_gates: row_if(&mut d_gates, b, rows),
                        d_pre: row_mut(d_pre, b, rows),
                        d_c_carried: row_mut(d_c_carried, b, hidden),
                    });
                }
            }
            Cell::Gru => {
                let h_previous = previous(&trace.h, &trace.h0, direction, t);
                for b in 0..batch {
                    lanes.for_each_unit(gru::StepBackward {
                        gates: row(at(&trace.gates, t), b, rows),
                        q: row(at(&trace.q, t), b, hidden),
                        h_previous: row(h_previous, b, hidden),
                        d_h_from_above: row(d_h_from_above, b, hidden),
                        d_h_carried: row_mut(d_h_carried, b, hidden),
                        d_h: row_mut(d_h, b, hidden),
                        d_gates: row_if(&mut d_gates, b, rows),
                        d_pre: row_mut(d_pre, b, rows),
                        d_q: row_mut(d_q, b, hidden),
                    });
                }
            }
            Cell::GruResetBefore => {
                let h_previous = previous(&trace.h, &trace.h0, direction, t);
                let gates = at(&trace.gates, t);
                for b in 0..batch {
                    lanes.for_each_unit(gru_reset_before::StepBackwardToQ {
                        gates: row(gates, b, rows),
                        h_previous: row(h_previous, b, hidden),
                        d_h_from_above: row(d_h_from_above, b, hidden),
                        d_h_carried: row_mut(d_h_carried, b, hidden),
                        d_h: row_mut(d_h, b, hidden),
                        d_gates: row_if(&mut d_gates, b, rows),
                        d_pre: row_mut(d_pre, b, rows),
                    });
                }
                // The sum W_hn q_t: ∂L/∂q_t = W_hnᵀ times its adjoint.
                let d_n = &d_pre[2 * hidden..];
                product_with(lanes, batch, d_n, rows, through_q, Start::Zero, d_q, hidden);
                for b in 0..batch {
                    lanes.for_each_unit(gru_reset_before::StepBackwardFromQ {
                        gates: row(gates, b, rows),
                        h_previous: row(h_previous, b, hidden),
                        d_q: row(d_q, b, hidden),
                        d_h_carried: row_mut(d_h_carried, b, hidden),
                        d_gates: row_if(&mut d_gates, b, rows),
                        d_pre: row_mut(d_pre, b, rows),
                    });
                }
            }
        }
        // Where a sequence has ended nothing was computed, so nothing has an adjoint but the state handed on.
        for b in self.ended(t) {
            let recorded = [&mut d_tanh_c, &mut d_gates].into_iter().flatten();
            for nothing in [&mut *d_pre, d_q]
                .into_iter()
                .chain(recorded.map(|slice| &mut **slice))
            {
                let width = nothing.len() / batch;
                row_mut(nothing, b, width).fill(T::ZERO);
            }
        }
        // The sums W_hh h_{t−1}: ∂L/∂h_{t−1} gets W_hhᵀ times their adjoints.
        let start = match self.cell {
            Cell::RnnTanh | Cell::RnnRelu | Cell::RnnLinear | Cell::Lstm | Cell::Lstm1997 => {
                Start::Zero
            }
            // What came through z, and through q if that stands before the product, is there already.
            Cell::Gru | Cell::GruResetBefore => Start::Current,
        };
        product_with(lanes, batch, d_pre, rows, gated, start, d_h_carried, hidden);
        if self.cell == Cell::Gru {
            product_with(
                lanes,
                batch,
                d_q,
                hidden,
                through_q,
                start,
                d_h_carried,
                hidden,
            );
        }
        for b in self.ended(t) {
            row_mut(d_h_carried, b, hidden).copy_from_slice(row(d_h, b, hidden));
            let width = d_c.len() / batch;
            row_mut(d_c_carried, b, width).copy_from_slice(row(d_c, b, width));
        }
    }

    /// The parameters' gradients, once all steps back are made: over all steps and sequences at once.
    pub fn gradients(
        &self,
        prepared: &mut Prepared<T>,
        x: &Array3<T>,
        trace: &ScanTrace<T>,
        adjoints: &ScanAdjoints<T>,
        gradients: LayerGradients<'_, T>,
    ) {
        let (lanes, rows, hidden, input) = (self.lanes, self.rows(), self.hidden(), self.input());
        let (seq_len, batch, _) = x.dim();
        let steps = seq_len * batch;
        let packing = &mut prepared.packing;
        let d_pre = flat(&adjoints.d_pre);
        // ∂L/∂W_ihᵀ = Σ x_t d_preᵀ: transposed, so that the lanes run over the gates.
        let gradient_t = &mut prepared.gradient_t[..input * rows];
        let size = Size {
            rows: input,
            inner: steps,
            columns: rows,
            floor: Floor::Adjoint,
        };
        let x_t = Matrix::transposed(flat(x), input);
        sum_over_steps(
            lanes,
            size,
            x_t,
            d_pre,
            rows,
            Start::Zero,
            gradient_t,
            rows,
            packing,
            self.stop,
        );
        transpose_into(gradient_t, input, rows, gradients.weight_ih, input);
        column_sums(lanes, d_pre, steps, rows, rows, gradients.bias_ih);

        // ∂L/∂W_hhᵀ = Σ h_{t−1} d_preᵀ; the GRU's candidate sees h_{t−1} through q, as the adjoint of q or as q itself.
        let gradient_t = &mut prepared.gradient_t[..hidden * rows];
        let d_q = flat(&adjoints.d_q);
        let (gated, through_q) = match self.cell {
            Cell::Gru => (2 * hidden, hidden),
            Cell::GruResetBefore => (2 * hidden, 0),
            Cell::RnnTanh | Cell::RnnRelu | Cell::RnnLinear | Cell::Lstm | Cell::Lstm1997 => {
                (rows, 0)
            }
        };
        let first = self.direction.step(0, seq_len);
        let (from, later) = match self.direction {
            Direction::Forward => (0..seq_len - 1, 1..seq_len),
            Direction::Reverse => (1..seq_len, 0..seq_len - 1),
        };
        for (h_previous, steps, start) in [
            (flat(&trace.h0), first..first + 1, Start::Zero),
            (steps_of(&trace.h, from), later, Start::Current),
        ] {
            let h_previous = Matrix::transposed(h_previous, hidden);
            let size = Size {
                rows: hidden,
                inner: steps.len() * batch,
                columns: gated,
                floor: Floor::Adjoint,
            };
            let d_pre = steps_of(&adjoints.d_pre, steps.clone());
            sum_over_steps(
                lanes, size, h_previous, d_pre, rows, start, gradient_t, rows, packing, self.stop,
            );
            let size = Size {
                columns: through_q,
                ..size
            };
            if self.stopped() {
                return;
            }
            let d_q = steps_of(&adjoints.d_q, steps);
            let into = &mut gradient_t[gated..];
            sum_over_steps(
                lanes, size, h_previous, d_q, hidden, start, into, rows, packing, self.stop,
            );
        }
        if self.cell == Cell::GruResetBefore {
            // ∂L/∂W_hnᵀ = Σ q_t d_pre_nᵀ.
            let size = Size {
                rows: hidden,
                inner: steps,
                columns: hidden,
                floor: Floor::Adjoint,
            };
            let q_t = Matrix::transposed(flat(&trace.q), hidden);
            let (d_pre_n, into) = (&d_pre[gated..], &mut gradient_t[gated..]);
            sum_over_steps(
                lanes,
                size,
                q_t,
                d_pre_n,
                rows,
                Start::Zero,
                into,
                rows,
                packing,
                self.stop,
            );
        }
        transpose_into(gradient_t, hidden, rows, gradients.weight_hh, hidden);
        gradients.bias_hh.copy_from_slice(gradients.bias_ih);
        if self.cell == Cell::Gru {
            let b_hn = &mut gradients.bias_hh[2 * hidden..];
            column_sums(lanes, d_q, steps, hidden, hidden, b_hn);
        }
    }

    /// ∂L/∂x_t = W_ihᵀ d_pre for some steps, into `d_x`, `[seq_len, batch, input]`, or added to what it holds.
    pub fn adjoint_of_inputs(
        &self,
        steps: Range<usize>,
        adjoints: &ScanAdjoints<T>,
        start: Start<'_, T>,
        d_x: &mut Array3<T>,
    ) {
        let (rows, input, batch) = (self.rows(), self.input(), d_x.dim().1);
        // Steps have nothing to do with each other: so many at once that one can be stopped in between.
        let together = (MULTIPLIED_AT_ONCE / (batch * rows * input).max(1)).max(1);
        for from in steps.clone().step_by(together) {
            if self.stopped() {
                return;
            }
            let steps = from..steps.end.min(from + together);
            let size = Size {
                rows: steps.len() * batch,
                inner: rows,
                columns: input,
                floor: Floor::Adjoint,
            };
            product(
                self.lanes,
                size,
                Matrix::rows(steps_of(&adjoints.d_pre, steps.clone()), rows),
                self.weights.weight_ih,
                input,
                start,
                steps_of_mut(d_x, steps),
                input,
            );
        }
    }
}

/// Hands the state of sequence `b` on over step `t`, which it does not have.
fn hold<T: Real>(
    states: &mut Array3<T>,
    initial: &Array2<T>,
    direction: Direction,
    t: usize,
    b: usize,
) {
    let width = states.dim().2;
    let (previous, now) = previous_and_now(states, initial, direction, t);
    row_mut(now, b, width).copy_from_slice(row(previous, b, width));
}
