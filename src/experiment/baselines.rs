//! What a network's forecasts are held against: an autoregression, the value a season ago, the last value.
//!
//! All are fitted on the training rows that the data set names ([`Dataset::series`]), each series of the file on its own (an
//! autoregression on all of them together), and asked for the very targets that the network is asked for.

mod scored;

use std::sync::Arc;

use super::{BaselineSpec, Lags};
use crate::baseline::lags;
use crate::baseline::{
    Autoregression, Correlogram, FitError, ForecastRow, Forecaster, Method, OrderTable,
    PartialMethod, Root, autocorrelation, naive_error, order_table_paced, partial_autocorrelation,
    partial_autocorrelation_paced,
};
use crate::data::sequences::Outlook;
use crate::data::time::{Spacing, Step};
use crate::data::{Dataset, Labels, Pace, Scaled, Split, SplitSeries, TimesOfRows};
use crate::words::counted;
use scored::Memory;
pub(super) use scored::bytes_of_scores;

pub use scored::Scores;

/// Rows that an autoregression is fitted on at most, the last ones: a million take seconds and say nothing more.
const FITTED_ROWS: usize = 200_000;

/// What a network's forecasts are held against.
#[derive(Debug)]
pub struct Baselines {
    /// Those that there are, the strongest first.
    pub list: Vec<Baseline>,
    /// Why one is missing, and what else should be known, in sentences.
    pub notices: Vec<String>,
    /// What one chooses an autoregression's lags by, for each target column.
    pub studies: Vec<Study>,
    /// What they were made for.
    spec: BaselineSpec,
    past: Arc<Past>,
    /// What they were asked for before.
    memory: Memory,
}

/// The series that are forecast, whatever they are forecast by.
#[derive(Debug)]
struct Past {
    /// The target columns' names.
    names: Vec<String>,
    /// Rows ahead of the first forecast row.
    horizon: usize,
    /// Rows forecast at once from there on.
    steps: usize,
    /// How many rows a season has where the times of the training rows tell it, otherwise 0.
    usual_season: usize,
    /// The series, one after the other, with the rows of each that may be learnt from.
    series: Vec<SplitSeries>,
    /// By part, training first, the most rows that are known before one of its targets.
    known: [usize; 2],
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
    /// What the criteria say of each order, or why they say nothing.
    pub orders: Result<OrderTable, FitError>,
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

impl BaselineKind {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            BaselineKind::Autoregression => "ar",
            BaselineKind::SeasonalNaive => "seasonal_naive",
            BaselineKind::Naive => "naive",
        }
    }

    /// What a forecaster of this kind is called within a sentence.
    fn name_of(self, forecaster: &Forecaster) -> String {
        match self {
            BaselineKind::Autoregression => format!("autoregression {}", forecaster.title()),
            BaselineKind::SeasonalNaive | BaselineKind::Naive => {
                format!("{} forecast", forecaster.title())
            }
        }
    }
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

/// The bytes that the series take which [`Baselines::new`] keeps for its forecasts.
pub(super) fn bytes(dataset: &Dataset, outlook: &Outlook) -> u128 {
    let rows = dataset.naive.as_ref().map_or(0, ndarray::Array2::nrows);
    let values = rows * outlook.targets.len() * size_of::<f64>();
    let series = dataset.series.len() * size_of::<SplitSeries>();
    (values + series) as u128
}

impl Past {
    /// The training rows of each series of a target column.
    fn training(&self, target: usize) -> Vec<&[f64]> {
        let values = &self.values[target];
        let parts = self.series.iter();
        parts.map(|series| &values[series.training()]).collect()
    }

    /// The series that a row belongs to.
    fn series_of(&self, row: usize) -> Option<&SplitSeries> {
        let index = self.series.partition_point(|series| series.rows.end <= row);
        self.series.get(index)
    }

    /// Whether a forecaster reaches no target of a part, the part that knows most before its targets being asked.
    fn is_beyond(&self, forecaster: &Forecaster, split: Split) -> bool {
        let known = match split {
            Split::Train => self.known[0],
            Split::Test => self.known[1],
        };
        let mut ahead = self.horizon..self.horizon + self.steps;
        ahead.all(|ahead| known + ahead <= forecaster.reach(ahead))
    }

    /// The longest of them, the first of several; no more than its last [`FITTED_ROWS`].
    fn longest(&self, target: usize) -> &[f64] {
        // Backwards, as of equals the last one is taken.
        let training = self.training(target).into_iter().rev();
        let longest = training.max_by_key(|part| part.len()).unwrap_or_default();
        &longest[longest.len().saturating_sub(FITTED_ROWS)..]
    }
}

