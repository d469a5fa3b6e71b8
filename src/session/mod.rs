//! What the window, a lesson, the command line and tests all play on: a session that knows no screen.
//!
//! Everything a user can do is a [`Command`]; [`Session::apply`] carries it out. What there is to see is read from the
//! session: the text, the newest [`Snapshot`], the cursor, and what went wrong. Work that takes time runs on the worker;
//! [`Session::poll`] picks up what it has finished.

mod command;
mod import;
mod saved;

pub use command::{Command, Source, Step};
pub use import::{
    Aim as ImportAim, Choices as ImportChoices, Import, ImportCommand, ImportState,
    Kind as ImportKind, Outcome, Summary, TableImport, TextImport,
};
pub use saved::Saved;

use crate::experiment::{
    self, Data, Document, Experiment, Location, Material, Probe, Setting, gallery,
};
use crate::nn::{Clip, Cursor, Move, Schedule, Sweep};
use crate::platform::files;
use crate::train::measures::MeasureError;
use crate::train::worker::Failure;
use crate::train::{Measure, Order, Snapshot, Status, Worker};
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often a running worker publishes at most: a screen's frame.
const INTERVAL: Duration = Duration::from_millis(16);

/// How many snapshots stay for going back by an update.
const KEPT: usize = 64;

/// Something that went wrong, for the window to show where the user is looking.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// What could not be done.
    pub title: String,
    /// Place, found, expected and hint, a line each.
    pub lines: Vec<String>,
    /// The setting at fault, such as `model.hidden_size`.
    pub setting: Option<String>,
}

type Wake = Arc<dyn Fn() + Send + Sync>;

/// An experiment's text and the worker that trains it.
struct Run {
    location: Location,
    path: Option<PathBuf>,
    name: String,
    document: Document,
    experiment: Experiment,
    worker: Worker,
    probe: Probe,
    running: bool,
    /// The learning rate and clipping that hold since the user changed one of them on the way.
    changed: Option<(f64, Clip)>,
    /// Whether the worker was told to take whole parts.
    takes_all: bool,
}

/// A session: an experiment, its run, and a place in it.
pub struct Session {
    run: Run,
    /// What takes the run's place once its data is there; if that fails, what was open stays.
    opening: Option<Run>,
    newest: Option<Arc<Snapshot>>,
    /// Snapshots received so far.
    received: u64,
    kept: VecDeque<Arc<Snapshot>>,
    /// How many kept snapshots back from the newest is on show.
    back: usize,
    cursor: Cursor,
    cursor_at_end: bool,
    /// The part of the network on show, if it has so many.
    part: usize,
    message: Option<Message>,
    import: Option<Import>,
    /// How much memory reading a file may take, in bytes; `None` asks the system.
    memory: Option<u64>,
    /// Whether a measure was asked for that is over more sequences of a part than the snapshot has.
    wants_all: AtomicBool,
    wake: Wake,
}

