//! The whole state of a trainer as plain data, taken and put back between any two updates.
//!
//! What a trainer computes next follows from its experiment, its data and what stands here: weights and the optimiser's moments,
//! where each random stream is, the order of the sequences that is being gone through, the settings in effect, and what the run
//! is held against (the first loss, the first norm of the parameters). Training that goes on from here gives the same bits as
//! training that never stopped. Records, workspaces and what is evaluated are not kept: they are made again from the weights.

use super::batch::OrderAt;
use super::history::History;
use super::trainer::Divergence;
use crate::experiment::{Change, Precision};
use crate::nn::{Clip, Optimizer, OptimizerState};
use crate::random::Position;

/// Where a trainer is: see the [module](self).
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint<T> {
    pub(super) parameters: Vec<T>,
    /// The weights before the newest update.
    pub(super) last_good: Vec<T>,
    pub(super) state: OptimizerState<T>,
    pub(super) order: OrderAt,
    pub(super) dropout: Position,
    pub(super) forcing: Position,
    pub(super) optimizer: Optimizer,
    pub(super) clip: Clip,
    pub(super) changes: Vec<Change>,
    pub(super) next_change: usize,
    pub(super) updates: u64,
    pub(super) first_loss: Option<f64>,
    pub(super) first_norm: f64,
    pub(super) history: History,
    pub(super) diverged: Option<Divergence>,
}

/// The checkpoint of an [`AnyTrainer`](super::AnyTrainer).
#[derive(Clone, Debug, PartialEq)]
pub enum AnyCheckpoint {
    /// In f32.
    Single(Box<Checkpoint<f32>>),
    /// In f64.
    Double(Box<Checkpoint<f64>>),
}

impl AnyCheckpoint {
    /// How many updates have been made.
    pub fn updates(&self) -> u64 {
        match self {
            AnyCheckpoint::Single(checkpoint) => checkpoint.updates,
            AnyCheckpoint::Double(checkpoint) => checkpoint.updates,
        }
    }

    /// What its numbers are.
    pub fn precision(&self) -> Precision {
        match self {
            AnyCheckpoint::Single(_) => Precision::F32,
            AnyCheckpoint::Double(_) => Precision::F64,
        }
    }
}

/// Why a trainer cannot go on from a checkpoint: it is of another run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OtherRun {
    /// In the other precision.
    #[error("found a checkpoint in {}, expected one in {}", found.name(), expected.name())]
    Precision {
        /// The checkpoint's.
        found: Precision,
        /// The trainer's.
        expected: Precision,
    },
    /// Of another network.
    #[error("found a checkpoint of {found} parameters, expected {expected}")]
    Parameters {
        /// The checkpoint's.
        found: usize,
        /// The trainer's.
        expected: usize,
    },
    /// Of other data.
    #[error("found a checkpoint of {found} training sequences, expected {expected}")]
    Sequences {
        /// The checkpoint's.
        found: usize,
        /// The trainer's.
        expected: usize,
    },
}
