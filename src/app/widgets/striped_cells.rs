//! A row of cells, one for each time step, each a stack of stripes with a hairline around it.
//!
//! Colours come from a texture, so that the triangles do not depend on the values: they are made when the row's place or
//! what is revealed of it changes, and a frame only shows them again, whatever the training beside it does to the values.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use eframe::egui::{
    Color32, Id, Mesh, Painter, Pos2, Rangef, Rect, Shape, Stroke, StrokeKind, TextureId, pos2,
    vec2,
};
use eframe::epaint::{RectShape, Tessellator, Vertex, WHITE_UV};
use ndarray::ArrayView2;

use super::time_axis::TimeAxis;
use super::value_texture::{HeatMapKind, Texels, ValueTexture, ValueTextures, Values};
use crate::app::theme::Palette;

/// From this width on an empty place has a line around it, in points.
pub const OUTLINED: f32 = 3.0;

/// A row of cells to paint.
pub struct StripedCells<'a> {
    /// What tells it from the others of the same [`CellRows`].
    pub id: Id,
    /// The values as `[time, units]`, a step for each of `columns`; `None` where nothing is on record.
    pub values: Option<ArrayView2<'a, f64>>,
    /// A number that changes whenever the values do.
    pub version: u64,
    /// How values become colours.
    pub kind: HeatMapKind,
    /// The columns that have a cell.
    pub columns: Range<usize>,
    /// The columns whose cells show their values; the others are empty places.
    pub shown: Range<usize>,
    /// The width of a cell, in points. Cells as wide as their columns stand side by side, without a line around each.
    pub width: f32,
    /// From the upper to the lower edge of the cells.
    pub y: Rangef,
}

/// What a view keeps of its rows from frame to frame.
#[derive(Default)]
pub struct CellRows {
    textures: ValueTextures,
    meshes: HashMap<Id, Kept>,
    rebuilt: u64,
}

struct Kept {
    layout: Layout,
    mesh: Arc<Mesh>,
    last_used: u64,
}

/// All that the triangles of a row depend on.
#[derive(Clone, Debug, PartialEq)]
struct Layout {
    axis: TimeAxis,
    /// The column that the values begin with.
    values_from: usize,
    /// The columns that are drawn.
    columns: Range<usize>,
    shown: Range<usize>,
    width: f32,
    y: Rangef,
    texture: Option<ValueTexture>,
    colors: [Color32; 3],
    pixels_per_point: f32,
}

impl CellRows {
    /// How many times triangles were made anew.
    pub fn rebuilt(&self) -> u64 {
        self.rebuilt
    }

    /// The textures of the cells.
    pub fn textures(&self) -> &ValueTextures {
        &self.textures
    }
}

impl StripedCells<'_> {
    /// Paints the cells at the columns of `axis`.
    pub fn paint(
        &self,
        painter: &Painter,
        kept: &mut CellRows,
        axis: &TimeAxis,
        palette: &Palette,
    ) {
        let ctx = painter.ctx();
        let pixels_per_point = painter.pixels_per_point();
        // What is not shown of the axis is not drawn, however long the sequence.
        let seen = axis.shown();
        let start = self.columns.start.max(seen.start).min(seen.end);
        let columns = start..self.columns.end.min(seen.end).max(start);
        // Where cells are narrower than pixels, one for each pixel is all there is to see.
        let [from, to] =
            [columns.start, columns.end].map(|t| axis.column(t).min * pixels_per_point);
        let skipped = columns.start - self.columns.start.min(columns.start);
        let steps = Texels::of_pixels(columns.len(), from, to).beginning(skipped);
        let texture = self
            .values
            .filter(|_| !self.shown.is_empty() && !columns.is_empty())
            .and_then(|values| {
                // Where units are thinner than a point, several are one stripe.
                let of = Values {
                    id: self.id,
                    values,
                    version: self.version,
                    kind: self.kind,
                    steps,
                    units: Texels::of_parts(values.ncols(), self.y.span().max(1.0) as usize),
                    order: None,
                };
                kept.textures.get(ctx, palette.dark, &of)
            });
        let layout = Layout {
            axis: *axis,
            values_from: self.columns.start,
            columns,
            shown: self.shown.clone(),
            width: self.width,
            y: self.y,
            texture,
            colors: [palette.ghost, palette.ghost_line, palette.hairline],
            pixels_per_point,
        };
        let now = ctx.cumulative_pass_nr();
        kept.meshes
            .retain(|id, kept| *id == self.id || kept.last_used + 120 >= now);
        let known = kept.meshes.remove(&self.id);
        let mesh = match known.filter(|known| known.layout == layout) {
            Some(known) => known.mesh,
            None => {
                kept.rebuilt += 1;
                let options = ctx.tessellation_options(|options| *options);
                // No text and no discs: there is nothing to look up in the texture of the letters.
                let tessellator = Tessellator::new(pixels_per_point, options, [1, 1], Vec::new());
                Arc::new(triangles(&layout, steps, palette, tessellator))
            }
        };
        if !mesh.is_empty() {
            painter.add(Shape::Mesh(Arc::clone(&mesh)));
        }
        let kept_now = Kept {
            layout,
            mesh,
            last_used: now,
        };
        kept.meshes.insert(self.id, kept_now);
    }
}

