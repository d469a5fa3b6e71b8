//! A cell's equations as data: small expression trees that typeset, evaluate and differentiate themselves.
//!
//! Diagram, inspector and lessons read them; what runs is the code of the cell files. `tests` hold the two together:
//! each formula's value equals the trace, and adjoints found by differentiating the formulas equal those of backpropagation.

use super::{Cell, Quantity};
use ndarray::{Array1, Array2};
use std::ops::{Add, Mul};

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
            self.formula.latex(self.cell)
        )
    }
}

/// What an operation hands back to something that it reads, as LaTeX; ∂q stands for ∂L/∂q.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Whose adjoint or gradient gets it: `\partial c_{t-1}`.
    pub to: String,
    /// What it gets: `\partial c_t \odot f_t`.
    pub share: String,
    /// Whether that is one term of several.
    pub is_term: bool,
}

impl Share {
    /// One term of what it gets.
    pub(super) fn term(to: impl Into<String>, share: impl Into<String>) -> Self {
        Self {
            to: to.into(),
            share: share.into(),
            is_term: true,
        }
    }

    /// All that it gets.
    pub(super) fn all(to: impl Into<String>, share: impl Into<String>) -> Self {
        Self {
            is_term: false,
            ..Self::term(to, share)
        }
    }

    /// As LaTeX, `\partial c_{t-1} \mathrel{+}= \partial c_t \odot f_t`.
    pub fn latex(&self) -> String {
        let gets = if self.is_term { "\\mathrel{+}=" } else { "=" };
        format!("{} {gets} {}", self.to, self.share)
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
        let output = output.latex(self.cell);
        let adjoint = format!("\\partial {output}");
        // φ′ where φ(a) is the output itself.
        let slope = match &self.formula {
            Expr::Sigmoid(_) => Some(format!("{output} \\odot (1 - {output})")),
            Expr::Tanh(_) => Some(format!("(1 - {}^2)", squared(&output))),
            Expr::Relu(_) => Some(format!("[{output} > 0]")),
            // φ(a) = k tanh(a): φ′ = k (1 − tanh²), and tanh is the output by k.
            Expr::Scale(by, of) if matches!(**of, Expr::Tanh(_)) => Some(format!(
                "{by}\\, (1 - {}^2 / {})",
                squared(&output),
                by * by
            )),
            _ => None,
        };
        let mut shares = Vec::new();
        let argument = match &self.formula {
            Expr::Scale(_, of) if slope.is_some() => of,
            formula => &Box::new(formula.clone()),
        };
        match (slope, &**argument) {
            (Some(slope), Expr::Sigmoid(of) | Expr::Tanh(of) | Expr::Relu(of)) => {
                shares.push(Share::all(
                    "\\partial \\mathrm{pre}_t",
                    format!("{adjoint} \\odot {slope}"),
                ));
                of.shares(self.cell, "\\partial \\mathrm{pre}_t", &mut shares);
            }
            _ => self.formula.shares(self.cell, &adjoint, &mut shares),
        }
        shares
    }
}

