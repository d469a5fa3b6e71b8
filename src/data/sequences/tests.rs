use std::ops::ControlFlow;

use ndarray::Array2;
use proptest::prelude::*;

use super::*;
use crate::data::csv::{CsvOptions, read};
use crate::data::dataset::{Answers, Labels, Span, Split, Targets};
use crate::data::scale::{Scaled, Scaler};
use crate::data::table::Table;

fn csv(text: &str) -> Table {
    read(text.as_bytes(), &CsvOptions::default(), &|_| {
        ControlFlow::Continue(())
    })
    .unwrap()
}

/// Years 1 to 8 with values 10, 20, … 80 and their days as text.
fn table() -> Table {
    csv("year,day,value\n1,a,10\n2,b,20\n3,c,30\n4,d,40\n5,e,50\n6,f,60\n7,g,70\n8,h,80\n")
}

/// The value forecast from its own past.
fn asked(window: usize, horizon: usize, steps: usize) -> Asked {
    Asked::Forecast {
        features: vec!["value".into()],
        targets: vec!["value".into()],
        window,
        horizon,
        steps,
    }
}

fn spec() -> SequenceSpec {
    SequenceSpec {
        asked: asked(3, 1, 1),
        time: None,
        group: None,
        missing: Missing::Refuse,
        scale: Scale::None,
        test: TestFrom::Label("7".into()),
    }
}

fn made(table: &Table, change: impl Fn(&mut SequenceSpec)) -> Sequences {
    let mut spec = spec();
    change(&mut spec);
    prepare(table, &spec).unwrap()
}

fn failing(table: &Table, change: impl Fn(&mut SequenceSpec)) -> (String, &'static str) {
    let mut spec = spec();
    change(&mut spec);
    let error = prepare(table, &spec).unwrap_err();
    (error.to_string(), error.setting())
}

fn starts(spans: &[Span]) -> Vec<usize> {
    spans.iter().map(|span| span.start).collect()
}

fn values(made: &Sequences) -> &Array2<f64> {
    match &made.dataset.targets {
        Targets::Values(values) => values,
        Targets::Classes { .. } => panic!("a forecast has values"),
    }
}

fn classes(made: &Sequences) -> (Vec<&str>, &[String]) {
    match &made.dataset.targets {
        Targets::Classes { of_row, names } => {
            let names_of = of_row.iter().map(|&class| names[class].as_str());
            (names_of.collect(), names)
        }
        Targets::Values(_) => panic!("classes expected"),
    }
}

fn lines(made: &Sequences, why: &str) -> Vec<u64> {
    let unused = made.report.unused.iter();
    let mut unused = unused.filter(|unused| unused.why.contains(why));
    unused
        .next()
        .map_or(Vec::new(), |unused| unused.lines.first.clone())
}

mod forecasts {
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
                spec.time = time.map(str::to_owned);
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
        assert_eq!(failing(&|spec| spec.time = Some("hour".into())).1, "time");
        assert_eq!(failing(&|spec| spec.group = Some("hour".into())).1, "group");
        assert_eq!(
            failing(&|spec| spec.group = Some("value".into())).1,
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
            spec.time = Some("day".into());
            spec.test = label("z");
        });
        assert_eq!(setting, "test_from");
        assert!(shown.contains("which go from “a” to “h”"), "{shown}");
        let (_, setting) = failing(&|spec| spec.test = TestFrom::Groups(vec!["a".into()]));
        assert_eq!(setting, "test_groups");
    }

    #[test]
    fn a_value_that_scaling_makes_infinite_is_refused() {
        let table = csv("value\n1\n1.0000000000000002\n1\n1\n1\n1\n1e300\n1e300\n");
        let (shown, setting) = failing(&table, |spec| spec.scale = Scale::Standard);
        assert_eq!(setting, "scale");
        assert!(shown.contains("line 8 (value)"), "{shown}");
    }
}

