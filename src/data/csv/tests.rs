use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::*;

mod kinds;
mod strange;
use crate::data::bad_place::{BadPlace, BadPlaces};
use crate::data::number::{Notation, Thousands};
use crate::random::Stream;

fn on(_: f32) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn table(bytes: impl AsRef<[u8]>) -> Table {
    read(bytes.as_ref(), &CsvOptions::default(), &on).unwrap()
}

fn table_with(text: &str, options: CsvOptions) -> Table {
    read(text.as_bytes(), &options, &on).unwrap()
}

fn error(bytes: impl AsRef<[u8]>) -> CsvError {
    read(bytes.as_ref(), &CsvOptions::default(), &on).unwrap_err()
}

fn lines(places: &[BadPlace]) -> Vec<u64> {
    places.iter().map(|place| place.line).collect()
}

fn skipped(table: &Table) -> Vec<(u64, Why)> {
    let skipped = table.found().skipped.first();
    skipped.iter().map(|line| (line.line, line.why)).collect()
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
    assert_eq!(table.found().skipped.count(Why::Blank), 3);
}

#[test]
fn decimal_commas_are_read_where_the_comma_does_not_delimit() {
    let table = table("t;a;b\n1;1,5;1,5\n2;2;2.5\n3;-0,25;3\n");
    assert_eq!(table.numbers("a").unwrap(), [1.5, 2.0, -0.25]);
    // Both notations in one column: a text, whose bad cell is named.
    let error = table.numbers("b").unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 3, column 3 (b): found “2.5”, expected a number written with decimal commas. \
         Write it as the rest of the column, or say which signs stand before the fraction and between thousands."
    );
}

#[test]
fn a_column_written_otherwise_but_consistently_is_numeric_and_noted() {
    let table = table("a;b;share\n1,5;1.5;5%\n2,5;2.5;?\n3,25;3.25;7,5%\n");
    assert_eq!(table.numbers("a").unwrap(), [1.5, 2.5, 3.25]);
    assert_eq!(table.numbers("b").unwrap(), [1.5, 2.5, 3.25]);
    let share = table.numbers("share").unwrap();
    assert_eq!((share[0], share[1].is_nan(), share[2]), (5.0, true, 7.5));
    assert_eq!(
        table.found().notes,
        [
            "“b” has decimal points.",
            "“share” is in percent, “5%” is read as 5."
        ]
    );
}

#[test]
fn a_percent_sign_is_a_unit_and_nothing_to_leave_out() {
    // All in percent: read so, with or without leaving out flags, and told once.
    let strip = CsvOptions {
        strip_flags: true,
        ..CsvOptions::default()
    };
    let whole = "t,share\n1,5 %\n2,6 %\n3,7.5%\n";
    for options in [CsvOptions::default(), strip.clone()] {
        let table = read(whole.as_bytes(), &options, &on).unwrap();
        assert_eq!(table.numbers("share").unwrap(), [5.0, 6.0, 7.5]);
        let said = table.found().sentences().join(" ");
        assert_eq!(said.matches("percent").count(), 1, "{said}");
    }
    // Some are and some are not: nothing is offered that would mix them, and it is said.
    let mixed = "t,share\n1,5%\n2,0.06\n3,7%\n";
    for options in [CsvOptions::default(), strip] {
        let table = read(mixed.as_bytes(), &options, &on).unwrap();
        assert!(table.numbers("share").is_err());
        let said = table.found().sentences().join(" ");
        assert!(
            said.contains("“share” has 2 numbers with a percent sign and 1 without"),
            "{said}"
        );
        assert!(!said.contains("strip_flags"), "{said}");
    }
}

#[test]
fn percent_signs_on_some_cells_are_refused_with_a_hint() {
    let error = table("share\n5%\n6\n7%\n").numbers("share").unwrap_err();
    let places = error.places().map(BadPlaces::first).unwrap_or_default();
    assert_eq!(lines(places), [2, 4]);
    assert!(places[0].hint.contains("percent"), "{}", places[0].hint);
}

#[test]
fn a_notation_shown_late_in_the_file_is_that_of_the_whole_file() {
    // Until line 700, “1.234” could be a fraction.
    let mut text = String::from("a;b\n");
    (0..700).for_each(|_| text.push_str("1.234;2.345\n"));
    text.push_str("1.234,5;3\n");
    let table = table(&text);
    assert_eq!(table.numbers("a").unwrap()[0], 1234.0);
    assert_eq!(table.numbers("b").unwrap()[0], 2345.0);
    assert_eq!(table.numbers("a").unwrap()[700], 1234.5);
    assert!(table.found().notes.is_empty());
}

#[test]
fn what_could_be_read_in_two_ways_is_told() {
    let found = table("a;b\n1,234;x\n5,678;y\n");
    assert_eq!(found.numbers("a").unwrap(), [1.234, 5.678]);
    assert_eq!(
        found.found().notes,
        [
            "“1,234” is read as 1.234. If 1234 is meant, say which signs stand before the fraction and between thousands."
        ]
    );
    let said = table_with(
        "a;b\n1,234;x\n5,678;y\n",
        CsvOptions {
            decimal: Some(Notation::Point),
            thousands: Some(Thousands::Comma),
            ..CsvOptions::default()
        },
    );
    assert_eq!(said.numbers("a").unwrap(), [1234.0, 5678.0]);
    assert!(said.found().notes.is_empty());
    // Programs that write commas between fields write points before fractions.
    assert!(table("a,b\n1.234,x\n").found().notes.is_empty());
}

#[test]
fn missing_values_are_not_a_number_and_counted() {
    let marks = [
        "", "NA", "NaN", "N/A", "null", "None", "-", "–", "?", ".", "*",
    ];
    let mut text = String::from("v,w\n1,a\n");
    marks
        .iter()
        .for_each(|mark| text += &format!("{mark},{mark}x\n"));
    text += "2,\n";
    let table = table(&text);
    let column = table.column("v").unwrap();
    assert_eq!(column.missing, marks.len());
    let values = table.numbers("v").unwrap();
    assert_eq!((values[0], values[12]), (1.0, 2.0));
    assert!(values[1..12].iter().all(|value| value.is_nan()));
    let places = table.missing_places(["v"]).unwrap();
    assert_eq!(lines(places.first()), (3..14).collect::<Vec<_>>());
    assert_eq!(table.column("w").unwrap().missing, 1);
}

