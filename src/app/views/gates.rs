//! Gates and states as heat maps, units × time; on the way back their adjoints.

use super::{
    Home, Purpose, Scene, Shared, Shown, View, legend_if_roomy, move_to, readout_label, step_names,
    time_axis,
};
use crate::app::theme::Palette;
use crate::app::widgets::{
    HeatMap, HeatMapKind, RULER_HEIGHT, ValueTextures, compact_choice, number, segmented,
    significant, time_ruler,
};
use crate::nn::Quantity;
use crate::session::Command;
use crate::train::{Answer, Question};
use eframe::egui::{Id, Rect, ScrollArea, Stroke, StrokeKind, Ui, pos2, vec2};

/// The heat maps.
#[derive(Default)]
pub struct Gates {
    textures: ValueTextures,
    /// Whether there was no room for the numbers beside the title.
    crowded: bool,
}

/// Below this a map's stripes and name no longer read.
const LOWEST: f32 = 18.0;
/// From this height on there is room for a ruler below them.
const RULERED: f32 = 240.0;

impl View for Gates {
    fn name(&self) -> &'static str {
        "gates"
    }

    fn title(&self) -> &'static str {
        "Gates and states"
    }

    fn question(&self) -> &'static str {
        "How far is each gate open at each step, and what does each unit hold?"
    }

    fn home(&self, layout: Purpose) -> Home {
        match layout {
            Purpose::Explore => Home::Closed("network"),
            Purpose::Cell => Home::LastRow(1.2),
            Purpose::Gradients => Home::Closed("gradient_flow"),
            Purpose::Forecast => Home::Closed("prediction"),
            Purpose::All => Home::Row(1.45),
        }
    }

    fn tools(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) {
        let options = [(Shown::Values, "values"), (Shown::Adjoints, "gradients")];
        segmented(ui, "Values or gradients", &mut shared.show, &options);
        let scans = scene.part.scans.len();
        if scans > 1 {
            let names: Vec<String> = (0..scans).map(|scan| scene.part.scan_name(scan)).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            compact_choice(ui, "Layer", &mut shared.scan, &names);
        }
        ui.add_space(8.0);
        if let Some(text) = readout(scene, shared) {
            self.crowded = !readout_label(ui, &text);
        } else if shared.adjoint() {
            legend_if_roomy(
                ui,
                HeatMapKind::Signed { max_abs: 1.0 },
                "each to its own largest",
            );
        } else {
            legend_if_roomy(ui, HeatMapKind::Signed { max_abs: 1.0 }, "state");
            let scan = &scene.part.scans[shared.scan];
            if scan.quantities().iter().any(|quantity| quantity.is_gate()) {
                legend_if_roomy(ui, HeatMapKind::Unit, "gate");
            }
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) -> Vec<Command> {
        let quantities = scene.part.scans[shared.scan].quantities();
        let mut commands = Vec::new();
        // A ruler of its own, where it takes little of the room.
        let area = ui.available_rect_before_wrap();
        let rulered = area.height() >= RULERED;
        let below = if rulered { RULER_HEIGHT } else { 0.0 };
        if rulered {
            let place =
                Rect::from_min_max(pos2(area.left(), area.bottom() - RULER_HEIGHT), area.max);
            let told = scene.session.ask(&Question::Story);
            let story = match told.answer.as_deref() {
                Some(Answer::Story(story)) => story.as_deref(),
                _ => None,
            };
            let names = step_names(scene, story);
            let axis = time_axis(area, scene);
            let ruler = time_ruler(ui, place, &axis, scene.column(), names.as_deref());
            commands.extend(ruler.chosen.map(move_to));
            shared.next_hover.t = shared.next_hover.t.or(ruler.hovered);
        }
        ScrollArea::vertical()
            .auto_shrink(false)
            .max_height(area.height() - below)
            .show(ui, |ui| {
                let width = ui.available_width();
                let gap = 4.0;
                let height =
                    ((ui.available_height() - 4.0) / quantities.len() as f32 - gap).max(LOWEST);
                for &quantity in quantities {
                    let (rect, _) =
                        ui.allocate_exact_size(vec2(width, height), eframe::egui::Sense::hover());
                    ui.add_space(gap - ui.spacing().item_spacing.y);
                    commands.extend(self.map(ui, scene, shared, quantity, rect));
                }
            });
        commands
    }
}

