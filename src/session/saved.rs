//! What survives closing the window, and how it comes back.
//!
//! A run is kept as its text and how far it was: the text gives the same bits again. [`Session::restored`] makes all of the
//! updates again, however many; while it does, and if it is stopped on the way, [`Session::remade`] says how far it is, and
//! what is kept is still the whole. So is what can be undone in an experiment, each state as its text.
//!
//! Where there is a checkpoint of the run, it goes on from that and makes only what is missing. A checkpoint of another run is
//! known as such and left alone: it saves time, and the text alone says what comes back.

use super::aside::{Aside, is_return, went_back_to};
use super::opening::{Kind, Opening};
use super::stage::{View, Words};
use super::timeline::{State, Timeline, Way};
use super::{Command, Message, Notice, Offer, Session, Source};
use crate::experiment::{Document, Location, gallery};
use crate::nn::{Cursor, Sweep};
use crate::platform::files;
use crate::train::worker::{From, Taken};
use crate::train::{Status, checkpoint};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A session as kept between launches. A run is kept as its text and how far it was: the text gives the same bits again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Saved {
    text: String,
    #[serde(with = "lossless")]
    directory: Option<PathBuf>,
    /// Whether paths may not lead out of the directory.
    within: bool,
    #[serde(with = "lossless")]
    path: Option<PathBuf>,
    name: String,
    update: u64,
    /// What stands in the experiment's file as far as this program knows, to tell whether another one has written it.
    pub(super) on_disk: Option<String>,
    /// Where the user looks; of what nothing is known, everything is shown.
    pub(super) cursor: Option<SavedCursor>,
    /// What was put aside to be taken back later, the newest last.
    asides: Vec<Saved>,
    /// The hash of the file that the data came from; `None` for a task, and where nothing is known.
    pub(super) sha256: Option<String>,
    /// Whether it diverged with the update that would have come next.
    pub(super) diverged: bool,
    /// How many updates are planned where those are more than the text says; else 0.
    pub(super) planned: u64,
    /// Whether it was training.
    pub(super) running: bool,
    /// What can be taken back, the newest last.
    before: Vec<Replaced>,
    /// What can be done again, the next one last.
    after: Vec<Replaced>,
    /// A file with a checkpoint that may be of this run, which saves making all updates again.
    #[serde(skip)]
    checkpoint: Shortcut,
}

/// A state that was replaced, and the change that lies between it and its neighbour on the side of the one on show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Replaced {
    pub(super) change: String,
    pub(super) state: Saved,
}

/// How many bytes of texts are kept at most of what can be taken back and done again in an experiment: 1 MiB.
const ROW: usize = 1 << 20;

/// A file that saves time and changes nothing: what is kept with it and without it is the same.
#[derive(Clone, Debug, Default)]
struct Shortcut(Option<PathBuf>);

impl PartialEq for Shortcut {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A place in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedCursor {
    backward: bool,
    position: usize,
    at_end: bool,
    /// `None` for the last part.
    part: Option<usize>,
}

impl SavedCursor {
    pub(super) fn of(view: View) -> Self {
        Self {
            backward: view.cursor.sweep == Sweep::Backward,
            position: view.cursor.position,
            at_end: view.cursor_at_end,
            part: (view.part != usize::MAX).then_some(view.part),
        }
    }

    pub(super) fn view(&self) -> View {
        View {
            cursor: Cursor {
                sweep: if self.backward {
                    Sweep::Backward
                } else {
                    Sweep::Forward
                },
                position: self.position,
            },
            cursor_at_end: self.at_end,
            part: self.part.unwrap_or(usize::MAX),
        }
    }
}

impl Saved {
    /// An experiment's text and how many updates were made.
    pub(super) fn of(
        text: &str,
        location: &Location,
        path: Option<&Path>,
        name: &str,
        update: u64,
    ) -> Self {
        Self {
            text: text.into(),
            directory: match location {
                Location::BuiltIn => None,
                Location::Directory(directory) | Location::Within(directory) => {
                    Some(absolute(directory))
                }
            },
            within: matches!(location, Location::Within(_)),
            path: path.map(absolute),
            name: name.into(),
            update,
            ..Self::default()
        }
    }

