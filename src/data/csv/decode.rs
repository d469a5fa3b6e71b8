//! Bytes of a file → UTF-8 whose lines end with LF or CRLF.

use std::borrow::Cow;

use super::encoding::guess;
use super::{CsvError, Encoding, kind};

/// What became of bytes that are no characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Odd {
    /// How many zero bytes were left out.
    pub zeros: usize,
    /// How many characters could not be read, the encoding being a guess.
    pub unreadable: usize,
    /// The line of the first of them, from 1, where all others are UTF-8.
    pub no_utf8_in: Option<u64>,
    /// Whether the encoding is a guess by which characters follow each other.
    pub guessed: bool,
}

/// The text of `bytes`, without byte order mark and zero bytes, and how it was encoded.
///
/// A byte order mark decides; then zero bytes, which UTF-16 has in every other place of a text of numbers and UTF-32 in three
/// of four; then whether the bytes are valid UTF-8, or all but a few. What remains is guessed. Zero bytes are what a file has that
/// was being written when power was lost.
pub(super) fn decode(
    bytes: &[u8],
    asked: Option<Encoding>,
) -> Result<(Cow<'_, [u8]>, Encoding, Odd), CsvError> {
    let (text, encoding, mut odd) = characters(bytes, asked)?;
    let text = one_line_end(text);
    let Some(first) = memchr::memchr(0, &text) else {
        return Ok((text, encoding, odd));
    };
    let mut kept = text[..first].to_vec();
    let mut rest = &text[first..];
    while !rest.is_empty() {
        let zeros = rest.iter().take_while(|&&byte| byte == 0).count();
        odd.zeros += zeros;
        rest = &rest[zeros..];
        // Within a word they are no place where writing ended: what stands on both sides was not one number.
        let within = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        if within(kept.last()) && within(rest.first()) {
            kept.extend_from_slice("\u{fffd}".as_bytes());
        }
        let next = memchr::memchr(0, rest).unwrap_or(rest.len());
        kept.extend_from_slice(&rest[..next]);
        rest = &rest[next..];
    }
    if kept.trim_ascii().is_empty() {
        return Err(CsvError::NoText {
            what: "a file of zero bytes alone",
            hint: "It was never written to its end: look for another copy.",
        });
    }
    Ok((Cow::Owned(kept), encoding, odd))
}

/// The characters of `bytes`.
fn characters(
    bytes: &[u8],
    asked: Option<Encoding>,
) -> Result<(Cow<'_, str>, Encoding, Odd), CsvError> {
    if asked.is_none()
        && let kind::Kind::Other(what, hint) = kind::of(bytes)
    {
        return Err(CsvError::NoText { what, hint });
    }
    let (marked, bytes) = without_mark(bytes);
    let encoding = asked.or(marked).or_else(|| by_zero_bytes(bytes));
    let mut odd = Odd::default();
    let encoding = match (encoding, str::from_utf8(bytes)) {
        (None | Some(Encoding::Utf8), Ok(text)) => {
            return Ok((Cow::Borrowed(text), Encoding::Utf8, odd));
        }
        (Some(Encoding::Utf8), Err(error)) => {
            let before = &bytes[..error.valid_up_to()];
            return Err(CsvError::Encoding {
                line: 1 + memchr::memchr_iter(b'\n', before).count() as u64,
                asked: Encoding::Utf8,
            });
        }
        (Some(encoding), _) => encoding,
        (None, Err(error)) => {
            let guessed = guess(bytes);
            if let Some(bad) = bad_among_utf8(bytes, guessed) {
                odd.unreadable = bad;
                odd.no_utf8_in = Some(1 + line_ends(&bytes[..error.valid_up_to()]));
                return Ok((String::from_utf8_lossy(bytes), Encoding::Utf8, odd));
            }
            odd.guessed = true;
            guessed
        }
    };
    let (text, malformed) = match encoding {
        Encoding::Utf8 => (String::from_utf8_lossy(bytes), false),
        Encoding::Utf16Le => encoding_rs::UTF_16LE.decode_without_bom_handling(bytes),
        Encoding::Utf16Be => encoding_rs::UTF_16BE.decode_without_bom_handling(bytes),
        Encoding::Utf32Le | Encoding::Utf32Be => of_utf32(bytes, encoding),
        Encoding::Legacy(legacy) => legacy.decode_without_bom_handling(bytes),
    };
    if malformed && odd.guessed {
        odd.unreadable = text.matches(char::REPLACEMENT_CHARACTER).count();
    } else if malformed {
        let before = text.split(char::REPLACEMENT_CHARACTER).next();
        let before = before.unwrap_or_default().as_bytes();
        return Err(CsvError::Encoding {
            line: 1 + memchr::memchr_iter(b'\n', before).count() as u64,
            asked: encoding,
        });
    }
    Ok((text, encoding, odd))
}

