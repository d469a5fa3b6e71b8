//! The columns asked for, and what is wrong with them.

use std::collections::HashMap;

use super::{SequenceProblem, SequenceSpec, TimeFrom};
use crate::data::bad_place::BadPlace;
use crate::data::pace::Pace;
use crate::data::table::{Cells, Column, ColumnError, Key, Table};
use crate::words::quoted;

/// What columns that tell the time are usually called. The finest first: where there are a year and a date, the date tells
/// rows apart.
pub const USUAL_TIMES: [&str; 15] = [
    "date",
    "datetime",
    "timestamp",
    "time",
    "ds",
    "_time",
    "date_time",
    "datum",
    "fecha",
    "data_ora",
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

/// The columns that name a row's time together: those asked for, or one with a usual name that has no other role. Of several
/// such, one that does not stand still.
pub(super) fn time<'a>(
    table: &'a Table,
    spec: &SequenceSpec,
    taken: &[&str],
    problems: &mut Vec<SequenceProblem>,
) -> Vec<&'a Column> {
    match &spec.time {
        TimeFrom::Column(_) | TimeFrom::Parts(_) => {
            return all_named(table, "time", spec.time.columns(), problems);
        }
        TimeFrom::Rows => return Vec::new(),
        TimeFrom::Usual => {}
    }
    let usual = USUAL_TIMES.into_iter().filter_map(|usual| {
        table.columns().iter().find(|column| {
            column.name.trim().eq_ignore_ascii_case(usual)
                && !taken.contains(&column.name.as_str())
                && !spec.group.contains(&column.name)
        })
    });
    let usual: Vec<&Column> = usual.collect();
    let moving = usual.iter().find(|column| !stands_still(column));
    moving.or(usual.first()).copied().into_iter().collect()
}

/// Whether the first cells of a column are all the same.
fn stands_still(column: &Column) -> bool {
    const LOOKED_AT: usize = 1000;
    match &column.cells {
        Cells::Numbers(values) => {
            let mut shown = values.iter().take(LOOKED_AT);
            let first = shown.next();
            shown.len() > 0 && shown.all(|value| Some(value) == first)
        }
        Cells::Texts(texts) => {
            let first = texts.get(0);
            texts.len() > 1 && texts.iter().take(LOOKED_AT).all(|text| Some(text) == first)
        }
    }
}

/// The columns of these names, each once, or problems.
pub(super) fn all_named<'a>(
    table: &'a Table,
    setting: &'static str,
    names: &[String],
    problems: &mut Vec<SequenceProblem>,
) -> Vec<&'a Column> {
    let mut columns = Vec::with_capacity(names.len());
    for (at, name) in names.iter().enumerate() {
        if names[..at].contains(name) {
            let name = name.clone();
            problems.push(SequenceProblem::Twice { setting, name });
            continue;
        }
        columns.extend(named(table, setting, name, problems));
    }
    columns
}

/// What several columns say of a row, in one text.
pub(super) fn joined(columns: &[&Column], row: usize) -> String {
    let cells: Vec<String> = columns.iter().map(|column| column.label(row)).collect();
    cells.join(JOINT)
}

/// What stands between the values of several columns.
const JOINT: &str = " / ";

/// The name of several columns together.
pub(super) fn name_of(columns: &[&Column]) -> String {
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    names.join(", ")
}

/// Refuses columns that have two roles.
pub(super) fn exclude<'a>(
    setting: &'static str,
    names: impl IntoIterator<Item = &'a String>,
    others: &[(&'static str, &str)],
    problems: &mut Vec<SequenceProblem>,
) {
    for name in names {
        if let Some(&(other, _)) = others.iter().find(|(_, other)| other == name) {
            problems.push(SequenceProblem::TwoRoles {
                setting,
                other,
                name: name.clone(),
            });
        }
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

/// The different values of several columns together. Only a row where all of them are missing has none.
pub(super) fn distinct_of(columns: &[&Column], pace: &Pace) -> Distinct {
    let mut each: Vec<Distinct> = columns
        .iter()
        .map(|column| distinct(column, pace))
        .collect();
    if each.len() == 1 {
        return each.remove(0);
    }
    let rows = each.iter().map(|one| one.of_row.len()).min().unwrap_or(0);
    let mut absent = vec![0_usize; rows];
    for one in &mut each {
        let none = one.names.len();
        for &row in one.missing.iter().filter(|&&row| row < rows) {
            // A value of its own among those of the other columns.
            one.of_row[row] = none;
            absent[row] += 1;
        }
    }
    let mut found = Distinct {
        of_row: vec![0; rows],
        names: Vec::new(),
        missing: (0..rows)
            .filter(|&row| absent[row] == columns.len())
            .collect(),
    };
    // Pairs of what was found so far and the next column's value, numbered anew.
    let mut first_rows = Vec::new();
    for one in &each {
        let mut known: HashMap<(usize, usize), usize> = HashMap::new();
        first_rows.clear();
        for row in 0..rows {
            if !pace.row() {
                break;
            }
            let pair = (found.of_row[row], one.of_row[row]);
            found.of_row[row] = *known.entry(pair).or_insert_with(|| {
                first_rows.push(row);
                first_rows.len() - 1
            });
        }
    }
    found.names = first_rows.iter().map(|&row| joined(columns, row)).collect();
    found
}

/// The different values of `column`, by how they are written. Of a text only an empty one is missing: “none” may be a class.
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
            let mut known: HashMap<Key<'_>, usize> = HashMap::new();
            for (row, &value) in values.iter().enumerate() {
                if !pace.row() {
                    break;
                }
                if value.is_nan() {
                    found.missing.push(row);
                    found.of_row.push(0);
                    continue;
                }
                let key = column.key(row);
                let index = *known.entry(key).or_insert_with(|| {
                    found.names.push(match key {
                        Key::Text(text) => text.to_owned(),
                        Key::Number(_) => (value + 0.0).to_string(),
                    });
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
