//! The horizontal axis of time, shared by everything stacked above one another, and its ruler.
//!
//! Columns count from 0 as arrays do; what is written on the screen counts t = 1 … T.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align2, Color32, EventFilter, FontId, Key, Modifiers, Painter, Rangef, Rect, Response, Sense,
    Stroke, Ui, WidgetInfo, pos2, vec2,
};

use crate::app::theme::{Palette, SMALL};

/// Where the columns of `steps` time steps lie on the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeAxis {
    /// The left edge of the first column, in points.
    pub left: f32,
    /// The right edge of the last column, in points.
    pub right: f32,
    /// How many columns there are.
    pub steps: usize,
}

impl TimeAxis {
    /// The width of one column in points; 0 without columns.
    pub fn column_width(&self) -> f32 {
        if self.steps == 0 {
            0.0
        } else {
            (self.right - self.left) / self.steps as f32
        }
    }

    /// The middle of column `t`.
    pub fn x_of(&self, t: usize) -> f32 {
        self.left + (t as f32 + 0.5) * self.column_width()
    }

    /// From the left to the right edge of column `t`.
    pub fn column(&self, t: usize) -> Rangef {
        let width = self.column_width();
        Rangef::new(
            self.left + t as f32 * width,
            self.left + (t as f32 + 1.0) * width,
        )
    }

    /// The column at `x`, if one is there.
    pub fn time_at(&self, x: f32) -> Option<usize> {
        let width = self.column_width();
        if width <= 0.0 || !(self.left..=self.right).contains(&x) {
            return None;
        }
        Some((((x - self.left) / width) as usize).min(self.steps - 1))
    }

    /// The column nearest to `x`; `None` without columns, or where there is no room for any.
    pub fn nearest(&self, x: f32) -> Option<usize> {
        // Where a pane is narrower than what stands beside the axis, its edges have changed sides.
        let room = self.left < self.right;
        room.then(|| self.time_at(x.clamp(self.left, self.right)))?
    }

    /// Marks column `t` over the height `y`: a hairline in the middle, or the column's edges where it is wide enough.
    pub fn paint_cursor(&self, painter: &Painter, y: Rangef, t: usize, color: Color32) {
        if t >= self.steps {
            return;
        }
        // The halo keeps the mark visible on data of any colour.
        let halo = Palette::of(&painter.ctx().global_style().visuals).background;
        let halo = halo.gamma_multiply(0.7);
        let column = self.column(t);
        if column.span() >= 8.0 {
            painter.vline(column.min, y, Stroke::new(3.0, halo));
            painter.vline(column.max, y, Stroke::new(3.0, halo));
            let stroke = Stroke::new(1.0, color);
            painter.vline(column.min, y, stroke);
            painter.vline(column.max, y, stroke);
        } else {
            painter.vline(self.x_of(t), y, Stroke::new(4.0, halo));
            painter.vline(self.x_of(t), y, Stroke::new(1.5, color));
        }
    }
}

/// What happened on a [`time_ruler`].
#[derive(Debug)]
pub struct TimeRuler {
    /// The column chosen by click, drag or arrow key in this frame.
    pub chosen: Option<usize>,
    /// The column under the pointer.
    pub hovered: Option<usize>,
    /// The whole ruler.
    pub response: Response,
}

/// The height a [`time_ruler`] needs, in points.
pub const RULER_HEIGHT: f32 = 28.0;

/// Paints the ruler into `rect` with the marker of the shared cursor, and takes click, drag and arrow keys. What the steps are
/// called stands below them, or their numbers t = 1 … T.
pub fn time_ruler(
    ui: &mut Ui,
    rect: Rect,
    axis: &TimeAxis,
    cursor: Option<usize>,
    names: Option<&[String]>,
) -> TimeRuler {
    let mut response = ui.interact(
        rect,
        ui.scope_id().with("time ruler"),
        Sense::click_and_drag(),
    );
    let hovered = response.hover_pos().and_then(|at| axis.time_at(at.x));
    let mut chosen = None;
    if response.clicked() || response.dragged() {
        chosen = response
            .interact_pointer_pos()
            .and_then(|at| axis.nearest(at.x));
    }
    if response.has_focus() {
        chosen = chosen.or_else(|| arrow_keys(ui, &response, axis, cursor));
    }
    if chosen.is_some() && chosen != cursor {
        response.mark_changed();
    }
    let shown = chosen.or(cursor);
    response.widget_info(|| WidgetInfo {
        role: Role::Slider,
        enabled: ui.is_enabled(),
        label: Some("Time ruler".to_owned()),
        value: shown.map(|t| (t + 1) as f64),
        ..WidgetInfo::new(Role::Slider)
    });
    if ui.is_rect_visible(rect) {
        paint_ruler(ui, rect, axis, shown, hovered, response.has_focus(), names);
    }
    TimeRuler {
        chosen,
        hovered,
        response,
    }
}

