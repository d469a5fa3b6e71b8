//! How long the gradients were before clipping, counted in bars, and a limit that is chosen there.

use crate::app::theme::{Palette, SMALL};
use crate::app::widgets::{Term, caption, explained, has_room, log10_or_gap, number, plot_of_logs};
use crate::nn::Clip;
use crate::session::Command;
use crate::train::norms::{BARS, Norms};
use crate::words::{many, percent_to};
use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align, Align2, CursorIcon, EventFilter, FontId, Key, Layout, Modifiers, RichText, Sense,
    Stroke, TextEdit, Ui, WidgetInfo, vec2,
};
use egui_plot::{Bar, BarChart, LineStyle, VLine};

/// What is being chosen.
#[derive(Default)]
pub(super) struct Limit {
    /// A limit that is being dragged, and not set yet.
    dragged: Option<f64>,
    /// What is being typed.
    typed: Option<String>,
    /// What was typed and is no limit: it stays to be mended.
    refused: Option<String>,
}

/// The width of the field, and the height of what stands above the bars, in points.
const FIELD: f32 = 52.0;
const HEAD: f32 = 26.0;

/// The share of updates that a limit would have clipped, in percent.
fn share(norms: &Norms, max_norm: f64) -> String {
    let share = norms.clipped_at(max_norm) as f64 / norms.len().max(1) as f64;
    percent_to(share, 1)
}

/// Says what a limit would have done to how many of so many updates.
fn would_have(norms: &Norms, max_norm: f64) -> String {
    let all = many(norms.len(), "update");
    let share = share(norms, max_norm);
    format!("{share} of the {all} so far would have been clipped")
}

/// What was typed as a limit: none where nothing is left.
fn read(typed: &str) -> Option<Clip> {
    let typed = typed.trim().replace('−', "-");
    if typed.is_empty() {
        return Some(Clip::Off);
    }
    let value: f64 = typed.parse().ok()?;
    (value > 0.0 && value.is_finite()).then_some(Clip::Norm(value))
}

/// A limit as it is written into the text: two digits are as exact as a pointer is.
fn round(value: f64) -> f64 {
    format!("{value:.1e}").parse().unwrap_or(value)
}

