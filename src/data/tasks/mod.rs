//! Made-up problems whose difficulty is known: the registry and what a task is.
//!
//! A new task is one file beside this one, which implements [`Task`], and one line in [`ALL`]. The tests here then hold it
//! to what all tasks promise.

pub mod adding;
pub mod latch;
pub mod majority;
mod parameters;
pub mod reverse;
pub mod sine;
pub mod tagging;

use std::ops::RangeInclusive;

use super::dataset::{Answers, Dataset, Labels, Span, Targets};
use super::scale::Scaler;
use crate::random::Stream;
use ndarray::Array2;

pub use adding::Adding;
pub use latch::Latch;
pub use majority::Majority;
pub use parameters::{MAX_ROWS, Parameter, ParameterError, ParameterProblem, Parameters};
pub use reverse::Reverse;
pub use sine::Sine;
pub use tagging::Tagging;

/// Every task, in the order in which a learner meets them.
pub static ALL: &[&dyn Task] = &[&Sine, &Latch, &Adding, &Majority, &Tagging, &Reverse];

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
    /// What can be set. Every task has `length`, `min_length`, `train_sequences` and `test_sequences`.
    fn parameters(&self) -> &'static [Parameter];
    /// Makes the sequences: training first, then test, one after the other. Equal streams give equal bits.
    fn generate(&self, parameters: &Parameters, stream: &mut Stream) -> Dataset;
    /// The expected loss of the best answer that looks at no input: mean squared error for values, cross-entropy in nats
    /// for classes. A model must be below it to have learned anything.
    fn loss_of_knowing_nothing(&self, parameters: &Parameters) -> f64;
    /// The expected loss of the best answer that looks at the present and the past alone, where the future is needed too:
    /// no model that reads forward only can be below it. `None` where the future adds nothing.
    fn loss_of_knowing_the_past(&self, _: &Parameters) -> Option<f64> {
        None
    }
}

/// How long a task's sequences may be.
fn lengths(parameters: &Parameters) -> RangeInclusive<usize> {
    parameters.whole("min_length")..=parameters.whole("length")
}

/// The symbols of tasks that have an alphabet.
const LETTERS: [&str; 26] = [
    "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R", "S",
    "T", "U", "V", "W", "X", "Y", "Z",
];

/// The first letters, as many as the parameter `alphabet` says.
fn symbols(parameters: &Parameters) -> &'static [&'static str] {
    &LETTERS[..parameters.whole("alphabet").min(LETTERS.len())]
}

/// Where the sequences of a task lie: those to learn from, then those kept back, one after the other.
struct Layout {
    spans: Vec<Span>,
    train: usize,
}

impl Layout {
    /// Draws the length of each sequence evenly; draws nothing if all are of one length.
    fn of(parameters: &Parameters, stream: &mut Stream) -> Self {
        let train = parameters.whole("train_sequences");
        let (shortest, longest) = lengths(parameters).into_inner();
        let mut start = 0;
        let spans = (0..train + parameters.whole("test_sequences")).map(|_| {
            let len = if shortest < longest {
                shortest + stream.below(longest - shortest + 1)
            } else {
                longest
            };
            let span = Span { start, len };
            start += len;
            span
        });
        Self {
            spans: spans.collect(),
            train,
        }
    }

    fn rows(&self) -> usize {
        self.spans.last().map_or(0, |span| span.rows().end)
    }

    /// All sequences, those to learn from first.
    fn spans(&self) -> impl Iterator<Item = Span> {
        self.spans.iter().copied()
    }

