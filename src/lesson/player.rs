//! Plays a lesson on a session.

use super::check::{Reading, Verdict};
use super::expression::{Expression, Missing, Scope};
pub use super::progress::{Answer, Progress, Said, Sketched, Turned};
use super::progress::{Held, Kept, finite, judge};
use super::recall::Day;
use super::turn::Judged;
use super::{Block, Lesson, Page, Setup, Topic, Turn, prose};
use crate::session::{Command, Message, Origin, Session};
use crate::train::measures::MeasureError;
use crate::words;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is said of the last try.
#[derive(Clone, Debug, PartialEq)]
pub enum Tried {
    /// It was held against the answer.
    Judged(Judged),
    /// It could not be, in words.
    Unread(String),
    /// There is no answer to hold it against, and none to come, in words.
    Never(String),
    /// The engine has no number yet.
    Waiting,
}

/// How an exercise stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// Reached.
    Done,
    /// Not yet: the measures it asks for, and what is wrong if that is a known mistake.
    Open {
        /// The measures.
        readings: Vec<Reading>,
        /// The reason.
        reason: Option<String>,
    },
}

/// A lesson being played.
#[derive(Clone, Debug)]
pub struct Player {
    /// The lesson.
    pub lesson: Arc<Lesson>,
    /// What has been reached.
    pub progress: Progress,
    /// The number of the page on show, from 0.
    page: usize,
    /// Whether the page on show was begun again: what was done on it once is to be done once more.
    anew: bool,
    /// The last try to work something out on it: block, and what is said of it.
    tried: Option<(usize, Tried)>,
    /// Why what was said on a page cannot be judged, as things stand: the engine has no number to hold it against, and none
    /// to come.
    unjudged: BTreeMap<Kept, String>,
    /// The exercise whose solution is shown, and how many of its commands were done.
    showing: Option<(usize, usize)>,
    /// The day, for asking again on later ones; nothing is noted for that without it.
    today: Option<Day>,
}

impl Player {
    /// Begins a lesson, or goes on with it.
    pub fn new(lesson: Arc<Lesson>, progress: Progress) -> Self {
        Self {
            page: progress.page(&lesson),
            progress: progress.named(&lesson),
            lesson,
            anew: false,
            tried: None,
            unjudged: BTreeMap::new(),
            showing: None,
            today: None,
        }
    }

    /// Goes on with another version of the same lesson, on the page of the same name; whether that begins otherwise now.
    pub fn take_version(&mut self, lesson: Arc<Lesson>) -> bool {
        let before = format!("{:?}", self.approach());
        self.lesson = lesson;
        self.page = self.progress.page(&self.lesson);
        self.tried = None;
        self.unjudged.clear();
        self.showing = None;
        before != format!("{:?}", self.approach())
    }

    /// The number of the page on show, from 0.
    pub fn page_number(&self) -> usize {
        self.page
    }

    /// The page on show, as it is kept.
    fn kept(&self) -> Kept {
        Kept::Name(self.page().name.clone())
    }

    /// The page on show; an empty one if the lesson has none.
    pub fn page(&self) -> &Page {
        const NONE: &Page = &Page {
            line: 0,
            name: String::new(),
            title: String::new(),
            setup: None,
            focus: None,
            blocks: Vec::new(),
        };
        self.lesson.pages.get(self.page).unwrap_or(NONE)
    }

    /// The commands that a page begins with, and where it was done already, those that do it: what it says is of that state.
    pub fn setup(&self) -> Vec<Command> {
        let setup = self.page().setup.as_ref();
        let mut commands = setup.map_or_else(Vec::new, |setup| setup_commands(setup, &self.lesson));
        commands.extend(self.begun());
        commands
    }

    /// The commands that lead to what a question is about that asks what a change would do: the page's beginning, what it has
    /// the learner do before the question, and the change.
    pub fn asked_after(&self, block: usize) -> Vec<Command> {
        let Some(Block::Predict(predict)) = self.page().blocks.get(block) else {
            return Vec::new();
        };
        if predict.after.is_empty() {
            return Vec::new();
        }
        let mut commands = self.approach_to(block);
        commands.extend(predict.after.iter().cloned());
        commands
    }

    /// The commands that lead to where a block of the page stands: the page's beginning, and what is done before it.
    fn approach_to(&self, block: usize) -> Vec<Command> {
        let mut commands = self.beginning();
        for content in &self.page().blocks[..block] {
            if let Block::Do(exercise) = content {
                commands.extend(exercise.solution.iter().cloned());
            }
        }
        commands
    }

