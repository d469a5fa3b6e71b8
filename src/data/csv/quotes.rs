//! How quoted fields are quoted, if not as csv-core's grammar has it: with `\"` for a quotation mark within them, or with
//! apostrophes around them, or not at all. Such a text is written anew in that grammar; its lines stay where they are.

use crate::data::number::{self, NumberFormat};

/// How fields are quoted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quotes {
    /// `"a ""b"" c"`
    #[default]
    Doubled,
    /// `"a \"b\" c"`
    Backslash,
    /// `'a "b" c'`
    Single,
    /// `"`: a quotation mark is a sign like others
    None,
}

impl Quotes {
    /// Every way of quoting, in the order in which they are offered.
    pub const ALL: [Quotes; 4] = [
        Quotes::Doubled,
        Quotes::Backslash,
        Quotes::Single,
        Quotes::None,
    ];

    /// The name in an experiment.
    pub fn key(self) -> &'static str {
        match self {
            Quotes::Doubled => "doubled",
            Quotes::Backslash => "backslash",
            Quotes::Single => "single",
            Quotes::None => "none",
        }
    }

    fn mark(self) -> Option<u8> {
        match self {
            Quotes::Doubled | Quotes::Backslash => Some(b'"'),
            Quotes::Single => Some(b'\''),
            Quotes::None => None,
        }
    }

    /// Whether a field that begins with `rest` is quoted.
    fn begins(self, rest: &[u8]) -> bool {
        self.mark().is_some_and(|mark| rest.first() == Some(&mark))
    }

    /// How the fields of `head` are quoted, between which `delimiter` stands; a space stands for spaces and tabs. `whole` says
    /// whether the text ends with it.
    ///
    /// Fields end where their quotation mark is followed by a delimiter or a line end: the way of quoting in which all do
    /// is the right one, “\" in which backslashes stand for themselves being the usual case.
    pub(super) fn of(head: &[u8], delimiter: u8, whole: bool) -> Self {
        let ends = |quotes: Quotes| Ends::of(head, delimiter, quotes, whole);
        if memchr::memmem::find(head, b"\\\"").is_some() {
            let (usual, escaped) = (ends(Quotes::Doubled), ends(Quotes::Backslash));
            if usual.bad > 0 && escaped.bad == 0 && escaped.good > 0 {
                return Quotes::Backslash;
            }
        }
        let begins = |at: usize| {
            let before = at.checked_sub(1).map(|before| head[before]);
            before.is_none_or(|byte| byte == b'\n' || is_delimiter(byte, delimiter) || byte == b' ')
        };
        if memchr::memchr_iter(b'\'', head).any(begins) {
            let (usual, single) = (ends(Quotes::Doubled), ends(Quotes::Single));
            let lines = memchr::memchr_iter(b'\n', head).count();
            if usual.good + usual.bad == 0 && single.bad == 0 && single.good >= 2.max(lines / 2) {
                return Quotes::Single;
            }
        }
        match are_signs(head, delimiter, whole) {
            true => Quotes::None,
            false => Quotes::Doubled,
        }
    }

    /// The text with its fields quoted as csv-core's grammar has it.
    pub(super) fn in_grammar(self, text: &[u8], delimiter: u8) -> Vec<u8> {
        let mut plain = Vec::with_capacity(text.len() + text.len() / 16);
        let mut at = 0;
        while at < text.len() {
            // At the beginning of a field.
            let spaces = spaces(&text[at..], delimiter);
            if self.begins(&text[at + spaces..]) {
                let start = at + spaces + 1;
                let (end, _) = self.end(text, start);
                plain.push(b'"');
                self.inner(&text[start..end], &mut plain);
                at = end;
                if at < text.len() {
                    plain.push(b'"');
                    at += 1;
                }
            }
            let rest = &text[at..];
            let next = rest
                .iter()
                .position(|&byte| byte == b'\n' || is_delimiter(byte, delimiter));
            let length = next.map_or(rest.len(), |next| next + 1);
            let field = &rest[..length];
            match self {
                // A quotation mark where fields are quoted otherwise is a sign like others.
                Quotes::Single | Quotes::None if field.trim_ascii_start().starts_with(b"\"") => {
                    let (value, end) = match next {
                        Some(next) => field.split_at(next),
                        None => (field, &b""[..]),
                    };
                    let (value, end) = match value.strip_suffix(b"\r") {
                        Some(value) => (value, [&b"\r"[..], end].concat()),
                        None => (value, end.to_vec()),
                    };
                    plain.push(b'"');
                    self.inner(value, &mut plain);
                    plain.push(b'"');
                    plain.extend_from_slice(&end);
                }
                _ => plain.extend_from_slice(field),
            }
            at += length;
        }
        plain
    }

    /// What stands within the quotation marks of a field, with those in it doubled.
    fn inner(self, field: &[u8], plain: &mut Vec<u8>) {
        let mut bytes = field.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            match (self, byte, bytes.peek()) {
                (Quotes::Backslash, b'\\', Some(&(b'"' | b'\\'))) => {
                    let escaped = bytes.next().unwrap_or(byte);
                    plain.push(escaped);
                    if escaped == b'"' {
                        plain.push(escaped);
                    }
                }
                (Quotes::Backslash, b'"', Some(b'"')) => {
                    bytes.next();
                    plain.extend_from_slice(b"\"\"");
                }
                (Quotes::Single, b'\'', Some(b'\'')) => {
                    bytes.next();
                    plain.push(byte);
                }
                (_, b'"', _) => plain.extend_from_slice(b"\"\""),
                _ => plain.push(byte),
            }
        }
    }

    /// Where the field ends whose first byte behind its quotation mark is at `start`: at the closing one, or with the text; and
    /// whether it is closed.
    fn end(self, text: &[u8], start: usize) -> (usize, bool) {
        let mut at = start;
        while let Some(&byte) = text.get(at) {
            if byte == b'\\' && self == Quotes::Backslash {
                at += 2;
            } else if self.mark() != Some(byte) {
                at += 1;
            } else if text.get(at + 1) == Some(&byte) {
                at += 2;
            } else {
                return (at, true);
            }
        }
        (text.len(), false)
    }
}

