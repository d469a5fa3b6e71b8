//! Every row of a text goes into the stores of its columns; every line that is none is told.
//!
//! What a line is that could be a footer, or has no values, is decided by what follows: until then it waits.

use super::cells::Rules;
use super::footer::{self, Around};
use super::found::{SkippedLines, Why};
use super::layout::Layout;
use super::options::{Comment, CsvOptions};
use super::quotes::first_badly_closed;
use super::records::{Item, Position, Records};
use super::sample::grammar;
use super::{CsvError, Progress, Store};
use crate::data::bad_place::{BadPlace, BadPlaces};
use crate::data::number::Evidence;
use crate::data::table::Lines;
use crate::words::counted;

/// What a pass over the file gave besides the cells.
pub(super) enum Filled {
    Table(Rows),
    /// A field that was taken for padding has a value: to be read again with one column more.
    Wider,
    /// A field that was taken for the margin has one.
    NoMargin,
}

/// The rows read and the lines that are none.
#[derive(Default)]
pub(super) struct Rows {
    pub rows: usize,
    pub lines: Lines,
    pub skipped: SkippedLines,
    pub padding: usize,
    /// Bytes of text that the rows have.
    pub bytes: usize,
    /// The line on which the last row ends.
    pub last_line: u64,
    /// Whether a row has fields with line ends.
    pub joined: bool,
    /// Where reading was stopped because there are rows enough.
    pub left_at: Option<usize>,
}

/// What comes after a text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Nothing: what stands below the last row are footers.
    OfFile,
    /// More of the file, perhaps.
    Open,
}

/// What is decided by what follows.
enum Waiting {
    /// Lines without values, one below the other: there may be millions.
    Empty(Empty),
    /// A line that may be below the table; there are never many.
    Footer(Box<Footer>),
}

/// Lines without values, one below the other: rows of missing values if a row follows.
struct Empty {
    line: u64,
    last_line: u64,
    rows: u64,
    /// Why they are not in the table if no row follows.
    why: Why,
}

/// A line that is not in the table if no row follows.
struct Footer {
    line: u64,
    /// The line on which it ends.
    last_line: u64,
    text: Vec<u8>,
    /// Whether it may be the names of another table, if rows follow.
    names: bool,
    otherwise: Otherwise,
}

/// What a footer is if a row follows.
enum Otherwise {
    Row(Vec<Vec<u8>>),
    Ragged(BadPlace),
}

/// The rows being read.
struct Reading<'a> {
    stores: &'a mut [Store],
    evidence: &'a mut Evidence,
    rules: &'a Rules,
    most_rows: usize,
    read: Rows,
    ragged: BadPlaces,
    waiting: Vec<Waiting>,
    /// How many rows `waiting` may become.
    rows_waiting: u64,
}

impl Reading<'_> {
    fn is_full(&self) -> bool {
        self.read.rows >= self.most_rows
    }

    /// Adds a row of so many `bytes` that goes from one line to another, mostly the same.
    fn row<'c>(
        &mut self,
        (line, last_line): (u64, u64),
        bytes: usize,
        cells: impl Iterator<Item = &'c [u8]>,
    ) {
        self.read.lines.push(self.read.rows, line);
        self.read.last_line = last_line;
        self.read.joined |= last_line > line;
        self.read.rows += 1;
        self.read.bytes += bytes;
        for (column, (store, cell)) in self.stores.iter_mut().zip(cells).enumerate() {
            store.push(cell, column, self.rules, self.evidence);
        }
    }

    /// A row follows: what waits was in the midst of the table.
    fn go_on(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        self.rows_waiting = 0;
        for waiting in std::mem::take(&mut self.waiting) {
            match waiting {
                Waiting::Empty(empty) => {
                    for row in 0..empty.rows {
                        if self.is_full() {
                            break;
                        }
                        let line = empty.line + row;
                        let last_line = match row + 1 == empty.rows {
                            true => empty.last_line,
                            false => line,
                        };
                        self.row((line, last_line), 0, std::iter::repeat(&b""[..]));
                    }
                }
                Waiting::Footer(footer) => {
                    let lines = (footer.line, footer.last_line);
                    match footer.otherwise {
                        Otherwise::Ragged(place) => self.ragged.add(|| place),
                        Otherwise::Row(_) if self.is_full() => {}
                        Otherwise::Row(cells) => {
                            self.row(lines, footer.text.len(), cells.iter().map(Vec::as_slice));
                        }
                    }
                }
            }
        }
    }

    /// Whether names of another table wait.
    fn names_wait(&self) -> bool {
        self.waiting
            .iter()
            .any(|waiting| matches!(waiting, Waiting::Footer(footer) if footer.names))
    }

    /// No row follows: what waits is below the table. `names` says what those of another table are.
    fn end(&mut self, names: Why) {
        self.rows_waiting = 0;
        for waiting in std::mem::take(&mut self.waiting) {
            let skipped = &mut self.read.skipped;
            match waiting {
                Waiting::Empty(empty) => {
                    (0..empty.rows).for_each(|row| skipped.add(empty.line + row, empty.why, b""));
                }
                Waiting::Footer(footer) => {
                    let why = if footer.names { names } else { Why::Footer };
                    skipped.add(footer.line, why, &footer.text);
                }
            }
        }
    }

    /// A line without values, which goes from one line to another, waits for what follows.
    fn wait(&mut self, (line, last_line): (u64, u64), why: Why) {
        self.rows_waiting += 1;
        if let Some(Waiting::Empty(run)) = self.waiting.last_mut()
            && run.why == why
            && run.last_line + 1 == line
            && run.last_line - run.line + 1 == run.rows
        {
            run.last_line = last_line;
            run.rows += 1;
            return;
        }
        self.waiting.push(Waiting::Empty(Empty {
            line,
            last_line,
            rows: 1,
            why,
        }));
    }

    fn footers(&self) -> usize {
        let is_footer = |waiting: &&Waiting| matches!(waiting, Waiting::Footer(_));
        self.waiting.iter().filter(is_footer).count()
    }
}

