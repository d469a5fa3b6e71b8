//! egui's triangles on pixels, computed: a canvas without a display or a graphics card.
//!
//! What a graphics card does with egui's meshes, in as few rules: a pixel belongs to a triangle whose inside holds its centre,
//! and of two triangles that share an edge to one of them, by the top-left rule; colour and texture coordinates go linearly
//! over a triangle; texture times colour is laid over what is there, `src + (1 − src.alpha)·dst`, premultiplied and in gamma
//! space, as egui's own painters do it. Corners are rounded to 1/256 of a pixel and all else is plain arithmetic, so that the
//! same meshes give the same bytes on every machine.
//!
//! Libraries were looked at: the one for egui is made for another version of it and brings a window system along, the one
//! that computes alone knows no filter, which formulas need.

use eframe::egui::epaint::{ClippedPrimitive, ImageData, Mesh, Primitive, Vertex};
use eframe::egui::{Color32, Pos2, Rect, TextureFilter, TextureId, TextureOptions, TexturesDelta};
use std::collections::HashMap;
use std::ops::Range;

/// Steps within a pixel that corners are rounded to.
const SUBPIXELS: i64 = 256;

/// How far beyond its end a texel reaches.
const HAIR: f32 = 0.004;

/// An image that meshes draw from.
struct Texture {
    size: [usize; 2],
    pixels: Vec<Color32>,
    options: TextureOptions,
}

impl Texture {
    /// The colour at `uv`, from 0 to 1 over the image, as four channels from 0 to 255.
    fn sample(&self, uv: Pos2) -> [f32; 4] {
        let [width, height] = self.size.map(|length| length as f32);
        let (x, y) = (uv.x * width, uv.y * height);
        match self.options.magnification {
            // Corners are rounded: what lies a hair beyond a texel's end is still its own.
            TextureFilter::Nearest => {
                self.texel((x - HAIR).floor() as i64, (y - HAIR).floor() as i64)
            }
            TextureFilter::Linear => {
                let (x, y) = (x - 0.5, y - 0.5);
                let (left, top) = (x.floor(), y.floor());
                let (right, bottom) = (x - left, y - top);
                let (column, row) = (left as i64, top as i64);
                let mix = |row| {
                    let (a, b) = (self.texel(column, row), self.texel(column + 1, row));
                    std::array::from_fn(|channel| a[channel] + (b[channel] - a[channel]) * right)
                };
                let (above, below): ([f32; 4], [f32; 4]) = (mix(row), mix(row + 1));
                std::array::from_fn(|k| above[k] + (below[k] - above[k]) * bottom)
            }
        }
    }

    /// A pixel; beyond the edge the one at the edge.
    fn texel(&self, column: i64, row: i64) -> [f32; 4] {
        let [width, height] = self.size;
        let column = column.clamp(0, width as i64 - 1) as usize;
        let row = row.clamp(0, height as i64 - 1) as usize;
        let color = self.pixels.get(row * width + column);
        color.map_or([0.0; 4], |color| color.to_array().map(f32::from))
    }
}

/// Pixels, and the textures that what is drawn on them needs.
pub(super) struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<Color32>,
    textures: HashMap<TextureId, Texture>,
}

impl Canvas {
    /// So many pixels, of one colour.
    pub(super) fn new([width, height]: [usize; 2], color: Color32) -> Self {
        Self {
            width,
            height,
            pixels: vec![color; width * height],
            textures: HashMap::new(),
        }
    }

    /// Takes over new and changed textures, before what is drawn with them.
    pub(super) fn take(&mut self, delta: &TexturesDelta) {
        for (id, changes) in &delta.set {
            for change in changes {
                let ImageData::Color(image) = &change.image;
                match change.pos {
                    None => {
                        let texture = Texture {
                            size: image.size,
                            pixels: image.pixels.clone(),
                            options: change.options,
                        };
                        self.textures.insert(*id, texture);
                    }
                    Some([left, top]) => {
                        let Some(texture) = self.textures.get_mut(id) else {
                            continue;
                        };
                        for (row, line) in
                            image.pixels.chunks_exact(image.size[0].max(1)).enumerate()
                        {
                            let from = (top + row) * texture.size[0] + left;
                            if let Some(place) = texture.pixels.get_mut(from..from + line.len()) {
                                place.copy_from_slice(line);
                            }
                        }
                    }
                }
            }
        }
    }

    /// Lets go of textures, after what was drawn with them.
    pub(super) fn free(&mut self, delta: &TexturesDelta) {
        for id in &delta.free {
            self.textures.remove(id);
        }
    }

