//! A stretch of symbols with what the units do over it, and which units follow something that can be said of the symbols.
//!
//! The stretch is the probe's sequence and the ones after it of the same part, each read by itself from the initial state, one
//! after the other. A value stands beside the symbol that was read last: h_t beside x_t.

use super::Snapshot;
use super::pass::Pass;
use crate::data::{Dataset, Span, survey};
use crate::nn::analysis::following;
use crate::nn::{Quantity, Stop};
use ndarray::{Array2, ArrayView1, s};

/// How many symbols a stretch has at most, but for the probe's own sequence, which is whole.
pub const SYMBOLS: usize = 2_000;

/// Symbols × units at most.
const VALUES: usize = 1 << 20;

/// What can be said of each symbol of a sequence once it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Property {
    /// Whether it stands within quotation marks.
    Quotes,
    /// Whether it stands within brackets.
    Brackets,
    /// Whether it is a digit.
    Digit,
    /// Whether it is an upper-case letter.
    Upper,
    /// Whether it is a vowel.
    Vowel,
    /// Whether it is white space.
    Space,
    /// How many symbols were read since the last space.
    Word,
    /// How many symbols were read since the last end of a line.
    Line,
    /// The time step.
    Step,
    /// Whether it is this symbol, an input column.
    Is(usize),
}

impl Property {
    /// Those that are not about one symbol.
    const GENERAL: [Property; 9] = [
        Property::Quotes,
        Property::Brackets,
        Property::Digit,
        Property::Upper,
        Property::Vowel,
        Property::Space,
        Property::Word,
        Property::Line,
        Property::Step,
    ];

    /// What it is called, after “which unit follows”.
    pub fn title(self, names: &[String]) -> String {
        let fixed = match self {
            Property::Quotes => "being inside quotes",
            Property::Brackets => "being inside brackets",
            Property::Digit => "digits",
            Property::Upper => "upper case",
            Property::Vowel => "vowels",
            Property::Space => "spaces",
            Property::Word => "letters since the last space",
            Property::Line => "the place in the line",
            Property::Step => "the time step",
            Property::Is(symbol) => {
                let name = names.get(symbol).map_or("", String::as_str);
                return format!("the symbol {name}");
            }
        };
        fixed.to_owned()
    }

    /// Its value at each symbol of a sequence: 1 and 0 for yes and no, or a count.
    fn values(self, names: &[String], symbols: &[usize]) -> Vec<f64> {
        let letter = |at: usize| -> Option<char> {
            let mut letters = names.get(*symbols.get(at)?)?.chars();
            let letter = letters.next().filter(|_| letters.next().is_none())?;
            // White space is called by a visible sign.
            Some(match letter {
                '␣' => ' ',
                '↵' => '\n',
                '⇥' => '\t',
                '␍' => '\r',
                other => other,
            })
        };
        let all = 0..symbols.len();
        let is = |of: &dyn Fn(char) -> bool| -> Vec<f64> {
            let yes = all.clone().map(|at| letter(at).is_some_and(of));
            yes.map(|yes| f64::from(u8::from(yes))).collect()
        };
        let since = |of: &dyn Fn(char) -> bool| -> Vec<f64> {
            let mut count = 0.0;
            let read = all.clone().map(|at| {
                count = if letter(at).is_some_and(of) {
                    0.0
                } else {
                    count + 1.0
                };
                count
            });
            read.collect()
        };
        match self {
            Property::Quotes => {
                let mut open = false;
                let read = all.map(|at| {
                    let in_word = letter(at + 1).is_some_and(char::is_alphabetic);
                    match letter(at) {
                        Some('“' | '‘' | '«' | '„' | '`') => open = true,
                        Some('”' | '’' | '»') => open = false,
                        // An apostrophe stands within a word.
                        Some('\'') if !in_word => open = false,
                        Some('"') => open = !open,
                        _ => {}
                    }
                    f64::from(u8::from(open))
                });
                read.collect()
            }
            Property::Brackets => {
                let mut depth = 0_usize;
                let read = all.map(|at| {
                    match letter(at) {
                        Some('(' | '[' | '{') => depth += 1,
                        Some(')' | ']' | '}') => depth = depth.saturating_sub(1),
                        _ => {}
                    }
                    f64::from(u8::from(depth > 0))
                });
                read.collect()
            }
            Property::Digit => is(&|letter| letter.is_ascii_digit()),
            Property::Upper => is(&char::is_uppercase),
            Property::Vowel => is(&|letter| "aeiouAEIOU".contains(letter)),
            Property::Space => is(&char::is_whitespace),
            Property::Word => since(&char::is_whitespace),
            Property::Line => since(&|letter| letter == '\n'),
            Property::Step => all.map(|at| (at + 1) as f64).collect(),
            Property::Is(symbol) => {
                let is = symbols
                    .iter()
                    .map(|&one| f64::from(u8::from(one == symbol)));
                is.collect()
            }
        }
    }
}

/// A sequence of a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Which sequence of the probe's part.
    pub index: usize,
    /// Where it begins among the symbols.
    pub start: usize,
    /// How many it has.
    pub len: usize,
}

/// Symbols with the values of a layer's quantity over them.
#[derive(Clone, Debug, PartialEq)]
pub struct Symbols {
    /// What the symbols are called, by input column.
    pub names: Vec<String>,
    /// The sequences, the probe's first.
    pub stretches: Vec<Stretch>,
    /// The symbols, by input column.
    pub read: Vec<usize>,
    /// What can be said of them: what differs among them.
    pub properties: Vec<Property>,
    /// The quantity's values, `[symbols, units]`.
    pub values: Array2<f64>,
    /// The largest magnitude of each unit.
    pub largest: Vec<f64>,
}

