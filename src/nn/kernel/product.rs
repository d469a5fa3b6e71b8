//! Matrix products, C ← start + A B, for the shapes a recurrent step has: few rows, a few hundred columns.
//!
//! A general product re-packs B into tiles at every call, which costs a third to a half of the time when A has only a few
//! rows. Here B is read where it lies: row-major, its columns contiguous, so callers keep their weights in the orientation
//! that the product wants. Lanes run over the columns of C; each element of C sums over the inner index in order.

use super::{Lane, Lanes, Real};
use pulp::{Scalar, Simd, WithSimd};

/// A matrix that is read: element (row, column) lies at `data[row · row_stride + column · column_stride]`.
#[derive(Clone, Copy)]
pub struct Matrix<'a, T> {
    /// The elements.
    pub data: &'a [T],
    /// How far apart rows lie.
    pub row_stride: usize,
    /// How far apart columns lie.
    pub column_stride: usize,
}

impl<'a, T> Matrix<'a, T> {
    /// Rows one after another, `columns` wide.
    pub fn rows(data: &'a [T], columns: usize) -> Self {
        Self {
            data,
            row_stride: columns,
            column_stride: 1,
        }
    }

    /// The transpose of rows one after another, `columns` wide.
    pub fn transposed(data: &'a [T], columns: usize) -> Self {
        Self {
            data,
            row_stride: 1,
            column_stride: columns,
        }
    }
}

/// What the sum of each element begins with.
#[derive(Clone, Copy)]
pub enum Start<'a, T> {
    /// 0.
    Zero,
    /// The same row for every row of C: a bias.
    Row(&'a [T]),
    /// What C holds.
    Current,
}

/// The sizes of a product: C is `rows` × `columns`.
#[derive(Clone, Copy)]
pub struct Size {
    /// Rows of A and C.
    pub rows: usize,
    /// Columns of A and rows of B.
    pub inner: usize,
    /// Columns of B and C.
    pub columns: usize,
}

/// C ← `start` + A B.
///
/// `b` has its columns side by side, `b_stride` from row to row; `c` likewise.
#[allow(
    clippy::too_many_arguments,
    reason = "three matrices and their strides"
)]
pub fn product<T: Real>(
    lanes: Lanes,
    size: Size,
    a: Matrix<'_, T>,
    b: &[T],
    b_stride: usize,
    start: Start<'_, T>,
    c: &mut [T],
    c_stride: usize,
) {
    if size.rows == 0 || size.columns == 0 {
        return;
    }
    lanes.run(Product {
        size,
        a,
        b,
        b_stride,
        start,
        c,
        c_stride,
    });
}

struct Product<'a, T> {
    size: Size,
    a: Matrix<'a, T>,
    b: &'a [T],
    b_stride: usize,
    start: Start<'a, T>,
    c: &'a mut [T],
    c_stride: usize,
}

impl<T: Real> WithSimd for Product<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let rows = self.size.rows;
        let mut row = 0;
        // Blocks as tall as fit: a taller one reuses each row of B more often, a wider one keeps enough sums in flight
        // to hide the latency of a fused multiply-add when there are few rows.
        while row + 6 <= rows {
            self.strip::<S, 6, 2>(simd, row);
            row += 6;
        }
        while row + 3 <= rows {
            self.strip::<S, 3, 4>(simd, row);
            row += 3;
        }
        while row < rows {
            self.strip::<S, 1, 8>(simd, row);
            row += 1;
        }
    }
}

