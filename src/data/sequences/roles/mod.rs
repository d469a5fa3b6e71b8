//! Which column plays which role, guessed from names and cells.
//!
//! A guess is a start that the user corrects, so every one carries its reason. The first rows are looked at, not all.

pub(super) mod apart;
mod class;
mod looked;
mod names;
mod purposes;
mod what;
mod when;

use super::columns::{distinct, distinct_of, is_usual_time};
use super::{Asked, LabelAt, Missing, SequenceSpec, TestFrom, TimeFrom, prepare};
use crate::data::pace::Pace;
use crate::data::scale::Scale;
use crate::data::table::{Column, Table};
use looked::Looked;

/// How many rows are looked at.
const SAMPLE: usize = 10_000;

/// The most different values of a column that are taken for classes or groups, unless its name says so.
const FEW: usize = 20;

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// It tells when.
    Time,
    /// It is read at each step.
    Feature,
    /// It is forecast, and read as well.
    Target,
    /// It tells series apart.
    Group,
    /// It is the class.
    Label,
    /// Its cells are sequences of characters.
    Text,
    /// It is not used.
    Ignore,
}

impl Role {
    /// Every role, in the order of a list of choices.
    pub const ALL: [Role; 7] = [
        Role::Time,
        Role::Feature,
        Role::Target,
        Role::Group,
        Role::Label,
        Role::Text,
        Role::Ignore,
    ];

    /// What it is called on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Role::Time => "time",
            Role::Feature => "feature",
            Role::Target => "target",
            Role::Group => "group",
            Role::Label => "label",
            Role::Text => "text",
            Role::Ignore => "ignore",
        }
    }
}

/// The role of a column, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// The column's name.
    pub column: String,
    /// What it is for.
    pub role: Role,
    /// Why, a sentence.
    pub reason: String,
}

/// What would be the next best guess for a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunnerUp {
    /// The role.
    pub role: Role,
    /// The columns that would have it.
    pub columns: Vec<String>,
    /// Why they might, a sentence.
    pub reason: String,
}

/// The roles of all columns of a table, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// One guess per column.
    pub columns: Vec<Guess>,
    /// The next best guesses, for time, group and target; none where nothing else would do.
    pub runners_up: Vec<RunnerUp>,
}

impl Roles {
    /// Sensible roles for the columns of `table`.
    ///
    /// - Time and group together: dates, or columns that make dates together; otherwise numbers of a usual name, a step, or a first
    ///   column. Times go on from row to row, alone or within the fewest columns of repeated values, which are the group. What
    ///   stands still or repeats is no time.
    /// - Label: a column of a usual name with few values, or of one of a fault, an event, an outcome with two; where there are no
    ///   dates, a last column of text with few values, or of two values after measured ones.
    /// - Text: where there are no numbers, the column of the longest texts.
    /// - Target: the column of numbers with the likeliest name, otherwise the first one after the time, or the last one where
    ///   nothing tells the time; rather not what is provided, left over or mostly missing; never one that does not move, that
    ///   counts, names, flags or qualifies. For a classification all numbers without another role are features but clocks.
    pub fn guess(table: &Table) -> Self {
        let columns: Vec<Looked<'_>> = table.columns().iter().map(Looked::at).collect();
        let mut roles: Vec<Option<(Role, String)>> = vec![None; columns.len()];
        let mut runners_up = Vec::new();
        let names = |indices: &[usize]| -> Vec<String> {
            indices
                .iter()
                .map(|&index| columns[index].name().to_owned())
                .collect()
        };
        let found = when::find(&columns);
        let best = found.first();
        let group: Vec<usize> = match best {
            Some(best) => {
                for &index in &best.time {
                    roles[index] = Some((Role::Time, best.reason(&columns)));
                }
                best.group.clone()
            }
            // A column of text that is all there is to learn from is no group.
            None => when::group_without_time(&columns)
                .filter(|_| columns.len() > 1)
                .into_iter()
                .collect(),
        };
        if let Some(next) = found.get(1) {
            runners_up.push(RunnerUp {
                role: Role::Time,
                columns: names(&next.time),
                reason: next.reason(&columns),
            });
        }
        for &index in &group {
            roles[index] = Some((Role::Group, why_group(&columns, &group, best.is_some())));
        }
        let series = group.split_first().map(|(&first, others)| {
            let first = columns[first].codes.clone();
            others.iter().fold(first, |series, &other| {
                apart::together(&series, &columns[other].codes)
            })
        });
        let free = |roles: &[Option<(Role, String)>], index: usize| roles[index].is_none();
        let numeric = |roles: &[_], index: usize| free(roles, index) && columns[index].is_numeric();
        let taken = roles.clone();
        let dated = best.is_some_and(when::When::is_dated);
        let timed = (dated, best.is_some());
        if let Some((index, reason)) = class::find(&columns, timed, |index| free(&taken, index)) {
            let others = (0..columns.len()).any(|other| other != index && free(&roles, other));
            if others {
                roles[index] = Some((Role::Label, reason));
            }
        }
        let labelled = roles.iter().flatten().any(|(role, _)| *role == Role::Label);
        let taken = roles.clone();
        if !(0..columns.len()).any(|index| numeric(&roles, index)) {
            let texts = (0..columns.len()).filter(|&index| free(&roles, index));
            let longest =
                texts.max_by(|&a, &b| columns[a].weight().total_cmp(&columns[b].weight()));
            if let Some(index) = longest {
                let reason = match columns.len() {
                    1 => "It is all there is: each of its texts is read character by character.",
                    _ => "There are no numbers, and these are the longest texts.",
                };
                roles[index] = Some((Role::Text, reason.to_owned()));
            }
        } else if labelled {
            for index in 0..columns.len() {
                let counts = columns[index].counts_rows() && columns.len() > 3;
                // What tells the time is no feature of what is told apart.
                let clock = columns.len() > 2 && what::is_clock(&columns[index], series.as_deref());
                let names_rows = columns[index].called(&names::IDS)
                    && columns[index].is_whole()
                    && 2 * columns[index].known() > columns[index].rows;
                if numeric(&roles, index) && !counts && !clock && !names_rows {
                    let reason = "It is a number, and the label is told from numbers.".to_owned();
                    roles[index] = Some((Role::Feature, reason));
                }
            }
        } else {
            let time = best.map_or(&[][..], |best| &best.time);
            let mut targets = what::targets(
                &columns,
                time,
                &|index| free(&taken, index),
                series.as_deref(),
            )
            .into_iter();
            if let Some((index, reason)) = targets.next() {
                roles[index] = Some((Role::Target, reason));
            }
            if let Some((index, reason)) = targets.next() {
                runners_up.push(RunnerUp {
                    role: Role::Target,
                    columns: names(&[index]),
                    reason,
                });
            }
        }
        let guesses = columns.iter().zip(roles).enumerate();
        Self {
            columns: guesses
                .map(|(index, (looked, role))| {
                    let (role, reason) = role.unwrap_or_else(|| {
                        let timed = best.is_some();
                        (
                            Role::Ignore,
                            why_not(&columns, index, series.as_deref(), timed),
                        )
                    });
                    Guess {
                        column: looked.name().to_owned(),
                        role,
                        reason,
                    }
                })
                .collect(),
            runners_up,
        }
    }

