//! A new experiment for a file that was just opened.

use toml_edit::Value;

use super::Document;
use crate::data::windows::USUAL_TIMES;
use crate::data::{Column, Table};

impl Document {
    /// The text of a sensible first experiment on `table`, which was read from the file at `path`.
    ///
    /// The target is the last column of numbers that does not tell the time, and forecast from its own past.
    pub fn for_csv(path: &str, table: &Table) -> String {
        let time = time(table);
        let other = |column: &&Column| time.is_none_or(|time| time.name != column.name);
        let numeric = |column: &&Column| column.numbers().is_some();
        // Without any column of numbers the last one is named all the same: its bad cells are then shown.
        let columns = table.columns();
        let target = columns.iter().filter(numeric).rfind(other);
        let target = target.or(columns.last()).map_or("", |column| &column.name);
        let target = written(target);
        let time = match time {
            Some(time) => format!("time = {}\n", written(&time.name)),
            None => String::new(),
        };
        format!(
            "\
format = 1
seed = 1

[data]
csv = {path}
features = [{target}] # what the network reads at each step; more columns may help
target = {target} # what it forecasts
{time}window = {window} # rows in
horizon = 1 # rows ahead
test_from = 0.2 # the last fifth is kept for testing; a time in quotation marks will do too
scale = \"standard\" # to mean 0 and deviation 1, measured on the training part

[model]
cell = \"lstm\" # or \"rnn\", \"rnn_relu\", \"gru\"
hidden_size = 16
num_layers = 1
readout = \"last\" # one forecast per window, after its last row

[training]
updates = 600
batch_size = 32
optimizer = {{ kind = \"adam\", learning_rate = 0.01 }}
clip = {{ norm = 1.0 }}

[probe]
split = \"test\"
index = 0
",
            path = written(path),
            window = window(table.rows()),
        )
    }
}

/// The text as a TOML value.
fn written(text: &str) -> String {
    Value::from(text).to_string()
}

/// The column that tells the time: one with a usual name, or a first column that looks like it.
fn time(table: &Table) -> Option<&Column> {
    let columns = table.columns();
    let named = USUAL_TIMES.into_iter().find_map(|usual| {
        columns
            .iter()
            .find(|column| column.name.trim().eq_ignore_ascii_case(usual))
    });
    let first = columns.first().filter(|first| match first.numbers() {
        None => true,
        Some(numbers) => numbers.windows(2).all(|pair| pair[0] < pair[1]),
    });
    // Something must be left to forecast.
    let leaves_a_target = |time: &&Column| {
        columns
            .iter()
            .any(|column| column.numbers().is_some() && column.name != time.name)
    };
    named.or(first).filter(leaves_a_target)
}

/// Rows in: 20, or a quarter of the training part where that is less, so that there are windows enough to learn from.
fn window(rows: usize) -> usize {
    let training = rows - (0.2 * rows as f64).round() as usize;
    (training / 4).clamp(1, 20)
}
