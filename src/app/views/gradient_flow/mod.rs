//! How the gradient flows back through time: ‖∂L/∂h_t‖ and ‖∂L/∂c_t‖ of each layer on a logarithmic axis; or taken
//! [apart](shares), by the loss terms that send it, and by the roads that it takes into an encoder.

mod labels;
mod shares;

use super::{
    Home, MARGIN, Purpose, Scene, Shared, View, above_ruler, has_room, move_to, readout_label,
    ruler_below, small_width, time_axis, zoom_at,
};
use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{
    LogSeries, Scale, Term, TimeAxis, caption, compact_choice, empty_state_offering, explained,
    keep_to, line_of, listed, listed_width, log10_or_gap, number, thinned, time_plot,
};
use crate::nn::{Direction, Line as Computed, PartScan, Quantity, Sweep};
use crate::session::Command;
use crate::train::question::At;
use crate::train::snapshot::Flow;
use crate::train::{Answer, Question};
use crate::words::counted;
use eframe::egui::{
    Color32, Painter, PopupAnchor, Pos2, Rect, Response, RichText, Sense, Shape, Stroke, Tooltip,
    Ui, pos2, vec2,
};
use egui_plot::{HLine, LineStyle, MarkerShape, PlotPoints, Points, VLine};

/// The norms through time.
#[derive(Default)]
pub struct GradientFlow {
    form: Form,
    states: States,
    /// Which layer alone, from 1; all of them, if 0.
    layer: usize,
    /// What is under the pointer, in numbers, where the legend does not say it.
    told: Option<String>,
    /// Whether there was no room for that beside the title.
    crowded: bool,
    /// Whether there was none for what the lines are.
    unnamed: bool,
    /// Where the cursor stood before it was moved by the last click.
    before_click: Option<usize>,
    /// The update that what is drawn is of, if it is an older one than that on show.
    older: Option<u64>,
}

/// What is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Form {
    /// The norms of the whole gradient.
    #[default]
    Norms,
    /// What each loss term sends.
    Terms,
    /// What comes through attention, and what does not.
    Roads,
}

/// Of which states.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum States {
    #[default]
    Both,
    Hidden,
    Cell,
}

