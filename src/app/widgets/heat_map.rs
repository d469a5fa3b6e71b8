//! A matrix of units × time as coloured cells: a texture, of which a frame draws one rectangle.

use std::ops::Range;

use eframe::egui::accesskit::Role;
use eframe::egui::{
    self, Align2, Color32, FontId, Id, Rect, Response, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};
use ndarray::ArrayView2;

use super::cell_keys::{CellKeys, KeysResponse};
use super::controls::small_width;
use super::number;
use super::time_axis::TimeAxis;
use super::value_texture::{HeatMapKind, Texels, ValueTextures, Values};
use crate::app::theme::{Palette, SMALL};

/// A heat map to show.
pub struct HeatMap<'a> {
    /// What tells it from the others of the same cache.
    pub id: Id,
    /// The values as `[time, units]`.
    pub values: ArrayView2<'a, f64>,
    /// A number that changes whenever the values do.
    pub version: u64,
    /// How values become colours.
    pub kind: HeatMapKind,
    /// The columns the cursor has revealed; the others are drawn as empty places.
    pub revealed: Range<usize>,
    /// The name in the margin left of the cells and for screen readers.
    pub title: &'a str,
    /// The colour of the name: its quantity's.
    pub title_color: Color32,
    /// The column of the shared cursor.
    pub cursor: Option<usize>,
    /// In which order units run down, each once; as they are numbered if `None`.
    pub order: Option<&'a [usize]>,
    /// A unit whose row is marked: what the pointer is at elsewhere.
    pub unit: Option<usize>,
    /// The cell that keys move, at the column of the cursor; `None` for a map that the keyboard does not reach.
    pub keys: Option<CellKeys<'a>>,
}

/// What the pointer is at, and what keys did.
#[derive(Debug)]
pub struct HeatMapResponse {
    /// The cell under the pointer as (time, unit), if it is revealed. The unit is the true one, whatever the order.
    pub hovered: Option<(usize, usize)>,
    /// The cells; senses clicks.
    pub response: Response,
    /// What keys did.
    pub keys: KeysResponse,
}

