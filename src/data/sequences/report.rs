//! What became of every row and column: what the data view and the import show.

use std::ops::Range;

use super::columns::Used;
use super::cure::Repeated;
use super::missing::Filled;
use super::series::{Rows, TimeReport};
use super::unused::{Listing, Unused};
use super::{Asked, Role, SequenceSpec};
use crate::data::dataset::{Answers, Dataset, Split, Targets};
use crate::data::table::Table;
use crate::words::grouped;

/// What became of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Every column of the table, in its order.
    pub columns: Vec<ColumnReport>,
    /// What was found about times; `None` without a time column.
    pub time: Option<TimeReport>,
    /// The training part and the test part.
    pub parts: [PartReport; 2],
    /// How often each symbol occurs, in the order of the inputs; empty where there are none.
    pub symbols: Vec<SymbolCount>,
    /// Rows that belong to no sequence, and why.
    pub unused: Vec<Unused>,
    /// Times that repeat within a series; the notices tell of them.
    pub repeated: Option<Repeated>,
    /// What each table row is used for.
    pub use_of_row: Vec<RowUse>,
    /// The table row of each row of the data set.
    pub table_rows: Vec<usize>,
    /// What else the user should know, in sentences.
    pub notices: Vec<String>,
}

impl Report {
    /// The bytes of what is told of each row.
    pub fn bytes(&self) -> u128 {
        let uses = self.use_of_row.capacity() * size_of::<RowUse>();
        let rows = self.table_rows.capacity() * size_of::<usize>();
        (uses + rows) as u128
    }

    /// What was filled in, as a sentence; nothing where nothing was.
    pub fn filled_in(&self) -> Option<String> {
        let gappy = self.columns.iter().filter(|column| column.filled > 0);
        let said: Vec<String> = gappy
            .map(|column| format!("{} of “{}”", grouped(column.filled), column.name))
            .collect();
        let all = self.columns.iter().map(|column| column.filled).sum();
        let (values, were) = match all {
            1 => ("value", "was"),
            _ => ("values", "were"),
        };
        let missing = format!("{} missing {values} {were} filled in", grouped(all));
        (all > 0).then(|| format!("{missing}: {}.", said.join(", ")))
    }

    /// A part.
    pub fn part(&self, split: Split) -> &PartReport {
        match split {
            Split::Train => &self.parts[0],
            Split::Test => &self.parts[1],
        }
    }
}

/// What became of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnReport {
    /// Its name.
    pub name: String,
    /// The role it plays. A column that is both feature and target is [`Role::Target`].
    pub role: Role,
    /// How many of its cells are missing.
    pub missing: usize,
    /// How many of those were filled in; the others belong to rows that were left out.
    pub filled: usize,
}

/// The sequences of a part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartReport {
    /// How many there are.
    pub sequences: usize,
    /// Steps of the shortest.
    pub shortest: usize,
    /// Steps of the longest.
    pub longest: usize,
    /// How often each class is asked; empty for values.
    pub classes: Vec<usize>,
}

impl PartReport {
    pub(super) fn of(dataset: &Dataset, split: Split) -> Self {
        let spans = dataset.split(split);
        let lengths = || spans.iter().map(|span| span.len);
        let mut classes = Vec::new();
        if let Targets::Classes { of_row, names } = &dataset.targets {
            classes = vec![0; names.len()];
            for span in spans {
                let rows = match dataset.answers {
                    Answers::Last => span.last_row()..span.last_row() + 1,
                    Answers::EveryStep | Answers::Sequence => span.answer_rows(),
                };
                for &class in of_row.get(rows).unwrap_or_default() {
                    classes[class] += 1;
                }
            }
        }
        Self {
            sequences: spans.len(),
            shortest: lengths().min().unwrap_or(0),
            longest: lengths().max().unwrap_or(0),
            classes,
        }
    }
}

/// How often a symbol occurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SymbolCount {
    /// What it is called.
    pub name: String,
    /// Times in the training part.
    pub train: usize,
    /// Times in the test part.
    pub test: usize,
}

/// What a table row is used for. With windows that overlap it may be several things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowUse {
    /// Read by a training sequence.
    pub train_input: bool,
    /// Asked by a training sequence, at its end or at one of its steps.
    pub train_target: bool,
    /// Read by a test sequence.
    pub test_input: bool,
    /// Asked by a test sequence.
    pub test_target: bool,
}

impl RowUse {
    /// Whether it is used at all.
    pub fn any(self) -> bool {
        self.train_input || self.train_target || self.test_input || self.test_target
    }
}

/// One of the four uses of a row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mark {
    TrainInput,
    TrainTarget,
    TestInput,
    TestTarget,
}

/// A report in the making.
pub(super) struct ReportDraft<'a> {
    table: &'a Table,
    rows: &'a Rows,
    use_of_row: Vec<RowUse>,
    columns: Vec<ColumnReport>,
    pub unused: Vec<Unused>,
    pub repeated: Option<Repeated>,
    pub notices: Vec<String>,
    pub symbols: Vec<SymbolCount>,
}

