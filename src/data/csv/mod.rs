//! Bytes of a delimited text file → [`Table`].
//!
//! Nothing needs to be known about the file: encoding, delimiter and whether there is a header are found out
//! (`layout.rs`), and a column is numeric if all its cells are. Numbers are parsed straight from the record's bytes; text is
//! kept for the text columns alone. A column that begins with numbers and turns out to be text costs a second pass.

mod error;
mod layout;
mod records;

use std::ops::ControlFlow;

use super::number::{self, Notation};
use super::place::{Place, Places, counted};
use super::table::{Cells, Column, Lines, Table};
use super::text::Texts;

pub use error::CsvError;
use layout::Layout;
use records::{Position, Records};

/// The most cells (rows × columns) a table may have: 64 Mi, half a gigabyte of numbers.
pub const MAX_CELLS: usize = 1 << 26;

/// What the user says about a file; what is `None` is found out from its first lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CsvOptions {
    /// The byte between fields. Found among comma, semicolon, tab and vertical bar.
    pub delimiter: Option<u8>,
    /// Whether the first line holds the columns' names. Without a header they are “column 1”, “column 2”, …
    pub header: Option<bool>,
}

/// Reads a whole file.
///
/// - Encoding: as a byte order mark says (it is skipped), otherwise UTF-8 if the bytes are valid UTF-8, otherwise
///   Windows-1252. Lines end with LF, CRLF or CR.
/// - Quoted fields may hold delimiters, line ends and doubled quotation marks.
/// - Blank lines are ignored, except between the values of a single column, where one is a missing value.
///   Lines of delimiters alone are ignored before the first row with a value and after the last.
/// - Where the delimiter is not a comma, a column whose cells have decimal commas and no decimal points is numeric.
/// - A column with a cell that is no finite number is a text column; asking for its numbers
///   ([`Table::numbers`]) names every bad cell.
///
/// `progress` is called now and then with the share done, from 0 to 1; [`ControlFlow::Break`] cancels.
///
/// # Errors
/// See [`CsvError`]; every ragged row is named, not only the first.
///
/// ```
/// use rnnscope::data::csv::{CsvOptions, read};
/// use std::ops::ControlFlow;
///
/// let file = b"year;spots\n1700;5,0\n1701;11,5\n";
/// let table = read(file, &CsvOptions::default(), &|_| ControlFlow::Continue(())).unwrap();
/// assert_eq!(table.numbers("spots").unwrap(), [5.0, 11.5]);
/// ```
pub fn read(
    bytes: &[u8],
    options: &CsvOptions,
    progress: &dyn Fn(f32) -> ControlFlow<()>,
) -> Result<Table, CsvError> {
    read_up_to(MAX_CELLS, bytes, options, progress)
}

/// [`read`] with a limit that a test can reach.
fn read_up_to(
    limit: usize,
    bytes: &[u8],
    options: &CsvOptions,
    progress: &dyn Fn(f32) -> ControlFlow<()>,
) -> Result<Table, CsvError> {
    if progress(0.0).is_break() {
        return Err(CsvError::Cancelled);
    }
    let utf8 = layout::utf8(bytes);
    let layout = Layout::find(&utf8, options)?;
    let mut stores: Vec<Store> = layout
        .numeric
        .iter()
        .map(|&numeric| Store::expecting(numeric))
        .collect();

    // The first pass is nearly always the only one.
    const FIRST_PASS: f32 = 0.9;
    let filled = fill(limit, &utf8, &layout, &mut stores, &|share| {
        progress(FIRST_PASS * share)
    })?;
    if stores.iter().any(|store| matches!(store, Store::Disproved)) {
        let mut again: Vec<Store> = stores.iter().map(Store::for_second_pass).collect();
        fill(limit, &utf8, &layout, &mut again, &|share| {
            progress(FIRST_PASS + (1.0 - FIRST_PASS) * share)
        })?;
        for (store, text) in stores.iter_mut().zip(again) {
            if let Store::Texts(_) = text {
                *store = text;
            }
        }
    }

    let columns = layout
        .names
        .into_iter()
        .zip(stores)
        .map(|(name, store)| Column {
            name,
            cells: store.cells(),
        });
    let table = Table::new(columns.collect(), filled.rows, filled.lines);
    // All is read: a cancel that comes now is too late to matter.
    let _ = progress(1.0);
    Ok(table)
}

/// Where the cells of one column go.
enum Store {
    Numbers {
        values: Vec<f64>,
        notation: Option<Notation>,
    },
    Texts(Texts),
    /// Begun as numbers until a cell was none: to be read again as text.
    Disproved,
    /// Already read.
    Skipped,
}

