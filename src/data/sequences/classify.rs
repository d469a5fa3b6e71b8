//! Sequences with a class: one per group, or windows of a table.

use std::ops::Range;

use ndarray::Array2;

use super::columns::{self, Distinct};
use super::missing::{fill, leave_out};
use super::order;
use super::report::{Mark, ReportDraft};
use super::scaled::{input_scalers, not_finite, rows_lost, scale_inputs};
use super::series::{self, Rows};
use super::{
    Asked, LabelAt, MAX_VALUES, SequenceError, SequenceProblem, SequenceSpec, Sequences, TestFrom,
    reached, split,
};
use crate::data::dataset::{Answers, Dataset, Span, SplitSeries, Targets};
use crate::data::pace::Pace;
use crate::data::scale::Scaler;
use crate::data::table::{Cells, Column, Table};
use crate::words::counted;

/// The most classes there may be: a column with more is probably no label.
pub(super) const MAX_CLASSES: usize = 1000;

pub(super) fn prepare(
    table: &Table,
    spec: &SequenceSpec,
    pace: &Pace,
) -> Result<Sequences, SequenceError> {
    let Asked::Classify {
        features,
        label,
        label_at,
        window,
    } = &spec.asked
    else {
        return Err(SequenceProblem::NoFeatures.into());
    };
    let mut problems = Vec::new();
    if features.is_empty() {
        problems.push(SequenceProblem::NoFeatures);
    }
    if *window == 0 && spec.group.is_empty() {
        problems.push(SequenceProblem::WindowZero);
    }
    let used = columns::used(table, features, &[], &mut problems);
    let read: Vec<(&'static str, &str)> = features
        .iter()
        .map(|name| ("features", name.as_str()))
        .collect();
    columns::exclude("label", [label], &read, &mut problems);
    columns::exclude("group", &spec.group, &read, &mut problems);
    let is_label: [(&'static str, &str); 1] = [("label", label)];
    columns::exclude("group", &spec.group, &is_label, &mut problems);
    let label_column = columns::named(table, "label", label, &mut problems);
    let group = columns::all_named(table, "group", &spec.group, &mut problems);
    let time_columns = columns::time(table, spec, &[label], &mut problems);
    let classes = label_column.map(|column| classes(table, column, &mut problems, pace));
    reached(pace, 0.1)?;
    let mut rows = series::group(table, &group, &mut problems, pace);
    reached(pace, 0.2)?;
    let time = series::time(table, time_columns, &mut problems, pace);
    reached(pace, 0.4)?;
    let (Some(classes), true) = (classes, problems.is_empty()) else {
        return Err(SequenceError { problems });
    };
    let ordered = order::order_by_time(table, spec, &time, &mut rows, &mut problems);
    if !problems.is_empty() {
        return Err(SequenceError { problems });
    }
    let grouped = !group.is_empty();
    let split = if grouped {
        let kept_back = split::by_sequences(table, &time, &rows, &spec.test);
        kept_back.map(|kept_back| split::whole(&rows, &kept_back))
    } else {
        split::by_rows(table, &time, &rows, &spec.test)
    };
    let mut unused = Vec::new();
    let policy = spec.missing;
    let mut split = leave_out(table, &used, policy, &mut rows, split, &mut unused)?;
    // A group of which no row is left is no sequence; its rows are listed.
    rows.series.retain(|series| !series.rows.is_empty());
    split.retain(|series| !series.rows.is_empty());
    let values = rows.order.len() as u128 * features.len() as u128;
    if values > MAX_VALUES as u128 {
        return Err(SequenceProblem::TooLarge {
            setting: "csv",
            values,
            limit: MAX_VALUES,
            hint: "Choose fewer features, or read the first rows only.",
        }
        .into());
    }
    let lost = rows_lost(spec.scale);
    reached(pace, 0.5)?;
    let filled = fill(table, &used, policy, &rows, &time, &split)?;
    reached(pace, 0.55)?;
    let training = || split.iter().map(SplitSeries::training);
    let learnt = training().flatten().map(|row| rows.order[row]);
    let classes = Classes::of(classes, learnt, label)?;
    let of_row: Vec<usize> = rows.order.iter().map(|&row| classes.of_row[row]).collect();
    // What the test part holds decides nothing.
    let changing = changing(training(), &of_row);
    let label_at = label_at.unwrap_or(if changing == 0 {
        LabelAt::End
    } else {
        LabelAt::Every
    });
    let parts = if grouped {
        whole_series(&split, lost)
    } else {
        windows(&split, *window, label_at, lost)
    };
    let [train, mut test] = parts;
    let asked = |span: &Span| match label_at {
        LabelAt::End => span.last_row()..span.last_row() + 1,
        LabelAt::Every => span.rows(),
    };
    let unknown = classes.leave_out(&mut test, |span| of_row[asked(span)].to_vec());
    check_parts(&train, &test, spec, *window, &rows)?;

    let scalers = input_scalers(table, spec, &used, &filled, &rows, &split)?;
    let mut inputs = Array2::zeros((rows.order.len(), features.len()));
    for (at, &column) in used.features.iter().enumerate() {
        reached(pace, 0.6 + 0.2 * at as f32 / features.len() as f32)?;
        let puts = inputs.column_mut(at).into_iter();
        scale_inputs(scalers[column], &filled.columns[column], &rows, lost, puts)
            .map_err(|row| not_finite(table, spec, &rows, row, &used.names[column]))?;
    }
    let (labels, time_report) = series::labels(table, spec, &time, &rows, 0, ordered.moved, pace);
    reached(pace, 0.9)?;
    let dataset = Dataset {
        input_names: features.clone(),
        output_names: classes.learnt().to_vec(),
        inputs,
        output_scalers: vec![Scaler::IDENTITY; classes.learnt().len()],
        targets: Targets::Classes {
            of_row,
            names: classes.names,
        },
        train,
        test,
        series: split,
        part_of_targets: Vec::new(),
        steps: 1,
        answers: match label_at {
            LabelAt::End => Answers::Last,
            LabelAt::Every => Answers::EveryStep,
        },
        input_scalers: used
            .features
            .iter()
            .map(|&column| scalers[column])
            .collect(),
        labels,
        naive: None,
    };
    let mut draft = ReportDraft::new(table, &rows);
    draft.unused = unused;
    for (mark_input, mark_target, spans) in [
        (Mark::TrainInput, Mark::TrainTarget, &dataset.train),
        (Mark::TestInput, Mark::TestTarget, &dataset.test),
    ] {
        draft.mark(mark_input, spans.iter().map(|span| span.rows()));
        draft.mark(mark_target, spans.iter().map(asked));
    }
    draft.notices.extend(ordered.notices);
    draft.repeated = ordered.repeated;
    draft.notices.extend(unknown);
    if label_at == LabelAt::End && changing > 0 && grouped {
        draft.notices.push(format!(
            "The label changes within {}; the label of the last row is asked.",
            counted(changing, "group")
        ));
    }
    let needed = if grouped { 1 } else { *window };
    draft.list_unused(lost, needed + lost);
    draft.columns(table, spec, &used, &filled);
    Ok(Sequences {
        report: draft.finish(&dataset, time_report),
        dataset,
        outlook: None,
    })
}

/// In how many of these parts of series the label is not the same everywhere.
fn changing(parts: impl Iterator<Item = Range<usize>>, of_row: &[usize]) -> usize {
    parts
        .filter(|part| {
            let labels = &of_row[part.clone()];
            labels.windows(2).any(|pair| pair[0] != pair[1])
        })
        .count()
}

/// The classes of a label column: what can be learnt first.
pub(super) struct Classes {
    /// The class of each table row, an index into `names`.
    pub of_row: Vec<usize>,
    /// Those that training rows have, in their order, and then all others.
    pub names: Vec<String>,
    /// How many of them training rows have.
    learnt: usize,
}

impl Classes {
    /// All classes of a column, in their order, of which the training part has those of the table rows `training`.
    ///
    /// # Errors
    /// If it has fewer than two: there is nothing to tell apart.
    pub fn of(
        all: Distinct,
        training: impl Iterator<Item = usize>,
        column: &str,
    ) -> Result<Self, SequenceProblem> {
        let mut known = vec![false; all.names.len()];
        for row in training {
            known[all.of_row[row]] = true;
        }
        let learnt = known.iter().filter(|&&known| known).count();
        if learnt < 2 {
            return Err(SequenceProblem::OneClass {
                column: column.to_owned(),
                class: known
                    .iter()
                    .position(|&known| known)
                    .map(|class| all.names[class].clone()),
            });
        }
        let (first, rest): (Vec<usize>, Vec<usize>) =
            (0..known.len()).partition(|&class| known[class]);
        let order: Vec<usize> = first.into_iter().chain(rest).collect();
        let mut place = vec![0; order.len()];
        for (at, &class) in order.iter().enumerate() {
            place[class] = at;
        }
        Ok(Self {
            of_row: all.of_row.iter().map(|&class| place[class]).collect(),
            names: order
                .iter()
                .map(|&class| all.names[class].clone())
                .collect(),
            learnt,
        })
    }

    /// Those that training rows have.
    pub fn learnt(&self) -> &[String] {
        &self.names[..self.learnt]
    }

    /// Leaves out the sequences of the test part that ask for a class that cannot be learnt; `asked` has the classes that one
    /// asks for. Says so in a sentence.
    pub fn leave_out(
        &self,
        test: &mut Vec<Span>,
        asked: impl Fn(&Span) -> Vec<usize>,
    ) -> Option<String> {
        let mut unknown = vec![false; self.names.len()];
        let before = test.len();
        test.retain(|span| {
            let mut answerable = true;
            for class in asked(span) {
                if class >= self.learnt {
                    unknown[class] = true;
                    answerable = false;
                }
            }
            answerable
        });
        let left_out = before - test.len();
        let names = (self.learnt..self.names.len()).filter(|&class| unknown[class]);
        let names: Vec<&str> = names.map(|class| self.names[class].as_str()).collect();
        (left_out > 0).then(|| {
            format!(
                "The test part asks for classes that the training part has not: {}. {} of it {} left out, as nothing that is \
                 trained here can name them.",
                names.join(", "),
                counted(left_out, "sequence"),
                if left_out == 1 { "is" } else { "are" }
            )
        })
    }
}

/// The classes of a column in the order of their names, numbers by their size.
pub(super) fn classes(
    table: &Table,
    column: &Column,
    problems: &mut Vec<SequenceProblem>,
    pace: &Pace,
) -> Distinct {
    let mut classes = columns::distinct(column, pace);
    series::refuse_cells(
        table,
        column,
        "label",
        &classes.missing,
        "a label",
        problems,
    );
    let count = classes.names.len();
    if !(2..=MAX_CLASSES).contains(&count) {
        problems.push(SequenceProblem::Classes {
            column: column.name.clone(),
            count,
            limit: MAX_CLASSES,
        });
        return classes;
    }
    let mut sorted: Vec<usize> = (0..count).collect();
    let number = |index: usize| {
        let name = classes.names[index].replace(',', ".");
        name.parse::<f64>().unwrap_or(f64::NAN)
    };
    let by_name = |a: usize, b: usize| classes.names[a].cmp(&classes.names[b]);
    match column.cells {
        Cells::Numbers(_) => sorted.sort_by(|&a, &b| {
            let numbers = number(a).total_cmp(&number(b));
            numbers.then_with(|| by_name(a, b))
        }),
        Cells::Texts(_) => sorted.sort_by(|&a, &b| by_name(a, b)),
    }
    let mut place = vec![0; count];
    for (at, &index) in sorted.iter().enumerate() {
        place[index] = at;
    }
    for class in &mut classes.of_row {
        *class = place[*class];
    }
    classes.names = sorted
        .iter()
        .map(|&index| classes.names[index].clone())
        .collect();
    classes
}

/// Each series as one sequence.
fn whole_series(split: &[SplitSeries], lost: usize) -> [Vec<Span>; 2] {
    let mut parts = [Vec::new(), Vec::new()];
    for series in split {
        let len = series.rows.len().saturating_sub(lost);
        if len > 0 {
            let test = usize::from(series.training().is_empty());
            parts[test].push(Span::new(series.rows.start + lost, len));
        }
    }
    parts
}

/// Windows of a series without groups. For a label at the end they slide by one row; for one at every step they lie one after
/// the other, and begin anew where the test part does, so that no row is asked twice.
fn windows(split: &[SplitSeries], window: usize, label_at: LabelAt, lost: usize) -> [Vec<Span>; 2] {
    let mut parts = [Vec::new(), Vec::new()];
    for series in split {
        let first = series.first_test;
        let start = (series.rows.start + lost).min(series.rows.end);
        match label_at {
            LabelAt::End => {
                for end in start.saturating_add(window)..=series.rows.end {
                    let part = &mut parts[usize::from(end > first)];
                    part.push(Span::new(end - window, window));
                }
            }
            LabelAt::Every => {
                let first = first.clamp(start, series.rows.end);
                for (part, rows) in parts.iter_mut().zip([start..first, first..series.rows.end]) {
                    let starts = rows.clone().step_by(window);
                    part.extend(starts.map(|from| Span::new(from, window.min(rows.end - from))));
                }
            }
        }
    }
    parts
}

fn check_parts(
    train: &[Span],
    test: &[Span],
    spec: &SequenceSpec,
    window: usize,
    rows: &Rows,
) -> Result<(), SequenceProblem> {
    let all = train.len() + test.len();
    if all == 0 {
        return Err(SequenceProblem::TooLong {
            window,
            horizon: 0,
            steps: 1,
            rows: rows.longest(),
            several: false,
        });
    }
    let setting = match spec.test {
        TestFrom::Groups(_) => "test_groups",
        _ => "test_from",
    };
    let kept_back: Vec<bool> = (0..all).map(|at| at >= train.len()).collect();
    split::check_parts(setting, &kept_back)
}
