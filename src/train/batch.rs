//! Sequences of a data set into the arrays that the engine reads, without allocating.

use crate::data::{Dataset, Span, Targets};
use crate::experiment::Answering;
use crate::nn::{Real, Target};
use crate::random::{Position, Stream};
use ndarray::{Array2, Array3, Axis, s};
use std::ops::Range;

/// Room for the targets of `batch` sequences: `[steps, batch, outputs]`, or `[steps, batch]` classes.
pub fn empty_target<T: Real>(
    dataset: &Dataset,
    answering: Answering,
    steps: usize,
    batch: usize,
) -> Target<T> {
    match &dataset.targets {
        Targets::Values(_) => {
            let outputs = answering.output_size(dataset);
            Target::Values(Array3::from_elem((steps, batch, outputs), T::ZERO))
        }
        Targets::Classes { .. } => Target::Classes(Array2::zeros((steps, batch))),
    }
}

/// Copies the sequence `span` and what is asked of it into row `row` of two padded batches.
///
/// `x` is `[seq_len, batch, input_size]`; beyond the sequence's own length it becomes zero. `lengths[row]` becomes the
/// sequence's length, at most `seq_len`. `target` receives what `answering` says, step by step, and zero (the first class)
/// beyond the last; `answer_lengths[row]` becomes how many steps that is.
pub fn gather<T: Real>(
    dataset: &Dataset,
    span: Span,
    answering: Answering,
    row: usize,
    (x, lengths): (&mut Array3<T>, &mut [usize]),
    (target, answer_lengths): (&mut Target<T>, &mut [usize]),
) {
    gather_input(dataset, span, row, x, lengths);
    let last = span.last_row();
    let steps = match answering {
        Answering::Once => copy_targets(dataset, last..last + 1, row, target),
        Answering::EveryStep => {
            let end = span.start + lengths[row];
            copy_targets(dataset, span.start..end, row, target)
        }
        Answering::Afterwards => copy_targets(dataset, span.answer_rows(), row, target),
        Answering::RowByRow => copy_rows_ahead(dataset, last, row, target),
    };
    answer_lengths[row] = steps;
}

fn gather_input<T: Real>(
    dataset: &Dataset,
    span: Span,
    row: usize,
    x: &mut Array3<T>,
    lengths: &mut [usize],
) {
    let seq_len = x.dim().0;
    let len = span.len.min(seq_len);
    lengths[row] = len;
    for t in 0..seq_len {
        let mut x = x.slice_mut(s![t, row, ..]);
        if t < len {
            x.zip_mut_with(&dataset.inputs.row(span.start + t), |x, &value| {
                *x = T::value_of(value);
            });
        } else {
            x.fill(T::ZERO);
        }
    }
}

/// How many steps `target` has room for.
fn steps<T>(target: &Target<T>) -> usize {
    match target {
        Target::Values(values) => values.dim().0,
        Target::Classes(classes) => classes.dim().0,
    }
}

/// Copies the targets of `data_rows` into row `row` of `target`, step by step, and zero into the steps after them. Says how
/// many steps it copied.
fn copy_targets<T: Real>(
    dataset: &Dataset,
    data_rows: Range<usize>,
    row: usize,
    target: &mut Target<T>,
) -> usize {
    let room = steps(target);
    for step in 0..room {
        let data_row = (step < data_rows.len()).then_some(data_rows.start + step);
        match (&mut *target, &dataset.targets) {
            (Target::Values(target), Targets::Values(values)) => {
                let mut target = target.slice_mut(s![step, row, ..]);
                match data_row {
                    Some(data_row) => {
                        target.zip_mut_with(&values.row(data_row), |target, &value| {
                            *target = T::value_of(value);
                        });
                    }
                    None => target.fill(T::ZERO),
                }
            }
            (Target::Classes(target), Targets::Classes { of_row, .. }) => {
                target[[step, row]] = data_row.map_or(0, |data_row| of_row[data_row]);
            }
            _ => {}
        }
    }
    data_rows.len().min(room)
}

