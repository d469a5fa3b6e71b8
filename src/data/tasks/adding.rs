//! The adding problem.
//!
//! Two inputs a step: a value drawn evenly from [0, 1), and a marker that is 1 at two steps and 0 elsewhere, one in each
//! half of the sequence. Asked at the last step: the sum of the two marked values.
//!
//! Sources: Hochreiter and Schmidhuber 1997, “Long Short-Term Memory”, experiment 4; in the form of Le, Jaitly and Hinton
//! 2015, “A Simple Way to Initialize Recurrent Networks of Rectified Linear Units”. Deviations from the former: values from
//! [0, 1) instead of [−1, 1], no marker −1 at the ends, the sum itself instead of 0.5 + sum/4, and all sequences of one length
//! unless `min_length` says otherwise.
//!
//! Knowing nothing: the sum has mean 1 and variance 2 · 1/12 = 1/6, the mean squared error of answering 1. (Le et al.
//! print 0.1767.)

use ndarray::Array2;

use super::{Answers, Dataset, Layout, Parameter, Parameters, Stream, Targets, Task};

/// The adding problem, see the [module](self).
pub struct Adding;

impl Task for Adding {
    fn name(&self) -> &'static str {
        "adding"
    }

    fn title(&self) -> &'static str {
        "Adding problem"
    }

    fn definition(&self) -> &'static str {
        "Each step brings a random value and a marker; two steps are marked. At the end, answer the sum of the two marked \
         values."
    }

    fn source(&self) -> &'static str {
        "Hochreiter and Schmidhuber 1997, Long Short-Term Memory; as in Le, Jaitly and Hinton 2015, A Simple Way to \
         Initialize Recurrent Networks of Rectified Linear Units."
    }

    fn teaches(&self) -> &'static str {
        "To keep a number over many steps, and to let in only what counts."
    }

    fn parameters(&self) -> &'static [Parameter] {
        const ALL: &[Parameter] = &[
            Parameter::length(100.0),
            Parameter::MIN_LENGTH,
            Parameter::TRAIN_SEQUENCES,
            Parameter::TEST_SEQUENCES,
        ];
        ALL
    }

    fn input_size(&self, _: &Parameters) -> usize {
        2
    }

    fn generate(&self, parameters: &Parameters, stream: &mut Stream) -> Dataset {
        let layout = Layout::of(parameters, stream);
        let mut inputs = Array2::zeros((layout.rows(), 2));
        let mut targets = Array2::zeros((layout.rows(), 1));
        for span in layout.spans() {
            let half = span.len / 2;
            for row in span.rows() {
                inputs[[row, 0]] = stream.uniform(0.0, 1.0);
            }
            let marked = [
                span.start + stream.below(half),
                span.start + half + stream.below(span.len - half),
            ];
            let mut sum = 0.0;
            for row in marked {
                inputs[[row, 1]] = 1.0;
                sum += inputs[[row, 0]];
            }
            // Only the last step's target counts; the others repeat it so that a sequence has one answer.
            targets.slice_mut(ndarray::s![span.rows(), 0]).fill(sum);
        }
        layout.dataset(
            (inputs, &["value", "marker"]),
            Targets::Values(targets),
            &["sum"],
            Answers::Last,
        )
    }

    fn loss_of_knowing_nothing(&self, _: &Parameters) -> f64 {
        1.0 / 6.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn the_target_is_the_sum_of_the_two_marked_values_one_in_each_half() {
        for (length, min_length) in [(2.0, 2.0), (7.0, 7.0), (9.0, 2.0)] {
            let given = BTreeMap::from([
                ("length".to_owned(), length),
                ("min_length".to_owned(), min_length),
            ]);
            let parameters = Parameters::validated(&Adding, &given).unwrap();
            let data = Adding.generate(&parameters, &mut Stream::new(5, "data"));
            let Targets::Values(targets) = &data.targets else {
                panic!("values expected")
            };
            for span in data.train.iter().chain(&data.test) {
                let marked: Vec<usize> = span
                    .rows()
                    .filter(|&row| data.inputs[[row, 1]] == 1.0)
                    .collect();
                let middle = span.start + span.len / 2;
                assert!(
                    marked.len() == 2 && marked[0] < middle && marked[1] >= middle,
                    "{marked:?}"
                );
                let sum = data.inputs[[marked[0], 0]] + data.inputs[[marked[1], 0]];
                assert_eq!(targets[[span.last_row(), 0]], sum);
            }
        }
    }
}
