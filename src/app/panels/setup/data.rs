//! `[data]`: where the sequences come from.

use super::fields::{Choice, choice, number_field, set, text_field};
use crate::app::theme::{Palette, SMALL};
use crate::app::widgets::{caption, field_row, section_heading};
use crate::baseline::Criterion;
use crate::data::{Asked, LabelAt, Missing, Scale, SequenceSpec, TestFrom, tasks};
use crate::experiment::{BaselineSpec, CsvData, Data, Document, Lags, Setting, TaskData, TextData};
use crate::session::{Command, Session};
use eframe::egui::{self, RichText, Ui};

pub(super) fn show(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    section_heading(ui, "Data");
    match &session.experiment().data {
        Data::Task(data) => task(ui, session, data, commands),
        Data::Csv(data) => csv(ui, session, data, commands),
        Data::Text(data) => text(ui, data, commands),
    }
    let Some(snapshot) = session.snapshot() else {
        return;
    };
    let dataset = &snapshot.material.dataset;
    caption(
        ui,
        &format!(
            "{} training and {} test sequences",
            dataset.train.len(),
            dataset.test.len()
        ),
    );
    if let Some(source) = &snapshot.material.source {
        let report = &source.report;
        for notice in &report.notices {
            caption(ui, notice);
        }
        let missing = report.columns.iter().map(|column| column.filled);
        let filled: usize = missing.sum();
        if filled > 0 {
            caption(ui, &format!("{filled} missing values filled in"));
        }
    }
    let palette = Palette::of(ui.visuals());
    for notice in &snapshot.material.notices {
        ui.label(RichText::new(notice).size(SMALL).color(palette.error));
    }
}

