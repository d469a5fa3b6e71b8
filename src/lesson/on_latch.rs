//! Small lessons for tests of this room: they stand beside the experiment of the latch, as lessons of the course do.

use super::{Files, Lesson, LessonError, read};
use std::sync::Arc;

const LATCH: &str = include_str!("../../lessons/05-vanishing/latch.toml");
static FILES: &[(&str, &str)] = &[("latch.toml", LATCH)];

/// Reads a lesson that points at no view.
pub fn read_on_latch(source: &str) -> Result<Lesson, Vec<LessonError>> {
    read("lesson.md", source, &Files::BuiltIn(FILES), &[])
}

/// The same of one that can be read.
pub fn on_latch(source: &str) -> Arc<Lesson> {
    Arc::new(read_on_latch(source).unwrap_or_else(|errors| panic!("{errors:?}")))
}

/// The source of a lesson with these pages.
pub fn with_pages(id: &str, pages: &str) -> String {
    format!("+++\nid = \"{id}\"\ntitle = \"{id}\"\nsummary = \"A.\"\nminutes = 1\n+++\n\n{pages}")
}
