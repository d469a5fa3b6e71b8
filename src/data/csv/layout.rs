//! What kind of file it is: encoding, delimiter, header, columns.

use std::borrow::Cow;
use std::collections::HashSet;

use csv::ByteRecord;
use encoding_rs::{Encoding, WINDOWS_1252};

use super::records::{Records, is_blank};
use super::{CsvError, CsvOptions};
use crate::data::number;

/// How many records are looked at to find out what a file is like.
const SAMPLE: usize = 100;

/// What a file is like, found out from its first lines.
#[derive(Debug)]
pub(super) struct Layout {
    pub delimiter: u8,
    pub header: bool,
    /// The columns' names, all different.
    pub names: Vec<String>,
    /// Whether all of a column's cells in the first lines are numbers.
    pub numeric: Vec<bool>,
}

impl Layout {
    pub fn find(utf8: &[u8], options: &CsvOptions) -> Result<Self, CsvError> {
        if let Some(found) = options.delimiter
            && (matches!(found, b'"' | b'\n' | b'\r')
                || !found.is_ascii()
                || found.is_ascii_alphanumeric())
        {
            return Err(CsvError::Delimiter { found });
        }
        if utf8.trim_ascii().is_empty() {
            return Err(CsvError::Empty);
        }
        let delimiter = options.delimiter.unwrap_or_else(|| delimiter(utf8));
        let sample = sample(utf8, delimiter, SAMPLE)?;
        let Some(columns) = usual_len(&sample) else {
            return Err(CsvError::Empty);
        };
        let comma = delimiter != b',';
        let header = options
            .header
            .unwrap_or_else(|| has_header(&sample, columns, comma));
        let rows = sample
            .iter()
            .skip(usize::from(header))
            .filter(|record| record.len() == columns);
        let mut numeric = vec![true; columns];
        for record in rows {
            for (numeric, cell) in numeric.iter_mut().zip(record) {
                *numeric &= number::parse(cell, comma).is_some();
            }
        }
        let first = sample.first().filter(|_| header);
        Ok(Self {
            delimiter,
            header,
            names: names(first, columns),
            numeric,
        })
    }
}

/// The file as UTF-8 without byte order mark, its lines ended by LF or CRLF.
pub(super) fn utf8(bytes: &[u8]) -> Cow<'_, [u8]> {
    let text = match Encoding::for_bom(bytes) {
        Some((encoding, mark)) => encoding.decode_without_bom_handling(&bytes[mark..]).0,
        None => match str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
        },
    };
    let only_cr = text.contains('\r') && !text.contains('\n');
    if only_cr {
        return Cow::Owned(text.replace('\r', "\n").into_bytes());
    }
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// The first records that are not blank.
fn sample(utf8: &[u8], delimiter: u8, count: usize) -> Result<Vec<ByteRecord>, CsvError> {
    let mut records = Records::new(utf8, delimiter);
    let mut sample = Vec::new();
    while sample.len() < count && records.next()?.is_some() {
        if !is_blank(records.record()) {
            sample.push(records.record().clone());
        }
    }
    Ok(sample)
}

/// The number of fields most records have; of equally frequent ones the first.
fn usual_len(sample: &[ByteRecord]) -> Option<usize> {
    let frequency = |len| sample.iter().filter(|record| record.len() == len).count();
    // max_by_key keeps the last of equals, so the records are gone through backwards.
    sample
        .iter()
        .rev()
        .map(ByteRecord::len)
        .max_by_key(|&len| frequency(len))
}

/// The delimiter by which the first lines have the same number of fields, more than one.
///
/// A comma that also does so is taken for a decimal comma if another one does; of the others, the one that gives more
/// columns wins. Where none gives equal lines, the one that gives most of them wins, so that the ragged lines are named.
fn delimiter(utf8: &[u8]) -> u8 {
    const OTHERS: [u8; 3] = *b";\t|";
    // Lines beyond the first few kilobytes tell nothing new, and a quote opened by mistake may not swallow the file.
    const LOOKED_AT: usize = 1 << 16;
    let head = match utf8.get(..LOOKED_AT) {
        // The line cut in two would look ragged.
        Some(head) => {
            &head[..head
                .iter()
                .rposition(|&byte| byte == b'\n')
                .map_or(head.len(), |at| at + 1)]
        }
        None => utf8,
    };
    let fit = |delimiter: u8| {
        let mut records = Records::new(head, delimiter);
        let mut sample = Vec::new();
        while sample.len() < SAMPLE && matches!(records.next(), Ok(Some(_))) {
            if !is_blank(records.record()) {
                sample.push(records.record().clone());
            }
        }
        let columns = usual_len(&sample).unwrap_or(0);
        let fitting = sample
            .iter()
            .filter(|record| record.len() == columns)
            .count();
        Fit {
            delimiter,
            columns,
            fitting,
            records: sample.len(),
        }
    };
    let fits: Vec<Fit> = OTHERS.into_iter().map(fit).collect();
    let comma = fit(b',');
    // Columns first, then the order above.
    let even = fits
        .iter()
        .filter(|fit| fit.is_even())
        .rev()
        .max_by_key(|fit| fit.columns);
    if let Some(fit) = even {
        return fit.delimiter;
    }
    if comma.is_even() && !one_column_of_decimal_commas(head) {
        return b',';
    }
    if one_column_of_decimal_commas(head) {
        return b';';
    }
    let most = fits
        .iter()
        .chain([&comma])
        .filter(|fit| fit.columns > 1)
        .max_by(|a, b| {
            // fitting/records as a comparison of whole numbers.
            (a.fitting * b.records).cmp(&(b.fitting * a.records))
        });
    most.map_or(b',', |fit| fit.delimiter)
}

