//! Kinds of file that people bring, several of each: read as what they are, and told.

use super::*;
use crate::data::csv::Ask;
use std::io::Write;

/// The names, and the first row as text.
fn head(table: &Table) -> (Vec<String>, Vec<String>) {
    let columns = table.columns();
    let names = columns.iter().map(|column| column.name.clone()).collect();
    (
        names,
        columns.iter().map(|column| column.label(0)).collect(),
    )
}

fn is(table: &Table, names: &[&str], first: &[&str], rows: usize) {
    let (found, row) = head(table);
    assert_eq!(found, names);
    assert_eq!(row, first, "{found:?}");
    assert_eq!(table.rows(), rows, "{found:?}");
}

/// Rows from a pattern in which `#` is the row's number from 1 and `~` a number with a fraction.
fn rows(count: usize, pattern: &str) -> String {
    (1..=count)
        .map(|row| {
            let value = format!("{}.5", 20 + row * 7 % 13);
            pattern.replace('#', &row.to_string()).replace('~', &value) + "\n"
        })
        .collect()
}

fn told(table: &Table, words: &str) {
    let sentences = table.found().sentences();
    assert!(
        sentences.iter().any(|sentence| sentence.contains(words)),
        "“{words}”: {sentences:?}"
    );
}

#[test]
fn names_one_fewer_than_columns_are_those_behind_the_names_of_rows() {
    for (text, first) in [
        (
            "\"level\",\"flow\"\n".to_owned() + &rows(9, "\"#\",~,#"),
            ["1", "27.5", "1"],
        ),
        (
            "level flow\n".to_owned() + &rows(9, "# ~ #"),
            ["1", "27.5", "1"],
        ),
        (
            "\"level\" \"flow\"\n".to_owned() + &rows(9, "\"row#\" ~ #"),
            ["row1", "27.5", "1"],
        ),
        (
            "level;flow\n".to_owned() + &rows(9, "A#;~;#"),
            ["A1", "27.5", "1"],
        ),
        (
            "level\tflow\n".to_owned() + &rows(9, "2021-03-0#\t~\t#"),
            ["2021-03-01", "27.5", "1"],
        ),
        // A part of a table keeps its numbers.
        (
            "\"level\",\"flow\"\n".to_owned() + &rows(9, "\"1#\",~,#"),
            ["11", "27.5", "1"],
        ),
    ] {
        let table = table(&text);
        is(&table, &["column 1", "level", "flow"], &first, 9);
        told(&table, "one name less");
    }
    // Where the first name is that of the first column, one is missing at the end, and nobody knows which.
    let text = "year,rain\n".to_owned() + &rows(9, "199#,~,5");
    assert_eq!(lines(error(text).places()), [1]);
}

#[test]
fn names_one_too_many_and_named_columns_without_values_are_empty_columns() {
    for (text, names) in [
        ("a,b,c\n".to_owned() + &rows(6, "#,~"), vec!["a", "b", "c"]),
        (
            "a;b;note\n".to_owned() + &rows(6, "#;~"),
            vec!["a", "b", "note"],
        ),
        (
            "a,b,c\n".to_owned() + &rows(6, "#,~,,"),
            vec!["a", "b", "c"],
        ),
        (
            "a,b,c,d\n".to_owned() + &rows(6, "#,~,,,,"),
            vec!["a", "b", "c", "d"],
        ),
        (
            "a\tb\tc\n".to_owned() + &rows(6, "#\t~\t"),
            vec!["a", "b", "c"],
        ),
    ] {
        let table = table(&text);
        let mut first = vec!["1", "27.5"];
        first.resize(names.len(), "");
        is(&table, &names, &first, 6);
        assert_eq!(table.column(names[2]).unwrap().missing, 6);
    }
    told(
        &table("a,b,c\n".to_owned() + &rows(6, "#,~")),
        "“c” has no values",
    );
    // More than one too many is an error still.
    assert_eq!(
        lines(error("a,b,c,d\n".to_owned() + &rows(6, "#,~")).places()),
        [1]
    );
}

#[test]
fn further_lines_of_names_are_told_and_join_where_it_takes_them() {
    for (text, names) in [
        (
            "Price,Close,Open\nTicker,ABC,ABC\nDate,,\n",
            ["Date", "Close", "Open"],
        ),
        (
            "Ticker,ABC,ABC\nPrice,Close,Open\nDate,,\n",
            ["Date", "Close", "Open"],
        ),
        (
            "Price,Close,Close\nTicker,ABC,XYZ\nDate,,\n",
            ["Date", "ABC", "XYZ"],
        ),
        (",A,B\n,x,x\nday,,\n", ["day", "A", "B"]),
        ("Ticker,ABC,XYZ\nDate,,\n", ["Date", "ABC", "XYZ"]),
        (",in,\nday,rain,snow\n", ["day", "in rain", "in snow"]),
    ] {
        let text = text.to_owned() + &rows(9, "2021-03-0#,~,#");
        let table = table(&text);
        if names[1].starts_with("in") {
            // What stands above all columns alike tells none from another.
            is(
                &table,
                &["day", "rain", "snow"],
                &["2021-03-01", "27.5", "1"],
                9,
            );
            continue;
        }
        is(&table, &names, &["2021-03-01", "27.5", "1"], 9);
        told(&table, "about the columns");
    }
    let four = "Price,Close,Close,Open,Open\nTicker,ABC,XYZ,ABC,XYZ\nDate,,,,\n".to_owned()
        + &rows(9, "2021-03-0#,~,#,~,#");
    let names = ["Date", "Close ABC", "Close XYZ", "Open ABC", "Open XYZ"];
    is(
        &table(&four),
        &names,
        &["2021-03-01", "27.5", "1", "27.5", "1"],
        9,
    );
    let spanned =
        ",Close,,Open,\nDate,ABC,XYZ,ABC,XYZ\n".to_owned() + &rows(9, "2021-03-0#,~,#,~,#");
    is(
        &table(&spanned),
        &names,
        &["2021-03-01", "27.5", "1", "27.5", "1"],
        9,
    );
}

