//! `rnnscope run`: an experiment trained without a window, everything it computed written to files.
//!
//! Each file is written whole under a temporary name and then renamed, so that whatever ends the run leaves valid files.

use crate::data::{Split, Targets};
use crate::experiment::{
    Baseline, BaselineKind, Document, Errors, Experiment, Location, Material, MaterialError,
    Setting, material,
};
use crate::nn::state_dict::{
    self, Limits, NamedTensor, Shaped, StateDictError, by_parameter, of_record, to_bytes,
};
use crate::nn::{AnyModel, Cell, Network, generate};
use crate::platform::files;
use crate::random::Stream;
use crate::train::scores::{self, Scored};
use crate::train::snapshot::{Snapshot, Status};
use crate::train::{AnyTrainer, History};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The file that marks a folder as written by a run, so that a later run may overwrite it.
pub const MARK: &str = ".rnnscope-run";

/// What to run and where to put it.
#[derive(Clone, Debug)]
pub struct Job {
    /// The experiment's file.
    pub experiment: PathBuf,
    /// Instead of the experiment's `training.updates`.
    pub updates: Option<u64>,
    /// Instead of the experiment's `seed`.
    pub seed: Option<u64>,
    /// A safetensors file with the weights to begin from, instead of drawn ones.
    pub weights: Option<PathBuf>,
    /// Whether the trained model goes on after the probe, reading its own outputs.
    pub generate: Option<Generation>,
    /// The folder for the results.
    pub out: PathBuf,
}

/// How a trained model goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Generation {
    /// How many steps.
    pub steps: usize,
    /// Classes are drawn from softmax(y / temperature); 0 takes the likeliest.
    pub temperature: f64,
}

/// Why a run could not be made or its results not be written.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The experiment's file or that of the weights cannot be read.
    #[error("{}: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The experiment's text is wrong.
    #[error("{}:\n{errors}", path.display())]
    Experiment {
        /// The file.
        path: PathBuf,
        /// Every mistake.
        errors: Errors,
    },
    /// Its data or model cannot be made.
    #[error("{}:\n{error}", path.display())]
    Material {
        /// The file.
        path: PathBuf,
        /// Why.
        error: Box<MaterialError>,
    },
    /// The file of the weights is none.
    #[error("{}:\n{error}", path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: Box<StateDictError>,
    },
    /// The weights are not those of the experiment's network.
    #[error("{}: found weights of another network than the experiment's: {report}", path.display())]
    OtherNetwork {
        /// The file.
        path: PathBuf,
        /// What fits and what does not.
        report: Box<state_dict::Report>,
    },
    /// The model cannot go on by itself.
    #[error("{}: --generate: {reason}", path.display())]
    Generation {
        /// The experiment's file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The folder holds something else.
    #[error(
        "{}: found a folder that no run has written, expected a new or empty one. \
         Choose another with --out, or remove it.",
        path.display()
    )]
    Foreign {
        /// The folder.
        path: PathBuf,
    },
    /// A result cannot be written.
    #[error("{} cannot be written: {reason}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The summary, as it was written.
    pub summary: Summary,
    /// Where it diverged, in words.
    pub divergence: Option<String>,
    /// Whether it was stopped from outside.
    pub interrupted: bool,
    /// What to know about the data.
    pub notices: Vec<String>,
    /// Which weights were loaded, where a file was given.
    pub weights: Option<state_dict::Report>,
}

