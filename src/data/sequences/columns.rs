//! The columns asked for, and what is wrong with them.

use std::collections::HashMap;

use super::{SequenceProblem, SequenceSpec, TimeFrom};
use crate::data::bad_place::BadPlace;
use crate::data::pace::Pace;
use crate::data::table::{Cells, Column, ColumnError, Table};
use crate::words::quoted;

/// What columns that tell the time are usually called. The finest first: where there are a year and a date, the date tells
/// rows apart.
pub const USUAL_TIMES: [&str; 9] = [
    "date",
    "datetime",
    "timestamp",
    "time",
    "year",
    "month",
    "day",
    "t",
    "index",
];

/// The columns of numbers that a forecast or a classification reads: each once, in the order of their first mention.
pub(super) struct Used {
    /// Their names.
    pub names: Vec<String>,
    /// For each feature, which of them.
    pub features: Vec<usize>,
    /// For each target, which of them.
    pub targets: Vec<usize>,
}

/// Finds the columns of numbers.
///
/// Unknown names come first, each with its own setting; then the cells that are no numbers, of all columns together.
pub(super) fn used(
    table: &Table,
    features: &[String],
    targets: &[String],
    problems: &mut Vec<SequenceProblem>,
) -> Used {
    let mut used = Used {
        names: Vec::new(),
        features: Vec::new(),
        targets: Vec::new(),
    };
    let before = problems.len();
    for (setting, names) in [("features", features), ("target", targets)] {
        for (at, name) in names.iter().enumerate() {
            if names[..at].contains(name) {
                let name = name.clone();
                problems.push(SequenceProblem::Twice { setting, name });
                continue;
            }
            let known = problems.iter().any(|problem| {
                matches!(problem, SequenceProblem::Column { error: ColumnError::Unknown { name: unknown, .. }, .. } if unknown == name)
            });
            if let Err(error) = table.column(name)
                && !known
            {
                problems.push(SequenceProblem::Column { setting, error });
            }
            let index = used.names.iter().position(|known| known == name);
            let index = index.unwrap_or_else(|| {
                used.names.push(name.clone());
                used.names.len() - 1
            });
            match setting {
                "features" => used.features.push(index),
                _ => used.targets.push(index),
            }
        }
    }
    if problems.len() > before {
        return used;
    }
    if let Err(error) = table.check_numeric(used.names.iter().map(String::as_str)) {
        let fine = table.check_numeric(features.iter().map(String::as_str));
        // The places are those of all columns; the setting is the target if every feature is fine.
        let setting = if fine.is_ok() || features == targets {
            "target"
        } else {
            "features"
        };
        problems.push(SequenceProblem::Column { setting, error });
    }
    used
}

/// The column called `name`, or a problem.
pub(super) fn named<'a>(
    table: &'a Table,
    setting: &'static str,
    name: &str,
    problems: &mut Vec<SequenceProblem>,
) -> Option<&'a Column> {
    match table.column(name) {
        Ok(column) => Some(column),
        Err(error) => {
            problems.push(SequenceProblem::Column { setting, error });
            None
        }
    }
}

/// Whether columns that tell the time are usually called so.
pub(super) fn is_usual_time(name: &str) -> bool {
    let is = |usual: &str| name.trim().eq_ignore_ascii_case(usual);
    USUAL_TIMES.into_iter().any(is)
}

/// The column that names a row's time: the one asked for, or one with a usual name that has no other role.
pub(super) fn time<'a>(
    table: &'a Table,
    spec: &SequenceSpec,
    taken: &[&str],
    problems: &mut Vec<SequenceProblem>,
) -> Option<&'a Column> {
    match &spec.time {
        TimeFrom::Column(name) => return named(table, "time", name, problems),
        TimeFrom::Rows => return None,
        TimeFrom::Usual => {}
    }
    USUAL_TIMES.into_iter().find_map(|usual| {
        table.columns().iter().find(|column| {
            column.name.trim().eq_ignore_ascii_case(usual)
                && !taken.contains(&column.name.as_str())
                && spec.group.as_deref() != Some(&column.name)
        })
    })
}

/// Refuses a column that has two roles.
pub(super) fn exclude(
    setting: &'static str,
    name: Option<&str>,
    others: &[(&'static str, &str)],
    problems: &mut Vec<SequenceProblem>,
) {
    let Some(name) = name else { return };
    if let Some(&(other, _)) = others.iter().find(|(_, other)| *other == name) {
        problems.push(SequenceProblem::TwoRoles {
            setting,
            other,
            name: name.to_owned(),
        });
    }
}

/// The place of a cell.
pub(super) fn place(
    table: &Table,
    column: &Column,
    row: usize,
    expected: &str,
    hint: &str,
) -> BadPlace {
    let cell = match &column.cells {
        Cells::Numbers(values) if values.get(row).is_none_or(|value| value.is_nan()) => {
            "a missing value".to_owned()
        }
        _ => quoted(&column.label(row)),
    };
    let index = table
        .columns()
        .iter()
        .position(|other| other.name == column.name);
    BadPlace {
        line: table.line(row),
        column: index.map(|index| index + 1),
        header: Some(column.name.clone()),
        found: cell,
        expected: expected.to_owned(),
        hint: hint.to_owned(),
    }
}

/// The different values of a column.
pub(super) struct Distinct {
    /// Which value each row has.
    pub of_row: Vec<usize>,
    /// The values as text, in the order of their first appearance.
    pub names: Vec<String>,
    /// The rows without a value; their `of_row` means nothing.
    pub missing: Vec<usize>,
}

/// The different values of `column`. Of a text only an empty one is missing: “none” may be a class.
///
/// Where `pace` is broken it has not all of them.
pub(super) fn distinct(column: &Column, pace: &Pace) -> Distinct {
    let mut found = Distinct {
        of_row: Vec::new(),
        names: Vec::new(),
        missing: Vec::new(),
    };
    // The maps are only asked, never walked through: their order reaches no result.
    match &column.cells {
        Cells::Numbers(values) => {
            let mut known: HashMap<u64, usize> = HashMap::new();
            for (row, &value) in values.iter().enumerate() {
                if !pace.row() {
                    break;
                }
                if value.is_nan() {
                    found.missing.push(row);
                    found.of_row.push(0);
                    continue;
                }
                // Adding 0 makes −0 a 0.
                let index = *known.entry((value + 0.0).to_bits()).or_insert_with(|| {
                    found.names.push((value + 0.0).to_string());
                    found.names.len() - 1
                });
                found.of_row.push(index);
            }
        }
        Cells::Texts(texts) => {
            let mut known: HashMap<&str, usize> = HashMap::new();
            let mut last: Option<(&str, usize)> = None;
            for (row, text) in texts.iter().enumerate() {
                if !pace.row() {
                    break;
                }
                if text.is_empty() {
                    found.missing.push(row);
                    found.of_row.push(0);
                    continue;
                }
                // Neighbouring rows are mostly alike.
                let index = match last {
                    Some((before, index)) if before == text => index,
                    _ => *known.entry(text).or_insert_with(|| {
                        found.names.push(text.to_owned());
                        found.names.len() - 1
                    }),
                };
                last = Some((text, index));
                found.of_row.push(index);
            }
        }
    }
    found
}
