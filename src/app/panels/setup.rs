//! The set-up panel: every setting of the experiment, and its text.

use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{Problem, caption, error_card, field_row, section_heading, segmented};
use crate::data::{Split, TestFrom, tasks};
use crate::experiment::{Data, Precision, Probe, Setting};
use crate::nn::{Cell, Clip, Init, Optimizer, Readout, Scheme};
use crate::session::{Command, Message, Session};
use eframe::egui::{self, ComboBox, Id, Key, RichText, TextEdit, Ui};

/// What the panel keeps between frames.
#[derive(Default)]
pub struct SetupPanel {
    show_text: bool,
    /// The text being edited, while it differs from the session's.
    draft: Option<String>,
}

/// What went wrong, as a card.
pub fn message_card(ui: &mut Ui, message: &Message, commands: &mut Vec<Command>) {
    let problems: Vec<Problem> = message
        .lines
        .iter()
        .map(|line| Problem {
            found: line.clone(),
            ..Problem::default()
        })
        .collect();
    error_card(ui, &message.title, &problems);
    if ui.small_button("Dismiss").clicked() {
        commands.push(Command::DismissMessage);
    }
    ui.add_space(GRID);
}

impl SetupPanel {
    /// Draws the panel; returns what the user changed.
    pub fn show(&mut self, ui: &mut Ui, session: &Session) -> Vec<Command> {
        let mut commands = Vec::new();
        data(ui, session, &mut commands);
        model(ui, session, &mut commands);
        training(ui, session, &mut commands);
        probe(ui, session, &mut commands);
        self.text(ui, session, &mut commands);
        commands
    }

    fn text(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        section_heading(ui, "Experiment");
        number_field(
            ui,
            "Seed",
            None,
            "Where all randomness starts",
            &session.experiment().seed.to_string(),
            |value| {
                commands.push(set("seed", value));
            },
        );
        ui.checkbox(&mut self.show_text, "Show as text").on_hover_text(
            "The whole experiment as TOML: what is saved, shared and replayed. Every setting above is a change of it.",
        );
        if !self.show_text {
            self.draft = None;
            return;
        }
        let now = session.text();
        let mut text = self.draft.clone().unwrap_or_else(|| now.clone());
        let edit = TextEdit::multiline(&mut text)
            .code_editor()
            .desired_width(f32::INFINITY)
            .desired_rows(12);
        ui.add(edit);
        self.draft = (text != now).then_some(text);
        if let Some(draft) = self.draft.clone() {
            ui.horizontal(|ui| {
                if ui.button("Apply").clicked() {
                    commands.push(Command::SetText(draft));
                    self.draft = None;
                }
                if ui.button("Undo").clicked() {
                    self.draft = None;
                }
            });
        }
    }
}

fn set(path: &str, value: Setting) -> Command {
    Command::Set {
        path: path.into(),
        value,
    }
}

/// A number as it was typed: whole if it reads so, otherwise a number, otherwise the text, which the experiment refuses
/// with what it expected.
fn typed(text: &str) -> Setting {
    let text = text.trim().replace('−', "-");
    if let Ok(whole) = text.parse() {
        Setting::Whole(whole)
    } else if let Ok(number) = text.parse() {
        Setting::Number(number)
    } else {
        Setting::Text(text)
    }
}

/// A field that takes effect when it is left or Enter is pressed, so that a run does not begin anew at each letter.
fn number_field(
    ui: &mut Ui,
    label: &str,
    unit: Option<&str>,
    hover: &str,
    now: &str,
    mut done: impl FnMut(Setting),
) {
    field_row(ui, label, unit, hover, |ui| {
        if let Some(text) = text_field(ui, label, now, 88.0) {
            done(typed(&text));
        }
    });
}

