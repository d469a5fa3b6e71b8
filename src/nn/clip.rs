//! Limits on gradients before an update.
//!
//! - By global norm (Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent neural networks"): with N the
//!   Euclidean norm of all gradients together, every gradient is multiplied by min(1, max_norm / (N + 10⁻⁶)), which keeps
//!   the direction. PyTorch's `clip_grad_norm_`.
//! - By value: every gradient is brought into [−limit, limit] by itself, which turns the direction. PyTorch's
//!   `clip_grad_value_`.

use super::kernel::{Floor, Lane, Lanes, Pointwise, Real, reduce};

/// Whether and how gradients are limited before an update.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Clip {
    /// They are used as they are.
    Off,
    /// Their global norm is brought down to at most this.
    Norm(f64),
    /// Each is brought to at most this, and at least its negative.
    Value(f64),
}

/// What clipping found and did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clipped {
    /// The global norm before.
    pub norm_before: f64,
    /// The global norm after: by norm, `norm_before` times the coefficient; by value, the norm of what is left.
    pub norm_after: f64,
    /// Whether anything was changed: by norm, the coefficient was below 1; by value, a gradient was past the limit.
    pub clipped: bool,
}

impl Clip {
    /// The limit of the norm, if that is what is limited.
    pub fn max_norm(self) -> Option<f64> {
        match self {
            Clip::Norm(max_norm) => Some(max_norm),
            Clip::Off | Clip::Value(_) => None,
        }
    }

    /// Clips `gradient` in place.
    pub fn apply<T: Real>(self, lanes: Lanes, gradient: &mut [T]) -> Clipped {
        let norm = reduce::sum_of_squares(lanes, gradient).sqrt();
        let as_it_was = Clipped {
            norm_before: norm.widen(),
            norm_after: norm.widen(),
            clipped: false,
        };
        match self {
            Clip::Off => as_it_was,
            Clip::Norm(max_norm) => {
                let coefficient = T::of(max_norm) / (norm + T::of(1e-6));
                if coefficient < T::ONE {
                    lanes.for_each_unit(Scale {
                        factor: coefficient,
                        smallest: T::of(Floor::Adjoint.size::<T>()) / coefficient,
                        values: gradient,
                    });
                    Clipped {
                        norm_after: (norm * coefficient).widen(),
                        clipped: true,
                        ..as_it_was
                    }
                } else {
                    as_it_was
                }
            }
            Clip::Value(limit) => {
                let limit = T::of(limit);
                if gradient.iter().any(|&g| g > limit || g < -limit) {
                    lanes.for_each_unit(Clamp {
                        limit,
                        values: gradient,
                    });
                    Clipped {
                        norm_after: reduce::sum_of_squares(lanes, gradient).sqrt().widen(),
                        clipped: true,
                        ..as_it_was
                    }
                } else {
                    as_it_was
                }
            }
        }
    }
}

struct Scale<'a, T> {
    factor: T,
    /// What would be below the floor after the product.
    smallest: T,
    values: &'a mut [T],
}

impl<T: Real> Pointwise for Scale<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.values.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let (zero, smallest) = (L::splat(token, T::ZERO), L::splat(token, self.smallest));
        let value = L::load(token, &self.values[unit..]);
        let value = value.abs().if_less(smallest, zero, value);
        let scaled = value * L::splat(token, self.factor);
        scaled.store(&mut self.values[unit..]);
    }
}

struct Clamp<'a, T> {
    limit: T,
    values: &'a mut [T],
}

impl<T: Real> Pointwise for Clamp<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.values.len()
    }

    /// What is not a number stays so, as in PyTorch: a run that diverged must not look as if it had not.
    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let limit = L::splat(token, self.limit);
        let g = L::load(token, &self.values[unit..]);
        let g = g.if_less(-limit, -limit, g);
        let g = limit.if_less(g, limit, g);
        g.store(&mut self.values[unit..]);
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
        for clip in [Clip::Norm(1.0), Clip::Value(0.4), Clip::Off] {
            let mut gradient = [0.3, -0.4];
            let clipped = clip.apply(Lanes::detect(), &mut gradient);
            assert_eq!(gradient, [0.3, -0.4]);
            assert!(!clipped.clipped && clipped.norm_after == clipped.norm_before);
        }
    }

    /// PyTorch 2.15: torch.nn.utils.clip_grad_value_ with clip_value 0.5, and the norms before and after.
    #[test]
    fn brings_each_gradient_into_its_limits_as_pytorch_does() {
        for lanes in [Lanes::detect(), Lanes::plain()] {
            let mut gradient = [3.0, -0.2, -4.0, 0.5, 0.1];
            let clipped = Clip::Value(0.5).apply(lanes, &mut gradient);
            assert_eq!(gradient, [0.5, -0.2, -0.5, 0.5, 0.1]);
            assert!(clipped.clipped);
            assert!((clipped.norm_before - 5.029910535983717).abs() <= 1e-15 * 5.0);
            assert!((clipped.norm_after - 0.8944271909999159).abs() <= 1e-15);
        }
    }

    #[test]
    fn what_is_not_a_number_is_not_hidden() {
        let mut gradient = [f64::NAN, 2.0, f64::NEG_INFINITY];
        let clipped = Clip::Value(1.0).apply(Lanes::detect(), &mut gradient);
        assert!(gradient[0].is_nan() && gradient[1..] == [1.0, -1.0]);
        assert!(clipped.norm_before.is_nan() && clipped.norm_after.is_nan());
    }
}
