//! The first rows of a table, under the role of each column.

use super::outcome::place;
use crate::app::theme::{self, GRID, Palette, SMALL, TEXT};
use crate::data::{BadPlace, BadPlaces, Role, Table};
use crate::session::{ImportCommand, TableImport};
use eframe::egui::{
    self, Align, Color32, ComboBox, Frame, Label, Layout, Rect, RichText, ScrollArea, Sense, Ui,
    UiBuilder, pos2, vec2,
};

/// Rows from the beginning of the file, and if rows with cells that are no numbers follow.
const FIRST: usize = 6;
const FIRST_OF_BAD: usize = 3;
/// Rows with cells that are no numbers, beside those.
const BAD: usize = 4;
/// The width of the line numbers.
const GUTTER: f32 = 7.0 * GRID;
/// A column is as wide as there is room for, between these.
const WIDTH: std::ops::RangeInclusive<f32> = 15.0 * GRID..=26.0 * GRID;
/// Name, role and what is missing.
const HEADER: f32 = 9.0 * GRID;
const ROW: f32 = 2.5 * GRID;
/// With more columns only those in sight are laid out.
const ALL_LAID_OUT: usize = 32;

pub(super) fn show(ui: &mut Ui, import: &TableImport, wanted: &mut Vec<ImportCommand>) {
    let palette = Palette::of(ui.visuals());
    Frame::new()
        .fill(palette.faint)
        .corner_radius(6.0)
        .inner_margin(GRID)
        .show(ui, |ui| {
            let columns = import.table.columns().len();
            let room = ui.available_width() - GUTTER;
            let width = (room / columns as f32).clamp(*WIDTH.start(), *WIDTH.end());
            let rows = rows(import);
            ScrollArea::horizontal()
                .id_salt("preview")
                .auto_shrink([false, true])
                .show_viewport(ui, |ui, sight| {
                    let mut size = vec2(
                        GUTTER + columns as f32 * width,
                        HEADER + rows.len() as f32 * ROW,
                    );
                    if size.x > room + GUTTER {
                        // The scroll bar would lie on the last row.
                        size.y += 1.5 * GRID;
                    }
                    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
                    line_numbers(ui, import, &rows, rect, &palette);
                    let in_sight = |index: usize| {
                        let left = GUTTER + index as f32 * width;
                        left < sight.right() && left + width > sight.left()
                    };
                    for index in 0..columns {
                        if columns <= ALL_LAID_OUT || in_sight(index) {
                            let left = rect.left() + GUTTER + index as f32 * width;
                            let place =
                                Rect::from_min_size(pos2(left, rect.top()), vec2(width, size.y));
                            column(ui, import, index, &rows, place, &palette, wanted);
                        }
                    }
                });
        });
}

/// The rows to show: the first ones, and the first with cells that are no numbers, which are what needs to be seen.
fn rows(import: &TableImport) -> Vec<usize> {
    let table = &import.table;
    let mut bad: Vec<usize> = import
        .bad
        .iter()
        .flat_map(BadPlaces::first)
        .map(|place| row_of_line(table, place.line))
        .collect();
    bad.sort_unstable();
    bad.dedup();
    let first = if bad.is_empty() { FIRST } else { FIRST_OF_BAD };
    let first = first.min(table.rows());
    let further = bad.into_iter().filter(|row| *row >= first).take(BAD);
    (0..first).chain(further).collect()
}

