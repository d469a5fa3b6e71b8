//! Where a number of the record comes from, and where its adjoint does.
//!
//! A unit of a quantity at a step is computed by one line of the cell's equations: [`Explained::reads`] names everything that line
//! reads for this unit, each with its value and with the slope ∂q/∂(what is read). Going back, everything that reads the number
//! hands it a share of its own adjoint: [`Explained::shares`] names each of them, and they add up to ∂L/∂q.
//!
//! Nothing is derived a second time here: values and adjoints are those on record, slopes and shares come from the equations as
//! data ([`crate::nn::expr`]), which tests hold against what ran.

use super::subject::Subject;
use crate::nn::Quantity;
use crate::nn::expr::{At, Block, Contributions, Expr, ParameterKind, Value, Values};
use ndarray::{Array2, ArrayView2, Axis, s};

/// A number: a unit of a scan's quantity at a step, by its array index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Number {
    /// Which quantity; `x` is what the scan reads.
    pub quantity: Quantity,
    /// The array index of the step.
    pub t: usize,
    /// The unit, from 0.
    pub unit: usize,
}

/// Where a number and its adjoint come from.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// Its value.
    pub value: f64,
    /// ∂L/∂ it.
    pub adjoint: f64,
    /// What it is computed from, in the order of its equation, each once; none of an input, which is given.
    pub reads: Vec<Read>,
    /// What its adjoint is the sum of.
    pub shares: Vec<AdjointShare>,
}

impl Explained {
    /// All shares together, which is the adjoint.
    pub fn sum_of_shares(&self) -> f64 {
        self.shares.iter().map(|share| share.value).sum()
    }
}

/// The indices of the largest products of a row, the largest first and `most` at most, and what all others add up to.
pub fn largest_products(terms: &[(f64, f64)], most: usize) -> (Vec<usize>, f64) {
    let product = |&index: &usize| terms[index].0 * terms[index].1;
    let mut order: Vec<usize> = (0..terms.len()).collect();
    order.sort_by(|a, b| product(b).abs().total_cmp(&product(a).abs()));
    let rest = order.split_off(most.min(order.len()));
    (order, rest.iter().map(product).sum())
}

/// A leaf of an equation, for one unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// What is read.
    pub what: Leaf,
    /// Its value.
    pub value: f64,
    /// ∂(the number)/∂(what is read).
    pub slope: f64,
}

/// What an equation reads.
#[derive(Clone, Debug, PartialEq)]
pub enum Leaf {
    /// Another number, of the same unit; at the state before the first step its index is `None`.
    Number(Value, Option<Number>),
    /// A row of weights times a quantity: the sum of products, each a weight and what it is multiplied with.
    Row {
        /// Which weights.
        block: Block,
        /// Times what.
        of: Value,
        /// The step of that, by its array index; `None` before the first step.
        t: Option<usize>,
        /// The pairs, unit by unit.
        terms: Vec<(f64, f64)>,
    },
    /// A bias.
    Bias(Block),
}

/// A share of an adjoint.
#[derive(Clone, Debug, PartialEq)]
pub struct AdjointShare {
    /// What handed it back.
    pub by: Reader,
    /// How much.
    pub value: f64,
}

/// What reads a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The line that computes this quantity at this step, by its array index, over all its units.
    Line(Quantity, usize),
    /// The layer above, the readout, or what else lies outside the scan.
    Above,
    /// Attention, for which the state asked in the next step.
    Attention,
}

/// The numbers behind an equation at one step of a subject.
struct At1<'a, 'b> {
    subject: &'a Subject<'b>,
    t: usize,
}

impl At1<'_, '_> {
    fn rows<'c>(&self, parameter: &'c [f64], gate: Quantity) -> &'c [f64] {
        let gates = self.subject.cell.gates();
        let block = gates.iter().position(|&of| of == gate).unwrap_or(0);
        let rows = parameter.len() / gates.len().max(1);
        &parameter[block * rows..(block + 1) * rows]
    }
}

