//! How the gradient flows back through time: ‖∂L/∂h_t‖ and ‖∂L/∂c_t‖ of each layer on a logarithmic axis.

use super::{Scene, Shared, View, move_to, time_axis};
use crate::app::theme::{Palette, SMALL};
use crate::app::widgets::{LogSeries, Scale, empty_state, log10_or_gap, number, time_plot};
use crate::nn::Quantity;
use crate::session::Command;
use crate::train::snapshot::Flow;
use eframe::egui::{Rect, RichText, Sense, Shape, Stroke, Ui, pos2, vec2};
use egui_plot::{Line, LineStyle, MarkerShape, PlotPoints, Points, VLine};

/// The norms through time.
pub struct GradientFlow;

impl View for GradientFlow {
    fn name(&self) -> &'static str {
        "gradient_flow"
    }

    fn title(&self) -> &'static str {
        "Gradient flow through time"
    }

    fn tools(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) {
        if scene.backward() {
            legend(ui, scene, shared);
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) -> Vec<Command> {
        let flows = &scene.snapshot.probe.flows;
        if !scene.backward() {
            empty_state(
                ui,
                "The gradient of every state will appear here, from the last step to the first.",
                "Walk to the end of the sequence and on, or choose the backward sweep ( ] ).",
            );
            return Vec::new();
        }
        let palette = Palette::of(ui.visuals());
        let layers = scene.snapshot.model.architecture.num_layers;
        let area = ui.available_rect_before_wrap();
        let axis = time_axis(area, scene.steps());
        let height = (area.height() - 4.0).max(40.0);
        let from = scene.adjoints();
        let cursor_line = scene.column().map(|t| (t + 1) as f64);
        let shown = time_plot(ui, "gradient flow", &axis, area.left(), Scale::Log)
            .height(height)
            .show_crosshair(false)
            .show(ui, |plot| {
                if let Some(t) = cursor_line {
                    plot.vline(
                        VLine::new("", t)
                            .color(palette.cursor.gamma_multiply(0.6))
                            .width(1.0)
                            .allow_hover(false),
                    );
                }
                for flow in flows {
                    let name = name(flow, layers);
                    let color = palette.quantity(flow.quantity);
                    let color = if scene.stressed(flow.quantity) {
                        color
                    } else {
                        color.gamma_multiply(0.4)
                    };
                    let steps = flow
                        .norms
                        .iter()
                        .enumerate()
                        .skip(from + 1)
                        .filter_map(|(t, norm)| Some((t as f64, (*norm)?)));
                    for piece in LogSeries::new(steps.clone()).pieces {
                        let width = if layers > 1 && flow.layer != shared.layer {
                            1.0
                        } else {
                            2.0
                        };
                        let line = Line::new(name.clone(), PlotPoints::from(piece))
                            .color(color)
                            .width(width);
                        plot.line(line.style(layer_style(flow.layer)));
                    }
                    if let Some(norm) = flow
                        .arrived
                        .get(from)
                        .copied()
                        .flatten()
                        .and_then(log10_or_gap)
                        .filter(|_| from > 0)
                    {
                        // One step further only the recurrent share has arrived: a hollow mark.
                        let point = PlotPoints::from(vec![[from as f64, norm]]);
                        let mark = Points::new(format!("{name}, so far"), point)
                            .color(color)
                            .radius(4.0);
                        plot.points(mark.shape(MarkerShape::Circle).filled(false));
                    }
                }
            });
        let mut commands = Vec::new();
        if let Some(at) = shown.response.hover_pos() {
            shared.next_hover.t = axis.time_at(at.x);
        }
        if shown.response.clicked()
            && let Some(t) = shown
                .response
                .interact_pointer_pos()
                .and_then(|at| axis.time_at(at.x))
        {
            commands.push(move_to(t));
        }
        if let Some(t) = shared.hover.t.filter(|&t| t < scene.steps()) {
            let column = Rect::from_min_max(
                pos2(axis.column(t).min, area.top()),
                pos2(axis.column(t).max, area.top() + height),
            );
            ui.painter()
                .rect_filled(column, 0.0, palette.cursor.gamma_multiply(0.08));
        }
        commands
    }
}

fn name(flow: &Flow, layers: usize) -> String {
    let symbol = flow.quantity.symbol();
    if layers == 1 {
        format!("‖∂L/∂{symbol}ₜ‖")
    } else {
        format!("‖∂L/∂{symbol}ₜ‖, layer {}", flow.layer + 1)
    }
}

/// Layers differ by line style: quantities already have the colours.
fn layer_style(layer: usize) -> LineStyle {
    match layer {
        0 => LineStyle::Solid,
        1 => LineStyle::dashed_loose(),
        _ => LineStyle::dotted_loose(),
    }
}

/// The lines' names, from the right, with numbers at the pointer or the cursor.
fn legend(ui: &mut Ui, scene: &Scene<'_>, shared: &Shared) {
    let palette = Palette::of(ui.visuals());
    let flows = &scene.snapshot.probe.flows;
    let layers = scene.snapshot.model.architecture.num_layers;
    let at = shared
        .hover
        .t
        .or(scene.column())
        .filter(|&t| t >= scene.adjoints() && t < scene.steps());
    ui.label(
        RichText::new("probe, before clipping")
            .size(SMALL)
            .color(palette.weak_text),
    )
    .on_hover_text("Norms over the units of a layer, for the probe's own loss");
    let hidden = flows.iter().filter(|flow| flow.quantity == Quantity::H);
    let norms = hidden.flat_map(|flow| flow.norms.iter().skip(1 + scene.adjoints()));
    let zeros = norms.filter(|norm| **norm == Some(0.0)).count();
    if zeros > 0 {
        ui.label(
            RichText::new(format!("exactly 0 at {zeros} steps"))
                .size(SMALL)
                .color(palette.error),
        );
    }
    for flow in flows.iter().rev() {
        let color = palette.quantity(flow.quantity);
        let value = at.and_then(|t| Some((t, flow.norms.get(t + 1).copied().flatten()?)));
        let value = value.map_or_else(String::new, |(t, value)| {
            format!(" = {} at t = {}", number(value), t + 1)
        });
        ui.label(
            RichText::new(format!("{}{value}", name(flow, layers)))
                .size(SMALL)
                .color(color),
        );
        let (rect, _) = ui.allocate_exact_size(vec2(20.0, 14.0), Sense::hover());
        let (ends, stroke) = (
            [rect.left_center(), rect.right_center()],
            Stroke::new(2.0, color),
        );
        match layer_style(flow.layer) {
            LineStyle::Solid => drop(ui.painter().line_segment(ends, stroke)),
            _ => ui
                .painter()
                .extend(Shape::dashed_line(&ends, stroke, 4.0, 3.0)),
        }
        ui.add_space(4.0);
    }
}
