//! The text → an [`Experiment`], or everything that is wrong with it.
//!
//! The text is TOML of at most 1 MiB. Every key there is, what it may be, and what it is if absent; other keys are refused.
//!
//! | key | may be | default |
//! | --- | --- | --- |
//! | `format` | 1, the version of this format | required |
//! | `seed` | a whole number from 0 to 2⁶³ − 1 | 0 |
//! | `[data]` | `csv`, `text_file` or `task`, and its keys | required |
//! | `data.csv` | the path of a file, relative to the experiment's own place; `rnnscope:data/sunspots.csv` and the like come with the program | |
//! | `data.target` | the name of the column to forecast, or a list of them | required with `csv`, unless there is `label` or `text` |
//! | `data.features` | a list of one or more column names | the targets; with `label` required |
//! | `data.label` | the name of a column of classes: to be told instead of a forecast | |
//! | `data.label_at` | `"end"`, `"every"`: when the label is asked | `"end"` if it is constant in every group, else `"every"` |
//! | `data.text` | the name of a column whose cells are sequences of characters; with `label` they are classified, else continued | |
//! | `data.group` | the name of a column that tells series apart, or a list of such columns | one series |
//! | `data.time` | the name of the column that tells the time, a list of columns that make one together (year, month, day, hour; date and time), `false` for none: rows are counted | one called date, time, ds, year or the like |
//! | `data.sort` | `true`, `false`: whether the rows of each series are sorted by time | `false`: dates that go back are refused |
//! | `data.rows_are_series` | `true`, `false`: whether each row is a series and each column a time (days, years); the table is turned round | `false` |
//! | `data.window` | rows in, from 1 to 10 000 | 20 |
//! | `data.horizon` | rows ahead of the first forecast row, from 1 to 10 000 | 1 |
//! | `data.steps` | rows forecast at once from there on, from 1 to 1000 | 1 |
//! | `data.missing` | `"refuse"`, `"carry_forward"`, `"interpolate"`, `"drop"` | `"refuse"` |
//! | `data.test_from` | the time of the first test target as a text or a whole number, or a share between 0 and 1 | 0.2 |
//! | `data.test_groups` | instead of `test_from`: a list of values of the group column | |
//! | `data.scale` | `"standard"`, `"none"`, `"min_max"`, `"log_standard"`, `"difference"` | `"standard"` |
//! | `data.sheet` | of a workbook: the name of a sheet | the first with numbers in several rows |
//! | `data.delimiter` | one ASCII character, no letter, digit, quotation mark or line end | found out |
//! | `data.header` | `true`, `false` | found out |
//! | `data.encoding` | the name of an encoding: `"utf-8"`, `"utf-16le"`, `"utf-16be"`, `"utf-32le"`, `"utf-32be"`, `"windows-1252"`, `"shift_jis"`, `"gbk"` and all others of the WHATWG's Encoding Standard, or another usual name of one | found out |
//! | `data.decimal` | `"."`, `","` | found out |
//! | `data.thousands` | `""` for none, `","`, `"."`, `" "`, `"'"` | found out |
//! | `data.comment` | `""` for none, `"#"`, `"%"`, `"//"` or another sign | found out |
//! | `data.quotes` | `"doubled"`: `"a ""b"""`, `"backslash"`: `"a \"b\""`, `"single"`: `'a "b"'`, `"none"`: `"` is a sign like others: how fields are quoted | found out |
//! | `data.first_line` | a whole number from 1: the line of the file on which the table begins, with its names or, where `names_line` is said, its first row | found out |
//! | `data.names_line` | a whole number from 1: the line that has the names | found out |
//! | `data.skip_lines` | a list of lines that are no part of the table | none |
//! | `data.missing_marks` | a list of what else stands for a missing value: texts, or for one column `{ column = "rain", mark = "-99.9" }`; numbers however they are written. An empty list says that there is nothing to ask | the usual marks alone |
//! | `data.strip_flags` | `true`, `false`: whether what stands beside numbers is left out, so that `20.0*` is 20 | `false` |
//! | `data.first_rows` | a whole number from 1: read no more rows than this | all |
//! | `data.sha256` | 64 hexadecimal digits: the hash of the file that the experiment was made with; with `first_rows`, of its lines up to the last of these rows | not compared |
//! | `data.text_file` | the path of a plain text, whose next character is to be told | |
//! | `data.length` | of a text: steps per sequence, from 1 to 10 000 | 40 |
//! | `data.task` | the name of a task, see [`tasks`] | |
//! | its parameters | as [`Task::parameters`](crate::data::Task::parameters) says | likewise |
//! | `[baseline]` | with `data.target`: what the network is held against | as below |
//! | `baseline.ar` | the autoregression's lags: `"bic"` or `"aic"`, which choose, a number p for lags 1 to p, a list of lags, `"off"` | `"bic"` |
//! | `baseline.largest` | the most lags that `"bic"` and `"aic"` try, from 1 to 100 | 20 |
//! | `baseline.method` | `"least_squares"`, `"yule_walker"`, `"yule_walker_adjusted"`, `"burg"`; lags with gaps want the first | `"least_squares"` |
//! | `baseline.season` | rows until a season comes back, from 2 to 100 000; 0 for none | 12 for months, 4 for quarters, 7 for days, 5 for weekdays, 52 for weeks, 24 for hours, else none |
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
//! | `model.weights` | `{ file = "net.safetensors", … }`: begins from weights of a file under PyTorch's names | drawn by `model.init` |
//! | `model.weights.file` | the path of a safetensors file | |
//! | `model.weights.prefix` | how the names begin that are meant, or a list of such, once for each layer from the bottom up | found out, if it can be only one |
//! | `model.weights.partial` | `true`, `false`: whether a part of the parameters is enough | `false` |
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
//! | `training.change.clip` | as above | unchanged |
//! | `training.change.set` | weights set by hand, as in `model.init.set`; a change has at least one of the three | none |
//! | `probe.split` | `"test"`, `"train"` | `"test"` |
//! | `probe.index` | a whole number from 0 to 4 294 967 295, less than the part has sequences | 0 |
//! | `probe.set` | numbers that the run of this sequence is given other than the data say: a list | none |
//! | `probe.set.number` | `"x"`; with recurrent layers `"h_0"`, and `"c_0"` where they have a cell state | required |
//! | `probe.set.index` | from 0: `[step, input]` of `x`, else `[scan, unit]`, the scan as PyTorch counts it: layer · directions + direction | required |
//! | `probe.set.value` | from −1 000 000 to 1 000 000 | required |
//!
//! Whole numbers will do wherever a number is expected. What can only be checked against the data themselves, such as
//! column names, [`material`](super::material()) checks.

