//! The folder of a run's results, as a set of files that belong together.
//!
//! - A folder never holds files of two runs. [`MARK`] tells a run's folder from anybody else's, and is locked while a run works
//!   on it: a second one is told. The lock ends with the process, however that ends.
//! - Until there are weights, nothing of an earlier run is touched. Then [`UNFINISHED`] appears, the earlier set goes, the
//!   weights come, and after them all else; [`UNFINISHED`] goes last. Whatever ends the process in between, the folder holds the
//!   earlier set whole, or says that it is unfinished. An earlier set that was on its way out without new weights in its place is
//!   put back by the next run, before that does anything else. One that was unfinished itself stays so: then the new
//!   [`UNFINISHED`] waits beside the old one until the weights are there.
//! - The room for the weights and for [`UNFINISHED`] is taken before training begins: whatever fills the disk meanwhile, the
//!   weights can be written.

use super::RunError;
use crate::platform::files;
use std::fs::{File, TryLockError};
use std::io::{self, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

/// The file that marks a folder as written by a run, so that a later run may overwrite it.
pub const MARK: &str = ".rnnscope-run";

/// The file that says that a set is not whole: a run is still writing it, or was ended while it did.
pub const UNFINISHED: &str = "UNFINISHED.txt";

/// What is learned: written before everything else.
pub const WEIGHTS: &str = "model.safetensors";

/// Every file that a run writes.
pub const FILES: [&str; 8] = [
    "summary.json",
    WEIGHTS,
    "experiment.toml",
    "history.csv",
    "predictions.csv",
    "gradients.safetensors",
    "trace.safetensors",
    "generated.csv",
];

/// Where [`UNFINISHED`] waits until there is something to write.
const WAITING: &str = ".unfinished";

/// Where the room for the weights is kept until they are there.
const ROOM: &str = ".model.safetensors.part";

/// How a file of the earlier set is called on its way out.
fn outgoing(name: &str) -> String {
    format!(".old.{name}")
}

/// A run's folder, which no other run can have at the same time.
pub struct Folder {
    path: PathBuf,
    /// Holds the lock.
    mark: File,
    /// Whether what waits here is this run's, and nothing of it has taken the place of an earlier set yet.
    waits: bool,
}

impl Folder {
    /// Whether a run may write into `out`, before anything is made: the lock on it, if an earlier run has written it.
    ///
    /// # Errors
    /// A folder with files in it that no run has marked is somebody's own, and one at a time may write into one.
    pub fn look(out: &Path) -> Result<Option<File>, RunError> {
        let entries = std::fs::read_dir(out).into_iter().flatten().flatten();
        let mut beside = entries.map(|entry| entry.file_name()).peekable();
        if beside.peek().is_none() {
            return Ok(None);
        }
        let mark = out.join(MARK);
        let about = std::fs::symlink_metadata(&mark).ok();
        let about = about.filter(|about| about.file_type().is_file());
        // A run that was ended while it made its mark has left an empty one, and nothing else.
        let is_a_runs =
            about.is_some_and(|about| about.len() > 0 || beside.all(|name| name == MARK));
        if !is_a_runs {
            return Err(RunError::Foreign { path: out.into() });
        }
        refuse_others(out)?;
        lock(out).map(Some)
    }

    /// Makes the folder its own, once everything that could fail before the training has not: `lock` is what
    /// [`Folder::look`] found, `weights` the weights to begin with, whose room is taken.
    ///
    /// # Errors
    /// If it cannot be written, has no room for the weights, or another run has taken it meanwhile.
    pub fn claim(out: &Path, lock_on_it: Option<File>, weights: &[u8]) -> Result<Self, RunError> {
        std::fs::create_dir_all(out).map_err(|error| unwritable(out, &error))?;
        let mark = match lock_on_it {
            Some(mark) => mark,
            None => lock(out)?,
        };
        let mut folder = Self {
            path: out.into(),
            mark,
            waits: false,
        };
        folder.put_back()?;
        // One that an earlier run has left may have another name by now, whose file this is not to write over.
        remove(&out.join(ROOM))?;
        folder.clear_away()?;
        folder.waits = true;
        // Before the room, which without it says that an earlier run was about to begin: see `put_back`.
        folder.write_waiting()?;
        folder.write_room(weights)?;
        Ok(folder)
    }

    /// Whether the folder is this run's still: nobody has taken it away.
    fn is_there(&self) -> bool {
        files::is_at(&self.mark, &self.path.join(MARK))
    }

    fn write_waiting(&self) -> Result<(), RunError> {
        files::replace(&self.path.join(WAITING), unfinished(&[]).as_bytes())
            .map_err(|error| unwritable(&self.path.join(UNFINISHED), &error))
    }

    /// Lets the set of this run take the place of an earlier one, the weights first.
    ///
    /// # Errors
    /// If that cannot be written. The earlier set is whole then, or the folder says that it is unfinished.
    pub fn begin(&mut self, weights: &[u8]) -> Result<(), RunError> {
        if !self.is_there() {
            // Somebody has taken it away meanwhile: it is made again, unless another run has it by now.
            std::fs::create_dir_all(&self.path).map_err(|error| unwritable(&self.path, &error))?;
            self.mark = lock(&self.path)?;
            self.clear_away()?;
            self.write_waiting()?;
        }
        self.write_room(weights)?;
        let to = |name: &str| self.path.join(name);
        // Renaming takes no room.
        let was_unfinished = is_there(&to(UNFINISHED));
        let old_unfinished = outgoing(UNFINISHED);
        let place = if was_unfinished {
            to(&old_unfinished)
        } else {
            to(UNFINISHED)
        };
        rename(&to(WAITING), &place)?;
        self.waits = false;
        // On the disk before anything of the earlier set is gone, so that a power cut does not turn the order round.
        files::sync_folder(&self.path);
        // All of them out of sight at once: to remove a large one takes a while.
        // The weights first: as long as there are none, nothing of the new set is there.
        let weights_first = |name: &&str| *name != WEIGHTS;
        for name in [WEIGHTS]
            .into_iter()
            .chain(FILES.into_iter().filter(weights_first))
        {
            if is_there(&to(name)) {
                rename(&to(name), &to(&outgoing(name)))?;
            }
        }
        rename(&to(ROOM), &to(WEIGHTS))?;
        if was_unfinished {
            // What the old one says is missing is of the old set.
            rename(&to(&old_unfinished), &to(UNFINISHED))?;
        }
        files::sync_folder(&self.path);
        self.clear_away()
    }

    /// Writes a file of the set, whole or not at all.
    ///
    /// # Errors
    /// What the system or `write` says.
    pub fn write(
        &self,
        name: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        if !self.is_there() {
            return Err(io::Error::other("the folder was taken away meanwhile"));
        }
        files::replace_with(&self.path.join(name), |file| {
            let mut buffered = BufWriter::with_capacity(1 << 16, file);
            write(&mut buffered)?;
            buffered.flush()
        })
    }

    /// The set is whole.
    ///
    /// # Errors
    /// If that cannot be said.
    pub fn finish(self) -> Result<(), RunError> {
        let path = self.path.join(UNFINISHED);
        if !self.is_there() {
            let error = io::Error::other("the folder was taken away meanwhile");
            return Err(unwritable(&path, &error));
        }
        std::fs::remove_file(&path).map_err(|error| unwritable(&path, &error))?;
        files::sync_folder(&self.path);
        Ok(())
    }

    /// The set stays unfinished: these files are missing, and why.
    pub fn leave(self, missing: &[(&str, String)]) {
        if !self.is_there() {
            return;
        }
        // On a full disk the text that is there has to do.
        drop(files::replace(
            &self.path.join(UNFINISHED),
            unfinished(missing).as_bytes(),
        ));
    }

    /// Writes the weights where their room is, so that no more is needed.
    fn write_room(&self, weights: &[u8]) -> Result<(), RunError> {
        let path = self.path.join(ROOM);
        let written = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .and_then(|mut file| {
                file.rewind()?;
                file.write_all(weights)?;
                file.set_len(weights.len() as u64)?;
                file.sync_all()
            });
        written.map_err(|error| unwritable(&self.path.join(WEIGHTS), &error))
    }

    /// Puts an earlier set back that a run was moving out when it was killed, unless that run's weights are there by now.
    fn put_back(&self) -> Result<(), RunError> {
        let to = |name: &str| self.path.join(name);
        let moved: Vec<&str> = FILES
            .into_iter()
            .filter(|name| is_there(&to(&outgoing(name))))
            .collect();
        if !moved.is_empty() && is_there(&to(WEIGHTS)) {
            return Ok(());
        }
        // The weights last: whatever ends this, it is done again.
        let (weights, others): (Vec<&str>, Vec<&str>) =
            moved.into_iter().partition(|&name| name == WEIGHTS);
        for name in others.into_iter().chain(weights) {
            if !is_there(&to(name)) {
                rename(&to(&outgoing(name)), &to(name))?;
            }
        }
        files::sync_folder(&self.path);
        // A run that has begun has its room until its weights are there, and nothing waiting any more. What it has said to be
        // unfinished is the earlier set, none of which is gone; if that was unfinished before, it says so still.
        let had_begun = is_there(&to(ROOM)) && !is_there(&to(WAITING));
        if had_begun && !is_there(&to(&outgoing(UNFINISHED))) {
            remove(&to(UNFINISHED))?;
            files::sync_folder(&self.path);
        }
        Ok(())
    }

    /// Removes what a run that was killed has left half done, and what is on its way out.
    fn clear_away(&self) -> Result<(), RunError> {
        let entries =
            std::fs::read_dir(&self.path).map_err(|error| unwritable(&self.path, &error))?;
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let known = FILES.into_iter().chain([UNFINISHED, WAITING]);
            let half_done = known.into_iter().any(|known| {
                let rest = name.strip_prefix(known);
                rest.is_some_and(|rest| rest.starts_with('.') && rest.ends_with(".part"))
            });
            let mut known = FILES.into_iter().chain([UNFINISHED]);
            if half_done || known.any(|known| name == outgoing(known)) {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.waits && self.is_there() {
            for name in [ROOM, WAITING] {
                // What stays is taken by the next run.
                drop(std::fs::remove_file(self.path.join(name)));
            }
        }
    }
}

/// Refuses a folder in which something else than a file stands where this run writes: none of it would be a run's.
fn refuse_others(out: &Path) -> Result<(), RunError> {
    let hidden = [UNFINISHED, WAITING, ROOM];
    let old: Vec<String> = FILES
        .into_iter()
        .chain([UNFINISHED])
        .map(outgoing)
        .collect();
    let names = FILES.into_iter().chain(hidden);
    for name in names.chain(old.iter().map(String::as_str)) {
        let path = out.join(name);
        let Ok(about) = std::fs::symlink_metadata(&path) else {
            continue;
        };
        let found = match about.file_type() {
            kind if kind.is_file() => continue,
            // Of what a run calls so in its own folder, the name alone goes.
            kind if kind.is_symlink() && !hidden.contains(&name) => continue,
            kind if kind.is_symlink() => "a link",
            kind if kind.is_dir() => "a folder",
            _ => "something that is no file",
        };
        return Err(RunError::InTheWay { path, found });
    }
    Ok(())
}

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn rename(from: &Path, to: &Path) -> Result<(), RunError> {
    step(to)?;
    std::fs::rename(from, to).map_err(|error| unwritable(to, &error))
}

/// Removes a file; what is not there need not be removed.
fn remove(path: &Path) -> Result<(), RunError> {
    step(path)?;
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unwritable(path, &error)),
        _ => Ok(()),
    }
}

