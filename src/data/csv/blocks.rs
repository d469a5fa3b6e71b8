//! The usual large file, read block by block: never whole in memory, and several blocks at the same time if the caller has
//! workers.
//!
//! Only a file as programs write them goes this way: UTF-8, a row in every line, numbers or missing values alone, no
//! quotation marks below the first lines. Whatever else is met, [`read_in_blocks`] begins again with [`read_from`], which
//! reads everything; the table is the same.

use std::borrow::Cow;
use std::cell::Cell;
use std::io::{Read, Seek};

use super::layout::{self, Layout};
use super::{
    Comment, CsvError, CsvOptions, Encoding, Filled, MAX_CELLS, Numbers, Progress, Rules, Store,
    Table, Whole, Why, decode, fill, finish, read_from, sample, special, stores,
};
use crate::data::decimal;
use crate::data::number::EXACT;
use crate::data::spelling;

/// Bytes read for one job: what it makes of them stays in the processor's cache.
const BLOCK: usize = 1 << 19;

/// The longest line, in bytes: a file whose lines end otherwise must not be read whole here. One of numbers is shorter, as it
/// has no more than [`MAX_COLUMNS`](super::MAX_COLUMNS).
const LONGEST: usize = 1 << 22;

/// A file that can be read again from its beginning.
pub trait Source: Read + Seek {}

impl<T: Read + Seek> Source for T {}

/// A piece of work that may be done at the same time as others.
pub type Job<'a> = Box<dyn FnOnce() + Send + 'a>;

/// Does jobs, and something else meanwhile.
pub type Run = dyn Fn(Vec<Job<'_>>, &mut dyn FnMut());

/// Who does the work: this room starts no threads of its own.
pub struct Workers<'a> {
    /// How many jobs are given at once.
    pub count: usize,
    /// Does all jobs, in any order or at the same time, and what comes second itself meanwhile; returns when all is done.
    pub run: &'a Run,
}

impl Workers<'_> {
    /// One after the other, by the caller itself.
    pub const ALONE: Workers<'static> = Workers {
        count: 1,
        run: &|jobs, meanwhile| {
            jobs.into_iter().for_each(|job| job());
            meanwhile();
        },
    };
}

/// Reads a file of `len` bytes from `source`, which stands at its beginning, with `workers`; otherwise as [`read_from`].
///
/// # Errors
/// Those of [`read_from`].
pub fn read_in_blocks(
    source: &mut dyn Source,
    len: u64,
    memory: u64,
    options: &CsvOptions,
    workers: &Workers,
    progress: Progress,
) -> Result<Table, CsvError> {
    let reached = Cell::new(0.0f32);
    let noted = |share: f32| {
        reached.set(share);
        progress(share)
    };
    if let Some(table) = special(source, len, memory, options, workers, &noted)? {
        return Ok(table);
    }
    if let Some(table) = in_blocks(source, len, memory, options, workers, &noted)? {
        return Ok(table);
    }
    source.rewind().map_err(unreadable)?;
    // What was done counts for nothing, but progress does not go back.
    let rest = |share: f32| progress(share.max(reached.get()));
    read_from(source, len, memory, options, &rest)
}

fn unreadable(error: std::io::Error) -> CsvError {
    CsvError::Source {
        message: error.to_string(),
    }
}

/// How many blocks each worker gets at once: calling workers takes time too.
const BLOCKS: usize = 4;

/// What one worker works on.
#[derive(Default)]
struct Block {
    /// Whole lines.
    text: Vec<u8>,
    columns: Vec<Numbers>,
    /// How many rows it had; `None` if it is no plain block.
    rows: Option<usize>,
}

