//! Reading files within limits, and writing them so that nothing is lost.
//!
//! What is read is an ordinary file, of a length known before it is read: a device, a pipe or a file of /proc may never end,
//! and one that is still written to is read to the length it had.
//! What is written is written whole, beside the place where it is to be, brought to the disk, and only then given its name:
//! whatever ends the program meanwhile leaves the file as it was before or as it is now, never a part of it.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {reason}. {hint}", shown(path))]
pub struct FileError {
    /// The file, as it was looked for.
    pub path: PathBuf,
    /// Why it cannot be read, as a phrase.
    pub reason: String,
    /// A sentence: what to try next.
    pub hint: String,
}

impl FileError {
    /// The same without the path, for where it is shown already.
    pub fn in_short(&self) -> String {
        format!("{}. {}", self.reason, self.hint)
    }

    /// That the file at `path` is refused, why, and what to try next.
    pub fn refused(path: &Path, reason: &str, hint: &str) -> Self {
        Self {
            path: path.to_owned(),
            reason: reason.to_owned(),
            hint: hint.to_owned(),
        }
    }

    /// What the system says of the file at `path`.
    fn failed(path: &Path, error: &io::Error) -> Self {
        let hint = match error.kind() {
            io::ErrorKind::NotFound => {
                "Check the name, and the folder at which a relative path starts."
            }
            io::ErrorKind::PermissionDenied => "Check that you are allowed to read the file.",
            io::ErrorKind::OutOfMemory => {
                "Close other programs, or lift a limit on this one (ulimit)."
            }
            _ => "Check the path, or copy the file to another folder.",
        };
        let said = error.to_string();
        let reason = match error.kind() {
            io::ErrorKind::NotFound => "found no such file",
            // Its number says nothing to people.
            _ => said.split(" (os error").next().unwrap_or(&said),
        };
        Self::refused(path, reason, hint)
    }
}

/// A path as it is told: the end says more than the beginning, and nothing in it moves the cursor.
pub fn shown(path: &Path) -> String {
    const KEPT: usize = 120;
    let path = path.display().to_string();
    let too_long = path.chars().count().saturating_sub(KEPT);
    let end: String = path
        .chars()
        .skip(too_long)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if too_long > 0 {
        format!("…{end}")
    } else {
        end
    }
}

/// An ordinary file as long as it was when it was opened: what it grows by is not read.
#[derive(Debug)]
pub struct Bounded {
    file: File,
    at: u64,
    len: u64,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.len.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let most = buffer.len().min(left);
        let read = self.file.read(&mut buffer[..most])?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Bounded {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            // The end is where it was.
            SeekFrom::End(by) => match self.len.checked_add_signed(by) {
                Some(at) => SeekFrom::Start(at),
                None => return Err(io::ErrorKind::InvalidInput.into()),
            },
            other => other,
        };
        self.at = self.file.seek(to)?;
        Ok(self.at)
    }
}

/// When a file was written last, and how long it is.
pub type Stamp = (std::time::SystemTime, u64);

/// The stamp of the file at `path`, if there is one and the system tells.
pub fn stamp(path: &Path) -> Option<Stamp> {
    let found = fs::metadata(path).ok()?;
    Some((found.modified().ok()?, found.len()))
}

/// What begins so under Linux is made up by the system while it is read, whatever length it says it has.
const MADE_UP: [&str; 2] = ["/proc", "/sys"];

/// An ordinary file, and how long it is.
///
/// # Errors
/// If there is none at `path`, it cannot be opened, or it is no ordinary file.
pub fn open(path: &Path) -> Result<(Bounded, u64), FileError> {
    let failed = |error: io::Error| FileError::failed(path, &error);
    // Asked before opening, as opening a pipe waits for its other end.
    let found = fs::metadata(path).map_err(failed)?;
    if !found.is_file() {
        let reason = if found.is_dir() {
            "found a folder, expected a file"
        } else {
            "found a device or pipe, expected an ordinary file"
        };
        return Err(FileError::refused(path, reason, NAME_ONE));
    }
    // Where links lead; the last step of some in /proc is no name of a file.
    let real = fs::canonicalize(path).or_else(|_| std::path::absolute(path));
    let made_up = |real: PathBuf| MADE_UP.iter().any(|folder| real.starts_with(folder));
    if cfg!(target_os = "linux") && real.is_ok_and(made_up) {
        return Err(unknown_length(path));
    }
    let file = File::open(path).map_err(failed)?;
    // Another file may have got the name meanwhile.
    let len = file.metadata().map_err(failed)?.len();
    Ok((Bounded { file, at: 0, len }, len))
}

