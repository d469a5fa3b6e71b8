//! How an adjoint is told from the quantity it belongs to: the same hue, dashed as a line and hatched as an area.

use eframe::egui::{Color32, Painter, Rect, Shape, Stroke, pos2};
use egui_plot::LineStyle;

/// The line style of adjoints in plots.
pub fn adjoint_line_style() -> LineStyle {
    LineStyle::Dashed { length: 6.0 }
}

/// Fills `rect` with thin diagonal lines.
pub fn hatched_rect(painter: &Painter, rect: Rect, color: Color32) {
    const SPACING: f32 = 5.0;
    if !rect.is_positive() {
        return;
    }
    let painter = painter.with_clip_rect(rect.intersect(painter.clip_rect()));
    let stroke = Stroke::new(1.0, color);
    let mut x = rect.left() - rect.height();
    while x < rect.right() {
        let from = pos2(x, rect.bottom());
        let to = pos2(x + rect.height(), rect.top());
        painter.add(Shape::line_segment([from, to], stroke));
        x += SPACING;
    }
}
