//! What kind of file it is: comments, delimiter, titles, notation of numbers, names, columns.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use super::decode::without_spaces;
use super::records::{Item, Records};
use super::{Comment, CsvError, CsvOptions};
use crate::data::number::{self, Evidence, NumberFormat};

/// How many records are looked at to find out what a file is like.
const SAMPLE: usize = 500;
/// How many bytes. A quotation mark opened by mistake may not swallow the file.
const LOOKED_AT: usize = 1 << 18;

/// What a file is like, found out from its first lines.
#[derive(Debug)]
pub(super) struct Layout {
    /// The delimiter found or asked for; a space stands for runs of spaces and tabs.
    pub delimiter: u8,
    pub comment: Comment,
    /// The line that says which delimiter is used.
    pub delimiter_line: Option<u64>,
    /// The line on which the table begins, with its names or its first row; what stands above is a title.
    pub begins: u64,
    /// The line with the names, in the table or in a comment above it.
    pub header: Option<u64>,
    /// The columns' names, all different.
    pub names: Vec<String>,
    /// How many fields without name and value most records have at their end; they are no columns.
    pub padding: usize,
    /// What the cells seen so far tell about the notation of numbers.
    pub evidence: Evidence,
    pub format: NumberFormat,
    /// Whether all of a column's cells in the first lines are numbers or missing.
    pub numeric: Vec<bool>,
    /// How many bytes of text the rows looked at have, and how many rows that are.
    pub seen: (usize, usize),
}

impl Layout {
    /// What `text` is like, and the text as its records are to be read.
    pub fn find<'a>(
        text: Cow<'a, [u8]>,
        options: &CsvOptions,
    ) -> Result<(Self, Cow<'a, [u8]>), CsvError> {
        check(options)?;
        if text.trim_ascii().is_empty() {
            return Err(CsvError::Empty);
        }
        let head = head(&text);
        let said = delimiter_said(head);
        let (comment, delimiter) =
            comment_and_delimiter(head, options, said.map(|(delimiter, _)| delimiter));
        let sample = Sample::of(head, delimiter, comment);
        let whole_head = head.len() == text.len();
        let delimiter_line = said.map(|(_, line)| line);
        let mut rows: Vec<&Row> = sample
            .rows
            .iter()
            .filter(|row| delimiter_line != Some(row.line))
            .collect();
        if !whole_head && rows.len() > 1 && sample.open {
            rows.pop();
        }
        let Some(usual) = usual_len(rows.iter().copied()) else {
            return Err(if rows.is_empty() && delimiter_line.is_none() {
                CsvError::Empty
            } else {
                CsvError::NoRows { header_line: 1 }
            });
        };
        let padding = padding(&rows, usual);
        let columns = usual - padding;

        let titles = titles(&rows, columns);
        let rows = &rows[titles..];
        let mut evidence = Evidence::default();
        for row in rows {
            row.fields().for_each(|cell| evidence.add(cell));
        }
        let format = choose_format(&evidence, delimiter, options).unwrap_or_default();
        let begins = rows.first().map_or(1, |row| row.line);
        let above = sample
            .comments
            .iter()
            .rev()
            .find(|(line, _)| *line < begins && options.header != Some(false));
        let named = above.and_then(|&(line, text)| {
            let names = names_in_comment(text, delimiter, comment, columns)?;
            Some((line, names))
        });
        let record_is_header = match options.header {
            Some(true) => named.is_none() || has_header(rows, columns, format),
            Some(false) => false,
            None => has_header(rows, columns, format),
        };
        let first = rows.first().filter(|_| record_is_header);
        let (header, names) = match (first, named) {
            (Some(row), _) => (
                Some(row.line),
                names(row.fields().map(<[u8]>::to_vec), columns),
            ),
            (None, Some((line, cells))) => (Some(line), names(cells.into_iter(), columns)),
            (None, None) => (None, names(std::iter::empty(), columns)),
        };
        let rows = &rows[usize::from(record_is_header)..];
        let mut numeric = vec![true; columns];
        for row in rows.iter().filter(|row| row.fits(columns)) {
            for (numeric, cell) in numeric.iter_mut().zip(row.fields()) {
                *numeric =
                    *numeric && (number::parse(cell, format).is_some() || number::is_missing(cell));
            }
        }
        let layout = Self {
            delimiter,
            comment,
            delimiter_line,
            begins,
            header,
            names,
            padding,
            evidence,
            format,
            numeric,
            seen: (rows.iter().map(|row| row.bytes).sum(), rows.len()),
        };
        Ok((layout, readable(text, delimiter)))
    }

    /// The records of the text that [`Layout::find`] gave back.
    pub fn records<'a>(&self, text: &'a [u8]) -> Records<'a> {
        Records::new(text, grammar(self.delimiter), self.comment)
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
        self.names = names(cells.into_iter(), self.numeric.len() + self.padding);
        self.numeric.resize(self.names.len(), true);
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

