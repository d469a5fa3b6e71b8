//! One number: the equation that gives it, everything that it is computed from, and everything that its gradient is the sum of.
//!
//! Each of them is a link to its own number, so that one walks from a forecast down to an input, or from an input up to the loss.

use super::{Home, Purpose, Scene, Shared, View};
use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{Formulas, caption, empty_state, number};
use crate::nn::equation::in_direction;
use crate::nn::expr::Block;
use crate::nn::gradcheck::STEP;
use crate::nn::{Cell, Line as Computed, PartScan, Quantity, Station};
use crate::session::Command;
use crate::train::question::{
    At, Explained, Leaf, Number as Place, Read, Reader, Spot, largest_products,
};
use crate::train::{Answer, Question};
use crate::words::significant;
use eframe::egui::{Button, Grid, Response, RichText, ScrollArea, Ui};

/// The size of the equation, in points.
const FORMULA: f32 = 15.0;
/// Of a row of weights so many products are listed, the largest first.
const PRODUCTS: usize = 4;
/// At most so many, when more are asked for.
const MOST_PRODUCTS: usize = 256;

/// Said in place of an answer that a fault of ours prevented; what it was stands where the program was started.
const NOT_WORKED_OUT: &str = "This could not be worked out: a fault of the program. The rest of the window is not touched by it.";

/// A number that the user has asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The scan's part and index.
    pub at: At,
    /// The number in it.
    pub number: Place,
}

/// The inspector.
#[derive(Default)]
pub struct Number {
    formulas: Formulas,
    /// Where the user was before, the last at the end.
    before: Vec<Chosen>,
    /// Where the user went back from, likewise.
    after: Vec<Chosen>,
    shown: Option<Chosen>,
    /// Whether derivatives are to be checked.
    checks: bool,
    /// Whether all products of rows of weights are listed.
    all_products: bool,
}

impl View for Number {
    fn name(&self) -> &'static str {
        "number"
    }

    fn title(&self) -> &'static str {
        "Number"
    }

    fn question(&self) -> &'static str {
        "Where does this one number come from, and what is its gradient the sum of?"
    }

    fn home(&self, layout: Purpose) -> Home {
        match layout {
            Purpose::Explore => Home::Closed("training"),
            Purpose::Cell => Home::LastRow(1.0),
            Purpose::Gradients => Home::Closed("training"),
            Purpose::Forecast => Home::Closed("prediction"),
            Purpose::All => Home::Behind("training"),
        }
    }

    fn tools(&mut self, ui: &mut Ui, _: &Scene<'_>, shared: &mut Shared) {
        let ahead = ui
            .add_enabled(!self.after.is_empty(), Button::new("›"))
            .on_hover_text("To the number that you went back from");
        let back = ui
            .add_enabled(!self.before.is_empty(), Button::new("‹"))
            .on_hover_text("Back to the number before");
        if back.clicked()
            && let Some(to) = self.before.pop()
        {
            self.after.extend(self.shown);
            (self.shown, shared.number) = (Some(to), Some(to));
        }
        if ahead.clicked()
            && let Some(to) = self.after.pop()
        {
            self.before.extend(self.shown);
            (self.shown, shared.number) = (Some(to), Some(to));
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) -> Vec<Command> {
        if shared.number != self.shown {
            self.before
                .extend(self.shown.filter(|_| shared.number.is_some()));
            self.after.clear();
            self.shown = shared.number;
        }
        let Some(chosen) = self.shown else {
            empty_state(
                ui,
                "Where does a number come from?",
                "Click a bar in “Cell diagram”, or double-click a cell of “Gates and states”.",
            );
            return Vec::new();
        };
        let mut wanted = None;
        ScrollArea::both().auto_shrink(false).show(ui, |ui| {
            wanted = self.of(ui, scene, chosen);
        });
        shared.number = wanted.or(shared.number);
        Vec::new()
    }
}

