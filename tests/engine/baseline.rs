//! The baselines against statsmodels, on every series that comes with rnnscope.
//!
//! `tests/fixtures/baseline.json` was made by `tests/fixtures/baseline.py` and says by which version.

use std::path::Path;

use rnnscope::baseline::ar::direct_lags;
use rnnscope::baseline::lags::all_lags;
use rnnscope::baseline::{
    Autoregression, Criterion, ForecastRow, Forecaster, Method, PartialMethod, Predictions, Score,
    autocorrelation, naive_error, order_table, partial_autocorrelation, scores,
};
use serde_json::Value;

/// |found − expected| ≤ 10⁻⁸ · max(1, |expected|).
fn close(found: f64, expected: f64, what: &str) {
    let allowed = 1e-8 * expected.abs().max(1.0);
    assert!(
        (found - expected).abs() <= allowed,
        "{what}: found {found}, expected {expected}"
    );
}

fn all_close(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        close(*found, *expected, &format!("{what}[{index}]"));
    }
}

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// A column of a shipped file, which are plain: no quotes, commas and line feeds only. Missing values are carried forward.
fn column(file: &str, name: &str) -> Vec<f64> {
    let text = read(&format!("assets/data/{file}"));
    let mut lines = text.lines();
    let place = lines
        .next()
        .unwrap()
        .split(',')
        .position(|header| header == name)
        .unwrap();
    let mut values: Vec<f64> = Vec::new();
    for line in lines {
        let cell = line.split(',').nth(place).unwrap();
        let value = match cell {
            "" => *values.last().unwrap(),
            number => number.parse().unwrap(),
        };
        values.push(value);
    }
    values
}

