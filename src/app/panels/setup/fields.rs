//! The rows that settings are made of, and the groups that hold what is seldom changed.

use crate::app::theme::{GRID, Palette, SMALL, TEXT};
use crate::app::widgets::{Term, explained, field_row, field_row_of, label_width};
use crate::experiment::Setting;
use crate::session::{Command, Session};
use eframe::egui::accesskit::Role;
use eframe::egui::{
    self, Align2, ComboBox, FontId, Id, Key, Rect, RichText, Sense, Stroke, StrokeKind, TextEdit,
    Ui, WidgetInfo, pos2, vec2,
};
use std::collections::BTreeMap;
use std::fmt::Display;

/// The width of a field for a number.
const NUMBER: f32 = 80.0;

/// The command that sets what is at `path`.
pub fn set(path: &str, value: Setting) -> Command {
    Command::Set {
        path: path.into(),
        value,
    }
}

/// A number as it was typed: whole if it reads so, otherwise a number, otherwise the text, which the experiment refuses
/// with what it expected.
pub fn typed(text: &str) -> Setting {
    let text = text.trim().replace('−', "-");
    if let Ok(whole) = text.parse() {
        Setting::Whole(whole)
    } else if let Ok(number) = text.parse() {
        Setting::Number(number)
    } else {
        Setting::Text(text)
    }
}

/// A number as one would type it: without zeros that need counting.
pub fn plain(number: f64) -> String {
    if number == 0.0 || (1e-4..1e6).contains(&number.abs()) {
        number.to_string()
    } else {
        format!("{number:e}")
    }
}

/// A field that takes effect when it is left or Enter is pressed, so that a run does not begin anew at each letter.
pub fn number_field(
    ui: &mut Ui,
    label: &str,
    unit: Option<&str>,
    hover: &str,
    now: &str,
    mut done: impl FnMut(Setting),
) {
    if let Some(text) = told_field(ui, label, unit, hover, now, None) {
        done(typed(&text));
    }
}

/// The same for a whole number, to the last digit: what is none, or more than can be written down, is refused as it was typed,
/// and never rounded.
pub fn whole_field(
    ui: &mut Ui,
    label: &str,
    unit: Option<&str>,
    hover: &str,
    now: &str,
    mut done: impl FnMut(Setting),
) {
    if let Some(text) = told_field(ui, label, unit, hover, now, None) {
        let text = text.trim().replace('−', "-");
        done(text.parse().map_or(Setting::Text(text), Setting::Whole));
    }
}

/// The same for a number that may be absent: an empty field says so, and shows what holds then.
pub fn optional_field(
    ui: &mut Ui,
    label: &str,
    unit: Option<&str>,
    hover: &str,
    now: &str,
    absent: &str,
    mut done: impl FnMut(Setting),
) {
    if let Some(text) = told_field(ui, label, unit, hover, now, Some(absent)) {
        done(if text.trim().is_empty() {
            Setting::Remove
        } else {
            typed(&text)
        });
    }
}

/// What fields learn of the session: which experiment is open, and why what was asked for last cannot be.
#[derive(Clone, Default)]
struct Told {
    of: String,
    refused: Option<String>,
}

/// Tells the fields that are drawn next of the session: the one that was left last is refused what was typed in it if there is a
/// reason.
pub fn tell_fields(ui: &Ui, session: &Session) {
    let message = session.message();
    let reason = message.filter(|message| message.setting.is_some());
    let told = Told {
        of: session.name().to_owned(),
        refused: reason
            .and_then(|message| message.lines.first())
            .map(|line| in_short(line)),
    };
    ui.data_mut(|data| data.insert_temp(Id::unique("told to fields"), told));
}

