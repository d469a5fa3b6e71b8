//! A table's windows for forecasting, and how a forecast goes on beyond the data.

use std::ops::Range;

use ndarray::Array2;

use super::columns::{self, Used};
use super::missing::{Filled, fill, leave_out};
use super::order;
use super::report::{Mark, ReportDraft};
use super::scaled::{fit_changes, input_scalers, not_finite, rows_lost, scale_inputs};
use super::series::{self, Rows};
use super::{
    Asked, MAX_VALUES, Missing, SequenceError, SequenceProblem, SequenceSpec, Sequences, TestFrom,
    reached, split,
};
use crate::data::bad_place::BadPlaces;
use crate::data::dataset::{Answers, Dataset, Labels, Span, Split, SplitSeries, Targets};
use crate::data::pace::Pace;
use crate::data::scale::{Scaled, Scaler};
use crate::data::table::Table;
use crate::words::{counted, exact, quoted};

/// How a forecast goes on beyond the data.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// Rows ahead of the first forecast row.
    pub horizon: usize,
    /// Rows forecast at once from there on.
    pub steps: usize,
    /// The columns that are forecast. Output k of the model is target k mod their number, at horizon + k / their number rows
    /// ahead.
    pub targets: Vec<String>,
    /// The last window of each series, whose targets have not come yet.
    pub future: Vec<Future>,
    /// How a forecast is fed back as the next input, so that forecasts go on step by step (recursive multi-step); or why that
    /// cannot be, a sentence.
    pub feedback: Result<Feedback, String>,
}

/// The last window of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Future {
    /// The group; `None` if there is one series only.
    pub group: Option<String>,
    /// The rows of the window. What is to come after its last row is called [`Dataset::label_ahead`] and stands at
    /// [`Dataset::position_ahead`].
    pub span: Span,
}

impl Outlook {
    /// Which target an output is, an index into [`Outlook::targets`].
    pub fn target(&self, output: usize) -> usize {
        output % self.targets.len().max(1)
    }

    /// How many rows ahead an output is.
    pub fn rows_ahead(&self, output: usize) -> usize {
        self.horizon + output / self.targets.len().max(1)
    }
}

/// How a forecast one row ahead becomes the next row's input. It needs every feature to be forecast too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    /// For each input column, the output that forecasts it one row ahead.
    source: Vec<usize>,
}

impl Feedback {
    /// The last known values of the input columns at row `row`, in their own units: where a recursive forecast begins.
    pub fn known(&self, dataset: &Dataset, row: usize) -> Vec<f64> {
        let known = |&output: &usize| {
            let naive = dataset.naive.as_ref();
            naive.and_then(|naive| naive.get([row, output]).copied())
        };
        self.source
            .iter()
            .map(|output| known(output).unwrap_or(0.0))
            .collect()
    }

    /// What `known` says of a target column: the value of the first input column that it forecasts.
    pub fn said(&self, known: &[f64], target: usize) -> f64 {
        let at = self.source.iter().position(|&output| output == target);
        at.and_then(|at| known.get(at).copied()).unwrap_or(f64::NAN)
    }

    /// The next row's input, scaled, after the model put out `outputs`, scaled, where the last known values were `known`.
    /// `known` becomes what was forecast, in own units.
    pub fn next_input(&self, dataset: &Dataset, known: &mut [f64], outputs: &[f64]) -> Vec<f64> {
        let columns = self.source.iter().zip(known).zip(&dataset.input_scalers);
        columns
            .map(|((&output, known), scaler)| {
                let scaled = outputs.get(output).copied().unwrap_or(0.0);
                let value = match dataset.output_scalers.get(output) {
                    Some(scaler) => scaler.invert_from(*known, scaled),
                    None => scaled,
                };
                let input = scaler.apply_from(*known, value);
                *known = value;
                input
            })
            .collect()
    }
}

/// The setting of a forecast.
struct Shape {
    window: usize,
    horizon: usize,
    steps: usize,
}

impl Shape {
    /// Rows from a window's first to its last target.
    fn needed(&self) -> usize {
        let ahead = self.horizon.saturating_add(self.steps - 1);
        self.window.saturating_add(ahead)
    }
}

