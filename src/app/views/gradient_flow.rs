//! How the gradient flows back through time: ‖∂L/∂h_t‖ and ‖∂L/∂c_t‖ of each layer on a logarithmic axis.

use super::{
    Home, Purpose, Scene, Shared, View, has_room, move_to, small_width, time_axis, zoom_at,
};
use crate::app::theme::{Palette, SMALL};
use crate::app::widgets::{
    LogSeries, Scale, Term, caption, empty_state_offering, explained, keep_to, log10_or_gap,
    number, time_plot,
};
use crate::nn::{Direction, Line as Computed, Quantity, Sweep};
use crate::session::Command;
use crate::train::snapshot::Flow;
use crate::words::counted;
use eframe::egui::{Align2, FontId, Rect, RichText, Sense, Shape, Stroke, Ui, pos2, vec2};
use egui_plot::{HLine, Line, LineStyle, MarkerShape, PlotPoint, PlotPoints, Points, VLine};

/// The norms through time.
#[derive(Default)]
pub struct GradientFlow {
    /// Where the cursor stood before it was moved by the last click.
    before_click: Option<usize>,
}

impl View for GradientFlow {
    fn name(&self) -> &'static str {
        "gradient_flow"
    }

    fn title(&self) -> &'static str {
        "Gradient flow through time"
    }

    fn question(&self) -> &'static str {
        "How much of the gradient still arrives at each step, on its way back through time?"
    }

    fn home(&self, layout: Purpose) -> Home {
        match layout {
            Purpose::Explore => Home::Closed("network"),
            Purpose::Cell => Home::Closed("cell"),
            Purpose::Gradients => Home::Row(1.7),
            Purpose::Forecast => Home::Closed("prediction"),
            Purpose::Compare => Home::Closed("comparison"),
            Purpose::All => Home::Row(1.0),
        }
    }

    fn tools(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) {
        if scene.backward() {
            legend(ui, scene, shared);
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) -> Vec<Command> {
        if !scene.backward() {
            let wanted = empty_state_offering(
                ui,
                "How much of the gradient arrives at each step will appear here, a line for each layer’s states.",
                "It begins at the loss, behind the last step, and is walked back to the first one with the same buttons.",
                "← Walk back from the loss",
            );
            return match wanted {
                true => vec![Command::Sweep(Sweep::Backward)],
                false => Vec::new(),
            };
        }
        let palette = Palette::of(ui.visuals());
        let several = scene.part.scans.len() > 1;
        let area = ui.available_rect_before_wrap();
        let axis = time_axis(area, scene);
        let height = (area.height() - 4.0).max(40.0);
        let cursor_line = scene.column().map(|t| (t + 1) as f64);
        let mut vanished = false;
        // The scale is the whole sweep's from its first step on, so that a fall is seen as one.
        let range = range(scene);
        let plot = time_plot(ui, "gradient flow", &axis, area.left(), Scale::Log);
        let plot = range
            .iter()
            .flatten()
            .fold(plot, |plot, &end| plot.include_y(end));
        let thousandth = thousandth(scene);
        let shown = plot.height(height).show_crosshair(false).show(ui, |plot| {
            keep_to(plot, &axis);
            if let Some(t) = cursor_line {
                plot.vline(
                    VLine::new("", t)
                        .color(palette.cursor.gamma_multiply(0.6))
                        .width(1.0)
                        .allow_hover(false),
                );
            }
            if let Some(y) = thousandth {
                let line = HLine::new("a thousandth of what ∂L/∂h is at its largest", y)
                    .color(palette.threshold)
                    .style(LineStyle::dashed_loose())
                    .width(1.0);
                plot.hline(line);
            }
            for flow in flows(scene) {
                let name = name(scene, flow);
                let revealed = scene.revealed(flow.scan, flow.quantity, true);
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
                    .skip(revealed.start + 1)
                    .take(revealed.len())
                    .filter_map(|(t, norm)| Some((t as f64, (*norm)?)));
                let series = LogSeries::new(steps);
                vanished |= !series.zeros.is_empty();
                for piece in series.pieces {
                    let width = if several && flow.scan != shared.scan {
                        1.0
                    } else {
                        2.0
                    };
                    let line = Line::new(name.clone(), PlotPoints::from(piece))
                        .color(color)
                        .width(width);
                    plot.line(line.style(scan_style(flow.scan)));
                }
                // One step further only the recurrent share has arrived, once the whole step is walked: a hollow mark.
                let scan = &scene.part.scans[flow.scan];
                let first = match scan.cell {
                    Some(cell) => Computed::Cell(cell.quantities()[0]),
                    None => Computed::Norm,
                };
                let first = Some((Some(scan.place), first));
                let walked = scene.revealed_of(scene.part_index, first, true);
                let reached = match scan.place.direction {
                    Direction::Forward => walked.start,
                    Direction::Reverse => scene.steps() - walked.start + 1,
                };
                let arrived = flow.arrived.get(reached).copied().flatten();
                if let Some(norm) = arrived.and_then(log10_or_gap).filter(|_| reached > 0) {
                    let point = PlotPoints::from(vec![[reached as f64, norm]]);
                    let mark = Points::new(format!("{name}, so far"), point)
                        .color(color)
                        .radius(4.0);
                    plot.points(mark.shape(MarkerShape::Circle).filled(false));
                }
            }
        });
        if let Some(y) = thousandth {
            let at = PlotPoint::new(axis.span.first + 0.5, y);
            let at = shown.transform.position_from_point(&at) + vec2(6.0, -2.0);
            ui.painter_at(*shown.transform.frame()).text(
                at,
                Align2::LEFT_BOTTOM,
                "a thousandth",
                FontId::proportional(SMALL),
                palette.threshold,
            );
        }
        if vanished {
            let precision = scene.snapshot.precision;
            let smallest = number(precision.smallest_adjoint());
            let text = format!(
                "Where the line ends the gradient is exactly 0: nothing leads on to the loss, or it is below {smallest}, where {} ends here",
                precision.name()
            );
            let at = shown.transform.frame().left_bottom() + vec2(8.0, -6.0);
            ui.painter().text(
                at,
                Align2::LEFT_BOTTOM,
                text,
                FontId::proportional(SMALL),
                palette.weak_text,
            );
        }
        let mut commands = Vec::new();
        zoom_at(&shown.response, &axis, shared);
        if let Some(at) = shown.response.hover_pos() {
            shared.next_hover.t = axis.time_at(at.x);
        }
        if shown.response.double_clicked() {
            // That resets the plot; what its first click moved goes back.
            commands.extend(self.before_click.map(move_to));
        } else if shown.response.clicked()
            && let Some(t) = shown
                .response
                .interact_pointer_pos()
                .and_then(|at| axis.time_at(at.x))
        {
            self.before_click = scene.column();
            commands.push(move_to(t));
        }
        if let Some(t) = shared.hover.t.filter(|&t| t < scene.steps()) {
            let column = Rect::from_min_max(
                pos2(axis.column(t).min, area.top()),
                pos2(axis.column(t).max, area.top() + height),
            );
            ui.painter_at(*shown.transform.frame()).rect_filled(
                column,
                0.0,
                palette.cursor.gamma_multiply(0.08),
            );
        }
        commands
    }
}

