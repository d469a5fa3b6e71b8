//! What kind of file it is: comments, delimiter, titles, notation of numbers, names, units, columns.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use super::cells::Rules;
use super::delimiter::{comment_and_delimiter, delimiter_said};
use super::footer::{self, About, Around, Shape};
use super::quotes::{Quotes, without_quotes_around_lines};
use super::records::Records;
use super::sample::{
    Head, Row, Sample, grammar, is_any_number, is_empty, margin, padding, quotes, readable,
    usual_len,
};
use super::units::{is_kind, is_unit, is_width};
use super::{Comment, CsvError, CsvOptions};
use crate::data::number::{self, Evidence, NumberFormat};
use crate::data::time::is_date;

/// What a file is like, found out from its first lines.
#[derive(Debug)]
pub(super) struct Layout {
    /// The delimiter found or asked for; a space stands for runs of spaces and tabs.
    pub delimiter: u8,
    pub comment: Comment,
    /// How fields are quoted.
    pub quotes: Quotes,
    /// Where in the readable text the first line begins that is looked at, and which that is: what stands above was said to be
    /// none of the table.
    pub starts: (usize, u64),
    /// Whether quotation marks around whole lines were left out.
    pub unwrapped: bool,
    /// The line that says which delimiter is used.
    pub delimiter_line: Option<u64>,
    /// The line on which the table begins, with its names or its first row; what stands above is a title.
    pub begins: u64,
    /// The line with the names, in the table or in a comment above it.
    pub header: Option<u64>,
    /// The line below the names that says in which units the columns are.
    pub units: Option<u64>,
    /// The lines between the names and the first row that say what the columns are.
    pub about: Vec<u64>,
    /// The lines that were said to be none of the table.
    pub skip: Vec<u64>,
    /// The last line of the table, if it sums up those above: known when all were read.
    pub total: Option<u64>,
    /// The lines between the rows that sum up some of them: known then, too.
    pub sums: Vec<u64>,
    /// Whether the names need not be as many as the rows have fields.
    pub misfit: Option<Misfit>,
    /// How many columns at the right have a name and no field in any row.
    pub absent: usize,
    /// The first and last of the numbers that are taken for names.
    pub numbered: Option<(u64, u64)>,
    /// Whether nothing but its place tells that the line of names is one: texts above texts.
    pub guessed_name: bool,
    /// The columns' names, all different.
    pub names: Vec<String>,
    /// The columns that are called otherwise than in the file, since an earlier one has their name, each with that.
    pub renamed: Vec<(usize, String)>,
    /// How many fields without name and value most records have at their end; they are no columns.
    pub padding: usize,
    /// How many all records have at their beginning; neither are these.
    pub margin: usize,
    /// What the cells seen so far tell about the notation of numbers.
    pub evidence: Evidence,
    pub format: NumberFormat,
    /// What tells footers from rows.
    pub shape: Shape,
    /// The signs that stand alone in the lines above the table, as where it is said what they mean beside numbers.
    pub legend: Vec<String>,
    /// Whether all of a column's cells in the first lines are numbers or missing.
    pub numeric: Vec<bool>,
    /// How many bytes of text the rows looked at have, and how many rows that are.
    pub seen: (usize, usize),
}

/// How the line of names differs from the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Misfit {
    /// It has one field less: the first column has no name, as R writes tables with names of rows.
    FirstUnnamed,
    /// It has more: the last columns have no field in any row, or only empty ones that have more behind them.
    LastEmpty,
}

