//! What the window, a lesson, the command line and tests all play on: a session that knows no screen.
//!
//! Everything a user can do is a [`Command`]; [`Session::apply`] carries it out. What there is to see is read from the
//! session: the text, the newest [`Snapshot`], the cursor, and what went wrong. Work that takes time runs on the worker;
//! [`Session::poll`] picks up what it has finished. What does not stand in the snapshot is [asked](Session::ask), and answered
//! beside the frames ([questions]).
//!
//! Up to four [runs] stand beside one another. Commands go to the one on show; training is of all of them, update by update.
//!
//! Nothing that was made is lost by what replaces it: what is [on show](watched) takes its place by [arriving](opening), what
//! was there goes into a [timeline] or is put [aside], and a file is overwritten only by its own experiment or when the user
//! has said so ([saving]).

mod aside;
mod beside;
mod command;
mod comparing;
mod comparison;
mod earlier;
mod import;
mod numbers;
mod opening;
mod questions;
mod runs;
mod saved;
mod saving;
mod script;
mod start;
mod timeline;
mod track;
mod view;
mod watched;
mod weights;

pub use command::{Command, Origin, Parting, Step};
pub use comparing::{Variant, variants};
pub use comparison::Comparison;
pub use earlier::Earlier;
pub use import::{
    Guessed, GuessedColumn, Import, ImportAim, ImportChoices, ImportCommand, ImportKind,
    ImportOffer, ImportState, Outcome, Summary, TableImport, TextImport,
};
pub use numbers::{Along, Number, SetBlock};
pub use questions::Told;
pub use runs::{MOST_RUNS, RunOnShow};
pub use saved::{MadeAgain, Saved};
pub use saving::{Overwrite, WhyAsk};
pub use track::RunId;

use crate::data::Split;
use crate::experiment::{
    self, Document, Experiment, Location, Material, Probe, Setting, Watch, gallery,
};
use crate::nn::{Clip, Cursor, Move, Schedule, SetWeight, Stop, Sweep};
use crate::platform::background::Wake;
use crate::platform::files;
use crate::train::measures::MeasureError;
use crate::train::worker::Failure;
use crate::train::{Answer, Measure, Order, Question, Seat, Snapshot, Status, Worker};
use crate::words::counted;
use questions::Questions;
use saving::Awaited;
use script::Script;
use start::PageName;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use timeline::State;
use track::{Aside, Cause, Company, Errand, Opening, Track};
use view::{Settings, View, Words};
use watched::{Called, KEPT, Run, Watched};

/// How often a running worker publishes at most: a screen's frame.
const INTERVAL: Duration = Duration::from_millis(16);

/// Something that went wrong, for the window to show where the user is looking.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// What could not be done.
    pub title: String,
    /// Track, found, expected and hint, a line each.
    pub lines: Vec<String>,
    /// The setting at fault, such as `model.hidden_size`.
    pub setting: Option<String>,
}

impl Message {
    /// All of it, for where there is no window: a line each.
    pub fn on_lines(&self) -> String {
        let lines = std::iter::once(&self.title).chain(&self.lines);
        lines.map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

/// Something that went well, to be said quietly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What was done, as a sentence.
    pub text: String,
    /// What may be wanted now.
    pub offer: Option<Offer>,
}

/// What may be wanted after something was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// To take it back.
    Undo,
    /// To do it again after all.
    Redo,
    /// To see how a run ended.
    Autopsy,
}

/// What is known of a measure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The last value, if there is one.
    pub value: Option<f64>,
    /// Whether it is of what is on show. If not, that is on its way.
    pub is_current: bool,
}

/// A session: an experiment, its run, and a place in it; and up to three beside it.
pub struct Session {
    /// What trains all runs.
    worker: Worker,
    /// The run that commands go to: the one on show, but while one is addressed to another.
    here: Track,
    /// The runs beside it.
    company: Company,
    /// How many commands have changed something: a number for each change.
    now: u64,
    /// How many runs there were.
    runs: u32,
    /// The runs that have ended as they should not, each with the update at which it did, as far as that is known to have been
    /// told.
    ended: BTreeMap<RunId, u64>,
    /// Snapshots received so far.
    received: u64,
    /// What comes back later, the last one first.
    asides: Vec<Aside>,
    /// What is being played.
    script: Option<Script>,
    /// The number that is looked at.
    number: Option<crate::train::question::Spot>,
    numbers_opened: u64,
    /// Whether its derivative is held against a finite difference.
    verifies: bool,
    /// What was on show where a lesson's page began.
    start: Option<start::Start>,
    /// When the page began, as the session counts changes: those since then can be taken back.
    page_began: Option<u64>,
    /// What the lesson's page is called that is left, while what was put aside for it comes back.
    leaves_lesson: Option<PageName>,
    /// What stands in files that were opened or saved, as far as is known.
    on_disk: BTreeMap<PathBuf, String>,
    awaited: Option<Awaited>,
    has_unapplied: bool,
    overwrite: Option<Overwrite>,
    message: Option<Message>,
    notice: Option<Notice>,
    import: Option<Import>,
    /// A file of weights being held against the network.
    fitting: Option<weights::Fitting>,
    /// What was kept and is on its way back.
    returning: Option<Saved>,
    /// What was kept and could not be opened again, until it is asked for.
    unopened: Option<Saved>,
    /// How much memory reading a file may take, in bytes; `None` asks the system.
    memory: Option<u64>,
    /// Whether a measure was asked for that is over more sequences of a part than the snapshot has.
    wants_all: AtomicBool,
    /// The same of the runs beside the one on show.
    want_all_beside: AtomicBool,
    questions: Questions,
    /// Whether questions are answered beside the frames, or there and then, for callers that have none.
    has_frames: bool,
    wake: Wake,
}

