//! The horizontal axis of time, shared by everything stacked above one another, and its ruler.
//!
//! Columns count from 0 as arrays do; what is written on the screen counts t = 1 … T. An axis shows all of them, or a
//! [`Span`] that was zoomed into; what lies outside has a place too, left or right of the axis.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align2, Color32, EventFilter, FontId, Key, Modifiers, Painter, Rangef, Rect, Response, Sense,
    Stroke, Ui, WidgetInfo, pos2, vec2,
};

use crate::app::theme::{Palette, SMALL};
use std::ops::Range;

/// Where the columns of `steps` time steps lie on the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeAxis {
    /// The left edge of what is shown, in points.
    pub left: f32,
    /// The right edge of it, in points.
    pub right: f32,
    /// How many columns there are, shown or not.
    pub steps: usize,
    /// Which of them are shown.
    pub span: Span,
}

/// A stretch of an axis, in columns; it may begin and end within one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// Where it begins: 0 at the left edge of the first column.
    pub first: f64,
    /// Where it ends: the number of columns at the right edge of the last one.
    pub last: f64,
}

impl Span {
    /// One does not zoom further in than to so many columns: numbers can be read in them.
    pub const LEAST: f64 = 8.0;

    /// All of `steps` columns.
    pub fn all(steps: usize) -> Self {
        Self {
            first: 0.0,
            last: steps as f64,
        }
    }

    /// How many columns long it is.
    pub fn length(self) -> f64 {
        self.last - self.first
    }

    /// Zoomed in by `factor` (out, where it is below 1), so that what is at `at` stays where it is.
    #[must_use]
    pub fn zoomed(self, at: f64, factor: f64, steps: usize) -> Self {
        let (length, all) = (self.length(), steps as f64);
        if !(length > 0.0 && factor > 0.0 && factor.is_finite()) {
            return self;
        }
        let new = (length / factor).clamp(Self::LEAST.min(all), all);
        let at = at.clamp(self.first, self.last);
        let first = at - (at - self.first) * new / length;
        Self {
            first,
            last: first + new,
        }
        .within(steps)
    }

    /// So many columns further on, as far as there are any.
    #[must_use]
    pub fn moved(self, by: f64, steps: usize) -> Self {
        let by = if by.is_finite() { by } else { 0.0 };
        Self {
            first: self.first + by,
            last: self.last + by,
        }
        .within(steps)
    }

    /// Where it is, if column `t` is in it, or most of it; else moved there, with some of what comes before and after.
    #[must_use]
    pub fn following(self, t: usize, steps: usize) -> Self {
        let (from, to) = (t as f64, t as f64 + 1.0);
        if (self.first..=self.last).contains(&(from + 0.5)) {
            return self;
        }
        let length = self.length();
        let around = (0.2 * length).min(0.5 * (length - 1.0)).max(0.0);
        let first = if from < self.first - length || to > self.last + length {
            // Far away there is nothing to go on from.
            from + 0.5 - 0.5 * length
        } else if from < self.first {
            // It is mostly being walked to the left: what comes next is on that side.
            to + around - length
        } else {
            from - around
        };
        Self {
            first,
            last: first + length,
        }
        .within(steps)
    }

    /// The same stretch of an axis with another number of columns, as far as that has it; no longer than all of it.
    #[must_use]
    pub fn within(self, steps: usize) -> Self {
        let all = steps as f64;
        let length = self.length().clamp(Self::LEAST.min(all), all);
        let first = self.first.clamp(0.0, all - length);
        Self {
            first,
            last: first + length,
        }
    }

    /// Whether it is all of `steps` columns.
    pub fn is_all(self, steps: usize) -> bool {
        // What is left of a column after zooming out again is rounding.
        self.first <= 1e-6 && self.last >= steps as f64 - 1e-6
    }
}

impl TimeAxis {
    /// An axis that shows all of its columns.
    pub fn new(left: f32, right: f32, steps: usize) -> Self {
        Self {
            left,
            right,
            steps,
            span: Span::all(steps),
        }
    }

    /// The same place, with a stretch of the columns alone.
    #[must_use]
    pub fn showing(self, span: Span) -> Self {
        Self { span, ..self }
    }

    /// Whether there are columns that are not shown.
    pub fn is_zoomed(&self) -> bool {
        !self.span.is_all(self.steps)
    }

    /// The same place, with a column for every `each` of its own, counted from the first.
    #[must_use]
    pub fn of_every(self, each: usize) -> Self {
        let each = each.max(1);
        Self {
            steps: self.steps.div_ceil(each),
            span: Span {
                first: self.span.first / each as f64,
                last: self.span.last / each as f64,
            },
            ..self
        }
    }

