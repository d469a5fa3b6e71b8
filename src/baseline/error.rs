//! Why a series cannot be fitted.

use super::method::Method;
use crate::words::counted;
use crate::words::{exact, number};

/// Why no autoregression, correlation or order can be had from a series.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FitError {
    /// Whoever waited asked to stop.
    #[error("fitting was cancelled")]
    Cancelled,
    /// A value is missing or infinite.
    #[error(
        "observation {observation}: found {}, expected a finite number. \
         Fill the gap, or drop the row.",
        exact(*found)
    )]
    NotFinite {
        /// Its place in the series, from 1; in several series, counted on from one to the next.
        observation: usize,
        /// The value.
        found: f64,
    },
    /// All values are the same.
    #[error(
        "found {} at all of {}, expected a series that varies. \
         The last value forecasts it without error.",
        exact(*value),
        counted(*observations, "observation")
    )]
    Constant {
        /// The one value.
        value: f64,
        /// How often it is there.
        observations: usize,
    },
    /// A correlation at a lag that the series hardly holds.
    #[error(
        "found {}, expected at least {needed} for {what}. Use a longer series.",
        counted(*observations, "observation")
    )]
    TooShort {
        /// How many values there are.
        observations: usize,
        /// How many it takes.
        needed: usize,
        /// What they are needed for: `a largest lag of 9`.
        what: String,
    },
    /// Fewer equations than unknowns, or no more.
    #[error(
        "found {} with {} before, expected at least {needed}: \
         one more than there are coefficients. Choose fewer or smaller lags, or use a longer series.",
        counted(*rows, "observation"),
        counted(*largest, "observation")
    )]
    FewRows {
        /// Observations whose lags are all known.
        rows: usize,
        /// How many there must be.
        needed: usize,
        /// The largest lag.
        largest: usize,
    },
    /// A lag of no steps.
    #[error(
        "found lag 0, expected lags of at least 1 step. With lag 0 the answer would be among the inputs."
    )]
    LagZero,
    /// The same lag twice.
    #[error("found lag {lag} twice, expected each lag once. Leave one out.")]
    LagTwice {
        /// The lag.
        lag: usize,
    },
    /// A gap among the lags, for a method that takes none.
    #[error(
        "found lags without {missing}, expected all from 1 to {last} for {}. \
         Least squares can take any lags.",
        method.title()
    )]
    LagGap {
        /// The first lag that is not there.
        missing: usize,
        /// The largest lag.
        last: usize,
        /// The method.
        method: Method,
    },
    /// A lagged series is a combination of those before it.
    #[error(
        "lag {lag}: found its values to be a combination of those of smaller lags, to 11 digits, \
         expected something new in them. Choose fewer lags."
    )]
    Collinear {
        /// The lag.
        lag: usize,
    },
    /// The estimated autocovariances belong to no process.
    #[error(
        "lag {lag}: found autocovariances that leave a variance of {} of the series', expected more than 0. \
         Choose fewer lags, or a method that keeps it positive: Yule–Walker without adjustment, Burg.",
        number(*share)
    )]
    NotPositive {
        /// The lag at which it shows.
        lag: usize,
        /// What is left of the variance, as a share.
        share: f64,
    },
}
