//! Made-up problems whose difficulty is known: the registry and what a task is.
//!
//! A new task is one file beside this one, which implements [`Task`], and one line in [`ALL`]. The tests here then hold it
//! to what all tasks promise.

pub mod adding;
pub mod latch;
mod parameters;
pub mod sine;

use super::dataset::{Dataset, Labels, Span, Targets};
use super::scale::Scaler;
use crate::random::Stream;
use ndarray::Array2;

pub use adding::Adding;
pub use latch::Latch;
pub use parameters::{MAX_ROWS, Parameter, ParameterError, ParameterProblem, Parameters};
pub use sine::Sine;

/// Every task, in the order in which a learner meets them.
pub static ALL: &[&dyn Task] = &[&Sine, &Latch, &Adding];

/// The task called `name`.
pub fn by_name(name: &str) -> Option<&'static dyn Task> {
    ALL.iter().copied().find(|task| task.name() == name)
}

/// The name of the task nearest to a name that is none, to offer it.
pub fn nearest_name(name: &str) -> Option<&'static str> {
    super::nearest::nearest(name, ALL.iter().map(|task| task.name()))
}

/// A made-up problem.
pub trait Task: Sync {
    /// The name in an experiment's text.
    fn name(&self) -> &'static str;
    /// The name on the screen.
    fn title(&self) -> &'static str;
    /// What is given and what is asked, in one or two sentences.
    fn definition(&self) -> &'static str;
    /// Where it comes from: authors, year, title.
    fn source(&self) -> &'static str;
    /// What one learns from it, in a sentence.
    fn teaches(&self) -> &'static str;
    /// What can be set. Every task has `length`, `train_sequences` and `test_sequences`.
    fn parameters(&self) -> &'static [Parameter];
    /// Makes the sequences: training first, then test, one after the other. Equal streams give equal bits.
    fn generate(&self, parameters: &Parameters, stream: &mut Stream) -> Dataset;
    /// The expected loss of the best answer that looks at no input: mean squared error for values, cross-entropy in nats
    /// for classes. A model must be below it to have learned anything.
    fn loss_of_knowing_nothing(&self, parameters: &Parameters) -> f64;
}

/// Where the sequences of a task lie: `count` of them, each `length` rows, one after the other.
struct Layout {
    length: usize,
    train: usize,
    test: usize,
}

impl Layout {
    fn of(parameters: &Parameters) -> Self {
        Self {
            length: parameters.whole("length"),
            train: parameters.whole("train_sequences"),
            test: parameters.whole("test_sequences"),
        }
    }

    fn rows(&self) -> usize {
        (self.train + self.test) * self.length
    }

    /// The first row of each sequence.
    fn starts(&self) -> impl Iterator<Item = usize> {
        let length = self.length;
        (0..self.train + self.test).map(move |sequence| sequence * length)
    }

