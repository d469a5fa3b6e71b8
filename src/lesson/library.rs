//! Where lessons come from: built in, or a folder.

use super::files::{Fault, Files};
use super::{Lesson, LessonError, read};
use crate::platform::files::{self, NotText};
use crate::words::shortened;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The files of a lesson's folder, as they were when the program was built.
macro_rules! lesson {
    ($folder:literal: $($file:literal),+) => {
        (
            $folder,
            &[$((
                $file,
                include_str!(concat!("../../lessons/", $folder, "/", $file)),
            )),+],
        )
    };
}

/// The built-in lessons: name of the folder, and its files. One line each.
#[rustfmt::skip]
const BUILT_IN: &[(&str, &[(&str, &str)])] = &[
    lesson!("01-first-look": "lesson.md", "look.toml", "number.toml"),
    lesson!("02-state": "lesson.md", "pulse.toml", "steps.toml"),
    lesson!("03-unrolled": "lesson.md", "asked.toml", "nudge.toml", "nudged.toml", "three.toml"),
    lesson!("04-back-through-time": "lesson.md", "back.toml", "long.toml"),
    lesson!("05-vanishing": "lesson.md", "latch.toml", "one-unit.toml"),
    lesson!("06-exploding": "lesson.md", "exploding.toml"),
    lesson!("07-lstm-gates": "lesson.md", "cell.toml", "learned.toml"),
    lesson!("08-additive-path": "lesson.md", "chrono.toml", "full.toml", "long.toml", "train.toml", "two.toml"),
    lesson!("09-gru": "lesson.md", "gru.toml", "sixteen.toml", "two.toml"),
    lesson!("10-head-to-head": "lesson.md", "adding.toml", "latch.toml"),
    lesson!("11-how-long": "lesson.md", "adding.toml", "chrono.toml", "latch.toml"),
    lesson!("12-deeper": "lesson.md", "adding.toml", "small.toml", "strings.toml"),
    lesson!("13-both-directions": "lesson.md", "counting.toml", "latch.toml", "tagging.toml"),
    lesson!("14-ragged-batches": "lesson.md", "tagging.toml", "waves.toml"),
    lesson!("15-feeding-a-forecaster": "lesson.md", "gdp.toml", "smoothed.toml", "sunspots.toml"),
    lesson!("16-honest-baseline": "lesson.md", "nile.toml", "sunspots.toml", "unemp.toml", "walk.toml"),
    lesson!("17-encoder-decoder": "lesson.md", "bridge.toml", "reverse.toml"),
    lesson!("18-attention": "lesson.md", "blind.toml", "long.toml", "look.toml", "reverse.toml"),
    lesson!("19-step-after-step": "lesson.md", "chain.toml", "linear.toml", "order.toml", "stream.toml"),
    lesson!("20-your-text": "lesson.md", "list.toml"),
    lesson!("21-real-network": "lesson.md", "fresh.toml", "net_a.toml", "net_b.toml"),
    lesson!("22-numbers-run-out": "lesson.md", "halving.toml", "long.toml", "small-steps.toml", "sunspots.toml", "tripling.toml"),
    lesson!("23-good-start": "lesson.md", "chunks.toml", "elman.toml", "spans.toml"),
    lesson!("24-clinic": "lesson.md", "both.toml", "clip.toml", "forget.toml", "majority.toml", "rate.toml", "scale.toml", "start.toml", "teacher.toml", "tide.toml"),
];

/// The most files and folders beside each other among which lessons are looked for.
const MAX_ENTRIES: usize = 20_000;

/// The most lessons on a shelf.
const MAX_LESSONS: usize = 1_000;

/// Lessons in their order, and what is wrong with those that could not be read.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    /// Readable lessons.
    pub lessons: Vec<Arc<Lesson>>,
    /// Mistakes.
    pub errors: Vec<LessonError>,
    /// The file of each id, and of each title.
    files: BTreeMap<(&'static str, String), String>,
}

impl Shelf {
    /// The lessons that come with the program; `views` are the names of those that a lesson may point at.
    pub fn built_in(views: &[&str]) -> Self {
        let mut shelf = Self::default();
        for (name, files) in BUILT_IN {
            let file = format!("lessons/{name}/lesson.md");
            shelf.add(&file, &Files::BuiltIn(files), views);
        }
        shelf
    }

    /// The lessons in a folder: `NN-name/lesson.md`, or one lesson's own folder; `views` are the names of those that a lesson
    /// may point at.
    ///
    /// # Errors
    /// The folder cannot be read, or has no lesson, or too many.
    pub fn of_folder(folder: &Path, views: &[&str]) -> Result<Self, String> {
        let hint = "Name the folder that has the lessons in it.";
        let entries =
            files::entries(folder, MAX_ENTRIES, hint).map_err(|error| error.in_short())?;
        // A folder may be called by several links, one of them within itself.
        let mut real = BTreeSet::new();
        let mut found: Vec<PathBuf> = std::iter::once(folder.to_path_buf())
            .chain(entries)
            .collect();
        found.retain(|folder| {
            files::is_there(&folder.join(LESSON))
                && files::real(folder).is_none_or(|folder| real.insert(folder))
        });
        match found.len() {
            0 => Err(format!(
                "found no {LESSON} in it or in one of its folders, expected at least one. {hint}"
            )),
            count if count > MAX_LESSONS => Err(format!(
                "found {count} lessons, expected at most {MAX_LESSONS}. Put them into several folders."
            )),
            _ => {
                let mut shelf = Self::default();
                for folder in found {
                    let file = files::shown(&folder.join(LESSON));
                    shelf.add(&file, &Files::Directory(folder), views);
                }
                Ok(shelf)
            }
        }
    }

    /// Puts other lessons on it: one of the same id takes the place of what was there.
    pub fn put_on(&mut self, others: Shelf) {
        for lesson in others.lessons {
            match self.lessons.iter_mut().find(|known| known.id == lesson.id) {
                Some(known) => *known = lesson,
                None => self.lessons.push(lesson),
            }
        }
    }

    fn add(&mut self, file: &str, files: &Files, views: &[&str]) {
        let mistake = |line, problem| {
            let file = file.to_owned();
            vec![LessonError {
                file,
                line,
                problem,
            }]
        };
        let source = files.text(LESSON).map_err(|fault| match fault {
            Fault::Text(error) => mistake(
                error.line,
                format!(
                    "column {}: found the byte {:#04X}, expected a text in UTF-8. {}",
                    error.column,
                    error.byte,
                    NotText::HINT
                ),
            ),
            fault => mistake(0, fault.to_string()),
        });
        let lesson = source.and_then(|source| {
            let lesson = read::read(file, &source, files, views)?;
            // Progress is kept by the one, learners tell them apart by the other.
            for (key, value) in [("id", &lesson.id), ("title", &lesson.title)] {
                if let Some(other) = self.files.get(&(key, value.clone())) {
                    return Err(mistake(
                        read::line_of(&source, key),
                        format!(
                            "{key}: found “{}”, which {other} has as well, expected one of its own",
                            shortened(value)
                        ),
                    ));
                }
            }
            Ok(lesson)
        });
        match lesson {
            Ok(lesson) => {
                for (key, value) in [("id", &lesson.id), ("title", &lesson.title)] {
                    self.files.insert((key, value.clone()), file.to_owned());
                }
                self.lessons.push(Arc::new(lesson));
            }
            Err(errors) => self.errors.extend(errors),
        }
    }
}

/// What the file of a lesson is called.
const LESSON: &str = "lesson.md";
