//! Tensors → parameters, by name.
//!
//! A tensor belongs to the parameter of the same name. Where a file was saved from a larger module, two other ways of naming
//! are understood, each only if it can be meant in one way, and each told in the report:
//!
//! - all names begin alike, as `lstm.weight_ih_l0` does where the layer was an attribute called `lstm`;
//! - the readout is another linear layer's pair `fc.weight`, `fc.bias` (any name) of the readout's shapes.

use super::error::shown;
use super::read::index_of;
use super::{NamedTensor, TensorValues};
use crate::nn::{ParameterEntry, Real};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What became of each parameter and of each tensor.
///
/// A parameter is either matched, missing, of the wrong shape or too large; a tensor is either behind one of those or left
/// over.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Parameters that were loaded, in the model's order.
    pub matched: Vec<String>,
    /// Those of them that have another name in the file.
    pub renamed: Vec<Renamed>,
    /// Parameters that the file has no tensor for; they stay as they were.
    pub missing: Vec<Shaped>,
    /// Tensors that belong to no parameter.
    pub left_over: Vec<Shaped>,
    /// Parameters whose tensor has another shape; they stay as they were.
    pub wrong_shape: Vec<WrongShape>,
    /// Parameters with a value that the model's precision cannot hold; they stay as they were.
    pub too_large: Vec<TooLarge>,
    /// Names that could be meant in more than one way; nothing was loaded by them.
    pub ambiguous: Vec<Ambiguous>,
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
    pub what: &'static str,
    /// How the names of each possibility begin.
    pub candidates: Vec<String>,
}

impl Report {
    /// Whether every parameter was loaded.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.wrong_shape.is_empty() && self.too_large.is_empty()
    }

    /// Whether something was loaded and nothing refused: a run can begin from it, even if parameters are missing.
    pub fn is_usable(&self) -> bool {
        !self.matched.is_empty() && self.wrong_shape.is_empty() && self.too_large.is_empty()
    }
}

/// Loads tensors into the parameters that `entries` describes; where a tensor cannot be loaded whole, its parameter stays
/// as it is.
///
/// `parameters` holds all of a model's parameters and `entries` their names, shapes and places, whatever kind of network it
/// is. Values are rounded to the model's precision, which for an f64 model never changes one.
pub fn load<T: Real>(
    parameters: &mut [T],
    entries: &[ParameterEntry],
    tensors: &[NamedTensor],
) -> Report {
    let mut report = Report::default();
    let sources = sources(entries, tensors, &mut report.ambiguous);
    let mut used = BTreeSet::new();
    for (entry, source) in entries.iter().zip(sources) {
        let name = entry.name.clone();
        let Some((index, values)) = source else {
            report.missing.push(Shaped {
                name,
                shape: entry.shape.clone(),
            });
            continue;
        };
        used.insert(index);
        let tensor = &tensors[index];
        let from = tensor.name.clone();
        if tensor.shape != entry.shape || values.len() != entry.range.len() {
            report.wrong_shape.push(WrongShape {
                name,
                from,
                expected: entry.shape.clone(),
                found: tensor.shape.clone(),
            });
            continue;
        }
        if let Some(place) = values.iter().position(|&value| !T::of(value).is_finite()) {
            report.too_large.push(TooLarge {
                name,
                from,
                index: index_of(place, &entry.shape),
                value: values[place],
            });
            continue;
        }
        for (parameter, &value) in parameters[entry.range.clone()].iter_mut().zip(values) {
            *parameter = T::value_of(value);
            report.rounded += usize::from(parameter.widen() != value);
        }
        if from != name {
            report.renamed.push(Renamed {
                from,
                to: name.clone(),
            });
        }
        report.matched.push(name);
    }
    let unused = tensors
        .iter()
        .enumerate()
        .filter(|(index, _)| !used.contains(index));
    report.left_over = unused
        .map(|(_, tensor)| Shaped {
            name: tensor.name.clone(),
            shape: tensor.shape.clone(),
        })
        .collect();
    report
}

/// A tensor that holds numbers: its index and they.
type Source<'a> = Option<(usize, &'a [f64])>;

const READOUT: [&str; 2] = ["readout.weight", "readout.bias"];

