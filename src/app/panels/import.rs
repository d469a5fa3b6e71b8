//! A file on its way in: how it was read, what its columns are for, what comes of it, and what is wrong with it.
//!
//! What is wrong stands where it is to be mended: with the file's writing if it is no table, in the preview and beside the
//! choices if it is one. The dialogue keeps nothing itself: all that is chosen is in the session's [`Import`].

mod choices;
mod lines;
mod outcome;
mod preview;
mod written;

use crate::app::theme::{GRID, Palette};
use crate::app::widgets::{
    Problem, dialog_frame, error_card, field_row, primary_button, section_heading, segmented,
};
use crate::session::{
    Command, Import, ImportCommand, ImportKind, ImportState, Outcome, Session, TableImport,
    TextImport,
};
use crate::words::many;
use eframe::egui::{
    self, Align, Event, Frame, Id, Key, Layout, Modal, ProgressBar, RichText, ScrollArea, Ui, Vec2,
    vec2,
};

/// The width of what is in the dialogue where there is room for it.
const WIDTH: f32 = 960.0;

/// The height of what is in it where there is room for it.
const HEIGHT: f32 = 820.0;

/// What the scroll bar takes, outside that width.
const BAR: f32 = 1.5 * GRID;

/// From this width on, choices and what comes of them stand side by side.
const SIDE_BY_SIDE: f32 = 880.0;

/// Draws the dialogue while a file is being looked at.
pub fn show(ctx: &egui::Context, session: &Session) -> Vec<Command> {
    let Some(import) = session.import() else {
        return Vec::new();
    };
    let mut wanted = Vec::new();
    // Before anything is drawn: a field that is left with Enter has the key for itself.
    let nothing_focused = ctx.memory(|memory| memory.focused().is_none());
    let enter = nothing_focused && ctx.input(|input| is_enter_alone(&input.events));
    let window = ctx.content_rect().size();
    let width = WIDTH.min(window.x - 12.0 * GRID);
    let mut frame = dialog_frame(ctx);
    frame.inner_margin.right -= BAR as i8;
    // Whatever is in it, it keeps its size, and with that its place.
    let height = HEIGHT.min(window.y - 4.0 * GRID - frame.inner_margin.sum().y);
    let modal = Modal::new(Id::unique("import"))
        .frame(frame)
        .show(ctx, |ui| {
            ui.set_width(width + BAR);
            let top = ui.cursor().top();
            title(ui, import, width);
            changed(ui, import, &mut wanted);
            // Title and buttons stay in sight; what is between them scrolls if it has to.
            let buttons_below =
                3.0 * GRID + ui.spacing().interact_size.y + 2.0 * ui.spacing().item_spacing.y;
            let left = height - (ui.cursor().top() - top) - buttons_below;
            ScrollArea::vertical()
                // Another file begins at its beginning.
                .id_salt(("import", &import.path))
                .max_height(left)
                .auto_shrink([false, false])
                .show(ui, |ui| {
                    ui.set_max_width(width);
                    content(ui, import, &mut wanted);
                    if let Some(message) = session.message() {
                        ui.add_space(GRID);
                        let lines = message.lines.iter().map(|line| outcome::problem(line));
                        error_card(ui, &message.title, &lines.collect::<Vec<_>>());
                    }
                });
            ui.add_space(1.5 * GRID);
            let left = ui.cursor().left();
            let line = Palette::of(ui.visuals()).hairline_stroke();
            ui.painter()
                .hline(left..=left + width, ui.cursor().top(), line);
            ui.add_space(1.5 * GRID);
            buttons(ui, import, enter, &mut wanted);
        });
    keep_centred(ctx, modal.response.id, modal.response.rect.size());
    // A click beside it is no wish to lose what was chosen in it.
    let beside = modal.backdrop_response.clicked();
    if modal.should_close() && !beside {
        wanted.push(ImportCommand::Cancel);
    }
    wanted.into_iter().map(Command::Import).collect()
}

/// Whether Enter was pressed with nothing before it since the last frame that could have gone into a field: where frames are slow,
/// a click into a field, what is typed there and Enter may all come at once.
fn is_enter_alone(events: &[Event]) -> bool {
    let enter = |event: &Event| {
        matches!(
            event,
            Event::Key {
                key: Key::Enter,
                pressed: true,
                ..
            }
        )
    };
    let goes_into_a_field = |event: &Event| {
        matches!(
            event,
            Event::Text(_)
                | Event::Paste(_)
                | Event::Ime(_)
                | Event::PointerButton { .. }
                | Event::Touch { .. }
                | Event::AccessKitActionRequest(_)
                | Event::Key { key: Key::Tab, .. }
        )
    };
    let at = events.iter().position(enter);
    at.is_some_and(|at| !events[..at].iter().any(goes_into_a_field))
}

