//! The Jacobian of the step at the cursor, as a matrix.

use super::super::{Scene, Shared, legends_if_roomy};
use super::{Jacobian, at, direction, fact, name, sentence, units};
use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{
    CellKeys, HeatMap, HeatMapKind, Term, TimeAxis, empty_state, labelled_columns, number,
    value_label,
};
use crate::nn::Direction;
use crate::session::Command;
use crate::train::question::{self, Spread, States};
use crate::train::{Answer, Question};
use eframe::egui::{
    Align2, FontId, Id, Key, Modifiers, Painter, Rect, Ui, UiBuilder, Vec2, pos2, vec2,
};
use std::sync::Arc;

/// Below the cells, for the numbers of the units.
const FOOT: f32 = 36.0;
/// Left of them.
const SIDE: f32 = 96.0;
/// The width of the facts beside the matrix.
const FACTS: f32 = 200.0;

type Matrix = Spread<question::Jacobian>;

/// The matrix that is drawn.
fn drawn(view: &Jacobian) -> Option<(usize, &Matrix)> {
    match view.drawn.as_ref() {
        Some((t, answer)) => match &**answer {
            Answer::Jacobian(Some(found)) => Some((*t, found)),
            _ => None,
        },
        None => None,
    }
}

fn largest(of: &Matrix) -> f64 {
    let all = of.of.matrix.iter();
    all.fold(0.0, |largest: f64, x| largest.max(x.abs()))
}

pub(super) fn legend(view: &Jacobian, ui: &mut Ui) {
    if let Some((_, found)) = drawn(view) {
        let kind = HeatMapKind::Signed {
            max_abs: largest(found),
        };
        legends_if_roomy(ui, &[(kind, "derivative")]);
    }
}

/// A unit of the state by its index in the matrix: of h, and after those of c.
fn unit_name(index: usize, hidden: usize) -> String {
    match index.checked_sub(hidden).filter(|_| hidden > 0) {
        Some(unit) => format!("c[{unit}]"),
        None => format!("h[{index}]"),
    }
}

