//! Orders in which the units of a layer are looked at.
//!
//! A layer's units have no order of their own: their numbers come from the order of the weights' rows. In a picture of them
//! another one may show what belongs together. An order is of all units, each once, and depends on the values alone; where two
//! are equal, the lower number comes first.

use super::norm;
use crate::nn::Stop;
use ndarray::{Array2, ArrayView1, ArrayView2};
use std::cmp::Reverse;

/// What units are put in order by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnitOrder {
    /// The mean magnitude of their values, the largest first.
    Activity,
    /// How alike their values run through time: next to each other stand those that rise and fall together.
    Correlation,
}

/// Below this share of a unit's largest magnitude what it varies by is rounding.
const CONSTANT: f64 = 1e-12;

/// The units in order, from their values as `[time, units]`; `None` if it was asked to stop.
pub fn unit_order(
    order: UnitOrder,
    values: ArrayView2<'_, f64>,
    stop: &Stop,
) -> Option<Vec<usize>> {
    match order {
        UnitOrder::Activity => Some(by_activity(values)),
        UnitOrder::Correlation => by_correlation(values, stop),
    }
}

fn by_activity(values: ArrayView2<'_, f64>) -> Vec<usize> {
    // All units have as many values: their sums have the order of their means. What is not finite is largest.
    let activity = |unit: usize| {
        let magnitudes = values.column(unit);
        magnitudes.iter().fold(0.0, |sum, value| sum + value.abs())
    };
    let activities: Vec<f64> = (0..values.ncols()).map(activity).collect();
    let mut units: Vec<usize> = (0..activities.len()).collect();
    units.sort_by(|&one, &other| activities[other].total_cmp(&activities[one]));
    units
}

/// A walk through the units, from the one that is least like the others on: the next is always, of those that are left, the one
/// with the highest correlation with the last.
fn by_correlation(values: ArrayView2<'_, f64>, stop: &Stop) -> Option<Vec<usize>> {
    let correlations = correlations(values, stop)?;
    let units = correlations.nrows();
    let likeness: Vec<f64> = correlations.outer_iter().map(|row| row.sum()).collect();
    let first = (0..units).min_by(|&one, &other| likeness[one].total_cmp(&likeness[other]));
    let mut walk: Vec<usize> = first.into_iter().collect();
    let mut left: Vec<usize> = (0..units).filter(|&unit| Some(unit) != first).collect();
    while let Some(&last) = walk.last()
        && let Some(next) = (0..left.len()).max_by(|&one, &other| {
            let likeness = |at: usize| correlations[[last, left[at]]];
            // Of equals the lower number: `max_by` would take the last one.
            let by_number = Reverse(one).cmp(&Reverse(other));
            likeness(one).total_cmp(&likeness(other)).then(by_number)
        })
    {
        walk.push(left.remove(next));
    }
    Some(walk)
}

