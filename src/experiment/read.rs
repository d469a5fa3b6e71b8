//! The text → an [`Experiment`], or everything that is wrong with it.
//!
//! The text is TOML of at most 1 MiB. Every key there is, what it may be, and what it is if absent; other keys are refused.
//!
//! | key | may be | default |
//! | --- | --- | --- |
//! | `format` | 1, the version of this format | required |
//! | `seed` | a whole number from 0 to 2⁶³ − 1 | 0 |
//! | `[data]` | either `csv` and its keys or `task` and its keys | required |
//! | `data.csv` | the path of a file, relative to the experiment's own place | |
//! | `data.target` | the name of the column to forecast | required with `csv` |
//! | `data.features` | a list of one or more column names | `[target]` |
//! | `data.time` | the name of the column that tells the time | one called date, time, year or the like |
//! | `data.window` | rows in, from 1 to 10 000 | 20 |
//! | `data.horizon` | rows ahead, from 1 to 10 000 | 1 |
//! | `data.test_from` | the time of the first test target as a text or a whole number, or a share between 0 and 1 | 0.2 |
//! | `data.scale` | `"standard"`, `"none"` | `"standard"` |
//! | `data.delimiter` | one ASCII character, no letter, digit, quotation mark or line end | found out |
//! | `data.header` | `true`, `false` | found out |
//! | `data.sha256` | 64 hexadecimal digits: the hash of the file that the experiment was made with | not compared |
//! | `data.task` | the name of a task, see [`tasks`] | |
//! | its parameters | as [`Task::parameters`](crate::data::Task::parameters) says | likewise |
//! | `model.kind` | `"recurrent"`, `"encoder_decoder"`, `"self_attention"` | `"recurrent"` |
//! | `model.cell` | `"rnn"`, `"rnn_relu"`, `"rnn_linear"`, `"lstm"`, `"lstm_1997"`, `"gru"`, `"gru_reset_before"`; an encoder–decoder's encoder has it; not with self-attention | `"lstm"` |
//! | `model.hidden_size` | a whole number from 1 to 4096; the width in self-attention | 16 |
//! | `model.num_layers` | a whole number from 1 to 8 | 1 |
//! | `model.bidirectional` | `true`, `false`; not with self-attention | `false` |
//! | `model.dropout` | from 0 up to, but not including, 1: the share of values dropped between layers in training; not with self-attention | 0 |
//! | `model.readout` | `"last"`, `"final"`, `"every"`; a decoder answers at every step | `"last"`; `"every"` in an encoder–decoder |
//! | `model.masking` | `true`, `false`: whether padding is left out | `true` |
//! | `model.decoder` | an encoder–decoder's: `{ cell = "gru", hidden_size = 16, attention = "none" }` | all as below |
//! | `model.decoder.cell` | as `model.cell` | the encoder's |
//! | `model.decoder.hidden_size` | a whole number from 1 to 8192; with `attention = "dot"` the encoder's width | the encoder's width: `hidden_size`, twice if bidirectional |
//! | `model.decoder.attention` | `"none"`, `"additive"`, `"dot"` | `"none"` |
//! | `model.heads` | self-attention's: a whole number from 1 to 64 that divides `hidden_size` | 1 |
//! | `model.causal` | self-attention's: `true`, `false` | `true` |
//! | `model.positions` | self-attention's: `true`, `false` | `true` |
//! | `model.init` | `{ scheme = "keras", … }` | `{ scheme = "pytorch" }` |
//! | `model.init.scheme` | `"pytorch"`, `"normal"`, `"keras"`, `"orthogonal"`, `"identity"`, `"chrono"`; with self-attention `"pytorch"` alone | `"pytorch"` |
//! | `model.init.std` | `normal`'s: above 0 and up to 1000 | 0.1 |
//! | `model.init.gain` | `orthogonal`'s and `identity`'s: above 0 and up to 1000 | 1 |
//! | `model.init.t_max` | `chrono`'s: from 2 to 1 000 000 | required with `chrono` |
//! | `model.init.forget_bias` | from −1 000 000 to 1 000 000, of an LSTM with a forget gate | as the scheme has it |
//! | `model.init.set` | a list of single weights | none |
//! | `model.init.set.parameter` | the name of a parameter, such as `"weight_hh_l0"` | required |
//! | `model.init.set.index` | a list of whole numbers from 0, one for each axis: `[row, column]` | required |
//! | `model.init.set.value` | from −1 000 000 to 1 000 000 | required |
//! | `training.updates` | a whole number from 1 to 10 000 000 | 600 |
//! | `training.batch_size` | a whole number from 1 to 4096 | 32 |
//! | `training.precision` | `"f64"`, `"f32"` | `"f64"` |
//! | `training.optimizer` | `{ kind = "adam", … }`; kinds `"adam"`, `"adamw"`, `"rmsprop"`, `"sgd"` | Adam |
//! | `training.optimizer.learning_rate` | above 0 and up to 1000 | 0.01 |
//! | `training.optimizer.betas` | Adam's and AdamW's: two numbers from 0 up to, but not including, 1 | `[0.9, 0.999]` |
//! | `training.optimizer.alpha` | RMSProp's: from 0 up to, but not including, 1 | 0.99 |
//! | `training.optimizer.eps` | all but SGD's: above 0 and up to 1 | 1e-8 |
//! | `training.optimizer.momentum` | SGD's and RMSProp's: from 0 up to, but not including, 1 | 0 |
//! | `training.optimizer.weight_decay` | all but RMSProp's: from 0 to 1000 | 0; AdamW's 0.01 |
//! | `training.schedule` | `{ kind = "constant", … }`; kinds `"constant"`, `"step"`, `"cosine"` | constant |
//! | `training.schedule.warm_up` | a whole number of updates from 0 to 10 000 000 | 0 |
//! | `training.schedule.every` | `step`'s: a whole number of updates from 1 to 10 000 000 | required with `step` |
//! | `training.schedule.factor` | `step`'s: above 0 and up to 1 | 0.1 |
//! | `training.schedule.updates` | `cosine`'s: a whole number from 1 to 10 000 000 | those that `training.updates` leaves after the warm-up |
//! | `training.schedule.floor` | `cosine`'s: a share of the learning rate from 0 to 1 | 0 |
//! | `training.clip` | `"off"`, `{ norm = 1.0 }`, `{ value = 0.5 }` with a finite number above 0 | `"off"` |
//! | `training.truncate` | a recurrent model's in one direction: a whole number of steps from 1 to 10 000 | not truncated |
//! | `training.teacher_forcing` | an encoder–decoder's: a share from 0 to 1 | 1 |
//! | `training.evaluate_every` | a whole number from 1 to 10 000 000 | 10 |
//! | `training.diverged_above` | a finite number above 1 | 1e6 |
//! | `[[training.change]]` | any number of them, by rising `update` | none |
//! | `training.change.update` | a whole number from 0 to 10 000 000 | required |
//! | `training.change.learning_rate` | as in `optimizer` | unchanged |
//! | `training.change.clip` | as above; a change has at least one of the two | unchanged |
//! | `probe.split` | `"test"`, `"train"` | `"test"` |
//! | `probe.index` | a whole number from 0 to 4 294 967 295, less than the part has sequences | 0 |
//!
//! Whole numbers will do wherever a number is expected. What can only be checked against the data themselves, such as
//! column names, [`material`](super::material()) checks.

