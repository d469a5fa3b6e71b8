//! Something to work out: a number is typed, or a formula is built from tiles.

use super::{LessonPanel, SAYS, bring_into_view, cannot_tell, card, small_button};
use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{Formulas, caption, number};
use crate::lesson::expression::{Missing, Value, without_measure};
use crate::lesson::player::{Tried, Turned};
use crate::lesson::turn::{Judged, TOLERANCE, Worked, off_in_words};
use crate::lesson::{Player, Turn};
use crate::session::Session;
use eframe::egui::{Button, Key, RichText, TextEdit, Ui};

impl LessonPanel {
    pub(super) fn turn(
        &mut self,
        ui: &mut Ui,
        index: usize,
        turn: &Turn,
        player: &mut Player,
        session: &Session,
        formulas: &mut Formulas,
    ) {
        let before = player.turned(index);
        if !before.solved {
            self.thaw(index);
        }
        let says = match player.tried(index) {
            _ if before.solved => "solved".to_owned(),
            None if before.shown + player.hints(index) == 0 => String::new(),
            tried => format!(
                "{tried:?} {} {} {}",
                before.shown,
                before.tries,
                player.hints(index)
            ),
        };
        let is_new = self.is_new(index, says);
        card(ui, "Your turn", |ui| {
            let (scope, names) = (turn.scope(session), turn.names());
            let asked = (index, before.solved);
            self.question(
                ui,
                asked,
                &turn.question,
                player,
                (&scope, &names),
                formulas,
            );
            ui.add_space(0.5 * GRID);
            self.answer(ui, index, turn, player, session);
            let top = ui.cursor().top();
            let palette = Palette::of(ui.visuals());
            let turned = player.turned(index);
            match player.tried(index).cloned() {
                _ if turned.solved => {
                    let says = self.frozen((index, SAYS), || match turn.value(session) {
                        // Who may be far off reads where it lies: another number is right as well.
                        Ok(value) => Some(match turn.tolerance > TOLERANCE {
                            true => format!("✓ Right: it lies at {}", number(value)),
                            false => format!("✓ Right: the engine says {}", number(value)),
                        }),
                        Err(_) => None,
                    });
                    let says = says.unwrap_or_else(|| "✓ Right".to_owned());
                    ui.label(RichText::new(says).color(palette.ok).strong());
                }
                None => {}
                Some(Tried::Judged(judged)) => match judged {
                    Judged::Right => {}
                    Judged::Slip(at) => {
                        if let Some(slip) = turn.slips.get(at) {
                            ui.label("Not yet.");
                            self.prose_at(ui, &slip.reason, player, (&scope, &names), formulas);
                        }
                    }
                    Judged::Coincidence => {
                        ui.label(
                            "Not yet: the number is right here, but at other steps or units this formula gives another.",
                        );
                    }
                    Judged::Off(off) => {
                        ui.label(off_in_words(off));
                    }
                },
                Some(Tried::Unread(problem)) => {
                    ui.label(format!("This cannot be read: {problem}."));
                }
                Some(Tried::Never(why)) => cannot_tell(ui, &why),
                Some(Tried::Waiting) => {
                    caption(ui, "The engine is working its number out …");
                }
            }
            let hints = player.hints(index).min(turn.hints.len());
            if !turned.solved {
                for hint in &turn.hints[..hints] {
                    let hint = format!("*Hint:* {hint}");
                    self.prose_at(ui, &hint, player, (&scope, &names), formulas);
                }
            }
            ui.horizontal_wrapped(|ui| {
                if !turned.solved
                    && hints < turn.hints.len()
                    && small_button(ui, "Show a hint").clicked()
                {
                    player.ask_hint(index);
                }
                working_button(ui, index, turn, &turned, player);
            });
            self.working(ui, index, turn, &turned, session);
            if turned.solved {
                let (at, scope) = ((index, 0), (&scope, &names[..]));
                self.explanation(ui, at, &turn.explain, player, scope, formulas);
            }
            if is_new {
                bring_into_view(ui, top);
            }
        });
    }

