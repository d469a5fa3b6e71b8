//! The question before what was reached in lessons is forgotten.

use crate::app::theme::GRID;
use crate::app::widgets::{dialog_frame, primary_button};
use eframe::egui::{self, Id, Modal};

/// Asks; whether it is to be forgotten, once that is answered.
pub fn show(ctx: &egui::Context) -> Option<bool> {
    let modal = Modal::new(Id::unique("forget"))
        .frame(dialog_frame(ctx))
        .show(ctx, |ui| {
            ui.set_width(440.0);
            ui.heading("Forget what was reached?");
            ui.add_space(GRID);
            ui.label(
                "What was answered and done in all lessons, and what is asked again. This cannot be undone.",
            );
            ui.add_space(2.0 * GRID);
            ui.horizontal(|ui| {
                let forget = ui.button("Forget all of it").clicked();
                // What costs nothing is the first choice.
                let keep = primary_button(ui, "Keep it").clicked();
                (forget || keep).then_some(forget)
            })
            .inner
        });
    let closed = modal.should_close();
    modal.inner.or_else(|| closed.then_some(false))
}
