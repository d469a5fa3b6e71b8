//! The scan over time: one layer forward through a sequence and back (backpropagation through time; Werbos 1990).
//!
//! What does not depend on the step before is computed for all steps at once, outside the loop over time: the input's
//! product on the way forward; the weights' gradients and the input's adjoint on the way back. Inside the loop stay the
//! product with the recurrent weights and the cell's own step. The same code serves training and the probe;
//! [`Record`](super::Record) decides only how many steps the adjoint arrays keep.

use super::adjoint::{LayerAdjoints, Record};
use super::kernel::product::{Matrix, Size, Start, product, transpose_into};
use super::kernel::{Lanes, Real};
use super::rnn::Activation;
use super::trace::LayerTrace;
use super::{Architecture, Cell, gru, lstm, rnn};
use ndarray::{Array2, Array3, Dimension};

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

/// A layer's weights in the orientation the forward products want, and room for what they leave.
#[derive(Clone, Debug)]
pub struct Prepared<T> {
    /// `[input, blocks · hidden]`.
    weight_ih_t: Vec<T>,
    /// `[hidden, blocks · hidden]`.
    weight_hh_t: Vec<T>,
    /// The biases that are added outside the loop: all of them, but for b_hn of the GRU.
    bias: Vec<T>,
    /// Gradients as they come out of the products, transposed.
    gradient_t: Vec<T>,
}

impl<T: Real> Prepared<T> {
    /// Room for the layer `layer` of a model.
    pub fn new(architecture: &Architecture, layer: usize) -> Self {
        let (input, hidden) = (
            architecture.layer_input_size(layer),
            architecture.hidden_size,
        );
        let rows = architecture.cell.blocks() * hidden;
        Self {
            weight_ih_t: vec![T::ZERO; input * rows],
            weight_hh_t: vec![T::ZERO; hidden * rows],
            bias: vec![T::ZERO; rows],
            gradient_t: vec![T::ZERO; input.max(hidden) * rows],
        }
    }

    fn set(&mut self, cell: Cell, weights: LayerWeights<'_, T>) {
        let rows = self.bias.len();
        let hidden = rows / cell.blocks();
        let input = weights.weight_ih.len() / rows;
        transpose_into(weights.weight_ih, rows, input, &mut self.weight_ih_t, rows);
        transpose_into(weights.weight_hh, rows, hidden, &mut self.weight_hh_t, rows);
        for (sum, (&ih, &hh)) in self
            .bias
            .iter_mut()
            .zip(weights.bias_ih.iter().zip(weights.bias_hh))
        {
            *sum = ih + hh;
        }
        if cell == Cell::Gru {
            self.bias[2 * hidden..].copy_from_slice(&weights.bias_ih[2 * hidden..]);
        }
    }
}

/// The elements of an array that is kept in standard order, as all arrays of the record are.
pub(super) fn flat<T, D: Dimension>(array: &ndarray::Array<T, D>) -> &[T] {
    array
        .as_slice()
        .expect("arrays of the record are in standard order")
}

/// Like [`flat`], to write.
pub(super) fn flat_mut<T, D: Dimension>(array: &mut ndarray::Array<T, D>) -> &mut [T] {
    array
        .as_slice_mut()
        .expect("arrays of the record are in standard order")
}

/// A step's share of a `[seq_len, batch, width]` array.
fn at<T>(array: &Array3<T>, t: usize) -> &[T] {
    let (_, batch, width) = array.dim();
    &flat(array)[t * batch * width..][..batch * width]
}

fn at_mut<T>(array: &mut Array3<T>, t: usize) -> &mut [T] {
    let (_, batch, width) = array.dim();
    &mut flat_mut(array)[t * batch * width..][..batch * width]
}

/// Step t − 1 of a state, its initial value before the first, and step t to write.
fn previous_and_now<'a, T>(
    states: &'a mut Array3<T>,
    initial: &'a Array2<T>,
    t: usize,
) -> (&'a [T], &'a mut [T]) {
    let (_, batch, width) = states.dim();
    let (before, rest) = flat_mut(states).split_at_mut(t * batch * width);
    let previous = if t == 0 {
        flat(initial)
    } else {
        &before[(t - 1) * batch * width..]
    };
    (previous, &mut rest[..batch * width])
}

