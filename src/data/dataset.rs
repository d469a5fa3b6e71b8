//! Sequences ready to learn from.

use std::ops::Range;

use ndarray::Array2;

use super::scale::Scaler;
use super::text::Texts;
use super::time::{self, Precision, Step};

/// Inputs and targets of all sequences, stored once: sequences overlap freely, each is a [`Span`] of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// What the columns of `inputs` are called.
    pub input_names: Vec<String>,
    /// What the model's outputs are called: the targets (“co2”, or “co2 +1”, “co2 +2” where several rows are forecast at once),
    /// or one name per class.
    pub output_names: Vec<String>,
    /// `[rows, input_size]`, scaled. Rows that belong to no sequence may hold 0.
    pub inputs: Array2<f64>,
    /// What is to be answered, by input row.
    pub targets: Targets,
    /// Sequences to learn from.
    pub train: Vec<Span>,
    /// Sequences kept back.
    pub test: Vec<Span>,
    /// The series that the rows are of, as the split divided them: what is fitted is fitted on their training rows alone.
    /// Empty where every sequence has rows of its own, which then are of its part.
    pub series: Vec<SplitSeries>,
    /// By input row, the part that its targets are of; `None` where they may be asked in neither, as some are before the
    /// beginning of the test part and some after it, were never measured, or are not there. Empty where targets are of the
    /// part of the sequence that asks for them. See [`Dataset::is_scored`].
    pub part_of_targets: Vec<Option<Split>>,
    /// How many rows are forecast at once, at least 1: output k is of the row k / (outputs / steps) after the first of them.
    pub steps: usize,
    /// When the targets of a sequence are asked for.
    pub answers: Answers,
    /// How `inputs` were scaled, by column.
    pub input_scalers: Vec<Scaler>,
    /// How targets were scaled, by output. [`Dataset::in_own_units`] turns a prediction back.
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
        /// What the classes are called: those that can be learnt, as many as there are outputs, then those that no training
        /// row has, which no sequence asks for.
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
    /// for an encoder–decoder. If answers are as long as their inputs, a model that answers at every step may try, but has to
    /// answer before it has seen all, unless it reads in two directions.
    Sequence,
}

/// One sequence: `len` rows of inputs from `start`, and as many rows of targets as its answer is long, from `start` too. The
/// sequences of a data set may differ in length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The row of the first step.
    pub start: usize,
    /// How many steps there are.
    pub len: usize,
    /// How many steps the answer has, where it is put out after the whole input was read ([`Answers::Sequence`]); elsewhere
    /// `len`.
    pub answer_len: usize,
}

impl Span {
    /// A sequence whose answer is as long as itself.
    pub fn new(start: usize, len: usize) -> Self {
        Self {
            start,
            len,
            answer_len: len,
        }
    }

    /// The rows of the inputs.
    pub fn rows(self) -> std::ops::Range<usize> {
        self.start..self.start + self.len
    }

    /// The rows of the targets.
    pub fn answer_rows(self) -> std::ops::Range<usize> {
        self.start..self.start + self.answer_len
    }

    /// The row after all of the sequence's own, of inputs and of targets.
    pub fn end(self) -> usize {
        self.rows().end.max(self.answer_rows().end)
    }

    /// The row of the last step; the first for an empty span.
    pub fn last_row(self) -> usize {
        self.start + self.len.saturating_sub(1)
    }
}

/// The rows of one series: those to learn from, then those kept back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitSeries {
    /// All of them.
    pub rows: Range<usize>,
    /// The first that is kept back: the series' first row if all of it is, the row after its last if nothing is.
    pub first_test: usize,
}

