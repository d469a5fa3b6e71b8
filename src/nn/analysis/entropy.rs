//! How widely attention is spread: the entropy of the weights of one look,
//!
//! H = −Σ_j α_j log₂ α_j, in bits, with 0 log 0 = 0: 0 where one step has all of the weight, log₂ n where n steps have equal
//! shares (Shannon 1948, "A mathematical theory of communication"). 2^H is about how many steps are looked at.

use ndarray::ArrayView1;

/// H of one look in bits; `None` where nothing is looked at, as from a step of padding, or a weight is no number.
pub fn entropy(weights: ArrayView1<'_, f64>) -> Option<f64> {
    let terms = weights.iter().map(|&weight| match weight {
        0.0 => 0.0,
        weight => -weight * libm::log2(weight),
    });
    let bits: f64 = terms.sum();
    let looks = weights.iter().any(|&weight| weight > 0.0);
    // Rounding may leave a little less than nothing.
    (looks && bits.is_finite()).then_some(bits.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn entropy_is_that_of_the_definition() {
        assert_eq!(entropy(array![0.25, 0.25, 0.25, 0.25].view()), Some(2.0));
        assert_eq!(entropy(array![0.0, 1.0].view()), Some(0.0));
        assert_eq!(entropy(array![0.5, 0.25, 0.25].view()), Some(1.5));
        assert_eq!(entropy(array![0.0, 0.0].view()), None);
        assert_eq!(entropy(array![f64::NAN, 1.0].view()), None);
    }
}
