//! Predicates over measures and commands.

use super::expression::{Expression, Formula, Missing, Scope, without_measure};
use crate::experiment::Setting;
use crate::session::Session;
use crate::train::Measure;
use crate::train::measures::MeasureError;
use crate::words;
use std::collections::BTreeSet;
use std::fmt;

/// How a measure is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `==`
    Equal,
}

impl Comparison {
    /// The comparison written `symbol` in a lesson.
    pub fn from_symbol(symbol: &str) -> Option<Self> {
        Some(match symbol {
            "<" => Comparison::Less,
            "<=" => Comparison::AtMost,
            ">" => Comparison::Greater,
            ">=" => Comparison::AtLeast,
            "==" => Comparison::Equal,
            _ => return None,
        })
    }

    /// In words, before a number.
    pub fn words(self) -> &'static str {
        match self {
            Comparison::Less => "below",
            Comparison::AtMost => "at most",
            Comparison::Greater => "above",
            Comparison::AtLeast => "at least",
            Comparison::Equal => "exactly",
        }
    }

    fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Comparison::Less => value < bound,
            Comparison::AtMost => value <= bound,
            Comparison::Greater => value > bound,
            Comparison::AtLeast => value >= bound,
            Comparison::Equal => value == bound,
        }
    }
}

/// A predicate.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// A measure compared with a number; false while the measure has no value, as that of a layer that the network lacks.
    Measure {
        /// What is measured.
        measure: Measure,
        /// How it is compared.
        comparison: Comparison,
        /// With what.
        value: f64,
    },
    /// A formula compared with a number; false while it has no value.
    Formula {
        /// What is worked out.
        formula: Formula,
        /// What a learner is told that it is, in place of the formula.
        says: Option<String>,
        /// How it is compared.
        comparison: Comparison,
        /// With what.
        value: f64,
    },
    /// A setting of the experiment is this, written or by default.
    Setting {
        /// Which, such as `model.cell`.
        path: String,
        /// What it is to be.
        is: Setting,
    },
    /// The learner has used this command on this page.
    Command(String),
    /// All of them.
    All(Vec<Check>),
    /// At least one of them.
    Any(Vec<Check>),
    /// Not it.
    Not(Box<Check>),
    /// It, told as one thing in words, in place of what is compared in it.
    Said {
        /// What holds.
        check: Box<Check>,
        /// What a learner is told that it is.
        says: String,
    },
}

/// What a check says.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Whether it holds.
    pub holds: bool,
    /// What is compared in it: value now, comparison and bound.
    pub readings: Vec<Reading>,
    /// Whether all of them are of what is on show; if not, those are on their way.
    pub is_current: bool,
}

/// A measure in a check, a formula or a setting, as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The measure's name, or the formula.
    pub name: String,
    /// What a learner is told that it is; `None` where it is yes or no, which the goal says itself.
    pub told: Option<String>,
    /// Its value, if it has one yet.
    pub value: Option<f64>,
    /// Whether it is a share, which is told as a percentage.
    pub is_share: bool,
    /// Whether it is yes or no, 1 or 0.
    pub is_yes_or_no: bool,
    /// What this network lacks that it is of: a layer, a direction, a part. With another setting there may be one.
    pub lacking: Option<String>,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what.
    pub bound: f64,
    /// Whether it holds.
    pub holds: bool,
}

/// A measure's name, and what a learner is told that it is.
fn told_of(measure: &Measure) -> (String, Option<String>) {
    let name = match measure.of_run() {
        (of, None) => of.name().into(),
        (of, Some(run)) => format!("{} run={run}", of.name()),
    };
    (name, measure.told())
}

/// Whether the measures in a formula are of what is on show.
fn is_current_in(of: &Expression, session: &Session) -> bool {
    let measures = of.measures().into_iter();
    let mut told = measures.map(|measure| session.measure(measure));
    told.all(|told| told.is_ok_and(|measured| measured.is_current))
}

fn in_a_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// A setting's value in words.
fn written(value: &Setting) -> String {
    match value {
        Setting::Whole(whole) => whole.to_string(),
        Setting::Number(number) => words::exact(*number),
        Setting::Text(text) => format!("“{text}”"),
        Setting::Truth(truth) => truth.to_string(),
        other => format!("{other:?}"),
    }
}

impl Reading {
    fn of(
        name: &str,
        told: Option<String>,
        value: Option<f64>,
        (comparison, bound): (Comparison, f64),
    ) -> Self {
        Self {
            name: name.to_owned(),
            told,
            value,
            is_share: false,
            is_yes_or_no: false,
            lacking: None,
            comparison,
            bound,
            holds: value.is_some_and(|value| comparison.holds(value, bound)),
        }
    }

