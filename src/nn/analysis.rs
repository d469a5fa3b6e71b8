//! What the plots ask of a record: norms through time.

use super::{Direction, PartScan, Quantity};
use ndarray::ArrayView3;

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
}
