//! A CSV on its way in: preview, choices, and what is wrong with it.

use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{
    Problem, caption, dialog_frame, error_card, field_row, primary_button, section_heading,
    segmented,
};
use crate::data::{CsvError, CsvOptions, Table};
use crate::session::{Command, Import, ImportCommand, ImportState, Session};
use eframe::egui::{self, ComboBox, Frame, Id, Modal, ProgressBar, RichText, ScrollArea, Ui};

/// Rows of the preview.
const PREVIEW: usize = 8;

/// Draws the dialogue while a CSV is being looked at.
pub fn show(ctx: &egui::Context, session: &Session) -> Vec<Command> {
    let Some(import) = session.import() else {
        return Vec::new();
    };
    let mut wanted = Vec::new();
    let modal = Modal::new(Id::unique("import"))
        .frame(dialog_frame(ctx))
        .show(ctx, |ui| {
            ui.set_width(640.0_f32.min(ui.ctx().content_rect().width() - 64.0));
            let name = import
                .path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy();
            ui.heading(format!("Import {name}"));
            caption(ui, &import.path.display().to_string());
            ui.add_space(GRID);
            content(ui, import, &mut wanted);
            if let Some(message) = session.message() {
                ui.add_space(GRID);
                let lines = message.lines.iter().map(|line| Problem {
                    found: line.clone(),
                    ..Problem::default()
                });
                error_card(ui, &message.title, &lines.collect::<Vec<_>>());
            }
            ui.add_space(2.0 * GRID);
            ui.horizontal(|ui| {
                if matches!(import.state, ImportState::Ready(_))
                    && primary_button(ui, "Open as experiment").clicked()
                {
                    wanted.push(ImportCommand::Open);
                }
                if ui.button("Cancel").clicked() {
                    wanted.push(ImportCommand::Cancel);
                }
            });
        });
    if modal.should_close() {
        wanted.push(ImportCommand::Cancel);
    }
    wanted.into_iter().map(Command::Import).collect()
}

fn content(ui: &mut Ui, import: &Import, wanted: &mut Vec<ImportCommand>) {
    match &import.state {
        ImportState::Reading(progress) => {
            ui.label("Reading the file. The window stays usable; cancelling leaves everything as it was.");
            ui.add(ProgressBar::new(*progress).show_percentage());
        }
        ImportState::Unreadable(error) => {
            let hint = "Check that the file is there and that you may read it.".into();
            error_card(
                ui,
                "The file cannot be read",
                &[Problem {
                    found: error.clone(),
                    hint,
                    ..Problem::default()
                }],
            );
        }
        ImportState::Failed(error) => {
            failed(ui, error);
            options(ui, import, wanted);
        }
        ImportState::Ready(table) => ready(ui, import, table, wanted),
    }
}

fn failed(ui: &mut Ui, error: &CsvError) {
    let mut problems: Vec<Problem> = error
        .places()
        .iter()
        .map(|place| {
            let column = place
                .column
                .map_or_else(String::new, |column| format!(", column {column}"));
            let header = place
                .header
                .as_ref()
                .map_or_else(String::new, |header| format!(" ({header})"));
            Problem {
                place: format!("line {}{column}{header}", place.line),
                found: format!("Found {}", place.found),
                expected: place.expected.clone(),
                hint: place.hint.clone(),
            }
        })
        .collect();
    if problems.is_empty() {
        problems.push(Problem {
            found: error.to_string(),
            ..Problem::default()
        });
    }
    let more = error.more();
    if more > 0 {
        problems.push(Problem {
            found: format!("… and {more} more places"),
            ..Problem::default()
        });
    }
    error_card(ui, "This file is not a table of numbers yet", &problems);
}

fn options(ui: &mut Ui, import: &Import, wanted: &mut Vec<ImportCommand>) {
    section_heading(ui, "How to read it");
    let now = import.options;
    field_row(ui, "Delimiter", None, "The sign between fields", |ui| {
        let mut delimiter = now.delimiter;
        let options = [
            (None, "found"),
            (Some(b','), "comma"),
            (Some(b';'), "semicolon"),
            (Some(b'\t'), "tab"),
            (Some(b'|'), "bar"),
        ];
        if segmented(ui, "Delimiter", &mut delimiter, &options).changed() {
            wanted.push(ImportCommand::Options(CsvOptions { delimiter, ..now }));
        }
    });
    field_row(
        ui,
        "First line",
        None,
        "Whether it holds the columns' names",
        |ui| {
            let mut header = now.header;
            let options = [
                (None, "found"),
                (Some(true), "names"),
                (Some(false), "numbers"),
            ];
            if segmented(ui, "First line", &mut header, &options).changed() {
                wanted.push(ImportCommand::Options(CsvOptions { header, ..now }));
            }
        },
    );
}

