//! A row per update.

use crate::experiment::memory::{HISTORY_PART, HISTORY_ROW_BYTES};
use crate::words::grouped;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// What one update did. Row k is the batch that led from the weights θ_{k−1} to θ_k.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Row {
    /// k, from 1.
    pub update: u64,
    /// The batch's loss at θ_{k−1}.
    pub train_loss: f64,
    /// The test part's loss at θ_k, where it was looked at: the mean over the answers of [`History::watched`].
    pub test_loss: Option<f64>,
    /// The norm of all gradients together, as backpropagation found it.
    pub norm_before: f64,
    /// The same after clipping.
    pub norm_after: f64,
    /// Whether clipping made it smaller.
    pub clipped: bool,
    /// The learning rate of this update.
    pub learning_rate: f64,
    /// ‖θ_k‖: the norm of all parameters together, after this update.
    pub parameter_norm: f64,
    /// ‖θ_k − θ_{k−1}‖: how far this update moved them.
    pub update_norm: f64,
}

/// Which test sequences the test losses of a history are over: of a large part at most
/// [`WATCHED`](super::trainer::WATCHED), evenly spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Watched {
    /// How many are looked at.
    pub sequences: usize,
    /// How many there are.
    pub of: usize,
}

impl Watched {
    /// Whether all are looked at.
    pub fn is_whole(self) -> bool {
        self.sequences >= self.of
    }

    /// What is looked at where it is not all, as a phrase: `2,048 of 9,000`.
    pub fn phrase(self) -> Option<String> {
        let [sequences, of] = [self.sequences, self.of].map(grouped);
        (!self.is_whole()).then(|| format!("{sequences} of {of}"))
    }
}

/// How many entries a finished part of a list holds.
const PART: usize = HISTORY_PART;

/// What a run is promised to take counts its rows, each with its place among those with a test loss.
const _: () = assert!(size_of::<Row>() + size_of::<usize>() == HISTORY_ROW_BYTES);

/// A list that grows. Cloning shares all but the last few entries.
#[derive(Clone, Debug, PartialEq)]
struct Growing<T> {
    parts: Vec<Arc<[T]>>,
    last: Vec<T>,
}

impl<T> Default for Growing<T> {
    fn default() -> Self {
        Self {
            parts: Vec::new(),
            last: Vec::new(),
        }
    }
}

impl<T: Copy> Growing<T> {
    /// Without entries, and with room for the first ones.
    fn new() -> Self {
        Self {
            parts: Vec::new(),
            last: Vec::with_capacity(PART),
        }
    }

    /// Allocates once in [`PART`] entries.
    fn push(&mut self, entry: T) {
        if self.last.len() == PART {
            self.parts.push(self.last.as_slice().into());
            self.last.clear();
        }
        self.last.push(entry);
    }

    fn len(&self) -> usize {
        self.parts.len() * PART + self.last.len()
    }

    fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        let parts = self.parts.iter().flat_map(|part| part.iter());
        parts.chain(&self.last)
    }

    fn get(&self, index: usize) -> Option<&T> {
        match self.parts.get(index / PART) {
            Some(part) => part.get(index % PART),
            None => self.last.get(index.checked_sub(self.parts.len() * PART)?),
        }
    }
}

/// All rows so far. Cloning shares all but the last few.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(from = "Rows", into = "Rows")]
pub struct History {
    /// The test part's loss at θ_0.
    pub first_test_loss: Option<f64>,
    /// What the test losses are over.
    pub watched: Watched,
    rows: Growing<Row>,
    /// Where among the rows those with a test loss are.
    tested: Growing<usize>,
    clipped: u64,
}

/// A history as it is written: what else it has follows from its rows.
#[derive(serde::Serialize, serde::Deserialize)]
struct Rows {
    first_test_loss: Option<f64>,
    watched: Watched,
    rows: Vec<Row>,
}

impl From<Rows> for History {
    fn from(written: Rows) -> Self {
        let mut history = Self::new(written.first_test_loss);
        history.watched = written.watched;
        written.rows.into_iter().for_each(|row| history.push(row));
        history
    }
}