#[cfg(not(test))]
fn step(_: &Path) -> Result<(), RunError> {
    Ok(())
}

/// Before each renaming and removing, so that tests can end the run there.
#[cfg(test)]
fn step(path: &Path) -> Result<(), RunError> {
    tests::step().map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &io::Error) -> RunError {
    RunError::Unwritable {
        path: path.into(),
        reason: error.to_string(),
    }
}

/// The mark of the folder, made where it is not there, and locked.
fn lock(out: &Path) -> Result<File, RunError> {
    let path = out.join(MARK);
    let marked = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path);
    let mut mark = marked.map_err(|error| unwritable(&path, &error))?;
    match mark.try_lock() {
        // Not every file system has locks; there two runs at a time are not told from one.
        Ok(()) | Err(TryLockError::Error(_)) => {}
        Err(TryLockError::WouldBlock) => return Err(RunError::Busy { path: out.into() }),
    }
    if mark.metadata().is_ok_and(|about| about.len() == 0) {
        // It is the name that counts; what is written in it is for people.
        drop(writeln!(
            mark,
            "Written by rnnscope {}; a later run may overwrite this folder.",
            env!("CARGO_PKG_VERSION")
        ));
    }
    Ok(mark)
}

/// What [`UNFINISHED`] says.
fn unfinished(missing: &[(&str, String)]) -> String {
    let mut text = format!(
        "A run of rnnscope {} has begun to write its results into this folder and has not finished.\n\n\
         What is here is of one run alone, and may not be all of it. The weights, {WEIGHTS}, are written first; this file is\n\
         removed last. If nothing is running any more, the run was ended before it was done.\n",
        env!("CARGO_PKG_VERSION")
    );
    if !missing.is_empty() {
        text += "\nMissing:\n";
        for (name, why) in missing {
            text += &format!("  {name}: {why}\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::fs;

    /// A folder of its own for a test.
    fn fresh(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("rnnscope-{}-{name}", std::process::id()));
        drop(fs::remove_dir_all(&path));
        path
    }

    fn names(path: &Path) -> Vec<String> {
        let entries = fs::read_dir(path).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// A whole set, all of whose files hold `text`.
    fn whole(path: &Path, text: &str) {
        let mut folder = Folder::claim(path, Folder::look(path).unwrap(), b"drawn").unwrap();
        folder.begin(text.as_bytes()).unwrap();
        for name in FILES {
            folder
                .write(name, |file| file.write_all(text.as_bytes()))
                .unwrap();
        }
        folder.finish().unwrap();
    }

    #[test]
    fn nothing_of_an_earlier_set_is_touched_before_there_are_weights_and_nothing_of_it_stays_after()
    {
        let path = fresh("sets");
        whole(&path, "first");
        let before = names(&path);
        let folder = Folder::claim(&path, Folder::look(&path).unwrap(), b"drawn").unwrap();
        for name in FILES {
            assert_eq!(fs::read_to_string(path.join(name)).unwrap(), "first");
        }
        drop(folder);
        assert_eq!(
            names(&path),
            before,
            "a run that wrote nothing leaves nothing"
        );
        let mut folder = Folder::claim(&path, Folder::look(&path).unwrap(), b"drawn").unwrap();
        folder.begin(b"second").unwrap();
        assert_eq!(names(&path), [MARK, UNFINISHED, WEIGHTS]);
        assert_eq!(fs::read(path.join(WEIGHTS)).unwrap(), b"second");
        // As if it had been killed now, and the next one half way through a file.
        drop(folder);
        fs::write(path.join("trace.safetensors.4711.part"), "half").unwrap();
        fs::write(path.join(outgoing("history.csv")), "old").unwrap();
        fs::write(path.join("notes.txt"), "mine").unwrap();
        whole(&path, "third");
        let mut expected: Vec<&str> = FILES.to_vec();
        expected.extend([MARK, "notes.txt"]);
        expected.sort_unstable();
        assert_eq!(names(&path), expected);
        fs::remove_dir_all(path).unwrap();
    }

    thread_local! {
        /// How many renamings and removings there may be before the run is as if killed.
        static LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
    }

    pub(super) fn step() -> io::Result<()> {
        LEFT.with(|left| match left.get().checked_sub(1) {
            Some(less) => {
                left.set(less);
                Ok(())
            }
            None => Err(io::Error::other("killed")),
        })
    }

    /// A run that is killed after so many steps, at the latest when its weights are there; says whether it got so far.
    fn killed(path: &Path, steps: usize) -> bool {
        LEFT.set(steps);
        let begun = Folder::look(path)
            .and_then(|lock| Folder::claim(path, lock, b"drawn"))
            .map(|mut folder| {
                let done = folder.begin(b"other").is_ok();
                // What was killed clears nothing away.
                folder.waits = false;
                done
            });
        LEFT.set(usize::MAX);
        begun.unwrap_or(false)
    }

    /// Whatever ends one run and the next, at any step: files of an earlier set are all there, and it says that it is
    /// unfinished just if it is; or none of them is, beside the new weights, which say so.
    #[test]
    fn however_runs_are_killed_a_set_is_whole_and_says_so_or_says_that_it_is_not() {
        let mut ends = std::collections::BTreeSet::new();
        for is_whole in [true, false] {
            let second = [0, 1, 2, 3, 6, 12, 24];
            for (first, second) in (0..26).flat_map(|a| second.map(move |b| (a, b))) {
                let path = fresh("killed");
                if is_whole {
                    whole(&path, "first");
                } else {
                    let mut folder = Folder::claim(&path, None, b"drawn").unwrap();
                    folder.begin(b"first").unwrap();
                    for name in &FILES[..4] {
                        folder.write(name, |file| file.write_all(b"first")).unwrap();
                    }
                    folder.leave(&[]);
                }
                let before: Vec<String> = names(&path);
                let got_so_far = [first, second].map(|steps| killed(&path, steps));
                // One that gets no further than its beginning.
                drop(Folder::claim(&path, Folder::look(&path).unwrap(), b"drawn").unwrap());
                let weights = fs::read_to_string(path.join(WEIGHTS)).unwrap();
                let at = format!("{is_whole} {first} {second}");
                if weights == "first" {
                    assert_eq!(names(&path), before, "{at}");
                    for name in FILES.iter().filter(|name| path.join(name).exists()) {
                        let text = fs::read_to_string(path.join(name)).unwrap();
                        assert_eq!(text, "first", "{at}: {name}");
                    }
                } else {
                    assert_eq!(names(&path), [MARK, UNFINISHED, WEIGHTS], "{at}");
                }
                ends.insert((is_whole, weights, got_so_far));
                fs::remove_dir_all(path).unwrap();
            }
        }
        // Neither, the first, the second alone; of a whole and of an unfinished set.
        assert!(ends.len() >= 6, "{ends:?}");
    }

    #[test]
    fn what_is_missing_is_said_in_the_folder() {
        let path = fresh("missing");
        let mut folder = Folder::claim(&path, None, b"drawn").unwrap();
        folder.begin(b"weights").unwrap();
        let failed = folder.write("trace.safetensors", |_| Err(io::Error::other("no room")));
        assert_eq!(failed.unwrap_err().to_string(), "no room");
        folder.leave(&[("trace.safetensors", "no room".into())]);
        let text = fs::read_to_string(path.join(UNFINISHED)).unwrap();
        assert!(
            text.ends_with("Missing:\n  trace.safetensors: no room\n"),
            "{text}"
        );
        assert_eq!(names(&path), [MARK, UNFINISHED, WEIGHTS]);
        fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn a_second_run_into_a_folder_is_told_and_a_foreign_folder_is_left_alone() {
        let path = fresh("busy");
        assert!(Folder::look(&path).unwrap().is_none());
        let folder = Folder::claim(&path, None, b"drawn").unwrap();
        assert!(matches!(Folder::look(&path), Err(RunError::Busy { .. })));
        assert!(matches!(
            Folder::claim(&path, None, b""),
            Err(RunError::Busy { .. })
        ));
        drop(folder);
        assert!(Folder::look(&path).unwrap().is_some());
        fs::remove_file(path.join(MARK)).unwrap();
        fs::write(path.join("notes.txt"), "mine").unwrap();
        assert!(matches!(Folder::look(&path), Err(RunError::Foreign { .. })));
        fs::remove_dir_all(path).unwrap();
    }

    /// Whatever somebody has put where a run writes is neither written through, nor over, nor moved.
    #[test]
    fn what_is_no_file_of_results_is_left_alone_where_one_belongs() {
        let path = fresh("in-the-way");
        for name in ["history.csv", ".old.trace.safetensors", ROOM, UNFINISHED] {
            whole(&path, "first");
            drop(fs::remove_file(path.join(name)));
            fs::create_dir(path.join(name)).unwrap();
            fs::write(path.join(name).join("notes.txt"), "mine").unwrap();
            let refused = Folder::look(&path).err().map(|error| error.to_string());
            let refused = refused.unwrap();
            assert!(refused.contains("found a folder"), "{name}: {refused}");
            assert!(path.join(name).join("notes.txt").is_file());
            fs::remove_dir_all(&path).unwrap();
        }
        // A mark alone that nobody has written anything into is no run's, beside what is somebody's.
        fs::create_dir(&path).unwrap();
        fs::write(path.join(MARK), "").unwrap();
        assert!(Folder::look(&path).unwrap().is_some());
        fs::write(path.join(MARK), "").unwrap();
        fs::write(path.join("history.csv"), "mine").unwrap();
        assert!(matches!(Folder::look(&path), Err(RunError::Foreign { .. })));
        fs::remove_dir_all(&path).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn the_room_for_the_weights_is_not_taken_in_somebodys_file() {
        let path = fresh("room");
        whole(&path, "first");
        let own = path.join("own.bin");
        fs::write(&own, "mine").unwrap();
        for name in [ROOM, WAITING, UNFINISHED] {
            std::os::unix::fs::symlink(&own, path.join(name)).unwrap();
            assert!(matches!(
                Folder::look(&path),
                Err(RunError::InTheWay { .. })
            ));
            fs::remove_file(path.join(name)).unwrap();
        }
        fs::hard_link(&own, path.join(ROOM)).unwrap();
        whole(&path, "second");
        assert_eq!(fs::read_to_string(&own).unwrap(), "mine");
        fs::remove_dir_all(&path).unwrap();
    }

    /// The lock is on what was taken away, and none on what another run has made in its place.
    #[test]
    fn a_folder_that_was_taken_away_is_another_runs_or_made_again() {
        let path = fresh("taken-away");
        let claim = || Folder::claim(&path, Folder::look(&path).unwrap(), b"drawn").unwrap();
        let write = |folder: &Folder, name: &str, text: &str| {
            folder.write(name, |file| file.write_all(text.as_bytes()))
        };
        let mut first = claim();
        fs::remove_dir_all(&path).unwrap();
        first.begin(b"first").unwrap();
        write(&first, "summary.json", "first").unwrap();
        // Taken away once more, and another run comes.
        fs::remove_dir_all(&path).unwrap();
        let mut second = claim();
        assert!(write(&first, "history.csv", "first").is_err());
        assert!(matches!(first.begin(b"first"), Err(RunError::Busy { .. })));
        second.begin(b"second").unwrap();
        write(&second, "summary.json", "second").unwrap();
        first.leave(&[("history.csv", "it is gone".into())]);
        second.finish().unwrap();
        assert_eq!(names(&path), [MARK, WEIGHTS, "summary.json"]);
        assert_eq!(fs::read_to_string(path.join(WEIGHTS)).unwrap(), "second");
        fs::remove_dir_all(&path).unwrap();
    }
}