    /// How many commands of an exercise's solution were shown, while it is.
    pub fn showing(&self, block: usize) -> Option<usize> {
        self.showing
            .filter(|(at, _)| *at == block)
            .map(|(_, done)| done)
    }

    /// Begins to show an exercise's solution; the commands that lead back to where it begins.
    pub fn show_solution(&mut self, block: usize) -> Vec<Command> {
        self.showing = Some((block, 0));
        self.progress.used.clear();
        self.approach_to(block)
    }

    /// The next command of the solution that is shown.
    pub fn next_shown(&mut self, block: usize) -> Option<Command> {
        let done = self.showing(block)?;
        let Some(Block::Do(exercise)) = self.page().blocks.get(block) else {
            return None;
        };
        let next = exercise.solution.get(done).cloned()?;
        self.showing = Some((block, done + 1));
        Some(next)
    }

    /// Whether these commands are what an exercise on the page asks for: done by a button, nothing of it would be left to do.
    pub fn is_exercise(&self, commands: &[Command]) -> bool {
        self.page().blocks.iter().any(|block| match block {
            Block::Do(exercise) => exercise.solution == commands,
            _ => false,
        })
    }

    /// Whether training is what the page asks for next: an exercise is to be done whose way begins with it, or comes to it once
    /// settings are as they should be, and they are.
    pub fn trains_next(&self, session: &Session) -> bool {
        let is_to_come = |command: &&Command| match command {
            Command::Set { path, value } => !session.setting_is(path, value).unwrap_or(false),
            _ => true,
        };
        let mut exercises = self.page().blocks.iter().filter_map(|block| match block {
            Block::Do(exercise) => Some(exercise),
            _ => None,
        });
        !self.page_done()
            && exercises.any(|exercise| {
                let next = exercise.solution.iter().find(is_to_come);
                matches!(next, Some(Command::Start | Command::Update(_)))
            })
    }

    /// The commands that do what was done on the page on show.
    fn done_again(&self) -> Vec<Command> {
        let is_done = self.progress.done.contains(&self.kept()) && !self.anew;
        let exercises = self.page().blocks.iter().filter_map(|block| match block {
            Block::Do(exercise) if is_done => Some(exercise),
            _ => None,
        });
        let commands = exercises.flat_map(|exercise| exercise.solution.iter().cloned());
        commands.collect()
    }

    /// The commands that bring the session to where the page on show begins: the nearest set-up before it, and the
    /// solutions of the pages since, so that a page can be entered from anywhere.
    pub fn approach(&self) -> Vec<Command> {
        let mut commands = self.beginning();
        commands.extend(self.done_again());
        commands
    }

    /// The same for who has done nothing on the page yet.
    fn beginning(&self) -> Vec<Command> {
        let pages = &self.lesson.pages;
        let until = pages.len().min(self.page + 1);
        let from = pages[..until]
            .iter()
            .rposition(|page| page.setup.is_some())
            .unwrap_or(0);
        let mut commands = Vec::new();
        for (index, page) in pages[..until].iter().enumerate().skip(from) {
            if let Some(setup) = &page.setup {
                commands.extend(setup_commands(setup, &self.lesson));
            }
            if index < self.page {
                for block in &page.blocks {
                    if let Block::Do(exercise) = block {
                        commands.extend(exercise.solution.iter().cloned());
                    }
                }
            }
        }
        commands.extend(self.begun());
        commands
    }

    /// What ends a page's beginning: the part that it looks at, and that this is where it begins.
    fn begun(&self) -> Vec<Command> {
        if self.lesson.pages.is_empty() {
            return Vec::new();
        }
        let focus = self.page().focus.as_ref();
        let part = focus.and_then(|focus| focus.part).map(Command::ShowPart);
        part.into_iter().chain([Command::Mark]).collect()
    }

    /// Turns to a page.
    pub fn turn_to(&mut self, page: usize) {
        self.page = page.min(self.lesson.pages.len().saturating_sub(1));
        self.progress.page = self.kept();
        self.anew = false;
        self.progress.used.clear();
        self.tried = None;
        self.showing = None;
    }

    /// Begins the page on show again: its question is asked anew, and its exercise is there to be done; that it was done once
    /// stays.
    pub fn begin_again(&mut self) {
        self.progress.chosen.remove(&self.kept());
        self.progress.sketched.remove(&self.kept());
        self.progress.turned.remove(&self.kept());
        self.progress.refuted.remove(&self.kept());
        self.progress.waiting.remove(&self.kept());
        self.unjudged.remove(&self.kept());
        self.anew = true;
        self.tried = None;
        self.showing = None;
        self.progress.used.clear();
    }