mod gaps {
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
            shown
                .starts_with("line 4, column 2 (value): found a missing value, expected a number."),
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
        let late = csv("year,value\n1,\n2,20\n3,30\n4,40\n5,50\n6,60\n7,70\n8,80\n");
        let late = super::made(&late, |spec| spec.missing = Missing::CarryForward);
        assert_eq!(lines(&late, "nothing to carry on"), [2]);
        assert_eq!(late.report.table_rows[0], 1);
    }

    #[test]
    fn values_are_interpolated_over_time() {
        let made = filled(Missing::Interpolate, "9");
        let inputs = made.dataset.inputs.column(0).to_vec();
        let expected = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0];
        let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-12;
        assert!(inputs.iter().zip(&expected).all(near), "{inputs:?}");
        // Over dates, not rows: 10 days of 30.
        let dated = csv(
            "date,value\n2024-01-01,0\n2024-01-11,\n2024-01-31,30\n2024-02-01,1\n2024-02-02,2\n",
        );
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
}

mod times {
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
}

mod groups {
    use super::*;

    /// Two stations, row about, of 5 and 3 rows.
    fn stations() -> Table {
        csv(
            "station,year,value\nOslo,1,1\nBergen,1,10\nOslo,2,2\nBergen,2,20\nOslo,3,3\nBergen,3,30\nOslo,4,4\nOslo,5,5\n",
        )
    }

    fn grouped(spec: &mut SequenceSpec) {
        spec.group = Some("station".into());
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
        let (shown, setting) = failing(&table, |spec| spec.group = Some("station".into()));
        assert_eq!(setting, "group");
        assert!(
            shown.starts_with("line 3, column 1 (station): found an empty cell"),
            "{shown}"
        );
    }
}

mod classification {
    use super::*;

    /// Four walks of 1, 2, 1 and 3 rows.
    fn walks() -> Table {
        csv("walk,x,kind\na,1,up\nb,2,down\nb,3,down\nc,4,up\nd,5,down\nd,6,down\nd,7,down\n")
    }

    fn classify(group: Option<&str>, label_at: Option<LabelAt>, window: usize) -> SequenceSpec {
        SequenceSpec {
            asked: Asked::Classify {
                features: vec!["x".into()],
                label: "kind".into(),
                label_at,
                window,
            },
            group: group.map(str::to_owned),
            test: TestFrom::Fraction(0.5),
            ..spec()
        }
    }

    #[test]
    fn each_group_is_one_sequence_of_its_own_length() {
        let made = prepare(&walks(), &classify(Some("walk"), None, 0)).unwrap();
        let data = &made.dataset;
        assert_eq!(data.answers, Answers::Last);
        assert_eq!(data.train, [Span::new(0, 1), Span::new(1, 2)]);
        assert_eq!(data.test, [Span::new(3, 1), Span::new(4, 3)]);
        assert_eq!(classes(&made).1, ["down", "up"]);
        assert_eq!(made.report.parts[1].classes, [1, 1]);
        assert!(data.ragged());
        assert_eq!(
            (data.target_label(6).as_str(), data.axis_name()),
            ("3", "time step")
        );
    }

    #[test]
    fn a_label_that_changes_within_a_group_is_asked_at_every_step() {
        let table = csv("walk,x,kind\na,1,up\na,2,down\nb,2,down\nb,3,down\n");
        let made = prepare(&table, &classify(Some("walk"), None, 0)).unwrap();
        assert_eq!(made.dataset.answers, Answers::EveryStep);
        let at_end = prepare(&table, &classify(Some("walk"), Some(LabelAt::End), 0)).unwrap();
        assert_eq!(at_end.dataset.answers, Answers::Last);
        assert!(at_end.report.notices[0].contains("within 1 group"));
    }

    #[test]
    fn without_groups_windows_slide_or_lie_one_after_the_other() {
        let sliding = prepare(&walks(), &classify(None, Some(LabelAt::End), 2)).unwrap();
        // 7 rows, the last 4 (3.5 rounded) are test.
        assert_eq!(starts(&sliding.dataset.train), [0, 1]);
        assert_eq!(starts(&sliding.dataset.test), [2, 3, 4, 5]);
        let tagging = prepare(&walks(), &classify(None, None, 2)).unwrap();
        assert_eq!(tagging.dataset.train, [Span::new(0, 2), Span::new(2, 1)]);
        assert_eq!(tagging.dataset.test, [Span::new(3, 2), Span::new(5, 2)]);
        assert_eq!(tagging.report.unused, []);
    }

