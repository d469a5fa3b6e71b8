//! How what was opened takes its place on show.
//!
//! What is replaced goes into the [timeline](super::timeline), or is put aside if that was asked for. Both happen when the
//! new run has arrived, never before: what cannot be opened replaces nothing.

use super::saved::{Saved, SavedCursor};
use super::stage::{Run, Stage};
use super::timeline::{Aside, State, Way};
use super::view::View;
use super::{Message, Notice, Offer, Session, of_errors};
use crate::experiment::Document;
use crate::train::Order;
use crate::train::worker::Failure;

/// A run on its way to its place on show.
pub(super) struct Opening {
    pub(super) run: Run,
    /// Where the user is to look; `None` for where they look already.
    pub(super) view: Option<View>,
    /// What it is for the timeline.
    pub(super) kind: Kind,
    /// What was on its way before this and was never seen: each change, and what it led to.
    pub(super) passed: Vec<(String, Saved)>,
}

impl Opening {
    /// What is passed over if something else is opened now; nothing if it can be had again anyway.
    pub(super) fn into_passed(self) -> Vec<(String, Saved)> {
        let saved = self.saved(View::ALL);
        let mut passed = self.passed;
        if let Kind::New(change) = self.kind {
            passed.push((change, saved));
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
pub(super) struct Change {
    /// As a sentence without its full stop.
    pub(super) done: String,
    /// Whether it changes what is on its way, instead of taking its place.
    pub(super) amends: bool,
}

impl Change {
    /// Something else takes the place of what is open.
    pub(super) fn opened(name: &str) -> Self {
        Self {
            done: format!("Opened {name}"),
            amends: false,
        }
    }

    /// A setting of what is open.
    pub(super) fn of_setting(path: &str) -> Self {
        let setting = match path.split('.').collect::<Vec<_>>()[..] {
            ["baseline", ..] => "baselines".into(),
            ["model", "init", ..] => "initial weights".into(),
            ["training", "clip", ..] => "clipping".into(),
            [.., last] => last.replace('_', " "),
            [] => path.into(),
        };
        Self {
            done: format!("Changed the {setting}"),
            amends: true,
        }
    }
}

/// What a run on its way is.
pub(super) enum Kind {
    /// Something new, by this change.
    New(String),
    /// What is so many steps along the timeline.
    Along(Way, usize),
    /// What was put aside.
    Aside,
}

impl Session {
    /// Lets a run that has arrived take the place of the one on show.
    pub(super) fn arrive(&mut self, opening: Opening) {
        let Opening {
            run,
            view,
            kind,
            passed,
        } = opening;
        let stage = Stage::new(run, view.unwrap_or(self.stage.view));
        let mut before = std::mem::replace(&mut self.stage, stage);
        before.rest();
        self.stuck = None;
        match kind {
            Kind::New(change) => self.replaced(before, passed, change),
            Kind::Along(way, steps) => {
                let change = self.change_along(way, steps);
                drop(self.timeline.walk(way, steps, &mut before));
                self.timeline.fill(way, before);
                self.tell_of_travel(way, &change);
            }
            Kind::Aside => {
                if let Some(Aside::Away(_, timeline)) = self.asides.pop() {
                    self.taken_back(before, passed, timeline);
                }
            }
        }
    }

    /// Keeps what a new run has taken the place of.
    fn replaced(&mut self, before: Stage, passed: Vec<(String, Saved)>, change: String) {
        let kept = self.keep_what_was_left_for();
        let (replaced, counts) = self.pass_over(before, passed);
        // Commands that are played are one change, however many runs they make on their way.
        let played = self.script.as_mut();
        let on_the_way = played.is_some_and(|script| std::mem::replace(&mut script.replaced, true));
        if let Some(aside @ Aside::OnShow) = self.asides.last_mut() {
            *aside = Aside::Away(replaced, std::mem::take(&mut self.timeline));
            let text = "Your experiment is put aside until you leave.";
            self.notice = Some(Notice {
                text: text.into(),
                offer: None,
            });
        } else if counts && !on_the_way {
            self.note_replaced(change, replaced);
        }
        self.say_put_aside(kept);
    }

    /// Notes all that was replaced but the last of it; returns that, and whether anyone has made it: at first there is nothing
    /// on show.
    pub(super) fn pass_over(
        &mut self,
        before: Stage,
        passed: Vec<(String, Saved)>,
    ) -> (State, bool) {
        let mut counts = before.newest.is_some();
        let mut last = State::Live(Box::new(before));
        for (change, saved) in passed {
            let state = std::mem::replace(&mut last, State::Text(Box::new(saved)));
            if counts {
                self.timeline.push(change, state);
            }
            counts = true;
        }
        (last, counts)
    }

    /// Notes that a change has replaced a state, and says so.
    pub(super) fn note_replaced(&mut self, change: String, state: State) {
        let kept = self.keep_what_was_left_for();
        self.notice = Some(Notice {
            text: format!("{change}."),
            offer: Some(Offer::Undo),
        });
        self.timeline.push(change, state);
        self.say_put_aside(kept);
    }

    /// Says in the notice of a change that an experiment of this name is put aside by it.
    fn say_put_aside(&mut self, kept: Option<String>) {
        if let (Some(name), Some(notice)) = (kept, &mut self.notice) {
            notice.text += &format!(" {name} is put aside: see Edit.");
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
        let (path, name) = (saved.path().map(Into::into), saved.name().to_owned());
        let change = Change::opened(&name);
        self.begin(saved.location(), path, name, document, experiment, change);
        let updates = saved.update();
        let any = updates > 0 || saved.diverged;
        if let Some(opening) = &mut self.opening {
            let view = saved.cursor.as_ref();
            opening.view = Some(view.map_or(View::ALL, SavedCursor::view));
            opening.run.made_again = any.then_some(updates);
            opening.run.diverges = saved.diverged;
            let planned = opening.run.experiment.training.updates.max(saved.planned);
            opening.run.interrupted = saved.running.then_some(planned);
            opening.run.made_with.clone_from(&saved.sha256);
        }
        if saved.planned > 0 {
            self.order(Order::Plan(saved.planned), false);
        }
        if any {
            if let Some(checkpoint) = saved.checkpoint() {
                self.order(Order::Resume(checkpoint), true);
            }
            let order = self.active().made_up_to(updates);
            self.order(order, true);
        }
        true
    }

    /// Says why there is no run; what was on show stays, and so does what was passed over for what could not be opened.
    pub(super) fn fail(&mut self, failure: &Failure) -> bool {
        self.script = None;
        self.active_mut().running = false;
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
        let opening = self.opening.take();
        let mut message = message;
        if let Some(Kind::Along(way, steps)) = opening.as_ref().map(|opening| &opening.kind) {
            self.stuck = Some((*way, *steps));
            if let Some(key) = self.goes_past(*way) {
                message.lines.push(format!(
                    "It stays where it is, and what lies behind it is there: {key} once more to go past it."
                ));
            }
        }
        let new = opening.is_some() || self.message.as_ref() != Some(&message);
        for (change, saved) in opening.into_iter().flat_map(|opening| opening.passed).rev() {
            self.timeline.offer(change, State::Text(Box::new(saved)));
        }
        self.message = Some(message);
        self.save_awaited(true);
        new
    }
}
