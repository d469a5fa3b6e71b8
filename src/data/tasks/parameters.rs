//! What can be set about a task, and values for it that are known to be good.

use std::collections::BTreeMap;
use std::fmt;

use super::Task;
use crate::data::nearest::nearest;
use crate::words::exact;
use crate::words::{quoted, shortened};

/// The most rows (sequences × length) a task may have: 4 Mi; fewer if they have more than 8 numbers, so that
/// the inputs take at most 256 MB.
pub const MAX_ROWS: usize = 1 << 22;

/// Something that can be set about a task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// The name in an experiment's text.
    pub name: &'static str,
    /// The value if none is given.
    pub default: f64,
    /// The least value.
    pub min: f64,
    /// The greatest value.
    pub max: f64,
    /// Whether only whole numbers will do.
    pub whole: bool,
    /// Another parameter of the task, listed before this one, and the share of its value that this one may not pass. If this
    /// one is not given it is its default or that limit, whichever is less.
    pub at_most: Option<(&'static str, f64)>,
    /// What it is counted in; empty for a pure number.
    pub unit: &'static str,
    /// What it is, in a sentence.
    pub description: &'static str,
}

impl Parameter {
    /// The length every task has.
    pub(super) const fn length(default: f64) -> Self {
        // Shorter sequences have no second step to remember anything at.
        Self::length_within(default, 2.0, 10_000.0)
    }

    /// The length of tasks that cannot do with every length.
    pub(super) const fn length_within(default: f64, min: f64, max: f64) -> Self {
        Self {
            name: "length",
            default,
            min,
            max,
            whole: true,
            at_most: None,
            unit: "steps",
            description: "How many steps a sequence has; the most, if there is a least.",
        }
    }

    /// The least length of tasks whose sequences may differ in it: by default they do.
    pub(super) const fn min_length(default: f64) -> Self {
        Self {
            name: "min_length",
            default,
            min: 2.0,
            max: 10_000.0,
            whole: true,
            at_most: Some(("length", 1.0)),
            unit: "steps",
            description: "How many steps a sequence has at least: lengths are drawn evenly from here to length.",
        }
    }

    /// The least length of tasks whose sequences may differ in it, but by default do not.
    pub(super) const MIN_LENGTH: Self = Self::min_length(10_000.0);

    /// How many symbols there are.
    pub(super) const fn alphabet(default: f64) -> Self {
        Self {
            name: "alphabet",
            default,
            min: 2.0,
            max: 26.0,
            whole: true,
            at_most: None,
            unit: "symbols",
            description: "How many different symbols there are.",
        }
    }

    /// Noise on values that without it have about the size 1.
    pub(super) const NOISE: Self = Self {
        name: "noise",
        default: 0.0,
        min: 0.0,
        max: 10.0,
        whole: false,
        at_most: None,
        unit: "",
        description: "Standard deviation of the noise added to each value.",
    };

    /// The number of training sequences every task has.
    pub(super) const TRAIN_SEQUENCES: Self = Self {
        name: "train_sequences",
        default: 1000.0,
        min: 1.0,
        max: 100_000.0,
        whole: true,
        at_most: None,
        unit: "sequences",
        description: "How many sequences there are to learn from.",
    };

    /// The number of test sequences every task has.
    pub(super) const TEST_SEQUENCES: Self = Self {
        name: "test_sequences",
        default: 200.0,
        min: 1.0,
        max: 100_000.0,
        whole: true,
        at_most: None,
        unit: "sequences",
        description: "How many sequences are kept back for testing.",
    };

    /// Whether `value` may be used.
    pub fn accepts(&self, value: f64) -> bool {
        (self.min..=self.max).contains(&value) && !(self.whole && value.fract() != 0.0)
    }

    /// What it is and what it is by default, in sentences: what to say about a value that will not do.
    pub fn hint(&self) -> String {
        let Self {
            description,
            default,
            ..
        } = self;
        match self.at_most {
            Some((other, _)) if *default >= self.max => {
                format!("{description} The default is the value of {other}.")
            }
            Some((other, _)) => format!(
                "{description} The default is {}, or what {other} allows if that is less.",
                exact(*default)
            ),
            None => format!("{description} The default is {}.", exact(*default)),
        }
    }

    /// What is accepted up to `max`, as a phrase.
    fn expected(&self, max: f64) -> String {
        let kind = if self.whole {
            "a whole number"
        } else {
            "a number"
        };
        let unit = if self.unit.is_empty() {
            String::new()
        } else {
            format!(" {}", self.unit)
        };
        // A share of something may have got digits that nobody wrote.
        let max = format!("{max:.11e}").parse().unwrap_or(max);
        format!("{kind} from {} to {}{unit}", exact(self.min), exact(max))
    }
}

