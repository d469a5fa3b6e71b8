//! Windows, horizons and what is beyond the data.

use super::*;

#[test]
fn windows_end_before_their_target_and_are_split_by_its_time() {
    let made = made(&table(), |_| {});
    let data = &made.dataset;
    // The last row has no target in the file; it is kept for the forecast beyond.
    assert_eq!(data.inputs.dim(), (8, 1));
    assert_eq!(
        values(&made).column(0).to_vec(),
        [20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 0.0]
    );
    // Ends at rows 2, 3, 4 with targets in years 4, 5, 6; then 5, 6 with targets in years 7, 8.
    assert_eq!(starts(&data.train), [0, 1, 2]);
    assert_eq!(starts(&data.test), [3, 4]);
    let ends: Vec<String> = data
        .test
        .iter()
        .map(|span| data.target_label(span.last_row()))
        .collect();
    assert_eq!(ends, ["7", "8"]);
    assert_eq!((data.axis_name(), data.target_position(4)), ("year", 6.0));
    assert_eq!(data.naive.as_ref().map(|naive| naive[[4, 0]]), Some(50.0));
}

#[test]
fn a_longer_horizon_moves_the_targets() {
    let made = made(&table(), |spec| spec.asked = asked(3, 2, 1));
    assert_eq!(
        values(&made).column(0).to_vec()[..6],
        [30.0, 40.0, 50.0, 60.0, 70.0, 80.0]
    );
    let data = &made.dataset;
    assert_eq!(
        (starts(&data.train), starts(&data.test)),
        (vec![0, 1], vec![2, 3])
    );
    assert_eq!(data.target_label(data.test[0].last_row()), "7");
}

#[test]
fn several_rows_are_forecast_at_once_and_none_lies_astride_the_split() {
    let made = made(&table(), |spec| {
        spec.asked = asked(2, 1, 2);
        spec.test = TestFrom::Label("6".into());
    });
    let data = &made.dataset;
    assert_eq!(data.output_names, ["value +1", "value +2"]);
    // The window that ends in year 3 forecasts years 4 and 5.
    assert_eq!(values(&made).row(2).to_vec(), [40.0, 50.0]);
    assert_eq!(starts(&data.train), [0, 1]);
    assert_eq!(starts(&data.test), [3, 4]);
    assert_eq!(
        made.report.notices,
        ["1 window was left out because the test part begins among the rows to forecast."]
    );
    let outlook = made.outlook.as_ref().unwrap();
    assert_eq!((outlook.rows_ahead(1), outlook.target(1)), (2, 0));
    assert_eq!(data.label_ahead(4, outlook.rows_ahead(1)), "7");
}

#[test]
fn scalers_know_nothing_of_the_test_part() {
    let made = made(&table(), |spec| spec.scale = Scale::Standard);
    // 10 … 60: mean 35, deviation √(1750/6).
    let expected = Scaler {
        of: Scaled::Value,
        shift: 35.0,
        factor: (1750.0f64 / 6.0).sqrt(),
    };
    let data = &made.dataset;
    assert_eq!(
        (data.input_scalers[0], data.output_scalers[0]),
        (expected, expected)
    );
    assert!((data.target_in_own_units(6, 0).unwrap() - 80.0).abs() < 1e-12);
}

#[test]
fn the_test_part_begins_at_a_label_a_share_or_a_row() {
    let first_test = |time: Option<&str>, from: TestFrom| {
        let made = made(&table(), |spec| {
            spec.time = TimeFrom::chosen(time.map(str::to_owned).into_iter().collect(), []);
            spec.test = from.clone();
        });
        made.dataset.target_label(made.dataset.test[0].last_row())
    };
    let label = |label: &str| TestFrom::Label(label.into());
    assert_eq!(first_test(None, label("5.5")), "6");
    assert_eq!(first_test(Some("day"), label("g")), "g");
    assert_eq!(first_test(Some("day"), TestFrom::Fraction(0.5)), "e");
    let unnamed = Table::of_numbers(vec![("value".into(), (0..8).map(f64::from).collect())]);
    let made = made(&unnamed, |_| {});
    let data = &made.dataset;
    assert_eq!(
        (
            data.target_label(data.test[0].last_row()).as_str(),
            data.axis_name()
        ),
        ("7", "row")
    );
}

