//! An autoregression fitted: which method does it, and which lags that takes.

use super::ar::Autoregression;
use super::error::FitError;
use super::method::Method;
use super::{burg, lags, ols, yule_walker};
use crate::data::Pace;

impl Method {
    /// Whether it can fit these lags, which rise: all methods but least squares want all from 1 to p.
    ///
    /// # Errors
    /// [`FitError::LagGap`], with the first lag that is missing.
    pub fn takes(self, lags: &[usize]) -> Result<(), FitError> {
        match (self, lags::gap(lags), lags.last()) {
            (Method::LeastSquares, ..) | (_, None, _) | (.., None) => Ok(()),
            (method, Some(missing), Some(&last)) => Err(FitError::LagGap {
                missing,
                last,
                method,
            }),
        }
    }
}

impl Autoregression {
    /// The autoregression of `series` on `lags`, which may come in any order. No lags: the mean.
    ///
    /// # Errors
    /// If a value is not finite, the series is constant or too short, a lag is 0 or there twice, a lag tells nothing beyond
    /// smaller ones, or the method is not least squares and the lags have gaps. See [`FitError`].
    ///
    /// ```
    /// use rnnscope::baseline::{Autoregression, Method};
    ///
    /// let series = [1.0, 3.0, 2.0, 4.0, 2.5, 3.5, 3.0, 3.0, 3.5, 2.5];
    /// let fitted = Autoregression::fit(&series, &[1], Method::LeastSquares).unwrap();
    /// let next = fitted.forecast(&series, 2);
    /// assert_eq!(next[0], fitted.constant + fitted.coefficients[0] * 2.5);
    /// ```
    pub fn fit(series: &[f64], lags: &[usize], method: Method) -> Result<Self, FitError> {
        Self::fit_paced(series, lags, method, &Pace::free())
    }

    /// [`Autoregression::fit`], which takes a while for many lags of a long series.
    ///
    /// # Errors
    /// Those of [`Autoregression::fit`], and [`FitError::Cancelled`].
    pub fn fit_paced(
        series: &[f64],
        lags: &[usize],
        method: Method,
        pace: &Pace,
    ) -> Result<Self, FitError> {
        match method {
            Method::LeastSquares => ols::fit(&[series], lags, pace),
            Method::YuleWalker | Method::YuleWalkerAdjusted => {
                yule_walker::fit(series, lags, method, pace)
            }
            Method::Burg => burg::fit(series, lags, pace),
        }
    }

    /// One autoregression of several series, such as those of a group column, by least squares: coefficients and constant
    /// are shared, and no value is explained by another series'.
    ///
    /// # Errors
    /// As [`Autoregression::fit`]; of a single series, some may be too short as long as all together are not.
    pub fn fit_pooled(series: &[&[f64]], lags: &[usize]) -> Result<Self, FitError> {
        Self::fit_pooled_paced(series, lags, &Pace::free())
    }

    /// [`Autoregression::fit_pooled`], which takes a while for many lags of long series.
    ///
    /// # Errors
    /// Those of [`Autoregression::fit_pooled`], and [`FitError::Cancelled`].
    pub fn fit_pooled_paced(
        series: &[&[f64]],
        lags: &[usize],
        pace: &Pace,
    ) -> Result<Self, FitError> {
        ols::fit(series, lags, pace)
    }
}
