//! `rnnscope run`: an experiment trained without a window, everything it computed written to files.
//!
//! In reading order: the job and its stages here; `weights`, what it begins from; `folder`, the results as a set of files;
//! `history`, `predictions`, `generated` and `summary`, what is in them; `csv` and `tensors`, how tables and tensors are written;
//! `guess`, what a file of data is, and an experiment on it.

mod csv;
mod folder;
mod generated;
mod guess;
mod history;
mod predictions;
mod summary;
mod tensors;
mod weights;

use crate::data::Split;
use crate::experiment::{
    Data, Document, Errors, Experiment, Location, Material, MaterialError, Precision, Setting,
    Stage, material_watched, read_experiment,
};
use crate::nn::state_dict::{
    self, NamedTensor, StateDictError, TensorRef, Wish, by_parameter, of_record, to_bytes,
};
use crate::nn::{RateSchedule, Stop};
use crate::platform::clock::Instant;
use crate::platform::files::{self, FileError};
use crate::train::continuation::goes_on;
use crate::train::{AnyTrainer, History};
use crate::words::grouped;
use folder::Folder;
pub use folder::{FILES, MARK, UNFINISHED, WEIGHTS};
pub use guess::{GuessError, guess, write_guess};
pub use history::history_csv;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
pub use summary::Summary;
use summary::{Course, Measured};
pub use weights::LoadedWeights;

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
    /// What of that file is meant.
    pub wish: Wish,
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
    #[error("{0}")]
    Unreadable(FileError),
    /// A file of data was named instead of an experiment.
    #[error(
        "{0}: found a file of data, expected an experiment (.toml). \
         rnnscope guess {0} --out EXPERIMENT.toml makes one.",
        path.display()
    )]
    IsData {
        /// The file.
        path: PathBuf,
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
    #[error(
        "{}: found weights that do not fit the experiment's network, expected a tensor for each parameter and a place for each \
         layer: {report}",
        path.display()
    )]
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
    /// Where a result belongs there is something that is no file of results.
    #[error(
        "{}: found {found}, expected a file of an earlier run, or none, where this run writes. \
         Choose another folder with --out, or move it.",
        path.display()
    )]
    InTheWay {
        /// What is there.
        path: PathBuf,
        /// In words.
        found: &'static str,
    },
    /// Another run is writing into the folder.
    #[error(
        "{}: found another run at work in this folder, expected one at a time. \
         Choose another with --out, or wait until that run is done.",
        path.display()
    )]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// It was stopped from outside before there was anything to write.
    #[error("stopped while {}; nothing was written", in_a_sentence(*stage))]
    Stopped {
        /// What it was at.
        stage: Stage,
    },
    /// Some results cannot be written; the others are.
    #[error(
        "{}\nWhat could be written is in {}; {UNFINISHED} there says what is missing.",
        problems.join("\n"),
        path.display()
    )]
    Incomplete {
        /// The folder.
        path: PathBuf,
        /// Each file and why, a line each.
        problems: Vec<String>,
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

/// A stage as part of a sentence.
fn in_a_sentence(stage: Stage) -> String {
    let title = stage.title();
    title[..1].to_lowercase() + &title[1..]
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The summary, as it was written.
    pub summary: Summary,
    /// Where it diverged, in words.
    pub divergence: Option<String>,
    /// The files that were left out because it was stopped from outside; then the folder says that it is unfinished.
    pub left_out: Vec<&'static str>,
    /// Which weights were loaded, where a file was given.
    pub weights: Option<state_dict::Report>,
}

/// What a run tells while it works.
pub enum Event<'a> {
    /// How far a stage is, from 0 to 1.
    Stage(Stage, f32),
    /// What should be known about data and model, a sentence; all of it before training begins.
    Said(&'a str),
    /// An update was made.
    Update {
        /// How many were made.
        made: u64,
        /// How many are planned.
        planned: u64,
        /// All of them.
        history: &'a History,
    },
}

/// How a run is told from outside to end.
#[derive(Clone, Debug, Default)]
pub struct Ending {
    /// Ends training, or what comes before it. What was trained is still evaluated and written.
    pub stop: Stop,
    /// Leaves out what is not evaluated or written yet as well.
    pub hurry: Stop,
    /// Whether there are trained weights that are not written yet.
    unsaved: Arc<AtomicBool>,
}

impl Ending {
    /// Whether ending the process now would lose weights that were trained.
    pub fn has_unsaved_weights(&self) -> bool {
        self.unsaved.load(Ordering::Relaxed)
    }
}

/// Refuses to write over the file that the data are read from: the results could never be had again.
fn spare_data(job: &Job, experiment: &Experiment) -> Result<(), RunError> {
    let data = match &experiment.data {
        Data::Csv(data) => &data.path,
        Data::Text(data) => &data.path,
        Data::Task(_) => return Ok(()),
    };
    let beside = job.experiment.parent().unwrap_or(Path::new(""));
    let read_from = files::real(&beside.join(data));
    let written = FILES.map(|name| job.out.join(name));
    let same = |path: &&PathBuf| read_from.is_some() && files::real(path) == read_from;
    match written.iter().find(same) {
        None => Ok(()),
        Some(path) => Err(RunError::InTheWay {
            path: path.clone(),
            found: "the data of this experiment",
        }),
    }
}

/// Trains as `job` says, tells `tell` what is being done, and ends early when `ending` says so.
///
/// # Errors
/// See [`RunError`].
pub fn run(job: &Job, ending: &Ending, tell: &dyn Fn(Event<'_>)) -> Result<Outcome, RunError> {
    let path = &job.experiment;
    let (mut document, mut experiment) = read(job)?;
    let found = Folder::look(&job.out)?;
    let location = Location::beside(path);
    spare_data(job, &experiment)?;
    let watch = |stage, share| {
        tell(Event::Stage(stage, share));
        ending.stop.goes_on()
    };
    let at = std::cell::Cell::new(Stage::Reading);
    let material = material_watched(&experiment, &location, &|stage, share| {
        at.set(stage);
        watch(stage, share)
    });
    let material = Arc::new(material.map_err(|error| match error {
        MaterialError::Cancelled => RunError::Stopped { stage: at.get() },
        error => RunError::Material {
            path: path.clone(),
            error: Box::new(error),
        },
    })?);
    for sentence in material.sentences().into_iter().chain(too_many(&material)) {
        tell(Event::Said(&sentence));
    }
    if job.generate.is_some() {
        goes_on(&material).map_err(|reason| RunError::Generation {
            path: path.clone(),
            reason,
        })?;
    }
    let planned = job.updates.unwrap_or(experiment.training.updates);
    call_from_folder(job, &mut document, &mut experiment, &location, &material)
        .map_err(|errors| wrong(path, errors))?;

    tell(Event::Stage(Stage::Evaluating, 0.0));
    let looked = |share| watch(Stage::Evaluating, share);
    let mut trainer = AnyTrainer::until(&experiment, Arc::clone(&material), &ending.stop, &looked);
    let loaded = match &job.weights {
        None => None,
        Some(path) => Some(weights::load(path, &job.wish, &mut trainer)?),
    };
    if ending.stop.is_asked() {
        let stage = Stage::Evaluating;
        return Err(RunError::Stopped { stage });
    }
    let single = experiment.training.precision == Precision::F32;
    let bytes = |name: &str, tensors: &[NamedTensor]| {
        to_bytes(tensors, single).map_err(|error| RunError::Unwritable {
            path: job.out.join(name),
            reason: error.to_string(),
        })
    };
    let mut folder = Folder::claim(&job.out, found, &bytes(WEIGHTS, &trainer.weights())?)?;

    let course = train(&mut trainer, planned, ending, tell);
    // From here on only haste breaks off what is being done: what was trained is to be seen.
    trainer.stop_on(&ending.hurry);
    tell(Event::Stage(Stage::Writing, 0.0));
    folder.begin(&bytes(WEIGHTS, &trainer.weights())?)?;
    ending.unsaved.store(false, Ordering::Relaxed);

    let (loaded, weights) = loaded.unzip();
    let made = trainer.updates();
    if course.interrupted && made > 0 {
        trainer.look_at_the_end();
        // A schedule that is as long as the run was to be stays so long.
        let schedule = experiment.training.schedule;
        if matches!(schedule, RateSchedule::Cosine { .. }) {
            drop(document.set("training.schedule", Setting::from(schedule)));
        }
        // A text that cannot say it, such as one with a change that is yet to come, says what was planned.
        drop(document.set("training.updates", Setting::from(made)));
    }
    let text = text_of_run(&document, made, loaded.as_ref());
    let mut set = Set::new(folder, ending);
    let summary = set.write_all(job, &experiment, &text, &mut trainer, course, loaded, tell);
    let left_out = set.close(&job.out)?;
    Ok(Outcome {
        divergence: summary.divergence.clone(),
        summary: Summary {
            interrupted: summary.interrupted || !left_out.is_empty(),
            ..summary
        },
        left_out,
        weights,
    })
}

/// That not all forecasts fit into memory, if so: a sentence.
fn too_many(material: &Material) -> Option<String> {
    let most = material.memory.most_forecast();
    let longest = Split::ALL.map(|split| material.dataset.split(split).len());
    let some = longest.iter().any(|&count| count > most);
    some.then(|| {
        format!(
            "Forecasts of all sequences would take more memory than a run may: predictions.csv and scores are of the last {} of each part.",
            grouped(most)
        )
    })
}

fn wrong(path: &Path, errors: Errors) -> RunError {
    RunError::Experiment {
        path: path.into(),
        errors,
    }
}

/// Whether a file's name says that it holds data, not an experiment.
fn is_data(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    [
        "csv", "tsv", "tab", "txt", "dat", "json", "jsonl", "gz", "zip", "zst", "xlsx", "parquet",
    ]
    .iter()
    .any(|data| ending == *data)
}

/// The experiment with the job's own number of updates and seed.
fn read(job: &Job) -> Result<(Document, Experiment), RunError> {
    let path = &job.experiment;
    if is_data(path) {
        files::open(path).map_err(RunError::Unreadable)?;
        // Whatever an experiment is called, it is run.
        if read_experiment(path).map_or(true, |text| Document::parse(&text).is_err()) {
            return Err(RunError::IsData { path: path.clone() });
        }
    }
    let text = read_experiment(path).map_err(RunError::Unreadable)?;
    let (mut document, mut experiment) =
        Document::parse(&text).map_err(|errors| wrong(path, errors))?;
    // No update at all is nothing that an experiment can say; it only looks at the weights it begins with.
    let updates = job.updates.filter(|&updates| updates > 0);
    for (key, value) in [("training.updates", updates), ("seed", job.seed)] {
        if let Some(value) = value {
            let value = Setting::from(value);
            experiment = document
                .set(key, value)
                .map_err(|errors| wrong(path, errors))?;
        }
    }
    Ok((document, experiment))
}

/// Makes of the text one for the folder of the results: data are called so that they are found from there, and which file they
/// were is written down.
fn call_from_folder(
    job: &Job,
    document: &mut Document,
    experiment: &mut Experiment,
    location: &Location,
    material: &Material,
) -> Result<(), Errors> {
    document.call_data_from(location, &job.out, experiment)?;
    if let Some(hash) = &material.sha256 {
        *experiment = document.set("data.sha256", Setting::Text(hash.clone()))?;
    }
    Ok(())
}

/// The text that makes a run of so many updates again, with what no text can say in front.
fn text_of_run(document: &Document, made: u64, weights: Option<&LoadedWeights>) -> String {
    let began = weights.map(|weights| {
        format!(
            "# This run began from the weights in {:?}, SHA-256 {}:\n# give them with {} to make it again.\n",
            weights.file,
            weights.sha256,
            weights.options()
        )
    });
    let none = (made == 0)
        .then(|| "# This run made no update: give --updates 0 to make it again.\n".to_owned());
    let before = began.into_iter().chain(none);
    before.chain([document.text().to_owned()]).collect()
}

fn train(
    trainer: &mut AnyTrainer,
    planned: u64,
    ending: &Ending,
    tell: &dyn Fn(Event<'_>),
) -> Course {
    let mut course = Course::default();
    let begun = Instant::now();
    tell(Event::Stage(Stage::Training, 0.0));
    while trainer.updates() < planned {
        if ending.stop.is_asked() {
            course.interrupted = true;
            break;
        }
        let before = Instant::now();
        if !trainer.update() {
            course.interrupted = ending.stop.is_asked();
            break;
        }
        ending.unsaved.store(true, Ordering::Relaxed);
        course.updates.push(before.elapsed());
        tell(Event::Update {
            made: trainer.updates(),
            planned,
            history: trainer.history(),
        });
    }
    course.whole = begun.elapsed();
    course
}

/// The files of a run on their way into its folder. What one of them fails by does not keep the others out.
struct Set<'a> {
    folder: Folder,
    ending: &'a Ending,
    /// The files that are missing, and why.
    missing: Vec<(&'static str, String)>,
    left_out: Vec<&'static str>,
}

impl<'a> Set<'a> {
    fn new(folder: Folder, ending: &'a Ending) -> Self {
        Self {
            folder,
            ending,
            missing: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// What there is beside the weights, the most telling first.
    #[allow(clippy::too_many_arguments, reason = "all that the files are made of")]
    fn write_all(
        &mut self,
        job: &Job,
        experiment: &Experiment,
        text: &str,
        trainer: &mut AnyTrainer,
        course: Course,
        loaded: Option<LoadedWeights>,
        tell: &dyn Fn(Event<'_>),
    ) -> Summary {
        let hurry = &self.ending.hurry;
        let told = |stage, from: f32, to: f32| {
            move |share: f32| {
                tell(Event::Stage(stage, from + (to - from) * share));
                hurry.goes_on()
            }
        };
        self.put("experiment.toml", |file| file.write_all(text.as_bytes()));
        let history = trainer.history().clone();
        self.put("history.csv", |file| history::write(&history, hurry, file));

        let evaluating = |from, to| told(Stage::Evaluating, from, to);
        tell(Event::Stage(Stage::Evaluating, 0.0));
        let most = trainer.material().memory.most_forecast();
        let mut snapshot = trainer.snapshot_of_probe(experiment.probe);
        let probe = !hurry.is_asked();
        let forecasts = trainer.forecast_into(&mut snapshot, most, &evaluating(0.0, 0.5));
        let measured = Measured {
            probe,
            forecasts: forecasts.is_continue(),
            losses: [
                trainer.loss_watched(Split::Train, &evaluating(0.5, 0.9)),
                trainer.loss_watched(Split::Test, &evaluating(0.9, 1.0)),
            ],
        };
        let measured_all = measured.forecasts && !hurry.is_asked();
        let mut summary = Summary::new(experiment, &snapshot, &measured, course, loaded);
        summary.interrupted |= !measured_all;
        self.put("summary.json", |file| {
            serde_json::to_writer_pretty(&mut *file, &summary)?;
            writeln!(file)
        });

        tell(Event::Stage(Stage::Writing, 0.0));
        let single = snapshot.precision == Precision::F32;
        let record = &snapshot.probe;
        if measured.forecasts {
            let writing = told(Stage::Writing, 0.0, 0.8);
            self.put("predictions.csv", |file| {
                predictions::write(&snapshot, &writing, file)
            });
        } else {
            self.leave_out("predictions.csv");
        }
        let entries = snapshot.model.network().entries();
        if probe {
            let gradient = by_parameter(entries, &record.gradient);
            let gradient = gradient.iter().map(TensorRef::from).collect();
            self.put_tensors("gradients.safetensors", gradient, single);
            let trace = of_record(&record.parts, &record.attention, &record.target);
            self.put_tensors("trace.safetensors", trace, single);
        } else {
            self.leave_out("gradients.safetensors");
            self.leave_out("trace.safetensors");
        }
        if let Some(generation) = job.generate {
            if probe && !hurry.is_asked() {
                self.put("generated.csv", |file| {
                    generated::write(&snapshot, generation, experiment.seed, hurry, file)
                });
            } else {
                self.leave_out("generated.csv");
            }
        }
        tell(Event::Stage(Stage::Writing, 1.0));
        summary
    }

    fn put_tensors(&mut self, name: &'static str, tensors: Vec<TensorRef<'_>>, single: bool) {
        let hurry = &self.ending.hurry;
        self.put(name, |file| tensors::write(tensors, single, hurry, file));
    }

    fn put(&mut self, name: &'static str, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        match self.folder.write(name, write) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => self.leave_out(name),
            Err(error) => self.missing.push((name, error.to_string())),
        }
    }

    fn leave_out(&mut self, name: &'static str) {
        self.left_out.push(name);
        let why = "the run was stopped before it was written".to_owned();
        self.missing.push((name, why));
    }

    /// The folder is whole, or says what is missing; gives what was left out.
    fn close(self, out: &Path) -> Result<Vec<&'static str>, RunError> {
        let Self {
            folder,
            missing,
            left_out,
            ..
        } = self;
        if missing.is_empty() {
            folder.finish()?;
            return Ok(left_out);
        }
        folder.leave(&missing);
        let failed = missing
            .iter()
            .filter(|(name, _)| !left_out.contains(name))
            .map(|(name, why)| format!("{} cannot be written: {why}", out.join(name).display()));
        let problems: Vec<String> = failed.collect();
        if problems.is_empty() {
            return Ok(left_out);
        }
        Err(RunError::Incomplete {
            path: out.into(),
            problems,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::material;
    use std::ops::ControlFlow;

    #[test]
    fn of_how_many_sequences_the_files_tell_is_said_where_it_is_not_all() {
        let text = "format = 1\n[data]\ntask = \"sine\"\nlength = 3\ntrain_sequences = 5000\ntest_sequences = 9\n";
        let experiment = Experiment::parse(text).unwrap();
        let go_on = |_| ControlFlow::Continue(());
        let mut material = material(&experiment, &Location::BuiltIn, &go_on).unwrap();
        assert_eq!(too_many(&material), None);
        material.memory = material.memory.if_whole_took(1 << 40);
        let said = too_many(&material).unwrap();
        assert!(
            said.ends_with("are of the last 4,096 of each part."),
            "{said}"
        );
    }
}
