//! What was found out about a file and guessed of it, as the command line tells it: the same words as in the window.

use serde_json::{Value, json};

use super::{Import, ImportState, Outcome, Summary, TableImport, TextImport};
use crate::data::Role;
use crate::words::{counted, many, sequences, visible};

/// What was found out about a file and guessed of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Guessed {
    /// What it is: `table`, `text`, or `unreadable`.
    pub kind: &'static str,
    /// What was found out, in sentences.
    pub found: Vec<String>,
    /// The columns of a table.
    pub columns: Vec<GuessedColumn>,
    /// What else would do, in sentences.
    pub others: Vec<String>,
    /// What comes of it, in sentences.
    pub outcome: Vec<String>,
    /// What has to be known though it can be opened, in sentences.
    pub warnings: Vec<String>,
    /// Why it cannot be opened as it is, a line for each reason; empty if it can.
    pub problems: Vec<String>,
    /// What would help, as a sentence each.
    pub cures: Vec<String>,
    /// The experiment's text, if there is something to open.
    pub experiment: Option<String>,
    json: Value,
}

/// A column, as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuessedColumn {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Why, a sentence.
    pub reason: String,
    /// Missing values.
    pub missing: usize,
}

impl Guessed {
    /// Whether it can be opened as it is.
    pub fn opens(&self) -> bool {
        self.problems.is_empty() && self.experiment.is_some()
    }

    /// All of it for other programs.
    pub fn json(&self) -> Value {
        let columns: Vec<Value> = self
            .columns
            .iter()
            .map(|column| {
                json!({
                    "name": column.name,
                    "role": column.role.name(),
                    "reason": column.reason,
                    "missing": column.missing,
                })
            })
            .collect();
        let mut all = json!({
            "kind": self.kind,
            "found": self.found,
            "columns": columns,
            "outcome": self.outcome,
            "warnings": self.warnings,
            "opens": self.opens(),
            "problems": self.problems,
            "cures": self.cures,
            "experiment": self.experiment,
        });
        if let (Some(all), Some(more)) = (all.as_object_mut(), self.json.as_object()) {
            all.extend(more.clone());
        }
        all
    }

    /// All of it in lines to be read, below the file's name.
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.found.clone();
        let width = |of: &dyn Fn(&GuessedColumn) -> String, least: usize| {
            let widths = self.columns.iter().map(|column| of(column).chars().count());
            widths.max().unwrap_or(0).clamp(least, 32)
        };
        if !self.columns.is_empty() {
            // A name may be written over several lines.
            let named = |column: &GuessedColumn| visible(&column.name, false).into_owned();
            let name = width(&named, 6);
            let missing = width(&|column| column.missing.to_string(), 7);
            lines.push(String::new());
            lines.push(format!(
                "{:name$}  {:7}  {:>missing$}  why",
                "column", "role", "missing"
            ));
            for column in &self.columns {
                lines.push(format!(
                    "{:name$}  {:7}  {:>missing$}  {}",
                    named(column),
                    column.role.name(),
                    column.missing,
                    column.reason
                ));
            }
            lines.push(String::new());
        }
        lines.extend(self.others.iter().cloned());
        lines.extend(self.outcome.iter().cloned());
        lines.extend(
            self.warnings
                .iter()
                .map(|warning| format!("Warning: {warning}")),
        );
        for problem in &self.problems {
            lines.extend(problem.lines().map(str::to_owned));
        }
        lines.extend(self.cures.iter().cloned());
        lines
    }
}

impl Import {
    /// What was found out about the file and guessed of it; it has to be read and worked out before.
    pub fn told(&self) -> Guessed {
        let mut told = Guessed {
            kind: "unreadable",
            found: Vec::new(),
            columns: Vec::new(),
            others: Vec::new(),
            outcome: Vec::new(),
            warnings: Vec::new(),
            problems: Vec::new(),
            cures: Vec::new(),
            experiment: self.text(),
            json: Value::Null,
        };
        match &self.state {
            ImportState::Reading(_) => told
                .problems
                .push("The file is still being read.".to_owned()),
            ImportState::Unreadable(reason) => told.problems.push(reason.clone()),
            ImportState::Failed(error) => told.problems.push(error.to_string()),
            ImportState::Ready(table) => tell_of_table(&mut told, table),
            ImportState::Text(text) => tell_of_text(&mut told, text),
        }
        if !told.problems.is_empty() {
            told.experiment = None;
        }
        told
    }
}

