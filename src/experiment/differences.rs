//! What experiments differ in, in words: settings under the names that they have in the text.
//!
//! What training has no part in, the sequence under the lens and the baselines, tells no run from another.

use super::{Data, DecoderSpec, Experiment, ModelKind, value_title};
use crate::data::Asked;
use crate::nn::{Clip, Optimizer, RateSchedule, Scheme};
use crate::words::exact;
use std::fmt;

/// A setting, and what it is in an experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its name in the text, without its table: `hidden_size`.
    pub setting: String,
    /// Its value in words: `16`, `norm 1`, `off`.
    pub value: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.setting, self.value)
    }
}

/// For each experiment the settings in which it differs from the first; for the first those in which any other differs from it.
/// Settings stand in the order of the text. One that an experiment does not have is not told of it.
///
/// ```
/// use rnnscope::experiment::{Experiment, differences};
///
/// let text = |cell, clip| format!("format = 1\n[data]\ntask = \"latch\"\n[model]\ncell = \"{cell}\"\n[training]\nclip = {clip}");
/// let [gru, lstm] = [text("gru", "\"off\""), text("lstm", "{ norm = 0.5 }")].map(|text| Experiment::parse(&text).unwrap());
/// let told = differences(&[&gru, &lstm]);
/// assert_eq!(told[0].iter().map(ToString::to_string).collect::<Vec<_>>(), ["cell gru", "clip off"]);
/// assert_eq!(told[1].iter().map(ToString::to_string).collect::<Vec<_>>(), ["cell lstm", "clip norm 0.5"]);
/// ```
pub fn differences(experiments: &[&Experiment]) -> Vec<Vec<Difference>> {
    let Some((&first, others)) = experiments.split_first() else {
        return Vec::new();
    };
    if others.iter().all(|&other| other == first) {
        return vec![Vec::new(); experiments.len()];
    }
    let first = settings(first);
    let others: Vec<Vec<Entry>> = others.iter().map(|other| settings(other)).collect();
    let of_first = first.iter().filter(|one| {
        let differs = |other: &Vec<Entry>| !other.contains(one);
        others.iter().any(differs)
    });
    let mut told = vec![of_first.map(|one| one.told.clone()).collect()];
    for other in others {
        let own = other.into_iter().filter(|one| !first.contains(one));
        told.push(own.map(|one| one.told).collect());
    }
    told
}

/// Settings as the window calls them: cells by their names, those of an encoder and its decoder in one, sizes with their units.
pub fn in_window_words(differences: &[&Difference]) -> Vec<String> {
    let value = |setting: &str| {
        let mut found = differences.iter().filter(|one| one.setting == setting);
        found.next().map(|one| one.value.as_str())
    };
    let cell = |name| value_title("model.cell", name);
    let ends = value("cell").zip(value("decoder.cell"));
    let mut told = Vec::new();
    for Difference { setting, value } in differences {
        told.push(match (setting.as_str(), ends) {
            ("cell", Some((encoder, decoder))) => {
                format!("{} → {}", cell(encoder), cell(decoder))
            }
            // It was told with the encoder's.
            ("decoder.cell", Some(_)) => continue,
            ("cell", None) => cell(value).to_owned(),
            ("decoder.cell", None) => format!("decoder {}", cell(value)),
            ("hidden_size", _) => format!("{value} units"),
            ("decoder.hidden_size", _) => format!("decoder {value} units"),
            ("num_layers", _) if value == "1" => "1 layer".to_owned(),
            ("num_layers", _) => format!("{value} layers"),
            // A weight is called as in files.
            (setting, _) if setting.contains('[') => format!("{setting} {value}"),
            (setting, _) => format!("{} {value}", setting.replace(['_', '.'], " ")),
        });
    }
    told
}

/// A setting as it is told, and what else tells it from others where words would be too long.
#[derive(PartialEq)]
struct Entry {
    told: Difference,
    exactly: String,
}

