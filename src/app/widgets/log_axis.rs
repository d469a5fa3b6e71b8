//! Numbers as people read them, and a logarithmic y axis for plots.
//!
//! egui_plot has no logarithmic axis: a plot is given log₁₀ y, and this file turns its grid and its labels back. A value
//! without a logarithm is never drawn at a made-up place: [`LogSeries`] breaks the line there and says where.

use std::ops::{Range, RangeInclusive};

use egui_plot::{GridInput, GridMark, HoverPosition};

/// `value` for people: four significant digits, × 10ⁿ where it is very small or very large, a true minus sign.
pub fn number(value: f64) -> String {
    significant(value, 4)
}

/// Values that stand below each other: with equally many decimals, four significant digits for the largest. Where one would
/// lose more than half of its own by that, each is written as [`number`] writes it; “–” where there is none.
pub fn numbers(values: &[Option<f64>]) -> Vec<String> {
    let sizes = || values.iter().flatten().map(|value| value.abs());
    let largest = sizes().fold(0.0, f64::max);
    let decimals = (1..=4).rev().find(|&decimals: &usize| {
        // What it will be written as: 9.9996 becomes 10.
        let written = format!("{largest:.decimals$}");
        written.bytes().filter(u8::is_ascii_digit).count() <= 4 + usize::from(largest < 1.0)
    });
    let even = Some(decimals.unwrap_or(0)).filter(|&decimals| {
        let least = 0.1f64.powi(decimals as i32 - 1);
        largest < 1e6 && sizes().all(|size| size == 0.0 || size >= least)
    });
    let written = |value: f64| match even {
        Some(decimals) if value < 0.0 => format!("−{:.decimals$}", -value),
        Some(decimals) => format!("{:.decimals$}", value.abs()),
        None => number(value),
    };
    let all = values.iter();
    all.map(|value| value.map_or("–".to_owned(), written))
        .collect()
}

/// `value` with at most `digits` significant digits, written as [`number`] writes it.
pub fn significant(value: f64, digits: usize) -> String {
    formatted(value, digits, -3..6)
}

/// `plain` holds the powers of ten that are written without × 10ⁿ.
fn formatted(value: f64, digits: usize, plain: Range<i32>) -> String {
    if value.is_nan() {
        return "not a number".to_owned();
    }
    let sign = if value < 0.0 { "−" } else { "" };
    let size = value.abs();
    if size.is_infinite() {
        return format!("{sign}∞");
    }
    if size == 0.0 {
        return "0".to_owned();
    }
    let digits = digits.max(1);
    // Rust rounds the digits correctly in this notation; the exponent is read after rounding (9.9999 becomes 10).
    let scientific = format!("{size:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if plain.contains(&exponent) {
        let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
        return format!("{sign}{}", without_zeros(&format!("{size:.decimals$}")));
    }
    let mantissa = without_zeros(mantissa);
    if mantissa == "1" {
        format!("{sign}{}", power_of_ten(exponent))
    } else {
        format!("{sign}{mantissa} × {}", power_of_ten(exponent))
    }
}

/// "10⁻⁴".
pub fn power_of_ten(exponent: i32) -> String {
    let mut text = String::from("10");
    for sign in exponent.to_string().chars() {
        text.push(match sign {
            '-' => '⁻',
            '0' => '⁰',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            '4' => '⁴',
            '5' => '⁵',
            '6' => '⁶',
            '7' => '⁷',
            '8' => '⁸',
            _ => '⁹',
        });
    }
    text
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

/// log₁₀ of a positive finite number; `None` where the line has a gap: 0, negative, infinite or not a number.
pub fn log10_or_gap(value: f64) -> Option<f64> {
    (value > 0.0 && value.is_finite()).then(|| value.log10())
}

/// A line over a logarithmic axis, broken where a value has no logarithm.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogSeries {
    /// Unbroken pieces of `[x, log₁₀ y]`.
    pub pieces: Vec<Vec<[f64; 2]>>,
    /// The x of values that are exactly zero: they vanished or underflowed, and the view says so.
    pub zeros: Vec<f64>,
    /// The x of negative and non-finite values.
    pub invalid: Vec<f64>,
}

impl LogSeries {
    /// The series of the points `(x, y)`.
    pub fn new(points: impl IntoIterator<Item = (f64, f64)>) -> LogSeries {
        let mut series = LogSeries::default();
        let mut open = false;
        for (x, y) in points {
            if let Some(log) = log10_or_gap(y) {
                if !open {
                    series.pieces.push(Vec::new());
                }
                if let Some(piece) = series.pieces.last_mut() {
                    piece.push([x, log]);
                }
                open = true;
            } else {
                open = false;
                if y == 0.0 {
                    series.zeros.push(x);
                } else {
                    series.invalid.push(x);
                }
            }
        }
        series
    }
}

