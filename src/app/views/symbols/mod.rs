//! Symbols as they are read, coloured by one unit, which is chosen or searched for by what it follows; and what the network
//! writes when it goes on by itself.

mod text;
mod written;

use super::{Home, Purpose, Scene, Shared, View, legends_if_roomy, move_to, page_named};
use crate::app::theme::{GRID, Palette, SMALL, readable_on};
use crate::app::widgets::{
    HeatMapKind, Term, caption, compact_choice, empty_state, explained, has_room, number, segmented,
};
use crate::data::survey;
use crate::experiment::Probe;
use crate::nn::Quantity;
use crate::session::Command;
use crate::train::continuation::goes_on;
use crate::train::symbols::Property;
use crate::train::{Answer, Question, Symbols};
use crate::words::{grouped, many};
use eframe::egui::{Color32, ComboBox, DragValue, RichText, Ui};
use std::sync::Arc;
use text::{Cell, Row};
use written::Going;

/// Symbols coloured by a unit.
#[derive(Default)]
pub struct SymbolsView {
    page: Page,
    /// Which scan of the part that reads.
    scan: usize,
    /// Which of its quantities; h at first.
    quantity: Option<Quantity>,
    unit: usize,
    /// What the units are put in order by.
    property: Option<Property>,
    /// The property whose best follower was turned to by itself.
    followed: Option<Property>,
    going: Going,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Page {
    /// What is read.
    #[default]
    Read,
    /// What the network writes after it.
    Written,
}

const PAGES: [(Page, &str); 2] = [(Page::Read, "read"), (Page::Written, "goes on")];

/// How many followers are offered at most.
const OFFERED: usize = 5;

impl View for SymbolsView {
    fn name(&self) -> &'static str {
        "symbols"
    }

    fn title(&self) -> &'static str {
        "Symbols"
    }

    fn question(&self) -> &'static str {
        "What does one unit do over a text, and how does the network go on by itself?"
    }

    fn pages(&self) -> Vec<&'static str> {
        PAGES.map(|(_, page)| page).to_vec()
    }

    fn turn_to(&mut self, page: &str) {
        self.page = page_named(&PAGES, page).unwrap_or(self.page);
    }

    fn home(&self, layout: Purpose) -> Home {
        match layout {
            Purpose::Explore | Purpose::Forecast | Purpose::All => Home::Behind("prediction"),
            Purpose::Cell => Home::Closed("cell"),
            Purpose::Gradients => Home::Closed("gradient_flow"),
            Purpose::Compare => Home::Closed("comparison"),
        }
    }

    fn suits(&self, scene: &Scene<'_>) -> bool {
        let (dataset, probe) = (&scene.snapshot.material.dataset, &scene.snapshot.probe);
        let span = dataset.split(probe.split).get(probe.index);
        span.is_some_and(|&span| survey::symbols_read(dataset, span).is_some())
    }

    fn tools(&mut self, ui: &mut Ui, scene: &Scene<'_>, _: &mut Shared) {
        if goes_on(&scene.snapshot.material).is_ok() {
            segmented(ui, "Page of symbols", &mut self.page, &PAGES).on_hover_text(
                "Read: the sequences of the data. Goes on: what the network writes after the probe, each symbol read again",
            );
        } else {
            self.page = Page::Read;
        }
        if self.page == Page::Written {
            legends_if_roomy(ui, &[(HeatMapKind::Unit, "probability")]);
            return;
        }
        let Some(part) = scene.snapshot.probe.parts.first() else {
            return;
        };
        self.scan = self.scan.min(part.scans.len().saturating_sub(1));
        let Some(scan) = part.scans.get(self.scan) else {
            return;
        };
        let quantities = scan.quantities();
        let scan_symbols: Vec<&str> = quantities
            .iter()
            .map(|&quantity| scan.symbol(quantity))
            .collect();
        let quantity = self.quantity(scene);
        let mut chosen = quantities
            .iter()
            .position(|&other| other == quantity)
            .unwrap_or(0);
        if quantities.len() > 1 {
            compact_choice(ui, "Quantity", &mut chosen, &scan_symbols);
            self.quantity = quantities.get(chosen).copied();
        }
        if part.scans.len() > 1 {
            let names: Vec<String> = (0..part.scans.len())
                .map(|scan| part.scan_name(scan))
                .collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            compact_choice(ui, "Layer of the unit", &mut self.scan, &names);
        }
        if let Ok((symbols, _)) = self.symbols(scene) {
            let sign = scan_symbols[chosen.min(scan_symbols.len() - 1)];
            let label = format!("{sign} of unit {}", self.unit);
            legends_if_roomy(ui, &[(self.kind(&symbols, quantity), &label)]);
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, _: &mut Shared) -> Vec<Command> {
        if self.page == Page::Written {
            self.going.show(ui, scene);
            return Vec::new();
        }
        let quantity = self.quantity(scene);
        let (symbols, old) = match self.symbols(scene) {
            Ok(found) => found,
            Err(true) => {
                caption(ui, "It is being worked out.");
                return Vec::new();
            }
            Err(false) => {
                empty_state(
                    ui,
                    "A text coloured by one unit will appear here.",
                    "It takes data that are symbols: the tasks on text and grammars have them.",
                );
                return Vec::new();
            }
        };
        self.unit = self.unit.min(symbols.values.ncols().saturating_sub(1));
        self.choices(ui, scene, &symbols, quantity);
        if let Some(update) = old {
            caption(ui, &format!("Of update {update}"));
        }
        ui.add_space(0.5 * GRID);
        self.read(ui, scene, &symbols, quantity)
    }
}

