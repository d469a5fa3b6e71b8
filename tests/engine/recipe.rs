//! The recipe by which parameters and inputs of the PyTorch fixtures are made, and how recorded tensors are compared.

use rnnscope::nn::Real;
use serde_json::Value;

/// `function(step k)`; k counts from 1.
pub fn wave(k: usize, function: fn(f64) -> f64, step: f64) -> f64 {
    function(step * k as f64)
}

/// Compares with `[norm, Σ value · cos(0.9 k)]`, relative to the norm.
pub fn assert_fingerprint<'a, T: Real>(
    values: impl IntoIterator<Item = &'a T>,
    expected: &Value,
    tolerance: f64,
    what: &str,
) {
    let (mut squares, mut sum) = (0.0, 0.0);
    for (k, value) in values.into_iter().enumerate() {
        squares += value.widen() * value.widen();
        sum += value.widen() * wave(k + 1, f64::cos, 0.9);
    }
    let [norm, projection] = [0, 1].map(|i| expected[i].as_f64().unwrap());
    let error = (squares.sqrt() - norm).abs().max((sum - projection).abs());
    assert!(
        error <= tolerance * norm,
        "{what}: {error:e} away, norm {norm:e}"
    );
}

/// The bits of each value.
pub fn bits(values: impl IntoIterator<Item = f64>) -> Vec<u64> {
    values.into_iter().map(f64::to_bits).collect()
}
