//! What was found out about a file, and what was skipped.

use super::ask::Ask;
use super::encoding::Encoding;
use super::options::Comment;
use super::quotes::Quotes;
use crate::data::number::NumberFormat;
use crate::words::{counted, grouped, quoted, shortened};

/// How a file was read: what was found out or said about it, and what was skipped.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// How characters are stored.
    pub encoding: Encoding,
    /// The byte between fields; a space stands for any run of spaces and tabs.
    pub delimiter: u8,
    /// The line with the columns' names, from 1; `None` if there is none.
    pub header: Option<u64>,
    /// The line below the names that says in which units the columns are, from 1; `None` if there is none.
    pub units: Option<u64>,
    /// How numbers are written.
    pub numbers: NumberFormat,
    /// How a line begins that is a comment.
    pub comment: Comment,
    /// The lines that are not in the table.
    pub skipped: SkippedLines,
    /// How many unnamed columns at the right or at the left had no value in any row and are not in the table.
    pub empty_columns: usize,
    /// The file's last line that was needed, if no more than the first rows were asked for and there were so many.
    pub lines_read: Option<u64>,
    /// About how many rows were not read because only the first ones were asked for.
    pub rows_left_out: u64,
    /// What it was unpacked from: “a gzip archive”; `None` for a file that was none.
    pub unpacked: Option<String>,
    /// What it was, if it was JSON: “JSON, a list of rows”.
    pub json: Option<&'static str>,
    /// The sheet that it is, if it was a workbook: lines are its rows.
    pub sheet: Option<FoundSheet>,
    /// How fields are quoted.
    pub quotes: Quotes,
    /// What only the file's owner knows: whether cells mean that a value is missing.
    pub asks: Vec<Ask>,
    /// What else should be known: sentences about single columns, and about what could be read in two ways.
    pub notes: Vec<String>,
}

/// A sheet of a workbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundSheet {
    /// What it is called.
    pub name: String,
    /// The other sheets that are in sight.
    pub others: Vec<String>,
}

impl FoundSheet {
    /// That there are other sheets, if there are.
    fn sentence(&self) -> Option<String> {
        const SHOWN: usize = 6;
        let mut names: Vec<String> = self
            .others
            .iter()
            .take(SHOWN)
            .map(|name| quoted(name))
            .collect();
        let more = self.others.len().saturating_sub(SHOWN);
        if more > 0 {
            names.push(format!("{} more", grouped(more)));
        }
        (!names.is_empty()).then(|| {
            format!(
                "The workbook has {} besides: {} (sheet chooses one).",
                counted(self.others.len(), "sheet"),
                names.join(", ")
            )
        })
    }
}

impl Default for Found {
    fn default() -> Self {
        Self {
            encoding: Encoding::default(),
            delimiter: b',',
            header: None,
            units: None,
            numbers: NumberFormat::default(),
            comment: Comment::default(),
            skipped: SkippedLines::default(),
            empty_columns: 0,
            lines_read: None,
            rows_left_out: 0,
            unpacked: None,
            json: None,
            sheet: None,
            quotes: Quotes::default(),
            asks: Vec::new(),
            notes: Vec::new(),
        }
    }
}

impl Found {
    /// All of it in sentences, the first about how the file is written, the next about what was skipped.
    ///
    /// “UTF-8, semicolons, decimal commas, names in line 3.” “2 comment lines and 1 blank line skipped.”
    pub fn sentences(&self) -> Vec<String> {
        let mut sentences = self.findings();
        sentences.extend(self.asks.iter().map(Ask::sentence));
        sentences
    }

    /// The same without what only the file's owner knows.
    pub fn findings(&self) -> Vec<String> {
        let mut written = vec![
            self.encoding.name().to_owned(),
            delimiter_name(self.delimiter),
            self.numbers.to_string(),
            match self.header {
                Some(line) => format!("names in line {line}"),
                None => "no names".to_owned(),
            },
        ];
        if let Some(line) = self.units {
            written.push(format!("units in line {line}"));
        }
        if self.comment != Comment::None {
            written.push(format!("comments after “{}”", self.comment.sign()));
        }
        match self.quotes {
            Quotes::Doubled => {}
            Quotes::Backslash => {
                written.push("“\\\"” for a quotation mark within quoted fields".to_owned());
            }
            Quotes::Single => written.push("apostrophes around quoted fields".to_owned()),
            Quotes::None => written.push("quotation marks as signs like others".to_owned()),
        }
        let mut sentences = match (self.json, &self.sheet) {
            // What it was turned into is nobody's concern.
            (Some(json), _) => vec![format!("{json}.")],
            (None, Some(sheet)) => {
                let mut of_sheet = vec![format!("Sheet {} of a workbook", quoted(&sheet.name))];
                // How characters are stored, and what stands between cells.
                of_sheet.extend(written.drain(2..));
                let mut sentences = vec![of_sheet.join(", ") + "; lines are rows of the sheet."];
                sentences.extend(sheet.sentence());
                sentences
            }
            (None, None) => vec![written.join(", ") + "."],
        };
        if let Some(unpacked) = &self.unpacked {
            sentences.insert(0, format!("Unpacked from {unpacked}."));
        }
        let skipped: Vec<String> = Why::ALL
            .into_iter()
            .map(|why| (why, self.skipped.count(why)))
            .filter(|&(_, count)| count > 0)
            .map(|(why, count)| why.counted(count))
            .collect();
        match skipped.split_last() {
            Some((only, [])) => sentences.push(format!("{only} skipped.")),
            Some((last, others)) => {
                sentences.push(format!("{} and {last} skipped.", others.join(", ")));
            }
            None => {}
        }
        if self.empty_columns > 0 {
            sentences.push(format!(
                "{} without name and values left out.",
                counted(self.empty_columns, "column")
            ));
        }
        if self.rows_left_out > 0 {
            sentences.push(format!(
                "About {} more rows left out, as asked.",
                grouped(self.rows_left_out as usize)
            ));
        }
        sentences.extend(self.notes.iter().cloned());
        sentences
    }
}

