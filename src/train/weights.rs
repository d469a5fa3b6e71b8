//! A parameter of a snapshot, looked at: its values, its gradient, or how far training has moved it.

use super::Snapshot;
use crate::experiment::memory::Share;
use crate::nn::Part;
use crate::nn::analysis;
use crate::nn::seq2seq::Lengths;
use ndarray::{Array2, ArrayView2, s};
use std::ops::Range;

/// What is told of a parameter, and of recurrent weights.
pub use crate::nn::analysis::weight_blocks::Block;
pub use crate::nn::analysis::{Blocks, RecurrentBlock};

/// What of a parameter is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Aspect {
    /// Its values.
    Value,
    /// The gradient of the probe's loss by it, before clipping.
    Gradient,
    /// Its values less those that were drawn first.
    Change,
}

/// A parameter's numbers and what is told of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// `[columns, rows]`: as pictures have it, across first.
    pub values: Array2<f64>,
    /// Its blocks.
    pub facts: Blocks,
}

impl Weights {
    /// Of a parameter by its index; `None` if there is none, or of a change if the first values are not known.
    pub(super) fn of(snapshot: &Snapshot, entry: usize, aspect: Aspect) -> Option<Self> {
        let network = snapshot.model.network();
        let entry = network.entries().into_iter().nth(entry)?;
        let own = snapshot.model.parameters().get(entry.range.clone())?;
        let values: Vec<f64> = match aspect {
            Aspect::Value => own.to_vec(),
            Aspect::Gradient => snapshot.probe.gradient.get(entry.range.clone())?.to_vec(),
            Aspect::Change => {
                let first = {
                    let file = snapshot.material.first_weights.as_ref();
                    let setup = &snapshot.setup;
                    setup.first(&network, snapshot.precision, file)?
                };
                let first = first.get(entry.range.clone())?;
                own.iter()
                    .zip(first)
                    .map(|(now, then)| now - then)
                    .collect()
            }
        };
        let facts = analysis::blocks(&network, &entry, &values, aspect == Aspect::Value)?;
        let [rows, columns] = facts.shape;
        let values = Array2::from_shape_fn((columns, rows), |(column, row)| {
            values[row * columns + column]
        });
        Some(Self { values, facts })
    }

    /// Some of its rows as a picture has them, `[across, down]`: a vector lies down.
    pub fn picture(&self, rows: Range<usize>) -> ArrayView2<'_, f64> {
        let block = self.values.slice(s![.., rows]);
        match self.facts.shape[1] {
            1 => block.reversed_axes(),
            _ => block,
        }
    }
}

/// What a network consists of, and what it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Inventory {
    /// Its parameters, and what its parts multiply for the sequence under the lens.
    pub of: analysis::Inventory,
    /// The bytes of that sequence's record, forward and back, everything kept.
    pub record_bytes: u64,
    /// The bytes that a batch in training has for its record, forward and back, with its weights as its products want them.
    pub batch_bytes: u64,
    /// How many sequences that has.
    pub batch: usize,
    /// How many steps the longest of them can have.
    pub longest: usize,
}

impl Inventory {
    pub(super) fn of(snapshot: &Snapshot) -> Option<Self> {
        let parts = &snapshot.probe.parts;
        let lengths = Lengths {
            source: parts.first()?.seq_len(),
            target: parts.last()?.seq_len(),
        };
        let network = snapshot.model.network();
        let (parameters, gradient) = (snapshot.model.parameters(), &snapshot.probe.gradient);
        let record = Part::bytes_of_record(&network, lengths);
        Some(Self {
            of: analysis::inventory(&network, parameters, gradient, lengths),
            record_bytes: u64::try_from(record).unwrap_or(u64::MAX),
            batch_bytes: snapshot.material.memory.of(Share::Batch),
            batch: snapshot.setup.batch,
            longest: snapshot.material.seq_len,
        })
    }
}
