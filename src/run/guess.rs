//! `rnnscope guess`: what a file of data is, and the experiment that the window would open, without a window.

use std::path::{Path, PathBuf};

use crate::experiment::{Document, Location, MAX_EXPERIMENT_BYTES, NO_EXPERIMENT};
use crate::platform::files::{self, FileError};
use crate::session::{Command, Guessed, Origin, Session};

/// Why nothing could be guessed or written.
#[derive(Debug, thiserror::Error)]
pub enum GuessError {
    /// There is no such file.
    #[error("{0}")]
    Unreadable(FileError),
    /// It is an experiment.
    #[error("{}: found an experiment, expected a file of data. rnnscope run trains it.", path.display())]
    Experiment {
        /// The file.
        path: PathBuf,
    },
    /// The experiment cannot be written.
    #[error("{}: cannot be written: {reason}", path.display())]
    Unwritable {
        /// Where to.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// Reads a file of data and guesses what it is for, as the window does.
///
/// # Errors
/// See [`GuessError`]; a file that is no table is none, but is told.
pub fn guess(path: &Path) -> Result<Guessed, GuessError> {
    files::open(path).map_err(GuessError::Unreadable)?;
    let mut session = Session::new(|| ());
    session.apply(Command::Open(Origin::File(path.to_path_buf())));
    session.settle_import();
    match session.import() {
        Some(import) => Ok(import.told()),
        None => Err(GuessError::Experiment {
            path: path.to_path_buf(),
        }),
    }
}

/// Writes the experiment that was guessed for the data at `data`, which are called from the folder that it is in.
///
/// # Errors
/// [`GuessError::Unwritable`].
pub fn write_guess(told: &Guessed, data: &Path, out: &Path) -> Result<(), GuessError> {
    let unwritable = |reason: String| GuessError::Unwritable {
        path: out.to_path_buf(),
        reason,
    };
    let text = told
        .experiment
        .as_deref()
        .ok_or_else(|| unwritable("there is nothing to open".into()))?;
    let folder = |path: &Path| match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let wrong = |errors: crate::experiment::Errors| unwritable(errors.to_string());
    let (mut document, mut experiment) = Document::parse(text).map_err(wrong)?;
    let location = Location::Directory(folder(data));
    document
        .call_data_from(&location, &folder(out), &mut experiment)
        .map_err(wrong)?;
    // What somebody has changed meanwhile is not written over.
    let there = || files::read(out, MAX_EXPERIMENT_BYTES, NO_EXPERIMENT);
    if files::is_there(out) && there().ok().as_deref() != Some(document.text().as_bytes()) {
        return Err(unwritable(
            "found a file of this name with something else in it, expected a new one. Name another, or move it away.".into(),
        ));
    }
    files::replace(out, document.text().as_bytes()).map_err(|error| unwritable(error.to_string()))
}
