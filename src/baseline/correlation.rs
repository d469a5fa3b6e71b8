//! Autocorrelation and partial autocorrelation: the two plots from which one chooses p.
//!
//! Autocorrelation ρ_k = γ_k / γ_0: how alike values k steps apart are. Partial autocorrelation α_k: what x_{t−k} still
//! tells of x_t once x_{t−1} … x_{t−k+1} are known; the last coefficient of an AR(k). For an AR(p), α_k is 0 beyond p:
//! choose the last lag that leaves the band (Box & Jenkins 1970). Of n independent values, about 95 % of either lie within
//! ±1.96/√n (Quenouille 1949).

use super::burg;
use super::error::FitError;
use super::ols::{Triangle, enough, lagged};
use super::series::Centred;
use super::yule_walker::{autocovariances, levinson};
use crate::data::Pace;

/// How a partial autocorrelation is estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartialMethod {
    /// Levinson's recursion on autocovariances divided by n; statsmodels' `pacf(method="ldb")`, which equals `"ywm"`.
    YuleWalker,
    /// Levinson's recursion on autocovariances divided by n − k; statsmodels' `"lda"`, which equals `"ywadjusted"`, its
    /// default. May leave [−1, 1].
    YuleWalkerAdjusted,
    /// The last coefficient of an AR(k) by least squares with constant, each k on all rows it can have; statsmodels'
    /// `"ols"`. May leave [−1, 1].
    LeastSquares,
    /// Burg's α; statsmodels' `"burg"`.
    Burg,
}

impl PartialMethod {
    /// Every method.
    pub const ALL: [PartialMethod; 4] = [
        PartialMethod::YuleWalker,
        PartialMethod::YuleWalkerAdjusted,
        PartialMethod::LeastSquares,
        PartialMethod::Burg,
    ];

    /// The name on the screen.
    pub fn title(self) -> &'static str {
        match self {
            PartialMethod::YuleWalker => "Yule–Walker",
            PartialMethod::YuleWalkerAdjusted => "Yule–Walker, adjusted",
            PartialMethod::LeastSquares => "Least squares",
            PartialMethod::Burg => "Burg",
        }
    }
}

/// A number per lag, and the band within which it is likely chance.
#[derive(Clone, Debug, PartialEq)]
pub struct Correlogram {
    /// By lag, from lag 0, which is 1.
    pub values: Vec<f64>,
    /// 1.96/√n: a series without memory stays within ± this at 95 % of the lags.
    pub band: f64,
    /// n.
    pub observations: usize,
}

impl Correlogram {
    fn new(values: Vec<f64>, observations: usize) -> Self {
        Self {
            values,
            band: 1.96 / (observations as f64).sqrt(),
            observations,
        }
    }

    /// The lags from 1 on whose value lies outside the band.
    pub fn outside(&self) -> Vec<usize> {
        (1..self.values.len())
            .filter(|&lag| self.values[lag].abs() > self.band)
            .collect()
    }
}

/// As many lags as are worth a look in a series of `observations` values: 10 log₁₀ n, below half of n; statsmodels' default.
pub fn default_max_lag(observations: usize) -> usize {
    let tenths = libm::floor(10.0 * libm::log10(observations.max(1) as f64)) as usize;
    tenths.min((observations / 2).saturating_sub(1)).max(1)
}

/// The autocorrelation of `series` at lags 0 … `max_lag`, autocovariances divided by n; statsmodels' `acf(series)`.
///
/// # Errors
/// If a value is not finite, the series is constant, or it has not more than `max_lag` values.
pub fn autocorrelation(series: &[f64], max_lag: usize) -> Result<Correlogram, FitError> {
    let rows = series.len();
    if rows <= max_lag {
        return Err(too_short(rows, max_lag.saturating_add(1), max_lag));
    }
    let centred = Centred::one(series)?;
    let covariances = autocovariances(centred.values(), max_lag, false, &Pace::free())?;
    let variance = covariances[0];
    let values = covariances.into_iter().map(|value| value / variance);
    Ok(Correlogram::new(values.collect(), rows))
}

/// The partial autocorrelation of `series` at lags 0 … `max_lag`, which may be up to half of its values.
///
/// # Errors
/// If a value is not finite, the series is constant or too short, or (by least squares or Yule–Walker) so regular that
/// nothing is left to explain at a lag.
pub fn partial_autocorrelation(
    series: &[f64],
    max_lag: usize,
    method: PartialMethod,
) -> Result<Correlogram, FitError> {
    partial_autocorrelation_paced(series, max_lag, method, &Pace::free())
}

