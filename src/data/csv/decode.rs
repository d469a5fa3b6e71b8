//! Bytes of a file → UTF-8 whose lines end with LF or CRLF.

use std::borrow::Cow;

use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::{CsvError, Encoding};

/// Kinds of file that are no text, by how they begin.
const NO_TEXT: [(&[u8], &str, &str); 8] = [
    (
        b"PK\x03\x04",
        "a workbook or another ZIP archive",
        "Open it in a spreadsheet and save the sheet as CSV.",
    ),
    (
        b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
        "an old Office file",
        "Open it in a spreadsheet and save the sheet as CSV.",
    ),
    (b"\x1F\x8B", "a gzip archive", "Unpack it first."),
    (b"BZh", "a bzip2 archive", "Unpack it first."),
    (b"\xFD7zXZ", "an xz archive", "Unpack it first."),
    (b"%PDF-", "a PDF", "Look for the data as CSV."),
    (
        b"PAR1",
        "a Parquet file",
        "Convert it to CSV, for example with pandas.",
    ),
    (
        b"SQLite format 3\0",
        "a database",
        "Export the table as CSV.",
    ),
];

/// The text of `bytes`, without byte order mark, and how it was encoded.
///
/// A byte order mark decides; then zero bytes, which UTF-16 has in every other place of a text of numbers; then whether
/// the bytes are valid UTF-8. What remains is Windows-1252, in which any bytes are a text.
pub(super) fn decode(
    bytes: &[u8],
    asked: Option<Encoding>,
) -> Result<(Cow<'_, [u8]>, Encoding), CsvError> {
    if asked.is_none()
        && let Some((_, what, hint)) = NO_TEXT.iter().find(|(begin, ..)| bytes.starts_with(begin))
    {
        return Err(CsvError::NoText { what, hint });
    }
    let (mark, bytes) = match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, length)) => (Some(encoding), &bytes[length..]),
        None => (None, bytes),
    };
    let marked = mark.map(|encoding| match encoding {
        encoding if encoding == UTF_16LE => Encoding::Utf16Le,
        encoding if encoding == UTF_16BE => Encoding::Utf16Be,
        _ => Encoding::Utf8,
    });
    let encoding = asked.or(marked).or_else(|| by_zero_bytes(bytes));
    let text = match (encoding, str::from_utf8(bytes)) {
        (None | Some(Encoding::Utf8), Ok(text)) => {
            return Ok((one_line_end(Cow::Borrowed(text)), Encoding::Utf8));
        }
        (Some(Encoding::Utf8), Err(error)) => {
            let before = &bytes[..error.valid_up_to()];
            return Err(CsvError::Encoding {
                line: 1 + memchr::memchr_iter(b'\n', before).count() as u64,
                asked: Encoding::Utf8,
            });
        }
        (None | Some(Encoding::Windows1252), _) => (
            WINDOWS_1252.decode_without_bom_handling(bytes),
            Encoding::Windows1252,
        ),
        (Some(Encoding::Utf16Le), _) => (
            UTF_16LE.decode_without_bom_handling(bytes),
            Encoding::Utf16Le,
        ),
        (Some(Encoding::Utf16Be), _) => (
            UTF_16BE.decode_without_bom_handling(bytes),
            Encoding::Utf16Be,
        ),
    };
    let ((text, malformed), encoding) = text;
    if malformed {
        let before = text.split(char::REPLACEMENT_CHARACTER).next();
        let before = before.unwrap_or_default().as_bytes();
        return Err(CsvError::Encoding {
            line: 1 + memchr::memchr_iter(b'\n', before).count() as u64,
            asked: encoding,
        });
    }
    Ok((one_line_end(text), encoding))
}

