//! Many rows after one: what is known, then the horizon, shaded, with what each model says.

use super::{Origin, Prediction, color_of, dots, thin};
use crate::app::theme::Palette;
use crate::app::views::Scene;
use crate::app::widgets::{caption, line_of, over_time};
use crate::experiment::{BaselineKind, Baselines};
use crate::train::{Ahead, Answer, Question};
use eframe::egui::{Color32, Stroke, Ui};
use egui_plot::{PlotPoints, PlotUi, Polygon, VLine};
use std::sync::Arc;

/// Rows before a forecast of many rows that are drawn for one that is forecast.
const BEFORE: usize = 3;

impl Prediction {
    /// Many rows after one: what is known, then the horizon, shaded, with what each model says.
    pub(super) fn ahead(&mut self, ui: &mut Ui, scene: &Scene<'_>, baselines: &Arc<Baselines>) {
        let palette = Palette::of(ui.visuals());
        let snapshot = scene.snapshot;
        let dataset = &snapshot.material.dataset;
        let looked = match self.origin {
            Origin::Probe => snapshot.ahead.first(),
            Origin::End => snapshot.ahead.last(),
        };
        let Some(looked) = looked else {
            caption(ui, "Nothing is forecast beyond these data.");
            return;
        };
        let (target, _) = baselines.output(self.output);
        if let Err(reason) = &looked.recursive {
            caption(ui, reason);
        }
        let lines = lines_ahead(scene, baselines, looked, target);
        let [from, to] = [0, looked.rows].map(|rows| dataset.position_ahead(looked.row, rows));
        let heights = lines.heights();
        let name = dataset
            .output_names
            .get(target)
            .map_or("value", String::as_str);
        let name = name
            .strip_suffix(&format!(" +{}", looked.horizon))
            .unwrap_or(name);
        let dates = |position: f64| dataset.date_at(position);
        let id = match self.origin {
            Origin::Probe => "after the probe",
            Origin::End => "after the end",
        };
        over_time(ui, id, dataset.position_name(), name, &dates)
            .height(ui.available_height().max(60.0))
            .width(ui.available_width() - 8.0)
            .show_crosshair(false)
            .show(ui, |ui| {
                shade(ui, [from, to], heights, palette.prediction);
                ui.line(
                    line_of("known", PlotPoints::from(lines.known))
                        .color(palette.test)
                        .width(1.5),
                );
                ui.line(
                    line_of("network, row by row", PlotPoints::from(lines.recursive))
                        .color(palette.prediction)
                        .width(2.0),
                );
                for (kind, title, points) in lines.baselines {
                    ui.line(thin(&title, points, color_of(kind, &palette)));
                }
                ui.line(
                    line_of("what came", PlotPoints::from(lines.came))
                        .color(palette.test)
                        .width(1.0),
                );
                let at_once = "network, at once";
                ui.points(dots(at_once, lines.direct, palette.prediction, true));
            });
    }
}

/// What is drawn of a forecast of many rows.
struct LinesAhead {
    known: Vec<[f64; 2]>,
    came: Vec<[f64; 2]>,
    direct: Vec<[f64; 2]>,
    recursive: Vec<[f64; 2]>,
    baselines: Vec<(BaselineKind, String, Vec<[f64; 2]>)>,
}

impl LinesAhead {
    /// The least and the largest value drawn.
    fn heights(&self) -> [f64; 2] {
        let baselines = self.baselines.iter().map(|(_, _, points)| points);
        let all = [&self.known, &self.came, &self.direct, &self.recursive];
        let values = all.into_iter().chain(baselines).flatten();
        values
            .map(|point| point[1])
            .filter(|value| value.is_finite())
            .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], value| {
                [low.min(value), high.max(value)]
            })
    }
}

fn lines_ahead(
    scene: &Scene<'_>,
    baselines: &Baselines,
    looked: &Ahead,
    target: usize,
) -> LinesAhead {
    let (dataset, row) = (&scene.snapshot.material.dataset, looked.row);
    let rows = looked.rows;
    let told = scene
        .session
        .ask(&Question::BaselinesAhead { target, row, rows });
    let said = match told.current() {
        Some(Answer::BaselinesAhead(said)) => &said[..],
        _ => &[],
    };
    let known = baselines.known(row, target);
    let before = (BEFORE * looked.rows).clamp(24, 400).min(known.len());
    let first = row + 1 - before;
    let history = known[known.len() - before..].iter().enumerate();
    let at = |rows: usize| dataset.position_ahead(row, rows);
    // Each line of a forecast begins at the last value known.
    let last = known.last().map(|&value| [at(0), value]);
    let from_last = |values: &[f64], ahead: usize| -> Vec<[f64; 2]> {
        let said = values.iter().enumerate();
        let said = said.map(|(index, &value)| [at(ahead + index), value]);
        last.into_iter().chain(said).collect()
    };
    let direct = looked.direct.get(target).map_or(&[][..], Vec::as_slice);
    let recursive = looked.recursive.as_ref().ok();
    let recursive = recursive.and_then(|all| all.get(target));
    LinesAhead {
        known: history
            .map(|(index, &value)| [dataset.position_ahead(first + index, 0), value])
            .collect(),
        came: from_last(baselines.truth(row, target, looked.rows), 1),
        direct: direct
            .iter()
            .enumerate()
            .map(|(index, &value)| [at(looked.horizon + index), value])
            .collect(),
        recursive: recursive.map_or(Vec::new(), |values| from_last(values, 1)),
        baselines: baselines
            .list
            .iter()
            .zip(said)
            .filter_map(|(baseline, said)| {
                let said = said.as_ref()?;
                Some((baseline.kind, baseline.title(target), from_last(said, 1)))
            })
            .collect(),
    }
}

/// The horizon: a band behind the lines.
fn shade(ui: &mut PlotUi<'_>, [from, to]: [f64; 2], [low, high]: [f64; 2], color: Color32) {
    if !(low < high && from < to) {
        return;
    }
    let margin = 0.06 * (high - low);
    let (low, high) = (low - margin, high + margin);
    let corners = vec![[from, low], [to, low], [to, high], [from, high]];
    ui.polygon(
        Polygon::new("horizon", PlotPoints::from(corners))
            .fill_color(color.gamma_multiply(0.10))
            .stroke(Stroke::NONE)
            .allow_hover(false),
    );
    ui.vline(
        VLine::new("last known row", from)
            .color(color.gamma_multiply(0.6))
            .width(1.0),
    );
}
