//! `model.init`: how the weights begin.

use super::fields::{
    Choice, Groups, choice, number_field, optional_field, plain, set, text_field, typed,
};
use crate::app::widgets::{caption, field_row};
use crate::experiment::{ModelSpec, Setting, title_of};
use crate::nn::init::has_forget_gate;
use crate::nn::{Init, Scheme, SetWeight};
use crate::session::{Command, Session};
use eframe::egui::{ComboBox, Ui};

pub(super) fn show(
    ui: &mut Ui,
    session: &Session,
    groups: &mut Groups,
    commands: &mut Vec<Command>,
) {
    let model = &session.experiment().model;
    let differs = model.init != Init::default() || model.weights.is_some();
    let summary = match &model.weights {
        Some(weights) => format!("of {}", weights.path),
        None => summary(&model.init),
    };
    groups.show(
        ui,
        "First weights",
        &summary,
        "How the weights are before the first update",
        differs,
        |ui| {
            if let Some(weights) = &model.weights {
                // They take the place of whatever is drawn.
                caption(ui, &format!("They are those of {}.", weights.path));
                let hover = "Draw the first weights again, and leave this file";
                if ui
                    .button("Draw them instead")
                    .on_hover_text(hover)
                    .clicked()
                {
                    commands.push(set("model.weights", Setting::Remove));
                }
            }
            // Schemes concern recurrent weights.
            if model.weights.is_none() && !model.stacks().is_empty() {
                scheme(ui, session, model, commands);
            }
            set_by_hand(ui, session, &model.init, commands);
        },
    );
}

fn summary(init: &Init) -> String {
    let mut parts = vec![match init.scheme {
        Scheme::Pytorch | Scheme::Keras => init.scheme.title().to_owned(),
        Scheme::Normal { std: number }
        | Scheme::Orthogonal { gain: number }
        | Scheme::Identity { gain: number }
        | Scheme::Chrono { t_max: number } => {
            format!("{} {}", init.scheme.title(), plain(number))
        }
    }];
    if let Some(bias) = init.forget_bias {
        parts.push(format!("forget bias {}", plain(bias)));
    }
    if !init.set.is_empty() {
        parts.push(format!("{} by hand", init.set.len()));
    }
    parts.join(", ")
}

fn scheme(ui: &mut Ui, session: &Session, model: &ModelSpec, commands: &mut Vec<Command>) {
    let stacks = model.stacks();
    let steps = session
        .snapshot()
        .map_or(100, |snapshot| snapshot.material.seq_len);
    let begin = |scheme| match scheme {
        // The spectral radius is then near 1.
        Scheme::Normal { .. } => Scheme::Normal {
            std: (100.0 / (model.hidden_size as f64).sqrt()).round() / 100.0,
        },
        Scheme::Chrono { .. } => Scheme::Chrono {
            t_max: steps.max(2) as f64,
        },
        other => other,
    };
    let options: Vec<Choice<&str>> = Scheme::ALL
        .into_iter()
        .filter(|scheme| stacks.iter().any(|stack| scheme.suits(stack.cell)))
        .map(|scheme| Choice::new(scheme.name(), scheme.title(), explained(scheme)))
        .collect();
    let hover = "Where the first values of all recurrent weights come from";
    choice(
        ui,
        "Scheme",
        hover,
        model.init.scheme.name(),
        &options,
        |name| {
            let chosen = Scheme::ALL.into_iter().find(|scheme| scheme.name() == name);
            let scheme = begin(chosen.unwrap_or(Scheme::Pytorch));
            let init = Init {
                scheme,
                // One that was set would stand in the place of the scheme's own.
                forget_bias: (model.init.forget_bias).filter(|_| !scheme.sets_forget_bias()),
                ..model.init.clone()
            };
            commands.push(set("model.init", (&init).into()));
        },
    );
    let number = match model.init.scheme {
        Scheme::Pytorch | Scheme::Keras => None,
        Scheme::Normal { std } => Some((
            "std",
            None,
            "The standard deviation; the recurrent matrix's spectral radius is near it times √units",
            std,
        )),
        Scheme::Orthogonal { gain } => Some((
            "gain",
            None,
            "What the orthogonal matrices are multiplied by: without a squashing function gradients change by it at each step",
            gain,
        )),
        Scheme::Identity { gain } => Some((
            "gain",
            None,
            "What the identity is multiplied by: without a squashing function gradients change by it at each step",
            gain,
        )),
        Scheme::Chrono { t_max } => Some((
            "t_max",
            Some("steps"),
            "How long something should be remembered at most: about the length of a sequence",
            t_max,
        )),
    };
    if let Some((key, unit, hover, now)) = number {
        let path = format!("model.init.{key}");
        number_field(ui, &title_of(&path), unit, hover, &plain(now), |value| {
            commands.push(set(&path, value));
        });
    }
    if stacks.iter().any(|stack| has_forget_gate(stack.cell)) {
        let hover = "What the forget gates' biases begin with: 1 or 2 lets the cell remember from the start. Empty: as the \
                     scheme has it";
        let now = model.init.forget_bias.map_or_else(String::new, plain);
        let absent = "as drawn";
        optional_field(ui, "Forget bias", None, hover, &now, absent, |value| {
            commands.push(set("model.init.forget_bias", value));
        });
    }
}

