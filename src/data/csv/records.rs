//! The file's records with the lines they stand on, and the lines between them.
//!
//! csv-core's grammar decides where a quotation mark stands. A line without one is split at its delimiters, which is the
//! same and several times as fast.

use std::ops::Range;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::quotes::first_badly_closed;
use super::{Comment, CsvError, MAX_COLUMNS, MAX_RECORD_BYTES};
use crate::data::bad_place::{BadPlace, BadPlaces};

/// Where a record stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// Line on which it begins, from 1.
    pub line: u64,
    /// Line on which it ends: a later one if a quoted field holds line ends.
    pub last_line: u64,
    /// Where it begins, in bytes from the beginning of the text.
    pub start: usize,
    /// Where it ends, its line end included.
    pub end: usize,
}

/// What comes next in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// A line of nothing but spaces, counted from 1.
    Blank(u64),
    /// A comment: its line, and where it begins and ends in the text.
    Comment(u64, usize, usize),
    /// A record; its fields are in [`Records`].
    Record(Position),
}

/// Splits UTF-8 bytes whose lines end with LF or CRLF into records.
pub(super) struct Records<'a> {
    text: &'a [u8],
    delimiter: u8,
    comment: Comment,
    reader: Reader,
    /// Where the first item begins, and on which line.
    begins: (usize, u64),
    /// Where the next item begins, and on which line.
    at: usize,
    line: u64,
    /// The next quotation mark at or after `at`, or the end of the text.
    next_quote: usize,
    /// Where each field of the last record ends, in `text` or in `fields`; the delimiter lies between plain ones.
    ends: Vec<usize>,
    /// The last record's fields.
    fields: Fields,
    /// How many fields at the left are empty in all records, and no columns.
    margin: usize,
    /// Which fields of the last record count.
    shown: Range<usize>,
    /// Whether a record had a value in the margin and others beside it.
    past_margin: bool,
}

/// Where the fields of a record are.
enum Fields {
    /// In the text, from here on.
    Plain { start: usize },
    /// Joined, without what quoted them.
    Quoted { joined: Vec<u8> },
}

/// Whether a line is drawn between the rows of a table, as databases print it, `+----+-----+`, or documents: `====  =====`.
fn is_frame(line: &[u8]) -> bool {
    const SHORTEST: usize = 5;
    let line = line.trim_ascii();
    let only = |signs: &[u8]| line.iter().all(|byte| signs.contains(byte));
    let crossed = line.starts_with(b"+-") || line.starts_with(b"+=");
    let drawn = (crossed && line.ends_with(b"+") && only(b"+-="))
        || (line.starts_with(b"==") && only(b"= \t"));
    drawn && line.len() >= SHORTEST
}

impl<'a> Records<'a> {
    pub fn new(text: &'a [u8], delimiter: u8, comment: Comment) -> Self {
        Self::from(text, (0, 1), delimiter, comment)
    }

    /// Those from a byte on, where a line of that number begins.
    pub fn from(text: &'a [u8], begins: (usize, u64), delimiter: u8, comment: Comment) -> Self {
        let (at, line) = begins;
        let quote = memchr::memchr(b'"', &text[at..]);
        Self {
            text,
            delimiter,
            comment,
            reader: ReaderBuilder::new().delimiter(delimiter).build(),
            begins,
            at,
            line,
            next_quote: quote.map_or(text.len(), |quote| at + quote),
            ends: Vec::new(),
            fields: Fields::Plain { start: 0 },
            margin: 0,
            shown: 0..0,
            past_margin: false,
        }
    }

    /// The same without so many fields at the left, which are empty. A value that stands there alone is a field of its own: a title,
    /// a note.
    pub fn without_margin(self, margin: usize) -> Self {
        Self { margin, ..self }
    }

    /// Whether a record had a value in what was taken for the margin, and others beside it.
    pub fn is_past_margin(&self) -> bool {
        self.past_margin
    }