#[test]
fn lines_about_the_series_are_skipped_and_bad_rows_are_not() {
    for (text, about) in [
        (
            "\"\";AB.CD\n\"\";Index of things\nunit;2015 = 100\nupdated;2021-03-01 10:00\n",
            3,
        ),
        ("period;value\nTitle;Rain\ndecimals;2\nSource;Office\n", 3),
        ("DATE;V\nLast observation;x\nnote\n", 2),
        ("t;v\nSeries name;River\n", 1),
    ] {
        let text = text.to_owned() + &rows(9, "2021-0#;~");
        let table = table(&text);
        assert_eq!(table.found().skipped.count(Why::About), about, "{text}");
        assert_eq!(
            (table.rows(), table.columns()[1].label(0).as_str()),
            (9, "27.5")
        );
    }
    // A bad row just below the names is a row.
    for (text, row) in [
        ("day,v\n2021-03-01,x\n", "2021-03-01"),
        ("t,v\n17o5,x\n", "17o5"),
        ("day,v\nx,5\n", "x"),
        ("name,v,w\nOslo,unavailable,5\n", "Oslo"),
    ] {
        let columns = text.lines().next().unwrap().split(',').count();
        let pattern = match (columns, text.starts_with("t,"), text.starts_with("name")) {
            (3, ..) => "Rome#,~,#",
            (_, true, _) => "#,~",
            _ => "2021-03-0#,~",
        };
        let table = table(text.to_owned() + &rows(9, pattern));
        assert_eq!(
            (table.rows(), table.columns()[0].label(0).as_str()),
            (10, row),
            "{text}"
        );
    }
}

#[test]
fn numbers_that_count_the_columns_are_names_where_nothing_speaks_against_it() {
    for (text, names) in [
        (
            "0,1,2,3\n".to_owned() + &rows(9, "~,~,~,~"),
            vec!["0", "1", "2", "3"],
        ),
        (
            "1;2;3;4;5\n".to_owned() + &rows(9, "~;~;~;~;~"),
            vec!["1", "2", "3", "4", "5"],
        ),
        (
            ",0,1\n".to_owned() + &rows(9, "#,~,~"),
            vec!["column 1", "0", "1"],
        ),
        ("0,1\n".to_owned() + &rows(9, "~,~"), vec!["0", "1"]),
        (",0\n".to_owned() + &rows(9, "#,#"), vec!["column 1", "0"]),
    ] {
        let table = table(&text);
        assert_eq!(head(&table).0, names, "{text}");
        assert_eq!(table.rows(), 9);
        told(&table, "counts from");
    }
    for text in [
        "0,1\n5,6\n7,9\n".to_owned(),
        "1,2,3,4\n5,6,7,8\n9,10,11,12\n".to_owned(),
        "0,1,2,3\n4,4,4,4\n5,5,5,5\n".to_owned(),
        "0,2,4,6\n".to_owned() + &rows(9, "~,~,~,~"),
        "5,6,7,8\n".to_owned() + &rows(9, "~,~,~,~"),
    ] {
        assert_eq!(table(&text).found().header, None, "{text}");
    }
}

#[test]
fn names_that_come_again_in_joined_files_are_no_rows() {
    for (again, pattern) in [
        ("day,level", "2021-03-0#,~"),
        ("day;level;flow", "2021-03-0#;~;#"),
        ("\"day\",\"level\"", "\"2021-03-0#\",~"),
        ("n level flow", "# ~ #"),
    ] {
        let part = format!("{again}\n{}", rows(9, pattern));
        for end in ["\n", "\r\n"] {
            let table = table(part.repeat(3).replace('\n', end));
            assert_eq!(
                (table.rows(), table.found().skipped.count(Why::Again)),
                (27, 2),
                "{again}"
            );
            assert!(table.numbers("level").is_ok(), "{again}");
        }
    }
    // In a file so long that it is read in blocks, too.
    let part = format!("n,level\n{}", rows(60_000, "#,~"));
    let text = part.repeat(3);
    let mut source = std::io::Cursor::new(text.as_bytes());
    let len = text.len() as u64;
    let table = read_in_blocks(
        &mut source,
        len,
        u64::MAX,
        &CsvOptions::default(),
        &Workers::ALONE,
        &on,
    )
    .unwrap();
    assert_eq!(
        (table.rows(), table.found().skipped.count(Why::Again)),
        (180_000, 2)
    );
    told(&table, "2 lines with the names again");
}

#[test]
fn units_stand_in_the_comment_below_the_names() {
    for (comments, names) in [
        ("#YY DIR SPD\n#yr deg m/s\n", ["YY", "DIR", "SPD"]),
        ("# time temp rain\n# s degC mm\n", ["time", "temp", "rain"]),
        (
            "# made by hand\n# time temp rain\n# (s) (degC) (mm)\n",
            ["time", "temp", "rain"],
        ),
        ("% t p q\n% h hPa kg\n", ["t", "p", "q"]),
    ] {
        let table = table(comments.to_owned() + &rows(9, "# ~ #"));
        is(&table, &names, &["1", "27.5", "1"], 9);
        assert_eq!(table.found().units, Some(comments.lines().count() as u64));
    }
    // A note above the names is none.
    let table = table("# a short note\n# time temp rain\n".to_owned() + &rows(9, "# ~ #"));
    is(&table, &["time", "temp", "rain"], &["1", "27.5", "1"], 9);
}

