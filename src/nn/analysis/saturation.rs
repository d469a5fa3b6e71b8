//! Saturation: squashing functions at their ends, where their slope, and with it the gradient, is almost nothing.
//!
//! A gate counts as shut below 0.05 and as open above 0.95; a candidate, a squashed cell state or tanh's h as saturated where
//! its magnitude is above 0.95 (of its largest possible one). There σ′ < 0.0475 and tanh′ < 0.0975. A rectifier
//! has no upper end; its unit is *dead* where it is 0 at every step of every sequence: no gradient passes it at all.

use crate::nn::{Cell, Quantity};
use ndarray::{ArrayView1, ArrayView2, ArrayView3, Axis};

/// Below this a gate counts as shut.
pub const SHUT: f64 = 0.05;
/// Above this a gate counts as open, and a value in (−1, 1) as saturated (below its negative likewise).
pub const OPEN: f64 = 0.95;

/// The share of a quantity's values at either end, over time and sequences; each in [0, 1].
#[derive(Clone, Debug, PartialEq)]
pub struct Saturation {
    /// Share at the lower end, all units together.
    pub low: f64,
    /// Share at the upper end.
    pub high: f64,
    /// Share at the lower end by unit, `[hidden]`.
    pub low_by_unit: Vec<f64>,
    /// Share at the upper end by unit.
    pub high_by_unit: Vec<f64>,
}

impl Saturation {
    /// Share at either end.
    pub fn share(&self) -> f64 {
        self.low + self.high
    }
}

/// Between which values a quantity is not saturated; `None` where it has no ends.
fn limits(cell: Cell, quantity: Quantity) -> Option<(f64, f64)> {
    // What is a product, or a mean of two, is not squashed itself.
    let squashed = quantity != Quantity::H || cell == Cell::RnnTanh;
    match cell.range(quantity).filter(|_| squashed)? {
        (0.0, 1.0) => Some((SHUT, OPEN)),
        (low, high) => Some((OPEN * low, OPEN * high)),
    }
}

/// Whether a quantity has ends in any cell.
pub fn has_ends(quantity: Quantity) -> bool {
    Cell::ALL
        .into_iter()
        .any(|cell| limits(cell, quantity).is_some())
}

/// How saturated a quantity is, from its values, `[seq_len, batch, hidden]`, in sequences of these `lengths`; padding does
/// not count. One sequence of a batch is `values.slice(s![.., b..b + 1, ..])`.
///
/// `None` if the quantity has no ends. What is not a number is at neither end.
pub fn saturation(
    cell: Cell,
    quantity: Quantity,
    values: ArrayView3<'_, f64>,
    lengths: &[usize],
) -> Option<Saturation> {
    let (low, high) = limits(cell, quantity)?;
    let low_by_unit = shares(values, lengths, |value| value < low)?;
    let high_by_unit = shares(values, lengths, |value| value > high)?;
    // Every unit has the same number of values, so the share of all is the mean of theirs.
    let mean = |by_unit: &[f64]| by_unit.iter().sum::<f64>() / by_unit.len() as f64;
    Some(Saturation {
        low: mean(&low_by_unit),
        high: mean(&high_by_unit),
        low_by_unit,
        high_by_unit,
    })
}

/// The units of a rectifier that are off at every step of every sequence: from h, `[seq_len, batch, hidden]`, and the
/// sequences' lengths. `None` if the cell is no rectifier.
pub fn dead_units(cell: Cell, h: ArrayView3<'_, f64>, lengths: &[usize]) -> Option<Vec<usize>> {
    if cell != Cell::RnnRelu {
        return None;
    }
    let off = shares(h, lengths, |value| value == 0.0)?;
    Some((0..off.len()).filter(|&unit| off[unit] == 1.0).collect())
}

/// A value is at the very end of its range where the slope of what squashed it is below this share of the steepest: 4 s (1 − s)
/// of σ, 1 − x² of tanh.
pub const FLAT: f64 = 1e-3;

/// Units of a quantity that are at the very end of its range at every step of every sequence: how many always at the lower end,
/// how many always at the upper one, and how many always at the one or the other. Axes as in [`saturation`]; `None` likewise.
pub fn stuck_units(
    cell: Cell,
    quantity: Quantity,
    values: ArrayView3<'_, f64>,
    lengths: &[usize],
) -> Option<[usize; 3]> {
    limits(cell, quantity)?;
    let (low, high) = cell.range(quantity)?;
    // As a share of the range, 0 to 1: there both slopes are 4 s (1 − s) of the steepest.
    let place = |value: f64| (value - low) / (high - low);
    let is_flat = |value: f64| 4.0 * place(value) * (1.0 - place(value)) < FLAT;
    let at = |is_there: &dyn Fn(f64) -> bool| {
        let all = shares(values, lengths, |value| is_flat(value) && is_there(value))?;
        Some(all.into_iter().filter(|&share| share == 1.0).count())
    };
    let [low, high, any] = [
        at(&|value| place(value) < 0.5)?,
        at(&|value| place(value) > 0.5)?,
        at(&|_| true)?,
    ];
    Some([low, high, any - low - high])
}

