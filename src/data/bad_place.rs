//! What is wrong where in a file: place, found, expected, hint.

use crate::words::shortened;
use std::fmt;

/// One bad place in a file, complete enough to be shown beside the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadPlace {
    /// Line of the file, counted from 1 as editors do.
    pub line: u64,
    /// Column of the table, counted from 1; `None` if the whole line is meant.
    pub column: Option<usize>,
    /// The column's name.
    pub header: Option<String>,
    /// What stands there, as a phrase: `“n/a”`, `3 fields`.
    pub found: String,
    /// What should stand there, as a phrase: `a number`.
    pub expected: String,
    /// A sentence: what to try next.
    pub hint: String,
}

impl fmt::Display for BadPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(column) = self.column {
            write!(f, ", column {column}")?;
        }
        if let Some(header) = &self.header {
            write!(f, " ({})", shortened(header))?;
        }
        write!(
            f,
            ": found {}, expected {}. {}",
            self.found, self.expected, self.hint
        )
    }
}

/// Bad places in the order of the file: the first [`BadPlaces::CAP`], and how many more there are.
///
/// Displayed as one sentence per place, each on its own line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BadPlaces {
    first: Vec<BadPlace>,
    more: usize,
}

impl BadPlaces {
    /// How many places are kept; further ones are counted only.
    pub const CAP: usize = 50;

    /// The places kept, in the order of the file.
    pub fn first(&self) -> &[BadPlace] {
        &self.first
    }

    /// How many further places there are.
    pub fn more(&self) -> usize {
        self.more
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// Adds a place found later in the file than those before; it is made only if it is kept.
    pub(crate) fn add(&mut self, place: impl FnOnce() -> BadPlace) {
        if self.first.len() < Self::CAP {
            self.first.push(place());
        } else {
            self.more += 1;
        }
    }

    /// Counts the lines of a text that has so many more above.
    pub(crate) fn move_down(&mut self, lines: u64) {
        self.first.iter_mut().for_each(|place| place.line += lines);
    }

    /// Joins the places of several columns, in the order of the file.
    pub(crate) fn join(&mut self, other: BadPlaces) {
        self.first.extend(other.first);
        self.first.sort_by_key(|place| (place.line, place.column));
        self.more += other.more + self.first.len().saturating_sub(Self::CAP);
        self.first.truncate(Self::CAP);
    }
}

impl From<BadPlace> for BadPlaces {
    fn from(place: BadPlace) -> Self {
        Self {
            first: vec![place],
            more: 0,
        }
    }
}

impl fmt::Display for BadPlaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, place) in self.first.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{place}")?;
        }
        match self.more {
            0 => Ok(()),
            1 => write!(f, "\n… and 1 more place"),
            more => write!(f, "\n… and {more} more places"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::quoted;

    fn place(line: u64) -> BadPlace {
        BadPlace {
            line,
            column: Some(2),
            header: Some("SUNACTIVITY".into()),
            found: quoted("n/a"),
            expected: "a number".into(),
            hint: "Fill in the value.".into(),
        }
    }

    #[test]
    fn a_place_reads_as_one_sentence_with_a_hint() {
        assert_eq!(
            place(4).to_string(),
            "line 4, column 2 (SUNACTIVITY): found “n/a”, expected a number. Fill in the value."
        );
    }

    #[test]
    fn places_beyond_the_cap_are_counted_and_joining_keeps_the_first_of_the_file() {
        let (mut odd, mut even) = (BadPlaces::default(), BadPlaces::default());
        for line in 0..60 {
            odd.add(|| place(2 * line + 1));
            even.add(|| place(2 * line + 2));
        }
        assert_eq!((odd.first().len(), odd.more()), (50, 10));
        odd.join(even);
        assert_eq!((odd.first().len(), odd.more()), (50, 70));
        let lines: Vec<u64> = odd.first().iter().map(|place| place.line).collect();
        assert_eq!(lines, (1..=50).collect::<Vec<u64>>());
        assert!(odd.to_string().ends_with("\n… and 70 more places"));
    }
}