/// What is wrong, without the place in the text, which is none of the field's: a sentence.
fn in_short(line: &str) -> String {
    let found = line.split_once(": ").map_or(line, |(_, found)| found);
    let mut letters = found.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

/// What was typed into a field and is not in effect, or not known to be.
#[derive(Clone, Default)]
struct Asked {
    what: Refused,
    /// Why it cannot be; none until there is an answer.
    reason: Option<String>,
}

/// A field for what the session takes or refuses. What it refuses stays in the field with the reason below it, until something
/// else is typed, the field is emptied, what holds changes in another way, or another experiment is open. `absent` is what an empty
/// field shows, where one may be empty.
fn told_field(
    ui: &mut Ui,
    label: &str,
    unit: Option<&str>,
    hover: &str,
    now: &str,
    absent: Option<&str>,
) -> Option<String> {
    let id = Id::unique(("asked", label));
    let told: Told = ui.data(|data| {
        data.get_temp(Id::unique("told to fields"))
            .unwrap_or_default()
    });
    let asked = ui.data_mut(|data| data.remove_temp::<Asked>(id));
    let asked = asked.filter(|asked| asked.what.of == told.of && asked.what.instead_of == now);
    // In the frame after it was left the session has answered: without a reason it is in effect.
    let refused = asked.and_then(|asked| {
        let reason = asked.reason.or(told.refused)?;
        Some((asked.what, reason))
    });
    let shown = refused.as_ref().map_or(now, |(what, _)| &what.typed);
    // What holds in the place of a number that is absent is words, which take more room.
    let width = absent.map_or(NUMBER, |_| 1.25 * NUMBER);
    let typed = field_row(ui, label, unit, hover, |ui| {
        text_field(ui, label, shown, absent.unwrap_or_default(), width)
    });
    if let Some(typed) = typed {
        let is_taken_back = typed.trim() == now || typed.trim().is_empty() && absent.is_none();
        if is_taken_back && refused.is_some() {
            return None;
        }
        let what = Refused {
            of: told.of,
            instead_of: now.to_owned(),
            typed: typed.clone(),
        };
        ui.data_mut(|data| data.insert_temp(id, Asked { what, reason: None }));
        return Some(typed);
    }
    if let Some((what, reason)) = refused {
        let holds = match (now, absent) {
            ("", Some(absent)) => absent,
            (now, _) => now,
        };
        let text = RichText::new(format!("{reason} It is still {holds}.")).size(SMALL);
        ui.label(text.color(Palette::of(ui.visuals()).error));
        let reason = Some(reason);
        ui.data_mut(|data| data.insert_temp(id, Asked { what, reason }));
    }
    None
}

/// A text that stands for something else; `done` gets what was read. What cannot be read stays in the field with the reason
/// below it, until it can be, the field is emptied, what holds changes in another way, or another experiment is open than
/// that called `of`.
pub fn read_field<T, E: Display>(
    ui: &mut Ui,
    of: &str,
    label: &str,
    hover: &str,
    now: &str,
    read: impl Fn(&str) -> Result<T, E>,
    mut done: impl FnMut(T),
) {
    let id = Id::unique(("refused", label));
    let kept = ui.data_mut(|data| data.remove_temp::<Refused>(id));
    let kept = kept.filter(|kept| kept.of == of && kept.instead_of == now);
    let shown = kept.as_ref().map_or(now, |kept| &kept.typed);
    let typed = field_row(ui, label, None, hover, |ui| {
        let width = ui.available_width().min(2.0 * NUMBER);
        text_field(ui, label, shown, "", width)
    });
    let typed = typed.or(kept.map(|kept| kept.typed));
    let Some(typed) = typed.filter(|typed| !typed.trim().is_empty()) else {
        return;
    };
    match read(&typed) {
        Ok(value) => done(value),
        Err(error) => {
            let palette = Palette::of(ui.visuals());
            let reason = RichText::new(error.to_string()).size(SMALL);
            ui.label(reason.color(palette.error));
            let refused = Refused {
                of: of.to_owned(),
                instead_of: now.to_owned(),
                typed,
            };
            ui.data_mut(|data| data.insert_temp(id, refused));
        }
    }
}

/// What was typed in vain.
#[derive(Clone, Default)]
struct Refused {
    /// The experiment that was open.
    of: String,
    /// What held then.
    instead_of: String,
    typed: String,
}

/// A text; `Some` when it has been changed. `name` tells it from all other fields.
pub fn text_field(ui: &mut Ui, name: &str, now: &str, empty: &str, width: f32) -> Option<String> {
    let id = Id::unique(("field", name));
    let mut text = ui
        .data(|data| data.get_temp::<String>(id))
        .unwrap_or_else(|| now.to_string());
    let response = ui.add(
        TextEdit::singleline(&mut text)
            .id(id.with("edit"))
            .hint_text(empty)
            .desired_width(width),
    );
    if !empty.is_empty() {
        // Otherwise what an empty field shows would be taken for its name.
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_label(name));
    }
    if response.has_focus() && ui.input(|input| input.key_pressed(Key::Escape)) {
        ui.data_mut(|data| data.remove::<String>(id));
        return None;
    }
    if response.lost_focus() {
        ui.data_mut(|data| data.remove::<String>(id));
        return (text != now).then_some(text);
    }
    if response.has_focus() {
        ui.data_mut(|data| data.insert_temp(id, text));
    }
    None
}

