//! Formulas as LaTeX, and what each hands back written out: the chain rule, term by term.
//!
//! ∂q stands for ∂L/∂q. What there is once for each step of the source carries the index j.

use super::Expr;

/// How the leaves of formulas are written.
pub trait Names<V, P> {
    /// A quantity.
    fn value(&self, value: V) -> String;
    /// A parameter; a vector that rows are multiplied with is transposed there.
    fn parameter(&self, parameter: P) -> String;
    /// Its adjoint.
    fn adjoint(&self, value: V) -> String {
        format!("\\partial {}", self.value(value))
    }
    /// Whether there is one for each step of the source.
    fn is_each(&self, _value: V) -> bool {
        false
    }
    /// Whether it is given, so that nothing is handed back to it.
    fn is_given(&self, _value: V) -> bool {
        false
    }
    /// Whether one operation alone reads it, so that what that hands back is its whole adjoint.
    fn is_read_once(&self, _value: V) -> bool {
        false
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
    /// Whether it goes to what is learned, and not to what is computed.
    pub is_gradient: bool,
}

impl Share {
    /// As LaTeX, `\partial c_{t-1} \mathrel{+}= \partial c_t \odot f_t`.
    pub fn latex(&self) -> String {
        let gets = if self.is_term { "\\mathrel{+}=" } else { "=" };
        format!("{} {gets} {}", self.to, self.share)
    }
}

/// An adjoint on its way down a formula.
#[derive(Clone)]
struct Adjoint {
    latex: String,
    /// Whether it is one for each step of the source.
    is_each: bool,
}

impl Adjoint {
    fn with(&self, latex: String) -> Self {
        Self { latex, ..*self }
    }

    /// Beside a matrix: in brackets where that would multiply a part of it only.
    fn factor(&self) -> String {
        if self.latex.contains("\\odot") {
            format!("({})", self.latex)
        } else {
            self.latex.clone()
        }
    }

    /// Behind a factor; a 1 is left out.
    fn times(&self, factor: &str) -> Self {
        self.with(match self.latex.as_str() {
            "1" => factor.to_owned(),
            latex => format!("{factor}\\, {latex}"),
        })
    }

    /// What something gets that there is once.
    fn gathered(&self, share: String) -> String {
        if self.is_each {
            format!("\\sum_j {share}")
        } else {
            share
        }
    }
}

/// The local derivatives of `output` = `formula`: what the adjoint of the left-hand side becomes on its way to each quantity
/// and parameter on the right, the chain rule written out.
///
/// Where a function squashes, the first share is that to its argument, pre.
pub fn shares<V: Copy, P: Copy>(
    formula: &Expr<V, P>,
    output: V,
    names: &impl Names<V, P>,
) -> Vec<Share> {
    let adjoint = Adjoint {
        latex: names.adjoint(output),
        is_each: names.is_each(output),
    };
    let mut walk = Walk {
        names,
        into: Vec::new(),
    };
    let output = names.value(output);
    // φ′ where φ(a) is the output itself.
    let whole = match formula {
        Expr::Sigmoid(of) => Some((of, format!("{output} \\odot (1 - {output})"))),
        Expr::Tanh(of) => Some((of, format!("(1 - {}^2)", squared(&output)))),
        Expr::Relu(of) => Some((of, format!("[{output} > 0]"))),
        // φ(a) = k tanh(a): φ′ = k (1 − tanh²), and tanh is the output by k.
        Expr::Scale(by, of) => match &**of {
            Expr::Tanh(of) => {
                let square = format!("{}^2 / {}", squared(&output), by * by);
                Some((of, format!("{by}\\, (1 - {square})")))
            }
            _ => None,
        },
        _ => None,
    };
    match (whole, formula) {
        (Some((of, slope)), _) => walk.through(of, slope, &adjoint),
        (None, Expr::Softmax(of)) => {
            let (of_k, d_k) = (at_k(&output), at_k(&adjoint.latex));
            let mean = format!("\\sum_k {of_k}\\, {d_k}");
            let share = format!("{output}\\, ({} - {mean})", adjoint.latex);
            walk.down(of, &adjoint.with(share));
        }
        (None, formula) => walk.down(formula, &adjoint),
    }
    walk.into
}

/// The same with another index in place of j.
fn at_k(latex: &str) -> String {
    latex.replace("tj}", "tk}")
}

/// In brackets where a power would be read as another one's.
fn squared(latex: &str) -> String {
    if latex.contains("tanh") || latex.contains("tilde") {
        format!("({latex})")
    } else {
        latex.to_owned()
    }
}

/// A sum in brackets, a prime in its own place.
fn transposed(latex: &str) -> String {
    if latex.contains('\'') || latex.contains("tanh") {
        format!("({latex})^\\top")
    } else {
        format!("{latex}^\\top")
    }
}

struct Walk<'a, N> {
    names: &'a N,
    into: Vec<Share>,
}