const NAME_ONE: &str = "Name the file itself.";

fn unknown_length(path: &Path) -> FileError {
    let reason =
        "found a file that the system makes up while it is read, expected an ordinary file";
    FileError::refused(path, reason, "Copy what it says into a file.")
}

/// All of the ordinary file at `path`, which is at most `limit` bytes long; `hint` is what to do with a longer one.
///
/// # Errors
/// As [`open`]; and if it is longer, which is found before it is read.
pub fn read(path: &Path, limit: u64, hint: &str) -> Result<Vec<u8>, FileError> {
    let (mut file, len) = open(path)?;
    if len > limit {
        let reason = format!("found {}, expected at most {}", size(len), size(limit));
        return Err(FileError::refused(path, &reason, hint));
    }
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(usize::try_from(len).unwrap_or(usize::MAX))
        .map_err(|error| FileError::failed(path, &error.into()))?;
    file.read_to_end(&mut bytes)
        .map_err(|error| FileError::failed(path, &error))?;
    Ok(bytes)
}

/// All of a text of at most `limit` bytes, as [`read`]; `hint` is what to do with a longer one.
///
/// # Errors
/// As [`read`]; and if it is no UTF-8, with the place.
pub fn read_text(path: &Path, limit: u64, hint: &str) -> Result<String, FileError> {
    text(read(path, limit, hint)?)
        .map_err(|error| FileError::refused(path, &error.to_string(), NotText::HINT))
}

/// Whether an open file is the one at `path` still: what was taken away and made again is another, and a lock on the one is none
/// on the other. Where the system has no numbers for files, one that is open cannot be taken away.
pub fn is_at(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let place = |about: fs::Metadata| (about.dev(), about.ino());
        let of_file = file.metadata().map(place).ok();
        of_file.is_some() && of_file == fs::metadata(path).map(place).ok()
    }
    #[cfg(not(unix))]
    {
        file.metadata().is_ok() && path.exists()
    }
}

/// Where bytes are no UTF-8, and what stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: found the byte {byte:#04X}, expected a text in UTF-8")]
pub struct NotText {
    /// The line of the first byte that does not belong, from 1.
    pub line: usize,
    /// The character within the line that would be there, from 1.
    pub column: usize,
    /// The byte.
    pub byte: u8,
}

impl NotText {
    /// What to try next, a sentence.
    pub const HINT: &str = "Save the file again with the encoding UTF-8.";
}

/// The text that `bytes` are in UTF-8.
///
/// # Errors
/// The first place where they are none.
pub fn text(bytes: Vec<u8>) -> Result<String, NotText> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let (before, rest) = error.as_bytes().split_at(valid);
        let line_start = before.iter().rposition(|&byte| byte == b'\n');
        let line = &before[line_start.map_or(0, |at| at + 1)..];
        // A byte order mark is no character.
        let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
        NotText {
            line: 1 + before.iter().filter(|&&byte| byte == b'\n').count(),
            // Every character has one byte that does not go on with another's.
            column: 1 + line.iter().filter(|&&byte| byte & 0xC0 != 0x80).count(),
            byte: rest.first().copied().unwrap_or_default(),
        }
    })
}

