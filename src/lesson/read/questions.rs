//! What a page asks: to predict, and to work out.

use super::Mistakes;
use super::checks::{read_check, read_measure};
use super::commands::read_commands;
use super::fields::{Fields, PAGE_OF, number_of, setting, tables};
use crate::lesson::Recall;
use crate::lesson::expression::{Expression, Formula, STEPS};
use crate::lesson::misconception::{self, Refute};
use crate::lesson::near::Near;
use crate::lesson::predict::{Bins, Kind, Predict};
use crate::lesson::sketch::{FEWEST, INDEX, MOST, POINTS, Shape, Sketch};
use crate::lesson::turn::{Line, Slip, TOLERANCE, Turn};
use crate::words::shortened;
use toml_edit::{Item, TableLike};

/// A formula; `names` of the fields are those that it may use.
fn read_formula(
    text: &str,
    (key, at): (&str, usize),
    names: &[String],
    mistakes: &mut Mistakes<'_>,
) -> Option<Formula> {
    match Formula::read(text, names) {
        Ok(formula) => Some(formula),
        Err(problem) => {
            mistakes.at(at, format!("{key}, “{}”: {problem}", shortened(text)));
            None
        }
    }
}

/// Takes a formula; one that is a number only may be written as such.
fn formula(
    fields: &mut Fields<'_>,
    key: &'static str,
    mistakes: &mut Mistakes<'_>,
) -> Option<Formula> {
    let item = fields.required(key, mistakes)?;
    let place = (key, fields.place(item));
    if let Some(number) = item.as_value().and_then(number_of) {
        return Some(Formula {
            text: number.to_string(),
            expression: Expression::Number(number),
        });
    }
    let text = fields.text(key, mistakes)?;
    read_formula(&text, place, &fields.names, mistakes)
}

/// Views that are covered until a question is answered (`hide`), or stay open though they tell (`open`).
fn views_of(
    key: &'static str,
    fields: &mut Fields<'_>,
    views: &[&str],
    mistakes: &mut Mistakes<'_>,
) -> Vec<String> {
    let named = fields.texts(key, mistakes);
    for view in &named {
        if !views.contains(&view.as_str()) {
            let at = fields
                .table
                .get(key)
                .map_or(fields.at, |item| fields.place(item));
            let view = shortened(view);
            let names = views.iter().copied().filter(|name| !name.contains(PAGE_OF));
            let names: Vec<&str> = names.collect();
            let problem = format!(
                "{key}: found view “{view}”, expected one of {}",
                names.join(", ")
            );
            mistakes.at(at, problem);
        }
    }
    named
}

/// `recall = { set = { seed = "fresh" } }`
fn read_recall(fields: &mut Fields<'_>, mistakes: &mut Mistakes<'_>) -> Option<Recall> {
    const EXPECTED: &str =
        "recall: expected { set = { seed = \"fresh\" } }, with more settings if need be";
    let item = fields.take("recall")?;
    let at = fields.place(item);
    let Some(table) = item.as_table_like() else {
        mistakes.at(at, EXPECTED);
        return None;
    };
    let mut recall = fields.below(table, at, "recall");
    let set = recall
        .required("set", mistakes)
        .and_then(Item::as_table_like);
    let mut settings = Vec::new();
    for (path, item) in set.into_iter().flat_map(TableLike::iter) {
        let is_fresh = item.as_str() == Some("fresh");
        match item.as_value().and_then(setting) {
            Some(_) if is_fresh && path == "seed" => settings.push((path.to_owned(), None)),
            Some(value) if !is_fresh => settings.push((path.to_owned(), Some(value))),
            _ => mistakes.at(recall.place(item), EXPECTED),
        }
    }
    recall.finish(mistakes);
    if settings.iter().all(|(_, value)| value.is_some()) {
        mistakes.at(at, "recall: found no seed = \"fresh\", expected it: the numbers are to be others each time");
    }
    Some(Recall { settings })
}

