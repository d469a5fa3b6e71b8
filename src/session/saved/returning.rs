//! What of a session is kept, and how it comes back.

use super::super::runs::MOST_RUNS;
use super::super::timeline::{State, Timeline, Way, is_return, went_back_to};
use super::super::track::{Aside, Company, Errand, Opening, Passed, RunId, Track};
use super::super::view::View;
use super::super::watched::{Called, Run, Watched};
use super::super::{Command, Message, Notice, Offer, Origin, Session};
use super::{MadeAgain, Replaced, Saved, SavedCursor};
use crate::experiment::Document;
use crate::train::worker::Taken;
use crate::train::{Status, checkpoint};

impl Session {
    /// What to keep of this session: of what is being opened, if anything is.
    pub fn saved(&self) -> Saved {
        let saved = match (&self.returning, &self.here.opening) {
            (Some(saved), _) => saved.clone(),
            (_, Some(opening)) => self.saved_of(opening),
            (_, None) => return self.saved_on_show(),
        };
        self.with_asides(saved)
    }

    /// What to keep of this session while it goes on: what is on show, and what is being opened and may never be there. What
    /// was kept counts as on show while it comes back.
    pub fn saved_apart(&self) -> (Saved, Option<Saved>) {
        let comes_back = self.is_returning() && self.here.watched.newest.is_none();
        if self.here.opening.is_none() || comes_back {
            (self.saved(), None)
        } else {
            (self.saved_on_show(), Some(self.saved()))
        }
    }

    /// A checkpoint of the run on show, to be kept beside what [`Self::saved_apart`] says of it: a number that tells it from all
    /// others, and what makes its bytes.
    pub fn checkpoint(&self) -> Option<(u64, impl FnOnce() -> Option<Vec<u8>> + Send + 'static)> {
        let taken = self.here.watched.run.seat.checkpoint()?;
        let number = taken.number;
        let text = self.here.watched.run.document.text().to_owned();
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
        let mut saved = self.here.watched.saved();
        self.here.timeline.note_in(&mut saved);
        self.with_asides(saved)
    }

    /// What to keep of what is on its way: what is on show can be undone to there.
    fn saved_of(&self, opening: &Opening) -> Saved {
        let mut saved = opening.saved(self.here.watched.view);
        let is_put_aside = matches!(self.asides.last(), Some(Aside::OnShow));
        if is_put_aside || self.here.watched.newest.is_none() {
            return saved;
        }
        let mut state = self.here.watched.saved();
        self.here.timeline.note_in(&mut state);
        let (mut before, mut after) = state.take_row();
        let last = match &opening.kind {
            Errand::Along(way, steps) => {
                // The row as it is going to stand.
                let (from, to) = match way {
                    Way::Back => (&mut before, &mut after),
                    Way::On => (&mut after, &mut before),
                };
                let kept = self.here.timeline.saved_steps(*way, *steps);
                let passed = from.split_off(from.len().saturating_sub(kept));
                let too_far = passed.len() < kept;
                for mut passed in passed.into_iter().rev() {
                    std::mem::swap(&mut passed.state, &mut state);
                    to.push(passed);
                }
                if too_far {
                    // What is kept of the row ends before.
                    to.push(Replaced {
                        change: self.change_along(*way, *steps),
                        when: opening.when,
                        state,
                    });
                }
                (saved.before, saved.after) = (before, after);
                return saved;
            }
            Errand::New(change) => change.clone(),
            Errand::Aside => went_back_to(opening.run.called.name()),
        };
        for Passed {
            change,
            when,
            saved: next,
        } in &opening.passed
        {
            before.push(Replaced {
                change: change.clone(),
                when: *when,
                state,
            });
            state = next.alone();
        }
        before.push(Replaced {
            change: last,
            when: opening.when,
            state,
        });
        (saved.before, saved.after) = (before, after);
        saved
    }

