//! Buttons, choices and rows of settings.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    self, Align, Button, FontId, Key, Layout, Modifiers, Rect, Response, RichText, Sense, Stroke,
    StrokeKind, TextFormat, Ui, UiBuilder, WidgetInfo, WidgetText, pos2, text::LayoutJob, vec2,
};

use super::terms::{Term, explained};
use crate::app::theme::{self, GRID, Palette, SMALL, TEXT};

/// The next action: the one filled button of a screen.
pub fn primary_button(ui: &mut Ui, text: &str) -> Response {
    let color = Palette::of(ui.visuals()).on_accent;
    primary(
        ui,
        RichText::new(text)
            .font(theme::semi_bold(TEXT))
            .color(color),
        0.0,
    )
}

/// The same with a sign before the words, at least so wide.
pub fn primary_signed_button(ui: &mut Ui, sign: &str, text: &str, least: f32) -> Response {
    let color = Palette::of(ui.visuals()).on_accent;
    let words = signed(sign, text, theme::semi_bold(TEXT), color);
    primary(ui, words, least)
}

/// A button as high as that, which is not the next action.
pub fn signed_button(ui: &mut Ui, sign: &str, text: &str, least: f32) -> Response {
    let color = ui.visuals().widgets.inactive.fg_stroke.color;
    let words = signed(sign, text, FontId::proportional(TEXT), color);
    ui.scope(|ui| {
        ui.spacing_mut().button_padding.x = GRID;
        ui.add(Button::new(words).min_size(vec2(least, 4.0 * GRID)))
    })
    .inner
}

fn signed(sign: &str, text: &str, font: FontId, color: egui::Color32) -> LayoutJob {
    let mut job = LayoutJob::default();
    let mut sign_format = TextFormat::simple(theme::symbol_font(TEXT), color);
    // The symbol face is much taller than its signs.
    sign_format.line_height = Some(1.2 * TEXT);
    job.append(sign, 0.0, sign_format);
    job.append(text, 6.0, TextFormat::simple(font, color));
    job
}

fn primary(ui: &mut Ui, text: impl Into<WidgetText>, least: f32) -> Response {
    let palette = Palette::of(ui.visuals());
    ui.scope(|ui| {
        // Room beside the words sets it apart as much as its colour.
        ui.spacing_mut().button_padding.x = 2.0 * GRID;
        let widgets = &mut ui.visuals_mut().widgets;
        for (widget, fill) in [
            (&mut widgets.inactive, palette.accent),
            (&mut widgets.hovered, palette.accent_hovered),
            (&mut widgets.active, palette.accent_hovered),
        ] {
            widget.weak_bg_fill = fill;
            widget.bg_stroke = Stroke::NONE;
            widget.fg_stroke.color = palette.on_accent;
        }
        // The focus ring must be seen on the fill itself.
        widgets.active.bg_stroke = Stroke::new(1.5, palette.strong_text);
        ui.add(Button::new(text.into()).min_size(vec2(least, 4.0 * GRID)))
    })
    .inner
}

/// The title of a part of a panel, with the space that sets it apart from what is above.
pub fn section_heading(ui: &mut Ui, text: &str) -> Response {
    let palette = Palette::of(ui.visuals());
    if ui.min_rect().height() > 1.0 {
        ui.add_space(GRID);
    }
    let text = RichText::new(text)
        .font(theme::semi_bold(TEXT))
        .color(palette.strong_text);
    let response = ui.label(text);
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_role(Role::Heading));
    response
}

/// How much of a row is its label's; controls begin one space behind it.
pub fn label_width(ui: &Ui) -> f32 {
    (0.42 * ui.available_width()).min(20.0 * GRID).round()
}

/// One setting: its label left, its control on the column's common edge, its unit behind; `hover` says what it does here, and
/// the glossary what the label means.
///
/// Controls inside get the label as their accessible name.
pub fn field_row<R>(
    ui: &mut Ui,
    label: &str,
    unit: Option<&str>,
    hover: &str,
    add_contents: impl FnOnce(&mut Ui) -> R,
) -> R {
    let term = Term::of_setting(label);
    field_row_of(ui, label, unit, hover, term, add_contents)
}