    /// A number of its kind for people.
    fn of_words(&self, of: f64, digits: usize) -> String {
        match self.is_share {
            true => format!(
                "{}{}%",
                words::significant(100.0 * of, digits),
                words::NO_BREAK
            ),
            false => words::significant(of, digits),
        }
    }

    /// Whether both are of the same number, one from below and the other from above.
    fn faces(&self, other: &Self) -> bool {
        let is_from_below = |reading: &Self| match reading.comparison {
            Comparison::Greater | Comparison::AtLeast => Some(true),
            Comparison::Less | Comparison::AtMost => Some(false),
            Comparison::Equal => None,
        };
        let sides = (is_from_below(self), is_from_below(other));
        let are_two = matches!(sides, (Some(one), Some(another)) if one != another);
        are_two && self.name == other.name && self.told == other.told
    }

    /// Value and bound for people, with as many digits as it takes to tell one from the other.
    pub fn in_words(&self) -> (String, String) {
        let told = |of: f64, digits| self.of_words(of, digits);
        let Some(value) = self.value else {
            return ("no value yet".into(), told(self.bound, 4));
        };
        if self.is_yes_or_no {
            let said = |is: bool| if is { "yes" } else { "not yet" };
            return (said(value == 1.0).into(), said(self.bound == 1.0).into());
        }
        let written = |digits| [value, self.bound].map(|of| told(of, digits));
        // 17 digits tell any two numbers apart.
        let digits = (4..17).find(|&digits| {
            let [value, bound] = written(digits);
            value != bound
        });
        let [value, bound] = written(digits.filter(|_| value != self.bound).unwrap_or(4));
        (value, bound)
    }
}

/// What a learner is to reach, a line for each number: how it stands and what it should be, and whether it is that. What is
/// bounded from both sides is one number, and told as one.
pub fn in_lines(readings: &[Reading]) -> Vec<(String, bool)> {
    let mut lines = Vec::new();
    let mut told = vec![false; readings.len()];
    for (at, reading) in readings.iter().enumerate() {
        let Some(name) = reading.told.as_ref().filter(|_| !told[at]) else {
            continue;
        };
        let other = (at + 1..readings.len()).find(|&other| readings[other].faces(reading));
        let Some(other) = other else {
            let (value, bound) = reading.in_words();
            // Where a single number will do, it is what is to be found.
            let text = match reading.comparison {
                Comparison::Equal => format!("{name}: {value}"),
                comparison => format!("{name}: {value}, should be {} {bound}", comparison.words()),
            };
            lines.push((text, reading.holds));
            continue;
        };
        told[other] = true;
        let other = &readings[other];
        // As it differs from the bound that it misses.
        let (value, _) = match reading.holds {
            true => other.in_words(),
            false => reading.in_words(),
        };
        let low = reading.bound.min(other.bound);
        let high = reading.bound.max(other.bound);
        let middle = 0.5 * (low + high);
        let [low, middle_told, high] = [low, middle, high].map(|of| reading.of_words(of, 4));
        let should = match reading.bound.max(other.bound) - middle <= CLOSE * middle.abs() {
            true => middle_told,
            false => format!("between {low} and {high}"),
        };
        lines.push((
            format!("{name}: {value}, should be {should}"),
            reading.holds && other.holds,
        ));
    }
    lines
}

/// Bounds that are closer to their middle than this share of it ask for that, and allow for rounding.
const CLOSE: f64 = 0.001;

/// “update is 3, should be at least 50”.
impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, words) = (&self.name, self.comparison.words());
        match (self.value, self.in_words()) {
            (Some(_), (value, bound)) => write!(f, "{name} is {value}, should be {words} {bound}"),
            (None, (_, bound)) => write!(f, "{name} has no value, should be {words} {bound}"),
        }
    }
}

impl Check {
    /// Asks it of a session; `used` are the names of the commands used on this page.
    ///
    /// # Errors
    /// See [`MeasureError`]: a mistake in the lesson.
    pub fn of(&self, session: &Session, used: &BTreeSet<String>) -> Result<Verdict, MeasureError> {
        let (mut readings, mut is_current) = (Vec::new(), true);
        let holds = self.ask(session, used, &mut readings, &mut is_current)?;
        Ok(Verdict {
            holds,
            readings,
            is_current,
        })
    }

