//! An experiment → its data and the shape of its model: all that training needs.
//!
//! This is the one place of the room that opens files. What could not be checked in the text alone is checked here: that the
//! file can be read, that its columns and times are those that the text names, that the probe exists, and that it all fits
//! into memory.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::WeightsFile;
use super::first_weights::{FirstWeights, Unusable};
use super::location::Location;
use super::means::{self, Means};
use super::memory::{self, MAX_RUN_BYTES, Memory, Share, TooMuch};
use super::network::network;
use super::stage::{Stage, Watch};
use super::{
    Answering, BaselineSpec, Baselines, CsvData, Data, Experiment, ModelKind, ModelSpec, TaskData,
    TextData,
};
use crate::data::csv::{Encoding, LineCounter};
use crate::data::nearest::nearest;
use crate::data::sequences::{self, Outlook};
use crate::data::wide;
use crate::data::{
    Answers, Asked, CsvError, Dataset, Pace, ParameterError, Parameters, Report, SequenceError,
    SequenceProblem, SequenceSpec, Sequences, Span, Split, Table, Targets, csv,
};
use crate::nn::{Loss, Network, Readout, SetWeight};
use crate::platform::files::{self, FileError, NotText};
use crate::random::Stream;
use crate::words::exact;
use crate::words::shortened;

/// The most parameter values a model may have: 16 Mi. What memory a run takes in all is limited by
/// [`MAX_RUN_BYTES`](super::MAX_RUN_BYTES).
pub const MAX_PARAMETERS: usize = 1 << 24;

/// What an experiment stands for: data, and the shape of the model that learns from them.
#[derive(Clone, Debug)]
pub struct Material {
    /// The sequences.
    pub dataset: Arc<Dataset>,
    /// The model's shape.
    pub network: Network,
    /// When the network answers, and what.
    pub answering: Answering,
    /// What is minimised: squared error for numbers, cross-entropy for classes.
    pub loss: Loss,
    /// Steps of the longest sequence.
    pub seq_len: usize,
    /// Steps of the longest answer that a decoder is to write; where answers are given on the way, `seq_len`.
    pub answer_len: usize,
    /// Whether sequences differ in length, so that shorter ones are padded.
    pub ragged: bool,
    /// Whether padding is left out; otherwise it is run through as if it were data.
    pub masking: bool,
    /// What the run takes of memory.
    pub memory: Memory,
    /// What became of the file that the sequences come from; `None` for a task.
    pub source: Option<Arc<FromFile>>,
    /// What forecasts are held against; `None` where no numbers are forecast.
    pub baselines: Option<Arc<Baselines>>,
    /// The weights to begin from; `None` where they are drawn.
    pub first_weights: Option<FirstWeights>,
    /// What the data are called on the screen: `sunspots`, `Latch`.
    pub data_name: String,
    /// The hash of the file as it is now, or of its lines as far as they were needed if `data.first_rows` left some out, to
    /// be recorded as `data.sha256`; `None` for a task.
    pub sha256: Option<String>,
    /// What the user should know though nothing is wrong, in sentences.
    pub notices: Vec<String>,
    /// Those of them that are about reading the data.
    data_notices: Vec<String>,
    /// Those that are about the model.
    model_notices: Vec<String>,
}

/// A file's share in the sequences: what was read, and what became of it.
#[derive(Clone, Debug)]
pub struct FromFile {
    /// The file as a table; `None` for a plain text.
    pub table: Option<Arc<Table>>,
    /// What sequences were made of it; `None` for a plain text.
    pub spec: Option<SequenceSpec>,
    /// What became of every row.
    pub report: Report,
    /// How forecasts go on beyond the data; `None` where no numbers are forecast.
    pub outlook: Option<Outlook>,
}

