//! A lesson's file → [`Lesson`].
//!
//! TOML front matter between lines of `+++`; pages begin with `##` ([`pages`]); fenced blocks hold TOML ([`blocks`], with what
//! they are made of: [`questions`], [`checks`], [`commands`], [`fields`]); everything else is the page's prose. All mistakes are
//! reported with their line.

mod blocks;
mod checks;
mod commands;
mod fields;
mod pages;
mod questions;

use super::Lesson;
use super::files::Files;
use super::prose;
use crate::words::{counted, on_a_line};
pub use commands::MAX_UPDATES;
use fields::{Fields, parse_toml};
use pages::read_pages;
use std::ops::Range;
use toml_edit::Document as Toml;

/// A mistake in a lesson's file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}: {}", on_a_line(file), in_line(*line), on_a_line(problem))]
pub struct LessonError {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 where it is about the file as a whole.
    pub line: usize,
    /// What was found and what was expected.
    pub problem: String,
}

fn in_line(line: usize) -> String {
    match line {
        0 => String::new(),
        line => format!(", line {line}"),
    }
}

/// Where mistakes are gathered.
struct Mistakes<'a> {
    file: &'a str,
    source: &'a str,
    found: Vec<LessonError>,
    /// How many there are beyond those.
    more: usize,
}

/// How many mistakes in a file are told; further ones are counted only.
const MISTAKES: usize = 50;

impl Mistakes<'_> {
    /// The line of a place in the file, from 1.
    fn line(&self, offset: usize) -> usize {
        let before = self
            .source
            .get(..offset.min(self.source.len()))
            .unwrap_or(self.source);
        before.bytes().filter(|&byte| byte == b'\n').count() + 1
    }

    /// What is wrong in a piece of prose; `place` says where in the file a place in it is.
    fn in_prose(&mut self, text: &str, names: &[String], place: impl Fn(usize) -> usize) {
        for (at, problem) in prose::problems(text, names) {
            self.at(place(at), problem);
        }
    }

    fn at(&mut self, offset: usize, problem: impl Into<String>) {
        // Of one that is only counted no line is looked for: there may be as many as lines.
        let line = match self.found.len() {
            MISTAKES => 0,
            _ => self.line(offset),
        };
        self.on_line(line, problem);
    }

    fn on_line(&mut self, line: usize, problem: impl Into<String>) {
        if self.found.len() == MISTAKES {
            self.more += 1;
            return;
        }
        self.found.push(LessonError {
            file: self.file.into(),
            line,
            problem: problem.into(),
        });
    }
}

/// What a lesson may name that does not stand in it.
#[derive(Clone, Copy)]
struct Around<'a> {
    /// The files beside it.
    files: &'a Files,
    /// The views that there are.
    views: &'a [&'a str],
}

/// Reads a lesson; `files` are those beside it, for the experiments that its pages set up, and `views` the names of those that
/// they may point at, of pages inside one also `view/page`: lessons know no window, so whoever has one says them.
///
/// # Errors
/// Every mistake with its line.
pub fn read(
    file: &str,
    source: &str,
    files: &Files,
    views: &[&str],
) -> Result<Lesson, Vec<LessonError>> {
    // Files from elsewhere may have other line ends and a mark at their beginning; neither changes the number of a line.
    let source = source.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let mut mistakes = Mistakes {
        file,
        source: &source,
        found: Vec::new(),
        more: 0,
    };
    let lesson = read_lesson(&source, Around { files, views }, &mut mistakes);
    mistakes.found.sort_by_key(|mistake| mistake.line);
    if mistakes.more > 0 {
        mistakes.found.push(LessonError {
            file: file.into(),
            line: 0,
            problem: format!("… and {}", counted(mistakes.more, "further mistake")),
        });
    }
    match lesson {
        Some(lesson) if mistakes.found.is_empty() => Ok(lesson),
        _ => Err(mistakes.found),
    }
}

/// The line of a key in a readable lesson's front matter, from 1.
pub(super) fn line_of(source: &str, key: &str) -> usize {
    let source = source.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let at = front_matter(&source).and_then(|(front, _)| {
        let toml = Toml::parse(source[front.clone()].to_string()).ok()?;
        Some(front.start + toml.get(key)?.span()?.start)
    });
    let before = &source[..at.unwrap_or(0)];
    1 + before.bytes().filter(|&byte| byte == b'\n').count()
}

fn read_lesson(source: &str, around: Around<'_>, mistakes: &mut Mistakes<'_>) -> Option<Lesson> {
    let Some((front, body_at)) = front_matter(source) else {
        mistakes.at(
            0,
            "found no front matter, expected TOML between two lines of +++ at the beginning",
        );
        return None;
    };
    let base = front.start;
    let toml = parse_toml(&source[front], base, mistakes);
    let pages = read_pages(source, body_at, around, mistakes);
    if pages.is_empty() {
        mistakes.at(
            body_at,
            "found no page, expected a heading that begins with ##",
        );
    }
    let mut fields = Fields::root(toml.as_ref()?, base, "front matter");
    let id = fields.text("id", mistakes);
    let title = fields.text("title", mistakes);
    let summary = fields.text("summary", mistakes);
    let minutes = fields
        .required("minutes", mistakes)
        .and_then(|item| fields.whole("minutes", item, mistakes));
    let sources = fields.texts("sources", mistakes);
    let stands_on = fields.texts("stands_on", mistakes);
    fields.finish(mistakes);
    Some(Lesson {
        file: mistakes.file.into(),
        id: id?,
        title: title?,
        summary: summary?,
        minutes: u32::try_from(minutes?).unwrap_or(u32::MAX),
        sources,
        stands_on,
        pages,
    })
}

/// The range between the lines of `+++`, and where the body begins.
fn front_matter(source: &str) -> Option<(Range<usize>, usize)> {
    let start = source.strip_prefix("+++\n").map(|_| "+++\n".len())?;
    let mut at = start;
    for line in source[start..].split_inclusive('\n') {
        if line.trim_end() == "+++" {
            return Some((start..at, at + line.len()));
        }
        at += line.len();
    }
    None
}
