//! A quantity as lines: one for each unit.

use super::chart::{Chart, INSET};
use super::{Hover, Pointed, Row};
use crate::app::theme::Palette;
use crate::app::widgets::{CellKeys, LineField, LineFields, thinned, y_of};
use eframe::egui::accesskit::Role;
use eframe::egui::{Id, Sense, Shape, Stroke, Ui, WidgetInfo, pos2};

/// Draws the lines, that of the unit at the pointer in any view over the others.
pub(super) fn show(
    ui: &Ui,
    row: &Row<'_>,
    chart: &Chart<'_>,
    kept: &mut LineFields,
    elsewhere: Hover,
    keys: CellKeys<'_>,
) -> Pointed {
    let cells = chart.cells();
    let id = ui.scope_id().with(("lines", row.quantity));
    let response = ui.interact(cells, id, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, keys.said));
    let done = keys.take(ui, &response, row.values.ncols());
    let plot = chart.plot();
    let hovered = response.hover_pos().and_then(|at| {
        let t = chart.axis.time_at(at.x)?;
        let step = (t < row.values.nrows() && row.revealed.contains(&t)).then_some(t)?;
        let distance = |value: f64| (y_of(value, chart.range, plot) - at.y).abs();
        let values = row.values.row(step);
        let finite = (0..values.len()).filter(|&unit| values[unit].is_finite());
        let nearest =
            finite.min_by(|&one, &other| distance(values[one]).total_cmp(&distance(values[other])));
        Some((t, nearest))
    });
    if ui.is_rect_visible(row.rect) {
        chart.paint_ground(ui);
        let palette = Palette::of(ui.visuals());
        let painter = ui.painter_at(cells);
        let strong = hovered.and_then(|(_, unit)| unit).or(elsewhere.unit);
        let strong = strong.filter(|&unit| unit < row.values.ncols());
        let field = LineField {
            id: Id::unique(("lines", row.quantity)),
            values: row.values,
            version: row.version,
            range: chart.range,
            inset: INSET,
            color: chart.color,
            is_behind: strong.is_some(),
            revealed: row.revealed.clone(),
            newest: match row.adjoint {
                false => row.revealed.end.checked_sub(1),
                true => Some(row.revealed.start),
            },
        };
        field.paint(&painter, kept, cells, chart.axis);
        if let Some(unit) = strong {
            let line = row.values.column(unit);
            let steps = row.revealed.start..row.revealed.end.min(line.len());
            let pixels = (chart.axis.right - chart.axis.left).max(1.0) * ui.pixels_per_point();
            let points = steps.map(|t| [f64::from(chart.axis.x_of(t)), line[t]]);
            // A gap where a value is not finite.
            let mut pieces = vec![Vec::new()];
            for point in points {
                match (point[1].is_finite(), pieces.last_mut()) {
                    (true, Some(piece)) => piece.push(point),
                    _ => pieces.push(Vec::new()),
                }
            }
            let [left, right] = [chart.axis.left, chart.axis.right].map(f64::from);
            for piece in pieces {
                let piece = thinned(piece.into_iter(), left, right, pixels as usize);
                let piece: Vec<_> = piece
                    .into_iter()
                    .map(|[x, value]| pos2(x as f32, chart.y(value)))
                    .collect();
                let halo = Stroke::new(5.0, palette.background.gamma_multiply(0.8));
                let stroke = Stroke::new(2.5, chart.color);
                painter.line(piece.clone(), halo);
                match row.adjoint {
                    false => drop(painter.line(piece.clone(), stroke)),
                    true => painter.extend(Shape::dashed_line(&piece, stroke, 6.0, 3.0)),
                }
                if let [alone] = piece[..] {
                    painter.circle_filled(alone, 3.0, chart.color);
                }
            }
            let marked = hovered.map(|(t, _)| t).or(elsewhere.t).or(row.cursor);
            if let Some(t) = marked.filter(|t| row.revealed.contains(t) && *t < line.len()) {
                let at = pos2(chart.axis.x_of(t), chart.y(line[t]));
                painter.circle_filled(at, 4.0, palette.background);
                painter.circle_filled(at, 3.0, chart.color);
            }
        }
        chart.paint_marks(ui, response.has_focus());
    }
    Pointed {
        response,
        hovered,
        keys: done,
    }
}
