//! The rows of a table as series, one per group, and their times.

use std::borrow::Cow;
use std::ops::Range;

use super::columns::{distinct_of, name_of, place};
use super::parts;
use super::{SequenceProblem, SequenceSpec};
use crate::data::bad_place::BadPlaces;
use crate::data::dataset::{Labels, Times, TimesOfRows};
use crate::data::pace::Pace;
use crate::data::table::{Cells, Column, Table};
use crate::data::text::Texts;
use crate::data::time::{Dates, Spacing, Step, elapsed, years};
use crate::words::{counted, shortened};

/// The table's rows in the order of the data set: one series after the other, each in the order of time.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    /// The table row of each row of the data set.
    pub order: Vec<usize>,
    /// The series, one after the other.
    pub series: Vec<Series>,
}

/// The rows of one group.
#[derive(Clone, Debug)]
pub(super) struct Series {
    /// The group; `None` if there is no group column.
    pub name: Option<String>,
    /// Its rows of the data set.
    pub rows: Range<usize>,
    /// The table's rows right before them that were left out since not every column was known yet: some were.
    pub early: Vec<usize>,
}

impl Rows {
    /// Whether the data set's rows are the table's.
    pub fn are_the_tables(&self, table: &Table) -> bool {
        self.order.len() == table.rows()
            && self.order.iter().enumerate().all(|(row, &of)| row == of)
    }

    /// The rows of each series.
    pub fn ranges(&self) -> Vec<Range<usize>> {
        self.series
            .iter()
            .map(|series| series.rows.clone())
            .collect()
    }

    /// How many rows the longest series has.
    pub fn longest(&self) -> usize {
        let lengths = self.series.iter().map(|series| series.rows.len());
        lengths.max().unwrap_or(0)
    }

    /// Leaves out the rows for which `keep` is false.
    pub fn retain(&mut self, keep: impl Fn(usize) -> bool) {
        let mut order = Vec::with_capacity(self.order.len());
        for series in &mut self.series {
            let start = order.len();
            order.extend(
                series
                    .rows
                    .clone()
                    .filter(|&row| keep(row))
                    .map(|row| self.order[row]),
            );
            series.rows = start..order.len();
        }
        self.order = order;
    }
}

/// Groups the rows, each group in the order of the file; the groups in the order of their first rows.
///
/// Where `pace` is broken not all rows are there.
pub(super) fn group(
    table: &Table,
    columns: &[&Column],
    problems: &mut Vec<SequenceProblem>,
    pace: &Pace,
) -> Rows {
    let all = table.rows();
    let Some(&column) = columns.first() else {
        return Rows {
            order: (0..all).collect(),
            series: vec![Series {
                name: None,
                early: Vec::new(),
                rows: 0..all,
            }],
        };
    };
    let groups = distinct_of(columns, pace);
    refuse_groups(table, columns, column, &groups.missing, problems);
    let mut ends = vec![0; groups.names.len()];
    for &group in &groups.of_row {
        if let Some(end) = ends.get_mut(group) {
            *end += 1;
        }
    }
    let mut series = Vec::with_capacity(ends.len());
    let mut start = 0;
    for (name, end) in groups.names.iter().zip(&mut ends) {
        let rows = start..start + *end;
        *end = start;
        start = rows.end;
        let name = Some(name.clone());
        series.push(Series {
            name,
            rows,
            early: Vec::new(),
        });
    }
    let mut order = vec![0; start];
    for (row, &group) in groups.of_row.iter().enumerate() {
        if let Some(next) = ends.get_mut(group) {
            order[*next] = row;
            *next += 1;
        }
    }
    Rows { order, series }
}

/// Names the rows without a group, if there are any.
pub(super) fn refuse_groups(
    table: &Table,
    columns: &[&Column],
    first: &Column,
    missing: &[usize],
    problems: &mut Vec<SequenceProblem>,
) {
    let expected = match columns.len() {
        1 => "the name of a group".to_owned(),
        _ => format!("a value in one of {}", name_of(columns)),
    };
    refuse_cells(table, first, "group", missing, &expected, problems);
}

/// Names the cells of `rows`, if there are any.
pub(super) fn refuse_cells(
    table: &Table,
    column: &Column,
    setting: &'static str,
    rows: &[usize],
    expected: &str,
    problems: &mut Vec<SequenceProblem>,
) {
    let hint = "Fill in or correct the cell, or choose another column.";
    let mut places = BadPlaces::default();
    for &row in rows {
        places.add(|| place(table, column, row, expected, hint));
    }
    if !places.is_empty() {
        problems.push(SequenceProblem::Cells { setting, places });
    }
}

