//! Sums in a fixed tree.

use super::{Floor, Lane, Lanes, Real};
use pulp::{Simd, WithSimd};

/// How many partial sums run side by side: element k goes to sum k mod `WAYS`, and the sums are added in pairs at the end.
///
/// A multiple of every lane width, so that the tree is the same for all of them.
pub const WAYS: usize = 16;

/// Σ x², where x below [`Floor::Root`] counts as 0.
pub fn sum_of_squares<T: Real>(lanes: Lanes, x: &[T]) -> T {
    lanes.run(SumOfSquares(x))
}

/// Sums the first `columns` of some rows, so far apart, each in the order of the rows.
pub fn column_sums<T: Real>(
    lanes: Lanes,
    of: &[T],
    rows: usize,
    columns: usize,
    stride: usize,
    into: &mut [T],
) {
    let sums = &mut into[..columns];
    sums.fill(T::ZERO);
    lanes.run(ColumnSums {
        rows: of.chunks(stride.max(1)).take(rows),
        sums,
    });
}

struct ColumnSums<'a, T, I> {
    rows: I,
    sums: &'a mut [T],
}

impl<'a, T: Real, I: Iterator<Item = &'a [T]>> WithSimd for ColumnSums<'_, T, I> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = T::Lane::<S>::WIDTH;
        for row in self.rows {
            let row = &row[..self.sums.len()];
            let mut sums = self.sums.chunks_exact_mut(width);
            let mut values = row.chunks_exact(width);
            for (sum, x) in sums.by_ref().zip(values.by_ref()) {
                (T::Lane::<S>::load(simd, sum) + T::Lane::<S>::load(simd, x)).store(sum);
            }
            for (sum, &x) in sums.into_remainder().iter_mut().zip(values.remainder()) {
                *sum += x;
            }
        }
    }
}

struct SumOfSquares<'a, T>(&'a [T]);

impl<T: Real> WithSimd for SumOfSquares<'_, T> {
    type Output = T;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> T {
        let mut sums = [T::ZERO; WAYS];
        let whole = self.0.len() / WAYS * WAYS;
        let mut way = 0;
        while way < WAYS {
            let mut sum = T::Lane::<S>::splat(simd, T::ZERO);
            for chunk in self.0[..whole].chunks_exact(WAYS) {
                let x = T::Lane::<S>::load(simd, &chunk[way..]).flush(Floor::Root);
                sum = x.mul_add(x, sum);
            }
            sum.store(&mut sums[way..]);
            way += T::Lane::<S>::WIDTH;
        }
        for (sum, &x) in sums.iter_mut().zip(&self.0[whole..]) {
            let lane = x.lane().flush(Floor::Root);
            let mut one = [T::ZERO];
            lane.mul_add(lane, sum.lane()).store(&mut one);
            *sum = one[0];
        }
        let mut apart = WAYS / 2;
        while apart > 0 {
            for way in 0..apart {
                sums[way] += sums[way + apart];
            }
            apart /= 2;
        }
        sums[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_summed_in_the_order_of_the_rows() {
        for (rows, columns, stride) in [(0_usize, 3, 3), (5, 19, 19), (4, 9, 11)] {
            let of: Vec<f64> = (0..rows * stride).map(|i| (0.3 * i as f64).sin()).collect();
            // The last row may end with its last column.
            let of = &of[..(rows * stride).saturating_sub(stride - columns)];
            let expected: Vec<f64> = (0..columns)
                .map(|column| (0..rows).fold(0.0, |sum, row| sum + of[row * stride + column]))
                .collect();
            for lanes in Lanes::all() {
                let mut sums = vec![9.0; columns];
                column_sums(lanes, of, rows, columns, stride, &mut sums);
                assert_eq!(sums, expected);
            }
        }
    }

    #[test]
    fn the_same_bits_for_every_length_and_width() {
        for len in [0, 1, 15, 16, 17, 100, 1_003] {
            let x: Vec<f64> = (0..len).map(|i| (0.3 * f64::from(i)).sin()).collect();
            let plain = sum_of_squares(Lanes::plain(), &x);
            assert_eq!(
                plain.to_bits(),
                sum_of_squares(Lanes::detect(), &x).to_bits()
            );
            let expected: f64 = x.iter().map(|x| x * x).sum();
            assert!((plain - expected).abs() <= 1e-13 * expected);
        }
    }
}