/// One of several things to choose from.
#[derive(Clone, Copy)]
pub struct Choice<'a, T> {
    /// What it stands for.
    pub value: T,
    /// What it is called.
    pub name: &'a str,
    /// What it means; may be empty.
    pub hover: &'a str,
    /// Why it cannot be chosen now, if so.
    pub refused: Option<&'a str>,
}

impl<'a, T> Choice<'a, T> {
    /// A choice that is explained.
    pub fn new(value: T, name: &'a str, hover: &'a str) -> Self {
        Self {
            value,
            name,
            hover,
            refused: None,
        }
    }

    /// The same, not to be chosen if there is a reason.
    pub fn unless(self, refused: Option<&'a str>) -> Self {
        Self { refused, ..self }
    }
}

/// A drop-down list; `done` gets what was chosen.
pub fn choice<T: Copy + PartialEq>(
    ui: &mut Ui,
    label: &str,
    hover: &str,
    now: T,
    options: &[Choice<'_, T>],
    mut done: impl FnMut(T),
) {
    let shown = options.iter().find(|option| option.value == now);
    // The list itself has no hover text: a screen reader would take it for its name.
    let hover = match shown {
        Some(option) if !option.hover.is_empty() => {
            format!("{hover}\n\n{}: {}", option.name, option.hover)
        }
        _ => hover.to_owned(),
    };
    // What is chosen says more than that there is a choice.
    let term = shown.and_then(|option| Term::of_choice(option.name));
    let term = term.or(Term::of_setting(label));
    field_row_of(ui, label, None, &hover, term, |ui| {
        let width = ui.available_width().clamp(120.0, 176.0);
        ComboBox::from_id_salt(label)
            .selected_text(shown.map_or("", |option| option.name))
            .width(width)
            .truncate()
            .show_ui(ui, |ui| {
                for option in options {
                    let chosen = option.value == now;
                    let entry = egui::Button::selectable(chosen, option.name);
                    let mut response = ui.add_enabled(option.refused.is_none(), entry);
                    if !option.hover.is_empty() {
                        response = response.on_hover_text(option.hover);
                    }
                    if let Some(reason) = option.refused {
                        response = response.on_disabled_hover_text(reason);
                    }
                    if response.clicked() && !chosen {
                        done(option.value);
                    }
                }
            });
    });
}

/// Groups of settings that are seldom changed: closed at first. One opens by itself when a setting in it gets another value
/// than its default; after that it is as the user leaves it.
#[derive(Default)]
pub struct Groups {
    /// The experiment that they belong to.
    of: String,
    states: BTreeMap<&'static str, State>,
}

#[derive(Clone, Copy, Default)]
struct State {
    open: bool,
    differs: bool,
}

impl Groups {
    /// Says which experiment is on show: with another one all groups are as at first.
    pub fn of(&mut self, experiment: &str) {
        if self.of != experiment {
            self.of = experiment.to_owned();
            self.states.clear();
        }
    }

    /// Draws a group: its title, a summary of what it holds, and its settings if it is open. `differs` says whether one of
    /// them has another value than its default.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        title: &'static str,
        summary: &str,
        hover: &str,
        differs: bool,
        settings: impl FnOnce(&mut Ui),
    ) {
        let state = self.states.entry(title).or_default();
        if differs && !state.differs {
            state.open = true;
        }
        state.differs = differs;
        disclosure(ui, title, summary, hover, &mut state.open, settings);
    }
}

