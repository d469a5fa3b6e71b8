//! What a formula is worth: where its numbers are found, and how they are taken together.

use super::{Entry, Expression, Fold, Function, Index, Operator, STEPS, Source};
use crate::nn::{Part, Target};
use crate::session::Session;
use crate::train::Snapshot;

/// The most steps that a sum or product is taken over.
const MOST_TERMS: usize = 100_000;

/// What a formula is worth.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number.
    Number(f64),
    /// A list of numbers.
    List(Vec<f64>),
}

/// Why a formula has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// It is on its way.
    NotYet,
    /// There is none, in words.
    Fault(String),
}

/// That there is nothing to look a name up in.
fn nothing() -> Missing {
    Missing::Fault("found a name, expected numbers".into())
}

fn fault<T>(problem: impl Into<String>) -> Result<T, Missing> {
    Err(Missing::Fault(problem.into()))
}

/// Where a formula finds its numbers: what a session has on show, and names that a lesson has given.
#[derive(Clone)]
pub struct Scope<'a> {
    /// `None` for formulas of numbers alone.
    session: Option<&'a Session>,
    named: Vec<(String, Value)>,
    /// Whether numbers are those of where the page began.
    at_start: bool,
}

impl<'a> Scope<'a> {
    /// What is on show.
    pub fn new(session: &'a Session) -> Self {
        Self {
            session: Some(session),
            named: Vec::new(),
            at_start: false,
        }
    }

    /// Nothing: for formulas of numbers alone.
    fn empty() -> Self {
        Self {
            session: None,
            named: Vec::new(),
            at_start: false,
        }
    }

    /// The same, with names.
    pub fn with(session: &'a Session, names: &[(String, f64)]) -> Self {
        let mut scope = Self::new(session);
        for (name, value) in names {
            scope.name(name, Value::Number(*value));
        }
        scope
    }

    /// Gives a value a name; one that was given before is hidden by it.
    pub fn name(&mut self, name: &str, value: Value) {
        self.named.push((name.to_owned(), value));
    }

    /// The same where the page began.
    pub(super) fn at_start(&self) -> Self {
        Self {
            at_start: true,
            ..self.clone()
        }
    }