#[test]
fn lines_can_be_named_that_nothing_tells() {
    let body = rows(5, "#,~");
    let text = format!("x,\"y\nodd,9\na,b\nignored,0\n{body}");
    let said = CsvOptions {
        first_line: Some(3),
        skip_lines: vec![4],
        ..CsvOptions::default()
    };
    let table = table_with(&text, said);
    is(&table, &["a", "b"], &["1", "27.5"], 5);
    assert_eq!(
        skipped(&table),
        [(1, Why::Title), (2, Why::Title), (4, Why::Asked)]
    );
    // The names above, the table below.
    let text = format!("a,b\nno,row\n1,2\n{body}");
    let said = CsvOptions {
        names_line: Some(1),
        first_line: Some(4),
        ..CsvOptions::default()
    };
    let table = table_with(&text, said);
    is(&table, &["a", "b"], &["1", "27.5"], 5);
    assert_eq!(
        (table.line(0), table.found().skipped.count(Why::About)),
        (4, 2)
    );
    // Among lines that look like values.
    let text = format!("7,8\n1,2\n{body}");
    let said = CsvOptions {
        names_line: Some(2),
        ..CsvOptions::default()
    };
    is(&table_with(&text, said), &["1", "2"], &["1", "27.5"], 5);
    let without = CsvOptions {
        first_line: Some(3),
        header: Some(false),
        ..CsvOptions::default()
    };
    is(
        &table_with(&text, without),
        &["column 1", "column 2"],
        &["1", "27.5"],
        5,
    );
    let wrong = |options: CsvOptions| {
        read(text.as_bytes(), &options, &on)
            .unwrap_err()
            .to_string()
    };
    let said = CsvOptions {
        first_line: Some(99),
        ..CsvOptions::default()
    };
    assert!(wrong(said).contains("found 7 lines, expected the table to begin in line 99"));
    let said = CsvOptions {
        names_line: Some(99),
        ..CsvOptions::default()
    };
    assert!(wrong(said).contains("line 99: found no names"));
}

#[test]
fn own_marks_are_missing_values_in_all_columns_or_in_one() {
    let mark = |column: Option<&str>, text: &str| Mark {
        column: column.map(str::to_owned),
        text: text.to_owned(),
    };
    let read = |text: &str, marks: Vec<Mark>| {
        table_with(
            text,
            CsvOptions {
                missing_marks: Some(marks),
                ..CsvOptions::default()
            },
        )
    };
    let text = "t,a,b\n1,OFF,5\n2,999.0,999\n3,6,off\n4,7,8\n";
    let all = read(text, vec![mark(None, "off"), mark(None, "999")]);
    assert_eq!(
        (
            all.column("a").unwrap().missing,
            all.column("b").unwrap().missing
        ),
        (2, 2)
    );
    assert_eq!(all.numbers("a").unwrap()[2..], [6.0, 7.0]);
    let one = read(text, vec![mark(None, "off"), mark(Some("a"), "999.00")]);
    assert_eq!(
        (
            one.column("a").unwrap().missing,
            one.column("b").unwrap().missing
        ),
        (2, 1)
    );
    told(&one, "“a” are missing by your own marks");
    // As texts, in another notation, in a column that is nothing else.
    let words = read("k,v\nx,1\nunknown,2\ny,3\n", vec![mark(None, "unknown")]);
    assert_eq!(words.column("k").unwrap().missing, 1);
    let commas = read("k;v\nx;1,5\ny;-99,90\nz;2,5\n", vec![mark(None, "-99,9")]);
    assert_eq!(commas.column("v").unwrap().missing, 1);
    let points = read("k;v\nx;1,5\ny;-99,90\nz;2,5\n", vec![mark(None, "-99.9")]);
    assert_eq!(points.column("v").unwrap().missing, 1);
    let alone = read("k,v\n1,9\n2,9\n", vec![mark(Some("v"), "9")]);
    assert_eq!(
        (
            alone.column("v").unwrap().missing,
            alone.column("v").unwrap().numbers()
        ),
        (2, None)
    );
    // In blocks as well.
    let long = "n,v\n".to_owned() + &"1,2\n3,-9999\n".repeat(90_000);
    let options = CsvOptions {
        missing_marks: Some(vec![mark(Some("v"), "-9999")]),
        ..CsvOptions::default()
    };
    let mut source = std::io::Cursor::new(long.as_bytes());
    let blocks = read_in_blocks(
        &mut source,
        long.len() as u64,
        u64::MAX,
        &options,
        &Workers::ALONE,
        &on,
    )
    .unwrap();
    assert_eq!(
        (blocks.rows(), blocks.column("v").unwrap().missing),
        (180_000, 90_000)
    );
    assert_eq!(blocks, table_with(&long, options));
}

#[test]
fn flags_are_asked_about_and_left_out_on_request() {
    for (cells, flag) in [
        (["20.0*", "21.5", "22.5"], "*"),
        (["20.0 e", "21.5", "22.5 e"], "e"),
        (["20.0", "21.5 (p)", "22.5"], "(p)"),
        (["<20.0", "21.5", "22.5"], "<"),
        (["20.0", "21.5†", "n/a"], "†"),
    ] {
        let text = format!(
            "n,v\n1,{}\n2,{}\n3,{}\n{}",
            cells[0],
            cells[1],
            cells[2],
            rows(20, "#,~")
        );
        let found = table(&text);
        let asks = &found.found().asks;
        assert!(
            matches!(&asks[..], [Ask::Flags { example, .. }] if example.0 == flag),
            "{asks:?}"
        );
        let settled = table_with(&text, asks[0].settled(&CsvOptions::default()));
        let numbers = settled.numbers("v").unwrap();
        assert_eq!((numbers[0], numbers[1]), (20.0, 21.5), "{cells:?}");
        assert_eq!(settled.found().asks, []);
    }
    // Codes are none, nor are numbers with a unit each.
    for pattern in ["#,A#", "#,#a", "#,2021-03-0#"] {
        assert_eq!(
            table("n,v\n".to_owned() + &rows(20, pattern)).found().asks,
            [],
            "{pattern}"
        );
    }
}

