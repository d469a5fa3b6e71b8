//! Growth: since when sizes in a row have been growing, and by which factor at each step.
//!
//! Of sizes v_0 … v_n and a level, growth begins at the last v_a that is not above the level, and ends at the largest v_b after it,
//! the last of equals: v_b / v_a in b − a steps, on the geometric mean (v_b / v_a)^{1/(b − a)} at each. So there is no peak on the way
//! that is higher than its end. As logarithms, for an explosion may go from 10⁻³⁰⁰ to 10³⁰⁰.

/// A stretch over which sizes have grown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// Where it began, by index.
    pub from: usize,
    /// Where it was largest.
    pub to: usize,
    /// The decimal logarithm of the last size over the first.
    pub log10: f64,
}

impl Growth {
    /// Over how many steps.
    pub fn steps(&self) -> usize {
        self.to - self.from
    }

    /// By how much in all; infinite past what f64 holds.
    pub fn factor(&self) -> f64 {
        libm::exp10(self.log10)
    }

    /// By how much at each step, on the geometric mean.
    pub fn per_step(&self) -> f64 {
        libm::exp10(self.log10 / self.steps().max(1) as f64)
    }
}

/// Growth since the sizes were last at `level` or below. What is 0 or no number has no size. `None` where the last size is
/// not above the level, or none was ever at it.
pub fn growth_above(sizes: &[f64], level: f64) -> Option<Growth> {
    let has_size = |size: &f64| *size > 0.0 && size.is_finite();
    let last = sizes.iter().rposition(has_size)?;
    let begins = |size: &f64| has_size(size) && *size <= level;
    let from = sizes[..last].iter().rposition(begins)?;
    let after = (from + 1..=last).filter(|&index| has_size(&sizes[index]));
    let to = after.max_by(|&a, &b| sizes[a].total_cmp(&sizes[b]))?;
    let log10 = libm::log10(sizes[to]) - libm::log10(sizes[from]);
    (log10 > 0.0).then_some(Growth { from, to, log10 })
}

/// Growth since the sizes were last among the lower quarter of them: of what goes up and down before it grows.
pub fn growth_from_quarter(sizes: &[f64]) -> Option<Growth> {
    let mut sorted: Vec<f64> = sizes
        .iter()
        .copied()
        .filter(|size| size.is_finite())
        .collect();
    sorted.retain(|&size| size > 0.0);
    sorted.sort_unstable_by(f64::total_cmp);
    growth_above(sizes, *sorted.get(sorted.len().saturating_sub(1) / 4)?)
}

/// Growth since the sizes were last within twice their smallest: of what grows step by step.
pub fn growth_from_least(sizes: &[f64]) -> Option<Growth> {
    let sized = sizes.iter().copied().filter(|&size| size > 0.0);
    growth_above(sizes, 2.0 * sized.reduce(f64::min)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_grows_by_its_base_at_each_step() {
        let sizes: Vec<f64> = (0..=40).map(|k| 0.1 * 1.5f64.powi(k)).collect();
        let found = growth_from_least(&sizes).unwrap();
        // 1.5 is within twice the smallest, 2.25 is not.
        assert_eq!((found.from, found.to, found.steps()), (1, 40, 39));
        assert!((found.per_step() - 1.5).abs() < 1e-12);
        assert!((found.factor() / 1.5f64.powi(39) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn noise_before_is_no_growth_and_what_is_no_number_ends_it() {
        let noise = (0..40).map(|k| [1.0, 3.0, 2.0, 4.0][k % 4]);
        let sizes: Vec<f64> = noise
            .chain([10.0, 1e3, 1e6, f64::INFINITY, f64::NAN])
            .collect();
        let found = growth_from_quarter(&sizes).unwrap();
        // Of 43 sizes the quarter is the eleventh, 2; the last of these stands at 38, and the last number at 42.
        assert_eq!((found.from, found.to), (38, 42));
        assert!((found.log10 - (6.0 - libm::log10(2.0))).abs() < 1e-12);
    }

    /// 5 is the end, 80 the peak: it is the one that is told.
    #[test]
    fn growth_ends_at_its_peak() {
        let found = growth_above(&[9.0, 1.0, 20.0, 80.0, 30.0, 5.0], 1.0).unwrap();
        assert_eq!((found.from, found.to), (1, 3));
        assert!((found.factor() - 80.0).abs() < 1e-9);
    }

    #[test]
    fn what_falls_or_is_nothing_has_not_grown() {
        assert_eq!(growth_from_least(&[4.0, 2.0, 1.0]), None);
        assert_eq!(growth_from_quarter(&[0.0, f64::NAN]), None);
        assert_eq!(growth_from_least(&[]), None);
        assert_eq!(growth_above(&[5.0, 6.0], 1.0), None);
    }
}
