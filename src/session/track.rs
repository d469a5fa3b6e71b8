//! A run in the session: what is on show of it, what is on its way to take that over, and what can be undone in it.
//!
//! Several of them are beside one another, to be compared; the changes of all of them make one row. Each change has
//! a number, which grows from one command to the next: what was made last is taken back first, whichever run it is of.

use super::earlier::EarlierRuns;
use super::saved::{Saved, SavedCursor};
use super::timeline::{Entry, State, Timeline, Way};
use super::view::{Settings, View};
use super::watched::{Run, Watched};
use crate::experiment::title_of;
use crate::train::{Seat, Status};

/// Tells a run from those beside it, whatever becomes of it: they are in the order in which they came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub(super) u32);

/// A run: what is on show of it, what is on its way, and its part of what can be undone.
pub(super) struct Track {
    pub(super) id: RunId,
    /// What is on show.
    pub(super) watched: Watched,
    /// What takes its place once its data are there; if that fails, what was open stays.
    pub(super) opening: Option<Opening>,
    pub(super) timeline: Timeline,
    /// What is remembered of the runs that were here before.
    pub(super) earlier: EarlierRuns,
    /// How many steps along the timeline something lies that could not be made again.
    pub(super) stuck: Option<(Way, usize)>,
    /// Whether it stays as it is while all others are trained or reset.
    pub(super) pinned: bool,
}

impl Track {
    pub(super) fn new(id: RunId, watched: Watched) -> Self {
        Self {
            id,
            watched,
            opening: None,
            timeline: Timeline::default(),
            earlier: EarlierRuns::default(),
            stuck: None,
            pinned: false,
        }
    }

    /// The same, to be changed.
    pub(super) fn active_mut(&mut self) -> &mut Run {
        match &mut self.opening {
            Some(opening) => &mut opening.run,
            None => &mut self.watched.run,
        }
    }

    /// The run that commands go to: the one being opened, if any.
    pub(super) fn active(&self) -> &Run {
        self.opening
            .as_ref()
            .map_or(&self.watched.run, |opening| &opening.run)
    }

    /// The learning rate and clipping as they were asked for last.
    pub(super) fn in_effect(&self) -> Settings {
        match &self.opening {
            Some(opening) => opening.run.in_effect(None),
            None => self.watched.in_effect(),
        }
    }

    /// The update that could not be made, where the run has ended so.
    pub(super) fn ended(&self) -> Option<u64> {
        let newest = self.watched.newest.as_ref();
        match &newest.filter(|_| self.opening.is_none())?.status {
            Status::Diverged(divergence) => Some(divergence.update),
            _ => None,
        }
    }

    /// Whether more updates can be made: there is a run, and it has not diverged.
    pub(super) fn can_train(&self) -> bool {
        let newest = self.watched.newest.as_ref();
        let newest = newest.filter(|_| self.opening.is_none());
        let diverged = newest.is_some_and(|of| matches!(of.status, Status::Diverged(_)));
        !diverged && self.active().seat.failure().is_none()
    }

    /// The seat of what is being opened, while it is.
    pub(super) fn opens(&self) -> Option<&Seat> {
        let waits = self.opening.is_some() || self.watched.newest.is_none();
        let seat = &self.active().seat;
        (waits && seat.failure().is_none()).then_some(seat)
    }

    /// What undoing (or redoing) does in this run, as a sentence without its full stop; `None` if there is nothing to be done.
    pub(super) fn doable(&self, way: Way) -> Option<&str> {
        match (self.opening.as_ref().map(|opening| &opening.kind), way) {
            (Some(Errand::New(change)), Way::Back) => Some(change),
            (Some(Errand::New(_) | Errand::Aside), _) => None,
            _ => self.change_at(way),
        }
    }

    /// The change that undoing (or redoing) takes one past, as a sentence without its full stop.
    pub(super) fn change_at(&self, way: Way) -> Option<&str> {
        self.entry(way, self.steps(way)?)
            .map(|entry| entry.change.as_str())
    }

    /// When that change was made.
    pub(super) fn when_at(&self, way: Way) -> Option<u64> {
        match (&self.opening, way) {
            (Some(opening), Way::Back) if matches!(opening.kind, Errand::New(_)) => {
                Some(opening.when)
            }
            _ => self.entry(way, self.steps(way)?).map(|entry| entry.when),
        }
    }

    pub(super) fn entry(&self, way: Way, steps: usize) -> Option<&Entry> {
        let side = self.timeline.side(way);
        side.len()
            .checked_sub(steps)
            .and_then(|index| side.get(index))
    }

    /// How many steps along the way the next undo or redo leads: one more than the one that is on its way already. One
    /// against it only stops it.
    pub(super) fn steps(&self, way: Way) -> Option<usize> {
        match &self.opening {
            None => Some(1 + self.steps_to_what_is_stuck(way)),
            Some(Opening {
                kind: Errand::Along(on_its_way, steps),
                ..
            }) => (*on_its_way == way).then_some(steps + 1),
            Some(_) => None,
        }
    }