    /// Notes a command that the learner used.
    pub fn note(&mut self, command: &Command) {
        self.progress.used.insert(command.name().into());
    }

    /// The names of the commands that the learner used on the page on show.
    pub(super) fn used(&self) -> &BTreeSet<String> {
        &self.progress.used
    }

    /// The answer given to a question, if any.
    pub fn answer(&self, block: usize) -> Option<Answer> {
        let is_question = matches!(self.page().blocks.get(block), Some(Block::Predict(_)));
        let answer = self.progress.chosen.get(&self.kept());
        answer.filter(|_| is_question).copied()
    }

    /// Answers a question; the engine decides which choice is right. While it has no number yet, the choice waits for it.
    pub fn choose(&mut self, block: usize, chosen: usize, session: &Session) {
        self.say(block, Said::Choice(chosen), session);
    }

    /// Answers a question by a choice or a number; likewise.
    pub fn say(&mut self, block: usize, said: Said, session: &Session) {
        self.wait(block, said);
        self.judge_choice(session);
    }

    /// Notes what was said to a question whose number is still to be found out.
    pub fn wait(&mut self, block: usize, said: Said) {
        if matches!(self.page().blocks.get(block), Some(Block::Predict(_))) {
            self.progress.waiting.insert(self.kept(), said);
            self.unjudged.remove(&self.kept());
        }
    }

    /// Notes that no number comes for what was said on the page on show, and why: what was to find it out could not.
    pub fn give_up(&mut self, why: &str) {
        if self.progress.waiting.contains_key(&self.kept()) {
            self.unjudged.insert(self.kept(), why.to_owned());
        }
    }

    /// Why what was said to a question cannot be judged, if so: it waits on, should that change, but the page does not.
    pub fn unjudged(&self, block: usize) -> Option<&str> {
        let is_question = matches!(self.page().blocks.get(block), Some(Block::Predict(_)));
        let why = self.unjudged.get(&self.kept());
        why.filter(|_| is_question).map(String::as_str)
    }

    /// What was said and waits for a number to judge it by.
    pub fn waiting(&self, block: usize) -> Option<Said> {
        let is_question = matches!(self.page().blocks.get(block), Some(Block::Predict(_)));
        let said = self.progress.waiting.get(&self.kept());
        said.filter(|_| is_question).cloned()
    }

    /// Whether something that was said on a page, from 0, waits for its number, which may come.
    pub fn waits_on(&self, page: usize) -> bool {
        let page = self.lesson.pages.get(page);
        page.is_some_and(|page| {
            let kept = Kept::Name(page.name.clone());
            self.progress.waiting.contains_key(&kept) && !self.unjudged.contains_key(&kept)
        })
    }

    /// Judges what waits, once there is a number; to be called in every frame, with the session that the question is about.
    pub fn judge_choice(&mut self, session: &Session) {
        self.judge_on(self.page, session);
    }

    /// The same on any page, from 0.
    pub fn judge_on(&mut self, page: usize, session: &Session) {
        let lesson = Arc::clone(&self.lesson);
        let Some(page) = lesson.pages.get(page) else {
            return;
        };
        let kept = Kept::Name(page.name.clone());
        let Some(said) = self.progress.waiting.get(&kept) else {
            return;
        };
        let asked = page.blocks.iter().find_map(|block| match block {
            Block::Predict(predict) => Some((block, predict)),
            _ => None,
        });
        let judged = match asked {
            Some((_, predict)) => judge(predict, said, session),
            None => Held::Unfit,
        };
        match judged {
            Held::NotYet => {
                self.unjudged.remove(&kept);
                return;
            }
            Held::Never(why) => {
                // Of what is still on its way nothing is said.
                if session.rests() {
                    self.unjudged.insert(kept, why);
                }
                return;
            }
            Held::Unfit => {}
            Held::Answered(answer, sketched) => {
                self.progress.chosen.insert(kept.clone(), answer);
                if let Some(sketched) = sketched {
                    self.progress.sketched.insert(kept.clone(), sketched);
                }
                if let (Some((block, _)), Some(today)) = (asked, self.today) {
                    self.progress.note_answered(page, block, today);
                }
            }
        }
        self.progress.waiting.remove(&kept);
        self.unjudged.remove(&kept);
    }

    /// The curve drawn in answer to a question, if it is answered.
    pub fn sketched(&self, block: usize) -> Option<&Sketched> {
        self.answer(block)?;
        self.progress.sketched.get(&self.kept())
    }

