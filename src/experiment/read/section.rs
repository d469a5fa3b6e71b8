//! One table of the text, read key by key.
//!
//! A key that is asked for becomes a known key; [`Section::finish`] refuses all others. So what is read and what is known
//! cannot differ. A bad value is reported and the default returned: reading goes on to the end, to find all that is wrong.

use std::ops::RangeInclusive;

use toml_edit::{Item, TableLike, TomlError};

use crate::data::nearest::nearest;
use crate::experiment::error::UNKNOWN_KEY;
use crate::experiment::{Errors, Problem};
use crate::words::exact;
use crate::words::shortened;

/// The text and all that was found wrong with it.
pub(super) struct Report<'a> {
    text: &'a str,
    line_starts: Vec<usize>,
    problems: Vec<Problem>,
}

impl<'a> Report<'a> {
    pub fn new(text: &'a str) -> Self {
        let after_line_ends = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            line_starts: std::iter::once(0).chain(after_line_ends).collect(),
            problems: Vec::new(),
        }
    }

    /// Line and character of the byte at `offset`, both from 1.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let offset = self.text.floor_char_boundary(offset);
        let line = self.line_starts.partition_point(|&start| start <= offset);
        let start = self.line_starts[line - 1];
        (line, self.text[start..offset].chars().count() + 1)
    }

    /// Adds a problem at the byte at `offset`.
    pub fn add(
        &mut self,
        offset: usize,
        path: &str,
        found: impl Into<String>,
        expected: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let (line, column) = self.position(offset);
        self.problems.push(Problem {
            line,
            column,
            path: path.to_owned(),
            found: found.into(),
            expected: expected.into(),
            hint: hint.into(),
        });
    }

    /// Adds that the value of `entry` will not do.
    pub fn refuse(
        &mut self,
        entry: &Entry<'_>,
        expected: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let found = self.found(entry.item);
        self.add(entry.offset, &entry.path, found, expected, hint);
    }

    /// Adds that the text is no TOML.
    pub fn syntax(&mut self, error: &TomlError) {
        let offset = error.span().map_or(self.text.len(), |span| span.start);
        let (line, _) = self.position(offset);
        let start = self.line_starts[line - 1];
        let line = self.text[start..].lines().next().unwrap_or_default().trim();
        let found = if line.is_empty() && self.text[start..].trim().is_empty() {
            "the end of the text".to_owned()
        } else {
            format!("“{}”", shortened(line))
        };
        let reason = error.message().trim().replace('\n', " ");
        let hint = if line.ends_with('=') {
            "A value is missing after the equals sign.".to_owned()
        } else if reason.starts_with("string values must be quoted") {
            "Put texts in quotation marks.".to_owned()
        } else {
            format!("The parser says: {reason}.")
        };
        self.add(offset, "", found, "valid TOML", hint);
    }

    /// What stands there, as a phrase.
    fn found(&self, item: &Item) -> String {
        if let Some(text) = item.as_str() {
            return if text.is_empty() {
                "an empty text".to_owned()
            } else {
                format!("“{}”", shortened(text))
            };
        }
        match item {
            Item::Table(_) => "a table".to_owned(),
            Item::ArrayOfTables(_) => "a list of tables".to_owned(),
            _ => match item.span().and_then(|span| self.text.get(span)) {
                Some(written) => shortened(written),
                None => item.type_name().to_owned(),
            },
        }
    }

    /// How much is wrong so far.
    pub fn len(&self) -> usize {
        self.problems.len()
    }

    pub fn into_errors(self) -> Errors {
        Errors::new(self.problems)
    }
}

/// A key that is there: its value and its place.
pub(super) struct Entry<'a> {
    pub item: &'a Item,
    pub path: String,
    /// Where the value begins, in bytes.
    pub offset: usize,
}

impl<'a> Entry<'a> {
    /// The key itself, without those above it.
    pub fn key(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }

    /// The table that the value is; `None` if it is none.
    pub fn section(&self) -> Option<Section<'a>> {
        Some(Section {
            table: Some(self.item.as_table_like()?),
            path: self.path.clone(),
            offset: self.offset,
            known: Vec::new(),
            refused: Vec::new(),
        })
    }

    /// The tables of the list that the value is, each with its path and place; `None` if it is no list of tables.
    ///
    /// They may stand under their own headers or inline in a list: to TOML they are the same.
    pub fn sections(&self) -> Option<Vec<Section<'a>>> {
        let mut tables: Vec<(&dyn TableLike, Option<usize>)> = Vec::new();
        if let Some(list) = self.item.as_array_of_tables() {
            for table in list {
                tables.push((table, table.span().map(|span| span.start)));
            }
        } else {
            for value in self.item.as_array()? {
                let start = value.span().map(|span| span.start);
                tables.push((value.as_inline_table()?, start));
            }
        }
        let section =
            |(index, (table, start)): (usize, (&'a dyn TableLike, Option<usize>))| Section {
                table: Some(table),
                path: format!("{}[{index}]", self.path),
                offset: start.unwrap_or(self.offset),
                known: Vec::new(),
                refused: Vec::new(),
            };
        Some(tables.into_iter().enumerate().map(section).collect())
    }

    /// The number that the value is, whole or not.
    pub fn number(&self) -> Option<f64> {
        let whole = || self.item.as_integer().map(|whole| whole as f64);
        self.item.as_float().or_else(whole)
    }
}

