//! Optimisers: from a gradient to new parameters, as PyTorch computes them.
//!
//! With η the learning rate, λ the weight decay, g the gradient and k the update, counted from 1:
//!
//! - SGD with momentum μ (Polyak 1964): g ← g + λ p, b ← μ b + g, p ← p − η b.
//! - RMSProp (Tieleman & Hinton 2012, lecture 6.5): v ← α v + (1 − α) g², b ← μ b + g / (√v + ε), p ← p − η b; not centred.
//! - Adam (Kingma & Ba 2015): g ← g + λ p, m ← m + (1 − β₁)(g − m), v ← β₂ v + (1 − β₂) g²,
//!   p ← p − η/(1 − β₁ᵏ) · m / (√v/√(1 − β₂ᵏ) + ε).
//! - AdamW (Loshchilov & Hutter 2019, "Decoupled weight decay regularization"): p ← (1 − η λ) p, then Adam with λ = 0.
//!   In Adam the decay passes through the moments, so that weights with large gradients hardly decay; here it does not.
//!
//! Where g² is past what the precision holds (in f32 from |g| = 2·10¹⁹ on) v is infinite and stays so, and with it every step of
//! that parameter is 0, as in PyTorch. Nothing else shows it: [`frozen`](OptimizerState::frozen) does.

use super::kernel::{Floor, Lane, Lanes, Pointwise, Real};
use super::room;

/// An optimiser and its settings.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Optimizer {
    /// Stochastic gradient descent.
    Sgd {
        /// η.
        learning_rate: f64,
        /// μ; 0 for plain descent.
        momentum: f64,
        /// λ.
        weight_decay: f64,
    },
    /// RMSProp.
    RmsProp {
        /// η.
        learning_rate: f64,
        /// α: the share of the squares so far that is kept.
        alpha: f64,
        /// ε.
        epsilon: f64,
        /// μ; 0 for none.
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
        /// λ, added to the gradient.
        weight_decay: f64,
    },
    /// Adam with decoupled weight decay.
    AdamW {
        /// η.
        learning_rate: f64,
        /// β₁.
        beta1: f64,
        /// β₂.
        beta2: f64,
        /// ε.
        epsilon: f64,
        /// λ, taken from the parameters.
        weight_decay: f64,
    },
}

impl Optimizer {
    /// Stochastic gradient descent, the rest as PyTorch has it: no momentum, no weight decay.
    pub fn sgd(learning_rate: f64) -> Self {
        Optimizer::Sgd {
            learning_rate,
            momentum: 0.0,
            weight_decay: 0.0,
        }
    }

    /// RMSProp, the rest as PyTorch has it: α 0.99, ε 10⁻⁸, no momentum.
    pub fn rms_prop(learning_rate: f64) -> Self {
        Optimizer::RmsProp {
            learning_rate,
            alpha: 0.99,
            epsilon: 1e-8,
            momentum: 0.0,
        }
    }

    /// Adam, the rest as PyTorch has it: β 0.9 and 0.999, ε 10⁻⁸, no weight decay.
    pub fn adam(learning_rate: f64) -> Self {
        Optimizer::Adam {
            learning_rate,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.0,
        }
    }

    /// AdamW, the rest as PyTorch has it: β 0.9 and 0.999, ε 10⁻⁸, weight decay 0.01.
    pub fn adam_w(learning_rate: f64) -> Self {
        Optimizer::AdamW {
            learning_rate,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.01,
        }
    }

    /// The name in experiments: `sgd`, `rmsprop`, `adam`, `adamw`.
    pub fn name(self) -> &'static str {
        match self {
            Optimizer::Sgd { .. } => "sgd",
            Optimizer::RmsProp { .. } => "rmsprop",
            Optimizer::Adam { .. } => "adam",
            Optimizer::AdamW { .. } => "adamw",
        }
    }

    /// The name on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Optimizer::Sgd { .. } => "SGD",
            Optimizer::RmsProp { .. } => "RMSProp",
            Optimizer::Adam { .. } => "Adam",
            Optimizer::AdamW { .. } => "AdamW",
        }
    }

    /// η.
    pub fn learning_rate(self) -> f64 {
        match self {
            Optimizer::Sgd { learning_rate, .. }
            | Optimizer::RmsProp { learning_rate, .. }
            | Optimizer::Adam { learning_rate, .. }
            | Optimizer::AdamW { learning_rate, .. } => learning_rate,
        }
    }

    /// The same optimiser with another η.
    pub fn with_learning_rate(mut self, rate: f64) -> Self {
        match &mut self {
            Optimizer::Sgd { learning_rate, .. }
            | Optimizer::RmsProp { learning_rate, .. }
            | Optimizer::Adam { learning_rate, .. }
            | Optimizer::AdamW { learning_rate, .. } => *learning_rate = rate,
        }
        self
    }
}

