//! Values as colours in a texture, so that a frame draws a few rectangles instead of one for each value.
//!
//! A texture has a texel per value, or, where values are smaller than pixels, one per pixel, which shows the one of its values
//! that [stands out](Outlier): a single spike among thousands of steps is seen. It is made anew only when the values, their scale,
//! its size or the theme change.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use eframe::egui::{
    Color32, ColorImage, Context, Id, Pos2, Rect, TextureHandle, TextureId, TextureOptions, pos2,
};
use ndarray::ArrayView2;

use super::colormap::Shades;
use crate::nn::Outlier;

/// How a value becomes a colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum HeatMapKind {
    /// −max_abs … max_abs, diverging around zero.
    Signed {
        /// The magnitude drawn in full strength.
        max_abs: f64,
    },
    /// 0 … 1, such as a gate.
    Unit,
}

impl HeatMapKind {
    /// The smallest and the largest value with a colour of its own.
    pub fn ends(self) -> [f64; 2] {
        match self {
            HeatMapKind::Unit => [0.0, 1.0],
            HeatMapKind::Signed { max_abs } => [-max_abs, max_abs],
        }
    }

    /// The colour of `value`.
    pub fn color(self, value: f64, dark: bool) -> Color32 {
        self.scale(dark).color(value)
    }

    /// The scale in a theme, for many values.
    fn scale(self, dark: bool) -> Scale {
        let (shades, full) = match self {
            HeatMapKind::Unit => (Shades::sequential(dark), 1.0),
            // All zeros have no largest magnitude; zero must still be drawn as zero.
            HeatMapKind::Signed { max_abs } if max_abs > 0.0 => (Shades::diverging(dark), max_abs),
            HeatMapKind::Signed { .. } => (Shades::diverging(dark), 1.0),
        };
        Scale { shades, full }
    }
}

/// A [`HeatMapKind`] in a theme.
#[derive(Clone, Copy)]
struct Scale {
    shades: Shades,
    /// The value that has the strongest colour.
    full: f64,
}

impl Scale {
    #[inline]
    fn color(self, value: f64) -> Color32 {
        self.shades.color(value / self.full)
    }
}

/// Which entries of an axis have a texel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Texels {
    /// The entry that the axis begins with; there may be others before.
    first: usize,
    entries: usize,
    texels: usize,
    each: Each,
}

/// What a texel stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Each {
    /// An equal share of the entries.
    Part,
    /// A pixel: the entries that begin in it.
    Pixel {
        /// How far into the first pixel the axis begins.
        offset: f32,
        /// How many pixels long it is.
        length: f32,
    },
}

impl Texels {
    /// For an axis from one place to another in pixels: a texel for each entry, or for each pixel if they are fewer.
    pub fn of_pixels(entries: usize, from: f32, to: f32) -> Self {
        let pixels = (to.ceil() - from.floor()).max(1.0) as usize;
        if pixels >= entries {
            return Self::of_parts(entries, entries);
        }
        Self {
            first: 0,
            entries,
            texels: pixels,
            each: Each::Pixel {
                offset: from - from.floor(),
                length: to - from,
            },
        }
    }

    /// So many texels, or one for each entry if they are fewer.
    pub fn of_parts(entries: usize, parts: usize) -> Self {
        Self {
            first: 0,
            entries,
            texels: entries.min(parts.max(1)),
            each: Each::Part,
        }
    }

    /// The same for entries that begin with this one.
    pub fn beginning(self, first: usize) -> Self {
        Self { first, ..self }
    }

    /// How many texels there are.
    pub fn count(self) -> usize {
        self.texels
    }

    /// The entries that a texel stands for, at least one; each entry has a texel.
    pub fn entries(self, texel: usize) -> Range<usize> {
        let (from, to) = (self.begin(texel), self.begin(texel + 1));
        // At an edge of the axis a texel may be less of a pixel than any entry is long.
        let from = from.min(self.entries.saturating_sub(1));
        self.first + from..self.first + to.max(from + 1)
    }

    /// The entry in a texel's middle.
    pub fn middle(self, texel: usize) -> usize {
        let entries = self.entries(texel);
        entries.start + entries.len() / 2
    }

    /// The first entry that is not in the texels before.
    fn begin(self, texel: usize) -> usize {
        match self.each {
            _ if texel >= self.texels => self.entries,
            Each::Part => texel * self.entries / self.texels,
            Each::Pixel { offset, length } => {
                let part = (texel as f64 - f64::from(offset)) / f64::from(length);
                ((part * self.entries as f64).max(0.0).ceil() as usize).min(self.entries)
            }
        }
    }

