//! An experiment's text that can be edited, its comments and order kept.
//!
//! Every edit makes a whole new text and reads it as any other: what cannot be read is not kept. So a [`Document`] always
//! holds a valid experiment, whatever is done to it.

mod new;
mod setting;

use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value};

use super::{Change, Data, Errors, Experiment, Location, ModelKind, read};
use crate::data::tasks::Task;
use crate::data::{Answers, Parameters};
use crate::nn::Readout;
use crate::random::Stream;
use std::path::Path;

pub use setting::Setting;

/// The text of a valid experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    text: String,
}

impl Document {
    /// Reads `text`.
    ///
    /// # Errors
    /// As [`Experiment::parse`].
    pub fn parse(text: &str) -> Result<(Document, Experiment), Errors> {
        let experiment = Experiment::parse(text)?;
        let text = text.to_owned();
        Ok((Self { text }, experiment))
    }

    /// The text as it was given and edited since.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and character, from 1, at which the setting at `path` stands; if it is absent, where its table begins.
    pub fn place(&self, path: &str) -> Option<(usize, usize)> {
        read::place(&self.text, path)
    }

    /// Sets what is at `path`, such as `training.clip`, or removes it.
    ///
    /// Tables on the way are made where they are absent. A value that stays the same keeps the way it is written, and
    /// every value its comment.
    ///
    /// # Errors
    /// If the text would not be an experiment; it then stays as it was, and lines are those of the text that would have
    /// been.
    ///
    /// ```
    /// use rnnscope::experiment::{Document, Setting};
    ///
    /// let text = "format = 1\n[data]\ntask = \"latch\" # remember\n";
    /// let (mut document, _) = Document::parse(text).unwrap();
    /// let experiment = document.set("model.hidden_size", Setting::Whole(8)).unwrap();
    /// assert_eq!(experiment.model.hidden_size, 8);
    /// assert_eq!(document.text(), format!("{text}\n[model]\nhidden_size = 8\n"));
    /// assert!(document.set("model.hidden_size", Setting::Whole(0)).is_err());
    /// ```
    pub fn set(&mut self, path: &str, value: Setting) -> Result<Experiment, Errors> {
        let keys: Vec<&str> = path.split('.').collect();
        self.edit(|document| match keys.split_first() {
            Some((key, [])) => put(document.as_table_mut(), key, &value),
            Some((key, below)) => {
                let absent = Item::Table(Table::new());
                put_below(document.as_table_mut(), key, absent, below, &value);
            }
            None => {}
        })
    }

    /// Calls the data, and a file of weights, so that they are found from `folder`, where the text is going to be; so far paths start at `location`.
    /// `experiment` is that of the text.
    ///
    /// # Errors
    /// As [`Document::set`].
    pub fn call_data_from(
        &mut self,
        location: &Location,
        folder: &Path,
        experiment: &mut Experiment,
    ) -> Result<(), Errors> {
        let data = match &experiment.data {
            Data::Csv(data) => Some(("data.csv", data.path.clone())),
            Data::Text(data) => Some(("data.text_file", data.path.clone())),
            Data::Task(_) => None,
        };
        let weights = experiment.model.weights.as_ref();
        let weights = weights.map(|weights| ("model.weights.file", weights.path.clone()));
        for (key, path) in data.into_iter().chain(weights) {
            if let Some(called) = location.from(folder, &path) {
                *experiment = self.set(key, Setting::Text(called))?;
            }
        }
        Ok(())
    }

    /// Asks for another task: all of `[data]` gives way to it, as the settings of one are not those of another. A model that
    /// cannot do the task gives way as far as it must: an encoder–decoder comes where answers have lengths of their own, and
    /// goes where there is one answer at the end. The readout follows the task: at every step where every step is asked, one
    /// at the end elsewhere.
    ///
    /// # Errors
    /// If there is no task of that name; the text then stays as it was.
    pub fn set_task(&mut self, name: &str) -> Result<Experiment, Errors> {
        let task = Setting::Text(name.to_owned());
        let experiment = self.edit(|document| {
            document.as_table_mut().remove("baseline");
            let absent = Item::Table(Table::new());
            let data = document.as_table_mut().entry("data").or_insert(absent);
            edit_table(data, |data| {
                let keys: Vec<String> = data.iter().map(|(key, _)| key.to_owned()).collect();
                for key in keys {
                    data.remove(&key);
                }
                put(data, "task", &task);
            });
        })?;
        let [recurrent, encoder_decoder, _] = ModelKind::NAMES;
        let decoder = matches!(experiment.model.kind, ModelKind::EncoderDecoder { .. });
        let (answers, on_the_way) = match &experiment.data {
            Data::Task(data) => asked(data.task),
            Data::Csv(_) | Data::Text(_) => return Ok(experiment),
        };
        let every = experiment.model.readout == Readout::Every;
        let fitted = match answers {
            Answers::Last if decoder => self.set_kind(recurrent),
            Answers::Last if every => self.set("model.readout", Setting::Remove),
            Answers::Sequence if !decoder && !on_the_way => self.set_kind(encoder_decoder),
            Answers::EveryStep | Answers::Sequence if !every => {
                self.set("model.readout", Setting::Text(Readout::Every.name().into()))
            }
            Answers::Last | Answers::EveryStep | Answers::Sequence => return Ok(experiment),
        };
        // Where that is not possible the task is set all the same, and what is wrong is said when its data are made.
        fitted.or(Ok(experiment))
    }

