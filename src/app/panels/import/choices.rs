//! How sequences are made of the columns: windows, gaps, scaling, and what is kept back.

use crate::app::panels::setup::fields::{Choice, choice, text_field};
use crate::app::theme::GRID;
use crate::app::widgets::{caption, field_row, section_heading, segmented};
use crate::data::{LabelAt, Missing, Role, Scale, TestFrom};
use crate::session::{ImportAim, ImportCommand, TableImport};
use crate::words::counted;
use eframe::egui::{self, DragValue, RichText, ScrollArea, Ui};

/// The most steps that an experiment takes.
const MOST: usize = 10_000;

/// A field for a whole number, which takes effect when it is left.
pub(super) fn whole(value: &mut usize) -> DragValue<'_> {
    DragValue::new(value).speed(0.1).update_while_editing(false)
}

pub(super) fn show(ui: &mut Ui, import: &TableImport, wanted: &mut Vec<ImportCommand>) {
    section_heading(ui, "What to learn");
    let choices = &import.choices;
    let aim = choices.aim();
    for role in [Role::Time, Role::Group, Role::Target] {
        guessed(ui, import, role, wanted);
    }
    let grouped = choices.with(Role::Group).is_some();
    match aim {
        ImportAim::Forecast => {
            let hover = "How many rows a sequence has, up to the one that the forecast is made at";
            rows(
                ui,
                "Window",
                "rows in",
                hover,
                choices.window,
                MOST,
                |rows| {
                    wanted.push(ImportCommand::Window(rows));
                },
            );
            let hover = "Horizon: how far after the window the first forecast row is. Steps: how many rows are forecast at \
                         once, each by an output of its own";
            field_row(ui, "Forecast", Some("at once"), hover, |ui| {
                let (mut horizon, mut steps) = (choices.horizon, choices.steps);
                let field = whole(&mut horizon).range(1..=MOST);
                if ui.name_inputs("Horizon", |ui| ui.add(field)).changed() {
                    wanted.push(ImportCommand::Horizon(horizon));
                }
                ui.label("rows ahead,");
                let field = whole(&mut steps).range(1..=1_000);
                if ui.name_inputs("Steps", |ui| ui.add(field)).changed() {
                    wanted.push(ImportCommand::Steps(steps));
                }
            });
            let hover =
                "Whether the network sees the past of what it forecasts, and what else it sees";
            field_row(ui, "Input", None, hover, |ui| {
                let mut also = choices.also_input;
                if ui.checkbox(&mut also, "also read the target").changed() {
                    wanted.push(ImportCommand::AlsoInput(also));
                }
                read_all(ui, import, wanted);
            });
        }
        ImportAim::Classify => {
            let options = [
                (None, "as found"),
                (Some(LabelAt::End), "at the end"),
                (Some(LabelAt::Every), "every step"),
            ];
            let hover = "When the class is asked. Found: at the end if it is the same in all rows of every group";
            field_row(ui, "Label", None, hover, |ui| {
                let mut at = choices.label_at;
                if segmented(ui, "Label", &mut at, &options).changed() {
                    wanted.push(ImportCommand::LabelAt(at));
                }
            });
            field_row(
                ui,
                "Input",
                None,
                "What the network reads at each step",
                |ui| {
                    let count = choices
                        .roles
                        .iter()
                        .filter(|role| **role == Role::Feature)
                        .count();
                    ui.label(counted(count, "column"));
                    read_all(ui, import, wanted);
                },
            );
            if !grouped {
                let hover = "How many rows a sequence has";
                rows(
                    ui,
                    "Window",
                    "rows in",
                    hover,
                    choices.window,
                    MOST,
                    |rows| {
                        wanted.push(ImportCommand::Window(rows));
                    },
                );
            }
        }
        ImportAim::Symbols => {
            let hover =
                "What is asked of each text. Give another column the role label to classify";
            field_row(ui, "Task", None, hover, |ui| {
                ui.label(match choices.with(Role::Label) {
                    Some(_) => "classify each text",
                    None => "tell the next character",
                })
            });
        }
    }
    if aim != ImportAim::Symbols {
        if choices.missing_values(&import.table) > 0 {
            let options = Missing::ALL
                .map(|missing| Choice::new(missing, missing.phrase(), meaning(missing)));
            let hover = "What becomes of rows in which a value is missing";
            let now = choices.missing(&import.table);
            choice(ui, "Missing values", hover, now, &options, |missing| {
                wanted.push(ImportCommand::Missing(missing));
            });
        }
        let options = Scale::ALL.map(|scale| Choice::new(scale, title(scale), scale.phrase()));
        let hover = "How numbers are brought to a size that is easy to learn; measured on the training part alone";
        choice(ui, "Scale", hover, choices.scale, &options, |scale| {
            wanted.push(ImportCommand::Scale(scale));
        });
    }
    test_part(ui, import, aim, wanted);
}

