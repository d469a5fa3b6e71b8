//! The autoregression AR(p) and its forecasts.
//!
//! x_t = c + Σ φ_ℓ x_{t−ℓ} + ε_t over a set of lags ℓ, all of 1 … p or any others; ε_t independent with mean 0 and
//! variance σ² (Yule 1927, who made it for the sunspots). Three ways to estimate it:
//!
//! - least squares with constant on the conditional sample, see `ols.rs`; σ² = squared residuals / n. The only one for lags
//!   with gaps, and for several series at once.
//! - Yule–Walker, see `yule_walker.rs`; σ² = γ₀ − Σ φ_ℓ γ_ℓ.
//! - Burg, see `burg.rs`; σ² = the last forward and backward errors, squared and averaged.
//!
//! The latter two take the mean μ of the series out first; their constant is c = μ (1 − Σ φ_ℓ).
//!
//! Forecasts: one step ahead is the equation without ε. h steps ahead either *recursively*, forecasts standing in for the
//! values not known yet, or *directly*, by a fit whose smallest lag is h ([`direct_lags`]).

use super::method::Method;
use super::roots::{Root, roots};

/// A fitted autoregression.
#[derive(Clone, Debug, PartialEq)]
pub struct Autoregression {
    /// c, in the unit of the series.
    pub constant: f64,
    /// The lags ℓ in increasing order; none for the mean alone.
    pub lags: Vec<usize>,
    /// φ_ℓ, by lag.
    pub coefficients: Vec<f64>,
    /// σ², in the squared unit of the series; infinite where f64 ends.
    pub variance: f64,
    /// How many values were explained: by least squares those with all lags known, otherwise all.
    pub observations: usize,
    /// How it was estimated.
    pub method: Method,
}

impl Autoregression {
    /// The largest lag: how many values the next one is told from.
    pub fn largest_lag(&self) -> usize {
        self.lags.last().copied().unwrap_or(0)
    }

    /// The name on the screen: `AR(9)`, or `AR{1, 2, 9}` with gaps.
    pub fn title(&self) -> String {
        if self.lags.iter().copied().eq(1..=self.lags.len()) {
            return format!("AR({})", self.lags.len());
        }
        let lags: Vec<String> = self.lags.iter().map(ToString::to_string).collect();
        format!("AR{{{}}}", lags.join(", "))
    }

    /// The `steps` values after `history`, each from those before it, forecasts included.
    ///
    /// None of them if the history is shorter than [`Autoregression::largest_lag`].
    pub fn forecast(&self, history: &[f64], steps: usize) -> Vec<f64> {
        if history.len() < self.largest_lag() {
            return Vec::new();
        }
        let mut ahead: Vec<f64> = Vec::with_capacity(steps);
        for step in 0..steps {
            let mut next = self.constant;
            for (lag, coefficient) in self.lags.iter().zip(&self.coefficients) {
                // Step s from now needs step s − lag: a forecast, or that many values back.
                let value = match step.checked_sub(*lag) {
                    Some(earlier) => ahead[earlier],
                    None => history[history.len() + step - lag],
                };
                next += coefficient * value;
            }
            ahead.push(next);
        }
        ahead
    }

    /// The roots z of 1 − Σ φ_ℓ z^ℓ, nearest to 0 first; `None` if a coefficient is not finite. See [`roots`].
    pub fn roots(&self) -> Option<Vec<Root>> {
        roots(&self.lags, &self.coefficients)
    }

    /// Whether all roots lie outside the unit circle, so that a shock fades; `None` as [`Autoregression::roots`].
    pub fn stationary(&self) -> Option<bool> {
        let roots = self.roots()?;
        Some(roots.iter().all(|root| root.modulus() > 1.0))
    }

    /// The mean of the process, c / (1 − Σ φ_ℓ), to which forecasts tend; `None` if it is not stationary.
    pub fn mean(&self) -> Option<f64> {
        let share = 1.0 - self.coefficients.iter().sum::<f64>();
        (self.stationary()? && share != 0.0).then(|| self.constant / share)
    }
}