#[test]
fn a_number_column_that_turns_out_to_be_text_keeps_every_cell_as_written() {
    let mut text = String::from("a,b\n");
    (0..600).for_each(|row| text.push_str(&format!("{row:03},{row}\n")));
    text.push_str("x,600\n,601\n");
    let table = table(&text);
    assert_eq!(table.column("a").unwrap().label(7), "007");
    assert_eq!(table.numbers("b").unwrap()[600], 600.0);
    assert_eq!(
        table.numbers("a").unwrap_err().to_string(),
        "line 602, column 1 (a): found “x”, expected a number. \
         Correct the cell, or choose another column."
    );
}

#[test]
fn a_column_without_any_value_is_text() {
    let table = table("a,b\n1,\n2,n/a\n");
    assert_eq!(table.column("b").unwrap().missing, 2);
    assert!(table.numbers("b").is_err());
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
    assert_eq!(lines(error.places()), [3, 5]);
}

#[test]
fn titles_above_the_table_are_listed() {
    let table = table("Sunspots\n\nSource;observatory\n\nYEAR;SPOTS;N\n1700;5;1\n1701;11;2\n");
    assert_eq!(table.names().collect::<Vec<_>>(), ["YEAR", "SPOTS", "N"]);
    assert_eq!(skipped(&table), [(1, Why::Title), (3, Why::Title)]);
    assert_eq!(table.found().header, Some(5));
    assert_eq!(
        table.found().sentences(),
        [
            "UTF-8, semicolons, decimal points, names in line 5.",
            "2 title lines and 2 blank lines skipped."
        ]
    );
}

#[test]
fn titles_padded_with_delimiters_are_listed() {
    let table = table("Sunspots,,\n,,\nYEAR,SPOTS,N\n1700,5,1\n1701,11,2\n");
    assert_eq!(skipped(&table), [(1, Why::Title), (2, Why::Empty)]);
    assert_eq!(table.numbers("SPOTS").unwrap(), [5.0, 11.0]);
}

#[test]
fn a_header_or_a_row_that_does_not_fit_is_no_title() {
    assert_eq!(lines(error("a,b\n1,2,3\n4,5,6\n").places()), [1]);
    assert_eq!(lines(error("1\n2,3\n4,5\n").places()), [1]);
}

#[test]
fn lines_below_the_table_are_listed_and_are_no_rows() {
    for below in [
        "Source: observatory\n© 2024\n",
        "\nTotal;28\n\n* estimated",
        "Mean;9.3;1.5\n",
        ";;\nSource;;\n",
        "\"Source: a; b\";;\n",
    ] {
        let head = "YEAR;SPOTS;N\n1700;5;1\n1701;11;2\n1702;12;\n";
        let table = table(head.to_owned() + below);
        assert_eq!(table.numbers("YEAR").unwrap(), [1700.0, 1701.0, 1702.0]);
        assert_eq!(table.numbers("SPOTS").unwrap(), [5.0, 11.0, 12.0]);
        let lines = below.lines().zip(5..);
        let expected: Vec<(u64, Why)> = lines
            .filter(|(line, _)| !line.is_empty())
            .map(|(line, at)| {
                (
                    at,
                    if line == ";;" {
                        Why::Empty
                    } else {
                        Why::Footer
                    },
                )
            })
            .collect();
        assert_eq!(skipped(&table), expected, "{below}");
    }
    let found = table("a,b\n1,2\nSource: me\n").found().clone();
    assert_eq!(found.skipped.first()[0].text, "Source: me");
    assert_eq!(found.sentences()[1], "1 line below the table skipped.");
}

#[test]
fn lines_below_a_long_table_are_found_too() {
    let rows = "2024-01-31,5\n".repeat(700);
    let table = table(format!("date,v\n{rows}Total,3500\nSource: me\n"));
    assert_eq!(table.rows(), 700);
    assert_eq!(skipped(&table), [(702, Why::Footer), (703, Why::Footer)]);
    // As a text, too: its cells are read in a second pass.
    let rows = "Oslo,5\n".repeat(600) + &"Oslo,x\n".repeat(100);
    let table = self::table(format!("city,v\n{rows}\nSource me\n"));
    assert_eq!(
        (table.rows(), skipped(&table)),
        (700, vec![(703, Why::Footer)])
    );
}

#[test]
fn a_line_unlike_the_others_with_rows_below_it_or_too_many_of_them_is_an_error() {
    assert_eq!(lines(error("a,b\n1,2\nSource: me\n3,4\n").places()), [3]);
    let error = error("a,b\n".to_owned() + &"1,2\n".repeat(30) + &"note\n".repeat(21));
    assert_eq!(lines(error.places()), (32..53).collect::<Vec<_>>());
    // A lone text is a bad cell there.
    let table = table("a,b\n1,2\nme,\n3,4\n");
    assert_eq!(
        table.numbers("a").unwrap_err().places().unwrap().first()[0].line,
        3
    );
}

#[test]
fn rows_are_no_footers_for_what_other_rows_have_too() {
    // Blank lines between all rows, as where CR CR LF ends them.
    for end in ["\r\r\n", "\n\n"] {
        let text = "name,v\nOslo,5\nRome,6\nMax,7\nBonn,\n".replace('\n', end);
        assert_eq!(table(text).rows(), 4, "{end:?}");
    }
    for text in [
        "id,v\n1,5\nA2,6\n3,7\nB4,8\n5,9\nMax,7\n",
        "when,v\nJan 2024,5\nMär 2024,6\nApr 2024,7\nMai 2024,8\nJun 2024,5\nOkt 2024,x\n",
        // A number tells a row where nothing else is known of the first column.
        "id,v\n,5\n,6\n\n7,\n",
    ] {
        let rows = text.lines().filter(|line| !line.is_empty()).count();
        let names = usize::from(text.contains(",v"));
        assert_eq!(table(text).rows(), rows - names, "{text}");
    }
}

