//! A question to answer before looking.

use super::turn::{enter_field, read_number};
use super::{LessonPanel, Turn, bring_into_view, cannot_tell, card};
use crate::app::theme::{GRID, Palette};
use crate::app::widgets::{Formulas, caption, number};
use crate::lesson::expression::{Expression, Scope};
use crate::lesson::player::{Answer, Said, as_told};
use crate::lesson::predict::Kind;
use crate::lesson::{Aside, Player, Predict};
use crate::session::Session;
use eframe::egui::{RadioButton, RichText, Ui};

impl LessonPanel {
    pub(super) fn predict(
        &mut self,
        ui: &mut Ui,
        index: usize,
        predict: &Predict,
        player: &mut Player,
        session: &Session,
        formulas: &mut Formulas,
    ) -> Option<Turn> {
        let mut turn = None;
        card(ui, "Predict", |ui| {
            self.question(
                ui,
                (index, player.answer(index).is_some()),
                &predict.question,
                player,
                (&Scope::new(session), &[]),
                formulas,
            );
            ui.add_space(0.5 * GRID);
            // What a change would do is answered by a copy, which is made once somebody has said something.
            let is_after = !predict.after.is_empty();
            let wanted = player.waiting(index).is_some() || player.answer(index).is_some();
            let aside = match is_after && wanted {
                true => self.keep_aside(ui, index, player),
                false => None,
            };
            if let Some(problem) = aside.as_ref().and_then(|aside| aside.problem()) {
                player.give_up(problem);
                // Who has answered misses what would be explained.
                if player.unjudged(index).is_none() {
                    caption(ui, problem);
                }
            }
            let asked_of = match is_after {
                true => aside.as_ref().and_then(Aside::session),
                false => Some(session),
            };
            if let Some(asked_of) = asked_of {
                player.judge_choice(asked_of);
            }
            let answer = player.answer(index);
            if answer.is_none() {
                self.thaw(index);
            }
            let unjudged = player.unjudged(index).map(str::to_owned);
            let verdict = match (answer, &unjudged) {
                (Some(answer), _) => format!("{} {:?}", answer.chosen, answer.said),
                (None, Some(why)) => why.clone(),
                (None, None) => String::new(),
            };
            let is_new = self.is_new(index, verdict);
            let said = match &predict.kind {
                Kind::Choices { choices, .. } => choose(ui, choices, answer, player.waiting(index)),
                Kind::Number { .. } => self.estimate(ui, index, answer, player.waiting(index)),
                Kind::Sketch(sketch) => self.sketch(ui, index, (predict, sketch), player, session),
            };
            if let Some(said) = said {
                // A copy that is not there yet is waited for.
                match asked_of {
                    Some(asked_of) => player.say(index, said, asked_of),
                    None => player.wait(index, said),
                }
            }
            match (answer, &unjudged) {
                (None, Some(why)) => {
                    let top = ui.cursor().top();
                    cannot_tell(ui, why);
                    if is_new {
                        bring_into_view(ui, top);
                    }
                }
                (None, None) if is_after && wanted => {
                    caption(
                        ui,
                        "The engine finds out on a copy of this page’s beginning.",
                    );
                }
                (None, None) => {
                    caption(
                        ui,
                        "Answer before you look. A wrong guess teaches as much as a right one.",
                    );
                }
                (Some(answer), _) => {
                    let top = ui.cursor().top();
                    ui.add_space(0.5 * GRID);
                    // Under its curves a sketch says that itself.
                    if !matches!(predict.kind, Kind::Sketch(_)) {
                        told(ui, predict, answer);
                    }
                    // Its numbers are those of what was asked about, never of something else.
                    if let Some(asked_of) = asked_of {
                        let scope = Scope::new(asked_of);
                        for (part, text) in predict.explained(answer.chosen).enumerate() {
                            let at = (index, part);
                            self.explanation(ui, at, text, player, (&scope, &[]), formulas);
                        }
                    }
                    if is_after && !player.is_exercise(&predict.after) {
                        let hover = "Does in your own run what the question asked about";
                        if ui.button("Try it here").on_hover_text(hover).clicked() {
                            turn = Some(Turn::Play(predict.after.clone()));
                        }
                    }
                    if is_new {
                        bring_into_view(ui, top);
                    }
                }
            }
            if is_after && wanted {
                self.aside = aside;
            }
        });
        turn
    }