/// The table, or `None` if the file is not as plain as that.
fn in_blocks(
    source: &mut dyn Source,
    len: u64,
    memory: u64,
    options: &CsvOptions,
    workers: &Workers,
    progress: Progress,
) -> Result<Option<Table>, CsvError> {
    if !options.is_plain() {
        return Ok(None);
    }
    let wanted = options.first_rows.unwrap_or(usize::MAX);
    let (mut head, mut carried) = (Vec::new(), Vec::new());
    let Some(mut ended) = next_lines(source, &mut head, &mut carried)?.filter(|ended| !ended)
    else {
        return Ok(None);
    };
    // Errors and refusals are for the other way to tell.
    let decoded = decode::decode(&head, options.encoding);
    let Ok((Cow::Borrowed(text), Encoding::Utf8, _)) = decoded else {
        return Ok(None);
    };
    let Ok((mut layout, Cow::Borrowed(text))) = Layout::find(Cow::Borrowed(text), options) else {
        return Ok(None);
    };
    // The first lines must be those of the whole file.
    if sample::Head::of(text, options.comment).whole {
        return Ok(None);
    }
    let columns = layout.names.len();
    let plain = columns > 1
        && layout.padding + layout.margin + layout.absent == 0
        && layout.numeric.iter().all(|&numeric| numeric);
    let rows_expected = (1.02 * len as f64 / layout.bytes_per_row()).min(wanted as f64);
    // Read in another way it has to be there as a whole.
    let beside = options.first_rows.map_or(len, |_| 0);
    if !plain || beside as f64 + rows_expected * (8 * columns) as f64 > memory as f64 {
        return Ok(None);
    }
    let mut stores = stores(&layout, rows_expected as usize, options)?;
    let waiting = |_| progress(0.0);
    let filled = fill(MAX_CELLS, text, &mut layout, &mut stores, options, &waiting);
    let Ok(Filled::Table(mut filled)) = filled else {
        return Ok(None);
    };
    let numbers = stores.into_iter().map(|store| match store {
        Store::Numbers(numbers) => Some(numbers),
        _ => None,
    });
    let Some(mut all) = numbers.collect::<Option<Vec<Numbers>>>() else {
        return Ok(None);
    };
    let format = layout.format;
    let rules = Rules::new(format, &layout.names, options);
    let (delimiter, comment) = (layout.delimiter, layout.comment);
    // A delimiter that is a sign of numbers as well.
    let delimits_numbers = format.decimal.sign().as_bytes() == [delimiter] || delimiter == b'-';
    if delimits_numbers
        || filled.left_at.is_some()
        || filled.skipped.count(Why::Empty) > 0
        || layout::choose_format(&layout.evidence, delimiter, options) != Some(format)
    {
        return Ok(None);
    }
    let mut line = 1 + memchr::memchr_iter(b'\n', text).count() as u64;
    let mut read = head.len();
    drop(head);
    let many = workers.count.max(1) * BLOCKS;
    let mut blocks: Vec<Block> = Vec::new();
    blocks.resize_with(many, Block::default);
    let mut next: Vec<Block> = Vec::new();
    next.resize_with(many, Block::default);
    let mut count = 0;
    // While some blocks are worked on, the next are read.
    let mut read_wave = |blocks: &mut [Block]| -> Result<Option<usize>, CsvError> {
        let mut count = 0;
        for block in blocks {
            if ended {
                break;
            }
            let Some(last) = next_lines(source, &mut block.text, &mut carried)? else {
                return Ok(None);
            };
            ended = last;
            count += 1;
        }
        Ok(Some(count))
    };
    let Some(mut following) = read_wave(&mut next)? else {
        return Ok(None);
    };
    while following > 0 && filled.rows < wanted {
        std::mem::swap(&mut blocks, &mut next);
        std::mem::swap(&mut count, &mut following);
        let rules = &rules;
        // What is known to be measures needs no further looking at.
        for block in &mut blocks[..count] {
            let measured = all.iter().map(Numbers::has_no_names);
            let columns = block.columns.iter_mut().zip(measured);
            columns
                .filter(|(_, measured)| *measured)
                .for_each(|(column, _)| column.expect_no_names());
        }
        let jobs = blocks[..count].chunks_mut(BLOCKS).map(|blocks| -> Job<'_> {
            Box::new(move || {
                for block in blocks {
                    block.fill(columns, delimiter, comment, rules);
                }
            })
        });
        let mut outcome = Ok(None);
        (workers.run)(jobs.collect(), &mut || outcome = read_wave(&mut next));
        let Some(wave) = outcome? else {
            return Ok(None);
        };
        following = wave;
        let used = &blocks[..count];
        for block in used {
            let Some(rows) = block.rows else {
                return Ok(None);
            };
            // What follows the last row wanted goes again below.
            let missing = wanted - filled.rows;
            let (taken, bytes) = match rows > missing {
                true => (missing, first_lines(&block.text, missing)),
                false => (rows, block.text.len()),
            };
            if taken > 0 {
                filled.lines.push(filled.rows, line);
                filled.last_line = line + taken as u64 - 1;
            }
            filled.rows += taken;
            filled.bytes += bytes;
            line += taken as u64;
            read += bytes;
        }
        // Each worker appends some of the columns: most of the time goes into getting the memory.
        let part = columns.div_ceil(workers.count.max(1));
        let jobs = all
            .chunks_mut(part)
            .enumerate()
            .map(|(at, all)| -> Job<'_> {
                Box::new(move || {
                    for block in used {
                        let more = block.columns.iter().skip(at * part);
                        all.iter_mut()
                            .zip(more)
                            .for_each(|(all, more)| all.append(more));
                    }
                })
            });
        (workers.run)(jobs.collect(), &mut || {});
        if filled.rows.saturating_mul(columns) > MAX_CELLS {
            return Ok(None);
        }
        let share = (read as f32 / len.max(1) as f32).max(filled.rows as f32 / wanted as f32);
        if progress(share.min(1.0)).is_break() {
            return Err(CsvError::Cancelled);
        }
    }
    all.iter_mut().for_each(|numbers| numbers.truncate(wanted));
    // A last row without a first cell may be the sum of all others.
    let lacks_first = |first: &Numbers| {
        first.missing == 1 && first.values.last().is_some_and(|value| value.is_nan())
    };
    if options.first_rows.is_none() && all.first().is_some_and(lacks_first) {
        return Ok(None);
    }
    let stores: Vec<Store> = all.into_iter().map(Store::Numbers).collect();
    if stores.iter().any(Store::is_disproved) {
        return Ok(None);
    }
    let row = filled.bytes as f64 / filled.rows.max(1) as f64;
    let left_out = (len.saturating_sub(read as u64) as f64 / row).round() as u64;
    let whole = Whole {
        rest: left_out,
        ..Whole::default()
    };
    let table = finish(layout, stores, filled, whole, options);
    let _ = progress(1.0);
    Ok(Some(table))
}

