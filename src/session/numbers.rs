//! Single numbers: which one is looked at, and several set by hand at once.

use super::{Message, Session, put_in};
use crate::nn::{Line, Place, Quantity, SetWeight, Station};
use crate::train::Snapshot;
use crate::train::question::Spot;
use std::fmt;

/// How many numbers can be set at once.
const MOST_SET: usize = 1_000;

/// A number to be looked at: one of the network on show, or what it is called.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    /// That one.
    Spot(Spot),
    /// A parameter by PyTorch's name, with an index for each axis from 0.
    Parameter {
        /// The name.
        name: String,
        /// Where in it.
        index: Vec<usize>,
    },
    /// A unit of a quantity at a step.
    Quantity {
        /// The part's name; the last part, which has the output, if none is given.
        part: Option<String>,
        /// Which.
        quantity: Quantity,
        /// Layer and direction.
        place: Place,
        /// The step, from 1; 0 for the state before the first.
        t: usize,
        /// The unit, from 0.
        unit: usize,
    },
}

/// As a formula calls it.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Spot(_) => write!(f, "a number"),
            Number::Parameter { name, index } => {
                let index: Vec<String> = index.iter().map(ToString::to_string).collect();
                write!(f, "{name}[{}]", index.join(","))
            }
            Number::Quantity {
                part,
                quantity,
                place,
                t,
                unit,
            } => {
                let part = part
                    .as_ref()
                    .map_or(String::new(), |part| format!("{part}."));
                let place = match *place {
                    Place::FIRST => String::new(),
                    place => format!("_{}", place.suffix()),
                };
                write!(f, "{part}{}{place}[{t}][{unit}]", quantity.name())
            }
        }
    }
}

impl Number {
    /// It, in what is on show; `None` if there is no such number.
    fn spot(&self, snapshot: &Snapshot) -> Option<Spot> {
        match self {
            Number::Spot(spot) => Some(*spot),
            Number::Parameter { name, index } => {
                let parameter = SetWeight {
                    parameter: name.clone(),
                    index: index.clone(),
                    value: 0.0,
                };
                let network = snapshot.model.network();
                network.parameter_index(&parameter).map(Spot::Parameter)
            }
            Number::Quantity {
                part,
                quantity,
                place,
                t,
                unit,
            } => spot_of(snapshot, (part.as_deref(), *place), *quantity, (*t, *unit)),
        }
    }
}

fn spot_of(
    snapshot: &Snapshot,
    (part, place): (Option<&str>, Place),
    quantity: Quantity,
    (t, unit): (usize, usize),
) -> Option<Spot> {
    let parts = &snapshot.probe.parts;
    let index = match part {
        None => parts.len().checked_sub(1)?,
        Some(name) => parts.iter().position(|part| part.name == name)?,
    };
    let part = &parts[index];
    let scan = part.index_of(place)?;
    let rows = part.first(scan, quantity, false)?;
    if unit >= rows.ncols() || t > part.seq_len() {
        return None;
    }
    if t == 0 {
        let record = &part.scans[scan];
        let _ = record.trace.initial(quantity)?;
        let initial = crate::nn::Initial {
            part: index,
            place,
            quantity,
        };
        return Some(Spot::Initial(initial, unit));
    }
    let (of, line) = match (quantity, part.scans[scan].cell) {
        (Quantity::X, _) => return (index == 0).then_some(Spot::Input { t, unit }),
        // What there is once, such as an output for the whole sequence, is at the last step.
        (Quantity::Y, _) if t + rows.nrows() <= part.seq_len() => return None,
        (Quantity::Y, _) => (None, Line::Readout),
        (quantity, Some(_)) => (Some(place), Line::Cell(quantity)),
        (_, None) => (Some(place), Line::Norm),
    };
    let station = Station {
        part: index,
        place: of,
        t,
        line,
    };
    let head = 0;
    Some(Spot::Computed {
        station,
        head,
        unit,
    })
}

/// Several numbers of a parameter, or of what the sequence under the lens is given, each to be set by hand.
#[derive(Clone, Debug, PartialEq)]
pub struct SetBlock {
    /// Its name.
    pub parameter: String,
    /// Which, along each axis.
    pub index: Vec<Along>,
    /// To what: one value for all, or one for each, the last axis first.
    pub values: Vec<f64>,
}

/// Numbers along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Along {
    /// The first, from 0.
    pub from: usize,
    /// The one after the last; to the end if none is given.
    pub until: Option<usize>,
}

/// As Python writes a slice.
impl fmt::Display for Along {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Along {
                from,
                until: Some(until),
            } if until == from + 1 => write!(f, "{from}"),
            Along {
                from: 0,
                until: None,
            } => write!(f, ":"),
            Along { from, until } => {
                let until = until.map_or(String::new(), |until| until.to_string());
                write!(f, "{from}:{until}")
            }
        }
    }
}

/// As PyTorch indexes it.
impl fmt::Display for SetBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let index: Vec<String> = self.index.iter().map(ToString::to_string).collect();
        write!(f, "{}[{}]", self.parameter, index.join(","))
    }
}

