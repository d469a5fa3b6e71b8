//! Where a learner stands in a lesson: what was answered, done and worked out, as it is kept between launches; and how what is
//! said to a question is held against what the engine says.

use super::expression::{Missing, Scope};
use super::predict::Kind;
use super::recall::{self, Day, Recalled};
use super::sketch::Sketch;
use super::{Block, Lesson, Page, Predict};
use crate::session::Session;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a learner has reached in a lesson; kept between launches.
///
/// A page is kept by its [name](Page::name), and a page has one block of each kind at most: a page that is put in later
/// moves nobody's progress. Earlier versions kept numbers; they are read as the lesson is numbered now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// The page on show.
    pub(super) page: Kept,
    /// Pages whose exercise is done.
    pub(super) done: BTreeSet<Kept>,
    /// Choices made, by the page of the question.
    #[serde(with = "pairs")]
    pub(super) chosen: BTreeMap<Kept, Answer>,
    /// What was drawn, by the page of the question.
    #[serde(with = "pairs")]
    pub(super) sketched: BTreeMap<Kept, Sketched>,
    /// What was worked out, by the page that asked for it.
    #[serde(with = "pairs")]
    pub(super) turned: BTreeMap<Kept, Turned>,
    /// What was said to questions whose number is not there yet, by their page: it is found out for who comes back, too.
    #[serde(with = "pairs")]
    pub(super) waiting: BTreeMap<Kept, Said>,
    /// Hints asked for, by the page of the exercise.
    #[serde(with = "pairs")]
    pub(super) hints: BTreeMap<Kept, usize>,
    /// The same of what is to be worked out.
    #[serde(with = "pairs")]
    pub(super) turn_hints: BTreeMap<Kept, usize>,
    /// Pages whose error the learner's run has refuted.
    pub(super) refuted: BTreeSet<Kept>,
    /// What became of asking again, by the page and whether it is what was to be worked out there.
    #[serde(with = "pairs")]
    pub(super) recalled: BTreeMap<(Kept, bool), Recalled>,
    /// The commands used on the page on show, by name.
    pub(super) used: BTreeSet<String>,
}

/// A page as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Kept {
    /// By its name.
    Name(String),
    /// By its number from 0, as the page on show once was.
    Page(usize),
    /// By its number and a block's, as questions and exercises once were.
    Block(usize, usize),
}

impl Default for Kept {
    fn default() -> Self {
        Kept::Page(0)
    }
}

impl Kept {
    /// The number of the page in a lesson.
    fn page(&self, lesson: &Lesson) -> Option<usize> {
        match self {
            Kept::Name(name) => lesson.pages.iter().position(|page| page.name == *name),
            Kept::Page(page) | Kept::Block(page, _) => Some(*page),
        }
    }

    /// The same by its name, if the lesson has such a page.
    fn named(&self, lesson: &Lesson) -> Kept {
        let page = self.page(lesson).and_then(|page| lesson.pages.get(page));
        page.map_or(self.clone(), |page| Kept::Name(page.name.clone()))
    }
}

impl Progress {
    /// The number of the page on show in a lesson, from 0: of one that is not there any more, the first.
    pub fn page(&self, lesson: &Lesson) -> usize {
        let page = self.page.page(lesson).unwrap_or(0);
        page.min(lesson.pages.len().saturating_sub(1))
    }

    /// The same with all pages by their names.
    pub(super) fn named(&self, lesson: &Lesson) -> Self {
        let named = |page: &Kept| page.named(lesson);
        Self {
            page: named(&self.page),
            done: self.done.iter().map(named).collect(),
            chosen: self
                .chosen
                .iter()
                .map(|(page, answer)| (named(page), *answer))
                .collect(),
            sketched: self
                .sketched
                .iter()
                .map(|(page, sketched)| (named(page), sketched.clone()))
                .collect(),
            turned: self
                .turned
                .iter()
                .map(|(page, turned)| (named(page), turned.clone()))
                .collect(),
            waiting: self
                .waiting
                .iter()
                .map(|(page, said)| (named(page), said.clone()))
                .collect(),
            hints: self
                .hints
                .iter()
                .map(|(page, hints)| (named(page), *hints))
                .collect(),
            turn_hints: self
                .turn_hints
                .iter()
                .map(|(page, hints)| (named(page), *hints))
                .collect(),
            refuted: self.refuted.iter().map(named).collect(),
            recalled: self
                .recalled
                .iter()
                .map(|((page, turn), recalled)| ((named(page), *turn), recalled.clone()))
                .collect(),
            used: self.used.clone(),
        }
    }

