//! A new experiment for a file that was just opened.

use toml_edit::Value;

use super::Document;
use crate::data::csv::{CsvOptions, Mark};
use crate::data::sequences::{Roles, TextSpec};
use crate::data::{Asked, LabelAt, Missing, Scale, SequenceSpec, Table, TestFrom, TimeFrom};

impl Document {
    /// The text of a sensible first experiment on the file at `path`, which was read as `table` with `options`: what is
    /// guessed from names and cells.
    pub fn for_csv(path: &str, options: &CsvOptions, table: &Table) -> String {
        Self::for_sequences(path, options, &Roles::guess(table).spec(table))
    }

    /// The text of a first experiment on the file at `path`, read with `options`, with these sequences.
    pub fn for_sequences(path: &str, options: &CsvOptions, spec: &SequenceSpec) -> String {
        Self::for_rows(path, options, false, spec)
    }

    /// [`Document::for_sequences`] of a table whose rows may be series, and is then turned round.
    pub fn for_rows(
        path: &str,
        options: &CsvOptions,
        rows_are_series: bool,
        spec: &SequenceSpec,
    ) -> String {
        let mut data = Lines::new(path, "csv");
        data.options(options);
        if rows_are_series {
            data.put(
                "rows_are_series",
                "true".to_owned(),
                "columns are times: the table is turned round",
            );
        }
        match &spec.time {
            TimeFrom::Usual => {}
            TimeFrom::Rows => data.put("time", "false".to_owned(), "rows are counted"),
            TimeFrom::Column(name) => data.name("time", name),
            TimeFrom::Parts(names) => data.put("time", list(names), "put together from these"),
        }
        if spec.sort {
            data.put("sort", "true".to_owned(), "each series by its time");
        }
        match &spec.group[..] {
            [] => {}
            [name] => data.name("group", name),
            names => data.put(
                "group",
                list(names),
                "their values together tell series apart",
            ),
        }
        match &spec.asked {
            Asked::Forecast {
                features,
                targets,
                window,
                horizon,
                steps,
            } => {
                data.put(
                    "features",
                    list(features),
                    "what the network reads at each step; more columns may help",
                );
                let target = match &targets[..] {
                    [target] => written(target),
                    targets => list(targets),
                };
                data.put("target", target, "what it forecasts");
                data.put("window", window.to_string(), "rows in");
                data.put("horizon", horizon.to_string(), "rows ahead");
                if *steps > 1 {
                    data.put("steps", steps.to_string(), "rows forecast at once");
                }
            }
            Asked::Classify {
                features,
                label,
                label_at,
                window,
            } => {
                data.put(
                    "features",
                    list(features),
                    "what the network reads at each step",
                );
                data.put("label", written(label), "the class that it tells");
                if let Some(at) = label_at {
                    data.put("label_at", written(at.name()), "when it is asked");
                }
                if spec.group.is_empty() {
                    data.put("window", window.to_string(), "rows in");
                }
            }
            Asked::Symbols { text, label } => {
                data.put(
                    "text",
                    written(text),
                    "each cell is a sequence of characters",
                );
                if let Some(label) = label {
                    data.put("label", written(label), "the class that it tells");
                }
            }
        }
        if spec.missing != Missing::default() {
            data.put(
                "missing",
                written(spec.missing.name()),
                spec.missing.phrase(),
            );
        }
        match &spec.test {
            TestFrom::Fraction(share) if *share == 0.2 => data.put(
                "test_from",
                share.to_string(),
                "the last fifth is kept for testing; a time in quotation marks will do too",
            ),
            TestFrom::Fraction(share) => {
                data.put(
                    "test_from",
                    format!("{share:?}"),
                    "the share kept for testing",
                );
            }
            TestFrom::Label(label) => {
                data.put(
                    "test_from",
                    written(label),
                    "the first time kept for testing",
                );
            }
            TestFrom::Groups(groups) => {
                data.put("test_groups", list(groups), "kept for testing");
            }
        }
        if !matches!(spec.asked, Asked::Symbols { .. }) {
            let comment = match spec.scale {
                Scale::None => "numbers stay as they are",
                Scale::Standard => "to mean 0 and deviation 1, measured on the training part",
                _ => spec.scale.phrase(),
            };
            data.put("scale", written(spec.scale.name()), comment);
        }
        data.text(asks_every_step(&spec.asked))
    }