#[test]
fn a_repeating_number_labels_but_does_not_place() {
    let months = vec![11.0, 12.0, 1.0, 2.0, 3.0, 4.0];
    let table = Table::of_numbers(vec![
        ("month".into(), months),
        ("value".into(), vec![0.0; 6]),
    ]);
    let made = made(&table, |spec| spec.test = TestFrom::Fraction(0.2));
    assert_eq!(
        (
            made.dataset.target_label(2).as_str(),
            made.dataset.target_position(2)
        ),
        ("2", 4.0)
    );
    let (shown, setting) = failing(&table, |spec| spec.test = TestFrom::Label("3".into()));
    assert_eq!(setting, "time");
    assert!(
        shown.starts_with(
            "line 4 (month): found time 1 after 12, expected times that do not go back."
        ),
        "{shown}"
    );
}

#[test]
fn a_change_is_counted_from_the_last_row_and_turned_back() {
    let table = csv("value\n1\n2\n4\n8\n16\n32\n64\n128\n");
    let made = made(&table, |spec| {
        spec.asked = asked(2, 1, 2);
        spec.scale = Scale::Difference;
    });
    let data = &made.dataset;
    // Changes 1, 2, 4, 8, 16 of the training rows: mean 6.2.
    assert!((data.input_scalers[0].shift - 6.2).abs() < 1e-12);
    // Two rows ahead: 3, 6, 12, 24 within the training rows: mean 11.25.
    assert!((data.output_scalers[1].shift - 11.25).abs() < 1e-12);
    assert!((data.input_scalers[0].invert(data.inputs[[3, 0]]) - 4.0).abs() < 1e-12);
    for row in 1..6 {
        for output in 0..2 {
            let expected = f64::exp2((row + output + 1) as f64);
            let back = data.target_in_own_units(row, output).unwrap();
            assert!((back - expected).abs() < 1e-12, "{row} {output}: {back}");
        }
    }
    // The first row has no change: it is in no window, and listed.
    assert!(data.train.iter().all(|span| span.start >= 1));
    assert_eq!(lines(&made, "no row before"), [2]);
}

#[test]
fn logarithms_of_what_is_not_positive_are_refused_by_place() {
    let table = csv("year,value\n1,1\n2,0\n3,3\n4,-4\n5,5\n6,6\n7,7\n8,8\n");
    let (shown, setting) = failing(&table, |spec| spec.scale = Scale::LogStandard);
    assert_eq!(setting, "scale");
    assert!(
        shown.starts_with("line 3, column 2 (value): found “0”, expected a number above 0."),
        "{shown}"
    );
    assert_eq!(shown.lines().count(), 2);
    let logarithms = made(&self::table(), |spec| spec.scale = Scale::LogStandard);
    assert!((logarithms.dataset.target_in_own_units(2, 0).unwrap() - 40.0).abs() < 1e-12);
}

#[test]
fn what_is_beyond_the_data_can_be_forecast_step_by_step() {
    for scale in Scale::ALL {
        let made = made(&table(), |spec| spec.scale = scale);
        let (data, outlook) = (&made.dataset, made.outlook.as_ref().unwrap());
        let future = &outlook.future[0];
        assert_eq!(future.span, Span::new(5, 3));
        let last = future.span.last_row();
        assert_eq!(data.label_ahead(last, 1), "9");
        assert_eq!(data.position_ahead(last, 3), 11.0);
        let feedback = outlook.feedback.as_ref().unwrap();
        let mut known = feedback.known(data, last);
        assert_eq!(known, [80.0]);
        // A model that says 90 and then 100 reads, in scaled units, 90 and then 100.
        for (step, value) in [90.0, 100.0].into_iter().enumerate() {
            let output = data.output_scalers[0].apply_from(known[0], value);
            let input = feedback.next_input(data, &mut known, &[output]);
            assert!((known[0] - value).abs() < 1e-9, "{scale:?}: {known:?}");
            let before = 80.0 + 10.0 * step as f64;
            let expected = data.input_scalers[0].apply_from(before, value);
            assert!((input[0] - expected).abs() < 1e-9, "{scale:?}: {input:?}");
        }
    }
}

#[test]
fn a_forecast_that_cannot_be_fed_back_says_why() {
    let refusal = |change: &dyn Fn(&mut SequenceSpec)| {
        let outlook = made(&table(), change).outlook.unwrap();
        outlook.feedback.unwrap_err()
    };
    assert!(refusal(&|spec| spec.asked = asked(3, 2, 1)).contains("horizon is 2"));
    let said = refusal(&|spec| {
        if let Asked::Forecast { features, .. } = &mut spec.asked {
            features.push("year".into());
        }
    });
    assert!(said.contains("“year” is not among the targets"), "{said}");
}

