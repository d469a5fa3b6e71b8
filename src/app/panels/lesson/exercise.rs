//! Something to do, checked against the run.

use super::{LessonPanel, Turn, bring_into_view, card, small_button};
use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::Formulas;
use crate::lesson::check::in_lines;
use crate::lesson::player::Standing;
use crate::lesson::told::told;
use crate::lesson::{Do, Player};
use crate::session::Session;
use eframe::egui::{Button, RichText, Ui};

impl LessonPanel {
    /// Whether it is done.
    pub(super) fn exercise(
        &mut self,
        ui: &mut Ui,
        index: usize,
        exercise: &Do,
        player: &mut Player,
        session: &Session,
        formulas: &mut Formulas,
    ) -> (bool, Option<Turn>) {
        let mut turn = None;
        let standing = player.standing(index, session);
        let done = standing == Standing::Done;
        let hints = player.hints(index).min(exercise.hints.len());
        let says = match &standing {
            Standing::Done => "done".to_owned(),
            Standing::Open { reason: None, .. } if hints == 0 => String::new(),
            Standing::Open { reason, .. } => format!("{hints} {}", reason.as_deref().unwrap_or("")),
        };
        let is_new = self.is_new(index, says);
        card(ui, "Do", |ui| {
            self.prose(ui, &exercise.goal, player, session, formulas);
            let palette = Palette::of(ui.visuals());
            let top = ui.cursor().top();
            match standing {
                Standing::Done => {
                    ui.label(RichText::new("✓ Done").color(palette.ok).strong());
                }
                Standing::Open { readings, reason } => {
                    for (text, holds) in in_lines(&readings) {
                        let color = if holds { palette.ok } else { palette.weak_text };
                        ui.label(RichText::new(text).size(SMALL).color(color));
                    }
                    if let Some(reason) = reason {
                        ui.add_space(0.5 * GRID);
                        self.prose(ui, &reason, player, session, formulas);
                    }
                    for hint in &exercise.hints[..hints] {
                        self.prose(ui, &format!("*Hint:* {hint}"), player, session, formulas);
                    }
                    if hints < exercise.hints.len() && small_button(ui, "Show a hint").clicked() {
                        player.ask_hint(index);
                    }
                    if hints == exercise.hints.len() {
                        turn = shown(ui, index, exercise, player, session);
                    }
                }
            }
            if is_new {
                bring_into_view(ui, top);
            }
        });
        (done, turn)
    }
}

/// The solution, a command at a time: what it does is read first, and done when the learner says so.
fn shown(
    ui: &mut Ui,
    index: usize,
    exercise: &Do,
    player: &mut Player,
    session: &Session,
) -> Option<Turn> {
    let Some(done) = player.showing(index) else {
        let hover = "Goes back to where this exercise begins, and does it one step at a time";
        let wanted = small_button(ui, "Show me").on_hover_text(hover).clicked();
        return wanted.then(|| Turn::Restore(player.show_solution(index)));
    };
    let all = exercise.solution.len();
    let Some(next) = exercise.solution.get(done) else {
        ui.label("That was all of it.");
        return None;
    };
    ui.label(format!("Step {} of {all}: {}.", done + 1, told(next)));
    let rests = session.rests();
    let button = ui.add_enabled(rests, Button::new("Next"));
    if button.on_hover_text("Do this").clicked() {
        return player
            .next_shown(index)
            .map(|command| Turn::Play(vec![command]));
    }
    None
}
