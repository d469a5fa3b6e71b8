//! A network's equations as data: small expression trees that typeset, evaluate and differentiate themselves.
//!
//! Diagram, inspector and lessons read them; what runs is the code of the cell, attention, norm and loss files. Tests hold the
//! two together: each formula's value equals the trace, and adjoints found by differentiating the formulas equal those of
//! backpropagation.
//!
//! An expression's value is a matrix `[rows, width]`: one row for what a step has once, and one for each step of the source
//! where attention looks at all of them. Its leaves are of two kinds, those of a cell ([`Value`], [`Block`]) and those outside
//! the cells ([`super::line`]).

mod cell;
mod typeset;

pub use cell::{
    At, Block, Operation, ParameterKind, Value, bias, hidden, hidden_of, input, now, previous,
};
pub use typeset::{Names, Share, shares};

use super::layer_norm;
use ndarray::{Array2, ArrayView2, Axis, concatenate};
use std::ops::{Add, Mul, Sub};

/// A formula: V are the quantities that it reads, P the parameters.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr<V = Value, P = Block> {
    /// A quantity.
    Value(V),
    /// A matrix `[outputs, width]` times each row.
    Product(P, Box<Self>),
    /// A vector of parameters.
    Vector(P),
    /// Left plus right; a single row is added to each.
    Sum(Box<Self>, Box<Self>),
    /// Left minus right.
    Difference(Box<Self>, Box<Self>),
    /// Left times right, element by element.
    Hadamard(Box<Self>, Box<Self>),
    /// A constant, greater than 0, times it.
    Scale(f64, Box<Self>),
    /// A given number times it.
    Times(V, Box<Self>),
    /// 1 − it.
    OneMinus(Box<Self>),
    /// σ of it.
    Sigmoid(Box<Self>),
    /// tanh of it.
    Tanh(Box<Self>),
    /// max(0, it).
    Relu(Box<Self>),
    /// Left and right side by side.
    Beside(Box<Self>, Box<Self>),
    /// The products of a row with each row of the right-hand side, as a row.
    Dots(Box<Self>, Box<Self>),
    /// The products of a vector of parameters with each row, as a row.
    ParameterDots(P, Box<Self>),
    /// The sum of the right-hand side's rows, each as much as the left-hand side's row says.
    Mix(Box<Self>, Box<Self>),
    /// The exponentials of a row, divided by their sum.
    Softmax(Box<Self>),
    /// A row with its mean taken away, divided by √(σ² + ε) ([`layer_norm`]).
    Normalise(Box<Self>),
    /// The sum of the squares of a row.
    Squares(Box<Self>),
    /// −log of the softmax of a row where the second, which is given, is 1.
    Surprise(Box<Self>, V),
}

impl<V, P> Add for Expr<V, P> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Expr::Sum(Box::new(self), Box::new(other))
    }
}

impl<V, P> Sub for Expr<V, P> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Expr::Difference(Box::new(self), Box::new(other))
    }
}

impl<V, P> Mul for Expr<V, P> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Expr::Hadamard(Box::new(self), Box::new(other))
    }
}

/// `by` · `of`, with `by` > 0.
pub fn scale<V, P>(by: f64, of: Expr<V, P>) -> Expr<V, P> {
    Expr::Scale(by, Box::new(of))
}

/// 1 − `of`.
pub fn one_minus<V, P>(of: Expr<V, P>) -> Expr<V, P> {
    Expr::OneMinus(Box::new(of))
}

/// σ(`of`).
pub fn sigmoid<V, P>(of: Expr<V, P>) -> Expr<V, P> {
    Expr::Sigmoid(Box::new(of))
}

/// tanh(`of`).
pub fn tanh<V, P>(of: Expr<V, P>) -> Expr<V, P> {
    Expr::Tanh(Box::new(of))
}

/// max(0, `of`).
pub fn relu<V, P>(of: Expr<V, P>) -> Expr<V, P> {
    Expr::Relu(Box::new(of))
}