pub(super) fn show(
    view: &mut Jacobian,
    ui: &mut Ui,
    scene: &Scene<'_>,
    shared: &mut Shared,
) -> Vec<Command> {
    let Some(t) = scene.column() else {
        empty_state(
            ui,
            "The derivatives of a step’s state by the state before it will appear here, as a matrix.",
            "Move the cursor to a step of this sequence.",
        );
        return Vec::new();
    };
    let states = view.states(scene, shared);
    let at = at(scene, shared);
    let of = Some((scene.version, at, states));
    if view.drawn_of != of {
        (view.drawn, view.drawn_of) = (None, of);
    }
    let question = Question::Jacobian {
        at,
        states,
        t: t + 1,
    };
    if let Some(answer) = view.ask(scene, &question) {
        let same = |(of, known): &(usize, Arc<Answer>)| *of == t && Arc::ptr_eq(known, &answer);
        if !view.drawn.as_ref().is_some_and(same) {
            view.drawn = Some((t, answer));
            view.version += 1;
        }
    }
    // Until the answer is there, what was asked last stays, with its own step.
    let Some((t, answer)) = view.drawn.clone() else {
        return Vec::new();
    };
    let Answer::Jacobian(Some(found)) = &*answer else {
        empty_state(
            ui,
            "This step has no Jacobian.",
            "A value of the step is not finite, or its layer has nothing recurrent.",
        );
        return Vec::new();
    };
    let hidden = units(scene, shared);
    let before = match direction(scene, shared) {
        Direction::Forward => t,
        Direction::Reverse => t + 2,
    };
    sentence(ui, &words(found, name(states), t + 1, before));
    let area = ui.available_rect_before_wrap();
    let with_facts = area.width() >= SIDE + FACTS + 20.0 * GRID;
    let facts_width = if with_facts { FACTS + 2.0 * GRID } else { 0.0 };
    let width = (area.width() - SIDE - facts_width - GRID).max(40.0);
    let height = (area.height() - FOOT - 4.0).max(24.0);
    // A square is what one expects of a square matrix, where it is not too small.
    let side = width.min(height.max(0.6 * width).min(1.6 * height));
    let cells = Rect::from_min_size(
        pos2(area.left() + SIDE, area.top() + 4.0),
        vec2(side, height),
    );
    let across = TimeAxis::new(cells.left(), cells.right(), found.of.matrix.ncols());
    let size = found.of.matrix.nrows();
    view.entry = (view.entry.0.min(size - 1), view.entry.1.min(size - 1));
    let entry_said = |(row, column): (usize, usize)| {
        let value = found.of.matrix.get((row, column)).copied();
        format!(
            "∂{} at t = {} by ∂{} at t = {before}: {}",
            unit_name(row, hidden),
            t + 1,
            unit_name(column, hidden),
            number(value.unwrap_or(f64::NAN)),
        )
    };
    let said = format!("Jacobian, {}", entry_said(view.entry));
    let map = HeatMap {
        id: Id::unique("jacobian"),
        values: found.of.matrix.t(),
        version: view.version,
        kind: HeatMapKind::Signed {
            max_abs: largest(found),
        },
        revealed: 0..size,
        title: "",
        title_color: Palette::of(ui.visuals()).text,
        cursor: Some(view.entry.1).filter(|_| ui.memory(|memory| memory.has_focus(map_id(ui)))),
        order: None,
        unit: None,
        keys: Some(CellKeys {
            unit: view.entry.0,
            order: None,
            said: &said,
        }),
    };
    let shown = map.show(ui, &mut view.textures, cells, &across);
    let response = shown.response;
    ui.data_mut(|data| data.insert_temp(ui.scope_id().with("jacobian map"), response.id));
    if response.has_focus() {
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        view.entry.0 = shown.keys.unit.unwrap_or(view.entry.0);
        if pressed(Key::ArrowRight) {
            view.entry.1 = (view.entry.1 + 1).min(size - 1);
        } else if pressed(Key::ArrowLeft) {
            view.entry.1 = view.entry.1.saturating_sub(1);
        }
        view.told = Some(entry_said(view.entry));
    }
    if let Some((column, row)) = shown.hovered {
        view.told = Some(entry_said((row, column)));
        if response.clicked() {
            view.entry = (row, column);
            response.request_focus();
        }
        view.tell_at_pointer(ui, &response);
    }
    let palette = Palette::of(ui.visuals());
    let painter = ui.painter_at(area);
    label(
        &painter,
        &palette,
        cells,
        hidden,
        size,
        (name(states), t + 1, before),
    );
    if with_facts {
        let at = Rect::from_min_max(
            pos2(cells.right() + 3.0 * GRID, area.top()),
            area.right_bottom(),
        );
        let bound = bound(view, scene, shared);
        let mut beside = ui.new_child(UiBuilder::new().max_rect(at));
        facts(&mut beside, found, bound, states);
    }
    Vec::new()
}

/// What the step makes of a change, in words.
fn words(found: &Matrix, state: &str, now: usize, before: usize) -> String {
    let from = match before {
        0 => "before the first step".to_owned(),
        before => format!("at t = {before}"),
    };
    let sigma = found.log10_singular_values.as_deref().unwrap_or(&[]);
    let (Some(&largest), Some(&smallest)) = (sigma.first(), sigma.last()) else {
        return format!("How a small change of {state} {from} arrives at t = {now}.");
    };
    if largest == f64::NEG_INFINITY {
        return format!("Nothing of a small change of {state} {from} arrives at t = {now}.");
    }
    let verdict = match (largest < 0.0, smallest > 0.0) {
        (true, _) => "this step shrinks it, whatever its direction",
        (false, true) => "this step makes it larger, whatever its direction",
        (false, false) => "it depends on its direction whether it grows or shrinks",
    };
    format!(
        "A small change of {state} {from} is at most {} times as large at t = {now}: {verdict}.",
        value_label(largest)
    )
}

/// The map's own identity, as it was in the last frame.
fn map_id(ui: &Ui) -> Id {
    let kept = ui.data(|data| data.get_temp(ui.scope_id().with("jacobian map")));
    kept.unwrap_or(Id::NULL)
}

