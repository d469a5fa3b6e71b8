//! What to change so that a run fits.
//!
//! A change is only advised if the sizes say that it is enough, with as much to spare as evaluation may take for itself: with
//! a smaller batch it may want room of its own.

use super::{EVALUATION_BYTES, FORECASTS_SHOWN, Share, Sizes, wide};
use crate::data::sequences::Asked;
use crate::data::{Dataset, Parameters, Span};
use crate::experiment::network::network;
use crate::experiment::{Data, Experiment, ModelKind, ModelSpec, Precision};
use crate::nn::attention::Attention;
use std::collections::BTreeMap;
use std::fmt;

/// At most so many ways out are named.
const NAMED: usize = 3;

/// Settings to change, all of them together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// Which, and to what.
    pub changes: Vec<Remedy>,
}

/// A setting and what it may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// Its path in the text.
    pub setting: &'static str,
    /// What it may be.
    pub to: To,
}

/// What a setting may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// This number or a smaller one.
    AtMost(u64),
    /// This word.
    Word(&'static str),
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, change) in self.changes.iter().enumerate() {
            let and = if index > 0 { " and " } else { "" };
            match change.to {
                To::AtMost(most) => write!(f, "{and}{} {most} or less", change.setting)?,
                To::Word(word) => write!(f, "{and}{} “{word}”", change.setting)?,
            }
        }
        Ok(())
    }
}

/// Something whose change makes a run smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lever {
    Batch,
    /// The length of the sequences, where a setting decides it.
    Steps,
    Heads,
    Units,
    Precision,
    /// The rows of a table.
    Rows,
}

impl Lever {
    /// All, in the order in which they are named: first what changes nothing about the problem.
    const ALL: [Lever; 6] = [
        Lever::Batch,
        Lever::Steps,
        Lever::Heads,
        Lever::Units,
        Lever::Precision,
        Lever::Rows,
    ];

    /// What to change first where most goes to `share`.
    fn of(share: Share) -> Self {
        match share {
            // The history of as many updates as there may be is less than a third of what a run may take.
            Share::Batch | Share::History => Lever::Batch,
            Share::Evaluation | Share::Probe | Share::Forecasts => Lever::Steps,
            Share::Parameters => Lever::Units,
            Share::Data => Lever::Rows,
        }
    }
}

/// The ways out, the first of them the most direct; empty if there is none.
pub(super) fn advice(experiment: &Experiment, dataset: &Dataset, sizes: &Sizes) -> Vec<Advice> {
    let way = Way {
        experiment,
        dataset,
    };
    let first = Lever::of(sizes.memory().largest());
    let levers = || {
        let others = Lever::ALL.into_iter().filter(move |&lever| lever != first);
        std::iter::once(first).chain(others)
    };
    let alone = levers().filter_map(|lever| {
        let changes = vec![way.change(lever, sizes)?];
        Some(Advice { changes })
    });
    let alone: Vec<Advice> = alone.take(NAMED).collect();
    if !alone.is_empty() {
        return alone;
    }
    // Two together: the smallest batch, and what then remains to be done.
    let Some(least) = way.with(Lever::Batch, 1, sizes) else {
        return Vec::new();
    };
    let batch = Remedy {
        setting: "training.batch_size",
        to: To::AtMost(1),
    };
    let both = levers().filter(|&lever| lever != Lever::Batch);
    let both = both.filter_map(|lever| {
        let changes = vec![batch.clone(), way.change(lever, &least)?];
        Some(Advice { changes })
    });
    both.take(NAMED).collect()
}

fn fits(sizes: &Sizes) -> bool {
    let room = u128::from(sizes.room);
    u128::from(sizes.memory().total()) + EVALUATION_BYTES.min(room / 8) <= room
}

/// To two digits, so that it can be remembered.
fn rounded_down(count: u64) -> u64 {
    let mut unit = 1;
    while count / unit >= 100 {
        unit *= 10;
    }
    count / unit * unit
}

