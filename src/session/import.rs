//! A file on its way to becoming an experiment: read beside the window, looked at, chosen about, then opened.
//!
//! A table gets [`ImportChoices`]: a role for each column and how sequences are made of them. What comes of the choices is worked
//! out beside the window too, by the same function that training uses, and stands in [`TableImport::outcome`]. A plain text is
//! cut into sequences whose next character is asked.

mod choices;
mod guessed;
mod offers;
mod reading;

use super::view::View;
use super::watched::Called;
use super::{Session, Wake};
use crate::data::csv::CsvError;
use crate::data::sequences::{self, TextSpec};
use crate::data::wide::Wide;
use crate::data::{
    Answers, Asked, BadPlaces, CsvOptions, LabelAt, Missing, Pace, Report, Role, Roles, Scale,
    SequenceError, SequenceSpec, Sequences, Table, TestFrom,
};
use crate::experiment::{Document, Location, MAX_RUN_BYTES, Means};
use crate::platform::background::{Background, Fault};
use crate::platform::clock::Instant;
use crate::platform::files::{self, Stamp};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use choices::{ImportAim, ImportChoices};
pub use guessed::{Guessed, GuessedColumn};
pub use offers::ImportOffer;

/// How long is waited for work that may be done at once: half a frame. It spares the window a flicker.
const AT_ONCE: Duration = Duration::from_millis(8);

/// How long a file that is looked at is left alone between two looks whether it was written.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// The most groups that are listed to choose a test part from.
const GROUPS_LISTED: usize = 200;

/// What can be done with a file that is being looked at.
#[derive(Clone, Debug, PartialEq)]
pub enum ImportCommand {
    /// Read it as a table or as a text.
    As(ImportKind),
    /// Read it again with another delimiter, header and the like, or its first rows only.
    Options(CsvOptions),
    /// Take rows for series and columns for times, or not.
    RowsAreSeries(bool),
    /// Read the file again, which may have changed since.
    ReadAgain,
    /// Give a column a role; one that is there once is taken from the column that had it.
    Role {
        /// The column's name.
        column: String,
        /// What it is for.
        role: Role,
    },
    /// Whether targets are read as well.
    AlsoInput(bool),
    /// Rows in.
    Window(usize),
    /// Rows ahead.
    Horizon(usize),
    /// Rows forecast at once.
    Steps(usize),
    /// When a label is asked; `None` leaves it to the data.
    LabelAt(Option<LabelAt>),
    /// What becomes of missing values.
    Missing(Missing),
    /// Whether rows are sorted by time.
    Sort(bool),
    /// How values are scaled.
    Scale(Scale),
    /// What is kept back.
    Test(TestFrom),
    /// Characters per sequence of a text.
    Length(usize),
    /// Make it the experiment's data.
    Open,
    /// Leave it; what was open stays open.
    Cancel,
}

/// What a file is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportKind {
    /// Rows and columns.
    Table,
    /// Characters one after the other.
    Text,
}

/// How far the reading is.
#[derive(Debug)]
pub enum ImportState {
    /// From 0 to 1.
    Reading(f32),
    /// It is no table.
    Failed(CsvError),
    /// It could not be read from the disk.
    Unreadable(String),
    /// There it is.
    Ready(Box<TableImport>),
    /// There it is, as a text.
    Text(Box<TextImport>),
}

/// A table and what is chosen about it.
#[derive(Debug)]
pub struct TableImport {
    /// The table.
    pub table: Arc<Table>,
    /// Whether the file's rows are series, its columns being times; the table is then the one turned round.
    pub rows_are_series: bool,
    /// The file's columns that are times, if it lies on its side.
    pub wide: Option<Wide>,
    /// What the columns are probably for, and why.
    pub guessed: Roles,
    /// For each column that was meant as numbers, the cells that are none; empty for all others.
    pub bad: Vec<BadPlaces>,
    /// What is chosen.
    pub choices: ImportChoices,
    /// The groups there are, in the order of the file, the first 200 of them; empty where no column tells series apart.
    pub groups: Vec<String>,
    /// What comes of the choices, or of those before while `pending`.
    pub outcome: Option<Outcome>,
    /// Whether the outcome is being worked out.
    pub pending: bool,
}

