//! Lessons: Markdown files whose exercises are predicates over what the engine computed.
//!
//! `lessons/README.md` describes the format. The way of a lesson: file → [`read`] → [`Lesson`] → [`Player`], which plays its
//! pages on a [`Session`](crate::session::Session) with the same commands as any user, and asks [`Check`]s of it.
//! [`prove`] shows that each exercise is unsolved as shipped, that its wrong states fail with their reason and that its
//! solution solves it: `rnnscope check` and the tests run it over the whole [`library`].

pub mod check;
mod files;
pub mod glossary;
pub mod library;
pub mod player;
pub mod prose;
pub mod prove;
mod read;

use crate::experiment::{Location, Setting};
use crate::nn::Quantity;
use crate::session::Command;
use crate::train::Measure;

pub use check::{Check, Comparison, Verdict};
pub use files::Files;
pub use library::Shelf;
pub use player::{Player, Progress};
pub use read::{LessonError, read};

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
    /// Where the relative paths in its experiments start.
    pub location: Location,
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
    /// Something to do, checked.
    Do(Do),
}

/// The state that a page begins with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The experiment's text.
    pub experiment: String,
    /// Settings that override it.
    pub settings: Vec<(String, Setting)>,
    /// Updates made before the learner sees it.
    pub updates: u64,
    /// Whether everything is revealed at first, or the cursor stands at the beginning.
    pub reveal: bool,
}

/// What to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Focus {
    /// One of the views that there are, by name.
    pub view: String,
    /// Quantities to stress.
    pub highlight: Vec<Quantity>,
}

/// A question with choices, of which the engine knows the right one.
#[derive(Clone, Debug)]
pub struct Predict {
    /// The question.
    pub question: String,
    /// The choices, in the order of the bins.
    pub choices: Vec<String>,
    /// The number that decides.
    pub measure: Measure,
    /// The bounds between the choices, rising or falling; a single one is rising.
    pub bins: Vec<f64>,
    /// What to understand, after the answer.
    pub explain: String,
}

impl Predict {
    /// The choice whose bin holds `value`.
    pub fn choice_of(&self, value: f64) -> usize {
        let falling = self.bins.len() > 1 && self.bins[0] > self.bins[1];
        let passed = |bound: &&f64| {
            if falling {
                value <= **bound
            } else {
                value >= **bound
            }
        };
        self.bins.iter().take_while(passed).count()
    }
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
