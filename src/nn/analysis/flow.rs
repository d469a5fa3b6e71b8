//! Norms through time: how large gradients are at each step, and how far back they reach.

use crate::nn::{Direction, Outlier, Part, PartScan, Quantity};
use ndarray::{Array2, ArrayView2, ArrayView3, Axis};

/// The Euclidean norm; sums of squares that would overflow or vanish are scaled first, so that 10⁻²⁰⁰ stays visible.
pub fn norm<'a>(values: impl IntoIterator<Item = &'a f64> + Clone) -> f64 {
    let largest =
        values.clone().into_iter().fold(
            0.0,
            |largest: f64, x| if x.abs() > largest { x.abs() } else { largest },
        );
    if largest == 0.0 || !largest.is_finite() {
        return if values.into_iter().any(|x| x.is_nan()) {
            f64::NAN
        } else {
            largest
        };
    }
    let sum = values
        .into_iter()
        .fold(0.0, |sum, x| (x / largest).mul_add(x / largest, sum));
    largest * libm::sqrt(sum)
}

/// ‖∂L/∂q_t‖ over the units of a scan, for t = 0…T (0 is the initial state; `None` where the quantity has none, and in a
/// reverse scan, which begins at the other end).
///
/// `sequence` picks the row of the batch.
pub fn gradient_flow(scan: &PartScan, quantity: Quantity, sequence: usize) -> Vec<Option<f64>> {
    let Some(adjoint) = scan.get(quantity, true) else {
        return Vec::new();
    };
    // A reverse scan's initial state lies at the other end, past T.
    let initial = scan
        .adjoints
        .initial(quantity)
        .filter(|_| scan.place.direction == Direction::Forward)
        .map(|initial| norm(initial.row(sequence)));
    let steps = adjoint
        .outer_iter()
        .map(|step| Some(norm(step.row(sequence))));
    std::iter::once(initial).chain(steps).collect()
}

/// The same of any quantity of a part: of a scan's own, or ‖∂L/∂x_t‖ and ‖∂L/∂y_t‖, which are of no scan and have no initial
/// state. What there is once, such as an output for the whole sequence, is at the last step.
pub fn flow_of_part(part: &Part, scan: usize, quantity: Quantity) -> Vec<Option<f64>> {
    let rows = match quantity {
        Quantity::X | Quantity::Y => part.first(scan, quantity, true),
        _ => {
            let scan = part.scans.get(scan);
            return scan.map_or_else(Vec::new, |scan| gradient_flow(scan, quantity, 0));
        }
    };
    let Some(rows) = rows else {
        return Vec::new();
    };
    let before = (part.seq_len() + 1).saturating_sub(rows.nrows());
    let norms = rows.outer_iter().map(|row| Some(norm(row)));
    std::iter::repeat_n(None, before).chain(norms).collect()
}

/// What had reached ∂L/∂h_t (or c_t) from the scan's next step alone: its norm for t = 0…T.
///
/// In the backward sweep this is what stands at t − 1 when step t has just been walked through.
pub fn arrived_from_next(scan: &PartScan, quantity: Quantity, sequence: usize) -> Vec<Option<f64>> {
    let from_next = match quantity {
        Quantity::H => &scan.adjoints.d_h_from_next,
        Quantity::C => &scan.adjoints.d_c_from_next,
        _ => return Vec::new(),
    };
    let initial = scan
        .adjoints
        .initial(quantity)
        .filter(|_| scan.place.direction == Direction::Forward)
        .map(|initial| norm(initial.row(sequence)));
    let steps = from_next
        .outer_iter()
        .map(|step| Some(norm(step.row(sequence))));
    std::iter::once(initial).chain(steps).collect()
}

/// What reached ∂L/∂h_t from the layer above or the readout: its norm for t = 0…T; nothing comes from above to the initial
/// state. Empty for other quantities.
pub fn arrived_from_above(
    scan: &PartScan,
    quantity: Quantity,
    sequence: usize,
) -> Vec<Option<f64>> {
    if quantity != Quantity::H {
        return Vec::new();
    }
    let steps = scan.adjoints.d_h_from_above.outer_iter();
    let steps = steps.map(|step| Some(norm(step.row(sequence))));
    std::iter::once(None).chain(steps).collect()
}

