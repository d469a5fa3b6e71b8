//! Why a file is no table.

use super::{Encoding, Estimate, MAX_COLUMNS, MAX_RECORD_BYTES};
use crate::data::bad_place::{BadPlace, BadPlaces};
use crate::data::table::listed;
use crate::words::{grouped, mebibytes, quoted};

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
    Ragged(BadPlaces),
    /// A quotation mark that is never closed.
    #[error("{0}")]
    OpenQuote(BadPlaces),
    /// More cells than [`super::MAX_CELLS`].
    #[error(
        "line {line}: found more than {limit} cells in {columns} columns up to here, expected at most that many. \
         Read only the first {} rows, or delete columns that are not needed.",
        limit / columns
    )]
    TooLarge {
        /// Line at which the limit was passed, from 1.
        line: u64,
        /// Columns per row.
        columns: usize,
        /// The most cells a table may have.
        limit: usize,
    },
    /// A row with more fields than [`MAX_COLUMNS`].
    #[error(
        "line {line}: found {}{} columns, expected at most {}: the file is too wide. Keep the columns that are needed; where \
         they are the steps of a series, turn rows and columns round first.",
        if *.open { "at least " } else { "" }, grouped(*.columns), grouped(MAX_COLUMNS)
    )]
    TooWide {
        /// Line of the row, from 1.
        line: u64,
        /// How many fields it has, as far as it was read.
        columns: usize,
        /// Whether it may go on beyond what was read.
        open: bool,
    },
    /// A row longer than [`MAX_RECORD_BYTES`].
    #[error(
        "line {line}: found more than {} MiB without the end of a row, expected at most that: the line is too long. \
         Check that this is a table, with a row on each line.",
        MAX_RECORD_BYTES >> 20
    )]
    TooLong {
        /// Line on which the row begins, from 1.
        line: u64,
    },
    /// The table would need more memory than there is; told before it is read.
    #[error(
        "found about {} rows in {} columns, which need about {} of memory, expected at most {}. {}",
        grouped(.estimate.rows as usize), .estimate.columns, mebibytes(.estimate.bytes), mebibytes(*.memory),
        match rows {
            0 => "There is no memory left: close other programs, or lift a limit on this one (ulimit).".into(),
            rows => format!(
                "Read only the first {} rows, or delete columns that are not needed.",
                grouped(*rows as usize)
            ),
        }
    )]
    TooMuchMemory {
        /// What the file would need.
        estimate: Estimate,
        /// The memory there is, in bytes.
        memory: u64,
        /// About how many rows fit.
        rows: u64,
    },
    /// It is another kind of file.
    #[error("found {what}, expected a text with a table. {hint}")]
    NoText {
        /// What it is, as a phrase.
        what: &'static str,
        /// A sentence: what to do.
        hint: &'static str,
    },
    /// JSON that is none, or holds no table.
    #[error("{0}")]
    Json(BadPlaces),
    /// Cells of a workbook that refer to texts that it has not.
    #[error("{0}")]
    NoSuchText(BadPlaces),
    /// An archive with more in it than there is room for.
    #[error(
        "found {what} with more than {room} in it, expected at most that. Unpack it, and read the first rows only, or a part."
    )]
    Unpacked {
        /// What it is, as a phrase.
        what: &'static str,
        /// How much there is room for.
        room: String,
    },
    /// A zip archive without the one table that it should hold.
    #[error(
        "found a zip archive with {found}, expected one with one table. Unpack it, and choose a file."
    )]
    SeveralFiles {
        /// How many files there are, and how the first are called.
        found: String,
    },
    /// The sheet that was asked for is not there.
    #[error("{}", no_sheet(asked, nearest.as_deref(), known))]
    NoSheet {
        /// What it should be called.
        asked: String,
        /// The sheet that was probably meant.
        nearest: Option<String>,
        /// What the sheets are called; none where the file is no workbook.
        known: Vec<String>,
    },
    /// The line of names that was asked for is not there, or has none.
    #[error(
        "line {line}: found no names, expected the columns' names as asked for. \
         Change the line of names, or leave it out."
    )]
    NoNames {
        /// The line, from 1.
        line: u64,
    },
    /// The line that the table was said to begin with is below the end of the file.
    #[error(
        "found {lines} lines, expected the table to begin in line {first_line} as asked for. Change the table's first line."
    )]
    TooShort {
        /// How many lines there are.
        lines: u64,
        /// The line asked for.
        first_line: u64,
    },
    /// Bytes that are no characters in the encoding asked for, or in the UTF-16 that the file begins with.
    #[error(
        "line {line}: found bytes that are not {}, expected {0} as asked for or as the file begins. \
         Try another encoding, or save the file again as UTF-8.",
        .asked.name()
    )]
    Encoding {
        /// Line of the first of them, from 1.
        line: u64,
        /// The encoding.
        asked: Encoding,
    },
    /// The same sign was asked for before the fraction and between thousands.
    #[error(
        "found “{sign}” both before the fraction and between thousands, expected two different signs. \
         Change one of them."
    )]
    Separators {
        /// The sign.
        sign: &'static str,
    },
    /// No rows were asked for.
    #[error(
        "found 0 as the number of rows to read, expected at least 1. Leave it out to read all."
    )]
    FirstRows,
    /// The file cannot be read from where it is stored.
    #[error(
        "found a file that cannot be read ({message}). Check that it is there and that you may read it."
    )]
    Source {
        /// What the system says.
        message: String,
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
    /// `progress` asked to stop.
    #[error("reading the file was cancelled")]
    Cancelled,
}

/// That there is no such sheet.
fn no_sheet(asked: &str, nearest: Option<&str>, known: &[String]) -> String {
    if known.is_empty() {
        return format!(
            "found no workbook, expected one with the sheet {} as asked for. Leave sheet out.",
            quoted(asked)
        );
    }
    let hint = match nearest {
        Some(nearest) => format!("Did you mean {}?", quoted(nearest)),
        None => "Without it, the first sheet with numbers is taken.".to_owned(),
    };
    format!(
        "found no sheet {}, expected one of {}. {hint}",
        quoted(asked),
        listed(known)
    )
}

impl CsvError {
    /// The same in a text that has so many more lines above.
    pub(super) fn below(mut self, lines: u64) -> Self {
        match &mut self {
            CsvError::NoRows { header_line: line }
            | CsvError::TooWide { line, .. }
            | CsvError::TooLong { line } => *line += lines,
            CsvError::OpenQuote(places) => places.move_down(lines),
            CsvError::NoNames { line } => *line += lines,
            _ => {}
        }
        self
    }

    /// Whether reading more of the file would not change it.
    pub(super) fn is_final(&self) -> bool {
        matches!(
            self,
            CsvError::NoText { .. }
                | CsvError::NoSheet { .. }
                | CsvError::NoSuchText(_)
                | CsvError::TooWide { .. }
                | CsvError::TooLong { .. }
                | CsvError::Separators { .. }
                | CsvError::Delimiter { .. }
        )
    }

    /// The bad places in the file, the first [`BadPlaces::CAP`] of them.
    pub fn places(&self) -> &[BadPlace] {
        match self {
            CsvError::Ragged(places)
            | CsvError::OpenQuote(places)
            | CsvError::Json(places)
            | CsvError::NoSuchText(places) => places.first(),
            _ => &[],
        }
    }

    /// How many bad places there are beyond [`CsvError::places`].
    pub fn more(&self) -> usize {
        match self {
            CsvError::Ragged(places)
            | CsvError::OpenQuote(places)
            | CsvError::Json(places)
            | CsvError::NoSuchText(places) => places.more(),
            _ => 0,
        }
    }
}