/// The entries of the folder at `path`, sorted, of which there are at most `limit`; `hint` is what to do where there are more.
///
/// # Errors
/// If it is no folder, cannot be read, or has more.
pub fn entries(path: &Path, limit: usize, hint: &str) -> Result<Vec<PathBuf>, FileError> {
    let failed = |error: io::Error| FileError::failed(path, &error);
    if !fs::metadata(path).map_err(failed)?.is_dir() {
        let reason = "found a file, expected a folder";
        return Err(FileError::refused(
            path,
            reason,
            "Name the folder it is in.",
        ));
    }
    let mut entries = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        if entries.len() == limit {
            let reason = format!("found more than {limit} files and folders in it, expected fewer");
            return Err(FileError::refused(path, &reason, hint));
        }
        entries.push(entry.map_err(failed)?.path());
    }
    entries.sort();
    Ok(entries)
}

/// Makes a folder and those above it, where they are not there.
///
/// # Errors
/// If it cannot be made.
pub fn create_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// What a folder's files are called, how long they are and when they were written.
pub type FolderStamp = Vec<(PathBuf, u64, Option<std::time::SystemTime>)>;

/// Waits until a folder is no longer as `before` says, and returns how it is; `None` once nobody waits any more, that is when
/// `alive` is gone. It is looked at every so often: systems differ in how they tell of changes, and some drives do not.
pub fn wait_for_change(
    folder: &Path,
    limit: usize,
    before: &FolderStamp,
    every: std::time::Duration,
    alive: &std::sync::Weak<()>,
) -> Option<FolderStamp> {
    loop {
        std::thread::sleep(every);
        if alive.strong_count() == 0 {
            return None;
        }
        let now = folder_stamp(folder, limit);
        if now != *before {
            return Some(now);
        }
    }
}

/// When the files in a folder, and in its folders, were last written, and how long they are: whether something has changed is told by
/// comparing two of these. At most `limit` files are looked at.
pub fn folder_stamp(folder: &Path, limit: usize) -> FolderStamp {
    let mut found = Vec::new();
    let mut open = vec![(folder.to_path_buf(), 0)];
    while let Some((path, depth)) = open.pop() {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        for entry in entries {
            let Ok(about) = entry.metadata() else {
                continue;
            };
            if about.is_dir() {
                if depth == 0 {
                    open.push((entry.path(), 1));
                }
            } else if found.len() < limit {
                found.push((entry.path(), about.len(), about.modified().ok()));
            }
        }
    }
    found.sort();
    found
}

/// Whether something has this name, be it a link that leads nowhere.
pub fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// The file or folder itself that `path` leads to over any links; `None` if there is none.
pub fn real(path: &Path) -> Option<PathBuf> {
    fs::canonicalize(path).ok()
}

/// The file called `name` within `folder`, from which neither the name nor a link may lead out.
///
/// # Errors
/// If it does; a file that is not there is for who opens it to tell.
pub fn within(folder: &Path, name: &str) -> Result<PathBuf, FileError> {
    let path = folder.join(name);
    let refused = |reason: &str| {
        let hint = "Put the file into the folder, and name it from there.";
        Err(FileError::refused(Path::new(name), reason, hint))
    };
    // As it is written: what is not there, or not yet, must not be asked for outside either.
    let mut depth = 0usize;
    for part in Path::new(name).components() {
        use std::path::Component::{CurDir, Normal, ParentDir, Prefix, RootDir};
        match (part, depth.checked_sub(1)) {
            (Normal(_), _) => depth += 1,
            (CurDir, _) => {}
            (ParentDir, Some(up)) => depth = up,
            (ParentDir | RootDir | Prefix(_), _) => {
                return refused(
                    "found a path that leads out of the folder, expected one within it",
                );
            }
        }
    }
    match (real(&path), real(folder)) {
        (Some(file), Some(folder)) if !file.starts_with(&folder) => {
            refused("found a link that leads out of the folder, expected a file within it")
        }
        _ => Ok(path),
    }
}

/// A number of bytes for people: `812 bytes`, `64 KiB`, `2048 MiB`.
pub fn size(bytes: u64) -> String {
    match bytes {
        1 => "1 byte".into(),
        0..1_024 => format!("{bytes} bytes"),
        1_024..1_048_576 => format!("{} KiB", bytes.div_ceil(1 << 10)),
        _ => format!("{} MiB", bytes.div_ceil(1 << 20)),
    }
}