    /// Where among all texels a place lies, as a part of their length, that is a part of the axis from its beginning.
    pub fn place(self, part: f32) -> f32 {
        match self.each {
            Each::Part => part,
            Each::Pixel { offset, length } => (offset + part * length) / self.texels as f32,
        }
    }

    /// No more than a texture can have.
    fn at_most(self, largest: usize) -> Self {
        if self.texels <= largest {
            return self;
        }
        Self::of_parts(self.entries, largest).beginning(self.first)
    }
}

/// Values to be drawn.
pub struct Values<'a> {
    /// What tells them from the others of the same [`ValueTextures`].
    pub id: Id,
    /// The values as `[time, units]`.
    pub values: ArrayView2<'a, f64>,
    /// A number that changes whenever the values do.
    pub version: u64,
    /// How values become colours.
    pub kind: HeatMapKind,
    /// Which steps have a texel; they run across.
    pub steps: Texels,
    /// Which units have a texel; they run down.
    pub units: Texels,
    /// In which order units run down, each once; as they are numbered if `None`.
    pub order: Option<&'a [usize]>,
}

/// A texture of values, with a row of white below them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueTexture {
    /// The texture.
    pub id: TextureId,
    steps: Texels,
    units: Texels,
}

impl ValueTexture {
    /// Where the values of all units lie from one part of the time axis to another.
    pub fn values(self, [from, to]: [f32; 2]) -> Rect {
        let rows = self.units.count() as f32;
        let down = |part| self.units.place(part) * rows / (rows + 1.0);
        Rect::from_min_max(
            pos2(self.steps.place(from), down(0.0)),
            pos2(self.steps.place(to), down(1.0)),
        )
    }

    /// Where the values of all units lie at the middle of a texel of the time axis.
    pub fn step(self, texel: usize) -> Rect {
        let across = (texel as f32 + 0.5) / self.steps.count() as f32;
        let mut place = self.values([0.0, 1.0]);
        (place.min.x, place.max.x) = (across, across);
        place
    }

    /// A place that is white: what is drawn in colours of its own can be in one mesh with the values.
    pub fn white(self) -> Pos2 {
        let rows = self.units.count() as f32;
        pos2(0.5, (rows + 0.5) / (rows + 1.0))
    }
}

/// The textures of a view; the view keeps it from frame to frame.
#[derive(Default)]
pub struct ValueTextures {
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
    steps: Texels,
    units: Texels,
    /// A digest of the order.
    order: Option<u64>,
    scale: Option<u64>,
    dark: bool,
}

impl ValueTextures {
    /// How many textures are kept.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many times colours were computed anew.
    pub fn rebuilt(&self) -> u64 {
        self.rebuilt
    }

    /// Whether nothing was drawn yet.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The texture of these values; `None` if there are none.
    pub fn get(&mut self, ctx: &Context, dark: bool, of: &Values<'_>) -> Option<ValueTexture> {
        // The last row is white.
        let largest = ctx.input(|input| input.max_texture_side).max(2) - 1;
        let (steps, units) = (of.steps.at_most(largest), of.units.at_most(largest));
        if steps.count() == 0 || units.count() == 0 {
            return None;
        }
        let key = Key {
            version: of.version,
            steps,
            units,
            order: of.order.map(|order| {
                let mut digest = DefaultHasher::new();
                order.hash(&mut digest);
                digest.finish()
            }),
            scale: match of.kind {
                HeatMapKind::Unit => None,
                HeatMapKind::Signed { max_abs } => Some(max_abs.to_bits()),
            },
            dark,
        };
        let now = ctx.cumulative_pass_nr();
        // What was not drawn lately belongs to a model or pane that is gone.
        self.entries
            .retain(|id, entry| *id == of.id || entry.last_used + 120 >= now);
        let known = self.entries.get(&of.id);
        if known.is_none_or(|entry| entry.key != key) {
            self.rebuilt += 1;
            let image = colors(of, steps, units, dark);
            let texture = match self.entries.remove(&of.id) {
                Some(mut entry) => {
                    entry.texture.set(image, TextureOptions::NEAREST);
                    entry.texture
                }
                None => ctx.load_texture("values", image, TextureOptions::NEAREST),
            };
            let entry = Entry {
                key,
                texture,
                last_used: now,
            };
            self.entries.insert(of.id, entry);
        }
        let entry = self.entries.get_mut(&of.id)?;
        entry.last_used = now;
        Some(ValueTexture {
            id: entry.texture.id(),
            steps,
            units,
        })
    }
}

