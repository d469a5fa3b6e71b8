//! Gates and states over time, one row for each quantity of a layer; on the way back their adjoints.
//!
//! There are four forms: heat maps, units × time; [lines], one for each unit; the [distribution] over the units; and how many
//! units are at an [end](saturation) of their range. All have the same columns, the same cursor and the same pointer.

mod chart;
mod distribution;
mod lines;
mod saturation;

use super::{
    Home, Hover, Purpose, Scene, Shared, Shown, View, legends_if_roomy, move_to, page_named,
    readout_label, ruler_below, time_axis, zoom_at,
};
use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{
    CellKeys, HeatMap, HeatMapKind, KeysResponse, LineFields, TimeAxis, ValueTextures, caption,
    compact_choice, empty_state, has_room, listed, listed_width, number, segmented,
    segmented_width, significant, swatches,
};
use crate::nn::{Cell, Quantity};
use crate::session::{Command, Told};
use crate::train::question::{At, SaturationByStep, UnitOrder};
use crate::train::{Answer, Question};
use chart::Chart;
use eframe::egui::{
    Color32, FontId, Id, PointerButton, PopupAnchor, Rect, Response, ScrollArea, Sense, Stroke,
    StrokeKind, Tooltip, Ui, vec2,
};
use ndarray::ArrayView2;
use std::ops::Range;
use std::sync::Arc;

/// The view.
#[derive(Default)]
pub struct Gates {
    form: Form,
    order: UnitsIn,
    textures: ValueTextures,
    lines: LineFields,
    /// The unit that keys move.
    unit: usize,
    /// Whether there was no room for the numbers beside the title.
    crowded: bool,
    /// Whether there was none for the choices: then they stand in the view.
    choices_inside: bool,
    /// Whether there is more room beside them there than beside the title.
    tells_inside: bool,
    /// The room beside the title.
    beside_title: f32,
    /// The update that what is drawn is of, if it is an older one than that on show.
    older: Option<u64>,
}

/// How quantities are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Form {
    /// A cell for each unit and step.
    #[default]
    Map,
    /// A line for each unit.
    Lines,
    /// Quantiles over the units.
    Distribution,
    /// Shares of the units that are at an end.
    Saturation,
}

/// In which order units run down in heat maps.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum UnitsIn {
    /// As they are numbered.
    #[default]
    Numbers,
    /// The most active first.
    Activity,
    /// Those that run alike next to each other.
    Correlation,
}

const FORMS: [(Form, &str); 4] = [
    (Form::Map, "heat map"),
    (Form::Lines, "lines"),
    (Form::Distribution, "distribution"),
    (Form::Saturation, "saturation"),
];

const ORDERS: [(UnitsIn, &str); 3] = [
    (UnitsIn::Numbers, "units as they are"),
    (UnitsIn::Activity, "units by activity"),
    (UnitsIn::Correlation, "units by correlation"),
];

const SHOWN: [(Shown, &str); 2] = [(Shown::Values, "values"), (Shown::Adjoints, "gradients")];

/// How much of the choices is in sight.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Choices {
    /// All of them.
    Whole,
    /// Forms and orders are one list that drops down.
    Listed,
    /// So are values and gradients.
    Tight,
    /// So are layers.
    Least,
}

/// Below this a map's stripes and name no longer read.
const LOWEST: f32 = 16.0;
/// Below this height of all maps, in points, they stand closer.
const LOW: f32 = 160.0;
/// Below this the numbers of a chart's axis no longer stand apart.
const LOWEST_CHART: f32 = 48.0;
/// The height of a row that has nothing but words.
const EMPTY: f32 = 24.0;
/// Between rows, in points.
const ROW_GAP: f32 = 4.0;
/// Between charts: their numbers stand at the edges.
const CHART_GAP: f32 = 8.0;

/// What is drawn in a row.
struct Row<'a> {
    quantity: Quantity,
    rect: Rect,
    values: ArrayView2<'a, f64>,
    /// Changes whenever the values do.
    version: u64,
    adjoint: bool,
    revealed: Range<usize>,
    /// The column of the cursor.
    cursor: Option<usize>,
    symbol: &'a str,
}