    /// The text of a first experiment on the plain text at `path`, whose next character is to be told.
    pub fn for_text(path: &str, spec: &TextSpec) -> String {
        let mut data = Lines::new(path, "text_file");
        data.put("length", spec.length.to_string(), "steps per sequence");
        data.put(
            "test_from",
            format!("{:?}", spec.test),
            "the share of the text, from its end, that is kept for testing",
        );
        data.text(true)
    }
}

/// Whether an output is wanted at every step: a tag at each of them, the next character.
pub(super) fn asks_every_step(asked: &Asked) -> bool {
    match asked {
        Asked::Classify { label_at, .. } => *label_at == Some(LabelAt::Every),
        Asked::Symbols { label, .. } => label.is_none(),
        Asked::Forecast { .. } => false,
    }
}

/// The lines of `[data]`.
struct Lines(String);

impl Lines {
    fn new(path: &str, key: &str) -> Self {
        Self(format!(
            "format = 1\nseed = 1\n\n[data]\n{key} = {}\n",
            written(path)
        ))
    }

    fn put(&mut self, key: &str, value: String, comment: &str) {
        self.0 += &format!("{key} = {value} # {comment}\n");
    }

    fn name(&mut self, key: &str, name: &str) {
        self.0 += &format!("{key} = {}\n", written(name));
    }

    /// What was said about how the file is to be read.
    fn options(&mut self, options: &CsvOptions) {
        let text = |sign: &str| written(sign);
        let said = [
            ("sheet", options.sheet.as_deref().map(written)),
            (
                "delimiter",
                options
                    .delimiter
                    .map(|byte| text(&char::from(byte).to_string())),
            ),
            ("header", options.header.map(|header| header.to_string())),
            ("encoding", options.encoding.map(|it| text(&it.key()))),
            ("decimal", options.decimal.map(|it| text(it.sign()))),
            ("thousands", options.thousands.map(|it| text(it.sign()))),
            ("comment", options.comment.map(|it| text(&it.sign()))),
            ("quotes", options.quotes.map(|it| text(it.key()))),
            (
                "first_line",
                options.first_line.map(|line| line.to_string()),
            ),
            (
                "names_line",
                options.names_line.map(|line| line.to_string()),
            ),
            (
                "skip_lines",
                Some(&options.skip_lines)
                    .filter(|lines| !lines.is_empty())
                    .map(|lines| format!("{lines:?}")),
            ),
            ("missing_marks", options.missing_marks.as_deref().map(marks)),
            (
                "strip_flags",
                options.strip_flags.then(|| "true".to_owned()),
            ),
            (
                "first_rows",
                options.first_rows.map(|rows| rows.to_string()),
            ),
        ];
        for (key, value) in said {
            if let Some(value) = value {
                self.0 += &format!("{key} = {value}\n");
            }
        }
    }

    /// The whole text, with an output at `every` step or after the last.
    fn text(self, every: bool) -> String {
        let (readout, comment) = if every {
            ("every", "an answer at every step")
        } else {
            ("last", "one answer, after the last step")
        };
        format!(
            "\
{data}
[model]
cell = \"lstm\" # or \"rnn\", \"rnn_relu\", \"gru\"
hidden_size = 16
num_layers = 1
readout = \"{readout}\" # {comment}

[training]
updates = 600
batch_size = 32
optimizer = {{ kind = \"adam\", learning_rate = 0.01 }}
clip = {{ norm = 1.0 }}

[probe]
split = \"test\"
index = 0
",
            data = self.0,
        )
    }
}

/// The text as a TOML value.
fn written(text: &str) -> String {
    Value::from(text).to_string()
}

/// What stands for missing values, in all columns or in one.
fn marks(marks: &[Mark]) -> String {
    let mark = |mark: &Mark| match &mark.column {
        None => written(&mark.text),
        Some(column) => format!(
            "{{ column = {}, mark = {} }}",
            written(column),
            written(&mark.text)
        ),
    };
    let marks: Vec<String> = marks.iter().map(mark).collect();
    format!("[{}]", marks.join(", "))
}

fn list(texts: &[String]) -> String {
    let written: Vec<String> = texts.iter().map(|text| written(text)).collect();
    format!("[{}]", written.join(", "))
}
