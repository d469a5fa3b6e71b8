//! Proves a lesson: each exercise is unsolved as shipped, each wrong state fails with its reason, the solution solves it;
//! each question has a right answer; each number in the prose has a value.

use super::again::Due;
use super::expression::{Expression, Missing, Scope};
use super::player::{Player, Progress, play};
use super::predict::Kind;
use super::prose::{self, Number};
use super::read::MAX_UPDATES;
use super::recall;
use super::sketch::{INDEX, Shape, Sketch};
use super::turn::Judged;
use super::{Block, Check, Lesson, Predict, Refute, Topic, Turn, Verdict};
use crate::experiment::{Experiment, Setting, gallery};
use crate::session::{Command, Message, Origin, Session, Step};
use crate::words::grouped;
use crate::words::on_a_line;
use std::sync::Arc;

/// Something that a lesson claims and the engine does not show.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{}, line {line}, page “{}”: {}",
    on_a_line(file),
    on_a_line(page),
    on_a_line(problem)
)]
pub struct Unproved {
    /// The lesson's file.
    pub file: String,
    /// The line of the page's heading, from 1.
    pub line: usize,
    /// The page's title.
    pub page: String,
    /// What does not hold.
    pub problem: String,
}

/// Plays the whole lesson in every way it speaks of.
pub fn prove(lesson: &Arc<Lesson>) -> Vec<Unproved> {
    let pages = 0..lesson.pages.len();
    pages.flat_map(|page| prove_one(lesson, page)).collect()
}

/// The same of one page, from 0.
pub fn prove_one(lesson: &Arc<Lesson>, page: usize) -> Vec<Unproved> {
    let mut player = Player::new(Arc::clone(lesson), Progress::default());
    player.turn_to(page);
    let mut found = Vec::new();
    prove_page(&player, &mut found);
    for (block, content) in player.page().blocks.iter().enumerate() {
        if recall::of_block(content).is_some() {
            prove_recall(lesson, (page, block), &mut found);
        }
    }
    let page = player.page();
    let unproved = found.into_iter().map(|problem| Unproved {
        file: lesson.file.clone(),
        line: page.line,
        page: page.title.clone(),
        problem,
    });
    unproved.collect()
}

/// Whether a question holds on each of the fresh runs on which it is asked again.
fn prove_recall(lesson: &Arc<Lesson>, (page, block): (usize, usize), problems: &mut Vec<String>) {
    for nth in 0..recall::TIMES {
        let due = Due {
            lesson: Arc::clone(lesson),
            page,
            block,
            nth,
        };
        let (commands, mut found) = (due.commands(), Vec::new());
        let mut session = Session::new(|| {});
        match play(&mut session, &commands) {
            // A lesson that has no set-up before the question has no run to be fresh.
            Ok(()) if !commands.is_empty() => match &lesson.pages[page].blocks[block] {
                Block::Predict(predict) => prove_predict(predict, &commands, &session, &mut found),
                Block::Turn(turn) => prove_turn(turn, &session, &mut found),
                _ => {}
            },
            Ok(()) => found.push("found a recall without a setup on this page or before it".into()),
            Err(message) => found.push(format!("its fresh run cannot be made: {}", said(&message))),
        }
        let when = nth + 1;
        problems.extend(
            found
                .into_iter()
                .map(|problem| format!("asked again for time {when}: {problem}")),
        );
    }
}

