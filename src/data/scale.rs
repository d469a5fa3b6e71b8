//! Own units to the scaled units a network learns in, and back.
//!
//! A column x becomes z = (x − shift) / factor.

/// How the columns of a data set are scaled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Not at all: shift 0, factor 1.
    None,
    /// To mean 0 and standard deviation 1 over the training part.
    #[default]
    Standard,
}

impl Scale {
    /// Every way of scaling.
    pub const ALL: [Scale; 2] = [Scale::None, Scale::Standard];

    /// The name in an experiment's text.
    pub fn name(self) -> &'static str {
        match self {
            Scale::None => "none",
            Scale::Standard => "standard",
        }
    }

    /// The way of scaling called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scale| scale.name() == name)
    }
}

/// One column's scaling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaler {
    /// What becomes 0, in the column's own unit.
    pub shift: f64,
    /// What becomes 1 above it, in the column's own unit; never 0.
    pub factor: f64,
}

impl Scaler {
    /// The scaler that leaves values as they are.
    pub const IDENTITY: Scaler = Scaler {
        shift: 0.0,
        factor: 1.0,
    };

    /// The scaler for a column whose training part is `values`.
    ///
    /// For [`Scale::Standard`]: shift = mean, factor = standard deviation (divided by n, as scikit-learn's
    /// `StandardScaler` does). A constant column has factor 1, no values give [`Scaler::IDENTITY`]. Of numbers so
    /// large that their squares overflow, the largest magnitude becomes 1 instead.
    pub fn fit(scale: Scale, values: impl IntoIterator<Item = f64> + Clone) -> Self {
        if scale == Scale::None {
            return Self::IDENTITY;
        }
        let (mut count, mut sum) = (0.0, 0.0);
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.clone() {
            count += 1.0;
            sum += value;
            low = low.min(value);
            high = high.max(value);
        }
        if count == 0.0 {
            return Self::IDENTITY;
        }
        // Asked before the mean, whose rounding would leave a tiny deviation to divide by.
        if low == high {
            return Self {
                shift: low,
                factor: 1.0,
            };
        }
        let mean = sum / count;
        let squares: f64 = values
            .into_iter()
            .map(|value| (value - mean) * (value - mean))
            .sum();
        let deviation = (squares / count).sqrt();
        if mean.is_finite() && deviation.is_normal() {
            Self {
                shift: mean,
                factor: deviation,
            }
        } else {
            let magnitude = low.abs().max(high.abs());
            Self {
                shift: 0.0,
                factor: if magnitude.is_normal() {
                    magnitude
                } else {
                    1.0
                },
            }
        }
    }

    /// A value in its own unit → scaled.
    pub fn apply(&self, value: f64) -> f64 {
        (value - self.shift) / self.factor
    }

    /// A scaled value → its own unit.
    pub fn invert(&self, scaled: f64) -> f64 {
        scaled * self.factor + self.shift
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn standard_scaling_has_known_values() {
        // By hand: mean 5, squares 9+1+1+1+0+0+4+16 = 32, 32/8 = 4, √4 = 2.
        let scaler = Scaler::fit(Scale::Standard, [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]);
        assert_eq!(
            scaler,
            Scaler {
                shift: 5.0,
                factor: 2.0
            }
        );
        assert_eq!((scaler.apply(9.0), scaler.invert(2.0)), (2.0, 9.0));
    }

    #[test]
    fn constant_empty_and_huge_columns_stay_usable() {
        // Added three times, 0.1 is not three times 0.1: a deviation computed from the mean would not be 0.
        assert_eq!(
            Scaler::fit(Scale::Standard, [0.1; 3]),
            Scaler {
                shift: 0.1,
                factor: 1.0
            }
        );
        assert_eq!(Scaler::fit(Scale::Standard, []), Scaler::IDENTITY);
        assert_eq!(Scaler::fit(Scale::None, [1.0, 2.0]), Scaler::IDENTITY);
        let huge = Scaler::fit(Scale::Standard, [1e308, -1.5e308]);
        assert_eq!((huge.apply(-1.5e308), huge.apply(1.5e308)), (-1.0, 1.0));
    }

    #[test]
    fn names_come_back() {
        assert!(
            Scale::ALL
                .into_iter()
                .all(|scale| Scale::from_name(scale.name()) == Some(scale))
        );
        assert_eq!(Scale::from_name("minmax"), None);
    }

    proptest! {
        #[test]
        fn inverting_undoes_applying(values in proptest::collection::vec(-1e6..1e6f64, 1..50)) {
            let scaler = Scaler::fit(Scale::Standard, values.iter().copied());
            for &value in &values {
                let back = scaler.invert(scaler.apply(value));
                prop_assert!((back - value).abs() <= 1e-9 * (1.0 + scaler.shift.abs() + scaler.factor));
            }
        }
    }
}
