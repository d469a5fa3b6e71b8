//! Above the network: what goes in, what comes out and whether that is right, in a sentence and as a curve.

use crate::app::theme::{self, Palette, SMALL};
use crate::app::widgets::{TimeAxis, thinned_on_screen};
use crate::train::story::{Answered, Sentence, Story, Word};
use crate::words::significant;
use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Align2, Color32, FontId, Galley, Painter, Pos2, Rangef, Rect, Shape, Stroke, TextFormat, Ui,
    pos2, vec2,
};
use std::sync::Arc;

/// The height of the sentence, in points; of two lines of it.
pub(super) const SENTENCE: f32 = 22.0;
/// The least height at which a curve shows more than that it is there.
const LEAST_CURVE: f32 = 40.0;
/// At most so many inputs are drawn as curves.
const CURVES: usize = 3;
/// At most so many symbols are spelt in the sentence, and so few however little room there is.
const SYMBOLS: usize = 400;
const LEAST_SYMBOLS: usize = 4;
/// How far behind the columns the answer stands, in points.
const BEHIND: f32 = 14.0;
/// The radius of the answer's dot; the ring of what is right is a little larger.
const DOT: f32 = 4.5;
/// Behind a dot its value begins, in points.
const BESIDE: f32 = 10.0;

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
    let signs = theme::symbol_font(SMALL);
    let line = ui.fonts_mut(|fonts| fonts.row_height(&bold));
    let written = |most: usize, between: &str| {
        let mut job = LayoutJob::default();
        job.wrap.max_width = rect.width();
        job.wrap.max_rows = 2;
        let mut say = |text: &str, font: &FontId, color: Color32| {
            let mut format = TextFormat::simple(font.clone(), color);
            // The face of signs is much taller than they are: its line would lift them above the words.
            format.line_height = (*font == signs).then_some(line);
            job.append(text, 0.0, format);
        };
        say(&story.goes_in.with_symbols(most), &plain, palette.text);
        if !story.comes_out.is_empty() {
            say("  →  ", &plain, palette.weak_text);
            // The marks of the curve, so that it needs no legend.
            let curve = !story.inputs.is_empty() && story.all_right.is_none();
            if curve {
                say("● ", &plain, palette.prediction);
            }
            let comes_out = story.comes_out.with_symbols(most);
            say(&comes_out, &bold, palette.prediction);
            say(between, &plain, palette.weak_text);
            if curve {
                say("○ ", &plain, palette.test);
            }
            say(sign, &signs, verdict);
            say(&story.right.with_symbols(most), &bold, verdict);
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
    let told = [&story.goes_in, &story.comes_out, &story.right];
    let symbols = told.map(Sentence::symbols).into_iter().max();
    let galley = as_whole_as_fits(symbols.unwrap_or(0).min(SYMBOLS), |most| {
        on_one_line_or_two(ui.painter(), |between| written(most, between))
    });
    let height = galley.size().y;
    ui.put(
        Rect::from_min_size(rect.min, galley.size()),
        eframe::egui::Label::new(galley),
    );
    height.max(SENTENCE - 4.0) + 4.0
}

/// Of several ways to lay a text out, by how many symbols are spelt in it, the one with the most that is not cut at its end; where
/// all are, that with the least.
fn as_whole_as_fits(most: usize, lay_out: impl Fn(usize) -> Arc<Galley>) -> Arc<Galley> {
    let whole = lay_out(most);
    if !whole.elided || most <= LEAST_SYMBOLS {
        return whole;
    }
    // The first has room, or is all that there is; the second has none.
    let (mut fits, mut too_many) = (LEAST_SYMBOLS, most);
    while too_many - fits > 1 {
        let between = fits + (too_many - fits) / 2;
        match lay_out(between).elided {
            true => too_many = between,
            false => fits = between,
        }
    }
    lay_out(fits)
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
    let names = Rect::from_x_y_ranges(rect.left()..=right.max(rect.left() + 8.0), y);
    name_curves(painter, story, names, palette);
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
        let at_x = axis.right + BEHIND;
        let line = Stroke::new(1.0, palette.hairline);
        let shape = Shape::dashed_line(
            &[pos2(at_x, rect.top()), pos2(at_x, rect.bottom())],
            line,
            3.0,
            3.0,
        );
        painter.extend(shape);
        let values = values_behind(painter, story, rect, at_x + BESIDE, height, palette);
        let font = FontId::proportional(SMALL - 1.0);
        // A date with its time of day stands on two lines.
        let room = rect.right() - axis.right + DOT;
        let mut job = LayoutJob::simple(at.clone(), font, palette.text, room);
        job.wrap.max_rows = 2;
        let galley = painter.layout_job(job);
        let size = galley.size();
        let x = (at_x - 0.5 * size.x).min(rect.right() - size.x);
        let dots = story.answers.iter().flat_map(numbers);
        let dots: Vec<f32> = dots.flatten().map(height).collect();
        let written = values.iter().map(|(place, _, _)| place.center().y);
        let taken: Vec<f32> = dots.into_iter().chain(written).collect();
        let place = pos2(x, free_of(&taken, rect.y_range(), size.y));
        // The frame's line keeps off it, or it would be read as a sign.
        let ground = Rect::from_min_size(place, size).expand2(vec2(6.0, 0.0));
        painter.rect_filled(ground, 2.0, palette.background);
        painter.galley(place, galley, palette.text);
        for (place, galley, color) in values {
            painter.galley(place.min, galley, color);
        }
    }
    let place = |answer: &Answered| match &story.answer_at {
        Some(_) => axis.right + BEHIND,
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
    // Where there are many they touch their neighbours.
    let radius = match story.answers.len() {
        0 | 1 => DOT,
        _ => DOT.min(3.0),
    };
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
                inside.circle_stroke(point, radius + 1.5, Stroke::new(1.75, color));
            } else {
                inside.circle_filled(point, radius, color);
            }
        }
        if points.len() > 1 {
            draw(inside, points, color, 0);
        }
    }
}