    /// The data set of sequences laid out so, unscaled.
    fn dataset(
        mut self,
        (inputs, input_names): (Array2<f64>, &[&str]),
        targets: Targets,
        outputs: &[&str],
        answers: Answers,
    ) -> Dataset {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let test = self.spans.split_off(self.train);
        Dataset {
            input_names: owned(input_names),
            output_names: owned(outputs),
            inputs,
            targets,
            train: self.spans,
            test,
            answers,
            input_scalers: vec![Scaler::IDENTITY; input_names.len()],
            output_scalers: vec![Scaler::IDENTITY; outputs.len()],
            labels: Labels::Steps,
            naive: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn given(pairs: &[(&str, f64)]) -> BTreeMap<String, f64> {
        pairs
            .iter()
            .map(|&(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// 4000 training sequences of `min_length` to 12 steps.
    fn small(task: &dyn Task, min_length: f64) -> Parameters {
        let given = given(&[
            ("length", 12.0),
            ("min_length", min_length),
            ("train_sequences", 4000.0),
            ("test_sequences", 30.0),
        ]);
        Parameters::validated(task, &given).unwrap()
    }

    /// Each task with sequences of one length, and with ragged ones.
    fn both_ways() -> impl Iterator<Item = (&'static dyn Task, Parameters)> {
        let ways = |&task| [12.0, 3.0].map(|min_length| (task, small(task, min_length)));
        ALL.iter().flat_map(ways)
    }

    /// The loss of the best constant answer on the training sequences themselves, at the steps where targets count.
    fn loss_of_best_constant(data: &Dataset) -> f64 {
        let counted: Vec<usize> = data
            .train
            .iter()
            .flat_map(|span| {
                if data.answers.at_every_step() {
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
        for (task, parameters) in both_ways() {
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
            if let Some(past) = task.loss_of_knowing_the_past(&parameters) {
                assert!(past > 0.0 && past <= stated, "{}: {past}", task.name());
            }
        }
    }

    #[test]
    fn every_task_is_whole_and_the_same_for_the_same_stream() {
        for (task, parameters) in both_ways() {
            let generate = |seed| task.generate(&parameters, &mut Stream::new(seed, "data"));
            let data = generate(3);
            assert_eq!(data, generate(3), "{}", task.name());
            assert_ne!(data, generate(4), "{}", task.name());
            assert_eq!((data.train.len(), data.test.len()), (4000, 30));
            // The sequences share out the rows without a gap, and each counts its own steps.
            let mut row = 0;
            for span in data.train.iter().chain(&data.test) {
                assert_eq!(span.start, row, "{}", task.name());
                let steps = span.rows().map(|row| data.target_position(row));
                assert!(steps.eq((1..=span.len).map(|step| step as f64)));
                row += span.len;
            }
            assert_eq!(data.inputs.nrows(), row);
            assert_eq!(
                match &data.targets {
                    Targets::Values(values) => values.nrows(),
                    Targets::Classes { of_row, names } => {
                        assert!(of_row.iter().all(|&class| class < names.len()));
                        of_row.len()
                    }
                },
                row
            );
            assert_eq!(data.input_size(), data.input_names.len());
            assert_eq!(data.output_size(), data.output_names.len());
            assert_eq!(data.input_scalers.len(), data.input_size());
            assert_eq!(data.output_scalers.len(), data.output_size());
            assert!(data.inputs.iter().all(|x| x.is_finite()));
        }
    }

    #[test]
    fn lengths_are_drawn_evenly_from_the_least_to_the_greatest() {
        for (task, parameters) in both_ways() {
            let data = task.generate(&parameters, &mut Stream::new(3, "data"));
            let of_length = |len| data.train.iter().filter(|span| span.len == len).count();
            assert_eq!(data.longest(), 12, "{}", task.name());
            if parameters.whole("min_length") == 12 {
                assert!(!data.ragged());
            } else {
                assert!(data.ragged());
                // 400 of each of the ten lengths, give or take four standard errors: 4 √(4000 · 0.1 · 0.9) = 76.
                let counts: Vec<usize> = (3..=12).map(of_length).collect();
                assert!(
                    counts.iter().all(|&count| count.abs_diff(400) <= 76),
                    "{counts:?}"
                );
                assert_eq!(counts.iter().sum::<usize>(), 4000);
            }
        }
    }

    #[test]
    fn every_task_works_at_the_ends_of_its_parameters() {
        for &task in ALL {
            for parameter in task.parameters() {
                for value in [parameter.min, parameter.max] {
                    let mut given = given(&[
                        ("length", 2.0),
                        ("train_sequences", 1.0),
                        ("test_sequences", 1.0),
                    ]);
                    given.insert(parameter.name.to_owned(), value);
                    if let Some(other) = parameter.at_most {
                        given.insert(other.to_owned(), value);
                    }
                    let parameters = Parameters::validated(task, &given).unwrap();
                    let data = task.generate(&parameters, &mut Stream::new(1, "data"));
                    assert!(
                        data.inputs.iter().all(|x| x.is_finite()),
                        "{} {}",
                        task.name(),
                        parameter.name
                    );
                    assert!(task.loss_of_knowing_nothing(&parameters).is_finite());
                    let past = task.loss_of_knowing_the_past(&parameters);
                    assert!(past.is_none_or(f64::is_finite));
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
