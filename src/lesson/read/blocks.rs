//! The fenced blocks of a page.

use super::checks::read_check;
use super::commands::{PARTS, part, read_commands, within_bound};
use super::fields::{Fields, PAGE_OF, in_a_line, setting, tables};
use super::questions::{read_predict, read_refute, read_turn};
use super::{Around, Mistakes};
use crate::experiment::Document;
use crate::lesson::files::Files;
use crate::lesson::{Block, Do, Focus, Page, Setup, Wrong};
use crate::nn::Quantity;
use crate::words::shortened;
use toml_edit::Document as Toml;

/// The fenced blocks that are not prose.
pub(super) const BLOCKS: [&str; 6] = ["setup", "focus", "predict", "turn", "do", "refute"];

/// The block that an author of a block called `name` meant, if it is nearly one: a listing in another language is not.
pub(super) fn misspelt(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let near = |block: &&str| match block.len() {
        0..=2 => lower == **block,
        _ => strsim::damerau_levenshtein(&lower, block) <= 2,
    };
    BLOCKS.into_iter().find(near)
}
/// `place`: where the block's text begins, and where the block does.
pub(super) fn read_block(
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
            once(page, name, at, mistakes, |block| {
                matches!(block, Block::Predict(_))
            });
            let predict = read_predict(&mut fields, around.views, mistakes);
            page.blocks.extend(predict.map(Block::Predict));
        }
        "turn" => {
            once(page, name, at, mistakes, |block| {
                matches!(block, Block::Turn(_))
            });
            let turn = read_turn(&mut fields, around.views, mistakes);
            page.blocks.extend(turn.map(Block::Turn));
        }
        "refute" => {
            once(page, name, at, mistakes, |block| {
                matches!(block, Block::Refute(_))
            });
            let asked = page.blocks.iter().find_map(|block| match block {
                Block::Predict(predict) => Some(predict),
                _ => None,
            });
            if asked.is_none() {
                mistakes.at(
                    at,
                    "found a refute without a predict before it, expected one: who believes the error says so there",
                );
            }
            let refute = asked.and_then(|asked| read_refute(&mut fields, asked, mistakes));
            page.blocks.extend(refute.map(Block::Refute));
        }
        _ => {
            once(page, name, at, mistakes, |block| {
                matches!(block, Block::Do(_))
            });
            page.blocks
                .extend(read_do(&mut fields, mistakes).map(Block::Do));
        }
    }
    fields.finish(mistakes);
}

/// A page has one block of each kind: its progress is kept by that.
fn once(
    page: &Page,
    name: &str,
    at: usize,
    mistakes: &mut Mistakes<'_>,
    is: impl Fn(&Block) -> bool,
) {
    if page.blocks.iter().any(is) {
        mistakes.at(
            at,
            format!("found a second {name} on this page, expected one"),
        );
    }
}

pub(super) fn read_focus(
    fields: &mut Fields<'_>,
    views: &[&str],
    mistakes: &mut Mistakes<'_>,
) -> Option<Focus> {
    let view = fields.text("view", mistakes);
    let is_page = |name: &&str| name.contains(PAGE_OF);
    if let (Some(view), Some(item)) = (&view, fields.table.get("view"))
        && !views.iter().any(|name| name == view && !is_page(name))
    {
        let view = shortened(view);
        let names: Vec<&str> = views
            .iter()
            .copied()
            .filter(|name| !is_page(name))
            .collect();
        let problem = format!("found view “{view}”, expected one of {}", names.join(", "));
        mistakes.at(fields.place(item), problem);
    }
    let also = fields.texts("also", mistakes);
    if let Some(item) = fields.table.get("also") {
        for view in &also {
            if !views.iter().any(|name| name == view && !is_page(name)) {
                let view = shortened(view);
                let problem = format!("also: found view “{view}”, expected names as of view");
                mistakes.at(fields.place(item), problem);
            }
        }
    }
    let page = fields.take("page").and_then(|item| {
        let page = item.as_str();
        let of_view = view.as_deref().unwrap_or_default();
        let pages = views.iter().filter_map(|name| name.split_once(PAGE_OF));
        let pages = pages.filter(|(name, _)| *name == of_view);
        let pages: Vec<&str> = pages.map(|(_, page)| page).collect();
        let known = page.filter(|page| pages.contains(page));
        if known.is_none() {
            let found = page.map_or("no text".to_owned(), |page| {
                format!("“{}”", shortened(page))
            });
            let expected = match pages[..] {
                [] => format!("none: the view “{}” has no pages", shortened(of_view)),
                _ => format!("one of {}", pages.join(", ")),
            };
            mistakes.at(
                fields.place(item),
                format!("page: found {found}, expected {expected}"),
            );
        }
        known.map(str::to_owned)
    });
    let part = fields.take("part").and_then(|item| {
        let part = item.as_str().and_then(part);
        if part.is_none() {
            let problem = format!("part: expected one of {}", PARTS.join(", "));
            mistakes.at(fields.place(item), problem);
        }
        part
    });
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
    let gradients = fields.take("show").and_then(|item| match item.as_str() {
        Some("gradients") => Some(true),
        Some("values") => Some(false),
        _ => {
            mistakes.at(
                fields.place(item),
                "show: expected \"values\" or \"gradients\"",
            );
            None
        }
    });
    Some(Focus {
        view: view?,
        also,
        page,
        part,
        highlight,
        gradients,
    })
}

pub(super) fn read_setup(
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
    let then = fields
        .take("then")
        .and_then(|item| read_commands(item, fields.base, mistakes))
        .unwrap_or_default();
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
        location: files.location(),
        settings,
        updates,
        then,
        reveal,
    })
}

/// Whether so many updates may be made at once; else it is a mistake at `at`.
pub(super) fn read_do(fields: &mut Fields<'_>, mistakes: &mut Mistakes<'_>) -> Option<Do> {
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