/// Values for all parameters of one task, each known to be accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters(BTreeMap<&'static str, f64>);

impl Parameters {
    /// The given values, and the defaults of `task` for the others.
    ///
    /// # Errors
    /// Names every unknown parameter and every value that is out of range, and sizes that together pass [`MAX_ROWS`].
    pub fn validated(
        task: &dyn Task,
        given: &BTreeMap<String, f64>,
    ) -> Result<Self, ParameterError> {
        let known = task.parameters();
        let mut values: BTreeMap<_, _> = known
            .iter()
            .map(|parameter| (parameter.name, parameter.default))
            .collect();
        let mut problems = Vec::new();
        for (name, &value) in given {
            let Some(parameter) = known.iter().find(|parameter| parameter.name == name) else {
                problems.push(unknown(task, name));
                continue;
            };
            if parameter.accepts(value) {
                values.insert(parameter.name, value);
            } else {
                problems.push(ParameterProblem {
                    name: name.clone(),
                    found: exact(value),
                    expected: parameter.expected(parameter.max),
                    hint: parameter.hint(),
                });
            }
        }
        for parameter in known {
            let Some((other, share)) = parameter.at_most else {
                continue;
            };
            let found = values.get(other).copied().unwrap_or(f64::NAN);
            let limit = if parameter.whole {
                libm::floor(share * found)
            } else {
                share * found
            };
            let value = values.entry(parameter.name).or_insert(parameter.default);
            if *value <= limit {
                continue;
            }
            if given.get(parameter.name) == Some(value) {
                problems.push(ParameterProblem {
                    name: parameter.name.to_owned(),
                    found: exact(*value),
                    expected: format!(
                        "{}, as {other} is {}",
                        parameter.expected(limit),
                        exact(found)
                    ),
                    hint: parameter.hint(),
                });
            }
            *value = limit;
        }
        let parameters = Self(values);
        let sequences = parameters.whole("train_sequences") + parameters.whole("test_sequences");
        let rows = sequences.saturating_mul(parameters.whole("length"));
        // Wide rows, such as one-hot symbols, are fewer.
        let max_rows = MAX_ROWS / task.input_size(&parameters).div_ceil(8).max(1);
        if rows > max_rows {
            problems.push(ParameterProblem {
                name: "length".to_owned(),
                found: format!("{rows} steps in all sequences together"),
                expected: format!("at most {max_rows}"),
                hint: "Choose fewer sequences, or shorter ones.".to_owned(),
            });
        }
        if problems.is_empty() {
            Ok(parameters)
        } else {
            Err(ParameterError { problems })
        }
    }

    /// The value of the parameter called `name`; not a number for a name the task does not have.
    pub fn get(&self, name: &str) -> f64 {
        self.0.get(name).copied().unwrap_or(f64::NAN)
    }

    /// The value of a whole parameter; 0 for a name the task does not have.
    pub fn whole(&self, name: &str) -> usize {
        // Rust's conversion is saturating and takes NaN to 0.
        self.get(name) as usize
    }

    /// All names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, f64)> {
        self.0.iter().map(|(&name, &value)| (name, value))
    }
}

fn unknown(task: &dyn Task, name: &str) -> ParameterProblem {
    let names: Vec<&str> = task
        .parameters()
        .iter()
        .map(|parameter| parameter.name)
        .collect();
    ParameterProblem {
        name: name.to_owned(),
        found: format!("the name {}", quoted(name)),
        expected: format!("one of {}", names.join(", ")),
        hint: match nearest(name, names.iter().copied()) {
            Some(nearest) => format!("Did you mean “{nearest}”?"),
            None => format!("The task “{}” has no other parameters.", task.name()),
        },
    }
}

/// Why values are no parameters of a task: all that is wrong, at least one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterError {
    /// Each thing that is wrong.
    pub problems: Vec<ParameterProblem>,
}

/// One thing that is wrong about a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterProblem {
    /// The parameter's name as given.
    pub name: String,
    /// What was given, as a phrase.
    pub found: String,
    /// What is accepted, as a phrase.
    pub expected: String,
    /// A sentence: what to try next.
    pub hint: String,
}

impl fmt::Display for ParameterProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            found,
            expected,
            hint,
        } = self;
        write!(
            f,
            "{}: found {found}, expected {expected}. {hint}",
            shortened(name)
        )
    }
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self
            .problems
            .iter()
            .map(ParameterProblem::to_string)
            .collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for ParameterError {}

#[cfg(test)]
mod tests {
    use super::super::{ALL, Adding, Majority, Reverse, Sine};
    use super::*;
    use proptest::prelude::*;

