//! Records as plain rows: what the kernels read and write.

use ndarray::{Array3, Dimension};
use std::ops::Range;

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
pub(super) fn at<T>(array: &Array3<T>, t: usize) -> &[T] {
    steps_of(array, t..t + 1)
}

pub(super) fn at_mut<T>(array: &mut Array3<T>, t: usize) -> &mut [T] {
    steps_of_mut(array, t..t + 1)
}

/// The share of some steps in a `[seq_len, batch, width]` array.
pub(super) fn steps_of<T>(array: &Array3<T>, steps: Range<usize>) -> &[T] {
    let (_, batch, width) = array.dim();
    &flat(array)[steps.start * batch * width..steps.end * batch * width]
}

pub(super) fn steps_of_mut<T>(array: &mut Array3<T>, steps: Range<usize>) -> &mut [T] {
    let (_, batch, width) = array.dim();
    &mut flat_mut(array)[steps.start * batch * width..steps.end * batch * width]
}
