//! Why a table has no such sequences.

use std::fmt;

use super::cure::Cure;
use crate::data::bad_place::BadPlaces;
use crate::data::table::{ColumnError, meant};
use crate::data::wide::NotWide;
use crate::data::{Split, table::listed};
use crate::words::{counted, grouped, quoted, shortened};
use crate::words::{exact, mebibytes};

/// Why a table has no such sequences: one problem or several, each displayed on its own line.
#[derive(Clone, Debug, PartialEq)]
pub struct SequenceError {
    /// What is wrong; at least one problem.
    pub problems: Vec<SequenceProblem>,
}

impl SequenceError {
    /// Whether it is only that whoever waited asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.problems.contains(&SequenceProblem::Cancelled)
    }

    /// The first setting to change, by its name in an experiment's text.
    pub fn setting(&self) -> &'static str {
        self.problems
            .first()
            .map_or("csv", SequenceProblem::setting)
    }
}

impl fmt::Display for SequenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// How many are told; a list as long as the mistake helps nobody.
        const TOLD: usize = 20;
        for (index, problem) in self.problems.iter().take(TOLD).enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        match self.problems.len().saturating_sub(TOLD) {
            0 => Ok(()),
            more => write!(f, "\n… and {}", counted(more, "further mistake")),
        }
    }
}

impl std::error::Error for SequenceError {}

impl From<SequenceProblem> for SequenceError {
    fn from(problem: SequenceProblem) -> Self {
        Self {
            problems: vec![problem],
        }
    }
}

