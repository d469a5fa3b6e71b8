//! The files beside a lesson: built in, or a folder.

use crate::experiment::{Location, MAX_EXPERIMENT_BYTES, NO_EXPERIMENT};
use crate::platform::files::{self, NotText};
use std::fmt;
use std::path::{Path, PathBuf};

/// The files beside a lesson.
#[derive(Clone, Debug)]
pub enum Files {
    /// Names and texts.
    BuiltIn(&'static [(&'static str, &'static str)]),
    /// A folder.
    Directory(PathBuf),
}

impl Files {
    /// A file's text.
    ///
    /// # Errors
    /// Why it cannot be had, in words.
    pub fn read(&self, name: &str) -> Result<String, String> {
        self.text(name).map_err(|fault| fault.to_string())
    }

    pub(super) fn text(&self, name: &str) -> Result<String, Fault> {
        // A lesson is its folder: what lies elsewhere is not part of it.
        if Path::new(name).file_name().is_none_or(|file| file != name) {
            return Err(Fault::File(
                "found a path, expected the name of a file beside the lesson".into(),
            ));
        }
        match self {
            Files::BuiltIn(texts) => {
                let file = texts.iter().find(|(known, _)| *known == name);
                file.map(|(_, text)| (*text).to_string())
                    .ok_or_else(|| Fault::File("there is no such file".into()))
            }
            Files::Directory(directory) => {
                let bytes = files::within(directory, name)
                    .and_then(|path| files::read(&path, MAX_EXPERIMENT_BYTES, NO_EXPERIMENT))
                    .map_err(|error| Fault::File(error.in_short()))?;
                files::text(bytes).map_err(Fault::Text)
            }
        }
    }

    /// Where the relative paths in the lesson's experiments start.
    pub(super) fn location(&self) -> Location {
        match self {
            Files::BuiltIn(_) => Location::BuiltIn,
            Files::Directory(directory) => Location::Within(directory.clone()),
        }
    }
}

/// Why a file of a lesson cannot be had.
pub(super) enum Fault {
    /// What is wrong with it as a whole, in words.
    File(String),
    /// It is no text.
    Text(NotText),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::File(problem) => f.write_str(problem),
            Fault::Text(error) => write!(f, "{error}. {}", NotText::HINT),
        }
    }
}