impl HeatMap<'_> {
    /// Draws the cells over the height of `rect` and the width of `axis`; what `rect` has left of the axis is the margin
    /// for the name.
    pub fn show(
        &self,
        ui: &mut Ui,
        textures: &mut ValueTextures,
        rect: Rect,
        axis: &TimeAxis,
    ) -> HeatMapResponse {
        let palette = Palette::of(ui.visuals());
        let cells = Rect::from_x_y_ranges(axis.left..=axis.right, rect.y_range());
        // Without keys it is not focusable: the shared cursor is moved on the ruler.
        let sense = match self.keys {
            Some(_) => Sense::click(),
            None => Sense::CLICK,
        };
        let response = ui.interact(cells, ui.scope_id().with(self.id), sense);
        let said = self.keys.map_or(self.title, |keys| keys.said);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, said));
        let units = self.values.ncols();
        let keys = self.keys.map(|keys| keys.take(ui, &response, units));
        let hovered = response
            .hover_pos()
            .and_then(|at| self.cell_at(cells, axis, at));
        if ui.is_rect_visible(rect) {
            self.paint_name(ui, rect, cells);
            self.paint_cells(ui, textures, cells, axis, &palette);
            let painter = ui.painter_at(cells.expand(2.0));
            painter.rect_stroke(cells, 0.0, palette.hairline_stroke(), StrokeKind::Outside);
            if let Some(t) = self.cursor {
                axis.paint_cursor(&painter, cells.y_range(), t, palette.cursor);
            }
            if let Some(unit) = self.unit.filter(|&unit| hovered.is_none() && unit < units) {
                let row = self.cell_rect(cells, axis, 0, unit);
                let stroke = Stroke::new(2.0, palette.strong_text);
                let beside = ui.painter_at(cells.expand(6.0));
                let y = row.center().y;
                beside.hline(cells.left() - 6.0..=cells.left() - 1.0, y, stroke);
                beside.hline(cells.right() + 1.0..=cells.right() + 6.0, y, stroke);
            }
            if let Some(keys) = self.keys.filter(|_| response.has_focus()) {
                self.paint_focus(ui, cells, axis, keys.unit);
            }
            if let Some((t, unit)) = hovered {
                let cell = self.cell_rect(cells, axis, t, unit);
                painter.rect_stroke(
                    cell,
                    0.0,
                    Stroke::new(1.5, palette.strong_text),
                    StrokeKind::Outside,
                );
            }
        }
        HeatMapResponse {
            hovered,
            response,
            keys: keys.unwrap_or_default(),
        }
    }

    /// Rings a cell that is looked at elsewhere, as a round mark where it is too small to be ringed. `rect` and `axis` as in
    /// [`show`](Self::show).
    pub fn mark(&self, ui: &Ui, rect: Rect, axis: &TimeAxis, (t, unit): (usize, usize)) {
        let (steps, units) = self.values.dim();
        if t >= steps || unit >= units {
            return;
        }
        let palette = Palette::of(ui.visuals());
        let cells = Rect::from_x_y_ranges(axis.left..=axis.right, rect.y_range());
        let cell = self.cell_rect(cells, axis, t, unit);
        let painter = ui.painter_at(cells.expand(4.0));
        let size = cell.size().min_elem();
        let radius = match size {
            9.0.. => 1.0,
            _ => 4.5,
        };
        let ring = Rect::from_center_size(cell.center(), cell.size().max(vec2(9.0, 9.0)));
        for (width, color) in [(4.0, palette.background), (2.0, palette.accent_text)] {
            let stroke = Stroke::new(width, color);
            painter.rect_stroke(ring, radius, stroke, StrokeKind::Middle);
        }
    }

    /// The order of units, if it is one of these.
    fn order(&self) -> Option<&[usize]> {
        let units = self.values.ncols();
        self.order.filter(|order| order.len() == units)
    }

    /// Rings the map, and in it the cell that keys move: never smaller than can be seen.
    fn paint_focus(&self, ui: &Ui, cells: Rect, axis: &TimeAxis, unit: usize) {
        let palette = Palette::of(ui.visuals());
        let painter = ui.painter_at(cells.expand(4.0));
        let ring = Stroke::new(1.5, palette.accent_text);
        painter.rect_stroke(cells.expand(1.0), 2.0, ring, StrokeKind::Outside);
        let Some(t) = self.cursor.filter(|&t| t < axis.steps) else {
            return;
        };
        let cell = self.cell_rect(cells, axis, t, unit);
        let cell = Rect::from_center_size(cell.center(), cell.size().max(vec2(6.0, 6.0)));
        let halo = Stroke::new(4.0, palette.background);
        painter.rect_stroke(cell, 1.0, halo, StrokeKind::Outside);
        let ring = Stroke::new(2.0, palette.strong_text);
        painter.rect_stroke(cell.expand(1.0), 1.0, ring, StrokeKind::Outside);
    }

    fn cell_at(&self, cells: Rect, axis: &TimeAxis, at: egui::Pos2) -> Option<(usize, usize)> {
        let (steps, units) = self.values.dim();
        let t = axis.time_at(at.x)?;
        if t >= steps || units == 0 || !self.revealed.contains(&t) || !cells.contains(at) {
            return None;
        }
        let part = (at.y - cells.top()) / cells.height().max(1e-3);
        let row = ((part * units as f32) as usize).min(units - 1);
        let unit = self
            .order()
            .map_or(Some(row), |order| order.get(row).copied());
        Some((t, unit?))
    }

    fn cell_rect(&self, cells: Rect, axis: &TimeAxis, t: usize, unit: usize) -> Rect {
        let height = cells.height() / self.values.ncols().max(1) as f32;
        let row = self
            .order()
            .map_or(Some(unit), |order| order.iter().position(|&at| at == unit));
        let top = cells.top() + row.unwrap_or(unit) as f32 * height;
        Rect::from_x_y_ranges(axis.column(t), top..=top + height)
    }

    /// How much of a margin of this width is the name's: what is longer goes on in another line.
    pub fn name_room(margin: f32) -> f32 {
        margin - 8.0
    }

    fn paint_name(&self, ui: &Ui, rect: Rect, cells: Rect) {
        let room = Self::name_room(cells.left() - rect.left());
        if room < 12.0 || self.title.is_empty() {
            return;
        }
        let galley = ui.painter().layout(
            self.title.to_owned(),
            FontId::proportional(SMALL),
            self.title_color,
            room,
        );
        let at =
            Align2::LEFT_CENTER.anchor_size(pos2(rect.left(), cells.center().y), galley.size());
        ui.painter_at(rect).galley(at.min, galley, self.title_color);
    }

    fn paint_cells(
        &self,
        ui: &Ui,
        textures: &mut ValueTextures,
        cells: Rect,
        axis: &TimeAxis,
        palette: &Palette,
    ) {
        let painter = ui.painter_at(cells);
        painter.rect_filled(cells, 0.0, palette.ghost);
        let (steps, units) = self.values.dim();
        let from = self.revealed.start.min(steps);
        let to = self.revealed.end.min(steps);
        if from >= to || units == 0 {
            return;
        }
        let pixels = cells * ui.pixels_per_point();
        let of = Values {
            id: self.id,
            values: self.values,
            version: self.version,
            kind: self.kind,
            steps: Texels::of_pixels(steps, pixels.left(), pixels.right()),
            units: Texels::of_pixels(units, pixels.top(), pixels.bottom()),
            order: self.order(),
        };
        let Some(texture) = textures.get(ui.ctx(), palette.dark, &of) else {
            return;
        };
        let shown = Rect::from_x_y_ranges(
            axis.column(from).min..=axis.column(to - 1).max,
            cells.y_range(),
        );
        let uv = texture.values([from, to].map(|t| t as f32 / steps as f32));
        painter.image(texture.id, shown, uv, Color32::WHITE);
    }
}

