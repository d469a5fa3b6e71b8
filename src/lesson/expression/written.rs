//! A formula with its numbers put in, as one would write it on paper.

use super::{Expression, Fold, Function, Missing, Operator, Scope, Value};
use crate::words::{NO_BREAK, number};

/// A formula as its reader is shown it: a measure by its name, without the word that says that it is one.
pub fn without_measure(formula: &str) -> String {
    let mut shown = String::with_capacity(formula.len());
    let mut rest = formula;
    while let Some((before, after)) = rest.split_once("measure(") {
        let (name, beyond) = after.split_once(')').unwrap_or((after, ""));
        shown.push_str(before);
        shown.push_str(name);
        rest = beyond;
    }
    shown + rest
}

/// How many terms are written out.
const TERMS: usize = 8;

/// How strongly the parts of a formula hold together.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Bond {
    Sum,
    Product,
    Power,
}

impl Expression {
    /// The formula with its numbers put in: `tanh(0.3 · 0.5 + 0.1)`. Products and sums of lists are written out where they are
    /// short.
    ///
    /// # Errors
    /// Why one of them has no value.
    pub fn written(&self, scope: &Scope<'_>) -> Result<String, Missing> {
        write(self, scope, Bond::Sum)
    }
}

/// A number where it stands beside others.
fn plain(value: f64, bond: Bond) -> String {
    let text = number(value);
    match value < 0.0 && bond > Bond::Sum || text.contains('×') && bond == Bond::Power {
        true => format!("({text})"),
        false => text,
    }
}

fn list(values: &[f64]) -> String {
    let shown: Vec<String> = values
        .iter()
        .take(TERMS)
        .map(|value| number(*value))
        .collect();
    let more = if values.len() > TERMS { ", …" } else { "" };
    format!("[{}{more}]", shown.join(", "))
}

fn joined(terms: &[String], sign: &str, bond: Bond, own: Bond) -> String {
    let text = match terms {
        [first, .., last] if terms.len() > TERMS => {
            format!("{first} {sign} {} {sign} … {sign} {last}", terms[1])
        }
        _ => terms.join(&format!(" {sign} ")),
    };
    bracketed(text, own < bond && terms.len() > 1)
}

fn bracketed(text: String, is: bool) -> String {
    match is {
        true => format!("({text})"),
        false => text,
    }
}

fn write(expression: &Expression, scope: &Scope<'_>, bond: Bond) -> Result<String, Missing> {
    Ok(match expression {
        Expression::Number(value) => plain(*value, bond),
        Expression::Measure(_) | Expression::Variable(_) | Expression::Entry(_) => {
            match scope.value(expression)? {
                Value::Number(value) => plain(value, bond),
                Value::List(values) => list(&values),
            }
        }
        Expression::Negative(of) => {
            let text = format!("−{}", write(of, scope, Bond::Product)?);
            bracketed(text, bond > Bond::Sum)
        }
        Expression::Start(of) => write(of, &scope.at_start(), bond)?,
        Expression::Two(operator, left, right) => {
            if let Value::List(values) = scope.value(expression)? {
                return Ok(list(&values));
            }
            let (own, sign, right_bond) = match operator {
                Operator::Plus => (Bond::Sum, " + ", Bond::Sum),
                Operator::Minus => (Bond::Sum, " − ", Bond::Product),
                Operator::Times => (Bond::Product, "\u{a0}·\u{a0}", Bond::Product),
                Operator::Over => (Bond::Product, " / ", Bond::Power),
                Operator::Power => (Bond::Power, "^", Bond::Power),
            };
            let left_bond = match operator {
                Operator::Power => Bond::Power,
                _ => own,
            };
            let left = write(left, scope, left_bond)?;
            // 0.3 + −0.1 is read more easily with the number in brackets.
            let right = match (operator, write(right, scope, right_bond)?) {
                (Operator::Plus, right) if right.starts_with('−') && !right.contains(' ') => {
                    format!("({right})")
                }
                (_, right) => right,
            };
            bracketed(format!("{left}{sign}{right}"), own < bond)
        }
        Expression::Call(Function::Dot, of) => {
            let [Value::List(a), Value::List(b)] = [scope.value(&of[0])?, scope.value(&of[1])?]
            else {
                return Ok(number(scope.number(expression)?));
            };
            let term = |(a, b): (&f64, &f64)| {
                let (a, b) = (plain(*a, Bond::Product), plain(*b, Bond::Product));
                format!("{a}{NO_BREAK}·{NO_BREAK}{b}")
            };
            let terms: Vec<String> = a.iter().zip(&b).map(term).collect();
            joined(&terms, "+", bond, Bond::Sum)
        }
        Expression::Call(Function::Sum, of) => match scope.value(&of[0])? {
            Value::List(values) => {
                let terms: Vec<String> = values.iter().map(|x| plain(*x, Bond::Product)).collect();
                joined(&terms, "+", bond, Bond::Sum)
            }
            Value::Number(value) => plain(value, bond),
        },
        Expression::Call(function, of) => {
            let of = of.iter().map(|part| write(part, scope, Bond::Sum));
            let of = of.collect::<Result<Vec<String>, Missing>>()?;
            let name = match function {
                Function::Sigma => "σ",
                other => other.name(),
            };
            format!("{name}({})", of.join(", "))
        }
        Expression::Over { fold, .. } => {
            let terms = scope.terms(expression)?.into_iter();
            let terms: Vec<String> = terms
                .map(|term| match term {
                    Value::Number(value) => plain(value, Bond::Product),
                    Value::List(values) => list(&values),
                })
                .collect();
            match fold {
                Fold::Sum => joined(&terms, "+", bond, Bond::Sum),
                Fold::Product => joined(&terms, "·", bond, Bond::Product),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::without_measure;

    #[test]
    fn a_measure_is_shown_by_its_name() {
        for (formula, shown) in [
            ("1 - measure(rmse) / measure(rmse.ar)", "1 - rmse / rmse.ar"),
            ("measure(loss.test run=2) / 2", "loss.test run=2 / 2"),
            ("exp(b)", "exp(b)"),
            ("start(measure(accuracy))", "start(accuracy)"),
        ] {
            assert_eq!(without_measure(formula), shown);
        }
    }
}
