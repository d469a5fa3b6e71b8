//! The probe's sequence in the words and units of its data: what goes in, what comes out, and whether it is right.

use super::Snapshot;
use crate::data::{Answers, Dataset, Span, Targets, survey};
use crate::experiment::Precision;
use crate::nn::Readout;
use crate::words::{counted, percent_to, quoted, significant};
use ndarray::{ArrayView1, s};
use std::cmp::Ordering;
use std::fmt;

/// So many symbols of a sequence stand in a sentence where nobody says how many there is room for.
const SPELT: usize = 24;

/// A sentence with the symbols of a sequence in it, of which as many are spelt as there is room for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sentence {
    before: String,
    symbols: Vec<String>,
    after: String,
}

impl Sentence {
    /// One without symbols.
    fn plain(text: impl Into<String>) -> Self {
        Self {
            before: text.into(),
            ..Self::default()
        }
    }

    /// Symbols between two texts.
    fn spelling<'a>(
        before: impl Into<String>,
        symbols: impl Iterator<Item = &'a (impl AsRef<str> + 'a + ?Sized)>,
        after: impl Into<String>,
    ) -> Self {
        Self {
            before: before.into(),
            symbols: symbols.map(|symbol| symbol.as_ref().to_owned()).collect(),
            after: after.into(),
        }
    }

    /// How many symbols are in it.
    pub fn symbols(&self) -> usize {
        self.symbols.len()
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.before.is_empty() && self.symbols.is_empty() && self.after.is_empty()
    }

    /// The sentence with at most so many of its symbols.
    pub fn with_symbols(&self, most: usize) -> String {
        let spelt = spelt(&self.symbols, most);
        format!("{}{spelt}{}", self.before, self.after)
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_symbols(SPELT))
    }
}

/// What a learner is told of the sequence under the lens.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// What each step that is read is called: its time, or the symbol that it is; `None` where steps have numbers alone.
    pub steps: Option<Vec<String>>,
    /// Whether those are symbols, which are read themselves.
    pub symbols: bool,
    /// The inputs in their own units, where they are numbers.
    pub inputs: Vec<Input>,
    /// What each step of a decoder reads of the answer before it: the symbol, as far as it is one. None without a decoder.
    pub read_again: Vec<Option<String>>,
    /// What was asked and answered, in the order of the outputs' steps.
    pub answers: Vec<Answered>,
    /// What the answers are of: a time to come, such as `1948`; `None` if they are of their own steps.
    pub answer_at: Option<String>,
    /// What goes in, as a sentence.
    pub goes_in: Sentence,
    /// What comes out, likewise.
    pub comes_out: Sentence,
    /// What was right, likewise.
    pub right: Sentence,
    /// Whether all answers are right; `None` for numbers.
    pub all_right: Option<bool>,
}

/// An input over the sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// A value for each step, `None` where it is not known.
    pub values: Vec<Option<f64>>,
}

/// An output beside what it should have been.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// The array index of its step in the part that has outputs.
    pub t: usize,
    /// What the network says.
    pub said: Word,
    /// What is right.
    pub wanted: Word,
}

/// What is said or right at a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Word {
    /// A number in its own units: the first output.
    Number(f64),
    /// A class, by its name, with its probability where the network gave it.
    Class(String, Option<f64>),
}

impl Word {
    /// As it stands in a cell: the class's name, or the number, rounded.
    pub fn text(&self) -> String {
        match self {
            Word::Number(number) => significant(*number, 3),
            Word::Class(name, _) => name.clone(),
        }
    }
}

impl Answered {
    /// Whether it is right; `None` for numbers, which are near or far.
    pub fn is_right(&self) -> Option<bool> {
        match (&self.said, &self.wanted) {
            // What is no number chooses nothing.
            (Word::Class(_, Some(sure)), Word::Class(..)) if sure.is_nan() => Some(false),
            (Word::Class(said, _), Word::Class(wanted, _)) => Some(said == wanted),
            _ => None,
        }
    }

    /// How far a number is off.
    fn error(&self) -> Option<f64> {
        match (&self.said, &self.wanted) {
            (Word::Number(said), Word::Number(wanted)) => Some(said - wanted),
            _ => None,
        }
    }
}

