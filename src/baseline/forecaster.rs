//! The baselines behind one face: last value, value a season ago, autoregression.
//!
//! - Naive: x̂_{t+h} = x_t. What a random walk deserves, and what a network learns first.
//! - Seasonal naive with period m: x̂_{t+h} = x_{t+h−m⌈h/m⌉}, the last known value of the same season.
//! - Autoregression, see [`super::ar`]: forecasts stand in for values between t and t + h.
//!
//! A prediction of row t from `ahead` rows before reads nothing after row t − ahead, as at the time.

use super::ar::Autoregression;
use crate::words::counted;

/// What is forecast: a row of the series, and from how many rows before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ForecastRow {
    /// The row, from 0.
    pub row: usize,
    /// How many rows before it the last known value is, at least 1.
    pub ahead: usize,
}

/// Why a target cannot be forecast.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForecastRowError {
    /// Nothing is forecast from the row itself.
    #[error(
        "row {}: found 0 rows ahead, expected at least 1. With 0 the answer would be among the inputs.",
        row + 1
    )]
    NotAhead {
        /// The row, from 0.
        row: usize,
    },
    /// The row lies beyond the first value that is not known.
    #[error(
        "row {}: found {} before it, expected values up to {} before. Ask for fewer rows ahead.",
        row + 1,
        counted(*rows, "row"),
        counted(*ahead, "row")
    )]
    Beyond {
        /// The row, from 0.
        row: usize,
        /// Rows ahead.
        ahead: usize,
        /// The length of the series.
        rows: usize,
    },
    /// The model needs values from before the beginning.
    #[error(
        "row {}: found {} before it, expected at least {needed} for {model}. \
         Leave the first rows out for all models.",
        row + 1,
        counted(*row, "row")
    )]
    BeforeStart {
        /// The row, from 0.
        row: usize,
        /// How many rows before it the model reads.
        needed: usize,
        /// The model.
        model: String,
    },
}

/// A model that forecasts a series from its own past.
#[derive(Clone, Debug, PartialEq)]
pub enum Forecaster {
    /// The last known value.
    Naive,
    /// The last known value of the same season.
    SeasonalNaive {
        /// Rows until a season comes back, at least 1; 0 counts as 1.
        period: usize,
    },
    /// A fitted autoregression.
    Autoregression(Autoregression),
}

impl Forecaster {
    /// The name on the screen.
    pub fn title(&self) -> String {
        match self {
            Forecaster::Naive => "naive".into(),
            Forecaster::SeasonalNaive { period } => format!("seasonal naive ({period})"),
            Forecaster::Autoregression(model) => model.title(),
        }
    }

    /// How many rows before a target the earliest value read is: earlier targets have no forecast.
    pub fn reach(&self, ahead: usize) -> usize {
        match self {
            Forecaster::Naive => ahead,
            Forecaster::SeasonalNaive { period } => seasons_back(*period, ahead),
            Forecaster::Autoregression(model) => match model.largest_lag() {
                0 => ahead,
                largest => largest.saturating_add(ahead).saturating_sub(1),
            },
        }
    }

    /// The forecast of each target, in the unit of the series, by what is known at the time.
    ///
    /// A target may be a row after the end of the series, as long as the value `ahead` rows before it is there.
    ///
    /// # Errors
    /// If a target's row is not ahead, lies too far beyond the end, or has too few rows before it.
    pub fn predict(
        &self,
        series: &[f64],
        targets: &[ForecastRow],
    ) -> Result<Vec<f64>, ForecastRowError> {
        targets
            .iter()
            .map(|&target| self.predict_one(series, target))
            .collect()
    }

    fn predict_one(&self, series: &[f64], target: ForecastRow) -> Result<f64, ForecastRowError> {
        let ForecastRow { row, ahead } = target;
        if ahead == 0 {
            return Err(ForecastRowError::NotAhead { row });
        }
        if row >= series.len().saturating_add(ahead) {
            return Err(ForecastRowError::Beyond {
                row,
                ahead,
                rows: series.len(),
            });
        }
        let needed = self.reach(ahead);
        if row < needed {
            return Err(ForecastRowError::BeforeStart {
                row,
                needed,
                model: self.title(),
            });
        }
        let known = &series[..row - ahead + 1];
        let forecast = match self {
            Forecaster::Naive => known.last().copied(),
            Forecaster::SeasonalNaive { .. } => series.get(row - needed).copied(),
            Forecaster::Autoregression(model) => model.forecast(known, ahead).pop(),
        };
        // Some value: `known` reaches back as far as the model reads.
        Ok(forecast.unwrap_or(f64::NAN))
    }

    /// The `steps` values after the end of `series`, each as [`Forecaster::predict`] says it; `None` where that reads further
    /// back than the series.
    pub fn within_reach(&self, series: &[f64], steps: usize) -> Vec<Option<f64>> {
        if let Forecaster::Autoregression(_) = self {
            // Those before are on the way to the last one, and all of them read equally far back.
            return match self.forecast(series, steps) {
                Ok(ahead) => ahead.into_iter().map(Some).collect(),
                Err(_) => vec![None; steps],
            };
        }
        (1..=steps)
            .map(|ahead| {
                let row = series.len() + ahead - 1;
                self.predict_one(series, ForecastRow { row, ahead }).ok()
            })
            .collect()
    }

