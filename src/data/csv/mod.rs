//! Bytes of a delimited text file → [`Table`].
//!
//! Nothing needs to be known about the file. Encoding (`decode.rs`), comments and delimiter (`delimiter.rs`), titles, names
//! and the notation of numbers (`layout.rs`), units (`units.rs`) and lines below the table (`footer.rs`) are found out, the
//! most of it from the first lines (`sample.rs`). What is not can be said by [`CsvOptions`], and [`Found`] tells it all
//! together with every line that is not in the table. Numbers are parsed straight from the record's bytes; text is kept for
//! the text columns alone.
//! An archive (`unpack.rs`) is unpacked first; JSON (`json.rs`) and a sheet of a workbook (`workbook`) become such a text.
//! A column that begins with numbers and turns out to be text costs a second pass.

mod ask;
mod asks;
mod blocks;
mod cells;
mod decode;
mod delimiter;
mod durations;
mod encoding;
mod error;
mod footer;
mod found;
mod header;
mod json;
mod kind;
mod layout;
mod merged;
mod options;
mod quotes;
mod records;
mod rows;
mod sample;
mod sums;
mod titles;
mod units;
mod unpack;
mod workbook;

use std::borrow::Cow;
use std::io::Read;
use std::ops::ControlFlow;

use super::number::{self, Evidence};
use super::table::{Cells, Column, Lines, Table};
use super::text::Texts;
use crate::words::{counted, exact};
use crate::words::{grouped, shortened};

pub use ask::Ask;
pub use blocks::{Job, Source, Workers, read_in_blocks};
use cells::{Numbers, Rules};
pub use decode::LineCounter;
use decode::Odd;
pub use encoding::Encoding;
pub use error::CsvError;
pub use found::{Found, FoundSheet, Skipped, SkippedLines, Why};
use kind::Kind;
use layout::{Layout, Misfit};
pub use options::{Comment, CsvOptions, Mark};
pub use quotes::Quotes;
use rows::{End, Filled, Rows, fill, fill_up_to};

/// The most cells (rows × columns) a table may have: 64 Mi, half a gigabyte of numbers.
pub const MAX_CELLS: usize = 1 << 26;

/// The most columns a table may have: 65,536, four times as many as spreadsheets have.
pub const MAX_COLUMNS: usize = 1 << 16;

/// The most bytes a row may have: 16 MiB. What is longer is no table, or has a quotation mark that is never closed.
pub const MAX_RECORD_BYTES: usize = 1 << 24;

pub use unpack::MAX_UNPACKED;

/// Asked now and then with the share done, from 0 to 1; [`ControlFlow::Break`] cancels.
pub type Progress<'a> = &'a dyn Fn(f32) -> ControlFlow<()>;

/// Reads a whole file, or its first rows if `options` say so.
///
/// - Encoding: as a byte order mark says (it is skipped), otherwise UTF-16 if zero bytes tell, UTF-8 if the bytes are valid
///   UTF-8, otherwise Windows-1252. Lines end with LF, CRLF or CR.
/// - Quoted fields may hold delimiters, line ends and doubled quotation marks; a quoted number is a number.
/// - Lines above the table with another number of fields are titles; comments may stand anywhere. If the last comment above
///   a table without names has a word for every column, these are the names. A first line `sep=;` names the delimiter.
/// - Up to 20 lines below the last row that are unlike rows are footers (`footer.rs` says what tells them): a source, a total.
///   So is a last row without a first cell whose numbers are the sums of the columns.
///   A row that is cut off, and a line unlike the others with rows below it, are errors.
/// - A line of units just below the names is skipped.
/// - So are rows in whose first columns, or in the place of a date, stands that they are a total, if they are the sums of those above or
///   below (`sums.rs`).
/// - Blank lines are ignored, except between the values of a single column, where one is a missing value.
///   Lines of delimiters alone are ignored before the first row with a value and after the last, and are rows of missing
///   values between.
/// - Fields at the end or at the beginning without name and value in all rows, as trailing delimiters make, are no column.
/// - A column is numeric if each cell is a finite number or a mark for a missing value (empty, `NA`, `n/a`, `NaN`, `null`,
///   `none`, `-`, `–`, `?`, `.`, `..`, `:`, `*`, in any case), which is read as NaN, and at least one is a number. The signs before the
///   fraction and between thousands are those that most cells of the file allow; a column that is consistent with others
///   has its own. If all its cells have a percent sign, it is read in percent: “5%” is 5.
///   “310.32K” is 310320 in a column that is written so. Fewer than one cell in twenty may be a word that says that there is no
///   value, such as `unavailable`, `unknown` or `ND`.
///   How numbers are written that would not be told apart, `01` and `1`, is kept beside them ([`Column::spelling`]).
/// - Any other column is text, in which `NA` is no mark where it is one of several codes of two letters, or stands beside `K` among those of substances or beside `EMEA` and the like among those of regions; asking for its numbers ([`Table::numbers`]) names every bad cell.
///
/// # Errors
/// See [`CsvError`]; every ragged row is named, not only the first.
///
/// ```
/// use rnnscope::data::csv::{CsvOptions, read};
/// use std::ops::ControlFlow;
///
/// let file = b"# by hand\nyear;spots\n1700;5,0\n1701;11,5\n";
/// let table = read(file, &CsvOptions::default(), &|_| ControlFlow::Continue(())).unwrap();
/// assert_eq!(table.numbers("spots").unwrap(), [5.0, 11.5]);
/// assert_eq!(
///     table.found().sentences(),
///     [
///         "UTF-8, semicolons, decimal commas, names in line 2, comments after “#”.",
///         "1 comment line skipped."
///     ]
/// );
/// ```
pub fn read(bytes: &[u8], options: &CsvOptions, progress: Progress) -> Result<Table, CsvError> {
    let workers = &Workers::ALONE;
    let plain = options.sheet.is_none() && !bytes.starts_with(kind::COMPOUND);
    match kind::of(bytes) {
        Kind::Text | Kind::Other(..) if plain => read_text(bytes, options, progress),
        _ => {
            let (mut source, len) = (std::io::Cursor::new(bytes), bytes.len() as u64);
            let table = special(&mut source, len, u64::MAX, options, workers, progress)?;
            table.map_or_else(|| read_text(bytes, options, progress), Ok)
        }
    }
}