impl Story {
    /// Of a snapshot's probe; `None` if the data have no such sequence.
    pub fn of(snapshot: &Snapshot) -> Option<Self> {
        let probe = &snapshot.probe;
        let dataset = &snapshot.material.dataset;
        let span = *dataset.split(probe.split).get(probe.index)?;
        let symbols = survey::symbols_read(dataset, span);
        let times = has_times(dataset);
        let steps = match (&symbols, times) {
            (Some(symbols), _) => Some(symbols.iter().map(|&symbol| symbol.to_owned()).collect()),
            (None, true) => Some(span.rows().map(|row| dataset.label_ahead(row, 0)).collect()),
            (None, false) => None,
        };
        let inputs = match symbols {
            Some(_) => Vec::new(),
            None => inputs(snapshot, span),
        };
        let answers = answers(snapshot)?;
        let ahead = dataset.ahead();
        let answer_at = (ahead > 0).then(|| dataset.label_ahead(span.last_row(), ahead));
        let mut story = Self {
            steps,
            symbols: symbols.is_some(),
            inputs,
            read_again: read_again(snapshot),
            answers,
            answer_at,
            goes_in: Sentence::default(),
            comes_out: Sentence::default(),
            right: Sentence::default(),
            all_right: None,
        };
        story.goes_in = story.read_in_words(dataset, span);
        // Padding that is read goes in as well.
        let read = probe.parts.first().and_then(|part| part.lengths.first());
        match read.map_or(0, |read| read.saturating_sub(span.len)) {
            0 => {}
            padding => story.goes_in.after += &format!(" and {padding} of padding"),
        }
        match set_by_hand(snapshot, span) {
            0 => {}
            set => {
                let set = counted(set, "value");
                story.goes_in.after += &format!(", {set} set by hand");
            }
        }
        let every = snapshot.material.network.readout() == Readout::Every;
        (story.comes_out, story.right) = story.answered_in_words(dataset, span, every);
        let right = story.answers.iter().map(Answered::is_right);
        story.all_right = right
            .collect::<Option<Vec<_>>>()
            .map(|all| all.into_iter().all(|it| it));
        Some(story)
    }

    fn read_in_words(&self, dataset: &Dataset, span: Span) -> Sentence {
        if self.symbols {
            let symbols = self.steps.as_deref().unwrap_or_default();
            let before = format!("{} go in: ", counted(span.len, "symbol"));
            return Sentence::spelling(before, symbols.iter(), "");
        }
        let what = match &self.inputs[..] {
            [] => "input".to_owned(),
            [only] => only.name.clone(),
            [first, second] => format!("{} and {}", first.name, second.name),
            [first, second, third] => {
                format!("{}, {} and {}", first.name, second.name, third.name)
            }
            [first, rest @ ..] => format!("{} and {} more", first.name, rest.len()),
        };
        let steps = counted(span.len, "step");
        Sentence::plain(match self.steps.as_deref() {
            Some([first, .., last]) => {
                format!(
                    "{steps} of {what} go in, {} {first} to {last}",
                    dataset.axis_name()
                )
            }
            _ => format!("{steps} of {what} go in"),
        })
    }

