//! A curve that the learner draws over an empty plot, and the engine's own laid over it.

use super::{LessonPanel, small_button};
use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{caption, number, power_of_ten};
use crate::lesson::expression::{Missing, Source};
use crate::lesson::near::Near;
use crate::lesson::player::{Said, Sketched};
use crate::lesson::sketch::Sketch;
use crate::lesson::{Player, Predict};
use crate::session::Session;
use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align2, Color32, EventFilter, FontId, Key, Modifiers, Painter, Pos2, Rect, Response, RichText,
    Sense, Shape as Drawn, Stroke, Ui, WidgetInfo, pos2, vec2,
};

/// How high the plot is, with what stands at its axes.
const HEIGHT: f32 = 25.0 * GRID;
/// How far a key moves a point, as a share of the axis; with Shift a fifth of that.
const BY_KEY: f64 = 0.05;

/// A curve as it is being drawn.
#[derive(Clone, Debug, Default)]
pub struct Drawing {
    /// The heights of the points that were set, as shares of the axis.
    heights: Vec<Option<f64>>,
    /// The point that keys move.
    at: usize,
    /// The point that the pointer was at in the last frame.
    last: Option<usize>,
}

impl Drawing {
    fn for_points(mut self, points: usize) -> Self {
        self.heights.resize(points, None);
        self.at = self.at.min(points.saturating_sub(1));
        self
    }

    /// Sets a point; those passed since the last one lie on the straight line between.
    fn draw(&mut self, at: usize, height: f64) {
        let from = self
            .last
            .and_then(|last| Some((last, (*self.heights.get(last)?)?)));
        if let Some((last, before)) = from.filter(|(last, _)| *last != at) {
            let steps = at.abs_diff(last) as f64;
            for between in last.min(at)..=last.max(at) {
                let share = between.abs_diff(last) as f64 / steps;
                self.heights[between] = Some(before + share * (height - before));
            }
        }
        self.heights[at] = Some(height);
        self.last = Some(at);
        self.at = at;
    }

    /// A height for each point, straight where none was set between two; `None` before both ends are set.
    fn whole(&self) -> Option<Vec<f64>> {
        let set: Vec<(usize, f64)> = self
            .heights
            .iter()
            .enumerate()
            .filter_map(|(at, height)| Some((at, (*height)?)))
            .collect();
        if set.first()?.0 != 0 || set.last()?.0 + 1 != self.heights.len() {
            return None;
        }
        let mut whole = vec![set[0].1];
        for pair in set.windows(2) {
            let ((from, low), (to, high)) = (pair[0], pair[1]);
            let steps = (to - from) as f64;
            whole.extend((1..=to - from).map(|step| low + (high - low) * step as f64 / steps));
        }
        Some(whole)
    }
}

impl LessonPanel {
    /// What was drawn, once the learner says that it is all.
    pub(super) fn sketch(
        &mut self,
        ui: &mut Ui,
        index: usize,
        (predict, sketch): (&Predict, &Sketch),
        player: &Player,
        session: &Session,
    ) -> Option<Said> {
        if let Some(sketched) = player.sketched(index) {
            answered(ui, predict, sketch, sketched);
            return None;
        }
        let span = match sketch.span(session) {
            Ok(span) => span,
            Err(Missing::NotYet) => {
                caption(ui, "The engine has no numbers yet.");
                return None;
            }
            Err(Missing::Fault(why)) => {
                caption(ui, &format!("The engine has no numbers here: {why}."));
                return None;
            }
        };
        let places = sketch.places(span);
        let waits = player.waiting(index).is_some();
        let kept = self.drawn.remove(&index).unwrap_or_default();
        let mut drawing = kept.for_points(places.len());
        let plot = Plot::new(ui, sketch, span);
        let response = plot.response.clone();
        if !waits {
            follow_pointer(&plot, &places, &mut drawing);
            follow_keys(ui, &response, &mut drawing);
        }
        let palette = Palette::of(ui.visuals());
        plot.frame(ui, sketch, &places, &palette);
        let points = plot.points(&places, &drawing.heights);
        let own = Stroke::new(1.5, palette.text);
        plot.curve(&points, own, &palette, Line::Dotted);
        let place = places.get(drawing.at).copied().unwrap_or(span.0);
        let here = drawing.heights.get(drawing.at).copied().flatten();
        if response.has_focus() {
            plot.mark(place, here, &palette);
        }
        let says = here.map_or("not set".to_owned(), |height| {
            number(sketch.value_at(height))
        });
        let name = format!(
            "Your sketch of {} over {}: point {} of {}, at {place}: {says}",
            sketch.up,
            sketch.across,
            drawing.at + 1,
            places.len()
        );
        response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, &name));
        let mut said = None;
        ui.horizontal_wrapped(|ui| {
            let whole = drawing.whole().filter(|_| !waits);
            let button = ui.add_enabled(whole.is_some(), eframe::egui::Button::new("Answer"));
            let button = button.on_disabled_hover_text("Draw it from the first to the last step");
            if button.clicked() {
                let values = whole.map(|heights| {
                    let values = heights.iter().map(|height| sketch.value_at(*height));
                    values.collect()
                });
                said = values.map(Said::Sketch);
            }
            let any = drawing.heights.iter().any(Option::is_some);
            if any && !waits && small_button(ui, "Clear").clicked() {
                drawing = Drawing::default();
            }
            if response.has_focus() {
                caption(ui, &format!("at {place}: {says}"));
            }
        });
        caption(
            ui,
            "Draw with the pointer; or with keys: ← → choose a point, ↑ ↓ move it.",
        );
        caption(ui, &sketch.rule());
        self.drawn.insert(index, drawing);
        said
    }
}