    /// Says which day it is.
    pub fn set_today(&mut self, today: Day) {
        self.today = Some(today);
    }

    fn note_answered(&mut self, block: usize) {
        let lesson = Arc::clone(&self.lesson);
        let page = lesson.pages.get(self.page);
        let asked = page.and_then(|page| Some((page, page.blocks.get(block)?)));
        if let (Some((page, block)), Some(today)) = (asked, self.today) {
            self.progress.note_answered(page, block, today);
        }
    }

    /// What is to be worked out, if a block is that.
    fn turn(&self, block: usize) -> Option<&Turn> {
        match self.page().blocks.get(block) {
            Some(Block::Turn(turn)) => Some(turn),
            _ => None,
        }
    }

    /// How far the learner is with what is to be worked out.
    pub fn turned(&self, block: usize) -> Turned {
        let turned = self.progress.turned.get(&self.kept());
        let is_turn = self.turn(block).is_some();
        turned.filter(|_| is_turn).cloned().unwrap_or_default()
    }

    /// Holds what was typed against the answer.
    pub fn work_out(&mut self, block: usize, typed: &str, session: &Session) {
        let Some(turn) = self.turn(block) else {
            return;
        };
        let tried = match turn.read(typed) {
            Err(problem) => Tried::Unread(problem),
            Ok(said) => match (finite(turn.value(session)), turn.judge(&said, session)) {
                (Err(Missing::Fault(why)), _) if session.rests() => Tried::Never(why),
                (Err(_), _) | (_, Err(Missing::NotYet)) => Tried::Waiting,
                (Ok(_), Ok(judged)) => Tried::Judged(judged),
                (Ok(_), Err(Missing::Fault(problem))) => Tried::Unread(problem),
            },
        };
        if let Tried::Judged(judged) = tried {
            let turned = self.progress.turned.entry(self.kept()).or_default();
            turned.typed = typed.to_owned();
            turned.tries += 1;
            turned.solved |= judged == Judged::Right;
            if judged == Judged::Right {
                self.note_answered(block);
            }
        }
        self.tried = Some((block, tried));
    }

    /// What is said of the last try to work something out.
    pub fn tried(&self, block: usize) -> Option<&Tried> {
        let tried = self.tried.as_ref();
        tried.filter(|(at, _)| *at == block).map(|(_, tried)| tried)
    }

    /// Shows one line more of the way to the answer.
    pub fn show_line(&mut self, block: usize) {
        if let Some(turn) = self.turn(block) {
            let all = turn.working.len();
            let turned = self.progress.turned.entry(self.kept()).or_default();
            turned.shown = (turned.shown + 1).min(all);
        }
    }

    /// Whether a question is answered, or what is to be worked out was, or was shown to the end; or nothing said to it can be
    /// judged.
    pub fn is_answered(&self, block: usize) -> bool {
        match self.page().blocks.get(block) {
            Some(Block::Predict(_)) => {
                self.answer(block).is_some() || self.unjudged(block).is_some()
            }
            Some(Block::Turn(turn)) => {
                let turned = self.turned(block);
                let is_never = matches!(self.tried(block), Some(Tried::Never(_)));
                turned.solved || turned.shown >= turn.working.len() || is_never
            }
            _ => true,
        }
    }

    /// The questions of the page that a learner has come to and has not answered; what follows an exercise waits for that.
    fn open_questions(&self) -> impl Iterator<Item = &Block> {
        let page = self.page();
        let reached = page.blocks.iter().enumerate().take_while(|(_, block)| {
            !matches!(block, Block::Do(_)) || self.progress.has_done(page, block) && !self.anew
        });
        reached
            .filter(|(at, _)| !self.is_answered(*at))
            .map(|(_, block)| block)
    }

    /// Whether the page asks something that the learner has come to and not answered.
    pub fn asks(&self) -> bool {
        self.open_questions().next().is_some()
    }

    /// Whether a view is covered, by its name and what can be read off it: it tells what the page asks.
    pub fn covers(&self, view: &str, tells: &[Topic]) -> bool {
        self.open_questions().any(|block| {
            let (topics, hide, open) = match block {
                Block::Predict(predict) => {
                    let topics = Topic::of_answer(&predict.answer);
                    (topics, &predict.hide, &predict.open)
                }
                Block::Turn(turn) => {
                    let topics = Topic::of_answer(&turn.answer.expression);
                    (topics, &turn.hide, &turn.open)
                }
                _ => return false,
            };
            hide.iter().any(|hidden| hidden == view)
                || topics.iter().any(|topic| tells.contains(topic))
                    && !open.iter().any(|open| open == view)
        })
    }