/// Why an experiment has no material. [`MaterialError::setting`] says which setting to change.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MaterialError {
    /// The file cannot be read.
    #[error("{error}")]
    File {
        /// The setting that names it.
        setting: &'static str,
        /// Which, and why.
        error: FileError,
    },
    /// The file is no table.
    #[error("{path}: {error}")]
    Csv {
        /// The file, as the text names it.
        path: String,
        /// What is wrong with it.
        error: CsvError,
    },
    /// The file has no sequences as asked for.
    #[error("{path}: {error}")]
    Sequences {
        /// The file, as the text names it.
        path: String,
        /// What is wrong.
        error: SequenceError,
    },
    /// A text that is no UTF-8.
    #[error("{path}: {error}. {}", NotText::HINT)]
    NoText {
        /// The file, as the text names it.
        path: String,
        /// Where.
        error: NotText,
    },
    /// A file of weights that cannot be read, or is of another network.
    #[error("model.weights: {path}: {problem}")]
    Weights {
        /// The file, as the text names it.
        path: String,
        /// What is wrong, and what may help.
        problem: String,
    },
    /// The values are no parameters of the task.
    #[error("{0}")]
    Parameters(ParameterError),
    /// An output at every step was asked for where the target means something at the last step only.
    #[error(
        "model.readout: found “every” with the data “{data}”, whose target means something at the last step only, \
         expected “last”. Change one of the two."
    )]
    Readout {
        /// What the data are called.
        data: String,
    },
    /// A decoder was asked for where the target means something at the last step only.
    #[error(
        "model.kind: found “encoder_decoder” with the data “{data}”, whose target means something at the last step only, \
         expected “recurrent” or “self_attention”. Change one of the two."
    )]
    Decoder {
        /// What the data are called.
        data: String,
    },
    /// A model that answers on the way was asked for where answers are not as long as what is read.
    #[error(
        "model.kind: found “{found}” with the data “{data}”, whose answers are of other lengths than the sequences, \
         expected “encoder_decoder”. Change one of the two."
    )]
    OtherLengths {
        /// What the data are called.
        data: String,
        /// The kind asked for.
        found: &'static str,
    },
    /// A weight to be set by hand is of no parameter.
    #[error(
        "{set}.{key}: found “{}”, expected one of {}. {}",
        shortened(parameter),
        first_of(names),
        match *key {
            "number" => "These are what a run of this model is given.".to_owned(),
            _ => meant(parameter, names),
        }
    )]
    Parameter {
        /// Where it is set: `model.init.set[0]`.
        set: String,
        /// The key that has the name.
        key: &'static str,
        /// The name as given.
        parameter: String,
        /// The model's parameters.
        names: Vec<String>,
    },
    /// A weight to be set by hand lies outside its parameter.
    #[error(
        "{set}.index: found {index:?}, expected one from {:?} to {:?}. The shape of {parameter} is {shape:?}.",
        vec![0; shape.len()],
        shape.iter().map(|size| size - 1).collect::<Vec<_>>()
    )]
    ParameterIndex {
        /// Where it is set: `model.init.set[0]`.
        set: String,
        /// The parameter.
        parameter: String,
        /// The index as given.
        index: Vec<usize>,
        /// The parameter's shape; sizes are at least 1.
        shape: Vec<usize>,
    },
    /// The probe is not among the sequences.
    #[error(
        "probe.index: found {index}, expected {}. Sequences are counted from 0.",
        up_to(*count, split.name())
    )]
    Probe {
        /// The sequence asked for.
        index: usize,
        /// The part it should be in.
        split: Split,
        /// How many sequences that part has.
        count: usize,
    },
    /// The model has too many parameters.
    #[error(
        "model.hidden_size: found {hidden_size}, which with num_layers {num_layers}{}, {input_size} in and {output_size} \
         out makes {} parameters, expected at most {MAX_PARAMETERS}. Choose fewer units or fewer layers.",
        both_ways(*bidirectional),
        parameters.map_or("uncountably many".to_owned(), |parameters| parameters.to_string())
    )]
    TooManyParameters {
        /// `hidden_size`.
        hidden_size: usize,
        /// `num_layers`.
        num_layers: usize,
        /// `bidirectional`.
        bidirectional: bool,
        /// Values per step in.
        input_size: usize,
        /// Values per output.
        output_size: usize,
        /// How many parameters that makes, if it can be counted.
        parameters: Option<usize>,
    },
    /// The run would take too much memory.
    #[error("{}: found {found}", found.setting())]
    TooMuchMemory {
        /// How much it would take, for what, and what would help.
        found: Box<TooMuch>,
    },
    /// `progress` asked to stop.
    #[error("preparing the data was cancelled")]
    Cancelled,
}

impl FromFile {
    /// The bytes of the table and of what is told of its rows.
    fn bytes(&self) -> u128 {
        let table = self.table.as_ref().map_or(0, |table| table.bytes());
        table + self.report.bytes()
    }
}