    /// The same, with a file that may have a checkpoint of it.
    pub fn with_checkpoint(self, checkpoint: PathBuf) -> Self {
        Self {
            checkpoint: Shortcut(Some(checkpoint)),
            ..self
        }
    }

    /// Whether this is the experiment that the program opens with, as it comes.
    pub fn is_untouched(&self) -> bool {
        let default = gallery::default_entry();
        self.text == default.text
            && self.name == default.title
            && self.update == 0
            && self.directory.is_none()
            && self.path.is_none()
            && self.asides.is_empty()
            && !self.has_somebodys_row()
    }

    /// Whether somebody would miss what can be taken back or done again in it.
    pub fn has_somebodys_row(&self) -> bool {
        let mut row = self.before.iter().chain(&self.after);
        row.any(|replaced| replaced.state.is_somebodys())
    }

    /// The same, without what can be undone in it and what is put aside.
    pub(super) fn alone(&self) -> Saved {
        Self {
            asides: Vec::new(),
            before: Vec::new(),
            after: Vec::new(),
            ..self.clone()
        }
    }

    /// Takes out what can be undone in it.
    pub(super) fn take_row(&mut self) -> (Vec<Replaced>, Vec<Replaced>) {
        let sides = (&mut self.before, &mut self.after);
        (std::mem::take(sides.0), std::mem::take(sides.1))
    }

    /// Notes what can be undone in it, the nearest as far as there is room.
    pub(super) fn note_row(&mut self, row: &Timeline) {
        let mut room = ROW;
        let after = row.saved(Way::On, self, &mut room);
        self.before = row.saved(Way::Back, self, &mut room);
        self.after = after;
    }

    /// Whether it is that, with nothing put aside beside it but what was there when `held` was kept.
    pub fn is_untouched_beside(&self, held: &Saved) -> bool {
        let alone = Self {
            asides: Vec::new(),
            ..self.clone()
        };
        alone.is_untouched() && self.asides == held.as_asides()
    }

    /// Whether somebody would miss it: updates were made, or its text stands neither in its file nor in the gallery.
    fn is_somebodys(&self) -> bool {
        let written = |text: &str| text == self.text;
        let gallery = gallery::EXPERIMENTS.iter();
        self.update > 0
            || !self.on_disk.as_deref().is_some_and(written)
                && !gallery.map(|entry| entry.text).any(written)
            || self.has_somebodys_row()
    }

    /// What was put aside, and itself on top of that, as far as somebody would miss it.
    fn as_asides(&self) -> Vec<Saved> {
        let mut all = self.asides.clone();
        let itself = Self {
            asides: Vec::new(),
            ..self.clone()
        };
        all.extend(Some(itself).filter(Self::is_somebodys));
        all
    }

    /// The experiment's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// How many updates were made.
    pub(super) fn update(&self) -> u64 {
        self.update
    }

    /// Where a checkpoint may be had.
    pub(super) fn checkpoint(&self) -> Option<From> {
        let path = self.checkpoint.0.clone()?;
        let read = move || {
            let bytes = files::read(&path, checkpoint::LONGEST, "").ok()?;
            checkpoint::Kept::from_bytes(&bytes)
        };
        Some(From(Arc::new(read)))
    }

    pub(super) fn location(&self) -> Location {
        match &self.directory {
            None => Location::BuiltIn,
            Some(directory) if self.within => Location::Within(directory.clone()),
            Some(directory) => Location::Directory(directory.clone()),
        }
    }

    pub(super) fn set_text(&mut self, text: &str) {
        self.text = text.into();
    }