impl Row<'_> {
    /// The quantity at a step, for the beginning of a sentence.
    fn at(&self, t: usize) -> String {
        let symbol = self.symbol;
        match self.adjoint {
            false => format!("{symbol} at t = {}", t + 1),
            true => format!("∂L/∂{symbol} at t = {}", t + 1),
        }
    }
}

/// What the pointer is at in a row, and what keys did.
struct Pointed {
    response: Response,
    /// The step, and the unit where there are single ones.
    hovered: Option<(usize, Option<usize>)>,
    keys: KeysResponse,
}

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

    fn pages(&self) -> Vec<&'static str> {
        FORMS.map(|(_, page)| page).to_vec()
    }

    fn turn_to(&mut self, page: &str) {
        self.form = page_named(&FORMS, page).unwrap_or(self.form);
    }

    fn home(&self, layout: Purpose) -> Home {
        match layout {
            Purpose::Explore => Home::Closed("network"),
            Purpose::Cell => Home::LastRow(1.2),
            Purpose::Gradients => Home::Closed("gradient_flow"),
            Purpose::Forecast => Home::Closed("prediction"),
            Purpose::Compare => Home::Closed("comparison"),
            Purpose::All => Home::Row(1.45),
        }
    }

    fn tools(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) {
        let choices = choices(ui, scene);
        self.choices_inside = choices.is_none();
        self.beside_title = ui.available_width();
        if let Some(choices) = choices {
            self.choose(ui, scene, shared, choices);
            ui.add_space(GRID);
        }
        if !(self.choices_inside && self.tells_inside) {
            self.tell(ui, scene, shared);
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) -> Vec<Command> {
        if self.choices_inside {
            let choices = choices(ui, scene).unwrap_or(Choices::Least);
            ui.horizontal(|ui| {
                self.choose(ui, scene, shared, choices);
                let tells_inside = ui.available_width() - GRID > self.beside_title;
                if tells_inside {
                    // Space with nothing behind it would push the edge of the maps outwards.
                    ui.add_space(GRID);
                    self.tell(ui, scene, shared);
                }
                if tells_inside != self.tells_inside {
                    self.tells_inside = tells_inside;
                    ui.ctx().request_repaint();
                }
            });
        }
        self.older = None;
        if self.form == Form::Saturation && shared.adjoint() {
            empty_state(
                ui,
                "Saturation is about values: a gradient has no ends to be near.",
                "Choose “values”, or another form for gradients.",
            );
            return Vec::new();
        }
        let mut commands = Vec::new();
        let area = ui.available_rect_before_wrap();
        let below = ruler_below(ui, "gates", area, scene, shared, &mut commands);
        let quantities = scene.part.scans[shared.scan].quantities();
        let order = self.units(scene, shared);
        let order = match order.as_deref() {
            Some(Answer::Units(units)) => Some(&units[..]),
            _ => None,
        };
        ScrollArea::vertical()
            .auto_shrink(false)
            .max_height(area.height() - below)
            .show(ui, |ui| {
                let width = ui.available_width();
                let (gap, lowest) = match self.form {
                    // Where all rows are to be seen at once, hairlines between them do.
                    Form::Map if ui.available_height() < LOW => (0.5 * ROW_GAP, LOWEST),
                    Form::Map => (ROW_GAP, LOWEST),
                    _ => (CHART_GAP, LOWEST_CHART),
                };
                // A hairline stands outside the first row.
                ui.add_space(1.0);
                let is_empty = |quantity: &&Quantity| {
                    self.form == Form::Saturation && has_no_ends(scene, shared, **quantity)
                };
                let mut empty: Vec<Quantity> =
                    quantities.iter().filter(is_empty).copied().collect();
                if empty.len() == quantities.len() {
                    empty.clear();
                }
                let others = quantities.len() - empty.len();
                let room = ui.available_height() - 4.0 - empty.len() as f32 * (EMPTY + gap);
                let height = (room / others.max(1) as f32 - gap).max(lowest);
                for &quantity in quantities {
                    let height = match empty.contains(&quantity) {
                        true => EMPTY,
                        false => height,
                    };
                    let (rect, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
                    ui.add_space(gap - ui.spacing().item_spacing.y);
                    commands.extend(self.row(ui, scene, shared, (quantity, rect), order));
                }
            });
        commands
    }
}

/// Where the record on show is.
fn at(scene: &Scene<'_>, shared: &Shared) -> At {
    At {
        part: scene.part_index,
        scan: shared.scan,
    }
}

/// The cell of the layer on show.
fn cell(scene: &Scene<'_>, shared: &Shared) -> Option<Cell> {
    scene.part.scans.get(shared.scan)?.cell
}

/// How many units the layer on show has.
fn units(scene: &Scene<'_>, shared: &Shared) -> usize {
    let h = scene.part.first(shared.scan, Quantity::H, false);
    h.map_or(0, |h| h.ncols())
}

/// Which choices there is room for, with a little for what is told beside them; `None` if for none.
fn choices(ui: &Ui, scene: &Scene<'_>) -> Option<Choices> {
    let widest = |texts: &mut dyn Iterator<Item = &str>| {
        let widths = texts.map(|text| listed_width(ui, text));
        widths.fold(0.0, f32::max)
    };
    let layer = match scene.part.scans.len() {
        0 | 1 => 0.0,
        2 => {
            let names = [0, 1].map(|scan| (scan, scene.part.scan_name(scan)));
            let names = names.each_ref().map(|(scan, name)| (scan, name.as_str()));
            segmented_width(ui, &names) + GRID
        }
        _ => 15.0 * GRID,
    };
    let shown = segmented_width(ui, &SHOWN);
    let form = widest(
        &mut folded(Form::Map, UnitsIn::Numbers)
            .map(|(_, text)| text)
            .into_iter(),
    );
    let order = widest(&mut ORDERS.iter().map(|(_, text)| *text));
    let whole = shown + layer + segmented_width(ui, &FORMS) + order + 10.0 * GRID;
    let listed = shown + layer + form + 18.0 * GRID;
    let tight = widest(&mut SHOWN.iter().map(|(_, text)| *text)) + layer + form + GRID;
    let room = ui.available_width();
    let all = [
        (Choices::Whole, whole),
        (Choices::Listed, listed),
        (Choices::Tight, tight),
    ];
    let fits = all.into_iter().find(|&(_, width)| width <= room);
    fits.map(|(choices, _)| choices)
}

/// Forms and the orders of maps as one choice; what has no order keeps the one that maps have.
fn folded(form: Form, order: UnitsIn) -> [((Form, UnitsIn), &'static str); 6] {
    let kept = match form {
        Form::Map => UnitsIn::Numbers,
        _ => order,
    };
    [
        ((Form::Map, UnitsIn::Numbers), "heat map"),
        ((Form::Map, UnitsIn::Activity), "map by activity"),
        ((Form::Map, UnitsIn::Correlation), "map by correlation"),
        ((Form::Lines, kept), "lines"),
        ((Form::Distribution, kept), "distribution"),
        ((Form::Saturation, kept), "saturation"),
    ]
}

impl Gates {
    /// The choices.
    fn choose(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared, choices: Choices) {
        match choices {
            Choices::Tight | Choices::Least => {
                listed(ui, "Values or gradients", &mut shared.show, &SHOWN)
            }
            _ => segmented(ui, "Values or gradients", &mut shared.show, &SHOWN),
        };
        let scans = scene.part.scans.len();
        if scans > 1 {
            let names: Vec<String> = (0..scans).map(|scan| scene.part.scan_name(scan)).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            if choices == Choices::Least {
                let options: Vec<(usize, &str)> = names.into_iter().enumerate().collect();
                listed(ui, "Layer", &mut shared.scan, &options);
            } else {
                compact_choice(ui, "Layer", &mut shared.scan, &names);
            }
        }
        if choices == Choices::Whole {
            segmented(ui, "Form", &mut self.form, &FORMS);
            if self.form == Form::Map {
                let order = listed(ui, "Order of units", &mut self.order, &ORDERS);
                order.on_hover_text(
                    "How units run down. By activity: the largest mean |h| first. By correlation: from one to the next whose h runs \
                     most alike. Over the whole sequence, and the same in all maps.",
                );
            }
            return;
        }
        let mut chosen = (self.form, self.order);
        listed(ui, "Form", &mut chosen, &folded(self.form, self.order));
        (self.form, self.order) = chosen;
    }

    /// What is under the pointer in numbers, or what the colours mean.
    fn tell(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &Shared) {
        if let Some(text) = self.readout(scene, shared) {
            self.crowded = !readout_label(ui, &text);
            if self.crowded && matches!(self.form, Form::Map | Form::Lines) {
                // The one number that is drawn, at least; all is told at the pointer.
                let adjoint = shared.adjoint();
                if let Some(text) = readout(scene, shared, &[adjoint]) {
                    readout_label(ui, &text);
                }
            }
            return;
        }
        if let Some(update) = self.older {
            let text = format!("of update {update}");
            if has_room(ui, &text, 0.0) {
                caption(ui, &text);
            }
        }
        let palette = Palette::of(ui.visuals());
        let units = units(scene, shared);
        let signed = HeatMapKind::Signed { max_abs: 1.0 };
        match self.form {
            Form::Map if shared.adjoint() => {
                legends_if_roomy(ui, &[(signed, "each to its own largest")]);
            }
            Form::Map => {
                let all = [(signed, "state"), (HeatMapKind::Unit, "gate")];
                let quantities = scene.part.scans[shared.scan].quantities();
                let has_gates = quantities.iter().any(|quantity| quantity.is_gate());
                legends_if_roomy(ui, &all[..1 + usize::from(has_gates)]);
            }
            Form::Lines => {
                let own = match shared.adjoint() {
                    true => ", each chart to its own largest",
                    false => "",
                };
                let whole = format!("a line for each of {units} units{own}");
                let short = format!("{units} units");
                for text in [&whole, &short] {
                    if has_room(ui, text, 0.0) {
                        caption(ui, text).on_hover_text(&whole);
                        break;
                    }
                }
            }
            Form::Distribution => {
                let head = format!("over {units} units");
                swatches(ui, &head, &distribution::legend(palette.weak_text));
            }
            Form::Saturation if shared.adjoint() => {}
            Form::Saturation => {
                let head = format!("share of {units} units");
                let is_rectifier = cell(scene, shared) == Some(Cell::RnnRelu);
                let all = saturation::legend(&palette, is_rectifier);
                swatches(ui, &head, &all);
            }
        }
    }

    /// What is under the pointer in any view of this layer, in numbers.
    fn readout(&self, scene: &Scene<'_>, shared: &Shared) -> Option<String> {
        let adjoint = shared.adjoint();
        match self.form {
            Form::Map | Form::Lines => readout(scene, shared, &[false, true]),
            Form::Distribution => {
                let (row, t) = hovered_row(scene, shared, adjoint)?;
                let told = ask_quantiles(scene, shared, row.quantity, adjoint);
                let quantiles = quantiles_of(told.answer.as_deref()?).get(t).copied()??;
                let units = row.values.ncols();
                Some(distribution::said(&row.at(t), units, quantiles))
            }
            Form::Saturation if adjoint => None,
            Form::Saturation => {
                let (row, t) = hovered_row(scene, shared, false)?;
                let told = ask_saturation(scene, shared, row.quantity);
                let of = saturation_of(told.answer.as_deref()?)?;
                saturation::said(&row, of, t)
            }
        }
    }

    /// The order of the units in maps; `None` as they are numbered.
    fn units(&mut self, scene: &Scene<'_>, shared: &Shared) -> Option<Arc<Answer>> {
        let order = match (self.form, self.order) {
            (Form::Map, UnitsIn::Activity) => UnitOrder::Activity,
            (Form::Map, UnitsIn::Correlation) => UnitOrder::Correlation,
            _ => return None,
        };
        let at = at(scene, shared);
        let told = scene.session.ask(&Question::Units { at, order });
        self.heed(&told);
        told.answer
    }

    /// Remembers of which update an answer is, if it is an older one.
    fn heed(&mut self, told: &Told) {
        if told.answer.is_some() && !told.is_current {
            self.older = Some(told.update);
        }
    }

    fn row(
        &mut self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        shared: &mut Shared,
        (quantity, rect): (Quantity, Rect),
        order: Option<&[usize]>,
    ) -> Option<Command> {
        let adjoint = shared.adjoint();
        let row = row(scene, shared, quantity, adjoint, rect)?;
        let units = row.values.ncols();
        self.unit = self.unit.min(units.saturating_sub(1));
        let axis = time_axis(rect, scene);
        let palette = Palette::of(ui.visuals());
        let strength = if scene.stressed(quantity) { 1.0 } else { 0.5 };
        let color = palette.quantity(quantity).gamma_multiply(strength);
        let said = said(&row, self.unit);
        let keys = CellKeys {
            unit: self.unit,
            order,
            said: &said,
        };
        let kind = kind(scene, shared, quantity, adjoint);
        let range = kind.ends();
        let whole_name = match adjoint {
            true => format!("∂L/∂{}", row.symbol),
            false => format!("{}  {}", row.symbol, quantity.title()),
        };
        // The margin is narrow.
        let short_name = match adjoint {
            true => format!("∂{}", row.symbol),
            false => row.symbol.to_owned(),
        };
        let chart = |numbers: [String; 3]| Chart {
            rect,
            axis: &axis,
            names: [&short_name, &whole_name],
            color,
            ink: scene.ink(quantity, &palette),
            range,
            numbers,
            revealed: row.revealed.clone(),
            cursor: row.cursor,
        };
        let numbers = || match kind {
            HeatMapKind::Unit => ["1", "0.5", "0"].map(str::to_owned),
            HeatMapKind::Signed { max_abs } => {
                let [top, bottom] = [max_abs, -max_abs].map(|end| significant(end, 2));
                [top, "0".to_owned(), bottom]
            }
        };
        let pointed = match self.form {
            Form::Map => {
                let ink = scene.ink(quantity, &palette);
                self.map(ui, scene, shared, &row, &axis, kind, ink, keys)
            }
            Form::Lines => {
                let chart = chart(numbers());
                lines::show(ui, &row, &chart, &mut self.lines, shared.hover, keys)
            }
            Form::Distribution => {
                let told = ask_quantiles(scene, shared, quantity, adjoint);
                self.heed(&told);
                let steps = told.answer.as_deref().map_or(&[][..], quantiles_of);
                distribution::show(ui, &row, &chart(numbers()), steps)
            }
            Form::Saturation => {
                let told = ask_saturation(scene, shared, quantity);
                self.heed(&told);
                let of = told.answer.as_deref().and_then(saturation_of);
                let is_known = told.answer.is_some();
                saturation::show(ui, &row, &chart(saturation::numbers(of)), of, is_known)
            }
        };
        // Zoomed in, a step may lie beside the columns.
        let columns = Rect::from_x_y_ranges(axis.left..=axis.right, rect.y_range());
        let painter = ui.painter_at(columns);
        zoom_at(&pointed.response, &axis, shared);
        if let Some(t) = scene.computed_at(shared.scan, quantity) {
            let column = Rect::from_x_y_ranges(axis.column(t), rect.y_range());
            let stroke = Stroke::new(2.0, palette.cursor);
            painter.rect_stroke(column, 2.0, stroke, StrokeKind::Inside);
        }
        let elsewhere = shared.hover.t.filter(|_| pointed.hovered.is_none());
        if let Some(t) = elsewhere.filter(|&t| t < scene.steps()) {
            let column = Rect::from_x_y_ranges(axis.column(t), rect.y_range());
            painter.rect_filled(column, 0.0, palette.cursor.gamma_multiply(0.08));
        }
        self.act(scene, shared, &row, &axis, pointed)
    }

    /// The quantity as a heat map.
    #[expect(clippy::too_many_arguments, reason = "what a row consists of")]
    fn map(
        &mut self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        shared: &Shared,
        row: &Row<'_>,
        axis: &TimeAxis,
        kind: HeatMapKind,
        title_color: Color32,
        keys: CellKeys<'_>,
    ) -> Pointed {
        let (symbol, quantity) = (row.symbol, row.quantity);
        let names = if row.adjoint {
            // The margin is narrow: no spaces, and tanh c by half its name.
            let short = symbol.split(' ').next().unwrap_or(symbol);
            let probe = &scene.snapshot.probe;
            let largest = probe.extent(scene.part_index, shared.scan, quantity, true);
            let largest = significant(largest, 2).replace(' ', "");
            vec![format!("∂{short} ±{largest}")]
        } else if let HeatMapKind::Signed { max_abs } = kind
            && max_abs != 1.0
        {
            // With its name, on two lines or three, where the row is high enough.
            let scale = significant(max_abs, 3);
            vec![
                format!("{symbol}  {} ±\u{a0}{scale}", quantity.title()),
                format!("{symbol}  ± {scale}"),
            ]
        } else if quantity == Quantity::TanhC {
            vec![symbol.to_string()]
        } else {
            vec![format!("{symbol}  {}", quantity.title())]
        };
        let title = fitting(ui, &names, axis.left - row.rect.left(), row.rect.height());
        let map = HeatMap {
            id: Id::unique(("map", quantity)),
            values: row.values,
            version: row.version,
            kind,
            revealed: row.revealed.clone(),
            title,
            title_color,
            cursor: row.cursor,
            order: keys.order,
            unit: shared.hover.unit,
            keys: Some(keys),
        };
        let shown = map.show(ui, &mut self.textures, row.rect, axis);
        if let Some(open) = scene.open_in(shared.number, shared.scan, quantity) {
            map.mark(ui, row.rect, axis, open);
        }
        Pointed {
            response: shown.response,
            hovered: shown.hovered.map(|(t, unit)| (t, Some(unit))),
            keys: shown.keys,
        }
    }

    /// What follows from pointer and keys in a row.
    fn act(
        &mut self,
        scene: &Scene<'_>,
        shared: &mut Shared,
        row: &Row<'_>,
        axis: &TimeAxis,
        pointed: Pointed,
    ) -> Option<Command> {
        let Pointed {
            response,
            hovered,
            keys,
        } = pointed;
        let scan = shared.scan;
        let chosen = |t, unit| scene.spot(scan, row.quantity, t, unit);
        // Enter makes a click of its own, wherever the pointer is.
        let clicked = response.clicked_by(PointerButton::Primary);
        let twice = response.double_clicked_by(PointerButton::Primary);
        let mut number = None;
        if let Some((t, Some(unit))) = hovered.filter(|_| clicked || twice) {
            self.unit = unit;
            number = Some((chosen(t, unit), twice));
        }
        self.unit = keys.unit.unwrap_or(self.unit);
        let cursor = row.cursor.filter(|t| row.revealed.contains(t));
        if let Some(t) = cursor.filter(|_| keys.asked) {
            number = Some((chosen(t, self.unit), true));
        }
        if let Some((chosen, is_asked)) = number {
            shared.number = chosen;
            shared.number_asked |= is_asked;
        }
        if clicked && response.sense.is_focusable() {
            response.request_focus();
        }
        if response.has_focus() {
            shared.sharing_keys = Some(response.id);
            // Where the pointer is at nothing, the keyboard is.
            if let Some(t) = cursor.filter(|_| shared.next_hover == Hover::default()) {
                shared.next_hover = Hover {
                    t: Some(t),
                    unit: Some(self.unit),
                    quantity: Some(row.quantity),
                };
            }
        }
        if let Some((t, unit)) = hovered {
            if let Some(text) = self.readout(scene, shared).filter(|_| self.crowded) {
                // At once, as it would stand beside the title.
                let (ctx, id) = (response.ctx.clone(), response.id.with("readout"));
                let tooltip =
                    Tooltip::always_open(ctx, response.layer_id, id, PopupAnchor::Pointer);
                tooltip.gap(12.0).show(|ui| ui.label(text));
            }
            shared.next_hover = Hover {
                t: Some(t),
                unit,
                quantity: Some(row.quantity),
            };
        }
        let at = response.interact_pointer_pos().filter(|_| clicked)?;
        axis.time_at(at.x).map(move_to)
    }
}

/// The first of several names of a heat map that is no higher than its row in a margin of this width; the last one, if none is.
fn fitting<'a>(ui: &Ui, names: &'a [String], margin: f32, height: f32) -> &'a str {
    let fits = |name: &&String| {
        let font = FontId::proportional(SMALL);
        let room = HeatMap::name_room(margin);
        let galley = ui
            .painter()
            .layout((*name).clone(), font, Color32::WHITE, room);
        galley.size().y <= height
    };
    let found = names.iter().find(fits).or(names.last());
    found.map_or("", String::as_str)
}

