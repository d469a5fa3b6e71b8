//! Everything a user can do.

use super::Saved;
use super::comparison::Comparison;
use super::import::ImportCommand;
use super::numbers::{Number, SetBlock};
use super::track::RunId;
use crate::experiment::{Location, Probe, Setting};
use crate::nn::{Clip, Move, SetWeight, Sweep};
use std::path::PathBuf;

/// A thing a user can do. The window, lessons, the command line and tests all use these.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Open an experiment or look at a CSV.
    Open(Origin),
    /// Go on with a CSV that is being looked at.
    Import(ImportCommand),
    /// Change a setting of the text, such as `model.hidden_size`; the run begins again, unless it is one of the baselines':
    /// these alone are then made anew.
    Set {
        /// Which one.
        path: String,
        /// To what.
        value: Setting,
    },
    /// Replace the whole text; likewise.
    SetText(String),
    /// Train until the planned updates are made.
    Start,
    /// Stop training.
    Pause,
    /// Make so many updates.
    Update(u64),
    /// Back to the start of the same run.
    Reset,
    /// Change the learning rate without a reset.
    SetLearningRate(f64),
    /// Change clipping without a reset.
    SetClip(Clip),
    /// Give a number another value by hand: a parameter, from where the run is; or, for the sequence under the lens alone, a value
    /// of its input or of a first state (`x`, `h_0`, `c_0`).
    SetNumber(SetWeight),
    /// Likewise several numbers of one parameter, or of what the sequence under the lens is given.
    SetBlock(SetBlock),
    /// Look at a number: where it comes from, and what its gradient is the sum of.
    OpenNumber(Number),
    /// Hold the derivative of the number that is looked at against a finite difference, or no longer.
    Verify(bool),
    /// Turn to a sweep, at its beginning.
    Sweep(Sweep),
    /// Move the cursor.
    Move(Move),
    /// Reveal everything, forward and backward.
    ShowAll,
    /// One step forward or back by operation, time, sequence or update.
    StepBy(Step, bool),
    /// Show the snapshot of an update, if it is [kept](super::Session::kept).
    ShowUpdate(u64),
    /// Put another sequence under the lens, of all runs that have the same data.
    Probe(Probe),
    /// Show another part of the network: its encoder or its decoder, by index.
    ShowPart(usize),
    /// Write the text to a file. One that is there already is asked about, unless it is the experiment's own: see
    /// [`Session::overwrite`](super::Session::overwrite).
    Save(PathBuf),
    /// Write the text to a file whatever is there.
    SaveOver(PathBuf),
    /// Take back the last change that replaced something: an experiment opened, a setting that began the run again, a reset.
    /// What was replaced is on show again as it was, weights, history and cursor included; a run that was going on waits.
    Undo,
    /// Do again what was taken back.
    Redo,
    /// Do this to another run than the one on show; training and going back to the start are then of that one alone.
    To(RunId, Box<Command>),
    /// Show another run, at the same place: commands go to it from then on.
    Show(RunId),
    /// Put a copy of the run beside it, which goes on from where it is.
    Duplicate,
    /// Put a run beside the one on show that these changes alone tell from it: settings, weights, a whole text.
    Beside {
        /// What to call it; like the other one if that is not said.
        name: Option<String>,
        /// Where the two part.
        parting: Parting,
        /// What is otherwise, one after the other.
        changes: Vec<Command>,
    },
    /// Put runs beside the one on show that differ from it in one thing.
    Compare(Comparison),
    /// Call the run something else.
    Rename(String),
    /// Let the run stay as it is while all others are trained or reset, or no longer.
    Pin(bool),
    /// Take a run away; the last one stays.
    Remove(RunId),
    /// Put the experiment aside, with its run and all that can be undone in it, as soon as another takes its place.
    PutAside,
    /// Bring back what was put aside.
    TakeBack,
    /// Begin a lesson's page by these commands, one after the other. That is nobody's doing: while the page is there, undoing goes
    /// back to where it began and no further. Where they only look, what goes on is not stopped.
    Page(Vec<Command>),
    /// Keep what is on show for being looked back at, as where a lesson's page begins: see [`Session::start`](super::Session::start).
    Mark,
    /// Take all runs away but the one on show.
    Alone,
    /// These commands, one after the other, each when the one before is done. For undoing they are one change.
    Play(Vec<Command>),
    /// Open what was kept of an earlier session, and make its updates again.
    Restore(Box<Saved>),
    /// Give up what was kept of an earlier session and cannot be opened: what could be undone in it can be undone here.
    GiveUp(Box<Saved>),
    /// Make the rest of the updates that were kept.
    MakeTheRest,
    /// Stay at the update reached, though more were kept.
    LeaveTheRest,
    /// Stop reading data.
    CancelLoading,
    /// Take the last message away.
    DismissMessage,
}