/// Copies the targets of `data_row` into row `row` of `target`: those of the first row ahead into the first step, and so on.
/// Says how many steps it copied.
fn copy_rows_ahead<T: Real>(
    dataset: &Dataset,
    data_row: usize,
    row: usize,
    target: &mut Target<T>,
) -> usize {
    let room = steps(target);
    if let (Target::Values(target), Targets::Values(values)) = (target, &dataset.targets) {
        let ahead = values.row(data_row);
        let outputs = target.dim().2;
        for (step, values) in ahead
            .axis_chunks_iter(Axis(0), outputs)
            .take(room)
            .enumerate()
        {
            let mut target = target.slice_mut(s![step, row, ..]);
            target.zip_mut_with(&values, |target, &value| *target = T::of(value));
        }
    }
    dataset.steps.min(room)
}

/// The order in which training sequences come: each once in random order, then again in another.
#[derive(Clone, Debug)]
pub struct BatchOrder {
    stream: Stream,
    order: Vec<usize>,
    next: usize,
}

/// Where an order is.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct OrderAt {
    stream: Position,
    pub(super) order: Vec<usize>,
    next: usize,
}

impl BatchOrder {
    /// The order of `count` sequences under `seed`.
    pub fn new(seed: u64, count: usize) -> Self {
        Self {
            stream: Stream::new(seed, "batch order"),
            order: (0..count).collect(),
            next: count,
        }
    }

    /// Where it is now.
    pub(super) fn at(&self) -> OrderAt {
        OrderAt {
            stream: self.stream.position(),
            order: self.order.clone(),
            next: self.next,
        }
    }

    /// Goes to where an order of the same seed and as many sequences was.
    pub(super) fn go_to(&mut self, at: &OrderAt) {
        self.stream.go_to(at.stream);
        self.order.copy_from_slice(&at.order);
        self.next = at.next;
    }

