//! Lines below a table: its source, its total, a copyright. They are no rows, and only at the end may they stand.
//!
//! The first column tells them from rows. Where it has numbers or dates, a line that begins otherwise is a footer, and one
//! that begins so is a row, be it cut off. Where it has texts, a number below numbers makes a row; a lone text, a blank line
//! above, or the signs that notes have make a footer. A blank line tells nothing where rows have them too.

use crate::data::number::{self, NumberFormat};
use crate::data::time::is_date;

/// The most lines that are taken for footers: where there are more, the first of them are none.
pub(super) const MOST: usize = 20;

/// What a table's columns hold, by most of the first lines, so that names, titles and a bad cell do not matter.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    first: First,
    /// Whether they are numbers, for every column.
    numeric: Vec<bool>,
}

/// What the first column holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum First {
    Numbers,
    Dates,
    #[default]
    Texts,
}

/// What a line just below the names is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// A row, be it a bad one.
    Row,
    /// Something about the columns.
    Columns,
    /// That too if another such line follows.
    Perhaps,
}

/// Where a line stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Around {
    /// Below a blank line, such as no row has above it, or below another footer.
    pub after_blank: bool,
    /// At the end of the text, without a line end: the file may be cut off.
    pub cut: bool,
}

impl Shape {
    /// The shape of a table of so many `columns`, of whose first lines `cells` gives the cells of one column.
    pub fn of<'a, Cells: Iterator<Item = &'a [u8]>>(
        columns: usize,
        format: NumberFormat,
        cells: impl Fn(usize) -> Cells,
    ) -> Self {
        let most = |column: usize, is: &dyn Fn(&[u8]) -> bool| {
            let (mut all, mut fitting) = (0, 0);
            for cell in cells(column).filter(|cell| !number::is_missing(cell)) {
                all += 1;
                fitting += usize::from(is(cell));
            }
            fitting > 0 && 2 * fitting >= all
        };
        let is_number = |cell: &[u8]| number::parse(cell, format).is_some();
        let numeric: Vec<bool> = (0..columns)
            .map(|column| most(column, &is_number))
            .collect();
        // Where rows themselves begin otherwise now and then, that tells nothing.
        let nearly_all = |is: &dyn Fn(&[u8]) -> bool| {
            let cells = cells(0).filter(|cell| !number::is_missing(cell));
            let fitting: Vec<bool> = cells.map(is).collect();
            let first = fitting.iter().position(|&fits| fits).unwrap_or_default();
            let last = fitting.iter().rposition(|&fits| fits).unwrap_or_default();
            let within = fitting.get(first..=last).unwrap_or_default();
            10 * within.iter().filter(|&&fits| !fits).count() <= within.len()
        };
        let is_day = |cell: &[u8]| is_date(&trimmed(cell));
        let first = match numeric.first() {
            Some(true) if nearly_all(&is_number) => First::Numbers,
            Some(false) if most(0, &is_day) && nearly_all(&is_day) => First::Dates,
            _ => First::Texts,
        };
        Self { first, numeric }
    }

    /// Makes room for so many columns.
    pub fn widen(&mut self, columns: usize) {
        self.numeric.resize(columns, false);
    }

