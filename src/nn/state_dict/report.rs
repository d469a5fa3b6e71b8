//! What became of a file's tensors, and how it is told.

use super::error::{Faults, shown};
use std::fmt;

/// What became of each parameter and of each tensor.
///
/// A parameter is either matched, set to zero, missing, of the wrong shape, too large or unusable; a tensor is either behind one
/// of those, or without a place, an optimiser's, or left over.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Whether parameters were loaded; if not, all of them are as they were.
    pub loaded: bool,
    /// Whether a part of them was enough.
    pub partial: bool,
    /// Parameters that have a tensor that fits, in the model's order.
    pub matched: Vec<String>,
    /// Those of them that have another name in the file.
    pub renamed: Vec<Renamed>,
    /// Biases that the file lacks together with all others of their module, as `bias=False` leaves them out: they are 0.
    pub zeros: Vec<String>,
    /// Parameters that the file has no tensor for; in a part of a file they stay as they were.
    pub missing: Vec<Shaped>,
    /// Layers, directions and projections of the file that the model has no place for.
    pub unplaced: Vec<Shaped>,
    /// Tensors of an optimiser's state.
    pub optimizer: Vec<Shaped>,
    /// Other tensors that belong to no parameter, such as buffers.
    pub left_over: Vec<Shaped>,
    /// Parameters whose tensor has another shape.
    pub wrong_shape: Vec<WrongShape>,
    /// Parameters with a value that the model's precision cannot hold.
    pub too_large: Vec<TooLarge>,
    /// Tensors that are parameters' but not of numbers, and their values that are not finite.
    pub unusable: Faults,
    /// How many parameters these are.
    pub unusable_parameters: usize,
    /// Names that could be meant in more than one way.
    pub ambiguous: Vec<Ambiguous>,
    /// Prefixes that were asked for and that no name begins with.
    pub unknown_prefixes: Vec<String>,
    /// What would have to be another way for the file to fit, sentences.
    pub hints: Vec<String>,
    /// How many loaded values were rounded, because the file is more precise than the model.
    pub rounded: usize,
}

/// A tensor loaded under another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// The tensor's name.
    pub from: String,
    /// The parameter's name.
    pub to: String,
}

/// A name and a shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shaped {
    /// The parameter's or tensor's name.
    pub name: String,
    /// Its shape, row-major.
    pub shape: Vec<usize>,
}

/// A tensor that does not fit its parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongShape {
    /// The parameter's name.
    pub name: String,
    /// The tensor's name.
    pub from: String,
    /// The parameter's shape.
    pub expected: Vec<usize>,
    /// The tensor's shape.
    pub found: Vec<usize>,
}

/// A value past the range of the model's precision.
#[derive(Clone, Debug, PartialEq)]
pub struct TooLarge {
    /// The parameter's name.
    pub name: String,
    /// The tensor's name.
    pub from: String,
    /// Where the first such value stands.
    pub index: Vec<usize>,
    /// The value.
    pub value: f64,
}

/// Something that the file has more than one of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ambiguous {
    /// What was looked for, as a phrase.
    pub what: String,
    /// The possibilities.
    pub candidates: Vec<Candidate>,
}

/// One of several possibilities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// How its names begin.
    pub prefix: String,
    /// What it is, in a few words.
    pub is: String,
}

impl Report {
    /// Whether every parameter has its value from the file, or is a bias that its module has not.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.refused() == 0
    }

    /// Whether it can be loaded: whole and with all of the file's layers in their places, or, where a part is enough, with
    /// something in it and nothing refused.
    pub fn is_usable(&self) -> bool {
        let whole =
            self.missing.is_empty() && self.unplaced.is_empty() && self.ambiguous.is_empty();
        !self.matched.is_empty()
            && self.refused() == 0
            && self.unknown_prefixes.is_empty()
            && (whole || self.partial)
    }

    /// Parameters whose tensor was refused.
    pub(super) fn refused(&self) -> usize {
        self.wrong_shape.len() + self.too_large.len() + self.unusable_parameters
    }
}