impl MaterialError {
    /// The setting to change, by its path in the text, such as `data.test_from`.
    pub fn setting(&self) -> String {
        match self {
            MaterialError::File { setting, .. } => (*setting).to_owned(),
            MaterialError::Cancelled => "data.csv".to_owned(),
            MaterialError::Csv { error, .. } => {
                let key = match error {
                    CsvError::Delimiter { .. } => "delimiter",
                    CsvError::Separators { .. } => "thousands",
                    CsvError::Encoding { .. } => "encoding",
                    CsvError::NoNames { .. } => "names_line",
                    CsvError::NoSheet { .. } => "sheet",
                    CsvError::TooShort { .. } => "first_line",
                    CsvError::FirstRows
                    | CsvError::TooLarge { .. }
                    | CsvError::TooMuchMemory { .. } => "first_rows",
                    _ => "csv",
                };
                format!("data.{key}")
            }
            MaterialError::NoText { .. } => "data.text_file".to_owned(),
            MaterialError::Sequences { error, .. } => format!("data.{}", error.setting()),
            MaterialError::Parameters(error) => match error.problems.first() {
                Some(problem) => format!("data.{}", problem.name),
                None => "data.task".to_owned(),
            },
            MaterialError::Readout { .. } => "model.readout".to_owned(),
            MaterialError::Decoder { .. } | MaterialError::OtherLengths { .. } => {
                "model.kind".to_owned()
            }
            MaterialError::Parameter { set, .. } | MaterialError::ParameterIndex { set, .. } => {
                let path = set.rsplit_once('[').map_or(set.as_str(), |(path, _)| path);
                path.to_owned()
            }
            MaterialError::Weights { .. } => "model.weights".to_owned(),
            MaterialError::Probe { .. } => "probe.index".to_owned(),
            MaterialError::TooManyParameters { .. } => "model.hidden_size".to_owned(),
            MaterialError::TooMuchMemory { found } => found.setting().to_owned(),
        }
    }
}

/// The first few of the names, as there may be many.
fn first_of(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let shown = names
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > SHOWN {
        format!("{shown}, …")
    } else {
        shown
    }
}

fn meant(name: &str, names: &[String]) -> String {
    match nearest(name, names.iter().map(String::as_str)) {
        Some(nearest) => format!("Did you mean “{nearest}”?"),
        None => "The model has no other parameters.".to_owned(),
    }
}

fn both_ways(bidirectional: bool) -> &'static str {
    if bidirectional {
        " in both directions"
    } else {
        ""
    }
}

fn up_to(count: usize, part: &str) -> String {
    match count {
        0 => format!("a part with sequences, as the {part} part has none"),
        1 => format!("0, as the {part} part has 1 sequence"),
        _ => format!(
            "a whole number from 0 to {}, as the {part} part has {count} sequences",
            count - 1
        ),
    }
}

/// Reads or makes the data of `experiment` and finds the shape of its model. Paths start at `location`.
///
/// `progress` is called now and then with the share done, from 0 to 1; [`ControlFlow::Break`] cancels.
///
/// # Errors
/// See [`MaterialError`].
pub fn material(
    experiment: &Experiment,
    location: &Location,
    progress: &dyn Fn(f32) -> ControlFlow<()>,
) -> Result<Material, MaterialError> {
    material_watched(experiment, location, &|stage, share| {
        let (from, to) = match stage {
            Stage::Reading => (0.0, 0.6),
            Stage::Building => (0.6, 0.8),
            _ => (0.8, 1.0),
        };
        progress(from + (to - from) * share)
    })
}

/// [`material`], which tells `watch` of its stages.
///
/// # Errors
/// See [`MaterialError`].
pub fn material_watched(
    experiment: &Experiment,
    location: &Location,
    watch: Watch,
) -> Result<Material, MaterialError> {
    material_within(&Means::of_this_machine(), experiment, location, watch)
}