impl SplitSeries {
    /// The rows that may be learnt from.
    pub fn training(&self) -> Range<usize> {
        self.rows.start..self.first_test
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
    /// The rows' own numbers, from 1; the target of row r is in row r + `ahead`.
    Rows {
        /// Rows from an input to its target.
        ahead: usize,
    },
    /// The times of a table's rows.
    Times(Times),
}

/// The times of a data set's rows, which are those of one or several series, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Times {
    /// What the times are of: the time column's name, “row” or “time step”.
    pub axis: String,
    /// The time of each row of inputs.
    pub of_row: TimesOfRows,
    /// Where each series ends, as the row after its last; ascending. A target beyond its series' end has not come yet.
    pub ends: Vec<usize>,
    /// Rows from an input to its target, to the first one where several rows are forecast at once.
    pub ahead: usize,
    /// Whether times can serve as positions on an axis: each is later than the one before, or they are steps of sequences.
    pub placed: bool,
    /// The usual step from one time to the next, by which times beyond the end are told; `None` if there is none.
    pub step: Option<Step>,
}

/// The time of each row.
#[derive(Clone, Debug, PartialEq)]
pub enum TimesOfRows {
    /// Numbers, such as years.
    Numbers(Vec<f64>),
    /// Dates.
    Dates {
        /// Seconds since 1970-01-01.
        seconds: Vec<f64>,
        /// As the file writes them.
        texts: Texts,
        /// How fine they are.
        precision: Precision,
    },
    /// Names of times, such as “Mon”.
    Texts(Texts),
}

impl Labels {
    fn bytes(&self) -> u128 {
        let Labels::Times(Times { of_row, ends, .. }) = self else {
            return 0;
        };
        let of_numbers = |numbers: &Vec<f64>| (numbers.capacity() * size_of::<f64>()) as u128;
        let of_rows = match of_row {
            TimesOfRows::Numbers(numbers) => of_numbers(numbers),
            TimesOfRows::Dates { seconds, texts, .. } => of_numbers(seconds) + texts.bytes(),
            TimesOfRows::Texts(texts) => texts.bytes(),
        };
        of_rows + (ends.capacity() * size_of::<usize>()) as u128
    }
}

impl Times {
    /// What the time `ahead` rows after row `row` is called. Beyond the end of the row's series the times go on by the usual
    /// step; where there is none, it is told how many rows beyond the end it is, such as “2 rows after Wed”.
    pub fn label(&self, row: usize, ahead: usize) -> String {
        let (last, beyond) = self.reached(row, ahead);
        if beyond == 0 {
            return self.of_row.label(last);
        }
        match (self.later(last, beyond), &self.of_row) {
            (Some(seconds), TimesOfRows::Dates { precision, .. }) => {
                time::text(seconds, *precision)
            }
            (Some(number), _) => number.to_string(),
            (None, _) => {
                let rows = if beyond == 1 { "row" } else { "rows" };
                format!("{beyond} {rows} after {}", self.of_row.label(last))
            }
        }
    }

    /// Where the time `ahead` rows after row `row` stands on an axis.
    fn position(&self, row: usize, ahead: usize) -> f64 {
        let (last, beyond) = self.reached(row, ahead);
        let by_number = (row + ahead + 1) as f64;
        if !self.placed {
            by_number
        } else if beyond == 0 {
            self.of_row.number(last).unwrap_or(by_number)
        } else {
            self.later(last, beyond).unwrap_or(by_number)
        }
    }

    /// The row reached by going `ahead` within the series of `row`, and how many steps remain beyond its end.
    fn reached(&self, row: usize, ahead: usize) -> (usize, usize) {
        let series = self.ends.partition_point(|&end| end <= row);
        let end = self.ends.get(series).copied().unwrap_or(row + 1);
        let reached = row.saturating_add(ahead);
        if reached < end {
            (reached, 0)
        } else {
            (end - 1, reached - (end - 1))
        }
    }

    fn later(&self, last: usize, beyond: usize) -> Option<f64> {
        let later = self.step?.after(self.of_row.number(last)?, beyond);
        later.is_finite().then_some(later)
    }
}