    fn snapshot(&self) -> Result<&'a Snapshot, Missing> {
        let session = self.session.ok_or_else(nothing)?;
        if self.at_start {
            return session.start().ok_or(Missing::NotYet);
        }
        session.snapshot().map(|it| &**it).ok_or(Missing::NotYet)
    }

    /// What a formula is worth as a number.
    ///
    /// # Errors
    /// Why there is none.
    pub fn number(&self, expression: &Expression) -> Result<f64, Missing> {
        match self.value(expression)? {
            Value::Number(number) => Ok(number),
            Value::List(list) => fault(format!(
                "found a list of {} numbers, expected one number: take one by its index, or dot, sum or norm of it",
                list.len()
            )),
        }
    }

    /// What a formula is worth.
    ///
    /// # Errors
    /// Why it has no value.
    pub fn value(&self, expression: &Expression) -> Result<Value, Missing> {
        Ok(match expression {
            Expression::Number(number) => Value::Number(*number),
            Expression::Variable(name) => self.variable(name)?,
            Expression::Measure(measure) => {
                let session = self.session.ok_or_else(nothing)?;
                let measured = match self.at_start {
                    true => session.measure_at_start(measure),
                    false => session.measure(measure),
                };
                match measured {
                    Err(error) => return fault(error.to_string()),
                    Ok(measured) => match measured.value {
                        Some(value) => Value::Number(value),
                        None if measured.is_current => {
                            return fault(format!(
                                "measure “{}” has no value here",
                                measure.name()
                            ));
                        }
                        None => return Err(Missing::NotYet),
                    },
                }
            }
            Expression::Entry(entry) => self.entry(entry)?,
            Expression::Negative(of) => each(self.value(of)?, |x| -x),
            Expression::Start(of) => self.at_start().value(of)?,
            Expression::Two(operator, left, right) => {
                both(*operator, self.value(left)?, self.value(right)?)?
            }
            Expression::Call(function, of) => {
                let of = of.iter().map(|part| self.value(part));
                call(*function, of.collect::<Result<Vec<Value>, Missing>>()?)?
            }
            Expression::Over { fold, .. } => {
                let terms = self.terms(expression)?;
                let mut terms = terms.into_iter();
                let operator = match fold {
                    Fold::Sum => Operator::Plus,
                    Fold::Product => Operator::Times,
                };
                let empty = f64::from(u8::from(*fold == Fold::Product));
                let first = terms.next().unwrap_or(Value::Number(empty));
                terms.try_fold(first, |all, term| both(operator, all, term))?
            }
        })
    }

    /// The values that a sum or product over a whole number takes together.
    pub(super) fn terms(&self, expression: &Expression) -> Result<Vec<Value>, Missing> {
        let Expression::Over {
            variable,
            from,
            to,
            of,
            ..
        } = expression
        else {
            return Ok(Vec::new());
        };
        let (from, to) = (self.whole(from)?, self.whole(to)?);
        if to.saturating_sub(from) >= MOST_TERMS as i64 {
            return fault(format!("found a sum over more than {MOST_TERMS} values"));
        }
        let mut scope = self.clone();
        let mut terms = Vec::new();
        for k in from..=to {
            scope.name(variable, Value::Number(k as f64));
            terms.push(scope.value(of)?);
            scope.named.pop();
        }
        Ok(terms)
    }

    fn variable(&self, name: &str) -> Result<Value, Missing> {
        if let Some((_, value)) = self.named.iter().rev().find(|(known, _)| known == name) {
            return Ok(value.clone());
        }
        if name == STEPS {
            let parts = &self.snapshot()?.probe.parts;
            let steps = parts.last().map_or(0, Part::seq_len);
            return Ok(Value::Number(steps as f64));
        }
        fault(format!("nothing is called “{name}” here"))
    }

    fn whole(&self, expression: &Expression) -> Result<i64, Missing> {
        let number = self.number(expression)?;
        if number.fract() != 0.0 || number.abs() > 1e9 {
            return fault(format!("found the index {number}, expected a whole number"));
        }
        Ok(number as i64)
    }

    /// Where along an axis of so many numbers; `None` for all of it. `first` is what its first one is called.
    fn place(
        &self,
        index: &Index,
        (first, count): (i64, usize),
        entry: &Entry,
    ) -> Result<Option<usize>, Missing> {
        let Index::At(at) = index else {
            return Ok(None);
        };
        let at = self.whole(at)?;
        match usize::try_from(at - first)
            .ok()
            .filter(|place| *place < count)
        {
            Some(place) => Ok(Some(place)),
            None if count == 0 => fault(format!("there are no numbers {}", entry.text)),
            None => fault(format!(
                "{}: found the index {at}, expected one from {first} to {}",
                entry.text,
                first + count as i64 - 1
            )),
        }
    }

    fn entry(&self, entry: &Entry) -> Result<Value, Missing> {
        let snapshot = self.snapshot()?;
        let probe = &snapshot.probe;
        match &entry.of {
            Source::Parameter { name, gradient } => {
                let entries = snapshot.model.network().entries();
                let Some(of) = entries.iter().find(|of| of.name == *name) else {
                    let names: Vec<&str> = entries.iter().map(|of| of.name.as_str()).collect();
                    return fault(format!(
                        "this network has no “{name}”, expected one of {}",
                        names.join(", ")
                    ));
                };
                let all = match gradient {
                    true => &probe.gradient[..],
                    false => snapshot.model.parameters(),
                };
                let Some(values) = all.get(of.range.clone()) else {
                    return fault(format!("{} is not on record", entry.text));
                };
                self.parameter(values, &of.shape, entry)
            }
            Source::Quantity {
                part,
                quantity,
                place,
                adjoint,
            } => {
                let found = match part {
                    None => probe.parts.last(),
                    Some(name) => probe.parts.iter().find(|part| part.name == name),
                };
                let Some(part) = found else {
                    return fault(format!("{}: the network has no such part", entry.text));
                };
                let Some(scan) = part.index_of(*place) else {
                    return fault(format!("{}: the network has no such layer", entry.text));
                };
                let of_part = matches!(quantity.name(), "x" | "y");
                if of_part && *place != crate::nn::Place::FIRST {
                    return fault(format!(
                        "{}: {} is of no layer",
                        entry.text,
                        quantity.name()
                    ));
                }
                let Some(rows) = part.first(scan, *quantity, *adjoint) else {
                    return fault(format!("{}: this network has no such quantity", entry.text));
                };
                let steps = part.seq_len();
                let record = &part.scans[scan];
                let initial = match adjoint {
                    false => record.trace.initial(*quantity),
                    true => record.adjoints.initial(*quantity),
                };
                let initial = initial.filter(|_| !of_part);
                // What there is once, such as an output for the whole sequence, is at the last step.
                let first = match initial {
                    Some(_) => 0,
                    None => (steps - rows.nrows()) as i64 + 1,
                };
                let count = rows.nrows() + usize::from(initial.is_some());
                let at = self
                    .place(&entry.at[0], (first, count), entry)?
                    .unwrap_or(0);
                // A reverse scan begins at the end: what is before its first step is at T + 1 there, and is called 0 all the same.
                let row: Vec<f64> = match initial {
                    Some(initial) if at == 0 => initial.row(0).to_vec(),
                    Some(_) => rows.row(at - 1).to_vec(),
                    None => rows.row(at).to_vec(),
                };
                self.of_row(row, entry)
            }
            Source::Target => {
                let steps = probe.parts.last().map_or(0, Part::seq_len);
                let rows: Vec<Vec<f64>> = match &probe.target {
                    Target::Values(values) => {
                        let steps = 0..values.dim().0;
                        steps
                            .map(|t| values.slice(ndarray::s![t, 0, ..]).to_vec())
                            .collect()
                    }
                    Target::Classes(classes) => {
                        let outputs = snapshot.model.network().output_size();
                        let one = |right: usize| {
                            let is = |class| f64::from(u8::from(class == right));
                            (0..outputs).map(is).collect()
                        };
                        classes.column(0).iter().map(|&right| one(right)).collect()
                    }
                };
                let first = (steps + 1).saturating_sub(rows.len()) as i64;
                let at = self.place(&entry.at[0], (first, rows.len()), entry)?;
                self.of_row(rows[at.unwrap_or(0)].clone(), entry)
            }
            Source::Attention { head, adjoint } => {
                let Some(map) = probe.attention.iter().find(|map| map.head == *head) else {
                    return fault(format!(
                        "{}: this network has no such attention",
                        entry.text
                    ));
                };
                let of = match adjoint {
                    true => &map.d_weights,
                    false => &map.weights,
                };
                let at = self.place(&entry.at[0], (1, of.nrows()), entry)?;
                let row = of.row(at.unwrap_or(0)).to_vec();
                // Both axes are steps.
                match entry.at.get(1) {
                    None | Some(Index::All) => Ok(Value::List(row)),
                    Some(index) => {
                        let at = self.place(index, (1, row.len()), entry)?;
                        Ok(Value::Number(row[at.unwrap_or(0)]))
                    }
                }
            }
        }
    }

    /// A unit of a row, or all of it.
    fn of_row(&self, row: Vec<f64>, entry: &Entry) -> Result<Value, Missing> {
        let Some(index) = entry.at.get(1) else {
            return Ok(Value::List(row));
        };
        Ok(match self.place(index, (0, row.len()), entry)? {
            Some(unit) => Value::Number(row[unit]),
            None => Value::List(row),
        })
    }

    fn parameter(&self, values: &[f64], shape: &[usize], entry: &Entry) -> Result<Value, Missing> {
        if !entry.at.is_empty() && entry.at.len() != shape.len() {
            return fault(format!(
                "{}: found {} indices, expected {}",
                entry.text,
                entry.at.len(),
                shape.len()
            ));
        }
        let places = entry.at.iter().zip(shape);
        let places = places.map(|(index, &count)| self.place(index, (0, count), entry));
        let places = places.collect::<Result<Vec<_>, Missing>>()?;
        match (shape, &places[..]) {
            ([_], [] | [None]) => Ok(Value::List(values.to_vec())),
            ([_], [Some(at)]) => Ok(Value::Number(values[*at])),
            ([_, columns], [Some(row), None]) => Ok(Value::List(
                values[row * columns..(row + 1) * columns].to_vec(),
            )),
            ([_, columns], [None, Some(column)]) => {
                let of_column = values.iter().skip(*column).step_by(*columns);
                Ok(Value::List(of_column.copied().collect()))
            }
            ([_, columns], [Some(row), Some(column)]) => {
                Ok(Value::Number(values[row * columns + column]))
            }
            _ => fault(format!(
                "{} is a matrix, expected a row [0,:], a column [:,0] or a number [0,0] of it",
                entry.text
            )),
        }
    }
}

