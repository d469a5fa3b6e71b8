//! The closed set of recurrent cells.

use super::Quantity;

/// A recurrent cell: how the state of one step follows from the input and the state before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cell {
    /// Elman's network with tanh (1990); PyTorch's `nn.RNN`.
    RnnTanh,
    /// Elman's network with a rectifier; PyTorch's `nn.RNN(nonlinearity="relu")`.
    RnnRelu,
    /// Elman's network without a squashing function: a linear recurrence, whose gradients are products of one matrix.
    RnnLinear,
    /// Long short-term memory with a forget gate (Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000);
    /// PyTorch's `nn.LSTM`.
    Lstm,
    /// Long short-term memory as first published, without a forget gate (Hochreiter & Schmidhuber 1997).
    Lstm1997,
    /// Gated recurrent unit (Cho et al. 2014), the reset gate applied after the hidden product; PyTorch's `nn.GRU`.
    Gru,
    /// Gated recurrent unit as first published (Cho et al. 2014), the reset gate applied before the hidden product;
    /// Keras's `GRU(reset_after=False)`.
    GruResetBefore,
}

impl Cell {
    /// Every cell, in the order in which a learner meets them.
    pub const ALL: [Cell; 7] = [
        Cell::RnnTanh,
        Cell::RnnRelu,
        Cell::RnnLinear,
        Cell::Lstm,
        Cell::Lstm1997,
        Cell::Gru,
        Cell::GruResetBefore,
    ];

