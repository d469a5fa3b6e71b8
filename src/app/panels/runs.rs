//! The runs beside one another, each with what tells it from the first and how far it is: shown while there are several.

use crate::app::runs::{RunScene, color, swatch};
use crate::app::theme::{self, GRID, Palette, SMALL, TEXT};
use crate::app::widgets::number;
use crate::session::{Command, MOST_RUNS, Parting, RunId, variants};
use crate::train::Status;
use eframe::egui::accesskit::Role;
use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    self, Button, Color32, FontId, Key, Margin, Rect, RichText, Sense, Stroke, TextEdit,
    TextFormat, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

/// How high the strip is, in points.
pub const HEIGHT: f32 = 56.0;
/// How wide a run is at most.
const WIDEST: f32 = 320.0;
/// The button with what can be done with a run.
const MORE: f32 = 24.0;

/// What is to be seen of the runs, and which of them is being renamed.
#[derive(Default)]
pub struct RunStrip {
    renamed: Option<Renamed>,
    /// Whether losses are not told: a lesson's page asks for one.
    pub secret: bool,
}

/// A name that is being changed.
struct Renamed {
    run: RunId,
    /// What the run was called before.
    before: String,
    typed: String,
}

impl RunStrip {
    /// Draws the runs and returns what is to be done with them.
    pub fn show(&mut self, ui: &mut Ui, runs: &[RunScene<'_>]) -> Vec<Command> {
        let mut commands = Vec::new();
        let gone = |id: RunId| !runs.iter().any(|run| run.id == id);
        self.renamed.take_if(|renamed| gone(renamed.run));
        let area = ui.available_rect_before_wrap();
        let space = 2.0 * GRID;
        let count = runs.len().max(1) as f32;
        let width = ((area.width() - (count - 1.0) * space) / count).min(WIDEST);
        for run in runs {
            let left = area.left() + run.index as f32 * (width + space);
            let rect = Rect::from_min_size(pos2(left, area.top()), vec2(width, area.height()));
            ui.push_id(run.id, |ui| {
                self.run(ui, rect, run, runs.len(), &mut commands);
            });
        }
        ui.advance_cursor_after_rect(area);
        commands
    }

    fn run(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        run: &RunScene<'_>,
        count: usize,
        commands: &mut Vec<Command>,
    ) {
        let palette = Palette::of(ui.visuals());
        let body = rect.with_max_x(rect.right() - MORE);
        let middle = rect.center().y;
        let (above, below) = (body.with_max_y(middle), body.with_min_y(middle));
        let words = run.words();
        let renamed = self.renamed.as_mut().filter(|of| of.run == run.id);
        if let Some(Renamed { typed, .. }) = renamed {
            let place = above.with_min_x(above.left() + 37.0);
            let mut field = ui.new_child(UiBuilder::new().max_rect(place));
            // No higher than the line that it stands for: below it is how far the run is.
            field.spacing_mut().interact_size.y = place.height() - 2.0;
            let edit = TextEdit::singleline(typed)
                .margin(Margin::symmetric(3, 0))
                .desired_width(place.width());
            let response = field.name_inputs("Name of the run", |ui| ui.add(edit));
            if !response.has_focus() && !response.lost_focus() {
                response.request_focus();
            }
            if response.lost_focus() {
                let left = ui.input(|input| input.key_pressed(Key::Escape));
                let done = self
                    .renamed
                    .take()
                    .filter(|of| !left && of.typed != of.before);
                if let Some(Renamed { run, typed, .. }) = done {
                    commands.push(to(run, Command::Rename(typed)));
                }
            }
        } else {
            let response = ui.interact(body, ui.scope_id().with("run"), Sense::click());
            response.widget_info(|| {
                let name = format!("Run {}, {words}", run.letter);
                WidgetInfo::selected(Role::RadioButton, true, run.is_on_show, name)
            });
            if response.has_focus() {
                let ring = Stroke::new(1.0, palette.accent_text);
                let kind = egui::StrokeKind::Outside;
                ui.painter().rect_stroke(body, 4.0, ring, kind);
            } else if response.hovered() {
                ui.painter()
                    .rect_filled(body.expand(2.0), 4.0, palette.faint);
            }
            let strong = if run.is_on_show {
                palette.strong_text
            } else {
                palette.text
            };
            let from = above.with_min_x(above.left() + 40.0);
            let room = from.width();
            let in_sight = run.words_that(|text| width_of(ui, text) <= room);
            paint(ui, from, in_sight.as_ref().unwrap_or(&words), TEXT, strong);
            let clicked = response
                .on_hover_ui_at_pointer(|ui| told(ui, run, &words, self.secret))
                .clicked();
            if clicked && !run.is_on_show {
                commands.push(Command::Show(run.id));
            }
        }
        let letter = FontId::new(TEXT, theme::semi_bold(TEXT).family);
        let align = egui::Align2::LEFT_CENTER;
        let y = above.center().y;
        let ink = color(&palette, run.index);
        ui.painter()
            .text(pos2(above.left() + 24.0, y), align, run.letter, letter, ink);
        let line = Rect::from_center_size(pos2(above.left() + 9.0, y), vec2(18.0, 10.0));
        swatch(ui.painter(), line, run.index, &palette);
        let (text, color) = how_far(run, &palette, self.secret);
        paint(ui, below, &text, SMALL, color);
        if run.is_on_show {
            let stroke = Stroke::new(2.0, palette.accent);
            ui.painter()
                .hline(body.x_range(), rect.bottom() + 1.0, stroke);
        }
        let more = Rect::from_min_max(
            pos2(rect.right() - MORE, rect.top()),
            pos2(rect.right(), middle),
        );
        let mut beside = ui.new_child(UiBuilder::new().max_rect(more));
        self.more(&mut beside, run, count, commands);
    }

    /// The menu of what can be done with a run.
    fn more(&mut self, ui: &mut Ui, run: &RunScene<'_>, count: usize, commands: &mut Vec<Command>) {
        ui.spacing_mut().button_padding = vec2(4.0, 1.0);
        let weak = Palette::of(ui.visuals()).weak_text;
        let sign = RichText::new("…").color(weak);
        let menu = egui::containers::menu::MenuButton::from_button(Button::new(sign).frame(false));
        let (response, _) = menu.ui(ui, |ui| {
            ui.set_min_width(180.0);
            let mut entry = |ui: &mut Ui, text: &str, hover: &str, command: Option<Command>| {
                let why = format!("There are {MOST_RUNS} runs already: delete one first");
                let button = ui.add_enabled(command.is_some(), Button::new(text));
                let button = button.on_hover_text(hover).on_disabled_hover_text(why);
                if let Some(command) = command.filter(|_| button.clicked()) {
                    commands.push(to(run.id, command));
                    ui.close();
                }
            };
            let has_room = count < MOST_RUNS;
            entry(
                ui,
                "Duplicate",
                "A copy beside it, which goes on from where it is",
                has_room.then_some(Command::Duplicate),
            );
            ui.add_enabled_ui(has_room, |ui| {
                ui.menu_button("Duplicate with", |ui| {
                    ui.set_min_width(220.0);
                    for variant in variants(run.experiment) {
                        let command = Command::Beside {
                            name: None,
                            parting: Parting::Start,
                            changes: variant.changes,
                        };
                        let hover = "A copy from the start that has this one thing otherwise";
                        entry(ui, &variant.title, hover, Some(command));
                    }
                });
            });
            let (text, hover) = match run.is_pinned {
                true => ("Unpin", "Train and reset it with the others again"),
                false => (
                    "Pin",
                    "Leave it as it is while the others are trained or reset",
                ),
            };
            entry(ui, text, hover, Some(Command::Pin(!run.is_pinned)));
            if ui.button("Rename").clicked() {
                let before = run.called();
                self.renamed = Some(Renamed {
                    run: run.id,
                    typed: before.clone(),
                    before,
                });
                ui.close();
            }
            ui.separator();
            if ui.button("Delete").on_hover_text("Can be undone").clicked() {
                commands.push(Command::Remove(run.id));
                ui.close();
            }
        });
        let name = format!("More of run {}", run.letter);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        response.on_hover_text("Duplicate, pin, rename, delete");
    }
}

fn to(run: RunId, command: Command) -> Command {
    Command::To(run, Box::new(command))
}

/// How wide a line of text is.
fn width_of(ui: &Ui, text: &str) -> f32 {
    let font = FontId::proportional(TEXT);
    let galley = ui
        .painter()
        .layout_no_wrap(text.to_owned(), font, Color32::WHITE);
    galley.size().x
}

/// A line of text, cut off where there is no more room.
fn paint(ui: &Ui, place: Rect, text: &str, size: f32, color: Color32) {
    let mut job = LayoutJob::default();
    job.append(
        text,
        0.0,
        TextFormat::simple(FontId::proportional(size), color),
    );
    job.wrap = TextWrapping::truncate_at_width(place.width().max(0.0));
    let galley = ui.painter().layout_job(job);
    let at = pos2(place.left(), place.center().y - 0.5 * galley.size().y);
    ui.painter().galley(at, galley, color);
}

/// How far a run is, and its newest loss.
fn how_far(run: &RunScene<'_>, palette: &Palette, secret: bool) -> (String, Color32) {
    if run.has_failed {
        return ("cannot be run".into(), palette.error);
    }
    let Some(snapshot) = run.snapshot else {
        return ("reading data …".into(), palette.weak_text);
    };
    if let Status::Diverged(divergence) = &snapshot.status {
        let text = format!("diverged at update {}", divergence.update);
        return (text, palette.error);
    }
    let mut text = format!("update {}", snapshot.update);
    if let Some(row) = snapshot.history.last().filter(|_| !secret) {
        text += &format!(" · batch loss {}", number(row.train_loss));
    }
    if run.is_pinned {
        text += " · pinned";
    }
    let color = match run.is_running {
        true => palette.accent_text,
        false => palette.weak_text,
    };
    (text, color)
}

/// All of it, under the pointer.
fn told(ui: &mut Ui, run: &RunScene<'_>, words: &str, secret: bool) {
    ui.label(format!("{} {}", run.letter, run.name));
    if words != run.name {
        ui.label(words);
    }
    if let Some(snapshot) = run.snapshot {
        ui.label(snapshot.model.network().title());
        if let Some(row) = snapshot.history.last().filter(|_| !secret) {
            ui.label(format!(
                "loss {} in the batch of update {}",
                number(row.train_loss),
                row.update
            ));
        }
    }
    let hint = match run.is_on_show {
        true => "On show: what you change is changed in this run",
        false => "A click shows it; what you change is then changed in this run (N)",
    };
    ui.label(RichText::new(hint).size(SMALL));
}