    /// The copy that a question is about, begun if it is not there.
    fn keep_aside(&mut self, ui: &Ui, index: usize, player: &Player) -> Option<Aside> {
        let of = format!("{} {} {index}", player.lesson.id, player.page().name);
        let mut left = self.finishing.iter();
        let at = left.position(|(_, aside)| aside.of() == of);
        let left = at.map(|at| self.finishing.swap_remove(at).1);
        let kept = self.aside.take().filter(|aside| aside.of() == of);
        let kept = kept.or(left);
        let mut aside = kept.unwrap_or_else(|| {
            let ctx = ui.ctx().clone();
            Aside::begin(of, player.asked_after(index), move || ctx.request_repaint())
        });
        aside.next_frame();
        Some(aside)
    }

    /// A number that the learner estimates.
    fn estimate(
        &mut self,
        ui: &mut Ui,
        index: usize,
        answer: Option<Answer>,
        waiting: Option<Said>,
    ) -> Option<Said> {
        let said = answer.and_then(|answer| answer.said);
        let said = said.or(match waiting {
            Some(Said::Number(said)) => Some(said),
            _ => None,
        });
        if let Some(said) = said {
            ui.label(format!("Your estimate: {}", number(said)));
            return None;
        }
        let text = self.typed.entry(index).or_default();
        let entered = enter_field(ui, "Your estimate", "Answer", text, false);
        let typed = text.trim().to_owned();
        match read_number(&typed) {
            Ok(said) if entered => Some(Said::Number(said)),
            Err(problem) if !typed.is_empty() => {
                caption(ui, &problem);
                None
            }
            _ => None,
        }
    }
}

/// Which choice was made in this frame.
fn choose(
    ui: &mut Ui,
    choices: &[String],
    answer: Option<Answer>,
    waiting: Option<Said>,
) -> Option<Said> {
    let palette = Palette::of(ui.visuals());
    let mut said = None;
    for (choice, text) in choices.iter().enumerate() {
        let chosen = match answer {
            Some(answer) => answer.chosen == choice,
            None => waiting == Some(Said::Choice(choice)),
        };
        let right = answer.is_some_and(|answer| answer.right == choice);
        // Below one another, not side by side with a sign: only so a long choice wraps.
        let text = match (right, chosen) {
            (true, _) => RichText::new(format!("{text}  ✓")).color(palette.ok),
            (false, true) if answer.is_some() => RichText::new(format!("{text}  (not this)")),
            (false, _) => RichText::new(text),
        };
        let radio = RadioButton::new(chosen, text);
        if ui.add_enabled(answer.is_none(), radio).clicked() {
            said = Some(Said::Choice(choice));
        }
    }
    said
}

/// Whether it was right, and what the engine says, unless the explanation does. Of choices in words, what a formula weighed them
/// by is no number that anyone has asked for.
fn told(ui: &mut Ui, predict: &Predict, answer: Answer) {
    let palette = Palette::of(ui.visuals());
    let (verdict, color) = match answer.is_right(predict) {
        true => ("Right", palette.ok),
        false => ("Not quite", palette.text),
    };
    let explained = predict.explained(answer.chosen);
    let is_asked = match predict.kind {
        Kind::Choices { .. } => {
            let is_measure = matches!(predict.answer, Expression::Measure(_));
            is_measure && !explained.into_iter().any(|text| text.contains("{{"))
        }
        Kind::Number { .. } | Kind::Sketch(_) => true,
    };
    let says = match is_asked {
        true => format!(
            "{verdict}: the engine says {}",
            as_told(&predict.answer, answer.value)
        ),
        false => format!("{verdict}."),
    };
    ui.label(RichText::new(says).color(color));
}
