//! `[training]`.

use super::section::{Allowed, Report, Section, whole_from};
use super::set::{WEIGHTS, set_numbers};
use super::{ABOVE_ZERO, ABOVE_ZERO_TO_1000, MAX_UPDATES, SHARE, SHARE_BELOW_ONE};
use crate::experiment::{Change, ModelKind, ModelSpec, Precision, Training};
use crate::nn::{Clip, Optimizer, RateSchedule};

/// Reads the training of `model`, which is `None` if what it is is unknown.
pub(super) fn training(
    root: &mut Section,
    report: &mut Report,
    model: Option<&ModelSpec>,
) -> Training {
    const DIVERGED_ABOVE: Allowed = Allowed {
        accepts: |factor| factor > 1.0 && factor.is_finite(),
        expected: "a finite number above 1",
    };
    let mut section = root.section(report, "training");
    let precisions =
        [Precision::F64, Precision::F32].map(|precision| (precision.name(), precision));
    let updates = section.whole(report, "updates", 1..=MAX_UPDATES, 600) as u64;
    let training = Training {
        updates,
        batch_size: section.whole(report, "batch_size", 1..=4096, 32) as usize,
        precision: section
            .choice(report, "precision", &precisions, Precision::F64)
            .unwrap_or(Precision::F64),
        optimizer: optimizer(&mut section, report),
        schedule: schedule(&mut section, report, updates),
        clip: clip(&mut section, report).unwrap_or(Clip::Off),
        truncate: truncate(&mut section, report, model),
        teacher_forcing: teacher_forcing(&mut section, report, model),
        evaluate_every: section.whole(report, "evaluate_every", 1..=MAX_UPDATES, 10) as u64,
        diverged_above: section.number(report, "diverged_above", &DIVERGED_ABOVE, 1e6),
        changes: changes(&mut section, report),
    };
    section.finish(report);
    training
}

#[derive(Clone, Copy)]
enum OptimizerName {
    Adam,
    AdamW,
    RmsProp,
    Sgd,
}