impl TimesOfRows {
    fn label(&self, row: usize) -> String {
        match self {
            TimesOfRows::Numbers(times) => times.get(row).map(f64::to_string).unwrap_or_default(),
            TimesOfRows::Dates { texts, .. } | TimesOfRows::Texts(texts) => {
                texts.get(row).unwrap_or_default().to_owned()
            }
        }
    }

    fn number(&self, row: usize) -> Option<f64> {
        match self {
            TimesOfRows::Numbers(times) => times.get(row).copied(),
            TimesOfRows::Dates { seconds, .. } => seconds.get(row).copied(),
            TimesOfRows::Texts(_) => None,
        }
    }
}

impl Dataset {
    /// How many numbers a step of the input has.
    pub fn input_size(&self) -> usize {
        self.inputs.ncols()
    }

    /// The bytes that inputs, targets, sequences, times, and which part rows are of, take.
    pub fn bytes(&self) -> u128 {
        let naive = self.naive.as_ref().map_or(0, Array2::len);
        let (values, classes) = match &self.targets {
            Targets::Values(values) => (values.len(), 0),
            Targets::Classes { of_row, .. } => (0, of_row.capacity()),
        };
        let numbers = (self.inputs.len() + values + naive) * size_of::<f64>();
        let spans = (self.train.capacity() + self.test.capacity()) * size_of::<Span>();
        let classes = classes * size_of::<usize>();
        let series = self.series.capacity() * size_of::<SplitSeries>();
        let parts = self.part_of_targets.capacity() * size_of::<Option<Split>>();
        (numbers + spans + classes + series + parts) as u128 + self.labels.bytes()
    }

    /// How many numbers the model must put out: one per target column and row ahead, or one score per class that it can
    /// learn.
    pub fn output_size(&self) -> usize {
        match &self.targets {
            Targets::Values(values) => values.ncols(),
            Targets::Classes { .. } => self.output_names.len(),
        }
    }

