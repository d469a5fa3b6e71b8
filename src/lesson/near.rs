//! When an estimate is near enough.

/// How near an estimate has to come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Near {
    /// Within so many times as much, and as little.
    Factor(f64),
    /// Within so much.
    Within(f64),
}

impl Near {
    /// Whether what was said is near enough.
    pub fn holds(self, said: f64, value: f64) -> bool {
        match self {
            Near::Within(most) => (said - value).abs() <= most,
            Near::Factor(most) => {
                // What is said in round numbers is not to miss the bound by a rounding.
                let most = most * (1.0 + 1e-9);
                let ratio = said / value;
                said == value || (ratio <= most && ratio >= 1.0 / most)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_is_near_by_a_factor_or_a_difference() {
        let factor = Near::Factor(10.0);
        assert!(factor.holds(1e-4, 1e-5) && factor.holds(1e-6, 1e-5) && factor.holds(0.0, 0.0));
        assert!(
            !factor.holds(-1e-5, 1e-5) && !factor.holds(0.0, 1e-5) && !factor.holds(2e-4, 1e-5)
        );
        assert!(Near::Within(0.1).holds(0.45, 0.5) && !Near::Within(0.1).holds(0.39, 0.5));
    }
}