    /// Takes another text and leaves its own.
    pub(super) fn swap_words(&mut self, words: &mut Words) {
        let other = words.document.text().to_owned();
        let text = std::mem::replace(&mut self.text, other);
        // What was a document once is one again.
        if let Ok((document, experiment)) = Document::parse(&text) {
            *words = Words {
                document,
                experiment,
            };
        }
    }
}

/// How far the updates are that are made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MadeAgain {
    /// Updates made.
    pub made: u64,
    /// Updates kept.
    pub kept: u64,
}

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
        let taken = self.stage.run.worker.checkpoint()?;
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
        saved.note_row(&self.timeline);
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
        state.note_row(&self.timeline);
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
        saved.note_row(match aside {
            Aside::OnShow => &self.timeline,
            Aside::Away(_, timeline) => timeline,
        });
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
    pub(super) fn restore(&mut self, saved: Saved) {
        self.add_asides(saved.asides.clone());
        self.know_file(&saved);
        if self.make_again(&saved) {
            self.returning = Some(saved);
        } else {
            self.unopened = Some(saved);
        }
    }

    /// Gives up what was kept and cannot be opened. That can be taken back, and so can what was before it.
    pub(super) fn give_up(&mut self, mut kept: Saved) {
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
    pub(super) fn make_the_rest(&mut self) {
        if let Some(MadeAgain { kept, .. }) = self.remade() {
            let order = self.stage.run.made_up_to(kept);
            self.order(order, true);
        }
    }

    /// Stays where the run is, and keeps that from now on.
    pub(super) fn leave_the_rest(&mut self) {
        self.active_mut().made_again = None;
    }

    /// What was kept does not come back: it failed, or something else is opened in its stead.
    pub(super) fn give_up_returning(&mut self) {
        if let Some(kept) = self.returning.take() {
            self.unopened = Some(kept);
        }
    }

    /// What was kept is there: so is what can be undone in it.
    pub(super) fn returned(&mut self) {
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
    pub(super) fn say_if_interrupted(&mut self) {
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
    pub(super) fn say_if_data_changed(&mut self) {
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

/// Wherever the program is started next time, a path leads to the same place.
fn absolute(path: &Path) -> PathBuf {
    // An empty path is the folder that the program was started in. Where nobody knows that, the path says what it can.
    std::env::current_dir().map_or_else(|_| path.to_owned(), |folder| folder.join(path))
}

/// Paths as text where they are that, and otherwise as the numbers that the system has in its place.
mod lossless {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::path::PathBuf;

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Units { units: Vec<u16> },
    }

    pub fn serialize<S: Serializer>(
        path: &Option<PathBuf>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let written = path.as_ref().map(|path| match path.to_str() {
            Some(text) => Written::Text(text.into()),
            None => Written::Units { units: units(path) },
        });
        written.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<PathBuf>, D::Error> {
        let written = Option::<Written>::deserialize(deserializer)?;
        Ok(match written {
            None => None,
            Some(Written::Text(text)) => Some(text.into()),
            Some(Written::Units { units }) => Some(path(&units)),
        })
    }

    #[cfg(unix)]
    fn units(path: &std::path::Path) -> Vec<u16> {
        use std::os::unix::ffi::OsStrExt;
        let bytes = path.as_os_str().as_bytes();
        bytes.iter().map(|&byte| byte.into()).collect()
    }

    #[cfg(unix)]
    fn path(units: &[u16]) -> PathBuf {
        use std::os::unix::ffi::OsStringExt;
        // What is no byte was not written here.
        let bytes = units.iter().map(|&unit| u8::try_from(unit).unwrap_or(b'?'));
        std::ffi::OsString::from_vec(bytes.collect()).into()
    }

    #[cfg(windows)]
    fn units(path: &std::path::Path) -> Vec<u16> {
        use std::os::windows::ffi::OsStrExt;
        path.as_os_str().encode_wide().collect()
    }

    #[cfg(windows)]
    fn path(units: &[u16]) -> PathBuf {
        use std::os::windows::ffi::OsStringExt;
        std::ffi::OsString::from_wide(units).into()
    }
}
