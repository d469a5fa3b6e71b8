//! Sequences of a data set into the arrays that the engine reads, without allocating.

use crate::data::{Dataset, Span, Targets};
use crate::nn::{Architecture, Readout, Real, Target};
use crate::random::Stream;
use ndarray::{Array2, Array3};

/// Room for the targets of `batch` sequences.
pub fn empty_target<T: Real>(
    dataset: &Dataset,
    architecture: &Architecture,
    seq_len: usize,
    batch: usize,
) -> Target<T> {
    let steps = architecture.readout.steps(seq_len);
    match &dataset.targets {
        Targets::Values(values) => {
            Target::Values(Array3::from_elem((steps, batch, values.ncols()), T::ZERO))
        }
        Targets::Classes { .. } => Target::Classes(Array2::zeros((steps, batch))),
    }
}

/// Copies the sequence `span` into row `row` of a batch.
pub fn gather<T: Real>(
    dataset: &Dataset,
    span: Span,
    readout: Readout,
    row: usize,
    x: &mut Array3<T>,
    target: &mut Target<T>,
) {
    let seq_len = x.dim().0;
    for (t, data_row) in span.rows().take(seq_len).enumerate() {
        for (feature, &value) in dataset.inputs.row(data_row).iter().enumerate() {
            x[[t, row, feature]] = T::of(value);
        }
    }
    for step in 0..readout.steps(seq_len) {
        let data_row = match readout {
            Readout::Last => span.last_row(),
            Readout::Every => span.start + step,
        };
        match (&mut *target, &dataset.targets) {
            (Target::Values(target), Targets::Values(values)) => {
                for (output, &value) in values.row(data_row).iter().enumerate() {
                    target[[step, row, output]] = T::of(value);
                }
            }
            (Target::Classes(target), Targets::Classes { of_row, .. }) => {
                target[[step, row]] = of_row[data_row];
            }
            _ => {}
        }
    }
}

/// The order in which training sequences come: each once in random order, then again in another.
#[derive(Clone, Debug)]
pub struct Order {
    stream: Stream,
    order: Vec<usize>,
    next: usize,
}

impl Order {
    /// The order of `count` sequences under `seed`.
    pub fn new(seed: u64, count: usize) -> Self {
        Self {
            stream: Stream::new(seed, "batch order"),
            order: (0..count).collect(),
            next: count,
        }
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

    #[test]
    fn every_sequence_comes_once_before_any_comes_again() {
        let mut order = Order::new(3, 5);
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
