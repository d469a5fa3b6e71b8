//! See inside recurrent neural networks: gates, states and gradients, step by step, every number computed.
//!
//! The rooms, in reading order; each knows only those before it:
//!
//! - [`platform`]: what is the machine's: threads, clock, dialogues, files read within limits and written whole, and the store of what the window keeps.
//! - [`words`]: numbers, counts and quoted cells as they are written for people.
//! - [`random`]: one seed, named streams.
//! - [`nn`]: the engine. Pure: no files, threads, clock or screen.
//! - [`data`]: sequences and where they come from: CSV, windows, tasks. Knows nothing of [`nn`].
//! - [`baseline`]: what a network is to be held against: AR(p), naive and seasonal naive forecasts, and their scores. Of what
//!   is above it knows [`data`] and [`words`] alone.
//! - [`experiment`]: the TOML text that everything starts from, what is made of it, what that takes of memory, and the gallery.
//! - [`train`]: an experiment being trained; its checkpoints, history, snapshots, measures and the questions that can be put to a
//!   snapshot; the worker, which steps several of them in rounds.
//! - [`session`]: everything a user can do, as commands, on a session of one to four runs that knows no screen; what is
//!   asked of a snapshot is answered beside the frames.
//! - [`lesson`]: lessons: files, player, checks.
//! - [`mod@run`]: `rnnscope run`.
//! - [`app`]: the window. The only room that knows egui, eframe and egui_plot.
//!
//! The way of the data, with no way back: experiment → (model, data set) → trace → loss → adjoints → update → snapshot →
//! views. The way of intent: window or lesson → command → session → worker; `rnnscope run` drives a trainer by itself.
//! `tests/architecture.rs` reads the imports, and fails where a room names one that it is not to know, or two files each
//! other.
//!
//! To add something, and who asks for what is forgotten (c: the compiler, t: a test):
//!
//! - a **view**: a file in `app/views` with its `mod` line (t) and its line in [`app::views::all`] (t), a row in
//!   `lessons/README.md` (t), what its marks mean in `app/marks.rs` (t), its place in the outline that `app/panes.rs` expects (t). It computes nothing (t): what it wants
//!   worked out is a question.
//! - a **measure**: a variant of [`train::Measure`] with its name, value, `is_at_hand` and `split` (c), its row in the table
//!   above them (t), a row in `lessons/README.md` (t). One that is the session's own has its value in
//!   [`session::Session::measure`].
//! - a **question**: a variant each of [`train::Question`] and [`train::Answer`], with `worked_out` and `bytes` (c), its line in
//!   the test that asks every question; what computes it is the engine's, in [`nn::analysis`].
//! - a **task**: a file in `data/tasks` with its `mod` line and its line in [`data::tasks::ALL`] (t), a row in the README (t).
//! - a **cell**: a file in `nn` that reads as `lstm.rs` does, a variant of [`nn::Cell`] with its name, quantities and equations
//!   (c, and by `Cell::ALL`, t), its arms in `recurrent.rs` (c), its fixture from PyTorch (t). What its quantities are like
//!   (gates, ranges, what keeps the past) is said in `nn/cell.rs` and nowhere else.
//! - an **importer**: a module beside [`data::csv`] that makes a [`data::Table`], a variant of [`experiment::Data`] (c), and
//!   its arms where a file is looked at (`session/import/reading.rs`).

// Tests may unwrap: there a panic is the message.
#![cfg_attr(not(test), warn(clippy::unwrap_used))]
// A line that cannot be written, as to a reader that has gone, must end nothing: these panic then.
#![cfg_attr(not(test), warn(clippy::print_stdout, clippy::print_stderr))]

pub mod app;
pub mod baseline;
pub mod data;
pub mod experiment;
pub mod lesson;
pub mod nn;
pub mod platform;
pub mod random;
pub mod run;
pub mod session;
pub mod train;
pub mod words;
