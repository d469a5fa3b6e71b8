//! What is wrong with an experiment's text: place, setting, found, expected, hint.

use std::fmt;

use crate::words::shortened;

/// One thing that is wrong, complete enough to be shown beside the line or beside the setting's field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line of the text, from 1. Of a setting that is missing: where its table begins.
    pub line: usize,
    /// Character within the line, from 1.
    pub column: usize,
    /// The setting, as in `model.hidden_size`; changes are counted from 0, as in `training.change[0].update`.
    /// Empty if the text is no TOML, so that no setting is known.
    pub path: String,
    /// What stands there, as a phrase.
    pub found: String,
    /// What should stand there, as a phrase.
    pub expected: String,
    /// A sentence: what to try next.
    pub hint: String,
}

/// How what stands in the place of a key that nobody knows is told, before its name.
pub(super) const UNKNOWN_KEY: &str = "the unknown key";

impl Problem {
    /// Whether it is a key that no experiment has there.
    pub fn is_unknown_key(&self) -> bool {
        self.found.starts_with(UNKNOWN_KEY)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if !self.path.is_empty() {
            // A path may hold any key that somebody wrote.
            write!(f, ", {}", shortened(&self.path))?;
        }
        write!(
            f,
            ": found {}, expected {}. {}",
            self.found, self.expected, self.hint
        )
    }
}

/// Everything that is wrong with an experiment's text, in the order of the text: at least one thing.
///
/// Displayed as one line per problem.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}", one_per_line(.problems), further(*.more))]
pub struct Errors {
    problems: Vec<Problem>,
    more: usize,
}

impl Errors {
    /// How many problems are kept; further ones are counted only.
    pub const CAP: usize = 50;

    /// All problems of a text, in any order.
    pub(super) fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| (problem.line, problem.column));
        let more = problems.len().saturating_sub(Self::CAP);
        problems.truncate(Self::CAP);
        Self { problems, more }
    }

    /// The problems kept, in the order of the text.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// How many further problems there are.
    pub fn more(&self) -> usize {
        self.more
    }
}

fn one_per_line(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    lines.join("\n")
}

fn further(more: usize) -> String {
    match more {
        0 => String::new(),
        1 => "\n… and 1 more problem".to_owned(),
        more => format!("\n… and {more} more problems"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_past_the_cap_are_counted_and_the_order_is_that_of_the_text() {
        let problem = |line| Problem {
            line,
            column: 1,
            path: "model.hidden_size".into(),
            found: "0".into(),
            expected: "a whole number from 1 to 4096".into(),
            hint: "The default is 16.".into(),
        };
        let errors = Errors::new((1..=52).rev().map(problem).collect());
        assert_eq!((errors.problems().len(), errors.more()), (50, 2));
        let shown = errors.to_string();
        assert_eq!(
            shown.lines().next(),
            Some(
                "line 1, model.hidden_size: found 0, expected a whole number from 1 to 4096. The default is 16."
            )
        );
        assert!(shown.ends_with("\n… and 2 more problems"));
    }
}