/// The two curves, and where they differ.
fn answered(ui: &mut Ui, predict: &Predict, sketch: &Sketch, sketched: &Sketched) {
    let palette = Palette::of(ui.visuals());
    let places = sketch.places(sketched.span);
    let plot = Plot::new(ui, sketch, sketched.span);
    plot.frame(ui, sketch, &places, &palette);
    let drawn: Vec<Option<f64>> = sketched
        .drawn
        .iter()
        .map(|value| Some(sketch.height(*value)))
        .collect();
    let points = plot.points(&places, &drawn);
    let own = Stroke::new(1.5, palette.weak_text);
    plot.curve(&points, own, &palette, Line::Dotted);
    let source = predict
        .answer
        .sources()
        .into_iter()
        .find_map(|source| match source {
            Source::Quantity {
                quantity, adjoint, ..
            } => Some((palette.quantity(*quantity), *adjoint)),
            _ => None,
        });
    // As everywhere: a gradient has the hue of what it is of, dashed.
    let (color, dashed) = source.unwrap_or((palette.accent, false));
    let line = if dashed { Line::Dashed } else { Line::Solid };
    let all: Vec<i64> = (sketched.span.0..=sketched.span.1).collect();
    let engine: Vec<Option<f64>> = sketched
        .engine
        .iter()
        .map(|value| Some(sketch.height(*value).clamp(0.0, 1.0)))
        .collect();
    let engine = plot.points(&all, &engine);
    plot.curve(&engine, Stroke::new(2.0, color), &palette, line);
    let Some(held) = sketch.hold(&sketched.drawn, sketched.span, &sketched.engine) else {
        return;
    };
    let name = format!(
        "{} over {}: your sketch {}, the engine’s curve {}",
        sketch.up,
        sketch.across,
        held.drawn.told(),
        held.engine.told()
    );
    plot.response
        .widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    ui.horizontal_wrapped(|ui| {
        legend(ui, palette.weak_text, "your sketch", Line::Dotted);
        ui.add_space(GRID);
        legend(ui, color, "the engine", line);
    });
    ui.add_space(0.5 * GRID);
    let (verdict, ink) = match held.is_right() {
        true => ("Right", palette.ok),
        false => ("Not quite", palette.text),
    };
    let (drawn, engine) = (held.drawn.told(), held.engine.told());
    let shapes = match (held.drawn == held.engine, held.near) {
        (true, true) => format!("{verdict}: your curve {drawn}, and so does the engine’s."),
        (true, false) => format!(
            "{verdict}: your curve {drawn}, and so does the engine’s, but it is too far off at the beginning, in the middle or at the end."
        ),
        (false, _) => format!("{verdict}: your curve {drawn}, the engine’s {engine}."),
    };
    ui.label(RichText::new(shapes).color(ink));
    ui.label(farthest(sketch, held.farthest));
}

/// Where two curves differ most, and by how much.
fn farthest(sketch: &Sketch, (at, drawn, engine): (i64, f64, f64)) -> String {
    let by = match sketch.near {
        Near::Factor(_) if drawn > 0.0 && engine > 0.0 => {
            let factor = (drawn / engine).max(engine / drawn);
            format!(", a factor of {}", number(factor))
        }
        _ => String::new(),
    };
    format!(
        "They differ most at {} = {at}: you drew {}, the engine says {}{by}.",
        sketch.across,
        number(drawn),
        number(engine)
    )
}

