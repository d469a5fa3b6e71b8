//! From a file to what the import shows: a table with guessed roles, or a text.

use std::collections::BTreeSet;
use std::io::{Read, Seek};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use super::choices::ImportChoices;
use super::{ImportKind, ImportState, TableImport, TextImport};
use crate::data::csv::{self, CsvError};
use crate::data::table::Lines;
use crate::data::wide;
use crate::data::{
    BadPlaces, Cells, Column, ColumnError, CsvOptions, Found, Role, Roles, Table, number,
};
use crate::experiment::{MAX_TEXT_BYTES, Means};
use crate::platform::files::{self, Bounded, NotText};

/// How much of a text file is looked at to tell whether it is a table.
const HEAD: usize = 1 << 16;

/// Reads the file as the kind that was asked for, or as what it looks like.
pub(super) fn read(
    path: &Path,
    kind: Option<ImportKind>,
    options: &CsvOptions,
    rows_are_series: Option<bool>,
    means: &Means,
    progress: &dyn Fn(f32) -> ControlFlow<()>,
) -> ImportState {
    let (mut file, len) = match files::open(path) {
        Ok(opened) => opened,
        Err(error) => return ImportState::Unreadable(error.in_short()),
    };
    let kind = kind.map_or_else(|| look(path, &mut file, len), Ok);
    match kind {
        Err(reason) => ImportState::Unreadable(reason),
        Ok(ImportKind::Text) => text(path).map_or_else(ImportState::Unreadable, |text| {
            ImportState::Text(Box::new(text))
        }),
        // Reading is not all: roles are guessed as well.
        Ok(ImportKind::Table) => {
            let (memory, workers) = (means.memory, &means.workers);
            match csv::read_in_blocks(&mut file, len, memory, options, workers, progress) {
                Ok(table) => ImportState::Ready(Box::new(look_at(table, rows_are_series))),
                Err(CsvError::Source { message }) => ImportState::Unreadable(format!(
                    "{message}. Check the disk, or copy the file to another folder."
                )),
                Err(error) => ImportState::Failed(error),
            }
        }
    }
}

/// Whether a file's name says that it is a text.
pub(super) fn is_called_text(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    ["txt", "text", "md"].iter().any(|text| extension == *text)
}

/// Whether a file called a text is one: many programs write tables into such files too.
fn look(path: &Path, file: &mut Bounded, len: u64) -> Result<ImportKind, String> {
    if !is_called_text(path) {
        return Ok(ImportKind::Table);
    }
    let mut head = Vec::new();
    let read = Read::take(&mut *file, HEAD as u64).read_to_end(&mut head);
    let looked = read.and_then(|_| file.rewind());
    looked.map_err(|error| error.to_string())?;
    let is_table = csv::read_head(&head, len, &CsvOptions::default())
        .is_ok_and(|table| table.numeric_names().next().is_some());
    Ok(if is_table {
        ImportKind::Table
    } else {
        ImportKind::Text
    })
}

fn text(path: &Path) -> Result<TextImport, String> {
    let bytes = files::read(path, MAX_TEXT_BYTES, "Keep a part of it.");
    let bytes = bytes.map_err(|error| error.in_short())?;
    let text = files::text(bytes).map_err(|error| format!("{error}. {}", NotText::HINT))?;
    // A byte order mark is no character to learn.
    let text = text
        .strip_prefix('\u{feff}')
        .map(str::to_owned)
        .unwrap_or(text);
    let different: BTreeSet<char> = text.chars().collect();
    Ok(TextImport {
        characters: text.chars().count(),
        different: different.into_iter().collect(),
        text: Arc::new(text),
        length: 40,
        test: 0.2,
        outcome: None,
        pending: true,
    })
}

/// A table with its roles guessed; turned round first if its rows are series, as was said or as its columns' names say.
fn look_at(table: Table, rows_are_series: Option<bool>) -> TableImport {
    let wide = wide::find(&table);
    let turned = match rows_are_series.unwrap_or(true) {
        true => wide.as_ref().and_then(|_| wide::turned(&table).ok()),
        false => None,
    };
    let rows_are_series = turned.is_some();
    let table = turned.unwrap_or(table);
    let bad: Vec<BadPlaces> = (0..table.columns().len())
        .map(|index| bad_cells(&table, index))
        .collect();
    let mut roles = if bad.iter().all(BadPlaces::is_empty) {
        Roles::guess(&table)
    } else {
        Roles::guess(&as_meant(&table, &bad))
    };
    for (guess, bad) in roles.columns.iter_mut().zip(&bad) {
        let count = bad.first().len() + bad.more();
        if guess.role == Role::Ignore && count > 0 {
            guess.reason = "It is not needed for a start.".to_owned();
        }
        match count {
            0 => {}
            1 => guess.reason += " One of its cells is no number.",
            count => guess.reason += &format!(" {count} of its cells are no numbers."),
        }
    }
    TableImport {
        choices: ImportChoices::guessed(&table, &roles),
        table: Arc::new(table),
        rows_are_series,
        wide,
        guessed: roles,
        bad,
        groups: Vec::new(),
        outcome: None,
        pending: true,
    }
}

