//! Text → [`Expression`].
//!
//! ```text
//! sum     = product { ("+" | "−") product }
//! product = sign { ("*" | "/") sign }
//! sign    = "−" sign | power
//! power   = atom [ "^" sign ] | atom "²"
//! atom    = number | name { "[" index { "," index } "]" } | name "(" sum { "," sum } ")" | "(" sum ")"
//! index   = ":" | sum
//! ```

use super::{
    Entry, Expression, Fold, Function, Index, Operator, START, STEPS, Source, read_measure,
};
use crate::data::nearest::nearest;
use crate::nn::{Direction, Place, Quantity};
use crate::words::shortened;

/// The longest formula, in characters.
const LONGEST: usize = 1_000;

/// How deep formulas lie in one another.
const DEEPEST: usize = 40;

/// A piece of a formula, and where it begins.
#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(f64),
    Word(String),
    Sign(char),
}

pub(super) fn expression(text: &str, variables: &[String]) -> Result<Expression, String> {
    if text.chars().count() > LONGEST {
        return Err(format!("a formula has at most {LONGEST} characters"));
    }
    let mut parser = Parser {
        text,
        tokens: tokens(text)?,
        at: 0,
        variables: variables.to_vec(),
        depth: 0,
    };
    if parser.tokens.is_empty() {
        return Err("found nothing, expected a number or a formula".into());
    }
    let expression = parser.sum()?;
    match parser.tokens.get(parser.at) {
        None => Ok(expression),
        Some((_, at)) => Err(format!(
            "found “{}” after the end of the formula",
            shortened(&text[*at..])
        )),
    }
}

fn is_letter(sign: char) -> bool {
    sign.is_ascii_alphabetic() || sign == '_'
}

/// Whether it is a single word, as names are.
pub(super) fn is_word(name: &str) -> bool {
    name.starts_with(is_letter) && name.chars().all(|c| is_letter(c) || c.is_ascii_digit())
}

