//! How numbers are spelled where a number does not tell it: `01` and `1`, `1.10` and `1.1`, numbers of more digits than are computed
//! with. What is measured has no need of it; where numbers name something, different spellings are different names.

use super::text::Texts;
use std::collections::HashMap;

/// The most different spellings with a fraction in a column: with more of them it is one of measures, which name nothing.
const MOST_FRACTIONS: usize = 32;

/// The most different spellings of a column.
const MOST: usize = 1 << 17;

/// The spellings of the cells of a column of numbers that are not spelled as a number usually is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spelling {
    /// These rows, ascending.
    rows: Vec<u32>,
    /// For each of them, which text.
    of_row: Vec<u32>,
    texts: Texts,
}

impl Spelling {
    /// How the cell of `row` is spelled; `None` if it is as a number usually is.
    pub fn get(&self, row: usize) -> Option<&str> {
        let row = u32::try_from(row).ok()?;
        let at = self.rows.binary_search(&row).ok()?;
        self.texts.get(*self.of_row.get(at)? as usize)
    }

    /// The bytes that it takes.
    pub fn bytes(&self) -> u128 {
        let numbers = (self.rows.capacity() + self.of_row.capacity()) * size_of::<u32>();
        numbers as u128 + self.texts.bytes()
    }

    /// The spellings of a column made of these rows of this one, one after the other.
    pub fn of_rows(&self, rows: impl Iterator<Item = usize>) -> Option<Box<Self>> {
        let mut picked = Spellings::default();
        for (at, row) in rows.enumerate() {
            if let Some(text) = self.get(row) {
                picked.add(at, text.as_bytes());
            }
        }
        picked.finished()
    }
}

/// Whether a number that is written with digits, signs and at most one `point` alone is not written as a number usually is: with
/// zeros before it, with zeros or nothing behind its point, or with a plus.
#[inline]
pub(super) fn is_unusual(cell: &[u8], point: u8) -> bool {
    // Signs and first digits are as good as random, and a branch on them is guessed wrong half the time: there is none.
    let at = |place: usize| cell.get(place).copied().unwrap_or_default();
    let start = usize::from(at(0) == b'-');
    let zeros_before = (at(start) == b'0') & at(start + 1).is_ascii_digit();
    let last = at(cell.len().wrapping_sub(1));
    let at_end = (last == point) & (cell.len() > start);
    if (at(0) == b'+') | zeros_before | at_end {
        return true;
    }
    last == b'0' && memchr::memchr(point, cell).is_some()
}

/// Whether a cell has nothing but digits, signs and points.
pub(super) fn is_plain(cell: &[u8], point: u8) -> bool {
    let is_sign = |byte: &u8| byte.is_ascii_digit() || *byte == point;
    let digits = cell.strip_prefix(b"-").or(cell.strip_prefix(b"+"));
    let digits = digits.unwrap_or(cell);
    !digits.is_empty() && digits.iter().all(is_sign)
}

/// Spellings as they are read, row by row.
#[derive(Clone, Debug, Default)]
pub(super) struct Spellings {
    found: Spelling,
    /// Which text each is.
    known: HashMap<Box<[u8]>, u32>,
    fractions: usize,
    /// Whether there were too many, and none is kept.
    given_up: bool,
}

impl Spellings {
    /// Notes how the cell of `row` is spelled; rows come in ascending order.
    pub fn add(&mut self, row: usize, cell: &[u8]) {
        if self.given_up {
            return;
        }
        let (Ok(row), Ok(text)) = (u32::try_from(row), str::from_utf8(cell)) else {
            return;
        };
        let which = match self.known.get(cell) {
            Some(&which) => which,
            None => {
                self.fractions += usize::from(!cell.iter().all(u8::is_ascii_digit));
                if self.fractions > MOST_FRACTIONS || self.known.len() == MOST {
                    self.give_up();
                    return;
                }
                let which = self.known.len() as u32;
                self.known.insert(cell.into(), which);
                self.found.texts.push(text);
                which
            }
        };
        self.found.rows.push(row);
        self.found.of_row.push(which);
    }

    /// Adds those of a column whose first row is row `before` of this one.
    pub fn append(&mut self, more: &Spellings, before: usize) {
        if more.given_up {
            self.give_up();
        }
        for (&row, &which) in more.found.rows.iter().zip(&more.found.of_row) {
            if self.given_up {
                return;
            }
            let text = more.found.texts.get(which as usize).unwrap_or_default();
            self.add(before + row as usize, text.as_bytes());
        }
    }

