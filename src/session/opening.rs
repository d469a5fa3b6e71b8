//! How what was opened takes its place on show.
//!
//! What is replaced goes into the [timeline](super::timeline), or is put aside if that was asked for. Both happen when the
//! new run has arrived, never before: what cannot be opened replaces nothing.

use super::saved::{Saved, SavedCursor};
use super::timeline::State;
use super::track::{Aside, Cause, Errand, Opening, Passed};
use super::view::View;
use super::watched::{Called, Watched};
use super::{Message, Notice, Offer, Session, of_errors};
use crate::experiment::Document;
use crate::train::worker::Failure;

impl Session {
    /// Lets a run that has arrived take the place of the one on show.
    pub(super) fn arrive(&mut self, opening: Opening) {
        let Opening {
            run,
            view,
            kind,
            when,
            passed,
        } = opening;
        // The same experiment otherwise: where the user stands is kept by its step.
        let view = view.unwrap_or_else(|| self.here.watched.view_by_step());
        let watched = Watched::new(run, view);
        let mut before = std::mem::replace(&mut self.here.watched, watched);
        before.rest();
        self.here.stuck = None;
        match kind {
            Errand::New(change) => {
                self.here.earlier.remember(&before, &change);
                self.replaced(before, passed, change, when);
            }
            Errand::Along(way, steps) => {
                let change = self.change_along(way, steps);
                self.here.earlier.remember(&before, &change);
                drop(self.here.timeline.walk(way, steps, &mut before));
                self.here.timeline.fill(way, before);
                self.tell_of_travel(way, &change);
            }
            Errand::Aside => {
                if let Some(Aside::Away(_, timeline, company)) = self.asides.pop() {
                    self.come_back(company);
                    self.taken_back(before, passed, timeline);
                }
            }
        }
    }

    /// Keeps what a new run has taken the place of.
    fn replaced(&mut self, before: Watched, passed: Vec<Passed>, change: String, when: u64) {
        let kept = self.keep_what_was_left_for();
        let (replaced, counts) = self.pass_over(before, passed);
        // Commands that are played are one change, however many runs they make on their way.
        let played = self.script.as_mut();
        let on_the_way = played.is_some_and(|script| std::mem::replace(&mut script.replaced, true));
        if let Some(aside @ Aside::OnShow) = self.asides.last_mut() {
            let timeline = std::mem::take(&mut self.here.timeline);
            let mut company = std::mem::take(&mut self.company);
            company.of = self.here.id;
            company.rest();
            *aside = Aside::Away(replaced, timeline, company);
            let text = "Your experiment is put aside until you leave.";
            self.notice = Some(Notice {
                text: text.into(),
                offer: None,
            });
        } else if counts && !on_the_way {
            self.note_replaced(change, when, replaced);
        }
        self.say_put_aside(kept);
    }

    /// Notes all that was replaced but the last of it; returns that, and whether anyone has made it: at first there is nothing
    /// on show.
    pub(super) fn pass_over(&mut self, before: Watched, passed: Vec<Passed>) -> (State, bool) {
        let mut counts = before.newest.is_some();
        let mut last = State::Live(Box::new(before));
        for passed in passed {
            let state = std::mem::replace(&mut last, State::Text(Box::new(passed.saved)));
            if counts {
                self.here.timeline.push(passed.change, passed.when, state);
            }
            counts = true;
        }
        (last, counts)
    }

    /// Notes that a change has replaced a state, and says so.
    pub(super) fn note_replaced(&mut self, change: String, when: u64, state: State) {
        self.forget_ahead_beside();
        let kept = self.keep_what_was_left_for();
        self.tell_of_change(&change);
        self.here.timeline.push(change, when, state);
        self.say_put_aside(kept);
    }

    /// Says that something was changed; not of what a lesson's page begins with, which is nobody's doing.
    pub(super) fn tell_of_change(&mut self, change: &str) {
        if !self.begins_page() {
            self.notice = Some(Notice {
                text: format!("{change}."),
                offer: Some(Offer::Undo),
            });
        }
    }

    /// Says, in the notice of a change if there is one, that an experiment of this name is put aside by it.
    fn say_put_aside(&mut self, kept: Option<String>) {
        let Some(name) = kept else { return };
        let says = format!("{name} is put aside: see Edit.");
        match &mut self.notice {
            Some(notice) => notice.text += &format!(" {says}"),
            None => {
                self.notice = Some(Notice {
                    text: says,
                    offer: None,
                });
            }
        }
    }

    /// Begins again what was kept as its text, with its updates; false if the text cannot be read.
    pub(super) fn make_again(&mut self, saved: &Saved) -> bool {
        let (document, experiment) = match Document::parse(saved.text()) {
            Ok(read) => read,
            Err(errors) => {
                let title = format!("{} cannot be opened", saved.name());
                self.message = Some(of_errors(&title, &errors));
                return false;
            }
        };
        let change = Cause::opened(saved.name());
        self.begin(Called::of(saved), document, experiment, change);
        if let Some(opening) = &mut self.here.opening {
            let view = saved.cursor.as_ref();
            opening.view = Some(view.map_or(View::ALL, SavedCursor::view));
            opening.run.make_again(saved);
        }
        true
    }

    /// Says why there is no run; what was on show stays, and so does what was passed over for what could not be opened.
    pub(super) fn fail(&mut self, failure: &Failure) -> bool {
        self.script = None;
        let run = self.active_mut();
        (run.running, run.is_failure_told) = (false, true);
        self.give_up_returning();
        let message = match failure {
            Failure::Material(error) => Message {
                title: format!("{} cannot be run like this", self.name()),
                lines: error.to_string().lines().map(ToString::to_string).collect(),
                setting: Some(error.setting()),
            },
            Failure::Panic(_) => Message {
                title: "Training stopped".into(),
                lines: vec![failure.to_string()],
                setting: None,
            },
        };
        let opening = self.here.opening.take();
        let mut message = message;
        if let Some(Errand::Along(way, steps)) = opening.as_ref().map(|opening| &opening.kind) {
            self.here.stuck = Some((*way, *steps));
            if let Some(key) = self.goes_past(*way) {
                message.lines.push(format!(
                    "It stays where it is, and what lies behind it is there: {key} once more to go past it."
                ));
            }
        }
        let new = opening.is_some() || self.message.as_ref() != Some(&message);
        for passed in opening.into_iter().flat_map(|opening| opening.passed).rev() {
            let state = State::Text(Box::new(passed.saved));
            (self.here.timeline).offer(passed.change, passed.when, state);
        }
        self.message = Some(message);
        self.save_awaited(true);
        new
    }
}
