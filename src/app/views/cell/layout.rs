//! Where the boxes and circles of a diagram stand in a pane, in points.

use super::diagram::{Diagram, End};
use eframe::egui::{Rect, Vec2, vec2};

/// In a pane of this size or a smaller one, a box is at most [`LARGEST`]; in a larger one boxes grow with it.
const PANE: [f32; 2] = [1000.0, 560.0];
/// The most that they grow.
const GROWTH: f32 = 1.8;
/// How large a box is at most, where it does not grow.
const LARGEST: [f32; 2] = [150.0, 88.0];
/// And the radius of a circle, which has at least so much in the smallest pane.
const RADIUS: [f32; 2] = [5.0, 9.5];

/// The places of a diagram.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layout {
    /// Of its boxes, in their order.
    pub(super) boxes: Vec<Rect>,
    /// What its circles fill.
    pub(super) circles: Vec<Rect>,
    /// How much larger than in a small pane everything is.
    pub(super) growth: f32,
}

impl Layout {
    /// In a pane.
    pub(super) fn of(diagram: &Diagram, area: Rect) -> Self {
        let growth = (area.width() / PANE[0]).min(area.height() / PANE[1]);
        let growth = growth.clamp(1.0, GROWTH);
        let column = area.width() / diagram.columns as f32;
        let size = vec2(
            (0.84 * column).min(growth * LARGEST[0]),
            (0.20 * area.height()).min(growth * LARGEST[1]),
        );
        let radius = (0.034 * area.height()).min(0.14 * column);
        let radius = radius.clamp(RADIUS[0], growth * RADIUS[1]);
        let place = |at: [f32; 2], size: Vec2| {
            let at = area.min + vec2(at[0] * area.width(), at[1] * area.height());
            Rect::from_center_size(at, size)
        };
        let boxes = diagram.nodes.iter().map(|node| place(node.at, size));
        let circle = Vec2::splat(2.0 * radius);
        let circles = diagram.joints.iter().map(|joint| place(joint.at, circle));
        Self {
            boxes: boxes.collect(),
            circles: circles.collect(),
            growth,
        }
    }

    /// Where a line begins or ends.
    pub(super) fn rect(&self, end: End) -> Rect {
        match end {
            End::Box(node) => self.boxes[node],
            End::Circle(joint) => self.circles[joint],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::path::Path;
    use super::*;
    use crate::nn::Cell;
    use eframe::egui::pos2;

    /// From a pane beside two others in the smallest window to one that fills a large screen.
    const PANES: [[f32; 2]; 5] = [
        [560.0, 150.0],
        [864.0, 500.0],
        [620.0, 420.0],
        [1264.0, 740.0],
        [2544.0, 1380.0],
    ];

    fn each(mut check: impl FnMut(&str, &Diagram, &Layout)) {
        for cell in Cell::ALL {
            for size in PANES {
                let area = Rect::from_min_size(pos2(8.0, 40.0), size.into());
                let diagram = Diagram::of(cell);
                let layout = Layout::of(&diagram, area);
                check(&format!("{cell:?} in {size:?}"), &diagram, &layout);
            }
        }
    }

    #[test]
    fn no_circle_covers_a_box_or_another_circle() {
        each(|what, _, layout| {
            for (index, circle) in layout.circles.iter().enumerate() {
                for shape in &layout.boxes {
                    assert!(
                        !circle.expand(2.0).intersects(*shape),
                        "{what}: {circle} {shape}"
                    );
                }
                for other in &layout.circles[..index] {
                    let far = circle.center().distance(other.center());
                    assert!(far > circle.width() + 2.0, "{what}: {circle} {other}");
                }
            }
        });
    }

    #[test]
    fn lines_begin_and_end_at_the_edge_of_what_they_join() {
        each(|what, diagram, layout| {
            for wire in &diagram.wires {
                let ends = [wire.from, wire.to];
                let bus = wire.bus.map(|share| 40.0 + 400.0 * share);
                let path = Path::between(layout, wire, bus);
                for (end, at) in ends.into_iter().zip([path.at(0.0), path.at(1.0)]) {
                    let rect = layout.rect(end);
                    let touches = match end {
                        End::Box(_) => {
                            rect.expand(0.5).contains(at) && !rect.shrink(0.5).contains(at)
                        }
                        End::Circle(_) => {
                            (rect.center().distance(at) - 0.5 * rect.width()).abs() < 0.5
                        }
                    };
                    assert!(touches, "{what}: {wire:?} ends at {at}, not at {rect}");
                }
            }
        });
    }

    #[test]
    fn boxes_grow_with_their_pane_up_to_a_point() {
        let width = |size: [f32; 2]| {
            let area = Rect::from_min_size(pos2(0.0, 0.0), size.into());
            Layout::of(&Diagram::of(Cell::RnnTanh), area).boxes[0].width()
        };
        let [small, middle, large, huge] = [
            [500.0, 300.0],
            [1300.0, 800.0],
            [2544.0, 1380.0],
            [5000.0, 3000.0],
        ]
        .map(width);
        assert!(small < middle && middle < large, "{small} {middle} {large}");
        assert!((small - LARGEST[0]).abs() < 0.1, "{small}");
        assert!((large - huge).abs() < 0.1, "{large} {huge}");
    }
}