impl Store {
    fn expecting(numeric: bool) -> Self {
        if numeric {
            Store::Numbers {
                values: Vec::new(),
                notation: None,
            }
        } else {
            Store::Texts(Texts::default())
        }
    }

    fn for_second_pass(&self) -> Self {
        match self {
            Store::Disproved => Store::Texts(Texts::default()),
            _ => Store::Skipped,
        }
    }

    fn push(&mut self, cell: &[u8], comma: bool) {
        match self {
            Store::Numbers { values, notation } => match number::parse(cell, comma) {
                Some((value, shown))
                    if shown.is_none() || notation.is_none() || shown == *notation =>
                {
                    *notation = notation.or(shown);
                    values.push(value);
                }
                _ => *self = Store::Disproved,
            },
            Store::Texts(texts) => texts.push(String::from_utf8_lossy(cell).trim()),
            Store::Disproved | Store::Skipped => {}
        }
    }

    fn cells(self) -> Cells {
        match self {
            Store::Numbers { values, .. } => Cells::Numbers(values),
            Store::Texts(texts) => Cells::Texts(texts),
            // Not reached: the second pass turned every disproved store to texts and its skipped ones are dropped.
            Store::Disproved | Store::Skipped => Cells::Texts(Texts::default()),
        }
    }
}

struct Filled {
    rows: usize,
    lines: Lines,
}

/// Reads every row into `stores`, one per column.
fn fill(
    limit: usize,
    utf8: &[u8],
    layout: &Layout,
    stores: &mut [Store],
    progress: &dyn Fn(f32) -> ControlFlow<()>,
) -> Result<Filled, CsvError> {
    const BYTES_BETWEEN_CALLS: usize = 1 << 18;
    let columns = stores.len();
    let comma = layout.delimiter != b',';
    let mut records = Records::new(utf8, layout.delimiter);
    let mut lines = Lines::default();
    let mut rows = 0;
    let mut ragged = Places::default();
    // Lines without any value, which count as rows only if a row with values follows.
    let mut empty: Vec<u64> = Vec::new();
    let mut header_ahead = layout.header;
    let mut header_line = 1;
    let mut called_at = 0;

    while let Some(position) = records.next()? {
        if position.end - called_at >= BYTES_BETWEEN_CALLS {
            called_at = position.end;
            if progress(position.end as f32 / utf8.len() as f32).is_break() {
                return Err(CsvError::Cancelled);
            }
        }
        let record = records.record();
        if columns == 1 && rows > 0 {
            empty.extend(position.line - position.blank_lines..position.line);
        }
        if records::is_blank(record) {
            if rows > 0 && (columns == 1 || record.len() == columns) {
                empty.push(position.line);
            }
            continue;
        }
        if header_ahead {
            header_ahead = false;
            header_line = position.line;
            if record.len() != columns {
                ragged.add(|| ragged_row(&position, record.len(), &layout.names));
            }
            continue;
        }
        if (rows + empty.len() + 1).saturating_mul(columns) > limit {
            return Err(CsvError::TooLarge {
                line: position.line,
                columns,
                limit,
            });
        }
        for line in empty.drain(..) {
            lines.push(rows, line);
            rows += 1;
            stores.iter_mut().for_each(|store| store.push(b"", comma));
        }
        if record.len() != columns {
            ragged.add(|| ragged_row(&position, record.len(), &layout.names));
            continue;
        }
        lines.push(rows, position.line);
        rows += 1;
        for (store, cell) in stores.iter_mut().zip(record) {
            store.push(cell, comma);
        }
    }
    if !ragged.is_empty() {
        Err(CsvError::Ragged(ragged))
    } else if rows == 0 {
        Err(CsvError::NoRows { header_line })
    } else {
        Ok(Filled { rows, lines })
    }
}

fn ragged_row(position: &Position, found: usize, names: &[String]) -> Place {
    let (line, last_line, columns) = (position.line, position.last_line, names.len());
    let hint = if last_line > line {
        format!(
            "A quoted field joins lines {line} to {last_line} to one row. If that is not meant, close its quotation mark."
        )
    } else if found < columns {
        "Add what is missing (an empty field still needs its delimiter), or delete the line."
            .to_owned()
    } else {
        "Put a field that holds the delimiter in quotation marks, or delete what is too much."
            .to_owned()
    };
    // The first field that is missing, or the first too many.
    let column = found.min(columns) + 1;
    Place {
        line,
        column: Some(column),
        header: names.get(column - 1).cloned(),
        found: counted(found, "field"),
        expected: format!("{columns} as in most lines"),
        hint,
    }
}

#[cfg(test)]
mod tests;
