//! Baselines for forecasts: what a recurrent network must beat to be worth its trouble.
//!
//! A series is a plain `&[f64]` in its own unit, one value per time step, none missing. The way: a [`Forecaster`] predicts
//! the [`ForecastRow`]s, [`score`] holds all predictions against the same ones. Several series are forecast one by one.
//!
//! In reading order:
//! - [`ar`]: the autoregression AR(p), its forecasts; fitted (`fit`) by `ols` (least squares), `yule_walker` or `burg`
//! - [`lags`]: sets of lags as one writes them down
//! - [`correlation`]: autocorrelation and partial autocorrelation, from which one chooses p by eye
//! - [`order`]: p by Akaike's and Schwarz's criterion
//! - [`mod@roots`]: of the characteristic polynomial, against the unit circle
//! - [`forecaster`]: last value, value a season ago, autoregression, behind one face
//! - [`score`]: RMSE, MAE and MASE of several models on identical targets
//! - [`shadow`]: whether a forecast foresees the series or follows it
//! - [`leftover`]: whether something that repeats is left in its errors
//!
//! Invariants: no files, threads, clock or screen. Nothing here panics, whatever the series. The same bits on every machine:
//! sums have one fixed tree (`sums`), elementary functions come from `libm`, and decompositions are written out here, since
//! those of linear algebra packages follow the processor's vector width.

pub mod ar;
mod burg;
pub mod correlation;
mod error;
mod fit;
pub mod forecaster;
pub mod lags;
pub mod leftover;
mod method;
mod ols;
pub mod order;
pub mod roots;
pub mod score;
mod series;
pub mod shadow;
mod sums;
mod yule_walker;

pub use ar::Autoregression;
pub use correlation::{
    Correlogram, PartialMethod, autocorrelation, partial_autocorrelation,
    partial_autocorrelation_paced,
};
pub use error::FitError;
pub use forecaster::{ForecastRow, ForecastRowError, Forecaster};
pub use lags::LagsError;
pub use leftover::Leftover;
pub use method::Method;
pub use order::{Criterion, OrderTable, order_table, order_table_paced};
pub use roots::{Root, roots};
pub use score::{
    Predictions, Score, ScoreError, common_targets, compare, naive_error, score, score_of_errors,
    scores,
};
pub use shadow::{Shadow, Verdict};
