//! LaTeX formulas as MathML, which browsers set and print themselves.
//!
//! Only what lessons use is known: letters, numbers, signs, indices, fractions, roots, words. A command that is not known is
//! shown as it is written, so that nothing is lost.

use super::escape::escaped;
use std::iter::Peekable;
use std::str::Chars;

/// A formula as MathML, within a line or on one of its own.
pub fn mathml(latex: &str, on_its_own: bool) -> String {
    let mut signs = latex.chars().peekable();
    let inside = row(&mut signs, None);
    let display = if on_its_own { " display=\"block\"" } else { "" };
    format!("<math{display}><mrow>{inside}</mrow></math>")
}

/// Signs of which the first ones were read.
type Signs<'a> = Peekable<Chars<'a>>;

/// What stands until `end`, or until the formula does.
fn row(signs: &mut Signs<'_>, end: Option<char>) -> String {
    let mut parts: Vec<String> = Vec::new();
    while let Some(&sign) = signs.peek() {
        if Some(sign) == end {
            signs.next();
            break;
        }
        match sign {
            '^' | '_' => {
                let base = parts.pop().unwrap_or_else(|| "<mrow></mrow>".into());
                parts.push(with_indices(base, signs));
            }
            _ => parts.extend(atom(signs)),
        }
    }
    parts.concat()
}

/// What stands at the top and at the bottom right of something.
fn with_indices(base: String, signs: &mut Signs<'_>) -> String {
    let (mut below, mut above) = (None, None);
    while let Some(&sign) = signs.peek() {
        let place = match sign {
            '_' => &mut below,
            '^' => &mut above,
            _ => break,
        };
        signs.next();
        *place = Some(argument(signs));
    }
    match (below, above) {
        (Some(below), Some(above)) => format!("<msubsup>{base}{below}{above}</msubsup>"),
        (Some(below), None) => format!("<msub>{base}{below}</msub>"),
        (None, Some(above)) => format!("<msup>{base}{above}</msup>"),
        (None, None) => base,
    }
}

/// One argument: a group in braces, or a single thing.
fn argument(signs: &mut Signs<'_>) -> String {
    loop {
        match signs.peek() {
            None => return "<mrow></mrow>".into(),
            // A digit alone, as in ½ = \frac12.
            Some(digit) if digit.is_ascii_digit() => {
                let digit = *digit;
                signs.next();
                return format!("<mn>{digit}</mn>");
            }
            Some(_) => {
                if let Some(atom) = atom(signs) {
                    return atom;
                }
            }
        }
    }
}

