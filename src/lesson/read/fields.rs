//! TOML, with the place of everything in the lesson's file.

use super::Mistakes;
use crate::experiment::{Document, Problem, Setting, gallery};
use crate::words::shortened;
use std::ops::Range;
use toml_edit::{Document as Toml, Item, TableLike, Value};

/// What stands between a view's name and that of a page inside it, among the views that a lesson may point at.
pub(super) const PAGE_OF: char = '/';

pub(super) fn in_a_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

pub(super) fn parse_toml(
    text: &str,
    base: usize,
    mistakes: &mut Mistakes<'_>,
) -> Option<Toml<String>> {
    match Toml::parse(text.to_string()) {
        Ok(toml) => Some(toml),
        Err(error) => {
            let problem = error.message().lines().collect::<Vec<_>>().join(", ");
            mistakes.at(base + error.span().map_or(0, |span| span.start), problem);
            None
        }
    }
}

pub(super) fn number_of(value: &Value) -> Option<f64> {
    value
        .as_float()
        .or_else(|| value.as_integer().map(|whole| whole as f64))
}

pub(super) fn setting(value: &Value) -> Option<Setting> {
    Some(match value {
        Value::Integer(whole) => Setting::Whole(*whole.value()),
        Value::Float(number) => Setting::Number(*number.value()),
        Value::String(text) => Setting::Text(text.value().clone()),
        Value::Boolean(flag) => Setting::Truth(*flag.value()),
        _ => return None,
    })
}

/// Whether any experiment that comes with the program could have a setting there.
pub(super) fn is_known_setting(path: &str) -> bool {
    gallery::EXPERIMENTS.iter().any(|entry| {
        let document = Document::parse(entry.text);
        document.is_ok_and(|(mut document, _)| {
            // Whether it will do is another question.
            match document.set(path, Setting::Whole(1)) {
                Ok(_) => true,
                Err(errors) => !errors.problems().iter().any(Problem::is_unknown_key),
            }
        })
    })
}

/// A list of tables, inline or under headers of their own, each with its place.
pub(super) fn tables(item: &Item, base: usize) -> Option<Vec<(&dyn TableLike, usize)>> {
    let place = |span: Option<Range<usize>>| base + span.map_or(0, |span| span.start);
    match item {
        Item::ArrayOfTables(list) => Some(
            list.iter()
                .map(|table| (table as &dyn TableLike, place(table.span())))
                .collect(),
        ),
        _ => {
            let one = |value: &'_ Value| value.as_inline_table().is_some();
            let list = item.as_array().filter(|list| list.iter().all(one))?;
            let tables = list.iter().filter_map(|value| {
                value
                    .as_inline_table()
                    .map(|table| (table as &dyn TableLike, place(value.span())))
            });
            Some(tables.collect())
        }
    }
}

