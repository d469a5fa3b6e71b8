//! Many lines over time as one picture: a texture, of which a frame draws one rectangle, however many lines there are.
//!
//! Hundreds of lines of thousands of points each would be millions of triangles in every frame. Here each line is laid into
//! the pixels once, with soft edges; where lines are many each is faint, and dark is where many run. It is made anew only when
//! the values, the scale, the size or the colour change.

use std::collections::HashMap;
use std::ops::Range;

use eframe::egui::{
    Color32, ColorImage, Id, Painter, Rect, TextureHandle, TextureOptions, pos2, vec2,
};
use ndarray::ArrayView2;

use super::time_axis::TimeAxis;

/// The width of a line, in pixels.
const WIDTH: f32 = 1.3;

/// How much of their colour lines keep that step back.
const BEHIND: f32 = 0.4;

/// Above so many lines the values at the end of what is revealed have no dots.
const MOST_DOTS: usize = 64;

/// Lines to paint, one for each unit.
pub struct LineField<'a> {
    /// What tells them from others of the same [`LineFields`].
    pub id: Id,
    /// The values as `[time, units]`.
    pub values: ArrayView2<'a, f64>,
    /// A number that changes whenever the values do.
    pub version: u64,
    /// The values at the lower and at the upper edge.
    pub range: [f64; 2],
    /// How far these lie from the edges, so that a line there is seen whole, in points.
    pub inset: f32,
    /// The colour of a line where it is not faint.
    pub color: Color32,
    /// Whether the lines step back behind one that is drawn over them.
    pub is_behind: bool,
    /// The columns the cursor has revealed.
    pub revealed: Range<usize>,
    /// The one of them that was revealed last.
    pub newest: Option<usize>,
}

/// What a view keeps of its lines from frame to frame.
#[derive(Default)]
pub struct LineFields {
    entries: HashMap<Id, Entry>,
    rebuilt: u64,
}

struct Entry {
    key: Key,
    texture: TextureHandle,
    last_used: u64,
}

#[derive(Clone, Copy, PartialEq)]
struct Key {
    version: u64,
    size: [usize; 2],
    left: f32,
    column: f32,
    inset: f32,
    range: [f64; 2],
    color: Color32,
}

impl LineFields {
    /// How many times pixels were computed anew.
    pub fn rebuilt(&self) -> u64 {
        self.rebuilt
    }
}

/// The height of a value above the upper edge of `rect`.
pub fn y_of(value: f64, [low, high]: [f64; 2], rect: Rect) -> f32 {
    let part = match high > low {
        true => (value - low) / (high - low),
        // All zeros have no range.
        false => 0.5,
    };
    rect.bottom() - part.clamp(-0.5, 1.5) as f32 * rect.height()
}

