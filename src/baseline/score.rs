//! How good forecasts were: all models on identical targets, in the data's own unit.
//!
//! With e = prediction − value over n targets:
//!
//! - RMSE = √(Σ e² / n), MAE = Σ |e| / n.
//! - MASE = MAE / (mean of |x_t − x_{t−m}| over the training part) (Hyndman & Koehler 2006): below 1 a forecast is better
//!   than naive one-step forecasts were in training. m = 1, or the period of a seasonal series. The denominator is the
//!   same however many rows ahead a forecast is.

use std::collections::{BTreeMap, BTreeSet};

use super::forecaster::{ForecastRow, Forecaster};
use super::sums::sum;
use crate::words::counted;

/// A model's forecasts.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    /// The model's name on the screen.
    pub model: String,
    /// What was forecast, each once, in any order.
    pub targets: Vec<ForecastRow>,
    /// The forecasts, by target, in the data's own unit.
    pub values: Vec<f64>,
}

impl Predictions {
    /// A baseline's forecasts of those `targets` that it can reach: see [`Forecaster::predict`].
    pub fn by(forecaster: &Forecaster, series: &[f64], targets: &[ForecastRow]) -> Predictions {
        let (targets, values) = targets
            .iter()
            .filter_map(|&target| {
                let value = forecaster.predict(series, &[target]).ok()?.pop()?;
                Some((target, value))
            })
            .unzip();
        Predictions {
            model: forecaster.title(),
            targets,
            values,
        }
    }

    /// The forecasts of `targets` alone, in that order; what was not forecast is left out.
    pub fn of(&self, targets: &[ForecastRow]) -> Predictions {
        let by_target: BTreeMap<ForecastRow, f64> = self
            .targets
            .iter()
            .copied()
            .zip(self.values.iter().copied())
            .collect();
        let kept: Vec<(ForecastRow, f64)> = targets
            .iter()
            .filter_map(|target| Some((*target, *by_target.get(target)?)))
            .collect();
        Predictions {
            model: self.model.clone(),
            targets: kept.iter().map(|(target, _)| *target).collect(),
            values: kept.iter().map(|(_, value)| *value).collect(),
        }
    }
}

/// A model's errors over some targets.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// The model's name on the screen.
    pub model: String,
    /// Root mean squared error, in the data's unit; not finite if a forecast is not.
    pub rmse: f64,
    /// Mean absolute error, in the data's unit; likewise.
    pub mae: f64,
    /// Mean absolute scaled error; `None` if the training part has no naive error to scale by.
    pub mase: Option<f64>,
    /// How many targets.
    pub n: usize,
}

/// Why models cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScoreError {
    /// No target.
    #[error("{model}: found no forecasts, expected at least one. Let the test part begin earlier.")]
    NoTargets {
        /// The model.
        model: String,
    },
    /// Not one value per target.
    #[error(
        "{model}: found {} for {}, expected one for each.",
        counted(*values, "forecast"),
        counted(*targets, "target")
    )]
    Uneven {
        /// The model.
        model: String,
        /// How many targets.
        targets: usize,
        /// How many forecasts.
        values: usize,
    },
    /// A target is there twice.
    #[error(
        "{model}: found row {} twice, {} ahead, expected each target once.",
        target.row + 1,
        counted(target.ahead, "row")
    )]
    TargetTwice {
        /// The model.
        model: String,
        /// The target.
        target: ForecastRow,
    },
    /// Two models were asked for different targets.
    #[error(
        "{model}: found {} that {other} lacks, and {} of {other} missing (the first: row {}, {} ahead), \
         expected the same for all models. Compare on the targets that all have.",
        counted(*extra, "target"),
        counted(*missing, "target"),
        first.row + 1,
        counted(first.ahead, "row")
    )]
    Unequal {
        /// The model.
        model: String,
        /// The model it is compared with.
        other: String,
        /// How many targets only the first has.
        extra: usize,
        /// How many targets only the other has.
        missing: usize,
        /// The first target that only one has.
        first: ForecastRow,
    },
    /// A target has no true value.
    #[error(
        "row {}: found no value, expected a finite number to hold a forecast against. \
         Leave the target out for all models.",
        row + 1
    )]
    NoValue {
        /// The row, from 0.
        row: usize,
    },
}

/// The targets that all models forecast, in order.
pub fn common_targets(models: &[Predictions]) -> Vec<ForecastRow> {
    let mut sets = models.iter().map(|model| {
        model
            .targets
            .iter()
            .copied()
            .collect::<BTreeSet<ForecastRow>>()
    });
    let Some(mut common) = sets.next() else {
        return Vec::new();
    };
    for set in sets {
        common.retain(|target| set.contains(target));
    }
    common.into_iter().collect()
}

