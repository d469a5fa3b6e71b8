//! Own units to the scaled units a network learns in, and back.
//!
//! A column x becomes z = (u − shift) / factor, where u is x itself, its natural logarithm, or its change since the last known
//! value. A change cannot be turned back by a [`Scaler`] alone: [`super::Dataset::in_own_units`] adds the value that it was
//! counted from, and is the one way to turn a prediction back.

/// How the columns of a data set are scaled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Not at all: shift 0, factor 1.
    None,
    /// To mean 0 and standard deviation 1 over the training part.
    #[default]
    Standard,
    /// So that the training part reaches from 0 to 1.
    MinMax,
    /// The natural logarithm, and then as [`Scale::Standard`]; for values above 0.
    LogStandard,
    /// The change from row to row (for a target h rows ahead: the change until then), and then as [`Scale::Standard`].
    Difference,
}

impl Scale {
    /// Every way of scaling.
    pub const ALL: [Scale; 5] = [
        Scale::None,
        Scale::Standard,
        Scale::MinMax,
        Scale::LogStandard,
        Scale::Difference,
    ];

    /// The name in an experiment's text.
    pub fn name(self) -> &'static str {
        match self {
            Scale::None => "none",
            Scale::Standard => "standard",
            Scale::MinMax => "min_max",
            Scale::LogStandard => "log_standard",
            Scale::Difference => "difference",
        }
    }

    /// What it does, as a short phrase for a list of choices.
    pub fn phrase(self) -> &'static str {
        match self {
            Scale::None => "as they are",
            Scale::Standard => "to mean 0 and deviation 1",
            Scale::MinMax => "to 0 … 1",
            Scale::LogStandard => "logarithm, then mean 0 and deviation 1",
            Scale::Difference => "change from row to row, then mean 0 and deviation 1",
        }
    }

    /// The way of scaling called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scale| scale.name() == name)
    }

    /// What is shifted and divided.
    pub fn of(self) -> Scaled {
        match self {
            Scale::None | Scale::Standard | Scale::MinMax => Scaled::Value,
            Scale::LogStandard => Scaled::Logarithm,
            Scale::Difference => Scaled::Change,
        }
    }
}

/// What of a column is shifted and divided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scaled {
    /// The value itself.
    #[default]
    Value,
    /// Its natural logarithm.
    Logarithm,
    /// How far it is from the last known value.
    Change,
}

/// One column's scaling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaler {
    /// What is shifted and divided.
    pub of: Scaled,
    /// What becomes 0: in the column's own unit, or a logarithm.
    pub shift: f64,
    /// What becomes 1 above it: in the column's own unit, or a logarithm; never 0.
    pub factor: f64,
}

impl Scaler {
    /// The scaler that leaves values as they are.
    pub const IDENTITY: Scaler = Scaler {
        of: Scaled::Value,
        shift: 0.0,
        factor: 1.0,
    };

    /// The scaler for a column whose training part is `values`: for [`Scale::Difference`] its changes, otherwise in the
    /// column's own unit (above 0 for [`Scale::LogStandard`]).
    ///
    /// Standard: shift = mean, factor = standard deviation (divided by n, as scikit-learn's `StandardScaler` does).
    /// Min–max: shift = the least, factor = the largest less the least, as its `MinMaxScaler`. A constant column has
    /// factor 1, no values give shift 0 and factor 1. Of numbers so large that their squares (or their difference)
    /// overflow, the largest magnitude becomes 1 instead.
    pub fn fit(scale: Scale, values: impl IntoIterator<Item = f64> + Clone) -> Self {
        let of = scale.of();
        match scale {
            Scale::None => Self::IDENTITY,
            Scale::LogStandard => {
                let logarithms: Vec<f64> = values.into_iter().map(libm::log).collect();
                Self::fit_plain(scale, of, logarithms.iter().copied())
            }
            Scale::Standard | Scale::MinMax | Scale::Difference => {
                Self::fit_plain(scale, of, values)
            }
        }
    }

