//! Sequences ready to learn from.

use ndarray::Array2;

use super::scale::Scaler;
use super::text::Texts;

/// Inputs and targets of all sequences, stored once: sequences overlap freely, each is a [`Span`] of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// What the columns of `inputs` are called.
    pub input_names: Vec<String>,
    /// What the model's outputs are called: the target, or one name per class.
    pub output_names: Vec<String>,
    /// `[rows, input_size]`, scaled.
    pub inputs: Array2<f64>,
    /// What is to be answered, by input row.
    pub targets: Targets,
    /// Sequences to learn from.
    pub train: Vec<Span>,
    /// Sequences kept back.
    pub test: Vec<Span>,
    /// When the targets of a sequence are asked for.
    pub answers: Answers,
    /// How `inputs` were scaled, by column.
    pub input_scalers: Vec<Scaler>,
    /// How targets were scaled, by output: [`Scaler::invert`] turns a prediction to the data's own unit.
    pub output_scalers: Vec<Scaler>,
    /// What the time of a row's target is called.
    pub labels: Labels,
    /// `[rows, output_size]`, in the data's own units: the naive forecast of each row's target, which is the last known
    /// value of the target series. `None` where there is no such thing.
    pub naive: Option<Array2<f64>>,
}

/// What is to be answered, by input row.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// Numbers, `[rows, output_size]`, scaled.
    Values(Array2<f64>),
    /// One of several classes.
    Classes {
        /// The class of each row, an index into `names`.
        of_row: Vec<usize>,
        /// What the classes are called.
        names: Vec<String>,
    },
}

/// When a sequence is to be answered, and so which of its rows have a target that means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// Once, at the last step.
    Last,
    /// At every step: the target of step t can be told from the steps up to t or, if the task says so, from those around
    /// it. The last step's target alone may be asked for too.
    EveryStep,
    /// As a sequence, after the whole input was read: the target of row t of a span is the t-th symbol to put out. Meant
    /// for an encoder–decoder; a model that answers at every step may try, but has to answer before it has seen all, unless
    /// it reads in two directions.
    Sequence,
}

impl Answers {
    /// Whether there is a target at every step, so that outputs at every step make sense.
    pub fn at_every_step(self) -> bool {
        match self {
            Answers::Last => false,
            Answers::EveryStep | Answers::Sequence => true,
        }
    }
}

/// One sequence: `len` rows from `start`. The sequences of a data set may differ in length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The row of the first step.
    pub start: usize,
    /// How many steps there are.
    pub len: usize,
}

impl Span {
    /// The rows of the sequence.
    pub fn rows(self) -> std::ops::Range<usize> {
        self.start..self.start + self.len
    }

    /// The row of the last step; the first for an empty span.
    pub fn last_row(self) -> usize {
        self.start + self.len.saturating_sub(1)
    }
}

/// A part of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Split {
    /// Sequences to learn from.
    Train,
    /// Sequences kept back.
    Test,
}

impl Split {
    /// Both parts.
    pub const ALL: [Split; 2] = [Split::Train, Split::Test];

    /// The name in experiments and lessons.
    pub fn name(self) -> &'static str {
        match self {
            Split::Train => "train",
            Split::Test => "test",
        }
    }

    /// The part called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|split| split.name() == name)
    }
}

/// What the times of the targets are called, and where they stand on an axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Labels {
    /// The step within the row's own sequence, from 1. Sequences share no rows and lie in the order of the splits: those to
    /// learn from one after the other, then those kept back.
    Steps,
    /// The table's row numbers, from 1; the target of input row r is in table row r + `ahead`.
    Rows {
        /// Rows from an input to its target.
        ahead: usize,
    },
    /// A numeric time column.
    Numbers {
        /// The column's name.
        axis: String,
        /// The time of each input row's target.
        times: Vec<f64>,
        /// Whether each time is later than the one before, so that it can serve as a position.
        increasing: bool,
        /// Rows from an input to its target.
        ahead: usize,
    },
    /// A text time column.
    Texts {
        /// The column's name.
        axis: String,
        /// The time of each table row.
        times: Texts,
        /// Rows from an input to its target.
        ahead: usize,
    },
}

impl Dataset {
    /// How many numbers a step of the input has.
    pub fn input_size(&self) -> usize {
        self.inputs.ncols()
    }

    /// How many numbers the model must put out: one per target column, or one score per class.
    pub fn output_size(&self) -> usize {
        match &self.targets {
            Targets::Values(values) => values.ncols(),
            Targets::Classes { names, .. } => names.len(),
        }
    }

    /// The sequences of a part.
    pub fn split(&self, split: Split) -> &[Span] {
        match split {
            Split::Train => &self.train,
            Split::Test => &self.test,
        }
    }

    /// How many steps the longest sequence has; 0 if there is none.
    pub fn longest(&self) -> usize {
        self.spans().map(|span| span.len).max().unwrap_or(0)
    }

    /// Whether sequences differ in length, so that a batch of them needs padding.
    pub fn ragged(&self) -> bool {
        let longest = self.longest();
        self.spans().any(|span| span.len != longest)
    }

    fn spans(&self) -> impl Iterator<Item = &Span> {
        self.train.iter().chain(&self.test)
    }

    /// What the time of input row `row`'s target is called, such as “1950”; the row's number where nothing is known.
    pub fn target_label(&self, row: usize) -> String {
        match &self.labels {
            Labels::Numbers { times, .. } if row < times.len() => times[row].to_string(),
            Labels::Texts { times, ahead, .. } if row + ahead < times.len() => {
                times.get(row + ahead).unwrap_or_default().to_owned()
            }
            _ => self.target_number(row).to_string(),
        }
    }