/// What happened, for the user: a first line, then what is not as expected, at last what to try.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fit = self.matched.len();
        let all = fit + self.zeros.len() + self.missing.len() + self.refused();
        if self.loaded {
            write!(f, "{fit} of {all} parameters loaded")?;
            if !self.zeros.is_empty() {
                write!(f, ", {} absent biases set to 0", self.zeros.len())?;
            }
        } else {
            write!(f, "nothing loaded, {fit} of {all} parameters fit")?;
        }
        if self.rounded > 0 {
            let rounded = self.rounded;
            write!(f, ", {rounded} values rounded to the model's precision")?;
        }
        self.what_is_wrong(f)?;
        if self.loaded {
            let renamed = self.renamed.iter();
            let renamed = renamed.map(|name| format!("{} → {}", shown(&name.from), name.to));
            section(f, "loaded under another name", renamed)?;
        }
        let zeros = self.zeros.iter().cloned();
        section(
            f,
            "absent with all biases of their module (bias=False), so 0",
            zeros,
        )?;
        let optimizer = self.optimizer.iter().map(shaped);
        section(f, "an optimiser's state, left over", optimizer)?;
        let left_over = self.left_over.iter().map(shaped);
        section(f, "left over in the file", left_over)?;
        if !self.loaded {
            for hint in self.what_to_try() {
                write!(f, "\n{hint}")?;
            }
        }
        Ok(())
    }
}

impl Report {
    fn what_is_wrong(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unknown = self.unknown_prefixes.iter().map(|prefix| shown(prefix));
        section(f, "no name in the file begins with", unknown)?;
        let ambiguous = self.ambiguous.iter().map(|ambiguous| {
            let candidates: Vec<String> = ambiguous
                .candidates
                .iter()
                .map(|candidate| match &candidate.is {
                    is if is.is_empty() => shown(&candidate.prefix),
                    is => format!("{} ({is})", shown(&candidate.prefix)),
                })
                .collect();
            format!("{} could be {}", ambiguous.what, candidates.join(" or "))
        });
        section(f, "ambiguous", ambiguous)?;
        let unplaced = self.unplaced.iter().map(shaped);
        section(f, "in the file without a place in the network", unplaced)?;
        let wrong_shape = self.wrong_shape.iter().map(|wrong| {
            let name = with_origin(&wrong.name, &wrong.from);
            format!(
                "{name}: found {:?}, expected {:?}",
                wrong.found, wrong.expected
            )
        });
        section(f, "of the wrong shape", wrong_shape)?;
        let too_large = self.too_large.iter().map(|large| {
            format!(
                "{}{:?}: found {:e}, expected a value within the model's precision",
                with_origin(&large.name, &large.from),
                large.index,
                large.value
            )
        });
        section(f, "too large", too_large)?;
        if !self.unusable.is_empty() {
            let unusable = self.unusable.to_string();
            let lines: Vec<&str> = unusable.lines().collect();
            section(f, "unusable", lines.into_iter().map(String::from))?;
        }
        let headline = if self.loaded {
            "missing in the file, left as they were"
        } else {
            "missing in the file"
        };
        section(f, headline, self.missing.iter().map(shaped))
    }

    /// What to try next, sentences.
    fn what_to_try(&self) -> Vec<String> {
        let mut hints = self.hints.clone();
        if let Some(first) = self
            .ambiguous
            .iter()
            .flat_map(|ambiguous| &ambiguous.candidates)
            .next()
        {
            let example = shown(&first.prefix);
            hints.push(format!(
                "Say which is meant, once for each choice, as with --prefix {example} Layers that the module keeps apart are asked \
                 for from the bottom up."
            ));
        }
        if !self.too_large.is_empty() {
            hints.push("Run with precision = \"f64\".".into());
        }
        let nothing_like_it =
            self.unplaced.is_empty() && self.ambiguous.is_empty() && self.refused() == 0;
        if self.matched.is_empty() && nothing_like_it {
            hints.push("Name the tensors as the parameters are called.".into());
        } else if !self.wrong_shape.is_empty() && hints.is_empty() {
            hints.push(
                "Check cell, hidden_size, num_layers, bidirectional and the data's features and target against the network that \
                 the file was saved from."
                    .into(),
            );
        }
        let partly = Self {
            partial: true,
            ..self.clone()
        };
        if partly.is_usable() {
            hints.push(
                "With --partial what fits is loaded: parameters without a tensor stay as they were drawn, layers without a place \
                 are left over."
                    .into(),
            );
        }
        hints
    }
}

fn shaped(of: &Shaped) -> String {
    format!("{} {:?}", shown(&of.name), of.shape)
}

fn with_origin(name: &str, from: &str) -> String {
    if name == from {
        name.into()
    } else {
        format!("{name} (from {})", shown(from))
    }
}

/// A headline and an indented line for each of the first few; nothing if there is none.
fn section(
    f: &mut fmt::Formatter<'_>,
    headline: &str,
    lines: impl ExactSizeIterator<Item = String>,
) -> fmt::Result {
    const MOST: usize = 20;
    let more = lines.len().saturating_sub(MOST);
    for (index, line) in lines.take(MOST).enumerate() {
        if index == 0 {
            write!(f, "\n{headline}")?;
        }
        write!(f, "\n  {line}")?;
    }
    if more > 0 {
        write!(f, "\n  … and {more} more")?;
    }
    Ok(())
}