#[test]
fn every_row_of_a_plain_table_is_in_it() {
    const WORDS: [&str; 8] = ["Oslo", "New York", "A76", "Max", "x", "49ers", "C", "Ünal"];
    let mut random = Stream::new(1, "plain tables");
    for _ in 0..1000 {
        let (rows, columns) = (1 + random.below(30), 1 + random.below(6));
        let delimiter = [",", ";", "\t", "|"][random.below(4)];
        let end = ["\n", "\r\n", "\r\r\n"][random.below(3)];
        let comma = delimiter != "," && columns > 1 && random.below(2) == 0;
        let kinds: Vec<usize> = (0..columns).map(|_| random.below(5)).collect();
        let named = random.below(2) == 0;
        // A list of texts alone may begin with a name or not.
        let has_numbers = kinds.iter().any(|kind| *kind < 3);
        let mut text = String::new();
        if named {
            let names: Vec<String> = (0..columns).map(|at| format!("n{at}")).collect();
            text += &(names.join(delimiter) + end);
        }
        for row in 0..rows {
            let cells = kinds.iter().map(|kind| match kind {
                0 => format!("{row}"),
                1 => format!("{}", 1000 + random.below(2000)),
                2 => {
                    let number = format!("{:.2}", 100.0 * random.normal());
                    if comma {
                        number.replace('.', ",")
                    } else {
                        number
                    }
                }
                3 => format!("2024-{:02}-{:02}", 1 + row % 12, 1 + row % 28),
                _ => WORDS[random.below(WORDS.len())].to_owned(),
            });
            text += &(cells.collect::<Vec<_>>().join(delimiter) + end);
        }
        let Ok(table) = read(text.as_bytes(), &CsvOptions::default(), &on) else {
            assert!(!has_numbers && rows == 1, "{text}");
            continue;
        };
        let header = usize::from(table.found().header.is_some());
        if has_numbers {
            assert_eq!(header, usize::from(named), "{text}");
        }
        let expected = rows + usize::from(named) - header;
        // Blank lines between the values of a single column are missing values.
        let gaps = if columns == 1 && end == "\r\r\n" {
            expected - 1
        } else {
            0
        };
        assert_eq!(table.rows(), expected + gaps, "{text}");
        assert_eq!(table.columns().len(), columns, "{text}");
    }
}

#[test]
fn a_row_cut_off_at_the_end_is_an_error() {
    for (head, cut) in [
        (
            "date,a,b\n2024-01-01,1,2\n2024-01-02,3,4\n",
            &["2024-01-03,5", "2024-01-0", "20"][..],
        ),
        ("year,a,b\n2001,1,2\n2002,3,4\n", &["2003,5", "2003", "2"]),
        ("city,a,b\nOslo,1,2\nRome,3,4\n", &["Bonn,5", "Bo", "Bonn,"]),
    ] {
        for cut in cut {
            let error = error(format!("{head}{cut}"));
            assert_eq!(lines(error.places()), [4], "{cut}");
        }
    }
}

#[test]
fn the_line_of_units_below_the_names_is_no_row() {
    for (names, units) in [
        ("date;t;rain", "date;°C;mm"),
        ("date;t;rain", ";[°C];[-]"),
        ("Datum;t;rain", "yyyy-mm-dd;degC;"),
        ("date;t;rain", "20d;14n;14n"),
    ] {
        let text = format!("{names}\n{units}\n2024-01-01;5,5;0\n2024-01-02;6;1,2\n");
        let table = table(&text);
        assert_eq!(table.numbers("t").unwrap(), [5.5, 6.0], "{units}");
        assert_eq!(skipped(&table), [(2, Why::Units)], "{units}");
        assert_eq!(table.found().units, Some(2));
    }
    assert_eq!(
        table("t,v\n(s),(m/s)\n1,2\n3,4\n").found().sentences(),
        [
            "UTF-8, commas, decimal points, names in line 1, units in line 2.",
            "1 line of units skipped."
        ]
    );
    // A first row with bad cells is no line of units, and neither is a second line of names.
    for text in [
        "year;t;rain\n2001;°C;mm\n2002;1;2\n2003;3;4\n",
        "city;t\nOslo;m\nRome;1\nBonn;2\n",
        "Price;Close;Open\nTicker;AAPL;AAPL\n1;2;3\n4;5;6\n",
        "a;b\nkg;mm\n",
        "a;b\n5s;10s\n6s;11s\n",
        "id;v\nA76;?\n12;5\n13;6\n",
        "v\n5s\nOslo\n",
    ] {
        assert_eq!(table(text).found().units, None, "{text}");
    }
}

#[test]
fn comments_are_listed_wherever_they_stand() {
    let table = table("# by hand\na,b\n1,2\n# a, gap\n3,4\n");
    assert_eq!(table.rows(), 2);
    assert_eq!(skipped(&table), [(1, Why::Comment), (4, Why::Comment)]);
    assert_eq!(table.found().skipped.first()[1].text, "# a, gap");
    for (text, comment) in [
        ("% x\n1 2\n3 4\n", Comment::Byte(b'%')),
        ("a,b\n// x\n1,2\n", Comment::Slashes),
        ("v\n# x\n1\n2\n", Comment::Byte(b'#')),
        // These belong to the values.
        ("#1,a\n#2,b\n", Comment::None),
        ("a,b\nx,1\n#2,3\n", Comment::None),
        ("tag\n#x\ny\n", Comment::None),
    ] {
        assert_eq!(self::table(text).found().comment, comment, "{text}");
    }
}

#[test]
fn the_comment_above_a_table_without_names_names_its_columns() {
    let table = table("# made by a program\n# year spots\n1700 5.0\n1701 11.0\n");
    assert_eq!(table.names().collect::<Vec<_>>(), ["year", "spots"]);
    assert_eq!(table.found().header, Some(2));
    assert_eq!(skipped(&table), [(1, Why::Comment)]);
    let table = self::table("#,name,v\n1,a,5\n2,b,6\n");
    assert_eq!(table.names().collect::<Vec<_>>(), ["#", "name", "v"]);
}

#[test]
fn a_name_that_an_earlier_column_has_is_another_here_and_that_is_said() {
    let table = table("t,v,v,v,v,v\n1,2,3,4,5,6\n2,3,4,5,6,7\n");
    let names: Vec<&str> = table.names().collect();
    assert_eq!(names, ["t", "v", "v (2)", "v (3)", "v (4)", "v (5)"]);
    let said = table.found().sentences();
    assert!(
        said.contains(&"Column 3 is another “v”: it is called “v (2)” here.".into()),
        "{said:?}"
    );
    assert_eq!(said.last().map(String::as_str), Some("1 more likewise."));
}

#[test]
fn names_are_found_below_many_comments() {
    let text = "# by hand\n".repeat(80) + "# year spots\n1700 5\n1701 11\n";
    assert_eq!(table(text).names().collect::<Vec<_>>(), ["year", "spots"]);
    // Each is looked at once.
    let text = "#\n".repeat(100_000) + "a,b\n1,2\n";
    assert_eq!(table(text).rows(), 1);
}

#[test]
fn a_comment_found_nowhere_before_is_a_ragged_line_with_a_hint() {
    let mut text = String::from("a,b\n");
    (0..600).for_each(|_| text.push_str("1,2\n"));
    text.push_str("# note\n1,2\n");
    let error = error(text.clone());
    assert!(
        error
            .to_string()
            .ends_with("say that comments begin with “#”."),
        "{error}"
    );
    let options = CsvOptions {
        comment: Some(Comment::Byte(b'#')),
        ..CsvOptions::default()
    };
    assert_eq!(table_with(&text, options).rows(), 601);
}