/// How many places are no UTF-8 in a text that is UTF-8 otherwise, as where a line of another file was pasted in; `None` if it is
/// probably not.
///
/// In other encodings hardly any bytes make a character of UTF-8: in Windows-1252 each would be a pair such as “Ã¶”.
fn bad_among_utf8(bytes: &[u8], guessed: Encoding) -> Option<usize> {
    /// One character may come about by chance.
    const LEAST: usize = 2;
    /// As many times more than bad ones there are of them, where the bytes might be of some other language.
    const TIMES: usize = 4;
    let (mut good, mut bad) = (0, 0);
    for part in bytes.utf8_chunks() {
        good += part.valid().bytes().filter(|byte| *byte >= 0xC0).count();
        bad += usize::from(!part.invalid().is_empty());
    }
    let times = match guessed == Encoding::WINDOWS_1252 {
        true => 1,
        false => TIMES,
    };
    (good >= LEAST && good >= times * bad).then_some(bad)
}

/// The text of UTF-32, and whether something in it is no character.
fn of_utf32(bytes: &[u8], encoding: Encoding) -> (Cow<'_, str>, bool) {
    let mut malformed = !bytes.len().is_multiple_of(4);
    let characters = bytes.as_chunks::<4>().0.iter().map(|unit| {
        let code = match encoding {
            Encoding::Utf32Be => u32::from_be_bytes(*unit),
            _ => u32::from_le_bytes(*unit),
        };
        char::from_u32(code).unwrap_or_else(|| {
            malformed = true;
            char::REPLACEMENT_CHARACTER
        })
    });
    let text: String = characters.collect();
    (Cow::Owned(text), malformed)
}

/// What the byte order mark says, and the bytes behind it.
fn without_mark(bytes: &[u8]) -> (Option<Encoding>, &[u8]) {
    // The mark of UTF-32 begins as that of UTF-16 does.
    const MARKS: [(&[u8], Encoding); 5] = [
        (b"\xFF\xFE\0\0", Encoding::Utf32Le),
        (b"\0\0\xFE\xFF", Encoding::Utf32Be),
        (b"\xEF\xBB\xBF", Encoding::Utf8),
        (b"\xFF\xFE", Encoding::Utf16Le),
        (b"\xFE\xFF", Encoding::Utf16Be),
    ];
    for (mark, encoding) in MARKS {
        if let Some(rest) = bytes.strip_prefix(mark) {
            return (Some(encoding), rest);
        }
    }
    (None, bytes)
}

/// The encoding of a text without mark that has zero bytes where UTF-16 or UTF-32 has them and hardly any elsewhere.
fn by_zero_bytes(bytes: &[u8]) -> Option<Encoding> {
    const LOOKED_AT: usize = 4096;
    let head = &bytes[..bytes.len().min(LOOKED_AT)];
    let zeros = |first: usize, width: usize| {
        let places = head.iter().skip(first).step_by(width);
        places.filter(|&&byte| byte == 0).count()
    };
    let quarter = head.len() / 4;
    let [a, b, c, d] = [0, 1, 2, 3].map(|place| zeros(place, 4));
    let none = |zeros: usize| 8 * zeros < quarter.max(1);
    let most = |zeros: usize| 4 * zeros > 3 * quarter && quarter > 0;
    if none(a) && most(b) && most(c) && most(d) {
        return Some(Encoding::Utf32Le);
    }
    if most(a) && most(b) && most(c) && none(d) {
        return Some(Encoding::Utf32Be);
    }
    let (even, odd, pairs) = (zeros(0, 2), zeros(1, 2), head.len() / 2);
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
    let (marked, rest) = without_mark(bytes);
    let encoding = asked.or(marked).or_else(|| by_zero_bytes(rest));
    let last = |sign: u8| match encoding.map_or(1, Encoding::width) {
        1 => memchr::memrchr(sign, bytes).map(|at| at + 1),
        width => {
            let encoding = encoding.unwrap_or_default();
            let mut units = bytes.chunks_exact(width);
            let at = units.rposition(|unit| encoding.ascii(unit) == sign);
            at.map(|at| width * (at + 1))
        }
    };
    let end = last(b'\n').or_else(|| last(b'\r'));
    &bytes[..end.unwrap_or_else(|| whole_characters(bytes, encoding))]
}