impl Limit {
    /// Draws the bars with the limit in effect, or the one being chosen; returns what is to be done.
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        size: [f32; 2],
        norms: &Norms,
        clip: Clip,
    ) -> Option<Command> {
        let palette = Palette::of(ui.visuals());
        let mut command = None;
        let now = self.dragged.or(clip.max_norm());
        ui.allocate_ui_with_layout(
            vec2(size[0], HEAD),
            Layout::left_to_right(Align::Center),
            |ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                ui.spacing_mut().interact_size.y = 20.0;
                ui.add_space(8.0);
                if has_room(ui, "max norm", FIELD + 24.0) {
                    let label = caption(ui, "max norm");
                    explained(label, "Empty is no limit", &[Term::Clipping]);
                }
                command = self.field(ui, clip);
                if let Some(refused) = &self.refused {
                    let text = format!("found “{refused}”, expected a number above 0");
                    let label = RichText::new(&text).size(SMALL).color(palette.error);
                    let label = ui.add(eframe::egui::Label::new(label).truncate());
                    explained(label, "Empty is no limit", &[Term::Clipping]);
                    return;
                }
                let said = match now {
                    Some(max_norm) => [
                        would_have(norms, max_norm),
                        format!("{} would have been clipped", share(norms, max_norm)),
                        format!("{} clipped", share(norms, max_norm)),
                    ],
                    None => [
                        "no limit: click a length to clip there".to_owned(),
                        "click to clip there".to_owned(),
                        String::new(),
                    ],
                };
                if let Some(fits) = said.iter().find(|said| has_room(ui, said, 4.0)) {
                    explained(caption(ui, fits), &said[0], &[Term::Clipping]);
                }
            },
        );
        let Some((ends, bars)) = norms.bars() else {
            return command;
        };
        // Those that the limit makes shorter stand at the foot of each bar: together they are the share that is told.
        let clipped = now.map_or([0; BARS], |max_norm| norms.clipped_bars(ends, max_norm));
        let drawn = bars
            .iter()
            .zip(clipped)
            .enumerate()
            .flat_map(|(bar, (&count, clipped))| {
                let reach = Norms::bar(ends, bar);
                let (middle, width) = (0.5 * (reach.start + reach.end), reach.end - reach.start);
                let bar = move |foot: u32, count: u32, color| {
                    Bar::new(middle, f64::from(count))
                        .base_offset(f64::from(foot))
                        .width(0.9 * width)
                        .fill(color)
                        .stroke(Stroke::NONE)
                        .name("")
                };
                let pale = palette.before_clipping.gamma_multiply(0.45);
                let both = [
                    (0, clipped, palette.before_clipping),
                    (clipped, count - clipped, pale),
                ];
                both.into_iter()
                    .filter(|(_, count, _)| *count > 0)
                    .map(move |(foot, count, color)| bar(foot, count, color))
            });
        let drawn: Vec<Bar> = drawn.collect();
        let spare = 0.06 * (ends[1] - ends[0]);
        let (low, high) = match now.and_then(log10_or_gap) {
            // A limit far from all lengths is not worth the room that it would take.
            Some(at) if self.dragged.is_none() => (
                (ends[0] - spare).min(at - spare).max(ends[0] - 2.0),
                (ends[1] + spare).max(at + spare).min(ends[1] + 2.0),
            ),
            _ => (ends[0] - spare, ends[1] + spare),
        };
        let shown = plot_of_logs(ui, "norms", "gradient norm before clipping", "updates")
            .width(size[0])
            .height((size[1] - HEAD).max(40.0))
            .include_y(0.0)
            .allow_drag(false)
            .allow_boxed_zoom(false)
            .allow_axis_zoom_drag(false)
            .show_crosshair(false)
            .label_formatter(|_| None)
            .sense(Sense::click_and_drag())
            .show(ui, move |ui| {
                ui.set_plot_bounds_x(low..=high);
                ui.bar_chart(BarChart::new("updates", drawn).allow_hover(false));
                if let Some(at) = now.and_then(log10_or_gap) {
                    let line = VLine::new("max norm", at).color(palette.threshold);
                    ui.vline(line.width(1.5).style(LineStyle::dashed_dense()));
                }
            });
        let response = shown.response.on_hover_cursor(CursorIcon::ResizeHorizontal);
        response.widget_info(|| {
            WidgetInfo::labeled(Role::Image, true, "Histogram of the gradient norms")
        });
        if let Some(max_norm) = clip.max_norm().filter(|_| response.has_focus()) {
            let filter = EventFilter {
                vertical_arrows: true,
                ..EventFilter::default()
            };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
            let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
            let factor = match (pressed(Key::ArrowUp), pressed(Key::ArrowDown)) {
                (true, _) => 1.1,
                (_, true) => 1.0 / 1.1,
                _ => 1.0,
            };
            if factor != 1.0 {
                command = Some(Command::SetClip(Clip::Norm(round(factor * max_norm))));
            }
        }
        let pointed = response.interact_pointer_pos().or(response.hover_pos());
        let at = pointed.map(|at| round(10.0_f64.powf(shown.transform.value_from_position(at).x)));
        if response.drag_stopped() || response.clicked() {
            (self.dragged, self.refused) = (None, None);
            command = at.map(|at| Command::SetClip(Clip::Norm(at))).or(command);
        } else if response.dragged() {
            self.dragged = at;
        } else if let Some(at) = at.filter(|_| response.hovered()) {
            let said = format!("at {}, {}", number(at), would_have(norms, at));
            let place = shown.transform.frame().left_top() + vec2(8.0, 4.0);
            ui.painter_at(*shown.transform.frame()).text(
                place,
                Align2::LEFT_TOP,
                &said,
                FontId::proportional(SMALL),
                palette.text,
            );
            self.dragged = None;
        }
        command
    }

    /// The limit as a number that can be typed; takes effect when it is left or Enter is pressed.
    fn field(&mut self, ui: &mut Ui, clip: Clip) -> Option<Command> {
        let now = clip.max_norm();
        let typed = self.typed.as_ref().or(self.refused.as_ref());
        let mut text = match (typed, self.dragged.or(now)) {
            (Some(typed), _) => typed.clone(),
            (None, Some(max_norm)) => max_norm.to_string(),
            (None, None) => String::new(),
        };
        let field = TextEdit::singleline(&mut text)
            .font(FontId::proportional(SMALL))
            .hint_text("off")
            .desired_width(FIELD);
        let response = ui.add(field);
        // Otherwise what an empty field shows would be taken for its name.
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_label("Clip at norm"));
        if response.has_focus() && ui.input(|input| input.key_pressed(Key::Escape)) {
            (self.typed, self.refused) = (None, None);
            return None;
        }
        if response.lost_focus() {
            let typed = self.typed.take()?;
            let Some(wanted) = read(&typed) else {
                self.refused = Some(typed);
                return None;
            };
            let is_other = wanted.max_norm() != now;
            return is_other.then_some(Command::SetClip(wanted));
        }
        if response.has_focus() {
            (self.typed, self.refused) = (Some(text), None);
        } else {
            self.typed = None;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_what_was_typed_or_pointed_at() {
        assert_eq!(read(" 0.25 "), Some(Clip::Norm(0.25)));
        assert_eq!(read("1e-3"), Some(Clip::Norm(1e-3)));
        assert_eq!(read(""), Some(Clip::Off));
        for none in ["0", "−1", "inf", "NaN", "one"] {
            assert_eq!(read(none), None, "{none}");
        }
        for (pointed, written) in [(0.299_9, "0.3"), (12_345.6, "12000"), (0.001_04, "0.001")] {
            assert_eq!(round(pointed).to_string(), written);
        }
    }
}
