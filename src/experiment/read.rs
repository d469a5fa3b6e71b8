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
//! | `model.cell` | `"rnn"`, `"rnn_relu"`, `"lstm"`, `"gru"` | `"lstm"` |
//! | `model.hidden_size` | a whole number from 1 to 4096 | 16 |
//! | `model.num_layers` | a whole number from 1 to 8 | 1 |
//! | `model.bidirectional` | `false`: not available yet | `false` |
//! | `model.dropout` | 0: not available yet | 0 |
//! | `model.readout` | `"last"`, `"every"`; `"final"` is not available yet | `"last"` |
//! | `model.init` | `{ scheme = "pytorch" }`, `{ scheme = "normal", std = 0.1 }` | `{ scheme = "pytorch" }` |
//! | `model.init.std` | above 0 and up to 1000 | 0.1 |
//! | `training.updates` | a whole number from 1 to 10 000 000 | 600 |
//! | `training.batch_size` | a whole number from 1 to 4096 | 32 |
//! | `training.precision` | `"f64"`, `"f32"` | `"f64"` |
//! | `training.optimizer` | `{ kind = "adam", … }`, `{ kind = "sgd", … }` | Adam |
//! | `training.optimizer.learning_rate` | above 0 and up to 1000 | 0.01 |
//! | `training.optimizer.betas` | Adam's: two numbers from 0 up to, but not including, 1 | `[0.9, 0.999]` |
//! | `training.optimizer.eps` | Adam's: above 0 and up to 1 | 1e-8 |
//! | `training.optimizer.momentum` | SGD's: from 0 up to, but not including, 1 | 0 |
//! | `training.clip` | `"off"`, `{ norm = 1.0 }` with a finite norm above 0 | `"off"` |
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

mod section;

use std::collections::BTreeMap;

use toml_edit::TableLike;