    /// Finds out which of the last record's fields count, of `count` in all.
    fn show(&mut self, count: usize) {
        self.shown = 0..count;
        if self.margin == 0 {
            return;
        }
        let is_empty = |field: &[u8]| field.trim_ascii().is_empty();
        let first = self.fields().position(|field| !is_empty(field));
        match first {
            Some(first) if first < self.margin => {
                let alone = self.fields().skip(first + 1).all(is_empty);
                self.shown = match alone {
                    true => first..first + 1,
                    false => 0..count,
                };
                self.past_margin |= !alone;
            }
            _ => self.shown = self.margin.min(count)..count,
        }
    }

    /// Where the next item begins, in bytes from the beginning of the text.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Goes to the next item; `None` at the end of the file.
    ///
    /// After an error there is no next one.
    pub fn next(&mut self) -> Result<Option<Item>, CsvError> {
        let rest = &self.text[self.at..];
        let Some(&first) = rest.first() else {
            return Ok(None);
        };
        if matches!(first, b' ' | b'\r' | b'\n' | b'+' | b'=')
            || (self.comment != Comment::None && self.comment.text_of(rest).is_some())
        {
            let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
            let line = &rest[..end];
            let (start, number) = (self.at, self.line);
            let item =
                if line.iter().all(|byte| matches!(byte, b' ' | b'\r' | b'\n')) || is_frame(line) {
                    Some(Item::Blank(number))
                } else if self.comment.text_of(line).is_some() {
                    Some(Item::Comment(number, start, start + end))
                } else {
                    None
                };
            if item.is_some() {
                self.at += end;
                self.line += 1;
                return Ok(item);
            }
        }
        if self.next_quote < self.at {
            let after = memchr::memchr(b'"', rest);
            self.next_quote = after.map_or(self.text.len(), |after| self.at + after);
        }
        let end = memchr::memchr(b'\n', rest).map_or(self.text.len(), |at| self.at + at + 1);
        let position = if self.next_quote >= end {
            self.plain_record(end)?
        } else {
            self.quoted_record()?
        };
        Ok(Some(Item::Record(position)))
    }

    /// Splits the line from `self.at` to `end`, which has no quotation mark.
    fn plain_record(&mut self, end: usize) -> Result<Position, CsvError> {
        let start = self.at;
        if end - start > MAX_RECORD_BYTES {
            return Err(CsvError::TooLong { line: self.line });
        }
        let line = &self.text[start..end];
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        self.ends.clear();
        let mut delimiters = memchr::memchr_iter(self.delimiter, line);
        let kept = delimiters.by_ref().take(MAX_COLUMNS);
        self.ends.extend(kept.map(|at| start + at));
        self.ends.push(start + line.len());
        if self.ends.len() > MAX_COLUMNS {
            let columns = self.ends.len() + delimiters.count();
            return Err(self.too_wide(columns, end));
        }
        self.fields = Fields::Plain { start };
        let position = Position {
            line: self.line,
            last_line: self.line,
            start,
            end,
        };
        self.at = end;
        self.line += 1;
        self.show(self.ends.len());
        Ok(position)
    }

    /// The error for a record of so many columns that ends at `end`.
    fn too_wide(&self, columns: usize, end: usize) -> CsvError {
        CsvError::TooWide {
            line: self.line,
            columns,
            open: end == self.text.len() && !self.text.ends_with(b"\n"),
        }
    }

