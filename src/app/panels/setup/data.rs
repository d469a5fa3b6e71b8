//! `[data]`: where the sequences come from.

use super::fields::{Choice, choice, number_field, set, text_field};
use crate::app::theme::{Palette, SMALL};
use crate::app::widgets::{caption, field_row, section_heading};
use crate::data::{TestFrom, tasks};
use crate::experiment::{CsvData, Data, Document, Setting, TaskData};
use crate::session::{Command, Session};
use eframe::egui::{self, RichText, Ui};

pub(super) fn show(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    section_heading(ui, "Data");
    match &session.experiment().data {
        Data::Task(data) => task(ui, session, data, commands),
        Data::Csv(data) => csv(ui, data, commands),
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

fn csv(ui: &mut Ui, csv: &CsvData, commands: &mut Vec<Command>) {
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
        if let Some(text) = text_field(ui, "Test from", &from, "", 80.0) {
            let share = text
                .parse::<f64>()
                .ok()
                .filter(|share| *share > 0.0 && *share < 1.0);
            let value = share.map_or_else(|| Setting::Text(text.trim().into()), Setting::Number);
            commands.push(set("data.test_from", value));
        }
    });
}

fn title_of(name: &str) -> String {
    let mut words = name.replace('_', " ");
    if let Some(first) = words.get(..1).map(str::to_uppercase) {
        words.replace_range(..1, &first);
    }
    words
}