/// A table's keys, so that those nobody asked for can be reported.
pub(super) struct Fields<'a> {
    pub(super) table: &'a dyn TableLike,
    /// Where the TOML text begins in the file.
    pub(super) base: usize,
    /// Where the table does.
    pub(super) at: usize,
    pub(super) block: &'a str,
    /// The names that formulas in it may use.
    pub(super) names: Vec<String>,
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(table: &'a dyn TableLike, base: usize, at: usize, block: &'a str) -> Self {
        Self {
            table,
            base,
            at,
            block,
            names: Vec::new(),
            known: Vec::new(),
        }
    }

    /// The whole text.
    pub(super) fn root(toml: &'a Toml<String>, base: usize, block: &'a str) -> Self {
        Self::new(toml.as_table(), base, base, block)
    }

    /// A table further in, in the same text.
    pub(super) fn below<'b>(
        &self,
        table: &'b dyn TableLike,
        at: usize,
        block: &'b str,
    ) -> Fields<'b> {
        Fields {
            names: self.names.clone(),
            ..Fields::new(table, self.base, at, block)
        }
    }

    pub(super) fn place(&self, item: &Item) -> usize {
        item.span().map_or(self.at, |span| self.base + span.start)
    }

    pub(super) fn take(&mut self, key: &'static str) -> Option<&'a Item> {
        self.known.push(key);
        self.table.get(key)
    }

    pub(super) fn required(
        &mut self,
        key: &'static str,
        mistakes: &mut Mistakes<'_>,
    ) -> Option<&'a Item> {
        let item = self.take(key);
        if item.is_none() {
            mistakes.at(
                self.at,
                format!("{}: found no “{key}”, expected one", self.block),
            );
        }
        item
    }

    pub(super) fn text(
        &mut self,
        key: &'static str,
        mistakes: &mut Mistakes<'_>,
    ) -> Option<String> {
        let item = self.required(key, mistakes)?;
        let text = item.as_str().filter(|text| !text.trim().is_empty());
        if text.is_none() {
            mistakes.at(
                self.place(item),
                format!("{key}: expected a text in quotation marks"),
            );
        }
        text.map(ToString::to_string)
    }

    /// A text with numbers and links in it.
    pub(super) fn prose(
        &mut self,
        key: &'static str,
        mistakes: &mut Mistakes<'_>,
    ) -> Option<String> {
        let text = self.text(key, mistakes)?;
        let at = self.table.get(key).map_or(self.at, |item| self.place(item));
        mistakes.in_prose(&text, &self.names, |_| at);
        Some(text)
    }

    /// A list of such texts.
    pub(super) fn proses(&mut self, key: &'static str, mistakes: &mut Mistakes<'_>) -> Vec<String> {
        let texts = self.texts(key, mistakes);
        let list = self.table.get(key).and_then(Item::as_array);
        for (text, value) in texts.iter().zip(list.into_iter().flatten()) {
            let at = value.span().map_or(self.at, |span| self.base + span.start);
            mistakes.in_prose(text, &self.names, |_| at);
        }
        texts
    }

    pub(super) fn whole(&self, key: &str, item: &Item, mistakes: &mut Mistakes<'_>) -> Option<u64> {
        let whole = item
            .as_integer()
            .and_then(|whole| u64::try_from(whole).ok());
        if whole.is_none() {
            mistakes.at(
                self.place(item),
                format!("{key}: expected a whole number from 0"),
            );
        }
        whole
    }

    pub(super) fn optional_flag(
        &mut self,
        key: &'static str,
        mistakes: &mut Mistakes<'_>,
    ) -> Option<bool> {
        let item = self.take(key)?;
        let flag = item.as_bool();
        if flag.is_none() {
            mistakes.at(self.place(item), format!("{key}: expected true or false"));
        }
        flag
    }

    /// A list of texts; empty where the key is absent.
    pub(super) fn texts(&mut self, key: &'static str, mistakes: &mut Mistakes<'_>) -> Vec<String> {
        let Some(item) = self.take(key) else {
            return Vec::new();
        };
        let list = item.as_array().map(|list| {
            list.iter()
                .map(|text| text.as_str().map(ToString::to_string))
        });
        match list.and_then(Iterator::collect::<Option<Vec<String>>>) {
            Some(texts) => texts,
            None => {
                mistakes.at(self.place(item), format!("{key}: expected a list of texts"));
                Vec::new()
            }
        }
    }

    /// A list of finite numbers that rise or fall.
    pub(super) fn bounds(
        &mut self,
        key: &'static str,
        mistakes: &mut Mistakes<'_>,
    ) -> Option<Vec<f64>> {
        let item = self.take(key)?;
        let at = self.place(item);
        let numbers = item
            .as_array()
            .map(|list| list.iter().map(number_of).collect::<Option<Vec<f64>>>());
        let Some(bounds) = numbers.flatten() else {
            mistakes.at(at, format!("{key}: expected a list of numbers"));
            return None;
        };
        let rising = bounds.windows(2).all(|pair| pair[0] < pair[1]);
        let falling = bounds.windows(2).all(|pair| pair[0] > pair[1]);
        if !(rising || falling) || bounds.iter().any(|bound| !bound.is_finite()) {
            mistakes.at(
                at,
                format!("{key}: expected finite numbers that rise or fall"),
            );
            return None;
        }
        Some(bounds)
    }

    /// A number above 0.
    pub(super) fn above_zero(
        &mut self,
        key: &'static str,
        mistakes: &mut Mistakes<'_>,
    ) -> Option<f64> {
        let item = self.take(key)?;
        let number = item.as_value().and_then(number_of);
        let number = number.filter(|number| *number > 0.0 && number.is_finite());
        if number.is_none() {
            mistakes.at(
                self.place(item),
                format!("{key}: expected a number above 0"),
            );
        }
        number
    }

    pub(super) fn finish(self, mistakes: &mut Mistakes<'_>) {
        for (key, item) in self.table.iter() {
            if !self.known.contains(&key) {
                let problem = format!(
                    "{}: found “{}”, expected one of {}",
                    self.block,
                    shortened(key),
                    self.known.join(", ")
                );
                mistakes.at(self.place(item), problem);
            }
        }
    }
}
