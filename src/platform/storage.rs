//! Where the window keeps what is to survive it, so that nothing that happens meanwhile costs more than the last moments.
//!
//! ```text
//! rnnscope/                the folder that the desktop gives a program for its own: see data_folder
//!   window-1/              a place for each window that is open at the same time
//!     lock                 locked while a window has the place; the system unlocks it, however the window ends
//!     state                what was kept last, as fields.rs writes it
//!     before               what was kept before that, read where the newest cannot be
//!     checkpoint           a file beside them, of any content: the state of what was going on
//!     next                 what is being written; it gets its name once it is on the disk
//!     launching            there while a launch is under way
//!     unreadable-1         a copy of what could not be read
//! ```
//!
//! A window takes the free place that was written last, and nobody else writes there.

use super::fields::Fields;
use super::files;
use serde_json::Value;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const STATE: &str = "state";
const BEFORE: &str = "before";
const NEXT: &str = "next";
const CHECKPOINT: &str = "checkpoint";
const NEXT_CHECKPOINT: &str = "checkpoint.next";
const LOCK: &str = "lock";
const LAUNCHING: &str = "launching";

/// How the folders of places begin.
const PLACE: &str = "window-";

/// The field that says in which order places were written.
const ORDER: &str = "order";

/// What is longer than this was not written here: 64 MiB.
const MAX_BYTES: u64 = 1 << 26;

/// More copies of what could not be read are not made.
const MAX_SET_ASIDE: u32 = 1_000;

/// The folder in which a program keeps its own data on this machine, if it has one: below `XDG_DATA_HOME` or
/// `~/.local/share`, `~/Library/Application Support` on macOS, `%APPDATA%` on Windows.
pub fn data_folder(program: &str) -> Option<PathBuf> {
    let folder = |variable: &str| {
        std::env::var_os(variable)
            .map(PathBuf::from)
            .filter(|folder| folder.is_absolute())
    };
    let home = || std::env::home_dir().filter(|home| home.is_absolute());
    if cfg!(windows) {
        folder("APPDATA").map(|folder| folder.join(program).join("data"))
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library/Application Support").join(program))
    } else {
        folder("XDG_DATA_HOME")
            .or_else(|| home().map(|home| home.join(".local/share")))
            .map(|folder| folder.join(program))
    }
}

/// What writing needs of a disk. Tests have one that stops at any step.
pub trait Disk: Send + Sync {
    /// Makes a file with this content, and brings it to the disk.
    ///
    /// # Errors
    /// What the system says; part of the file may then be there.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Gives a file another name, taking it from a file that has it.
    ///
    /// # Errors
    /// What the system says; both are then as they were.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Takes a file away.
    ///
    /// # Errors
    /// What the system says.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Brings the names in a folder to the disk.
    ///
    /// # Errors
    /// What the system says; the names hold all the same.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
}

/// The machine's own disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct Machine;

impl Disk for Machine {
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }
}

/// What a launch finds.
#[derive(Debug)]
pub struct Opened {
    /// Where this window keeps what it has; the reason if it can keep nothing.
    pub place: io::Result<Slot>,
    /// What the window that had the place before has kept; `None` if there was none.
    pub kept: Option<Fields>,
    /// What the other places keep, the latest first.
    pub others: Vec<Fields>,
    /// Copies of what could not be read in `kept`, or the files themselves if they cannot be copied.
    pub unreadable: Vec<PathBuf>,
    /// What the launch before was about if it did not come to its end.
    pub failed_launch: Option<String>,
}

/// Opens the folder for a window and takes a place in it.
pub fn open(folder: &Path) -> Opened {
    open_on(folder, Arc::new(Machine))
}