/// A text and how it is cut.
#[derive(Debug)]
pub struct TextImport {
    /// The text.
    pub text: Arc<String>,
    /// How many characters it has.
    pub characters: usize,
    /// The different ones, in the order of their code points.
    pub different: Vec<char>,
    /// Characters per sequence.
    pub length: usize,
    /// The share kept back.
    pub test: f64,
    /// What comes of it, or of what was chosen before while `pending`.
    pub outcome: Option<Outcome>,
    /// Whether the outcome is being worked out.
    pub pending: bool,
}

/// What comes of the choices.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Sequences.
    Ready(Box<Summary>),
    /// No sequences, and why.
    Refused(SequenceError),
    /// The program has a fault.
    Fault(String),
}

/// What there is to tell about sequences without keeping them.
#[derive(Clone, Debug)]
pub struct Summary {
    /// What became of every row and column.
    pub report: Report,
    /// The names of the inputs.
    pub inputs: Vec<String>,
    /// The names of the outputs: of what is forecast, or of the classes.
    pub outputs: Vec<String>,
    /// When they are asked.
    pub answers: Answers,
}

impl Summary {
    fn of(sequences: Sequences) -> Self {
        Self {
            report: sequences.report,
            inputs: sequences.dataset.input_names,
            outputs: sequences.dataset.output_names,
            answers: sequences.dataset.answers,
        }
    }
}

/// What is worked out beside the window: the sequences' summary, and the groups to choose from.
type Prepared = (Result<Summary, SequenceError>, Vec<String>);

/// A file being looked at.
pub struct Import {
    /// The file.
    pub path: PathBuf,
    /// What the user said about how it is written.
    pub options: CsvOptions,
    /// What the user said it is; `None` leaves it to its name and its first lines.
    pub kind: Option<ImportKind>,
    /// Whether its rows are series, as the user said; `None` leaves it to the names of the columns.
    pub rows_are_series: Option<bool>,
    /// Whether the file has changed since it was read.
    pub is_changed: bool,
    /// How far the reading is.
    pub state: ImportState,
    memory: u64,
    /// When the file was written last and how long it was, as it was read, and when that was looked at.
    stamp: Option<Stamp>,
    looked: Instant,
    wake: Wake,
    reading: Option<Background<ImportState>>,
    preparing: Option<Background<Prepared>>,
    /// Whether something was chosen while the outcome of other choices was worked out.
    stale: bool,
    /// The columns and choices before the file was read again: they hold if the columns are the same.
    before: Option<(Vec<String>, ImportChoices)>,
}

impl Import {
    /// Whether it can be taken for a text as well as for a table: its name says so, or the user did.
    pub fn may_be_text(&self) -> bool {
        self.kind.is_some() || reading::is_called_text(&self.path)
    }

    /// Begins to read. At most `memory` bytes may be taken; `None` asks the system.
    pub(super) fn begin(path: PathBuf, memory: Option<u64>, wake: &Wake) -> Self {
        let mut import = Self {
            path,
            options: CsvOptions::default(),
            kind: None,
            rows_are_series: None,
            is_changed: false,
            state: ImportState::Reading(0.0),
            memory: memory.unwrap_or_else(|| Means::of_this_machine().memory),
            stamp: None,
            looked: Instant::now(),
            wake: Arc::clone(wake),
            reading: None,
            preparing: None,
            stale: false,
            before: None,
        };
        import.read();
        import
    }

    fn read(&mut self) {
        if let ImportState::Ready(table) = &self.state {
            let names = table.table.names().map(str::to_owned).collect();
            self.before = Some((names, table.choices.clone()));
        }
        self.state = ImportState::Reading(0.0);
        (self.stamp, self.is_changed) = (files::stamp(&self.path), false);
        (self.preparing, self.stale) = (None, false);
        let (path, kind, memory) = (self.path.clone(), self.kind, self.memory);
        let options = self.options.clone();
        let rows_are_series = self.rows_are_series;
        let reading = Background::spawn("import", &self.wake, move |progress| {
            let means = Means {
                memory,
                ..Means::of_this_machine()
            };
            reading::read(&path, kind, &options, rows_are_series, &means, progress)
        });
        match reading {
            Ok(reading) => {
                let done = reading.take_within(AT_ONCE);
                self.reading = Some(reading);
                if let Some(done) = done {
                    self.finish(done);
                }
            }
            Err(fault) => self.finish(Err(fault)),
        }
    }

    /// Waits until the file is read and the outcome worked out, for callers that have no frames.
    pub(super) fn settle(&mut self) {
        while let Some(done) = self.reading.as_ref().map(Background::wait) {
            self.finish(done);
        }
        self.settle_outcome();
    }