impl Layout {
    /// What `text` is like, and the text as its records are to be read.
    pub fn find<'a>(
        text: Cow<'a, [u8]>,
        options: &CsvOptions,
    ) -> Result<(Self, Cow<'a, [u8]>), CsvError> {
        Self::find_in(text, options, true)
    }

    /// The same where there may be no margin: what stands at the left of all records is a column, be it empty in the first ones.
    pub fn find_in<'a>(
        text: Cow<'a, [u8]>,
        options: &CsvOptions,
        has_margin: bool,
    ) -> Result<(Self, Cow<'a, [u8]>), CsvError> {
        check(options)?;
        let unwrapped = without_quotes_around_lines(&text);
        let is_unwrapped = unwrapped.is_some();
        let text = unwrapped.map_or(text, Cow::Owned);
        if text.trim_ascii().is_empty() {
            return Err(CsvError::Empty);
        }
        let (begins, lines) = begin(&text, options)?;
        let rest = &text[begins..];
        let mut head = Head::of(rest, options.comment);
        head.above += lines;
        let layout = match Self::of_head(head, options, has_margin) {
            Err(CsvError::OpenQuote(_)) if !head.whole => {
                Self::of_head(head.longer(rest), options, has_margin)
            }
            layout => layout,
        };
        let mut layout = layout.map_err(|error| error.below(head.above))?;
        let delimiter = layout.delimiter;
        layout.quotes = quotes(rest, delimiter, options.quotes);
        layout.starts = (begins, lines + 1);
        layout.unwrapped = is_unwrapped;
        if begins == 0 {
            let text = readable(text, delimiter, layout.quotes);
            return Ok((layout, text));
        }
        // What stands above may be quoted in any way.
        let text = match readable(Cow::Borrowed(rest), delimiter, layout.quotes) {
            Cow::Borrowed(_) => text,
            Cow::Owned(rest) => Cow::Owned([&text[..begins], &rest].concat()),
        };
        Ok((layout, text))
    }

    /// What a text is like that begins so.
    fn of_head(head: Head<'_>, options: &CsvOptions, has_margin: bool) -> Result<Self, CsvError> {
        let (lines_above, whole_head) = (head.above, head.whole);
        let options = &CsvOptions {
            comment: options.comment.or(head.comment),
            ..options.clone()
        };
        // Lines as they are counted in what is looked at.
        let here = |line: u64| line.saturating_sub(lines_above);
        let skip: Vec<u64> = options.skip_lines.iter().copied().map(here).collect();
        let (first_line, names_line) = (options.first_line.map(here), options.names_line.map(here));
        let head = head.text;
        let said = delimiter_said(head);
        let (comment, delimiter) =
            comment_and_delimiter(head, options, said.map(|(delimiter, _)| delimiter));
        let sample = Sample::of(head, delimiter, comment, options.quotes);
        // An open quotation mark is told when the whole file is read.
        if let Some(fault) = sample.fault.as_ref().filter(|fault| fault.is_final()) {
            return Err(fault.clone());
        }
        let delimiter_line = said.map(|(_, line)| line);
        let mut rows: Vec<&Row> = sample
            .rows
            .iter()
            .filter(|row| delimiter_line != Some(row.line) && !skip.contains(&row.line))
            .collect();
        if !whole_head && rows.len() > 1 && sample.open {
            rows.pop();
        }
        let margin = match has_margin {
            true => margin(&rows),
            false => 0,
        };
        let within: Vec<Row>;
        if margin > 0 {
            within = rows.iter().map(|row| row.without_margin(margin)).collect();
            rows = within.iter().collect();
        }
        let Some(usual) = usual_len(rows.iter().copied()) else {
            return Err(if let Some(fault) = sample.fault {
                fault
            } else if rows.is_empty() && delimiter_line.is_none() {
                CsvError::Empty
            } else {
                CsvError::NoRows { header_line: 1 }
            });
        };
        let mut padding = padding(&rows, usual);
        let mut columns = usual - padding;
        let with_values = columns;
        let mut absent = 0;
        let (named_at, misfit) = match options.header {
            Some(false) => (None, None),
            _ => misfit(&rows, columns, usual, names_line).unzip(),
        };
        let mut cornered = None;
        let at = named_at.unwrap_or_default();
        match misfit {
            Some(Misfit::FirstUnnamed) => cornered = Some(rows[at].below_a_corner()),
            Some(Misfit::LastEmpty) => {
                let named = filled_len(rows[at]);
                absent = named.saturating_sub(usual);
                padding = usual.saturating_sub(named);
                columns = named;
            }
            None => {}
        }
        // A row that ends before the last columns has no field for them.
        let present = columns - absent;
        if let Some(row) = &cornered {
            rows[at] = row;
        }
        let titles = match (named_at, names_line, first_line) {
            (_, Some(line), _) => rows.iter().take_while(|row| row.line < line).count(),
            (Some(at), ..) => at,
            (None, None, Some(_)) => 0,
            (None, None, None) => titles(&rows, columns),
        };
        let comments = sample.comments.iter().map(|(_, text)| *text);
        let legend = legend(
            rows[..titles]
                .iter()
                .flat_map(|row| row.fields())
                .chain(comments),
        );
        let attributes = match (options.header, names_line) {
            (Some(false), _) | (_, Some(_)) => None,
            _ => attributes(&rows[..titles], columns),
        };
        let rows = &rows[titles..];
        let mut evidence = Evidence::default();
        for row in rows {
            row.fields().for_each(|cell| evidence.add(cell));
        }
        let format = choose_format(&evidence, delimiter, options).unwrap_or_default();
        let shape = shape(rows, present, format);
        let footers = if whole_head && sample.complete {
            footers(rows, &shape, format, sample.open && !head.ends_with(b"\n"))
        } else {
            0
        };
        let rows = &rows[..rows.len() - footers];
        let begins = rows.first().map_or(1, |row| row.line);
        let mut above = sample
            .comments
            .iter()
            .rev()
            .filter(|(line, _)| *line < begins && options.header != Some(false))
            .filter(|(line, _)| names_line.is_none_or(|asked| *line == asked))
            // A bare sign below the names says nothing.
            .filter(|(_, text)| {
                comment
                    .text_of(text.trim_ascii())
                    .is_some_and(|text| !is_empty(text))
            });
        let mut in_comment = || {
            let &(line, text) = above.next()?;
            let names = names_in_comment(text, delimiter, comment, columns)?;
            Some((line, names))
        };
        let (mut named, mut units_in_comment) = (in_comment(), None);
        // Names and below them units, as buoys have them.
        if let Some((line, units)) = &named
            && let Some((names_at, names)) = in_comment()
            && are_units_below(&names, units)
        {
            units_in_comment = Some(*line);
            named = Some((names_at, names));
        }
        let told = attributes.is_some();
        named = attributes.or(named);
        let numbered = match options.header {
            None if told => None,
            None if names_line.is_none() => numbered(rows, columns, format),
            _ => None,
        };
        let record_is_header = match (names_line, options.header) {
            (Some(line), _) => rows.first().is_some_and(|row| row.line == line),
            (None, Some(true)) => named.is_none() || has_header(rows, columns, format),
            (None, Some(false)) => false,
            (None, None) if told => false,
            (None, None) => {
                misfit.is_some()
                    || numbered.is_some()
                    || names_groups(rows, columns, format)
                    || has_header(rows, columns, format)
            }
        };
        if let Some(line) = names_line.filter(|_| !record_is_header && named.is_none()) {
            return Err(CsvError::NoNames { line });
        }
        let first = rows.first().filter(|_| record_is_header);
        let below = &rows[usize::from(record_is_header)..];
        // Lines between the names and the first row that was asked for say something about the columns.
        let above_first = |row: &&&Row| first_line.is_some_and(|line| row.line < line);
        let asked = below.iter().take_while(above_first).count();
        let between = match first {
            Some(_) if asked == 0 && first_line.is_none() => {
                // Where names have no values below them, what has is no row.
                let beyond = |row: &&&Row| {
                    misfit == Some(Misfit::LastEmpty)
                        && row.fields().skip(with_values).any(is_any_number)
                };
                let beyond = below.iter().take_while(beyond).count();
                about(below, &shape, format).max(beyond)
            }
            _ => asked,
        };
        let (header, (names, renamed)) = match (first, named) {
            (Some(row), _) => (
                Some(row.line),
                names(
                    header_cells(row, &below[..between], columns).into_iter(),
                    columns,
                ),
            ),
            (None, Some((line, cells))) => (Some(line), names(cells.into_iter(), columns)),
            (None, None) => (None, names(std::iter::empty(), columns)),
        };
        let units_at = |rows: &[&Row]| header.is_some() && has_units(rows, &names, format);
        // Above other lines about the columns, or below them.
        let (mut between, mut units) = (between, None);
        if let Some(row) = below.first().filter(|_| units_at(below)) {
            units = Some(row.line);
            between = between.max(1);
        } else if let Some(row) = below.get(between).filter(|_| units_at(&below[between..])) {
            units = Some(row.line);
            between += 1;
        }
        let about: Vec<u64> = below[..between]
            .iter()
            .map(|row| row.line)
            .filter(|line| units != Some(*line))
            .collect();
        let rows = &below[between..];
        let rules = Rules::new(format, &names, options);
        let mut numeric = vec![true; columns];
        // Joined files have their names again.
        let again = |row: &Row| first.is_some_and(|first| columns > 1 && row.equals(first));
        for row in rows.iter().filter(|row| row.fits(present) && !again(row)) {
            for (column, (numeric, cell)) in numeric.iter_mut().zip(row.fields()).enumerate() {
                *numeric = *numeric && rules.fits(cell, column);
            }
        }
        Ok(Self {
            delimiter,
            comment,
            delimiter_line: delimiter_line.map(|line| line + lines_above),
            begins: begins + lines_above,
            header: header.map(|line| line + lines_above),
            units: units.or(units_in_comment).map(|line| line + lines_above),
            about: about.into_iter().map(|line| line + lines_above).collect(),
            skip: options.skip_lines.clone(),
            total: None,
            sums: Vec::new(),
            quotes: Quotes::default(),
            starts: (0, 1),
            unwrapped: false,
            misfit: misfit.filter(|_| record_is_header),
            absent,
            numbered: numbered.filter(|_| record_is_header),
            guessed_name: record_is_header && options.header.is_none() && names_line.is_none(),
            names,
            renamed,
            padding,
            margin,
            evidence,
            format,
            shape,
            legend,
            numeric,
            seen: (rows.iter().map(|row| row.bytes).sum(), rows.len()),
        })
    }

    /// The records of the text that [`Layout::find`] gave back.
    pub fn records<'a>(&self, text: &'a [u8]) -> Records<'a> {
        Records::from(text, self.starts, grammar(self.delimiter), self.comment)
            .without_margin(self.margin)
    }

    /// How many bytes of text a row has, in the first lines.
    pub fn bytes_per_row(&self) -> f64 {
        let (bytes, rows) = self.seen;
        // No row is shorter than its delimiters.
        let least = self.names.len().max(1) as f64;
        (bytes as f64 / rows.max(1) as f64).max(least)
    }

    /// Makes the unnamed fields at the end columns after all: one of them has a value.
    pub fn with_padding_as_columns(&mut self) {
        let cells: Vec<Vec<u8>> = self.names.drain(..).map(String::into_bytes).collect();
        // They are different already.
        (self.names, _) = names(cells.into_iter(), self.numeric.len() + self.padding);
        self.numeric.resize(self.names.len(), true);
        self.shape.widen(self.names.len());
        self.padding = 0;
    }
}