/// How many of the bytes are whole characters, where a text was cut.
fn whole_characters(bytes: &[u8], encoding: Option<Encoding>) -> usize {
    let high = match encoding {
        Some(Encoding::Utf16Le) => 1,
        Some(Encoding::Utf16Be) => 0,
        Some(Encoding::Utf32Le | Encoding::Utf32Be) => return bytes.len() / 4 * 4,
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

    /// How many of the next `bytes` belong to the first `lines` lines of the file; a multiple of four but for the last call.
    pub fn belonging(&mut self, bytes: &[u8], lines: u64) -> usize {
        let width = self.encoding.width();
        for (index, unit) in bytes.chunks(width).enumerate() {
            let sign = self.encoding.ascii(unit);
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
        let (text, encoding, _) = decode(bytes, None).unwrap();
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
            (b"\xE9,b\n1,2\n".to_vec(), Encoding::WINDOWS_1252),
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
    fn a_few_bytes_that_are_no_utf8_do_not_make_the_rest_another_encoding() {
        let rows = "1;Köln\n".repeat(20);
        let mixed = [format!("t;Größe\n{rows}").as_bytes(), b"2;K\xF6ln\n3;x\n"].concat();
        let (text, encoding, odd) = decode(&mixed, None).unwrap();
        let text = String::from_utf8(text.into_owned()).unwrap();
        assert_eq!(text, format!("t;Größe\n{rows}2;K\u{fffd}ln\n3;x\n"));
        assert_eq!(encoding, Encoding::Utf8);
        // The names are in line 1, and 20 rows follow.
        assert_eq!((odd.unreadable, odd.no_utf8_in), (1, Some(22)));
        assert!(!odd.guessed);
        // Whoever says that it is UTF-8 is told the line.
        let error = decode(&mixed, Some(Encoding::Utf8)).unwrap_err();
        assert!(error.to_string().starts_with("line 22: "), "{error}");
        // What has hardly a character of UTF-8 is as it was.
        for (text, other) in [
            (
                "Tag;Größe;Höhe über dem Meer\n1;2,5;3\n",
                encoding_rs::WINDOWS_1252,
            ),
            (
                "Дата;Температура;Осадки\n01.03.2021;20,0;0\n",
                encoding_rs::WINDOWS_1251,
            ),
            (
                "日期,最高气温,最低气温,天气\n2021-03-01,20,12,晴\n",
                encoding_rs::GBK,
            ),
            (
                "年月日,平均気温,降水量\n2021/3/1,20.0,0\n",
                encoding_rs::SHIFT_JIS,
            ),
        ] {
            let (bytes, ..) = other.encode(text);
            let (read, encoding, odd) = decode(&bytes, None).unwrap();
            assert_eq!(str::from_utf8(&read).unwrap(), text);
            assert_eq!(encoding, Encoding::Legacy(other), "{text}");
            assert_eq!(odd.no_utf8_in, None);
        }
        // One pair of letters that could be a character of UTF-8 may be meant.
        let pair = b"Gr\xF6\xDFe;\xC3\xB6\n1;2\n";
        assert_eq!(bad_among_utf8(pair, Encoding::WINDOWS_1252), None);
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
    fn utf32_is_read_with_and_without_mark() {
        let text = "day,größe\n1,2.5\n2,3.5\n";
        for (mark, low_first) in [
            ("", true),
            ("", false),
            ("\u{feff}", true),
            ("\u{feff}", false),
        ] {
            let marked = format!("{mark}{text}");
            let units = marked.chars().map(|character| match low_first {
                true => u32::from(character).to_le_bytes(),
                false => u32::from(character).to_be_bytes(),
            });
            let bytes: Vec<u8> = units.flatten().collect();
            let expected = match low_first {
                true => Encoding::Utf32Le,
                false => Encoding::Utf32Be,
            };
            assert_eq!(decoded(&bytes), (text.to_owned(), expected));
            let cut = whole_lines(&bytes[..bytes.len() - 3], None);
            assert_eq!(decoded(cut).0, format!("{}", &text[..text.len() - 6]));
        }
    }

    #[test]
    fn zero_bytes_are_left_out_and_counted() {
        for (bytes, expected, zeros) in [
            (&b"a,b\n1,2\n\0\0\0"[..], "a,b\n1,2\n", 3),
            (b"\0\0a,b\n1,2\n", "a,b\n1,2\n", 2),
            (b"a,b\n1,\x00\x002\n", "a,b\n1,2\n", 2),
            (b"a,b\n\0\0\n1,2\n", "a,b\n\n1,2\n", 2),
            // Between two digits they made no number of them.
            (b"a,b\n1,2\x005\n", "a,b\n1,2\u{fffd}5\n", 1),
        ] {
            let (text, encoding, odd) = decode(bytes, None).unwrap();
            assert_eq!(String::from_utf8(text.into_owned()).unwrap(), expected);
            assert_eq!((encoding, odd.zeros), (Encoding::Utf8, zeros));
        }
        let error = decode(&[0; 100], None).unwrap_err().to_string();
        assert!(error.contains("zero bytes alone"), "{error}");
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
