//! What a network's forecasts are held against: an autoregression, the value a season ago, the last value.
//!
//! All are fitted on the rows before the first test target, each series of the file on its own (an autoregression on all of
//! them together), and asked for the very targets that the network is asked for.

use std::ops::Range;

use super::{BaselineSpec, Lags};
use crate::baseline::{
    Autoregression, Correlogram, FitError, Forecaster, Method, OrderTable, PartialMethod,
    Predictions, Root, Score, Target, ar, compare, naive_error, order_table,
    partial_autocorrelation,
};
use crate::data::sequences::Outlook;
use crate::data::time::Step;
use crate::data::{Dataset, Labels};

/// Rows that an autoregression is fitted on at most, the last ones: a million take seconds and say nothing more.
const FITTED_ROWS: usize = 200_000;

/// What a network's forecasts are held against.
#[derive(Clone, Debug)]
pub struct Baselines {
    /// Those that there are, the strongest first.
    pub list: Vec<Baseline>,
    /// Why one is missing, and what else should be known, in sentences.
    pub notices: Vec<String>,
    /// What one chooses an autoregression's lags by, for each target column.
    pub studies: Vec<Study>,
    /// What they were made for.
    spec: BaselineSpec,
    /// Rows ahead of the first forecast row.
    horizon: usize,
    /// The series, one after the other, and how many rows of each are before the first test target.
    series: Vec<(Range<usize>, usize)>,
    /// The values of each target column, by row, in its own unit.
    values: Vec<Vec<f64>>,
    /// What MASE is scaled by, by target column.
    scales: Vec<Option<f64>>,
}

/// What the training part of a series says of an autoregression; of several series, the longest.
#[derive(Clone, Debug)]
pub struct Study {
    /// Partial autocorrelations by lag, from 0 on; `None` of a series too short or constant.
    pub partial: Option<Correlogram>,
    /// What the criteria say of each order; likewise.
    pub orders: Option<OrderTable>,
    /// The roots of the fitted model's characteristic polynomial; `None` without a model, or of one without roots.
    pub roots: Option<Vec<Root>>,
}

/// A model that a network is held against.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// Which.
    pub kind: BaselineKind,
    /// One for each target column.
    pub forecasters: Vec<Forecaster>,
}

/// The kinds of baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BaselineKind {
    /// AR(p).
    Autoregression,
    /// The value of a season ago.
    SeasonalNaive,
    /// The last value.
    Naive,
}

impl Baseline {
    /// The name on the screen, for a target column.
    pub fn title(&self, target: usize) -> String {
        self.forecasters
            .get(target)
            .map(Forecaster::title)
            .unwrap_or_default()
    }
}

impl Baselines {
    /// The baselines for `dataset`, which forecasts as `outlook` says; `None` if nothing is forecast.
    pub(super) fn new(
        spec: &BaselineSpec,
        dataset: &Dataset,
        outlook: &Outlook,
    ) -> Option<Baselines> {
        let known = dataset.naive.as_ref()?;
        let targets = outlook.targets.len();
        let values: Vec<Vec<f64>> = (0..targets)
            .map(|target| known.column(target).to_vec())
            .collect();
        let series = series(dataset, known.nrows(), outlook.horizon);
        let training = |target: usize| -> Vec<&[f64]> {
            let values = &values[target];
            let parts = series.iter();
            parts
                .map(|(rows, before)| &values[rows.start..rows.start + before])
                .collect()
        };
        let mut notices = Vec::new();
        let mut list = Vec::new();
        let fitted: Result<Vec<Option<Forecaster>>, String> = (0..targets)
            .map(|target| {
                let fitted = fit(spec, &training(target), &mut notices);
                let error = |error: FitError| {
                    format!(
                        "There is no autoregression of {}: {error}",
                        outlook.targets[target]
                    )
                };
                fitted
                    .map(|model| model.map(Forecaster::Autoregression))
                    .map_err(error)
            })
            .collect();
        match fitted {
            Ok(models) => {
                let forecasters: Vec<Forecaster> = models.into_iter().flatten().collect();
                if !forecasters.is_empty() {
                    list.push(Baseline {
                        kind: BaselineKind::Autoregression,
                        forecasters,
                    });
                }
            }
            Err(notice) => notices.push(notice),
        }
        let all = |forecaster: Forecaster| vec![forecaster; targets];
        let period = spec.season.unwrap_or_else(|| usual_season(dataset));
        if period > 1 {
            list.push(Baseline {
                kind: BaselineKind::SeasonalNaive,
                forecasters: all(Forecaster::SeasonalNaive { period }),
            });
        }
        list.push(Baseline {
            kind: BaselineKind::Naive,
            forecasters: all(Forecaster::Naive),
        });
        let scales = (0..targets)
            .map(|target| naive_error(&training(target), 1))
            .collect();
        let studies = (0..targets)
            .map(|target| {
                let fitted = list
                    .first()
                    .filter(|first| first.kind == BaselineKind::Autoregression);
                let fitted = fitted.and_then(|baseline| baseline.forecasters.get(target));
                study(spec, &training(target), fitted)
            })
            .collect();
        notices.dedup();
        Some(Self {
            list,
            notices,
            studies,
            spec: spec.clone(),
            horizon: outlook.horizon,
            scales,
            series,
            values,
        })
    }