/// Which columns have a role, why they were guessed, and the next best guess to be taken instead.
fn guessed(ui: &mut Ui, import: &TableImport, role: Role, wanted: &mut Vec<ImportCommand>) {
    let roles = import
        .choices
        .roles
        .iter()
        .zip(import.table.names())
        .zip(&import.guessed.columns);
    let held: Vec<_> = roles.filter(|((held, _), _)| **held == role).collect();
    let instead = import.instead(role);
    if held.is_empty() && instead.is_none() {
        return;
    }
    let names: Vec<&str> = held.iter().map(|((_, name), _)| *name).collect();
    let named = match &names[..] {
        [] => "none".to_owned(),
        names => names.join(", "),
    };
    // What the user chose needs no reason.
    let why = held
        .first()
        .filter(|(_, guess)| guess.role == role)
        .map(|(_, guess)| guess.reason.as_str());
    let label = match role {
        Role::Time => "Time",
        Role::Group => "Series by",
        _ => "Forecast of",
    };
    let hover = "As the roles above the columns say";
    field_row(ui, label, None, hover, |ui| {
        let said = ui.add(egui::Label::new(RichText::new(&named).strong()).truncate());
        if let Some(why) = why {
            said.on_hover_text(why);
        }
        if let Some(offer) = instead
            && ui.button(&offer.text).on_hover_text(&offer.why).clicked()
        {
            wanted.extend(offer.commands);
        }
    });
    if let Some(why) = why {
        caption(ui, why);
    }
    if role == Role::Time && !held.is_empty() {
        let mut sort = import.choices.sort;
        let hover =
            "Rows of one time stay in the order of the file; each series is sorted on its own";
        field_row(ui, "Order", None, hover, |ui| {
            if ui.checkbox(&mut sort, "sort rows by time").changed() {
                wanted.push(ImportCommand::Sort(sort));
            }
        });
    }
}

/// A button that makes features of all columns of numbers that have no role, if there are any.
fn read_all(ui: &mut Ui, import: &TableImport, wanted: &mut Vec<ImportCommand>) {
    let columns = import.table.columns().iter().zip(&import.choices.roles);
    let idle: Vec<&str> = columns
        .filter(|(column, role)| **role == Role::Ignore && column.numbers().is_some())
        .map(|(column, _)| column.name.as_str())
        .collect();
    if idle.is_empty() {
        return;
    }
    let hover = format!("Makes features of {}", idle.join(", "));
    if ui.button("Read all numbers").on_hover_text(hover).clicked() {
        wanted.extend(idle.into_iter().map(|column| ImportCommand::Role {
            column: column.to_owned(),
            role: Role::Feature,
        }));
    }
}

fn title(scale: Scale) -> &'static str {
    match scale {
        Scale::None => "none",
        Scale::Standard => "standard",
        Scale::MinMax => "min–max",
        Scale::LogStandard => "logarithm, then standard",
        Scale::Difference => "difference",
    }
}

fn meaning(missing: Missing) -> &'static str {
    match missing {
        Missing::Refuse => "Each place is named, and nothing is opened",
        Missing::CarryForward => {
            "Never looks ahead; rows before the first known value are left out"
        }
        Missing::Interpolate => {
            "On a straight line between the neighbours; never across into the test part"
        }
        Missing::Drop => "Its neighbours become neighbours",
    }
}

