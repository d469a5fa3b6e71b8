//! What becomes of the answers where the source is put in another order, or every step is looked at evenly.

use crate::app::theme::{Palette, SMALL};
use crate::app::views::Scene;
use crate::app::widgets::{Term, caption, explained, has_room};
use crate::train::{Alteration, Altered, Answer, Question};
use crate::words::many;
use eframe::egui::{ComboBox, RichText, Ui};

/// The choice of what is altered.
#[derive(Default)]
pub(super) struct WhatIf {
    chosen: Option<Alteration>,
}

/// The height of the choice, and of a line below it.
const CHOICE: f32 = 32.0;
const LINE: f32 = 18.0;

/// The lines below: the verdict, which may need two, and what is read and said before and after.
const LINES: f32 = 4.0;

/// The least height of a map that is left room.
const MAP: f32 = 130.0;

impl WhatIf {
    /// How high it is below a map, of so much height for both.
    pub fn height(&self, all: f32) -> f32 {
        let wanted = match self.chosen {
            Some(_) => CHOICE + LINES * LINE,
            None => CHOICE,
        };
        // Where the map would be left too little there is no room for questions; what of an answer does not fit is scrolled to.
        match all - CHOICE >= MAP {
            true => wanted.min(all - MAP),
            false => 0.0,
        }
    }

    /// Below the map: the choice beside how widely a look is spread, and what comes of it.
    pub fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, spread: Option<&str>) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            // On the list itself it would be taken for its name.
            ui.label(RichText::new("What if").size(SMALL)).on_hover_text(
                "Runs the network again with its source in another order, or with all weights of a look the same, and \
                 holds what it says against the same answers",
            );
            ui.name_inputs("What if", |ui| {
                let title = |chosen: Option<Alteration>| chosen.map_or("as it is", Alteration::title);
                ComboBox::from_id_salt("what if")
                    .selected_text(title(self.chosen))
                    .width(124.0)
                    .show_ui(ui, |ui| {
                        let all = Alteration::ALL.map(Some);
                        for one in [None].into_iter().chain(all) {
                            ui.selectable_value(&mut self.chosen, one, title(one));
                        }
                    });
            });
            if let Some(spread) = spread.filter(|spread| has_room(ui, spread, 16.0)) {
                explained(caption(ui, spread), "", &[Term::Entropy]);
            }
        });
        let Some(alteration) = self.chosen else {
            return;
        };
        let told = scene.session.ask(&Question::Altered(alteration));
        match told.answer.as_deref() {
            Some(Answer::Altered(Some(altered))) => {
                outcome(ui, altered, (!told.is_current).then_some(told.update));
            }
            Some(_) => drop(caption(
                ui,
                "There is no room beside the window to run it again.",
            )),
            None => drop(caption(ui, "It is being worked out.")),
        }
    }
}

/// What changed, in words, and the probe's own symbols.
fn outcome(ui: &mut Ui, altered: &Altered, old: Option<u64>) {
    let palette = Palette::of(ui.visuals());
    let over = format!(
        "Over {} from the probe on",
        many(altered.sequences, "sequence")
    );
    let text = RichText::new(altered.in_words()).size(SMALL);
    ui.label(text).on_hover_text(&over);
    if let Some(update) = old {
        caption(ui, &format!("Of update {update}"));
    }
    let Some(probe) = &altered.probe else {
        return;
    };
    let joined = |symbols: &[String]| {
        let short = symbols.iter().all(|symbol| symbol.chars().count() == 1);
        let shown: Vec<&str> = symbols.iter().map(String::as_str).collect();
        shown.join(if short { "" } else { " " })
    };
    // Said in words as well as by colour.
    let colored = |judgement: &'static str| match judgement {
        RIGHT => (palette.ok, judgement),
        WRONG => (palette.error, judgement),
        _ => (palette.text, judgement),
    };
    let before = colored(judged(None, probe.before == probe.wanted));
    let after = colored(judged(
        Some(altered.alteration),
        probe.after == probe.wanted,
    ));
    let wanted = match is_of_the_source(altered.alteration) {
        true => "target, unchanged",
        false => "target",
    };
    ui.spacing_mut().interact_size.y = LINE;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        for (name, symbols, (color, judgement)) in [
            ("reads", &probe.read, (palette.text, "")),
            (wanted, &probe.wanted, (palette.text, "")),
            ("said before", &probe.before, before),
            ("says now", &probe.after, after),
        ] {
            caption(ui, &format!("{name}{judgement}"));
            ui.label(RichText::new(joined(symbols)).size(SMALL).color(color));
            ui.add_space(8.0);
        }
    });
}

const RIGHT: &str = ", right";
const WRONG: &str = ", wrong";

/// Whether it changes what is read, and not only how it is looked at.
fn is_of_the_source(alteration: Alteration) -> bool {
    matches!(alteration, Alteration::Reversed | Alteration::Shuffled)
}

/// What is said of an answer beside the target of the source as it was. Another order has a target of its own, which nobody knows
/// here: who does the same task on that is not wrong.
fn judged(alteration: Option<Alteration>, is_target: bool) -> &'static str {
    match (alteration.is_some_and(is_of_the_source), is_target) {
        (true, true) => ", the old target",
        (true, false) => ", differs from the old target",
        (false, true) => RIGHT,
        (false, false) => WRONG,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_to_another_source_is_not_judged_by_the_target_of_the_old_one() {
        for alteration in [Alteration::Reversed, Alteration::Shuffled] {
            for is_target in [true, false] {
                let said = judged(Some(alteration), is_target);
                assert!(said != RIGHT && said != WRONG, "{said}");
            }
        }
        for alteration in [None, Some(Alteration::Even)] {
            assert_eq!(judged(alteration, true), RIGHT);
            assert_eq!(judged(alteration, false), WRONG);
        }
    }
}
