//! The operation that the cursor has just passed: what it computes, and on the way back what it hands to what it read.

use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{Formulas, Term, explained};
use crate::nn::equation::equation;
use crate::nn::expr::Share;
use crate::nn::{Line, Station, Sweep};
use crate::session::Session;
use eframe::egui::{RichText, ScrollArea, Ui};

/// The size of formulas, in points.
const FORMULA: f32 = 15.0;

/// Draws it.
pub fn show(ui: &mut Ui, session: &Session, formulas: &mut Formulas) {
    let (Some(snapshot), Some(schedule)) = (session.snapshot(), session.schedule()) else {
        return;
    };
    let palette = Palette::of(ui.visuals());
    let cursor = session.cursor();
    let backward = cursor.sweep == Sweep::Backward;
    let Some(station) = cursor.station(&schedule) else {
        let hint = match cursor.sweep {
            Sweep::Forward => "Nothing is computed yet: → for the first operation.",
            Sweep::Backward => {
                "All is computed; now back from the loss: → for the last operation's derivative."
            }
        };
        ui.label(RichText::new(hint).color(palette.weak_text));
        return;
    };
    let network = snapshot.model.network();
    let Some(told) = equation(&network, snapshot.material.loss, &station) else {
        return;
    };
    ui.horizontal(|ui| {
        let color = match station.line {
            Line::Cell(quantity) => palette.quantity(quantity),
            _ => palette.text,
        };
        let place = place(session, &station);
        ui.label(RichText::new(place).size(SMALL).color(palette.weak_text));
        ui.add_space(GRID);
        let passed = cursor.passed(&schedule).unwrap_or(0) + 1;
        let sentence = ui.label(RichText::new(told.sentence).color(color));
        let of = match station.line {
            Line::Cell(quantity) => Term::of_quantity(quantity),
            _ => None,
        };
        let here = format!("Operation {passed} of {}", schedule.len());
        explained(sentence, &here, &[of.unwrap_or(Term::Operation)]);
        if let Some(note) = told.note {
            ui.label(RichText::new(note).size(SMALL).color(palette.weak_text));
        }
    });
    ui.horizontal(|ui| {
        formulas.show(ui, &told.forward, FORMULA, false);
        if backward && told.back.iter().any(|share| share.share.contains("pre")) {
            ui.add_space(2.0 * GRID);
            let note = "∂q stands for ∂L/∂q, pre for what is squashed";
            ui.label(RichText::new(note).size(SMALL).color(palette.weak_text));
        }
    });
    if backward {
        let (values, weights): (Vec<&Share>, Vec<&Share>) =
            told.back.iter().partition(|share| !share.is_gradient);
        // What does not fit is reached by the wheel.
        ScrollArea::horizontal()
            .id_salt("operation")
            .show(ui, |ui| {
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 3.0 * GRID;
                    for share in values.into_iter().chain(weights) {
                        formulas.show(ui, &share.latex(), FORMULA, false);
                    }
                })
            });
    }
}

/// How much height it takes: the same in both sweeps, so that nothing moves when they turn.
pub const HEIGHT: f32 = 112.0;

/// “layer 2 ← · t = 3”.
fn place(session: &Session, station: &Station) -> String {
    let parts = session.snapshot().map(|snapshot| &snapshot.probe.parts);
    let part = parts.and_then(|parts| parts.get(station.part));
    let mut names: Vec<String> = Vec::new();
    if let Some(part) = part {
        if !part.name.is_empty() {
            names.push(part.name.into());
        }
        let scan = station.place.and_then(|place| part.index_of(place));
        if let Some(scan) = scan.filter(|_| part.scans.len() > 1) {
            names.push(part.scan_name(scan));
        }
    }
    names.push(match station.t {
        0 => "before t = 1".into(),
        t => format!("t = {t}"),
    });
    names.join(" · ")
}
