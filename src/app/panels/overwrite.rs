//! The question before a file is overwritten.

use crate::app::theme::GRID;
use crate::app::widgets::{caption, dialog_frame, primary_button};
use crate::platform::files::shown;
use crate::session::{Command, Overwrite, Session, WhyAsk};
use eframe::egui::{self, Id, Modal};

/// What the user answered.
pub enum Answer {
    /// Overwrite it, or leave it as it is.
    Command(Command),
    /// Save to another file.
    Elsewhere,
}

/// Asks while there is something to ask; returns the answer.
pub fn show(ctx: &egui::Context, session: &Session) -> Option<Answer> {
    let Overwrite { path, why } = session.overwrite()?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let folder = path.parent().map(std::path::absolute);
    let modal = Modal::new(Id::unique("overwrite"))
        .frame(dialog_frame(ctx))
        .show(ctx, |ui| {
            ui.set_width(440.0);
            ui.heading(format!("Replace {name}?"));
            if let Some(Ok(folder)) = folder {
                caption(ui, &format!("in {}", shown(&folder)));
            }
            ui.add_space(GRID);
            ui.label(match why {
                WhyAsk::Another => {
                    "There is a file of this name. What is in it will be lost."
                }
                WhyAsk::Changed => {
                    "Another program has changed this file since it was opened or saved here. What is in it now will be lost."
                }
                WhyAsk::Protected => "This file is write-protected.",
            });
            ui.add_space(2.0 * GRID);
            ui.horizontal(|ui| {
                let replace = ui.button("Replace").clicked();
                let elsewhere = ui.button("Save elsewhere…").clicked();
                // What costs nothing is the first choice.
                let keep = primary_button(ui, "Keep the file").clicked();
                match (replace, elsewhere, keep) {
                    (true, ..) => Some(Answer::Command(Command::SaveOver(path.clone()))),
                    (_, true, _) => Some(Answer::Elsewhere),
                    (.., true) => Some(Answer::Command(Command::DismissMessage)),
                    _ => None,
                }
            })
            .inner
        });
    let closed = modal.should_close();
    modal
        .inner
        .or_else(|| closed.then_some(Answer::Command(Command::DismissMessage)))
}