    /// The columns of which something is shown.
    pub fn shown(&self) -> Range<usize> {
        let first = (self.span.first.max(0.0) as usize).min(self.steps);
        let last = (self.span.last.max(0.0).ceil() as usize).min(self.steps);
        first..last.max(first)
    }

    /// The width of one column in points; 0 without columns.
    pub fn column_width(&self) -> f32 {
        self.width() as f32
    }

    fn width(&self) -> f64 {
        match self.steps {
            0 => 0.0,
            _ => f64::from(self.right - self.left) / self.span.length(),
        }
    }

    /// Where a place among the columns lies, from the left edge of the first one on.
    fn at(&self, place: f64) -> f32 {
        (f64::from(self.left) + (place - self.span.first) * self.width()) as f32
    }

    /// The middle of column `t`.
    pub fn x_of(&self, t: usize) -> f32 {
        self.at(t as f64 + 0.5)
    }

    /// From the left to the right edge of column `t`.
    pub fn column(&self, t: usize) -> Rangef {
        Rangef::new(self.at(t as f64), self.at(t as f64 + 1.0))
    }

    /// The place among the columns at `x`; within what is shown.
    pub fn place_at(&self, x: f32) -> f64 {
        let place = self.span.first + f64::from(x - self.left) / self.width();
        if place.is_nan() {
            return self.span.first;
        }
        place.max(self.span.first).min(self.span.last)
    }

    /// The column at `x`, if one is there.
    pub fn time_at(&self, x: f32) -> Option<usize> {
        let is_there = self.column_width() > 0.0 && (self.left..=self.right).contains(&x);
        let last = self.steps.checked_sub(1).filter(|_| is_there)?;
        Some((self.place_at(x) as usize).min(last))
    }

    /// The column nearest to `x`; `None` without columns, or where there is no room for any.
    pub fn nearest(&self, x: f32) -> Option<usize> {
        // Where a pane is narrower than what stands beside the axis, its edges have changed sides.
        let room = self.left < self.right;
        room.then(|| self.time_at(x.clamp(self.left, self.right)))?
    }

    /// Marks column `t` over the height `y`: a hairline in the middle, or the column's edges where it is wide enough.
    pub fn paint_cursor(&self, painter: &Painter, y: Rangef, t: usize, color: Color32) {
        if !self.shown().contains(&t) {
            return;
        }
        // The halo keeps the mark visible on data of any colour.
        let halo = Palette::of(&painter.ctx().global_style().visuals).background;
        let halo = halo.gamma_multiply(0.7);
        let column = self.column(t);
        // Of a column that is shown in part, an edge may lie in the margin.
        let shown = Rangef::new(self.left - 1.0, self.right + 1.0);
        let (lines, widths) = if column.span() >= 8.0 {
            ([Some(column.min), Some(column.max)], [3.0, 1.0])
        } else {
            ([Some(self.x_of(t)), None], [4.0, 1.5])
        };
        let lines = lines.into_iter().flatten().filter(|&x| shown.contains(x));
        for (width, color) in widths.into_iter().zip([halo, color]) {
            for x in lines.clone() {
                painter.vline(x, y, Stroke::new(width, color));
            }
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
    /// Of how many symbols one is written: 1, where all are or none is.
    pub each: usize,
}

/// What the steps of a ruler are called.
#[derive(Clone, Copy, Debug)]
pub struct StepNames<'a> {
    /// A name for each step.
    pub all: &'a [String],
    /// Whether they are symbols, each of which says something of its own; times follow from one another.
    pub are_symbols: bool,
}

impl<'a> StepNames<'a> {
    fn get(self, t: usize) -> Option<&'a str> {
        self.all.get(t).map(String::as_str)
    }
}

/// The sizes that symbols are written in, the first for which there is room, in points.
const SYMBOL_SIZES: [f32; 5] = [SMALL, 11.0, 10.0, 9.0, 8.0];
/// So many symbols are measured.
const MOST_SYMBOLS: usize = 400;
/// The least space between two symbols, of which each is a letter or several, in points.
const BETWEEN_LETTERS: f32 = 1.5;
const BETWEEN_WORDS: f32 = 5.0;

