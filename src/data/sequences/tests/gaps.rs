//! Missing values: refused, carried forward, interpolated, left out.

use super::*;

/// Gaps in years 3, 4 and 7.
fn gappy() -> Table {
    csv("year,value\n1,10\n2,20\n3,\n4,NA\n5,50\n6,60\n7,?\n8,80\n9,90\n10,100\n")
}

fn filled(missing: Missing, from: &str) -> Sequences {
    made(&gappy(), |spec| {
        spec.missing = missing;
        spec.asked = asked(1, 1, 1);
        spec.test = TestFrom::Label(from.into());
    })
}

#[test]
fn refused_gaps_are_all_named() {
    let (shown, setting) = failing(&gappy(), |_| {});
    assert_eq!(setting, "missing");
    assert!(
        shown.starts_with("line 4, column 2 (value): found a missing value, expected a number."),
        "{shown}"
    );
    assert!(
        shown.contains("found 3 missing values among features and targets"),
        "{shown}"
    );
}

#[test]
fn the_last_known_value_is_carried_on() {
    let made = filled(Missing::CarryForward, "9");
    assert_eq!(
        made.dataset.inputs.column(0).to_vec(),
        [10.0, 20.0, 20.0, 20.0, 50.0, 60.0, 60.0, 80.0, 90.0, 100.0]
    );
    let column = &made.report.columns[1];
    assert_eq!((column.missing, column.filled), (3, 3));
    let said = made.report.filled_in();
    assert_eq!(
        said.unwrap(),
        "3 missing values were filled in: 3 of “value”."
    );
    let late = csv("year,value\n1,\n2,20\n3,30\n4,40\n5,50\n6,60\n7,70\n8,80\n");
    let late = super::made(&late, |spec| spec.missing = Missing::CarryForward);
    assert_eq!(lines(&late, "nothing to carry on"), [2]);
    assert_eq!(late.report.table_rows[0], 1);
}

#[test]
fn what_is_known_in_a_row_that_is_left_out_is_carried_on_and_interpolated_from() {
    // The value of `y` in the first row is not known, so the row is left out; that of `w` is.
    let rows = "2024-01-02,1,\n2024-01-04,2,\n2024-01-05,3,7\n2024-01-06,4,8\n2024-01-07,5,9\n";
    let text = format!("t,y,w\n2024-01-01,,3\n{rows}");
    let w_of = |text: &str, missing| {
        let made = super::made(&csv(text), |spec| {
            spec.time = TimeFrom::Column("t".into());
            spec.missing = missing;
            spec.asked = Asked::Forecast {
                features: vec!["y".into(), "w".into()],
                targets: vec!["y".into()],
                window: 1,
                horizon: 1,
                steps: 1,
            };
            spec.test = TestFrom::Fraction(0.2);
        });
        assert_eq!(lines(&made, "nothing to carry on"), [2]);
        made.dataset.inputs.column(1).to_vec()
    };
    assert_eq!(
        w_of(&text, Missing::CarryForward),
        [3.0, 3.0, 7.0, 8.0, 9.0]
    );
    // Day 1 is 3 and day 5 is 7.
    assert_eq!(w_of(&text, Missing::Interpolate), [4.0, 6.0, 7.0, 8.0, 9.0]);
}

#[test]
fn values_are_interpolated_over_time() {
    let made = filled(Missing::Interpolate, "9");
    let inputs = made.dataset.inputs.column(0).to_vec();
    let expected = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0];
    let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-12;
    assert!(inputs.iter().zip(&expected).all(near), "{inputs:?}");
    // Over dates, not rows: 10 days of 30.
    let dated =
        csv("date,value\n2024-01-01,0\n2024-01-11,\n2024-01-31,30\n2024-02-01,1\n2024-02-02,2\n");
    let dated = super::made(&dated, |spec| {
        spec.missing = Missing::Interpolate;
        spec.asked = asked(1, 1, 1);
        spec.test = TestFrom::Fraction(0.2);
    });
    assert!((dated.dataset.inputs[[1, 0]] - 10.0).abs() < 1e-12);
    let open = csv("year,value\n1,10\n2,20\n3,30\n4,40\n5,50\n6,60\n7,70\n8,\n");
    let (shown, setting) = failing(&open, |spec| spec.missing = Missing::Interpolate);
    assert_eq!(setting, "missing");
    assert!(
        shown.contains("line 9") && shown.contains("carry_forward"),
        "{shown}"
    );
}