    /// Draws what egui made of a frame; `scale` pixels are a point.
    pub(super) fn draw(&mut self, primitives: &[ClippedPrimitive], scale: f32) {
        for primitive in primitives {
            if let Primitive::Mesh(mesh) = &primitive.primitive {
                self.mesh(mesh, primitive.clip_rect, scale);
            }
        }
    }

    /// Red, green, blue and alpha of all pixels, row by row. The first colour was opaque, so that all are.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.pixels.iter().flat_map(Color32::to_array).collect()
    }

    fn mesh(&mut self, mesh: &Mesh, clip: Rect, scale: f32) {
        let Some(texture) = self.textures.get(&mesh.texture_id) else {
            return;
        };
        let columns = whole(clip.left() * scale, clip.right() * scale, self.width);
        let rows = whole(clip.top() * scale, clip.bottom() * scale, self.height);
        for corners in mesh.indices.chunks_exact(3) {
            let corner = |k: usize| mesh.vertices.get(corners[k] as usize);
            if let (Some(a), Some(b), Some(c)) = (corner(0), corner(1), corner(2)) {
                let into = (&mut self.pixels[..], self.width);
                triangle([a, b, c], texture, (&columns, &rows), scale, into);
            }
        }
    }
}

/// The pixels from one place to another, as painters round a clip rectangle.
fn whole(from: f32, to: f32, length: usize) -> Range<usize> {
    let bound = |at: f32| at.round().clamp(0.0, length as f32) as usize;
    bound(from)..bound(to)
}

/// Twice the signed area of a triangle, positive if it runs clockwise on a screen.
fn area(a: [i64; 2], b: [i64; 2], c: [i64; 2]) -> i64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

/// 0 if pixels on this edge of a clockwise triangle are its own, which those on a top or left edge are, else 1: what the area
/// beside it must be at least.
fn bias(from: [i64; 2], to: [i64; 2]) -> i64 {
    let top = from[1] == to[1] && to[0] > from[0];
    let left = to[1] < from[1];
    i64::from(!(top || left))
}