/// `summary.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The loss over the answers of the whole training part at the final weights.
    pub train_loss: Option<f64>,
    /// The loss over the answers of the whole test part at the final weights.
    pub test_loss: Option<f64>,
    /// How many numbers the model has learned.
    pub parameters: usize,
    /// Updates made.
    pub updates: u64,
    /// Time for all updates and evaluations, in seconds.
    pub seconds: f64,
    /// The median time of an update, in milliseconds.
    pub ms_per_update_median: Option<f64>,
    /// Whether the run diverged.
    pub diverged: bool,
    /// Where it diverged.
    pub divergence: Option<String>,
    /// Whether it was stopped from outside before it was done.
    pub interrupted: bool,
    /// Root mean squared error of the first output over all targets of the training part, in the data's own units.
    pub rmse_train: Option<f64>,
    /// The same of the test part.
    pub rmse_test: Option<f64>,
    /// The same of the naive forecast on the test part, on the targets on which models are compared.
    pub rmse_naive_test: Option<f64>,
    /// Share of right classes in the test part, among what `accuracy_of` names.
    pub accuracy_test: Option<f64>,
    /// What classes are counted by: `sequences`, or `steps` where the model answers at every one. Null for values.
    pub accuracy_of: Option<&'static str>,
    /// The probe's loss at the final weights.
    pub probe_loss: f64,
    /// The norm of the gradient of the newest batch, before clipping.
    pub gradient_norm: Option<f64>,
    /// Share of updates whose gradient was clipped.
    pub clipped_share: f64,
    /// The clipping threshold at the end.
    pub max_norm: Option<f64>,
    /// The cell, an encoder–decoder's encoder's; null where there is none.
    pub cell: Option<&'static str>,
    /// Units per layer.
    pub hidden_size: usize,
    /// Layers.
    pub num_layers: usize,
    /// What the run computed in.
    pub precision: &'static str,
    /// The seed.
    #[serde(serialize_with = "scores::exactly")]
    pub seed: u64,
    /// Training sequences.
    pub train_sequences: usize,
    /// Test sequences.
    pub test_sequences: usize,
    /// Over how much all that is, and the scores of every output.
    #[serde(flatten)]
    pub scored: Scored,
    /// What the run began from, where that was a file.
    pub weights: Option<LoadedWeights>,
    /// The version of rnnscope.
    pub rnnscope: &'static str,
}

/// `weights` in `summary.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LoadedWeights {
    /// The file, as it was given.
    pub file: String,
    /// The file's hash.
    pub sha256: String,
    /// The parameters that were loaded.
    pub loaded: Vec<String>,
    /// Those of them that have another name in the file: that name by theirs.
    pub renamed: BTreeMap<String, String>,
    /// The parameters that the file lacks.
    pub missing: Vec<String>,
    /// The file's tensors that belong to no parameter.
    pub left_over: Vec<String>,
}

impl LoadedWeights {
    fn new(path: &Path, sha256: String, report: &state_dict::Report) -> Self {
        let names = |of: &[Shaped]| of.iter().map(|shaped| shaped.name.clone()).collect();
        let renamed = report.renamed.iter();
        Self {
            file: path.display().to_string(),
            sha256,
            loaded: report.matched.clone(),
            renamed: renamed
                .map(|renamed| (renamed.to.clone(), renamed.from.clone()))
                .collect(),
            missing: names(&report.missing),
            left_over: names(&report.left_over),
        }
    }
}

/// Trains as `job` says. `progress` is told the updates made, how many are planned and the newest losses; the run stops early
/// when it breaks.
///
/// # Errors
/// See [`RunError`].
pub fn run(
    job: &Job,
    progress: &mut dyn FnMut(u64, u64, &History) -> ControlFlow<()>,
) -> Result<Outcome, RunError> {
    let path = &job.experiment;
    let text = std::fs::read_to_string(path).map_err(|error| RunError::Unreadable {
        path: path.clone(),
        error,
    })?;
    let wrong = |errors| RunError::Experiment {
        path: path.clone(),
        errors,
    };
    let (mut document, mut experiment) = Document::parse(&text).map_err(wrong)?;
    // No update at all is nothing that an experiment can say; it only looks at the weights it begins with.
    let updates = job.updates.filter(|&updates| updates > 0);
    for (key, value) in [("training.updates", updates), ("seed", job.seed)] {
        if let Some(value) = value {
            let value = Setting::from(value);
            experiment = document.set(key, value).map_err(wrong)?;
        }
    }
    refuse_foreign(&job.out)?;
    let location = Location::Directory(path.parent().map(Path::to_path_buf).unwrap_or_default());
    let material =
        material(&experiment, &location, &|_| ControlFlow::Continue(())).map_err(|error| {
            RunError::Material {
                path: path.clone(),
                error: Box::new(error),
            }
        })?;
    let material = Arc::new(material);
    if job.generate.is_some() {
        can_generate(&material).map_err(|reason| RunError::Generation {
            path: path.clone(),
            reason,
        })?;
    }
    let mut trainer = AnyTrainer::new(&experiment, Arc::clone(&material));
    let weights = match &job.weights {
        None => None,
        Some(path) => Some(load_weights(path, &mut trainer)?),
    };
    claim(&job.out)?;

    let planned = job.updates.unwrap_or(experiment.training.updates);
    let mut times = Vec::new();
    let begun = Instant::now();
    let mut interrupted = false;
    while trainer.updates() < planned {
        let before = Instant::now();
        if !trainer.update() {
            break;
        }
        times.push(before.elapsed());
        if progress(trainer.updates(), planned, trainer.history()).is_break() {
            interrupted = true;
            break;
        }
    }
    let seconds = begun.elapsed();
    let snapshot = trainer.snapshot(experiment.probe, usize::MAX);
    let losses = [trainer.loss(Split::Train), trainer.loss(Split::Test)];
    let (loaded, weights) = weights.unzip();
    let summary = Summary {
        weights: loaded,
        ..summarize(&experiment, &snapshot, losses, seconds, times, interrupted)
    };
    if let Some(generation) = job.generate {
        let csv = generated_csv(&snapshot, generation, experiment.seed);
        write(&job.out, "generated.csv", csv.as_bytes())?;
    }
    write_all(&job.out, &document, &snapshot, &summary)?;
    Ok(Outcome {
        divergence: summary.divergence.clone(),
        summary,
        interrupted,
        notices: material.notices.clone(),
        weights,
    })
}