fn prove_page(player: &Player, problems: &mut Vec<String>) {
    let mut session = Session::new(|| {});
    if let Err(message) = play(&mut session, &player.approach()) {
        problems.push(format!(
            "its beginning cannot be reached: {}",
            said(&message)
        ));
        return;
    }
    let mut before: Vec<Command> = player.approach();
    for (block, content) in player.page().blocks.iter().enumerate() {
        match content {
            Block::Prose(text) => prove_prose(text, &Scope::new(&session), &[], problems),
            Block::Predict(predict) => {
                prove_predict(predict, &before, &session, problems);
                prove_hidden(player, block, &session, problems);
            }
            Block::Turn(turn) => {
                prove_turn(turn, &session, problems);
                prove_hidden(player, block, &session, problems);
            }
            Block::Refute(refute) => {
                let mut player = player.clone();
                for earlier in &player.page().blocks.clone()[..block] {
                    if let Block::Do(exercise) = earlier {
                        exercise
                            .solution
                            .iter()
                            .for_each(|command| player.note(command));
                    }
                }
                prove_refute(refute, &player, &session, problems);
            }
            Block::Do(exercise) => {
                let mut ask = |session: &Session, commands: &[Command]| {
                    let mut player = player.clone();
                    commands.iter().for_each(|command| player.note(command));
                    player
                        .judge(block, session)
                        .map_err(|error| problems.push(error.to_string()))
                        .ok()
                };
                let goal = &exercise.goal;
                let (mut wrongs, mut lacking) = (Vec::new(), Lacking::default());
                if let Some((verdict, _)) = ask(&session, &[]) {
                    lacking.note(&verdict);
                    if verdict.holds {
                        wrongs.push(format!("“{goal}” is solved as shipped"));
                    }
                }
                for wrong in &exercise.wrong {
                    let mut elsewhere = Session::new(|| {});
                    let played = play(&mut elsewhere, &before)
                        .map_err(|message| said(&message))
                        .and_then(|()| play_within(&mut elsewhere, &wrong.commands));
                    if let Err(problem) = played {
                        wrongs.push(format!(
                            "a wrong state of “{goal}” cannot be reached: {problem}"
                        ));
                        continue;
                    }
                    let asked = ask(&elsewhere, &wrong.commands);
                    asked.iter().for_each(|(verdict, _)| lacking.note(verdict));
                    match asked {
                        Some((verdict, _)) if verdict.holds => {
                            wrongs.push(format!(
                                "“{goal}” passes in the wrong state “{}”",
                                wrong.reason
                            ));
                        }
                        Some((_, reason)) if reason.as_deref() != Some(&wrong.reason) => {
                            let found = reason.map_or("no reason".to_owned(), |reason| {
                                format!("the reason “{reason}”")
                            });
                            wrongs.push(format!(
                                "“{goal}” fails in a wrong state with {found}, expected “{}”",
                                wrong.reason
                            ));
                        }
                        Some((verdict, _)) if !verdict.is_current => {
                            wrongs.push(waits(
                                goal,
                                &format!("in the wrong state “{}”", wrong.reason),
                            ));
                        }
                        _ => {}
                    }
                }
                let played = play_within(&mut session, &exercise.solution);
                let asked = ask(&session, &exercise.solution);
                asked.iter().for_each(|(verdict, _)| lacking.note(verdict));
                wrongs.extend(lacking.told(goal));
                match (played, asked) {
                    (Err(problem), _) => {
                        wrongs.push(format!(
                            "the solution of “{goal}” cannot be played: {problem}"
                        ));
                    }
                    (Ok(()), Some((verdict, _))) if !verdict.holds => {
                        wrongs.push(format!(
                            "the solution does not solve “{goal}”: {}",
                            unsolved(&verdict)
                        ));
                    }
                    (Ok(()), Some((verdict, _))) if !verdict.is_current => {
                        wrongs.push(waits(goal, "after its solution"));
                    }
                    _ => {}
                }
                problems.extend(wrongs);
                let reasons = exercise.wrong.iter().map(|wrong| &wrong.reason);
                for text in exercise.hints.iter().chain(reasons).chain([goal]) {
                    prove_prose(text, &Scope::new(&session), &[], problems);
                }
                before.extend(exercise.solution.iter().cloned());
            }
        }
    }
}

/// The readings of an exercise's check that no state of it had: of a layer that there never is.
#[derive(Default)]
struct Lacking(Option<Vec<Option<String>>>);

impl Lacking {
    fn note(&mut self, verdict: &Verdict) {
        let now = verdict
            .readings
            .iter()
            .map(|reading| reading.lacking.clone());
        self.0 = Some(match self.0.take() {
            None => now.collect(),
            Some(before) => before
                .into_iter()
                .zip(now)
                .map(|(one, other)| one.and(other))
                .collect(),
        });
    }

    fn told(self, goal: &str) -> Vec<String> {
        let all = self.0.into_iter().flatten().flatten();
        all.map(|lacking| {
            format!("“{goal}”: {lacking}, here, in any wrong state or after the solution")
        })
        .collect()
    }
}

/// What a session says it could not do, on one line.
fn said(message: &Message) -> String {
    std::iter::once(&message.title)
        .chain(&message.lines)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(". ")
}

/// That a check has no end: the window says nothing while something is on its way.
fn waits(goal: &str, when: &str) -> String {
    format!(
        "“{goal}” waits for a value that does not come {when}: is it of a run that there is not?"
    )
}

/// Why a check does not hold.
fn unsolved(verdict: &Verdict) -> String {
    let readings: Vec<String> = verdict.readings.iter().map(ToString::to_string).collect();
    match readings.as_slice() {
        [] => "the check asks for a command that it does not use".to_owned(),
        readings => readings.join("; "),
    }
}