/// The last row that begins at or before this line of the file.
fn row_of_line(table: &Table, line: u64) -> usize {
    let (mut low, mut high) = (0, table.rows());
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if table.line(middle) <= line {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

fn row_rect(column: Rect, index: usize) -> Rect {
    let top = column.top() + HEADER + index as f32 * ROW;
    Rect::from_min_size(pos2(column.left(), top), vec2(column.width(), ROW))
}

fn line_numbers(ui: &mut Ui, import: &TableImport, rows: &[usize], rect: Rect, palette: &Palette) {
    let gutter = rect.with_max_x(rect.left() + GUTTER - GRID);
    let weak = |text: String| RichText::new(text).size(SMALL).color(palette.weak_text);
    let header = gutter.with_max_y(rect.top() + 2.5 * GRID);
    cell(ui, header, true, weak("line".into()));
    for (index, row) in rows.iter().enumerate() {
        let line = import.table.line(*row);
        cell(ui, row_rect(gutter, index), true, weak(line.to_string()));
        // Rows are left out before this one.
        if index > 0 && *row > rows[index - 1] + 1 {
            let y = row_rect(gutter, index).top();
            ui.painter()
                .hline(rect.x_range(), y, palette.hairline_stroke());
        }
    }
    let y = rect.top() + HEADER - 0.5 * GRID;
    ui.painter()
        .hline(rect.x_range(), y, palette.hairline_stroke());
}

/// A text in its place, right of it for numbers; what is too long is cut off.
fn cell(ui: &mut Ui, rect: Rect, right: bool, text: RichText) -> egui::Response {
    let layout = if right {
        Layout::right_to_left(Align::Center)
    } else {
        Layout::left_to_right(Align::Center)
    };
    let builder = UiBuilder::new().max_rect(rect).layout(layout);
    ui.scope_builder(builder, |ui| ui.add(Label::new(text).truncate()))
        .inner
}

fn column(
    ui: &mut Ui,
    import: &TableImport,
    index: usize,
    rows: &[usize],
    rect: Rect,
    palette: &Palette,
    wanted: &mut Vec<ImportCommand>,
) {
    let table = &import.table;
    let column = &table.columns()[index];
    let role = import.choices.roles[index];
    let bad = &import.bad[index];
    let inner = rect.shrink2(vec2(GRID, 0.0));
    let right = column.numbers().is_some() || !bad.is_empty();
    let strong = RichText::new(&column.name)
        .font(theme::semi_bold(TEXT))
        .color(color(role, palette));
    let name = cell(ui, inner.with_max_y(rect.top() + 2.5 * GRID), right, strong);
    if let Some(guess) = import.guessed.columns.get(index) {
        let guessed = format!(
            "{}\nGuessed: {}. {}",
            column.name,
            guess.role.name(),
            guess.reason
        );
        name.on_hover_text(guessed);
    }
    let combo = Rect::from_min_max(
        pos2(inner.left(), rect.top() + 2.5 * GRID),
        pos2(inner.right(), rect.top() + 6.0 * GRID),
    );
    ui.scope_builder(UiBuilder::new().max_rect(combo), |ui| {
        roles(ui, import, index, combo.width(), wanted);
    });
    let (count, more) = (bad.first().len() + bad.more(), column.missing);
    let (text, color) = match (count, more) {
        (0, 0) => ("none missing".to_owned(), palette.weak_text),
        (0, missing) => (format!("{missing} missing"), palette.threshold),
        (1, _) => ("1 is no number".to_owned(), palette.error),
        (count, _) => (format!("{count} are no numbers"), palette.error),
    };
    let below = Rect::from_min_max(
        pos2(inner.left(), rect.top() + 6.0 * GRID),
        pos2(inner.right(), rect.top() + HEADER - 0.5 * GRID),
    );
    cell(
        ui,
        below,
        right,
        RichText::new(text).size(SMALL).color(color),
    );
    for (at, row) in rows.iter().enumerate() {
        let place_of_row = row_rect(inner, at);
        let line = table.line(*row);
        if let Some(wrong) = bad.first().iter().find(|place| place.line == line) {
            bad_cell(ui, place_of_row, &column.label(*row), wrong, palette);
        } else if column.is_missing(*row) {
            let text = RichText::new("missing").size(SMALL).italics();
            cell(ui, place_of_row, right, text.color(palette.threshold));
        } else {
            let ink = match role {
                Role::Ignore => palette.weak_text,
                _ => palette.text,
            };
            let text = one_line(&column.label(*row));
            cell(
                ui,
                place_of_row,
                right,
                RichText::new(text).size(SMALL).color(ink),
            );
        }
    }
}

/// The beginning of a cell, on one line.
fn one_line(text: &str) -> String {
    const KEPT: usize = 60;
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut short: String = text.chars().take(KEPT).map(clean).collect();
    if text.chars().nth(KEPT).is_some() {
        short.push('…');
    }
    short
}

/// A cell that is no number, with what is wrong about it on hover.
fn bad_cell(ui: &mut Ui, rect: Rect, text: &str, wrong: &BadPlace, palette: &Palette) {
    let mark = rect.expand2(vec2(0.5 * GRID, -1.0));
    ui.painter()
        .rect_filled(mark, 3.0, palette.error.gamma_multiply(0.15));
    let ink = RichText::new(one_line(text)).size(SMALL);
    cell(ui, rect, true, ink.color(palette.error));
    // The whole cell explains itself, not only its text.
    let id = ui.scope_id().with(("bad", wrong.line, wrong.column));
    let problem = place(wrong);
    ui.interact(mark, id, Sense::hover()).on_hover_text(format!(
        "{}\n{} · expected {}\n{}",
        problem.place, problem.found, problem.expected, problem.hint
    ));
}

/// What is asked has the colour of outputs.
fn color(role: Role, palette: &Palette) -> Color32 {
    match role {
        Role::Target | Role::Label => palette.prediction,
        Role::Time | Role::Feature | Role::Group | Role::Text => palette.strong_text,
        Role::Ignore => palette.weak_text,
    }
}

/// What a role means.
fn meaning(role: Role) -> &'static str {
    match role {
        Role::Time => "Says when: labels the plots and the test part",
        Role::Feature => "A number that is read at each step",
        Role::Target => "A number that is forecast, and read as well",
        Role::Group => "Tells series apart: one for each of its values",
        Role::Label => "The class to tell",
        Role::Text => "Each cell is a sequence of characters",
        Role::Ignore => "Is not used",
    }
}

fn roles(
    ui: &mut Ui,
    import: &TableImport,
    index: usize,
    width: f32,
    wanted: &mut Vec<ImportCommand>,
) {
    let column = &import.table.columns()[index];
    let now = import.choices.roles[index];
    let numbers = column.numbers().is_some() || !import.bad[index].is_empty();
    ui.name_inputs(format!("Role of {}", column.name), |ui| {
        ComboBox::from_id_salt(("role", index))
            .selected_text(now.name())
            .width(width)
            .truncate()
            .show_ui(ui, |ui| {
                for role in Role::ALL {
                    let refused = match role {
                        Role::Feature | Role::Target if !numbers => Some("This column holds text"),
                        Role::Text if numbers => Some("This column holds numbers"),
                        _ => None,
                    };
                    let entry = egui::Button::selectable(role == now, role.name());
                    let mut entry = ui.add_enabled(refused.is_none(), entry);
                    entry = entry.on_hover_text(meaning(role));
                    if let Some(reason) = refused {
                        entry = entry.on_disabled_hover_text(reason);
                    }
                    if entry.clicked() && role != now {
                        wanted.push(ImportCommand::Role {
                            column: column.name.clone(),
                            role,
                        });
                    }
                }
            });
    });
}
