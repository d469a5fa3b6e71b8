//! `[training]`: from a gradient to the next weights.

use super::fields::{Choice, Groups, choice, number_field, optional_field, plain, set};
use crate::app::widgets::{caption, number, section_heading};
use crate::experiment::{ModelKind, Precision, Setting, Training, title_of};
use crate::nn::{Clip, Optimizer, RateSchedule};
use crate::session::{Command, Session};
use crate::words::counted;
use eframe::egui::Ui;

pub(super) fn show(
    ui: &mut Ui,
    session: &Session,
    groups: &mut Groups,
    commands: &mut Vec<Command>,
) {
    section_heading(ui, "Training");
    let experiment = session.experiment();
    let training = &experiment.training;
    let (optimizer, clip) = session
        .snapshot()
        .filter(|snapshot| snapshot.made() > 0)
        .map_or((training.optimizer, training.clip), |snapshot| {
            (snapshot.optimizer, snapshot.clip)
        });
    optimiser(ui, optimizer, commands);
    clipping(ui, clip, commands);
    number_field(
        ui,
        "Updates",
        None,
        "How many the run plans",
        &training.updates.to_string(),
        |value| {
            commands.push(set("training.updates", value));
        },
    );
    number_field(
        ui,
        "Batch size",
        Some("sequences"),
        "Sequences per update",
        &training.batch_size.to_string(),
        |value| {
            commands.push(set("training.batch_size", value));
        },
    );
    if matches!(experiment.model.kind, ModelKind::EncoderDecoder { .. }) {
        let hover = "The share of a decoder's steps in training whose input is the true previous output instead of its own: \
                     1 teaches it step by step, 0 lets it live with its own mistakes. The probe always reads its own";
        let now = plain(training.teacher_forcing);
        let unit = Some("of its steps");
        number_field(ui, "Teacher forcing", unit, hover, &now, |value| {
            commands.push(set("training.teacher_forcing", value));
        });
    }
    groups.show(
        ui,
        "Rate schedule",
        &schedule_summary(training.schedule),
        "How the learning rate changes by itself during a run",
        training.schedule != RateSchedule::FULL,
        |ui| schedule(ui, session, training, commands),
    );
    let (summary, differs) = optimiser_summary(optimizer);
    groups.show(
        ui,
        "Optimizer details",
        &summary,
        "The optimiser's other numbers",
        differs,
        |ui| optimiser_details(ui, optimizer, commands),
    );
    // One stack in one direction alone can carry its state from chunk to chunk.
    let chunks = experiment.model.kind == ModelKind::Recurrent && !experiment.model.bidirectional;
    let (summary, differs) = more_summary(training);
    groups.show(
        ui,
        "More",
        &summary,
        "Precision, how far back gradients go, and when to look and to stop",
        differs,
        |ui| more(ui, training, chunks, commands),
    );
    if !training.changes.is_empty() {
        caption(
            ui,
            &format!(
                "{} changed on the way: the text replays it",
                counted(training.changes.len(), "setting")
            ),
        );
    }
}

fn optimiser(ui: &mut Ui, optimizer: Optimizer, commands: &mut Vec<Command>) {
    let rate = optimizer.learning_rate();
    let options = [
        (
            Optimizer::adam(rate),
            "Each weight by its own step: the gradient's mean over the root of its mean square",
        ),
        (
            Optimizer::adam_w(rate),
            "Adam with weight decay that does not pass through the means",
        ),
        (
            Optimizer::rms_prop(rate),
            "Each weight's gradient over the root of its mean square",
        ),
        (
            Optimizer::sgd(rate),
            "The gradient times the learning rate, with momentum if asked for",
        ),
    ]
    .map(|(optimizer, hover)| Choice::new(optimizer.name(), optimizer.title(), hover));
    let hover = "How a gradient becomes a change of the weights";
    choice(ui, "Optimizer", hover, optimizer.name(), &options, |name| {
        let new = match name {
            "sgd" => Optimizer::sgd(rate),
            "rmsprop" => Optimizer::rms_prop(rate),
            "adamw" => Optimizer::adam_w(rate),
            _ => Optimizer::adam(rate),
        };
        commands.push(set("training.optimizer", new.into()));
    });
    number_field(
        ui,
        "Learning rate",
        None,
        "Takes effect at once, without a reset",
        &plain(rate),
        |value| {
            commands.push(match value {
                Setting::Whole(rate) if rate > 0 => Command::SetLearningRate(rate as f64),
                Setting::Number(rate) if rate > 0.0 && rate <= 1e3 => {
                    Command::SetLearningRate(rate)
                }
                // The experiment says what it expects.
                other => set("training.optimizer.learning_rate", other),
            });
        },
    );
    match optimizer {
        Optimizer::Sgd { momentum, .. } => momentum_field(ui, momentum, commands),
        Optimizer::AdamW { weight_decay, .. } => decay_field(ui, weight_decay, commands),
        Optimizer::Adam { .. } | Optimizer::RmsProp { .. } => {}
    }
}