/// Makes `bytes` the content of the file at `path`, whole or not at all.
///
/// A link is followed; the permissions of a file that is there are kept.
///
/// # Errors
/// What the system says; the file is then as it was.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_with(path, |file| file.write_all(bytes))
}

/// Makes what `write` writes the content of the file at `path`, as [`replace`].
///
/// # Errors
/// As [`replace`]; and what `write` says.
pub fn replace_with(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let target = destination(path);
    // A device or a pipe would be gone, and a file in its place.
    if fs::metadata(&target).is_ok_and(|there| !there.is_file()) {
        let what = "it is no file that could be written anew";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    }
    let mut name = target.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    let temporary = target.with_file_name(name);
    let written = File::create(&temporary).and_then(|mut file| {
        if let Ok(before) = fs::metadata(&target) {
            file.set_permissions(before.permissions())?;
        }
        write(&mut file)?;
        file.sync_all()
    });
    let renamed = written.and_then(|()| fs::rename(&temporary, &target));
    match renamed {
        Ok(()) => target.parent().into_iter().for_each(sync_folder),
        // The first error is the one to report.
        Err(_) => drop(fs::remove_file(&temporary)),
    }
    renamed
}

/// Where a link leads, though nothing may be there yet.
fn destination(path: &Path) -> PathBuf {
    /// No system follows more links, one after the other.
    const MOST_LINKS: usize = 40;
    if let Ok(found) = fs::canonicalize(path) {
        return found;
    }
    let mut target = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(next) = fs::read_link(&target) else {
            break;
        };
        target = target.parent().unwrap_or(Path::new("")).join(next);
    }
    target
}

/// Brings the names in `folder` to the disk. A system that cannot do so has changed them all the same.
pub fn sync_folder(folder: &Path) {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    drop(File::open(folder).and_then(|folder| folder.sync_all()));
}