impl SetBlock {
    /// Each number with its value, of something of this shape; in words what does not fit.
    fn each(&self, shape: &[usize]) -> Result<Vec<SetWeight>, String> {
        if shape.len() != self.index.len() {
            let (found, expected) = (self.index.len(), shape.len());
            return Err(format!("Found {found} indices, expected {expected}."));
        }
        let mut all: Vec<Vec<usize>> = vec![Vec::new()];
        for (along, &size) in self.index.iter().zip(shape) {
            let until = along.until.unwrap_or(size);
            if until > size || along.from >= until {
                return Err(format!(
                    "Found {along}, expected indices from 0 to {}.",
                    size - 1
                ));
            }
            let longer = all
                .iter()
                .flat_map(|index| (along.from..until).map(move |at| [&index[..], &[at]].concat()));
            all = longer.take(MOST_SET + 1).collect();
        }
        if all.len() > MOST_SET {
            return Err(format!(
                "Found more than {MOST_SET} numbers, expected at most so many."
            ));
        }
        if self.values.len() != 1 && self.values.len() != all.len() {
            let (found, expected) = (self.values.len(), all.len());
            return Err(format!(
                "Found {found} values for {expected} numbers, expected one for each, or one for all."
            ));
        }
        let values = self.values.iter().cycle();
        let each = all
            .into_iter()
            .zip(values)
            .map(|(index, &value)| SetWeight {
                parameter: self.parameter.clone(),
                index,
                value,
            });
        Ok(each.collect())
    }
}

impl Session {
    /// The number that is looked at.
    pub fn number(&self) -> Option<Spot> {
        self.number
    }

    /// How often a number was opened: with it one sees that another one was.
    pub fn numbers_opened(&self) -> u64 {
        self.numbers_opened
    }

    /// Whether its derivative is held against a finite difference.
    pub fn verifies(&self) -> bool {
        self.verifies
    }

    pub(super) fn open_number(&mut self, number: &Number) {
        let spot = self.snapshot().and_then(|snapshot| number.spot(snapshot));
        match spot {
            Some(spot) => {
                self.number = Some(spot);
                self.numbers_opened += 1;
            }
            None => {
                self.message = Some(Message {
                    title: format!("There is no {number} here"),
                    lines: vec!["The network or the sequence is another.".into()],
                    setting: None,
                });
            }
        }
    }

    pub(super) fn set_block(&mut self, block: &SetBlock) {
        let newest = self.here.watched.newest.as_ref();
        let Some(newest) = newest.filter(|_| self.here.opening.is_none()) else {
            return;
        };
        let network = newest.model.network();
        let first = newest.probe.parts.first();
        let steps = first.and_then(|part| part.lengths.first().copied());
        let given = network.given(steps.unwrap_or(0));
        let given = given.into_iter().find(|(name, _)| *name == block.parameter);
        let entries = network.entries();
        let entry = entries.iter().find(|entry| entry.name == block.parameter);
        let shape = given.map(|(_, shape)| shape.to_vec());
        let is_given = shape.is_some();
        let shape = shape.or_else(|| entry.map(|entry| entry.shape.clone()));
        let each = match shape {
            Some(shape) => block.each(&shape),
            None => Err("Expected a parameter of this network, or x, h_0 or c_0.".into()),
        };
        match each {
            Ok(each) if is_given => {
                let mut all = self.experiment().probe_set.clone();
                for one in each {
                    let _ = put_in(&mut all, one);
                }
                self.give_all(&all, format!("Set {block}"));
            }
            Ok(each) => self.set_weights(each, format!("Set {block}")),
            Err(line) => {
                self.message = Some(Message {
                    title: format!("There are no such numbers as {block} here"),
                    lines: vec![line],
                    setting: None,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(index: &[Along], values: &[f64]) -> SetBlock {
        SetBlock {
            parameter: "w".into(),
            index: index.to_vec(),
            values: values.to_vec(),
        }
    }

    const ALL: Along = Along {
        from: 0,
        until: None,
    };

    fn along(from: usize, until: usize) -> Along {
        let until = Some(until);
        Along { from, until }
    }

    #[test]
    fn a_block_is_its_numbers_the_last_axis_first() {
        let rows = block(&[along(1, 3), ALL], &[1.0, 2.0, 3.0, 4.0]);
        assert_eq!(rows.to_string(), "w[1:3,:]");
        let each = rows.each(&[3, 2]).unwrap();
        let each: Vec<(Vec<usize>, f64)> =
            each.into_iter().map(|one| (one.index, one.value)).collect();
        let expected = [([1, 0], 1.0), ([1, 1], 2.0), ([2, 0], 3.0), ([2, 1], 4.0)];
        assert_eq!(each, expected.map(|(index, value)| (index.to_vec(), value)));
        let column = block(&[ALL, along(1, 2)], &[0.5]);
        assert_eq!(column.to_string(), "w[:,1]");
        assert_eq!(column.each(&[3, 2]).unwrap().len(), 3);
    }

    #[test]
    fn what_does_not_fit_a_block_is_said() {
        for (index, values, problem) in [
            (vec![ALL], vec![1.0], "Found 1 indices, expected 2."),
            (
                vec![ALL, along(1, 4)],
                vec![1.0],
                "Found 1:4, expected indices from 0 to 1.",
            ),
            (
                vec![ALL, ALL],
                vec![1.0, 2.0],
                "Found 2 values for 6 numbers",
            ),
        ] {
            let error = block(&index, &values).each(&[3, 2]).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
        let error = block(&[ALL, ALL], &[1.0]).each(&[100, 100]).unwrap_err();
        assert!(error.contains("more than 1000 numbers"), "{error}");
    }
}
