//! Above the network: what goes in, what comes out and whether that is right, in a sentence and as a curve.

use crate::app::theme::{self, Palette, SMALL};
use crate::app::widgets::{TimeAxis, thinned_on_screen};
use crate::train::story::{Answered, Story, Word};
use crate::words::significant;
use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Align2, Color32, FontId, Galley, Painter, Pos2, Rangef, Rect, Shape, Stroke, TextFormat, Ui,
    pos2,
};
use std::sync::Arc;

/// The height of the sentence, in points; of two lines of it.
pub(super) const SENTENCE: f32 = 22.0;
/// The least height at which a curve shows more than that it is there.
const LEAST_CURVE: f32 = 40.0;
/// At most so many inputs are drawn as curves.
const CURVES: usize = 3;

/// Writes the sentence; says how high it has become. While training goes on it may be of an `older` update than what is drawn, and
/// says so.
pub(super) fn sentence(
    ui: &mut Ui,
    story: &Story,
    rect: Rect,
    untrained: bool,
    older: Option<u64>,
) -> f32 {
    let palette = Palette::of(ui.visuals());
    let (sign, verdict) = match story.all_right {
        Some(true) => ("✓ ", palette.ok),
        Some(false) => ("✗ ", palette.error),
        None => ("", palette.text),
    };
    let plain = FontId::proportional(SMALL);
    let bold = theme::semi_bold(SMALL);
    let written = |between: &str| {
        let mut job = LayoutJob::default();
        job.wrap.max_width = rect.width();
        job.wrap.max_rows = 2;
        let mut say = |text: &str, font: &FontId, color: Color32| {
            let format = TextFormat::simple(font.clone(), color);
            job.append(text, 0.0, format);
        };
        say(&story.goes_in, &plain, palette.text);
        if !story.comes_out.is_empty() {
            say("  →  ", &plain, palette.weak_text);
            // The marks of the curve, so that it needs no legend.
            let curve = !story.inputs.is_empty() && story.all_right.is_none();
            if curve {
                say("● ", &plain, palette.prediction);
            }
            say(&story.comes_out, &bold, palette.prediction);
            say(between, &plain, palette.weak_text);
            if curve {
                say("○ ", &plain, palette.test);
            }
            say(sign, &theme::symbol_font(SMALL), verdict);
            say(&story.right, &bold, verdict);
            if untrained {
                say("  ·  not trained yet", &plain, palette.weak_text);
            }
            if let Some(update) = older {
                let text = format!("  ·  at update {update}");
                say(&text, &plain, palette.weak_text);
            }
        }
        job
    };
    let galley = on_one_line_or_two(ui.painter(), written);
    let height = galley.size().y;
    ui.put(
        Rect::from_min_size(rect.min, galley.size()),
        eframe::egui::Label::new(galley),
    );
    height.max(SENTENCE - 4.0) + 4.0
}

/// Lays a text out that has two parts with something between: on one line, or, where each part has room on one, on two that begin
/// with a part each. A number would be torn from what is said of it otherwise.
fn on_one_line_or_two(painter: &Painter, written: impl Fn(&str) -> LayoutJob) -> Arc<Galley> {
    let whole = painter.layout_job(written("  ·  "));
    if whole.rows.len() < 2 {
        return whole;
    }
    let parted = painter.layout_job(written("\n"));
    match parted.elided {
        true => whole,
        false => parted,
    }
}

/// What the curves' vertical axis spans.
fn span(story: &Story) -> Option<Rangef> {
    let inputs = story.inputs.iter().take(CURVES);
    let values = inputs.flat_map(|input| input.values.iter().copied().flatten());
    let answers = story
        .answers
        .iter()
        .flat_map(|answer| numbers(answer).into_iter().flatten());
    let mut span = Rangef::NOTHING;
    for value in values.chain(answers).filter(|value| value.is_finite()) {
        span.min = span.min.min(value as f32);
        span.max = span.max.max(value as f32);
    }
    (span.min <= span.max).then_some(span)
}

fn numbers(answer: &Answered) -> [Option<f64>; 2] {
    [&answer.said, &answer.wanted].map(|word| match word {
        Word::Number(number) => Some(*number),
        Word::Class(..) => None,
    })
}

