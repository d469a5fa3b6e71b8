//! Made-up problems whose difficulty is known: the registry and what a task is.
//!
//! A new task is one file beside this one, which implements [`Task`], its `mod` line and its line in [`ALL`]. The tests here
//! then hold it to what all tasks promise; one of them asks for its row in the README.

pub mod adding;
pub mod continual_reber;
pub mod copy;
pub mod copy_memory;
pub mod counting;
pub mod damped;
pub mod dates;
pub mod echo;
pub mod embedded_reber;
mod grammar;
pub mod latch;
pub mod mackey_glass;
pub mod majority;
pub mod next_character;
mod parameters;
pub mod parity;
pub mod reverse;
pub mod sine;
pub mod sort;
mod symbols;
pub mod tagging;
pub mod temporal_order;

use std::ops::RangeInclusive;

use super::dataset::{Answers, Dataset, Labels, Span, Targets};
use super::scale::Scaler;
use crate::random::Stream;
use ndarray::Array2;

pub use adding::Adding;
pub use continual_reber::ContinualReber;
pub use copy::Copying;
pub use copy_memory::CopyMemory;
pub use counting::Counting;
pub use damped::Damped;
pub use dates::Dates;
pub use echo::Echo;
pub use embedded_reber::EmbeddedReber;
pub use latch::Latch;
pub use mackey_glass::MackeyGlass;
pub use majority::Majority;
pub use next_character::NextCharacter;
pub use parameters::{MAX_ROWS, Parameter, ParameterError, ParameterProblem, Parameters};
pub use parity::Parity;
pub use reverse::Reverse;
pub use sine::Sine;
pub use sort::Sort;
pub use tagging::Tagging;
pub use temporal_order::TemporalOrder;

/// Every task, in the order in which a learner meets them: series, one answer after a gap, an answer at every step,
/// grammars and texts, both directions, and sequences put out after sequences.
pub static ALL: &[&dyn Task] = &[
    &Sine,
    &Damped,
    &MackeyGlass,
    &Latch,
    &Adding,
    &TemporalOrder,
    &CopyMemory,
    &Echo,
    &Parity,
    &Majority,
    &Counting,
    &EmbeddedReber,
    &ContinualReber,
    &NextCharacter,
    &Tagging,
    &Reverse,
    &Copying,
    &Sort,
    &Dates,
];

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
    /// What can be set. Every task has `length`, the most steps of a sequence, `train_sequences` and `test_sequences`; most
    /// have `min_length`, others draw their lengths in their own way.
    fn parameters(&self) -> &'static [Parameter];
    /// How many numbers a step of the input has.
    fn input_size(&self, parameters: &Parameters) -> usize;
    /// Makes the sequences: training first, then test, one after the other. Equal streams give equal bits.
    fn generate(&self, parameters: &Parameters, stream: &mut Stream) -> Dataset;
    /// The expected loss of the best answer that looks at no input, though it may know which step it is at: mean squared
    /// error for values, cross-entropy in nats for classes. A model must be below it to have learned anything.
    fn loss_of_knowing_nothing(&self, parameters: &Parameters) -> f64;
    /// The expected loss of the best answer that looks at the present and the past alone, where the future is needed too:
    /// no model that reads forward only can be below it. `None` where the future adds nothing.
    fn loss_of_knowing_the_past(&self, _: &Parameters) -> Option<f64> {
        None
    }
    /// What noise and chance leave of the expected loss: no model can be below it.
    fn least_loss(&self, _: &Parameters) -> f64 {
        0.0
    }
}

/// How long the sequences of a task may be that draws their lengths evenly; those of other tasks have up to `length` steps.
fn lengths(parameters: &Parameters) -> RangeInclusive<usize> {
    let length = parameters.whole("length");
    match parameters.whole("min_length") {
        // There is no such parameter.
        0 => length..=length,
        shortest => shortest..=length,
    }
}

/// Where the sequences of a task lie: those to learn from, then those kept back, one after the other.
struct Layout {
    spans: Vec<Span>,
    train: usize,
}

