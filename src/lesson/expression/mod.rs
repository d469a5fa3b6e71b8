//! Small formulas over what the engine recorded: the answers to a lesson's questions, the slips it knows, and what a learner
//! builds.
//!
//! ```text
//! tanh(weight_ih_l0[0,0] * x[2][0] + bias_ih_l0[0] + dot(weight_hh_l0[0,:], h[1]) + bias_hh_l0[0])
//! sum(k, 1, T, d_h[k][0] * (1 - h[k][0]^2) * h[k-1][1])
//! measure(gradient.ratio from=-1 to=1) * 100
//! h[3][0] - start(h[3][0])
//! ```
//!
//! A value is a number, or a list of numbers of the same length throughout: a row of weights, a state. `+ − * / ^` and the
//! functions that keep a list's length go element by element; a number is taken to each. [`Expression::read`] knows the
//! grammar, [`Scope`] finds the numbers, [`Expression::written`] puts them in.
//!
//! Parameters are called as PyTorch does, with an index for each axis from 0, `:` for all of it; `d_` before the name is the
//! gradient of the loss of the sequence under the lens. Quantities are called `h`, or `h_l1` and `h_l0_reverse` as the ends of
//! PyTorch's names have it, `encoder.h` where there are parts; their first index is the step t as on the screen, from 1 to T, 0
//! for the state before the first; the second one the unit, from 0.

mod parse;
mod scope;
#[cfg(test)]
mod tests;
mod written;

use crate::nn::{Place, Quantity};
use crate::train::{Argument, Measure};
use crate::words::shortened;
pub use scope::{Missing, Scope, Value};
use std::collections::{BTreeMap, BTreeSet};
pub use written::without_measure;

/// A formula.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A number.
    Number(f64),
    /// A measure.
    Measure(Measure),
    /// What a lesson has given a name, or T.
    Variable(String),
    /// Numbers of the record.
    Entry(Entry),
    /// − of it.
    Negative(Box<Expression>),
    /// Two of them, taken together.
    Two(Operator, Box<Expression>, Box<Expression>),
    /// A function of them.
    Call(Function, Vec<Expression>),
    /// What it was where the page began.
    Start(Box<Expression>),
    /// All values of a formula while a whole number goes from one value to another, taken together.
    Over {
        /// How.
        fold: Fold,
        /// What the whole number is called.
        variable: String,
        /// Its first value.
        from: Box<Expression>,
        /// Its last.
        to: Box<Expression>,
        /// The formula.
        of: Box<Expression>,
    },
}

/// What takes two values together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// +
    Plus,
    /// −
    Minus,
    /// ·
    Times,
    /// /
    Over,
    /// ^
    Power,
}

/// What takes all values of a formula together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// Their sum.
    Sum,
    /// Their product.
    Product,
}

/// The functions there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// 1 / (1 + e^−x).
    Sigma,
    /// tanh.
    Tanh,
    /// max(0, x).
    Relu,
    /// e^x.
    Exp,
    /// The natural logarithm.
    Ln,
    /// The decimal one.
    Log10,
    /// The square root.
    Sqrt,
    /// The magnitude.
    Abs,
    /// The softmax of a list.
    Softmax,
    /// The sum of a list.
    Sum,
    /// Its mean.
    Mean,
    /// The root of the sum of its squares.
    Norm,
    /// The largest of all.
    Max,
    /// The smallest.
    Min,
    /// The sum of the products of two lists.
    Dot,
}

impl Function {
    const ALL: [Function; 15] = [
        Function::Sigma,
        Function::Tanh,
        Function::Relu,
        Function::Exp,
        Function::Ln,
        Function::Log10,
        Function::Sqrt,
        Function::Abs,
        Function::Softmax,
        Function::Sum,
        Function::Mean,
        Function::Norm,
        Function::Max,
        Function::Min,
        Function::Dot,
    ];

    /// The name in formulas.
    pub fn name(self) -> &'static str {
        match self {
            Function::Sigma => "sigma",
            Function::Tanh => "tanh",
            Function::Relu => "relu",
            Function::Exp => "exp",
            Function::Ln => "ln",
            Function::Log10 => "log10",
            Function::Sqrt => "sqrt",
            Function::Abs => "abs",
            Function::Softmax => "softmax",
            Function::Sum => "sum",
            Function::Mean => "mean",
            Function::Norm => "norm",
            Function::Max => "max",
            Function::Min => "min",
            Function::Dot => "dot",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// How many arguments it takes; `None` for as many as one likes.
    fn arguments(self) -> Option<usize> {
        match self {
            Function::Max | Function::Min => None,
            Function::Dot => Some(2),
            _ => Some(1),
        }
    }
}

/// Numbers of the record: a whole array's, a row's, or a single one.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Of what.
    pub of: Source,
    /// Which.
    pub at: Vec<Index>,
    /// As it was written.
    text: String,
}

/// However it was written.
impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.of == other.of && self.at == other.at
    }
}

impl Source {
    /// What a name means; `None` if it is none of the record.
    pub fn named(name: &str) -> Option<Self> {
        parse::source(name).ok()
    }
}

/// Where numbers are from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A parameter, or its gradient.
    Parameter {
        /// PyTorch's name.
        name: String,
        /// Whether its gradient is meant.
        gradient: bool,
    },
    /// A quantity, or its adjoint.
    Quantity {
        /// The part's name; the last part, which has the output, if none is given.
        part: Option<String>,
        /// Which.
        quantity: Quantity,
        /// Layer and direction.
        place: Place,
        /// Whether its adjoint is meant.
        adjoint: bool,
    },
    /// What the outputs should be.
    Target,
    /// How much each step looks at each, by the name of the map.
    Attention {
        /// Layer and head, from 0; `None` where there is one map only.
        head: Option<(usize, usize)>,
        /// Whether its adjoint is meant.
        adjoint: bool,
    },
}

