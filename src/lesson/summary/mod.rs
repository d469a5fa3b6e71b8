//! A lesson on paper: what to remember, its formulas, its questions with the right answers, and its sources, as one HTML file
//! that needs nothing else.
//!
//! The numbers are the engine's: each page is played from its beginning to its end, as [`prove`](super::prove) does.

mod escape;
mod formula;
mod markup;

use super::expression::{Scope, Value};
use super::player::{Player, Progress, as_told, as_told_with, play, with_numbers_of};
use super::predict::Kind;
use super::sketch::Sketch;
use super::{Block, Lesson, Predict, Refute, Turn};
use crate::platform::files;
use crate::session::{Message, Session};
use crate::words::{counted, number};
use escape::escaped;
use markup::{first_block, html};
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How a summary begins; another file is not replaced by one.
const MARK: &str = "<!doctype html>\n<!-- A lesson's summary, written by rnnscope. -->\n";

const STYLE: &str = "\
@page { margin: 18mm; }
body { color: #000; background: #fff; max-width: 42rem; margin: 2rem auto; padding: 0 1rem;
  font: 11pt/1.45 'Noto Sans', 'Inter', sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 0.3rem; }
h2 { font-size: 1.15rem; margin: 1.8rem 0 0.5rem; border-bottom: 1px solid #000; break-after: avoid; }
h3 { font-size: 1rem; margin: 1.2rem 0 0.3rem; break-after: avoid; }
h4 { font-size: 1rem; margin: 0.5rem 0; }
p { margin: 0.3rem 0; }
ul, ol { margin: 0.3rem 0; padding-left: 1.4rem; }
section.asked { break-inside: avoid; }
.small { font-size: 0.85rem; }
.remember { border: 1.5px solid #000; padding: 0.4rem 0.9rem; break-inside: avoid; }
.right { font-weight: 600; }
.right::before { content: '\\2713\\00a0'; }
ul.choices { list-style: none; padding-left: 0; }
ul.choices li { padding-left: 1.2rem; }
ul.choices li.right { padding-left: 0; }
.working { font-family: monospace; font-size: 0.85rem; margin: 0.3rem 0; overflow-wrap: anywhere; }
math { font-size: 1.05em; }
a { color: inherit; }
@media print { body { margin: 0; max-width: none; padding: 0; } }
";

/// The summary of a lesson, as HTML.
///
/// # Errors
/// A page's beginning that cannot be reached, or an exercise that cannot be done, in words.
pub fn summary(lesson: &Arc<Lesson>) -> Result<String, String> {
    let mut page = String::from(MARK);
    let title = escaped(&lesson.title);
    push(
        &mut page,
        format_args!(
            "<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
        ),
    );
    push(&mut page, format_args!("<h1>{title}</h1>\n"));
    push(
        &mut page,
        format_args!("<p>{}</p>\n", escaped(&lesson.summary)),
    );
    let minutes = counted(lesson.minutes as usize, "minute");
    push(
        &mut page,
        format_args!(
            "<p class=\"small\">A lesson of {minutes} in rnnscope. The engine computed every number below when this was written.</p>\n"
        ),
    );
    let mut told = Told::default();
    for at in 0..lesson.pages.len() {
        told.play(lesson, at)?;
    }
    section(&mut page, "The question it begins with", &told.question);
    section(&mut page, "To remember", &told.remember);
    section(&mut page, "Formulas", &told.formulas);
    section(&mut page, "Questions and answers", &told.asked);
    let sources = lesson.sources.iter().map(|source| escaped(source));
    let sources: String = sources
        .map(|source| format!("<li>{source}</li>\n"))
        .collect();
    if !sources.is_empty() {
        section(
            &mut page,
            "Sources",
            &format!("<ul class=\"small\">\n{sources}</ul>\n"),
        );
    }
    page.push_str("</body>\n</html>\n");
    Ok(page)
}

/// Writes the summary of a lesson into a file, whose name ends in .html if it ends in nothing else; where it is then.
///
/// # Errors
/// Why it cannot be written, in words; another file of this name is not replaced.
pub fn write(lesson: &Arc<Lesson>, path: &Path) -> Result<PathBuf, String> {
    let mut path = path.to_path_buf();
    if path.extension().is_none() {
        path.set_extension("html");
    }
    let shown = files::shown(&path);
    if files::is_there(&path) {
        let there = files::read_text(&path, LARGEST, "Choose another name.");
        if !there.is_ok_and(|text| text.starts_with(MARK)) {
            return Err(format!(
                "{shown}: found a file that is no summary, expected a new name or an earlier summary. Choose another name."
            ));
        }
    }
    let text = summary(lesson)?;
    let refused = |error: io::Error| format!("{shown}: cannot be written: {error}");
    files::replace(&path, text.as_bytes()).map_err(refused)?;
    Ok(path)
}

/// A file that is longer is no summary.
const LARGEST: u64 = 4 << 20;

/// Writing into memory does not fail.
fn push(page: &mut String, text: std::fmt::Arguments<'_>) {
    page.write_fmt(text).unwrap_or_default();
}

fn section(page: &mut String, heading: &str, inside: &str) {
    if inside.is_empty() {
        return;
    }
    match heading {
        "To remember" => push(
            page,
            format_args!("<h2>{heading}</h2>\n<div class=\"remember\">\n{inside}</div>\n"),
        ),
        _ => push(page, format_args!("<h2>{heading}</h2>\n{inside}")),
    }
}

/// What the pages say, as HTML.
#[derive(Default)]
struct Told {
    /// The first question of all.
    question: String,
    remember: String,
    formulas: String,
    asked: String,
}

impl Told {
    /// Plays a page, and takes down what it says.
    fn play(&mut self, lesson: &Arc<Lesson>, at: usize) -> Result<(), String> {
        let mut player = Player::new(Arc::clone(lesson), Progress::default());
        player.turn_to(at);
        let page = player.page();
        let place = |message: Message| format!("page “{}”: {}", page.title, message.on_lines());
        let mut session = Session::new(|| {});
        play(&mut session, &player.approach()).map_err(place)?;
        let mut formulas = String::new();
        let mut asked = String::new();
        let mut remember = None;
        for (index, block) in page.blocks.iter().enumerate() {
            match block {
                Block::Prose(text) => {
                    if remember.is_none() {
                        remember = Some(told(first_block(text), &Scope::new(&session), &[]));
                    }
                    for latex in markup::formulas(text) {
                        push(
                            &mut formulas,
                            format_args!("<p>{}</p>\n", formula::mathml(&latex, true)),
                        );
                    }
                }
                Block::Predict(predict) => {
                    let mut copy = None;
                    let commands = player.asked_after(index);
                    if !commands.is_empty() {
                        let mut aside = Session::new(|| {});
                        play(&mut aside, &commands).map_err(place)?;
                        copy = Some(aside);
                    }
                    let question = told(&predict.question, &Scope::new(&session), &[]);
                    self.begin_with(&question);
                    let asked_of = copy.as_ref().unwrap_or(&session);
                    asked.push_str(&of_predict(predict, &question, &session, asked_of));
                }
                Block::Turn(turn) => {
                    let names = turn.names();
                    let question = told(&turn.question, &turn.scope(&session), &names);
                    self.begin_with(&question);
                    asked.push_str(&of_turn(turn, &question, &session));
                }
                Block::Refute(refute) => asked.push_str(&of_refute(refute, &session)),
                Block::Do(exercise) => {
                    play(&mut session, &exercise.solution).map_err(place)?;
                }
            }
        }
        let heading = format!("<h3>{}</h3>\n", escaped(&page.title));
        if !formulas.is_empty() {
            self.formulas.push_str(&heading);
            self.formulas.push_str(&formulas);
        }
        if !asked.is_empty() {
            self.asked.push_str(&heading);
            self.asked.push_str(&asked);
        }
        // The last page says what to remember.
        if at + 1 == lesson.pages.len() {
            self.remember = remember.unwrap_or_default();
        }
        Ok(())
    }

    fn begin_with(&mut self, question: &str) {
        if self.question.is_empty() {
            self.question = question.to_owned();
        }
    }
}

/// A text with its numbers, as HTML.
fn told(text: &str, scope: &Scope<'_>, names: &[String]) -> String {
    let text = with_numbers_of(text, scope, names, |says, value, digits| {
        value.map_or_else(|| "…".into(), |value| as_told_with(says, value, digits))
    });
    html(&text)
}

fn of_predict(predict: &Predict, question: &str, session: &Session, asked_of: &Session) -> String {
    let mut asked = format!("<section class=\"asked\">\n{question}");
    let (scope, there) = (Scope::new(session), Scope::new(asked_of));
    let answer = predict.answered_by(asked_of).ok().flatten();
    let right = answer.map(|(_, bin)| bin);
    match &predict.kind {
        Kind::Choices { choices, .. } => {
            asked.push_str("<ul class=\"choices\">\n");
            for (at, choice) in choices.iter().enumerate() {
                let class = match right == Some(at) {
                    true => " class=\"right\"",
                    false => "",
                };
                let choice = told(choice, &scope, &[]);
                let choice = choice.trim();
                let choice = choice.strip_prefix("<p>").unwrap_or(choice);
                let choice = choice.strip_suffix("</p>").unwrap_or(choice);
                push(&mut asked, format_args!("<li{class}>{choice}</li>\n"));
            }
            asked.push_str("</ul>\n");
        }
        Kind::Number { .. } => {}
        Kind::Sketch(sketch) => asked.push_str(&of_sketch(predict, sketch, asked_of)),
    }
    if let Some((value, _)) = answer.filter(|_| !matches!(predict.kind, Kind::Sketch(_))) {
        let value = as_told(&predict.answer, value);
        push(
            &mut asked,
            format_args!("<p>The engine says {}.</p>\n", escaped(&value)),
        );
    }
    for text in right.into_iter().flat_map(|right| predict.explained(right)) {
        asked.push_str(&told(text, &there, &[]));
    }
    asked + "</section>\n"
}

/// What the engine's curve does, and some of its points.
fn of_sketch(predict: &Predict, sketch: &Sketch, asked_of: &Session) -> String {
    let (Ok(span), Ok(curve)) = (
        sketch.span(asked_of),
        sketch.curve(&predict.answer, asked_of),
    ) else {
        return String::new();
    };
    let points = sketch
        .places(span)
        .into_iter()
        .zip(sketch.at_places(span, &curve));
    let points = points.map(|(at, value)| format!("{at}: {}", number(value)));
    let points: Vec<String> = points.collect();
    let says = format!(
        "{} over {}: the engine’s curve {}. {}.",
        sketch.up,
        sketch.across,
        sketch.shape(&curve).told(),
        points.join("; ")
    );
    format!("<p>{}</p>\n", escaped(&says))
}

fn of_turn(turn: &Turn, question: &str, session: &Session) -> String {
    let mut asked = format!("<section class=\"asked\">\n{question}");
    let (scope, names) = (turn.scope(session), turn.names());
    if let Ok(value) = turn.value(session) {
        let value = escaped(&number(value));
        push(&mut asked, format_args!("<p class=\"right\">{value}</p>\n"));
    }
    for line in turn.worked(session).into_iter().flatten() {
        let name = line.name.map_or(String::new(), |name| format!("{name} = "));
        let value = match line.value {
            Value::Number(value) => number(value),
            Value::List(_) => String::new(),
        };
        let value = match value.is_empty() || line.written == value {
            true => String::new(),
            false => format!(" = {value}"),
        };
        let text = format!("{name}{} = {}{value}", line.formula, line.written);
        push(
            &mut asked,
            format_args!("<p class=\"working\">{}</p>\n", escaped(&text)),
        );
    }
    asked.push_str(&told(&turn.explain, &scope, &names));
    asked + "</section>\n"
}

fn of_refute(refute: &Refute, session: &Session) -> String {
    let scope = Scope::new(session);
    let (tempting, explain) = (
        told(&refute.tempting, &scope, &[]),
        told(&refute.explain, &scope, &[]),
    );
    format!(
        "<section class=\"asked\">\n<p><strong>Many believe: {}</strong></p>\n{tempting}{explain}</section>\n",
        escaped(&refute.says)
    )
}
