//! The file's records with the lines they stand on.

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::CsvError;
use crate::data::place::{Place, Places};

/// Where a record stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// Line on which it begins, from 1.
    pub line: u64,
    /// Line on which it ends: a later one if a quoted field holds line ends.
    pub last_line: u64,
    /// How many wholly empty lines stand between the record before and this one.
    pub blank_lines: u64,
    /// Where it ends, its line end included, in bytes from the beginning of the file.
    pub end: usize,
}

/// Splits UTF-8 bytes whose lines end with LF or CRLF into records.
pub(super) struct Records<'a> {
    bytes: &'a [u8],
    delimiter: u8,
    reader: Reader<&'a [u8]>,
    record: ByteRecord,
    /// Line on which the record before this one ended.
    last_line: u64,
}

impl<'a> Records<'a> {
    pub fn new(bytes: &'a [u8], delimiter: u8) -> Self {
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .buffer_capacity(1 << 16)
            .from_reader(bytes);
        Self {
            bytes,
            delimiter,
            reader,
            record: ByteRecord::new(),
            last_line: 0,
        }
    }

    /// Goes to the next record; `None` at the end of the file.
    pub fn next(&mut self) -> Result<Option<Position>, CsvError> {
        let before = self.reader.position().clone();
        let unreadable = |error: csv::Error| CsvError::Unreadable {
            message: error.to_string(),
        };
        if !self
            .reader
            .read_byte_record(&mut self.record)
            .map_err(unreadable)?
        {
            return Ok(None);
        }
        let after = self.reader.position();
        let start = usize::try_from(before.byte())
            .unwrap_or(usize::MAX)
            .min(self.bytes.len());
        let end = usize::try_from(after.byte())
            .unwrap_or(usize::MAX)
            .min(self.bytes.len());
        // The reader leaves the LF of a CRLF and empty lines to the next record: step over them to its true beginning.
        let consumed = self.bytes.get(start..end).unwrap_or_default();
        let gap = consumed
            .iter()
            .take_while(|&&byte| byte == b'\r' || byte == b'\n')
            .count();
        let line = before.line()
            + consumed[..gap]
                .iter()
                .filter(|&&byte| byte == b'\n')
                .count() as u64;
        let last_line = after.line() - u64::from(consumed.last() == Some(&b'\n'));
        let position = Position {
            line,
            last_line: last_line.max(line),
            blank_lines: line.saturating_sub(self.last_line + 1),
            end,
        };
        self.last_line = position.last_line;
        // The reader takes a quotation mark that is never closed as closed by the end of the file.
        if end == self.bytes.len()
            && let Some(offset) = open_quote(&consumed[gap..], self.delimiter)
        {
            let before_mark = &consumed[gap..gap + offset];
            let opened = line + before_mark.iter().filter(|&&byte| byte == b'\n').count() as u64;
            return Err(CsvError::OpenQuote(Places::from(Place {
                line: opened,
                column: None,
                header: None,
                found: "a quotation mark that is never closed".to_owned(),
                expected: "a second one at the end of the field".to_owned(),
                hint: "Close it, delete it, or double it if it belongs to the text.".to_owned(),
            })));
        }
        Ok(Some(position))
    }

    /// The record last gone to.
    pub fn record(&self) -> &ByteRecord {
        &self.record
    }
}

/// Whether no field of the record has anything but blank space.
pub(super) fn is_blank(record: &ByteRecord) -> bool {
    record.iter().all(|cell| cell.trim_ascii().is_empty())
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
    if !record.contains(&b'"') {
        return None;
    }
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

    fn positions(text: &str) -> Vec<(u64, u64, u64)> {
        let mut records = Records::new(text.as_bytes(), b',');
        let mut all = Vec::new();
        while let Some(position) = records.next().unwrap() {
            all.push((position.line, position.last_line, position.blank_lines));
        }
        all
    }

    #[test]
    fn lines_are_those_an_editor_shows() {
        // (line, last line, blank lines before), counted by hand.
        let expected = [(1, 1, 0), (2, 2, 0), (4, 4, 1), (5, 6, 0), (7, 7, 0)];
        let text = "a,b\n1,2\n\n3,4\n\"x\ny\",5\n6,7";
        assert_eq!(positions(text), expected);
        assert_eq!(positions(&text.replace('\n', "\r\n")), expected);
        assert_eq!(positions(&format!("{text}\n\n")), expected);
    }

    #[test]
    fn a_quotation_mark_never_closed_is_named_by_its_line() {
        let mut records = Records::new(b"a,b\n1,2\n3,\"4\n5,6\n", b',');
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