/// A quantity of the layer on show; `None` if it is not on record.
fn row<'a>(
    scene: &Scene<'a>,
    shared: &Shared,
    quantity: Quantity,
    adjoint: bool,
    rect: Rect,
) -> Option<Row<'a>> {
    let scan = shared.scan;
    let part = scene.part;
    Some(Row {
        quantity,
        rect,
        values: part.first(scan, quantity, adjoint)?,
        version: scene.record_version(scan, adjoint),
        adjoint,
        revealed: scene.revealed(scan, quantity, adjoint),
        cursor: scene.column(),
        symbol: part.scans.get(scan)?.symbol(quantity),
    })
}

/// The quantity and the step under the pointer in any view, if they are revealed.
fn hovered_row<'a>(scene: &Scene<'a>, shared: &Shared, adjoint: bool) -> Option<(Row<'a>, usize)> {
    let (quantity, t) = (shared.hover.quantity?, shared.hover.t?);
    let row = row(scene, shared, quantity, adjoint, Rect::NOTHING)?;
    row.revealed.contains(&t).then_some((row, t))
}

/// How values become colours, and where the scale of a chart ends.
fn kind(scene: &Scene<'_>, shared: &Shared, quantity: Quantity, adjoint: bool) -> HeatMapKind {
    if quantity.is_gate() && !adjoint {
        return HeatMapKind::Unit;
    }
    // What is squashed has a scale of its own; cell states and gradients have none.
    let end = cell(scene, shared)
        .filter(|_| !adjoint)
        .and_then(|cell| cell.range(quantity))
        .map(|(_, high)| high);
    let probe = &scene.snapshot.probe;
    let extent = probe.extent(scene.part_index, shared.scan, quantity, adjoint);
    HeatMapKind::Signed {
        max_abs: end.filter(|&end| extent <= end).unwrap_or(extent),
    }
}

