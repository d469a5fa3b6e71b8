//! What survives closing the window, and how it comes back.
//!
//! A run is kept as its text and how far it was: the text gives the same bits again. [`Session::restore`] makes all of the
//! updates again, however many; while it does, and if it is stopped on the way, [`Session::made_again`] says how far it is, and
//! what is kept is still the whole.

use super::{Command, Session, Source, of_errors};
use crate::experiment::{Document, Location, gallery};
use crate::train::{Order, Snapshot, Status};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A session as kept between launches.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Saved {
    text: String,
    #[serde(with = "lossless")]
    directory: Option<PathBuf>,
    #[serde(with = "lossless")]
    path: Option<PathBuf>,
    name: String,
    update: u64,
}

impl Saved {
    /// The experiment's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether this is the experiment that the program opens with, as it comes.
    pub fn is_untouched(&self) -> bool {
        let default = gallery::default_entry();
        *self
            == Self {
                text: default.text.into(),
                name: default.title.into(),
                ..Self::default()
            }
    }
}

/// What was kept and is on its way back.
#[derive(Clone, Debug)]
pub(super) struct Returning {
    saved: Saved,
    /// Whether its run has begun; before, its data are being read.
    begun: bool,
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
        match &self.returning {
            Some(Returning {
                saved,
                begun: false,
            }) => saved.clone(),
            _ if self.opening.is_some() => self.saved_as(true),
            _ => self.saved_as(false),
        }
    }

    /// What to keep of this session while it goes on: what is on show, and what is being opened and may never be there. What
    /// was kept counts as on show while it comes back.
    pub fn saved_apart(&self) -> (Saved, Option<Saved>) {
        match &self.returning {
            Some(Returning {
                saved,
                begun: false,
            }) if self.newest.is_none() => (saved.clone(), None),
            _ if self.opening.is_some() => (self.saved_as(false), Some(self.saved())),
            _ => (self.saved_as(false), None),
        }
    }

    fn saved_as(&self, opening: bool) -> Saved {
        let run = match &self.opening {
            Some(run) if opening => run,
            _ => &self.run,
        };
        // What is being opened has not begun: the newest snapshot is of the run before.
        let newest = self.newest.as_ref().filter(|_| !opening);
        let made = newest.map_or(0, |newest| newest.update);
        let kept = self
            .returning
            .as_ref()
            .filter(|kept| kept.begun && !opening);
        Saved {
            text: run.document.text().to_string(),
            directory: match &run.location {
                Location::BuiltIn => None,
                Location::Directory(directory) => Some(absolute(directory)),
            },
            path: run.path.as_deref().map(absolute),
            name: run.name.clone(),
            update: kept.map_or(made, |kept| kept.saved.update.max(made)),
        }
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

    /// Opens what was kept and makes its updates again.
    pub(super) fn restore(&mut self, saved: Saved) {
        let (document, experiment) = match Document::parse(&saved.text) {
            Ok(read) => read,
            Err(errors) => {
                let title = format!("{} cannot be opened", saved.name);
                self.message = Some(of_errors(&title, &errors));
                self.unopened = Some(saved);
                return;
            }
        };
        let location = match &saved.directory {
            None => Location::BuiltIn,
            Some(directory) => Location::Directory(directory.clone()),
        };
        let (path, name) = (saved.path.clone(), saved.name.clone());
        self.begin(location, path, name, document, experiment);
        self.cursor_at_end = true;
        if saved.update > 0 {
            self.order(Order::Update(saved.update), true);
        }
        self.returning = Some(Returning {
            saved,
            begun: false,
        });
    }

    /// Whether what was kept is being opened: its data are being read.
    pub fn is_returning(&self) -> bool {
        self.returning.as_ref().is_some_and(|kept| !kept.begun)
    }

    /// What was kept and could not be opened again, once; [`Self::message`] says why.
    pub fn take_unopened(&mut self) -> Option<Saved> {
        self.unopened.take()
    }

    /// How far the updates are that were kept, until all of them are made again.
    pub fn made_again(&self) -> Option<MadeAgain> {
        let kept = self
            .returning
            .as_ref()
            .filter(|kept| kept.begun)?
            .saved
            .update;
        let made = self.newest.as_ref().map_or(0, |newest| newest.update);
        Some(MadeAgain { made, kept })
    }

    /// Makes the rest of the updates that were kept.
    pub(super) fn make_the_rest(&mut self) {
        if let Some(MadeAgain { made, kept }) = self.made_again() {
            self.order(Order::Update(kept.saturating_sub(made)), true);
        }
    }

    /// Stays where the run is, and keeps that from now on.
    pub(super) fn leave_the_rest(&mut self) {
        self.returning.take_if(|kept| kept.begun);
    }

    /// What was kept does not come back: it failed, or something else is opened in its stead.
    pub(super) fn give_up_returning(&mut self) {
        if let Some(kept) = self.returning.take_if(|kept| !kept.begun) {
            self.unopened = Some(kept.saved);
        }
    }

    /// Follows what comes back by a snapshot; `opened` says whether it is the first of another run.
    pub(super) fn follow_returning(&mut self, snapshot: &Snapshot, opened: bool) {
        let Some(kept) = &mut self.returning else {
            return;
        };
        let another = opened && kept.begun;
        kept.begun |= opened;
        // A run that has diverged goes no further.
        let stopped = matches!(snapshot.status, Status::Diverged(_));
        if another || kept.begun && (stopped || snapshot.update >= kept.saved.update) {
            self.returning = None;
        }
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