    /// Whether they are what `spec` asks for.
    pub(super) fn are_of(&self, spec: &BaselineSpec) -> bool {
        self.spec == *spec
    }

    /// How many columns are forecast.
    pub fn targets(&self) -> usize {
        self.values.len()
    }

    /// Which target column an output is of, and how many rows ahead.
    pub fn output(&self, output: usize) -> (usize, usize) {
        let targets = self.targets().max(1);
        (output % targets, self.horizon + output / targets)
    }

    /// The series that row `row` belongs to, from its beginning up to that row: what is known there.
    pub fn known(&self, row: usize, target: usize) -> &[f64] {
        let index = self.series.partition_point(|(rows, _)| rows.end <= row);
        let start = self.series.get(index).map_or(row, |(rows, _)| rows.start);
        self.values[target].get(start..=row).unwrap_or_default()
    }

    /// What a baseline says of an output when row `row` is the last one known; `None` if it reaches further back than the series.
    pub fn predict(&self, baseline: &Baseline, row: usize, output: usize) -> Option<f64> {
        let (target, ahead) = self.output(output);
        let known = self.known(row, target);
        let asked = Target {
            row: known.len().checked_sub(1)? + ahead,
            ahead,
        };
        let forecaster = baseline.forecasters.get(target)?;
        forecaster.predict(known, &[asked]).ok()?.pop()
    }

    /// What a baseline says of the `steps` rows after row `row`.
    pub fn path(
        &self,
        baseline: &Baseline,
        row: usize,
        target: usize,
        steps: usize,
    ) -> Option<Vec<f64>> {
        let forecaster = baseline.forecasters.get(target)?;
        forecaster.forecast(self.known(row, target), steps).ok()
    }

    /// What came in the rows after row `row`, as far as it is known, at most `steps`.
    pub fn truth(&self, row: usize, target: usize, steps: usize) -> &[f64] {
        let end = self
            .series
            .iter()
            .map(|(rows, _)| rows.end)
            .find(|&end| end > row)
            .unwrap_or(row + 1);
        let last = (row + 1).saturating_add(steps).min(end);
        self.values[target].get(row + 1..last).unwrap_or_default()
    }

    /// The scores of a network's forecasts and of all baselines, on the targets that all of them reach.
    ///
    /// `said` has, for the last known row of each forecast, the forecast of `output`, in the data's unit.
    pub fn scores(&self, output: usize, said: &[(usize, f64)]) -> Vec<Score> {
        let (target, ahead) = self.output(output);
        // Rows of the data set serve as names of what was asked for: they are different for all series.
        let targets: Vec<Target> = said
            .iter()
            .map(|&(row, _)| Target {
                row: row + ahead,
                ahead,
            })
            .collect();
        let mut models = vec![Predictions {
            model: "network".into(),
            targets: targets.clone(),
            values: said.iter().map(|&(_, value)| value).collect(),
        }];
        for baseline in &self.list {
            let (targets, values) = said
                .iter()
                .zip(&targets)
                .filter_map(|(&(row, _), &target)| {
                    Some((target, self.predict(baseline, row, output)?))
                })
                .unzip();
            models.push(Predictions {
                model: baseline.title(target),
                targets,
                values,
            });
        }
        let scale = self.scales.get(target).copied().flatten();
        compare(&self.values[target], &models, scale).unwrap_or_default()
    }
}