    fn with_asides(&self, mut saved: Saved) -> Saved {
        self.note_file(&mut saved);
        saved.pinned = self.here.pinned;
        saved.page = self.saved_page();
        saved.asides = self.asides.iter().map(|aside| self.aside(aside)).collect();
        let (beside, after_so_many) = self.beside(&self.company.tracks, self.here.id);
        saved.set_beside(beside, after_so_many);
        saved
    }

    /// What to keep of runs that are beside the one called `here`, in their order, and how many stand before that.
    fn beside(&self, tracks: &[Track], here: RunId) -> (Vec<Saved>, usize) {
        let mut tracks: Vec<&Track> = tracks.iter().collect();
        tracks.sort_by_key(|track| track.id);
        let before = tracks.iter().filter(|track| track.id < here).count();
        let of_track = |track: &&Track| {
            let mut saved = match &track.opening {
                Some(opening) => opening.saved(track.watched.view),
                None => track.watched.saved(),
            };
            track.timeline.note_in(&mut saved);
            self.note_file(&mut saved);
            saved.pinned = track.pinned;
            saved
        };
        (tracks.iter().map(of_track).collect(), before)
    }

    fn aside(&self, aside: &Aside) -> Saved {
        let mut saved = match aside {
            Aside::OnShow => self.here.watched.saved(),
            Aside::Away(State::Live(watched), ..) => watched.saved(),
            Aside::Away(State::Text(saved), ..) => (**saved).clone(),
            // What is put aside is a run, and away from the screen.
            Aside::Away(State::OnShow | State::Words(_) | State::Settings(_), ..) => {
                Saved::default()
            }
        };
        let row = match aside {
            Aside::OnShow => &self.here.timeline,
            Aside::Away(_, timeline, _) => timeline,
        };
        row.note_in(&mut saved);
        self.note_file(&mut saved);
        if let Aside::Away(.., company) = aside {
            let (beside, before) = self.beside(&company.tracks, company.of);
            saved.set_beside(beside, before);
        }
        saved
    }

    /// The session that was kept. What can not be opened is left to [`Self::take_unopened`], and the default stays open.
    pub fn restored(saved: &Saved, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let mut session = Self::new(wake);
        session.restore(saved.clone());
        if let Some(page) = &saved.page {
            session.go_on_with_page(page);
        }
        session
    }

