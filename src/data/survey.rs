//! A data set at a glance: how often each class and symbol occurs, how long sequences are, how values are spread, and a column
//! along its axis before and after scaling. What the data view shows, counted here once.
//!
//! Nothing is learnt from these numbers: training has its scalers from [`super::sequences`].

use std::collections::BTreeMap;
use std::ops::Range;

use super::dataset::{Answers, Dataset, Labels, Span, Split, Targets, TimesOfRows};
use super::scale::Scaled;
use super::sequences::{Outlook, Report, RowUse};
use super::table::Table;
use super::time::Precision;

/// Which part a row serves. A row that is read by sequences of both belongs to training unless it is asked in the test part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowPart {
    /// Sequences to learn from.
    Train,
    /// Sequences kept back.
    Test,
    /// No sequence.
    Unused,
}

impl RowPart {
    /// The part of a row that is used so.
    pub fn of(used: RowUse) -> Self {
        let trained = used.train_input || used.train_target;
        if used.test_target || (used.test_input && !trained) {
            RowPart::Test
        } else if trained {
            RowPart::Train
        } else {
            RowPart::Unused
        }
    }

    /// What it is called on the screen.
    pub fn name(self) -> &'static str {
        match self {
            RowPart::Train => "train",
            RowPart::Test => "test",
            RowPart::Unused => "unused",
        }
    }
}

/// The rows whose targets are asked for by a sequence. `every` says whether a model answers at each step, where it may.
pub fn asked(dataset: &Dataset, span: Span, every: bool) -> Range<usize> {
    match dataset.answers {
        Answers::Sequence => span.answer_rows(),
        Answers::EveryStep if every => span.rows(),
        Answers::EveryStep | Answers::Last => span.last_row()..span.last_row() + 1,
    }
}

/// Whether each step of each sequence has exactly one input that is 1, the others 0: a symbol.
pub fn one_hot(dataset: &Dataset) -> bool {
    let spans = || dataset.train.iter().chain(&dataset.test);
    dataset.input_size() > 1
        && spans().any(|span| span.len > 0)
        && spans().all(|span| span.rows().all(|row| symbol(dataset, row).is_some()))
}

/// The one input of `row` that is 1 where the others are 0.
pub fn symbol(dataset: &Dataset, row: usize) -> Option<usize> {
    if row >= dataset.inputs.nrows() {
        return None;
    }
    let mut found = None;
    for (column, &value) in dataset.inputs.row(row).iter().enumerate() {
        if value == 1.0 && found.is_none() {
            found = Some(column);
        } else if value != 0.0 {
            return None;
        }
    }
    found
}

/// The names of the symbols that a sequence reads, step by step; `None` if it reads anything else.
pub fn symbols_read(dataset: &Dataset, span: Span) -> Option<Vec<&str>> {
    if dataset.input_size() < 2 {
        return None;
    }
    let name = |row| {
        let name = dataset.input_names.get(symbol(dataset, row)?)?;
        Some(name.as_str())
    };
    span.rows().map(name).collect()
}

/// The names of the classes asked at `rows`, one after the other; `None` where values are asked.
pub fn classes_asked(dataset: &Dataset, rows: Range<usize>) -> Option<Vec<&str>> {
    let Targets::Classes { of_row, names } = &dataset.targets else {
        return None;
    };
    let name = |&class: &usize| names.get(class).map(String::as_str);
    of_row.get(rows)?.iter().map(name).collect()
}

/// How often each symbol is read by the sequences of a part, by input column.
pub fn symbols(dataset: &Dataset, split: Split) -> Vec<usize> {
    let mut counts = vec![0; dataset.input_size()];
    for row in dataset.split(split).iter().flat_map(|span| span.rows()) {
        if let Some(symbol) = symbol(dataset, row) {
            counts[symbol] += 1;
        }
    }
    counts
}

/// How often each class is asked for by the sequences of a part; empty for values.
pub fn classes(dataset: &Dataset, split: Split, every: bool) -> Vec<usize> {
    let Targets::Classes { of_row, names } = &dataset.targets else {
        return Vec::new();
    };
    let mut counts = vec![0; names.len()];
    for &span in dataset.split(split) {
        for &class in of_row.get(asked(dataset, span, every)).unwrap_or_default() {
            if let Some(count) = counts.get_mut(class) {
                *count += 1;
            }
        }
    }
    counts
}