/// How many of the units are at an end at each step; shares in [0, 1].
#[derive(Clone, Debug, PartialEq)]
pub enum SaturationByStep {
    /// Of a quantity between two ends.
    Squashed {
        /// Below this a value counts as at the lower end.
        below: f64,
        /// Above this as at the upper end.
        above: f64,
        /// The share of units at the lower end, by step.
        low: Vec<f64>,
        /// At the upper end.
        high: Vec<f64>,
    },
    /// Of a rectifier.
    Rectified {
        /// The share of units that are 0, by step.
        off: Vec<f64>,
        /// The units that are 0 at every step of the sequence.
        dead: Vec<usize>,
    },
}

/// How many of the units are at an end at each step, from one sequence's values, `[time, units]`, of which `length` are no
/// padding. `None` where there are no ends.
pub fn saturation_by_step(
    cell: Cell,
    quantity: Quantity,
    values: ArrayView2<'_, f64>,
    length: usize,
) -> Option<SaturationByStep> {
    let by_step = |is: &dyn Fn(f64) -> bool| {
        let share = |step: ArrayView1<'_, f64>| {
            let count = step.iter().filter(|&&value| is(value)).count();
            count as f64 / step.len().max(1) as f64
        };
        values.outer_iter().map(share).collect()
    };
    if quantity == Quantity::H
        && let Some(dead) = dead_units(cell, values.insert_axis(Axis(1)), &[length])
    {
        return Some(SaturationByStep::Rectified {
            off: by_step(&|value| value == 0.0),
            dead,
        });
    }
    let (below, above) = limits(cell, quantity)?;
    Some(SaturationByStep::Squashed {
        below,
        above,
        low: by_step(&|value| value < below),
        high: by_step(&|value| value > above),
    })
}

