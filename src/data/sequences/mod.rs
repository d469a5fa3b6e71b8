//! From a table to sequences: who plays which role, what becomes of gaps, how values are scaled, which part is kept back.
//!
//! One function, [`prepare`], takes a [`Table`] and a [`SequenceSpec`] to [`Sequences`]: the [`Dataset`] that training sees,
//! and the [`Report`] of what became of every row.
//!
//! **Forecast.** With window w, horizon h and s steps, the sequence that ends at row r is the features of rows r − w + 1 … r; its
//! targets are the target columns at rows r + h … r + h + s − 1, all put out at once (direct multi-step). Windows overlap; a row
//! is stored once. A sequence is test if all its targets are at or after the beginning of the test part, and for
//! training if all are before. A test sequence's inputs may reach back before that time, as they are known then.
//!
//! **Classify.** With a group, each of its values is one sequence; without, windows are cut from the table. The label is asked at
//! the end or at every step.
//!
//! **Symbols.** The characters of each cell are one sequence, one-hot. Asked is the sequence's class, or the next character.
//!
//! Invariants: no value of a test row decides where the split is, what a model is scaled by, which classes and symbols it knows or
//! when it is asked. Series of different groups never share a window. Time is never shuffled. No row is left out without being listed.
//!
//! In reading order: [`roles`](Roles) guesses, `columns` finds the columns asked for, `series` the groups and times, `missing` the
//! gaps, `split` the test part; `forecast`, `classify` and `symbols` cut the sequences; `report` says what became of it all.

mod classify;
mod columns;
mod cure;
mod error;
mod forecast;
mod missing;
mod order;
mod parts;
mod repeats;
mod report;
mod roles;
mod scaled;
mod series;
mod split;
mod symbols;
mod unused;

use super::dataset::{Dataset, Span};
use super::pace::Pace;
use super::scale::Scale;
use super::table::{Column, Table};

pub use columns::USUAL_TIMES;
pub use cure::{Cure, Repeated};
pub use error::{SequenceError, SequenceProblem};
pub use forecast::{Feedback, Future, Outlook};
pub use report::{ColumnReport, PartReport, Report, RowUse, SymbolCount};
pub use roles::{Guess, Role, Roles, RunnerUp};
pub use series::TimeReport;
pub use symbols::{MAX_ALPHABET, TextSpec, of_text, of_text_paced};
pub use unused::{Listing, Unused};

/// The most numbers that inputs, targets and naive forecasts may hold together: 128 Mi, one gigabyte.
pub const MAX_VALUES: usize = 1 << 27;

/// What sequences to make of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct SequenceSpec {
    /// What is asked, and of which columns.
    pub asked: Asked,
    /// What names a row's time.
    pub time: TimeFrom,
    /// The columns whose values together are one series each; none where all rows are one series.
    pub group: Vec<String>,
    /// Whether rows are sorted by their time, each series on its own; otherwise times that go back are refused.
    pub sort: bool,
    /// What becomes of missing values.
    pub missing: Missing,
    /// How features and targets are scaled.
    pub scale: Scale,
    /// What is kept back for testing.
    pub test: TestFrom,
}

impl SequenceSpec {
    /// What the group columns say of a row of the table; `None` where all rows are one series.
    pub fn group_of(&self, table: &Table, row: usize) -> Option<String> {
        let named = self.group.iter().map(|name| table.column(name).ok());
        let columns: Vec<_> = named.collect::<Option<_>>()?;
        (!columns.is_empty()).then(|| columns::joined(&columns, row))
    }

    /// What the time columns say of a row of the table, which were asked for by name; `None` where none were.
    pub fn time_of(&self, table: &Table, row: usize) -> Option<String> {
        let named = self
            .time
            .columns()
            .iter()
            .map(|name| table.column(name).ok());
        let columns: Vec<_> = named.collect::<Option<_>>()?;
        match &columns[..] {
            [] => None,
            [one] => Some(one.label(row)),
            parts => {
                let dates = parts::put_together(parts, &Pace::free())?;
                let seconds = *dates.seconds.get(row)?;
                Some(super::time::text(seconds, dates.precision))
            }
        }
    }