impl LineField<'_> {
    /// Paints what is revealed of the lines into `rect`, at the columns of `axis`.
    pub fn paint(&self, painter: &Painter, kept: &mut LineFields, rect: Rect, axis: &TimeAxis) {
        let steps = self.values.nrows().min(axis.steps);
        let revealed = self.revealed.start.min(steps)..self.revealed.end.min(steps);
        if revealed.is_empty() || !rect.is_positive() {
            return;
        }
        let scale = painter.pixels_per_point();
        // Whole pixels, so that none is drawn between two.
        let from = (rect.min * scale).floor();
        let to = (rect.max.to_vec2() * scale).ceil();
        let ctx = painter.ctx();
        let largest = ctx.input(|input| input.max_texture_side).max(1);
        let size = [to.x - from.x, to.y - from.y].map(|side| (side.max(1.0) as usize).min(largest));
        let key = Key {
            version: self.version,
            size,
            left: axis.left * scale - from.x,
            column: axis.column_width() * scale,
            inset: self.inset * scale,
            range: self.range,
            color: self.color,
        };
        let now = ctx.cumulative_pass_nr();
        kept.entries
            .retain(|id, entry| *id == self.id || entry.last_used + 120 >= now);
        let known = kept.entries.remove(&self.id);
        let texture = match known {
            Some(entry) if entry.key == key => entry.texture,
            other => {
                kept.rebuilt += 1;
                let shifted = rect.translate(-(from / scale).to_vec2());
                let inside = Rect::from_min_max(shifted.min * scale, shifted.max * scale);
                let inside = inside.shrink2(vec2(0.0, key.inset));
                let image = self.pixels(&key, steps, inside);
                match other {
                    Some(mut entry) => {
                        entry.texture.set(image, TextureOptions::NEAREST);
                        entry.texture
                    }
                    None => ctx.load_texture("lines", image, TextureOptions::NEAREST),
                }
            }
        };
        // A line reaches to the middle of the last column that is revealed, and no further.
        let pixel = 1.0 / scale;
        let seen = [
            axis.x_of(revealed.start) - pixel,
            axis.x_of(revealed.end - 1) + pixel,
        ];
        let clip = Rect::from_x_y_ranges(seen[0]..=seen[1], rect.y_range());
        let clip = clip.intersect(painter.clip_rect());
        let place = Rect::from_min_size(
            pos2(from.x / scale, from.y / scale),
            vec2(to.x - from.x, to.y - from.y) / scale,
        );
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        let clipped = painter.with_clip_rect(clip);
        let tint = Color32::WHITE.gamma_multiply(if self.is_behind { BEHIND } else { 1.0 });
        clipped.image(texture.id(), place, whole, tint);
        kept.entries.insert(
            self.id,
            Entry {
                key,
                texture,
                last_used: now,
            },
        );
        self.paint_newest(painter, rect, axis, revealed);
    }

    /// The values that were revealed last, as dots: a line begins with two of them.
    fn paint_newest(&self, painter: &Painter, rect: Rect, axis: &TimeAxis, revealed: Range<usize>) {
        let newest = self.newest.filter(|t| revealed.contains(t));
        let Some(step) = newest.filter(|_| self.values.ncols() <= MOST_DOTS || revealed.len() == 1)
        else {
            return;
        };
        let inside = rect.shrink2(vec2(0.0, self.inset));
        let color = match self.is_behind {
            true => self.color.gamma_multiply(BEHIND),
            false => self.color,
        };
        let radius = (0.25 * axis.column_width()).clamp(1.0, 2.0);
        for value in self.values.row(step).iter().filter(|it| it.is_finite()) {
            let at = pos2(axis.x_of(step), y_of(*value, self.range, inside));
            painter.circle_filled(at, radius, color);
        }
    }

    /// The picture of all lines. `inside` is where their range lies in it.
    fn pixels(&self, key: &Key, steps: usize, inside: Rect) -> ColorImage {
        let [width, height] = key.size;
        let units = self.values.ncols();
        // A few lines are almost solid; of many each is faint, but never so that one alone cannot be seen.
        let strength = (14.0 / units.max(1) as f32).clamp(0.1, 0.85);
        let mut cover = vec![0.0_f32; width * height];
        let mut spans = vec![(f32::INFINITY, f32::NEG_INFINITY); width];
        for unit in 0..units {
            spans.fill((f32::INFINITY, f32::NEG_INFINITY));
            let line = self.values.column(unit);
            let line = line.iter().take(steps).copied();
            span_columns(&mut spans, line, |t, value| {
                let x = key.left + (t as f32 + 0.5) * key.column;
                (x, y_of(value, self.range, inside))
            });
            for (column, &(low, high)) in spans.iter().enumerate() {
                if low > high {
                    continue;
                }
                let (low, high) = (low - 0.5 * WIDTH, high + 0.5 * WIDTH);
                let rows = low.max(0.0) as usize..(high.max(0.0).ceil() as usize).min(height);
                for row in rows {
                    let covered = (high.min(row as f32 + 1.0) - low.max(row as f32)).max(0.0);
                    let pixel = &mut cover[row * width + column];
                    *pixel += (1.0 - *pixel) * strength * covered.min(1.0);
                }
            }
        }
        let pixels = cover
            .into_iter()
            .map(|part| self.color.gamma_multiply(part));
        ColorImage::new([width, height], pixels.collect())
    }
}

