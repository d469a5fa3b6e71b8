//! Layer normalisation (Ba, Kiros & Hinton 2016), as PyTorch's `nn.LayerNorm` over the last axis.
//!
//! μ = mean(x), σ² = mean((x − μ)²), n = (x − μ) / √(σ² + ε), y = n ⊙ w + b.
//!
//! Back, with g = ∂L/∂y ⊙ w: ∂L/∂x = (g − mean(g) − n mean(g ⊙ n)) / √(σ² + ε); ∂L/∂w = Σ ∂L/∂y ⊙ n and ∂L/∂b = Σ ∂L/∂y over
//! the rows, in order. Means add in a fixed tree.

use super::kernel::reduce::column_sums;
use super::kernel::{Floor, Lane, Lanes, Pointwise, Real, row};
use pulp::{Simd, WithSimd};

/// ε, PyTorch's default.
pub const EPSILON: f64 = 1e-5;

/// Rows of `weight.len()` values, normalised one by one.
pub(super) struct Forward<'a, T> {
    /// w, `[width]`.
    pub weight: &'a [T],
    /// b, `[width]`.
    pub bias: &'a [T],
    /// Holds x; receives n, `[rows, width]`.
    pub normalised: &'a mut [T],
    /// Receives 1 / √(σ² + ε), `[rows]`.
    pub inverse_deviation: &'a mut [T],
    /// Receives y, `[rows, width]`.
    pub y: &'a mut [T],
}

/// Runs it.
pub(super) fn forward<T: Real>(lanes: Lanes, work: Forward<'_, T>) {
    lanes.run(work);
}

impl<T: Real> WithSimd for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = self.weight.len();
        let count = T::of(width as f64);
        let rows = self.normalised.chunks_exact_mut(width);
        let out = self.y.chunks_exact_mut(width).zip(self.inverse_deviation);
        for (x, (y, inverse_deviation)) in rows.zip(out) {
            let mean = row::sum(simd, x) / count;
            row::each_unit(
                simd,
                Shift {
                    by: -mean,
                    values: x,
                },
            );
            let variance = row::dot(simd, x, x) / count;
            *inverse_deviation = T::ONE / (variance + T::of(EPSILON)).sqrt();
            row::each_unit(
                simd,
                Affine {
                    scale: *inverse_deviation,
                    weight: self.weight,
                    bias: self.bias,
                    normalised: x,
                    y,
                },
            );
        }
    }
}

struct Shift<'a, T> {
    by: T,
    values: &'a mut [T],
}

impl<T: Real> Pointwise for Shift<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.values.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let moved = L::load(token, &self.values[unit..]) + L::splat(token, self.by);
        moved.flush(Floor::Root).store(&mut self.values[unit..]);
    }
}

struct Affine<'a, T> {
    scale: T,
    weight: &'a [T],
    bias: &'a [T],
    normalised: &'a mut [T],
    y: &'a mut [T],
}

impl<T: Real> Pointwise for Affine<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.y.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let normalised = L::load(token, &self.normalised[unit..]) * L::splat(token, self.scale);
        let normalised = normalised.flush(Floor::Value);
        let y = normalised.mul_add(
            L::load(token, &self.weight[unit..]),
            L::load(token, &self.bias[unit..]),
        );
        normalised.store(&mut self.normalised[unit..]);
        y.flush(Floor::Value).store(&mut self.y[unit..]);
    }
}

/// The way back over the same rows.
pub(super) struct Backward<'a, T> {
    /// w.
    pub weight: &'a [T],
    /// n.
    pub normalised: &'a [T],
    /// 1 / √(σ² + ε).
    pub inverse_deviation: &'a [T],
    /// ∂L/∂y.
    pub d_y: &'a [T],
    /// Receives ∂L/∂x.
    pub d_x: &'a mut [T],
}

/// Runs it; `d_weight` and `d_bias` receive the gradients.
pub(super) fn backward<T: Real>(
    lanes: Lanes,
    work: Backward<'_, T>,
    d_weight: &mut [T],
    d_bias: &mut [T],
) {
    let width = work.weight.len();
    lanes.for_each_unit(WeightGradient {
        normalised: work.normalised,
        d_y: work.d_y,
        d_weight,
    });
    column_sums(
        lanes,
        work.d_y,
        work.d_y.len() / width,
        width,
        width,
        d_bias,
    );
    lanes.run(work);
}

/// ∂L/∂w: lanes run over the columns, each sums over the rows in order.
struct WeightGradient<'a, T> {
    normalised: &'a [T],
    d_y: &'a [T],
    d_weight: &'a mut [T],
}

impl<T: Real> Pointwise for WeightGradient<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.d_weight.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let width = self.d_weight.len();
        let mut sum = L::splat(token, T::ZERO);
        let rows = self.normalised.chunks_exact(width);
        for (normalised, d_y) in rows.zip(self.d_y.chunks_exact(width)) {
            sum = L::load(token, &d_y[unit..]).mul_add(L::load(token, &normalised[unit..]), sum);
        }
        sum.store(&mut self.d_weight[unit..]);
    }
}

impl<T: Real> WithSimd for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = self.weight.len();
        let count = T::of(width as f64);
        let rows = self.normalised.chunks_exact(width);
        let scaled = rows.zip(self.inverse_deviation);
        let adjoints = self.d_y.chunks_exact(width);
        for ((normalised, &inverse_deviation), (d_y, d_x)) in
            scaled.zip(adjoints.zip(self.d_x.chunks_exact_mut(width)))
        {
            // g = ∂L/∂y ⊙ w.
            row::each_unit(
                simd,
                Weigh {
                    d_y,
                    weight: self.weight,
                    g: d_x,
                },
            );
            let mean = row::sum(simd, d_x).flush(Floor::Adjoint) / count;
            let along = row::dot(simd, d_x, normalised).flush(Floor::Adjoint) / count;
            row::each_unit(
                simd,
                Center {
                    mean,
                    along,
                    scale: inverse_deviation,
                    normalised,
                    g: d_x,
                },
            );
        }
    }
}

struct Weigh<'a, T> {
    d_y: &'a [T],
    weight: &'a [T],
    g: &'a mut [T],
}

impl<T: Real> Pointwise for Weigh<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.g.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let g = L::load(token, &self.d_y[unit..]) * L::load(token, &self.weight[unit..]);
        g.flush(Floor::Adjoint).store(&mut self.g[unit..]);
    }
}

/// ∂L/∂x = (g − mean(g) − n mean(g ⊙ n)) / √(σ² + ε).
struct Center<'a, T> {
    mean: T,
    along: T,
    scale: T,
    normalised: &'a [T],
    g: &'a mut [T],
}

impl<T: Real> Pointwise for Center<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.g.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let normalised = L::load(token, &self.normalised[unit..]);
        let centred = L::load(token, &self.g[unit..]) - L::splat(token, self.mean);
        let d_x = (-normalised).mul_add(L::splat(token, self.along), centred);
        let d_x = d_x.flush(Floor::Adjoint) * L::splat(token, self.scale);
        d_x.flush(Floor::Adjoint).store(&mut self.g[unit..]);
    }
}
