//! Where lessons come from: built in, or a folder.

use super::{Lesson, LessonError, read};
use crate::experiment::Location;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
        // A lesson is its folder: what lies elsewhere is not part of it.
        if Path::new(name).file_name().is_none_or(|file| file != name) {
            return Err("expected the name of a file beside the lesson".into());
        }
        match self {
            Files::BuiltIn(files) => {
                let file = files.iter().find(|(known, _)| *known == name);
                file.map(|(_, text)| (*text).to_string())
                    .ok_or_else(|| "there is no such file".into())
            }
            Files::Directory(directory) => {
                std::fs::read_to_string(directory.join(name)).map_err(|error| error.to_string())
            }
        }
    }

    /// Where the relative paths in the lesson's experiments start.
    pub(super) fn location(&self) -> Location {
        match self {
            Files::BuiltIn(_) => Location::BuiltIn,
            Files::Directory(directory) => Location::Directory(directory.clone()),
        }
    }
}

/// The built-in lessons: name of the folder, and its files. One line each.
const BUILT_IN: &[(&str, &[(&str, &str)])] = &[
    (
        "01-vanishing",
        &[
            (
                "lesson.md",
                include_str!("../../lessons/01-vanishing/lesson.md"),
            ),
            (
                "latch.toml",
                include_str!("../../lessons/01-vanishing/latch.toml"),
            ),
        ],
    ),
    (
        "02-exploding",
        &[
            (
                "lesson.md",
                include_str!("../../lessons/02-exploding/lesson.md"),
            ),
            (
                "exploding.toml",
                include_str!("../../lessons/02-exploding/exploding.toml"),
            ),
        ],
    ),
];

/// Lessons in their order, and what is wrong with those that could not be read.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    /// Readable lessons.
    pub lessons: Vec<Arc<Lesson>>,
    /// Mistakes.
    pub errors: Vec<LessonError>,
}

impl Shelf {
    /// The lessons that come with the program.
    pub fn built_in() -> Self {
        let mut shelf = Self::default();
        for (name, files) in BUILT_IN {
            shelf.add(&format!("lessons/{name}/lesson.md"), &Files::BuiltIn(files));
        }
        shelf
    }

    /// The lessons in a folder: `NN-name/lesson.md`, or one lesson's own folder.
    ///
    /// # Errors
    /// The folder cannot be read, or has no lesson.
    pub fn of_folder(folder: &Path) -> Result<Self, String> {
        let mut shelf = Self::default();
        let mut folders = vec![folder.to_path_buf()];
        for entry in std::fs::read_dir(folder).map_err(|error| error.to_string())? {
            folders.push(entry.map_err(|error| error.to_string())?.path());
        }
        folders.sort();
        for folder in folders {
            if folder.join("lesson.md").is_file() {
                let file = folder.join("lesson.md").display().to_string();
                shelf.add(&file, &Files::Directory(folder));
            }
        }
        if shelf.lessons.is_empty() && shelf.errors.is_empty() {
            return Err("found no lesson, expected folders with a lesson.md".into());
        }
        Ok(shelf)
    }

    fn add(&mut self, file: &str, files: &Files) {
        let read = files.read("lesson.md").map_err(|error| {
            vec![LessonError {
                file: file.into(),
                line: 1,
                problem: error,
            }]
        });
        match read.and_then(|source| read::read(file, &source, files)) {
            Ok(lesson) => self.lessons.push(Arc::new(lesson)),
            Err(errors) => self.errors.extend(errors),
        }
    }
}