    fn steps_to_what_is_stuck(&self, way: Way) -> usize {
        let along = self.stuck.filter(|(stuck, _)| *stuck == way);
        let steps = along.map_or(0, |(_, steps)| steps);
        // Where nothing lies behind it, it is tried again: what it lacked may be there by now.
        self.entry(way, steps + 1).map_or(0, |_| steps)
    }
}

/// What became of runs as such: what undoing or redoing that turns round.
pub(super) enum Came {
    /// They are there, and go.
    There(Vec<RunId>),
    /// They are gone, and come back.
    Gone(Vec<Track>),
    /// It had been given this name, or none.
    Named(RunId, Option<String>),
    /// It was pinned, or no longer.
    Pinned(RunId),
}

/// What became of runs, by a change.
pub(super) struct Coming {
    /// As a sentence without its full stop.
    pub(super) change: String,
    pub(super) when: u64,
    pub(super) came: Came,
}

/// The runs beside the one that commands go to, and which came and went.
#[derive(Default)]
pub(super) struct Company {
    /// The number of the one that they are beside, while that is away.
    pub(super) of: RunId,
    pub(super) tracks: Vec<Track>,
    /// What can be taken back, the newest last.
    pub(super) before: Vec<Coming>,
    /// What can be done again, the next one last.
    pub(super) after: Vec<Coming>,
}

impl Company {
    pub(super) fn side(&self, way: Way) -> &[Coming] {
        match way {
            Way::Back => &self.before,
            Way::On => &self.after,
        }
    }

    /// Takes in what they have published while they are not on show.
    pub(super) fn catch_up(&mut self) {
        for track in &mut self.tracks {
            track.watched.catch_up();
            track.timeline.tend(None);
        }
    }

    /// Lets all of them rest.
    pub(super) fn rest(&mut self) {
        for track in &mut self.tracks {
            track.watched.rest();
        }
    }
}

/// An experiment that comes back later, with its run and all that can be undone in it, and what is beside it.
pub(super) enum Aside {
    /// It is put aside as soon as something takes its place.
    OnShow,
    /// It is away.
    Away(State, Timeline, Company),
}

/// A run on its way to its place on show.
pub(super) struct Opening {
    pub(super) run: Run,
    /// Where the user is to look; `None` for where they look already.
    pub(super) view: Option<View>,
    /// What it is for the timeline.
    pub(super) kind: Errand,
    /// When it was begun, as the session counts.
    pub(super) when: u64,
    /// What was on its way before this and was never seen.
    pub(super) passed: Vec<Passed>,
}

/// What was on its way and was never seen.
pub(super) struct Passed {
    /// What led to it.
    pub(super) change: String,
    /// When that was made.
    pub(super) when: u64,
    /// What it would have been.
    pub(super) saved: Saved,
}

impl Opening {
    /// What is passed over if something else is opened now; nothing if it can be had again anyway.
    pub(super) fn into_passed(self) -> Vec<Passed> {
        let saved = self.saved(View::ALL);
        let (when, mut passed) = (self.when, self.passed);
        if let Errand::New(change) = self.kind {
            passed.push(Passed {
                change,
                when,
                saved,
            });
        }
        passed
    }

    /// What to keep of it; `view` is where the user looks unless it says where they are to look.
    pub(super) fn saved(&self, view: View) -> Saved {
        let mut saved = self.run.saved(0);
        saved.cursor = Some(SavedCursor::of(self.view.unwrap_or(view)));
        saved
    }
}

/// What the user did that begins a run.
pub(super) struct Cause {
    /// As a sentence without its full stop.
    pub(super) done: String,
    /// Whether it changes what is on its way, instead of taking its place.
    pub(super) amends: bool,
}

impl Cause {
    /// Something else takes the place of what is open.
    pub(super) fn opened(name: &str) -> Self {
        Self {
            done: format!("Opened {name}"),
            amends: false,
        }
    }

    /// A setting of what is open.
    pub(super) fn of_setting(path: &str) -> Self {
        let name = path.rsplit('.').next().unwrap_or(path).replace('_', " ");
        let title = title_of(path);
        let setting = match path.split('.').collect::<Vec<_>>()[..] {
            ["baseline", ..] => "the baselines".into(),
            ["training", "clip", ..] => "the clipping".into(),
            // What the window calls otherwise than the text is found there by that.
            _ if title.to_lowercase() != name => format!("“{title}”"),
            ["model", "init", ..] => "the initial weights".into(),
            _ => format!("the {name}"),
        };
        Self {
            done: format!("Changed {setting}"),
            amends: true,
        }
    }
}

/// What a run on its way is.
pub(super) enum Errand {
    /// Something new, by this change.
    New(String),
    /// What is so many steps along the timeline.
    Along(Way, usize),
    /// What was put aside.
    Aside,
}