/// Which numbers along an axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Index {
    /// All.
    All,
    /// The one of this number.
    At(Expression),
}

/// A formula with the text that it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    /// The text.
    pub text: String,
    /// What it says.
    pub expression: Expression,
}

impl Formula {
    /// Reads it; `variables` are the names that it may use.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(text: &str, variables: &[String]) -> Result<Self, String> {
        Ok(Self {
            text: text.trim().to_owned(),
            expression: Expression::read(text, variables)?,
        })
    }
}

/// The steps of a sequence, as a formula calls them.
pub const STEPS: &str = "T";

/// What a formula's value where the page began is called.
const START: &str = "start";

/// `gradient.ratio from=-1 to=1 quantity=h`, as measures stand in prose and formulas.
///
/// # Errors
/// Why it is none.
pub fn read_measure(text: &str) -> Result<Measure, String> {
    let mut words = text.split_whitespace();
    let name = words
        .next()
        .ok_or("found no measure between braces, expected one")?;
    let mut arguments = BTreeMap::new();
    for word in words {
        let Some((key, value)) = word.split_once('=') else {
            let word = shortened(word);
            return Err(format!(
                "found “{word}” after the measure, expected an argument such as t=1"
            ));
        };
        let argument = value
            .parse()
            .map_or_else(|_| Argument::Text(value.into()), Argument::Number);
        if arguments.insert(key.to_owned(), argument).is_some() {
            let key = shortened(key);
            return Err(format!(
                "found the argument “{key}” twice, expected it once"
            ));
        }
    }
    Measure::read(name, &arguments).map_err(|error| error.to_string())
}

impl Expression {
    /// Reads a formula; `variables` are the names that it may use, beside T.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(text: &str, variables: &[String]) -> Result<Self, String> {
        parse::expression(text, variables)
    }

    /// Whether a lesson may call something so: what has another meaning in a formula already may not be given one.
    pub fn may_name(name: &str) -> bool {
        parse::is_word(name)
            && name != STEPS
            && !["measure", "product", START].contains(&name)
            && Function::from_name(name).is_none()
            && parse::source(name).is_err()
    }

    fn parts(&self) -> Vec<&Expression> {
        match self {
            Expression::Number(_) | Expression::Measure(_) | Expression::Variable(_) => Vec::new(),
            Expression::Entry(entry) => {
                let at = entry.at.iter();
                at.filter_map(|index| match index {
                    Index::All => None,
                    Index::At(at) => Some(at),
                })
                .collect()
            }
            Expression::Negative(of) | Expression::Start(of) => vec![of],
            Expression::Two(_, left, right) => vec![left, right],
            Expression::Call(_, of) => of.iter().collect(),
            Expression::Over { from, to, of, .. } => vec![from, to, of],
        }
    }

    /// Does something with every part of it, itself among them.
    pub fn each<'a>(&'a self, f: &mut impl FnMut(&'a Expression)) {
        f(self);
        for part in self.parts() {
            part.each(f);
        }
    }

    /// The measures in it.
    pub fn measures(&self) -> Vec<&Measure> {
        let mut found = Vec::new();
        self.each(&mut |part| {
            if let Expression::Measure(measure) = part {
                found.push(measure);
            }
        });
        found
    }

    /// The numbers of the record in it.
    pub fn entries(&self) -> Vec<&Entry> {
        let mut found = Vec::new();
        self.each(&mut |part| {
            if let Expression::Entry(entry) = part {
                found.push(entry);
            }
        });
        found
    }

    /// Where those are from.
    pub fn sources(&self) -> Vec<&Source> {
        self.entries().into_iter().map(|entry| &entry.of).collect()
    }

    /// The same with numbers in the place of names.
    #[must_use]
    pub fn bound(&self, names: &[(String, f64)]) -> Self {
        let bound = |part: &Expression| Box::new(part.bound(names));
        match self {
            Expression::Number(_) | Expression::Measure(_) => self.clone(),
            Expression::Variable(name) => {
                let known = names.iter().find(|(known, _)| known == name);
                known.map_or_else(|| self.clone(), |(_, value)| Expression::Number(*value))
            }
            Expression::Entry(entry) => {
                let at = entry.at.iter().map(|index| match index {
                    Index::All => Index::All,
                    Index::At(at) => Index::At(at.bound(names)),
                });
                Expression::Entry(Entry {
                    at: at.collect(),
                    ..entry.clone()
                })
            }
            Expression::Negative(of) => Expression::Negative(bound(of)),
            Expression::Start(of) => Expression::Start(bound(of)),
            Expression::Two(operator, left, right) => {
                Expression::Two(*operator, bound(left), bound(right))
            }
            Expression::Call(function, of) => {
                let of = of.iter().map(|part| part.bound(names));
                Expression::Call(*function, of.collect())
            }
            Expression::Over {
                fold,
                variable,
                from,
                to,
                of,
            } => Expression::Over {
                fold: *fold,
                variable: variable.clone(),
                from: bound(from),
                to: bound(to),
                of: bound(of),
            },
        }
    }

    /// The names in it that a lesson gives.
    pub fn variables(&self) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        self.each(&mut |part| {
            if let Expression::Variable(name) = part {
                found.insert(name.as_str());
            }
        });
        found
    }
}