fn is_delimiter(byte: u8, delimiter: u8) -> bool {
    byte == delimiter || (delimiter == b' ' && byte == b'\t')
}

/// How many spaces `rest` begins with that delimit nothing.
fn spaces(rest: &[u8], delimiter: u8) -> usize {
    match delimiter {
        b' ' => 0,
        _ => rest.iter().take_while(|&&byte| byte == b' ').count(),
    }
}

/// How many quoted fields end where a field may end, and how many do not.
struct Ends {
    good: usize,
    bad: usize,
    /// How many of them hold a line end.
    joining: usize,
    /// Where the first begins that does not.
    first_bad: Option<usize>,
}

impl Ends {
    fn of(text: &[u8], delimiter: u8, quotes: Quotes, whole: bool) -> Self {
        let mut ends = Ends {
            good: 0,
            bad: 0,
            joining: 0,
            first_bad: None,
        };
        let mut at = 0;
        while at < text.len() {
            let start = at + spaces(&text[at..], delimiter);
            if quotes.begins(&text[start..]) {
                let (end, closed) = quotes.end(text, start + 1);
                let field = text.get(start + 1..end).unwrap_or_default();
                ends.joining += usize::from(memchr::memchr(b'\n', field).is_some());
                at = (end + 1).min(text.len());
                let rest = &text[at..];
                let rest = &rest[spaces(rest, delimiter)..];
                let ended = match rest.first() {
                    None => closed || !whole,
                    Some(&byte) => byte == b'\n' || byte == b'\r' || is_delimiter(byte, delimiter),
                };
                match ended {
                    true => ends.good += 1,
                    false => {
                        ends.bad += 1;
                        ends.first_bad.get_or_insert(start);
                    }
                }
            }
            let next = text[at..]
                .iter()
                .position(|&byte| byte == b'\n' || is_delimiter(byte, delimiter));
            at = next.map_or(text.len(), |next| at + next + 1);
        }
        ends
    }
}

