//! Tables as instruments and offices write them: what stands above and below, marks, and numbers written short.

use super::*;

/// The names, how many rows there are, and the columns of numbers.
fn of(table: &Table) -> (Vec<&str>, usize, Vec<&str>) {
    (
        table.names().collect(),
        table.rows(),
        table.numeric_names().collect(),
    )
}

/// Rows from a pattern in which `#` is the row's number from 10, `~` a number with a fraction.
fn rows(count: usize, pattern: &str) -> String {
    let row = |row: usize| {
        let value = format!("{}.5", 20 + row * 7 % 13);
        pattern.replace('#', &row.to_string()).replace('~', &value) + "\n"
    };
    (10..10 + count).map(row).collect()
}

fn told(table: &Table, words: &str) {
    let sentences = table.found().sentences();
    assert!(
        sentences.iter().any(|sentence| sentence.contains(words)),
        "“{words}”: {sentences:?}"
    );
}

#[test]
fn a_quotation_mark_that_is_a_word_joins_no_rows_and_signs_among_words_are_not_missing() {
    let sentence = "1\tHe\tPRP\n1\tsaid\tVBD\n1\t\"\t``\n1\tno\tUH\n1\t\"\t''\n1\t.\t.\n";
    let text = "n\tword\tkind\n".to_owned() + &sentence.repeat(4);
    let read = table(&text);
    assert_eq!((read.rows(), read.column("word").unwrap().missing), (24, 0));
    assert_eq!(read.column("word").unwrap().label(2), "\"");
    assert!(!read.column("kind").unwrap().is_missing(5));
    told(&read, "quotation marks as signs like others");
    // Only below the first lines.
    let late = "n\tword\tkind\n".to_owned() + &"1\tso\tRB\n".repeat(40_000) + sentence;
    assert_eq!(table(late).rows(), 40_006);
    // Where no other sign stands among the words, it says that one is missing.
    let work = "n,work\n1,private\n2,?\n3,state\n";
    assert_eq!(table(work).column("work").unwrap().missing, 1);
    let quoted = "n,text\n1,\"one\ntwo\"\n2,\"three, four\"\n";
    assert_eq!(table(quoted).rows(), 2);
}

#[test]
fn titles_filled_up_to_the_width_of_the_table_are_none_of_it() {
    let below = "Date;From;To;Use;Kind\n".to_owned() + &rows(20, "#.01.2024;00:00;00:15;~;G");
    for above in [
        "Load;;;;\nMeter:;DE000711045;;;\nSpan:;15.01.2024 - 18.01.2024;;;\n\n",
        "Meter;DE000711045;;;\n\n",
        "Load;;;;\nMeter;DE000711045;;;\n",
    ] {
        let read = table(above.to_owned() + &below);
        assert_eq!(
            of(&read),
            (vec!["Date", "From", "To", "Use", "Kind"], 20, vec!["Use"]),
            "{above}"
        );
    }
    // Names above others, of which they hold for several.
    let levels = "Day;Level;;Flow;\n;low;high;low;high\n".to_owned() + &rows(20, "#;~;~;~;~");
    assert_eq!(table(levels).names().nth(2), Some("Level high"));
}

#[test]
fn names_and_values_beyond_the_last_column_are_no_fault() {
    let text = "X,CH1,CH2,Start,Increment,\nSequence,Volt,Volt,-6.0e-03,4.0e-05,\n".to_owned()
        + &rows(20, "#,~,~,,");
    let read = table(text);
    assert_eq!(
        of(&read),
        (
            vec!["X", "CH1", "CH2", "Start", "Increment"],
            20,
            vec!["X", "CH1", "CH2"]
        )
    );
    assert_eq!(skipped(&read), [(2, Why::About)]);
}

