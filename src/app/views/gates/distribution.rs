//! How a quantity spreads over the units, step by step.

use super::chart::Chart;
use super::{Pointed, Row};
use crate::app::theme::Palette;
use crate::app::widgets::{KeysResponse, Sign, Swatch, number};
use eframe::egui::accesskit::Role;
use eframe::egui::{Color32, Mesh, Sense, Shape, Stroke, Ui, WidgetInfo, pos2};

/// The quantiles of a step: see [`SHARES`](crate::nn::analysis::quantiles::SHARES).
pub(super) type Quantiles = Option<[f64; 7]>;

/// The bands, from the widest: between which quantiles, how dense, and what they are called, in full and in short.
const BANDS: [([usize; 2], f32, &str, &str); 3] = [
    ([0, 6], 0.16, "smallest to largest", "all"),
    ([1, 5], 0.3, "5–95 %", "90 %"),
    ([2, 4], 0.55, "quartiles", "50 %"),
];

/// What the legend says, with the colours that the bands of a `color` have where they lie over each other.
pub(super) fn legend(color: Color32) -> Vec<Swatch<'static>> {
    let median = Swatch {
        color,
        sign: Sign::Line,
        text: "median",
        short: "median",
    };
    let bands = BANDS.iter().rev().map(|&(_, part, text, short)| Swatch {
        color: color.gamma_multiply(part),
        sign: Sign::Area,
        text,
        short,
    });
    std::iter::once(median).chain(bands).collect()
}

/// What is said of a step in numbers.
pub(super) fn said(at: &str, units: usize, quantiles: [f64; 7]) -> String {
    let [smallest, p5, q1, median, q3, p95, largest] = quantiles.map(number);
    format!(
        "{at}, over {units} units: median {median}, quartiles {q1} to {q3}, 5–95 % {p5} to {p95}, all {smallest} to {largest}"
    )
}

/// Draws the bands.
pub(super) fn show(ui: &Ui, row: &Row<'_>, chart: &Chart<'_>, steps: &[Quantiles]) -> Pointed {
    let cells = chart.cells();
    let id = ui.scope_id().with(("distribution", row.quantity));
    let response = ui.interact(cells, id, Sense::CLICK);
    let of_step = |t: usize| steps.get(t).copied().flatten();
    let hovered = response.hover_pos().and_then(|at| {
        let t = chart.axis.time_at(at.x)?;
        row.revealed.contains(&t).then_some((t, None))
    });
    response.widget_info(|| {
        let revealed = row.cursor.filter(|t| row.revealed.contains(t));
        let now = revealed.and_then(|t| Some((t, of_step(t)?)));
        let text = now.map_or_else(
            || format!("{}: spread over the units", chart.names[1]),
            |(t, quantiles)| said(&row.at(t), row.values.ncols(), quantiles),
        );
        WidgetInfo::labeled(Role::Image, true, text)
    });
    if ui.is_rect_visible(row.rect) {
        chart.paint_ground(ui);
        paint(ui, row, chart, steps);
        chart.paint_marks(ui, false);
    }
    Pointed {
        response,
        hovered,
        keys: KeysResponse::default(),
    }
}

fn paint(ui: &Ui, row: &Row<'_>, chart: &Chart<'_>, steps: &[Quantiles]) {
    let palette = Palette::of(ui.visuals());
    let painter = ui.painter_at(chart.cells());
    // Steps next to each other that have a spread; where several share a pixel the widest ends stand for all.
    let mut runs: Vec<Vec<(f32, [f64; 7])>> = vec![Vec::new()];
    for together in chart.drawn(ui) {
        let of_steps = || steps.get(together.clone()).unwrap_or_default().iter();
        let Some(mut quantiles) = of_steps().flatten().next().copied() else {
            runs.push(Vec::new());
            continue;
        };
        for other in of_steps().flatten() {
            quantiles[0] = quantiles[0].min(other[0]);
            quantiles[6] = quantiles[6].max(other[6]);
        }
        let ends = [together.start, together.end - 1].map(|t| chart.axis.x_of(t));
        if let Some(run) = runs.last_mut() {
            run.push((0.5 * (ends[0] + ends[1]), quantiles));
        }
    }
    let half = 0.5 * chart.axis.column_width();
    for mut run in runs.into_iter().filter(|run| !run.is_empty()) {
        // To the outer edges of the columns, so that a single step is seen too.
        let (first, last) = (run[0], run[run.len() - 1]);
        run.insert(0, (first.0 - half, first.1));
        run.push((last.0 + half, last.1));
        for ([low, high], part, ..) in BANDS {
            let color = opaque(chart.color, palette.background, part);
            let mut mesh = Mesh::default();
            for (at, (x, quantiles)) in run.iter().enumerate() {
                mesh.colored_vertex(pos2(*x, chart.y(quantiles[high])), color);
                mesh.colored_vertex(pos2(*x, chart.y(quantiles[low])), color);
                if at > 0 {
                    let at = 2 * at as u32;
                    mesh.add_triangle(at - 2, at - 1, at);
                    mesh.add_triangle(at - 1, at, at + 1);
                }
            }
            painter.add(mesh);
        }
        let points: Vec<_> = run
            .iter()
            .map(|(x, quantiles)| pos2(*x, chart.y(quantiles[3])))
            .collect();
        let stroke = Stroke::new(2.0, chart.color);
        match row.adjoint {
            false => drop(painter.line(points, stroke)),
            true => painter.extend(Shape::dashed_line(&points, stroke, 6.0, 3.0)),
        }
    }
}

/// A part of one colour over another.
fn opaque(color: Color32, ground: Color32, part: f32) -> Color32 {
    ground.lerp_to_gamma(color, part)
}