    fn ask(
        &self,
        session: &Session,
        used: &BTreeSet<String>,
        readings: &mut Vec<Reading>,
        is_current: &mut bool,
    ) -> Result<bool, MeasureError> {
        let ask = |part: &Self, told: &mut Vec<Reading>, is_current: &mut bool| {
            part.ask(session, used, told, is_current)
        };
        Ok(match self {
            Check::Measure {
                measure,
                comparison,
                value: bound,
            } => {
                let (value, lacking) = match session.measure(measure) {
                    Ok(measured) => {
                        *is_current &= measured.is_current;
                        (measured.value, None)
                    }
                    // Whether a learner has chosen a second layer can be asked before there is one.
                    Err(lacking @ MeasureError::Lacking { .. }) => {
                        (None, Some(lacking.to_string()))
                    }
                    Err(error) => return Err(error),
                };
                let (name, told) = told_of(measure);
                let reading = Reading::of(&name, told, value, (*comparison, *bound));
                let holds = reading.holds;
                readings.push(Reading {
                    lacking,
                    is_share: measure.is_share(),
                    ..reading
                });
                holds
            }
            Check::Formula {
                formula,
                says,
                comparison,
                value: bound,
            } => {
                let of = &formula.expression;
                let (value, lacking) = match Scope::new(session).number(of) {
                    Ok(value) => (Some(value), None),
                    Err(Missing::NotYet) => {
                        *is_current = false;
                        (None, None)
                    }
                    // As of a measure: what this network has not, another may have.
                    Err(Missing::Fault(problem)) => {
                        (None, Some(format!("{}: {problem}", formula.text)))
                    }
                };
                let told = says.clone();
                let told = told.or_else(|| Some(without_measure(&formula.text)));
                *is_current &= is_current_in(of, session);
                let reading = Reading::of(&formula.text, told, value, (*comparison, *bound));
                let holds = reading.holds;
                readings.push(Reading { lacking, ..reading });
                holds
            }
            Check::Setting { path, is } => {
                let (value, lacking) = match session.setting_is(path, is) {
                    Ok(is) => (Some(f64::from(u8::from(is))), None),
                    Err(errors) => (None, Some(in_a_line(&errors.to_string()))),
                };
                let name = format!("whether {path} is {}", written(is));
                let reading = Reading::of(&name, None, value, (Comparison::Equal, 1.0));
                let holds = reading.holds;
                readings.push(Reading { lacking, ..reading });
                holds
            }
            Check::Command(name) => used.contains(name),
            // Every part is asked, so that the learner sees all readings.
            Check::All(parts) => !decided(parts, false, readings, is_current, ask)?,
            Check::Any(parts) => decided(parts, true, readings, is_current, ask)?,
            Check::Not(part) => {
                let before = readings.len();
                let holds = !part.ask(session, used, readings, is_current)?;
                // What it should not be is no goal to tell of, and is right where it is not.
                for reading in &mut readings[before..] {
                    reading.told = None;
                }
                holds
            }
            Check::Said { check, says } => {
                let before = readings.len();
                let holds = check.ask(session, used, readings, is_current)?;
                for reading in &mut readings[before..] {
                    reading.told = None;
                }
                let (value, should) = (f64::from(u8::from(holds)), (Comparison::Equal, 1.0));
                let reading = Reading::of(says, Some(says.clone()), Some(value), should);
                readings.push(Reading {
                    is_yes_or_no: true,
                    ..reading
                });
                holds
            }
        })
    }
}

