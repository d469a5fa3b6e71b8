//! What a frame looks like, pixel by pixel, for tests: the triangles filled in as a graphics driver would.

use std::collections::HashMap;

use eframe::egui::epaint::{ClippedShape, Primitive, Vertex};
use eframe::egui::{
    Color32, ColorImage, Context, ImageData, Pos2, RawInput, Rect, TextureId, Ui, Vec2,
};

/// Runs a frame of so many pixels, a point each: what it paints, and the textures it sends.
pub fn frame(
    ctx: &Context,
    size: [usize; 2],
    mut draw: impl FnMut(&mut Ui),
) -> (Vec<ClippedShape>, HashMap<TextureId, ColorImage>) {
    let input = RawInput {
        screen_rect: Some(Rect::from_min_size(
            Pos2::ZERO,
            Vec2::from(size.map(|pixels| pixels as f32)),
        )),
        ..RawInput::default()
    };
    let mut output = ctx.run_ui(input, |ui| draw(ui));
    let mut textures = HashMap::new();
    for (&id, changes) in &output.textures_delta.set {
        for change in changes {
            let ImageData::Color(image) = &change.image;
            assert!(change.pos.is_none(), "whole textures are sent");
            textures.insert(id, ColorImage::clone(image));
        }
    }
    output.textures_delta.clear();
    (std::mem::take(&mut output.shapes), textures)
}

/// Runs a first frame, and draws it on black.
pub fn picture(ctx: &Context, size: [usize; 2], draw: impl FnMut(&mut Ui)) -> ColorImage {
    let (shapes, textures) = frame(ctx, size, draw);
    let mut seen = vec![[0.0; 3]; size[0] * size[1]];
    for part in ctx.tessellate(shapes, 1.0) {
        let Primitive::Mesh(mesh) = part.primitive else {
            continue;
        };
        let texture = &textures[&mesh.texture_id];
        for corners in mesh.indices.chunks(3) {
            let corners = [0, 1, 2].map(|k| mesh.vertices[corners[k] as usize]);
            fill(&mut seen, size, part.clip_rect, corners, texture);
        }
    }
    let pixels = seen.iter().map(|color| {
        let [red, green, blue] = color.map(|part| part.round() as u8);
        Color32::from_rgb(red, green, blue)
    });
    ColorImage::new(size, pixels.collect())
}

/// Blends a triangle over what is there, at all pixels whose middle is in it.
fn fill(
    seen: &mut [[f32; 3]],
    size: [usize; 2],
    clip: Rect,
    corners: [Vertex; 3],
    texture: &ColorImage,
) {
    let [a, b, c] = corners.map(|corner| corner.pos);
    let area = (b - a).rot90().dot(c - a);
    if area == 0.0 {
        return;
    }
    let bounds = Rect::from_points(&[a, b, c]).intersect(clip);
    let range = |from: f32, to: f32, count: usize| {
        (from.floor().max(0.0) as usize)..(to.ceil().max(0.0) as usize).min(count)
    };
    for row in range(bounds.top(), bounds.bottom(), size[1]) {
        for column in range(bounds.left(), bounds.right(), size[0]) {
            let at = Pos2::new(column as f32 + 0.5, row as f32 + 0.5);
            let shares = [(b, c), (c, a), (a, b)]
                .map(|(from, to)| (to - from).rot90().dot(at - from) / area);
            if !clip.contains(at) || shares.iter().any(|&share| share < 0.0) {
                continue;
            }
            let mixed = |of: &dyn Fn(&Vertex) -> f32| -> f32 {
                corners
                    .iter()
                    .zip(shares)
                    .map(|(corner, share)| share * of(corner))
                    .sum()
            };
            let texel = |part: f32, count: usize| {
                ((part * count as f32).floor().max(0.0) as usize).min(count - 1)
            };
            let [width, height] = texture.size;
            let place =
                texel(mixed(&|v| v.uv.y), height) * width + texel(mixed(&|v| v.uv.x), width);
            let texel = texture.pixels[place].to_array();
            let color = [0, 1, 2, 3].map(|part| {
                mixed(&|v| f32::from(v.color.to_array()[part])) * f32::from(texel[part]) / 255.0
            });
            let below = &mut seen[row * size[0] + column];
            for (part, below) in below.iter_mut().enumerate() {
                *below = color[part] + *below * (1.0 - color[3] / 255.0);
            }
        }
    }
}

/// Where two pictures differ, at a few places.
pub fn differences(a: &ColorImage, b: &ColorImage) -> Vec<String> {
    assert_eq!(a.size, b.size);
    let pairs = a.pixels.iter().zip(&b.pixels).enumerate();
    let different = pairs.filter(|(_, (a, b))| a != b);
    let said = different.map(|(at, (left, right))| {
        format!(
            "({}, {}): {left:?} {right:?}",
            at % a.size[0],
            at / a.size[0]
        )
    });
    said.take(8).collect()
}
