//! What stands between fields, and how comments begin.

use super::quotes::Quotes;
use super::sample::{Row, SAMPLE, Sample, is_any_number, is_empty, padding, usual_len};
use super::{Comment, CsvOptions, footer};
use crate::data::number::{self, NumberFormat};

/// How comments begin and what delimits fields, as far as the options leave it open.
pub(super) fn comment_and_delimiter(
    head: &[u8],
    options: &CsvOptions,
    said: Option<u8>,
) -> (Comment, u8) {
    let asked = options.delimiter.or(said);
    let quotes = options.quotes;
    let delimiter = |comment| asked.unwrap_or_else(|| delimiter(head, comment, quotes));
    if let Some(comment) = options.comment {
        return (comment, delimiter(comment));
    }
    let lines = || {
        head.split(|&byte| byte == b'\n')
            .map(<[u8]>::trim_ascii)
            .filter(|line| !line.is_empty())
    };
    for comment in Comment::USUAL {
        let is_comment = |line: &[u8]| comment.text_of(line).is_some();
        // Where every line begins so, it belongs to the values.
        if !lines().any(is_comment) || lines().all(is_comment) {
            continue;
        }
        let found = delimiter(comment);
        let sample = Sample::of(head, found, comment, quotes);
        if sample.comments.is_empty() {
            continue;
        }
        let columns = usual_len(sample.rows.iter()).unwrap_or(1);
        // Above a table it is a comment. Below, a line with a field for every column is a row, and a text among texts
        // that are no table may be anything.
        let below = sample.rows.first().map_or(0, |row| row.line);
        let fits = |&(line, text): &(u64, &[u8])| {
            line > below
                && columns > 1
                && Sample::of(text, found, Comment::None, quotes)
                    .rows
                    .first()
                    .is_some_and(|row| row.fits(columns))
        };
        let texts_alone = columns == 1
            && sample
                .rows
                .iter()
                .all(|row| number::parse(&row.joined, NumberFormat::default()).is_none());
        let at_top = lines().next().is_some_and(is_comment);
        if at_top || !(texts_alone || sample.comments.iter().any(fits)) {
            return (comment, found);
        }
    }
    (Comment::None, delimiter(Comment::None))
}

/// The delimiter that the first line names, as spreadsheets understand it, and that line: `sep=;`.
pub(super) fn delimiter_said(head: &[u8]) -> Option<(u8, u64)> {
    let mut lines = head.split(|&byte| byte == b'\n');
    let line = lines.position(|line| !is_empty(line))?;
    let text = head.split(|&byte| byte == b'\n').nth(line)?;
    // A tab is a delimiter and may stand at the end.
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    let text = text.strip_prefix(b"\"").unwrap_or(text);
    let text = text.strip_suffix(b"\"").unwrap_or(text);
    match text {
        [name @ .., delimiter]
            if name.eq_ignore_ascii_case(b"sep=")
                && delimiter.is_ascii()
                && !delimiter.is_ascii_alphanumeric() =>
        {
            Some((*delimiter, line as u64 + 1))
        }
        _ => None,
    }
}

/// How well a delimiter separates the first lines.
struct Fit {
    delimiter: u8,
    /// Fields in most records.
    columns: usize,
    /// Records above the first one of that many fields.
    above: usize,
    /// Records below the last one of that many fields, where these may be footers.
    below: usize,
    /// Records with that many, or with empty fields beyond.
    fitting: usize,
    /// All records but those above and below.
    records: usize,
    /// Columns whose cells are mostly numbers or missing.
    numeric: usize,
    /// The same, or dates and times of day.
    timed: usize,
}

impl Fit {
    fn of(head: &[u8], delimiter: u8, comment: Comment, quotes: Option<Quotes>) -> Self {
        let sample = Sample::of(head, delimiter, comment, quotes);
        let columns = usual_len(sample.rows.iter()).unwrap_or(0);
        let all: Vec<&Row> = sample.rows.iter().collect();
        let columns = columns
            - if columns > 0 {
                padding(&all, columns)
            } else {
                0
            };
        let above = match delimiter {
            b' ' => above_aligned(&all, columns),
            _ => all.iter().take_while(|row| !row.fits(columns)).count(),
        };
        // R's names have one field less than the rows.
        let is_short = |row: &&&Row| row.len() + 1 == columns && !row.fields().any(is_any_number);
        let short = above
            .checked_sub(1)
            .and_then(|last| all.get(last))
            .filter(is_short);
        let above = above - usize::from(short.is_some() && columns > 2);
        let rows = &all[above..];
        let uneven = rows.iter().rev().take_while(|row| !row.fits(columns));
        let below = uneven.count();
        let below = match sample.complete && below <= footer::MOST {
            true => below,
            false => 0,
        };
        let rows = &rows[..rows.len() - below];
        let is_number = |cell: &[u8]| number::is_missing(cell) || is_any_number(cell);
        let below_names = rows.get(1..).unwrap_or_default();
        let most = |is: &dyn Fn(&[u8]) -> bool| {
            let columns = (0..columns).filter(|&column| {
                let cells = below_names.iter().filter_map(|row| row.get(column));
                2 * cells.filter(|cell| is(cell)).count() > below_names.len()
            });
            columns.count()
        };
        let numeric = most(&is_number);
        Self {
            delimiter,
            columns,
            above,
            below,
            fitting: usize::from(columns > 2 && short.is_some())
                + rows.iter().filter(|row| row.fits(columns)).count(),
            records: rows.len(),
            numeric,
            timed: most(&|cell| is_number(cell) || is_time(cell)),
        }
    }