/// A matrix of parameters times `of`.
pub fn product<V, P>(by: P, of: Expr<V, P>) -> Expr<V, P> {
    Expr::Product(by, Box::new(of))
}

/// Where a formula finds the numbers behind its leaves: one step of one sequence.
pub trait Values<V = Value, P = Block> {
    /// The quantity's values, `[rows, width]`.
    fn value(&self, value: V) -> Array2<f64>;
    /// A parameter: a matrix `[outputs, width]`, or a vector as one row.
    fn parameter(&self, parameter: P) -> ArrayView2<'_, f64>;
}

/// What differentiating a formula hands on to its leaves, each of the leaf's shape.
#[derive(Clone, Debug)]
pub struct Contributions<V = Value, P = Block> {
    /// To the adjoint of a quantity.
    pub values: Vec<(V, Array2<f64>)>,
    /// To the gradient of a parameter.
    pub parameters: Vec<(P, Array2<f64>)>,
}

impl<V, P> Default for Contributions<V, P> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            parameters: Vec::new(),
        }
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

fn softmax(of: Array2<f64>) -> Array2<f64> {
    // Shifted by the largest, so that no exponential overflows.
    let largest = of.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exponentials = of.mapv(|x| libm::exp(x - largest));
    let sum = exponentials.sum();
    exponentials / sum
}

/// A row brought to mean 0, and 1 / √(σ² + ε) of it.
fn normalised(of: Array2<f64>) -> (Array2<f64>, f64) {
    let count = of.len() as f64;
    let shifted = &of - of.sum() / count;
    let variance = shifted.iter().map(|x| x * x).sum::<f64>() / count;
    let inverse_deviation = 1.0 / (variance + layer_norm::EPSILON).sqrt();
    (shifted * inverse_deviation, inverse_deviation)
}

/// The only element of a 1 × 1 matrix.
fn scalar(of: &Array2<f64>) -> f64 {
    of.iter().sum()
}

fn side_by_side(left: &Array2<f64>, right: &Array2<f64>) -> Array2<f64> {
    concatenate(Axis(1), &[left.view(), right.view()]).unwrap_or_else(|_| left.clone())
}

impl<V: Copy, P: Copy> Expr<V, P> {
    /// Its value, `[rows, width]`.
    pub fn value(&self, values: &impl Values<V, P>) -> Array2<f64> {
        match self {
            Expr::Value(value) => values.value(*value),
            Expr::Product(by, of) => of.value(values).dot(&values.parameter(*by).t()),
            Expr::Vector(parameter) => values.parameter(*parameter).to_owned(),
            Expr::Sum(left, right) => &left.value(values) + &right.value(values),
            Expr::Difference(left, right) => left.value(values) - right.value(values),
            Expr::Hadamard(left, right) => left.value(values) * right.value(values),
            Expr::Scale(by, of) => of.value(values) * *by,
            Expr::Times(by, of) => of.value(values) * scalar(&values.value(*by)),
            Expr::OneMinus(of) => of.value(values).mapv(|x| 1.0 - x),
            Expr::Sigmoid(of) => of.value(values).mapv(logistic),
            Expr::Tanh(of) => of.value(values).mapv(libm::tanh),
            Expr::Relu(of) => of.value(values).mapv(|x| if x < 0.0 { 0.0 } else { x }),
            Expr::Beside(left, right) => side_by_side(&left.value(values), &right.value(values)),
            Expr::Dots(left, right) => left.value(values).dot(&right.value(values).t()),
            Expr::ParameterDots(by, of) => values.parameter(*by).dot(&of.value(values).t()),
            Expr::Mix(left, right) => left.value(values).dot(&right.value(values)),
            Expr::Softmax(of) => softmax(of.value(values)),
            Expr::Normalise(of) => normalised(of.value(values)).0,
            Expr::Squares(of) => {
                let squares = of.value(values).mapv(|x| x * x);
                Array2::from_elem((1, 1), squares.sum())
            }
            Expr::Surprise(of, right) => {
                let y = of.value(values);
                let largest = y.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = y.iter().map(|y| libm::exp(y - largest)).sum();
                let chosen = (y * values.value(*right)).sum();
                Array2::from_elem((1, 1), libm::log(sum) + largest - chosen)
            }
        }
    }

