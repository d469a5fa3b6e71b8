//! exp, tanh and the logistic function without branches, the same bits on every lane width.
//!
//! With k = round(x / ln 2) and r = x − k ln 2, |r| ≤ ln 2 / 2, the Taylor polynomial of e^r − 1 (degree 13 in f64, 7 in f32,
//! remainder below 2⁻⁵⁷ and 2⁻²⁷) gives
//!
//! - e^x = 2^k (1 + p(r)),
//! - e^x − 1 = 2^k p(r) + (2^k − 1), which keeps its relative accuracy near 0, and
//! - tanh x = (e^{2x} − 1) / ((e^{2x} − 1) + 2).
//!
//! Measured against f64 (for f32) and the standard library (for f64), each is within 2 units in the last place; the tests
//! hold that. tanh and σ are 0 below [`Floor::Value`], e^x below about 4 times the smallest normal number, so that no denormal
//! number arises.

use super::lane::{Floor, Lane, Real};

/// ln 2 in two parts, the first with trailing zeros, so that k times it is exact.
const LN2_HIGH_F64: f64 = 0.693_147_180_369_123_8;
const LN2_LOW_F64: f64 = 1.908_214_929_270_587_7e-10;
const LN2_HIGH_F32: f64 = 0.693_359_375;
const LN2_LOW_F32: f64 = -2.121_944_400_546_905_8e-4;

/// 1/n! for n = 2, 3, …: the coefficients of e^r − 1 = r + r² (1/2! + r/3! + …).
const COEFFICIENTS: [f64; 12] = [
    1.0 / 2.0,
    1.0 / 6.0,
    1.0 / 24.0,
    1.0 / 120.0,
    1.0 / 720.0,
    1.0 / 5_040.0,
    1.0 / 40_320.0,
    1.0 / 362_880.0,
    1.0 / 3_628_800.0,
    1.0 / 39_916_800.0,
    1.0 / 479_001_600.0,
    1.0 / 6_227_020_800.0,
];

/// The elementary functions of a lane.
pub trait Functions: Lane {
    /// e to the power of `self`.
    #[inline(always)]
    fn exp(self) -> Self {
        exp(self)
    }

    /// The hyperbolic tangent.
    #[inline(always)]
    fn tanh(self) -> Self {
        tanh(self)
    }

    /// The logistic function σ(x) = 1 / (1 + e^{−x}).
    #[inline(always)]
    fn sigmoid(self) -> Self {
        sigmoid(self)
    }
}

impl<L: Lane> Functions for L {}

/// ([`Lane::MAGIC`] + k, e^r − 1) with x = k ln 2 + r.
#[inline(always)]
fn reduce<L: Lane>(x: L) -> (L, L) {
    let single = L::Scalar::SINGLE;
    let magic = x.constant(L::Scalar::MAGIC);
    let rounded = x.mul_add(x.constant(std::f64::consts::LOG2_E), magic);
    let k = rounded - magic;
    let (high, low) = if single {
        (LN2_HIGH_F32, LN2_LOW_F32)
    } else {
        (LN2_HIGH_F64, LN2_LOW_F64)
    };
    let r = (-k).mul_add(x.constant(low), (-k).mul_add(x.constant(high), x));
    let degree = if single { 6 } else { 12 };
    let mut q = x.constant(COEFFICIENTS[degree - 1]);
    for &coefficient in COEFFICIENTS[..degree - 1].iter().rev() {
        q = q.mul_add(r, x.constant(coefficient));
    }
    (rounded, (r * r).mul_add(q, r))
}

/// Below, e^x is 0.
#[inline(always)]
fn lowest<L: Lane>(x: L) -> L {
    x.constant(if L::Scalar::SINGLE { -86.0 } else { -707.0 })
}

/// e^x / 2, of the nearer bound where x is below [`lowest`] or above `highest`. Half, since 2^1024 is no f64 while
/// e^709.7 = 2^1024 · 0.9… is one.
#[inline(always)]
fn half_exp<L: Lane>(x: L, highest: f64) -> L {
    let (lowest, highest) = (lowest(x), x.constant(highest));
    let clamped = highest.if_less(x, highest, x);
    let (rounded, p) = reduce(clamped.if_less(lowest, lowest, clamped));
    let half = rounded.power_of_two::<-1>();
    half.mul_add(p, half)
}

/// e^x; 0 below the first bound, infinite above the range of the type.
#[inline(always)]
fn exp<L: Lane>(x: L) -> L {
    let infinite = if L::Scalar::SINGLE { 89.0 } else { 710.0 };
    let value = half_exp(x, infinite) * x.constant(2.0);
    x.if_less(lowest(x), x.constant(0.0), value)
}

/// tanh x; 0 where |x| is below [`Floor::Value`].
#[inline(always)]
fn tanh<L: Lane>(x: L) -> L {
    let (zero, one) = (x.constant(0.0), x.constant(1.0));
    // Beyond, tanh rounds to 1.
    let saturated = x.constant(if L::Scalar::SINGLE { 10.0 } else { 20.0 });
    let size = x.abs();
    let size = size.if_less(x.constant(Floor::Value.size::<L::Scalar>()), zero, size);
    let size = saturated.if_less(size, saturated, size);
    let (rounded, p) = reduce(size + size);
    let scale = rounded.power_of_two::<0>();
    let grown = scale.mul_add(p, scale - one);
    let value = grown / (grown + x.constant(2.0));
    x.if_less(zero, -value, value)
}