/// What the options ask for that cannot be.
fn check(options: &CsvOptions) -> Result<(), CsvError> {
    if let Some(found) = options.delimiter
        && (matches!(found, b'"' | b'\n' | b'\r')
            || !found.is_ascii()
            || found.is_ascii_alphanumeric())
    {
        return Err(CsvError::Delimiter { found });
    }
    let allowed = |format: &NumberFormat| is_allowed(*format, options);
    if !NumberFormat::ALL.iter().any(allowed) {
        return Err(CsvError::Separators {
            sign: options.decimal.unwrap_or_default().sign(),
        });
    }
    Ok(())
}

pub(super) fn is_allowed(format: NumberFormat, options: &CsvOptions) -> bool {
    options.decimal.is_none_or(|asked| asked == format.decimal)
        && options
            .thousands
            .is_none_or(|asked| asked == format.thousands)
}

/// The format of the file's numbers as far as the cells and the options tell.
pub(super) fn choose_format(
    evidence: &Evidence,
    delimiter: u8,
    options: &CsvOptions,
) -> Option<NumberFormat> {
    evidence.format(delimiter == b',', |format| is_allowed(format, options))
}

/// Where the line begins, in bytes, above which nothing is looked at, and how many lines that are.
fn begin(text: &[u8], options: &CsvOptions) -> Result<(usize, u64), CsvError> {
    let Some(first_line) = options.first_line else {
        return Ok((0, 0));
    };
    // The names may stand further up.
    let line = first_line
        .min(options.names_line.unwrap_or(first_line))
        .max(1);
    if line == 1 {
        return Ok((0, 0));
    }
    let mut ends = memchr::memchr_iter(b'\n', text);
    match ends.nth(line as usize - 2) {
        Some(end) if end + 1 < text.len() => Ok((end + 1, line - 1)),
        _ => Err(CsvError::TooShort {
            lines: memchr::memchr_iter(b'\n', text).count() as u64
                + u64::from(!text.ends_with(b"\n")),
            first_line,
        }),
    }
}

/// Where the line of names is if it has another number of fields than the rows, and how it differs.
fn misfit(
    rows: &[&Row],
    columns: usize,
    usual: usize,
    names_line: Option<u64>,
) -> Option<(usize, Misfit)> {
    let fitting = rows
        .iter()
        .position(|row| row.fits(columns) && row.len() >= usual.min(columns))?;
    let at = named_above(rows, fitting, columns)?;
    let row = rows[at];
    if names_line.is_some_and(|line| row.line != line) {
        return None;
    }
    let is_name = |cell: &[u8]| {
        !is_empty(cell) && !is_any_number(cell) && !is_date(&String::from_utf8_lossy(cell))
    };
    let below = &rows[fitting..];
    // Delimiters behind the last name are none.
    let len = filled_len(row);
    if len < 1 || !row.fields().take(len).all(is_name) || below.len() < 2 {
        return None;
    }
    let even = below.iter().filter(|row| row.fits(columns)).count();
    // A few may be ragged, which is told; most fit.
    if 10 * even < 9 * below.len() {
        return None;
    }
    let has_number = |row: &Row, from: usize| row.fields().skip(from).any(is_any_number);
    // Names below it: it is a title.
    if !has_number(below[0], 1) {
        return None;
    }
    let numbers_below = below.iter().filter(|row| has_number(row, 1)).count();
    if 2 * numbers_below < below.len() {
        return None;
    }
    if row.len() + 1 == columns && len == row.len() && columns > 1 && are_names_of_rows(row, below)
    {
        return Some((at, Misfit::FirstUnnamed));
    }
    // Beyond the rows' last value, but within the delimiters that they have; or one beyond these.
    let beyond = len > columns && (len <= usual || (len == usual + 1 && usual == columns));
    let different: HashSet<&[u8]> = row.fields().take(len).collect();
    let most = below.iter().filter(|row| row.len() == usual).count();
    (beyond && columns > 1 && different.len() == len && most == below.len())
        .then_some((at, Misfit::LastEmpty))
}

/// Where the names may stand above the first record that fits: just above it, or above a line of units with values of its own
/// behind the last column, as oscilloscopes write when they began and how often they measured.
fn named_above(rows: &[&Row], fitting: usize, columns: usize) -> Option<usize> {
    let at = fitting.checked_sub(1)?;
    let is_text = |cell: &[u8]| !is_empty(cell) && !is_any_number(cell);
    let all_texts =
        |row: &Row, count: usize| row.len() >= count && row.fields().take(count).all(is_text);
    let row = rows[at];
    let above = at.checked_sub(1).map(|above| rows[above]);
    match above {
        Some(names)
            if columns > 1
                && filled_len(row) > columns
                && row.fields().skip(columns).any(is_any_number)
                && all_texts(row, columns)
                && filled_len(names) == filled_len(row)
                && all_texts(names, filled_len(names)) =>
        {
            Some(at - 1)
        }
        _ => Some(at),
    }
}

/// Whether the first fields of rows are names of rows, all different, and none of the line's names is that of such a column: R
/// counts rows from 1 or gives them names, and quotes these.
fn are_names_of_rows(names: &Row, rows: &[&Row]) -> bool {
    const KEYS: [&str; 8] = [
        "date", "time", "year", "month", "day", "id", "index", "datum",
    ];
    let own = names
        .get(0)
        .map(|name| String::from_utf8_lossy(name).trim().to_lowercase());
    if own.is_some_and(|own| KEYS.iter().any(|key| own == *key)) {
        return false;
    }
    let first: Vec<&[u8]> = rows.iter().filter_map(|row| row.get(0)).collect();
    let different: HashSet<&[u8]> = first.iter().copied().collect();
    if different.len() < first.len() || first.iter().any(|cell| is_empty(cell)) {
        return false;
    }
    let numbers: Option<Vec<u64>> = first
        .iter()
        .map(|cell| str::from_utf8(cell).ok()?.trim().parse().ok())
        .collect();
    match numbers {
        Some(numbers) => {
            let counted = numbers.windows(2).all(|pair| pair[1] == pair[0] + 1);
            let rising = rows.len() > 2 && numbers.windows(2).all(|pair| pair[1] > pair[0]);
            counted || rising || rows.iter().all(|row| row.quoted)
        }
        None => !first.iter().any(|cell| is_any_number(cell)),
    }
}

/// How many of the records just below the names say what the columns are.
fn about(rows: &[&Row], shape: &Shape, format: NumberFormat) -> usize {
    let mut count = usize::from(rows.first().is_some_and(|row| is_rule(row)));
    for (at, row) in rows.iter().take(footer::MOST).enumerate().skip(count) {
        let fields: Vec<&[u8]> = row.fields().collect();
        match shape.is_about(&fields, format) {
            About::Row => break,
            About::Columns if dated_as_below(row, &rows[at + 1..]) => break,
            About::Columns => count = at + 1,
            About::Perhaps => {}
        }
    }
    // At least a row is left, or they are rows themselves.
    if count < rows.len() { count } else { 0 }
}

