//! The ways to estimate an autoregression.

/// How an autoregression is estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Ordinary least squares with constant; statsmodels: `AutoReg(series, lags).fit()`.
    LeastSquares,
    /// Yule–Walker with autocovariances divided by n; statsmodels: `yule_walker(series, order, method="mle")`. Always
    /// stationary.
    YuleWalker,
    /// Yule–Walker with the autocovariance at lag k divided by n − k; statsmodels:
    /// `yule_walker(series, order, method="adjusted")`.
    YuleWalkerAdjusted,
    /// Burg; statsmodels: `burg(series, order)`. Never explosive.
    Burg,
}

impl Method {
    /// Every method.
    pub const ALL: [Method; 4] = [
        Method::LeastSquares,
        Method::YuleWalker,
        Method::YuleWalkerAdjusted,
        Method::Burg,
    ];

    /// The name in experiments.
    pub fn name(self) -> &'static str {
        match self {
            Method::LeastSquares => "least_squares",
            Method::YuleWalker => "yule_walker",
            Method::YuleWalkerAdjusted => "yule_walker_adjusted",
            Method::Burg => "burg",
        }
    }

    /// The method called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// The name on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Method::LeastSquares => "Least squares",
            Method::YuleWalker => "Yule–Walker",
            Method::YuleWalkerAdjusted => "Yule–Walker, adjusted",
            Method::Burg => "Burg",
        }
    }

    /// What it does, in a phrase.
    pub fn phrase(self) -> &'static str {
        match self {
            Method::LeastSquares => {
                "Least squares with constant, on the rows whose lags are all known: any lags, several series at once"
            }
            Method::YuleWalker => {
                "From autocovariances divided by n: lags 1 to p of one series, always stationary"
            }
            Method::YuleWalkerAdjusted => {
                "From autocovariances divided by n − k: lags 1 to p of one series; stationary or not"
            }
            Method::Burg => {
                "Least forward and backward errors: lags 1 to p of one series, never explosive"
            }
        }
    }
}