/// The norms of the part on show.
fn flows<'a>(scene: &Scene<'a>) -> impl DoubleEndedIterator<Item = &'a Flow> + use<'a> {
    let (flows, part) = (&scene.snapshot.probe.flows, scene.part_index);
    flows.iter().filter(move |flow| flow.part == part)
}

/// The decimal logarithms of the smallest and the largest norm of the part, as far as they have any; down to a thousandth of
/// the largest at least.
fn range(scene: &Scene<'_>) -> Option<[f64; 2]> {
    let logs = || {
        let norms = flows(scene).flat_map(|flow| flow.norms.iter().skip(1).copied().flatten());
        norms.filter_map(log10_or_gap)
    };
    let high = logs().reduce(f64::max)?;
    let low = logs().reduce(f64::min)?;
    Some([low.min(high - 3.1), high])
}

/// Where a thousandth of the largest ‖∂L/∂h‖ lies on the logarithmic axis.
fn thousandth(scene: &Scene<'_>) -> Option<f64> {
    let hidden = flows(scene).filter(|flow| flow.quantity == Quantity::H);
    let norms = hidden.flat_map(|flow| flow.norms.iter().skip(1).copied().flatten());
    Some(norms.filter_map(log10_or_gap).reduce(f64::max)? - 3.0)
}

