//! Several runs beside one another: up to four, which train in lockstep.
//!
//! Commands go to the run on show unless they are [addressed](super::Command::To) to another. Training, pausing and going back to
//! the start are of all of them: those that are behind go first, until all are level. All that have the same data show the same
//! sequence. What can be taken back is one row over all runs, in the order in which it was done; what was one command for several
//! runs is taken back at once.

use super::timeline::Way;
use super::track::{Came, Coming, RunId, Track};
use super::watched::{Called, Run, Watched};
use super::{Command, Message, Notice, Session};
use crate::experiment::Experiment;
use crate::train::worker::{From, Taken};
use crate::train::{Order, Snapshot, checkpoint};
use crate::words::counted;
use std::sync::Arc;

/// How many runs can be beside one another.
pub const MOST_RUNS: usize = 4;

/// A run, for whoever shows several.
#[derive(Clone, Copy)]
pub struct RunOnShow<'a> {
    /// Tells it from the others.
    pub id: RunId,
    /// Its letter, by its place among them.
    pub letter: char,
    /// Its own name, or else the experiment's.
    pub name: &'a str,
    /// Whether it was given that name.
    pub is_named: bool,
    /// What is on show of it; `None` until its data are there.
    pub snapshot: Option<&'a Arc<Snapshot>>,
    /// What it trains.
    pub experiment: &'a Experiment,
    /// Whether commands go to it.
    pub is_on_show: bool,
    /// Whether it stays as it is while all others are trained or reset.
    pub is_pinned: bool,
    /// Whether updates of it are being made or are about to be.
    pub is_running: bool,
    /// Whether all of its planned updates are made, whichever of them is on show.
    pub is_done: bool,
    /// Whether there is no run: its data cannot be had, or training stopped by a fault.
    pub has_failed: bool,
    /// How long an update of it took on the mean, in seconds; `None` before the first.
    pub seconds_per_update: Option<f64>,
}