/// Whether it is drawn below the names: `---- -- -----`.
fn is_rule(row: &Row) -> bool {
    let drawn = |cell: &[u8]| {
        let cell = cell.trim_ascii();
        cell.len() > 1 && cell.iter().all(|byte| matches!(byte, b'-' | b'=' | b':'))
    };
    row.len() > 1 && row.fields().all(drawn)
}

/// Whether it has a date where most records below have one: then it is one of them.
fn dated_as_below(row: &Row, below: &[&Row]) -> bool {
    const LOOKED_AT: usize = 20;
    let is_day = |cell: &[u8]| is_date(&String::from_utf8_lossy(cell));
    row.fields().enumerate().any(|(column, cell)| {
        let days = || {
            below
                .iter()
                .rev()
                .take(LOOKED_AT)
                .filter_map(|row| row.get(column))
        };
        is_day(cell) && 2 * days().filter(|cell| is_day(cell)).count() > days().count()
    })
}

/// The names in the line of names and, where these are not all different, in further ones below it: “Close ABC”.
fn header_cells(header: &Row, about: &[&Row], columns: usize) -> Vec<Vec<u8>> {
    let cells_of = |row: &Row| -> Vec<String> {
        let cell = |column| {
            String::from_utf8_lossy(row.get(column).unwrap_or_default())
                .trim()
                .to_owned()
        };
        (0..columns).map(cell).collect()
    };
    let mut names = cells_of(header);
    // Whoever quotes names so may not quote numbers.
    let bare = |name: &String| bare_of_apostrophes(name).map(str::to_owned);
    if let Some(bare) = names.iter().map(bare).collect() {
        names = bare;
    }
    let below: Vec<Vec<String>> = about.iter().map(|row| cells_of(row)).collect();
    let others = |cells: &[String]| -> Vec<String> { cells.iter().skip(1).cloned().collect() };
    let all_different = |cells: &[String]| {
        let different: HashSet<&String> = cells.iter().collect();
        different.len() == cells.len() && !cells.iter().any(String::is_empty)
    };
    // The last line may have nothing but the first column's name, with all delimiters behind it.
    let last = about
        .last()
        .filter(|row| row.len() >= columns && columns > 1);
    let lone = below
        .last()
        .filter(|cells| last.is_some() && others(cells).iter().all(String::is_empty));
    let full = |cells: &&Vec<String>| {
        let filled = || cells.iter().skip(1).filter(|cell| !cell.is_empty());
        let only_unit = |cell: &String| is_unit(cell) && !has_name_beside_unit(cell);
        2 * filled().count() > columns.saturating_sub(1) && !filled().all(only_unit)
    };
    if !all_different(&others(&names)) && below.iter().any(|cells| full(&cells)) {
        // A name that holds for several columns stands above the first of them.
        let carried = |cells: &Vec<String>| {
            let mut last = String::new();
            let mut carried = cells.clone();
            if names_each_column(&cells[1..]) {
                return carried;
            }
            for cell in carried.iter_mut().skip(1) {
                match cell.is_empty() {
                    true => cell.clone_from(&last),
                    false => last.clone_from(cell),
                }
            }
            carried
        };
        let levels = std::iter::once(&names).chain(below.iter().filter(full));
        let levels: Vec<Vec<String>> = levels.map(carried).collect();
        // What all columns have tells none from another.
        let telling = levels.iter().filter(|cells| {
            let others = others(cells);
            others.iter().any(|cell| Some(cell) != others.first())
        });
        let mut telling: Vec<&Vec<String>> = telling.collect();
        let joined_of = |telling: &[&Vec<String>]| -> Vec<String> {
            let joined = (1..columns).map(|column| {
                let mut parts: Vec<&str> =
                    telling.iter().map(|cells| cells[column].as_str()).collect();
                parts.retain(|part| !part.is_empty());
                parts.dedup();
                parts.join(" ")
            });
            joined.collect()
        };
        // Of many lines those between the first and the last may tell no more than these.
        for level in (1..telling.len().saturating_sub(1)).rev() {
            let mut fewer = telling.clone();
            fewer.remove(level);
            if all_different(&joined_of(&fewer)) {
                telling = fewer;
            }
        }
        let joined = joined_of(&telling);
        if all_different(&joined) {
            let first = levels
                .iter()
                .rev()
                .map(|cells| &cells[0])
                .find(|cell| !cell.is_empty());
            names = std::iter::once(first.cloned().unwrap_or_default())
                .chain(joined)
                .collect();
        }
    }
    // Otherwise the first column has a name of its own, unless what stands there is that of the names.
    let only_first = about.len() == 1 || below.iter().any(|cells| full(&cells));
    if let Some(lone) = lone.filter(|_| only_first) {
        names[0].clone_from(&lone[0]);
    }
    names.into_iter().map(String::into_bytes).collect()
}

/// What stands within the apostrophes around a cell.
fn bare_of_apostrophes(cell: &str) -> Option<&str> {
    let inner = cell.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    (!inner.is_empty() && !inner.contains('\'')).then_some(inner)
}

/// Whether a line of names above others has one for each column, and none that holds for several: one stands twice side by side,
/// or few of many have nothing behind them.
fn names_each_column(cells: &[String]) -> bool {
    const MANY: usize = 6;
    let filled = cells.iter().filter(|cell| !cell.is_empty()).count();
    let pairs = || cells.windows(2).filter(|pair| !pair[0].is_empty());
    let twice = pairs().any(|pair| pair[0] == pair[1]);
    let spans = pairs().filter(|pair| pair[1].is_empty()).count();
    filled >= MANY && (twice || 4 * spans < filled)
}

/// Whether a cell that could be a unit has the name of what is measured too: “°C Soil Temperature”.
fn has_name_beside_unit(cell: &str) -> bool {
    const LETTERS: usize = 4;
    let mut words = cell.split_whitespace().skip(1);
    words.any(|word| {
        word.chars().count() >= LETTERS && word.chars().all(char::is_alphabetic) && !is_unit(word)
    })
}

/// Whether the words of a comment are units of the names in the one above it.
fn are_units_below(names: &[Vec<u8>], below: &[Vec<u8>]) -> bool {
    let units = |cells: &[Vec<u8>]| {
        let is = |cell: &&Vec<u8>| is_unit(&String::from_utf8_lossy(cell));
        cells.iter().filter(is).count()
    };
    let (above, below_units) = (units(names), units(below));
    2 * above < below_units && 3 * below_units >= below.len()
}

