//! Menus, and what is open and going on.

use crate::app::panes::{Entry, RESTORE};
use crate::app::theme::{Palette, SMALL};
use crate::experiment::gallery;
use crate::lesson::{Progress, Shelf};
use crate::session::{Command, Session, Source};
use crate::train::Status;
use eframe::egui::{self, Align, Layout, MenuBar, Response, RichText, Ui};
use std::collections::BTreeMap;

/// Something chosen from the menus that is not a command of the session.
#[derive(Clone, Debug, PartialEq)]
pub enum MenuAction {
    /// Open a file.
    OpenFile,
    /// Open a file by typing its path.
    TypePath,
    /// Save the experiment to its file, or to one that is chosen if it has none.
    Save,
    /// Save the experiment to another file.
    SaveAs,
    /// Begin the lesson with this index.
    Lesson(usize),
    /// Show the set-up panel.
    Setup,
    /// Light or dark.
    Theme(egui::ThemePreference),
    /// Panes as they were in the beginning.
    ResetLayout,
    /// Show or hide a view.
    TogglePane(String),
    /// Give a view all the room.
    EnlargePane(String),
    /// Give every pane its place again.
    RestorePanes,
    /// Show keys and facts.
    About,
    /// Close the window.
    Quit,
}

/// The lessons, and how far the learner is in them.
pub struct Lessons<'a> {
    /// The lessons.
    pub shelf: &'a Shelf,
    /// What was reached, by the lesson's id.
    pub progress: &'a BTreeMap<String, Progress>,
    /// Whether one is being played.
    pub playing: bool,
}

/// Draws the bar.
pub fn show(
    ui: &mut Ui,
    session: &Session,
    lessons: &Lessons<'_>,
    panes: &[Entry],
    enlarged: bool,
    commands: &mut Vec<Command>,
) -> Option<MenuAction> {
    let mut action = None;
    MenuBar::new().ui(ui, |ui| {
        ui.menu_button("File", |ui| {
            choose(ui, "Open…", MenuAction::OpenFile, &mut action);
            choose(ui, "Open path…", MenuAction::TypePath, &mut action);
            choose(ui, "Save experiment", MenuAction::Save, &mut action).on_hover_text("Ctrl S");
            choose(ui, "Save experiment as…", MenuAction::SaveAs, &mut action)
                .on_hover_text("Ctrl Shift S");
            ui.separator();
            choose(ui, "Quit", MenuAction::Quit, &mut action);
        });
        ui.menu_button("Edit", |ui| edit(ui, session, lessons.playing, commands));
        ui.menu_button("Data", |ui| {
            choose(ui, "Import CSV or text…", MenuAction::OpenFile, &mut action);
            choose(
                ui,
                "Import CSV or text by path…",
                MenuAction::TypePath,
                &mut action,
            );
        });
        ui.menu_button("Lessons", |ui| {
            ui.set_min_width(260.0);
            for (index, lesson) in lessons.shelf.lessons.iter().enumerate() {
                let progress = lessons.progress.get(&lesson.id);
                let complete = progress.is_some_and(|progress| progress.is_complete(lesson));
                let text = format!(
                    "{}. {}   {} min{}",
                    index + 1,
                    lesson.title,
                    lesson.minutes,
                    if complete { "   ✓" } else { "" }
                );
                if ui.button(text).on_hover_text(&lesson.summary).clicked() {
                    action = Some(MenuAction::Lesson(index));
                    ui.close();
                }
            }
        });
        ui.menu_button("Gallery", |ui| {
            for entry in gallery::EXPERIMENTS {
                if ui
                    .button(entry.title)
                    .on_hover_text(entry.description)
                    .clicked()
                {
                    commands.push(Command::Open(Source::Gallery(entry.name.into())));
                    action = Some(MenuAction::Setup);
                    ui.close();
                }
            }
        });
        ui.menu_button("View", |ui| {
            let theme = ui.ctx().options(|options| options.theme_preference);
            for (preference, name) in [
                (egui::ThemePreference::Light, "Light"),
                (egui::ThemePreference::Dark, "Dark"),
                (egui::ThemePreference::System, "As the desktop"),
            ] {
                if ui.radio(theme == preference, name).clicked() {
                    action = Some(MenuAction::Theme(preference));
                    ui.close();
                }
            }
            ui.separator();
            for pane in panes {
                let mut shown = pane.shown;
                let response = ui.checkbox(&mut shown, pane.title);
                if response.on_hover_text(pane.question).clicked() {
                    action = Some(MenuAction::TogglePane(pane.name.into()));
                }
            }
            ui.separator();
            if enlarged {
                choose(ui, RESTORE, MenuAction::RestorePanes, &mut action)
                    .on_hover_text("E or Escape");
            } else {
                ui.menu_button("Enlarge", |ui| {
                    for pane in panes {
                        let enlarge = MenuAction::EnlargePane(pane.name.into());
                        choose(ui, pane.title, enlarge, &mut action).on_hover_text(pane.question);
                    }
                })
                .response
                .on_hover_text("Give one pane all the room (E with the pointer in it)");
            }
            choose(ui, "Reset layout", MenuAction::ResetLayout, &mut action);
        });
        ui.menu_button("Help", |ui| {
            choose(ui, "Keys and facts", MenuAction::About, &mut action);
        });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            status(ui, session);
        });
    });
    action
}

