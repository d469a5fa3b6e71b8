//! The eigenvalues of the recurrent weights in the complex plane, with those of earlier updates as a trail.

use super::super::{Scene, Shared};
use super::{Jacobian, at, titled_fact};
use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{
    Scale, Term, caption, compact_choice, empty_state, line_of, number, plot,
};
use crate::experiment::Material;
use crate::nn::Quantity;
use crate::session::Command;
use crate::train::question::{At, RecurrentBlock};
use crate::train::{Answer, Question};
use crate::words::counted;
use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{FontId, Rect, ScrollArea, Sense, Ui, UiBuilder, pos2};
use egui_plot::{LineStyle, MarkerShape, PlotPoints, Points};
use std::sync::{Arc, Weak};

/// The most updates whose eigenvalues are kept: from then on every second is let go.
const KEPT: usize = 32;
/// The most eigenvalues that are kept in all, so that wide layers take no more room.
const KEPT_VALUES: usize = 1 << 16;
/// The width of the facts beside the plane.
const FACTS: f32 = 176.0;

/// The eigenvalues at earlier updates, as far as the view was on show then.
#[derive(Default)]
pub(super) struct Trail {
    run: Weak<Material>,
    of: Option<At>,
    /// By update.
    points: Vec<(u64, Arc<Answer>)>,
}

impl Trail {
    /// Takes an answer in. Gone back, what came later is no longer the way to here.
    fn take(&mut self, run: &Arc<Material>, of: At, update: u64, answer: &Arc<Answer>) {
        let same = self.of == Some(of) && self.run.ptr_eq(&Arc::downgrade(run));
        if !same {
            *self = Self {
                run: Arc::downgrade(run),
                of: Some(of),
                points: Vec::new(),
            };
        }
        self.points.retain(|(known, _)| *known < update);
        self.points.push((update, Arc::clone(answer)));
        let values = blocks_of(answer)
            .iter()
            .map(|block| block.eigenvalues.as_ref().map_or(0, Vec::len));
        let each = values.sum::<usize>().max(1);
        let most = KEPT.min((KEPT_VALUES / each).max(2));
        if self.points.len() > most {
            // The first and the newest stay.
            let newest = self.points.len() - 1;
            let mut index = 0;
            self.points.retain(|_| {
                index += 1;
                (index - 1) % 2 == 0 || index - 1 == newest
            });
        }
    }
}

fn blocks_of(answer: &Answer) -> &[RecurrentBlock] {
    match answer {
        Answer::Spectra(blocks) => blocks,
        _ => &[],
    }
}

/// What a block is called: W_hh, or W_hf of the forget gate.
fn block_name(gate: Quantity) -> String {
    match gate {
        Quantity::H => "W_hh".to_owned(),
        gate => format!("W_h{}", gate.symbol()),
    }
}

/// Which block's eigenvalues are drawn.
pub(super) fn choose(view: &mut Jacobian, ui: &mut Ui, scene: &Scene<'_>, shared: &Shared) {
    let Some(cell) = super::cell(scene, shared) else {
        return;
    };
    if cell.gates().is_empty() {
        view.block = 0;
        return;
    }
    let gates = cell.gates().iter().map(|&gate| block_name(gate));
    let names: Vec<String> = std::iter::once("all gates".to_owned())
        .chain(gates)
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    view.block = view.block.min(names.len() - 1);
    compact_choice(ui, "Gate", &mut view.block, &names);
}