#[test]
fn encodings_are_guessed_and_told_and_can_be_said() {
    for (text, encoding) in [
        ("年月日,平均気温\n", encoding_rs::SHIFT_JIS),
        ("日期,平均气温,天气\n", encoding_rs::GBK),
        ("Дата,Температура\n", encoding_rs::WINDOWS_1251),
        ("Ημερομηνία,Θερμοκρασία\n", encoding_rs::WINDOWS_1253),
        ("날짜,기온\n", encoding_rs::EUC_KR),
    ] {
        let columns = text.split(',').count();
        let pattern = ["#,~", "#,~,#"][columns - 2];
        let text = text.to_owned() + &rows(9, pattern);
        let (bytes, ..) = encoding.encode(&text);
        let found = table(&bytes);
        let names: Vec<&str> = text.lines().next().unwrap().split(',').collect();
        assert_eq!(head(&found).0, names);
        told(&found, "is a guess");
        let said = Encoding::of(encoding.name());
        let said = CsvOptions {
            encoding: said,
            ..CsvOptions::default()
        };
        let said = read(&bytes, &said, &on).unwrap();
        assert_eq!(head(&said).0, names);
        assert!(said.found().notes.is_empty());
    }
    // What every program reads as Windows-1252.
    for text in [
        "T (°C),µg/m³\n",
        "Größe,Höhe\n",
        "año,niño\n",
        "prix (€),été\n",
    ] {
        let (bytes, ..) = encoding_rs::WINDOWS_1252.encode(text);
        let bytes = [&bytes[..], rows(9, "#,~").as_bytes()].concat();
        let found = table(&bytes);
        assert_eq!(found.found().encoding, Encoding::WINDOWS_1252, "{text}");
        assert_eq!(head(&found).0.join(","), text.trim());
    }
    let utf32: Vec<u8> = "a,b\n1,2\n"
        .chars()
        .flat_map(|sign| u32::from(sign).to_le_bytes())
        .collect();
    told(&table(&utf32), "UTF-32 (little endian)");
}

#[test]
fn quoting_went_wrong_where_it_is_said() {
    // Each further quotation mark turns what is within quotes round, up to the end.
    for (text, line) in [
        ("a,b\n1,\"x\"\n2,\"y\n3,\"z\"\n4,\"w\"\n", 3),
        ("a,b\n1,\"x\n2,\"y\"\n3,\"z\"\n", 2),
        ("a,b\n1,x\n2,\"y\n3,z\n", 3),
        ("a;b\n\"x;1\n\"y\";2\n\"z\";3\n", 2),
    ] {
        let error = error(text);
        assert_eq!(lines(error.places())[0], line, "{text}: {error}");
    }
    // Quoted otherwise, far below the lines that are looked at first.
    let text = "a,b\n".to_owned() + &rows(40_000, "x#,~") + "\"so \\\"it, is\\\"\",5.5\n";
    let found = table(&text);
    assert_eq!(found.columns()[0].label(40_000), "so \"it, is\"");
    assert_eq!(found.found().quotes, Quotes::Backslash);
    for text in [
        "'a','b'\n'x, y','1'\n'z','2'\n",
        "'a';'b'\n'x; y';1,5\n'it''s';2,5\n",
    ] {
        let found = table(text);
        assert_eq!(
            (head(&found).0, found.rows()),
            (vec!["a".to_owned(), "b".to_owned()], 2)
        );
        told(&found, "apostrophes around quoted fields");
        assert!(found.numbers("b").is_ok());
    }
}

#[test]
fn whole_numbers_with_more_digits_than_are_kept_are_told_with_their_place() {
    let told = |cells: &[&str]| {
        let rows: String = cells.iter().map(|cell| format!("{cell},1\n")).collect();
        table(format!("id,v\n{rows}")).found().sentences().join(" ")
    };
    let said = told(&["5", "123456789012345678", "123456789012345679"]);
    assert!(
        said.contains("“id” has 2 whole numbers of more digits than are computed with, first in line 3: 123456789012345678 is computed with as 123456789012345680. Where they name something, each stays as it is written."),
        "{said}"
    );
    for exact in [
        "9007199254740992",
        "9007199254740994",
        "1e20",
        "1234567890123456789012e3",
        "100000000000000000000",
        "0.12345678901234567890",
    ] {
        assert!(!told(&["1", exact]).contains("more digits"), "{exact}");
    }
    assert!(told(&["1", "9007199254740993"]).contains("1 whole number of more"));
    // In a large file as well, which is read in blocks.
    let mut text = String::from("id,v\n");
    for row in 0..200_000_u64 {
        text += &format!(
            "{},{row}\n",
            if row == 150_000 {
                9_007_199_254_740_993
            } else {
                row
            }
        );
    }
    let mut file = std::io::Cursor::new(text.as_bytes());
    let (len, options) = (text.len() as u64, CsvOptions::default());
    let table = read_in_blocks(&mut file, len, 1 << 30, &options, &Workers::ALONE, &on).unwrap();
    let said = table.found().sentences().join(" ");
    assert!(said.contains("first in line 150002"), "{said}");
}