    /// Reads the record that begins at `self.at`, where there is a byte.
    fn quoted_record(&mut self) -> Result<Position, CsvError> {
        const FIELDS: usize = 1 << 5;
        const BYTES: usize = 1 << 10;
        let start = self.at;
        let mut joined = match std::mem::replace(&mut self.fields, Fields::Plain { start }) {
            Fields::Quoted { joined } => joined,
            Fields::Plain { .. } => vec![0; BYTES],
        };
        self.ends.resize(self.ends.len().max(FIELDS), 0);
        let (mut written, mut ended) = (0, 0);
        // Fields beyond those that a table may have: they are counted only.
        let mut beyond = 0;
        let most = self.text.len().min(start + MAX_RECORD_BYTES + 1);
        let count = loop {
            // At the end an empty input tells the reader so.
            let rest = &self.text[self.at..most];
            let (result, read, wrote, fields) =
                self.reader
                    .read_record(rest, &mut joined[written..], &mut self.ends[ended..]);
            self.at += read;
            written += wrote;
            ended += fields;
            match result {
                ReadRecordResult::InputEmpty if self.at - start > MAX_RECORD_BYTES => {
                    return Err(self.too_long(start));
                }
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if beyond > 0 => written = 0,
                ReadRecordResult::OutputFull => joined.resize(2 * joined.len(), 0),
                ReadRecordResult::OutputEndsFull if ended > MAX_COLUMNS => {
                    (beyond, ended, written) = (beyond + ended, 0, 0);
                }
                ReadRecordResult::OutputEndsFull => {
                    let more = (2 * self.ends.len()).min(MAX_COLUMNS + 1);
                    self.ends.resize(more, 0);
                }
                ReadRecordResult::Record | ReadRecordResult::End => break ended,
            }
        };
        if beyond + count > MAX_COLUMNS {
            return Err(self.too_wide(beyond + count, self.at));
        }
        self.fields = Fields::Quoted { joined };
        self.show(count);
        let mut end = self.at;
        // The reader leaves the LF of a CRLF to the next record.
        if self.text[..end].ends_with(b"\r") && self.text[end..].starts_with(b"\n") {
            end += 1;
        }
        self.at = end;
        let record = &self.text[start..end];
        let line = self.line;
        self.line += memchr::memchr_iter(b'\n', record).count() as u64;
        let position = Position {
            line,
            last_line: self.line - u64::from(record.ends_with(b"\n")),
            start,
            end,
        };
        // The reader takes a quotation mark that is never closed as closed by the end of the file.
        if end == self.text.len()
            && let Some(offset) = open_quote(record, self.delimiter)
        {
            let line = line + memchr::memchr_iter(b'\n', &record[..offset]).count() as u64;
            return Err(unclosed(
                self.blamed(line),
                "a quotation mark that is never closed".to_owned(),
            ));
        }
        Ok(position)
    }

    /// The error for a record from `start` that goes on for longer than any may.
    fn too_long(&self, start: usize) -> CsvError {
        let record = &self.text[start..self.at];
        match open_quote(record, self.delimiter) {
            Some(offset) => {
                let lines = memchr::memchr_iter(b'\n', &record[..offset]).count();
                let within = MAX_RECORD_BYTES >> 20;
                unclosed(
                    self.blamed(self.line + lines as u64),
                    format!("a quotation mark that is not closed within {within} MiB"),
                )
            }
            None => CsvError::TooLong { line: self.line },
        }
    }

    /// The line where quoting went wrong: each mark too many turns what is within quotes and what is not, and the last one that
    /// is not closed stands far below. `line` is where that is.
    fn blamed(&self, line: u64) -> u64 {
        let text = &self.text[self.begins.0..self.at];
        let earlier = first_badly_closed(text, self.delimiter).map(|offset| {
            self.begins.1 + memchr::memchr_iter(b'\n', &text[..offset]).count() as u64
        });
        earlier.unwrap_or(line).min(line)
    }

    /// How many fields the last record has.
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// The fields of the last record.
    pub fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let (bytes, mut start, gap) = match &self.fields {
            Fields::Plain { start } => (self.text, *start, 1),
            Fields::Quoted { joined } => (joined.as_slice(), 0, 0),
        };
        // Where the first field begins that counts.
        if let Some(before) = self.shown.start.checked_sub(1) {
            start = self.ends.get(before).map_or(start, |end| end + gap);
        }
        let ends = self.ends.get(self.shown.clone()).unwrap_or_default();
        ends.iter().map(move |&end| {
            let field = bytes.get(start..end).unwrap_or_default();
            start = end + gap;
            field
        })
    }

    /// Whether no field of the last record has anything but blank space.
    pub fn is_blank(&self) -> bool {
        self.fields()
            .all(|field| field.iter().all(u8::is_ascii_whitespace))
    }
}

fn unclosed(line: u64, found: String) -> CsvError {
    CsvError::OpenQuote(BadPlaces::from(BadPlace {
        line,
        column: None,
        header: None,
        found,
        expected: "a second one at the end of the field".to_owned(),
        hint: "Close it, delete it, or double it if it belongs to the text.".to_owned(),
    }))
}