    /// Asks for a model of another kind, one of [`ModelKind::NAMES`]: settings that only the kind before had
    /// are removed, all others kept. Who leaves an encoder–decoder, which answers at every step by itself, goes on to do so
    /// where the task asks at every step.
    ///
    /// # Errors
    /// If there is no kind of that name, or a setting that is kept will not do for it; the text then stays as it was.
    pub fn set_kind(&mut self, name: &str) -> Result<Experiment, Errors> {
        let experiment = Experiment::parse(&self.text)?;
        let before = experiment.model.kind.name();
        let [recurrent, encoder_decoder, self_attention] = ModelKind::NAMES;
        let (model, training): (&[&str], &[&str]) = match name {
            name if name == before => (&[], &[]),
            name if name == recurrent => (
                &["decoder", "heads", "causal", "positions"],
                &["teacher_forcing"],
            ),
            name if name == encoder_decoder => {
                (&["readout", "heads", "causal", "positions"], &["truncate"])
            }
            name if name == self_attention => (
                &["cell", "bidirectional", "dropout", "decoder", "init"],
                &["truncate", "teacher_forcing"],
            ),
            _ => (&[], &[]),
        };
        let kind = Setting::Text(name.to_owned());
        let every =
            before == encoder_decoder && name != before && asks_every_step(&experiment.data);
        self.edit(|document| {
            let root = document.as_table_mut();
            let absent = || Item::Table(Table::new());
            for (table, keys) in [("model", model), ("training", training)] {
                for key in keys {
                    put_below(root, table, absent(), &[key], &Setting::Remove);
                }
            }
            if name != before {
                // Weights of one kind have other names than those of another.
                let weights = ["init", "set"];
                put_below(root, "model", absent(), &weights, &Setting::Remove);
            }
            put_below(root, "model", absent(), &["kind"], &kind);
            if every {
                let readout = Setting::Text(Readout::Every.name().into());
                put_below(root, "model", absent(), &["readout"], &readout);
            }
        })
    }

    /// Adds a `[[training.change]]`, or joins it with the last one if that has the same update.
    ///
    /// # Errors
    /// If it changes nothing, its update lies before the last one's, or a value is impossible; the text then stays as it was.
    pub fn append_change(&mut self, change: &Change) -> Result<Experiment, Errors> {
        self.edit(|document| {
            let root = document.as_table_mut();
            let training = root.entry("training").or_insert(Item::Table(Table::new()));
            match training {
                Item::Table(table) => {
                    let none = Item::ArrayOfTables(ArrayOfTables::new());
                    add_change(table.entry("change").or_insert(none), change);
                }
                Item::Value(Value::InlineTable(table)) => {
                    if !table.contains_key("change") {
                        table.insert("change", Value::Array(Array::new()));
                        table.fmt();
                    }
                    if let Some(Value::Array(list)) = table.get_mut("change") {
                        add_inline_change(list, change);
                    }
                }
                _ => {}
            }
        })
    }

    /// Removes every `[[training.change]]`.
    ///
    /// # Errors
    /// None that is known: without changes an experiment stays one.
    pub fn clear_changes(&mut self) -> Result<Experiment, Errors> {
        self.set("training.change", Setting::Remove)
    }

    /// Applies `change` to a copy, which is kept if it can be read.
    fn edit(&mut self, change: impl FnOnce(&mut DocumentMut)) -> Result<Experiment, Errors> {
        let Ok(mut document) = self.text.parse::<DocumentMut>() else {
            // Not reached: the text was read before.
            return Experiment::parse(&self.text);
        };
        change(&mut document);
        let mut text = document.to_string();
        if self.text.contains("\r\n") {
            // The writer ends its own lines with LF alone.
            text = text.replace("\r\n", "\n").replace('\n', "\r\n");
        }
        let experiment = Experiment::parse(&text)?;
        self.text = text;
        Ok(experiment)
    }
}

/// When a task is to be answered, and whether it can be on the way: found from a few of its sequences.
fn asked(task: &dyn Task) -> (Answers, bool) {
    let few = [("train_sequences", 20.0), ("test_sequences", 1.0)];
    let given = few.map(|(name, value)| (name.to_owned(), value)).into();
    match Parameters::validated(task, &given) {
        Ok(parameters) => {
            let data = task.generate(&parameters, &mut Stream::new(1, "data"));
            (data.answers, data.at_every_step())
        }
        // Not reached: every task can have so many.
        Err(_) => (Answers::EveryStep, true),
    }
}

