//! What a network with attention says when the order of what it reads is changed, or it may not choose where to look: whether
//! it cares.
//!
//! Asked over the probe and the sequences after it of its part. Each is run as it is and altered, and both are held against the
//! same answers: those to the unaltered source. So a task whose answer follows from the order is to get worse; one whose answer
//! does not must not.

use super::Snapshot;
use super::pass::{Pass, likeliest};
use crate::data::{Span, Targets, survey};
use crate::nn::{AnyModel, Network, Stop};
use crate::random::Stream;
use ndarray::{Array2, s};

/// Sequences that are run at most.
pub const SEQUENCES: usize = 64;

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Alteration {
    /// The source is read from its end.
    Reversed,
    /// The steps of the source are shuffled.
    Shuffled,
    /// Every step is looked at evenly: all weights are the same.
    Even,
}

impl Alteration {
    /// All of them.
    pub const ALL: [Alteration; 3] = [Alteration::Reversed, Alteration::Shuffled, Alteration::Even];

    /// The name on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Alteration::Reversed => "source reversed",
            Alteration::Shuffled => "source shuffled",
            Alteration::Even => "looking evenly",
        }
    }
}

/// How good answers are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// The loss over all answers.
    pub loss: f64,
    /// How many classes are right; `None` for numbers.
    pub right: Option<usize>,
}

/// Answers as they are and as they become.
#[derive(Clone, Debug, PartialEq)]
pub struct Altered {
    /// What was changed.
    pub alteration: Alteration,
    /// Over how many sequences.
    pub sequences: usize,
    /// Over how many answers.
    pub answers: usize,
    /// How many of them become another class; `None` for numbers.
    pub changed: Option<usize>,
    /// As the network is run.
    pub before: Outcome,
    /// Altered.
    pub after: Outcome,
    /// The probe's own; `None` where symbols are neither read nor said.
    pub probe: Option<OfProbe>,
}

/// The probe's symbols.
#[derive(Clone, Debug, PartialEq)]
pub struct OfProbe {
    /// What it reads, altered.
    pub read: Vec<String>,
    /// What it is to say.
    pub wanted: Vec<String>,
    /// What it says.
    pub before: Vec<String>,
    /// What it says altered.
    pub after: Vec<String>,
}

impl Altered {
    /// `None` where there is no attention, no room beside the window, or it was asked to stop.
    pub fn of(snapshot: &Snapshot, alteration: Alteration, stop: &Stop) -> Option<Self> {
        if snapshot.probe.attention.is_empty() {
            return None;
        }
        let dataset = &snapshot.material.dataset;
        let spans = dataset.split(snapshot.probe.split);
        let spans: Vec<Span> = spans
            .iter()
            .skip(snapshot.probe.index)
            .take(SEQUENCES)
            .copied()
            .collect();
        let room = Pass::room(snapshot, &spans);
        let spans = &spans[..spans.len().min(room)];
        if spans.is_empty() {
            return None;
        }
        let mut as_it_is = Pass::over(snapshot, spans, stop);
        as_it_is.run(&snapshot.model)?;
        let mut altered = Pass::over(snapshot, spans, stop);
        let even;
        let model = match alteration {
            Alteration::Even => {
                even = looking_evenly(&snapshot.model);
                altered.look_evenly();
                &even
            }
            Alteration::Reversed | Alteration::Shuffled => {
                let mut stream = Stream::new(0, "alteration");
                for row in 0..spans.len() {
                    permute(&mut altered, row, alteration, &mut stream);
                }
                &snapshot.model
            }
        };
        altered.run(model)?;
        let (before, said_before) = outcome(&mut as_it_is, &snapshot.model, spans);
        let (after, said_after) = outcome(&mut altered, model, spans);
        let answers = (0..spans.len())
            .map(|row| as_it_is.outputs(row).nrows())
            .sum();
        let changed = said_before
            .as_ref()
            .zip(said_after.as_ref())
            .map(|(before, after)| {
                let both = before.iter().flatten().zip(after.iter().flatten());
                both.filter(|(before, after)| before != after).count()
            });
        let probe = said_before.zip(said_after).and_then(|(before, after)| {
            let Targets::Classes { names, .. } = &dataset.targets else {
                return None;
            };
            survey::symbols_read(dataset, spans[0])?;
            let named = |classes: &[usize], names: &[String]| -> Vec<String> {
                classes
                    .iter()
                    .filter_map(|&class| names.get(class).cloned())
                    .collect()
            };
            let x = altered.x_mut();
            let read: Vec<usize> = (0..spans[0].len)
                .filter_map(|t| x.slice(s![t, 0, ..]).iter().position(|&value| value == 1.0))
                .collect();
            Some(OfProbe {
                read: named(&read, &dataset.input_names),
                wanted: named(&as_it_is.wanted(0), names),
                before: named(before.first()?, names),
                after: named(after.first()?, names),
            })
        });
        Some(Self {
            alteration,
            sequences: spans.len(),
            answers,
            changed,
            before,
            after,
            probe,
        })
    }

