//! An error, named after the learner's own run has refuted it.

use super::{LessonPanel, bring_into_view, card};
use crate::app::theme::GRID;
use crate::app::widgets::Formulas;
use crate::lesson::{Player, Refute};
use crate::session::Session;
use eframe::egui::{RichText, Ui};

impl LessonPanel {
    /// Nothing, until the question is answered and the run has refuted it.
    pub(super) fn refute(
        &mut self,
        ui: &mut Ui,
        index: usize,
        refute: &Refute,
        player: &mut Player,
        session: &Session,
        formulas: &mut Formulas,
    ) {
        let held = player.refuted(index, session);
        let is_new = self.is_new(index, held.map_or(String::new(), |held| held.to_string()));
        let Some(held) = held else {
            return;
        };
        let (name, opening, end) = match held {
            true => (
                "An error worth having made",
                "Behind your answer is what many believe:",
                "Your own run says otherwise.",
            ),
            false => (
                "An error you did not make",
                "Others answer otherwise, because they believe:",
                "Your own run shows that it is not so.",
            ),
        };
        let top = ui.cursor().top();
        card(ui, name, |ui| {
            ui.label(opening);
            ui.add_space(0.5 * GRID);
            ui.label(RichText::new(&refute.says).strong());
            ui.add_space(0.5 * GRID);
            self.prose(ui, &refute.tempting, player, session, formulas);
            ui.label(end);
            self.prose(ui, &refute.explain, player, session, formulas);
        });
        if is_new {
            bring_into_view(ui, top);
        }
    }
}