/// Has the dialogue drawn again until its size is the same as before: it was placed, and given room, for the old one.
fn keep_centred(ctx: &egui::Context, id: Id, size: Vec2) {
    let before = ctx.data_mut(|data| data.get_temp_mut_or(id, size).to_owned());
    if before != size {
        ctx.data_mut(|data| data.insert_temp(id, size));
        ctx.request_discard("the dialogue has another size");
        ctx.request_repaint();
    }
}

/// What the file is called, where it is and how large.
fn title(ui: &mut Ui, import: &Import, width: f32) {
    let name = import.path.file_name().unwrap_or_default();
    ui.scope(|ui| {
        ui.set_max_width(width);
        let name = format!("Import {}", name.to_string_lossy());
        ui.add(egui::Label::new(RichText::new(name).heading()).truncate());
    });
    let size = match &import.state {
        ImportState::Ready(import) => written::size(&import.table),
        ImportState::Text(text) => format!(
            "{}, {} of them different",
            many(text.characters, "character"),
            text.different.len()
        ),
        _ => String::new(),
    };
    let path = import.path.display().to_string();
    let below = match size.as_str() {
        "" => path,
        size => format!("{size}  ·  {path}"),
    };
    ui.scope(|ui| {
        ui.set_max_width(width);
        let color = Palette::of(ui.visuals()).weak_text;
        ui.add(egui::Label::new(RichText::new(below).small().color(color)).truncate());
    });
    ui.add_space(GRID);
}

/// Says that the file was written since it was read.
fn changed(ui: &mut Ui, import: &Import, wanted: &mut Vec<ImportCommand>) {
    // Whoever corrects the file in another window comes back to this one, which is drawn again then.
    if !import.is_changed {
        return;
    }
    let palette = Palette::of(ui.visuals());
    ui.horizontal(|ui| {
        ui.label(RichText::new("The file changed since it was read.").color(palette.threshold));
        if ui.button("Read again").clicked() {
            wanted.push(ImportCommand::ReadAgain);
        }
    });
    ui.add_space(GRID);
}

fn content(ui: &mut Ui, import: &Import, wanted: &mut Vec<ImportCommand>) {
    match &import.state {
        ImportState::Reading(progress) => {
            ui.label("Reading the file. The window stays usable; cancelling leaves everything as it was.");
            ui.add_space(0.5 * GRID);
            ui.add(ProgressBar::new(*progress).show_percentage());
        }
        ImportState::Unreadable(reason) => {
            let problem = Problem {
                found: reason.clone(),
                ..Problem::default()
            };
            error_card(ui, "The file cannot be read", &[problem]);
            if import.may_be_text() {
                ui.add_space(GRID);
                read_as(ui, import.kind.unwrap_or(ImportKind::Text), wanted);
            }
        }
        ImportState::Failed(error) => {
            written::failed(ui, import, error, wanted);
            section_heading(ui, "How to read it");
            read_as(ui, ImportKind::Table, wanted);
            written::overrides(ui, import, None, wanted);
            lines::show(ui, import, None, wanted);
        }
        ImportState::Ready(table) => table_content(ui, import, table, wanted),
        ImportState::Text(text) => text_content(ui, text, wanted),
    }
}

fn table_content(
    ui: &mut Ui,
    import: &Import,
    table: &TableImport,
    wanted: &mut Vec<ImportCommand>,
) {
    written::found(ui, table);
    wide(ui, table, wanted);
    written::asks(ui, import, table, wanted);
    ui.add_space(GRID);
    if import.may_be_text() {
        read_as(ui, ImportKind::Table, wanted);
    }
    written::overrides(ui, import, Some(table.table.found()), wanted);
    lines::show(ui, import, Some(table.table.found()), wanted);
    ui.add_space(1.5 * GRID);
    preview::show(ui, table, wanted);
    ui.add_space(0.5 * GRID);
    side_by_side(
        ui,
        wanted,
        |ui, wanted| choices::show(ui, table, wanted),
        |ui, wanted| outcome::of_table(ui, table, wanted),
    );
}

/// Says that columns are times, and offers the other way of reading them.
fn wide(ui: &mut Ui, import: &TableImport, wanted: &mut Vec<ImportCommand>) {
    let Some(wide) = &import.wide else { return };
    let (said, offer) = match import.rows_are_series {
        true => ("Each value has a row of its own now.", "Leave it as it is"),
        false => ("The table is read as it lies.", "Turn it round"),
    };
    ui.horizontal_wrapped(|ui| {
        // Turned round, the first half is said with what was found.
        if !import.rows_are_series {
            ui.label(wide.sentence());
        }
        ui.label(said);
        if ui.button(offer).clicked() {
            wanted.push(ImportCommand::RowsAreSeries(!import.rows_are_series));
        }
    });
}