/// Reads a whole text with fields between delimiters.
fn read_text(bytes: &[u8], options: &CsvOptions, progress: Progress) -> Result<Table, CsvError> {
    read_up_to(MAX_CELLS, bytes, bytes.len() as u64, options, progress)
}

/// The table of an archive or of JSON; `None` for a file that is neither, whose source stands at its beginning again.
fn special(
    source: &mut dyn Source,
    len: u64,
    memory: u64,
    options: &CsvOptions,
    workers: &Workers,
    progress: Progress,
) -> Result<Option<Table>, CsvError> {
    const HEAD: u64 = 1 << 12;
    const READING: f32 = 0.3;
    let unreadable = |error: std::io::Error| CsvError::Source {
        message: error.to_string(),
    };
    let mut bytes = Vec::new();
    Read::take(&mut *source, HEAD)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    let kind = kind::of(&bytes);
    // A text in another encoding is not looked into.
    let other = options
        .encoding
        .is_some_and(|asked| asked != Encoding::Utf8);
    if bytes.starts_with(kind::COMPOUND) && len <= memory / 3 {
        read_more(source, &mut bytes, u64::MAX, len, progress)?;
        let (what, hint) = kind::of_compound(&bytes);
        return Err(CsvError::NoText { what, hint });
    }
    if matches!(kind, Kind::Text | Kind::Other(..)) || (kind == Kind::Json && other) {
        if options.sheet.is_some() {
            return Err(no_sheets(options));
        }
        source.rewind().map_err(unreadable)?;
        return Ok(None);
    }
    // The file, and what comes out of it.
    let what = match kind {
        Kind::Json => "JSON",
        _ => "an archive",
    };
    let room = memory / 3;
    if len > room {
        let room = crate::words::mebibytes(room);
        return Err(CsvError::Unpacked { what, room });
    }
    let reading = |share: f32| progress(READING * share);
    read_more(source, &mut bytes, u64::MAX, len, &reading)?;
    let rest = |share: f32| progress(READING + (1.0 - READING) * share);
    if kind == Kind::Packed(kind::Packed::Zip)
        && let Some(archive) = unpack::Archive::of(&bytes).filter(workbook::is)
    {
        let half = |share: f32| rest(0.5 * share);
        let asked = options.sheet.as_deref();
        let sheet = workbook::read(&archive, asked, memory - memory / 3, &half)?;
        drop(bytes);
        let half = |share: f32| rest(0.5 + 0.5 * share);
        return of_sheet(sheet, options, &half).map(Some);
    }
    match kind {
        _ if options.sheet.is_some() => Err(no_sheets(options)),
        Kind::Packed(packed) => {
            let half = |share: f32| rest(0.5 * share);
            let unpacked = unpack::unpack(&bytes, packed, memory - memory / 3, &half)?;
            drop(bytes);
            if let Kind::Packed(_) = kind::of(&unpacked.bytes) {
                return Err(CsvError::NoText {
                    what: "an archive within an archive",
                    hint: "Unpack it first.",
                });
            }
            let len = unpacked.bytes.len() as u64;
            let mut inner = std::io::Cursor::new(unpacked.bytes);
            let half = |share: f32| rest(0.5 + 0.5 * share);
            let mut table = read_in_blocks(&mut inner, len, memory, options, workers, &half)?;
            table.found_mut().unpacked = Some(unpacked.from);
            // Lines are those of what is in it, not those of the file.
            table.found_mut().lines_read = None;
            Ok(Some(table))
        }
        _ => {
            let text = match decode::decode(&bytes, options.encoding) {
                Ok((text, Encoding::Utf8, _)) => text,
                Ok(_) | Err(CsvError::Encoding { .. }) => {
                    source.rewind().map_err(unreadable)?;
                    return Ok(None);
                }
                Err(error) => return Err(error),
            };
            let written = json::table(&String::from_utf8_lossy(&text));
            let written = match written {
                // “[1] a, b” is no JSON, whatever it begins with: an object's name in quotation marks is.
                Err(CsvError::Json(_))
                    if !text.trim_ascii_start().starts_with(b"{") && !is_list_of_rows(&text) =>
                {
                    source.rewind().map_err(unreadable)?;
                    return Ok(None);
                }
                other => other?,
            };
            drop(text);
            of_json(&written, options, &rest).map(Some)
        }
    }
}

/// That a sheet is asked for of what has none.
fn no_sheets(options: &CsvOptions) -> CsvError {
    CsvError::NoSheet {
        asked: options.sheet.clone().unwrap_or_default(),
        nearest: None,
        known: Vec::new(),
    }
}