fn task(ui: &mut Ui, session: &Session, data: &TaskData, commands: &mut Vec<Command>) {
    let options: Vec<Choice<&str>> = tasks::ALL
        .iter()
        .map(|task| Choice::new(task.name(), task.title(), task.definition()))
        .collect();
    choice(
        ui,
        "Task",
        data.task.teaches(),
        data.task.name(),
        &options,
        |name| {
            // Another task has other keys: the old ones would be refused.
            let text = Document::parse(&session.text())
                .and_then(|(mut document, _)| document.set_task(name).map(|_| document));
            commands.push(match text {
                Ok(document) => Command::SetText(document.text().to_owned()),
                Err(_) => set("data.task", Setting::Text(name.into())),
            });
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

fn csv(ui: &mut Ui, session: &Session, csv: &CsvData, commands: &mut Vec<Command>) {
    let spec = &csv.sequences;
    file(ui, &csv.path);
    match &spec.asked {
        Asked::Forecast {
            features, targets, ..
        } => {
            let hover = "The columns whose future is asked for";
            shown(ui, "Forecast", hover, &targets.join(", "));
            let hover = "The columns that the network sees";
            shown(ui, "From", hover, &features.join(", "));
        }
        Asked::Classify {
            features,
            label,
            label_at,
            ..
        } => {
            shown(ui, "Label", "The column of classes", label);
            let hover = "The columns that the network sees";
            shown(ui, "From", hover, &features.join(", "));
            let options = [
                Choice::new(
                    None,
                    "as it varies",
                    "At the end if it is constant in every group, otherwise at every step",
                ),
                Choice::new(
                    Some(LabelAt::End),
                    "at the end",
                    "Once, after the last step",
                ),
                Choice::new(Some(LabelAt::Every), "at every step", "Tagging"),
            ];
            let hover = "When the label is asked";
            choice(ui, "Asked", hover, *label_at, &options, |at| {
                let value = at.map_or(Setting::Remove, |at| Setting::Text(at.name().into()));
                commands.push(set("data.label_at", value));
            });
        }
        Asked::Symbols { text, label } => {
            let hover = "The column whose cells are sequences of characters";
            shown(ui, "Text", hover, text);
            match label {
                Some(label) => shown(ui, "Label", "The column of classes", label),
                None => shown(ui, "Asked", "What is to be told", "the next character"),
            }
        }
    }
    if let Some(group) = &spec.group {
        let hover = "The column that tells series apart; no window crosses from one into another";
        shown(ui, "Group", hover, group);
    }
    numbers_of(ui, spec, commands);
    if !matches!(spec.asked, Asked::Symbols { .. }) {
        let options = Scale::ALL.map(|scale| Choice::new(scale, scale.name(), scale.phrase()));
        let hover = "How numbers are scaled for the network; measured on the training part, undone in every plot and file";
        choice(ui, "Scale", hover, spec.scale, &options, |scale: Scale| {
            commands.push(set("data.scale", Setting::Text(scale.name().into())));
        });
        let options =
            Missing::ALL.map(|missing| Choice::new(missing, missing.name(), missing.phrase()));
        let hover = "What becomes of missing values among the columns in use";
        choice(
            ui,
            "Missing",
            hover,
            spec.missing,
            &options,
            |missing: Missing| {
                commands.push(set("data.missing", Setting::Text(missing.name().into())));
            },
        );
    }
    test_part(ui, &spec.test, commands);
    if matches!(spec.asked, Asked::Forecast { .. }) {
        baseline(ui, &session.experiment().baseline, commands);
    }
}

/// Which lags the autoregression has that forecasts are held against.
#[derive(Clone, Copy, PartialEq)]
enum ArLags {
    Bic,
    Aic,
    UpTo,
    These,
    Off,
}

/// What forecasts are held against.
fn baseline(ui: &mut Ui, spec: &BaselineSpec, commands: &mut Vec<Command>) {
    let now = match &spec.lags {
        Lags::Chosen(Criterion::Bic) => ArLags::Bic,
        Lags::Chosen(Criterion::Aic) => ArLags::Aic,
        Lags::UpTo(_) => ArLags::UpTo,
        Lags::These(_) => ArLags::These,
        Lags::Off => ArLags::Off,
    };
    let mut options = vec![
        Choice::new(
            ArLags::Bic,
            "by BIC",
            "Lags 1 to p, p chosen by Schwarz's criterion",
        ),
        Choice::new(
            ArLags::Aic,
            "by AIC",
            "Lags 1 to p, p chosen by Akaike's criterion",
        ),
        Choice::new(ArLags::UpTo, "1 to p", "Lags 1 to p, with a p of your own"),
        Choice::new(ArLags::Off, "off", "No autoregression"),
    ];
    let these = match &spec.lags {
        Lags::These(lags) => lags
            .iter()
            .map(usize::to_string)
            .collect::<Vec<_>>()
            .join(", "),
        _ => String::new(),
    };
    if now == ArLags::These {
        options.push(Choice::new(ArLags::These, &these, "These lags alone"));
    }
    let hover = "The autoregression that forecasts are held against, fitted on the training part";
    choice(ui, "AR lags", hover, now, &options, |lags| {
        let text = |text: &str| Setting::Text(text.into());
        let value = match lags {
            ArLags::Bic => text("bic"),
            ArLags::Aic => text("aic"),
            ArLags::UpTo => Setting::Whole(9),
            ArLags::Off => text("off"),
            ArLags::These => return,
        };
        commands.push(set("baseline.ar", value));
    });
    if let Lags::UpTo(order) = &spec.lags {
        let hover = "How many rows back the autoregression reads";
        number_field(
            ui,
            "Order",
            Some("lags"),
            hover,
            &order.to_string(),
            |value| {
                commands.push(set("baseline.ar", value));
            },
        );
    }
}

/// Window, horizon and steps.
fn numbers_of(ui: &mut Ui, spec: &SequenceSpec, commands: &mut Vec<Command>) {
    let mut field = |ui: &mut Ui, label: &str, key: &str, unit: &str, hover: &str, value: usize| {
        number_field(ui, label, Some(unit), hover, &value.to_string(), |value| {
            commands.push(set(&format!("data.{key}"), value));
        });
    };
    match &spec.asked {
        Asked::Forecast {
            window,
            horizon,
            steps,
            ..
        } => {
            let hover = "How many steps a sequence has";
            field(ui, "Window", "window", "rows in", hover, *window);
            let hover = "How far ahead the first forecast row lies";
            field(ui, "Horizon", "horizon", "ahead", hover, *horizon);
            let hover = "How many rows are forecast at once from there on: direct multi-step, an output for each";
            field(ui, "Steps", "steps", "at once", hover, *steps);
        }
        Asked::Classify { window, .. } if spec.group.is_none() => {
            let hover = "How many steps a sequence has";
            field(ui, "Window", "window", "rows in", hover, *window);
        }
        Asked::Classify { .. } | Asked::Symbols { .. } => {}
    }
}

fn test_part(ui: &mut Ui, test: &TestFrom, commands: &mut Vec<Command>) {
    let from = match test {
        TestFrom::Label(label) => label.clone(),
        TestFrom::Fraction(share) => share.to_string(),
        TestFrom::Groups(groups) => {
            shown(
                ui,
                "Test groups",
                "The groups kept back for testing",
                &groups.join(", "),
            );
            return;
        }
    };
    let hover = "The time of the first test target, or a share between 0 and 1. Everything before is for training; scaling is \
                 fitted there alone";
    field_row(ui, "Test from", None, hover, |ui| {
        if let Some(text) = text_field(ui, "Test from", &from, "", 104.0) {
            let share = text
                .parse::<f64>()
                .ok()
                .filter(|share| *share > 0.0 && *share < 1.0);
            let value = share.map_or_else(|| Setting::Text(text.trim().into()), Setting::Number);
            commands.push(set("data.test_from", value));
        }
    });
}

fn text(ui: &mut Ui, text: &TextData, commands: &mut Vec<Command>) {
    file(ui, &text.path);
    shown(ui, "Asked", "What is to be told", "the next character");
    let length = text.spec.length.to_string();
    let hover = "How many characters a sequence has";
    number_field(ui, "Length", Some("steps"), hover, &length, |value| {
        commands.push(set("data.length", value));
    });
    let share = text.spec.test.to_string();
    let hover = "The share of the text, from its end, that is kept back";
    number_field(ui, "Test from", Some("share"), hover, &share, |value| {
        commands.push(set("data.test_from", value));
    });
}

fn file(ui: &mut Ui, path: &str) {
    shown(ui, "File", path, path);
}

/// A row that says something and changes nothing.
fn shown(ui: &mut Ui, label: &str, hover: &str, value: &str) {
    field_row(ui, label, None, hover, |ui| {
        ui.add(egui::Label::new(value).truncate())
    });
}

fn title_of(name: &str) -> String {
    let mut words = name.replace('_', " ");
    if let Some(first) = words.get(..1).map(str::to_uppercase) {
        words.replace_range(..1, &first);
    }
    words
}