/// Step t − 1 of a state, its initial value before the first.
fn previous<'a, T>(states: &'a Array3<T>, initial: &'a Array2<T>, t: usize) -> &'a [T] {
    if t == 0 {
        flat(initial)
    } else {
        at(states, t - 1)
    }
}

/// Row `row` of a block of rows `width` wide.
fn row<T>(rows: &[T], row: usize, width: usize) -> &[T] {
    &rows[row * width..][..width]
}

fn row_mut<T>(rows: &mut [T], row: usize, width: usize) -> &mut [T] {
    &mut rows[row * width..][..width]
}

/// Runs a layer over a sequence: from `trace.h0` (and `c0`) and the input `x`, `[seq_len, batch, input]`, to all its quantities.
pub fn forward<T: Real>(
    lanes: Lanes,
    cell: Cell,
    weights: LayerWeights<'_, T>,
    prepared: &mut Prepared<T>,
    x: &Array3<T>,
    trace: &mut LayerTrace<T>,
) {
    prepared.set(cell, weights);
    let (seq_len, batch, input) = x.dim();
    let hidden = trace.h.dim().2;
    let rows = cell.blocks() * hidden;
    // W_ih x_t + b for all t at once, into the place where the gates (or h itself) will stand.
    let sums = match cell {
        Cell::RnnTanh | Cell::RnnRelu => &mut trace.h,
        Cell::Lstm | Cell::Gru => &mut trace.gates,
    };
    let size = Size {
        rows: seq_len * batch,
        inner: input,
        columns: rows,
    };
    product(
        lanes,
        size,
        Matrix::rows(flat(x), input),
        &prepared.weight_ih_t,
        rows,
        Start::Row(&prepared.bias),
        flat_mut(sums),
        rows,
    );

    let recurrent = Size {
        rows: batch,
        inner: hidden,
        columns: rows,
    };
    for t in 0..seq_len {
        match cell {
            Cell::RnnTanh | Cell::RnnRelu => {
                let (h_previous, h) = previous_and_now(&mut trace.h, &trace.h0, t);
                let a = Matrix::rows(h_previous, hidden);
                product(
                    lanes,
                    recurrent,
                    a,
                    &prepared.weight_hh_t,
                    rows,
                    Start::Current,
                    h,
                    rows,
                );
                let activation = if cell == Cell::RnnTanh {
                    Activation::Tanh
                } else {
                    Activation::Relu
                };
                lanes.for_each_unit(rnn::Step { activation, h });
            }
            Cell::Lstm => {
                let (h_previous, h) = previous_and_now(&mut trace.h, &trace.h0, t);
                let (c_previous, c) = previous_and_now(&mut trace.c, &trace.c0, t);
                let gates = at_mut(&mut trace.gates, t);
                let tanh_c = at_mut(&mut trace.tanh_c, t);
                let a = Matrix::rows(h_previous, hidden);
                product(
                    lanes,
                    recurrent,
                    a,
                    &prepared.weight_hh_t,
                    rows,
                    Start::Current,
                    gates,
                    rows,
                );
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
            Cell::Gru => {
                let (h_previous, h) = previous_and_now(&mut trace.h, &trace.h0, t);
                let gates = at_mut(&mut trace.gates, t);
                let q = at_mut(&mut trace.q, t);
                let a = Matrix::rows(h_previous, hidden);
                let r_and_z = Size {
                    columns: 2 * hidden,
                    ..recurrent
                };
                product(
                    lanes,
                    r_and_z,
                    a,
                    &prepared.weight_hh_t,
                    rows,
                    Start::Current,
                    gates,
                    rows,
                );
                let candidate = Size {
                    columns: hidden,
                    ..recurrent
                };
                let b_hn = Start::Row(&weights.bias_hh[2 * hidden..]);
                product(
                    lanes,
                    candidate,
                    a,
                    &prepared.weight_hh_t[2 * hidden..],
                    rows,
                    b_hn,
                    q,
                    hidden,
                );
                for b in 0..batch {
                    lanes.for_each_unit(gru::Step {
                        gates: row_mut(gates, b, rows),
                        q: row(q, b, hidden),
                        h_previous: row(h_previous, b, hidden),
                        h: row_mut(h, b, hidden),
                    });
                }
            }
        }
    }
}

/// Runs a layer back over the sequence that [`forward`] recorded.
///
/// `adjoints.d_h_from_above` says what the layer above or the readout asks of each h_t. Adds to `gradients`, fills
/// `adjoints` and, where the caller wants it, `d_x`, `[seq_len, batch, input]`.
#[allow(
    clippy::too_many_arguments,
    reason = "a layer, its record both ways and where the results go"
)]
pub fn backward<T: Real>(
    lanes: Lanes,
    cell: Cell,
    weights: LayerWeights<'_, T>,
    prepared: &mut Prepared<T>,
    x: &Array3<T>,
    trace: &LayerTrace<T>,
    record: Record,
    adjoints: &mut LayerAdjoints<T>,
    gradients: LayerGradients<'_, T>,
    d_x: Option<&mut Array3<T>>,
) {
    let (seq_len, batch, input) = x.dim();
    let hidden = trace.h.dim().2;
    let rows = cell.blocks() * hidden;
    // ∂L/∂h_0 and ∂L/∂c_0 hold what has come back so far; after the first step that is what they are.
    flat_mut(&mut adjoints.d_h0).fill(T::ZERO);
    flat_mut(&mut adjoints.d_c0).fill(T::ZERO);

    for t in (0..seq_len).rev() {
        let kept = match record {
            Record::Training => 0,
            Record::Everything => {
                at_mut(&mut adjoints.d_h_from_next, t).copy_from_slice(flat(&adjoints.d_h0));
                at_mut(&mut adjoints.d_c_from_next, t).copy_from_slice(flat(&adjoints.d_c0));
                t
            }
        };
        let d_h_carried = flat_mut(&mut adjoints.d_h0);
        let d_h_from_above = at(&adjoints.d_h_from_above, t);
        let d_h = at_mut(&mut adjoints.d_h, kept);
        let d_pre = at_mut(&mut adjoints.d_pre, t);
        match cell {
            Cell::RnnTanh | Cell::RnnRelu => {
                lanes.for_each_unit(rnn::StepBackward {
                    activation: if cell == Cell::RnnTanh {
                        Activation::Tanh
                    } else {
                        Activation::Relu
                    },
                    h: at(&trace.h, t),
                    d_h_from_above,
                    d_h_from_next: d_h_carried,
                    d_h,
                    d_pre,
                });
            }
            Cell::Lstm => {
                let d_c_carried = flat_mut(&mut adjoints.d_c0);
                let d_c = at_mut(&mut adjoints.d_c, kept);
                let d_tanh_c = at_mut(&mut adjoints.d_tanh_c, kept);
                let d_gates = at_mut(&mut adjoints.d_gates, kept);
                for b in 0..batch {
                    lanes.for_each_unit(lstm::StepBackward {
                        gates: row(at(&trace.gates, t), b, rows),
                        c_previous: row(previous(&trace.c, &trace.c0, t), b, hidden),
                        tanh_c: row(at(&trace.tanh_c, t), b, hidden),
                        d_h_from_above: row(d_h_from_above, b, hidden),
                        d_h_from_next: row(d_h_carried, b, hidden),
                        d_h: row_mut(d_h, b, hidden),
                        d_tanh_c: row_mut(d_tanh_c, b, hidden),
                        d_c: row_mut(d_c, b, hidden),
                        d_gates: row_mut(d_gates, b, rows),
                        d_pre: row_mut(d_pre, b, rows),
                        d_c_carried: row_mut(d_c_carried, b, hidden),
                    });
                }
            }
            Cell::Gru => {
                let d_q = at_mut(&mut adjoints.d_q, t);
                let d_gates = at_mut(&mut adjoints.d_gates, kept);
                for b in 0..batch {
                    lanes.for_each_unit(gru::StepBackward {
                        gates: row(at(&trace.gates, t), b, rows),
                        q: row(at(&trace.q, t), b, hidden),
                        h_previous: row(previous(&trace.h, &trace.h0, t), b, hidden),
                        d_h_from_above: row(d_h_from_above, b, hidden),
                        d_h_carried: row_mut(d_h_carried, b, hidden),
                        d_h: row_mut(d_h, b, hidden),
                        d_gates: row_mut(d_gates, b, rows),
                        d_pre: row_mut(d_pre, b, rows),
                        d_q: row_mut(d_q, b, hidden),
                    });
                }
            }
        }
        // The sums W_hh h_{t−1}: ∂L/∂h_{t−1} gets W_hhᵀ times their adjoints.
        let back = Size {
            rows: batch,
            inner: rows,
            columns: hidden,
        };
        match cell {
            Cell::RnnTanh | Cell::RnnRelu | Cell::Lstm => {
                let a = Matrix::rows(d_pre, rows);
                product(
                    lanes,
                    back,
                    a,
                    weights.weight_hh,
                    hidden,
                    Start::Zero,
                    d_h_carried,
                    hidden,
                );
            }
            Cell::Gru => {
                let r_and_z = Size {
                    inner: 2 * hidden,
                    ..back
                };
                let a = Matrix::rows(d_pre, rows);
                product(
                    lanes,
                    r_and_z,
                    a,
                    weights.weight_hh,
                    hidden,
                    Start::Current,
                    d_h_carried,
                    hidden,
                );
                let candidate = Size {
                    inner: hidden,
                    ..back
                };
                let a = Matrix::rows(at(&adjoints.d_q, t), hidden);
                let w_hn = &weights.weight_hh[2 * hidden * hidden..];
                product(
                    lanes,
                    candidate,
                    a,
                    w_hn,
                    hidden,
                    Start::Current,
                    d_h_carried,
                    hidden,
                );
            }
        }
    }

    // Over all steps and rows at once. ∂L/∂W_ihᵀ = Σ x_t d_preᵀ: transposed, so that the lanes run over the gates.
    let steps = seq_len * batch;
    let d_pre = flat(&adjoints.d_pre);
    let gradient_t = &mut prepared.gradient_t[..input * rows];
    let size = Size {
        rows: input,
        inner: steps,
        columns: rows,
    };
    product(
        lanes,
        size,
        Matrix::transposed(flat(x), input),
        d_pre,
        rows,
        Start::Zero,
        gradient_t,
        rows,
    );
    transpose_into(gradient_t, input, rows, gradients.weight_ih, input);
    column_sums(lanes, d_pre, steps, rows, rows, gradients.bias_ih);

    // ∂L/∂W_hhᵀ = Σ h_{t−1} d_preᵀ; the GRU's candidate sees h_{t−1} through q.
    let gradient_t = &mut prepared.gradient_t[..hidden * rows];
    let d_q = flat(&adjoints.d_q);
    let (gated, through_q) = if cell == Cell::Gru {
        (2 * hidden, hidden)
    } else {
        (rows, 0)
    };
    for (steps, h_previous, from, start) in [
        (batch, flat(&trace.h0), 0, Start::Zero),
        (steps - batch, flat(&trace.h), batch, Start::Current),
    ] {
        let h_previous = Matrix::transposed(h_previous, hidden);
        let size = Size {
            rows: hidden,
            inner: steps,
            columns: gated,
        };
        product(
            lanes,
            size,
            h_previous,
            &d_pre[from * rows..],
            rows,
            start,
            gradient_t,
            rows,
        );
        let size = Size {
            columns: through_q,
            ..size
        };
        let d_q = &d_q[(from * hidden).min(d_q.len())..];
        product(
            lanes,
            size,
            h_previous,
            d_q,
            hidden,
            start,
            &mut gradient_t[gated..],
            rows,
        );
    }
    transpose_into(gradient_t, hidden, rows, gradients.weight_hh, hidden);
    gradients.bias_hh.copy_from_slice(gradients.bias_ih);
    if cell == Cell::Gru {
        column_sums(
            lanes,
            d_q,
            steps,
            hidden,
            hidden,
            &mut gradients.bias_hh[2 * hidden..],
        );
    }

    if let Some(d_x) = d_x {
        // ∂L/∂x_t = W_ihᵀ d_pre.
        let size = Size {
            rows: steps,
            inner: rows,
            columns: input,
        };
        product(
            lanes,
            size,
            Matrix::rows(d_pre, rows),
            weights.weight_ih,
            input,
            Start::Zero,
            flat_mut(d_x),
            input,
        );
    }
}

/// Sums each column over all rows: a product with ones.
pub(super) fn column_sums<T: Real>(
    lanes: Lanes,
    of: &[T],
    rows: usize,
    columns: usize,
    stride: usize,
    into: &mut [T],
) {
    let ones = Matrix {
        data: &[T::ONE],
        row_stride: 0,
        column_stride: 0,
    };
    product(
        lanes,
        Size {
            rows: 1,
            inner: rows,
            columns,
        },
        ones,
        of,
        stride,
        Start::Zero,
        into,
        columns,
    );
}