/// What to call a delimiter, in the plural.
fn delimiter_name(delimiter: u8) -> String {
    match delimiter {
        b',' => "commas".to_owned(),
        b';' => "semicolons".to_owned(),
        b'\t' => "tabs".to_owned(),
        b'|' => "vertical bars".to_owned(),
        b' ' => "spaces".to_owned(),
        other => format!("“{}” between fields", char::from(other).escape_default()),
    }
}

/// Why a line is not in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It stands above the table and is not like it: a title or a note.
    Title,
    /// It is a comment.
    Comment,
    /// It says which delimiter is used: `sep=;`.
    Delimiter,
    /// Nothing is in it.
    Blank,
    /// It has delimiters alone and stands above the first row with a value or below the last.
    Empty,
    /// It stands below the names and says in which units the columns are.
    Units,
    /// It stands below the table and is not like it: a source, a total, a note.
    Footer,
    /// It stands between the names and the first row and says what the columns are: further names, a title, a unit.
    About,
    /// It is the line of names once more, as in files that were joined.
    Again,
    /// It belongs to another table, which begins below a blank line.
    Another,
    /// It stands between rows and is the sum of some of them.
    Sums,
    /// The user said so.
    Asked,
}

impl Why {
    const ALL: [Why; 12] = [
        Why::Title,
        Why::Comment,
        Why::Delimiter,
        Why::Blank,
        Why::Empty,
        Why::Units,
        Why::Footer,
        Why::About,
        Why::Again,
        Why::Another,
        Why::Sums,
        Why::Asked,
    ];

    fn counted(self, count: usize) -> String {
        match self {
            Why::Title => counted(count, "title line"),
            Why::Comment => counted(count, "comment line"),
            Why::Delimiter => counted(count, "line") + " naming the delimiter",
            Why::Blank => counted(count, "blank line"),
            Why::Empty => counted(count, "line") + " without values",
            Why::Units => counted(count, "line") + " of units",
            Why::Footer => counted(count, "line") + " below the table",
            Why::About => counted(count, "line") + " about the columns",
            Why::Another => counted(count, "line") + " of another table below",
            Why::Again => counted(count, "line") + " with the names again",
            Why::Sums => counted(count, "line") + " with sums of others",
            Why::Asked => counted(count, "line") + " that you named",
        }
    }
}

/// A line that is not in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The line of the file, from 1.
    pub line: u64,
    /// Why it is not in the table.
    pub why: Why,
    /// What stands there, shortened.
    pub text: String,
}

/// The lines that are not in the table: the first [`SkippedLines::CAP`] that say something, and how many there are of
/// each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SkippedLines {
    first: Vec<Skipped>,
    counts: [usize; Why::ALL.len()],
}

impl SkippedLines {
    /// How many lines are kept; further ones are counted only.
    pub const CAP: usize = 50;

    /// The lines kept, in the order of the file; blank ones are counted only.
    pub fn first(&self) -> &[Skipped] {
        &self.first
    }

    /// How many lines were skipped for this reason.
    pub fn count(&self, why: Why) -> usize {
        self.counts[why as usize]
    }

    /// How many lines were skipped.
    pub fn total(&self) -> usize {
        self.counts.iter().sum()
    }

    pub(super) fn add(&mut self, line: u64, why: Why, text: &[u8]) {
        self.counts[why as usize] += 1;
        if why != Why::Blank && self.first.len() < Self::CAP {
            // What a line is may be known only after those below it were read.
            let at = self.first.partition_point(|before| before.line < line);
            let text = shortened(String::from_utf8_lossy(text).trim());
            self.first.insert(at, Skipped { line, why, text });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::number::{Notation, Thousands};

    #[test]
    fn what_was_found_reads_as_sentences() {
        let mut found = Found {
            delimiter: b';',
            header: Some(3),
            numbers: NumberFormat {
                decimal: Notation::Comma,
                thousands: Thousands::None,
            },
            ..Found::default()
        };
        found.skipped.add(1, Why::Comment, b"# made by hand");
        found.skipped.add(2, Why::Blank, b"");
        found.skipped.add(7, Why::Comment, b"# a gap");
        found.notes.push("A note.".into());
        assert_eq!(
            found.sentences(),
            [
                "UTF-8, semicolons, decimal commas, names in line 3.",
                "2 comment lines and 1 blank line skipped.",
                "A note."
            ]
        );
        assert_eq!(found.skipped.first()[1].text, "# a gap");
        assert_eq!((found.skipped.first().len(), found.skipped.total()), (2, 3));
    }

    #[test]
    fn every_kind_of_skipped_line_has_a_count_of_its_own() {
        for (place, why) in Why::ALL.into_iter().enumerate() {
            assert_eq!(why as usize, place);
        }
    }

    #[test]
    fn comment_signs_come_back_as_they_were_said() {
        for sign in ["", "#", "%", "//", ";", "!"] {
            assert_eq!(Comment::of(sign).unwrap().sign(), sign);
        }
        for sign in ["a", "1", "\"", "##", " ", "-"] {
            assert_eq!(Comment::of(sign), None, "{sign}");
        }
    }
}