fn text_field(ui: &mut Ui, label: &str, now: &str, width: f32) -> Option<String> {
    let id = Id::unique(("field", label));
    let mut text = ui
        .data(|data| data.get_temp::<String>(id))
        .unwrap_or_else(|| now.to_string());
    let response = ui.add(
        TextEdit::singleline(&mut text)
            .id(id.with("edit"))
            .desired_width(width),
    );
    if response.has_focus() && ui.input(|input| input.key_pressed(Key::Escape)) {
        ui.data_mut(|data| data.remove::<String>(id));
        return None;
    }
    if response.lost_focus() {
        ui.data_mut(|data| data.remove::<String>(id));
        return (text != now).then_some(text);
    }
    if response.has_focus() {
        ui.data_mut(|data| data.insert_temp(id, text));
    }
    None
}

fn choice<T: Copy + PartialEq>(
    ui: &mut Ui,
    label: &str,
    hover: &str,
    now: T,
    options: &[(T, &str)],
    mut done: impl FnMut(T),
) {
    field_row(ui, label, None, hover, |ui| {
        let shown = options
            .iter()
            .find(|(option, _)| *option == now)
            .map_or("", |(_, name)| name);
        ComboBox::from_id_salt(label)
            .selected_text(shown)
            .width(120.0)
            .show_ui(ui, |ui| {
                for (option, name) in options {
                    if ui.selectable_label(*option == now, *name).clicked() && *option != now {
                        done(*option);
                    }
                }
            });
    });
}

fn data(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    section_heading(ui, "Data");
    match &session.experiment().data {
        Data::Task(data) => {
            let options: Vec<(&str, &str)> = tasks::ALL
                .iter()
                .map(|task| (task.name(), task.title()))
                .collect();
            choice(
                ui,
                "Task",
                data.task.definition(),
                data.task.name(),
                &options,
                |name| {
                    // Another task has other keys: the old ones would be refused.
                    commands.push(Command::SetText(with_task(session, name)));
                },
            );
            caption(ui, data.task.definition());
            for parameter in data.task.parameters() {
                let value = data.parameters.get(parameter.name);
                let unit = (!parameter.unit.is_empty()).then_some(parameter.unit);
                let label = title_of(parameter.name);
                number_field(
                    ui,
                    &label,
                    unit,
                    parameter.description,
                    &value.to_string(),
                    |value| {
                        commands.push(set(&format!("data.{}", parameter.name), value));
                    },
                );
            }
        }
        Data::Csv(csv) => {
            field_row(ui, "File", None, &csv.path, |ui| {
                ui.add(egui::Label::new(&csv.path).truncate())
            });
            field_row(
                ui,
                "Forecast",
                None,
                "The column whose future is asked for",
                |ui| ui.label(&csv.forecast.target),
            );
            field_row(
                ui,
                "From",
                None,
                "The columns that the network sees",
                |ui| ui.add(egui::Label::new(csv.forecast.features.join(", ")).truncate()),
            );
            let window = csv.forecast.window.to_string();
            number_field(
                ui,
                "Window",
                Some("steps in"),
                "How many steps a sequence has",
                &window,
                |value| {
                    commands.push(set("data.window", value));
                },
            );
            let horizon = csv.forecast.horizon.to_string();
            number_field(
                ui,
                "Horizon",
                Some("ahead"),
                "How far ahead the target lies",
                &horizon,
                |value| {
                    commands.push(set("data.horizon", value));
                },
            );
            let from = match &csv.forecast.test_from {
                TestFrom::Label(label) => label.clone(),
                TestFrom::Fraction(share) => share.to_string(),
            };
            let hover = "The time of the first test target, or a share of the rows between 0 and 1. Everything before is for \
                         training; scaling is fitted there alone";
            field_row(ui, "Test from", None, hover, |ui| {
                if let Some(text) = text_field(ui, "Test from", &from, 88.0) {
                    let share = text
                        .parse::<f64>()
                        .ok()
                        .filter(|share| *share > 0.0 && *share < 1.0);
                    let value =
                        share.map_or_else(|| Setting::Text(text.trim().into()), Setting::Number);
                    commands.push(set("data.test_from", value));
                }
            });
        }
    }
    if let Some(snapshot) = session.snapshot() {
        let dataset = &snapshot.material.dataset;
        caption(
            ui,
            &format!(
                "{} training and {} test sequences",
                dataset.train.len(),
                dataset.test.len()
            ),
        );
        for notice in &snapshot.material.notices {
            let palette = Palette::of(ui.visuals());
            ui.label(RichText::new(notice).size(SMALL).color(palette.error));
        }
    }
}

