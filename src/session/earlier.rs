//! What is remembered of runs that others took the place of: their curves, to be seen behind the present ones.
//!
//! A run that begins again on the same data, because it was reset or a setting was changed, leaves its curves behind: thinned
//! out to [`OUTLINE`] rows, of the last [`REMEMBERED`] runs. They say nothing that the timeline does not keep too; but that keeps
//! a run as it was only as far as memory reaches.

use super::watched::Watched;
use crate::data::Dataset;
use crate::nn::{Clip, Loss};
use crate::train::{History, Row};
use std::sync::{Arc, Weak};

/// Of how many runs curves are remembered.
pub const REMEMBERED: usize = 3;

/// How many rows of each, about.
const OUTLINE: usize = 1_500;

/// The curves of a run that another one has taken the place of.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// What took its place, as a sentence without its full stop: “Changed the learning rate”.
    pub change: String,
    /// Its learning rate, as it was last.
    pub learning_rate: f64,
    /// Its clipping, likewise.
    pub clip: Clip,
    /// Its rows, thinned out so that no spike is lost; the newest at the end.
    pub rows: Vec<Row>,
    /// Those with a test loss.
    pub tests: Vec<Row>,
    dataset: Weak<Dataset>,
    loss: Loss,
}

impl Earlier {
    /// The curves of a run; `None` if it has made no update.
    fn of(watched: &Watched, change: &str) -> Option<Self> {
        let newest = watched.newest.as_ref()?;
        let last = newest.history.last()?;
        let rows = newest.history.outline(1..=last.update, OUTLINE);
        Some(Self {
            change: change.into(),
            learning_rate: newest.optimizer.learning_rate(),
            clip: newest.clip,
            tests: thinned_tests(&newest.history),
            rows,
            dataset: Arc::downgrade(&newest.material.dataset),
            loss: newest.material.loss,
        })
    }

    /// Whether a run has made all these very updates: it is the same run then, and there is nothing to be seen behind it.
    pub fn is_within(&self, history: &History) -> bool {
        let last = self.rows.last();
        let same = last.and_then(|last| {
            let index = usize::try_from(last.update.checked_sub(1)?).ok()?;
            Some(history.get(index)? == last)
        });
        same.unwrap_or(false)
    }
}

fn thinned_tests(history: &History) -> Vec<Row> {
    let count = history.tested_len();
    let each = count.div_ceil(OUTLINE).max(1);
    let kept = (0..count).filter(|index| index % each == 0 || index + 1 == count);
    kept.filter_map(|index| history.tested(index))
        .copied()
        .collect()
}

/// The curves that are remembered of the runs that came before one, the newest at the end.
#[derive(Default)]
pub(super) struct EarlierRuns(Vec<Earlier>);

impl EarlierRuns {
    /// Remembers a run that `now` takes the place of; those of other data are forgotten.
    pub(super) fn remember(&mut self, before: &Watched, change: &str) {
        let Some(new) = Earlier::of(before, change) else {
            return;
        };
        let history = before.newest.as_ref().map(|newest| &newest.history);
        self.0.retain(|old| {
            let is_other = history.is_none_or(|history| !old.is_within(history));
            is_other && old.dataset.ptr_eq(&new.dataset) && old.loss == new.loss
        });
        self.0.push(new);
        let more = self.0.len().saturating_sub(REMEMBERED);
        drop(self.0.drain(..more));
    }

    /// Those that can be seen behind a run: of the same data and loss, and not itself.
    pub(super) fn behind<'a>(&'a self, on_show: &'a Watched) -> impl Iterator<Item = &'a Earlier> {
        let newest = on_show.newest.as_ref();
        self.0.iter().filter(move |earlier| {
            newest.is_some_and(|newest| {
                std::ptr::eq(
                    earlier.dataset.as_ptr(),
                    Arc::as_ptr(&newest.material.dataset),
                ) && earlier.loss == newest.material.loss
                    && !earlier.is_within(&newest.history)
            })
        })
    }
}