#[test]
fn fields_without_name_and_value_at_the_end_are_no_column() {
    for text in [
        "a,b,\n1,2,\n3,4,\n",
        "a,b\n1,2,\n3,4,\n",
        "a,b,\n1,2\n3,4\n",
        "a,b,,\n1,2,,\n3,4\n",
    ] {
        let table = table(text);
        assert_eq!(table.names().collect::<Vec<_>>(), ["a", "b"], "{text}");
        assert_eq!(table.numbers("b").unwrap(), [2.0, 4.0], "{text}");
    }
    // A value far below makes it one.
    let mut text = String::from("a,b,\n");
    (0..600).for_each(|_| text.push_str("1,2,\n"));
    text.push_str("1,2,late\n");
    let table = table(&text);
    assert_eq!(table.names().collect::<Vec<_>>(), ["a", "b", "column 3"]);
    assert_eq!(table.column("column 3").unwrap().label(600), "late");
    assert_eq!(table.found().empty_columns, 0);
}

#[test]
fn the_line_that_names_the_delimiter_is_no_row() {
    let table = table("sep=|\r\na|b;c\r\n1|2\r\n");
    assert_eq!(table.names().collect::<Vec<_>>(), ["a", "b;c"]);
    assert_eq!(skipped(&table), [(1, Why::Delimiter)]);
    assert_eq!(table.found().header, Some(2));
}

#[test]
fn runs_of_spaces_delimit_numbers() {
    let table = table("  x      y\n  1.0   2.5\n 10.0  -3\n");
    assert_eq!(table.found().delimiter, b' ');
    assert_eq!(table.numbers("y").unwrap(), [2.5, -3.0]);
    // Texts have spaces of their own, and so have thousands.
    assert_eq!(self::table("Ann Lee\nJim Roe\n").columns().len(), 1);
    assert_eq!(
        self::table("pop\n1 234\n5 678\n").numbers("pop").unwrap(),
        [1234.0, 5678.0]
    );
    assert_eq!(
        self::table("1,5 2,5\n3,5 4\n").numbers("column 1").unwrap(),
        [1.5, 3.5]
    );
}

#[test]
fn spaces_between_delimiter_and_quotation_mark_are_no_text() {
    let table = table("\"a\", \"b\"\n\"x, y\", \"1\"\n\"z, w\", \"2\"\n");
    assert_eq!(table.column("a").unwrap().label(0), "x, y");
    assert_eq!(table.numbers("b").unwrap(), [1.0, 2.0]);
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
    assert!(matches!(error("sep=;\n"), CsvError::NoRows { .. }));
}

#[test]
fn a_gap_in_a_single_column_is_a_missing_value() {
    let table = table("v\n\n1\n\n3\n\n");
    assert_eq!(table.rows(), 3);
    assert_eq!(table.column("v").unwrap().missing, 1);
    let places = table.missing_places(["v"]).unwrap();
    assert_eq!(lines(places.first()), [4]);
}

#[test]
fn lines_of_delimiters_alone_count_only_between_rows() {
    let table = table("a,b\n1,2\n,\n3,4\n,\n,\n");
    assert_eq!(table.rows(), 3);
    assert!(table.column("a").unwrap().is_missing(1));
    assert_eq!(table.found().skipped.count(Why::Empty), 2);
}

#[test]
fn what_the_user_says_goes_before_what_was_found() {
    let options = CsvOptions {
        delimiter: Some(b','),
        header: Some(false),
        ..CsvOptions::default()
    };
    let table = table_with("1;2,3\n4;5,6\n", options);
    assert_eq!(table.column("column 1").unwrap().label(0), "1;2");
    let refused = |options| read(b"1,2\n", &options, &on);
    let options = CsvOptions {
        delimiter: Some(b'"'),
        ..CsvOptions::default()
    };
    assert_eq!(refused(options), Err(CsvError::Delimiter { found: b'"' }));
    let options = CsvOptions {
        decimal: Some(Notation::Comma),
        thousands: Some(Thousands::Comma),
        ..CsvOptions::default()
    };
    assert_eq!(refused(options), Err(CsvError::Separators { sign: "," }));
    let latin = CsvOptions {
        encoding: Some(Encoding::WINDOWS_1252),
        ..CsvOptions::default()
    };
    assert_eq!(table_with("é,b\n1,2\n", latin).columns()[0].name, "Ã©");
}

#[test]
fn the_first_rows_are_read_on_request_and_the_rest_is_told() {
    let text = "a,b\n".to_owned() + &"1,2\n".repeat(1000);
    let options = CsvOptions {
        first_rows: Some(10),
        ..CsvOptions::default()
    };
    let table = table_with(&text, options);
    assert_eq!((table.rows(), table.found().rows_left_out), (10, 990));
    let all = CsvOptions {
        first_rows: Some(1000),
        ..CsvOptions::default()
    };
    assert_eq!(table_with(&text, all).found().rows_left_out, 0);
    let none = CsvOptions {
        first_rows: Some(0),
        ..CsvOptions::default()
    };
    assert_eq!(read(text.as_bytes(), &none, &on), Err(CsvError::FirstRows));
}

/// A source that counts what is taken from it.
struct Counted<'a> {
    rest: &'a [u8],
    taken: usize,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.rest.read(buffer)?;
        self.taken += read;
        Ok(read)
    }
}

#[test]
fn a_part_is_read_without_the_rest_of_the_file() {
    // Quoted line ends, so that pieces end within records.
    let row = |row: usize| format!("{row:06},\"é\n{row:06}\"\n");
    let text: String = (0..100_000).map(row).collect();
    let text = "a,b\n".to_owned() + &text;
    let len = text.len() as u64;
    for first_rows in [1, 30_000, 100_000, 200_000] {
        let options = CsvOptions {
            first_rows: Some(first_rows),
            ..CsvOptions::default()
        };
        let mut source = Counted {
            rest: text.as_bytes(),
            taken: 0,
        };
        let table = read_from(&mut source, len, u64::MAX, &options, &on).unwrap();
        let whole = table_with(&text, options);
        assert_eq!(table.columns(), whole.columns(), "{first_rows}");
        let (about, exactly) = (
            table.found().rows_left_out as f64,
            100_000usize.saturating_sub(first_rows) as f64,
        );
        assert!(
            (about - exactly).abs() <= 0.2 * exactly,
            "{about} {exactly}"
        );
        if first_rows == 1 {
            assert!(source.taken <= 1 << 18, "{}", source.taken);
        }
    }
}