fn prove_prose(text: &str, scope: &Scope<'_>, names: &[String], problems: &mut Vec<String>) {
    for Number { inside, says, .. } in prose::numbers(text, names) {
        // What says nothing was told when the lesson was read.
        let Ok(says) = says else { continue };
        match scope.number(&says) {
            Ok(_) => {}
            Err(Missing::NotYet) => {
                problems.push(format!("{{{{ {inside} }}}} has no value on this page"));
            }
            Err(Missing::Fault(problem)) => {
                problems.push(format!(
                    "{{{{ {inside} }}}} has no value on this page: {problem}"
                ));
            }
        }
    }
}

/// Whether a question has an answer; `before` leads to where it is asked.
fn prove_predict(
    predict: &Predict,
    before: &[Command],
    session: &Session,
    problems: &mut Vec<String>,
) {
    let question = &predict.question;
    let mut copy = None;
    if !predict.after.is_empty() {
        let mut aside = Session::new(|| {});
        let played = play(&mut aside, before)
            .map_err(|message| said(&message))
            .and_then(|()| play_within(&mut aside, &predict.after));
        if let Err(problem) = played {
            problems.push(format!(
                "“{question}”: what is done after it cannot be played: {problem}"
            ));
            return;
        }
        copy = Some(aside);
    }
    let asked_of = copy.as_ref().unwrap_or(session);
    match predict.answered_by(asked_of) {
        Ok(Some((value, _))) => {
            if let Kind::Number { near, .. } = &predict.kind
                && !near.holds(value, value)
            {
                problems.push(format!(
                    "“{question}”: the answer itself does not count as right"
                ));
            }
            if let Kind::Sketch(sketch) = &predict.kind {
                prove_sketch(predict, sketch, (session, asked_of), problems);
            }
        }
        Ok(None) => problems.push(format!(
            "“{question}” has no answer: its measure has no value"
        )),
        Err(problem) => problems.push(format!("“{question}” has no answer: {problem}")),
    }
    let explained = predict.because.iter().flatten().chain([&predict.explain]);
    for text in explained {
        prove_prose(text, &Scope::new(asked_of), &[], problems);
    }
    for text in predict.choices().iter().chain([&predict.question]) {
        prove_prose(text, &Scope::new(session), &[], problems);
    }
}

/// Whether the engine's curve can be drawn and then counts as right, and whether each shape that is answered can be drawn.
fn prove_sketch(
    predict: &Predict,
    sketch: &Sketch,
    (session, asked_of): (&Session, &Session),
    problems: &mut Vec<String>,
) {
    let question = &predict.question;
    let (Ok(span), Ok(curve)) = (
        sketch.span(asked_of),
        sketch.curve(&predict.answer, asked_of),
    ) else {
        return;
    };
    if sketch.span(session) != Ok(span) {
        problems.push(format!(
            "“{question}”: the curve goes over other steps after what is played than before, where it is drawn"
        ));
    }
    let (low, high) = sketch.range;
    let outside = |value: &f64| !(low..=high).contains(value);
    if let Some(at) = curve.iter().position(outside) {
        problems.push(format!(
            "“{question}”: the curve is {} at {INDEX} = {}, outside its range from {low} to {high}",
            curve[at],
            span.0 + at as i64
        ));
    }
    let drawn = sketch.at_places(span, &curve);
    let (whole, points) = (sketch.shape(&curve), sketch.shape(&drawn));
    if whole != points {
        problems.push(format!(
            "“{question}”: the curve {}, but its {} points together are one that {}",
            whole.told(),
            drawn.len(),
            points.told()
        ));
    }
    if !sketch
        .hold(&drawn, span, &curve)
        .is_some_and(|held| held.is_right())
    {
        problems.push(format!(
            "“{question}”: the engine’s own curve does not count as right"
        ));
    }
    for (shape, because) in Shape::ALL.into_iter().zip(&predict.because) {
        let example = shape.example(drawn.len());
        let values: Vec<f64> = example
            .iter()
            .map(|height| sketch.value_at(*height))
            .collect();
        if because.is_some() && sketch.shape(&values) != shape {
            problems.push(format!(
                "“{question}”: no curve over {} points {}, which is answered",
                drawn.len(),
                shape.told()
            ));
        }
    }
}