/// σ(x) = 1 / (1 + e^{−x}); 0 below [`Floor::Value`].
#[inline(always)]
fn sigmoid<L: Lane>(x: L) -> L {
    let (zero, one) = (x.constant(0.0), x.constant(1.0));
    // Beyond, σ is below its floor; what e^{−x} is below its own lowest bound is lost beside 1.
    let highest = if L::Scalar::SINGLE { 29.0 } else { 57.0 };
    let value = one / half_exp(-x, highest).mul_add(x.constant(2.0), one);
    value.if_less(x.constant(Floor::Value.size::<L::Scalar>()), zero, value)
}

#[cfg(test)]
mod tests {
    use super::super::{Lanes, Pointwise};
    use super::*;

    #[derive(Clone, Copy)]
    enum Function {
        Exp,
        Tanh,
        Sigmoid,
    }

    struct Apply<'a, T>(Function, &'a [T], &'a mut [T]);
    impl<T: Real> Pointwise for Apply<'_, T> {
        type Scalar = T;
        fn units(&self) -> usize {
            self.1.len()
        }
        #[inline(always)]
        fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
            let x = L::load(token, &self.1[unit..]);
            let y = match self.0 {
                Function::Exp => x.exp(),
                Function::Tanh => x.tanh(),
                Function::Sigmoid => x.sigmoid(),
            };
            y.store(&mut self.2[unit..]);
        }
    }

    fn apply<T: Real>(lanes: Lanes, function: Function, x: &[T]) -> Vec<T> {
        let mut y = vec![T::ZERO; x.len()];
        lanes.for_each_unit(Apply(function, x, &mut y));
        y
    }

    /// Arguments of every size and sign, dense near 0 and over the ranges where the functions change.
    fn arguments() -> Vec<f64> {
        let spread = (-2_000..=2_000).map(|i| f64::from(i) * 0.017_3);
        let small = (-300..=300).map(|i| f64::from(i) * 1.37e-3);
        let tiny = (1..30).flat_map(|i| [1.3 * 10f64.powi(-i), -1.7 * 10f64.powi(-i)]);
        let wide = (-880..880).map(|i| f64::from(i) * 0.797);
        spread
            .chain(small)
            .chain(tiny)
            .chain(wide)
            .chain([0.0, 709.7, -706.9])
            .collect()
    }

    fn reference(function: Function, x: f64) -> f64 {
        match function {
            Function::Exp => x.exp(),
            Function::Tanh => x.tanh(),
            Function::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        }
    }

    /// What is smaller is 0.
    fn lowest_result<T: Real>(function: Function) -> f64 {
        match function {
            Function::Exp if T::SINGLE => (-86f64).exp(),
            Function::Exp => (-707f64).exp(),
            Function::Tanh | Function::Sigmoid => Floor::Value.size::<T>(),
        }
    }

    #[test]
    fn within_two_units_in_the_last_place() {
        for function in [Function::Exp, Function::Tanh, Function::Sigmoid] {
            let x = arguments();
            for (&x, y) in x.iter().zip(apply(Lanes::detect(), function, &x)) {
                let expected = reference(function, x);
                if expected.abs() < lowest_result::<f64>(function) {
                    assert_eq!(y, 0.0, "{x}");
                    continue;
                }
                let apart = (y.to_bits() as i64).abs_diff(expected.to_bits() as i64);
                assert!(
                    y == expected || apart <= 2,
                    "f64 at {x}: {y:e} is {apart} ulp from {expected:e}"
                );
            }
            let x: Vec<f32> = arguments().into_iter().map(|x| x as f32).collect();
            for (&x, y) in x.iter().zip(apply(Lanes::detect(), function, &x)) {
                let expected = reference(function, f64::from(x)) as f32;
                if f64::from(expected).abs() < lowest_result::<f32>(function) {
                    assert_eq!(y, 0.0, "{x}");
                    continue;
                }
                let apart = (y.to_bits() as i32).abs_diff(expected.to_bits() as i32);
                assert!(
                    y == expected || apart <= 2,
                    "f32 at {x}: {y:e} is {apart} ulp from {expected:e}"
                );
            }
        }
    }

    #[test]
    fn every_width_gives_the_same_bits() {
        for function in [Function::Exp, Function::Tanh, Function::Sigmoid] {
            let x = arguments();
            let bits = |lanes| {
                apply(lanes, function, &x)
                    .iter()
                    .map(|y| y.to_bits())
                    .collect::<Vec<_>>()
            };
            assert_eq!(bits(Lanes::plain()), bits(Lanes::detect()));
            let x: Vec<f32> = x.iter().map(|&x| x as f32).collect();
            let bits = |lanes| {
                apply(lanes, function, &x)
                    .iter()
                    .map(|y| y.to_bits())
                    .collect::<Vec<_>>()
            };
            assert_eq!(bits(Lanes::plain()), bits(Lanes::detect()));
        }
    }

    #[test]
    fn not_a_number_stays_and_infinities_saturate() {
        let x = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        for lanes in Lanes::all() {
            let tanh = apply(lanes, Function::Tanh, &x);
            assert!(tanh[0].is_nan() && tanh[1] == 1.0 && tanh[2] == -1.0);
            let exp = apply(lanes, Function::Exp, &x);
            assert!(exp[0].is_nan() && exp[1] == f64::INFINITY && exp[2] == 0.0);
            let sigmoid = apply(lanes, Function::Sigmoid, &x);
            assert!(sigmoid[0].is_nan() && sigmoid[1] == 1.0 && sigmoid[2] == 0.0);
        }
    }
}