/// All cells of a row, one after the other: where they are narrow, the hairline around one lies on its neighbours.
fn triangles(
    layout: &Layout,
    steps: Texels,
    palette: &Palette,
    mut tessellator: Tessellator,
) -> Mesh {
    let axis = &layout.axis;
    // Lines around cells that touch each other would be most of what is seen.
    let touch = layout.columns.len() > 1 && layout.width >= axis.column_width() - 1e-3;
    let rounding = if touch { 0.0 } else { 2.0 };
    let white = layout.texture.map_or(WHITE_UV, ValueTexture::white);
    let mut mesh = Mesh::with_texture(layout.texture.map_or(TextureId::default(), |of| of.id));
    for texel in 0..steps.count() {
        let t = layout.values_from + steps.middle(texel);
        let place = Rect::from_center_size(
            pos2(axis.x_of(t), layout.y.center()),
            vec2(layout.width, layout.y.span()),
        );
        let around = match layout.texture.filter(|_| layout.shown.contains(&t)) {
            Some(texture) => {
                mesh.add_rect_with_uv(place, texture.step(texel), Color32::WHITE);
                if touch {
                    continue;
                }
                RectShape::stroke(
                    place,
                    rounding,
                    palette.hairline_stroke(),
                    StrokeKind::Outside,
                )
            }
            // Where they are so narrow, lines around them would be all that is seen.
            None if touch || layout.width < OUTLINED => {
                RectShape::filled(place, rounding, palette.ghost)
            }
            None => {
                let stroke = Stroke::new(1.0, palette.ghost_line);
                RectShape::new(place, rounding, palette.ghost, stroke, StrokeKind::Inside)
            }
        };
        let mut plain = Mesh::default();
        tessellator.tessellate_rect(&around, &mut plain);
        append(&mut mesh, plain, white);
    }
    mesh
}

/// Adds triangles without a texture to those with one that is white at a place.
fn append(mesh: &mut Mesh, plain: Mesh, white: Pos2) {
    let offset = mesh.vertices.len() as u32;
    let vertices = plain.vertices.into_iter();
    mesh.vertices.extend(vertices.map(|vertex| Vertex {
        uv: white,
        ..vertex
    }));
    let indices = plain.indices.into_iter();
    mesh.indices.extend(indices.map(|index| index + offset));
}

#[cfg(test)]
mod tests {
    use super::super::picture::{differences, frame, picture};
    use super::*;
    use crate::nn::Outlier;
    use eframe::egui::{Context, Ui};
    use ndarray::Array2;

    const SIZE: [usize; 2] = [240, 60];
    const Y: Rangef = Rangef {
        min: 6.0,
        max: 51.7,
    };

    fn context() -> Context {
        let ctx = Context::default();
        crate::app::theme::install(&ctx);
        ctx
    }

    fn axis(steps: usize) -> TimeAxis {
        TimeAxis::new(9.3, 230.9, steps)
    }

    fn values(steps: usize, units: usize) -> Array2<f64> {
        Array2::from_shape_fn((steps, units), |(t, unit)| {
            ((7 * t + 13 * unit) % 29) as f64 / 14.0 - 1.0
        })
    }