    /// Every quantity that it reads, in the order in which they stand.
    pub fn values(&self) -> Vec<V> {
        match self {
            Expr::Value(value) => vec![*value],
            Expr::Vector(_) => Vec::new(),
            Expr::Sum(left, right)
            | Expr::Difference(left, right)
            | Expr::Hadamard(left, right)
            | Expr::Beside(left, right)
            | Expr::Dots(left, right)
            | Expr::Mix(left, right) => [left.values(), right.values()].concat(),
            Expr::Times(by, of) => [vec![*by], of.values()].concat(),
            Expr::Surprise(of, right) => [of.values(), vec![*right]].concat(),
            Expr::Scale(_, of)
            | Expr::OneMinus(of)
            | Expr::Sigmoid(of)
            | Expr::Tanh(of)
            | Expr::Relu(of)
            | Expr::Product(_, of)
            | Expr::ParameterDots(_, of)
            | Expr::Softmax(of)
            | Expr::Normalise(of)
            | Expr::Squares(of) => of.values(),
        }
    }

    /// Every parameter that it reads, likewise.
    pub fn parameters(&self) -> Vec<P> {
        match self {
            Expr::Value(_) => Vec::new(),
            Expr::Vector(parameter) => vec![*parameter],
            Expr::Product(by, of) | Expr::ParameterDots(by, of) => {
                [vec![*by], of.parameters()].concat()
            }
            Expr::Sum(left, right)
            | Expr::Difference(left, right)
            | Expr::Hadamard(left, right)
            | Expr::Beside(left, right)
            | Expr::Dots(left, right)
            | Expr::Mix(left, right) => [left.parameters(), right.parameters()].concat(),
            Expr::Times(_, of)
            | Expr::Surprise(of, _)
            | Expr::Scale(_, of)
            | Expr::OneMinus(of)
            | Expr::Sigmoid(of)
            | Expr::Tanh(of)
            | Expr::Relu(of)
            | Expr::Softmax(of)
            | Expr::Normalise(of)
            | Expr::Squares(of) => of.parameters(),
        }
    }

    /// The same of those that it reads element by element, no matrix between.
    pub fn values_without_weights(&self) -> Vec<V> {
        match self {
            Expr::Product(..) | Expr::ParameterDots(..) | Expr::Vector(_) => Vec::new(),
            Expr::Value(value) => vec![*value],
            Expr::Sum(left, right)
            | Expr::Difference(left, right)
            | Expr::Hadamard(left, right)
            | Expr::Beside(left, right)
            | Expr::Dots(left, right)
            | Expr::Mix(left, right) => [
                left.values_without_weights(),
                right.values_without_weights(),
            ]
            .concat(),
            Expr::Times(by, of) => [vec![*by], of.values_without_weights()].concat(),
            Expr::Surprise(of, right) => [of.values_without_weights(), vec![*right]].concat(),
            Expr::Scale(_, of)
            | Expr::OneMinus(of)
            | Expr::Sigmoid(of)
            | Expr::Tanh(of)
            | Expr::Relu(of)
            | Expr::Softmax(of)
            | Expr::Normalise(of)
            | Expr::Squares(of) => of.values_without_weights(),
        }
    }