/// Row-major values as a matrix.
fn view(values: &[f64], rows: usize, width: usize) -> ArrayView2<'_, f64> {
    ArrayView2::from_shape((rows, width), &values[..rows * width]).expect("as many as it has")
}

impl Values for At1<'_, '_> {
    fn value(&self, value: Value) -> Array2<f64> {
        let subject = self.subject;
        let row = match (value.quantity, value.at) {
            (Quantity::X, _) => subject.x.slice(s![self.t, subject.sequence, ..]),
            (Quantity::C, At::Previous) => subject.c_before(self.t),
            (_, At::Previous) => subject.h_before(self.t),
            (quantity, At::Now) => match subject.trace.get(subject.cell, quantity) {
                Some(of) => of.slice_move(s![self.t, subject.sequence, ..]),
                None => return Array2::zeros((1, subject.hidden())),
            },
        };
        row.insert_axis(Axis(0)).to_owned()
    }

    fn parameter(&self, block: Block) -> ArrayView2<'_, f64> {
        let weights = &self.subject.weights;
        let (of, is_vector) = match block.parameter {
            ParameterKind::WeightIh => (weights.weight_ih, false),
            ParameterKind::WeightHh => (weights.weight_hh, false),
            ParameterKind::BiasIh => (weights.bias_ih, true),
            ParameterKind::BiasHh => (weights.bias_hh, true),
        };
        let values = self.rows(of, block.gate);
        let rows = if is_vector { 1 } else { self.subject.hidden() };
        let width = values.len() / rows.max(1);
        view(values, rows, width)
    }
}

/// Where a number of the subject comes from; `None` if it has no such number, or is not recorded in full.
pub fn explain(subject: &Subject<'_>, number: Number) -> Option<Explained> {
    let Number { quantity, t, unit } = number;
    let here = At1 { subject, t };
    let record = |adjoint: bool| -> Option<f64> {
        let of = match (quantity, adjoint) {
            (Quantity::X, false) => subject.x.view(),
            (Quantity::X, true) => return None,
            (_, false) => subject.trace.get(subject.cell, quantity)?,
            (_, true) => subject.adjoints.get(subject.cell, quantity)?,
        };
        of.get([t, subject.sequence, unit]).copied()
    };
    if t >= subject.length {
        return None;
    }
    let value = record(false)?;
    let operations = subject.cell.operations();
    let own = operations.iter().find(|line| line.output == quantity);
    let mut reads = Vec::new();
    if let Some(own) = own {
        let mut leaves = Vec::new();
        here.read(&own.formula, unit, 1.0, &mut leaves);
        // What stands in an equation twice, such as z of a GRU, is read once.
        for leaf in leaves {
            match reads
                .iter_mut()
                .find(|read: &&mut Read| read.what == leaf.what)
            {
                Some(read) => read.slope += leaf.slope,
                None => reads.push(leaf),
            }
        }
    }

    let mut shares = Vec::new();
    let mut from_next = 0.0;
    let next = subject.next(t);
    for (at, step) in [(At::Now, Some(t)), (At::Previous, next)] {
        let Some(step) = step else { continue };
        let there = At1 { subject, t: step };
        for line in &operations {
            let mut into = Contributions::default();
            let adjoint = subject.adjoints.get(subject.cell, line.output)?;
            let adjoint = adjoint.index_axis_move(Axis(0), step);
            let adjoint = adjoint.slice(s![subject.sequence..=subject.sequence, ..]);
            let adjoint = adjoint.to_owned();
            line.formula.differentiate(&there, adjoint, &mut into);
            let is = |read: &&(Value, Array2<f64>)| read.0 == Value { quantity, at };
            let handed: Vec<f64> = into
                .values
                .iter()
                .filter(is)
                .filter_map(|(_, share)| share.get((0, unit)).copied())
                .collect();
            if !handed.is_empty() {
                let value = handed.iter().sum();
                if at == At::Previous {
                    from_next += value;
                }
                shares.push(AdjointShare {
                    by: Reader::Line(line.output, step),
                    value,
                });
            }
        }
    }
    if quantity == Quantity::H {
        let at = [t, subject.sequence, unit];
        // A decoder's state also asks its attention what to read next.
        let arrived = subject.adjoints.d_h_from_next.get(at).copied();
        let asked = arrived.map_or(0.0, |arrived| arrived - from_next);
        if asked.abs() > 1e-9 * from_next.abs().max(f64::MIN_POSITIVE) {
            shares.push(AdjointShare {
                by: Reader::Attention,
                value: asked,
            });
        }
        let above = *subject.adjoints.d_h_from_above.get(at)?;
        if above != 0.0 {
            shares.push(AdjointShare {
                by: Reader::Above,
                value: above,
            });
        }
    }
    let adjoint = match quantity {
        Quantity::X => shares.iter().map(|share| share.value).sum(),
        _ => record(true)?,
    };
    Some(Explained {
        value,
        adjoint,
        reads,
        shares,
    })
}