/// Begins from the weights in a file: all that fit, but nothing where one has the wrong shape or none is there.
fn load_weights(
    path: &Path,
    trainer: &mut AnyTrainer,
) -> Result<(LoadedWeights, state_dict::Report), RunError> {
    let limits = Limits::default();
    let unreadable = |error| RunError::Unreadable {
        path: path.into(),
        error,
    };
    let mut bytes = Vec::new();
    // A byte more than there may be: what is longer is refused, not read.
    File::open(path)
        .and_then(|file| {
            let most = (limits.file_bytes() as u64).saturating_add(1);
            file.take(most).read_to_end(&mut bytes)
        })
        .map_err(unreadable)?;
    let tensors = state_dict::read(&bytes, limits).map_err(|error| RunError::Weights {
        path: path.into(),
        error: Box::new(error),
    })?;
    let report = trainer.load(&tensors);
    if !report.is_usable() {
        return Err(RunError::OtherNetwork {
            path: path.into(),
            report: Box::new(report),
        });
    }
    let sha256 = format!("{:x}", Sha256::digest(&bytes));
    Ok((LoadedWeights::new(path, sha256, &report), report))
}

/// A folder with files in it that no earlier run has marked is somebody's own.
fn refuse_foreign(out: &Path) -> Result<(), RunError> {
    let holds_something = std::fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some());
    if holds_something && !out.join(MARK).is_file() {
        return Err(RunError::Foreign { path: out.into() });
    }
    Ok(())
}

/// Makes the folder and marks it, once everything that could fail before the training has not.
fn claim(out: &Path) -> Result<(), RunError> {
    std::fs::create_dir_all(out).map_err(|error| RunError::Unwritable {
        path: out.into(),
        reason: error.to_string(),
    })?;
    let mark = format!(
        "Written by rnnscope {}; a later run may overwrite this folder.\n",
        env!("CARGO_PKG_VERSION")
    );
    write(out, MARK, mark.as_bytes())
}

fn write(out: &Path, name: &str, bytes: &[u8]) -> Result<(), RunError> {
    let path = out.join(name);
    files::replace(&path, bytes).map_err(|error| RunError::Unwritable {
        path,
        reason: error.to_string(),
    })
}

fn summarize(
    experiment: &Experiment,
    snapshot: &Snapshot,
    [train_loss, test_loss]: [Option<f64>; 2],
    seconds: Duration,
    mut times: Vec<Duration>,
    interrupted: bool,
) -> Summary {
    times.sort_unstable();
    let divergence = match &snapshot.status {
        Status::Diverged(divergence) => Some(format!(
            "update {}: {} is {}",
            divergence.update, divergence.quantity, divergence.value
        )),
        _ => None,
    };
    let network = snapshot.model.network();
    Summary {
        train_loss,
        test_loss,
        parameters: snapshot.model.parameters().len(),
        updates: snapshot.update,
        seconds: seconds.as_secs_f64(),
        ms_per_update_median: times
            .get(times.len() / 2)
            .map(|time| time.as_secs_f64() * 1e3),
        diverged: divergence.is_some(),
        divergence,
        interrupted,
        rmse_train: snapshot.score(Split::Train).map(|score| score.rmse),
        rmse_test: snapshot.score(Split::Test).map(|score| score.rmse),
        rmse_naive_test: snapshot
            .score_of(Split::Test, BaselineKind::Naive)
            .map(|score| score.rmse),
        accuracy_test: snapshot.accuracy(Split::Test),
        accuracy_of: snapshot.accuracy_of(),
        probe_loss: snapshot.probe.loss,
        gradient_norm: snapshot.history.last().map(|row| row.norm_before),
        clipped_share: snapshot.history.clipped_share(),
        max_norm: snapshot.clip.max_norm(),
        cell: network.cell().map(Cell::name),
        hidden_size: network.hidden_size(),
        num_layers: network.num_layers(),
        precision: snapshot.precision.name(),
        seed: experiment.seed,
        train_sequences: snapshot.material.dataset.train.len(),
        test_sequences: snapshot.material.dataset.test.len(),
        scored: Scored::of(snapshot),
        weights: None,
        rnnscope: env!("CARGO_PKG_VERSION"),
    }
}

