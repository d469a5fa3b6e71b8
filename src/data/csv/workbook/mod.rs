//! A workbook of a spreadsheet (.xlsx, Office Open XML: ECMA-376) → a text with a line for each row of one sheet.
//!
//! From there on the sheet is read as the text is that the spreadsheet would save: titles, names, units, footers and marks for
//! missing values are found by the same grammar, and a line is a row of the sheet. Numbers stay as they are stored, with all their
//! digits; what is shown as a date or a time is written as one.

mod format;
mod xml;

use super::unpack::Archive;
use super::{CsvError, MAX_COLUMNS, MAX_UNPACKED, Progress};
use crate::data::bad_place::{BadPlace, BadPlaces};
use crate::data::nearest::nearest;
use crate::words::{counted, grouped, many, mebibytes, shortened};
use format::Format;
use std::collections::{BTreeMap, BTreeSet};
use xml::{CutOff, Event, Tag, Xml, plain};

/// The most rows that a sheet may have.
const MAX_ROWS: usize = 1 << 20;

/// How many times as large as the whole file a part may be when it is unpacked: sheets of numbers are about 15 times, those of a
/// single one at most 150 times as large.
const MOST_TIMES: u64 = 200;

/// What may always be unpacked: 64 MiB.
const ALWAYS: u64 = 1 << 26;

/// So many empty columns between two that have values are left out: the cell beyond them strayed there.
const FAR_COLUMNS: usize = 100;

/// So many empty rows.
const FAR_ROWS: usize = 1000;

/// A sheet as a text.
pub(super) struct Sheet {
    /// Its rows, tabs between cells, from the sheet's first row on.
    pub text: Vec<u8>,
    /// What it is called.
    pub name: String,
    /// The other sheets that are in sight.
    pub others: Vec<String>,
    /// Whether numbers with a fraction are stored in it: these have points, whatever texts beside them look like.
    pub has_fractions: bool,
    /// The rows of the sheet, from 0, before which empty ones were left out, and how many.
    pub far_rows: Vec<(usize, usize)>,
    /// What should be known about it, a sentence each.
    pub notes: Vec<String>,
}

impl Sheet {
    /// The row of the sheet that is on this line of the text, both from 1.
    pub fn row_of_line(&self, line: u64) -> u64 {
        let mut row = line;
        for &(far, left_out) in &self.far_rows {
            if row > (far - left_out) as u64 {
                row += left_out as u64;
            }
        }
        row
    }
}

/// Whether an archive is a workbook that can be read.
pub(super) fn is(archive: &Archive) -> bool {
    archive.has("xl/workbook.xml")
}

const WHAT: &str = "a workbook";

fn damaged() -> CsvError {
    CsvError::NoText {
        what: "a workbook that is damaged or cut off",
        hint: "Open it in a spreadsheet and save it again, or save the sheet as CSV.",
    }
}

impl From<CutOff> for CsvError {
    fn from(_: CutOff) -> Self {
        damaged()
    }
}