/// One reason why. [`SequenceProblem::setting`] says which setting to change.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SequenceProblem {
    /// Whoever waited asked to stop.
    #[error("preparing the data was cancelled")]
    Cancelled,
    /// So many rows that what is made of them does not fit.
    #[error(
        "found {} rows, of which sequences take at least {} MiB, expected at most {}. Let first_rows be {fitting} or less.",
        grouped(*rows),
        needed.div_ceil(1 << 20),
        room >> 20
    )]
    TooManyRows {
        /// Rows.
        rows: usize,
        /// The bytes that their sequences take at least.
        needed: u64,
        /// The bytes that they may take.
        room: u64,
        /// So many would fit.
        fitting: usize,
    },
    /// So long a text that what is made of it does not fit.
    #[error(
        "found {} characters, {} different ones, which take {} of memory, expected at most {}: there is a number for each \
         symbol at each step. Let the text be shorter, or replace rare characters.",
        grouped(*characters),
        symbols,
        mebibytes(*needed),
        mebibytes(*room)
    )]
    TextTooLong {
        /// Characters.
        characters: usize,
        /// How many different ones.
        symbols: usize,
        /// The bytes that its sequences take.
        needed: u64,
        /// The bytes that they may take.
        room: u64,
    },
    /// A column is missing or not numeric.
    #[error("{error}")]
    Column {
        /// The setting that names the column.
        setting: &'static str,
        /// What is wrong with it.
        error: ColumnError,
    },
    /// No input column.
    #[error("found no features, expected at least one column. The target itself is a good start.")]
    NoFeatures,
    /// Nothing to forecast.
    #[error("found no target, expected at least one column. It is what the network forecasts.")]
    NoTargets,
    /// A column named twice.
    #[error(
        "found the column {} twice, expected each column once. Delete one of the two.",
        quoted(name)
    )]
    Twice {
        /// The setting that names it twice.
        setting: &'static str,
        /// The column.
        name: String,
    },
    /// A column in two roles that exclude each other.
    #[error(
        "found the column {} as {setting} and as {other}, expected one role. Choose another column for one of the two.",
        quoted(name)
    )]
    TwoRoles {
        /// The setting to change.
        setting: &'static str,
        /// The other setting that names it.
        other: &'static str,
        /// The column.
        name: String,
    },
    /// A window of no rows.
    #[error("found window 0, expected at least 1 row. A window holds the steps a sequence has.")]
    WindowZero,
    /// A target within the window.
    #[error(
        "found horizon 0, expected at least 1 row ahead. With 0 the answer would be among the inputs."
    )]
    HorizonZero,
    /// No row to forecast.
    #[error("found steps 0, expected at least 1 row. It is how many rows are forecast at once.")]
    StepsZero,
    /// Not rows enough for the shortest of windows in both parts.
    #[error(
        "found {}, expected at least {needed}: some to learn from, and one to test. Add rows, or check that all lines of the \
         file are read.",
        counted(*rows, "row")
    )]
    TooFewRows {
        /// Rows there are.
        rows: usize,
        /// How many it takes at least.
        needed: usize,
    },
    /// Window and horizon together pass the longest series.
    #[error(
        "found window {window}{}, expected together at most the {} of the {}series. Choose a shorter window.",
        ahead(*horizon, *steps),
        counted(*rows, "row"),
        if *several { "longest " } else { "" }
    )]
    TooLong {
        /// Rows in.
        window: usize,
        /// Rows ahead; 0 where nothing is forecast.
        horizon: usize,
        /// Rows forecast at once.
        steps: usize,
        /// Rows there are.
        rows: usize,
        /// Whether there are several series.
        several: bool,
    },
    /// More numbers than memory should be asked for.
    #[error("found {values} numbers to keep in memory, expected at most {limit}. {hint}")]
    TooLarge {
        /// The setting to change.
        setting: &'static str,
        /// How many numbers there would be.
        values: u128,
        /// How many there may be.
        limit: usize,
        /// What to try.
        hint: &'static str,
    },
    /// Cells are missing or unreadable.
    #[error("{places}")]
    Cells {
        /// The setting to change.
        setting: &'static str,
        /// Where.
        places: BadPlaces,
    },
    /// Missing values among features or targets.
    #[error(
        "{places}\nfound {} among features and targets, expected none, as missing is “{policy}”. {}",
        counted(*count, "missing value"),
        if *policy == "refuse" {
            "Let missing be “carry_forward”, “interpolate” or “drop”."
        } else {
            "Nothing is known after them to interpolate to: let missing be “carry_forward” or “drop”."
        }
    )]
    Missing {
        /// Where, the first of them.
        places: BadPlaces,
        /// How many there are.
        count: usize,
        /// The policy that refuses them.
        policy: &'static str,
    },
    /// A row without gaps was nowhere to be found.
    #[error(
        "found a missing value in every row, expected some rows without. Choose fewer columns."
    )]
    NothingLeft,
    /// Scaled, a value is too large for a number.
    #[error(
        "line {line} ({}): found a value that becomes infinite when scaled with “{scale}”, expected a smaller one. \
         Let scale be “none”, or correct the value.",
        shortened(column)
    )]
    NotFinite {
        /// The column.
        column: String,
        /// Line in the file, from 1.
        line: u64,
        /// The way of scaling.
        scale: &'static str,
    },
    /// `test_from` names no time of the series.
    #[error(
        "found test_from {}, expected {expected}{}",
        quoted(found),
        meant(nearest)
    )]
    UnknownTime {
        /// The time asked for.
        found: String,
        /// What it could be, as a phrase.
        expected: String,
        /// The time that was probably meant.
        nearest: Option<String>,
    },
    /// Times go back.
    #[error(
        "line {line} ({}): found time {found} after {before}{}, expected times that do not go back. \
         {}",
        shortened(column),
        match more {
            0 => String::new(),
            1 => " and 1 more such place".to_owned(),
            more => format!(" and {more} more such places"),
        },
        advice(*share_would_do, cure.as_ref())
    )]
    TimeGoesBack {
        /// The time column.
        column: String,
        /// Line in the file, from 1.
        line: u64,
        /// The time on it.
        found: String,
        /// The time on the row before of the same series.
        before: String,
        /// How many more rows go back.
        more: usize,
        /// Whether a share of the rows would do instead.
        share_would_do: bool,
        /// The columns with which they would not go back, if there are such.
        cure: Option<Cure>,
    },
    /// A table that is to be turned round and cannot be.
    #[error("{0}")]
    NotWide(NotWide),
    /// Columns that make no time together.
    #[error(
        "found time [{}], expected columns that make a time together: year, month, day, hour and the like, or a date and a \
         time of day. Name one column, or those that go together.",
        listed(names)
    )]
    TimeParts {
        /// The columns.
        names: Vec<String>,
    },
    /// A share outside (0, 1).
    #[error(
        "found test_from {}, expected a share between 0 and 1. 0.2 keeps the last fifth for testing.",
        exact(*found)
    )]
    Share {
        /// The share asked for.
        found: f64,
    },
    /// Every window is test.
    #[error(
        "found {} before test_from, expected at least {needed} (window + horizon{}) for one training sequence. \
         Let test_from be later, or choose a shorter window.",
        counted(*before, "row"),
        if *steps > 1 { " + steps − 1" } else { "" }
    )]
    NoTraining {
        /// Rows before the test part, of the series that has most.
        before: usize,
        /// Rows needed before it.
        needed: usize,
        /// Rows forecast at once.
        steps: usize,
    },
    /// No window is test.
    #[error(
        "found no row at or after test_from {}, expected at least one. The last is {}.",
        quoted(from),
        quoted(last)
    )]
    NoTest {
        /// Where the test part was to begin.
        from: String,
        /// The last time of the series.
        last: String,
    },
    /// A part would have no sequence.
    #[error(
        "found {} in all and none in the {} part, expected at least one in each part. {hint}",
        counted(*sequences, "sequence"),
        part.name()
    )]
    EmptyPart {
        /// The setting to change.
        setting: &'static str,
        /// The part without a sequence.
        part: Split,
        /// Sequences in both parts.
        sequences: usize,
        /// What to try.
        hint: &'static str,
    },
    /// Groups are to be kept back where there are none.
    #[error(
        "found test_groups without group, expected group to name the column that these are values of. \
         Name it, or use test_from instead."
    )]
    GroupsWithoutGroup,
    /// A group to be kept back does not exist.
    #[error(
        "found the group {}, expected one of {}{}",
        quoted(name),
        listed(known),
        meant(nearest)
    )]
    UnknownGroup {
        /// The group asked for.
        name: String,
        /// All groups there are.
        known: Vec<String>,
        /// The group that was probably meant.
        nearest: Option<String>,
    },
    /// Too few or too many classes.
    #[error(
        "found {} in column {}, expected 2 to {limit}. Choose a column of classes as label.",
        counted_classes(*count),
        quoted(column)
    )]
    Classes {
        /// The label column.
        column: String,
        /// Different labels in it.
        count: usize,
        /// The most classes there may be.
        limit: usize,
    },
    /// Too few classes to learn from.
    #[error(
        "found {} in column {} among the training rows, expected at least 2 classes to tell apart. \
         Let the test part begin later, or keep other sequences back.",
        match class {
            Some(class) => format!("only {}", quoted(class)),
            None => "no class".to_owned(),
        },
        quoted(column)
    )]
    OneClass {
        /// The label column.
        column: String,
        /// The one class that there is, if there is one.
        class: Option<String>,
    },
    /// Too many different symbols.
    #[error(
        "found {count} different characters in {}, expected at most {limit}. \
         Replace rare characters, or choose another text.",
        quoted(column)
    )]
    Alphabet {
        /// The text column.
        column: String,
        /// Different characters in the training part.
        count: usize,
        /// The most there may be.
        limit: usize,
    },
    /// A column of numbers was named as text.
    #[error(
        "found numbers in column {}, expected text. Name it in features, or choose another column.",
        quoted(column)
    )]
    NotText {
        /// The column.
        column: String,
    },
    /// A text is too short for a sequence in both parts.
    #[error(
        "found a text of {}, expected at least {needed} for sequences of {length}. Choose shorter sequences.",
        counted(*characters, "character")
    )]
    ShortText {
        /// Characters there are.
        characters: usize,
        /// Characters needed.
        needed: usize,
        /// Steps per sequence.
        length: usize,
    },
}