/// The times of a table's rows.
pub(super) struct Time<'a> {
    /// The time column, or what several columns make together.
    pub column: Option<Cow<'a, Column>>,
    /// The columns that it is made of.
    pub columns: Vec<&'a Column>,
    /// By table row.
    pub of_row: TimeOf<'a>,
    /// What had to be decided without proof.
    pub notes: Vec<String>,
}

/// By table row.
pub(super) enum TimeOf<'a> {
    /// There is no time column: rows are counted.
    Counted,
    /// Numbers, or seconds that texts tell.
    Numbers(Cow<'a, [f64]>),
    /// Dates, in seconds.
    Dates(Dates),
    /// Names.
    Texts(&'a Texts),
}

impl Time<'_> {
    /// The times that can be compared, by table row.
    pub fn values(&self) -> Option<&[f64]> {
        match &self.of_row {
            TimeOf::Numbers(values) => Some(values),
            TimeOf::Dates(dates) => Some(&dates.seconds),
            TimeOf::Counted | TimeOf::Texts(_) => None,
        }
    }

    /// What tells times apart and in which order they are, by table row: as [`Time::values`], or finer.
    pub fn finest(&self) -> Option<&[f64]> {
        match &self.of_row {
            TimeOf::Dates(dates) => Some(dates.finest()),
            _ => self.values(),
        }
    }

    /// What the time of a table row is called.
    pub fn label(&self, table_row: usize) -> String {
        match &self.column {
            Some(column) => column.label(table_row),
            None => (table_row + 1).to_string(),
        }
    }

    /// The name of the time column, empty without one.
    pub fn name(&self) -> &str {
        self.column.as_ref().map_or("", |column| &column.name)
    }
}

/// Reads the time columns. Where `pace` is broken they may be read otherwise than they should be.
pub(super) fn time<'a>(
    table: &Table,
    columns: Vec<&'a Column>,
    problems: &mut Vec<SequenceProblem>,
    pace: &Pace,
) -> Time<'a> {
    let mut time = Time {
        column: None,
        columns,
        of_row: TimeOf::Counted,
        notes: Vec::new(),
    };
    let column = match &time.columns[..] {
        [] => return time,
        [column] => *column,
        parts => {
            let Some(mut dates) = parts::put_together(parts, pace) else {
                let names = parts.iter().map(|column| column.name.clone()).collect();
                problems.push(SequenceProblem::TimeParts { names });
                return time;
            };
            let column = parts::as_column(parts, &dates);
            let expected = "a part of a time as in the other rows";
            refuse_cells(table, &column, "time", &dates.bad, expected, problems);
            time.notes = std::mem::take(&mut dates.notes);
            time.column = Some(Cow::Owned(column));
            time.of_row = TimeOf::Dates(dates);
            return time;
        }
    };
    time.column = Some(Cow::Borrowed(column));
    let dates = match &column.cells {
        Cells::Numbers(values) => {
            Dates::of_spelled_numbers(&column.name, values, column.spelling.as_deref())
        }
        Cells::Texts(texts) => Dates::of_texts_paced(texts, pace),
    };
    if let Some(mut dates) = dates {
        let example = (0..dates.seconds.len())
            .find(|&row| !dates.seconds[row].is_nan())
            .map(|row| column.label(row));
        let expected = format!(
            "a date as in the rest of the column, such as “{}”",
            example.unwrap_or_default()
        );
        refuse_cells(table, column, "time", &dates.bad, &expected, problems);
        time.notes = std::mem::take(&mut dates.notes);
        time.of_row = TimeOf::Dates(dates);
        return time;
    }
    if let Cells::Texts(texts) = &column.cells
        && let Some(seconds) = elapsed(texts)
    {
        let first = shortened(&column.label(0));
        time.notes = vec![match years(texts) {
            Some(_) => format!("Years such as {first} are read as the first of their numbers."),
            None => format!("Times such as {first} are read in seconds."),
        }];
        time.of_row = TimeOf::Numbers(Cow::Owned(seconds));
        return time;
    }
    match &column.cells {
        Cells::Numbers(values) => {
            let missing: Vec<usize> = (0..values.len())
                .filter(|&row| values[row].is_nan())
                .collect();
            refuse_cells(table, column, "time", &missing, "a time", problems);
            time.of_row = TimeOf::Numbers(Cow::Borrowed(values));
        }
        Cells::Texts(texts) => {
            let missing: Vec<usize> = (0..texts.len())
                .filter(|&row| column.is_missing(row))
                .collect();
            refuse_cells(table, column, "time", &missing, "a time", problems);
            time.of_row = TimeOf::Texts(texts);
        }
    }
    time
}