/// The sheet called `asked`, or without a name the first one with numbers in several rows; `room` bytes are there for it.
pub(super) fn read(
    archive: &Archive,
    asked: Option<&str>,
    room: u64,
    progress: Progress,
) -> Result<Sheet, CsvError> {
    // What was unpacked and the text are there at the same time.
    let room = room.min(MAX_UNPACKED) / 3;
    // A part says how large it is, and is refused before it is unpacked.
    let unpacked = archive.packed().saturating_mul(MOST_TIMES).max(ALWAYS);
    let part = |name: &str| part(archive, name, room.min(unpacked), progress);
    let workbook = part("xl/workbook.xml")?.ok_or_else(damaged)?;
    let book = Book::of(
        &workbook,
        &part("xl/_rels/workbook.xml.rels")?.unwrap_or_default(),
    )?;
    let shown: Vec<&Entry> = match asked {
        Some(asked) => vec![book.called(asked)?],
        None => book.sheets.iter().filter(|sheet| !sheet.hidden).collect(),
    };
    let formats = formats(&part("xl/styles.xml")?.unwrap_or_default())?;
    let strings = Strings::of(&part("xl/sharedStrings.xml")?.unwrap_or_default(), room)?;
    let cells = Cells {
        formats: &formats,
        strings: &strings,
        from_1904: book.from_1904,
    };
    let mut first = None;
    for entry in shown {
        let Some(xml) = entry.path.as_deref().map(part).transpose()?.flatten() else {
            continue;
        };
        let extent = cells.extent(&xml, room, progress)?;
        let is_table = extent.rows_with_numbers > 1 || asked.is_some();
        if extent.last.is_none() || !(is_table || first.is_none()) {
            continue;
        }
        first = Some((entry, xml, extent));
        if is_table {
            break;
        }
    }
    let Some((entry, xml, extent)) = first else {
        return Err(CsvError::NoText {
            what: match asked {
                Some(_) => "a sheet without values",
                None => "a workbook without values",
            },
            hint: "Check that the right file was chosen. Formulas have values once a spreadsheet has saved them.",
        });
    };
    let (text, has_fractions) = cells.text(&xml, &extent, room, progress)?;
    let others = book
        .sheets
        .iter()
        .filter(|sheet| !sheet.hidden && sheet.name != entry.name);
    Ok(Sheet {
        text,
        name: entry.name.clone(),
        others: others.map(|sheet| sheet.name.clone()).collect(),
        has_fractions,
        notes: extent.notes(),
        far_rows: extent.far_rows,
    })
}

/// A part of the archive as text; `None` if there is none of this name.
fn part(
    archive: &Archive,
    name: &str,
    room: u64,
    progress: Progress,
) -> Result<Option<String>, CsvError> {
    let Some(bytes) = archive.part(name, WHAT, room, progress)? else {
        return Ok(None);
    };
    let marked = encoding_rs::Encoding::for_bom(&bytes).map(|(encoding, _)| encoding);
    let text = match marked {
        Some(encoding) => encoding.decode(&bytes).0.into_owned(),
        None => match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        },
    };
    Ok(Some(text))
}

/// What a workbook says of its sheets.
struct Book {
    sheets: Vec<Entry>,
    /// Whether days are counted from 1904 on.
    from_1904: bool,
}

/// A sheet as the workbook names it.
struct Entry {
    name: String,
    hidden: bool,
    /// Where its cells are; `None` for what has none, such as a chart.
    path: Option<String>,
}

impl Book {
    fn of(workbook: &str, relations: &str) -> Result<Self, CsvError> {
        let mut paths: BTreeMap<String, String> = BTreeMap::new();
        each_tag(relations, |tag| {
            let kind = tag.get("Type").unwrap_or_default();
            if tag.name == "Relationship"
                && kind.ends_with("/worksheet")
                && let (Some(id), Some(target)) = (tag.get("Id"), tag.get("Target"))
            {
                let path = match target.strip_prefix('/') {
                    Some(whole) => whole.to_owned(),
                    None => format!("xl/{}", target.trim_start_matches("./")),
                };
                paths.insert(id.into_owned(), path);
            }
        })?;
        let mut book = Self {
            sheets: Vec::new(),
            from_1904: false,
        };
        each_tag(workbook, |tag| match tag.name {
            "workbookPr" => book.from_1904 = tag.is("date1904"),
            "sheet" => book.sheets.push(Entry {
                name: tag.get("name").unwrap_or_default().into_owned(),
                hidden: tag.get("state").is_some_and(|state| state != "visible"),
                path: tag.get(":id").and_then(|id| paths.get(&*id).cloned()),
            }),
            _ => {}
        })?;
        match book.sheets.is_empty() {
            true => Err(damaged()),
            false => Ok(book),
        }
    }

    fn called(&self, asked: &str) -> Result<&Entry, CsvError> {
        // Spreadsheets tell no large letters from small ones in these names.
        let is = |entry: &&Entry| entry.name.trim().to_lowercase() == asked.trim().to_lowercase();
        self.sheets.iter().find(is).ok_or_else(|| {
            let known: Vec<String> = self.sheets.iter().map(|sheet| sheet.name.clone()).collect();
            CsvError::NoSheet {
                asked: asked.to_owned(),
                nearest: nearest(asked, known.iter().map(String::as_str)).map(str::to_owned),
                known,
            }
        })
    }
}