/// Lays a triangle over the pixels.
fn triangle(
    corners: [&Vertex; 3],
    texture: &Texture,
    (columns, rows): (&Range<usize>, &Range<usize>),
    scale: f32,
    (pixels, width): (&mut [Color32], usize),
) {
    let place = |vertex: &Vertex| {
        let round = |at: f32| (f64::from(at * scale) * SUBPIXELS as f64).round() as i64;
        [round(vertex.pos.x), round(vertex.pos.y)]
    };
    let [a, mut b, mut c] = corners;
    let at = place(a);
    let (mut bt, mut ct) = (place(b), place(c));
    let whole = area(at, bt, ct);
    if whole == 0 {
        return;
    }
    if whole < 0 {
        std::mem::swap(&mut b, &mut c);
        std::mem::swap(&mut bt, &mut ct);
    }
    let whole = whole.abs();
    // The pixels whose centres can be inside.
    let span = |values: [i64; 3], within: &Range<usize>| {
        let (low, high) = (values.iter().min(), values.iter().max());
        let (low, high) = (low.copied().unwrap_or(0), high.copied().unwrap_or(0));
        let pixel = |at: i64| at.div_euclid(SUBPIXELS).max(0) as usize;
        pixel(low).max(within.start)..(pixel(high) + 1).min(within.end)
    };
    let columns = span([at[0], bt[0], ct[0]], columns);
    let rows = span([at[1], bt[1], ct[1]], rows);
    let biases = [bias(bt, ct), bias(ct, at), bias(at, bt)];
    let (texture_at, flat) = ([a.uv, b.uv, c.uv], a.uv == b.uv && b.uv == c.uv);
    let solid = flat.then(|| texture.sample(a.uv));
    let color = [a, b, c].map(|vertex| vertex.color.to_array().map(f32::from));
    for row in rows {
        let y = row as i64 * SUBPIXELS + SUBPIXELS / 2;
        for column in columns.clone() {
            let here = [column as i64 * SUBPIXELS + SUBPIXELS / 2, y];
            let areas = [area(bt, ct, here), area(ct, at, here), area(at, bt, here)];
            if areas.iter().zip(biases).any(|(&area, bias)| area < bias) {
                continue;
            }
            let weight = areas.map(|area| area as f32 / whole as f32);
            let mix = |of: [f32; 3]| of[0] * weight[0] + of[1] * weight[1] + of[2] * weight[2];
            let texel = solid.unwrap_or_else(|| {
                texture.sample(Pos2::new(
                    mix(texture_at.map(|uv| uv.x)),
                    mix(texture_at.map(|uv| uv.y)),
                ))
            });
            let source: [f32; 4] = std::array::from_fn(|channel| {
                mix(color.map(|color| color[channel])) * texel[channel] / 255.0
            });
            let pixel = &mut pixels[row * width + column];
            let under = pixel.to_array().map(f32::from);
            let through = 1.0 - source[3] / 255.0;
            let over: [u8; 4] = std::array::from_fn(|channel| {
                (source[channel] + under[channel] * through)
                    .round()
                    .clamp(0.0, 255.0) as u8
            });
            let [red, green, blue, alpha] = over;
            *pixel = Color32::from_rgba_premultiplied(red, green, blue, alpha);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::epaint::ImageDelta;
    use eframe::egui::{ColorImage, pos2};
    use std::sync::Arc;

    const WHITE: TextureId = TextureId::Managed(0);

    fn canvas(options: TextureOptions) -> Canvas {
        let mut canvas = Canvas::new([8, 8], Color32::BLACK);
        let image = ColorImage::new([2, 1], vec![Color32::WHITE, Color32::from_rgb(0, 0, 200)]);
        let mut delta = TexturesDelta::default();
        let change = ImageDelta {
            image: ImageData::Color(Arc::new(image)),
            options,
            pos: None,
        };
        delta.set.entry(WHITE).or_default().push(change);
        canvas.take(&delta);
        delta.clear();
        canvas
    }

    fn vertex(x: f32, y: f32, color: Color32) -> Vertex {
        Vertex {
            pos: pos2(x, y),
            uv: pos2(0.25, 0.5),
            color,
        }
    }

    fn drawn(canvas: &mut Canvas, corners: &[[f32; 2]], indices: &[u32], color: Color32) {
        let mut mesh = Mesh::with_texture(WHITE);
        mesh.vertices = corners.iter().map(|&[x, y]| vertex(x, y, color)).collect();
        mesh.indices = indices.to_vec();
        let everything = Rect::from_min_max(pos2(0.0, 0.0), pos2(8.0, 8.0));
        let primitive = ClippedPrimitive {
            clip_rect: everything,
            primitive: Primitive::Mesh(mesh),
        };
        canvas.draw(&[primitive], 1.0);
    }

    /// Half-transparent, each pixel once: twice would be brighter, never would be black.
    #[test]
    fn triangles_that_share_edges_cover_each_pixel_once() {
        let half = Color32::from_rgba_premultiplied(100, 100, 100, 128);
        let corners = [[0.0, 0.0], [8.0, 0.0], [8.0, 8.0], [0.0, 8.0], [3.3, 4.5]];
        let fan = [0, 1, 4, 1, 2, 4, 2, 3, 4, 3, 0, 4];
        // Turned the other way round too.
        let turned = [1, 0, 4, 4, 2, 1, 2, 4, 3, 0, 3, 4];
        for indices in [fan, turned] {
            let mut canvas = canvas(TextureOptions::NEAREST);
            drawn(&mut canvas, &corners, &indices, half);
            let once = Color32::from_rgba_premultiplied(100, 100, 100, 255);
            assert!(canvas.pixels.iter().all(|&pixel| pixel == once));
        }
    }

    #[test]
    fn a_pixel_is_inside_if_its_centre_is() {
        let mut canvas = canvas(TextureOptions::NEAREST);
        let corners = [[1.6, 1.0], [4.4, 1.0], [4.4, 3.0], [1.6, 3.0]];
        drawn(&mut canvas, &corners, &[0, 1, 2, 0, 2, 3], Color32::WHITE);
        let lit = |row: usize| {
            let pixels = &canvas.pixels[8 * row..8 * row + 8];
            pixels
                .iter()
                .map(|&pixel| pixel == Color32::WHITE)
                .collect::<Vec<_>>()
        };
        let expected = [false, false, true, true, false, false, false, false];
        assert_eq!([lit(1), lit(2)], [expected; 2]);
        assert_eq!([lit(0), lit(3)], [[false; 8]; 2]);
    }

    #[test]
    fn textures_are_mixed_only_where_they_are_to_be() {
        let of = |options| canvas(options).textures[&WHITE].sample(pos2(0.51, 0.5))[0];
        assert_eq!(of(TextureOptions::NEAREST), 0.0);
        assert!((of(TextureOptions::LINEAR) - 122.4).abs() < 0.01);
    }

    #[test]
    fn a_part_of_a_texture_can_change() {
        let mut canvas = canvas(TextureOptions::NEAREST);
        let mut delta = TexturesDelta::default();
        let change = ImageDelta {
            image: ImageData::Color(Arc::new(ColorImage::new([1, 1], vec![Color32::RED]))),
            options: TextureOptions::NEAREST,
            pos: Some([1, 0]),
        };
        delta.set.entry(WHITE).or_default().push(change);
        canvas.take(&delta);
        delta.clear();
        assert_eq!(
            canvas.textures[&WHITE].pixels,
            [Color32::WHITE, Color32::RED]
        );
    }
}
