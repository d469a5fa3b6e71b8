//! An experiment: everything that decides what a run computes, as one small TOML text.
//!
//! The text is the truth: the window, lessons, the command line and tests all start from it, and every change of a setting
//! is a change of the text ([`Document`]), which keeps its comments and order. Reading it gives an [`Experiment`], checked
//! so that nothing after it can fail: unknown keys, wrong types and impossible values are refused with their line.
//! [`material`] turns an experiment into data and a model's shape; [`gallery`] holds those that come with the program.

mod document;
pub mod error;
pub mod gallery;
mod location;
mod material;
pub mod read;

use crate::data::{CsvOptions, Forecast, Parameters, Split, Task};
use crate::nn::{Cell, Clip, Init, Optimizer, Readout};

pub use document::{Document, Setting};
pub use error::{Errors, Problem};
pub use location::{FileError, Location, MAX_FILE_BYTES};
pub use material::{MAX_PARAMETERS, MAX_RECORD_BYTES, Material, MaterialError, material};

/// A validated experiment. Field by field it is the TOML text; [`read`] documents every key and default.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    /// `seed`: where all randomness starts; 0 if absent.
    pub seed: u64,
    /// `[data]`.
    pub data: Data,
    /// `[model]`.
    pub model: ModelSpec,
    /// `[training]`.
    pub training: Training,
    /// `[probe]`.
    pub probe: Probe,
}

/// `[data]`: where the sequences come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// A file of numbers, to be forecast.
    Csv(CsvData),
    /// A made-up problem.
    Task(TaskData),
}

/// `[data]` with `csv = …`.
#[derive(Clone, Debug, PartialEq)]
pub struct CsvData {
    /// `csv`: the file, relative to the experiment's own place.
    pub path: String,
    /// `sha256`: the hash of the bytes that the experiment was made with, in hexadecimal.
    pub sha256: Option<String>,
    /// `delimiter`, `header`: found out if absent.
    pub options: CsvOptions,
    /// `features`, `target`, `time`, `window`, `horizon`, `test_from`, `scale`.
    pub forecast: Forecast,
}

/// `[data]` with `task = …`.
#[derive(Clone)]
pub struct TaskData {
    /// `task`: which one.
    pub task: &'static dyn Task,
    /// Its own keys.
    pub parameters: Parameters,
}

/// Tasks are told apart by their names, which are unique.
impl PartialEq for TaskData {
    fn eq(&self, other: &Self) -> bool {
        self.task.name() == other.task.name() && self.parameters == other.parameters
    }
}

impl std::fmt::Debug for TaskData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TaskData")
            .field("task", &self.task.name())
            .field("parameters", &self.parameters)
            .finish()
    }
}

/// `[model]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ModelSpec {
    /// `cell`: `lstm` if absent.
    pub cell: Cell,
    /// `hidden_size`: 16 if absent.
    pub hidden_size: usize,
    /// `num_layers`: 1 if absent.
    pub num_layers: usize,
    /// `readout`: `last` if absent.
    pub readout: Readout,
    /// `init`: `{ scheme = "pytorch" }` if absent.
    pub init: Init,
}

/// `[training]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    /// `updates`: how many; 600 if absent.
    pub updates: u64,
    /// `batch_size`: sequences per update, at most as many as there are; 32 if absent.
    pub batch_size: usize,
    /// `precision`: `f64` if absent.
    pub precision: Precision,
    /// `optimizer`: Adam with rate 0.01 if absent.
    pub optimizer: Optimizer,
    /// `clip`: off if absent.
    pub clip: Clip,
    /// `evaluate_every`: updates between two looks at the test part; 10 if absent.
    pub evaluate_every: u64,
    /// `diverged_above`: the run stops when the loss is above this many times the first one; 10⁶ if absent.
    pub diverged_above: f64,
    /// `[[training.change]]`: settings changed on the way, by rising update.
    pub changes: Vec<Change>,
}

/// `[[training.change]]`: a setting that was changed during the run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// `update`: it holds from the update after this many have been made; 0 is from the start.
    pub update: u64,
    /// `learning_rate`, if it changed.
    pub learning_rate: Option<f64>,
    /// `clip`, if it changed.
    pub clip: Option<Clip>,
}

/// `[probe]`: the one sequence under the lens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// `split`: `test` if absent.
    pub split: Split,
    /// `index`: which sequence of it; 0 if absent.
    pub index: usize,
}

/// `precision`: what a run computes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 24 bits, as others train.
    F32,
    /// 53 bits: gradients down to 1e-300 stay visible.
    F64,
}

impl Precision {
    /// The name in experiments.
    pub fn name(self) -> &'static str {
        match self {
            Precision::F32 => "f32",
            Precision::F64 => "f64",
        }
    }
}