/// [`partial_autocorrelation`], which takes a while for many lags of a long series.
///
/// # Errors
/// Those of [`partial_autocorrelation`], and [`FitError::Cancelled`].
pub fn partial_autocorrelation_paced(
    series: &[f64],
    max_lag: usize,
    method: PartialMethod,
    pace: &Pace,
) -> Result<Correlogram, FitError> {
    let rows = series.len();
    if rows / 2 < max_lag {
        return Err(too_short(rows, max_lag.saturating_mul(2), max_lag));
    }
    let centred = Centred::one(series)?;
    let by_covariances = |adjusted| {
        levinson(&autocovariances(centred.values(), max_lag, adjusted, pace)?)
            .map(|found| found.partial)
            .map_err(|(lag, share)| FitError::NotPositive {
                lag: lag - 1,
                share,
            })
    };
    let partial = match method {
        PartialMethod::YuleWalker => by_covariances(false)?,
        PartialMethod::YuleWalkerAdjusted => by_covariances(true)?,
        PartialMethod::LeastSquares => by_least_squares(&centred, max_lag, pace)?,
        PartialMethod::Burg => burg::partial(centred.values(), max_lag, pace).0,
    };
    if pace.is_broken() {
        return Err(FitError::Cancelled);
    }
    let values = std::iter::once(1.0).chain(partial).collect();
    Ok(Correlogram::new(values, rows))
}

/// The last coefficient of each AR(k) with constant.
///
/// The rows of AR(k) are those of AR(k + 1) and one more, so from the largest order down one R serves: a column is left
/// out and a row folded in.
fn by_least_squares(centred: &Centred, max_lag: usize, pace: &Pace) -> Result<Vec<f64>, FitError> {
    let lags: Vec<usize> = (1..=max_lag).collect();
    enough(&centred.parts, max_lag, max_lag)?;
    let values = centred.values();
    let (mut triangle, _): (Triangle, usize) = lagged(&centred.parts, &lags, max_lag, pace)?;
    let mut partial = Vec::with_capacity(max_lag);
    for lag in (1..=max_lag).rev() {
        let solution = triangle
            .solve()
            .map_err(|column| FitError::Collinear { lag: column })?;
        partial.push(solution[lag]);
        triangle = triangle.leading(lag);
        // The row t = lag − 1, counted from 0, of the order below: 1, x_{t−1} … x_0, x_t.
        let mut row: Vec<f64> = std::iter::once(1.0)
            .chain(values[..lag - 1].iter().rev().copied())
            .chain([values[lag - 1]])
            .collect();
        triangle.add(&mut row, 1, pace);
        if pace.is_broken() {
            return Err(FitError::Cancelled);
        }
    }
    partial.reverse();
    Ok(partial)
}

fn too_short(observations: usize, needed: usize, max_lag: usize) -> FitError {
    FitError::TooShort {
        observations,
        needed,
        what: format!("lags up to {max_lag}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::ar::Autoregression;
    use super::super::lags::all_lags;
    use super::super::method::Method;
    use super::*;

    fn noise(rows: u32) -> Vec<f64> {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state) / f64::from(u32::MAX) - 0.5
        };
        (0..rows).map(|_| next() + next()).collect()
    }

    #[test]
    fn the_partial_autocorrelation_is_the_last_coefficient_of_each_order() {
        let series = noise(80);
        for (partial, method) in [
            (PartialMethod::YuleWalker, Method::YuleWalker),
            (
                PartialMethod::YuleWalkerAdjusted,
                Method::YuleWalkerAdjusted,
            ),
            (PartialMethod::LeastSquares, Method::LeastSquares),
            (PartialMethod::Burg, Method::Burg),
        ] {
            let found = partial_autocorrelation(&series, 12, partial).unwrap();
            for lag in 1..=12 {
                let fitted = Autoregression::fit(&series, &all_lags(lag), method).unwrap();
                let expected = fitted.coefficients[lag - 1];
                assert!(
                    (found.values[lag] - expected).abs() < 1e-13,
                    "{method:?} {lag}"
                );
            }
        }
    }

    #[test]
    fn independent_values_stay_within_the_band_and_a_period_leaves_it() {
        let found = autocorrelation(&noise(400), 100).unwrap();
        assert_eq!(found.band, 0.098);
        assert!(found.outside().len() <= 10, "{:?}", found.outside());
        let waves: Vec<f64> = (0..400).map(|t| f64::from(t % 4)).collect();
        assert!(autocorrelation(&waves, 8).unwrap().outside().contains(&4));
    }

    /// `min(int(10 * np.log10(n)), n // 2 - 1)`, at least 1.
    #[test]
    fn the_default_of_lags_is_that_of_statsmodels() {
        for (rows, lags) in [
            (0, 1),
            (3, 1),
            (10, 4),
            (100, 20),
            (309, 24),
            (1000, 30),
            (1_000_000, 60),
        ] {
            assert_eq!(default_max_lag(rows), lags, "{rows}");
        }
    }

    #[test]
    fn more_lags_than_the_series_holds_are_refused() {
        let refused = partial_autocorrelation(&noise(20), 11, PartialMethod::Burg).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "found 20 observations, expected at least 22 for lags up to 11. Use a longer series."
        );
        assert!(autocorrelation(&noise(20), 20).is_err());
        assert!(autocorrelation(&noise(20), usize::MAX).is_err());
        assert!(autocorrelation(&noise(20), 19).is_ok());
    }
}
