//! The ways back: undoing, redoing, and what is put aside for a while.

use super::opening::{Kind, Opening};
use super::saved::Saved;
use super::stage::Stage;
use super::timeline::{Aside, Entry, State, Timeline, Way, is_return, went_back_to};
use super::{Notice, Offer, Session};

impl Session {
    /// What [`Command::Undo`](super::Command::Undo) takes back, as a sentence without its full stop; `None` if there is
    /// nothing to take back.
    pub fn undoable(&self) -> Option<&str> {
        match &self.opening {
            Some(Opening {
                kind: Kind::New(change),
                ..
            }) => Some(change),
            Some(Opening {
                kind: Kind::Aside, ..
            }) => None,
            _ => self.change_at(Way::Back),
        }
    }

    /// What [`Command::Redo`](super::Command::Redo) does again, likewise.
    pub fn redoable(&self) -> Option<&str> {
        match &self.opening {
            Some(Opening {
                kind: Kind::New(_) | Kind::Aside,
                ..
            }) => None,
            _ => self.change_at(Way::On),
        }
    }

    /// How many updates are made again if that is taken back (or, with `redo`, done again): its run is not kept any more.
    pub fn made_again(&self, redo: bool) -> Option<u64> {
        let way = if redo { Way::On } else { Way::Back };
        let saved = self.timeline.to_be_made(way, self.steps(way)?)?;
        (saved.update() > 0).then(|| saved.update())
    }

    /// The name of the experiment that was put aside last.
    pub fn aside_name(&self) -> Option<&str> {
        self.aside_names().next()
    }

    /// The names of all experiments that were put aside, the last first: so they come back.
    pub fn aside_names(&self) -> impl Iterator<Item = &str> {
        self.asides.iter().rev().filter_map(|aside| {
            Some(match aside {
                Aside::OnShow => self.stage.run.name.as_str(),
                Aside::Away(State::Live(stage), _) => &stage.run.name,
                Aside::Away(State::Text(saved), _) => saved.name(),
                Aside::Away(..) => return None,
            })
        })
    }

    fn change_at(&self, way: Way) -> Option<&str> {
        self.entry(way, self.steps(way)?)
            .map(|entry| entry.change.as_str())
    }

    fn entry(&self, way: Way, steps: usize) -> Option<&Entry> {
        let side = self.timeline.side(way);
        side.len()
            .checked_sub(steps)
            .and_then(|index| side.get(index))
    }

    /// The change that lies `steps` along the way.
    pub(super) fn change_along(&self, way: Way, steps: usize) -> String {
        let entry = self.entry(way, steps);
        entry.map_or_else(String::new, |entry| entry.change.clone())
    }