/// The table in a sheet of a workbook.
fn of_sheet(
    sheet: workbook::Sheet,
    options: &CsvOptions,
    progress: Progress,
) -> Result<Table, CsvError> {
    let own = CsvOptions {
        delimiter: Some(b'\t'),
        comment: Some(options.comment.unwrap_or_default()),
        quotes: Some(Quotes::Doubled),
        encoding: None,
        sheet: None,
        decimal: options
            .decimal
            .or(sheet.has_fractions.then_some(number::Notation::Point)),
        ..options.clone()
    };
    let len = sheet.text.len() as u64;
    let mut table = read_up_to(MAX_CELLS, &sheet.text, len, &own, progress)?;
    if !sheet.far_rows.is_empty() {
        let rows = table.rows();
        table.move_lines(|lines| {
            let mut moved = Lines::default();
            (0..rows).for_each(|row| moved.push(row, sheet.row_of_line(lines.of_row(row))));
            moved
        });
    }
    let found = table.found_mut();
    found.sheet = Some(FoundSheet {
        name: sheet.name,
        others: sheet.others,
    });
    // Lines are rows of the sheet, not lines of the file.
    found.lines_read = None;
    found.notes.extend(sheet.notes);
    Ok(table)
}

/// Whether a text begins as a list of objects, which nothing but JSON does.
fn is_list_of_rows(text: &[u8]) -> bool {
    let rest = text
        .trim_ascii_start()
        .strip_prefix(b"[")
        .unwrap_or_default();
    matches!(rest.trim_ascii_start(), [b'{', ..])
}

/// The table of what was JSON.
fn of_json(
    written: &json::Written,
    options: &CsvOptions,
    progress: Progress,
) -> Result<Table, CsvError> {
    let own = CsvOptions {
        delimiter: Some(b','),
        header: Some(written.named),
        comment: Some(Comment::None),
        quotes: Some(Quotes::Doubled),
        encoding: None,
        first_line: None,
        names_line: None,
        skip_lines: Vec::new(),
        ..options.clone()
    };
    // More may follow: no row is taken for a line below the table.
    let len = written.text.len() as u64 + 1;
    let known = Known {
        // Whoever writes objects writes no sums between them.
        sums: Some(Vec::new()),
        no_margin: true,
    };
    let mut table = read_knowing(&known, MAX_CELLS, &written.text, len, &own, progress)?;
    let rows = table.rows();
    table.move_lines(|lines| written.lines_of(lines, rows));
    let found = table.found_mut();
    found.json = Some(written.what);
    found.lines_read = None;
    found.header = None;
    found.skipped = SkippedLines::default();
    if options.first_rows.is_none() {
        found.rows_left_out = 0;
    }
    found.notes.extend(written.notes.iter().cloned());
    Ok(table)
}

/// What a file would need, estimated from its size and its first lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// About how many rows would be read.
    pub rows: u64,
    /// How many columns there are.
    pub columns: usize,
    /// About how much memory reading takes at most, the file's own bytes included.
    pub bytes: u64,
}

/// Estimates what a file of `len` bytes that begins with `head` would need; some 100 kB of it are enough.
///
/// # Errors
/// What [`read`] would say about the first lines.
pub fn estimate(len: u64, head: &[u8], options: &CsvOptions) -> Result<Estimate, CsvError> {
    let whole = head.len() as u64 >= len;
    let head = if whole {
        head
    } else {
        decode::whole_lines(head, options.encoding)
    };
    let (text, ..) = decode::decode(head, options.encoding)?;
    // The text is kept beside the file only where it had to be made from it.
    let (kept, text_bytes) = (matches!(text, Cow::Owned(_)), text.len());
    let (layout, text) = Layout::find(text, options)?;
    let kept = kept || matches!(text, Cow::Owned(_));
    let text_len = len as f64 * text_bytes as f64 / head.len().max(1) as f64;
    let row = layout.bytes_per_row();
    let all = text_len / row;
    let rows = options
        .first_rows
        .map_or(all, |first| all.min(first as f64));
    let share = if all > 0.0 { rows / all } else { 0.0 };
    let columns = layout.names.len();
    let texts = if layout.numeric.contains(&false) {
        row
    } else {
        0.0
    };
    let file = len as f64 + if kept { text_len } else { 0.0 };
    let table = rows * (columns as f64 * size_of::<f64>() as f64 + texts);
    Ok(Estimate {
        rows: rows as u64,
        columns,
        bytes: (file * share + table) as u64,
    })
}

/// Reads a file of `len` bytes from `source`, at most `memory` bytes being there for it.
///
/// If `options` ask for the first rows, no more of the file is read than these need. Otherwise as [`read`].
///
/// # Errors
/// Those of [`read`]; and before anything large is stored, [`CsvError::TooMuchMemory`], which says how many rows fit.
pub fn read_from(
    source: &mut dyn Read,
    len: u64,
    memory: u64,
    options: &CsvOptions,
    progress: Progress,
) -> Result<Table, CsvError> {
    const HEAD: u64 = 1 << 18;
    const READING: f32 = 0.15;
    let mut bytes = Vec::new();
    let share_read = |share: f32| progress(READING * share);
    let mut ended = read_more(source, &mut bytes, HEAD, len, &share_read)?;
    let kind = kind::of(&bytes);
    let in_utf8 = options.encoding.is_none_or(|asked| asked == Encoding::Utf8);
    if matches!(kind, Kind::Packed(_)) || (kind == Kind::Json && in_utf8) {
        if len > memory / 3 {
            let room = crate::words::mebibytes(memory / 3);
            return Err(CsvError::Unpacked {
                what: "an archive or JSON",
                room,
            });
        }
        read_more(source, &mut bytes, u64::MAX, len, &share_read)?;
        return read(&bytes, options, progress);
    }
    // Long lines, or comments above the table. Twice as much each time is linear in all.
    while !ended
        && (bytes.len() as u64) < memory / 4
        && !sample::Head::is_in(&bytes, options.comment)
    {
        let wanted = 2 * bytes.len() as u64;
        ended = read_more(source, &mut bytes, wanted, len, &share_read)?;
    }
    match estimate(len, &bytes, options) {
        Ok(estimate) if estimate.bytes > memory => {
            let share = memory as f64 / estimate.bytes as f64;
            return Err(CsvError::TooMuchMemory {
                estimate,
                memory,
                rows: ((estimate.rows as f64 * share) as u64)
                    .min((MAX_CELLS / estimate.columns.max(1)) as u64),
            });
        }
        // No table in so many bytes: nothing is known about the rest.
        Err(error) if len > memory || error.is_final() => return Err(error),
        Ok(_) | Err(_) => {}
    }
    let share_parsed = |share: f32| progress(READING + (1.0 - READING) * share);
    let Some(first_rows) = options.first_rows else {
        read_more(source, &mut bytes, u64::MAX, len, &share_read)?;
        return read(&bytes, options, &share_parsed);
    };
    loop {
        if ended {
            return read(&bytes, options, &share_parsed);
        }
        let lines = decode::whole_lines(&bytes, options.encoding);
        // The share is not known before the rows are found: it stays where it is meanwhile.
        let waiting = |_| progress(READING);
        match read_up_to(MAX_CELLS, lines, len, options, &waiting) {
            Ok(table) if table.rows() >= first_rows => {
                let _ = progress(1.0);
                return Ok(table);
            }
            Err(CsvError::Cancelled) => return Err(CsvError::Cancelled),
            // Too little was read, or a record was cut in two. Twice as much each time is linear in all.
            Ok(_) | Err(_) => {}
        }
        let wanted = 2 * bytes.len() as u64;
        ended = read_more(source, &mut bytes, wanted, len, &waiting)?;
    }
}

