//! Sequences and where they come from.
//!
//! The way of the data: bytes of a file → [`csv::read`] → [`Table`] → [`sequences::prepare`] → [`Dataset`], or for a
//! made-up problem: [`Parameters`] → [`Task::generate`] → [`Dataset`]. A [`Dataset`] is all that training sees.
//!
//! In reading order:
//! - [`place`]: what is wrong where in a file; every error about a file is made of these
//! - [`text`], [`number`] (with `decimal`, its fast path), [`spelling`], [`table`]: cells, numbers, how they are spelled, and columns
//!   as they were read
//! - [`csv`]: bytes to a table
//! - [`time`]: dates, and how far apart they are
//! - [`Pace`]: how long work tells how far it is and asks whether to go on
//! - [`scale`]: own units to scaled units and back
//! - [`wide`]: tables whose rows are series, turned round
//! - [`dataset`]: inputs, targets and the spans that are sequences
//! - [`sequences`]: a table's roles, gaps and parts, and the sequences cut from it
//! - [`tasks`]: made-up problems whose difficulty is known
//! - [`survey`]: a data set at a glance, for those who look at it
//!
//! Invariants: this room opens no file, reads no clock and knows no other room but [`crate::random`] and [`crate::words`]. Nothing here panics,
//! whatever the bytes or settings. What a model is scaled by, and which classes and symbols it knows, was taken from the
//! training rows alone, which [`Dataset::series`] names.

pub mod bad_place;
pub mod csv;
pub mod dataset;
mod decimal;
pub(crate) mod nearest;
pub mod number;
mod pace;
pub mod scale;
pub mod sequences;
pub mod spelling;
pub mod survey;
pub mod table;
pub mod tasks;
pub mod text;
pub mod time;
pub mod wide;

pub use self::csv::{CsvError, CsvOptions, Found};
pub use bad_place::{BadPlace, BadPlaces};
pub use dataset::{
    Answers, Dataset, Labels, Span, Split, SplitSeries, Targets, Times, TimesOfRows,
};
pub use number::{Notation, NumberFormat, Thousands};
pub use pace::Pace;
pub use scale::{Scale, Scaled, Scaler};
pub use sequences::{
    Asked, LabelAt, Missing, Report, Role, Roles, SequenceError, SequenceProblem, SequenceSpec,
    Sequences, TestFrom, TimeFrom,
};
pub use spelling::Spelling;
pub use table::{Cells, Column, ColumnError, Table};
pub use tasks::{Parameter, ParameterError, ParameterProblem, Parameters, Task};
pub use text::Texts;