impl Session {
    /// A session on the experiment that the program opens with.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        let default = gallery::default_entry();
        let (document, experiment) = Document::parse(default.text).expect("the gallery is tested");
        let wake: Wake = Arc::new(wake);
        let title = default.title.into();
        Self {
            run: Run::new(
                Location::BuiltIn,
                None,
                title,
                document,
                experiment,
                None,
                &wake,
            ),
            opening: None,
            newest: None,
            received: 0,
            kept: VecDeque::new(),
            back: 0,
            cursor: Cursor::START,
            cursor_at_end: true,
            part: usize::MAX,
            message: None,
            import: None,
            memory: None,
            wants_all: AtomicBool::new(false),
            wake,
        }
    }

    /// The run that commands go to: the one being opened, if any.
    fn active(&self) -> &Run {
        self.opening.as_ref().unwrap_or(&self.run)
    }

    fn active_mut(&mut self) -> &mut Run {
        self.opening.as_mut().unwrap_or(&mut self.run)
    }

    /// The experiment's text as it stands.
    pub fn text(&self) -> String {
        self.active().document.text().to_string()
    }

    /// The experiment as it stands.
    pub fn experiment(&self) -> &Experiment {
        &self.active().experiment
    }

    /// Where the experiment's relative paths start.
    pub fn location(&self) -> &Location {
        &self.active().location
    }

    /// The experiment's name: a file's, or a title from the gallery.
    pub fn name(&self) -> &str {
        &self.active().name
    }

    /// The experiment's file, if it has one.
    pub fn path(&self) -> Option<&Path> {
        self.active().path.as_deref()
    }

    /// What is on show: the newest snapshot, or a kept one if the user went back.
    pub fn snapshot(&self) -> Option<&Arc<Snapshot>> {
        if self.back == 0 {
            return self.newest.as_ref();
        }
        self.kept
            .len()
            .checked_sub(1 + self.back)
            .and_then(|index| self.kept.get(index))
            .or(self.newest.as_ref())
    }

    /// A number that changes whenever [`Self::snapshot`] does, for caches of what is drawn from it.
    pub fn version(&self) -> u64 {
        self.received * (KEPT as u64 + 1) + self.back as u64
    }

    /// The index of the part on show: at first the last one, which has the output.
    pub fn part(&self) -> usize {
        let parts = self
            .snapshot()
            .map_or(1, |snapshot| snapshot.probe.parts.len());
        self.part.min(parts - 1)
    }

    /// The order of operations in the part of the probe on show.
    pub fn schedule(&self) -> Option<Schedule> {
        let snapshot = self.snapshot()?;
        snapshot.probe.parts.get(self.part()).map(Schedule::new)
    }

    /// The place in it.
    pub fn cursor(&self) -> Cursor {
        match self.schedule() {
            Some(schedule) if self.cursor_at_end => Cursor::end(&schedule),
            _ => self.cursor,
        }
    }

    /// Whether updates are being made or are about to be.
    pub fn is_running(&self) -> bool {
        self.active().running
    }

    /// How far the reading of new data is, from 0 to 1, while it goes on.
    pub fn loading(&self) -> Option<f32> {
        let waits = self.opening.is_some() || self.newest.is_none();
        let worker = &self.active().worker;
        (waits && worker.failure().is_none()).then(|| worker.progress())
    }

    /// What went wrong last.
    pub fn message(&self) -> Option<&Message> {
        self.message.as_ref()
    }

    /// The file being looked at, if any.
    pub fn import(&self) -> Option<&Import> {
        self.import.as_ref()
    }

    /// Lets files that are opened from now on take at most so many bytes of memory, instead of what the system has.
    pub fn limit_memory(&mut self, bytes: u64) {
        self.memory = Some(bytes);
    }

    /// Waits until the file being looked at is read and what comes of it is worked out, for callers that have no frames.
    pub fn settle_import(&mut self) {
        if let Some(import) = &mut self.import {
            import.settle();
        }
    }

    /// Why one cannot go back by an update, if so.
    pub fn no_previous_update(&self) -> Option<&'static str> {
        if self.is_running() {
            return Some("Pause first");
        }
        let on_show = self.snapshot().map_or(0, |snapshot| snapshot.update);
        let kept = self
            .kept
            .len()
            .checked_sub(2 + self.back)
            .and_then(|index| self.kept.get(index));
        match kept {
            _ if on_show == 0 => Some("This is the start"),
            Some(kept) if kept.update + 1 == on_show => None,
            _ => Some("Only updates made one at a time are kept"),
        }
    }

    /// A measure of what is on show, or of the session itself: `cursor.t`, `cursor.backward`. One that is over a part's
    /// sequences takes the whole part; where the snapshot has not all of them it has no value yet, and they are asked for.
    ///
    /// # Errors
    /// See [`MeasureError`].
    pub fn measure(&self, measure: &Measure) -> Result<Option<f64>, MeasureError> {
        let schedule = self.schedule();
        match measure.name.as_str() {
            "cursor.t" => Ok(schedule.map(|schedule| self.cursor().t(&schedule) as f64)),
            "cursor.backward" => Ok(Some(f64::from(u8::from(
                self.cursor().sweep == Sweep::Backward,
            )))),
            "probe.index" => Ok(Some(self.probe().index as f64)),
            _ => match self.snapshot() {
                Some(snapshot) => {
                    if measure.is_of_part(snapshot)? {
                        self.wants_all.store(true, Ordering::Relaxed);
                    }
                    measure.of_whole(snapshot)
                }
                None => measure.check().map(|()| None),
            },
        }
    }

    /// Waits until what is on show is of the whole of each part, for callers that have no frames.
    ///
    /// # Errors
    /// What went wrong, if there is no run.
    pub fn settle_all(&mut self) -> Result<(), Message> {
        if self.newest.as_ref().is_none_or(|newest| newest.is_whole()) {
            return Ok(());
        }
        self.wants_all.store(true, Ordering::Relaxed);
        self.ask_for_all();
        self.settle()
    }

    /// Lets the worker take whole parts, once a measure was asked for that is over one.
    fn ask_for_all(&mut self) {
        if self.wants_all.load(Ordering::Relaxed) && !self.active().takes_all {
            let run = self.active_mut();
            run.takes_all = true;
            run.worker.order(Order::All);
        }
    }

    /// Picks up what the worker has finished; true if there is something new to see.
    pub fn poll(&mut self) -> bool {
        self.ask_for_all();
        let mut new = self.import.as_mut().is_some_and(Import::poll);
        if let Some(failure) = self.active().worker.failure() {
            new |= self.fail(&failure);
        } else if let Some(snapshot) = self.active().worker.take() {
            self.receive(snapshot);
            new = true;
        }
        new
    }

    fn fail(&mut self, failure: &Failure) -> bool {
        self.active_mut().running = false;
        let message = match failure {
            Failure::Material(error) => Message {
                title: format!("{} cannot be run like this", self.name()),
                lines: error.to_string().lines().map(ToString::to_string).collect(),
                setting: Some(error.setting()),
            },
            Failure::Panic(_) => Message {
                title: "Training stopped".into(),
                lines: vec![failure.to_string()],
                setting: None,
            },
        };
        let new = self.opening.take().is_some() || self.message.as_ref() != Some(&message);
        self.message = Some(message);
        new
    }

    fn receive(&mut self, snapshot: Arc<Snapshot>) {
        if let Some(opened) = self.opening.take() {
            self.run = opened;
            self.kept.clear();
        }
        self.run.running = snapshot.status == Status::Running;
        let follows = self
            .kept
            .back()
            .is_some_and(|last| last.update + 1 == snapshot.update);
        let repeats = self
            .kept
            .back()
            .is_some_and(|last| last.update == snapshot.update);
        if repeats {
            self.kept.pop_back();
        } else if !follows {
            self.kept.clear();
        }
        // Long sequences are kept for two updates only: 64 of them would fill the memory.
        let kept = if snapshot.material.seq_len * snapshot.model.network().hidden_size() > 20_000 {
            2
        } else {
            KEPT
        };
        while self.kept.len() >= kept {
            self.kept.pop_front();
        }
        self.kept.push_back(Arc::clone(&snapshot));
        if !repeats {
            self.back = 0;
        }
        self.received += 1;
        self.record_changes(&snapshot);
        self.newest = Some(snapshot);
        self.renew_baselines();
    }

    /// Holds the snapshot on show against the newest one's baselines: one that was kept may be from before they changed.
    fn renew_baselines(&mut self) {
        let index = self.kept.len().checked_sub(1 + self.back);
        let kept = index.and_then(|index| self.kept.get_mut(index));
        let (Some(kept), Some(newest)) = (kept, &self.newest) else {
            return;
        };
        let [old, new] = [&kept.material, &newest.material].map(|material| &material.baselines);
        if let (Some(old), Some(new)) = (old, new)
            && !Arc::ptr_eq(old, new)
        {
            *kept = Arc::new(kept.with_baselines_of(&newest.material));
        }
    }

    /// Appends to the text what was changed on the way.
    fn record_changes(&mut self, snapshot: &Snapshot) {
        let run = &mut self.run;
        let written = &run.experiment.training.changes;
        if snapshot
            .changes
            .iter()
            .all(|change| written.contains(change))
        {
            return;
        }
        let mut written = run.document.clear_changes();
        for &change in &snapshot.changes {
            written = written.and_then(|_| run.document.append_change(change));
        }
        match written {
            Ok(experiment) => run.experiment = experiment,
            Err(error) => {
                self.message = Some(of_errors("The change cannot be written down", &error));
            }
        }
    }

    /// Waits until the worker has carried out everything, for callers that have no frames: tests, lessons' solutions.
    ///
    /// # Errors
    /// What went wrong, if there is no run.
    pub fn settle(&mut self) -> Result<(), Message> {
        match self.active().worker.settle() {
            Ok(snapshot) => {
                self.receive(snapshot);
                Ok(())
            }
            Err(failure) => {
                self.fail(&failure);
                self.message.clone().map_or(Ok(()), Err)
            }
        }
    }

    /// Carries out a command. What it cannot do it says in [`Self::message`], and what was open stays open.
    pub fn apply(&mut self, command: Command) {
        if !matches!(command, Command::Move(_) | Command::Sweep(_)) {
            self.message = None;
        }
        match command {
            Command::Open(source) => self.open(source),
            Command::Import(command) => import::apply(self, command),
            Command::Set { path, value } => self.set(&path, value),
            Command::SetText(text) => self.set_text(&text),
            Command::Start => self.order(Order::Start, true),
            Command::Pause => self.order(Order::Pause, false),
            Command::Update(count) => self.order(Order::Update(count), count > 0),
            Command::Reset => self.reset(),
            Command::SetLearningRate(rate) => self.change(Some(rate), None),
            Command::SetClip(clip) => self.change(None, Some(clip)),
            Command::Sweep(sweep) => {
                self.cursor = self.cursor();
                self.cursor_at_end = false;
                self.cursor = Cursor {
                    sweep,
                    ..self.cursor
                };
                self.move_cursor(Move::First);
            }
            Command::Move(by) => self.move_cursor(by),
            Command::ShowAll => self.cursor_at_end = true,
            Command::ShowPart(part) => {
                self.part = part;
                self.cursor_at_end = true;
            }
            Command::StepBy(step, forward) => self.step_by(step, forward),
            Command::Probe(probe) => self.set_probe(probe),
            Command::Save(path) => self.save(path),
            Command::CancelLoading => self.active().worker.cancel(),
            Command::DismissMessage => {}
        }
    }

    fn order(&mut self, order: Order, running: bool) {
        self.back = 0;
        let run = self.active_mut();
        run.running = running && run.worker.failure().is_none();
        run.worker.order(order);
    }

    fn move_cursor(&mut self, by: Move) {
        let Some(schedule) = self.schedule() else {
            return;
        };
        self.cursor = self.cursor().moved(&schedule, by);
        self.cursor_at_end = self.cursor == Cursor::end(&schedule);
    }

    fn step_by(&mut self, step: Step, forward: bool) {
        match (step, forward) {
            (Step::Time, true) => self.move_cursor(Move::Next),
            (Step::Time, false) => self.move_cursor(Move::Previous),
            (Step::Sequence, forward) => {
                let probe = self.probe();
                let count = self
                    .snapshot()
                    .map_or(0, |s| s.material.dataset.split(probe.split).len());
                let index = if forward {
                    probe.index + 1
                } else {
                    probe.index.wrapping_sub(1)
                };
                if index < count {
                    self.set_probe(Probe { index, ..probe });
                }
            }
            (Step::Update, true) if self.back > 0 => self.go_back(self.back - 1),
            (Step::Update, true) => self.order(Order::Update(1), true),
            (Step::Update, false) if self.no_previous_update().is_none() => {
                self.go_back(self.back + 1);
            }
            (Step::Update, false) => {}
        }
    }

    /// Shows the snapshot so many updates before the newest.
    fn go_back(&mut self, updates: usize) {
        self.back = updates;
        self.renew_baselines();
    }

    /// The sequence under the lens.
    pub fn probe(&self) -> Probe {
        self.active().probe
    }

    fn set_probe(&mut self, probe: Probe) {
        self.back = 0;
        let run = self.active_mut();
        run.probe = probe;
        run.worker.order(Order::Probe(probe));
        let index = Setting::Whole(probe.index.try_into().unwrap_or(i64::MAX));
        let written = run
            .document
            .set("probe.split", Setting::Text(probe.split.name().into()));
        match written.and_then(|_| run.document.set("probe.index", index)) {
            Ok(experiment) => run.experiment = experiment,
            Err(errors) => self.message = Some(of_errors("The probe cannot be changed", &errors)),
        }
    }

    fn change(&mut self, learning_rate: Option<f64>, clip: Option<Clip>) {
        // Before the first update a change is a setting like any other. Later it is tried out on the text: a run has no
        // settings that its text cannot say.
        let fresh =
            self.opening.is_some() || self.newest.as_ref().is_none_or(|newest| newest.update == 0);
        match self.with_settings(learning_rate, clip) {
            Err(errors) => self.message = Some(of_errors("This setting cannot be", &errors)),
            Ok(written) if fresh && !self.is_running() => {
                let experiment = Box::new(written.1.clone());
                let run = self.active_mut();
                (run.document, run.experiment) = written;
                self.order(Order::Reset(experiment), false);
            }
            Ok(_) => {
                self.back = 0;
                let (rate, old_clip) = self.in_effect();
                self.active_mut().changed =
                    Some((learning_rate.unwrap_or(rate), clip.unwrap_or(old_clip)));
                self.active_mut().worker.order(Order::Change {
                    learning_rate,
                    clip,
                });
            }
        }
    }

    /// The learning rate and clipping as they were asked for last.
    fn in_effect(&self) -> (f64, Clip) {
        let training = &self.experiment().training;
        let written = (training.optimizer.learning_rate(), training.clip);
        let newest = self.newest.as_ref().filter(|_| self.opening.is_none());
        let reached = newest.map(|newest| (newest.optimizer.learning_rate(), newest.clip));
        self.active().changed.or(reached).unwrap_or(written)
    }

    /// The text with another learning rate or clipping from the start.
    fn with_settings(
        &self,
        learning_rate: Option<f64>,
        clip: Option<Clip>,
    ) -> Result<(Document, Experiment), experiment::Errors> {
        let run = self.active();
        let mut document = run.document.clone();
        let mut experiment = run.experiment.clone();
        if let Some(rate) = learning_rate {
            experiment = document.set("training.optimizer.learning_rate", Setting::Number(rate))?;
        }
        if let Some(clip) = clip {
            experiment = document.set("training.clip", clip.into())?;
        }
        Ok((document, experiment))
    }

    /// Back to the start. Settings changed on the way stay in effect and hold from the start; changes that the text had
    /// when it was opened are replayed as it says.
    fn reset(&mut self) {
        let run = self.active_mut();
        if let Some((rate, clip)) = run.changed.take() {
            if let Ok(experiment) = run.document.clear_changes() {
                run.experiment = experiment;
            }
            match self.with_settings(Some(rate), Some(clip)) {
                Ok(written) => {
                    let run = self.active_mut();
                    (run.document, run.experiment) = written;
                }
                Err(errors) => self.message = Some(of_errors("This setting cannot be", &errors)),
            }
        }
        self.kept.clear();
        let experiment = Box::new(self.experiment().clone());
        self.order(Order::Reset(experiment), false);
    }

    fn set(&mut self, path: &str, value: Setting) {
        let run = self.active();
        let mut document = run.document.clone();
        match document.set(path, value) {
            Ok(experiment) => {
                self.rewrite(document, experiment);
            }
            Err(errors) => self.message = Some(of_errors("This setting cannot be", &errors)),
        }
    }

    fn set_text(&mut self, text: &str) {
        match Document::parse(text) {
            Ok((document, experiment)) => {
                let goes_on = self.rewrite(document, experiment);
                self.cursor_at_end |= !goes_on;
            }
            Err(errors) => {
                let title = format!("{} cannot be opened", self.name());
                self.message = Some(of_errors(&title, &errors));
            }
        }
    }

    /// Puts another text for the same experiment into effect. Baselines have no part in training: where all else is as it
    /// was, the run goes on, and they alone are made anew. Says whether it does.
    fn rewrite(&mut self, document: Document, experiment: Experiment) -> bool {
        let run = self.active();
        let spec = experiment.baseline.clone();
        let but_for_baselines = Experiment {
            baseline: run.experiment.baseline.clone(),
            ..experiment.clone()
        };
        if but_for_baselines != run.experiment || run.worker.failure().is_some() {
            let (location, path, name) = (run.location.clone(), run.path.clone(), run.name.clone());
            self.begin(location, path, name, document, experiment);
            return false;
        }
        let run = self.active_mut();
        let same = run.experiment.baseline == spec;
        (run.document, run.experiment) = (document, experiment);
        if !same {
            run.worker.order(Order::Baselines(spec));
        }
        true
    }

    /// A new run, which takes the place of the present one once its data is there. The data is read again only if the
    /// text asks for other data.
    fn begin(
        &mut self,
        location: Location,
        path: Option<PathBuf>,
        name: String,
        document: Document,
        experiment: Experiment,
    ) {
        let now = &self.run;
        let same_data = experiment.seed == now.experiment.seed
            && location == now.location
            && format!("{:?}", experiment.data) == format!("{:?}", now.experiment.data);
        let old = self
            .newest
            .as_ref()
            .filter(|_| same_data)
            .map(|newest| Arc::clone(&newest.material));
        self.opening = Some(Run::new(
            location, path, name, document, experiment, old, &self.wake,
        ));
        *self.wants_all.get_mut() = false;
        self.back = 0;
    }

    fn open(&mut self, source: Source) {
        match source {
            Source::Gallery(name) => match gallery::by_name(&name) {
                Some(entry) => {
                    self.open_text(entry.text, Location::BuiltIn, None, entry.title.into());
                }
                None => {
                    let title = format!("There is no experiment “{name}”");
                    self.message = Some(Message {
                        title,
                        lines: Vec::new(),
                        setting: None,
                    });
                }
            },
            Source::Text {
                text,
                location,
                name,
            } => self.open_text(&text, location, None, name),
            Source::File(path) => {
                let is_experiment = path
                    .extension()
                    .is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
                if !is_experiment {
                    self.import = Some(Import::begin(path, self.memory, &self.wake));
                    return;
                }
                match std::fs::read_to_string(&path) {
                    Ok(text) => {
                        let directory = path.parent().map(Path::to_path_buf).unwrap_or_default();
                        let name = path
                            .file_stem()
                            .unwrap_or_default()
                            .to_string_lossy()
                            .into_owned();
                        self.open_text(&text, Location::Directory(directory), Some(path), name);
                    }
                    Err(error) => {
                        self.message = Some(Message {
                            title: format!("{} cannot be read", path.display()),
                            lines: vec![error.to_string()],
                            setting: None,
                        });
                    }
                }
            }
        }
    }

    fn open_text(&mut self, text: &str, location: Location, path: Option<PathBuf>, name: String) {
        match Document::parse(text) {
            Ok((document, experiment)) => {
                self.begin(location, path, name, document, experiment);
                self.cursor_at_end = true;
            }
            Err(errors) => {
                self.message = Some(of_errors(&format!("{name} cannot be opened"), &errors));
            }
        }
    }

    /// Writes the text to `path`, with the data called so that they are found from there.
    fn save(&mut self, path: PathBuf) {
        let folder = path.parent().unwrap_or(Path::new(""));
        let folder = match folder.as_os_str().is_empty() {
            true => PathBuf::from("."),
            false => folder.to_path_buf(),
        };
        let run = self.active();
        let (mut document, mut experiment) = (run.document.clone(), run.experiment.clone());
        let file = match &experiment.data {
            Data::Csv(data) => Some(("data.csv", &data.path)),
            Data::Text(data) => Some(("data.text_file", &data.path)),
            Data::Task(_) => None,
        };
        let called = file.and_then(|(key, file)| Some((key, run.location.from(&folder, file)?)));
        if let Some((key, called)) = called {
            match document.set(key, Setting::Text(called)) {
                Ok(renamed) => experiment = renamed,
                Err(errors) => {
                    self.message = Some(of_errors("This experiment cannot be saved", &errors));
                    return;
                }
            }
        }
        match files::replace(&path, document.text().as_bytes()) {
            Ok(()) => {
                let run = self.active_mut();
                (run.document, run.experiment) = (document, experiment);
                run.location = Location::Directory(folder);
                run.name = path
                    .file_stem()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                run.path = Some(path);
            }
            Err(error) => {
                let title = format!("{} cannot be written", path.display());
                self.message = Some(Message {
                    title,
                    lines: vec![error.to_string()],
                    setting: None,
                });
            }
        }
    }
}