/// The encoding of a text without mark that has zero bytes where UTF-16 has them and hardly any elsewhere.
fn by_zero_bytes(bytes: &[u8]) -> Option<Encoding> {
    const LOOKED_AT: usize = 4096;
    let head = &bytes[..bytes.len().min(LOOKED_AT)];
    let zeros = |first: usize| {
        let places = head.iter().skip(first).step_by(2);
        places.filter(|&&byte| byte == 0).count()
    };
    let (even, odd, pairs) = (zeros(0), zeros(1), head.len() / 2);
    if 2 * odd > pairs && 8 * even < pairs.max(1) {
        Some(Encoding::Utf16Le)
    } else if 2 * even > pairs && 8 * odd < pairs.max(1) {
        Some(Encoding::Utf16Be)
    } else {
        None
    }
}

/// The beginning of a file without its last line, which may be cut in two; where no line ends, without its last character.
pub(super) fn whole_lines(bytes: &[u8], asked: Option<Encoding>) -> &[u8] {
    let marked = encoding_rs::Encoding::for_bom(bytes).map(|(encoding, _)| match encoding {
        encoding if encoding == UTF_16LE => Encoding::Utf16Le,
        encoding if encoding == UTF_16BE => Encoding::Utf16Be,
        _ => Encoding::Utf8,
    });
    let encoding = asked.or(marked).or_else(|| by_zero_bytes(bytes));
    let last = |sign: u8| match encoding {
        Some(Encoding::Utf16Le) => {
            let mut pairs = bytes.chunks_exact(2);
            pairs
                .rposition(|pair| pair == [sign, 0])
                .map(|pair| 2 * pair + 2)
        }
        Some(Encoding::Utf16Be) => {
            let mut pairs = bytes.chunks_exact(2);
            pairs
                .rposition(|pair| pair == [0, sign])
                .map(|pair| 2 * pair + 2)
        }
        _ => memchr::memrchr(sign, bytes).map(|at| at + 1),
    };
    let end = last(b'\n').or_else(|| last(b'\r'));
    &bytes[..end.unwrap_or_else(|| whole_characters(bytes, encoding))]
}

/// How many of the bytes are whole characters, where a text was cut.
fn whole_characters(bytes: &[u8], encoding: Option<Encoding>) -> usize {
    let high = match encoding {
        Some(Encoding::Utf16Le) => 1,
        Some(Encoding::Utf16Be) => 0,
        _ => {
            return match str::from_utf8(bytes) {
                Err(error) if error.error_len().is_none() => error.valid_up_to(),
                _ => bytes.len(),
            };
        }
    };
    let units = bytes.len() / 2;
    let is_first_of_two = |unit: usize| matches!(bytes[2 * unit + high], 0xD8..=0xDB);
    match units.checked_sub(1) {
        Some(last) if is_first_of_two(last) => 2 * last,
        _ => 2 * units,
    }
}

/// Counts the lines of a file's bytes, as they end for [`read`](super::read).
#[derive(Clone, Copy, Debug)]
pub struct LineCounter {
    encoding: Encoding,
    ended: u64,
    /// Whether the last line ended with a CR: an LF that follows belongs to it.
    after_return: bool,
}

impl LineCounter {
    /// At the beginning of a file.
    pub fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            ended: 0,
            after_return: false,
        }
    }

    /// How many of the next `bytes` belong to the first `lines` lines of the file; an even number but for the last call.
    pub fn belonging(&mut self, bytes: &[u8], lines: u64) -> usize {
        let (width, low) = match self.encoding {
            Encoding::Utf8 | Encoding::Windows1252 => (1, 0),
            Encoding::Utf16Le => (2, 0),
            Encoding::Utf16Be => (2, 1),
        };
        for (index, unit) in bytes.chunks(width).enumerate() {
            // Of two bytes the other one must be zero.
            let sign = match unit {
                [byte] => *byte,
                [_, _] if unit[1 - low] == 0 => unit[low],
                _ => 0,
            };
            let line_feed = sign == b'\n';
            if self.ended >= lines && !(line_feed && self.after_return) {
                self.after_return = false;
                return index * width;
            }
            if sign == b'\r' || (line_feed && !self.after_return) {
                self.ended += 1;
            }
            self.after_return = sign == b'\r';
        }
        bytes.len()
    }
}