    /// Forgets all rows but the first `rows`.
    pub fn truncate(&mut self, rows: usize) {
        let kept = self
            .found
            .rows
            .partition_point(|&row| (row as usize) < rows);
        self.found.rows.truncate(kept);
        self.found.of_row.truncate(kept);
        // Texts are numbered in the order in which they appear.
        let needed = self.found.of_row.iter().max().map_or(0, |&last| last + 1);
        self.known.retain(|_, which| *which < needed);
        let texts = self.found.texts.iter().take(needed as usize);
        self.found.texts = texts.collect();
    }

    /// Forgets all rows; what was given up stays so.
    pub fn clear(&mut self) {
        if !self.given_up {
            *self = Self::default();
        }
    }

    #[inline]
    pub fn is_given_up(&self) -> bool {
        self.given_up
    }

    /// Forgets all, and notes nothing more.
    pub fn give_up(&mut self) {
        *self = Self {
            given_up: true,
            ..Self::default()
        };
    }

    /// Whether each of `count` cells is a whole number that was written with a fraction of zeros: `5.0`, as programs write whole
    /// numbers among gaps.
    pub fn are_whole(&self, count: usize) -> bool {
        let is_whole = |text: &str| {
            let whole = text.trim_end_matches('0');
            let digits = whole.strip_suffix(['.', ',']).unwrap_or_default();
            let digits = digits.strip_prefix('-').unwrap_or(digits);
            !digits.is_empty()
                && digits.bytes().all(|byte| byte.is_ascii_digit())
                && (digits.len() == 1 || !digits.starts_with('0'))
        };
        self.found.rows.len() == count && self.found.texts.iter().all(is_whole)
    }

    /// What is kept of them; `None` if nothing is.
    pub fn finished(self) -> Option<Box<Spelling>> {
        let mut found = self.found;
        found.rows.shrink_to_fit();
        found.of_row.shrink_to_fit();
        (!found.rows.is_empty()).then(|| Box::new(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_number_does_not_tell_is_unusual() {
        for cell in ["01", "-007", "1.10", "1.0", "0.50", "5.", "+1"] {
            assert!(is_unusual(cell.as_bytes(), b'.'), "{cell}");
        }
        for cell in ["0", "10", "-5", "0.5", "1.01", "100", ".5", ""] {
            assert!(!is_unusual(cell.as_bytes(), b'.'), "{cell}");
        }
        assert!(is_unusual(b"1,10", b','));
        assert!(is_plain(b"-1.5", b'.') && is_plain(b"+01", b'.'));
        assert!(!is_plain(b"1e10", b'.') && !is_plain(b"-", b'.'));
        assert!(!is_plain(b"$5.50", b'.'));
    }

    #[test]
    fn spellings_come_back_by_their_rows() {
        let mut first = Spellings::default();
        first.add(1, b"01");
        first.add(2, b"001");
        let mut second = Spellings::default();
        second.add(0, b"01");
        second.add(3, b"1.10");
        first.append(&second, 10);
        let found = first.clone().finished().unwrap();
        let all: Vec<_> = (0..15).filter_map(|row| found.get(row)).collect();
        assert_eq!(all, ["01", "001", "01", "1.10"]);
        assert_eq!((found.get(10), found.get(11)), (Some("01"), None));
        let picked = found.of_rows([13, 0, 2].into_iter()).unwrap();
        let all: Vec<_> = (0..3).map(|row| picked.get(row)).collect();
        assert_eq!(all, [Some("1.10"), None, Some("001")]);
        first.truncate(2);
        let mut alone = Spellings::default();
        alone.add(1, b"01");
        assert_eq!(first.finished(), alone.finished());
    }

    #[test]
    fn measures_are_given_up_and_names_are_not() {
        let mut measures = Spellings::default();
        for row in 0..=MOST_FRACTIONS {
            measures.add(row, format!("{row}.50").as_bytes());
        }
        assert!(measures.is_given_up());
        measures.clear();
        measures.add(0, b"0.50");
        assert_eq!(measures.finished(), None, "what was given up stays so");
        let mut names = Spellings::default();
        for row in 0..5000 {
            names.add(row, format!("{row:06}").as_bytes());
        }
        assert_eq!(names.finished().unwrap().get(4999), Some("004999"));
    }

    #[test]
    fn whole_numbers_with_a_fraction_of_zeros_are_numbers() {
        let of = |cells: &[&str]| {
            let mut all = Spellings::default();
            let rows = cells.iter().enumerate();
            rows.for_each(|(row, cell)| all.add(row, cell.as_bytes()));
            all
        };
        assert!(of(&["5.0", "-10.00", "0.0"]).are_whole(3));
        assert!(!of(&["5.0", "10.0"]).are_whole(3), "one is another");
        assert!(!of(&["1.10", "5.0"]).are_whole(2));
        assert!(!of(&["05.0"]).are_whole(1));
    }
}