/// A compact colour bar with its smallest, middle and largest value, and what it measures.
pub fn legend(ui: &mut Ui, kind: HeatMapKind, label: &str) -> Response {
    let palette = Palette::of(ui.visuals());
    let font = FontId::proportional(SMALL);
    let [low, high] = kind.ends();
    let middle = 0.5 * (low + high);
    let text = |value: &str, color| {
        ui.painter()
            .layout_no_wrap(value.to_owned(), font.clone(), color)
    };
    let name = text(label, palette.text);
    let numbers = [low, middle, high].map(|value| text(&number(value), palette.weak_text));
    let bar_width = (numbers.iter().map(|galley| galley.size().x).sum::<f32>() + 24.0).max(120.0);
    let gap = if label.is_empty() { 0.0 } else { 12.0 };
    let size = vec2(name.size().x + gap + bar_width, 28.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, colours_of(kind, label)));
    if ui.is_rect_visible(rect) {
        let painter = ui.painter();
        let name_at = pos2(rect.left(), rect.center().y - 0.5 * name.size().y);
        let bar = Rect::from_min_size(
            pos2(rect.right() - bar_width, rect.top() + 2.0),
            vec2(bar_width, 8.0),
        );
        painter.galley(name_at, name, palette.text);
        paint_bar(painter, bar, kind, [low, high], &palette);
        let [low, middle, high] = numbers;
        let y = bar.bottom() + 2.0;
        let center = bar.center().x - 0.5 * middle.size().x;
        let end = bar.right() - high.size().x;
        painter.galley(pos2(bar.left(), y), low, palette.weak_text);
        painter.galley(pos2(center, y), middle, palette.weak_text);
        painter.galley(pos2(end, y), high, palette.weak_text);
    }
    response
}

/// What colours mean, in words.
fn colours_of(kind: HeatMapKind, label: &str) -> String {
    let [low, high] = kind.ends().map(number);
    let label = label.strip_prefix("of ").unwrap_or(label);
    format!("Colours of {label}, {low} to {high}")
}

