//! Which units follow something: the correlation of each unit's values with a value known at every step.
//!
//! Pearson's correlation, r = Σ (a_t − ā)(b_t − b̄) / √(Σ (a_t − ā)² Σ (b_t − b̄)²), is 1 where a unit rises and falls with it,
//! −1 where it does the opposite: a unit that is low within quotes tells of them as well as one that is high. It shows what a
//! unit's value goes together with over these steps, not what the network uses it for.
//!
//! Karpathy, Johnson & Fei-Fei 2015, "Visualizing and understanding recurrent networks", found such units by eye: one for
//! quotes, one for the place in a line. Here they are searched for.

use ndarray::ArrayView2;

/// Below this share of a unit's largest magnitude what it varies by is rounding.
const CONSTANT: f64 = 1e-12;

/// r of each unit of `values`, `[steps, units]`, with `with`, a number for each step; `None` of one that is constant or not
/// finite, and of all where `with` is.
///
/// # Panics
/// If there are not as many numbers as steps.
pub fn following(values: ArrayView2<'_, f64>, with: &[f64]) -> Vec<Option<f64>> {
    assert_eq!(values.nrows(), with.len(), "a number for each step");
    let centred = |values: &mut dyn Iterator<Item = f64>| -> Option<(Vec<f64>, f64)> {
        let values: Vec<f64> = values.collect();
        let largest = values
            .iter()
            .fold(0.0, |largest: f64, value| largest.max(value.abs()));
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let apart: Vec<f64> = values.iter().map(|value| value - mean).collect();
        let length = apart.iter().map(|value| value * value).sum::<f64>().sqrt();
        let varies = length > CONSTANT * largest * (values.len() as f64).sqrt();
        (length.is_finite() && varies).then_some((apart, length))
    };
    let with = centred(&mut with.iter().copied());
    let of_unit = |unit: usize| {
        let (with, length) = with.as_ref()?;
        let (apart, own) = centred(&mut values.column(unit).iter().copied())?;
        let product: f64 = apart.iter().zip(with).map(|(a, b)| a * b).sum();
        Some((product / (own * length)).clamp(-1.0, 1.0))
    };
    (0..values.ncols()).map(of_unit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// By hand: of 1, 2, 3, 4 and 1, 3, 2, 4 the products of what is off the mean add up to 4, their squares to 5 each.
    #[test]
    fn a_correlation_is_that_of_the_definition() {
        let values = array![
            [1.0, 8.0, 1.0, 7.0, f64::NAN],
            [2.0, 6.0, 3.0, 7.0, 0.0],
            [3.0, 4.0, 2.0, 7.0, 1.0],
            [4.0, 2.0, 4.0, 7.0, 2.0],
        ];
        let found = following(values.view(), &[1.0, 2.0, 3.0, 4.0]);
        let near = |found: Option<f64>, r: f64| (found.unwrap() - r).abs() < 1e-15;
        assert!(near(found[0], 1.0) && near(found[1], -1.0) && near(found[2], 0.8));
        assert_eq!(found[3..], [None, None]);
        // Nothing follows what never changes.
        assert_eq!(following(values.view(), &[2.0; 4]), [None; 5]);
    }
}