#[test]
fn several_targets_are_forecast_together() {
    let table = csv("a,b\n1,10\n2,20\n3,30\n4,40\n5,50\n6,60\n");
    let made = made(&table, |spec| {
        spec.asked = Asked::Forecast {
            features: vec!["b".into()],
            targets: vec!["a".into(), "b".into()],
            window: 1,
            horizon: 1,
            steps: 2,
        };
        spec.test = TestFrom::Fraction(0.4);
    });
    assert_eq!(made.dataset.output_names, ["a +1", "b +1", "a +2", "b +2"]);
    assert_eq!(values(&made).row(1).to_vec(), [3.0, 30.0, 4.0, 40.0]);
    let feedback = made.outlook.unwrap().feedback.unwrap();
    assert_eq!(feedback.known(&made.dataset, 1), [20.0]);
}

#[test]
fn every_row_is_told_what_it_is_used_for() {
    let made = made(&table(), |_| {});
    let used = |of: &dyn Fn(&RowUse) -> bool| -> Vec<usize> {
        let rows = made.report.use_of_row.iter().enumerate();
        rows.filter(|(_, used)| of(used))
            .map(|(row, _)| row)
            .collect()
    };
    assert_eq!(used(&|row| row.train_input), [0, 1, 2, 3, 4]);
    assert_eq!(used(&|row| row.train_target), [3, 4, 5]);
    assert_eq!(used(&|row| row.test_input), [3, 4, 5, 6]);
    assert_eq!(used(&|row| row.test_target), [6, 7]);
    assert_eq!(made.report.unused, []);
    let part = made.report.part(Split::Test);
    assert_eq!((part.sequences, part.shortest, part.longest), (2, 3, 3));
    let roles: Vec<Role> = made
        .report
        .columns
        .iter()
        .map(|column| column.role)
        .collect();
    assert_eq!(roles, [Role::Time, Role::Ignore, Role::Target]);
}

#[test]
fn what_cannot_be_says_found_expected_and_a_hint() {
    let label = |label: &str| TestFrom::Label(label.into());
    let failing = |change: &dyn Fn(&mut SequenceSpec)| failing(&table(), change);
    let columns = |features: &'static [&str], targets: &'static [&str]| {
        move |spec: &mut SequenceSpec| {
            if let Asked::Forecast {
                features: f,
                targets: t,
                ..
            } = &mut spec.asked
            {
                *f = features.iter().map(|&name| name.to_owned()).collect();
                *t = targets.iter().map(|&name| name.to_owned()).collect();
            }
        }
    };
    let (shown, setting) = failing(&columns(&["valeu"], &["value"]));
    assert_eq!(setting, "features");
    assert_eq!(
        shown,
        "found the column name “valeu”, expected one of year, day, value. Did you mean “value”?"
    );
    let (shown, setting) = failing(&columns(&["value"], &["values"]));
    assert_eq!(setting, "target");
    assert!(shown.ends_with("Did you mean “value”?"));
    assert_eq!(
        failing(&|spec| spec.time = TimeFrom::Column("hour".into())).1,
        "time"
    );
    assert_eq!(failing(&|spec| spec.group = vec!["hour".into()]).1, "group");
    assert_eq!(
        failing(&|spec| spec.group = vec!["value".into()]).1,
        "group"
    );
    let (shown, setting) = failing(&columns(&["value"], &["day"]));
    assert_eq!(setting, "target");
    assert!(
        shown.starts_with("line 2, column 2 (day): found “a”, expected a number."),
        "{shown}"
    );
    assert_eq!(shown.lines().count(), 8);
    assert_eq!(failing(&columns(&[], &["value"])).1, "features");
    assert_eq!(
        failing(&columns(&["value"], &["value", "value"])).1,
        "target"
    );
    // All that is wrong with the settings is told at once.
    let (shown, _) = failing(&|spec| {
        spec.asked = Asked::Forecast {
            features: vec![],
            targets: vec!["x".into()],
            window: 0,
            horizon: 0,
            steps: 0,
        };
    });
    assert_eq!(shown.lines().count(), 5, "{shown}");
    assert_eq!(
        failing(&|spec| spec.asked = asked(8, 1, 1)).0,
        "found window 8 and horizon 1, expected together at most the 8 rows of the series. Choose a shorter window."
    );
    assert_eq!(
        failing(&|spec| spec.asked = asked(usize::MAX, 1, 1)).1,
        "window"
    );
    assert_eq!(
        failing(&|spec| spec.asked = asked(1, usize::MAX, usize::MAX)).1,
        "window"
    );
    assert_eq!(
        failing(&|spec| spec.test = label("soon")).0,
        "found test_from “soon”, expected a number after 1 and up to 8, as in column year"
    );
    assert_eq!(
        failing(&|spec| spec.test = label("9")).0,
        "found no row at or after test_from “9”, expected at least one. The last is “8”."
    );
    assert_eq!(
        failing(&|spec| spec.test = label("4")).0,
        "found 3 rows before test_from, expected at least 4 (window + horizon) for one training sequence. \
         Let test_from be later, or choose a shorter window."
    );
    for share in [0.0, 1.0, f64::NAN, -0.2] {
        let (shown, _) = failing(&|spec| spec.test = TestFrom::Fraction(share));
        assert!(shown.contains("expected a share"), "{shown}");
    }
    let (shown, setting) = failing(&|spec| {
        spec.time = TimeFrom::Column("day".into());
        spec.test = label("z");
    });
    assert_eq!(setting, "test_from");
    assert!(shown.contains("which go from “a” to “h”"), "{shown}");
    let (_, setting) = failing(&|spec| spec.test = TestFrom::Groups(vec!["a".into()]));
    assert_eq!(setting, "test_groups");
}

