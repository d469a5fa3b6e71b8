//! Proves a lesson: each exercise is unsolved as shipped, each wrong state fails with its reason, the solution solves it;
//! each question has a right answer; each number in the prose has a value.

use super::player::{Player, Progress, inline_measures, play, right_choice};
use super::{Block, Lesson, Verdict, glossary};
use crate::nn::Quantity;
use crate::session::{Command, Message, Session};
use crate::words::on_a_line;
use pulldown_cmark::{Event, Options, Parser, Tag};
use std::sync::Arc;

/// Something that a lesson claims and the engine does not show.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{}, page “{}”: {}",
    on_a_line(lesson),
    on_a_line(page),
    on_a_line(problem)
)]
pub struct Unproved {
    /// The lesson's title.
    pub lesson: String,
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
        let title = player.page().title.clone();
        problems.extend(found.into_iter().map(|problem| Unproved {
            lesson: lesson.title.clone(),
            page: title.clone(),
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
                        .and_then(|()| play(&mut elsewhere, &wrong.commands));
                    if let Err(message) = played {
                        wrongs.push(format!(
                            "a wrong state of “{goal}” cannot be reached: {}",
                            said(&message)
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
                let played = play(&mut session, &exercise.solution);
                match (played, ask(&session, &exercise.solution)) {
                    (Err(message), _) => {
                        wrongs.push(format!(
                            "the solution of “{goal}” cannot be played: {}",
                            said(&message)
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
    for (inside, measure) in inline_measures(text) {
        match measure {
            None => problems.push(format!("{{{{ {inside} }}}} is no measure")),
            Some(measure) => match session.measure(&measure).map(|measured| measured.value) {
                Ok(Some(_)) => {}
                Ok(None) => problems.push(format!("{{{{ {inside} }}}} has no value on this page")),
                Err(error) => problems.push(error.to_string()),
            },
        }
    }
    for link in links(text) {
        match link.split_once(':') {
            Some(("quantity", name)) if Quantity::from_name(name).is_some() => {}
            Some(("quantity", _)) => problems.push(format!("the link {link} names no quantity")),
            Some(("term", name)) if glossary::lookup(name).is_some() => {}
            Some(("term", _)) => {
                problems.push(format!("the link {link} names no term of the glossary"));
            }
            Some(("http" | "https", _)) => {}
            _ => problems.push(format!(
                "the link {link} leads nowhere, expected quantity:, term: or https:"
            )),
        }
    }
}

/// Where the links in a piece of Markdown lead.
pub fn links(text: &str) -> Vec<String> {
    let links = Parser::new_ext(text, Options::ENABLE_MATH).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. }) => Some(dest_url.into_string()),
        _ => None,
    });
    links.collect()
}