impl Gates {
    fn map(
        &mut self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        shared: &mut Shared,
        quantity: Quantity,
        rect: Rect,
    ) -> Option<Command> {
        let probe = &scene.snapshot.probe;
        let adjoint = shared.adjoint();
        let (part, scan) = (scene.part_index, shared.scan);
        let values = scene.part.first(scan, quantity, adjoint)?;
        let kind = if quantity.is_gate() && !adjoint {
            HeatMapKind::Unit
        } else {
            // What is squashed has a scale of its own; cell states and gradients have none.
            let cell = scene.part.scans[scan].cell.filter(|_| !adjoint);
            let end = cell
                .and_then(|cell| cell.range(quantity))
                .map(|(_, high)| high);
            let extent = probe.extent(part, scan, quantity, adjoint);
            HeatMapKind::Signed {
                max_abs: end.filter(|&end| extent <= end).unwrap_or(extent),
            }
        };
        let revealed = scene.revealed(scan, quantity, adjoint);
        let axis = time_axis(rect, scene);
        let palette = Palette::of(ui.visuals());
        let symbol = scene.part.scans[scan].symbol(quantity);
        let title = if adjoint {
            // The margin is narrow: no spaces, and tanh c by half its name.
            let short = symbol.split(' ').next().unwrap_or(symbol);
            let largest = significant(probe.extent(part, scan, quantity, true), 2).replace(' ', "");
            format!("∂{short} ±{largest}")
        } else if let HeatMapKind::Signed { max_abs } = kind
            && max_abs != 1.0
        {
            format!("{symbol}  ± {}", significant(max_abs, 3))
        } else if quantity == Quantity::TanhC {
            symbol.to_string()
        } else {
            format!("{symbol}  {}", quantity.title())
        };
        let strength = if scene.stressed(quantity) { 1.0 } else { 0.5 };
        let map = HeatMap {
            id: Id::unique(("map", quantity)),
            values,
            version: scene.record_version(scan, adjoint),
            kind,
            revealed,
            title: &title,
            title_color: palette.quantity(quantity).gamma_multiply(strength),
            cursor: scene.column(),
        };
        let shown = map.show(ui, &mut self.textures, rect, &axis);
        if let Some(t) = scene.computed_at(scan, quantity) {
            let column = Rect::from_x_y_ranges(axis.column(t), rect.y_range());
            let stroke = Stroke::new(2.0, palette.cursor);
            ui.painter()
                .rect_stroke(column, 2.0, stroke, StrokeKind::Inside);
        }
        if let Some((t, unit)) = shown.hovered {
            if shown.response.clicked() || shown.response.double_clicked() {
                shared.number = scene.spot(scan, quantity, t, unit);
                shared.number_asked |= shown.response.double_clicked();
            }
            if let Some(text) = readout(scene, shared).filter(|_| self.crowded) {
                shown.response.clone().on_hover_text_at_pointer(text);
            }
            shared.next_hover = super::Hover {
                t: Some(t),
                unit: Some(unit),
                quantity: Some(quantity),
            };
        }
        if let Some(t) = shared
            .hover
            .t
            .filter(|&t| shown.hovered.is_none() && t < scene.steps())
        {
            let column = Rect::from_x_y_ranges(axis.column(t), rect.y_range());
            ui.painter()
                .rect_filled(column, 0.0, palette.cursor.gamma_multiply(0.08));
        }
        let clicked = shown
            .response
            .clicked()
            .then(|| shown.response.interact_pointer_pos())
            .flatten();
        clicked
            .and_then(|at| axis.time_at(pos2(at.x, at.y).x))
            .map(move_to)
    }
}

/// What is under the pointer in any view of this layer, in numbers.
fn readout(scene: &Scene<'_>, shared: &Shared) -> Option<String> {
    let (quantity, t, unit) = (shared.hover.quantity?, shared.hover.t?, shared.hover.unit?);
    let place = [t, 0, unit];
    let number_at = |adjoint: bool| {
        let revealed = scene.revealed(shared.scan, quantity, adjoint).contains(&t);
        let values = scene.part.get(shared.scan, quantity, adjoint);
        values.filter(|_| revealed)?.get(place).copied()
    };
    let (value, adjoint) = (number_at(false), number_at(true));
    let symbol = scene.part.scans[shared.scan].symbol(quantity);
    let name = format!("{symbol}[{unit}] at t = {}", t + 1);
    let value = value.map_or_else(String::new, |value| format!(" = {}", number(value)));
    let adjoint = adjoint.map_or_else(String::new, |value| {
        format!("   ∂L/∂{symbol} = {}", number(value))
    });
    Some(format!("{name}{value}{adjoint}"))
}
