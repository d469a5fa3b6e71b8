//! Dates and times: their order, their steps, how they go on.

use super::*;

fn dated(rows: &[&str]) -> Table {
    let rows: String = rows
        .iter()
        .enumerate()
        .map(|(row, date)| format!("{date};{row}\n"))
        .collect();
    csv(&format!("date;value\n{rows}"))
}

fn short(spec: &mut SequenceSpec) {
    spec.asked = asked(1, 1, 1);
    spec.test = TestFrom::Fraction(0.4);
}

#[test]
fn dates_place_label_and_go_on_beyond_the_data() {
    let table = dated(&[
        "31.01.2024",
        "29.02.2024",
        "31.03.2024",
        "30.04.2024",
        "31.05.2024",
    ]);
    let made = made(&table, |spec| {
        short(spec);
        spec.test = TestFrom::Label("2024-04-01".into());
    });
    let data = &made.dataset;
    assert_eq!(data.target_label(data.test[0].last_row()), "30.04.2024");
    assert_eq!(data.label_ahead(4, 1), "2024-06-30");
    // Python: datetime(2024, 2, 29, tzinfo=timezone.utc).timestamp().
    assert_eq!(data.target_position(0), 1_709_164_800.0);
    assert_eq!(data.date_at(1_709_164_800.0).as_deref(), Some("2024-02-29"));
    let time = made.report.time.unwrap();
    assert_eq!(time.sentences(), ["Rows are 1 month apart."]);
    let (shown, setting) = failing(&table, |spec| {
        short(spec);
        spec.test = TestFrom::Label("soon".into());
    });
    assert_eq!(setting, "test_from");
    assert!(
        shown.contains("expected a date after 31.01.2024 and up to 31.05.2024"),
        "{shown}"
    );
}

#[test]
fn a_file_that_is_newest_first_is_turned_around() {
    let table = dated(&["2024-01-04", "2024-01-03", "2024-01-02", "2024-01-01"]);
    let made = made(&table, short);
    assert_eq!(made.dataset.inputs.column(0).to_vec(), [3.0, 2.0, 1.0, 0.0]);
    assert_eq!(made.dataset.target_label(0), "2024-01-02");
    assert!(made.report.time.unwrap().turned);
    assert!(made.report.use_of_row[0].test_target);
}

#[test]
fn dates_that_go_back_are_refused_with_line_found_and_before() {
    let table = dated(&["2024-01-01", "2024-01-03", "2024-01-02", "2024-01-04"]);
    let (shown, setting) = failing(&table, short);
    assert_eq!(setting, "time");
    assert!(
        shown.starts_with("line 4 (date): found time 2024-01-02 after 2024-01-03, expected times that do not go back."),
        "{shown}"
    );
}

#[test]
fn a_cell_that_is_no_date_is_named() {
    let table = dated(&[
        "2024-01-01",
        "2024-01-02",
        "soon",
        "2024-01-04",
        "2024-01-05",
    ]);
    let (shown, setting) = failing(&table, short);
    assert_eq!(setting, "time");
    assert!(
        shown.starts_with(
            "line 4, column 1 (date): found “soon”, expected a date as in the rest of the column, such as “2024-01-01”."
        ),
        "{shown}"
    );
}

#[test]
fn a_column_called_date_labels_rows_unless_rows_are_to_be_counted() {
    let table = dated(&["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"]);
    let usual = made(&table, short);
    assert_eq!(usual.dataset.target_label(0), "2024-01-02");
    let counted = made(&table, |spec| {
        short(spec);
        spec.time = TimeFrom::Rows;
    });
    assert_eq!(counted.dataset.target_label(0), "2");
    assert_eq!(counted.report.time, None);
    assert_eq!(counted.report.columns[0].role, Role::Ignore);
}

#[test]
fn irregular_places_are_reported() {
    let table = dated(&["2024-01-01", "2024-01-08", "2024-01-15", "2024-01-29"]);
    let time = made(&table, short).report.time.unwrap();
    assert_eq!(
        time.sentences(),
        [
            "Rows are usually 7 days apart, but not in 1 place: line 5 comes 14 days after the one before."
        ]
    );
}

#[test]
fn weekdays_without_weekends_are_regular_but_for_holidays() {
    // From Thursday; Monday 1 April 2024 is missing.
    let days = [
        "2024-03-21",
        "2024-03-22",
        "2024-03-25",
        "2024-03-26",
        "2024-03-27",
        "2024-03-28",
        "2024-03-29",
    ];
    let regular = made(&dated(&days), short);
    let time = regular.report.time.unwrap();
    assert_eq!(
        time.sentences(),
        ["Rows are 1 weekday apart (Monday to Friday)."]
    );
    assert_eq!(regular.dataset.label_ahead(6, 1), "2024-04-01");
    let holiday = made(&dated(&[&days[..], &["2024-04-02"]].concat()), short);
    assert_eq!(
        holiday.report.time.unwrap().sentences(),
        [
            "Rows are usually 1 weekday apart (Monday to Friday), but not in 1 place, as after holidays: \
             line 9 comes 2 weekdays after the one before."
        ]
    );
    assert_eq!(holiday.dataset.label_ahead(7, 4), "2024-04-08");
}