/// Whether quotation marks are signs like others, as in a list of the words and signs of texts: fields have one alone, or in a
/// text with tabs begin with one that none closes. Taken for the beginning of a quoted field it would join lines, although each
/// of these has the fields of a row.
fn are_signs(text: &[u8], delimiter: u8, whole: bool) -> bool {
    if delimiter == b' ' || memchr::memchr(b'"', text).is_none() {
        return false;
    }
    let usual = Ends::of(text, delimiter, Quotes::Doubled, whole);
    if usual.joining == 0 {
        return false;
    }
    // The last line may be cut.
    let end = match whole {
        true => text.len(),
        false => memchr::memrchr(b'\n', text).unwrap_or(text.len()),
    };
    let lines = || {
        let lines = text[..end].split(|&byte| byte == b'\n');
        lines.filter(|line| !line.trim_ascii().is_empty())
    };
    let fields = |line: &[u8]| 1 + memchr::memchr_iter(delimiter, line).count();
    let mut counts: Vec<usize> = lines().map(fields).collect();
    counts.sort_unstable();
    let columns = counts.get(counts.len() / 2).copied().unwrap_or_default();
    let (mut lone, mut open, mut closed) = (0, 0, 0);
    for line in lines().filter(|line| memchr::memchr(b'"', line).is_some()) {
        if fields(line) != columns {
            return false;
        }
        for field in line.split(|&byte| byte == delimiter) {
            match field.trim_ascii() {
                b"\"" => lone += 1,
                [b'"', .., b'"'] => closed += 1,
                [b'"', ..] | [.., b'"'] => open += 1,
                _ => {}
            }
        }
    }
    columns > 1 && lone + open > closed && (lone > 0 || delimiter == b'\t')
}

/// Where the first quoted field begins behind whose closing quotation mark there is more: where quoting went wrong.
pub(super) fn first_badly_closed(text: &[u8], delimiter: u8) -> Option<usize> {
    Ends::of(text, delimiter, Quotes::Doubled, false).first_bad
}

/// The text without the quotation marks around whole lines, as a spreadsheet writes rows that were single cells to it:
/// `"2024-01-31,5"`. `None` if lines are not written so.
pub(super) fn without_quotes_around_lines(text: &[u8]) -> Option<Vec<u8>> {
    const LOOKED_AT: usize = 50;
    const FEWEST: usize = 3;
    const DELIMITERS: [u8; 4] = *b",;\t|";
    let lines = || text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let has_delimiter = |line: &[u8]| line.iter().any(|byte| DELIMITERS.contains(byte));
    let head = lines().filter(|line| has_delimiter(line)).take(LOOKED_AT);
    // Every line that could be more than one cell.
    let inner: Vec<Vec<u8>> = head.map(within_quotes).collect::<Option<_>>()?;
    let is_table = |delimiter: u8| {
        let fields = |line: &Vec<u8>| memchr::memchr_iter(delimiter, line).count();
        let first = inner.first().map_or(0, fields);
        let numbers = inner.iter().skip(1).filter(|line| {
            let mut fields = line.split(|&byte| byte == delimiter);
            fields.any(|field| number::parse(field, NumberFormat::default()).is_some())
        });
        first > 0
            && inner.iter().all(|line| fields(line) == first)
            && 2 * numbers.count() >= inner.len() - 1
    };
    if inner.len() < FEWEST || !DELIMITERS.into_iter().any(is_table) {
        return None;
    }
    let mut all = Vec::with_capacity(text.len());
    for (at, line) in lines().enumerate() {
        if at > 0 {
            all.push(b'\n');
        }
        match within_quotes(line) {
            Some(inner) => all.extend_from_slice(&inner),
            None => all.extend_from_slice(line),
        }
    }
    Some(all)
}

