//! Proves a lesson: each exercise is unsolved as shipped, each wrong state fails with its reason, the solution solves it;
//! each question has a right answer; each number in the prose has a value.

use super::player::{Player, Progress, play, right_choice};
use super::prose::{self, Number};
use super::read::MAX_UPDATES;
use super::{Block, Lesson, Verdict};
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
    let mut problems = Vec::new();
    for page in 0..lesson.pages.len() {
        let mut player = Player::new(Arc::clone(lesson), Progress::default());
        player.turn_to(page);
        let mut found = Vec::new();
        prove_page(&player, &mut found);
        let page = player.page();
        problems.extend(found.into_iter().map(|problem| Unproved {
            file: lesson.file.clone(),
            line: page.line,
            page: page.title.clone(),
            problem,
        }));
    }
    problems
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
            Block::Prose(text) => prove_prose(text, &session, problems),
            Block::Predict(predict) => {
                if right_choice(predict, &session).is_none() {
                    problems.push(format!(
                        "“{}” has no answer: its measure has no value",
                        predict.question
                    ));
                }
                for text in predict
                    .choices
                    .iter()
                    .chain([&predict.question, &predict.explain])
                {
                    prove_prose(text, &session, problems);
                }
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
                let mut wrongs = Vec::new();
                match ask(&session, &[]) {
                    Some((verdict, _)) if verdict.holds => {
                        wrongs.push(format!("“{goal}” is solved as shipped"));
                    }
                    _ => {}
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
                    match ask(&elsewhere, &wrong.commands) {
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
                        _ => {}
                    }
                }
                let played = play_within(&mut session, &exercise.solution);
                match (played, ask(&session, &exercise.solution)) {
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
                    _ => {}
                }
                problems.extend(wrongs);
                let reasons = exercise.wrong.iter().map(|wrong| &wrong.reason);
                for text in exercise.hints.iter().chain(reasons).chain([goal]) {
                    prove_prose(text, &session, problems);
                }
                before.extend(exercise.solution.iter().cloned());
            }
        }
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

/// Why a check does not hold.
fn unsolved(verdict: &Verdict) -> String {
    let readings: Vec<String> = verdict.readings.iter().map(ToString::to_string).collect();
    match readings.as_slice() {
        [] => "the check asks for a command that it does not use".to_owned(),
        readings => readings.join("; "),
    }
}

fn prove_prose(text: &str, session: &Session, problems: &mut Vec<String>) {
    for Number {
        inside, measure, ..
    } in prose::numbers(text)
    {
        // What is no measure was told when the lesson was read.
        let Ok(measure) = measure else { continue };
        match session.measure(&measure).map(|measured| measured.value) {
            Ok(Some(_)) => {}
            Ok(None) => problems.push(format!("{{{{ {inside} }}}} has no value on this page")),
            Err(error) => problems.push(error.to_string()),
        }
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