    /// Whether the learner's run has refuted the error of a block, and whether the learner held it; `None` before the page's
    /// question is answered and the run has come so far. What was refuted once stays so.
    pub fn refuted(&mut self, block: usize, session: &Session) -> Option<bool> {
        let page = Arc::clone(&self.lesson);
        let page = page.pages.get(self.page)?;
        let Some(Block::Refute(refute)) = page.blocks.get(block) else {
            return None;
        };
        let asked = |block: &Block| matches!(block, Block::Predict(_));
        let answer = self.answer(page.blocks.iter().position(asked)?)?;
        if !self.progress.refuted.contains(&self.kept()) {
            let verdict = refute.check.of(session, &self.progress.used).ok()?;
            if !(verdict.holds && verdict.is_current && session.rests()) {
                return None;
            }
            self.progress.refuted.insert(self.kept());
        }
        Some(refute.held.contains(&answer.chosen))
    }

    /// Whether what stands between braces is what the page asks.
    pub fn asks_for(&self, says: &Expression) -> bool {
        self.open_questions().any(|block| match block {
            // What a change would do is asked of another state than the one on show.
            Block::Predict(predict) => predict.after.is_empty() && predict.answer == *says,
            Block::Turn(turn) => {
                let names = &turn.variables;
                turn.answer.expression.bound(names) == says.bound(names)
            }
            _ => false,
        })
    }

    /// Whether a question before this block of the page waits for its answer.
    pub fn is_asked(&self, block: usize) -> bool {
        (0..block).any(|at| !self.is_answered(at))
    }

    /// How many hints of an exercise, or of what is to be worked out, are on show.
    pub fn hints(&self, block: usize) -> usize {
        let hints = match self.page().blocks.get(block) {
            Some(Block::Do(_)) => self.progress.hints.get(&self.kept()),
            Some(Block::Turn(_)) => self.progress.turn_hints.get(&self.kept()),
            _ => None,
        };
        hints.copied().unwrap_or(0)
    }

    /// Shows one hint more.
    pub fn ask_hint(&mut self, block: usize) {
        let page = self.kept();
        let (all, hints) = match self.page().blocks.get(block) {
            Some(Block::Do(exercise)) => (exercise.hints.len(), &mut self.progress.hints),
            Some(Block::Turn(turn)) => (turn.hints.len(), &mut self.progress.turn_hints),
            _ => return,
        };
        let shown = hints.entry(page).or_default();
        *shown = (*shown + 1).min(all);
    }

    /// How an exercise stands; what was reached once stays reached.
    pub fn standing(&mut self, block: usize, session: &Session) -> Standing {
        let key = self.kept();
        if self.progress.done.contains(&key) && !self.anew {
            return Standing::Done;
        }
        // While a run goes on the numbers change under the learner; it is judged when it rests. The same holds until a
        // page's set-up has arrived.
        let resting = session.rests();
        // Who has not done anything on the page yet has made no mistake.
        let tried = !self.progress.used.is_empty();
        match self.judge(block, session) {
            Ok((verdict, _)) if verdict.holds && verdict.is_current && resting => {
                self.progress.done.insert(key);
                self.anew = false;
                Standing::Done
            }
            Ok((verdict, reason)) => Standing::Open {
                reason: reason.filter(|_| verdict.is_current && resting && tried),
                readings: verdict.readings,
            },
            Err(error) => Standing::Open {
                readings: Vec::new(),
                reason: Some(error.to_string()),
            },
        }
    }

    /// Asks an exercise's check, and which known mistake the session shows.
    ///
    /// # Errors
    /// A mistake in the lesson.
    pub fn judge(
        &self,
        block: usize,
        session: &Session,
    ) -> Result<(Verdict, Option<String>), MeasureError> {
        let Some(Block::Do(exercise)) = self.page().blocks.get(block) else {
            return Ok((
                Verdict {
                    holds: true,
                    readings: Vec::new(),
                    is_current: true,
                },
                None,
            ));
        };
        let mut verdict = exercise.check.of(session, &self.progress.used)?;
        let mut reason = None;
        if !verdict.holds {
            for wrong in &exercise.wrong {
                let mistake = wrong.when.of(session, &self.progress.used)?;
                verdict.is_current &= mistake.is_current;
                if mistake.holds {
                    reason = Some(wrong.reason.clone());
                    break;
                }
            }
        }
        Ok((verdict, reason))
    }