    /// The next best guess for a role.
    pub fn runner_up(&self, role: Role) -> Option<&RunnerUp> {
        self.runners_up.iter().find(|other| other.role == role)
    }

    /// The columns with this role.
    pub fn with(&self, role: Role) -> impl Iterator<Item = &str> {
        self.columns
            .iter()
            .filter(move |guess| guess.role == role)
            .map(|guess| guess.column.as_str())
    }

    /// A sensible specification with these roles: a text is classified or continued, else a label told, else targets forecast.
    ///
    /// Windows have 20 rows, or a quarter of the training part where that is less (half of it where there are several series), so
    /// that there are windows enough to learn from. The last fifth is kept back. Missing values, where there are any, are carried forward, which never looks ahead.
    /// Of a small table it is tried out: what cannot be opened for its window or its test part gets a shorter window or a larger
    /// part.
    pub fn spec(&self, table: &Table) -> SequenceSpec {
        let all = |wanted: &[Role]| -> Vec<String> {
            let guesses = self.columns.iter();
            guesses
                .filter(|guess| wanted.contains(&guess.role))
                .map(|guess| guess.column.clone())
                .collect()
        };
        let first = |role: Role| self.with(role).next().map(str::to_owned);
        let group = all(&[Role::Group]);
        let window = usual_window(usual_rows(table, &group), !group.is_empty());
        let features = all(&[Role::Feature, Role::Target]);
        let asked = match (first(Role::Text), first(Role::Label)) {
            (Some(text), label) => Asked::Symbols { text, label },
            (None, Some(label)) => Asked::Classify {
                features: features.clone(),
                label_at: Some(label_at(table, &label, &group)),
                label,
                window,
            },
            (None, None) => Asked::Forecast {
                features: features.clone(),
                targets: all(&[Role::Target]),
                window,
                horizon: 1,
                steps: 1,
            },
        };
        let is_missing = |name: &String| {
            let numbers = table.column(name).ok().and_then(Column::numbers);
            numbers.is_some_and(|numbers| numbers.iter().any(|value| value.is_nan()))
        };
        let spec = SequenceSpec {
            asked,
            time: TimeFrom::chosen(all(&[Role::Time]), self.with(Role::Ignore)),
            group,
            sort: false,
            missing: if features.iter().any(is_missing) {
                Missing::CarryForward
            } else {
                Missing::Refuse
            },
            scale: Scale::default(),
            test: TestFrom::Fraction(0.2),
        };
        fitted(table, spec)
    }
}

