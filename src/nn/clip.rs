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
        let norm = Norm::of(lanes, gradient);
        let as_it_was = Clipped {
            norm_before: norm.widened(),
            norm_after: norm.widened(),
            clipped: false,
        };
        match self {
            Clip::Off => as_it_was,
            Clip::Norm(max_norm) => match norm.limit(lanes, gradient, max_norm) {
                Some(norm_after) => Clipped {
                    norm_after,
                    clipped: true,
                    ..as_it_was
                },
                None => as_it_was,
            },
            Clip::Value(limit) => {
                let limit = T::of(limit);
                if gradient.iter().any(|&g| g > limit || g < -limit) {
                    lanes.for_each_unit(Clamp {
                        limit,
                        values: gradient,
                    });
                    Clipped {
                        norm_after: Norm::of(lanes, gradient).widened(),
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

/// A Euclidean norm. Where finite values are so large that the sum of their squares is not (in f32 from 2·10¹⁹ on), it is taken of
/// their ratios to the largest of them: a norm is infinite only where a value is, or where f64 holds no such number.
///
/// Deviation from PyTorch, where the norm in f32 is infinite then, the coefficient of clipping 0, and a gradient of zeros makes an
/// update that learns nothing.
#[derive(Clone, Copy, Debug)]
enum Norm<T> {
    /// It is this.
    Plain(T),
    /// It is `largest` times `ratio`, which together may be more than can be held.
    Scaled {
        /// The largest magnitude.
        largest: f64,
        /// The norm of all values divided by that: from 1 to the root of how many there are.
        ratio: f64,
    },
}

impl<T: Real> Norm<T> {
    fn of(lanes: Lanes, values: &[T]) -> Self {
        let sum = reduce::sum_of_squares(lanes, values);
        if sum.is_finite() {
            return Norm::Plain(sum.sqrt());
        }
        if !values.iter().all(|value| value.is_finite()) {
            return Norm::Plain(sum.sqrt());
        }
        let sizes = values.iter().map(|value| value.widen().abs());
        let largest = sizes.clone().fold(0.0, f64::max);
        let squares = sizes.map(|size| (size / largest) * (size / largest));
        Norm::Scaled {
            largest,
            ratio: squares.sum::<f64>().sqrt(),
        }
    }

    fn widened(self) -> f64 {
        match self {
            Norm::Plain(norm) => norm.widen(),
            Norm::Scaled { largest, ratio } => largest * ratio,
        }
    }

    /// Makes values of this norm shorter where that is above `max_norm`; gives the norm that they have then.
    fn limit(self, lanes: Lanes, values: &mut [T], max_norm: f64) -> Option<f64> {
        match self {
            Norm::Plain(norm) => {
                let coefficient = T::of(max_norm) / (norm + T::of(1e-6));
                if coefficient < T::ONE {
                    scale(lanes, values, coefficient);
                    return Some((norm * coefficient).widen());
                }
                None
            }
            Norm::Scaled { largest, ratio } => {
                if self.widened() <= max_norm {
                    return None;
                }
                // In two steps: the coefficient alone may be less than can be held. Beside such a norm 10⁻⁶ is nothing.
                for value in values.iter_mut() {
                    *value = T::of(value.widen() / largest);
                }
                scale(lanes, values, T::of(max_norm / ratio));
                Some(max_norm)
            }
        }
    }
}

/// Multiplies values by a factor; what would be below the floor of adjoints becomes 0.
fn scale<T: Real>(lanes: Lanes, values: &mut [T], factor: T) {
    lanes.for_each_unit(Scale {
        factor,
        smallest: T::of(Floor::Adjoint.size::<T>()) / factor,
        values,
    });
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

    /// In f32 a square of more than 1.8·10¹⁹ is infinite, in f64 one of more than 1.3·10¹⁵⁴.
    #[test]
    fn finite_gradients_whose_squares_are_not_are_clipped_to_their_direction() {
        for lanes in [Lanes::detect(), Lanes::plain()] {
            let mut single = [3e25_f32, -4e25, 0.0, 1.0];
            let clipped = Clip::Norm(2.0).apply(lanes, &mut single);
            assert!((single[0] - 1.2).abs() < 1e-6 && (single[1] + 1.6).abs() < 1e-6);
            assert!(single[2] == 0.0 && single[3].abs() < 1e-20, "{single:?}");
            assert!(
                (clipped.norm_before / 5e25 - 1.0).abs() < 1e-6,
                "{clipped:?}"
            );
            assert_eq!((clipped.norm_after, clipped.clipped), (2.0, true));

            let mut double = [3e200_f64, -4e200];
            let clipped = Clip::Norm(1.0).apply(lanes, &mut double);
            assert!((double[0] - 0.6).abs() < 1e-15 && (double[1] + 0.8).abs() < 1e-15);
            assert!((clipped.norm_before / 5e200 - 1.0).abs() < 1e-15);

            // Even a norm that f64 does not hold.
            let mut most = [1.5e308_f64; 4];
            let clipped = Clip::Norm(1.0).apply(lanes, &mut most);
            assert!(most.iter().all(|g| (g - 0.5).abs() < 1e-15), "{most:?}");
            assert_eq!(
                (clipped.norm_before, clipped.norm_after),
                (f64::INFINITY, 1.0)
            );

            let mut left = [3e25_f32, -4e25];
            let clipped = Clip::Off.apply(lanes, &mut left);
            assert_eq!(left, [3e25, -4e25]);
            assert!((clipped.norm_before / 5e25 - 1.0).abs() < 1e-6 && !clipped.clipped);
            let clipped = Clip::Norm(6e25).apply(lanes, &mut left);
            assert!(left == [3e25, -4e25] && !clipped.clipped, "{clipped:?}");
            let clipped = Clip::Value(2e25).apply(lanes, &mut left);
            assert_eq!(left, [2e25, -2e25]);
            assert!((clipped.norm_after / 2.828_427_1e25 - 1.0).abs() < 1e-6);
        }
    }

    /// What is infinite makes the whole gradient no number, as in PyTorch: the run ends, and its end can be looked into.
    #[test]
    fn an_infinite_gradient_is_not_made_a_finite_one() {
        let mut gradient = [f32::INFINITY, 1.0];
        let clipped = Clip::Norm(1.0).apply(Lanes::detect(), &mut gradient);
        assert!(gradient[0].is_nan(), "{gradient:?}");
        assert_eq!(clipped.norm_before, f64::INFINITY);
    }

    #[test]
    fn what_is_not_a_number_is_not_hidden() {
        let mut gradient = [f64::NAN, 2.0, f64::NEG_INFINITY];
        let clipped = Clip::Value(1.0).apply(Lanes::detect(), &mut gradient);
        assert!(gradient[0].is_nan() && gradient[1..] == [1.0, -1.0]);
        assert!(clipped.norm_before.is_nan() && clipped.norm_after.is_nan());
    }
}
