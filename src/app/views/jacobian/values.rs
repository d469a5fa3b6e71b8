//! The singular values of every step.

use super::super::{Scene, Shared, line_key, move_to, time_axis, zoom_at};
use super::{Jacobian, at, sentence, units};
use crate::app::theme::{Palette, SMALL};
use crate::app::widgets::{
    LogSeries, Scale, Term, empty_state, keep_to, line_of, log10_or_gap, number, thinned, time_plot,
};
use crate::nn::Quantity;
use crate::session::Command;
use crate::train::question::Stretch;
use crate::train::{Answer, Question};
use crate::words::counted;
use eframe::egui::{Align2, Color32, FontId, Sense, Ui, pos2, vec2};
use egui_plot::{HLine, LineStyle, PlotPoints, VLine};

/// What is drawn of a step.
type Part = (&'static str, fn(&Stretch) -> f64, fn() -> LineStyle);

const PARTS: [Part; 3] = [
    ("largest, σ₁", |it| it.largest, || LineStyle::Solid),
    ("middle", |it| it.middle, LineStyle::dashed_loose),
    ("smallest", |it| it.smallest, LineStyle::dotted_loose),
];

pub(super) fn legend(ui: &mut Ui) {
    let color = Palette::of(ui.visuals()).quantity(Quantity::H);
    for (name, _, style) in PARTS.iter().rev() {
        let here = "A singular value of the step’s Jacobian: how much it stretches a change in one direction";
        line_key(ui, name, here, color, style(), &[Term::SingularValue]);
    }
}

/// How many of the steps can make a change larger, in words.
fn words<'a>(steps: impl Iterator<Item = &'a Stretch>) -> String {
    let (mut looked, mut grow, mut ends) = (0, 0, [f64::INFINITY, 0.0_f64]);
    for step in steps {
        looked += 1;
        grow += usize::from(step.largest > 1.0);
        ends = [ends[0].min(step.largest), ends[1].max(step.largest)];
    }
    let [least, most] = ends.map(number);
    match (looked, grow) {
        (0, _) => "How much each step can stretch a change of the state.".to_owned(),
        (looked, 0) => format!(
            "Each of {} shrinks a change of the state, whatever its direction: at most × {least} to × {most}.",
            counted(looked, "step")
        ),
        (looked, grow) => format!(
            "{grow} of {} can make a change of the state larger: at most × {least} to × {most} a step.",
            counted(looked, "step")
        ),
    }
}

