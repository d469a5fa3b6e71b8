//! When a network answers, and where what it should say stands in the data.
//!
//! Horizon and steps mean the same for every kind: of a series, a network that has read a window says the `steps` rows from
//! `horizon` rows ahead on, all at once or, with a decoder, one after the other.

use std::ops::Range;

use super::{ModelKind, ModelSpec};
use crate::data::{Dataset, Span, Split};
use crate::nn::Readout;

/// When a network answers, and what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answering {
    /// Once, when the sequence is read: the targets of its last row.
    Once,
    /// At each step: the targets of its row.
    EveryStep,
    /// Step by step, after the sequence is read: the targets of its answer's rows, a row at each step.
    Afterwards,
    /// Step by step, after the sequence is read: the targets of its last row, those of one row ahead at each step.
    RowByRow,
}

impl Answering {
    /// How a network of this kind answers on these data.
    pub(super) fn of(model: &ModelSpec, dataset: &Dataset) -> Self {
        match (model.kind, model.readout) {
            // Of a series, what a decoder could write about the rows of the window was read there.
            (ModelKind::EncoderDecoder { .. }, _) if dataset.naive.is_some() => Answering::RowByRow,
            (ModelKind::EncoderDecoder { .. }, _) => Answering::Afterwards,
            (_, Readout::Every) => Answering::EveryStep,
            (_, Readout::Last | Readout::Final) => Answering::Once,
        }
    }

    /// How many numbers an answer has at each of its steps.
    pub fn output_size(self, dataset: &Dataset) -> usize {
        match self {
            Answering::RowByRow => dataset.output_size() / dataset.steps.max(1),
            _ => dataset.output_size(),
        }
    }

    /// How many steps the longest answer has that is written after the sequence; elsewhere the longest sequence.
    pub(super) fn longest(self, dataset: &Dataset) -> usize {
        match self {
            Answering::RowByRow => dataset.steps,
            _ => dataset.longest_answer(),
        }
    }

    /// How many steps the answer to a sequence has where it is written after it; elsewhere the sequence's own.
    pub fn len(self, dataset: &Dataset, span: Span) -> usize {
        match self {
            Answering::RowByRow => dataset.steps,
            _ => span.answer_len,
        }
    }

    /// The rows of the data set that hold what is asked of a sequence: its own, those of the answer that is written after it,
    /// or the last one alone.
    pub fn rows(self, span: Span) -> Range<usize> {
        match self {
            Answering::Once | Answering::EveryStep => span.rows(),
            Answering::Afterwards => span.answer_rows(),
            Answering::RowByRow => span.last_row()..span.last_row() + 1,
        }
    }

    /// Whether some steps of an answer may not count in the part that its sequence is of: see [`Dataset::is_scored`].
    pub fn is_partly_scored(self, dataset: &Dataset) -> bool {
        self == Answering::EveryStep && !dataset.part_of_targets.is_empty()
    }

    /// Whether step `step`, from 0, of the answer to a sequence of a part counts in it.
    pub fn is_scored(self, dataset: &Dataset, split: Split, span: Span, step: usize) -> bool {
        match self {
            Answering::EveryStep => dataset.is_scored(split, span.start + step),
            // What is asked when a sequence is read is what made it one of its part.
            Answering::Once | Answering::Afterwards | Answering::RowByRow => true,
        }
    }
}