pub(super) fn prepare(
    table: &Table,
    spec: &SequenceSpec,
    pace: &Pace,
) -> Result<Sequences, SequenceError> {
    let Asked::Forecast {
        features,
        targets,
        window,
        horizon,
        steps,
    } = &spec.asked
    else {
        return Err(SequenceProblem::NoTargets.into());
    };
    let mut problems = Vec::new();
    if targets.is_empty() {
        problems.push(SequenceProblem::NoTargets);
    } else if features.is_empty() {
        problems.push(SequenceProblem::NoFeatures);
    }
    if *window == 0 {
        problems.push(SequenceProblem::WindowZero);
    }
    if *horizon == 0 {
        problems.push(SequenceProblem::HorizonZero);
    }
    if *steps == 0 {
        problems.push(SequenceProblem::StepsZero);
    }
    let used = columns::used(table, features, targets, &mut problems);
    let read: Vec<(&'static str, &str)> = roles(features, targets).collect();
    columns::exclude("group", &spec.group, &read, &mut problems);
    let group = columns::all_named(table, "group", &spec.group, &mut problems);
    let taken: Vec<&str> = targets.iter().map(String::as_str).collect();
    let time_columns = columns::time(table, spec, &taken, &mut problems);
    let mut rows = series::group(table, &group, &mut problems, pace);
    reached(pace, 0.1)?;
    let time = series::time(table, time_columns, &mut problems, pace);
    reached(pace, 0.3)?;
    if !problems.is_empty() {
        return Err(SequenceError { problems });
    }
    let shape = Shape {
        window: *window,
        horizon: *horizon,
        steps: *steps,
    };
    let ordered = order::order_by_time(table, spec, &time, &mut rows, &mut problems);
    if !problems.is_empty() {
        return Err(SequenceError { problems });
    }
    reached(pace, 0.35)?;
    let lost = rows_lost(spec.scale);
    // A row in, one ahead in the training part, and one in the test part.
    let needed = 3 + lost;
    let by_share = matches!(spec.test, TestFrom::Fraction(_));
    if by_share && rows.series.len() == 1 && rows.longest() < needed {
        let rows = rows.longest();
        return Err(SequenceProblem::TooFewRows { rows, needed }.into());
    }
    let split = split::by_rows(table, &time, &rows, &spec.test);
    let mut unused = Vec::new();
    let policy = spec.missing;
    let split = leave_out(table, &used, policy, &mut rows, split, &mut unused)?;
    check_size(&rows, features.len(), targets.len(), &shape, lost)?;
    reached(pace, 0.4)?;
    let filled = fill(table, &used, policy, &rows, &time, &split)?;
    reached(pace, 0.45)?;

    refuse_sizes(table, &used, &filled, &rows)?;
    let constant = constant_targets(&used, &filled, &split);
    let asked = asked(&used, &filled, &split, spec, &shape, pace);
    reached(pace, 0.5)?;
    let windows = Windows::cut(&split, &asked, &shape, lost, pace);
    reached(pace, 0.55)?;
    check_parts(&windows, &split, spec, &shape, lost)?;
    let dataset = dataset(table, spec, &used, &filled, &rows, &split, &shape, pace)?;
    let (labels, time_report) =
        series::labels(table, spec, &time, &rows, *horizon, ordered.moved, pace);
    reached(pace, 0.9)?;
    let dataset = Dataset {
        train: windows.train,
        test: windows.test,
        part_of_targets: asked.iter().map(|asked| asked.part()).collect(),
        series: split,
        labels,
        ..dataset
    };

    let mut draft = ReportDraft::new(table, &rows);
    draft.unused = unused;
    let last_target = horizon + steps - 1;
    for (mark_input, mark_target, spans) in [
        (Mark::TrainInput, Mark::TrainTarget, &dataset.train),
        (Mark::TestInput, Mark::TestTarget, &dataset.test),
    ] {
        draft.mark(mark_input, spans.iter().map(|span| span.rows()));
        let targets = spans
            .iter()
            .map(|span| span.last_row() + horizon..span.last_row() + last_target + 1);
        draft.mark(mark_target, targets);
        reached(pace, 0.95)?;
    }
    draft.notices = ordered.notices;
    draft.notices.extend(constant);
    draft.notices.extend(windows.notices);
    draft.repeated = ordered.repeated;
    draft.list_unused(lost, shape.needed() + lost);
    draft.columns(table, spec, &used, &filled);
    let outlook = Outlook {
        horizon: *horizon,
        steps: *steps,
        targets: targets.clone(),
        future: future(&rows, &shape, lost),
        feedback: feedback(features, targets, *horizon),
    };
    Ok(Sequences {
        report: draft.finish(&dataset, time_report),
        dataset,
        outlook: Some(outlook),
    })
}

/// The columns with the settings that name them.
fn roles<'a>(
    features: &'a [String],
    targets: &'a [String],
) -> impl Iterator<Item = (&'static str, &'a str)> {
    let of = |setting| move |name: &'a String| (setting, name.as_str());
    features
        .iter()
        .map(of("features"))
        .chain(targets.iter().map(of("target")))
}