    #[test]
    fn numeric_labels_are_in_the_order_of_numbers() {
        let table = csv("x,kind\n1,10\n2,9\n3,10\n4,9\n");
        let made = prepare(&table, &classify(None, Some(LabelAt::Every), 2)).unwrap();
        assert_eq!(
            classes(&made),
            (
                vec!["10", "9", "10", "9"],
                &["9".to_owned(), "10".to_owned()][..]
            )
        );
    }

    #[test]
    fn one_class_or_a_missing_label_is_refused() {
        let table = csv("x,kind\n1,a\n2,a\n3,a\n");
        let error = prepare(&table, &classify(None, None, 1)).unwrap_err();
        assert_eq!(error.setting(), "label");
        assert!(
            error
                .to_string()
                .starts_with("found 1 class in column “kind”"),
            "{error}"
        );
        let table = csv("x,kind\n1,a\n2,\n3,b\n");
        let error = prepare(&table, &classify(None, None, 1)).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("line 3, column 2 (kind): found an empty cell"),
            "{error}"
        );
    }

    #[test]
    fn a_class_that_only_the_test_part_has_is_said() {
        let table = csv("x,kind\n1,a\n2,b\n3,a\n4,c\n");
        let made = prepare(&table, &classify(None, None, 1)).unwrap();
        assert!(
            made.report.notices[0].contains("not: c."),
            "{:?}",
            made.report.notices
        );
    }
}

mod texts {
    use super::*;

    fn names() -> Table {
        csv("name,language\nab,x\nba,y\naab,x\ncab,y\n")
    }

    fn symbols(label: Option<&str>) -> SequenceSpec {
        SequenceSpec {
            asked: Asked::Symbols {
                text: "name".into(),
                label: label.map(str::to_owned),
            },
            test: TestFrom::Fraction(0.25),
            ..spec()
        }
    }

    #[test]
    fn each_cell_is_a_sequence_and_its_label_the_class() {
        let made = prepare(&names(), &symbols(Some("language"))).unwrap();
        let data = &made.dataset;
        assert_eq!(
            data.train,
            [Span::new(0, 2), Span::new(2, 2), Span::new(4, 3)]
        );
        assert_eq!(data.test, [Span::new(7, 3)]);
        // The c of the test part was never seen.
        assert_eq!(data.input_names, ["a", "b", "other"]);
        assert_eq!(data.inputs.row(7).to_vec(), [0.0, 0.0, 1.0]);
        assert_eq!(
            (data.answers, data.labels.clone()),
            (Answers::Last, Labels::Steps)
        );
        assert_eq!(classes(&made).0[0..5], ["x", "x", "y", "y", "x"]);
        assert_eq!(
            made.report.symbols[0],
            SymbolCount {
                name: "a".into(),
                train: 4,
                test: 1
            }
        );
        assert_eq!(made.report.notices.len(), 1);
        assert_eq!(made.report.part(Split::Train).classes, [2, 1]);
    }

    #[test]
    fn without_a_label_the_next_character_is_asked() {
        let made = prepare(&names(), &symbols(None)).unwrap();
        assert_eq!(
            made.dataset.train,
            [Span::new(0, 1), Span::new(1, 1), Span::new(2, 2)]
        );
        assert_eq!(classes(&made).0, ["b", "a", "a", "b", "a", "b"]);
        assert_eq!(made.dataset.answers, Answers::EveryStep);
    }

    #[test]
    fn texts_without_times_are_counted() {
        let spec = SequenceSpec {
            test: TestFrom::Label("3".into()),
            ..symbols(Some("language"))
        };
        let made = prepare(&names(), &spec).unwrap();
        assert_eq!((made.dataset.train.len(), made.dataset.test.len()), (2, 2));
    }

