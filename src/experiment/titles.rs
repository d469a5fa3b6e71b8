//! What the window calls settings and their values: the set-up panel, and lessons that tell what to set there.

use super::Setting;
use crate::nn::{Cell, Scheme};
use crate::words;
use std::borrow::Cow;

/// A setting whose name on the screen is not that in the text.
struct Entry {
    path: &'static str,
    title: &'static str,
    /// Its values in the text, and what they are called; none where these are the same.
    values: &'static [(&'static str, &'static str)],
}

const fn called(path: &'static str, title: &'static str) -> Entry {
    Entry {
        path,
        title,
        values: &[],
    }
}

const fn choice(
    path: &'static str,
    title: &'static str,
    values: &'static [(&'static str, &'static str)],
) -> Entry {
    Entry {
        path,
        title,
        values,
    }
}

const TABLE: &[Entry] = &[
    called("data.label_at", "Asked"),
    called("data.csv", "File"),
    called("data.text_file", "File"),
    called("data.target", "Forecast"),
    called("model.num_layers", "Layers"),
    choice(
        "model.bidirectional",
        "Directions",
        &[("false", "forward"), ("true", "both")],
    ),
    called("model.decoder.cell", "Decoder cell"),
    called("model.decoder.hidden_size", "Decoder size"),
    choice(
        "model.decoder.attention",
        "Attention",
        &[("dot", "dot product")],
    ),
    choice(
        "model.causal",
        "Steps see",
        &[("true", "the past"), ("false", "all")],
    ),
    choice(
        "model.positions",
        "Positions",
        &[("true", "added"), ("false", "none")],
    ),
    choice(
        "model.readout",
        "Readout",
        &[
            ("last", "last step"),
            ("final", "final states"),
            ("every", "every step"),
        ],
    ),
    choice(
        "model.masking",
        "Padding",
        &[("true", "skipped"), ("false", "read")],
    ),
    called("model.init.std", "Spread"),
    called("model.init.t_max", "Longest span"),
    called("model.weights.file", "Weights from"),
    called("training.optimizer", "Optimizer"),
    called("training.optimizer.kind", "Optimizer"),
    called("training.clip", "Clipping"),
    called("training.clip.norm", "Max norm"),
    called("training.clip.value", "Max value"),
    called("training.truncate", "Truncate at"),
    called("training.evaluate_every", "Test every"),
];

fn entry(path: &str) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.path == path)
}

/// What a setting is called on the screen: `Hidden size` for `model.hidden_size`.
///
/// ```
/// use rnnscope::experiment::title_of;
///
/// assert_eq!(title_of("model.num_layers"), "Layers");
/// assert_eq!(title_of("training.optimizer.learning_rate"), "Learning rate");
/// ```
pub fn title_of(path: &str) -> Cow<'static, str> {
    if let Some(entry) = entry(path) {
        return Cow::Borrowed(entry.title);
    }
    let name = path.rsplit('.').next().unwrap_or(path);
    let mut words = name.replace('_', " ");
    if let Some(first) = words.get(..1).map(str::to_uppercase) {
        words.replace_range(..1, &first);
    }
    Cow::Owned(words)
}

/// What a value that is written so is called there.
pub fn value_title<'a>(path: &str, written: &'a str) -> &'a str {
    let known = entry(path).and_then(|entry| {
        let mut values = entry.values.iter();
        values.find(|(value, _)| *value == written)
    });
    if let Some((_, title)) = known {
        return title;
    }
    match path {
        "model.cell" | "model.decoder.cell" => {
            let mut cells = Cell::ALL.into_iter();
            cells.find(|cell| cell.name() == written).map(Cell::title)
        }
        "model.init.scheme" => {
            let mut schemes = Scheme::ALL.into_iter();
            schemes
                .find(|scheme| scheme.name() == written)
                .map(Scheme::title)
        }
        _ => None,
    }
    .unwrap_or(written)
}

/// A setting's value in the window's words.
pub fn told_value(path: &str, value: &Setting) -> String {
    match value {
        Setting::Whole(whole) => whole.to_string(),
        Setting::Number(number) => words::exact(*number),
        Setting::Text(text) => value_title(path, text).to_owned(),
        Setting::Truth(truth) => {
            let written = truth.to_string();
            value_title(path, &written).to_owned()
        }
        Setting::Texts(texts) => texts.join(", "),
        Setting::Numbers(numbers) => {
            let numbers: Vec<String> = numbers.iter().map(|number| words::exact(*number)).collect();
            numbers.join(", ")
        }
        Setting::List(parts) => {
            let parts: Vec<String> = parts.iter().map(|part| told_value(path, part)).collect();
            parts.join(", ")
        }
        Setting::Table(parts) => {
            let parts = parts.iter().map(|(name, part)| {
                let path = format!("{path}.{name}");
                format!("{} {}", title_of(&path), told_value(&path, part))
            });
            parts.collect::<Vec<_>>().join(", ")
        }
        Setting::Remove => "nothing".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_stands_once_and_under_a_name_that_is_not_the_one_it_would_have_anyway() {
        for (at, entry) in TABLE.iter().enumerate() {
            assert!(TABLE[..at].iter().all(|other| other.path != entry.path));
            assert!(!entry.title.is_empty());
            for (value, title) in entry.values {
                assert_ne!(value, title);
                assert_eq!(value_title(entry.path, value), *title);
            }
        }
    }

    #[test]
    fn values_are_called_as_the_window_calls_them() {
        let text = |text: &str| Setting::Text(text.into());
        for (path, value, told) in [
            ("model.cell", text("gru"), "GRU"),
            ("model.init.scheme", text("chrono"), "chrono"),
            ("model.readout", text("every"), "every step"),
            ("model.decoder.attention", text("additive"), "additive"),
            ("model.bidirectional", Setting::Truth(true), "both"),
            ("data.scale", text("standard"), "standard"),
            ("data.length", Setting::Whole(50), "50"),
            (
                "training.clip",
                Setting::table([("norm", Setting::Number(0.5))]),
                "Max norm 0.5",
            ),
        ] {
            assert_eq!(told_value(path, &value), told, "{path}");
        }
    }
}