fn legend(ui: &mut Ui, color: Color32, words: &str, line: Line) {
    let (rect, _) = ui.allocate_exact_size(vec2(2.5 * GRID, SMALL), Sense::hover());
    let ends = [rect.left_center(), rect.right_center()];
    line.paint(ui.painter(), &ends, Stroke::new(2.0, color));
    if line == Line::Dotted {
        ui.painter().circle_filled(rect.center(), 3.0, color);
    }
    caption(ui, words);
}

fn follow_pointer(plot: &Plot, places: &[i64], drawing: &mut Drawing) {
    let held = plot.response.is_pointer_button_down_on();
    let Some(pointer) = plot.response.interact_pointer_pos().filter(|_| held) else {
        drawing.last = None;
        return;
    };
    plot.response.request_focus();
    let nearest = places.iter().enumerate().min_by(|(_, one), (_, other)| {
        let away = |place: i64| (plot.x(place) - pointer.x).abs();
        away(**one).total_cmp(&away(**other))
    });
    if let Some((at, _)) = nearest {
        let height = (plot.inner.bottom() - pointer.y) / plot.inner.height();
        drawing.draw(at, f64::from(height).clamp(0.0, 1.0));
    }
}

fn follow_keys(ui: &Ui, response: &Response, drawing: &mut Drawing) {
    if !response.has_focus() {
        return;
    }
    // No arrow moves the focus away.
    let filter = EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let pressed =
        |modifiers, key| ui.input_mut(|input| input.count_and_consume_key(modifiers, key));
    let last = drawing.heights.len().saturating_sub(1);
    let on = pressed(Modifiers::NONE, Key::ArrowRight);
    let back = pressed(Modifiers::NONE, Key::ArrowLeft);
    drawing.at = (drawing.at + on).min(last).saturating_sub(back);
    // With Shift first: without it a pattern takes both.
    let fine = pressed(Modifiers::SHIFT, Key::ArrowUp) as f64
        - pressed(Modifiers::SHIFT, Key::ArrowDown) as f64;
    let up = pressed(Modifiers::NONE, Key::ArrowUp) as f64
        - pressed(Modifiers::NONE, Key::ArrowDown) as f64;
    let by = BY_KEY * (up + 0.2 * fine);
    if by != 0.0 {
        // A point that is not set begins where the one before it stands, or in the middle.
        let before = drawing.heights[..drawing.at]
            .iter()
            .rev()
            .find_map(|height| *height);
        let here = drawing.heights[drawing.at].or(before).unwrap_or(0.5);
        drawing.heights[drawing.at] = Some((here + by).clamp(0.0, 1.0));
    }
}

/// How a curve is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    /// A line.
    Solid,
    /// A broken one.
    Dashed,
    /// A line with a dot at each point.
    Dotted,
}

impl Line {
    fn paint(self, painter: &Painter, points: &[Pos2], stroke: Stroke) {
        match self {
            Line::Dashed => painter.extend(Drawn::dashed_line(points, stroke, 6.0, 3.0)),
            Line::Solid | Line::Dotted => {
                painter.add(Drawn::line(points.to_vec(), stroke));
            }
        }
    }
}

/// The empty plot.
struct Plot {
    inner: Rect,
    span: (i64, i64),
    response: Response,
    painter: Painter,
}

impl Plot {
    fn new(ui: &mut Ui, sketch: &Sketch, span: (i64, i64)) -> Self {
        let size = vec2(ui.available_width(), HEIGHT);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
        let widest = ticks(sketch)
            .into_iter()
            .map(|(_, text)| text.chars().count())
            .max();
        // Digits of the small size are about seven points wide.
        let left = 7.0 * widest.unwrap_or(1) as f32 + GRID;
        let inner = Rect::from_min_max(
            pos2(rect.left() + left, rect.top() + 2.5 * GRID),
            pos2(rect.right() - GRID, rect.bottom() - 4.0 * GRID),
        );
        Self {
            inner,
            span,
            response,
            painter: ui.painter().with_clip_rect(rect.intersect(ui.clip_rect())),
        }
    }

    fn x(&self, place: i64) -> f32 {
        let (from, to) = self.span;
        let share = (place - from) as f32 / (to - from).max(1) as f32;
        // Within the frame, so that the ends can be drawn too.
        let margin = GRID;
        self.inner.left() + margin + share * (self.inner.width() - 2.0 * margin)
    }

    fn y(&self, height: f64) -> f32 {
        self.inner.bottom() - height as f32 * self.inner.height()
    }