/// Grid lines: every decade, or every second, fifth, tenth … where decades crowd; 2 and 5 between them, and finer round
/// values, where there is room.
pub fn grid_marks(input: GridInput) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    let least = input.base_step_size;
    if !(low.is_finite() && high.is_finite() && least > 0.0) || high <= low {
        return Vec::new();
    }
    if high - low < 0.7 {
        return round_values(low, high, least);
    }
    let step = (0..7)
        .flat_map(|power| [1.0, 2.0, 5.0].map(|factor: f64| factor * 10.0_f64.powi(power)))
        .find(|&step| step >= 3.0 * least)
        .unwrap_or(1e7);
    let mut marks = Vec::new();
    let mut at = (low / step).floor() * step;
    while at <= high {
        marks.push(GridMark {
            value: at,
            step_size: step,
        });
        // 5 to 10 is the narrowest gap, 0.3 of a decade.
        if step == 1.0 && 0.3 > 2.0 * least {
            for minor in [2.0_f64, 5.0] {
                marks.push(GridMark {
                    value: at + minor.log10(),
                    step_size: 0.3,
                });
            }
        }
        at += step;
    }
    marks.retain(|mark| (low..=high).contains(&mark.value));
    marks
}

/// Round values where less than a decade is in sight.
fn round_values(low: f64, high: f64, least: f64) -> Vec<GridMark> {
    let (from, to) = (10.0_f64.powf(low), 10.0_f64.powf(high));
    if from <= 0.0 || !to.is_finite() || to <= from {
        return Vec::new();
    }
    // The highest values lie closest together on the axis; there the lines must not crowd.
    let wanted = (to * std::f64::consts::LN_10 * 2.5 * least).max((to - from) / 12.0);
    let step = round_up(wanted);
    let size = step / (to * std::f64::consts::LN_10);
    ((from / step).ceil() as i64..=(to / step).floor() as i64)
        .map(|count| GridMark {
            value: (count as f64 * step).log10(),
            step_size: size,
        })
        .collect()
}

/// The label of a grid line at log₁₀ y: the value where the axis shows a few decades, "10⁻⁴" where it shows many.
pub fn axis_label(mark: GridMark, shown: &RangeInclusive<f64>) -> String {
    let decades = shown.end() - shown.start();
    let plain = if decades <= 4.0 { -3..5 } else { 0..1 };
    let nearest = mark.value.round();
    if (mark.value - nearest).abs() > 1e-9 {
        formatted(10.0_f64.powf(mark.value), 3, plain)
    } else if plain.contains(&(nearest as i32)) {
        // Correctly rounded from the decimal, unlike a power computed from a logarithm.
        formatted(10.0_f64.powi(nearest as i32), 1, plain)
    } else {
        power_of_ten(nearest as i32)
    }
}

/// Grid lines of a linear axis at round values, every `points` points or a little more.
pub(super) fn round_marks(input: &GridInput, points: f64) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    // egui_plot's recommended step is eight points wide.
    let wanted = input.base_step_size * points / 8.0;
    if !(low.is_finite() && high.is_finite() && wanted > 0.0) || high <= low {
        return Vec::new();
    }
    let step = round_up(wanted);
    ((low / step).ceil() as i64..=(high / step).floor() as i64)
        .map(|count| GridMark {
            value: count as f64 * step,
            step_size: step,
        })
        .collect()
}

/// The next of 1, 2 and 5 times a power of ten.
fn round_up(wanted: f64) -> f64 {
    let power = 10.0_f64.powf(wanted.log10().floor());
    [1.0, 2.0, 5.0]
        .iter()
        .map(|factor| factor * power)
        .find(|&step| step >= wanted)
        .unwrap_or(10.0 * power)
}

/// The value at log₁₀ y with three significant digits: "2.4 × 10⁻³".
pub fn value_label(log: f64) -> String {
    let value = 10.0_f64.powf(log);
    if value > 0.0 && value.is_finite() {
        // Beside an axis of powers, a power is easier to find than zeros are to count.
        formatted(value, 3, -2..4)
    } else {
        // Beyond f64 the logarithm is all there is.
        power_of_ten(log.round() as i32)
    }
}

