//! Losses, averaged as PyTorch averages them; padding does not count.
//!
//! - Mean squared error: the mean of (y − target)² over steps, batch and outputs; ∂L/∂y = 2 (y − target) / count.
//! - Cross-entropy: the mean over steps and batch of −log softmax(y)[class]; ∂L/∂y = (softmax(y) − onehot) / count.

use super::Real;
use super::kernel::{Floor, Functions, Lane};
use ndarray::{Array2, Array3, ArrayView1, s};
use pulp::Scalar;
use std::ops::Range;

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

/// What the output of one sequence at one step should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wanted<'a, T> {
    /// These numbers.
    Values(ArrayView1<'a, T>),
    /// The class at this index.
    Class(usize),
}

impl<T> Target<T> {
    /// What the first sequence's output at array index `step` should be, if there is such a step.
    pub fn first_at(&self, step: usize) -> Option<Wanted<'_, T>> {
        match self {
            Target::Values(values) => {
                let (steps, batch, _) = values.dim();
                (step < steps && batch > 0).then(|| Wanted::Values(values.slice(s![step, 0, ..])))
            }
            Target::Classes(classes) => classes.get((step, 0)).map(|&class| Wanted::Class(class)),
        }
    }
}

impl Loss {
    /// The loss of `y`, `[steps, batch, outputs]`. `d_y` receives its adjoint, `terms` the share of each step.
    ///
    /// Of a sequence only the steps before its entry of `lengths` count, each as much as any other; padding has no part.
    ///
    /// A target of the other kind than the loss has no meaning; its loss is not a number.
    pub fn evaluate<T: Real>(
        self,
        y: &Array3<T>,
        target: &Target<T>,
        lengths: &[usize],
        d_y: &mut Array3<T>,
        terms: &mut [f64],
    ) -> f64 {
        let steps = y.dim().0;
        let valid: usize = lengths.iter().map(|&length| length.min(steps)).sum();
        terms.fill(0.0);
        d_y.fill(T::ZERO);
        self.add(y, target, lengths, 0..lengths.len(), valid, d_y, terms);
        terms.iter().sum()
    }

    /// Adds to `terms` what the sequences `rows` of a batch have in the loss of more sequences than these, with `valid`
    /// steps in all: added in the same order, `terms` get the same bits however the sequences were cut into batches. The
    /// rest is as in [`evaluate`](Self::evaluate).
    #[allow(
        clippy::too_many_arguments,
        reason = "what is compared, how much of it, and two records"
    )]
    pub fn add<T: Real>(
        self,
        y: &Array3<T>,
        target: &Target<T>,
        lengths: &[usize],
        rows: Range<usize>,
        valid: usize,
        d_y: &mut Array3<T>,
        terms: &mut [f64],
    ) {
        let outputs = y.dim().2;
        match (self, target) {
            (Loss::MeanSquaredError, Target::Values(target)) => {
                let count = (valid * outputs) as f64;
                let slope = T::of(2.0 / count);
                for (t, term) in terms.iter_mut().enumerate() {
                    for b in rows.clone().filter(|&b| t < lengths[b]) {
                        for output in 0..outputs {
                            let at = [t, b, output];
                            let error = y[at] - target[at];
                            d_y[at] = (slope * error).flush(Floor::Adjoint);
                            *term += error.widen() * error.widen() / count;
                        }
                    }
                }
            }
            (Loss::CrossEntropy, Target::Classes(classes)) => {
                let count = valid as f64;
                let share = T::of(1.0 / count);
                for (t, term) in terms.iter_mut().enumerate() {
                    for b in rows.clone().filter(|&b| t < lengths[b]) {
                        let (y, class) = (y.slice(s![t, b, ..]), classes[[t, b]]);
                        let mut d_y = d_y.slice_mut(s![t, b, ..]);
                        // Shifted by the largest, so that no exponential overflows.
                        let larger = |largest: T, &y: &T| if largest < y { y } else { largest };
                        let largest = y.iter().fold(y[0], larger);
                        let mut sum = T::ZERO;
                        for (d_y, &y) in d_y.iter_mut().zip(y) {
                            *d_y = exp(y - largest).flush(Floor::Value);
                            sum += *d_y;
                        }
                        for (output, d_y) in d_y.iter_mut().enumerate() {
                            let onehot = if output == class { T::ONE } else { T::ZERO };
                            *d_y = ((*d_y / sum - onehot) * share).flush(Floor::Adjoint);
                        }
                        let log = libm::log(sum.widen()) + (largest - y[class]).widen();
                        *term += log / count;
                    }
                }
            }
            _ => terms.fill(f64::NAN),
        }
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
        let lengths = vec![y.dim().0; y.dim().1];
        let value = loss.evaluate(&y, &target, &lengths, &mut d_y, &mut terms);
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