#[test]
fn times_that_repeat_are_told_with_their_lines_and_what_would_help() {
    let rows: String = (0..40)
        .map(|row| {
            format!(
                "2024-01-{:02},{},{},{row}\n",
                row / 4 + 1,
                row / 2 % 2 + 1,
                row % 2 + 1
            )
        })
        .collect();
    let table = csv(&format!("date,store,item,value\n{rows}"));
    let with = |group: &[&str]| {
        made(&table, |spec| {
            short(spec);
            spec.group = group.iter().map(|&name| name.to_owned()).collect();
        })
    };
    let woven = with(&["store"]).report.repeated.unwrap();
    assert_eq!((woven.count, woven.first[0].0), (20, 3));
    assert_eq!(
        woven.cure,
        Some(Cure::Group(vec!["store".into(), "item".into()]))
    );
    let both = with(&["store", "item"]);
    assert_eq!(both.report.repeated, None);
    let names: Vec<_> = both
        .outlook
        .unwrap()
        .future
        .into_iter()
        .map(|future| future.group.unwrap())
        .collect();
    assert_eq!(names, ["1 / 1", "1 / 2", "2 / 1", "2 / 2"]);
    assert_eq!(both.report.columns[2].role, Role::Group);
    // A further part of the time is told before a group.
    let hours: String = (0..48)
        .map(|row| format!("2024-01-{:02},{},{row}\n", row / 24 + 1, row % 24))
        .collect();
    let hourly = csv(&format!("date,hour,value\n{hours}"));
    let days = made(&hourly, short).report.repeated.unwrap();
    assert_eq!(
        days.cure,
        Some(Cure::Time(vec!["date".into(), "hour".into()]))
    );
    let parts = made(&hourly, |spec| {
        short(spec);
        spec.time = TimeFrom::Parts(vec!["date".into(), "hour".into()]);
    });
    assert_eq!(parts.dataset.target_label(0), "2024-01-01 01:00");
    assert_eq!(
        parts.report.time.unwrap().sentences(),
        ["Rows are 1 hour apart."]
    );
}