/// Where the quoted field begins, if any, that does not end within `record`: the reader's own rules, followed again.
fn open_quote(record: &[u8], delimiter: u8) -> Option<usize> {
    #[derive(PartialEq)]
    enum State {
        FieldStart,
        Plain,
        Quoted { from: usize },
        QuoteInQuoted { from: usize },
    }
    use State::*;
    memchr::memchr(b'"', record)?;
    let mut state = FieldStart;
    for (at, &byte) in record.iter().enumerate() {
        state = match (state, byte) {
            (FieldStart, b'"') => Quoted { from: at },
            (Quoted { from }, b'"') => QuoteInQuoted { from },
            (Quoted { from }, _) => Quoted { from },
            (QuoteInQuoted { from }, b'"') => Quoted { from },
            (_, byte) if byte == delimiter => FieldStart,
            _ => Plain,
        };
    }
    match state {
        Quoted { from } => Some(from),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (line, last line) of every record, and the blank lines and comments as (line, 0).
    fn positions(text: &str) -> Vec<(u64, u64)> {
        let mut records = Records::new(text.as_bytes(), b',', Comment::Byte(b'#'));
        let mut all = Vec::new();
        while let Some(item) = records.next().unwrap() {
            all.push(match item {
                Item::Blank(line) | Item::Comment(line, ..) => (line, 0),
                Item::Record(position) => (position.line, position.last_line),
            });
        }
        all
    }

    #[test]
    fn lines_are_those_an_editor_shows() {
        let expected = [
            (1, 1),
            (2, 2),
            (3, 0),
            (4, 4),
            (5, 6),
            (7, 0),
            (8, 0),
            (9, 9),
        ];
        let text = "a,b\n1,2\n\n3,4\n\"x\n#y\",5\n# 6,7\n  \n8,9";
        assert_eq!(positions(text), expected);
        assert_eq!(positions(&text.replace('\n', "\r\n")), expected);
        assert_eq!(positions(&format!("{text}\n")), expected);
    }

    #[test]
    fn lines_without_quotation_mark_are_split_as_the_grammar_splits_them() {
        let cells = |text: &str, quoted: bool| {
            let mut records = Records::new(text.as_bytes(), b',', Comment::None);
            let mut all: Vec<Vec<Vec<u8>>> = Vec::new();
            while records.at < text.len() {
                if quoted {
                    records.quoted_record().unwrap();
                } else {
                    records.next().unwrap();
                }
                all.push(records.fields().map(<[u8]>::to_vec).collect());
            }
            all
        };
        for text in [
            "a,b\n1,2\n",
            "a,b\r\n,\r\n1,2",
            ",\n,,\n",
            "a\nb",
            "é, x ,\n\t",
            ",",
        ] {
            assert_eq!(cells(text, false), cells(text, true), "{text:?}");
        }
    }

    #[test]
    fn a_record_longer_than_the_buffers_is_whole() {
        let text = format!("{},{}", "x".repeat(5000), "1,".repeat(99));
        let mut records = Records::new(text.as_bytes(), b',', Comment::None);
        assert!(matches!(records.next(), Ok(Some(Item::Record(_)))));
        assert_eq!(records.len(), 101);
        let fields: Vec<usize> = records.fields().map(<[u8]>::len).collect();
        assert_eq!((fields[0], fields[1], fields[100]), (5000, 1, 0));
        assert_eq!(records.next(), Ok(None));
    }

    #[test]
    fn a_quotation_mark_never_closed_is_named_by_its_line() {
        let mut records = Records::new(b"a,b\n1,2\n3,\"4\n5,6\n", b',', Comment::None);
        assert!(records.next().is_ok() && records.next().is_ok());
        let error = records.next().unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 3: found a quotation mark that is never closed, expected a second one at the end of the field. \
             Close it, delete it, or double it if it belongs to the text."
        );
    }

    #[test]
    fn closed_doubled_and_inner_quotation_marks_are_fine() {
        for text in [
            "\"a\"",
            "\"a\"\"b\"",
            "5\" pipe",
            "a,\"b\"\n",
            "\"\"",
            "\"a\"b",
        ] {
            assert_eq!(open_quote(text.as_bytes(), b','), None, "{text}");
        }
        assert_eq!(open_quote(b"a,\"b\"\"", b','), Some(2));
    }
}
