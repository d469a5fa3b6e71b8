//! A logarithmic y axis for plots.
//!
//! egui_plot has no logarithmic axis: a plot is given log₁₀ y, and this file turns its grid and its labels back. A value
//! without a logarithm is never drawn at a made-up place: [`LogSeries`] breaks the line there and says where.

use std::ops::RangeInclusive;

use crate::words::{formatted, number, power_of_ten};
use egui_plot::{GridInput, GridMark, HoverPosition};

/// log₁₀ of a positive finite number; `None` where the line has a gap: 0, negative, infinite or not a number.
pub fn log10_or_gap(value: f64) -> Option<f64> {
    // Not `f64::log10`, which the optimizer may compute of 0 as well before it asks: that is an error to the system's library, and
    // dear where thousands of gradients have vanished.
    (value > 0.0 && value.is_finite()).then(|| libm::log10(value))
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

    /// The ends of pieces next to which the value is exactly zero: where a line stops that goes on at nothing.
    pub fn ends_at_zero(&self) -> Vec<[f64; 2]> {
        self.beside_zero().concat()
    }

    /// Whether there are such ends that have the zero on their left, and such that have it on their right.
    pub fn sides_of_zero(&self) -> [bool; 2] {
        self.beside_zero().map(|ends| !ends.is_empty())
    }

    /// Such ends: those before which the value is zero, and those after which it is.
    fn beside_zero(&self) -> [Vec<[f64; 2]>; 2] {
        let starts = self.pieces.iter().filter_map(|piece| piece.first());
        let stops = self.pieces.iter().filter_map(|piece| piece.last());
        let others = starts.clone().chain(stops.clone()).map(|point| point[0]);
        let others: Vec<f64> = others.chain(self.invalid.iter().copied()).collect();
        let is_next = |at: &[f64; 2], ahead: bool| {
            let beyond = |x: &&f64| if ahead { **x > at[0] } else { **x < at[0] };
            let nearest = |of: &[f64]| {
                let away = of.iter().filter(beyond).map(|x| (x - at[0]).abs());
                away.fold(f64::INFINITY, f64::min)
            };
            nearest(&self.zeros) < nearest(&others)
        };
        let before = starts.filter(|at| is_next(at, false));
        let after = stops.filter(|at| is_next(at, true));
        [before.copied().collect(), after.copied().collect()]
    }
}

/// Over fewer decades lines stand at round values, equally far apart in value.
const LESS_THAN_A_DECADE: f64 = 0.7;