    /// Whether everything on the page is answered and done.
    pub fn page_done(&self) -> bool {
        let page = self.page();
        let mut blocks = page.blocks.iter();
        blocks.all(|block| self.progress.has_done(page, block))
    }

    /// Whether this is the last page.
    pub fn is_last(&self) -> bool {
        self.page + 1 >= self.lesson.pages.len()
    }
}

fn setup_commands(setup: &Setup, lesson: &Lesson) -> Vec<Command> {
    let (text, location) = (setup.experiment.clone(), setup.location.clone());
    let source = Origin::Text {
        text,
        location,
        name: lesson.title.clone(),
    };
    // What was put beside another page's run says nothing here.
    let mut commands = vec![Command::Open(source), Command::Alone];
    for (path, value) in &setup.settings {
        commands.push(Command::Set {
            path: path.clone(),
            value: value.clone(),
        });
    }
    if setup.updates > 0 {
        commands.push(Command::Update(setup.updates));
    }
    commands.extend(setup.then.iter().cloned());
    if !setup.reveal {
        commands.push(Command::Sweep(crate::nn::Sweep::Forward));
    }
    commands
}

/// Plays commands and waits for each: for solutions, `rnnscope check` and tests.
///
/// # Errors
/// What a command could not do.
pub fn play(session: &mut Session, commands: &[Command]) -> Result<(), Message> {
    for command in commands {
        session.apply(command.clone());
        session.settle()?;
        if let Some(message) = session.message() {
            return Err(message.clone());
        }
    }
    // Checks take whole parts.
    session.settle_all()
}

/// A number as a lesson tells it: a share as a percentage, anything else by its digits.
pub fn as_told(says: &Expression, value: f64) -> String {
    as_told_with(says, value, prose::DIGITS)
}

/// The same with so many significant digits.
pub fn as_told_with(says: &Expression, value: f64, digits: usize) -> String {
    match says {
        Expression::Start(of) => as_told_with(of, value, digits),
        Expression::Measure(measure) if measure.is_share() => words::percent_with(value, digits),
        _ => words::significant(value, digits),
    }
}

/// Prose with its `{{ measure key=value }}` replaced by numbers from the session; “…” where there is none yet.
pub fn with_numbers(text: &str, session: &Session, format: impl Fn(f64) -> String) -> String {
    with_numbers_of(text, &Scope::new(session), &[], |_, value, _| {
        value.map_or_else(|| "…".into(), &format)
    })
}

