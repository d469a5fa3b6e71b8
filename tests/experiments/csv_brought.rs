//! Files as people bring them, one of each kind, read as what they are: tests/fixtures/csv/brought.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use rnnscope::data::Table;
use rnnscope::data::csv::{Ask, CsvError, CsvOptions, Encoding, Mark, Quotes, Why, read};

fn read_with(name: &str, options: &CsvOptions) -> Result<Table, CsvError> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/csv/brought");
    let bytes = fs::read(folder.join(name)).unwrap();
    read(&bytes, options, &|_| ControlFlow::Continue(()))
}

fn table(name: &str) -> Table {
    read_with(name, &CsvOptions::default()).unwrap()
}

fn names(table: &Table) -> Vec<&str> {
    table.names().collect()
}

fn skipped(table: &Table) -> Vec<(u64, Why)> {
    let skipped = table.found().skipped.first();
    skipped.iter().map(|line| (line.line, line.why)).collect()
}

/// Whether a sentence about the file has all these words.
fn tells(table: &Table, words: &[&str]) -> bool {
    let has = |sentence: &String| words.iter().all(|word| sentence.contains(word));
    table.found().sentences().iter().any(has)
}

#[test]
fn names_of_rows_have_no_name() {
    let table = table("row_names_without_name.csv");
    assert_eq!(names(&table), ["column 1", "level", "flow"]);
    assert_eq!(table.rows(), 40);
    assert_eq!(table.numbers("column 1").unwrap()[39], 40.0);
    assert_eq!(table.numbers("level").unwrap()[1], 21.99);
    assert!(tells(&table, &["Line 1", "one name less"]));
}

#[test]
fn a_named_column_may_be_empty() {
    let table = table("named_column_empty.csv");
    assert_eq!(names(&table), ["Kind", "Day", "Amount", "Balance", "Slip"]);
    assert_eq!(
        (table.rows(), table.column("Slip").unwrap().missing),
        (28, 28)
    );
    assert_eq!(table.numbers("Balance").unwrap()[27], 873.25);
}

#[test]
fn further_lines_of_names_are_no_rows() {
    let table = table("three_lines_of_names.csv");
    assert_eq!(
        names(&table),
        ["Date", "Close", "High", "Low", "Open", "Volume"]
    );
    assert_eq!((table.rows(), table.line(0)), (40, 4));
    assert_eq!(skipped(&table), [(2, Why::About), (3, Why::About)]);
    assert_eq!(table.numbers("Close").unwrap()[0], 20.0);
    assert!(tells(&table, &["2 lines about the columns skipped"]));
}

#[test]
fn numbers_that_count_are_names() {
    let table = table("numbered_names.csv");
    assert_eq!(names(&table), ["0", "1", "2", "3", "4", "5", "6", "7"]);
    assert_eq!((table.rows(), table.found().header), (40, Some(1)));
    assert!(tells(&table, &["counts from 0 to 7", "header"]));
    let options = CsvOptions {
        header: Some(false),
        ..CsvOptions::default()
    };
    assert_eq!(
        read_with("numbered_names.csv", &options).unwrap().rows(),
        41
    );
}

#[test]
fn names_that_come_again_are_no_rows() {
    let table = table("names_repeated.csv");
    assert_eq!(table.rows(), 40);
    assert_eq!(skipped(&table), [(17, Why::Again), (33, Why::Again)]);
    assert_eq!(table.numbers("level").unwrap()[39], 28.19);
    assert!(tells(&table, &["2 lines with the names again skipped"]));
}

#[test]
fn the_names_are_in_the_comment_above_the_units() {
    let table = table("names_and_units_in_comments.txt");
    let expected = ["YY", "MM", "DD", "hh", "mm", "DIR", "SPEED", "AIR"];
    assert_eq!(names(&table), expected);
    assert_eq!(
        (table.found().header, table.found().units),
        (Some(1), Some(2))
    );
    let asks = &table.found().asks;
    assert_eq!(asks.len(), 1);
    assert!(
        matches!(&asks[0], Ask::Sentinel { columns, value, cells: 6, .. } if columns == &["AIR"] && value == "999")
    );
    // In the way that the answer says it: it is missing there and nowhere else.
    let settled = read_with(
        "names_and_units_in_comments.txt",
        &asks[0].settled(&CsvOptions::default()),
    )
    .unwrap();
    assert_eq!(settled.column("AIR").unwrap().missing, 6);
    assert_eq!(settled.found().asks, []);
}

#[test]
fn lines_about_the_series_are_no_rows() {
    let table = table("lines_about_the_series.csv");
    assert_eq!(names(&table)[1..], ["AB01.CD", "AB01.CD_FLAGS"]);
    assert_eq!(table.rows(), 60);
    let mut expected: Vec<(u64, Why)> = (2..6).map(|line| (line, Why::About)).collect();
    expected.push((66, Why::Footer));
    assert_eq!(skipped(&table), expected);
    assert_eq!(table.numbers("AB01.CD").unwrap()[1], 21.99);
}

#[test]
fn japanese_is_read_and_the_guess_told() {
    let table = table("shift_jis.csv");
    assert_eq!(names(&table), ["年月日", "平均気温", "降水量"]);
    assert_eq!(table.found().encoding.key(), "shift_jis");
    assert!(tells(&table, &["Shift-JIS", "guess"]));
    let options = CsvOptions {
        encoding: Encoding::of("cp932"),
        ..CsvOptions::default()
    };
    assert!(!tells(
        &read_with("shift_jis.csv", &options).unwrap(),
        &["guess"]
    ));
}