/// The text of a group in braces, as it is written.
fn raw(signs: &mut Signs<'_>) -> String {
    let mut text = String::new();
    if signs.next_if_eq(&'{').is_none() {
        return signs.next().map(String::from).unwrap_or_default();
    }
    let mut depth = 1;
    while let Some(sign) = signs.next() {
        match sign {
            // A sign that has a meaning of its own, meant as itself: max\_norm.
            '\\' => {
                if let Some(meant) = signs.next_if(|next| "_%&#$".contains(*next)) {
                    text.push(meant);
                    continue;
                }
            }
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        text.push(sign);
    }
    text
}

/// The next thing; `None` of a space.
fn atom(signs: &mut Signs<'_>) -> Option<String> {
    let sign = signs.next()?;
    Some(match sign {
        '{' => format!("<mrow>{}</mrow>", row(signs, Some('}'))),
        '\\' => return command(signs),
        sign if sign.is_whitespace() || sign == '}' || sign == '&' => return None,
        sign if sign.is_ascii_digit() => {
            let mut number = String::from(sign);
            while let Some(more) = signs.next_if(|sign| sign.is_ascii_digit() || *sign == '.') {
                number.push(more);
            }
            format!("<mn>{number}</mn>")
        }
        sign if sign.is_alphabetic() => format!("<mi>{sign}</mi>"),
        '-' => operator("−"),
        '\'' => operator("′"),
        sign => operator(&sign.to_string()),
    })
}

fn operator(sign: &str) -> String {
    format!("<mo>{}</mo>", escaped(sign))
}

/// What follows a backslash.
fn command(signs: &mut Signs<'_>) -> Option<String> {
    let mut name = String::new();
    while let Some(letter) = signs.next_if(char::is_ascii_alphabetic) {
        name.push(letter);
    }
    if name.is_empty() {
        return match signs.next()? {
            ',' | ';' | ':' | ' ' => Some(space("0.25em")),
            '!' | '\\' => None,
            '|' => Some(operator("‖")),
            sign => Some(operator(&sign.to_string())),
        };
    }
    Some(match name.as_str() {
        "frac" => {
            let (above, below) = (argument(signs), argument(signs));
            format!("<mfrac>{above}{below}</mfrac>")
        }
        "sqrt" => format!("<msqrt>{}</msqrt>", argument(signs)),
        // The colour of a quantity, which paper does not have.
        "quantity" => {
            raw(signs);
            argument(signs)
        }
        "mathrm" | "mathbf" | "operatorname" => {
            format!("<mi mathvariant=\"normal\">{}</mi>", escaped(&raw(signs)))
        }
        "text" => format!("<mtext>{}</mtext>", escaped(&raw(signs))),
        "left" | "right" => return atom(signs).filter(|atom| atom != "<mo>.</mo>"),
        "quad" => space("1em"),
        "qquad" => space("2em"),
        _ => match SIGNS.iter().find(|(known, _)| *known == name) {
            Some((_, sign)) if sign.chars().all(char::is_alphabetic) => format!("<mi>{sign}</mi>"),
            Some((_, sign)) => operator(sign),
            None => format!("<mtext>\\{name}</mtext>"),
        },
    })
}

fn space(width: &str) -> String {
    format!("<mspace width=\"{width}\"/>")
}

/// Commands that are one sign, or a function's name.
const SIGNS: &[(&str, &str)] = &[
    ("alpha", "α"),
    ("beta", "β"),
    ("gamma", "γ"),
    ("delta", "δ"),
    ("Delta", "Δ"),
    ("epsilon", "ε"),
    ("eta", "η"),
    ("theta", "θ"),
    ("lambda", "λ"),
    ("mu", "μ"),
    ("rho", "ρ"),
    ("sigma", "σ"),
    ("tau", "τ"),
    ("phi", "φ"),
    ("partial", "∂"),
    ("nabla", "∇"),
    ("infty", "∞"),
    ("odot", "⊙"),
    ("cdot", "·"),
    ("times", "×"),
    ("pm", "±"),
    ("circ", "∘"),
    ("approx", "≈"),
    ("ne", "≠"),
    ("neq", "≠"),
    ("le", "≤"),
    ("leq", "≤"),
    ("ge", "≥"),
    ("geq", "≥"),
    ("ll", "≪"),
    ("gg", "≫"),
    ("in", "∈"),
    ("to", "→"),
    ("rightarrow", "→"),
    ("leftarrow", "←"),
    ("sum", "∑"),
    ("prod", "∏"),
    ("top", "⊤"),
    ("lVert", "‖"),
    ("rVert", "‖"),
    ("Vert", "‖"),
    ("lvert", "|"),
    ("rvert", "|"),
    ("cdots", "⋯"),
    ("ldots", "⋯"),
    ("dots", "⋯"),
    ("tanh", "tanh"),
    ("exp", "exp"),
    ("ln", "ln"),
    ("log", "log"),
    ("max", "max"),
    ("min", "min"),
    ("det", "det"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lessons_write_becomes_mathml() {
        let inside = |latex: &str| {
            let all = mathml(latex, false);
            let inside = all.strip_prefix("<math><mrow>").unwrap();
            inside.strip_suffix("</mrow></math>").unwrap().to_owned()
        };
        assert_eq!(
            inside(r"\quantity{h}{h_{t-1}}"),
            "<mrow><msub><mi>h</mi><mrow><mi>t</mi><mo>−</mo><mn>1</mn></mrow></msub></mrow>"
        );
        assert_eq!(
            inside(r"W_{hh}^\top"),
            "<msubsup><mi>W</mi><mrow><mi>h</mi><mi>h</mi></mrow><mo>⊤</mo></msubsup>"
        );
        assert_eq!(
            inside(r"\frac{\partial L}{2} < \sqrt n"),
            "<mfrac><mrow><mo>∂</mo><mi>L</mi></mrow><mrow><mn>2</mn></mrow></mfrac><mo>&lt;</mo><msqrt><mi>n</mi></msqrt>"
        );
        assert_eq!(
            inside(r"\left(\mathrm{diag}\right)\,12.5"),
            "<mo>(</mo><mi mathvariant=\"normal\">diag</mi><mo>)</mo><mspace width=\"0.25em\"/><mn>12.5</mn>"
        );
        assert_eq!(
            inside(r"\mathrm{max\_norm}"),
            "<mi mathvariant=\"normal\">max_norm</mi>"
        );
        // Nothing is lost, nothing is markup, and nothing stops.
        assert_eq!(inside(r"\strange"), "<mtext>\\strange</mtext>");
        assert_eq!(inside(r"\text{<b>}"), "<mtext>&lt;b&gt;</mtext>");
        for broken in [
            "{", "}", "^", "_", r"\frac", r"\frac{", r"\", r"\left", "x^", "a&b",
        ] {
            mathml(broken, true);
        }
    }
}
