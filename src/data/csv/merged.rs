//! A text that stands in the first of the rows for which it holds, and in none of the others: cells that a spreadsheet merged.
//!
//! An empty cell means that there is no value, mostly. It means the text above if another column begins anew with each text and has no
//! value twice below one: the years of each region.

use std::collections::HashSet;

use crate::data::table::{Cells, Column};
use crate::data::text::Texts;
use crate::words::shortened;

/// Writes the texts of the first column, or of the first two or three, into the rows below them if they hold there, and tells it.
pub(super) fn fill_down(columns: &mut [Column]) -> Option<String> {
    const MOST: usize = 3;
    let filled = (1..=MOST.min(columns.len())).find_map(|count| filled(columns, count))?;
    for (column, texts) in columns.iter_mut().zip(filled.iter().cloned()) {
        column.cells = Cells::Texts(texts);
        column.missing = 0;
    }
    let names: Vec<String> = columns[..filled.len()]
        .iter()
        .map(|column| format!("“{}”", shortened(&column.name)))
        .collect();
    let (has, its) = match names.len() {
        1 => ("has", "its"),
        _ => ("have", "their"),
    };
    Some(format!(
        "{} {has} {its} texts in the first of the rows for which they hold: they were taken for the empty cells below.",
        names.join(" and ")
    ))
}

/// The texts of the first so many columns, filled down, where each begins within a text of the one before it.
fn filled(columns: &[Column], count: usize) -> Option<Vec<Texts>> {
    const ROWS: std::ops::RangeInclusive<usize> = 4..=1 << 17;
    let (keys, others) = columns.split_at(count);
    let texts: Vec<&Texts> = keys
        .iter()
        .map(|column| match &column.cells {
            Cells::Texts(texts) => Some(texts),
            Cells::Numbers(_) => None,
        })
        .collect::<Option<_>>()?;
    let rows = texts.first()?.len();
    let has_text =
        |key: usize, row: usize| texts[key].get(row).is_some_and(|text| !text.is_empty());
    if !ROWS.contains(&rows) || (0..count).any(|key| !has_text(key, 0)) {
        return None;
    }
    let starts: Vec<usize> = (0..rows).filter(|&row| has_text(count - 1, row)).collect();
    if starts.len() < 2 || 2 * starts.len() > rows {
        return None;
    }
    // What holds for more begins where something within it does.
    let nested =
        (0..rows).all(|row| (1..count).all(|key| !has_text(key - 1, row) || has_text(key, row)));
    let outer_is_sparse = (1..count).all(|key| {
        let begins = (0..rows).filter(|&row| has_text(key - 1, row)).count();
        begins < (0..rows).filter(|&row| has_text(key, row)).count()
    });
    let filled: Vec<Texts> = texts.iter().map(|texts| down(texts)).collect();
    let named: HashSet<Vec<&str>> = starts
        .iter()
        .map(|&row| filled.iter().filter_map(|texts| texts.get(row)).collect())
        .collect();
    let told = nested && outer_is_sparse && named.len() == starts.len();
    let anew = |column: &Column| begins_anew(column, &starts, rows);
    (told && others.iter().any(anew)).then_some(filled)
}

/// The same with each text in the empty cells below it.
fn down(texts: &Texts) -> Texts {
    let mut filled = Texts::default();
    let mut last = "";
    for text in texts.iter() {
        if !text.is_empty() {
            last = text;
        }
        filled.push(last);
    }
    filled
}

/// Whether a column has the same cell at each of these rows, and none twice from one to the next.
fn begins_anew(column: &Column, starts: &[usize], rows: usize) -> bool {
    let ends = starts.iter().skip(1).copied().chain([rows]);
    let begin = starts.first().map(|&row| column.label(row));
    starts.iter().zip(ends).all(|(&start, end)| {
        let mut seen: HashSet<String> = HashSet::new();
        let label = column.label(start);
        !label.is_empty()
            && begin.as_ref() == Some(&label)
            && (start..end).all(|row| seen.insert(column.label(row)))
    })
}

#[cfg(test)]
mod tests {
    use super::super::{CsvOptions, read};
    use std::ops::ControlFlow;

    fn first_column(text: &str) -> Vec<String> {
        let go_on = |_| ControlFlow::Continue(());
        let table = read(text.as_bytes(), &CsvOptions::default(), &go_on).unwrap();
        let column = table.column("a").unwrap();
        (0..table.rows()).map(|row| column.label(row)).collect()
    }

    #[test]
    fn a_text_holds_below_where_another_column_begins_anew() {
        let text = "a,year,v\nN,2020,5\n,2021,7\n,2022,6\nS,2020,1\n,2021,2\n,2022,4\n";
        assert_eq!(first_column(text), ["N", "N", "N", "S", "S", "S"]);
        // Nothing begins anew: a remark.
        let text = "a,year,v\nN,2020,5\n,2021,7\n,2022,6\nS,2023,1\n,2024,2\n,2025,4\n";
        assert_eq!(first_column(text), ["N", "", "", "S", "", ""]);
    }

    #[test]
    fn texts_hold_below_within_those_of_a_wider_column() {
        let text = "a,b,year,v\nN,x,2020,5\n,,2021,7\n,y,2020,6\n,,2021,6\nS,x,2020,1\n,,2021,2\n,y,2020,4\n,,2021,4\n";
        assert_eq!(first_column(text), ["N", "N", "N", "N", "S", "S", "S", "S"]);
    }
}