/// The same on another disk.
pub fn open_on(folder: &Path, disk: Arc<dyn Disk>) -> Opened {
    let mut read: Vec<Read> = places(folder).into_iter().map(Read::of).collect();
    // Of places written at the same time, the first.
    read.sort_by_key(|read| std::cmp::Reverse(read.order));
    let (mut found, mut place) = (None, None);
    for (index, read) in read.iter().enumerate() {
        match lock(&read.folder) {
            Ok(Some(file)) => {
                (found, place) = (Some(index), Some(file));
                break;
            }
            Ok(None) => {}
            // It can be read, and not be written to.
            Err(_) => {
                found = Some(index);
                break;
            }
        }
    }
    let others = |found: Option<usize>, read: Vec<Read>| {
        let rest = read.into_iter().enumerate();
        rest.filter(|(index, read)| Some(*index) != found && read.any)
            .map(|(_, read)| read.fields)
            .collect()
    };
    let failed_launch = found
        .and_then(|index| files::read(&read[index].folder.join(LAUNCHING), 1_024, "").ok())
        .map(|text| String::from_utf8_lossy(&text).into_owned());
    let unreadable = found.map_or_else(Vec::new, |index| {
        let names = read[index].damaged.iter();
        names
            .map(|name| set_aside(&read[index].folder.join(name), &*disk))
            .collect()
    });
    let kept = found
        .filter(|&index| read[index].any)
        .map(|index| read[index].fields.clone());
    let place = match (place, found) {
        (Some(file), Some(index)) => Ok(Slot {
            folder: read[index].folder.clone(),
            order: read[index].order,
            newest_is_sound: !read[index].damaged.contains(&STATE),
            last: None,
            disk,
            lock: Some(file),
        }),
        _ => Slot::new_in(folder, disk),
    };
    Opened {
        place,
        kept,
        others: others(found, read),
        unreadable,
        failed_launch,
    }
}

/// The folders of all places.
fn places(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let is_place = |name: OsString| {
        let number = name.to_str().and_then(|name| name.strip_prefix(PLACE));
        number.is_some_and(|number| number.parse::<u32>().is_ok())
    };
    let mut places: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .filter(|entry| is_place(entry.file_name()))
        .map(|entry| entry.path())
        .collect();
    places.sort();
    places
}

