//! Columns of flags beside those of times, as statistical offices write them: `Y1990`, `Y1990F`.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::super::table::{Lines, Table};
use super::names::may_be_time;

/// The table without the columns that say how sure the values of times are, and a note about them.
pub(super) fn left_out(table: &Table) -> Cow<'_, Table> {
    const LEAST: usize = 2;
    let columns = table.columns();
    let mut times: BTreeSet<&str> = BTreeSet::new();
    let mut flags: BTreeSet<usize> = BTreeSet::new();
    // They stand behind their times, and nobody asks of a table that has none.
    for (index, column) in columns.iter().enumerate() {
        let name = column.name.trim();
        match of(name) {
            Some(time) if times.contains(time) && column.numbers().is_none() => {
                flags.insert(index);
            }
            _ if may_be_time(name) => {
                times.insert(name);
            }
            _ => {}
        }
    }
    if flags.len() < LEAST {
        return Cow::Borrowed(table);
    }
    let rest = columns
        .iter()
        .enumerate()
        .filter(|(index, _)| !flags.contains(index));
    let rest = rest.map(|(_, column)| column.clone()).collect();
    let mut lines = Lines::default();
    (0..table.rows()).for_each(|row| lines.push(row, table.line(row)));
    let mut found = table.found().clone();
    let count = crate::words::counted(flags.len(), "column");
    found
        .notes
        .push(format!("{count} of flags beside times left out."));
    Cow::Owned(Table::new(rest, table.rows(), lines, found))
}

/// The time whose flags such a column has: the name without what says so.
fn of(name: &str) -> Option<&str> {
    const ENDS: [&str; 9] = [
        "F",
        "N",
        "S",
        " Flag",
        "_flag",
        " flag",
        " Flags",
        "_Flag",
        " Footnotes",
    ];
    ENDS.iter().find_map(|end| name.strip_suffix(end))
}