impl<T: Real> Product<'_, T> {
    /// `ROWS` rows of C, `WIDE` lanes of columns at a time.
    #[inline(always)]
    fn strip<S: Simd, const ROWS: usize, const WIDE: usize>(&mut self, simd: S, row: usize) {
        let columns = self.size.columns;
        let width = T::Lane::<S>::WIDTH;
        let mut column = 0;
        while column + WIDE * width <= columns {
            self.block::<T::Lane<S>, ROWS, WIDE>(simd, row, column);
            column += WIDE * width;
        }
        while column + 2 * width <= columns {
            self.block::<T::Lane<S>, ROWS, 2>(simd, row, column);
            column += 2 * width;
        }
        while column + width <= columns {
            self.block::<T::Lane<S>, ROWS, 1>(simd, row, column);
            column += width;
        }
        while column < columns {
            self.block::<T::Lane<Scalar>, ROWS, 1>(Scalar::new(), row, column);
            column += 1;
        }
    }

    /// `ROWS` × (`WIDE` lanes) elements of C, their sums in registers.
    #[inline(always)]
    fn block<L: Lane<Scalar = T>, const ROWS: usize, const WIDE: usize>(
        &mut self,
        token: L::Token,
        row: usize,
        column: usize,
    ) {
        let mut sums = [[L::splat(token, T::ZERO); WIDE]; ROWS];
        for (r, sums) in sums.iter_mut().enumerate() {
            for (w, sum) in sums.iter_mut().enumerate() {
                *sum = match self.start {
                    Start::Zero => *sum,
                    Start::Row(bias) => L::load(token, &bias[column + w * L::WIDTH..]),
                    Start::Current => L::load(
                        token,
                        &self.c[(row + r) * self.c_stride + column + w * L::WIDTH..],
                    ),
                };
            }
        }
        for k in 0..self.size.inner {
            let b = &self.b[k * self.b_stride + column..][..WIDE * L::WIDTH];
            let mut b_lanes = [sums[0][0]; WIDE];
            for (w, lane) in b_lanes.iter_mut().enumerate() {
                *lane = L::load(token, &b[w * L::WIDTH..]);
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                let a = L::splat(
                    token,
                    self.a.data[(row + r) * self.a.row_stride + k * self.a.column_stride],
                );
                for (sum, b) in sums.iter_mut().zip(b_lanes) {
                    *sum = a.mul_add(b, *sum);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            for (w, sum) in sums.iter().enumerate() {
                sum.store(&mut self.c[(row + r) * self.c_stride + column + w * L::WIDTH..]);
            }
        }
    }
}

/// Writes the transpose of `from` (`rows` × `columns`, row-major) into `into`, which is `rows` wide and `stride` from row to row.
pub fn transpose_into<T: Copy>(
    from: &[T],
    rows: usize,
    columns: usize,
    into: &mut [T],
    stride: usize,
) {
    for (row, values) in from.chunks_exact(columns.max(1)).take(rows).enumerate() {
        for (column, &value) in values.iter().enumerate() {
            into[column * stride + row] = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, step: f64) -> Vec<f64> {
        (1..=count).map(|i| (step * i as f64).sin()).collect()
    }

    /// Every block shape and remainder, against the sum written out, bit for bit and on both widths.
    #[test]
    fn equals_the_sum_in_order() {
        for rows in [1, 2, 3, 5, 6, 13] {
            for columns in [1, 3, 4, 8, 31, 70] {
                for inner in [0, 1, 5, 17] {
                    let a = numbers(rows * inner, 0.7);
                    let b = numbers(inner * columns, 0.3);
                    let bias = numbers(columns, 1.1);
                    let mut expected = vec![0.0; rows * columns];
                    for r in 0..rows {
                        for c in 0..columns {
                            expected[r * columns + c] = (0..inner).fold(bias[c], |sum, k| {
                                f64::mul_add(a[r * inner + k], b[k * columns + c], sum)
                            });
                        }
                    }
                    let size = Size {
                        rows,
                        inner,
                        columns,
                    };
                    let mut a_transposed = vec![0.0; a.len()];
                    transpose_into(&a, rows, inner, &mut a_transposed, rows);
                    for lanes in [Lanes::plain(), Lanes::detect()] {
                        for a in [
                            Matrix::rows(&a, inner),
                            Matrix::transposed(&a_transposed, rows),
                        ] {
                            let mut c = vec![9.0; rows * columns];
                            product(
                                lanes,
                                size,
                                a,
                                &b,
                                columns,
                                Start::Row(&bias),
                                &mut c,
                                columns,
                            );
                            assert_eq!(c, expected, "{rows} × {inner} × {columns}");
                            let mut twice = bias.repeat(rows);
                            product(
                                lanes,
                                size,
                                a,
                                &b,
                                columns,
                                Start::Current,
                                &mut twice,
                                columns,
                            );
                            assert_eq!(twice, expected);
                        }
                    }
                }
            }
        }
    }
}