/// Whether one of some parts is as told, which decides about all of them: then nobody waits for the others, which may be of a run
/// that there is not.
fn decided(
    parts: &[Check],
    by: bool,
    readings: &mut Vec<Reading>,
    is_current: &mut bool,
    ask: impl Fn(&Check, &mut Vec<Reading>, &mut bool) -> Result<bool, MeasureError>,
) -> Result<bool, MeasureError> {
    let (mut is_one, mut is_certain, mut all_current) = (false, false, true);
    for part in parts {
        let mut current = true;
        let is = ask(part, readings, &mut current)? == by;
        is_one |= is;
        is_certain |= is && current;
        all_current &= current;
    }
    *is_current &= all_current || is_certain;
    Ok(is_one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::on_vanishing::played;

    #[test]
    fn what_is_said_in_words_is_one_thing_that_holds_or_not_yet() {
        let (_, session) = played();
        let cell = |is: &str| Check::Setting {
            path: "model.cell".into(),
            is: Setting::Text(is.into()),
        };
        let now = ["rnn", "lstm", "gru"].into_iter().find(|is| {
            let verdict = cell(is).of(&session, &BTreeSet::new()).unwrap();
            assert!(
                verdict
                    .readings
                    .iter()
                    .all(|reading| reading.told.is_none()),
                "a setting says nothing by itself"
            );
            verdict.holds
        });
        let now = now.unwrap();
        let other = if now == "gru" { "lstm" } else { "gru" };
        for (is, said) in [(now, "yes"), (other, "not yet")] {
            let check = Check::Said {
                check: Box::new(Check::Any(vec![cell(is), cell(is)])),
                says: "the cell is that".into(),
            };
            let verdict = check.of(&session, &BTreeSet::new()).unwrap();
            let told = verdict.readings.iter().filter_map(|reading| {
                let name = reading.told.clone()?;
                Some((name, reading.in_words().0))
            });
            let told: Vec<(String, String)> = told.collect();
            assert_eq!(told, [("the cell is that".into(), said.into())]);
            assert_eq!(verdict.holds, is == now);
        }
    }

    /// Whether a GRU stands beside is asked of each run that there may be: of one that there is not no value comes.
    #[test]
    fn what_is_certain_waits_for_nothing_else() {
        // Whether a part holds, and whether it is of what is on show.
        let yes = (true, true);
        let no = (false, true);
        let (yes_soon, no_soon) = ((true, false), (false, false));
        for (parts, by, expected) in [
            (vec![no, yes, no_soon], true, (true, true)),
            (vec![no, no_soon], true, (false, false)),
            (vec![no, yes_soon], true, (true, false)),
            (vec![no, no], true, (false, true)),
            (vec![yes, no, no_soon], false, (true, true)),
            (vec![yes, no_soon], false, (true, false)),
            (vec![yes, yes_soon], false, (false, false)),
            (vec![yes, yes], false, (false, true)),
        ] {
            let checks: Vec<Check> = (0..parts.len())
                .map(|part| Check::Command(part.to_string()))
                .collect();
            let ask = |check: &Check, _: &mut Vec<Reading>, is_current: &mut bool| {
                let Check::Command(part) = check else {
                    panic!("{check:?}")
                };
                let (holds, current) = parts[part.parse::<usize>().unwrap()];
                *is_current &= current;
                Ok(holds)
            };
            let mut is_current = true;
            let is_one = decided(&checks, by, &mut Vec::new(), &mut is_current, ask).unwrap();
            assert_eq!((is_one, is_current), expected, "{parts:?}");
        }
    }

    #[test]
    fn a_number_bounded_from_both_sides_is_told_in_one_line() {
        let reading = |name: &str, value, comparison, bound| {
            Reading::of(name, Some(name.into()), Some(value), (comparison, bound))
        };
        let (above, below) = (Comparison::Greater, Comparison::Less);
        for (readings, says) in [
            (
                vec![
                    reading("w", 0.4, above, 0.4999),
                    reading("w", 0.4, below, 0.5001),
                ],
                vec![("w: 0.4, should be 0.5", false)],
            ),
            (
                vec![
                    reading("w", 0.5, above, 0.4999),
                    reading("w", 0.5, below, 0.5001),
                ],
                vec![("w: 0.5, should be 0.5", true)],
            ),
            (
                vec![
                    reading("w", 3.0, below, 2.0),
                    reading("v", 1.0, above, 0.5),
                    reading("w", 3.0, above, 1.0),
                ],
                vec![
                    ("w: 3, should be between 1 and 2", false),
                    ("v: 1, should be above 0.5", true),
                ],
            ),
        ] {
            let lines = in_lines(&readings);
            let lines: Vec<_> = lines
                .iter()
                .map(|(text, holds)| (&**text, *holds))
                .collect();
            assert_eq!(lines, says);
        }
    }

    #[test]
    fn a_reading_is_told_in_words_and_rounded_as_far_as_it_differs_from_its_bound() {
        let reading = |value, bound| {
            let reading = Reading {
                name: "loss.test".into(),
                told: None,
                value,
                is_share: false,
                is_yes_or_no: false,
                lacking: None,
                comparison: Comparison::AtMost,
                bound,
                holds: false,
            };
            reading.to_string()
        };
        for (value, bound, said) in [
            (
                Some(1.234_567e164),
                0.5,
                "is 1.235\u{a0}×\u{a0}10¹⁶⁴, should be at most 0.5",
            ),
            (
                Some(0.500_004_321),
                0.5,
                "is 0.500004, should be at most 0.5",
            ),
            (
                Some(f64::NAN),
                0.5,
                "is not a number, should be at most 0.5",
            ),
            (Some(0.5), 0.5, "is 0.5, should be at most 0.5"),
            (None, 1e-3, "has no value, should be at most 0.001"),
        ] {
            assert_eq!(reading(value, bound), format!("loss.test {said}"));
        }
    }
}
