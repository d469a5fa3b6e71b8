use std::ops::ControlFlow;

use proptest::prelude::*;

use super::*;
use crate::data::csv::{CsvOptions, read};
use crate::data::dataset::Split;

/// Years 1 to 8 with values 10, 20, … 80 and their days as text.
fn table() -> Table {
    let text = "year,day,value\n1,a,10\n2,b,20\n3,c,30\n4,d,40\n5,e,50\n6,f,60\n7,g,70\n8,h,80\n";
    read(text.as_bytes(), &CsvOptions::default(), &|_| {
        ControlFlow::Continue(())
    })
    .unwrap()
}

fn spec() -> Forecast {
    Forecast {
        features: vec!["value".into()],
        target: "value".into(),
        time: None,
        window: 3,
        horizon: 1,
        test_from: TestFrom::Label("7".into()),
        scale: Scale::None,
    }
}

fn failing(change: impl Fn(&mut Forecast)) -> (String, &'static str) {
    let mut spec = spec();
    change(&mut spec);
    let error = forecast(&table(), &spec).unwrap_err();
    (error.to_string(), error.setting())
}

fn starts(spans: &[Span]) -> Vec<usize> {
    spans.iter().map(|span| span.start).collect()
}

fn values(data: &Dataset) -> &Array2<f64> {
    match &data.targets {
        Targets::Values(values) => values,
        Targets::Classes { .. } => panic!("a forecast has values"),
    }
}

