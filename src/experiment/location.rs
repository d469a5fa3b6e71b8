//! Where an experiment's relative paths start.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use crate::data::csv;
use crate::platform::files::{self, FileError};
use crate::words::shortened;

/// The longest experiment that is read: 1 MiB, some ten thousand settings.
pub const MAX_EXPERIMENT_BYTES: u64 = 1 << 20;

/// The longest plain text that is learned from: 64 MiB. A network that reads characters one by one comes to the end of no
/// longer one.
pub const MAX_TEXT_BYTES: u64 = 1 << 26;

/// The files that come with the program, by path from `assets/`; those of lessons begin with `lessons/`.
static BUILT_IN: &[(&str, &[u8])] = &[
    (
        "data/sunspots.csv",
        include_bytes!("../../assets/data/sunspots.csv"),
    ),
    (
        "data/nile.csv",
        include_bytes!("../../assets/data/nile.csv"),
    ),
    ("data/co2.csv", include_bytes!("../../assets/data/co2.csv")),
    (
        "data/elnino.csv",
        include_bytes!("../../assets/data/elnino.csv"),
    ),
    (
        "data/us_macro.csv",
        include_bytes!("../../assets/data/us_macro.csv"),
    ),
    // What lessons read beside these.
    (
        "lessons/gdp.csv",
        include_bytes!("../../lessons/15-feeding-a-forecaster/gdp.csv"),
    ),
    (
        "lessons/gdp_scaled_over_all.csv",
        include_bytes!("../../lessons/15-feeding-a-forecaster/gdp_scaled_over_all.csv"),
    ),
    (
        "lessons/smoothed.csv",
        include_bytes!("../../lessons/15-feeding-a-forecaster/smoothed.csv"),
    ),
    (
        "lessons/walk.csv",
        include_bytes!("../../lessons/16-honest-baseline/walk.csv"),
    ),
    (
        "lessons/list.txt",
        include_bytes!("../../lessons/20-your-text/list.txt"),
    ),
    (
        "lessons/sun.txt",
        include_bytes!("../../lessons/20-your-text/sun.txt"),
    ),
    (
        "lessons/net_a.safetensors",
        include_bytes!("../../lessons/21-real-network/net_a.safetensors"),
    ),
    (
        "lessons/net_b.safetensors",
        include_bytes!("../../lessons/21-real-network/net_b.safetensors"),
    ),
    (
        "lessons/prices.csv",
        include_bytes!("../../lessons/24-clinic/prices.csv"),
    ),
    (
        "lessons/tide_prepared.csv",
        include_bytes!("../../lessons/24-clinic/tide_prepared.csv"),
    ),
    (
        "lessons/tide_recorded.csv",
        include_bytes!("../../lessons/24-clinic/tide_recorded.csv"),
    ),
];

/// Where the built-in experiments are, from `assets/`.
const GALLERY: &str = "gallery";

/// How a path begins that is that of a file which comes with the program, wherever the experiment is.
const PROGRAM: &str = "rnnscope:";

/// Where an experiment's relative paths start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// Among the files that come with the program, beside the gallery's experiments.
    BuiltIn,
    /// In a directory of the file system: that of the experiment's own file.
    Directory(PathBuf),
    /// In a directory out of which no path and no link leads: a lesson's, which came from anywhere.
    Within(PathBuf),
}

/// An experiment's text as it stands in the file at `path`.
///
/// # Errors
/// If it cannot be read, is no ordinary file, is longer than [`MAX_EXPERIMENT_BYTES`], or is no UTF-8.
pub fn read_experiment(path: &Path) -> Result<String, FileError> {
    files::read_text(path, MAX_EXPERIMENT_BYTES, NO_EXPERIMENT)
}

/// What to do with what is too long for an experiment or a lesson.
pub const NO_EXPERIMENT: &str = "Check that the right file was chosen.";

impl Location {
    /// The location of an experiment that is stored as `file`.
    pub fn beside(file: &Path) -> Self {
        Location::Directory(file.parent().unwrap_or(Path::new("")).to_owned())
    }