/// What to do about times that go back.
fn advice(share_would_do: bool, cure: Option<&Cure>) -> String {
    let others = match (share_would_do, cure) {
        (true, _) => "or give test_from as a share of the rows",
        (false, Some(cure)) => {
            return format!("{} If they are one series, let sort = true.", cure.advice());
        }
        (false, None) => "or name the column that tells series apart as group",
    };
    format!("Let sort = true, choose another time column, {others}.")
}

fn ahead(horizon: usize, steps: usize) -> String {
    match (horizon, steps) {
        (0, _) => String::new(),
        (_, 1) => format!(" and horizon {horizon}"),
        _ => format!(", horizon {horizon} and steps {steps} (less 1)"),
    }
}

fn counted_classes(count: usize) -> String {
    match count {
        1 => "1 class".to_owned(),
        count => format!("{count} classes"),
    }
}

impl SequenceProblem {
    /// The setting to change, by its name in an experiment's text.
    pub fn setting(&self) -> &'static str {
        match self {
            SequenceProblem::Column { setting, .. }
            | SequenceProblem::Twice { setting, .. }
            | SequenceProblem::TwoRoles { setting, .. }
            | SequenceProblem::TooLarge { setting, .. }
            | SequenceProblem::Cells { setting, .. }
            | SequenceProblem::EmptyPart { setting, .. } => setting,
            SequenceProblem::Cancelled | SequenceProblem::TooFewRows { .. } => "csv",
            SequenceProblem::NotWide(NotWide::NoTimes) => "rows_are_series",
            SequenceProblem::NotWide(NotWide::TooLarge { .. })
            | SequenceProblem::TooManyRows { .. } => "first_rows",
            SequenceProblem::NoFeatures => "features",
            SequenceProblem::NoTargets => "target",
            SequenceProblem::WindowZero | SequenceProblem::TooLong { .. } => "window",
            SequenceProblem::HorizonZero => "horizon",
            SequenceProblem::StepsZero => "steps",
            SequenceProblem::Missing { .. } | SequenceProblem::NothingLeft => "missing",
            SequenceProblem::NotFinite { .. } => "scale",
            SequenceProblem::TimeGoesBack { .. } | SequenceProblem::TimeParts { .. } => "time",
            SequenceProblem::UnknownTime { .. }
            | SequenceProblem::Share { .. }
            | SequenceProblem::NoTraining { .. }
            | SequenceProblem::OneClass { .. }
            | SequenceProblem::NoTest { .. } => "test_from",
            SequenceProblem::GroupsWithoutGroup | SequenceProblem::UnknownGroup { .. } => {
                "test_groups"
            }
            SequenceProblem::Classes { .. } => "label",
            SequenceProblem::Alphabet { .. } | SequenceProblem::NotText { .. } => "text",
            SequenceProblem::TextTooLong { .. } | SequenceProblem::ShortText { .. } => "text_file",
        }
    }
}
