//! What learners often believe and a run refutes: the list that the course has to meet, and the block that meets one.

use super::Check;

/// An error that is often made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misconception {
    /// What lessons call it.
    pub id: &'static str,
    /// What is believed.
    pub says: &'static str,
}

/// Those that the course has to meet.
pub const TABLE: [Misconception; 11] = [
    of(
        "weights-differ-per-step",
        "Each time step has weights of its own.",
    ),
    of(
        "whole-gradient-vanishes",
        "When gradients vanish, the whole gradient is gone and nothing is learned.",
    ),
    of(
        "clipping-cures-vanishing",
        "Clipping keeps gradients from vanishing.",
    ),
    of("forget-gate-of-one-forgets", "A forget gate of 1 forgets."),
    of(
        "forget-bias-of-one-is-enough",
        "A forget bias of 1 is enough to remember over 100 steps.",
    ),
    of(
        "padding-is-harmless",
        "Padding is harmless: it is only zeros.",
    ),
    of(
        "sigma-above-one-explodes",
        "A largest singular value above 1 means that gradients explode.",
    ),
    of(
        "more-units-longer-memory",
        "More units give a longer memory.",
    ),
    of(
        "lstm-solves-long-dependencies",
        "The LSTM has solved long dependencies for good.",
    ),
    of(
        "low-error-good-forecast",
        "A low error means a good forecast.",
    ),
    of(
        "attention-says-what-mattered",
        "Attention weights say what mattered for the answer.",
    ),
];

const fn of(id: &'static str, says: &'static str) -> Misconception {
    Misconception { id, says }
}

/// The one of the list that is called so.
pub fn by_id(id: &str) -> Option<&'static Misconception> {
    TABLE.iter().find(|known| known.id == id)
}

/// Names an error after the learner's own run has refuted it.
#[derive(Clone, Debug)]
pub struct Refute {
    /// What it is called, in the list or by this lesson alone.
    pub misconception: String,
    /// What is believed.
    pub says: String,
    /// Why it is tempting.
    pub tempting: String,
    /// The bins of the page's question that those say who believe it.
    pub held: Vec<usize>,
    /// When the learner's run has refuted it.
    pub check: Check,
    /// What the run shows instead.
    pub explain: String,
}

impl Refute {
    /// Every text in it.
    pub fn texts(&self) -> impl Iterator<Item = &String> {
        [&self.says, &self.tempting, &self.explain].into_iter()
    }
}