mod model;
mod section;
mod training;

use std::collections::BTreeMap;

use super::{CsvData, Data, Errors, Experiment, Probe, TaskData};
use crate::data::{CsvOptions, Forecast, Parameters, Scale, Split, TestFrom, tasks};
use model::model;
use section::{Allowed, Entry, Report, Section};
use training::training;

/// The version of the format that this program reads and writes.
const FORMAT: i64 = 1;

/// The longest text: far more than a person writes, and little enough to be read at once.
const MAX_BYTES: usize = 1 << 20;

const MAX_UPDATES: i64 = 10_000_000;

const ABOVE_ZERO_TO_1000: Allowed = Allowed {
    accepts: |number| number > 0.0 && number <= 1e3,
    expected: "a number above 0 and up to 1000",
};

const SHARE_BELOW_ONE: Allowed = Allowed {
    accepts: |share| (0.0..1.0).contains(&share),
    expected: "a number from 0 up to, but not including, 1",
};

const ABOVE_ZERO: Allowed = Allowed {
    accepts: |number| number > 0.0 && number.is_finite(),
    expected: "a finite number above 0",
};

const SHARE: Allowed = Allowed {
    accepts: |share| (0.0..=1.0).contains(&share),
    expected: "a number from 0 to 1",
};

impl Experiment {
    /// Reads an experiment's text; the [module](self) lists every key.
    ///
    /// # Errors
    /// All that is wrong, each with its line.
    ///
    /// ```
    /// use rnnscope::experiment::Experiment;
    ///
    /// let experiment = Experiment::parse("format = 1\n[data]\ntask = \"latch\"\n").unwrap();
    /// assert_eq!(experiment.model.hidden_size, 16);
    ///
    /// let errors = Experiment::parse("format = 1\n[data]\ntask = \"latch\"\n[model]\nhidden_size = 0\n").unwrap_err();
    /// assert_eq!(
    ///     errors.to_string(),
    ///     "line 5, model.hidden_size: found 0, expected a whole number from 1 to 4096. The default is 16."
    /// );
    /// ```
    pub fn parse(text: &str) -> Result<Experiment, Errors> {
        let mut report = Report::new(text);
        if text.len() > MAX_BYTES {
            let found = format!("a text of {} bytes", text.len());
            let expected = format!("at most {MAX_BYTES}");
            report.add(0, "", found, expected, "Check that this is an experiment.");
            return Err(report.into_errors());
        }
        let document = match toml_edit::Document::parse(text) {
            Ok(document) => document,
            Err(error) => {
                report.syntax(&error);
                return Err(report.into_errors());
            }
        };
        let mut root = Section::root(document.as_table());
        if !has_format(&mut root, &mut report) {
            return Err(report.into_errors());
        }
        let seed = root.whole(&mut report, "seed", 0..=i64::MAX, 0) as u64;
        let data = data(&mut root, &mut report);
        let model = model(&mut root, &mut report);
        let training = training(&mut root, &mut report, model.as_ref());
        let probe = probe(&mut root, &mut report);
        root.finish(&mut report);
        match (data, model) {
            (Some(data), Some(model)) if report.len() == 0 => Ok(Experiment {
                seed,
                data,
                model,
                training,
                probe,
            }),
            _ => Err(report.into_errors()),
        }
    }
}

