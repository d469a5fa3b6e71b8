//! Times that stand still or go back within a series, which nobody means: what is said of them, and what would probably help.
//!
//! Two rows of one series with one time are most often rows of two series, told apart by a further column; or the time has a
//! further part, in a column of its own. Which column it is the first rows tell.

use super::SequenceSpec;
use super::cure::{Cure, Repeated};
use super::parts;
use super::roles::apart;
use super::series::{Rows, Time};
use crate::data::number::EXACT;
use crate::data::table::{Cells, Column, Key, Table};
use crate::data::time::Dates;
use crate::words::{counted, shortened};
use std::collections::HashMap;

/// The rows that have the time of the row before them in their series, and a sentence about those whose time has too many digits to
/// tell whether they do. One walk through the rows.
pub(super) fn find(
    table: &Table,
    spec: &SequenceSpec,
    time: &Time<'_>,
    rows: &Rows,
) -> (Option<Repeated>, Option<String>) {
    /// How many are named.
    const NAMED: usize = 3;
    /// One row in so many.
    const FEW: usize = 50;
    let Some(values) = time.finest() else {
        return (None, None);
    };
    let (mut count, mut first, mut close) = (0, Vec::new(), 0);
    for series in &rows.series {
        for pair in rows.order[series.rows.clone()].windows(2) {
            if values[pair[0]] == values[pair[1]] {
                if is_too_close(time, pair[0], pair[1]) {
                    close += 1;
                    continue;
                }
                count += 1;
                if first.len() < NAMED {
                    first.push((table.line(pair[1]), time.label(pair[1])));
                }
            }
        }
    }
    let repeated = (count > 0).then(|| Repeated {
        column: time.name().to_owned(),
        count,
        first,
        grouped: rows.series.len() > 1,
        few: FEW * count <= rows.order.len(),
        cure: cure(table, spec, time),
    });
    let too_close = (close > 0).then(|| {
        format!(
            "Times of “{}” have more digits than are computed with: {} cannot be told apart from the time of the row before, and \
             the order of the file is kept. Times counted from the first one have less digits.",
            shortened(time.name()),
            counted(close, "row"),
        )
    });
    (repeated, too_close)
}

/// Whether two times, which are computed with as the same number, are written with other digits, or may be.
fn is_too_close(time: &Time<'_>, one: usize, other: usize) -> bool {
    let Some(column) = time.column.as_deref() else {
        return false;
    };
    // Nanoseconds that are kept tell all digits, as long as these are kept too.
    let long = |value: &f64| value.abs() >= EXACT;
    column
        .numbers()
        .and_then(|values| values.get(one))
        .is_some_and(long)
        && (column.spelling.is_none() || column.label(one) != column.label(other))
}

/// What is said of numbers that go back.
pub(super) fn goes_back(column: &str, line: u64, more: usize, cure: Option<&Cure>) -> String {
    let places = match more {
        0 => String::new(),
        more => format!(" and in {} more", counted(more, "place")),
    };
    let advice = match cure {
        Some(cure) => cure.advice(),
        None => "If they are one series, let sort = true; else name the column that tells series apart as group.".to_owned(),
    };
    format!(
        "The times of “{}” go back in line {line}{places}. {advice}",
        shortened(column)
    )
}

/// The columns with which times would not repeat and not go back, as far as the first rows tell.
pub(super) fn cure(table: &Table, spec: &SequenceSpec, time: &Time<'_>) -> Option<Cure> {
    let values = time.finest()?;
    let names = |indices: &[usize]| -> Vec<String> {
        indices
            .iter()
            .map(|&index| table.columns()[index].name.clone())
            .collect()
    };
    let columns: Vec<&Column> = table.columns().iter().collect();
    let index_of = |name: &String| columns.iter().position(|column| column.name == *name);
    let grouped: Vec<usize> = spec.group.iter().filter_map(index_of).collect();
    // Parts of the time that were left out.
    if let Some(parts) = parts::find(&columns)
        && time
            .columns
            .iter()
            .all(|column| parts.iter().any(|&part| columns[part].name == column.name))
        && parts.len() > time.columns.len()
    {
        return Some(Cure::Time(names(&parts)));
    }
    let timed: Vec<usize> = time
        .columns
        .iter()
        .filter_map(|column| index_of(&column.name))
        .collect();
    let found = apart::tell_apart(&columns, values, &timed, &grouped)?;
    // The first rows may tell apart by luck what goes back further below.
    let helps = found.len() > grouped.len() && goes_on(&columns, &found, values);
    helps.then(|| Cure::Group(names(&found)))
}

/// Whether within each value of these columns the times of all rows go on, or all of them back.
fn goes_on(columns: &[&Column], grouped: &[usize], times: &[f64]) -> bool {
    let mut last: HashMap<Vec<Key<'_>>, f64> = HashMap::new();
    let [mut up, mut down] = [false; 2];
    for (row, &time) in times.iter().enumerate() {
        let key = grouped.iter().map(|&column| columns[column].key(row));
        let Some(before) = last.insert(key.collect(), time) else {
            continue;
        };
        up |= time > before;
        down |= time < before;
        if time == before || (up && down) {
            return false;
        }
    }
    true
}

/// Where rows are counted although a column of dates says that they are out of order: a sentence. Nothing where counting was asked
/// for.
pub(super) fn overlooked(table: &Table, spec: &SequenceSpec, rows: &Rows) -> Option<String> {
    /// Rows that are looked at.
    const LOOKED_AT: usize = 10_000;
    if spec.time != super::TimeFrom::Usual || matches!(spec.asked, super::Asked::Symbols { .. }) {
        return None;
    }
    table.columns().iter().find_map(|column| {
        let Cells::Texts(texts) = &column.cells else {
            return None;
        };
        let dates = Dates::of_texts(&texts.iter().take(LOOKED_AT).collect())?;
        let mut back = None;
        for series in &rows.series {
            let order = rows.order[series.rows.clone()].windows(2);
            let mut known = order.filter(|pair| pair.iter().all(|&row| row < dates.seconds.len()));
            back = back.or(known.find(|pair| dates.seconds[pair[1]] < dates.seconds[pair[0]]).map(|pair| pair[1]));
        }
        let name = shortened(&column.name);
        Some(format!(
            "Rows are taken in the order of the file, although the dates of “{name}” go back in line {}: let time = \"{name}\" \
             and sort = true, or time = false if the order is meant.",
            table.line(back?)
        ))
    })
}
