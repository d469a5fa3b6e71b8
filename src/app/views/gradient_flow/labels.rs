//! What the lines of the plot are called, beside them.

use super::Bound;
use crate::app::theme::Palette;
use crate::app::widgets::{LineLabel, TimeAxis, Wish, number, paint_labels, significant};
use crate::experiment::Precision;
use eframe::egui::{Align2, Color32, Pos2, Rect, Ui, pos2, vec2};
use egui_plot::{PlotPoint, PlotTransform};

/// Where the plot is, and what is drawn in it.
pub(super) struct Labels<'a> {
    pub(super) transform: &'a PlotTransform,
    pub(super) axis: &'a TimeAxis,
    pub(super) precision: Precision,
    /// The curves and the level lines, each from left to right, over log₁₀.
    pub(super) lines: Vec<Vec<[f64; 2]>>,
}

/// What there is to be said.
pub(super) struct Told<'a> {
    /// Where a thousandth of the largest gradient lies, over log₁₀.
    pub(super) thousandth: Option<f64>,
    /// Where the precision ends.
    pub(super) floor: Option<f64>,
    /// The step from which on, going back, the gradient is below a thousandth.
    pub(super) reach: Option<usize>,
    pub(super) bound: Option<&'a Bound>,
    /// Whether any state was walked back through.
    pub(super) begun: bool,
    /// Whether a line ends because the gradient is exactly 0.
    pub(super) vanished: bool,
}

impl Labels<'_> {
    /// Writes all of it.
    pub(super) fn paint(self, ui: &Ui, told: Told<'_>) {
        let frame = *self.transform.frame();
        let palette = Palette::of(ui.visuals());
        let mut lines: Vec<Vec<Pos2>> =
            self.lines.iter().map(|line| self.on_screen(line)).collect();
        let mut all = Vec::new();
        all.extend((!told.begun).then(|| first(frame, palette.weak_text)));
        all.extend(
            told.vanished
                .then(|| self.vanished(frame, palette.weak_text)),
        );
        all.extend(told.floor.map(|floor| self.floor(floor, palette.error)));
        if let Some(t) = told.reach {
            all.push(self.reach(t, palette.threshold));
            let x = self.transform.position_from_point_x(t as f64);
            lines.push(vec![pos2(x, frame.top()), pos2(x, frame.bottom())]);
        }
        all.extend(
            told.thousandth
                .map(|y| self.thousandth(y, palette.threshold)),
        );
        if let Some(bound) = told.bound {
            all.push(self.bound(bound, palette.weak_text));
            let mut line = self.on_screen(&bound.ends);
            line.sort_by(|one, other| one.x.total_cmp(&other.x));
            lines.push(line);
        }
        let inside = frame.shrink2(vec2(4.0, 2.0));
        paint_labels(&ui.painter_at(frame), inside, &lines, &all);
    }

    fn on_screen(&self, line: &[[f64; 2]]) -> Vec<Pos2> {
        line.iter().map(|&at| self.at(at)).collect()
    }

    fn at(&self, [x, y]: [f64; 2]) -> Pos2 {
        self.transform.position_from_point(&PlotPoint::new(x, y))
    }

    /// Above and below a level line, from its left end on.
    fn along(&self, y: f64) -> Vec<Wish> {
        let y = self.transform.position_from_point_y(y);
        let (left, right) = (self.axis.left + 6.0, self.axis.right - 6.0);
        let above = [
            Align2::LEFT_BOTTOM,
            Align2::RIGHT_BOTTOM,
            Align2::CENTER_BOTTOM,
        ];
        let below = [Align2::LEFT_TOP, Align2::RIGHT_TOP, Align2::CENTER_TOP];
        let sides = [(y - 2.0, above), (y + 2.0, below)];
        sides
            .into_iter()
            .flat_map(|(y, [at_left, at_right, between])| {
                let part = |part: f32| wish(left + part * (right - left), y, between);
                let ends = [wish(left, y, at_left), wish(right, y, at_right)];
                ends.into_iter().chain([0.5, 0.25, 0.75].map(part))
            })
            .collect()
    }

    fn thousandth(&self, y: f64, color: Color32) -> LineLabel {
        LineLabel {
            texts: vec!["a thousandth of the largest".into()],
            color,
            wishes: self.along(y),
            stays: true,
        }
    }

    fn floor(&self, y: f64, color: Color32) -> LineLabel {
        let (name, least) = (self.precision.name(), self.precision.smallest_adjoint());
        LineLabel {
            texts: vec![format!(
                "in {name} less than {} is kept as 0",
                number(least)
            )],
            color,
            wishes: self.along(y),
            stays: true,
        }
    }

    /// At the top of the upright line, on the side where there is more room first.
    fn reach(&self, t: usize, color: Color32) -> LineLabel {
        let x = self.transform.position_from_point_x(t as f64);
        let top = self.transform.frame().top() + 2.0;
        let mut wishes = vec![
            wish(x + 4.0, top, Align2::LEFT_TOP),
            wish(x - 4.0, top, Align2::RIGHT_TOP),
        ];
        if x > 0.5 * (self.axis.left + self.axis.right) {
            wishes.reverse();
        }
        LineLabel {
            texts: vec![
                format!("below a thousandth from t = {t} back"),
                format!("< 1/1000 from t = {t}"),
            ],
            color,
            wishes,
            stays: false,
        }
    }

    /// A third of the way along what is seen of its line, or elsewhere along that.
    fn bound(&self, bound: &Bound, color: Color32) -> LineLabel {
        let factor = significant(bound.factor, 3);
        let short = format!("Pascanu’s bound, × {factor} per step");
        let texts = match bound.alone {
            true => vec![short],
            false => vec![format!("{short}, on what began at the last"), short],
        };
        let mut ends = bound.ends.map(|end| self.at(end));
        ends.sort_by(|one, other| one.x.total_cmp(&other.x));
        let frame = *self.transform.frame();
        let wishes = beside(ends, [frame.left(), frame.right()]);
        LineLabel {
            texts,
            color,
            wishes,
            stays: false,
        }
    }

    fn vanished(&self, frame: Rect, color: Color32) -> LineLabel {
        let (name, least) = (self.precision.name(), self.precision.smallest_adjoint());
        let text = format!(
            "Where the line ends the gradient is exactly 0: nothing leads on to the loss, or it is below {}, which in {name} is \
             kept as 0",
            number(least)
        );
        LineLabel {
            texts: vec![text, "where a line ends, the gradient is exactly 0".into()],
            color,
            wishes: vec![
                wish(
                    frame.left() + 8.0,
                    frame.bottom() - 6.0,
                    Align2::LEFT_BOTTOM,
                ),
                wish(frame.left() + 8.0, frame.top() + 6.0, Align2::LEFT_TOP),
            ],
            stays: false,
        }
    }
}