fn momentum_field(ui: &mut Ui, momentum: f64, commands: &mut Vec<Command>) {
    let hover = "The share of the last step that is kept";
    number_field(ui, "Momentum", None, hover, &plain(momentum), |value| {
        commands.push(set("training.optimizer.momentum", value));
    });
}

fn decay_field(ui: &mut Ui, decay: f64, commands: &mut Vec<Command>) {
    let hover = "How strongly each update pulls the weights towards 0";
    number_field(ui, "Weight decay", None, hover, &plain(decay), |value| {
        commands.push(set("training.optimizer.weight_decay", value));
    });
}

/// What the group holds, and whether any of it is not as it would be anyway.
fn optimiser_summary(optimizer: Optimizer) -> (String, bool) {
    let parts: Vec<(&str, f64, f64)> = match optimizer {
        Optimizer::Sgd { weight_decay, .. } => vec![("decay", weight_decay, 0.0)],
        Optimizer::RmsProp {
            alpha,
            epsilon,
            momentum,
            ..
        } => vec![
            ("α", alpha, 0.99),
            ("ε", epsilon, 1e-8),
            ("momentum", momentum, 0.0),
        ],
        Optimizer::Adam {
            beta1,
            beta2,
            epsilon,
            weight_decay,
            ..
        } => vec![
            ("β₁", beta1, 0.9),
            ("β₂", beta2, 0.999),
            ("ε", epsilon, 1e-8),
            ("decay", weight_decay, 0.0),
        ],
        Optimizer::AdamW {
            beta1,
            beta2,
            epsilon,
            ..
        } => vec![
            ("β₁", beta1, 0.9),
            ("β₂", beta2, 0.999),
            ("ε", epsilon, 1e-8),
        ],
    };
    summary(
        parts
            .into_iter()
            .filter(|(_, now, default)| now != default)
            .map(|(name, now, _)| format!("{name} {}", plain(now))),
    )
}

/// What is not as it would be anyway, in a line.
fn summary(parts: impl Iterator<Item = String>) -> (String, bool) {
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() {
        ("defaults".into(), false)
    } else {
        (parts.join(", "), true)
    }
}

fn optimiser_details(ui: &mut Ui, optimizer: Optimizer, commands: &mut Vec<Command>) {
    match optimizer {
        Optimizer::Sgd { weight_decay, .. } => decay_field(ui, weight_decay, commands),
        Optimizer::RmsProp {
            alpha,
            epsilon,
            momentum,
            ..
        } => {
            let hover = "The share of the mean square so far that each update keeps";
            number_field(ui, "Alpha", Some("α"), hover, &plain(alpha), |value| {
                commands.push(set("training.optimizer.alpha", value));
            });
            epsilon_field(ui, epsilon, commands);
            momentum_field(ui, momentum, commands);
        }
        Optimizer::Adam {
            beta1,
            beta2,
            epsilon,
            weight_decay,
            ..
        } => {
            betas(ui, [beta1, beta2], commands);
            epsilon_field(ui, epsilon, commands);
            decay_field(ui, weight_decay, commands);
        }
        Optimizer::AdamW {
            beta1,
            beta2,
            epsilon,
            ..
        } => {
            betas(ui, [beta1, beta2], commands);
            epsilon_field(ui, epsilon, commands);
        }
    }
}

