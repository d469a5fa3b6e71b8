//! See inside recurrent neural networks: gates, states and gradients, step by step, every number computed.
//!
//! The rooms, in reading order; each knows only those before it:
//!
//! - [`platform`]: what is the machine's: threads, clock, dialogues, files read within limits and written whole, and the store of what the window keeps.
//! - [`words`]: numbers, counts and quoted cells as they are written for people.
//! - [`random`]: one seed, named streams.
//! - [`nn`]: the engine. Pure: no files, threads, clock or screen.
//! - [`data`]: sequences and where they come from: CSV, windows, tasks. Knows no other room.
//! - [`baseline`]: what a network is to be held against: AR(p), naive and seasonal naive forecasts, and their scores. Knows
//!   [`data`] alone.
//! - [`experiment`]: the TOML text that everything starts from, and the gallery.
//! - [`train`]: an experiment being trained; its checkpoints, history, snapshots, measures and the questions that can be put to a
//!   snapshot; the worker, which steps several of them in rounds.
//! - [`session`]: everything a user can do, as commands, on a session of one to four runs that knows no screen; what is
//!   asked of a snapshot is answered beside the frames.
//! - [`lesson`]: lessons: files, player, checks.
//! - [`mod@run`]: `rnnscope run`.
//! - [`app`]: the window. The only room that knows egui, eframe and egui_plot.
//!
//! The way of the data, with no way back: experiment → (model, data set) → trace → loss → adjoints → update → snapshot →
//! views. The way of intent: window, lesson or command line → command → session → worker. `tests/architecture.rs` reads the
//! imports and fails on a breach.

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