/// Whether there is something to draw as a curve, and room for it.
pub(super) fn has_curve(story: &Story, height: f32) -> bool {
    height >= LEAST_CURVE && !story.inputs.is_empty() && span(story).is_some()
}

/// Draws the inputs as curves over their steps, and the answer beside the truth where they belong.
pub(super) fn curve(
    painter: &Painter,
    story: &Story,
    axis: &TimeAxis,
    rect: Rect,
    palette: &Palette,
) {
    let Some(span) = span(story) else { return };
    let y = rect.y_range().shrink(6.0);
    let height = |value: f64| {
        let share = match span.span() {
            0.0 => 0.5,
            all => (value as f32 - span.min) / all,
        };
        y.max - share * y.span()
    };
    let font = FontId::proportional(SMALL - 1.0);
    // The scale in the margin, its ends at the curve's.
    let right = axis.left - 6.0;
    for (value, align) in [
        (span.max, Align2::RIGHT_TOP),
        (span.min, Align2::RIGHT_BOTTOM),
    ] {
        let at = if value == span.max {
            y.min - 4.0
        } else {
            y.max + 4.0
        };
        let text = significant(f64::from(value), 3);
        painter.text(
            pos2(right, at),
            align,
            text,
            font.clone(),
            palette.weak_text,
        );
    }
    let names: Vec<&str> = story
        .inputs
        .iter()
        .take(CURVES)
        .map(|input| input.name.as_str())
        .collect();
    let mut job = LayoutJob::simple_singleline(names.join(", "), font, palette.weak_text);
    job.wrap = TextWrapping::truncate_at_width((right - rect.left()).max(8.0));
    let galley = painter.layout_job(job);
    let at = pos2(rect.left(), rect.center().y - 0.5 * galley.size().y);
    painter.galley(at, galley, palette.weak_text);
    for at in [y.min, y.max] {
        painter.hline(
            axis.left..=axis.right,
            at,
            Stroke::new(1.0, palette.hairline),
        );
    }
    // Of what is zoomed into, a step more at each end: the curve goes on beyond the edges.
    let seen = axis.shown();
    let seen = seen.start.saturating_sub(1)..seen.end + 1;
    let around = match axis.is_zoomed() {
        true => Rect::from_x_y_ranges(axis.left..=axis.right, rect.y_range()),
        false => rect,
    };
    let inside = painter.with_clip_rect(around.intersect(painter.clip_rect()));
    for (index, input) in story.inputs.iter().take(CURVES).enumerate() {
        let color = palette.weak_text;
        let mut piece: Vec<Pos2> = Vec::new();
        let values = input.values.iter().enumerate();
        for (t, value) in values.take(seen.end).skip(seen.start) {
            match value.filter(|value| value.is_finite()) {
                Some(value) => piece.push(pos2(axis.x_of(t), height(value))),
                None => draw(&inside, std::mem::take(&mut piece), color, index),
            }
        }
        draw(&inside, piece, color, index);
    }
    // What is to come stands behind the last step, under its name; not while another is the last one in sight.
    let to_come = axis.shown().end >= axis.steps;
    if let Some(at) = story.answer_at.as_ref().filter(|_| to_come) {
        let at_x = axis.right + 22.0;
        let line = Stroke::new(1.0, palette.hairline);
        let shape = Shape::dashed_line(
            &[pos2(at_x, rect.top()), pos2(at_x, rect.bottom())],
            line,
            3.0,
            3.0,
        );
        painter.extend(shape);
        let mut job = LayoutJob::simple_singleline(
            at.clone(),
            FontId::proportional(SMALL - 1.0),
            palette.text,
        );
        job.wrap = TextWrapping::truncate_at_width(52.0);
        let galley = painter.layout_job(job);
        let size = galley.size();
        let x = (at_x - 0.5 * size.x).min(rect.right() - size.x);
        let dots = story.answers.iter().flat_map(numbers);
        let dots: Vec<f32> = dots.flatten().map(height).collect();
        let place = pos2(x, free_of(&dots, rect.y_range(), size.y));
        painter.rect_filled(Rect::from_min_size(place, size), 2.0, palette.background);
        painter.galley(place, galley, palette.text);
    }
    let place = |answer: &Answered| match &story.answer_at {
        Some(_) => axis.right + 22.0,
        None => axis.x_of(answer.t),
    };
    if story.answer_at.is_some() && !to_come {
        return;
    }
    let (inside, seen) = match story.answer_at {
        Some(_) => (painter, 0..usize::MAX),
        None => (&inside, seen),
    };
    let dots = story.answers.len() <= 1 || axis.column_width() >= 8.0;
    for (which, color) in [(1, palette.test), (0, palette.prediction)] {
        let points: Vec<Pos2> = story
            .answers
            .iter()
            .filter(|answer| seen.contains(&answer.t))
            .filter_map(|answer| Some((answer, numbers(answer)[which].filter(|x| x.is_finite())?)))
            .map(|(answer, value)| pos2(place(answer), height(value)))
            .collect();
        for &point in points.iter().filter(|_| dots) {
            if which == 1 {
                inside.circle_stroke(point, 4.5, Stroke::new(1.5, color));
            } else {
                inside.circle_filled(point, 3.0, color);
            }
        }
        if points.len() > 1 {
            draw(inside, points, color, 0);
        }
    }
}

