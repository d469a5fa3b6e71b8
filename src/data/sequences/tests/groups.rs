//! Several series in one table.

use super::*;

/// Two stations, row about, of 5 and 3 rows.
fn stations() -> Table {
    csv(
        "station,year,value\nOslo,1,1\nBergen,1,10\nOslo,2,2\nBergen,2,20\nOslo,3,3\nBergen,3,30\nOslo,4,4\nOslo,5,5\n",
    )
}

fn grouped(spec: &mut SequenceSpec) {
    spec.group = vec!["station".into()];
    spec.asked = asked(1, 1, 1);
    spec.test = TestFrom::Label("3".into());
}

#[test]
fn windows_never_join_series() {
    let made = made(&stations(), grouped);
    let data = &made.dataset;
    assert_eq!(
        data.inputs.column(0).to_vec(),
        [1.0, 2.0, 3.0, 4.0, 5.0, 10.0, 20.0, 30.0]
    );
    assert_eq!(made.report.table_rows, [0, 2, 4, 6, 7, 1, 3, 5]);
    assert_eq!(starts(&data.train), [0, 5]);
    assert_eq!(starts(&data.test), [1, 2, 3, 6]);
    let future = &made.outlook.as_ref().unwrap().future;
    let last: Vec<_> = future
        .iter()
        .map(|future| {
            (
                future.group.as_deref(),
                data.label_ahead(future.span.last_row(), 1),
            )
        })
        .collect();
    assert_eq!(
        last,
        [
            (Some("Oslo"), "6".to_owned()),
            (Some("Bergen"), "4".to_owned())
        ]
    );
}

#[test]
fn a_share_splits_all_series_at_one_time() {
    let made = made(&stations(), |spec| {
        grouped(spec);
        spec.test = TestFrom::Fraction(0.25);
    });
    // The last quarter of all 8 rows: years 4 and 5, in Oslo alone.
    let data = &made.dataset;
    let labels: Vec<String> = data
        .test
        .iter()
        .map(|span| data.target_label(span.last_row()))
        .collect();
    assert_eq!(labels, ["4", "5"]);
}

#[test]
fn groups_can_be_kept_back_by_name() {
    let made = made(&stations(), |spec| {
        grouped(spec);
        spec.scale = Scale::MinMax;
        spec.test = TestFrom::Groups(vec!["Oslo".into()]);
    });
    assert_eq!((made.dataset.train.len(), made.dataset.test.len()), (2, 4));
    assert_eq!(made.dataset.input_scalers[0].shift, 10.0);
    let (shown, setting) = failing(&stations(), |spec| {
        grouped(spec);
        spec.test = TestFrom::Groups(vec!["Olso".into()]);
    });
    assert_eq!(setting, "test_groups");
    assert_eq!(
        shown,
        "found the group “Olso”, expected one of Oslo, Bergen. Did you mean “Oslo”?"
    );
}

#[test]
fn groups_of_numbers_are_told_apart_and_shown_as_they_are_written() {
    for names in [
        ["01", "1"],
        ["1.10", "1.1"],
        ["123456789012345678", "123456789012345679"],
    ] {
        let rows: String = (1..=5)
            .flat_map(|year| names.map(|name| format!("{name},{year},{year}\n")))
            .collect();
        let table = csv(&format!("station,year,value\n{rows}"));
        let made = made(&table, |spec| {
            grouped(spec);
            spec.test = TestFrom::Groups(vec![names[1].into()]);
        });
        assert_eq!(made.dataset.series.len(), 2, "{names:?}");
        let future = &made.outlook.as_ref().unwrap().future;
        let of: Vec<_> = future.iter().map(|of| of.group.as_deref()).collect();
        assert_eq!(of, names.map(Some));
    }
}

#[test]
fn a_series_too_short_is_listed() {
    let made = made(&stations(), |spec| {
        grouped(spec);
        spec.asked = asked(3, 1, 1);
        spec.test = TestFrom::Label("5".into());
    });
    assert_eq!(lines(&made, "too short"), [3, 5, 7]);
}

#[test]
fn a_missing_group_is_refused() {
    let table = csv("station,value\na,1\n,2\na,3\n");
    let (shown, setting) = failing(&table, |spec| spec.group = vec!["station".into()]);
    assert_eq!(setting, "group");
    assert!(
        shown.starts_with("line 3, column 1 (station): found an empty cell"),
        "{shown}"
    );
}

/// The training rows of each series.
fn training(made: &Sequences) -> Vec<std::ops::Range<usize>> {
    let series = made.dataset.series.iter();
    series
        .map(crate::data::dataset::SplitSeries::training)
        .collect()
}

#[test]
fn the_split_says_which_rows_may_be_learnt_from() {
    // Oslo's rows are 0 to 4, Bergen's 5 to 7.
    let with = |test: TestFrom| {
        made(&stations(), |spec| {
            grouped(spec);
            spec.test = test.clone();
        })
    };
    let held_back = with(TestFrom::Groups(vec!["Bergen".into()]));
    assert_eq!(training(&held_back), [0..5, 5..5]);
    let by_time = with(TestFrom::Label("3".into()));
    assert_eq!(training(&by_time), [0..2, 5..7]);
    let part = |row: usize| by_time.dataset.part_of_targets[row];
    let parts: Vec<_> = (0..8).map(part).collect();
    let (train, test) = (Some(Split::Train), Some(Split::Test));
    assert_eq!(parts, [train, test, test, test, None, train, test, None]);
    // A station whose rows all come after the split has none to learn from.
    let late = csv("station,year,value\na,1,1\na,2,2\na,3,3\na,4,4\nb,3,30\nb,4,40\n");
    let late = made(&late, grouped);
    assert_eq!(training(&late), [0..2, 4..4]);
}