/// In brackets where a power would be read as another one's.
fn squared(latex: &str) -> String {
    if latex.contains("tanh") {
        format!("({latex})")
    } else {
        latex.to_owned()
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

/// A formula over vectors of `hidden_size` values.
#[derive(Clone, Debug)]
pub enum Expr {
    /// A quantity.
    Value(Value),
    /// A matrix times a quantity.
    Product(Block, Value),
    /// A bias vector.
    Bias(Block),
    /// Left plus right.
    Sum(Box<Expr>, Box<Expr>),
    /// Left times right, element by element.
    Hadamard(Box<Expr>, Box<Expr>),
    /// A constant, greater than 0, times it.
    Scale(f64, Box<Expr>),
    /// 1 − it.
    OneMinus(Box<Expr>),
    /// σ of it.
    Sigmoid(Box<Expr>),
    /// tanh of it.
    Tanh(Box<Expr>),
    /// max(0, it).
    Relu(Box<Expr>),
}

impl Add for Expr {
    type Output = Expr;
    fn add(self, other: Expr) -> Expr {
        Expr::Sum(Box::new(self), Box::new(other))
    }
}

impl Mul for Expr {
    type Output = Expr;
    fn mul(self, other: Expr) -> Expr {
        Expr::Hadamard(Box::new(self), Box::new(other))
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
    Expr::Product(
        Block {
            parameter: ParameterKind::WeightIh,
            gate,
        },
        Value {
            quantity: Quantity::X,
            at: At::Now,
        },
    )
}

/// The gate's recurrent weights times h_{t−1}.
pub fn hidden(gate: Quantity) -> Expr {
    Expr::Product(
        Block {
            parameter: ParameterKind::WeightHh,
            gate,
        },
        Value {
            quantity: Quantity::H,
            at: At::Previous,
        },
    )
}

/// The gate's recurrent weights times a quantity of the same step.
pub fn hidden_of(gate: Quantity, quantity: Quantity) -> Expr {
    Expr::Product(
        Block {
            parameter: ParameterKind::WeightHh,
            gate,
        },
        Value {
            quantity,
            at: At::Now,
        },
    )
}

/// Bias vectors.
pub mod bias {
    use super::{Block, Expr, ParameterKind};
    use crate::nn::Quantity;

    /// The gate's input bias.
    pub fn ih(gate: Quantity) -> Expr {
        Expr::Bias(Block {
            parameter: ParameterKind::BiasIh,
            gate,
        })
    }

    /// The gate's recurrent bias.
    pub fn hh(gate: Quantity) -> Expr {
        Expr::Bias(Block {
            parameter: ParameterKind::BiasHh,
            gate,
        })
    }
}

/// `by` · `of`, with `by` > 0.
pub fn scale(by: f64, of: Expr) -> Expr {
    Expr::Scale(by, Box::new(of))
}

/// 1 − `of`.
pub fn one_minus(of: Expr) -> Expr {
    Expr::OneMinus(Box::new(of))
}

/// σ(`of`).
pub fn sigmoid(of: Expr) -> Expr {
    Expr::Sigmoid(Box::new(of))
}

/// tanh(`of`).
pub fn tanh(of: Expr) -> Expr {
    Expr::Tanh(Box::new(of))
}

/// max(0, `of`).
pub fn relu(of: Expr) -> Expr {
    Expr::Relu(Box::new(of))
}

/// Where a formula finds the numbers behind its leaves: one step of one sequence of one layer.
pub trait Values {
    /// The quantity's values at the step, `[width]`.
    fn value(&self, value: Value) -> Array1<f64>;
    /// The block of a weight matrix, `[hidden, width]`.
    fn matrix(&self, block: Block) -> Array2<f64>;
    /// The block of a bias, `[hidden]`.
    fn bias(&self, block: Block) -> Array1<f64>;
}

/// What differentiating a formula hands on to its leaves.
#[derive(Clone, Debug, Default)]
pub struct Contributions {
    /// To the adjoint of a quantity.
    pub values: Vec<(Value, Array1<f64>)>,
    /// To the gradient of a weight block, `[hidden, width]`.
    pub matrices: Vec<(Block, Array2<f64>)>,
    /// To the gradient of a bias block.
    pub biases: Vec<(Block, Array1<f64>)>,
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

impl Expr {
    /// Its value.
    pub fn value(&self, values: &impl Values) -> Array1<f64> {
        match self {
            Expr::Value(value) => values.value(*value),
            Expr::Product(block, value) => values.matrix(*block).dot(&values.value(*value)),
            Expr::Bias(block) => values.bias(*block),
            Expr::Sum(left, right) => left.value(values) + right.value(values),
            Expr::Hadamard(left, right) => left.value(values) * right.value(values),
            Expr::Scale(by, of) => of.value(values) * *by,
            Expr::OneMinus(of) => of.value(values).mapv(|x| 1.0 - x),
            Expr::Sigmoid(of) => of.value(values).mapv(logistic),
            Expr::Tanh(of) => of.value(values).mapv(libm::tanh),
            Expr::Relu(of) => of.value(values).mapv(|x| if x < 0.0 { 0.0 } else { x }),
        }
    }

    /// Every quantity that it reads, in the order in which they stand.
    pub fn values(&self) -> Vec<Value> {
        match self {
            Expr::Value(value) | Expr::Product(_, value) => vec![*value],
            Expr::Bias(_) => Vec::new(),
            Expr::Sum(left, right) | Expr::Hadamard(left, right) => {
                [left.values(), right.values()].concat()
            }
            Expr::Scale(_, of)
            | Expr::OneMinus(of)
            | Expr::Sigmoid(of)
            | Expr::Tanh(of)
            | Expr::Relu(of) => of.values(),
        }
    }

    /// Adds to `into` what each leaf's adjoint gets when this formula's adjoint is `adjoint`: the vector–Jacobian product.
    pub fn differentiate(
        &self,
        values: &impl Values,
        adjoint: Array1<f64>,
        into: &mut Contributions,
    ) {
        match self {
            Expr::Value(value) => into.values.push((*value, adjoint)),
            // y = W x: ∂L/∂x = Wᵀ ∂L/∂y, ∂L/∂W = ∂L/∂y xᵀ.
            Expr::Product(block, value) => {
                let x = values.value(*value);
                into.values
                    .push((*value, values.matrix(*block).t().dot(&adjoint)));
                into.matrices.push((
                    *block,
                    Array2::from_shape_fn((adjoint.len(), x.len()), |(j, k)| adjoint[j] * x[k]),
                ));
            }
            Expr::Bias(block) => into.biases.push((*block, adjoint)),
            Expr::Sum(left, right) => {
                left.differentiate(values, adjoint.clone(), into);
                right.differentiate(values, adjoint, into);
            }
            Expr::Hadamard(left, right) => {
                left.differentiate(values, &adjoint * &right.value(values), into);
                right.differentiate(values, adjoint * left.value(values), into);
            }
            Expr::Scale(by, of) => of.differentiate(values, adjoint * *by, into),
            Expr::OneMinus(of) => of.differentiate(values, -adjoint, into),
            // σ′ = σ (1 − σ).
            Expr::Sigmoid(of) => {
                let slope = self.value(values).mapv(|s| s * (1.0 - s));
                of.differentiate(values, adjoint * slope, into);
            }
            // tanh′ = 1 − tanh².
            Expr::Tanh(of) => {
                let slope = self.value(values).mapv(|t| 1.0 - t * t);
                of.differentiate(values, adjoint * slope, into);
            }
            Expr::Relu(of) => {
                let slope = of.value(values).mapv(|x| if x > 0.0 { 1.0 } else { 0.0 });
                of.differentiate(values, adjoint * slope, into);
            }
        }
    }

    /// As LaTeX, in a cell's equations.
    pub fn latex(&self, cell: Cell) -> String {
        match self {
            Expr::Value(value) => value.latex(cell),
            Expr::Product(block, value) => format!("{}\\,{}", block.latex(), value.latex(cell)),
            Expr::Bias(block) => block.latex(),
            Expr::Sum(left, right) => format!("{} + {}", left.latex(cell), right.latex(cell)),
            Expr::Hadamard(left, right) => {
                format!(
                    "{} \\odot {}",
                    left.factor_latex(cell),
                    right.factor_latex(cell)
                )
            }
            Expr::Scale(by, of) => format!("{}\\, {}", constant_latex(*by), of.factor_latex(cell)),
            Expr::OneMinus(of) => format!("1 - {}", of.factor_latex(cell)),
            Expr::Sigmoid(of) => format!("\\sigma({})", of.latex(cell)),
            Expr::Tanh(of) => format!("\\tanh({})", of.latex(cell)),
            Expr::Relu(of) => format!("\\max(0,\\, {})", of.latex(cell)),
        }
    }

    /// Adds what each leaf gets of `adjoint`, as LaTeX.
    fn shares(&self, cell: Cell, adjoint: &str, into: &mut Vec<Share>) {
        match self {
            Expr::Value(value) => {
                let to = format!("\\partial {}", value.latex(cell));
                into.push(Share::term(to, adjoint));
            }
            Expr::Product(block, value) => {
                let (weights, value) = (block.latex(), value.latex(cell));
                let adjoint = &if adjoint.contains("\\odot") {
                    format!("({adjoint})")
                } else {
                    adjoint.to_owned()
                };
                let to = format!("\\partial {value}");
                into.push(Share::term(to, format!("{weights}^\\top \\, {adjoint}")));
                let to = format!("\\partial {weights}");
                into.push(Share::term(to, format!("{adjoint}\\, {value}^\\top")));
            }
            Expr::Bias(block) => {
                let to = format!("\\partial {}", block.latex());
                into.push(Share::term(to, adjoint));
            }
            Expr::Sum(left, right) => {
                left.shares(cell, adjoint, into);
                right.shares(cell, adjoint, into);
            }
            Expr::Hadamard(left, right) => {
                let times = |other: &Expr| format!("{adjoint} \\odot {}", other.factor_latex(cell));
                left.shares(cell, &times(right), into);
                right.shares(cell, &times(left), into);
            }
            Expr::Scale(by, of) => {
                let scaled = format!("{}\\, {adjoint}", constant_latex(*by));
                of.shares(cell, &scaled, into);
            }
            Expr::OneMinus(of) => of.shares(cell, &format!("-{adjoint}"), into),
            // Within a formula no cell squashes; were one to, its slope is named.
            Expr::Sigmoid(of) => {
                let slope = format!("{adjoint} \\odot \\sigma'({})", of.latex(cell));
                of.shares(cell, &slope, into);
            }
            Expr::Tanh(of) => {
                let slope = format!("{adjoint} \\odot \\tanh'({})", of.latex(cell));
                of.shares(cell, &slope, into);
            }
            Expr::Relu(of) => {
                let slope = format!("{adjoint} \\odot [{} > 0]", of.latex(cell));
                of.shares(cell, &slope, into);
            }
        }
    }

    fn factor_latex(&self, cell: Cell) -> String {
        match self {
            Expr::Sum(..) | Expr::OneMinus(_) => format!("({})", self.latex(cell)),
            _ => self.latex(cell),
        }
    }
}

/// A constant: one half as a fraction, as a learner would write it, others in decimals.
fn constant_latex(value: f64) -> String {
    if value == 0.5 {
        "\\tfrac{1}{2}".into()
    } else {
        value.to_string()
    }
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
