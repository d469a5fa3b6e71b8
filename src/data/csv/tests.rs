use std::cell::Cell;

use proptest::prelude::*;

use super::*;

fn on(_: f32) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn table(bytes: impl AsRef<[u8]>) -> Table {
    read(bytes.as_ref(), &CsvOptions::default(), &on).unwrap()
}

fn error(bytes: impl AsRef<[u8]>) -> CsvError {
    read(bytes.as_ref(), &CsvOptions::default(), &on).unwrap_err()
}

#[test]
fn columns_come_with_their_names_kinds_and_lines() {
    let table = table("YEAR,name,v\r\n1700,\"a, \"\"b\"\"\",1e-3\r\n\r\n1701,c,-2\r\n\r\n\r\n");
    assert_eq!(table.names().collect::<Vec<_>>(), ["YEAR", "name", "v"]);
    assert_eq!(table.rows(), 2);
    assert_eq!(table.numbers("YEAR").unwrap(), [1700.0, 1701.0]);
    assert_eq!(table.numbers("v").unwrap(), [0.001, -2.0]);
    assert_eq!(table.column("name").unwrap().label(0), "a, \"b\"");
    assert_eq!([table.line(0), table.line(1)], [2, 4]);
}

#[test]
fn decimal_commas_are_read_where_the_comma_does_not_delimit() {
    let table = table("t;a;b\n1;1,5;1,5\n2;2;2.5\n3;-0,25;3\n");
    assert_eq!(table.numbers("a").unwrap(), [1.5, 2.0, -0.25]);
    // Both notations in one column: a text, whose bad cell is named.
    let places = table
        .numbers("b")
        .unwrap_err()
        .places()
        .map(|places| places.first().len());
    assert_eq!(places, Some(1));
}

#[test]
fn a_number_column_that_turns_out_to_be_text_keeps_every_cell_as_written() {
    let mut text = String::from("a,b\n");
    (0..500).for_each(|row| text.push_str(&format!("{row:03},{row}\n")));
    text.push_str("n/a,500\n");
    let table = table(&text);
    assert_eq!(table.column("a").unwrap().label(7), "007");
    assert_eq!(table.numbers("b").unwrap()[500], 500.0);
    assert_eq!(
        table.numbers("a").unwrap_err().to_string(),
        "line 502, column 1 (a): found “n/a”, expected a number. \
         Fill in the value, or delete the lines before or after the gap."
    );
}

#[test]
fn every_ragged_row_is_named() {
    let error = error("a,b\n1,2\n3\n4,5\n6,7,8\n9,10\n");
    let shown = error.to_string();
    assert_eq!(
        shown.lines().next(),
        Some(
            "line 3, column 2 (b): found 1 field, expected 2 as in most lines. \
             Add what is missing (an empty field still needs its delimiter), or delete the line."
        )
    );
    assert_eq!(
        error
            .places()
            .iter()
            .map(|place| place.line)
            .collect::<Vec<_>>(),
        [3, 5]
    );
}

#[test]
fn a_title_above_the_header_is_the_ragged_line() {
    let error = error("Sunspots\nYEAR,SPOTS\n1700,5\n1701,11\n");
    assert_eq!(
        error
            .places()
            .iter()
            .map(|place| place.line)
            .collect::<Vec<_>>(),
        [1]
    );
}

#[test]
fn places_past_the_cap_are_counted() {
    let error = error("a,b\n1,2\n".to_owned() + &"1,2\n".repeat(90) + &"3\n".repeat(60));
    assert_eq!((error.places().len(), error.more()), (50, 10));
}

#[test]
fn empty_files_and_lone_headers_are_told_apart() {
    for bytes in [b"".as_slice(), b"\xEF\xBB\xBF", b" \r\n\n"] {
        assert_eq!(error(bytes), CsvError::Empty);
    }
    assert_eq!(error("\na,b\n"), CsvError::NoRows { header_line: 2 });
}