impl Baselines {
    /// The baselines for `dataset`, which forecasts as `outlook` says; `None` if nothing is forecast. Where `pace` is broken
    /// they are not whole.
    pub(super) fn new(
        spec: &BaselineSpec,
        dataset: &Dataset,
        outlook: &Outlook,
        pace: &Pace,
    ) -> Option<Baselines> {
        let known = dataset.naive.as_ref()?;
        let targets = outlook.targets.len();
        let mut past = Past {
            names: outlook.targets.clone(),
            horizon: outlook.horizon,
            steps: outlook.steps,
            usual_season: usual_season(dataset),
            series: dataset.series.clone(),
            known: Split::ALL.map(|split| most_known(dataset, split)),
            values: (0..targets)
                .map(|target| known.column(target).to_vec())
                .collect(),
            scales: Vec::new(),
        };
        past.scales = (0..targets)
            .map(|target| naive_error(&past.training(target), 1))
            .collect();
        let studies = Self::studied(&past, spec, pace);
        Some(Self::made(spec, Arc::new(past), studies, pace))
    }

    /// What the series say, by target column.
    fn studied(past: &Past, spec: &BaselineSpec, pace: &Pace) -> Vec<Study> {
        let targets = past.values.len();
        (0..targets)
            .map(|target| {
                pace.reached(target as f32 / targets as f32);
                Study::of(past.longest(target), spec.largest, pace)
            })
            .collect()
    }

    /// Others for the same forecasts; these, if they are what `spec` asks for. Where `pace` is broken they are not whole.
    pub(super) fn again(self: &Arc<Self>, spec: &BaselineSpec, pace: &Pace) -> Arc<Self> {
        if self.spec == *spec {
            return Arc::clone(self);
        }
        // What a study takes time for depends on the series and on how far it looks.
        let studies = if self.spec.largest == spec.largest {
            self.studies.clone()
        } else {
            Self::studied(&self.past, spec, pace)
        };
        Arc::new(Self::made(spec, Arc::clone(&self.past), studies, pace))
    }

    fn made(spec: &BaselineSpec, past: Arc<Past>, mut studies: Vec<Study>, pace: &Pace) -> Self {
        let mut notices = Vec::new();
        let mut list = Vec::new();
        let fitted: Result<Vec<Option<Autoregression>>, String> = studies
            .iter()
            .enumerate()
            .map(|(target, study)| {
                fit(spec, &past, target, study, &mut notices, pace).map_err(|error| {
                    format!(
                        "There is no autoregression of {}: {error}",
                        past.names[target]
                    )
                })
            })
            .collect();
        let fitted: Vec<Autoregression> = match fitted {
            Ok(models) => models.into_iter().flatten().collect(),
            Err(notice) => {
                notices.push(notice);
                Vec::new()
            }
        };
        for (target, study) in studies.iter_mut().enumerate() {
            study.roots = fitted.get(target).and_then(Autoregression::roots);
        }
        if !fitted.is_empty() {
            list.push(Baseline {
                kind: BaselineKind::Autoregression,
                forecasters: fitted.into_iter().map(Forecaster::Autoregression).collect(),
            });
        }
        let all = |forecaster: Forecaster| vec![forecaster; past.names.len()];
        let period = spec.season.unwrap_or(past.usual_season);
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
        for baseline in &list {
            let beyond = |split| {
                let mut forecasters = baseline.forecasters.iter();
                forecasters.all(|forecaster| past.is_beyond(forecaster, split))
            };
            if let (Some(forecaster), true) = (baseline.forecasters.first(), beyond(Split::Test)) {
                notices.push(format!(
                    "The {} needs {} before a target, and no target of the test part has as many: it is left out of the \
                     comparison.",
                    baseline.kind.name_of(forecaster),
                    counted(forecaster.reach(past.horizon), "row"),
                ));
            }
        }
        notices.dedup();
        Self {
            list,
            notices,
            studies,
            spec: spec.clone(),
            past,
            memory: Memory::default(),
        }
    }

    /// What they were made for.
    pub fn spec(&self) -> &BaselineSpec {
        &self.spec
    }

    /// The autoregression of a target column, if there is one.
    pub fn autoregression(&self, target: usize) -> Option<&Autoregression> {
        let models = self.list.iter().flat_map(|baseline| {
            let forecaster = baseline.forecasters.get(target);
            forecaster.and_then(|forecaster| match forecaster {
                Forecaster::Autoregression(model) => Some(model),
                Forecaster::Naive | Forecaster::SeasonalNaive { .. } => None,
            })
        });
        models.into_iter().next()
    }

    /// How many rows a season has where the time column tells it, otherwise 0.
    pub fn usual_season(&self) -> usize {
        self.past.usual_season
    }

    /// How many columns are forecast.
    pub fn targets(&self) -> usize {
        self.past.values.len()
    }

    /// The name of a target column; empty if there is none such.
    pub fn target_name(&self, target: usize) -> &str {
        self.past.names.get(target).map_or("", String::as_str)
    }

    /// Rows from the last one that is read to the first one that is forecast.
    pub fn horizon(&self) -> usize {
        self.past.horizon
    }

