//! Whether a forecast is a shadow of the series: what was known already, told a step late.
//!
//! With ŷ_t the forecast of x_t made `ahead` rows before, held against the truth s = 0, 1, 2 … steps back,
//!
//! - E(s) = √(mean over t of (ŷ_t − x_{t−s})²), the same t for every s, in the data's own unit; E(0) is the RMSE.
//! - lag = the s at which E is least, the smallest of equals.
//! - skill = 1 − E(0)/E₀, where E₀ is the RMSE of the last known value x_{t−ahead} over the same t: 0 where the forecast is as
//!   good as that, 1 where it is never wrong, negative where it is worse.
//!
//! A plot of forecasts beside the truth hides the difference between foreseeing a series and following it: a forecast that
//! repeats the last value lies one step beside the truth, which on a plot of many steps looks like no distance at all. It has
//! E(ahead) = 0.
//!
//! What is said of it follows from two questions ([`Verdict`]):
//!
//! 1. Does an earlier value fit *clearly* better than the one that is forecast: E(lag) < [`CLOSER`] E(0)? A margin, since the
//!    errors of a forecast that follows nothing, such as one constant, differ with s only by what enters and leaves at the ends
//!    of the part.
//! 2. Is it worth more than the last value: skill > [`WORTH`]? The first question alone would be unfair: the best forecast of
//!    x_t = φ x_{t−1} + e_t is φ x_{t−1}, which lies nearer to x_{t−1} than to x_t and still is better than the last value,
//!    the more so the smaller φ is. A random walk (φ = 1) can be forecast by nothing better than a shadow.

use super::sums::sum;
use crate::words::{counted, number};

/// An earlier value fits clearly better if its error is below this share of that against what is forecast.
pub const CLOSER: f64 = 0.9;

/// A forecast is worth more than the last value if it has a skill above this.
pub const WORTH: f64 = 0.05;

/// How many steps further back than the last known value a forecast is held against the truth.
pub const FURTHER: usize = 12;

/// A forecast held against the truth at several shifts.
#[derive(Clone, Debug, PartialEq)]
pub struct Shadow {
    /// E(s), by steps back from 0 on; in the data's own unit. Not finite where a forecast is not.
    pub errors: Vec<f64>,
    /// The RMSE of the last known value over the same targets.
    pub naive: f64,
    /// How many rows before what it forecasts the last known value is.
    pub ahead: usize,
    /// Over how many targets.
    pub n: usize,
}

/// What a forecast does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No earlier value fits clearly better than the one that is forecast, and it is better than the last value.
    OnTime,
    /// An earlier value fits clearly better, and still it is better than the last value.
    Late,
    /// An earlier value fits clearly better, and it is worth no more than the last value.
    Shadow,
    /// No earlier value fits clearly better, and it is worth no more than the last value.
    NoBetter,
}

impl Shadow {
    /// Holds forecasts against the truth. Each comes with its series up to and with the value that it is of; those whose series
    /// does not reach as far back as is looked are left out. `None` where that leaves nothing.
    pub fn of<'a>(
        forecasts: impl Iterator<Item = (f64, &'a [f64])> + Clone,
        ahead: usize,
    ) -> Option<Self> {
        let far = Self::looking_back(forecasts.clone(), ahead, ahead + FURTHER);
        far.or_else(|| Self::looking_back(forecasts, ahead, ahead))
    }

    fn looking_back<'a>(
        forecasts: impl Iterator<Item = (f64, &'a [f64])> + Clone,
        ahead: usize,
        most: usize,
    ) -> Option<Self> {
        let reaching = forecasts.filter(|(_, until)| until.len() > most);
        let n = reaching.clone().count();
        let back = |until: &[f64], steps: usize| until[until.len() - 1 - steps];
        let error = |steps: usize| {
            let errors = reaching
                .clone()
                .map(|(said, until)| said - back(until, steps));
            (sum(errors.map(|error| error * error)) / n as f64).sqrt()
        };
        let naive = reaching.clone().map(|(_, until)| {
            let error = back(until, ahead) - back(until, 0);
            error * error
        });
        (n > 0).then(|| Self {
            errors: (0..=most).map(error).collect(),
            naive: (sum(naive) / n as f64).sqrt(),
            ahead,
            n,
        })
    }

