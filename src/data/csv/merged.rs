//! A text that stands in the first of the rows for which it holds, and in none of the others: cells that a spreadsheet merged.
//!
//! An empty cell means that there is no value, mostly. It means the text above if another column begins anew with each text and has no
//! value twice below one: the years of each region.

use std::collections::HashSet;

use crate::data::table::{Cells, Column};
use crate::data::text::Texts;
use crate::words::shortened;

/// Writes the texts of the first column into the rows below them if they hold there, and tells it.
pub(super) fn fill_down(columns: &mut [Column]) -> Option<String> {
    const ROWS: std::ops::RangeInclusive<usize> = 4..=1 << 17;
    let (first, others) = columns.split_first_mut()?;
    let Cells::Texts(texts) = &first.cells else {
        return None;
    };
    let rows = texts.len();
    if !ROWS.contains(&rows) || texts.get(0).is_none_or(str::is_empty) {
        return None;
    }
    let is_start = |row: &usize| texts.get(*row).is_some_and(|text| !text.is_empty());
    let starts: Vec<usize> = (0..rows).filter(is_start).collect();
    let different: HashSet<&str> = starts.iter().filter_map(|&row| texts.get(row)).collect();
    if starts.len() < 2 || different.len() < starts.len() || 2 * starts.len() > rows {
        return None;
    }
    if !others
        .iter()
        .any(|column| begins_anew(column, &starts, rows))
    {
        return None;
    }
    let mut filled = Texts::default();
    let mut last = "";
    for text in texts.iter() {
        if !text.is_empty() {
            last = text;
        }
        filled.push(last);
    }
    first.cells = Cells::Texts(filled);
    first.missing = 0;
    Some(format!(
        "“{}” has its texts in the first of the rows for which they hold: they were taken for the empty cells below.",
        shortened(&first.name)
    ))
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
}