fn ask_quantiles(scene: &Scene<'_>, shared: &Shared, quantity: Quantity, adjoint: bool) -> Told {
    scene.session.ask(&Question::Quantiles {
        at: at(scene, shared),
        quantity,
        adjoint,
    })
}

fn quantiles_of(answer: &Answer) -> &[distribution::Quantiles] {
    match answer {
        Answer::Quantiles(steps) => steps,
        _ => &[],
    }
}

fn ask_saturation(scene: &Scene<'_>, shared: &Shared, quantity: Quantity) -> Told {
    let at = at(scene, shared);
    scene.session.ask(&Question::Saturation { at, quantity })
}

fn saturation_of(answer: &Answer) -> Option<&SaturationByStep> {
    match answer {
        Answer::Saturation(of) => of.as_ref(),
        _ => None,
    }
}

/// Whether it is known that a quantity has no ends to be near.
fn has_no_ends(scene: &Scene<'_>, shared: &Shared, quantity: Quantity) -> bool {
    let told = ask_saturation(scene, shared, quantity);
    matches!(told.answer.as_deref(), Some(Answer::Saturation(None)))
}

/// What a screen reader says of the cell that keys move: the quantity, the unit, the step and the value.
fn said(row: &Row<'_>, unit: usize) -> String {
    let title = row.quantity.title();
    let what = match row.adjoint {
        false => format!("{}, {title}", row.symbol),
        true => format!("∂L/∂{}, gradient of the {title}", row.symbol),
    };
    let Some(t) = row.cursor else {
        return format!("{what}: unit {unit}, before the first step");
    };
    let value = row.values.get([t, unit]);
    match value.filter(|_| row.revealed.contains(&t)) {
        Some(value) => format!("{what}: unit {unit} at t = {} is {}", t + 1, number(*value)),
        None => format!("{what}: unit {unit} at t = {} is not computed yet", t + 1),
    }
}

