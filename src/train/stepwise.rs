//! The mean loss over those steps of a batch that count, where not all of them do.
//!
//! A window of a series that answers at every step reaches back over the split: most of its answers are of another part than
//! the last one. Each answer counts in the part that its own targets are of, and in no other.

use crate::nn::{Loss, Real, Target};
use ndarray::{Array2, Array3, s};

/// Room for the outputs of one step.
pub(super) struct Stepwise<T> {
    /// `[1, batch, outputs]`.
    y: Array3<T>,
    d_y: Array3<T>,
    target: Target<T>,
    /// 1 for the sequences whose step counts, else 0.
    lengths: Vec<usize>,
}

impl<T: Real> Stepwise<T> {
    /// Room for a step of a batch whose targets are like `target`.
    pub fn new(target: &Target<T>, batch: usize, outputs: usize) -> Self {
        let zeros = || Array3::from_elem((1, batch, outputs), T::ZERO);
        Self {
            y: zeros(),
            d_y: zeros(),
            target: match target {
                Target::Values(_) => Target::Values(zeros()),
                Target::Classes(_) => Target::Classes(Array2::zeros((1, batch))),
            },
            lengths: vec![0; batch],
        }
    }

    /// The loss over the steps of `y`, `[steps, batch, outputs]`, for which `counts` says so, summed over steps and sequences,
    /// and how many that are. `counts` is asked with the step and the sequence.
    pub fn sum(
        &mut self,
        loss: Loss,
        y: &Array3<T>,
        target: &Target<T>,
        counts: impl Fn(usize, usize) -> bool,
    ) -> (f64, usize) {
        let (mut sum, mut count) = (0.0, 0);
        for step in 0..y.dim().0 {
            for (sequence, length) in self.lengths.iter_mut().enumerate() {
                *length = usize::from(counts(step, sequence));
            }
            let counted: usize = self.lengths.iter().sum();
            if counted == 0 {
                continue;
            }
            self.y.assign(&y.slice(s![step..step + 1, .., ..]));
            match (&mut self.target, target) {
                (Target::Values(one), Target::Values(all)) => {
                    one.assign(&all.slice(s![step..step + 1, .., ..]));
                }
                (Target::Classes(one), Target::Classes(all)) => {
                    one.assign(&all.slice(s![step..step + 1, ..]));
                }
                _ => {}
            }
            let (target, lengths) = (&self.target, &self.lengths);
            let mean = loss.evaluate(&self.y, target, lengths, &mut self.d_y, &mut [0.0]);
            sum += mean * counted as f64;
            count += counted;
        }
        (sum, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// By hand: errors 1, −2 in the first step, 0, 3 in the second; the first sequence's first step does not count.
    #[test]
    fn what_does_not_count_has_no_part_in_the_loss() {
        let y = array![[[1.0], [0.0]], [[5.0], [4.0]]];
        let target = Target::Values(array![[[0.0], [2.0]], [[5.0], [1.0]]]);
        let mut stepwise = Stepwise::new(&target, 2, 1);
        let mut sum = |counts: &dyn Fn(usize, usize) -> bool| {
            stepwise.sum(Loss::MeanSquaredError, &y, &target, counts)
        };
        assert_eq!(sum(&|step, sequence| step + sequence > 0), (13.0, 3));
        assert_eq!(sum(&|step, _| step == 1), (9.0, 2));
        assert_eq!(sum(&|_, _| true), (14.0, 4));
        assert_eq!(sum(&|_, _| false), (0.0, 0));
        let classes = Target::Classes(array![[0, 1]]);
        let mut stepwise = Stepwise::new(&classes, 2, 2);
        let y = array![[[3.0, 3.0], [700.0, 0.0]]];
        let (sum, n) = stepwise.sum(Loss::CrossEntropy, &y, &classes, |_, sequence| {
            sequence == 0
        });
        assert!((sum - std::f64::consts::LN_2).abs() < 1e-15 && n == 1);
    }
}