fn explained(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Pytorch => "Everything even between −1/√units and 1/√units",
        Scheme::Normal { .. } => {
            "Weights from a normal distribution, biases 0: its spread decides whether gradients vanish or explode"
        }
        Scheme::Keras => {
            "Glorot's for the input, orthogonal for the state, the forget gate's bias 1"
        }
        Scheme::Orthogonal { .. } => {
            "Each gate's recurrent matrix turns the state without stretching it, biases 0"
        }
        Scheme::Identity { .. } => {
            "Each gate's recurrent matrix hands the state on as it is, biases 0; made for the ReLU"
        }
        Scheme::Chrono { .. } => {
            "Biases of the gate that keeps the past, spread over spans up to the longest"
        }
    }
}

/// Single weights with values of their own, a line each.
fn set_by_hand(ui: &mut Ui, session: &Session, init: &Init, commands: &mut Vec<Command>) {
    let Some(snapshot) = session.snapshot() else {
        return;
    };
    let entries = snapshot.model.network().entries();
    let written =
        |weights: &[SetWeight]| -> Vec<Setting> { weights.iter().map(Setting::from).collect() };
    let all = |weights: Vec<Setting>| {
        if weights.is_empty() {
            set("model.init.set", Setting::Remove)
        } else {
            set("model.init.set", Setting::List(weights))
        }
    };
    if !init.set.is_empty() {
        caption(ui, "Set by hand: parameter, index from 0, value");
    }
    for (place, weight) in init.set.iter().enumerate() {
        let changed = |parameter: Setting, index: Setting, value: Setting| {
            let mut weights = written(&init.set);
            weights[place] =
                Setting::table([("parameter", parameter), ("index", index), ("value", value)]);
            all(weights)
        };
        let parameter = || Setting::Text(weight.parameter.clone());
        let index = || {
            let index = weight.index.iter().map(|&at| Setting::Whole(at as i64));
            Setting::List(index.collect())
        };
        let value = || Setting::Number(weight.value);
        let number = place + 1;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let fields = [
                (format!("Index of weight {number}"), 44.0),
                (format!("Value of weight {number}"), 52.0),
            ];
            // The fields, the button behind them and the gaps.
            let rest: f32 = fields.iter().map(|(_, width)| width + 4.0).sum::<f32>() + 44.0;
            let width = (ui.available_width() - rest).max(96.0);
            let choose = |ui: &mut Ui| {
                ComboBox::from_id_salt(("weight", place))
                    .selected_text(&weight.parameter)
                    .width(width)
                    .truncate()
                    .show_ui(ui, |ui| {
                        for entry in &entries {
                            let chosen = entry.name == weight.parameter;
                            if ui.selectable_label(chosen, &entry.name).clicked() && !chosen {
                                // The first value of the new one: its shape may be another.
                                let zeros = vec![Setting::Whole(0); entry.shape.len()];
                                let name = Setting::Text(entry.name.clone());
                                commands.push(changed(name, Setting::List(zeros), value()));
                            }
                        }
                    })
            };
            let shown = ui.name_inputs(format!("Parameter of weight {number}"), choose);
            shown.response.on_hover_text(&weight.parameter);
            let at: Vec<String> = weight.index.iter().map(usize::to_string).collect();
            let field = |ui: &mut Ui, (name, width): &(String, f32), now: &str| {
                ui.name_inputs(name, |ui| text_field(ui, name, now, "", *width))
            };
            if let Some(text) = field(ui, &fields[0], &at.join(", ")) {
                let index = Setting::List(text.split(',').map(typed).collect());
                commands.push(changed(parameter(), index, value()));
            }
            if let Some(text) = field(ui, &fields[1], &plain(weight.value)) {
                commands.push(changed(parameter(), index(), typed(&text)));
            }
            let name = format!("Remove weight {number}");
            let remove = ui.small_button("✗");
            ui.ctx()
                .accesskit_node_builder(remove.id, |node| node.set_label(name));
            if remove
                .on_hover_text("Let it begin as the scheme has it")
                .clicked()
            {
                let mut weights = written(&init.set);
                weights.remove(place);
                commands.push(all(weights));
            }
        });
    }
    field_row(
        ui,
        "By hand",
        None,
        "Give a single weight a value of its own",
        |ui| {
            let recurrent = entries
                .iter()
                .find(|entry| entry.name.contains("weight_hh"));
            let Some(entry) = recurrent.or(entries.first()) else {
                return;
            };
            if ui.button("Set a weight").clicked() {
                let new = SetWeight {
                    parameter: entry.name.clone(),
                    index: vec![0; entry.shape.len()],
                    value: 0.0,
                };
                let mut weights = written(&init.set);
                weights.push((&new).into());
                commands.push(all(weights));
            }
        },
    );
}
