//! Many short texts stored as one, so that a column of millions of cells is two allocations.

use std::collections::HashSet;

/// The cells of a text column, by row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    joined: String,
    /// `ends[row]` is where the row's text ends in `joined`; it begins where the one before ends.
    ends: Vec<usize>,
    /// Whether signs that usually say that a value is missing are texts like others here.
    signs_are_texts: bool,
}

impl Texts {
    /// Says that “.” or “?” is a text like others, as among the words and signs of a language, and no missing value.
    pub(crate) fn keep_signs(&mut self) {
        self.signs_are_texts = true;
    }

    /// Whether `text`, which could be a mark for a missing value, is a text like others.
    pub(crate) fn keeps(&self, text: &str) -> bool {
        self.signs_are_texts && is_sign(text)
    }

    /// How many of the texts are signs that could be marks for missing values, if other signs such as no mark is stand among
    /// them, and not only now and then: `,`, `"`, `+`.
    pub(crate) fn signs_among_others(&self, is_mark: impl Fn(&str) -> bool) -> Option<usize> {
        /// One other sign for so many marks, at least.
        const OTHERS: usize = 10;
        /// So many different words make a language, which has so many words at least for each full stop.
        const WORDS: usize = 12;
        const EACH: usize = 3;
        let (mut marks, mut others) = (0, 0);
        for text in self.iter().filter(|text| is_sign(text)) {
            match is_mark(text) {
                true => marks += 1,
                false => others += 1,
            }
        }
        if marks > 0 && OTHERS * others >= marks {
            return Some(marks);
        }
        // A full stop among words ends a sentence, if no cell is empty and nothing else says that there is no value.
        let mut different: HashSet<&str> = HashSet::new();
        let (mut stops, mut words) = (0, 0);
        for text in self.iter().filter(|_| marks > 0) {
            if text == "." {
                stops += 1;
            } else if text.is_empty() || is_mark(text) {
                return None;
            } else if text
                .chars()
                .all(|sign| sign.is_alphabetic() || "'’-".contains(sign))
            {
                words += 1;
                if different.len() < WORDS {
                    different.insert(text);
                }
            }
        }
        (stops > 0 && different.len() == WORDS && EACH * stops <= words).then_some(marks)
    }

    /// Adds the next row's text.
    pub fn push(&mut self, text: &str) {
        self.joined.push_str(text);
        self.ends.push(self.joined.len());
    }

    /// The first texts, as many as that.
    pub(crate) fn first(&self, count: usize) -> Self {
        Self {
            signs_are_texts: self.signs_are_texts,
            ..self.iter().take(count).collect()
        }
    }

    /// The bytes that they take.
    pub fn bytes(&self) -> u128 {
        self.joined.capacity() as u128 + (self.ends.capacity() * size_of::<usize>()) as u128
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The text of `row`, counted from 0; `None` past the end.
    pub fn get(&self, row: usize) -> Option<&str> {
        let end = *self.ends.get(row)?;
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.joined.get(start..end)
    }

    /// The texts in the order of the rows.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|row| self.get(row))
    }
}

/// Whether a text has signs alone, no letter and no digit.
fn is_sign(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_punctuation())
}

impl<'a> FromIterator<&'a str> for Texts {
    fn from_iter<I: IntoIterator<Item = &'a str>>(texts: I) -> Self {
        let mut all = Self::default();
        texts.into_iter().for_each(|text| all.push(text));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_as_they_were_put_in() {
        let put_in = ["", "é", "", "abc"];
        let texts: Texts = put_in.into_iter().collect();
        assert_eq!(texts.iter().collect::<Vec<_>>(), put_in);
        assert_eq!((texts.len(), texts.get(4)), (4, None));
    }

    #[test]
    fn signs_among_other_signs_are_texts() {
        let signs = |texts: &[&str]| {
            let texts: Texts = texts.iter().copied().collect();
            texts.signs_among_others(|text| matches!(text, "." | "?" | "-"))
        };
        assert_eq!(signs(&["so", ",", "why", "?", "."]), Some(2));
        assert_eq!(signs(&["+", "-", "-"]), Some(2));
        assert_eq!(signs(&["private", "?", "state"]), None);
        assert_eq!(signs(&["a", "", ","]), None);
    }

    #[test]
    fn a_full_stop_among_many_words_is_one_of_them() {
        let signs = |text: &str| {
            let texts: Texts = text.split(' ').collect();
            texts.signs_among_others(|text| matches!(text, "" | "." | "?" | "-"))
        };
        let text = "the dog ran far from home and came back so late . all slept .";
        assert_eq!(signs(text), Some(2));
        assert_eq!(
            signs(&format!("{text} -")),
            None,
            "it may mean that there is none"
        );
        assert_eq!(signs("red . green . blue . red green"), None);
    }
}
