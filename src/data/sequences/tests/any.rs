//! Any specification on any table: what holds for all of them.

use super::*;

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
            time: if time {
                TimeFrom::Column("time".into())
            } else {
                TimeFrom::Usual
            },
            group: group.then(|| "group".into()).into_iter().collect(),
            sort: false,
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
