//! The product of the Jacobians over a span of steps.

use super::super::{Scene, Shared, line_key, time_axis, zoom_at};
use super::{Jacobian, at, direction, name, units};
use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{
    Scale, Term, caption, empty_state, keep_to, line_of, thinned, time_plot, value_label,
};
use crate::nn::{Direction, Quantity};
use crate::session::Command;
use crate::train::question::States;
use crate::train::{Answer, Question};
use crate::words::counted;
use eframe::egui::{DragValue, Rect, RichText, Sense, Ui, pos2};
use egui_plot::{HLine, LineStyle, PlotPoints};

pub(super) fn legend(ui: &mut Ui, scene: &Scene<'_>, shared: &Shared) {
    let palette = Palette::of(ui.visuals());
    if super::cell(scene, shared).is_some_and(|cell| cell.gates().is_empty()) {
        line_key(
            ui,
            "at most",
            "Pascanu’s bound: the root of the number of units, times σ₁(W_hh) γ for each step",
            palette.threshold,
            LineStyle::dashed_loose(),
            &[Term::PascanuBound],
        );
    }
    line_key(
        ui,
        "norm of the product",
        "The norm of the last state’s derivatives by the state at each earlier step",
        palette.quantity(Quantity::H),
        LineStyle::Solid,
        &[Term::Jacobian, Term::Norm],
    );
}