#[test]
fn numbers_that_are_written_differently_stay_so_beside_their_values() {
    let found = table("id,v,w\n01,1.10,5.0\n1,1.1,6.0\n001,1.1,\n+1,.5,7.0\n");
    let labels = |index: usize| -> Vec<String> {
        let column = &found.columns()[index];
        (0..4).map(|row| column.label(row)).collect()
    };
    assert_eq!(labels(0), ["01", "1", "001", "+1"]);
    assert_eq!(labels(1), ["1.10", "1.1", "1.1", "0.5"]);
    // Whole numbers as programs write them beside gaps.
    assert_eq!(labels(2), ["5", "6", "", "7"]);
    assert_eq!(found.numbers("id").unwrap(), [1.0; 4]);
    // A comma may stand before the fraction.
    let found = table("id;v\n1,10;1\n1,1;2\n");
    assert_eq!(found.columns()[0].label(0), "1,10");
    // In a large file as well, which is read in blocks: the same of both.
    let mut text = String::from("id,v\n");
    for row in 0..100_000_u64 {
        let id = if row % 2 == 0 { "007" } else { "7" };
        text += &format!("{id},{row}.50\n");
    }
    let whole = table(&text);
    let mut file = std::io::Cursor::new(text.as_bytes());
    let (len, options) = (text.len() as u64, CsvOptions::default());
    let blocks = read_in_blocks(&mut file, len, 1 << 30, &options, &Workers::ALONE, &on).unwrap();
    assert!(blocks == whole);
    let id = &blocks.columns()[0];
    assert_eq!([id.label(99_998), id.label(99_999)], ["007", "7"]);
    assert_eq!(blocks.columns()[1].label(1), "1.5", "measures name nothing");
}

#[test]
fn na_among_codes_of_two_letters_is_a_word() {
    let rows = |codes: &[&str]| -> String {
        codes
            .iter()
            .map(|code| format!("{code},NA,1\n{code},5,2\n"))
            .collect()
    };
    let namibia = ["DE", "FR", "NA", "ZA", "BW", "NA"];
    let found = table(format!("country,v,w\n{}", rows(&namibia)));
    let columns = found.columns();
    assert_eq!((columns[0].missing, columns[1].missing), (0, 6));
    assert!(!columns[0].is_missing(4) && columns[1].is_missing(4));
    assert_eq!(found.numbers("v").unwrap()[1], 5.0);
    told(
        &found,
        "“NA” in “country” is one of several codes of two letters",
    );
    // Sodium in a laboratory, beside potassium.
    let found = table(format!("test,v,w\n{}", rows(&["GLU", "NA", "K"])));
    assert_eq!(found.columns()[0].missing, 0);
    told(
        &found,
        "“NA” in “test” is one of several codes of substances, as K is",
    );
    // North America among the parts of the world.
    let found = table(format!("region,v,w\n{}", rows(&["EMEA", "NA", "APAC"])));
    assert_eq!(found.columns()[0].missing, 0);
    told(
        &found,
        "“NA” in “region” is one of several codes of parts of the world",
    );
    for marks in [
        ["A", "K", "NA"],
        ["M", "F", "NA"],
        ["GLU", "HB", "NA"],
        ["Kalium", "K", "NA"],
    ] {
        let found = table(format!("test,v,w\n{}", rows(&marks)));
        assert_eq!(found.columns()[0].missing, 2, "{marks:?}");
    }
    // Of the owner's own it is missing; and among other words, among few, and in another case.
    let options = CsvOptions {
        missing_marks: Some(vec![Mark {
            column: Some("country".into()),
            text: "NA".into(),
        }]),
        ..CsvOptions::default()
    };
    let text = format!("country,v,w\n{}", rows(&namibia));
    let own = read(text.as_bytes(), &options, &on).unwrap();
    assert_eq!(own.columns()[0].missing, 4);
    for others in [
        ["Oslo", "Bergen", "NA", "Bodø", "Moss", "Voss"],
        ["DE", "FR", "NA", "DE", "FR", "DE"],
        ["De", "Fr", "NA", "Za", "Bw", "It"],
    ] {
        let found = table(format!("country,v,w\n{}", rows(&others)));
        assert_eq!(found.columns()[0].missing, 2, "{others:?}");
    }
}

#[test]
fn a_byte_that_is_no_utf8_is_told_by_its_line_and_the_rest_stays() {
    let mut bytes = "t;Größe\n1;Köln\n2;Köln\n3;Köln\n".as_bytes().to_vec();
    bytes.extend_from_slice(b"4;K\xF6ln\n");
    let found = table(&bytes);
    is(&found, &["t", "Größe"], &["1", "Köln"], 4);
    assert_eq!(found.columns()[1].label(3), "K\u{fffd}ln");
    told(&found, "1 character could not be read, in line 5");
}

#[test]
fn lines_about_a_measurement_above_the_names_are_titles() {
    let body = rows(9, "#;~");
    for above in [
        // A table of its own with more fields, and words with a colon, with and without a blank line below.
        "id;kind;from;to\n00123;load;2023-01-01;2023-01-04\n",
        "Sample:;Blank 003\nMethod:;gradient\n\n",
        "Sample:;Blank 003\nMethod:;gradient\n",
        "Sample:;Blank 003\n\n",
    ] {
        let found = table(format!("{above}n;v\n{body}"));
        is(&found, &["n", "v"], &["1", "27.5"], 9);
    }
    // Names that end so have units below them.
    let found = table(format!("Time:;Level:\nmin;mm\n{body}"));
    is(&found, &["Time:", "Level:"], &["1", "27.5"], 9);
    // What is no such table is told with the way out.
    let text = format!("x;2;3;4\n5;6;7\nn;v\n{body}");
    let refused = read(text.as_bytes(), &CsvOptions::default(), &on).unwrap_err();
    assert!(refused.to_string().contains("(names_line)"), "{refused}");
    let below = format!("n;v\n{body}1;2;3\n{body}");
    let refused = read(below.as_bytes(), &CsvOptions::default(), &on).unwrap_err();
    assert!(!refused.to_string().contains("names_line"), "{refused}");
}