    /// What a line just below the names is, if it is no row: further names, or what the columns are. Only where the first column
    /// has numbers or dates can that be told by a line alone; among texts it takes more.
    pub fn is_about(&self, fields: &[&[u8]], format: NumberFormat) -> About {
        let is_empty = |cell: &&[u8]| cell.trim_ascii().is_empty();
        let Some(first) = fields.first() else {
            return About::Row;
        };
        let is_number = |cell: &[u8]| number::parse(cell, format).is_some();
        let others = || fields.iter().zip(&self.numeric).skip(1);
        let (mut numbers, mut texts) = (0, 0);
        for (cell, _) in others().filter(|(cell, numeric)| **numeric && !is_empty(cell)) {
            numbers += usize::from(is_number(cell));
            texts += usize::from(!is_number(cell) && !number::is_missing(cell));
        }
        let lone = others().all(|(cell, _)| is_empty(cell));
        let text = trimmed(first);
        match self.first {
            First::Numbers | First::Dates => {
                let begins_as_row = match self.first {
                    First::Numbers => is_number(first),
                    _ => is_date(&text),
                };
                let digit = text.starts_with(|sign: char| sign.is_ascii_digit());
                if begins_as_row || digit || self.numeric.len() < 2 {
                    About::Row
                } else if number::is_missing(first) {
                    match texts > 0 && numbers == 0 {
                        true => About::Columns,
                        false => About::Row,
                    }
                } else if numbers == 0 && (texts > 0 || lone) {
                    About::Columns
                } else {
                    About::Perhaps
                }
            }
            First::Texts => {
                let all = self
                    .numeric
                    .iter()
                    .skip(1)
                    .filter(|numeric| **numeric)
                    .count();
                let is_names = texts > 1 && texts == all && fields.len() >= self.numeric.len();
                match numbers == 0 && texts > 0 && (is_names || (is_empty(first) && texts == all)) {
                    true => About::Columns,
                    false => About::Row,
                }
            }
        }
    }

    /// Whether these fields, below a blank line, are the names of another table: different texts, some of them where rows have
    /// numbers or dates.
    pub fn begins_another(&self, fields: &[&[u8]], format: NumberFormat) -> bool {
        let values: Vec<&[u8]> = fields
            .iter()
            .map(|cell| cell.trim_ascii())
            .filter(|cell| !cell.is_empty())
            .collect();
        let is_name = |cell: &&[u8]| {
            number::parse(cell, format).is_none()
                && !number::is_missing(cell)
                && !is_date(&trimmed(cell))
        };
        // No values stand between names.
        let filled = fields
            .iter()
            .take(values.len())
            .all(|cell| !cell.trim_ascii().is_empty());
        let different = |(at, cell): (usize, &&[u8])| !values[..at].contains(cell);
        let shown = self.numeric.iter().take(values.len());
        let unlike = shown.filter(|numeric| **numeric).count() > 0 || self.first == First::Dates;
        values.len() > 1
            && filled
            && unlike
            && values.iter().all(is_name)
            && values.iter().enumerate().all(different)
    }

    /// Whether it has to be looked at closer: nearly every row begins as rows do.
    pub fn may_be_footer(&self, first: &[u8], around: Around) -> bool {
        match self.first {
            First::Texts => around.after_blank,
            First::Numbers | First::Dates => {
                !matches!(first.first(), Some(b'0'..=b'9' | b'+' | b'-' | b'.'))
            }
        }
    }

    /// Whether a line with these fields, of which at least one has a value, is a footer if nothing but footers follows.
    pub fn is_footer(&self, fields: &[&[u8]], format: NumberFormat, around: Around) -> bool {
        let columns = self.numeric.len();
        let is_empty = |cell: &&[u8]| cell.trim_ascii().is_empty();
        let fits = fields.len() >= columns && fields[columns..].iter().all(is_empty);
        let values = fields.iter().filter(|cell| !is_empty(cell)).count();
        let Some(first) = fields.first() else {
            return false;
        };
        let is_number = |cell: &[u8]| number::parse(cell, format).is_some();
        let others = || fields.iter().zip(&self.numeric).skip(1);
        let mut numbers = others().filter(|(cell, numeric)| **numeric && is_number(cell));
        let has_number = numbers.next().is_some();
        let cut_in_first = around.cut && !around.after_blank && values == 1;
        if number::is_missing(first) {
            // “;Closing balance;;500” among rows that have a date each.
            let labelled = fits
                && self.first != First::Texts
                && others().any(|(cell, numeric)| !numeric && is_closing(&trimmed(cell)));
            return labelled || (!fits && !has_number && !cut_in_first);
        }
        let text = trimmed(first);
        let note = is_note(&text);
        match self.first {
            First::Numbers | First::Dates => {
                let begins_as_row = match self.first {
                    First::Numbers => is_number(first),
                    _ => is_date(&text),
                };
                // “17o5” and “2024-0” are what rows begin with; “1) estimated” is not.
                let digit = text.starts_with(|sign: char| sign.is_ascii_digit());
                if begins_as_row || (digit && (fits || !text.contains([' ', ')']))) {
                    return false;
                }
                if !fits {
                    // “Ja” may be the beginning of “Jan 2024”, but of no number.
                    return self.first == First::Numbers || !cut_in_first || note;
                }
                if columns == 1 {
                    return around.after_blank || note;
                }
                let any = others().any(|(_, numeric)| *numeric);
                values == 1 || is_summary(&text) || (any && !has_number)
            }
            First::Texts if fits => {
                let lone_or_sum = values == 1 || is_summary(&text);
                columns > 1 && around.after_blank && lone_or_sum && !is_number(first)
            }
            First::Texts => {
                let apart = around.after_blank || note || (fields.len() == 1 && !around.cut);
                is_summary(&text) || (apart && !has_number)
            }
        }
    }
}

