//! Gradients item by item: which time steps a parameter's gradient comes from, and which loss terms an adjoint comes from.
//!
//! - A parameter is used at every step, so its gradient is a sum over steps, ∂L/∂W_hh = Σ_t d_pre_t h_{t−1}ᵀ and likewise
//!   ∂L/∂W_ih = Σ_t d_pre_t x_tᵀ, ∂L/∂b = Σ_t d_pre_t: each term is the outer product of what was asked of the sum at t and
//!   what the weights were given at t.
//! - The way back is linear in ∂L/∂y, so an adjoint is a sum over the loss terms, each obtained by running back from that
//!   term alone.
//!
//! Where the loss is a mean over a batch, the terms of one sequence add up to its part of the gradient; for a probe, which is
//! a batch of one, that is the gradient.

use super::flow::norm;
use super::spectrum::block_gates;
use super::subject::Subject;
use crate::nn::expr::{Block, ParameterKind};
use crate::nn::{Cell, Place, Quantity, RecurrentModel, RecurrentWorkspace};
use ndarray::{Array2, Array3, ArrayView1, ArrayView3, Axis, s};

/// What one step adds to a block's gradient: the outer product of `asked` and `given`.
struct Term<'a> {
    /// The adjoint of the block's sums, `[hidden]`.
    asked: ArrayView1<'a, f64>,
    /// What the block multiplied, `[width]`; 1 for a bias.
    given: ArrayView1<'a, f64>,
}

/// What the step at array index `t` adds to a block's gradient; `None` if the cell has no such block.
fn term<'a>(subject: &'a Subject<'_>, block: Block, t: usize) -> Option<Term<'a>> {
    let (cell, hidden, sequence) = (subject.cell, subject.hidden(), subject.sequence);
    let index = block_gates(cell)
        .iter()
        .position(|&gate| gate == block.gate)?;
    let columns = index * hidden..(index + 1) * hidden;
    let d_pre = subject.adjoints.d_pre.slice(s![t, sequence, columns]);
    let q = s![t, sequence, ..];
    Some(match (block.parameter, cell, block.gate) {
        (ParameterKind::WeightIh, _, _) => Term {
            asked: d_pre,
            given: subject.x.slice(s![t, sequence, ..]),
        },
        // The GRU's candidate sees the recurrent sum q through the reset gate.
        (ParameterKind::WeightHh, Cell::Gru, Quantity::N) => Term {
            asked: subject.adjoints.d_q.slice(q),
            given: subject.h_before(t),
        },
        (ParameterKind::BiasHh, Cell::Gru, Quantity::N) => Term {
            asked: subject.adjoints.d_q.slice(q),
            given: ONE.into(),
        },
        // Where it is reset before the product, the candidate's weights are given q = r ⊙ h_{t−1}.
        (ParameterKind::WeightHh, Cell::GruResetBefore, Quantity::N) => Term {
            asked: d_pre,
            given: subject.trace.q.slice(q),
        },
        (ParameterKind::WeightHh, _, _) => Term {
            asked: d_pre,
            given: subject.h_before(t),
        },
        (ParameterKind::BiasIh | ParameterKind::BiasHh, _, _) => Term {
            asked: d_pre,
            given: ONE.into(),
        },
    })
}

/// What a bias is given.
const ONE: &[f64] = &[1.0];

/// What each step t = 1…T adds to the gradient of one entry of a parameter; entry t − 1 of the list is step t.
///
/// `row` counts over all blocks as in PyTorch's tensor, `column` is 0 for a bias. The terms add up to the sequence's part
/// of the gradient. `None` if there is no such entry.
pub fn entry_terms(
    subject: &Subject<'_>,
    parameter: ParameterKind,
    (row, column): (usize, usize),
) -> Option<Vec<f64>> {
    let hidden = subject.hidden();
    let gate = *block_gates(subject.cell).get(row / hidden)?;
    (0..subject.length)
        .map(|t| {
            let term = term(subject, Block { parameter, gate }, t)?;
            Some(term.asked[row % hidden] * term.given.get(column)?)
        })
        .collect()
}

/// What each step adds to the gradient of a block of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockTerms {
    /// The block's gradient, all steps together, `[hidden, width]`.
    pub gradient: Array2<f64>,
    /// Its norm.
    pub norm: f64,
    /// The norm of each step's term; entry t − 1 is step t. They add up to more than `norm` where steps disagree.
    pub norms: Vec<f64>,
    /// How much of each step's term points along the gradient, ⟨term, gradient⟩ / norm: these add up to `norm`, and a
    /// negative one pulls against it. All 0 where the gradient is.
    pub along: Vec<f64>,
}

/// What each step t = 1…T adds to the gradient of a gate's block of a parameter; `None` if the cell has no such block.
pub fn block_terms(subject: &Subject<'_>, block: Block) -> Option<BlockTerms> {
    let terms = (0..subject.length)
        .map(|t| term(subject, block, t))
        .collect::<Option<Vec<_>>>()?;
    let width = terms.first().map_or(0, |term| term.given.len());
    let mut gradient = Array2::zeros((subject.hidden(), width));
    for term in &terms {
        for (mut row, &asked) in gradient.outer_iter_mut().zip(term.asked) {
            row.scaled_add(asked, &term.given);
        }
    }
    let total = norm(&gradient);
    // Made one long first, so that the products of two vanishing gradients do not vanish.
    let direction = gradient.mapv(|x| if total > 0.0 { x / total } else { 0.0 });
    let along = |term: &Term<'_>| {
        let rows = direction.outer_iter().zip(term.asked);
        rows.fold(0.0, |sum, (row, &asked)| {
            sum + asked * in_order_sum(&row, &term.given)
        })
    };
    Some(BlockTerms {
        norm: total,
        norms: terms
            .iter()
            .map(|term| norm(&term.asked) * norm(&term.given))
            .collect(),
        along: terms.iter().map(along).collect(),
        gradient,
    })
}

