//! How long all sequences are, as a histogram.

use super::{Seen, Sign, area, entry, words};
use crate::app::theme::GRID;
use crate::app::views::MARGIN;
use crate::app::widgets::{TimeAxis, caption, labelled_columns};
use crate::data::{Dataset, Split, survey};
use crate::words::many;
use eframe::egui::{Align2, Rect, Sense, Stroke, StrokeKind, Ui, pos2, vec2};
use std::sync::{Arc, Weak};

/// Steps, and how many sequences of the training part and of the test part have as many.
type Length = (usize, [usize; 2]);

/// The lengths of a data set's sequences, counted once.
#[derive(Default)]
pub(super) struct Lengths {
    counted: Option<(Weak<Dataset>, Vec<Length>)>,
}

/// The height of the histogram.
const HISTOGRAM: f32 = 12.0 * GRID;

/// From this height of the page on there is room for it.
const ROOMY: f32 = 26.0 * GRID;

impl Lengths {
    /// What the histogram takes of the page; nothing where there is no room, or where all sequences are as long.
    pub fn height(&mut self, ui: &Ui, dataset: &Arc<Dataset>) -> f32 {
        if self.of(dataset).len() > 1 && ui.available_height() > ROOMY {
            HISTOGRAM
        } else {
            0.0
        }
    }

    /// Draws the histogram.
    pub fn show(&mut self, ui: &mut Ui, seen: &Seen<'_>) {
        draw(ui, seen, self.of(seen.dataset));
    }

    fn of(&mut self, dataset: &Arc<Dataset>) -> &[Length] {
        let same = self
            .counted
            .take()
            .filter(|(of, _)| std::ptr::eq(of.as_ptr(), Arc::as_ptr(dataset)));
        let kept = same.unwrap_or_else(|| (Arc::downgrade(dataset), survey::lengths(dataset)));
        &self.counted.insert(kept).1
    }
}

/// How many sequences of each length there are.
fn draw(ui: &mut Ui, seen: &Seen<'_>, lengths: &[Length]) {
    let palette = &seen.palette;
    let counts = Split::ALL.map(|split| seen.dataset.split(split).len());
    ui.horizontal(|ui| {
        caption(ui, "Lengths of all sequences");
        entry(
            ui,
            Sign::Area,
            palette.train,
            &format!("train, {}", counts[0]),
        );
        entry(
            ui,
            Sign::Area,
            palette.test,
            &format!("test, {}", counts[1]),
        );
    });
    let height = (ui.available_height() - 2.0 * GRID).clamp(3.0 * GRID, 9.0 * GRID);
    let width = ui.available_width() - 2.0 * GRID;
    let (rect, _) = ui.allocate_exact_size(vec2(width, height + 2.0 * GRID), Sense::hover());
    let bars = Rect::from_min_max(
        rect.min + vec2(MARGIN, 0.0),
        pos2(rect.right(), rect.top() + height),
    );
    let (Some(&(shortest, _)), Some(&(longest, _))) = (lengths.first(), lengths.last()) else {
        return;
    };
    let steps = longest - shortest + 1;
    let right = bars.left() + steps as f32 * 5.0 * GRID;
    let axis = TimeAxis::new(bars.left(), bars.right().min(right), steps);
    let most = lengths
        .iter()
        .map(|(_, counts)| counts[0].max(counts[1]))
        .max()
        .unwrap_or(1)
        .max(1);
    let painter = ui.painter();
    painter.hline(
        axis.left..=axis.right,
        bars.bottom(),
        palette.hairline_stroke(),
    );
    let count_at = pos2(rect.left(), bars.top() + 7.0);
    words(
        painter,
        count_at,
        Align2::LEFT_CENTER,
        &format!("up to {most}"),
        palette.weak_text,
        MARGIN,
    );
    for &(length, counts) in lengths {
        let column = axis.column(length - shortest);
        let half = 0.5 * (column.span() - 2.0).max(1.0);
        for (nth, (count, color)) in counts
            .into_iter()
            .zip([palette.train, palette.test])
            .enumerate()
        {
            let left = column.min + 1.0 + nth as f32 * half;
            let top = bars.bottom() - bars.height() * count as f32 / most as f32;
            let bar =
                Rect::from_min_max(pos2(left, top), pos2(left + half.max(0.5), bars.bottom()));
            painter.rect_filled(bar, 0.0, color);
        }
        if length == seen.span.len {
            let place = Rect::from_x_y_ranges(column, bars.y_range());
            painter.rect_stroke(
                place,
                2.0,
                Stroke::new(1.0, palette.cursor),
                StrokeKind::Outside,
            );
        }
    }
    for t in labelled_columns(axis.steps, axis.right - axis.left, 36.0) {
        let at = pos2(axis.x_of(t), bars.bottom() + 8.0);
        words(
            painter,
            at,
            Align2::CENTER_CENTER,
            &(t + shortest).to_string(),
            palette.weak_text,
            60.0,
        );
    }
    let words_at = pos2(rect.left(), bars.bottom() + 8.0);
    words(
        painter,
        words_at,
        Align2::LEFT_CENTER,
        "steps",
        palette.weak_text,
        MARGIN,
    );
    let name = format!("Lengths of sequences, {shortest} to {longest} steps");
    let response = area(ui, bars, "lengths", Sense::hover(), &name);
    if let Some(t) = response.hover_pos().and_then(|at| axis.time_at(at.x)) {
        let length = t + shortest;
        let counts = lengths
            .iter()
            .find(|(of, _)| *of == length)
            .map_or([0, 0], |(_, counts)| *counts);
        response.on_hover_text_at_pointer(format!(
            "{}: {} to learn from, {} kept back",
            many(length, "step"),
            counts[0],
            counts[1]
        ));
    }
}