/// How many lines end in `bytes`, with LF, CRLF or CR.
pub(super) fn line_ends(bytes: &[u8]) -> u64 {
    let ends = memchr::memchr2_iter(b'\n', b'\r', bytes);
    let alone = ends.filter(|&at| bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'));
    alone.count() as u64
}

/// The text with every CR that no LF follows turned into one: an old kind of line end.
fn one_line_end(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    let is_lone = |bytes: &[u8], at: usize| bytes.get(at + 1) != Some(&b'\n');
    let bytes = text.as_bytes();
    let first = memchr::memchr_iter(b'\r', bytes).find(|&at| is_lone(bytes, at));
    let Some(first) = first else {
        return match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
    };
    let mut bytes = text.into_owned().into_bytes();
    for at in first..bytes.len() {
        if bytes[at] == b'\r' && is_lone(&bytes, at) {
            bytes[at] = b'\n';
        }
    }
    Cow::Owned(bytes)
}

/// The text with what csv-core's grammar does not know taken out: runs of spaces and tabs between fields become one tab
/// if `runs`, and spaces between `delimiter` and a quotation mark go. Lines stay where they are.
pub(super) fn without_spaces(text: &[u8], delimiter: u8, runs: bool) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let is_space = |byte: u8| byte == b' ' || (runs && byte == b'\t');
    let mut at = 0;
    let mut field_start = true;
    while let Some(&byte) = text.get(at) {
        if is_space(byte) && (runs || field_start) {
            let run = text[at..]
                .iter()
                .take_while(|&&byte| is_space(byte))
                .count();
            let next = text.get(at + run);
            let line_end = matches!(next, None | Some(b'\n' | b'\r'));
            if runs {
                // None before the first field and after the last.
                if !field_start && !line_end {
                    plain.push(b'\t');
                }
                field_start = true;
            } else if next != Some(&b'"') {
                plain.extend_from_slice(&text[at..at + run]);
                field_start = false;
            }
            at += run;
        } else if byte == b'"' && field_start {
            let end = quoted_end(text, at);
            plain.extend_from_slice(&text[at..end]);
            at = end;
            field_start = false;
        } else {
            plain.push(byte);
            at += 1;
            field_start = byte == b'\n' || (!runs && byte == delimiter);
        }
    }
    plain
}