/// What is within the quotation marks around a line, if these are no others than doubled ones.
fn within_quotes(line: &[u8]) -> Option<Vec<u8>> {
    let inner = line.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let mut bare = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    while let Some(&byte) = bytes.next() {
        if byte == b'"' && bytes.next() != Some(&b'"') {
            return None;
        }
        bare.push(byte);
    }
    Some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, delimiter: u8) -> Quotes {
        Quotes::of(text.as_bytes(), delimiter, true)
    }

    #[test]
    fn the_way_of_quoting_is_found() {
        for (text, delimiter, expected) in [
            ("a,b\n\"x \\\"y\\\", z\",1\n", b',', Quotes::Backslash),
            (
                "\"a\"\t\"b\"\n\"5\\\" pipe\"\t1\n",
                b'\t',
                Quotes::Backslash,
            ),
            ("\"ends with \\\\\",\"5\\\" x\"\n", b',', Quotes::Backslash),
            // A path is no escape.
            ("a,b\n\"C:\\dir\\\",1\n\"D:\\\",2\n", b',', Quotes::Doubled),
            ("a,b\n\"so \"\"quoted\"\"\",1\n", b',', Quotes::Doubled),
            ("a,b\n5\\\",1\n", b',', Quotes::Doubled),
            ("'a','b'\n'x, y','1'\n", b',', Quotes::Single),
            ("a;b\n'x';1\n'y';2\n", b';', Quotes::Single),
            ("a,b\n'tis,1\n'twas,2\n", b',', Quotes::Doubled),
            ("a,b\n1'234,5\n2'345,6\n", b',', Quotes::Doubled),
            ("a,b\n'00123,5\n'00124,6\n", b',', Quotes::Doubled),
            // A sign of the text, and two of them around two lines.
            (
                "n\tw\tp\n1\tsaid\tV\n1\t\"\t``\n1\tno\tU\n1\t\"\t''\n",
                b'\t',
                Quotes::None,
            ),
            ("n,w\n1,\"\n1,no\n1,\"\n", b',', Quotes::None),
            ("n\tt\n1\t\"so he\n2\tsaid\" it\n", b'\t', Quotes::None),
            ("n,w\n1,\",\"\n1,no\n1,\"\"\"\"\n", b',', Quotes::Doubled),
            ("n,t\n1,\"one\ntwo\"\n2,x\n", b',', Quotes::Doubled),
            ("n,t\n1,\"one\ntwo, three\"\n2,x\n", b',', Quotes::Doubled),
            ("n\tt\n1\t\"x\"\n2\t\"y\n3\t\"z\"\n", b'\t', Quotes::Doubled),
        ] {
            assert_eq!(found(text, delimiter), expected, "{text}");
        }
    }

    #[test]
    fn texts_are_written_anew_line_by_line() {
        let anew = |text: &str, quotes: Quotes| {
            String::from_utf8(quotes.in_grammar(text.as_bytes(), b',')).unwrap()
        };
        assert_eq!(
            anew("\"a \\\"b\\\", c\",\\N\n\"d\\\\\",5\n", Quotes::Backslash),
            "\"a \"\"b\"\", c\",\\N\n\"d\\\",5\n"
        );
        assert_eq!(
            anew("'a, \"b\"','it''s'\n\"x\",5\r\n\ny", Quotes::Single),
            "\"a, \"\"b\"\"\",\"it's\"\n\"\"\"x\"\"\",5\r\n\ny"
        );
        assert_eq!(anew("'open\nx", Quotes::Single), "\"open\nx");
        assert_eq!(
            anew("\",5\"\r\n\"a,b", Quotes::None),
            "\"\"\"\",5\"\r\n\"\"\"a\",b"
        );
        assert_eq!(anew("", Quotes::Backslash), "");
    }

    #[test]
    fn the_field_where_quoting_went_wrong_is_found() {
        let text = b"a,b\n1,\"x\"\n2,\"y\n3,\"z\"\n";
        assert_eq!(first_badly_closed(text, b','), Some(12));
        assert_eq!(first_badly_closed(b"a,b\n1,\"x\"\n", b','), None);
    }
}
