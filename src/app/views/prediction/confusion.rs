//! Which classes are taken for which: a row for what is right, a column for what was said.

use crate::app::theme::{GRID, Palette, SMALL, TEXT, readable_on};
use crate::app::widgets::{HeatMapKind, Term, explained, small_width};
use crate::train::confusion::Confusion;
use crate::words::{grouped, many, percent_to};
use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{Align2, FontId, Rect, Sense, Stroke, StrokeKind, Ui, pos2, vec2};

/// In a cell this large a number can be read.
const NUMBERS_FROM: f32 = 22.0;
/// A cell is at most so large, in points.
const LARGEST: f32 = 96.0;
/// A cell is at most so many times as wide as high: where there is little height, numbers and names get their room beside it.
const WIDEST: f32 = 2.5;
/// What is above the cells: what the columns are, and their names.
const HEAD: f32 = 36.0;
/// From this size on its number is written as large as text.
const ROOMY: f32 = 60.0;

/// Draws the matrix, and says what it comes to.
pub(super) fn show(ui: &mut Ui, confusion: &Confusion) {
    let palette = Palette::of(ui.visuals());
    let mut words = in_words(confusion);
    let largest = ui.available_size() - vec2(40.0, 60.0);
    if largest.min_elem() / (confusion.names.len() as f32) < NUMBERS_FROM {
        words += match palette.dark {
            true => " The brighter a cell, the larger its share of the row.",
            false => " The darker a cell, the larger its share of the row.",
        };
    }
    explained(ui.label(words), "", &[Term::ConfusionMatrix]);
    ui.add_space(GRID);
    let area = ui.available_rect_before_wrap();
    let classes = confusion.names.len();
    let widest = confusion.names.iter().map(|name| small_width(ui, name));
    let names = widest
        .fold(RIGHT, f32::max)
        .min(NAMES)
        .min(0.25 * area.width())
        + 12.0;
    let room = vec2(area.width() - names - 16.0, area.height() - HEAD - 8.0) / classes as f32;
    let high = room.min_elem().clamp(3.0, LARGEST);
    let cell = vec2(
        room.x.clamp(high, LARGEST.min(WIDEST * high).max(high)),
        high,
    );
    let left = area.left() + names;
    let top = area.top() + HEAD;
    let cells = Rect::from_min_size(pos2(left, top), cell * classes as f32);
    let response = ui.interact(cells, ui.scope_id().with("confusion"), Sense::hover());
    let painter = ui.painter_at(area);
    let font = FontId::proportional(SMALL - 1.0);
    painter.text(
        pos2(left, area.top()),
        Align2::LEFT_TOP,
        "said →",
        font.clone(),
        palette.weak_text,
    );
    painter.text(
        pos2(area.left(), top - 2.0),
        Align2::LEFT_BOTTOM,
        "right ↓",
        font.clone(),
        palette.weak_text,
    );
    let short = |text: &str, width: f32| {
        let mut job = LayoutJob::simple_singleline(text.to_owned(), font.clone(), palette.text);
        job.wrap = TextWrapping::truncate_at_width(width);
        painter.layout_job(job)
    };
    for (class, name) in confusion.names.iter().enumerate() {
        let middle = pos2(left, top) + cell * (class as f32 + 0.5);
        if cell.y >= 9.0 {
            let galley = short(name, names - 10.0);
            let place = pos2(
                left - 6.0 - galley.size().x,
                middle.y - 0.5 * galley.size().y,
            );
            painter.galley(place, galley, palette.text);
        }
        if cell.x >= 9.0 {
            let galley = short(name, cell.x - 2.0);
            let place = pos2(
                middle.x - 0.5 * galley.size().x,
                top - 2.0 - galley.size().y,
            );
            painter.galley(place, galley, palette.text);
        }
    }
    for ((right, said), &count) in confusion.counts.indexed_iter() {
        let of = confusion.counts.row(right).iter().sum::<u32>();
        let share = f64::from(count) / f64::from(of.max(1));
        let place = Rect::from_min_size(
            pos2(left, top) + cell * vec2(said as f32, right as f32),
            cell,
        );
        let fill = match count {
            0 => palette.faint,
            _ => HeatMapKind::Unit.color(share, palette.dark),
        };
        painter.rect_filled(place.shrink(0.5), 0.0, fill);
        if right == said {
            let stroke = Stroke::new(1.0, palette.ok);
            painter.rect_stroke(place.shrink(1.0), 0.0, stroke, StrokeKind::Inside);
        }
        if cell.y >= NUMBERS_FROM && count > 0 {
            let font = match cell.min_elem() >= ROOMY {
                true => FontId::proportional(TEXT),
                false => font.clone(),
            };
            let ink = readable_on(fill);
            let number = painter.layout_no_wrap(grouped(count as usize), font, ink);
            // A number that is cut would be another; the pointer tells it.
            if number.size().x <= place.width() - 2.0 {
                painter.galley(place.center() - 0.5 * number.size(), number, ink);
            }
        }
    }
    if let Some(at) = response.hover_pos() {
        let from = (at - pos2(left, top)) / cell;
        let [said, right] = [from.x, from.y].map(|at| (at.max(0.0) as usize).min(classes - 1));
        let count = confusion.counts[[right, said]];
        let of: u32 = confusion.counts.row(right).iter().sum();
        response.on_hover_text_at_pointer(format!(
            "{} is right {};\n{} was said {} of them",
            confusion.called(right),
            many(of as usize, "time"),
            confusion.called(said),
            grouped(count as usize)
        ));
    }
    ui.advance_cursor_after_rect(cells);
}

/// The room that “right ↓” takes.
const RIGHT: f32 = 40.0;
/// The widest that names before rows get, in points.
const NAMES: f32 = 120.0;

fn in_words(confusion: &Confusion) -> String {
    let (right, all) = (confusion.right(), confusion.all());
    let share = percent_to(f64::from(right) / f64::from(all.max(1)), 1);
    let [right, all] = [right, all].map(|count| grouped(count as usize));
    let worst = match confusion.worst() {
        Some((class, for_which, times)) => format!(
            " Most often {} is taken for {}, {}.",
            confusion.called(class),
            confusion.called(for_which),
            many(times as usize, "time")
        ),
        None => String::new(),
    };
    format!("{right} of {all} answers are right, {share}.{worst}")
}