/// How many sequences of each length there are: steps, then how many to learn from and how many kept back.
pub fn lengths(dataset: &Dataset) -> Vec<(usize, [usize; 2])> {
    let mut counts: BTreeMap<usize, [usize; 2]> = BTreeMap::new();
    for (at, split) in Split::ALL.into_iter().enumerate() {
        for span in dataset.split(split) {
            counts.entry(span.len).or_default()[at] += 1;
        }
    }
    counts.into_iter().collect()
}

/// The largest magnitude that a network reads or is asked for in a sequence, as the network sees it; 1 if all are 0.
pub fn largest_magnitude(dataset: &Dataset, span: Span, every: bool) -> f64 {
    let rows = span.rows().filter(|&row| row < dataset.inputs.nrows());
    let read = rows.flat_map(|row| dataset.inputs.row(row));
    let mut largest = read.fold(0.0, |largest: f64, value| largest.max(value.abs()));
    if let Targets::Values(values) = &dataset.targets {
        for row in asked(dataset, span, every) {
            for output in 0..values.ncols() {
                let value = values.get([row, output]).copied().unwrap_or(0.0);
                largest = largest.max(value.abs());
            }
        }
    }
    if largest > 0.0 { largest } else { 1.0 }
}

/// An input's value in its own unit, as the sequences were made with it: the file's, or what its gap was filled with. `None`
/// where that cannot be told. `source` is the table with the table row of each row of the data set; without it, inputs are
/// turned back by their scaler.
pub fn input_in_own_units(
    dataset: &Dataset,
    source: Option<(&Table, &[usize])>,
    row: usize,
    column: usize,
) -> Option<f64> {
    let name = dataset.input_names.get(column)?;
    let scaler = dataset.input_scalers.get(column)?;
    let numbers =
        source.and_then(|(table, rows)| Some((table.column(name).ok()?.numbers()?, rows)));
    let known = |row: usize| {
        let (numbers, rows) = numbers?;
        let value = *numbers.get(*rows.get(row)?)?;
        (!value.is_nan()).then_some(value)
    };
    if let Some(value) = known(row) {
        return Some(value);
    }
    match scaler.of {
        Scaled::Value | Scaled::Logarithm => {
            Some(scaler.invert(*dataset.inputs.get([row, column])?))
        }
        Scaled::Change => {
            // Back to the last value that was measured; gaps are short.
            const FARTHEST: usize = 10_000;
            let mut change = 0.0;
            for row in (row.saturating_sub(FARTHEST)..=row).rev() {
                if let Some(value) = known(row) {
                    return Some(value + change);
                }
                change += scaler.invert(*dataset.inputs.get([row, column])?);
            }
            None
        }
    }
}

/// A scaled value of an input in its own unit; `None` where that is a change, whose value depends on the one before.
pub fn scaled_in_own_units(dataset: &Dataset, column: usize, scaled: f64) -> Option<f64> {
    let scaler = dataset.input_scalers.get(column)?;
    match scaler.of {
        Scaled::Value | Scaled::Logarithm => Some(scaler.invert(scaled)),
        Scaled::Change => None,
    }
}

/// The rows of each series of the data set, one after the other.
pub fn series(dataset: &Dataset) -> Vec<Range<usize>> {
    match &dataset.labels {
        Labels::Times(times) => {
            let mut start = 0;
            let ends = times.ends.iter();
            ends.map(|&end| std::mem::replace(&mut start, end)..end)
                .collect()
        }
        Labels::Steps | Labels::Rows { .. } => std::iter::once(0..dataset.inputs.nrows()).collect(),
    }
}

