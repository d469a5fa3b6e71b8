//! What a setting is set to, and how it is written.

use toml_edit::{Array, InlineTable, Value};

use crate::nn::{Clip, Init, Optimizer, RateSchedule, Scheme, SetWeight};

/// What a setting is set to.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// A whole number.
    Whole(i64),
    /// A number, written as short as it can be: `0.01`, `1e-5`.
    Number(f64),
    /// A text or a name.
    Text(String),
    /// True or false.
    Truth(bool),
    /// A list of texts.
    Texts(Vec<String>),
    /// A list of numbers.
    Numbers(Vec<f64>),
    /// A list of anything.
    List(Vec<Setting>),
    /// A table on one line. In the place of a table it changes that one, and removes what is not named.
    Table(Vec<(String, Setting)>),
    /// Not there: its default holds.
    Remove,
}

impl Setting {
    /// A table of these settings.
    pub fn table<const N: usize>(settings: [(&str, Setting); N]) -> Self {
        let owned = settings.map(|(key, setting)| (key.to_owned(), setting));
        Setting::Table(owned.into())
    }

    /// The value in TOML; `None` for [`Setting::Remove`].
    pub(super) fn to_toml(&self) -> Option<Value> {
        Some(match self {
            Setting::Whole(whole) => Value::from(*whole),
            Setting::Number(number) => number_to_toml(*number),
            Setting::Text(text) => Value::from(text.as_str()),
            Setting::Truth(truth) => Value::from(*truth),
            Setting::Texts(texts) => Value::Array(texts.iter().map(String::as_str).collect()),
            Setting::Numbers(numbers) => {
                let numbers = numbers.iter().copied().map(number_to_toml);
                Value::Array(numbers.collect::<Array>())
            }
            Setting::List(settings) => {
                let items = settings.iter().filter_map(Setting::to_toml);
                Value::Array(items.collect::<Array>())
            }
            Setting::Table(settings) => {
                let mut table = InlineTable::new();
                for (key, setting) in settings {
                    if let Some(value) = setting.to_toml() {
                        table.insert(key, value);
                    }
                }
                Value::InlineTable(table)
            }
            Setting::Remove => return None,
        })
    }

    /// Whether `value` says the same, perhaps in another way: `1e-2` for 0.01.
    pub(super) fn is_written(&self, value: &Value) -> bool {
        match self {
            Setting::Whole(whole) => value.as_integer() == Some(*whole),
            Setting::Number(number) => is_number(value, *number),
            Setting::Text(text) => value.as_str() == Some(text),
            Setting::Truth(truth) => value.as_bool() == Some(*truth),
            Setting::Texts(texts) => value.as_array().is_some_and(|array| {
                let written = array.iter().map(Value::as_str);
                written.eq(texts.iter().map(|text| Some(text.as_str())))
            }),
            Setting::Numbers(numbers) => value.as_array().is_some_and(|array| {
                let mut pairs = array.iter().zip(numbers);
                array.len() == numbers.len()
                    && pairs.all(|(value, &number)| is_number(value, number))
            }),
            Setting::List(settings) => value.as_array().is_some_and(|array| {
                let mut pairs = array.iter().zip(settings);
                array.len() == settings.len()
                    && pairs.all(|(value, setting)| setting.is_written(value))
            }),
            Setting::Table(settings) => value.as_inline_table().is_some_and(|table| {
                let written = |(key, setting): &(String, Setting)| match table.get(key) {
                    Some(value) => setting.is_written(value),
                    None => *setting == Setting::Remove,
                };
                let named = |(key, _)| settings.iter().any(|(other, _)| key == other);
                settings.iter().all(written) && table.iter().all(named)
            }),
            Setting::Remove => false,
        }
    }
}

fn is_number(value: &Value, number: f64) -> bool {
    let whole = || value.as_integer().map(|whole| whole as f64);
    value.as_float().or_else(whole) == Some(number)
}

fn number_to_toml(number: f64) -> Value {
    // The text of any number but an infinity or NaN is TOML; those have names of their own, which `from` knows.
    shortest(number)
        .parse()
        .unwrap_or_else(|_| Value::from(number))
}

/// The number as a person would write it: with an exponent only where that is shorter and the zeros would need counting.
fn shortest(number: f64) -> String {
    let plain = format!("{number:?}");
    let exponential = format!("{number:e}");
    if (1e-4..1e6).contains(&number.abs()) || plain.len() <= exponential.len() {
        plain
    } else {
        exponential
    }
}

impl From<Clip> for Setting {
    fn from(clip: Clip) -> Self {
        match clip {
            Clip::Off => Setting::Text("off".to_owned()),
            Clip::Norm(norm) => Setting::table([("norm", Setting::Number(norm))]),
            Clip::Value(limit) => Setting::table([("value", Setting::Number(limit))]),
        }
    }
}

