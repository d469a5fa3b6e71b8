//! Masked softmax over rows: how much each key weighs for a query.
//!
//! α_j = e^{s(x_j − m)} / Σ_k e^{s(x_k − m)} over the keys that the query sees, m the largest of them; α_j = 0, exactly, for the
//! others. Both masks of this crate — the padding at a sequence's end and the future — leave a query the *first so many* keys,
//! so a mask is a number per row. A query that sees nothing (it is padding itself) has all weights 0.
//!
//! Back: ∂L/∂x_j = s α_j (∂L/∂α_j − Σ_k α_k ∂L/∂α_k). A masked weight is a constant: its adjoint and its score's are 0.

use super::kernel::{Floor, Functions, Lane, Lanes, Pointwise, Real, row};
use pulp::{Simd, WithSimd};

/// Turns scores into weights, in place: rows of `keys` values, of which row r sees the first `seen(r)`.
pub(super) fn forward<T: Real>(
    lanes: Lanes,
    keys: usize,
    scale: f64,
    seen: impl Fn(usize) -> usize,
    weights: &mut [T],
) {
    lanes.run(Forward {
        keys,
        scale: T::of(scale),
        seen,
        weights,
    });
}

/// From the adjoints of the weights to those of the scores. `d_weights` becomes 0 where the mask hides a key.
pub(super) fn backward<T: Real>(
    lanes: Lanes,
    keys: usize,
    scale: f64,
    seen: impl Fn(usize) -> usize,
    weights: &[T],
    d_weights: &mut [T],
    d_scores: &mut [T],
) {
    lanes.run(Backward {
        keys,
        scale: T::of(scale),
        seen,
        weights,
        d_weights,
        d_scores,
    });
}

struct Forward<'a, T, F> {
    keys: usize,
    scale: T,
    seen: F,
    weights: &'a mut [T],
}

impl<T: Real, F: Fn(usize) -> usize> WithSimd for Forward<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (r, all) in self.weights.chunks_exact_mut(self.keys).enumerate() {
            let (weights, hidden) = all.split_at_mut((self.seen)(r));
            hidden.fill(T::ZERO);
            let Some(&first) = weights.first() else {
                continue;
            };
            let largest = weights
                .iter()
                .fold(first, |largest, &x| if largest < x { x } else { largest });
            row::each_unit(
                simd,
                Exponential {
                    scale: self.scale,
                    largest,
                    values: weights,
                },
            );
            let sum = row::sum(simd, weights);
            row::each_unit(
                simd,
                Divide {
                    by: sum,
                    values: weights,
                },
            );
        }
    }
}

struct Exponential<'a, T> {
    scale: T,
    largest: T,
    values: &'a mut [T],
}

impl<T: Real> Pointwise for Exponential<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.values.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let below = L::load(token, &self.values[unit..]) - L::splat(token, self.largest);
        let below = (below * L::splat(token, self.scale)).flush(Floor::Value);
        below
            .exp()
            .flush(Floor::Value)
            .store(&mut self.values[unit..]);
    }
}

struct Divide<'a, T> {
    by: T,
    values: &'a mut [T],
}

impl<T: Real> Pointwise for Divide<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.values.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let share = L::load(token, &self.values[unit..]) / L::splat(token, self.by);
        share.flush(Floor::Value).store(&mut self.values[unit..]);
    }
}

struct Backward<'a, T, F> {
    keys: usize,
    scale: T,
    seen: F,
    weights: &'a [T],
    d_weights: &'a mut [T],
    d_scores: &'a mut [T],
}

impl<T: Real, F: Fn(usize) -> usize> WithSimd for Backward<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let rows = self.weights.chunks_exact(self.keys);
        let d_rows = self.d_weights.chunks_exact_mut(self.keys);
        let d_scores = self.d_scores.chunks_exact_mut(self.keys);
        for (r, ((weights, d_weights), d_scores)) in rows.zip(d_rows).zip(d_scores).enumerate() {
            let seen = (self.seen)(r);
            d_weights[seen..].fill(T::ZERO);
            d_scores[seen..].fill(T::ZERO);
            let (weights, d_weights) = (&weights[..seen], &d_weights[..seen]);
            let mean = row::dot(simd, weights, d_weights).flush(Floor::Adjoint);
            row::each_unit(
                simd,
                Slope {
                    scale: self.scale,
                    mean,
                    weights,
                    d_weights,
                    d_scores: &mut d_scores[..seen],
                },
            );
        }
    }
}

struct Slope<'a, T> {
    scale: T,
    mean: T,
    weights: &'a [T],
    d_weights: &'a [T],
    d_scores: &'a mut [T],
}

impl<T: Real> Pointwise for Slope<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.weights.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let weight = L::load(token, &self.weights[unit..]);
        let above = L::load(token, &self.d_weights[unit..]) - L::splat(token, self.mean);
        let d_score = (weight * above.flush(Floor::Adjoint)).flush(Floor::Adjoint)
            * L::splat(token, self.scale);
        d_score
            .flush(Floor::Adjoint)
            .store(&mut self.d_scores[unit..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weights e^0, e^1, e^2 over their sum; the fourth key is hidden, the last row sees nothing.
    #[test]
    fn weights_are_shares_of_what_is_seen() {
        let mut weights = [
            0.0, 1.0, 2.0, 9.0, 800.0, 799.0, 5.0, 5.0, 1.0, 2.0, 3.0, 4.0,
        ];
        let seen = |r: usize| [3, 2, 0][r];
        forward(Lanes::detect(), 4, 1.0, seen, &mut weights);
        let e = std::f64::consts::E;
        let sum = 1.0 + e + e * e;
        let expected = [1.0 / sum, e / sum, e * e / sum, 0.0];
        let far = [e / (1.0 + e), 1.0 / (1.0 + e), 0.0, 0.0];
        for (weight, expected) in weights.iter().zip(expected.into_iter().chain(far)) {
            assert!((weight - expected).abs() < 1e-15, "{weights:?}");
        }
        assert_eq!(weights[8..], [0.0; 4]);
    }

    #[test]
    fn adjoints_of_scores_equal_central_differences_and_those_of_hidden_keys_are_zero() {
        let (keys, scale) = (5, 0.7);
        let seen = |r: usize| [5, 3][r];
        let scores: Vec<f64> = (0..10).map(|i| (0.9 * f64::from(i)).sin()).collect();
        let d: Vec<f64> = (0..10).map(|i| (0.4 * f64::from(i)).cos()).collect();
        let loss = |scores: &[f64]| -> f64 {
            let mut weights = scores.to_vec();
            forward(Lanes::detect(), keys, scale, seen, &mut weights);
            weights.iter().zip(&d).map(|(w, d)| w * d).sum()
        };
        let mut weights = scores.clone();
        forward(Lanes::detect(), keys, scale, seen, &mut weights);
        let (mut d_weights, mut d_scores) = (d.clone(), vec![9.0; 10]);
        backward(
            Lanes::detect(),
            keys,
            scale,
            seen,
            &weights,
            &mut d_weights,
            &mut d_scores,
        );
        for index in 0..10 {
            let at = |step: f64| {
                let mut moved = scores.clone();
                moved[index] += step;
                loss(&moved)
            };
            let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((slope - d_scores[index]).abs() < 1e-9, "{index}");
        }
        assert_eq!((d_scores[8], d_scores[9]), (0.0, 0.0));
        assert_eq!((d_weights[8], d_weights[9]), (0.0, 0.0));
    }
}
