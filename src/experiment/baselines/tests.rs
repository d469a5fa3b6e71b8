//! What baselines are fitted on, and how far they reach.

use std::ops::ControlFlow;

use super::*;
use crate::data::Table;
use crate::data::sequences::prepare;
use crate::data::time::{self, Precision};
use crate::experiment::{Data, Experiment};

/// The baselines of an experiment's `[data]` and `[baseline]` lines on a table.
fn baselines(table: &str, lines: &str) -> (Baselines, Dataset) {
    let text = format!("format = 1\n[data]\ncsv = \"x.csv\"\ntarget = \"v\"\n{lines}");
    let experiment = Experiment::parse(&text).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
    let Data::Csv(data) = &experiment.data else {
        panic!("a table is asked for")
    };
    let go_on = |_| ControlFlow::Continue(());
    let table: Table = crate::data::csv::read(table.as_bytes(), &data.options, &go_on).unwrap();
    let made = prepare(&table, &data.sequences).unwrap();
    let outlook = made.outlook.as_ref().unwrap();
    let baselines = Baselines::new(
        &experiment.baseline,
        &made.dataset,
        outlook,
        &Pace::new(&|_| ControlFlow::Continue(())),
    )
    .unwrap();
    (baselines, made.dataset)
}

/// A table with a group column.
fn of_groups(groups: &[(&str, &[i32])]) -> String {
    let rows = groups.iter().flat_map(|(name, values)| {
        let rows = values.iter().enumerate();
        rows.map(move |(year, value)| format!("{name},{},{value}\n", year + 1))
    });
    "g,year,v\n".to_owned() + &rows.collect::<String>()
}

/// What the autoregression says at the end of the first sequence of a part.
fn first_said(baselines: &Baselines, dataset: &Dataset, split: Split) -> f64 {
    let row = dataset.split(split)[0].last_row();
    baselines.predict(&baselines.list[0], row, 0).unwrap()
}

const A: (&str, &[i32]) = ("a", &[1, 2, 4, 3, 5, 4]);

#[test]
fn groups_that_are_held_back_have_no_part_in_an_autoregression() {
    let table = of_groups(&[A, ("b", &[9, -9, 9, 7])]);
    let lines = "group = \"g\"\ntest_groups = [\"b\"]\nwindow = 2\n[baseline]\nar = 1\n";
    let (baselines, dataset) = baselines(&table, lines);
    // By hand, from a alone: slope 3 / 10, constant 3.6 − 0.3 · 3, and 2.7 + 0.3 · 2.
    let said = first_said(&baselines, &dataset, Split::Train);
    assert!((said - 3.3).abs() < 1e-12, "{said}");
    // What MASE is scaled by: the steps 1, 2, 1, 2, 1 of a.
    assert_eq!(baselines.past.scales, [Some(7.0 / 5.0)]);
}

#[test]
fn a_group_that_begins_after_the_split_has_no_part_in_what_is_fitted() {
    let lines = "group = \"g\"\ntime = \"year\"\ntest_from = 6\nwindow = 2\n[baseline]\nar = 1\n";
    let alone = baselines(&of_groups(&[A]), lines);
    let late = "b,7,9\nb,8,-9\nb,9,9\nb,10,7\n";
    let with = baselines(&(of_groups(&[A]) + late), lines);
    let model = |(baselines, _): &(Baselines, Dataset)| baselines.autoregression(0).cloned();
    assert!(model(&alone).is_some());
    assert_eq!(model(&alone), model(&with));
    assert_eq!(alone.0.past.scales, with.0.past.scales);
}

#[test]
fn a_gap_at_the_beginning_of_the_test_part_lets_no_test_row_into_what_is_fitted() {
    let table = |gap: &str| {
        format!("year,v\n1,1\n2,2\n3,4\n4,3\n5,5\n6,4\n7,{gap}\n8,{gap}\n9,9\n10,-9\n11,9\n")
    };
    let lines = "test_from = 7\nwindow = 2\nmissing = \"carry_forward\"\n[baseline]\nar = 1\n";
    let fitted = |gap: &str| {
        let (baselines, dataset) = baselines(&table(gap), lines);
        (
            baselines.autoregression(0).cloned().unwrap(),
            baselines.past.scales.clone(),
            first_said(&baselines, &dataset, Split::Train),
        )
    };
    let (model, scales, said) = fitted("");
    assert_eq!((model, scales), (fitted("100").0, fitted("100").1));
    assert!((said - 3.3).abs() < 1e-12, "{said}");
}

/// Rows on these days, counted from 1970-01-01.
fn on_days(days: impl Iterator<Item = usize>) -> String {
    let row = |(row, day): (usize, usize)| {
        let date = time::text(86_400.0 * day as f64, Precision::Day);
        format!("{date},{}\n", row * row % 7)
    };
    "date,v\n".to_owned() + &days.enumerate().map(row).collect::<String>()
}

#[test]
fn a_season_that_reaches_no_target_is_left_out_and_said() {
    let (baselines, dataset) = baselines(&on_days((0..45).map(|week| 7 * week)), "window = 6\n");
    assert_eq!(baselines.usual_season(), 52);
    let rows: Vec<usize> = dataset.test.iter().map(|span| span.last_row()).collect();
    let scores = &baselines.scores(&rows, 1, &vec![1.0; rows.len()])[0];
    assert_eq!((scores.all(), scores.common()), (9, 9));
    let n: Vec<_> = scores
        .baselines
        .iter()
        .map(|score| score.as_ref().map(|score| score.n))
        .collect();
    assert_eq!(n, [Some(9), None, Some(9)]);
    assert_eq!(
        baselines.notices,
        [
            "The seasonal naive (52) forecast needs 52 rows before a target, and no target of the test part has as many: it is \
          left out of the comparison."
        ]
    );
}

#[test]
fn the_season_is_told_by_the_training_rows_alone() {
    // Ten days and then, after the split, twenty weeks: by all rows together it would be weeks.
    let days = (0..10).chain((1..=20).map(|week| 9 + 7 * week));
    let (baselines, _) = baselines(&on_days(days), "test_from = \"1970-01-11\"\nwindow = 2\n");
    assert_eq!(baselines.usual_season(), 7);
}

/// A trend depends on rows as far back as one looks; its steps, which the network sees, do not.
#[test]
fn correlations_are_of_what_the_network_sees() {
    // Steps of 9 and 11 by turns.
    let values: Vec<i32> = (0..60).map(|t| 10 * t + t % 2).collect();
    let rows: String = (1..)
        .zip(&values)
        .map(|(t, v)| format!("{t},{v}\n"))
        .collect();
    let lines = "time = \"t\"\ntest_from = 50\nwindow = 2\n[baseline]\nar = 1\n";
    let (baselines, _) = baselines(&format!("t,v\n{rows}"), lines);
    let lag_one = |of| {
        let (all, partial) = baselines.correlations(0, of, 8).unwrap();
        let (all, partial) = (all.unwrap(), partial.unwrap());
        // One estimate for both: at lag 1 there is nothing between that could be accounted for.
        assert!((all.values[1] - partial.values[1]).abs() < 1e-12, "{of:?}");
        all.values[1]
    };
    assert!(lag_one(Scaled::Value) > 0.9);
    assert!(lag_one(Scaled::Change) < -0.9);
    assert!(baselines.correlations(1, Scaled::Value, 8).is_none());
}