    #[test]
    fn empty_and_short_texts_are_refused_or_listed() {
        let table = csv("name,n\nab,1\n,2\nc,3\nab,4\n");
        let error = prepare(&table, &symbols(None)).unwrap_err();
        assert!(
            error.to_string().starts_with("line 3, column 1 (name)"),
            "{error}"
        );
        let drop = SequenceSpec {
            missing: Missing::Drop,
            ..symbols(None)
        };
        let made = prepare(&table, &drop).unwrap();
        assert_eq!(lines(&made, "empty"), [3]);
        assert_eq!(lines(&made, "one character"), [4]);
    }

    #[test]
    fn an_alphabet_too_large_says_how_many() {
        let many: String = (0..300)
            .filter_map(|k| char::from_u32(0x4e00 + k))
            .collect();
        let table = csv(&format!("name,n\n{many},1\nab,2\n"));
        let error = prepare(&table, &symbols(None)).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("found 300 different characters in “name”, expected at most 256"),
            "{error}"
        );
        let (_, setting) = failing(&csv("name,n\n1,1\n2,2\n"), |spec| *spec = symbols(None));
        assert_eq!(setting, "text");
    }

    #[test]
    fn a_plain_text_is_cut_into_sequences_that_do_not_meet() {
        let spec = TextSpec {
            length: 3,
            test: 0.3,
        };
        let made = of_text("abcabcab\nd", &spec).unwrap();
        let data = &made.dataset;
        // 7 characters to learn from: 6 steps; 3 for testing: 2 steps.
        assert_eq!(data.train, [Span::new(0, 3), Span::new(3, 3)]);
        assert_eq!(data.test, [Span::new(7, 2)]);
        assert_eq!(data.input_names, ["a", "b", "c", "other"]);
        assert_eq!(classes(&made).0[..3], ["b", "c", "a"]);
        assert_eq!(made.report.part(Split::Test).longest, 2);
        for (text, length) in [("", 3), ("abc", 3), ("abcdefgh", 0)] {
            assert!(
                of_text(text, &TextSpec { length, test: 0.3 }).is_err(),
                "{text}"
            );
        }
    }
}

mod guesses {
    use super::*;

    fn roles(text: &str) -> Vec<Role> {
        let guess = Roles::guess(&csv(text));
        assert!(
            guess
                .columns
                .iter()
                .all(|guess| guess.reason.ends_with('.'))
        );
        guess.columns.iter().map(|guess| guess.role).collect()
    }

    #[test]
    fn the_usual_tables_are_recognised() {
        use Role::*;
        assert_eq!(
            roles("YEAR,SUNACTIVITY\n1700,5\n1701,11\n1702,16\n"),
            [Time, Target]
        );
        assert_eq!(
            roles("when,co2\n1958-03-29,316.1\n1958-04-05,\n1958-04-12,317.6\n"),
            [Time, Target]
        );
        assert_eq!(roles("a,b\n3,1\n1,2\n2,3\n"), [Ignore, Target]);
        assert_eq!(
            roles("Tag,v,note\nMo,1,x\nDi,2,y\n"),
            [Time, Target, Ignore]
        );
        let stations = "station,date,t,p\nO,2024-01-01,1,2\nO,2024-01-02,1,2\nB,2024-01-01,3,4\nB,2024-01-02,3,4\n";
        assert_eq!(roles(stations), [Group, Time, Ignore, Target]);
        let unnamed = "who,step,v\na,1,5\na,2,5\nb,1,7\nb,2,6\n";
        assert_eq!(roles(unnamed)[0], Ignore);
        let walks = "id,x,y,class\n1,1,2,up\n1,2,2,up\n2,3,2,down\n2,3,1,down\n";
        assert_eq!(roles(walks), [Group, Feature, Feature, Label]);
        assert_eq!(
            roles("name,language\nAnna,de\nJean,fr\nPaul,de\nZoe,fr\n"),
            [Text, Label]
        );
        assert_eq!(roles("word\nabc\ndefgh\n"), [Text]);
    }

