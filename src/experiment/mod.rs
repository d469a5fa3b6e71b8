//! An experiment: everything that decides what a run computes, as one small TOML text.
//!
//! The text is the truth: the window, lessons, the command line and tests all start from it, and every change of a setting
//! is a change of the text ([`Document`]), which keeps its comments and order. Reading it gives an [`Experiment`], checked
//! so that nothing after it can fail: unknown keys, wrong types and impossible values are refused with their line.
//! [`material`] turns an experiment into data and a model's shape; [`gallery`] holds those that come with the program.

mod answering;
mod baselines;
mod differences;
mod document;
pub mod error;
mod first_weights;
pub mod gallery;
mod location;
mod matching;
mod material;
mod means;
pub mod memory;
mod network;
pub mod read;
mod stage;
mod titles;

use crate::baseline::{Criterion, Method};
use crate::data::sequences::TextSpec;
use crate::data::{CsvOptions, Parameters, SequenceSpec, Split, Task};
use crate::nn::attention::Attention;
use crate::nn::init::Stack;
use crate::nn::{Cell, Clip, Floor, Init, Optimizer, RateSchedule, Readout, SetWeight};

pub use answering::Answering;
pub use baselines::{Baseline, BaselineKind, Baselines, Scores, Study};
pub use differences::{Difference, differences, in_window_words};
pub use document::{Document, Setting};
pub use error::{Errors, Problem};
pub use first_weights::{FirstWeights, WeightsFile};
pub use location::{
    Location, MAX_EXPERIMENT_BYTES, MAX_TEXT_BYTES, NO_EXPERIMENT, read_experiment,
};
pub use matching::{Matched, matched};
pub use material::{FromFile, MAX_PARAMETERS, Material, MaterialError, material, material_watched};
pub use means::Means;
pub use memory::{MAX_RUN_BYTES, Memory};
pub use stage::{Stage, Watch};
pub use titles::{title_of, told_value, value_title};

/// A validated experiment. Field by field it is the TOML text; [`read`] documents every key and default.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    /// `seed`: where all randomness starts; 0 if absent.
    pub seed: u64,
    /// `[data]`.
    pub data: Data,
    /// `[baseline]`.
    pub baseline: BaselineSpec,
    /// `[model]`.
    pub model: ModelSpec,
    /// `[training]`.
    pub training: Training,
    /// `[probe]`.
    pub probe: Probe,
    /// `probe.set`: numbers that its run is given other than the data say, its input and first states (`x`, `h_0`, `c_0`);
    /// training has no part in them.
    pub probe_set: Vec<SetWeight>,
}

impl Experiment {
    /// Whether it has the sequences of the other one: numbers of a task are drawn from the seed.
    pub fn has_data_of(&self, other: &Experiment) -> bool {
        let drawn = matches!(self.data, Data::Task(_));
        self.data == other.data && (self.seed == other.seed || !drawn)
    }
}

/// `[data]`: where the sequences come from.
#[expect(
    clippy::large_enum_variant,
    reason = "an experiment has one, and hardly anything else does"
)]
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// A file with a table.
    Csv(CsvData),
    /// A plain text, whose next character is to be told.
    Text(TextData),
    /// A made-up problem.
    Task(TaskData),
}

/// `[data]` with `csv = …`.
#[derive(Clone, Debug, PartialEq)]
pub struct CsvData {
    /// `csv`: the file, relative to the experiment's own place.
    pub path: String,
    /// `sha256`: the hash of the bytes that the experiment was made with, in hexadecimal; with `first_rows`, of the lines up
    /// to the last of these rows.
    pub sha256: Option<String>,
    /// `delimiter`, `header` and the like: found out if absent.
    pub options: CsvOptions,
    /// `rows_are_series`: whether the table lies on its side, columns being times, and is turned round.
    pub rows_are_series: bool,
    /// What sequences to make of the table: the roles of its columns, windows, gaps, scaling, the test part.
    pub sequences: SequenceSpec,
}

/// `[data]` with `text_file = …`.
#[derive(Clone, Debug, PartialEq)]
pub struct TextData {
    /// `text_file`: the file, relative to the experiment's own place.
    pub path: String,
    /// `sha256`: as in [`CsvData`].
    pub sha256: Option<String>,
    /// `length`, `test_from`.
    pub spec: TextSpec,
}

/// `[baseline]`: what a forecast is held against, beside the last known value.
#[derive(Clone, Debug, PartialEq)]
pub struct BaselineSpec {
    /// `ar`: the autoregression's lags; chosen by Schwarz's criterion if absent.
    pub lags: Lags,
    /// `largest`: the most lags that a criterion tries; 20 if absent.
    pub largest: usize,
    /// `method`: how it is fitted; least squares if absent.
    pub method: Method,
    /// `season`: rows until a season comes back, 0 for none; what the time column tells if absent.
    pub season: Option<usize>,
}

impl Default for BaselineSpec {
    fn default() -> Self {
        Self {
            lags: Lags::Chosen(Criterion::Bic),
            largest: 20,
            method: Method::LeastSquares,
            season: None,
        }
    }
}