fn name(scene: &Scene<'_>, flow: &Flow) -> String {
    let symbol = flow.quantity.symbol();
    if scene.part.scans.len() == 1 {
        format!("‖∂L/∂{symbol}ₜ‖")
    } else {
        format!("‖∂L/∂{symbol}ₜ‖, {}", scene.part.scan_name(flow.scan))
    }
}

/// Scans differ by line style: quantities already have the colours.
fn scan_style(scan: usize) -> LineStyle {
    match scan {
        0 => LineStyle::Solid,
        1 => LineStyle::dashed_loose(),
        _ => LineStyle::dotted_loose(),
    }
}

/// What the lines are.
const NORM: &str = "The norm over the units of a layer, for the probe's own loss";

/// Whose gradient it is.
const WHOSE: &str = "probe, before clipping";

/// The lines' names, from the right, with numbers at the pointer or the cursor.
fn legend(ui: &mut Ui, scene: &Scene<'_>, shared: &Shared) {
    let palette = Palette::of(ui.visuals());
    let at = shared.hover.t.or(scene.column());
    let hidden = flows(scene).filter(|flow| flow.quantity == Quantity::H);
    let norms = hidden.flat_map(|flow| {
        let revealed = scene.revealed(flow.scan, flow.quantity, true);
        flow.norms[1..].get(revealed).into_iter().flatten()
    });
    let zeros = norms.filter(|norm| **norm == Some(0.0)).count();
    if zeros > 0 {
        ui.label(
            RichText::new(format!("exactly 0 at {}", counted(zeros, "step")))
                .size(SMALL)
                .color(palette.error),
        );
    }
    let said = |flow: &Flow| {
        let at = at.filter(|t| scene.revealed(flow.scan, flow.quantity, true).contains(t));
        let value = at.and_then(|t| Some((t, flow.norms.get(t + 1).copied().flatten()?)));
        let value = value.map_or_else(String::new, |(t, value)| {
            format!(" = {} at t = {}", number(value), t + 1)
        });
        format!("{}{value}", name(scene, flow))
    };
    // The line, and the space around both.
    let line = 24.0 + 2.0 * ui.spacing().item_spacing.x;
    let whole = flows(scene).map(|flow| small_width(ui, &said(flow)) + line);
    let roomy = ui.available_width() >= whole.sum();
    for flow in flows(scene).rev() {
        let text = if roomy { said(flow) } else { name(scene, flow) };
        let is_drawn = has_room(ui, &text, line);
        // The name in its colour is enough where there is no more room.
        if !is_drawn && !has_room(ui, &text, 4.0) {
            break;
        }
        let color = palette.quantity(flow.quantity);
        let label = ui.label(RichText::new(text).size(SMALL).color(color));
        explained(label, NORM, &[Term::Norm]);
        if !is_drawn {
            continue;
        }
        let (rect, _) = ui.allocate_exact_size(vec2(20.0, 14.0), Sense::hover());
        let (ends, stroke) = (
            [rect.left_center(), rect.right_center()],
            Stroke::new(2.0, color),
        );
        match scan_style(flow.scan) {
            LineStyle::Solid => drop(ui.painter().line_segment(ends, stroke)),
            _ => ui
                .painter()
                .extend(Shape::dashed_line(&ends, stroke, 4.0, 3.0)),
        }
        ui.add_space(4.0);
    }
    const SO_FAR: &str = "○ what has reached the next step so far";
    if has_room(ui, SO_FAR, small_width(ui, WHOSE) + 16.0) {
        explained(caption(ui, SO_FAR), "", &[Term::HollowMark]);
    }
    if has_room(ui, WHOSE, 0.0) {
        explained(caption(ui, WHOSE), NORM, &[Term::Probe]);
    }
}
