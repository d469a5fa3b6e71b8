//! Autoregression by the Yule–Walker equations.
//!
//! With the autocovariances γ_k = Σ (x_t − μ)(x_{t−k} − μ) / n, or / (n − k) if adjusted, the coefficients solve
//! Σ_ℓ γ_{|k−ℓ|} φ_ℓ = γ_k, k = 1 … p (Yule 1927, Walker 1931). The matrix has equal diagonals; Levinson's recursion
//! (Levinson 1947, Durbin 1960) solves it for every order on the way to p:
//!
//! α_k = (γ_k − Σ_{j<k} φ_j γ_{k−j}) / σ²_{k−1}, φ_k ← α_k, φ_j ← φ_j − α_k φ_{k−j}, σ²_k = σ²_{k−1} (1 − α_k²).
//!
//! α_k is the partial autocorrelation at lag k. Divided by n, the γ are those of a process: |α_k| < 1, and the result is
//! stationary. Adjusted, they need not be.

use super::ar::Autoregression;
use super::error::FitError;
use super::method::Method;
use super::series::{Centred, ordered};
use super::sums::dot;
use crate::data::Pace;

/// What is left of the variance below which the recursion's next step would be rounding: a share of γ₀.
const NOTHING_LEFT: f64 = 1e-13;

/// γ_0 … γ_p of values without their mean; as statsmodels' `acovf(series, adjusted)`.
///
/// # Errors
/// If `pace` is broken.
pub(super) fn autocovariances(
    values: &[f64],
    order: usize,
    adjusted: bool,
    pace: &Pace,
) -> Result<Vec<f64>, FitError> {
    let n = values.len();
    (0..=order.min(n.saturating_sub(1)))
        .map(|lag| {
            if !pace.does(n) {
                return Err(FitError::Cancelled);
            }
            let terms = if adjusted { n - lag } else { n };
            Ok(dot(&values[lag..], &values[..n - lag]) / terms as f64)
        })
        .collect()
}

/// What Levinson's recursion found.
pub(super) struct Levinson {
    /// φ_1 … φ_p.
    pub coefficients: Vec<f64>,
    /// α_1 … α_p.
    pub partial: Vec<f64>,
    /// σ²_p.
    pub variance: f64,
}

/// Levinson's recursion on γ_0 … γ_p.
///
/// # Errors
/// The lag and the share of γ₀ that is left, where that share is 0 or rounding: the next step would divide by it.
pub(super) fn levinson(covariances: &[f64]) -> Result<Levinson, (usize, f64)> {
    let first = covariances.first().copied().unwrap_or(0.0);
    let mut found = Levinson {
        coefficients: Vec::new(),
        partial: Vec::new(),
        variance: first,
    };
    for k in 1..covariances.len() {
        let share = found.variance / first;
        // Written so that NaN stops it too.
        if share.is_nan() || share.abs() <= NOTHING_LEFT {
            return Err((k, share));
        }
        let mut rest = covariances[k];
        for (j, coefficient) in found.coefficients.iter().enumerate() {
            rest -= coefficient * covariances[k - 1 - j];
        }
        let alpha = rest / found.variance;
        extend(&mut found.coefficients, alpha);
        found.partial.push(alpha);
        found.variance *= (1.0 - alpha) * (1.0 + alpha);
    }
    Ok(found)
}

/// The coefficients of order k from those of order k − 1 and the k-th partial autocorrelation.
pub(super) fn extend(coefficients: &mut Vec<f64>, alpha: f64) {
    let before = coefficients.clone();
    for (coefficient, mirrored) in coefficients.iter_mut().zip(before.iter().rev()) {
        *coefficient -= alpha * mirrored;
    }
    coefficients.push(alpha);
}

/// The order p of lags that are 1 … p.
///
/// # Errors
/// If they are not, or the series has not more than p values.
pub(super) fn order_of(lags: &[usize], rows: usize, method: Method) -> Result<usize, FitError> {
    let lags = ordered(lags)?;
    let last = lags.last().copied().unwrap_or(0);
    method.takes(&lags)?;
    if rows <= last {
        return Err(FitError::TooShort {
            observations: rows,
            needed: last + 1,
            what: format!("a largest lag of {last}"),
        });
    }
    Ok(last)
}

/// The autoregression of `series` on `lags`, which must be 1 … p.
///
/// # Errors
/// See [`Autoregression::fit`].
pub(super) fn fit(
    series: &[f64],
    lags: &[usize],
    method: Method,
    pace: &Pace,
) -> Result<Autoregression, FitError> {
    let order = order_of(lags, series.len(), method)?;
    let centred = Centred::one(series)?;
    let adjusted = method == Method::YuleWalkerAdjusted;
    let covariances = autocovariances(centred.values(), order, adjusted, pace)?;
    let found = levinson(&covariances).map_err(|(lag, share)| FitError::NotPositive {
        lag: lag - 1,
        share,
    })?;
    // A variance that is not positive, at whatever lag: no process has such autocovariances, and forecasts by them may run
    // away.
    let mut share = 1.0;
    for (index, alpha) in found.partial.iter().enumerate() {
        share *= (1.0 - alpha) * (1.0 + alpha);
        if share <= 0.0 {
            let lag = index + 1;
            return Err(FitError::NotPositive { lag, share });
        }
    }
    Ok(Autoregression {
        constant: centred.constant(0.0, &found.coefficients),
        lags: (1..=order).collect(),
        variance: centred.variance(found.variance),
        coefficients: found.coefficients,
        observations: series.len(),
        method,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levinson_solves_the_equations_it_was_made_from() {
        // γ of x_t = 0.5 x_{t−1} + 0.3 x_{t−2} + ε, σ² = 1, up to a factor: ρ₁ = 0.5/0.7, ρ_k = 0.5 ρ_{k−1} + 0.3 ρ_{k−2}.
        let mut rho = vec![1.0, 0.5 / 0.7];
        for k in 2..5 {
            rho.push(0.5 * rho[k - 1] + 0.3 * rho[k - 2]);
        }
        let found = levinson(&rho).unwrap();
        let expected = [0.5, 0.3, 0.0, 0.0];
        for (found, expected) in found.coefficients.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        }
        assert!((found.variance - (1.0 - 0.5 * rho[1] - 0.3 * rho[2])).abs() < 1e-15);
    }

    #[test]
    fn autocovariances_of_no_process_are_refused_with_the_lag() {
        // By hand, of −1, 1, −1, 1: adjusted γ = 1, −1, 1, −1, so nothing is left after lag 1. Of −2, 1, 1 with
        // mean 0: γ₀ = 2, γ₁ = −1/2, γ₂ = −2: α₁ = −1/4, α₂ = (−2 − 1/8) / 1.875 < −1.
        let refused = |series: &[f64], order: usize| {
            let lags: Vec<usize> = (1..=order).collect();
            fit(series, &lags, Method::YuleWalkerAdjusted, &Pace::free())
        };
        assert_eq!(
            refused(&[-1.0, 1.0, -1.0, 1.0], 2),
            Err(FitError::NotPositive { lag: 1, share: 0.0 })
        );
        assert!(matches!(
            refused(&[-2.0, 1.0, 1.0], 2),
            Err(FitError::NotPositive { lag: 2, share }) if share < 0.0
        ));
        assert!(matches!(
            refused(&[-2.0, 1.0, 1.0], 3),
            Err(FitError::TooShort { needed: 4, .. })
        ));
    }
}