/// That memory has come to its end.
fn no_room() -> CsvError {
    CsvError::Source {
        message: "it is larger than the memory".to_owned(),
    }
}

/// Reads on until there are `wanted` bytes, of about `len` in all; whether the source ended.
fn read_more(
    source: &mut dyn Read,
    bytes: &mut Vec<u8>,
    wanted: u64,
    len: u64,
    progress: Progress,
) -> Result<bool, CsvError> {
    const PIECE: u64 = 1 << 20;
    let missing = usize::try_from(wanted.min(len).saturating_sub(bytes.len() as u64));
    let reserved = missing.map(|missing| bytes.try_reserve_exact(missing).is_ok());
    if reserved != Ok(true) {
        return Err(no_room());
    }
    // Lines end with either; in UTF-16 these bytes may belong to other characters, and a line seem shorter.
    let last_end = |bytes: &[u8]| memchr::memrchr2(b'\n', b'\r', bytes).map_or(0, |at| at + 1);
    let mut line_start = last_end(bytes);
    while (bytes.len() as u64) < wanted {
        if progress((bytes.len() as f32 / len.max(1) as f32).min(1.0)).is_break() {
            return Err(CsvError::Cancelled);
        }
        let piece = PIECE.min(wanted - bytes.len() as u64);
        let read = Read::take(&mut *source, piece)
            .read_to_end(bytes)
            .map_err(|error| CsvError::Source {
                message: error.to_string(),
            })?;
        if read == 0 {
            return Ok(true);
        }
        line_start += last_end(&bytes[line_start..]);
        if bytes.len() - line_start > MAX_RECORD_BYTES {
            let line = 1 + decode::line_ends(&bytes[..line_start]);
            return Err(CsvError::TooLong { line });
        }
    }
    Ok(false)
}

/// Reads the whole lines at the beginning of a file of `len` bytes, which begins with `head`.
///
/// # Errors
/// What [`read`] would say about them.
pub fn read_head(head: &[u8], len: u64, options: &CsvOptions) -> Result<Table, CsvError> {
    let lines = match (head.len() as u64) < len {
        true => decode::whole_lines(head, options.encoding),
        false => head,
    };
    let go_on = |_| ControlFlow::Continue(());
    read_up_to(MAX_CELLS, lines, len, options, &go_on)
}

/// [`read`] with a limit that a test can reach, of a file of `len` bytes that may go on after `bytes`.
fn read_up_to(
    limit: usize,
    bytes: &[u8],
    len: u64,
    options: &CsvOptions,
    progress: Progress,
) -> Result<Table, CsvError> {
    read_knowing(&Known::default(), limit, bytes, len, options, progress)
}

/// What was found out about a text when it was read before.
#[derive(Clone, Debug, Default)]
struct Known {
    /// The lines between the rows that are sums of others; `None` if they were not looked for.
    sums: Option<Vec<u64>>,
    /// Whether what stands at the left of all lines is a column.
    no_margin: bool,
}