impl<N> Walk<'_, N> {
    fn all(&mut self, to: impl Into<String>, share: impl Into<String>) {
        self.into.push(Share {
            to: to.into(),
            share: share.into(),
            is_term: false,
            is_gradient: false,
        });
    }

    fn gradient<V, P>(&mut self, parameter: P, share: String)
    where
        N: Names<V, P>,
    {
        self.into.push(Share {
            to: format!("\\partial {}", self.names.parameter(parameter)),
            share,
            is_term: true,
            is_gradient: true,
        });
    }

    /// Through a function with that slope, to its argument.
    fn through<V: Copy, P: Copy>(&mut self, of: &Expr<V, P>, slope: String, adjoint: &Adjoint)
    where
        N: Names<V, P>,
    {
        let at = if adjoint.is_each { "{tj}" } else { "t" };
        let pre = format!("\\partial \\mathrm{{pre}}_{at}");
        self.all(pre.clone(), format!("{} \\odot {slope}", adjoint.latex));
        self.down(of, &adjoint.with(pre));
    }

    /// Adds what each leaf gets of `adjoint`.
    fn down<V: Copy, P: Copy>(&mut self, expr: &Expr<V, P>, adjoint: &Adjoint)
    where
        N: Names<V, P>,
    {
        let names = self.names;
        let latex = &adjoint.latex;
        let each = |latex: String| Adjoint {
            latex,
            is_each: true,
        };
        match expr {
            Expr::Value(value) => {
                if names.is_given(*value) {
                    return;
                }
                let share = match names.is_each(*value) {
                    true => latex.clone(),
                    false => adjoint.gathered(latex.clone()),
                };
                self.into.push(Share {
                    to: names.adjoint(*value),
                    share,
                    is_term: !names.is_read_once(*value),
                    is_gradient: false,
                });
            }
            Expr::Product(by, of) => {
                let (weights, factor) = (names.parameter(*by), adjoint.factor());
                self.down(of, &adjoint.with(format!("{weights}^\\top \\, {factor}")));
                let read = transposed(&of.latex(names));
                let share = adjoint.gathered(format!("{factor}\\, {read}"));
                self.gradient(*by, share);
            }
            Expr::Vector(parameter) => {
                let share = adjoint.gathered(latex.clone());
                self.gradient(*parameter, share);
            }
            Expr::Sum(left, right) => {
                self.down(left, adjoint);
                self.down(right, adjoint);
            }
            Expr::Difference(left, right) => {
                self.down(left, adjoint);
                self.down(right, &adjoint.with(format!("-{latex}")));
            }
            Expr::Hadamard(left, right) => {
                let times =
                    |other: &Expr<V, P>| format!("{latex} \\odot {}", other.factor_latex(names));
                self.down(left, &adjoint.with(times(right)));
                self.down(right, &adjoint.with(times(left)));
            }
            Expr::Scale(by, of) => self.down(of, &adjoint.times(&constant_latex(*by))),
            Expr::Times(by, of) => self.down(of, &adjoint.times(&names.value(*by))),
            Expr::OneMinus(of) => self.down(of, &adjoint.with(format!("-{latex}"))),
            Expr::Sigmoid(of) => {
                let sigma = format!("\\sigma({})", of.latex(names));
                self.through(of, format!("{sigma} \\odot (1 - {sigma})"), adjoint);
            }
            Expr::Tanh(of) => self.through(of, "(1 - \\tanh^2)".into(), adjoint),
            Expr::Relu(of) => {
                let slope = format!("[{} > 0]", of.latex(names));
                self.through(of, slope, adjoint);
            }
            Expr::Beside(left, right) => match (&**left, &**right) {
                (Expr::Value(a), Expr::Value(b)) => self.into.push(Share {
                    to: format!("[{};\\, {}]", names.adjoint(*a), names.adjoint(*b)),
                    share: latex.clone(),
                    is_term: true,
                    is_gradient: false,
                }),
                (left, right) => {
                    self.down(left, adjoint);
                    self.down(right, adjoint);
                }
            },
            Expr::Dots(left, right) => {
                self.down(left, &each(format!("{latex}\\, {}", right.latex(names))));
                self.down(right, &each(format!("{latex}\\, {}", left.latex(names))));
            }
            Expr::ParameterDots(by, of) => {
                self.down(of, &each(format!("{latex}\\, {}", names.parameter(*by))));
                self.gradient(*by, format!("\\sum_j {latex}\\, {}", of.latex(names)));
            }
            Expr::Mix(left, right) => {
                let read = transposed(&right.latex(names));
                self.down(left, &each(format!("{read}\\, {latex}")));
                self.down(right, &each(format!("{}\\, {latex}", left.latex(names))));
            }
            // Of a softmax that is a whole formula, `shares` writes out the derivative.
            Expr::Softmax(of) => {
                let slope = format!("\\mathrm{{softmax}}'\\, {}", adjoint.factor());
                self.down(of, &adjoint.with(slope));
            }
            Expr::Normalise(of) => {
                self.all("\\partial n_t", latex.clone());
                let mean = "\\overline{\\partial n_t}";
                let along = "n_t\\, \\overline{\\partial n_t \\odot n_t}";
                let share = format!(
                    "(\\partial n_t - {mean} - {along}) / \\sqrt{{\\sigma^2 + \\varepsilon}}"
                );
                self.down(of, &adjoint.with(share));
            }
            Expr::Squares(of) => {
                let slope = adjoint.times("2").latex;
                self.down(
                    of,
                    &adjoint.with(format!("{slope}\\, ({})", of.latex(names))),
                );
            }
            Expr::Surprise(of, right) => {
                let (y, right) = (of.latex(names), names.value(*right));
                let slope = format!("{latex}\\, (\\mathrm{{softmax}}({y}) - {right})");
                self.down(of, &adjoint.with(slope));
            }
        }
    }
}

