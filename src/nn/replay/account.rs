//! Where a number comes from, and where its adjoint does: of any number that any operation computes, of parameters, inputs and
//! first states.
//!
//! [`Account::reads`] names everything that its equation reads for it, each with its value v and the slope ∂q/∂v. Going back,
//! everything that reads the number hands it a share of its own adjoint: [`Account::shares`] names each of them, and they add up
//! to ∂L/∂q. Of a parameter, which every step reads, they are the terms of the sum over time.
//!
//! Nothing is derived a second time here: slopes and shares come from the equations as data ([`crate::nn::expr`]).

use super::{Leaf, Of, Replay, Step};
use crate::nn::expr::{Block, Contributions, Expr, Value, Values};
use crate::nn::line::{Learned, Operand};
use crate::nn::{Line, Spot, Station, Stop};
use ndarray::Array2;
use std::ops::Range;

/// What is given where an equation reads it: no number of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Given {
    /// The sinusoidal position of the step.
    Position,
    /// What the output should be.
    Wanted,
    /// 1 / √d′ of attention.
    OverRootWidth,
    /// One over how many numbers the loss is the mean of.
    OverCount,
    /// What a decoder reads as the output before; 0 at its first step.
    Fed,
}

/// A number that an equation reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Named {
    /// One of the network.
    Spot(Spot),
    /// One that is given, and which of its kind, from 0.
    Given(Given, usize),
}

/// Where a number and its adjoint come from.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Its value.
    pub value: f64,
    /// ∂L/∂ it.
    pub adjoint: f64,
    /// Its equation with the numbers in it that it reads, a row of weights times numbers as their sum; `None` of what is given or
    /// learned, and where it reads more than can be written.
    pub numbers: Option<Expr<f64, f64>>,
    /// What it is computed from, in the order of its equation, each once; none of what is given or learned.
    pub reads: Vec<Read>,
    /// What its adjoint is the sum of, in the order in which the sweep hands it back.
    pub shares: Vec<Share>,
}

/// What an equation reads for one number.
#[derive(Clone, Debug, PartialEq)]
pub enum Read {
    /// A number.
    Number {
        /// Which.
        of: Named,
        /// Its value.
        value: f64,
        /// ∂(the number)/∂(what is read).
        slope: f64,
    },
    /// A row of weights times numbers.
    Row {
        /// The index of the row's first parameter.
        weights: usize,
        /// The products, in order.
        terms: Vec<Summand>,
        /// What they add up to.
        value: f64,
        /// ∂(the number)/∂(that).
        slope: f64,
    },
}

/// A product of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summand {
    /// The weight.
    pub weight: f64,
    /// What it multiplies.
    pub of: Named,
    /// The value of that.
    pub value: f64,
}

/// A share of an adjoint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// The operation that handed it back, over all that it computes.
    pub by: Station,
    /// Of which head; 0 where there are none.
    pub head: usize,
    /// How much.
    pub value: f64,
    /// The one number of the operation that reads it, where there is but one: which of its units, ∂(that)/∂(the number), and
    /// ∂L/∂(that). Their product is the share. Where several read it, as a product of matrices does, the share is a sum.
    pub factors: Option<Factors>,
}

/// A share as the chain rule has it: slope × adjoint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factors {
    /// Which number of the operation.
    pub unit: usize,
    /// ∂(that number)/∂(what it reads).
    pub slope: f64,
    /// ∂L/∂(that number).
    pub adjoint: f64,
}

impl Account {
    /// All shares together, which is the adjoint.
    pub fn sum_of_shares(&self) -> f64 {
        self.shares.iter().map(|share| share.value).sum()
    }

    /// About how many numbers it consists of.
    pub fn size(&self) -> usize {
        let of = |read: &Read| match read {
            Read::Number { .. } => 10,
            Read::Row { terms, .. } => 10 + 10 * terms.len(),
        };
        self.reads.iter().map(of).sum::<usize>() + 8 * self.shares.len()
    }
}

/// The indices of the largest of several values, the largest first and `most` at most, and what all others add up to.
pub fn largest_products(products: &[f64], most: usize) -> (Vec<usize>, f64) {
    let mut order: Vec<usize> = (0..products.len()).collect();
    order.sort_by(|&a, &b| products[b].abs().total_cmp(&products[a].abs()));
    let rest = order.split_off(most.min(order.len()));
    (order, rest.iter().map(|&index| products[index]).sum())
}

/// What the leaves of a station's formula are called, beside their values.
trait Leaves<V, P>: Values<V, P> {
    /// Who stands behind each number of a quantity, row by row.
    fn named(&self, value: V) -> Vec<Vec<Named>>;
    /// Where a parameter begins.
    fn start(&self, parameter: P) -> usize;
}