/// What an optimiser remembers between updates.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct OptimizerState<T> {
    /// Adam's m, the others' b, by parameter.
    first: Vec<T>,
    /// v, by parameter.
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

    /// Takes over the state of another one of as many parameters, without asking for memory.
    ///
    /// # Panics
    /// If that is of another number of parameters.
    pub fn copy_from(&mut self, other: &Self) {
        self.first.copy_from_slice(&other.first);
        self.second.copy_from_slice(&other.second);
        self.updates = other.updates;
    }

    /// The bytes that [`new`](Self::new) asks for, whatever the optimiser.
    pub fn bytes(parameters: usize) -> u128 {
        room::array::<T>(&[2, parameters])
    }

    /// The parameter that no later gradient would move, and its v: that is past what can be held, and every step is divided by its
    /// root. Of several it is the one with the largest of the gradients that led there; `norm` is theirs.
    ///
    /// Only gradients whose squares are past it too lead there: shorter ones are not gone through.
    pub fn frozen(&self, norm: f64, gradient: &[T]) -> Option<(usize, f64)> {
        // Below the root of the largest number.
        let safe = if T::SINGLE { 1e19 } else { 1e154 };
        if norm < safe {
            return None;
        }
        let size = |index: usize| gradient.get(index).map_or(0.0, |g| g.widen().abs());
        let past = self.second.iter().enumerate();
        let past = past.filter(|(_, v)| !v.is_finite());
        let largest = past.reduce(|most, next| {
            if size(next.0) > size(most.0) {
                next
            } else {
                most
            }
        });
        largest.map(|(index, v)| (index, v.widen()))
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
                weight_decay,
            } => lanes.for_each_unit(SgdUpdate {
                rate: T::of(learning_rate),
                momentum: T::of(momentum),
                decay: T::of(weight_decay),
                velocity: &mut self.first,
                parameters,
                gradient,
            }),
            Optimizer::RmsProp {
                learning_rate,
                alpha,
                epsilon,
                momentum,
            } => lanes.for_each_unit(RmsPropUpdate {
                rate: T::of(learning_rate),
                alpha: T::of(alpha),
                new_square_share: T::of(1.0 - alpha),
                epsilon: T::of(epsilon),
                momentum: T::of(momentum),
                velocity: &mut self.first,
                square: &mut self.second,
                parameters,
                gradient,
            }),
            Optimizer::Adam {
                learning_rate,
                beta1,
                beta2,
                epsilon,
                weight_decay,
            } => {
                let moments = (beta1, beta2, epsilon);
                self.adam(
                    lanes,
                    learning_rate,
                    moments,
                    weight_decay,
                    1.0,
                    parameters,
                    gradient,
                );
            }
            Optimizer::AdamW {
                learning_rate,
                beta1,
                beta2,
                epsilon,
                weight_decay,
            } => {
                let moments = (beta1, beta2, epsilon);
                let kept = 1.0 - learning_rate * weight_decay;
                self.adam(
                    lanes,
                    learning_rate,
                    moments,
                    0.0,
                    kept,
                    parameters,
                    gradient,
                );
            }
        }
    }

    /// Adam's update at gradient + `decay` · parameter, after the parameters were multiplied by `kept`.
    #[allow(clippy::too_many_arguments)]
    fn adam(
        &mut self,
        lanes: Lanes,
        rate: f64,
        (beta1, beta2, epsilon): (f64, f64, f64),
        decay: f64,
        kept: f64,
        parameters: &mut [T],
        gradient: &[T],
    ) {
        let k = self.updates as f64;
        lanes.for_each_unit(AdamUpdate {
            rate: T::of(rate / (1.0 - libm::pow(beta1, k))),
            decay: T::of(decay),
            kept: T::of(kept),
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

struct SgdUpdate<'a, T> {
    rate: T,
    momentum: T,
    decay: T,
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
        let p = L::load(token, &self.parameters[unit..]);
        // Without decay this is the gradient itself.
        let g = p.mul_add(
            L::splat(token, self.decay),
            L::load(token, &self.gradient[unit..]),
        );
        let velocity = L::load(token, &self.velocity[unit..])
            .mul_add(L::splat(token, self.momentum), g)
            .flush(Floor::Adjoint);
        let p = (-L::splat(token, self.rate)).mul_add(velocity, p);
        velocity.store(&mut self.velocity[unit..]);
        p.flush(Floor::Value).store(&mut self.parameters[unit..]);
    }
}

struct RmsPropUpdate<'a, T> {
    rate: T,
    alpha: T,
    new_square_share: T,
    epsilon: T,
    momentum: T,
    velocity: &'a mut [T],
    square: &'a mut [T],
    parameters: &'a mut [T],
    gradient: &'a [T],
}

