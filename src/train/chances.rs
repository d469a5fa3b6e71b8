//! The probabilities that a network gives the classes at each of the probe's answers: softmax(y), answer by answer.

use super::Snapshot;
use super::pass::probabilities;
use crate::data::Targets;
use crate::nn::Quantity;
use ndarray::Array2;

/// At most so many classes are told apart; those that are never likely are one together.
const MOST: usize = 24;

/// Probabilities by answer and class.
#[derive(Clone, Debug, PartialEq)]
pub struct Chances {
    /// The classes in the order of the data; the last is “others” if there are too many.
    pub names: Vec<String>,
    /// Whether the last is all the others.
    pub folded: bool,
    /// `[answers, classes]`; each row adds up to 1.
    pub of: Array2<f64>,
    /// The class that is right at each answer.
    pub wanted: Vec<usize>,
    /// The array index of the step of each answer.
    pub steps: Vec<usize>,
}

impl Chances {
    /// Of the probe; `None` where numbers are asked, or nothing is.
    pub fn of(snapshot: &Snapshot) -> Option<Self> {
        let Targets::Classes { names, of_row } = &snapshot.material.dataset.targets else {
            return None;
        };
        let probe = &snapshot.probe;
        let part = probe.parts.last()?;
        let (outputs, steps) = (part.y.dim().0, *part.lengths.first()?);
        // A single output is of the last step; of many, those of padding are nobody's.
        let asked = match outputs {
            1 => 1,
            _ => steps.min(outputs),
        };
        let first_row = probe.rows.end.checked_sub(asked)?;
        let wanted: Vec<usize> = of_row.get(first_row..probe.rows.end)?.to_vec();
        let all: Vec<Vec<f64>> = (0..asked)
            .map(|index| {
                Some(probabilities(part.first_at(
                    0,
                    Quantity::Y,
                    false,
                    index,
                )?))
            })
            .collect::<Option<_>>()?;
        // The likeliest anywhere, and those that are right.
        let largest = |class: usize| all.iter().map(|row| row[class]).fold(0.0, f64::max);
        let mut kept: Vec<usize> = (0..names.len()).collect();
        let folded = kept.len() > MOST;
        if folded {
            let rank = |class: usize| (wanted.contains(&class), largest(class));
            kept.sort_by(|&a, &b| {
                let (a, b) = (rank(a), rank(b));
                b.0.cmp(&a.0).then(b.1.total_cmp(&a.1))
            });
            kept.truncate(MOST - 1);
            kept.sort_unstable();
        }
        let classes = kept.len() + usize::from(folded);
        let mut of = Array2::zeros((asked, classes));
        for (answer, row) in all.iter().enumerate() {
            for (class, probability) in row.iter().enumerate() {
                of[[answer, kept.binary_search(&class).unwrap_or(kept.len())]] += probability;
            }
        }
        let place = |class: &usize| kept.binary_search(class).unwrap_or(kept.len());
        let mut told: Vec<String> = kept.iter().map(|&class| names[class].clone()).collect();
        if folded {
            told.push("others".into());
        }
        Some(Self {
            names: told,
            folded,
            of,
            wanted: wanted.iter().map(place).collect(),
            steps: match asked {
                1 => vec![steps.checked_sub(1)?],
                _ => (0..asked).collect(),
            },
        })
    }

    /// The probability that the right class got at an answer; `None` if it is one of the others.
    pub fn of_right(&self, answer: usize) -> Option<f64> {
        let class = *self.wanted.get(answer)?;
        let is_other = self.folded && class + 1 == self.names.len();
        (!is_other).then(|| self.of[[answer, class]])
    }

    /// The geometric mean of those: e^(−loss) where no right class is one of the others.
    pub fn typical(&self) -> Option<f64> {
        let known: Vec<f64> = (0..self.steps.len())
            .filter_map(|answer| self.of_right(answer))
            .collect();
        let logs: f64 = known.iter().map(|&share| libm::log(share)).sum();
        (!known.is_empty()).then(|| libm::exp(logs / known.len() as f64))
    }
}
