//! Measures and checks as a lesson writes them.

use super::Mistakes;
use super::commands::{COMMANDS, within_bound};
use super::fields::{Fields, is_known_setting, number_of, setting, tables};
use crate::lesson::check::{Check, Comparison};
use crate::lesson::expression::Formula;
use crate::train::{Argument, Measure};
use crate::words::shortened;
use std::collections::BTreeMap;
use toml_edit::Item;

/// Takes `measure` and `args`.
pub(super) fn read_measure(
    fields: &mut Fields<'_>,
    mistakes: &mut Mistakes<'_>,
) -> Option<Measure> {
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

pub(super) const CHECK: &str = "check: expected { measure = \"…\", op = \"<\", value = 1 }, { formula = \"…\", op = \"<\", value = 1 }, \
                     { setting = \"…\", is = … }, { all = [ … ] }, { any = [ … ] }, { not = { … } } or { command = \"…\" }";

pub(super) fn read_check(item: &Item, base: usize, mistakes: &mut Mistakes<'_>) -> Option<Check> {
    let at = base + item.span().map_or(0, |span| span.start);
    match item.as_table_like() {
        Some(table) => read_check_table(Fields::new(table, base, at, "check"), mistakes),
        None => {
            mistakes.at(at, CHECK);
            None
        }
    }
}

pub(super) fn read_check_table(
    mut fields: Fields<'_>,
    mistakes: &mut Mistakes<'_>,
) -> Option<Check> {
    let kinds = [
        "all", "any", "not", "command", "setting", "formula", "measure",
    ];
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
        Some("setting") => {
            let path = fields.text("setting", mistakes);
            let is = fields.required("is", mistakes).and_then(|item| {
                let value = item.as_value().and_then(setting);
                if value.is_none() {
                    mistakes.at(
                        fields.place(item),
                        "is: expected a number, a text, true or false",
                    );
                }
                value
            });
            if let Some(path) = path.as_deref().filter(|path| !is_known_setting(path)) {
                let path = shortened(path);
                let problem = format!(
                    "found setting “{path}”, expected one of an experiment, such as “model.cell”"
                );
                mistakes.at(fields.at, problem);
            }
            match (path, is) {
                (Some(path), Some(is)) => Some(Check::Setting { path, is }),
                _ => None,
            }
        }
        Some("formula") => {
            let item = fields.take("formula")?;
            let at = fields.place(item);
            let text = fields.text("formula", mistakes);
            let formula = text.and_then(|text| match Formula::read(&text, &[]) {
                Ok(formula) => Some(formula),
                Err(problem) => {
                    mistakes.at(at, format!("formula, “{}”: {problem}", shortened(&text)));
                    None
                }
            });
            let is_said = fields.table.contains_key("says");
            let says = is_said.then(|| fields.text("says", mistakes)).flatten();
            let (comparison, value) = read_comparison(&mut fields, None, mistakes);
            match (formula, comparison, value) {
                (Some(formula), Some(comparison), Some(value)) => Some(Check::Formula {
                    formula,
                    says,
                    comparison,
                    value,
                }),
                _ => None,
            }
        }
        Some(_) => {
            let measure = read_measure(&mut fields, mistakes);
            let (comparison, value) = read_comparison(&mut fields, measure.as_ref(), mistakes);
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
    // Of a formula it is the name; anything else it tells whole.
    let is_said = fields.table.contains_key("says") && kind != Some("formula");
    let says = is_said.then(|| fields.text("says", mistakes)).flatten();
    fields.finish(mistakes);
    match says {
        None => check,
        Some(says) => check.map(|check| Check::Said {
            check: Box::new(check),
            says,
        }),
    }
}

/// Takes `op` and `value`.
fn read_comparison(
    fields: &mut Fields<'_>,
    measure: Option<&Measure>,
    mistakes: &mut Mistakes<'_>,
) -> (Option<Comparison>, Option<f64>) {
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
        match (value, measure) {
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
    (comparison, value)
}