fn betas(ui: &mut Ui, betas: [f64; 2], commands: &mut Vec<Command>) {
    let rows = [
        (
            "Beta 1",
            "β₁",
            "The share of the mean gradient so far that each update keeps",
        ),
        (
            "Beta 2",
            "β₂",
            "The share of the mean square so far that each update keeps",
        ),
    ];
    for (place, (label, sign, hover)) in rows.into_iter().enumerate() {
        number_field(
            ui,
            label,
            Some(sign),
            hover,
            &plain(betas[place]),
            |value| {
                let mut both = betas.map(Setting::Number);
                both[place] = value;
                commands.push(set("training.optimizer.betas", Setting::List(both.into())));
            },
        );
    }
}

fn epsilon_field(ui: &mut Ui, epsilon: f64, commands: &mut Vec<Command>) {
    let hover = "Added to the root, so that nothing is divided by 0";
    number_field(ui, "Epsilon", Some("ε"), hover, &plain(epsilon), |value| {
        commands.push(set("training.optimizer.eps", value));
    });
}

#[derive(Clone, Copy, PartialEq)]
enum Clipping {
    Off,
    Norm,
    Value,
}

fn clipping(ui: &mut Ui, clip: Clip, commands: &mut Vec<Command>) {
    let now = match clip {
        Clip::Off => Clipping::Off,
        Clip::Norm(_) => Clipping::Norm,
        Clip::Value(_) => Clipping::Value,
    };
    let options = [
        Choice::new(Clipping::Off, "off", "Gradients are used as they are"),
        Choice::new(
            Clipping::Norm,
            "by norm",
            "The norm of all gradients together is brought down to max norm: the direction stays",
        ),
        Choice::new(
            Clipping::Value,
            "by value",
            "Each gradient is brought down to max value by itself: the direction turns",
        ),
    ];
    let hover = "A limit on gradients before each update. Takes effect at once";
    choice(ui, "Clipping", hover, now, &options, |kind| {
        commands.push(Command::SetClip(match kind {
            Clipping::Off => Clip::Off,
            Clipping::Norm => Clip::Norm(1.0),
            Clipping::Value => Clip::Value(0.1),
        }));
    });
    type Limit = fn(f64) -> Clip;
    let (hover, limit, path, of): (_, _, _, Limit) = match clip {
        Clip::Off => return,
        Clip::Norm(limit) => (
            "The largest norm that a gradient may keep",
            limit,
            "training.clip.norm",
            Clip::Norm,
        ),
        Clip::Value(limit) => (
            "The largest magnitude that each weight's gradient may keep",
            limit,
            "training.clip.value",
            Clip::Value,
        ),
    };
    number_field(ui, &title_of(path), None, hover, &plain(limit), |value| {
        commands.push(match value {
            Setting::Whole(limit) if limit > 0 => Command::SetClip(of(limit as f64)),
            Setting::Number(limit) if limit > 0.0 && limit.is_finite() => {
                Command::SetClip(of(limit))
            }
            other => set(path, other),
        });
    });
}

fn schedule_summary(schedule: RateSchedule) -> String {
    let name = schedule.name();
    match schedule.warm_up() {
        0 => name.to_owned(),
        updates => format!("{name}, warm-up {updates}"),
    }
}