fn optimizer(section: &mut Section, report: &mut Report) -> Optimizer {
    const EPSILON: Allowed = Allowed {
        accepts: |epsilon| epsilon > 0.0 && epsilon <= 1.0,
        expected: "a number above 0 and up to 1",
    };
    const DECAY: Allowed = Allowed {
        accepts: |decay| (0.0..=1e3).contains(&decay),
        expected: "a number from 0 to 1000",
    };
    const RATE: f64 = 0.01;
    let default = Optimizer::adam(RATE);
    let Some(entry) = section.get("optimizer") else {
        return default;
    };
    let Some(mut table) = entry.section() else {
        let hint = "For example optimizer = { kind = \"adam\", learning_rate = 1e-2 }.";
        report.refuse(&entry, "a table with kind and learning_rate", hint);
        return default;
    };
    let kinds = [
        ("adam", OptimizerName::Adam),
        ("adamw", OptimizerName::AdamW),
        ("rmsprop", OptimizerName::RmsProp),
        ("sgd", OptimizerName::Sgd),
    ];
    let Some(kind) = table.choice(report, "kind", &kinds, OptimizerName::Adam) else {
        // Which other keys it may have is unknown.
        return default;
    };
    let learning_rate = table.number(report, "learning_rate", &ABOVE_ZERO_TO_1000, RATE);
    let optimizer = match kind {
        OptimizerName::Adam => {
            let [beta1, beta2] = betas(&mut table, report);
            Optimizer::Adam {
                learning_rate,
                beta1,
                beta2,
                epsilon: table.number(report, "eps", &EPSILON, 1e-8),
                weight_decay: table.number(report, "weight_decay", &DECAY, 0.0),
            }
        }
        OptimizerName::AdamW => {
            let [beta1, beta2] = betas(&mut table, report);
            Optimizer::AdamW {
                learning_rate,
                beta1,
                beta2,
                epsilon: table.number(report, "eps", &EPSILON, 1e-8),
                weight_decay: table.number(report, "weight_decay", &DECAY, 0.01),
            }
        }
        OptimizerName::RmsProp => Optimizer::RmsProp {
            learning_rate,
            alpha: table.number(report, "alpha", &SHARE_BELOW_ONE, 0.99),
            epsilon: table.number(report, "eps", &EPSILON, 1e-8),
            momentum: table.number(report, "momentum", &SHARE_BELOW_ONE, 0.0),
        },
        OptimizerName::Sgd => Optimizer::Sgd {
            learning_rate,
            momentum: table.number(report, "momentum", &SHARE_BELOW_ONE, 0.0),
            weight_decay: table.number(report, "weight_decay", &DECAY, 0.0),
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

#[derive(Clone, Copy)]
enum ScheduleName {
    Constant,
    Step,
    Cosine,
}

/// `run` is how many updates the whole run has.
fn schedule(section: &mut Section, report: &mut Report, run: u64) -> RateSchedule {
    const FACTOR: Allowed = Allowed {
        accepts: |factor| factor > 0.0 && factor <= 1.0,
        expected: "a number above 0 and up to 1",
    };
    let Some(entry) = section.get("schedule") else {
        return RateSchedule::FULL;
    };
    let Some(mut table) = entry.section() else {
        let hint = "For example schedule = { kind = \"cosine\", warm_up = 20 }.";
        report.refuse(&entry, "a table with kind", hint);
        return RateSchedule::FULL;
    };
    let kinds = [
        ("constant", ScheduleName::Constant),
        ("step", ScheduleName::Step),
        ("cosine", ScheduleName::Cosine),
    ];
    let Some(kind) = table.choice(report, "kind", &kinds, ScheduleName::Constant) else {
        // Which other keys it may have is unknown.
        return RateSchedule::FULL;
    };
    let warm_up = table.whole(report, "warm_up", 0..=MAX_UPDATES, 0) as u64;
    let schedule = match kind {
        ScheduleName::Constant => RateSchedule::Constant { warm_up },
        ScheduleName::Step => {
            let hint = "It is how many updates lie between two steps, for example every = 200.";
            if table.peek("every").is_none() {
                table.missing(report, "every", &whole_from(&(1..=MAX_UPDATES)), hint);
            }
            let every = table.optional_whole(report, "every", 1..=MAX_UPDATES, hint);
            RateSchedule::Step {
                every: every.unwrap_or(1) as u64,
                factor: table.number(report, "factor", &FACTOR, 0.1),
                warm_up,
            }
        }
        ScheduleName::Cosine => {
            let left = run.saturating_sub(warm_up).max(1);
            RateSchedule::Cosine {
                updates: table.whole(report, "updates", 1..=MAX_UPDATES, left as i64) as u64,
                floor: table.number(report, "floor", &SHARE, 0.0),
                warm_up,
            }
        }
    };
    table.finish(report);
    schedule
}

fn clip(section: &mut Section, report: &mut Report) -> Option<Clip> {
    const EXPECTED: &str = "“off” or a table with norm or value";
    const HINT: &str = "For example clip = { norm = 1.0 }.";
    let entry = section.get("clip")?;
    if entry.item.as_str() == Some("off") {
        return Some(Clip::Off);
    }
    let Some(mut table) = entry.section() else {
        report.refuse(&entry, EXPECTED, HINT);
        return None;
    };
    match (table.peek("norm"), table.peek("value")) {
        (None, None) => table.missing(report, "norm", "either norm or value", HINT),
        (Some(_), Some(value)) => report.add(
            value.offset,
            &value.path,
            "both norm and value",
            "one of them",
            "Delete the one that is not meant.",
        ),
        _ => {}
    }
    let norm = table.optional_number(report, "norm", &ABOVE_ZERO, HINT);
    let hint = "For example clip = { value = 0.5 }.";
    let value = table.optional_number(report, "value", &ABOVE_ZERO, hint);
    table.finish(report);
    norm.map(Clip::Norm).or(value.map(Clip::Value))
}

fn truncate(
    section: &mut Section,
    report: &mut Report,
    model: Option<&ModelSpec>,
) -> Option<usize> {
    let here = match model.map(|model| model.kind) {
        None | Some(ModelKind::Recurrent) => "",
        Some(ModelKind::EncoderDecoder { .. }) => "an encoder–decoder",
        Some(ModelKind::SelfAttention { .. }) => "a model of self-attention",
    };
    if !here.is_empty() {
        let hint = "Only a recurrent model of one direction can carry its state from chunk to chunk. Delete the line.";
        section.refuse_key(report, "truncate", here, hint);
        return None;
    }
    if model.is_some_and(|model| model.bidirectional) {
        let here = "a bidirectional model";
        let hint = "The reverse layer's state comes from the future, so that no chunk can hand it to the next.";
        section.refuse_key(report, "truncate", here, hint);
        return None;
    }
    let hint = "It is how many steps the gradient goes back at most. Without it, it goes back to the first.";
    let steps = section.optional_whole(report, "truncate", 1..=10_000, hint)?;
    Some(steps as usize)
}

fn teacher_forcing(section: &mut Section, report: &mut Report, model: Option<&ModelSpec>) -> f64 {
    let here = match model.map(|model| model.kind) {
        None | Some(ModelKind::EncoderDecoder { .. }) => "",
        Some(ModelKind::Recurrent) => "a recurrent model",
        Some(ModelKind::SelfAttention { .. }) => "a model of self-attention",
    };
    if !here.is_empty() {
        let hint = "Only a decoder reads its own outputs. Write model.kind = \"encoder_decoder\", or delete the line.";
        section.refuse_key(report, "teacher_forcing", here, hint);
        return 1.0;
    }
    section.number(report, "teacher_forcing", &SHARE, 1.0)
}

fn changes(section: &mut Section, report: &mut Report) -> Vec<Change> {
    let Some(entry) = section.get("change") else {
        return Vec::new();
    };
    let Some(sections) = entry.sections() else {
        let hint =
            "Write a line [[training.change]] and below it update, and learning_rate, clip or set.";
        report.refuse(&entry, "a list of tables", hint);
        return Vec::new();
    };
    let mut changes: Vec<Change> = Vec::new();
    for section in sections {
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
    let set = set_numbers(&mut section, &WEIGHTS, report);
    let keys = ["learning_rate", "clip", "set"];
    if keys.iter().all(|key| section.peek(key).is_none()) {
        report.add(
            section.offset,
            &section.path,
            "a change of nothing",
            "learning_rate, clip, set or several of them",
            "Say what changes, or delete the table.",
        );
    }
    section.finish(report);
    Some(Change {
        update: update?,
        learning_rate,
        clip,
        set,
    })
}