/// Which numbers a setting may have.
pub(super) struct Allowed {
    pub accepts: fn(f64) -> bool,
    /// The same as a phrase.
    pub expected: &'static str,
}

/// A table of the text, or the place of one that is absent.
pub(super) struct Section<'a> {
    table: Option<&'a dyn TableLike>,
    pub path: String,
    /// Where the table begins, in bytes.
    pub offset: usize,
    known: Vec<&'static str>,
    /// Keys that were refused with a reason of their own.
    refused: Vec<&'static str>,
}

impl<'a> Section<'a> {
    /// The whole text.
    pub fn root(table: &'a dyn TableLike) -> Self {
        Self {
            table: Some(table),
            path: String::new(),
            offset: 0,
            known: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// The path of one of its keys.
    pub fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// A key and its value, known or not.
    pub fn peek(&self, key: &str) -> Option<Entry<'a>> {
        let (written, item) = self.table?.get_key_value(key)?;
        let span = item.span().or_else(|| written.span());
        // A table's header says more than its first key does.
        let header = written.span().filter(|_| item.is_table());
        let offset = header.or(span).map_or(self.offset, |span| span.start);
        Some(Entry {
            item,
            path: self.path_of(key),
            offset,
        })
    }

    /// A key that may be there, which it thereby may.
    pub fn get(&mut self, key: &'static str) -> Option<Entry<'a>> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.peek(key)
    }

    /// Refuses a key that means something elsewhere, in a model of another kind say: `here` is what this is, as in “a model
    /// of kind “recurrent””, and `hint` says where the key belongs.
    pub fn refuse_key(
        &mut self,
        report: &mut Report,
        key: &'static str,
        here: &str,
        hint: impl Into<String>,
    ) {
        if let Some(entry) = self.peek(key) {
            self.refused.push(key);
            report.refuse(&entry, format!("no {key} in {here}"), hint);
        }
    }

    /// All keys there are.
    pub fn keys(&self) -> Vec<&'a str> {
        let keys = |table: &'a dyn TableLike| table.iter().map(|(key, _)| key).collect();
        self.table.map_or(Vec::new(), keys)
    }

    /// Adds that `key` is missing.
    pub fn missing(&self, report: &mut Report, key: &str, expected: &str, hint: &str) {
        report.add(self.offset, &self.path_of(key), "nothing", expected, hint);
    }