    fn answered_in_words(
        &self,
        dataset: &Dataset,
        span: Span,
        every: bool,
    ) -> (Sentence, Sentence) {
        let plain = |out: String, right: String| (Sentence::plain(out), Sentence::plain(right));
        let classes: Option<Vec<[&str; 2]>> = self
            .answers
            .iter()
            .map(|answer| match (&answer.said, &answer.wanted) {
                (Word::Class(said, _), Word::Class(wanted, _)) => {
                    Some([said.as_str(), wanted.as_str()])
                }
                _ => None,
            })
            .collect();
        let for_what = match &self.answer_at {
            Some(at) => format!(" for {at}"),
            None => String::new(),
        };
        match (&self.answers[..], classes) {
            ([], _) => (Sentence::default(), Sentence::default()),
            ([only], Some(classes)) => {
                let [said, wanted] = classes[0];
                if only.is_right() == Some(false) && said == wanted {
                    return plain(
                        format!("what comes out{for_what} is no number"),
                        format!("{} is right", quoted(wanted)),
                    );
                }
                let sure = match &only.said {
                    Word::Class(_, Some(probability)) => {
                        format!(" with a probability of {}", percent_to(*probability, 0))
                    }
                    _ => String::new(),
                };
                plain(
                    format!("{} comes out{for_what}{sure}", quoted(said)),
                    match said == wanted {
                        true => "that is right".into(),
                        false => format!("{} is right", quoted(wanted)),
                    },
                )
            }
            (answers, Some(classes)) => {
                let right = answers
                    .iter()
                    .filter(|answer| answer.is_right() == Some(true))
                    .count();
                let said = classes.iter().map(|[said, _]| said);
                let at_each_step = every && !matches!(dataset.answers, Answers::Sequence);
                let comes_out = match at_each_step {
                    true => Sentence::spelling("an answer comes out at each step: ", said, ""),
                    false => Sentence::spelling("", said, " comes out"),
                };
                let of = answers.len();
                let are = if right == 1 { "is" } else { "are" };
                let wanted = classes.iter().map(|[_, wanted]| wanted);
                let right = match right == of {
                    true => Sentence::plain(format!("all {of} are right")),
                    false if at_each_step => {
                        Sentence::plain(format!("{right} of {of} {are} right"))
                    }
                    // What should have come out stands beside what did.
                    false => {
                        let so = format!(" is right, so {right} of {of} {are}");
                        Sentence::spelling("", wanted, so)
                    }
                };
                (comes_out, right)
            }
            ([only], None) => {
                let (Word::Number(said), Word::Number(wanted)) = (&only.said, &only.wanted) else {
                    return (Sentence::default(), Sentence::default());
                };
                let error = only.error().unwrap_or(f64::NAN);
                let off = significant(error.abs(), 2);
                let name = match dataset.output_names.first() {
                    Some(name) if dataset.output_size() > 1 => format!("{name}: "),
                    _ => String::new(),
                };
                plain(
                    format!("{name}{} comes out{for_what}", significant(*said, 4)),
                    match wanted.is_finite() {
                        true => {
                            let off = match error.partial_cmp(&0.0) {
                                Some(Ordering::Less) => format!("{off} too low"),
                                Some(Ordering::Equal) => "exact".into(),
                                Some(Ordering::Greater) => format!("{off} too high"),
                                None => format!("off by {off}"),
                            };
                            format!("{} is right, so it is {off}", significant(*wanted, 4))
                        }
                        false => "what is right is not known yet".into(),
                    },
                )
            }
            (answers, None) => {
                let errors = answers.iter().filter_map(Answered::error);
                let squares: f64 = errors.map(|error| error * error).sum();
                let rmse = (squares / answers.len() as f64).sqrt();
                plain(
                    format!("{} come out, one at each step", counted(span.len, "number")),
                    format!(
                        "they are off by {} (root mean square)",
                        significant(rmse, 2)
                    ),
                )
            }
        }
    }
}

/// Whether rows have times, which are worth more than their numbers.
fn has_times(dataset: &Dataset) -> bool {
    matches!(dataset.labels, crate::data::Labels::Times(_))
}

/// Symbols one after the other, close together if each is a single letter. Of more than `most` those in the middle are left out:
/// what decides may stand at either end.
fn spelt(symbols: &[String], most: usize) -> String {
    let letters = symbols.iter().all(|symbol| symbol.chars().count() == 1);
    let between = if letters { "" } else { " " };
    if symbols.len() <= most {
        return symbols.join(between);
    }
    let (first, rest) = symbols.split_at(most.div_ceil(2));
    let (_, last) = rest.split_at(rest.len() - most / 2);
    let [first, last] = [first, last].map(|some| some.join(between));
    format!("{first}{between}…{between}{last}")
}

/// Whether a value that the network read is not the data's: it was set by hand.
fn is_set(snapshot: &Snapshot, t: usize, row: usize, column: usize) -> Option<f64> {
    let part = snapshot.probe.parts.first()?;
    let read = *part.x.get([t, 0, column])?;
    let of_data = *snapshot.material.dataset.inputs.get([row, column])?;
    let of_data = match snapshot.precision {
        Precision::F32 => f64::from(of_data as f32),
        Precision::F64 => of_data,
    };
    (read != of_data && read.is_finite()).then_some(read)
}

/// How many values were set by hand.
fn set_by_hand(snapshot: &Snapshot, span: Span) -> usize {
    let columns = snapshot.material.dataset.input_size();
    let of_row =
        |(t, row)| (0..columns).filter(move |&column| is_set(snapshot, t, row, column).is_some());
    span.rows().enumerate().flat_map(of_row).count()
}

fn inputs(snapshot: &Snapshot, span: Span) -> Vec<Input> {
    let material = &snapshot.material;
    let dataset = &material.dataset;
    let source = material.source.as_deref();
    let table =
        source.and_then(|source| Some((source.table.as_deref()?, &source.report.table_rows[..])));
    let names = dataset.input_names.iter().enumerate();
    names
        .map(|(column, name)| Input {
            name: name.clone(),
            values: span
                .rows()
                .enumerate()
                .map(|(t, row)| match is_set(snapshot, t, row, column) {
                    Some(set) => survey::scaled_in_own_units(dataset, column, set),
                    None => survey::input_in_own_units(dataset, table, row, column),
                })
                .collect(),
        })
        .collect()
}