    /// How many steps along the way the next undo or redo leads: one more than the one that is on its way already. One
    /// against it only stops it.
    fn steps(&self, way: Way) -> Option<usize> {
        match &self.opening {
            None => Some(1 + self.steps_to_what_is_stuck(way)),
            Some(Opening {
                kind: Kind::Along(on_its_way, steps),
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

    /// What takes one past something along the way that cannot be made again, if there is anything behind it.
    pub(super) fn goes_past(&self, way: Way) -> Option<&'static str> {
        let (_, steps) = self.stuck.filter(|(stuck, _)| *stuck == way)?;
        self.entry(way, steps + 1)?;
        Some(match way {
            Way::Back => "undo",
            Way::On => "redo",
        })
    }

    pub(super) fn undo(&mut self) {
        if let Some(opening) = self
            .opening
            .take_if(|opening| matches!(opening.kind, Kind::New(_)))
        {
            self.withdraw(opening);
        } else {
            self.travel(Way::Back);
        }
    }

    pub(super) fn redo(&mut self) {
        self.travel(Way::On);
    }

    /// Stops what is on its way: taking it back is to stay where one is.
    fn withdraw(&mut self, opening: Opening) {
        let passed = opening.into_passed();
        let change = passed
            .last()
            .map_or_else(String::new, |(change, _)| change.clone());
        for (change, saved) in passed.into_iter().rev() {
            self.timeline.offer(change, State::Text(Box::new(saved)));
        }
        self.tell_of_travel(Way::Back, &change);
    }

    fn travel(&mut self, way: Way) {
        let steps = match self.steps(way) {
            Some(steps) => steps,
            None => {
                // What is put aside is not stopped on its way back.
                self.opening
                    .take_if(|opening| matches!(opening.kind, Kind::Along(..)));
                return;
            }
        };
        if self.entry(way, steps).is_none() {
            return;
        }
        if let Some(saved) = self.timeline.to_be_made(way, steps) {
            if self.make_again(&saved)
                && let Some(opening) = &mut self.opening
            {
                opening.kind = Kind::Along(way, steps);
            }
            return;
        }
        self.opening = None;
        let change = self.change_along(way, steps);
        if let State::Live(mut stage) = self.timeline.walk(way, steps, &mut self.stage) {
            std::mem::swap(&mut self.stage, &mut stage);
            stage.rest();
            self.timeline.fill(way, *stage);
        }
        self.received += 1;
        self.tell_of_travel(way, &change);
    }

    pub(super) fn tell_of_travel(&mut self, way: Way, change: &str) {
        self.stuck = None;
        let (done, offer) = match way {
            Way::Back => ("Undone", Offer::Redo),
            Way::On => ("Done again", Offer::Undo),
        };
        self.notice = Some(Notice {
            text: format!("{done}: {change}."),
            offer: Some(offer),
        });
    }

    /// Lets what is on show be put aside by what takes its place.
    pub(super) fn put_aside(&mut self) {
        if !matches!(self.asides.last(), Some(Aside::OnShow)) {
            self.asides.push(Aside::OnShow);
        }
    }

    /// Brings back what was put aside last, as it was.
    pub(super) fn take_back(&mut self) {
        let to_be_made = match self.asides.last() {
            None => return,
            Some(Aside::OnShow) => {
                // Nothing has taken its place yet, and nothing is to.
                self.asides.pop();
                self.opening = None;
                return;
            }
            Some(Aside::Away(State::Text(saved), _)) => Some((**saved).clone()),
            Some(Aside::Away(..)) => None,
        };
        if let Some(saved) = to_be_made {
            self.bring_back(&saved);
            return;
        }
        let passed = self.opening.take().map(Opening::into_passed);
        if let Some(Aside::Away(State::Live(stage), timeline)) = self.asides.pop() {
            let mut before = std::mem::replace(&mut self.stage, *stage);
            before.rest();
            self.received += 1;
            self.taken_back(before, passed.unwrap_or_default(), timeline);
        }
    }

    fn bring_back(&mut self, saved: &Saved) {
        if self.make_again(saved)
            && let Some(opening) = &mut self.opening
        {
            opening.kind = Kind::Aside;
        }
    }

    /// Where leaving a lesson was undone, the own experiment is ahead in the row. Before that turns another way or goes away, it
    /// is put aside again, under what is put aside now; gives its name.
    pub(super) fn keep_what_was_left_for(&mut self) -> Option<String> {
        let mut name = None;
        for (state, row) in self.timeline.take_behind(is_return) {
            name = match &state {
                State::Live(stage) => Some(stage.run.name.clone()),
                State::Text(saved) => Some(saved.name().to_owned()),
                State::OnShow | State::Words(_) => continue,
            };
            self.asides.insert(0, Aside::Away(state, row));
        }
        name
    }

    /// What was put aside is on show again, with what can be undone in it; so can be its coming back.
    pub(super) fn taken_back(
        &mut self,
        before: Stage,
        passed: Vec<(String, Saved)>,
        timeline: Timeline,
    ) {
        self.keep_what_was_left_for();
        let left = std::mem::replace(&mut self.timeline, timeline);
        // What is on show is what it was: whatever could be done again from there still can.
        let ahead = self.timeline.take_ahead();
        // Between what could be taken back in it and what was made since lies that it was put aside.
        let name = self.stage.run.name.clone();
        if before.newest.is_some() || !left.side(Way::Back).is_empty() {
            let own = State::Text(Box::new(self.stage.saved()));
            self.timeline.push(format!("Put {name} aside"), own);
        }
        self.timeline.append(left);
        let (replaced, counts) = self.pass_over(before, passed);
        if counts {
            self.note_replaced(went_back_to(&name), replaced);
        }
        self.timeline.put_ahead(ahead);
        self.notice = Some(Notice {
            text: format!("Back to {}.", self.stage.run.name),
            offer: counts.then_some(Offer::Undo),
        });
    }
}