    #[test]
    fn times_that_go_on_within_a_value_make_it_a_group() {
        use Role::*;
        let text = "date,who,v\n2024-01-01,a,5\n2024-01-01,b,5\n2024-01-02,a,7\n2024-01-02,b,6\n";
        assert_eq!(roles(text), [Time, Group, Target]);
    }

    #[test]
    fn a_column_that_is_nearly_numbers_is_the_target_so_that_its_bad_cells_are_named() {
        use Role::*;
        let text = "date,v\n2024-01-01,1\n2024-01-02,5 kg\n2024-01-03,3\n2024-01-04,4\n";
        assert_eq!(roles(text), [Time, Target]);
        let table = csv(text);
        let error = prepare(&table, &Roles::guess(&table).spec(&table)).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("line 3, column 2 (v): found “5 kg”"),
            "{error}"
        );
    }

    #[test]
    fn the_label_is_asked_at_the_end_if_it_is_the_same_in_every_group() {
        let label_at = |text: &str| {
            let table = csv(text);
            match Roles::guess(&table).spec(&table).asked {
                Asked::Classify { label_at, .. } => label_at,
                _ => None,
            }
        };
        let same = "id,x,class\n1,1,up\n1,2,up\n2,3,down\n2,3,down\n";
        assert_eq!(label_at(same), Some(LabelAt::End));
        let other = "id,x,class\n1,1,up\n1,2,down\n2,3,down\n2,3,down\n";
        assert_eq!(label_at(other), Some(LabelAt::Every));
        assert_eq!(
            label_at("x,class\n1,up\n2,up\n3,down\n4,down\n"),
            Some(LabelAt::Every)
        );
    }

    #[test]
    fn a_guess_gives_sequences() {
        let rows: String = (0..40)
            .map(|row| format!("2024-01-{:02},{},{row}\n", row / 2 + 1, ["a", "b"][row % 2]))
            .collect();
        let table = csv(&format!("date,who,v\n{rows}"));
        let made = prepare(&table, &Roles::guess(&table).spec(&table)).unwrap();
        assert_eq!(made.outlook.unwrap().future.len(), 2);
    }
}

/// The series as it comes with the app, as the gallery's experiment reads it.
mod sunspots {
    use super::*;

    const FILE: &[u8] = include_bytes!("../../../assets/data/sunspots.csv");

    fn series() -> Table {
        read(FILE, &CsvOptions::default(), &|_| ControlFlow::Continue(())).unwrap()
    }

    #[test]
    fn the_file_is_the_public_one() {
        let table = series();
        let values = table.numbers("SUNACTIVITY").unwrap();
        // From statsmodels 0.15.0: len(data), data.SUNACTIVITY.sum().
        assert_eq!(table.rows(), 309);
        assert!((values.iter().sum::<f64>() - 15373.4).abs() < 1e-9);
        assert_eq!(
            (
                table.numbers("YEAR").unwrap()[0],
                table.numbers("YEAR").unwrap()[308]
            ),
            (1700.0, 2008.0)
        );
    }

    #[test]
    fn the_naive_forecast_of_1950_to_2008_has_its_known_error() {
        for scale in [Scale::Standard, Scale::MinMax, Scale::Difference] {
            let made = made(&series(), |spec| {
                spec.asked = Asked::Forecast {
                    features: vec!["SUNACTIVITY".into()],
                    targets: vec!["SUNACTIVITY".into()],
                    window: 22,
                    horizon: 1,
                    steps: 1,
                };
                spec.test = TestFrom::Label("1950".into());
                spec.scale = scale;
            });
            let data = &made.dataset;
            let test = data.split(Split::Test);
            let lost = usize::from(scale == Scale::Difference);
            assert_eq!((data.train.len(), test.len()), (228 - lost, 59));
            assert_eq!(data.target_label(test[0].last_row()), "1950");
            let naive = data.naive.as_ref().unwrap();
            let square = |span: &Span| {
                let row = span.last_row();
                let actual = data.target_in_own_units(row, 0).unwrap();
                (actual - naive[[row, 0]]) * (actual - naive[[row, 0]])
            };
            let error = (test.iter().map(square).sum::<f64>() / test.len() as f64).sqrt();
            // numpy 1950–2008: sqrt(mean((s[1:] - s[:-1])**2)) = 33.17500590729642.
            assert!((error - 33.175_005_907_296_42).abs() < 1e-9, "{error}");
        }
    }
}