fn trimmed(cell: &[u8]) -> String {
    String::from_utf8_lossy(cell).trim().to_owned()
}

/// “Source: observatory”, “© 2024”, “* estimated”.
fn is_note(text: &str) -> bool {
    text.contains(": ") || text.ends_with(':') || text.contains('©') || text.starts_with('*')
}

/// Words by which a line says that it is the sum of others.
const SUMS: [&str; 52] = [
    "total",
    "totals",
    "grand total",
    "subtotal",
    "subtotals",
    "sub-total",
    "sub total",
    "sum",
    "sums",
    "summe",
    "gesamt",
    "insgesamt",
    "gesamtsumme",
    "zwischensumme",
    "teilsumme",
    "jahressumme",
    "monatssumme",
    "gesamtergebnis",
    "somme",
    "sous-total",
    "totale",
    "totales",
    "subtotale",
    "totaal",
    "subtotaal",
    "totaux",
    "totais",
    "totalt",
    "toplam",
    "suma",
    "soma",
    "somma",
    "summa",
    "delsum",
    "razem",
    "ogółem",
    "celkem",
    "spolu",
    "ukupno",
    "skupaj",
    "összesen",
    "yhteensä",
    "i alt",
    "итого",
    "всего",
    "среднее",
    "σύνολο",
    "合計",
    "小計",
    "合计",
    "小计",
    "总计",
];

/// Those that say that it is a mean.
const MEANS: [&str; 13] = [
    "mean",
    "average",
    "avg",
    "mittel",
    "mittelwert",
    "durchschnitt",
    "moyenne",
    "promedio",
    "media",
    "média",
    "gemiddelde",
    "medelvärde",
    "średnia",
];

/// Those that say that it is neither a mean nor a sum.
const OTHERS: [&str; 11] = [
    "median", "min", "minimum", "max", "maximum", "count", "sd", "stdev", "std", "std.", "stabw",
];

/// Whether a line that begins so sums up those above.
fn is_summary(text: &str) -> bool {
    let text = text.trim_end_matches([':', '.']).to_lowercase();
    let lists: [&[&str]; 3] = [&SUMS, &MEANS, &OTHERS];
    lists.iter().any(|words| words.contains(&text.as_str()))
}

/// Whether a text says what is left at the end, or a sum.
fn is_closing(text: &str) -> bool {
    const WORDS: [&str; 9] = [
        "closing balance",
        "ending balance",
        "carried forward",
        "balance carried forward",
        "balance c/f",
        "endsaldo",
        "schlusssaldo",
        "neuer saldo",
        "eindsaldo",
    ];
    let lower = text.to_lowercase();
    is_summary(text) || WORDS.contains(&lower.trim_end_matches([':', '.']))
}

/// What a row is of those above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Summary {
    Sum,
    Mean,
    /// The largest, how many, how far they are apart.
    Other,
}