impl<V: Copy, P: Copy> Expr<V, P> {
    /// As LaTeX.
    pub fn latex(&self, names: &impl Names<V, P>) -> String {
        let of_two = |left: &Self, between: &str, right: &Self| {
            format!("{} {between} {}", left.latex(names), right.latex(names))
        };
        match self {
            Expr::Value(value) => names.value(*value),
            Expr::Product(by, of) => {
                format!("{}\\,{}", names.parameter(*by), of.factor_latex(names))
            }
            Expr::Vector(parameter) => names.parameter(*parameter),
            Expr::Sum(left, right) => of_two(left, "+", right),
            Expr::Difference(left, right) => of_two(left, "-", right),
            Expr::Hadamard(left, right) => {
                let (left, right) = (left.factor_latex(names), right.factor_latex(names));
                format!("{left} \\odot {right}")
            }
            Expr::Scale(by, of) => {
                format!("{}\\, {}", constant_latex(*by), of.factor_latex(names))
            }
            Expr::Times(by, of) => {
                format!("{}\\, {}", names.value(*by), of.factor_latex(names))
            }
            Expr::OneMinus(of) => format!("1 - {}", of.factor_latex(names)),
            Expr::Sigmoid(of) => format!("\\sigma({})", of.within_latex(names)),
            Expr::Tanh(of) => format!("\\tanh({})", of.within_latex(names)),
            Expr::Relu(of) => format!("\\max(0,\\, {})", of.within_latex(names)),
            Expr::Beside(left, right) => {
                format!("[{};\\, {}]", left.latex(names), right.latex(names))
            }
            Expr::Dots(left, right) => {
                format!(
                    "{}\\, {}",
                    transposed(&left.latex(names)),
                    right.latex(names)
                )
            }
            Expr::ParameterDots(by, of) => {
                format!("{}^\\top\\, {}", names.parameter(*by), of.latex(names))
            }
            Expr::Mix(left, right) => {
                format!("\\sum_j {}\\, {}", left.latex(names), right.latex(names))
            }
            Expr::Softmax(of) => {
                let of = of.within_latex(names);
                format!("\\exp({of}) / \\sum_k \\exp({})", at_k(&of))
            }
            Expr::Normalise(of) => {
                format!(
                    "\\frac{{{} - \\mu}}{{\\sqrt{{\\sigma^2 + \\varepsilon}}}}",
                    of.latex(names)
                )
            }
            Expr::Squares(of) => format!("\\lVert {} \\rVert^2", of.latex(names)),
            Expr::Surprise(of, _) => {
                format!("(-\\log \\mathrm{{softmax}}({})_k)", of.within_latex(names))
            }
        }
    }

    /// Alone between brackets: a leaf needs none of its own there, as a number below 0 has behind a sign.
    fn within_latex(&self, names: &impl Names<V, P>) -> String {
        let latex = self.latex(names);
        let is_leaf = matches!(self, Expr::Value(_) | Expr::Vector(_));
        let bare = latex.strip_prefix('(');
        let bare = bare.and_then(|latex| latex.strip_suffix(')'));
        match bare.filter(|_| is_leaf) {
            Some(bare) => bare.to_owned(),
            None => latex,
        }
    }

    fn factor_latex(&self, names: &impl Names<V, P>) -> String {
        match self {
            Expr::Sum(..) | Expr::Difference(..) | Expr::OneMinus(_) => {
                format!("({})", self.latex(names))
            }
            _ => self.latex(names),
        }
    }
}

/// A constant: one half as a fraction, as a learner would write it, others in decimals.
pub(super) fn constant_latex(value: f64) -> String {
    if value == 0.5 {
        "\\tfrac{1}{2}".into()
    } else {
        value.to_string()
    }
}