    /// How many questions and exercises of a lesson are answered and done, and how many there are.
    pub fn done_of(&self, lesson: &Lesson) -> (usize, usize) {
        let pages = self.pages(lesson).into_iter();
        pages.fold((0, 0), |sum, page| (sum.0 + page.0, sum.1 + page.1))
    }

    /// The same by page.
    pub fn pages(&self, lesson: &Lesson) -> Vec<(usize, usize)> {
        let here = self.named(lesson);
        let pages = lesson.pages.iter().map(|page| {
            let work = page.blocks.iter().filter(|block| block.is_work());
            let done = work.clone().filter(|block| here.has_done(page, block));
            (done.count(), work.count())
        });
        pages.collect()
    }

    /// Whether everything in a lesson is answered and done.
    pub fn is_complete(&self, lesson: &Lesson) -> bool {
        let (done, all) = self.done_of(lesson);
        done == all
    }

    pub(super) fn has_done(&self, page: &Page, block: &Block) -> bool {
        let page = Kept::Name(page.name.clone());
        match block {
            Block::Prose(_) | Block::Refute(_) => true,
            Block::Predict(_) => self.chosen.contains_key(&page),
            Block::Turn(_) => self.turned.get(&page).is_some_and(|turned| turned.solved),
            Block::Do(_) => self.done.contains(&page),
        }
    }
}

/// A block as it is kept for being asked again.
fn recall_key(page: &Page, block: &Block) -> (Kept, bool) {
    let is_turn = matches!(block, Block::Turn(_));
    (Kept::Name(page.name.clone()), is_turn)
}

impl Progress {
    /// What became of asking a question of a page again; `None` while it was not answered for the first time.
    pub fn recalled(&self, page: &Page, block: &Block) -> Option<&Recalled> {
        self.recalled.get(&recall_key(page, block))
    }

    /// Notes the first answer to a question that is to be asked again.
    pub(super) fn note_answered(&mut self, page: &Page, block: &Block, today: Day) {
        if recall::of_block(block).is_some() {
            let recalled = self.recalled.entry(recall_key(page, block));
            recalled.or_insert(Recalled {
                last: today,
                results: Vec::new(),
            });
        }
    }

    /// Notes what became of asking a question again for the `nth` time; once.
    pub(super) fn note_recalled(
        &mut self,
        page: &Page,
        block: &Block,
        (nth, right): (usize, bool),
        today: Day,
    ) {
        if let Some(recalled) = self.recalled.get_mut(&recall_key(page, block))
            && recalled.results.len() == nth
        {
            recalled.results.push(right);
            recalled.last = today;
        }
    }

    /// Whether a question of a page was answered rightly, at the first try and without being shown; `None` while it was not
    /// answered.
    pub(super) fn was_right(&self, page: &Page, block: &Block) -> Option<bool> {
        let kept = Kept::Name(page.name.clone());
        match block {
            Block::Predict(predict) => {
                let answer = self.chosen.get(&kept)?;
                Some(answer.is_right(predict))
            }
            Block::Turn(turn) => {
                let turned = self.turned.get(&kept)?;
                let is_over = turned.solved || turned.shown >= turn.working.len();
                is_over.then_some(turned.solved && turned.tries == 1 && turned.shown == 0)
            }
            _ => None,
        }
    }