    /// The `steps` values after the end of `series`.
    ///
    /// # Errors
    /// If the series is shorter than the model reads.
    pub fn forecast(&self, series: &[f64], steps: usize) -> Result<Vec<f64>, ForecastRowError> {
        if let Forecaster::Autoregression(model) = self {
            let needed = model.largest_lag();
            return if series.len() < needed {
                Err(ForecastRowError::BeforeStart {
                    row: series.len(),
                    needed,
                    model: self.title(),
                })
            } else {
                Ok(model.forecast(series, steps))
            };
        }
        let targets: Vec<ForecastRow> = (1..=steps)
            .map(|ahead| ForecastRow {
                row: series.len() + ahead - 1,
                ahead,
            })
            .collect();
        self.predict(series, &targets)
    }
}

/// m⌈h/m⌉.
fn seasons_back(period: usize, ahead: usize) -> usize {
    let period = period.max(1);
    ahead.div_ceil(period).saturating_mul(period)
}

#[cfg(test)]
mod tests {
    use super::super::method::Method;
    use super::*;

    fn target(row: usize, ahead: usize) -> ForecastRow {
        ForecastRow { row, ahead }
    }

    fn models() -> [Forecaster; 3] {
        [
            Forecaster::Naive,
            Forecaster::SeasonalNaive { period: 4 },
            Forecaster::Autoregression(Autoregression {
                constant: 1.0,
                lags: vec![1, 3],
                coefficients: vec![0.5, 0.25],
                variance: 1.0,
                observations: 9,
                method: Method::LeastSquares,
            }),
        ]
    }

    #[test]
    fn naive_repeats_the_last_value_and_seasonal_naive_the_last_season() {
        let series = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let targets = [
            target(5, 1),
            target(5, 2),
            target(5, 5),
            target(6, 1),
            target(8, 3),
        ];
        let [naive, seasonal, _] = models();
        // Row 5 one ahead is row 4, two ahead row 3, five ahead row 0.
        assert_eq!(
            naive.predict(&series, &targets).unwrap(),
            [5.0, 4.0, 1.0, 6.0, 6.0]
        );
        // Row 5 a season before is row 1; five ahead would need row −3.
        assert_eq!(
            seasonal.predict(&series, &targets[..2]).unwrap(),
            [2.0, 2.0]
        );
        assert_eq!(
            seasonal.predict(&series, &targets).unwrap_err().to_string(),
            "row 6: found 5 rows before it, expected at least 8 for seasonal naive (4). \
             Leave the first rows out for all models."
        );
        assert_eq!(
            seasonal.forecast(&series, 6).unwrap(),
            [3.0, 4.0, 5.0, 6.0, 3.0, 4.0]
        );
        assert_eq!(naive.forecast(&series, 2).unwrap(), [6.0, 6.0]);
    }

    #[test]
    fn nothing_after_the_last_known_row_reaches_a_prediction() {
        let series: Vec<f64> = (0..30).map(|t| libm::sin(f64::from(t))).collect();
        for model in models() {
            for ahead in 1..6 {
                for row in model.reach(ahead)..30 {
                    let mut later = series.clone();
                    later[row - ahead + 1..].fill(1e9);
                    let known = model.predict(&series, &[target(row, ahead)]);
                    assert_eq!(known, model.predict(&later, &[target(row, ahead)]));
                    let cut = model.predict(&series[..row - ahead + 1], &[target(row, ahead)]);
                    assert_eq!(known, cut, "{} {row} {ahead}", model.title());
                }
            }
        }
    }

    #[test]
    fn what_is_within_reach_is_what_each_target_alone_gets() {
        let series: Vec<f64> = (0..9).map(|t| libm::sin(f64::from(t))).collect();
        for model in models() {
            for known in 1..=series.len() {
                let known = &series[..known];
                let each: Vec<Option<f64>> = (1..=10)
                    .map(|ahead| target(known.len() + ahead - 1, ahead))
                    .map(|target| model.predict(known, &[target]).ok()?.pop())
                    .collect();
                assert_eq!(model.within_reach(known, 10), each, "{}", model.title());
            }
        }
    }

    #[test]
    fn a_target_is_forecast_from_its_reach_on_and_refused_before() {
        let series = [1.0; 20];
        for model in models() {
            for ahead in 1..6 {
                let reach = model.reach(ahead);
                assert!(model.predict(&series, &[target(reach, ahead)]).is_ok());
                assert!(matches!(
                    model.predict(&series, &[target(reach - 1, ahead)]),
                    Err(ForecastRowError::BeforeStart { .. })
                ));
                assert!(model.predict(&series, &[target(19 + ahead, ahead)]).is_ok());
                assert!(matches!(
                    model.predict(&series, &[target(20 + ahead, ahead)]),
                    Err(ForecastRowError::Beyond { rows: 20, .. })
                ));
            }
            assert_eq!(
                model.predict(&series, &[target(5, 0)]),
                Err(ForecastRowError::NotAhead { row: 5 })
            );
            assert!(model.forecast(&series[..0], 1).is_err());
        }
    }

    #[test]
    fn a_direct_fit_reads_the_same_whether_as_many_steps_ahead_or_one() {
        let series: Vec<f64> = (0..60).map(|t| libm::sin(f64::from(t * t))).collect();
        let lags = super::super::ar::direct_lags(&[1, 2], 3);
        let fitted = Autoregression::fit(&series, &lags, Method::LeastSquares).unwrap();
        let model = Forecaster::Autoregression(fitted);
        assert_eq!(
            model.predict(&series, &[target(50, 1)]),
            model.predict(&series, &[target(50, 3)])
        );
    }
}