impl Number {
    /// Shows a number; gives the one that the user wants to go on to.
    fn of(&mut self, ui: &mut Ui, scene: &Scene<'_>, chosen: Chosen) -> Option<Chosen> {
        let part = scene.snapshot.probe.parts.get(chosen.at.part);
        let scan = part.and_then(|part| part.scans.get(chosen.at.scan));
        let Some((scan, cell)) = scan.and_then(|scan| Some((scan, scan.cell?))) else {
            caption(ui, "This network has no such number.");
            return None;
        };
        let told = scene.session.ask(&Question::Explain {
            at: chosen.at,
            number: chosen.number,
        });
        let explained = match told.answer.as_deref() {
            Some(Answer::Explained(Some(explained))) => explained,
            Some(Answer::Explained(None)) => {
                caption(ui, "This network has no such number.");
                return None;
            }
            Some(Answer::Failed) => {
                caption(ui, NOT_WORKED_OUT);
                return None;
            }
            _ => return None,
        };
        let palette = Palette::of(ui.visuals());
        let quantity = chosen.number.quantity;
        let has_value = is_revealed(scene, chosen, false);
        let has_adjoint = is_revealed(scene, chosen, true);
        ui.horizontal_wrapped(|ui| {
            let color = palette.quantity(quantity);
            ui.label(RichText::new(name(scene, chosen)).color(color).strong());
            match has_value {
                true => ui.label(format!("= {}", number(explained.value))),
                false => ui.label(
                    RichText::new("is not computed yet at this place of the sweep")
                        .color(palette.weak_text),
                ),
            };
            if has_adjoint {
                ui.add_space(GRID);
                let text = format!(
                    "∂L/∂{} = {}",
                    scan.symbol(quantity),
                    number(explained.adjoint)
                );
                ui.label(text);
                // Beside what it checks: among the tools there is no room for it in a small window.
                let check = Button::new("Check").small().selected(self.checks);
                let check = ui.add(check).on_hover_text(
                    "Check the derivative without any: nudge the number and see what the loss does",
                );
                self.checks ^= check.clicked();
            }
            if !told.is_current {
                let text = format!("of update {}", told.update);
                ui.label(RichText::new(text).size(SMALL).color(palette.weak_text));
            }
        });
        let operations = cell.operations();
        let own = operations.iter().find(|line| line.output == quantity);
        if let Some(own) = own {
            ui.add_space(GRID / 2.0);
            let latex = in_direction(own.latex(), scan.place.direction);
            self.formulas.show(ui, &latex, FORMULA, false);
        }
        if self.checks && has_adjoint {
            check(ui, scene, chosen);
        }
        ui.add_space(GRID);
        let around = Around {
            scene,
            chosen,
            scan,
            cell,
            all_products: std::cell::Cell::new(self.all_products),
        };
        let mut wanted = None;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0 * GRID;
            // Rows of text, not of buttons.
            ui.spacing_mut().interact_size.y = 15.0;
            if has_value {
                ui.vertical(|ui| wanted = wanted.or(around.reads(ui, explained)));
            }
            if has_adjoint {
                ui.vertical(|ui| wanted = wanted.or(around.shares(ui, explained)));
            }
        });
        self.all_products = around.all_products.get();
        wanted
    }
}

/// The place of a number in the network, for computing it anew; `None` of what a layer above the first reads, which is another
/// layer's number.
fn spot(scene: &Scene<'_>, chosen: Chosen) -> Option<Spot> {
    let Place { quantity, t, unit } = chosen.number;
    let part = scene.snapshot.probe.parts.get(chosen.at.part)?;
    let place = part.scans.get(chosen.at.scan)?.place;
    if quantity == Quantity::X {
        let is_input = chosen.at.part == 0 && place.layer == 0;
        return is_input.then_some(Spot::Input { t: t + 1, unit });
    }
    let station = Station {
        part: chosen.at.part,
        place: Some(place),
        t: t + 1,
        line: Computed::Cell(quantity),
    };
    Some(Spot::Computed {
        station: scene.schedule.index(&station)?,
        head: 0,
        unit,
    })
}

/// The derivative beside the slope that nudging finds.
fn check(ui: &mut Ui, scene: &Scene<'_>, chosen: Chosen) {
    let palette = Palette::of(ui.visuals());
    ui.add_space(GRID);
    let Some(spot) = spot(scene, chosen) else {
        caption(ui, "Check the number that it is a copy of.");
        return;
    };
    let told = scene.session.ask(&Question::Nudge(spot));
    let nudged = match told.answer.as_deref() {
        Some(Answer::Nudged(Some(nudged))) => nudged,
        Some(Answer::Nudged(None)) => {
            caption(
                ui,
                "This network is too large to be computed anew beside the window.",
            );
            return;
        }
        Some(Answer::Failed) => {
            caption(ui, NOT_WORKED_OUT);
            return;
        }
        _ => {
            caption(ui, "Computing the network anew, twice …");
            return;
        }
    };
    let by = STEP.to_string();
    heading(ui, "checked without derivatives, in double precision");
    // Of two losses that differ far behind the point all digits stand below each other.
    let loss = |value: f64| match value {
        1e-3..1e6 => format!("{value:.12}"),
        other => significant(other, 12),
    };
    ui.spacing_mut().interact_size.y = 15.0;
    Grid::new("check")
        .num_columns(2)
        .spacing([14.0, 4.0])
        .show(ui, |ui| {
            for (name, value) in [
                (format!("loss with {by} more"), loss(nudged.above)),
                (format!("loss with {by} less"), loss(nudged.below)),
                (
                    format!("difference ÷ {}", 2.0 * STEP),
                    significant(nudged.slope, 9),
                ),
                (
                    "by the chain rule".into(),
                    significant(nudged.derivative, 9),
                ),
            ] {
                ui.label(RichText::new(name).size(SMALL));
                ui.label(value);
                ui.end_row();
            }
        });
    let verdict = match (nudged.digits(), nudged.is_truncated) {
        (_, true) => {
            "Backpropagation is truncated: the derivative leaves out what goes through earlier chunks."
                .into()
        }
        (None, _) => "Both are too small to be told from rounding.".into(),
        (Some(0), _) => {
            "They do not agree: the number stands near a corner, where there is no slope.".into()
        }
        (Some(1), _) => "They agree in the first digit.".to_owned(),
        (Some(digits), _) => format!("They agree in the first {digits} digits."),
    };
    ui.label(RichText::new(verdict).size(SMALL).color(palette.weak_text));
}

