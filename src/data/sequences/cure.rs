//! What is said of times that repeat within a series, and what would probably help.

use std::fmt;

use crate::words::{counted, shortened};

/// Columns with which times would go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cure {
    /// The columns that tell series apart: all of them, those that do already included.
    Group(Vec<String>),
    /// The columns that make the time.
    Time(Vec<String>),
}

impl Cure {
    /// The setting to change.
    pub fn setting(&self) -> &'static str {
        match self {
            Cure::Group(_) => "group",
            Cure::Time(_) => "time",
        }
    }

    /// The columns that it is to name.
    pub fn columns(&self) -> &[String] {
        match self {
            Cure::Group(names) | Cure::Time(names) => names,
        }
    }

    /// What to write, a sentence.
    pub fn advice(&self) -> String {
        let written: Vec<String> = self
            .columns()
            .iter()
            .map(|name| format!("\"{}\"", shortened(name)))
            .collect();
        let value = match &written[..] {
            [one] => one.clone(),
            all => format!("[{}]", all.join(", ")),
        };
        match self {
            Cure::Group(_) => {
                format!("Within each value of these they go on: let group = {value}.")
            }
            Cure::Time(_) => {
                format!("Together with its other parts it goes on: let time = {value}.")
            }
        }
    }
}

/// Times that repeat within a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// The time column.
    pub column: String,
    /// How many rows have the time of the row before them.
    pub count: usize,
    /// The first of those, line and time.
    pub first: Vec<(u64, String)>,
    /// Whether there are several series.
    pub grouped: bool,
    /// Whether they are hardly any of all rows.
    pub few: bool,
    /// What would probably help.
    pub cure: Option<Cure>,
}

impl fmt::Display for Repeated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<String> = self
            .first
            .iter()
            .map(|(line, time)| format!("line {line} ({time})"))
            .collect();
        let more = if self.count > shown.len() {
            ", …"
        } else {
            ""
        };
        write!(
            f,
            "Times repeat{}: {} of “{}” {} the time of the row before, {}{more}. ",
            if self.grouped { " within a series" } else { "" },
            counted(self.count, "row"),
            shortened(&self.column),
            if self.count == 1 { "has" } else { "have" },
            shown.join(", "),
        )?;
        match &self.cure {
            Some(cure) => write!(f, "{}", cure.advice()),
            None if self.grouped && self.few => f.write_str(
                "A row may have been written twice: leave one of the two out, or name one more column that tells them apart as group.",
            ),
            None => f.write_str(
                "Rows of several series may be woven into one: name the column that tells them apart as group, or choose another time column.",
            ),
        }
    }
}