/// How well a delimiter separates the first lines.
struct Fit {
    delimiter: u8,
    /// Fields in most records.
    columns: usize,
    /// Records with that many.
    fitting: usize,
    records: usize,
}

impl Fit {
    fn is_even(&self) -> bool {
        self.columns > 1 && self.fitting == self.records
    }
}

/// Whether the lines are a name and below it numbers, some with a decimal comma: the comma is then no delimiter.
fn one_column_of_decimal_commas(head: &[u8]) -> bool {
    let mut lines = head
        .split(|&byte| byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty())
        .take(SAMPLE);
    let named = lines
        .next()
        .is_some_and(|first| !first.contains(&b',') && number::parse(first, true).is_none());
    let mut commas = false;
    named
        && lines.all(|line| {
            commas |= line.contains(&b',');
            number::parse(line, true)
                .is_some_and(|(_, shown)| shown != Some(number::Notation::Point))
        })
        && commas
}

/// Whether the first record names the columns: somewhere a text stands above numbers, and nowhere a number above numbers
/// tells otherwise. Where no column is numeric, a first line without numbers counts as names.
fn has_header(sample: &[ByteRecord], columns: usize, comma: bool) -> bool {
    let Some((first, rest)) = sample.split_first() else {
        return false;
    };
    let is_number = |cell: &[u8]| number::parse(cell, comma).is_some();
    let is_missing = |cell: &[u8]| number::is_missing(&String::from_utf8_lossy(cell));
    let (mut names_above_numbers, mut numbers_above_numbers) = (0, 0);
    for column in 0..columns {
        let below = || {
            rest.iter()
                .filter_map(|record| record.get(column))
                .filter(|cell| !is_missing(cell))
        };
        let numbers = below().filter(|cell| is_number(cell)).count();
        // More than half: a bad cell among the first lines does not make the column a text.
        if 2 * numbers <= below().count() {
            continue;
        }
        match first.get(column) {
            Some(cell) if is_number(cell) => numbers_above_numbers += 1,
            // A value missing in the first row is no name.
            Some(cell) if !is_missing(cell) => names_above_numbers += 1,
            _ => {}
        }
    }
    if names_above_numbers + numbers_above_numbers == 0 {
        return first.len() == columns
            && !first.iter().any(|cell| is_number(cell) || is_missing(cell));
    }
    names_above_numbers > numbers_above_numbers
}

/// Names for all columns: those of the header, “column 3” where there is none, “a (2)” for the second “a”.
fn names(header: Option<&ByteRecord>, columns: usize) -> Vec<String> {
    let mut taken: HashSet<String> = HashSet::new();
    (0..columns)
        .map(|column| {
            let cell = header
                .and_then(|record| record.get(column))
                .unwrap_or_default();
            let cell = String::from_utf8_lossy(cell);
            let wanted = match cell.trim() {
                "" => format!("column {}", column + 1),
                name => name.to_owned(),
            };
            let numbered = (2..).map(|count| format!("{wanted} ({count})"));
            let free = std::iter::once(wanted.clone())
                .chain(numbered)
                .find(|name| !taken.contains(name));
            let name = free.unwrap_or(wanted);
            taken.insert(name.clone());
            name
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> (char, bool, Vec<String>) {
        let layout = Layout::find(text.as_bytes(), &CsvOptions::default()).unwrap();
        (char::from(layout.delimiter), layout.header, layout.names)
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

    #[test]
    fn bytes_of_other_encodings_become_utf8() {
        let text = "é,b\n";
        assert_eq!(utf8(text.as_bytes()), text.as_bytes());
        assert_eq!(utf8(b"\xEF\xBB\xBF\xC3\xA9,b\n"), text.as_bytes());
        assert_eq!(utf8(b"\xE9,b\n"), text.as_bytes());
        // UTF-16, little endian, as spreadsheets write “Unicode text”.
        assert_eq!(utf8(b"\xFF\xFE\xE9\x00,\x00b\x00\n\x00"), text.as_bytes());
        assert_eq!(utf8(b"a\r1\r").as_ref(), b"a\n1\n");
    }
}