/// The first and last of the numbers that count the columns in the first record, as pandas names columns without names: 0, 1, 2
/// … or 1, 2, 3 …, perhaps below a corner. Where rows have whole numbers as well, it takes a few columns, and no other row
/// may count.
fn numbered(rows: &[&Row], columns: usize, format: NumberFormat) -> Option<(u64, u64)> {
    let (first, rest) = rows.split_first()?;
    let whole_numbers = |row: &Row, from: usize| -> Option<Vec<u64>> {
        (from..columns)
            .map(|column| str::from_utf8(row.get(column)?).ok()?.trim().parse().ok())
            .collect()
    };
    if let Some(numbers) = whole_numbers(first, 0).filter(|_| first.fits(columns))
        && (years_above(&numbers, rest, format) || far_above(&numbers, rest, format))
    {
        return Some((*numbers.first()?, *numbers.last()?));
    }
    let counts = |row: &Row, from: usize| -> Option<(u64, u64)> {
        let cells = whole_numbers(row, from)?;
        let start = *cells.first().filter(|start| **start < 2)?;
        let all = cells
            .iter()
            .zip(start..)
            .all(|(cell, expected)| *cell == expected);
        all.then_some((start, start + cells.len() as u64 - 1))
    };
    let corner = is_empty(first.get(0)?);
    let found = counts(first, usize::from(corner))?;
    if !first.fits(columns) || rest.is_empty() {
        return None;
    }
    let filled = |row: &&&Row| row.get(0).is_some_and(|cell| !is_empty(cell));
    if corner {
        return (rest.iter().filter(filled).count() == rest.len()).then_some(found);
    }
    let numeric = |row: &Row| {
        row.fields()
            .take(columns)
            .all(|cell| number::parse(cell, format).is_some() || number::is_missing(cell))
    };
    let whole = |cell: &[u8]| number::parse(cell, format).is_none_or(|value| value.fract() == 0.0);
    let fractions = (0..columns)
        .filter(|&column| {
            let cells = || rest.iter().filter_map(|row| row.get(column));
            2 * cells().filter(|cell| whole(cell)).count() < cells().count()
        })
        .count();
    let others_count = rest
        .iter()
        .any(|row| counts(row, 0).is_some() || is_sequence(row, columns));
    let enough = columns > 3 || fractions == columns;
    let all_numbers = rest.iter().filter(|row| numeric(row)).count() * 10 >= rest.len() * 9;
    (columns > 1
        && enough
        && all_numbers
        && !others_count
        && rest.len() > 1
        && (fractions * 2 > columns || columns > 7))
        .then_some(found)
}

/// Whether the whole numbers of the first record are years one after the other above numbers that are none: three columns at
/// least, as two numbers say little.
fn years_above(years: &[u64], below: &[&Row], format: NumberFormat) -> bool {
    const USUAL: std::ops::RangeInclusive<u64> = 1800..=2100;
    let numbers: Vec<f64> = years.iter().map(|&year| year as f64).collect();
    let likely = years.len() > 2 && years.iter().all(|year| USUAL.contains(year));
    if !likely || !are_years(&numbers) || numbers[0] >= numbers[1] || below.is_empty() {
        return false;
    }
    let (mut known, mut like_years) = (0, 0);
    for row in below {
        for cell in row.fields().take(years.len()) {
            match number::parse(cell, format) {
                Some(value) => {
                    known += 1;
                    like_years += usize::from((1800.0..=2100.0).contains(&value));
                }
                None if number::is_missing(cell) => {}
                None => return false,
            }
        }
    }
    // A table of years has them in every row; values may be as large now and then.
    known > 0 && 4 * like_years <= known
}

/// Whether whole numbers that rise stand above fractions that are all much smaller: wavelengths, frequencies, sizes.
fn far_above(numbers: &[u64], below: &[&Row], format: NumberFormat) -> bool {
    const TIMES: f64 = 20.0;
    let rises = numbers.windows(2).all(|pair| pair[0] < pair[1]);
    let Some(&least) = numbers.first().filter(|_| rises && numbers.len() > 2) else {
        return false;
    };
    let (mut known, mut fractions, mut most) = (0, 0, 0.0);
    for cell in below
        .iter()
        .flat_map(|row| row.fields().take(numbers.len()))
    {
        match number::parse(cell, format) {
            Some(value) => {
                known += 1;
                fractions += usize::from(value.fract() != 0.0);
                most = f64::max(most, value.abs());
            }
            None if number::is_missing(cell) => {}
            None => return false,
        }
    }
    below.len() > 4 && 10 * fractions >= 9 * known && most > 0.0 && least as f64 > TIMES * most
}

/// Whether the numbers of a record go on by one.
fn is_sequence(row: &Row, columns: usize) -> bool {
    let cells = || {
        row.fields()
            .take(columns)
            .map(|cell| str::from_utf8(cell).ok()?.trim().parse::<i64>().ok())
    };
    let mut pairs = cells().zip(cells().skip(1));
    pairs.all(|pair| matches!(pair, (Some(one), Some(next)) if next == one.wrapping_add(1)))
}

/// The signs that stand alone among the words of texts: “estimated values are marked with a *”.
fn legend<'a>(texts: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    const MOST: usize = 20;
    let mut signs: Vec<String> = Vec::new();
    for text in texts {
        let text = String::from_utf8_lossy(text);
        for word in text.split_whitespace() {
            let sign = word.trim_matches(['"', '\'', '“', '”', ',', ';', '.', ':', '(', ')']);
            let one = sign.chars().count() == 1 && !sign.chars().all(char::is_alphanumeric);
            if one && signs.len() < MOST && !signs.iter().any(|other| other == sign) {
                signs.push(sign.to_owned());
            }
        }
    }
    signs
}

/// How many records at the beginning are no part of the table: titles and notes above it.
///
/// These have another number of fields, or only the first of them has a value and names follow. A record that begins with
/// a number is a row, and one with several fields just above rows without names a header that does not fit: both are
/// errors to be told.
fn titles(rows: &[&Row], columns: usize) -> usize {
    let format_of = |rows: &[&Row]| {
        let mut evidence = Evidence::default();
        rows.iter()
            .flat_map(|row| row.fields())
            .for_each(|cell| evidence.add(cell));
        evidence.format(false, |_| true).unwrap_or_default()
    };
    let format = format_of(rows);
    let named = |from: usize| has_header(&rows[from..], columns, format);
    // More lines with a lone text are a list, and asking for names below each would take long.
    const MOST: usize = 40;
    let mut count = 0;
    while let Some(row) = rows.get(count).filter(|_| count < MOST) {
        let values = row.fields().filter(|cell| !is_empty(cell)).count();
        let begins_with_number = row
            .fields()
            .find(|cell| !is_empty(cell))
            .is_some_and(is_any_number);
        let is_title = if below_another_block(rows, count, columns, format)
            || above_names(&rows[count..], columns, format)
            || is_declaration(row)
        {
            true
        } else if begins_with_number {
            // A table of its own, such as of the place, if a blank line and names follow; or names alone, where its own are
            // above it.
            let next = rows.get(count + 1);
            let below = || names_above_numbers(&rows[count + 1..], columns, format);
            let own_names = count
                .checked_sub(1)
                .and_then(|above| rows.get(above))
                .is_some_and(|above| above.len() == row.len() && row.len() > columns);
            !row.fits(columns)
                && next.is_some_and(|next| (next.after_blank || own_names) && next.fits(columns))
                && below() == Some(true)
        } else if told_by_colons(rows, count, |below| {
            names_above_numbers(below, columns, format) == Some(true)
        }) || below_narrow_titles(rows, count, columns, format)
        {
            true
        } else if row.fits(columns) {
            let is_lone = |row: &Row| {
                let values = row.fields().filter(|cell| !is_empty(cell)).count();
                values < 2 && columns > 1 && (values == 0 || !row.get(0).is_none_or(is_empty))
            };
            // Several titles may stand one below the other, each padded to the table's width as spreadsheets do.
            let alone = rows[count..]
                .iter()
                .take(MOST)
                .take_while(|row| row.fits(columns) && is_lone(row));
            let next = count + alone.count();
            (next > count && named(next)) || {
                // It has as many fields as the table by chance if another title follows, and then names.
                let texts = |row: &&&Row| !row.fits(columns) || !row.fields().any(is_any_number);
                let above = rows[count..].iter().take(MOST).take_while(texts);
                let uneven = above.enumerate().filter(|(_, row)| !row.fits(columns));
                uneven.last().is_some_and(|(at, _)| {
                    let below = &rows[count + at + 1..];
                    names_above_numbers(below, columns, format) == Some(true)
                })
            }
        } else {
            let next_is_table = rows.get(count + 1).is_some_and(|next| next.fits(columns));
            values == 1 || !next_is_table || named(count + 1)
        };
        if !is_title {
            break;
        }
        count += 1;
    }
    if count == rows.len() { 0 } else { count }
}