    /// The lines of the way to the answer that were shown so far; once it is solved they stay as they were then.
    fn working(
        &mut self,
        ui: &mut Ui,
        index: usize,
        turn: &Turn,
        turned: &Turned,
        session: &Session,
    ) {
        if turned.shown == 0 {
            return;
        }
        let now;
        let lines = match self.worked.get(&index) {
            Some(kept) => kept,
            None => {
                now = match lines(turn, session) {
                    Ok(lines) => lines,
                    Err(Missing::NotYet) => {
                        caption(ui, "The engine has no numbers yet.");
                        return;
                    }
                    Err(Missing::Fault(problem)) => {
                        caption(ui, &problem);
                        return;
                    }
                };
                match turned.solved {
                    true => self.worked.entry(index).or_insert(now),
                    false => &now,
                }
            }
        };
        let weak = Palette::of(ui.visuals()).weak_text;
        for [formula, text] in lines.iter().take(turned.shown) {
            ui.add_space(0.5 * GRID);
            let formula = RichText::new(formula).monospace().size(SMALL);
            ui.label(formula.color(weak));
            ui.label(RichText::new(text).size(SMALL));
        }
        if !turned.solved && turned.shown >= turn.working.len() {
            caption(ui, "Type it to go on.");
        }
    }

    /// Tiles, the field and the button beside it.
    fn answer(
        &mut self,
        ui: &mut Ui,
        index: usize,
        turn: &Turn,
        player: &mut Player,
        session: &Session,
    ) {
        let turned = player.turned(index);
        let text = self
            .typed
            .entry(index)
            .or_insert_with(|| turned.typed.clone());
        let is_formula = turn.is_of_tiles();
        if is_formula && !turned.solved {
            ui.horizontal_wrapped(|ui| {
                for tile in &turn.tiles {
                    let name = RichText::new(tile).monospace().size(SMALL);
                    if ui.add(Button::new(name)).clicked() {
                        if !text.is_empty() && !text.ends_with(' ') {
                            text.push(' ');
                        }
                        text.push_str(tile);
                    }
                }
                if small_button(ui, "Clear").clicked() {
                    text.clear();
                }
            });
        }
        let name = match is_formula {
            true => "Your formula",
            false => "Your number",
        };
        if turned.solved {
            ui.horizontal_wrapped(|ui| {
                ui.label(format!("{name}:"));
                ui.monospace(&turned.typed);
            });
            return;
        }
        let entered = enter_field(ui, name, "Check", text, is_formula);
        let typed = text.trim().to_owned();
        // What was said before the engine had its number is judged when it has.
        let waits = matches!(player.tried(index), Some(Tried::Waiting));
        if (entered || waits) && !typed.is_empty() {
            player.work_out(index, &typed, session);
        }
    }
}

/// A field with a button beside it; true if one or Enter in the other says that it is done.
pub(super) fn enter_field(
    ui: &mut Ui,
    name: &str,
    button: &str,
    text: &mut String,
    wide: bool,
) -> bool {
    ui.horizontal(|ui| {
        let beside = 9.0 * GRID;
        let width = match wide {
            true => (ui.available_width() - beside).max(80.0),
            false => 180.0,
        };
        // No hint in it: a screen reader would be told that instead of the name.
        let edit = TextEdit::singleline(text).desired_width(width);
        let field = ui.name_inputs(name, |ui| ui.add(edit));
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if entered {
            // Whoever was not right tries again; what is typed then is no shortcut.
            field.request_focus();
        }
        ui.button(button).clicked() || entered
    })
    .inner
}

/// A number as people type it.
pub(super) fn read_number(typed: &str) -> Result<f64, String> {
    let number = crate::lesson::turn::read_number(typed)?;
    match number.is_finite() {
        true => Ok(number),
        false => Err("that is no number".into()),
    }
}

/// What shows the way to the answer, a line at a time.
fn working_button(ui: &mut Ui, index: usize, turn: &Turn, turned: &Turned, player: &mut Player) {
    let all = turn.working.len();
    let (name, hover) = match turned.shown {
        shown if shown >= all => return,
        0 if turned.solved => (
            "Show the working",
            "How the engine’s number comes about, line by line",
        ),
        0 => (
            "Show me",
            "The way to the answer, line by line; the last one is the answer",
        ),
        _ => ("Next line", "The next line of the way to the answer"),
    };
    if small_button(ui, name).on_hover_text(hover).clicked() {
        player.show_line(index);
    }
}

/// The lines of the way to the answer, each with its numbers put in.
fn lines(turn: &Turn, session: &Session) -> Result<Vec<[String; 2]>, Missing> {
    let lines = turn.worked(session)?;
    let lines = lines.into_iter().map(|line| {
        let Worked {
            name,
            formula,
            written,
            value,
        } = line;
        let formula = without_measure(&formula);
        let formula = match name {
            Some(name) => format!("{name} = {formula}"),
            None => formula,
        };
        let value = match value {
            Value::Number(value) => number(value),
            Value::List(_) => String::new(),
        };
        let text = match value.is_empty() || written == value {
            true => format!("= {written}"),
            false => format!("= {written} = {value}"),
        };
        [formula, text]
    });
    Ok(lines.collect())
}
