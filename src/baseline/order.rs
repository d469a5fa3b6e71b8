//! The order p of an autoregression by an information criterion.
//!
//! Of n observations explained by p lags and a constant with σ² = squared residuals / n (Gaussian likelihood):
//!
//! - ln L = −n/2 · (ln 2πσ² + 1)
//! - AIC = −2 ln L + 2 (p + 1) (Akaike 1974)
//! - BIC = −2 ln L + ln n · (p + 1) (Schwarz 1978)
//!
//! The smallest wins. All orders are fitted on the same rows, those that the largest order can have: likelihoods of
//! different rows cannot be compared. As statsmodels' `ar_select_order(series, maxlag)`. The `aic` and `bic` of a fitted
//! `AutoReg` count σ² as one more parameter, which adds 2 or ln n to every order alike, and are of its own rows.

use super::error::FitError;
use super::ols::{enough, lagged};
use super::series::Centred;
use crate::data::Pace;

/// What to judge an order by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Criterion {
    /// Akaike's: the order that forecasts best, rather one too large.
    Aic,
    /// Schwarz's: the true order, if there is one; smaller orders.
    Bic,
}

impl Criterion {
    /// Both criteria.
    pub const ALL: [Criterion; 2] = [Criterion::Aic, Criterion::Bic];

    /// The name in experiments.
    pub fn name(self) -> &'static str {
        match self {
            Criterion::Aic => "aic",
            Criterion::Bic => "bic",
        }
    }

    /// The criterion called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// The name on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Criterion::Aic => "AIC",
            Criterion::Bic => "BIC",
        }
    }
}

/// An order and what the criteria say of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrderRow {
    /// p; 0 is the mean alone.
    pub order: usize,
    /// σ², in the squared unit of the series.
    pub variance: f64,
    /// ln L.
    pub log_likelihood: f64,
    /// Akaike's criterion; −∞ of a perfect fit.
    pub aic: f64,
    /// Schwarz's criterion; −∞ of a perfect fit.
    pub bic: f64,
}

/// The criteria of every order from 0 on.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderTable {
    /// By order.
    pub rows: Vec<OrderRow>,
    /// The largest order asked for; as many values at the beginning were not explained by any order.
    pub hold_back: usize,
    /// n: how many values were explained by each order.
    pub observations: usize,
    /// The first order that cannot be told from the one before, as its largest lag says nothing beyond smaller ones; the
    /// table ends before it. `None` if all were fitted.
    pub collinear_from: Option<usize>,
}

impl OrderTable {
    /// How far the criterion of each order is above the smallest one, by order; not finite where a fit is perfect.
    pub fn above_least(&self, criterion: Criterion) -> Vec<f64> {
        let value = |row: &OrderRow| match criterion {
            Criterion::Aic => row.aic,
            Criterion::Bic => row.bic,
        };
        let least = self.rows.iter().map(value).fold(f64::INFINITY, f64::min);
        self.rows.iter().map(|row| value(row) - least).collect()
    }

    /// The order with the smallest value of a criterion; of equals the smallest order.
    pub fn best(&self, criterion: Criterion) -> usize {
        let value = |row: &OrderRow| match criterion {
            Criterion::Aic => row.aic,
            Criterion::Bic => row.bic,
        };
        self.rows
            .iter()
            .min_by(|a, b| value(a).total_cmp(&value(b)))
            .map_or(0, |row| row.order)
    }
}

/// The criteria of the orders 0 … `max_order` of `series`, by least squares with constant.
///
/// # Errors
/// If a value is not finite, or the series is constant or too short for the largest order.
pub fn order_table(series: &[f64], max_order: usize) -> Result<OrderTable, FitError> {
    order_table_paced(series, max_order, &Pace::free())
}

/// [`order_table`], which takes a while for many orders of a long series.
///
/// # Errors
/// Those of [`order_table`], and [`FitError::Cancelled`].
pub fn order_table_paced(
    series: &[f64],
    max_order: usize,
    pace: &Pace,
) -> Result<OrderTable, FitError> {
    let centred = Centred::one(series)?;
    // Asked before lags are listed, of which there may be too many to list.
    enough(&centred.parts, max_order, max_order)?;
    let lags: Vec<usize> = (1..=max_order).collect();
    let (triangle, observations) = lagged(&centred.parts, &lags, max_order, pace)?;
    let collinear_from = (1..=max_order).find(|&order| triangle.collinear(order));
    let n = observations as f64;
    let unit = f64::from(2 * centred.exponent) * core::f64::consts::LN_2;
    let rows = (0..collinear_from.unwrap_or(max_order + 1))
        .map(|order| {
            let scaled = triangle.squares(order + 1) / n;
            let two_pi = core::f64::consts::TAU;
            let log_likelihood = -n / 2.0 * (libm::log(two_pi * scaled) + unit + 1.0);
            let parameters = (order + 1) as f64;
            OrderRow {
                order,
                variance: centred.variance(scaled),
                log_likelihood,
                aic: -2.0 * log_likelihood + 2.0 * parameters,
                bic: -2.0 * log_likelihood + libm::log(n) * parameters,
            }
        })
        .collect();
    Ok(OrderTable {
        rows,
        hold_back: max_order,
        observations,
        collinear_from,
    })
}

#[cfg(test)]
mod tests {
    use super::super::ar::Autoregression;
    use super::super::method::Method;
    use super::*;

    #[test]
    fn the_table_ends_where_a_lag_says_nothing_new() {
        // sin t is told from two values before it.
        let series: Vec<f64> = (0..60).map(|t| 3.0 + libm::sin(f64::from(t))).collect();
        let table = order_table(&series, 5).unwrap();
        assert_eq!((table.rows.len(), table.collinear_from), (3, Some(3)));
        assert_eq!((table.observations, table.hold_back), (55, 5));
        for criterion in Criterion::ALL {
            assert_eq!(table.best(criterion), 2);
            assert_eq!(Criterion::from_name(criterion.name()), Some(criterion));
        }
    }

    #[test]
    fn the_largest_order_is_the_fit_on_its_own_rows() {
        let series: Vec<f64> = (0..50).map(|t| libm::sin(f64::from(t * t)) * 1e6).collect();
        let table = order_table(&series, 4).unwrap();
        let fitted = Autoregression::fit(&series, &[1, 2, 3, 4], Method::LeastSquares).unwrap();
        let variance = table.rows[4].variance;
        assert!((variance - fitted.variance).abs() < 1e-14 * variance);
        // From the definition, in the series' own unit.
        let log_likelihood = -23.0 * (libm::log(core::f64::consts::TAU * variance) + 1.0);
        assert!((table.rows[4].log_likelihood / log_likelihood - 1.0).abs() < 1e-14);
    }

    #[test]
    fn an_order_the_series_cannot_hold_is_refused() {
        let series = [1.0, 2.0, 1.0, 3.0, 1.0, 2.0];
        assert!(order_table(&series, 2).is_ok());
        assert!(matches!(
            order_table(&series, 3),
            Err(FitError::FewRows {
                rows: 3,
                needed: 5,
                ..
            })
        ));
        assert!(order_table(&series, usize::MAX).is_err());
    }
}