    fn given(pairs: &[(&str, f64)]) -> BTreeMap<String, f64> {
        pairs
            .iter()
            .map(|&(name, value)| (name.to_owned(), value))
            .collect()
    }

    #[test]
    fn defaults_are_accepted_and_common_to_all_tasks() {
        for &task in ALL {
            let parameters = Parameters::validated(task, &BTreeMap::new()).unwrap();
            let known = task.parameters();
            for (place, parameter) in known.iter().enumerate() {
                assert!(parameter.accepts(parameter.default));
                if let Some((other, share)) = parameter.at_most {
                    // The limit is known by then and leaves something to choose.
                    let other = known[..place].iter().find(|known| known.name == other);
                    assert!(
                        parameter.min <= share * other.unwrap().min,
                        "{}",
                        task.name()
                    );
                }
            }
            assert_eq!(
                (
                    parameters.whole("train_sequences"),
                    parameters.whole("test_sequences")
                ),
                (1000, 200)
            );
            let (shortest, longest) = super::super::lengths(&parameters).into_inner();
            assert!(2 <= shortest && shortest <= longest);
        }
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let given = given(&[("lenght", 10.0), ("noise", -1.0), ("train_sequences", 2.5)]);
        let error = Parameters::validated(&Sine, &given).unwrap_err();
        let shown = error.to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(
            lines[0],
            "lenght: found the name “lenght”, expected one of length, min_length, period_1, period_2, noise, \
             train_sequences, test_sequences. Did you mean “length”?"
        );
        assert!(
            lines[1].starts_with("noise: found -1, expected a number from 0 to 10."),
            "{shown}"
        );
        assert!(
            lines[2].starts_with(
                "train_sequences: found 2.5, expected a whole number from 1 to 100000 sequences."
            ),
            "{shown}"
        );
    }

    #[test]
    fn the_least_length_is_at_most_the_length() {
        let least = |task: &dyn Task, pairs: &[(&str, f64)]| {
            Parameters::validated(task, &given(pairs)).map(|values| values.get("min_length"))
        };
        // Where raggedness is the point it has a default of its own; elsewhere all sequences are of one length.
        assert_eq!(least(&Majority, &[]), Ok(5.0));
        assert_eq!(least(&Majority, &[("length", 3.0)]), Ok(3.0));
        assert_eq!(least(&Sine, &[]), Ok(50.0));
        assert_eq!(least(&Sine, &[("length", 3_000.0)]), Ok(3_000.0));
        assert_eq!(least(&Sine, &[("min_length", 50.0)]), Ok(50.0));
        let error = least(&Sine, &[("length", 20.0), ("min_length", 21.0)]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "min_length: found 21, expected a whole number from 2 to 20 steps, as length is 20. How many steps a sequence \
             has at least: lengths are drawn evenly from here to length. The default is the value of length."
        );
        let error = least(&Majority, &[("min_length", 1.0)]).unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("The default is 5, or what length allows if that is less."),
            "{error}"
        );
    }

    #[test]
    fn sizes_that_are_fine_alone_may_be_too_much_together() {
        let given = given(&[("length", 10_000.0), ("train_sequences", 100_000.0)]);
        let error = Parameters::validated(&Adding, &given).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("length: found 1002000000 steps in all"),
            "{error}"
        );
    }

    #[test]
    fn wide_rows_are_fewer() {
        let rows = |alphabet| {
            let sizes = [
                ("length", 2_000.0),
                ("train_sequences", 1_000.0),
                ("test_sequences", 1.0),
                ("alphabet", alphabet),
            ];
            Parameters::validated(&Reverse, &given(&sizes)).map(|values| values.whole("length"))
        };
        assert_eq!(rows(8.0), Ok(2_000));
        let error = rows(26.0).unwrap_err().to_string();
        assert!(
            error.contains("found 2002000 steps") && error.contains("at most 1048576"),
            "{error}"
        );
    }

    #[test]
    fn not_a_number_is_no_value() {
        assert!(Parameters::validated(&Adding, &given(&[("length", f64::NAN)])).is_err());
        let parameters = Parameters::validated(&Adding, &BTreeMap::new()).unwrap();
        assert!(parameters.get("period").is_nan());
        assert_eq!(parameters.whole("period"), 0);
    }

    proptest! {
        #[test]
        fn any_value_is_accepted_or_explained(name in "(length|min_length|noise|period_1|x)", value: f64) {
            for &task in ALL {
                if let Err(error) = Parameters::validated(task, &given(&[(&name, value)])) {
                    prop_assert!(!error.to_string().is_empty());
                }
            }
        }
    }
}