    /// Adds what was reached in another window; where the two differ, this one stays.
    pub fn merge(&mut self, other: Progress) {
        self.done.extend(other.done);
        self.refuted.extend(other.refuted);
        for (place, recalled) in other.recalled {
            let here = self.recalled.entry(place).or_default();
            if recalled.results.len() > here.results.len() || here.last == Day::default() {
                *here = recalled;
            }
        }
        for (place, answer) in other.chosen {
            self.chosen.entry(place).or_insert(answer);
        }
        for (place, sketched) in other.sketched {
            self.sketched.entry(place).or_insert(sketched);
        }
        for (place, said) in other.waiting {
            if !self.chosen.contains_key(&place) {
                self.waiting.entry(place).or_insert(said);
            }
        }
        for (place, turned) in other.turned {
            let here = self.turned.entry(place).or_default();
            if !here.solved && turned.solved {
                *here = turned;
            }
        }
        for (here, there) in [
            (&mut self.hints, other.hints),
            (&mut self.turn_hints, other.turn_hints),
        ] {
            for (place, hints) in there {
                let here = here.entry(place).or_default();
                *here = hints.max(*here);
            }
        }
    }
}

/// Maps as lists of pairs: formats such as JSON have only texts as keys.
mod pairs {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::collections::BTreeMap;

    pub fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub fn deserialize<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Ord + Deserialize<'de>,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Vec::<(K, V)>::deserialize(deserializer).map(|pairs| pairs.into_iter().collect())
    }
}

/// An answered question.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// What the learner said: the choice, or the bin of the number.
    pub chosen: usize,
    /// What the engine says.
    pub right: usize,
    /// The number behind it.
    pub value: f64,
    /// The number that the learner said, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<f64>,
    /// Of a sketch: whether the three points that count are near.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near: Option<bool>,
}

/// A curve that was drawn, and the engine's own as it was then.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sketched {
    /// The first and the last value of what it goes over.
    pub span: (i64, i64),
    /// A value for each point.
    pub drawn: Vec<f64>,
    /// A value for each whole number of the span.
    pub engine: Vec<f64>,
}

impl Answer {
    /// Whether the learner was right.
    pub fn is_right(&self, predict: &Predict) -> bool {
        match (&predict.kind, self.said) {
            (Kind::Number { near, .. }, Some(said)) => near.holds(said, self.value),
            (Kind::Sketch(_), _) => self.chosen == self.right && self.near == Some(true),
            _ => self.chosen == self.right,
        }
    }
}

/// What a learner says to a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Said {
    /// This choice.
    Choice(usize),
    /// This number.
    Number(f64),
    /// A curve: a value for each point.
    Sketch(Vec<f64>),
}

/// How far a learner is with what is to be worked out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Turned {
    /// What was typed last and held against the answer.
    pub typed: String,
    /// How often something was.
    pub tries: usize,
    /// Whether it was right once.
    pub solved: bool,
    /// How many lines of the way to the answer were asked for.
    pub shown: usize,
}

/// What becomes of something that was said to a question.
pub(super) enum Held {
    /// The engine has no number yet.
    NotYet,
    /// It has none, and none is on its way, in words.
    Never(String),
    /// It does not fit the question.
    Unfit,
    /// It is answered; of a sketch, with the curves.
    Answered(Answer, Option<Sketched>),
}

/// Holds what was said to a question against what the engine says.
pub(super) fn judge(predict: &Predict, said: &Said, session: &Session) -> Held {
    if let (Kind::Sketch(sketch), Said::Sketch(drawn)) = (&predict.kind, said) {
        return match judge_sketch(predict, sketch, drawn, session) {
            Ok(Some((answer, sketched))) => Held::Answered(answer, Some(sketched)),
            Ok(None) => Held::Unfit,
            Err(missing) => missing.into(),
        };
    }
    let (chosen, number) = match (&predict.kind, said) {
        (Kind::Choices { choices, .. }, Said::Choice(chosen)) if *chosen < choices.len() => {
            (*chosen, None)
        }
        (Kind::Number { .. }, Said::Number(said)) if said.is_finite() => {
            (predict.bin_of(*said), Some(*said))
        }
        _ => return Held::Unfit,
    };
    match finite(Scope::new(session).number(&predict.answer)) {
        Ok(value) => {
            let answer = Answer {
                chosen,
                right: predict.bin_of(value),
                value,
                said: number,
                near: None,
            };
            Held::Answered(answer, None)
        }
        Err(missing) => missing.into(),
    }
}

/// A number that something can be held against.
pub(super) fn finite(number: Result<f64, Missing>) -> Result<f64, Missing> {
    match number {
        Ok(number) if !number.is_finite() => Err(Missing::Fault(format!(
            "its number is {number}, which nothing can be held against"
        ))),
        number => number,
    }
}