/// Σ a b, added in order: `dot` may add in another on another machine.
fn in_order_sum(a: &ArrayView1<'_, f64>, b: &ArrayView1<'_, f64>) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (&a, &b)| a.mul_add(b, sum))
}

/// How many loss terms [`loss_shares`] takes apart at most: each costs a way back over the whole sequence.
pub const MOST_LOSS_TERMS: usize = 64;

/// An adjoint taken apart by loss terms; the shares and the rest add up to it.
#[derive(Clone, Debug, PartialEq)]
pub struct LossShares {
    /// The output steps taken apart, as array indices of y; at most [`MOST_LOSS_TERMS`].
    pub terms: Vec<usize>,
    /// What each of them contributes to the quantity's adjoint at every step, `[terms, seq_len, width]`.
    pub shares: Array3<f64>,
    /// What all other loss terms contribute together, `[seq_len, width]`.
    pub rest: Array2<f64>,
}

impl LossShares {
    /// What each term contributes to the adjoint at array index `t`, as norms; then the rest's.
    pub fn norms_at(&self, t: usize) -> Option<(Vec<f64>, f64)> {
        if t >= self.rest.nrows() {
            return None;
        }
        let shares = self.shares.index_axis(Axis(1), t);
        Some((
            shares.outer_iter().map(|share| norm(&share)).collect(),
            norm(&self.rest.row(t)),
        ))
    }
}

/// The share of each of some loss terms in the adjoint of a scan's quantity, for one sequence of the batch.
///
/// `workspace` has been run forward and its loss evaluated, so that ∂L/∂y stands in it; it records
/// [everything](crate::nn::Record::Everything). It is run back once for the rest, once for each term with all other ∂L/∂y zero, and
/// once more with all of them, so that in the end it holds the whole adjoints. `terms` are output steps (array indices of
/// y: the only one is 0 where the readout reads one state).
///
/// `None` if there are more than [`MOST_LOSS_TERMS`], if one is not there or named twice, if there is no such quantity,
/// sequence or scan, or if the workspace records less.
pub fn loss_shares(
    model: &RecurrentModel<f64>,
    workspace: &mut RecurrentWorkspace<f64>,
    place: Place,
    quantity: Quantity,
    sequence: usize,
    terms: &[usize],
) -> Option<LossShares> {
    let d_y = workspace.adjoints.d_y.clone();
    let (outputs, batch, _) = d_y.dim();
    let known = workspace.trace.architecture == model.architecture
        && workspace.adjoints.get(place, quantity).is_some()
        && sequence < batch;
    if !known {
        return None;
    }
    let mut gradient = vec![0.0; model.parameters.len()];
    let mut run_back = |keep: &dyn Fn(usize) -> bool| -> Option<Array2<f64>> {
        workspace.adjoints.d_y.assign(&d_y);
        for term in (0..outputs).filter(|&term| !keep(term)) {
            let mut other = workspace.adjoints.d_y.index_axis_mut(Axis(0), term);
            other.fill(0.0);
        }
        model.backward(workspace, &mut gradient);
        let adjoint = workspace.adjoints.get(place, quantity)?;
        Some(adjoint.index_axis(Axis(1), sequence).to_owned())
    };
    let found = shares_of(outputs, terms, &mut run_back)?;
    run_back(&|_| true)?;
    Some(found)
}

/// Goes back with ∂L/∂y of those output steps alone that the function it is given keeps, and tells an adjoint, `[seq_len, width]`.
pub(super) type RunBack<'a> = dyn FnMut(&dyn Fn(usize) -> bool) -> Option<Array2<f64>> + 'a;

/// Takes an adjoint apart: `run_back` tells it, `[seq_len, width]`, with ∂L/∂y of the output steps that are not kept made zero.
///
/// `None` where that says so, or if a term is not there, is named twice, or they are too many.
pub(super) fn shares_of(
    outputs: usize,
    terms: &[usize],
    run_back: &mut RunBack<'_>,
) -> Option<LossShares> {
    let distinct = |(k, term): (usize, &usize)| *term < outputs && !terms[..k].contains(term);
    if terms.len() > MOST_LOSS_TERMS || !terms.iter().enumerate().all(distinct) {
        return None;
    }
    let rest = run_back(&|term| !terms.contains(&term))?;
    let mut shares = Array3::zeros((terms.len(), rest.nrows(), rest.ncols()));
    for (mut share, &of) in shares.outer_iter_mut().zip(terms) {
        share.assign(&run_back(&|term| term == of)?);
    }
    Some(LossShares {
        terms: terms.to_vec(),
        shares,
        rest,
    })
}

/// The largest loss terms by what ∂L/∂y asks of a sequence, at most `most`, in the order of time: a choice for
/// [`loss_shares`].
pub fn largest_loss_terms(d_y: ArrayView3<'_, f64>, sequence: usize, most: usize) -> Vec<usize> {
    let (outputs, batch, _) = d_y.dim();
    if sequence >= batch {
        return Vec::new();
    }
    let size: Vec<f64> = (0..outputs)
        .map(|term| norm(&d_y.slice(s![term, sequence, ..])))
        .collect();
    let mut terms: Vec<usize> = (0..outputs).collect();
    terms.sort_by(|&a, &b| size[b].total_cmp(&size[a]).then(a.cmp(&b)));
    terms.truncate(most.min(MOST_LOSS_TERMS));
    terms.sort_unstable();
    terms
}
