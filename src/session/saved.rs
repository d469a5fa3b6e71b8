//! What survives closing the window, and how it comes back.
//!
//! A run is kept as its text and how far it was: the text gives the same bits again. [`Session::restored`] makes all of the
//! updates again, however many; while it does, and if it is stopped on the way, [`Session::remade`] says how far it is, and
//! what is kept is still the whole. So is what can be undone in an experiment, each state as its text.
//!
//! Where there is a checkpoint of the run, it goes on from that and makes only what is missing. A checkpoint of another run is
//! known as such and left alone: it saves time, and the text alone says what comes back.

mod returning;

use super::view::{View, Words};
use crate::experiment::{Document, Location, gallery};
use crate::nn::{Cursor, Sweep};
use crate::platform::files;
use crate::train::checkpoint;
use crate::train::worker::From;
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
    /// The run's own name, if it was given one.
    pub(super) given: Option<String>,
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
    /// Whether it stays as it is while the runs beside it are trained or reset.
    pub(super) pinned: bool,
    /// The runs beside it, in their order.
    beside: Vec<Saved>,
    /// How many of them stand before it.
    after_so_many: usize,
    /// What can be taken back, the newest last.
    before: Vec<Replaced>,
    /// What can be done again, the next one last.
    after: Vec<Replaced>,
    /// Where a lesson's page began, if one is on show.
    pub(super) page: Option<PageBegan>,
    /// A file with a checkpoint that may be of this run, which saves making all updates again.
    #[serde(skip)]
    checkpoint: Shortcut,
}

/// A state that was replaced, and the change that lies between it and its neighbour on the side of the one on show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Replaced {
    pub(super) change: String,
    /// When it was, as the session counted.
    #[serde(default)]
    pub(super) when: u64,
    pub(super) state: Saved,
}

/// Where a lesson's page began.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct PageBegan {
    /// When it was, as the session counted.
    pub(super) when: u64,
    /// The runs as they were then, in the order of their letters; none before the page was there.
    pub(super) runs: Vec<Saved>,
    /// Which of them was on show.
    pub(super) here: usize,
}

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
            at_step: None,
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
            && self.given.is_none()
            && self.update == 0
            && self.directory.is_none()
            && self.path.is_none()
            && self.asides.is_empty()
            && self.beside.is_empty()
            && !self.has_somebodys_row()
    }

    /// Takes out what is beside it, and how many of that stand before it.
    pub(super) fn take_beside(&mut self) -> (Vec<Saved>, usize) {
        (std::mem::take(&mut self.beside), self.after_so_many)
    }

    /// Puts that in its place.
    pub(super) fn set_beside(&mut self, beside: Vec<Saved>, after_so_many: usize) {
        (self.beside, self.after_so_many) = (beside, after_so_many);
    }

    /// The same with the lesson left that was on show: what was put aside for it is there again.
    pub fn out_of_its_lesson(mut self) -> Self {
        if self.page.take().is_none() {
            return self;
        }
        match self.asides.pop() {
            Some(own) => Self {
                asides: self.asides,
                ..own
            },
            None => self,
        }
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
            beside: Vec::new(),
            before: Vec::new(),
            after: Vec::new(),
            page: None,
            ..self.clone()
        }
    }

    /// Takes out what can be undone in it.
    pub(super) fn take_row(&mut self) -> (Vec<Replaced>, Vec<Replaced>) {
        let sides = (&mut self.before, &mut self.after);
        (std::mem::take(sides.0), std::mem::take(sides.1))
    }

    /// Puts that in its place.
    pub(super) fn set_row(&mut self, before: Vec<Replaced>, after: Vec<Replaced>) {
        (self.before, self.after) = (before, after);
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
            page: None,
            ..self.clone()
        };
        all.extend(Some(itself).filter(Self::is_somebodys));
        all
    }

    /// The name that stands for it: the run's own, or else the experiment's.
    pub fn name(&self) -> &str {
        self.given.as_deref().unwrap_or(&self.name)
    }

    /// The experiment's name, whatever its run is called.
    pub(super) fn experiments_name(&self) -> &str {
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