    /// Adds to `into` what each leaf's adjoint gets when this formula's adjoint is `adjoint`: the vector–Jacobian product.
    pub fn differentiate(
        &self,
        values: &impl Values<V, P>,
        adjoint: Array2<f64>,
        into: &mut Contributions<V, P>,
    ) {
        match self {
            Expr::Value(value) => into.values.push((*value, adjoint)),
            // y = x Wᵀ, row by row: ∂L/∂x = ∂L/∂y W, ∂L/∂W = ∂L/∂yᵀ x.
            Expr::Product(by, of) => {
                let gradient = adjoint.t().dot(&of.value(values));
                of.differentiate(values, adjoint.dot(&values.parameter(*by)), into);
                into.parameters.push((*by, gradient));
            }
            Expr::Vector(parameter) => into.parameters.push((*parameter, adjoint)),
            Expr::Sum(left, right) => {
                for of in [left, right] {
                    of.differentiate(values, of.gathered(values, &adjoint), into);
                }
            }
            Expr::Difference(left, right) => {
                left.differentiate(values, adjoint.clone(), into);
                right.differentiate(values, -adjoint, into);
            }
            Expr::Hadamard(left, right) => {
                left.differentiate(values, &adjoint * &right.value(values), into);
                right.differentiate(values, adjoint * left.value(values), into);
            }
            Expr::Scale(by, of) => of.differentiate(values, adjoint * *by, into),
            Expr::Times(by, of) => {
                of.differentiate(values, adjoint * scalar(&values.value(*by)), into);
            }
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
            Expr::Beside(left, right) => {
                let (to_left, to_right) =
                    adjoint.view().split_at(Axis(1), left.value(values).ncols());
                left.differentiate(values, to_left.to_owned(), into);
                right.differentiate(values, to_right.to_owned(), into);
            }
            // e = a Bᵀ: ∂L/∂a = ∂L/∂e B, ∂L/∂B = ∂L/∂eᵀ a.
            Expr::Dots(left, right) => {
                left.differentiate(values, adjoint.dot(&right.value(values)), into);
                right.differentiate(values, adjoint.t().dot(&left.value(values)), into);
            }
            Expr::ParameterDots(by, of) => {
                let gradient = adjoint.dot(&of.value(values));
                of.differentiate(values, adjoint.t().dot(&values.parameter(*by)), into);
                into.parameters.push((*by, gradient));
            }
            // m = α B: ∂L/∂α = ∂L/∂m Bᵀ, ∂L/∂B = αᵀ ∂L/∂m.
            Expr::Mix(left, right) => {
                left.differentiate(values, adjoint.dot(&right.value(values).t()), into);
                right.differentiate(values, left.value(values).t().dot(&adjoint), into);
            }
            // α = softmax(e): ∂L/∂e = α ⊙ (∂L/∂α − Σ α ⊙ ∂L/∂α).
            Expr::Softmax(of) => {
                let shares = self.value(values);
                let mean = (&shares * &adjoint).sum();
                of.differentiate(values, shares * (adjoint - mean), into);
            }
            // n = (x − μ) / √(σ² + ε): ∂L/∂x = (g − mean(g) − n mean(g ⊙ n)) / √(σ² + ε), with g = ∂L/∂n.
            Expr::Normalise(of) => {
                let (n, inverse_deviation) = normalised(of.value(values));
                let count = n.len() as f64;
                let (mean, along) = (adjoint.sum() / count, (&adjoint * &n).sum() / count);
                let into_x = (adjoint - mean - n * along) * inverse_deviation;
                of.differentiate(values, into_x, into);
            }
            Expr::Squares(of) => {
                let slope = of.value(values) * 2.0;
                of.differentiate(values, slope * scalar(&adjoint), into);
            }
            // −log softmax(y)_k: softmax(y) − onehot_k.
            Expr::Surprise(of, right) => {
                let slope = softmax(of.value(values)) - values.value(*right);
                of.differentiate(values, slope * scalar(&adjoint), into);
            }
        }
    }

    /// What its adjoint is when that of what it is added to is `adjoint`: of a single row that was added to each, the sum.
    fn gathered(&self, values: &impl Values<V, P>, adjoint: &Array2<f64>) -> Array2<f64> {
        if adjoint.nrows() > 1 && self.value(values).nrows() == 1 {
            adjoint.sum_axis(Axis(0)).insert_axis(Axis(0))
        } else {
            adjoint.clone()
        }
    }
}