#[test]
fn training_learns_nothing_of_the_test_part_through_a_gap() {
    // The gap of years 3 and 4 reaches into the test part, which begins in year 4.
    let text = "year,value\n1,10\n2,20\n3,\n4,\n5,50\n6,60\n7,70\n";
    let made = super::made(&csv(text), |spec| {
        spec.missing = Missing::Interpolate;
        spec.asked = asked(1, 1, 1);
        spec.test = TestFrom::Label("4".into());
    });
    assert_eq!(made.dataset.inputs[[2, 0]], 20.0);
    assert!((made.dataset.inputs[[3, 0]] - 40.0).abs() < 1e-12);
    // Year 4 was never measured, so it is not scored; from it year 5 cannot be forecast honestly.
    assert_eq!(starts(&made.dataset.test), [4, 5]);
    assert_eq!(made.report.notices.len(), 2, "{:?}", made.report.notices);
}

/// A baseline begins from the target's last value, whether or not the network reads it: interpolated, that is drawn towards the
/// very value to be forecast.
#[test]
fn nothing_is_forecast_from_a_target_that_was_interpolated() {
    let text = "year,x,y\n1,1,10\n2,2,20\n3,3,30\n4,4,40\n5,5,\n6,6,90\n7,7,70\n";
    let made = |policy, horizon| {
        super::made(&csv(text), |spec| {
            spec.missing = policy;
            spec.asked = Asked::Forecast {
                features: vec!["x".into()],
                targets: vec!["y".into()],
                window: 1,
                horizon,
                steps: 1,
            };
            spec.test = TestFrom::Label("4".into());
        })
    };
    // From rows 3 (year 4 is asked), 5 and 6; what year 5 was nobody knows.
    assert_eq!(
        starts(&made(Missing::CarryForward, 1).dataset.test),
        [2, 4, 5]
    );
    assert_eq!(starts(&made(Missing::Interpolate, 1).dataset.test), [2, 5]);
    assert_eq!(
        starts(&made(Missing::CarryForward, 2).dataset.test),
        [1, 3, 4]
    );
    let two_ahead = made(Missing::Interpolate, 2);
    assert_eq!(starts(&two_ahead.dataset.test), [1, 3]);
    let notice = &two_ahead.report.notices[1];
    assert!(notice.contains("was interpolated"), "{notice}");
}

#[test]
fn test_targets_that_were_never_measured_are_not_scored() {
    let made = filled(Missing::CarryForward, "6");
    let asked: Vec<String> = made
        .dataset
        .test
        .iter()
        .map(|span| made.dataset.target_label(span.last_row()))
        .collect();
    assert_eq!(asked, ["6", "8", "9", "10"]);
    assert!(made.report.notices[0].contains("only what was measured"));
}

#[test]
fn dropped_rows_are_listed_and_their_neighbours_join() {
    let made = filled(Missing::Drop, "9");
    assert_eq!(
        made.dataset.inputs.column(0).to_vec(),
        [10.0, 20.0, 50.0, 60.0, 80.0, 90.0, 100.0]
    );
    assert_eq!(lines(&made, "a value is missing"), [4, 5, 8]);
    assert_eq!(made.dataset.target_label(1), "5");
    let time = made.report.time.unwrap();
    assert_eq!(
        time.first_irregular,
        [(6, "3".to_owned()), (9, "2".to_owned())]
    );
    let nothing = csv("a,value\n1,\n,2\n");
    let (_, setting) = failing(&nothing, |spec| {
        spec.asked = Asked::Forecast {
            features: vec!["a".into()],
            targets: vec!["value".into()],
            window: 1,
            horizon: 1,
            steps: 1,
        };
        spec.missing = Missing::Drop;
    });
    assert_eq!(setting, "missing");
}

#[test]
fn a_gap_at_the_beginning_of_the_test_part_moves_neither_the_split_nor_what_is_learnt_from() {
    let whole = "year,value\n1,10\n2,20\n3,30\n4,40\n5,50\n6,60\n7,70\n8,80\n";
    let gappy = whole.replace("5,50", "5,").replace("6,60", "6,");
    for policy in [Missing::CarryForward, Missing::Interpolate, Missing::Drop] {
        for test in [TestFrom::Label("5".into()), TestFrom::Fraction(0.5)] {
            let split = |text: &str| {
                let made = made(&csv(text), |spec| {
                    spec.missing = policy;
                    spec.asked = asked(1, 1, 1);
                    spec.test = test.clone();
                });
                let series = &made.dataset.series[0];
                (
                    series.training(),
                    made.dataset.train.clone(),
                    made.dataset.input_scalers.clone(),
                )
            };
            assert_eq!(split(&gappy), split(whole), "{policy:?} {test:?}");
            assert_eq!(split(&gappy).0, 0..4);
        }
    }
}