/// Line and character, from 1, at which a setting stands in a text; of one that is absent, where its table begins.
/// `None` if there is not even that.
pub(super) fn place(text: &str, path: &str) -> Option<(usize, usize)> {
    let document = toml_edit::Document::parse(text).ok()?;
    let mut section = Section::root(document.as_table());
    let mut offset = None;
    for key in path.split('.') {
        let Some(entry) = section.peek(key) else {
            break;
        };
        offset = Some(entry.offset);
        match entry.section() {
            Some(below) => section = below,
            None => break,
        }
    }
    offset.map(|offset| Report::new(text).position(offset))
}

/// Whether reading should go on: a text of another format means other things, and nothing else about it can be said.
fn has_format(root: &mut Section, report: &mut Report) -> bool {
    let hint = "Put format = 1 on the first line.";
    let Some(entry) = root.get("format") else {
        root.missing(report, "format", "format = 1", hint);
        return true;
    };
    match entry.item.as_integer() {
        Some(FORMAT) => true,
        Some(later) if later > FORMAT => {
            let hint = "The experiment was made with a later version of this program.";
            report.refuse(&entry, FORMAT.to_string(), hint);
            false
        }
        _ => {
            report.refuse(&entry, FORMAT.to_string(), hint);
            false
        }
    }
}

/// `None` if something about it is wrong, which is then reported.
fn data(root: &mut Section, report: &mut Report) -> Option<Data> {
    const HINT: &str = "Write csv = \"file.csv\" or task = \"latch\" below [data].";
    let before = report.len();
    let mut section = root.section(report, "data");
    if !section.is_present() {
        if report.len() == before {
            root.missing(report, "data", "a table with csv or task", HINT);
        }
        return None;
    }
    match (section.get("csv"), section.get("task")) {
        (None, None) => {
            section.missing(report, "csv", "either csv or task", HINT);
            None
        }
        (Some(_), Some(task)) => {
            report.add(
                task.offset,
                &task.path,
                "both csv and task",
                "one of them",
                "Delete the one that is not meant, with its own settings.",
            );
            None
        }
        (Some(_), None) => csv(section, report).map(Data::Csv),
        (None, Some(task)) => task_data(&section, &task, report).map(Data::Task),
    }
}

fn csv(mut section: Section, report: &mut Report) -> Option<CsvData> {
    const COLUMN: &str = "the name of a column";
    let path = section.text(
        report,
        "csv",
        "the path of a file",
        "For example csv = \"sunspots.csv\".",
    );
    let target_hint = "For example target = \"value\".";
    let target = section.text(
        report,
        "target",
        "the name of the column to forecast",
        target_hint,
    );
    if section.peek("target").is_none() {
        section.missing(
            report,
            "target",
            "the name of the column to forecast",
            target_hint,
        );
    }
    let features = features(&mut section, report, target.as_deref());
    let time_hint = "Without it, a column called date, time, year or the like is taken.";
    let data = CsvData {
        path: path.unwrap_or_default(),
        sha256: sha256(&mut section, report),
        options: CsvOptions {
            delimiter: delimiter(&mut section, report),
            header: section.truth(report, "header", "Without it, the program finds out."),
        },
        forecast: Forecast {
            features,
            target: target.unwrap_or_default(),
            time: section.text(report, "time", COLUMN, time_hint),
            window: section.whole(report, "window", 1..=10_000, 20) as usize,
            horizon: section.whole(report, "horizon", 1..=10_000, 1) as usize,
            test_from: test_from(&mut section, report),
            scale: section
                .choice(
                    report,
                    "scale",
                    &Scale::ALL.map(|scale| (scale.name(), scale)),
                    Scale::default(),
                )
                .unwrap_or_default(),
        },
    };
    section.finish(report);
    Some(data)
}