/// The text with another task and that task's own defaults.
fn with_task(session: &Session, name: &str) -> String {
    let text = session.text();
    let mut kept = String::new();
    let mut in_data = false;
    for line in text.lines() {
        let heading = line.trim_start().starts_with('[');
        if heading {
            in_data = line.trim() == "[data]";
            kept.push_str(line);
            kept.push('\n');
            if in_data {
                kept.push_str(&format!("task = \"{name}\"\n\n"));
            }
        } else if !in_data {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

fn title_of(name: &str) -> String {
    let mut words = name.replace('_', " ");
    if let Some(first) = words.get(..1).map(str::to_uppercase) {
        words.replace_range(..1, &first);
    }
    words
}

fn model(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    section_heading(ui, "Model");
    let model = session.experiment().model.clone();
    let cells = Cell::ALL.map(|cell| (cell, cell.title()));
    choice(
        ui,
        "Cell",
        "How a state follows from the input and the state before",
        model.cell,
        &cells,
        |cell| {
            commands.push(set("model.cell", Setting::Text(cell.name().into())));
        },
    );
    number_field(
        ui,
        "Hidden size",
        Some("units"),
        "Units per layer",
        &model.hidden_size.to_string(),
        |value| {
            commands.push(set("model.hidden_size", value));
        },
    );
    number_field(
        ui,
        "Layers",
        None,
        "Recurrent layers, each reading the one below",
        &model.num_layers.to_string(),
        |value| {
            commands.push(set("model.num_layers", value));
        },
    );
    let readouts = [(Readout::Last, "last step"), (Readout::Every, "every step")];
    choice(
        ui,
        "Readout",
        "Which hidden states become outputs",
        model.readout,
        &readouts,
        |readout| {
            commands.push(set("model.readout", Setting::Text(readout.name().into())));
        },
    );
    let hover = "How the weights begin. Normal: the recurrent weights from a normal distribution with this standard deviation";
    let schemes = [(false, "PyTorch"), (true, "normal")];
    let normal = matches!(model.init.scheme, Scheme::Normal { .. });
    choice(ui, "Start", hover, normal, &schemes, |normal| {
        let std = 1.0 / (model.hidden_size as f64).sqrt();
        let init = if normal {
            Scheme::Normal {
                std: (std * 100.0).round() / 100.0,
            }
        } else {
            Scheme::Pytorch
        };
        commands.push(set("model.init", (&Init::from(init)).into()));
    });
    if let Scheme::Normal { std } = model.init.scheme {
        let hover = "The standard deviation; the recurrent matrix's spectral radius is near it times √units";
        number_field(ui, "Spread", None, hover, &std.to_string(), |value| {
            commands.push(set("model.init.std", value));
        });
    }
    if let Some(snapshot) = session.snapshot() {
        caption(
            ui,
            &format!("{} parameters", snapshot.model.parameters().len()),
        );
    }
}

fn training(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    section_heading(ui, "Training");
    let training = &session.experiment().training;
    let (optimizer, clip) = session
        .snapshot()
        .filter(|snapshot| snapshot.update > 0)
        .map_or((training.optimizer, training.clip), |snapshot| {
            (snapshot.optimizer, snapshot.clip)
        });
    let adam = matches!(optimizer, Optimizer::Adam { .. });
    choice(
        ui,
        "Optimizer",
        "How a gradient becomes a change of the weights",
        adam,
        &[(true, "Adam"), (false, "SGD")],
        |adam| {
            let learning_rate = optimizer.learning_rate();
            let new = if adam {
                Optimizer::adam(learning_rate)
            } else {
                Optimizer::sgd(learning_rate)
            };
            commands.push(set("training.optimizer", new.into()));
        },
    );
    let rate = optimizer.learning_rate().to_string();
    let mut wrong = Vec::new();
    number_field(
        ui,
        "Learning rate",
        None,
        "Takes effect at once, without a reset",
        &rate,
        |value| match value {
            Setting::Whole(rate) if rate > 0 => {
                commands.push(Command::SetLearningRate(rate as f64));
            }
            Setting::Number(rate) if rate > 0.0 && rate <= 1e3 => {
                commands.push(Command::SetLearningRate(rate));
            }
            // The experiment says what it expects.
            other => wrong.push(set("training.optimizer.learning_rate", other)),
        },
    );
    if let Optimizer::Sgd { momentum, .. } = optimizer {
        number_field(
            ui,
            "Momentum",
            None,
            "The share of the last step that is kept",
            &momentum.to_string(),
            |value| {
                wrong.push(set("training.optimizer.momentum", value));
            },
        );
    }
    commands.extend(wrong);
    let mut on = clip != Clip::Off;
    field_row(
        ui,
        "Clipping",
        None,
        "Brings the norm of all gradients together down to max norm. Takes effect at once",
        |ui| {
            if segmented(
                ui,
                "Clipping",
                &mut on,
                &[(false, "off"), (true, "by norm")],
            )
            .changed()
            {
                commands.push(Command::SetClip(if on {
                    Clip::Norm(1.0)
                } else {
                    Clip::Off
                }));
            }
        },
    );
    if let Clip::Norm(max_norm) = clip {
        let mut wrong = None;
        number_field(
            ui,
            "Max norm",
            None,
            "The largest norm that a gradient may keep",
            &max_norm.to_string(),
            |value| match value {
                Setting::Whole(norm) if norm > 0 => {
                    commands.push(Command::SetClip(Clip::Norm(norm as f64)));
                }
                Setting::Number(norm) if norm > 0.0 && norm.is_finite() => {
                    commands.push(Command::SetClip(Clip::Norm(norm)));
                }
                other => wrong = Some(set("training.clip.norm", other)),
            },
        );
        commands.extend(wrong);
    }
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
    let precisions = [(Precision::F64, "f64"), (Precision::F32, "f32")];
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
    number_field(
        ui,
        "Test every",
        Some("updates"),
        "Updates between two looks at the test part",
        &training.evaluate_every.to_string(),
        |value| {
            commands.push(set("training.evaluate_every", value));
        },
    );
    if !training.changes.is_empty() {
        caption(
            ui,
            &format!(
                "{} changed on the way: the text replays it",
                count(training.changes.len(), "setting")
            ),
        );
    }
}

fn count(number: usize, of: &str) -> String {
    if number == 1 {
        format!("1 {of}")
    } else {
        format!("{number} {of}s")
    }
}

fn probe(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    section_heading(ui, "Probe");
    let probe = session.probe();
    let splits = Split::ALL.map(|split| (split, split.name()));
    choice(
        ui,
        "Part",
        "Which part the sequence under the lens is from",
        probe.split,
        &splits,
        |split| {
            commands.push(Command::Probe(Probe { split, index: 0 }));
        },
    );
    let count = session.snapshot().map_or(0, |snapshot| {
        snapshot.material.dataset.split(probe.split).len()
    });
    let unit = format!("of 0…{}", count.saturating_sub(1));
    number_field(
        ui,
        "Sequence",
        Some(&unit),
        "Which sequence of it",
        &probe.index.to_string(),
        |value| match value {
            Setting::Whole(index) if usize::try_from(index).is_ok_and(|index| index < count) => {
                commands.push(Command::Probe(Probe {
                    split: probe.split,
                    index: index as usize,
                }));
            }
            other => commands.push(set("probe.index", other)),
        },
    );
}