/// Says of targets that never change, or not while it is learned from them, that there is nothing to learn.
fn constant_targets(used: &Used, filled: &Filled<'_>, split: &[SplitSeries]) -> Vec<String> {
    let mut targets = used.targets.clone();
    targets.sort_unstable();
    targets.dedup();
    let said = targets.into_iter().filter_map(|target| {
        let column = filled.columns.get(target)?;
        let &first = column.first()?;
        let same = |values: &[f64], as_what: f64| values.iter().all(|&value| value == as_what);
        let name = quoted(used.names.get(target)?);
        if column.len() > 1 && same(column, first) {
            return Some(format!(
                "{name} is {} in all rows: there is nothing to forecast. Choose another target.",
                exact(first)
            ));
        }
        let training = || split.iter().map(SplitSeries::training);
        let of_part = |part: Range<usize>| column.get(part).unwrap_or_default();
        let &learned = training().flat_map(of_part).next()?;
        let rows: usize = training().map(|part| part.len()).sum();
        (rows > 1 && training().all(|part| same(of_part(part), learned))).then(|| {
            format!(
                "{name} is {} in all rows of the training part: how it changes cannot be learned. Let the test part begin later, \
                 or choose another target.",
                exact(learned)
            )
        })
    });
    said.collect()
}

/// Refuses columns with numbers whose squares are beyond what can be computed with, wherever they are, and such as are all so
/// small that their squares are 0: errors and scaling would not be numbers.
fn refuse_sizes(
    table: &Table,
    used: &Used,
    filled: &Filled<'_>,
    rows: &Rows,
) -> Result<(), SequenceProblem> {
    /// A billion of their squares can be summed.
    const LARGEST: f64 = 1e140;
    const SMALLEST: f64 = 1e-140;
    let mut places = BadPlaces::default();
    for (name, values) in used.names.iter().zip(&filled.columns) {
        let Ok(column) = table.column(name) else {
            continue;
        };
        let most = values
            .iter()
            .fold(0.0, |most: f64, value| most.max(value.abs()));
        let (is_bad, expected): (&dyn Fn(f64) -> bool, _) = if most > LARGEST {
            (&|value| value.abs() > LARGEST, "at most 1e140")
        } else if most > 0.0 && most < SMALLEST {
            (&|value| value != 0.0, "some of at least 1e-140")
        } else {
            continue;
        };
        let mut bad: Vec<usize> = (0..values.len())
            .filter(|&row| is_bad(values[row]))
            .map(|row| rows.order[row])
            .collect();
        bad.sort_unstable();
        let mut of_column = BadPlaces::default();
        for row in bad {
            let expected = format!("numbers whose squares can be computed, {expected}");
            let hint = "Write the column in another unit, correct the cell, or leave it empty.";
            of_column.add(|| columns::place(table, column, row, &expected, hint));
        }
        places.join(of_column);
    }
    match places.is_empty() {
        true => Ok(()),
        false => Err(SequenceProblem::Cells {
            setting: "features",
            places,
        }),
    }
}

/// Refuses windows longer than every series, and more numbers than fit.
fn check_size(
    rows: &Rows,
    features: usize,
    targets: usize,
    shape: &Shape,
    lost: usize,
) -> Result<(), SequenceProblem> {
    let longest = rows.longest().saturating_sub(lost);
    if shape.needed() > longest {
        return Err(SequenceProblem::TooLong {
            window: shape.window,
            horizon: shape.horizon,
            steps: shape.steps,
            rows: longest,
            several: rows.series.len() > 1,
        });
    }
    let outputs = targets as u128 * shape.steps as u128;
    let values = rows.order.len() as u128 * (features as u128 + 2 * outputs);
    if values > MAX_VALUES as u128 {
        return Err(SequenceProblem::TooLarge {
            setting: if shape.steps > 1 { "steps" } else { "csv" },
            values,
            limit: MAX_VALUES,
            hint: if shape.steps > 1 {
                "Forecast fewer rows at once, or read the first rows only."
            } else {
                "Choose fewer features, or read the first rows only."
            },
        });
    }
    Ok(())
}

/// What may be asked after a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AskedAt {
    /// Its targets, by the training part.
    Train,
    /// Its targets, by the test part.
    Test,
    /// Nothing: some targets are training rows and some are test rows.
    Astride,
    /// Nothing: a test target is missing in the file.
    Unseen,
    /// Nothing: the row was interpolated, which takes knowing what comes after it.
    Foreseen,
    /// Nothing: the series ends before its targets do.
    Beyond,
}