/// For each unit, the share of its values for which `is` holds; `None` of no values.
fn shares(
    values: ArrayView3<'_, f64>,
    lengths: &[usize],
    is: impl Fn(f64) -> bool,
) -> Option<Vec<f64>> {
    let (seq_len, batch, hidden) = values.dim();
    let count: usize = lengths.iter().sum();
    if lengths.len() != batch || lengths.iter().any(|&length| length > seq_len) || count == 0 {
        return None;
    }
    let of_unit = |unit: usize| {
        let steps = lengths
            .iter()
            .enumerate()
            .flat_map(|(b, &length)| (0..length).map(move |t| [t, b, unit]));
        steps.filter(|&at| is(values[at])).count() as f64 / count as f64
    };
    Some((0..hidden).map(of_unit).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array3, array, s};

    #[test]
    fn ends_are_counted_by_unit_and_padding_is_not() {
        // Two sequences of two units; the second sequence ends after one step, what follows is padding.
        let gate = array![
            [[0.01, 0.5], [0.99, 0.951]],
            [[0.04, 0.5], [0.0, 0.0]],
            [[0.96, 0.05], [0.0, 0.0]],
        ];
        let found = saturation(Cell::Lstm, Quantity::F, gate.view(), &[3, 1]).unwrap();
        assert_eq!(found.low_by_unit, [0.5, 0.0]);
        assert_eq!(found.high_by_unit, [0.5, 0.25]);
        assert_eq!((found.low, found.high), (0.25, 0.375));
        assert_eq!(found.share(), 0.625);
        let second = gate.slice(s![.., 1..2, ..]);
        let found = saturation(Cell::Lstm, Quantity::F, second, &[1]).unwrap();
        assert_eq!((found.low, found.high), (0.0, 1.0));
    }

    #[test]
    fn values_around_zero_saturate_at_both_ends_of_their_own_range() {
        let values = array![[[-0.96, 1.0]], [[0.1, 1.95]], [[f64::NAN, -1.95]]];
        let share = |cell, quantity| {
            saturation(cell, quantity, values.view(), &[3])
                .map(|found| (found.low_by_unit, found.high_by_unit))
        };
        let third = 1.0 / 3.0;
        let tanh = (vec![third, third], vec![0.0, 2.0 * third]);
        assert_eq!(share(Cell::Gru, Quantity::N), Some(tanh.clone()));
        assert_eq!(share(Cell::RnnTanh, Quantity::H), Some(tanh));
        // The candidate of 1997 lies in (−2, 2).
        let wide = (vec![0.0, third], vec![0.0, third]);
        assert_eq!(share(Cell::Lstm1997, Quantity::G), Some(wide));
        for (cell, quantity) in [
            (Cell::RnnRelu, Quantity::H),
            (Cell::RnnLinear, Quantity::H),
            (Cell::Lstm, Quantity::H),
            (Cell::Lstm, Quantity::C),
            (Cell::Gru, Quantity::Q),
        ] {
            assert_eq!(share(cell, quantity), None, "{cell:?} {quantity:?}");
        }
    }

    #[test]
    fn a_unit_is_dead_only_if_it_is_off_everywhere() {
        let h = array![
            [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
            [[0.0, 2.0, 0.0], [0.0, 0.0, f64::NAN]],
        ];
        let dead = |lengths: &[usize]| dead_units(Cell::RnnRelu, h.view(), lengths);
        assert_eq!(dead(&[2, 2]), Some(vec![0]));
        assert_eq!(dead(&[2, 1]), Some(vec![0, 2]));
        assert_eq!(dead(&[1, 1]), Some(vec![0, 1, 2]));
        assert_eq!(dead_units(Cell::RnnTanh, h.view(), &[2, 2]), None);
    }

    #[test]
    fn shares_by_step_add_up_to_those_of_the_sequence() {
        let ends = [0.0, 0.04, 0.3, 0.96, 1.0, -0.97, -1.96, 1.99];
        let values = Array3::from_shape_fn((40, 1, 9), |(t, _, unit)| ends[(t * t + 5 * unit) % 8]);
        let of_sequence = values.index_axis(Axis(1), 0);
        for cell in Cell::ALL {
            for &quantity in cell.quantities() {
                let whole = saturation(cell, quantity, values.view(), &[40]);
                let found = saturation_by_step(cell, quantity, of_sequence, 40);
                let is_rectifier = cell == Cell::RnnRelu;
                assert_eq!(found.is_some(), whole.is_some() || is_rectifier);
                let mean = |shares: &[f64]| shares.iter().sum::<f64>() / 40.0;
                match (found, whole) {
                    (Some(SaturationByStep::Squashed { low, high, .. }), Some(whole)) => {
                        assert!((mean(&low) - whole.low).abs() < 1e-12);
                        assert!((mean(&high) - whole.high).abs() < 1e-12);
                        assert!(low.iter().all(|share| (0.0..=1.0).contains(share)));
                    }
                    (Some(SaturationByStep::Rectified { .. }), None) => assert!(is_rectifier),
                    (found, whole) => assert_eq!((found, whole), (None, None)),
                }
            }
        }
    }

    #[test]
    fn units_at_an_end_are_counted_at_their_step() {
        let gate = array![[0.01, 0.5, 0.97, 0.04], [0.05, 0.95, 0.96, f64::NAN]];
        let found = saturation_by_step(Cell::Lstm, Quantity::F, gate.view(), 2);
        let expected = SaturationByStep::Squashed {
            below: SHUT,
            above: OPEN,
            low: vec![0.5, 0.0],
            high: vec![0.25, 0.25],
        };
        assert_eq!(found, Some(expected));
        // The last step is padding: there the first unit has nothing to say for itself.
        let h = array![[0.0, 0.0, 2.0], [0.0, 1.0, 0.0], [3.0, 0.0, 0.0]];
        let found = saturation_by_step(Cell::RnnRelu, Quantity::H, h.view(), 2);
        let third = 1.0 / 3.0;
        let expected = SaturationByStep::Rectified {
            off: vec![2.0 * third, 2.0 * third, 2.0 * third],
            dead: vec![0],
        };
        assert_eq!(found, Some(expected));
    }

    #[test]
    fn a_unit_is_stuck_only_if_it_is_at_an_end_at_every_step() {
        // Always shut, always open, at the one or the other, once in between.
        let gate = array![
            [[0.0001, 0.9999, 0.0, 0.0]],
            [[0.0002, 1.0, 1.0, 0.5]],
            [[0.0, 0.9998, 0.0, 0.0]],
        ];
        let found = stuck_units(Cell::Lstm, Quantity::F, gate.view(), &[3]);
        assert_eq!(found, Some([1, 1, 1]));
        // 1 − 0.9995² = 0.0009998 is just below a thousandth; 1 − 0.9994² = 0.0012 is not.
        let tanh = array![[[-0.9995, 0.9994, 0.9995]], [[-1.0, 1.0, -0.9995]]];
        let found = stuck_units(Cell::RnnTanh, Quantity::H, tanh.view(), &[2]);
        assert_eq!(found, Some([1, 0, 1]));
        let found = stuck_units(Cell::RnnRelu, Quantity::H, tanh.view(), &[2]);
        assert_eq!(found, None);
    }

    #[test]
    fn lengths_that_do_not_fit_are_refused() {
        let values = Array3::<f64>::zeros((2, 2, 1));
        for lengths in [&[2][..], &[2, 3], &[0, 0]] {
            assert_eq!(dead_units(Cell::RnnRelu, values.view(), lengths), None);
        }
    }
}