pub(super) fn show(
    view: &mut Jacobian,
    ui: &mut Ui,
    scene: &Scene<'_>,
    shared: &mut Shared,
) -> Vec<Command> {
    let steps = scene.steps();
    if steps < 2 {
        empty_state(
            ui,
            "The product of the Jacobians over a span of steps will appear here.",
            "This sequence has one step only.",
        );
        return Vec::new();
    }
    // In the order of time, as t; in a reverse scan the later one is where the change begins.
    let (mut first, mut last) = view.span.unwrap_or((1, steps));
    last = last.clamp(2, steps);
    first = first.clamp(1, last - 1);
    let reverse = direction(scene, shared) == Direction::Reverse;
    let states = view.states(scene, shared);
    let mut changed = false;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let palette = Palette::of(ui.visuals());
        let small = |text: &str| RichText::new(text).size(SMALL).color(palette.weak_text);
        ui.label(small("from t ="));
        changed |= ui
            .name_inputs("From step", |ui| {
                ui.add(DragValue::new(&mut first).range(1..=last - 1).speed(1.0))
            })
            .changed();
        ui.label(small("to t ="));
        changed |= ui
            .name_inputs("To step", |ui| {
                ui.add(
                    DragValue::new(&mut last)
                        .range(first + 1..=steps)
                        .speed(1.0),
                )
            })
            .changed();
        ui.add_space(GRID);
        if view.span.is_some() && ui.button("All").on_hover_text("All steps").clicked() {
            (first, last) = (1, steps);
            view.span = None;
        }
    });
    if changed {
        view.span = Some((first, last));
    }
    let (from, to) = match reverse {
        false => (first, last),
        true => (last, first),
    };
    let question = Question::Product {
        at: at(scene, shared),
        states,
        from,
        to,
    };
    let answer = view.ask(scene, &question);
    let found = match answer.as_deref() {
        Some(Answer::Product(Some(found))) => Some(found),
        _ => None,
    };
    let bound = super::step::bound(view, scene, shared).filter(|bound| *bound > 0.0);
    let count = last - first;
    let state = name(states);
    let rows = match states {
        States::Hidden => units(scene, shared),
        States::Whole => 2 * units(scene, shared),
    };
    let text = match found.and_then(|it| it.log10_singular_values.as_ref()?.first().copied()) {
        Some(log) if log == f64::NEG_INFINITY => format!(
            "Of a change of {state} at t = {from} nothing arrives at t = {to}: the product is 0."
        ),
        Some(log) => {
            let per_step = value_label(log / count as f64);
            let compared = match bound {
                Some(bound) => format!(
                    "; Pascanu’s bound is × {} a step, × {} in all",
                    value_label(bound.log10()),
                    value_label(bound.log10() * count as f64)
                ),
                None => String::new(),
            };
            format!(
                "A change of {state} at t = {from} is at most {} times as large at t = {to}, {} on: × {per_step} a step{compared}. The curve, \
                 the norm over all directions, is up to √{rows} times that.",
                value_label(log),
                counted(count, "step"),
            )
        }
        None => "…".to_owned(),
    };
    ui.add(eframe::egui::Label::new(
        RichText::new(text)
            .size(SMALL)
            .color(ui.visuals().text_color()),
    ));
    let palette = Palette::of(ui.visuals());
    let area = ui.available_rect_before_wrap();
    let axis = time_axis(area, scene);
    let height = (area.height() - 4.0).max(40.0);
    let color = palette.quantity(Quantity::H);
    // ‖∂s_to/∂s_to‖: that of the identity.
    let identity = 0.5 * (rows.max(1) as f64).log10();
    let at_step = |k: usize| match reverse {
        false => (to as f64) - k as f64,
        true => (to + k) as f64,
    };
    let norms = found.map_or(&[][..], |it| &it.of.log10_norms);
    let points: Vec<[f64; 2]> = std::iter::once([to as f64, identity])
        .chain((1..).zip(norms).map(|(k, &log)| [at_step(k), log]))
        .filter(|point| point[1].is_finite())
        .collect();
    let ends = points.iter().map(|point| point[1]);
    let (low, high) = (
        ends.clone().fold(0.0, f64::min),
        ends.fold(0.0, f64::max) + 0.1,
    );
    let shown = time_plot(ui, "product of Jacobians", &axis, area.left(), Scale::Log)
        .include_y(low)
        .include_y(high)
        .allow_drag(false)
        .height(height)
        .show_crosshair(false)
        .sense(Sense::click_and_drag())
        .show(ui, |plot| {
            keep_to(plot, &axis);
            let one = HLine::new("1", 0.0).color(palette.weak_text.gamma_multiply(0.6));
            plot.hline(one.width(1.0).allow_hover(false));
            if let Some(bound) = bound {
                let line = vec![
                    [at_step(0), identity],
                    [at_step(count), identity + bound.log10() * count as f64],
                ];
                let line = line_of("at most", PlotPoints::from(line)).color(palette.threshold);
                plot.line(
                    line.style(LineStyle::dashed_loose())
                        .width(1.0)
                        .allow_hover(false),
                );
            }
            let mut points = points.clone();
            if !reverse {
                points.reverse();
            }
            let pixels =
                ((axis.right - axis.left).max(1.0) * plot.ctx().pixels_per_point()) as usize;
            let thin = thinned(
                points.into_iter(),
                axis.span.first,
                axis.span.last + 1.0,
                pixels,
            );
            let line = line_of("norm of the product", PlotPoints::from(thin));
            plot.line(line.color(color).width(2.0).allow_hover(false));
        });
    let response = &shown.response;
    zoom_at(response, &axis, shared);
    // The span is shaded; it is chosen by dragging along the axis.
    let frame = *shown.transform.frame();
    let shaded = Rect::from_min_max(
        pos2(axis.column(first - 1).min.max(axis.left), frame.top()),
        pos2(axis.column(last - 1).max.min(axis.right), frame.bottom()),
    );
    let painter = ui.painter_at(frame);
    painter.rect_filled(shaded, 0.0, palette.cursor.gamma_multiply(0.06));
    for x in [shaded.left(), shaded.right()] {
        painter.vline(
            x,
            frame.y_range(),
            eframe::egui::Stroke::new(1.0, palette.cursor.gamma_multiply(0.5)),
        );
    }
    let pointed = response.hover_pos().and_then(|at| axis.time_at(at.x));
    if response.drag_started() {
        let start = response.interact_pointer_pos();
        let start = ui.input(|input| input.pointer.press_origin()).or(start);
        view.dragged_from = start.and_then(|at| axis.nearest(at.x));
    }
    if let (Some(start), Some(at)) = (view.dragged_from, response.interact_pointer_pos())
        && response.dragged()
        && let Some(end) = axis.nearest(at.x)
        && start != end
    {
        view.span = Some((start.min(end) + 1, start.max(end) + 1));
    }
    if response.drag_stopped() {
        view.dragged_from = None;
    }
    if response.double_clicked() {
        view.span = None;
    }
    if let Some(t) = pointed {
        shared.next_hover.t = Some(t);
        let t = t + 1;
        let within = (first..=last).contains(&t) && t != to;
        let log = within
            .then(|| norms.get(t.abs_diff(to).saturating_sub(1)).copied())
            .flatten();
        if let Some(log) = log {
            let value = match log == f64::NEG_INFINITY {
                true => "0".to_owned(),
                false => value_label(log),
            };
            view.told = Some(format!(
                "norm of ∂{state} at t = {to} by ∂{state} at t = {t}: {value}"
            ));
            view.tell_at_pointer(ui, response);
        }
    }
    if view.span.is_none() && area.height() > 120.0 {
        let at = Rect::from_min_max(
            pos2(frame.left() + 8.0, frame.bottom() - 22.0),
            frame.right_bottom(),
        );
        let mut ui = ui.new_child(eframe::egui::UiBuilder::new().max_rect(at));
        caption(&mut ui, "Drag along the axis to choose a span");
    }
    Vec::new()
}