/// The same where names are known; `write` says how what stands between braces is written, by its value if it has one and by how
/// many digits it asks for.
pub fn with_numbers_of(
    text: &str,
    scope: &Scope<'_>,
    names: &[String],
    write: impl Fn(&Expression, Option<f64>, usize) -> String,
) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut from = 0;
    for number in prose::numbers(text, names) {
        filled.push_str(&text[from..number.at.start - "{{".len()]);
        filled.push_str(&match number.says {
            Ok(says) => write(&says, scope.number(&says).ok(), number.digits),
            Err(_) => "…".into(),
        });
        from = number.at.end + "}}".len();
        // A number with a full stop at the beginning of a line would number a list.
        let begun = &filled[filled.rfind('\n').map_or(0, |at| at + 1)..];
        let is_number = !begun.is_empty() && begun.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && text[from..].starts_with(['.', ')']) {
            filled.push('\\');
        }
    }
    filled + &text[from..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::expression::Operator;
    use crate::lesson::on_vanishing::{blocks, played, solution, vanishing};
    use crate::train::Measure;

    #[test]
    fn a_number_at_the_beginning_of_a_line_makes_no_list() {
        let mut session = Session::new(|| {});
        let lesson = vanishing();
        play(
            &mut session,
            &Player::new(lesson, Progress::default()).approach(),
        )
        .unwrap();
        let filled = |text: &str| with_numbers(text, &session, |_| "40".into());
        assert_eq!(filled("{{ update }}. It is"), "40\\. It is");
        assert_eq!(filled("So\n{{ update }}) is"), "So\n40\\) is");
        assert_eq!(filled("{{ update }}.5 and {{ update }}."), "40\\.5 and 40.");
        assert_eq!(filled("of {{ update }}."), "of 40.");
    }

    #[test]
    fn beginning_a_page_again_clears_its_answer_and_only_it() {
        let (mut player, mut session) = played();
        let (question, exercise) = blocks(&player);
        assert!(player.is_asked(exercise) && !player.is_asked(question));
        player.choose(question, 0, &session);
        assert!(!player.is_asked(exercise));
        player.ask_hint(exercise);
        play(&mut session, &solution(&player, exercise)).unwrap();
        assert_eq!(player.standing(exercise, &session), Standing::Done);
        // An answer on another page stays.
        let elsewhere = player.answer(question).unwrap();
        let other = Kept::Name(player.lesson.pages[3].name.clone());
        player.progress.chosen.insert(other.clone(), elsewhere);
        player.begin_again();
        assert_eq!(player.answer(question), None);
        assert_eq!(player.standing(exercise, &session), Standing::Done);
        assert_eq!(player.hints(exercise), 1);
        assert_eq!(player.page_number(), 1);
        assert!(player.progress.chosen.contains_key(&other));
        player.choose(question, 1, &session);
        assert_eq!(player.answer(question).map(|answer| answer.chosen), Some(1));
    }

    /// A question stands before the exercise: what it asks about is the same for who has done that meanwhile, at a later launch too.
    #[test]
    fn a_question_is_about_where_its_page_begins_though_the_page_was_done() {
        let (mut player, mut session) = played();
        let (question, exercise) = blocks(&player);
        let mut lesson = (*player.lesson).clone();
        if let Block::Predict(predict) = &mut lesson.pages[1].blocks[question] {
            predict.after = vec![Command::Update(1)];
        }
        player.lesson = Arc::new(lesson);
        let asked = format!("{:?}", player.asked_after(question));
        let shown = format!("{:?}", player.show_solution(exercise));
        player.begin_again();
        player.choose(question, 0, &session);
        play(&mut session, &solution(&player, exercise)).unwrap();
        assert_eq!(player.standing(exercise, &session), Standing::Done);
        let entered = format!("{:?}", player.approach());
        assert_ne!(
            format!("{:?}", player.beginning()),
            entered,
            "it is entered as it was done"
        );
        assert_eq!(format!("{:?}", player.asked_after(question)), asked);
        assert_eq!(format!("{:?}", player.show_solution(exercise)), shown);
    }

    /// A button that does what a question was about would do the page's exercise, too, where both are the same.
    #[test]
    fn what_solves_the_exercise_of_a_page_is_that_exercise_and_nothing_less() {
        let (player, _) = played();
        let (_, exercise) = blocks(&player);
        let mut commands = solution(&player, exercise);
        assert!(player.is_exercise(&commands));
        commands.pop();
        assert!(!player.is_exercise(&commands));
    }

    /// In the window what takes work is answered beside the frames: a click must not be lost on the way.
    #[test]
    fn a_choice_waits_for_its_number() {
        let (mut player, mut session) = played();
        let (question, _) = blocks(&player);
        let mut lesson = (*player.lesson).clone();
        let page = &mut lesson.pages[1];
        let Block::Predict(predict) = &mut page.blocks[question] else {
            panic!("a question");
        };
        predict.answer = Expression::Measure(Measure::named("weights.sigma").unwrap());
        player.lesson = Arc::new(lesson);
        session.answer_beside_frames();
        player.choose(question, 0, &session);
        assert_eq!(
            (player.answer(question), player.waiting(question)),
            (None, Some(Said::Choice(0)))
        );
        session.settle().unwrap();
        player.judge_choice(&session);
        assert_eq!(player.answer(question).map(|answer| answer.chosen), Some(0));
        assert_eq!(player.waiting(question), None);
        // What is no choice waits for nothing.
        player.begin_again();
        player.choose(question, 99, &session);
        assert_eq!(player.waiting(question), None);
    }

    /// What the engine has no number for is told and does not hold the page up; should it have one after all, that counts.
    #[test]
    fn an_answer_whose_number_cannot_be_computed_is_told_why_and_the_page_goes_on() {
        let (mut player, mut session) = played();
        let (question, exercise) = blocks(&player);
        let beside = Expression::Measure(Measure::InRun(2, Box::new(Measure::Update)));
        let faults = [
            (beside.clone(), "measure “update”: there is no run 2 here"),
            (
                Expression::Two(
                    Operator::Over,
                    Box::new(Expression::Number(1.0)),
                    Box::new(Expression::Number(0.0)),
                ),
                "its number is inf, which nothing can be held against",
            ),
        ];
        for (answer, why) in faults {
            let mut lesson = (*player.lesson).clone();
            let Block::Predict(predict) = &mut lesson.pages[1].blocks[question] else {
                panic!("a question");
            };
            predict.answer = answer;
            player.lesson = Arc::new(lesson);
            player.begin_again();
            assert!(player.is_asked(exercise), "nothing was said yet");
            player.choose(question, 0, &session);
            assert_eq!(player.unjudged(question), Some(why));
            assert_eq!(player.answer(question), None);
            assert_eq!(player.waiting(question), Some(Said::Choice(0)));
            assert!(!player.is_asked(exercise) && !player.waits_on(1));
            assert!(!player.page_done(), "it is not answered");
        }
        // What waits is judged on coming back to it, once there is a number.
        let lesson = vanishing();
        assert!(!player.take_version(lesson));
        assert!(player.is_asked(exercise) && player.waits_on(1));
        player.judge_choice(&session);
        assert_eq!(player.answer(question).map(|answer| answer.chosen), Some(0));
        assert_eq!(player.unjudged(question), None);
        // The same where what was to find it out could not.
        player.begin_again();
        player.wait(question, Said::Choice(1));
        player.give_up("The page’s beginning cannot be run");
        assert!(!player.is_asked(exercise));
        // While something is on its way, it may still come.
        let mut lesson = (*player.lesson).clone();
        if let Block::Predict(predict) = &mut lesson.pages[1].blocks[question] {
            predict.answer = beside;
        }
        player.lesson = Arc::new(lesson);
        player.begin_again();
        session.apply(Command::Play(player.approach()));
        assert!(!session.rests());
        player.choose(question, 1, &session);
        assert!(player.unjudged(question).is_none() && player.is_asked(exercise));
        session.settle().unwrap();
        player.judge_choice(&session);
        assert!(player.unjudged(question).is_some());
    }

    /// What a copy finds out is found out also for who has gone on meanwhile, or comes back at another launch.
    #[test]
    fn what_waits_for_its_number_is_judged_on_whatever_page_one_is() {
        let (mut player, session) = played();
        let (question, _) = blocks(&player);
        player.wait(question, Said::Choice(1));
        player.turn_to(2);
        assert!(player.waits_on(1) && !player.waits_on(2));
        let kept = serde_json::to_string(&player.progress).unwrap();
        let back: Progress = serde_json::from_str(&kept).unwrap();
        let mut again = Player::new(Arc::clone(&player.lesson), back);
        again.turn_to(1);
        assert_eq!(again.waiting(question), Some(Said::Choice(1)));
        for player in [&mut player, &mut again] {
            player.judge_on(1, &session);
            assert!(!player.waits_on(1));
            player.turn_to(1);
            assert_eq!(player.answer(question).map(|answer| answer.chosen), Some(1));
        }
        // A page that is begun again asks anew, also what was not judged yet.
        again.begin_again();
        again.wait(question, Said::Choice(0));
        again.begin_again();
        assert_eq!(again.waiting(question), None);
    }

    /// What a page says after its exercise is of what was done: who comes back to it finds that, who begins it again does not.
    #[test]
    fn a_page_that_was_done_is_entered_as_it_was_done() {
        let (mut player, mut session) = played();
        let (question, exercise) = blocks(&player);
        player.choose(question, 0, &session);
        play(&mut session, &solution(&player, exercise)).unwrap();
        assert_eq!(player.standing(exercise, &session), Standing::Done);
        player.turn_to(2);
        player.turn_to(1);
        play(&mut session, &player.approach()).unwrap();
        let (verdict, _) = player.judge(exercise, &session).unwrap();
        assert!(verdict.holds);
        player.begin_again();
        play(&mut session, &player.approach()).unwrap();
        assert!(matches!(
            player.standing(exercise, &session),
            Standing::Open { .. }
        ));
        let key = player.kept();
        assert!(player.progress.done.contains(&key), "it was done once");
        play(&mut session, &solution(&player, exercise)).unwrap();
        assert_eq!(player.standing(exercise, &session), Standing::Done);
    }

    /// While commands are still being played the session is on its way to where the page begins.
    #[test]
    fn an_exercise_is_not_judged_before_its_page_has_begun() {
        let lesson = vanishing();
        let mut player = Player::new(lesson, Progress::default());
        let mut session = Session::new(|| {});
        // Everything is revealed: just what the first page asks for.
        session.settle().unwrap();
        play(
            &mut session,
            &[
                Command::Sweep(crate::nn::Sweep::Forward),
                Command::Move(crate::nn::Move::Last),
            ],
        )
        .unwrap();
        let exercise = player
            .page()
            .blocks
            .iter()
            .position(|block| matches!(block, Block::Do(_)))
            .unwrap();
        session.apply(Command::Play(player.approach()));
        assert!(matches!(
            player.standing(exercise, &session),
            Standing::Open { .. }
        ));
        session.settle().unwrap();
        assert!(matches!(
            player.standing(exercise, &session),
            Standing::Open { .. }
        ));
    }
}