    /// The name in experiments: `rnn`, `rnn_relu`, `rnn_linear`, `lstm`, `lstm_1997`, `gru`, `gru_reset_before`.
    pub fn name(self) -> &'static str {
        match self {
            Cell::RnnTanh => "rnn",
            Cell::RnnRelu => "rnn_relu",
            Cell::RnnLinear => "rnn_linear",
            Cell::Lstm => "lstm",
            Cell::Lstm1997 => "lstm_1997",
            Cell::Gru => "gru",
            Cell::GruResetBefore => "gru_reset_before",
        }
    }

    /// The name on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Cell::RnnTanh => "RNN (tanh)",
            Cell::RnnRelu => "RNN (ReLU)",
            Cell::RnnLinear => "RNN (linear)",
            Cell::Lstm => "LSTM",
            Cell::Lstm1997 => "LSTM (1997)",
            Cell::Gru => "GRU",
            Cell::GruResetBefore => "GRU (reset before)",
        }
    }

    /// The cell called `name`, if there is one.
    pub fn from_name(name: &str) -> Option<Cell> {
        Cell::ALL.into_iter().find(|cell| cell.name() == name)
    }

    /// How many blocks of `hidden_size` rows its weight matrices have.
    pub fn blocks(self) -> usize {
        self.gates().len().max(1)
    }

    /// What the blocks compute, in PyTorch's order; none for an Elman network, whose one block is h itself.
    pub fn gates(self) -> &'static [Quantity] {
        match self {
            Cell::RnnTanh | Cell::RnnRelu | Cell::RnnLinear => &[],
            Cell::Lstm => &[Quantity::I, Quantity::F, Quantity::G, Quantity::O],
            Cell::Lstm1997 => &[Quantity::I, Quantity::G, Quantity::O],
            Cell::Gru | Cell::GruResetBefore => &[Quantity::R, Quantity::Z, Quantity::N],
        }
    }

    /// Every quantity that a layer records, in reading order.
    pub fn quantities(self) -> &'static [Quantity] {
        match self {
            Cell::RnnTanh | Cell::RnnRelu | Cell::RnnLinear => &[Quantity::H],
            Cell::Lstm => &[
                Quantity::I,
                Quantity::F,
                Quantity::G,
                Quantity::O,
                Quantity::C,
                Quantity::TanhC,
                Quantity::H,
            ],
            Cell::Lstm1997 => &[
                Quantity::I,
                Quantity::G,
                Quantity::O,
                Quantity::C,
                Quantity::TanhC,
                Quantity::H,
            ],
            Cell::Gru | Cell::GruResetBefore => &[
                Quantity::R,
                Quantity::Z,
                Quantity::Q,
                Quantity::N,
                Quantity::H,
            ],
        }
    }

    /// Whether a layer records `quantity`.
    pub fn has(self, quantity: Quantity) -> bool {
        self.quantities().contains(&quantity)
    }

    /// The quantities that a step hands to the next one.
    pub fn states(self) -> &'static [Quantity] {
        if self.has(Quantity::C) {
            &[Quantity::C, Quantity::H]
        } else {
            &[Quantity::H]
        }
    }

    /// The gate whose value is the share of the past that is kept: of c, of h.
    pub fn keeps_the_past(self) -> Option<Quantity> {
        match self {
            Cell::Lstm => Some(Quantity::F),
            Cell::Gru | Cell::GruResetBefore => Some(Quantity::Z),
            Cell::RnnTanh | Cell::RnnRelu | Cell::RnnLinear | Cell::Lstm1997 => None,
        }
    }

    /// Between which ends the values of one of its quantities lie; `None` where there is none at one side.
    pub fn range(self, quantity: Quantity) -> Option<(f64, f64)> {
        match (self, quantity) {
            (_, Quantity::I | Quantity::F | Quantity::O | Quantity::R | Quantity::Z) => {
                Some((0.0, 1.0))
            }
            (Cell::Lstm1997, Quantity::G) => Some((-2.0, 2.0)),
            (_, Quantity::G | Quantity::N | Quantity::TanhC) => Some((-1.0, 1.0)),
            // A tanh itself, or a mean of such, or one times a gate.
            (
                Cell::RnnTanh | Cell::Lstm | Cell::Lstm1997 | Cell::Gru | Cell::GruResetBefore,
                Quantity::H,
            ) => Some((-1.0, 1.0)),
            (Cell::RnnRelu | Cell::RnnLinear, Quantity::H)
            | (_, Quantity::C | Quantity::Q | Quantity::X | Quantity::Y) => None,
        }
    }

    /// The symbol of one of its quantities in running text, without time index: the squashed cell state is tanh(c/2) in
    /// the LSTM of 1997, everything else is as [`Quantity::symbol`] has it.
    pub fn symbol(self, quantity: Quantity) -> &'static str {
        match (self, quantity) {
            (Cell::Lstm1997, Quantity::TanhC) => "tanh c/2",
            _ => quantity.symbol(),
        }
    }

    /// The first line that reads a quantity in its own step: on the way back the last one that hands it something. `None` where
    /// later steps or other layers read it too, as they do h.
    pub fn first_reader(self, quantity: Quantity) -> Option<Quantity> {
        match quantity {
            Quantity::I | Quantity::F | Quantity::G => Some(Quantity::C),
            Quantity::C => Some(Quantity::TanhC),
            Quantity::O | Quantity::TanhC | Quantity::Z | Quantity::N => Some(Quantity::H),
            Quantity::R if self == Cell::GruResetBefore => Some(Quantity::Q),
            Quantity::R | Quantity::Q => Some(Quantity::N),
            Quantity::X | Quantity::H | Quantity::Y => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::expr::{At, Operation};

    #[test]
    fn what_a_cell_records_is_what_its_equations_compute_in_their_order() {
        for cell in Cell::ALL {
            let computed: Vec<Quantity> =
                cell.operations().iter().map(|line| line.output).collect();
            assert_eq!(computed, cell.quantities(), "{cell:?}");
            assert!(
                cell.operations().iter().all(|line| line.cell == cell),
                "{cell:?}"
            );
            assert_eq!(Cell::from_name(cell.name()), Some(cell));
            for &quantity in cell.quantities() {
                let reads = |line: &&Operation| {
                    let mut read = line.formula.values().into_iter();
                    read.any(|value| value.quantity == quantity && value.at == At::Now)
                };
                let operations = cell.operations();
                let first = operations.iter().find(reads).map(|line| line.output);
                assert_eq!(cell.first_reader(quantity), first, "{cell:?} {quantity:?}");
            }
        }
    }
}