/// Arrow keys move by one column, Home and End to the ends; the keys are taken so that nothing else moves too.
fn arrow_keys(
    ui: &Ui,
    response: &Response,
    axis: &TimeAxis,
    cursor: Option<usize>,
) -> Option<usize> {
    let keys = EventFilter {
        horizontal_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, keys));
    let last = axis.steps.checked_sub(1)?;
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    if pressed(Key::ArrowRight) {
        Some(cursor.map_or(0, |t| (t + 1).min(last)))
    } else if pressed(Key::ArrowLeft) {
        Some(cursor.map_or(last, |t| t.saturating_sub(1)))
    } else if pressed(Key::Home) {
        Some(0)
    } else if pressed(Key::End) {
        Some(last)
    } else {
        None
    }
}

fn paint_ruler(
    ui: &Ui,
    rect: Rect,
    axis: &TimeAxis,
    cursor: Option<usize>,
    hovered: Option<usize>,
    focused: bool,
    names: Option<&[String]>,
) {
    let palette = Palette::of(ui.visuals());
    let name = |t: usize| names.and_then(|names| names.get(t)).map(String::as_str);
    let painter = ui.painter_at(rect.expand2(vec2(24.0, 0.0)));
    let font = FontId::proportional(SMALL);
    let line = rect.bottom() - 0.5;
    let line_color = if focused {
        palette.accent_text
    } else {
        palette.hairline
    };
    painter.hline(axis.left..=axis.right, line, Stroke::new(1.0, line_color));
    let text_y = rect.bottom() - 9.0;

    // The cursor's number is drawn as a filled tag; tick labels make room for it.
    let tag = cursor.filter(|&t| t < axis.steps).map(|t| {
        let galley = painter.layout_no_wrap(tag_text(t, name(t)), font.clone(), palette.on_accent);
        let size = galley.size() + vec2(12.0, 4.0);
        let right = rect.right().max(axis.right);
        let left =
            (axis.x_of(t) - 0.5 * size.x).clamp(rect.left(), (right - size.x).max(rect.left()));
        let place = Rect::from_min_size(pos2(left, text_y - 7.0 - 0.5 * size.y), size);
        (t, galley, place)
    });

    let mut right_end = f32::NEG_INFINITY;
    let label = |t: usize| {
        let text = name(t).map_or_else(|| (t + 1).to_string(), str::to_owned);
        painter.layout_no_wrap(text, font.clone(), palette.weak_text)
    };
    // Names of one length are as far apart as the first needs; short ones stand under every column.
    let room = match name(0) {
        Some(_) => {
            label(0)
                .size()
                .x
                .max(label(axis.steps.saturating_sub(1)).size().x)
                + 10.0
        }
        None => 44.0,
    };
    let columns = labelled_columns(axis.steps, axis.right - axis.left, room);
    let columns = match name(0) {
        // Names are regular among themselves; t = 1 is no rounder than another.
        Some(_) => (0..axis.steps)
            .step_by(tick_step(axis.steps, axis.right - axis.left, room))
            .collect(),
        None => columns,
    };
    for t in columns {
        let x = axis.x_of(t);
        let label = label(t);
        let place = Align2::CENTER_CENTER.anchor_size(pos2(x, text_y - 7.0), label.size());
        painter.vline(
            x,
            Rangef::new(line - 4.0, line),
            Stroke::new(1.0, palette.hairline),
        );
        let covered = tag
            .as_ref()
            .is_some_and(|(_, _, tag)| tag.expand(4.0).intersects(place));
        if place.left() > right_end + 8.0 && !covered {
            right_end = place.right();
            painter.galley(place.min, label, palette.weak_text);
        }
    }

    if let Some(t) = hovered.filter(|&t| Some(t) != cursor) {
        let x = axis.x_of(t);
        painter.vline(
            x,
            Rangef::new(line - 6.0, line),
            Stroke::new(1.5, palette.weak_text),
        );
    }
    if let Some((t, galley, place)) = tag {
        painter.rect_filled(place, 4.0, palette.accent);
        painter.vline(
            axis.x_of(t),
            Rangef::new(place.bottom(), line),
            Stroke::new(1.5, palette.cursor),
        );
        painter.galley(place.min + vec2(6.0, 2.0), galley, palette.on_accent);
    }
}