#[test]
fn a_value_that_scaling_makes_infinite_is_refused() {
    let table = csv(&format!(
        "value\n1{0}\n2{0}\n1{0}\n1{0}\n1{0}\n1{0}\n1e120\n1e120\n",
        "e-200"
    ));
    let (shown, setting) = failing(&table, |spec| spec.scale = Scale::MinMax);
    assert_eq!(setting, "scale");
    assert!(shown.contains("line 8 (value)"), "{shown}");
}

#[test]
fn numbers_whose_squares_are_none_are_refused_with_their_places() {
    for (cells, place) in [
        (
            "1\n2\n1e301\n4\n5\n6\n7\n-1e200\n",
            "line 4, column 1 (value): found “1e301”",
        ),
        (
            "1e-319\n0\n2e-319\n1e-319\n3e-319\n0\n1e-319\n0\n",
            "line 2, column 1 (value): found “1e-319”",
        ),
    ] {
        let table = csv(&format!("value\n{cells}"));
        let (shown, setting) = failing(&table, |_| {});
        assert_eq!(setting, "features");
        assert!(
            shown.contains(place) && shown.contains("squares"),
            "{shown}"
        );
    }
    // Beside usual numbers a tiny one is as good as 0.
    let table = csv("value\n1\n2\n1e-319\n4\n5\n6\n7\n8\n9\n");
    let mut spec = Roles::guess(&table).spec(&table);
    spec.scale = Scale::Standard;
    assert!(prepare(&table, &spec).is_ok());
}

#[test]
fn too_few_rows_for_both_parts_are_told_as_that() {
    for rows in 1..3 {
        let cells: String = (0..rows).map(|row| format!("{row}\n")).collect();
        let table = csv(&format!("v\n{cells}"));
        let error = prepare(&table, &Roles::guess(&table).spec(&table)).unwrap_err();
        let said = "expected at least 3: some to learn from";
        assert!(error.to_string().contains(said), "{error}");
        assert_eq!(error.setting(), "csv");
    }
    let table = csv("v\n1\n2\n3\n");
    assert!(prepare(&table, &Roles::guess(&table).spec(&table)).is_ok());
}

#[test]
fn a_target_that_never_changes_is_told() {
    let said = |cells: &str| {
        let table = csv(&format!("t,v\n{cells}"));
        let mut spec = Roles::guess(&table).spec(&table);
        spec.asked = Asked::Forecast {
            features: vec!["v".into()],
            targets: vec!["v".into()],
            window: 2,
            horizon: 1,
            steps: 1,
        };
        prepare(&table, &spec).unwrap().report.notices.join(" ")
    };
    let rows = |value: &dyn Fn(usize) -> String| -> String {
        (1..=20).map(|t| format!("{t},{}\n", value(t))).collect()
    };
    let told = said(&rows(&|_| "5.5".to_owned()));
    assert!(
        told.contains("“v” is 5.5 in all rows: there is nothing to forecast"),
        "{told}"
    );
    let told = said(&rows(&|t| (t / 18).to_string()));
    assert!(told.contains("in all rows of the training part"), "{told}");
    assert!(!said(&rows(&|t| (t % 7).to_string())).contains("in all rows"));
}
