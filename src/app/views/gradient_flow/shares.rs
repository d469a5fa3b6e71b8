//! The gradient of a state taken apart: what each loss term sends, or what comes by each road into an encoder.

use super::super::{Scene, Shared, line_key, time_axis, zoom_at};
use super::{Form, GradientFlow, act, chosen_quantity};
use crate::app::theme::{Palette, SMALL};
use crate::app::widgets::{
    LineLabel, LogSeries, Scale, Term, Wish, caption, empty_state, explained, has_room, keep_to,
    line_of, log10_or_gap, number, paint_labels, thinned, time_plot,
};
use crate::nn::Quantity;
use crate::session::Command;
use crate::train::question::{At, LossFlow, Roads};
use crate::train::{Answer, Question};
use crate::words::counted;
use eframe::egui::{Align2, Color32, FontId, Sense, Ui, vec2};
use egui_plot::{LineStyle, PlotPoint, PlotPoints, VLine};

/// A share as a line.
struct Share<'a> {
    name: String,
    /// Written where the line begins on its way back; empty if it is told by its style.
    mark: String,
    norms: &'a [f64],
    color: Color32,
    width: f32,
    style: LineStyle,
}

/// Whether the probe's loss has several terms that a recurrent state gets its gradient from.
pub(super) fn has_terms(scene: &Scene<'_>) -> bool {
    let parts = &scene.snapshot.probe.parts;
    let terms = parts.last().map_or(0, |part| part.d_y.dim().0);
    terms > 1 && scene.part.scans.iter().any(|scan| scan.cell.is_some())
}

/// Whether there are two roads into what is on show: by attention, and by the bridge.
pub(super) fn has_roads(scene: &Scene<'_>) -> bool {
    let probe = &scene.snapshot.probe;
    scene.part_index == 0 && probe.parts.len() > 1 && !probe.attention.is_empty()
}

/// The roads together.
const BOTH: &str = "both";

const WITH: &str =
    "Its share that leaves the decoder where it looks at this step’s output or at a later one’s";
const WITHOUT: &str = "Its share that leaves the decoder by its first state alone, and enters at the encoder’s last one: what \
     would be left if no gradient went from the contexts into the encoder";

/// What the lines are, from the right.
pub(super) fn legend(ui: &mut Ui, scene: &Scene<'_>, form: Form, quantity: Quantity) {
    let palette = Palette::of(ui.visuals());
    let color = palette.quantity(quantity);
    let symbol = quantity.symbol();
    match form {
        Form::Terms => {
            let terms = scene.snapshot.probe.parts.last();
            let terms = terms.map_or(0, |part| part.d_y.dim().0);
            let most = crate::train::question::LOSS_TERMS;
            let text = match terms > most {
                true => format!("the {most} largest of {terms} loss terms, and the rest"),
                false => format!("{} of the loss", counted(terms, "term")),
            };
            if has_room(ui, &text, 0.0) {
                let here = format!(
                    "‖∂L/∂{symbol}‖ taken apart: a line for what one output’s loss sends back. The shares add up as vectors; their \
                     norms add up to more where they disagree."
                );
                explained(caption(ui, &text), &here, &[Term::Loss, Term::Norm]);
            }
        }
        Form::Roads => {
            let dashed = LineStyle::dashed_loose();
            line_key(
                ui,
                "without attention",
                WITHOUT,
                color,
                dashed,
                &[Term::EncoderDecoder],
            );
            line_key(
                ui,
                "through attention",
                WITH,
                color,
                LineStyle::Solid,
                &[Term::Attention],
            );
        }
        Form::Norms => {}
    }
}

