//! Data, experiments and training without a window: what is read, what is computed, what is said of it.

mod autopsy_causes;
mod bad_input;
#[path = "../common/mod.rs"]
mod common;
mod csv_brought;
mod csv_files;
mod forecasting;
mod guesses;
mod stopping;
mod tasks;
mod workbooks;
