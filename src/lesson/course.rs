//! The course as a path: what was reached in each lesson, how much of it is left, and where one stands.

use super::{Lesson, Progress};
use crate::words::counted;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Lessons in their order, with what was reached in them.
#[derive(Clone, Debug)]
pub struct Course {
    /// A stop for each.
    pub stops: Vec<Stop>,
}

/// A lesson on the path.
#[derive(Clone, Debug)]
pub struct Stop {
    /// The lesson.
    pub lesson: Arc<Lesson>,
    /// By page: whether all that it asks is answered and done; `None` of a page that asks nothing.
    pub pages: Vec<Option<bool>>,
    /// The page on which one goes on, from 0; the first of a lesson that is done.
    pub page: usize,
    /// How many questions and exercises are answered and done.
    pub done: usize,
    /// How many there are.
    pub all: usize,
    /// The lessons that it takes for known, by their place on the path; those that are not on it are left out.
    pub stands_on: Vec<usize>,
}

/// How far one is in a lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// Not begun.
    Nothing,
    /// Begun.
    Some,
    /// All is answered and done.
    All,
}

impl Course {
    /// The path over these lessons with what was reached, by the lesson's id.
    pub fn of(lessons: &[Arc<Lesson>], progress: &BTreeMap<String, Progress>) -> Self {
        let place = |id: &String| lessons.iter().position(|lesson| lesson.id == *id);
        let none = Progress::default();
        let stops = lessons.iter().map(|lesson| {
            let progress = progress.get(&lesson.id).unwrap_or(&none);
            let pages = progress.pages(lesson);
            let (done, all) = pages
                .iter()
                .fold((0, 0), |sum, page| (sum.0 + page.0, sum.1 + page.1));
            let answered = |(done, all): (usize, usize)| (all > 0).then_some(done == all);
            Stop {
                pages: pages.into_iter().map(answered).collect(),
                page: match done == all {
                    true => 0,
                    false => progress.page(lesson),
                },
                done,
                all,
                stands_on: lesson.stands_on.iter().filter_map(place).collect(),
                lesson: Arc::clone(lesson),
            }
        });
        Self {
            stops: stops.collect(),
        }
    }

    /// The lesson and the page to go on with, for who was in the lesson of this id last: where that is done, the next one that
    /// is not, and behind the last one the first. `None` where everything is done.
    pub fn next(&self, last: Option<&str>) -> Option<(usize, usize)> {
        let last = last.and_then(|id| self.stops.iter().position(|stop| stop.lesson.id == id));
        let all = self.stops.len();
        let from = last.unwrap_or(0);
        let mut around = (from..all).chain(0..from);
        let next = around.find(|&at| self.stops[at].reached() != Reached::All)?;
        Some((next, self.stops[next].page))
    }

    /// How many questions and exercises are answered and done, and how many there are.
    pub fn done_of(&self) -> (usize, usize) {
        let sums = self.stops.iter().map(|stop| (stop.done, stop.all));
        sums.fold((0, 0), |sum, stop| (sum.0 + stop.0, sum.1 + stop.1))
    }

    /// How long all of it takes, in minutes.
    pub fn minutes(&self) -> u32 {
        self.stops.iter().map(|stop| stop.lesson.minutes).sum()
    }

    /// How long what is left takes, in minutes.
    pub fn minutes_left(&self) -> u32 {
        self.stops.iter().map(Stop::minutes_left).sum()
    }
}

impl Stop {
    /// How far one is.
    pub fn reached(&self) -> Reached {
        match self.done {
            // What asks nothing is read, and never done.
            _ if self.all == 0 => Reached::Nothing,
            done if done == self.all => Reached::All,
            0 if self.page == 0 => Reached::Nothing,
            _ => Reached::Some,
        }
    }

    /// How many pages are answered, and how many ask something.
    pub fn pages_done_of(&self) -> (usize, usize) {
        let asking = self.pages.iter().flatten();
        (asking.clone().filter(|done| **done).count(), asking.count())
    }