/// The symbols that a decoder reads, step by step: what it wrote at the step before, or what it is shown instead.
fn read_again(snapshot: &Snapshot) -> Vec<Option<String>> {
    let Targets::Classes { names, .. } = &snapshot.material.dataset.targets else {
        return Vec::new();
    };
    let [_, .., decoder] = &snapshot.probe.parts[..] else {
        return Vec::new();
    };
    // Behind it a context may be read.
    let symbol = |x: ArrayView1<'_, f64>| {
        let mut symbols = x.iter().zip(names).filter(|(x, _)| **x != 0.0);
        let (x, name) = symbols.next()?;
        (*x == 1.0 && symbols.next().is_none()).then(|| name.clone())
    };
    let steps = decoder.lengths.first().copied().unwrap_or(0);
    let steps = steps.min(decoder.x.dim().0);
    (0..steps)
        .map(|t| symbol(decoder.x.slice(s![t, 0, ..])))
        .collect()
}

/// Every output of the probe beside its target; `None` if the record has none.
fn answers(snapshot: &Snapshot) -> Option<Vec<Answered>> {
    let probe = &snapshot.probe;
    let dataset = &snapshot.material.dataset;
    let part = probe.parts.last()?;
    let outputs = part.y.dim().0;
    let steps = part.lengths.first().copied()?;
    // A single output is of the last step; of many, those of padding are nobody's.
    let asked = match outputs {
        1 => 1,
        _ => steps.min(outputs).min(probe.rows.len()),
    };
    let first_row = probe.rows.end.checked_sub(asked)?;
    let answer = |index: usize| -> Option<Answered> {
        let row = first_row + index;
        let y = part.first_at(0, crate::nn::Quantity::Y, false, index)?;
        let (said, wanted) = match &dataset.targets {
            Targets::Values(targets) => {
                let own = |scaled: f64| dataset.in_own_units(row, 0, scaled);
                (
                    Word::Number(own(*y.first()?)),
                    Word::Number(own(*targets.get([row, 0])?)),
                )
            }
            Targets::Classes { of_row, names } => {
                let best = likeliest(y)?;
                let name = |class: usize| names.get(class).cloned().unwrap_or_default();
                (
                    Word::Class(name(best), Some(probability(y, best))),
                    Word::Class(name(*of_row.get(row)?), None),
                )
            }
        };
        Some(Answered {
            t: match outputs {
                1 => steps.checked_sub(1)?,
                _ => index,
            },
            said,
            wanted,
        })
    };
    (0..asked).map(answer).collect()
}

/// The class with the largest output, the first of equals.
fn likeliest(y: ArrayView1<'_, f64>) -> Option<usize> {
    (0..y.len()).reduce(|best, class| if y[class] > y[best] { class } else { best })
}

/// Its share of softmax(y).
fn probability(y: ArrayView1<'_, f64>, class: usize) -> f64 {
    let sum: f64 = y.iter().map(|&other| libm::exp(other - y[class])).sum();
    1.0 / sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_spelt_as_a_reader_would() {
        let spelt = |all: &[&str], most| {
            let all: Vec<String> = all.iter().map(|&symbol| symbol.to_owned()).collect();
            super::spelt(&all, most)
        };
        assert_eq!(spelt(&["a", "b"], 2), "ab");
        assert_eq!(spelt(&["A", "up"], 2), "A up");
        assert_eq!(spelt(&[], 0), "");
    }

    /// What is left out of many symbols is in the middle: the first and the last ones are there.
    #[test]
    fn of_many_symbols_both_ends_are_spelt() {
        let letters: Vec<String> = ('a'..='j').map(String::from).collect();
        assert_eq!(spelt(&letters, 10), "abcdefghij");
        assert_eq!(spelt(&letters, 9), "abcde…ghij");
        assert_eq!(spelt(&letters, 2), "a…j");
        assert_eq!(spelt(&letters, 0), "…");
        let words = ["low", "up", "high", "on"].map(str::to_owned);
        assert_eq!(spelt(&words, 2), "low … on");
        let sentence = Sentence::spelling("10 symbols go in: ", letters.iter(), " and more");
        assert_eq!(sentence.with_symbols(4), "10 symbols go in: ab…ij and more");
        assert_eq!(
            sentence.to_string(),
            "10 symbols go in: abcdefghij and more"
        );
    }

    #[test]
    fn a_probability_is_the_share_of_the_softmax() {
        let y = ndarray::array![0.0, 2.0, 2.0];
        assert_eq!(likeliest(y.view()), Some(1));
        let expected = libm::exp(2.0) / (1.0 + 2.0 * libm::exp(2.0));
        assert!((probability(y.view(), 1) - expected).abs() < 1e-15);
        // However large: no number on the way is.
        let y = ndarray::array![-1e300, 1e4];
        assert_eq!(probability(y.view(), 1), 1.0);
    }
}