/// Reads every row of a text that may go on into `stores`, one per column.
pub(super) fn fill(
    limit: usize,
    text: &[u8],
    layout: &mut Layout,
    stores: &mut [Store],
    options: &CsvOptions,
    progress: Progress,
) -> Result<Filled, CsvError> {
    fill_up_to(End::Open, limit, text, layout, stores, options, progress)
}

/// Reads every row up to the end of the text into `stores`, one per column.
pub(super) fn fill_up_to(
    text_end: End,
    limit: usize,
    text: &[u8],
    layout: &mut Layout,
    stores: &mut [Store],
    options: &CsvOptions,
    progress: Progress,
) -> Result<Filled, CsvError> {
    let mut evidence = std::mem::take(&mut layout.evidence);
    let rules = Rules::new(layout.format, &layout.names, options);
    let mut reading = Reading {
        stores,
        evidence: &mut evidence,
        rules: &rules,
        most_rows: options.first_rows.unwrap_or(usize::MAX),
        read: Rows {
            padding: layout.padding + layout.margin,
            ..Rows::default()
        },
        ragged: BadPlaces::default(),
        waiting: Vec::new(),
        rows_waiting: 0,
    };
    let wrong = read(text_end, limit, text, layout, &mut reading, progress)?;
    reading.end(Why::Footer);
    let Reading { read, ragged, .. } = reading;
    layout.evidence = evidence;
    if let Some(wrong) = wrong {
        Ok(wrong)
    } else if !ragged.is_empty() {
        Err(CsvError::Ragged(ragged))
    } else if read.rows == 0 {
        Err(CsvError::NoRows {
            header_line: layout.header.unwrap_or(1),
        })
    } else {
        Ok(Filled::Table(read))
    }
}

