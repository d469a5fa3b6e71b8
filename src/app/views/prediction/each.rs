//! Each target of a part with what was said before it: a line over time beside the baselines' for forecasts, dots for answers.

use super::{Prediction, color_of, dots, thin};
use crate::app::theme::{Palette, SMALL};
use crate::app::views::Scene;
use crate::app::widgets::{Scale, line_of, over_time, plot};
use crate::data::{Dataset, Targets};
use crate::experiment::{Baselines, Material, Probe};
use crate::nn::Readout;
use crate::session::Command;
use crate::train::snapshot::Compared;
use crate::train::{Answer, Question};
use eframe::egui::{FontId, Ui, pos2};
use egui_plot::{PlotPoint, PlotPoints, PlotTransform, VLine};
use std::sync::Arc;

/// Sequences drawn at most, the newest.
const DRAWN: usize = 400;

impl Prediction {
    /// Each target of a part with what was said before it.
    pub(super) fn each(
        &mut self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        baselines: Option<&Arc<Baselines>>,
    ) -> Vec<Command> {
        let palette = Palette::of(ui.visuals());
        let snapshot = scene.snapshot;
        let dataset = &snapshot.material.dataset;
        let mut commands = Vec::new();
        let (split, output) = (self.split(), self.output);
        let forecasts = snapshot.forecasts(split);
        let classes = matches!(dataset.targets, Targets::Classes { .. });
        let ahead = baselines.map_or(dataset.ahead(), |baselines| baselines.output(output).1);
        let every = snapshot.material.network.readout() == Readout::Every;
        let skipped = forecasts.rows.len().saturating_sub(DRAWN);
        let position = |index: usize, compared: &Compared| match baselines {
            Some(_) => dataset.position_ahead(compared.row, ahead),
            // Answers on the way are many to a sequence. Counted from 1, as everywhere in the window.
            None if classes && every => (skipped + index + 1) as f64,
            None => (forecasts.sequences[skipped + index] + 1) as f64,
        };
        let output = if classes { 0 } else { output };
        let shown: Vec<(f64, Compared)> = forecasts
            .compared(&snapshot.material, output, skipped)
            .enumerate()
            .map(|(index, compared)| (position(index, &compared), compared))
            .collect();
        let series = |of: &dyn Fn(&Compared) -> Option<f64>| -> Pieces {
            let points = shown
                .iter()
                .filter_map(|(x, compared)| Some((compared.row, [*x, of(compared)?])));
            pieces(dataset, points)
        };
        let truth = series(&|c| Some(c.target));
        let said = series(&|c| Some(c.prediction));
        let x_name = match baselines {
            Some(_) => dataset.position_name(),
            None if classes && every => "answer",
            None => "sequence",
        };
        let y_name = match &dataset.targets {
            Targets::Classes { .. } => "class",
            Targets::Values(_) => dataset
                .output_names
                .get(output)
                .map_or("value", String::as_str),
        };
        let at_probe = (snapshot.probe.split == split)
            .then(|| {
                shown
                    .iter()
                    .find(|(_, c)| c.row + 1 == snapshot.probe.rows.end)
                    .map(|(x, _)| *x)
            })
            .flatten();
        let of_baselines = match baselines {
            Some(_) => lines(scene, output, &shown),
            None => Vec::new(),
        };
        let height = ui.available_height().max(60.0);
        let [network, came] = widths(shown.len(), ui.available_width());
        let dates = |position: f64| dataset.date_at(position);
        let plot = match baselines {
            Some(_) => over_time(ui, "prediction", x_name, y_name, &dates),
            None => plot(ui, "answers", x_name, y_name, Scale::Linear),
        };
        let names = &dataset.output_names;
        let plot = match classes {
            true => plot.y_axis_formatter(move |mark, _| class_at(names, mark.value)),
            false => plot,
        };
        let response = plot
            .height(height)
            .width(ui.available_width() - 8.0)
            .show_crosshair(false)
            .show(ui, |ui| {
                if let Some(x) = at_probe {
                    ui.vline(
                        VLine::new("probe", x)
                            .color(palette.cursor.gamma_multiply(0.6))
                            .width(1.0),
                    );
                }
                let Some(baselines) = baselines else {
                    // Sequences have no order that a line could show.
                    ui.points(dots("truth", truth.concat(), palette.test, false));
                    ui.points(dots("network", said.concat(), palette.prediction, true));
                    return;
                };
                // What is widest lies below, what all are held against above.
                for points in said {
                    let line = line_of("network", PlotPoints::from(points));
                    ui.line(line.color(palette.prediction).width(network));
                }
                for (baseline, pieces) in baselines.list.iter().zip(of_baselines).rev() {
                    let name = baseline.title(baselines.output(output).0);
                    for points in pieces {
                        ui.line(thin(&name, points, color_of(baseline.kind, &palette)));
                    }
                }
                for points in truth {
                    let line = line_of("truth", PlotPoints::from(points));
                    ui.line(line.color(palette.test).width(came));
                }
            });
        if baselines.is_some() {
            name_groups(ui, &snapshot.material, &shown, &response.transform);
        }
        if response.response.clicked()
            && let Some(at) = response.response.interact_pointer_pos()
        {
            // A click puts the nearest sequence under the lens.
            let x = response.transform.value_from_position(at).x;
            let nearest = shown
                .iter()
                .enumerate()
                .min_by(|(_, a), (_, b)| (a.0 - x).abs().total_cmp(&(b.0 - x).abs()));
            if let Some((index, _)) = nearest {
                commands.push(Command::Probe(Probe {
                    split,
                    index: forecasts.sequences[skipped + index],
                }));
            }
        }
        commands
    }
}