impl From<History> for Rows {
    fn from(history: History) -> Self {
        Self {
            first_test_loss: history.first_test_loss,
            watched: history.watched,
            rows: history.rows().copied().collect(),
        }
    }
}

impl History {
    /// Without rows.
    pub fn new(first_test_loss: Option<f64>) -> Self {
        Self {
            first_test_loss,
            watched: Watched::default(),
            rows: Growing::new(),
            tested: Growing::new(),
            clipped: 0,
        }
    }

    /// Adds a row. Allocates once in 1,024 rows, and once in 1,024 of those with a test loss.
    pub fn push(&mut self, row: Row) {
        self.clipped += u64::from(row.clipped);
        if row.test_loss.is_some() {
            self.tested.push(self.rows.len());
        }
        self.rows.push(row);
    }

    /// Notes the test loss after the newest update, where there was none.
    pub fn see(&mut self, test_loss: f64) {
        // The newest entry is never in a finished part.
        if let Some(row) = self.rows.last.last_mut()
            && row.test_loss.is_none()
        {
            row.test_loss = Some(test_loss);
            self.tested.push(self.rows.len() - 1);
        }
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether no update has been made.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All rows in order.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = &Row> {
        self.rows.iter()
    }

    /// The row at `index`, from 0.
    pub fn get(&self, index: usize) -> Option<&Row> {
        self.rows.get(index)
    }

    /// The newest row.
    pub fn last(&self) -> Option<&Row> {
        self.rows().next_back()
    }

    /// How many rows have a test loss.
    pub fn tested_len(&self) -> usize {
        self.tested.len()
    }

    /// The row at `index`, from 0, among those with a test loss: without a look at the others, which are many.
    pub fn tested(&self, index: usize) -> Option<&Row> {
        self.rows.get(*self.tested.get(index)?)
    }

    /// The share of updates whose gradient was clipped; 0 before the first.
    pub fn clipped_share(&self) -> f64 {
        self.clipped as f64 / (self.len() as f64).max(1.0)
    }

    /// The rows of some updates, from 1, thinned out so that lines through them look the same: where there are more than
    /// `most`, the rows with the least and the largest loss and norm of each stretch stay, and so does each end. No spike is
    /// lost.
    pub fn outline(&self, updates: RangeInclusive<u64>, most: usize) -> Vec<Row> {
        let index = |update: u64| usize::try_from(update).unwrap_or(usize::MAX);
        let from = index(*updates.start()).saturating_sub(1).min(self.len());
        let to = index(*updates.end()).min(self.len()).max(from);
        let rows = (from..to).filter_map(|index| self.get(index));
        if to - from <= most {
            return rows.copied().collect();
        }
        // Up to five rows stay of each stretch.
        let stretch = (to - from).div_ceil((most / 5).max(1));
        let mut kept: Vec<usize> = Vec::new();
        for first in (from..to).step_by(stretch) {
            let last = (first + stretch).min(to) - 1;
            let best = |value: fn(&Row) -> f64, is_better: fn(f64, f64) -> bool| {
                let of = |index: usize| self.get(index).map_or(f64::NAN, value);
                let better = |best: usize, index: usize| match is_better(of(index), of(best)) {
                    true => index,
                    false => best,
                };
                (first..=last).fold(first, better)
            };
            let mut ends = [
                first,
                best(|row| row.train_loss, |new, best| new < best),
                best(|row| row.train_loss, |new, best| new > best),
                best(|row| row.norm_before, |new, best| new > best),
                last,
            ];
            ends.sort_unstable();
            kept.extend(ends);
        }
        kept.dedup();
        let kept = kept.into_iter().filter_map(|index| self.get(index));
        kept.copied().collect()
    }

    /// The newest loss on the test part.
    pub fn test_loss(&self) -> Option<f64> {
        self.newest_test_loss().map(|(_, loss)| loss)
    }

    /// The same, and the update that it is of.
    pub fn newest_test_loss(&self) -> Option<(u64, f64)> {
        let newest = self.tested_len().checked_sub(1);
        let newest = newest.and_then(|newest| self.tested(newest));
        newest
            .and_then(|row| Some((row.update, row.test_loss?)))
            .or(self.first_test_loss.map(|loss| (0, loss)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_rows_in_order_across_parts() {
        let mut history = History::new(Some(2.0));
        for update in 1..=2_500 {
            history.push(Row {
                update,
                train_loss: 0.0,
                test_loss: (update == 2_000).then_some(1.0),
                norm_before: 0.0,
                norm_after: 0.0,
                clipped: update % 2 == 0,
                learning_rate: 0.1,
                parameter_norm: 1.0,
                update_norm: 0.1,
            });
        }
        assert_eq!(history.len(), 2_500);
        assert!(history.rows().map(|row| row.update).eq(1..=2_500));
        assert_eq!(history.get(1_024).unwrap().update, 1_025);
        assert_eq!(history.get(2_499).unwrap().update, 2_500);
        assert_eq!(history.get(2_500), None);
        assert_eq!(history.clipped_share(), 0.5);
        assert_eq!(history.test_loss(), Some(1.0));
    }
    #[test]
    fn a_test_loss_that_is_seen_later_is_the_newest_rows() {
        let row = |update, test_loss| Row {
            update,
            train_loss: 1.0,
            test_loss,
            norm_before: 1.0,
            norm_after: 1.0,
            clipped: false,
            learning_rate: 0.1,
            parameter_norm: 1.0,
            update_norm: 0.1,
        };
        for rows in [1, 1_024, 1_025] {
            let (mut seen, mut at_once) = (History::new(None), History::new(None));
            seen.see(9.0);
            for update in 1..=rows {
                seen.push(row(update, None));
                at_once.push(row(update, (update == rows).then_some(2.0)));
            }
            seen.see(2.0);
            seen.see(3.0);
            assert_eq!(seen, at_once, "{rows}");
        }
    }

    #[test]
    fn finds_the_rows_with_a_test_loss_without_the_others() {
        let mut history = History::new(None);
        assert_eq!((history.tested_len(), history.tested(0)), (0, None));
        for update in 1..=5_000 {
            history.push(Row {
                update,
                train_loss: 0.0,
                test_loss: (update % 3 == 0).then_some(update as f64),
                norm_before: 0.0,
                norm_after: 0.0,
                clipped: false,
                learning_rate: 0.1,
                parameter_norm: 1.0,
                update_norm: 0.1,
            });
        }
        let expected: Vec<Row> = history
            .rows()
            .filter(|row| row.test_loss.is_some())
            .copied()
            .collect();
        let found = (0..history.tested_len()).map(|index| *history.tested(index).unwrap());
        assert_eq!(found.collect::<Vec<_>>(), expected);
        assert_eq!(history.tested(expected.len()), None);
        assert_eq!(history.test_loss(), Some(4_998.0));
    }

    #[test]
    fn an_outline_loses_no_spike() {
        let mut history = History::new(None);
        for update in 1..=20_000_u64 {
            let spike = if update == 13_337 { 90.0 } else { 0.0 };
            let dip = if update == 4_242 { 0.9 } else { 0.0 };
            history.push(Row {
                update,
                train_loss: 1.0 + (update % 7) as f64 - dip,
                test_loss: None,
                norm_before: 2.0 + spike,
                norm_after: 1.0,
                clipped: true,
                learning_rate: 0.1,
                parameter_norm: 1.0,
                update_norm: 0.1,
            });
        }
        let outline = history.outline(1..=20_000, 1_000);
        assert!((200..=1_005).contains(&outline.len()), "{}", outline.len());
        assert!(outline.is_sorted_by_key(|row| row.update));
        for update in [1, 4_242, 13_337, 20_000] {
            assert!(outline.iter().any(|row| row.update == update), "{update}");
        }
        // Of a few rows all stay, and of what is not there nothing.
        let few = history.outline(19_990..=30_000, 1_000);
        assert!(few.iter().map(|row| row.update).eq(19_990..=20_000));
        assert_eq!(history.outline(20_001..=20_100, 10), []);
    }
}