/// Each series' rows, and how many of them are before its first test target.
fn series(dataset: &Dataset, rows: usize, horizon: usize) -> Vec<(Range<usize>, usize)> {
    let ends = match &dataset.labels {
        Labels::Times(times) => times.ends.clone(),
        Labels::Rows { .. } | Labels::Steps => vec![rows],
    };
    let mut start = 0;
    let mut series: Vec<(Range<usize>, usize)> = Vec::with_capacity(ends.len());
    for end in ends {
        series.push((start..end, end - start));
        start = end;
    }
    for span in &dataset.test {
        let row = span.last_row();
        let index = series.partition_point(|(rows, _)| rows.end <= row);
        if let Some((rows, before)) = series.get_mut(index) {
            *before = (*before).min(row + horizon - rows.start);
        }
    }
    series
}

/// An autoregression on all series' training parts; `None` if none is asked for.
fn fit(
    spec: &BaselineSpec,
    training: &[&[f64]],
    notices: &mut Vec<String>,
) -> Result<Option<Autoregression>, FitError> {
    let mut left = FITTED_ROWS;
    let mut parts: Vec<&[f64]> = Vec::new();
    for part in training.iter().rev() {
        let taken = part.len().min(left);
        left -= taken;
        if taken > 0 {
            parts.push(&part[part.len() - taken..]);
        }
    }
    if left == 0 {
        notices.push(format!(
            "The autoregression is fitted on the last {FITTED_ROWS} rows of the training part."
        ));
    }
    let longest = parts
        .iter()
        .max_by_key(|part| part.len())
        .copied()
        .unwrap_or_default();
    let lags = match &spec.lags {
        Lags::Off => return Ok(None),
        Lags::UpTo(order) => ar::all_lags(*order),
        Lags::These(lags) => lags.clone(),
        Lags::Chosen(criterion) => {
            // So many that enough rows are left to tell them apart.
            let largest = spec.largest.min(longest.len() / 4);
            ar::all_lags(order_table(longest, largest)?.best(*criterion))
        }
    };
    let fitted = match (&parts[..], spec.method) {
        ([_, _, ..], Method::LeastSquares) => Autoregression::fit_pooled(&parts, &lags),
        ([_, _, ..], method) => {
            notices.push(format!("{} fits one series: the longest.", method.title()));
            Autoregression::fit(longest, &lags, method)
        }
        (_, method) => Autoregression::fit(longest, &lags, method),
    };
    fitted.map(Some)
}

fn study(spec: &BaselineSpec, training: &[&[f64]], fitted: Option<&Forecaster>) -> Study {
    let longest = training
        .iter()
        .max_by_key(|part| part.len())
        .copied()
        .unwrap_or_default();
    let longest = &longest[longest.len().saturating_sub(FITTED_ROWS)..];
    let largest = spec.largest.min(longest.len() / 4);
    let roots = match fitted {
        Some(Forecaster::Autoregression(model)) => model.roots(),
        _ => None,
    };
    Study {
        partial: partial_autocorrelation(longest, largest, PartialMethod::LeastSquares).ok(),
        orders: order_table(longest, largest).ok(),
        roots,
    }
}

/// How many rows a season has where the time column tells it, otherwise 0.
fn usual_season(dataset: &Dataset) -> usize {
    const HOUR: f64 = 3_600.0;
    let Labels::Times(times) = &dataset.labels else {
        return 0;
    };
    match times.step {
        Some(Step::Months { count: 1, .. }) => 12,
        Some(Step::Months { count: 3, .. }) => 4,
        Some(Step::Seconds(seconds)) if seconds == HOUR => 24,
        Some(Step::Seconds(seconds)) if seconds == 24.0 * HOUR => 7,
        Some(Step::Seconds(seconds)) if seconds == 7.0 * 24.0 * HOUR => 52,
        _ => 0,
    }
}
