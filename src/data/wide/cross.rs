//! Cross tables: a row for each month and a column for each year.

use std::ops::Range;

use super::super::table::{Cells, Column, Lines, Table};
use super::super::text::Texts;
use super::super::time::month_of;
use super::{Wide, without_flag, year};
use crate::words::counted;

const MONTHS: usize = 12;

/// What columns of months are called, where these are numbers.
const NAMES: [&str; 9] = [
    "month", "monat", "mes", "mois", "mese", "maand", "mês", "måned", "månad",
];

/// The rows of the months, twelve for each block, without those between that are none: sums, means. `None` if the column has anything
/// but months from the first to the last, and no more other rows than one for each block.
pub(super) fn months(column: &Column) -> Option<Vec<usize>> {
    let numbered = NAMES.contains(&column.name.trim().to_lowercase().as_str());
    let rows = match &column.cells {
        Cells::Numbers(values) => values.len(),
        Cells::Texts(texts) => texts.len(),
    };
    // Asked of every column: most are none in their first row.
    let month = |row: usize| match &column.cells {
        Cells::Texts(texts) => month_of(texts.get(row)?.trim()),
        Cells::Numbers(values) => values.get(row).copied().filter(|_| numbered),
    };
    if month(0) != Some(1.0) {
        return None;
    }
    let mut found = Vec::new();
    let mut others = 0;
    for row in 0..rows {
        let next = (found.len() % MONTHS + 1) as f64;
        match month(row) {
            Some(month) if month == next => found.push(row),
            None if next == 1.0 && !column.is_missing(row) => others += 1,
            _ => return None,
        }
    }
    let whole = !found.is_empty() && found.len().is_multiple_of(MONTHS);
    (whole && others <= found.len() / MONTHS).then_some(found)
}

/// Whether all months are of one block, or a text beside them tells the blocks apart.
pub(super) fn tell_apart(table: &Table, month: usize, others: &[usize]) -> bool {
    let columns = table.columns();
    let Some(rows) = columns.get(month).and_then(months) else {
        return false;
    };
    if rows.len() == MONTHS {
        return true;
    }
    let texts = others.iter().map(|&index| &columns[index]);
    let mut texts = texts.filter(|column| column.numbers().is_none());
    texts.any(|column| {
        let label = |row: &usize| column.label(*row);
        let blocks = || rows.chunks(MONTHS);
        let one = blocks().all(|block| block.iter().all(|row| label(row) == label(&block[0])));
        let mut names: Vec<String> = blocks().map(|block| label(&block[0])).collect();
        names.sort_unstable();
        one && names.windows(2).all(|pair| pair[0] != pair[1])
    })
}

/// The years' columns, the earliest first.
fn in_order(table: &Table, columns: &Range<usize>) -> Vec<(f64, usize)> {
    let name = |index: usize| year(&table.columns()[index].name).unwrap_or(f64::NAN);
    let mut years: Vec<(f64, usize)> = columns.clone().map(|index| (name(index), index)).collect();
    years.sort_by(|a, b| a.0.total_cmp(&b.0));
    years
}

fn value(column: &Column, row: usize) -> f64 {
    match &column.cells {
        Cells::Numbers(values) => values[row],
        Cells::Texts(texts) => texts
            .get(row)
            .and_then(without_flag)
            .and_then(|number| number.parse().ok())
            .unwrap_or(f64::NAN),
    }
}

/// The table turned round, block by block and in each month by month. What has no value yet at the end of the last year is left out.
pub(super) fn turned(table: &Table, wide: &Wide, month: usize) -> Table {
    let columns = table.columns();
    let rows = columns.get(month).and_then(months).unwrap_or_default();
    let years = in_order(table, &wide.columns);
    let mut order: Vec<(usize, usize, f64, usize)> = Vec::new();
    for block in rows.chunks(MONTHS) {
        let begins = order.len();
        for &(year, column) in &years {
            let months = block.iter().zip(1..);
            order.extend(months.map(|(&row, month)| (row, column, year, month)));
        }
        let known = |&(row, column, ..): &(usize, usize, f64, usize)| {
            !value(&columns[column], row).is_nan()
        };
        let last = order[begins..].iter().rposition(known);
        order.truncate(begins + last.map_or(0, |last| last + 1));
    }
    let mut made: Vec<Column> = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        if index == month || wide.columns.contains(&index) {
            continue;
        }
        let cells = match &column.cells {
            Cells::Numbers(values) => {
                Cells::Numbers(order.iter().map(|place| values[place.0]).collect())
            }
            Cells::Texts(texts) => {
                let copied = order
                    .iter()
                    .map(|place| texts.get(place.0).unwrap_or_default());
                Cells::Texts(copied.collect())
            }
        };
        let missing = order.iter().filter(|place| column.is_missing(place.0));
        made.push(Column {
            missing: missing.count(),
            cells,
            spelling: None,
            ..column.clone()
        });
    }
    let mut times = Texts::default();
    for (_, _, year, month) in &order {
        times.push(&format!("{year}-{month:02}"));
    }
    let values: Vec<f64> = order
        .iter()
        .map(|&(row, column, ..)| value(&columns[column], row))
        .collect();
    let missing = values.iter().filter(|value| value.is_nan()).count();
    let new = |name: &str, cells, missing| Column {
        name: free(&made, name),
        cells,
        missing,
        spelling: None,
        na_is_a_word: false,
    };
    let (time, value) = (
        new("time", Cells::Texts(times), 0),
        new("value", Cells::Numbers(values), missing),
    );
    made.extend([time, value]);
    let mut lines = Lines::default();
    for (index, place) in order.iter().enumerate() {
        lines.push(index, table.line(place.0));
    }
    let mut found = table.found().clone();
    found
        .notes
        .push(format!("The table is turned round: {}", wide.sentence()));
    let others = table.rows() - rows.len();
    if others > 0 {
        let said = counted(others, "row");
        found.notes.push(format!(
            "{said} that {} no month left out.",
            if others == 1 { "is" } else { "are" }
        ));
    }
    Table::new(made, order.len(), lines, found)
}

/// A name that no column has.
fn free(made: &[Column], name: &str) -> String {
    let taken = |name: &str| {
        made.iter()
            .any(|column| column.name.eq_ignore_ascii_case(name))
    };
    let mut name = name.to_owned();
    while taken(&name) {
        name.push('_');
    }
    name
}
