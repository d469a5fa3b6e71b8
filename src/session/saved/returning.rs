//! What of a session is kept, and how it comes back.

use super::super::opening::{Kind, Opening};
use super::super::timeline::{Aside, State, Timeline, Way, is_return, went_back_to};
use super::super::{Command, Message, Notice, Offer, Session, Source};
use super::{MadeAgain, Replaced, Saved};
use crate::train::worker::Taken;
use crate::train::{Status, checkpoint};

impl Session {
    /// What to keep of this session: of what is being opened, if anything is.
    pub fn saved(&self) -> Saved {
        let saved = match (&self.returning, &self.opening) {
            (Some(saved), _) => saved.clone(),
            (_, Some(opening)) => self.saved_of(opening),
            (_, None) => return self.saved_on_show(),
        };
        self.with_asides(saved)
    }

    /// What to keep of this session while it goes on: what is on show, and what is being opened and may never be there. What
    /// was kept counts as on show while it comes back.
    pub fn saved_apart(&self) -> (Saved, Option<Saved>) {
        let comes_back = self.is_returning() && self.stage.newest.is_none();
        if self.opening.is_none() || comes_back {
            (self.saved(), None)
        } else {
            (self.saved_on_show(), Some(self.saved()))
        }
    }

    /// A checkpoint of the run on show, to be kept beside what [`Self::saved_apart`] says of it: a number that tells it from all
    /// others, and what makes its bytes.
    pub fn checkpoint(&self) -> Option<(u64, impl FnOnce() -> Option<Vec<u8>> + Send + 'static)> {
        let taken = self.stage.run.seat.checkpoint()?;
        let number = taken.number;
        let text = self.stage.run.document.text().to_owned();
        let bytes = move || {
            let Taken {
                material,
                checkpoint,
                ..
            } = &*taken;
            let kept = checkpoint::Kept::new(&text, material, checkpoint);
            let bytes = kept.to_bytes()?;
            (bytes.len() as u64 <= checkpoint::LONGEST).then_some(bytes)
        };
        Some((number, bytes))
    }

    fn saved_on_show(&self) -> Saved {
        let mut saved = self.stage.saved();
        self.timeline.note_in(&mut saved);
        self.with_asides(saved)
    }

    /// What to keep of what is on its way: what is on show can be undone to there.
    fn saved_of(&self, opening: &Opening) -> Saved {
        let mut saved = opening.saved(self.stage.view);
        let is_put_aside = matches!(self.asides.last(), Some(Aside::OnShow));
        if is_put_aside || self.stage.newest.is_none() {
            return saved;
        }
        let mut state = self.stage.saved();
        self.timeline.note_in(&mut state);
        let (mut before, mut after) = state.take_row();
        let last = match &opening.kind {
            Kind::Along(way, steps) => {
                // The row as it is going to stand.
                let (from, to) = match way {
                    Way::Back => (&mut before, &mut after),
                    Way::On => (&mut after, &mut before),
                };
                let passed = from.split_off(from.len().saturating_sub(*steps));
                let too_far = passed.len() < *steps;
                for Replaced {
                    change,
                    state: next,
                } in passed.into_iter().rev()
                {
                    to.push(Replaced { change, state });
                    state = next;
                }
                if too_far {
                    // What is kept of the row ends before.
                    let change = self.change_along(*way, *steps);
                    to.push(Replaced { change, state });
                }
                (saved.before, saved.after) = (before, after);
                return saved;
            }
            Kind::New(change) => change.clone(),
            Kind::Aside => went_back_to(&opening.run.name),
        };
        for (change, next) in &opening.passed {
            let change = change.clone();
            before.push(Replaced { change, state });
            state = next.alone();
        }
        before.push(Replaced {
            change: last,
            state,
        });
        (saved.before, saved.after) = (before, after);
        saved
    }

    fn with_asides(&self, mut saved: Saved) -> Saved {
        self.note_file(&mut saved);
        saved.asides = self.asides.iter().map(|aside| self.aside(aside)).collect();
        saved
    }

    fn aside(&self, aside: &Aside) -> Saved {
        let mut saved = match aside {
            Aside::OnShow => self.stage.saved(),
            Aside::Away(State::Live(stage), _) => stage.saved(),
            Aside::Away(State::Text(saved), _) => (**saved).clone(),
            // What is put aside is a run, and away from the screen.
            Aside::Away(State::OnShow | State::Words(_), _) => Saved::default(),
        };
        let row = match aside {
            Aside::OnShow => &self.timeline,
            Aside::Away(_, timeline) => timeline,
        };
        row.note_in(&mut saved);
        self.note_file(&mut saved);
        saved
    }

    /// The session that was kept. What can not be opened is left to [`Self::take_unopened`], and the default stays open.
    pub fn restored(saved: &Saved, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let mut session = Self::new(wake);
        session.restore(saved.clone());
        session
    }

    /// A session on a file or text given on the command line; a file that cannot be opened leaves the default open and says why.
    pub fn opened(source: Source, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let mut session = Self::new(wake);
        session.apply(Command::Open(source));
        session
    }