impl Run {
    fn new(
        location: Location,
        path: Option<PathBuf>,
        name: String,
        document: Document,
        experiment: Experiment,
        old: Option<Arc<Material>>,
        wake: &Wake,
    ) -> Self {
        let (of, from, wake) = (experiment.clone(), location.clone(), Arc::clone(wake));
        let make = Box::new(move |progress: &dyn Fn(f32) -> ControlFlow<()>| {
            let material = match old {
                Some(old) => old.again(&of)?,
                None => experiment::material(&of, &from, progress)?,
            };
            Ok(Arc::new(material))
        });
        let worker = Worker::spawn(experiment.clone(), make, INTERVAL, move || wake());
        Self {
            probe: experiment.probe,
            location,
            path,
            name,
            document,
            experiment,
            worker,
            running: false,
            takes_all: false,
            changed: None,
        }
    }
}

/// The session's own measures, beside those of a run.
const MEASURES: [&str; 3] = ["cursor.t", "cursor.backward", "probe.index"];

/// Checks a measure's name and arguments without a run.
///
/// # Errors
/// See [`MeasureError`].
pub fn check_measure(measure: &Measure) -> Result<(), MeasureError> {
    if MEASURES.contains(&measure.name.as_str()) {
        Ok(())
    } else {
        measure.check()
    }
}

fn of_errors(title: &str, errors: &experiment::Errors) -> Message {
    let mut lines: Vec<String> = errors.problems().iter().map(ToString::to_string).collect();
    if errors.more() > 0 {
        lines.push(format!("… and {} more", errors.more()));
    }
    Message {
        title: title.into(),
        lines,
        setting: errors
            .problems()
            .first()
            .map(|problem| problem.path.clone()),
    }
}