#[test]
fn a_short_table_above_a_blank_line_is_not_the_one_that_is_meant() {
    let text = "latitude,longitude,zone\n47.3,8.5,CET\n\ntime,rain,wind\n".to_owned()
        + &rows(60, "2024-05-01 #:00,~,~");
    let read = table(text);
    assert_eq!(
        of(&read),
        (vec!["time", "rain", "wind"], 60, vec!["rain", "wind"])
    );
    assert_eq!(read.found().header, Some(4));
    // Joined files have their names again, and few rows below are as good as few above.
    let again = "a,b\n1,2\n\na,b\n".to_owned() + &rows(60, "#,~");
    assert_eq!(table(again).rows(), 61);
}

#[test]
fn a_table_of_aligned_blanks_may_have_units_below_some_names_and_frames_above() {
    let text = "Ringway\nLocation 381600E 69m\nEstimated data is marked with a * after the value.\n\
                   yyyy  mm   tmax    rain     sun\n              degC      mm   hours\n"
        .to_owned()
        + &rows(20, "   19#   1    ~    34.6   ~")
        + "   1990   1    18.7*    34.6   ---\n   1991   1    8.7    30.6   2.5\n";
    let read = table(text);
    assert_eq!(
        of(&read),
        (
            vec!["yyyy", "mm", "tmax", "rain", "sun"],
            22,
            vec!["yyyy", "mm", "tmax", "rain", "sun"]
        )
    );
    told(&read, "What stood beside 1 number of “tmax” was left out.");
    // Of a sign that is nowhere told of it is asked.
    let untold = "yyyy tmax\n".to_owned() + &rows(20, "19# ~") + "1990 18.7*\n";
    assert!(table(untold).numbers("tmax").is_err());

    let framed = " Format      IAGA-2002          |\n Source of Data   GFZ               |\n \
                  Latitude    52.070             |\n\
                  DATE       TIME         DOY     X      |\n"
        .to_owned()
        + &rows(30, "2024-05-10 15:#:00.000 131 ~");
    let read = table(framed);
    assert_eq!(
        of(&read),
        (vec!["DATE", "TIME", "DOY", "X"], 30, vec!["DOY", "X"])
    );
}

#[test]
fn a_few_known_words_among_numbers_are_missing_and_others_are_asked_about() {
    let text = |word: &str, count: usize| {
        "n,v\n".to_owned() + &rows(60, "#,~") + &format!("9,{word}\n").repeat(count)
    };
    for word in ["unavailable", "Unknown", "ND", "k.A.", "s.o.", "Bad"] {
        let read = table(text(word, 2));
        assert_eq!(read.column("v").unwrap().missing, 2, "{word}");
        assert!(read.numbers("v").is_ok() && read.found().asks.is_empty());
        told(
            &read,
            &format!("2 cells of “v” are no numbers (“{word}”), read as missing."),
        );
    }
    for (word, count) in [("broken", 2), ("unavailable", 9)] {
        assert!(table(text(word, count)).numbers("v").is_err(), "{word}");
    }
    // Whoever says that there are no more marks is believed.
    let none = CsvOptions {
        missing_marks: Some(Vec::new()),
        ..CsvOptions::default()
    };
    assert!(table_with(&text("ND", 2), none).numbers("v").is_err());
}

#[test]
fn a_last_row_of_sums_without_a_name_is_below_the_table() {
    let day = "1/#/23,\"1,0#\",5,48.5%,00:01:38\n";
    let days: String = (10..30)
        .map(|day_of| day.replace('#', &day_of.to_string()))
        .collect();
    let read = |last: &str| table("Day,Users,Views,Rate,Long\n".to_owned() + &days + last);
    let users: u32 = (10..30).map(|day| 1000 + day).sum();
    let total = read(&format!(
        ",\"{},{}\",100,48.5%,00:01:38\n",
        users / 1000,
        users % 1000
    ));
    assert_eq!(
        (total.rows(), total.column("Day").unwrap().missing),
        (20, 0)
    );
    assert_eq!(skipped(&total), [(22, Why::Footer)]);
    // A row whose time is unknown is one.
    assert_eq!(read(",\"1,031\",5,48.5%,00:01:38\n").rows(), 21);
}