/// Whether the record at this place has a word with a colon and what belongs to it, as instruments write above a table how and when
/// they measured: `Method:;gradient`. Names that `are_names` accepts follow, below a blank line if there is one such record only.
fn told_by_colons(rows: &[&Row], at: usize, are_names: impl Fn(&[&Row]) -> bool) -> bool {
    /// How many such records are looked at.
    const MOST: usize = 40;
    let is_told = |row: &Row| {
        let mut values = row.fields().filter(|cell| !is_empty(cell));
        let ends_so = |cell: &[u8]| cell.trim_ascii().ends_with(b":");
        values.next().is_some_and(ends_so)
            && values.next().is_none_or(|value| !ends_so(value))
            && values.next().is_none()
    };
    let told = rows[at..].iter().take(MOST).take_while(|row| is_told(row));
    let end = at + told.count();
    let Some(next) = rows.get(end).filter(|_| end > at) else {
        return false;
    };
    let one_of_several = end > at + 1 || (at > 0 && is_told(rows[at - 1]));
    (one_of_several || next.after_blank) && are_names(&rows[end..])
}

/// How many fields the record has up to its last value: spreadsheets fill up what stands above a table to its width.
fn filled_len(row: &Row) -> usize {
    let last = (0..row.len()).rfind(|&column| !row.get(column).is_none_or(is_empty));
    last.map_or(0, |last| last + 1)
}

/// Whether the record at this place is one of several titles, each a text alone or with what belongs to it, above names for all
/// columns: “Meter;DE0071;;;”. Below a blank line these names stand, or one of the titles is a lone text or ends with a colon.
fn below_narrow_titles(rows: &[&Row], at: usize, columns: usize, format: NumberFormat) -> bool {
    /// How many such records are looked at.
    const MOST: usize = 40;
    let is_title = |row: &Row| {
        let len = filled_len(row);
        let values = row.fields().filter(|cell| !is_empty(cell)).count();
        len < columns.min(3) && values == len && row.get(0).is_some_and(|cell| !is_any_number(cell))
    };
    let tells = |row: &Row| {
        filled_len(row) == 1
            || row
                .get(0)
                .is_some_and(|cell| cell.trim_ascii().ends_with(b":"))
    };
    let all = rows[at..].iter().take(MOST);
    let end = at + all.take_while(|row| is_title(row)).count();
    let Some(names) = rows.get(end).filter(|_| end > at) else {
        return false;
    };
    let told = names.after_blank || rows[..end].iter().any(|row| tells(row));
    told && are_names_for_all(names, columns)
        && names_above_numbers(&rows[end..], columns, format) == Some(true)
}

/// Whether the first record names groups of columns, of which the second has the names: `;2019;;2020;` above `Month;a;b;a;b`.
fn names_groups(rows: &[&Row], columns: usize, format: NumberFormat) -> bool {
    let [groups, names, ..] = rows else {
        return false;
    };
    let filled = groups
        .fields()
        .take(columns)
        .filter(|cell| !is_empty(cell))
        .count();
    let starts = (1..columns).filter(|&at| groups.get(at).is_some_and(|cell| !is_empty(cell)));
    let starts: Vec<usize> = starts.chain([columns]).collect();
    // Each has as many columns, more than one.
    let widths: HashSet<usize> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let even = widths.len() == 1 && !widths.contains(&1);
    columns > 2
        && groups.fits(columns)
        && groups.get(0).is_some_and(is_empty)
        && filled > 1
        && even
        && are_names_for_all(names, columns)
        && names_above_numbers(&rows[1..], columns, format) == Some(true)
}

/// Whether the first record has texts and numbers, and the names stand in the next: different texts for all columns, above numbers
/// or further lines about these. So loggers write what they are, with their own number.
fn above_names(rows: &[&Row], columns: usize, format: NumberFormat) -> bool {
    let [first, names, below @ ..] = rows else {
        return false;
    };
    if columns < 3 || below.len() < 2 || !first.fits(columns) || !are_names_for_all(names, columns)
    {
        return false;
    }
    let (mut numbers, mut texts) = (0, 0);
    for cell in first.fields().filter(|cell| !is_empty(cell)) {
        match is_any_number(cell) {
            true => numbers += 1,
            false => texts += 1,
        }
    }
    let different: HashSet<&[u8]> = names.fields().take(columns).collect();
    let units_of = |row: &Row| {
        let unit = |cell: &&[u8]| is_unit(&String::from_utf8_lossy(cell));
        row.fields().take(columns).filter(unit).count()
    };
    let units = units_of(names);
    // Units may stand above the names. Where numbers are as many as texts, they may be names: years, places.
    let no_names = (numbers > 0 && texts > numbers)
        || (numbers == 0 && units == 0 && 3 * units_of(first) >= 2 * texts);
    no_names
        && different.len() == columns
        && 2 * units < columns
        && names_above_numbers(&rows[1..], columns, format) == Some(true)
}

/// Whether the record has a text for each column and no other value.
fn are_names_for_all(row: &Row, columns: usize) -> bool {
    let is_name = |cell: &[u8]| {
        !is_empty(cell) && !is_any_number(cell) && !is_date(&String::from_utf8_lossy(cell))
    };
    row.fits(columns) && row.fields().take(columns).all(is_name)
}

/// Whether the record at this place belongs to a short table above the one that is meant: a blank line and names of its own
/// follow, and many more rows than there are above.
fn below_another_block(rows: &[&Row], at: usize, columns: usize, format: NumberFormat) -> bool {
    /// How many records the short table has at most, and how many times as many rows follow.
    const MOST: usize = 10;
    const TIMES: usize = 5;
    let Some(end) = (at + 1..rows.len().min(MOST + 1)).find(|&end| rows[end].after_blank) else {
        return false;
    };
    let (names, below) = (rows[end], &rows[end + 1..]);
    below.len() > TIMES * end
        && !below.iter().any(|row| row.after_blank)
        && !rows[0].equals(names)
        && are_names_for_all(names, columns)
        && names_above_numbers(&rows[end..], columns, format) == Some(true)
}

/// What the columns hold, by the rows that have more than one value: a lone text is a title or a footer.
fn shape(rows: &[&Row], columns: usize, format: NumberFormat) -> Shape {
    let several = |row: &&&Row| {
        let values = row.fields().filter(|cell| !is_empty(cell)).count();
        row.fits(columns) && (values > 1 || columns == 1)
    };
    let rows: Vec<&Row> = rows.iter().filter(several).copied().collect();
    Shape::of(columns, format, |column| {
        rows.iter().filter_map(move |row| row.get(column))
    })
}