    fn cells(values: &Array2<f64>, shown: Range<usize>) -> StripedCells<'_> {
        let steps = values.nrows();
        StripedCells {
            id: Id::unique("cells"),
            values: Some(values.view()),
            version: 1,
            kind: HeatMapKind::Signed { max_abs: 0.8 },
            columns: 0..steps,
            shown,
            width: (axis(steps).column_width() * 0.72).clamp(1.0, 28.0),
            y: Y,
        }
    }

    /// The same with a rectangle for each value.
    fn one_by_one(ui: &Ui, cells: &StripedCells<'_>, values: &Array2<f64>) {
        let palette = Palette::of(ui.visuals());
        let axis = axis(values.nrows());
        for (t, step) in values.outer_iter().enumerate() {
            let middle = pos2(axis.x_of(t), Y.center());
            let place = Rect::from_center_size(middle, vec2(cells.width, Y.span()));
            if !cells.shown.contains(&t) {
                let stroke = match cells.width >= OUTLINED {
                    true => Stroke::new(1.0, palette.ghost_line),
                    false => Stroke::NONE,
                };
                let empty = RectShape::new(place, 2.0, palette.ghost, stroke, StrokeKind::Inside);
                ui.painter().add(empty);
                continue;
            }
            let stripes = step.len().min(place.height() as usize);
            let height = place.height() / stripes as f32;
            let mut mesh = Mesh::default();
            for stripe in 0..stripes {
                let top = place.top() + stripe as f32 * height;
                let units = stripe * step.len() / stripes..(stripe + 1) * step.len() / stripes;
                let value = units.map(|unit| step[unit]).collect::<Outlier>().value();
                let stripe = Rect::from_x_y_ranges(place.x_range(), top..=top + height);
                mesh.add_colored_rect(stripe, cells.kind.color(value, palette.dark));
            }
            ui.painter().add(mesh);
            let stroke = palette.hairline_stroke();
            ui.painter()
                .rect_stroke(place, 2.0, stroke, StrokeKind::Outside);
        }
    }

    #[test]
    fn the_picture_is_that_of_a_rectangle_for_each_value() {
        // Wide cells and cells of hardly a pixel; more units than pixels and fewer; all revealed and not.
        for (steps, units) in [(6, 5), (6, 301), (40, 16), (131, 300)] {
            let values = values(steps, units);
            for shown in [0..steps, 0..steps / 2, steps / 3..steps, 0..0] {
                let cells = cells(&values, shown.clone());
                let mut kept = CellRows::default();
                let new = picture(&context(), SIZE, |ui| {
                    let palette = Palette::of(ui.visuals());
                    cells.paint(ui.painter(), &mut kept, &axis(steps), &palette);
                });
                let old = picture(&context(), SIZE, |ui| one_by_one(ui, &cells, &values));
                let different = differences(&new, &old);
                assert!(
                    different.is_empty(),
                    "{steps} × {units}, {shown:?}: {different:?}"
                );
            }
        }
    }

    #[test]
    fn new_values_change_colours_and_no_triangles() {
        let (ctx, axis, mut kept) = (context(), axis(131), CellRows::default());
        let mut made = Vec::new();
        let values = values(131, 300);
        // A second frame; new values; another step revealed; and all as it was.
        for (version, shown) in [(1, 131), (1, 131), (2, 131), (2, 130), (2, 130)] {
            let cells = StripedCells {
                version,
                ..cells(&values, 0..shown)
            };
            let (shapes, _) = frame(&ctx, SIZE, |ui| {
                let palette = Palette::of(ui.visuals());
                cells.paint(ui.painter(), &mut kept, &axis, &palette);
            });
            assert_eq!(shapes.len(), 1);
            made.push((kept.rebuilt(), kept.textures().rebuilt()));
        }
        assert_eq!(made, [(1, 1), (1, 1), (1, 2), (2, 2), (2, 2)]);
    }

    #[test]
    fn what_is_zoomed_into_is_the_picture_of_those_steps_alone() {
        use super::super::time_axis::Span;
        let all = values(500, 7);
        let (first, last) = (200, 240);
        let some = Array2::from_shape_fn((last - first, 7), |(t, unit)| all[[first + t, unit]]);
        let span = Span {
            first: first as f64,
            last: last as f64,
        };
        for shown in [0..500, 0..220, 210..500, 0..0] {
            let zoomed = StripedCells {
                width: 3.0,
                ..cells(&all, shown.clone())
            };
            let from = |t: usize| t.clamp(first, last) - first;
            let alone = StripedCells {
                width: 3.0,
                ..cells(&some, from(shown.start)..from(shown.end))
            };
            let drawn = |cells: &StripedCells<'_>, axis: &TimeAxis| {
                let mut kept = CellRows::default();
                picture(&context(), SIZE, |ui| {
                    let palette = Palette::of(ui.visuals());
                    cells.paint(ui.painter(), &mut kept, axis, &palette);
                })
            };
            let different = differences(
                &drawn(&zoomed, &axis(500).showing(span)),
                &drawn(&alone, &axis(last - first)),
            );
            assert!(different.is_empty(), "{shown:?}: {different:?}");
        }
    }

    #[test]
    fn no_more_is_drawn_than_there_are_pixels() {
        let values = values(20_000, 3);
        let cells = cells(&values, 0..20_000);
        let mut kept = CellRows::default();
        let (shapes, _) = frame(&context(), SIZE, |ui| {
            let palette = Palette::of(ui.visuals());
            cells.paint(ui.painter(), &mut kept, &axis(20_000), &palette);
        });
        let Some(Shape::Mesh(mesh)) = shapes.first().map(|clipped| &clipped.shape) else {
            panic!("not a single mesh");
        };
        // 222 pixels, with some 40 vertices to a cell and the hairline around it.
        assert!(mesh.vertices.len() < 222 * 60, "{}", mesh.vertices.len());
    }
}
