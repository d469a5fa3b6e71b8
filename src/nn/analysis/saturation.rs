//! Saturation: squashing functions at their ends, where their slope, and with it the gradient, is almost nothing.
//!
//! A gate counts as shut below 0.05 and as open above 0.95; a candidate, a squashed cell state or tanh's h as saturated where
//! its magnitude is above 0.95 (of its largest possible one). There σ′ < 0.0475 and tanh′ < 0.0975. A rectifier
//! has no upper end; its unit is *dead* where it is 0 at every step of every sequence: no gradient passes it at all.

use crate::nn::{Cell, Quantity};
use ndarray::ArrayView3;

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
    fn lengths_that_do_not_fit_are_refused() {
        let values = Array3::<f64>::zeros((2, 2, 1));
        for lengths in [&[2][..], &[2, 3], &[0, 0]] {
            assert_eq!(dead_units(Cell::RnnRelu, values.view(), lengths), None);
        }
    }
}