/// [`material_watched`] with what a file may take.
fn material_within(
    means: &Means,
    experiment: &Experiment,
    location: &Location,
    watch: Watch,
) -> Result<Material, MaterialError> {
    if watch(Stage::Reading, 0.0).is_break() {
        return Err(MaterialError::Cancelled);
    }
    let prepared = match &experiment.data {
        Data::Csv(data) => read_table(data, location, means, watch)?,
        Data::Text(data) => read_text(data, location, means, watch)?,
        Data::Task(data) => Prepared {
            dataset: Arc::new(generate(data, experiment.seed, watch)?),
            source: None,
            baselines: None,
            data_name: data.task.title().to_owned(),
            sha256: None,
            notices: Vec::new(),
        },
    };
    let weights = experiment.model.weights.as_ref();
    let weights =
        weights.map(|of| FirstWeights::read(of, location).map_err(|error| of_weights(of, error)));
    let weights = weights.transpose()?;
    assemble(prepared, weights, experiment, means.room, watch)
}

/// What `[data]` stands for, before a model is fitted to it.
struct Prepared {
    dataset: Arc<Dataset>,
    source: Option<Arc<FromFile>>,
    baselines: Option<Arc<Baselines>>,
    data_name: String,
    sha256: Option<String>,
    notices: Vec<String>,
}

impl Material {
    /// How many answers of a part count in its loss: those whose targets are of that part. Padding that is run through comes
    /// on top.
    pub fn answers(&self, split: Split) -> usize {
        let (dataset, answering) = (&*self.dataset, self.answering);
        let of_sequence = |&span: &Span| match answering {
            Answering::Once => 1,
            Answering::EveryStep => {
                let counts = |&step: &usize| answering.is_scored(dataset, split, span, step);
                (0..span.len).filter(counts).count()
            }
            Answering::Afterwards | Answering::RowByRow => answering.len(dataset, span),
        };
        dataset.split(split).iter().map(of_sequence).sum()
    }

    /// The same data under an experiment whose `[data]` and seed are the same: nothing of them is read again, though baselines may
    /// be fitted. A file of weights that it names, if it is another one, is looked for from `location`.
    ///
    /// # Errors
    /// Of [`MaterialError`] those that are not about reading.
    pub fn again(
        &self,
        experiment: &Experiment,
        location: &Location,
        watch: Watch,
    ) -> Result<Material, MaterialError> {
        let prepared = Prepared {
            dataset: Arc::clone(&self.dataset),
            source: self.source.clone(),
            baselines: self.baselines.clone(),
            data_name: self.data_name.clone(),
            sha256: self.sha256.clone(),
            notices: self.data_notices.clone(),
        };
        // The data is there already, and counted once.
        let room = Means::of_this_machine().room;
        let room = room.saturating_add(self.memory.of(Share::Data));
        let weights = experiment.model.weights.as_ref();
        let weights = weights.map(|of| match &self.first_weights {
            Some(known) if known.is_of(of) => Ok(known.wanted_as(of)),
            _ => FirstWeights::read(of, location).map_err(|error| of_weights(of, error)),
        });
        let weights = weights.transpose()?;
        assemble(
            prepared,
            weights,
            experiment,
            room.min(MAX_RUN_BYTES),
            watch,
        )
    }

    /// The same with other baselines, which only forecasts of numbers have: neither data nor model know of them.
    ///
    /// `None` if `pace` was broken.
    pub fn with_baselines(&self, spec: &BaselineSpec, pace: &Pace) -> Option<Material> {
        let baselines = self.baselines.as_ref();
        let baselines = baselines.map(|baselines| baselines.again(spec, pace));
        let made = Material {
            notices: all_notices(
                &self.data_notices,
                baselines.as_deref(),
                &self.model_notices,
            ),
            baselines,
            ..self.clone()
        };
        (!pace.is_broken()).then_some(made)
    }
}

impl Material {
    /// What the user should know though nothing is wrong: what cutting the sequences led to, then [`Material::notices`].
    pub fn all_notices(&self) -> Vec<&str> {
        let of_report = self.source.iter().flat_map(|source| &source.report.notices);
        let mut all: Vec<&str> = of_report.map(String::as_str).collect();
        for notice in &self.notices {
            if !all.contains(&notice.as_str()) {
                all.push(notice);
            }
        }
        all
    }

    /// What the group columns say of a row of the data set; `None` where the rows are of one series.
    pub fn group_of(&self, row: usize) -> Option<String> {
        let source = self.source.as_ref()?;
        let row = *source.report.table_rows.get(row)?;
        source.spec.as_ref()?.group_of(source.table.as_ref()?, row)
    }