/// [`read_up_to`] after it was read before.
fn read_knowing(
    known: &Known,
    limit: usize,
    bytes: &[u8],
    len: u64,
    options: &CsvOptions,
    progress: Progress,
) -> Result<Table, CsvError> {
    if progress(0.0).is_break() {
        return Err(CsvError::Cancelled);
    }
    if options.first_rows == Some(0) {
        return Err(CsvError::FirstRows);
    }
    let (text, encoding, odd) = decode::decode(bytes, options.encoding)?;
    // Sums would hide what the columns hold.
    let without_sums = known.sums.as_ref().filter(|sums| !sums.is_empty());
    let without_sums = without_sums.map(|sums| CsvOptions {
        skip_lines: [&options.skip_lines[..], sums].concat(),
        ..options.clone()
    });
    let seen = without_sums.as_ref().unwrap_or(options);
    let (mut layout, text) = Layout::find_in(text, seen, !known.no_margin)?;
    layout.sums = known.sums.clone().unwrap_or_default();
    let end = match (bytes.len() as u64) < len {
        true => End::Open,
        false => End::OfFile,
    };
    // The first pass is nearly always the only one; each further one gets most of the share that is left.
    const PASS: f32 = 0.9;
    let mut done = 0.0;
    let mut reformatted = false;
    let (mut stores, filled) = loop {
        let rows = 1.02 * text.len() as f64 / layout.bytes_per_row();
        // A little more than expected: to grow by a few rows must not double the memory.
        let mut stores = stores(&layout, rows as usize, options)?;
        let pass = |share| progress(done + (1.0 - done) * PASS * share);
        let filled = fill_up_to(end, limit, &text, &mut layout, &mut stores, options, &pass);
        let doubtful = match &filled {
            Ok(Filled::Table(rows)) => rows.joined,
            Ok(Filled::Wider | Filled::NoMargin) => false,
            Err(error) => matches!(error, CsvError::Ragged(_) | CsvError::OpenQuote(_)),
        };
        if doubtful
            && options.quotes.is_none()
            && layout.quotes == Quotes::Doubled
            && let quotes = Quotes::of(&text[layout.starts.0..], layout.delimiter, true)
            && quotes != Quotes::Doubled
        {
            // The first lines did not show how fields are quoted, as later ones do.
            let options = CsvOptions {
                quotes: Some(quotes),
                ..options.clone()
            };
            let rest = |share| progress(done + (1.0 - done) * share);
            return read_knowing(known, limit, bytes, len, &options, &rest);
        }
        let filled = filled?;
        done += (1.0 - done) * PASS;
        match filled {
            Filled::Wider => layout.with_padding_as_columns(),
            Filled::NoMargin => {
                let known = Known {
                    no_margin: true,
                    ..known.clone()
                };
                let rest = |share| progress(done + (1.0 - done) * share);
                return read_knowing(&known, limit, bytes, len, options, &rest);
            }
            Filled::Table(filled) => {
                // The cells that did not fit may tell of another notation than the first lines did.
                let format = layout::choose_format(&layout.evidence, layout.delimiter, options);
                let total = match end {
                    End::OfFile if options.first_rows.is_none() && layout.total.is_none() => {
                        sums::last(&stores, &filled, layout.format)
                    }
                    _ => None,
                };
                match format {
                    // Once more without it.
                    _ if total.is_some() => layout.total = total,
                    Some(format) if format != layout.format && !reformatted => {
                        reformatted = true;
                        layout.format = format;
                        layout.numeric.fill(true);
                    }
                    _ => break (stores, filled),
                }
            }
        }
    };
    if stores.iter().any(Store::is_disproved) {
        let mut again: Vec<Store> = stores.iter().map(Store::for_second_pass).collect();
        let pass = |share| progress(done + (1.0 - done) * share);
        fill_up_to(end, limit, &text, &mut layout, &mut again, options, &pass)?;
        for (store, text) in stores.iter_mut().zip(again) {
            if let Store::Texts { .. } = text {
                *store = text;
            }
        }
    }

    if known.sums.is_none()
        && let sums = sums::between(&stores, &filled, &layout)
        && !sums.is_empty()
    {
        let known = Known {
            sums: Some(sums),
            ..known.clone()
        };
        let rest = |share| progress(done + (1.0 - done) * share);
        return read_knowing(&known, limit, bytes, len, options, &rest);
    }

    // The rows read, or more where only few were asked for.
    let row = match filled.rows < layout.seen.1 {
        true => layout.bytes_per_row(),
        false => filled.bytes as f64 / filled.rows.max(1) as f64,
    };
    let rest = match filled.left_at {
        Some(at) => {
            let scale = bytes.len() as f64 / text.len().max(1) as f64;
            ((len as f64 - at as f64 * scale) / (row * scale)).round() as u64
        }
        None => 0,
    };
    let whole = Whole {
        encoding,
        odd,
        rest,
    };
    let table = finish(layout, stores, filled, whole, options);
    // All is read: a cancel that comes now is too late to matter.
    let _ = progress(1.0);
    Ok(table)
}

/// What is known of a file as a whole.
#[derive(Default)]
struct Whole {
    encoding: Encoding,
    /// What became of bytes that are no characters.
    odd: Odd,
    /// How many rows were left out.
    rest: u64,
}

/// The table of what was read, with what was found out.
fn finish(
    layout: Layout,
    stores: Vec<Store>,
    filled: Rows,
    whole: Whole,
    options: &CsvOptions,
) -> Table {
    let Whole {
        encoding,
        odd,
        rest,
    } = whole;
    let mut notes = odd_notes(encoding, odd);
    notes.extend(of_names(&layout));
    let rules = Rules::new(layout.format, &layout.names, options);
    if let Some((cell, value, other)) = layout.evidence.doubt(layout.format)
        && (layout.delimiter != b',' || cell.contains(','))
        && (options.decimal.is_none() || options.thousands.is_none())
    {
        notes.push(format!(
            "“{}” is read as {value}. If {other} is meant, say which signs stand before the fraction and between thousands.",
            shortened(cell)
        ));
    }
    notes.extend(renamed(&layout));
    let empty_columns = filled.padding;
    let stores = layout.names.iter().zip(stores).enumerate();
    let rules = rules.with_legend(layout.legend.clone());
    let columns = stores.map(|(column, (name, store))| {
        let (column, told) = store.column(column, &filled, name, &rules, options);
        notes.extend(told);
        column
    });
    let mut columns: Vec<Column> = columns.collect();
    notes.extend(merged::fill_down(&mut columns));
    let mixed = columns
        .iter()
        .filter_map(|column| asks::mixed_percent(column, layout.format));
    notes.extend(mixed);
    let asks = asks::of(&columns, layout.format, options);
    let found = Found {
        encoding,
        delimiter: layout.delimiter,
        header: layout.header,
        units: layout.units,
        numbers: layout.format,
        comment: layout.comment,
        skipped: filled.skipped,
        empty_columns,
        lines_read: (options.first_rows == Some(filled.rows)).then_some(filled.last_line),
        rows_left_out: rest,
        unpacked: None,
        json: None,
        sheet: None,
        quotes: layout.quotes,
        asks,
        notes,
    };
    Table::new(columns, filled.rows, filled.lines, found)
}

