//! The way of a line from what is read to what reads it.

use super::diagram::{End, Wire};
use super::layout::Layout;
use eframe::egui::epaint::CubicBezierShape;
use eframe::egui::{Color32, Painter, Pos2, Shape, Stroke, Vec2, pos2, vec2};

/// The way of a line.
pub(super) enum Path {
    /// Along the bus, or straight.
    Bent(Vec<Pos2>),
    Curved([Pos2; 4]),
}

impl Path {
    /// The way of a wire; `bus` is the height of the bus that it runs along.
    pub(super) fn between(layout: &Layout, wire: &Wire, bus: Option<f32>) -> Self {
        let (from, to) = (layout.rect(wire.from), layout.rect(wire.to));
        // Lines meet a circle at the middle of a side, and a box beside that.
        let aside = match wire.to {
            End::Box(_) => 1.0,
            End::Circle(_) => 0.0,
        };
        if let Some(y) = bus {
            // Out at the side, along, and up into the one that reads it; h to the left of x.
            let start = match (from.center().y - y).abs() < 2.0 {
                true => from.right_center(),
                false => pos2(from.right(), from.bottom() - 8.0),
            };
            let aside = if start.y == from.center().y {
                0.12
            } else {
                -0.12
            };
            let end = pos2(to.center().x + aside * to.width(), to.bottom());
            let corner = pos2(from.right() + 8.0, start.y);
            return Self::Bent(vec![start, corner, pos2(corner.x, y), pos2(end.x, y), end]);
        }
        if wire.over {
            let rise = vec2(0.0, -0.5 * from.height());
            let start = from.center_top();
            // Down to a box, and from the side to a circle: its top is for what comes from above.
            let (end, slope) = match wire.to {
                End::Box(_) => (to.center_top() - vec2(0.25 * to.width(), 0.0), rise),
                End::Circle(_) => {
                    let edge = 0.5 * std::f32::consts::FRAC_1_SQRT_2 * to.width();
                    let slope = rise + vec2(-0.25 * from.height(), 0.0);
                    (to.center() - Vec2::splat(edge), slope)
                }
            };
            return Self::Curved([start, start + rise, end + slope, end]);
        }
        let level = (from.center().y - to.center().y).abs() < 2.0;
        let upright = (from.center().x - to.center().x).abs() < 2.0;
        let above = from.center().y > to.center().y;
        match (level, upright, above) {
            (true, ..) => Self::Bent(vec![from.right_center(), to.left_center()]),
            (false, true, true) => Self::Bent(vec![from.center_top(), to.center_bottom()]),
            (false, true, false) => Self::Bent(vec![from.center_bottom(), to.center_top()]),
            (false, false, true) => {
                let start = from.center_top();
                let end = to.left_center() + vec2(0.0, 0.25 * aside * to.height());
                let rise = vec2(0.0, -0.5 * (start.y - end.y));
                Self::Curved([start, start + rise, end + vec2(-30.0, 0.0), end])
            }
            (false, false, false) => {
                let start = from.right_center();
                let end = to.center_top() - vec2(0.2 * aside * to.width(), 0.0);
                Self::Curved([start, start + vec2(30.0, 0.0), end + vec2(0.0, -30.0), end])
            }
        }
    }

    fn points(&self) -> &[Pos2] {
        match self {
            Self::Bent(points) => points,
            Self::Curved(points) => points,
        }
    }

    fn points_mut(&mut self) -> &mut [Pos2] {
        match self {
            Self::Bent(points) => points,
            Self::Curved(points) => points,
        }
    }

    fn curve(points: [Pos2; 4], stroke: Stroke) -> CubicBezierShape {
        CubicBezierShape::from_points_stroke(points, false, Color32::TRANSPARENT, stroke)
    }

    /// Draws it; on the way back its arrow stands at the other end.
    pub(super) fn paint(mut self, painter: &Painter, stroke: Stroke, back: bool) {
        let points = self.points_mut();
        if back {
            points.reverse();
        }
        if let [.., last, end] = points {
            *end = arrow(painter, *end, *end - *last, stroke);
        }
        match self {
            Self::Bent(points) => drop(painter.add(Shape::line(points, stroke))),
            Self::Curved(points) => drop(painter.add(Self::curve(points, stroke))),
        }
    }

    /// The point at a share of the way.
    pub(super) fn at(&self, share: f32) -> Pos2 {
        match self {
            Self::Curved(points) => Self::curve(*points, Stroke::NONE).sample(share),
            Self::Bent(_) => {
                let points = self.points();
                let pieces = || points.windows(2).map(|ends| (ends[0], ends[1]));
                let mut left = share * pieces().map(|(a, b)| a.distance(b)).sum::<f32>();
                for (a, b) in pieces() {
                    let long = a.distance(b);
                    if left < long {
                        return a + (b - a) * (left / long);
                    }
                    left -= long;
                }
                points.last().copied().unwrap_or_default()
            }
        }
    }
}

/// An arrow's head with its tip at the end of a line, wide enough to stand out from that; returns where the line is to end, so
/// that it does not cover the tip.
pub(super) fn arrow(painter: &Painter, tip: Pos2, along: Vec2, stroke: Stroke) -> Pos2 {
    let (along, long) = (along.normalized(), head_length(stroke.width));
    head(painter, tip, along, stroke);
    tip - along * (0.95 * long)
}

/// An arrow's head.
pub(super) fn head(painter: &Painter, tip: Pos2, along: Vec2, stroke: Stroke) {
    let along = along.normalized() * head_length(stroke.width);
    let side = along.rot90() * 0.6;
    let points = vec![tip, tip - along + side, tip - along - side];
    painter.add(Shape::convex_polygon(points, stroke.color, Stroke::NONE));
}

/// How long the head of a line of this width is.
fn head_length(width: f32) -> f32 {
    5.0 + 1.75 * (width - 1.0).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A head that is no wider than its line is not seen.
    #[test]
    fn heads_stand_out_from_their_lines() {
        for width in [1.0, 1.75, 4.0, 7.0] {
            let head = 2.0 * 0.6 * head_length(width);
            assert!(head > 2.0 * width, "{width}: {head}");
        }
    }
}