fn write_all(
    out: &Path,
    document: &Document,
    snapshot: &Snapshot,
    summary: &Summary,
) -> Result<(), RunError> {
    write(out, "experiment.toml", document.text().as_bytes())?;
    write(
        out,
        "history.csv",
        history_csv(&snapshot.history).as_bytes(),
    )?;
    write(out, "predictions.csv", predictions_csv(snapshot).as_bytes())?;
    let single = snapshot.precision == crate::experiment::Precision::F32;
    let probe = &snapshot.probe;
    let entries = || snapshot.model.network().entries();
    let files = [
        (
            "trace.safetensors",
            of_record(&probe.parts, &probe.attention, &probe.target),
        ),
        (
            "gradients.safetensors",
            by_parameter(entries(), &probe.gradient),
        ),
        (
            "model.safetensors",
            by_parameter(entries(), snapshot.model.parameters()),
        ),
    ];
    for (name, tensors) in files {
        write(out, name, &tensor_bytes(out, name, &tensors, single)?)?;
    }
    // Last, so that a complete summary means a complete folder.
    let mut json = serde_json::to_string_pretty(summary).map_err(|error| RunError::Unwritable {
        path: out.join("summary.json"),
        reason: error.to_string(),
    })?;
    json.push('\n');
    write(out, "summary.json", json.as_bytes())
}

fn tensor_bytes(
    out: &Path,
    name: &str,
    tensors: &[NamedTensor],
    single: bool,
) -> Result<Vec<u8>, RunError> {
    to_bytes(tensors, single).map_err(|error| RunError::Unwritable {
        path: out.join(name),
        reason: error.to_string(),
    })
}

/// A row per update. Numbers are written shortest, so that reading them gives the same bits. Where the test loss is over some
/// of the test sequences only, two more columns say over how many, and of how many.
pub fn history_csv(history: &History) -> String {
    let header = "update,train_loss,test_loss,gradient_norm_before,gradient_norm_after,clipped,learning_rate";
    let mut csv = String::from(header);
    let watched = history.watched;
    if !watched.is_whole() {
        csv += ",test_sequences_watched,test_sequences";
    }
    csv.push('\n');
    for row in history.rows() {
        let test_loss = row
            .test_loss
            .map_or_else(String::new, |loss| format!("{loss:?}"));
        csv += &format!(
            "{},{:?},{test_loss},{:?},{:?},{},{:?}",
            row.update,
            row.train_loss,
            row.norm_before,
            row.norm_after,
            row.clipped,
            row.learning_rate
        );
        if !watched.is_whole() {
            csv += &format!(",{},{}", watched.sequences, watched.of);
        }
        csv.push('\n');
    }
    csv
}

/// Whether what the model puts out is what it reads next.
fn can_generate(material: &Material) -> Result<(), String> {
    let architecture = match &material.network {
        Network::Recurrent(architecture) => architecture,
        other => {
            return Err(format!(
                "found {}, expected a recurrent model, whose state goes on from step to step.",
                other.title()
            ));
        }
    };
    generate::check(architecture).map_err(|error| error.to_string())?;
    let dataset = &material.dataset;
    let outlook = material
        .source
        .as_ref()
        .and_then(|source| source.outlook.as_ref());
    if let Some(outlook) = outlook {
        outlook.feedback.as_ref().map_err(String::clone)?;
        if dataset.input_scalers != dataset.output_scalers {
            return Err(
                "found inputs and outputs that are scaled differently, expected the same: what it puts out is what it \
                 reads next."
                    .to_owned(),
            );
        }
    }
    let (inputs, outputs) = (&dataset.input_names, &dataset.output_names);
    let next = |(input, output): (&String, &String)| {
        output.strip_prefix("next ").unwrap_or(output) == input.as_str()
    };
    if inputs.len() != outputs.len() || !inputs.iter().zip(outputs).all(next) {
        return Err(format!(
            "found the inputs {} and the outputs {}, expected the same: what it puts out is what it reads next.",
            inputs.join(", "),
            outputs.join(", ")
        ));
    }
    Ok(())
}