    /// How long what is left takes, in minutes: as large a share of the lesson's minutes as of its questions and exercises.
    pub fn minutes_left(&self) -> u32 {
        let left = f64::from(self.lesson.minutes) * (self.all - self.done) as f64;
        (left / self.all.max(1) as f64).round() as u32
    }
}

/// Minutes in hours and minutes: “45 minutes”, “6 h 20 min”.
pub fn hours(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => counted(minutes as usize, "minute"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::on_latch::on_latch;
    use crate::lesson::player::Player;
    use crate::session::Session;

    /// Two pages that ask, and one that asks nothing between them.
    fn lesson(id: &str, stands_on: &str) -> Arc<Lesson> {
        let question = "```predict\nquestion = \"Which?\"\nchoices = [\"one\", \"two\"]\n\
             answer = { measure = \"hidden_size\", bins = [100.0] }\nexplain = \"So.\"\n```\n";
        let source = format!(
            "+++\nid = \"{id}\"\ntitle = \"{id}\"\nsummary = \"A.\"\nminutes = 10\nstands_on = [{stands_on}]\n+++\n\n\
             ## One\n\n```setup\nexperiment = \"latch.toml\"\n```\n\n{question}\n## Two\n\nA word.\n\n## Three\n\n{question}"
        );
        on_latch(&source)
    }

    #[test]
    fn the_path_tells_what_was_reached_what_is_left_and_where_to_go_on() {
        let lessons = [
            lesson("a", ""),
            lesson("b", "\"a\", \"gone\""),
            lesson("c", "\"b\", \"a\""),
        ];
        let mut progress = BTreeMap::new();
        let course = Course::of(&lessons, &progress);
        assert_eq!(course.stops[0].pages, [Some(false), None, Some(false)]);
        assert_eq!(course.stops[2].stands_on, [1, 0]);
        assert_eq!(
            course.stops[1].stands_on,
            [0],
            "what is not there is left out"
        );
        assert_eq!((course.minutes(), course.minutes_left()), (30, 30));
        assert_eq!(
            (course.next(None), course.done_of()),
            (Some((0, 0)), (0, 6))
        );
        // One of two questions of the second lesson.
        let mut session = Session::new(|| {});
        session.settle().unwrap();
        let mut player = Player::new(Arc::clone(&lessons[1]), Progress::default());
        player.choose(0, 0, &session);
        player.turn_to(1);
        progress.insert("b".to_owned(), player.progress.clone());
        let course = Course::of(&lessons, &progress);
        let stop = &course.stops[1];
        assert_eq!(stop.pages, [Some(true), None, Some(false)]);
        assert_eq!((stop.pages_done_of(), stop.minutes_left()), ((1, 2), 5));
        assert_eq!(stop.reached(), Reached::Some);
        assert_eq!(course.minutes_left(), 25);
        // Who was in it last goes on there; who was elsewhere, at the first that is not done.
        assert_eq!(course.next(Some("b")), Some((1, 1)));
        assert_eq!(course.next(None), Some((0, 0)));
        // Where it is done the next one comes, and after the last one the first.
        player.turn_to(2);
        player.choose(0, 1, &session);
        progress.insert("b".to_owned(), player.progress.clone());
        let course = Course::of(&lessons, &progress);
        assert_eq!(course.stops[1].reached(), Reached::All);
        assert_eq!(course.next(Some("b")), Some((2, 0)));
        progress.insert("c".to_owned(), player.progress.clone());
        let course = Course::of(&lessons, &progress);
        assert_eq!(course.next(Some("c")), Some((0, 0)));
        progress.insert("a".to_owned(), player.progress);
        let course = Course::of(&lessons, &progress);
        assert_eq!((course.next(Some("c")), course.minutes_left()), (None, 0));
    }

    #[test]
    fn minutes_are_told_in_hours_where_there_are_some() {
        assert_eq!(
            [1, 45, 60, 380].map(hours),
            ["1 minute", "45 minutes", "1 h", "6 h 20 min"]
        );
    }
}