    fn is_even(&self) -> bool {
        self.columns > 1 && self.fitting == self.records
    }
}

/// How many records stand above a table whose columns are aligned by blanks: all up to the last one among the first that does
/// not fit, be it that names stand above it and units in some of the columns only. None of a table is among them, as below them
/// there are many rows and all fit.
fn above_aligned(rows: &[&Row], columns: usize) -> usize {
    /// How many records are looked at, and how many times as many must follow.
    const MOST: usize = 60;
    const TIMES: usize = 3;
    let first = rows.iter().take_while(|row| !row.fits(columns)).count();
    let last = rows.iter().take(MOST).rposition(|row| !row.fits(columns));
    let Some(end) = last.map(|last| last + 1).filter(|&end| end > first) else {
        return first;
    };
    // What has as many fields and numbers is a row.
    let is_row = |row: &&Row| row.fits(columns) && row.fields().any(is_any_number);
    let texts = !rows[first..end].iter().any(is_row);
    match texts && rows.len() - end > TIMES * end {
        true => end,
        false => first,
    }
}

/// Whether it is written with digits and the signs between those of a date or a time of day.
fn is_time(cell: &[u8]) -> bool {
    let digits = cell.iter().filter(|byte| byte.is_ascii_digit()).count();
    let signs = |byte: &u8| matches!(byte, b'-' | b':' | b'/' | b'.');
    digits >= 3
        && cell.first().is_some_and(u8::is_ascii_digit)
        && cell.iter().all(|byte| byte.is_ascii_digit() || signs(byte))
}

/// The delimiter by which the first lines have the same number of fields, more than one.
///
/// A comma that also does so is taken for a decimal comma if another one does; of the others, the one that gives more
/// columns wins. Lines below the table and above it may differ if no delimiter makes all lines equal. Spaces delimit only
/// if nothing else does and there are numbers, for texts have spaces of their own; where lines differ, numbers alone. Where
/// none gives equal lines, the one that gives most of them wins, so that the ragged lines are named.
fn delimiter(head: &[u8], comment: Comment, quotes: Option<Quotes>) -> u8 {
    const OTHERS: [u8; 3] = *b";\t|";
    let fit = |delimiter| Fit::of(head, delimiter, comment, quotes);
    let others: Vec<Fit> = OTHERS.into_iter().map(fit).collect();
    let comma = fit(b',');
    let one_column = one_column_of_numbers(head, comment);
    let spaces = fit(b' ');
    let by_spaces = spaces.is_even() && spaces.numeric > 0 && one_column.is_none();
    const ANY: usize = usize::MAX;
    for (above, below) in [(0, 0), (0, ANY), (ANY, 0), (ANY, ANY)] {
        let regular = |fit: &Fit| fit.above <= above && fit.below <= below;
        let even = |fit: &&Fit| fit.is_even() && regular(fit);
        // Columns first, then the order above.
        if let Some(fit) = others
            .iter()
            .filter(even)
            .rev()
            .max_by_key(|fit| fit.columns)
        {
            return fit.delimiter;
        }
        if let Some(delimiter) = one_column {
            return delimiter;
        }
        // “1,5 2,5”: the spaces leave numbers, the commas do not.
        let better_by_spaces = by_spaces
            && regular(&spaces)
            && spaces.numeric == spaces.columns
            && comma.numeric < comma.columns;
        if even(&&comma) && !better_by_spaces {
            return b',';
        }
        let aligned = spaces.numeric > 1 && spaces.timed == spaces.columns;
        let plainly = (above, below) == (0, 0) || spaces.numeric == spaces.columns || aligned;
        if by_spaces && regular(&spaces) && plainly {
            return b' ';
        }
    }
    // What nobody writes between words, and few between numbers.
    const RARE: [u8; 3] = *b"^~\x01";
    let plain = |fit: &Fit| fit.is_even() && fit.numeric > 0;
    if let Some(rare) = RARE.into_iter().map(fit).find(plain) {
        return rare.delimiter;
    }
    let most = others
        .iter()
        .chain([&comma])
        .filter(|fit| fit.columns > 1)
        .max_by(|a, b| {
            // fitting/records as a comparison of whole numbers.
            (a.fitting * b.records).cmp(&(b.fitting * a.records))
        });
    most.map_or(b',', |fit| fit.delimiter)
}

/// Where the lines are a name and below it numbers, some with a decimal comma or a space between thousands: a delimiter
/// that leaves them whole.
fn one_column_of_numbers(head: &[u8], comment: Comment) -> Option<u8> {
    let mut lines = head
        .split(|&byte| byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty() && comment.text_of(line).is_none())
        .take(SAMPLE)
        .peekable();
    let first = lines.peek()?;
    let named = !is_any_number(first);
    if named {
        // A name with a comma would be two.
        if first.contains(&b',') {
            return None;
        }
        lines.next();
    }
    let (mut commas, mut spaces, mut all) = (false, false, true);
    // Lines at the end that may be footers.
    let mut below = 0;
    for line in lines {
        if !is_any_number(line) && !number::is_missing(line) {
            below += 1;
            continue;
        }
        commas |= line.contains(&b',');
        spaces |= line.contains(&b' ');
        all &= below == 0;
    }
    all &= below <= footer::MOST;
    // Without a name “1,5” is two numbers as well as one.
    (all && (commas || spaces) && (named || !commas)).then_some(b';')
}