/// What is explained: one text for all, a list with one for each of `choices`, or a table with some of them.
fn explained(
    fields: &mut Fields<'_>,
    choices: &[String],
    bins: usize,
    mistakes: &mut Mistakes<'_>,
) -> Option<(String, Vec<Option<String>>)> {
    let mut because: Vec<Option<String>> = Vec::new();
    let item = fields.take("explain");
    let is_list = item.is_some_and(|item| item.as_str().is_none() && item.is_array());
    let explain = match item {
        Some(item) if is_list => {
            let at = fields.place(item);
            let texts = fields.proses("explain", mistakes);
            if texts.len() != bins {
                let found = texts.len();
                mistakes.at(
                    at,
                    format!("explain: found {found} texts, expected one for each of {bins}"),
                );
                return None;
            }
            because = texts.into_iter().map(Some).collect();
            String::new()
        }
        Some(_) => fields.prose("explain", mistakes)?,
        None => String::new(),
    };
    if let Some(item) = fields.take("because") {
        let at = fields.place(item);
        if is_list {
            mistakes.at(
                at,
                "because: found it beside a list of explanations, expected one of the two",
            );
            return None;
        }
        because = match (item.as_table_like(), item.as_array()) {
            (Some(table), _) if !choices.is_empty() => {
                let mut because = vec![None; bins];
                for (choice, item) in table.iter() {
                    let at = fields.place(item);
                    let place = choices.iter().position(|known| known == choice);
                    match (place, item.as_str()) {
                        (Some(place), Some(text)) => {
                            mistakes.in_prose(text, &fields.names, |_| at);
                            because[place] = Some(text.to_owned());
                        }
                        (None, _) => mistakes.at(
                            at,
                            format!(
                                "because: found “{}”, expected one of the choices as it is written",
                                shortened(choice)
                            ),
                        ),
                        (_, None) => mistakes.at(at, "because: expected a text in quotation marks"),
                    }
                }
                because
            }
            (_, Some(_)) => {
                let texts = fields.proses("because", mistakes);
                if texts.len() != bins {
                    let found = texts.len();
                    mistakes.at(
                        at,
                        format!(
                            "because: found {found} texts, expected {bins}: one more than bins"
                        ),
                    );
                    return None;
                }
                texts
                    .into_iter()
                    .map(|text| Some(text).filter(|text| !text.is_empty()))
                    .collect()
            }
            _ => {
                mistakes.at(
                    at,
                    "because: expected { \"a choice\" = \"…\" }, or a list with one for each bin",
                );
                return None;
            }
        };
    }
    if explain.is_empty() && because.iter().all(Option::is_none) {
        mistakes.at(
            fields.at,
            format!("{}: found no “explain”, expected one", fields.block),
        );
        return None;
    }
    Some((explain, because))
}

pub(super) fn read_predict(
    fields: &mut Fields<'_>,
    views: &[&str],
    mistakes: &mut Mistakes<'_>,
) -> Option<Predict> {
    let question = fields.prose("question", mistakes);
    let kind = match fields.take("kind") {
        None => "choices",
        Some(item) => match item.as_str() {
            Some(kind @ ("choices" | "number" | "sketch")) => kind,
            _ => {
                mistakes.at(
                    fields.place(item),
                    "kind: expected \"choices\", \"number\" or \"sketch\"",
                );
                return None;
            }
        },
    };
    let choices = match kind {
        "choices" => read_choices(fields, mistakes),
        _ => Vec::new(),
    };
    let after = fields
        .take("after")
        .and_then(|item| read_commands(item, fields.base, mistakes));
    let hide = views_of("hide", fields, views, mistakes);
    let open = views_of("open", fields, views, mistakes);
    let recall = read_recall(fields, mistakes);
    let item = fields.required("answer", mistakes)?;
    let at = fields.place(item);
    let Some(table) = item.as_table_like() else {
        mistakes.at(
            at,
            "answer: expected { measure = \"…\", args = { … }, bins = [ … ] } or { value = \"a formula\", bins = [ … ] }",
        );
        return None;
    };
    let mut answer = fields.below(table, at, "answer");
    if kind == "sketch" {
        let read = read_sketch(&mut answer, at, mistakes);
        answer.finish(mistakes);
        let names = Shape::ALL.map(|shape| shape.name().to_owned());
        let (explain, because) = explained(fields, &names, names.len(), mistakes)?;
        let (curve, sketch) = read?;
        return Some(Predict {
            question: question?,
            kind: Kind::Sketch(Box::new(sketch)),
            answer: curve,
            after: after.unwrap_or_default(),
            because,
            explain,
            hide,
            open,
            recall,
        });
    }
    let value = match answer.table.contains_key("value") {
        true => formula(&mut answer, "value", mistakes).map(|formula| formula.expression),
        false => read_measure(&mut answer, mistakes).map(Expression::Measure),
    };
    let near = match kind {
        "number" => read_near(&mut answer, at, mistakes),
        _ => None,
    };
    let bins_at = answer
        .table
        .get("bins")
        .map_or(at, |item| answer.place(item));
    let bins = match kind {
        "choices" => {
            answer.required("bins", mistakes);
            answer.bounds("bins", mistakes)
        }
        _ if answer.table.contains_key("bins") => answer.bounds("bins", mistakes),
        _ => Some(Vec::new()),
    };
    answer.finish(mistakes);
    let bins = bins?;
    if kind == "choices" && (bins.is_empty() || bins.len() + 1 != choices.len()) {
        let (bins, choices) = (bins.len(), choices.len());
        mistakes.at(
            bins_at,
            format!("found {bins} bins for {choices} choices, expected one bin less than choices"),
        );
        return None;
    }
    let (explain, because) = explained(fields, &choices, bins.len() + 1, mistakes)?;
    let bins = Bins(bins);
    Some(Predict {
        question: question?,
        kind: match near {
            Some(near) => Kind::Number { near, bins },
            None if kind == "number" => return None,
            None => Kind::Choices { choices, bins },
        },
        answer: value?,
        after: after.unwrap_or_default(),
        because,
        explain,
        hide,
        open,
        recall,
    })
}

