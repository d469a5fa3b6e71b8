//! Nasty files, each read as it should be: tests/fixtures/csv, written by make.py there with what each holds.

use std::collections::BTreeSet;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use rnnscope::data::csv::{CsvError, CsvOptions, Why, read, read_from};
use rnnscope::data::{Cells, Column, Table};
use serde_json::Value;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/csv")
}

/// What each file must be read as, by its name.
fn expected() -> serde_json::Map<String, Value> {
    let text = fs::read_to_string(folder().join("expected.json")).unwrap();
    match serde_json::from_str(&text).unwrap() {
        Value::Object(files) => files,
        other => panic!("{other}"),
    }
}

fn read_file(name: &str) -> Result<Table, CsvError> {
    let bytes = fs::read(folder().join(name)).unwrap();
    let go_on = |_| ControlFlow::Continue(());
    let table = read(&bytes, &CsvOptions::default(), &go_on);
    let mut source = bytes.as_slice();
    let len = bytes.len() as u64;
    let options = CsvOptions::default();
    let pieces = read_from(&mut source, len, u64::MAX, &options, &go_on);
    assert_eq!(table, pieces, "{name}: in pieces it is the same");
    table
}

/// A column as make.py writes it: numbers, null where one is missing, or texts.
fn written(column: &Column) -> Value {
    let cells: Vec<Value> = match &column.cells {
        Cells::Numbers(values) => {
            let number = |value: &f64| (!value.is_nan()).then_some(*value).into();
            values.iter().map(number).collect()
        }
        Cells::Texts(texts) => texts.iter().map(Value::from).collect(),
    };
    Value::from(vec![Value::from(column.name.as_str()), Value::from(cells)])
}

/// The same with all numbers as floating-point ones.
fn as_floats(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::from(number.as_f64()),
        Value::Array(values) => values.iter().map(as_floats).collect(),
        other => other.clone(),
    }
}

#[test]
fn every_file_is_read_as_it_should_be() {
    for (name, expected) in expected() {
        let table = match (read_file(&name), expected.get("error")) {
            (Ok(table), None) => table,
            (Err(error), Some(Value::Array(parts))) => {
                let said = error.to_string();
                for part in parts {
                    let part = part.as_str().unwrap();
                    assert!(said.contains(part), "{name}: “{part}” is not in: {said}");
                }
                continue;
            }
            (other, _) => panic!("{name}: {other:?}"),
        };
        let columns: Vec<Value> = table.columns().iter().map(written).collect();
        assert_eq!(
            Value::from(columns),
            as_floats(&expected["columns"]),
            "{name}"
        );
        let found = table.found();
        if let Some(encoding) = expected.get("encoding") {
            assert_eq!(encoding, &found.encoding.key(), "{name}");
        }
        if let Some(delimiter) = expected.get("delimiter") {
            assert_eq!(
                &char::from(found.delimiter).to_string(),
                delimiter,
                "{name}"
            );
        }
        if let Some(skipped) = expected.get("skipped") {
            let lines = found.skipped.first().iter().map(|skipped| {
                let why = match skipped.why {
                    Why::Title => "title",
                    Why::Comment => "comment",
                    Why::Delimiter => "delimiter",
                    Why::Blank => "blank",
                    Why::Empty => "empty",
                    Why::Units => "units",
                    Why::Footer => "footer",
                    Why::About => "about",
                    Why::Again => "again",
                    Why::Asked => "asked",
                    Why::Another => "another",
                    Why::Sums => "sums",
                };
                Value::from(vec![Value::from(skipped.line), Value::from(why)])
            });
            assert_eq!(&lines.collect::<Value>(), skipped, "{name}");
        }
    }
}

#[test]
fn every_file_in_the_folder_is_expected_to_be_something() {
    let entries = fs::read_dir(folder()).unwrap();
    let files: BTreeSet<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".csv"))
        .collect();
    let expected: BTreeSet<String> = expected().into_iter().map(|(name, _)| name).collect();
    assert_eq!(files, expected);
}
