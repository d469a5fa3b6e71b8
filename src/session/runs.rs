//! Several runs beside one another: up to four, which train in lockstep.
//!
//! Commands go to the run on show unless they are [addressed](super::Command::To) to another. Training, pausing and going back to
//! the start are of all of them: those that are behind go first, until all are level. What can be taken back is one row over
//! all runs, in the order in which it was done; what was one command for several runs is taken back at once.

use super::timeline::Way;
use super::track::{Came, Coming, RunId, Track};
use super::watched::{Run, Watched};
use super::{Command, Message, Notice, Offer, Session};
use crate::train::worker::{From, Taken};
use crate::train::{Order, Snapshot, checkpoint};
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
    /// The experiment's name.
    pub name: &'a str,
    /// What is on show of it; `None` until its data are there.
    pub snapshot: Option<&'a Arc<Snapshot>>,
    /// Whether commands go to it.
    pub is_on_show: bool,
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
        let mut tracks: Vec<&Track> = self.tracks().collect();
        tracks.sort_by_key(|track| track.id);
        let letters = 'A'..;
        let shown = tracks.into_iter().zip(letters).map(|(track, letter)| {
            let is_on_show = track.id == self.here.id;
            RunOnShow {
                id: track.id,
                letter,
                name: &track.active().called.name,
                snapshot: track.watched.snapshot(),
                is_on_show,
            }
        });
        shown.collect()
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

    pub(super) fn show(&mut self, id: RunId) {
        self.go_to(id);
        self.received += 1;
    }

    /// Tells the worker which runs go together.
    pub(super) fn go_in_lockstep(&self) {
        for track in self.tracks() {
            track.watched.run.seat.set_in_lockstep(true);
        }
    }

    /// Trains all runs: those that have made all the updates that are planned wait for the others. Where all have, each goes on.
    pub(super) fn start_all(&mut self) {
        let has_made_all = |track: &Track| {
            let newest = track.watched.newest.as_ref();
            let newest = newest.filter(|_| track.opening.is_none());
            newest.is_some_and(|newest| newest.update >= newest.planned)
        };
        let all = self
            .tracks()
            .all(|track| has_made_all(track) || !track.can_train());
        self.for_all(|session| {
            if all || !has_made_all(&session.here) {
                session.order(Order::Start, true);
            }
        });
    }

    /// Makes so many updates of each run; where they are not level, so many from the one furthest behind.
    pub(super) fn update_all(&mut self, count: u64) {
        let made = |track: &Track| match (&track.opening, &track.watched.newest) {
            (None, Some(newest)) => newest.update,
            _ => 0,
        };
        // One that goes no further keeps nobody.
        let can = self.tracks().filter(|track| track.can_train());
        let behind = can.map(made).min().unwrap_or(0);
        self.for_all(|session| {
            let made = made(&session.here);
            if made == behind || !session.here.can_train() {
                session.order(Order::Update(count), count > 0);
            } else if made < behind.saturating_add(count) {
                session.order(Order::UpTo(behind.saturating_add(count)), true);
            }
        });
    }

    /// Puts a copy of the run on show beside it, which goes on from where that is.
    pub(super) fn duplicate(&mut self) {
        if self.tracks().count() >= MOST_RUNS {
            self.message = Some(Message {
                title: format!("There are {MOST_RUNS} runs already"),
                lines: vec!["Remove one first.".into()],
                setting: None,
            });
            return;
        }
        let run = self.here.active();
        let (document, experiment) = (run.document.clone(), run.experiment.clone());
        let newest = self.here.watched.newest.as_ref();
        let newest = newest.filter(|_| self.here.opening.is_none());
        let material = newest.map(|newest| Arc::clone(&newest.material));
        let called = run.called.clone();
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
        let (came, change) = (Came::There(track.id), format!("Duplicated {}", self.name()));
        self.company.tracks.push(track);
        self.note_coming(came, change);
    }

    /// Takes a run away; the last one stays.
    pub(super) fn remove(&mut self, id: RunId) {
        let name = |run: &RunOnShow| format!("Removed {} {}", run.letter, run.name);
        let change = self.runs().iter().find(|run| run.id == id).map(name);
        if let (Some(change), Some(track)) = (change, self.take_away(id)) {
            self.note_coming(Came::Gone(Box::new(track)), change);
        }
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

    fn note_coming(&mut self, came: Came, change: String) {
        self.forget_ahead_beside();
        drop(self.here.timeline.take_ahead());
        self.notice = Some(Notice {
            text: format!("{change}."),
            offer: Some(Offer::Undo),
        });
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
            return Some(Next::Of(track));
        }
        let of_track = self.tracks().filter_map(|track| {
            let when = track.when_at(way)?;
            Some((when, Next::Of(track)))
        });
        let coming = self.company.side(way).last();
        let all = of_track.chain(coming.map(|coming| (coming.when, Next::Coming(coming))));
        let next = match way {
            Way::Back => all.max_by_key(|(when, _)| *when),
            Way::On => all.min_by_key(|(when, _)| *when),
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
        match self.next_along(way) {
            None => {}
            Some(Next::Coming(_)) => self.turn_round(way),
            Some(Next::Of(track)) => {
                let (first, when) = (track.id, track.when_at(way));
                // What was one command for several runs goes together.
                let same = |track: &&Track| when.is_some() && track.when_at(way) == when;
                let others = self.tracks().filter(|track| track.id != first);
                let mut all: Vec<RunId> = others.filter(same).map(|track| track.id).collect();
                all.insert(0, first);
                for id in all {
                    self.at(id, travel);
                }
            }
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
            Came::There(id) => match self.take_away(id) {
                Some(track) => Came::Gone(Box::new(track)),
                None => return,
            },
            Came::Gone(track) => {
                let id = track.id;
                self.company.tracks.push(*track);
                Came::There(id)
            }
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
fn copied(run: &Run, taken: Arc<Taken>) -> From {
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
