//! The closed set of recurrent cells.

use super::expr::Operation;
use super::{Quantity, gru, lstm, rnn};

/// A recurrent cell: how the state of one step follows from the input and the state before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cell {
    /// Elman's network with tanh (1990); PyTorch's `nn.RNN`.
    RnnTanh,
    /// Elman's network with a rectifier; PyTorch's `nn.RNN(nonlinearity="relu")`.
    RnnRelu,
    /// Long short-term memory with a forget gate (Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000).
    Lstm,
    /// Gated recurrent unit (Cho et al. 2014), the reset gate applied after the hidden product as in PyTorch.
    Gru,
}

impl Cell {
    /// Every cell, in the order in which a learner meets them.
    pub const ALL: [Cell; 4] = [Cell::RnnTanh, Cell::RnnRelu, Cell::Lstm, Cell::Gru];

    /// The name in experiments: `rnn`, `rnn_relu`, `lstm`, `gru`.
    pub fn name(self) -> &'static str {
        match self {
            Cell::RnnTanh => "rnn",
            Cell::RnnRelu => "rnn_relu",
            Cell::Lstm => "lstm",
            Cell::Gru => "gru",
        }
    }

    /// The name on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Cell::RnnTanh => "RNN (tanh)",
            Cell::RnnRelu => "RNN (ReLU)",
            Cell::Lstm => "LSTM",
            Cell::Gru => "GRU",
        }
    }

    /// The cell called `name`, if there is one.
    pub fn from_name(name: &str) -> Option<Cell> {
        Cell::ALL.into_iter().find(|cell| cell.name() == name)
    }

    /// How many blocks of `hidden_size` rows its weight matrices have.
    pub fn blocks(self) -> usize {
        match self {
            Cell::RnnTanh | Cell::RnnRelu => 1,
            Cell::Lstm => 4,
            Cell::Gru => 3,
        }
    }

    /// What the blocks compute, in PyTorch's order; none for an Elman network, whose one block is h itself.
    pub fn gates(self) -> &'static [Quantity] {
        match self {
            Cell::RnnTanh | Cell::RnnRelu => &[],
            Cell::Lstm => &[Quantity::I, Quantity::F, Quantity::G, Quantity::O],
            Cell::Gru => &[Quantity::R, Quantity::Z, Quantity::N],
        }
    }

    /// Every quantity that a layer records, in reading order.
    pub fn quantities(self) -> &'static [Quantity] {
        match self {
            Cell::RnnTanh | Cell::RnnRelu => &[Quantity::H],
            Cell::Lstm => &[
                Quantity::I,
                Quantity::F,
                Quantity::G,
                Quantity::O,
                Quantity::C,
                Quantity::TanhC,
                Quantity::H,
            ],
            Cell::Gru => &[
                Quantity::R,
                Quantity::Z,
                Quantity::Q,
                Quantity::N,
                Quantity::H,
            ],
        }
    }

    /// The quantities that a step hands to the next one.
    pub fn states(self) -> &'static [Quantity] {
        match self {
            Cell::Lstm => &[Quantity::C, Quantity::H],
            _ => &[Quantity::H],
        }
    }

    /// Its equations in reading order.
    pub fn operations(self) -> Vec<Operation> {
        match self {
            Cell::RnnTanh => rnn::operations(rnn::Activation::Tanh),
            Cell::RnnRelu => rnn::operations(rnn::Activation::Relu),
            Cell::Lstm => lstm::operations(),
            Cell::Gru => gru::operations(),
        }
    }
}
