//! Workbooks as people bring them, tests/fixtures/workbooks: read as their script says, refused in a sentence where they hold
//! nothing to be read, and run by an experiment that names the sheet.

use rnnscope::data::csv::{CsvError, CsvOptions, read};
use rnnscope::data::{Role, Table};
use rnnscope::experiment::{Document, Location, material};
use rnnscope::run::guess;
use serde_json::Value;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/workbooks")
        .join(name)
}

fn read_with(name: &str, options: &CsvOptions) -> Result<Table, CsvError> {
    let bytes = std::fs::read(path(name)).unwrap();
    read(&bytes, options, &|_| ControlFlow::Continue(()))
}

fn sheet(name: &str) -> CsvOptions {
    CsvOptions {
        sheet: Some(name.into()),
        ..CsvOptions::default()
    }
}

/// The cell as the file of what is right has it.
fn cell(table: &Table, column: &str, row: usize) -> Value {
    let column = table.column(column).unwrap();
    match column.numbers() {
        Some(numbers) => numbers[row].into(),
        None => column.label(row).into(),
    }
}

#[test]
fn workbooks_are_read_as_what_they_hold() {
    let expected = std::fs::read_to_string(path("expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    for (name, expected) in expected.as_object().unwrap() {
        let table = read_with(name, &CsvOptions::default()).unwrap();
        let found = table.found().sheet.clone().unwrap();
        assert_eq!(Value::from(found.name), expected["sheet"], "{name}");
        assert_eq!(Value::from(found.others), expected["others"], "{name}");
        let names: Vec<&str> = table.names().collect();
        assert_eq!(Value::from(names.clone()), expected["names"], "{name}");
        assert_eq!(Value::from(table.rows()), expected["rows"], "{name}");
        assert_eq!(Value::from(table.line(0)), expected["line"], "{name}");
        let first: Vec<Value> = names.iter().map(|column| cell(&table, column, 0)).collect();
        assert_eq!(Value::from(first), expected["first"], "{name}");
        for column in table.columns() {
            let missing = expected["missing"][&column.name].as_u64().unwrap_or(0);
            assert_eq!(column.missing as u64, missing, "{name}: {}", column.name);
        }
        for (column, cells) in expected["cells"].as_object().unwrap() {
            for (row, expected) in cells.as_object().unwrap() {
                let row = row.parse().unwrap();
                assert_eq!(cell(&table, column, row), *expected, "{name}: {column}");
            }
        }
    }
}

#[test]
fn what_cannot_be_read_says_what_it_is() {
    for (name, said) in [
        ("empty.xlsx", "a workbook without values"),
        ("cut_off.xlsx", "damaged or cut off"),
        ("broken_sheet.xlsx", "a workbook that is damaged or cut off"),
        ("password.xlsx", "with a password"),
        ("old.xls", "an old workbook of a spreadsheet (.xls)"),
    ] {
        let error = read_with(name, &CsvOptions::default())
            .unwrap_err()
            .to_string();
        assert!(error.contains(said), "{name}: {error}");
        let told = guess(&path(name)).unwrap();
        assert!(
            !told.opens() && told.problems[0].contains(said),
            "{name}: {:?}",
            told.problems
        );
    }
}

#[test]
fn a_sheet_is_chosen_and_a_wrong_name_is_told_with_the_right_ones() {
    let table = read_with("titled.xlsx", &sheet("Days & nights")).unwrap();
    assert_eq!(
        (table.rows(), table.names().collect::<Vec<_>>()),
        (10, vec!["n", "v"])
    );
    // One that is hidden as well.
    assert_eq!(read_with("titled.xlsx", &sheet("Old")).unwrap().rows(), 1);
    let error = read_with("titled.xlsx", &sheet("Level"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("Did you mean “Levels”?"), "{error}");
    let csv = read(b"a,b\n1,2\n", &sheet("A"), &|_| ControlFlow::Continue(()));
    let error = csv.unwrap_err().to_string();
    assert!(error.contains("found no workbook"), "{error}");
}

#[test]
fn guess_names_the_sheets_and_its_experiment_runs() {
    let told = guess(&path("titled.xlsx")).unwrap();
    assert!(told.opens(), "{:?}", told.problems);
    let found = told.found.join(" ");
    for said in [
        "Sheet “Levels” of a workbook",
        "3 sheets besides: “Read me”, “Days & nights”, “Empty”",
        "names in line 5",
    ] {
        assert!(found.contains(said), "{found}");
    }
    let time = told.columns.iter().find(|column| column.role == Role::Time);
    assert_eq!(time.unwrap().name, "when");
    let text = told.experiment.unwrap();
    let chosen = text.replace("[data]\n", "[data]\nsheet = \"Levels\"\n");
    for text in [&text, &chosen] {
        let (_, experiment) = Document::parse(text).unwrap();
        let folder = Location::Directory(path(""));
        material(&experiment, &folder, &|_| ControlFlow::Continue(())).unwrap();
    }
    let wrong = text.replace("[data]\n", "[data]\nsheet = \"Floods\"\n");
    let (_, experiment) = Document::parse(&wrong).unwrap();
    let folder = Location::Directory(path(""));
    let error = material(&experiment, &folder, &|_| ControlFlow::Continue(())).unwrap_err();
    assert_eq!(error.setting(), "data.sheet");
}

#[test]
fn a_bad_cell_is_told_by_the_row_of_its_sheet() {
    let table = read_with("titled.xlsx", &CsvOptions::default()).unwrap();
    let error = table.numbers("when").unwrap_err().to_string();
    assert!(error.starts_with("line 6, column 1 (when)"), "{error}");
}
