//! The series that come with the app, as the gallery's experiments read them.

use super::*;

const SUNSPOTS: &[u8] = include_bytes!("../../../../assets/data/sunspots.csv");
const CO2: &[u8] = include_bytes!("../../../../assets/data/co2.csv");

fn series() -> Table {
    read(SUNSPOTS, &CsvOptions::default(), &|_| {
        ControlFlow::Continue(())
    })
    .unwrap()
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

/// The weekly series with its gaps, as it comes with the app.
#[test]
fn the_gaps_of_the_carbon_dioxide_series_are_carried_forward_and_not_scored() {
    let table = read(CO2, &CsvOptions::default(), &|_| ControlFlow::Continue(())).unwrap();
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