impl<T: Real> Pointwise for RmsPropUpdate<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.parameters.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let g = L::load(token, &self.gradient[unit..]).flush(Floor::Root);
        let square = L::load(token, &self.square[unit..]) * L::splat(token, self.alpha);
        let square = (g * L::splat(token, self.new_square_share))
            .mul_add(g, square)
            .flush(Floor::Square);
        let step = g / (square.sqrt() + L::splat(token, self.epsilon));
        let velocity = L::load(token, &self.velocity[unit..])
            .mul_add(L::splat(token, self.momentum), step)
            .flush(Floor::Adjoint);
        let p = (-L::splat(token, self.rate))
            .mul_add(velocity, L::load(token, &self.parameters[unit..]));
        square.store(&mut self.square[unit..]);
        velocity.store(&mut self.velocity[unit..]);
        p.flush(Floor::Value).store(&mut self.parameters[unit..]);
    }
}

struct AdamUpdate<'a, T> {
    rate: T,
    decay: T,
    kept: T,
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
        // Without decay these two are the parameter and the gradient themselves.
        let p = L::load(token, &self.parameters[unit..]) * L::splat(token, self.kept);
        let g = p
            .mul_add(
                L::splat(token, self.decay),
                L::load(token, &self.gradient[unit..]),
            )
            .flush(Floor::Root);
        let mean = L::load(token, &self.mean[unit..]);
        let mean = (g - mean)
            .mul_add(L::splat(token, self.new_share), mean)
            .flush(Floor::Adjoint);
        let square = L::load(token, &self.square[unit..]) * L::splat(token, self.beta2);
        let square = (g * L::splat(token, self.new_square_share))
            .mul_add(g, square)
            .flush(Floor::Square);
        let spread =
            square.sqrt() / L::splat(token, self.root_correction) + L::splat(token, self.epsilon);
        // What a large spread divides must not be small.
        let step = (L::splat(token, self.rate) * mean).flush(Floor::Adjoint) / spread;
        let p = p - step;
        mean.store(&mut self.mean[unit..]);
        square.store(&mut self.square[unit..]);
        p.flush(Floor::Value).store(&mut self.parameters[unit..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ½ (p₁² + 10 p₂²) from (1, −2).
    fn after(updates: usize, lanes: Lanes, optimizer: Optimizer) -> [f64; 2] {
        let mut p = [1.0, -2.0];
        let mut state = OptimizerState::new(2);
        for _ in 0..updates {
            let gradient = [p[0], 10.0 * p[1]];
            state.update(lanes, optimizer, &mut p, &gradient);
        }
        p
    }

    /// Six updates; the expected numbers were made with torch.optim of PyTorch 2.15 in float64.
    #[test]
    fn every_optimiser_equals_pytorch_over_several_updates() {
        for (optimizer, expected) in [
            (Optimizer::sgd(0.01), [0.941480149401, -1.062882]),
            (
                Optimizer::Sgd {
                    learning_rate: 0.01,
                    momentum: 0.9,
                    weight_decay: 0.0,
                },
                [0.827590629951, 0.513216],
            ),
            (
                Optimizer::Sgd {
                    learning_rate: 0.01,
                    momentum: 0.9,
                    weight_decay: 0.1,
                },
                [0.810988503925836, 0.5290577725680196],
            ),
            (
                Optimizer::Sgd {
                    learning_rate: 0.01,
                    momentum: 0.0,
                    weight_decay: 0.1,
                },
                [0.9357885986504655, -1.0558157738642895],
            ),
            (
                Optimizer::rms_prop(0.01),
                [0.6617246614003018, -1.64722418845053],
            ),
            (
                Optimizer::RmsProp {
                    learning_rate: 0.05,
                    alpha: 0.9,
                    epsilon: 1e-3,
                    momentum: 0.5,
                },
                [0.1574299167832611, -1.0368468939600268],
            ),
            (
                Optimizer::adam(0.1),
                [0.41423645920501484, -1.4051317289055059],
            ),
            (
                Optimizer::Adam {
                    learning_rate: 0.1,
                    beta1: 0.8,
                    beta2: 0.95,
                    epsilon: 1e-4,
                    weight_decay: 0.2,
                },
                [0.4199001431312903, -1.407629661900669],
            ),
            (
                Optimizer::adam_w(0.1),
                [0.40993843997631474, -1.3947817557741191],
            ),
            (
                Optimizer::AdamW {
                    learning_rate: 0.1,
                    beta1: 0.8,
                    beta2: 0.95,
                    epsilon: 1e-4,
                    weight_decay: 0.2,
                },
                [0.3399778212857243, -1.2120766358488055],
            ),
        ] {
            for lanes in [Lanes::detect(), Lanes::plain()] {
                let p = after(6, lanes, optimizer);
                for (p, expected) in p.into_iter().zip(expected) {
                    assert!(
                        (p - expected).abs() <= 1e-12 * f64::abs(expected),
                        "{optimizer:?}: {p} is not {expected}"
                    );
                }
            }
        }
    }

    /// Bit for bit as before there was weight decay (this engine, 2026-11-22), so that old experiments keep their runs.
    #[test]
    fn adam_without_decay_keeps_its_bits() {
        let p = after(3, Lanes::detect(), Optimizer::adam(0.1));
        assert_eq!(
            p.map(f64::to_bits),
            [0x3fe6_7365_0f0a_34c4, 0xbffb_35c0_df90_57ad]
        );
    }

    #[test]
    fn another_rate_changes_nothing_else() {
        for optimizer in [
            Optimizer::sgd(0.1),
            Optimizer::rms_prop(0.1),
            Optimizer::adam(0.1),
            Optimizer::adam_w(0.1),
        ] {
            let other = optimizer.with_learning_rate(0.5);
            assert_eq!(other.learning_rate(), 0.5);
            assert_eq!(other.with_learning_rate(0.1), optimizer);
        }
    }

    /// v = (1 − β) g²: in f32, which ends at 3.4·10³⁸, Adam's is past it for g = 10²¹ and is not for 10²⁰, though g² is.
    #[test]
    fn a_square_past_what_is_held_is_told_with_its_parameter() {
        for (optimizer, has_squares) in [
            (Optimizer::sgd(1e-30), false),
            (Optimizer::rms_prop(0.1), true),
            (Optimizer::adam(0.1), true),
        ] {
            let after = |gradient: [f32; 3]| {
                let (mut p, mut state) = ([1.0_f32; 3], OptimizerState::new(3));
                state.update(Lanes::detect(), optimizer, &mut p, &gradient);
                assert!(p.iter().all(|p| p.is_finite()), "{optimizer:?}: {p:?}");
                let squares = gradient.iter().map(|g| f64::from(*g) * f64::from(*g));
                (p, state.frozen(squares.sum::<f64>().sqrt(), &gradient))
            };
            assert_eq!(after([1.0, 1e20, -1.0]).1, None, "{optimizer:?}");
            let (p, found) = after([1e21, 1.0, -1e22]);
            let expected = has_squares.then_some((2, f64::INFINITY));
            assert_eq!(found, expected, "{optimizer:?}");
            if has_squares {
                // Both that are past it have not moved, and the other one has.
                assert_eq!((p[0], p[2]), (1.0, 1.0), "{optimizer:?}");
                assert!(p[1] < 1.0, "{optimizer:?}: {p:?}");
            }
        }
    }

    /// Gradients too small for full precision leave zeros, not slow denormals, in what is remembered.
    #[test]
    fn denormal_moments_are_flushed() {
        let tiny = [f64::MIN_POSITIVE / 4.0, 1e-170];
        for optimizer in [
            Optimizer::sgd(0.1),
            Optimizer::rms_prop(0.1),
            Optimizer::adam(0.1),
            Optimizer::adam_w(0.1),
        ] {
            let mut state = OptimizerState::new(2);
            state.update(Lanes::detect(), optimizer, &mut [0.0, 0.0], &tiny);
            for moment in state.first.iter().chain(&state.second) {
                assert!(
                    *moment == 0.0 || moment.is_normal(),
                    "{optimizer:?} {state:?}"
                );
            }
        }
    }
}