/// The choices are one text each: what is chosen is kept, named in `because` and asked again by it.
fn read_choices(fields: &mut Fields<'_>, mistakes: &mut Mistakes<'_>) -> Vec<String> {
    let at = fields.table.get("choices");
    let at = at.map_or(fields.at, |item| fields.place(item));
    let choices = fields.proses("choices", mistakes);
    for choice in &choices {
        if choice.contains("{{") {
            let choice = shortened(choice);
            let problem = format!(
                "choices: found “{choice}”, expected a text without {{{{ … }}}}: a choice stays as it is written while numbers \
                 change. Put the number into the question, or choose rounder bins"
            );
            mistakes.at(at, problem);
        }
    }
    choices
}

/// `factor = 2` or `within = 0.1`
fn read_near(answer: &mut Fields<'_>, at: usize, mistakes: &mut Mistakes<'_>) -> Option<Near> {
    let (factor, within) = (
        answer.above_zero("factor", mistakes),
        answer.above_zero("within", mistakes),
    );
    match (factor, within) {
        (Some(factor), None) if factor > 1.0 => Some(Near::Factor(factor)),
        (None, Some(within)) => Some(Near::Within(within)),
        _ => {
            let problem = "answer: expected factor = 2 (above 1: so many times too much or too little) or \
                           within = 0.1, which say how near a number has to come";
            mistakes.at(at, problem);
            None
        }
    }
}