/// Numbers of the units, and what rows and columns are.
fn label(
    painter: &Painter,
    palette: &Palette,
    cells: Rect,
    hidden: usize,
    size: usize,
    (state, now, before): (&str, usize, usize),
) {
    let font = FontId::proportional(SMALL);
    let hidden = hidden.max(1);
    for (vertical, length) in [(true, cells.height()), (false, cells.width())] {
        let room = if vertical { 18.0 } else { 28.0 };
        let axis = match vertical {
            true => TimeAxis::new(cells.top(), cells.bottom(), size),
            false => TimeAxis::new(cells.left(), cells.right(), size),
        };
        for index in labelled_columns(size, length, room) {
            // Units count from 0; the widget labels the last of every few.
            let place = axis.x_of(index);
            let text = match size > hidden {
                true => unit_name(index, hidden),
                false => index.to_string(),
            };
            let (at, align) = match vertical {
                true => (pos2(cells.left() - 6.0, place), Align2::RIGHT_CENTER),
                false => (pos2(place, cells.bottom() + 10.0), Align2::CENTER_CENTER),
            };
            painter.text(at, align, text, font.clone(), palette.weak_text);
        }
        if size > hidden {
            let middle = axis.column(hidden).min;
            let stroke = palette.hairline_stroke();
            match vertical {
                true => painter.hline(cells.x_range(), middle, stroke),
                false => painter.vline(middle, cells.y_range(), stroke),
            };
        }
    }
    let text = |at, align, text: String| {
        painter.text(at, align, text, font.clone(), palette.text);
    };
    let left = cells.left() - SIDE;
    text(
        pos2(left, cells.top()),
        Align2::LEFT_TOP,
        format!("{state}, t = {now} ↓"),
    );
    let below = pos2(cells.left(), cells.bottom() + 26.0);
    let earlier = match before {
        0 => format!("by {state} before the first step →"),
        before => format!("by {state}, t = {before} →"),
    };
    text(below + Vec2::ZERO, Align2::LEFT_CENTER, earlier);
}

/// Pascanu's bound on the step; `None` of a gated cell.
pub(super) fn bound(view: &mut Jacobian, scene: &Scene<'_>, shared: &Shared) -> Option<f64> {
    match *view.ask(scene, &Question::Bound(at(scene, shared)))? {
        Answer::Bound(bound) => bound,
        _ => None,
    }
}

fn facts(ui: &mut Ui, found: &Matrix, bound: Option<f64>, states: States) {
    ui.spacing_mut().item_spacing.y = 2.0;
    let sigma = found.log10_singular_values.as_deref();
    let at = |index: usize| sigma.and_then(|sigma| sigma.get(index).copied());
    let told = |log: Option<f64>| match log {
        Some(log) if log == f64::NEG_INFINITY => "0".to_owned(),
        Some(log) => value_label(log),
        None => "–".to_owned(),
    };
    let count = sigma.map_or(0, <[f64]>::len);
    fact(
        ui,
        "largest singular value σ₁",
        &told(at(0)),
        "The most that this step makes of any change of the state, and, on the way back, of any gradient",
        &[Term::SingularValue],
    );
    if let Some(bound) = bound {
        fact(
            ui,
            "Pascanu’s bound on it, σ₁(W_hh) γ",
            &number(bound),
            "γ is the largest slope of the activation, 1 for tanh and ReLU. Below 1 gradients must vanish; above 1 they may grow.",
            &[Term::PascanuBound],
        );
    }
    fact(
        ui,
        "middle one",
        &told(at(count / 2)),
        "Half of the directions are stretched more, half less",
        &[Term::SingularValue],
    );
    fact(
        ui,
        "smallest one",
        &told(count.checked_sub(1).and_then(at)),
        "The least that this step makes of a change; what is below 10⁻¹⁶ of the largest is rounding",
        &[Term::SingularValue],
    );
    let what = match states {
        States::Hidden => "norm of the matrix",
        States::Whole => "norm of the matrix of h and c",
    };
    fact(
        ui,
        what,
        &number(found.of.norm()),
        "The root of the sum of the squares of all entries (Frobenius)",
        &[Term::Norm],
    );
}