/// Locks a place; `None` if another window has it.
fn lock(place: &Path) -> io::Result<Option<File>> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(place.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        // A file system that has no locks: most likely there is one window.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
            Ok(Some(file))
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// What a place keeps.
struct Read {
    folder: PathBuf,
    fields: Fields,
    order: u64,
    /// Whether there is anything.
    any: bool,
    /// Its files that could not be read, or not all of them.
    damaged: Vec<&'static str>,
}

impl Read {
    /// Reads the newest; what cannot be read there is taken from the one before.
    fn of(folder: PathBuf) -> Self {
        let mut fields = Fields::default();
        let (mut any, mut damaged) = (false, Vec::new());
        for name in [STATE, BEFORE] {
            let path = folder.join(name);
            if fs::symlink_metadata(&path)
                .is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
            {
                continue;
            }
            any = true;
            let read = files::read(&path, MAX_BYTES, "");
            let (found, whole) =
                read.map_or_else(|_| (Fields::default(), false), |text| Fields::read(&text));
            fields.fill(found);
            if whole {
                break;
            }
            damaged.push(name);
        }
        let order = fields.get(ORDER).and_then(Value::as_u64).unwrap_or(0);
        Self {
            folder,
            fields,
            order,
            any,
            damaged,
        }
    }
}

/// Puts a copy of what cannot be read beside it, under a name that nothing else is written to; says where it is. What cannot
/// be copied is moved; what cannot be moved either stays where it is.
fn set_aside(path: &Path, disk: &dyn Disk) -> PathBuf {
    let bytes = files::read(path, MAX_BYTES, "").ok();
    for number in 1..MAX_SET_ASIDE {
        let aside = path.with_file_name(format!("unreadable-{number}"));
        match fs::symlink_metadata(&aside) {
            // A launch that ended early has set it aside before.
            Ok(_) if bytes.is_some() && files::read(&aside, MAX_BYTES, "").ok() == bytes => {
                return aside;
            }
            Ok(_) => {}
            Err(_) => {
                let put = match &bytes {
                    Some(bytes) => disk.write(&aside, bytes),
                    None => disk.rename(path, &aside),
                };
                return if put.is_ok() { aside } else { path.to_owned() };
            }
        }
    }
    path.to_owned()
}

/// A window's place, which is its own until it is dropped.
pub struct Slot {
    folder: PathBuf,
    /// The order in which it was written among all places.
    order: u64,
    /// Whether what was kept last can become what was kept before: damage is not to push out what is sound.
    newest_is_sound: bool,
    /// What was kept last from here.
    last: Option<Fields>,
    disk: Arc<dyn Disk>,
    lock: Option<File>,
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slot")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl Slot {
    /// A place that nobody had before.
    fn new_in(folder: &Path, disk: Arc<dyn Disk>) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let mut number = 1_u32;
        loop {
            let place = folder.join(format!("{PLACE}{number}"));
            match fs::create_dir(&place) {
                Ok(()) => {
                    // Another window that looks in the same moment may have been faster.
                    if let Some(file) = lock(&place)? {
                        return Ok(Self {
                            folder: place,
                            order: 0,
                            newest_is_sound: true,
                            last: None,
                            disk,
                            lock: Some(file),
                        });
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
            number = number
                .checked_add(1)
                .ok_or_else(|| io::Error::other("there is no free place"))?;
        }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps these values, if they are not those kept last or another place was written since; what was kept last becomes
    /// what was kept before.
    ///
    /// # Errors
    /// What the system says; what was kept last is then as it was.
    pub fn save(&mut self, fields: &Fields) -> io::Result<()> {
        if !self.is_there() {
            self.make_again()?;
        }
        let latest = places(self.folder.parent().unwrap_or(Path::new("")))
            .into_iter()
            .filter(|place| *place != self.folder)
            .map(|place| Read::of(place).order)
            .max()
            .unwrap_or(0);
        if self.last.as_ref() == Some(fields) && self.order > latest {
            return Ok(());
        }
        let order = self.order.max(latest.saturating_add(1));
        let mut written = fields.clone();
        written.set(ORDER, &order);
        let [state, before, next] = [STATE, BEFORE, NEXT].map(|name| self.folder.join(name));
        let kept = self.write(written.to_text().as_bytes(), &state, &before, &next);
        if kept.is_err() {
            // The first error is the one to report.
            drop(self.disk.remove(&next));
        } else {
            self.newest_is_sound = true;
            self.order = order;
            self.last = Some(fields.clone());
        }
        kept
    }

    /// Whether the folder is this window's still: nobody has taken it away.
    fn is_there(&self) -> bool {
        let lock = self.folder.join(LOCK);
        self.lock
            .as_ref()
            .is_some_and(|file| files::is_at(file, &lock))
    }

    /// Makes the folder anew, which somebody took away; another place where a window has meanwhile made itself one there.
    fn make_again(&mut self) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let (lock, folder) = match lock(&self.folder)? {
            Some(lock) => (Some(lock), self.folder.clone()),
            None => {
                let all = self.folder.parent().unwrap_or(Path::new(""));
                let other = Self::new_in(all, Arc::clone(&self.disk))?;
                (other.lock, other.folder)
            }
        };
        (self.folder, self.lock, self.last, self.order) = (folder, lock, None, 0);
        Ok(())
    }

    fn write(&self, text: &[u8], state: &Path, before: &Path, next: &Path) -> io::Result<()> {
        self.disk.write(next, text)?;
        if self.newest_is_sound {
            match self.disk.rename(state, before) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        self.disk.rename(next, state)?;
        // A system that cannot bring names to the disk has renamed all the same.
        drop(self.disk.sync_folder(&self.folder));
        Ok(())
    }

    /// The file beside what is kept; it may not be there.
    pub fn checkpoint(&self) -> PathBuf {
        self.folder.join(CHECKPOINT)
    }

    /// Keeps these bytes in it, in place of what was there.
    ///
    /// # Errors
    /// What the system says; what was there then still is.
    pub fn save_checkpoint(&self, bytes: &[u8]) -> io::Result<()> {
        if !self.is_there() {
            return Err(io::ErrorKind::NotFound.into());
        }
        let next = self.folder.join(NEXT_CHECKPOINT);
        let written = self
            .disk
            .write(&next, bytes)
            .and_then(|()| self.disk.rename(&next, &self.checkpoint()));
        match written {
            Ok(()) => drop(self.disk.sync_folder(&self.folder)),
            // The first error is the one to report.
            Err(_) => drop(self.disk.remove(&next)),
        }
        written
    }

    /// Puts a copy of what was kept last aside, in which not everything could be understood; says where it is.
    pub fn set_aside(&self) -> PathBuf {
        set_aside(&self.folder.join(STATE), &*self.disk)
    }

    /// Notes on the disk that a launch is under way, and what it is about.
    ///
    /// # Errors
    /// What the system says.
    pub fn begin_launch(&self, about: &str) -> io::Result<()> {
        self.disk
            .write(&self.folder.join(LAUNCHING), about.as_bytes())?;
        drop(self.disk.sync_folder(&self.folder));
        Ok(())
    }

    /// Notes that the launch has come to its end.
    pub fn end_launch(&self) {
        // Where it cannot be taken away, the next launch asks before it goes on.
        drop(self.disk.remove(&self.folder.join(LAUNCHING)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    /// An empty folder for a test, gone when it is done.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir()
                .join(format!("rnnscope-{}-storage-{name}", std::process::id()));
            drop(fs::remove_dir_all(&folder));
            fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            drop(fs::remove_dir_all(&self.0));
        }
    }

    fn fields(update: u64) -> Fields {
        let mut fields = Fields::default();
        fields.set("text", &"seed = 1\n".repeat(3));
        fields.set("update", &update);
        fields
    }

    fn update(fields: Option<&Fields>) -> Option<u64> {
        fields?.get("update")?.as_u64()
    }

    /// A disk that only the power can be taken from.
    struct Quick;

    impl Disk for Quick {
        fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
            fs::write(path, bytes)
        }

        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            Machine.rename(from, to)
        }

        fn remove(&self, path: &Path) -> io::Result<()> {
            Machine.remove(path)
        }

        fn sync_folder(&self, _: &Path) -> io::Result<()> {
            Ok(())
        }
    }

    fn quick(folder: &Path) -> Opened {
        open_on(folder, Arc::new(Quick))
    }

    /// A disk on which only so many steps succeed, a byte written being one; then the program is gone.
    struct Stopping {
        left: Mutex<usize>,
    }

    impl Stopping {
        fn after(steps: usize) -> Arc<Self> {
            Arc::new(Self {
                left: Mutex::new(steps),
            })
        }

        fn step(&self) -> io::Result<()> {
            let mut left = self.left.lock().unwrap();
            *left = left
                .checked_sub(1)
                .ok_or_else(|| io::Error::other("stopped"))?;
            Ok(())
        }
    }

    impl Disk for Stopping {
        fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
            self.step()?;
            let mut file = File::create(path)?;
            let written = bytes.iter().take_while(|_| self.step().is_ok()).count();
            file.write_all(&bytes[..written])?;
            self.step()
        }

        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            self.step().and_then(|()| Machine.rename(from, to))
        }

        fn remove(&self, path: &Path) -> io::Result<()> {
            self.step().and_then(|()| Machine.remove(path))
        }

        fn sync_folder(&self, folder: &Path) -> io::Result<()> {
            self.step().and_then(|()| Quick.sync_folder(folder))
        }
    }

    #[test]
    fn whatever_step_is_the_last_what_was_kept_before_or_now_is_there_whole() {
        let mut results = [0, 0];
        for steps in 0.. {
            let folder = Folder::new("steps");
            quick(&folder.0).place.unwrap().save(&fields(1)).unwrap();
            let disk = Stopping::after(steps);
            let opened = open_on(&folder.0, Arc::clone(&disk) as Arc<dyn Disk>);
            let saved = opened.place.unwrap().save(&fields(2));

            let found = quick(&folder.0);
            assert_eq!(
                found.unreadable,
                Vec::<PathBuf>::new(),
                "after {steps} steps"
            );
            let kept = update(found.kept.as_ref());
            assert!(
                kept == Some(2) || kept == Some(1) && saved.is_err(),
                "after {steps} steps: {kept:?}"
            );
            results[usize::from(kept == Some(2))] += 1;
            // And the next window can keep what it has.
            found.place.unwrap().save(&fields(3)).unwrap();
            assert_eq!(update(quick(&folder.0).kept.as_ref()), Some(3));
            if *disk.left.lock().unwrap() > 0 {
                break;
            }
        }
        assert!(results[0] > 100 && results[1] > 1, "{results:?}");
    }

    #[test]
    fn a_full_disk_costs_nothing_that_was_kept_and_is_told() {
        let folder = Folder::new("full");
        let mut place = open(&folder.0).place.unwrap();
        place.save(&fields(1)).unwrap();
        place.disk = Stopping::after(100);
        assert!(place.save(&fields(2)).is_err());
        // There is room again.
        place.disk = Arc::new(Machine);
        assert_eq!(
            update(Some(&Read::of(place.folder.clone()).fields)),
            Some(1)
        );
        place.save(&fields(2)).unwrap();
        assert_eq!(
            update(Some(&Read::of(place.folder.clone()).fields)),
            Some(2)
        );
    }

    #[test]
    fn a_folder_that_was_taken_away_is_made_again_and_is_nobody_elses() {
        let folder = Folder::new("taken-away");
        let mut place = quick(&folder.0).place.unwrap();
        place.save(&fields(1)).unwrap();
        fs::remove_dir_all(&folder.0).unwrap();
        // Even what is kept already is kept anew.
        place.save(&fields(1)).unwrap();
        assert_eq!(
            update(Some(&Read::of(place.folder.clone()).fields)),
            Some(1)
        );
        // It is locked anew: a window that is opened now finds another.
        let mut other = quick(&folder.0).place.unwrap();
        other.save(&fields(2)).unwrap();
        assert_ne!(other.folder(), place.folder());
        place.save(&fields(3)).unwrap();
        for (place, kept) in [(&other, 2), (&place, 3)] {
            let read = Read::of(place.folder.clone());
            assert_eq!(update(Some(&read.fields)), Some(kept));
        }
        // Another window begins where it was before it is made again.
        drop((other, place));
        let mut place = quick(&folder.0).place.unwrap();
        place.save(&fields(4)).unwrap();
        fs::remove_dir_all(&folder.0).unwrap();
        let mut other = quick(&folder.0).place.unwrap();
        other.folder.clone_from(&place.folder);
        fs::create_dir_all(&other.folder).unwrap();
        other.lock = lock(&other.folder).unwrap();
        other.save(&fields(5)).unwrap();
        assert!(place.save_checkpoint(b"state").is_err());
        place.save(&fields(6)).unwrap();
        assert_ne!(other.folder(), place.folder());
        for (place, kept) in [(&other, 5), (&place, 6)] {
            let read = Read::of(place.folder.clone());
            assert_eq!(update(Some(&read.fields)), Some(kept));
        }
    }

    #[test]
    fn damage_is_set_aside_and_made_good_from_what_was_kept_before() {
        let folder = Folder::new("damage");
        let mut place = open(&folder.0).place.unwrap();
        let mut older = fields(1);
        older.set("theme", &"Dark");
        place.save(&older).unwrap();
        let mut newer = older.clone();
        newer.set("update", &2);
        place.save(&newer).unwrap();
        let state = place.folder().join(STATE);
        drop(place);
        let text = fs::read_to_string(&state).unwrap();
        let damaged = text.replace("[\"theme\",\"Dark\"]", "[\"theme\",\"Bark\"]");
        assert_ne!(damaged, text);
        fs::write(&state, &damaged).unwrap();

        // Twice: a launch may end before anything is kept.
        for _ in 0..2 {
            let opened = open(&folder.0);
            let kept = opened.kept.unwrap();
            assert_eq!(
                update(Some(&kept)),
                Some(2),
                "what is readable is the newest"
            );
            assert_eq!(
                kept.get("theme"),
                older.get("theme"),
                "the rest is from before"
            );
            let aside = state.with_file_name("unreadable-1");
            assert_eq!(opened.unreadable, std::slice::from_ref(&aside));
            assert_eq!(fs::read_to_string(aside).unwrap(), damaged);
        }

        // What is damaged does not push out what is sound.
        let mut place = open(&folder.0).place.unwrap();
        place.save(&fields(3)).unwrap();
        let before = fs::read(state.with_file_name(BEFORE)).unwrap();
        assert_eq!(update(Some(&Fields::read(&before).0)), Some(1));
        drop(place);
        assert_eq!(open(&folder.0).unreadable, Vec::<PathBuf>::new());
    }

    #[test]
    fn what_is_no_file_is_moved_out_of_the_way() {
        let folder = Folder::new("no-file");
        let place = open(&folder.0).place.unwrap();
        let state = place.folder().join(STATE);
        fs::create_dir(&state).unwrap();
        drop(place);
        let opened = open(&folder.0);
        assert_eq!(opened.unreadable, [state.with_file_name("unreadable-1")]);
        opened.place.unwrap().save(&fields(1)).unwrap();
        assert_eq!(update(open(&folder.0).kept.as_ref()), Some(1));
    }

    #[test]
    fn two_windows_keep_theirs_and_the_last_closed_is_opened_next() {
        let folder = Folder::new("two");
        let (mut first, mut second) = (
            open(&folder.0).place.unwrap(),
            open(&folder.0).place.unwrap(),
        );
        assert_ne!(first.folder(), second.folder());
        first.save(&fields(1)).unwrap();
        second.save(&fields(2)).unwrap();
        second.save(&fields(2)).unwrap();
        // Closing keeps the same again: it is the last all the same.
        first.save(&fields(1)).unwrap();
        drop((first, second));

        let one = open(&folder.0);
        assert_eq!(update(one.kept.as_ref()), Some(1));
        assert_eq!(
            one.others
                .iter()
                .filter_map(|other| update(Some(other)))
                .collect::<Vec<_>>(),
            [2]
        );
        // While it is open, the next window has the other; and a third has none.
        let two = open(&folder.0);
        assert_eq!(update(two.kept.as_ref()), Some(2));
        let three = open(&folder.0);
        assert_eq!((three.kept, three.others.len()), (None, 2));
        drop((one.place, three.place));
        two.place.unwrap().save(&fields(2)).unwrap();
        assert_eq!(update(open(&folder.0).kept.as_ref()), Some(2));
    }

    #[test]
    fn a_launch_that_did_not_come_to_its_end_is_known_to_the_next() {
        let folder = Folder::new("launch");
        let place = open(&folder.0).place.unwrap();
        place.begin_launch("kept").unwrap();
        drop(place);
        let opened = open(&folder.0);
        assert_eq!(opened.failed_launch.as_deref(), Some("kept"));
        opened.place.unwrap().end_launch();
        assert_eq!(open(&folder.0).failed_launch, None);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_whose_name_is_no_utf_8_is_a_folder_like_any_other() {
        use std::os::unix::ffi::OsStrExt;
        let folder = Folder::new("name");
        let odd = folder.0.join(std::ffi::OsStr::from_bytes(b"Gr\xf6\xdfe"));
        open(&odd).place.unwrap().save(&fields(1)).unwrap();
        assert_eq!(update(open(&odd).kept.as_ref()), Some(1));
    }

    #[test]
    fn where_no_folder_can_be_made_the_reason_is_told() {
        let folder = Folder::new("file");
        let file = folder.0.join("file");
        fs::write(&file, "").unwrap();
        let opened = open(&file.join("rnnscope"));
        assert!(opened.place.is_err());
        assert_eq!(opened.kept, None);
    }

    #[test]
    fn what_cannot_be_written_to_is_read_all_the_same() {
        let folder = Folder::new("read-only");
        let mut place = open(&folder.0).place.unwrap();
        place.save(&fields(1)).unwrap();
        let lock = place.folder().join(LOCK);
        drop(place);
        // As good as a place that one is not allowed to write to: root is allowed everything.
        fs::remove_file(&lock).unwrap();
        fs::create_dir(&lock).unwrap();
        let opened = open(&folder.0);
        assert_eq!(update(opened.kept.as_ref()), Some(1));
        assert_ne!(opened.place.unwrap().folder(), lock.parent().unwrap());
    }
}
