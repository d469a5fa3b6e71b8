//! Where a step looks: the weights of its attention as lines to what it looks at, and of a decoder as a strip of the encoder's
//! steps.

use super::super::Scene;
use super::rows::{Role, Row};
use crate::app::theme::{Palette, SMALL, readable_on};
use crate::app::widgets::{HeatMapKind, TimeAxis, number};
use crate::nn::attention::Attention;
use crate::nn::{AttentionMap, Line, Place};
use crate::train::Story;
use eframe::egui::{FontId, Mesh, Painter, Rect, Shape, Stroke, StrokeKind, pos2, vec2};

/// A weight below this is not drawn as a line: next to the others it says nothing.
const FAINTEST: f64 = 0.02;
/// In a cell this wide a letter can be read.
const LETTER: f32 = 9.0;

/// A map of the part on show, and the step of it that is asked about.
struct Look<'a> {
    map: &'a AttentionMap,
    kind: HeatMapKind,
    largest: f64,
    adjoint: bool,
    t: usize,
}

impl<'a> Look<'a> {
    fn of(scene: &Scene<'a>, index: usize, adjoint: bool, t: usize) -> Option<Self> {
        let probe = &scene.snapshot.probe;
        let map = probe.attention.get(index)?;
        let largest = match adjoint {
            true => probe.attention_adjoints.get(index).copied().unwrap_or(0.0),
            false => 1.0,
        };
        let kind = match adjoint {
            true => HeatMapKind::Signed { max_abs: largest },
            false => HeatMapKind::Unit,
        };
        let is_there = t < map.weights.nrows() && is_revealed(scene, map, adjoint, t);
        is_there.then_some(Self {
            map,
            kind,
            largest,
            adjoint,
            t,
        })
    }

    fn weight(&self, key: usize) -> Option<f64> {
        let weights = if self.adjoint {
            &self.map.d_weights
        } else {
            &self.map.weights
        };
        weights.get((self.t, key)).copied()
    }

    fn keys(&self) -> usize {
        self.map.weights.ncols()
    }

    /// Lines from what is looked at to the step that looks, the stronger the more it does.
    fn lines(
        &self,
        painter: &Painter,
        keys: &TimeAxis,
        (from, to): (f32, eframe::egui::Pos2),
        palette: &Palette,
    ) {
        for key in 0..self.keys() {
            let Some(weight) = self.weight(key) else {
                continue;
            };
            let part = weight.abs() / self.largest.max(f64::MIN_POSITIVE);
            if part.is_nan() || part < FAINTEST {
                continue;
            }
            let color = match self.adjoint {
                true => self.kind.color(weight, palette.dark),
                false => palette.prediction.gamma_multiply(0.25 + 0.75 * part as f32),
            };
            let stroke = Stroke::new(0.75 + 2.25 * part as f32, color);
            painter.line_segment([pos2(keys.x_of(key), from), to], stroke);
        }
    }
}

/// Whether a step's weights, or their adjoints, are there to be seen.
fn is_revealed(scene: &Scene<'_>, map: &AttentionMap, adjoint: bool, t: usize) -> bool {
    let place = map.head.map(|(layer, _)| Place::forward(layer));
    // Of a weight's adjoint all is there when the context, which alone reads it, was walked back through.
    let line = if adjoint {
        Line::Context
    } else {
        Line::Weights
    };
    let looks = scene.revealed_of(map.queries, Some((place, line)), adjoint);
    looks.contains(&t)
}

/// The map of the decoder on show, by its index.
fn decoder_map(scene: &Scene<'_>) -> Option<usize> {
    let mut maps = scene.snapshot.probe.attention.iter();
    maps.position(|map| map.queries == scene.part_index && map.keys != scene.part_index)
}

/// The first of some steps of the decoder whose weights are there to be seen.
pub(super) fn step(
    scene: &Scene<'_>,
    adjoint: bool,
    steps: impl IntoIterator<Item = usize>,
) -> Option<usize> {
    let map = scene.snapshot.probe.attention.get(decoder_map(scene)?)?;
    let mut steps = steps.into_iter();
    steps.find(|&t| t < map.weights.nrows() && is_revealed(scene, map, adjoint, t))
}

/// The encoder's steps under the decoder's, all of them, whatever is zoomed into.
fn keys_axis(axis: &TimeAxis, keys: usize) -> TimeAxis {
    TimeAxis::new(axis.left, axis.right, keys)
}

