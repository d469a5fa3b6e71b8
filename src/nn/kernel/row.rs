//! Sums along one row, for use inside vector code: the fixed tree of [`super::reduce`].

use super::lane::Pair;
use super::reduce::WAYS;
use super::{Lane, Pointwise, Real};
use pulp::{Scalar, Simd};

/// Σ x.
#[inline(always)]
pub fn sum<T: Real, S: Simd>(simd: S, x: &[T]) -> T {
    tree::<T, S>(simd, x, x, false)
}

/// Σ x y. Both have the same length.
#[inline(always)]
pub fn dot<T: Real, S: Simd>(simd: S, x: &[T], y: &[T]) -> T {
    tree::<T, S>(simd, x, y, true)
}

/// Does elementwise `work` over all its units, full lanes first, two by two, and what is left one unit at a time.
#[inline(always)]
pub fn each_unit<W: Pointwise, S: Simd>(simd: S, mut work: W) {
    type Of<W, S> = <<W as Pointwise>::Scalar as Real>::Lane<S>;
    type Two<W, S> = Pair<Of<W, S>>;
    let len = work.units();
    let mut unit = 0;
    while unit + Two::<W, S>::WIDTH <= len {
        work.at::<Two<W, S>>(simd, unit);
        unit += Two::<W, S>::WIDTH;
    }
    while unit + Of::<W, S>::WIDTH <= len {
        work.at::<Of<W, S>>(simd, unit);
        unit += Of::<W, S>::WIDTH;
    }
    while unit < len {
        work.at::<Of<W, Scalar>>(Scalar::new(), unit);
        unit += 1;
    }
}

/// Σ x y, or Σ x: element k goes to partial sum k mod [`WAYS`], and the partial sums are added in pairs.
#[inline(always)]
fn tree<T: Real, S: Simd>(simd: S, x: &[T], y: &[T], products: bool) -> T {
    let mut sums = [T::ZERO; WAYS];
    let whole = x.len() / WAYS * WAYS;
    let mut way = 0;
    while way < WAYS {
        let mut sum = T::Lane::<S>::splat(simd, T::ZERO);
        for (x, y) in x[..whole]
            .chunks_exact(WAYS)
            .zip(y[..whole].chunks_exact(WAYS))
        {
            let x = T::Lane::<S>::load(simd, &x[way..]);
            sum = if products {
                x.mul_add(T::Lane::<S>::load(simd, &y[way..]), sum)
            } else {
                sum + x
            };
        }
        sum.store(&mut sums[way..]);
        way += T::Lane::<S>::WIDTH;
    }
    for (sum, (&x, &y)) in sums.iter_mut().zip(x[whole..].iter().zip(&y[whole..])) {
        *sum = if products {
            x.mul_add(y, *sum)
        } else {
            *sum + x
        };
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

#[cfg(test)]
mod tests {
    use super::super::Lanes;
    use super::*;
    use pulp::WithSimd;

    struct Both<'a>(&'a [f64], &'a [f64]);

    impl WithSimd for Both<'_> {
        type Output = [f64; 2];

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> [f64; 2] {
            [sum(simd, self.0), dot(simd, self.0, self.1)]
        }
    }

    #[test]
    fn the_same_bits_for_every_length_and_width() {
        for len in [0, 1, 15, 16, 17, 100, 1_003] {
            let x: Vec<f64> = (0..len).map(|i| (0.3 * f64::from(i)).sin()).collect();
            let y: Vec<f64> = (0..len).map(|i| (0.7 * f64::from(i)).cos()).collect();
            let plain = Lanes::plain().run(Both(&x, &y));
            let wide = Lanes::detect().run(Both(&x, &y));
            assert_eq!(plain.map(f64::to_bits), wide.map(f64::to_bits));
            let sum: f64 = x.iter().sum();
            let dot: f64 = x.iter().zip(&y).map(|(x, y)| x * y).sum();
            assert!((plain[0] - sum).abs() <= 1e-12 && (plain[1] - dot).abs() <= 1e-12);
        }
    }
}