#[test]
fn zero_bytes_are_told_wherever_they_are() {
    let body = rows(9, "#,~");
    for bytes in [
        format!("n,v\n{body}\0\0\0\0"),
        format!("n,v\n{body}\0\0\0\0\n"),
        format!("\0\0\0\0n,v\n{body}"),
        format!("n,v\n\0\0\0\0{body}"),
    ] {
        let found = table(&bytes);
        is(&found, &["n", "v"], &["1", "27.5"], 9);
        told(&found, "4 zero bytes left out");
    }
}

#[test]
fn money_percent_and_thousands_are_numbers_and_told() {
    for (cells, expected) in [
        (["$5.50", "$1,234.00"], [5.5, 1234.0]),
        (["5,50 €", "1.234,00 €"], [5.5, 1234.0]),
        (["£ 5.50", "-£7"], [5.5, -7.0]),
        (["¥500", "¥1,234"], [500.0, 1234.0]),
        (["(5.50)", "1,234.5"], [-5.5, 1234.5]),
        (["5.5%", "(7%)"], [5.5, -7.0]),
        (["1 234,5", "5,5"], [1234.5, 5.5]),
        (["1'234.5", "5.5"], [1234.5, 5.5]),
        (["1\u{202f}234,5", "5,5"], [1234.5, 5.5]),
        (["12.5 USD", "3 USD"], [12.5, 3.0]),
    ] {
        let found = table(format!(
            "k;v\na;{}\nb;{}\nc;{}\n",
            cells[0], cells[1], cells[0]
        ));
        assert_eq!(found.numbers("v").unwrap()[..2], expected, "{cells:?}");
    }
    told(&table("k;v\na;$5.50\nb;$6\n"), "“$5.50”, read as 5.5");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

/// A zip archive with these files, packed.
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut archive, mut list) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        let packed = encoder.finish().unwrap();
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        let mut about = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0];
        about.extend(crc.sum().to_le_bytes());
        about.extend((packed.len() as u32).to_le_bytes());
        about.extend((bytes.len() as u32).to_le_bytes());
        about.extend((name.len() as u16).to_le_bytes());
        about.extend([0, 0]);
        let at = archive.len() as u32;
        archive.extend(b"PK\x03\x04");
        archive.extend(&about);
        archive.extend(name.as_bytes());
        archive.extend(packed);
        list.extend(b"PK\x01\x02\x14\0");
        list.extend(&about);
        list.extend([0; 10]);
        list.extend(at.to_le_bytes());
        list.extend(name.as_bytes());
    }
    let (at, count) = (archive.len() as u32, files.len() as u16);
    archive.extend(&list);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend(count.to_le_bytes());
    archive.extend(count.to_le_bytes());
    archive.extend((list.len() as u32).to_le_bytes());
    archive.extend(at.to_le_bytes());
    archive.extend([0, 0]);
    archive
}

#[test]
fn archives_with_one_table_are_opened() {
    let text = "n,v\n".to_owned() + &rows(9, "#,~");
    let bytes = text.as_bytes();
    for (archive, from) in [
        (gzip(bytes), "a gzip archive"),
        (
            [gzip(&bytes[..20]), gzip(&bytes[20..])].concat(),
            "a gzip archive",
        ),
        (zstd(bytes), "a zstd archive"),
        (
            [zstd(&bytes[..20]), zstd(&bytes[20..])].concat(),
            "a zstd archive",
        ),
        (zip(&[("a.csv", bytes)]), "“a.csv”"),
        (
            zip(&[("folder/", b""), ("folder/data.txt", bytes)]),
            "“data.txt”",
        ),
        (
            zip(&[
                ("README.md", b"read me"),
                ("a.csv", bytes),
                ("__MACOSX/._a.csv", b"x"),
            ]),
            "“a.csv”",
        ),
        (
            gzip(b"{\"n\": 1, \"v\": 27.5}\n{\"n\": 2, \"v\": 27.5}\n"),
            "a gzip archive",
        ),
    ] {
        let found = table(&archive);
        let (names, first) = head(&found);
        assert_eq!(
            (names, first),
            (
                vec!["n".into(), "v".into()],
                vec!["1".into(), "27.5".into()]
            )
        );
        told(&found, from);
    }
    let long = "n,v\n".to_owned() + &rows(90_000, "#,~");
    let packed = gzip(long.as_bytes());
    let mut unpacked = table(&packed);
    assert_eq!(
        unpacked.found_mut().unpacked.take().as_deref(),
        Some("a gzip archive")
    );
    assert_eq!(unpacked, table(&long));
}