fn sunspots() -> Vec<f64> {
    column("sunspots.csv", "SUNACTIVITY")
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn count(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

fn counts(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(count).collect()
}

/// Every series of the fixture: name, values, what statsmodels says.
fn each_series(check: impl Fn(&str, &[f64], &Value)) {
    let fixture: Value = serde_json::from_str(&read("tests/fixtures/baseline.json")).unwrap();
    assert_eq!(fixture["statsmodels"], "0.15.0");
    let all = fixture["series"].as_array().unwrap();
    assert_eq!(all.len(), 7);
    for series in all {
        let name = series["column"].as_str().unwrap();
        let values = column(series["file"].as_str().unwrap(), name);
        check(name, &values, series);
    }
}

/// Issue "Forecasting": statsmodels 0.15, `AutoReg(sunspots, lags).fit()`, `yule_walker(…, method="mle")`, `burg`.
#[test]
fn sunspots_give_the_published_coefficients_to_eight_digits() {
    let series = sunspots();
    let fitted = |lags: &[usize], method| Autoregression::fit(&series, lags, method).unwrap();
    let close = |found: f64, expected: f64| {
        assert!((found - expected).abs() <= 1e-8, "{found} {expected}");
    };
    let check = |model: &Autoregression, expected: &[f64]| {
        assert_eq!(model.coefficients.len(), expected.len());
        for (found, expected) in model.coefficients.iter().zip(expected) {
            close(*found, *expected);
        }
    };

    let second = fitted(&[1, 2], Method::LeastSquares);
    close(second.constant, 14.9071483366);
    check(&second, &[1.3918052478, -0.6902869280]);
    let next = second.forecast(&series, 2);
    close(next[0], 13.7662315955);
    close(next[1], 32.0652296223);

    let ninth = fitted(&all_lags(9), Method::LeastSquares);
    close(ninth.constant, 6.7430535917);
    check(
        &ninth,
        &[
            1.1649421971,
            -0.4053574226,
            -0.1665393425,
            0.1498062942,
            -0.0946241706,
            0.0049100124,
            0.0504665931,
            -0.0863534919,
            0.2534910319,
        ],
    );

    let some = fitted(&[9, 1, 2], Method::LeastSquares);
    assert_eq!(some.lags, [1, 2, 9]);
    close(some.constant, 5.0964184886);
    check(&some, &[1.2113496451, -0.5139717843, 0.2057847821]);

    let by_moments = fitted(&[1, 2], Method::YuleWalker);
    check(&by_moments, &[1.3752269313, -0.6766944172]);
    let burg = fitted(&[1, 2], Method::Burg);
    check(&burg, &[1.3920424069, -0.6901282082]);
}

/// Issue "Forecasting": train on the first 250 years, one step over the last 59.
#[test]
fn over_the_last_59_years_of_sunspots_ar9_has_rmse_18_7486_and_naive_33_1750() {
    let series = sunspots();
    let training = &series[..250];
    let ninth = Autoregression::fit(training, &all_lags(9), Method::LeastSquares).unwrap();
    let found = test_scores(
        &series,
        250,
        1,
        &[Forecaster::Autoregression(ninth), Forecaster::Naive],
    );
    assert_eq!((found[0].model.as_str(), found[0].n), ("AR(9)", 59));
    assert_eq!((found[1].model.as_str(), found[1].n), ("naive", 59));
    assert!((found[0].rmse - 18.7486).abs() < 5e-5, "{:?}", found[0]);
    assert!((found[1].rmse - 33.1750).abs() < 5e-5, "{:?}", found[1]);
}

/// The models' scores over all rows from `first` on, each forecast `ahead` rows before.
fn test_scores(series: &[f64], first: usize, ahead: usize, models: &[Forecaster]) -> Vec<Score> {
    let targets: Vec<ForecastRow> = (first..series.len())
        .map(|row| ForecastRow { row, ahead })
        .collect();
    let predictions: Vec<Predictions> = models
        .iter()
        .map(|model| Predictions {
            model: model.title(),
            values: model.predict(series, &targets).unwrap(),
            targets: targets.clone(),
        })
        .collect();
    scores(series, &predictions, naive_error(&[&series[..first]], 1)).unwrap()
}

#[test]
fn least_squares_agree_with_autoreg_in_coefficients_variance_forecasts_and_roots() {
    each_series(|name, values, expected| {
        for expected in expected["autoregressions"].as_array().unwrap() {
            let lags = counts(&expected["lags"]);
            let what = format!("{name} {lags:?}");
            let fitted = Autoregression::fit(values, &lags, Method::LeastSquares).unwrap();
            close(fitted.constant, number(&expected["constant"]), &what);
            all_close(
                &fitted.coefficients,
                &numbers(&expected["coefficients"]),
                &what,
            );
            close(fitted.variance, number(&expected["variance"]), &what);
            assert_eq!(fitted.observations, count(&expected["observations"]));
            let forecast = numbers(&expected["forecast"]);
            all_close(&fitted.forecast(values, forecast.len()), &forecast, &what);
            // Each root of statsmodels is nearest to another one of ours.
            let mut roots = fitted.roots().unwrap();
            let expected_roots = expected["roots"].as_array().unwrap();
            assert_eq!(roots.len(), expected_roots.len(), "{what}");
            let mut stationary = true;
            for root in expected_roots {
                let root = numbers(root);
                let distance = |k: usize| libm::hypot(roots[k].re - root[0], roots[k].im - root[1]);
                let nearest = (0..roots.len())
                    .min_by(|&a, &b| distance(a).total_cmp(&distance(b)))
                    .unwrap();
                let modulus = libm::hypot(root[0], root[1]);
                assert!(distance(nearest) <= 1e-8 * modulus, "{what} {root:?}");
                roots.swap_remove(nearest);
                stationary &= modulus > 1.0;
            }
            assert_eq!(fitted.stationary(), Some(stationary), "{what}");
        }
    });
}

#[test]
fn yule_walker_and_burg_agree_with_statsmodels_in_coefficients_and_variance() {
    each_series(|name, values, expected| {
        for expected in expected["by_moments"].as_array().unwrap() {
            let lags = all_lags(count(&expected["order"]));
            for method in [Method::YuleWalker, Method::YuleWalkerAdjusted, Method::Burg] {
                let expected = &expected[method.name()];
                let what = format!("{name} {method:?} {}", lags.len());
                let fitted = Autoregression::fit(values, &lags, method).unwrap();
                all_close(
                    &fitted.coefficients,
                    &numbers(&expected["coefficients"]),
                    &what,
                );
                close(fitted.variance, number(&expected["variance"]), &what);
                // A forecast far ahead is the mean: the constant belongs to the coefficients.
                let mean = values.iter().sum::<f64>() / values.len() as f64;
                let of_process = fitted.mean().unwrap();
                assert!((of_process / mean - 1.0).abs() < 1e-9, "{what}");
            }
        }
    });
}

#[test]
fn criteria_of_every_order_and_the_orders_chosen_agree_with_ar_select_order() {
    each_series(|name, values, expected| {
        let expected = &expected["orders"];
        let max_lag = count(&expected["max_lag"]);
        let table = order_table(values, max_lag).unwrap();
        let (aic, bic): (Vec<f64>, Vec<f64>) =
            table.rows.iter().map(|row| (row.aic, row.bic)).unzip();
        all_close(&aic, &numbers(&expected["aic"]), name);
        all_close(&bic, &numbers(&expected["bic"]), name);
        let best = |criterion| table.best(criterion);
        assert_eq!(best(Criterion::Aic), count(&expected["best_aic"]), "{name}");
        assert_eq!(best(Criterion::Bic), count(&expected["best_bic"]), "{name}");
        assert_eq!(table.observations, values.len() - max_lag);
    });
}

#[test]
fn both_correlations_agree_with_acf_and_pacf_by_the_method_each_is_said_to_equal() {
    each_series(|name, values, expected| {
        let acf = numbers(&expected["acf"]);
        let found = autocorrelation(values, acf.len() - 1).unwrap();
        all_close(&found.values, &acf, name);
        for (method, theirs) in [
            (PartialMethod::YuleWalker, "ldb"),
            (PartialMethod::YuleWalker, "ywm"),
            (PartialMethod::YuleWalkerAdjusted, "lda"),
            (PartialMethod::YuleWalkerAdjusted, "ywadjusted"),
            (PartialMethod::LeastSquares, "ols"),
            (PartialMethod::Burg, "burg"),
        ] {
            let pacf = numbers(&expected["pacf"][theirs]);
            let found = partial_autocorrelation(values, pacf.len() - 1, method).unwrap();
            all_close(&found.values, &pacf, &format!("{name} {theirs}"));
        }
    });
}

#[test]
fn held_out_forecasts_recursive_and_direct_have_the_errors_that_statsmodels_forecasts_have() {
    each_series(|name, values, expected| {
        let expected = &expected["held_out"];
        let lags = counts(&expected["lags"]);
        let first = values.len() - count(&expected["test"]);
        let fit = |lags: &[usize]| {
            let training = &values[..first];
            Autoregression::fit(training, lags, Method::LeastSquares).unwrap()
        };
        for expected in expected["horizons"].as_array().unwrap() {
            let ahead = count(&expected["horizon"]);
            let recursive = Forecaster::Autoregression(fit(&lags));
            let ends = [first, values.len() - 1].map(|row| ForecastRow { row, ahead });
            let found = recursive.predict(values, &ends).unwrap();
            close(found[0], number(&expected["first"]), name);
            close(found[1], number(&expected["last"]), name);
            let direct = Forecaster::Autoregression(fit(&direct_lags(&lags, ahead)));
            let models = [recursive, direct, Forecaster::Naive];
            let found = test_scores(values, first, ahead, &models);
            for (score, kind) in found.iter().zip(["recursive", "direct", "naive"]) {
                let what = format!("{name} {kind} {ahead}");
                let expected = &expected[kind];
                close(score.rmse, number(&expected["rmse"]), &what);
                close(score.mae, number(&expected["mae"]), &what);
                close(score.mase.unwrap(), number(&expected["mase"]), &what);
            }
        }
    });
}

/// The bits are those of x86-64 without and with AVX2; whatever the machine and the profile, they must be these.
#[test]
fn the_bits_of_a_fit_its_forecast_and_its_roots_are_the_same_everywhere() {
    let series = sunspots();
    let fitted = Autoregression::fit(&series, &all_lags(9), Method::LeastSquares).unwrap();
    let root = fitted.roots().unwrap()[0];
    let values = [
        fitted.constant,
        fitted.coefficients[8],
        fitted.forecast(&series, 40)[39],
        root.re,
        root.im,
        order_table(&series, 13).unwrap().rows[9].bic,
    ];
    let bits: Vec<String> = values
        .iter()
        .map(|value| format!("{:016x}", value.to_bits()))
        .collect();
    assert_eq!(
        bits,
        [
            "401af8e30a6eada3",
            "3fd039327302d237",
            "4041ee0ebebdf880",
            "3feb157df48784bb",
            "3fe25f08dc081f8a",
            "40a383b0883c6069"
        ]
    );
}

/// Sums by pandas over statsmodels' own data; the 59 gaps of co2 are counted by `isna`.
#[test]
fn the_shipped_series_are_whole() {
    let sum = |file: &str, name: &str| {
        let text = read(&format!("assets/data/{file}"));
        assert!(text.ends_with('\n') && !text.contains('\r'), "{file}");
        let gaps = text.lines().filter(|line| line.ends_with(',')).count();
        (column(file, name).len(), gaps)
    };
    assert_eq!(sum("nile.csv", "volume"), (100, 0));
    assert_eq!(sum("co2.csv", "co2"), (2284, 59));
    assert_eq!(sum("elnino.csv", "temperature"), (732, 0));
    assert_eq!(sum("us_macro.csv", "realgdp"), (203, 0));
    let total = |file: &str, name: &str| column(file, name).iter().sum::<f64>();
    close(total("nile.csv", "volume"), 91935.0, "nile");
    close(total("elnino.csv", "temperature"), 16903.8, "elnino");
    close(total("us_macro.csv", "realgdp"), 1465897.896, "us_macro");
}