/// The same where what is chosen is the word to be explained, or there is none.
pub fn field_row_of<R>(
    ui: &mut Ui,
    label: &str,
    unit: Option<&str>,
    hover: &str,
    term: Option<Term>,
    add_contents: impl FnOnce(&mut Ui) -> R,
) -> R {
    let palette = Palette::of(ui.visuals());
    let label_width = label_width(ui);
    ui.horizontal(|ui| {
        let height = ui.spacing().interact_size.y;
        let label = ui
            .allocate_ui_with_layout(
                vec2(label_width, height),
                Layout::left_to_right(Align::Center),
                |ui| {
                    ui.set_min_width(label_width);
                    ui.add(egui::Label::new(label).truncate())
                },
            )
            .inner;
        let label_id = label.id;
        explained(label, hover, term.as_slice());
        let inner = ui.label_inputs_by(label_id, add_contents);
        if let Some(unit) = unit {
            // Never past the panel's edge, which would push it outwards.
            let unit = RichText::new(unit).color(palette.weak_text);
            ui.add(egui::Label::new(unit).truncate());
        }
        inner
    })
    .inner
}

/// Left and right of a segment's text, in points.
const SEGMENT_PADDING: f32 = 1.5 * GRID;

/// A row of choices of which exactly one holds. Tab reaches it, arrow keys move within it; `name` is what screen readers
/// call it. Where there is no room for all of them it is a list.
pub fn segmented<T: Copy + PartialEq>(
    ui: &mut Ui,
    name: &str,
    value: &mut T,
    options: &[(T, &str)],
) -> Response {
    let wraps = ui.layout().main_wrap;
    let room = match wraps {
        true => ui.max_rect().width(),
        false => ui.available_width(),
    };
    let needed = segmented_width(ui, options);
    if wraps && ui.available_size_before_wrap().x < needed {
        ui.end_row();
    }
    // Half a point is rounding.
    if room + 0.5 < needed && !ui.is_sizing_pass() {
        let before = *value;
        let mut response = listed(ui, name, value, options);
        if *value != before {
            response.mark_changed();
        }
        return response;
    }
    let builder = UiBuilder::new()
        .accessibility_role(Role::RadioGroup)
        .accessibility_label(name);
    ui.scope_builder(builder, |ui| segments(ui, value, options))
        .inner
}

/// How wide [`segmented`] is with these options, in points.
pub fn segmented_width<T>(ui: &Ui, options: &[(T, &str)]) -> f32 {
    let font = FontId::proportional(TEXT);
    let width = |text: &str| {
        let galley =
            ui.painter()
                .layout_no_wrap(text.to_owned(), font.clone(), egui::Color32::WHITE);
        (galley.size().x + 2.0 * SEGMENT_PADDING).round()
    };
    options.iter().map(|(_, text)| width(text)).sum()
}

/// How wide [`listed`] is with this choice, in points.
pub fn listed_width(ui: &Ui, text: &str) -> f32 {
    let spacing = ui.spacing();
    // The text between its paddings, and the sign that the list drops down.
    let beside = 2.0 * LISTED_PADDING + spacing.icon_spacing + spacing.icon_width;
    let font = FontId::proportional(TEXT);
    let galley = ui
        .painter()
        .layout_no_wrap(text.to_owned(), font, egui::Color32::WHITE);
    (galley.size().x + beside).ceil()
}

/// Left and right of what a list shows, in points.
const LISTED_PADDING: f32 = 5.0;

/// The same choices as a drop-down list, hardly wider than the one that holds, for where there is no room for all of them.
pub fn listed<T: Copy + PartialEq>(
    ui: &mut Ui,
    name: &str,
    value: &mut T,
    options: &[(T, &str)],
) -> Response {
    let shown = options.iter().find(|(option, _)| option == value);
    let list = |ui: &mut Ui| {
        ui.spacing_mut().button_padding.x = LISTED_PADDING;
        egui::ComboBox::from_id_salt(name)
            .selected_text(shown.map_or("", |(_, text)| text))
            .width(0.0)
            .truncate()
            .show_ui(ui, |ui| {
                for (option, text) in options {
                    ui.selectable_value(value, *option, *text);
                }
            })
            .response
    };
    ui.name_inputs(name, list)
}