/// The specification with a window and a test part that can be opened, if others than asked for are needed.
fn fitted(table: &Table, asked: SequenceSpec) -> SequenceSpec {
    /// A larger table has room for its windows, and is not made into sequences twice.
    const TRIED_OUT: usize = 20_000;
    /// Shares of the test part to try, the usual one first.
    const SHARES: [f64; 3] = [0.2, 0.3, 0.5];
    if table.rows() > TRIED_OUT {
        return asked;
    }
    let about_size = |spec: &SequenceSpec| match prepare(table, spec) {
        Ok(_) => false,
        Err(error) => ["window", "test_from", "label"].contains(&error.setting()),
    };
    if !about_size(&asked) {
        return asked;
    }
    for share in SHARES {
        let mut spec = asked.clone();
        spec.test = TestFrom::Fraction(share);
        loop {
            if !about_size(&spec) {
                return spec;
            }
            match &mut spec.asked {
                Asked::Forecast { window, .. } | Asked::Classify { window, .. } if *window > 1 => {
                    *window /= 2;
                }
                _ => break,
            }
        }
    }
    asked
}

/// The rows of a series of usual length: the middle one of all.
fn usual_rows(table: &Table, group: &[String]) -> usize {
    let columns: Option<Vec<&Column>> = group.iter().map(|name| table.column(name).ok()).collect();
    let Some(columns) = columns.filter(|columns| !columns.is_empty()) else {
        return table.rows();
    };
    let groups = distinct_of(&columns, &Pace::free());
    let mut lengths = vec![0; groups.names.len()];
    for &group in &groups.of_row {
        if let Some(length) = lengths.get_mut(group) {
            *length += 1;
        }
    }
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).copied().unwrap_or(0)
}

/// At the end if the label is the same throughout every group.
fn label_at(table: &Table, label: &str, group: &[String]) -> LabelAt {
    let all = Pace::free();
    let columns: Option<Vec<&Column>> = group.iter().map(|name| table.column(name).ok()).collect();
    let groups = columns
        .filter(|columns| !columns.is_empty())
        .map(|columns| distinct_of(&columns, &all));
    let labels = table
        .column(label)
        .ok()
        .map(|column| distinct(column, &all));
    let (Some(labels), Some(groups)) = (labels, groups) else {
        return LabelAt::Every;
    };
    let mut of_group: Vec<Option<usize>> = vec![None; groups.names.len()];
    for (&label, &group) in labels.of_row.iter().zip(&groups.of_row) {
        let Some(known) = of_group.get_mut(group) else {
            continue;
        };
        if *known.get_or_insert(label) != label {
            return LabelAt::Every;
        }
    }
    LabelAt::End
}

/// Rows in: 20, or a quarter of the training part where that is less; half of it where there are several series to learn from.
fn usual_window(rows: usize, several: bool) -> usize {
    let training = rows - (0.2 * rows as f64).round() as usize;
    (training / if several { 2 } else { 4 }).clamp(1, 20)
}

/// Why a column that has no role has none; `timed` if other columns tell the time.
fn why_not(columns: &[Looked<'_>], index: usize, series: Option<&[u32]>, timed: bool) -> String {
    const COUNTED: &str = "Rows are counted in the order of the file.";
    let looked = &columns[index];
    if let Some((what, each)) = looked.comes_again() {
        return match timed {
            true => format!("It names {what}, and another column tells the time."),
            false => {
                format!(
                    "It names {what}, which come again each {each}: it tells no time. {COUNTED}"
                )
            }
        };
    }
    // One letter may be a time as well as a temperature, which goes up and down.
    let measured = looked.name().trim().chars().count() == 1
        && looked.is_numeric()
        && !what::hardly_goes_back(looked, series);
    if looked.dates.is_some() || (is_usual_time(looked.name()) && !measured) {
        return match (looked.known(), timed) {
            (0 | 1, _) => "It could tell the time, but it is the same in all rows.".to_owned(),
            (_, true) => "It could tell the time, but another column does.".to_owned(),
            (_, false) if columns.len() < 2 => {
                "It could tell the time, but there is no other column to learn from.".to_owned()
            }
            (_, false) if looked.dates.is_some() => {
                format!("Its cells are dates, but too many of them repeat. {COUNTED}")
            }
            (_, false) if looked.is_numeric() => {
                format!("It is called like a time, but its numbers do not go on. {COUNTED}")
            }
            (_, false) => {
                format!("It is called like a time, but its texts are no dates. {COUNTED}")
            }
        };
    }
    if looked.is_numeric() {
        return what::unfit(columns, index, series).unwrap_or_else(|| {
            "It is not needed for a start; as one more feature it may help.".to_owned()
        });
    }
    match looked.missing == looked.rows {
        true => "All of its cells are empty.".to_owned(),
        false => "It is text, which no forecast reads.".to_owned(),
    }
}

/// Why columns tell series apart.
fn why_group(columns: &[Looked<'_>], group: &[usize], timed: bool) -> String {
    match group {
        [one] if columns[*one].called(&names::GROUPS) => {
            "Its name says so, and its values repeat.".to_owned()
        }
        _ if !timed => "Its name says so, and its values repeat.".to_owned(),
        [_] => "Its values repeat, and times go on only within each of them.".to_owned(),
        several => {
            let all: Vec<&str> = several.iter().map(|&index| columns[index].name()).collect();
            format!(
                "Times go on only within each {} together.",
                all.join(" and ")
            )
        }
    }
}