/// A column of a series along its own axis, in its own unit and as the network sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The rows of the data set.
    pub rows: Range<usize>,
    /// Where each row stands on the axis, ascending.
    pub at: Vec<f64>,
    /// How fine `at` is, if it is dates in seconds since 1970-01-01.
    pub dates: Option<Precision>,
    /// Whether `at` is rows counted from 1, as times do not go on.
    pub counted: bool,
    /// In its own unit; NaN where it is not known.
    pub own: Vec<f64>,
    /// Scaled: as input if the column is one, else as target; NaN where there is no such thing.
    pub scaled: Vec<f64>,
    /// Which values are missing in the file.
    pub filled: Vec<bool>,
    /// Which part each row serves.
    pub parts: Vec<RowPart>,
    /// The class of each row, an index into their names; empty where none is told.
    pub classes: Vec<usize>,
}

impl Curve {
    /// The curve of the column called `name`, over the rows `rows` of one series. Without `outlook`, which only forecasts have,
    /// the column is an input.
    pub fn of(
        dataset: &Dataset,
        table: &Table,
        report: &Report,
        outlook: Option<&Outlook>,
        rows: Range<usize>,
        name: &str,
    ) -> Self {
        let (at, dates, counted) = positions(dataset, rows.clone());
        let cells = table.column(name).ok().and_then(|column| column.numbers());
        let of_table = |row: usize| report.table_rows.get(row).copied();
        let cell = |row: usize| cells?.get(of_table(row)?).copied();
        let filled: Vec<bool> = rows
            .clone()
            .map(|row| cell(row).is_some_and(f64::is_nan))
            .collect();
        let output = outlook.and_then(|outlook| {
            let output = outlook.targets.iter().position(|target| target == name)?;
            Some((output, outlook))
        });
        let input = dataset.input_names.iter().position(|input| input == name);
        let source = Some((table, &report.table_rows[..]));
        let own = |row: usize| match (output, &dataset.naive, input) {
            // The last known value of a target is the value itself, gaps filled.
            (Some((output, _)), Some(naive), _) => naive.get([row, output]).copied(),
            (_, _, Some(input)) => input_in_own_units(dataset, source, row, input),
            _ => cell(row),
        };
        let own = rows.clone().map(|row| own(row).unwrap_or(f64::NAN));
        let own: Vec<f64> = own.collect();
        let scaled = match (input, output) {
            (Some(input), _) => {
                let mut scaled: Vec<f64> = rows
                    .clone()
                    .map(|row| {
                        dataset
                            .inputs
                            .get([row, input])
                            .copied()
                            .unwrap_or(f64::NAN)
                    })
                    .collect();
                let changes = dataset
                    .input_scalers
                    .get(input)
                    .is_some_and(|scaler| scaler.of == Scaled::Change);
                if let Some(first) = scaled.first_mut().filter(|_| changes) {
                    // There is no row before to count a change from.
                    *first = f64::NAN;
                }
                scaled
            }
            (None, Some((output, outlook))) => as_target(dataset, outlook, rows.clone(), output),
            (None, None) => vec![f64::NAN; rows.len()],
        };
        let parts = rows.clone().map(|row| {
            let used = of_table(row).and_then(|row| report.use_of_row.get(row).copied());
            RowPart::of(used.unwrap_or_default())
        });
        let classes = match &dataset.targets {
            Targets::Classes { of_row, .. } => of_row.get(rows.clone()).unwrap_or_default(),
            Targets::Values(_) => &[],
        };
        Self {
            parts: parts.collect(),
            classes: classes.to_vec(),
            rows,
            at,
            dates,
            counted,
            own,
            scaled,
            filled,
        }
    }

    /// The index nearest to `position` on the axis; `None` without rows.
    pub fn nearest(&self, position: f64) -> Option<usize> {
        let after = self.at.partition_point(|&at| at < position);
        let before = after.saturating_sub(1);
        let nearer = match (self.at.get(before), self.at.get(after)) {
            (Some(low), Some(high)) if position - low > high - position => after,
            (Some(_), _) => before,
            (None, _) => return None,
        };
        Some(nearer)
    }
}

/// A stretch of an axis whose rows have one class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// The class; `None` for several whose rows lie too close together to be told apart.
    pub class: Option<usize>,
    /// Where it begins: half-way from the row before.
    pub from: f64,
    /// Where it ends: half-way to the row after.
    pub to: f64,
}