use super::{
    Change, CsvData, Data, Errors, Experiment, ModelSpec, Precision, Probe, TaskData, Training,
};
use crate::data::{CsvOptions, Forecast, Parameters, Scale, Split, TestFrom, tasks};
use crate::nn::{Cell, Clip, Init, Optimizer, Readout};
use section::{Allowed, Entry, Report, Section, whole_from};

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
        let training = training(&mut root, &mut report);
        let probe = probe(&mut root, &mut report);
        root.finish(&mut report);
        match data {
            Some(data) if report.len() == 0 => Ok(Experiment {
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

fn model(root: &mut Section, report: &mut Report) -> ModelSpec {
    let mut section = root.section(report, "model");
    let cells = Cell::ALL.map(|cell| (cell.name(), cell));
    let spec = ModelSpec {
        cell: section
            .choice(report, "cell", &cells, Cell::Lstm)
            .unwrap_or(Cell::Lstm),
        hidden_size: section.whole(report, "hidden_size", 1..=4096, 16) as usize,
        num_layers: section.whole(report, "num_layers", 1..=8, 1) as usize,
        readout: readout(&mut section, report),
        init: init(&mut section, report),
    };
    if let Some(entry) = section.get("bidirectional")
        && entry.item.as_bool() != Some(false)
    {
        let hint = "Bidirectional layers are not available in this version.";
        report.refuse(&entry, "false", hint);
    }
    if let Some(entry) = section.get("dropout")
        && entry.number() != Some(0.0)
    {
        report.refuse(&entry, "0.0", "Dropout is not available in this version.");
    }
    section.finish(report);
    spec
}

fn readout(section: &mut Section, report: &mut Report) -> Readout {
    if let Some(entry) = section.get("readout")
        && entry.item.as_str() == Some("final")
    {
        let hint = "The joined final states are not available in this version; for one direction “last” is the same.";
        report.refuse(&entry, "“last” or “every”", hint);
        return Readout::Last;
    }
    let readouts = [Readout::Last, Readout::Every].map(|readout| (readout.name(), readout));
    section
        .choice(report, "readout", &readouts, Readout::Last)
        .unwrap_or(Readout::Last)
}

#[derive(Clone, Copy)]
enum Scheme {
    Pytorch,
    Normal,
}

fn init(section: &mut Section, report: &mut Report) -> Init {
    const HINT: &str = "For example init = { scheme = \"normal\", std = 0.1 }.";
    let Some(entry) = section.get("init") else {
        return Init::Pytorch;
    };
    let Some(mut table) = entry.section() else {
        report.refuse(&entry, "a table with scheme", HINT);
        return Init::Pytorch;
    };
    let schemes = [("pytorch", Scheme::Pytorch), ("normal", Scheme::Normal)];
    if table.peek("scheme").is_none() {
        table.missing(report, "scheme", "“pytorch” or “normal”", HINT);
    }
    let init = match table.choice(report, "scheme", &schemes, Scheme::Normal) {
        Some(Scheme::Pytorch) => Init::Pytorch,
        Some(Scheme::Normal) => Init::Normal {
            std: table.number(report, "std", &ABOVE_ZERO_TO_1000, 0.1),
        },
        None => return Init::Pytorch,
    };
    table.finish(report);
    init
}

fn training(root: &mut Section, report: &mut Report) -> Training {
    const DIVERGED_ABOVE: Allowed = Allowed {
        accepts: |factor| factor > 1.0 && factor.is_finite(),
        expected: "a finite number above 1",
    };
    let mut section = root.section(report, "training");
    let precisions =
        [Precision::F64, Precision::F32].map(|precision| (precision.name(), precision));
    let training = Training {
        updates: section.whole(report, "updates", 1..=MAX_UPDATES, 600) as u64,
        batch_size: section.whole(report, "batch_size", 1..=4096, 32) as usize,
        precision: section
            .choice(report, "precision", &precisions, Precision::F64)
            .unwrap_or(Precision::F64),
        optimizer: optimizer(&mut section, report),
        clip: clip(&mut section, report).unwrap_or(Clip::Off),
        evaluate_every: section.whole(report, "evaluate_every", 1..=MAX_UPDATES, 10) as u64,
        diverged_above: section.number(report, "diverged_above", &DIVERGED_ABOVE, 1e6),
        changes: changes(&mut section, report),
    };
    section.finish(report);
    training
}

#[derive(Clone, Copy)]
enum Kind {
    Adam,
    Sgd,
}

fn optimizer(section: &mut Section, report: &mut Report) -> Optimizer {
    const EPSILON: Allowed = Allowed {
        accepts: |epsilon| epsilon > 0.0 && epsilon <= 1.0,
        expected: "a number above 0 and up to 1",
    };
    const RATE: f64 = 0.01;
    let default = Optimizer::Adam {
        learning_rate: RATE,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
    };
    let Some(entry) = section.get("optimizer") else {
        return default;
    };
    let Some(mut table) = entry.section() else {
        let hint = "For example optimizer = { kind = \"adam\", learning_rate = 1e-2 }.";
        report.refuse(&entry, "a table with kind and learning_rate", hint);
        return default;
    };
    let kinds = [("adam", Kind::Adam), ("sgd", Kind::Sgd)];
    let Some(kind) = table.choice(report, "kind", &kinds, Kind::Adam) else {
        // Which other keys it may have is unknown.
        return default;
    };
    let learning_rate = table.number(report, "learning_rate", &ABOVE_ZERO_TO_1000, RATE);
    let optimizer = match kind {
        Kind::Adam => {
            let [beta1, beta2] = betas(&mut table, report);
            Optimizer::Adam {
                learning_rate,
                beta1,
                beta2,
                epsilon: table.number(report, "eps", &EPSILON, 1e-8),
            }
        }
        Kind::Sgd => Optimizer::Sgd {
            learning_rate,
            momentum: table.number(report, "momentum", &SHARE_BELOW_ONE, 0.0),
        },
    };
    table.finish(report);
    optimizer
}

fn betas(section: &mut Section, report: &mut Report) -> [f64; 2] {
    const DEFAULT: [f64; 2] = [0.9, 0.999];
    let Some(entry) = section.get("betas") else {
        return DEFAULT;
    };
    let number = |value: &toml_edit::Value| {
        let whole = value.as_integer().map(|whole| whole as f64);
        value
            .as_float()
            .or(whole)
            .filter(|&b| (SHARE_BELOW_ONE.accepts)(b))
    };
    let betas: Option<Vec<f64>> = entry
        .item
        .as_array()
        .and_then(|array| array.iter().map(number).collect());
    match betas.as_deref() {
        Some(&[beta1, beta2]) => [beta1, beta2],
        _ => {
            report.refuse(
                &entry,
                "two numbers from 0 up to, but not including, 1",
                "The default is [0.9, 0.999].",
            );
            DEFAULT
        }
    }
}

fn clip(section: &mut Section, report: &mut Report) -> Option<Clip> {
    const EXPECTED: &str = "“off” or a table with norm";
    const HINT: &str = "For example clip = { norm = 1.0 }.";
    let entry = section.get("clip")?;
    if entry.item.as_str() == Some("off") {
        return Some(Clip::Off);
    }
    let Some(mut table) = entry.section() else {
        report.refuse(&entry, EXPECTED, HINT);
        return None;
    };
    let norm = table.optional_number(report, "norm", &ABOVE_ZERO, HINT);
    if table.peek("norm").is_none() {
        table.missing(report, "norm", ABOVE_ZERO.expected, HINT);
    }
    table.finish(report);
    norm.map(Clip::Norm)
}

fn changes(section: &mut Section, report: &mut Report) -> Vec<Change> {
    let Some(entry) = section.get("change") else {
        return Vec::new();
    };
    // Tables under their own headers, or inline ones in a list: to TOML they are the same.
    let tables: Option<Vec<(&dyn TableLike, Option<usize>)>> =
        if let Some(tables) = entry.item.as_array_of_tables() {
            let one = |table: &'_ toml_edit::Table| table.span().map(|span| span.start);
            Some(
                tables
                    .iter()
                    .map(|table| (table as &dyn TableLike, one(table)))
                    .collect(),
            )
        } else {
            entry.item.as_array().and_then(|array| {
                array
                    .iter()
                    .map(|value| {
                        let start = value.span().map(|span| span.start);
                        Some((value.as_inline_table()? as &dyn TableLike, start))
                    })
                    .collect()
            })
        };
    let Some(tables) = tables else {
        let hint = "Write a line [[training.change]] and update, learning_rate or clip below it.";
        report.refuse(&entry, "a list of tables", hint);
        return Vec::new();
    };
    let mut changes: Vec<Change> = Vec::new();
    for (index, (table, start)) in tables.into_iter().enumerate() {
        let path = format!("{}[{index}]", entry.path);
        let section = Section::item(table, path, start.unwrap_or(entry.offset));
        let before = changes.last().map(|change| change.update);
        changes.extend(change(section, before, report));
    }
    changes
}

fn change(mut section: Section, before: Option<u64>, report: &mut Report) -> Option<Change> {
    const UPDATES: std::ops::RangeInclusive<i64> = 0..=MAX_UPDATES;
    let hint = "It is how many updates are made before the change holds.";
    let mut update = None;
    match section.get("update") {
        None => section.missing(report, "update", &whole_from(&UPDATES), hint),
        Some(entry) => match entry
            .item
            .as_integer()
            .filter(|update| UPDATES.contains(update))
        {
            None => report.refuse(&entry, whole_from(&UPDATES), hint),
            Some(found) => {
                update = Some(found as u64);
                if let Some(before) = before
                    && found as u64 <= before
                {
                    let expected = format!("more than the {before} of the change before");
                    let hint = "Put the changes in order, and join those of the same update.";
                    report.refuse(&entry, expected, hint);
                }
            }
        },
    }
    let rate_hint = "For example learning_rate = 1e-3.";
    let learning_rate =
        section.optional_number(report, "learning_rate", &ABOVE_ZERO_TO_1000, rate_hint);
    let clip = clip(&mut section, report);
    if section.peek("learning_rate").is_none() && section.peek("clip").is_none() {
        report.add(
            section.offset,
            &section.path,
            "a change of nothing",
            "learning_rate, clip or both",
            "Say what changes, or delete the table.",
        );
    }
    section.finish(report);
    Some(Change {
        update: update?,
        learning_rate,
        clip,
    })
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
