//! The first records of a file, by which it is found out what it is like.

use std::borrow::Cow;

use super::decode::without_spaces;
use super::quotes::Quotes;
use super::records::{Item, Records};
use super::{Comment, CsvError, MAX_RECORD_BYTES};
use crate::data::number::{self, NumberFormat};

/// How many records are looked at to find out what a file is like.
pub(super) const SAMPLE: usize = 500;

/// How many bytes. A quotation mark opened by mistake may not swallow the file.
const LOOKED_AT: usize = 1 << 18;

/// Where lines are so long that fewer than [`LINES`] are within that: how many bytes then, at most.
const LOOKED_AT_FOR_LINES: usize = MAX_RECORD_BYTES + LOOKED_AT;
const LINES: usize = 3;

/// The lines by which it is found out what a file is like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head<'a> {
    /// Whole lines, if any ends within what is looked at.
    pub text: &'a [u8],
    /// Where it begins.
    start: usize,
    /// How many lines stand above: all but the last ones of a long run of comments and blank lines.
    pub above: u64,
    /// How those comments begin.
    pub comment: Option<Comment>,
    /// Whether the text ends with it.
    pub whole: bool,
}

impl<'a> Head<'a> {
    /// The first lines of `text`, in which comments begin with `comment` if that is known.
    pub fn of(text: &'a [u8], comment: Option<Comment>) -> Self {
        let Above {
            skipped, comment, ..
        } = Above::of(text, comment);
        let above = memchr::memchr_iter(b'\n', &text[..skipped]).count() as u64;
        let rest = &text[skipped..];
        let comment = comment.filter(|_| skipped > 0);
        let short = Head {
            text: rest,
            start: skipped,
            above,
            comment,
            whole: true,
        };
        let Some(head) = rest.get(..LOOKED_AT) else {
            return short;
        };
        let lines = memchr::memchr_iter(b'\n', head).take(LINES).count();
        let end = if lines == LINES {
            memchr::memrchr(b'\n', head)
        } else {
            let more = &rest[..rest.len().min(LOOKED_AT_FOR_LINES)];
            let ends: Vec<usize> = memchr::memchr_iter(b'\n', more).take(LINES).collect();
            if ends.len() < LINES && more.len() == rest.len() {
                return short;
            }
            ends.last().copied().or(Some(more.len() - 1))
        };
        let text = &rest[..end.map_or(head.len(), |end| end + 1)];
        Head {
            text,
            whole: text.len() == rest.len(),
            ..short
        }
    }

    /// As much of `text` as it takes to have a record: this ends within one whose fields hold line ends.
    pub fn longer(self, text: &'a [u8]) -> Self {
        let rest = &text[self.start..];
        let head = &rest[..rest.len().min(LOOKED_AT_FOR_LINES)];
        Head {
            text: head,
            whole: head.len() == rest.len(),
            ..self
        }
    }

    /// Whether a file that begins with `bytes` has enough of it there to tell what it is like.
    pub fn is_in(bytes: &[u8], comment: Option<Comment>) -> bool {
        let above = Above::of(bytes, comment);
        let enough = || bytes.len() - above.skipped >= LOOKED_AT_FOR_LINES;
        !above.alone && (enough() || !Head::of(bytes, comment).whole)
    }
}

/// The comments and blank lines at the beginning of a text. A table may stand below any number of them, of which only the last
/// may name its columns.
struct Above {
    /// How many bytes need not be looked at, whole lines.
    skipped: usize,
    /// How the comments begin.
    comment: Option<Comment>,
    /// Whether nothing follows.
    alone: bool,
}

impl Above {
    fn of(text: &[u8], mut comment: Option<Comment>) -> Self {
        const KEPT: usize = LOOKED_AT / 4;
        let (mut at, mut skipped) = (0, 0);
        while at < text.len() {
            let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end + 1);
            let line = &text[at..end];
            let blank = |byte: &u8| matches!(byte, b' ' | b'\r' | b'\n');
            if !line.iter().all(blank) {
                let begins = |sign: &Comment| sign.text_of(line).is_some();
                let found = match comment {
                    Some(sign) => Some(sign).filter(begins),
                    None => Comment::USUAL.into_iter().find(begins),
                };
                if found.is_none() {
                    break;
                }
                comment = found;
            }
            at = end;
            if at - skipped > 2 * KEPT {
                let from = at - KEPT;
                let next = memchr::memchr(b'\n', &text[from..at]);
                skipped = next.map_or(skipped, |end| from + end + 1);
            }
        }
        let alone = at == text.len();
        // Where every line begins so, it belongs to the values.
        Self {
            skipped: if alone { 0 } else { skipped },
            comment,
            alone,
        }
    }
}