fn segments<T: Copy + PartialEq>(ui: &mut Ui, value: &mut T, options: &[(T, &str)]) -> Response {
    let palette = Palette::of(ui.visuals());
    let font = FontId::proportional(TEXT);
    let galleys: Vec<_> = options
        .iter()
        .map(|(_, text)| {
            ui.painter()
                .layout_no_wrap((*text).to_owned(), font.clone(), palette.text)
        })
        .collect();
    let widths: Vec<f32> = galleys
        .iter()
        .map(|galley| (galley.size().x + 2.0 * SEGMENT_PADDING).round())
        .collect();
    let size = vec2(widths.iter().sum(), ui.spacing().interact_size.y);
    let (rect, mut group) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect_filled(rect, 6.0, palette.track);

    let chosen = options.iter().position(|(option, _)| option == value);
    let mut left = rect.left();
    for (index, ((option, text), (galley, width))) in options
        .iter()
        .zip(galleys.into_iter().zip(widths))
        .enumerate()
    {
        let place = Rect::from_min_size(pos2(left, rect.top()), vec2(width, size.y));
        left += width;
        let mut response = ui.interact(place, segment_id(&group, index), Sense::click());
        let moved_here = chosen != Some(index) && arrow_towards(ui, &group, chosen, index);
        if moved_here {
            response.request_focus();
        }
        if (response.clicked() || moved_here) && *value != *option {
            *value = *option;
            response.mark_changed();
            group.mark_changed();
        }
        let selected = *value == *option;
        if response.has_focus() {
            // The next arrow key moves the choice, not the focus.
            let filter = egui::EventFilter {
                horizontal_arrows: true,
                ..egui::EventFilter::default()
            };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        }
        response.widget_info(|| {
            WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), selected, text)
        });
        let pill = place.shrink(2.0);
        if selected {
            let fill = if palette.dark {
                palette
                    .control_hovered
                    .lerp_to_gamma(palette.weak_text, 0.2)
            } else {
                palette.raised
            };
            ui.painter().rect_filled(pill, 4.0, fill);
        } else if response.hovered() {
            ui.painter().rect_filled(pill, 4.0, palette.control_hovered);
        }
        if response.has_focus() {
            let ring = Stroke::new(1.0, palette.accent_text);
            ui.painter()
                .rect_stroke(pill, 4.0, ring, StrokeKind::Inside);
        }
        let color = if selected {
            palette.strong_text
        } else {
            palette.weak_text
        };
        let at = place.center() - 0.5 * galley.size();
        ui.painter()
            .galley_with_override_text_color(at, galley, color);
        // Who points at one of them points at the choice.
        group = group.union(response);
    }
    group
}

/// A choice in little room: all in sight if there are two, otherwise a list that drops down.
pub fn compact_choice(ui: &mut Ui, name: &str, value: &mut usize, options: &[&str]) {
    if options.len() == 2 {
        segmented(ui, name, value, &[(0, options[0]), (1, options[1])]);
    } else if let Some(shown) = options.get(*value) {
        let list = |ui: &mut Ui| {
            egui::ComboBox::from_id_salt(name)
                .selected_text(*shown)
                .width(13.0 * GRID)
                .show_ui(ui, |ui| {
                    for (index, option) in options.iter().enumerate() {
                        ui.selectable_value(value, index, *option);
                    }
                })
        };
        ui.name_inputs(name, list);
    }
}

/// What a segment is told from the others by. A number alone is what tooltips of the whole choice are told by.
fn segment_id(group: &Response, index: usize) -> egui::Id {
    group.id.with(("segment", index))
}

/// Whether an arrow key, pressed while the chosen segment has the focus, points at segment `index`.
fn arrow_towards(ui: &Ui, group: &Response, chosen: Option<usize>, index: usize) -> bool {
    let Some(chosen) = chosen else { return false };
    if !ui.memory(|memory| memory.has_focus(segment_id(group, chosen))) {
        return false;
    }
    let key = if index == chosen + 1 {
        Key::ArrowRight
    } else if index + 1 == chosen {
        Key::ArrowLeft
    } else {
        return false;
    };
    ui.input_mut(|input| input.consume_key(Modifiers::NONE, key))
}