pub(super) fn show(
    view: &mut GradientFlow,
    ui: &mut Ui,
    scene: &Scene<'_>,
    shared: &mut Shared,
) -> Vec<Command> {
    let at = At {
        part: scene.part_index,
        scan: shared.scan,
    };
    let quantity = match view.form {
        Form::Roads => Quantity::H,
        _ => chosen_quantity(view, scene, shared),
    };
    let question = match view.form {
        Form::Roads => Question::Roads(at),
        _ => Question::LossFlow { at, quantity },
    };
    let told = scene.session.ask(&question);
    view.older = match told.answer.is_some() && !told.is_current {
        true => Some(told.update),
        false => None,
    };
    let palette = Palette::of(ui.visuals());
    let color = palette.quantity(quantity);
    let shares = match told.answer.as_deref() {
        None => return Vec::new(),
        Some(Answer::LossFlow(Some(found))) => terms(found, &palette, color, scene),
        Some(Answer::Roads(Some(found))) => roads(found, color),
        Some(_) => {
            empty_state(
                ui,
                "What each part of the loss sends back will appear here.",
                "This layer has nothing recurrent, or the network is too large to be gone through beside the window.",
            );
            return Vec::new();
        }
    };
    let area = ui.available_rect_before_wrap();
    let axis = time_axis(area, scene);
    let height = (area.height() - 4.0).max(40.0);
    let revealed = scene.revealed(shared.scan, quantity, true);
    let logs = || {
        let all = shares.iter().flat_map(|share| share.norms);
        all.filter_map(|&norm| log10_or_gap(norm))
    };
    let high = logs().reduce(f64::max).unwrap_or(0.0);
    let low = logs().reduce(f64::min).unwrap_or(high).min(high - 3.1);
    let mut ended = false;
    let shown = time_plot(ui, "shares of the gradient", &axis, area.left(), Scale::Log)
        .include_y(low)
        .include_y(high)
        .height(height)
        .show_crosshair(false)
        .sense(Sense::click())
        .show(ui, |plot| {
            keep_to(plot, &axis);
            if let Some(t) = scene.column() {
                let line = VLine::new("", (t + 1) as f64).allow_hover(false);
                plot.vline(line.color(palette.cursor.gamma_multiply(0.6)).width(1.0));
            }
            let pixels =
                ((axis.right - axis.left).max(1.0) * plot.ctx().pixels_per_point()) as usize;
            for share in &shares {
                let steps = revealed.clone().filter(|&t| t < share.norms.len());
                let series = LogSeries::new(steps.map(|t| ((t + 1) as f64, share.norms[t])));
                ended |= !series.zeros.is_empty();
                for piece in series.pieces {
                    let [from, to] = [axis.span.first, axis.span.last + 1.0];
                    let piece = thinned(piece.into_iter(), from, to, pixels);
                    let line = line_of(share.name.clone(), PlotPoints::from(piece));
                    let line = line
                        .color(share.color)
                        .width(share.width)
                        .style(share.style);
                    plot.line(line.allow_hover(false));
                }
            }
        });
    let painter = ui.painter_at(*shown.transform.frame());
    let mut marks = Vec::new();
    for share in shares.iter().filter(|share| !share.mark.is_empty()) {
        // Where the line begins on its way back; a road, of which there are two, is named where it ends.
        let gets = |t: &usize| share.norms.get(*t).is_some_and(|norm| *norm > 0.0);
        let ends = view.form == Form::Roads;
        let place = match ends {
            false => revealed.clone().rev().find(gets),
            true => revealed.clone().find(gets),
        };
        if let Some((t, log)) = place.and_then(|t| Some((t, log10_or_gap(*share.norms.get(t)?)?))) {
            let at = PlotPoint::new((t + 1) as f64, log);
            let at = shown.transform.position_from_point(&at);
            let (at, align) = match ends {
                false => (at + vec2(-4.0, -3.0), Align2::RIGHT_BOTTOM),
                true => (at + vec2(6.0, 4.0), Align2::LEFT_TOP),
            };
            let texts = vec![share.mark.clone()];
            let wishes = vec![Wish { at, align }];
            let color = share.color;
            marks.push(LineLabel {
                texts,
                color,
                wishes,
                stays: false,
            });
        }
    }
    let frame = *shown.transform.frame();
    paint_labels(&painter, frame, &[], &marks);
    if ended && view.form == Form::Roads {
        let at = shown.transform.frame().left_bottom() + vec2(8.0, -6.0);
        let text = "Where a line ends, nothing comes by that road";
        painter.text(
            at,
            Align2::LEFT_BOTTOM,
            text,
            FontId::proportional(SMALL),
            palette.weak_text,
        );
    }
    if let Some(at) = shown.response.hover_pos()
        && let Some(t) = axis.time_at(at.x).filter(|t| revealed.contains(t))
    {
        let said: Vec<String> = match view.form {
            Form::Roads => shares
                .iter()
                .filter_map(|share| {
                    Some(format!("{} {}", share.name, number(*share.norms.get(t)?)))
                })
                .collect(),
            _ => {
                let away = |share: &Share<'_>| {
                    let log = log10_or_gap(*share.norms.get(t)?)?;
                    Some((shown.transform.position_from_point_y(log) - at.y).abs())
                };
                let near = shares
                    .iter()
                    .filter_map(|share| Some((away(share)?, share)));
                let nearest = near.min_by(|one, other| one.0.total_cmp(&other.0));
                let told =
                    nearest.map(|(_, share)| format!("{} {}", share.name, number(share.norms[t])));
                told.into_iter().collect()
            }
        };
        if !said.is_empty() {
            view.told = Some(format!("t = {}: {}", t + 1, said.join(", ")));
            view.tell_at_pointer(ui, &shown.response);
        }
    }
    zoom_at(&shown.response, &axis, shared);
    act(view, &shown.response, &axis, scene, shared)
}

/// The loss terms as lines, the later the stronger.
fn terms<'a>(
    found: &'a LossFlow,
    palette: &Palette,
    color: Color32,
    scene: &Scene<'_>,
) -> Vec<Share<'a>> {
    // A decoder's outputs are at its own steps.
    let own = scene.part_index + 1 == scene.snapshot.probe.parts.len();
    let count = found.terms.len().max(2) - 1;
    let mut all: Vec<Share<'a>> = Vec::new();
    if found.terms.len() < found.outputs {
        all.push(Share {
            name: format!("all other {}", found.outputs - found.terms.len()),
            mark: String::new(),
            norms: &found.rest,
            color: palette.weak_text,
            width: 1.25,
            style: LineStyle::dotted_loose(),
        });
    }
    for (nth, (&term, norms)) in found.terms.iter().zip(&found.norms).enumerate() {
        let of = if own { "t" } else { "decoder t" };
        let strength = 0.45 + 0.55 * nth as f32 / count as f32;
        all.push(Share {
            name: format!("from the loss at {of} = {}", term + 1),
            mark: (term + 1).to_string(),
            norms,
            color: color.gamma_multiply(strength),
            width: 1.75,
            style: LineStyle::Solid,
        });
    }
    all
}

fn roads(found: &Roads, color: Color32) -> Vec<Share<'_>> {
    let share = |name: &str, norms, width, style, strength| Share {
        name: name.to_owned(),
        mark: if name == BOTH {
            String::new()
        } else {
            name.to_owned()
        },
        norms,
        color: color.gamma_multiply(strength),
        width,
        style,
    };
    vec![
        share(BOTH, &found.whole[..], 1.0, LineStyle::Solid, 0.5),
        share(
            "through attention",
            &found.attention[..],
            2.0,
            LineStyle::Solid,
            1.0,
        ),
        share(
            "without attention",
            &found.bridge[..],
            2.0,
            LineStyle::dashed_loose(),
            1.0,
        ),
    ]
}
