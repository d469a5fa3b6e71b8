//! The probabilities of the classes at each of the probe's answers: a bar for each where there is one answer, else a column for
//! each answer.

use crate::app::theme::{GRID, Palette, SMALL, readable_on};
use crate::app::widgets::{HeatMapKind, Term, explained, labelled_columns, small_width};
use crate::train::chances::Chances;
use crate::words::{many, percent_to};
use eframe::egui::accesskit::Role;
use eframe::egui::{Align2, FontId, Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

/// The widest that names get, in points.
const NAMES: f32 = 96.0;
/// A cell is at most so high and so wide.
const HIGHEST: f32 = 26.0;
const WIDEST: f32 = 44.0;
/// From this size on a number stands in a cell.
const NUMBERS: [f32; 2] = [34.0, 15.0];

/// Draws them, and says what they come to; gives the step that was clicked, an array index.
pub(super) fn show(ui: &mut Ui, chances: &Chances) -> Option<usize> {
    explained(
        ui.label(in_words(chances)),
        "softmax(y) of the sequence under the lens",
        &[Term::Probe],
    );
    ui.add_space(0.5 * GRID);
    match chances.steps.len() {
        1 => {
            bars(ui, chances);
            None
        }
        _ => columns(ui, chances),
    }
}

fn bars(ui: &mut Ui, chances: &Chances) {
    let palette = Palette::of(ui.visuals());
    let area = ui.available_rect_before_wrap();
    let names = names_width(ui, chances);
    let high = (area.height() / chances.names.len() as f32).clamp(12.0, HIGHEST);
    let full = (area.width() - names - 72.0).clamp(24.0, 480.0);
    for (class, name) in chances.names.iter().enumerate() {
        let (row, response) =
            ui.allocate_exact_size(vec2(names + full + 64.0, high - 2.0), Sense::hover());
        let probability = chances.of[[0, class]];
        let right = chances.wanted[0] == class;
        let text = format!(
            "{}: {}{}",
            name,
            percent_to(probability, 1),
            if right { ", right" } else { "" }
        );
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &text));
        let painter = ui.painter_at(row);
        let font = FontId::proportional(SMALL);
        let color = if right {
            palette.strong_text
        } else {
            palette.text
        };
        let name_at = pos2(row.left() + names - 8.0, row.center().y);
        painter.text(name_at, Align2::RIGHT_CENTER, name, font.clone(), color);
        let bar = |share: f32| {
            let size = vec2(full * share, (row.height() - 6.0).max(4.0));
            Rect::from_min_size(
                pos2(row.left() + names, row.center().y - 0.5 * size.y),
                size,
            )
        };
        painter.rect_filled(bar(probability as f32), 0.0, palette.prediction);
        if right {
            painter.rect_stroke(
                bar(1.0),
                0.0,
                Stroke::new(1.0, palette.ok),
                StrokeKind::Inside,
            );
        }
        let at = pos2(row.left() + names + full + 8.0, row.center().y);
        painter.text(
            at,
            Align2::LEFT_CENTER,
            percent_to(probability, 1),
            font,
            color,
        );
    }
}

fn names_width(ui: &Ui, chances: &Chances) -> f32 {
    let widest = chances.names.iter().map(|name| small_width(ui, name));
    widest.fold(16.0, f32::max).min(NAMES) + 12.0
}

fn columns(ui: &mut Ui, chances: &Chances) -> Option<usize> {
    let palette = Palette::of(ui.visuals());
    let area = ui.available_rect_before_wrap();
    let (answers, classes) = chances.of.dim();
    let names = names_width(ui, chances);
    let foot = 20.0;
    let cell = vec2(
        ((area.width() - names - 8.0) / answers as f32).clamp(1.0, WIDEST),
        ((area.height() - foot) / classes as f32).clamp(4.0, HIGHEST),
    );
    let corner = pos2(area.left() + names, area.top());
    let cells = Rect::from_min_size(
        corner,
        vec2(cell.x * answers as f32, cell.y * classes as f32),
    );
    let response = ui.interact(cells, ui.scope_id().with("chances"), Sense::click());
    response
        .widget_info(|| WidgetInfo::labeled(Role::Image, true, "Probabilities by step and class"));
    let painter = ui.painter_at(area);
    let font = FontId::proportional(SMALL - 1.0);
    if cell.y >= 9.0 {
        for (class, name) in chances.names.iter().enumerate() {
            let at = pos2(corner.x - 6.0, corner.y + cell.y * (class as f32 + 0.5));
            painter.text(at, Align2::RIGHT_CENTER, name, font.clone(), palette.text);
        }
    }
    for ((answer, class), &probability) in chances.of.indexed_iter() {
        let at = corner + vec2(cell.x * answer as f32, cell.y * class as f32);
        let place = Rect::from_min_size(at, cell);
        let fill = HeatMapKind::Unit.color(probability, palette.dark);
        painter.rect_filled(place, 0.0, fill);
        if cell.x >= NUMBERS[0] && cell.y >= NUMBERS[1] {
            // Whole numbers alone have room: the nearest that is neither nothing nor all.
            let text = match 100.0 * probability {
                share if share > 0.0 && share < 0.5 => "< 1 %".to_owned(),
                share if (99.5..100.0).contains(&share) => "> 99 %".to_owned(),
                share => format!("{share:.0} %"),
            };
            painter.text(
                place.center(),
                Align2::CENTER_CENTER,
                text,
                font.clone(),
                readable_on(fill),
            );
        }
        if chances.wanted[answer] == class {
            let inside = place.shrink(0.5);
            painter.rect_stroke(
                inside,
                0.0,
                Stroke::new(1.5, palette.ok),
                StrokeKind::Inside,
            );
        }
    }
    for index in labelled_columns(answers, cells.width(), 28.0) {
        let x = corner.x + cell.x * (index as f32 + 0.5);
        let text = (chances.steps[index] + 1).to_string();
        let at = pos2(x, cells.bottom() + 10.0);
        painter.text(
            at,
            Align2::CENTER_CENTER,
            text,
            font.clone(),
            palette.weak_text,
        );
    }
    let at = pos2(area.left(), cells.bottom() + 10.0);
    painter.text(at, Align2::LEFT_CENTER, "t →", font, palette.weak_text);
    ui.advance_cursor_after_rect(cells.with_max_y(cells.bottom() + foot));
    let pointer = response.hover_pos()?;
    let index = |from: f32, size: f32, of: usize| ((from / size).max(0.0) as usize).min(of - 1);
    let answer = index(pointer.x - corner.x, cell.x, answers);
    let class = index(pointer.y - corner.y, cell.y, classes);
    let right = &chances.names[chances.wanted[answer]];
    let clicked = response.clicked();
    response.on_hover_text_at_pointer(format!(
        "t = {}: “{}” {}\n“{right}” is right",
        chances.steps[answer] + 1,
        &chances.names[class],
        percent_to(chances.of[[answer, class]], 1),
    ));
    clicked.then(|| chances.steps[answer])
}

/// How likely what is right was held.
fn in_words(chances: &Chances) -> String {
    let answers = chances.steps.len();
    match chances.typical() {
        Some(typical) if answers == 1 => {
            let name = &chances.names[chances.wanted[0]];
            format!(
                "“{name}” is right, and was held {} likely.",
                percent_to(typical, 1)
            )
        }
        Some(typical) => format!(
            "What is right was held {} likely at the {} (geometric mean: e to the power of −loss). A frame is what is right.",
            percent_to(typical, 1),
            many(answers, "answer"),
        ),
        None => "What is right is one of the others.".into(),
    }
}