impl Curve {
    /// The stretches of one class each between `low` and `high` of the axis. What is shorter than one of `columns` equal parts of
    /// that is drawn together, so that there are never many more than that. Empty without classes.
    pub fn stretches(&self, low: f64, high: f64, columns: usize) -> Vec<Stretch> {
        let least = (high - low) / columns.max(1) as f64;
        let ends = 0..self.at.len().min(self.classes.len());
        let edge = |index: usize| match (index.checked_sub(1), self.at.get(index)) {
            (Some(before), Some(after)) if index < ends.end => 0.5 * (self.at[before] + after),
            (Some(before), _) => self.at[before],
            (None, _) => self.at[0],
        };
        let is_short = |stretch: &Stretch| stretch.to - stretch.from < least;
        let mut stretches: Vec<Stretch> = Vec::new();
        let mut start = 0;
        for run in self.classes[ends.clone()].chunk_by(|one, next| one == next) {
            let (from, to) = (edge(start).max(low), edge(start + run.len()).min(high));
            start += run.len();
            if from > to {
                continue;
            }
            let class = run.first().copied();
            let next = Stretch { class, from, to };
            match stretches.last_mut() {
                Some(last) if is_short(last) && is_short(&next) => {
                    last.class = last.class.filter(|_| last.class == class);
                    last.to = to;
                }
                _ => stretches.push(next),
            }
        }
        stretches
    }
}

/// The scaled targets of an output, at the rows that they are of.
fn as_target(dataset: &Dataset, outlook: &Outlook, rows: Range<usize>, output: usize) -> Vec<f64> {
    let mut scaled = vec![f64::NAN; rows.len()];
    let ahead = outlook.rows_ahead(output);
    if let Targets::Values(values) = &dataset.targets {
        for (at, row) in rows.enumerate() {
            if let (Some(place), Some(value)) =
                (scaled.get_mut(at + ahead), values.get([row, output]))
            {
                *place = *value;
            }
        }
    }
    scaled
}

/// Where rows stand on an axis of their own; whether those are dates, and whether they are only counted.
fn positions(dataset: &Dataset, rows: Range<usize>) -> (Vec<f64>, Option<Precision>, bool) {
    let ascending = |times: &[f64]| times.windows(2).all(|pair| pair[0] < pair[1]);
    if let Labels::Times(times) = &dataset.labels {
        let (numbers, dates) = match &times.of_row {
            TimesOfRows::Numbers(numbers) => (numbers.get(rows.clone()), None),
            TimesOfRows::Dates {
                seconds, precision, ..
            } => (seconds.get(rows.clone()), Some(*precision)),
            TimesOfRows::Texts(_) => (None, None),
        };
        if let Some(numbers) = numbers.filter(|numbers| ascending(numbers)) {
            return (numbers.to_vec(), dates, false);
        }
    }
    (rows.map(|row| (row + 1) as f64).collect(), None, true)
}

/// How values are spread.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spread {
    /// How many there are.
    pub count: usize,
    /// Their mean; 0 without values.
    pub mean: f64,
    /// Their standard deviation, divided by n as [`super::scale::Scaler::fit`] does.
    pub deviation: f64,
    /// How many fall into each of the equally wide bins from `low` to `high` of [`spreads`].
    pub bins: Vec<usize>,
}

/// How values of the two parts are spread, over common bins from the least to the largest value of both. What is not finite is
/// left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spreads {
    /// The least value.
    pub low: f64,
    /// The largest value.
    pub high: f64,
    /// Training part, test part.
    pub parts: [Spread; 2],
}