    fn points(&self, places: &[i64], heights: &[Option<f64>]) -> Vec<Pos2> {
        let points = places.iter().zip(heights);
        let points = points.filter_map(|(place, height)| Some((*place, (*height)?)));
        points
            .map(|(place, height)| pos2(self.x(place), self.y(height)))
            .collect()
    }

    /// Axes with their names, and lines to read by.
    fn frame(&self, ui: &Ui, sketch: &Sketch, places: &[i64], palette: &Palette) {
        let (font, ink) = (FontId::proportional(SMALL - 1.0), palette.weak_text);
        let hair = palette.hairline_stroke();
        let fill = palette.background;
        self.painter.rect_filled(self.inner, 2.0, fill);
        for (height, text) in ticks(sketch) {
            let y = self.y(height);
            self.painter.hline(self.inner.x_range(), y, hair);
            let at = pos2(self.inner.left() - 4.0, y);
            self.painter
                .text(at, Align2::RIGHT_CENTER, text, font.clone(), ink);
        }
        // As many steps named as have room.
        let room = (self.inner.width() / (4.0 * GRID)).max(2.0) as usize;
        let every = places.len().div_ceil(room).max(1);
        for (at, place) in places.iter().enumerate() {
            let x = self.x(*place);
            self.painter.vline(x, self.inner.y_range(), hair);
            if at % every == 0 {
                let below = pos2(x, self.inner.bottom() + 3.0);
                self.painter
                    .text(below, Align2::CENTER_TOP, place, font.clone(), ink);
            }
        }
        let corner = self.inner.left_top() - vec2(0.0, 4.0);
        let scale = if sketch.log { ", logarithmic" } else { "" };
        let up = format!("{}{scale}", sketch.up);
        self.painter
            .text(corner, Align2::LEFT_BOTTOM, up, font.clone(), palette.text);
        let foot = pos2(self.inner.center().x, self.response.rect.bottom());
        self.painter.text(
            foot,
            Align2::CENTER_BOTTOM,
            &sketch.across,
            font,
            palette.text,
        );
        if self.response.has_focus() {
            let rim = ui.visuals().selection.stroke;
            let kind = eframe::egui::StrokeKind::Outside;
            self.painter.rect_stroke(self.inner, 2.0, rim, kind);
        }
    }

    fn curve(&self, points: &[Pos2], stroke: Stroke, palette: &Palette, line: Line) {
        line.paint(&self.painter, points, stroke);
        if line == Line::Dotted {
            let rim = Stroke::new(1.0, palette.background);
            for point in points {
                self.painter.circle(*point, 3.5, stroke.color, rim);
            }
        }
    }

    /// Where keys are.
    fn mark(&self, place: i64, height: Option<f64>, palette: &Palette) {
        let x = self.x(place);
        let stroke = Stroke::new(1.0, palette.cursor);
        self.painter.vline(x, self.inner.y_range(), stroke);
        if let Some(height) = height {
            let at = pos2(x, self.y(height));
            self.painter
                .circle_stroke(at, 5.5, Stroke::new(2.0, palette.cursor));
        }
    }
}

/// Heights with what they are called: powers of ten, or quarters of the axis.
fn ticks(sketch: &Sketch) -> Vec<(f64, String)> {
    if !sketch.log {
        let quarters = (0..=4).map(|quarter| 0.25 * f64::from(quarter));
        return quarters
            .map(|height| (height, number(sketch.value_at(height))))
            .collect();
    }
    let (low, high) = (sketch.range.0.log10(), sketch.range.1.log10());
    let (first, last) = ((low - 1e-9).ceil() as i32, (high + 1e-9).floor() as i32);
    let every = ((last - first) / 5).max(1);
    (first..=last)
        .rev()
        .step_by(usize::try_from(every).unwrap_or(1))
        .map(|exponent| {
            let height = sketch.height(10f64.powi(exponent));
            (height, power_of_ten(exponent))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_pointer_passed_lies_on_a_line_and_gaps_are_straight() {
        let mut drawing = Drawing::default().for_points(5);
        drawing.draw(0, 0.0);
        drawing.draw(2, 1.0);
        assert_eq!(drawing.heights[1], Some(0.5), "passed between two frames");
        assert_eq!(drawing.whole(), None, "the end is missing");
        // The pointer was lifted.
        drawing.last = None;
        drawing.draw(4, 0.0);
        assert_eq!(drawing.heights[3], None);
        assert_eq!(drawing.whole(), Some(vec![0.0, 0.5, 1.0, 0.5, 0.0]));
        // And back over what was drawn.
        drawing.draw(2, 0.0);
        assert_eq!(drawing.whole(), Some(vec![0.0, 0.5, 0.0, 0.0, 0.0]));
    }
}