/// How symbols are written into columns of a width: in which size, and of how many one. In full size and all of them, if there is
/// room, then smaller; where even the smallest have none, of several one.
fn symbols_fit(column: f32, between: f32, widest: impl Fn(f32) -> f32) -> (f32, usize) {
    let fits = |size: &f32| widest(*size) + between <= column;
    if let Some(size) = SYMBOL_SIZES.into_iter().find(fits) {
        return (size, 1);
    }
    let room = widest(SMALL) + between.max(4.0);
    // In a thousand columns, as a tick has at least a point.
    (SMALL, tick_step(1000.0, 1000.0 * column, room))
}

/// The height a [`time_ruler`] needs, in points.
pub const RULER_HEIGHT: f32 = 28.0;

/// Paints the ruler into `rect` with the marker of the shared cursor, and takes click, drag and arrow keys. What the steps are
/// called stands below them, or their numbers t = 1 … T. It is called `title` by screen readers.
pub fn time_ruler(
    ui: &mut Ui,
    title: &str,
    rect: Rect,
    axis: &TimeAxis,
    cursor: Option<usize>,
    names: Option<StepNames<'_>>,
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
        label: Some(title.to_owned()),
        value: shown.map(|t| (t + 1) as f64),
        ..WidgetInfo::new(Role::Slider)
    });
    let each = match ui.is_rect_visible(rect) {
        true => paint_ruler(ui, rect, axis, shown, hovered, response.has_focus(), names),
        false => 1,
    };
    TimeRuler {
        chosen,
        hovered,
        response,
        each,
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

/// Paints it; gives of how many symbols one is written.
fn paint_ruler(
    ui: &Ui,
    rect: Rect,
    axis: &TimeAxis,
    cursor: Option<usize>,
    hovered: Option<usize>,
    focused: bool,
    names: Option<StepNames<'_>>,
) -> usize {
    let palette = Palette::of(ui.visuals());
    let name = |t: usize| names.and_then(|names| names.get(t));
    let painter = ui.painter_at(rect.expand2(vec2(24.0, 0.0)));
    let font = FontId::proportional(SMALL);
    let line = rect.bottom() - 0.5;
    let line_color = if focused {
        palette.accent_text
    } else {
        palette.hairline
    };
    painter.hline(axis.left..=axis.right, line, Stroke::new(1.0, line_color));
    if axis.is_zoomed() && axis.steps > 0 {
        // Which stretch of all steps is shown, as a scroll bar says it.
        let part = |place: f64| {
            let part = (place / axis.steps as f64) as f32;
            axis.left + part * (axis.right - axis.left)
        };
        let thumb = Rect::from_min_max(
            pos2(part(axis.span.first), line - 2.0),
            pos2(
                part(axis.span.last).max(part(axis.span.first) + 4.0),
                line + 0.5,
            ),
        );
        painter.rect_filled(thumb, 1.0, palette.weak_text);
    }
    let text_y = rect.bottom() - 9.0;

    // The cursor's number is drawn as a filled tag; tick labels make room for it.
    let shown = axis.shown();
    let tag = cursor.filter(|t| shown.contains(t)).map(|t| {
        let galley = painter.layout_no_wrap(tag_text(t, name(t)), font.clone(), palette.on_accent);
        let size = galley.size() + vec2(12.0, 4.0);
        let right = rect.right().max(axis.right);
        let left =
            (axis.x_of(t) - 0.5 * size.x).clamp(rect.left(), (right - size.x).max(rect.left()));
        let place = Rect::from_min_size(pos2(left, text_y - 7.0 - 0.5 * size.y), size);
        (t, galley, place)
    });

    let mut right_end = f32::NEG_INFINITY;
    let label_of = |t: usize, size: f32| {
        let text = name(t).map_or_else(|| (t + 1).to_string(), str::to_owned);
        painter.layout_no_wrap(text, FontId::proportional(size), palette.weak_text)
    };
    let symbols = names.filter(|names| names.are_symbols);
    let symbols = symbols.map(|names| {
        // Where there are more, none has room for more than a line.
        let shown = shown.start..shown.end.min(shown.start + MOST_SYMBOLS);
        let seen = || names.all.iter().take(shown.end).skip(shown.start);
        let letters = seen().all(|name| name.chars().count() <= 1);
        let between = if letters {
            BETWEEN_LETTERS
        } else {
            BETWEEN_WORDS
        };
        symbols_fit(axis.column_width(), between, |size| {
            let widths = shown.clone().map(|t| label_of(t, size).size().x);
            widths.fold(0.0, f32::max)
        })
    });
    let (size, each) = symbols.unwrap_or((SMALL, 1));
    let label = |t: usize| label_of(t, size);
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
    let step = match symbols {
        Some(_) => each,
        None => tick_step(axis.span.length(), axis.right - axis.left, room),
    };
    // As far apart as they have room.
    let apart = match symbols {
        Some(_) => 0.0,
        None => 8.0,
    };
    // Names are regular among themselves; t = 1 is no rounder than another.
    let is_regular = |t: &usize| match name(0) {
        Some(_) => t.is_multiple_of(step),
        None => (t + 1).is_multiple_of(step) || *t == 0,
    };
    let columns: Vec<usize> = match name(0) {
        None if !axis.is_zoomed() => ticks(axis.steps, step),
        _ => shown.filter(is_regular).collect(),
    };
    let inside = Rangef::new(axis.left, axis.right);
    let columns = columns
        .into_iter()
        .filter(|&t| inside.contains(axis.x_of(t)));
    for t in columns {
        let x = axis.x_of(t);
        let label = label(t);
        // The last one may reach beyond the columns, but not over the edge of what can be seen.
        let reach = (painter.clip_rect().right() - 0.5 * label.size().x).max(axis.left);
        let at = pos2(x.min(reach), text_y - 7.0);
        let place = Align2::CENTER_CENTER.anchor_size(at, label.size());
        painter.vline(
            x,
            Rangef::new(line - 4.0, line),
            Stroke::new(1.0, palette.hairline),
        );
        let covered = tag
            .as_ref()
            .is_some_and(|(_, _, tag)| tag.expand(4.0).intersects(place));
        if place.left() > right_end + apart && !covered {
            right_end = place.right();
            painter.galley(place.min, label, palette.weak_text);
        }
    }

    if let Some(t) = hovered.filter(|&t| Some(t) != cursor) {
        let x = axis.x_of(t).max(axis.left).min(axis.right);
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
    each
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
    ticks(steps, tick_step(steps as f64, length, room))
}

/// The distance of two labelled columns: 1, 2 or 5 times a power of ten, with room for the numbers.
fn tick_step(steps: f64, width: f32, room: f32) -> usize {
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
        let axis = TimeAxis::new(10.0, 110.0, 7);
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
        let empty = TimeAxis::new(10.0, 110.0, 0);
        assert_eq!(empty.time_at(50.0), None);
        assert_eq!(empty.nearest(50.0), None);
    }

    #[test]
    fn columns_of_a_span_tile_the_axis() {
        let span = Span {
            first: 200.25,
            last: 240.75,
        };
        let axis = TimeAxis::new(96.0, 984.0, 500).showing(span);
        assert!(axis.is_zoomed());
        assert_eq!(axis.shown(), 200..241);
        assert!((axis.column_width() - 888.0 / 40.5).abs() < 1e-4);
        for t in axis.shown() {
            let column = axis.column(t);
            assert!(column.contains(axis.x_of(t)));
            if t > 200 && t < 240 {
                assert_eq!(axis.time_at(axis.x_of(t)), Some(t));
                assert!((axis.column(t + 1).min - column.max).abs() < 1e-3);
            }
        }
        // What is cut is there as far as it is shown; what is not shown lies beside the axis.
        assert_eq!(axis.time_at(96.0), Some(200));
        assert_eq!(axis.time_at(984.0), Some(240));
        assert_eq!(axis.nearest(2_000.0), Some(240));
        assert_eq!(axis.time_at(95.0), None);
        assert!(axis.x_of(0) < 96.0 && axis.x_of(499) > 984.0);
        for x in [96.0, 300.0, 984.0] {
            assert!((axis.at(axis.place_at(x)) - x).abs() < 1e-3, "{x}");
        }
        // In a long sequence too, to a fraction of a point.
        let span = Span {
            first: 999_000.0,
            last: 999_010.0,
        };
        let axis = TimeAxis::new(96.0, 984.0, 1_000_000).showing(span);
        assert!((axis.x_of(999_002) - 318.0).abs() < 1e-3);
    }

    #[test]
    fn zooming_keeps_what_is_under_the_pointer_and_ends_at_the_ends() {
        let axis = TimeAxis::new(100.0, 900.0, 500);
        let at = axis.place_at(700.0);
        let zoomed = axis.showing(axis.span.zoomed(at, 4.0, 500));
        assert!((zoomed.span.length() - 125.0).abs() < 1e-9);
        assert!((zoomed.place_at(700.0) - at).abs() < 1e-9);
        // Out again, past the beginning: it is moved in, never beyond.
        let out = zoomed.span.zoomed(zoomed.span.first, 0.01, 500);
        assert!(out.is_all(500), "{out:?}");
        let mut deep = axis.span;
        for _ in 0..100 {
            deep = deep.zoomed(499.9, 1.5, 500);
            assert!(0.0 <= deep.first && deep.last <= 500.0 + 1e-9, "{deep:?}");
        }
        assert!((deep.length() - Span::LEAST).abs() < 1e-9);
        // Fewer steps than the least are all shown, none at all is no fault, and nonsense changes nothing.
        assert!(Span::all(5).zoomed(2.0, 3.0, 5).is_all(5));
        assert!(Span::all(0).zoomed(0.0, 3.0, 0).is_all(0));
        for factor in [f64::NAN, 0.0, -1.0, f64::INFINITY] {
            assert_eq!(deep.zoomed(300.0, factor, 500), deep);
        }
    }

    #[test]
    fn moving_stops_at_the_ends() {
        let span = Span {
            first: 100.0,
            last: 120.0,
        };
        assert_eq!(span.moved(-7.5, 500).first, 92.5);
        assert_eq!(span.moved(-1e9, 500).first, 0.0);
        assert_eq!(span.moved(1e9, 500).last, 500.0);
        assert_eq!(span.moved(1e9, 500).length(), 20.0);
        assert_eq!(span.moved(f64::NAN, 500), span);
        // Of a shorter sequence there is as much to see.
        assert_eq!(span.within(110).last, 110.0);
        assert!(span.within(15).is_all(15));
    }

    #[test]
    fn a_span_follows_the_cursor_only_out_of_sight() {
        let span = Span {
            first: 100.0,
            last: 120.0,
        };
        for t in 100..120 {
            assert_eq!(span.following(t, 500), span, "{t}");
        }
        for t in [0, 60, 99, 120, 135, 499] {
            let moved = span.following(t, 500);
            assert_eq!(moved.length(), 20.0);
            assert!(
                moved.first <= t as f64 && (t + 1) as f64 <= moved.last,
                "{t}"
            );
        }
        // Where one walks on, most of what is shown is still to come.
        assert_eq!(span.following(120, 500).first, 116.0);
        assert_eq!(span.following(99, 500).last, 104.0);
    }

    #[test]
    fn a_column_for_every_few_lies_over_its_own() {
        let axis = TimeAxis::new(0.0, 1_000.0, 499);
        let few = axis.of_every(4);
        assert_eq!(few.steps, 125);
        for (t, own) in [(0, 0), (7, 28), (124, 496)] {
            assert!(
                (few.column(t).min - axis.column(own).min).abs() < 1e-3,
                "{t}"
            );
        }
        let zoomed = axis.showing(Span::all(499).zoomed(100.0, 2.0, 499));
        let few = zoomed.of_every(2);
        assert!((few.column(60).min - zoomed.column(120).min).abs() < 1e-3);
        assert_eq!(axis.of_every(0).steps, 499);
    }

    #[test]
    fn ticks_are_round_and_never_crowded() {
        assert_eq!(ticks(22, 5), vec![0, 4, 9, 14, 21]);
        assert_eq!(ticks(1, 1), vec![0]);
        assert_eq!(tick_step(500.0, 500.0, 44.0), 50);
        assert_eq!(tick_step(10.0, 1000.0, 44.0), 1);
        assert_eq!(ticks(0, 1), Vec::<usize>::new());
    }

    /// As long as they can be read, all symbols are written: any may be the one that decides.
    #[test]
    fn symbols_get_smaller_before_any_is_left_out() {
        // A letter that is as wide as it is high, nearly.
        let widest = |size: f32| 0.8 * size;
        assert_eq!(symbols_fit(20.0, 1.5, widest), (SMALL, 1));
        let (smaller, all) = symbols_fit(10.0, 1.5, widest);
        assert!((8.0..SMALL).contains(&smaller) && all == 1, "{smaller}");
        assert_eq!(symbols_fit(8.0, 1.5, widest), (8.0, 1));
        for column in [7.0, 4.0, 1.0, 0.1] {
            let (size, each) = symbols_fit(column, 1.5, widest);
            assert!(each > 1, "{column}");
            assert!(widest(size) < column * each as f32, "{column}: {each}");
        }
    }

    #[test]
    fn a_click_and_arrow_keys_choose_a_column() {
        let axis = TimeAxis::new(20.0, 220.0, 10);
        let mut harness = Harness::builder()
            .with_context_setup(crate::app::theme::install)
            .build_ui_state(
                |ui, cursor: &mut Option<usize>| {
                    let rect = Rect::from_min_max(pos2(20.0, 10.0), pos2(220.0, 38.0));
                    if let Some(t) = time_ruler(ui, "Time ruler", rect, &axis, *cursor, None).chosen
                    {
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