/// What has its default value is not written.
impl From<Optimizer> for Setting {
    fn from(optimizer: Optimizer) -> Self {
        let mut settings = vec![
            ("kind", Setting::Text(optimizer.name().to_owned())),
            ("learning_rate", Setting::Number(optimizer.learning_rate())),
        ];
        let mut number = |key, value, default| settings.push((key, unless(default, value)));
        match optimizer {
            Optimizer::Sgd {
                momentum,
                weight_decay,
                ..
            } => {
                number("momentum", momentum, 0.0);
                number("weight_decay", weight_decay, 0.0);
            }
            Optimizer::RmsProp {
                alpha,
                epsilon,
                momentum,
                ..
            } => {
                number("alpha", alpha, 0.99);
                number("eps", epsilon, 1e-8);
                number("momentum", momentum, 0.0);
            }
            Optimizer::Adam {
                beta1,
                beta2,
                epsilon,
                weight_decay,
                ..
            } => {
                number("eps", epsilon, 1e-8);
                number("weight_decay", weight_decay, 0.0);
                settings.insert(2, ("betas", betas(beta1, beta2)));
            }
            Optimizer::AdamW {
                beta1,
                beta2,
                epsilon,
                weight_decay,
                ..
            } => {
                number("eps", epsilon, 1e-8);
                number("weight_decay", weight_decay, 0.01);
                settings.insert(2, ("betas", betas(beta1, beta2)));
            }
        }
        table(settings)
    }
}

fn betas(beta1: f64, beta2: f64) -> Setting {
    if (beta1, beta2) == (0.9, 0.999) {
        Setting::Remove
    } else {
        Setting::Numbers(vec![beta1, beta2])
    }
}

/// What has its default value is not written; a cosine's length always is, as its default depends on the run's.
impl From<RateSchedule> for Setting {
    fn from(schedule: RateSchedule) -> Self {
        let mut settings = vec![("kind", Setting::Text(schedule.name().to_owned()))];
        match schedule {
            RateSchedule::Constant { .. } => {}
            RateSchedule::Step { every, factor, .. } => {
                settings.push(("every", Setting::from(every)));
                settings.push(("factor", unless(0.1, factor)));
            }
            RateSchedule::Cosine { updates, floor, .. } => {
                settings.push(("updates", Setting::from(updates)));
                settings.push(("floor", unless(0.0, floor)));
            }
        }
        settings.push(match schedule.warm_up() {
            0 => ("warm_up", Setting::Remove),
            updates => ("warm_up", Setting::from(updates)),
        });
        table(settings)
    }
}

impl From<&Init> for Setting {
    fn from(init: &Init) -> Self {
        let scheme = Setting::Text(init.scheme.name().to_owned());
        let mut settings = vec![("scheme", scheme)];
        match init.scheme {
            Scheme::Pytorch | Scheme::Keras => {}
            Scheme::Normal { std } => settings.push(("std", Setting::Number(std))),
            Scheme::Orthogonal { gain } | Scheme::Identity { gain } => {
                settings.push(("gain", Setting::Number(gain)));
            }
            Scheme::Chrono { t_max } => settings.push(("t_max", Setting::Number(t_max))),
        }
        let forget_bias = init.forget_bias.map_or(Setting::Remove, Setting::Number);
        settings.push(("forget_bias", forget_bias));
        settings.push(if init.set.is_empty() {
            ("set", Setting::Remove)
        } else {
            let weights = init.set.iter().map(Setting::from);
            ("set", Setting::List(weights.collect()))
        });
        table(settings)
    }
}

impl From<&SetWeight> for Setting {
    fn from(weight: &SetWeight) -> Self {
        set_number("parameter", weight)
    }
}

impl Setting {
    /// `probe.set`: what the run of the sequence under the lens is given; nothing where it is what the data say.
    pub fn given(set: &[SetWeight]) -> Setting {
        match set {
            [] => Setting::Remove,
            some => Setting::List(some.iter().map(|one| set_number("number", one)).collect()),
        }
    }
}

fn set_number(key: &str, set: &SetWeight) -> Setting {
    let index = set.index.iter().map(|&at| Setting::from(at as u64));
    Setting::table([
        (key, Setting::Text(set.parameter.clone())),
        ("index", Setting::List(index.collect())),
        ("value", Setting::Number(set.value)),
    ])
}

fn table(settings: Vec<(&str, Setting)>) -> Setting {
    let owned = settings.into_iter();
    Setting::Table(
        owned
            .map(|(key, setting)| (key.to_owned(), setting))
            .collect(),
    )
}

/// A whole number as it is: one that TOML has no number for stays a text, which is refused as what it is.
impl From<u64> for Setting {
    fn from(number: u64) -> Self {
        match i64::try_from(number) {
            Ok(whole) => Setting::Whole(whole),
            Err(_) => Setting::Text(number.to_string()),
        }
    }
}

fn unless(default: f64, number: f64) -> Setting {
    if number == default {
        Setting::Remove
    } else {
        Setting::Number(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_a_person_would() {
        for (number, written) in [
            (0.01, "0.01"),
            (1e-5, "1e-5"),
            (0.0005, "0.0005"),
            (0.1, "0.1"),
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (2500.0, "2500.0"),
            (1e6, "1e6"),
            (1.5e-7, "1.5e-7"),
            (1234567.5, "1234567.5"),
            (1e300, "1e300"),
            (f64::INFINITY, "inf"),
            (f64::NAN, "nan"),
        ] {
            let value = Setting::Number(number).to_toml().unwrap();
            assert_eq!(value.to_string(), written);
            assert!(value.is_float(), "{written}");
        }
    }

    proptest::proptest! {
        #[test]
        fn numbers_come_back_bit_for_bit(number: f64) {
            let written = number_to_toml(number).to_string();
            let read = written.parse::<Value>().unwrap().as_float().unwrap();
            proptest::prop_assert!(read.to_bits() == number.to_bits() || number.is_nan());
        }
    }
}
