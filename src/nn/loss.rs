//! Losses, averaged as PyTorch averages them.
//!
//! - Mean squared error: the mean of (y − target)² over steps, batch and outputs; ∂L/∂y = 2 (y − target) / count.
//! - Cross-entropy: the mean over steps and batch of −log softmax(y)[class]; ∂L/∂y = (softmax(y) − onehot) / count.

use super::Real;
use super::kernel::Lane;
use ndarray::{Array2, Array3};
use pulp::Scalar;

/// A loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Mean squared error.
    MeanSquaredError,
    /// Cross-entropy of classes.
    CrossEntropy,
}

impl Loss {
    /// The name on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Loss::MeanSquaredError => "mean squared error",
            Loss::CrossEntropy => "cross-entropy",
        }
    }
}

/// What the outputs should be.
#[derive(Clone, Debug, PartialEq)]
pub enum Target<T> {
    /// Numbers, the shape of the outputs.
    Values(Array3<T>),
    /// The index of the right class, `[steps, batch]`.
    Classes(Array2<usize>),
}

impl Loss {
    /// The loss of `y`, `[steps, batch, outputs]`. `d_y` receives its adjoint, `terms` the share of each step.
    ///
    /// A target of the other kind than the loss has no meaning; its loss is not a number.
    pub fn evaluate<T: Real>(
        self,
        y: &Array3<T>,
        target: &Target<T>,
        d_y: &mut Array3<T>,
        terms: &mut [f64],
    ) -> f64 {
        let (_, batch, outputs) = y.dim();
        terms.fill(0.0);
        match (self, target) {
            (Loss::MeanSquaredError, Target::Values(target)) => {
                let count = y.len() as f64;
                let slope = T::of(2.0 / count);
                for ((&y, &target), (index, d_y)) in
                    y.iter().zip(target).zip(d_y.iter_mut().enumerate())
                {
                    let error = y - target;
                    *d_y = slope * error;
                    terms[index / (batch * outputs)] += error.widen() * error.widen() / count;
                }
            }
            (Loss::CrossEntropy, Target::Classes(classes)) => {
                let count = classes.len() as f64;
                let share = T::of(1.0 / count);
                for (index, ((y, mut d_y), &class)) in y
                    .lanes(ndarray::Axis(2))
                    .into_iter()
                    .zip(d_y.lanes_mut(ndarray::Axis(2)))
                    .zip(classes)
                    .enumerate()
                {
                    // Shifted by the largest, so that no exponential overflows.
                    let largest = y
                        .iter()
                        .fold(y[0], |largest, &y| if largest < y { y } else { largest });
                    let mut sum = T::ZERO;
                    for (d_y, &y) in d_y.iter_mut().zip(y) {
                        *d_y = exp(y - largest);
                        sum += *d_y;
                    }
                    let probability = |e: T| e / sum;
                    for (output, d_y) in d_y.iter_mut().enumerate() {
                        let onehot = if output == class { T::ONE } else { T::ZERO };
                        *d_y = (probability(*d_y) - onehot) * share;
                    }
                    let log = libm::log(sum.widen()) + (largest - y[class]).widen();
                    terms[index / batch] += log / count;
                }
            }
            _ => terms.fill(f64::NAN),
        }
        terms.iter().sum()
    }
}

fn exp<T: Real>(x: T) -> T {
    let mut value = [T::ZERO];
    T::Lane::<Scalar>::splat(Scalar::new(), x)
        .exp()
        .store(&mut value);
    value[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn evaluate(loss: Loss, y: Array3<f64>, target: Target<f64>) -> (f64, Array3<f64>, Vec<f64>) {
        let mut d_y = Array3::zeros(y.dim());
        let mut terms = vec![0.0; y.dim().0];
        let value = loss.evaluate(&y, &target, &mut d_y, &mut terms);
        (value, d_y, terms)
    }

    /// By hand: errors 1, −2, 0, 3 give (1 + 4 + 0 + 9) / 4 and slopes 2 · error / 4.
    #[test]
    fn squared_error_by_hand() {
        let y = array![[[1.0], [0.0]], [[5.0], [4.0]]];
        let (loss, d_y, terms) = evaluate(
            Loss::MeanSquaredError,
            y,
            Target::Values(array![[[0.0], [2.0]], [[5.0], [1.0]]]),
        );
        assert_eq!(loss, 3.5);
        assert_eq!(d_y, array![[[0.5], [-1.0]], [[0.0], [1.5]]]);
        assert_eq!(terms, [1.25, 2.25]);
    }

    /// Two equal outputs: ln 2 whatever the class, slopes ∓ ½. Far apart: no overflow.
    #[test]
    fn cross_entropy_by_hand() {
        let (loss, d_y, _) = evaluate(
            Loss::CrossEntropy,
            array![[[3.0, 3.0]]],
            Target::Classes(array![[1]]),
        );
        assert!((loss - std::f64::consts::LN_2).abs() < 1e-15);
        assert_eq!(d_y, array![[[0.5, -0.5]]]);
        let (loss, d_y, _) = evaluate(
            Loss::CrossEntropy,
            array![[[1000.0, -1000.0]]],
            Target::Classes(array![[1]]),
        );
        assert_eq!(loss, 2000.0);
        assert_eq!(d_y, array![[[1.0, -1.0]]]);
    }
}