/// Whether the sweep has passed a number, or its adjoint. What is read is there before what reads it.
fn is_revealed(scene: &Scene<'_>, chosen: Chosen, adjoint: bool) -> bool {
    let Place { quantity, t, .. } = chosen.number;
    let part = scene.snapshot.probe.parts.get(chosen.at.part);
    let place = part.and_then(|part| part.scans.get(chosen.at.scan));
    let Some(place) = place.map(|scan| scan.place) else {
        return false;
    };
    scene
        .revealed_at(chosen.at.part, place, quantity, adjoint)
        .contains(&t)
}

/// “h[3] of layer 2 at t = 7”.
fn name(scene: &Scene<'_>, chosen: Chosen) -> String {
    let Some(part) = scene.snapshot.probe.parts.get(chosen.at.part) else {
        return String::new();
    };
    let Place { quantity, t, unit } = chosen.number;
    let symbol = part.scans.get(chosen.at.scan);
    let symbol = symbol.map_or(quantity.symbol(), |scan| scan.symbol(quantity));
    let mut of = String::new();
    if part.scans.len() > 1 {
        of = format!(" of {}", part.scan_name(chosen.at.scan));
    }
    if !part.name.is_empty() {
        of += &format!(" in the {}", part.name);
    }
    format!("{symbol}[{unit}]{of} at t = {}", t + 1)
}

/// A number and its surroundings.
struct Around<'a> {
    scene: &'a Scene<'a>,
    chosen: Chosen,
    scan: &'a PartScan,
    cell: Cell,
    all_products: std::cell::Cell<bool>,
}