    /// Where input row `row`'s target stands on a time axis: its time if times are numbers that increase, otherwise its
    /// number among the rows (or among the steps of its sequence), from 1.
    pub fn target_position(&self, row: usize) -> f64 {
        match &self.labels {
            Labels::Numbers {
                times,
                increasing: true,
                ..
            } if row < times.len() => times[row],
            _ => self.target_number(row) as f64,
        }
    }

    /// What the labels are of: the time column's name, “row” or “time step”.
    pub fn axis_name(&self) -> &str {
        match &self.labels {
            Labels::Steps => "time step",
            Labels::Rows { .. } => "row",
            Labels::Numbers { axis, .. } | Labels::Texts { axis, .. } => axis,
        }
    }

    fn target_number(&self, row: usize) -> usize {
        match self.labels {
            Labels::Steps => self.step_of(row) + 1,
            Labels::Rows { ahead }
            | Labels::Numbers { ahead, .. }
            | Labels::Texts { ahead, .. } => row + ahead + 1,
        }
    }

    /// Which step of its sequence row `row` is, from 0, where sequences lie as [`Labels::Steps`] says.
    fn step_of(&self, row: usize) -> usize {
        let part = match self.test.first() {
            Some(first) if first.start <= row => &self.test,
            _ => &self.train,
        };
        let begun = part.partition_point(|span| span.start <= row);
        let start = begun.checked_sub(1).map_or(0, |last| part[last].start);
        row - start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labelled(labels: Labels) -> Dataset {
        Dataset {
            input_names: vec!["x".into()],
            output_names: vec!["x".into()],
            inputs: Array2::zeros((3, 1)),
            targets: Targets::Values(Array2::zeros((3, 1))),
            train: vec![Span { start: 0, len: 2 }],
            test: vec![Span { start: 1, len: 2 }],
            answers: Answers::EveryStep,
            input_scalers: vec![Scaler::IDENTITY],
            output_scalers: vec![Scaler::IDENTITY],
            labels,
            naive: None,
        }
    }

    fn axis(labels: Labels) -> Vec<(String, f64)> {
        let data = labelled(labels);
        (0..3)
            .map(|row| (data.target_label(row), data.target_position(row)))
            .collect()
    }

    #[test]
    fn labels_and_positions_are_those_of_the_target() {
        let pairs =
            |pairs: [(&str, f64); 3]| pairs.map(|(label, at)| (label.to_owned(), at)).to_vec();
        let numbers = |increasing| Labels::Numbers {
            axis: "YEAR".into(),
            times: vec![1701.0, 1702.0, 1703.0],
            increasing,
            ahead: 1,
        };
        assert_eq!(
            axis(numbers(true)),
            pairs([("1701", 1701.0), ("1702", 1702.0), ("1703", 1703.0)])
        );
        assert_eq!(
            axis(numbers(false)),
            pairs([("1701", 2.0), ("1702", 3.0), ("1703", 4.0)])
        );
        let times = ["Mon", "Tue", "Wed"].into_iter().collect();
        let texts = Labels::Texts {
            axis: "day".into(),
            times,
            ahead: 1,
        };
        // Past the column's end the row's number stands in.
        assert_eq!(axis(texts), pairs([("Tue", 2.0), ("Wed", 3.0), ("4", 4.0)]));
        assert_eq!(
            axis(Labels::Rows { ahead: 2 }),
            pairs([("3", 3.0), ("4", 4.0), ("5", 5.0)])
        );
    }

    #[test]
    fn steps_are_counted_within_each_sequence_whatever_its_length() {
        let mut data = labelled(Labels::Steps);
        data.inputs = Array2::zeros((10, 1));
        let spans = |pairs: &[(usize, usize)]| -> Vec<Span> {
            let span = |&(start, len)| Span { start, len };
            pairs.iter().map(span).collect()
        };
        (data.train, data.test) = (spans(&[(0, 2), (2, 3)]), spans(&[(5, 1), (6, 4)]));
        let numbers =
            |data: &Dataset| -> Vec<f64> { (0..10).map(|row| data.target_position(row)).collect() };
        assert_eq!(
            numbers(&data),
            [1.0, 2.0, 1.0, 2.0, 3.0, 1.0, 1.0, 2.0, 3.0, 4.0]
        );
        assert_eq!(data.target_label(9), "4");
        assert_eq!((data.longest(), data.ragged()), (4, true));
        // Without sequences the rows count from the first one on.
        (data.train, data.test) = (Vec::new(), Vec::new());
        assert_eq!(data.target_position(9), 10.0);
        assert_eq!((data.longest(), data.ragged()), (0, false));
        data.test = spans(&[(0, 5), (5, 5)]);
        assert_eq!((data.longest(), data.ragged()), (5, false));
    }

    #[test]
    fn parts_are_found_by_name() {
        let data = labelled(Labels::Rows { ahead: 1 });
        let start = |name| Split::from_name(name).map(|split| data.split(split)[0].start);
        assert_eq!(
            (start("train"), start("test"), start("valid")),
            (Some(0), Some(1), None)
        );
        assert_eq!(
            (
                data.split(Split::Test)[0].rows(),
                data.split(Split::Test)[0].last_row()
            ),
            (1..3, 2)
        );
    }
}