    /// Refuses so many rows if what is made of them certainly takes more than `room` bytes.
    ///
    /// # Errors
    /// [`SequenceProblem::TooManyRows`].
    pub fn check_room(&self, rows: usize, room: u64) -> Result<(), SequenceError> {
        let needed = self.least_bytes(rows);
        if needed <= room {
            return Ok(());
        }
        let problem = SequenceProblem::TooManyRows {
            rows,
            needed,
            room,
            fitting: fitting(rows, needed, room),
        };
        Err(problem.into())
    }

    /// The bytes that the sequences of so many rows take at least: values in and out, and where no groups part the rows, a
    /// sequence for each.
    pub fn least_bytes(&self, rows: usize) -> u64 {
        let (values, sequences) = match &self.asked {
            Asked::Forecast {
                features,
                targets,
                steps,
                ..
            } => {
                // Targets, the last value known of each of them, and the series that baselines go on from.
                let out = 2 * targets.len() * steps + targets.len();
                (features.len() + out, self.group.is_empty())
            }
            Asked::Classify { features, .. } => (features.len() + 1, self.group.is_empty()),
            Asked::Symbols { .. } => (0, false),
        };
        let sequence = if sequences { size_of::<Span>() } else { 0 };
        let each = (8 * values + sequence) as u64;
        each.saturating_mul(rows as u64)
    }
}

/// How many of `rows` rows fit, with what is not known yet of them: a round number, and half of what would just fit.
fn fitting(rows: usize, needed: u64, room: u64) -> usize {
    let share = room as f64 / needed.max(1) as f64 / 2.0;
    let fitting = ((rows as f64 * share) as usize).max(1);
    let round = 10_usize.pow(fitting.ilog10().saturating_sub(1));
    fitting / round * round
}

/// What names a row's time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TimeFrom {
    /// A column called date, time, year or the like ([`USUAL_TIMES`]), if there is one with no other role; otherwise rows are
    /// counted.
    #[default]
    Usual,
    /// Rows are counted, whatever columns are called.
    Rows,
    /// The column of this name.
    Column(String),
    /// These columns together: a year, a month, a day and an hour, or a date and a time.
    Parts(Vec<String>),
}

impl TimeFrom {
    /// The `chosen` columns, if there are any. Otherwise none of the `ignored` ones either: only where one of them would be taken
    /// for its name does that have to be said.
    pub fn chosen<'a>(mut chosen: Vec<String>, ignored: impl IntoIterator<Item = &'a str>) -> Self {
        match chosen.len() {
            0 if ignored.into_iter().any(columns::is_usual_time) => TimeFrom::Rows,
            0 => TimeFrom::Usual,
            1 => TimeFrom::Column(chosen.remove(0)),
            _ => TimeFrom::Parts(chosen),
        }
    }

    /// The columns asked for by name.
    pub fn columns(&self) -> &[String] {
        match self {
            TimeFrom::Column(name) => std::slice::from_ref(name),
            TimeFrom::Parts(names) => names,
            TimeFrom::Usual | TimeFrom::Rows => &[],
        }
    }
}

/// What is asked of a sequence.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// Numbers to come.
    Forecast {
        /// The columns that are input, in this order.
        features: Vec<String>,
        /// The columns to forecast, in this order.
        targets: Vec<String>,
        /// Rows in: the length of a sequence, at least 1.
        window: usize,
        /// Rows ahead: how far after the window's last row the first forecast row is, at least 1.
        horizon: usize,
        /// Rows forecast at once from there on, at least 1.
        steps: usize,
    },
    /// A class.
    Classify {
        /// The columns that are input, in this order.
        features: Vec<String>,
        /// The column of classes.
        label: String,
        /// When it is asked. `None`: at the end if the label is constant in every group, otherwise at every step.
        label_at: Option<LabelAt>,
        /// Rows in, where there is no group.
        window: usize,
    },
    /// What a text is, or how it goes on.
    Symbols {
        /// The column whose cells are texts.
        text: String,
        /// The column of classes; `None` asks for the next character.
        label: Option<String>,
    },
}

/// When a label is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelAt {
    /// At the end of each sequence.
    End,
    /// At every step (tagging).
    Every,
}

