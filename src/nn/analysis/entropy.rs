//! How widely attention is spread: the entropy of the weights of one look,
//!
//! H = −Σ_j α_j log₂ α_j, in bits, with 0 log 0 = 0: 0 where one step has all of the weight, log₂ n where n steps have equal
//! shares (Shannon 1948, "A mathematical theory of communication"). 2^H is about how many steps are looked at.

use ndarray::{ArrayView1, ArrayView2};

/// How widely the looks of an attention map are spread.
#[derive(Clone, Debug, PartialEq)]
pub struct Spreads {
    /// H of each look, in bits; `None` from a step of padding.
    pub bits: Vec<Option<f64>>,
    /// log₂ n: what H is at most, where n steps are looked at.
    pub most: f64,
}

impl Spreads {
    /// Of the weights `[steps that look, steps that are looked at]`, where there are `keys` of the latter but for padding.
    pub fn of(weights: ArrayView2<'_, f64>, keys: usize) -> Self {
        Self {
            bits: weights.outer_iter().map(entropy).collect(),
            most: libm::log2(keys.max(1) as f64),
        }
    }

    /// The mean of the looks; `None` without any.
    pub fn mean(&self) -> Option<f64> {
        let known: Vec<f64> = self.bits.iter().flatten().copied().collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    }
}

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
        let spreads = Spreads::of(array![[0.5, 0.5, 0.0], [0.0, 1.0, 0.0], [0.0; 3]].view(), 2);
        assert_eq!(spreads.bits, [Some(1.0), Some(0.0), None]);
        assert_eq!((spreads.most, spreads.mean()), (1.0, Some(0.5)));
    }
}
