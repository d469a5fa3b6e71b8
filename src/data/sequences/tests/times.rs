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