/// The delimiter for csv-core.
fn grammar(delimiter: u8) -> u8 {
    if delimiter == b' ' { b'\t' } else { delimiter }
}

/// The first lines, all of them whole.
fn head(text: &[u8]) -> &[u8] {
    match text.get(..LOOKED_AT) {
        Some(head) => match memchr::memrchr(b'\n', head) {
            Some(at) => &head[..=at],
            None => head,
        },
        None => text,
    }
}

/// The text as csv-core can split it at `delimiter`.
fn readable(text: Cow<'_, [u8]>, delimiter: u8) -> Cow<'_, [u8]> {
    if delimiter == b' ' {
        return Cow::Owned(without_spaces(&text, b'\t', true));
    }
    // Only the head is looked at: whoever writes a space before a quotation mark does so from the beginning.
    let head = head(&text);
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

/// A record of the sample.
struct Row {
    line: u64,
    /// Bytes in the text.
    bytes: usize,
    joined: Vec<u8>,
    ends: Vec<usize>,
}

impl Row {
    fn len(&self) -> usize {
        self.ends.len()
    }

    fn get(&self, column: usize) -> Option<&[u8]> {
        let end = *self.ends.get(column)?;
        let start = column.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.joined.get(start..end)
    }

    fn fields(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).filter_map(|column| self.get(column))
    }

    /// Whether it has a field for every column, and beyond them none with a value.
    fn fits(&self, columns: usize) -> bool {
        self.len() >= columns && self.fields().skip(columns).all(is_empty)
    }
}

fn is_empty(cell: &[u8]) -> bool {
    cell.trim_ascii().is_empty()
}

/// The first records that are not blank, and the comments between them.
struct Sample<'a> {
    rows: Vec<Row>,
    comments: Vec<(u64, &'a [u8])>,
    /// Whether the last record ends with the bytes looked at: the file may go on within it.
    open: bool,
}

impl<'a> Sample<'a> {
    fn of(head: &'a [u8], delimiter: u8, comment: Comment) -> Self {
        let text = readable(Cow::Borrowed(head), delimiter);
        let mut records = Records::new(&text, grammar(delimiter), comment);
        let mut sample = Sample {
            rows: Vec::new(),
            comments: Vec::new(),
            open: false,
        };
        while sample.rows.len() < SAMPLE {
            match records.next() {
                Ok(Some(Item::Record(position))) if !records.is_blank() => {
                    let mut row = Row {
                        line: position.line,
                        bytes: position.end - position.start,
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
                    // As it stands in the file: the line is the same, its spaces may not be.
                    let mut lines = head.split(|&byte| byte == b'\n');
                    let at = usize::try_from(line).unwrap_or(usize::MAX) - 1;
                    if let Some(text) = lines.nth(at)
                        && sample.comments.len() < SAMPLE / 10
                    {
                        sample.comments.push((line, text));
                    }
                }
                Ok(Some(_)) => {}
                // An open quotation mark is told when the whole file is read.
                Ok(None) | Err(_) => break,
            }
        }
        sample
    }
}

/// The number of fields most records have; of equally frequent ones the first.
fn usual_len<'a>(rows: impl DoubleEndedIterator<Item = &'a Row> + Clone) -> Option<usize> {
    let mut lens: Vec<usize> = rows.clone().map(Row::len).collect();
    lens.sort_unstable();
    let frequency = |len: usize| {
        lens.partition_point(|&other| other <= len) - lens.partition_point(|&other| other < len)
    };
    // max_by_key keeps the last of equals, so the records are gone through backwards.
    rows.rev().map(Row::len).max_by_key(|&len| frequency(len))
}

/// How many fields at the end of the usual records have neither name nor value.
fn padding(rows: &[&Row], usual: usize) -> usize {
    let used = rows
        .iter()
        .filter(|row| row.len() == usual)
        .filter_map(|row| (0..usual).rfind(|&column| !row.get(column).is_none_or(is_empty)))
        .max();
    usual - used.map_or(1, |last| last + 1)
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
            .is_some_and(|cell| {
                NumberFormat::ALL
                    .into_iter()
                    .any(|format| number::parse(cell, format).is_some())
            });
        let is_title = if begins_with_number {
            false
        } else if row.fits(columns) {
            let lone = values == 1 && columns > 1 && !row.get(0).is_none_or(is_empty);
            lone && named(count + 1)
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

/// The names in a comment above the table, if there are as many as columns: `# year spots`.
fn names_in_comment(
    line: &[u8],
    delimiter: u8,
    comment: Comment,
    columns: usize,
) -> Option<Vec<Vec<u8>>> {
    let text = comment.text_of(line.trim_ascii())?;
    let sample = Sample::of(text, delimiter, Comment::None);
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

/// The delimiter that the first line names, as spreadsheets understand it, and that line: `sep=;`.
fn delimiter_said(head: &[u8]) -> Option<(u8, u64)> {
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

/// How comments begin and what delimits fields, as far as the options leave it open.
fn comment_and_delimiter(head: &[u8], options: &CsvOptions, said: Option<u8>) -> (Comment, u8) {
    let asked = options.delimiter.or(said);
    let delimiter = |comment| asked.unwrap_or_else(|| delimiter(head, comment));
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
        let sample = Sample::of(head, found, comment);
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
                && Sample::of(text, found, Comment::None)
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

/// How well a delimiter separates the first lines.
struct Fit {
    delimiter: u8,
    /// Fields in most records.
    columns: usize,
    /// Records above the first one of that many fields.
    above: usize,
    /// Records with that many, or with empty fields beyond.
    fitting: usize,
    /// All records but those above.
    records: usize,
    /// Columns whose cells are mostly numbers or missing.
    numeric: usize,
}

impl Fit {
    fn of(head: &[u8], delimiter: u8, comment: Comment) -> Self {
        let sample = Sample::of(head, delimiter, comment);
        let columns = usual_len(sample.rows.iter()).unwrap_or(0);
        let all: Vec<&Row> = sample.rows.iter().collect();
        let columns = columns
            - if columns > 0 {
                padding(&all, columns)
            } else {
                0
            };
        let above = all.iter().take_while(|row| !row.fits(columns)).count();
        let rows = &all[above..];
        let is_number = |cell: &[u8]| {
            number::is_missing(cell)
                || NumberFormat::ALL
                    .into_iter()
                    .any(|format| number::parse(cell, format).is_some())
        };
        let below_names = rows.get(1..).unwrap_or_default();
        let numeric = (0..columns).filter(|&column| {
            let cells = below_names.iter().filter_map(|row| row.get(column));
            2 * cells.filter(|cell| is_number(cell)).count() > below_names.len()
        });
        Self {
            delimiter,
            columns,
            above,
            fitting: rows.iter().filter(|row| row.fits(columns)).count(),
            records: rows.len(),
            numeric: numeric.count(),
        }
    }

    fn is_even(&self) -> bool {
        self.columns > 1 && self.fitting == self.records
    }
}

/// The delimiter by which the first lines have the same number of fields, more than one.
///
/// A comma that also does so is taken for a decimal comma if another one does; of the others, the one that gives more
/// columns wins. Lines above the table may differ if no delimiter makes all lines equal. Spaces delimit only if nothing else
/// does and there are numbers, for texts have spaces of their own. Where none gives equal lines, the one that gives most of
/// them wins, so that the ragged lines are named.
fn delimiter(head: &[u8], comment: Comment) -> u8 {
    const OTHERS: [u8; 3] = *b";\t|";
    let fit = |delimiter| Fit::of(head, delimiter, comment);
    let others: Vec<Fit> = OTHERS.into_iter().map(fit).collect();
    let comma = fit(b',');
    let one_column = one_column_of_numbers(head, comment);
    let spaces = fit(b' ');
    let by_spaces = spaces.is_even() && spaces.numeric > 0 && one_column.is_none();
    for above in [0, usize::MAX] {
        let even = |fit: &&Fit| fit.is_even() && fit.above <= above;
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
            && spaces.above <= above
            && spaces.numeric == spaces.columns
            && comma.numeric < comma.columns;
        if even(&&comma) && !better_by_spaces {
            return b',';
        }
        if by_spaces && spaces.above <= above {
            return b' ';
        }
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
    let is_number = |line: &[u8]| {
        let mut formats = NumberFormat::ALL.into_iter();
        formats.any(|format| number::parse(line, format).is_some())
    };
    let first = lines.peek()?;
    let named = !is_number(first);
    if named {
        // A name with a comma would be two.
        if first.contains(&b',') {
            return None;
        }
        lines.next();
    }
    let (mut commas, mut spaces, mut all) = (false, false, true);
    for line in lines {
        commas |= line.contains(&b',');
        spaces |= line.contains(&b' ');
        all &= is_number(line) || number::is_missing(line);
    }
    // Without a name “1,5” is two numbers as well as one.
    (all && (commas || spaces) && (named || !commas)).then_some(b';')
}

/// Whether the first record names the columns: somewhere a text stands above numbers, and nowhere a number above numbers
/// tells otherwise. Where no column is numeric, a first line without numbers counts as names.
fn has_header(rows: &[&Row], columns: usize, format: NumberFormat) -> bool {
    let Some((first, rest)) = rows.split_first() else {
        return false;
    };
    let is_number = |cell: &[u8]| number::parse(cell, format).is_some();
    let (mut names_above_numbers, mut numbers_above_numbers) = (0, 0);
    for column in 0..columns {
        let below = || {
            rest.iter()
                .filter_map(|row| row.get(column))
                .filter(|cell| !number::is_missing(cell))
        };
        let numbers = below().filter(|cell| is_number(cell)).count();
        // More than half: a bad cell among the first lines does not make the column a text.
        if 2 * numbers <= below().count() {
            continue;
        }
        match first.get(column) {
            Some(cell) if is_number(cell) => numbers_above_numbers += 1,
            // A value missing in the first row is no name.
            Some(cell) if !number::is_missing(cell) => names_above_numbers += 1,
            _ => {}
        }
    }
    if names_above_numbers + numbers_above_numbers == 0 {
        let mut cells = first.fields().take(columns);
        return first.fits(columns)
            && !cells.any(|cell| is_number(cell) || number::is_missing(cell));
    }
    names_above_numbers > numbers_above_numbers
}

/// Names for all columns: the cells of the header, “column 3” where there is none, “a (2)” for the second “a”.
fn names(mut header: impl Iterator<Item = Vec<u8>>, columns: usize) -> Vec<String> {
    let mut taken: HashSet<String> = HashSet::new();
    // Which number the next one of this name gets, so that a thousand equal names are not counted through each time.
    let mut next: BTreeMap<String, usize> = BTreeMap::new();
    (0..columns)
        .map(|column| {
            let cell = header.next().unwrap_or_default();
            let cell = String::from_utf8_lossy(&cell);
            let wanted = match cell.trim() {
                "" => format!("column {}", column + 1),
                name => name.to_owned(),
            };
            let number = next.entry(wanted.clone()).or_insert(1);
            let mut name = wanted.clone();
            while taken.contains(&name) {
                *number += 1;
                name = format!("{wanted} ({number})");
            }
            taken.insert(name.clone());
            name
        })
        .collect()
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
    fn every_column_has_a_name_of_its_own() {
        assert_eq!(
            found("a,a,a (2),,b\n1,2,3,4,5\n").2,
            ["a", "a (2)", "a (2) (2)", "column 4", "b"]
        );
        assert_eq!(found("1,2\n3,4\n").2, ["column 1", "column 2"]);
    }
}