/// Whether a page tells before a question what it asks: in its text, or under an exercise.
fn prove_hidden(player: &Player, block: usize, session: &Session, problems: &mut Vec<String>) {
    let blocks = &player.page().blocks;
    let (question, answer, value, names) = match &blocks[block] {
        // What a change would do is told by nothing that is there before.
        Block::Predict(predict) if !predict.after.is_empty() => return,
        Block::Predict(predict) => {
            // A curve is told by no single number.
            let value = match predict.kind {
                Kind::Sketch(_) => None,
                _ => predict.value(session).ok().flatten(),
            };
            (&predict.question, &predict.answer, value, Vec::new())
        }
        Block::Turn(turn) => {
            let value = turn.value(session).ok();
            (
                &turn.question,
                &turn.answer.expression,
                value,
                turn.variables.clone(),
            )
        }
        _ => return,
    };
    if Topic::of_answer(answer).is_empty() {
        return;
    }
    let given = names;
    let scope = Scope::with(session, &given);
    let names: Vec<String> = given.iter().map(|(name, _)| name.clone()).collect();
    let asked = std::iter::once((question, &names[..]));
    let none: &[String] = &[];
    let choices = match &blocks[block] {
        Block::Predict(predict) => predict.choices(),
        _ => &[],
    };
    let above = blocks[..block].iter().filter_map(|block| match block {
        Block::Prose(text) => Some((text, none)),
        _ => None,
    });
    for (text, names) in above
        .chain(asked)
        .chain(choices.iter().map(|text| (text, none)))
    {
        for Number { inside, says, .. } in prose::numbers(text, names) {
            let Ok(says) = says else { continue };
            // A whole number may be the same by chance: five steps, five units.
            let same = match (scope.number(&says), value) {
                (Ok(shown), Some(value)) => {
                    !Topic::of_answer(&says).is_empty() && shown == value && value.fract() != 0.0
                }
                _ => false,
            };
            if says.bound(&given) == answer.bound(&given) || same {
                problems.push(format!(
                    "“{question}” is answered above it: {{{{ {inside} }}}} is what it asks"
                ));
            }
        }
    }
    for earlier in &blocks[..block] {
        if let Block::Do(exercise) = earlier
            && compared_in(&exercise.check).contains(answer)
        {
            problems.push(format!(
                "“{question}” is answered above it: the exercise “{}” shows what it asks for",
                exercise.goal
            ));
        }
    }
}

/// What a check compares, and tells the learner of.
fn compared_in(check: &Check) -> Vec<Expression> {
    match check {
        Check::Measure { measure, .. } => vec![Expression::Measure(measure.clone())],
        Check::Formula { formula, .. } => vec![formula.expression.clone()],
        Check::Command(_) | Check::Setting { .. } => Vec::new(),
        Check::All(parts) | Check::Any(parts) => parts.iter().flat_map(compared_in).collect(),
        Check::Not(part) | Check::Said { check: part, .. } => compared_in(part),
    }
}

/// Whether the learner's run refutes an error: not before what is done on the page, and then; and whether who believes it is
/// wrong.
fn prove_refute(refute: &Refute, player: &Player, session: &Session, problems: &mut Vec<String>) {
    let id = &refute.misconception;
    match refute.check.of(session, player.used()) {
        Ok(verdict) if !verdict.holds => problems.push(format!(
            "the misconception {id} is not refuted where it is named: {}",
            unsolved(&verdict)
        )),
        Ok(_) => {}
        Err(error) => problems.push(error.to_string()),
    }
    let asked = player.page().blocks.iter().find_map(|block| match block {
        Block::Predict(predict) => Some(predict),
        _ => None,
    });
    if let Some(predict) = asked {
        // As it stood when it was asked.
        let mut there = Session::new(|| {});
        let commands = match predict.after.is_empty() {
            true => player.approach(),
            false => [&player.approach()[..], &predict.after].concat(),
        };
        let answered = match play(&mut there, &commands) {
            Ok(()) => predict.answered_by(&there).ok().flatten(),
            Err(_) => None,
        };
        let right = answered.map(|(_, bin)| bin);
        if right.is_some_and(|right| refute.held.contains(&right)) {
            problems.push(format!(
                "who believes the misconception {id} answers “{}” rightly",
                predict.question
            ));
        }
    }
    for text in refute.texts() {
        prove_prose(text, &Scope::new(session), &[], problems);
    }
}

