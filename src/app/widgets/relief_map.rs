//! A plane of losses as a map: shades on a logarithmic scale with lines of equal height, and paths over it.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    self, Align2, Color32, FontId, Id, Pos2, Rect, Response, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};
use egui_plot::{GridInput, GridMark, PlotImage, PlotPoint, PlotResponse, PlotTransform};

use super::controls::small_width;
use super::log_axis::round_marks;
use super::plot_style::{Scale, plot};
use super::value_texture::{HeatMapKind, Texels, ValueTextures, Values};
use super::{colormap, number, significant};
use crate::app::theme::{Palette, SMALL};
use crate::train::question::Relief;

/// A map to show.
pub struct ReliefMap<'a> {
    /// What tells it from others.
    pub id: &'static str,
    /// The losses.
    pub relief: &'a Relief,
    /// A number that changes whenever they do.
    pub version: u64,
    /// From where to where the cells reach, across and up.
    pub reach: [[f64; 2]; 2],
    /// What lies along the axes.
    pub names: [&'a str; 2],
    /// Which stretch is seen, across and up.
    pub seen: [[f64; 2]; 2],
    /// The size in points.
    pub size: [f32; 2],
}

/// A line over a map.
pub struct Path<'a> {
    /// Its places, in their order.
    pub places: &'a [[f64; 2]],
    /// Its colour.
    pub color: Color32,
    /// Whether a dot marks each place.
    pub dots: bool,
    /// Whether it is dashed.
    pub is_dashed: bool,
}

impl ReliefMap<'_> {
    /// Draws the map; `ui` is told of clicks and drags by the response.
    pub fn show(&self, ui: &mut Ui, textures: &mut ValueTextures) -> PlotResponse<()> {
        let palette = Palette::of(ui.visuals());
        let (across, up) = self.relief.shades.dim();
        // Up is up: the last row of cells comes first.
        let order: Vec<usize> = (0..up).rev().collect();
        let of = Values {
            id: Id::unique(("relief", self.id)),
            values: self.relief.shades.view(),
            version: self.version,
            kind: HeatMapKind::Unit,
            steps: Texels::of_parts(across, across),
            units: Texels::of_parts(up, up),
            order: Some(&order),
        };
        let texture = textures.get(ui.ctx(), palette.dark, &of);
        let [x, y] = self.reach;
        let seen = self.seen;
        // A name longer than its axis would run into what is above.
        let up_name = if self.size[1] < 150.0 {
            ""
        } else {
            self.names[1]
        };
        let shown = plot(ui, self.id, self.names[0], up_name, Scale::Linear)
            .width(self.size[0])
            .height(self.size[1])
            .allow_drag(false)
            .allow_boxed_zoom(false)
            .allow_axis_zoom_drag(false)
            .show_grid(false)
            .show_crosshair(false)
            .y_grid_spacer(|input| above_the_corner(&input))
            .label_formatter(|_| None)
            .sense(Sense::CLICK | Sense::DRAG)
            .show(ui, move |ui| {
                ui.set_plot_bounds_x(seen[0][0]..=seen[0][1]);
                ui.set_plot_bounds_y(seen[1][0]..=seen[1][1]);
                if let Some(texture) = texture {
                    let middle = PlotPoint::new(0.5 * (x[0] + x[1]), 0.5 * (y[0] + y[1]));
                    let size = [(x[1] - x[0]) as f32, (y[1] - y[0]) as f32];
                    let image = PlotImage::new("loss", texture.id, middle, size);
                    ui.image(image.uv(texture.values([0.0, 1.0])).allow_hover(false));
                }
            });
        let said = format!(
            "Map of the loss over {} and {}",
            self.names[0], self.names[1]
        );
        (shown.response).widget_info(|| WidgetInfo::labeled(Role::Image, true, &said));
        self.paint_lines(ui, &shown.transform, &palette);
        let frame = *shown.transform.frame();
        let stroke = palette.hairline_stroke();
        ui.painter()
            .rect_stroke(frame, 0.0, stroke, StrokeKind::Outside);
        shown
    }

    fn paint_lines(&self, ui: &Ui, transform: &PlotTransform, palette: &Palette) {
        let painter = ui.painter_at(*transform.frame());
        let (across, up) = self.relief.shades.dim();
        let at = |[i, j]: [f32; 2]| {
            let place = |[low, high]: [f64; 2], cell: f32, cells: usize| {
                low + (high - low) * (f64::from(cell) + 0.5) / cells as f64
            };
            transform.position_from_point(&PlotPoint::new(
                place(self.reach[0], i, across),
                place(self.reach[1], j, up),
            ))
        };
        let stroke = Stroke::new(1.0, palette.strong_text.gamma_multiply(0.28));
        for &[from, to] in &self.relief.lines {
            painter.line_segment([at(from), at(to)], stroke);
        }
    }
}

/// The marks of the upright axis but one at its foot: its number would stand in that of the other axis.
fn above_the_corner(input: &GridInput) -> Vec<GridMark> {
    let mut marks = round_marks(input, 32.0);
    // A step of the input is eight points, a little more than half the height of a number.
    let foot = input.bounds.0 + input.base_step_size;
    marks.retain(|mark| mark.value >= foot);
    marks
}