impl Leaves<Value, Block> for Step<'_> {
    fn named(&self, value: Value) -> Vec<Vec<Named>> {
        self.replay.named(&self.leaf(value))
    }

    fn start(&self, parameter: Block) -> usize {
        self.block(parameter).start
    }
}

impl Leaves<Operand, Learned> for Step<'_> {
    fn named(&self, value: Operand) -> Vec<Vec<Named>> {
        self.replay.named(&self.operand(value))
    }

    fn start(&self, parameter: Learned) -> usize {
        self.learned(parameter).start
    }
}

impl Replay<'_> {
    /// Where a number comes from, and where its adjoint does; `None` if there is no such number, or `stop` was asked meanwhile.
    pub fn account(&self, spot: Spot, stop: &Stop) -> Option<Account> {
        let value = self.value_of(spot)?;
        let shares = self.shares(spot, stop)?;
        let sum = shares.iter().map(|share| share.value).sum();
        let (reads, numbers) = match spot {
            Spot::Computed {
                station,
                head,
                unit,
            } => {
                let step = self.step(station, head);
                (step.reads(unit), step.numbers(unit))
            }
            Spot::Parameter(_) | Spot::Initial(..) | Spot::Input { .. } => (Vec::new(), None),
        };
        Some(Account {
            value,
            adjoint: self.adjoint_of(spot).unwrap_or(sum),
            numbers,
            reads,
            shares,
        })
    }

    /// The value of a number.
    pub fn value_of(&self, spot: Spot) -> Option<f64> {
        match spot {
            Spot::Parameter(index) => self.parameters.get(index).copied(),
            Spot::Initial(initial, unit) => self.initial(initial)?.get((0, unit)).copied(),
            Spot::Input { t, unit } => self.example.x.get((t.checked_sub(1)?, unit)).copied(),
            Spot::Computed {
                station,
                head,
                unit,
            } => {
                let index = self.schedule.index(&station)?;
                self.value(index, head)?.get((0, unit)).copied()
            }
        }
    }

    /// Its adjoint where that is known without adding up its shares.
    fn adjoint_of(&self, spot: Spot) -> Option<f64> {
        let Some(record) = &self.record else {
            return self.derivative(spot);
        };
        match spot {
            Spot::Parameter(index) => record.gradient.get(index).copied(),
            Spot::Initial(..) | Spot::Input { .. } => None,
            Spot::Computed { .. } => self.derivative(spot),
        }
    }

    /// What its adjoint is the sum of; `None` if `stop` was asked meanwhile.
    fn shares(&self, spot: Spot, stop: &Stop) -> Option<Vec<Share>> {
        let mut shares = Vec::new();
        for index in (0..self.schedule.len()).rev() {
            let by = self.schedule.station(index).filter(|_| !stop.is_asked())?;
            if !self.may_read(by, spot) {
                continue;
            }
            for head in 0..self.heads(by.line) {
                let step = self.step(by, head);
                let Some(value) = step.share(spot, index) else {
                    continue;
                };
                let factors = step.factors(spot, index, value);
                shares.push(Share {
                    by,
                    head,
                    value,
                    factors,
                });
            }
        }
        Some(shares)
    }

    /// Whether an operation can read a number at all; a look at its formula says whether it does.
    fn may_read(&self, by: Station, spot: Spot) -> bool {
        let is_cell = matches!(by.line, Line::Cell(_));
        match spot {
            Spot::Parameter(_) => true,
            Spot::Input { t, .. } => by.part == 0 && by.t == t,
            Spot::Initial(initial, _) => {
                is_cell && (by.part, by.place) == (initial.part, Some(initial.place))
            }
            // A cell reads its own step and the one before it in its direction.
            Spot::Computed { station, .. } => {
                !is_cell || (by.part == station.part && by.t.abs_diff(station.t) <= 1)
            }
        }
    }

    fn named(&self, leaf: &Leaf) -> Vec<Vec<Named>> {
        let row = |pieces: &Vec<super::Piece>| -> Vec<Named> {
            let of = |piece: &super::Piece| {
                let columns = piece.columns.clone();
                let columns: Range<usize> = columns.unwrap_or(0..self.width(piece));
                let of = piece.of.clone();
                columns.map(move |unit| self.name(&of, unit))
            };
            pieces.iter().flat_map(of).collect()
        };
        leaf.iter().map(row).collect()
    }

    fn name(&self, of: &Of, unit: usize) -> Named {
        match of {
            Of::Station(index, head) => match self.schedule.station(*index) {
                Some(station) => Named::Spot(Spot::Computed {
                    station,
                    head: *head,
                    unit,
                }),
                None => unreachable!("a leaf consists of what there is"),
            },
            Of::Input(t) => Named::Spot(Spot::Input { t: t + 1, unit }),
            Of::Initial(initial) => Named::Spot(Spot::Initial(*initial, unit)),
            Of::Given(given, _) => Named::Given(*given, unit),
        }
    }
}