mod data;
mod model;
mod section;
mod set;
mod training;

use super::{Errors, Experiment, Probe};
use crate::data::Split;
use crate::nn::SetWeight;
use data::{baseline, data};
use model::model;
use section::{Allowed, Report, Section};
use set::{GIVEN, set_numbers};
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
        let baseline = baseline(&mut root, &mut report, data.as_ref());
        let model = model(&mut root, &mut report);
        let training = training(&mut root, &mut report, model.as_ref());
        let (probe, probe_set) = probe(&mut root, &mut report);
        root.finish(&mut report);
        match (data, model) {
            (Some(data), Some(model)) if report.len() == 0 => Ok(Experiment {
                seed,
                data,
                baseline,
                model,
                training,
                probe,
                probe_set,
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

fn probe(root: &mut Section, report: &mut Report) -> (Probe, Vec<SetWeight>) {
    let mut section = root.section(report, "probe");
    let splits = [Split::Test, Split::Train].map(|split| (split.name(), split));
    let probe = Probe {
        split: section
            .choice(report, "split", &splits, Split::Test)
            .unwrap_or(Split::Test),
        index: section.whole(report, "index", 0..=i64::from(u32::MAX), 0) as usize,
    };
    let set = set_numbers(&mut section, &GIVEN, report);
    section.finish(report);
    (probe, set)
}

#[cfg(test)]
mod tests;
