//! What a course asks of its readers: words and new terms, page by page, and which misconceptions it meets where.

use super::prose::{self, links};
use super::prove::Unproved;
use super::{Block, Lesson, Shelf, misconception};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most new terms on a page.
pub const MAX_TERMS: usize = 3;

/// How many words of such prose are read in a minute.
const WORDS_A_MINUTE: f64 = 150.0;

/// What a page asks of who reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct PageSurvey {
    /// Its title.
    pub title: String,
    /// Its line in the file.
    pub line: usize,
    /// Words of prose.
    pub words: usize,
    /// Terms that are linked for the first time.
    pub new_terms: Vec<String>,
}

impl PageSurvey {
    /// How long its prose takes to read, in minutes.
    pub fn minutes(&self) -> f64 {
        self.words as f64 / WORDS_A_MINUTE
    }
}

/// The same for a lesson.
#[derive(Clone, Debug)]
pub struct LessonSurvey {
    /// The lesson.
    pub lesson: Arc<Lesson>,
    /// By page.
    pub pages: Vec<PageSurvey>,
}

/// Surveys lessons in their order. A lesson that comes with the program follows those that come before it there, any other one
/// all of them: what these have explained is not new.
pub fn survey(lessons: &[Arc<Lesson>], built_in: &Shelf) -> Vec<LessonSurvey> {
    let mut known: BTreeSet<String> = BTreeSet::new();
    let own = |id: &str| lessons.iter().any(|lesson| lesson.id == id);
    let first = built_in.lessons.iter().position(|lesson| own(&lesson.id));
    for lesson in &built_in.lessons[..first.unwrap_or(built_in.lessons.len())] {
        known.extend(lesson.pages.iter().flat_map(|page| terms(&page.blocks)));
    }
    let of_page = |page: &super::Page, known: &mut BTreeSet<String>| {
        let mut new_terms = Vec::new();
        for term in terms(&page.blocks) {
            if known.insert(term.clone()) {
                new_terms.push(term);
            }
        }
        PageSurvey {
            title: page.title.clone(),
            line: page.line,
            words: words(&page.blocks),
            new_terms,
        }
    };
    let surveyed = lessons.iter().map(|lesson| LessonSurvey {
        lesson: Arc::clone(lesson),
        pages: lesson
            .pages
            .iter()
            .map(|page| of_page(page, &mut known))
            .collect(),
    });
    surveyed.collect()
}

impl LessonSurvey {
    /// Pages that ask too much, and lessons named that are not there.
    pub fn problems(&self, known: &[&str]) -> Vec<Unproved> {
        let problem = |line: usize, page: &str, problem: String| Unproved {
            file: self.lesson.file.clone(),
            line,
            page: page.to_owned(),
            problem,
        };
        let crowded = self
            .pages
            .iter()
            .filter(|page| page.new_terms.len() > MAX_TERMS);
        let crowded = crowded.map(|page| {
            let (count, terms) = (page.new_terms.len(), page.new_terms.join(", "));
            let said = format!("found {count} new terms, {terms}, expected at most {MAX_TERMS}");
            problem(page.line, &page.title, said)
        });
        let stands_on = self.lesson.stands_on.iter();
        let missing = stands_on.filter(|id| !known.contains(&id.as_str()));
        let missing = missing.map(|id| {
            let said = format!("stands_on: found “{id}”, expected the id of a lesson");
            problem(1, &self.lesson.title, said)
        });
        crowded.chain(missing).collect()
    }
}

fn words(blocks: &[Block]) -> usize {
    let prose = blocks.iter().map(|block| match block {
        Block::Prose(text) => prose::words(text),
        _ => 0,
    });
    prose.sum()
}

/// The terms that a page links to, in the order of its blocks.
fn terms(blocks: &[Block]) -> Vec<String> {
    let mut found = Vec::new();
    for block in blocks {
        let texts: Vec<&String> = match block {
            Block::Prose(text) => vec![text],
            Block::Predict(predict) => predict.texts().collect(),
            Block::Turn(turn) => turn.texts().collect(),
            Block::Refute(refute) => refute.texts().collect(),
            Block::Do(exercise) => {
                let reasons = exercise.wrong.iter().map(|wrong| &wrong.reason);
                [&exercise.goal]
                    .into_iter()
                    .chain(&exercise.hints)
                    .chain(reasons)
                    .collect()
            }
        };
        for link in texts.into_iter().flat_map(|text| links(text)) {
            if let Some(term) = link.strip_prefix("term:")
                && !found.iter().any(|known| known == term)
            {
                found.push(term.to_owned());
            }
        }
    }
    found
}

/// Which misconceptions are met in which lessons, by id; those of the list that are met nowhere have none.
pub fn misconceptions(lessons: &[Arc<Lesson>]) -> BTreeMap<String, Vec<String>> {
    let listed = misconception::TABLE.iter();
    let mut met: BTreeMap<String, Vec<String>> = listed
        .map(|known| (known.id.to_owned(), Vec::new()))
        .collect();
    for lesson in lessons {
        for block in lesson.pages.iter().flat_map(|page| &page.blocks) {
            if let Block::Refute(refute) = block {
                let at = met.entry(refute.misconception.clone()).or_default();
                at.push(lesson.id.clone());
            }
        }
    }
    met
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::on_latch::{on_latch, with_pages};

    fn lesson(id: &str, pages: &str) -> Arc<Lesson> {
        on_latch(&with_pages(id, pages))
    }

    #[test]
    fn a_term_is_new_once_and_a_page_has_three_at_most() {
        let one = lesson(
            "one",
            "## A\n\n[loss](term:loss) [loss](term:loss)\n\n## B\n\n[loss](term:loss) and [norm](term:norm)\n",
        );
        let crowd = "## C\n\n[a](term:norm) [b](term:loss) [c](term:gradient) [d](term:bptt) [e](term:latch)\n";
        let two = lesson("two", crowd);
        let surveyed = survey(&[Arc::clone(&one), Arc::clone(&two)], &Shelf::default());
        let new: Vec<Vec<String>> = surveyed
            .iter()
            .flat_map(|lesson| lesson.pages.iter().map(|page| page.new_terms.clone()))
            .collect();
        assert_eq!(
            new,
            [
                vec!["loss"],
                vec!["norm"],
                vec!["gradient", "bptt", "latch"]
            ]
        );
        assert_eq!(surveyed[0].pages[1].words, 3);
        assert_eq!(surveyed[1].problems(&[]), []);
        let alone = survey(&[two], &Shelf::default());
        let problems = alone[0].problems(&[]);
        assert!(
            problems[0].problem.contains("found 5 new terms"),
            "{problems:?}"
        );
    }

    #[test]
    fn every_misconception_of_the_list_is_counted() {
        let met = misconceptions(&[]);
        assert_eq!(met.len(), misconception::TABLE.len());
        assert!(met.values().all(Vec::is_empty));
    }
}
