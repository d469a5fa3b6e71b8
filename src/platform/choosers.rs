//! The desktop's own dialogues for choosing a file.

use super::clock::Instant;
use super::threads;
use rfd::FileDialog;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::Duration;

/// Without a chooser on this desktop rfd answers soon, with nothing, as if it had been cancelled. How soon depends on what the
/// system is busy with; whoever cancels faster than this is offered to type a path, which does no harm.
const NO_CHOOSER_WITHIN: Duration = Duration::from_secs(1);

/// A kind of files: what it is called, and how their names end.
pub type FileKind<'a> = (&'a str, &'a [&'a str]);

/// A dialogue that is open, beside the window.
pub struct Dialogue {
    /// What was chosen, and how long that took: measured where it is known, as the window may look much later.
    answer: Receiver<(Option<PathBuf>, Duration)>,
}

/// What came of a dialogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// This file was chosen.
    Chosen(PathBuf),
    /// It was left.
    Cancelled,
    /// This desktop has none.
    NoChooser,
}

impl Dialogue {
    /// Asks for a file to open. `wake` is called when there is an answer.
    ///
    /// # Errors
    /// If the system has no thread.
    pub fn open(
        title: &str,
        kinds: &[FileKind],
        wake: impl FnOnce() + Send + 'static,
    ) -> io::Result<Self> {
        let dialog = described(title, kinds);
        Self::ask(move || dialog.pick_file(), wake)
    }

    /// Asks for a file to write, which is offered to be called `name`.
    ///
    /// # Errors
    /// If the system has no thread.
    pub fn save(
        title: &str,
        kinds: &[FileKind],
        name: String,
        wake: impl FnOnce() + Send + 'static,
    ) -> io::Result<Self> {
        let dialog = described(title, kinds).set_file_name(name);
        Self::ask(move || dialog.save_file(), wake)
    }

    /// Asks for a folder.
    ///
    /// # Errors
    /// If the system has no thread.
    pub fn folder(title: &str, wake: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let dialog = described(title, &[]);
        Self::ask(move || dialog.pick_folder(), wake)
    }

    /// The dialogue has a thread of its own, so that the window stays alive while it is open.
    fn ask(
        dialog: impl FnOnce() -> Option<PathBuf> + Send + 'static,
        wake: impl FnOnce() + Send + 'static,
    ) -> io::Result<Self> {
        let (sender, answer) = channel();
        threads::spawn("file dialog", move || {
            let since = Instant::now();
            let chosen = dialog();
            // Nobody waits any more if the window was closed.
            drop(sender.send((chosen, since.elapsed())));
            wake();
        })?;
        Ok(Self { answer })
    }

    /// The answer, once it is there.
    pub fn answer(&self) -> Option<Answer> {
        Some(match self.answer.try_recv() {
            Ok((Some(path), _)) => Answer::Chosen(path),
            Ok((None, after)) if after < NO_CHOOSER_WITHIN => Answer::NoChooser,
            Ok((None, _)) | Err(TryRecvError::Disconnected) => Answer::Cancelled,
            Err(TryRecvError::Empty) => return None,
        })
    }
}

fn described(title: &str, kinds: &[FileKind]) -> FileDialog {
    let dialog = FileDialog::new().set_title(title);
    kinds.iter().fold(dialog, |dialog, (name, endings)| {
        dialog.add_filter(*name, endings)
    })
}
