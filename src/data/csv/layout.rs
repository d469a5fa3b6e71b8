//! What kind of file it is: comments, delimiter, titles, notation of numbers, names, units, columns.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use super::delimiter::{comment_and_delimiter, delimiter_said};
use super::footer::{self, Around, Shape};
use super::records::Records;
use super::sample::{
    Head, Row, Sample, grammar, is_any_number, is_empty, padding, readable, usual_len,
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
    /// The line that says which delimiter is used.
    pub delimiter_line: Option<u64>,
    /// The line on which the table begins, with its names or its first row; what stands above is a title.
    pub begins: u64,
    /// The line with the names, in the table or in a comment above it.
    pub header: Option<u64>,
    /// The line below the names that says in which units the columns are.
    pub units: Option<u64>,
    /// The columns' names, all different.
    pub names: Vec<String>,
    /// The columns that are called otherwise than in the file, since an earlier one has their name, each with that.
    pub renamed: Vec<(usize, String)>,
    /// How many fields without name and value most records have at their end; they are no columns.
    pub padding: usize,
    /// What the cells seen so far tell about the notation of numbers.
    pub evidence: Evidence,
    pub format: NumberFormat,
    /// What tells footers from rows.
    pub shape: Shape,
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
        let head = Head::of(&text, options.comment);
        let layout = match Self::of_head(head, options) {
            Err(CsvError::OpenQuote(_)) if !head.whole => {
                Self::of_head(head.longer(&text), options)
            }
            layout => layout,
        };
        let layout = layout.map_err(|error| error.below(head.above))?;
        let delimiter = layout.delimiter;
        Ok((layout, readable(text, delimiter)))
    }

    /// What a text is like that begins so.
    fn of_head(head: Head<'_>, options: &CsvOptions) -> Result<Self, CsvError> {
        let (lines_above, whole_head) = (head.above, head.whole);
        let options = &CsvOptions {
            comment: options.comment.or(head.comment),
            ..*options
        };
        let head = head.text;
        let said = delimiter_said(head);
        let (comment, delimiter) =
            comment_and_delimiter(head, options, said.map(|(delimiter, _)| delimiter));
        let sample = Sample::of(head, delimiter, comment);
        // An open quotation mark is told when the whole file is read.
        if let Some(fault) = sample.fault.as_ref().filter(|fault| fault.is_final()) {
            return Err(fault.clone());
        }
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
            return Err(if let Some(fault) = sample.fault {
                fault
            } else if rows.is_empty() && delimiter_line.is_none() {
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
        let shape = shape(rows, columns, format);
        let footers = if whole_head && sample.complete {
            footers(rows, &shape, format, sample.open && !head.ends_with(b"\n"))
        } else {
            0
        };
        let rows = &rows[..rows.len() - footers];
        let begins = rows.first().map_or(1, |row| row.line);
        let above = sample
            .comments
            .iter()
            .rev()
            .filter(|(line, _)| *line < begins && options.header != Some(false))
            // A bare sign below the names says nothing.
            .find(|(_, text)| {
                comment
                    .text_of(text.trim_ascii())
                    .is_some_and(|text| !is_empty(text))
            });
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
        let (header, (names, renamed)) = match (first, named) {
            (Some(row), _) => (
                Some(row.line),
                names(row.fields().map(<[u8]>::to_vec), columns),
            ),
            (None, Some((line, cells))) => (Some(line), names(cells.into_iter(), columns)),
            (None, None) => (None, names(std::iter::empty(), columns)),
        };
        let rows = &rows[usize::from(record_is_header)..];
        let units = rows
            .first()
            .filter(|_| header.is_some() && has_units(rows, &names, format))
            .map(|row| row.line);
        let rows = &rows[usize::from(units.is_some())..];
        let mut numeric = vec![true; columns];
        for row in rows.iter().filter(|row| row.fits(columns)) {
            for (numeric, cell) in numeric.iter_mut().zip(row.fields()) {
                *numeric =
                    *numeric && (number::parse(cell, format).is_some() || number::is_missing(cell));
            }
        }
        Ok(Self {
            delimiter,
            comment,
            delimiter_line: delimiter_line.map(|line| line + lines_above),
            begins: begins + lines_above,
            header: header.map(|line| line + lines_above),
            units: units.map(|line| line + lines_above),
            names,
            renamed,
            padding,
            evidence,
            format,
            shape,
            numeric,
            seen: (rows.iter().map(|row| row.bytes).sum(), rows.len()),
        })
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
        let is_title = if begins_with_number {
            // A table of its own, such as of the place, if a blank line and names follow.
            let next = rows.get(count + 1);
            let below = || names_above_numbers(&rows[count + 1..], columns, format);
            !row.fits(columns)
                && next.is_some_and(|next| next.after_blank && next.fits(columns))
                && below() == Some(true)
        } else if row.fits(columns) {
            let lone = values == 1 && columns > 1 && !row.get(0).is_none_or(is_empty);
            (lone && named(count + 1)) || {
                // It has as many fields as the table by chance if another title follows, and then names.
                let texts = |row: &&&Row| !row.fields().any(is_any_number);
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
    let text = |cell: &[u8]| String::from_utf8_lossy(cell).into_owned();
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

/// Whether the first record names the columns. Where no column is numeric, a first line without numbers counts as names.
fn has_header(rows: &[&Row], columns: usize, format: NumberFormat) -> bool {
    names_above_numbers(rows, columns, format).unwrap_or_else(|| {
        rows.first().is_some_and(|first| {
            let is_number = |cell: &[u8]| number::parse(cell, format).is_some();
            let mut cells = first.fields().take(columns);
            first.fits(columns) && !cells.any(|cell| is_number(cell) || number::is_missing(cell))
        })
    })
}

/// Whether the first record has texts above numbers, and nowhere a number above numbers tells otherwise, or texts and years
/// such as no row below has; `None` where no column is numeric.
fn names_above_numbers(rows: &[&Row], columns: usize, format: NumberFormat) -> Option<bool> {
    let (first, rest) = rows.split_first()?;
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