/// Where the quoted field ends that begins at `start`: after its closing quotation mark, or with the text.
fn quoted_end(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    loop {
        let Some(mark) = memchr::memchr(b'"', text.get(at..).unwrap_or_default()) else {
            return text.len();
        };
        at += mark + 1;
        // Two marks are one within the field.
        if text.get(at) != Some(&b'"') {
            return at;
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> (String, Encoding) {
        let (text, encoding) = decode(bytes, None).unwrap();
        (String::from_utf8(text.into_owned()).unwrap(), encoding)
    }

    #[test]
    fn bytes_of_other_encodings_become_utf8() {
        let text = "é,b\n";
        let utf16 = |bytes: fn(u16) -> [u8; 2], mark: &str| -> Vec<u8> {
            let marked = format!("{mark}{text}1,2\n");
            marked.encode_utf16().flat_map(bytes).collect()
        };
        let longer = format!("{text}1,2\n");
        for (bytes, expected) in [
            (longer.as_bytes().to_vec(), Encoding::Utf8),
            (format!("\u{feff}{longer}").into_bytes(), Encoding::Utf8),
            (b"\xE9,b\n1,2\n".to_vec(), Encoding::Windows1252),
            // UTF-16 as spreadsheets write “Unicode text”, with and without mark.
            (utf16(u16::to_le_bytes, "\u{feff}"), Encoding::Utf16Le),
            (utf16(u16::to_be_bytes, "\u{feff}"), Encoding::Utf16Be),
            (utf16(u16::to_le_bytes, ""), Encoding::Utf16Le),
            (utf16(u16::to_be_bytes, ""), Encoding::Utf16Be),
        ] {
            assert_eq!(decoded(&bytes), (longer.clone(), expected));
        }
    }

    #[test]
    fn a_carriage_return_alone_ends_a_line() {
        assert_eq!(decoded(b"a\r1\r").0, "a\n1\n");
        assert_eq!(decoded(b"a\r\n1\r2\r\n").0, "a\r\n1\n2\r\n");
    }

    #[test]
    fn lines_are_counted_as_they_end_in_every_encoding_and_however_the_bytes_come() {
        let text = "ab\n\u{a0a}\u{d0d}\r\n\rc\r\n\nd";
        let lines = ["ab\n", "\u{a0a}\u{d0d}\r\n", "\r", "c\r\n", "\n", "d"];
        for (encoding, encode) in [
            (
                Encoding::Utf8,
                (|text: &str| text.as_bytes().to_vec()) as fn(&str) -> Vec<u8>,
            ),
            (Encoding::Utf16Le, |text| {
                text.encode_utf16().flat_map(u16::to_le_bytes).collect()
            }),
            (Encoding::Utf16Be, |text| {
                text.encode_utf16().flat_map(u16::to_be_bytes).collect()
            }),
        ] {
            let bytes = encode(text);
            for count in 0..=lines.len() {
                let expected = encode(&lines[..count].concat()).len();
                for piece in [2, 4, bytes.len()] {
                    let mut counter = LineCounter::new(encoding);
                    let pieces = bytes.chunks(piece);
                    let belonging = pieces.map(|piece| counter.belonging(piece, count as u64));
                    assert_eq!(
                        belonging.sum::<usize>(),
                        expected,
                        "{encoding:?}, {count} lines, pieces of {piece}"
                    );
                }
            }
        }
    }

    #[test]
    fn bytes_that_are_not_of_the_encoding_asked_for_are_named_by_their_line() {
        let error = |bytes: &[u8], asked| decode(bytes, Some(asked)).unwrap_err().to_string();
        let shown = error(b"a\n\xE9\n", Encoding::Utf8);
        assert!(
            shown.starts_with("line 2: found bytes that are not UTF-8"),
            "{shown}"
        );
        let shown = error(b"a\0\n\0\0\xD8a\0", Encoding::Utf16Le);
        assert!(shown.starts_with("line 2: found"), "{shown}");
    }

    #[test]
    fn a_workbook_is_told_from_a_text() {
        let error = decode(b"PK\x03\x04\x14", None).unwrap_err().to_string();
        assert!(
            error.contains("workbook") && error.contains("save the sheet as CSV"),
            "{error}"
        );
    }

    #[test]
    fn spaces_between_fields_become_tabs() {
        let plain =
            |text: &str| String::from_utf8(without_spaces(text.as_bytes(), b'\t', true)).unwrap();
        assert_eq!(plain("  a   b \t c  \n1 2 3\n"), "a\tb\tc\n1\t2\t3\n");
        assert_eq!(plain("\"a  b\" 2 \r\n\r\n"), "\"a  b\"\t2\r\n\r\n");
        assert_eq!(plain("a \"b"), "a\t\"b");
    }

    #[test]
    fn spaces_before_a_quotation_mark_go() {
        let plain =
            |text: &str| String::from_utf8(without_spaces(text.as_bytes(), b',', false)).unwrap();
        assert_eq!(
            plain("\"a\", \"b, \"\"c\"\"\",  d\n"),
            "\"a\",\"b, \"\"c\"\"\",  d\n"
        );
        assert_eq!(plain("x \"y, \"z\"\n  \"w\""), "x \"y,\"z\"\n\"w\"");
    }
}
