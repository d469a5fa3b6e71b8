//! The whole state of a trainer as plain data, taken and put back between any two updates.
//!
//! What a trainer computes next follows from its experiment, its data and what stands here: weights and the optimiser's moments,
//! where each random stream is, the order of the sequences that is being gone through, the settings in effect, and what the run
//! is held against (the first loss, the first norm of the parameters). Training that goes on from here gives the same bits as
//! training that never stopped. Records, workspaces and what is evaluated are not kept: they are made again from the weights.
//!
//! [`Kept`] is a checkpoint on its way through a file: with what it is of, so that none is taken for another's.

use super::batch::OrderAt;
use super::divergence::Divergence;
use super::history::History;
use super::remains::Remains;
use crate::experiment::{Change, Experiment, Material, Precision};
use crate::nn::{Clip, Optimizer, OptimizerState};
use crate::random::Position;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Where a trainer is: see the [module](self).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    pub(super) remains: Option<Remains>,
}

/// The checkpoint of an [`AnyTrainer`](super::AnyTrainer).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

/// A checkpoint and what it is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept<'a> {
    /// The version of the program: another one may not give the same bits.
    version: String,
    /// The experiment's text.
    text: Cow<'a, str>,
    /// The hash of the file that the data come from; `None` for a task.
    sha256: Option<String>,
    checkpoint: Cow<'a, AnyCheckpoint>,
}

/// What a checkpoint is marked with: the version of the program, and how many numbers a row of its history has, so that none
/// is read whose rows were others.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), ", rows of 9");

/// The longest file of a checkpoint that is written and read, in bytes.
pub const LONGEST: u64 = crate::experiment::memory::CHECKPOINT_BYTES;

impl<'a> Kept<'a> {
    /// A checkpoint of a run of this text.
    pub fn new(text: &'a str, material: &Material, checkpoint: &'a AnyCheckpoint) -> Self {
        Self {
            version: VERSION.into(),
            text: text.into(),
            sha256: material.sha256.clone(),
            checkpoint: Cow::Borrowed(checkpoint),
        }
    }

    /// The same, borrowed from nobody.
    pub fn into_owned(self) -> Kept<'static> {
        Kept {
            version: self.version,
            text: Cow::Owned(self.text.into_owned()),
            sha256: self.sha256,
            checkpoint: Cow::Owned(self.checkpoint.into_owned()),
        }
    }

    /// As bytes of a file.
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        // It fails where a length is not known beforehand, which all here are.
        postcard::to_stdvec(self).ok()
    }

    /// The checkpoint, if it is one of this experiment on these data: of a text that may differ in what has no part in training,
    /// the sequence under the lens and the baselines, and in changes, which [`Trainer::resume_under`](super::Trainer::resume_under)
    /// looks at.
    pub fn of(&self, experiment: &Experiment, material: &Material) -> Option<&AnyCheckpoint> {
        let alike = |of: &Experiment| {
            let mut of = of.clone();
            of.probe = experiment.probe;
            of.probe_set.clone_from(&experiment.probe_set);
            of.baseline.clone_from(&experiment.baseline);
            of.training.changes.clear();
            of
        };
        let written = Experiment::parse(&self.text).ok()?;
        let same = self.version == VERSION
            && self.sha256 == material.sha256
            && alike(&written) == alike(experiment);
        same.then_some(&self.checkpoint)
    }
}

impl Kept<'static> {
    /// From the bytes of a file; `None` if they are no checkpoint.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
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
    /// Of a run on which other settings were changed on the way.
    #[error("found a checkpoint of a run that was changed otherwise on its way")]
    Changes,
    /// Of other data.
    #[error("found a checkpoint of {found} training sequences, expected {expected}")]
    Sequences {
        /// The checkpoint's.
        found: usize,
        /// The trainer's.
        expected: usize,
    },
}