fn tell_of_table(told: &mut Guessed, import: &TableImport) {
    told.kind = "table";
    let (table, found) = (&import.table, import.table.found());
    let size = format!(
        "{}, {}, {} of them numbers.",
        many(table.rows(), "row"),
        counted(table.columns().len(), "column"),
        table.numeric_names().count()
    );
    told.found.push(size);
    told.found.extend(found.sentences());
    if let Some(wide) = &import.wide {
        let done = match import.rows_are_series {
            true => "They are turned round: rows_are_series = true.",
            false => "With rows_are_series = true they are turned round.",
        };
        told.warnings.push(format!("{} {done}", wide.sentence()));
    }
    let columns = table
        .columns()
        .iter()
        .zip(&import.guessed.columns)
        .zip(&import.choices.roles);
    told.columns = columns
        .map(|((column, guess), role)| GuessedColumn {
            name: column.name.clone(),
            role: *role,
            reason: guess.reason.clone(),
            missing: column.missing,
        })
        .collect();
    told.others = import
        .guessed
        .runners_up
        .iter()
        .map(|other| {
            format!(
                "Next best {}: {}. {}",
                other.role.name(),
                other.columns.join(", "),
                other.reason
            )
        })
        .collect();
    let runners_up: Vec<Value> = import
        .guessed
        .runners_up
        .iter()
        .map(|other| json!({"role": other.role.name(), "columns": other.columns, "reason": other.reason}))
        .collect();
    told.json = json!({
        "rows": table.rows(),
        "encoding": found.encoding.name(),
        "delimiter": char::from(found.delimiter).to_string(),
        "numbers": found.numbers.to_string(),
        "names_in_line": found.header,
        "units_in_line": found.units,
        "lines_skipped": found.skipped.total(),
        "sheet": found.sheet.as_ref().map(|sheet| &sheet.name),
        "other_sheets": found.sheet.as_ref().map(|sheet| &sheet.others),
        "rows_are_series": import.rows_are_series,
        "runners_up": runners_up,
    });
    tell_outcome(told, import.outcome.as_ref());
    told.cures = import
        .cures()
        .into_iter()
        .map(|offer| format!("{}: {}", offer.text, offer.why))
        .collect();
}

fn tell_of_text(told: &mut Guessed, import: &TextImport) {
    told.kind = "text";
    told.found.push(format!(
        "A text of {}, {} of them different, whose next character is told.",
        many(import.characters, "character"),
        import.different.len()
    ));
    tell_outcome(told, import.outcome.as_ref());
}

fn tell_outcome(told: &mut Guessed, outcome: Option<&Outcome>) {
    match outcome {
        Some(Outcome::Ready(summary)) => {
            told.outcome.extend(in_sentences(summary));
            told.warnings.extend(summary.report.notices.iter().cloned());
        }
        Some(Outcome::Refused(error)) => told
            .problems
            .extend(error.problems.iter().map(ToString::to_string)),
        Some(Outcome::Fault(reason)) => told.problems.push(reason.clone()),
        None => told
            .problems
            .push("The sequences are not made yet.".to_owned()),
    }
}

fn in_sentences(summary: &Summary) -> Vec<String> {
    let report = &summary.report;
    let [train, test] = &report.parts;
    let longest = train.longest.max(test.longest);
    let mut said = vec![format!(
        "{} of up to {}.",
        sequences(train.sequences, test.sequences),
        many(longest, "step")
    )];
    if let Some(time) = &report.time {
        said.push(time.found());
        said.extend(time.sentences());
    }
    said.extend(report.filled_in());
    for unused in &report.unused {
        said.push(format!(
            "Left out, {} ({}).",
            unused.title(),
            unused.lines.phrase(10)
        ));
    }
    said
}