#[test]
fn archives_that_hold_something_else_are_told() {
    let text = "n,v\n".to_owned() + &rows(99, "#,~");
    let bytes = text.as_bytes();
    let mut damaged = zip(&[("a.csv", bytes)]);
    damaged[60] ^= 0x55;
    for (archive, words) in [
        (
            zip(&[("a.csv", bytes), ("b.csv", bytes)]),
            "a zip archive with 2 files (a.csv, b.csv)",
        ),
        (
            zip(&[
                ("xl/workbook.xml", b"<x/>"),
                ("[Content_Types].xml", b"<x/>"),
            ]),
            "a workbook that is damaged",
        ),
        (
            zip(&[("mimetype", b"x"), ("content.xml", b"<x/>")]),
            "save the sheet as CSV",
        ),
        (zip(&[]), "a zip archive with 0 files"),
        (damaged, "damaged or cut off"),
        (
            gzip(bytes)[..60].to_vec(),
            "a gzip archive that is damaged or cut off",
        ),
        (
            zstd(bytes)[..60].to_vec(),
            "a zstd archive that is damaged or cut off",
        ),
        (gzip(&gzip(bytes)), "an archive within an archive"),
        (gzip(b"%PDF-1.7"), "found a PDF"),
        (gzip(b"<!DOCTYPE html>"), "found a web page"),
    ] {
        let said = error(&archive).to_string();
        assert!(said.contains(words), "“{words}”: {said}");
    }
}

#[test]
fn an_archive_that_is_larger_inside_than_the_memory_is_refused() {
    let bomb = gzip(&vec![b'1'; 1 << 24]);
    assert!(bomb.len() < 1 << 17);
    let mut source = std::io::Cursor::new(&bomb);
    let memory = 1 << 22;
    let options = CsvOptions::default();
    let said = read_in_blocks(
        &mut source,
        bomb.len() as u64,
        memory,
        &options,
        &Workers::ALONE,
        &on,
    );
    let said = said.unwrap_err().to_string();
    assert!(
        said.contains("found a gzip archive with more than"),
        "{said}"
    );
    // What the list at the end says is believed no more.
    let mut source = std::io::Cursor::new(zip(&[("a.csv", &vec![b'1'; 1 << 24])]));
    let len = source.get_ref().len() as u64;
    let said = read_in_blocks(&mut source, len, memory, &options, &Workers::ALONE, &on);
    assert!(
        said.unwrap_err()
            .to_string()
            .contains("found a zip archive with more than")
    );
}

#[test]
fn json_of_rows_is_a_table() {
    for text in [
        "{\"n\": 1, \"v\": 2.5}\n{\"n\": 2, \"v\": null}\n{\"v\": 3.5, \"n\": 3}\n",
        "[{\"n\": 1, \"v\": 2.5},\n {\"n\": 2, \"v\": NaN},\n {\"n\": 3, \"v\": 3.5}]",
        "[{\"n\":1,\"v\":\"2.5\"},{\"n\":2},{\"n\":3,\"v\":\"3.5\"}]",
        "{\"meta\": {\"rows\": 3}, \"data\": [{\"n\": 1, \"v\": 2.5}, {\"n\": 2, \"v\": \"\"}, {\"n\": 3, \"v\": 3.5}]}",
        "{\"n\": [1, 2, 3], \"v\": [2.5, null, 3.5]}",
        "{\"id\": 7, \"hourly\": {\"n\": [1, 2, 3], \"v\": [2.5, null, 3.5]}}",
        "{\"n\": {\"0\": 1, \"1\": 2, \"2\": 3}, \"v\": {\"0\": 2.5, \"1\": null, \"2\": 3.5}}",
        "\u{feff}\n{\"n\": 1, \"v\": 2.5}\r\n\r\n{\"n\": 2, \"v\": null}\r\n{\"n\": 3, \"v\": 3.5}",
    ] {
        let found = table(text);
        is(&found, &["n", "v"], &["1", "2.5"], 3);
        let v = found.numbers("v").unwrap();
        assert_eq!((v[0], v[1].is_nan(), v[2]), (2.5, true, 3.5), "{text}");
        told(&found, "JSON, ");
    }
    let lists = table("[[1, 2.5], [2, 3.5]]");
    is(&lists, &["column 1", "column 2"], &["1", "2.5"], 2);
    let values = table("[1.5, 2.5, 3.5]");
    assert_eq!(values.numbers("column 1").unwrap(), [1.5, 2.5, 3.5]);
}

#[test]
fn json_keeps_its_order_its_texts_and_its_lines() {
    let text = "{\"z\": \"a, \\\"b\\\"\\n\\u00e9\\ud83d\\ude00\", \"wind\": {\"speed\": 5.25, \"of\": [1]}, \"tags\": [1, 2]}\n\n\
                {\"z\": \"'x'\", \"wind\": {\"speed\": 1e2}, \"more\": true}\n";
    let found = table(text);
    let (names, first) = head(&found);
    assert_eq!(names, ["z", "wind.speed", "more"]);
    assert_eq!(first, ["a, \"b\" é😀", "5.25", ""]);
    assert_eq!([found.line(0), found.line(1)], [1, 3]);
    told(&found, "flattened, as “wind.speed”");
    told(&found, "Lists within rows were left out: “wind.of”, “tags”");
    let pretty = table("[\n  {\n    \"n\": 1\n  },\n  {\n    \"n\": 2\n  }\n]\n");
    assert_eq!([pretty.line(0), pretty.line(1)], [2, 5]);
    // 17 digits come through as they are written.
    let exact = table("[{\"v\": 0.30000000000000004}, {\"v\": 5e-324}]");
    assert_eq!(exact.numbers("v").unwrap(), [0.30000000000000004, 5e-324]);
}

