//! The ways back: undoing, redoing, and what is put aside for a while.

use super::saved::Saved;
use super::start::PageName;
use super::timeline::{State, Timeline, Way, is_return, went_back_to};
use super::track::{Aside, Company, Errand, Opening, Passed};
use super::watched::Watched;
use super::{Notice, Offer, Session};

impl Session {
    /// The name of the experiment that was put aside last.
    pub fn aside_name(&self) -> Option<&str> {
        self.aside_names().next()
    }

    /// The names of all experiments that were put aside, the last first: so they come back.
    pub fn aside_names(&self) -> impl Iterator<Item = &str> {
        self.asides.iter().rev().filter_map(|aside| {
            Some(match aside {
                Aside::OnShow => self.here.watched.run.called.name(),
                Aside::Away(State::Live(watched), ..) => watched.run.called.name(),
                Aside::Away(State::Text(saved), ..) => saved.name(),
                Aside::Away(..) => return None,
            })
        })
    }

    /// The change that lies `steps` along the way.
    pub(super) fn change_along(&self, way: Way, steps: usize) -> String {
        let entry = self.here.entry(way, steps);
        entry.map_or_else(String::new, |entry| entry.change.clone())
    }

    /// What takes one past something along the way that cannot be made again, if there is anything behind it.
    pub(super) fn goes_past(&self, way: Way) -> Option<&'static str> {
        let (_, steps) = self.here.stuck.filter(|(stuck, _)| *stuck == way)?;
        let behind = self.here.entry(way, steps + 1)?;
        if !self.is_since_page_began(behind.when) {
            return None;
        }
        Some(match way {
            Way::Back => "undo",
            Way::On => "redo",
        })
    }

    /// Takes back the last change of the run that commands go to.
    pub(super) fn undo_here(&mut self) {
        let opening = &mut self.here.opening;
        if let Some(opening) = opening.take_if(|opening| matches!(opening.kind, Errand::New(_))) {
            self.withdraw(opening);
        } else {
            self.travel(Way::Back);
        }
    }

    /// Does again the last change of it that was taken back.
    pub(super) fn redo_here(&mut self) {
        self.travel(Way::On);
    }

    /// Stops what is on its way: taking it back is to stay where one is.
    fn withdraw(&mut self, opening: Opening) {
        let passed = opening.into_passed();
        let last = passed.last();
        let change = last.map_or_else(String::new, |passed| passed.change.clone());
        for passed in passed.into_iter().rev() {
            let state = State::Text(Box::new(passed.saved));
            (self.here.timeline).offer(passed.change, passed.when, state);
        }
        self.tell_of_travel(Way::Back, &change);
    }

    fn travel(&mut self, way: Way) {
        let steps = match self.here.steps(way) {
            Some(steps) => steps,
            None => {
                // What is put aside is not stopped on its way back.
                self.here
                    .opening
                    .take_if(|opening| matches!(opening.kind, Errand::Along(..)));
                return;
            }
        };
        if self.here.entry(way, steps).is_none() {
            return;
        }
        if let Some(saved) = self.here.timeline.to_be_made(way, steps) {
            if self.make_again(&saved)
                && let Some(opening) = &mut self.here.opening
            {
                opening.kind = Errand::Along(way, steps);
            }
            return;
        }
        self.here.opening = None;
        let change = self.change_along(way, steps);
        if let State::Live(mut watched) =
            self.here.timeline.walk(way, steps, &mut self.here.watched)
        {
            std::mem::swap(&mut self.here.watched, &mut watched);
            watched.rest();
            self.here.earlier.remember(&watched, &change);
            self.here.timeline.fill(way, *watched);
        }
        self.received += 1;
        self.tell_of_travel(way, &change);
    }

    pub(super) fn tell_of_travel(&mut self, way: Way, change: &str) {
        self.here.stuck = None;
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
                self.here.opening = None;
                return;
            }
            Some(Aside::Away(State::Text(saved), ..)) => Some((**saved).clone()),
            Some(Aside::Away(..)) => None,
        };
        if let Some(saved) = to_be_made {
            self.bring_back(&saved);
            return;
        }
        let passed = self.here.opening.take().map(Opening::into_passed);
        if let Some(Aside::Away(State::Live(watched), timeline, company)) = self.asides.pop() {
            self.come_back(company);
            let mut before = std::mem::replace(&mut self.here.watched, *watched);
            before.rest();
            self.received += 1;
            self.taken_back(before, passed.unwrap_or_default(), timeline);
        }
    }

    /// What was beside an experiment is there again, now that it comes back.
    pub(super) fn come_back(&mut self, company: Company) {
        self.here.id = company.of;
        self.company = company;
    }

    fn bring_back(&mut self, saved: &Saved) {
        if self.make_again(saved)
            && let Some(opening) = &mut self.here.opening
        {
            opening.kind = Errand::Aside;
        }
    }

    /// Where leaving a lesson was undone, the own experiment is ahead in the row. Before that turns another way or goes away, it
    /// is put aside again, under what is put aside now; gives its name.
    pub(super) fn keep_what_was_left_for(&mut self) -> Option<String> {
        let mut name = None;
        for (state, row) in self.here.timeline.take_behind(is_return) {
            name = match &state {
                State::Live(watched) => Some(watched.run.called.name().to_owned()),
                State::Text(saved) => Some(saved.name().to_owned()),
                State::OnShow | State::Words(_) | State::Settings(_) => continue,
            };
            let alone = Company::default();
            self.asides.insert(0, Aside::Away(state, row, alone));
        }
        name
    }

    /// What was put aside is on show again, with what can be undone in it; so can be its coming back, but for who leaves a lesson.
    pub(super) fn taken_back(&mut self, before: Watched, passed: Vec<Passed>, timeline: Timeline) {
        self.keep_what_was_left_for();
        if let Some(page) = self.leaves_lesson.take() {
            self.come_out_of_lesson(&page, before, passed, timeline);
            return;
        }
        let left = std::mem::replace(&mut self.here.timeline, timeline);
        // What is on show is what it was: whatever could be done again from there still can.
        let ahead = self.here.timeline.take_ahead();
        // Between what could be taken back in it and what was made since lies that it was put aside.
        let name = self.here.watched.run.called.name().to_owned();
        if before.newest.is_some() || !left.side(Way::Back).is_empty() {
            let own = State::Text(Box::new(self.here.watched.saved()));
            (self.here.timeline).push(format!("Put {name} aside"), self.now, own);
        }
        self.here.timeline.append(left);
        let (replaced, counts) = self.pass_over(before, passed);
        if counts {
            self.note_replaced(went_back_to(&name), self.now, replaced);
        }
        self.here.timeline.put_ahead(ahead);
        self.notice = Some(Notice {
            text: format!("Back to {}.", self.here.watched.run.called.name()),
            offer: counts.then_some(Offer::Undo),
        });
    }

    /// A lesson is left: what is taken back next is what was made last in the own experiment, as if there had been no lesson.
    /// Its pages are there again whenever it is begun, so that none of them is come to by undoing; what was opened on one lies
    /// behind all that was made in the own experiment.
    fn come_out_of_lesson(
        &mut self,
        page: &PageName,
        before: Watched,
        passed: Vec<Passed>,
        timeline: Timeline,
    ) {
        let name = self.here.watched.run.called.name().to_owned();
        let is_page = passed.is_empty() && page.is_of(&before);
        let (replaced, counts) = self.pass_over(before, passed);
        self.here.timeline = timeline;
        if counts && !is_page {
            let mut opened = Timeline::default();
            opened.push(went_back_to(&name), self.now, replaced);
            self.here.timeline.put_behind(opened);
        }
        self.notice = Some(Notice {
            text: format!("Back to {name}."),
            offer: None,
        });
    }
}