/// A line that opens and closes what is below it: its title where labels stand, a summary where controls stand.
pub fn disclosure(
    ui: &mut Ui,
    title: &str,
    summary: &str,
    hover: &str,
    open: &mut bool,
    contents: impl FnOnce(&mut Ui),
) {
    let palette = Palette::of(ui.visuals());
    let column = label_width(ui) + ui.spacing().item_spacing.x;
    let size = vec2(ui.available_width(), ui.spacing().interact_size.y);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    if response.clicked() {
        *open = !*open;
    }
    response.widget_info(|| WidgetInfo::labeled(Role::DisclosureTriangle, ui.is_enabled(), title));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_expanded(*open);
        node.set_description(summary);
    });
    let lit = response.hovered() || response.has_focus();
    let color = if lit {
        palette.strong_text
    } else {
        palette.text
    };
    let painter = ui.painter_at(rect.expand(2.0));
    let font = FontId::proportional(TEXT);
    let name = painter.layout_no_wrap(title.to_owned(), font.clone(), color);
    let chevron = pos2(rect.right() - GRID, rect.center().y);
    let left = (rect.left() + column).max(rect.left() + name.size().x + 2.0 * GRID);
    let at = Align2::LEFT_CENTER.anchor_size(pos2(rect.left(), rect.center().y), name.size());
    painter.galley(at.min, name, color);
    if !summary.is_empty() {
        let room = chevron.x - GRID - left;
        let mut job =
            egui::text::LayoutJob::simple_singleline(summary.to_owned(), font, palette.weak_text);
        job.wrap = egui::text::TextWrapping::truncate_at_width(room.max(0.0));
        let summary = painter.layout_job(job);
        let at = Align2::LEFT_CENTER.anchor_size(pos2(left, rect.center().y), summary.size());
        painter.galley(at.min, summary, palette.weak_text);
    }
    paint_chevron(
        &painter,
        chevron,
        *open,
        Stroke::new(1.5, palette.weak_text),
    );
    if response.has_focus() {
        let ring = Stroke::new(1.0, palette.accent_text);
        painter.rect_stroke(rect.expand(1.0), 4.0, ring, StrokeKind::Inside);
    }
    explained(response, hover, Term::of_setting(title).as_slice());
    if *open {
        let inside = ui.vertical(contents).response.rect;
        // In the panel's margin, so that labels and controls keep their columns.
        let x = rect.left() - GRID;
        let mut clip = ui.clip_rect();
        clip.min.x = clip.min.x.min(x - 1.0);
        let line = Rect::from_min_max(pos2(x, inside.top()), pos2(x, inside.bottom()));
        ui.painter().with_clip_rect(clip).vline(
            x,
            line.y_range(),
            Stroke::new(2.0, palette.outline),
        );
        ui.add_space(0.5 * GRID);
    }
}

fn paint_chevron(painter: &egui::Painter, at: egui::Pos2, open: bool, stroke: Stroke) {
    let points = if open {
        [vec2(-4.0, -2.0), vec2(0.0, 2.0), vec2(4.0, -2.0)]
    } else {
        [vec2(-2.0, -4.0), vec2(2.0, 0.0), vec2(-2.0, 4.0)]
    };
    painter.line(points.map(|point| at + point).to_vec(), stroke);
}