/// `{ curve = "norm(d_h[k])", from = 1, to = "T", scale = "log", range = [1e-9, 1], factor = 10, up = "…" }`
fn read_sketch(
    answer: &mut Fields<'_>,
    at: usize,
    mistakes: &mut Mistakes<'_>,
) -> Option<(Expression, Sketch)> {
    answer.names.push(INDEX.to_owned());
    let curve = formula(answer, "curve", mistakes);
    answer.names.pop();
    if let Some(curve) = &curve
        && !curve.expression.variables().contains(INDEX)
    {
        let problem = format!("curve: found no {INDEX} in it, expected what it goes over");
        mistakes.at(at, problem);
    }
    let mut end = |key: &'static str, otherwise: Expression| match answer.table.contains_key(key) {
        true => formula(answer, key, mistakes).map(|formula| formula.expression),
        false => {
            answer.take(key);
            Some(otherwise)
        }
    };
    let from = end("from", Expression::Number(1.0));
    let to = end("to", Expression::Variable(STEPS.into()));
    let log = match answer.take("scale") {
        None => Some(false),
        Some(item) => match item.as_str() {
            Some("log") => Some(true),
            Some("linear") => Some(false),
            _ => {
                mistakes.at(answer.place(item), "scale: expected \"log\" or \"linear\"");
                None
            }
        },
    };
    answer.required("range", mistakes);
    let range_at = answer
        .table
        .get("range")
        .map_or(at, |item| answer.place(item));
    let range = answer.bounds("range", mistakes);
    let range = match range.as_deref() {
        Some(&[low, high]) if low < high && (log != Some(true) || low > 0.0) => Some((low, high)),
        None => None,
        _ => {
            mistakes.at(
                range_at,
                "range: expected the two ends of the axis, the lower one first, of a logarithmic one above 0",
            );
            None
        }
    };
    let points = match answer.take("points") {
        None => Some(POINTS),
        Some(item) => {
            let whole = item
                .as_integer()
                .and_then(|whole| usize::try_from(whole).ok());
            let points = whole.filter(|points| (FEWEST..=MOST).contains(points));
            if points.is_none() {
                let problem = format!("points: expected a whole number from {FEWEST} to {MOST}");
                mistakes.at(answer.place(item), problem);
            }
            points
        }
    };
    let near = read_near(answer, at, mistakes);
    let up = answer.text("up", mistakes);
    let across = match answer.table.contains_key("across") {
        true => answer.text("across", mistakes),
        false => {
            answer.take("across");
            Some("time step t".to_owned())
        }
    };
    let sketch = Sketch {
        from: from?,
        to: to?,
        log: log?,
        range: range?,
        points: points?,
        near: near?,
        across: across?,
        up: up?,
    };
    Some((curve?.expression, sketch))
}

/// `where = { t = 3, i = 0 }`
fn read_names(fields: &mut Fields<'_>, mistakes: &mut Mistakes<'_>) -> Vec<(String, f64)> {
    let Some(item) = fields.take("where") else {
        return Vec::new();
    };
    let at = fields.place(item);
    let Some(table) = item.as_table_like() else {
        mistakes.at(at, "where: expected a table such as { t = 3, i = 0 }");
        return Vec::new();
    };
    let mut names = Vec::new();
    for (name, item) in table.iter() {
        let whole = item
            .as_integer()
            .filter(|whole| (0..100_000).contains(whole));
        let shown = shortened(name);
        match whole {
            _ if !Expression::may_name(name) => mistakes.at(
                fields.place(item),
                format!("where: “{shown}” means something else in formulas, expected another name such as t, j or k"),
            ),
            Some(whole) => names.push((name.to_owned(), whole as f64)),
            None => mistakes.at(
                fields.place(item),
                format!("where: “{shown}”: expected a whole number from 0"),
            ),
        }
    }
    names
}

/// `working = ["a = x[t][0] * 2", "tanh(a)"]`; gives the names that later lines may use.
fn read_working(fields: &mut Fields<'_>, mistakes: &mut Mistakes<'_>) -> Vec<Line> {
    let at = fields
        .table
        .get("working")
        .map_or(fields.at, |item| fields.place(item));
    let texts = fields.texts("working", mistakes);
    if texts.is_empty() {
        mistakes.at(
            at,
            "turn: found no “working”, expected the lines that lead to the answer",
        );
    }
    let places: Vec<usize> = match fields.table.get("working").and_then(Item::as_array) {
        Some(list) => list
            .iter()
            .map(|value| value.span().map_or(at, |span| fields.base + span.start))
            .collect(),
        None => Vec::new(),
    };
    let mut lines = Vec::new();
    for (text, at) in texts.iter().zip(places) {
        let (name, formula) = match text.split_once('=') {
            // Within brackets it belongs to a measure's arguments.
            Some((name, formula)) if !name.contains(['(', '[']) => (Some(name.trim()), formula),
            _ => (None, text.as_str()),
        };
        if let Some(name) = name.filter(|name| !Expression::may_name(name)) {
            let name = shortened(name);
            mistakes.at(at, format!("working: “{name}” cannot be a name, expected a word that means nothing else in formulas"));
        }
        let formula = read_formula(formula, ("working", at), &fields.names, mistakes);
        let name = name.map(str::to_owned);
        fields.names.extend(name.clone());
        lines.extend(formula.map(|formula| Line { name, formula }));
    }
    lines
}