/// The delimiter for csv-core.
pub(super) fn grammar(delimiter: u8) -> u8 {
    if delimiter == b' ' { b'\t' } else { delimiter }
}

/// How the fields of a text are quoted, by its first lines unless it was said.
pub(super) fn quotes(text: &[u8], delimiter: u8, asked: Option<Quotes>) -> Quotes {
    asked.unwrap_or_else(|| {
        let head = Head::of(text, None);
        Quotes::of(head.text, delimiter, head.whole)
    })
}

/// The text as csv-core can split it at `delimiter`, its fields quoted with `quotes`.
pub(super) fn readable(text: Cow<'_, [u8]>, delimiter: u8, quotes: Quotes) -> Cow<'_, [u8]> {
    let text = match quotes {
        Quotes::Doubled => text,
        other => Cow::Owned(other.in_grammar(&text, delimiter)),
    };
    if delimiter == b' ' {
        return Cow::Owned(without_spaces(&without_bars(text), b'\t', true));
    }
    // Only the head is looked at: whoever writes a space before a quotation mark does so from the beginning.
    let head = Head::of(&text, None).text;
    let spaced = memchr::memchr_iter(delimiter, head).any(|at| {
        let after = &head[at + 1..];
        let spaces = after.iter().take_while(|&&byte| byte == b' ').count();
        spaces > 0 && after.get(spaces) == Some(&b'"')
    });
    if spaced {
        Cow::Owned(without_spaces(&text, delimiter, false))
    } else {
        text
    }
}

/// The text without a vertical bar at the end of lines, where the first line ends so: it frames what stands above a table whose
/// columns are aligned by blanks.
fn without_bars(text: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let framed = |line: &[u8]| {
        let line = line.trim_ascii_end();
        matches!(line, [.., b' ' | b'\t', b'|']).then(|| line.len() - 1)
    };
    let first = memchr::memchr(b'\n', &text).unwrap_or(text.len());
    if framed(&text[..first]).is_none() {
        return text;
    }
    let mut text = text.into_owned();
    let mut start = 0;
    while start < text.len() {
        let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |end| start + end);
        if let Some(bar) = framed(&text[start..end]) {
            text[start + bar] = b' ';
        }
        start = end + 1;
    }
    Cow::Owned(text)
}

/// A record of the sample.
pub(super) struct Row {
    pub line: u64,
    /// Whether it follows a line without any value.
    pub after_blank: bool,
    /// Bytes in the text.
    pub bytes: usize,
    /// Whether its first field is quoted.
    pub quoted: bool,
    pub joined: Vec<u8>,
    ends: Vec<usize>,
}

impl Row {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn get(&self, column: usize) -> Option<&[u8]> {
        let end = *self.ends.get(column)?;
        let start = column.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.joined.get(start..end)
    }

    pub fn fields(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).filter_map(|column| self.get(column))
    }

    /// The same with an empty field before all others.
    pub fn below_a_corner(&self) -> Self {
        Self {
            line: self.line,
            after_blank: self.after_blank,
            bytes: self.bytes,
            quoted: self.quoted,
            joined: self.joined.clone(),
            ends: std::iter::once(0)
                .chain(self.ends.iter().copied())
                .collect(),
        }
    }

    /// The same without so many empty fields at the left, as [`Records::without_margin`] has it.
    pub fn without_margin(&self, margin: usize) -> Self {
        let filled = |column: usize| self.get(column).is_some_and(|cell| !is_empty(cell));
        let shown = match (0..margin).find(|&column| filled(column)) {
            Some(lone) => lone..lone + 1,
            None => margin.min(self.len())..self.len(),
        };
        let ends = self.ends.get(shown.clone()).unwrap_or_default();
        let start = match shown.start.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or_default(),
            None => 0,
        };
        let end = ends.last().copied().unwrap_or(start);
        Self {
            line: self.line,
            after_blank: self.after_blank,
            bytes: self.bytes,
            quoted: self.quoted && shown.start == 0,
            joined: self.joined.get(start..end).unwrap_or_default().to_vec(),
            ends: ends.iter().map(|end| end - start).collect(),
        }
    }

    /// Whether it has the same fields.
    pub fn equals(&self, other: &Row) -> bool {
        self.joined == other.joined && self.ends == other.ends
    }

    /// Whether it has a field for every column, and beyond them none with a value.
    pub fn fits(&self, columns: usize) -> bool {
        self.len() >= columns && self.fields().skip(columns).all(is_empty)
    }
}

pub(super) fn is_empty(cell: &[u8]) -> bool {
    cell.trim_ascii().is_empty()
}