/// What can be taken back, and done again.
fn edit(ui: &mut Ui, session: &Session, in_lesson: bool, commands: &mut Vec<Command>) {
    for (name, keys, redo, change, command) in [
        ("Undo", "Ctrl Z", false, session.undoable(), Command::Undo),
        (
            "Redo",
            "Ctrl Shift Z",
            true,
            session.redoable(),
            Command::Redo,
        ),
    ] {
        let entry = ui.add_enabled(change.is_some(), egui::Button::new(name));
        let hover = match (change, session.made_again(redo)) {
            (None, _) => keys.to_owned(),
            (Some(change), None) => format!("{change} ({keys})"),
            (Some(change), Some(updates)) => {
                format!("{change} ({keys}). Its {updates} updates are made again.")
            }
        };
        if entry.on_hover_text(hover).clicked() {
            commands.push(command);
            ui.close();
        }
    }
    // What a lesson gives back when it is left is still there if it could not be had then.
    for (at, name) in session.aside_names().enumerate() {
        let (text, why_not) = match at {
            0 => {
                ui.separator();
                (
                    format!("Back to {name}"),
                    "It comes back when the lesson is left",
                )
            }
            // They come back one after the other, as they were put aside.
            _ => (
                format!("Then back to {name}"),
                "Put aside as well: it can be had once what stands above it is back",
            ),
        };
        let entry = ui.add_enabled(at == 0 && !in_lesson, egui::Button::new(text));
        if entry.on_disabled_hover_text(why_not).clicked() {
            commands.push(Command::TakeBack);
            ui.close();
        }
    }
}

fn choose(
    ui: &mut Ui,
    text: &str,
    chosen: MenuAction,
    action: &mut Option<MenuAction>,
) -> Response {
    let entry = ui.button(text);
    if entry.clicked() {
        *action = Some(chosen);
        ui.close();
    }
    entry
}

/// "● LSTM 1×16 · sunspots · update 420"
fn status(ui: &mut Ui, session: &Session) {
    let palette = Palette::of(ui.visuals());
    let Some(snapshot) = session.snapshot() else {
        ui.label(RichText::new("reading data …").color(palette.weak_text));
        return;
    };
    let text = format!(
        "{} · {} · update {}",
        snapshot.model.network().title(),
        snapshot.material.data_name,
        match &snapshot.status {
            Status::Diverged(divergence) => divergence.good,
            _ => snapshot.update,
        }
    );
    let (color, state) = match &snapshot.status {
        _ if session.is_running() => (palette.accent_text, "training"),
        Status::Diverged(_) => (palette.error, "diverged"),
        // One that is made again is where it was only when it has come there.
        Status::Finished if session.remade().is_none() => (palette.ok, "finished"),
        _ => (palette.weak_text, "waiting"),
    };
    let label = ui.label(RichText::new(text).size(SMALL).color(palette.text));
    label.on_hover_text(format!(
        "{} · computed in {} · {state}",
        session.name(),
        snapshot.precision.name()
    ));
    ui.label(RichText::new(state).size(SMALL).color(color));
    let (rect, _) = ui.allocate_exact_size(egui::vec2(10.0, 10.0), egui::Sense::hover());
    ui.painter().circle_filled(rect.center(), 4.0, color);
}