/// The settings of an experiment that training has a part in.
fn settings(experiment: &Experiment) -> Vec<Entry> {
    let mut all = Settings(Vec::new());
    let Experiment {
        seed,
        data,
        model,
        training,
        ..
    } = experiment;
    all.push("seed", seed);
    of_data(&mut all, data);
    match model.kind {
        ModelKind::SelfAttention {
            heads,
            causal,
            positions,
        } => {
            all.push("kind", model.kind.name());
            all.push("heads", heads);
            all.push("causal", yes_or_no(causal));
            all.push("positions", yes_or_no(positions));
        }
        ModelKind::Recurrent | ModelKind::EncoderDecoder { .. } => {
            all.push("kind", model.kind.name());
            all.push("cell", model.cell.name());
            all.push("bidirectional", yes_or_no(model.bidirectional));
        }
    }
    all.push("hidden_size", model.hidden_size);
    all.push("num_layers", model.num_layers);
    if let ModelKind::EncoderDecoder {
        decoder:
            DecoderSpec {
                cell,
                hidden_size,
                attention,
            },
    } = model.kind
    {
        all.push("decoder.cell", cell.name());
        all.push("decoder.hidden_size", hidden_size);
        all.push("decoder.attention", attention.name());
        all.number("teacher_forcing", training.teacher_forcing);
    }
    all.number("dropout", model.dropout);
    all.push("readout", model.readout.name());
    all.push("masking", yes_or_no(model.masking));
    if let Some(weights) = &model.weights {
        let prefixes = &weights.wish.prefixes;
        let of = prefixes.iter().map(|prefix| format!(" {prefix}"));
        all.push("weights", weights.path.clone() + &of.collect::<String>());
    }
    let init = &model.init;
    let scheme = match init.scheme {
        Scheme::Pytorch | Scheme::Keras => init.scheme.name().to_owned(),
        Scheme::Normal { std: of }
        | Scheme::Orthogonal { gain: of }
        | Scheme::Identity { gain: of } => {
            format!("{} {}", init.scheme.name(), exact(of))
        }
        Scheme::Chrono { t_max } => format!("{} {}", init.scheme.name(), exact(t_max)),
    };
    all.push("init", scheme);
    if let Some(bias) = init.forget_bias {
        all.number("forget_bias", bias);
    }
    for set in &init.set {
        all.number(&format!("{}{:?}", set.parameter, set.index), set.value);
    }
    all.push("updates", training.updates);
    all.push("batch_size", training.batch_size);
    all.push("precision", training.precision.name());
    of_optimizer(&mut all, training.optimizer);
    match training.schedule {
        RateSchedule::Constant { .. } => all.push("schedule", training.schedule.name()),
        RateSchedule::Step { every, factor, .. } => {
            all.push("schedule", format!("step {} every {every}", exact(factor)));
        }
        RateSchedule::Cosine { updates, floor, .. } => {
            all.push(
                "schedule",
                format!("cosine over {updates} down to {}", exact(floor)),
            );
        }
    }
    all.push("warm_up", training.schedule.warm_up());
    all.push("clip", clip(training.clip));
    all.push(
        "truncate",
        training
            .truncate
            .map_or("off".into(), |steps| steps.to_string()),
    );
    all.push("evaluate_every", training.evaluate_every);
    all.number("diverged_above", training.diverged_above);
    for change in &training.changes {
        let after = |setting: &str| format!("after update {} {setting}", change.update);
        if let Some(rate) = change.learning_rate {
            all.number(&after("learning_rate"), rate);
        }
        if let Some(limit) = change.clip {
            all.push(&after("clip"), clip(limit));
        }
        for set in &change.set {
            all.number(
                &after(&format!("{}{:?}", set.parameter, set.index)),
                set.value,
            );
        }
    }
    all.0
}

fn of_data(all: &mut Settings, data: &Data) {
    match data {
        Data::Task(data) => {
            all.push("task", data.task.name());
            for (name, value) in data.parameters.iter() {
                all.number(name, value);
            }
        }
        Data::Text(data) => {
            all.push("text_file", &data.path);
            all.push("length", data.spec.length);
            all.number("test", data.spec.test);
        }
        Data::Csv(data) => {
            all.push("csv", &data.path);
            all.push("rows_are_series", data.rows_are_series);
            let spec = &data.sequences;
            match &spec.asked {
                Asked::Forecast {
                    features,
                    targets,
                    window,
                    horizon,
                    steps,
                } => {
                    all.push("features", features.join(", "));
                    all.push("target", targets.join(", "));
                    all.push("window", window);
                    all.push("horizon", horizon);
                    all.push("steps", steps);
                }
                Asked::Classify {
                    features,
                    label,
                    label_at,
                    window,
                } => {
                    all.push("features", features.join(", "));
                    all.push("label", label);
                    all.otherwise("label_at", label_at);
                    all.push("window", window);
                }
                Asked::Symbols { text, label } => {
                    all.push("text", text);
                    all.push("label", label.as_deref().unwrap_or("none"));
                }
            }
            all.push(
                "group",
                match &spec.group[..] {
                    [] => "none".to_owned(),
                    names => names.join(", "),
                },
            );
            all.push("sort", spec.sort);
            all.otherwise("time", &spec.time);
            all.otherwise("missing", &spec.missing);
            all.otherwise("scale", &spec.scale);
            all.otherwise("test_from", &spec.test);
        }
    }
}