impl Session {
    /// A session on the experiment that the program opens with.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        let default = gallery::default_entry();
        let (document, experiment) = Document::parse(default.text).expect("the gallery is tested");
        let wake: Wake = Arc::new(wake);
        let worker = Worker::new(INTERVAL);
        let called = Called {
            location: Location::BuiltIn,
            path: None,
            name: default.title.into(),
            given: None,
        };
        let run = Run::new(called, document, experiment, None, &worker, &wake);
        Self {
            worker,
            here: Track::new(RunId(0), Watched::new(run, View::ALL)),
            company: Company::default(),
            now: 0,
            runs: 1,
            ended: BTreeMap::new(),
            received: 0,
            asides: Vec::new(),
            script: None,
            number: None,
            numbers_opened: 0,
            verifies: false,
            start: None,
            page_began: None,
            leaves_lesson: None,
            on_disk: BTreeMap::new(),
            awaited: None,
            has_unapplied: false,
            overwrite: None,
            message: None,
            notice: None,
            import: None,
            fitting: None,
            returning: None,
            unopened: None,
            memory: None,
            wants_all: AtomicBool::new(false),
            want_all_beside: AtomicBool::new(false),
            questions: Questions::new(&wake),
            has_frames: false,
            wake,
        }
    }

    /// The run that commands go to: the one being opened, if any.
    fn active(&self) -> &Run {
        self.here.active()
    }

    fn active_mut(&mut self) -> &mut Run {
        self.here.active_mut()
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
        &self.active().called.location
    }

    /// The run's own name, or else the experiment's: a file's, or a title from the gallery.
    pub fn name(&self) -> &str {
        self.active().called.name()
    }

    /// The experiment's file, if it has one.
    pub fn path(&self) -> Option<&Path> {
        self.active().called.path.as_deref()
    }

    /// What is on show: the newest snapshot, or a kept one if the user went back.
    pub fn snapshot(&self) -> Option<&Arc<Snapshot>> {
        self.here.watched.snapshot()
    }

    /// The newest snapshot, whatever is on show.
    pub fn newest(&self) -> Option<&Arc<Snapshot>> {
        self.here.watched.newest.as_ref()
    }

    /// The snapshots that can be shown, from the oldest to the newest: those of the last updates, if these were made one at a
    /// time, and of those before about evenly many.
    pub fn kept(&self) -> impl DoubleEndedIterator<Item = &Arc<Snapshot>> + ExactSizeIterator {
        self.here.watched.kept()
    }

    /// Whether snapshots are kept of other sequences than the one under the lens: they can be shown when that is there again.
    pub fn keeps_of_other_sequences(&self) -> bool {
        self.here.watched.keeps_elsewhere()
    }

    /// The curves of the runs that came before the one on show, on the same data, the newest at the end.
    pub fn earlier_runs(&self) -> impl Iterator<Item = &Earlier> {
        self.here.earlier.behind(&self.here.watched)
    }

    /// A number that changes whenever [`Self::snapshot`] does, for caches of what is drawn from it.
    pub fn version(&self) -> u64 {
        self.received * (KEPT as u64 + 1) + self.here.watched.back as u64
    }

    /// The index of the part on show: at first the last one, which has the output.
    pub fn part(&self) -> usize {
        self.here.watched.part()
    }

    /// The order of operations over the probe.
    pub fn schedule(&self) -> Option<Schedule> {
        self.here.watched.schedule()
    }

    /// The place in it.
    pub fn cursor(&self) -> Cursor {
        self.here.watched.cursor()
    }

    /// How many sequences a part has; `None` while other data is on its way.
    pub fn sequences(&self, split: Split) -> Option<usize> {
        let newest = self.here.watched.newest.as_ref();
        let newest = newest.filter(|_| self.here.opening.is_none())?;
        Some(newest.material.dataset.split(split).len())
    }

    /// Whether updates are being made or are about to be.
    pub fn is_running(&self) -> bool {
        self.tracks().any(|track| track.active().running)
    }

    /// How far the present stage of opening is, from 0 to 1, while it goes on.
    pub fn loading(&self) -> Option<f32> {
        self.here.opens().map(Seat::progress)
    }

    /// What is being done while something is opened.
    pub fn loading_stage(&self) -> Option<experiment::Stage> {
        self.here.opens().map(Seat::stage)
    }

    /// Whether nothing is on its way: no data, no update, no command that is still to be played.
    pub fn rests(&self) -> bool {
        let loading = |track: &Track| track.opens().is_some();
        self.script.is_none() && !self.is_running() && !self.tracks().any(loading)
    }

    /// Whether commands are being played one after the other.
    pub fn plays(&self) -> bool {
        self.script.is_some()
    }

    /// What went wrong last.
    pub fn message(&self) -> Option<&Message> {
        self.message.as_ref()
    }

    /// What went well last, until the next command.
    pub fn notice(&self) -> Option<&Notice> {
        self.notice.as_ref()
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
            return Some("The run goes on: pause it first, then go back");
        }
        self.here.watched.no_previous_update()
    }

    /// Whether a move of the cursor leads anywhere from where it is.
    pub fn leads_on(&self, by: Move) -> bool {
        self.here.watched.leads_on(by)
    }

    /// Why a step on, or back, leads nowhere, if so.
    pub fn no_step(&self, step: Step, forward: bool) -> Option<&'static str> {
        // While other data is on its way, what comes of it is not known.
        let is_there = self.sequences(self.probe().split).is_some();
        let move_by = match (step, forward) {
            (Step::Operation, true) => Move::NextOperation,
            (Step::Operation, false) => Move::PreviousOperation,
            (Step::Time, true) => Move::Next,
            (Step::Time, false) => Move::Previous,
            (Step::Sequence, true) => {
                let is_last = is_there && self.sequence_beside(true).is_none();
                return is_last.then_some("This is the last sequence");
            }
            (Step::Sequence, false) => {
                let is_first = is_there && self.sequence_beside(false).is_none();
                return is_first.then_some("This is the first sequence");
            }
            (Step::Update, true) => {
                let has_ended = is_there && self.here.watched.back == 0 && !self.can_train();
                return has_ended.then_some("The run has diverged. Change something and reset");
            }
            (Step::Update, false) => return self.no_previous_update(),
        };
        (!self.leads_on(move_by)).then_some(match forward {
            true => "Both sweeps are done: there is nothing more to reveal",
            false => "This is the beginning: nothing is walked through yet",
        })
    }

    /// The sequence after the one under the lens, or before it, if there is one.
    fn sequence_beside(&self, after: bool) -> Option<Probe> {
        let probe = self.probe();
        let index = match after {
            true => probe.index.checked_add(1),
            false => probe.index.checked_sub(1),
        };
        let count = self.sequences(probe.split).unwrap_or(0);
        let index = index.filter(|&index| index < count)?;
        Some(Probe { index, ..probe })
    }

    /// Puts a question to what is on show.
    pub fn ask(&self, question: &Question) -> Told {
        self.ask_of(&self.here, question)
    }

    /// Puts a question to what is on show of another run.
    pub fn ask_run(&self, run: RunId, question: &Question) -> Told {
        let track = self.tracks().find(|track| track.id == run);
        track.map_or_else(Told::nothing, |track| self.ask_of(track, question))
    }

    fn ask_of(&self, track: &Track, question: &Question) -> Told {
        let Some(snapshot) = track.watched.snapshot() else {
            return Told::nothing();
        };
        self.ask_snapshot(snapshot, question)
    }

    fn ask_snapshot(&self, snapshot: &Arc<Snapshot>, question: &Question) -> Told {
        if self.has_frames && !question.is_at_hand() {
            return self.questions.ask(question, snapshot);
        }
        Told::now(question.answer(snapshot, &Stop::default()), snapshot.update)
    }

    /// What was asked of the snapshot on show, for tests.
    #[cfg(test)]
    pub(crate) fn asked(&self) -> Vec<Question> {
        let snapshot = self.snapshot();
        snapshot.map_or_else(Vec::new, |snapshot| self.questions.answered(snapshot))
    }

    /// From now on there are frames, in each of which everything is asked again: questions are answered beside them.
    pub fn answer_beside_frames(&mut self) {
        self.has_frames = true;
    }

    /// A frame begins: what was asked in none of the last two and waits is given up.
    pub fn next_frame(&self) {
        self.questions.next_round();
    }

    /// A measure of what is on show, or of the session itself: `cursor.t`, `cursor.backward`. One that is over a part's
    /// sequences takes the whole part; where the snapshot has not all of them it has no value yet, and they are asked for.
    ///
    /// # Errors
    /// See [`MeasureError`].
    pub fn measure(&self, measure: &Measure) -> Result<Measured, MeasureError> {
        let (of, run) = measure.of_run();
        let track = match run {
            None => &self.here,
            Some(run) => {
                let track = self.in_order().into_iter().nth(run - 1);
                track.ok_or_else(|| of.lacking_run(run))?
            }
        };
        let cursor = track.watched.cursor();
        let value = match of {
            Measure::Runs => Some(self.tracks().count() as f64),
            Measure::CursorT => {
                let schedule = track.watched.schedule();
                schedule.map(|schedule| cursor.t(&schedule) as f64)
            }
            Measure::CursorBackward => Some(f64::from(u8::from(cursor.sweep == Sweep::Backward))),
            Measure::ProbeIndex => Some(track.active().probe.index as f64),
            of => return self.measure_snapshot(track, of),
        };
        let is_current = true;
        Ok(Measured { value, is_current })
    }

    fn measure_snapshot(&self, track: &Track, of: &Measure) -> Result<Measured, MeasureError> {
        let snapshot = track.watched.snapshot();
        if snapshot.is_some_and(|snapshot| of.is_of_a_sample(snapshot)) {
            let wants_all = match track.id == self.here.id {
                true => &self.wants_all,
                false => &self.want_all_beside,
            };
            wants_all.store(true, Ordering::Relaxed);
        }
        measured(self.ask_of(track, &question_of(of)))
    }

    /// Whether a setting of the experiment is this, written or by default: setting it would change nothing.
    ///
    /// # Errors
    /// If this experiment cannot have it so.
    pub fn setting_is(&self, path: &str, value: &Setting) -> Result<bool, experiment::Errors> {
        let run = self.active();
        let mut document = run.document.clone();
        let with = document.set(path, value.clone())?;
        Ok(with == run.experiment)
    }

    /// Waits until what is on show is of the whole of each part, for callers that have no frames.
    ///
    /// # Errors
    /// What went wrong, if there is no run.
    pub fn settle_all(&mut self) -> Result<(), Message> {
        let is_whole = |track: &Track| {
            let newest = track.watched.newest.as_ref();
            newest.is_none_or(|newest| newest.is_whole())
        };
        if self.tracks().all(is_whole) {
            return Ok(());
        }
        self.wants_all.store(true, Ordering::Relaxed);
        self.want_all_beside.store(true, Ordering::Relaxed);
        self.ask_for_all();
        self.settle()
    }

    /// Lets the worker take whole parts, once a measure was asked for that is over one.
    fn ask_for_all(&mut self) {
        if self.wants_all.load(Ordering::Relaxed) && !self.active().takes_all {
            let run = self.active_mut();
            run.takes_all = true;
            run.seat.order(Order::All);
        }
        if self.want_all_beside.swap(false, Ordering::Relaxed) {
            for track in &mut self.company.tracks {
                let run = track.active_mut();
                if !std::mem::replace(&mut run.takes_all, true) {
                    run.seat.order(Order::All);
                }
            }
        }
    }

    /// Picks up what the worker has finished; true if there is something new to see.
    pub fn poll(&mut self) -> bool {
        self.ask_for_all();
        let mut new = self.import.as_mut().is_some_and(Import::poll);
        new |= self.poll_weights();
        new |= self.poll_here();
        for id in self.ids_beside() {
            new |= self.at(id, Self::poll_here);
        }
        self.tend();
        self.follow_probe();
        self.tell_of_ends();
        new |= self.play_on();
        new
    }

    /// Says once of a run that it has ended as it should not, where it is on show.
    fn tell_of_ends(&mut self) {
        let all = self.tracks().map(|track| (track.id, track.ended()));
        let all: Vec<(RunId, Option<u64>)> = all.collect();
        for (id, update) in all {
            let told = match update {
                Some(update) => self.ended.insert(id, update).is_some(),
                None => self.ended.remove(&id).is_some(),
            };
            if let Some(update) = update.filter(|_| !told && id == self.here.id)
                && self.notice.is_none()
            {
                self.notice = Some(Notice {
                    text: format!("Ended at update {update}."),
                    offer: Some(Offer::Autopsy),
                });
            }
        }
    }

    /// Picks up what the worker has finished of the run that commands go to.
    fn poll_here(&mut self) -> bool {
        if let Some(failure) = self.active().seat.failure() {
            let told = self.active().is_failure_told;
            return !told && self.fail(&failure);
        }
        let Some(snapshot) = self.active().seat.take() else {
            return false;
        };
        self.receive(snapshot);
        true
    }

    /// Takes in what runs have published that are not on show.
    fn tend(&mut self) {
        self.go_in_lockstep();
        if let Some(start) = &mut self.start {
            start.catch_up();
        }
        let on_show = self.here.watched.newest.as_ref();
        self.here
            .timeline
            .tend(on_show.map(|newest| &newest.material.dataset));
        for aside in &mut self.asides {
            if let Aside::Away(state, timeline, company) = aside {
                if let State::Live(watched) = state {
                    watched.catch_up();
                }
                timeline.tend(None);
                company.catch_up();
            }
        }
    }

    fn receive(&mut self, snapshot: Arc<Snapshot>) {
        let opened = self.here.opening.take();
        if let Some(opening) = opened {
            self.arrive(opening);
            self.returned();
        }
        self.received += 1;
        if let Err(errors) = self.here.watched.receive(snapshot) {
            self.message = Some(of_errors("The change cannot be written down", &errors));
        }
        self.say_if_data_changed();
        self.say_if_interrupted();
        self.save_awaited(false);
    }

    /// Waits until the worker has carried out everything, for callers that have no frames: tests, lessons' solutions.
    ///
    /// # Errors
    /// What went wrong, if there is no run.
    pub fn settle(&mut self) -> Result<(), Message> {
        loop {
            if let Err(failure) = self.settle_here() {
                self.fail(&failure);
                return self.message.clone().map_or(Ok(()), Err);
            }
            for id in self.ids_beside() {
                self.at(id, |session| match session.settle_here() {
                    Err(failure) if !session.active().is_failure_told => {
                        session.fail(&failure);
                    }
                    _ => {}
                });
            }
            if let Some(start) = &mut self.start {
                start.settle();
            }
            self.tend();
            if self.follow_probe() {
                continue;
            }
            self.tell_of_ends();
            self.settle_weights();
            if !self.play_on() {
                self.questions.settle();
                return Ok(());
            }
        }
    }

    fn settle_here(&mut self) -> Result<(), Failure> {
        let snapshot = self.active().seat.settle()?;
        self.receive(snapshot);
        Ok(())
    }

    /// Carries out a command. What it cannot do it says in [`Self::message`], and what was open stays open.
    pub fn apply(&mut self, command: Command) {
        if !command.only_looks() {
            if self.begins_page() {
                if !command.breaks_into_a_beginning() {
                    self.notice = Some(Notice {
                        text: "The page is still on its way. Try again when it is there.".into(),
                        offer: None,
                    });
                    return;
                }
                // Who takes a message away wants nothing else.
                if matches!(command, Command::DismissMessage) {
                    (self.message, self.notice) = (None, None);
                    return;
                }
                if !matches!(command, Command::CancelLoading | Command::Import(_)) {
                    // What the page was opening was never seen, and is nobody's.
                    let is_of_page = |opening: &mut Opening| matches!(opening.kind, Errand::New(_));
                    self.here.opening.take_if(is_of_page);
                }
            }
            // A hand on the controls ends what was being played.
            self.script = None;
            (self.message, self.notice, self.overwrite) = (None, None, None);
            let goes_past = matches!(
                command,
                Command::Undo | Command::Redo | Command::DismissMessage
            );
            self.here.stuck = self.here.stuck.filter(|_| goes_past);
            self.now += 1;
        }
        self.carry_out(command);
    }

    fn carry_out(&mut self, command: Command) {
        if command.only_looks()
            && let Some(opening) = &mut self.here.opening
        {
            // Who has moved meanwhile stays there.
            opening.view = None;
        }
        match command {
            Command::Open(source) => {
                self.verifies = false;
                self.open(source);
            }
            Command::Import(command) => import::apply(self, command),
            Command::Set { path, value } => self.set(&path, value),
            Command::SetText(text) => self.set_text(&text),
            Command::Start => self.start_all(),
            Command::Pause => self.for_all(|session| session.order(Order::Pause, false)),
            Command::Update(count) => self.update_all(count),
            Command::Reset => self.for_all_free(Self::reset),
            Command::SetLearningRate(rate) => self.change(Some(rate), None),
            Command::SetClip(clip) => self.change(None, Some(clip)),
            Command::SetNumber(set) => self.set_number(set),
            Command::SetBlock(block) => self.set_block(&block),
            Command::OpenNumber(number) => self.open_number(&number),
            Command::Verify(is) => self.verifies = is,
            Command::Sweep(sweep) => self.here.watched.turn(sweep),
            Command::Move(by) => self.here.watched.move_cursor(by),
            Command::ShowAll => self.here.watched.view.cursor_at_end = true,
            Command::ShowPart(part) => self.here.watched.show_part(part),
            Command::StepBy(step, forward) => self.step_by(step, forward),
            Command::ShowUpdate(update) => self.show_update(update),
            Command::Probe(probe) => self.set_probe(probe),
            Command::Save(path) => self.save(path, false),
            Command::SaveOver(path) => self.save(path, true),
            Command::Undo => self.undo(),
            Command::Redo => self.redo(),
            Command::To(run, command) => self.address(run, *command),
            Command::Show(run) => self.show(run),
            Command::Duplicate => self.duplicate(),
            Command::Beside {
                name,
                parting,
                changes,
            } => self.put_all_beside(vec![(name, parting, changes)]),
            Command::Compare(comparison) => self.compare(comparison),
            Command::Rename(name) => self.rename(name),
            Command::Pin(pinned) => self.pin(pinned),
            Command::Remove(run) => self.remove(run),
            Command::PutAside => self.put_aside(),
            Command::TakeBack => {
                self.leaves_lesson = self.page_on_show();
                self.end_page();
                self.take_back();
            }
            Command::Page(commands) => self.begin_page(commands),
            Command::Mark => self.mark(),
            Command::Alone => self.leave_alone(),
            Command::Play(commands) => self.play(commands),
            Command::Restore(saved) => self.restore(*saved),
            Command::GiveUp(saved) => self.give_up(*saved),
            Command::MakeTheRest => self.make_the_rest(),
            Command::LeaveTheRest => self.leave_the_rest(),
            Command::CancelLoading => {
                if let Some(seat) = self.here.opens() {
                    seat.cancel();
                }
            }
            Command::DismissMessage => {}
        }
    }

    fn order(&mut self, order: Order, running: bool) {
        self.here.watched.back = 0;
        let run = self.active_mut();
        run.running = running && run.seat.failure().is_none();
        run.seat.order(order);
    }

    fn step_by(&mut self, step: Step, forward: bool) {
        match (step, forward) {
            (Step::Operation, true) => self.here.watched.move_cursor(Move::NextOperation),
            (Step::Operation, false) => self.here.watched.move_cursor(Move::PreviousOperation),
            (Step::Time, true) => self.here.watched.move_cursor(Move::Next),
            (Step::Time, false) => self.here.watched.move_cursor(Move::Previous),
            (Step::Sequence, forward) => {
                if let Some(beside) = self.sequence_beside(forward) {
                    self.set_probe(beside);
                }
            }
            (Step::Update, true) if self.here.watched.back > 0 => {
                self.here.watched.go_back(self.here.watched.back - 1);
            }
            (Step::Update, true) => self.update_all(1),
            (Step::Update, false) if self.no_previous_update().is_none() => {
                self.here.watched.go_back(self.here.watched.back + 1);
            }
            (Step::Update, false) => {}
        }
    }

    /// Shows the kept snapshot of an update; nothing if there is none, or while the run goes on.
    fn show_update(&mut self, update: u64) {
        let kept = self.here.watched.kept();
        let at = kept.rev().position(|kept| kept.update == update);
        if let Some(back) = at.filter(|_| !self.is_running()) {
            self.here.watched.go_back(back);
        }
    }

    /// The sequence under the lens.
    pub fn probe(&self) -> Probe {
        self.active().probe
    }

    fn set_probe(&mut self, probe: Probe) {
        if self.here.opening.is_some() {
            // It was chosen among the sequences on show; those on their way are others.
            return;
        }
        self.look_at(probe);
        self.follow_probe();
    }

    /// Puts a sequence under the lens of the run that commands go to, and of no other.
    fn look_at(&mut self, probe: Probe) {
        self.here.watched.back = 0;
        if let Err(errors) = self.active_mut().put_under_lens(probe) {
            self.message = Some(of_errors("The probe cannot be changed", &errors));
        }
    }

    fn change(&mut self, learning_rate: Option<f64>, clip: Option<Clip>) {
        // Before the first update a change is a setting like any other. Later it is tried out on the text: a run has no
        // settings that its text cannot say.
        let fresh = self.here.opening.is_some()
            || self
                .here
                .watched
                .newest
                .as_ref()
                .is_none_or(|newest| newest.made() == 0);
        let setting = match learning_rate {
            Some(_) => "training.optimizer.learning_rate",
            None => "training.clip",
        };
        match self.with_settings(learning_rate, clip) {
            Err(errors) => self.message = Some(of_errors("This setting cannot be", &errors)),
            Ok((document, experiment)) if fresh && !self.is_running() => {
                self.begin_again(document, experiment, Cause::of_setting(setting));
            }
            Ok(_) if self.active().made_again.is_some() => {
                self.message = Some(made_again(setting));
            }
            Ok(_) => {
                self.here.watched.back = 0;
                let before = self.here.in_effect();
                let settings = Settings {
                    learning_rate: learning_rate.unwrap_or(before.learning_rate),
                    clip: clip.unwrap_or(before.clip),
                    weights: Vec::new(),
                };
                let done = Cause::of_setting(setting).done;
                let joins = self.here.timeline.changes_settings(&done);
                self.change_on_the_way(done, joins, before, settings);
            }
        }
    }

    /// Lets settings hold from where the run is; a change that joins the last one is taken back with it.
    fn change_on_the_way(
        &mut self,
        done: String,
        joins: bool,
        before: Settings,
        settings: Settings,
    ) {
        if settings == before {
            return;
        }
        let planned = self.planned_after_now();
        if self.here.opening.is_none() && !joins {
            self.note_replaced(done, self.now, State::Settings(before.clone()));
            if let Some(notice) = self.notice.as_mut().filter(|_| planned > 0) {
                let dropped = counted(planned, "change");
                notice.text += &format!(" The text’s plan for later ({dropped}) is dropped.");
            }
        }
        self.active_mut().put_into_effect(&before, settings);
    }

    /// How many changes the run's text plans for updates to come: a run that is changed by hand leaves its plan.
    fn planned_after_now(&self) -> usize {
        let made = self
            .here
            .watched
            .newest
            .as_ref()
            .map_or(0, |newest| newest.made());
        let changes = self.experiment().training.changes.iter();
        changes.filter(|change| change.update > made).count()
    }

    fn set_number(&mut self, set: SetWeight) {
        // It was chosen in what is on show; what is on its way has others.
        let newest = self.here.watched.newest.as_ref();
        let Some(newest) = newest.filter(|_| self.here.opening.is_none()) else {
            return;
        };
        if !set.value.is_finite() {
            return;
        }
        let network = newest.model.network();
        let first = newest.probe.parts.first();
        let steps = first.and_then(|part| part.lengths.first().copied());
        let given = network.given(steps.unwrap_or(0));
        match given.iter().find(|(name, _)| *name == set.parameter) {
            Some((_, shape)) if set.offset(shape).is_some() => self.give(set),
            None if network.parameter_index(&set).is_some() => {
                let done = put_in(&mut Vec::new(), set.clone());
                self.set_weights(vec![set], done);
            }
            _ => {
                let found = format!("found {}{:?}", set.parameter, set.index);
                self.message = Some(Message {
                    title: "There is no such number here".into(),
                    lines: vec![format!(
                        "{found}, expected a parameter of this network, or x, h_0 or c_0, with an index for each axis."
                    )],
                    setting: None,
                });
            }
        }
    }

    /// Gives the run of the sequence under the lens another number than the data say.
    fn give(&mut self, set: SetWeight) {
        let mut all = self.experiment().probe_set.clone();
        let done = put_in(&mut all, set);
        self.give_all(&all, done);
    }

    fn give_all(&mut self, all: &[SetWeight], done: String) {
        self.rewrite_setting("probe.set", Setting::given(all), done);
    }

    /// Puts another value of a setting into effect that was changed by hand where it is shown.
    fn rewrite_setting(&mut self, path: &str, value: Setting, done: String) {
        let mut document = self.active().document.clone();
        match document.set(path, value) {
            Ok(experiment) => {
                let cause = Cause { done, amends: true };
                self.rewrite(document, experiment, cause);
            }
            Err(errors) => self.message = Some(of_errors("This number cannot be", &errors)),
        }
    }

    /// Sets weights from where the run is; before the first update they are some of those that the run begins with.
    fn set_weights(&mut self, sets: Vec<SetWeight>, done: String) {
        if self.active().made_again.is_some() {
            self.message = Some(made_again("parameter"));
            return;
        }
        let newest = self.here.watched.newest.as_ref();
        if newest.is_some_and(|newest| matches!(newest.status, Status::Diverged(_))) {
            self.message = Some(Message {
                title: "This run has diverged".into(),
                lines: vec![
                    "No weight can be set in a run that goes no further. Reset it first.".into(),
                ],
                setting: None,
            });
            return;
        }
        // A change of the same weight at the start would set it once more.
        let again = self.experiment().training.changes.iter().any(|change| {
            let mut at_start = change.set.iter().filter(|_| change.update == 0);
            at_start.any(|one| sets.iter().any(|set| one.is_of(set)))
        });
        if self.is_untouched() && !self.is_running() && !again {
            let mut init = self.experiment().model.init.clone();
            for set in sets {
                let _ = put_in(&mut init.set, set);
            }
            self.rewrite_setting("model.init", Setting::from(&init), done);
            return;
        }
        self.here.watched.back = 0;
        let settings = Settings {
            weights: sets,
            ..self.here.in_effect()
        };
        let before = self.here.watched.with_weights_of(&settings);
        self.change_on_the_way(done, false, before, settings);
    }

    /// The text with another learning rate or clipping from the start.
    fn with_settings(
        &self,
        learning_rate: Option<f64>,
        clip: Option<Clip>,
    ) -> Result<(Document, Experiment), experiment::Errors> {
        let mut document = self.active().document.clone();
        let experiment = with_settings(&mut document, learning_rate, clip)?;
        Ok((document, experiment))
    }

    /// Back to the start. Settings changed on the way stay in effect and hold from the start; changes that the text had
    /// when it was opened are replayed as it says.
    fn reset(&mut self) {
        let run = self.active();
        let (mut document, mut experiment) = (run.document.clone(), run.experiment.clone());
        if let Some(Settings {
            learning_rate: rate,
            clip,
            ..
        }) = run.changed
        {
            let settled = document
                .clear_changes()
                .and_then(|_| with_settings(&mut document, Some(rate), Some(clip)));
            match settled {
                Ok(settled) => experiment = settled,
                Err(errors) => {
                    self.message = Some(of_errors("This setting cannot be", &errors));
                    return;
                }
            }
        }
        let change = Cause {
            done: "Reset the run".into(),
            amends: true,
        };
        let start = self.here.opening.is_none() && !self.is_running() && self.is_untouched();
        if !start {
            self.begin_again(document, experiment, change);
        }
    }

    /// Whether the run on show stands where it began.
    fn is_untouched(&self) -> bool {
        self.here.watched.newest.as_ref().is_some_and(|newest| {
            newest.update == 0 && !matches!(newest.status, Status::Diverged(_))
        }) && self.here.watched.run.made_again.is_none()
    }

    /// Begins the present run again, on the same data, under a text that may say otherwise how it is trained.
    fn begin_again(&mut self, document: Document, experiment: Experiment, change: Cause) {
        let opening = self.here.opening.as_mut();
        if let Some(opening) = opening.filter(|opening| opening.run.made_again.is_none()) {
            // Its data is on its way already.
            let run = &mut opening.run;
            (run.document, run.experiment, run.changed) = (document, experiment.clone(), None);
            self.order(Order::Reset(Box::new(experiment)), false);
            return;
        }
        let run = self.active();
        let called = run.called.clone();
        self.begin(called, document, experiment, change);
    }

    fn set(&mut self, path: &str, value: Setting) {
        let mut document = self.active().document.clone();
        if has_other_sequences_with(path) && !self.experiment().probe_set.is_empty() {
            // What cannot be left out is told by what follows.
            drop(document.set("probe.set", Setting::Remove));
        }
        match document.set(path, value) {
            Ok(experiment) => {
                self.rewrite(document, experiment, Cause::of_setting(path));
            }
            Err(errors) => self.message = Some(of_errors("This setting cannot be", &errors)),
        }
    }

    fn set_text(&mut self, text: &str) {
        match Document::parse(text) {
            Ok((document, experiment)) => {
                let change = Cause {
                    done: "Changed the experiment".into(),
                    amends: false,
                };
                let goes_on = self.rewrite(document, experiment, change);
                if let Some(opening) = self.here.opening.as_mut().filter(|_| !goes_on) {
                    opening.view = Some(View {
                        cursor_at_end: true,
                        ..opening.view.unwrap_or(self.here.watched.view)
                    });
                }
            }
            Err(errors) => {
                self.message = Some(of_errors("This change cannot be", &errors));
            }
        }
    }

    /// Puts another text for the same experiment into effect. Baselines and what the sequence under the lens is given by hand have
    /// no part in training: where all else is as it was, the run goes on, and they alone are made anew. Says whether it does.
    fn rewrite(&mut self, document: Document, experiment: Experiment, change: Cause) -> bool {
        let run = self.active();
        let spec = experiment.baseline.clone();
        let set = experiment.probe_set.clone();
        let in_training = Experiment {
            baseline: run.experiment.baseline.clone(),
            probe_set: run.experiment.probe_set.clone(),
            ..experiment.clone()
        };
        if in_training != run.experiment || run.seat.failure().is_some() {
            let called = run.called.clone();
            self.begin(called, document, experiment, change);
            return false;
        }
        if document.text() == run.document.text() {
            return true;
        }
        let run = self.active_mut();
        let same = run.experiment.baseline == spec;
        let given = run.experiment.probe_set == set;
        let words = Words {
            document: std::mem::replace(&mut run.document, document),
            experiment: std::mem::replace(&mut run.experiment, experiment),
        };
        if !same {
            run.seat.order(Order::Baselines(spec));
        }
        if !given {
            run.seat.order(Order::Give(set));
        }
        if self.here.opening.is_none() {
            self.note_replaced(change.done, self.now, State::Words(Box::new(words)));
        }
        true
    }

    /// A new run, which takes the place of the present one once its data is there. The data is read again only if the
    /// text asks for other data.
    fn begin(&mut self, called: Called, document: Document, experiment: Experiment, change: Cause) {
        self.give_up_returning();
        let same_data = self.here.watched.run.has_data_of(&called, &experiment);
        let newest = self.here.watched.newest.as_ref();
        let old = newest
            .filter(|_| same_data)
            .map(|newest| Arc::clone(&newest.material));
        let run = Run::new(called, document, experiment, old, &self.worker, &self.wake);
        self.here.opening = Some(match self.here.opening.take() {
            Some(pending) if change.amends && pending.run.made_again.is_none() => Opening {
                run,
                kind: match pending.kind {
                    Errand::New(done) => Errand::New(done),
                    Errand::Along(..) | Errand::Aside => Errand::New(change.done),
                },
                ..pending
            },
            pending => Opening {
                run,
                view: None,
                kind: Errand::New(change.done),
                when: self.now,
                passed: pending.map_or_else(Vec::new, Opening::into_passed),
            },
        });
        *self.wants_all.get_mut() = false;
    }

    fn open(&mut self, source: Origin) {
        match source {
            Origin::Gallery(name) => match gallery::by_name(&name) {
                Some(entry) => {
                    let called = Called {
                        location: Location::BuiltIn,
                        path: None,
                        name: entry.title.into(),
                        given: None,
                    };
                    self.open_text(entry.text, called, self.all_revealed());
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
            Origin::Text {
                text,
                location,
                name,
            } => {
                let called = Called {
                    location,
                    path: None,
                    name,
                    given: None,
                };
                self.open_text(&text, called, self.all_revealed());
            }
            Origin::File(path) => {
                let is_experiment = path
                    .extension()
                    .is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
                if weights::is_called_weights(&path) {
                    self.hold(path);
                    return;
                }
                if !is_experiment {
                    self.import = Some(Import::begin(path, self.memory, &self.wake));
                    return;
                }
                match experiment::read_experiment(&path) {
                    Ok(text) => {
                        let directory = path.parent().map(Path::to_path_buf).unwrap_or_default();
                        let name = saving::name_of(&path);
                        self.know(&path, &text);
                        let called = Called {
                            location: Location::Directory(directory),
                            path: Some(path),
                            name,
                            given: None,
                        };
                        // What someone brings is told from its beginning.
                        self.open_text(&text, called, View::BEGINNING);
                    }
                    Err(error) => {
                        self.message = Some(Message {
                            title: format!("{} cannot be read", files::shown(&path)),
                            lines: vec![error.in_short()],
                            setting: None,
                        });
                    }
                }
            }
        }
    }

    /// The present view, with everything revealed.
    fn all_revealed(&self) -> View {
        View {
            cursor_at_end: true,
            ..self.here.watched.view
        }
    }

    /// Opens the experiment of a text, which is looked at from `view`.
    fn open_text(&mut self, text: &str, called: Called, view: View) {
        match Document::parse(text) {
            Ok((document, experiment)) => {
                let change = Cause::opened(&called.name);
                self.begin(called, document, experiment, change);
                // The number that was looked at is one of another network.
                self.number = None;
                self.numbers_opened += 1;
                if let Some(opening) = &mut self.here.opening {
                    opening.view = Some(view);
                }
            }
            Err(errors) => {
                let title = format!("{} cannot be opened", called.name);
                self.message = Some(of_errors(&title, &errors));
            }
        }
    }
}

impl Run {
    fn new(
        called: Called,
        document: Document,
        experiment: Experiment,
        old: Option<Arc<Material>>,
        worker: &Worker,
        wake: &Wake,
    ) -> Self {
        let (of, from, wake) = (
            experiment.clone(),
            called.location.clone(),
            Arc::clone(wake),
        );
        let make = Box::new(move |watch: Watch| {
            let material = match old {
                Some(old) => old.again(&of, &from, watch)?,
                None => experiment::material_watched(&of, &from, watch)?,
            };
            Ok(Arc::new(material))
        });
        let seat = worker.take_on(experiment.clone(), make, move || wake());
        Self {
            probe: experiment.probe,
            called,
            document,
            experiment,
            seat,
            running: false,
            is_failure_told: false,
            takes_all: false,
            changed: None,
            weights: Vec::new(),
            given: Vec::new(),
            change_awaited: false,
            made_again: None,
            interrupted: None,
            diverges: false,
            made_with: None,
        }
    }

    /// Whether it has the sequences of another run.
    fn has_sequences_of(&self, other: &Run) -> bool {
        // Numbers of a task are made up, wherever its text is.
        let is_made_up = matches!(self.experiment.data, experiment::Data::Task(_));
        (is_made_up || self.called.location == other.called.location)
            && self.experiment.has_data_of(&other.experiment)
    }

    /// Whether its data are those of another experiment too.
    fn has_data_of(&self, called: &Called, experiment: &Experiment) -> bool {
        experiment.seed == self.experiment.seed
            && called.location == self.called.location
            && format!("{:?}", experiment.data) == format!("{:?}", self.experiment.data)
    }
}

/// What is asked to find a measure out. What knowing nothing costs is of the data alone, and worked out once for them.
fn question_of(measure: &Measure) -> Question {
    match measure {
        Measure::LossFloor => Question::KnowingNothing,
        measure => Question::Measure(measure.clone()),
    }
}

fn measured(told: Told) -> Result<Measured, MeasureError> {
    let value = match told.answer.as_deref() {
        Some(Answer::Number(value)) => value.clone()?,
        Some(Answer::KnowingNothing(loss)) => *loss,
        _ => None,
    };
    let is_current = told.is_current;
    Ok(Measured { value, is_current })
}

/// Whether with another value of a setting the sequence under the lens is another, or has other numbers.
fn has_other_sequences_with(path: &str) -> bool {
    ["data", "model", "seed"].contains(&path.split('.').next().unwrap_or(""))
}

/// Writes another learning rate or clipping into the text, from the start.
fn with_settings(
    document: &mut Document,
    learning_rate: Option<f64>,
    clip: Option<Clip>,
) -> Result<Experiment, experiment::Errors> {
    if let Some(rate) = learning_rate {
        document.set("training.optimizer.learning_rate", Setting::Number(rate))?;
    }
    if let Some(clip) = clip {
        document.set("training.clip", clip.into())?;
    }
    Document::parse(document.text()).map(|(_, experiment)| experiment)
}

/// Adds a number to those that are set by hand, or sets it otherwise. Says what was done, as a sentence without its full stop.
fn put_in(all: &mut Vec<SetWeight>, set: SetWeight) -> String {
    let done = format!("Set {}", set.told());
    match all.iter_mut().find(|one| one.is_of(&set)) {
        Some(same) => same.value = set.value,
        None => all.push(set),
    }
    done
}

/// Why nothing can be changed on the way of a run that is not yet where it was.
fn made_again(setting: &str) -> Message {
    Message {
        title: "This run is still being made again".into(),
        lines: vec![
            "What is changed now would take the place of the updates that are still to come."
                .into(),
            "Wait for them, or stop them and choose “Leave it at that”.".into(),
        ],
        setting: Some(setting.into()),
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

#[cfg(test)]
mod tests;
