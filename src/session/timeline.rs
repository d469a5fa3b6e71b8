//! What was replaced, and what undoing replaced: the way back, and the way on again.
//!
//! States stand in a row, the one on show among them; between two neighbours lies the change that leads from one to the
//! other. Undoing and redoing only move along the row. A state is kept as it was, worker and snapshots included, as far as
//! [`MEMORY`] reaches; from older ones the text and the number of updates stay, which give the same bits again. A worker
//! that rests costs memory and no time.

use super::saved::{Replaced, Saved};
use super::view::{Settings, Words};
use super::watched::Watched;
use crate::data::Dataset;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many changes can be taken back.
const CHANGES: usize = 50;

/// How many bytes the runs that are kept as they were may take, about: 512 MiB.
const MEMORY: u64 = 512 << 20;

/// A state of the session beside the one on show.
pub(super) enum State {
    /// The one on show: it is in the session, not here.
    OnShow,
    /// As it was.
    Live(Box<Watched>),
    /// To be made again.
    Text(Box<Saved>),
    /// The run of the neighbour on the side of the one on show, under another text.
    Words(Box<Words>),
    /// Likewise, with these settings from where it is: the updates that were made meanwhile stay.
    Settings(Settings),
}

/// A state, and the change that lies between it and its neighbour on the side of the one on show.
pub(super) struct Entry {
    /// What was done, as a sentence without its full stop: “Opened sunspots”.
    pub(super) change: String,
    /// When it was done: a number that grows from one command to the next.
    pub(super) when: u64,
    pub(super) state: State,
}

impl From<Replaced> for Entry {
    fn from(replaced: Replaced) -> Self {
        Self {
            change: replaced.change,
            when: replaced.when,
            state: State::Text(Box::new(replaced.state)),
        }
    }
}

/// What it is called, where it can be taken back, that an experiment of this name was put aside and came back.
pub(super) fn went_back_to(name: &str) -> String {
    format!("{WENT_BACK}{name}")
}

/// Whether a change is called so: ahead of it is an experiment that no other change may throw away.
pub(super) fn is_return(change: &str) -> bool {
    change.starts_with(WENT_BACK)
}

const WENT_BACK: &str = "Went back to ";

/// The way along the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Back,
    On,
}

/// How many bytes of texts are kept at most of what can be taken back and done again in an experiment: 1 MiB.
const ROW: usize = 1 << 20;

/// The row without the state on show.
#[derive(Default)]
pub(super) struct Timeline {
    /// What was replaced, oldest first.
    before: Vec<Entry>,
    /// What undoing replaced, the next one last.
    after: Vec<Entry>,
    /// Whether more is kept as it was than there is memory for, because it had not come to rest yet.
    too_much: bool,
}

impl Timeline {
    /// The states on one side, the nearest last.
    pub(super) fn side(&self, way: Way) -> &[Entry] {
        match way {
            Way::Back => &self.before,
            Way::On => &self.after,
        }
    }

    fn sides(&mut self, way: Way) -> (&mut Vec<Entry>, &mut Vec<Entry>) {
        match way {
            Way::Back => (&mut self.before, &mut self.after),
            Way::On => (&mut self.after, &mut self.before),
        }
    }

    /// Notes that `change` has replaced `state`. What was undone before can then no longer be redone: the row has turned
    /// another way.
    pub(super) fn push(&mut self, change: String, when: u64, state: State) {
        self.after.clear();
        self.before.push(Entry {
            change,
            when,
            state,
        });
        self.forget_oldest();
    }

    fn forget_oldest(&mut self) {
        let more = self.before.len().saturating_sub(CHANGES);
        drop(self.before.drain(..more));
        self.too_much = true;
    }

    /// What can be taken back in `other`, whose states come to stand right before the one on show.
    pub(super) fn append(&mut self, other: Timeline) {
        self.before.extend(other.before);
        self.forget_oldest();
    }

    /// What can be taken back in `other` can be after all that can be taken back here, of this run and of those beside it.
    pub(super) fn put_behind(&mut self, other: Timeline) {
        let behind = other.before.into_iter();
        let behind = behind.map(|entry| Entry { when: 0, ..entry });
        self.before.splice(0..0, behind);
        self.forget_oldest();
    }