    /// Waits until the outcome is worked out.
    fn settle_outcome(&mut self) {
        while let Some(done) = self.preparing.as_ref().map(Background::wait) {
            self.prepared(done);
        }
    }

    /// Picks up what has been finished; true if there may be something new to see.
    pub(super) fn poll(&mut self) -> bool {
        if let Some(reading) = &self.reading {
            let done = reading.take();
            if let ImportState::Reading(shown) = &mut self.state {
                *shown = reading.progress();
            }
            if let Some(done) = done {
                self.finish(done);
            }
            return true;
        }
        let changed = self.look_for_change();
        match self.preparing.as_ref().and_then(Background::take) {
            Some(done) => {
                self.prepared(done);
                true
            }
            None => changed,
        }
    }

    /// Looks now and then whether the file was written since it was read; true if that is new.
    fn look_for_change(&mut self) -> bool {
        if self.is_changed || self.looked.elapsed() < BETWEEN_LOOKS {
            return false;
        }
        self.looked = Instant::now();
        let now = files::stamp(&self.path);
        self.is_changed = now.is_some() && now != self.stamp;
        self.is_changed
    }

    fn finish(&mut self, done: Result<ImportState, Fault>) {
        self.reading = None;
        self.state = done.unwrap_or_else(|fault| ImportState::Unreadable(in_words(&fault)));
        if let ImportState::Ready(table) = &mut self.state
            && let Some((names, choices)) = self.before.take()
            && table.table.names().eq(names.iter().map(String::as_str))
        {
            table.choices = choices;
        }
        self.prepare();
    }

    /// Works out what comes of the choices. One outcome is worked out at a time: what is chosen meanwhile comes next, and of
    /// several such choices only the last.
    fn prepare(&mut self) {
        if self.preparing.is_some() {
            self.stale = true;
            return;
        }
        self.stale = false;
        let preparing = match &mut self.state {
            ImportState::Ready(import) => {
                import.pending = true;
                let (table, choices) = (Arc::clone(&import.table), import.choices.clone());
                let room = self.memory.min(MAX_RUN_BYTES);
                Background::spawn("prepare", &self.wake, move |progress| {
                    let spec = choices.spec(&table);
                    let prepared = spec.check_room(table.rows(), room).and_then(|()| {
                        sequences::prepare_paced(&table, &spec, &Pace::new(progress))
                    });
                    (prepared.map(Summary::of), groups(&table, &spec))
                })
            }
            ImportState::Text(import) => {
                import.pending = true;
                let text = Arc::clone(&import.text);
                let spec = TextSpec {
                    length: import.length,
                    test: import.test,
                };
                let room = self.memory.min(MAX_RUN_BYTES);
                Background::spawn("prepare", &self.wake, move |progress| {
                    let prepared = spec.check_room(&text, room).and_then(|()| {
                        sequences::of_text_paced(&text, &spec, &Pace::new(progress))
                    });
                    (prepared.map(Summary::of), Vec::new())
                })
            }
            _ => return,
        };
        match preparing {
            Ok(preparing) => {
                let done = preparing.take_within(AT_ONCE);
                self.preparing = Some(preparing);
                if let Some(done) = done {
                    self.prepared(done);
                }
            }
            Err(fault) => self.prepared(Err(fault)),
        }
    }

    fn prepared(&mut self, done: Result<Prepared, Fault>) {
        self.preparing = None;
        let (outcome, groups) = match done {
            Ok((Ok(summary), groups)) => (Outcome::Ready(Box::new(summary)), groups),
            Ok((Err(error), groups)) => (Outcome::Refused(error), groups),
            Err(fault) => (Outcome::Fault(in_words(&fault)), Vec::new()),
        };
        match &mut self.state {
            ImportState::Ready(import) => {
                (import.outcome, import.groups) = (Some(outcome), groups);
                import.pending = false;
            }
            ImportState::Text(import) => {
                import.outcome = Some(outcome);
                import.pending = false;
            }
            _ => {}
        }
        if self.stale {
            self.prepare();
        }
    }