/// Where a name of a height begins, so that none of some dots lies on it: at the bottom if it can be, else at the top, else between.
fn free_of(dots: &[f32], within: Rangef, height: f32) -> f32 {
    const DOT: f32 = 5.0;
    let places = [
        within.max - height,
        within.min,
        within.center() - 0.5 * height,
    ];
    let is_free = |top: &f32| {
        let taken = Rangef::new(top - DOT, top + height + DOT);
        !dots.iter().any(|&dot| taken.contains(dot))
    };
    places.into_iter().find(is_free).unwrap_or(places[0])
}

/// A line through points, the second and third of a kind broken; a single point is a dot.
fn draw(painter: &Painter, points: Vec<Pos2>, color: Color32, kind: usize) {
    let points = thinned_on_screen(&points, painter.pixels_per_point());
    match points[..] {
        [] => {}
        [only] => {
            painter.circle_filled(only, 1.5, color);
        }
        _ if kind == 0 => {
            painter.add(Shape::line(points, Stroke::new(1.5, color)));
        }
        _ => {
            let dash = if kind == 1 { 6.0 } else { 2.0 };
            painter.extend(Shape::dashed_line(
                &points,
                Stroke::new(1.5, color),
                dash,
                3.0,
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui_kittest::Harness;

    #[test]
    fn the_name_of_what_is_to_come_covers_no_dot() {
        let within = Rangef::new(100.0, 160.0);
        assert_eq!(free_of(&[110.0, 120.0], within, 12.0), 148.0);
        assert_eq!(free_of(&[150.0, 130.0], within, 12.0), 100.0);
        assert_eq!(free_of(&[154.0, 106.0], within, 12.0), 124.0);
        // Where a dot is everywhere it stands where it is looked for.
        assert_eq!(free_of(&[154.0, 106.0, 130.0], within, 12.0), 148.0);
    }

    /// Where there is no room for all of it on a line, what is right begins the second one.
    #[test]
    fn a_number_is_not_torn_from_what_is_said_of_it() {
        let harness = Harness::builder().with_context_setup(crate::app::theme::install);
        let mut harness = harness.build_ui(|ui| {
            let (first, second) = ("22 steps go in  →  50.03 comes out", "83.9 is right");
            let text_at = |width: f32| {
                let galley = on_one_line_or_two(ui.painter(), |between| {
                    let mut job = LayoutJob::default();
                    job.wrap.max_width = width;
                    job.wrap.max_rows = 2;
                    let format = TextFormat::simple(FontId::proportional(SMALL), Color32::BLACK);
                    job.append(&format!("{first}{between}{second}"), 0.0, format);
                    job
                });
                (galley.rows.len(), galley.text().to_owned(), galley.size().x)
            };
            let (rows, all, width) = text_at(f32::INFINITY);
            assert_eq!((rows, all), (1, format!("{first}  ·  {second}")));
            // A little less than that has room for the longer part and more.
            let (rows, parted, _) = text_at(width - 4.0);
            assert_eq!((rows, parted), (2, format!("{first}\n{second}")));
            // Where a part needs two lines of its own, all is written on.
            let (_, narrow, _) = text_at(0.5 * width);
            assert_eq!(narrow, format!("{first}  ·  {second}"));
        });
        harness.run();
    }
}