impl LabelAt {
    /// Both.
    pub const ALL: [LabelAt; 2] = [LabelAt::End, LabelAt::Every];

    /// The name in an experiment's text.
    pub fn name(self) -> &'static str {
        match self {
            LabelAt::End => "end",
            LabelAt::Every => "every",
        }
    }

    /// The one called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|at| at.name() == name)
    }
}

/// What becomes of missing values among features and targets. Missing labels, groups and times are always refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// They are refused, each place named.
    #[default]
    Refuse,
    /// The last known value of the same series is carried on; rows before the first known one are left out.
    CarryForward,
    /// On a straight line between the neighbours, over time where times are numbers or dates, else over rows. Rows before the
    /// first known value are left out; a gap at the end of a series is refused. A gap that reaches into the test part is
    /// carried forward up to there, so that training learns nothing of it.
    Interpolate,
    /// The row is left out, and its neighbours become neighbours.
    Drop,
}

impl Missing {
    /// Every policy.
    pub const ALL: [Missing; 4] = [
        Missing::Refuse,
        Missing::CarryForward,
        Missing::Interpolate,
        Missing::Drop,
    ];

    /// The name in an experiment's text.
    pub fn name(self) -> &'static str {
        match self {
            Missing::Refuse => "refuse",
            Missing::CarryForward => "carry_forward",
            Missing::Interpolate => "interpolate",
            Missing::Drop => "drop",
        }
    }

    /// What it does, as a short phrase for a list of choices.
    pub fn phrase(self) -> &'static str {
        match self {
            Missing::Refuse => "refuse the file",
            Missing::CarryForward => "carry the last value forward",
            Missing::Interpolate => "interpolate",
            Missing::Drop => "leave the row out",
        }
    }

    /// The policy called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|missing| missing.name() == name)
    }
}

/// What is kept back for testing.
#[derive(Clone, Debug, PartialEq)]
pub enum TestFrom {
    /// From this time on. Dates and numbers are compared as such, other times must be found exactly; where there is no time
    /// column it is a row number within the series as the file has it, or the number of a sequence, from 1. A sequence that has one answer for
    /// all its rows is kept back if its last row is.
    Label(String),
    /// This share, between 0 and 1, from the end: of rows; or of sequences, in the order of the file, where each group or text is
    /// one. Rows of several series are split at one time for all, if they have times that go on, else each series on its own.
    Fraction(f64),
    /// These groups.
    Groups(Vec<String>),
}

/// A table's sequences.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequences {
    /// What training sees.
    pub dataset: Dataset,
    /// What became of every row.
    pub report: Report,
    /// How a forecast goes on beyond the data; `None` where no numbers are forecast.
    pub outlook: Option<Outlook>,
}

/// Whether these columns make a time together, as a year and a month do.
pub fn make_a_time(columns: &[&Column]) -> bool {
    columns.len() > 1 && parts::make_a_time(columns)
}

/// Makes the sequences of `table` that `spec` describes.
///
/// # Errors
/// See [`SequenceProblem`]; all problems that can be told at once are named together.
pub fn prepare(table: &Table, spec: &SequenceSpec) -> Result<Sequences, SequenceError> {
    prepare_paced(table, spec, &Pace::free())
}

/// [`prepare`], which takes a while for millions of rows.
///
/// # Errors
/// Those of [`prepare`], and [`SequenceProblem::Cancelled`].
pub fn prepare_paced(
    table: &Table,
    spec: &SequenceSpec,
    pace: &Pace,
) -> Result<Sequences, SequenceError> {
    match &spec.asked {
        Asked::Forecast { .. } => forecast::prepare(table, spec, pace),
        Asked::Classify { .. } => classify::prepare(table, spec, pace),
        Asked::Symbols { .. } => symbols::prepare(table, spec, pace),
    }
}

/// Tells that this share of the work is done.
///
/// # Errors
/// If it is to end.
fn reached(pace: &Pace, share: f32) -> Result<(), SequenceProblem> {
    match pace.reached(share) {
        true => Ok(()),
        false => Err(SequenceProblem::Cancelled),
    }
}

#[cfg(test)]
mod tests;