    /// A session on a file or text given on the command line; a file that cannot be opened leaves the default open and says why.
    pub fn opened(source: Origin, wake: impl Fn() + Send + Sync + 'static) -> Self {
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
            let company = self.company_of(&mut aside);
            let state = State::Text(Box::new(aside));
            let timeline = Timeline::of(before, after);
            self.asides.push(Aside::Away(state, timeline, company));
        }
    }

    /// Opens what was kept and makes its updates again.
    pub(in crate::session) fn restore(&mut self, saved: Saved) {
        self.add_asides(saved.asides.clone());
        self.know_file(&saved);
        self.bring_beside(&saved);
        self.here.pinned = saved.pinned;
        if self.make_again(&saved) {
            self.returning = Some(saved);
        } else {
            self.unopened = Some(saved);
        }
    }

    /// Puts the runs that were beside it there again; those for which there is no room any more are put aside.
    fn bring_beside(&mut self, saved: &Saved) {
        let mut company = self.company_of(&mut saved.clone());
        if self.company.tracks.is_empty() {
            self.here.id = company.of;
        }
        let room = MOST_RUNS - self.tracks().count();
        let more = company.tracks.split_off(room.min(company.tracks.len()));
        self.company.tracks.append(&mut company.tracks);
        for track in more {
            let state = State::Live(Box::new(track.watched));
            let alone = Company::default();
            (self.asides).push(Aside::Away(state, track.timeline, alone));
        }
    }

    /// Takes out what was kept of the runs beside an experiment and makes them again, numbered anew in their order.
    fn company_of(&mut self, saved: &mut Saved) -> Company {
        let (mut beside, before) = saved.take_beside();
        let behind = beside.split_off(before.min(beside.len()));
        let mut company = Company::default();
        for kept in beside {
            company.tracks.extend(self.track_or_aside(kept));
        }
        company.of = self.next_id();
        for kept in behind {
            company.tracks.extend(self.track_or_aside(kept));
        }
        company
    }

    /// A run that was kept; one whose text cannot be read is put aside as it is.
    fn track_or_aside(&mut self, saved: Saved) -> Option<Track> {
        let track = self.track(saved.clone());
        if track.is_none() {
            self.add_asides(vec![saved]);
        }
        track
    }

    /// A run that was kept, whose updates are made again; `None` if its text cannot be read.
    fn track(&mut self, mut saved: Saved) -> Option<Track> {
        let (document, experiment) = Document::parse(saved.text()).ok()?;
        self.know_file(&saved);
        let (before, after) = saved.take_row();
        let called = Called::of(&saved);
        let mut run = Run::new(called, document, experiment, None, &self.worker, &self.wake);
        run.make_again(&saved);
        let view = saved.cursor.as_ref().map_or(View::ALL, SavedCursor::view);
        let mut track = Track::new(self.next_id(), Watched::new(run, view));
        track.timeline = Timeline::of(before, after);
        track.pinned = saved.pinned;
        self.now = self.now.max(track.timeline.newest());
        Some(track)
    }

    /// Gives up what was kept and cannot be opened. That can be taken back, and so can what was before it.
    pub(in crate::session) fn give_up(&mut self, mut kept: Saved) {
        let (mut row, after) = kept.take_row();
        row.extend(after.into_iter().rev());
        let on_show = self.here.watched.saved();
        if on_show.is_somebodys() || !self.here.timeline.side(Way::Back).is_empty() {
            let (change, state) = (format!("Opened {}", kept.name), on_show);
            let when = self.now;
            row.insert(
                0,
                Replaced {
                    change,
                    when,
                    state,
                },
            );
        }
        let change = format!("Forgot {}", kept.name);
        self.notice = Some(Notice {
            text: format!("{change}."),
            offer: Some(Offer::Undo),
        });
        let state = kept.alone();
        row.push(Replaced {
            change,
            when: self.now,
            state,
        });
        self.keep_what_was_left_for();
        self.here.timeline.append(Timeline::of(row, Vec::new()));
        drop(self.here.timeline.take_ahead());
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
        let kept = self.here.watched.run.made_again?;
        let made = self.here.watched.newest.as_ref()?.made();
        Some(MadeAgain { made, kept })
    }

    /// Makes the rest of the updates that were kept.
    pub(in crate::session) fn make_the_rest(&mut self) {
        if let Some(MadeAgain { kept, .. }) = self.remade() {
            let order = self.here.watched.run.made_up_to(kept);
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
        let alone = self.here.timeline.side(Way::Back).is_empty();
        self.here.timeline.prepend(before);
        self.now = self.now.max(self.here.timeline.newest());
        let mut row = Timeline::of(Vec::new(), after);
        if alone {
            self.here.timeline.put_ahead(row.take_ahead());
        } else {
            // What is on show was replaced by it: the row has turned another way.
            for (state, row) in row.take_behind(is_return) {
                let alone = Company::default();
                self.asides.insert(0, Aside::Away(state, row, alone));
            }
        }
    }

    /// Says of a run that was training when the window was closed where it stands now, once that is made again.
    pub(in crate::session) fn say_if_interrupted(&mut self) {
        let run = &mut self.here.watched.run;
        if run.made_again.is_some() {
            return;
        }
        let (Some(planned), Some(newest)) = (run.interrupted.take(), &self.here.watched.newest)
        else {
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
        let Some(made_with) = self.here.watched.run.made_with.take() else {
            return;
        };
        let Some(newest) = &self.here.watched.newest else {
            return;
        };
        if newest.material.sha256.as_ref() == Some(&made_with) {
            return;
        }
        self.message = Some(Message {
            title: format!(
                "The data of {} have changed",
                self.here.watched.run.called.name()
            ),
            lines: vec![
                "Their file is not what it was when this run was made.".into(),
                "Its updates are made on what the file holds now, and its numbers are other ones."
                    .into(),
            ],
            setting: Some("data.csv".into()),
        });
    }
}
