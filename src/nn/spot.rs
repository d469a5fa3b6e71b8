//! A single number of a network and of what it reads, and what it is called.
//!
//! Parameters are named as PyTorch names them, with an index for each axis from 0: `weight_hh_l0[3, 5]`. So is what a run over a
//! sequence is given beside them: the input, `x[t, unit]`, and the states before the first step, `h_0[scan, unit]` and
//! `c_0[scan, unit]`, where a scan's index is `layer · directions + direction`.

use super::init::INPUT;
use super::{
    AnyWorkspace, Network, Place, Quantity, Real, RecurrentArchitecture, SetWeight, Station,
};

/// Which state before a scan's first step; that of a decoder's h is computed, by its bridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Initial {
    /// The index of the network's part.
    pub part: usize,
    /// Whose.
    pub place: Place,
    /// `h` or `c`.
    pub quantity: Quantity,
}

/// A number: what can be looked at, asked about and, unless an operation computes it, changed by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Spot {
    /// A parameter, by its index.
    Parameter(usize),
    /// A unit, from 0, of a state before the first step.
    Initial(Initial, usize),
    /// A value of the input.
    Input {
        /// The step, from 1.
        t: usize,
        /// Which value, from 0.
        unit: usize,
    },
    /// A number that an operation computes.
    Computed {
        /// Which operation.
        station: Station,
        /// Which head, from 0; 0 where there are none.
        head: usize,
        /// Which of its numbers, from 0: a unit, or a step of the source.
        unit: usize,
    },
}

/// What the states before the first step are called.
const STATES: [(&str, Quantity); 2] = [("h_0", Quantity::H), ("c_0", Quantity::C)];

impl Network {
    /// The stack that reads the input; none where nothing is recurrent.
    fn first_stack(&self) -> Option<&RecurrentArchitecture> {
        match self {
            Network::Recurrent(stack) => Some(stack),
            Network::EncoderDecoder(it) => Some(&it.encoder),
            Network::SelfAttention(_) => None,
        }
    }

    /// The values of a step of the input.
    fn input_size(&self) -> usize {
        match self {
            Network::Recurrent(stack) => stack.input_size,
            Network::EncoderDecoder(it) => it.encoder.input_size,
            Network::SelfAttention(it) => it.input_size,
        }
    }

    /// What a run over a sequence of `steps` is given beside the parameters, each by its name and shape.
    pub fn given(&self, steps: usize) -> Vec<(&'static str, [usize; 2])> {
        let mut given = vec![(INPUT, [steps, self.input_size()])];
        if let Some(stack) = self.first_stack() {
            let shape = [stack.places().count(), stack.hidden_size];
            let states = STATES.into_iter();
            let states = states.filter(|(_, quantity)| stack.cell.states().contains(quantity));
            given.extend(states.map(|(name, _)| (name, shape)));
        }
        given
    }

    /// The number of what is given that has such a name and index; `None` if there is none of that name.
    pub fn given_at(&self, name: &str, index: &[usize]) -> Option<Spot> {
        let &[row, unit] = index else { return None };
        if name == INPUT {
            return Some(Spot::Input { t: row + 1, unit });
        }
        let (_, quantity) = STATES.into_iter().find(|(state, _)| *state == name)?;
        let place = self.first_stack()?.places().nth(row)?;
        let initial = Initial {
            part: 0,
            place,
            quantity,
        };
        Some(Spot::Initial(initial, unit))
    }

    /// What a number is called, with its index, where it can be set by hand: one of what is given, or a parameter.
    pub fn settable(&self, spot: Spot) -> Option<(String, Vec<usize>)> {
        match spot {
            Spot::Input { t, unit } => Some((INPUT.into(), vec![t.checked_sub(1)?, unit])),
            Spot::Initial(initial, unit) if initial.part == 0 => {
                let stack = self.first_stack()?;
                let scan = stack.places().position(|place| place == initial.place)?;
                let mut states = STATES.into_iter();
                let (name, _) = states.find(|(_, quantity)| *quantity == initial.quantity)?;
                Some((name.into(), vec![scan, unit]))
            }
            Spot::Parameter(index) => {
                let entries = self.entries().into_iter();
                let mut entries = entries.filter(|entry| entry.range.contains(&index));
                let entry = entries.next()?;
                let mut left = index - entry.range.start;
                let mut at: Vec<usize> = Vec::new();
                for &size in entry.shape.iter().rev() {
                    at.push(left % size);
                    left /= size;
                }
                at.reverse();
                Some((entry.name, at))
            }
            Spot::Initial(..) | Spot::Computed { .. } => None,
        }
    }