impl Step<'_> {
    /// What its equation reads for one of its numbers, each once.
    fn reads(&self, unit: usize) -> Vec<Read> {
        let mut found = Vec::new();
        match self.of_cell() {
            Some((_, formula)) => read(self, &formula, unit, 1.0, &mut found),
            None => read(self, &self.of_line(), unit, 1.0, &mut found),
        }
        // What stands in an equation twice, such as z of a GRU, is read once.
        let mut reads: Vec<Read> = Vec::new();
        for one in found {
            let same = reads.iter_mut().find(|read| is_same(read, &one));
            match (same, &one) {
                (Some(Read::Number { slope, .. } | Read::Row { slope, .. }), _) => {
                    *slope += slope_of(&one);
                }
                (None, _) => reads.push(one),
            }
        }
        reads
    }

    /// Its equation for one of its numbers, with the numbers in it.
    fn numbers(&self, unit: usize) -> Option<Expr<f64, f64>> {
        match self.of_cell() {
            Some((_, formula)) => in_numbers(self, &formula, unit),
            None => in_numbers(self, &self.of_line(), unit),
        }
    }

    /// What it hands back to a number; `None` if it does not read it. `index` is that of its station.
    fn share(&self, spot: Spot, index: usize) -> Option<f64> {
        if !self.reads_of(spot) {
            return None;
        }
        let adjoint = self.replay.arrived(index, self.head)?;
        let handed = self.handed_back(adjoint);
        let mut share = None;
        if let Spot::Parameter(parameter) = spot {
            for (range, gradient) in &handed.gradients {
                if range.contains(&parameter) {
                    let at = parameter - range.start;
                    *share.get_or_insert(0.0) += gradient.iter().nth(at).copied().unwrap_or(0.0);
                }
            }
            return share;
        }
        for (leaf, adjoint) in &handed.leaves {
            let rows = self.replay.named(leaf);
            for (row, names) in rows.iter().enumerate() {
                for (column, &named) in names.iter().enumerate() {
                    if named == Named::Spot(spot) {
                        *share.get_or_insert(0.0) += adjoint[[row, column]];
                    }
                }
            }
        }
        share
    }

    /// The one number of it that reads another, with slope and adjoint; `None` where several do, which then add up to `share`.
    fn factors(&self, spot: Spot, index: usize, share: f64) -> Option<Factors> {
        let adjoint = self.replay.arrived(index, self.head)?;
        let unit = match spot {
            Spot::Computed { unit, .. } | Spot::Input { unit, .. } | Spot::Initial(_, unit) => unit,
            Spot::Parameter(parameter) => self.reader_of(parameter)?,
        };
        // What has a single number reads with that, whatever the index of what it reads.
        let unit = if adjoint.len() == 1 { 0 } else { unit };
        let adjoint = *adjoint.get((0, unit))?;
        let slope = self
            .reads(unit)
            .iter()
            .filter_map(|read| slope_to(read, spot))
            .reduce(|a, b| a + b)?;
        // Others read it too, unless this is all of the share.
        let rest = (share - slope * adjoint).abs();
        (rest <= 1e-12 * share.abs()).then_some(Factors {
            unit,
            slope,
            adjoint,
        })
    }

    /// Which of its numbers reads a parameter: that of the parameter's row.
    fn reader_of(&self, parameter: usize) -> Option<usize> {
        let matrices: Vec<(Range<usize>, usize)> = match self.of_cell() {
            Some((_, formula)) => {
                let blocks = formula.parameters().into_iter();
                let of = |block| (self.block(block), Values::parameter(self, block).ncols());
                blocks.map(of).collect()
            }
            None => {
                let learned = self.of_line().parameters().into_iter();
                let of = |name| (self.learned(name), Values::parameter(self, name).ncols());
                learned.map(of).collect()
            }
        };
        let (range, columns) = matrices
            .into_iter()
            .find(|(range, _)| range.contains(&parameter))?;
        let at = parameter - range.start;
        // A bias is a single row with a number for each unit.
        Some(if columns == range.len() {
            at
        } else {
            at / columns
        })
    }

    /// Whether its equation reads a number.
    fn reads_of(&self, spot: Spot) -> bool {
        let (leaves, ranges): (Vec<Leaf>, Vec<Range<usize>>) = match self.of_cell() {
            Some((_, formula)) => {
                let leaves = formula.values().into_iter().map(|value| self.leaf(value));
                let ranges = formula.parameters().into_iter();
                (leaves.collect(), ranges.map(|of| self.block(of)).collect())
            }
            None => {
                let formula = self.of_line();
                let leaves = formula.values().into_iter().map(|of| self.operand(of));
                let ranges = formula.parameters().into_iter();
                (
                    leaves.collect(),
                    ranges.map(|of| self.learned(of)).collect(),
                )
            }
        };
        let has = |of: &Of| match (of, spot) {
            (
                Of::Station(index, head),
                Spot::Computed {
                    station, head: own, ..
                },
            ) => *head == own && self.replay.schedule.station(*index) == Some(station),
            (Of::Input(at), Spot::Input { t, .. }) => at + 1 == t,
            (Of::Initial(initial), Spot::Initial(own, _)) => *initial == own,
            _ => false,
        };
        match spot {
            Spot::Parameter(index) => ranges.iter().any(|range| range.contains(&index)),
            _ => leaves
                .iter()
                .flatten()
                .flatten()
                .any(|piece| has(&piece.of)),
        }
    }
}