/// How wide the lines of the network and of what came are over so many rows on so much of the screen, in points: where rows stand
/// close, wide lines run into one another.
fn widths(rows: usize, room: f32) -> [f32; 2] {
    const CLOSE: f32 = 3.0;
    match rows as f32 * CLOSE > room {
        true => [1.5, 1.0],
        false => [2.5, 1.2],
    }
}

/// The class that stands at a height; nothing between two of them.
fn class_at(names: &[String], height: f64) -> String {
    const SHOWN: usize = 9;
    let name = names.get(height as usize);
    let Some(name) = name.filter(|_| height >= 0.0 && height.fract() == 0.0) else {
        return String::new();
    };
    match name.char_indices().nth(SHOWN + 1) {
        Some(_) => name.chars().take(SHOWN).chain(['…']).collect(),
        None => name.clone(),
    }
}

/// What the baselines say at these positions of the axis, a line for each of [`Baselines::list`]; none while that is worked out.
fn lines(scene: &Scene<'_>, output: usize, shown: &[(f64, Compared)]) -> Vec<Pieces> {
    let rows = shown.iter().map(|(_, compared)| compared.row).collect();
    let told = scene.session.ask(&Question::Baselines { output, rows });
    let Some(Answer::Baselines(said)) = told.current() else {
        return Vec::new();
    };
    let dataset = &scene.snapshot.material.dataset;
    let line = |said: &Vec<Option<f64>>| -> Pieces {
        let points = shown.iter().zip(said);
        let points = points.filter_map(|((x, of), said)| Some((of.row, [*x, (*said)?])));
        pieces(dataset, points)
    };
    said.iter().map(line).collect()
}

/// A line for each series of rows: what is of different ones is not joined.
pub(super) type Pieces = Vec<Vec<[f64; 2]>>;

/// Points with the rows that they are of, series by series, as far as they are finite.
pub(super) fn pieces(dataset: &Dataset, points: impl Iterator<Item = (usize, [f64; 2])>) -> Pieces {
    let mut pieces = Pieces::new();
    let mut last = None;
    for (row, point) in points.filter(|(_, point)| point[1].is_finite()) {
        let series = dataset.series_of(row);
        match pieces.last_mut().filter(|_| last == Some(series)) {
            Some(piece) => piece.push(point),
            None => pieces.push(vec![point]),
        }
        last = Some(series);
    }
    pieces
}

/// Names each group above its stretch of the axis, where there are several beside each other and it has the room.
fn name_groups(ui: &Ui, material: &Material, shown: &[(f64, Compared)], transform: &PlotTransform) {
    let palette = Palette::of(ui.visuals());
    let of_series = |(_, compared): &(f64, Compared)| material.dataset.series_of(compared.row);
    let painter = ui.painter().with_clip_rect(*transform.frame());
    for stretch in shown.chunk_by(|a, b| of_series(a) == of_series(b)) {
        let Some(name) = material.group_of(stretch[0].1.row) else {
            return;
        };
        let ends = [stretch[0].0, stretch[stretch.len() - 1].0];
        let [from, to] = ends.map(|x| transform.position_from_point(&PlotPoint::new(x, 0.0)).x);
        let font = FontId::proportional(SMALL);
        let text = painter.layout_no_wrap(name, font, palette.weak_text);
        if text.size().x <= to - from {
            let at = pos2(
                (from + to - text.size().x) / 2.0,
                transform.frame().top() + 2.0,
            );
            painter.galley(at, text, palette.weak_text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::SplitSeries;

    /// What came is seen on what was said of it, and neither fills the room between its rows.
    #[test]
    fn lines_are_thinner_where_rows_stand_close() {
        let [few, many] = [widths(59, 800.0), widths(261, 220.0)];
        assert!(few[0] > many[0] && few[1] > many[1], "{few:?} {many:?}");
        for [network, came] in [few, many] {
            assert!(came < network);
        }
    }

    #[test]
    fn what_is_of_different_series_is_not_joined() {
        let series = [0..3, 3..5].map(|rows| SplitSeries {
            first_test: rows.start,
            rows,
        });
        let experiment = "format = 1\n[data]\ntask = \"adding\"\nlength = 3\n";
        let experiment = crate::experiment::Experiment::parse(experiment).unwrap();
        let on = |_| std::ops::ControlFlow::Continue(());
        let location = crate::experiment::Location::BuiltIn;
        let material = crate::experiment::material(&experiment, &location, &on).unwrap();
        let dataset = Dataset {
            series: series.into(),
            ..(*material.dataset).clone()
        };
        let points = [(0, 1.0), (1, f64::NAN), (2, 2.0), (3, 3.0), (4, 4.0)];
        let points = points.map(|(row, y)| (row, [row as f64, y]));
        let found = pieces(&dataset, points.into_iter());
        let expected: Pieces = vec![vec![[0.0, 1.0], [2.0, 2.0]], vec![[3.0, 3.0], [4.0, 4.0]]];
        assert_eq!(found, expected);
    }
}