/// How many records at the end are no part of the table: the lines below it. Two at least are left.
fn footers(rows: &[&Row], shape: &Shape, format: NumberFormat, open: bool) -> usize {
    let mut spaced = rows.get(1).is_some_and(|row| row.after_blank);
    let mut count = 0;
    for (at, row) in rows.iter().enumerate().skip(2) {
        let around = Around {
            after_blank: (row.after_blank && !spaced) || count > 0,
            cut: open && at + 1 == rows.len(),
        };
        let fields: Vec<&[u8]> = row.fields().collect();
        count = match shape.is_footer(&fields, format, around) {
            true => count + 1,
            false => 0,
        };
        spaced |= row.after_blank && count == 0;
    }
    if count > footer::MOST { 0 } else { count }
}

/// Whether the first row, just below the names, says in which units the columns are: text above numbers, and nothing that
/// a row could have.
fn has_units(rows: &[&Row], names: &[String], format: NumberFormat) -> bool {
    let Some((first, rest)) = rows.split_first() else {
        return false;
    };
    if !first.fits(names.len()) || rest.is_empty() {
        return false;
    }
    let text = |cell: &[u8]| {
        let cell = String::from_utf8_lossy(cell);
        bare_of_apostrophes(&cell).unwrap_or(&cell).to_owned()
    };
    let are_widths = |row: &Row| {
        let mut cells = row.fields().take(names.len());
        cells.all(|cell| is_width(&text(cell)))
    };
    if names.len() > 1 && are_widths(first) {
        // Durations are written so as well, in every row.
        return !rest.iter().any(|row| are_widths(row));
    }
    let mut units = 0;
    for (column, name) in names.iter().enumerate() {
        let below = || rest.iter().filter_map(|row| row.get(column));
        let most = |is: &dyn Fn(&[u8]) -> bool| {
            let values = || below().filter(|cell| !number::is_missing(cell));
            2 * values().filter(|cell| is(cell)).count() > values().count()
        };
        let is_number = |cell: &[u8]| number::parse(cell, format).is_some();
        let cell = first.get(column).unwrap_or_default();
        let fits = if most(&is_number) {
            units += usize::from(is_unit(&text(cell)));
            number::is_missing(cell) || is_unit(&text(cell))
        } else if most(&|cell| is_date(&text(cell))) {
            !is_date(&text(cell))
        } else {
            number::is_missing(cell) || is_kind(&text(cell), name)
        };
        if !fits {
            return false;
        }
    }
    units > 0
}

/// Whether a record says something about the table by a word that begins so, as ARFF has it: `@relation`, `@attribute`, `@data`.
fn is_declaration(row: &Row) -> bool {
    let begin = row.get(0).map(<[u8]>::trim_ascii_start).unwrap_or_default();
    let words: [&[u8]; 3] = [b"@relation", b"@attribute", b"@data"];
    words.iter().any(|word| {
        begin
            .get(..word.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(word))
    })
}

/// The names that lines above the table give to its columns one by one, as ARFF has them: `@attribute temperature numeric`. And the
/// first of these lines.
fn attributes(titles: &[&Row], columns: usize) -> Option<(u64, Vec<Vec<u8>>)> {
    const WORD: &str = "@attribute";
    let mut lines = Vec::new();
    let names = titles.iter().filter_map(|row| {
        let text = String::from_utf8_lossy(row.get(0)?).trim().to_owned();
        let begins = text.get(..WORD.len())?.eq_ignore_ascii_case(WORD);
        let rest = text.get(WORD.len()..).filter(|_| begins)?.trim_start();
        let name = match rest.chars().next()? {
            quote @ ('\'' | '"') => rest[1..].split(quote).next()?,
            _ => rest.split_whitespace().next()?,
        };
        lines.push(row.line);
        Some(name.as_bytes().to_vec())
    });
    let names: Vec<Vec<u8>> = names.collect();
    let first = *lines.first()?;
    (names.len() == columns).then_some((first, names))
}

/// The names in a comment above the table, if there are as many as columns: `# year spots`.
fn names_in_comment(
    line: &[u8],
    delimiter: u8,
    comment: Comment,
    columns: usize,
) -> Option<Vec<Vec<u8>>> {
    let text = comment.text_of(line.trim_ascii())?;
    let sample = Sample::of(text, delimiter, Comment::None, None);
    let row = sample.rows.first()?;
    let mut cells: Vec<Vec<u8>> = row
        .fields()
        .map(|cell| cell.trim_ascii().to_vec())
        .collect();
    // “#,name,value”: the sign was itself a name.
    if let Some(first) = cells.first_mut()
        && first.is_empty()
    {
        *first = comment.sign().into_bytes();
    }
    let is_name =
        |cell: &Vec<u8>| !cell.is_empty() && number::parse(cell, NumberFormat::default()).is_none();
    (columns > 1 && cells.len() == columns && cells.iter().all(is_name)).then_some(cells)
}

/// Whether the first record names the columns. Where no column is numeric, a first line without numbers counts as names.
fn has_header(rows: &[&Row], columns: usize, format: NumberFormat) -> bool {
    names_above_numbers(rows, columns, format).unwrap_or_else(|| {
        rows.first().is_some_and(|first| {
            let is_number = |cell: &[u8]| number::parse(cell, format).is_some();
            let mut cells = first.fields().take(columns);
            // In a list of words a word that comes again is one of them.
            let again = columns == 1 && rows[1..].iter().any(|row| row.equals(first));
            !again
                && first.fits(columns)
                && !cells.any(|cell| is_number(cell) || number::is_missing(cell))
        })
    })
}

/// Whether the first record has texts above numbers, and nowhere a number above numbers tells otherwise, or texts and years
/// such as no row below has; `None` where no column is numeric.
fn names_above_numbers(rows: &[&Row], columns: usize, format: NumberFormat) -> Option<bool> {
    let (first, rest) = rows.split_first()?;
    if names_dates(first, rest, columns) {
        return Some(true);
    }
    let is_number = |cell: &[u8]| number::parse(cell, format).is_some();
    let (mut names, mut numbers, mut texts) = (0, Vec::new(), 0);
    let mut numeric = Vec::new();
    let mut is_row = false;
    for column in 0..columns {
        let below = || {
            rest.iter()
                .filter_map(|row| row.get(column))
                .filter(|cell| !number::is_missing(cell))
        };
        let cell = first.get(column).unwrap_or_default();
        // More than half: a bad cell among the first lines does not make the column a text.
        if 2 * below().filter(|cell| is_number(cell)).count() <= below().count() {
            texts += usize::from(!is_number(cell));
            let is_day = |cell: &[u8]| is_date(&String::from_utf8_lossy(cell));
            // A date above dates.
            is_row |= is_day(cell) && below().next().is_some_and(is_day);
        } else if let Some(number) = number::parse(cell, format) {
            numbers.push(number);
            numeric.push(column);
        } else if !number::is_missing(cell) {
            // A value missing in the first row is no name.
            names += 1;
        }
    }
    if names + numbers.len() == 0 {
        return None;
    }
    if names > numbers.len() {
        return Some(true);
    }
    let has_years = |row: &&Row| {
        let cells = numeric.iter().map(|&column| row.get(column));
        let numbers = cells.map(|cell| number::parse(cell?, format));
        numbers
            .collect::<Option<Vec<f64>>>()
            .is_some_and(|numbers| are_years(&numbers))
    };
    let are_names = names + texts > 0 && !is_row && are_years(&numbers);
    Some(are_names && !rest.iter().any(has_years))
}

