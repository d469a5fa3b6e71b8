//! A lesson's file → [`Lesson`].
//!
//! TOML front matter between lines of `+++`; pages begin with `##`; fenced blocks named `setup`, `focus`, `predict` and `do`
//! hold TOML; everything else is the page's prose. All mistakes are reported with their line.

use super::check::{Check, Comparison};
use super::files::Files;
use super::prose;
use super::{Block, Do, Focus, Lesson, Page, Predict, Setup, Wrong};
use crate::data::Split;
use crate::experiment::{Document, Probe, Setting, gallery};
use crate::nn::{Clip, Move, Quantity, SetWeight, Sweep};
use crate::session::{Command, Origin, Step};
use crate::train::{Argument, Measure};
use crate::words::{counted, grouped, shortened};
use crate::words::{exact, on_a_line};
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use std::collections::BTreeMap;
use std::ops::Range;
use toml_edit::{Document as Toml, Item, TableLike, Value};

/// The most updates that a set-up, a list of commands or one run of a lesson's experiment may make: some seconds with a small
/// network.
pub const MAX_UPDATES: u64 = 20_000;

/// The most words in a page's prose.
const MAX_WORDS: usize = 130;

/// The most commands in one list.
const MAX_COMMANDS: usize = 100;

/// A mistake in a lesson's file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}: {}", on_a_line(file), in_line(*line), on_a_line(problem))]
pub struct LessonError {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 where it is about the file as a whole.
    pub line: usize,
    /// What was found and what was expected.
    pub problem: String,
}

fn in_line(line: usize) -> String {
    match line {
        0 => String::new(),
        line => format!(", line {line}"),
    }
}

/// Where mistakes are gathered.
struct Mistakes<'a> {
    file: &'a str,
    source: &'a str,
    found: Vec<LessonError>,
    /// How many there are beyond those.
    more: usize,
}

/// How many mistakes in a file are told; further ones are counted only.
const MISTAKES: usize = 50;

impl Mistakes<'_> {
    /// The line of a place in the file, from 1.
    fn line(&self, offset: usize) -> usize {
        let before = self
            .source
            .get(..offset.min(self.source.len()))
            .unwrap_or(self.source);
        before.bytes().filter(|&byte| byte == b'\n').count() + 1
    }

    /// What is wrong in a piece of prose; `place` says where in the file a place in it is.
    fn in_prose(&mut self, text: &str, place: impl Fn(usize) -> usize) {
        for (at, problem) in prose::problems(text) {
            self.at(place(at), problem);
        }
    }

    fn at(&mut self, offset: usize, problem: impl Into<String>) {
        self.on_line(self.line(offset), problem);
    }

    fn on_line(&mut self, line: usize, problem: impl Into<String>) {
        if self.found.len() == MISTAKES {
            self.more += 1;
            return;
        }
        self.found.push(LessonError {
            file: self.file.into(),
            line,
            problem: problem.into(),
        });
    }
}

/// What a lesson may name that does not stand in it.
#[derive(Clone, Copy)]
struct Around<'a> {
    /// The files beside it.
    files: &'a Files,
    /// The views that there are.
    views: &'a [&'a str],
}

/// Reads a lesson; `files` are those beside it, for the experiments that its pages set up, and `views` the names of those that
/// they may point at: lessons know no window, so whoever has one says them.
///
/// # Errors
/// Every mistake with its line.
pub fn read(
    file: &str,
    source: &str,
    files: &Files,
    views: &[&str],
) -> Result<Lesson, Vec<LessonError>> {
    // Files from elsewhere may have other line ends and a mark at their beginning; neither changes the number of a line.
    let source = source.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let mut mistakes = Mistakes {
        file,
        source: &source,
        found: Vec::new(),
        more: 0,
    };
    let lesson = read_lesson(&source, Around { files, views }, &mut mistakes);
    mistakes.found.sort_by_key(|mistake| mistake.line);
    if mistakes.more > 0 {
        mistakes.found.push(LessonError {
            file: file.into(),
            line: 0,
            problem: format!("… and {}", counted(mistakes.more, "further mistake")),
        });
    }
    match lesson {
        Some(lesson) if mistakes.found.is_empty() => Ok(lesson),
        _ => Err(mistakes.found),
    }
}

/// The line of a key in a readable lesson's front matter, from 1.
pub(super) fn line_of(source: &str, key: &str) -> usize {
    let source = source.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let at = front_matter(&source).and_then(|(front, _)| {
        let toml = Toml::parse(source[front.clone()].to_string()).ok()?;
        Some(front.start + toml.get(key)?.span()?.start)
    });
    let before = &source[..at.unwrap_or(0)];
    1 + before.bytes().filter(|&byte| byte == b'\n').count()
}

