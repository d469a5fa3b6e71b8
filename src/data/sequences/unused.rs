//! Rows that belong to no sequence, and why.

use crate::words::counted;

/// Rows that belong to no sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unused {
    /// Why, as a clause: `a value is missing`.
    pub why: String,
    /// Which.
    pub lines: Listing,
}

impl Unused {
    /// How many rows, and why: `3 rows: a value is missing`.
    pub fn title(&self) -> String {
        format!("{}: {}", counted(self.lines.count, "row"), self.why)
    }
}

/// Lines of the file: the first of them, and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// How many.
    pub count: usize,
    /// The first [`Listing::CAP`], in the order of the series.
    pub first: Vec<u64>,
}

impl Listing {
    /// How many lines are kept; further ones are counted only.
    pub const CAP: usize = 50;

    /// The lines in words, at most `shown` of them: `lines 3, 7`.
    pub fn phrase(&self, shown: usize) -> String {
        let lines = self.first.iter().take(shown);
        let lines: Vec<String> = lines.map(u64::to_string).collect();
        let word = if self.count == 1 { "line" } else { "lines" };
        format!("{word} {}", lines.join(", "))
    }

    pub(super) fn of(lines: impl Iterator<Item = u64>) -> Self {
        let mut listing = Self::default();
        for line in lines {
            listing.count += 1;
            if listing.first.len() < Self::CAP {
                listing.first.push(line);
            }
        }
        listing
    }
}