/// Grid lines: every decade, or every second, fifth, tenth … where decades crowd; 2 and 5 between them, and finer round
/// values, where there is room.
pub fn grid_marks(input: GridInput) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    let least = input.base_step_size;
    if !(low.is_finite() && high.is_finite() && least > 0.0) || high <= low {
        return Vec::new();
    }
    if high - low < LESS_THAN_A_DECADE {
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

/// How many significant digits a mark needs so that it is read as another number than one a `step` away.
fn digits_apart(value: f64, step: f64) -> usize {
    if value == 0.0 || !(value.is_finite() && step.is_finite() && step > 0.0) {
        return 1;
    }
    // A step of 0.01 that was computed may come out a little below it.
    let (size, step) = (value.abs().log10().floor(), step.log10() + 1e-6);
    (size - step.floor() + 1.0).clamp(1.0, 15.0) as usize
}

/// The label of a grid line of a linear axis: with four significant digits, or as many more as tell it from the next one.
pub(super) fn linear_axis_label(mark: GridMark) -> String {
    let digits = digits_apart(mark.value, mark.step_size);
    // Of a count of millions no digit is left out where the next one differs in its last.
    let plain = -3..6.max(digits as i32);
    formatted(mark.value, digits.max(4), plain)
}

/// Over so many decades the lines between them have their numbers.
const FEW_DECADES: f64 = 4.0;

/// The label of a grid line at log₁₀ y: the value where the axis shows a few decades, "10⁻⁴" where it shows many.
pub fn axis_label(mark: GridMark, shown: &RangeInclusive<f64>) -> String {
    let decades = shown.end() - shown.start();
    let plain = if decades <= FEW_DECADES { -3..5 } else { 0..1 };
    let nearest = mark.value.round();
    if (mark.value - nearest).abs() > 1e-9_f64.min(0.1 * mark.step_size) {
        // Between many decades a line is enough; a number at each would bury theirs.
        if decades > FEW_DECADES {
            return String::new();
        }
        // Where less than a decade is in sight lines are equally far apart in value, by the step of the uppermost.
        let step = mark.step_size * 10.0_f64.powf(*shown.end()) * std::f64::consts::LN_10;
        let value = 10.0_f64.powf(mark.value);
        let digits = match decades < LESS_THAN_A_DECADE {
            true => digits_apart(value, step).max(3),
            false => 3,
        };
        formatted(value, digits, plain)
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

/// Marks for what is counted: there is nothing between two whole numbers.
pub(super) fn whole_marks(input: &GridInput, points: f64) -> Vec<GridMark> {
    let mut marks = round_marks(input, points);
    marks.retain(|mark| (mark.value - mark.value.round()).abs() < 1e-9);
    marks
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
    fn labels_read_well() {
        assert_eq!(value_label(0.002_4_f64.log10()), "2.4\u{a0}×\u{a0}10⁻³");
        assert_eq!(value_label(-300.0), "10⁻³⁰⁰");
        assert_eq!(value_label(-400.0), "10⁻⁴⁰⁰");
    }

    /// Only where what comes next is exactly zero: neither at a gap nor at the end.
    #[test]
    fn a_line_is_marked_where_it_goes_on_at_zero() {
        let values = [0.0, 0.0, 10.0, 1.0, f64::NAN, 100.0, 0.0, 1.0];
        let series = LogSeries::new((0..8).map(f64::from).zip(values));
        assert_eq!(series.ends_at_zero(), [[2.0, 1.0], [7.0, 0.0], [5.0, 2.0]]);
        assert_eq!(series.sides_of_zero(), [true, true]);
        // A gradient that vanishes on its way back is zero on the left, a loss that is learned away on the right.
        let sides =
            |values: [f64; 3]| LogSeries::new((0..3).map(f64::from).zip(values)).sides_of_zero();
        assert_eq!(sides([0.0, 1.0, 2.0]), [true, false]);
        assert_eq!(sides([2.0, 1.0, 0.0]), [false, true]);
        assert_eq!(sides([2.0, 1.0, 3.0]), [false, false]);
        assert!(
            LogSeries::new([(0.0, 1.0), (1.0, 2.0)])
                .ends_at_zero()
                .is_empty()
        );
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

    /// However little is in sight, no two lines have the same number.
    #[test]
    fn marks_that_differ_are_written_differently() {
        let all_differ = |labels: &[String]| {
            let different: std::collections::BTreeSet<&String> = labels.iter().collect();
            assert_eq!(different.len(), labels.len(), "{labels:?}");
            assert!(labels.len() > 1, "{labels:?}");
        };
        for middle in [1.0_f64, 2.181, 9.99, 0.001_23, 4.5e-8, 731.0] {
            for share in [1.0_f64, 0.1, 1e-2, 1e-3, 1e-6, 1e-9] {
                let (low, high) = (middle * (1.0 - 0.5 * share), middle * (1.0 + 0.5 * share));
                let logs = (low.log10(), high.log10());
                let labels: Vec<String> = marks(logs.0, logs.1, 200.0)
                    .into_iter()
                    .map(|mark| axis_label(mark, &(logs.0..=logs.1)))
                    .collect();
                all_differ(&labels);
                let input = GridInput {
                    bounds: (low, high),
                    base_step_size: 8.0 * (high - low) / 200.0,
                };
                let marks = round_marks(&input, 32.0).into_iter();
                all_differ(&marks.map(linear_axis_label).collect::<Vec<_>>());
            }
        }
        // Late updates, a few of them.
        let input = GridInput {
            bounds: (1_234_560.0, 1_234_569.0),
            base_step_size: 8.0 * 9.0 / 400.0,
        };
        let labels: Vec<String> = whole_marks(&input, 64.0)
            .into_iter()
            .map(linear_axis_label)
            .collect();
        all_differ(&labels);
        assert_eq!(labels[0], "1234560");
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