/// How many steps back the gradient gets until its norm is below `fraction` of what it was: the memory's reach.
///
/// `flow` is a [`gradient_flow`]. It is followed from the step that the scan makes last (T forward, 1 in reverse), against the
/// scan's direction. `None` if the norm stays above, if there is none to compare with, or if it is not a number.
pub fn reach(flow: &[Option<f64>], direction: Direction, fraction: f64) -> Option<usize> {
    let below =
        |last: f64| move |norm: &Option<f64>| norm.is_some_and(|norm| norm < fraction * last);
    match direction {
        Direction::Forward => {
            let last = flow.last().copied().flatten()?;
            flow.iter().rev().position(below(last))
        }
        Direction::Reverse => {
            // Entry 0 has no time step: a reverse scan's initial state lies past T.
            let steps = flow.get(1..)?;
            let last = steps.first().copied().flatten()?;
            steps.iter().position(below(last))
        }
    }
}

/// Of every `each` steps, unit by unit, the value that stands out. `[steps / each, units]`, of which the last may be of fewer
/// steps.
pub fn outliers_of_every(values: ArrayView2<'_, f64>, each: usize) -> Array2<f64> {
    let each = each.max(1);
    let mut found = Array2::zeros((values.nrows().div_ceil(each), values.ncols()));
    let mut of_units = vec![Outlier::default(); values.ncols()];
    let steps = values.axis_chunks_iter(Axis(0), each);
    for (mut found, steps) in found.rows_mut().into_iter().zip(steps) {
        of_units.fill(Outlier::default());
        for step in steps.rows() {
            for (outlier, &value) in of_units.iter_mut().zip(step) {
                outlier.add(value);
            }
        }
        for (found, outlier) in found.iter_mut().zip(&of_units) {
            *found = outlier.value();
        }
    }
    found
}

/// The largest magnitude in a record, 0 where it is empty; what is not finite does not count.
pub fn largest_magnitude(values: ArrayView3<'_, f64>) -> f64 {
    values
        .iter()
        .filter(|x| x.is_finite())
        .fold(0.0, |largest, x| largest.max(x.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norms_of_any_size() {
        assert_eq!(norm(&[3.0, 4.0]), 5.0);
        assert!((norm(&[3e-200, 4e-200]) / 5e-200 - 1.0).abs() < 1e-15);
        assert!((norm(&[3e200, 4e200]) / 5e200 - 1.0).abs() < 1e-15);
        assert_eq!(norm(&[0.0, 0.0]), 0.0);
        assert!(norm(&[f64::NAN, 1.0]).is_nan());
        assert_eq!(norm(&[f64::INFINITY, 1.0]), f64::INFINITY);
    }

    #[test]
    fn every_few_steps_have_one_unit_by_unit() {
        let values = ndarray::array![
            [1.0, 0.0],
            [-3.0, 0.0],
            [2.0, -0.5],
            [3.0, 0.25],
            [-1.0, f64::NAN],
        ];
        let found = outliers_of_every(values.view(), 2);
        assert_eq!(found.dim(), (3, 2));
        assert_eq!(found.column(0).to_vec(), [-3.0, 3.0, -1.0]);
        assert_eq!((found[[0, 1]], found[[1, 1]]), (0.0, -0.5));
        assert!(found[[2, 1]].is_nan());
        assert_eq!(outliers_of_every(values.view(), 100)[[0, 0]], -3.0);
        assert_eq!(outliers_of_every(values.view(), 1).dim(), (5, 2));
        assert_eq!(outliers_of_every(values.view(), 0).dim(), (5, 2));
    }

    #[test]
    fn reach_counts_steps_back_along_the_scan() {
        let halving: Vec<Option<f64>> = [0.0625, 0.125, 0.25, 0.5, 1.0].map(Some).into();
        assert_eq!(reach(&halving, Direction::Forward, 0.2), Some(3));
        assert_eq!(reach(&halving, Direction::Forward, 1.5), Some(0));
        assert_eq!(reach(&halving, Direction::Forward, 0.01), None);
        let mirrored = [None, Some(1.0), Some(0.5), Some(0.25), Some(0.125)];
        assert_eq!(reach(&mirrored, Direction::Reverse, 0.2), Some(3));
        assert_eq!(reach(&mirrored, Direction::Reverse, 0.01), None);
        assert_eq!(reach(&[], Direction::Forward, 0.5), None);
        assert_eq!(reach(&[None], Direction::Reverse, 0.5), None);
        assert_eq!(
            reach(&[Some(1.0), Some(f64::NAN)], Direction::Forward, 0.5),
            None
        );
    }
}