    /// The next sequence's index. A batch may span the end of one order and the start of the next.
    pub fn draw(&mut self) -> usize {
        if self.next == self.order.len() {
            self.stream.shuffle(&mut self.order);
            self.next = 0;
        }
        self.next += 1;
        self.order[self.next - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::tasks::{Adding, Dates, Majority, Parameters, Task};
    use std::collections::BTreeMap;

    fn ragged(task: &dyn Task) -> Dataset {
        let given = [
            ("length", 9.0),
            ("min_length", 2.0),
            ("train_sequences", 40.0),
        ];
        let given: BTreeMap<String, f64> =
            given.map(|(name, value)| (name.to_owned(), value)).into();
        let parameters = Parameters::validated(task, &given).unwrap();
        task.generate(&parameters, &mut Stream::new(3, "data"))
    }

    /// A row that held the longest sequence holds nothing of it after a shorter one came, and the neighbours are untouched.
    #[test]
    fn beyond_its_own_length_a_sequence_leaves_zeros() {
        let data = ragged(&Majority);
        let Targets::Classes { of_row, .. } = &data.targets else {
            panic!("classes expected")
        };
        let longest = data.train.iter().find(|span| span.len == 9).unwrap();
        for &span in &data.train {
            let mut x = Array3::from_elem((9, 3, 1), 7.0_f64);
            let (mut lengths, mut answer_lengths) = ([7; 3], [7; 3]);
            let mut target = Target::Classes(Array2::from_elem((9, 3), 7));
            for span in [*longest, span] {
                let source = (&mut x, &mut lengths[..]);
                let answers = (&mut target, &mut answer_lengths[..]);
                gather(&data, span, Answering::EveryStep, 1, source, answers);
            }
            let Target::Classes(classes) = target else {
                panic!("classes expected")
            };
            assert_eq!(
                (lengths, answer_lengths),
                ([7, span.len, 7], [7, span.len, 7])
            );
            for t in 0..9 {
                let expected = if t < span.len {
                    (data.inputs[[span.start + t, 0]], of_row[span.start + t])
                } else {
                    (0.0, 0)
                };
                assert_eq!((x[[t, 1, 0]], classes[[t, 1]]), expected);
                assert_eq!((x[[t, 0, 0]], classes[[t, 2]]), (7.0, 7));
            }
        }
    }

    #[test]
    fn an_answer_of_another_length_than_its_input_is_padded_by_itself() {
        let given = BTreeMap::from([("train_sequences".to_owned(), 40.0)]);
        let parameters = Parameters::validated(&Dates, &given).unwrap();
        let mut data = Dates.generate(&parameters, &mut Stream::new(3, "data"));
        let Targets::Classes { of_row, .. } = data.targets.clone() else {
            panic!("classes expected")
        };
        // Dates have answers of ten steps; shorten some, so that answers too are ragged.
        for (index, span) in data.train.iter_mut().enumerate() {
            span.answer_len -= index % 3;
        }
        let (longest, size) = (data.longest(), data.input_size());
        for span in &data.train {
            let mut x = Array3::from_elem((longest, 2, size), 7.0_f64);
            let mut target = Target::Classes(Array2::from_elem((10, 2), 7));
            let (mut lengths, mut answer_lengths) = ([7; 2], [7; 2]);
            let source = (&mut x, &mut lengths[..]);
            let answers = (&mut target, &mut answer_lengths[..]);
            gather(&data, *span, Answering::Afterwards, 1, source, answers);
            assert_eq!(
                (lengths, answer_lengths),
                ([7, span.len], [7, span.answer_len])
            );
            let Target::Classes(classes) = target else {
                panic!("classes expected")
            };
            for t in 0..longest {
                let shown = if t < span.len { 1.0 } else { 0.0 };
                assert_eq!(x.slice(s![t, 1, ..]).sum(), shown);
            }
            for step in 0..10 {
                let expected = if step < span.answer_len {
                    of_row[span.start + step]
                } else {
                    0
                };
                assert_eq!((classes[[step, 0]], classes[[step, 1]]), (7, expected));
            }
        }
    }

    #[test]
    fn one_answer_is_that_of_the_sequences_own_last_step() {
        let (classes, values) = (ragged(&Majority), ragged(&Adding));
        for span in classes.train.iter().chain(&classes.test) {
            let mut target = Target::Classes(Array2::zeros((1, 1)));
            let source = (&mut Array3::<f64>::zeros((9, 1, 1)), &mut [0][..]);
            let answers = (&mut target, &mut [0][..]);
            gather(&classes, *span, Answering::Once, 0, source, answers);
            let Targets::Classes { of_row, .. } = &classes.targets else {
                panic!("classes expected")
            };
            let last = of_row[span.start + span.len - 1];
            assert_eq!(target, Target::Classes(Array2::from_elem((1, 1), last)));
        }
        for span in values.train.iter().chain(&values.test) {
            let mut target = Target::Values(Array3::<f32>::zeros((1, 1, 1)));
            let source = (&mut Array3::zeros((9, 1, 2)), &mut [0][..]);
            let answers = (&mut target, &mut [0][..]);
            gather(&values, *span, Answering::Once, 0, source, answers);
            let marked = span.rows().map(|row| {
                let row = values.inputs.row(row);
                row[0] * row[1]
            });
            let sum = marked.sum::<f64>() as f32;
            assert_eq!(target, Target::Values(Array3::from_elem((1, 1, 1), sum)));
        }
    }

    #[test]
    fn every_sequence_comes_once_before_any_comes_again() {
        let mut order = BatchOrder::new(3, 5);
        let mut rounds = Vec::new();
        for _ in 0..3 {
            let round: Vec<usize> = (0..5).map(|_| order.draw()).collect();
            let mut sorted = round.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3, 4]);
            rounds.push(round);
        }
        assert!(
            rounds[0] != rounds[1] || rounds[1] != rounds[2],
            "{rounds:?}"
        );
    }
}