/// The same in little room: a short bar between its smallest and its largest value, with what it measures or without, as it is
/// `written`; all of it is said under the pointer. `None` if there is not even room for that.
pub fn short_legend(
    ui: &mut Ui,
    kind: HeatMapKind,
    label: &str,
    written: Option<&str>,
) -> Option<Response> {
    let width = short_legend_width(ui, kind, written);
    if ui.available_width() < width {
        return None;
    }
    let (rect, response) = ui.allocate_exact_size(vec2(width, 20.0), Sense::hover());
    let said = colours_of(kind, label);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &said));
    paint_short(ui, rect, kind, written, (SMALL, SHORT_BAR));
    Some(response.on_hover_text(said))
}

/// Several of them one below the other, with what they measure if there is room for that. `None` if there is no room for any.
pub fn stacked_legends(ui: &mut Ui, all: &[(HeatMapKind, &str)]) -> Option<Response> {
    const SIZE: f32 = SMALL - 2.0;
    const HEIGHT: f32 = 26.0;
    const BAR: f32 = 20.0;
    let widest = |with_label: bool| {
        let widths = all.iter().map(|&(kind, label)| {
            // The words at their smaller size.
            let words = short_legend_width(ui, kind, with_label.then_some(label)) - SHORT_BAR;
            BAR + words * SIZE / SMALL + 2.0
        });
        widths.fold(0.0, f32::max)
    };
    let room = ui.available_width();
    let with_label = [true, false]
        .into_iter()
        .find(|&label| widest(label) <= room)?;
    let size = vec2(widest(with_label), HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let said: Vec<String> = all
        .iter()
        .map(|&(kind, label)| colours_of(kind, label))
        .collect();
    let said = said.join("\n");
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &said));
    let height = HEIGHT / all.len().max(1) as f32;
    for (index, &(kind, label)) in all.iter().enumerate() {
        let top = rect.top() + height * index as f32;
        let row = Rect::from_x_y_ranges(rect.x_range(), top..=top + height);
        paint_short(ui, row, kind, with_label.then_some(label), (SIZE, BAR));
    }
    Some(response.on_hover_text(said))
}

/// Paints a short bar between its ends, at the right of a place, and before it what it measures.
fn paint_short(
    ui: &Ui,
    rect: Rect,
    kind: HeatMapKind,
    written: Option<&str>,
    (size, bar): (f32, f32),
) {
    let palette = Palette::of(ui.visuals());
    let painter = ui.painter();
    let [low, high] = kind.ends();
    let y = rect.center().y;
    let write = |text: &str, right: f32, color| {
        let font = FontId::proportional(size);
        let at = pos2(right, y);
        let place = painter.text(at, Align2::RIGHT_CENTER, text, font, color);
        place.left() - SHORT_GAP
    };
    let x = write(&number(high), rect.right(), palette.weak_text);
    let bar = Rect::from_min_max(pos2(x - bar, y - 4.0), pos2(x, y + 4.0));
    paint_bar(painter, bar, kind, [low, high], &palette);
    let x = write(&number(low), bar.left() - SHORT_GAP, palette.weak_text);
    if let Some(label) = written {
        write(label, x - SHORT_GAP, palette.text);
    }
}

/// The length of the bar of a [`short_legend`], and the spaces beside it, in points.
const SHORT_BAR: f32 = 28.0;
const SHORT_GAP: f32 = 4.0;

/// How wide a [`short_legend`] is, in points, with what is written before it.
pub fn short_legend_width(ui: &Ui, kind: HeatMapKind, written: Option<&str>) -> f32 {
    let ends = kind.ends().map(|end| small_width(ui, &number(end)));
    let label = written.map_or(0.0, |label| small_width(ui, label) + 2.0 * SHORT_GAP);
    (label + ends.iter().sum::<f32>() + SHORT_BAR + 2.0 * SHORT_GAP).ceil()
}