/// What became of bytes that are no characters, a sentence each.
fn odd_notes(encoding: Encoding, odd: Odd) -> Vec<String> {
    let mut notes = Vec::new();
    if odd.guessed && encoding != Encoding::WINDOWS_1252 {
        notes.push(format!(
            "That it is {} is a guess: if names or texts look wrong, say how characters are stored (encoding).",
            encoding.name()
        ));
    }
    match (odd.unreadable, odd.no_utf8_in) {
        (0, _) => {}
        (1, Some(line)) => notes.push(format!(
            "1 character could not be read, in line {line}: all others are UTF-8. “�” stands in its place."
        )),
        (count, Some(line)) => notes.push(format!(
            "{} could not be read, the first in line {line}: all others are UTF-8. “�” stands in their place.",
            counted(count, "character")
        )),
        (count, None) => notes.push(format!(
            "{} could not be read.",
            counted(count, "character")
        )),
    }
    match odd.zeros {
        0 => {}
        count => notes.push(format!(
            "{} left out: a file has them where writing was cut off.",
            counted(count, "zero byte")
        )),
    }
    notes
}

/// What is unusual about the names, a sentence each.
fn of_names(layout: &Layout) -> Vec<String> {
    let mut notes = Vec::new();
    if layout.unwrapped {
        notes.push(
            "Each line was in quotation marks as a whole: what is within them was read.".to_owned(),
        );
    }
    let line = layout.header.unwrap_or(1);
    match layout.misfit {
        Some(Misfit::FirstUnnamed) => notes.push(format!(
            "Line {line} has one name less than the rows have fields: the first column has none, as R writes names of rows."
        )),
        Some(Misfit::LastEmpty) if layout.absent > 0 => {
            let name = layout.names.last().map_or("", String::as_str);
            notes.push(format!(
                "Line {line} has one name more than the rows have fields: “{}” has no values.",
                shortened(name)
            ));
        }
        Some(Misfit::LastEmpty) | None => {}
    }
    if let ([name], [false], Some(_)) = (&layout.names[..], &layout.numeric[..], layout.header)
        && layout.guessed_name
    {
        notes.push(format!(
            "Line {line}, “{}”, is taken for the column's name. If it is a value, say that there are no names (header).",
            shortened(name)
        ));
    }
    if let Some((first, last)) = layout.numbered {
        // Perhaps with a corner before them.
        let columns = layout.names.len() as u64;
        let how = match (columns.saturating_sub(1)..=columns).contains(&(last - first + 1)) {
            true => "counts from",
            false => "goes from",
        };
        notes.push(format!(
            "Line {line} {how} {first} to {last}: these are taken for the columns' names. If they are values, say that there are no names (header)."
        ));
    }
    notes
}

/// Says which columns have the name of another one in the file, a sentence each.
fn renamed(layout: &Layout) -> Vec<String> {
    /// How many are told one by one.
    const TOLD: usize = 3;
    let told = layout.renamed.iter().take(TOLD).map(|(column, name)| {
        let here = layout.names.get(*column).map_or("", String::as_str);
        let (name, here) = (shortened(name), shortened(here));
        format!(
            "Column {} is another “{name}”: it is called “{here}” here.",
            column + 1
        )
    });
    let more = layout.renamed.len().saturating_sub(TOLD);
    let rest = (more > 0).then(|| format!("{} more likewise.", grouped(more)));
    told.chain(rest).collect()
}

/// Where the cells of one column go.
enum Store {
    Numbers(Numbers),
    Texts {
        texts: Texts,
        missing: usize,
    },
    /// Begun as numbers until a cell was none: to be read again as text.
    Disproved,
    /// Already read.
    Skipped,
}

/// A store for every column of the layout, with room for the rows expected.
///
/// # Errors
/// If there is no room for them.
fn stores(layout: &Layout, rows: usize, options: &CsvOptions) -> Result<Vec<Store>, CsvError> {
    let rows = options.first_rows.unwrap_or(usize::MAX).min(rows);
    let store = |&numeric: &bool| {
        Ok(if numeric {
            let mut values = Vec::new();
            if values.try_reserve_exact(rows).is_err() {
                return Err(no_room());
            }
            Store::Numbers(Numbers::with_room(values))
        } else {
            Store::Texts {
                texts: Texts::default(),
                missing: 0,
            }
        })
    };
    layout.numeric.iter().map(store).collect()
}

impl Store {
    /// Whether it must be read again as text.
    fn is_disproved(&self) -> bool {
        match self {
            // Without any number it is no column of numbers.
            Store::Numbers(numbers) => numbers.values.len() == numbers.missing,
            Store::Disproved => true,
            Store::Texts { .. } | Store::Skipped => false,
        }
    }

    fn for_second_pass(&self) -> Self {
        if self.is_disproved() {
            Store::Texts {
                texts: Texts::default(),
                missing: 0,
            }
        } else {
            Store::Skipped
        }
    }

    /// Adds the next row's cell. One that does not fit into a column of numbers is evidence of how numbers are written.
    fn push(&mut self, cell: &[u8], column: usize, rules: &Rules, evidence: &mut Evidence) {
        match self {
            Store::Numbers(numbers) => {
                if numbers.push(cell, column, rules).is_none() {
                    evidence.add(cell);
                    *self = Store::Disproved;
                }
            }
            Store::Texts { texts, missing } => {
                let mark = rules.is_mark(cell, column);
                *missing += usize::from(mark || number::is_missing(cell));
                match mark {
                    true => texts.push(""),
                    false => texts.push(String::from_utf8_lossy(cell).trim()),
                }
            }
            Store::Disproved | Store::Skipped => {}
        }
    }

