//! What kind of file it is: comments, delimiter, titles, notation of numbers, names, units, columns.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use super::cells::Rules;
use super::delimiter::{comment_and_delimiter, delimiter_said};
use super::footer::{self, About, Around, Shape};
use super::header::{
    are_units_below, bare_of_apostrophes, has_header, header_cells, names_in_comment, numbered,
};
use super::quotes::{Quotes, without_quotes_around_lines};
use super::records::Records;
use super::sample::{
    Head, Row, Sample, grammar, is_any_number, is_empty, margin, padding, quotes, readable,
    usual_len,
};
use super::titles::{above_end_of_header, filled_len, names_groups, titles};
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
        if names_line.is_none() {
            rows.drain(..above_end_of_header(&rows));
        }
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
        let rows = &rows[..before_another(rows, &shape, format)];
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

/// How many records stand before another table that begins below a blank line: all, mostly.
fn before_another(rows: &[&Row], shape: &Shape, format: NumberFormat) -> usize {
    let is_lone = |row: &Row| filled_len(row) == 1;
    let spaced = rows.get(1).is_some_and(|row| row.after_blank);
    if spaced {
        return rows.len();
    }
    let begins = |&at: &usize| {
        let row = rows[at];
        // A title may stand above its names.
        let apart = row.after_blank || (rows[at - 1].after_blank && is_lone(rows[at - 1]));
        let below = Around {
            after_blank: true,
            cut: false,
        };
        let is_row = |row: &&Row| {
            let fields: Vec<&[u8]> = row.fields().collect();
            !shape.is_footer(&fields, format, below)
        };
        apart
            && shape.begins_another(&row.fields().collect::<Vec<_>>(), format)
            && !rows[..at.min(footer::MOST)]
                .iter()
                .any(|other| other.equals(row))
            && rows[at + 1..].iter().any(is_row)
    };
    let another = (3..rows.len()).find(begins);
    another.unwrap_or(rows.len())
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