pub(super) fn show(
    view: &mut Jacobian,
    ui: &mut Ui,
    scene: &Scene<'_>,
    shared: &mut Shared,
) -> Vec<Command> {
    let of = at(scene, shared);
    let told = scene.session.ask(&Question::Spectra(of));
    if let Some(answer) = &told.answer {
        if told.is_current {
            view.trail
                .take(&scene.snapshot.material, of, told.update, answer);
        } else {
            view.older = Some(told.update);
        }
    }
    let Some(answer) = told.answer else {
        return Vec::new();
    };
    let blocks = blocks_of(&answer);
    let chosen = |index: usize| view.block == 0 || view.block == index + 1;
    if blocks.iter().all(|block| block.eigenvalues.is_none()) {
        empty_state(
            ui,
            "The eigenvalues of the recurrent weights will appear here, in the complex plane.",
            "This layer has none: its weights are not finite, or nothing is recurrent.",
        );
        return Vec::new();
    }
    let palette = Palette::of(ui.visuals());
    let area = ui.available_rect_before_wrap();
    let with_facts = area.width() > FACTS + 26.0 * GRID;
    let right = area.right() - if with_facts { FACTS + 2.0 * GRID } else { 0.0 };
    let place = Rect::from_min_max(area.min, pos2(right, area.bottom()));
    let circle: Vec<[f64; 2]> = (0..=120)
        .map(|step| f64::from(step) / 120.0 * std::f64::consts::TAU)
        .map(|angle| [angle.cos(), angle.sin()])
        .collect();
    let points = |blocks: &[RecurrentBlock], index: usize| -> Vec<[f64; 2]> {
        let block = blocks
            .get(index)
            .and_then(|block| block.eigenvalues.as_ref());
        block.map_or_else(Vec::new, |all| {
            all.iter().map(|&(re, im)| [re, im]).collect()
        })
    };
    let mut plane = ui.new_child(UiBuilder::new().max_rect(place));
    let shown = plot(
        &plane,
        "eigenvalues",
        "real part",
        "imaginary part",
        Scale::Linear,
    )
    .height((area.height() - 2.0).max(60.0))
    .width(place.width())
    .data_aspect(1.0)
    .include_x(-1.1)
    .include_x(1.1)
    .include_y(-1.1)
    .include_y(1.1)
    .show_crosshair(false)
    .sense(Sense::click_and_drag())
    .show(&mut plane, |plot| {
        let line = line_of("unit circle", PlotPoints::from(circle)).color(palette.threshold);
        plot.line(line.width(1.0).style(LineStyle::Solid).allow_hover(false));
        let earlier = view.trail.points.iter().rev().skip(1).rev();
        let count = view.trail.points.len().max(2) as f32 - 1.0;
        for (nth, (_, before)) in earlier.enumerate() {
            for (index, block) in blocks_of(before)
                .iter()
                .enumerate()
                .filter(|(it, _)| chosen(*it))
            {
                let strength = 0.15 + 0.4 * nth as f32 / count;
                let color = palette.quantity(block.gate).gamma_multiply(strength);
                let all = Points::new("", PlotPoints::from(points(blocks_of(before), index)));
                plot.points(all.color(color).radius(1.5).allow_hover(false));
            }
        }
        for (index, block) in blocks.iter().enumerate().filter(|(it, _)| chosen(*it)) {
            let all = PlotPoints::from(points(blocks, index));
            let all = Points::new(block_name(block.gate), all);
            let all = all.color(palette.quantity(block.gate)).radius(3.5);
            plot.points(all.shape(shape(index)).allow_hover(false));
        }
    });
    // The nearest one under the pointer, in numbers.
    if let Some(pointer) = shown.response.hover_pos() {
        let mut nearest: Option<(f32, Quantity, [f64; 2])> = None;
        for (index, block) in blocks.iter().enumerate().filter(|(it, _)| chosen(*it)) {
            for point in points(blocks, index) {
                let at = shown
                    .transform
                    .position_from_point(&egui_plot::PlotPoint::new(point[0], point[1]));
                let distance = at.distance(pointer);
                if distance < 16.0 && nearest.is_none_or(|(least, ..)| distance < least) {
                    nearest = Some((distance, block.gate, point));
                }
            }
        }
        if let Some((_, gate, [re, im])) = nearest {
            let imaginary = match im {
                0.0 => String::new(),
                im if im < 0.0 => format!(" − {} i", number(-im)),
                im => format!(" + {} i", number(im)),
            };
            view.told = Some(format!(
                "{}: λ = {}{imaginary}, |λ| = {}",
                block_name(gate),
                number(re),
                number(re.hypot(im))
            ));
            view.tell_at_pointer(ui, &shown.response);
        }
    }
    if with_facts {
        let at = Rect::from_min_max(pos2(right + 2.0 * GRID, area.top()), area.max);
        let mut beside = ui.new_child(UiBuilder::new().max_rect(at));
        ScrollArea::vertical().auto_shrink(false).show(&mut beside, |ui| {
            for (index, block) in blocks.iter().enumerate().filter(|(it, _)| chosen(*it)) {
                let told = |value: Option<f64>| value.map_or("–".to_owned(), number);
                let text = format!(
                    "ρ {}   σ₁ {}",
                    told(block.spectral_radius()),
                    told(block.largest_singular_value())
                );
                titled_fact(
                    ui,
                    title(index, block.gate, &palette).into(),
                    &text,
                    "ρ is the largest |λ|: what the powers of the matrix grow or shrink by in the long run. σ₁ is the most that it stretches at once.",
                    &[Term::Eigenvalue, Term::SingularValue],
                );
            }
            let before = view.trail.points.len().saturating_sub(1);
            let text = match before {
                0 => "Train to see them move: small dots will be earlier updates.".to_owned(),
                _ => format!(
                    "Small dots: {}, from update {} on, as far as this view was on show.",
                    counted(before, "earlier update"),
                    view.trail.points.first().map_or(0, |(update, _)| *update)
                ),
            };
            caption(ui, &text);
        });
    }
    Vec::new()
}

/// Blocks differ by shape first.
fn shape(index: usize) -> MarkerShape {
    match index {
        0 => MarkerShape::Circle,
        1 => MarkerShape::Square,
        2 => MarkerShape::Up,
        _ => MarkerShape::Diamond,
    }
}

/// The same as a sign.
fn mark(index: usize) -> &'static str {
    ["●", "■", "▲", "◆"].get(index).copied().unwrap_or("◆")
}

/// What a block is called, behind the sign that its eigenvalues have in the plane: of the same shape and colour.
fn title(index: usize, gate: Quantity, palette: &Palette) -> LayoutJob {
    let format = |color| TextFormat::simple(FontId::proportional(SMALL), color);
    let mut title = LayoutJob::default();
    title.append(mark(index), 0.0, format(palette.quantity(gate)));
    let name = format!(" {}", block_name(gate));
    title.append(&name, 0.0, format(palette.weak_text));
    title
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_told_with_the_colour_that_its_points_have() {
        for dark in [false, true] {
            let palette = Palette::new(dark);
            for (index, gate) in [Quantity::H, Quantity::I, Quantity::F]
                .into_iter()
                .enumerate()
            {
                let title = title(index, gate, &palette);
                assert_eq!(title.text, format!("{} {}", mark(index), block_name(gate)));
                let colors: Vec<_> = title.sections.iter().map(|it| it.format.color).collect();
                assert_eq!(colors, [palette.quantity(gate), palette.weak_text]);
            }
        }
    }
}