/// `baseline.ar`: which lags an autoregression has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lags {
    /// No autoregression.
    Off,
    /// 1 to p, with p chosen on the training part.
    Chosen(Criterion),
    /// 1 to p.
    UpTo(usize),
    /// These, rising.
    These(Vec<usize>),
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
#[derive(Clone, Debug, PartialEq)]
pub struct ModelSpec {
    /// `kind`: a recurrent model if absent.
    pub kind: ModelKind,
    /// `cell`: `lstm` if absent; the encoder's in an encoder–decoder, and without meaning in self-attention.
    pub cell: Cell,
    /// `hidden_size`: 16 if absent; the width in self-attention.
    pub hidden_size: usize,
    /// `num_layers`: 1 if absent.
    pub num_layers: usize,
    /// `bidirectional`: no if absent.
    pub bidirectional: bool,
    /// `dropout`: the share of values dropped between layers in training; 0 if absent.
    pub dropout: f64,
    /// `readout`: `last` if absent; always `every` in an encoder–decoder.
    pub readout: Readout,
    /// `masking`: whether padding is left out; yes if absent. Otherwise it is run through as if it were data.
    pub masking: bool,
    /// `init`: `{ scheme = "pytorch" }` if absent.
    pub init: Init,
    /// `weights`: a file of weights to begin from; none if absent.
    pub weights: Option<WeightsFile>,
}

/// `model.kind`: what a model is built of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ModelKind {
    /// A stack of recurrent layers and a readout.
    Recurrent,
    /// A stack that reads the input, and a recurrent layer that writes the output.
    EncoderDecoder {
        /// `decoder`.
        decoder: DecoderSpec,
    },
    /// Blocks of self-attention and a readout.
    SelfAttention {
        /// `heads` per block: 1 if absent.
        heads: usize,
        /// `causal`: whether a step sees only itself and those before it; yes if absent.
        causal: bool,
        /// `positions`: whether sinusoidal positions are added to the input; yes if absent.
        positions: bool,
    },
}

/// `model.decoder`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecoderSpec {
    /// `cell`: the encoder's if absent.
    pub cell: Cell,
    /// `hidden_size`: the encoder's width, all directions together, if absent.
    pub hidden_size: usize,
    /// `attention`: none if absent.
    pub attention: Attention,
}

impl ModelKind {
    /// The names in experiments, in the order in which a learner meets them.
    pub const NAMES: [&str; 3] = ["recurrent", "encoder_decoder", "self_attention"];

    /// The name in experiments.
    pub fn name(self) -> &'static str {
        match self {
            ModelKind::Recurrent => ModelKind::NAMES[0],
            ModelKind::EncoderDecoder { .. } => ModelKind::NAMES[1],
            ModelKind::SelfAttention { .. } => ModelKind::NAMES[2],
        }
    }
}

impl ModelSpec {
    /// 2 if bidirectional, otherwise 1.
    pub fn directions(&self) -> usize {
        1 + usize::from(self.bidirectional)
    }

    /// Its recurrent stacks, by what their parameters' names begin with.
    pub fn stacks(&self) -> Vec<Stack<'static>> {
        let stack = |prefix, cell| Stack { prefix, cell };
        match self.kind {
            ModelKind::Recurrent => vec![stack("", self.cell)],
            ModelKind::EncoderDecoder { decoder } => {
                vec![stack("encoder", self.cell), stack("decoder", decoder.cell)]
            }
            ModelKind::SelfAttention { .. } => Vec::new(),
        }
    }
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
    /// `schedule`: how the learning rate changes by itself; not at all if absent.
    pub schedule: RateSchedule,
    /// `clip`: off if absent.
    pub clip: Clip,
    /// `truncate`: backpropagation goes back at most to the beginning of a chunk of so many steps; to the beginning of the
    /// sequence if absent.
    pub truncate: Option<usize>,
    /// `teacher_forcing`: the share of a decoder's steps in training whose input is the true previous output instead of
    /// its own; 1 if absent, and without meaning in other models.
    pub teacher_forcing: f64,
    /// `evaluate_every`: updates between two looks at the test part; 10 if absent.
    pub evaluate_every: u64,
    /// `diverged_above`: the run stops when the loss is above this many times the first one; 10⁶ if absent.
    pub diverged_above: f64,
    /// `[[training.change]]`: settings changed on the way, by rising update.
    pub changes: Vec<Change>,
}

/// `[[training.change]]`: settings and weights that were changed during the run.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Change {
    /// `update`: it holds from the update after this many have been made; 0 is from the start.
    pub update: u64,
    /// `learning_rate`, if it changed; what the schedule says is a share of it.
    pub learning_rate: Option<f64>,
    /// `clip`, if it changed.
    pub clip: Option<Clip>,
    /// `set`: weights that were set by hand.
    pub set: Vec<SetWeight>,
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
    /// 24 bits, as others train: gradients down to 3e-26 stay visible.
    F32,
    /// 53 bits: gradients down to 1e-283 stay visible.
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

    /// The size below which an adjoint is 0: what is smaller would lead to denormal numbers, see [`Floor`].
    pub fn smallest_adjoint(self) -> f64 {
        match self {
            Precision::F32 => Floor::Adjoint.size::<f32>(),
            Precision::F64 => Floor::Adjoint.size::<f64>(),
        }
    }
}