impl AskedAt {
    /// The part that asks.
    fn part(self) -> Option<Split> {
        match self {
            AskedAt::Train => Some(Split::Train),
            AskedAt::Test => Some(Split::Test),
            _ => None,
        }
    }
}

/// What may be asked after each row; not all of them where `pace` is broken.
fn asked(
    used: &Used,
    filled: &Filled<'_>,
    split: &[SplitSeries],
    spec: &SequenceSpec,
    shape: &Shape,
    pace: &Pace,
) -> Vec<AskedAt> {
    // The network reads features; baselines begin from the targets themselves.
    let looks_ahead = |row: usize| {
        let mut read = used.features.iter().chain(&used.targets);
        spec.missing == Missing::Interpolate && read.any(|&column| filled.was_missing(column, row))
    };
    let at = |series: &SplitSeries, row: usize| {
        let targets = row + shape.horizon..row + shape.horizon + shape.steps;
        if targets.end > series.rows.end {
            AskedAt::Beyond
        } else if targets.end <= series.first_test {
            AskedAt::Train
        } else if targets.start < series.first_test {
            AskedAt::Astride
        } else if targets.clone().any(|row| {
            let mut columns = used.targets.iter();
            columns.any(|&column| filled.was_missing(column, row))
        }) {
            AskedAt::Unseen
        } else if looks_ahead(row) {
            AskedAt::Foreseen
        } else {
            AskedAt::Test
        }
    };
    let looked_at = shape.steps.saturating_mul(used.targets.len());
    let rows = split
        .iter()
        .flat_map(|series| series.rows.clone().map(move |row| (series, row)));
    rows.take_while(|_| pace.row() && pace.does(looked_at))
        .map(|(series, row)| at(series, row))
        .collect()
}

/// The windows of both parts, and what was left out.
#[derive(Default)]
struct Windows {
    train: Vec<Span>,
    test: Vec<Span>,
    notices: Vec<String>,
}

impl Windows {
    /// One for each row that has enough rows before it, and after which something may be asked.
    fn cut(
        split: &[SplitSeries],
        asked: &[AskedAt],
        shape: &Shape,
        lost: usize,
        pace: &Pace,
    ) -> Self {
        let mut windows = Self::default();
        let (mut astride, mut unseen, mut foreseen) = (0, 0, 0);
        for series in split {
            let first = series.rows.start + lost + shape.window - 1;
            for (end, asked) in asked.iter().enumerate().take(series.rows.end).skip(first) {
                if !pace.row() {
                    return windows;
                }
                let span = Span::new(end + 1 - shape.window, shape.window);
                match asked {
                    AskedAt::Train => windows.train.push(span),
                    AskedAt::Test => windows.test.push(span),
                    AskedAt::Astride => astride += 1,
                    AskedAt::Unseen => unseen += 1,
                    AskedAt::Foreseen => foreseen += 1,
                    AskedAt::Beyond => {}
                }
            }
        }
        let mut say = |count: usize, why: &str| {
            if count > 0 {
                let were = if count == 1 { "was" } else { "were" };
                let windows_left_out = counted(count, "window");
                windows
                    .notices
                    .push(format!("{windows_left_out} {were} left out {why}."));
            }
        };
        say(
            astride,
            "because the test part begins among the rows to forecast",
        );
        say(
            unseen,
            "of the test part because a target is missing in the file: only what was measured is scored",
        );
        say(
            foreseen,
            "of the test part because the last row before what is asked was interpolated, which takes knowing what comes after it",
        );
        windows
    }
}

fn check_parts(
    windows: &Windows,
    split: &[SplitSeries],
    spec: &SequenceSpec,
    shape: &Shape,
    lost: usize,
) -> Result<(), SequenceError> {
    let setting = match spec.test {
        TestFrom::Groups(_) => "test_groups",
        _ => "test_from",
    };
    if windows.train.is_empty() && setting == "test_groups" {
        return Err(SequenceProblem::EmptyPart {
            setting,
            part: Split::Train,
            sequences: windows.test.len(),
            hint: "Keep fewer groups back, or choose a shorter window.",
        }
        .into());
    }
    if windows.train.is_empty() {
        let before = split
            .iter()
            .map(|series| series.training().len().saturating_sub(lost));
        return Err(SequenceProblem::NoTraining {
            before: before.max().unwrap_or(0),
            needed: shape.needed(),
            steps: shape.steps,
        }
        .into());
    }
    if windows.test.is_empty() {
        return Err(SequenceProblem::EmptyPart {
            setting,
            part: Split::Test,
            sequences: windows.train.len(),
            hint: "Let the test part begin earlier, choose a shorter window, or fewer steps.",
        }
        .into());
    }
    Ok(())
}