fn ready(ui: &mut Ui, import: &Import, table: &Table, wanted: &mut Vec<ImportCommand>) {
    let palette = Palette::of(ui.visuals());
    let numeric: Vec<&str> = table.numeric_names().collect();
    let all: Vec<&str> = table.names().collect();
    caption(
        ui,
        &format!(
            "{} rows, {} columns, {} of them numbers",
            table.rows(),
            all.len(),
            numeric.len()
        ),
    );
    Frame::new()
        .fill(palette.faint)
        .corner_radius(6.0)
        .inner_margin(8.0)
        .show(ui, |ui| {
            ScrollArea::horizontal().id_salt("preview").show(ui, |ui| {
                egui::Grid::new("preview")
                    .striped(true)
                    .spacing([20.0, 2.0])
                    .show(ui, |ui| {
                        ui.label(RichText::new("line").size(SMALL).color(palette.weak_text));
                        for name in &all {
                            let color = if import.target.as_deref() == Some(*name) {
                                palette.accent_text
                            } else {
                                palette.strong_text
                            };
                            ui.label(RichText::new(*name).size(SMALL).strong().color(color));
                        }
                        ui.end_row();
                        for row in 0..table.rows().min(PREVIEW) {
                            ui.label(
                                RichText::new(table.line(row).to_string())
                                    .size(SMALL)
                                    .color(palette.weak_text),
                            );
                            for column in table.columns() {
                                let mut text = column.label(row);
                                if let Some((cut, _)) = text.char_indices().nth(24) {
                                    text.truncate(cut);
                                    text.push('…');
                                }
                                ui.label(RichText::new(text).size(SMALL));
                            }
                            ui.end_row();
                        }
                    });
            });
        });
    options(ui, import, wanted);
    section_heading(ui, "What to learn");
    if numeric.is_empty() {
        let found = "Found no column that holds only numbers".into();
        let problem = Problem {
            found,
            expected: "at least one".into(),
            hint: "Try another delimiter, or clean the cells that are not numbers.".into(),
            ..Problem::default()
        };
        error_card(ui, "There is nothing to forecast here", &[problem]);
        return;
    }
    field_row(
        ui,
        "Forecast",
        None,
        "The column whose future is asked for",
        |ui| {
            let shown = import.target.as_deref().unwrap_or("choose a column");
            ComboBox::from_id_salt("target")
                .selected_text(shown)
                .show_ui(ui, |ui| {
                    for name in &numeric {
                        if ui
                            .selectable_label(import.target.as_deref() == Some(*name), *name)
                            .clicked()
                        {
                            wanted.push(ImportCommand::Target((*name).into()));
                        }
                    }
                });
        },
    );
    field_row(
        ui,
        "From",
        None,
        "The columns that the network sees at each step",
        |ui| {
            ui.horizontal_wrapped(|ui| {
                for name in &numeric {
                    let mut chosen = import.features.iter().any(|feature| feature == name);
                    if ui.checkbox(&mut chosen, *name).changed() {
                        let mut features = import.features.clone();
                        features.retain(|feature| feature != name);
                        if chosen {
                            features.push((*name).into());
                        }
                        wanted.push(ImportCommand::Features(features));
                    }
                }
            });
        },
    );
    field_row(
        ui,
        "Time",
        None,
        "The column that says when; it labels the plots and the test part",
        |ui| {
            let shown = import.time.as_deref().unwrap_or("row number");
            ComboBox::from_id_salt("time")
                .selected_text(shown)
                .show_ui(ui, |ui| {
                    if ui
                        .selectable_label(import.time.is_none(), "row number")
                        .clicked()
                    {
                        wanted.push(ImportCommand::Time(None));
                    }
                    for name in &all {
                        if ui
                            .selectable_label(import.time.as_deref() == Some(*name), *name)
                            .clicked()
                        {
                            wanted.push(ImportCommand::Time(Some((*name).into())));
                        }
                    }
                });
        },
    );
    for name in all
        .iter()
        .filter(|name| !numeric.contains(name) && import.time.as_deref() != Some(**name))
    {
        not_numbers(ui, table, name, &palette);
    }
}

/// Why a column is not offered: the first cells that are no numbers.
fn not_numbers(ui: &mut Ui, table: &Table, name: &str, palette: &Palette) {
    let Err(error) = table.numbers(name) else {
        return;
    };
    let Some(places) = error.places() else { return };
    let (first, more) = (places.first(), places.more());
    let Some(place) = first.first() else { return };
    let bad = first.len() + more;
    let rest = if bad > 1 {
        format!(" and {} more", bad - 1)
    } else {
        String::new()
    };
    let text = format!(
        "“{name}” is not offered: line {}, found {}, expected {}{rest}",
        place.line, place.found, place.expected
    );
    // A column with a few such cells was meant to be numbers; one full of them is text.
    let color = if 2 * bad < table.rows() {
        palette.error
    } else {
        palette.weak_text
    };
    ui.label(RichText::new(text).size(SMALL).color(color))
        .on_hover_text(&place.hint);
}