/// Paints a path over a map, with a halo that keeps it visible on every shade.
pub fn paint_path(ui: &Ui, transform: &PlotTransform, path: &Path<'_>) {
    let palette = Palette::new(false);
    let painter = ui.painter_at(*transform.frame());
    // What is thrown far away is not to be a number that cannot be drawn.
    let near = |at: Pos2| pos2(at.x.clamp(-1e5, 1e5), at.y.clamp(-1e5, 1e5));
    let places: Vec<Pos2> = path
        .places
        .iter()
        .map(|place| near(transform.position_from_point(&PlotPoint::new(place[0], place[1]))))
        .collect();
    let halo = Stroke::new(3.5, palette.background.gamma_multiply(0.8));
    let stroke = Stroke::new(2.0, path.color);
    painter.line(places.clone(), halo);
    match path.is_dashed {
        true => {
            painter.extend(egui::Shape::dashed_line(&places, stroke, 5.0, 3.0));
        }
        false => {
            painter.line(places.clone(), stroke);
        }
    }
    if path.dots {
        for place in places {
            painter.circle_filled(place, 2.0, path.color);
        }
    }
}

/// Marks a place of a map: a ring, or a dot where it is `filled`.
pub fn paint_mark(
    ui: &Ui,
    transform: &PlotTransform,
    place: [f64; 2],
    color: Color32,
    filled: bool,
) {
    let palette = Palette::of(ui.visuals());
    let painter = ui.painter_at(*transform.frame());
    let at = transform.position_from_point(&PlotPoint::new(place[0], place[1]));
    painter.circle_filled(at, 6.5, palette.background);
    match filled {
        true => painter.circle_filled(at, 4.5, color),
        false => painter.circle_stroke(at, 4.5, Stroke::new(2.0, color)),
    };
}

/// What the shades of a map stand for: a logarithmic bar with its ends and its middle, as far as there is room.
pub fn relief_legend(ui: &mut Ui, relief: &Relief, label: &str) -> Option<Response> {
    const BAR: f32 = 120.0;
    const GAP: f32 = 8.0;
    let palette = Palette::of(ui.visuals());
    let [low, high] = relief.ends?;
    // Equal factors are equally far apart: half way lies the geometric mean.
    let marks = [low, relief.loss_of(0.5)?, high].map(|loss| significant(loss, 2));
    // The middle one stands in the middle, however wide the others are.
    let [low_width, middle, high_width] = [0, 1, 2].map(|mark| small_width(ui, &marks[mark]));
    let bar = BAR.max(middle + 2.0 * (low_width.max(high_width) + GAP));
    let label_shown = format!("{label}, log");
    let needed = |with_label: bool| match with_label {
        true => small_width(ui, &label_shown) + GAP + bar,
        false => bar,
    };
    let with_label = ui.available_width() >= needed(true);
    let width = needed(with_label);
    if ui.available_width() < width {
        return None;
    }
    let (rect, response) = ui.allocate_exact_size(vec2(width, 26.0), Sense::hover());
    let [low, high] = [low, high].map(number);
    let said = format!("Shades of {label}, {low} to {high}, equal factors equally far apart");
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &said));
    let painter = ui.painter();
    let font = FontId::proportional(SMALL);
    if with_label {
        let at = rect.left_center();
        painter.text(
            at,
            Align2::LEFT_CENTER,
            label_shown,
            font.clone(),
            palette.text,
        );
    }
    let bar = Rect::from_min_size(pos2(rect.right() - bar, rect.top() + 2.0), vec2(bar, 8.0));
    let mut mesh = egui::Mesh::default();
    for part in 0..=32_u32 {
        let share = f64::from(part) / 32.0;
        let color = colormap::sequential(share, palette.dark);
        let at = bar.left() + bar.width() * share as f32;
        mesh.colored_vertex(pos2(at, bar.top()), color);
        mesh.colored_vertex(pos2(at, bar.bottom()), color);
        if part > 0 {
            mesh.add_triangle(2 * part - 2, 2 * part - 1, 2 * part);
            mesh.add_triangle(2 * part - 1, 2 * part, 2 * part + 1);
        }
    }
    painter.add(mesh);
    painter.rect_stroke(bar, 0.0, palette.hairline_stroke(), StrokeKind::Outside);
    let places = [
        (bar.left(), Align2::LEFT_TOP),
        (bar.center().x, Align2::CENTER_TOP),
        (bar.right(), Align2::RIGHT_TOP),
    ];
    for (mark, (x, align)) in marks.into_iter().zip(places) {
        let at = pos2(x, bar.bottom() + 2.0);
        painter.text(at, align, mark, font.clone(), palette.weak_text);
    }
    let said = format!(
        "{said}. In a valley narrower than a cell the shade is that of half a cell beside its line: nearer, a cell’s loss says only \
         how closely the cell happens to meet it"
    );
    Some(response.on_hover_text(said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corner_of_a_map_has_one_number() {
        let marks = |low: f64, high: f64| {
            let input = GridInput {
                bounds: (low, high),
                base_step_size: 8.0 * (high - low) / 400.0,
            };
            let marks = above_the_corner(&input);
            marks.iter().map(|mark| mark.value).collect::<Vec<f64>>()
        };
        assert!((marks(4.0, 5.0)[0] - 4.1).abs() < 1e-9);
        // One that is as far up as a number is high stays.
        assert!((marks(3.95, 4.95)[0] - 4.0).abs() < 1e-9);
    }
}