impl<'a> ReportDraft<'a> {
    pub fn new(table: &'a Table, rows: &'a Rows) -> Self {
        Self {
            table,
            rows,
            use_of_row: vec![RowUse::default(); table.rows()],
            columns: Vec::new(),
            unused: Vec::new(),
            repeated: None,
            notices: Vec::new(),
            symbols: Vec::new(),
        }
    }

    /// Marks rows of the data set; ranges come in ascending order and may overlap.
    pub fn mark(&mut self, mark: Mark, ranges: impl Iterator<Item = Range<usize>>) {
        let mut done = 0;
        for range in ranges {
            let end = range.end.min(self.rows.order.len());
            for row in range.start.max(done)..end {
                let of_table = &mut self.use_of_row[self.rows.order[row]];
                match mark {
                    Mark::TrainInput => of_table.train_input = true,
                    Mark::TrainTarget => of_table.train_target = true,
                    Mark::TestInput => of_table.test_input = true,
                    Mark::TestTarget => of_table.test_target = true,
                }
            }
            done = done.max(end);
        }
    }

    /// Lists the rows of the data set that are not marked, by reason. `lost` rows at the start of each series have no change to
    /// the row before, and a series of fewer than `needed` rows has no sequence.
    pub fn list_unused(&mut self, lost: usize, needed: usize) {
        let (mut first, mut short, mut between) = (Vec::new(), Vec::new(), Vec::new());
        for series in &self.rows.series {
            for row in series.rows.clone() {
                let of_table = self.rows.order[row];
                if self.use_of_row[of_table].any() {
                    continue;
                }
                let line = self.table.line(of_table);
                if series.rows.len() < needed {
                    short.push(line);
                } else if row < series.rows.start + lost {
                    first.push(line);
                } else {
                    between.push(line);
                }
            }
        }
        for (why, lines) in [
            ("their series is too short for a sequence", short),
            ("there is no row before to count a change from", first),
            ("they are in no window of either part", between),
        ] {
            if !lines.is_empty() {
                self.unused.push(Unused {
                    why: why.to_owned(),
                    lines: Listing::of(lines.into_iter()),
                });
            }
        }
    }

    /// The columns with their roles, and what was filled in.
    pub fn columns(
        &mut self,
        table: &Table,
        spec: &SequenceSpec,
        used: &Used,
        filled: &Filled<'_>,
    ) {
        self.roles(table, spec);
        for report in &mut self.columns {
            if let Some(index) = used.names.iter().position(|name| *name == report.name) {
                report.filled = filled.count(index);
            }
        }
    }

    /// The columns with their roles.
    pub fn roles(&mut self, table: &Table, spec: &SequenceSpec) {
        let columns = table.columns().iter();
        self.columns = columns
            .map(|column| ColumnReport {
                name: column.name.clone(),
                role: role(&column.name, spec),
                missing: column.missing,
                filled: 0,
            })
            .collect();
    }

    pub fn finish(mut self, dataset: &Dataset, time: Option<TimeReport>) -> Report {
        if let Some(time) = &time
            && let Some(column) = self
                .columns
                .iter_mut()
                .find(|column| column.name == time.column && column.role == Role::Ignore)
        {
            // Taken by its name.
            column.role = Role::Time;
        }
        let parts = Split::ALL.map(|split| PartReport::of(dataset, split));
        if let Targets::Classes { names, .. } = &dataset.targets {
            let unlearnt: Vec<&str> = names
                .iter()
                .enumerate()
                .filter(|&(class, _)| parts[0].classes[class] == 0 && parts[1].classes[class] > 0)
                .map(|(_, name)| name.as_str())
                .collect();
            if !unlearnt.is_empty() {
                self.notices.push(format!(
                    "The test part asks for classes that the training part has not: {}.",
                    unlearnt.join(", ")
                ));
            }
        }
        Report {
            columns: self.columns,
            time,
            parts,
            symbols: self.symbols,
            unused: self.unused,
            repeated: self.repeated,
            use_of_row: self.use_of_row,
            table_rows: self.rows.order.clone(),
            notices: self.notices,
        }
    }
}

fn role(name: &str, spec: &SequenceSpec) -> Role {
    let is = |other: &String| other == name;
    if spec.time.columns().iter().any(is) {
        return Role::Time;
    }
    if spec.group.iter().any(is) {
        return Role::Group;
    }
    match &spec.asked {
        Asked::Forecast { targets, .. } if targets.iter().any(is) => Role::Target,
        Asked::Forecast { features, .. } | Asked::Classify { features, .. }
            if features.iter().any(is) =>
        {
            Role::Feature
        }
        Asked::Classify { label, .. } if is(label) => Role::Label,
        Asked::Symbols { text, .. } if is(text) => Role::Text,
        Asked::Symbols {
            label: Some(label), ..
        } if is(label) => Role::Label,
        _ => Role::Ignore,
    }
}