/// Draws the strip of what a decoder's step looks at, and lines from there to who reads the context: beside the input, or after
/// the cell.
#[allow(clippy::too_many_arguments, reason = "a drawing and where it goes")]
pub(super) fn strip(
    painter: &Painter,
    scene: &Scene<'_>,
    adjoint: bool,
    rows: &[Row],
    axis: &TimeAxis,
    t: Option<usize>,
    story: Option<&Story>,
    palette: &Palette,
) {
    let Some((row, index)) = rows
        .iter()
        .find(|row| row.role == Role::Looks)
        .zip(decoder_map(scene))
    else {
        return;
    };
    let ground = Rect::from_x_y_ranges(axis.left..=axis.right, row.y);
    let look = t.and_then(|t| Look::of(scene, index, adjoint, t));
    let font = FontId::proportional(SMALL - 1.0);
    if let Some(look) = &look {
        let above = super::rows::attention(scene) == Attention::Dot;
        let reads = if above { Role::Output } else { Role::Input };
        let keys = keys_axis(axis, look.keys());
        if let Some(reader) = rows.iter().find(|row| row.role == reads) {
            let to = pos2(axis.x_of(look.t), reader.y.max + 1.0);
            let inside = axis.left..=axis.right;
            if inside.contains(&to.x) {
                look.lines(painter, &keys, (row.y.min, to), palette);
            }
        }
    }
    // Who passes here goes behind it.
    painter.rect_filled(ground, 2.0, palette.background);
    painter.rect_filled(ground, 2.0, palette.ghost);
    if let Some(look) = &look {
        let keys = keys_axis(axis, look.keys());
        let symbols = story
            .filter(|story| story.symbols)
            .and_then(|story| story.steps.as_ref());
        let mut cells = Mesh::default();
        for key in 0..look.keys() {
            let Some(weight) = look.weight(key) else {
                continue;
            };
            let column = keys.column(key);
            let gap = if column.span() >= 6.0 { 0.5 } else { 0.0 };
            let cell = Rect::from_x_y_ranges(column.shrink(gap), row.y);
            cells.add_colored_rect(cell, look.kind.color(weight, palette.dark));
        }
        painter.add(Shape::mesh(cells));
        if keys.column_width() >= LETTER && row.y.span() >= 12.0 {
            for (key, symbol) in symbols.into_iter().flatten().enumerate().take(look.keys()) {
                let fill = look
                    .weight(key)
                    .map(|weight| look.kind.color(weight, palette.dark));
                let ink = fill.map_or(palette.text, readable_on);
                let galley = painter.layout_no_wrap(symbol.clone(), font.clone(), ink);
                if galley.size().x <= keys.column_width() {
                    let at = pos2(keys.x_of(key), row.y.center()) - 0.5 * galley.size();
                    painter.galley(at, galley, ink);
                }
            }
        }
    } else if row.y.span() >= 12.0 {
        let words = match row.shown.is_empty() {
            true => {
                "what a step of the decoder looks at will appear here, over the steps of the encoder"
            }
            false => "point at a step to see what it looks at, over the steps of the encoder",
        };
        let galley = painter.layout_no_wrap(words.into(), font, palette.weak_text);
        if galley.size().x < ground.width() {
            painter.galley(
                ground.center() - 0.5 * galley.size(),
                galley,
                palette.weak_text,
            );
        }
    }
    painter.rect_stroke(ground, 2.0, palette.hairline_stroke(), StrokeKind::Outside);
}

/// What a place of the strip says.
pub(super) fn told(
    scene: &Scene<'_>,
    adjoint: bool,
    axis: &TimeAxis,
    t: Option<usize>,
    x: f32,
    story: Option<&Story>,
) -> Option<String> {
    let index = decoder_map(scene)?;
    let look = Look::of(scene, index, adjoint, t?)?;
    let key = keys_axis(axis, look.keys()).time_at(x)?;
    let name = |part: usize| {
        scene
            .snapshot
            .probe
            .parts
            .get(part)
            .map_or("", |part| part.name)
    };
    let symbol = story.and_then(|story| story.steps.as_ref()?.get(key));
    let symbol = symbol.map_or_else(String::new, |symbol| format!(" “{symbol}”"));
    let weight = look.map.weights.get((look.t, key))?;
    let mut text = format!(
        "{} t = {} looks at {} t = {}{symbol}: α = {}",
        name(look.map.queries),
        look.t + 1,
        name(look.map.keys),
        key + 1,
        number(*weight)
    );
    if is_revealed(scene, look.map, true, look.t)
        && let Some(adjoint) = look.map.d_weights.get((look.t, key))
    {
        text += &format!("\n∂L/∂α = {}", number(*adjoint));
    }
    Some(text)
}

/// Draws where a step of self-attention looks: from each block down to the steps of what it reads, a bundle for each head.
#[allow(clippy::too_many_arguments, reason = "a drawing and where it goes")]
pub(super) fn within(
    painter: &Painter,
    scene: &Scene<'_>,
    adjoint: bool,
    rows: &[Row],
    axis: &TimeAxis,
    t: Option<usize>,
    width: f32,
    palette: &Palette,
) {
    let Some(t) = t.filter(|&t| t < scene.steps()) else {
        return;
    };
    let maps = &scene.snapshot.probe.attention;
    for (index, map) in maps.iter().enumerate() {
        let Some((layer, head)) = map.head else {
            continue;
        };
        let heads = maps.iter().filter_map(|map| map.head);
        let heads = heads.filter(|of| of.0 == layer).count();
        let is_block =
            |row: &&Row| row.role == Role::Layer && scene.part.scans[row.scan].place.layer == layer;
        let Some(at) = rows.iter().position(|row| is_block(&row)) else {
            continue;
        };
        let (Some(block), Some(read)) = (rows.get(at), rows.get(at + 1)) else {
            continue;
        };
        let Some(look) = Look::of(scene, index, adjoint, t) else {
            continue;
        };
        // Heads stand side by side at the cell that looks.
        let part = (head as f32 + 0.5) / heads.max(1) as f32 - 0.5;
        let to = pos2(axis.x_of(t), block.y.max + 1.0) + vec2(0.8 * part * width, 0.0);
        look.lines(painter, axis, (read.y.min - 1.0, to), palette);
    }
}