fn schedule(ui: &mut Ui, session: &Session, training: &Training, commands: &mut Vec<Command>) {
    let schedule = training.schedule;
    let options = [
        Choice::new("constant", "constant", "The full rate"),
        Choice::new("step", "step", "Multiplied by a factor again and again"),
        Choice::new(
            "cosine",
            "cosine",
            "Down along half a cosine wave to the floor, where it stays",
        ),
    ];
    let hover = "What the learning rate is multiplied by, update by update";
    choice(ui, "Shape", hover, schedule.name(), &options, |name| {
        let warm_up = schedule.warm_up();
        let left = training.updates.saturating_sub(warm_up).max(1);
        let new = match name {
            "step" => RateSchedule::Step {
                every: left.div_ceil(3),
                factor: 0.1,
                warm_up,
            },
            "cosine" => RateSchedule::Cosine {
                updates: left,
                floor: 0.0,
                warm_up,
            },
            _ => RateSchedule::Constant { warm_up },
        };
        commands.push(set("training.schedule", new.into()));
    });
    let mut row = |ui: &mut Ui, label, key, unit, hover, now: String| {
        number_field(ui, label, Some(unit), hover, &now, |value| {
            commands.push(set(&format!("training.schedule.{key}"), value));
        });
    };
    match schedule {
        RateSchedule::Constant { .. } => {}
        RateSchedule::Step { every, factor, .. } => {
            let hover = "Updates from one step down to the next";
            row(ui, "Every", "every", "updates", hover, every.to_string());
            let hover = "What the rate is multiplied by at each step";
            row(ui, "Factor", "factor", "per step", hover, plain(factor));
        }
        RateSchedule::Cosine { updates, floor, .. } => {
            let hover = "Updates from the full rate to the lowest";
            row(
                ui,
                "Decay over",
                "updates",
                "updates",
                hover,
                updates.to_string(),
            );
            let hover = "The lowest rate, as a share of the full one";
            row(ui, "Floor", "floor", "of the rate", hover, plain(floor));
        }
    }
    let hover = "Updates in which the rate rises evenly to the full one; 0 for none";
    let warm_up = schedule.warm_up().to_string();
    row(ui, "Warm-up", "warm_up", "updates", hover, warm_up);
    if let Some(snapshot) = session
        .snapshot()
        .filter(|_| schedule != RateSchedule::FULL)
    {
        let rate = number(snapshot.learning_rate);
        caption(ui, &format!("The next update's rate is {rate}"));
    }
}

fn more_summary(training: &Training) -> (String, bool) {
    let parts = [
        (training.precision != Precision::F64).then(|| training.precision.name().to_owned()),
        training
            .truncate
            .map(|steps| format!("truncated at {steps}")),
        (training.evaluate_every != 10).then(|| format!("test every {}", training.evaluate_every)),
        (training.diverged_above != 1e6)
            .then(|| format!("diverged above {}", plain(training.diverged_above))),
    ];
    summary(parts.into_iter().flatten())
}

fn more(ui: &mut Ui, training: &Training, chunks: bool, commands: &mut Vec<Command>) {
    let precisions = [
        Choice::new(
            Precision::F64,
            "f64",
            "53 bits: gradients down to 1e-300 stay visible",
        ),
        Choice::new(Precision::F32, "f32", "24 bits, as others train"),
    ];
    let hover = "f64 keeps gradients down to 1e-300 visible; f32 is what others train in";
    choice(
        ui,
        "Precision",
        hover,
        training.precision,
        &precisions,
        |precision| {
            commands.push(set(
                "training.precision",
                Setting::Text(precision.name().into()),
            ));
        },
    );
    if chunks || training.truncate.is_some() {
        let hover = "Gradients go back at most to the beginning of a chunk of so many steps; the state is handed on. Empty: \
                     to the beginning of the sequence";
        let now = training
            .truncate
            .map_or_else(String::new, |steps| steps.to_string());
        optional_field(
            ui,
            &title_of("training.truncate"),
            Some("steps"),
            hover,
            &now,
            "all",
            |value| {
                commands.push(set("training.truncate", value));
            },
        );
    }
    number_field(
        ui,
        &title_of("training.evaluate_every"),
        Some("updates"),
        "Updates between two looks at the test part",
        &training.evaluate_every.to_string(),
        |value| {
            commands.push(set("training.evaluate_every", value));
        },
    );
    number_field(
        ui,
        "Diverged above",
        Some("× first loss"),
        "The run stops when the loss is above this many times the first one",
        &plain(training.diverged_above),
        |value| {
            commands.push(set("training.diverged_above", value));
        },
    );
}