/// Goes through the text; gives what was wrong if a field that was taken for no column has a value.
fn read(
    text_end: End,
    limit: usize,
    text: &[u8],
    layout: &Layout,
    reading: &mut Reading<'_>,
    progress: Progress,
) -> Result<Option<Filled>, CsvError> {
    const BYTES_BETWEEN_CALLS: usize = 1 << 18;
    let columns = reading.stores.len();
    let mut records: Records = layout.records(text);
    let mut called_at = 0;
    // Below a blank line or a footer; and below more footers than there can be.
    let (mut after_blank, mut too_far) = (false, false);
    // Whether rows have blank lines above them, as all have where lines end with CR CR LF: they tell nothing then.
    let mut spaced = false;
    // The line of names and those about the columns, as they stand in the file: where files were joined, they come again.
    let mut above: Vec<&[u8]> = Vec::new();
    let is_above = |position: &Position| {
        layout.header == Some(position.line) || layout.about.contains(&position.line)
    };
    let rows_begin = layout
        .about
        .last()
        .copied()
        .max(layout.header)
        .max(layout.units)
        .unwrap_or(0);
    // What stands above the first line asked for is not even split into fields.
    for (line, text) in
        (1..layout.starts.1).zip(text[..layout.starts.0].split(|&byte| byte == b'\n'))
    {
        let why = match text.trim_ascii().is_empty() {
            true => Why::Blank,
            false => Why::Title,
        };
        reading.read.skipped.add(line, why, text);
    }

    while let Some(item) = records.next()? {
        if records.at() - called_at >= BYTES_BETWEEN_CALLS {
            called_at = records.at();
            if progress(called_at as f32 / text.len() as f32).is_break() {
                return Err(CsvError::Cancelled);
            }
        }
        let position = match item {
            Item::Blank(line) => {
                after_blank = true;
                if columns == 1 && reading.read.rows > 0 {
                    reading.wait((line, line), Why::Blank);
                } else {
                    reading.read.skipped.add(line, Why::Blank, b"");
                }
                continue;
            }
            Item::Comment(line, start, end) => {
                if layout.header != Some(line) {
                    let skipped = &mut reading.read.skipped;
                    skipped.add(line, Why::Comment, &text[start..end]);
                }
                continue;
            }
            Item::Record(position) => position,
        };
        let record = &text[position.start..position.end];
        if records.is_past_margin() {
            return Ok(Some(Filled::NoMargin));
        }
        if !layout.sums.is_empty() && layout.sums.contains(&position.line) {
            reading.read.skipped.add(position.line, Why::Sums, record);
            continue;
        }
        if !layout.skip.is_empty() && layout.skip.contains(&position.line) {
            reading.read.skipped.add(position.line, Why::Asked, record);
            continue;
        }
        if layout.total == Some(position.line) {
            reading.read.skipped.add(position.line, Why::Footer, record);
            continue;
        }
        if position.line < layout.begins {
            let why = match layout.delimiter_line == Some(position.line) {
                true => Why::Delimiter,
                false if records.is_blank() => Why::Empty,
                false => Why::Title,
            };
            reading.read.skipped.add(position.line, why, record);
            continue;
        }
        if records.is_blank() {
            after_blank = true;
            if reading.read.rows > 0 {
                reading.wait((position.line, position.last_line), Why::Empty);
            } else {
                let skipped = &mut reading.read.skipped;
                skipped.add(position.line, Why::Empty, record);
            }
            continue;
        }
        let fields = records.len();
        let too_many = fields > columns
            && records
                .fields()
                .skip(columns)
                .any(|cell| !cell.trim_ascii().is_empty());
        let is_ragged = fields + layout.absent < columns || too_many;
        let at_top = reading.read.rows == 0;
        let place = || ragged_row(&position, fields, &layout.names, record, at_top);
        if position.line <= rows_begin && is_above(&position) {
            let is_header = layout.header == Some(position.line);
            if is_header && is_ragged && layout.misfit.is_none() {
                reading.ragged.add(place);
            }
            if !is_header {
                reading.read.skipped.add(position.line, Why::About, record);
            }
            // Among texts alone, a text that comes again is one.
            if layout.numeric.contains(&true) {
                above.push(record.trim_ascii_end());
            }
            after_blank = false;
            continue;
        }
        if layout.units == Some(position.line) {
            let skipped = &mut reading.read.skipped;
            skipped.add(position.line, Why::Units, record);
            above.push(record.trim_ascii_end());
            continue;
        }
        if above.iter().any(|line| is_again(line, record)) {
            // What stands above names that come again is the end of a page or of a file.
            reading.end(Why::Footer);
            too_far = false;
            reading.read.skipped.add(position.line, Why::Again, record);
            after_blank = false;
            continue;
        }
        if reading.is_full() {
            reading.read.left_at = Some(position.start);
            break;
        }
        let rows = reading.read.rows + reading.rows_waiting as usize + 1;
        if rows.saturating_mul(columns) > limit {
            return Err(CsvError::TooLarge {
                line: position.line,
                columns,
                limit,
            });
        }
        if too_many && fields <= columns + layout.padding {
            return Ok(Some(Filled::Wider));
        }
        let around = Around {
            after_blank: after_blank && (!spaced || reading.footers() > 0),
            cut: position.end == text.len() && !text.ends_with(b"\n"),
        };
        let first = records.fields().next().unwrap_or_default();
        let may_be_footer = text_end == End::OfFile
            && reading.read.rows > 0
            && !too_far
            && (is_ragged || around.after_blank || layout.shape.may_be_footer(first, around));
        if may_be_footer {
            let cells: Vec<&[u8]> = records.fields().collect();
            let names = around.after_blank
                && reading.read.rows > 1
                && layout.shape.begins_another(&cells, layout.format);
            if names || layout.shape.is_footer(&cells, layout.format, around) {
                let row = || cells.iter().map(|cell| cell.to_vec()).collect();
                reading.rows_waiting += 1;
                reading.waiting.push(Waiting::Footer(Box::new(Footer {
                    line: position.line,
                    last_line: position.last_line,
                    text: record.to_vec(),
                    names,
                    otherwise: match is_ragged {
                        true => Otherwise::Ragged(place()),
                        false => Otherwise::Row(row()),
                    },
                })));
                after_blank = true;
                too_far = reading.footers() > footer::MOST;
                if too_far {
                    reading.go_on();
                }
                continue;
            }
        }
        if reading.names_wait() {
            reading.end(Why::Another);
            reading
                .read
                .skipped
                .add(position.line, Why::Another, record);
            skip_rest(&mut records, text, reading)?;
            break;
        }
        reading.go_on();
        if reading.is_full() {
            reading.read.left_at = Some(position.start);
            break;
        }
        // A quotation mark too many joins lines to one row, whose fields may be as many as they should be.
        let joined = position.last_line > position.line
            && first_badly_closed(record, grammar(layout.delimiter)).is_some();
        if is_ragged || joined {
            reading.ragged.add(|| match is_ragged {
                true => place(),
                false => joined_row(&position),
            });
            continue;
        }
        spaced |= after_blank && (reading.read.rows > 0 || layout.header.is_some());
        (after_blank, too_far) = (false, false);
        let bytes = position.end - position.start;
        let lines = (position.line, position.last_line);
        match layout.absent {
            0 => reading.row(lines, bytes, records.fields()),
            _ => {
                let none = std::iter::repeat(&b""[..]);
                reading.row(lines, bytes, records.fields().chain(none));
            }
        }
    }
    Ok(None)
}