/// How many bytes the first `lines` lines of `text` have.
fn first_lines(text: &[u8], lines: usize) -> usize {
    let mut ends = memchr::memchr_iter(b'\n', text);
    let last = lines.checked_sub(1).and_then(|before| ends.nth(before));
    last.map_or(0, |at| at + 1)
}

/// Reads the next whole lines into `text`, beginning with what was `carried` over from the lines before; whether the file
/// ended with them. What follows the last line end is carried over. `None` if a line is longer than [`LONGEST`].
fn next_lines(
    source: &mut dyn Source,
    text: &mut Vec<u8>,
    carried: &mut Vec<u8>,
) -> Result<Option<bool>, CsvError> {
    text.clear();
    text.append(carried);
    loop {
        let before = text.len();
        let read = Read::take(&mut *source, BLOCK as u64)
            .read_to_end(text)
            .map_err(unreadable)?;
        if read < BLOCK {
            return Ok(Some(true));
        }
        // A line longer than a block: on with it.
        if let Some(at) = memchr::memrchr(b'\n', &text[before..]) {
            carried.extend_from_slice(&text[before + at + 1..]);
            text.truncate(before + at + 1);
            return Ok(Some(false));
        }
        if text.len() > LONGEST {
            return Ok(None);
        }
    }
}

impl Block {
    /// Reads the rows of the text, if it has nothing but rows of numbers and missing values.
    fn fill(&mut self, columns: usize, delimiter: u8, comment: Comment, rules: &Rules) {
        self.rows = None;
        self.columns.iter_mut().for_each(Numbers::clear);
        self.columns.resize_with(columns, Numbers::default);
        let len = self.text.len();
        // The file ended with the block before.
        if len == 0 {
            self.rows = Some(0);
            return;
        }
        // The last line of a file may have no end; and behind the last number there must be as much as is looked at.
        if self.text.last() != Some(&b'\n') {
            self.text.push(b'\n');
        }
        let end = self.text.len();
        self.text.resize(end + decimal::SEEN, 0);
        self.rows = rows(
            &self.text,
            end,
            &mut self.columns,
            delimiter,
            comment,
            rules,
        );
        self.text.truncate(len);
    }
}

/// Appends to `columns` the rows of `text`, which has whole lines up to `end`; how many they are, or `None` if something
/// else is among them.
fn rows(
    text: &[u8],
    end: usize,
    columns: &mut [Numbers],
    delimiter: u8,
    comment: Comment,
    rules: &Rules,
) -> Option<usize> {
    let point = rules.format.decimal.sign().as_bytes()[0];
    let last = columns.len().checked_sub(1)?;
    let (mut at, mut rows) = (0, 0);
    while at < end {
        if comment != Comment::None && comment.text_of(&text[at..end]).is_some() {
            return None;
        }
        let mut blank = true;
        for (index, column) in columns.iter_mut().enumerate() {
            if let Some((value, length)) = decimal::leading(&text[at..], point)
                && value.abs() < EXACT
                && let Some(next) = after(text, at + length, index == last, delimiter)
            {
                let cell = &text[at..at + length];
                if !column.has_no_names() && spelling::is_unusual(cell, point) {
                    column.note_spelling(cell);
                }
                column.values.push(value);
                blank = false;
                at = next;
                continue;
            }
            let rest = &text[at..end];
            let length = memchr::memchr2(delimiter, b'\n', rest)?;
            let cell = &rest[..length];
            let cell = match rest[length] {
                b'\n' => cell.strip_suffix(b"\r").unwrap_or(cell),
                _ => cell,
            };
            if memchr::memchr2(b'"', b'\r', cell).is_some() || str::from_utf8(cell).is_err() {
                return None;
            }
            column.push(cell, index, rules)?;
            blank &= cell.iter().all(u8::is_ascii_whitespace);
            at = after(text, at + cell.len(), index == last, delimiter)?;
        }
        if blank {
            return None;
        }
        rows += 1;
    }
    Some(rows)
}

/// Where the next cell begins after one that ends at `at`: behind a line end after the `last` cell of a row, behind a
/// delimiter after all others; `None` if something else follows.
#[inline]
fn after(text: &[u8], at: usize, last: bool, delimiter: u8) -> Option<usize> {
    let next = *text.get(at)?;
    if !last {
        return (next == delimiter).then_some(at + 1);
    }
    match next {
        b'\n' => Some(at + 1),
        b'\r' => (text.get(at + 1) == Some(&b'\n')).then_some(at + 2),
        _ => None,
    }
}
