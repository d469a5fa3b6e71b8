//! Writing the experiment's text to a file.
//!
//! What stands in a file is overwritten without a question only if it is the experiment's own and nobody else has written it
//! since. A text that does not yet say a change made on the way is written when it does.

use super::saved::Saved;
use super::{Message, Notice, Session, of_errors};
use crate::experiment::Location;
use crate::platform::files;
use crate::platform::files::place_of;
use crate::words::counted;
use std::io;
use std::path::{Path, PathBuf};

/// A file of an experiment is longer than this only if it is none: 16 MiB.
const LONGEST: u64 = 16 << 20;

/// A file that would be overwritten: whether it may be is for the user to say, by
/// [`Command::SaveOver`](super::Command::SaveOver).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overwrite {
    /// The file.
    pub path: PathBuf,
    /// Why it is asked.
    pub why: WhyAsk,
}

/// Why a file is not overwritten without a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyAsk {
    /// It is not the experiment's own.
    Another,
    /// It is the experiment's own, and somebody else has written it since.
    Changed,
    /// It is write-protected.
    Protected,
}

/// A text that is to be written once it says all that was changed.
pub(super) struct Awaited {
    path: PathBuf,
    over: bool,
}

impl Session {
    /// The file that would be overwritten, while the user is asked.
    pub fn overwrite(&self) -> Option<&Overwrite> {
        self.overwrite.as_ref()
    }

    /// Writes the text to `path`, with the data called so that they are found from there. What is there already is
    /// overwritten if `over` says so, and asked about otherwise.
    pub(super) fn save(&mut self, path: PathBuf, over: bool) {
        self.awaited = Some(Awaited { path, over });
        self.save_awaited(false);
    }

    /// Writes what waits to be written if the text now says all; `anyway` if it never will.
    pub(super) fn save_awaited(&mut self, anyway: bool) {
        let run = self.active();
        let says_all = !(run.change_awaited && run.seat.is_behind());
        if let Some(Awaited { path, over }) = self.awaited.take_if(|_| says_all || anyway) {
            match self.why_ask(&path).filter(|_| !over) {
                Some(why) => self.overwrite = Some(Overwrite { path, why }),
                None => self.write(path),
            }
        }
    }

    /// Waits until nothing is left to be written, for callers that are about to leave: training then stops.
    pub fn finish_saving(&mut self) {
        if self.awaited.is_some() {
            self.carry_out(super::Command::Pause);
            // What went wrong does not keep the text from being written.
            drop(self.settle());
        }
    }

    fn why_ask(&self, path: &Path) -> Option<WhyAsk> {
        // A folder is no file to be overwritten: that it cannot be is told by trying.
        path.symlink_metadata().ok().filter(|_| !path.is_dir())?;
        let own = self
            .path()
            .is_some_and(|own| place_of(own) == place_of(path));
        if !own {
            return Some(WhyAsk::Another);
        }
        let known = self.on_disk.get(&place_of(path));
        let now = files::read(path, LONGEST, "").ok();
        if known.map(String::as_bytes) != now.as_deref() {
            return Some(WhyAsk::Changed);
        }
        let protected = path
            .metadata()
            .is_ok_and(|found| found.permissions().readonly());
        protected.then_some(WhyAsk::Protected)
    }

    fn write(&mut self, path: PathBuf) {
        let folder = path.parent().unwrap_or(Path::new(""));
        let folder = match folder.as_os_str().is_empty() {
            true => PathBuf::from("."),
            false => folder.to_path_buf(),
        };
        let run = self.active();
        let (mut document, mut experiment) = (run.document.clone(), run.experiment.clone());
        if let Err(errors) = document.call_data_from(&run.called.location, &folder, &mut experiment)
        {
            self.message = Some(of_errors("This experiment cannot be saved", &errors));
            return;
        }
        let written = if path.is_dir() {
            Err(io::Error::from(io::ErrorKind::IsADirectory))
        } else {
            files::replace(&path, document.text().as_bytes())
        };
        if let Err(error) = written {
            self.message = Some(Message {
                title: format!("{} cannot be written", files::shown(&path)),
                lines: vec![
                    why_not(&error),
                    match self.path() {
                        Some(own) => format!(
                            "The experiment is still open; {} stays as it was.",
                            files::shown(own)
                        ),
                        None => "The experiment is still open, and unsaved.".into(),
                    },
                ],
                setting: None,
            });
            return;
        }
        self.on_disk
            .insert(place_of(&path), document.text().to_owned());
        let run = self.active_mut();
        (run.document, run.experiment) = (document, experiment);
        run.called.location = Location::Directory(folder);
        // From now on the file's name stands for it.
        (run.called.name, run.called.given) = (name_of(&path), None);
        let full = std::path::absolute(&path).unwrap_or_else(|_| path.clone());
        run.called.path = Some(path);
        let mut text = format!("Saved to {}.", files::shown(&full));
        let run = self.active();
        let planned = run.experiment.training.updates;
        let newest = self
            .here
            .watched
            .newest
            .as_ref()
            .filter(|_| self.here.opening.is_none());
        if let Some(made) = newest
            .map(|newest| newest.made())
            .filter(|&made| made > planned)
        {
            text += &format!(
                " It says what is trained, not the weights: opened again it plans {}, of the {made} made here.",
                counted(planned as usize, "update")
            );
        }
        if self.has_unapplied {
            text += " What is typed in its text and not applied yet is not in it.";
        }
        self.notice = Some(Notice { text, offer: None });
    }

    /// Says whether something is typed in the text of the experiment that is not in effect: what is saved is without it, and
    /// the user is told.
    pub fn set_unapplied(&mut self, has_unapplied: bool) {
        self.has_unapplied = has_unapplied;
    }

    /// Remembers what stands in the file at `path`: it was just read.
    pub(super) fn know(&mut self, path: &Path, text: &str) {
        self.on_disk.insert(place_of(path), text.to_owned());
    }

    /// Writes down for the next launch what stands in the experiment's file.
    pub(super) fn note_file(&self, saved: &mut Saved) {
        saved.on_disk = saved
            .path()
            .and_then(|path| self.on_disk.get(&place_of(path)).cloned());
    }

    /// Remembers what the last launch knew of the experiment's file.
    pub(super) fn know_file(&mut self, saved: &Saved) {
        if let (Some(path), Some(text)) = (saved.path(), &saved.on_disk) {
            self.know(path, text);
        }
    }
}

/// What an experiment in the file at `path` is called.
pub(super) fn name_of(path: &Path) -> String {
    let name = path.file_stem().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// What the system said, and what to try next.
fn why_not(error: &io::Error) -> String {
    let hint = match error.kind() {
        io::ErrorKind::IsADirectory => {
            return "found a folder, expected the name of a file. Add a name to it.".into();
        }
        io::ErrorKind::NotFound => "Check that the folder is there.",
        io::ErrorKind::PermissionDenied => "Choose a folder that you are allowed to write to.",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "Make room on the disk, or choose another one."
        }
        _ => "Try another folder.",
    };
    format!("{error}. {hint}")
}