/// Names the curves in the margin: each beside a piece of its line, one below the other, where there are several.
fn name_curves(painter: &Painter, story: &Story, margin: Rect, palette: &Palette) {
    let font = FontId::proportional(SMALL - 1.0);
    let color = palette.weak_text;
    let write = |text: String, left: f32, y: f32, room: f32| {
        let mut job = LayoutJob::simple_singleline(text, font.clone(), color);
        job.wrap = TextWrapping::truncate_at_width(room.max(8.0));
        let galley = painter.layout_job(job);
        painter.galley(pos2(left, y - 0.5 * galley.size().y), galley, color);
    };
    let names: Vec<&str> = story
        .inputs
        .iter()
        .take(CURVES)
        .map(|input| input.name.as_str())
        .collect();
    let row = painter.fonts_mut(|fonts| fonts.row_height(&font));
    // The numbers at the ends of the scale stand at the right of the margin, and half beyond the curves.
    if names.len() < 2 || margin.height() + row < row * names.len() as f32 {
        write(
            names.join(", "),
            margin.left(),
            margin.center().y,
            margin.width(),
        );
        return;
    }
    const LINE: f32 = 18.0;
    const SCALE: f32 = 24.0;
    let first = margin.center().y - 0.5 * row * (names.len() - 1) as f32;
    for (index, name) in names.into_iter().enumerate() {
        let y = first + row * index as f32;
        let from = margin.left();
        let piece = vec![pos2(from, y), pos2(from + LINE - 4.0, y)];
        draw(painter, piece, color, index);
        let room = margin.width() - LINE - SCALE;
        write(name.to_owned(), from + LINE, y, room);
    }
}

/// The values of the one answer and of what is right, as they stand beside their dots: none over the other.
fn values_behind(
    painter: &Painter,
    story: &Story,
    rect: Rect,
    left: f32,
    height: impl Fn(f64) -> f32,
    palette: &Palette,
) -> Vec<(Rect, Arc<Galley>, Color32)> {
    let [only] = &story.answers[..] else {
        return Vec::new();
    };
    let font = FontId::proportional(SMALL - 1.0);
    let fitting = |value: f64, color: Color32| {
        let mut texts = [4, 3, 2]
            .map(|digits| significant(value, digits))
            .into_iter();
        texts.find_map(|text| {
            let galley = painter.layout_no_wrap(text, font.clone(), color);
            (left + galley.size().x <= rect.right() + 2.0).then_some(galley)
        })
    };
    let colors = [palette.prediction, palette.test];
    let finite = numbers(only).map(|value| value.filter(|value| value.is_finite()));
    let mut values: Vec<(Rect, Arc<Galley>, Color32)> = finite
        .into_iter()
        .zip(colors)
        .filter_map(|(value, color)| {
            let (value, galley) = (value?, fitting(value?, color)?);
            let at = pos2(left, height(value));
            let place = Align2::LEFT_CENTER.anchor_size(at, galley.size());
            Some((place, galley, color))
        })
        .collect();
    if let [(one, _, _), (other, _, _)] = &mut values[..] {
        let apart = one.height().max(other.height()) - 1.0;
        let missing = apart - (one.center().y - other.center().y).abs();
        if missing > 0.0 {
            let up = if one.center().y < other.center().y {
                -0.5
            } else {
                0.5
            };
            *one = one.translate(vec2(0.0, up * missing));
            *other = other.translate(vec2(0.0, -up * missing));
        }
    }
    values
}

/// Where a name of a height begins, so that none of some dots lies on it: at the bottom if it can be, else at the top, else between.
fn free_of(dots: &[f32], within: Rangef, height: f32) -> f32 {
    const DOT: f32 = 6.0;
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

    /// As many symbols are spelt as there is room for, whatever that is.
    #[test]
    fn symbols_are_left_out_only_where_there_is_no_room_for_them() {
        let harness = Harness::builder().with_context_setup(crate::app::theme::install);
        let mut harness = harness.build_ui(|ui| {
            let spelt = |all: usize, width: f32| {
                let galley = as_whole_as_fits(all, |most| {
                    let mut job = LayoutJob::default();
                    job.wrap.max_width = width;
                    job.wrap.max_rows = 1;
                    job.wrap.break_anywhere = true;
                    let format = TextFormat::simple(FontId::proportional(SMALL), Color32::BLACK);
                    job.append(&"x".repeat(most), 0.0, format);
                    ui.painter().layout_job(job)
                });
                (galley.text().len(), galley.elided)
            };
            assert_eq!(spelt(40, f32::INFINITY), (40, false));
            let mut before = LEAST_SYMBOLS;
            for width in [60.0, 100.0, 150.0, 200.0] {
                let (symbols, elided) = spelt(40, width);
                assert!(!elided && symbols > before, "{width}: {symbols}");
                before = symbols;
            }
            assert_eq!(spelt(40, 5.0).0, LEAST_SYMBOLS);
        });
        harness.run();
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
