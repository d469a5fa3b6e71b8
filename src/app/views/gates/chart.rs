//! What the charts of the view have in common: the margin with name and numbers, the ground, and the marks on it.

use crate::app::theme::{Palette, SMALL};
use crate::app::widgets::{TimeAxis, y_of};
use eframe::egui::{Align2, Color32, FontId, Rect, Stroke, StrokeKind, Ui, pos2, vec2};
use std::ops::Range;

/// A small chart of one quantity over time.
pub(super) struct Chart<'a> {
    /// The margin and the columns.
    pub(super) rect: Rect,
    /// The columns.
    pub(super) axis: &'a TimeAxis,
    /// The quantity's symbol, and the same with what it is.
    pub(super) names: [&'a str; 2],
    /// Its colour.
    pub(super) color: Color32,
    /// The ink of its name.
    pub(super) ink: Color32,
    /// The values at the lower and the upper edge.
    pub(super) range: [f64; 2],
    /// What is written at the upper edge, in the middle and at the lower edge.
    pub(super) numbers: [String; 3],
    /// The columns the cursor has revealed.
    pub(super) revealed: Range<usize>,
    /// The column of the cursor.
    pub(super) cursor: Option<usize>,
}

/// Above the largest and below the smallest value, so that a line there is seen whole, in points.
pub(super) const INSET: f32 = 3.0;
/// From this height on there is room for a number in the middle, in points.
const MIDDLE: f32 = 50.0;

impl Chart<'_> {
    /// The columns over the whole height.
    pub(super) fn cells(&self) -> Rect {
        Rect::from_x_y_ranges(self.axis.left..=self.axis.right, self.rect.y_range())
    }

    /// Where the range of values lies.
    pub(super) fn plot(&self) -> Rect {
        self.cells().shrink2(vec2(0.0, INSET))
    }

    /// The height of a value.
    pub(super) fn y(&self, value: f64) -> f32 {
        y_of(value, self.range, self.plot())
    }

    /// Margin and ground: the places of what is not revealed are filled, as in heat maps.
    pub(super) fn paint_ground(&self, ui: &Ui) {
        let palette = Palette::of(ui.visuals());
        let cells = self.cells();
        let painter = ui.painter_at(cells.expand(1.0));
        painter.rect_filled(cells, 0.0, palette.ghost);
        if let Some(revealed) = self.revealed_rect() {
            painter.rect_filled(revealed, 0.0, palette.background);
        }
        let middle = self.plot().center().y;
        painter.hline(cells.x_range(), middle, palette.hairline_stroke());
        painter.rect_stroke(cells, 0.0, palette.hairline_stroke(), StrokeKind::Outside);
        self.paint_margin(ui, &palette);
    }

    fn paint_margin(&self, ui: &Ui, palette: &Palette) {
        let rect = self.rect;
        let right = self.axis.left - 6.0;
        if right - rect.left() < 12.0 {
            return;
        }
        let painter = ui.painter_at(rect);
        let font = || FontId::proportional(SMALL);
        let number = |text: &str, y: f32, align: Align2| {
            let place = pos2(right, y);
            painter.text(place, align, text, font(), palette.weak_text)
        };
        let [top, middle, bottom] = &self.numbers;
        number(top, rect.top() - 1.0, Align2::RIGHT_TOP);
        number(bottom, rect.bottom() + 1.0, Align2::RIGHT_BOTTOM);
        let lay_out = |text: &str| painter.layout_no_wrap(text.to_owned(), font(), self.ink);
        let [symbol, whole] = self.names.map(lay_out);
        let room = right - rect.left();
        let name = match whole.size().x <= room {
            true => whole,
            false => symbol,
        };
        // In the middle the name comes first: that number can be told from those at the edges.
        let beside = painter.layout_no_wrap(middle.clone(), font(), palette.weak_text);
        let taken = name.size().x + 8.0 + beside.size().x;
        let has_middle = rect.height() >= MIDDLE && taken <= room;
        let name_at = pos2(rect.left(), rect.center().y - 0.5 * name.size().y);
        painter.galley(name_at, name, self.ink);
        if has_middle {
            number(middle, rect.center().y, Align2::RIGHT_CENTER);
        }
    }

    /// The columns that are revealed; `None` if none is.
    pub(super) fn revealed_rect(&self) -> Option<Rect> {
        let revealed = self.revealed.start..self.revealed.end.min(self.axis.steps);
        let last = revealed.end.checked_sub(1)?;
        (revealed.start <= last).then(|| {
            let (from, to) = (self.axis.column(revealed.start), self.axis.column(last));
            Rect::from_x_y_ranges(from.min..=to.max, self.cells().y_range())
        })
    }

    /// The marks over what is drawn: the cursor, and a ring if the keyboard is here.
    pub(super) fn paint_marks(&self, ui: &Ui, has_focus: bool) {
        let palette = Palette::of(ui.visuals());
        let cells = self.cells();
        let painter = ui.painter_at(cells.expand(4.0));
        if let Some(t) = self.cursor {
            self.axis
                .paint_cursor(&painter, cells.y_range(), t, palette.cursor);
        }
        if has_focus {
            let ring = Stroke::new(1.5, palette.accent_text);
            painter.rect_stroke(cells.expand(1.0), 2.0, ring, StrokeKind::Outside);
        }
    }

    /// The revealed steps to draw, each with how many it stands for: not more than there are pixels.
    pub(super) fn drawn(&self, ui: &Ui) -> impl Iterator<Item = Range<usize>> + use<> {
        let revealed = self.revealed.start..self.revealed.end.min(self.axis.steps);
        let column = self.axis.column_width() * ui.pixels_per_point();
        let together = (1.0 / column.max(1e-3)).ceil().max(1.0) as usize;
        let end = revealed.end;
        revealed
            .step_by(together)
            .map(move |t| t..(t + together).min(end))
    }
}
