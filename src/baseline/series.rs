//! A series made ready for sums of squares.

use super::error::FitError;
use super::sums::sum;

/// One or several series with the common mean taken out and the common magnitude brought to about 1.
///
/// Without the mean, lags hardly depend on the constant, and few digits are lost. Without the magnitude, no square can
/// overflow or vanish; it is a power of two, which changes no digit.
pub(super) struct Centred {
    /// (x − mean) / 2^exponent, one vector per series.
    pub parts: Vec<Vec<f64>>,
    /// The mean of all values, divided by 2^exponent.
    pub mean: f64,
    /// The power of two taken out.
    pub exponent: i32,
}

impl Centred {
    /// The series without their mean.
    ///
    /// # Errors
    /// If a value is not finite, there is none, or all are the same.
    pub fn new(parts: &[&[f64]]) -> Result<Self, FitError> {
        let all = || parts.iter().flat_map(|part| part.iter().copied());
        let observations = all().count();
        let Some(first) = all().next() else {
            return Err(FitError::TooShort {
                observations: 0,
                needed: 2,
                what: "a variance".into(),
            });
        };
        if let Some((index, found)) = all().enumerate().find(|(_, value)| !value.is_finite()) {
            return Err(FitError::NotFinite {
                observation: index + 1,
                found,
            });
        }
        // Asked before the mean, whose rounding would leave a tiny deviation.
        if all().all(|value| value == first) {
            return Err(FitError::Constant {
                value: first,
                observations,
            });
        }
        let largest = all().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        let (_, exponent) = libm::frexp(largest);
        let scaled = |value: f64| libm::scalbn(value, -exponent);
        let mean = sum(all().map(scaled)) / observations as f64;
        let parts = parts
            .iter()
            .map(|part| part.iter().map(|&value| scaled(value) - mean).collect())
            .collect();
        Ok(Self {
            parts,
            mean,
            exponent,
        })
    }

    /// One series without its mean.
    ///
    /// # Errors
    /// As [`Centred::new`].
    pub fn one(series: &[f64]) -> Result<Self, FitError> {
        Self::new(&[series])
    }

    /// The values of the first series.
    pub fn values(&self) -> &[f64] {
        self.parts.first().map_or(&[], Vec::as_slice)
    }

    /// A constant of the centred series' autoregression → that of the series itself.
    pub fn constant(&self, centred: f64, coefficients: &[f64]) -> f64 {
        let share = 1.0 - coefficients.iter().sum::<f64>();
        libm::scalbn(centred + self.mean * share, self.exponent)
    }

    /// A variance → in the series' own unit; infinite where f64 ends.
    pub fn variance(&self, scaled: f64) -> f64 {
        libm::scalbn(scaled, 2 * self.exponent)
    }
}

/// The lags in increasing order.
///
/// # Errors
/// If one is 0 or there twice.
pub(super) fn ordered(lags: &[usize]) -> Result<Vec<usize>, FitError> {
    let mut lags = lags.to_vec();
    lags.sort_unstable();
    if lags.first() == Some(&0) {
        return Err(FitError::LagZero);
    }
    match lags.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(FitError::LagTwice { lag: pair[0] }),
        None => Ok(lags),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_taken_out_of_all_series_together() {
        let centred = Centred::new(&[&[2.0, 6.0], &[10.0]]).unwrap();
        assert_eq!((centred.exponent, centred.mean), (4, 6.0 / 16.0));
        assert_eq!(centred.parts, [vec![-0.25, 0.0], vec![0.25]]);
        assert_eq!(centred.variance(0.0625), 16.0);
    }

    #[test]
    fn a_series_without_variance_or_with_a_gap_is_refused_with_its_place() {
        let refused = |series: &[f64]| Centred::one(series).err().map(|error| error.to_string());
        assert_eq!(
            refused(&[1.0, f64::NAN]).unwrap(),
            "observation 2: found NaN, expected a finite number. Fill the gap, or drop the row."
        );
        assert_eq!(
            refused(&[0.1; 3]).unwrap(),
            "found 0.1 at all of 3 observations, expected a series that varies. \
             The last value forecasts it without error."
        );
        assert!(refused(&[]).unwrap().starts_with("found 0 observations"));
        assert_eq!(refused(&[1e308, -1e308, 5e-324]), None);
    }
}
