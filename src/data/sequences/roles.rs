//! Which column plays which role, guessed from names and cells.
//!
//! A guess is a start that the user corrects, so every one carries its reason. The first rows are looked at, not all.

use std::collections::BTreeSet;

use super::columns::{USUAL_TIMES, distinct};
use super::{Asked, LabelAt, Missing, SequenceSpec, TestFrom, TimeFrom};
use crate::data::pace::Pace;
use crate::data::scale::Scale;
use crate::data::table::{Cells, Column, Table};
use crate::data::text::Texts;
use crate::data::time::Dates;

/// What columns that tell series apart are usually called.
const USUAL_GROUPS: [&str; 22] = [
    "group", "series", "id", "station", "sensor", "subject", "patient", "person", "user", "site",
    "city", "country", "region", "state", "store", "unit", "device", "sequence", "sample", "case",
    "trial", "ticker",
];

/// What columns of classes are usually called.
const USUAL_LABELS: [&str; 9] = [
    "label", "class", "category", "kind", "type", "species", "tag", "activity", "language",
];

/// What columns of texts are usually called.
const USUAL_TEXTS: [&str; 6] = ["text", "name", "word", "sentence", "sequence", "message"];

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

/// The roles of all columns of a table, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// One guess per column.
    pub columns: Vec<Guess>,
}