#[test]
fn a_gap_in_a_single_column_is_a_missing_value() {
    let table = table("v\n\n1\n\n3\n\n");
    assert_eq!(table.rows(), 3);
    let error = table.numbers("v").unwrap_err();
    assert_eq!(error.places().map(|places| places.first()[0].line), Some(4));
}

#[test]
fn lines_of_delimiters_alone_count_only_between_rows() {
    let table = table("a,b\n1,2\n,\n3,4\n,\n,\n");
    assert_eq!(table.rows(), 3);
    assert!(table.numbers("a").is_err());
}

#[test]
fn what_the_user_says_goes_before_what_was_found() {
    let options = CsvOptions {
        delimiter: Some(b','),
        header: Some(false),
    };
    let table = read(b"1;2,3\n4;5,6\n", &options, &on).unwrap();
    assert_eq!(table.column("column 1").unwrap().label(0), "1;2");
    let options = CsvOptions {
        delimiter: Some(b'"'),
        header: None,
    };
    assert_eq!(
        read(b"1,2\n", &options, &on),
        Err(CsvError::Delimiter { found: b'"' })
    );
}

#[test]
fn an_open_quotation_mark_is_an_error() {
    assert!(matches!(
        error("a,b\n1,\"2\n3,4\n5,6\n"),
        CsvError::OpenQuote(_)
    ));
}

#[test]
fn more_cells_than_the_limit_are_refused_before_they_are_stored() {
    let read = |text: &str| read_up_to(6, text.as_bytes(), &CsvOptions::default(), &on);
    assert!(read("a,b\n1,2\n3,4\n5,6\n").is_ok());
    let too_large = |line| {
        Err(CsvError::TooLarge {
            line,
            columns: 2,
            limit: 6,
        })
    };
    assert_eq!(read("a,b\n1,2\n3,4\n5,6\n7,8\n"), too_large(5));
    assert_eq!(read("a,b\n1,2\n,\n,\n7,8\n"), too_large(5));
}

#[test]
fn progress_rises_and_cancels() {
    let text = "a,b\n".to_owned() + &"1,2\n".repeat(200_000);
    let last = Cell::new(-1.0);
    let rising = |share: f32| {
        assert!(share >= last.get() && share <= 1.0);
        last.set(share);
        ControlFlow::Continue(())
    };
    read(text.as_bytes(), &CsvOptions::default(), &rising).unwrap();
    assert_eq!(last.get(), 1.0);
    let halfway = |share: f32| {
        if share > 0.4 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    assert_eq!(
        read(text.as_bytes(), &CsvOptions::default(), &halfway),
        Err(CsvError::Cancelled)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_are_a_table_or_an_error(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        delimiter: Option<u8>,
        header: Option<bool>,
    ) {
        if let Err(error) = read(&bytes, &CsvOptions { delimiter, header }, &on) {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    /// Random bytes hardly ever look like a table; these do.
    #[test]
    fn anything_like_a_table_is_a_table_or_an_error(text in "[a1.\",;\t\r\n\u{e9} -]{0,120}") {
        match read(text.as_bytes(), &CsvOptions::default(), &on) {
            Ok(table) => {
                prop_assert!(table.rows() > 0);
                for column in table.columns() {
                    let cells = match &column.cells {
                        Cells::Numbers(values) => values.len(),
                        Cells::Texts(texts) => texts.len(),
                    };
                    prop_assert_eq!(cells, table.rows());
                    prop_assert_eq!(table.numbers(&column.name).is_err(), column.numbers().is_none());
                }
                let last = table.line(table.rows() - 1);
                let editor_lines = text.matches(['\n', '\r']).count() as u64 + 1;
                prop_assert!(last <= editor_lines);
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn numbers_come_back_bit_for_bit(values in proptest::collection::vec(-1e300..1e300f64, 1..40)) {
        let text: String = values.iter().map(|value| format!("{value:e}\n")).collect();
        let table = read(text.as_bytes(), &CsvOptions::default(), &on).unwrap();
        prop_assert_eq!(table.numbers("column 1").unwrap(), values.as_slice());
    }
}