/// Whether an answer is asked at every step, as far as the text alone tells; answers in steps of their own count where they
/// can be given on the way.
fn asks_every_step(data: &Data) -> bool {
    match data {
        Data::Task(data) => {
            let (answers, on_the_way) = asked(data.task);
            on_the_way && answers != Answers::Last
        }
        Data::Csv(data) => new::asks_every_step(&data.sequences.asked),
        Data::Text(_) => true,
    }
}

/// Puts `value` at the path `keys` below `table[key]`, which becomes `absent` if it is not there.
fn put_below(table: &mut dyn TableLike, key: &str, absent: Item, keys: &[&str], value: &Setting) {
    if *value == Setting::Remove && !table.contains_key(key) {
        return;
    }
    let item = table.entry(key).or_insert(absent);
    if let Item::Value(old) = item
        && !old.is_inline_table()
    {
        // A norm for clip = "off", say: the table takes the word's place and keeps its comment.
        let decor = old.decor().clone();
        let mut inline = Value::InlineTable(InlineTable::new());
        *inline.decor_mut() = decor;
        *old = inline;
    }
    edit_table(item, |below| match keys.split_first() {
        Some((key, [])) => put(below, key, value),
        Some((key, rest)) => put_below(
            below,
            key,
            Item::Value(InlineTable::new().into()),
            rest,
            value,
        ),
        None => {}
    });
}

/// Puts `value` at `table[key]`.
fn put(table: &mut dyn TableLike, key: &str, value: &Setting) {
    let Some(mut new) = value.to_toml() else {
        table.remove(key);
        return;
    };
    match (table.get_mut(key), value) {
        (Some(item), Setting::Table(settings)) if item.is_table_like() => {
            edit_table(item, |old| {
                let keys: Vec<String> = old.iter().map(|(key, _)| key.to_owned()).collect();
                for key in keys {
                    if settings.iter().all(|(kept, _)| *kept != key) {
                        old.remove(&key);
                    }
                }
                settings
                    .iter()
                    .for_each(|(key, value)| put(old, key, value));
            });
        }
        (Some(Item::Value(old)), _) => {
            if !value.is_written(old) {
                *new.decor_mut() = old.decor().clone();
                *old = new;
            }
        }
        // A table under its own header gives way to a value among the settings before it.
        (Some(_), _) => {
            table.remove(key);
            table.insert(key, Item::Value(new));
        }
        (None, _) => {
            table.insert(key, Item::Value(new));
        }
    }
}

/// Applies `change` to the table that `item` is, and sets the spaces of an inline one anew if it has other keys then.
fn edit_table(item: &mut Item, change: impl FnOnce(&mut dyn TableLike)) {
    match item {
        Item::Table(table) => change(table),
        Item::Value(Value::InlineTable(table)) => edit_inline(table, change),
        _ => {}
    }
}

fn edit_inline(table: &mut InlineTable, change: impl FnOnce(&mut dyn TableLike)) {
    let keys = |table: &InlineTable| -> Vec<String> {
        table.iter().map(|(key, _)| key.to_owned()).collect()
    };
    let before = keys(table);
    change(table);
    // One over several lines may hold comments, which setting spaces anew would lose.
    if keys(table) != before && !table.to_string().contains('\n') {
        table.fmt();
    }
}

fn add_change(changes: &mut Item, change: &Change) {
    match changes {
        Item::ArrayOfTables(tables) => match tables.iter_mut().last() {
            Some(last) if is_at(last, change) => write_change(last, change),
            _ => {
                let mut table = Table::new();
                write_change(&mut table, change);
                tables.push(table);
            }
        },
        Item::Value(Value::Array(list)) => add_inline_change(list, change),
        _ => {}
    }
}

fn add_inline_change(changes: &mut Array, change: &Change) {
    match changes.iter_mut().last() {
        Some(Value::InlineTable(last)) if is_at(last, change) => {
            edit_inline(last, |last| write_change(last, change));
        }
        _ => {
            let mut table = InlineTable::new();
            write_change(&mut table, change);
            changes.push(table);
        }
    }
}

fn is_at(table: &dyn TableLike, change: &Change) -> bool {
    let update = table.get("update").and_then(Item::as_integer);
    update.is_some_and(|update| u64::try_from(update) == Ok(change.update))
}

fn write_change(table: &mut dyn TableLike, change: &Change) {
    put(table, "update", &Setting::from(change.update));
    if let Some(rate) = change.learning_rate {
        put(table, "learning_rate", &Setting::Number(rate));
    }
    if let Some(clip) = change.clip {
        put(table, "clip", &clip.into());
    }
    if !change.set.is_empty() {
        let weights = change.set.iter().map(Setting::from);
        put(table, "set", &Setting::List(weights.collect()));
    }
}

#[cfg(test)]
mod tests;