/// The mean of |x_t − x_{t−m}| over the training part, in one or several series: what MASE is scaled by. A period of 0
/// counts as 1.
///
/// `None` if no series is longer than the period, or the mean is 0 or not finite.
pub fn naive_error(training: &[&[f64]], period: usize) -> Option<f64> {
    let period = period.max(1);
    let differences = || {
        training.iter().flat_map(|series| {
            let later = series.get(period..).unwrap_or(&[]);
            later.iter().zip(*series).map(|(b, a)| (b - a).abs())
        })
    };
    let count = differences().count();
    let mean = sum(differences()) / count as f64;
    (count > 0 && mean.is_finite() && mean > 0.0).then_some(mean)
}

/// The score of each model on the targets that all of them forecast, in the order given: the table beside a forecast.
/// [`Score::n`] says how many targets that leaves.
///
/// # Errors
/// As [`scores`], but for unequal targets.
pub fn compare(
    actual: &[f64],
    models: &[Predictions],
    scale: Option<f64>,
) -> Result<Vec<Score>, ScoreError> {
    // What `of` would hide.
    for model in models {
        target_set(model)?;
    }
    let common = common_targets(models);
    let models: Vec<Predictions> = models.iter().map(|model| model.of(&common)).collect();
    scores(actual, &models, scale)
}

/// The score of each model, in the order given; models with unequal targets are refused.
///
/// `actual` holds the true value of every row; `scale` is what [`naive_error`] says of the training part.
///
/// # Errors
/// If the models do not all forecast the same targets, a target is there twice or has no finite true value, or there is
/// none.
pub fn scores(
    actual: &[f64],
    models: &[Predictions],
    scale: Option<f64>,
) -> Result<Vec<Score>, ScoreError> {
    let mut first: Option<(&str, BTreeSet<ForecastRow>)> = None;
    for model in models {
        let targets = target_set(model)?;
        match &first {
            None => first = Some((&model.model, targets)),
            Some((other, expected)) => same(model, &targets, other, expected)?,
        }
    }
    models
        .iter()
        .map(|model| score(actual, model, scale))
        .collect()
}

/// A model's targets, each of which must be there once and have a forecast.
fn target_set(model: &Predictions) -> Result<BTreeSet<ForecastRow>, ScoreError> {
    let name = || model.model.clone();
    if model.targets.len() != model.values.len() {
        return Err(ScoreError::Uneven {
            model: name(),
            targets: model.targets.len(),
            values: model.values.len(),
        });
    }
    if model.targets.is_empty() {
        return Err(ScoreError::NoTargets { model: name() });
    }
    let mut set = BTreeSet::new();
    match model.targets.iter().find(|&&target| !set.insert(target)) {
        Some(&target) => Err(ScoreError::TargetTwice {
            model: name(),
            target,
        }),
        None => Ok(set),
    }
}

/// Refuses a model with other targets than the first one's.
fn same(
    model: &Predictions,
    targets: &BTreeSet<ForecastRow>,
    other: &str,
    expected: &BTreeSet<ForecastRow>,
) -> Result<(), ScoreError> {
    match targets.symmetric_difference(expected).next() {
        None => Ok(()),
        Some(&first) => Err(ScoreError::Unequal {
            model: model.model.clone(),
            other: other.to_owned(),
            extra: targets.difference(expected).count(),
            missing: expected.difference(targets).count(),
            first,
        }),
    }
}

/// The score of one model on its own targets, each of which must be there once, with a forecast; see [`scores`].
///
/// # Errors
/// If a target has no finite true value.
pub fn score(actual: &[f64], model: &Predictions, scale: Option<f64>) -> Result<Score, ScoreError> {
    let mut errors: Vec<(ForecastRow, f64)> = Vec::with_capacity(model.targets.len());
    for (&target, forecast) in model.targets.iter().zip(&model.values) {
        match actual.get(target.row) {
            Some(value) if value.is_finite() => errors.push((target, forecast - value)),
            _ => return Err(ScoreError::NoValue { row: target.row }),
        }
    }
    // In the order of targets: the sum must not depend on the order in which they were asked for.
    errors.sort_by_key(|(target, _)| *target);
    let errors = errors.iter().map(|&(_, error)| error);
    Ok(score_of_errors(model.model.clone(), errors, scale))
}