/// A unit and how well it follows a property.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Follower {
    /// The unit, from 0.
    pub unit: usize,
    /// Its correlation with the property.
    pub r: f64,
}

impl Symbols {
    /// Of a quantity of a scan of the part that reads; `None` where what is read are no symbols, there is no such quantity, or it
    /// was asked to stop.
    pub fn of(snapshot: &Snapshot, scan: usize, quantity: Quantity, stop: &Stop) -> Option<Self> {
        let (probe, dataset) = (&snapshot.probe, &snapshot.material.dataset);
        let spans = dataset.split(probe.split);
        let width = probe.parts.first()?.first(scan, quantity, false)?.ncols();
        let most = SYMBOLS.min(VALUES / width.max(1));
        let mut chosen: Vec<(usize, Span)> = Vec::new();
        let mut count = 0;
        for (index, &span) in spans.iter().enumerate().skip(probe.index) {
            if !chosen.is_empty() && count + span.len > most {
                break;
            }
            count += span.len;
            chosen.push((index, span));
        }
        let mut symbols = Self {
            names: dataset.input_names.clone(),
            stretches: Vec::new(),
            read: Vec::with_capacity(count),
            properties: Vec::new(),
            values: Array2::zeros((count, width)),
            largest: Vec::new(),
        };
        for &(index, span) in &chosen {
            symbols.stretches.push(Stretch {
                index,
                start: symbols.read.len(),
                len: span.len,
            });
            symbols.read.extend(read(dataset, span)?);
        }
        let spans: Vec<Span> = chosen.iter().map(|&(_, span)| span).collect();
        let mut start = 0;
        for spans in spans.chunks(Pass::room(snapshot, &spans).max(1)) {
            let mut pass = Pass::over(snapshot, spans, stop);
            pass.run(&snapshot.model)?;
            let parts = pass.into_parts();
            let values = parts.first()?.get(scan, quantity, false)?;
            for (row, span) in spans.iter().enumerate() {
                let of_row = values.slice(s![..span.len, row, ..]);
                let mut into = symbols.values.slice_mut(s![start..start + span.len, ..]);
                into.assign(&of_row);
                start += span.len;
            }
        }
        symbols.properties = symbols.telling();
        let largest =
            |unit: ArrayView1<'_, f64>| unit.fold(0.0, |most: f64, value| most.max(value.abs()));
        symbols.largest = symbols.values.columns().into_iter().map(largest).collect();
        Some(symbols)
    }

    /// The values of a property over all symbols, sequence by sequence.
    fn property(&self, property: Property) -> Vec<f64> {
        let of = |stretch: &Stretch| {
            let read = &self.read[stretch.start..stretch.start + stretch.len];
            property.values(&self.names, read)
        };
        self.stretches.iter().flat_map(of).collect()
    }

    /// The properties that differ among the symbols: what is the same at all of them nothing can follow.
    fn telling(&self) -> Vec<Property> {
        let symbols = (0..self.names.len()).map(Property::Is);
        let all = Property::GENERAL.into_iter().chain(symbols);
        let differs = |property: &Property| {
            let values = self.property(*property);
            values.iter().any(|value| value != &values[0])
        };
        all.filter(differs).collect()
    }

    /// The units in the order of how well they follow a property, the largest |r| first, of equals the lower number; those that
    /// are constant are left out.
    pub fn followers(&self, property: Property) -> Vec<Follower> {
        let r = following(self.values.view(), &self.property(property));
        let known = r.into_iter().enumerate();
        let mut all: Vec<Follower> = known
            .filter_map(|(unit, r)| Some(Follower { unit, r: r? }))
            .collect();
        all.sort_by(|a, b| b.r.abs().total_cmp(&a.r.abs()));
        all
    }
}

/// The symbols that a sequence reads, by input column; `None` if it reads anything else.
fn read(dataset: &Dataset, span: Span) -> Option<Vec<usize>> {
    if dataset.input_size() < 2 {
        return None;
    }
    span.rows()
        .map(|row| survey::symbol(dataset, row))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(property: Property, text: &str) -> String {
        let names: Vec<String> = ('\0'..='\u{7f}')
            .chain(['“', '”'])
            .map(String::from)
            .collect();
        let place = |letter: char| names.iter().position(|name| *name == letter.to_string());
        let symbols: Vec<usize> = text.chars().filter_map(place).collect();
        let values = property.values(&names, &symbols);
        // As data call white space.
        let signs = names
            .iter()
            .map(|name| name.replace(' ', "␣").replace('\n', "↵"));
        let signs: Vec<String> = signs.collect();
        assert_eq!(property.values(&signs, &symbols), values);
        values.iter().map(|value| format!("{value}")).collect()
    }

    #[test]
    fn a_property_is_what_a_reader_says_of_the_text() {
        assert_eq!(over(Property::Quotes, "a `it's' b"), "0011111000");
        assert_eq!(over(Property::Quotes, "a\"b\"c"), "01100");
        assert_eq!(over(Property::Quotes, "a“b”c"), "01100");
        assert_eq!(over(Property::Brackets, "a(b[c])d"), "01111100");
        assert_eq!(over(Property::Digit, "a1 B2"), "01001");
        assert_eq!(over(Property::Upper, "aB1"), "010");
        assert_eq!(over(Property::Vowel, "bAe"), "011");
        assert_eq!(over(Property::Space, "a \nb"), "0110");
        assert_eq!(over(Property::Word, "ab cd"), "12012");
        assert_eq!(over(Property::Line, "a b\nc"), "12301");
        assert_eq!(over(Property::Step, "abc"), "123");
        assert_eq!(over(Property::Is(97), "aba"), "101");
    }
}
