//! A circle of a diagram: where an operation multiplies or adds what it reads, unit by unit.

use super::diagram::{Joint, Sign, What, joined};
use super::timed;
use crate::app::theme;
use crate::nn::expr::{Expr, Value};
use crate::nn::{Cell, Direction};
use eframe::egui::{Align2, Color32, Painter, Rect, Stroke, vec2};

/// Draws a circle with its sign.
pub(super) fn paint(painter: &Painter, rect: Rect, sign: Sign, fill: Color32, stroke: Stroke) {
    let (middle, radius) = (rect.center(), 0.5 * rect.width());
    painter.circle(middle, radius - 0.5 * stroke.width, fill, stroke);
    let ink = Stroke::new((0.18 * radius).max(1.0), stroke.color);
    let half = 0.5 * radius;
    let strokes = match sign {
        Sign::Plus => [vec2(half, 0.0), vec2(0.0, half)],
        Sign::Times => [
            vec2(0.75 * half, 0.75 * half),
            vec2(0.75 * half, -0.75 * half),
        ],
        Sign::OneMinus => {
            let font = theme::semi_bold(1.1 * radius);
            painter.text(middle, Align2::CENTER_CENTER, "1−", font, stroke.color);
            return;
        }
    };
    for along in strokes {
        painter.line_segment([middle - along, middle + along], ink);
    }
}

/// Its equation, and what it does with what runs into it; on the way back, with the gradient.
pub(super) fn told(joint: &Joint, cell: Cell, direction: Direction, adjoint: bool) -> String {
    let name = |value: Value| timed(What::of(value), cell, direction);
    let own = written(&joint.formula, &name);
    let output = timed(What::Computed(joint.of), cell, direction);
    let operations = cell.operations();
    let whole = operations.iter().find(|one| one.output == joint.of);
    let whole = whole.filter(|one| joined(&one.formula).is_some());
    let equation = match whole {
        Some(one) if one.formula == joint.formula => format!("{output} = {own}"),
        Some(one) => format!("{own}, in {output} = {}", written(&one.formula, &name)),
        None => format!("{own}, in {output}"),
    };
    let factors = match &joint.formula {
        Expr::Hadamard(left, right) => [left, right].map(|of| factor(of, &name)),
        _ => [String::new(), String::new()],
    };
    let [left, right] = factors;
    let does = match (joint.sign, adjoint) {
        (Sign::Times, false) => "× multiplies unit by unit".to_owned(),
        (Sign::Plus, false) => "+ adds unit by unit".to_owned(),
        (Sign::OneMinus, false) => "1 − gives what is left of 1".to_owned(),
        (Sign::Times, true) => format!(
            "× passes the gradient times the other factor: to {left} times {right}, to {right} times {left}"
        ),
        (Sign::Plus, true) => "+ passes the gradient unchanged, to each side".to_owned(),
        (Sign::OneMinus, true) => "1 − passes the gradient with the other sign".to_owned(),
    };
    format!("{equation}\n{does}")
}

/// What circles compute, as text.
fn written(formula: &Expr, name: &impl Fn(Value) -> String) -> String {
    match formula {
        Expr::Value(value) => name(*value),
        Expr::Hadamard(left, right) => {
            format!("{} ⊙ {}", factor(left, name), factor(right, name))
        }
        Expr::Sum(left, right) => format!("{} + {}", written(left, name), written(right, name)),
        Expr::OneMinus(of) => format!("1 − {}", factor(of, name)),
        // No circle has more.
        _ => "…".to_owned(),
    }
}

/// In brackets, where it is a sum.
fn factor(formula: &Expr, name: &impl Fn(Value) -> String) -> String {
    let text = written(formula, name);
    match formula {
        Expr::Sum(..) | Expr::OneMinus(_) => format!("({text})"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::super::diagram::Diagram;
    use super::*;

    fn all(cell: Cell, direction: Direction, adjoint: bool) -> Vec<String> {
        let diagram = Diagram::of(cell);
        let told = |joint| told(joint, cell, direction, adjoint);
        diagram.joints.iter().map(told).collect()
    }

    #[test]
    fn circles_tell_their_equations() {
        let lines = |cell, direction| -> Vec<String> {
            let all = all(cell, direction, false);
            let first = |text: &String| text.split('\n').next().unwrap_or_default().to_owned();
            all.iter().map(first).collect()
        };
        let whole = "cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ";
        assert_eq!(
            lines(Cell::Lstm, Direction::Forward),
            [
                whole.to_owned(),
                format!("fₜ ⊙ cₜ₋₁, in {whole}"),
                format!("iₜ ⊙ gₜ, in {whole}"),
                "hₜ = oₜ ⊙ tanh cₜ".to_owned(),
            ]
        );
        let of_gru = lines(Cell::Gru, Direction::Reverse);
        assert_eq!(of_gru[0], "rₜ ⊙ qₜ, in nₜ");
        assert_eq!(of_gru[1], "hₜ = (1 − zₜ) ⊙ nₜ + zₜ ⊙ hₜ₊₁");
        // All that they say is written out.
        for cell in Cell::ALL {
            for adjoint in [false, true] {
                let all = all(cell, Direction::Forward, adjoint);
                assert!(all.iter().all(|text| !text.contains('…')), "{all:?}");
            }
        }
    }

    #[test]
    fn on_the_way_back_they_tell_what_they_do_with_the_gradient() {
        let of_lstm = all(Cell::Lstm, Direction::Forward, true);
        assert!(of_lstm[0].ends_with("+ passes the gradient unchanged, to each side"));
        let times = "× passes the gradient times the other factor: to iₜ times gₜ, to gₜ times iₜ";
        assert!(of_lstm[2].ends_with(times), "{}", of_lstm[2]);
    }
}