const STATES: [(States, &str); 3] = [
    (States::Both, "h and c"),
    (States::Hidden, "h alone"),
    (States::Cell, "c alone"),
];

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
        if !scene.backward() {
            return;
        }
        self.choose(ui, scene, shared);
        if self.form == Form::Norms {
            self.unnamed = !legend(self, ui, scene, shared);
            return;
        }
        if let Some(text) = &self.told {
            self.crowded = !readout_label(ui, text);
            return;
        }
        if let Some(update) = self.older {
            let text = format!("of update {update}");
            if has_room(ui, &text, 0.0) {
                caption(ui, &text);
            }
        }
        let quantity = chosen_quantity(self, scene, shared);
        shares::legend(ui, scene, self.form, quantity);
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) -> Vec<Command> {
        if !scene.backward() {
            let wanted = empty_state_offering(
                ui,
                "How much of the gradient arrives at each step will appear here, a line for each layer’s states.",
                "It begins at the loss, after the last step, and is walked back to the first one with the same buttons.",
                "← Walk back from the loss",
            );
            return match wanted {
                true => vec![Command::Sweep(Sweep::Backward)],
                false => Vec::new(),
            };
        }
        let before = self.told.take();
        if self.form != Form::Norms {
            let mut commands = Vec::new();
            let mut inner = above_ruler(ui, "gradients", scene, shared, &mut commands);
            commands.extend(shares::show(self, &mut inner, scene, shared));
            if self.told != before {
                // The numbers stand beside the title, which was drawn before.
                ui.ctx().request_repaint();
            }
            return commands;
        }
        let bound = self.bound(scene, shared);
        let palette = Palette::of(ui.visuals());
        let several = scene.part.scans.len() > 1;
        let mut commands = Vec::new();
        // No line goes without its name: where there is no room beside the title they stand above the lines.
        if self.unnamed && ui.available_height() >= LEAST_NAMED {
            ui.horizontal(|ui| {
                ui.spacing_mut().interact_size.y = 16.0;
                ui.add_space(MARGIN);
                legend(self, ui, scene, shared)
            });
        }
        let area = ui.available_rect_before_wrap();
        let axis = time_axis(area, scene);
        let below = ruler_below(ui, "gradients", area, scene, shared, &mut commands);
        let height = (area.height() - below - 4.0).max(40.0);
        let cursor_line = scene.column().map(|t| (t + 1) as f64);
        let (mut vanished, mut begun) = (false, false);
        // The scale is the whole sweep's from its first step on, so that a fall is seen as one.
        let range = range(self, scene);
        let precision = scene.snapshot.precision;
        // Where the precision ends, if the gradient comes near that.
        let floor = log10_or_gap(precision.smallest_adjoint())
            .filter(|floor| range.is_some_and(|[low, _]| low - 4.0 < *floor));
        let reach = scene.snapshot.probe.gradient_below(scene.part_index, 1e-3);
        let reach =
            reach.filter(|t| hidden_revealed(scene).any(|revealed| revealed.contains(&(t - 1))));
        let plot = time_plot(ui, "gradient flow", &axis, area.left(), Scale::Log);
        let plot = range
            .iter()
            .flatten()
            .fold(plot, |plot, &end| plot.include_y(end));
        let thousandth = thousandth(scene);
        let mut lines: Vec<Vec<[f64; 2]>> = Vec::new();
        let pixels = ((axis.right - axis.left).max(1.0) * ui.pixels_per_point()) as usize;
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
            if let Some(t) = reach {
                let line = VLine::new("", t as f64).color(palette.threshold).width(1.0);
                plot.vline(line.style(LineStyle::dotted_dense()).allow_hover(false));
            }
            if let Some(bound) = &bound {
                let line = line_of("Pascanu’s bound", PlotPoints::from(bound.ends.to_vec()));
                let line = line.color(palette.weak_text).width(1.25);
                plot.line(line.style(LineStyle::dashed_dense()).allow_hover(false));
            }
            if let Some(floor) = floor {
                let line = HLine::new("where the precision ends", floor).color(palette.error);
                plot.hline(line.width(1.0).allow_hover(false));
            }
            for flow in drawn(self, scene) {
                let name = name(scene, flow);
                let revealed = scene.revealed(flow.scan, flow.quantity, true);
                begun |= !revealed.is_empty();
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
                    let [from, to] = [axis.span.first, axis.span.last + 1.0];
                    let piece = thinned(piece.into_iter(), from, to, pixels);
                    lines.push(piece.clone());
                    let width = if several && flow.scan != shared.scan {
                        1.0
                    } else {
                        2.0
                    };
                    let line = line_of(name.clone(), PlotPoints::from(piece))
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
        let levels = [thousandth, floor].into_iter().flatten();
        lines.extend(levels.map(|y| {
            [axis.span.first, axis.span.last + 1.0]
                .map(|x| [x, y])
                .into()
        }));
        let labels = labels::Labels {
            transform: &shown.transform,
            axis: &axis,
            precision,
            lines,
        };
        labels.paint(
            ui,
            labels::Told {
                thousandth,
                floor,
                reach,
                bound: bound.as_ref(),
                begun,
                vanished,
            },
        );
        zoom_at(&shown.response, &axis, shared);
        commands.extend(act(self, &shown.response, &axis, scene, shared));
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

/// What pointer and clicks do in any form.
fn act(
    view: &mut GradientFlow,
    response: &Response,
    axis: &TimeAxis,
    scene: &Scene<'_>,
    shared: &mut Shared,
) -> Vec<Command> {
    if let Some(at) = response.hover_pos() {
        shared.next_hover.t = axis.time_at(at.x);
    }
    let pointed = response.interact_pointer_pos();
    if response.double_clicked() {
        // That resets the plot; what its first click moved goes back.
        return view.before_click.map(move_to).into_iter().collect();
    }
    let clicked = pointed.filter(|_| response.clicked());
    let Some(t) = clicked.and_then(|at| axis.time_at(at.x)) else {
        return Vec::new();
    };
    view.before_click = scene.column();
    vec![move_to(t)]
}

/// The state whose gradient is taken apart.
fn chosen_quantity(view: &GradientFlow, scene: &Scene<'_>, shared: &Shared) -> Quantity {
    let scan = scene.part.scans.get(shared.scan);
    let has_c = scan.is_some_and(|scan| scan.states().contains(&Quantity::C));
    match view.states {
        States::Cell if has_c && view.form == Form::Terms => Quantity::C,
        _ => Quantity::H,
    }
}

impl GradientFlow {
    /// The choices, as far as there is anything to choose.
    fn choose(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) {
        let mut forms = vec![(Form::Norms, "whole")];
        if shares::has_terms(scene) {
            forms.push((Form::Terms, "by loss term"));
        }
        if shares::has_roads(scene) {
            forms.push((Form::Roads, "by road"));
        }
        if !forms.iter().any(|(form, _)| *form == self.form) {
            self.form = Form::Norms;
        }
        let fits = |ui: &Ui, text: &str| ui.available_width() >= listed_width(ui, text) + GRID;
        if forms.len() > 1 && fits(ui, "by loss term") {
            listed(ui, "Form of the flow", &mut self.form, &forms);
        }
        let scans = scene.part.scans.len();
        if scans > 1 && ui.available_width() >= 15.0 * GRID {
            let names: Vec<String> = (0..scans).map(|scan| scene.part.scan_name(scan)).collect();
            let names = names.iter().map(String::as_str);
            if self.form == Form::Norms {
                let names: Vec<&str> = std::iter::once("all layers").chain(names).collect();
                self.layer = self.layer.min(scans);
                compact_choice(ui, "Layers on show", &mut self.layer, &names);
            } else {
                let names: Vec<&str> = names.collect();
                compact_choice(ui, "Layer of the flow", &mut shared.scan, &names);
            }
        }
        let mut states = scene.part.scans.iter().flat_map(PartScan::states);
        let has_c = states.any(|&state| state == Quantity::C);
        // What the lines are comes before what may be left out of them.
        let roomy = self.form == Form::Terms || ui.available_width() >= 40.0 * GRID;
        if has_c && self.form != Form::Roads && roomy && fits(ui, STATES[0].1) {
            let all = match self.form {
                Form::Norms => &STATES[..],
                _ => &STATES[1..],
            };
            if self.form == Form::Terms && self.states == States::Both {
                self.states = States::Hidden;
            }
            listed(ui, "States", &mut self.states, all);
        } else if !has_c {
            self.states = States::Both;
        }
    }

    /// Pascanu's bound on what goes on through time, from the last step of the layer on show.
    fn bound(&self, scene: &Scene<'_>, shared: &Shared) -> Option<Bound> {
        let scan = match self.layer {
            0 => shared.scan,
            layer => layer - 1,
        };
        let of = scene.part.scans.get(scan)?;
        of.cell.filter(|cell| cell.gates().is_empty())?;
        let at = At {
            part: scene.part_index,
            scan,
        };
        let told = scene.session.ask(&Question::Bound(at));
        let Answer::Bound(Some(factor)) = *told.current()? else {
            return None;
        };
        let steps = *scene.part.lengths.first()?;
        let (from, to) = match of.place.direction {
            Direction::Forward => (steps, 1),
            Direction::Reverse => (1, steps),
        };
        let mut flows = flows(scene);
        let flow = flows.find(|flow| flow.scan == scan && flow.quantity == Quantity::H)?;
        // Not before the step is walked.
        let revealed = scene.revealed(scan, Quantity::H, true);
        let begin = flow.norms.get(from).copied().flatten();
        let begin = begin.filter(|_| revealed.contains(&(from - 1)))?;
        let (begin, slope) = (log10_or_gap(begin)?, log10_or_gap(factor)?);
        let above = flow.from_above.iter().skip(1).flatten();
        // A bound far above all that arrives would press the curve onto the floor: it is drawn up to a decade above.
        let norms = flow.norms.iter().flatten();
        let highest = norms.filter_map(|norm| log10_or_gap(*norm));
        let room = (highest.fold(begin, f64::max) + 1.0 - begin) / slope.max(f64::MIN_POSITIVE);
        let back = (steps.saturating_sub(1) as f64).min(room);
        let toward = (to as f64 - from as f64).signum();
        Some(Bound {
            factor,
            ends: [
                [from as f64, begin],
                [from as f64 + toward * back, begin + slope * back],
            ],
            alone: above.filter(|norm| **norm > 0.0).count() <= 1,
        })
    }

    /// Says at the pointer what had no room beside the title.
    fn tell_at_pointer(&self, ui: &Ui, response: &Response) {
        if let Some(text) = self.told.as_ref().filter(|_| self.crowded) {
            let id = response.id.with("numbers");
            let (ctx, layer) = (ui.ctx().clone(), response.layer_id);
            let tooltip = Tooltip::always_open(ctx, layer, id, PopupAnchor::Pointer);
            tooltip.gap(12.0).show(|ui| ui.label(text));
        }
    }
}

/// Pascanu's bound as a line.
struct Bound {
    /// By what a step multiplies a gradient at most.
    factor: f64,
    /// From the scan's last step to its first, over log₁₀.
    ends: [[f64; 2]; 2],
    /// Whether only the last step gets anything from above: else the bound is on what began there.
    alone: bool,
}

/// At which steps the adjoints of h are revealed, scan by scan.
fn hidden_revealed<'a>(scene: &'a Scene<'_>) -> impl Iterator<Item = std::ops::Range<usize>> + 'a {
    (0..scene.part.scans.len()).map(|scan| scene.revealed(scan, Quantity::H, true))
}

/// The norms that are drawn.
fn drawn<'a>(
    view: &GradientFlow,
    scene: &Scene<'a>,
) -> impl DoubleEndedIterator<Item = &'a Flow> + use<'a> {
    let (states, layer) = (view.states, view.layer);
    flows(scene).filter(move |flow| {
        let of_layer = layer == 0 || flow.scan + 1 == layer;
        let of_states = match states {
            States::Both => true,
            States::Hidden => flow.quantity == Quantity::H,
            States::Cell => flow.quantity == Quantity::C,
        };
        of_layer && of_states
    })
}

/// The norms of the part on show.
fn flows<'a>(scene: &Scene<'a>) -> impl DoubleEndedIterator<Item = &'a Flow> + use<'a> {
    let (flows, part) = (&scene.snapshot.probe.flows, scene.part_index);
    flows.iter().filter(move |flow| flow.part == part)
}