impl Around<'_> {
    /// What it is computed from.
    fn reads(&self, ui: &mut Ui, explained: &Explained) -> Option<Chosen> {
        let mut wanted = None;
        if explained.reads.is_empty() {
            caption(ui, "It is given: an input.");
            return None;
        }
        heading(ui, "computed from");
        Grid::new("reads")
            .num_columns(3)
            .spacing([14.0, 4.0])
            .show(ui, |ui| {
                head(ui);
                for read in &explained.reads {
                    wanted = wanted.or(self.read(ui, read));
                }
            });
        wanted
    }

    fn read(&self, ui: &mut Ui, read: &Read) -> Option<Chosen> {
        let mut wanted = None;
        let unit = self.chosen.number.unit;
        match &read.what {
            Leaf::Number(value, target) => match target {
                Some(number) => {
                    let to = Chosen {
                        number: *number,
                        ..self.chosen
                    };
                    wanted = link(ui, &name(self.scene, to)).then_some(to);
                }
                None => {
                    let symbol = self.cell.symbol(value.quantity);
                    ui.label(format!("{symbol}[{unit}] at the start"));
                }
            },
            Leaf::Row { block, of, .. } => {
                let symbol = self.cell.symbol(of.quantity);
                ui.label(format!("{}[{unit}, :] · {symbol}", block_name(*block)));
            }
            Leaf::Bias(block) => {
                ui.label(format!("{}[{unit}]", block_name(*block)));
            }
        }
        values(ui, read.value, read.slope);
        let Leaf::Row {
            block,
            of,
            t,
            terms,
        } = &read.what
        else {
            return wanted;
        };
        let listed = match self.all_products.get() {
            true => MOST_PRODUCTS,
            false => PRODUCTS,
        };
        let (largest, rest) = largest_products(terms, listed);
        let small = |text: String| RichText::new(text).size(SMALL);
        for &index in &largest {
            let (weight, value) = terms[index];
            ui.horizontal(|ui| {
                ui.add_space(2.0 * GRID);
                ui.label(small(format!("{} ×", number(weight))));
                let to = t.and_then(|t| self.unit_read(of.quantity, t, index));
                match to {
                    Some(to) => {
                        if link(ui, &name(self.scene, to)) {
                            wanted = Some(to);
                        }
                    }
                    None => {
                        let symbol = self.cell.symbol(of.quantity);
                        ui.label(small(format!("{symbol}[{index}] at the start")));
                    }
                }
            });
            ui.label(small(number(weight * value)));
            // Of what is read; the weight's is the other factor's.
            ui.label(small(number(read.slope * weight)));
            ui.end_row();
        }
        let more = terms.len() - largest.len();
        if more == 0 && terms.len() > PRODUCTS {
            if link(ui, "fewer") {
                self.all_products.set(false);
            }
            ui.end_row();
        }
        if more > 0 {
            ui.horizontal(|ui| {
                ui.add_space(2.0 * GRID);
                let opens = !self.all_products.get();
                let text = small(format!("and {more} more"));
                let hover = format!("The smaller products of {}", block_name(*block));
                let response = match opens {
                    true => ui.link(text),
                    false => ui.label(text),
                };
                if response.on_hover_text(hover).clicked() {
                    self.all_products.set(true);
                }
            });
            ui.label(small(number(rest)));
            ui.end_row();
        }
        wanted
    }

    /// The number that a row of weights multiplies at an index: what a layer reads are the states of the one below.
    fn unit_read(&self, quantity: Quantity, t: usize, index: usize) -> Option<Chosen> {
        let part = self.scene.snapshot.probe.parts.get(self.chosen.at.part)?;
        let own = Chosen {
            number: Place {
                quantity,
                t,
                unit: index,
            },
            ..self.chosen
        };
        let layer = self.scan.place.layer;
        if quantity != Quantity::X || layer == 0 {
            return Some(own);
        }
        let below = part.scans.iter().enumerate();
        let below: Vec<usize> = below
            .filter(|(_, scan)| scan.place.layer + 1 == layer)
            .map(|(scan, _)| scan)
            .collect();
        let units = part.scans.get(*below.first()?)?.trace.h0.ncols();
        let scan = *below.get(index / units.max(1))?;
        Some(Chosen {
            at: At {
                scan,
                ..self.chosen.at
            },
            number: Place {
                quantity: Quantity::H,
                t,
                unit: index % units,
            },
        })
    }

    /// What its gradient is the sum of.
    fn shares(&self, ui: &mut Ui, explained: &Explained) -> Option<Chosen> {
        let mut wanted = None;
        heading(ui, "its gradient is the sum of what hands it back");
        if explained.shares.is_empty() {
            caption(ui, "Nothing that the loss depends on reads it.");
            return None;
        }
        Grid::new("shares")
            .num_columns(2)
            .spacing([14.0, 4.0])
            .show(ui, |ui| {
                for share in &explained.shares {
                    match share.by {
                        Reader::Line(quantity, t) => {
                            let unit = self.chosen.number.unit;
                            let hidden = self.scan.trace.h0.ncols();
                            let number = Place {
                                quantity,
                                t,
                                unit: unit.min(hidden.saturating_sub(1)),
                            };
                            let to = Chosen {
                                number,
                                ..self.chosen
                            };
                            let text = format!("{} at t = {}", self.cell.symbol(quantity), t + 1);
                            if link(ui, &text) {
                                wanted = Some(to);
                            }
                        }
                        Reader::Above => {
                            ui.label(self.above());
                        }
                        Reader::Attention => {
                            ui.label("attention, for which it asked");
                        }
                    }
                    ui.label(number(share.value));
                    ui.end_row();
                }
                ui.label(RichText::new("together").strong());
                let sum = explained.sum_of_shares();
                ui.label(RichText::new(number(sum)).strong());
                ui.end_row();
            });
        wanted
    }

    fn above(&self) -> &'static str {
        let part = self.scene.snapshot.probe.parts.get(self.chosen.at.part);
        let Some(part) = part else { return "" };
        let last = part.scans.iter().map(|scan| scan.place.layer).max();
        match (last == Some(self.scan.place.layer), part.readout) {
            (false, _) => "the layer above",
            (true, Some(_)) => "the readout",
            (true, None) => "the decoder",
        }
    }
}

/// PyTorch's name of a block: `W_if`, `b_hf`.
fn block_name(block: Block) -> String {
    block.latex().replace(['{', '}'], "")
}

fn link(ui: &mut Ui, text: &str) -> bool {
    ui.link(RichText::new(text).size(SMALL)).clicked()
}

fn values(ui: &mut Ui, value: f64, slope: f64) {
    ui.label(number(value));
    ui.label(number(slope));
    ui.end_row();
}

fn heading(ui: &mut Ui, text: &str) -> Response {
    let palette = Palette::of(ui.visuals());
    ui.label(RichText::new(text).size(SMALL).color(palette.weak_text))
}

/// The columns of what a number is computed from.
fn head(ui: &mut Ui) {
    heading(ui, "");
    heading(ui, "value");
    let slope = heading(ui, "slope");
    slope.on_hover_text(
        "How much the number changes when this changes by one: the derivative of the equation",
    );
    ui.end_row();
}
