//! The leaves of a cell's equations: its quantities at t and t − 1, and what each gate uses of the four parameters.

use super::typeset::{Names, Share, constant_latex, shares};
use super::{Expr, product};
use crate::nn::{Cell, Quantity};

/// One line of a cell's equations.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Whose line it is.
    pub cell: Cell,
    /// What it computes.
    pub output: Quantity,
    /// What it does, in one sentence.
    pub sentence: &'static str,
    /// The right-hand side.
    pub formula: Expr,
}

impl Operation {
    /// The whole equation as LaTeX, `h_t = \tanh(…)`.
    pub fn latex(&self) -> String {
        format!(
            "{} = {}",
            Value {
                quantity: self.output,
                at: At::Now
            }
            .latex(self.cell),
            self.formula.latex(&self.cell)
        )
    }
}

impl Operation {
    /// The local derivatives: what the adjoint of the left-hand side becomes on its way to each quantity and parameter on the
    /// right, the chain rule written out.
    ///
    /// Where a function squashes the whole right-hand side, the first share is that to its argument, pre.
    pub fn shares(&self) -> Vec<Share> {
        let output = Value {
            quantity: self.output,
            at: At::Now,
        };
        shares(&self.formula, output, &self.cell)
    }
}

impl Names<Value, Block> for Cell {
    fn value(&self, value: Value) -> String {
        value.latex(*self)
    }

    fn parameter(&self, block: Block) -> String {
        block.latex()
    }
}

/// At which step a quantity is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum At {
    /// At t.
    Now,
    /// At t − 1.
    Previous,
}

/// A quantity at a step: the leaf that carries an adjoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Value {
    /// Which quantity.
    pub quantity: Quantity,
    /// When.
    pub at: At,
}

impl Value {
    /// As LaTeX, `h_{t-1}`; which function squashes the cell state depends on the cell.
    pub fn latex(self, cell: Cell) -> String {
        let index = match self.at {
            At::Now => "t",
            At::Previous => "t-1",
        };
        match (self.quantity, cell) {
            (Quantity::TanhC, Cell::Lstm1997) => {
                format!("\\tanh({}\\, c_{{{index}}})", constant_latex(0.5))
            }
            (Quantity::TanhC, _) => format!("\\tanh(c_{{{index}}})"),
            (other, _) => format!("{}_{{{index}}}", other.latex()),
        }
    }
}

/// One of a layer's four parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParameterKind {
    /// `weight_ih`, `[blocks · hidden, input]`.
    WeightIh,
    /// `weight_hh`, `[blocks · hidden, hidden]`.
    WeightHh,
    /// `bias_ih`, `[blocks · hidden]`.
    BiasIh,
    /// `bias_hh`, `[blocks · hidden]`.
    BiasHh,
}

/// A block of `hidden_size` rows of a parameter: what one gate uses of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Block {
    /// Which parameter.
    pub parameter: ParameterKind,
    /// Which block of rows: the one that computes this quantity ([`super::Cell::gates`] gives their order).
    pub gate: Quantity,
}

impl Block {
    /// As LaTeX in PyTorch's letters: `W_{if}` is the forget gate's block of `weight_ih`, `W_{hf}` that of `weight_hh`.
    pub fn latex(self) -> String {
        let (letter, side) = match self.parameter {
            ParameterKind::WeightIh => ("W", "i"),
            ParameterKind::WeightHh => ("W", "h"),
            ParameterKind::BiasIh => ("b", "i"),
            ParameterKind::BiasHh => ("b", "h"),
        };
        format!("{letter}_{{{side}{}}}", self.gate.latex())
    }
}

/// The quantity at t.
pub fn now(quantity: Quantity) -> Expr {
    Expr::Value(Value {
        quantity,
        at: At::Now,
    })
}

/// The quantity at t − 1.
pub fn previous(quantity: Quantity) -> Expr {
    Expr::Value(Value {
        quantity,
        at: At::Previous,
    })
}

/// The gate's input weights times x_t.
pub fn input(gate: Quantity) -> Expr {
    product(
        Block {
            parameter: ParameterKind::WeightIh,
            gate,
        },
        now(Quantity::X),
    )
}

/// The gate's recurrent weights times h_{t−1}.
pub fn hidden(gate: Quantity) -> Expr {
    product(
        Block {
            parameter: ParameterKind::WeightHh,
            gate,
        },
        previous(Quantity::H),
    )
}

