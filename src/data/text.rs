//! Many short texts stored as one, so that a column of millions of cells is two allocations.

/// The cells of a text column, by row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    joined: String,
    /// `ends[row]` is where the row's text ends in `joined`; it begins where the one before ends.
    ends: Vec<usize>,
}

impl Texts {
    /// Adds the next row's text.
    pub fn push(&mut self, text: &str) {
        self.joined.push_str(text);
        self.ends.push(self.joined.len());
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
}