struct Way<'a> {
    experiment: &'a Experiment,
    dataset: &'a Dataset,
}

impl Way<'_> {
    /// The least change by a lever that is enough alone.
    fn change(&self, lever: Lever, sizes: &Sizes) -> Option<Remedy> {
        let enough = |value| {
            self.with(lever, value, sizes)
                .is_some_and(|sizes| fits(&sizes))
        };
        if lever == Lever::Precision {
            let setting = "training.precision";
            let to = To::Word(Precision::F32.name());
            return enough(0).then_some(Remedy { setting, to });
        }
        let (setting, now) = self.setting(lever, sizes)?;
        // `least` is enough, `most` is not.
        let (mut least, mut most) = (1, now);
        if !enough(least) {
            return None;
        }
        while most - least > 1 {
            let middle = least + (most - least) / 2;
            if enough(middle) {
                least = middle;
            } else {
                most = middle;
            }
        }
        let rounded = self.allowed(lever, rounded_down(least))?;
        enough(rounded).then_some(Remedy {
            setting,
            to: To::AtMost(rounded),
        })
    }

    /// A lever's setting, and what it now is.
    fn setting(&self, lever: Lever, sizes: &Sizes) -> Option<(&'static str, u64)> {
        let Experiment { data, model, .. } = self.experiment;
        let (setting, now) = match lever {
            Lever::Batch => ("training.batch_size", sizes.batch),
            Lever::Steps => match data {
                Data::Task(_) | Data::Text(_) => ("data.length", sizes.lengths.source),
                Data::Csv(data) => match &data.sequences.asked {
                    Asked::Forecast { window, .. } => ("data.window", *window),
                    Asked::Classify { window, .. } if data.sequences.group.is_empty() => {
                        ("data.window", *window)
                    }
                    // Sequences are as long as the file has them.
                    Asked::Classify { .. } | Asked::Symbols { .. } => return None,
                },
            },
            Lever::Heads => match model.kind {
                ModelKind::SelfAttention { heads, .. } => ("model.heads", heads),
                ModelKind::Recurrent | ModelKind::EncoderDecoder { .. } => return None,
            },
            Lever::Units => ("model.hidden_size", model.hidden_size),
            Lever::Precision => return None,
            Lever::Rows => match data {
                Data::Csv(_) => ("data.first_rows", self.dataset.inputs.nrows()),
                Data::Text(_) | Data::Task(_) => return None,
            },
        };
        (now > 1).then_some((setting, now as u64))
    }

    /// The next smaller value that a setting can have.
    fn allowed(&self, lever: Lever, value: u64) -> Option<u64> {
        let model = &self.experiment.model;
        match (lever, model.kind) {
            (Lever::Units, ModelKind::SelfAttention { heads, .. }) => {
                let heads = heads as u64;
                Some(value / heads * heads).filter(|&units| units > 0)
            }
            (Lever::Heads, _) => {
                let units = model.hidden_size as u64;
                (1..=value).rev().find(|&heads| units.is_multiple_of(heads))
            }
            (Lever::Steps, _) => match &self.experiment.data {
                // Not every task can do with every length.
                Data::Task(task) => {
                    let mut given: BTreeMap<String, f64> = task
                        .parameters
                        .iter()
                        .map(|(name, value)| (name.to_owned(), value))
                        .collect();
                    given.insert("length".to_owned(), value as f64);
                    // Those that follow the length if they are not given.
                    given.remove("min_length");
                    Parameters::validated(task.task, &given).ok().map(|_| value)
                }
                Data::Csv(_) | Data::Text(_) => Some(value),
            },
            _ => Some(value),
        }
    }

    /// The sizes after a change, or larger ones; `None` where it cannot be.
    fn with(&self, lever: Lever, value: u64, sizes: &Sizes) -> Option<Sizes> {
        let mut sizes = sizes.clone();
        let count = value as usize;
        match lever {
            Lever::Batch => sizes.batch = count,
            Lever::Steps => {
                let before = sizes.lengths.source.max(1);
                sizes.lengths.source = count;
                let answer = wide(sizes.lengths.target) * wide(count);
                sizes.lengths.target = usize::try_from(answer.div_ceil(wide(before))).ok()?;
                if !matches!(self.experiment.data, Data::Task(_)) {
                    // Of the same rows come more sequences, at most one of each row, and larger batches if they were few.
                    let rows = self.dataset.inputs.nrows();
                    sizes.parts = [rows; 2];
                    sizes.batch = self.experiment.training.batch_size.min(rows);
                    sizes.data += wide(rows) * wide(size_of::<Span>());
                    let told = FORECASTS_SHOWN.saturating_mul(sizes.outputs(sizes.lengths));
                    sizes.forecasts = [told.min(rows); 2];
                    sizes.whole = sizes.whole.map(|count| count.max(rows));
                }
            }
            Lever::Heads | Lever::Units => {
                let model = self.model(lever, count)?;
                sizes.network = network(&model, self.dataset);
            }
            Lever::Precision if sizes.precision == Precision::F32 => return None,
            Lever::Precision => sizes.precision = Precision::F32,
            Lever::Rows => {
                let rows = wide(self.dataset.inputs.nrows().max(1));
                sizes.data = (sizes.data * wide(count)).div_ceil(rows);
            }
        }
        Some(sizes)
    }

    /// The model with other heads or other units.
    fn model(&self, lever: Lever, count: usize) -> Option<ModelSpec> {
        let mut model = self.experiment.model.clone();
        match (&mut model.kind, lever) {
            (ModelKind::SelfAttention { heads, .. }, Lever::Heads) => *heads = count,
            (ModelKind::SelfAttention { heads, .. }, _) => {
                model.hidden_size = (count / *heads * *heads).max(*heads);
            }
            // Whether the decoder's size was given or follows the encoder's cannot be told: its own may stay as it is, but
            // not where both must be equal.
            (ModelKind::EncoderDecoder { decoder }, _) if decoder.attention == Attention::Dot => {
                return None;
            }
            (ModelKind::EncoderDecoder { .. } | ModelKind::Recurrent, _) => {
                model.hidden_size = count;
            }
        }
        Some(model)
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;
    use crate::experiment::memory::MAX_RUN_BYTES;
    use crate::experiment::{Location, material};
    use std::ops::ControlFlow;

    /// A table that is too large by itself is to be read in part, and then fits.
    #[test]
    fn of_too_many_rows_the_first_are_advised() {
        let text = "format = 1\n[data]\ncsv = \"../data/sunspots.csv\"\ntarget = \"SUNACTIVITY\"\n";
        let experiment = Experiment::parse(text).unwrap();
        let go_on = |_| ControlFlow::Continue(());
        let material = material(&experiment, &Location::BuiltIn, &go_on).unwrap();
        let source = material.source.as_ref().unwrap();
        let of_table = |bytes| {
            check(
                &experiment,
                &material.dataset,
                source.outlook.as_ref(),
                bytes,
                MAX_RUN_BYTES,
            )
        };
        let (bytes, rows) = (5 << 30, wide(material.dataset.inputs.nrows()));
        let found = of_table(bytes).unwrap_err();
        assert_eq!(found.setting(), "data.first_rows", "{found}");
        let To::AtMost(first) = found.advice[0].changes[0].to else {
            panic!("{found}")
        };
        // 309 years of a table of 5 GiB.
        assert!((100..123).contains(&first), "{found}");
        assert!(of_table(bytes * u128::from(first) / rows).is_ok());
    }

    #[test]
    fn numbers_are_rounded_down_to_two_digits() {
        for (count, rounded) in [
            (0, 0),
            (7, 7),
            (99, 99),
            (100, 100),
            (617, 610),
            (16_999, 16_000),
        ] {
            assert_eq!(rounded_down(count), rounded);
        }
    }
}
