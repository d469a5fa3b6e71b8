//! What a lesson's Markdown may hold beside words, checked when the lesson is read: numbers from the engine, links, formulas.

use super::expression::{Expression, read_measure};
use super::glossary;
use crate::nn::Quantity;
use crate::words::shortened;
use pulldown_cmark::{Event, Options, Parser, Tag};
use std::ops::Range;

/// `{{ … }}` in a piece of prose.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// The place of what is between the braces.
    pub at: Range<usize>,
    /// That.
    pub inside: String,
    /// What it says, or why it says nothing: a measure, or a formula after “=”.
    pub says: Result<Expression, String>,
    /// With how many significant digits it is written: those after “|”, or four.
    pub digits: usize,
}

/// With how many significant digits a number is written, unless it says so itself.
pub(super) const DIGITS: usize = 4;

fn read_digits(text: &str) -> Result<usize, String> {
    let digits = text.trim().parse().ok();
    let digits = digits.filter(|digits| (1..=12).contains(digits));
    digits.ok_or_else(|| {
        let found = shortened(text.trim());
        format!("found {found} after “|”, expected how many digits, from 1 to 12")
    })
}

/// The numbers in a piece of prose; `variables` are the names that formulas in it may use.
pub fn numbers(text: &str, variables: &[String]) -> Vec<Number> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(open) = text[from..].find("{{") {
        let start = from + open + 2;
        let Some(length) = text[start..].find("}}") else {
            break;
        };
        let at = start..start + length;
        from = at.end + 2;
        let inside = text[at.clone()].trim().to_owned();
        let (what, digits) = match inside.rsplit_once('|') {
            Some((what, digits)) => (what.trim(), read_digits(digits)),
            None => (inside.as_str(), Ok(DIGITS)),
        };
        let says = match what.strip_prefix('=') {
            Some(formula) => Expression::read(formula, variables),
            None => read_measure(what).map(Expression::Measure),
        };
        let (says, digits) = match digits {
            Ok(digits) => (says, digits),
            Err(problem) => (Err(problem), DIGITS),
        };
        found.push(Number {
            at,
            inside,
            says,
            digits,
        });
    }
    found
}

/// Where the links in a piece of Markdown lead.
pub fn links(text: &str) -> Vec<String> {
    let links = Parser::new_ext(text, Options::ENABLE_MATH).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. }) => Some(dest_url.into_string()),
        _ => None,
    });
    links.collect()
}

/// The paragraphs and lists of a piece of Markdown in which numbers of the engine stand: what a question takes as given.
pub fn given(text: &str) -> String {
    let mut given: Vec<&str> = Vec::new();
    let (mut depth, mut from) = (0_usize, 0);
    for (event, at) in Parser::new_ext(text, Options::ENABLE_MATH).into_offset_iter() {
        match event {
            Event::Start(_) => {
                if depth == 0 {
                    from = at.start;
                }
                depth += 1;
            }
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                let block = text.get(from..at.end).unwrap_or_default().trim();
                if depth == 0 && block.contains("{{") {
                    given.push(block);
                }
            }
            _ => {}
        }
    }
    given.join("\n\n")
}

/// How many words a piece of Markdown has that a learner reads as such.
pub fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// What is wrong in a piece of prose, each with its place in it.
pub(super) fn problems(text: &str, variables: &[String]) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    for number in numbers(text, variables) {
        if let Err(problem) = number.says {
            let inside = shortened(&number.inside);
            found.push((number.at.start, format!("{{{{ {inside} }}}}: {problem}")));
        }
    }
    for (event, at) in Parser::new_ext(text, Options::ENABLE_MATH).into_offset_iter() {
        let problem = match event {
            Event::Start(Tag::Link { dest_url, .. }) => wrong_link(&dest_url),
            Event::Start(Tag::Image { .. }) => Some(
                "found a picture, expected none: what there is to see, the views draw from the session".into(),
            ),
            Event::InlineMath(formula) | Event::DisplayMath(formula) => wrong_quantity(&formula),
            _ => None,
        };
        found.extend(problem.map(|problem| (at.start, problem)));
    }
    found
}

fn wrong_link(link: &str) -> Option<String> {
    let shown = shortened(link);
    Some(match link.split_once(':') {
        Some(("quantity", name)) if Quantity::from_name(name).is_some() => return None,
        Some(("term", name)) if glossary::lookup(name).is_some() => return None,
        Some(("https", _)) => return None,
        Some(("quantity", _)) => format!("the link {shown} names no quantity"),
        Some(("term", _)) => format!("the link {shown} names no term of the glossary"),
        _ => format!("the link {shown} leads nowhere, expected quantity:, term: or https:"),
    })
}

/// `\quantity{h}{h_t}` colours a piece of a formula.
fn wrong_quantity(formula: &str) -> Option<String> {
    let names = formula.split("\\quantity{").skip(1);
    let mut names = names.map(|rest| rest.split_once('}').map_or(rest, |(name, _)| name));
    let unknown = names.find(|name| Quantity::from_name(name).is_none())?;
    let known: Vec<&str> = Quantity::ALL.iter().map(|known| known.name()).collect();
    Some(format!(
        "found \\quantity{{{}}}, expected one of {}",
        shortened(unknown),
        known.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_four_digits_or_as_many_as_it_says() {
        let text =
            "{{ seq_len }} {{ = 1 / 3 | 6 }} {{ loss.probe|5 }} {{ seq_len | 0 }} {{ = 1 | x }}";
        let found = numbers(text, &[]);
        let digits = found
            .iter()
            .map(|number| number.says.is_ok().then_some(number.digits));
        let digits: Vec<Option<usize>> = digits.collect();
        assert_eq!(digits, [Some(4), Some(6), Some(5), None, None]);
    }

    #[test]
    fn what_is_given_are_the_blocks_with_numbers() {
        let text = "Think first.\n\nAt t = {{ seq_len }},\n\n- h is {{ = h[1][0] }};\n- no number.\n\nHow to do it.";
        assert_eq!(
            given(text),
            "At t = {{ seq_len }},\n\n- h is {{ = h[1][0] }};\n- no number."
        );
        assert_eq!(given("Nothing."), "");
    }
}