impl SymbolsView {
    /// The chosen quantity, if the layer has it; else h.
    fn quantity(&self, scene: &Scene<'_>) -> Quantity {
        let part = scene.snapshot.probe.parts.first();
        let scan = part.and_then(|part| part.scans.get(self.scan));
        let has =
            |quantity: &Quantity| scan.is_some_and(|scan| scan.quantities().contains(quantity));
        self.quantity.filter(has).unwrap_or(Quantity::H)
    }

    /// How the unit's values become colours: gates from 0 to 1, else around 0, up to the largest that it has over the text.
    fn kind(&self, symbols: &Symbols, quantity: Quantity) -> HeatMapKind {
        match quantity.is_gate() {
            true => HeatMapKind::Unit,
            false => HeatMapKind::Signed {
                max_abs: symbols.largest.get(self.unit).copied().unwrap_or(0.0),
            },
        }
    }

    /// The text with the values of the chosen quantity, and of which update that is where it is not of what is on show; `Err`
    /// says whether it is still to come.
    fn symbols(&self, scene: &Scene<'_>) -> Result<(Arc<Symbols>, Option<u64>), bool> {
        let (scan, quantity) = (self.scan, self.quantity(scene));
        let told = scene.session.ask(&Question::Symbols { scan, quantity });
        match told.answer.as_deref() {
            Some(Answer::Symbols(Some(symbols))) => {
                let old = (!told.is_current).then_some(told.update);
                Ok((Arc::clone(symbols), old))
            }
            Some(_) => Err(false),
            None => Err(true),
        }
    }