fn slope_of(read: &Read) -> f64 {
    match read {
        Read::Number { slope, .. } | Read::Row { slope, .. } => *slope,
    }
}

/// The slope of what is read to a number in it; `None` if that is not in it.
fn slope_to(read: &Read, spot: Spot) -> Option<f64> {
    match read {
        Read::Number { of, slope, .. } => (*of == Named::Spot(spot)).then_some(*slope),
        Read::Row {
            weights,
            terms,
            slope,
            ..
        } => {
            let of = |(column, term): (usize, &Summand)| {
                if spot == Spot::Parameter(weights + column) {
                    Some(slope * term.value)
                } else {
                    (term.of == Named::Spot(spot)).then_some(slope * term.weight)
                }
            };
            let found = terms.iter().enumerate().filter_map(of);
            found.reduce(|a, b| a + b)
        }
    }
}

fn is_same(a: &Read, b: &Read) -> bool {
    match (a, b) {
        (Read::Number { of, .. }, Read::Number { of: other, .. }) => of == other,
        (
            Read::Row { weights, terms, .. },
            Read::Row {
                weights: others,
                terms: of,
                ..
            },
        ) => weights == others && terms == of,
        _ => false,
    }
}

/// Names what an expression reads for a unit; `slope` is ∂(the number)/∂(the expression's).
fn read<V: Copy, P: Copy>(
    at: &impl Leaves<V, P>,
    expr: &Expr<V, P>,
    unit: usize,
    slope: f64,
    into: &mut Vec<Read>,
) {
    let of = |expr: &Expr<V, P>| expr.value(at)[[0, unit]];
    match expr {
        Expr::Value(value) => into.push(Read::Number {
            of: at.named(*value)[0][unit],
            value: of(expr),
            slope,
        }),
        Expr::Product(weights, times) => {
            let Some(names) = row_of_names(at, times) else {
                return all(at, expr, unit, slope, into);
            };
            let (matrix, values) = (at.parameter(*weights), times.value(at));
            let terms = matrix.row(unit).into_iter().zip(names).zip(values);
            let terms = terms.map(|((&weight, of), value)| Summand { weight, of, value });
            into.push(Read::Row {
                weights: at.start(*weights) + unit * matrix.ncols(),
                terms: terms.collect(),
                value: of(expr),
                slope,
            });
        }
        Expr::Vector(parameter) => into.push(Read::Number {
            of: Named::Spot(Spot::Parameter(at.start(*parameter) + unit)),
            value: of(expr),
            slope,
        }),
        Expr::Sum(left, right) => {
            read(at, left, unit, slope, into);
            read(at, right, unit, slope, into);
        }
        Expr::Difference(left, right) => {
            read(at, left, unit, slope, into);
            read(at, right, unit, -slope, into);
        }
        Expr::Hadamard(left, right) => {
            read(at, left, unit, slope * of(right), into);
            read(at, right, unit, slope * of(left), into);
        }
        Expr::Scale(by, inner) => read(at, inner, unit, slope * by, into),
        Expr::OneMinus(inner) => read(at, inner, unit, -slope, into),
        Expr::Sigmoid(inner) => {
            let value = of(expr);
            read(at, inner, unit, slope * value * (1.0 - value), into);
        }
        Expr::Tanh(inner) => {
            let value = of(expr);
            read(at, inner, unit, slope * (1.0 - value * value), into);
        }
        Expr::Relu(inner) => {
            let open = if of(inner) > 0.0 { 1.0 } else { 0.0 };
            read(at, inner, unit, slope * open, into);
        }
        Expr::Times(by, inner) => {
            let times = at.value(*by)[[0, 0]];
            into.push(Read::Number {
                of: at.named(*by)[0][0],
                value: times,
                slope: slope * of(inner),
            });
            read(at, inner, unit, slope * times, into);
        }
        // Of these every number depends on many.
        Expr::Beside(..)
        | Expr::Dots(..)
        | Expr::ParameterDots(..)
        | Expr::Mix(..)
        | Expr::Softmax(_)
        | Expr::Normalise(_)
        | Expr::Squares(_)
        | Expr::Surprise(..) => all(at, expr, unit, slope, into),
    }
}

