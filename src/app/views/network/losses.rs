//! The loss on top of the network: a bar for each output's share of it, where the gradients begin.

use super::super::Scene;
use super::rows::{Row, columns, loss_color};
use crate::app::theme::Palette;
use crate::app::widgets::{OUTLINED, TimeAxis, number};
use eframe::egui::{Mesh, Painter, Rangef, Rect, Shape, Stroke, StrokeKind};

/// The share of a step in the loss, by its array index; the output may be there for the last step only.
pub(super) fn share(scene: &Scene<'_>, t: usize) -> Option<f64> {
    let terms = &scene.snapshot.probe.terms;
    let step = t.checked_sub(scene.steps().checked_sub(terms.len())?)?;
    terms.get(step).copied()
}

/// The largest of some shares, and whether one of them is no number.
fn largest(terms: impl Iterator<Item = f64>) -> (f64, bool) {
    terms.fold((0.0, false), |(most, broken), term| {
        match term.is_finite() {
            true => (f64::max(most, term), broken),
            false => (most, true),
        }
    })
}

/// Draws the bars, one for every `each` steps: the largest of theirs, beside the largest of all.
pub(super) fn paint(
    painter: &Painter,
    scene: &Scene<'_>,
    row: &Row,
    axis: &TimeAxis,
    each: usize,
    width: f32,
    palette: &Palette,
) {
    let (most, _) = largest(scene.snapshot.probe.terms.iter().copied());
    let columns = columns(scene, row);
    let drawn = axis.of_every(each);
    let seen = drawn.shown();
    let (first, last) = (columns.start / each, columns.end.div_ceil(each));
    // An area of that is much heavier than a line.
    let color = loss_color(scene, palette).gamma_multiply(0.6);
    let mut bars = Mesh::default();
    let mut empty = Vec::new();
    for bin in first.max(seen.start)..last.min(seen.end) {
        let steps = (bin * each).max(columns.start)..((bin + 1) * each).min(columns.end);
        let x = Rangef::new(drawn.x_of(bin) - 0.5 * width, drawn.x_of(bin) + 0.5 * width);
        let revealed = steps.clone().all(|t| row.shown.contains(&t));
        let (height, color) = match revealed {
            false => (row.y.span(), palette.ghost),
            true => {
                let (term, broken) = largest(steps.filter_map(|t| share(scene, t)));
                let part = if most > 0.0 {
                    (term / most) as f32
                } else {
                    0.0
                };
                match broken {
                    true => (row.y.span(), palette.error),
                    // A share that is there is seen.
                    false => ((part * row.y.span()).max(1.0), color),
                }
            }
        };
        let bar = Rect::from_x_y_ranges(x, Rangef::new(row.y.max - height, row.y.max));
        bars.add_colored_rect(bar, color);
        if !revealed && width >= OUTLINED {
            empty.push(bar);
        }
    }
    painter.add(Shape::mesh(bars));
    for place in empty {
        let stroke = Stroke::new(1.0, palette.ghost_line);
        painter.rect_stroke(place, 0.0, stroke, StrokeKind::Inside);
    }
    let ground = Stroke::new(1.0, palette.hairline);
    let ends = [
        drawn.column(first).min,
        drawn.column(last.max(first + 1) - 1).max,
    ];
    let [from, to] = [ends[0].max(axis.left), ends[1].min(axis.right)];
    if from < to {
        painter.hline(from..=to, row.y.max, ground);
    }
}

/// What a bar says.
pub(super) fn told(scene: &Scene<'_>, row: &Row, t: usize) -> Option<String> {
    let share = share(scene, t).filter(|_| row.shown.contains(&t))?;
    let probe = &scene.snapshot.probe;
    let loss = scene.snapshot.material.loss.title();
    let mut text = format!("share of t = {} in the loss: {}", t + 1, number(share));
    if probe.terms.len() > 1 && probe.loss > 0.0 {
        let part = crate::words::percent_to(share / probe.loss, 1);
        text += &format!(", {part} of L = {}", number(probe.loss));
    }
    text += &format!("\n{loss}");
    Some(text)
}