fn features(section: &mut Section, report: &mut Report, target: Option<&str>) -> Vec<String> {
    let Some(entry) = section.get("features") else {
        return target.map(str::to_owned).into_iter().collect();
    };
    let names: Option<Vec<String>> = entry.item.as_array().and_then(|array| {
        array
            .iter()
            .map(|name| name.as_str().map(str::to_owned))
            .collect()
    });
    match names {
        Some(names) if !names.is_empty() => names,
        _ => {
            let hint = "For example features = [\"value\"]. The default is the target alone.";
            report.refuse(&entry, "a list of one or more column names", hint);
            Vec::new()
        }
    }
}

fn sha256(section: &mut Section, report: &mut Report) -> Option<String> {
    let entry = section.get("sha256")?;
    match entry.item.as_str() {
        Some(hash) if hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => {
            Some(hash.to_ascii_lowercase())
        }
        _ => {
            let hint = "Delete the line if you do not know the hash of the file.";
            report.refuse(&entry, "64 hexadecimal digits", hint);
            None
        }
    }
}

fn delimiter(section: &mut Section, report: &mut Report) -> Option<u8> {
    let entry = section.get("delimiter")?;
    let may_delimit =
        |byte: u8| byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\n\r".contains(&byte);
    match entry.item.as_str().map(str::as_bytes) {
        Some(&[byte]) if may_delimit(byte) => Some(byte),
        _ => {
            report.refuse(
                &entry,
                "one ASCII character that is no letter, digit, quotation mark or line end",
                "Try \",\", \";\" or \"\\t\". Without it, the program finds out.",
            );
            None
        }
    }
}

fn test_from(section: &mut Section, report: &mut Report) -> TestFrom {
    let default = TestFrom::Fraction(0.2);
    let Some(entry) = section.get("test_from") else {
        return default;
    };
    if let Some(label) = entry.item.as_str().filter(|label| !label.trim().is_empty()) {
        return TestFrom::Label(label.to_owned());
    }
    if let Some(label) = entry.item.as_integer() {
        return TestFrom::Label(label.to_string());
    }
    match entry.item.as_float() {
        Some(share) if share > 0.0 && share < 1.0 => TestFrom::Fraction(share),
        _ => {
            report.refuse(
                &entry,
                "a time in quotation marks, or a share between 0 and 1",
                "The default, 0.2, keeps the last fifth for testing.",
            );
            default
        }
    }
}

fn task_data(section: &Section, entry: &Entry, report: &mut Report) -> Option<TaskData> {
    let name = entry.item.as_str();
    let Some(task) = name.and_then(tasks::by_name) else {
        let names: Vec<String> = tasks::ALL
            .iter()
            .map(|task| format!("“{}”", task.name()))
            .collect();
        let hint = match name.and_then(tasks::nearest_name) {
            Some(nearest) => format!("Did you mean “{nearest}”?"),
            None => "For example task = \"latch\".".to_owned(),
        };
        report.refuse(entry, format!("one of {}", names.join(", ")), hint);
        return None;
    };
    let mut given = BTreeMap::new();
    for key in section.keys() {
        let Some(entry) = section.peek(key).filter(|_| key != "task") else {
            continue;
        };
        let parameter = task
            .parameters()
            .iter()
            .find(|parameter| parameter.name == key);
        match (entry.number(), parameter) {
            (Some(number), _) => {
                given.insert(key.to_owned(), number);
            }
            (None, Some(parameter)) => {
                let hint = format!(
                    "{} The default is {}.",
                    parameter.description, parameter.default
                );
                report.refuse(&entry, "a number", hint);
            }
            // Whatever its value, it is the name that will be refused.
            (None, None) => {
                given.insert(key.to_owned(), 0.0);
            }
        }
    }
    match Parameters::validated(task, &given) {
        Ok(parameters) => Some(TaskData { task, parameters }),
        Err(error) => {
            for problem in error.problems {
                let offset = section
                    .peek(&problem.name)
                    .map_or(section.offset, |entry| entry.offset);
                report.add(
                    offset,
                    &section.path_of(&problem.name),
                    problem.found,
                    problem.expected,
                    problem.hint,
                );
            }
            None
        }
    }
}

fn probe(root: &mut Section, report: &mut Report) -> Probe {
    let mut section = root.section(report, "probe");
    let splits = [Split::Test, Split::Train].map(|split| (split.name(), split));
    let probe = Probe {
        split: section
            .choice(report, "split", &splits, Split::Test)
            .unwrap_or(Split::Test),
        index: section.whole(report, "index", 0..=i64::from(u32::MAX), 0) as usize,
    };
    section.finish(report);
    probe
}

#[cfg(test)]
mod tests;