    /// The experiment's text for the choices made; `None` if there is nothing to open.
    fn text(&self) -> Option<String> {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        match &self.state {
            ImportState::Ready(import) => {
                let mut spec = import.choices.spec(&import.table);
                // What the data told is written down: the model's readout depends on it.
                if let (Asked::Classify { label_at, .. }, Some(Outcome::Ready(summary))) =
                    (&mut spec.asked, &import.outcome)
                {
                    *label_at = Some(match summary.answers {
                        Answers::EveryStep => LabelAt::Every,
                        Answers::Last | Answers::Sequence => LabelAt::End,
                    });
                }
                let turned = import.rows_are_series;
                Some(Document::for_rows(&name, &self.options, turned, &spec))
            }
            ImportState::Text(import) => {
                let spec = TextSpec {
                    length: import.length,
                    test: import.test,
                };
                Some(Document::for_text(&name, &spec))
            }
            _ => None,
        }
    }

    /// Changes what is chosen for a table.
    fn choose(&mut self, change: impl FnOnce(&mut TableImport)) {
        if let ImportState::Ready(import) = &mut self.state {
            change(import);
            self.prepare();
        }
    }
}

fn in_words(fault: &Fault) -> String {
    format!("It stopped because of a fault in the program: {}", fault.0)
}

/// The values of the group columns, in the order of the file.
fn groups(table: &Table, spec: &SequenceSpec) -> Vec<String> {
    let (mut known, mut groups) = (BTreeSet::new(), Vec::new());
    let missing = |row: usize| {
        let mut columns = spec.group.iter().filter_map(|name| table.column(name).ok());
        columns.all(|column| column.is_missing(row))
    };
    for row in (0..table.rows()).filter(|&row| !missing(row)) {
        let Some(name) = spec.group_of(table, row) else {
            break;
        };
        if known.insert(name.clone()) {
            groups.push(name);
            if groups.len() == GROUPS_LISTED {
                break;
            }
        }
    }
    groups
}

pub(super) fn apply(session: &mut Session, command: ImportCommand) {
    let Some(import) = &mut session.import else {
        return;
    };
    match command {
        ImportCommand::As(kind) => {
            import.kind = Some(kind);
            import.read();
        }
        ImportCommand::Options(options) => {
            import.options = options;
            import.read();
        }
        ImportCommand::RowsAreSeries(are) => {
            import.rows_are_series = Some(are);
            import.read();
        }
        ImportCommand::ReadAgain => import.read(),
        ImportCommand::Role { column, role } => import.choose(|import| {
            if let Some(index) = import.table.names().position(|name| name == column) {
                let table = Arc::clone(&import.table);
                import.choices.give(&table, index, role);
            }
        }),
        ImportCommand::AlsoInput(also) => import.choose(|import| import.choices.also_input = also),
        ImportCommand::Window(rows) => import.choose(|import| import.choices.window = rows),
        ImportCommand::Horizon(rows) => import.choose(|import| import.choices.horizon = rows),
        ImportCommand::Steps(rows) => import.choose(|import| import.choices.steps = rows),
        ImportCommand::LabelAt(at) => import.choose(|import| import.choices.label_at = at),
        ImportCommand::Missing(missing) => {
            import.choose(|import| import.choices.missing = Some(missing));
        }
        ImportCommand::Sort(sort) => import.choose(|import| import.choices.sort = sort),
        ImportCommand::Scale(scale) => import.choose(|import| import.choices.scale = scale),
        ImportCommand::Test(test) => {
            if let (ImportState::Text(text), TestFrom::Fraction(share)) = (&mut import.state, &test)
            {
                text.test = *share;
                import.prepare();
            }
            import.choose(|import| import.choices.test = test);
        }
        ImportCommand::Length(length) => {
            if let ImportState::Text(text) = &mut import.state {
                text.length = length;
                import.prepare();
            }
        }
        ImportCommand::Cancel => session.import = None,
        ImportCommand::Open => open(session),
    }
}

/// Makes the file the experiment's data. If the text that says so cannot be read, it is told, and the file stays in view.
fn open(session: &mut Session) {
    let opened = session.import.as_mut().and_then(|import| {
        // The window offers to open what is worked out; whoever does not look waits for it.
        import.settle_outcome();
        Some((import.text()?, import.path.clone()))
    });
    let Some((text, path)) = opened else {
        return;
    };
    if let Err(errors) = Document::parse(&text) {
        let message = super::of_errors("This file cannot be opened yet", &errors);
        session.message = Some(message);
        return;
    }
    let directory = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    session.import = None;
    let called = Called {
        location: Location::Directory(directory),
        path: None,
        name: name.into_owned(),
        given: None,
    };
    session.open_text(&text, called, View::BEGINNING);
}
