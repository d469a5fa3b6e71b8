//! Learning-rate schedules: what the learning rate is multiplied by, update by update.
//!
//! With k the updates made so far, w those of the warm-up, and j = k − w:
//!
//! - warm-up, while k < w: (k + 1) / (w + 1), so that the first update moves already and the first one after the warm-up
//!   has the full rate. PyTorch's `LinearLR(start_factor=1 / (w + 1), total_iters=w)`;
//! - constant: 1;
//! - step: factor^⌊j / every⌋. PyTorch's `StepLR(step_size=every, gamma=factor)`;
//! - cosine (Loshchilov & Hutter 2017, "SGDR", without restarts): floor + (1 − floor) · (1 + cos(π j / updates)) / 2.
//!   PyTorch's `CosineAnnealingLR(T_max=updates, eta_min=floor · rate)`. It ends at `floor` and stays there, where
//!   PyTorch's rises again.
//!
//! Warm-up and what follows are joined as PyTorch's `SequentialLR` does: the second begins at its own update 0.

use std::f64::consts::PI;

/// How the learning rate changes from update to update. Every kind may begin with a linear warm-up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RateSchedule {
    /// The full rate.
    Constant {
        /// Updates until the full rate is reached; 0 for none.
        warm_up: u64,
    },
    /// Multiplied by `factor` again and again.
    Step {
        /// Updates from one step to the next, at least 1.
        every: u64,
        /// What the rate is multiplied by at each step.
        factor: f64,
        /// Updates until the full rate is reached; 0 for none.
        warm_up: u64,
    },
    /// Down along half a cosine wave.
    Cosine {
        /// Updates from the full rate to the lowest, at least 1.
        updates: u64,
        /// The lowest rate, as a share of the full one.
        floor: f64,
        /// Updates until the full rate is reached; 0 for none.
        warm_up: u64,
    },
}

impl RateSchedule {
    /// The full rate from the first update on.
    pub const FULL: RateSchedule = RateSchedule::Constant { warm_up: 0 };

    /// The name in experiments: `constant`, `step`, `cosine`.
    pub fn name(self) -> &'static str {
        match self {
            RateSchedule::Constant { .. } => "constant",
            RateSchedule::Step { .. } => "step",
            RateSchedule::Cosine { .. } => "cosine",
        }
    }

    /// Updates until the full rate is reached.
    pub fn warm_up(self) -> u64 {
        match self {
            RateSchedule::Constant { warm_up }
            | RateSchedule::Step { warm_up, .. }
            | RateSchedule::Cosine { warm_up, .. } => warm_up,
        }
    }

    /// What the learning rate is multiplied by in the update that follows on `update` others.
    pub fn factor(self, update: u64) -> f64 {
        let warm_up = self.warm_up();
        if update < warm_up {
            return (update + 1) as f64 / (warm_up + 1) as f64;
        }
        let since = update - warm_up;
        match self {
            RateSchedule::Constant { .. } => 1.0,
            RateSchedule::Step { every, factor, .. } => {
                libm::pow(factor, (since / every.max(1)) as f64)
            }
            RateSchedule::Cosine { updates, floor, .. } => {
                if since >= updates {
                    return floor;
                }
                let turn = PI * since as f64 / updates as f64;
                floor + (1.0 - floor) * (1.0 + libm::cos(turn)) / 2.0
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_factors(schedule: RateSchedule, expected: &[f64]) {
        for (update, expected) in expected.iter().enumerate() {
            let factor = schedule.factor(update as u64);
            assert!(
                (factor - expected).abs() <= 1e-15,
                "{schedule:?} at {update}: {factor} is not {expected}"
            );
        }
    }

    /// PyTorch 2.15, `param_groups[0]["lr"]` of an SGD with rate 1 before each update:
    /// `StepLR(3, 0.5)`, `CosineAnnealingLR(5, 0.1)`.
    #[test]
    fn step_and_cosine_equal_pytorch() {
        let step = RateSchedule::Step {
            every: 3,
            factor: 0.5,
            warm_up: 0,
        };
        assert_factors(step, &[1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25]);
        let cosine = RateSchedule::Cosine {
            updates: 5,
            floor: 0.1,
            warm_up: 0,
        };
        assert_factors(
            cosine,
            &[
                1.0,
                0.9140576474687263,
                0.6890576474687263,
                0.41094235253127365,
                0.1859423525312737,
                0.1,
            ],
        );
    }

    /// PyTorch 2.15: `LinearLR(start_factor=1 / (w + 1), total_iters=w)` alone, and in a `SequentialLR` before
    /// `StepLR(2, 0.1)` and before `CosineAnnealingLR(4)`.
    #[test]
    fn warm_up_equals_pytorch_alone_and_before_the_others() {
        let constant = RateSchedule::Constant { warm_up: 4 };
        assert_factors(constant, &[0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 1.0]);
        let step = RateSchedule::Step {
            every: 2,
            factor: 0.1,
            warm_up: 3,
        };
        assert_factors(step, &[0.25, 0.5, 0.75, 1.0, 1.0, 0.1, 0.1, 0.01]);
        let cosine = RateSchedule::Cosine {
            updates: 4,
            floor: 0.0,
            warm_up: 2,
        };
        assert_factors(
            cosine,
            &[
                1.0 / 3.0,
                2.0 / 3.0,
                1.0,
                0.8535533905932737,
                0.5,
                0.14644660940672627,
                0.0,
            ],
        );
    }

    #[test]
    fn the_cosine_stays_at_its_floor_and_the_full_rate_is_full() {
        let cosine = RateSchedule::Cosine {
            updates: 5,
            floor: 0.1,
            warm_up: 1,
        };
        assert_eq!(
            [6, 7, 11, u64::MAX].map(|update| cosine.factor(update)),
            [0.1; 4]
        );
        assert_eq!(
            [0, 1, u64::MAX].map(|update| RateSchedule::FULL.factor(update)),
            [1.0; 3]
        );
    }
}
