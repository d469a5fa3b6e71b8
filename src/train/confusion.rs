//! Which classes are taken for which.

use super::Snapshot;
use crate::data::{Split, Targets};
use ndarray::Array2;

/// At most so many classes are told apart; the rarest others are one together.
const MOST: usize = 24;

/// How often each class was said where each was right.
#[derive(Clone, Debug, PartialEq)]
pub struct Confusion {
    /// The classes that were right or said, in the order of the data; the last is “others” if there are too many.
    pub names: Vec<String>,
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
        let folded = kept.len() > MOST;
        if folded {
            kept.sort_by_key(|&class| std::cmp::Reverse(often[class]));
            kept.truncate(MOST - 1);
            kept.sort_unstable();
        }
        let size = kept.len() + usize::from(folded);
        let place = |class: usize| kept.binary_search(&class).unwrap_or(kept.len());
        let mut counts = Array2::zeros((size, size));
        for [right, said] in pairs() {
            counts[[place(right), place(said)]] += 1;
        }
        let mut names: Vec<String> = kept.iter().map(|&class| names[class].clone()).collect();
        if folded {
            names.push("others".into());
        }
        (size > 0).then_some(Self { names, counts })
    }

    /// How many there are.
    pub fn all(&self) -> u32 {
        self.counts.iter().sum()
    }

    /// How many are right. What is one together counts as right only where it is the very class, which is not known here: it
    /// counts as wrong.
    pub fn right(&self) -> u32 {
        let named = match self.names.last() {
            Some(last) if last == "others" && self.names.len() == MOST => self.names.len() - 1,
            _ => self.names.len(),
        };
        (0..named).map(|class| self.counts[[class, class]]).sum()
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
