//! A question that only the owner of a file can answer, in one sentence, with what would settle it.

use super::options::{CsvOptions, Mark};
use crate::words::{counted, exact, grouped, quoted, shortened};

/// How many columns a question names.
const NAMED: usize = 3;

/// Something that only the file's owner knows.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// A number far from all others that repeats: does it mean that there is no value?
    Sentinel {
        /// The columns that have it.
        columns: Vec<String>,
        /// The number, as it would be written down.
        value: String,
        /// How many cells have it, in all these columns.
        cells: usize,
        /// The least and the largest of the others, in all these columns.
        others: (f64, f64),
    },
    /// Words in a column of numbers: do they mean that there is no value?
    Words {
        /// The column.
        column: String,
        /// Each word and how often it stands there, the most frequent first.
        words: Vec<(String, usize)>,
        /// How many cells of the column are numbers.
        numbers: usize,
    },
    /// Flags beside the numbers of a column: are they to be left out?
    Flags {
        /// The column.
        column: String,
        /// One of the flags, and the number it stands beside.
        example: (String, f64),
        /// How many cells have a flag.
        cells: usize,
    },
}

impl Ask {
    /// The columns that it is about.
    pub fn columns(&self) -> &[String] {
        match self {
            Ask::Sentinel { columns, .. } => columns,
            Ask::Words { column, .. } | Ask::Flags { column, .. } => std::slice::from_ref(column),
        }
    }

    /// How many cells it is about.
    pub fn cells(&self) -> usize {
        match self {
            Ask::Sentinel { cells, .. } | Ask::Flags { cells, .. } => *cells,
            Ask::Words { words, .. } => words.iter().map(|(_, count)| count).sum(),
        }
    }

    /// What was found, in a sentence, and what settles it in an experiment.
    pub fn sentence(&self) -> String {
        let finding = self.finding();
        let tail = match self {
            Ask::Sentinel { .. } => {
                "kept as numbers; if that means missing, say so (missing_marks)."
            }
            Ask::Words { .. } => "if they mean missing, say so (missing_marks).",
            Ask::Flags { .. } => "if that is to be left out, say so (strip_flags).",
        };
        format!("{finding}: {tail}")
    }

    /// What was found, without a full stop.
    pub fn finding(&self) -> String {
        match self {
            Ask::Sentinel {
                columns,
                value,
                cells,
                others: (low, high),
            } => {
                let mut names: Vec<String> = columns
                    .iter()
                    .take(NAMED)
                    .map(|name| quoted(name))
                    .collect();
                let more = columns.len().saturating_sub(NAMED);
                if more > 0 {
                    names.push(format!("{} more", grouped(more)));
                }
                format!(
                    "{} of {} {} {value}, far from all others ({} to {})",
                    counted(*cells, "cell"),
                    names.join(", "),
                    if *cells == 1 { "is" } else { "are" },
                    exact(*low),
                    exact(*high),
                )
            }
            Ask::Words { column, words, .. } => {
                let mut told: Vec<String> = words
                    .iter()
                    .take(NAMED)
                    .map(|(word, _)| quoted(word))
                    .collect();
                let more = words.len().saturating_sub(NAMED);
                if more > 0 {
                    told.push(format!("{} more", grouped(more)));
                }
                let cells = self.cells();
                format!(
                    "{} of {} {} no {} ({})",
                    counted(cells, "cell"),
                    quoted(column),
                    if cells == 1 { "is" } else { "are" },
                    if cells == 1 { "number" } else { "numbers" },
                    told.join(", ")
                )
            }
            Ask::Flags {
                column,
                example: (flag, value),
                cells,
            } => format!(
                "{} of {} {} something beside the number, “{}” beside {}",
                counted(*cells, "cell"),
                quoted(column),
                if *cells == 1 { "has" } else { "have" },
                shortened(flag),
                exact(*value),
            ),
        }
    }

    /// What to call the answer that the file's owner gives by one click.
    pub fn offer(&self) -> String {
        let cells = self.cells();
        match self {
            Ask::Sentinel { .. } | Ask::Words { .. } if cells == 1 => {
                "This cell means missing".to_owned()
            }
            Ask::Sentinel { .. } | Ask::Words { .. } => {
                format!("These {} cells mean missing", grouped(cells))
            }
            Ask::Flags { .. } => "Leave out what stands beside numbers".to_owned(),
        }
    }

    /// The options by which that is settled so.
    pub fn settled(&self, options: &CsvOptions) -> CsvOptions {
        let mut options = options.clone();
        let mut mark = |column: Option<&String>, text: &str| {
            let mark = Mark {
                column: column.cloned(),
                text: text.to_owned(),
            };
            let marks = options.missing_marks.get_or_insert_default();
            if !marks.contains(&mark) {
                marks.push(mark);
            }
        };
        match self {
            // The same number may be a value elsewhere.
            Ask::Sentinel { columns, value, .. } => {
                columns.iter().for_each(|column| mark(Some(column), value));
            }
            Ask::Words { words, .. } => words.iter().for_each(|(word, _)| mark(None, word)),
            Ask::Flags { .. } => options.strip_flags = true,
        }
        options
    }
}
