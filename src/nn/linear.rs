//! A linear map over many rows at once: y = W x + b, and back.
//!
//! W is `[outputs, inputs]` as PyTorch keeps it. Adjoints: ∂L/∂x = Wᵀ ∂L/∂y, ∂L/∂W = Σ ∂L/∂y xᵀ and ∂L/∂b = Σ ∂L/∂y over the
//! rows, in order.

use super::kernel::product::{Matrix, Size, Start, product, transpose_into};
use super::kernel::reduce::column_sums;
use super::kernel::{Floor, Lanes, Real};

/// The sizes of a linear map and on how many rows it works.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    /// Rows of x and y.
    pub rows: usize,
    /// Values per row of x.
    pub inputs: usize,
    /// Values per row of y.
    pub outputs: usize,
}

/// y ← `start` + W x; `weight_t` is W's transpose, `[inputs, outputs]`, which [`transpose`] writes.
pub(super) fn forward<T: Real>(
    lanes: Lanes,
    shape: Shape,
    weight_t: &[T],
    start: Start<'_, T>,
    x: &[T],
    y: &mut [T],
) {
    let size = Size {
        rows: shape.rows,
        inner: shape.inputs,
        columns: shape.outputs,
        floor: Floor::Value,
    };
    let (x, width) = (Matrix::rows(x, shape.inputs), shape.outputs);
    product(lanes, size, x, weight_t, width, start, y, width);
}

/// Writes Wᵀ, as [`forward`] wants it, into the beginning of `weight_t`.
pub(super) fn transpose<T: Copy>(shape: Shape, weight: &[T], weight_t: &mut [T]) {
    transpose_into(weight, shape.outputs, shape.inputs, weight_t, shape.outputs);
}

/// ∂L/∂x ← `start` + Wᵀ ∂L/∂y.
pub(super) fn backward<T: Real>(
    lanes: Lanes,
    shape: Shape,
    weight: &[T],
    d_y: &[T],
    start: Start<'_, T>,
    d_x: &mut [T],
) {
    let size = Size {
        rows: shape.rows,
        inner: shape.outputs,
        columns: shape.inputs,
        floor: Floor::Adjoint,
    };
    let (d_y, width) = (Matrix::rows(d_y, shape.outputs), shape.inputs);
    product(lanes, size, d_y, weight, width, start, d_x, width);
}

/// ∂L/∂W and ∂L/∂b, the latter where there is a bias.
pub(super) fn gradients<T: Real>(
    lanes: Lanes,
    shape: Shape,
    x: &[T],
    d_y: &[T],
    d_weight: &mut [T],
    d_bias: Option<&mut [T]>,
) {
    let size = Size {
        rows: shape.outputs,
        inner: shape.rows,
        columns: shape.inputs,
        floor: Floor::Adjoint,
    };
    let a = Matrix::transposed(d_y, shape.outputs);
    let width = shape.inputs;
    product(lanes, size, a, x, width, Start::Zero, d_weight, width);
    if let Some(d_bias) = d_bias {
        column_sums(lanes, d_y, shape.rows, shape.outputs, shape.outputs, d_bias);
    }
}