#[test]
fn further_names_with_units_join_and_a_name_goes_on_only_where_it_holds_for_several() {
    let logger = "z6-05,Port 1,Port 1,Port 2,Port 2,Port 7\n\
                  Records: 20,TEROS,TEROS,TEROS,TEROS,Battery\n\
                  Timestamps, m³/m³ Water Content, °C Soil Temperature, m³/m³ Water Content, °C Soil Temperature, % Battery Percent\n"
        .to_owned()
        + &rows(20, "07/03/2023 #:00,~,~,~,~,100");
    let read = table(logger);
    let names: Vec<&str> = read.names().collect();
    assert_eq!(
        names[..3],
        [
            "Timestamps",
            "Port 1 m³/m³ Water Content",
            "Port 1 °C Soil Temperature"
        ]
    );
    let station = "\t\tTemp\tHi\tLow\tWind\tWind\tHi\t\tRain\n\
                   Date\tTime\tOut\tTemp\tTemp\tSpeed\tDir\tSpeed\tBar\tRate\n"
        .to_owned()
        + &rows(20, "#/09/23\t12:00\t~\t~\t~\t3\tW\t4\t~\t0.5");
    let read = table(station);
    let names: Vec<&str> = read.names().collect();
    assert_eq!(names[2..4], ["Temp Out", "Hi Temp"]);
    assert_eq!(names[7..], ["Hi Speed", "Bar", "Rain Rate"]);
}

#[test]
fn names_in_apostrophes_above_bare_numbers_are_bare_too() {
    let read =
        table("'Elapsed time','MLII','V5'\n'seconds','mV','mV'\n".to_owned() + &rows(20, "#,~,~"));
    assert_eq!(of(&read).0, ["Elapsed time", "MLII", "V5"]);
    assert_eq!(read.found().units, Some(2));
}

#[test]
fn numbers_written_short_are_read_whole_and_codes_are_not() {
    let read = table("n,Vol.\n1,310.32K\n2,1.2M\n3,-\n4,950\n5,2.5B\n6,1.1K\n");
    let volumes = read.numbers("Vol.").unwrap();
    assert_eq!(
        (volumes[0], volumes[1], volumes[3]),
        (310_320.0, 1_200_000.0, 950.0)
    );
    assert!(volumes[2].is_nan());
    told(
        &read,
        "“Vol.” has numbers written short, “310.32K” is read as 310320.",
    );
    for text in [
        "n,line\n1,12B\n2,13B\n3,7B\n",
        "n,temperature\n1,271.5K\n2,272.5K\n3,273.5K\n",
    ] {
        assert_eq!(
            table(text).numeric_names().collect::<Vec<_>>(),
            ["n"],
            "{text}"
        );
    }
}

#[test]
fn a_margin_without_name_and_values_is_no_column_but_a_value_in_it_makes_one() {
    let body: String = (10..30)
        .map(|day| format!(",{day}.01.2024,{day},;"))
        .collect();
    let body = body.replace(';', "\n");
    let read = table(format!(",Log,,\n,,,\n,Day,Orders,\n{body}Made by me,,,\n"));
    assert_eq!(of(&read), (vec!["Day", "Orders"], 20, vec!["Orders"]));
    told(&read, "2 columns without name and values left out.");
    let late = ",day,v\n".to_owned() + &rows(600, ",#,~") + "odd,5,6\n";
    assert_eq!(
        of(&table(late)),
        (vec!["column 1", "day", "v"], 601, vec!["day", "v"])
    );
}

#[test]
fn a_line_about_the_logger_or_units_or_groups_above_the_names_are_no_names() {
    let data = rows(20, "2024-01-# 00:00,~,~");
    for (above, line) in [
        ("Station,4711,Logger 5b\nTime,a,b\n", 2),
        ("Station,4711,Logger 5b\nTime,a,b\nTS,°C,mm\n,Avg,Smp\n", 2),
        ("UTC,°C,mm\nTime,Temp,Rain\n", 2),
        ("Time,10,20\n", 1),
    ] {
        let read = table(above.to_owned() + &data);
        assert_eq!(
            (read.found().header, read.rows()),
            (Some(line), 20),
            "{above}"
        );
    }
    let groups = ",2019,,2020,\nMonth,a,b,a,b\n".to_owned() + &rows(20, "#,~,~,~,~");
    assert_eq!(
        of(&table(groups)).0,
        ["Month", "2019 a", "2019 b", "2020 a", "2020 b"]
    );
}