fn tokens(text: &str) -> Result<Vec<(Token, usize)>, String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let at = text.len() - rest.len();
        let Some(first) = rest.chars().next() else {
            return Ok(tokens);
        };
        let length = if first.is_ascii_digit() || first == '.' {
            let length = number_length(rest);
            let number = rest[..length].parse();
            let number = number.map_err(|_| {
                format!("found “{}”, expected a number", shortened(&rest[..length]))
            })?;
            tokens.push((Token::Number(number), at));
            length
        } else if is_letter(first) {
            // A dot belongs to a name where a letter follows: readout.weight.
            let mut length = 0;
            let mut signs = rest.char_indices().peekable();
            while let Some((place, sign)) = signs.next() {
                let next = signs.peek().is_some_and(|(_, next)| is_letter(*next));
                if !(is_letter(sign) || sign.is_ascii_digit() || (sign == '.' && next)) {
                    break;
                }
                length = place + sign.len_utf8();
            }
            tokens.push((Token::Word(rest[..length].to_owned()), at));
            length
        } else {
            match first {
                '·' | '×' | '⊙' => tokens.push((Token::Sign('*'), at)),
                '−' | '–' => tokens.push((Token::Sign('-'), at)),
                '÷' => tokens.push((Token::Sign('/'), at)),
                'σ' => tokens.push((Token::Word(Function::Sigma.name().into()), at)),
                '²' => {
                    tokens.push((Token::Sign('^'), at));
                    tokens.push((Token::Number(2.0), at));
                }
                '+' | '-' | '*' | '/' | '^' | '(' | ')' | '[' | ']' | ',' | ':' | '=' => {
                    tokens.push((Token::Sign(first), at));
                }
                _ => return Err(format!("found “{first}”, which no formula has")),
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
}

/// How many bytes of a text that begins with a digit or a dot are the number: 12, 0.5, 1e-3.
fn number_length(text: &str) -> usize {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut length = digits(text);
    if text[length..].starts_with('.') {
        length += 1;
        length += digits(&text[length..]);
    }
    if text[length..].starts_with(['e', 'E']) {
        let sign = usize::from(text[length + 1..].starts_with(['+', '-']));
        let exponent = digits(&text[length + 1 + sign..]);
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(Token, usize)>,
    at: usize,
    variables: Vec<String>,
    depth: usize,
}

impl Parser<'_> {
    fn takes(&mut self, sign: char) -> bool {
        let found = matches!(self.tokens.get(self.at), Some((Token::Sign(it), _)) if *it == sign);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: char) -> Result<(), String> {
        if self.takes(sign) {
            return Ok(());
        }
        Err(match self.tokens.get(self.at) {
            None => format!("the formula ends, expected “{sign}”"),
            Some((_, at)) => format!(
                "found “{}”, expected “{sign}”",
                shortened(&self.text[*at..])
            ),
        })
    }

    fn sum(&mut self) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("the formula has too many brackets within one another".into());
        }
        let mut left = self.product()?;
        loop {
            let operator = if self.takes('+') {
                Operator::Plus
            } else if self.takes('-') {
                Operator::Minus
            } else {
                break;
            };
            left = Expression::Two(operator, left.into(), self.product()?.into());
        }
        self.depth -= 1;
        Ok(left)
    }

    fn product(&mut self) -> Result<Expression, String> {
        let mut left = self.sign()?;
        loop {
            let operator = if self.takes('*') {
                Operator::Times
            } else if self.takes('/') {
                Operator::Over
            } else {
                return Ok(left);
            };
            left = Expression::Two(operator, left.into(), self.sign()?.into());
        }
    }

    fn sign(&mut self) -> Result<Expression, String> {
        // A row of signs is as deep as one of brackets.
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("the formula has too many signs after one another".into());
        }
        let found = if self.takes('-') {
            Expression::Negative(self.sign()?.into())
        } else {
            self.power()?
        };
        self.depth -= 1;
        Ok(found)
    }

    fn power(&mut self) -> Result<Expression, String> {
        let of = self.atom()?;
        if !self.takes('^') {
            return Ok(of);
        }
        let to = self.sign()?;
        Ok(Expression::Two(Operator::Power, of.into(), to.into()))
    }

    fn atom(&mut self) -> Result<Expression, String> {
        if self.takes('(') {
            let inside = self.sum()?;
            self.expect(')')?;
            return Ok(inside);
        }
        match self.tokens.get(self.at).cloned() {
            None => Err("the formula ends, expected a number or a name".into()),
            Some((Token::Number(number), _)) => {
                self.at += 1;
                Ok(Expression::Number(number))
            }
            Some((Token::Word(name), at)) => {
                self.at += 1;
                self.word(&name, at)
            }
            Some((Token::Sign(_), at)) => Err(format!(
                "found “{}”, expected a number or a name",
                shortened(&self.text[at..])
            )),
        }
    }

    fn word(&mut self, name: &str, begins: usize) -> Result<Expression, String> {
        if self.takes('(') {
            return self.call(name);
        }
        if name == STEPS || self.variables.iter().any(|known| known == name) {
            return Ok(Expression::Variable(name.to_owned()));
        }
        let of = source(name)?;
        let mut groups: Vec<Vec<Index>> = Vec::new();
        while self.takes('[') {
            let mut group = Vec::new();
            loop {
                group.push(match self.takes(':') {
                    true => Index::All,
                    false => Index::At(self.sum()?),
                });
                if !self.takes(',') {
                    break;
                }
            }
            self.expect(']')?;
            groups.push(group);
        }
        let ends = self
            .tokens
            .get(self.at)
            .map_or(self.text.len(), |(_, at)| *at);
        let text = self.text[begins..ends].trim().to_owned();
        let is_parameter = matches!(of, Source::Parameter { .. });
        if is_parameter && groups.len() > 1 {
            return Err(format!(
                "found “{}”, expected the indices of a parameter in one pair of brackets, as PyTorch has them: {name}[0,1]",
                shortened(&text)
            ));
        }
        if !is_parameter
            && (groups.is_empty() || groups.len() > 2 || groups.iter().any(|group| group.len() > 1))
        {
            return Err(format!(
                "found “{}”, expected the step and then the unit, each in brackets of its own: {name}[1][0]",
                shortened(&text)
            ));
        }
        if !is_parameter && groups[0][0] == Index::All {
            return Err(format!(
                "found “{}”, expected one step, such as {name}[1]",
                shortened(&text)
            ));
        }
        Ok(Expression::Entry(Entry {
            of,
            at: groups.concat(),
            text,
        }))
    }

    fn call(&mut self, name: &str) -> Result<Expression, String> {
        if name == "measure" {
            let begins = self
                .tokens
                .get(self.at)
                .map_or(self.text.len(), |(_, at)| *at);
            // Its arguments are those of prose, up to the bracket's end.
            let length = self.text[begins..]
                .find(')')
                .ok_or("the formula ends, expected “)”")?;
            let inside = &self.text[begins..begins + length];
            while self
                .tokens
                .get(self.at)
                .is_some_and(|(_, at)| *at < begins + length)
            {
                self.at += 1;
            }
            self.expect(')')?;
            return read_measure(inside).map(Expression::Measure);
        }
        if name == START {
            let of = self.sum()?;
            self.expect(')')?;
            return Ok(Expression::Start(of.into()));
        }
        if let Some(fold) = self.fold(name)? {
            return Ok(fold);
        }
        let function = Function::from_name(name).ok_or_else(|| {
            let near = nearest(name, Function::ALL.map(Function::name));
            let hint = near.map_or(String::new(), |near| format!(". Did you mean “{near}”?"));
            format!("there is no function “{}”{hint}", shortened(name))
        })?;
        let mut of = vec![self.sum()?];
        while self.takes(',') {
            of.push(self.sum()?);
        }
        self.expect(')')?;
        match function.arguments() {
            Some(expected) if expected != of.len() => Err(format!(
                "found {} in {name}( … ), expected {expected}",
                of.len()
            )),
            _ => Ok(Expression::Call(function, of)),
        }
    }

    /// `sum(k, 1, T, …)`, `product(k, 1, T, …)`.
    fn fold(&mut self, name: &str) -> Result<Option<Expression>, String> {
        let fold = match name {
            "sum" => Fold::Sum,
            "product" => Fold::Product,
            _ => return Ok(None),
        };
        let variable = match (self.tokens.get(self.at), self.tokens.get(self.at + 1)) {
            (Some((Token::Word(name), _)), Some((Token::Sign(','), _))) => name.clone(),
            _ if fold == Fold::Sum => return Ok(None),
            _ => return Err("product: expected product(k, 1, T, a formula with k)".into()),
        };
        if !Expression::may_name(&variable) {
            return Err(format!(
                "{name}: “{}” means something else already, expected another name such as k",
                shortened(&variable)
            ));
        }
        self.at += 2;
        let from = self.sum()?;
        self.expect(',')?;
        let to = self.sum()?;
        self.expect(',')?;
        self.variables.push(variable.clone());
        let of = self.sum();
        self.variables.pop();
        let of = of?;
        self.expect(')')?;
        Ok(Some(Expression::Over {
            fold,
            variable,
            from: from.into(),
            to: to.into(),
            of: of.into(),
        }))
    }
}