fn text_content(ui: &mut Ui, text: &TextImport, wanted: &mut Vec<ImportCommand>) {
    let palette = Palette::of(ui.visuals());
    Frame::new()
        .fill(palette.faint)
        .corner_radius(6.0)
        .inner_margin(1.5 * GRID)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            for line in text.text.lines().take(8) {
                let short: String = line.chars().take(200).collect();
                ui.add(egui::Label::new(RichText::new(short).monospace()).truncate());
            }
        });
    ui.add_space(0.5 * GRID);
    side_by_side(
        ui,
        wanted,
        |ui, wanted| {
            section_heading(ui, "What to learn");
            read_as(ui, ImportKind::Text, wanted);
            field_row(ui, "Task", None, "What is asked at every step", |ui| {
                ui.label("tell the next character")
            });
            field_row(
                ui,
                "Length",
                Some("characters"),
                "How many characters a sequence has",
                |ui| {
                    let mut length = text.length;
                    let most = text.characters.clamp(1, 10_000);
                    if ui
                        .add(choices::whole(&mut length).range(1..=most))
                        .changed()
                    {
                        wanted.push(ImportCommand::Length(length));
                    }
                },
            );
            choices::share(ui, text.test, "kept back for testing", wanted);
        },
        |ui, _| outcome::of_text(ui, text),
    );
}

/// What the file is taken for: many a .txt file is a table, and some tables are texts.
fn read_as(ui: &mut Ui, now: ImportKind, wanted: &mut Vec<ImportCommand>) {
    let mut kind = now;
    let options = [(ImportKind::Table, "table"), (ImportKind::Text, "text")];
    let hover = "A table has rows and columns; a text is learned character by character";
    field_row(ui, "Read as", None, hover, |ui| {
        if segmented(ui, "Read as", &mut kind, &options).changed() {
            wanted.push(ImportCommand::As(kind));
        }
    });
}

/// Choices left and what comes of them right, or below where there is no room beside.
fn side_by_side(
    ui: &mut Ui,
    wanted: &mut Vec<ImportCommand>,
    left: impl FnOnce(&mut Ui, &mut Vec<ImportCommand>),
    right: impl FnOnce(&mut Ui, &mut Vec<ImportCommand>),
) {
    if ui.available_width() < SIDE_BY_SIDE {
        left(ui, wanted);
        ui.add_space(GRID);
        right(ui, wanted);
        return;
    }
    ui.spacing_mut().item_spacing.x = 4.0 * GRID;
    ui.columns(2, |columns| {
        let [one, other] = columns else { return };
        // Columns are justified by themselves, which tears sentences apart.
        let layout = Layout::top_down(Align::Min);
        one.with_layout(layout, |ui| {
            ui.spacing_mut().item_spacing = vec2(GRID, 0.5 * GRID);
            left(ui, wanted);
        });
        other.with_layout(layout, |ui| {
            ui.spacing_mut().item_spacing = vec2(GRID, 0.5 * GRID);
            right(ui, wanted);
        });
    });
}

fn buttons(ui: &mut Ui, import: &Import, enter: bool, wanted: &mut Vec<ImportCommand>) {
    let palette = Palette::of(ui.visuals());
    let why_not = why_not(import);
    ui.horizontal(|ui| {
        let open = ui
            .add_enabled_ui(why_not.is_none(), |ui| {
                primary_button(ui, "Open as experiment")
            })
            .inner;
        let open = open.on_hover_text("Enter");
        let open = match &why_not {
            Some(reason) => open.on_disabled_hover_text(reason),
            None => open,
        };
        if why_not.is_none() && (open.clicked() || enter) {
            wanted.push(ImportCommand::Open);
        }
        if ui.button("Cancel").on_hover_text("Escape").clicked() {
            wanted.push(ImportCommand::Cancel);
        }
        if let Some(reason) = why_not {
            ui.add_space(GRID);
            ui.add(egui::Label::new(RichText::new(reason).color(palette.weak_text)).truncate());
        }
    });
}

/// Why the file cannot be opened as it stands.
fn why_not(import: &Import) -> Option<String> {
    let (outcome, pending) = match &import.state {
        ImportState::Reading(_) => return Some("The file is still being read.".into()),
        ImportState::Failed(error) => {
            return Some(match written::rows_that_fit(error) {
                Some(_) => "The file is too large: read its first rows.".into(),
                None => "The file is no table yet: see above.".into(),
            });
        }
        ImportState::Unreadable(_) => return Some("The file cannot be read.".into()),
        ImportState::Ready(import) => (&import.outcome, import.pending),
        ImportState::Text(import) => (&import.outcome, import.pending),
    };
    // What is asked about the cells above may be all that is wrong with them.
    let asks = match &import.state {
        ImportState::Ready(import) => !import.table.found().asks.is_empty(),
        _ => false,
    };
    match outcome {
        _ if pending => Some("The sequences are being made.".into()),
        None => Some("The sequences are being made.".into()),
        Some(Outcome::Ready(_)) => None,
        Some(Outcome::Refused(error)) => Some(outcome::in_short(error, asks)),
        Some(Outcome::Fault(_)) => Some("The sequences cannot be made.".into()),
    }
}
