//! What survives closing the window.

use super::{Command, Session, Source};
use crate::experiment::{Document, Location};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A session as kept between launches. A run is kept as its text and how far it was: the text gives the same bits again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    text: String,
    directory: Option<PathBuf>,
    /// Whether paths may not lead out of the directory.
    #[serde(default)]
    within: bool,
    path: Option<PathBuf>,
    name: String,
    update: u64,
}

/// Updates are made again on the next launch only up to here.
const UPDATES_RESTORED: u64 = 20_000;

impl Session {
    /// What to keep of this session.
    pub fn saved(&self) -> Saved {
        Saved {
            text: self.text(),
            directory: match self.location() {
                Location::BuiltIn => None,
                Location::Directory(directory) | Location::Within(directory) => {
                    Some(directory.clone())
                }
            },
            within: matches!(self.location(), Location::Within(_)),
            path: self.path().map(Path::to_path_buf),
            name: self.name().into(),
            // What is being opened has not begun: the newest snapshot is of the run before.
            update: self
                .newest
                .as_ref()
                .filter(|_| self.opening.is_none())
                .map_or(0, |newest| newest.update),
        }
    }

    /// The session that was kept, or a new one where that is no longer possible.
    pub fn restored(saved: &Saved, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let Ok((document, experiment)) = Document::parse(&saved.text) else {
            return Self::new(wake);
        };
        let location = match &saved.directory {
            None => Location::BuiltIn,
            Some(directory) if saved.within => Location::Within(directory.clone()),
            Some(directory) => Location::Directory(directory.clone()),
        };
        let mut session = Self::new(wake);
        session.begin(
            location,
            saved.path.clone(),
            saved.name.clone(),
            document,
            experiment,
        );
        if saved.update > 0 {
            session.apply(Command::Update(saved.update.min(UPDATES_RESTORED)));
        }
        session
    }

    /// A session on a file or text given on the command line; a file that cannot be opened leaves the default open and says why.
    pub fn opened(source: Source, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let mut session = Self::new(wake);
        session.apply(Command::Open(source));
        session
    }
}
