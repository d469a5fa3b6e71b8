//! Of several values the one that stands out: the furthest from their mean.
//!
//! It is what is drawn of values that share a pixel or a column. Every spike among them is seen, whichever way it goes: a gate
//! that shuts once among many steps at which it stands open is as much of one as a gradient that is large once.

/// Values that are looked through one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Outlier {
    low: f64,
    high: f64,
    sum: f64,
    count: usize,
    /// Whether one of them is not a number.
    is_broken: bool,
}

impl Default for Outlier {
    fn default() -> Self {
        Self {
            low: f64::INFINITY,
            high: f64::NEG_INFINITY,
            sum: 0.0,
            count: 0,
            is_broken: false,
        }
    }
}

impl Outlier {
    /// Takes in a value.
    #[inline]
    pub fn add(&mut self, value: f64) {
        // As `min` and `max`, which each look for NaN as well.
        self.low = if value < self.low { value } else { self.low };
        self.high = if value > self.high { value } else { self.high };
        self.sum += value;
        self.count += 1;
        self.is_broken |= value.is_nan();
    }

    /// The one furthest from the mean, of two equally far the one of the larger magnitude. What is not a number stands out from
    /// all others, and what is infinite from all numbers. Of no values none does: that is not a number.
    pub fn value(self) -> f64 {
        let Self {
            low, high, count, ..
        } = self;
        if self.is_broken || count == 0 {
            return f64::NAN;
        }
        // An infinite one, or finite ones whose sum is more than can be held.
        Self::among([low, high], self.sum, count).unwrap_or_else(|| larger([low, high]))
    }

    /// The same of `count` values of which only the smallest, the largest and the sum were kept; `None` if the sum is not
    /// finite, for then one of them may not be a number.
    #[inline]
    pub fn among([low, high]: [f64; 2], sum: f64, count: usize) -> Option<f64> {
        if !sum.is_finite() {
            return None;
        }
        // high − mean against mean − low. Where they differ by no more than the sum was rounded, neither is further: in which order
        // values are added up changes nothing.
        let further = high + low - 2.0 * sum / count as f64;
        let rounded = count as f64 * f64::EPSILON * high.abs().max(low.abs());
        Some(if further > rounded {
            high
        } else if further < -rounded {
            low
        } else {
            larger([low, high])
        })
    }
}

/// The end of the larger magnitude; of two equal ones the upper.
fn larger([low, high]: [f64; 2]) -> f64 {
    if high.abs() >= low.abs() { high } else { low }
}

impl FromIterator<f64> for Outlier {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut outlier = Self::default();
        values.into_iter().for_each(|value| outlier.add(value));
        outlier
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> f64 {
        values.iter().copied().collect::<Outlier>().value()
    }

    #[test]
    fn a_spike_among_many_values_is_what_is_seen_whichever_way_it_goes() {
        for (usual, spike) in [
            (0.0, 1.0),
            (0.0, -1e-9),
            (1.0, 0.0),
            (-0.9, -0.8),
            (1e300, -1e300),
        ] {
            for at in [0, 1, 500, 999] {
                let values = (0..1000).map(|t| if t == at { spike } else { usual });
                assert_eq!(values.collect::<Outlier>().value(), spike, "{usual} {at}");
            }
        }
    }

    #[test]
    fn what_is_no_finite_number_comes_before_what_is() {
        assert!(of(&[1.0, f64::NAN, f64::INFINITY]).is_nan());
        assert!(of(&[f64::NAN, 1.0]).is_nan());
        assert_eq!(of(&[1.0, f64::NEG_INFINITY, 3.0]), f64::NEG_INFINITY);
        assert_eq!(of(&[1.0, f64::INFINITY]), f64::INFINITY);
        // Their sum alone is more than can be held.
        assert_eq!(of(&[-1.5e308, -1.7e308]), -1.7e308);
        assert!(of(&[]).is_nan());
    }

    #[test]
    fn the_order_of_values_changes_nothing() {
        for count in [3, 7, 12, 100] {
            let mut values: Vec<f64> = (0..count).map(|k| f64::from(k) / 12.0 - 0.7).collect();
            let one_way = of(&values);
            values.reverse();
            assert_eq!(of(&values), one_way, "{count}");
            values.sort_by_key(|value| (value * 12.0) as i64 % 3);
            assert_eq!(of(&values), one_way, "{count}");
        }
    }

    #[test]
    fn one_value_stands_for_itself_and_of_two_the_larger_one_for_both() {
        assert_eq!(of(&[-0.25]), -0.25);
        assert_eq!(of(&[-0.5, 0.25]), -0.5);
        assert_eq!(of(&[0.25, 0.5]), 0.5);
        assert_eq!(of(&[-2.0, 2.0]), 2.0);
        for k in 1..100 {
            let (small, large) = (0.1 * f64::from(k), 0.1 * f64::from(k) + 0.7);
            assert_eq!([of(&[small, large]), of(&[large, small])], [large; 2]);
        }
    }
}