    /// Which unit, and which property it is to follow.
    fn choices(&mut self, ui: &mut Ui, scene: &Scene<'_>, symbols: &Symbols, quantity: Quantity) {
        let palette = Palette::of(ui.visuals());
        let units = symbols.values.ncols();
        self.property = self
            .property
            .filter(|property| symbols.properties.contains(property));
        let property = self.property;
        let followers = property.and_then(|property| {
            let question = Question::Followers {
                scan: self.scan,
                quantity,
                property,
            };
            let told = scene.session.ask(&question);
            match told.current() {
                Some(Answer::Followers(Some(followers))) => Some(followers.clone()),
                _ => None,
            }
        });
        // Who asks for the unit that follows something wants to see it.
        if let (Some(best), true) = (
            followers.as_ref().and_then(|all| all.first()),
            self.followed != property,
        ) {
            (self.unit, self.followed) = (best.unit, property);
        }
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            let label = ui.label(RichText::new("Unit").size(SMALL));
            explained(label, "Of the layer on show, from 0", &[Term::Unit]);
            ui.name_inputs("Unit", |ui| {
                let last = units.saturating_sub(1);
                ui.add(DragValue::new(&mut self.unit).range(0..=last).speed(0.1));
            });
            ui.add_space(GRID);
            ui.label(RichText::new("Which unit follows").size(SMALL));
            ui.name_inputs("Which unit follows", |ui| {
                let title = |property: Property| property.title(&symbols.names);
                let shown = property.map_or("choose …".to_owned(), title);
                ComboBox::from_id_salt("property")
                    .selected_text(shown)
                    .width(176.0)
                    .show_ui(ui, |ui| {
                        for &property in &symbols.properties {
                            ui.selectable_value(
                                &mut self.property,
                                Some(property),
                                title(property),
                            );
                        }
                    });
            });
            for follower in followers.iter().flatten().take(OFFERED) {
                let text = format!("{}: {}", follower.unit, correlation(follower.r));
                if !has_room(ui, &text, 24.0) {
                    break;
                }
                let text = RichText::new(text).size(SMALL);
                let chosen = ui.selectable_label(self.unit == follower.unit, text);
                if chosen
                    .on_hover_text("The unit, and its correlation r with this; a click shows it")
                    .clicked()
                {
                    self.unit = follower.unit;
                }
            }
        });
        let sequences = &scene.snapshot.material.dataset;
        let sequences = sequences.split(scene.snapshot.probe.split).len();
        let all = format!(
            "over {} of {}",
            many(symbols.read.len(), "symbol"),
            some_of(symbols.stretches.len(), sequences)
        );
        let of = followers
            .iter()
            .flatten()
            .find(|follower| follower.unit == self.unit);
        let said = match (property, of) {
            (Some(property), Some(follower)) => format!(
                "Unit {} goes together with {}: r = {} {all}",
                self.unit,
                property.title(&symbols.names),
                correlation(follower.r)
            ),
            (Some(_), None) if followers.is_some() => {
                format!("Unit {} is constant {all}", self.unit)
            }
            _ => format!("Unit {} {all}, each read from the initial state", self.unit),
        };
        let label = ui.label(RichText::new(said).size(SMALL).color(palette.weak_text));
        explained(
            label,
            "What it goes together with, not what it is for",
            &[Term::Following],
        );
    }

    /// The text.
    fn read(
        &self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        symbols: &Symbols,
        quantity: Quantity,
    ) -> Vec<Command> {
        let palette = Palette::of(ui.visuals());
        let kind = self.kind(symbols, quantity);
        let rows: Vec<Row> = symbols
            .stretches
            .iter()
            .map(|stretch| Row {
                head: (stretch.index + 1).to_string(),
                cells: stretch.start..stretch.start + stretch.len,
            })
            .collect();
        let names: Vec<&str> = symbols.names.iter().map(String::as_str).collect();
        let cell = |at: usize| {
            let fill = kind.color(symbols.values[[at, self.unit]], palette.dark);
            Cell {
                symbol: symbols.read[at],
                fill,
                text: readable_on(fill),
            }
        };
        // The probe's own sequence is the first.
        let cursor = scene.column().filter(|_| scene.part_index == 0);
        let title = format!("Symbols read, coloured by unit {}", self.unit);
        let grid = text::show(ui, &title, &names, &rows, cell, cursor);
        let Some(at) = grid.hovered else {
            return Vec::new();
        };
        let Some(stretch) = symbols
            .stretches
            .iter()
            .find(|stretch| (stretch.start..stretch.start + stretch.len).contains(&at))
        else {
            return Vec::new();
        };
        let part = scene.snapshot.probe.parts.first();
        let scan = part.and_then(|part| part.scans.get(self.scan));
        let sign = scan.map_or("", |scan| scan.symbol(quantity));
        let t = at - stretch.start;
        grid.response.clone().on_hover_text_at_pointer(format!(
            "sequence {}, t = {}: “{}”\n{sign}[{}] = {}",
            stretch.index + 1,
            t + 1,
            names[symbols.read[at]],
            self.unit,
            number(symbols.values[[at, self.unit]])
        ));
        if !grid.response.clicked() {
            return Vec::new();
        }
        match stretch.index == scene.snapshot.probe.index {
            true => vec![move_to(t)],
            false => vec![Command::Probe(Probe {
                split: scene.snapshot.probe.split,
                index: stretch.index,
            })],
        }
    }
}

/// So many of so many sequences; of all of them their number alone.
fn some_of(shown: usize, all: usize) -> String {
    match shown < all {
        true => format!("{} of {}", grouped(shown), many(all, "sequence")),
        false => many(shown, "sequence"),
    }
}

/// A correlation with its sign, a true minus.
fn correlation(r: f64) -> String {
    let text = format!("{:.2}", r.abs());
    if r < 0.0 { format!("−{text}") } else { text }
}

/// No colour: of a symbol that has no value.
const NONE: Color32 = Color32::TRANSPARENT;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_sequences_is_said_to_be_one() {
        assert_eq!(some_of(33, 50), "33 of 50 sequences");
        assert_eq!(some_of(50, 50), "50 sequences");
    }
}