#[test]
fn a_file_too_large_is_refused_before_it_is_read() {
    let text = "a,b\n".to_owned() + &"1.25,2.5\n".repeat(100_000);
    let len = text.len() as u64;
    let read_in = |memory, options| {
        let mut source = Counted {
            rest: text.as_bytes(),
            taken: 0,
        };
        let table = read_from(&mut source, len, memory, &options, &on);
        (table.map(|table| table.rows()), source.taken)
    };
    assert_eq!(read_in(u64::MAX, CsvOptions::default()).0, Ok(100_000));
    let (refused, taken) = read_in(1_000_000, CsvOptions::default());
    let Err(CsvError::TooMuchMemory { estimate, rows, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert!(taken <= 1 << 18);
    assert_eq!((estimate.rows, estimate.columns), (100_000, 2));
    // 9 bytes of text and two numbers of 8 bytes each, for every row.
    let expected = 100_000 * (9 + 16);
    assert!(
        estimate.bytes.abs_diff(expected) < 100,
        "{}",
        estimate.bytes
    );
    let options = CsvOptions {
        first_rows: Some(rows as usize),
        ..CsvOptions::default()
    };
    assert_eq!(
        read_in(1_000_000, options).0,
        Ok(rows as usize),
        "what was offered works"
    );
}

#[test]
fn no_more_rows_are_offered_than_a_table_may_have() {
    let text = "a,b\n".to_owned() + &"1.25,2.5\n".repeat(50_000);
    let mut source = text.as_bytes();
    // The rest of the file is not there, but is not asked for either.
    let refused = read_from(&mut source, 1 << 40, 1 << 38, &CsvOptions::default(), &on);
    let Err(CsvError::TooMuchMemory { rows, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(rows, MAX_CELLS as u64 / 2);
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
    let read = |text: &str| {
        let len = text.len() as u64;
        read_up_to(6, text.as_bytes(), len, &CsvOptions::default(), &on)
    };
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
    // The second column turns out to be text: two passes.
    let text = "a,b\n".to_owned() + &"1,2\n".repeat(200_000) + "3,x\n";
    let last = Cell::new(-1.0);
    let rising = |share: f32| {
        assert!(share >= last.get() && share <= 1.0);
        last.set(share);
        ControlFlow::Continue(())
    };
    read(text.as_bytes(), &CsvOptions::default(), &rising).unwrap();
    assert_eq!(last.get(), 1.0);
    last.set(-1.0);
    let options = CsvOptions::default();
    let mut source = text.as_bytes();
    read_from(&mut source, text.len() as u64, u64::MAX, &options, &rising).unwrap();
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

#[test]
fn many_columns_of_the_same_name_take_no_longer_than_others() {
    let header = "a,".repeat(60_000);
    let table = table(format!("{header}a\n{}1\n", "1,".repeat(60_000)));
    assert_eq!(table.columns().len(), 60_001);
    assert_eq!(table.columns()[60_000].name, "a (60001)");
}

/// A file that is made while it is read: `begin`, then `again` over and over, `len` bytes in all.
struct Made {
    begin: &'static [u8],
    again: &'static [u8],
    len: u64,
    at: u64,
    taken: u64,
}

impl Made {
    const GIGABYTE: u64 = 1 << 30;

    fn new(begin: &'static [u8], again: &'static [u8], len: u64) -> Self {
        Self {
            begin,
            again,
            len,
            at: 0,
            taken: 0,
        }
    }

    fn read(&mut self, options: &CsvOptions) -> Result<Table, CsvError> {
        let len = self.len;
        read_in_blocks(self, len, u64::MAX, options, &Workers::ALONE, &on)
    }
}

impl Read for Made {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = buffer.len().min((self.len - self.at) as usize);
        for byte in &mut buffer[..most] {
            let at = self.at as usize;
            *byte = match self.begin.get(at) {
                Some(&byte) => byte,
                None => self.again[(at - self.begin.len()) % self.again.len()],
            };
            self.at += 1;
        }
        self.taken += most as u64;
        Ok(most)
    }
}

impl std::io::Seek for Made {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        let std::io::SeekFrom::Start(at) = to else {
            return Err(std::io::ErrorKind::Unsupported.into());
        };
        self.at = at;
        Ok(at)
    }
}

#[test]
fn a_line_of_a_gigabyte_is_refused_after_a_small_part_of_it() {
    for (begin, again) in [
        (&b""[..], &b"1,"[..]),
        (b"", b"1.25;"),
        (b"", b"x"),
        (b"", b"\"\","),
        (b"", b"1 "),
        (b"a,b\n1,2\n3,4\n5,6\n", b"7,"),
        (b"a,b\n1,2\n3,4\n5,6\n", b"x"),
        (b"a\r1\r", b"2"),
        (b"# only a comment, ", b"and on"),
    ] {
        let mut file = Made::new(begin, again, Made::GIGABYTE);
        let error = file.read(&CsvOptions::default()).unwrap_err();
        let shown = error.to_string();
        let (wide, long) = (
            shown.contains("the file is too wide") && shown.contains("expected at most 65,536"),
            shown.contains("the line is too long") && shown.contains("16 MiB"),
        );
        assert!(wide || long, "{shown}");
        let line = 1 + begin.iter().filter(|byte| b"\n\r".contains(byte)).count();
        assert!(shown.starts_with(&format!("line {line}: ")), "{shown}");
        assert!(file.taken < 64 << 20, "{} bytes read: {shown}", file.taken);
    }
}

#[test]
fn a_quotation_mark_that_is_not_closed_within_a_row_is_named_though_the_file_goes_on() {
    let text = "a,b\n1,2\n3,\"4\n".to_owned() + &"5,6\n".repeat(5 << 20);
    let shown = read(text.as_bytes(), &CsvOptions::default(), &on)
        .unwrap_err()
        .to_string();
    assert!(
        shown.starts_with("line 3: found a quotation mark that is not closed within 16 MiB"),
        "{shown}"
    );
}

#[test]
fn too_many_columns_are_counted_in_full_and_however_they_are_written() {
    let table = |cell: &str, columns: usize| {
        let row = vec![cell; columns].join(",");
        let text = format!("{row}\n{row}\n{row}\n{row}\n");
        read(text.as_bytes(), &CsvOptions::default(), &on)
    };
    for cell in ["1.25", "\"1\"", "\"a\nb\""] {
        let shown = table(cell, 100_000).unwrap_err().to_string();
        assert!(
            shown.starts_with(
                "line 1: found 100,000 columns, expected at most 65,536: the file is too wide."
            ),
            "{shown}"
        );
    }
    assert!(table("12345678", MAX_COLUMNS).is_ok());
    assert!(matches!(
        table("1", MAX_COLUMNS + 1),
        Err(CsvError::TooWide { columns, open: false, .. }) if columns == MAX_COLUMNS + 1
    ));
}

#[test]
fn rows_longer_than_what_is_looked_at_have_as_many_columns_as_they_have() {
    // 600 kB in each line, and each read as a whole and block by block.
    let line = |first: &str| format!("{first}{}\n", ",0.123456789".repeat(49_999));
    let text = line("time").replace("0.123456789", "temperature")
        + &line("1")
        + &line("2")
        + &line("3")
        + &line("4");
    let len = text.len() as u64;
    let mut source = std::io::Cursor::new(text.as_bytes());
    let options = CsvOptions::default();
    let table = read_in_blocks(&mut source, len, 1 << 30, &options, &Workers::ALONE, &on).unwrap();
    assert_eq!(
        (table.columns().len(), table.rows(), table.found().header),
        (50_000, 4, Some(1))
    );
    assert_eq!(read(text.as_bytes(), &options, &on), Ok(table));
}

#[test]
fn a_table_stands_below_any_number_of_comments_and_blank_lines() {
    for (line, sign) in [("# a note, or two\n", "#"), ("\n", ""), ("// x\r\n", "//")] {
        for lines in [10, 15_000, 70_000] {
            let last = match sign {
                "" => String::new(),
                sign => format!("{sign}day,level\n"),
            };
            let above = line.repeat(lines) + &last;
            let rows = "1;2.5\n2;3.5\n3;4.5\n4;5.5\n".replace(';', ",").repeat(100);
            let text = above + &rows;
            let read = |bytes: &[u8]| {
                let mut source = std::io::Cursor::new(bytes);
                let (len, options) = (bytes.len() as u64, CsvOptions::default());
                let workers = &Workers::ALONE;
                read_in_blocks(&mut source, len, u64::MAX, &options, workers, &on).unwrap()
            };
            let table = read(text.as_bytes());
            let shown = format!("{line:?} {lines}");
            assert_eq!((table.columns().len(), table.rows()), (2, 400), "{shown}");
            let above = lines as u64 + u64::from(!sign.is_empty());
            assert_eq!(table.line(0), above + 1, "{shown}");
            assert_eq!(table.line(399), above + 400, "{shown}");
            if !sign.is_empty() {
                let names: Vec<&str> = table.names().collect();
                assert_eq!(
                    (names, table.found().header),
                    (vec!["day", "level"], Some(above))
                );
                assert_eq!(table.found().comment.sign(), sign, "{shown}");
            }
        }
    }
}

#[test]
fn reading_can_be_cancelled_among_lines_that_are_no_rows() {
    for line in ["# note\n", "\n", ",\n"] {
        let text = "a,b\n1,2\n3,4\n".to_owned() + &line.repeat(1 << 20) + "5,6\n";
        let calls = Cell::new(0);
        let counted = |_: f32| {
            calls.set(calls.get() + 1);
            ControlFlow::Continue(())
        };
        let all = read(text.as_bytes(), &CsvOptions::default(), &counted).unwrap();
        assert_eq!(all.line(all.rows() - 1), 4 + (1 << 20), "{line:?}");
        assert!(calls.get() > 3, "{line:?}: {} calls", calls.get());
        let few = |share: f32| match share > 0.5 {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        assert_eq!(
            read(text.as_bytes(), &CsvOptions::default(), &few),
            Err(CsvError::Cancelled)
        );
    }
}

#[test]
fn millions_of_lines_without_values_wait_in_little_room_and_count_as_rows_only_between_rows() {
    let blank = "\n".repeat(1 << 20);
    let between = table(format!("level\n1\n2\n{blank}3\n"));
    assert_eq!(
        (between.rows(), between.columns()[0].missing),
        ((1 << 20) + 3, 1 << 20)
    );
    let below = table(format!("level\n1\n2\n3\n{blank}"));
    assert_eq!(
        (below.rows(), below.found().skipped.count(Why::Blank)),
        (3, 1 << 20)
    );
    // And are no more cells than a table may have before they are any.
    let text = format!("level\n1\n2\n{blank}3\n");
    let few = read_up_to(
        1 << 20,
        text.as_bytes(),
        text.len() as u64,
        &CsvOptions::default(),
        &on,
    );
    assert!(matches!(few, Err(CsvError::TooLarge { .. })));
}

#[test]
fn a_name_is_no_longer_than_can_be_shown() {
    let long = "é".repeat(300_000);
    let table = table(format!("{long},{long},b\n1,2,3\n4,5,6\n"));
    let lengths: Vec<usize> = table.names().map(|name| name.chars().count()).collect();
    assert_eq!(lengths, [201, 205, 1]);
}

/// Wherever a file is cut, what there is of it is read in its own encoding.
#[test]
fn the_first_bytes_of_a_file_are_read_wherever_they_end() {
    let rows: String = (0..40).map(|row| format!("{row};é𝄞ü{row}\n")).collect();
    let text = format!("\u{feff}id;word\n{rows}");
    let utf16 = |bytes_of: fn(u16) -> [u8; 2]| -> Vec<u8> {
        text.encode_utf16().flat_map(bytes_of).collect()
    };
    for (bytes, encoding) in [
        (text.as_bytes().to_vec(), Encoding::Utf8),
        (utf16(u16::to_le_bytes), Encoding::Utf16Le),
        (utf16(u16::to_be_bytes), Encoding::Utf16Be),
    ] {
        for cut in 80..bytes.len() {
            let head = &bytes[..cut];
            let table = read_head(head, bytes.len() as u64, &CsvOptions::default()).unwrap();
            assert_eq!(table.found().encoding, encoding, "{cut}");
            assert_eq!(table.columns()[1].label(0), "é𝄞ü0", "{cut}");
        }
        // And where no line ends.
        let line: Vec<u8> = bytes
            .iter()
            .copied()
            .filter(|byte| *byte != b'\n')
            .collect();
        let line = if encoding == Encoding::Utf8 {
            &line
        } else {
            &bytes
        };
        for cut in 8..20 {
            let head = decode::whole_lines(&line[..cut], None);
            assert!(decode::decode(head, None).is_ok_and(|(_, found, _)| found == encoding));
        }
    }
}

/// Does the jobs in another order than they come: what threads may do.
fn together(jobs: Vec<Job<'_>>, meanwhile: &mut dyn FnMut()) {
    meanwhile();
    jobs.into_iter().rev().for_each(|job| job());
}

#[test]
fn in_blocks_and_by_several_workers_it_is_the_same_table() {
    let mut plain = String::from("# note\na,b\r\n");
    (0..60_000).for_each(|row| plain += &format!("{row},-{}.5\r\n", row % 1000));
    let files = [
        ("plain", plain.clone()),
        ("a gap", plain.clone() + ",\n1,NA\n2,3"),
        ("a blank line", plain.clone() + "\n\n"),
        ("a text", plain.clone() + "x,1\n"),
        ("a quotation mark", plain.clone() + "\"1\",2\n"),
        ("a comment", plain.clone() + "# end\n"),
        ("a line end of old", plain.clone() + "1,2\r3,4\n"),
        ("a ragged row", plain.clone() + "1\n"),
        ("a footer", plain.clone() + "Source: me\n"),
        ("a footer like a row", plain.clone() + "Total,1\n"),
        (
            "a text in the midst",
            plain.clone() + "Source: me\n" + &plain,
        ),
        ("units", plain.replacen("a,b\r\n", "a,b\r\ns,mm\r\n", 1)),
        ("a row too long", plain.clone() + "1,2,3\n"),
        ("a row too long, empty", plain.clone() + "1,2,\n"),
        ("exponents", plain.clone() + "1e5,+3\n-2.5E-3,.5\n5.,-0\n"),
        ("spaces", plain.clone() + " 4 ,5\n\t6,7 \n"),
        ("a blank row", plain.clone() + " , \n1,2\n"),
        ("another minus sign", plain.clone() + "−5,1\n"),
        (
            "many digits",
            plain.clone() + "12345678901234567890,0.1234567890123456789012345\n-123456789,2\n",
        ),
        ("thousands", plain.clone() + "1 234,5\n"),
        ("a comma for a point", plain.clone() + "\"1,5\",2\n"),
        ("a sign alone", plain.clone() + "-,.\n"),
        (
            "commas",
            plain.replace(',', ";").replace('.', ",") + "1,25;-1,5\n1.5;2\n",
        ),
        ("nothing", String::new()),
        ("whole blocks", "1234567,1234567\n".repeat(1 << 16)),
        (
            "a number below a gap",
            "a,b\n".to_owned() + &",5\n".repeat(999) + "\n7,\n",
        ),
    ];
    let options = CsvOptions::default();
    for (name, text) in files {
        let whole = read(text.as_bytes(), &options, &on);
        for count in if name == "plain" { 1..=3 } else { 3..=3 } {
            let workers = Workers {
                count,
                run: &together,
            };
            let mut source = std::io::Cursor::new(text.as_bytes());
            let len = text.len() as u64;
            let last = Cell::new(0.0);
            let rising = |share: f32| {
                assert!(share >= last.get() && share <= 1.0, "{name}");
                last.set(share);
                ControlFlow::Continue(())
            };
            let blocks = read_in_blocks(&mut source, len, u64::MAX, &options, &workers, &rising);
            assert!(blocks == whole, "{name}, {count} workers");
        }
    }
}

#[test]
fn in_blocks_the_first_rows_are_the_same_too() {
    let mut text = String::from("# note\na,b\r\n");
    (0..60_000).for_each(|row| {
        text += &match row % 1000 {
            999 => format!("{row},\r\n"),
            _ => format!("{row},-{}.5\r\n", row % 1000),
        };
    });
    let workers = Workers {
        count: 2,
        run: &together,
    };
    for rows in [
        1, 499, 45_000, 45_999, 46_000, 59_999, 60_000, 60_001, 1_000_000,
    ] {
        let options = CsvOptions {
            first_rows: Some(rows),
            ..CsvOptions::default()
        };
        let whole = read(text.as_bytes(), &options, &on).unwrap();
        let mut source = std::io::Cursor::new(text.as_bytes());
        let len = text.len() as u64;
        let blocks = read_in_blocks(&mut source, len, u64::MAX, &options, &workers, &on).unwrap();
        assert_eq!(blocks.rows(), rows.min(60_000));
        assert_eq!(blocks.found(), whole.found(), "{rows} rows");
        assert!(blocks == whole, "{rows} rows");
        // The file as a whole needs more memory than its first rows.
        let memory = (16 * rows as u64).max(1 << 16) * 2;
        let mut source = std::io::Cursor::new(text.as_bytes());
        let within = read_in_blocks(&mut source, len, memory, &options, &workers, &on);
        assert!(within == Ok(whole), "{rows} rows within {memory} bytes");
    }
}

#[test]
fn a_delimiter_that_is_a_sign_of_numbers_is_none_in_blocks_either() {
    let text = "1-2-3\n".repeat(100_000) + "-5-6-7\n";
    let options = CsvOptions {
        delimiter: Some(b'-'),
        ..CsvOptions::default()
    };
    let mut source = std::io::Cursor::new(text.as_bytes());
    let (len, alone) = (text.len() as u64, &Workers::ALONE);
    let blocks = read_in_blocks(&mut source, len, u64::MAX, &options, alone, &on);
    assert_eq!(blocks, read(text.as_bytes(), &options, &on));
}

/// The same cases every time.
fn check<S: Strategy>(
    cases: u32,
    strategy: S,
    test: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let generator = TestRng::from_seed(RngAlgorithm::ChaCha, &[4; 32]);
    let mut runner = TestRunner::new_with_rng(config, generator);
    if let Err(error) = runner.run(&strategy, test) {
        panic!("{error}");
    }
}

fn options() -> impl Strategy<Value = CsvOptions> {
    let encoding = proptest::option::weighted(0.2, 0..Encoding::ALL.len());
    let decimal = proptest::option::weighted(0.2, prop::bool::ANY);
    let thousands = proptest::option::weighted(0.2, 0..Thousands::ALL.len());
    let comment = proptest::option::weighted(0.2, 0..4usize);
    let numbers = (encoding, decimal, thousands, comment);
    let line = || proptest::option::weighted(0.1, 0..6u64);
    let quotes = proptest::option::weighted(0.2, 0..3usize);
    let lines = (
        line(),
        line(),
        proptest::collection::vec(0..6u64, 0..2),
        quotes,
        0..4usize,
    );
    let first_rows = proptest::option::weighted(0.2, 0..5usize);
    let delimiter = proptest::option::weighted(0.3, prop::num::u8::ANY);
    let header = proptest::option::weighted(0.3, prop::bool::ANY);
    (numbers, lines, first_rows, delimiter, header).prop_map(
        |(
            (encoding, decimal, thousands, comment),
            (first_line, names_line, skip_lines, quotes, marks),
            first_rows,
            delimiter,
            header,
        )| CsvOptions {
            delimiter,
            header,
            encoding: encoding.map(|at| Encoding::ALL[at]),
            decimal: decimal.map(|comma| match comma {
                true => Notation::Comma,
                false => Notation::Point,
            }),
            thousands: thousands.map(|at| Thousands::ALL[at]),
            comment: comment.map(|at| match at {
                0 => Comment::None,
                1 => Comment::Slashes,
                2 => Comment::Byte(b'#'),
                _ => Comment::Byte(b';'),
            }),
            quotes: quotes.map(|at| Quotes::ALL[at]),
            first_line,
            names_line,
            skip_lines,
            missing_marks: (marks % 2 == 1).then(|| {
                let mark = |column: Option<&str>, text: &str| Mark {
                    column: column.map(str::to_owned),
                    text: text.to_owned(),
                };
                vec![mark(None, "2"), mark(None, "title"), mark(Some("b"), "5%")]
            }),
            strip_flags: marks > 1,
            sheet: None,
            first_rows,
        },
    )
}

/// A table with as many cells as rows everywhere, or an error that says something. The work is bounded: the reader asks
/// for its progress a bounded number of times.
fn is_table_or_error(bytes: &[u8], options: &CsvOptions) -> Result<(), TestCaseError> {
    let calls = Cell::new(0);
    let counting = |_: f32| {
        calls.set(calls.get() + 1);
        ControlFlow::Continue(())
    };
    let result = read(bytes, options, &counting);
    prop_assert!(calls.get() < 20, "{} calls", calls.get());
    let table = match result {
        Ok(table) => table,
        Err(error) => {
            prop_assert!(!error.to_string().is_empty());
            return Ok(());
        }
    };
    prop_assert!(table.rows() > 0);
    prop_assert!(options.first_rows.is_none_or(|most| table.rows() <= most));
    prop_assert!(!table.found().sentences().is_empty());
    for column in table.columns() {
        let (cells, missing) = match &column.cells {
            Cells::Numbers(values) => {
                prop_assert!(values.iter().all(|value| !value.is_infinite()));
                let missing = values.iter().filter(|value| value.is_nan()).count();
                prop_assert!(missing < values.len());
                (values.len(), missing)
            }
            Cells::Texts(texts) => {
                let missing = (0..texts.len()).filter(|&row| column.is_missing(row));
                (texts.len(), missing.count())
            }
        };
        prop_assert_eq!(cells, table.rows());
        prop_assert_eq!(missing, column.missing);
        let numbers = table.numbers(&column.name);
        prop_assert_eq!(numbers.is_err(), column.numbers().is_none());
        if let Err(error) = numbers {
            prop_assert!(error.places().is_some_and(|places| !places.is_empty()));
        }
        let places = table.missing_places([column.name.as_str()]).unwrap();
        prop_assert_eq!(places.first().len() + places.more(), missing);
    }
    let editor_lines = bytes
        .iter()
        .filter(|byte| matches!(byte, b'\n' | b'\r'))
        .count() as u64
        + 1;
    prop_assert!(table.line(table.rows() - 1) <= editor_lines);
    // In pieces it is the same table.
    let mut source = bytes;
    let pieces = read_from(&mut source, bytes.len() as u64, u64::MAX, options, &on);
    prop_assert_eq!(pieces.as_ref(), Ok(&table));
    let mut source = std::io::Cursor::new(bytes);
    let len = bytes.len() as u64;
    let blocks = read_in_blocks(&mut source, len, u64::MAX, options, &Workers::ALONE, &on);
    prop_assert_eq!(blocks, Ok(table));
    Ok(())
}

#[test]
fn any_bytes_are_a_table_or_an_error() {
    let bytes = proptest::collection::vec(any::<u8>(), 0..300);
    check(400, (bytes, options()), |(bytes, options)| {
        is_table_or_error(&bytes, &options)
    });
}

/// Random bytes hardly ever look like a table; these do.
#[test]
fn anything_like_a_table_is_a_table_or_an_error() {
    let texts = "[a1.\",;\t\r\n\u{e9} %#-]{0,120}";
    check(400, (texts, options()), |(text, options)| {
        is_table_or_error(text.as_bytes(), &options)
    });
    check(600, texts, |text| {
        is_table_or_error(text.as_bytes(), &CsvOptions::default())
    });
}

/// Whatever readers stumble over, put together at random.
#[test]
fn nasty_pieces_in_any_order_are_a_table_or_an_error() {
    const PIECES: [&[u8]; 64] = [
        b"a,b\n",
        b"1,2\n",
        b"1;2\n",
        b"1,5;2,5\r\n",
        b"\"x\ny\",3\n",
        b"\"",
        b"\"\"",
        b",",
        b";",
        b"\t",
        b"|",
        b" ",
        b"\n",
        b"\r\n",
        b"\r",
        b"\0",
        b"\xFF\xFE",
        b"\xFE\xFF",
        b"\xEF\xBB\xBF",
        b"1\0,\x002\0\n\0",
        b"\xE9",
        b"\xE2\x88\x92",
        b"\xC2\xA0",
        b"\xE2\x80\xAF",
        b"# note\n",
        b"%",
        b"//",
        b"sep=;\n",
        b"sep=",
        b"NA",
        b"-",
        b"?",
        b"1e999",
        b"-inf",
        b"1.234,5",
        b"1,234.5",
        b"1'234",
        b"5%",
        b"title\n",
        b"2020-01-31",
        b",,,,\n",
        b"PK\x03\x04",
        b"99999999999999999999999999999999999999999999999999999999999999999999999999",
        b"0.1 0.2  0.3\n",
        b"Source: me\n",
        b"Total,5\n",
        "\u{b0}C,mm\n".as_bytes(),
        b"2001,2002\n",
        b"\\\"",
        b"'",
        b"'x, y'",
        b"{\"a\": 1}\n",
        b"[",
        b"]",
        b"{\"a\": [1, 2], \"b\": [3, 4]}",
        b"\\N",
        b"20.0*",
        b"-9999",
        b"$5",
        b"(5)",
        b"\x82\xA0",
        b"\x1F\x8B\x08",
        b"<html>",
        b"0,1\n0.5,1.5\n",
    ];
    let pieces = proptest::collection::vec(0..PIECES.len(), 0..40);
    check(1500, (pieces, options()), |(pieces, options)| {
        let bytes: Vec<u8> = pieces.iter().flat_map(|&at| PIECES[at].to_vec()).collect();
        is_table_or_error(&bytes, &options)
    });
}

#[test]
fn numbers_come_back_bit_for_bit() {
    let values = proptest::collection::vec(-1e300..1e300f64, 1..40);
    check(200, values, |values| {
        let text: String = values.iter().map(|value| format!("{value:e}\n")).collect();
        let table = table(&text);
        prop_assert_eq!(table.numbers("column 1").unwrap(), values.as_slice());
        Ok(())
    });
}
