//! Which classes are taken for which.

use super::Snapshot;
use crate::data::{Split, Targets};
use crate::words::quoted;
use ndarray::Array2;

/// At most so many classes are told apart; the rarest others are one together.
const MOST: usize = 24;

/// How often each class was said where each was right.
#[derive(Clone, Debug, PartialEq)]
pub struct Confusion {
    /// The classes that were right or said, in the order of the data; where there are too many the last stands for the rarest of
    /// them together: “others”.
    pub names: Vec<String>,
    /// How many classes that is; 0 where each has a name of its own.
    pub folded: usize,
    /// `[right, said]`.
    pub counts: Array2<u32>,
}

impl Confusion {
    /// Over the forecasts of a part; `None` where numbers are asked, or nothing is.
    pub fn of(snapshot: &Snapshot, split: Split) -> Option<Self> {
        let material = &snapshot.material;
        let Targets::Classes { names, .. } = &material.dataset.targets else {
            return None;
        };
        let pairs = || {
            let compared = snapshot.forecasts(split).compared(material, 0, 0);
            let chosen = compared.filter(|one| one.prediction.is_finite());
            chosen.map(|one| [one.target as usize, one.prediction as usize])
        };
        let mut often = vec![0_u32; names.len()];
        for class in pairs().flatten() {
            *often.get_mut(class)? += 1;
        }
        let mut kept: Vec<usize> = (0..names.len()).filter(|&class| often[class] > 0).collect();
        let found = kept.len();
        if found > MOST {
            kept.sort_by_key(|&class| std::cmp::Reverse(often[class]));
            kept.truncate(MOST - 1);
            kept.sort_unstable();
        }
        let folded = found - kept.len();
        let size = kept.len() + usize::from(folded > 0);
        let place = |class: usize| kept.binary_search(&class).unwrap_or(kept.len());
        let mut counts = Array2::zeros((size, size));
        for [right, said] in pairs() {
            counts[[place(right), place(said)]] += 1;
        }
        let mut names: Vec<String> = kept.iter().map(|&class| names[class].clone()).collect();
        if folded > 0 {
            names.push("others".into());
        }
        (size > 0).then_some(Self {
            names,
            folded,
            counts,
        })
    }

    /// How many there are.
    pub fn all(&self) -> u32 {
        self.counts.iter().sum()
    }

    /// How many are right. What is one together counts as right only where it is the very class, which is not known here: it
    /// counts as wrong.
    pub fn right(&self) -> u32 {
        let named = self.names.len() - usize::from(self.folded > 0);
        (0..named).map(|class| self.counts[[class, class]]).sum()
    }

    /// What a class is called in a sentence: “one of the 7 rarest classes” where several are one together.
    pub fn called(&self, class: usize) -> String {
        match self.folded {
            folded if folded > 0 && class + 1 == self.names.len() => {
                format!("one of the {folded} rarest classes")
            }
            _ => self
                .names
                .get(class)
                .map_or_else(String::new, |name| quoted(name)),
        }
    }

    /// Which class was most often taken for another: its index, the other's, and how often; the first of equals.
    pub fn worst(&self) -> Option<(usize, usize, u32)> {
        let wrong = self
            .counts
            .indexed_iter()
            .filter(|((right, said), _)| right != said);
        let worst = wrong
            .filter(|(_, count)| **count > 0)
            .reduce(|worst, other| if other.1 > worst.1 { other } else { worst });
        worst.map(|((right, said), &count)| (right, said, count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::arr2;

    fn confusion(names: &[&str], folded: usize, counts: Array2<u32>) -> Confusion {
        Confusion {
            names: names.iter().map(|&name| name.to_owned()).collect(),
            folded,
            counts,
        }
    }

    /// A class may be called “others” itself: two of which it is one are two classes.
    #[test]
    fn a_class_by_the_name_of_others_is_one() {
        let both = confusion(&["a", "others"], 0, arr2(&[[3, 1], [2, 4]]));
        assert_eq!((both.all(), both.right()), (10, 7));
        assert_eq!(both.called(1), "“others”");
        assert_eq!(both.worst(), Some((1, 0, 2)));
    }

    /// What is one together is told as that, and none of it counts as right.
    #[test]
    fn the_rarest_together_are_no_class() {
        let folded = confusion(&["a", "others"], 7, arr2(&[[3, 1], [2, 4]]));
        assert_eq!((folded.all(), folded.right()), (10, 3));
        assert_eq!(folded.called(0), "“a”");
        assert_eq!(folded.called(1), "one of the 7 rarest classes");
    }
}