    /// Puts what was kept aside: something else is opened in its stead.
    pub fn keep_aside(&mut self, saved: &Saved) {
        self.add_asides(saved.as_asides());
        if let Some(name) = self.aside_name() {
            self.notice = Some(Notice {
                text: format!("{name} is put aside: see Edit."),
                offer: None,
            });
        }
    }

    fn add_asides(&mut self, asides: Vec<Saved>) {
        for mut aside in asides {
            self.know_file(&aside);
            let (before, after) = aside.take_row();
            let state = State::Text(Box::new(aside));
            self.asides
                .push(Aside::Away(state, Timeline::of(before, after)));
        }
    }

    /// Opens what was kept and makes its updates again.
    pub(in crate::session) fn restore(&mut self, saved: Saved) {
        self.add_asides(saved.asides.clone());
        self.know_file(&saved);
        if self.make_again(&saved) {
            self.returning = Some(saved);
        } else {
            self.unopened = Some(saved);
        }
    }

    /// Gives up what was kept and cannot be opened. That can be taken back, and so can what was before it.
    pub(in crate::session) fn give_up(&mut self, mut kept: Saved) {
        let (mut row, after) = kept.take_row();
        row.extend(after.into_iter().rev());
        let on_show = self.stage.saved();
        if on_show.is_somebodys() || !self.timeline.side(Way::Back).is_empty() {
            let (change, state) = (format!("Opened {}", kept.name), on_show);
            row.insert(0, Replaced { change, state });
        }
        let change = format!("Forgot {}", kept.name);
        self.notice = Some(Notice {
            text: format!("{change}."),
            offer: Some(Offer::Undo),
        });
        let state = kept.alone();
        row.push(Replaced { change, state });
        self.keep_what_was_left_for();
        self.timeline.append(Timeline::of(row, Vec::new()));
        drop(self.timeline.take_ahead());
    }

    /// Whether what was kept is being opened: its data are being read.
    pub fn is_returning(&self) -> bool {
        self.returning.is_some()
    }

    /// What was kept and could not be opened again, once; [`Self::message`] says why.
    pub fn take_unopened(&mut self) -> Option<Saved> {
        self.unopened.take()
    }

    /// How far the updates are that were kept, until all of them are made again.
    pub fn remade(&self) -> Option<MadeAgain> {
        let kept = self.stage.run.made_again?;
        let made = self.stage.newest.as_ref()?.update;
        Some(MadeAgain { made, kept })
    }

    /// Makes the rest of the updates that were kept.
    pub(in crate::session) fn make_the_rest(&mut self) {
        if let Some(MadeAgain { kept, .. }) = self.remade() {
            let order = self.stage.run.made_up_to(kept);
            self.order(order, true);
        }
    }

    /// Stays where the run is, and keeps that from now on.
    pub(in crate::session) fn leave_the_rest(&mut self) {
        self.active_mut().made_again = None;
    }

    /// What was kept does not come back: it failed, or something else is opened in its stead.
    pub(in crate::session) fn give_up_returning(&mut self) {
        if let Some(kept) = self.returning.take() {
            self.unopened = Some(kept);
        }
    }

    /// What was kept is there: so is what can be undone in it.
    pub(in crate::session) fn returned(&mut self) {
        let Some(mut kept) = self.returning.take() else {
            return;
        };
        let (before, after) = kept.take_row();
        let alone = self.timeline.side(Way::Back).is_empty();
        self.timeline.prepend(before);
        let mut row = Timeline::of(Vec::new(), after);
        if alone {
            self.timeline.put_ahead(row.take_ahead());
        } else {
            // What is on show was replaced by it: the row has turned another way.
            for (state, row) in row.take_behind(is_return) {
                self.asides.insert(0, Aside::Away(state, row));
            }
        }
    }

    /// Says of a run that was training when the window was closed where it stands now, once that is made again.
    pub(in crate::session) fn say_if_interrupted(&mut self) {
        let run = &mut self.stage.run;
        if run.made_again.is_some() {
            return;
        }
        let (Some(planned), Some(newest)) = (run.interrupted.take(), &self.stage.newest) else {
            return;
        };
        let stands = newest.update;
        if stands < planned && !matches!(newest.status, Status::Diverged(_)) {
            self.notice = Some(Notice {
                text: format!(
                    "Interrupted at update {stands} of {planned} when the window was closed. Train goes on."
                ),
                offer: None,
            });
        }
    }

    /// Says so if a run that is made again is made of other data than it was.
    pub(in crate::session) fn say_if_data_changed(&mut self) {
        let Some(made_with) = self.stage.run.made_with.take() else {
            return;
        };
        let Some(newest) = &self.stage.newest else {
            return;
        };
        if newest.material.sha256.as_ref() == Some(&made_with) {
            return;
        }
        self.message = Some(Message {
            title: format!("The data of {} have changed", self.stage.run.name),
            lines: vec![
                "Their file is not what it was when this run was made.".into(),
                "Its updates are made on what the file holds now, and its numbers are other ones."
                    .into(),
            ],
            setting: Some("data.csv".into()),
        });
    }
}