/// Pearson's correlation of every two units over time, `[units, units]`; 0 with one that is constant or not finite.
fn correlations(values: ArrayView2<'_, f64>, stop: &Stop) -> Option<Array2<f64>> {
    let (steps, units) = values.dim();
    let mut unit_vectors = Array2::zeros((units, steps));
    for (unit, mut row) in unit_vectors.outer_iter_mut().enumerate() {
        let of_unit = values.column(unit);
        let mean = of_unit.iter().fold(0.0, |sum, value| sum + value) / steps.max(1) as f64;
        row.assign(&of_unit);
        row -= mean;
        let length = norm(row.iter());
        let largest = of_unit.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        match length > CONSTANT * largest && length.is_finite() {
            true => row /= length,
            false => row.fill(0.0),
        }
    }
    let product = |one: ArrayView1<'_, f64>, other: ArrayView1<'_, f64>| {
        let pairs = one.into_iter().zip(other);
        pairs.fold(0.0, |sum, (a, b)| f64::mul_add(*a, *b, sum))
    };
    let mut correlations = Array2::zeros((units, units));
    for one in 0..units {
        if stop.is_asked() {
            return None;
        }
        for other in 0..one {
            let found = product(unit_vectors.row(one), unit_vectors.row(other));
            correlations[[one, other]] = found;
            correlations[[other, one]] = found;
        }
    }
    Some(correlations)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn order(order: UnitOrder, values: ArrayView2<'_, f64>) -> Vec<usize> {
        unit_order(order, values, &Stop::default()).unwrap()
    }

    #[test]
    fn the_most_active_unit_comes_first_whatever_its_sign() {
        let values = array![[0.1, -3.0, 1.0, 0.1], [0.2, 0.5, -1.0, 0.2]];
        assert_eq!(order(UnitOrder::Activity, values.view()), [1, 2, 0, 3]);
    }

    #[test]
    fn units_that_run_alike_stand_together() {
        // Three ways to run through time, each with several sizes and offsets, in a mixed order.
        let ways: [fn(f64) -> f64; 3] = [
            |t| libm::sin(t),
            |t| libm::cos(1.7 * t),
            |t| libm::sin(0.3 * t + 1.0),
        ];
        let kind = |unit: usize| unit * 5 % 3;
        let values = Array2::from_shape_fn((80, 12), |(t, unit)| {
            let noise = 0.05 * libm::sin((t * (unit + 3)) as f64);
            ways[kind(unit)](t as f64 * 0.4) * (1.0 + unit as f64) + unit as f64 + noise
        });
        let found = order(UnitOrder::Correlation, values.view());
        let changes = found.windows(2).filter(|it| kind(it[0]) != kind(it[1]));
        assert_eq!(changes.count(), 2, "{found:?}");
        let mut all = found;
        all.sort_unstable();
        assert_eq!(all, (0..12).collect::<Vec<_>>());
    }

    /// The walk by its definition, with Pearson's formula as it stands in textbooks.
    #[test]
    fn the_walk_is_that_of_its_definition() {
        let mut seed = 7_u64;
        for (steps, units) in [(9, 1), (9, 2), (14, 6), (30, 11)] {
            let values = Array2::from_shape_fn((steps, units), |_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(9);
                (seed >> 40) as f64 / 1e6 - 8.0
            });
            let mean = |of: &dyn Fn(usize) -> f64| (0..steps).map(of).sum::<f64>() / steps as f64;
            let correlation = |i: usize, j: usize| {
                let (a, b) = (values.column(i), values.column(j));
                let (m, n) = (mean(&|t| a[t]), mean(&|t| b[t]));
                let covariance = mean(&|t| a[t] * b[t]) - m * n;
                let spread = (mean(&|t| a[t] * a[t]) - m * m) * (mean(&|t| b[t] * b[t]) - n * n);
                covariance / spread.sqrt()
            };
            let likeness = |i: usize| -> f64 {
                let others = (0..units).filter(|&j| j != i);
                others.map(|j| correlation(i, j)).sum()
            };
            let first = (0..units)
                .min_by(|&i, &j| likeness(i).total_cmp(&likeness(j)))
                .unwrap();
            let mut expected = vec![first];
            while expected.len() < units {
                let last = *expected.last().unwrap();
                let left = (0..units).filter(|unit| !expected.contains(unit));
                let next = left
                    .max_by(|&i, &j| correlation(last, i).total_cmp(&correlation(last, j)))
                    .unwrap();
                expected.push(next);
            }
            assert_eq!(order(UnitOrder::Correlation, values.view()), expected);
        }
    }

    #[test]
    fn constant_and_broken_units_have_a_place_too() {
        let values = array![
            [0.1, 1.0, f64::NAN, 0.1, 2.0],
            [0.1, 2.0, 0.0, 0.1, 4.0],
            [0.1, 1.0, 0.0, 0.1, 2.0]
        ];
        for by in [UnitOrder::Activity, UnitOrder::Correlation] {
            let mut found = order(by, values.view());
            assert_eq!(found, order(by, values.view()), "always the same");
            found.sort_unstable();
            assert_eq!(found, [0, 1, 2, 3, 4], "{by:?}");
            assert_eq!(order(by, Array2::zeros((0, 3)).view()), [0, 1, 2]);
            assert_eq!(order(by, Array2::zeros((4, 0)).view()), [0; 0]);
        }
        let stop = Stop::default();
        stop.ask();
        let stopped = unit_order(UnitOrder::Correlation, values.view(), &stop);
        assert_eq!(stopped, None);
    }
}