/// For every pixel column from where to where a line runs in it. What is not finite is a gap.
fn span_columns(
    spans: &mut [(f32, f32)],
    line: impl Iterator<Item = f64>,
    place: impl Fn(usize, f64) -> (f32, f32),
) {
    let width = spans.len() as f32;
    let mut widen = |column: usize, y: f32| {
        if let Some((low, high)) = spans.get_mut(column) {
            (*low, *high) = (low.min(y), high.max(y));
        }
    };
    let mut before: Option<(f32, f32)> = None;
    for (t, value) in line.enumerate() {
        let now = value.is_finite().then(|| place(t, value));
        if let (Some((x, y)), Some((to_x, to_y))) = (before, now)
            && to_x > 0.0
            && x < width
        {
            let slope = (to_y - y) / (to_x - x).max(1e-6);
            let columns = x.max(0.0) as usize..=to_x.min(width - 1.0).max(0.0) as usize;
            for column in columns {
                let ends = [column as f32, column as f32 + 1.0];
                for end in ends {
                    widen(column, y + slope * (end.clamp(x, to_x) - x));
                }
            }
        }
        before = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    fn field(values: &Array2<f64>) -> LineField<'_> {
        LineField {
            id: Id::unique("test"),
            values: values.view(),
            version: 0,
            range: [0.0, 1.0],
            inset: 0.0,
            color: Color32::BLACK,
            is_behind: false,
            revealed: 0..values.nrows(),
            newest: None,
        }
    }

    /// The mean height, from the bottom, at which a pixel column is covered.
    fn height(image: &ColorImage, column: usize) -> Option<f32> {
        let [width, height] = image.size;
        let alpha = |row: usize| f32::from(image.pixels[row * width + column].a());
        let sum: f32 = (0..height).map(alpha).sum();
        let moment = (0..height).map(|row| alpha(row) * (height as f32 - row as f32 - 0.5));
        (sum > 0.0).then(|| moment.sum::<f32>() / sum / height as f32)
    }

    fn picture(values: &Array2<f64>, [width, height]: [usize; 2]) -> ColorImage {
        let key = Key {
            version: 0,
            size: [width, height],
            left: 0.0,
            column: width as f32 / values.nrows() as f32,
            inset: 0.0,
            range: [0.0, 1.0],
            color: Color32::BLACK,
        };
        let inside = Rect::from_min_size(pos2(0.0, 0.0), vec2(width as f32, height as f32));
        field(values).pixels(&key, values.nrows(), inside)
    }

    #[test]
    fn a_line_runs_through_its_values() {
        let values = Array2::from_shape_fn((5, 1), |(t, _)| [0.2, 0.8, 0.5, 0.5, 0.3][t]);
        let image = picture(&values, [200, 100]);
        for t in 0..5 {
            let found = height(&image, 40 * t + 20).unwrap();
            assert!((found - values[[t, 0]] as f32).abs() < 0.02, "{t}: {found}");
        }
        let between = height(&image, 40).unwrap();
        assert!((between - 0.5).abs() < 0.02, "half-way: {between}");
        assert_eq!(height(&image, 10), None, "nothing before the first step");
    }

    #[test]
    fn a_gap_stays_a_gap_and_nothing_wild_is_drawn() {
        let values = Array2::from_shape_fn((5, 1), |(t, _)| [0.2, f64::NAN, 0.5, 9.0, -1e300][t]);
        let image = picture(&values, [200, 100]);
        assert_eq!(height(&image, 60), None);
        assert_eq!(height(&image, 40), None);
        assert!(height(&image, 101).is_some());
    }

    #[test]
    fn of_more_steps_than_pixels_every_extreme_is_seen() {
        let values = Array2::from_shape_fn((1000, 1), |(t, _)| if t == 333 { 1.0 } else { 0.0 });
        let image = picture(&values, [50, 40]);
        let high: Vec<usize> = (0..50)
            .filter(|&column| image.pixels[5 * 50 + column].a() > 0)
            .collect();
        assert_eq!(high, [16]);
    }

    #[test]
    fn many_lines_add_up() {
        let one = picture(&Array2::from_elem((3, 300), 0.5), [30, 20]);
        let row = |image: &ColorImage| image.pixels[10 * 30 + 15].a();
        assert!(row(&one) > 240, "all in one place: {}", row(&one));
        let apart = Array2::from_shape_fn((3, 300), |(_, unit)| unit as f64 / 299.0);
        let apart = picture(&apart, [30, 3000]);
        let strongest = apart.pixels.iter().map(Color32::a).max().unwrap();
        assert!((20..80).contains(&strongest), "each is faint: {strongest}");
    }
}