/// Where undoing or redoing leads.
enum Next<'a> {
    /// To a change of a run.
    Of(&'a Track),
    /// To a run that came or went.
    Coming(&'a Coming),
}

impl Session {
    /// All runs, in the order in which they came.
    pub fn runs(&self) -> Vec<RunOnShow<'_>> {
        let letters = 'A'..;
        let shown = self
            .in_order()
            .into_iter()
            .zip(letters)
            .map(|(track, letter)| {
                let is_on_show = track.id == self.here.id;
                RunOnShow {
                    id: track.id,
                    letter,
                    name: track.active().called.name(),
                    is_named: track.active().called.given.is_some(),
                    snapshot: track.watched.snapshot(),
                    experiment: &track.active().experiment,
                    is_on_show,
                    is_pinned: track.pinned,
                    is_running: track.active().running,
                    is_done: track.watched.newest.as_ref().is_some_and(|newest| {
                        newest.planned > 0 && newest.update >= newest.planned
                    }),
                    has_failed: track.active().seat.failure().is_some(),
                    seconds_per_update: track.active().seat.seconds_per_update(),
                }
            });
        shown.collect()
    }

    /// All runs in the order in which they came, that of their letters.
    pub(super) fn in_order(&self) -> Vec<&Track> {
        let mut tracks: Vec<&Track> = self.tracks().collect();
        tracks.sort_by_key(|track| track.id);
        tracks
    }

    pub(super) fn tracks(&self) -> impl Iterator<Item = &Track> {
        std::iter::once(&self.here).chain(&self.company.tracks)
    }

    pub(super) fn ids_beside(&self) -> Vec<RunId> {
        self.company.tracks.iter().map(|track| track.id).collect()
    }

    /// Does something for another run as if commands went to it.
    pub(super) fn at<T>(&mut self, id: RunId, work: impl FnOnce(&mut Self) -> T) -> T {
        let here = self.here.id;
        self.go_to(id);
        let done = work(self);
        self.go_to(here);
        done
    }

    /// A number for a run that comes.
    pub(super) fn next_id(&mut self) -> RunId {
        let id = RunId(self.runs);
        self.runs += 1;
        id
    }

    /// Lets commands go to a run; nothing if there is none.
    fn go_to(&mut self, id: RunId) {
        let mut beside = self.company.tracks.iter_mut();
        if let Some(track) = beside.find(|track| track.id == id) {
            std::mem::swap(track, &mut self.here);
        }
    }

    /// Does something for each run.
    pub(super) fn for_all(&mut self, mut work: impl FnMut(&mut Self)) {
        work(self);
        for id in self.ids_beside() {
            self.at(id, &mut work);
        }
    }

    /// Whether a run stays as it is while all are trained or reset: it is pinned beside others.
    fn stays(&self, track: &Track) -> bool {
        track.pinned && !self.company.tracks.is_empty()
    }

    /// Does something for each run that is not pinned; says so where all are.
    pub(super) fn for_all_free(&mut self, mut work: impl FnMut(&mut Self)) {
        if self.tracks().all(|track| self.stays(track)) {
            self.message = Some(Message {
                title: "All runs are pinned".into(),
                lines: vec!["Unpin one that is to be trained or reset.".into()],
                setting: None,
            });
            return;
        }
        self.for_all(|session| {
            if !session.stays(&session.here) {
                work(session);
            }
        });
    }

    pub(super) fn address(&mut self, id: RunId, command: Command) {
        match command {
            // Addressed, these are of a single run.
            Command::Start => self.at(id, |session| session.order(Order::Start, true)),
            Command::Pause => self.at(id, |session| session.order(Order::Pause, false)),
            Command::Update(count) => self.at(id, |session| {
                session.order(Order::Update(count), count > 0);
            }),
            Command::Reset => self.at(id, Self::reset),
            command => self.at(id, |session| session.carry_out(command)),
        }
    }

    /// Shows a run, at the place where the user stands.
    pub(super) fn show(&mut self, id: RunId) {
        let place = self.here.watched.view_by_step();
        self.go_to(id);
        self.here.watched.stand_at(place);
        self.received += 1;
    }

    /// Tells the worker which runs go together.
    pub(super) fn go_in_lockstep(&self) {
        for track in self.tracks() {
            track.watched.run.seat.set_in_lockstep(true);
        }
    }

    /// The runs that [`Command::Start`](super::Command::Start) trains: all that can be trained. Those that have made all the
    /// updates that are planned wait for the others; where all have, each goes on.
    fn to_be_trained(&self) -> Vec<RunId> {
        let has_made_all = |track: &Track| {
            let newest = track.watched.newest.as_ref();
            let newest = newest.filter(|_| track.opening.is_none());
            newest.is_some_and(|newest| newest.update >= newest.planned)
        };
        let can = |track: &&Track| track.can_train() && !self.stays(track);
        let all = self.tracks().filter(can).all(has_made_all);
        let those = self.tracks().filter(can);
        let those = those.filter(|track| all || !has_made_all(track));
        those.map(|track| track.id).collect()
    }

    /// Their letters.
    pub fn letters_to_be_trained(&self) -> Vec<char> {
        let ids = self.to_be_trained();
        let runs = self.runs();
        let those = runs.iter().filter(|run| ids.contains(&run.id));
        those.map(|run| run.letter).collect()
    }

    /// Whether these have all made the updates that are planned, so that they go on: one that has diverged, or is pinned, keeps
    /// nobody from that.
    pub fn trains_on(&self) -> bool {
        let ids = self.to_be_trained();
        let runs = self.runs();
        let mut those = runs.iter().filter(|run| ids.contains(&run.id));
        !ids.is_empty() && those.all(|run| run.is_done)
    }

    /// Whether any run can go on: there is one, and it has not diverged.
    pub fn can_train(&self) -> bool {
        self.tracks().any(Track::can_train)
    }

    pub(super) fn start_all(&mut self) {
        let ids = self.to_be_trained();
        self.for_all_free(|session| {
            if ids.contains(&session.here.id) {
                session.order(Order::Start, true);
            }
        });
    }

    /// Makes so many updates of each run; where they are not level, so many from the one furthest behind.
    pub(super) fn update_all(&mut self, count: u64) {
        let made = |track: &Track| match (&track.opening, &track.watched.newest) {
            (None, Some(newest)) => newest.made(),
            _ => 0,
        };
        // One that goes no further keeps nobody.
        let can = self
            .tracks()
            .filter(|track| track.can_train() && !self.stays(track));
        let behind = can.map(made).min().unwrap_or(0);
        self.for_all_free(|session| {
            let made = made(&session.here);
            if made == behind || !session.here.can_train() {
                session.order(Order::Update(count), count > 0);
            } else if made < behind.saturating_add(count) {
                session.order(Order::UpTo(behind.saturating_add(count)), true);
            }
        });
    }

    /// Whether there can be so many runs more; says so if not.
    pub(super) fn has_room_for(&mut self, more: usize) -> bool {
        let count = self.tracks().count();
        if count + more <= MOST_RUNS {
            return true;
        }
        let (title, line) = match MOST_RUNS - count {
            0 => (
                format!("There are {MOST_RUNS} runs already"),
                "Delete one first.".into(),
            ),
            room => (
                format!("There is room for {} more", counted(room, "run")),
                format!(
                    "At most {MOST_RUNS} stand beside one another, and this takes {more} more. Delete some first."
                ),
            ),
        };
        self.message = Some(Message {
            title,
            lines: vec![line],
            setting: None,
        });
        false
    }

    /// Puts a copy of the run on show beside it, which goes on from where that is.
    pub(super) fn duplicate(&mut self) {
        if !self.has_room_for(1) {
            return;
        }
        let run = self.here.active();
        let (document, experiment) = (run.document.clone(), run.experiment.clone());
        let newest = self.here.watched.newest.as_ref();
        let newest = newest.filter(|_| self.here.opening.is_none());
        let material = newest.map(|newest| Arc::clone(&newest.material));
        // The name that it was given is its own alone.
        let called = Called {
            given: None,
            ..run.called.clone()
        };
        let mut copy = Run::new(
            called,
            document,
            experiment,
            material,
            &self.worker,
            &self.wake,
        );
        let mut saved = self.here.watched.saved();
        if newest.is_none() {
            saved = run.saved(0);
        }
        saved.running = false;
        (copy.probe, copy.changed) = (run.probe, run.changed.clone());
        if let Some(taken) = run.seat.checkpoint().filter(|_| newest.is_some()) {
            copy.seat.order(Order::Resume(copied(run, taken)));
        }
        copy.make_again(&saved);
        if copy.probe != copy.experiment.probe {
            copy.seat.order(Order::Probe(copy.probe));
        }
        let watched = Watched::new(copy, self.here.watched.view);
        let track = Track::new(self.next_id(), watched);
        let (came, change) = (
            Came::There(vec![track.id]),
            format!("Duplicated {}", self.name()),
        );
        self.company.tracks.push(track);
        self.note_coming(came, change);
    }

    /// Takes a run away; the last one stays.
    pub(super) fn remove(&mut self, id: RunId) {
        let name = |run: &RunOnShow| format!("Deleted {} {}", run.letter, run.name);
        let change = self.runs().iter().find(|run| run.id == id).map(name);
        if let (Some(change), Some(track)) = (change, self.take_away(id)) {
            self.note_coming(Came::Gone(vec![track]), change);
        }
    }

    /// Takes all runs away but the one on show.
    pub(super) fn leave_alone(&mut self) {
        let ids = self.ids_beside().into_iter();
        let gone: Vec<Track> = ids.filter_map(|id| self.take_away(id)).collect();
        if !gone.is_empty() {
            self.note_coming(Came::Gone(gone), "Deleted the runs beside it".into());
        }
    }

    /// Calls a run something else.
    pub(super) fn rename(&mut self, name: String) {
        let id = self.here.id;
        let name = name.trim().to_owned();
        if name.is_empty() || name == self.name() {
            return;
        }
        // Beside others it is told by its letter: they may all have the name of one experiment.
        let runs = self.runs();
        let letter = runs.iter().find(|run| run.id == id).map(|run| run.letter);
        let change = match letter.filter(|_| runs.len() > 1) {
            Some(letter) => format!("Renamed run {letter} to {name}"),
            None => format!("Renamed {} to {name}", self.name()),
        };
        let before = self.active_mut().called.given.replace(name);
        self.note_coming(Came::Named(id, before), change);
    }

    /// Lets the run that commands go to stay as it is while all others are trained or reset, or no longer.
    pub(super) fn pin(&mut self, pinned: bool) {
        if self.here.pinned == pinned {
            return;
        }
        self.here.pinned = pinned;
        if pinned {
            self.order(Order::Pause, false);
        }
        let (id, done) = (self.here.id, if pinned { "Pinned" } else { "Unpinned" });
        self.note_coming(Came::Pinned(id), format!("{done} {}", self.name()));
    }

    /// Lets all runs that have the data of the one that commands go to show the same sequence as that one: what stands beside
    /// one another is then of the same thing. Says whether any showed another one; where the data are others, each keeps its own.
    pub(super) fn follow_probe(&mut self) -> bool {
        if self.here.opening.is_some() {
            // Which sequence it has is known once it is there.
            return false;
        }
        let lead = &self.here.watched.run;
        let probe = lead.probe;
        let is_elsewhere = |track: &&Track| {
            let run = track.active();
            run.probe != probe && run.seat.failure().is_none() && run.has_sequences_of(lead)
        };
        let those = self.company.tracks.iter().filter(is_elsewhere);
        let those: Vec<RunId> = those.map(|track| track.id).collect();
        for id in &those {
            self.at(*id, |session| session.look_at(probe));
        }
        !those.is_empty()
    }

    fn track_mut(&mut self, id: RunId) -> Option<&mut Track> {
        let all = std::iter::once(&mut self.here).chain(&mut self.company.tracks);
        all.into_iter().find(|track| track.id == id)
    }

    fn take_away(&mut self, id: RunId) -> Option<Track> {
        if self.here.id == id {
            // The one that came after it is on show then, or the last one.
            let ids = self.ids_beside();
            let next = ids.iter().filter(|other| **other > id).min();
            self.show(*next.or(ids.iter().max())?);
        }
        let tracks = &mut self.company.tracks;
        let at = tracks.iter().position(|track| track.id == id)?;
        let mut track = tracks.remove(at);
        track.watched.rest();
        Some(track)
    }

    pub(super) fn note_coming(&mut self, came: Came, change: String) {
        self.forget_ahead_beside();
        drop(self.here.timeline.take_ahead());
        self.tell_of_change(&change);
        let when = self.now;
        self.company.before.push(Coming { change, when, came });
    }

    /// What was undone in other runs can no longer be done again: the row has turned another way.
    pub(super) fn forget_ahead_beside(&mut self) {
        self.company.after.clear();
        for track in &mut self.company.tracks {
            drop(track.timeline.take_ahead());
        }
    }

    fn next_along(&self, way: Way) -> Option<Next<'_>> {
        // What is on its way comes first: it is stopped, or gone past.
        if let Some(track) = self.tracks().find(|track| track.opening.is_some()) {
            let when = track.when_at(way);
            let can = when.is_none_or(|when| self.is_since_page_began(when));
            return can.then_some(Next::Of(track));
        }
        let of_track = self.tracks().filter_map(|track| {
            let when = track.when_at(way)?;
            Some((when, Next::Of(track)))
        });
        let coming = self.company.side(way).last();
        let coming = coming.map(|coming| (coming.when, Next::Coming(coming)));
        let counts = |(when, _): &(u64, Next<'_>)| self.is_since_page_began(*when);
        // Of one change a run says more than those that came or went by it: of equals it is the last one, and the first.
        let next = match way {
            Way::Back => {
                let all = coming.into_iter().chain(of_track).filter(counts);
                all.max_by_key(|(when, _)| *when)
            }
            Way::On => {
                let all = of_track.chain(coming).filter(counts);
                all.min_by_key(|(when, _)| *when)
            }
        };
        next.map(|(_, next)| next)
    }

    /// What [`Command::Undo`] takes back, as a sentence without its full stop; `None` if there is nothing to take back.
    pub fn undoable(&self) -> Option<&str> {
        self.change_along_all(Way::Back)
    }

    /// What [`Command::Redo`] does again, likewise.
    pub fn redoable(&self) -> Option<&str> {
        self.change_along_all(Way::On)
    }

    fn change_along_all(&self, way: Way) -> Option<&str> {
        match self.next_along(way)? {
            Next::Of(track) => track.doable(way),
            Next::Coming(coming) => Some(&coming.change),
        }
    }

    /// How many updates are made again if that is taken back (or, with `redo`, done again): its run is not kept any more.
    pub fn made_again(&self, redo: bool) -> Option<u64> {
        let way = if redo { Way::On } else { Way::Back };
        let Next::Of(track) = self.next_along(way)? else {
            return None;
        };
        let saved = track.timeline.to_be_made(way, track.steps(way)?)?;
        (saved.update() > 0).then(|| saved.update())
    }

    pub(super) fn undo(&mut self) {
        self.go_along(Way::Back, Self::undo_here);
    }

    pub(super) fn redo(&mut self) {
        self.go_along(Way::On, Self::redo_here);
    }

    fn go_along(&mut self, way: Way, travel: fn(&mut Self)) {
        let (first, when) = match self.next_along(way) {
            None => {
                if let Some(why) = self.why_nothing_to_undo().filter(|_| way == Way::Back) {
                    self.notice = Some(Notice {
                        text: why.into(),
                        offer: None,
                    });
                }
                return;
            }
            Some(Next::Coming(coming)) => (None, Some(coming.when)),
            Some(Next::Of(track)) => (Some(track.id), track.when_at(way)),
        };
        // What was one command for several runs goes together, and so does what came and went by it.
        let same = |track: &&Track| {
            Some(track.id) == first || when.is_some() && track.when_at(way) == when
        };
        let all: Vec<RunId> = self.tracks().filter(same).map(|track| track.id).collect();
        let side = self.company.side(way).iter().rev();
        let coming = side.take_while(|coming| Some(coming.when) == when).count();
        for _ in 0..coming {
            self.turn_round(way);
        }
        for id in all {
            self.at(id, travel);
        }
    }

    /// Takes a run away that came, or brings one back that went.
    fn turn_round(&mut self, way: Way) {
        let side = match way {
            Way::Back => &mut self.company.before,
            Way::On => &mut self.company.after,
        };
        let Some(Coming { change, when, came }) = side.pop() else {
            return;
        };
        let came = match came {
            Came::There(ids) => {
                let gone = ids.into_iter().filter_map(|id| self.take_away(id));
                Came::Gone(gone.collect())
            }
            Came::Gone(tracks) => {
                let ids = tracks.iter().map(|track| track.id).collect();
                self.company.tracks.extend(tracks);
                Came::There(ids)
            }
            Came::Named(id, name) => match self.track_mut(id) {
                Some(track) => {
                    let called = &mut track.active_mut().called;
                    Came::Named(id, std::mem::replace(&mut called.given, name))
                }
                None => return,
            },
            Came::Pinned(id) => match self.track_mut(id) {
                Some(track) => {
                    track.pinned = !track.pinned;
                    Came::Pinned(id)
                }
                None => return,
            },
        };
        let done = change.clone();
        let other = match way {
            Way::Back => &mut self.company.after,
            Way::On => &mut self.company.before,
        };
        other.push(Coming { change, when, came });
        self.received += 1;
        self.tell_of_travel(way, &done);
    }
}

/// A way to a checkpoint that is at hand, for a copy of its run.
pub(super) fn copied(run: &Run, taken: Arc<Taken>) -> From {
    let text = run.document.text().to_owned();
    From(Arc::new(move || {
        let Taken {
            material,
            checkpoint,
            ..
        } = &*taken;
        Some(checkpoint::Kept::new(&text, material, checkpoint).into_owned())
    }))
}
