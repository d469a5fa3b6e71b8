//! Training: one pure, seeded update at a time, everything it did on record, and a thread that does it beside the window.
//!
//! - [`batch`]: sequences of a data set into the time-major arrays that the engine reads.
//! - [`Trainer`]: an experiment being trained; [`Trainer::update`] is the whole of an update.
//! - [`Checkpoint`]: the whole state of a trainer as plain data.
//! - [`ahead`]: forecasts of many rows after one.
//! - [`data_memory`]: how far back the gradient reaches, beside how far back the series depends on itself.
//! - [`History`]: a row per update; [`Snapshot`]: what the window draws, immutable; [`scores`]: how good its forecasts are, as
//!   files have it; [`measures`]: named numbers about it; [`question`]: what does not stand in it and can be asked of it.
//! - [`diagnosis`]: what is wrong with a run, each with the numbers that prove it; [`autopsy`]: how a run ended that could not
//!   go on, from what [`Remains`] of it.
//! - [`weights`], [`shapes`], [`perturbed`], [`portrait`]: what some of these questions are about, in files of their own.
//! - [`Worker`]: the thread, which steps several runs in rounds. Each has a [`Seat`], which takes [`Order`]s and publishes
//!   snapshots no faster than they are taken.
//!
//! Invariant: what an update computes depends on the experiment alone; neither the clock nor how often anybody looks has
//! a part in it. Only [`worker`] knows threads and clocks.

pub mod ahead;
pub mod altered;
pub mod autopsy;
pub mod batch;
pub mod chances;
pub mod checkpoint;
pub mod confusion;
pub mod continuation;
pub mod data_memory;
pub mod diagnosis;
mod divergence;
pub mod history;
pub mod horizons;
mod lead;
pub mod measures;
pub mod norms;
pub mod nothing_known;
mod pass;
pub mod perturbed;
pub mod portrait;
pub mod question;
mod remains;
pub mod residuals;
pub mod scores;
mod setup;
mod several;
pub mod shadow;
pub mod shapes;
pub mod snapshot;
pub mod story;
pub mod surface;
pub mod symbols;
pub mod trainer;
pub mod weights;
pub mod worker;

pub use ahead::Ahead;
pub use altered::{Alteration, Altered};
pub use autopsy::Autopsy;
pub use chances::Chances;
pub use checkpoint::{AnyCheckpoint, Checkpoint, OtherRun};
pub use continuation::Continuation;
pub use data_memory::DataMemory;
pub use diagnosis::Diagnosis;
pub use divergence::Divergence;
pub use history::{History, Row, Watched};
pub use horizons::Horizons;
pub use lead::{Lead, Looks, lead, test_loss_after};
pub use measures::{Argument, Measure};
pub use question::{Answer, Question};
pub use remains::Remains;
pub use residuals::Residuals;
pub use setup::Setup;
pub use snapshot::{Forecasts, ProbeRecord, Snapshot, Status};
pub use story::Story;
pub use symbols::Symbols;
pub use trainer::{AnyTrainer, Trainer};
pub use worker::{Order, Seat, Worker};

#[cfg(test)]
mod tests;
