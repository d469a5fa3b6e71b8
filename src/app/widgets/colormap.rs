//! Colour scales for heat maps: gates in [0, 1] and signed values around zero.
//!
//! Both are drawn in Oklab (Ottosson 2020, "A perceptual color space for image processing"), where equal steps look equal:
//! lightness runs evenly from the page towards the strongest value, and colours that sRGB cannot show lose chroma, never
//! lightness. Zero is close to the background in both themes, so that an empty gate is quiet.

use std::sync::LazyLock;

use eframe::egui::Color32;

/// Levels of a scale; more cannot be told apart in eight bits.
const LEVELS: usize = 256;

type Table = [Color32; LEVELS];

/// A scale in one theme, looked up: what is fetched once for many values.
#[derive(Clone, Copy)]
pub struct Shades {
    /// From zero to −1 and to 1: one for each side, so that zero is one exact entry and both sides have the same steps.
    sides: [&'static Table; 2],
    not_a_number: Color32,
}

impl Shades {
    /// For values in 0 … 1 (a gate); values outside are clamped, NaN has a colour of its own.
    pub fn sequential(dark: bool) -> Self {
        static SIDES: LazyLock<[[Table; 2]; 2]> = LazyLock::new(|| {
            [false, true].map(|dark| {
                let above = table(|t| sequential_exact(t, dark));
                [[above[0]; LEVELS], above]
            })
        });
        Self::of(&SIDES, dark)
    }

    /// For values in −1 … 1: blue below zero, orange above, equally strong on both sides; NaN has a colour of its own.
    pub fn diverging(dark: bool) -> Self {
        static SIDES: LazyLock<[[Table; 2]; 2]> = LazyLock::new(|| {
            [false, true]
                .map(|dark| [-1.0, 1.0].map(|side| table(|t| diverging_exact(side * t, dark))))
        });
        Self::of(&SIDES, dark)
    }

    fn of(themes: &'static [[Table; 2]; 2], dark: bool) -> Self {
        let [below, above] = &themes[usize::from(dark)];
        Self {
            sides: [below, above],
            not_a_number: not_a_number(dark),
        }
    }