/// How many series were brought into another order than the file's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moved {
    /// Newest first, and turned round.
    pub turned: usize,
    /// Out of order, and sorted.
    pub sorted: usize,
}

/// The first row whose time is before that of the row before it, as a problem.
pub(super) fn goes_back(
    table: &Table,
    time: &Time<'_>,
    rows: &Rows,
    share_would_do: bool,
) -> Option<SequenceProblem> {
    let values = time.finest()?;
    let mut first = None;
    let mut count = 0;
    for series in &rows.series {
        for row in series.rows.clone().skip(1) {
            let pair = (rows.order[row - 1], rows.order[row]);
            if values[pair.1] < values[pair.0] {
                count += 1;
                first = first.or(Some(pair));
            }
        }
    }
    let (before, row) = first?;
    Some(SequenceProblem::TimeGoesBack {
        column: time.name().to_owned(),
        line: table.line(row),
        found: time.label(row),
        before: time.label(before),
        more: count - 1,
        share_would_do,
        cure: None,
    })
}

/// The labels of the data set's rows, and what to report about the times.
///
/// `sequences` says that each series is one sequence, whose steps are counted where there is no time. Where `pace` is broken
/// labels may be missing.
pub(super) fn labels(
    table: &Table,
    spec: &SequenceSpec,
    time: &Time<'_>,
    rows: &Rows,
    ahead: usize,
    moved: Moved,
    pace: &Pace,
) -> (Labels, Option<TimeReport>) {
    let ends = rows.series.iter().map(|series| series.rows.end).collect();
    let ranges = rows.ranges();
    let whole = rows.are_the_tables(table);
    let Some(column) = time.column.as_deref() else {
        let labels = if !spec.group.is_empty() {
            let steps = ranges.iter().flat_map(|rows| 1..=rows.len());
            Labels::Times(Times {
                axis: "time step".to_owned(),
                of_row: TimesOfRows::Numbers(steps.map(|step| step as f64).collect()),
                ends,
                ahead,
                placed: rows.series.len() == 1,
                step: Some(crate::data::time::Step::Number(1.0)),
            })
        } else if whole {
            Labels::Rows { ahead }
        } else {
            let numbers = rows.order.iter().map(|&row| (row + 1) as f64);
            Labels::Times(Times {
                axis: "row".to_owned(),
                of_row: TimesOfRows::Numbers(numbers.collect()),
                ends,
                ahead,
                placed: true,
                step: Some(crate::data::time::Step::Number(1.0)),
            })
        };
        return (labels, None);
    };
    let texts = |texts: &Texts| {
        if whole {
            texts.clone()
        } else {
            let cells = rows.order.iter();
            cells
                .map(|&row| texts.get(row).unwrap_or_default())
                .collect()
        }
    };
    let gathered =
        |values: &[f64]| -> Vec<f64> { rows.order.iter().map(|&row| values[row]).collect() };
    let numbers_as_texts = || {
        let mut texts = Texts::default();
        for &row in rows.order.iter().take_while(|_| pace.row()) {
            texts.push(&column.label(row));
        }
        texts
    };
    let (of_row, spacing, kind) = match &time.of_row {
        TimeOf::Counted => return (Labels::Rows { ahead }, None),
        TimeOf::Numbers(values) => {
            let times = gathered(values);
            let spacing = Spacing::of_paced(&times, &ranges, None, pace);
            (TimesOfRows::Numbers(times), Some(spacing), "numbers")
        }
        TimeOf::Dates(dates) => {
            let seconds = gathered(&dates.seconds);
            let spacing = Spacing::of_paced(&seconds, &ranges, Some(dates.precision), pace);
            let spacing = match &dates.nanoseconds {
                // Steps that seconds since 1970 do not tell.
                Some(fine) if spacing.step.is_none_or(Step::is_below_a_second) => {
                    Spacing::of_nanoseconds(&gathered(fine), &ranges, pace)
                }
                _ => spacing,
            };
            let of_row = TimesOfRows::Dates {
                seconds,
                texts: match &column.cells {
                    Cells::Texts(cells) => texts(cells),
                    Cells::Numbers(_) => numbers_as_texts(),
                },
                precision: dates.precision,
            };
            (of_row, Some(spacing), "dates")
        }
        TimeOf::Texts(cells) => (TimesOfRows::Texts(texts(cells)), None, "names"),
    };
    let placed = match &of_row {
        TimesOfRows::Numbers(times) | TimesOfRows::Dates { seconds: times, .. } => {
            times.windows(2).all(|pair| pair[0] < pair[1])
        }
        TimesOfRows::Texts(_) => false,
    };
    let report = TimeReport::new(table, time, kind, spacing.as_ref(), rows, moved);
    let labels = Labels::Times(Times {
        axis: column.name.clone(),
        of_row,
        ends,
        ahead,
        placed,
        step: spacing.and_then(|spacing| spacing.step),
    });
    (labels, Some(report))
}