/// Whether what is to be worked out has an answer, its working leads there, and each slip can be told from it and from the
/// others.
fn prove_turn(turn: &Turn, session: &Session, problems: &mut Vec<String>) {
    let question = &turn.question;
    let told = |missing: Missing| match missing {
        Missing::NotYet => "its measure has no value".to_owned(),
        Missing::Fault(problem) => problem,
    };
    let value = match turn.value(session) {
        Ok(value) if value.is_finite() => value,
        Ok(value) => {
            problems.push(format!(
                "“{question}”: the answer is {value}, expected a finite number"
            ));
            return;
        }
        Err(missing) => {
            problems.push(format!("“{question}” has no answer: {}", told(missing)));
            return;
        }
    };
    let scope = turn.scope(session);
    let mut others: Vec<(&str, f64)> = Vec::new();
    for slip in &turn.slips {
        let text = slip.value.text.as_str();
        match scope.number(&slip.value.expression) {
            Err(missing) => problems.push(format!(
                "“{question}”: the slip “{text}” has no value: {}",
                told(missing)
            )),
            Ok(other) if !turn.apart(other, value) => problems.push(format!(
                "“{question}”: the slip “{text}” is {other}, which cannot be told from the answer, {value}"
            )),
            Ok(other) => {
                if let Some((before, _)) = others.iter().find(|(_, value)| !turn.apart(*value, other)) {
                    problems.push(format!(
                        "“{question}”: the slips “{before}” and “{text}” cannot be told apart: both are {other}"
                    ));
                }
                others.push((text, other));
            }
        }
    }
    match turn.worked(session) {
        Err(missing) => problems.push(format!(
            "“{question}”: its working has no value: {}",
            told(missing)
        )),
        Ok(_) => {
            let last = turn.working.last();
            let led = last.map(|line| scope.number(&line.formula.expression));
            match led {
                Some(Ok(led)) if !turn.same(led, value) => problems.push(format!(
                    "“{question}”: its working leads to {led}, but the answer is {value}"
                )),
                Some(Err(missing)) => problems.push(format!(
                    "“{question}”: the last line of its working is no number: {}",
                    told(missing)
                )),
                _ => {}
            }
        }
    }
    prove_tiles(turn, value, session, problems);
    for text in turn.texts() {
        prove_prose(text, &scope, &turn.names(), problems);
    }
}

/// Whether the tiles lead to the answer, at other steps and units too, and only the right formula does.
fn prove_tiles(turn: &Turn, value: f64, session: &Session, problems: &mut Vec<String>) {
    let (question, Some(last)) = (&turn.question, turn.working.last()) else {
        return;
    };
    if !turn.is_of_tiles() {
        return;
    }
    let judged = match turn.read(&last.formula.text) {
        Ok(said) => turn.judge(&said, session),
        Err(problem) => {
            problems.push(format!(
                "“{question}”: the last line of its working, “{}”, cannot be built from the tiles: {problem}",
                last.formula.text
            ));
            return;
        }
    };
    if judged != Ok(Judged::Right) {
        problems.push(format!(
            "“{question}”: the last line of its working, “{}”, is not the answer at other values of {}",
            last.formula.text,
            turn.names().join(", ")
        ));
    }
    let elsewhere = turn.elsewhere(session);
    if elsewhere
        .iter()
        .all(|(_, other)| !turn.apart(*other, value))
    {
        problems.push(format!(
            "“{question}”: the answer is the same at all values of {}: a number would pass for a formula",
            turn.names().join(", ")
        ));
    }
}

/// How many updates a list of commands makes in a session at most, what is planned there included.
fn updates_of(commands: &[Command], session: &Session) -> u64 {
    let mut planned = session.experiment().training.updates;
    let mut updates: u64 = 0;
    for command in commands {
        match command {
            Command::Update(count) => updates = updates.saturating_add(*count),
            Command::StepBy(Step::Update, true) => updates = updates.saturating_add(1),
            Command::Start => updates = updates.saturating_add(planned),
            Command::Set {
                path,
                value: Setting::Whole(to),
            } if path == "training.updates" => planned = u64::try_from(*to).unwrap_or(0),
            Command::Open(Origin::Gallery(name)) => {
                let entry = gallery::by_name(name);
                let opened = entry.and_then(|entry| Experiment::parse(entry.text).ok());
                planned = opened.map_or(planned, |opened| opened.training.updates);
            }
            _ => {}
        }
    }
    updates
}

/// Plays what a learner would have to wait for no longer than for [`MAX_UPDATES`].
fn play_within(session: &mut Session, commands: &[Command]) -> Result<(), String> {
    let updates = updates_of(commands, session);
    if updates > MAX_UPDATES {
        return Err(format!(
            "found {} updates, expected at most {}: a learner waits for them",
            grouped(usize::try_from(updates).unwrap_or(usize::MAX)),
            grouped(MAX_UPDATES as usize)
        ));
    }
    play(session, commands).map_err(|message| said(&message))
}