/// The texels, and the white row below them.
///
/// A network of 128 units over 500 steps has half a million values on show, all new with every snapshot: none is looked at more than
/// once, in the order in which they lie in memory, and many at a time.
fn colors(of: &Values<'_>, steps: Texels, units: Texels, dark: bool) -> ColorImage {
    let (across, down) = (steps.count(), units.count());
    let mut pixels = vec![Color32::WHITE; across * (down + 1)];
    let scale = of.kind.scale(dark);
    let rows: Vec<Range<usize>> = (0..down).map(|texel| units.entries(texel)).collect();
    let lines = Lines {
        values: of.values.view(),
        order: of.order,
        units: rows[0].start..rows[down - 1].end,
    };
    let mut column_of = Column::new(lines.units.len());
    for column in 0..across {
        let of_steps = steps.entries(column);
        column_of.begin(&lines, of_steps.start);
        for step in of_steps.start + 1..of_steps.end {
            column_of.add(&lines, step);
        }
        for (row, of_units) in rows.iter().enumerate() {
            let of_units = of_units.start - lines.units.start..of_units.end - lines.units.start;
            let known = column_of.outlier(of_units.clone(), of_steps.len());
            let value = known.unwrap_or_else(|| lines.outlier(of_units, of_steps.clone()));
            pixels[row * across + column] = scale.color(value);
        }
    }
    ColorImage::new([across, down + 1], pixels)
}

/// The values step by step, as their units run down.
struct Lines<'a> {
    /// The values as `[time, units]`.
    values: ArrayView2<'a, f64>,
    order: Option<&'a [usize]>,
    /// The rows of the units.
    units: Range<usize>,
}

impl Lines<'_> {
    /// The values of a step, if they lie so in memory.
    fn run(&self, step: usize) -> Option<&[f64]> {
        if self.order.is_some() {
            return None;
        }
        self.values.row(step).to_slice()?.get(self.units.clone())
    }

    /// The value of a row, counted from the first one, at a step; what there is no unit for is no number.
    fn value(&self, row: usize, step: usize) -> f64 {
        let row = self.units.start + row;
        let unit = self
            .order
            .map_or(Some(row), |order| order.get(row).copied());
        let value = unit.and_then(|unit| self.values.get([step, unit]));
        value.copied().unwrap_or(f64::NAN)
    }

    /// The value that stands out among some of any kind.
    fn outlier(&self, rows: Range<usize>, steps: Range<usize>) -> f64 {
        let values = steps.flat_map(|step| rows.clone().map(move |row| self.value(row, step)));
        values.collect::<Outlier>().value()
    }
}

/// Of each row's values at the steps of a column the smallest, the largest and the sum.
struct Column {
    low: Vec<f64>,
    high: Vec<f64>,
    sum: Vec<f64>,
    /// A step that does not lie in memory as it is wanted.
    gathered: Vec<f64>,
}

impl Column {
    fn new(rows: usize) -> Self {
        let [low, high, sum, gathered] = std::array::from_fn(|_| vec![0.0; rows]);
        Self {
            low,
            high,
            sum,
            gathered,
        }
    }

    /// Takes a first step.
    fn begin(&mut self, lines: &Lines<'_>, step: usize) {
        match lines.run(step) {
            Some(run) => self.sum.copy_from_slice(run),
            None => fill(&mut self.sum, lines, step),
        }
        self.low.copy_from_slice(&self.sum);
        self.high.copy_from_slice(&self.sum);
    }

    /// Takes one more.
    fn add(&mut self, lines: &Lines<'_>, step: usize) {
        let run = match lines.run(step) {
            Some(run) => run,
            None => {
                fill(&mut self.gathered, lines, step);
                &self.gathered
            }
        };
        // Three loops, each of which works on several values at once.
        for (low, &value) in self.low.iter_mut().zip(run) {
            *low = if value < *low { value } else { *low };
        }
        for (high, &value) in self.high.iter_mut().zip(run) {
            *high = if value > *high { value } else { *high };
        }
        for (sum, &value) in self.sum.iter_mut().zip(run) {
            *sum += value;
        }
    }