/// Goes through the tags that open.
fn each_tag(text: &str, mut done: impl FnMut(Tag<'_>)) -> Result<(), CsvError> {
    let mut xml = Xml::new(text);
    while let Some(event) = xml.next()? {
        if let Event::Start(tag, _) = event {
            done(tag);
        }
    }
    Ok(())
}

/// How the cells of each style show numbers.
fn formats(styles: &str) -> Result<Vec<Format>, CsvError> {
    let mut own: BTreeMap<usize, Format> = BTreeMap::new();
    let mut formats = Vec::new();
    let mut xml = Xml::new(styles);
    // Other lists of styles have the same tags.
    let mut of_cells = false;
    while let Some(event) = xml.next()? {
        match event {
            Event::Start(tag, closed) => match tag.name {
                "numFmt" => {
                    if let (Some(id), Some(code)) = (tag.number("numFmtId"), tag.get("formatCode"))
                    {
                        own.insert(id, Format::of_code(&code));
                    }
                }
                "cellXfs" => of_cells = !closed,
                "xf" if of_cells => {
                    let id = tag.number("numFmtId").unwrap_or(0);
                    let built_in = || Format::built_in(id);
                    formats.push(own.get(&id).copied().unwrap_or_else(built_in));
                }
                _ => {}
            },
            Event::End("cellXfs") => of_cells = false,
            _ => {}
        }
    }
    Ok(formats)
}

/// Texts that cells share, one after the other.
struct Strings {
    all: String,
    ends: Vec<usize>,
}

impl Strings {
    fn of(text: &str, room: u64) -> Result<Self, CsvError> {
        let mut strings = Self {
            all: String::new(),
            ends: Vec::new(),
        };
        let mut xml = Xml::new(text);
        let mut run = Run::default();
        while let Some(event) = xml.next()? {
            run.take(event, &mut strings.all);
            if let Event::End("si") | Event::Start(Tag { name: "si", .. }, true) = event {
                strings.ends.push(strings.all.len());
            }
        }
        match (strings.ends.len() * size_of::<usize>()) as u64 > room {
            true => Err(too_large(room)),
            false => Ok(strings),
        }
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn get(&self, index: usize) -> Option<&str> {
        let start = index
            .checked_sub(1)
            .map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.all.get(start..*self.ends.get(index)?)
    }
}

fn too_large(room: u64) -> CsvError {
    CsvError::Unpacked {
        what: WHAT,
        room: mebibytes(room),
    }
}

/// Text that may be made of several runs; how it is to be pronounced is none of it.
#[derive(Default)]
struct Run {
    within: bool,
    pronounced: bool,
}

impl Run {
    fn take(&mut self, event: Event<'_>, text: &mut String) {
        match event {
            Event::Start(Tag { name: "t", .. }, closed) => self.within = !closed,
            Event::Start(Tag { name: "rPh", .. }, closed) => self.pronounced = !closed,
            Event::End("t") => self.within = false,
            Event::End("rPh") => self.pronounced = false,
            Event::Text(piece) if self.within && !self.pronounced => text.push_str(&plain(piece)),
            Event::Verbatim(piece) if self.within && !self.pronounced => text.push_str(piece),
            _ => {}
        }
    }
}

/// Which part of a sheet has values, and what is unusual in it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Extent {
    /// The first column with a value, from 0.
    first_column: usize,
    /// The last row and the last column with a value, from 0.
    last: Option<(usize, usize)>,
    /// Rows, from 0, before which so many are empty that they are left out, and how many.
    far_rows: Vec<(usize, usize)>,
    /// The same of columns.
    far_columns: Vec<(usize, usize)>,
    rows_with_numbers: usize,
    /// Formulas without a value.
    unknown: usize,
    /// Cells that were merged over several rows.
    merged: usize,
}

impl Extent {
    fn notes(&self) -> Vec<String> {
        /// How many gaps are told one by one.
        const SHOWN: usize = 3;
        let mut notes = Vec::new();
        if self.unknown > 0 {
            notes.push(format!(
                "{} without a value: open the workbook in a spreadsheet and save it, then they have one.",
                counted(self.unknown, "formula")
            ));
        }
        if self.merged > 0 {
            notes.push(format!(
                "{} over several rows: the value counts for the first of them alone.",
                counted(self.merged, "merged cell")
            ));
        }
        for (columns, far, what) in [
            (true, &self.far_columns, "empty column"),
            (false, &self.far_rows, "empty row"),
        ] {
            notes.extend(far.iter().take(SHOWN).map(|&(place, left_out)| {
                let name = match columns {
                    true => name_of_column(place),
                    false => grouped(place + 1),
                };
                format!(
                    "{} before {} {name} left out.",
                    many(left_out, what),
                    what.trim_start_matches("empty ")
                )
            }));
            let more = far.len().saturating_sub(SHOWN);
            if more > 0 {
                notes.push(format!("{} likewise.", counted(more, "more such gap")));
            }
        }
        notes
    }
}

/// What cells refer to.
struct Cells<'a> {
    formats: &'a [Format],
    strings: &'a Strings,
    from_1904: bool,
}