    /// How many steps back the truth lies that the forecast fits best; `None` where it is no number.
    pub fn lag(&self) -> Option<usize> {
        let all_finite = self.errors.iter().all(|error| error.is_finite());
        let errors = self.errors.iter().enumerate();
        let least = errors.reduce(|least, other| if other.1 < least.1 { other } else { least });
        least.filter(|_| all_finite).map(|(lag, _)| lag)
    }

    /// 1 − RMSE / that of the last value; `None` where that one is never wrong, or something is no number.
    pub fn skill(&self) -> Option<f64> {
        let skill = 1.0 - self.errors.first()? / self.naive;
        Some(skill).filter(|skill| skill.is_finite())
    }

    /// What the forecast does; `None` where it is no number.
    pub fn verdict(&self) -> Option<Verdict> {
        let lag = self.lag()?;
        let is_late = self.errors[lag] < CLOSER * self.errors[0];
        let is_worth = self.skill().is_some_and(|skill| skill > WORTH);
        Some(match (is_late, is_worth) {
            (false, true) => Verdict::OnTime,
            (true, true) => Verdict::Late,
            (true, false) => Verdict::Shadow,
            (false, false) => Verdict::NoBetter,
        })
    }

    /// That in words, with the numbers that prove it.
    pub fn in_words(&self) -> String {
        let (Some(verdict), Some(lag)) = (self.verdict(), self.lag()) else {
            return "What is forecast is no number.".into();
        };
        let [here, there] = [0, lag].map(|lag| number(self.errors[lag]));
        let skill = match self.skill() {
            Some(skill) => format!("skill over the last value {}", percent(skill)),
            None => "the last value is never wrong".into(),
        };
        let fits = format!(
            "fits the value of {} before better than the one it forecasts: RMSE {there} against {here}",
            counted(lag, "step")
        );
        match verdict {
            Verdict::OnTime if lag == 0 => {
                format!("No shadow. It fits the value it forecasts best: RMSE {here}; {skill}.")
            }
            Verdict::OnTime => format!(
                "No shadow. No earlier value fits clearly better than the one it forecasts: RMSE {here}; {skill}."
            ),
            Verdict::Late => {
                format!("Late, but worth more than the last value. It {fits}; {skill}.")
            }
            Verdict::Shadow if lag == self.ahead => {
                format!("A shadow of the last value. It {fits}; {skill}.")
            }
            Verdict::Shadow => format!("A shadow. It {fits}; {skill}."),
            Verdict::NoBetter => format!(
                "Worth no more than the last value, though no earlier value fits clearly better: RMSE {here}; {skill}."
            ),
        }
    }
}