/// Which tensor each parameter is to be loaded from.
fn sources<'a>(
    entries: &[ParameterEntry],
    tensors: &'a [NamedTensor],
    ambiguous: &mut Vec<Ambiguous>,
) -> Vec<Source<'a>> {
    let numbers = tensors
        .iter()
        .enumerate()
        .filter_map(|(index, tensor)| match &tensor.values {
            TensorValues::Numbers(values) => {
                Some((tensor.name.as_str(), (index, values.as_slice())))
            }
            TensorValues::Indices(_) => None,
        });
    let by_name: BTreeMap<&str, (usize, &[f64])> = numbers.collect();
    let named = |name: &str| by_name.get(name).copied();
    let mut sources: Vec<Source<'a>> = entries.iter().map(|entry| named(&entry.name)).collect();

    let is_readout = |entry: &ParameterEntry| READOUT.contains(&entry.name.as_str());
    let layers_found = entries
        .iter()
        .zip(&sources)
        .any(|(entry, source)| source.is_some() && !is_readout(entry));
    if !layers_found {
        let layers = entries.iter().filter(|entry| !is_readout(entry));
        let prefixes: BTreeSet<&str> = layers
            .flat_map(|entry| {
                by_name
                    .keys()
                    .filter_map(|name| name.strip_suffix(entry.name.as_str()))
                    .filter(|prefix| prefix.ends_with('.'))
            })
            .collect();
        match prefixes.iter().copied().collect::<Vec<_>>()[..] {
            [] => {}
            [prefix] => {
                for (entry, source) in entries.iter().zip(&mut sources) {
                    *source = source.or_else(|| named(&format!("{prefix}{}", entry.name)));
                }
            }
            _ => ambiguous.push(Ambiguous {
                what: "the network's layers",
                candidates: prefixes.into_iter().map(String::from).collect(),
            }),
        }
    }
    find_readout(entries, tensors, &by_name, &mut sources, ambiguous);
    sources
}

/// Where neither of the readout's parameters has a tensor: the one unused pair of the same shapes, if there is only one.
fn find_readout<'a>(
    entries: &[ParameterEntry],
    tensors: &[NamedTensor],
    by_name: &BTreeMap<&str, (usize, &'a [f64])>,
    sources: &mut [Source<'a>],
    ambiguous: &mut Vec<Ambiguous>,
) {
    let [weight, bias] = READOUT.map(|name| entries.iter().position(|entry| entry.name == name));
    let (Some(weight), Some(bias)) = (weight, bias) else {
        return;
    };
    if sources[weight].is_some() || sources[bias].is_some() {
        return;
    }
    let used: BTreeSet<usize> = sources.iter().flatten().map(|&(index, _)| index).collect();
    let unused_like = |name: &str, entry: usize| {
        let found = by_name.get(name).copied();
        found.filter(|(index, _)| {
            !used.contains(index) && tensors[*index].shape == entries[entry].shape
        })
    };
    let pairs: Vec<_> = by_name
        .keys()
        .filter_map(|name| {
            let stem = name.strip_suffix("weight")?;
            let linear = stem.ends_with('.');
            let found = unused_like(name, weight)?;
            linear.then_some((stem, found, unused_like(&format!("{stem}bias"), bias)?))
        })
        .collect();
    match pairs[..] {
        [] => {}
        [(_, of_weight, of_bias)] => {
            sources[weight] = Some(of_weight);
            sources[bias] = Some(of_bias);
        }
        _ => ambiguous.push(Ambiguous {
            what: "the readout",
            candidates: pairs.iter().map(|(stem, ..)| stem.to_string()).collect(),
        }),
    }
}

/// What happened, for the user: a first line, then what is not as expected.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused = self.wrong_shape.len() + self.too_large.len();
        let all = self.matched.len() + self.missing.len() + refused;
        write!(f, "{} of {all} parameters loaded", self.matched.len())?;
        if self.rounded > 0 {
            write!(
                f,
                ", {} values rounded to the model's precision",
                self.rounded
            )?;
        }
        let renamed = self
            .renamed
            .iter()
            .map(|renamed| format!("{} → {}", shown(&renamed.from), renamed.to));
        section(f, "loaded under another name", renamed)?;
        let wrong_shape = self.wrong_shape.iter().map(|wrong| {
            format!(
                "{}: found {:?}, expected {:?}",
                with_origin(&wrong.name, &wrong.from),
                wrong.found,
                wrong.expected
            )
        });
        section(f, "wrong shape, not loaded", wrong_shape)?;
        let too_large = self.too_large.iter().map(|large| {
            format!(
                "{}{:?}: found {:e}, expected a value within the model's precision",
                with_origin(&large.name, &large.from),
                large.index,
                large.value
            )
        });
        section(f, "too large, not loaded", too_large)?;
        let ambiguous = self.ambiguous.iter().map(|ambiguous| {
            let candidates: Vec<String> = ambiguous
                .candidates
                .iter()
                .map(|name| shown(name))
                .collect();
            format!("{} could be {}", ambiguous.what, candidates.join(" or "))
        });
        section(f, "ambiguous, not loaded", ambiguous)?;
        let shaped = |of: &Shaped| format!("{} {:?}", shown(&of.name), of.shape);
        section(
            f,
            "missing in the file, left as they were",
            self.missing.iter().map(shaped),
        )?;
        section(
            f,
            "left over in the file",
            self.left_over.iter().map(shaped),
        )?;
        let hint = if !self.wrong_shape.is_empty() {
            "Check cell, hidden_size, num_layers and bidirectional against the network that the file was saved from."
        } else if !self.too_large.is_empty() {
            "Run with precision = \"f64\"."
        } else if !self.ambiguous.is_empty() {
            "Rename the tensors that are meant as the parameters are called."
        } else if self.matched.is_empty() {
            "Name the tensors as the parameters are called."
        } else {
            return Ok(());
        };
        write!(f, "\n{hint}")
    }
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
