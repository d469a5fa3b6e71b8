//! What survives closing the window.

use super::aside::Aside;
use super::stage::{View, Words};
use super::timeline::{State, Timeline};
use super::{Command, Session, Source};
use crate::experiment::{Document, Location};
use crate::nn::{Cursor, Sweep};
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
    /// What stands in the experiment's file as far as this program knows, to tell whether another one has written it.
    #[serde(default)]
    pub(super) on_disk: Option<String>,
    /// Where the user looks; of what nothing is known, everything is shown.
    #[serde(default)]
    pub(super) cursor: Option<SavedCursor>,
    /// What was put aside to be taken back later, the newest last.
    #[serde(default)]
    asides: Vec<Saved>,
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
                    Some(directory.clone())
                }
            },
            within: matches!(location, Location::Within(_)),
            path: path.map(Path::to_path_buf),
            name: name.into(),
            update,
            ..Self::default()
        }
    }

    pub(super) fn name(&self) -> &str {
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

/// Updates are made again on the next launch only up to here.
const UPDATES_RESTORED: u64 = 20_000;

impl Session {
    /// What to keep of this session.
    pub fn saved(&self) -> Saved {
        // What is being opened has not begun: the newest snapshot is of the run before.
        let mut saved = match &self.opening {
            None => self.stage.saved(),
            Some(opening) => opening.saved(self.stage.view),
        };
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
        self.note_file(&mut saved);
        saved
    }

    /// The session that was kept, or a new one where that is no longer possible.
    pub fn restored(saved: &Saved, wake: impl Fn() + Send + Sync + 'static) -> Self {
        if Document::parse(&saved.text).is_err() {
            return Self::new(wake);
        }
        let mut session = Self::new(wake);
        for aside in &saved.asides {
            session.know_file(aside);
            let state = State::Text(Box::new(aside.clone()));
            session.asides.push(Aside::Away(state, Timeline::default()));
        }
        session.know_file(saved);
        session.make_again(saved, UPDATES_RESTORED);
        session
    }

    /// A session on a file or text given on the command line; a file that cannot be opened leaves the default open and says why.
    pub fn opened(source: Source, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let mut session = Self::new(wake);
        session.apply(Command::Open(source));
        session
    }
}