/// The decimal logarithms of the smallest and the largest norm of the part, as far as they have any; down to a thousandth of
/// the largest at least.
fn range(view: &GradientFlow, scene: &Scene<'_>) -> Option<[f64; 2]> {
    let logs = || {
        let norms =
            drawn(view, scene).flat_map(|flow| flow.norms.iter().skip(1).copied().flatten());
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
    match scan % 5 {
        0 => LineStyle::Solid,
        1 => LineStyle::dashed_loose(),
        2 => LineStyle::dotted_loose(),
        3 => LineStyle::dashed_dense(),
        _ => LineStyle::dotted_dense(),
    }
}

/// What the lines are.
const NORM: &str = "The norm over the units of a layer, for the probe's own loss";

/// Whose gradient it is.
const WHOSE: &str = "probe, before clipping";

/// From this height on there is room for what the lines are above them, in points.
const LEAST_NAMED: f32 = 110.0;

/// A name of a legend: what it says, its colour, and the line that it is of.
struct LegendKey {
    text: String,
    color: Color32,
    style: Option<LineStyle>,
}

impl LegendKey {
    /// How wide it is, with the space around it.
    fn width(&self, ui: &Ui) -> f32 {
        let space = ui.spacing().item_spacing.x;
        let line = match self.style {
            Some(_) => SAMPLE + 4.0 + space,
            None => 0.0,
        };
        small_width(ui, &self.text) + space + line
    }

    fn show(&self, ui: &mut Ui) {
        let text = RichText::new(&self.text).size(SMALL).color(self.color);
        let from_right = ui.layout().prefer_right_to_left();
        if from_right {
            explained(ui.label(text.clone()), NORM, &[Term::Norm]);
        }
        if let Some(style) = self.style {
            let (rect, _) = ui.allocate_exact_size(vec2(SAMPLE, 14.0), Sense::hover());
            let ends = [rect.left_center(), rect.right_center()];
            paint_sample(ui.painter(), ends, self.color, style);
        }
        if !from_right {
            explained(ui.label(text), NORM, &[Term::Norm]);
        }
        if self.style.is_some() {
            ui.add_space(4.0);
        }
    }
}

/// The length of a line in a legend, in points.
const SAMPLE: f32 = 22.0;

/// A piece of a line of a style, so short that each looks as it does in the plot.
fn paint_sample(painter: &Painter, ends: [Pos2; 2], color: Color32, style: LineStyle) {
    let stroke = Stroke::new(2.0, color);
    match style {
        LineStyle::Solid => drop(painter.line_segment(ends, stroke)),
        LineStyle::Dashed { length } => {
            let dash = 0.6 * length;
            painter.extend(Shape::dashed_line(&ends, stroke, dash, 0.6 * dash));
        }
        LineStyle::Dotted { spacing } => {
            painter.extend(Shape::dotted_line(&ends, color, 0.6 * spacing, 1.25));
        }
    }
}

/// What the lines are called, from the most telling names to the shortest: each alone; and where several layers have several
/// states, colours and styles by themselves.
fn keys(
    view: &GradientFlow,
    scene: &Scene<'_>,
    palette: &Palette,
    said: impl Fn(&Flow) -> String,
) -> Vec<Vec<LegendKey>> {
    let of = |text: String, flow: &Flow, style| LegendKey {
        text,
        color: palette.quantity(flow.quantity),
        style,
    };
    let each = |text: &dyn Fn(&Flow) -> String, lined: bool| -> Vec<LegendKey> {
        drawn(view, scene)
            .map(|flow| of(text(flow), flow, lined.then(|| scan_style(flow.scan))))
            .collect()
    };
    let named = |flow: &Flow| name(scene, flow);
    let mut forms = vec![each(&said, true), each(&named, true)];
    let mut scans: Vec<usize> = drawn(view, scene).map(|flow| flow.scan).collect();
    scans.sort_unstable();
    scans.dedup();
    if scans.len() < 2 {
        // The names in their colours are enough.
        forms.push(each(&named, false));
        return forms;
    }
    // Only the first is called a layer, where there is little room.
    let grouped = |symbol: fn(&str) -> String, all_layers: bool| {
        let mut states: Vec<&Flow> = Vec::new();
        for flow in drawn(view, scene) {
            if states.iter().all(|state| state.quantity != flow.quantity) {
                states.push(flow);
            }
        }
        let states = states.into_iter();
        let states = states.map(|flow| of(symbol(flow.quantity.symbol()), flow, None));
        let layers = scans.iter().enumerate().map(|(nth, &scan)| {
            let layer = scene.part.scan_name(scan);
            let text = match nth == 0 || all_layers {
                true => layer,
                false => layer.trim_start_matches("layer ").to_owned(),
            };
            LegendKey {
                text,
                color: palette.weak_text,
                style: Some(scan_style(scan)),
            }
        });
        states.chain(layers).collect()
    };
    let whole = |symbol: &str| format!("‖∂L/∂{symbol}ₜ‖");
    forms.push(grouped(whole, true));
    forms.push(grouped(whole, false));
    forms.push(grouped(|symbol| format!("∂L/∂{symbol}"), false));
    forms
}

/// Why a gradient ends at a border of chunks.
const CUT: &str = "Backpropagation is truncated (“Truncate at” in Set-up): no gradient crosses from a chunk to the one before. The state does.";

/// At how many steps the gradient is 0 to the last bit, and what cuts it where that is asked for: `truncate` is the length of chunks.
fn zeros_told(zeros: usize, truncate: Option<usize>) -> String {
    let told = format!("exactly 0 at {}", counted(zeros, "step"));
    match truncate {
        Some(chunk) => format!("{told}: cut into chunks of {chunk}"),
        None => told,
    }
}

/// The lines' names, with numbers at the pointer or the cursor; whether there was room for all of them.
fn legend(view: &GradientFlow, ui: &mut Ui, scene: &Scene<'_>, shared: &Shared) -> bool {
    let palette = Palette::of(ui.visuals());
    let at = shared.hover.t.or(scene.column());
    let hidden = flows(scene).filter(|flow| flow.quantity == Quantity::H);
    let norms = hidden.flat_map(|flow| {
        let revealed = scene.revealed(flow.scan, flow.quantity, true);
        flow.norms[1..].get(revealed).into_iter().flatten()
    });
    let zeros = norms.filter(|norm| **norm == Some(0.0)).count();
    if zeros > 0 {
        let text = RichText::new(zeros_told(zeros, scene.snapshot.probe.truncate));
        let label = ui.label(text.size(SMALL).color(palette.error));
        if scene.snapshot.probe.truncate.is_some() {
            label.on_hover_text(CUT);
        }
    }
    let said = |flow: &Flow| {
        let at = at.filter(|t| scene.revealed(flow.scan, flow.quantity, true).contains(t));
        let value = at.and_then(|t| Some((t, flow.norms.get(t + 1).copied().flatten()?)));
        let value = value.map_or_else(String::new, |(t, value)| {
            format!(" = {} at t = {}", number(value), t + 1)
        });
        format!("{}{value}", name(scene, flow))
    };
    let room = ui.available_width();
    let width = |keys: &Vec<LegendKey>| keys.iter().map(|key| key.width(ui)).sum::<f32>();
    let forms = keys(view, scene, &palette, said);
    let Some(mut form) = forms.into_iter().find(|keys| width(keys) <= room) else {
        return false;
    };
    if ui.layout().prefer_right_to_left() {
        form.reverse();
    }
    for key in &form {
        key.show(ui);
    }
    const SO_FAR: &str = "○ what has reached the next step so far";
    if has_room(ui, SO_FAR, small_width(ui, WHOSE) + 16.0) {
        explained(caption(ui, SO_FAR), "", &[Term::HollowMark]);
    }
    if has_room(ui, WHOSE, 0.0) {
        explained(caption(ui, WHOSE), NORM, &[Term::Probe]);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gradient_that_is_cut_is_told_by_what_cuts_it() {
        assert_eq!(
            zeros_told(30, Some(10)),
            "exactly 0 at 30 steps: cut into chunks of 10"
        );
        assert_eq!(zeros_told(1, None), "exactly 0 at 1 step");
    }

    /// As many layers and directions as are usual have a line each that looks like no other.
    #[test]
    fn the_lines_of_several_layers_differ() {
        let styles: Vec<LineStyle> = (0..5).map(scan_style).collect();
        for (at, one) in styles.iter().enumerate() {
            assert!(!styles[..at].contains(one), "{one:?}");
        }
    }
}
