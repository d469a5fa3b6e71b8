//! What a learner is told that a measure is: with its quantity, its time and its place, so that no two of them read alike.

use super::{Measure, Of, ScanName, TABLE, Time};
use crate::data::Split;
use crate::nn::{Direction, Quantity};
use crate::words::exact;

/// A time as formulas have it: `3`, `T`, `T − 1`.
fn when(time: Time) -> String {
    match time.0 {
        -1 => "T".into(),
        back if back < 0 => format!("T − {}", back.unsigned_abs() - 1),
        t => t.to_string(),
    }
}

/// Where a scan is, as far as that is not where everything is that says nothing of it.
fn place(scan: &ScanName) -> String {
    let mut told = String::new();
    if let Some(part) = &scan.part {
        told += &format!(", {part}");
    }
    if scan.place.layer > 0 {
        told += &format!(", layer {}", scan.place.layer + 1);
    }
    if scan.place.direction == Direction::Reverse {
        told += ", reverse";
    }
    told
}

fn part(split: Split) -> String {
    format!(", {} part", split.name())
}

/// What stands for the braces in a row's text, and what is said after it.
#[derive(Default)]
struct Filled {
    braces: Vec<(&'static str, String)>,
    after: String,
}

impl Filled {
    fn of(of: &Of, more: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let quantity = ("{quantity}", of.quantity.symbol().to_owned());
        Self {
            braces: std::iter::once(quantity).chain(more).collect(),
            after: place(&of.scan),
        }
    }

    fn at(scan: &ScanName, braces: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        Self {
            braces: braces.into_iter().collect(),
            after: place(scan),
        }
    }

    fn block(scan: &ScanName, gate: Option<Quantity>) -> Self {
        let block = gate.map_or_else(String::new, |gate| format!(", block of {}", gate.symbol()));
        Self::at(scan, [("{block}", block)])
    }
}

impl Measure {
    /// What a learner is told that it is; `None` where it is yes or no.
    ///
    /// ```
    /// use rnnscope::train::measures::Argument;
    /// use rnnscope::train::Measure;
    ///
    /// let arguments = [("quantity", Argument::Text("c".into())), ("layer", Argument::Number(2.0)), ("t", Argument::Number(-1.0))];
    /// let arguments = arguments.map(|(name, value)| (name.to_owned(), value)).into();
    /// let measure = Measure::read("gradient.norm", &arguments).unwrap();
    /// assert_eq!(measure.told().as_deref(), Some("the norm of ∂L/∂c at t = T, layer 2"));
    /// ```
    pub fn told(&self) -> Option<String> {
        let (of, run) = self.of_run();
        let entry = TABLE.iter().find(|entry| entry.name == of.name())?;
        let mut told = entry.told?.to_owned();
        let filled = of.filled();
        for (braces, value) in &filled.braces {
            told = told.replace(braces, value);
        }
        told += &filled.after;
        if let Some(run) = run {
            let letter = ('A'..).nth(run - 1).unwrap_or('?');
            told += &format!(", run {letter}");
        }
        Some(told)
    }

    fn filled(&self) -> Filled {
        match self {
            Measure::GradientNorm { of, t } => Filled::of(of, [("{t}", when(*t))]),
            Measure::GradientRatio { of, from, to } => {
                Filled::of(of, [("{from}", when(*from)), ("{to}", when(*to))])
            }
            Measure::GradientReach { of, fraction } => {
                Filled::of(of, [("{fraction}", exact(*fraction))])
            }
            Measure::QuantityMean(of) | Measure::Saturation(of) => Filled::of(of, []),
            Measure::DeadUnits(scan) | Measure::PascanuBound(scan) => Filled::at(scan, []),
            Measure::SpectralRadius(scan, gate) | Measure::LargestSigma(scan, gate) => {
                Filled::block(scan, *gate)
            }
            Measure::JacobianSigma { of, t } => Filled::at(of, [("{t}", when(*t))]),
            Measure::JacobianNorm { of, from, to } => {
                Filled::at(of, [("{from}", when(*from)), ("{to}", when(*to))])
            }
            other => Filled {
                after: other.split().map_or_else(String::new, part),
                ..Filled::default()
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_formulas_have_them() {
        assert_eq!(
            [0, 7, -1, -3].map(|t| when(Time(t))),
            ["0", "7", "T", "T − 2"]
        );
    }

    /// No brace is left for a learner to read.
    #[test]
    fn every_brace_of_the_table_is_filled() {
        for entry in TABLE {
            let told = entry.told.unwrap_or_default();
            for braces in told.split('{').skip(1) {
                let name = braces.split('}').next().unwrap_or_default();
                let known = ["quantity", "t", "from", "to", "fraction", "block", "t−1"];
                assert!(known.contains(&name), "{}: {name}", entry.name);
            }
        }
    }
}
