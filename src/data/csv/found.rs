//! What the user says about a file, what was found out about it, and what was skipped.

use crate::data::number::{Notation, NumberFormat, Thousands};
use crate::words::{counted, grouped, shortened};

/// What the user says about a file; what is `None` is found out from its first lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    /// Read no more rows than this; `None` reads all.
    pub first_rows: Option<usize>,
}

/// How characters are stored as bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without byte order mark.
    #[default]
    Utf8,
    /// UTF-16, the lower byte first.
    Utf16Le,
    /// UTF-16, the higher byte first.
    Utf16Be,
    /// Windows-1252, which is Latin-1 with a few more characters.
    Windows1252,
}

impl Encoding {
    /// Every encoding, in the order in which they are offered.
    pub const ALL: [Encoding; 4] = [
        Encoding::Utf8,
        Encoding::Utf16Le,
        Encoding::Utf16Be,
        Encoding::Windows1252,
    ];

    /// The name in an experiment.
    pub fn key(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Utf16Le => "utf-16le",
            Encoding::Utf16Be => "utf-16be",
            Encoding::Windows1252 => "windows-1252",
        }
    }

    /// The name in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::Utf16Le => "UTF-16 (little endian)",
            Encoding::Utf16Be => "UTF-16 (big endian)",
            Encoding::Windows1252 => "Windows-1252",
        }
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

/// How a file was read: what was found out or said about it, and what was skipped.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// How characters are stored.
    pub encoding: Encoding,
    /// The byte between fields; a space stands for any run of spaces and tabs.
    pub delimiter: u8,
    /// The line with the columns' names, from 1; `None` if there is none.
    pub header: Option<u64>,
    /// The line below the names that says in which units the columns are, from 1; `None` if there is none.
    pub units: Option<u64>,
    /// How numbers are written.
    pub numbers: NumberFormat,
    /// How a line begins that is a comment.
    pub comment: Comment,
    /// The lines that are not in the table.
    pub skipped: SkippedLines,
    /// How many unnamed columns at the right had no value in any row and are not in the table.
    pub empty_columns: usize,
    /// The file's last line that was needed, if no more than the first rows were asked for and there were so many.
    pub lines_read: Option<u64>,
    /// About how many rows were not read because only the first ones were asked for.
    pub rows_left_out: u64,
    /// What else should be known: sentences about single columns, and about what could be read in two ways.
    pub notes: Vec<String>,
}

impl Default for Found {
    fn default() -> Self {
        Self {
            encoding: Encoding::default(),
            delimiter: b',',
            header: None,
            units: None,
            numbers: NumberFormat::default(),
            comment: Comment::default(),
            skipped: SkippedLines::default(),
            empty_columns: 0,
            lines_read: None,
            rows_left_out: 0,
            notes: Vec::new(),
        }
    }
}

impl Found {
    /// All of it in sentences, the first about how the file is written, the next about what was skipped.
    ///
    /// “UTF-8, semicolons, decimal commas, names in line 3.” “2 comment lines and 1 blank line skipped.”
    pub fn sentences(&self) -> Vec<String> {
        let mut written = vec![
            self.encoding.name().to_owned(),
            delimiter_name(self.delimiter),
            self.numbers.to_string(),
            match self.header {
                Some(line) => format!("names in line {line}"),
                None => "no names".to_owned(),
            },
        ];
        if let Some(line) = self.units {
            written.push(format!("units in line {line}"));
        }
        if self.comment != Comment::None {
            written.push(format!("comments after “{}”", self.comment.sign()));
        }
        let mut sentences = vec![written.join(", ") + "."];
        let skipped: Vec<String> = Why::ALL
            .into_iter()
            .map(|why| (why, self.skipped.count(why)))
            .filter(|&(_, count)| count > 0)
            .map(|(why, count)| why.counted(count))
            .collect();
        match skipped.split_last() {
            Some((only, [])) => sentences.push(format!("{only} skipped.")),
            Some((last, others)) => {
                sentences.push(format!("{} and {last} skipped.", others.join(", ")));
            }
            None => {}
        }
        if self.empty_columns > 0 {
            sentences.push(format!(
                "{} without name and values left out.",
                counted(self.empty_columns, "column")
            ));
        }
        if self.rows_left_out > 0 {
            sentences.push(format!(
                "About {} more rows left out, as asked.",
                grouped(self.rows_left_out as usize)
            ));
        }
        sentences.extend(self.notes.iter().cloned());
        sentences
    }
}

