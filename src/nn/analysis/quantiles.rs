//! The spread of a quantity over the units, step by step.
//!
//! A quantile between two values in order is interpolated linearly: definition 7 of Hyndman & Fan ("Sample quantiles in
//! statistical packages", 1996), as in NumPy and R.

use ndarray::ArrayView2;

/// Which quantiles: the smallest, the lower end of the middle 90 %, the quartiles around the median, the upper end, the largest.
pub const SHARES: [f64; 7] = [0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0];

/// The quantiles at a step, in the order of [`SHARES`].
pub type Spread = [f64; SHARES.len()];

/// The quantiles over the units at each step, from values as `[time, units]`. What is not finite does not count; `None` where
/// nothing else is there.
pub fn quantiles(values: ArrayView2<'_, f64>) -> Vec<Option<Spread>> {
    let mut sorted: Vec<f64> = Vec::with_capacity(values.ncols());
    let of_step = |step: ndarray::ArrayView1<'_, f64>| {
        sorted.clear();
        sorted.extend(step.iter().filter(|value| value.is_finite()));
        sorted.sort_unstable_by(f64::total_cmp);
        (!sorted.is_empty()).then(|| SHARES.map(|share| quantile(&sorted, share)))
    };
    values.outer_iter().map(of_step).collect()
}

/// One quantile of at least one value in order.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = place as usize;
    let part = place - below as f64;
    match sorted.get(below + 1) {
        // Each end for itself: their difference may be too large for a number.
        Some(above) if part > 0.0 => (1.0 - part).mul_add(sorted[below], part * above),
        _ => sorted[below],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    #[test]
    fn quantiles_of_whole_numbers_are_where_they_are_counted() {
        // 0 … 20 in another order: the k-th value is the quantile k / 20.
        let values = Array2::from_shape_fn((2, 21), |(t, unit)| {
            (unit * 8 % 21) as f64 + 100.0 * t as f64
        });
        let expected = [0.0, 1.0, 5.0, 10.0, 15.0, 19.0, 20.0];
        let found = quantiles(values.view());
        assert_eq!(found[0], Some(expected));
        assert_eq!(found[1], Some(expected.map(|value| 100.0 + value)));
    }

    /// numpy 2.1: np.quantile([3, -1, 4, 1.5], [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]).
    #[test]
    fn between_two_values_a_quantile_is_interpolated() {
        let found = quantiles(array![[3.0, -1.0, 4.0, 1.5]].view());
        let expected = [-1.0, -0.625, 0.875, 2.25, 3.25, 3.85, 4.0];
        for (found, expected) in found[0].unwrap().into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    #[test]
    fn what_is_not_finite_does_not_count() {
        let values = array![
            [f64::NAN, 2.0, f64::INFINITY],
            [f64::NAN, f64::NAN, f64::NEG_INFINITY],
            [1e308, -1e308, 0.0]
        ];
        let found = quantiles(values.view());
        assert_eq!(found[..2], [Some([2.0; 7]), None]);
        assert!(found[2].unwrap().iter().all(|value| value.is_finite()));
        assert_eq!(quantiles(Array2::zeros((2, 0)).view()), [None, None]);
    }

    #[test]
    fn a_quantile_has_its_share_of_the_values_on_either_side() {
        let mut seed = 1_u64;
        for units in 1..40 {
            let values = Array2::from_shape_fn((1, units), |_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (seed >> 40) as f64 / 1e6 - 8.0
            });
            let found = quantiles(values.view())[0].unwrap();
            assert!(found.is_sorted());
            for (share, quantile) in SHARES.into_iter().zip(found) {
                let count = |is: &dyn Fn(f64) -> bool| {
                    values.iter().filter(|&&value| is(value)).count() as f64
                };
                let most = share * (units - 1) as f64;
                assert!(count(&|value| value < quantile - 1e-9) <= most + 1.0);
                assert!(count(&|value| value > quantile + 1e-9) <= units as f64 - most);
            }
        }
    }
}