    /// The value of these rows that stands out; `None` if that cannot be told from what was kept.
    fn outlier(&self, rows: Range<usize>, steps: usize) -> Option<f64> {
        let (low, high) = (&self.low[rows.clone()], &self.high[rows.clone()]);
        let sum: f64 = self.sum[rows].iter().sum();
        let count = low.len() * steps;
        if count == 1 {
            return Some(sum);
        }
        let smaller = |a: f64, &b: &f64| if b < a { b } else { a };
        let larger = |a: f64, &b: &f64| if b > a { b } else { a };
        let low = low.iter().fold(f64::INFINITY, smaller);
        let high = high.iter().fold(f64::NEG_INFINITY, larger);
        Outlier::among([low, high], sum, count)
    }
}

fn fill(line: &mut [f64], lines: &Lines<'_>, step: usize) {
    for (row, value) in line.iter_mut().enumerate() {
        *value = lines.value(row, step);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    /// Kinds of axes: with more pixels than entries and fewer, beginning in a pixel and on its edge.
    fn axes() -> Vec<Texels> {
        let mut axes = vec![
            Texels::of_parts(5, 3),
            Texels::of_parts(3, 3).beginning(7),
            Texels::of_pixels(12, 7.0, 10.0).beginning(5),
            Texels::of_parts(12, 12).beginning(5).at_most(3),
        ];
        for entries in [1, 4, 12, 100, 101, 10_000] {
            for (from, to) in [
                (0.0, 100.0),
                (7.0, 10.0),
                (7.5, 10.5),
                (3.9, 101.1),
                (0.2, 0.7),
            ] {
                axes.push(Texels::of_pixels(entries, from, to));
            }
        }
        axes
    }

    #[test]
    fn a_texel_per_value_or_per_pixel_whichever_are_fewer() {
        let all = |texels: Texels| -> Vec<Range<usize>> {
            (0..texels.count())
                .map(|texel| texels.entries(texel))
                .collect()
        };
        assert_eq!(
            all(Texels::of_pixels(4, 0.0, 100.0)),
            [0..1, 1..2, 2..3, 3..4]
        );
        assert_eq!(all(Texels::of_parts(4, 100)), [0..1, 1..2, 2..3, 3..4]);
        // Three pixels over twelve entries: each four high.
        assert_eq!(all(Texels::of_pixels(12, 7.0, 10.0)), [0..4, 4..8, 8..12]);
        // Half a pixel further there are half as many in the first and the last.
        assert_eq!(
            all(Texels::of_pixels(12, 7.5, 10.5)),
            [0..2, 2..6, 6..10, 10..12]
        );
        assert_eq!(all(Texels::of_parts(12, 3)), [0..4, 4..8, 8..12]);
        assert_eq!(all(Texels::of_parts(5, 3)), [0..1, 1..3, 3..5]);
        assert!(all(Texels::of_pixels(0, 0.0, 3.0)).is_empty());
        assert_eq!(
            all(Texels::of_parts(3, 3).beginning(7)),
            [7..8, 8..9, 9..10]
        );
        assert_eq!(
            all(Texels::of_parts(12, 12).beginning(5).at_most(3)),
            [5..9, 9..13, 13..17]
        );
        assert_eq!(Texels::of_parts(12, 3).middle(1), 6);
    }

    #[test]
    fn no_entry_is_without_a_texel_and_no_texel_without_an_entry() {
        for axis in axes() {
            let mut next = axis.first;
            for texel in 0..axis.count() {
                let entries = axis.entries(texel);
                assert!(
                    entries.start <= next && next <= entries.end,
                    "{axis:?} {texel}"
                );
                assert!(!entries.is_empty() && entries.contains(&axis.middle(texel)));
                next = entries.end;
            }
            assert_eq!(next, axis.first + axis.entries, "{axis:?}");
        }
    }

    #[test]
    fn every_texel_has_the_colour_of_the_value_that_stands_out_in_it() {
        let values = Array2::from_shape_fn((7, 12), |(t, unit)| (t as f64 - unit as f64) / 12.0);
        for kind in [HeatMapKind::Unit, HeatMapKind::Signed { max_abs: 0.5 }] {
            for (steps, units) in [(7.0, 12), (7.0, 3), (2.0, 12), (2.0, 5)] {
                let steps = Texels::of_pixels(7, 0.0, steps);
                let units = Texels::of_parts(12, units);
                let of = Values {
                    id: Id::unique("test"),
                    values: values.view(),
                    version: 0,
                    kind,
                    steps,
                    units,
                    order: None,
                };
                let image = colors(&of, steps, units, true);
                let [across, down] = [steps.count(), units.count()];
                assert_eq!(image.size, [across, down + 1]);
                for (at, &color) in image.pixels.iter().enumerate() {
                    let (row, column) = (at / across, at % across);
                    let expected = match row < down {
                        true => {
                            let all = values
                                .slice(ndarray::s![steps.entries(column), units.entries(row)]);
                            kind.color(all.iter().copied().collect::<Outlier>().value(), true)
                        }
                        false => Color32::WHITE,
                    };
                    assert_eq!(color, expected, "{row} {column}");
                }
            }
        }
    }

    /// As wide as a window, as low as a row of many.
    #[test]
    fn a_single_spike_among_ten_thousand_steps_and_many_units_is_seen() {
        let (steps, units) = (
            Texels::of_pixels(10_000, 96.3, 1_263.8),
            Texels::of_parts(128, 20),
        );
        for (kind, usual, spike) in [
            (HeatMapKind::Unit, 0.98, 0.03),
            (HeatMapKind::Unit, 0.5, 0.9),
            (HeatMapKind::Signed { max_abs: 1.0 }, 0.01, -1.0),
        ] {
            for (t, unit) in [(0, 0), (1, 127), (4_321, 77), (9_998, 3), (9_999, 127)] {
                let mut values = Array2::from_elem((10_000, 128), usual);
                values[[t, unit]] = spike;
                let of = Values {
                    id: Id::unique("test"),
                    values: values.view(),
                    version: 0,
                    kind,
                    steps,
                    units,
                    order: None,
                };
                let image = colors(&of, steps, units, false);
                let wanted = kind.color(spike, false);
                let seen = image.pixels.iter().take(steps.count() * units.count());
                assert_eq!(
                    seen.filter(|&&color| color == wanted).count(),
                    1,
                    "{t} {unit}"
                );
            }
        }
    }

    /// The fast road over a step's values and the one through an order colour alike.
    #[test]
    fn an_order_that_changes_nothing_changes_no_colour() {
        let mut values =
            Array2::from_shape_fn((9, 12), |(t, unit)| (t * 7 + unit * 5) as f64 % 11.0 - 5.0);
        values[[3, 4]] = f64::NAN;
        values[[6, 1]] = f64::INFINITY;
        let across = values.t().to_owned();
        let order: Vec<usize> = (0..12).collect();
        for (steps, units) in [(9.0, 12), (9.0, 5), (4.0, 12), (4.0, 5)] {
            let image = |values, order| {
                let of = Values {
                    id: Id::unique("test"),
                    values,
                    version: 0,
                    kind: HeatMapKind::Signed { max_abs: 5.0 },
                    steps: Texels::of_pixels(7, 0.0, steps).beginning(1),
                    units: Texels::of_parts(9, units).beginning(2),
                    order,
                };
                colors(&of, of.steps, of.units, false).pixels
            };
            let expected = image(values.view(), None);
            assert_eq!(image(values.view(), Some(&order)), expected);
            // Laid out the other way round in memory.
            assert_eq!(image(across.t(), None), expected);
        }
    }

    #[test]
    fn rows_stand_in_their_order() {
        let values = Array2::from_shape_fn((3, 4), |(t, unit)| t as f64 * 0.1 + unit as f64 * 0.2);
        let order = [2, 0, 3, 1];
        let of = Values {
            id: Id::unique("test"),
            values: values.view(),
            version: 0,
            kind: HeatMapKind::Unit,
            steps: Texels::of_parts(3, 3),
            units: Texels::of_parts(4, 4),
            order: Some(&order),
        };
        let image = colors(&of, of.steps, of.units, false);
        for (row, unit) in order.into_iter().enumerate() {
            for t in 0..3 {
                let expected = of.kind.color(values[[t, unit]], false);
                assert_eq!(image.pixels[row * 3 + t], expected, "{row} {t}");
            }
        }
    }

    #[test]
    fn places_in_a_texture_are_in_its_values_or_in_its_white() {
        let texture = ValueTexture {
            id: TextureId::default(),
            steps: Texels::of_parts(4, 4),
            units: Texels::of_pixels(20, 0.5, 8.5),
        };
        let place = texture.values([0.25, 1.0]);
        // Nine pixels and the white one, and half a pixel is left free above and below.
        let expected = Rect::from_min_max(pos2(0.25, 0.05), pos2(1.0, 0.85));
        assert!((place.min - expected.min).length() < 1e-6, "{place:?}");
        assert!((place.max - expected.max).length() < 1e-6, "{place:?}");
        assert_eq!(texture.step(1).left(), 0.375);
        assert_eq!(texture.step(1).right(), 0.375);
        assert_eq!(texture.step(1).y_range(), place.y_range());
        assert_eq!(texture.white(), pos2(0.5, 0.95));
    }
}