    /// The parameter that is set by hand, by its index; `None` if there is none.
    pub fn parameter_index(&self, set: &SetWeight) -> Option<usize> {
        let entries = self.entries();
        let entry = entries.iter().find(|entry| entry.name == set.parameter)?;
        Some(entry.range.start + set.offset(&entry.shape)?)
    }
}

impl<T: Real> AnyWorkspace<T> {
    /// Puts a value where the next pass forward reads it for the first sequence of the batch; a parameter is the model's, and
    /// what is not there stays so.
    pub fn set_given(&mut self, spot: Spot, value: T) {
        match spot {
            Spot::Input { t, unit } => {
                let at = t.checked_sub(1).map(|t| [t, 0, unit]);
                if let Some(x) = at.and_then(|at| self.x_mut().get_mut(at)) {
                    *x = value;
                }
            }
            Spot::Initial(initial, unit) => {
                let trace = match self {
                    AnyWorkspace::Recurrent(it) => &mut it.trace,
                    AnyWorkspace::EncoderDecoder(it) => &mut it.encoder.trace,
                    AnyWorkspace::SelfAttention(_) => return,
                };
                let scan = trace.scan_mut(initial.place);
                let of = match initial.quantity {
                    Quantity::C => &mut scan.c0,
                    _ => &mut scan.h0,
                };
                if let Some(state) = of.get_mut([0, unit]) {
                    *state = value;
                }
            }
            Spot::Parameter(_) | Spot::Computed { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::{Cell, Direction, Readout};

    fn both_ways(cell: Cell) -> Network {
        Network::Recurrent(RecurrentArchitecture {
            cell,
            input_size: 3,
            hidden_size: 4,
            num_layers: 2,
            bidirectional: true,
            dropout: 0.0,
            output_size: 2,
            readout: Readout::Last,
        })
    }

    /// Name and index are those of PyTorch's tensors, and lead back to the number.
    #[test]
    fn every_number_that_can_be_set_has_a_name_that_leads_back_to_it() {
        let network = both_ways(Cell::Lstm);
        let entries = network.entries();
        let count: usize = entries.iter().map(|entry| entry.range.len()).sum();
        for index in 0..count {
            let (parameter, index_of) = network.settable(Spot::Parameter(index)).unwrap();
            let set = SetWeight {
                parameter,
                index: index_of,
                value: 0.0,
            };
            assert_eq!(network.parameter_index(&set), Some(index), "{set:?}");
        }
        assert_eq!(network.settable(Spot::Parameter(count)), None);
        assert_eq!(
            network.given(5),
            [("x", [5, 3]), ("h_0", [4, 4]), ("c_0", [4, 4])]
        );
        for (name, shape) in network.given(5) {
            for row in 0..shape[0] {
                for unit in 0..shape[1] {
                    let spot = network.given_at(name, &[row, unit]).unwrap();
                    let (back, index) = network.settable(spot).unwrap();
                    assert_eq!((back.as_str(), &index[..]), (name, &[row, unit][..]));
                }
            }
        }
        // Layer 2, backwards: the last of four.
        let Some(Spot::Initial(initial, 1)) = network.given_at("c_0", &[3, 1]) else {
            panic!("no such state")
        };
        assert_eq!(
            (
                initial.place.layer,
                initial.place.direction,
                initial.quantity
            ),
            (1, Direction::Reverse, Quantity::C)
        );
        assert_eq!(network.given_at("c_0", &[4, 1]), None);
        assert_eq!(network.given_at("y", &[0, 1]), None);
        assert_eq!(both_ways(Cell::Gru).given(5).len(), 2);
    }
}
