//! Autoregression by Burg's method (Burg 1967, 1975; Brockwell & Davis 2016, 5.1.2).
//!
//! With the errors of forecasting forwards u_t and backwards v_t, both x_t − μ at first, order k takes the α that makes both
//! together least,
//!
//! α_k = 2 Σ u_t v_{t−1} / d_k, d_k = Σ (u_t² + v_{t−1}²), then u_t ← u_t − α_k v_{t−1}, v_t ← v_{t−1} − α_k u_t,
//!
//! over t = k+1 … n; |α_k| ≤ 1, so the result is stationary, or on the verge of it where nothing is left to explain.
//! Coefficients follow from the α by Levinson's recursion, and σ²_k = (1 − α_k²) d_k / (2 (n − k)).
//!
//! Deviation: statsmodels' `pacf_burg` updates d from order to order; here it is summed anew, because the update loses its
//! digits where little is left: of a random walk summed up, 1500 values, 2.6 · 10⁻⁷ of the variance of order 2.

use super::ar::Autoregression;
use super::error::FitError;
use super::method::Method;
use super::series::Centred;
use super::sums::dot;
use super::yule_walker::{extend, order_of};
use crate::data::Pace;

/// α_1 … α_p and σ²_p of values without their mean.
///
/// From an order on at which nothing is left to explain, every α is 0. Where `pace` is broken it ends early.
pub(super) fn partial(values: &[f64], order: usize, pace: &Pace) -> (Vec<f64>, f64) {
    let n = values.len();
    let mut forward = values.to_vec();
    let mut backward = values.to_vec();
    let mut partial = Vec::with_capacity(order);
    let mut variance = dot(values, values) / n.max(1) as f64;
    for k in 1..=order.min(n.saturating_sub(1)) {
        if !pace.does(4 * n) {
            break;
        }
        // u_t stays at its place and v_t takes that of v_{t−1}, so that v_{t−1} is by now k places before u_t.
        let u = &mut forward[k..];
        let v = &mut backward[..n - k];
        let squares = dot(u, u) + dot(v, v);
        let alpha = if squares == 0.0 {
            0.0
        } else {
            // Rounding may pass ±1, which the exact value does not.
            (2.0 * dot(u, v) / squares).clamp(-1.0, 1.0)
        };
        for (u, v) in u.iter_mut().zip(v) {
            (*u, *v) = (*u - alpha * *v, *v - alpha * *u);
        }
        partial.push(alpha);
        variance = (1.0 - alpha) * (1.0 + alpha) * squares / (2 * (n - k)) as f64;
    }
    (partial, variance)
}

/// The autoregression of `series` on `lags`, which must be 1 … p.
///
/// # Errors
/// See [`Autoregression::fit`].
pub(super) fn fit(series: &[f64], lags: &[usize], pace: &Pace) -> Result<Autoregression, FitError> {
    let order = order_of(lags, series.len(), Method::Burg)?;
    let centred = Centred::one(series)?;
    let (partial, variance) = partial(centred.values(), order, pace);
    if pace.is_broken() {
        return Err(FitError::Cancelled);
    }
    let mut coefficients = Vec::with_capacity(order);
    for alpha in partial {
        extend(&mut coefficients, alpha);
    }
    Ok(Autoregression {
        constant: centred.constant(0.0, &coefficients),
        lags: (1..=order).collect(),
        coefficients,
        variance: centred.variance(variance),
        observations: series.len(),
        method: Method::Burg,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_order_is_twice_the_product_over_both_squares() {
        // By hand, of −2, 0, 2 with mean 0: Σ x_t x_{t−1} = 0; of −3, −1, 1, 3: 2 (3 − 1 + 3) / (9 + 1 + 1 + 1 + 1 + 9).
        assert_eq!(partial(&[-2.0, 0.0, 2.0], 1, &Pace::free()).0, [0.0]);
        let (alpha, variance) = partial(&[-3.0, -1.0, 1.0, 3.0], 1, &Pace::free());
        assert!((alpha[0] - 10.0 / 22.0).abs() < 1e-16);
        assert!((variance - (1.0 - 100.0 / 484.0) * 22.0 / 6.0).abs() < 1e-15);
    }

    #[test]
    fn an_alternating_series_is_explained_at_once_and_the_rest_is_zero() {
        let (alpha, variance) = partial(&[-1.0, 1.0, -1.0, 1.0], 3, &Pace::free());
        assert_eq!((alpha, variance), (vec![-1.0, 0.0, 0.0], 0.0));
    }
}