/// What the cursor's tag says.
fn tag_text(t: usize, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("{name} · t = {}", t + 1),
        None => format!("t = {}", t + 1),
    }
}

/// Which of `steps` columns to label on an axis of `length` points, where a number takes `room` of them.
pub fn labelled_columns(steps: usize, length: f32, room: f32) -> Vec<usize> {
    ticks(steps, tick_step(steps, length, room))
}

/// The distance of two labelled columns: 1, 2 or 5 times a power of ten, with room for the numbers.
fn tick_step(steps: usize, width: f32, room: f32) -> usize {
    let least = (room * steps as f32 / width.max(1.0)).max(1.0);
    let mut step = 1;
    loop {
        for factor in [1, 2, 5] {
            if (step * factor) as f32 >= least {
                return step * factor;
            }
        }
        step *= 10;
    }
}

/// Columns to label: t = 1, the multiples of `step`, and T; the first wins where two would touch.
fn ticks(steps: usize, step: usize) -> Vec<usize> {
    let mut ticks = Vec::new();
    if steps > 0 {
        ticks.push(0);
        let multiples = (step..steps).step_by(step.max(1));
        ticks.extend(
            multiples
                .map(|count| count - 1)
                .filter(|&t| t > 0 && steps - 1 - t >= step.div_ceil(2)),
        );
        if steps > 1 {
            ticks.push(steps - 1);
        }
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui_kittest::{Harness, kittest::Queryable};

    #[test]
    fn columns_tile_the_axis() {
        let axis = TimeAxis {
            left: 10.0,
            right: 110.0,
            steps: 7,
        };
        for t in 0..axis.steps {
            assert_eq!(axis.time_at(axis.x_of(t)), Some(t));
            assert!(axis.column(t).contains(axis.x_of(t)));
        }
        assert_eq!(axis.time_at(110.0), Some(6));
        assert_eq!(axis.time_at(9.0), None);
        assert_eq!(axis.nearest(-50.0), Some(0));
        assert_eq!(axis.nearest(900.0), Some(6));
        for right in [10.0, -78.0, f32::NAN] {
            let narrow = TimeAxis { right, ..axis };
            assert_eq!(narrow.nearest(50.0), None, "{right}");
            assert_eq!(narrow.time_at(50.0), None, "{right}");
        }
        let empty = TimeAxis { steps: 0, ..axis };
        assert_eq!(empty.time_at(50.0), None);
        assert_eq!(empty.nearest(50.0), None);
    }

    #[test]
    fn ticks_are_round_and_never_crowded() {
        assert_eq!(ticks(22, 5), vec![0, 4, 9, 14, 21]);
        assert_eq!(ticks(1, 1), vec![0]);
        assert_eq!(tick_step(500, 500.0, 44.0), 50);
        assert_eq!(tick_step(10, 1000.0, 44.0), 1);
        assert_eq!(ticks(0, 1), Vec::<usize>::new());
    }

    #[test]
    fn a_click_and_arrow_keys_choose_a_column() {
        let axis = TimeAxis {
            left: 20.0,
            right: 220.0,
            steps: 10,
        };
        let mut harness = Harness::builder()
            .with_context_setup(crate::app::theme::install)
            .build_ui_state(
                |ui, cursor: &mut Option<usize>| {
                    let rect = Rect::from_min_max(pos2(20.0, 10.0), pos2(220.0, 38.0));
                    if let Some(t) = time_ruler(ui, rect, &axis, *cursor, None).chosen {
                        *cursor = Some(t);
                    }
                },
                None,
            );
        harness.run();
        harness.drag_at(pos2(axis.x_of(4), 20.0));
        harness.drop_at(pos2(axis.x_of(4), 20.0));
        harness.run();
        assert_eq!(*harness.state(), Some(4));
        // A click leaves the focus where it was, so that space still plays; the ruler is reached by Tab.
        harness.get_by_label("Time ruler").focus();
        harness.run();
        harness.key_press(Key::ArrowRight);
        harness.run();
        assert_eq!(*harness.state(), Some(5));
        assert!(harness.query_by_label("Time ruler").is_some());
    }
}