fn read_lesson(source: &str, around: Around<'_>, mistakes: &mut Mistakes<'_>) -> Option<Lesson> {
    let Some((front, body_at)) = front_matter(source) else {
        mistakes.at(
            0,
            "found no front matter, expected TOML between two lines of +++ at the beginning",
        );
        return None;
    };
    let base = front.start;
    let toml = parse_toml(&source[front], base, mistakes);
    let pages = read_pages(source, body_at, around, mistakes);
    if pages.is_empty() {
        mistakes.at(
            body_at,
            "found no page, expected a heading that begins with ##",
        );
    }
    let mut fields = Fields::root(toml.as_ref()?, base, "front matter");
    let id = fields.text("id", mistakes);
    let title = fields.text("title", mistakes);
    let summary = fields.text("summary", mistakes);
    let minutes = fields
        .required("minutes", mistakes)
        .and_then(|item| fields.whole("minutes", item, mistakes));
    let sources = fields.texts("sources", mistakes);
    fields.finish(mistakes);
    Some(Lesson {
        file: mistakes.file.into(),
        id: id?,
        title: title?,
        summary: summary?,
        minutes: u32::try_from(minutes?).unwrap_or(u32::MAX),
        sources,
        location: around.files.location(),
        pages,
    })
}

/// The range between the lines of `+++`, and where the body begins.
fn front_matter(source: &str) -> Option<(Range<usize>, usize)> {
    let start = source.strip_prefix("+++\n").map(|_| "+++\n".len())?;
    let mut at = start;
    for line in source[start..].split_inclusive('\n') {
        if line.trim_end() == "+++" {
            return Some((start..at, at + line.len()));
        }
        at += line.len();
    }
    None
}

fn read_pages(
    source: &str,
    body_at: usize,
    around: Around<'_>,
    mistakes: &mut Mistakes<'_>,
) -> Vec<Page> {
    let body = &source[body_at..];
    let mut pages: Vec<Page> = Vec::new();
    let mut prose_from = 0;
    let mut heading: Option<usize> = None;
    let (mut title, mut given) = (String::new(), None);
    let mut fence: Option<(String, usize)> = None;
    let mut fenced: Option<Range<usize>> = None;
    let add_prose = |pages: &mut Vec<Page>, range: Range<usize>, mistakes: &mut Mistakes<'_>| {
        let text = body[range.clone()].trim();
        let blank = body[range.clone()].len() - body[range.clone()].trim_start().len();
        match pages.last_mut() {
            _ if text.is_empty() => {}
            Some(page) => {
                mistakes.in_prose(text, |at| body_at + range.start + blank + at);
                page.blocks.push(Block::Prose(text.into()));
            }
            None => {
                let problem =
                    "found text before the first page, expected a heading that begins with ##";
                mistakes.at(body_at + range.start + blank, problem);
            }
        }
    };
    let options = Options::ENABLE_MATH | Options::ENABLE_HEADING_ATTRIBUTES;
    for (event, range) in Parser::new_ext(body, options).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading {
                level: HeadingLevel::H2,
                id,
                ..
            }) => {
                given = id;
                add_prose(&mut pages, prose_from..range.start, mistakes);
                heading = Some(range.start);
                title.clear();
            }
            Event::End(TagEnd::Heading(HeadingLevel::H2)) => {
                if title.trim().is_empty() {
                    mistakes.at(
                        body_at + heading.unwrap_or(range.start),
                        "found a page without a title",
                    );
                }
                let line = mistakes.line(body_at + heading.unwrap_or(range.start));
                heading = None;
                prose_from = range.end;
                let name = match given.take() {
                    Some(name) => name.to_string(),
                    None => in_words(&title),
                };
                if pages.iter().any(|page| page.name == name) {
                    let problem = format!(
                        "found a second page called “{}”, expected each name once: write ## … {{#another-name}}",
                        shortened(&name)
                    );
                    mistakes.on_line(line, problem);
                }
                pages.push(Page {
                    name,
                    title: title.clone(),
                    line,
                    setup: None,
                    focus: None,
                    blocks: Vec::new(),
                });
            }
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text)
                if heading.is_some() =>
            {
                title.push_str(&text);
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(name))) => {
                let name = name.trim();
                if BLOCKS.contains(&name) {
                    add_prose(&mut pages, prose_from..range.start, mistakes);
                    fence = Some((name.to_string(), range.start));
                    fenced = None;
                } else if let Some(meant) = misspelt(name) {
                    mistakes.at(
                        body_at + range.start,
                        format!("found a block “{name}”, expected “{meant}”"),
                    );
                }
            }
            // The text between the fences as it stands in the file, so that places in it are places in the file.
            Event::Text(_) if fence.is_some() => {
                fenced = Some(fenced.map_or(range.start, |before| before.start)..range.end);
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((name, start)) = fence.take() {
                    prose_from = range.end;
                    let fenced = fenced.take().unwrap_or(range.end..range.end);
                    // An empty block is at fault where it begins.
                    let base = body_at
                        + if fenced.is_empty() {
                            start
                        } else {
                            fenced.start
                        };
                    match (parse_toml(&body[fenced], base, mistakes), pages.last_mut()) {
                        (Some(toml), Some(page)) => {
                            let place = (base, body_at + start);
                            read_block(&name, &toml, place, page, around, mistakes);
                        }
                        (Some(_), None) => mistakes.at(
                            body_at + start,
                            "found a block before the first page, expected a heading that begins with ##",
                        ),
                        (None, _) => {}
                    }
                }
            }
            _ => {}
        }
    }
    add_prose(&mut pages, prose_from..body.len(), mistakes);
    for page in &pages {
        let prose = page.blocks.iter().map(|block| match block {
            Block::Prose(text) => prose::words(text),
            Block::Predict(_) | Block::Do(_) => 0,
        });
        let words: usize = prose.sum();
        if words > MAX_WORDS {
            let problem = format!(
                "page “{}”: found {words} words, expected at most {MAX_WORDS}: a page is one screen",
                shortened(&page.title)
            );
            mistakes.on_line(page.line, problem);
        }
    }
    pages
}