#[test]
fn a_backslash_makes_a_quotation_mark_one_of_the_text() {
    let table = table("backslash_quotes.csv");
    assert_eq!(table.column("note").unwrap().label(0), "gate \"A\", open");
    assert_eq!(table.numbers("level").unwrap()[39], 28.19);
    assert_eq!(table.found().quotes, Quotes::Backslash);
    assert!(tells(&table, &["\\\""]));
}

#[test]
fn zero_bytes_are_left_out_and_told() {
    let table = table("zeros_at_the_end.csv");
    assert_eq!(table.rows(), 40);
    assert!(tells(&table, &["512 zero bytes left out"]));
}

#[test]
fn marks_of_other_programs_are_missing_values() {
    assert_eq!(table("backslash_n.csv").column("level").unwrap().missing, 5);
    let table = table("error_marks.csv");
    assert_eq!(table.column("v").unwrap().missing, 11);
    assert_eq!(table.numbers("v").unwrap()[74], 27.31);
    assert_eq!(table.found().asks, []);
}

#[test]
fn words_among_numbers_are_asked_about_and_settled_by_one_answer() {
    let found = table("words_among_numbers.csv");
    let [ask] = &found.found().asks[..] else {
        panic!("{:?}", found.found().asks);
    };
    assert!(found.numbers("state").is_err());
    assert!(ask.sentence().contains("“unavailable”") && ask.sentence().contains("missing_marks"));
    assert_eq!(
        ask.offer(),
        format!("These {} cells mean missing", ask.cells())
    );
    let settled = read_with(
        "words_among_numbers.csv",
        &ask.settled(&CsvOptions::default()),
    )
    .unwrap();
    let missing = settled
        .numbers("state")
        .unwrap()
        .iter()
        .filter(|value| value.is_nan());
    assert_eq!(missing.count(), ask.cells());
    assert_eq!(settled.found().asks, []);
}

#[test]
fn flags_behind_numbers_are_left_out_on_request() {
    let found = table("stars_after_values.csv");
    let [ask] = &found.found().asks[..] else {
        panic!("{:?}", found.found().asks);
    };
    assert!(ask.sentence().contains("“*” beside 20") && ask.sentence().contains("strip_flags"));
    let settled = read_with(
        "stars_after_values.csv",
        &ask.settled(&CsvOptions::default()),
    )
    .unwrap();
    assert_eq!(settled.numbers("rain").unwrap()[..2], [20.0, 21.99]);
    assert!(tells(&settled, &["5 numbers", "left out"]));
}

#[test]
fn numbers_far_outside_are_asked_about_and_kept_until_answered() {
    let found = table("minus_9999.csv");
    let told: Vec<String> = found.found().asks.iter().map(Ask::sentence).collect();
    assert_eq!(told.len(), 2);
    assert!(
        told[0].contains("“rain”") && told[0].contains("-99.9"),
        "{told:?}"
    );
    assert!(
        told[1].contains("“temp”") && told[1].contains("-9999"),
        "{told:?}"
    );
    assert_eq!(found.column("temp").unwrap().missing, 0);
    let all = found.found().asks.iter();
    let options = all.fold(CsvOptions::default(), |options, ask| ask.settled(&options));
    let settled = read_with("minus_9999.csv", &options).unwrap();
    assert_eq!(settled.column("temp").unwrap().missing, 4);
    assert_eq!(settled.column("rain").unwrap().missing, 6);
    // That they are values can be said as well.
    let kept = CsvOptions {
        missing_marks: Some(Vec::new()),
        ..CsvOptions::default()
    };
    assert_eq!(read_with("minus_9999.csv", &kept).unwrap().found().asks, []);
    // However it is written.
    let mark = Mark {
        column: None,
        text: "-9999.00".into(),
    };
    let options = CsvOptions {
        missing_marks: Some(vec![mark]),
        ..CsvOptions::default()
    };
    assert_eq!(
        read_with("minus_9999.csv", &options)
            .unwrap()
            .column("temp")
            .unwrap()
            .missing,
        4
    );
}

#[test]
fn money_is_numbers() {
    let found = table("dollars_newest_first.csv");
    assert_eq!(found.numbers("Last").unwrap()[0], 28.51);
    assert!(tells(&found, &["“$28.51”, read as 28.51"]));
    let found = table("brackets_for_negative.csv");
    assert_eq!(found.numbers("balance").unwrap()[..2], [-2000.5, 2199.25]);
    assert!(tells(&found, &["“(2,000.50)”", "2000.5"]));
}

#[test]
fn what_is_no_table_is_named_and_json_is_one() {
    let error = read_with("web_page.csv", &CsvOptions::default())
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "found a web page, expected a text with a table. Download the file itself."
    );
    let found = table("lines_of_json.csv");
    assert_eq!((names(&found), found.rows()), (vec!["day", "level"], 40));
    assert_eq!((found.line(0), found.line(39)), (1, 40));
    assert_eq!(found.numbers("level").unwrap()[1], 21.99);
    assert!(tells(&found, &["JSON, an object on each line"]));
}