    fn fit_plain(scale: Scale, of: Scaled, values: impl IntoIterator<Item = f64> + Clone) -> Self {
        let (mut count, mut sum) = (0.0, 0.0);
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.clone() {
            count += 1.0;
            sum += value;
            low = low.min(value);
            high = high.max(value);
        }
        let scaler = |shift, factor| Self { of, shift, factor };
        if count == 0.0 {
            return scaler(0.0, 1.0);
        }
        // Asked before the mean, whose rounding would leave a tiny deviation to divide by.
        if low == high {
            return scaler(low, 1.0);
        }
        let (shift, factor) = if scale == Scale::MinMax {
            (low, high - low)
        } else {
            let mean = sum / count;
            let squares: f64 = values
                .into_iter()
                .map(|value| (value - mean) * (value - mean))
                .sum();
            (mean, (squares / count).sqrt())
        };
        if shift.is_finite() && factor.is_normal() {
            return scaler(shift, factor);
        }
        let magnitude = low.abs().max(high.abs());
        scaler(
            0.0,
            if magnitude.is_normal() {
                magnitude
            } else {
                1.0
            },
        )
    }

    /// A value in its own unit → scaled. For [`Scaled::Change`] the argument is the change.
    pub fn apply(&self, value: f64) -> f64 {
        match self.of {
            Scaled::Value | Scaled::Change => (value - self.shift) / self.factor,
            Scaled::Logarithm => (libm::log(value) - self.shift) / self.factor,
        }
    }

    /// A scaled value → its own unit. For [`Scaled::Change`] the result is the change.
    pub fn invert(&self, scaled: f64) -> f64 {
        let plain = scaled * self.factor + self.shift;
        match self.of {
            Scaled::Value | Scaled::Change => plain,
            Scaled::Logarithm => libm::exp(plain),
        }
    }

    /// [`Scaler::apply`] where `known` is the last known value, from which a change is counted.
    pub fn apply_from(&self, known: f64, value: f64) -> f64 {
        match self.of {
            Scaled::Change => self.apply(value - known),
            _ => self.apply(value),
        }
    }

    /// [`Scaler::invert`] where `known` is the last known value, from which a change is counted.
    pub fn invert_from(&self, known: f64, scaled: f64) -> f64 {
        match self.of {
            Scaled::Change => known + self.invert(scaled),
            _ => self.invert(scaled),
        }
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
                of: Scaled::Value,
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
                of: Scaled::Value,
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
    fn the_training_part_reaches_from_0_to_1() {
        // scikit-learn 1.7: MinMaxScaler().fit([[2], [4], [10]]).transform([[4], [12]]) = 0.25, 1.25.
        let scaler = Scaler::fit(Scale::MinMax, [2.0, 4.0, 10.0]);
        assert_eq!((scaler.apply(4.0), scaler.apply(12.0)), (0.25, 1.25));
        assert_eq!(scaler.invert(1.25), 12.0);
        let huge = Scaler::fit(Scale::MinMax, [1.5e308, -1.5e308]);
        assert_eq!((huge.apply(1.5e308), huge.apply(-1.5e308)), (1.0, -1.0));
    }

    #[test]
    fn logarithms_are_scaled_and_come_back() {
        // By hand: the logarithms of 1, e² are 0, 2: mean 1, deviation 1.
        let scaler = Scaler::fit(Scale::LogStandard, [1.0, libm::exp(2.0)]);
        assert!((scaler.shift - 1.0).abs() < 1e-15 && (scaler.factor - 1.0).abs() < 1e-15);
        assert!((scaler.invert(scaler.apply(5.0)) - 5.0).abs() < 1e-14);
    }

    #[test]
    fn a_change_is_counted_from_the_last_known_value() {
        // By hand: changes 1 and 3 have mean 2 and deviation 1.
        let scaler = Scaler::fit(Scale::Difference, [1.0, 3.0]);
        assert_eq!(scaler.apply_from(10.0, 14.0), 2.0);
        assert_eq!(scaler.invert_from(10.0, 2.0), 14.0);
        let value = Scaler::fit(Scale::Standard, [1.0, 3.0]);
        assert_eq!(
            (value.apply_from(10.0, 4.0), value.invert_from(10.0, 2.0)),
            (2.0, 4.0)
        );
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
        fn inverting_undoes_applying(values in proptest::collection::vec(1e-3..1e6f64, 1..50), known in -1e6..1e6f64) {
            for scale in Scale::ALL {
                let scaler = Scaler::fit(scale, values.iter().copied());
                for &value in &values {
                    let back = scaler.invert_from(known, scaler.apply_from(known, value));
                    let size = 1.0 + value + known.abs() + scaler.shift.abs() + scaler.factor;
                    prop_assert!((back - value).abs() <= 1e-9 * size, "{scale:?}: {value} came back as {back}");
                }
            }
        }
    }
}
