//! Which time steps a scan's parameters learn from: every block of them, step by step, and that the terms are the gradient.
//!
//! A parameter is used at every step, so its gradient is a sum over steps (see [`super::itemised`]). Here all blocks of a scan
//! stand side by side, gate × matrix, and the sum of their terms is held against the gradient that backpropagation left: the
//! two are added in different orders, and differ by rounding or not at all.

use super::flow::norm;
use super::itemised::{block_terms, entry_terms};
use super::spectrum::block_gates;
use super::subject::{Subject, block_range};
use crate::nn::expr::{Block, ParameterKind};
use crate::nn::{AnyModel, Place, Stop};
use ndarray::Array2;

/// Every block of a scan's parameters, and what each step adds to its gradient.
#[derive(Clone, Debug, PartialEq)]
pub struct ByTime {
    /// The blocks, matrix by matrix in PyTorch's order, and in each gate by gate.
    pub blocks: Vec<BlockByTime>,
    /// The norm of each step's term, `[steps, blocks]`.
    pub norms: Array2<f64>,
    /// Which share of the block's gradient each step's term is, `[steps, blocks]`: ⟨term, gradient⟩ / ‖gradient‖². Those of a
    /// block add up to 1; a negative one pulls against the others. All 0 where the gradient is.
    pub shares: Array2<f64>,
    /// The largest magnitude among the shares.
    pub largest_share: f64,
}

/// A block of a parameter: the sum of its terms beside its gradient.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockByTime {
    /// Which block.
    pub block: Block,
    /// Its columns; 1 of a bias.
    pub width: usize,
    /// The norm of the sum of the terms.
    pub sum: f64,
    /// The norm of the gradient from the way back.
    pub used: f64,
    /// The norm of the difference of the two.
    pub difference: f64,
}

/// One entry of a parameter, and what each step adds to its gradient.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryByTime {
    /// Entry t − 1 is step t.
    pub terms: Vec<f64>,
    /// Their sum, added from the first step on.
    pub sum: f64,
    /// The gradient from the way back.
    pub used: f64,
}

/// Every parameter of a cell, in PyTorch's order.
pub const PARAMETERS: [ParameterKind; 4] = [
    ParameterKind::WeightIh,
    ParameterKind::WeightHh,
    ParameterKind::BiasIh,
    ParameterKind::BiasHh,
];

/// Every block of a scan's parameters; `gradient` is that of all parameters.
///
/// `None` if there is no such scan, or once `stop` is asked.
pub fn by_time(
    subject: &Subject<'_>,
    (model, part, place): (&AnyModel<f64>, &str, Place),
    gradient: &[f64],
    stop: &Stop,
) -> Option<ByTime> {
    let gates = block_gates(subject.cell);
    let all = PARAMETERS.into_iter().flat_map(|parameter| {
        let of = move |&gate| Block { parameter, gate };
        gates.iter().map(of)
    });
    let shape = (subject.length, PARAMETERS.len() * gates.len());
    let (mut norms, mut shares) = (Array2::zeros(shape), Array2::zeros(shape));
    let mut blocks = Vec::new();
    for (index, block) in all.enumerate() {
        if stop.is_asked() {
            return None;
        }
        let terms = block_terms(subject, block)?;
        let used = gradient.get(block_range(model, part, place, block)?)?;
        let difference: Vec<f64> = terms
            .gradient
            .iter()
            .zip(used)
            .map(|(a, b)| a - b)
            .collect();
        for t in 0..subject.length {
            norms[[t, index]] = terms.norms[t];
            shares[[t, index]] = match terms.norm > 0.0 {
                true => terms.along[t] / terms.norm,
                false => 0.0,
            };
        }
        blocks.push(BlockByTime {
            block,
            width: terms.gradient.ncols(),
            sum: terms.norm,
            used: norm(used),
            difference: norm(&difference),
        });
    }
    Some(ByTime {
        blocks,
        largest_share: shares.iter().fold(0.0, |most: f64, x| most.max(x.abs())),
        norms,
        shares,
    })
}

/// One entry of a block: row and column count within it. `None` if there is no such entry.
pub fn entry_by_time(
    subject: &Subject<'_>,
    (model, part, place): (&AnyModel<f64>, &str, Place),
    gradient: &[f64],
    block: Block,
    (row, column): (usize, usize),
) -> Option<EntryByTime> {
    let hidden = subject.hidden();
    let gates = block_gates(subject.cell);
    let above = gates.iter().position(|&gate| gate == block.gate)? * hidden;
    let terms = entry_terms(subject, block.parameter, (above + row, column))?;
    let range = block_range(model, part, place, block)?;
    let width = range.len() / hidden.max(1);
    let at = range.start + row * width + column;
    Some(EntryByTime {
        sum: terms.iter().sum(),
        used: *gradient
            .get(at)
            .filter(|_| row < hidden && column < width)?,
        terms,
    })
}