/// Passes over all that follows, as it belongs to another table.
fn skip_rest(
    records: &mut Records,
    text: &[u8],
    reading: &mut Reading<'_>,
) -> Result<(), CsvError> {
    let skipped = &mut reading.read.skipped;
    while let Some(item) = records.next()? {
        match item {
            Item::Blank(line) => skipped.add(line, Why::Blank, b""),
            Item::Comment(line, start, end) => skipped.add(line, Why::Comment, &text[start..end]),
            Item::Record(position) => {
                let record = &text[position.start..position.end];
                skipped.add(position.line, Why::Another, record);
            }
        }
    }
    Ok(())
}

/// Whether a record is a line of names once more.
fn is_again(line: &[u8], record: &[u8]) -> bool {
    // Nearly every record has another length, or another first byte.
    record.len() >= line.len() && record.first() == line.first() && record.trim_ascii_end() == line
}

fn joined_row(position: &Position) -> BadPlace {
    BadPlace {
        line: position.line,
        column: None,
        header: None,
        found: format!(
            "a quoted field that joins lines {} to {} and goes on behind its closing quotation mark",
            position.line, position.last_line
        ),
        expected: "a delimiter behind it".to_owned(),
        hint: "Close, double or delete the quotation mark that is wrong.".to_owned(),
    }
}

/// `at_top` says that no row is above it: then the table may begin further down.
fn ragged_row(
    position: &Position,
    found: usize,
    names: &[String],
    record: &[u8],
    at_top: bool,
) -> BadPlace {
    let (line, last_line, columns) = (position.line, position.last_line, names.len());
    let sign = Comment::USUAL
        .into_iter()
        .find(|comment| comment.text_of(record).is_some());
    let hint = if last_line > line {
        format!(
            "A quoted field joins lines {line} to {last_line} to one row. If that is not meant, close its quotation mark."
        )
    } else if let Some(sign) = sign {
        format!(
            "If the line is a comment, say that comments begin with “{}”.",
            sign.sign()
        )
    } else {
        let cure = match found < columns {
            true => {
                "Add what is missing (an empty field still needs its delimiter), or delete the line."
            }
            false => {
                "Put a field that holds the delimiter in quotation marks, or delete what is too much."
            }
        };
        let further_down = match at_top {
            true => {
                " If the table begins further down, say in which line its names are (names_line)."
            }
            false => "",
        };
        format!("{cure}{further_down}")
    };
    // The first field that is missing, or the first too many.
    let column = found.min(columns) + 1;
    BadPlace {
        line,
        column: Some(column),
        header: names.get(column - 1).cloned(),
        found: counted(found, "field"),
        expected: format!("{columns} as in most lines"),
        hint,
    }
}