    /// The data set of sequences laid out so, unscaled.
    fn dataset(
        &self,
        inputs: (Array2<f64>, &[&str]),
        targets: Targets,
        outputs: &[&str],
        every_step: bool,
    ) -> Dataset {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let mut spans = self.starts().map(|start| Span {
            start,
            len: self.length,
        });
        let (inputs, input_names) = inputs;
        Dataset {
            input_names: owned(input_names),
            output_names: owned(outputs),
            inputs,
            targets,
            train: spans.by_ref().take(self.train).collect(),
            test: spans.collect(),
            every_step,
            input_scalers: vec![Scaler::IDENTITY; input_names.len()],
            output_scalers: vec![Scaler::IDENTITY; outputs.len()],
            labels: Labels::Steps {
                seq_len: self.length,
            },
            naive: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn small(task: &dyn Task) -> Parameters {
        let given = [
            ("length", 12.0),
            ("train_sequences", 4000.0),
            ("test_sequences", 30.0),
        ];
        let given: BTreeMap<String, f64> =
            given.map(|(name, value)| (name.to_owned(), value)).into();
        Parameters::validated(task, &given).unwrap()
    }

    /// The loss of the best constant answer on the training sequences themselves, at the steps where targets count.
    fn loss_of_best_constant(data: &Dataset) -> f64 {
        let counted: Vec<usize> = data
            .train
            .iter()
            .flat_map(|span| {
                if data.every_step {
                    span.rows()
                } else {
                    span.last_row()..span.last_row() + 1
                }
            })
            .collect();
        let n = counted.len() as f64;
        match &data.targets {
            Targets::Values(values) => {
                let mean = counted.iter().map(|&row| values[[row, 0]]).sum::<f64>() / n;
                counted
                    .iter()
                    .map(|&row| (values[[row, 0]] - mean).powi(2))
                    .sum::<f64>()
                    / n
            }
            Targets::Classes { of_row, names } => (0..names.len())
                .map(|class| counted.iter().filter(|&&row| of_row[row] == class).count() as f64 / n)
                .filter(|&share| share > 0.0)
                .map(|share| -share * share.ln())
                .sum(),
        }
    }

    #[test]
    fn knowing_nothing_costs_what_the_best_constant_answer_costs() {
        for &task in ALL {
            let parameters = small(task);
            let data = task.generate(&parameters, &mut Stream::new(3, "data"));
            let (stated, measured) = (
                task.loss_of_knowing_nothing(&parameters),
                loss_of_best_constant(&data),
            );
            // 4000 sequences: the loss varies by about 1.5 % or less from one draw to the next.
            assert!(
                (measured / stated - 1.0).abs() < 0.06,
                "{}: {measured} is not {stated}",
                task.name()
            );
        }
    }

    #[test]
    fn every_task_is_whole_and_the_same_for_the_same_stream() {
        for &task in ALL {
            let parameters = small(task);
            let data = task.generate(&parameters, &mut Stream::new(3, "data"));
            assert_eq!(
                data,
                task.generate(&parameters, &mut Stream::new(3, "data")),
                "{}",
                task.name()
            );
            assert_ne!(
                data,
                task.generate(&parameters, &mut Stream::new(4, "data")),
                "{}",
                task.name()
            );
            assert_eq!((data.train.len(), data.test.len()), (4000, 30));
            assert_eq!(data.inputs.nrows(), 4030 * 12);
            assert_eq!(data.test[29].rows().end, data.inputs.nrows());
            assert_eq!(data.input_size(), data.input_names.len());
            assert_eq!(data.output_size(), data.output_names.len());
            assert_eq!(data.input_scalers.len(), data.input_size());
            assert_eq!(data.output_scalers.len(), data.output_size());
            assert_eq!(
                (data.target_label(13).as_str(), data.target_position(13)),
                ("2", 2.0)
            );
            assert!(data.inputs.iter().all(|x| x.is_finite()));
        }
    }

    #[test]
    fn every_task_works_at_the_ends_of_its_parameters() {
        for &task in ALL {
            for parameter in task.parameters() {
                let base = [
                    ("length", 2.0),
                    ("train_sequences", 1.0),
                    ("test_sequences", 1.0),
                ];
                for value in [parameter.min, parameter.max] {
                    let mut given: BTreeMap<String, f64> =
                        base.map(|(name, value)| (name.to_owned(), value)).into();
                    given.insert(parameter.name.to_owned(), value);
                    let parameters = Parameters::validated(task, &given).unwrap();
                    let data = task.generate(&parameters, &mut Stream::new(1, "data"));
                    assert!(
                        data.inputs.iter().all(|x| x.is_finite()),
                        "{} {}",
                        task.name(),
                        parameter.name
                    );
                    assert!(task.loss_of_knowing_nothing(&parameters).is_finite());
                }
            }
        }
    }

    #[test]
    fn names_are_unique_and_found() {
        for &task in ALL {
            assert_eq!(by_name(task.name()).map(Task::title), Some(task.title()));
            for text in [task.definition(), task.teaches(), task.source()] {
                assert!(text.ends_with('.'), "{text}");
            }
        }
        assert!(by_name("addition").is_none());
        assert_eq!(nearest_name("addng"), Some("adding"));
    }
}