/// Where a run parts from the one that it is put beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parting {
    /// At the start: any setting can be otherwise.
    Start,
    /// After so many updates, at most as many as [`Parting::Here`] says: learning rate, clipping and weights can be otherwise.
    After(u64),
    /// Where the other one is; where that diverged, at the last good weights before.
    Here,
}

/// Where an experiment comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// One that comes with the program.
    Gallery(String),
    /// A file: an experiment (`.toml`) or a CSV.
    File(PathBuf),
    /// A text.
    Text {
        /// The experiment.
        text: String,
        /// Where its relative paths start.
        location: Location,
        /// What to call it.
        name: String,
    },
}

/// What the transport moves by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// A single operation of the sweep.
    Operation,
    /// A time step of the sweep.
    Time,
    /// A sequence: the next probe, cursor kept.
    Sequence,
    /// An update: train once, the same probe, cursor kept.
    Update,
}

impl Step {
    /// All of them.
    pub const ALL: [Step; 4] = [Step::Operation, Step::Time, Step::Sequence, Step::Update];

    /// The name on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Step::Operation => "operation",
            Step::Time => "time step",
            Step::Sequence => "sequence",
            Step::Update => "update",
        }
    }
}

impl Command {
    /// Whether it changes nothing but what is looked at.
    pub fn only_looks(&self) -> bool {
        match self {
            Command::To(_, command) => return command.only_looks(),
            Command::Page(commands) => return commands.iter().all(Command::only_looks),
            _ => {}
        }
        matches!(
            self,
            Command::Show(_)
                | Command::Move(_)
                | Command::Sweep(_)
                | Command::ShowAll
                | Command::ShowPart(_)
                | Command::ShowUpdate(_)
                | Command::Mark
                | Command::OpenNumber(_)
                | Command::Verify(_)
                | Command::StepBy(Step::Operation | Step::Time, _)
        )
    }

    /// Whether it can be done while a lesson's page is still beginning: something else takes the page's place, or nothing is
    /// changed by it. All else is meant for the page that is not there yet.
    pub(super) fn breaks_into_a_beginning(&self) -> bool {
        matches!(
            self,
            Command::Page(_)
                | Command::Open(_)
                | Command::Import(_)
                | Command::PutAside
                | Command::TakeBack
                | Command::Restore(_)
                | Command::GiveUp(_)
                | Command::CancelLoading
                | Command::DismissMessage
        )
    }

    /// The name by which a lesson's check knows it.
    pub fn name(&self) -> &'static str {
        match self {
            Command::Open(_) => "open",
            Command::Import(_) => "import",
            Command::Set { .. } => "set",
            Command::SetText(_) => "set text",
            Command::Start => "start",
            Command::Pause => "pause",
            Command::Update(_) => "update",
            Command::Reset => "reset",
            Command::SetLearningRate(_) => "rate",
            Command::SetClip(_) => "clip",
            Command::SetNumber(..) | Command::SetBlock(..) => "set number",
            Command::OpenNumber(_) => "open number",
            Command::Verify(true) => "verify",
            Command::Verify(false) => "verify no longer",
            Command::Sweep(Sweep::Forward) => "sweep forward",
            Command::Sweep(Sweep::Backward) => "sweep backward",
            Command::Move(_) => "move",
            Command::ShowAll => "show all",
            Command::StepBy(Step::Operation, _) => "step operation",
            Command::StepBy(Step::Time, _) => "step time",
            Command::StepBy(Step::Sequence, _) => "step sequence",
            Command::StepBy(Step::Update, _) => "step update",
            Command::ShowUpdate(_) => "show update",
            Command::Probe(_) => "probe",
            Command::ShowPart(_) => "part",
            Command::Save(_) => "save",
            Command::SaveOver(_) => "save over",
            Command::Undo => "undo",
            Command::Redo => "redo",
            Command::To(_, command) => command.name(),
            Command::Show(_) => "show run",
            Command::Duplicate => "duplicate",
            Command::Beside { .. } => "beside",
            Command::Compare(_) => "compare",
            Command::Rename(_) => "rename",
            Command::Pin(_) => "pin",
            Command::Remove(_) => "remove",
            Command::PutAside => "put aside",
            Command::TakeBack => "take back",
            Command::Page(_) => "page",
            Command::Mark => "mark",
            Command::Alone => "alone",
            Command::Play(_) => "play",
            Command::Restore(_) => "restore",
            Command::MakeTheRest => "make the rest",
            Command::GiveUp(_) => "give up",
            Command::LeaveTheRest => "leave the rest",
            Command::CancelLoading => "cancel loading",
            Command::DismissMessage => "dismiss",
        }
    }
}