/// A row of small controls above a plot; where they have no room side by side, the row scrolls.
pub fn control_row<R>(ui: &mut Ui, id_salt: &str, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let area = egui::ScrollArea::horizontal().id_salt(id_salt);
    let shown = area.show(ui, |ui| {
        ui.horizontal(|ui| {
            let style = ui.style_mut();
            style.override_font_id = Some(FontId::proportional(SMALL));
            style.spacing.interact_size = vec2(30.0, 22.0);
            style.spacing.button_padding.x = 6.0;
            style.spacing.item_spacing.x = 4.0;
            ui.add_space(4.0);
            contents(ui)
        })
        .inner
    });
    shown.inner
}

/// A caption: small and weak, for units, sources and what a plot aggregated.
pub fn caption(ui: &mut Ui, text: &str) -> Response {
    let palette = Palette::of(ui.visuals());
    ui.label(RichText::new(text).size(SMALL).color(palette.weak_text))
}

/// Whether there is room for a small text, and for `more` points beside it.
pub fn has_room(ui: &Ui, text: &str, more: f32) -> bool {
    ui.available_width() >= small_width(ui, text) + more
}

/// How wide a small text is, in points.
pub fn small_width(ui: &Ui, text: &str) -> f32 {
    let font = FontId::proportional(SMALL);
    let color = ui.visuals().text_color();
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, color);
    galley.size().x
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui_kittest::{Harness, kittest::Queryable};

    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Cell {
        Rnn,
        Lstm,
        Gru,
    }

    fn harness() -> Harness<'static, (Cell, f64)> {
        Harness::builder()
            .with_context_setup(theme::install)
            .build_ui_state(
                |ui, (cell, rate): &mut (Cell, f64)| {
                    section_heading(ui, "Model");
                    let options = [(Cell::Rnn, "RNN"), (Cell::Lstm, "LSTM"), (Cell::Gru, "GRU")];
                    field_row(ui, "Cell", None, "", |ui| {
                        segmented(ui, "Cell", cell, &options)
                    });
                    field_row(ui, "Learning rate", Some("per update"), "How far", |ui| {
                        ui.add(egui::DragValue::new(rate))
                    });
                    primary_button(ui, "Train");
                },
                (Cell::Rnn, 0.01),
            )
    }

    #[test]
    fn a_choice_without_room_is_a_list() {
        let mut harness = Harness::builder()
            .with_size([110.0, 200.0])
            .with_context_setup(theme::install)
            .build_ui_state(
                |ui, changed: &mut (Cell, usize)| {
                    let options = [(Cell::Rnn, "RNN"), (Cell::Lstm, "LSTM"), (Cell::Gru, "GRU")];
                    let choice = segmented(ui, "Cell", &mut changed.0, &options);
                    changed.1 += usize::from(choice.changed());
                },
                (Cell::Rnn, 0),
            );
        harness.run();
        assert!(harness.query_by_label("GRU").is_none());
        harness
            .get_by_role_and_label(Role::ComboBox, "Cell")
            .click();
        harness.run();
        harness.get_by_label("GRU").click();
        harness.run();
        assert_eq!(*harness.state(), (Cell::Gru, 1));
    }

    #[test]
    fn a_choice_is_made_by_click_and_by_keys() {
        let mut harness = harness();
        harness.get_by_label("LSTM").click();
        harness.run();
        assert_eq!(harness.state().0, Cell::Lstm);
        harness.get_by_label("LSTM").focus();
        harness.run();
        harness.key_press(Key::ArrowRight);
        harness.run();
        assert_eq!(harness.state().0, Cell::Gru);
        harness.key_press(Key::ArrowRight);
        harness.run();
        assert_eq!(harness.state().0, Cell::Gru);
        harness.key_press(Key::ArrowLeft);
        harness.run();
        assert_eq!(harness.state().0, Cell::Lstm);
    }

    #[test]
    fn controls_are_named_by_their_row() {
        let mut harness = harness();
        harness.run();
        assert!(
            harness
                .query_by_role_and_label(Role::SpinButton, "Learning rate")
                .is_some()
        );
        assert!(harness.query_by_label("Train").is_some());
    }
}
