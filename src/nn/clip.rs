//! Clipping by global norm (Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent neural networks").
//!
//! With N the Euclidean norm of all gradients together, every gradient is multiplied by
//! min(1, max_norm / (N + 10⁻⁶)): PyTorch's `clip_grad_norm_`.

use super::kernel::{Lane, Lanes, Pointwise, Real, reduce};

/// Whether and how gradients are limited before an update.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clip {
    /// They are used as they are.
    Off,
    /// Their global norm is brought down to at most this.
    Norm(f64),
}

/// What clipping found and did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clipped {
    /// The global norm before.
    pub norm_before: f64,
    /// The global norm after: `norm_before` times the coefficient.
    pub norm_after: f64,
    /// Whether the coefficient was below 1.
    pub clipped: bool,
}

impl Clip {
    /// The limit, if there is one.
    pub fn max_norm(self) -> Option<f64> {
        match self {
            Clip::Off => None,
            Clip::Norm(max_norm) => Some(max_norm),
        }
    }

    /// Clips `gradient` in place.
    pub fn apply<T: Real>(self, lanes: Lanes, gradient: &mut [T]) -> Clipped {
        let norm = reduce::sum_of_squares(lanes, gradient).sqrt();
        let norm_before = norm.widen();
        let Clip::Norm(max_norm) = self else {
            return Clipped {
                norm_before,
                norm_after: norm_before,
                clipped: false,
            };
        };
        let coefficient = T::of(max_norm) / (norm + T::of(1e-6));
        if coefficient < T::ONE {
            lanes.for_each_unit(Scale {
                factor: coefficient,
                values: gradient,
            });
            Clipped {
                norm_before,
                norm_after: (norm * coefficient).widen(),
                clipped: true,
            }
        } else {
            Clipped {
                norm_before,
                norm_after: norm_before,
                clipped: false,
            }
        }
    }
}

struct Scale<'a, T> {
    factor: T,
    values: &'a mut [T],
}

impl<T: Real> Pointwise for Scale<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.values.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let scaled = L::load(token, &self.values[unit..]) * L::splat(token, self.factor);
        scaled.store(&mut self.values[unit..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// torch.nn.utils.clip_grad_norm_ on (3, 4) with max_norm 1: coefficient 1 / (5 + 1e-6).
    #[test]
    fn scales_by_pytorchs_coefficient() {
        let mut gradient = [3.0, 4.0];
        let clipped = Clip::Norm(1.0).apply(Lanes::detect(), &mut gradient);
        let coefficient = 1.0 / (5.0 + 1e-6);
        assert_eq!(gradient, [3.0 * coefficient, 4.0 * coefficient]);
        assert_eq!(
            clipped,
            Clipped {
                norm_before: 5.0,
                norm_after: 5.0 * coefficient,
                clipped: true
            }
        );
    }

    #[test]
    fn leaves_small_gradients_alone() {
        let mut gradient = [0.3, 0.4];
        let clipped = Clip::Norm(1.0).apply(Lanes::detect(), &mut gradient);
        assert_eq!(gradient, [0.3, 0.4]);
        assert!(!clipped.clipped && clipped.norm_after == clipped.norm_before);
    }
}