    /// What could be taken back before all that can be taken back here, as it was kept.
    pub(super) fn prepend(&mut self, before: Vec<Replaced>) {
        self.before
            .splice(0..0, before.into_iter().map(Entry::from));
        self.forget_oldest();
    }

    /// A row as it was kept.
    pub(super) fn of(before: Vec<Replaced>, after: Vec<Replaced>) -> Self {
        let of = |side: Vec<Replaced>| side.into_iter().map(Entry::from).collect();
        Self {
            before: of(before),
            after: of(after),
            too_much: false,
        }
    }

    /// What to keep of one side of the row, in whose middle `on_show` stands: each state by itself, the nearest last, as far as
    /// there is `room` for their texts. An experiment that leaving a lesson brought back stays whatever its length.
    pub(super) fn saved(&self, way: Way, on_show: &Saved, room: &mut usize) -> Vec<Replaced> {
        let side = self.side(way);
        let returns = side.iter().position(|entry| is_return(&entry.change));
        let stays = |at: usize| way == Way::On && returns.is_some_and(|returns| at >= returns);
        let mut all: Vec<Replaced> = Vec::new();
        for (at, entry) in side.iter().enumerate().rev() {
            let state = match &entry.state {
                State::Words(words) => {
                    let nearest = all.last().map_or(on_show, |replaced| &replaced.state);
                    let mut state = nearest.alone();
                    state.set_text(words.document.text());
                    state
                }
                State::Live(watched) => watched.saved(),
                State::Text(saved) => saved.alone(),
                // It is in the session.
                State::OnShow => on_show.alone(),
                // They are of a run as it is, and the text of the neighbour says what was changed.
                State::Settings(_) => continue,
            };
            let left = room.checked_sub(state.text().len());
            if left.is_none() && !stays(at) {
                break;
            }
            *room = left.unwrap_or(0);
            all.push(Replaced {
                change: entry.change.clone(),
                when: entry.when,
                state,
            });
        }
        all.reverse();
        all
    }

    /// How many of so many steps along the way are in what is [kept](Self::saved).
    pub(super) fn saved_steps(&self, way: Way, steps: usize) -> usize {
        let steps = self.side(way).iter().rev().take(steps);
        let kept = steps.filter(|entry| !matches!(entry.state, State::Settings(_)));
        kept.count()
    }

    /// Notes in what is kept of the state on show what can be undone, the nearest as far as there is room.
    pub(super) fn note_in(&self, saved: &mut Saved) {
        let mut room = ROW;
        let after = self.saved(Way::On, saved, &mut room);
        let before = self.saved(Way::Back, saved, &mut room);
        saved.set_row(before, after);
    }

