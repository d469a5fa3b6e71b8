//! Sums in a fixed tree.

use super::{Lane, Lanes, Real};
use pulp::{Scalar, Simd, WithSimd};

/// How many partial sums run side by side: element k goes to sum k mod `WAYS`, and the sums are added in pairs at the end.
///
/// A multiple of every lane width, so that the tree is the same for all of them.
pub const WAYS: usize = 16;

/// Σ x².
pub fn sum_of_squares<T: Real>(lanes: Lanes, x: &[T]) -> T {
    lanes.run(SumOfSquares(x))
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
                let x = T::Lane::<S>::load(simd, &chunk[way..]);
                sum = x.mul_add(x, sum);
            }
            sum.store(&mut sums[way..]);
            way += T::Lane::<S>::WIDTH;
        }
        for (sum, &x) in sums.iter_mut().zip(&self.0[whole..]) {
            let lane = T::Lane::<Scalar>::splat(Scalar::new(), x);
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