#[test]
fn windows_end_before_their_target_and_are_split_by_its_time() {
    let data = forecast(&table(), &spec()).unwrap();
    // The last row has no target.
    assert_eq!(data.inputs.dim(), (7, 1));
    assert_eq!(
        values(&data).column(0).to_vec(),
        [20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0]
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
    let data = forecast(
        &table(),
        &Forecast {
            horizon: 2,
            ..spec()
        },
    )
    .unwrap();
    assert_eq!(
        values(&data).column(0).to_vec(),
        [30.0, 40.0, 50.0, 60.0, 70.0, 80.0]
    );
    assert_eq!(
        (starts(&data.train), starts(&data.test)),
        (vec![0, 1], vec![2, 3])
    );
    assert_eq!(data.target_label(data.test[0].last_row()), "7");
}

#[test]
fn scalers_know_nothing_of_the_test_part() {
    let data = forecast(
        &table(),
        &Forecast {
            scale: Scale::Standard,
            ..spec()
        },
    )
    .unwrap();
    // 10 … 60: mean 35, deviation √(1750/6).
    let expected = Scaler {
        shift: 35.0,
        factor: (1750.0f64 / 6.0).sqrt(),
    };
    assert_eq!(
        (data.input_scalers[0], data.output_scalers[0]),
        (expected, expected)
    );
    assert!((data.output_scalers[0].invert(values(&data)[[6, 0]]) - 80.0).abs() < 1e-12);
}

#[test]
fn the_test_part_begins_at_a_label_a_share_or_a_row() {
    let first_test = |time: Option<&str>, from: TestFrom| {
        let data = forecast(
            &table(),
            &Forecast {
                time: time.map(str::to_owned),
                test_from: from,
                ..spec()
            },
        )
        .unwrap();
        data.target_label(data.test[0].last_row())
    };
    let label = |label: &str| TestFrom::Label(label.into());
    assert_eq!(first_test(None, label("5.5")), "6");
    assert_eq!(first_test(Some("day"), label("g")), "g");
    assert_eq!(first_test(Some("day"), TestFrom::Fraction(0.5)), "e");
    let unnamed = Table::of_numbers(vec![("value".into(), (0..8).map(f64::from).collect())]);
    let data = forecast(&unnamed, &spec()).unwrap();
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
    let data = forecast(
        &table,
        &Forecast {
            test_from: TestFrom::Fraction(0.2),
            ..spec()
        },
    )
    .unwrap();
    assert_eq!(
        (data.target_label(2).as_str(), data.target_position(2)),
        ("2", 4.0)
    );
    let error = forecast(
        &table,
        &Forecast {
            test_from: TestFrom::Label("3".into()),
            ..spec()
        },
    )
    .unwrap_err();
    assert_eq!(
        error,
        WindowError::TimeGoesBack {
            column: "month".into(),
            line: 4,
            found: 1.0,
            before: 12.0
        }
    );
}

#[test]
fn what_cannot_be_says_found_expected_and_a_hint() {
    let label = |label: &str| TestFrom::Label(label.into());
    let (shown, setting) = failing(|spec| spec.features = vec!["valeu".into()]);
    assert_eq!(setting, "features");
    assert_eq!(
        shown,
        "found the column name “valeu”, expected one of year, day, value. Did you mean “value”?"
    );
    assert!(
        failing(|spec| spec.target = "values".into())
            .0
            .ends_with("Did you mean “value”?")
    );
    assert_eq!(failing(|spec| spec.target = "values".into()).1, "target");
    assert_eq!(failing(|spec| spec.time = Some("hour".into())).1, "time");
    let (shown, setting) = failing(|spec| spec.target = "day".into());
    assert_eq!(setting, "target");
    assert!(
        shown.starts_with("line 2, column 2 (day): found “a”, expected a number."),
        "{shown}"
    );
    assert_eq!(shown.lines().count(), 8);
    assert_eq!(failing(|spec| spec.features.clear()).1, "features");
    assert_eq!(failing(|spec| spec.window = 0).1, "window");
    assert_eq!(failing(|spec| spec.horizon = 0).1, "horizon");
    assert_eq!(
        failing(|spec| spec.window = 8).0,
        "found window 8 and horizon 1, expected together at most the 8 rows of the series. Choose a shorter window."
    );
    assert_eq!(failing(|spec| spec.window = usize::MAX).1, "window");
    assert_eq!(
        failing(|spec| spec.test_from = label("soon")).0,
        "found test_from “soon”, expected a number after 1 and up to 8, as in column year"
    );
    assert_eq!(
        failing(|spec| spec.test_from = label("9")).0,
        "found no row at or after test_from “9”, expected at least one. The last is “8”."
    );
    assert_eq!(
        failing(|spec| spec.test_from = label("4")).0,
        "found 3 rows before test_from, expected at least 4 (window + horizon) for one training sequence. \
         Let test_from be later, or choose a shorter window."
    );
    for share in [0.0, 1.0, f64::NAN, -0.2] {
        assert!(matches!(
            forecast(
                &table(),
                &Forecast {
                    test_from: TestFrom::Fraction(share),
                    ..spec()
                }
            ),
            Err(WindowError::Share { .. })
        ));
    }
    let (shown, setting) = failing(|spec| {
        spec.time = Some("day".into());
        spec.test_from = label("z");
    });
    assert_eq!(setting, "test_from");
    assert!(shown.contains("which go from “a” to “h”"), "{shown}");
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
        let spec = Forecast {
            features: vec!["SUNACTIVITY".into()],
            target: "SUNACTIVITY".into(),
            window: 22,
            test_from: TestFrom::Label("1950".into()),
            scale: Scale::Standard,
            ..spec()
        };
        let data = forecast(&series(), &spec).unwrap();
        let test = data.split(Split::Test);
        assert_eq!((data.train.len(), test.len()), (228, 59));
        assert_eq!(data.target_label(test[0].last_row()), "1950");
        let naive = data.naive.as_ref().unwrap();
        let square = |span: &Span| {
            let row = span.last_row();
            let actual = data.output_scalers[0].invert(values(&data)[[row, 0]]);
            (actual - naive[[row, 0]]) * (actual - naive[[row, 0]])
        };
        let error = (test.iter().map(square).sum::<f64>() / test.len() as f64).sqrt();
        // numpy 1950–2008: sqrt(mean((s[1:] - s[:-1])**2)) = 33.17500590729642.
        assert!((error - 33.175_005_907_296_42).abs() < 1e-9, "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_setting_gives_windows_that_keep_the_split_or_an_error(
        values in proptest::collection::vec(-1e9..1e9f64, 0..30),
        window in 0..12usize,
        horizon in 0..12usize,
        label in "[0-9.a-]{0,3}",
        share in -0.2..1.2f64,
        by_label: bool,
    ) {
        let rows = values.len();
        let table = Table::of_numbers(vec![("value".into(), values)]);
        let test_from = if by_label { TestFrom::Label(label) } else { TestFrom::Fraction(share) };
        let spec = Forecast { window, horizon, test_from, scale: Scale::Standard, ..spec() };
        match forecast(&table, &spec) {
            Ok(data) => {
                prop_assert!(!data.train.is_empty() && !data.test.is_empty());
                prop_assert_eq!(data.inputs.nrows(), rows - horizon);
                prop_assert_eq!(data.train.len() + data.test.len(), rows + 1 - window - horizon);
                let target = |span: &Span| data.target_position(span.last_row());
                let last_train = data.train.iter().map(target).fold(0.0, f64::max);
                prop_assert!(data.test.iter().all(|span| target(span) > last_train));
                prop_assert!(data.train.iter().chain(&data.test).all(|span| span.rows().end <= rows - horizon));
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