fn each(of: Value, f: impl Fn(f64) -> f64) -> Value {
    match of {
        Value::Number(x) => Value::Number(f(x)),
        Value::List(list) => Value::List(list.into_iter().map(f).collect()),
    }
}

fn both(operator: Operator, left: Value, right: Value) -> Result<Value, Missing> {
    let f = |a: f64, b: f64| match operator {
        Operator::Plus => a + b,
        Operator::Minus => a - b,
        Operator::Times => a * b,
        Operator::Over => a / b,
        Operator::Power => libm::pow(a, b),
    };
    Ok(match (left, right) {
        (Value::Number(a), right) => each(right, |b| f(a, b)),
        (left, Value::Number(b)) => each(left, |a| f(a, b)),
        (Value::List(a), Value::List(b)) => {
            same_length(&a, &b)?;
            Value::List(a.into_iter().zip(b).map(|(a, b)| f(a, b)).collect())
        }
    })
}

fn same_length(a: &[f64], b: &[f64]) -> Result<(), Missing> {
    if a.len() == b.len() {
        return Ok(());
    }
    fault(format!(
        "found lists of {} and of {} numbers, which do not go together",
        a.len(),
        b.len()
    ))
}

fn call(function: Function, mut of: Vec<Value>) -> Result<Value, Missing> {
    if let Function::Max | Function::Min = function {
        let all = of.into_iter().flat_map(|value| match value {
            Value::Number(x) => vec![x],
            Value::List(list) => list,
        });
        let most = match function {
            Function::Max => all.reduce(f64::max),
            _ => all.reduce(f64::min),
        };
        return most.map_or_else(
            || fault("found an empty list"),
            |most| Ok(Value::Number(most)),
        );
    }
    let last = of.pop().unwrap_or(Value::Number(f64::NAN));
    let f: fn(f64) -> f64 = match function {
        Function::Sigma => |x| 1.0 / (1.0 + libm::exp(-x)),
        Function::Tanh => libm::tanh,
        Function::Relu => |x| if x < 0.0 { 0.0 } else { x },
        Function::Exp => libm::exp,
        Function::Ln => libm::log,
        Function::Log10 => libm::log10,
        Function::Sqrt => libm::sqrt,
        Function::Abs => f64::abs,
        _ => {
            let list = match last {
                Value::List(list) => list,
                Value::Number(_) => {
                    return fault(format!(
                        "{}: found a number, expected a list such as h[1] or weight_hh_l0[0,:]",
                        function.name()
                    ));
                }
            };
            return of_list(function, of.pop(), list);
        }
    };
    Ok(each(last, f))
}

fn of_list(function: Function, first: Option<Value>, list: Vec<f64>) -> Result<Value, Missing> {
    let count = list.len().max(1) as f64;
    Ok(Value::Number(match function {
        Function::Mean => list.iter().sum::<f64>() / count,
        Function::Norm => libm::sqrt(list.iter().map(|x| x * x).sum()),
        Function::Dot => {
            let Some(Value::List(other)) = first else {
                return fault(
                    "dot: found a number, expected two lists such as weight_hh_l0[0,:] and h[1]",
                );
            };
            same_length(&other, &list)?;
            other.iter().zip(&list).map(|(a, b)| a * b).sum()
        }
        Function::Softmax => {
            let most = list.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let parts: Vec<f64> = list.iter().map(|x| libm::exp(x - most)).collect();
            let sum: f64 = parts.iter().sum();
            return Ok(Value::List(
                parts.into_iter().map(|part| part / sum).collect(),
            ));
        }
        _ => list.iter().sum(),
    }))
}

impl Expression {
    /// What it is worth without any record: of a formula of numbers alone.
    pub fn alone(&self) -> Option<f64> {
        Scope::empty().number(self).ok()
    }
}
