//! The glossary, to read beside the work and to search by typing.

use crate::app::theme::GRID;
use crate::app::widgets::{Formulas, LinkTarget, Prose, caption, definition};
use crate::lesson::glossary::{self, Term};
use crate::words::counted;
use eframe::egui::{self, Context, Key, Modifiers, ScrollArea, TextEdit, Ui};
use std::collections::HashMap;

/// What the window keeps between frames.
#[derive(Default)]
pub struct Glossary {
    open: bool,
    /// What is looked for.
    sought: String,
    /// Whether the field for it is to get the keyboard.
    asks_for_keys: bool,
    /// Whether it had it in the last frame.
    has_keys: bool,
    parsed: HashMap<&'static str, Prose>,
}

impl Glossary {
    /// Opens it, or closes it where it is open.
    pub fn turn(&mut self) {
        self.open = !self.open;
        self.asks_for_keys = self.open;
    }

    /// Draws it, if it is open; Escape closes it, unless that is `taken` by something else.
    pub fn show(&mut self, ctx: &Context, formulas: &mut Formulas, taken: bool) {
        if !self.open {
            return;
        }
        let escaped = (self.has_keys || !taken)
            && ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
        let screen = ctx.content_rect();
        let mut open = true;
        egui::Window::new("Glossary")
            .open(&mut open)
            .collapsible(false)
            .default_width(46.0 * GRID)
            .default_height((0.7 * screen.height()).min(70.0 * GRID))
            .default_pos(screen.center_top() + egui::vec2(-23.0 * GRID, 8.0 * GRID))
            .constrain_to(screen)
            .show(ctx, |ui| self.contents(ui, formulas));
        self.open = open && !escaped;
    }

    fn contents(&mut self, ui: &mut Ui, formulas: &mut Formulas) {
        let field = TextEdit::singleline(&mut self.sought)
            .hint_text("Search")
            .desired_width(f32::INFINITY);
        let field = ui.add(field);
        ui.ctx().accesskit_node_builder(field.id, |node| {
            node.set_label("Search the glossary");
        });
        self.has_keys = field.has_focus();
        if std::mem::take(&mut self.asks_for_keys) {
            field.request_focus();
        }
        let found = found(&self.sought);
        let count = match found.len() {
            0 => "No term has that in it. Fewer letters find more.".to_owned(),
            count => counted(count, "term"),
        };
        caption(ui, &count);
        let mut wanted = None;
        ScrollArea::vertical()
            .id_salt("terms")
            .auto_shrink(false)
            .show(ui, |ui| {
                ui.set_max_width(ui.available_width() - GRID);
                for term in found {
                    let text = self.parsed.entry(term.name);
                    let text = text.or_insert_with(|| Prose::new(term.text));
                    let link = definition(ui, term, text, formulas);
                    if let Some(LinkTarget::Term(name)) =
                        link.filter(|link| link.clicked).map(|link| link.target)
                    {
                        wanted = glossary::lookup(&name).map(|term| term.title.to_owned());
                    }
                    ui.add_space(GRID);
                }
            });
        if let Some(wanted) = wanted {
            self.sought = wanted;
        }
    }
}

/// The terms in which all words sought occur, those with them in the title first; all, where nothing is sought.
fn found(sought: &str) -> Vec<&'static Term> {
    let sought = sought.to_lowercase();
    let words: Vec<&str> = sought.split_whitespace().collect();
    let in_all = |text: &str| {
        let text = text.to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    let terms = glossary::terms().iter();
    let (in_title, others): (Vec<_>, Vec<_>) = terms.partition(|term| in_all(term.title));
    let in_text = others
        .into_iter()
        .filter(|term| in_all(&format!("{} {} {}", term.title, term.name, term.text)));
    in_title.into_iter().chain(in_text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_it_in_its_title_comes_first() {
        let names =
            |sought: &str| -> Vec<&str> { found(sought).iter().map(|term| term.name).collect() };
        assert_eq!(names("  ").len(), glossary::terms().len());
        assert_eq!(names("Forget GATE")[0], "forget-gate");
        let gates = names("gate");
        let at = |name: &str| gates.iter().position(|found| *found == name);
        assert!(at("gate") < at("saturation"), "{gates:?}");
        assert_eq!(names("bptt"), ["bptt"]);
        assert!(names("xyzzy").is_empty());
    }
}