/// An expression for a unit with the numbers in it; `None` where it depends on many.
fn in_numbers<V: Copy, P: Copy>(
    at: &impl Leaves<V, P>,
    expr: &Expr<V, P>,
    unit: usize,
) -> Option<Expr<f64, f64>> {
    let inner = |of: &Expr<V, P>| in_numbers(at, of, unit).map(Box::new);
    Some(match expr {
        Expr::Value(_) | Expr::Product(..) => Expr::Value(expr.value(at)[[0, unit]]),
        Expr::Vector(_) => Expr::Vector(expr.value(at)[[0, unit]]),
        Expr::Sum(left, right) => Expr::Sum(inner(left)?, inner(right)?),
        Expr::Difference(left, right) => Expr::Difference(inner(left)?, inner(right)?),
        Expr::Hadamard(left, right) => Expr::Hadamard(inner(left)?, inner(right)?),
        Expr::Scale(by, of) => Expr::Scale(*by, inner(of)?),
        Expr::Times(by, of) => Expr::Times(at.value(*by)[[0, 0]], inner(of)?),
        Expr::OneMinus(of) => Expr::OneMinus(inner(of)?),
        Expr::Sigmoid(of) => Expr::Sigmoid(inner(of)?),
        Expr::Tanh(of) => Expr::Tanh(inner(of)?),
        Expr::Relu(of) => Expr::Relu(inner(of)?),
        // Of a single output the sum of squares is one square.
        Expr::Squares(of) if expr_width(at, of) == 1 => Expr::Squares(inner(of)?),
        Expr::Beside(..)
        | Expr::Dots(..)
        | Expr::ParameterDots(..)
        | Expr::Mix(..)
        | Expr::Softmax(_)
        | Expr::Normalise(_)
        | Expr::Squares(_)
        | Expr::Surprise(..) => return None,
    })
}

fn expr_width<V: Copy, P: Copy>(at: &impl Leaves<V, P>, expr: &Expr<V, P>) -> usize {
    expr.value(at).ncols()
}

/// Who stands behind the numbers of what a matrix is multiplied with; `None` where that is computed on the way.
fn row_of_names<V: Copy, P>(at: &impl Leaves<V, P>, expr: &Expr<V, P>) -> Option<Vec<Named>> {
    match expr {
        Expr::Value(value) => at.named(*value).into_iter().next(),
        Expr::Beside(left, right) => {
            let mut names = row_of_names(at, left)?;
            names.extend(row_of_names(at, right)?);
            Some(names)
        }
        _ => None,
    }
}

/// Names all that an expression reads for a unit, number by number, by differentiating it; what has no influence is left out.
fn all<V: Copy, P: Copy>(
    at: &impl Leaves<V, P>,
    expr: &Expr<V, P>,
    unit: usize,
    slope: f64,
    into: &mut Vec<Read>,
) {
    let mut one = Array2::zeros(expr.value(at).dim());
    one[[0, unit]] = slope;
    let mut handed = Contributions::default();
    expr.differentiate(at, one, &mut handed);
    let mut number = |of, value: f64, slope: f64| {
        if slope != 0.0 {
            into.push(Read::Number { of, value, slope });
        }
    };
    for (value, slopes) in handed.values {
        let (names, values) = (at.named(value), at.value(value));
        let names = names.into_iter().flatten();
        for ((of, &value), &slope) in names.zip(&values).zip(&slopes) {
            number(of, value, slope);
        }
    }
    for (parameter, slopes) in handed.parameters {
        let start = at.start(parameter);
        let values = at.parameter(parameter);
        for (index, (&value, &slope)) in values.iter().zip(&slopes).enumerate() {
            number(Named::Spot(Spot::Parameter(start + index)), value, slope);
        }
    }
}