impl At1<'_, '_> {
    /// Names what an expression reads for a unit; `slope` is ∂(the number)/∂(the expression).
    fn read(&self, expr: &Expr, unit: usize, slope: f64, into: &mut Vec<Read>) {
        let of = |expr: &Expr| expr.value(self)[[0, unit]];
        match expr {
            Expr::Value(value) => {
                let t = self.step_of(*value);
                let number = t.map(|t| Number {
                    quantity: value.quantity,
                    t,
                    unit,
                });
                into.push(Read {
                    what: Leaf::Number(*value, number),
                    value: of(expr),
                    slope,
                });
            }
            // In a cell's equations what a matrix is multiplied with is a quantity.
            Expr::Product(block, times) => {
                let Expr::Value(value) = **times else { return };
                let (weights, values) = (self.parameter(*block), self.value(value));
                let terms = weights.row(unit).iter().copied().zip(values).collect();
                into.push(Read {
                    what: Leaf::Row {
                        block: *block,
                        of: value,
                        t: self.step_of(value),
                        terms,
                    },
                    value: of(expr),
                    slope,
                });
            }
            Expr::Vector(block) => into.push(Read {
                what: Leaf::Bias(*block),
                value: of(expr),
                slope,
            }),
            Expr::Sum(left, right) => {
                self.read(left, unit, slope, into);
                self.read(right, unit, slope, into);
            }
            Expr::Hadamard(left, right) => {
                self.read(left, unit, slope * of(right), into);
                self.read(right, unit, slope * of(left), into);
            }
            Expr::Scale(by, inner) => self.read(inner, unit, slope * by, into),
            Expr::OneMinus(inner) => self.read(inner, unit, -slope, into),
            Expr::Sigmoid(inner) => {
                let value = of(expr);
                self.read(inner, unit, slope * value * (1.0 - value), into);
            }
            Expr::Tanh(inner) => {
                let value = of(expr);
                self.read(inner, unit, slope * (1.0 - value * value), into);
            }
            Expr::Relu(inner) => {
                let open = if of(inner) > 0.0 { 1.0 } else { 0.0 };
                self.read(inner, unit, slope * open, into);
            }
            // No cell has any of these.
            Expr::Difference(..)
            | Expr::Times(..)
            | Expr::Beside(..)
            | Expr::Dots(..)
            | Expr::ParameterDots(..)
            | Expr::Mix(..)
            | Expr::Softmax(_)
            | Expr::Normalise(_)
            | Expr::Squares(_)
            | Expr::Surprise(..) => {}
        }
    }

    fn step_of(&self, value: Value) -> Option<usize> {
        match value.at {
            At::Now => Some(self.t),
            At::Previous => self.subject.direction.previous(self.t, self.subject.length),
        }
    }
}