/// The colours from one value to another.
fn paint_bar(
    painter: &egui::Painter,
    bar: Rect,
    kind: HeatMapKind,
    [low, high]: [f64; 2],
    palette: &Palette,
) {
    let mut mesh = egui::Mesh::default();
    let parts = 32;
    for k in 0..=parts {
        let part = k as f32 / parts as f32;
        let value = low + (high - low) * f64::from(part);
        let color = kind.color(value, palette.dark);
        let x = egui::lerp(bar.x_range(), part);
        mesh.colored_vertex(pos2(x, bar.top()), color);
        mesh.colored_vertex(pos2(x, bar.bottom()), color);
        if k > 0 {
            let at = 2 * k as u32;
            mesh.add_triangle(at - 2, at - 1, at);
            mesh.add_triangle(at - 1, at, at + 1);
        }
    }
    painter.add(mesh);
    painter.rect_stroke(bar, 0.0, palette.hairline_stroke(), StrokeKind::Outside);
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui_kittest::{Harness, kittest::Queryable};
    use ndarray::Array2;

    struct State {
        textures: ValueTextures,
        values: Array2<f64>,
        version: u64,
        hovered: Option<(usize, usize)>,
    }

    fn harness() -> Harness<'static, State> {
        let state = State {
            textures: ValueTextures::default(),
            values: Array2::from_shape_fn((10, 4), |(t, unit)| (t + unit) as f64 / 14.0),
            version: 1,
            hovered: None,
        };
        Harness::builder()
            .with_context_setup(crate::app::theme::install)
            .build_ui_state(
                |ui, state: &mut State| {
                    let axis = TimeAxis::new(60.0, 160.0, 10);
                    let map = HeatMap {
                        id: Id::unique("test map"),
                        values: state.values.view(),
                        version: state.version,
                        kind: HeatMapKind::Unit,
                        revealed: 0..6,
                        title: "forget gate",
                        title_color: Color32::GRAY,
                        cursor: Some(3),
                        unit: None,
                        order: None,
                        keys: None,
                    };
                    let rect = Rect::from_min_max(pos2(10.0, 10.0), pos2(160.0, 90.0));
                    state.hovered = map.show(ui, &mut state.textures, rect, &axis).hovered;
                    legend(ui, HeatMapKind::Unit, "gate");
                },
                state,
            )
    }

    #[test]
    fn the_cell_under_the_pointer_is_reported() {
        let mut harness = harness();
        harness.hover_at(pos2(85.0, 35.0));
        harness.run();
        assert_eq!(harness.state().hovered, Some((2, 1)));
        assert!(harness.query_by_label("forget gate").is_some());
    }

    #[test]
    fn what_is_not_revealed_is_not_readable() {
        let mut harness = harness();
        harness.hover_at(pos2(145.0, 35.0));
        harness.run();
        assert_eq!(harness.state().hovered, None);
    }

    #[test]
    fn the_texture_is_kept_until_the_values_change() {
        let mut harness = harness();
        harness.run();
        harness.run();
        assert_eq!(harness.state().textures.rebuilt(), 1);
        harness.state_mut().version = 2;
        harness.run();
        assert_eq!(harness.state().textures.rebuilt(), 2);
        assert_eq!(harness.state().textures.len(), 1);
    }
    /// The same with a texel for each value; the texture is to be kept until the frame is drawn.
    fn one_by_one(ui: &Ui, map: &HeatMap<'_>, cells: Rect, axis: &TimeAxis) -> egui::TextureHandle {
        let palette = Palette::of(ui.visuals());
        let painter = ui.painter_at(cells);
        painter.rect_filled(cells, 0.0, palette.ghost);
        let (steps, units) = map.values.dim();
        let texels = (0..units).flat_map(|unit| (0..steps).map(move |t| [t, unit]));
        let colors = texels.map(|place| map.kind.color(map.values[place], palette.dark));
        let image = egui::ColorImage::new([steps, units], colors.collect());
        let texture = ui
            .ctx()
            .load_texture("all", image, egui::TextureOptions::NEAREST);
        let Range { start, end } = map.revealed;
        let shown = Rect::from_x_y_ranges(
            axis.column(start).min..=axis.column(end - 1).max,
            cells.y_range(),
        );
        let uv = Rect::from_min_max(
            pos2(start as f32 / steps as f32, 0.0),
            pos2(end as f32 / steps as f32, 1.0),
        );
        painter.image(texture.id(), shown, uv, Color32::WHITE);
        texture
    }

    #[test]
    fn the_picture_is_that_of_a_texel_for_each_value() {
        use super::super::picture::{differences, picture};
        // Odd numbers of steps and units: no pixel's middle lies between two of them, where either would be right.
        for (steps, units, revealed) in [
            (9, 5, 0..9),
            (9, 5, 2..7),
            (101, 21, 0..101),
            (101, 21, 30..101),
        ] {
            let values = Array2::from_shape_fn((steps, units), |(t, unit)| {
                ((7 * t + 13 * unit) % 29) as f64 / 28.0
            });
            let map = HeatMap {
                id: Id::unique("map"),
                values: values.view(),
                version: 1,
                kind: HeatMapKind::Unit,
                revealed: revealed.clone(),
                title: "",
                title_color: Color32::GRAY,
                cursor: None,
                order: None,
                keys: None,
                unit: None,
            };
            let axis = TimeAxis::new(4.3, 195.6, steps);
            let rect = Rect::from_min_max(pos2(4.3, 3.4), pos2(195.6, 26.8));
            let context = || {
                let ctx = egui::Context::default();
                crate::app::theme::install(&ctx);
                ctx
            };
            let mut textures = ValueTextures::default();
            let new = picture(&context(), [200, 30], |ui| {
                let palette = Palette::of(ui.visuals());
                map.paint_cells(ui, &mut textures, rect, &axis, &palette);
            });
            let mut texture = None;
            let old = picture(&context(), [200, 30], |ui| {
                texture = Some(one_by_one(ui, &map, rect, &axis));
            });
            let different = differences(&new, &old);
            assert!(
                different.is_empty(),
                "{steps} × {units}, {revealed:?}: {different:?}"
            );
        }
    }

    /// Where it is and nowhere else, whatever is revealed after it.
    #[test]
    fn a_spike_at_one_step_of_many_is_in_the_picture_at_its_place() {
        use super::super::picture::picture;
        let (steps, units) = (10_000, 127);
        for (t, unit) in [(0, 0), (17, 126), (5_003, 40), (9_999, 90)] {
            let mut values = Array2::from_elem((steps, units), 0.95);
            values[[t, unit]] = 0.0;
            let map = HeatMap {
                id: Id::unique("map"),
                values: values.view(),
                version: 1,
                kind: HeatMapKind::Unit,
                revealed: 0..steps,
                title: "",
                title_color: Color32::GRAY,
                cursor: None,
                order: None,
                keys: None,
                unit: None,
            };
            let axis = TimeAxis::new(4.3, 195.6, steps);
            let rect = Rect::from_min_max(pos2(4.3, 3.4), pos2(195.6, 26.8));
            let ctx = egui::Context::default();
            crate::app::theme::install(&ctx);
            let mut textures = ValueTextures::default();
            let mut wanted = Color32::WHITE;
            let seen = picture(&ctx, [200, 30], |ui| {
                let palette = Palette::of(ui.visuals());
                wanted = map.kind.color(0.0, palette.dark);
                map.paint_cells(ui, &mut textures, rect, &axis, &palette);
            });
            let marked: Vec<[usize; 2]> = (0..seen.pixels.len())
                .filter(|&at| seen.pixels[at] == wanted)
                .map(|at| [at % 200, at / 200])
                .collect();
            let [[x, y]] = marked[..] else {
                panic!("{t} {unit}: {marked:?}")
            };
            assert!((x as f32 + 0.5 - axis.x_of(t)).abs() <= 1.0, "{t}: {x}");
            let row = 3.4 + 23.4 * (unit as f32 + 0.5) / units as f32;
            assert!((y as f32 + 0.5 - row).abs() <= 1.0, "{unit}: {y}");
        }
    }
}