fn of_optimizer(all: &mut Settings, optimizer: Optimizer) {
    all.push("optimizer", optimizer.name());
    all.number("learning_rate", optimizer.learning_rate());
    match optimizer {
        Optimizer::Sgd {
            momentum,
            weight_decay,
            ..
        } => {
            all.number("momentum", momentum);
            all.number("weight_decay", weight_decay);
        }
        Optimizer::RmsProp {
            alpha,
            epsilon,
            momentum,
            ..
        } => {
            all.number("alpha", alpha);
            all.number("eps", epsilon);
            all.number("momentum", momentum);
        }
        Optimizer::Adam {
            beta1,
            beta2,
            epsilon,
            weight_decay,
            ..
        }
        | Optimizer::AdamW {
            beta1,
            beta2,
            epsilon,
            weight_decay,
            ..
        } => {
            all.push("betas", format!("{}, {}", exact(beta1), exact(beta2)));
            all.number("eps", epsilon);
            all.number("weight_decay", weight_decay);
        }
    }
}

fn clip(clip: Clip) -> String {
    match clip {
        Clip::Off => "off".into(),
        Clip::Norm(norm) => format!("norm {}", exact(norm)),
        Clip::Value(limit) => format!("value {}", exact(limit)),
    }
}

fn yes_or_no(truth: bool) -> &'static str {
    if truth { "yes" } else { "no" }
}

struct Settings(Vec<Entry>);

impl Settings {
    fn push(&mut self, setting: &str, value: impl ToString) {
        self.add(setting, value.to_string(), String::new());
    }

    /// One that takes more than a word to tell.
    fn otherwise(&mut self, setting: &str, value: &impl fmt::Debug) {
        self.add(setting, "of its own".into(), format!("{value:?}"));
    }

    fn add(&mut self, setting: &str, value: String, exactly: String) {
        let setting = setting.to_owned();
        let told = Difference { setting, value };
        self.0.push(Entry { told, exactly });
    }

    fn number(&mut self, setting: &str, value: f64) {
        self.push(setting, exact(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Document, Setting};

    fn told(changes: &[(&str, Setting)]) -> Vec<Vec<String>> {
        let text = "format = 1\n[data]\ntask = \"adding\"\ntrain_sequences = 40\n[model]\ncell = \"lstm\"\n";
        let (document, first) = Document::parse(text).unwrap();
        let mut all = vec![first];
        for (path, value) in changes {
            all.push(document.clone().set(path, value.clone()).unwrap());
        }
        let all: Vec<&Experiment> = all.iter().collect();
        let words = |one: &Vec<Difference>| one.iter().map(ToString::to_string).collect();
        differences(&all).iter().map(words).collect()
    }

    #[test]
    fn equal_experiments_differ_in_nothing() {
        assert_eq!(told(&[]), [Vec::<String>::new()]);
        assert!(differences(&[]).is_empty());
        let probe = ("probe.index", Setting::Whole(3));
        assert_eq!(told(&[probe]), [Vec::<String>::new(), Vec::new()]);
    }

    #[test]
    fn each_tells_what_is_otherwise_than_in_the_first() {
        let told = told(&[
            ("model.hidden_size", Setting::Whole(19)),
            ("training.clip", Clip::Value(0.1).into()),
            ("data.train_sequences", Setting::Whole(30)),
            ("training.truncate", Setting::Whole(5)),
            ("seed", Setting::Whole(4)),
        ]);
        let of_first = [
            "seed 0",
            "train_sequences 40",
            "hidden_size 16",
            "clip off",
            "truncate off",
        ];
        assert_eq!(told[0], of_first);
        let others = [
            "hidden_size 19",
            "clip value 0.1",
            "train_sequences 30",
            "truncate 5",
            "seed 4",
        ];
        for (told, wanted) in told[1..].iter().zip(others) {
            assert_eq!(told, &[wanted]);
        }
    }

    /// Two experiments that train otherwise differ in words too.
    #[test]
    fn every_two_of_the_gallery_differ_in_something() {
        let all = crate::experiment::gallery::EXPERIMENTS.iter();
        let all: Vec<Experiment> = all
            .map(|entry| Experiment::parse(entry.text).unwrap())
            .collect();
        for (at, one) in all.iter().enumerate() {
            for other in &all[at + 1..] {
                let told = differences(&[one, other]);
                assert!(!told[0].is_empty() && !told[1].is_empty());
            }
        }
    }
}
