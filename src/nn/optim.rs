//! Optimisers: from a gradient to new parameters, as PyTorch computes them.
//!
//! - SGD with momentum μ (Polyak 1964): b ← μ b + g, p ← p − η b.
//! - Adam (Kingma & Ba 2015): m ← m + (1 − β₁)(g − m), v ← β₂ v + (1 − β₂) g²,
//!   p ← p − η/(1 − β₁ᵏ) · m / (√v/√(1 − β₂ᵏ) + ε) at the k-th update.

use super::kernel::{Lane, Lanes, Pointwise, Real};

/// An optimiser and its settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Optimizer {
    /// Stochastic gradient descent.
    Sgd {
        /// η.
        learning_rate: f64,
        /// μ; 0 for plain descent.
        momentum: f64,
    },
    /// Adam.
    Adam {
        /// η.
        learning_rate: f64,
        /// β₁.
        beta1: f64,
        /// β₂.
        beta2: f64,
        /// ε.
        epsilon: f64,
    },
}

impl Optimizer {
    /// The name in experiments.
    pub fn name(self) -> &'static str {
        match self {
            Optimizer::Sgd { .. } => "sgd",
            Optimizer::Adam { .. } => "adam",
        }
    }

    /// η.
    pub fn learning_rate(self) -> f64 {
        match self {
            Optimizer::Sgd { learning_rate, .. } | Optimizer::Adam { learning_rate, .. } => {
                learning_rate
            }
        }
    }

    /// The same optimiser with another η.
    pub fn with_learning_rate(mut self, rate: f64) -> Self {
        match &mut self {
            Optimizer::Sgd { learning_rate, .. } | Optimizer::Adam { learning_rate, .. } => {
                *learning_rate = rate;
            }
        }
        self
    }
}

/// What an optimiser remembers between updates.
#[derive(Clone, Debug)]
pub struct OptimizerState<T> {
    /// SGD's b or Adam's m, by parameter.
    first: Vec<T>,
    /// Adam's v, by parameter.
    second: Vec<T>,
    updates: u64,
}

impl<T: Real> OptimizerState<T> {
    /// The state before the first update of `parameters` values.
    pub fn new(parameters: usize) -> Self {
        Self {
            first: vec![T::ZERO; parameters],
            second: vec![T::ZERO; parameters],
            updates: 0,
        }
    }

    /// Moves `parameters` along `gradient`.
    pub fn update(
        &mut self,
        lanes: Lanes,
        optimizer: Optimizer,
        parameters: &mut [T],
        gradient: &[T],
    ) {
        self.updates += 1;
        match optimizer {
            Optimizer::Sgd {
                learning_rate,
                momentum,
            } => lanes.for_each_unit(SgdUpdate {
                rate: T::of(learning_rate),
                momentum: T::of(momentum),
                velocity: &mut self.first,
                parameters,
                gradient,
            }),
            Optimizer::Adam {
                learning_rate,
                beta1,
                beta2,
                epsilon,
            } => {
                let k = self.updates as f64;
                lanes.for_each_unit(AdamUpdate {
                    rate: T::of(learning_rate / (1.0 - libm::pow(beta1, k))),
                    new_share: T::of(1.0 - beta1),
                    beta2: T::of(beta2),
                    new_square_share: T::of(1.0 - beta2),
                    root_correction: T::of(libm::sqrt(1.0 - libm::pow(beta2, k))),
                    epsilon: T::of(epsilon),
                    mean: &mut self.first,
                    square: &mut self.second,
                    parameters,
                    gradient,
                });
            }
        }
    }
}

struct SgdUpdate<'a, T> {
    rate: T,
    momentum: T,
    velocity: &'a mut [T],
    parameters: &'a mut [T],
    gradient: &'a [T],
}

impl<T: Real> Pointwise for SgdUpdate<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.parameters.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let g = L::load(token, &self.gradient[unit..]);
        let velocity = L::load(token, &self.velocity[unit..])
            .mul_add(L::splat(token, self.momentum), g)
            .flush();
        let p = (-L::splat(token, self.rate))
            .mul_add(velocity, L::load(token, &self.parameters[unit..]));
        velocity.store(&mut self.velocity[unit..]);
        p.store(&mut self.parameters[unit..]);
    }
}

struct AdamUpdate<'a, T> {
    rate: T,
    new_share: T,
    beta2: T,
    new_square_share: T,
    root_correction: T,
    epsilon: T,
    mean: &'a mut [T],
    square: &'a mut [T],
    parameters: &'a mut [T],
    gradient: &'a [T],
}

impl<T: Real> Pointwise for AdamUpdate<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.parameters.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let g = L::load(token, &self.gradient[unit..]);
        let mean = L::load(token, &self.mean[unit..]);
        let mean = (g - mean)
            .mul_add(L::splat(token, self.new_share), mean)
            .flush();
        let square = L::load(token, &self.square[unit..]) * L::splat(token, self.beta2);
        let square = (g * L::splat(token, self.new_square_share))
            .mul_add(g, square)
            .flush();
        let spread =
            square.sqrt() / L::splat(token, self.root_correction) + L::splat(token, self.epsilon);
        let p =
            L::load(token, &self.parameters[unit..]) - L::splat(token, self.rate) * mean / spread;
        mean.store(&mut self.mean[unit..]);
        square.store(&mut self.square[unit..]);
        p.store(&mut self.parameters[unit..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ½ (p₁² + 10 p₂²) from (1, −2), three updates; the expected numbers were made with torch.optim.
    fn three_updates(optimizer: Optimizer) -> [f64; 2] {
        let mut p = [1.0, -2.0];
        let mut state = OptimizerState::new(2);
        for _ in 0..3 {
            let gradient = [p[0], 10.0 * p[1]];
            state.update(Lanes::detect(), optimizer, &mut p, &gradient);
        }
        p
    }

    #[test]
    fn adam_equals_pytorch() {
        let p = three_updates(Optimizer::Adam {
            learning_rate: 0.1,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
        });
        for (p, expected) in p.into_iter().zip([0.701586274504415, -1.7006233914339461]) {
            assert!(
                (p - expected).abs() <= 1e-12 * f64::abs(expected),
                "{p} {expected}"
            );
        }
    }

    /// By hand: b = g, then b ← 0.9 b + g; rate 0.01.
    #[test]
    fn momentum_gathers_gradients() {
        let p = three_updates(Optimizer::Sgd {
            learning_rate: 0.01,
            momentum: 0.9,
        });
        let (mut q, mut b) = ([1.0, -2.0], [0.0, 0.0]);
        for _ in 0..3 {
            for (k, curvature) in [1.0, 10.0].into_iter().enumerate() {
                b[k] = 0.9 * b[k] + curvature * q[k];
                q[k] -= 0.01 * b[k];
            }
        }
        for (p, q) in p.into_iter().zip(q) {
            assert!((p - q).abs() <= 1e-14, "{p} {q}");
        }
    }
}
