//! Reading files within limits, and writing them so that nothing is lost.
//!
//! What is read is an ordinary file, of a length known before it is read: a device, a pipe or a file of /proc may never end.
//! What is written is written whole, beside the place where it is to be, brought to the disk, and only then given its name:
//! whatever ends the program meanwhile leaves the file as it was before or as it is now, never a part of it.

use std::fs::{self, File};
use std::io::{self, Read, Write};
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
    /// That the file at `path` is refused, why, and what to try next.
    pub fn refused(path: &Path, reason: &str, hint: &str) -> Self {
        Self {
            path: path.to_owned(),
            reason: reason.to_owned(),
            hint: hint.to_owned(),
        }
    }

    /// What the system says of the file at `path`; `start` says where a relative path starts.
    fn failed(path: &Path, error: &io::Error) -> Self {
        let hint = match error.kind() {
            io::ErrorKind::NotFound => {
                "Check the name; a relative path starts at the experiment's own folder."
            }
            io::ErrorKind::PermissionDenied => "Check that you are allowed to read the file.",
            _ => "Check the path, or copy the file to another folder.",
        };
        Self::refused(path, &error.to_string(), hint)
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

/// An ordinary file, and how long it is. What it grows by later is not to be read.
///
/// # Errors
/// If there is none at `path`, it cannot be opened, or it is no ordinary file.
pub fn open(path: &Path) -> Result<(File, u64), FileError> {
    // Asked before opening, as opening a pipe waits for its other end.
    let found = fs::metadata(path).map_err(|error| FileError::failed(path, &error))?;
    if !found.is_file() {
        let reason = if found.is_dir() {
            "found a folder, expected a file"
        } else {
            "found a device or pipe, expected an ordinary file"
        };
        return Err(FileError::refused(path, reason, "Name the file itself."));
    }
    let file = File::open(path).map_err(|error| FileError::failed(path, &error))?;
    Ok((file, found.len()))
}

/// All of the ordinary file at `path`, which is at most `limit` bytes long; `hint` is what to do with a longer one.
///
/// # Errors
/// As [`open`]; and if it is longer, which is found before it is read.
pub fn read(path: &Path, limit: u64, hint: &str) -> Result<Vec<u8>, FileError> {
    let (file, len) = open(path)?;
    if len > limit {
        let reason = format!("found {}, expected at most {}", size(len), size(limit));
        return Err(FileError::refused(path, &reason, hint));
    }
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(usize::try_from(len).unwrap_or(usize::MAX))
        .map_err(|error| FileError::failed(path, &error.into()))?;
    // Files of /proc say that they are empty, and are not.
    let most = if len == 0 { limit } else { len };
    file.take(most)
        .read_to_end(&mut bytes)
        .map_err(|error| FileError::failed(path, &error))?;
    if len == 0 && !bytes.is_empty() {
        let reason = "found a file whose length is not known, expected an ordinary file";
        return Err(FileError::refused(path, reason, "Name the file itself."));
    }
    Ok(bytes)
}

/// A number of bytes for people: `812 bytes`, `64 KiB`, `2048 MiB`.
pub fn size(bytes: u64) -> String {
    match bytes {
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
    // Where a link leads; what is not there yet has no permissions to keep either.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
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

/// Brings the names in `folder` to the disk. A system that cannot do so has changed them all the same.
pub fn sync_folder(folder: &Path) {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    drop(File::open(folder).and_then(|folder| folder.sync_all()));
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
        if cfg!(target_os = "linux") {
            assert!(read(Path::new("/dev/zero"), 4, "").is_err());
            assert!(read(Path::new("/proc/self/maps"), 1 << 20, "").is_err());
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