/// The score of the errors e of a model over targets of which each is there once, in the order of targets. It takes no memory
/// of its own.
pub fn score_of_errors(
    model: String,
    errors: impl Iterator<Item = f64> + Clone,
    scale: Option<f64>,
) -> Score {
    let n = errors.clone().count();
    let mae = sum(errors.clone().map(f64::abs)) / n as f64;
    Score {
        model,
        rmse: (sum(errors.map(|error| error * error)) / n as f64).sqrt(),
        mae,
        mase: scale.map(|scale| mae / scale),
        n,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn predictions(model: &str, rows: &[usize], values: &[f64]) -> Predictions {
        Predictions {
            model: model.into(),
            targets: rows
                .iter()
                .map(|&row| ForecastRow { row, ahead: 1 })
                .collect(),
            values: values.to_vec(),
        }
    }

    #[test]
    fn scores_are_those_of_the_definitions() {
        let actual = [1.0, 2.0, 4.0, 3.0, 5.0];
        // By hand: naive errors in training 1, 2, 1; predictions off by 1 and −3.
        let scale = naive_error(&[&actual[..4]], 1);
        assert_eq!(scale, Some(4.0 / 3.0));
        let found = scores(&actual, &[predictions("a", &[3, 4], &[4.0, 2.0])], scale).unwrap();
        let expected = Score {
            model: "a".into(),
            rmse: libm::sqrt(5.0),
            mae: 2.0,
            mase: Some(1.5),
            n: 2,
        };
        assert_eq!(found, [expected]);
        // Two series of their own: no difference is taken from one to the next. Period 2: |4 − 1|, |3 − 2|.
        assert_eq!(naive_error(&[&[1.0, 2.0], &[9.0, 9.5]], 1), Some(0.75));
        assert_eq!(naive_error(&[&actual[..4]], 2), Some(2.0));
        assert_eq!(naive_error(&[&[3.0; 9]], 1), None);
        assert_eq!(naive_error(&[&[1.0, 2.0]], 2), None);
    }

    #[test]
    fn models_with_unequal_targets_are_refused_and_compared_on_what_they_share() {
        let actual = [0.0; 8];
        let models = [
            predictions("AR(2)", &[2, 3, 4, 5], &[1.0, 2.0, 3.0, 4.0]),
            predictions("naive", &[5, 4, 3, 6, 7], &[4.0, 3.0, 2.0, 9.0, 9.0]),
        ];
        assert_eq!(
            scores(&actual, &models, None).unwrap_err().to_string(),
            "naive: found 2 targets that AR(2) lacks, and 1 target of AR(2) missing (the first: row 3, 1 row ahead), \
             expected the same for all models. Compare on the targets that all have."
        );
        let common = common_targets(&models);
        assert_eq!(common.iter().map(|t| t.row).collect::<Vec<_>>(), [3, 4, 5]);
        let shared: Vec<Predictions> = models.iter().map(|model| model.of(&common)).collect();
        let found = scores(&actual, &shared, None).unwrap();
        assert_eq!((found[0].rmse, found[0].n), (found[1].rmse, 3));
        assert_eq!(found[0].mae, 3.0);
        assert_eq!(compare(&actual, &models, None).unwrap(), found);
    }

    #[test]
    fn the_same_row_from_another_distance_is_another_target() {
        let one = predictions("one", &[3], &[1.0]);
        let mut two = predictions("two", &[3], &[1.0]);
        two.targets[0].ahead = 2;
        assert!(matches!(
            scores(&[0.0; 4], &[one, two], None),
            Err(ScoreError::Unequal {
                extra: 1,
                missing: 1,
                ..
            })
        ));
    }

    #[test]
    fn baselines_are_compared_from_the_first_row_that_all_can_reach() {
        let series = [1.0, 2.0, 3.0, 5.0, 4.0, 6.0];
        let targets: Vec<ForecastRow> = (0..6).map(|row| ForecastRow { row, ahead: 1 }).collect();
        let by = |model: &Forecaster| Predictions::by(model, &series, &targets);
        let models = [
            by(&Forecaster::Naive),
            by(&Forecaster::SeasonalNaive { period: 3 }),
        ];
        assert_eq!((models[0].values.len(), models[1].values.len()), (5, 3));
        // By hand, over 5, 4, 6: naive 3, 5, 4; a season before 1, 2, 3.
        let found = compare(&series, &models, None).unwrap();
        assert_eq!((found[0].mae, found[0].n), (5.0 / 3.0, 3));
        assert_eq!((found[1].mae, found[1].n), (3.0, 3));
        let apart = [models[0].of(&targets[..3]), models[1].clone()];
        assert!(matches!(
            compare(&series, &apart, None),
            Err(ScoreError::NoTargets { .. })
        ));
        assert_eq!(compare(&series, &[], None), Ok(vec![]));
    }

    #[test]
    fn incomplete_predictions_are_refused_and_a_diverged_model_spoils_its_own_row_only() {
        let actual = [0.0, f64::NAN, 2.0];
        let refused = |model| scores(&actual, &[model], None).unwrap_err();
        assert!(matches!(
            refused(predictions("a", &[], &[])),
            ScoreError::NoTargets { .. }
        ));
        assert!(matches!(
            refused(predictions("a", &[0], &[])),
            ScoreError::Uneven { .. }
        ));
        assert!(matches!(
            refused(predictions("a", &[0, 0], &[1.0, 1.0])),
            ScoreError::TargetTwice { .. }
        ));
        for row in [1, 3] {
            assert_eq!(
                refused(predictions("a", &[row], &[1.0])),
                ScoreError::NoValue { row }
            );
        }
        let models = [
            predictions("diverged", &[0, 2], &[f64::NAN, 2.0]),
            predictions("naive", &[0, 2], &[1.0, 1.0]),
        ];
        let found = scores(&actual, &models, Some(2.0)).unwrap();
        assert!(found[0].rmse.is_nan());
        assert_eq!((found[1].rmse, found[1].mase), (1.0, Some(0.5)));
    }
}
