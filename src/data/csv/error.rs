//! Why a file is no table.

use crate::data::place::{Place, Places};

/// Why a file is no table. Displayed as one sentence per bad place.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CsvError {
    /// Nothing but blank space.
    #[error("found an empty file, expected lines of values. Check that the right file was chosen.")]
    Empty,
    /// A header and nothing below it.
    #[error(
        "line {header_line}: found no rows below the header, expected at least one. \
         If this line already holds values, read the file without a header."
    )]
    NoRows {
        /// Line of the header, from 1.
        header_line: u64,
    },
    /// Rows that have not as many fields as most.
    #[error("{0}")]
    Ragged(Places),
    /// A quotation mark that is never closed.
    #[error("{0}")]
    OpenQuote(Places),
    /// More cells than [`super::MAX_CELLS`].
    #[error(
        "line {line}: found more than {limit} cells in {columns} columns up to here, expected at most that many. \
         Delete columns that are not needed, or keep fewer rows."
    )]
    TooLarge {
        /// Line at which the limit was passed, from 1.
        line: u64,
        /// Columns per row.
        columns: usize,
        /// The most cells a table may have.
        limit: usize,
    },
    /// A delimiter was asked for that cannot separate fields.
    #[error(
        "found the delimiter “{}”, expected a character that is no letter, digit, quotation mark or line end. \
         Try a comma, a semicolon or a tab.",
        char::from(*.found).escape_default()
    )]
    Delimiter {
        /// The delimiter asked for.
        found: u8,
    },
    /// The file cannot be split into records.
    #[error(
        "found bytes that are no lines of values ({message}), expected delimited text. Export the file again as CSV."
    )]
    Unreadable {
        /// What the parser says.
        message: String,
    },
    /// `progress` asked to stop.
    #[error("reading the file was cancelled")]
    Cancelled,
}

impl CsvError {
    /// The bad places in the file, the first [`Places::CAP`] of them.
    pub fn places(&self) -> &[Place] {
        match self {
            CsvError::Ragged(places) | CsvError::OpenQuote(places) => places.first(),
            _ => &[],
        }
    }

    /// How many bad places there are beyond [`CsvError::places`].
    pub fn more(&self) -> usize {
        match self {
            CsvError::Ragged(places) | CsvError::OpenQuote(places) => places.more(),
            _ => 0,
        }
    }
}
