//! A small table of words and numbers: columns as wide as what stands in them, a head that stays in sight, rows that can be links.

use eframe::egui::accesskit::Role;
use eframe::egui::text::LayoutJob;
use eframe::egui::{
    Color32, CursorIcon, FontId, Rect, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2,
    vec2,
};

use super::controls::small_width;
use crate::app::theme::{GRID, Palette, SMALL, semi_bold};

/// The head of a column.
pub struct FactHead<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it says, for who points at it.
    pub told: &'a str,
    /// Whether its cells are numbers, which stand at the right.
    pub right: bool,
}

/// A row.
#[derive(Default)]
pub struct FactRow {
    /// Its cells, one for each column.
    pub cells: Vec<String>,
    /// Whether it heads those below it.
    pub strong: bool,
    /// Whether it can be clicked.
    pub link: bool,
    /// What is said of it to who points at it; nothing, if empty.
    pub told: String,
}

/// The height of a row, and of the head, in points.
const ROW: f32 = 22.0;
const HEAD: f32 = 24.0;
/// Between columns.
const GAP: f32 = 2.0 * GRID;

/// How high a table of so many rows is.
pub fn fact_table_height(rows: usize) -> f32 {
    HEAD + rows as f32 * ROW + 14.0
}

/// Shows a table in what is left of `ui`, at most `height` points high; gives the row that was clicked. `name` is what screen readers
/// call it.
pub fn fact_table(
    ui: &mut Ui,
    name: &str,
    heads: &[FactHead<'_>],
    rows: &[FactRow],
    height: f32,
) -> Option<usize> {
    let palette = Palette::of(ui.visuals());
    let strong_width = |text: &str| {
        let font = semi_bold(SMALL);
        let galley = ui
            .painter()
            .layout_no_wrap(text.to_owned(), font, Color32::WHITE);
        galley.size().x
    };
    let widths: Vec<f32> = (0..heads.len())
        .map(|column| {
            let cells = rows.iter().filter_map(|row| {
                let text = row.cells.get(column).filter(|text| !text.is_empty())?;
                Some(match row.strong {
                    true => strong_width(text),
                    false => small_width(ui, text),
                })
            });
            cells
                .fold(strong_width(heads[column].name), f32::max)
                .ceil()
                + GAP
        })
        .collect();
    let lefts: Vec<f32> = widths
        .iter()
        .scan(0.0, |left, width| {
            *left += width;
            Some(*left - width)
        })
        .collect();
    let total = vec2(widths.iter().sum(), HEAD + rows.len() as f32 * ROW + 2.0);
    let mut clicked = None;
    ScrollArea::both()
        .id_salt(name)
        .auto_shrink([false, true])
        .max_height(height.max(HEAD + 2.0 * ROW))
        .show(ui, |ui| {
            let (content, _) = ui.allocate_exact_size(total, Sense::hover());
            let shown = ui.clip_rect();
            let write = |text: &str, column: usize, y: f32, strong: bool, color: Color32| {
                let font = match strong {
                    true => semi_bold(SMALL),
                    false => FontId::proportional(SMALL),
                };
                let job = LayoutJob::simple_singleline(text.to_owned(), font, color);
                let galley = ui.painter().layout_job(job);
                let left = content.left() + lefts[column];
                let x = match heads[column].right {
                    true => left + widths[column] - GAP - galley.size().x,
                    false => left,
                };
                let at = pos2(x, y - 0.5 * galley.size().y);
                ui.painter().galley(at, galley, color);
            };
            for (index, row) in rows.iter().enumerate() {
                let top = content.top() + HEAD + index as f32 * ROW;
                let place =
                    Rect::from_min_size(pos2(content.left(), top), vec2(content.width(), ROW));
                if !place.intersects(shown) && !row.link {
                    continue;
                }
                let sense = if row.link {
                    Sense::click()
                } else {
                    Sense::hover()
                };
                let mut response = ui.interact(place, ui.scope_id().with((name, index)), sense);
                let role = if row.link { Role::Link } else { Role::Row };
                response.widget_info(|| {
                    let told = heads.iter().zip(&row.cells).skip(1);
                    let told = told.filter(|(_, cell)| !cell.is_empty());
                    let told = told.map(|(head, cell)| format!(", {} {cell}", head.name));
                    let first = row.cells.first().map_or("", String::as_str);
                    WidgetInfo::labeled(role, true, format!("{first}{}", told.collect::<String>()))
                });
                if response.gained_focus() {
                    response.scroll_to_me(None);
                }
                if row.link && response.hovered() {
                    ui.painter().rect_filled(place, 0.0, palette.faint);
                    response = response.on_hover_cursor(CursorIcon::PointingHand);
                }
                for (column, text) in row.cells.iter().enumerate().take(heads.len()) {
                    let color = match (row.strong, row.link && column == 0) {
                        (true, _) => palette.strong_text,
                        (_, true) => palette.accent_text,
                        _ => palette.text,
                    };
                    write(text, column, place.center().y, row.strong, color);
                }
                let line = match row.strong {
                    true => palette.hairline_stroke(),
                    false => Stroke::new(1.0, palette.hairline.gamma_multiply(0.5)),
                };
                // As far as the words go, without the space behind the last column.
                let ruled = place.left()..=place.right() - GAP;
                ui.painter().hline(ruled, place.bottom() - 0.5, line);
                if response.has_focus() {
                    let ring = Stroke::new(1.5, palette.accent_text);
                    ui.painter()
                        .rect_stroke(place, 2.0, ring, StrokeKind::Inside);
                }
                if response.clicked() {
                    clicked = Some(index);
                }
                if !row.told.is_empty() {
                    response.on_hover_text_at_pointer(&row.told);
                }
            }
            // The head stays where it is, over what is scrolled under it.
            let head = Rect::from_min_size(
                pos2(content.left(), shown.top()),
                vec2(content.width().max(shown.width()), HEAD),
            );
            ui.painter().rect_filled(head, 0.0, palette.background);
            for (column, of) in heads.iter().enumerate() {
                write(of.name, column, head.center().y, true, palette.weak_text);
                let place = Rect::from_min_size(
                    pos2(content.left() + lefts[column], head.top()),
                    vec2(widths[column], HEAD),
                );
                let id = ui.scope_id().with((name, "head", column));
                let response = ui.interact(place, id, Sense::hover());
                if !of.told.is_empty() {
                    response.on_hover_text(of.told);
                }
            }
            let y = head.bottom() - 0.5;
            let ruled = head.left()..=content.right() - GAP;
            ui.painter().hline(ruled, y, palette.hairline_stroke());
        });
    clicked
}