/// See [`Spreads`].
pub fn spreads(parts: [&[f64]; 2], bins: usize) -> Spreads {
    let finite = |values: &[f64]| -> Vec<f64> {
        let finite = values.iter().copied().filter(|value| value.is_finite());
        finite.collect()
    };
    let parts = parts.map(finite);
    let all = || parts.iter().flatten().copied();
    let low = all().fold(f64::INFINITY, f64::min);
    let high = all().fold(f64::NEG_INFINITY, f64::max);
    if low > high {
        return Spreads::default();
    }
    let bins = bins.max(1);
    let spread = |values: &Vec<f64>| {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count.max(1.0);
        let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
        let mut counts = vec![0; bins];
        for value in values {
            let share = (value - low) / (high - low);
            // All values are equal: there is one bin with anything in it.
            let share = if share.is_finite() { share } else { 0.5 };
            counts[((share * bins as f64) as usize).min(bins - 1)] += 1;
        }
        Spread {
            count: values.len(),
            mean,
            deviation: libm::sqrt(squares / count.max(1.0)),
            bins: counts,
        }
    };
    Spreads {
        low,
        high,
        parts: [spread(&parts[0]), spread(&parts[1])],
    }
}

/// The rows of the series that `row` belongs to.
pub fn series_of(dataset: &Dataset, row: usize) -> Range<usize> {
    match &dataset.labels {
        Labels::Times(times) => {
            let index = times.ends.partition_point(|&end| end <= row);
            let start = index
                .checked_sub(1)
                .and_then(|before| times.ends.get(before));
            let end = times.ends.get(index).copied();
            start.copied().unwrap_or(0)..end.unwrap_or(dataset.inputs.nrows())
        }
        Labels::Steps | Labels::Rows { .. } => 0..dataset.inputs.nrows(),
    }
}

/// The forecast whose first target is nearest to `row`, or the sequence that is asked for the class of `row` or of a row near it,
/// among the sequences of the series with the rows `rows`.
pub fn nearest_sequence(
    dataset: &Dataset,
    rows: Range<usize>,
    row: usize,
) -> Option<(Split, usize)> {
    let ahead = dataset.ahead();
    let mut best: Option<(usize, Split, usize)> = None;
    for split in Split::ALL {
        let spans = dataset.split(split);
        // Series lie one after the other, and their sequences in the order of time.
        let after = spans.partition_point(|span| span.last_row() + ahead < row);
        for index in after.saturating_sub(1)..=after {
            let Some(span) = spans.get(index).filter(|span| rows.contains(&span.start)) else {
                continue;
            };
            let nearest_asked = match (&dataset.targets, dataset.answers) {
                (Targets::Classes { .. }, Answers::EveryStep) => {
                    row.clamp(span.start, span.last_row())
                }
                _ => span.last_row() + ahead,
            };
            let distance = nearest_asked.abs_diff(row);
            if best.is_none_or(|(nearest, ..)| distance < nearest) {
                best = Some((distance, split, index));
            }
        }
    }
    best.map(|(_, split, index)| (split, index))
}

/// The first row of the data set that each row of a table of `rows` rows became.
pub fn rows_of_data(report: &Report, rows: usize) -> Vec<Option<u32>> {
    let mut of_data = vec![None; rows];
    for (row, &of_table) in report.table_rows.iter().enumerate().rev() {
        if let Some(place) = of_data.get_mut(of_table) {
            *place = u32::try_from(row).ok();
        }
    }
    of_data
}

/// The rows that the sequences of each part read, or are asked at, each once and ascending.
pub fn distinct_rows(dataset: &Dataset, every: bool, asked_rows: bool) -> [Vec<usize>; 2] {
    Split::ALL.map(|split| {
        let mut marked = vec![false; dataset.inputs.nrows()];
        for &span in dataset.split(split) {
            let rows = if asked_rows {
                asked(dataset, span, every)
            } else {
                span.rows()
            };
            for mark in marked.get_mut(rows).unwrap_or_default() {
                *mark = true;
            }
        }
        (0..marked.len()).filter(|&row| marked[row]).collect()
    })
}