pub(super) fn show(
    view: &mut Jacobian,
    ui: &mut Ui,
    scene: &Scene<'_>,
    shared: &mut Shared,
) -> Vec<Command> {
    let question = Question::Stretches {
        at: at(scene, shared),
        states: view.states(scene, shared),
    };
    let Some(answer) = view.ask(scene, &question) else {
        return Vec::new();
    };
    let Answer::Stretches(Some(found)) = &*answer else {
        empty_state(
            ui,
            "How much each step stretches a change of the state will appear here.",
            "This layer has nothing recurrent.",
        );
        return Vec::new();
    };
    let palette = Palette::of(ui.visuals());
    // On the way there a step has a Jacobian once its state is computed.
    let revealed = scene.revealed(shared.scan, Quantity::H, false);
    let drawn = |it: &&Stretch| revealed.contains(&(it.t - 1));
    sentence(ui, &words(found.steps.iter().filter(drawn)));
    let area = ui.available_rect_before_wrap();
    let axis = time_axis(area, scene);
    let height = (area.height() - 4.0).max(40.0);
    let color = palette.quantity(Quantity::H);
    let all = |of: fn(&Stretch) -> f64| {
        found
            .steps
            .iter()
            .filter_map(move |it| log10_or_gap(of(it)))
    };
    let logs = || PARTS.iter().flat_map(|&(_, of, _)| all(of)).chain([0.0]);
    let high = found.bound.and_then(log10_or_gap).unwrap_or(0.0);
    let high = logs().fold(high, f64::max);
    // What is below 10⁻¹⁶ of the largest is rounding.
    let low = logs().fold(high, f64::min).max(high - 17.0);
    let mut zeros = 0;
    let shown = time_plot(ui, "singular values", &axis, area.left(), Scale::Log)
        .include_y(low)
        .include_y(high + 0.05)
        .height(height)
        .show_crosshair(false)
        .sense(Sense::click())
        .show(ui, |plot| {
            keep_to(plot, &axis);
            if let Some(t) = scene.column() {
                let line = VLine::new("", (t + 1) as f64).allow_hover(false);
                plot.vline(line.color(palette.cursor.gamma_multiply(0.6)).width(1.0));
            }
            let one = HLine::new("1: a change stays as large as it is", 0.0);
            plot.hline(one.color(palette.weak_text.gamma_multiply(0.6)).width(1.0));
            if let Some(bound) = found.bound.and_then(log10_or_gap) {
                let line = HLine::new("Pascanu’s bound σ₁(W_hh) γ", bound)
                    .color(palette.threshold)
                    .style(LineStyle::dashed_loose())
                    .width(1.0);
                plot.hline(line);
            }
            let pixels = ((axis.right - axis.left).max(1.0) * ui_pixels(plot.ctx())) as usize;
            for (name, of, style) in PARTS {
                let steps = found.steps.iter().filter(drawn);
                let series = LogSeries::new(steps.map(|it| (it.t as f64, of(it))));
                zeros = zeros.max(series.zeros.len());
                for piece in series.pieces {
                    let [from, to] = [axis.span.first, axis.span.last + 1.0];
                    let piece = thinned(piece.into_iter(), from, to, pixels);
                    let width = if name == PARTS[0].0 { 2.0 } else { 1.25 };
                    let line = line_of(name, PlotPoints::from(piece)).color(color);
                    plot.line(line.width(width).style(style()).allow_hover(false));
                }
            }
        });
    let painter = ui.painter_at(*shown.transform.frame());
    let frame = *shown.transform.frame();
    let write = |log: f64, text: &str, color: Color32| {
        let y = shown.transform.position_from_point_y(log);
        let font = FontId::proportional(SMALL);
        let at = pos2(axis.left + 6.0, y - 2.0);
        painter.text(at, Align2::LEFT_BOTTOM, text, font, color);
    };
    // The names stand at the lines, on the right.
    for (name, of, _) in PARTS {
        let last = found
            .steps
            .iter()
            .rev()
            .filter(drawn)
            .find(|it| axis.shown().contains(&(it.t - 1)));
        if let Some((t, log)) = last.and_then(|it| Some((it.t, log10_or_gap(of(it))?))) {
            let at = egui_plot::PlotPoint::new(t as f64, log);
            let at = shown.transform.position_from_point(&at) - vec2(4.0, 3.0);
            let at = pos2(at.x, at.y + if name == PARTS[0].0 { 20.0 } else { 0.0 });
            painter.text(
                at,
                Align2::RIGHT_BOTTOM,
                name,
                FontId::proportional(SMALL),
                color,
            );
        }
    }
    match found.bound {
        Some(bound) => {
            let text = format!("Pascanu’s bound, σ₁(W_hh) γ = {}", number(bound));
            if let Some(log) = log10_or_gap(bound) {
                write(log, &text, palette.threshold);
                if log.abs() > 0.15 * (high - low) {
                    write(0.0, "1: as large as before", palette.weak_text);
                }
            }
        }
        None => write(0.0, "1: as large as before", palette.weak_text),
    }
    let mut notes = Vec::new();
    if found.every > 1 {
        notes.push(format!(
            "every {}th step was looked at: the matrices are large",
            found.every
        ));
    }
    if zeros > 0 {
        notes.push(format!("exactly 0 at {}", counted(zeros, "step")));
    }
    if !notes.is_empty() {
        let at = frame.left_bottom() + vec2(8.0, -6.0);
        let font = FontId::proportional(SMALL);
        painter.text(
            at,
            Align2::LEFT_BOTTOM,
            notes.join(", "),
            font,
            palette.weak_text,
        );
    }
    let mut commands = Vec::new();
    zoom_at(&shown.response, &axis, shared);
    let pointed = shown.response.hover_pos().and_then(|at| axis.time_at(at.x));
    if let Some(t) = pointed {
        shared.next_hover.t = Some(t);
    }
    if let Some(t) = pointed.or(shared.hover.t).or(scene.column())
        && let Some(it) = found.steps.iter().filter(drawn).find(|it| it.t == t + 1)
    {
        let units = units(scene, shared);
        let text = format!(
            "t = {}, over {units} units: σ₁ = {}, middle {}, smallest {}",
            it.t,
            number(it.largest),
            number(it.middle),
            number(it.smallest)
        );
        if pointed.is_some() {
            view.told = Some(text);
            view.tell_at_pointer(ui, &shown.response);
        } else if shared.hover.t.is_some() {
            view.told = Some(text);
        }
    }
    if shown.response.double_clicked() {
        commands.extend(view.before_click.map(move_to));
    } else if let Some(t) = pointed.filter(|_| shown.response.clicked()) {
        view.before_click = scene.column();
        commands.push(move_to(t));
    }
    commands
}

fn ui_pixels(ctx: &eframe::egui::Context) -> f32 {
    ctx.pixels_per_point()
}
