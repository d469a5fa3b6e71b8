//! What went wrong, what was done, and what is not there yet.

use eframe::egui::accesskit::Role;
use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{
    Align, Context, FontId, Frame, Label, Layout, Margin, RichText, ScrollArea, Stroke, Ui,
    UiBuilder,
};

use crate::app::theme::{self, GRID, Palette, SMALL, TEXT};

/// One place where something is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// Where: file, line, column and its header.
    pub place: String,
    /// What is there, as the beginning of a sentence.
    pub found: String,
    /// What should be there; may be empty.
    pub expected: String,
    /// What to try next, as a sentence; may be empty.
    pub hint: String,
}

/// How many places a card lists before it counts the rest.
const LISTED: usize = 8;

/// A card saying what happened, where, and what to try next.
pub fn error_card(ui: &mut Ui, title: &str, problems: &[Problem]) {
    card(ui, title, |ui, palette| {
        for problem in problems.iter().take(LISTED) {
            ui.add_space(GRID);
            one_problem(ui, problem, palette);
        }
        if problems.len() > LISTED {
            let more = format!("and {} more", problems.len() - LISTED);
            ui.label(RichText::new(more).color(palette.weak_text));
        }
    });
}

/// A card with all that is wrong at once, at most `height` points high: what has no room is scrolled to. `more` places are
/// counted only. Places in a row of which the same is expected have a line each.
pub fn error_list(ui: &mut Ui, title: &str, problems: &[Problem], more: usize, height: f32) {
    card(ui, title, |ui, palette| {
        ScrollArea::vertical()
            .id_salt(title)
            .max_height(height)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                let alike = |one: &Problem, next: &Problem| {
                    let placed = !one.place.is_empty() && !next.place.is_empty();
                    placed && one.expected == next.expected
                };
                for run in problems.chunk_by(alike) {
                    ui.add_space(GRID);
                    several_problems(ui, run, palette);
                }
                if more > 0 {
                    ui.add_space(0.5 * GRID);
                    let places = if more == 1 { "place" } else { "places" };
                    let more = format!("and {more} more {places}");
                    ui.label(RichText::new(more).color(palette.weak_text));
                }
            });
    });
}

/// Places of which the same is expected: a line each, a hint where it changes, and below what is expected.
fn several_problems(ui: &mut Ui, run: &[Problem], palette: &Palette) {
    let [first, _, ..] = run else {
        run.iter().for_each(|one| one_problem(ui, one, palette));
        return;
    };
    for (index, hinted) in run.chunk_by(|one, next| one.hint == next.hint).enumerate() {
        if index > 0 {
            ui.add_space(0.5 * GRID);
        }
        for problem in hinted {
            let mut line = LayoutJob::default();
            let place = TextFormat::simple(FontId::monospace(SMALL), palette.weak_text);
            line.append(&problem.place, 0.0, place);
            let found = TextFormat::simple(FontId::proportional(TEXT), palette.text);
            line.append(&problem.found, 1.5 * GRID, found);
            ui.label(line);
        }
        if let [one, ..] = hinted {
            ui.label(RichText::new(&one.hint).color(palette.weak_text));
        }
    }
    let expected = Problem {
        expected: first.expected.clone(),
        ..Problem::default()
    };
    one_problem(ui, &expected, palette);
}

fn card(ui: &mut Ui, title: &str, add_contents: impl FnOnce(&mut Ui, &Palette)) {
    let palette = Palette::of(ui.visuals());
    let builder = UiBuilder::new()
        .accessibility_role(Role::Alert)
        .accessibility_label(title);
    let frame = Frame::new()
        .fill(palette.faint)
        .corner_radius(6.0)
        .inner_margin(Margin {
            left: 16,
            right: 16,
            top: 12,
            bottom: 12,
        });
    let rect = ui
        .scope_builder(builder, |ui| {
            let shown = frame.show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.spacing_mut().item_spacing.y = 0.25 * GRID;
                let title = RichText::new(title)
                    .font(theme::semi_bold(TEXT))
                    .color(palette.error);
                ui.label(title);
                add_contents(ui, &palette);
            });
            shown.response.rect
        })
        .inner;
    // One coloured edge says error; a coloured box would shout.
    ui.painter().vline(
        rect.left() + 1.5,
        rect.y_range().shrink(6.0),
        Stroke::new(3.0, palette.error),
    );
}