/// What a plot says at the pointer: the line's name, x by its name, and the value.
pub fn hover_label(position: &HoverPosition<'_>, x_name: &str) -> Option<String> {
    match position {
        HoverPosition::NearDataPoint {
            plot_name,
            position,
            ..
        } => {
            let name = if plot_name.is_empty() {
                String::new()
            } else {
                format!("{plot_name}\n")
            };
            let (x, y) = (number(position.x), value_label(position.y));
            Some(format!("{name}{x_name} = {x}\n{y}"))
        }
        HoverPosition::Elsewhere { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_below_each_other_have_equally_many_decimals() {
        let cases: [(&[Option<f64>], &[&str]); 7] = [
            (
                &[Some(15.8), Some(18.748_6), Some(33.175)],
                &["15.80", "18.75", "33.17"],
            ),
            (
                &[Some(0.714_6), None, Some(1.544)],
                &["0.715", "–", "1.544"],
            ),
            (&[Some(0.424_5), Some(-0.05)], &["0.4245", "−0.0500"]),
            (&[Some(9.999_6), Some(1.0)], &["10.00", "1.00"]),
            (&[Some(123_456.7), Some(12.0)], &["123457", "12"]),
            (&[Some(1e7), Some(1.0)], &["10⁷", "1"]),
            (&[Some(33.0), Some(1e-4)], &["33", "10⁻⁴"]),
        ];
        for (values, written) in cases {
            assert_eq!(numbers(values), written, "{values:?}");
        }
    }

    #[test]
    fn numbers_read_well() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (-0.5, "−0.5"),
            (0.123_456, "0.1235"),
            (12.345_6, "12.35"),
            (999.96, "1000"),
            (123_456.7, "123457"),
            (1e6, "10⁶"),
            (1_234_567.0, "1.235 × 10⁶"),
            (0.001, "0.001"),
            (0.000_999_99, "0.001"),
            (0.000_1, "10⁻⁴"),
            (-2.4e-5, "−2.4 × 10⁻⁵"),
            (5e-324, "4.941 × 10⁻³²⁴"),
            (f64::MAX, "1.798 × 10³⁰⁸"),
            (f64::INFINITY, "∞"),
            (f64::NEG_INFINITY, "−∞"),
            (f64::NAN, "not a number"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text, "{value:e}");
        }
        assert_eq!(value_label(0.002_4_f64.log10()), "2.4 × 10⁻³");
        assert_eq!(value_label(-300.0), "10⁻³⁰⁰");
        assert_eq!(value_label(-400.0), "10⁻⁴⁰⁰");
    }

    #[test]
    fn zero_is_a_gap_and_is_reported() {
        let values = [1.0, 0.1, 0.0, 1e-310, -1.0, f64::NAN, 10.0];
        let points = values.iter().enumerate().map(|(t, &y)| (t as f64, y));
        let series = LogSeries::new(points);
        assert_eq!(series.zeros, vec![2.0]);
        assert_eq!(series.invalid, vec![4.0, 5.0]);
        let lengths: Vec<usize> = series.pieces.iter().map(Vec::len).collect();
        assert_eq!(lengths, vec![2, 1, 1]);
        assert!(
            series
                .pieces
                .iter()
                .flatten()
                .all(|[_, log]| log.is_finite())
        );
    }

    fn marks(low: f64, high: f64, points: f64) -> Vec<GridMark> {
        grid_marks(GridInput {
            bounds: (low, high),
            base_step_size: 8.0 * (high - low) / points,
        })
    }

    #[test]
    fn the_grid_fits_every_zoom() {
        // 300 decades, 12 decades, 2 decades, a fraction of one: always some lines, never crowded, always inside.
        for (low, high) in [
            (-300.0, 2.0),
            (-12.0, 0.0),
            (-2.0, 0.0),
            (-0.6, -0.2),
            (0.301, 0.302),
        ] {
            let marks = marks(low, high, 200.0);
            assert!(
                (3..40).contains(&marks.len()),
                "{low} {high}: {}",
                marks.len()
            );
            for pair in marks.windows(2) {
                let points = (pair[1].value - pair[0].value) * 200.0 / (high - low);
                assert!(points >= 8.0, "{low} {high}: {points}");
            }
            assert!(marks.iter().all(|mark| (low..=high).contains(&mark.value)));
        }
        let labels = |low, high| -> Vec<String> {
            marks(low, high, 400.0)
                .into_iter()
                .map(|mark| axis_label(mark, &(low..=high)))
                .collect()
        };
        assert_eq!(
            labels(-1.1, 1.1),
            ["0.1", "0.2", "0.5", "1", "2", "5", "10"]
        );
        assert_eq!(
            labels(-12.0, 0.5).first().map(String::as_str),
            Some("10⁻¹²")
        );
        assert_eq!(labels(-12.0, 0.5).last().map(String::as_str), Some("1"));
    }

    #[test]
    fn a_linear_grid_is_round() {
        let input = GridInput {
            bounds: (0.5, 120.5),
            base_step_size: 8.0 * 120.0 / 500.0,
        };
        let values: Vec<f64> = round_marks(&input, 64.0)
            .iter()
            .map(|mark| mark.value)
            .collect();
        assert_eq!(values, [20.0, 40.0, 60.0, 80.0, 100.0, 120.0]);
    }
}