/// What to call a delimiter, in the plural.
fn delimiter_name(delimiter: u8) -> String {
    match delimiter {
        b',' => "commas".to_owned(),
        b';' => "semicolons".to_owned(),
        b'\t' => "tabs".to_owned(),
        b'|' => "vertical bars".to_owned(),
        b' ' => "spaces".to_owned(),
        other => format!("“{}” between fields", char::from(other).escape_default()),
    }
}

/// Why a line is not in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It stands above the table and is not like it: a title or a note.
    Title,
    /// It is a comment.
    Comment,
    /// It says which delimiter is used: `sep=;`.
    Delimiter,
    /// Nothing is in it.
    Blank,
    /// It has delimiters alone and stands above the first row with a value or below the last.
    Empty,
    /// It stands below the names and says in which units the columns are.
    Units,
    /// It stands below the table and is not like it: a source, a total, a note.
    Footer,
}

impl Why {
    const ALL: [Why; 7] = [
        Why::Title,
        Why::Comment,
        Why::Delimiter,
        Why::Blank,
        Why::Empty,
        Why::Units,
        Why::Footer,
    ];

    fn counted(self, count: usize) -> String {
        match self {
            Why::Title => counted(count, "title line"),
            Why::Comment => counted(count, "comment line"),
            Why::Delimiter => counted(count, "line") + " naming the delimiter",
            Why::Blank => counted(count, "blank line"),
            Why::Empty => counted(count, "line") + " without values",
            Why::Units => counted(count, "line") + " of units",
            Why::Footer => counted(count, "line") + " below the table",
        }
    }
}

/// A line that is not in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The line of the file, from 1.
    pub line: u64,
    /// Why it is not in the table.
    pub why: Why,
    /// What stands there, shortened.
    pub text: String,
}

/// The lines that are not in the table: the first [`SkippedLines::CAP`] that say something, and how many there are of
/// each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SkippedLines {
    first: Vec<Skipped>,
    counts: [usize; Why::ALL.len()],
}

impl SkippedLines {
    /// How many lines are kept; further ones are counted only.
    pub const CAP: usize = 50;

    /// The lines kept, in the order of the file; blank ones are counted only.
    pub fn first(&self) -> &[Skipped] {
        &self.first
    }

    /// How many lines were skipped for this reason.
    pub fn count(&self, why: Why) -> usize {
        self.counts[why as usize]
    }

    /// How many lines were skipped.
    pub fn total(&self) -> usize {
        self.counts.iter().sum()
    }

    pub(super) fn add(&mut self, line: u64, why: Why, text: &[u8]) {
        self.counts[why as usize] += 1;
        if why != Why::Blank && self.first.len() < Self::CAP {
            // What a line is may be known only after those below it were read.
            let at = self.first.partition_point(|before| before.line < line);
            let text = shortened(String::from_utf8_lossy(text).trim());
            self.first.insert(at, Skipped { line, why, text });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_reads_as_sentences() {
        let mut found = Found {
            delimiter: b';',
            header: Some(3),
            numbers: NumberFormat {
                decimal: Notation::Comma,
                thousands: Thousands::None,
            },
            ..Found::default()
        };
        found.skipped.add(1, Why::Comment, b"# made by hand");
        found.skipped.add(2, Why::Blank, b"");
        found.skipped.add(7, Why::Comment, b"# a gap");
        found.notes.push("A note.".into());
        assert_eq!(
            found.sentences(),
            [
                "UTF-8, semicolons, decimal commas, names in line 3.",
                "2 comment lines and 1 blank line skipped.",
                "A note."
            ]
        );
        assert_eq!(found.skipped.first()[1].text, "# a gap");
        assert_eq!((found.skipped.first().len(), found.skipped.total()), (2, 3));
    }

    #[test]
    fn every_kind_of_skipped_line_has_a_count_of_its_own() {
        for (place, why) in Why::ALL.into_iter().enumerate() {
            assert_eq!(why as usize, place);
        }
    }

    #[test]
    fn comment_signs_come_back_as_they_were_said() {
        for sign in ["", "#", "%", "//", ";", "!"] {
            assert_eq!(Comment::of(sign).unwrap().sign(), sign);
        }
        for sign in ["a", "1", "\"", "##", " ", "-"] {
            assert_eq!(Comment::of(sign), None, "{sign}");
        }
    }
}