fn rows(
    ui: &mut Ui,
    label: &str,
    unit: &str,
    hover: &str,
    now: usize,
    most: usize,
    mut done: impl FnMut(usize),
) {
    field_row(ui, label, Some(unit), hover, |ui| {
        let mut value = now;
        if ui.add(whole(&mut value).range(1..=most)).changed() {
            done(value);
        }
    });
}

/// The share kept back, in percent.
pub(super) fn share(ui: &mut Ui, now: f64, of: &str, wanted: &mut Vec<ImportCommand>) {
    let hover = "What is kept back for testing. Nothing is learned or measured from it";
    field_row(ui, "Share", Some(of), hover, |ui| {
        let mut percent = (100.0 * now).round();
        let field = DragValue::new(&mut percent)
            .range(1.0..=90.0)
            .speed(0.2)
            .max_decimals(0)
            .suffix(" %")
            .update_while_editing(false);
        if ui.add(field).changed() {
            let share = percent.round() / 100.0;
            wanted.push(ImportCommand::Test(TestFrom::Fraction(share)));
        }
    });
}

#[derive(Clone, Copy, PartialEq)]
enum By {
    Share,
    Time,
    Groups,
}

fn test_part(ui: &mut Ui, import: &TableImport, aim: ImportAim, wanted: &mut Vec<ImportCommand>) {
    let choices = &import.choices;
    let now = match choices.test {
        TestFrom::Fraction(_) => By::Share,
        TestFrom::Label(_) => By::Time,
        TestFrom::Groups(_) => By::Groups,
    };
    let mut options = vec![(By::Share, "a share"), (By::Time, "from a time")];
    if !import.groups.is_empty() {
        options.push((By::Groups, "groups"));
    }
    let mut by = now;
    field_row(
        ui,
        "Test part",
        None,
        "How the test part is told from the training part",
        |ui| {
            if segmented(ui, "Test part", &mut by, &options).changed() {
                wanted.push(ImportCommand::Test(match by {
                    By::Share => TestFrom::Fraction(0.2),
                    By::Time => TestFrom::Label(last_fifth(import)),
                    By::Groups => {
                        TestFrom::Groups(import.groups.last().cloned().into_iter().collect())
                    }
                }));
            }
        },
    );
    match &choices.test {
        TestFrom::Fraction(now) => {
            let sequences = aim != ImportAim::Forecast && !import.groups.is_empty();
            let of = if sequences || aim == ImportAim::Symbols {
                "of the sequences, from the end"
            } else {
                "of the rows, from the end"
            };
            share(ui, *now, of, wanted);
        }
        TestFrom::Label(from) => {
            let time = choices.with(Role::Time);
            let unit = match time.and_then(|at| import.table.columns().get(at)) {
                Some(column) => format!("in {}", column.name),
                None => "row number".to_owned(),
            };
            let hover = "The first time of the test part, written as in the file";
            field_row(ui, "From", Some(&unit), hover, |ui| {
                if let Some(text) = text_field(ui, "Import test from", from, "", 15.0 * GRID) {
                    wanted.push(ImportCommand::Test(TestFrom::Label(text.trim().into())));
                }
            });
        }
        TestFrom::Groups(kept) => {
            field_row(
                ui,
                "Test groups",
                None,
                "The groups that are kept back",
                |ui| {
                    ScrollArea::vertical()
                        .id_salt("test groups")
                        .max_height(12.0 * GRID)
                        .show(ui, |ui| {
                            ui.vertical(|ui| {
                                for name in &import.groups {
                                    let mut test = kept.contains(name);
                                    if ui.checkbox(&mut test, name).changed() {
                                        let mut kept = kept.clone();
                                        kept.retain(|other| other != name);
                                        if test {
                                            kept.push(name.clone());
                                        }
                                        wanted.push(ImportCommand::Test(TestFrom::Groups(kept)));
                                    }
                                }
                            });
                        });
                },
            );
        }
    }
}

/// The time at which the last fifth of the rows begins, as the file writes it.
fn last_fifth(import: &TableImport) -> String {
    let rows = import.table.rows();
    let row = rows - (rows / 5).max(1).min(rows);
    let spec = import.choices.spec(&import.table);
    let time = spec.time_of(&import.table, row);
    time.unwrap_or_else(|| (row + 1).to_string())
}