fn one_problem(ui: &mut Ui, problem: &Problem, palette: &Palette) {
    if !problem.place.is_empty() {
        ui.label(
            RichText::new(&problem.place)
                .monospace()
                .size(SMALL)
                .color(palette.weak_text),
        );
    }
    let mut sentence = LayoutJob::default();
    let font = FontId::proportional(TEXT);
    let mut add = |text: &str, color| {
        let format = TextFormat::simple(font.clone(), color);
        sentence.append(text, 0.0, format);
    };
    add(&problem.found, palette.text);
    if !problem.expected.is_empty() {
        let joint = match problem.found.is_empty() {
            true => "expected ",
            false => " · expected ",
        };
        add(joint, palette.weak_text);
        add(&problem.expected, palette.text);
    }
    if !sentence.is_empty() {
        ui.label(sentence);
    }
    if !problem.hint.is_empty() {
        ui.label(RichText::new(&problem.hint).color(palette.weak_text));
    }
}

/// Says in a line that something was done, and offers what may be wanted now; true if it is.
pub fn notice_line(ui: &mut Ui, text: &str, offer: Option<&str>) -> bool {
    let palette = Palette::of(ui.visuals());
    let builder = UiBuilder::new()
        .accessibility_role(Role::Status)
        .accessibility_label(text);
    ui.scope_builder(builder, |ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let wanted = offer.is_some_and(|offer| ui.small_button(offer).clicked());
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let label = Label::new(RichText::new(text).size(SMALL).color(palette.weak_text));
                ui.add(label.truncate()).on_hover_text(text);
            });
            wanted
        })
        .inner
    })
    .inner
}

/// The frame of a dialogue, with room to breathe.
pub fn dialog_frame(ctx: &Context) -> Frame {
    Frame::popup(&ctx.global_style()).inner_margin(3.0 * GRID)
}

/// Says in the middle of an empty pane what will appear here and how to get it.
pub fn empty_state(ui: &mut Ui, what_will_appear: &str, how: &str) {
    offering(ui, what_will_appear, how, None);
}

/// The same with a button that does it; true if that is wanted.
pub fn empty_state_offering(ui: &mut Ui, what_will_appear: &str, how: &str, offer: &str) -> bool {
    offering(ui, what_will_appear, how, Some(offer))
}

fn offering(ui: &mut Ui, what_will_appear: &str, how: &str, offer: Option<&str>) -> bool {
    let palette = Palette::of(ui.visuals());
    let size = ui.available_size();
    ui.allocate_ui_with_layout(size, Layout::top_down(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.y = 0.5 * GRID;
        let below = if offer.is_some() { 6.0 } else { 3.0 } * GRID;
        // In a low pane the words need all the room.
        ui.add_space((0.5 * size.y - below).max(0.5 * GRID));
        ui.set_max_width(ui.available_width().min(44.0 * GRID));
        ui.label(RichText::new(what_will_appear).color(palette.text));
        ui.label(RichText::new(how).color(palette.weak_text));
        offer.is_some_and(|offer| {
            ui.add_space(0.5 * GRID);
            ui.button(offer).clicked()
        })
    })
    .inner
}

/// A quiet box as wide as there is room, which holds what belongs together.
pub fn quiet_card<R>(ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> R {
    let palette = Palette::of(ui.visuals());
    let frame = Frame::new()
        .fill(palette.faint)
        .corner_radius(6.0)
        .inner_margin(12.0);
    let shown = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        content(ui)
    });
    shown.inner
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui_kittest::{Harness, kittest::Queryable};

    #[test]
    fn a_card_lists_places_and_counts_the_rest() {
        let problems: Vec<Problem> = (0..11)
            .map(|line| Problem {
                place: format!("data.csv, line {line}"),
                found: "“abc” is not a number".into(),
                expected: "a number".into(),
                hint: String::new(),
            })
            .collect();
        let mut harness = Harness::builder()
            .with_context_setup(theme::install)
            .build_ui(move |ui| {
                error_card(ui, "The data could not be read", &problems);
                empty_state(ui, "Gates appear here", "Open an experiment");
            });
        harness.run();
        assert!(harness.query_by_label("data.csv, line 7").is_some());
        assert!(harness.query_by_label("data.csv, line 8").is_none());
        assert!(harness.query_by_label("and 3 more").is_some());
        assert!(harness.query_by_label("Gates appear here").is_some());
    }
}