/// A cell as it is stored.
#[derive(Default)]
struct Cell {
    row: usize,
    column: usize,
    style: usize,
    kind: Kind,
    /// What stands in it.
    value: String,
    formula: bool,
}

/// What a cell holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Number,
    /// The number of a text that cells share.
    Shared,
    Truth,
    /// Text as it stands: of its own, of a formula, a date, an error.
    Text,
}

impl Cells<'_> {
    /// Goes through the cells of a sheet; those without value are among them.
    fn each(
        &self,
        sheet: &str,
        progress: Progress,
        mut done: impl FnMut(&Cell) -> Result<(), CsvError>,
        mut other: impl FnMut(Tag<'_>),
    ) -> Result<(), CsvError> {
        const BETWEEN: usize = 1 << 14;
        let mut xml = Xml::new(sheet);
        let (mut next_row, mut next_column, mut seen) = (0, 0, 0);
        let mut cell: Option<Cell> = None;
        let (mut in_value, mut run) = (false, Run::default());
        // What was cut off between two tags shows nowhere else.
        let mut whole = false;
        while let Some(event) = xml.next()? {
            match event {
                Event::Start(tag, closed) => match tag.name {
                    "row" => {
                        // Without a number it is the next one.
                        let number = tag.number("r").filter(|&number| number > 0);
                        let row = number.map_or(next_row, |number| number - 1);
                        if row < next_row || row >= MAX_ROWS {
                            return Err(damaged());
                        }
                        (next_row, next_column) = (row + 1, 0);
                    }
                    "c" => {
                        let column = match tag.get("r") {
                            Some(place) => column_of(&place).ok_or_else(damaged)?,
                            None => next_column,
                        };
                        if column < next_column || column >= MAX_COLUMNS {
                            return Err(damaged());
                        }
                        next_column = column + 1;
                        cell = (!closed).then(|| Cell {
                            row: next_row.saturating_sub(1),
                            column,
                            style: tag.number("s").unwrap_or(0),
                            kind: match tag.get("t").as_deref() {
                                Some("s") => Kind::Shared,
                                Some("b") => Kind::Truth,
                                Some("str" | "inlineStr" | "e" | "d") => Kind::Text,
                                _ => Kind::Number,
                            },
                            value: String::new(),
                            formula: false,
                        });
                        seen += 1;
                        if seen % BETWEEN == 0 && progress(xml.share()).is_break() {
                            return Err(CsvError::Cancelled);
                        }
                    }
                    "v" => in_value = !closed,
                    "f" => {
                        if let Some(cell) = &mut cell {
                            cell.formula = true;
                        }
                    }
                    _ => other(tag),
                },
                Event::End("v") => in_value = false,
                Event::End("c") => {
                    if let Some(cell) = cell.take() {
                        done(&cell)?;
                    }
                }
                Event::Text(piece) if in_value => {
                    if let Some(cell) = &mut cell {
                        cell.value.push_str(&plain(piece));
                    }
                }
                _ => {}
            }
            if let Some(cell) = &mut cell {
                run.take(event, &mut cell.value);
            }
            whole |= matches!(
                event,
                Event::End("sheetData")
                    | Event::Start(
                        Tag {
                            name: "sheetData",
                            ..
                        },
                        true
                    )
            );
        }
        match whole {
            true => Ok(()),
            false => Err(damaged()),
        }
    }

    fn extent(&self, sheet: &str, room: u64, progress: Progress) -> Result<Extent, CsvError> {
        let mut extent = Extent {
            first_column: usize::MAX,
            ..Extent::default()
        };
        let (mut numbered, mut merged, mut length) = (None, 0, 0_u64);
        let mut columns: BTreeSet<usize> = BTreeSet::new();
        let mut dangling = BadPlaces::default();
        let is_merged = |tag: Tag<'_>| {
            let place = tag.get("ref").filter(|_| tag.name == "mergeCell");
            let rows = place.as_deref().and_then(|place| place.split_once(':'));
            let digits = |place: &str| {
                place
                    .trim_start_matches(|sign: char| !sign.is_ascii_digit())
                    .to_owned()
            };
            merged += usize::from(rows.is_some_and(|(from, to)| digits(from) != digits(to)));
        };
        let half = |share: f32| progress(0.5 * share);
        let done = |cell: &Cell| {
            if cell.kind == Kind::Shared
                && !cell.value.trim().is_empty()
                && self.shared(cell).is_none()
            {
                dangling.add(|| self.no_such_text(cell));
                return Ok(());
            }
            let text = self.text_of(cell);
            // One text may be that of a million cells.
            length = length.saturating_add(text.len() as u64 + 1);
            if length > room {
                return Err(too_large(room));
            }
            if text.trim().is_empty() {
                extent.unknown += usize::from(cell.formula);
                return Ok(());
            }
            extent.first_column = extent.first_column.min(cell.column);
            columns.insert(cell.column);
            let next_row = extent.last.map_or(0, |(row, _)| row + 1);
            if cell.row >= next_row + FAR_ROWS && extent.last.is_some() {
                extent.far_rows.push((cell.row, cell.row - next_row));
            }
            let before = extent.last.map_or(0, |(_, column)| column);
            extent.last = Some((cell.row, before.max(cell.column)));
            if cell.kind == Kind::Number && numbered != Some(cell.row) {
                numbered = Some(cell.row);
                extent.rows_with_numbers += 1;
            }
            Ok(())
        };
        self.each(sheet, &half, done, is_merged)?;
        if !dangling.is_empty() {
            return Err(CsvError::NoSuchText(dangling));
        }
        extent.merged = merged;
        let mut next = extent.first_column;
        for column in columns {
            if column >= next.saturating_add(FAR_COLUMNS) {
                extent.far_columns.push((column, column - next));
            }
            next = column + 1;
        }
        Ok(extent)
    }

    /// The text that a cell shares with others.
    fn shared(&self, cell: &Cell) -> Option<&str> {
        self.strings.get(cell.value.trim().parse().ok()?)
    }

    /// That the text to which a cell refers is not there.
    fn no_such_text(&self, cell: &Cell) -> BadPlace {
        BadPlace {
            line: cell.row as u64 + 1,
            column: Some(cell.column + 1),
            header: None,
            found: format!(
                "a reference to shared text {}",
                shortened(cell.value.trim())
            ),
            expected: match self.strings.len() {
                0 => "a text in the cell, as the workbook has no shared ones".to_owned(),
                1 => "0, as the workbook has one shared text".to_owned(),
                count => format!("0 to {}, as the workbook has {count} of them", count - 1),
            },
            hint: "Open the workbook in a spreadsheet and save it again, or save the sheet as CSV."
                .to_owned(),
        }
    }

    /// The text of a cell.
    fn text_of<'c>(&'c self, cell: &'c Cell) -> std::borrow::Cow<'c, str> {
        let value = cell.value.as_str();
        match cell.kind {
            Kind::Shared => self.shared(cell).unwrap_or_default().into(),
            Kind::Truth => match value.trim() {
                "" => "".into(),
                "0" => "FALSE".into(),
                _ => "TRUE".into(),
            },
            Kind::Text => value.into(),
            Kind::Number => {
                let format = self.formats.get(cell.style).copied().unwrap_or_default();
                let number = || value.trim().parse().ok();
                match format {
                    Format::Number => value.into(),
                    format => number()
                        .and_then(|number| format.text(number, self.from_1904))
                        .map_or(value.into(), Into::into),
                }
            }
        }
    }

    /// The sheet's rows as lines, all with as many tabs; rows without cells among them, so that lines are rows. And whether numbers
    /// with a fraction are among the cells.
    fn text(
        &self,
        sheet: &str,
        extent: &Extent,
        room: u64,
        progress: Progress,
    ) -> Result<(Vec<u8>, bool), CsvError> {
        let (last_row, last_column) = extent.last.unwrap_or_default();
        let left_out = |far: &[(usize, usize)], place: usize| -> usize {
            let before = far.iter().take_while(|&&(first, _)| first <= place);
            before.map(|&(_, left_out)| left_out).sum()
        };
        let place = |column: usize| {
            column - extent.first_column.min(column) - left_out(&extent.far_columns, column)
        };
        let tabs = place(last_column);
        let lines = last_row + 1 - left_out(&extent.far_rows, last_row);
        if (lines * (tabs + 1)) as u64 > room {
            return Err(too_large(room));
        }
        let mut text = Vec::with_capacity(lines * (tabs + 1));
        let mut far_rows = extent.far_rows.iter().peekable();
        let (mut row, mut written) = (0, 0);
        let mut has_fractions = false;
        let end_row = |text: &mut Vec<u8>, written: usize| {
            text.extend(std::iter::repeat_n(b'\t', tabs - written));
            text.push(b'\n');
        };
        let half = |share: f32| progress(0.5 + 0.5 * share);
        let done = |cell: &Cell| {
            let value = self.text_of(cell);
            if cell.row > last_row || value.trim().is_empty() {
                return Ok(());
            }
            while row < cell.row {
                end_row(&mut text, written);
                (row, written) = (row + 1, 0);
                // The next line is that of the row behind the empty ones.
                if let Some((far, _)) = far_rows.next_if(|&&(far, left_out)| row == far - left_out)
                {
                    row = *far;
                }
            }
            has_fractions |= matches!(cell.kind, Kind::Number) && value.contains('.');
            let column = place(cell.column);
            text.extend(std::iter::repeat_n(b'\t', column - written));
            written = column;
            put(&mut text, &value);
            match text.len() as u64 > room {
                true => Err(too_large(room)),
                false => Ok(()),
            }
        };
        self.each(sheet, &half, done, |_| {})?;
        end_row(&mut text, written);
        Ok((text, has_fractions))
    }
}

/// Adds a field; what could be taken for more than a field is put in quotation marks, and a line of the text is a row.
fn put(text: &mut Vec<u8>, field: &str) {
    // So line ends are stored that were not made by this system.
    let field = field.replace("_x000D_", " ");
    let field = field.trim().replace(['\r', '\n', '\t'], " ");
    if field.contains(['"', '#', '%', '/', '\\', '\'', ';', '!', '=']) {
        text.push(b'"');
        text.extend_from_slice(field.replace('"', "\"\"").as_bytes());
        text.push(b'"');
    } else {
        text.extend_from_slice(field.as_bytes());
    }
}

/// What a spreadsheet calls a column, counted from 0: `AB`.
fn name_of_column(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// The column of a place such as `AB12`, from 0.
fn column_of(place: &str) -> Option<usize> {
    let letters = place.bytes().take_while(u8::is_ascii_alphabetic);
    let mut column = 0_usize;
    for letter in letters {
        let digit = usize::from(letter.to_ascii_uppercase() - b'A') + 1;
        column = column.checked_mul(26)?.checked_add(digit)?;
    }
    column.checked_sub(1)
}

#[cfg(test)]
mod tests;