#[test]
fn frames_pages_and_quotation_marks_around_lines_are_left_out() {
    let frame = "+------------+------+\n";
    let body = rows(20, "| 2024-01-# | ~ |");
    let read = table(format!("{frame}| day | v |\n{frame}{body}{frame}20 rows\n"));
    assert_eq!(of(&read), (vec!["day", "v"], 20, vec!["v"]));
    let page = "day,v\n".to_owned() + &rows(9, "2024-01-#,~");
    let read = table(format!("{page}Page 1 of 2\n\n{page}Page 2 of 2\n"));
    assert_eq!(of(&read), (vec!["day", "v"], 18, vec!["v"]));
    let read = table("\"day,\"\"v\"\"\"\n".to_owned() + &rows(9, "\"2024-01-#,~\""));
    assert_eq!(of(&read), (vec!["day", "v"], 9, vec!["v"]));
    told(&read, "Each line was in quotation marks");
    let read = table("day^v\n".to_owned() + &rows(9, "2024-01-#^~"));
    assert_eq!(of(&read), (vec!["day", "v"], 9, vec!["v"]));
    let read = table("yr mo temp\n-- -- ----\n".to_owned() + &rows(9, "2024 # ~"));
    assert_eq!(
        of(&read),
        (vec!["yr", "mo", "temp"], 9, vec!["yr", "mo", "temp"])
    );
}

#[test]
fn attributes_above_a_table_are_its_names() {
    let text = "% made by me\n@relation weather\n@attribute 'wind speed' numeric\n@ATTRIBUTE sky {a,b}\n@data\n";
    let read = table(text.to_owned() + &rows(20, "~,a"));
    assert_eq!(
        of(&read),
        (vec!["wind speed", "sky"], 20, vec!["wind speed"])
    );
}

#[test]
fn a_unit_behind_all_numbers_of_a_column_is_none_of_them() {
    let read = table("day,t,seat\n".to_owned() + &rows(20, "2024-01-#,~ °C,#A"));
    assert_eq!(of(&read).2, ["t"]);
    told(&read, "“t” has a unit, “25.5 °C” is read as 25.5.");
}

#[test]
fn what_is_left_at_the_end_is_below_the_table() {
    let body = rows(20, "#.01.2024,shop,~,#");
    let read = table(format!("Day,For,Paid,Left\n{body},Closing balance,,500\n"));
    assert_eq!(read.rows(), 20);
}

#[test]
fn a_value_in_a_list_of_lists_or_under_dates_is_found_in_json() {
    for (text, names) in [
        (
            r#"[{"page": 1}, [{"date": "2024", "v": 5}, {"date": "2025", "v": 6}]]"#,
            vec!["date", "v"],
        ),
        (
            r#"{"data": {"rows": [{"t": 1, "v": 5}, {"t": 2, "v": 6}]}}"#,
            vec!["t", "v"],
        ),
        (
            r#"{"results": [{"series": [{"columns": ["t", "v"], "values": [[1, 5], [2, 6]]}]}]}"#,
            vec!["t", "v"],
        ),
        (
            r#"{"info": {"by": "me"}, "days": {"2024-01-01": {"v": 5}, "2024-01-02": {"v": 6}, "2024-01-03": {"v": 7}}}"#,
            vec!["date", "v"],
        ),
        (
            r#"{"2024-01-01": 5, "2024-01-02": 6, "2024-01-03": 7}"#,
            vec!["date", "value"],
        ),
        (
            r#"{"v": {"2024-01-01": 5, "2024-01-02": 6}, "w": {"2024-01-01": 7, "2024-01-02": 8}}"#,
            vec!["date", "v", "w"],
        ),
    ] {
        let read = table(text);
        assert_eq!(of(&read).0, names, "{text}");
        assert_eq!(read.numbers(names[1]).unwrap()[..2], [5.0, 6.0], "{text}");
    }
}