/// Where a path leads, whatever way it takes: the same for two paths of one file.
pub fn place_of(path: &Path) -> PathBuf {
    real(path)
        .or_else(|| std::path::absolute(path).ok())
        .unwrap_or_else(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own for a test.
    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("rnnscope-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn what_is_replaced_is_whole_and_leaves_nothing_beside_it() {
        let folder = folder("replace");
        let path = folder.join("a.txt");
        replace(&path, b"first").unwrap();
        replace(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        let failed = replace_with(&path, |file| {
            file.write_all(b"half")?;
            Err(io::Error::other("no room"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "no room");
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_permissions_kept() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = folder("links");
        let (real, link) = (folder.join("real.txt"), folder.join("link.txt"));
        fs::write(&real, "before").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("real.txt", &link).unwrap();
        replace(&link, b"after").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&real).unwrap(), b"after");
        let mode = fs::metadata(&real).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        // Nor is one taken for a file that leads to where nothing is yet, over another one.
        let (dangling, over) = (folder.join("dangling.txt"), folder.join("over.txt"));
        symlink("new.txt", &dangling).unwrap();
        symlink("dangling.txt", &over).unwrap();
        replace(&over, b"new").unwrap();
        assert!(fs::symlink_metadata(&dangling).unwrap().is_symlink());
        assert!(fs::symlink_metadata(&over).unwrap().is_symlink());
        assert_eq!(fs::read(folder.join("new.txt")).unwrap(), b"new");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_is_read_is_an_ordinary_file_within_the_limit() {
        let folder = folder("read");
        let path = folder.join("a.txt");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5, "").unwrap(), b"12345");
        let error = read(&path, 4, "Keep less.").unwrap_err();
        assert_eq!(error.reason, "found 5 bytes, expected at most 4 bytes");
        assert_eq!(
            read(&folder, 4, "").unwrap_err().reason,
            "found a folder, expected a file"
        );
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn devices_pipes_and_what_the_system_makes_up_are_refused_however_they_are_called() {
        use std::os::unix::fs::symlink;
        let folder = folder("made-up");
        let link = folder.join("link.csv");
        symlink("/proc/self/maps", &link).unwrap();
        for path in [
            "/dev/zero",
            "/dev/full",
            "/proc/self/maps",
            "/proc/kcore",
            "/sys/kernel/mm/transparent_hugepage/enabled",
            "/proc/../proc/self/status",
            link.to_str().unwrap(),
        ] {
            // A file that this system does not have is refused for that.
            let error = read(Path::new(path), 1 << 20, "").unwrap_err();
            assert!(
                error.reason.contains("expected an ordinary file") || !Path::new(path).exists(),
                "{error}"
            );
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_file_that_grows_is_read_to_the_length_it_had() {
        let folder = folder("grows");
        let path = folder.join("a.csv");
        fs::write(&path, "12345").unwrap();
        let (mut file, len) = open(&path).unwrap();
        fs::write(&path, "123456789").unwrap();
        let mut twice = String::new();
        file.read_to_string(&mut twice).unwrap();
        file.rewind().unwrap();
        file.read_to_string(&mut twice).unwrap();
        assert_eq!((twice.as_str(), len), ("1234512345", 5));
        assert_eq!(file.seek(SeekFrom::End(-2)).unwrap(), 3);
        assert!(file.seek(SeekFrom::End(-6)).is_err());
        // And one that shrinks to what is left of it.
        fs::write(&path, "12").unwrap();
        let mut rest = String::new();
        file.rewind().unwrap();
        file.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "12");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn bytes_that_are_no_utf8_are_told_by_line_and_column() {
        for (bytes, place) in [
            (&b"a = 1\nname = \"caf\xE9\"\n"[..], (2, 12, 0xE9)),
            ("\u{feff}äö\n".as_bytes(), (0, 0, 0)),
            (b"\xFF\xFEa\0", (1, 1, 0xFF)),
            (b"\xEF\xBB\xBF\xC3\xA4\xC3", (1, 2, 0xC3)),
            (b"\n\n\x80", (3, 1, 0x80)),
        ] {
            let found = text(bytes.to_vec()).err();
            let found = found.map_or((0, 0, 0), |error| (error.line, error.column, error.byte));
            assert_eq!(found, place, "{bytes:?}");
        }
        let error = text(b"\xE9".to_vec()).unwrap_err().to_string();
        assert_eq!(
            error,
            "line 1, column 1: found the byte 0xE9, expected a text in UTF-8"
        );
    }

    #[test]
    fn neither_a_path_nor_a_link_leads_out_of_a_folder() {
        let above = folder("within");
        let folder = above.join("lesson");
        fs::create_dir_all(folder.join("data")).unwrap();
        fs::write(above.join("x.csv"), "secret").unwrap();
        fs::write(folder.join("data/a.csv"), "1").unwrap();
        for name in ["data/a.csv", "./data/../data/a.csv", "not/there.csv"] {
            assert_eq!(within(&folder, name).unwrap(), folder.join(name));
        }
        let absolute = above.join("x.csv").display().to_string();
        let mut outside = vec!["../x.csv", "data/../../x.csv", "../not there", &absolute];
        if cfg!(unix) {
            outside.push("/etc/passwd");
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::symlink;
            symlink("../x.csv", folder.join("link.csv")).unwrap();
            symlink("..", folder.join("up")).unwrap();
            symlink("data/a.csv", folder.join("inside.csv")).unwrap();
            outside.extend(["link.csv", "up/x.csv"]);
            assert!(within(&folder, "inside.csv").is_ok());
        }
        for name in outside {
            let error = within(&folder, name).unwrap_err().to_string();
            assert!(error.contains("leads out of the folder"), "{error}");
        }
        fs::remove_dir_all(above).unwrap();
    }

    #[test]
    fn a_folder_is_read_up_to_a_number_of_entries() {
        let folder = folder("entries");
        for name in ["b", "a", "c"] {
            fs::write(folder.join(name), "").unwrap();
        }
        let names = entries(&folder, 3, "").unwrap();
        assert_eq!(names, ["a", "b", "c"].map(|name| folder.join(name)));
        let error = entries(&folder, 2, "Look elsewhere.").unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("expected fewer. Look elsewhere.")
        );
        let error = entries(&folder.join("a"), 2, "").unwrap_err();
        assert_eq!(error.reason, "found a file, expected a folder");
        fs::remove_dir_all(folder).unwrap();
    }
}