/// A row per step that the model goes on after the probe: numbers in the data's own units, or the class.
fn generated_csv(snapshot: &Snapshot, generation: Generation, seed: u64) -> String {
    let material = &snapshot.material;
    let dataset = &material.dataset;
    let names: Vec<String> = dataset
        .output_names
        .iter()
        .map(|name| quoted(name))
        .collect();
    let classes = matches!(dataset.targets, Targets::Classes { .. });
    let mut csv = format!(
        "step,{}\n",
        if classes {
            "class".into()
        } else {
            names.join(",")
        }
    );
    let (AnyModel::Recurrent(model), Some(part)) = (&snapshot.model, snapshot.probe.parts.first())
    else {
        return csv;
    };
    let beginning: Vec<Vec<f64>> = part
        .x
        .outer_iter()
        .map(|step| step.row(0).to_vec())
        .collect();
    let mut stream = Stream::new(seed, "generation");
    let Generation { steps, temperature } = generation;
    let written = generate::generate(
        model,
        material.loss,
        &beginning,
        steps,
        temperature,
        &mut stream,
    );
    // The last known values, from which changes are counted.
    let last = snapshot.probe.rows.end.saturating_sub(1);
    let mut known: Vec<f64> = match &dataset.naive {
        Some(naive) if last < naive.nrows() => naive.row(last).to_vec(),
        _ => vec![0.0; dataset.output_size()],
    };
    for (step, values) in written.unwrap_or_default().iter().enumerate() {
        let values: Vec<String> = if classes {
            let chosen = names.iter().zip(values).filter(|(_, value)| **value == 1.0);
            chosen.map(|(name, _)| name.clone()).collect()
        } else {
            let own = values.iter().zip(&mut known).zip(&dataset.output_scalers);
            own.map(|((&value, known), scaler)| {
                *known = scaler.invert_from(*known, value);
                format!("{:?}", without_noise(*known))
            })
            .collect()
        };
        csv += &format!("{},{}\n", step + 1, values.join(","));
    }
    csv
}

/// A row per sequence (and per output, where there are several): its target, what the model says and what the baselines say.
/// Where classes are told at every step there is a row for each of them.
fn predictions_csv(snapshot: &Snapshot) -> String {
    let material: &Material = &snapshot.material;
    let dataset = &material.dataset;
    let baselines = material.baselines.as_deref();
    // The naive forecast first, as it always was.
    let listed = baselines
        .iter()
        .flat_map(|baselines| baselines.list.iter().rev());
    let listed: Vec<&Baseline> = listed.collect();
    let outputs = match &dataset.targets {
        Targets::Values(values) => values.ncols(),
        Targets::Classes { .. } => 1,
    };
    let mut csv = String::from("split,t,");
    if outputs > 1 {
        csv += "output,";
    }
    csv += "target,prediction,naive";
    for baseline in listed.iter().skip(1) {
        csv += match baseline.kind {
            BaselineKind::Autoregression => ",ar",
            BaselineKind::SeasonalNaive => ",seasonal_naive",
            BaselineKind::Naive => ",naive",
        };
    }
    csv.push('\n');
    for split in Split::ALL {
        for output in 0..outputs {
            let ahead = baselines.map_or(dataset.ahead(), |baselines| baselines.output(output).1);
            for compared in snapshot.forecasts(split).compared(material, output, 0) {
                let [target, prediction] =
                    [compared.target, compared.prediction].map(|value| match &dataset.targets {
                        Targets::Values(_) => format!("{:?}", without_noise(value)),
                        Targets::Classes { names, .. } => {
                            quoted(names.get(value as usize).map_or("", String::as_str))
                        }
                    });
                let t = quoted(&dataset.label_ahead(compared.row, ahead));
                csv += &format!("{},{t},", split.name());
                if outputs > 1 {
                    csv += &format!("{},", quoted(&dataset.output_names[output]));
                }
                csv += &format!("{target},{prediction},");
                let naive = compared.naive.map(|naive| format!("{naive:?}"));
                csv += &naive.unwrap_or_default();
                for baseline in listed.iter().skip(1) {
                    let said = baselines
                        .and_then(|baselines| baselines.predict(baseline, compared.row, output));
                    let said = said.map(|said| format!("{:?}", without_noise(said)));
                    csv += &format!(",{}", said.unwrap_or_default());
                }
                csv.push('\n');
            }
        }
    }
    csv
}

/// To 14 digits: scaling and back leaves 2.8999999999999986 of a 2.9 in the file.
fn without_noise(value: f64) -> f64 {
    format!("{value:.13e}").parse().unwrap_or(value)
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.into()
    }
}