/// The gate's recurrent weights times a quantity of the same step.
pub fn hidden_of(gate: Quantity, quantity: Quantity) -> Expr {
    product(
        Block {
            parameter: ParameterKind::WeightHh,
            gate,
        },
        now(quantity),
    )
}

/// Bias vectors.
pub mod bias {
    use super::{Block, Expr, ParameterKind};
    use crate::nn::Quantity;

    /// The gate's input bias.
    pub fn ih(gate: Quantity) -> Expr {
        Expr::Vector(Block {
            parameter: ParameterKind::BiasIh,
            gate,
        })
    }

    /// The gate's recurrent bias.
    pub fn hh(gate: Quantity) -> Expr {
        Expr::Vector(Block {
            parameter: ParameterKind::BiasHh,
            gate,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equations(cell: Cell) -> Vec<String> {
        cell.operations().iter().map(Operation::latex).collect()
    }

    #[test]
    fn the_squashed_cell_state_is_written_as_its_cell_squashes_it() {
        let of_1997 = equations(Cell::Lstm1997);
        assert_eq!(
            of_1997[1],
            "g_{t} = 2\\, \\tanh(\\tfrac{1}{2}\\, \
             (W_{ig}\\,x_{t} + b_{ig} + W_{hg}\\,h_{t-1} + b_{hg}))"
        );
        assert_eq!(of_1997[3], "c_{t} = c_{t-1} + i_{t} \\odot g_{t}");
        let squashed = "\\tanh(\\tfrac{1}{2}\\, c_{t})";
        assert_eq!(of_1997[4], format!("{squashed} = {squashed}"));
        assert_eq!(of_1997[5], format!("h_{{t}} = o_{{t}} \\odot {squashed}"));
        assert_eq!(
            equations(Cell::Lstm)[6],
            "h_{t} = o_{t} \\odot \\tanh(c_{t})"
        );
    }

    /// The chain rule of each line of the LSTM, as it stands in the literature.
    #[test]
    fn local_derivatives_are_written_out() {
        let of = |cell: Cell, line: usize| -> Vec<String> {
            let shares = cell.operations()[line].shares();
            shares.iter().map(Share::latex).collect()
        };
        assert_eq!(
            of(Cell::Lstm, 1)[..4],
            [
                "\\partial \\mathrm{pre}_t = \\partial f_{t} \\odot f_{t} \\odot (1 - f_{t})",
                "\\partial x_{t} \\mathrel{+}= W_{if}^\\top \\, \\partial \\mathrm{pre}_t",
                "\\partial W_{if} \\mathrel{+}= \\partial \\mathrm{pre}_t\\, x_{t}^\\top",
                "\\partial b_{if} \\mathrel{+}= \\partial \\mathrm{pre}_t",
            ]
        );
        assert_eq!(
            of(Cell::Lstm, 4),
            [
                "\\partial f_{t} \\mathrel{+}= \\partial c_{t} \\odot c_{t-1}",
                "\\partial c_{t-1} \\mathrel{+}= \\partial c_{t} \\odot f_{t}",
                "\\partial i_{t} \\mathrel{+}= \\partial c_{t} \\odot g_{t}",
                "\\partial g_{t} \\mathrel{+}= \\partial c_{t} \\odot i_{t}",
            ]
        );
        assert_eq!(
            of(Cell::Lstm, 5),
            [
                "\\partial \\mathrm{pre}_t = \\partial \\tanh(c_{t}) \\odot (1 - (\\tanh(c_{t}))^2)",
                "\\partial c_{t} \\mathrel{+}= \\partial \\mathrm{pre}_t",
            ]
        );
        assert_eq!(
            of(Cell::Lstm1997, 1)[..1],
            ["\\partial \\mathrm{pre}_t = \\partial g_{t} \\odot 2\\, (1 - g_{t}^2 / 4)"]
        );
    }

    #[test]
    fn the_reset_gate_stands_before_or_after_the_hidden_product() {
        assert_eq!(
            equations(Cell::GruResetBefore)[2..4],
            [
                "q_{t} = r_{t} \\odot h_{t-1}",
                "n_{t} = \\tanh(W_{in}\\,x_{t} + b_{in} + W_{hn}\\,q_{t} + b_{hn})"
            ]
        );
        assert_eq!(
            equations(Cell::Gru)[2..4],
            [
                "q_{t} = W_{hn}\\,h_{t-1} + b_{hn}",
                "n_{t} = \\tanh(W_{in}\\,x_{t} + b_{in} + r_{t} \\odot q_{t})"
            ]
        );
    }
}
