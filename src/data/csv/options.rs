//! What the user says about a file.

use super::encoding::Encoding;
use super::quotes::Quotes;
use crate::data::number::{Notation, Thousands};

/// What the user says about a file; what is `None` is found out from its first lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CsvOptions {
    /// The byte between fields. Found among comma, semicolon, tab, vertical bar and space; a space stands for any run of
    /// spaces and tabs.
    pub delimiter: Option<u8>,
    /// Whether there is a line with the columns' names. Without one they are “column 1”, “column 2”, …
    pub header: Option<bool>,
    /// How characters are stored.
    pub encoding: Option<Encoding>,
    /// The sign before a number's fraction.
    pub decimal: Option<Notation>,
    /// The sign between a number's thousands.
    pub thousands: Option<Thousands>,
    /// How a line begins that is a comment.
    pub comment: Option<Comment>,
    /// How fields are quoted.
    pub quotes: Option<Quotes>,
    /// The line on which the table begins, from 1: with its names, or with its first row if these stand above in `names_line`.
    pub first_line: Option<u64>,
    /// The line that has the columns' names, from 1.
    pub names_line: Option<u64>,
    /// Lines that are no part of the table, from 1.
    pub skip_lines: Vec<u64>,
    /// What else stands for a missing value. A list, even an empty one, says that the file's owner thought about it: with an empty
    /// one nothing is asked.
    pub missing_marks: Option<Vec<Mark>>,
    /// Whether what stands beside numbers is left out: `20.0*` is 20.
    pub strip_flags: bool,
    /// The sheet of a workbook; `None` takes the first with numbers in several rows.
    pub sheet: Option<String>,
    /// Read no more rows than this; `None` reads all.
    pub first_rows: Option<usize>,
}

/// What stands for a missing value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The only column in which it does; in all if `None`.
    pub column: Option<String>,
    /// What stands there, in any case; a number in any way of writing it.
    pub text: String,
}

impl CsvOptions {
    /// Whether something is said that the way for plain files does not know.
    pub(super) fn is_plain(&self) -> bool {
        self.first_line.is_none() && self.names_line.is_none() && self.skip_lines.is_empty()
    }
}

/// How a line begins that is a comment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Comment {
    /// There are none.
    #[default]
    None,
    /// With this byte: `#`, `%` and the like.
    Byte(u8),
    /// With `//`.
    Slashes,
}

impl Comment {
    /// The comments that are found without being told.
    pub const USUAL: [Comment; 3] = [Comment::Byte(b'#'), Comment::Byte(b'%'), Comment::Slashes];

    /// The comment that begins with `sign`: empty for none, `//`, or one ASCII character that is neither letter, digit,
    /// blank, quotation mark nor minus sign.
    pub fn of(sign: &str) -> Option<Self> {
        match sign.as_bytes() {
            b"" => Some(Comment::None),
            b"//" => Some(Comment::Slashes),
            &[byte] if byte.is_ascii_punctuation() && !matches!(byte, b'"' | b'-') => {
                Some(Comment::Byte(byte))
            }
            _ => None,
        }
    }

    /// The sign, empty for none.
    pub fn sign(self) -> String {
        match self {
            Comment::None => String::new(),
            Comment::Byte(byte) => char::from(byte).to_string(),
            Comment::Slashes => "//".to_owned(),
        }
    }

    /// What follows the sign in a line that begins with it.
    pub(super) fn text_of(self, line: &[u8]) -> Option<&[u8]> {
        match self {
            Comment::None => None,
            Comment::Byte(byte) => line.strip_prefix(&[byte]),
            Comment::Slashes => line.strip_prefix(b"//"),
        }
    }
}