    /// The autocorrelation of the training part of a target column, of several series that of the longest, up to lag `most`, or
    /// to a quarter of its rows; and the partial one that follows from it, up to the largest order looked at. Both are of the
    /// column's values, of their logarithms or of their changes from row to row, as `of` says. `None` in place of either where
    /// the series is too short or constant, and of both where there is no such column.
    pub fn correlations(
        &self,
        target: usize,
        of: Scaled,
        most: usize,
    ) -> Option<(Option<Correlogram>, Option<Correlogram>)> {
        let known = target < self.targets();
        let values = known.then(|| self.past.longest(target))?;
        let changed: Vec<f64>;
        let series = match of {
            Scaled::Value => values,
            Scaled::Logarithm => {
                changed = values.iter().map(|&value| libm::log(value)).collect();
                &changed
            }
            Scaled::Change => {
                changed = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
                &changed
            }
        };
        let quarter = series.len() / 4;
        let largest = self.spec.largest.min(quarter);
        Some((
            autocorrelation(series, most.min(quarter)).ok(),
            partial_autocorrelation(series, largest, PartialMethod::YuleWalker).ok(),
        ))
    }

    /// Which target column an output is of, and how many rows ahead.
    pub fn output(&self, output: usize) -> (usize, usize) {
        let targets = self.targets().max(1);
        (output % targets, self.past.horizon + output / targets)
    }

    /// The series that row `row` belongs to, from its beginning up to that row: what is known there.
    pub fn known(&self, row: usize, target: usize) -> &[f64] {
        let of_row = self.past.series_of(row);
        let start = of_row.map_or(row, |series| series.rows.start);
        self.past.values[target]
            .get(start..=row)
            .unwrap_or_default()
    }

    /// What a baseline says of an output when row `row` is the last one known; `None` if it reaches further back than the series.
    pub fn predict(&self, baseline: &Baseline, row: usize, output: usize) -> Option<f64> {
        let (target, ahead) = self.output(output);
        let known = self.known(row, target);
        let asked = ForecastRow {
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
        let of_row = self.past.series_of(row);
        let end = of_row.map_or(row + 1, |series| series.rows.end);
        let last = (row + 1).saturating_add(steps).min(end);
        self.past.values[target]
            .get(row + 1..last)
            .unwrap_or_default()
    }
}

/// The most rows that are known at the end of a sequence of a part: those of its series up to its last row.
fn most_known(dataset: &Dataset, split: Split) -> usize {
    let known = dataset.split(split).iter().map(|span| {
        let row = span.last_row();
        let series = dataset
            .series
            .partition_point(|series| series.rows.end <= row);
        let start = dataset
            .series
            .get(series)
            .map_or(0, |series| series.rows.start);
        row + 1 - start
    });
    known.max().unwrap_or(0)
}

/// An autoregression on all series' training parts; `None` if none is asked for.
fn fit(
    spec: &BaselineSpec,
    past: &Past,
    target: usize,
    study: &Study,
    notices: &mut Vec<String>,
    pace: &Pace,
) -> Result<Option<Autoregression>, FitError> {
    let lags = match &spec.lags {
        Lags::Off => return Ok(None),
        Lags::UpTo(order) => lags::all_lags(*order),
        Lags::These(lags) => lags.clone(),
        Lags::Chosen(criterion) => {
            let orders = study.orders.as_ref().map_err(Clone::clone)?;
            lags::all_lags(orders.best(*criterion))
        }
    };
    let training = past.training(target);
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
    let longest = past.longest(target);
    let fitted = match (&parts[..], spec.method) {
        ([_, _, ..], Method::LeastSquares) => Autoregression::fit_pooled_paced(&parts, &lags, pace),
        ([_, _, ..], method) => {
            notices.push(format!("{} fits one series: the longest.", method.title()));
            Autoregression::fit_paced(longest, &lags, method, pace)
        }
        (_, method) => Autoregression::fit_paced(longest, &lags, method, pace),
    };
    fitted.map(Some)
}

impl Study {
    /// What the training part of a series says, whatever is fitted; orders up to `largest`.
    fn of(training: &[f64], largest: usize, pace: &Pace) -> Self {
        // So many that enough rows are left to tell them apart.
        let largest = largest.min(training.len() / 4);
        Self {
            partial: partial_autocorrelation_paced(
                training,
                largest,
                PartialMethod::LeastSquares,
                pace,
            )
            .ok(),
            orders: order_table_paced(training, largest, pace),
            roots: None,
        }
    }
}

/// How many rows a season has where the times of the training rows tell it, otherwise 0.
fn usual_season(dataset: &Dataset) -> usize {
    const HOUR: f64 = 3_600.0;
    let Labels::Times(times) = &dataset.labels else {
        return 0;
    };
    let TimesOfRows::Dates {
        seconds, precision, ..
    } = &times.of_row
    else {
        return 0;
    };
    let training: Vec<_> = dataset.series.iter().map(SplitSeries::training).collect();
    match Spacing::of(seconds, &training, Some(*precision)).step {
        Some(Step::Months { count: 1, .. }) => 12,
        Some(Step::Months { count: 3, .. }) => 4,
        Some(Step::Weekdays) => 5,
        Some(Step::Seconds(seconds)) if seconds == HOUR => 24,
        Some(Step::Seconds(seconds)) if seconds == 24.0 * HOUR => 7,
        Some(Step::Seconds(seconds)) if seconds == 7.0 * 24.0 * HOUR => 52,
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