/// Places beside a straight line from left to right, as far as it lies between two edges: on that side of it from which it runs
/// away, so that a label touches its line with one corner and is not crossed by it.
fn beside([from, to]: [Pos2; 2], [left, right]: [f32; 2]) -> Vec<Wish> {
    let (first, last) = (from.x.max(left), to.x.min(right));
    let slope = match to.x > from.x {
        true => (to.y - from.y) / (to.x - from.x),
        false => 0.0,
    };
    let along = |part: f32| {
        let x = first + part * (last - first);
        pos2(x, from.y + slope * (x - from.x))
    };
    let [above, below] = match slope > 0.0 {
        true => [Align2::LEFT_BOTTOM, Align2::RIGHT_TOP],
        false => [Align2::RIGHT_BOTTOM, Align2::LEFT_TOP],
    };
    let parts = [0.3, 0.5, 0.7, 0.15, 0.85].map(along);
    let above = parts.map(|at| wish(at.x, at.y - 3.0, above));
    let below = parts.map(|at| wish(at.x, at.y + 3.0, below));
    above.into_iter().chain(below).collect()
}

/// Where every step answers, all of them come first on the way back.
fn first(frame: Rect, color: Color32) -> LineLabel {
    LineLabel {
        texts: vec![
            "So far the gradient is at the outputs alone; the states come next".into(),
            "the states come next".into(),
        ],
        color,
        wishes: vec![wish(
            frame.center().x,
            frame.center().y,
            Align2::CENTER_CENTER,
        )],
        stays: false,
    }
}

fn wish(x: f32, y: f32, align: Align2) -> Wish {
    Wish {
        at: pos2(x, y),
        align,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wherever its label is tried, it is at the line: not where that would go on beyond its ends.
    #[test]
    fn a_label_stands_at_its_line() {
        let edges = [100.0, 1200.0];
        for (from, to) in [
            (pos2(590.0, 90.0), pos2(1227.0, 220.0)),
            (pos2(50.0, 300.0), pos2(700.0, 40.0)),
            (pos2(200.0, 60.0), pos2(900.0, 60.0)),
        ] {
            let wishes = beside([from, to], edges);
            assert!(!wishes.is_empty());
            for Wish { at, .. } in wishes {
                assert!(at.x >= from.x.max(edges[0]) && at.x <= to.x.min(edges[1]));
                let line = from.y + (to.y - from.y) * (at.x - from.x) / (to.x - from.x);
                assert!((at.y - line).abs() < 4.0, "{at:?}: {line}");
            }
        }
    }
}