    /// All that was found out and guessed about the data, what was left out, and [`Material::all_notices`], in sentences.
    pub fn sentences(&self) -> Vec<String> {
        /// Lines that are named of those left out.
        const NAMED: usize = 10;
        let mut said = Vec::new();
        if let Some(source) = &self.source {
            if let Some(table) = &source.table {
                said.extend(table.found().sentences());
            }
            if let Some(time) = &source.report.time {
                said.push(time.found());
                said.extend(time.sentences());
            }
            said.extend(source.report.filled_in());
            for unused in &source.report.unused {
                let lines = &unused.lines;
                let more = lines.count.saturating_sub(NAMED.min(lines.first.len()));
                let more = match more {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                let (title, lines) = (unused.title(), lines.phrase(NAMED));
                said.push(format!("Left out, {title} ({lines}{more})."));
            }
        }
        said.extend(self.all_notices().into_iter().map(str::to_owned));
        said
    }
}

/// What the user should know, in the order in which it came up.
fn all_notices(data: &[String], baselines: Option<&Baselines>, model: &[String]) -> Vec<String> {
    let of_baselines = baselines.iter().flat_map(|baselines| &baselines.notices);
    let all = data.iter().chain(of_baselines).chain(model);
    all.cloned().collect()
}

/// What is wrong with a file of weights.
fn of_weights(of: &WeightsFile, error: Unusable) -> MaterialError {
    match error {
        Unusable::File(error) => MaterialError::File {
            setting: "model.weights",
            error,
        },
        Unusable::Other(problem) => MaterialError::Weights {
            path: of.path.clone(),
            problem,
        },
    }
}

/// Fits the model to the data and checks what only the two together can show.
fn assemble(
    prepared: Prepared,
    first_weights: Option<FirstWeights>,
    experiment: &Experiment,
    room: u64,
    watch: Watch,
) -> Result<Material, MaterialError> {
    let Prepared {
        dataset,
        source,
        baselines,
        data_name,
        sha256,
        notices: data_notices,
    } = prepared;
    let model = &experiment.model;
    let decoder = matches!(model.kind, ModelKind::EncoderDecoder { .. });
    match dataset.answers {
        Answers::Last if decoder => return Err(MaterialError::Decoder { data: data_name }),
        Answers::Last if model.readout == Readout::Every => {
            return Err(MaterialError::Readout { data: data_name });
        }
        Answers::Sequence if !decoder && !dataset.at_every_step() => {
            return Err(MaterialError::OtherLengths {
                data: data_name,
                found: model.kind.name(),
            });
        }
        Answers::Last | Answers::EveryStep | Answers::Sequence => {}
    }
    let network = network(model, &dataset);
    let answering = Answering::of(model, &dataset);
    let (seq_len, answer_len) = (dataset.longest(), answering.longest(&dataset));
    check_parameters(&network, model, &dataset)?;
    let outlook = source.as_ref().and_then(|source| source.outlook.as_ref());
    let file = source.as_ref().map_or(0, |source| source.bytes());
    let memory = memory::check(experiment, &dataset, outlook, file, room)
        .map_err(|found| MaterialError::TooMuchMemory { found })?;
    check_set_weights(&network, experiment)?;
    let told = match (&first_weights, &model.weights) {
        (Some(weights), Some(of)) => weights
            .check(&network, experiment)
            .map_err(|error| of_weights(of, error))?,
        _ => Vec::new(),
    };
    let probe = experiment.probe;
    let count = dataset.split(probe.split).len();
    if probe.index >= count {
        return Err(MaterialError::Probe {
            index: probe.index,
            split: probe.split,
            count,
        });
    }
    check_probe_set(&network, &dataset, experiment)?;
    let spec = &experiment.baseline;
    let fitted = |share| watch(Stage::Baselines, share);
    let pace = Pace::new(&fitted);
    let baselines = match baselines {
        Some(baselines) => Some(baselines.again(spec, &pace)),
        None => outlook
            .and_then(|outlook| Baselines::new(spec, &dataset, outlook, &pace))
            .map(Arc::new),
    };
    if pace.is_broken() {
        return Err(MaterialError::Cancelled);
    }
    // A cancel that comes now is too late to matter.
    let _ = watch(Stage::Baselines, 1.0);
    let is_told_later = outlook.is_some() || matches!(experiment.data, Data::Text(_));
    let ahead = is_told_later.then(|| reads_ahead(model)).flatten();
    let of_model = model_notices(model).into_iter().chain(ahead);
    let model_notices: Vec<String> = of_model.chain(told).collect();
    Ok(Material {
        notices: all_notices(&data_notices, baselines.as_deref(), &model_notices),
        source,
        baselines,
        data_notices,
        model_notices,
        ragged: dataset.ragged(),
        masking: model.masking,
        memory,
        loss: match dataset.targets {
            Targets::Values(_) => Loss::MeanSquaredError,
            Targets::Classes { .. } => Loss::CrossEntropy,
        },
        dataset,
        network,
        answering,
        seq_len,
        answer_len,
        first_weights,
        data_name,
        sha256,
    })
}

/// Tells of a file that is not the one the experiment was made with.
fn compare(made_with: Option<&String>, hash: &str, path: &str, notices: &mut Vec<String>) {
    if made_with.is_some_and(|made_with| made_with != hash) {
        notices.push(format!(
            "The data changed since this experiment was made: {path} is not the same file. Results may differ.",
        ));
    }
}

/// A table's sequences.
fn read_table(
    data: &CsvData,
    location: &Location,
    means: &Means,
    watch: Watch,
) -> Result<Prepared, MaterialError> {
    /// The share of the way that reading takes; the rest is hashing.
    const READING: f32 = 0.8;
    let progress = |share| watch(Stage::Reading, share);
    let path = data.path.clone();
    let of_table = |error| MaterialError::File {
        setting: "data.csv",
        error,
    };
    let (mut file, len) = location.open(&path).map_err(of_table)?;
    let first = |share| progress(READING * share);
    let (options, workers) = (&data.options, &means.workers);
    let table = csv::read_in_blocks(&mut *file, len, means.memory, options, workers, &first);
    let table = table.map_err(|error| match error {
        CsvError::Cancelled => MaterialError::Cancelled,
        CsvError::Source { message } => of_table(unreadable(&path, message)),
        error => MaterialError::Csv {
            path: path.clone(),
            error,
        },
    })?;
    let table = match data.rows_are_series {
        true => wide::turned(&table).map_err(|problem| MaterialError::Sequences {
            path: path.clone(),
            error: SequenceProblem::NotWide(problem).into(),
        })?,
        false => table,
    };
    let found = table.found();
    let lines = found.lines_read.map(|lines| (lines, found.encoding));
    let rest = |share| progress(READING + (1.0 - READING) * share);
    let hash = file
        .rewind()
        .and_then(|()| sha256(&mut *file, len, lines, &rest));
    let hash = hash
        .map_err(|error| of_table(unreadable(&path, error.to_string())))?
        .ok_or(MaterialError::Cancelled)?;
    drop(file);
    let mut notices = Vec::new();
    compare(data.sha256.as_ref(), &hash, &path, &mut notices);
    let built = |share| watch(Stage::Building, share);
    // Before they are made: what is found too large afterwards has been there.
    let room = means.memory.min(means::left_now());
    let prepared_of = data
        .sequences
        .check_room(table.rows(), room)
        .and_then(|()| sequences::prepare_paced(&table, &data.sequences, &Pace::new(&built)));
    let sequences = match prepared_of {
        Ok(sequences) => sequences,
        Err(error) if error.is_cancelled() => return Err(MaterialError::Cancelled),
        Err(mut error) => {
            blame_the_target(&mut error, &data.sequences.asked);
            return Err(MaterialError::Sequences { path, error });
        }
    };
    let name = name_of_file(&path);
    // What only the file's owner knows, as far as it matters here.
    let asks = table.found().asks.iter();
    let matters = |ask: &&csv::Ask| {
        ask.columns()
            .iter()
            .any(|column| is_asked(&data.sequences.asked, column))
    };
    notices.extend(asks.filter(matters).map(csv::Ask::sentence));
    let table = Some((Arc::new(table), data.sequences.clone()));
    Ok(prepared(sequences, table, name, hash, notices))
}

/// Whether a column is read or asked for as numbers.
fn is_asked(asked: &Asked, column: &String) -> bool {
    match asked {
        Asked::Forecast {
            features, targets, ..
        } => features.contains(column) || targets.contains(column),
        Asked::Classify { features, .. } => features.contains(column),
        Asked::Symbols { .. } => false,
    }
}

/// A text's sequences.
fn read_text(
    data: &TextData,
    location: &Location,
    means: &Means,
    watch: Watch,
) -> Result<Prepared, MaterialError> {
    let progress = |share| watch(Stage::Reading, share);
    let (path, mut notices) = (data.path.clone(), Vec::new());
    let of_text = |error| MaterialError::File {
        setting: "data.text_file",
        error,
    };
    let bytes = location.read(&path).map_err(of_text)?;
    let hash = sha256(&mut &bytes[..], bytes.len() as u64, None, &progress)
        .map_err(|error| of_text(unreadable(&path, error.to_string())))?
        .ok_or(MaterialError::Cancelled)?;
    compare(data.sha256.as_ref(), &hash, &path, &mut notices);
    let text = match files::text(bytes) {
        Ok(text) => text,
        Err(error) => return Err(MaterialError::NoText { path, error }),
    };
    let built = |share| watch(Stage::Building, share);
    let text = text.trim_start_matches('\u{feff}');
    // Half of what there was is for what is made of a file; the text itself has been read by now.
    let room = means.memory.saturating_mul(2).min(means::left_now());
    let sequences = data
        .spec
        .check_room(text, room)
        .and_then(|()| sequences::of_text_paced(text, &data.spec, &Pace::new(&built)));
    let sequences = sequences.map_err(|error| match error.is_cancelled() {
        true => MaterialError::Cancelled,
        false => {
            let path = path.clone();
            MaterialError::Sequences { path, error }
        }
    })?;
    let name = name_of_file(&path);
    Ok(prepared(sequences, None, name, hash, notices))
}

fn prepared(
    sequences: Sequences,
    of_table: Option<(Arc<Table>, SequenceSpec)>,
    data_name: String,
    hash: String,
    notices: Vec<String>,
) -> Prepared {
    let (table, spec) = of_table.unzip();
    Prepared {
        dataset: Arc::new(sequences.dataset),
        source: Some(Arc::new(FromFile {
            table,
            spec,
            report: sequences.report,
            outlook: sequences.outlook,
        })),
        baselines: None,
        data_name,
        sha256: Some(hash),
        notices,
    }
}

/// Where the features are the targets alone, it was probably the target that somebody wrote.
fn blame_the_target(error: &mut SequenceError, asked: &Asked) {
    let Asked::Forecast {
        features, targets, ..
    } = asked
    else {
        return;
    };
    if features != targets {
        return;
    }
    for problem in &mut error.problems {
        if let SequenceProblem::Column { setting, .. } = problem
            && *setting == "features"
        {
            *setting = "target";
        }
    }
}

fn generate(data: &TaskData, seed: u64, watch: Watch) -> Result<Dataset, MaterialError> {
    if watch(Stage::Building, 0.0).is_break() {
        return Err(MaterialError::Cancelled);
    }
    // Validated once more: nothing ties parameters to the task that they are used with.
    let given: BTreeMap<String, f64> = data
        .parameters
        .iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let parameters = Parameters::validated(data.task, &given).map_err(MaterialError::Parameters)?;
    Ok(data
        .task
        .generate(&parameters, &mut Stream::new(seed, "data")))
}

/// The SHA-256 hash of a file of `len` bytes in hexadecimal, or of its first lines as `head -n` gives them; `None` if
/// `progress` breaks.
fn sha256(
    source: &mut dyn Read,
    len: u64,
    lines: Option<(u64, Encoding)>,
    progress: &dyn Fn(f32) -> ControlFlow<()>,
) -> io::Result<Option<String>> {
    const PIECE: u64 = 1 << 22;
    let mut hasher = Sha256::new();
    let mut counter = lines.map(|(lines, encoding)| (lines, LineCounter::new(encoding)));
    let (mut bytes, mut done) = (Vec::new(), 0);
    loop {
        if progress((done as f32 / len.max(1) as f32).min(1.0)).is_break() {
            return Ok(None);
        }
        bytes.clear();
        let read = Read::take(&mut *source, PIECE).read_to_end(&mut bytes)?;
        let belonging = counter
            .as_mut()
            .map_or(read, |(lines, counter)| counter.belonging(&bytes, *lines));
        hasher.update(&bytes[..belonging]);
        done += read as u64;
        if (read as u64) < PIECE || belonging < read {
            break;
        }
    }
    // A cancel that comes now is too late to matter.
    let _ = progress(1.0);
    let digits = hasher.finalize();
    Ok(Some(
        digits.iter().map(|byte| format!("{byte:02x}")).collect(),
    ))
}

fn unreadable(path: &str, reason: String) -> FileError {
    FileError {
        path: path.into(),
        reason,
        hint: "Check the disk, or copy the file to another folder.".to_owned(),
    }
}

fn name_of_file(path: &str) -> String {
    let stem = Path::new(path).file_stem().and_then(|stem| stem.to_str());
    stem.unwrap_or(path).to_owned()
}

/// What the model's settings ask for in vain.
fn model_notices(model: &ModelSpec) -> Option<String> {
    (model.dropout > 0.0 && model.num_layers == 1).then(|| {
        format!(
            "Dropout of {} has no effect: it acts between layers, and there is only one.",
            exact(model.dropout)
        )
    })
}

/// What is to be said of a model that reads, before it answers at a step, the rows after it: among them, where targets are later
/// rows, is the target.
fn reads_ahead(model: &ModelSpec) -> Option<String> {
    let how = match model.kind {
        ModelKind::Recurrent if model.bidirectional => "It reads in both directions",
        ModelKind::SelfAttention { causal: false, .. } => "Each of its steps sees the later ones",
        ModelKind::Recurrent
        | ModelKind::SelfAttention { .. }
        | ModelKind::EncoderDecoder { .. } => return None,
    };
    (model.readout == Readout::Every).then(|| {
        format!(
            "{how} and answers at every step: at all but the last ones it has read what it is asked for. Its losses tell \
             little; what it says after the last row of a sequence, and the errors of that, it could not have read."
        )
    })
}

fn check_parameters(
    network: &Network,
    model: &ModelSpec,
    dataset: &Dataset,
) -> Result<(), MaterialError> {
    let parameters = network.parameter_count();
    if parameters.is_some_and(|parameters| parameters <= MAX_PARAMETERS) {
        return Ok(());
    }
    Err(MaterialError::TooManyParameters {
        hidden_size: model.hidden_size,
        num_layers: model.num_layers,
        bidirectional: model.bidirectional,
        input_size: dataset.input_size(),
        output_size: dataset.output_size(),
        parameters,
    })
}

/// Every weight that is set by hand is one.
fn check_set_weights(network: &Network, experiment: &Experiment) -> Result<(), MaterialError> {
    let entries = network.entries();
    let shapes: Vec<(&str, &[usize])> = entries
        .iter()
        .map(|entry| (entry.name.as_str(), &entry.shape[..]))
        .collect();
    check_set(
        "model.init.set",
        "parameter",
        &shapes,
        &experiment.model.init.set,
    )?;
    for (at, change) in experiment.training.changes.iter().enumerate() {
        let path = format!("training.change[{at}].set");
        check_set(&path, "parameter", &shapes, &change.set)?;
    }
    Ok(())
}

/// So is every number that the probe's run is given.
fn check_probe_set(
    network: &Network,
    dataset: &Dataset,
    experiment: &Experiment,
) -> Result<(), MaterialError> {
    let probe = experiment.probe;
    let span = dataset.split(probe.split).get(probe.index);
    // Padding is read too where it is not masked.
    let steps = match experiment.model.masking {
        true => span.map_or(0, |span| span.len.max(1)),
        false => dataset.longest(),
    };
    let given = network.given(steps);
    let shapes: Vec<(&str, &[usize])> = given
        .iter()
        .map(|(name, shape)| (*name, &shape[..]))
        .collect();
    check_set("probe.set", "number", &shapes, &experiment.probe_set)
}

fn check_set(
    path: &str,
    key: &'static str,
    shapes: &[(&str, &[usize])],
    set: &[SetWeight],
) -> Result<(), MaterialError> {
    for (at, one) in set.iter().enumerate() {
        let path = format!("{path}[{at}]");
        let found = shapes.iter().find(|(name, _)| *name == one.parameter);
        let Some((_, shape)) = found else {
            return Err(MaterialError::Parameter {
                set: path,
                key,
                parameter: one.parameter.clone(),
                names: shapes.iter().map(|(name, _)| (*name).to_owned()).collect(),
            });
        };
        if one.offset(shape).is_none() {
            return Err(MaterialError::ParameterIndex {
                set: path,
                parameter: one.parameter.clone(),
                index: one.index.clone(),
                shape: shape.to_vec(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