    /// The bytes of the file at `path`, which is relative to this location, absolute, or that of a file which comes with the
    /// program: `rnnscope:data/sunspots.csv`.
    ///
    /// # Errors
    /// If there is no such file, it cannot be read, it is no ordinary file (a device may never end), a path or link leads out
    /// of a location that it may not leave, or it is longer than [`MAX_TEXT_BYTES`].
    pub fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        match self.built_in(path) {
            Some(bytes) => bytes.map(<[u8]>::to_vec),
            None => files::read(&self.full(path)?, MAX_TEXT_BYTES, TOO_LONG),
        }
    }

    /// [`Location::read`] with another limit, in bytes; `hint` says what to do with a longer file.
    ///
    /// # Errors
    /// Likewise.
    pub fn read_within(
        &self,
        path: &str,
        limit: u64,
        hint: &'static str,
    ) -> Result<Vec<u8>, FileError> {
        match self.built_in(path) {
            Some(bytes) => bytes.map(<[u8]>::to_vec),
            None => files::read(&self.full(path)?, limit, hint),
        }
    }

    /// The file at `path` as [`Location::read`], of any length and not yet read, with its length in bytes.
    ///
    /// # Errors
    /// As [`Location::read`], its length apart.
    pub fn open(&self, path: &str) -> Result<(Box<dyn csv::Source>, u64), FileError> {
        match self.built_in(path) {
            Some(bytes) => {
                let bytes = bytes?;
                Ok((Box::new(Cursor::new(bytes)), bytes.len() as u64))
            }
            None => {
                let (file, len) = files::open(&self.full(path)?)?;
                Ok((Box::new(file), len))
            }
        }
    }

    /// The file at `path` if it comes with the program.
    fn built_in(&self, path: &str) -> Option<Result<&'static [u8], FileError>> {
        match (path.strip_prefix(PROGRAM), self) {
            (Some(name), _) => Some(built_in(name, "")),
            // A file that was dropped on the window is called by its whole path.
            (None, Location::BuiltIn) if Path::new(path).is_absolute() => None,
            (None, Location::BuiltIn) => Some(built_in(path, GALLERY)),
            (None, Location::Directory(_) | Location::Within(_)) => None,
        }
    }

    fn full(&self, path: &str) -> Result<PathBuf, FileError> {
        match self {
            Location::BuiltIn => Ok(PathBuf::from(path)),
            Location::Directory(directory) => Ok(directory.join(path)),
            Location::Within(directory) => files::within(directory, path),
        }
    }

    /// What to call the file at `path` from `folder`, where the experiment is going to be; `None` if it can be called as
    /// before. Below that folder it is relative, so that both can be moved together.
    pub fn from(&self, folder: &Path, path: &str) -> Option<String> {
        if path.starts_with(PROGRAM) || Path::new(path).is_absolute() {
            return None;
        }
        match self {
            Location::BuiltIn => Some(format!("{PROGRAM}{}", normal(path, GALLERY))),
            Location::Directory(directory) | Location::Within(directory) => {
                // “.” and “..” stay in it: where links are, leaving them out may lead elsewhere.
                let here = |path: &Path| match path.as_os_str().is_empty() {
                    true => std::path::absolute("."),
                    false => std::path::absolute(path),
                };
                let (now, then) = (here(directory), here(folder));
                let (now, then) = (now.ok()?, then.ok()?);
                if now == then {
                    return None;
                }
                let full = now.join(path);
                let parts = |path: &Path| -> Option<Vec<String>> {
                    let parts = path.components();
                    parts
                        .map(|part| Some(part.as_os_str().to_str()?.to_owned()))
                        .collect()
                };
                match full.strip_prefix(&then) {
                    Ok(below) => Some(parts(below)?.join("/")),
                    Err(_) => full.to_str().map(str::to_owned),
                }
            }
        }
    }
}

/// A path that starts at `folder`, from `assets/`, without “.” and “..”.
fn normal(path: &str, folder: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn built_in(path: &str, folder: &str) -> Result<&'static [u8], FileError> {
    let wanted = normal(path, folder);
    match BUILT_IN.iter().find(|(name, _)| *name == wanted) {
        Some((_, bytes)) => Ok(bytes),
        None => Err(FileError {
            path: PathBuf::from(path),
            reason: format!("found no file “{}” in the program", shortened(path)),
            hint: match folder {
                GALLERY => {
                    "Save the experiment to a folder first; then paths start there.".to_owned()
                }
                _ => {
                    // Those like it; where none is, the tables.
                    let like = |name: &&str| {
                        let [a, b] = [name, wanted.as_str()].map(|name| {
                            let path = Path::new(name);
                            (path.parent(), path.extension())
                        });
                        a == b
                    };
                    let names = || BUILT_IN.iter().map(|(name, _)| *name);
                    let mut there: Vec<&str> = names().filter(like).collect();
                    if there.is_empty() {
                        there = names().filter(|name| name.starts_with("data/")).collect();
                    }
                    format!("There are {}.", there.join(", "))
                }
            },
        }),
    }
}