/// The data set, but for its sequences and labels.
#[allow(
    clippy::too_many_arguments,
    reason = "all that was found out about the table, and how far the work is"
)]
fn dataset(
    table: &Table,
    spec: &SequenceSpec,
    used: &Used,
    filled: &Filled<'_>,
    rows: &Rows,
    split: &[SplitSeries],
    shape: &Shape,
    pace: &Pace,
) -> Result<Dataset, SequenceProblem> {
    let scalers = input_scalers(table, spec, used, filled, rows, split)?;
    let all = rows.order.len();
    let lost = rows_lost(spec.scale);
    let mut inputs = Array2::zeros((all, used.features.len()));
    for (at, &column) in used.features.iter().enumerate() {
        reached(pace, 0.55 + 0.1 * at as f32 / used.features.len() as f32)?;
        let puts = inputs.column_mut(at).into_iter();
        scale_inputs(scalers[column], &filled.columns[column], rows, lost, puts)
            .map_err(|row| not_finite(table, spec, rows, row, &used.names[column]))?;
    }
    let per_step = used.targets.len();
    let outputs = per_step * shape.steps;
    let mut targets = Array2::zeros((all, outputs));
    let mut naive = Array2::zeros((all, outputs));
    let mut output_scalers = Vec::with_capacity(outputs);
    let mut output_names = Vec::with_capacity(outputs);
    for output in 0..outputs {
        reached(pace, 0.65 + 0.15 * output as f32 / outputs as f32)?;
        let (index, ahead) = (
            used.targets[output % per_step],
            shape.horizon + output / per_step,
        );
        let column = &filled.columns[index];
        let scaler: Scaler = match spec.scale.of() {
            Scaled::Change => fit_changes(column, ahead, split),
            Scaled::Value | Scaled::Logarithm => scalers[index],
        };
        let mut last_known = naive.column_mut(output);
        let mut to_come = targets.column_mut(output);
        for series in &rows.series {
            for row in series.rows.clone() {
                last_known[row] = column[row];
                if row + ahead < series.rows.end {
                    let scaled = scaler.apply_from(column[row], column[row + ahead]);
                    if !scaled.is_finite() {
                        let name = &used.names[index];
                        return Err(not_finite(table, spec, rows, row + ahead, name));
                    }
                    to_come[row] = scaled;
                }
            }
        }
        output_scalers.push(scaler);
        let name = &used.names[index];
        output_names.push(if shape.steps == 1 {
            name.clone()
        } else {
            format!("{name} +{ahead}")
        });
    }
    let of_features = |of: &dyn Fn(usize) -> Scaler| used.features.iter().map(|&c| of(c)).collect();
    Ok(Dataset {
        input_names: used
            .features
            .iter()
            .map(|&column| used.names[column].clone())
            .collect(),
        output_names,
        inputs,
        targets: Targets::Values(targets),
        train: Vec::new(),
        test: Vec::new(),
        series: Vec::new(),
        part_of_targets: Vec::new(),
        steps: shape.steps,
        answers: Answers::EveryStep,
        input_scalers: of_features(&|column| scalers[column]),
        output_scalers,
        labels: Labels::Steps,
        naive: Some(naive),
    })
}

fn future(rows: &Rows, shape: &Shape, lost: usize) -> Vec<Future> {
    let long_enough = rows
        .series
        .iter()
        .filter(|series| series.rows.len() >= shape.window + lost);
    long_enough
        .map(|series| Future {
            group: series.name.clone(),
            span: Span::new(series.rows.end - shape.window, shape.window),
        })
        .collect()
}

fn feedback(features: &[String], targets: &[String], horizon: usize) -> Result<Feedback, String> {
    if horizon != 1 {
        return Err(format!(
            "A forecast can only go on step by step if the next row is forecast, but horizon is {horizon}. \
             Let horizon be 1."
        ));
    }
    let source = |feature: &String| targets.iter().position(|target| target == feature);
    let unknown: Vec<String> = features
        .iter()
        .filter(|feature| source(feature).is_none())
        .map(|feature| format!("“{feature}”"))
        .collect();
    if unknown.is_empty() {
        return Ok(Feedback {
            source: features.iter().filter_map(source).collect(),
        });
    }
    Err(format!(
        "A forecast can only go on step by step if every feature is forecast too, but {} {} not among the targets. \
         Name {} as target too, or leave {} out.",
        unknown.join(", "),
        if unknown.len() == 1 { "is" } else { "are" },
        if unknown.len() == 1 { "it" } else { "them" },
        if unknown.len() == 1 { "it" } else { "them" },
    ))
}
