//! Sums whose order never changes.

/// Partial sums side by side: enough that additions need not wait for each other.
const LANES: usize = 8;

/// Σ aᵢ bᵢ: lane k sums the products k, k + 8, k + 16, … in order, then neighbouring lanes are added pairwise.
///
/// The tree is the same whatever the vector width, and so are the bits.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let length = a.len().min(b.len());
    let (a, b) = (&a[..length], &b[..length]);
    let mut lanes = [0.0; LANES];
    let whole = length - length % LANES;
    for (a, b) in a[..whole]
        .chunks_exact(LANES)
        .zip(b[..whole].chunks_exact(LANES))
    {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    for ((lane, a), b) in lanes.iter_mut().zip(&a[whole..]).zip(&b[whole..]) {
        *lane += a * b;
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

/// Σ aᵢ, in the order of [`dot`].
pub(super) fn sum(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut lanes = [0.0; LANES];
    for (index, value) in values.into_iter().enumerate() {
        lanes[index % LANES] += value;
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sums_take_every_value_once_at_any_length() {
        for length in 0..40 {
            let values: Vec<f64> = (1..=length).map(f64::from).collect();
            let total = f64::from(length * (length + 1) / 2);
            assert_eq!(sum(values.iter().copied()), total);
            assert_eq!(dot(&values, &vec![1.0; length as usize]), total);
        }
    }
}