    /// Whether the answer at row `row` counts in a sequence of a part: its targets are of that part. At the last row of a
    /// sequence they always are; the steps before it may be of another part where windows reach back over the split.
    pub fn is_scored(&self, split: Split, row: usize) -> bool {
        self.part_of_targets
            .get(row)
            .is_none_or(|part| *part == Some(split))
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

    /// Whether there is a target at every step, so that outputs at every step make sense.
    pub fn at_every_step(&self) -> bool {
        match self.answers {
            Answers::Last => false,
            Answers::EveryStep => true,
            Answers::Sequence => self.spans().all(|span| span.answer_len == span.len),
        }
    }

    /// How many steps the longest answer has; 0 if there is none.
    pub fn longest_answer(&self) -> usize {
        self.spans().map(|span| span.answer_len).max().unwrap_or(0)
    }

    /// Whether sequences differ in length, so that a batch of them needs padding.
    pub fn ragged(&self) -> bool {
        let longest = self.longest();
        self.spans().any(|span| span.len != longest)
    }

    fn spans(&self) -> impl Iterator<Item = &Span> {
        self.train.iter().chain(&self.test)
    }

    /// A model's output for row `row` in the data's own unit. This is the only way to turn a prediction back: it knows which
    /// value a change is counted from. Very large outputs may become infinite.
    pub fn in_own_units(&self, row: usize, output: usize, scaled: f64) -> f64 {
        match self.output_scalers.get(output) {
            Some(scaler) => scaler.invert_from(self.known(row, output), scaled),
            None => scaled,
        }
    }

    /// A value in the data's own unit, as a model should put it out for row `row`: the inverse of [`Dataset::in_own_units`].
    pub fn in_scaled_units(&self, row: usize, output: usize, value: f64) -> f64 {
        match self.output_scalers.get(output) {
            Some(scaler) => scaler.apply_from(self.known(row, output), value),
            None => value,
        }
    }

    /// The target of row `row` in the data's own unit; `None` for classes, and outside the data.
    pub fn target_in_own_units(&self, row: usize, output: usize) -> Option<f64> {
        match &self.targets {
            Targets::Values(values) => {
                let scaled = *values.get([row, output])?;
                Some(self.in_own_units(row, output, scaled))
            }
            Targets::Classes { .. } => None,
        }
    }

    /// The last known value of an output's series at row `row`; 0 where there is none.
    fn known(&self, row: usize, output: usize) -> f64 {
        let naive = self.naive.as_ref();
        naive
            .and_then(|naive| naive.get([row, output]).copied())
            .unwrap_or(0.0)
    }

    /// What the time of input row `row`'s target is called, such as “1950”; the row's number where nothing is known. Where
    /// several rows are forecast at once it is the first of them.
    pub fn target_label(&self, row: usize) -> String {
        self.label_ahead(row, self.ahead())
    }

    /// Where input row `row`'s target stands on a time axis: its time if times are numbers that increase, in seconds since 1970
    /// if they are dates, otherwise its number among the rows (or among the steps of its sequence), from 1.
    pub fn target_position(&self, row: usize) -> f64 {
        self.position_ahead(row, self.ahead())
    }

    /// Rows from an input to its target, to the first one where several rows are forecast at once.
    pub fn ahead(&self) -> usize {
        match &self.labels {
            Labels::Steps => 0,
            Labels::Rows { ahead } => *ahead,
            Labels::Times(times) => times.ahead,
        }
    }

    /// What the time `ahead` rows after row `row` is called, also beyond the end of the data.
    pub fn label_ahead(&self, row: usize, ahead: usize) -> String {
        match &self.labels {
            Labels::Steps => (self.step_of(row) + ahead + 1).to_string(),
            Labels::Rows { .. } => (row + ahead + 1).to_string(),
            Labels::Times(times) => times.label(row, ahead),
        }
    }

    /// Where the time `ahead` rows after row `row` stands on an axis, also beyond the end of the data.
    pub fn position_ahead(&self, row: usize, ahead: usize) -> f64 {
        match &self.labels {
            Labels::Steps => (self.step_of(row) + ahead + 1) as f64,
            Labels::Rows { .. } => (row + ahead + 1) as f64,
            Labels::Times(times) => times.position(row, ahead),
        }
    }

    /// What to write at `position` of the time axis, where it is not the number itself: a date, where positions are seconds
    /// since 1970.
    pub fn date_at(&self, position: f64) -> Option<String> {
        match &self.labels {
            Labels::Times(Times {
                placed: true,
                of_row: TimesOfRows::Dates { precision, .. },
                ..
            }) => Some(time::text(position, *precision)),
            _ => None,
        }
    }

    /// Which of [`Self::series`] a row is of; 0 where there are none.
    pub fn series_of(&self, row: usize) -> usize {
        self.series.partition_point(|series| series.rows.end <= row)
    }

    /// What the labels are of: the time column's name, “row” or “time step”.
    pub fn axis_name(&self) -> &str {
        match &self.labels {
            Labels::Steps => "time step",
            Labels::Rows { .. } => "row",
            Labels::Times(times) => &times.axis,
        }
    }

    /// What [positions](Self::position_ahead) are of: rows, where times are names, repeat or go back.
    pub fn position_name(&self) -> &str {
        match &self.labels {
            Labels::Times(Times { placed: false, .. }) => "row",
            _ => self.axis_name(),
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
            train: vec![Span::new(0, 2)],
            test: vec![Span::new(1, 2)],
            series: Vec::new(),
            part_of_targets: Vec::new(),
            steps: 1,
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
        let numbers = |placed| {
            Labels::Times(Times {
                axis: "YEAR".into(),
                of_row: TimesOfRows::Numbers(vec![1700.0, 1701.0, 1702.0]),
                ends: vec![3],
                ahead: 1,
                placed,
                step: Some(Step::Number(1.0)),
            })
        };
        assert_eq!(
            axis(numbers(true)),
            pairs([("1701", 1701.0), ("1702", 1702.0), ("1703", 1703.0)])
        );
        assert_eq!(labelled(numbers(true)).position_name(), "YEAR");
        assert_eq!(labelled(numbers(false)).position_name(), "row");
        assert_eq!(
            axis(numbers(false)),
            pairs([("1701", 2.0), ("1702", 3.0), ("1703", 4.0)])
        );
        let texts = Labels::Times(Times {
            axis: "day".into(),
            of_row: TimesOfRows::Texts(["Mon", "Tue", "Wed"].into_iter().collect()),
            ends: vec![3],
            ahead: 1,
            placed: false,
            step: None,
        });
        assert_eq!(
            axis(texts),
            pairs([("Tue", 2.0), ("Wed", 3.0), ("1 row after Wed", 4.0)])
        );
        assert_eq!(
            axis(Labels::Rows { ahead: 2 }),
            pairs([("3", 3.0), ("4", 4.0), ("5", 5.0)])
        );
    }

    #[test]
    fn a_date_beyond_the_end_of_its_series_goes_on_by_the_usual_step() {
        let texts: Texts = ["1.1.2024", "8.1.2024", "1.6.2024"].into_iter().collect();
        let seconds = time::Dates::of_texts(&texts).unwrap().seconds;
        let mut data = labelled(Labels::Times(Times {
            axis: "date".into(),
            of_row: TimesOfRows::Dates {
                seconds,
                texts,
                precision: Precision::Day,
            },
            // Two series: the first ends after two rows.
            ends: vec![2, 3],
            ahead: 1,
            placed: true,
            step: Some(Step::Seconds(7.0 * 86_400.0)),
        }));
        let label = |data: &Dataset, row| data.target_label(row);
        assert_eq!(label(&data, 0), "8.1.2024");
        assert_eq!(
            (label(&data, 1), label(&data, 2)),
            ("2024-01-15".into(), "2024-06-08".into())
        );
        let there = data.date_at(data.position_ahead(1, 3));
        assert_eq!(there.as_deref(), Some("2024-01-29"));
        data.labels = Labels::Steps;
        assert_eq!(data.date_at(0.0), None);
    }

    #[test]
    fn a_change_is_turned_back_from_the_last_known_value() {
        let mut data = labelled(Labels::Rows { ahead: 1 });
        data.output_scalers[0] = Scaler {
            of: crate::data::scale::Scaled::Change,
            shift: 1.0,
            factor: 2.0,
        };
        data.naive = Some(ndarray::array![[10.0], [20.0], [30.0]]);
        // By hand: 20 + (0.5 · 2 + 1).
        assert_eq!(data.in_own_units(1, 0, 0.5), 22.0);
        assert_eq!(data.in_scaled_units(1, 0, 22.0), 0.5);
        assert_eq!(data.target_in_own_units(2, 0), Some(31.0));
        assert_eq!(data.target_in_own_units(3, 0), None);
    }

    #[test]
    fn steps_are_counted_within_each_sequence_whatever_its_length() {
        let mut data = labelled(Labels::Steps);
        data.inputs = Array2::zeros((10, 1));
        let spans = |pairs: &[(usize, usize)]| -> Vec<Span> {
            pairs
                .iter()
                .map(|&(start, len)| Span::new(start, len))
                .collect()
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
    fn an_answer_may_be_shorter_or_longer_than_its_input() {
        let mut data = labelled(Labels::Steps);
        let of = |len, answer_len| Span {
            start: 3,
            len,
            answer_len,
        };
        assert_eq!((of(5, 2).rows(), of(5, 2).answer_rows()), (3..8, 3..5));
        assert_eq!((of(5, 2).end(), of(2, 5).end()), (8, 8));
        data.answers = Answers::Sequence;
        assert!(data.at_every_step());
        data.train.push(of(5, 2));
        assert!(!data.at_every_step());
        assert_eq!((data.longest(), data.longest_answer()), (5, 2));
        data.answers = Answers::Last;
        assert!(!data.at_every_step());
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