pub(super) fn read_turn(
    fields: &mut Fields<'_>,
    views: &[&str],
    mistakes: &mut Mistakes<'_>,
) -> Option<Turn> {
    let variables = read_names(fields, mistakes);
    fields.names = variables.iter().map(|(name, _)| name.clone()).collect();
    let answer = formula(fields, "answer", mistakes);
    let question = fields.prose("question", mistakes);
    let own = fields.names.clone();
    let working = read_working(fields, mistakes);
    let tolerance = fields
        .above_zero("tolerance", mistakes)
        .unwrap_or(TOLERANCE);
    let mut slips = Vec::new();
    let slips_item = fields.required("slips", mistakes);
    match slips_item.and_then(|item| tables(item, fields.base)) {
        Some(tables) if !tables.is_empty() => {
            for (table, at) in tables {
                let mut fields = fields.below(table, at, "slips");
                let value = formula(&mut fields, "value", mistakes);
                let reason = fields.prose("reason", mistakes);
                fields.finish(mistakes);
                if let (Some(value), Some(reason)) = (value, reason) {
                    slips.push(Slip { value, reason });
                }
            }
        }
        _ => {
            if let Some(item) = slips_item {
                mistakes.at(
                    fields.place(item),
                    "slips: expected [ { value = \"a formula\", reason = \"…\" } ], at least one",
                );
            }
        }
    }
    let explain = fields.prose("explain", mistakes);
    let hints = fields.proses("hints", mistakes);
    if hints.is_empty() {
        mistakes.at(fields.at, "turn: found no hints, expected at least one");
    }
    let tiles = fields.texts("tiles", mistakes);
    if !tiles.is_empty() && variables.is_empty() {
        let at = fields
            .table
            .get("tiles")
            .map_or(fields.at, |item| fields.place(item));
        mistakes.at(
            at,
            "tiles: found no where = { t = 3, … }, expected names with which the formula is held against the answer at other \
             steps and units too",
        );
    }
    let hide = views_of("hide", fields, views, mistakes);
    let open = views_of("open", fields, views, mistakes);
    let recall = read_recall(fields, mistakes);
    // A learner's formula uses the names of the question, not those of the working.
    fields.names = own;
    Some(Turn {
        question: question?,
        variables,
        answer: answer?,
        tolerance,
        slips,
        working,
        explain: explain?,
        hints,
        tiles,
        hide,
        open,
        recall,
    })
}

/// `asked` is the page's question, which those who believe it answer in their own way.
pub(super) fn read_refute(
    fields: &mut Fields<'_>,
    asked: &Predict,
    mistakes: &mut Mistakes<'_>,
) -> Option<Refute> {
    let id = fields.text("misconception", mistakes);
    let known = id.as_deref().and_then(misconception::by_id);
    let says = match known {
        Some(known) if !fields.table.contains_key("says") => Some(known.says.to_owned()),
        _ => fields.prose("says", mistakes),
    };
    if let (Some(id), None, None) = (&id, known, &says) {
        let listed: Vec<&str> = misconception::TABLE.iter().map(|known| known.id).collect();
        let problem = format!(
            "misconception: “{}” is none of {}; for another one say what is believed: says = \"…\"",
            shortened(id),
            listed.join(", ")
        );
        mistakes.at(fields.at, problem);
    }
    let tempting = fields.prose("tempting", mistakes);
    let explain = fields.prose("explain", mistakes);
    let check = fields
        .required("check", mistakes)
        .and_then(|item| read_check(item, fields.base, mistakes));
    let item = fields.required("held", mistakes)?;
    let at = fields.place(item);
    let bins = asked.bins();
    let bin_of = |value: &toml_edit::Value| match (value.as_str(), value.as_integer()) {
        (Some(name), _) => asked.bin_named(name),
        (_, Some(bin)) => usize::try_from(bin).ok().filter(|bin| *bin < bins),
        _ => None,
    };
    let held = item
        .as_array()
        .map(|list| list.iter().map(bin_of).collect::<Option<Vec<usize>>>());
    let held = held.flatten().filter(|held| !held.is_empty());
    if held.is_none() {
        mistakes.at(
            at,
            format!(
                "held: expected a list of what those answer who believe it: choices as they are written, or parts from 0 to {}",
                bins - 1
            ),
        );
    }
    Some(Refute {
        misconception: id?,
        says: says?,
        tempting: tempting?,
        held: held?,
        check: check?,
        explain: explain?,
    })
}