/// A title as a name: its letters and digits in lower case, with hyphens between.
fn in_words(title: &str) -> String {
    let lower = title.to_lowercase();
    let words = lower.split(|sign: char| !sign.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-")
}

/// The fenced blocks that are not prose.
const BLOCKS: [&str; 4] = ["setup", "focus", "predict", "do"];

/// The block that an author of a block called `name` meant, if it is nearly one: a listing in another language is not.
fn misspelt(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let near = |block: &&str| match block.len() {
        0..=2 => lower == **block,
        _ => strsim::damerau_levenshtein(&lower, block) <= 2,
    };
    BLOCKS.into_iter().find(near)
}

fn parse_toml(text: &str, base: usize, mistakes: &mut Mistakes<'_>) -> Option<Toml<String>> {
    match Toml::parse(text.to_string()) {
        Ok(toml) => Some(toml),
        Err(error) => {
            let problem = error.message().lines().collect::<Vec<_>>().join(", ");
            mistakes.at(base + error.span().map_or(0, |span| span.start), problem);
            None
        }
    }
}

/// `place`: where the block's text begins, and where the block does.
fn read_block(
    name: &str,
    toml: &Toml<String>,
    (base, at): (usize, usize),
    page: &mut Page,
    around: Around<'_>,
    mistakes: &mut Mistakes<'_>,
) {
    let mut fields = Fields::root(toml, base, name);
    match name {
        "setup" => {
            if page.setup.is_some() {
                mistakes.at(at, "found a second setup on this page, expected one");
            }
            page.setup = read_setup(&mut fields, around.files, mistakes);
        }
        "focus" => {
            if page.focus.is_some() {
                mistakes.at(at, "found a second focus on this page, expected one");
            }
            page.focus = read_focus(&mut fields, around.views, mistakes);
        }
        "predict" => {
            if page
                .blocks
                .iter()
                .any(|block| matches!(block, Block::Predict(_)))
            {
                mistakes.at(at, "found a second predict on this page, expected one");
            }
            page.blocks
                .extend(read_predict(&mut fields, mistakes).map(Block::Predict));
        }
        _ => {
            if page
                .blocks
                .iter()
                .any(|block| matches!(block, Block::Do(_)))
            {
                mistakes.at(at, "found a second do on this page, expected one");
            }
            page.blocks
                .extend(read_do(&mut fields, mistakes).map(Block::Do));
        }
    }
    fields.finish(mistakes);
}

fn read_focus(
    fields: &mut Fields<'_>,
    views: &[&str],
    mistakes: &mut Mistakes<'_>,
) -> Option<Focus> {
    let view = fields.text("view", mistakes);
    if let (Some(view), Some(item)) = (&view, fields.table.get("view"))
        && !views.contains(&view.as_str())
    {
        let view = shortened(view);
        let problem = format!("found view “{view}”, expected one of {}", views.join(", "));
        mistakes.at(fields.place(item), problem);
    }
    let names = fields.texts("highlight", mistakes);
    let at = fields
        .table
        .get("highlight")
        .map_or(fields.at, |item| fields.place(item));
    let mut highlight = Vec::new();
    for name in names {
        match Quantity::from_name(&name) {
            Some(quantity) => highlight.push(quantity),
            None => {
                let known: Vec<&str> = Quantity::ALL
                    .iter()
                    .map(|quantity| quantity.name())
                    .collect();
                mistakes.at(
                    at,
                    format!(
                        "found quantity “{}”, expected one of {}",
                        shortened(&name),
                        known.join(", ")
                    ),
                );
            }
        }
    }
    Some(Focus {
        view: view?,
        highlight,
    })
}

fn read_setup(
    fields: &mut Fields<'_>,
    files: &Files,
    mistakes: &mut Mistakes<'_>,
) -> Option<Setup> {
    let updates = fields
        .take("updates")
        .and_then(|item| {
            let updates = fields.whole("updates", item, mistakes)?;
            within_bound(updates as f64, fields.place(item), mistakes).then_some(updates)
        })
        .unwrap_or(0);
    let reveal = fields.optional_flag("reveal", mistakes).unwrap_or(true);
    let mut settings = Vec::new();
    if let Some(item) = fields.take("set") {
        let at = fields.place(item);
        match item.as_table_like() {
            Some(table) => {
                for (path, item) in table.iter() {
                    match item.as_value().and_then(setting) {
                        Some(value) => settings.push((path.to_string(), value, fields.place(item))),
                        None => mistakes.at(
                            fields.place(item),
                            format!(
                                "set: found no plain value for “{}”, expected \"data.length\" = 50 or the like",
                                shortened(path)
                            ),
                        ),
                    }
                }
            }
            None => mistakes.at(at, "set: expected a table such as { \"data.length\" = 50 }"),
        }
    }
    let name = fields.text("experiment", mistakes)?;
    let at = fields
        .table
        .get("experiment")
        .map_or(fields.at, |item| fields.place(item));
    let experiment = match files.read(&name) {
        Ok(experiment) => experiment,
        Err(error) => {
            let name = shortened(&name);
            mistakes.at(at, format!("experiment “{name}” cannot be read: {error}"));
            return None;
        }
    };
    match Document::parse(&experiment) {
        Ok((mut document, mut experiment)) => {
            for (path, value, at) in &settings {
                match document.set(path, value.clone()) {
                    Ok(changed) => experiment = changed,
                    Err(errors) => mistakes.at(*at, in_a_line(&errors.to_string())),
                }
            }
            // What the command start makes of it.
            within_bound(experiment.training.updates as f64, at, mistakes);
        }
        Err(errors) => mistakes.at(
            at,
            format!(
                "experiment “{}”: {}",
                shortened(&name),
                in_a_line(&errors.to_string())
            ),
        ),
    }
    let settings = settings
        .into_iter()
        .map(|(path, value, _)| (path, value))
        .collect();
    Some(Setup {
        experiment,
        settings,
        updates,
        reveal,
    })
}

/// Whether so many updates may be made at once; else it is a mistake at `at`.
fn within_bound(updates: f64, at: usize, mistakes: &mut Mistakes<'_>) -> bool {
    let within = updates <= MAX_UPDATES as f64;
    if !within {
        let (found, most) = (exact(updates), grouped(MAX_UPDATES as usize));
        mistakes.at(
            at,
            format!("found {found} updates, expected at most {most}: a learner waits for them"),
        );
    }
    within
}

fn in_a_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

fn read_predict(fields: &mut Fields<'_>, mistakes: &mut Mistakes<'_>) -> Option<Predict> {
    let question = fields.prose("question", mistakes);
    let choices = fields.proses("choices", mistakes);
    let explain = fields.prose("explain", mistakes);
    let item = fields.required("answer", mistakes)?;
    let at = fields.place(item);
    let Some(table) = item.as_table_like() else {
        mistakes.at(
            at,
            "answer: expected { measure = \"…\", args = { … }, bins = [ … ] }",
        );
        return None;
    };
    let mut answer = fields.below(table, at, "answer");
    let measure = read_measure(&mut answer, mistakes);
    let bins = answer.required("bins", mistakes).and_then(|item| {
        let numbers = item
            .as_array()
            .map(|list| list.iter().map(number_of).collect::<Option<Vec<f64>>>());
        let bins = numbers.flatten();
        if bins.is_none() {
            mistakes.at(answer.place(item), "bins: expected a list of numbers");
        }
        Some((bins?, answer.place(item)))
    });
    answer.finish(mistakes);
    let (bins, at) = bins?;
    if bins.is_empty() || bins.len() + 1 != choices.len() {
        let (bins, choices) = (bins.len(), choices.len());
        mistakes.at(
            at,
            format!("found {bins} bins for {choices} choices, expected one bin less than choices"),
        );
        return None;
    }
    let rising = bins.windows(2).all(|pair| pair[0] < pair[1]);
    let falling = bins.windows(2).all(|pair| pair[0] > pair[1]);
    if !(rising || falling) || bins.iter().any(|bin| !bin.is_finite()) {
        mistakes.at(at, "bins: expected finite numbers that rise or fall");
        return None;
    }
    Some(Predict {
        question: question?,
        choices,
        measure: measure?,
        bins,
        explain: explain?,
    })
}

fn read_do(fields: &mut Fields<'_>, mistakes: &mut Mistakes<'_>) -> Option<Do> {
    let goal = fields.prose("goal", mistakes);
    let hints = fields.proses("hints", mistakes);
    if hints.is_empty() {
        mistakes.at(fields.at, "do: found no hints, expected at least one");
    }
    let check = fields
        .required("check", mistakes)
        .and_then(|item| read_check(item, fields.base, mistakes));
    let solution = fields.required("solution", mistakes).and_then(|item| {
        let commands = read_commands(item, fields.base, mistakes);
        if commands.as_ref().is_some_and(Vec::is_empty) {
            mistakes.at(
                fields.place(item),
                "solution: found no command, expected at least one",
            );
        }
        commands
    });
    let wrong_item = fields.required("wrong", mistakes)?;
    let at = fields.place(wrong_item);
    let mut wrong = Vec::new();
    match tables(wrong_item, fields.base) {
        Some(tables) if !tables.is_empty() => {
            for (table, at) in tables {
                let mut fields = fields.below(table, at, "wrong");
                let commands = fields.required("commands", mistakes);
                let commands = commands.and_then(|item| read_commands(item, fields.base, mistakes));
                let when = fields.required("when", mistakes);
                let when = when.and_then(|item| read_check(item, fields.base, mistakes));
                let reason = fields.prose("reason", mistakes);
                fields.finish(mistakes);
                if let (Some(commands), Some(when), Some(reason)) = (commands, when, reason) {
                    wrong.push(Wrong {
                        commands,
                        when,
                        reason,
                    });
                }
            }
        }
        Some(_) => mistakes.at(
            at,
            "wrong: found no wrong state, expected at least one plausible one",
        ),
        None => mistakes.at(
            at,
            "wrong: expected [ { commands = [ … ], when = { … }, reason = \"…\" } ]",
        ),
    }
    Some(Do {
        goal: goal?,
        check: check?,
        hints,
        wrong,
        solution: solution?,
    })
}

fn number_of(value: &Value) -> Option<f64> {
    value
        .as_float()
        .or_else(|| value.as_integer().map(|whole| whole as f64))
}

fn setting(value: &Value) -> Option<Setting> {
    Some(match value {
        Value::Integer(whole) => Setting::Whole(*whole.value()),
        Value::Float(number) => Setting::Number(*number.value()),
        Value::String(text) => Setting::Text(text.value().clone()),
        Value::Boolean(flag) => Setting::Truth(*flag.value()),
        _ => return None,
    })
}

/// A list of tables, inline or under headers of their own, each with its place.
fn tables(item: &Item, base: usize) -> Option<Vec<(&dyn TableLike, usize)>> {
    let place = |span: Option<Range<usize>>| base + span.map_or(0, |span| span.start);
    match item {
        Item::ArrayOfTables(list) => Some(
            list.iter()
                .map(|table| (table as &dyn TableLike, place(table.span())))
                .collect(),
        ),
        _ => {
            let one = |value: &'_ Value| value.as_inline_table().is_some();
            let list = item.as_array().filter(|list| list.iter().all(one))?;
            let tables = list.iter().filter_map(|value| {
                value
                    .as_inline_table()
                    .map(|table| (table as &dyn TableLike, place(value.span())))
            });
            Some(tables.collect())
        }
    }
}

/// Takes `measure` and `args`.
fn read_measure(fields: &mut Fields<'_>, mistakes: &mut Mistakes<'_>) -> Option<Measure> {
    let name = fields.text("measure", mistakes);
    let arguments = fields.take("args");
    let name = name?;
    let mut given = BTreeMap::new();
    if let Some(item) = arguments {
        let Some(table) = item.as_table_like() else {
            mistakes.at(
                fields.place(item),
                "args: expected a table such as { quantity = \"h\" }",
            );
            return None;
        };
        for (key, item) in table.iter() {
            let argument = match item.as_str() {
                Some(text) => Some(Argument::Text(text.into())),
                None => item.as_value().and_then(number_of).map(Argument::Number),
            };
            match argument {
                Some(argument) => drop(given.insert(key.to_owned(), argument)),
                None => {
                    mistakes.at(
                        fields.place(item),
                        format!("argument “{}”: expected a number or a word", shortened(key)),
                    );
                    return None;
                }
            }
        }
    }
    match Measure::read(&name, &given) {
        Ok(measure) => Some(measure),
        Err(error) => {
            mistakes.at(fields.at, error.to_string());
            None
        }
    }
}

const CHECK: &str = "check: expected { measure = \"…\", op = \"<\", value = 1 }, { all = [ … ] }, { any = [ … ] }, \
                     { not = { … } } or { command = \"…\" }";

fn read_check(item: &Item, base: usize, mistakes: &mut Mistakes<'_>) -> Option<Check> {
    let at = base + item.span().map_or(0, |span| span.start);
    match item.as_table_like() {
        Some(table) => read_check_table(Fields::new(table, base, at, "check"), mistakes),
        None => {
            mistakes.at(at, CHECK);
            None
        }
    }
}

fn read_check_table(mut fields: Fields<'_>, mistakes: &mut Mistakes<'_>) -> Option<Check> {
    let kinds = ["all", "any", "not", "command", "measure"];
    let kind = kinds
        .into_iter()
        .find(|kind| fields.table.contains_key(kind));
    let check = match kind {
        Some(kind @ ("all" | "any")) => {
            let item = fields.take(kind)?;
            match tables(item, fields.base) {
                Some(parts) if !parts.is_empty() => {
                    let parts: Vec<Option<Check>> = parts
                        .into_iter()
                        .map(|(part, at)| {
                            read_check_table(fields.below(part, at, "check"), mistakes)
                        })
                        .collect();
                    let parts = parts.into_iter().collect::<Option<Vec<Check>>>();
                    parts.map(if kind == "all" {
                        Check::All
                    } else {
                        Check::Any
                    })
                }
                _ => {
                    mistakes.at(
                        fields.place(item),
                        format!("{kind}: expected a list of checks"),
                    );
                    None
                }
            }
        }
        Some("not") => {
            let item = fields.take("not")?;
            read_check(item, fields.base, mistakes).map(|part| Check::Not(Box::new(part)))
        }
        Some("command") => {
            let name = fields.text("command", mistakes)?;
            if COMMANDS.contains(&name.as_str()) {
                Some(Check::Command(name))
            } else {
                let problem = format!(
                    "found command “{}”, expected one of {}",
                    shortened(&name),
                    COMMANDS.join(", ")
                );
                mistakes.at(fields.at, problem);
                None
            }
        }
        Some(_) => {
            let measure = read_measure(&mut fields, mistakes);
            let comparison = fields.text("op", mistakes).and_then(|symbol| {
                let comparison = Comparison::from_symbol(&symbol);
                if comparison.is_none() {
                    mistakes.at(
                        fields.at,
                        format!(
                            "found op “{}”, expected <, <=, >, >= or ==",
                            shortened(&symbol)
                        ),
                    );
                }
                comparison
            });
            let value = fields.required("value", mistakes).and_then(|item| {
                let value = item.as_value().and_then(number_of);
                match (value, &measure) {
                    (None, _) => mistakes.at(fields.place(item), "value: expected a number"),
                    (Some(value), _) if value.is_nan() => mistakes.at(
                        fields.place(item),
                        "value: found nan, which nothing is equal to, above or below, expected a number",
                    ),
                    (Some(value), Some(Measure::Update | Measure::DivergedUpdate)) => {
                        within_bound(value, fields.place(item), mistakes);
                    }
                    (Some(_), _) => {}
                }
                value
            });
            match (measure, comparison, value) {
                (Some(measure), Some(comparison), Some(value)) => Some(Check::Measure {
                    measure,
                    comparison,
                    value,
                }),
                _ => None,
            }
        }
        None => {
            mistakes.at(fields.at, CHECK);
            return None;
        }
    };
    fields.finish(mistakes);
    check
}

/// The commands that a check can ask for, by [`Command::name`].
const COMMANDS: [&str; 18] = [
    "set",
    "start",
    "pause",
    "update",
    "reset",
    "rate",
    "clip",
    "set number",
    "sweep forward",
    "sweep backward",
    "move",
    "show all",
    "step operation",
    "step time",
    "step sequence",
    "step update",
    "probe",
    "open",
];

fn read_commands(item: &Item, base: usize, mistakes: &mut Mistakes<'_>) -> Option<Vec<Command>> {
    let Some(list) = item.as_array() else {
        mistakes.at(
            base + item.span().map_or(0, |span| span.start),
            "expected a list of commands",
        );
        return None;
    };
    let mut commands = Some(Vec::new());
    let place = |value: &Value| base + value.span().map_or(0, |span| span.start);
    if let Some(value) = list.get(MAX_COMMANDS) {
        let found = list.len();
        mistakes.at(
            place(value),
            format!("found {found} commands, expected at most {MAX_COMMANDS}"),
        );
        return None;
    }
    let mut updates = 0.0;
    for value in list {
        let command = command(value);
        match &command {
            Some(Command::Update(count)) => updates += *count as f64,
            Some(Command::Set {
                path,
                value: Setting::Whole(planned),
            }) if path == "training.updates" => {
                within_bound(*planned as f64, place(value), mistakes);
            }
            _ => {}
        }
        match (command, &mut commands) {
            (Some(command), Some(commands)) => commands.push(command),
            (Some(_), None) => {}
            (None, _) => {
                commands = None;
                mistakes.at(
                    place(value),
                    format!(
                        "found command {}, expected \"start\", \"pause\", \"reset\", \"show all\", \"next update\", \
                         {{ update = 10 }}, {{ clip = 1.0 }}, {{ clip = \"off\" }}, {{ rate = 0.1 }}, \
                         {{ set = \"data.length\", to = 50 }}, \
                         {{ number = \"weight_hh_l0\", index = [0, 1], to = 0.5 }}, {{ probe = 3 }}, {{ open = \"latch\" }}, \
                         {{ sweep = \"backward\" }}, {{ move = \"next\" }} or {{ move = 5 }}",
                        shortened(value.to_string().trim())
                    ),
                );
            }
        }
    }
    within_bound(
        updates,
        base + item.span().map_or(0, |span| span.start),
        mistakes,
    );
    commands
}

/// A command as a lesson writes it.
fn command(value: &Value) -> Option<Command> {
    if let Some(word) = value.as_str() {
        return Some(match word {
            "start" => Command::Start,
            "pause" => Command::Pause,
            "reset" => Command::Reset,
            "show all" => Command::ShowAll,
            "next update" => Command::StepBy(Step::Update, true),
            _ => return None,
        });
    }
    let table = value.as_inline_table()?;
    let mut keys = table.iter();
    let (key, value) = keys.find(|(key, _)| !["to", "index"].contains(key))?;
    let parts = match key {
        "set" => 2,
        "number" => 3,
        _ => 1,
    };
    if table.len() != parts {
        return None;
    }
    Some(match key {
        "update" => Command::Update(u64::try_from(value.as_integer()?).ok()?),
        "clip" => Command::SetClip(match value.as_str() {
            Some("off") => Clip::Off,
            Some(_) => return None,
            None => Clip::Norm(number_of(value).filter(|norm| *norm > 0.0 && norm.is_finite())?),
        }),
        "rate" => Command::SetLearningRate(
            number_of(value).filter(|rate| *rate > 0.0 && rate.is_finite())?,
        ),
        "number" => Command::SetNumber(SetWeight {
            parameter: value.as_str()?.into(),
            index: {
                let index = table.get("index")?.as_array()?.iter();
                let index = index.map(|at| usize::try_from(at.as_integer()?).ok());
                index.collect::<Option<Vec<usize>>>()?
            },
            value: number_of(table.get("to")?).filter(|value| value.is_finite())?,
        }),
        "set" => Command::Set {
            path: value.as_str()?.into(),
            value: setting(table.get("to")?)?,
        },
        "probe" => Command::Probe(Probe {
            split: Split::Test,
            index: usize::try_from(value.as_integer()?).ok()?,
        }),
        "open" => {
            let name = value.as_str()?;
            gallery::by_name(name)?;
            Command::Open(Origin::Gallery(name.into()))
        }
        "sweep" => Command::Sweep(match value.as_str()? {
            "forward" => Sweep::Forward,
            "backward" => Sweep::Backward,
            _ => return None,
        }),
        "move" => Command::Move(match value.as_str() {
            Some("first") => Move::First,
            Some("last") => Move::Last,
            Some("next") => Move::Next,
            Some("previous") => Move::Previous,
            Some(_) => return None,
            None => Move::To(usize::try_from(value.as_integer()?).ok()?),
        }),
        _ => return None,
    })
}

/// A table's keys, so that those nobody asked for can be reported.
struct Fields<'a> {
    table: &'a dyn TableLike,
    /// Where the TOML text begins in the file.
    base: usize,
    /// Where the table does.
    at: usize,
    block: &'a str,
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    fn new(table: &'a dyn TableLike, base: usize, at: usize, block: &'a str) -> Self {
        Self {
            table,
            base,
            at,
            block,
            known: Vec::new(),
        }
    }

    /// The whole text.
    fn root(toml: &'a Toml<String>, base: usize, block: &'a str) -> Self {
        Self::new(toml.as_table(), base, base, block)
    }

    /// A table further in, in the same text.
    fn below<'b>(&self, table: &'b dyn TableLike, at: usize, block: &'b str) -> Fields<'b> {
        Fields::new(table, self.base, at, block)
    }

    fn place(&self, item: &Item) -> usize {
        item.span().map_or(self.at, |span| self.base + span.start)
    }

    fn take(&mut self, key: &'static str) -> Option<&'a Item> {
        self.known.push(key);
        self.table.get(key)
    }

    fn required(&mut self, key: &'static str, mistakes: &mut Mistakes<'_>) -> Option<&'a Item> {
        let item = self.take(key);
        if item.is_none() {
            mistakes.at(
                self.at,
                format!("{}: found no “{key}”, expected one", self.block),
            );
        }
        item
    }

    fn text(&mut self, key: &'static str, mistakes: &mut Mistakes<'_>) -> Option<String> {
        let item = self.required(key, mistakes)?;
        let text = item.as_str().filter(|text| !text.trim().is_empty());
        if text.is_none() {
            mistakes.at(
                self.place(item),
                format!("{key}: expected a text in quotation marks"),
            );
        }
        text.map(ToString::to_string)
    }

    /// A text with numbers and links in it.
    fn prose(&mut self, key: &'static str, mistakes: &mut Mistakes<'_>) -> Option<String> {
        let text = self.text(key, mistakes)?;
        let at = self.table.get(key).map_or(self.at, |item| self.place(item));
        mistakes.in_prose(&text, |_| at);
        Some(text)
    }

    /// A list of such texts.
    fn proses(&mut self, key: &'static str, mistakes: &mut Mistakes<'_>) -> Vec<String> {
        let texts = self.texts(key, mistakes);
        let list = self.table.get(key).and_then(Item::as_array);
        for (text, value) in texts.iter().zip(list.into_iter().flatten()) {
            let at = value.span().map_or(self.at, |span| self.base + span.start);
            mistakes.in_prose(text, |_| at);
        }
        texts
    }

    fn whole(&self, key: &str, item: &Item, mistakes: &mut Mistakes<'_>) -> Option<u64> {
        let whole = item
            .as_integer()
            .and_then(|whole| u64::try_from(whole).ok());
        if whole.is_none() {
            mistakes.at(
                self.place(item),
                format!("{key}: expected a whole number from 0"),
            );
        }
        whole
    }

    fn optional_flag(&mut self, key: &'static str, mistakes: &mut Mistakes<'_>) -> Option<bool> {
        let item = self.take(key)?;
        let flag = item.as_bool();
        if flag.is_none() {
            mistakes.at(self.place(item), format!("{key}: expected true or false"));
        }
        flag
    }

    /// A list of texts; empty where the key is absent.
    fn texts(&mut self, key: &'static str, mistakes: &mut Mistakes<'_>) -> Vec<String> {
        let Some(item) = self.take(key) else {
            return Vec::new();
        };
        let list = item.as_array().map(|list| {
            list.iter()
                .map(|text| text.as_str().map(ToString::to_string))
        });
        match list.and_then(Iterator::collect::<Option<Vec<String>>>) {
            Some(texts) => texts,
            None => {
                mistakes.at(self.place(item), format!("{key}: expected a list of texts"));
                Vec::new()
            }
        }
    }

    fn finish(self, mistakes: &mut Mistakes<'_>) {
        for (key, item) in self.table.iter() {
            if !self.known.contains(&key) {
                let problem = format!(
                    "{}: found “{}”, expected one of {}",
                    self.block,
                    shortened(key),
                    self.known.join(", ")
                );
                mistakes.at(self.place(item), problem);
            }
        }
    }
}