/// The number under the pointer in any view of this layer: its value, its adjoint, or both.
fn readout(scene: &Scene<'_>, shared: &Shared, adjoints: &[bool]) -> Option<String> {
    let (quantity, t, unit) = (shared.hover.quantity?, shared.hover.t?, shared.hover.unit?);
    let number_at = |adjoint: bool| {
        let wanted = adjoints.contains(&adjoint);
        let is_revealed = || scene.revealed(shared.scan, quantity, adjoint).contains(&t);
        let values = scene.part.first(shared.scan, quantity, adjoint);
        let values = values.filter(|_| wanted && is_revealed());
        values?.get([t, unit]).copied()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::App;
    use crate::experiment::Location;
    use crate::session::Origin;
    use eframe::egui::accesskit::Role;
    use egui_kittest::Harness;
    use egui_kittest::kittest::{NodeT, Queryable};

    /// In the smallest pane every choice is in it, both scales of colours are told, and the maps end where it does.
    #[test]
    fn in_a_narrow_pane_choices_keys_and_maps_stay_inside() {
        for model in ["cell = \"gru\"\nbidirectional = true", "cell = \"lstm\""] {
            let text = format!(
                "format = 1\nseed = 3\n[data]\ntask = \"sine\"\nlength = 12\ntrain_sequences = 8\ntest_sequences = 4\n\
                 [model]\n{model}\nhidden_size = 4\nreadout = \"every\"\n[training]\nupdates = 4\nbatch_size = 4\n"
            );
            let origin = Origin::Text {
                text,
                location: Location::BuiltIn,
                name: "test".into(),
            };
            let mut window = Harness::builder()
                .with_size([900.0, 640.0])
                .with_max_steps(500)
                .build_eframe(|cc| {
                    let mut app = App::headless(&cc.egui_ctx, Some(origin));
                    app.lay_out(Purpose::Cell);
                    app.apply(Command::ShowAll);
                    app
                });
            for _ in 0..3 {
                window.step();
                window.state_mut().settle();
            }
            window.run();
            let edge = window
                .get_by_label("Enlarge Gates and states")
                .rect()
                .right();
            let form = window.get_by_role_and_label(Role::ComboBox, "Form").rect();
            assert!(
                form.right() <= edge && form.width() > 60.0,
                "{model}: {form:?}"
            );
            let images = window.get_all_by_role(Role::Image);
            let images: Vec<_> = images
                .map(|node| {
                    (
                        node.accesskit_node().label().unwrap_or_default(),
                        node.rect(),
                    )
                })
                .collect();
            let keys: Vec<&str> = images
                .iter()
                .map(|(label, _)| label.as_str())
                .filter(|label| label.starts_with("Colours of"))
                .collect();
            let told = |kind: &str| keys.iter().any(|label| label.contains(kind));
            assert!(
                told("gate, 0 to 1") && told("state, −1 to 1"),
                "{model}: {keys:?}"
            );
            let maps = images.iter().filter(|(label, _)| label.contains("unit"));
            let maps: Vec<_> = maps.map(|(_, place)| place.right()).collect();
            assert!(maps.iter().all(|right| *right <= edge), "{model}: {maps:?}");
            assert!(maps.len() >= 5, "{model}: {maps:?}");
        }
    }
}