/// The rows of a forecast's data set by the part they serve.
pub fn rows_of_parts(report: &Report) -> [Vec<usize>; 2] {
    [RowPart::Train, RowPart::Test].map(|part| {
        let rows = report.table_rows.iter().enumerate();
        rows.filter(|(_, of_table)| {
            let used = report.use_of_row.get(**of_table).copied();
            RowPart::of(used.unwrap_or_default()) == part
        })
        .map(|(row, _)| row)
        .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::scale::{Scale, Scaler};
    use crate::data::sequences::{
        Asked, LabelAt, Missing, SequenceSpec, Sequences, TestFrom, TimeFrom, prepare,
    };
    use ndarray::{Array2, array};

    /// Two sequences to learn from, of 3 and 1 steps, and one kept back, of 2: symbols, and a class for each.
    fn symbols_and_classes(answers: Answers) -> Dataset {
        let inputs: Array2<f64> = array![
            [1.0, 0.0],
            [0.0, 1.0],
            [1.0, 0.0],
            [1.0, 0.0],
            [0.0, 1.0],
            [0.0, 1.0]
        ];
        Dataset {
            input_names: vec!["a".into(), "b".into()],
            output_names: vec!["p".into(), "q".into()],
            inputs,
            targets: Targets::Classes {
                of_row: vec![0, 1, 1, 0, 0, 1],
                names: vec!["p".into(), "q".into()],
            },
            train: vec![Span::new(0, 3), Span::new(3, 1)],
            test: vec![Span::new(4, 2)],
            series: Vec::new(),
            part_of_targets: Vec::new(),
            steps: 1,
            answers,
            input_scalers: vec![Scaler::IDENTITY; 2],
            output_scalers: vec![Scaler::IDENTITY; 2],
            labels: Labels::Steps,
            naive: None,
        }
    }

    /// Eight rows with a gap in the fourth, forecast one row ahead from two, the last two kept back.
    fn forecast(scale: Scale) -> (Table, Sequences) {
        let values = vec![1.0, 2.0, 4.0, f64::NAN, 8.0, 9.0, 12.0, 16.0];
        let table = Table::of_numbers(vec![("x".into(), values)]);
        let spec = SequenceSpec {
            asked: Asked::Forecast {
                features: vec!["x".into()],
                targets: vec!["x".into()],
                window: 2,
                horizon: 1,
                steps: 1,
            },
            time: TimeFrom::Usual,
            group: Vec::new(),
            sort: false,
            missing: Missing::Interpolate,
            scale,
            test: TestFrom::Label("7".into()),
        };
        let sequences = prepare(&table, &spec).unwrap();
        (table, sequences)
    }

    fn curve(scale: Scale) -> Curve {
        let (table, sequences) = forecast(scale);
        let Sequences {
            dataset,
            report,
            outlook,
        } = sequences;
        Curve::of(&dataset, &table, &report, outlook.as_ref(), 0..8, "x")
    }

    /// Eight rows of a number and its label, in windows of three rows, the last two rows kept back.
    fn labelled(label_at: LabelAt) -> (Table, Sequences) {
        let kinds = vec![1.0, 1.0, 2.0, 2.0, 2.0, 1.0, 2.0, 2.0];
        let numbers = (1..=8).map(f64::from).collect();
        let table = Table::of_numbers(vec![("x".into(), numbers), ("kind".into(), kinds)]);
        let spec = SequenceSpec {
            asked: Asked::Classify {
                features: vec!["x".into()],
                label: "kind".into(),
                label_at: Some(label_at),
                window: 3,
            },
            time: TimeFrom::Usual,
            group: Vec::new(),
            sort: false,
            missing: Missing::Refuse,
            scale: Scale::None,
            test: TestFrom::Fraction(0.25),
        };
        let sequences = prepare(&table, &spec).unwrap();
        (table, sequences)
    }

    /// The curve of its number.
    fn labelled_curve() -> Curve {
        let (table, sequences) = labelled(LabelAt::End);
        let Sequences {
            dataset, report, ..
        } = &sequences;
        Curve::of(dataset, &table, report, None, 0..8, "x")
    }

    #[test]
    fn a_labelled_series_is_a_curve_with_a_class_at_each_row() {
        let shown = labelled_curve();
        assert_eq!(shown.own, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        assert_eq!(shown.classes, [0, 0, 1, 1, 1, 0, 1, 1]);
        assert_eq!(
            (shown.parts[5], shown.parts[6], shown.parts[7]),
            (RowPart::Train, RowPart::Test, RowPart::Test)
        );
        assert!(curve(Scale::None).classes.is_empty());
        assert!(curve(Scale::None).stretches(1.0, 8.0, 100).is_empty());
    }

    #[test]
    fn a_class_reaches_half_way_to_the_rows_of_others() {
        let shown = labelled_curve();
        let told = |low, high, columns| -> Vec<(Option<usize>, f64, f64)> {
            let stretches = shown.stretches(low, high, columns).into_iter();
            stretches.map(|one| (one.class, one.from, one.to)).collect()
        };
        let all = [
            (Some(0), 1.0, 2.5),
            (Some(1), 2.5, 5.5),
            (Some(0), 5.5, 6.5),
            (Some(1), 6.5, 8.0),
        ];
        assert_eq!(told(1.0, 8.0, 100), all);
        let inner = [(Some(1), 3.0, 5.5), (Some(0), 5.5, 6.0)];
        assert_eq!(told(3.0, 6.0, 100), inner);
        // Columns of 1.75: what is narrower is told together with what is narrower beside it.
        assert_eq!(
            told(1.0, 8.0, 4),
            [(Some(0), 1.0, 2.5), (Some(1), 2.5, 5.5), (None, 5.5, 8.0)]
        );
        assert_eq!(told(1.0, 8.0, 1), [(None, 1.0, 8.0)]);
    }

    #[test]
    fn the_sequence_that_is_asked_for_a_class_is_found() {
        let found = |label_at, row| {
            let (_, sequences) = labelled(label_at);
            nearest_sequence(&sequences.dataset, 0..8, row)
        };
        // Windows end at rows 2 to 7, those from row 6 on are kept back.
        assert_eq!(found(LabelAt::End, 0), Some((Split::Train, 0)));
        assert_eq!(found(LabelAt::End, 4), Some((Split::Train, 2)));
        assert_eq!(found(LabelAt::End, 7), Some((Split::Test, 1)));
        // They are rows 0 to 2, 3 to 5, 6 and 7.
        assert_eq!(found(LabelAt::Every, 3), Some((Split::Train, 1)));
        assert_eq!(found(LabelAt::Every, 6), Some((Split::Test, 0)));
    }

    #[test]
    fn symbols_and_classes_are_named_step_by_step() {
        let data = symbols_and_classes(Answers::EveryStep);
        let span = data.train[0];
        assert_eq!(symbols_read(&data, span).unwrap(), ["a", "b", "a"]);
        assert_eq!(classes_asked(&data, span.rows()).unwrap(), ["p", "q", "q"]);
        assert_eq!(largest_magnitude(&data, span, true), 1.0);
        let (_, sequences) = forecast(Scale::None);
        let span = sequences.dataset.test[1];
        assert_eq!(symbols_read(&sequences.dataset, span), None);
        assert_eq!(classes_asked(&sequences.dataset, span.rows()), None);
        // It reads 9 and 12 and is asked for 16.
        assert_eq!(largest_magnitude(&sequences.dataset, span, false), 16.0);
    }

    #[test]
    fn symbols_and_classes_are_counted_by_part() {
        let data = symbols_and_classes(Answers::EveryStep);
        assert!(one_hot(&data));
        assert_eq!(
            Split::ALL.map(|split| symbols(&data, split)),
            [[3, 1], [0, 2]]
        );
        let asked = |data: &Dataset, every| Split::ALL.map(|split| classes(data, split, every));
        assert_eq!(asked(&data, true), [[2, 2], [1, 1]]);
        // A model that answers once is asked at the last steps alone.
        assert_eq!(asked(&data, false), [[1, 1], [0, 1]]);
        let once = symbols_and_classes(Answers::Last);
        assert_eq!(asked(&once, true), [[1, 1], [0, 1]]);
        assert_eq!(lengths(&data), [(1, [1, 0]), (2, [0, 1]), (3, [1, 0])]);
    }

    #[test]
    fn two_ones_or_a_half_are_no_symbol() {
        for odd in [[1.0, 1.0], [0.5, 0.0], [0.0, 0.0]] {
            let mut data = symbols_and_classes(Answers::Last);
            data.inputs.row_mut(5).assign(&ndarray::arr1(&odd));
            assert!(!one_hot(&data), "{odd:?}");
            assert_eq!(symbol(&data, 5), None);
        }
        assert_eq!(symbol(&symbols_and_classes(Answers::Last), 6), None);
    }

    #[test]
    fn a_curve_holds_what_the_sequences_were_made_of() {
        let shown = curve(Scale::None);
        let filled = [1.0, 2.0, 4.0, 6.0, 8.0, 9.0, 12.0, 16.0];
        assert_eq!(
            shown.own, filled,
            "the gap is on the line between its neighbours"
        );
        assert_eq!(shown.scaled, filled);
        assert_eq!(shown.at, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        assert!(shown.filled[3] && !shown.filled[4]);
        assert_eq!(
            (shown.parts[5], shown.parts[6]),
            (RowPart::Train, RowPart::Test)
        );
        assert_eq!(
            [-1.0, 3.4, 3.6, 99.0].map(|at| shown.nearest(at)),
            [Some(0), Some(2), Some(3), Some(7)]
        );
    }

    #[test]
    fn changes_are_scaled_and_values_come_back_from_them() {
        let shown = curve(Scale::Difference);
        assert_eq!(shown.own, [1.0, 2.0, 4.0, 6.0, 8.0, 9.0, 12.0, 16.0]);
        assert!(shown.scaled[0].is_nan(), "there is no row before the first");
        let (table, sequences) = forecast(Scale::Difference);
        let dataset = &sequences.dataset;
        let scaler = dataset.input_scalers[0];
        let changes: Vec<f64> = shown.scaled[1..]
            .iter()
            .map(|&scaled| scaler.invert(scaled))
            .collect();
        for (change, expected) in changes.iter().zip([1.0, 2.0, 2.0, 2.0, 1.0, 3.0, 4.0]) {
            assert!((change - expected).abs() < 1e-12, "{changes:?}");
        }
        let source = Some((&table, &sequences.report.table_rows[..]));
        let gap = input_in_own_units(dataset, source, 3, 0).unwrap();
        assert!((gap - 6.0).abs() < 1e-12, "{gap}");
        assert_eq!(input_in_own_units(dataset, source, 99, 0), None);
    }

    #[test]
    fn the_sequence_that_asks_for_a_row_is_found() {
        let (_, sequences) = forecast(Scale::None);
        let dataset = &sequences.dataset;
        let found = |row| nearest_sequence(dataset, series_of(dataset, 0), row);
        assert_eq!(found(0), Some((Split::Train, 0)));
        assert_eq!(found(4), Some((Split::Train, 2)));
        assert_eq!(found(7), Some((Split::Test, 1)));
        assert_eq!(nearest_sequence(dataset, 100..200, 4), None);
        assert_eq!(
            rows_of_parts(&sequences.report),
            [vec![0, 1, 2, 3, 4, 5], vec![6, 7]]
        );
        assert_eq!(rows_of_data(&sequences.report, 8)[3], Some(3));
        assert_eq!(distinct_rows(dataset, false, false)[1], [4, 5, 6]);
    }

    #[test]
    fn spreads_count_each_value_once() {
        // numpy 2: np.mean([0, 1, 1, 2]), np.std([0, 1, 1, 2]) = 1, 0.7071067811865476.
        let spreads = spreads([&[0.0, 1.0, 1.0, 2.0], &[4.0, f64::NAN]], 4);
        assert_eq!((spreads.low, spreads.high), (0.0, 4.0));
        let [train, test] = &spreads.parts;
        assert_eq!(
            (train.mean, train.deviation),
            (1.0, std::f64::consts::FRAC_1_SQRT_2)
        );
        assert_eq!(
            (&train.bins[..], &test.bins[..]),
            (&[1, 2, 1, 0][..], &[0, 0, 0, 1][..])
        );
        assert_eq!((test.count, test.deviation), (1, 0.0));
        let equal = super::spreads([&[3.0, 3.0], &[]], 5);
        assert_eq!(equal.parts[0].bins.iter().sum::<usize>(), 2);
        assert_eq!(super::spreads([&[], &[]], 5), Spreads::default());
    }
}