const TOO_LONG: &str = "Keep a part of it.";

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;

    #[test]
    fn built_in_paths_start_at_the_gallery() {
        let read = |path| Location::BuiltIn.read(path);
        assert!(read("../data/sunspots.csv").is_ok_and(|bytes| bytes.starts_with(b"YEAR,")));
        assert!(read("./../data//sunspots.csv").is_ok());
        for path in ["", "..", "../../..", "sunspots.csv", "/data/sunspots.csv"] {
            assert!(read(path).is_err(), "{path}");
        }
    }

    #[test]
    fn files_of_the_program_are_found_from_everywhere_and_no_others() {
        for location in [Location::BuiltIn, Location::Directory("no/such".into())] {
            let read = |path| location.read(path);
            assert!(read("rnnscope:data/nile.csv").is_ok());
            let error = read("rnnscope:data/danube.csv").unwrap_err().to_string();
            assert!(error.contains("data/nile.csv, data/co2.csv"), "{error}");
        }
    }

    #[test]
    fn a_file_is_called_so_that_it_is_found_from_the_new_folder() {
        let here = Location::Directory("/a/b".into());
        for (folder, path, called) in [
            ("/a/b", "x.csv", None),
            ("/a", "x.csv", Some("b/x.csv")),
            ("/a", "../x.csv", Some("b/../x.csv")),
            ("/c", "d/x.csv", Some("/a/b/d/x.csv")),
            ("/c", "/d/x.csv", None),
            ("/c", "rnnscope:data/nile.csv", None),
        ] {
            if cfg!(unix) {
                assert_eq!(here.from(Path::new(folder), path).as_deref(), called);
            }
        }
        let called = Location::BuiltIn.from(Path::new("/c"), "../data/nile.csv");
        assert_eq!(called.as_deref(), Some("rnnscope:data/nile.csv"));
    }

    #[test]
    fn what_is_no_readable_file_is_refused_with_a_hint() {
        let here = Location::Directory(PathBuf::from(env!("CARGO_MANIFEST_DIR")));
        assert!(here.read("Cargo.toml").is_ok());
        assert_eq!(
            here.read("src").unwrap_err().reason,
            "found a folder, expected a file"
        );
        assert!(
            here.read("no such file")
                .unwrap_err()
                .hint
                .starts_with("Check the name")
        );
        assert!(here.read("nul\0byte").is_err());
        if cfg!(unix) {
            let error = here.read("/dev/zero").unwrap_err();
            assert_eq!(
                error.to_string(),
                "/dev/zero: found a device or pipe, expected an ordinary file. Name the file itself."
            );
        }
    }

    #[test]
    fn a_location_that_may_not_be_left_has_its_own_files_and_those_of_the_program_alone() {
        let within = Location::Within(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src"));
        assert!(within.open("experiment/mod.rs").is_ok());
        assert!(within.open("rnnscope:data/nile.csv").is_ok());
        for path in ["../Cargo.toml", "/etc/passwd", "nn/../../Cargo.toml"] {
            let error = within.open(path).err().map(|error| error.reason);
            let error = error.expect(path);
            assert!(error.contains("leads out of the folder"), "{error}");
            assert!(within.read(path).is_err());
        }
    }

    #[test]
    fn a_file_past_the_limit_is_refused_before_it_is_read() {
        // A sparse file: it takes no room.
        let path = std::env::temp_dir().join(format!("rnnscope-{}.csv", std::process::id()));
        let made = File::create(&path).and_then(|file| file.set_len(MAX_TEXT_BYTES + 1));
        let result = Location::beside(&path).read(&path.display().to_string());
        std::fs::remove_file(&path).unwrap();
        if made.is_ok() {
            assert_eq!(
                result.unwrap_err().reason,
                "found 65 MiB, expected at most 64 MiB"
            );
        }
    }
}