#[test]
fn rows_are_sorted_each_series_on_its_own_and_rows_of_one_time_stay_in_order() {
    let table = csv(
        "who,date,value\na,2024-01-03,3\na,2024-01-01,1\nb,2024-01-02,5\na,2024-01-02,2\nb,2024-01-01,4\nb,2024-01-02,6\n",
    );
    let sorted = made(&table, |spec| {
        short(spec);
        spec.group = vec!["who".into()];
        spec.sort = true;
        spec.test = TestFrom::Fraction(0.2);
    });
    assert_eq!(
        sorted.dataset.inputs.column(0).to_vec(),
        [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    );
    let time = sorted.report.time.unwrap();
    assert_eq!((time.sorted, time.series_turned), (2, 0));
    assert_eq!(sorted.report.repeated.unwrap().count, 1);
}

#[test]
fn a_series_that_is_newest_first_is_turned_round_beside_one_that_is_not() {
    let table = csv(
        "who,date,value\na,2024-01-03,3\na,2024-01-02,2\na,2024-01-01,1\nb,2024-01-01,4\nb,2024-01-02,5\nb,2024-01-03,6\n",
    );
    let made = made(&table, |spec| {
        short(spec);
        spec.group = vec!["who".into()];
    });
    assert_eq!(
        made.dataset.inputs.column(0).to_vec(),
        [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    );
    let time = made.report.time.unwrap();
    assert_eq!((time.turned, time.series_turned), (false, 1));
    assert!(time.sentences()[1].starts_with("1 series is newest first"));
}

#[test]
fn counted_rows_are_not_silent_about_dates_out_of_order() {
    let table =
        csv("when,value\n2024-01-01,1\n2024-01-03,2\n2024-01-02,3\n2024-01-04,4\n2024-01-05,5\n");
    let notices = |time: TimeFrom| {
        let made = made(&table, |spec| {
            short(spec);
            spec.time = time.clone();
        });
        made.report.notices
    };
    assert!(
        notices(TimeFrom::Usual)[0]
            .contains("the dates of “when” go back in line 4: let time = \"when\" and sort = true")
    );
    assert!(notices(TimeFrom::Rows).is_empty(), "counting was asked for");
}

/// What tells rows apart at the beginning is no cure if times go back within it further below.
#[test]
fn a_group_is_proposed_only_if_times_go_on_within_it_in_all_rows() {
    let rows = |shuffled: bool| -> String {
        let row = |i: usize| {
            let day = match shuffled && i >= 12 {
                true => (i * 7) % 28 + 1,
                false => i + 1,
            };
            format!("2024-02-{day:02},{},{i}\n", ["a", "b"][i % 2])
        };
        // The first rows are those of two series, one after the other in time.
        let swapped = (0..28).map(|i| row(i ^ 1));
        swapped.collect()
    };
    let cure = |rows: &str| {
        let table = csv(&format!("date,store,value\n{rows}"));
        let mut spec = spec();
        short(&mut spec);
        format!("{:?}", prepare(&table, &spec).unwrap_err())
    };
    let told = cure(&rows(false));
    assert!(told.contains("cure: Some(Group([\"store\"]))"), "{told}");
    let told = cure(&rows(true));
    assert!(told.contains("cure: None"), "{told}");
}

#[test]
fn numbers_that_go_back_are_told() {
    let table = csv("t,value\n1,1\n2,2\n1.5,3\n4,4\n5,5\n");
    let back = made(&table, short);
    assert!(
        back.report.notices[0].starts_with(
            "The times of “t” go back in line 4. If they are one series, let sort = true"
        ),
        "{:?}",
        back.report.notices
    );
}

#[test]
fn nanoseconds_are_told_apart_however_they_are_written() {
    let in_parts = "date;time;value\n".to_owned()
        + &(0..6)
            .map(|row| format!("2024-03-01;13:00:00.00{}00;{row}\n", 10_001 + row))
            .collect::<String>();
    let as_text = in_parts.replace("date;time", "date").replace("01;", "01T");
    let as_number = "ts;value\n".to_owned()
        + &(0..6)
            .map(|row| format!("170925120000{}00;{row}\n", 10_001 + row))
            .collect::<String>();
    for text in [as_text, in_parts, as_number] {
        let table = csv(&text);
        let made = made(&table, |spec| {
            short(spec);
            spec.time = match table.names().collect::<Vec<_>>()[..] {
                ["date", "time", ..] => TimeFrom::Parts(vec!["date".into(), "time".into()]),
                [one, ..] => TimeFrom::Column(one.into()),
                [] => TimeFrom::Rows,
            };
        });
        assert_eq!(made.report.notices, [] as [&str; 0], "{text}");
        let time = made.report.time.unwrap();
        assert!(
            time.sentences()
                .contains(&"Rows are 0.0000001 seconds apart.".to_owned()),
            "{time:?}"
        );
    }
}

#[test]
fn numbers_that_are_too_long_to_be_told_apart_are_no_repeated_times() {
    let rows =
        "90071992547409921;1\n90071992547409922;2\n90071992547409951;3\n90071992547409999;4\n";
    let made = made(&csv(&format!("t;value\n{rows}")), short);
    let told = made.report.notices.join(" ");
    assert!(
        told.contains(
            "Times of “t” have more digits than are computed with: 1 row cannot be told apart"
        ),
        "{told}"
    );
    assert!(!told.contains("Times repeat"), "{told}");
    let made = self::made(
        &csv(&format!("t;value\n{}", rows.replace("922;", "921;"))),
        short,
    );
    assert!(made.report.notices.join(" ").contains("Times repeat"));
}

#[test]
fn the_century_of_years_of_two_digits_is_told_wherever_they_stand() {
    let told = |header: &str, cell: &dyn Fn(usize) -> String| {
        let rows: String = (0..6).map(|row| format!("{};{row}\n", cell(row))).collect();
        let table = csv(&format!("{header};value\n{rows}"));
        let parts: Vec<String> = header.split(';').map(str::to_owned).collect();
        let made = made(&table, |spec| {
            short(spec);
            spec.time = match &parts[..] {
                [one] => TimeFrom::Column(one.clone()),
                several => TimeFrom::Parts(several.to_vec()),
            };
        });
        made.report.time.unwrap().sentences().join(" ")
    };
    let year = |row: usize| (97 + row) % 100;
    for said in [
        told("date", &|row| format!("13.03.{:02}", year(row))),
        told("yy;mm", &|row| format!("{:02};3", year(row))),
        told("date;time", &|row| format!("13.03.{:02};10:00", year(row))),
    ] {
        assert!(
            said.contains("00 to 68 as 2000 to 2068; here they are 1997 to 2002."),
            "{said}"
        );
    }
    let said = told("yyyy;mm", &|row| format!("{};3", 1997 + row));
    assert!(!said.contains("two digits"), "{said}");
}

#[test]
fn columns_that_make_no_time_are_refused() {
    let table = csv("year,value\n1,1\n2,2\n3,3\n4,4\n");
    let (shown, setting) = failing(&table, |spec| {
        spec.time = TimeFrom::Parts(vec!["year".into(), "value".into()]);
    });
    assert_eq!(setting, "time");
    assert!(
        shown.contains("expected columns that make a time together"),
        "{shown}"
    );
}