/// Whether a record has something for each column, all different, and a word above dates: then the numbers beside it are names as well.
fn names_dates(first: &Row, rest: &[&Row], columns: usize) -> bool {
    const ROWS: usize = 3;
    const LOOKED_AT: usize = 20;
    let is_day = |cell: &[u8]| is_date(&String::from_utf8_lossy(cell));
    let above_dates = || {
        first
            .fields()
            .take(columns)
            .enumerate()
            .any(|(column, cell)| {
                let word = !is_any_number(cell)
                    && cell.first().is_some_and(u8::is_ascii_alphabetic)
                    && !is_day(cell);
                let below = rest.iter().rev().take(LOOKED_AT);
                word && below
                    .map(|row| row.get(column))
                    .all(|cell| cell.is_some_and(is_day))
            })
    };
    let different: HashSet<&[u8]> = first.fields().take(columns).collect();
    rest.len() >= ROWS
        && columns > 1
        && first.fits(columns)
        && different.len() == columns
        && !different.iter().any(|cell| is_empty(cell))
        && above_dates()
}

/// Whether numbers are years one after the other, as tables have them that are as wide as time is long. Two are always one
/// step apart: it has to be a small one.
fn are_years(numbers: &[f64]) -> bool {
    const NEAR: f64 = 10.0;
    let steps = || numbers.windows(2).map(|pair| pair[1] - pair[0]);
    let Some(step) = steps().next() else {
        return false;
    };
    let is_year = |year: &f64| (1000.0..3000.0).contains(year) && year.fract() == 0.0;
    let near = numbers.len() > 2 || step.abs() <= NEAR;
    step != 0.0 && near && numbers.iter().all(is_year) && steps().all(|other| other == step)
}

/// The most characters that a column's name has; a longer one is cut.
const NAME: usize = 200;

/// Names for all columns: the cells of the header, “column 3” where there is none, “a (2)” for the second “a”.
/// Also gives the columns whose name another one has, with that.
fn names(
    mut header: impl Iterator<Item = Vec<u8>>,
    columns: usize,
) -> (Vec<String>, Vec<(usize, String)>) {
    let mut renamed = Vec::new();
    let mut taken: HashSet<String> = HashSet::new();
    // Which number the next one of this name gets, so that a thousand equal names are not counted through each time.
    let mut next: BTreeMap<String, usize> = BTreeMap::new();
    let names = (0..columns)
        .map(|column| {
            let cell = header.next().unwrap_or_default();
            let cell = String::from_utf8_lossy(&cell);
            let wanted = match cell.trim() {
                "" => format!("column {}", column + 1),
                // It is shown at every turn, and written down in the experiment.
                name => match name.char_indices().nth(NAME) {
                    Some((end, _)) => format!("{}…", &name[..end]),
                    None => name.to_owned(),
                },
            };
            let number = next.entry(wanted.clone()).or_insert(1);
            let mut name = wanted.clone();
            while taken.contains(&name) {
                *number += 1;
                name = format!("{wanted} ({number})");
            }
            taken.insert(name.clone());
            if name != wanted {
                renamed.push((column, wanted));
            }
            name
        })
        .collect();
    (names, renamed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> (char, bool, Vec<String>) {
        let text = Cow::Borrowed(text.as_bytes());
        let (layout, _) = Layout::find(text, &CsvOptions::default()).unwrap();
        (
            char::from(layout.delimiter),
            layout.header.is_some(),
            layout.names,
        )
    }

    #[test]
    fn the_delimiter_that_gives_equal_lines_is_found() {
        for (text, expected) in [
            ("a,b\n1,2\n3,4\n", ','),
            ("a;b\n1;2\n", ';'),
            ("a\tb\n1\t2\n", '\t'),
            ("a|b\n1|2\n", '|'),
            // Decimal commas are as regular as semicolons here.
            ("1,5;2,5\n3,5;4,5\n", ';'),
            // A delimiter inside quotation marks does not count.
            ("name,n\n\"a;b\",1\n\"c;d\",2\n", ','),
            // One column with decimal commas.
            ("value\n1,5\n2,5\n3\n", ';'),
            // Texts with spaces below a name.
            ("name\nclass 1\nclass 2\n", ','),
            // Uneven, but clearly commas.
            ("a,b,c\n1,2,3\n4,5\n6,7,8\n", ','),
        ] {
            assert_eq!(found(text).0, expected, "{text}");
        }
    }

    #[test]
    fn a_header_is_a_text_above_numbers() {
        for (text, expected) in [
            ("a,b\n1,2\n", true),
            ("1,2\n3,4\n", false),
            ("day,b\nMon,2\nTue,3\n", true),
            ("Mon,1\nTue,2\n", false),
            // A missing value in the first row is no name.
            ("n/a,1\n2,3\n", false),
            // A bad cell just below the header does not hide it.
            ("YEAR,SPOTS\n1700,n/a\n1701,x\n1702,5\n1703,6\n", true),
            // All text.
            ("name,city\nAnn,Rome\n", true),
        ] {
            assert_eq!(found(text).1, expected, "{text}");
        }
    }

    #[test]
    fn years_one_after_the_other_are_names_beside_a_text() {
        for (text, expected) in [
            ("country,2000,2001,2002\nAruba,5,6,7\nZambia,8,9,1\n", true),
            (",2010,2000\nAruba,5,6\nZambia,8,9\n", true),
            ("id,2000,2005\n1,5,6\n2,8,9\n", true),
            ("Aruba,2000,1995,2001\nZambia,5,6,7\n", false),
            ("2000,2001\n5,6\n", false),
            ("2001,2002,2003\n5,6,7\n8,9,1\n", true),
            ("1990,1995,2000\n5.5,,7\n1999,9,1\n", true),
            ("2001,2002,2003\n2002,2003,2004\n2003,2004,2005\n", false),
            ("2001,2002,2003\n5,x,7\n8,9,1\n", false),
            ("2003,2002,2001\n5,6,7\n8,9,1\n", false),
            (
                "470,520,590\n.1,.2,.3\n.4,.1,.2\n.4,.1,.2\n.4,.1,.2\n.4,.1,.2\n",
                true,
            ),
            (
                "470,520,590\n.1,.2,.3\n.4,99.5,.2\n.4,.1,.2\n.4,.1,.2\n.4,.1,.2\n",
                false,
            ),
            ("470,520,590\n1,2,3\n4,1,2\n4,1,2\n4,1,2\n4,1,2\n", false),
            ("word\nab\ncd\n", true),
            ("ab\ncd\nab\n", false),
            // What rows have as well is no name.
            ("Ann,1200,1205\nBob,1300,1310\n", false),
            ("Ann,1200,1500\nBob,900,800\n", false),
            ("a,1100,1200,1300\nb,1000,1100,1200\n", false),
            ("2024-01-01,1830,1835\n2024-01-02,22,23\n", false),
            ("Aruba,5,6\nZambia,8,9\n", false),
        ] {
            assert_eq!(found(text).1, expected, "{text}");
        }
    }

    #[test]
    fn a_title_with_as_many_fields_as_the_table_is_none_of_it() {
        let text = "Land, January - December\nBase: 1901-2000\nYear,Value\n1880,1\n1881,2\n";
        assert_eq!(found(text).2, ["Year", "Value"]);
    }

    #[test]
    fn every_column_has_a_name_of_its_own() {
        assert_eq!(
            found("a,a,a (2),,b\n1,2,3,4,5\n").2,
            ["a", "a (2)", "a (2) (2)", "column 4", "b"]
        );
        assert_eq!(found("1,2\n3,4\n").2, ["column 1", "column 2"]);
    }
}