impl Layout {
    /// Draws the length of each sequence evenly; draws nothing if all are of one length.
    fn of(parameters: &Parameters, stream: &mut Stream) -> Self {
        let (shortest, longest) = lengths(parameters).into_inner();
        Self::with_lengths(parameters, || {
            if shortest < longest {
                shortest + stream.below(longest - shortest + 1)
            } else {
                longest
            }
        })
    }

    /// Sequences as long as `length` says, one by one.
    fn with_lengths(parameters: &Parameters, mut length: impl FnMut() -> usize) -> Self {
        Self::with_answers(parameters, || {
            let len = length();
            (len, len)
        })
    }

    /// Sequences and answers as long as `lengths` says, one by one.
    fn with_answers(parameters: &Parameters, mut lengths: impl FnMut() -> (usize, usize)) -> Self {
        let train = parameters.whole("train_sequences");
        let mut start = 0;
        let spans = (0..train + parameters.whole("test_sequences")).map(|_| {
            let (len, answer_len) = lengths();
            let span = Span {
                start,
                len,
                answer_len,
            };
            start = span.end();
            span
        });
        Self {
            spans: spans.collect(),
            train,
        }
    }

    fn rows(&self) -> usize {
        self.spans.last().map_or(0, |span| span.end())
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
            series: Vec::new(),
            part_of_targets: Vec::new(),
            steps: 1,
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

    /// Training sequences of at most 12 steps; of at least `min_length` if the task has that parameter.
    fn small(task: &dyn Task, min_length: f64, sequences: f64) -> Parameters {
        let mut given = given(&[
            ("length", 12.0),
            ("train_sequences", sequences),
            ("test_sequences", 30.0),
        ]);
        if has_min_length(task) {
            given.insert("min_length".to_owned(), min_length);
        }
        Parameters::validated(task, &given).unwrap()
    }

    fn has_min_length(task: &dyn Task) -> bool {
        let known = task.parameters();
        known.iter().any(|parameter| parameter.name == "min_length")
    }

    /// Each task with so many training sequences of one length, and with as many ragged ones.
    fn both_ways(sequences: f64) -> impl Iterator<Item = (&'static dyn Task, Parameters)> {
        let ways = move |&task| [12.0, 3.0].map(|least| (task, small(task, least, sequences)));
        ALL.iter().flat_map(ways)
    }

    /// The loss of the best answer that knows the step alone, on the training sequences themselves.
    fn loss_of_best_constants(data: &Dataset) -> f64 {
        let mut by_step = vec![Vec::new(); data.longest_answer()];
        for span in &data.train {
            if data.answers == Answers::Last {
                by_step[0].push(span.last_row());
            } else {
                for (step, row) in span.answer_rows().enumerate() {
                    by_step[step].push(row);
                }
            }
        }
        let (mut loss, mut all) = (0.0, 0.0);
        for rows in &by_step {
            let n = rows.len() as f64;
            all += n;
            match &data.targets {
                Targets::Values(values) => {
                    let mean = rows.iter().map(|&row| values[[row, 0]]).sum::<f64>() / n;
                    let squares = rows.iter().map(|&row| (values[[row, 0]] - mean).powi(2));
                    loss += squares.sum::<f64>();
                }
                Targets::Classes { of_row, names } => {
                    for class in 0..names.len() {
                        let count = rows.iter().filter(|&&row| of_row[row] == class).count() as f64;
                        if count > 0.0 {
                            loss -= count * (count / n).ln();
                        }
                    }
                }
            }
        }
        loss / all
    }

    #[test]
    fn knowing_nothing_costs_what_the_best_constant_answer_of_each_step_costs() {
        for (task, parameters) in both_ways(4000.0) {
            let data = task.generate(&parameters, &mut Stream::new(3, "data"));
            let (stated, measured) = (
                task.loss_of_knowing_nothing(&parameters),
                loss_of_best_constants(&data),
            );
            // 4000 sequences: the loss varies by about 1.5 % or less from one draw to the next.
            assert!(
                (measured / stated - 1.0).abs() < 0.06,
                "{}: {measured} is not {stated}",
                task.name()
            );
            let least = task.least_loss(&parameters);
            let past = task.loss_of_knowing_the_past(&parameters).unwrap_or(least);
            assert!(
                0.0 <= least && least <= past && past < stated,
                "{}: {least}, {past}, {stated}",
                task.name()
            );
        }
    }

    #[test]
    fn every_task_is_whole_and_the_same_for_the_same_stream() {
        for (task, parameters) in both_ways(200.0) {
            let generate = |seed| task.generate(&parameters, &mut Stream::new(seed, "data"));
            let data = generate(3);
            assert_eq!(data, generate(3), "{}", task.name());
            assert_ne!(data, generate(4), "{}", task.name());
            assert_eq!((data.train.len(), data.test.len()), (200, 30));
            let rows = data.inputs.nrows();
            for span in data.train.iter().chain(&data.test) {
                assert!(span.end() <= rows, "{}", task.name());
                assert!((2..=12).contains(&span.len), "{}", task.name());
                assert_eq!(span.rows().end - 1, span.last_row());
            }
            if data.labels == Labels::Steps {
                // The sequences share out the rows without a gap, and each counts its own steps.
                let mut row = 0;
                for span in data.train.iter().chain(&data.test) {
                    assert_eq!(span.start, row, "{}", task.name());
                    let steps = span.rows().map(|row| data.target_position(row));
                    assert!(steps.eq((1..=span.len).map(|step| step as f64)));
                    row = span.end();
                }
                assert_eq!(rows, row);
            }
            let targets = match &data.targets {
                Targets::Values(values) => values.nrows(),
                Targets::Classes { of_row, names } => {
                    assert!(of_row.iter().all(|&class| class < names.len()));
                    of_row.len()
                }
            };
            assert_eq!(targets, rows);
            assert_eq!(data.input_size(), task.input_size(&parameters));
            assert_eq!(data.input_size(), data.input_names.len());
            assert_eq!(data.output_size(), data.output_names.len());
            assert_eq!(data.input_scalers.len(), data.input_size());
            assert_eq!(data.output_scalers.len(), data.output_size());
            assert!(data.inputs.iter().all(|x| x.is_finite()));
        }
    }

    #[test]
    fn lengths_are_drawn_evenly_from_the_least_to_the_greatest() {
        for (task, parameters) in both_ways(4000.0).filter(|&(task, _)| has_min_length(task)) {
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

    fn find(task: &dyn Task, name: &str) -> &'static Parameter {
        let known = task.parameters().iter();
        known.into_iter().find(|known| known.name == name).unwrap()
    }

    /// The greatest value that a parameter can have if what limits it is greatest too.
    fn greatest(task: &dyn Task, parameter: &Parameter) -> f64 {
        match parameter.at_most {
            Some((other, share)) => {
                let limit = share * greatest(task, find(task, other));
                parameter.max.min(limit.floor())
            }
            None => parameter.max,
        }
    }

    #[test]
    fn every_task_works_at_the_ends_of_its_parameters() {
        for &task in ALL {
            for parameter in task.parameters() {
                for value in [parameter.min, greatest(task, parameter)] {
                    // Many sequences differ from few in nothing but time.
                    let value = match parameter.name {
                        "train_sequences" | "test_sequences" => value.min(500.0),
                        _ => value,
                    };
                    let mut given = given(&[("train_sequences", 1.0), ("test_sequences", 1.0)]);
                    // What sets a limit to it must be high enough itself; otherwise sequences are short.
                    let (mut limited, mut needed) = (parameter, value);
                    while let Some((other, share)) = limited.at_most {
                        limited = find(task, other);
                        needed = (needed / share).ceil().max(limited.min);
                        given.insert(other.to_owned(), needed);
                    }
                    if !given.contains_key("length") {
                        given.insert("length".to_owned(), find(task, "length").min);
                    }
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
                    let past = task.loss_of_knowing_the_past(&parameters);
                    assert!(past.is_none_or(f64::is_finite));
                    assert!(task.least_loss(&parameters).is_finite());
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