#[test]
fn broken_json_is_named_by_its_line_and_other_brackets_are_texts() {
    for (text, line, words) in [
        (
            "{\"n\": 1}\n{\"n\": 2\n{\"n\": 3}\n",
            3,
            "a comma or the end of the object",
        ),
        (
            "[{\"n\": 1},\n{\"n\": 2},\n{\"n\": 3",
            3,
            "a comma or the end of the object",
        ),
        ("{\"n\": 1}\n{\"n\": x}\n", 2, "a value"),
        ("{\"n\": 1}\n[2]\n", 2, "an object, as the rows above"),
        ("{\"n\": 1}", 1, "a list of objects"),
    ] {
        let error = error(text);
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(lines(error.places()), [line], "{error}");
    }
    for text in ["[Header]\na,b\n1,2\n", "[1] a,b\n[2] c,d\n", "{x},y\n1,2\n"] {
        assert!(
            read(text.as_bytes(), &CsvOptions::default(), &on).is_ok(),
            "{text}"
        );
    }
}

#[test]
fn several_titles_padded_to_the_width_of_the_table_are_none_of_it() {
    for titles in [
        "Levels,,\n",
        "Levels,,\nmade up,,\n",
        "Levels,,\nmade up,,\n,,\n",
        "A,,\nB,,\nC,,\n",
    ] {
        let found = table(format!("{titles}n,level,flow\n{}", rows(20, "#,~,~")));
        is(&found, &["n", "level", "flow"], &["1", "27.5", "27.5"], 20);
    }
    // A list of texts of which few have more is none.
    let list = table("name,note,more\na,,\nb,,\nc,x,\nd,,y\n");
    assert_eq!(list.names().collect::<Vec<_>>(), ["name", "note", "more"]);
}

#[test]
fn a_word_that_comes_again_in_a_list_is_no_name_and_a_lone_name_of_texts_is_told() {
    let list = table("ab\ncd\nef\nab\n");
    assert_eq!((list.rows(), list.found().header), (4, None));
    let named = table("word\nab\ncd\nef\n");
    assert_eq!(named.found().header, Some(1));
    told(&named, "“word”, is taken for the column's name");
    told(
        &table(format!("470,520,590\n{}", rows(9, ".1,.2,.3"))),
        "goes from 470 to 590",
    );
    told(
        &table(format!("2001,2002,2003\n{}", rows(9, "#,5,6"))),
        "counts from 2001 to 2003",
    );
}

#[test]
fn names_of_sensors_are_numbers_beside_an_empty_corner_above_dates() {
    for names in [",773869,767541", ",101,107", "\"\",\"100\",\"200\""] {
        let text = format!("{names}\n{}", rows(9, "2012-03-0# 00:00:00,~,#"));
        let table = table(&text);
        let second = names.split(',').nth(1).unwrap().trim_matches('"');
        assert_eq!(table.columns()[1].name, second);
        assert_eq!(table.rows(), 9);
    }
    // A first row whose date is missing has fractions, as the others have.
    let text = ",61.5,7\n".to_owned() + &rows(9, "2012-03-0#,~,#");
    assert_eq!(table(&text).rows(), 10);
}

#[test]
fn months_as_digits_are_names_beside_a_word() {
    for names in ["202201,202202,202203", "01.2022,02.2022,03.2022"] {
        let text = format!("region,{names}\nnorth,5,6,7\nsouth,8,9,12\n");
        assert_eq!(table(&text).rows(), 2, "{names}");
    }
    let text = "a,202201,202202,202203\na,202202,202203,202204\nb,202203,202204,202205\n";
    assert_eq!(table(text).rows(), 3);
}

#[test]
fn lines_about_a_column_alone_join_its_names() {
    let text = "made 2024\n\n,X,X,X,X\nday,rain,rain,wind,wind\n,,quality,,quality\n".to_owned()
        + &rows(9, "2024-05-0#,~,8,~,8");
    let names = ["day", "rain", "rain quality", "wind", "wind quality"];
    let first = ["2024-05-01", "27.5", "8", "27.5", "8"];
    is(&table(&text), &names, &first, 9);
    // Columns at the left that say when have no names.
    let text = ";;2015=100;2015=100\n;;real;nominal\n".to_owned() + &rows(9, "201#;May;~;~");
    assert_eq!(table(&text).columns()[2].name, "2015=100 real");
}

#[test]
fn headers_that_say_where_they_end_are_none_of_the_table() {
    let above = "Kind Measurement\nSeparator\tTab\nDate\t2020/01/02\n***End_of_Header***\n\n\
        Channels\t1\nDate\t2020/01/02\n***End_of_Header***\nX_Value\tVolt\tNote\n";
    let table = table(&(above.to_owned() + &rows(9, "#\t~")));
    is(&table, &["X_Value", "Volt", "Note"], &["1", "27.5", ""], 9);
}

#[test]
fn words_and_what_belongs_to_them_stand_above_names_of_a_time() {
    let above = "Station;Munich\nUnit;cm\nStart;01.01.2020\nDate;Level\n";
    let table = table(&(above.to_owned() + &rows(9, "0#.01.2020;~")));
    is(&table, &["Date", "Level"], &["01.01.2020", "27.5"], 9);
}

#[test]
fn another_table_below_is_told_and_not_read() {
    for below in [
        "\nmonth,returns\n2020-01,5\n2020-02,6\n",
        "\nTable 2\nname,hours\nAnn,12\nBob,9\n",
        "\n\nhour,users,share\n0,5,1\n1,7,2\n",
    ] {
        let text = "date,sales\n".to_owned() + &rows(9, "2020-01-0#,~") + below;
        let table = table(&text);
        is(&table, &["date", "sales"], &["2020-01-01", "27.5"], 9);
        told(&table, "of another table below");
    }
    // Where nothing but texts follows, these are notes.
    let text = "date,sales\n".to_owned() + &rows(9, "2020-01-0#,~") + "\nsource,shop\n";
    told(&table(&text), "below the table");
}
