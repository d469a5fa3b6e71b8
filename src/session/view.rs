//! Where the user looks, and what a run is called by: its text.

use crate::experiment::{Document, Experiment};
use crate::nn::{Clip, Cursor, SetWeight};

/// Where the user looks.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct View {
    pub(super) cursor: Cursor,
    pub(super) cursor_at_end: bool,
    /// The part of the network on show, if it has so many.
    pub(super) part: usize,
    /// The time step that the cursor is to stand at, of what has not arrived yet: another model walks through it by other
    /// operations.
    pub(super) at_step: Option<usize>,
}

impl View {
    /// Everything revealed, in the last part, which has the output.
    pub(super) const ALL: Self = Self {
        cursor: Cursor::START,
        cursor_at_end: true,
        part: usize::MAX,
        at_step: None,
    };

    /// Before the first operation of the forward sweep, in the part that the input enters.
    pub(super) const BEGINNING: Self = Self {
        cursor: Cursor::START,
        cursor_at_end: false,
        part: 0,
        at_step: None,
    };
}

/// The learning rate and clipping in effect, and weights that were or are to be set by hand.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settings {
    pub(super) learning_rate: f64,
    pub(super) clip: Clip,
    /// Weights by the change that set them; all others are what training makes of them.
    pub(super) weights: Vec<SetWeight>,
}

/// Another text for the same run: what training has no part in.
pub(super) struct Words {
    pub(super) document: Document,
    pub(super) experiment: Experiment,
}