/// The weekly series with its gaps, as it comes with the app.
#[test]
fn the_gaps_of_the_carbon_dioxide_series_are_carried_forward_and_not_scored() {
    const FILE: &[u8] = include_bytes!("../../../assets/data/co2.csv");
    let table = read(FILE, &CsvOptions::default(), &|_| ControlFlow::Continue(())).unwrap();
    let mut spec = Roles::guess(&table).spec(&table);
    spec.test = TestFrom::Label("1960".into());
    let made = prepare(&table, &spec).unwrap();
    // statsmodels 0.15.0: len(co2.load_pandas().data) = 2284, .co2.isna().sum() = 59, the first in May 1958.
    assert_eq!(table.rows(), 2284);
    let column = &made.report.columns[1];
    assert_eq!((column.missing, column.filled), (59, 59));
    let time = made.report.time.as_ref().unwrap();
    assert_eq!(time.sentences(), ["Rows are 7 days apart."]);
    let measured = |span: &Span| {
        let row = made.report.table_rows[span.last_row() + 1];
        !table.numbers("co2").unwrap()[row].is_nan()
    };
    assert!(made.dataset.test.iter().all(measured));
    let last = made.outlook.as_ref().unwrap().future[0].span.last_row();
    assert_eq!(made.dataset.label_ahead(last, 1), "2002-01-05");
}

/// The cells of a small table with every kind of column and with gaps.
type Cells = Vec<[String; 6]>;

fn any_cells() -> impl Strategy<Value = Cells> {
    let cell = prop_oneof![8 => (-3..50i32).prop_map(|v| v.to_string()), 1 => Just(String::new())];
    let row = (
        cell.clone(),
        cell,
        prop_oneof![Just("a"), Just("b"), Just("c")],
        prop_oneof![Just("x"), Just("y")],
        "[a-d]{1,4}",
    );
    (proptest::collection::vec(row, 1..30), 0..4u8).prop_map(|(rows, times)| {
        let rows = rows.into_iter().enumerate();
        rows.map(|(at, (p, q, group, label, text))| {
            let time = match times {
                0 => (at + 1).to_string(),
                1 => format!("2024-{:02}-{:02}", at / 6 + 1, at % 6 + 1),
                2 => format!("2024-01-{:02}", 28 - at),
                _ => format!("t{}", at % 5),
            };
            [time, p, q, group.into(), label.into(), text]
        })
        .collect()
    })
}

fn table_of(cells: &Cells) -> Table {
    let rows: Vec<String> = cells.iter().map(|row| row.join(",")).collect();
    csv(&format!("time,p,q,group,label,text\n{}\n", rows.join("\n")))
}

fn any_spec() -> impl Strategy<Value = SequenceSpec> {
    let columns = proptest::sample::subsequence(vec!["p", "q"], 1..=2)
        .prop_map(|names| names.into_iter().map(str::to_owned).collect::<Vec<_>>());
    // Mostly what can be, now and then a 0.
    let small = || prop_oneof![9 => 1..4usize, 1 => Just(0)];
    let asked = (columns.clone(), columns, small(), small(), small(), 0..6u8).prop_map(
        |(features, targets, window, horizon, steps, kind)| match kind {
            0..=2 => Asked::Forecast {
                features,
                targets,
                window,
                horizon,
                steps,
            },
            3 | 4 => Asked::Classify {
                features,
                label: "label".into(),
                label_at: [None, Some(LabelAt::End), Some(LabelAt::Every)][steps % 3],
                window,
            },
            _ => Asked::Symbols {
                text: "text".into(),
                label: (steps > 1).then(|| "label".into()),
            },
        },
    );
    let test = prop_oneof![
        4 => (0.1..0.6f64).prop_map(TestFrom::Fraction),
        1 => (-0.1..1.1f64).prop_map(TestFrom::Fraction),
        2 => "(1?[0-9]|2024-01-0[0-9]|t[0-9])".prop_map(TestFrom::Label),
        1 => Just(TestFrom::Groups(vec!["b".into()])),
    ];
    (
        asked,
        proptest::bool::ANY,
        proptest::bool::ANY,
        prop_oneof![1 => Just(Missing::Refuse), 5 => proptest::sample::select(&Missing::ALL[1..])],
        proptest::sample::select(&Scale::ALL[..]),
        test,
    )
        .prop_map(|(asked, time, group, missing, scale, test)| SequenceSpec {
            asked,
            time: time.then(|| "time".into()),
            group: group.then(|| "group".into()),
            missing,
            scale,
            test,
        })
}