/// What was found about times.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeReport {
    /// The time column; several that tell it together, by a comma.
    pub column: String,
    /// Whether it is several.
    pub together: bool,
    /// What it holds: `dates`, `numbers` or `names`.
    pub kind: &'static str,
    /// The usual step, such as “7 days”; `None` if times are names, or do not go on.
    pub step: Option<String>,
    /// Whether that step is from one weekday to the next, weekends left out.
    pub weekdays: bool,
    /// How many times do not come the usual step after the one before; among weekdays, holidays are such gaps.
    pub irregular: usize,
    /// The first of those: line, and the step found.
    pub first_irregular: Vec<(u64, String)>,
    /// Whether the file is newest first, so that its rows were read from the last to the first.
    pub turned: bool,
    /// How many of several series were newest first and were turned round.
    pub series_turned: usize,
    /// How many series were sorted by time, as was asked.
    pub sorted: usize,
    /// What had to be decided without proof, in sentences.
    pub notes: Vec<String>,
}

impl TimeReport {
    pub(super) fn new(
        table: &Table,
        time: &Time<'_>,
        kind: &'static str,
        spacing: Option<&Spacing>,
        rows: &Rows,
        moved: Moved,
    ) -> Self {
        let irregular = spacing.map_or(&[][..], |spacing| &spacing.first);
        Self {
            column: time.name().to_owned(),
            together: time.columns.len() > 1,
            kind,
            step: spacing.and_then(|spacing| spacing.step.map(Step::phrase)),
            weekdays: spacing.is_some_and(|spacing| spacing.step == Some(Step::Weekdays)),
            irregular: spacing.map_or(0, |spacing| spacing.irregular),
            first_irregular: irregular
                .iter()
                .map(|(row, found)| (table.line(rows.order[*row]), found.clone()))
                .collect(),
            turned: moved.turned > 0 && moved.turned == rows.series.len(),
            series_turned: moved.turned,
            sorted: moved.sorted,
            notes: time.notes.clone(),
        }
    }

    /// Which column tells the time, a sentence.
    pub fn found(&self) -> String {
        match self.together {
            true => format!("{} tell the time together, as {}.", self.column, self.kind),
            false => format!("“{}” tells the time, as {}.", self.column, self.kind),
        }
    }

    /// All the rest of it in sentences.
    pub fn sentences(&self) -> Vec<String> {
        let mut said = Vec::new();
        match (&self.step, self.irregular) {
            (None, _) => {}
            (Some(step), 0) if self.weekdays => {
                said.push(format!("Rows are {step} apart (Monday to Friday)."));
            }
            (Some(step), 0) => said.push(format!("Rows are {step} apart.")),
            (Some(step), irregular) => {
                // What is told in the same words, as it is about as long, would be no news.
                let told = self
                    .first_irregular
                    .iter()
                    .filter(|(_, found)| found != step);
                let first: Vec<String> = told
                    .take(3)
                    .map(|(line, found)| format!("line {line} comes {found} after the one before"))
                    .collect();
                let more = if irregular > first.len() { ", …" } else { "" };
                let (days, holidays) = match self.weekdays {
                    true => (" (Monday to Friday)", ", as after holidays"),
                    false => ("", ""),
                };
                let places = match &first[..] {
                    [] => String::new(),
                    first => format!(": {}{more}", first.join(", ")),
                };
                said.push(format!(
                    "Rows are usually {step} apart{days}, but not in {}{holidays}{places}.",
                    counted(irregular, "place"),
                ));
            }
        }
        match self.series_turned {
            0 => {}
            _ if self.turned => said.push(
                "The file is newest first: its rows are read from the last to the first."
                    .to_owned(),
            ),
            1 => said.push(
                "1 series is newest first: its rows are read from the last to the first."
                    .to_owned(),
            ),
            series => said.push(format!(
                "{series} series are newest first: their rows are read from the last to the first."
            )),
        }
        match self.sorted {
            0 => {}
            1 => said.push("The rows were not in order and are sorted by time.".to_owned()),
            series => said.push(format!(
                "The rows of {series} series were not in order and are sorted by time."
            )),
        }
        said.extend(self.notes.iter().cloned());
        said
    }
}
