//! What several runs do at the same steps of the same sequence: how their gradients flow back, and their states side by side.

use super::{Home, Purpose, Scene, Shared, View};
use crate::app::runs::{
    RunScene, color, line_style, sequences_apart, sides_of_zero, swatch, zero_key, zero_marks,
};
use crate::app::theme::{Palette, SMALL};
use crate::app::widgets::{
    HeatMap, HeatMapKind, LogSeries, Scale, TimeAxis, ValueTextures, axis_name, caption,
    empty_state, labelled_columns, legend, line_of, listed, number, plot, segmented, small_width,
    thinned, with_least_span,
};
use crate::nn::{Part, Quantity};
use crate::session::Command;
use crate::train::Snapshot;
use crate::train::snapshot::Flow;
use eframe::egui::accesskit::Role;
use eframe::egui::{Align2, FontId, Id, Rect, RichText, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use egui_plot::{PlotPoints, Points};

/// Gradients or states of all runs over the steps of the probe.
#[derive(Default)]
pub struct SideBySide {
    form: Form,
    quantity: Option<Quantity>,
    textures: ValueTextures,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Form {
    #[default]
    Flow,
    Maps,
}

/// The room for the letters of heat maps, in points.
const MARGIN: f32 = 40.0;
/// The room for the numbers of the steps below them, and the height from which on it is taken.
const BELOW: f32 = 16.0;
const RULED: f32 = 100.0;
/// The same of a plot: the numbers and the name of its other axis.
const BELOW_AXIS: f32 = 36.0;
/// A map so high has room for the numbers of its first and its last unit, in points.
const NUMBERED: f32 = 38.0;

impl View for SideBySide {
    fn name(&self) -> &'static str {
        "side_by_side"
    }

    fn title(&self) -> &'static str {
        "Runs step by step"
    }

    fn question(&self) -> &'static str {
        "What do the runs do otherwise at the steps of the sequence under the lens?"
    }

    fn home(&self, layout: Purpose) -> Home {
        match layout {
            Purpose::Compare => Home::LastRow(1.0),
            Purpose::Explore | Purpose::Gradients => Home::Closed("training"),
            Purpose::Cell => Home::Closed("cell"),
            Purpose::Forecast => Home::Closed("prediction"),
            Purpose::All => Home::Closed("training"),
        }
    }

    fn suits(&self, scene: &Scene<'_>) -> bool {
        scene.runs.len() > 1
    }

    fn tools(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) {
        let forms = [(Form::Flow, "gradient flow"), (Form::Maps, "heat maps")];
        segmented(ui, "Form", &mut self.form, &forms);
        if self.form == Form::Flow {
            return;
        }
        let options = common_quantities(scene, shared);
        let mut chosen = self.chosen(&options);
        let named: Vec<(Quantity, &str)> = options.iter().map(|q| (*q, q.name())).collect();
        if named.len() > 1 && listed(ui, "Quantity", &mut chosen, &named).changed()
            || self.quantity != Some(chosen)
        {
            self.quantity = Some(chosen);
        }
        let kind = kind(scene, shared, chosen);
        if ui.available_width() > 180.0 {
            legend(ui, kind, &of_place("all runs", scene, shared));
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) -> Vec<Command> {
        let with_data: Vec<(&RunScene<'_>, &Snapshot)> = scene
            .runs
            .iter()
            .filter_map(|run| Some((run, &**run.snapshot?)))
            .collect();
        if let Some(apart) = sequences_apart(scene.runs) {
            caption(ui, &apart);
        }
        match self.form {
            Form::Flow => flows(ui, scene, shared, &with_data),
            Form::Maps => self.maps(ui, scene, shared, &with_data),
        }
    }
}

/// The gradient of `h` of the scan on show, or of the last one of the same part.
pub(super) fn flow(snapshot: &Snapshot, part: usize, scan: usize) -> Option<&Flow> {
    let of_part = |flow: &&Flow| flow.part == part && flow.quantity == Quantity::H;
    let flows = snapshot.probe.flows.iter().filter(of_part);
    let last = flows.clone().next_back();
    flows.clone().find(|flow| flow.scan == scan).or(last)
}

/// Of which part, layer and direction the gradients of the runs are, in words, as far as there are several: “encoder, layer 1 →”.
pub(super) fn place_on_show(scene: &Scene<'_>, shared: &Shared) -> String {
    let scan = flow(scene.snapshot, scene.part_index, shared.scan).map_or(0, |flow| flow.scan);
    let layer = match scene.part.scans.len() {
        0 | 1 => String::new(),
        _ => scene.part.scan_name(scan),
    };
    let words = [scene.part.name, &layer].into_iter();
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(", ")
}

/// What is said, and of which place that is, where there are several.
fn of_place(what: &str, scene: &Scene<'_>, shared: &Shared) -> String {
    match place_on_show(scene, shared) {
        place if place.is_empty() => what.to_owned(),
        place => format!("{what}, {place}"),
    }
}

/// The norms over t on a logarithmic axis.
fn series(flow: &Flow) -> LogSeries {
    let norms = flow.norms.iter().enumerate();
    LogSeries::new(norms.filter_map(|(t, norm)| Some((t as f64, (*norm)?))))
}

/// ‖∂L/∂h_t‖ of each run over t.
fn flows(
    ui: &mut Ui,
    scene: &Scene<'_>,
    shared: &Shared,
    runs: &[(&RunScene<'_>, &Snapshot)],
) -> Vec<Command> {
    let palette = Palette::of(ui.visuals());
    let all: Vec<(&RunScene<'_>, &Flow)> = runs
        .iter()
        .filter_map(|(run, snapshot)| Some((*run, flow(snapshot, scene.part_index, shared.scan)?)))
        .collect();
    if all.is_empty() {
        empty_state(
            ui,
            "How the gradients of the runs flow back will appear here.",
            "None of these runs has a recurrent layer.",
        );
        return Vec::new();
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        for (run, _) in &all {
            let label = run.label();
            if ui.available_width() < small_width(ui, &label) + 40.0 {
                break;
            }
            let (line, _) = ui.allocate_exact_size(vec2(18.0, 14.0), Sense::hover());
            swatch(ui.painter(), line, run.index, &palette);
            ui.label(RichText::new(label).size(SMALL).color(palette.text));
            ui.add_space(8.0);
        }
        let series: Vec<LogSeries> = all.iter().map(|(_, flow)| series(flow)).collect();
        zero_key(ui, sides_of_zero(series.iter()));
    });
    let last = all.iter().map(|(_, flow)| flow.norms.len()).max();
    let last = last.unwrap_or(1) as f64;
    let pixels = (ui.available_width().max(1.0) * ui.pixels_per_point()) as usize;
    let heights: Vec<f64> = all
        .iter()
        .flat_map(|(_, flow)| series(flow).pieces.concat())
        .map(|point| point[1])
        .collect();
    let height = ui.available_height().max(60.0);
    // Where the axis has no room for all of it, the name of the norm says it.
    let norm = of_place("‖∂L/∂hₜ‖", scene, shared);
    let y_name = axis_name(ui, &norm, height - BELOW_AXIS);
    let shown = plot(ui, "flow of the runs", "t", &y_name, Scale::Log);
    let shown = with_least_span(shown, heights.into_iter(), Scale::Log)
        .height(height)
        .width(ui.available_width() - 8.0)
        .show_crosshair(false)
        // No step beyond the first and the last.
        .set_margin_fraction(vec2(0.015, 0.08))
        .label_formatter(|_| None)
        .show(ui, |plot| {
            for (run, flow) in &all {
                let name = run.letter.to_string();
                let ink = color(&palette, run.index);
                let series = series(flow);
                zero_marks(plot, series.ends_at_zero(), ink);
                for piece in series.pieces {
                    let piece = thinned(piece.into_iter(), 0.0, last, pixels);
                    if piece.len() == 1 {
                        let point = Points::new(name.clone(), PlotPoints::from(piece));
                        plot.points(point.color(ink).radius(2.5));
                        continue;
                    }
                    let line = line_of(name.clone(), PlotPoints::from(piece));
                    plot.line(line.color(ink).width(1.7).style(line_style(run.index)));
                }
            }
        });
    let name = "The runs’ gradient flow";
    shown
        .response
        .widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    let frame = *shown.transform.frame();
    let Some(pointer) = shown.response.hover_pos().filter(|at| frame.contains(*at)) else {
        return Vec::new();
    };
    let t = shown
        .transform
        .value_from_position(pointer)
        .x
        .round()
        .max(0.0);
    let x = shown.transform.position_from_point_x(t);
    let stroke = Stroke::new(1.0, palette.weak_text.gamma_multiply(0.5));
    ui.painter_at(frame).vline(x, frame.y_range(), stroke);
    let t = t as usize;
    shown.response.on_hover_ui_at_pointer(|ui| {
        ui.label(RichText::new(format!("{norm} · t = {t}")).size(SMALL));
        for (run, flow) in &all {
            let value = flow.norms.get(t).copied().flatten();
            let value = value.map_or("–".into(), number);
            ui.label(format!("{}  {value}", run.label()));
        }
    });
    Vec::new()
}

/// The quantities that all runs have, of the scan on show.
fn common_quantities(scene: &Scene<'_>, shared: &Shared) -> Vec<Quantity> {
    let has = |run: &RunScene<'_>, quantity: Quantity| {
        let part = run
            .snapshot
            .and_then(|snapshot| snapshot.probe.parts.get(scene.part_index));
        part.is_some_and(|part| {
            let scan = shared.scan.min(part.scans.len().saturating_sub(1));
            part.first(scan, quantity, false).is_some()
        })
    };
    let quantities = scene.part.scans.get(shared.scan);
    let quantities = quantities.map_or(&[][..], |scan| scan.quantities());
    let common = |quantity: &&Quantity| {
        let with_data = scene.runs.iter().filter(|run| run.snapshot.is_some());
        with_data.into_iter().all(|run| has(run, **quantity))
    };
    quantities.iter().filter(common).copied().collect()
}

/// One scale for all runs: that of the largest magnitude among them.
fn kind(scene: &Scene<'_>, shared: &Shared, quantity: Quantity) -> HeatMapKind {
    if quantity.is_gate() {
        return HeatMapKind::Unit;
    }
    let extents = scene.runs.iter().filter_map(|run| {
        let probe = &run.snapshot?.probe;
        Some(probe.extent(scene.part_index, shared.scan, quantity, false))
    });
    HeatMapKind::Signed {
        max_abs: extents.fold(0.0, f64::max),
    }
}

/// Writes the first and the last unit's number beside their rows, where the name in the middle leaves room.
fn number_units(ui: &Ui, palette: &Palette, rect: Rect, units: usize) {
    if rect.height() < NUMBERED || units < 2 {
        return;
    }
    let x = rect.left() + MARGIN - 4.0;
    let ends = [
        (Align2::RIGHT_TOP, rect.top(), 0),
        (Align2::RIGHT_BOTTOM, rect.bottom(), units - 1),
    ];
    for (align, y, unit) in ends {
        let (font, ink) = (FontId::proportional(SMALL), palette.weak_text);
        ui.painter()
            .text(pos2(x, y), align, unit.to_string(), font, ink);
    }
}

/// Writes t = 1 … T below all maps, as far as the numbers have room.
fn number_steps(ui: &Ui, palette: &Palette, area: Rect, axis: &TimeAxis) {
    let write = |x: f32, align: Align2, text: String| {
        let at = pos2(x, area.bottom() - 1.0);
        let font = FontId::proportional(SMALL);
        ui.painter().text(at, align, text, font, palette.weak_text);
    };
    write(axis.left - 8.0, Align2::RIGHT_BOTTOM, "t".into());
    for t in labelled_columns(axis.steps, axis.right - axis.left, 44.0) {
        write(axis.x_of(t), Align2::CENTER_BOTTOM, (t + 1).to_string());
    }
}

impl SideBySide {
    /// The quantity on show: the one chosen, or the hidden state.
    fn chosen(&self, options: &[Quantity]) -> Quantity {
        let kept = self.quantity.filter(|quantity| options.contains(quantity));
        kept.unwrap_or(Quantity::H)
    }

    /// A heat map of each run below the others, in the same colours.
    fn maps(
        &mut self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        shared: &Shared,
        runs: &[(&RunScene<'_>, &Snapshot)],
    ) -> Vec<Command> {
        let palette = Palette::of(ui.visuals());
        let quantity = self.chosen(&common_quantities(scene, shared));
        let kind = kind(scene, shared, quantity);
        let area = ui.available_rect_before_wrap();
        let space = 6.0;
        let count = runs.len().max(1) as f32;
        // All stand over one axis of time, as long as the longest sequence needs it.
        let parts = runs
            .iter()
            .filter_map(|(_, snapshot)| snapshot.probe.parts.get(scene.part_index));
        let steps = parts.map(Part::seq_len).max().unwrap_or(0);
        let axis = TimeAxis::new(area.left() + MARGIN, area.right() - 8.0, steps);
        let maps = match area.height() >= RULED {
            true => area.with_max_y(area.bottom() - BELOW),
            false => area,
        };
        let height = (maps.height() - 4.0 - (count - 1.0) * space) / count;
        let mut told = None;
        for (place, (run, snapshot)) in runs.iter().enumerate() {
            let Some(part) = snapshot.probe.parts.get(scene.part_index) else {
                continue;
            };
            let scan = shared.scan.min(part.scans.len().saturating_sub(1));
            let Some(values) = part.first(scan, quantity, false) else {
                continue;
            };
            let top = area.top() + place as f32 * (height + space);
            let rect = Rect::from_min_max(pos2(area.left(), top), pos2(area.right(), top + height));
            let (steps, units) = values.dim();
            let title = format!("{} {}", run.letter, quantity.name());
            let map = HeatMap {
                id: Id::unique(("run", run.id, quantity)),
                values,
                version: snapshot.update.wrapping_mul(31) ^ std::ptr::from_ref(*snapshot) as u64,
                kind,
                revealed: 0..steps,
                title: &title,
                title_color: color(&palette, run.index),
                cursor: scene.column().filter(|&t| t < steps),
                order: None,
                unit: None,
                keys: None,
            };
            let shown = map.show(ui, &mut self.textures, rect, &axis);
            number_units(ui, &palette, rect, units);
            if let Some((t, unit)) = shown.hovered {
                told = Some(format!(
                    "{}\n{}[{unit}] at t = {} is {}",
                    run.label(),
                    quantity.name(),
                    t + 1,
                    number(values[[t, unit]])
                ));
            }
        }
        if maps.bottom() < area.bottom() {
            number_steps(ui, &palette, area, &axis);
        }
        ui.advance_cursor_after_rect(area);
        if let Some(told) = told {
            let response = ui.interact(area, ui.scope_id().with("maps"), Sense::hover());
            response.on_hover_text_at_pointer(told);
        }
        Vec::new()
    }
}