/// What a text says by its first or its last word that a row is of others: “Total 2015”, “North Total”.
pub(super) fn summary(text: &str) -> Option<Summary> {
    let text = text.to_lowercase();
    let kinds: [(&[&str], Summary); 3] = [
        (&MEANS, Summary::Mean),
        (&OTHERS, Summary::Other),
        (&SUMS, Summary::Sum),
    ];
    let mut kinds = kinds.into_iter();
    let found = kinds.find(|(words, _)| has_one_of(&text, words));
    found.map(|(_, what)| what)
}

fn has_one_of(text: &str, known: &[&str]) -> bool {
    let text = text.trim_matches([':', '.', '=', '*', ' ']);
    let mut words = text.split([' ', '\u{a0}', ':', '(', '/', ',']);
    let ends = [words.next(), words.next_back()];
    known.contains(&text) || ends.into_iter().flatten().any(|word| known.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tables of a first column and two of numbers.
    fn shape(first: &'static str) -> Shape {
        let cells = move |column: usize| {
            let cell = if column == 0 { first } else { "1.5" };
            std::iter::once(cell.as_bytes())
        };
        Shape::of(3, NumberFormat::default(), cells)
    }

    fn is_footer(shape: &Shape, line: &str, around: Around) -> bool {
        let fields: Vec<&[u8]> = line.split(';').map(str::as_bytes).collect();
        shape.is_footer(&fields, NumberFormat::default(), around)
    }

    const PLAIN: Around = Around {
        after_blank: false,
        cut: false,
    };
    const CUT: Around = Around {
        after_blank: false,
        cut: true,
    };
    const APART: Around = Around {
        after_blank: true,
        cut: false,
    };

    #[test]
    fn below_numbers_and_dates_a_line_that_begins_otherwise_is_a_footer() {
        for shape in [shape("1700"), shape("2024-01-31")] {
            for line in [
                "Source: observatory",
                "© 2024; all rights reserved",
                "Total;5",
                "Total;5;6",
                "Mean:;5;6",
                "Source;;",
                "Note;made by hand;",
                "Note;;made by hand",
                "1) estimated",
                "* estimated",
                ";;;estimated",
                "a;b;c;d",
            ] {
                assert!(is_footer(&shape, line, PLAIN), "{shape:?} {line}");
            }
            for line in [
                "1705",
                "1705;5",
                "17o5",
                "2024-0",
                "2024-01-31;5",
                "x;5;6",
                "17o5;;",
                ";5;6",
                ";5",
            ] {
                assert!(!is_footer(&shape, line, PLAIN), "{shape:?} {line}");
            }
        }
        assert!(!is_footer(&shape("Jan 2024"), "Fe", CUT));
        assert!(is_footer(&shape("Jan 2024"), "Fe", PLAIN));
    }

    #[test]
    fn below_texts_a_footer_stands_alone_or_apart_or_has_the_signs_of_one() {
        let texts = shape("Oslo");
        for (line, around, expected) in [
            ("Last updated", PLAIN, true),
            ("Osl", CUT, false),
            ("Oslo;", PLAIN, false),
            ("Oslo;5", APART, false),
            ("Total;5", PLAIN, true),
            ("Totale;5", PLAIN, true),
            ("Итого:;5", PLAIN, true),
            ("Source: a; b", PLAIN, true),
            ("Source: a", CUT, true),
            ("Special value; not available", APART, true),
            ("Oslo;;", PLAIN, false),
            ("Oslo;;", APART, true),
            ("Total;5;6", PLAIN, false),
            ("Total;5;6", APART, true),
            ("Oslo;5;6", APART, false),
        ] {
            assert_eq!(
                is_footer(&texts, line, around),
                expected,
                "{line} {around:?}"
            );
        }
    }

    #[test]
    fn nearly_every_row_is_told_by_its_first_byte() {
        assert!(!shape("1700").may_be_footer(b"1701", APART));
        assert!(shape("1700").may_be_footer(b"Total", PLAIN));
        assert!(!shape("Oslo").may_be_footer(b"Total", PLAIN));
    }
}
