//! What is kept of an update that could not be made: all that it takes to make it once more.
//!
//! A trainer that stops goes back to its last good weights, and the numbers that ended the run are gone. This is plain data from
//! which [`autopsy`](super::autopsy) makes the same update again, with the same bits: weights, which sequences, where the random
//! streams stood, and what the update was held against.

use crate::random::Position;
use serde::{Deserialize, Serialize};

/// What is left of the update that ended a run. Numbers of f32 are widened, which is exact both ways.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remains {
    /// The weights that ended the run: those that the update led to, or began with where it came no further than the loss. It
    /// then began with the last good ones, which stand elsewhere.
    pub(super) parameters: Vec<f64>,
    /// Whether these are those that it led to.
    pub(super) is_after: bool,
    /// Its batch: which sequences of the training part, row by row.
    pub(super) sequences: Vec<usize>,
    /// The seed of the random streams.
    pub(super) seed: u64,
    /// Where the stream of dropout masks stood.
    pub(super) dropout: Position,
    /// Where that stood which decides what a decoder is taught.
    pub(super) forcing: Position,
    /// Whether padding is left out.
    pub(super) masking: bool,
    /// The chunks of truncated backpropagation.
    pub(super) truncate: Option<usize>,
    /// How often a decoder is taught.
    pub(super) teacher_forcing: f64,
    /// The loss above which the run is stopped.
    pub(super) loss_bound: f64,
    /// The norm of the parameters above which it is.
    pub(super) norm_bound: f64,
    /// The norm of all parameters before the first update.
    pub(super) first_norm: f64,
}