/// A share in percent, with a true minus.
fn percent(share: f64) -> String {
    let text = format!("{:.0} %", 100.0 * share.abs());
    match share < 0.0 && !text.starts_with("0 ") {
        true => format!("−{text}"),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::{Autoregression, Method};

    /// What `say` says of each value from the `first` on, given those before it.
    fn held(series: &[f64], first: usize, say: impl Fn(&[f64]) -> f64) -> Shadow {
        let said: Vec<f64> = (first..series.len()).map(|t| say(&series[..t])).collect();
        let until = (first..series.len()).map(|t| &series[..=t]);
        Shadow::of(said.iter().copied().zip(until), 1).unwrap()
    }

    fn last(known: &[f64]) -> f64 {
        known[known.len() - 1]
    }

    /// x_t = φ x_{t−1} + e_t with uniform e, by Marsaglia's xorshift generator (2003).
    fn walk(phi: f64, seed: u64) -> Vec<f64> {
        let mut state = 0x9E37_79B9_7F4A_7C15 ^ (seed + 1);
        let mut x = 0.0;
        let step = |_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            x = phi * x + (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0;
            x
        };
        // The first states are too much like the seed.
        (0..1_300).map(step).skip(100).collect()
    }

    #[test]
    fn the_last_value_is_a_shadow_of_itself() {
        let series: Vec<f64> = (0..60).map(|t| f64::from(t * t * 7 % 23)).collect();
        let shadow = held(&series, 20, last);
        assert_eq!((shadow.lag(), shadow.n), (Some(1), 40));
        assert_eq!(shadow.errors[1], 0.0);
        assert_eq!(shadow.skill(), Some(0.0));
        assert_eq!(shadow.verdict(), Some(Verdict::Shadow));
        assert_eq!(shadow.errors.len(), 1 + 1 + FURTHER);
        let words = shadow.in_words();
        assert!(
            words.starts_with("A shadow of the last value. It fits the value of 1 step before"),
            "{words}"
        );
        assert!(words.ends_with("skill over the last value 0 %."), "{words}");
    }

    /// By hand: forecasts 1, 2 of 4, 8 after 1, 2, 4, so that the errors are those against 4, 8; 2, 4; 1, 2.
    #[test]
    fn errors_are_those_of_the_definition() {
        let series = [1.0, 2.0, 4.0, 8.0];
        let forecasts = [(1.0, &series[..3]), (2.0, &series[..4])];
        // Too short to look further back than the last value, one step.
        let shadow = Shadow::of(forecasts.into_iter(), 1).unwrap();
        assert_eq!(shadow.errors, [22.5_f64.sqrt(), 2.5_f64.sqrt()]);
        assert_eq!(shadow.naive, 10.0_f64.sqrt());
        let two_ahead = Shadow::of(forecasts.into_iter(), 2).unwrap();
        assert_eq!(two_ahead.errors[2], 0.0);
        assert_eq!(two_ahead.lag(), Some(2));
        assert_eq!(Shadow::of([(1.0, &series[..1])].into_iter(), 1), None);
    }

    /// Nothing can foresee a random walk; what is fitted to it is at best a shadow, and its skill says so.
    #[test]
    fn any_forecast_of_a_random_walk_is_at_best_a_shadow() {
        for seed in 0..4 {
            let series = walk(1.0, seed);
            for order in [1, 5] {
                let lags: Vec<usize> = (1..=order).collect();
                let model =
                    Autoregression::fit(&series[..900], &lags, Method::LeastSquares).unwrap();
                let shadow = held(&series, 900, |known| model.forecast(known, 1)[0]);
                assert_eq!(shadow.lag(), Some(1), "{seed} {order}");
                assert_eq!(
                    shadow.verdict(),
                    Some(Verdict::Shadow),
                    "{}",
                    shadow.in_words()
                );
                assert!(shadow.skill().unwrap().abs() < WORTH);
            }
        }
    }

    /// φ = ½: the best forecast ½ x_{t−1} is nearer to x_{t−1} (½σ) than to x_t (√¾σ), and the last value errs by σ, so that
    /// its skill is 1 − √¾ = 13 %.
    #[test]
    fn the_best_forecast_may_run_late_and_be_worth_it() {
        let series = walk(0.5, 1);
        let shadow = held(&series, 100, |known| 0.5 * last(known));
        assert_eq!(
            shadow.verdict(),
            Some(Verdict::Late),
            "{}",
            shadow.in_words()
        );
        assert!((shadow.skill().unwrap() - (1.0 - 0.75_f64.sqrt())).abs() < 0.02);
        assert!((shadow.errors[1] / shadow.errors[0] - 0.5 / 0.75_f64.sqrt()).abs() < 0.03);
    }

    #[test]
    fn a_constant_follows_nothing() {
        let shadow = held(&walk(1.0, 2), 900, |_| 0.0);
        assert_eq!(
            shadow.verdict(),
            Some(Verdict::NoBetter),
            "{}",
            shadow.in_words()
        );
        assert!(shadow.in_words().contains("skill over the last value −"));
    }

    /// A sine is foreseen by two of its values: 2 cos ω x_{t−1} − x_{t−2}.
    #[test]
    fn who_foresees_is_no_shadow() {
        let omega = 0.3;
        let series: Vec<f64> = (0..200).map(|t| libm::sin(omega * f64::from(t))).collect();
        let shadow = held(&series, 50, |known| {
            2.0 * libm::cos(omega) * last(known) - known[known.len() - 2]
        });
        assert_eq!(
            (shadow.lag(), shadow.verdict()),
            (Some(0), Some(Verdict::OnTime))
        );
        assert!(
            shadow
                .in_words()
                .starts_with("No shadow. It fits the value it forecasts best")
        );
        let nothing = held(&series, 50, |_| f64::NAN);
        assert_eq!(
            (nothing.lag(), nothing.skill(), nothing.verdict()),
            (None, None, None)
        );
    }
}
