//! Lessons: Markdown files whose exercises are predicates over what the engine computed.
//!
//! `lessons/README.md` describes the format. The way of a lesson: file → [`read`] → [`Lesson`] → [`Player`], which plays its
//! pages on a [`Session`](crate::session::Session) with the same commands as any user, and asks [`Check`]s of it.
//! [`prove`] shows that each exercise is unsolved as shipped, that its wrong states fail with their reason and that its
//! solution solves it: `rnnscope check` and the tests run it over the whole [`library`].
//!
//! What is asked: [`predict`], before looking; [`turn`], to be worked out. Their answers are [formulas](expression) over the
//! engine's record.

pub mod again;
mod aside;
pub mod check;
pub mod course;
pub mod expression;
mod files;
pub mod glossary;
pub mod library;
pub mod misconception;
pub mod near;
#[cfg(test)]
mod on_latch;
#[cfg(test)]
mod on_vanishing;
pub mod player;
pub mod predict;
mod progress;
pub mod prose;
pub mod prove;
mod read;
pub mod recall;
pub mod sketch;
pub mod summary;
pub mod survey;
mod template;
pub mod told;
mod topic;
pub mod turn;

use crate::experiment::{Location, Setting};
use crate::nn::Quantity;
use crate::session::Command;

pub use aside::Aside;
pub use check::{Check, Comparison, Verdict};
pub use course::Course;
pub use files::Files;
pub use library::Shelf;
pub use misconception::Refute;
pub use player::Player;
pub use predict::Predict;
pub use progress::Progress;
pub use read::{LessonError, read};
pub use recall::{Day, Recall};
pub use template::write_new;
pub use topic::Topic;
pub use turn::Turn;

/// A lesson.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// Its file, as messages call it.
    pub file: String,
    /// A short name that stays, for saved progress.
    pub id: String,
    /// What the learner sees in the list.
    pub title: String,
    /// What it is about, in a sentence.
    pub summary: String,
    /// How long it takes.
    pub minutes: u32,
    /// Papers and books, in reading order.
    pub sources: Vec<String>,
    /// The ids of lessons that it takes for known.
    pub stands_on: Vec<String>,
    /// One screenful each.
    pub pages: Vec<Page>,
}

/// One screenful of a lesson.
#[derive(Clone, Debug)]
pub struct Page {
    /// A name that stays, for saved progress, once in a lesson: the heading's words, or what stands in `{#…}` behind it.
    pub name: String,
    /// Its heading.
    pub title: String,
    /// The heading's line in the file, from 1.
    pub line: usize,
    /// What the session begins this page with; without one the page goes on where the last one ended.
    pub setup: Option<Setup>,
    /// What to look at.
    pub focus: Option<Focus>,
    /// Text and exercises from top to bottom.
    pub blocks: Vec<Block>,
}

/// A part of a page.
#[derive(Clone, Debug)]
pub enum Block {
    /// Markdown; `{{ measure key=value }}` stands for a number from the engine.
    Prose(String),
    /// A question to answer before looking.
    Predict(Predict),
    /// Something to work out.
    Turn(Turn),
    /// Something to do, checked.
    Do(Do),
    /// An error that the learner's run refutes.
    Refute(Refute),
}

impl Block {
    /// Whether the learner has something to do in it.
    pub fn is_work(&self) -> bool {
        match self {
            Block::Prose(_) | Block::Refute(_) => false,
            Block::Predict(_) | Block::Turn(_) | Block::Do(_) => true,
        }
    }
}

/// The state that a page begins with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The experiment's text.
    pub experiment: String,
    /// Where the relative paths in it start.
    pub location: Location,
    /// Settings that override it.
    pub settings: Vec<(String, Setting)>,
    /// Updates made before the learner sees it.
    pub updates: u64,
    /// What else is done before that.
    pub then: Vec<Command>,
    /// Whether everything is revealed at first, or the cursor stands at the beginning.
    pub reveal: bool,
}

/// What to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Focus {
    /// One of the views that there are, by name.
    pub view: String,
    /// Others that are to be seen beside it, by name, where its layout has a place for them.
    pub also: Vec<String>,
    /// The page inside the view, where it has several: by what it is called there.
    pub page: Option<String>,
    /// The part of the network on show, by index; the one with the output if none is named.
    pub part: Option<usize>,
    /// Quantities to stress.
    pub highlight: Vec<Quantity>,
    /// Whether gradients are shown where there are values as well, or values; as the sweep has it if it says neither.
    pub gradients: Option<bool>,
}

/// An exercise.
#[derive(Clone, Debug)]
pub struct Do {
    /// What to reach.
    pub goal: String,
    /// When it is reached.
    pub check: Check,
    /// Help, from a nudge to the way.
    pub hints: Vec<String>,
    /// Plausible wrong states.
    pub wrong: Vec<Wrong>,
    /// Commands that reach it.
    pub solution: Vec<Command>,
}

/// A plausible wrong state.
#[derive(Clone, Debug)]
pub struct Wrong {
    /// How a learner gets there.
    pub commands: Vec<Command>,
    /// How it is recognised.
    pub when: Check,
    /// What to tell them.
    pub reason: String,
}
