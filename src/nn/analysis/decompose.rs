//! The numbers behind a spectrum: [singular values](singular) and [eigenvalues](eigen) of a small dense matrix, f64, and what
//! both are made of.
//!
//! Sums run in an order of their own and nothing depends on the processor: the same bits everywhere. A library of linear
//! algebra follows the processor's vector width instead, and took a fifth of the time of a first build.

mod eigen;
mod singular;
#[cfg(test)]
mod tests;

pub(super) use eigen::eigenvalues;
pub(super) use singular::singular_values;

/// 2⁻⁵⁰⁰ and 2⁵⁰⁰: magnitudes between them can be squared and summed.
const TINY: f64 = f64::from_bits((1023 - 500) << 52);
const HUGE: f64 = f64::from_bits((1023 + 500) << 52);

/// Householder: puts v in place of x so that (I − w v vᵀ) x = α e₁, and returns (w, α); v₁ = 1.
///
/// α is opposite in sign to x₁: nothing cancels. Where x is a multiple of e₁ already, w = 0 leaves all as it is.
fn reflector(x: &mut [f64]) -> (f64, f64) {
    let length = norm(x);
    let Some((first, rest)) = x.split_first_mut() else {
        return (0.0, 0.0);
    };
    let before = std::mem::replace(first, 1.0);
    if rest.iter().all(|&x| x == 0.0) {
        return (0.0, before);
    }
    let image = if before > 0.0 { -length } else { length };
    let pivot = before - image;
    for x in rest {
        *x /= pivot;
    }
    (-pivot / image, image)
}

/// The largest magnitude.
fn largest<'a>(values: impl IntoIterator<Item = &'a f64>) -> f64 {
    values.into_iter().fold(0.0, |most, x| most.max(x.abs()))
}

/// The Euclidean norm, scaled by a power of two first where squares would overflow or vanish.
fn norm(x: &[f64]) -> f64 {
    let size = largest(x);
    if size == 0.0 || (TINY..HUGE).contains(&size) {
        return libm::sqrt(dot(x, x));
    }
    let (_, exponent) = libm::frexp(size);
    let scaled: Vec<f64> = x.iter().map(|&x| libm::scalbn(x, -exponent)).collect();
    libm::scalbn(libm::sqrt(dot(&scaled, &scaled)), exponent)
}

/// xᵀy as eight sums of every eighth product, then their sum: an order that any processor can follow, several at a time.
fn dot(x: &[f64], y: &[f64]) -> f64 {
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks::<8>(), y.as_chunks::<8>());
    let mut sums = [0.0; 8];
    for (x, y) in x.iter().zip(y) {
        for (sum, (x, y)) in sums.iter_mut().zip(x.iter().zip(y)) {
            *sum += x * y;
        }
    }
    let rest = x_rest
        .iter()
        .zip(y_rest)
        .fold(0.0, |sum, (x, y)| sum + x * y);
    sums.iter().sum::<f64>() + rest
}

/// y + factor · x.
fn add_multiple(y: &mut [f64], factor: f64, x: &[f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += factor * x;
    }
}