    /// The colour of a value.
    #[inline]
    pub fn color(self, t: f64) -> Color32 {
        if t.is_nan() {
            return self.not_a_number;
        }
        self.sides[usize::from(t >= 0.0)][nearest(t.abs().min(1.0) * (LEVELS - 1) as f64)]
    }
}

/// The colour of a value in 0 … 1, such as a gate.
pub fn sequential(t: f64, dark: bool) -> Color32 {
    Shades::sequential(dark).color(t)
}

/// The colour of what is not a number; no scale comes near it.
pub fn not_a_number(dark: bool) -> Color32 {
    if dark {
        Color32::from_rgb(0xb0, 0x6a, 0xa8)
    } else {
        Color32::from_rgb(0xa0, 0x5c, 0x98)
    }
}

/// The nearest level to a place among them: the same as `round`, which without SSE 4.1 is a call for every cell.
#[inline]
fn nearest(x: f64) -> usize {
    let below = x as u8;
    usize::from(below) + usize::from(x - f64::from(below) >= 0.5)
}

fn table(color: impl Fn(f64) -> Color32) -> Table {
    std::array::from_fn(|level| color(level as f64 / (LEVELS - 1) as f64))
}

/// A colour in Oklch: lightness 0 … 1, chroma, hue in degrees.
#[derive(Clone, Copy)]
struct Oklch(f64, f64, f64);

fn sequential_exact(t: f64, dark: bool) -> Color32 {
    // Lightness is evenly spaced; hue goes the short way from indigo to green.
    let anchors = if dark {
        [
            Oklch(0.24, 0.025, 265.0),
            Oklch(0.415, 0.09, 262.0),
            Oklch(0.59, 0.105, 240.0),
            Oklch(0.765, 0.11, 200.0),
            Oklch(0.94, 0.10, 155.0),
        ]
    } else {
        [
            Oklch(0.965, 0.012, 160.0),
            Oklch(0.795, 0.09, 200.0),
            Oklch(0.625, 0.11, 235.0),
            Oklch(0.455, 0.11, 258.0),
            Oklch(0.285, 0.09, 270.0),
        ]
    };
    let at = t.clamp(0.0, 1.0) * (anchors.len() - 1) as f64;
    let index = (at as usize).min(anchors.len() - 2);
    let (from, to, part) = (anchors[index], anchors[index + 1], at - index as f64);
    let mix = |a: f64, b: f64| a + (b - a) * part;
    to_srgb(Oklch(
        mix(from.0, to.0),
        mix(from.1, to.1),
        mix(from.2, to.2),
    ))
}

fn diverging_exact(t: f64, dark: bool) -> Color32 {
    let (middle, end) = if dark { (0.25, 0.80) } else { (0.965, 0.52) };
    let strength = t.abs().min(1.0);
    let hue = if t < 0.0 { 250.0 } else { 55.0 };
    // Chroma leaves zero faster than lightness: the sign is readable before the size is.
    let chroma = 0.135 * strength.powf(0.75);
    to_srgb(Oklch(middle + (end - middle) * strength, chroma, hue))
}

/// The nearest colour sRGB can show with the same lightness and hue.
fn to_srgb(color: Oklch) -> Color32 {
    let Oklch(lightness, chroma, hue) = color;
    let linear = |chroma: f64| to_linear(lightness, chroma, hue);
    let fits = |rgb: &[f64; 3]| rgb.iter().all(|part| (-1e-4..=1.0 + 1e-4).contains(part));
    let mut rgb = linear(chroma);
    if !fits(&rgb) {
        let (mut low, mut high) = (0.0, chroma);
        for _ in 0..20 {
            let middle = 0.5 * (low + high);
            if fits(&linear(middle)) {
                low = middle;
            } else {
                high = middle;
            }
        }
        rgb = linear(low);
    }
    let [red, green, blue] = rgb.map(|part| {
        let part = part.clamp(0.0, 1.0);
        let gamma = if part <= 0.003_130_8 {
            12.92 * part
        } else {
            1.055 * part.powf(1.0 / 2.4) - 0.055
        };
        (255.0 * gamma).round() as u8
    });
    Color32::from_rgb(red, green, blue)
}

/// Oklch to linear sRGB, with the matrices of Ottosson's article.
fn to_linear(lightness: f64, chroma: f64, hue: f64) -> [f64; 3] {
    let (sin, cos) = hue.to_radians().sin_cos();
    let (a, b) = (chroma * cos, chroma * sin);
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
    [
        4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
        -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
        -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::theme::Palette;

    #[test]
    fn the_nearest_level_is_that_of_round() {
        let edges = (0..LEVELS).flat_map(|level| {
            let edge = level as f64 + 0.5;
            [level as f64, edge.next_down(), edge, edge.next_up()]
        });
        for x in edges.filter(|&x| x <= (LEVELS - 1) as f64) {
            assert_eq!(nearest(x), x.round() as usize, "{x}");
        }
    }

    fn diverging(t: f64, dark: bool) -> Color32 {
        Shades::diverging(dark).color(t)
    }

    /// Oklab lightness of a colour, by the same article's inverse matrices.
    fn lightness(color: Color32) -> f64 {
        let rgba = eframe::egui::Rgba::from(color);
        let (r, g, b) = (
            f64::from(rgba.r()),
            f64::from(rgba.g()),
            f64::from(rgba.b()),
        );
        let l = 0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b;
        let m = 0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b;
        let s = 0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b;
        0.210_454_255_3 * l.cbrt() + 0.793_617_785_0 * m.cbrt() - 0.004_072_046_8 * s.cbrt()
    }

    #[test]
    fn a_gate_gets_steadily_further_from_the_page() {
        for dark in [false, true] {
            let sign = if dark { 1.0 } else { -1.0 };
            let steps: Vec<f64> = (0..=32)
                .map(|k| sign * lightness(sequential(f64::from(k) / 32.0, dark)))
                .collect();
            let even = (steps[32] - steps[0]) / 32.0;
            for pair in steps.windows(2) {
                let step = pair[1] - pair[0];
                assert!(step > 0.0, "dark {dark}: {step}");
                assert!(
                    (step / even - 1.0).abs() < 0.35,
                    "dark {dark}: {step} against {even}"
                );
            }
        }
    }

    #[test]
    fn both_signs_are_equally_strong() {
        for dark in [false, true] {
            for k in 0..=32 {
                let t = f64::from(k) / 32.0;
                let (minus, plus) = (diverging(-t, dark), diverging(t, dark));
                assert!(
                    (lightness(minus) - lightness(plus)).abs() < 0.01,
                    "{t}, dark {dark}"
                );
                if k > 3 {
                    assert!(
                        minus.b() > minus.r() && plus.r() > plus.b(),
                        "{t}, dark {dark}"
                    );
                }
            }
        }
    }

    #[test]
    fn zero_is_quiet_and_nan_is_not_a_value() {
        for dark in [false, true] {
            let page = lightness(Palette::new(dark).background);
            assert!((lightness(diverging(0.0, dark)) - page).abs() < 0.06);
            assert!((lightness(sequential(0.0, dark)) - page).abs() < 0.06);
            assert_eq!(diverging(f64::NAN, dark), not_a_number(dark));
            assert_eq!(sequential(f64::NAN, dark), not_a_number(dark));
            assert_eq!(sequential(7.0, dark), sequential(1.0, dark));
            assert_eq!(sequential(-7.0, dark), sequential(0.0, dark));
            assert_eq!(diverging(-0.0, dark), diverging(0.0, dark));
            assert_eq!(diverging(f64::NEG_INFINITY, dark), diverging(-1.0, dark));
        }
    }
}