/// The cells with every number that the test part asks for made another one.
fn disturbed(cells: &Cells, report: &Report) -> Cells {
    let mut cells = cells.clone();
    for (row, used) in cells.iter_mut().zip(&report.use_of_row) {
        if used.test_target {
            for cell in &mut row[1..3] {
                if let Ok(number) = cell.parse::<i32>() {
                    *cell = (3 * number + 1).to_string();
                }
            }
        }
    }
    cells
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_specification_on_any_table_gives_sequences_that_keep_the_split_or_an_error(
        cells in any_cells(),
        spec in any_spec(),
    ) {
        let table = table_of(&cells);
        match prepare(&table, &spec) {
            Ok(made) => {
                let data = &made.dataset;
                prop_assert!(!data.train.is_empty() && !data.test.is_empty());
                let rows = data.inputs.nrows();
                prop_assert!(data.inputs.iter().all(|value| value.is_finite()));
                prop_assert!(data.train.iter().chain(&data.test).all(|span| span.end() <= rows && span.len > 0));
                prop_assert_eq!(made.report.table_rows.len(), rows);
                for row in &made.report.use_of_row {
                    prop_assert!(!(row.train_target && row.test_target), "a row is asked in both parts");
                }
                // Every row is used or listed.
                let listed: usize = made.report.unused.iter().map(|unused| unused.lines.count).sum();
                let used = made.report.use_of_row.iter().filter(|row| row.any()).count();
                prop_assert_eq!(listed + used, table.rows(), "{:?}", made.report.unused);
                if let Targets::Values(values) = &data.targets {
                    prop_assert!(values.iter().all(|value| value.is_finite()));
                    let outlook = made.outlook.as_ref().unwrap();
                    for span in data.train.iter().chain(&data.test) {
                        for output in 0..data.output_size() {
                            // What comes back is what the file says, wherever it says it.
                            let row = made.report.table_rows[span.last_row() + outlook.rows_ahead(output)];
                            let column = table.numbers(&outlook.targets[outlook.target(output)]).unwrap();
                            let back = data.target_in_own_units(span.last_row(), output).unwrap();
                            prop_assert!(column[row].is_nan() || (back - column[row]).abs() < 1e-9);
                        }
                    }
                }
            }
            Err(error) => prop_assert!(!error.to_string().is_empty() && !error.setting().is_empty()),
        }
    }

    #[test]
    fn what_scales_and_what_is_learnt_does_not_change_with_the_test_part(
        cells in any_cells(),
        spec in any_spec(),
    ) {
        let Ok(before) = prepare(&table_of(&cells), &spec) else { return Ok(()) };
        let other = disturbed(&cells, &before.report);
        let Ok(after) = prepare(&table_of(&other), &spec) else { return Ok(()) };
        prop_assert_eq!(&before.dataset.train, &after.dataset.train);
        prop_assert_eq!(&before.dataset.input_scalers, &after.dataset.input_scalers);
        prop_assert_eq!(&before.dataset.output_scalers, &after.dataset.output_scalers);
        for span in &before.dataset.train {
            for row in span.rows() {
                prop_assert_eq!(before.dataset.inputs.row(row), after.dataset.inputs.row(row));
            }
            if let (Targets::Values(a), Targets::Values(b)) = (&before.dataset.targets, &after.dataset.targets) {
                prop_assert_eq!(a.row(span.last_row()), b.row(span.last_row()));
            }
        }
    }
}