    /// The column called `name`, and what should be known about it, a sentence each.
    fn column(
        self,
        column: usize,
        filled: &Rows,
        name: &str,
        rules: &Rules,
        options: &CsvOptions,
    ) -> (Column, Vec<String>) {
        let of = |cells, missing, spelling| Column {
            name: name.to_owned(),
            cells,
            missing,
            spelling,
            na_is_a_word: false,
        };
        let (mut numbers, mut told) = match self {
            Store::Numbers(numbers) => (numbers, Vec::new()),
            Store::Texts { texts, missing } => {
                let word = match options.missing_marks.as_ref().is_some_and(Vec::is_empty) {
                    // An empty list says that there are no more marks.
                    true => None,
                    false => known_words(&texts),
                };
                let is_missing = |cell: &str| {
                    number::is_missing(cell.as_bytes())
                        || (word.is_some() && number::is_word_for_missing(cell))
                };
                let read = multiplied(name, &texts, rules, &is_missing)
                    .or_else(|| written_otherwise(&texts, rules, options, &is_missing))
                    .or_else(|| with_told_signs(&texts, rules, &is_missing))
                    .or_else(|| as_durations(name, &texts, rules, &is_missing))
                    .or_else(|| with_a_unit(&texts, rules, &is_missing));
                let Some((numbers, note)) = read else {
                    return words(of(Cells::Texts(texts), missing, None));
                };
                let name = shortened(name);
                let mut told: Vec<String> = note
                    .into_iter()
                    .map(|note| format!("“{name}” {note}"))
                    .collect();
                told.extend(word.map(|(count, word)| {
                    format!(
                        "{} of “{name}” {} no {} (“{}”), read as missing.",
                        counted(count, "cell"),
                        cells::is_or_are(count),
                        if count == 1 { "number" } else { "numbers" },
                        shortened(&word)
                    )
                }));
                (numbers, told)
            }
            // Not reached: the second pass turned every disproved store to texts and its skipped ones are dropped.
            Store::Disproved | Store::Skipped => (Numbers::default(), Vec::new()),
        };
        numbers.apply_marks(column, rules);
        told.extend(numbers.notes(name, |row| filled.lines.of_row(row)));
        if numbers.values.len() == numbers.missing {
            // Without any number it is no column of numbers.
            let mut texts = Texts::default();
            (0..filled.rows).for_each(|_| texts.push(""));
            return (of(Cells::Texts(texts), filled.rows, None), told);
        }
        let spelling = numbers.spelling();
        let cells = Cells::Numbers(numbers.values);
        (of(cells, numbers.missing, spelling), told)
    }
}

/// A column of texts, in which “NA” may be one of its words and “.” one of its signs, and what is to be said about it.
fn words(mut column: Column) -> (Column, Vec<String>) {
    let mut told = Vec::new();
    if let Cells::Texts(texts) = &mut column.cells
        && let Some(count) = texts.signs_among_others(|text| number::is_missing(text.as_bytes()))
    {
        texts.keep_signs();
        column.missing = column.missing.saturating_sub(count);
    }
    if let Some((count, codes)) = column.has_na_as_a_word() {
        column.na_is_a_word = true;
        column.missing -= count;
        told.push(format!(
            "“NA” in “{}” is one of several codes {codes}, and so no missing value (missing_marks if it is one).",
            shortened(&column.name)
        ));
    }
    (column, told)
}

/// How many cells are words by which programs and people say that there is no value, and the first of these, if they are few.
fn known_words(texts: &Texts) -> Option<(usize, String)> {
    /// One cell of so many, at most.
    const ONE_OF: usize = 20;
    let mut known = texts
        .iter()
        .filter(|cell| number::is_word_for_missing(cell));
    let first = known.next()?;
    let count = 1 + known.count();
    (ONE_OF * count < texts.len()).then(|| (count, first.to_owned()))
}

/// The numbers of a column of counts that are written short, “310.32K” and “1.2M”, and a note about it. Codes end with such a
/// letter too: the numbers have fractions or different letters, and `name` does not say that they are temperatures.
fn multiplied(
    name: &str,
    texts: &Texts,
    usual: &Rules,
    is_missing: &dyn Fn(&str) -> bool,
) -> Option<(Numbers, Option<String>)> {
    const SIGNS: [(char, &str); 5] = [
        ('K', "e3"),
        ('k', "e3"),
        ('M', "e6"),
        ('B', "e9"),
        ('T', "e12"),
    ];
    let split = |cell: &str| -> Option<(String, char)> {
        let (sign, exponent) = SIGNS.iter().find(|(sign, _)| cell.ends_with(*sign))?;
        let number = cell.strip_suffix(*sign)?;
        let plain = number.ends_with(|last: char| last.is_ascii_digit());
        plain.then(|| (format!("{number}{exponent}"), *sign))
    };
    let lower = name.to_lowercase();
    if ["temp", "kelvin"].iter().any(|word| lower.contains(word)) {
        return None;
    }
    let values = || texts.iter().filter(|cell| !is_missing(cell));
    let (example, (first, _)) = values().find_map(|cell| Some((cell, split(cell)?)))?;
    let mut numbers = Numbers::default();
    let (mut signs, mut fractions, mut short, mut all) = (Vec::new(), 0, 0, 0);
    for cell in texts.iter() {
        if is_missing(cell) {
            numbers.push(b"", usize::MAX, usual)?;
            continue;
        }
        all += 1;
        match split(cell) {
            Some((written, sign)) => {
                short += 1;
                fractions += usize::from(cell.contains(usual.format.decimal.sign()));
                if !signs.contains(&sign) {
                    signs.push(sign);
                }
                numbers.push(written.as_bytes(), usize::MAX, usual)?;
            }
            None => numbers.push(cell.as_bytes(), usize::MAX, usual)?,
        }
    }
    let counts = signs.len() > 1 || 2 * fractions > short;
    let read = number::parse(first.as_bytes(), usual.format)?;
    (counts && (2 * short > all || fractions == short)).then(|| {
        let note = format!(
            "has numbers written short, “{}” is read as {}.",
            shortened(example),
            exact(read)
        );
        (numbers, Some(note))
    })
}