/// What a name means.
pub(super) fn source(name: &str) -> Result<Source, String> {
    let (adjoint, rest) = match name.strip_prefix("d_") {
        Some(rest) => (true, rest),
        None => (false, name),
    };
    if rest == "target" && !adjoint {
        return Ok(Source::Target);
    }
    if rest == "attention" {
        let head = None;
        return Ok(Source::Attention { head, adjoint });
    }
    if let Some(head) = head_of(rest) {
        let head = Some(head);
        return Ok(Source::Attention { head, adjoint });
    }
    let (part, last) = match rest.rsplit_once('.') {
        Some((part, last)) => (Some(part.to_owned()), last),
        None => (None, rest),
    };
    if let Some((quantity, place)) = quantity_of(last) {
        return Ok(Source::Quantity {
            part,
            quantity,
            place,
            adjoint,
        });
    }
    if last.starts_with("weight") || last.starts_with("bias") {
        return Ok(Source::Parameter {
            name: rest.to_owned(),
            gradient: adjoint,
        });
    }
    let known = Quantity::ALL.iter().map(|quantity| quantity.name());
    let hint = nearest(
        last,
        known.chain(["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]),
    );
    let hint = hint.map_or(String::new(), |near| format!(". Did you mean “{near}”?"));
    Err(format!(
        "“{}” is no quantity, no parameter and no name given here{hint}",
        shortened(name)
    ))
}

/// `layer0.head1`
fn head_of(name: &str) -> Option<(usize, usize)> {
    let (layer, head) = name.strip_prefix("layer")?.split_once(".head")?;
    Some((layer.parse().ok()?, head.parse().ok()?))
}

/// `h`, `h_l1`, `h_l0_reverse`
fn quantity_of(name: &str) -> Option<(Quantity, Place)> {
    let (rest, direction) = match name.strip_suffix("_reverse") {
        Some(rest) => (rest, Direction::Reverse),
        None => (name, Direction::Forward),
    };
    let layered = rest.rsplit_once("_l").and_then(|(quantity, layer)| {
        let quantity = Quantity::from_name(quantity)?;
        let layer = layer.parse().ok()?;
        Some((quantity, Place { layer, direction }))
    });
    layered.or_else(|| {
        // A direction is said of a layer.
        let place = Place::FIRST;
        Quantity::from_name(name).map(|quantity| (quantity, place))
    })
}