/// The lags that forecast `horizon` steps ahead directly what `lags` forecast one step ahead: each later by horizon − 1.
/// With these, least squares fits the forecast itself, and no forecast stands in for a value.
pub fn direct_lags(lags: &[usize], horizon: usize) -> Vec<usize> {
    lags.iter()
        .map(|lag| lag.saturating_add(horizon.saturating_sub(1)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::lags::all_lags;
    use super::*;
    use proptest::prelude::*;

    fn model(constant: f64, lags: &[usize], coefficients: &[f64]) -> Autoregression {
        Autoregression {
            constant,
            lags: lags.to_vec(),
            coefficients: coefficients.to_vec(),
            variance: 1.0,
            observations: 10,
            method: Method::LeastSquares,
        }
    }

    #[test]
    fn forecasts_feed_on_themselves_once_the_history_is_used_up() {
        // By hand: 1 + 2·3 + 10·1 = 17; 1 + 2·17 + 10·2 = 55; 1 + 2·55 + 10·3 = 141; 1 + 2·141 + 10·17 = 453.
        let model = model(1.0, &[1, 3], &[2.0, 10.0]);
        assert_eq!(
            model.forecast(&[9.0, 1.0, 2.0, 3.0], 4),
            [17.0, 55.0, 141.0, 453.0]
        );
        assert_eq!(model.forecast(&[1.0, 2.0], 4), [0.0; 0]);
    }

    #[test]
    fn no_lags_forecast_the_mean() {
        for method in Method::ALL {
            let fitted = Autoregression::fit(&[1.0, 2.0, 6.0], &[], method).unwrap();
            assert_eq!(fitted.title(), "AR(0)");
            assert_eq!(fitted.forecast(&[], 2), [3.0, 3.0], "{method:?}");
            // By hand: (4 + 1 + 9) / 3.
            assert!((fitted.variance - 14.0 / 3.0).abs() < 1e-14, "{method:?}");
            assert_eq!(fitted.stationary(), Some(true));
        }
    }

    #[test]
    fn titles_tell_lags_with_gaps_from_those_without() {
        assert_eq!(model(0.0, &[1, 2], &[0.1, 0.1]).title(), "AR(2)");
        assert_eq!(model(0.0, &[1, 2, 9], &[0.1; 3]).title(), "AR{1, 2, 9}");
        assert_eq!(direct_lags(&[1, 2, 9], 3), [3, 4, 11]);
    }

    #[test]
    fn a_random_walk_is_not_stationary_and_has_no_mean() {
        let walk = model(1.0, &[1], &[1.0]);
        assert_eq!((walk.stationary(), walk.mean()), (Some(false), None));
        let fading = model(1.0, &[1], &[0.5]);
        assert_eq!(
            (fading.stationary(), fading.mean()),
            (Some(true), Some(2.0))
        );
    }

    #[test]
    fn every_method_has_a_name_of_its_own() {
        for method in Method::ALL {
            assert_eq!(Method::from_name(method.name()), Some(method));
        }
        assert_eq!(Method::from_name("ols"), None);
    }

    #[test]
    fn what_cannot_be_fitted_is_refused_with_a_reason() {
        let series: Vec<f64> = (0..40).map(|t| libm::sin(f64::from(t))).collect();
        let refused = |lags: &[usize], method| {
            Autoregression::fit(&series, lags, method)
                .map_err(|error| error.to_string())
                .unwrap_err()
        };
        assert!(refused(&[0, 1], Method::LeastSquares).starts_with("found lag 0"));
        assert!(refused(&[2, 1, 2], Method::Burg).starts_with("found lag 2 twice"));
        assert_eq!(
            refused(&[1, 2, 9], Method::Burg),
            "found lags without 3, expected all from 1 to 9 for Burg. Least squares can take any lags."
        );
        assert_eq!(
            refused(&[1, 38], Method::LeastSquares),
            "found 2 observations with 38 observations before, expected at least 4: \
             one more than there are coefficients. Choose fewer or smaller lags, or use a longer series."
        );
        assert!(refused(&[usize::MAX], Method::LeastSquares).starts_with("found 0 observations"));
        // sin t = 2 cos 1 sin(t − 1) − sin(t − 2): a third lag says nothing new.
        assert!(refused(&[1, 2, 3], Method::LeastSquares).starts_with("lag 3: found"));
    }

    /// Numbers that a file may hold, the worst among them.
    fn any_number() -> impl Strategy<Value = f64> {
        prop_oneof![
            8 => -9.0..9.0_f64,
            2 => (-9_i32..9).prop_map(f64::from),
            1 => prop_oneof![Just(f64::MAX), Just(f64::MIN), Just(5e-324), Just(0.0), Just(1e-160)],
            1 => any::<f64>(),
        ]
    }

    proptest! {
        #[test]
        fn any_series_and_any_lags_give_a_finite_model_or_an_error(
            series in proptest::collection::vec(any_number(), 0..40),
            lags in proptest::collection::vec(0_usize..20, 0..6),
            order in 0_usize..12,
        ) {
            for method in Method::ALL {
                for lags in [&lags, &all_lags(order)] {
                    let Ok(fitted) = Autoregression::fit(&series, lags, method) else {
                        continue;
                    };
                    prop_assert!(fitted.coefficients.iter().all(|c| c.is_finite()), "{:?}", fitted);
                    prop_assert!(fitted.variance >= 0.0, "{:?}", fitted);
                    let usual = fitted.coefficients.iter().all(|c| c.abs() < 1e150);
                    prop_assert_eq!(fitted.roots().is_some(), usual, "{:?}", fitted);
                    prop_assert_eq!(fitted.forecast(&series, 3).len(), 3);
                }
            }
        }
    }
}