/// Whether it is a number in any notation.
pub(super) fn is_any_number(cell: &[u8]) -> bool {
    let mut formats = NumberFormat::ALL.into_iter();
    formats.any(|format| number::parse(cell, format).is_some())
}

/// The first records that are not blank, and the comments between them.
pub(super) struct Sample<'a> {
    pub rows: Vec<Row>,
    pub comments: Vec<(u64, &'a [u8])>,
    /// Whether the last record ends with the bytes looked at: the file may go on within it.
    pub open: bool,
    /// Whether it has all records of those bytes.
    pub complete: bool,
    /// Why there are no more records: in the whole file too, or as a field goes on beyond what is looked at.
    pub fault: Option<CsvError>,
}

impl<'a> Sample<'a> {
    pub fn of(head: &'a [u8], delimiter: u8, comment: Comment, asked: Option<Quotes>) -> Self {
        let quotes = quotes(head, delimiter, asked);
        let text = readable(Cow::Borrowed(head), delimiter, quotes);
        let mut records = Records::new(&text, grammar(delimiter), comment);
        let mut sample = Sample {
            rows: Vec::new(),
            comments: Vec::new(),
            open: false,
            complete: false,
            fault: None,
        };
        let mut after_blank = false;
        // As the comments stand in the file: their lines are the same, their spaces may not be.
        let mut lines = head.split(|&byte| byte == b'\n');
        let mut passed = 0;
        const COMMENTS: usize = SAMPLE / 10;
        while sample.rows.len() < SAMPLE {
            match records.next() {
                Ok(Some(Item::Record(position))) if !records.is_blank() => {
                    let mut row = Row {
                        line: position.line,
                        after_blank: std::mem::take(&mut after_blank),
                        bytes: position.end - position.start,
                        quoted: text.get(position.start) == Some(&b'"'),
                        joined: Vec::new(),
                        ends: Vec::new(),
                    };
                    for field in records.fields() {
                        row.joined.extend_from_slice(field);
                        row.ends.push(row.joined.len());
                    }
                    sample.open = position.end == text.len();
                    sample.rows.push(row);
                }
                Ok(Some(Item::Comment(line, ..))) => {
                    let between = usize::try_from(line - 1 - passed).unwrap_or(usize::MAX);
                    passed = line;
                    // Of those above the table the last ones may name its columns.
                    if sample.rows.is_empty() && sample.comments.len() == COMMENTS {
                        sample.comments.remove(0);
                    }
                    if let Some(text) = lines.nth(between)
                        && sample.comments.len() < COMMENTS
                    {
                        sample.comments.push((line, text));
                    }
                }
                Ok(Some(_)) => after_blank = true,
                Ok(None) => {
                    sample.complete = true;
                    break;
                }
                Err(error) => {
                    sample.fault = Some(error);
                    break;
                }
            }
        }
        sample
    }
}

/// The number of fields most records have; of equally frequent ones the first.
pub(super) fn usual_len<'a>(
    rows: impl DoubleEndedIterator<Item = &'a Row> + Clone,
) -> Option<usize> {
    let mut lens: Vec<usize> = rows.clone().map(Row::len).collect();
    lens.sort_unstable();
    let frequency = |len: usize| {
        lens.partition_point(|&other| other <= len) - lens.partition_point(|&other| other < len)
    };
    // max_by_key keeps the last of equals, so the records are gone through backwards.
    rows.rev().map(Row::len).max_by_key(|&len| frequency(len))
}

/// How many fields at the beginning of the records have neither name nor value, where spreadsheets leave a margin free: what stands
/// there alone is a title or a note.
pub(super) fn margin(rows: &[&Row]) -> usize {
    /// Fewer records tell nothing.
    const ROWS: usize = 4;
    let wide = rows.iter().filter_map(|row| {
        let mut filled =
            (0..row.len()).filter(|&at| row.get(at).is_some_and(|cell| !is_empty(cell)));
        let first = filled.next()?;
        filled.next().map(|_| first)
    });
    let (count, least) = wide.fold((0, usize::MAX), |(count, least), first| {
        (count + 1, least.min(first))
    });
    match count >= ROWS {
        true => least,
        false => 0,
    }
}

/// How many fields at the end of the usual records have neither name nor value.
pub(super) fn padding(rows: &[&Row], usual: usize) -> usize {
    let used = rows
        .iter()
        .filter(|row| row.len() == usual)
        .filter_map(|row| (0..usual).rfind(|&column| !row.get(column).is_none_or(is_empty)))
        .max();
    usual - used.map_or(1, |last| last + 1)
}