impl From<Missing> for Held {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::NotYet => Held::NotYet,
            Missing::Fault(why) => Held::Never(why),
        }
    }
}

/// What is said of a curve that was drawn; `None` if it has another number of points than the engine's.
///
/// # Errors
/// Why the engine has none.
fn judge_sketch(
    predict: &Predict,
    sketch: &Sketch,
    drawn: &[f64],
    session: &Session,
) -> Result<Option<(Answer, Sketched)>, Missing> {
    let span = sketch.span(session)?;
    let engine = sketch.curve(&predict.answer, session)?;
    let Some(held) = sketch.hold(drawn, span, &engine) else {
        return Ok(None);
    };
    let answer = Answer {
        chosen: held.drawn.index(),
        right: held.engine.index(),
        value: held.farthest.2,
        said: Some(held.farthest.1),
        near: Some(held.near),
    };
    let sketched = Sketched {
        span,
        drawn: drawn.to_vec(),
        engine,
    };
    Ok(Some((answer, sketched)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::on_vanishing::{blocks, played, solution};
    use crate::lesson::player::{Player, play};
    use std::sync::Arc;

    #[test]
    fn only_what_was_answered_and_done_counts() {
        let (mut player, mut session) = played();
        let lesson = Arc::clone(&player.lesson);
        let (question, exercise) = blocks(&player);
        let (done, all) = player.progress.done_of(&lesson);
        assert_eq!(done, 0);
        assert!(all > 5, "{all}");
        // Being on the last page is not having done anything.
        player.turn_to(lesson.pages.len());
        assert!(player.is_last());
        assert_eq!(player.progress.done_of(&lesson), (0, all));
        assert!(!player.progress.is_complete(&lesson));
        player.turn_to(1);
        player.choose(question, 0, &session);
        assert_eq!(player.progress.done_of(&lesson), (1, all));
        play(&mut session, &solution(&player, exercise)).unwrap();
        player.standing(exercise, &session);
        assert_eq!(player.progress.done_of(&lesson), (2, all));
        let answer = player.answer(question).unwrap();
        for page in &lesson.pages {
            let page = Kept::Name(page.name.clone());
            player.progress.done.insert(page.clone());
            player.progress.chosen.insert(page.clone(), answer);
            let turned = Turned {
                solved: true,
                ..Turned::default()
            };
            player.progress.turned.insert(page, turned);
        }
        assert!(player.progress.is_complete(&lesson));
    }

    /// What was reached stays with its page when another is put in before it, also what was kept by numbers once.
    #[test]
    fn a_page_that_is_put_in_moves_nobodys_progress() {
        let (mut player, session) = played();
        let (question, exercise) = blocks(&player);
        player.choose(question, 0, &session);
        player.ask_hint(exercise);
        let lesson = Arc::clone(&player.lesson);
        let old = serde_json::json!({
            "page": 1,
            "done": [],
            "chosen": [[[1, question], player.answer(question).unwrap()]],
            "hints": [[[1, exercise], 1]],
        });
        let old: Progress = serde_json::from_value(old).unwrap();
        assert_eq!(old.done_of(&lesson), player.progress.done_of(&lesson));
        let of_numbers = Player::new(Arc::clone(&lesson), old);
        assert_eq!(of_numbers.progress, player.progress);
        let kept = serde_json::to_string(&player.progress).unwrap();
        assert!(kept.contains("the-way-back"), "{kept}");
        let mut longer = (*lesson).clone();
        let new = Page {
            name: "new".into(),
            ..longer.pages[0].clone()
        };
        longer.pages.insert(0, new);
        let back: Progress = serde_json::from_str(&kept).unwrap();
        assert_eq!(back.done_of(&longer).0, 1);
        let again = Player::new(Arc::new(longer.clone()), back.clone());
        assert_eq!(again.page_number(), 2);
        assert!(again.answer(question).is_some() && again.hints(exercise) == 1);
        // One that is gone begins at the beginning, and what was reached on it counts for nothing.
        longer.pages.remove(2);
        assert_eq!((back.page(&longer), back.done_of(&longer).0), (0, 0));
    }
}