/// The numbers of a column in which some have a sign beside them of which a line above the table tells.
fn with_told_signs(
    texts: &Texts,
    usual: &Rules,
    is_missing: &dyn Fn(&str) -> bool,
) -> Option<(Numbers, Option<String>)> {
    let rules = usual.with_told_signs()?;
    let mut numbers = Numbers::default();
    for cell in texts.iter() {
        let known = is_missing(cell);
        if !known
            && number::parse(cell.as_bytes(), usual.format).is_none()
            && !usual.is_told(number::flagged(cell, usual.format)?.1)
        {
            return None;
        }
        numbers.push(
            if known { b"" } else { cell.as_bytes() },
            usize::MAX,
            &rules,
        )?;
    }
    Some((numbers, None))
}

/// The numbers of a column that all have the same unit behind them, “20.5 °C”, and a note about it. A letter just behind the
/// digits makes a code of them.
fn with_a_unit(
    texts: &Texts,
    usual: &Rules,
    is_missing: &dyn Fn(&str) -> bool,
) -> Option<(Numbers, Option<String>)> {
    let example = texts.iter().find(|cell| !is_missing(cell))?;
    let digit = |sign: char| sign.is_ascii_digit();
    let behind = example
        .rfind(digit)
        .and_then(|last| example.get(last + 1..))?;
    let unit = behind.trim();
    let apart = behind.starts_with(char::is_whitespace) || unit.starts_with(['°', 'µ', 'μ', '€']);
    if !apart || !units::is_unit(unit) {
        return None;
    }
    let mut numbers = Numbers::default();
    for cell in texts.iter() {
        let number = match is_missing(cell) {
            true => "",
            false => cell.strip_suffix(behind)?,
        };
        numbers.push(number.as_bytes(), usize::MAX, usual)?;
    }
    let read = number::parse(example.strip_suffix(behind)?.as_bytes(), usual.format)?;
    let note = format!(
        "has a unit, “{}” is read as {}.",
        shortened(example),
        exact(read)
    );
    Some((numbers, Some(note)))
}

/// The seconds of a column of durations, and a note about how they are read.
fn as_durations(
    name: &str,
    texts: &Texts,
    usual: &Rules,
    is_missing: &dyn Fn(&str) -> bool,
) -> Option<(Numbers, Option<String>)> {
    let cells = || texts.iter().filter(|cell| !is_missing(cell));
    let form = durations::form(name, cells)?;
    // As they are written here, not in the file.
    let rules = usual.in_format(number::NumberFormat::default());
    let mut numbers = Numbers::default();
    for cell in texts.iter() {
        let written = match is_missing(cell) {
            true => String::new(),
            false => durations::seconds(cell, form)?.to_string(),
        };
        numbers.push(written.as_bytes(), usize::MAX, &rules)?;
    }
    let example = cells().find(|cell| durations::seconds(cell, form) > Some(0.0))?;
    let note = format!(
        "has durations, “{}” is read as {} seconds.",
        shortened(example),
        exact(durations::seconds(example, form)?)
    );
    Some((numbers, Some(note)))
}

/// The numbers of a column that is written otherwise than the rest of the file but consistently, and a note about it.
fn written_otherwise(
    texts: &Texts,
    usual: &Rules,
    options: &CsvOptions,
    is_missing: &dyn Fn(&str) -> bool,
) -> Option<(Numbers, Option<String>)> {
    let first = texts.iter().find(|cell| !is_missing(cell))?;
    // “(5%)” is a negative one.
    let in_percent = |cell: &str| -> Option<String> {
        match cell.strip_suffix("%)") {
            Some(rest) => Some(format!("{rest})")),
            None => cell.strip_suffix('%').map(str::to_owned),
        }
    };
    let percent = in_percent(first).is_some();
    let mut formats = std::iter::once(usual.format)
        .chain(number::NumberFormat::ALL)
        .filter(|&format| layout::is_allowed(format, options));
    formats.find_map(|format| {
        let rules = usual.in_format(format);
        let mut numbers = Numbers::default();
        for cell in texts.iter() {
            match cell {
                // Marks were taken out when the cells were stored.
                cell if is_missing(cell) => numbers.push(b"", usize::MAX, &rules)?,
                cell if percent => {
                    numbers.push(in_percent(cell)?.as_bytes(), usize::MAX, &rules)?;
                }
                cell => numbers.push(cell.as_bytes(), usize::MAX, &rules)?,
            }
        }
        let mut parts = Vec::new();
        if percent {
            let number = in_percent(first)?;
            parts.push(format!(
                "is in percent, “{}” is read as {}",
                shortened(first),
                exact(number::parse(number.as_bytes(), format)?)
            ));
        }
        if format != usual.format {
            parts.push(format!("has {format}"));
        }
        let words = texts
            .iter()
            .any(|cell| is_missing(cell) && !number::is_missing(cell.as_bytes()));
        let said = match parts.is_empty() {
            // Of the words among them is told.
            true if words => None,
            true => Some("has numbers.".to_owned()),
            false => Some(parts.join(" and ") + "."),
        };
        Some((numbers, said))
    })
}

#[cfg(test)]
mod tests;
