//! Whether something that repeats is left in a forecast's errors.
//!
//! Errors of a forecast that says all that the past can say do not tell of one another: their autocorrelation ρ_k at lag k lies
//! within ±1.96/√n at about 95 % of the lags (Box & Jenkins 1970, "Time series analysis: forecasting and control"). So among 20
//! lags one is expected outside by chance alone. What is called *left over* therefore lies beyond a wider band, ±z/√n, which all
//! K lags that are looked at keep to at 95 % (Bonferroni's inequality): P(|N(0, 1)| > z) = 0.05/K.
//!
//! Forecasts h rows ahead have h − 1 steps in common with the ones before them: even of the best one the errors repeat at lags
//! below h, so that those are no sign of anything. They are shown, and not judged.

use super::correlation::Correlogram;
use super::{FitError, autocorrelation, correlation};
use crate::words::many;

/// The autocorrelation of a forecast's errors, and what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct Leftover {
    /// ρ_k by lag, from lag 0 on, with the band of a single lag.
    pub correlogram: Correlogram,
    /// The band that all judged lags keep to at 95 %.
    pub wide_band: f64,
    /// The first lag that is judged: how many rows ahead is forecast.
    pub first: usize,
}

impl Leftover {
    /// Of errors one after the other, of forecasts `ahead` rows ahead; up to the lag that is usual for so many.
    ///
    /// # Errors
    /// Those of [`autocorrelation`].
    pub fn of(errors: &[f64], ahead: usize) -> Result<Self, FitError> {
        let lags = correlation::default_max_lag(errors.len());
        let correlogram = autocorrelation(errors, lags)?;
        let judged = (lags + 1).saturating_sub(ahead).max(1);
        Ok(Self {
            wide_band: beyond(0.05 / judged as f64) / (errors.len() as f64).sqrt(),
            correlogram,
            first: ahead,
        })
    }

    /// The judged lags beyond a band, the largest |ρ| first.
    fn outside(&self, band: f64) -> Vec<usize> {
        let values = &self.correlogram.values;
        let mut lags: Vec<usize> = (self.first..values.len())
            .filter(|&lag| values[lag].abs() > band)
            .collect();
        lags.sort_by(|&a, &b| values[b].abs().total_cmp(&values[a].abs()));
        lags
    }

    /// The lags at which the errors repeat beyond what chance does, the strongest first.
    pub fn lags(&self) -> Vec<usize> {
        self.outside(self.wide_band)
    }

    /// What is left, in words.
    pub fn in_words(&self) -> String {
        const NAMED: usize = 3;
        let judged = self.correlogram.values.len().saturating_sub(self.first);
        let told = |lags: &[usize]| {
            let shown = lags.iter().take(NAMED);
            let shown =
                shown.map(|&lag| format!("{lag} ({})", signed(self.correlogram.values[lag])));
            let shown: Vec<String> = shown.collect();
            let more = match lags.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("{}{more}", shown.join(", "))
        };
        let (left, outside) = (self.lags(), self.outside(self.correlogram.band));
        let among = many(judged, "lag");
        let lag = |count: usize| if count == 1 { "lag" } else { "lags" };
        match (&left[..], &outside[..]) {
            ([], []) => {
                format!("Nothing is left: the residuals keep within the band at all of {among}.")
            }
            ([], outside) => format!(
                "Nothing certain is left: outside the band at {} {}, of {among}; by chance about {} would be.",
                lag(outside.len()),
                told(outside),
                by_chance(judged)
            ),
            (left, _) => format!(
                "Residuals still repeat at {} {}: further than chance takes any of {among}.",
                lag(left.len()),
                told(left)
            ),
        }
    }
}

/// How many of so many lags leave a band that each leaves at 5 %.
fn by_chance(lags: usize) -> String {
    match (0.05 * lags as f64).round() as usize {
        0 => "1 in 20".into(),
        count => count.to_string(),
    }
}

/// A correlation with its sign, a true minus.
fn signed(value: f64) -> String {
    let text = format!("{:.2}", value.abs());
    match value < 0.0 {
        true => format!("−{text}"),
        false => text,
    }
}

/// The z with P(|N(0, 1)| > z) = p, by halving: erfc falls, and 0 … 9 holds every p down to 1e-18.
fn beyond(p: f64) -> f64 {
    let (mut low, mut high) = (0.0, 9.0);
    for _ in 0..60 {
        let z = 0.5 * (low + high);
        match libm::erfc(z / std::f64::consts::SQRT_2) > p {
            true => low = z,
            false => high = z,
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tables of the normal distribution: 1.959964 at 5 %, 2.575829 at 1 %, 3.023341 at 0.25 % (20 lags at 5 % together).
    #[test]
    fn the_width_of_a_band_is_that_of_the_tables() {
        for (p, z) in [(0.05, 1.959_964), (0.01, 2.575_829), (0.002_5, 3.023_341)] {
            assert!((beyond(p) - z).abs() < 1e-6, "{p}: {}", beyond(p));
        }
    }

    /// Without memory: the bits of a xorshift generator's states (Marsaglia 2003).
    fn noise(n: usize) -> Vec<f64> {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let next = |_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
        };
        (0..n).map(next).collect()
    }

    #[test]
    fn nothing_is_left_in_noise() {
        let left = Leftover::of(&noise(400), 1).unwrap();
        assert_eq!(left.correlogram.values.len(), 27);
        assert_eq!(left.lags(), [0; 0]);
        assert!(
            left.in_words().starts_with("Nothing "),
            "{}",
            left.in_words()
        );
    }

    #[test]
    fn a_season_that_is_left_is_named() {
        let noise = noise(400);
        let season = |t: usize| libm::sin(t as f64 * std::f64::consts::TAU / 11.0);
        let errors: Vec<f64> = (0..400).map(|t| season(t) + noise[t]).collect();
        let left = Leftover::of(&errors, 1).unwrap();
        assert_eq!(left.lags()[0], 11);
        assert!(
            left.in_words()
                .starts_with("Residuals still repeat at lags 11 (0.8"),
            "{}",
            left.in_words()
        );
    }

    /// Sums of the last three of independent values: forecasts three rows ahead of a random walk. Their errors repeat at lags 1
    /// and 2, and that is nobody's fault.
    #[test]
    fn what_forecasts_have_in_common_is_not_judged() {
        let noise = noise(402);
        let errors: Vec<f64> = noise.windows(3).map(|three| three.iter().sum()).collect();
        assert_eq!(Leftover::of(&errors, 3).unwrap().lags(), [0; 0]);
        let judged = Leftover::of(&errors, 1).unwrap().lags();
        assert!(judged.contains(&1) && judged.contains(&2), "{judged:?}");
    }
}