    /// What changed, and what that says.
    pub fn in_words(&self) -> String {
        let what = match self.alteration {
            Alteration::Reversed => "With the source reversed",
            Alteration::Shuffled => "With the source shuffled",
            Alteration::Even => "Looking at all steps evenly",
        };
        let number = crate::words::number;
        let losses = format!(
            "loss {} → {}",
            number(self.before.loss),
            number(self.after.loss)
        );
        let (Some(changed), Some(before), Some(after)) =
            (self.changed, self.before.right, self.after.right)
        else {
            return format!("{what}: {losses}.");
        };
        let share =
            |count: usize| crate::words::percent_to(count as f64 / self.answers.max(1) as f64, 1);
        let verdict = match (changed, before.cmp(&after)) {
            (0, _) => "not one answer changes: it does not care",
            (_, std::cmp::Ordering::Greater) => "it cares",
            (_, std::cmp::Ordering::Equal) => "answers change, and as many are right",
            (_, std::cmp::Ordering::Less) => "it does better",
        };
        format!(
            "{what} {changed} of {} answers change, right {} → {}, {losses}: {verdict}.",
            self.answers,
            share(before),
            share(after)
        )
    }
}

/// The same weights with queries of 0: every score is 0 then, and all weights of a look are the same. Only self-attention has
/// queries of its own; a decoder's scores are told to count for nothing.
fn looking_evenly(model: &AnyModel<f64>) -> AnyModel<f64> {
    let mut even = model.clone();
    if let Network::SelfAttention(architecture) = model.network() {
        for entry in architecture.entries() {
            // Queries, keys and values stand one below the other: the first third.
            if entry.name.contains("in_proj") {
                let range = entry.range;
                let third = range.len() / 3;
                even.parameters_mut()[range.start..range.start + third].fill(0.0);
            }
        }
    }
    even
}

/// Puts the steps of a row's source in another order; its padding stays where it is.
fn permute(pass: &mut Pass<'_>, row: usize, alteration: Alteration, stream: &mut Stream) {
    let len = pass.own_lengths[row];
    let mut order: Vec<usize> = (0..len).collect();
    match alteration {
        Alteration::Reversed => order.reverse(),
        Alteration::Shuffled => stream.shuffle(&mut order),
        Alteration::Even => {}
    }
    let x = pass.x_mut();
    let was: Array2<f64> = x.slice(s![..len, row, ..]).to_owned();
    for (t, &from) in order.iter().enumerate() {
        x.slice_mut(s![t, row, ..]).assign(&was.row(from));
    }
}

/// How good a pass's answers are, and the classes that it says, sequence by sequence.
fn outcome(
    pass: &mut Pass<'_>,
    model: &AnyModel<f64>,
    spans: &[Span],
) -> (Outcome, Option<Vec<Vec<usize>>>) {
    let loss = pass.loss(model);
    if !pass.asks_classes() {
        return (Outcome { loss, right: None }, None);
    }
    let said = |row: usize| -> Vec<usize> {
        let outputs = pass.outputs(row);
        outputs.outer_iter().filter_map(likeliest).collect()
    };
    let said: Vec<Vec<usize>> = (0..spans.len()).map(said).collect();
    let right = said.iter().enumerate().map(|(row, said)| {
        let wanted = pass.wanted(row);
        said.iter()
            .zip(&wanted)
            .filter(|(said, wanted)| said == wanted)
            .count()
    });
    let right = Some(right.sum());
    (Outcome { loss, right }, Some(said))
}
