//! Symbols in rows, as a text is set, each on a ground of its own colour.

use crate::app::theme::{Palette, SMALL, TEXT};
use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align2, Color32, FontId, Rect, Response, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};
use std::ops::Range;

/// A symbol as it is drawn.
pub(super) struct Cell {
    /// Which of the names.
    pub symbol: usize,
    /// Its ground.
    pub fill: Color32,
    /// The colour of its name.
    pub text: Color32,
}

/// Symbols that begin on a line of their own.
pub(super) struct Row {
    /// What stands before the first line.
    pub head: String,
    /// Which symbols.
    pub cells: Range<usize>,
}

/// What the pointer is at.
pub(super) struct Grid {
    /// Which symbol.
    pub hovered: Option<usize>,
    /// All of the text; senses clicks.
    pub response: Response,
}

/// The height of a line.
const LINE: f32 = 22.0;
/// Between columns.
const GAP: f32 = 16.0;
/// The margin with the heads.
const HEAD: f32 = 44.0;

/// How many lines stand beside each other, and how far apart they begin.
#[derive(Debug, PartialEq)]
struct Columns {
    count: usize,
    width: f32,
}

impl Columns {
    /// As many as there is room for, of lines of so many symbols at most, each so wide.
    fn of(room: f32, longest: usize, symbol: f32) -> Self {
        let width = HEAD + symbol * longest as f32 + GAP;
        // The last one needs no gap after it.
        let count = ((room + GAP) / width).floor().max(1.0) as usize;
        Self { count, width }
    }
}

/// Draws the symbols that are in sight; a frame around `marked`.
pub(super) fn show(
    ui: &mut Ui,
    title: &str,
    names: &[&str],
    rows: &[Row],
    cell: impl Fn(usize) -> Cell,
    marked: Option<usize>,
) -> Grid {
    let palette = Palette::of(ui.visuals());
    let font = FontId::proportional(TEXT);
    let galleys: Vec<_> = names
        .iter()
        .map(|name| {
            ui.painter()
                .layout_no_wrap((*name).to_owned(), font.clone(), palette.text)
        })
        .collect();
    let widest = galleys
        .iter()
        .map(|galley| galley.size().x)
        .fold(8.0, f32::max);
    let width = (widest + 2.0).ceil();
    let across = (((ui.available_width() - HEAD - 16.0) / width) as usize).max(1);
    // Each line: its head if it is the first of its row, and its symbols.
    let mut lines: Vec<(Option<&str>, Range<usize>)> = Vec::new();
    for row in rows {
        let mut start = row.cells.start;
        let mut head = Some(row.head.as_str());
        while start < row.cells.end {
            let end = (start + across).min(row.cells.end);
            lines.push((head.take(), start..end));
            start = end;
        }
    }
    // Short rows stand in columns beside each other, read across.
    let longest = lines.iter().map(|(_, cells)| cells.len()).max();
    let columns = Columns::of(ui.available_width() - 16.0, longest.unwrap_or(0), width);
    let folded = lines.len().div_ceil(columns.count);
    let mut hovered = None;
    // No line is cut through.
    let whole = (ui.available_height() / LINE).floor().max(1.0) * LINE;
    let scrolled = ScrollArea::vertical()
        .id_salt(title.split(',').next())
        .auto_shrink(false)
        .max_height(whole)
        .show_viewport(ui, |ui, sight| {
            let size = vec2(ui.available_width(), LINE * folded as f32);
            let (all, response) = ui.allocate_exact_size(size, Sense::click());
            response.widget_info(|| WidgetInfo::labeled(Role::Image, true, title));
            let painter = ui.painter_at(all.expand(1.0));
            let first = (sight.top() / LINE).floor().max(0.0) as usize;
            let last = ((sight.bottom() / LINE).ceil().max(0.0) as usize).min(folded);
            let sight = columns.count * first..(columns.count * last).min(lines.len());
            let pointer = response.hover_pos();
            for index in sight {
                let Some((head, cells)) = lines.get(index) else {
                    break;
                };
                let (line, beside) = (index / columns.count, index % columns.count);
                let top = all.top() + LINE * line as f32;
                let left = all.left() + columns.width * beside as f32;
                if let Some(head) = head {
                    painter.text(
                        pos2(left + HEAD - 8.0, top + 0.5 * LINE),
                        Align2::RIGHT_CENTER,
                        head,
                        FontId::proportional(SMALL),
                        palette.weak_text,
                    );
                }
                for (column, at) in cells.clone().enumerate() {
                    let place = Rect::from_min_size(
                        pos2(left + HEAD + width * column as f32, top + 1.0),
                        vec2(width, LINE - 2.0),
                    );
                    let drawn = cell(at);
                    painter.rect_filled(place, 0.0, drawn.fill);
                    if let Some(galley) = galleys.get(drawn.symbol) {
                        let corner = place.center() - 0.5 * galley.size();
                        painter.galley_with_override_text_color(corner, galley.clone(), drawn.text);
                    }
                    if marked == Some(at) {
                        let stroke = Stroke::new(1.5, palette.cursor);
                        painter.rect_stroke(place, 0.0, stroke, StrokeKind::Inside);
                    }
                    if pointer
                        .is_some_and(|pointer| place.expand2(vec2(0.0, 1.0)).contains(pointer))
                    {
                        hovered = Some(at);
                        let stroke = Stroke::new(1.5, palette.strong_text);
                        painter.rect_stroke(place, 0.0, stroke, StrokeKind::Outside);
                    }
                }
            }
            response
        });
    Grid {
        hovered,
        response: scrolled.inner,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_lines_stand_beside_each_other_and_long_ones_do_not() {
        // 44 + 8 · 13 + 16 points each.
        assert_eq!(Columns::of(1248.0, 8, 13.0).count, 7);
        assert_eq!(Columns::of(328.0 - 16.0, 8, 13.0).count, 2);
        assert_eq!(Columns::of(1248.0, 90, 13.0).count, 1);
        assert_eq!(Columns::of(0.0, 0, 13.0).count, 1);
    }
}
