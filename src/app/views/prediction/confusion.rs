//! Which classes are taken for which: a row for what is right, a column for what was said.

use crate::app::theme::{GRID, Palette, SMALL, TEXT, readable_on};
use crate::app::widgets::{HeatMapKind, Term, caption, explained, small_width};
use crate::train::confusion::Confusion;
use crate::words::{grouped, many, percent_to};
use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Align2, FontId, Painter, Pos2, Rect, RichText, Sense, Stroke, StrokeKind, Ui, Vec2, pos2, vec2,
};

/// In a cell this large a number can be read.
const NUMBERS_FROM: f32 = 22.0;
/// A cell is at most so large, in points.
const LARGEST: f32 = 180.0;
/// A cell is at most so many times as wide as high: where there is little height, numbers and names get their room beside it.
const WIDEST: f32 = 2.5;
/// In a row this high its name can be read; a matrix with lower ones is as large as [`MANY`] at least.
const NAMED_FROM: f32 = 12.0;
/// A matrix of many classes is at least so large, in points: its cells are pointed at.
const MANY: f32 = 160.0;
/// In a lower pane its words are small, in points.
const LOW: f32 = 200.0;
/// What is above the cells: what the columns are, and their names.
const HEAD: f32 = 32.0;
/// From this size on its number is written as large as text.
const ROOMY: f32 = 60.0;
/// The bar of shades in the key, in points.
const BAR: f32 = 36.0;
/// The square in it.
const SQUARE: f32 = 9.0;
/// Between what stands beside one another in it.
const BETWEEN: f32 = 6.0;

/// What shades and outlines mean.
const SHADE: &str = "shade: share of its row";
const OUTLINED: &str = "outlined: right";

/// How large a cell is in such room for this many classes; `None` where neither a name nor a cell could be told from the next.
fn cell_in(room: Vec2, classes: usize) -> Option<Vec2> {
    let each = room / classes.max(1) as f32;
    let high = each.min_elem().min(LARGEST);
    let is_seen = high >= NAMED_FROM || high * classes as f32 >= MANY;
    let wide = each.x.clamp(high, LARGEST.min(WIDEST * high).max(high));
    is_seen.then(|| vec2(wide, high))
}

/// Draws the matrix, and says what it comes to.
pub(super) fn show(ui: &mut Ui, confusion: &Confusion) {
    let palette = Palette::of(ui.visuals());
    let words = RichText::new(in_words(confusion));
    // In a low pane the matrix needs the room.
    let words = match ui.available_height() < LOW {
        true => words.size(SMALL),
        false => words,
    };
    explained(ui.label(words), "", &[Term::ConfusionMatrix]);
    ui.add_space(0.5 * GRID);
    let area = ui.available_rect_before_wrap();
    let classes = confusion.names.len();
    let widest = confusion.names.iter().map(|name| small_width(ui, name));
    let names = widest
        .fold(RIGHT, f32::max)
        .min(NAMES)
        .min(0.25 * area.width())
        + 12.0;
    let room = vec2(area.width() - names - 16.0, area.height() - HEAD - 8.0);
    let Some(cell) = cell_in(room, classes) else {
        let how =
            format!("Which of {classes} classes is taken for which is seen in a larger pane.");
        caption(ui, &how);
        return;
    };
    let left = area.left() + names;
    let top = area.top() + HEAD;
    let cells = Rect::from_min_size(pos2(left, top), cell * classes as f32);
    let response = ui.interact(cells, ui.scope_id().with("confusion"), Sense::hover());
    let painter = ui.painter_at(area);
    let font = FontId::proportional(SMALL - 1.0);
    let said = painter.text(
        pos2(left, area.top()),
        Align2::LEFT_TOP,
        "said →",
        font.clone(),
        palette.weak_text,
    );
    key(ui, &painter, said.right_top(), area.right());
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
        if cell.y >= NAMED_FROM {
            let galley = short(name, names - 10.0);
            let place = pos2(
                left - 6.0 - galley.size().x,
                middle.y - 0.5 * galley.size().y,
            );
            painter.galley(place, galley, palette.text);
        }
        if cell.x >= NAMED_FROM {
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
            // Of two inks, so that it is seen on whatever shade the cell has, and is the same in all.
            let inner = Stroke::new(1.0, palette.background);
            painter.rect_stroke(place.shrink(1.0), 0.0, inner, StrokeKind::Inside);
            let outer = Stroke::new(1.5, palette.strong_text);
            painter.rect_stroke(place, 0.0, outer, StrokeKind::Inside);
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

/// What shades and outlines mean, from a place on as far as there is room: the bar of shades, then the outline, whose number in
/// the matrix is a right answer.
fn key(ui: &Ui, painter: &Painter, from: Pos2, right: f32) {
    let palette = Palette::of(ui.visuals());
    let font = FontId::proportional(SMALL - 1.0);
    let mut x = from.x + 2.0 * GRID;
    for (text, sign) in [(SHADE, BAR), (OUTLINED, SQUARE)] {
        let words = painter.layout_no_wrap(text.to_owned(), font.clone(), palette.weak_text);
        if x + sign + BETWEEN + words.size().x > right {
            return;
        }
        let middle = from.y + 0.5 * words.size().y;
        let place =
            Rect::from_x_y_ranges(x..=x + sign, middle - 0.5 * SQUARE..=middle + 0.5 * SQUARE);
        if text == SHADE {
            const STEPS: u8 = 12;
            let step = sign / f32::from(STEPS);
            for part in 0..STEPS {
                let share = f64::from(part) / f64::from(STEPS - 1);
                let left = x + f32::from(part) * step;
                let piece = Rect::from_x_y_ranges(left..=left + step, place.y_range());
                let shade = HeatMapKind::Unit.color(share, palette.dark);
                painter.rect_filled(piece, 0.0, shade);
            }
        } else {
            let stroke = Stroke::new(1.5, palette.strong_text);
            painter.rect_stroke(place, 0.0, stroke, StrokeKind::Inside);
        }
        x += sign + BETWEEN;
        let after = x + words.size().x;
        painter.galley(pos2(x, from.y), words, palette.weak_text);
        x = after + 2.0 * GRID;
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What is drawn can be read or pointed at, and in a large pane it is not small.
    #[test]
    fn cells_are_as_large_as_the_room_lets_them_and_none_is_too_small() {
        // A low pane: eleven rows would be of six points each.
        assert_eq!(cell_in(vec2(240.0, 70.0), 11), None);
        // Seven have their names.
        let cell = cell_in(vec2(420.0, 92.0), 7).unwrap();
        assert!(cell.y >= NAMED_FROM && cell.x <= WIDEST * cell.y, "{cell}");
        // Of many classes there are no names, and the whole of it is large.
        assert!(cell_in(vec2(400.0, 300.0), 60).is_some());
        assert_eq!(cell_in(vec2(400.0, 120.0), 60), None);
        // Two of them have a large pane nearly to themselves.
        let cell = cell_in(vec2(900.0, 400.0), 2).unwrap();
        assert_eq!(cell.y, LARGEST);
    }
}