    /// The table called `key`; an absent one, whose keys have their defaults, if there is none or it is no table.
    pub fn section(&mut self, report: &mut Report, key: &'static str) -> Section<'a> {
        let entry = self.get(key);
        if let Some(section) = entry.as_ref().and_then(Entry::section) {
            return section;
        }
        if let Some(entry) = entry {
            let hint = format!("Write a line [{key}] and the settings below it.");
            report.refuse(&entry, "a table", hint);
        }
        Section {
            table: None,
            path: self.path_of(key),
            offset: 0,
            known: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// Whether the table is there.
    pub fn is_present(&self) -> bool {
        self.table.is_some()
    }

    pub fn whole(
        &mut self,
        report: &mut Report,
        key: &'static str,
        range: RangeInclusive<i64>,
        default: i64,
    ) -> i64 {
        let hint = format!("The default is {default}.");
        self.optional_whole(report, key, range, &hint)
            .unwrap_or(default)
    }

    pub fn optional_whole(
        &mut self,
        report: &mut Report,
        key: &'static str,
        range: RangeInclusive<i64>,
        hint: &str,
    ) -> Option<i64> {
        let entry = self.get(key)?;
        let whole = entry
            .item
            .as_integer()
            .filter(|whole| range.contains(whole));
        if whole.is_none() {
            report.refuse(&entry, whole_from(&range), hint);
        }
        whole
    }

    pub fn number(
        &mut self,
        report: &mut Report,
        key: &'static str,
        allowed: &Allowed,
        default: f64,
    ) -> f64 {
        let hint = format!("The default is {}.", exact(default));
        self.optional_number(report, key, allowed, &hint)
            .unwrap_or(default)
    }

    pub fn optional_number(
        &mut self,
        report: &mut Report,
        key: &'static str,
        allowed: &Allowed,
        hint: &str,
    ) -> Option<f64> {
        let entry = self.get(key)?;
        let number = entry.number().filter(|&number| (allowed.accepts)(number));
        if number.is_none() {
            report.refuse(&entry, allowed.expected, hint);
        }
        number
    }

    /// The text called `key`, which is not empty.
    pub fn text(
        &mut self,
        report: &mut Report,
        key: &'static str,
        expected: &str,
        hint: &str,
    ) -> Option<String> {
        let entry = self.get(key)?;
        match entry.item.as_str() {
            Some(text) if !text.is_empty() => Some(text.to_owned()),
            _ => {
                report.refuse(&entry, expected, hint);
                None
            }
        }
    }

    pub fn truth(&mut self, report: &mut Report, key: &'static str, hint: &str) -> Option<bool> {
        let entry = self.get(key)?;
        let truth = entry.item.as_bool();
        if truth.is_none() {
            report.refuse(&entry, "true or false", hint);
        }
        truth
    }

    /// One of several names; `default` if absent, `None` if it is none of them.
    pub fn choice<T: Copy>(
        &mut self,
        report: &mut Report,
        key: &'static str,
        choices: &[(&'static str, T)],
        default: T,
    ) -> Option<T> {
        let Some(entry) = self.get(key) else {
            return Some(default);
        };
        let written = entry.item.as_str();
        let chosen = choices.iter().find(|(name, _)| written == Some(name));
        if chosen.is_none() {
            let names: Vec<&str> = choices.iter().map(|&(name, _)| name).collect();
            let quoted: Vec<String> = names.iter().map(|name| format!("“{name}”")).collect();
            let hint = match written.and_then(|written| nearest(written, names.iter().copied())) {
                Some(nearest) => format!("Did you mean “{nearest}”?"),
                None => format!("For example {key} = \"{}\".", names.first().unwrap_or(&"")),
            };
            report.refuse(&entry, listed(&quoted, "or"), hint);
        }
        chosen.map(|&(_, value)| value)
    }

    /// Refuses every key that was not asked for.
    pub fn finish(self, report: &mut Report) {
        #[cfg(test)]
        KEYS_ASKED_FOR.with_borrow_mut(|all| {
            all.extend(self.known.iter().map(|key| (self.path.clone(), *key)));
        });
        for key in self.keys() {
            if self.known.contains(&key) || self.refused.contains(&key) {
                continue;
            }
            let written = self.table.and_then(|table| table.key(key)?.span());
            let offset = written.map_or(self.offset, |span| span.start);
            let hint = match nearest(key, self.known.iter().copied()) {
                Some(nearest) => format!("Did you mean “{nearest}”?"),
                None => "Delete it, or check in which table it belongs.".to_owned(),
            };
            report.add(
                offset,
                &self.path_of(key),
                format!("{UNKNOWN_KEY} “{}”", shortened(key)),
                format!("one of {}", first_of(&self.known)),
                hint,
            );
        }
    }
}

#[cfg(test)]
thread_local! {
    /// Each key that was asked for in this thread, with the path of its table; a message names only the first ones of many.
    pub(super) static KEYS_ASKED_FOR: std::cell::RefCell<Vec<(String, &'static str)>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// The keys of a table, of many the first ones: who wrote another one is told the nearest, and all stand in the documentation.
fn first_of(keys: &[&str]) -> String {
    const SHOWN: usize = 20;
    match keys.len() > SHOWN {
        true => format!("{}, …", keys[..SHOWN].join(", ")),
        false => keys.join(", "),
    }
}

/// “a whole number from 1 to 8”.
pub(super) fn whole_from(range: &RangeInclusive<i64>) -> String {
    format!("a whole number from {} to {}", range.start(), range.end())
}

/// “a, b or c”.
fn listed(names: &[String], conjunction: &str) -> String {
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} {conjunction} {last}", before.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let report = Report::new("é = 1\n\nab");
        let at = |offset| report.position(offset);
        assert_eq!(
            (at(0), at(2), at(7), at(9)),
            ((1, 1), (1, 2), (2, 1), (3, 2))
        );
        // Inside a character and past the end.
        assert_eq!((at(1), at(99)), ((1, 1), (3, 3)));
    }

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let known = ["hidden_size", "cell"];
        assert_eq!(
            nearest("hiddensize", known.iter().copied()),
            Some("hidden_size")
        );
        assert_eq!(nearest("Clel", known.iter().copied()), Some("cell"));
        assert_eq!(nearest("x", known.iter().copied()), None);
    }
}