impl Roles {
    /// Sensible roles for the columns of `table`.
    ///
    /// - Time: a column of a usual name; otherwise the first of dates, or a first column of numbers that increase or of texts that
    ///   are all different.
    /// - Label: a column of a usual name with few values; otherwise a last column of text with few values.
    /// - Group: a column of a usual name with repeated values; otherwise one of text with few values, within which times go on
    ///   though they do not in the file as a whole.
    /// - Text: where there are no numbers, the column of the longest texts.
    /// - Target: the last column of numbers that has no other role; for a classification all of those are features.
    pub fn guess(table: &Table) -> Self {
        let columns: Vec<Looked> = table.columns().iter().map(Looked::at).collect();
        let mut roles: Vec<Option<(Role, String)>> = vec![None; columns.len()];
        let free = |roles: &[Option<(Role, String)>], index: usize| roles[index].is_none();

        if let Some((index, reason)) = time(&columns) {
            roles[index] = Some((Role::Time, reason));
        }
        let numeric = |roles: &[_], index: usize| free(roles, index) && columns[index].is_numeric();
        let no_numbers = |roles: &[_]| !(0..columns.len()).any(|index| numeric(roles, index));
        // A column of text that is all there is to learn from is no group.
        let taken = roles.clone();
        if let Some((index, reason)) = group(table, &columns, |index| free(&taken, index))
            && columns.len() > 1
        {
            roles[index] = Some((Role::Group, reason));
        }
        let taken = roles.clone();
        let label = label(&columns, |index| free(&taken, index));
        if let Some((index, reason)) = label {
            let others = (0..columns.len()).any(|other| other != index && free(&roles, other));
            if others {
                roles[index] = Some((Role::Label, reason));
            }
        }
        if no_numbers(&roles) {
            let texts = (0..columns.len()).filter(|&index| free(&roles, index));
            let longest =
                texts.max_by(|&a, &b| columns[a].weight().total_cmp(&columns[b].weight()));
            if let Some(index) = longest {
                let reason = "There are no numbers, and these are the longest texts.".to_owned();
                roles[index] = Some((Role::Text, reason));
            }
        } else if roles.iter().flatten().any(|(role, _)| *role == Role::Label) {
            for index in 0..columns.len() {
                if numeric(&roles, index) {
                    let reason = "It is a number, and the label is told from numbers.".to_owned();
                    roles[index] = Some((Role::Feature, reason));
                }
            }
        } else if let Some(index) = (0..columns.len())
            .rev()
            .find(|&index| numeric(&roles, index))
        {
            let reason = if columns[index].nearly_numbers {
                "Most of its cells are numbers; those that are not have to be corrected."
            } else {
                "It is the last column of numbers, forecast from its own past."
            };
            roles[index] = Some((Role::Target, reason.to_owned()));
        }
        let guesses = table.columns().iter().zip(roles).zip(&columns);
        Self {
            columns: guesses
                .map(|((column, role), looked)| {
                    let (role, reason) =
                        role.unwrap_or_else(|| (Role::Ignore, looked.why_not().to_owned()));
                    Guess {
                        column: column.name.clone(),
                        role,
                        reason,
                    }
                })
                .collect(),
        }
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
    /// Windows have 20 rows, or a quarter of the training part where that is less, so that there are windows enough to learn
    /// from. The last fifth is kept back. Missing values, where there are any, are carried forward, which never looks ahead.
    pub fn spec(&self, table: &Table) -> SequenceSpec {
        let all = |wanted: &[Role]| -> Vec<String> {
            let guesses = self.columns.iter();
            guesses
                .filter(|guess| wanted.contains(&guess.role))
                .map(|guess| guess.column.clone())
                .collect()
        };
        let first = |role: Role| self.with(role).next().map(str::to_owned);
        let window = usual_window(table.rows());
        let features = all(&[Role::Feature, Role::Target]);
        let asked = match (first(Role::Text), first(Role::Label)) {
            (Some(text), label) => Asked::Symbols { text, label },
            (None, Some(label)) => Asked::Classify {
                features: features.clone(),
                label_at: Some(label_at(table, &label, first(Role::Group).as_deref())),
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
        SequenceSpec {
            asked,
            time: TimeFrom::chosen(first(Role::Time), self.with(Role::Ignore)),
            group: first(Role::Group),
            missing: if features.iter().any(is_missing) {
                Missing::CarryForward
            } else {
                Missing::Refuse
            },
            scale: Scale::default(),
            test: TestFrom::Fraction(0.2),
        }
    }
}

/// At the end if the label is the same throughout every group.
fn label_at(table: &Table, label: &str, group: Option<&str>) -> LabelAt {
    let all = Pace::free();
    let column = |name: &str| Some(distinct(table.column(name).ok()?, &all));
    let (Some(labels), Some(groups)) = (column(label), group.and_then(column)) else {
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

/// Rows in: 20, or a quarter of the training part where that is less.
fn usual_window(rows: usize) -> usize {
    let training = rows - (0.2 * rows as f64).round() as usize;
    (training / 4).clamp(1, 20)
}

/// What the first rows of a column show.
struct Looked {
    /// The name, trimmed, in lower case.
    name: String,
    /// The numbers; `None` for text.
    numbers: Option<Vec<f64>>,
    /// The times, if they are numbers or dates.
    times: Option<Vec<f64>>,
    dates: bool,
    /// Cells looked at.
    rows: usize,
    /// Different values; one more than [`SAMPLE`] stands for more.
    distinct: usize,
    /// Characters per cell; 0 for numbers.
    length: f64,
    /// Whether it is text although at least half of its cells are numbers.
    nearly_numbers: bool,
}

impl Looked {
    fn at(column: &Column) -> Self {
        let name = column.name.trim().to_lowercase();
        match &column.cells {
            Cells::Numbers(values) => {
                let values = &values[..values.len().min(SAMPLE)];
                let dates = Dates::of_numbers(&column.name, values);
                let distinct: BTreeSet<u64> = values.iter().map(|value| value.to_bits()).collect();
                Self {
                    name,
                    numbers: Some(values.to_vec()),
                    dates: dates.is_some(),
                    times: Some(dates.map_or_else(|| values.to_vec(), |dates| dates.seconds)),
                    rows: values.len(),
                    distinct: distinct.len(),
                    length: 0.0,
                    nearly_numbers: false,
                }
            }
            Cells::Texts(texts) => {
                let cells: Texts = texts.iter().take(SAMPLE).collect();
                let dates = Dates::of_texts(&cells);
                let distinct: BTreeSet<&str> = cells.iter().collect();
                let is_number = |cell: &&str| cell.replace(',', ".").parse::<f64>().is_ok();
                let numbers = cells.iter().filter(is_number).count();
                let characters: usize = cells.iter().map(|cell| cell.chars().count()).sum();
                Self {
                    name,
                    numbers: None,
                    nearly_numbers: dates.is_none() && numbers > 0 && 2 * numbers >= cells.len(),
                    dates: dates.is_some(),
                    times: dates.map(|dates| dates.seconds),
                    rows: cells.len(),
                    distinct: distinct.len(),
                    length: characters as f64 / cells.len().max(1) as f64,
                }
            }
        }
    }

    fn is_numeric(&self) -> bool {
        self.numbers.is_some() || self.nearly_numbers
    }

    /// Whether the name is one of these, or ends or begins with one: `station_id`, `class name`.
    fn called(&self, usual: &[&str]) -> bool {
        let mut words = self.name.split(|c: char| !c.is_alphanumeric());
        words.any(|word| usual.contains(&word))
    }

    fn has_few(&self) -> bool {
        (2..=FEW).contains(&self.distinct) && 2 * self.distinct <= self.rows
    }

    /// How much a column of text looks like what is to be read.
    fn weight(&self) -> f64 {
        self.length
            + if self.called(&USUAL_TEXTS) {
                1000.0
            } else {
                0.0
            }
    }

    fn increases(&self) -> bool {
        let times = self.times.as_deref().unwrap_or_default();
        times.len() > 1 && times.windows(2).all(|pair| pair[0] < pair[1])
    }

    fn why_not(&self) -> &'static str {
        if self.called(&USUAL_TIMES) {
            "It tells the time, and one such column is enough."
        } else if self.is_numeric() {
            "It is not needed for a start; as one more feature it may help."
        } else {
            "It is text, which no forecast reads."
        }
    }
}

fn time(columns: &[Looked]) -> Option<(usize, String)> {
    // Something must be left to learn from.
    if columns.len() < 2 {
        return None;
    }
    let named = USUAL_TIMES.into_iter().find_map(|usual| {
        let named = columns.iter().position(|column| column.name == usual)?;
        let leaves = columns.iter().enumerate();
        let mut leaves = leaves.filter(|&(index, column)| {
            index != named && (column.is_numeric() || !columns[named].is_numeric())
        });
        leaves.next()?;
        Some((named, "Its name says so.".to_owned()))
    });
    let dated = || {
        let dated = columns.iter().position(|column| column.dates)?;
        Some((dated, "Its cells are dates.".to_owned()))
    };
    let first = || {
        let first = columns.first()?;
        let reason = if first.increases() {
            "It is the first column, and its numbers increase from row to row."
        } else if !first.is_numeric() && first.rows > 1 && first.distinct == first.rows {
            "It is the first column, and no two of its texts are the same."
        } else {
            return None;
        };
        let others = columns[1..].iter().any(Looked::is_numeric);
        others.then(|| (0, reason.to_owned()))
    };
    named.or_else(dated).or_else(first)
}

fn group(
    table: &Table,
    columns: &[Looked],
    free: impl Fn(usize) -> bool,
) -> Option<(usize, String)> {
    let repeats = |column: &Looked| column.distinct > 1 && 2 * column.distinct <= column.rows;
    let candidates = || {
        let columns = columns.iter().enumerate();
        columns.filter(|(index, column)| free(*index) && repeats(column))
    };
    let named = candidates().find(|(_, column)| column.called(&USUAL_GROUPS));
    if let Some((index, _)) = named {
        return Some((index, "Its name says so, and its values repeat.".to_owned()));
    }
    // Times that go back in the file, but not within a value.
    let times = columns
        .iter()
        .enumerate()
        .find(|(index, _)| !free(*index))
        .and_then(|(_, column)| column.times.as_ref())?;
    if times.windows(2).all(|pair| pair[0] <= pair[1]) {
        let repeated = times.windows(2).any(|pair| pair[0] == pair[1]);
        if !repeated {
            return None;
        }
    }
    let tells_apart = |index: usize| {
        let Cells::Texts(texts) = &table.columns()[index].cells else {
            return false;
        };
        let mut last: std::collections::BTreeMap<&str, f64> = std::collections::BTreeMap::new();
        texts.iter().zip(times).all(|(cell, &time)| {
            let before = last.insert(cell, time);
            before.is_none_or(|before| before < time)
        })
    };
    let (index, _) =
        candidates().find(|&(index, column)| column.has_few() && tells_apart(index))?;
    let reason = "Its values repeat, and times go on only within each of them.";
    Some((index, reason.to_owned()))
}

fn label(columns: &[Looked], free: impl Fn(usize) -> bool) -> Option<(usize, String)> {
    let named = columns.iter().enumerate().find(|(index, column)| {
        let whole = |numbers: &Vec<f64>| numbers.iter().all(|value| value.fract() == 0.0);
        let classes = column.numbers.as_ref().is_none_or(whole);
        free(*index)
            && classes
            && column.called(&USUAL_LABELS)
            && column.distinct > 1
            && 2 * column.distinct <= column.rows
    });
    if let Some((index, _)) = named {
        return Some((index, "Its name says so, and its values repeat.".to_owned()));
    }
    let index = columns.len().checked_sub(1)?;
    let last = &columns[index];
    let few = !last.is_numeric() && last.has_few() && free(index);
    few.then(|| {
        let reason = format!(
            "It is the last column, text with only {} values.",
            last.distinct
        );
        (index, reason)
    })
}