    /// Takes out what can be done again.
    pub(super) fn take_ahead(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.after)
    }

    /// Puts back what can be done again from the state on show, which is still the one it was taken from.
    pub(super) fn put_ahead(&mut self, ahead: Vec<Entry>) {
        self.after = ahead;
    }

    /// Takes out what stands ahead behind such a change, each with what can be done again from there, the furthest
    /// first: the row is about to turn another way, or to go away.
    pub(super) fn take_behind(&mut self, such: fn(&str) -> bool) -> Vec<(State, Timeline)> {
        let mut taken = Vec::new();
        while let Some(at) = self.after.iter().position(|entry| such(&entry.change)) {
            let mut ahead: Vec<Entry> = self.after.drain(..=at).collect();
            let Some(Entry { state, .. }) = ahead.pop() else {
                break;
            };
            let row = Timeline {
                before: Vec::new(),
                after: ahead,
                too_much: true,
            };
            taken.push((state, row));
        }
        taken
    }

    /// What can be taken back next is a change of settings by the same name: what is changed now adds to it.
    pub(super) fn changes_settings(&self, change: &str) -> bool {
        let last = self.before.last();
        let is_so =
            |last: &Entry| last.change == change && matches!(last.state, State::Settings(_));
        self.after.is_empty() && last.is_some_and(is_so)
    }

    /// Notes a state that can be gone on to though it was never on show.
    pub(super) fn offer(&mut self, change: String, when: u64, state: State) {
        self.after.push(Entry {
            change,
            when,
            state,
        });
    }

    /// The newest change that is known of here.
    pub(super) fn newest(&self) -> u64 {
        let all = self.before.iter().chain(&self.after);
        all.map(|entry| entry.when).max().unwrap_or(0)
    }

    /// What has to be made again to be `steps` along the way; `None` if it is there as it was.
    pub(super) fn to_be_made(&self, way: Way, steps: usize) -> Option<Saved> {
        let mut target: Option<Saved> = None;
        for entry in self.side(way).iter().rev().take(steps) {
            match (&entry.state, &mut target) {
                (State::Words(words), Some(saved)) => saved.set_text(words.document.text()),
                (State::Words(_), None) | (State::Settings(_), _) => {}
                (State::Text(saved), _) => target = Some((**saved).clone()),
                (State::Live(_) | State::OnShow, _) => target = None,
            }
        }
        target
    }

    /// Goes `steps` along the way and takes out the state that is there. Where only the words change it is still the one on
    /// show; otherwise a gap stays in the row for `on_show`, to be [filled](Self::fill).
    pub(super) fn walk(&mut self, way: Way, steps: usize, on_show: &mut Watched) -> State {
        let (from, to) = self.sides(way);
        let mut now = State::OnShow;
        for _ in 0..steps {
            let Some(mut entry) = from.pop() else { break };
            match (&mut entry.state, &mut now) {
                (State::Words(words), State::OnShow) => on_show.swap_words(words),
                (State::Words(words), State::Live(watched)) => watched.swap_words(words),
                (State::Words(words), State::Text(saved)) => saved.swap_words(words),
                (State::Settings(settings), State::OnShow) => on_show.swap_settings(settings),
                (State::Settings(settings), State::Live(watched)) => {
                    watched.swap_settings(settings);
                }
                // What is to be made again has no way on yet from which they could hold.
                (State::Settings(_), _) => {}
                (state, now) => std::mem::swap(state, now),
            }
            to.push(entry);
        }
        now
    }

    /// Puts what was on show into the gap that [`Self::walk`] left for it.
    pub(super) fn fill(&mut self, way: Way, watched: Watched) {
        let (_, to) = self.sides(way);
        let gap = to
            .iter_mut()
            .find(|entry| matches!(entry.state, State::OnShow));
        if let Some(entry) = gap {
            entry.state = State::Live(Box::new(watched));
            self.too_much = true;
        }
    }

    /// Takes in what the workers of all states have published, and keeps no more as it was than there is memory for, the
    /// data on show apart.
    pub(super) fn tend(&mut self, on_show: Option<&Arc<Dataset>>) {
        let all = self.before.iter_mut().chain(&mut self.after);
        for entry in all {
            if let State::Live(watched) = &mut entry.state {
                watched.catch_up();
            }
        }
        if self.too_much {
            self.too_much = !self.fit(MEMORY, on_show);
        }
    }

    /// Keeps as they were the states nearest to the one on show, for at most so many bytes; false if one that is too much
    /// has not come to rest yet.
    pub(super) fn fit(&mut self, memory: u64, on_show: Option<&Arc<Dataset>>) -> bool {
        let mut bytes = 0;
        let mut data: BTreeSet<_> = on_show.map(Arc::as_ptr).into_iter().collect();
        let mut fits = true;
        for entry in self
            .before
            .iter_mut()
            .rev()
            .chain(self.after.iter_mut().rev())
        {
            let State::Live(watched) = &entry.state else {
                continue;
            };
            let dataset = watched
                .newest
                .as_ref()
                .map(|newest| &newest.material.dataset);
            let own = dataset.filter(|dataset| !data.contains(&Arc::as_ptr(dataset)));
            // Inputs, and targets and naive forecasts, which are no more.
            let takes = watched.bytes() + own.map_or(0, |own| 24 * own.inputs.len() as u64);
            if bytes + takes <= memory {
                bytes += takes;
                data.extend(own.map(Arc::as_ptr));
            } else if watched.is_told() {
                entry.state = State::Text(Box::new(watched.saved()));
            } else {
                fits = false;
            }
        }
        fits
    }
}