/// The cells that keep a column from being one of numbers, if it was meant as one: at most a quarter of them are no numbers.
fn bad_cells(table: &Table, index: usize) -> BadPlaces {
    // Telling a text from numbers costs little; only what may be numbers is looked through.
    if !looks_like_numbers(table, index) {
        return BadPlaces::default();
    }
    let column = &table.columns()[index];
    match table.numbers(&column.name) {
        Err(ColumnError::NotNumbers(places)) => {
            let bad = places.first().len() + places.more();
            let values = table.rows() - column.missing;
            if 4 * bad <= values {
                places
            } else {
                BadPlaces::default()
            }
        }
        Ok(_) | Err(ColumnError::Unknown { .. }) => BadPlaces::default(),
    }
}

/// Whether at least half of the first cells that are not missing are numbers.
fn looks_like_numbers(table: &Table, index: usize) -> bool {
    const LOOKED_AT: usize = 200;
    let Cells::Texts(texts) = &table.columns()[index].cells else {
        return false;
    };
    let format = table.found().numbers;
    let (mut cells, mut numbers) = (0, 0);
    for cell in texts
        .iter()
        .map(str::as_bytes)
        .filter(|cell| !number::is_missing(cell))
    {
        cells += 1;
        numbers += usize::from(number::parse(cell, format).is_some());
        if cells == LOOKED_AT {
            break;
        }
    }
    cells > 0 && 2 * numbers >= cells
}

/// The beginning of the table as its writer meant it: columns with bad cells as numbers, a bad cell as a missing value.
fn as_meant(table: &Table, bad: &[BadPlaces]) -> Table {
    const ROWS: usize = 10_000;
    let rows = table.rows().min(ROWS);
    let format = table.found().numbers;
    let columns = table.columns().iter().zip(bad).map(|(column, bad)| {
        let cells = match &column.cells {
            Cells::Numbers(values) => Cells::Numbers(values[..rows].to_vec()),
            Cells::Texts(texts) if bad.is_empty() => Cells::Texts(texts.first(rows)),
            Cells::Texts(texts) => {
                let value = |cell: &str| number::parse(cell.as_bytes(), format).unwrap_or(f64::NAN);
                Cells::Numbers(texts.iter().take(rows).map(value).collect())
            }
        };
        Column {
            name: column.name.clone(),
            cells,
            missing: column.missing,
            na_is_a_word: column.na_is_a_word,
            spelling: column
                .spelling
                .as_ref()
                .and_then(|spelling| spelling.of_rows(0..rows)),
        }
    });
    Table::new(columns.collect(), rows, Lines::default(), Found::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked_at(text: &str) -> TableImport {
        let go_on = |_: f32| ControlFlow::Continue(());
        look_at(
            csv::read(text.as_bytes(), &CsvOptions::default(), &go_on).unwrap(),
            None,
        )
    }

    #[test]
    fn a_column_with_a_few_bad_cells_is_guessed_as_the_numbers_it_was_meant_to_be() {
        let mut text = String::from("date;co2\n");
        for day in 1..=28 {
            let co2 = if day == 7 {
                "3l5,2".to_owned()
            } else {
                format!("31{},5", day % 10)
            };
            text += &format!("2024-02-{day:02};{co2}\n");
        }
        let import = looked_at(&text);
        let roles: Vec<Role> = import
            .guessed
            .columns
            .iter()
            .map(|guess| guess.role)
            .collect();
        assert_eq!(roles, [Role::Time, Role::Target]);
        assert!(
            import.guessed.columns[1]
                .reason
                .ends_with("One of its cells is no number.")
        );
        assert!(import.bad[0].is_empty(), "dates are no bad numbers");
        assert_eq!(import.bad[1].first()[0].line, 8);
    }

    #[test]
    fn a_column_of_words_is_no_column_of_bad_numbers() {
        let mut text = String::from("name,value\n");
        for row in 0..40 {
            text += &format!("{},{row}\n", ["one", "two", "3"][row % 3]);
        }
        assert!(looked_at(&text).bad.iter().all(BadPlaces::is_empty));
    }
}
