//! What the model says beside what came, in the data's own units, with the naive forecast for company.

use super::{Scene, Shared, View};
use crate::app::theme::{Palette, SMALL};
use crate::app::widgets::{Scale, number, plot, segmented};
use crate::data::{Split, Targets};
use crate::experiment::Probe;
use crate::session::Command;
use crate::train::snapshot::Compared;
use eframe::egui::{Color32, Response, RichText, Sense, Stroke, Ui, vec2};
use egui_plot::{Line, LineStyle, MarkerShape, PlotPoints, Points, VLine};

/// Predictions against truth.
#[derive(Default)]
pub struct Prediction {
    part: Part,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Part {
    #[default]
    Test,
    Train,
}

/// Sequences drawn at most, the newest.
const DRAWN: usize = 400;

impl View for Prediction {
    fn name(&self) -> &'static str {
        "prediction"
    }

    fn title(&self) -> &'static str {
        "Prediction"
    }

    fn tools(&mut self, ui: &mut Ui, scene: &Scene<'_>, _: &mut Shared) {
        // Beside the title there is little room in a narrow window.
        ui.spacing_mut().item_spacing.x = 5.0;
        let palette = Palette::of(ui.visuals());
        let snapshot = scene.snapshot;
        segmented(
            ui,
            "Part",
            &mut self.part,
            &[(Part::Test, "test"), (Part::Train, "train")],
        );
        let split = self.split();
        let naive = snapshot.score_of(split, crate::experiment::BaselineKind::Naive);
        if let Some(naive) = naive {
            entry(ui, &format!("naive {}", number(naive.rmse)), palette.naive)
                .on_hover_text("The last known value carried on, and its root mean squared error");
        }
        let said = match (snapshot.score(split), snapshot.accuracy(split)) {
            (Some(score), _) => format!("model RMSE {}", number(score.rmse)),
            (None, Some(accuracy)) => format!("model {:.1} % right", accuracy * 100.0),
            (None, None) => "model".into(),
        };
        entry(ui, &said, palette.prediction)
            .on_hover_text("Root mean squared error, in the data's own units, over this part");
        entry(ui, "truth", palette.test);
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, _: &mut Shared) -> Vec<Command> {
        let palette = Palette::of(ui.visuals());
        let snapshot = scene.snapshot;
        let dataset = &snapshot.material.dataset;
        let mut commands = Vec::new();
        let split = self.split();
        let forecasts = snapshot.forecasts(split);
        let classes = matches!(dataset.targets, Targets::Classes { .. });
        let tasks = dataset.naive.is_none();
        let skipped = forecasts.rows.len().saturating_sub(DRAWN);
        let position = |index: usize, compared: &Compared| {
            if tasks {
                (skipped + index) as f64
            } else {
                dataset.target_position(compared.row)
            }
        };
        let shown: Vec<(f64, Compared)> = forecasts
            .compared(&snapshot.material, 0)
            .skip(skipped)
            .enumerate()
            .map(|(index, compared)| (position(index, &compared), compared))
            .collect();
        let series = |of: &dyn Fn(&Compared) -> Option<f64>| -> Vec<[f64; 2]> {
            let points = shown
                .iter()
                .filter_map(|(x, compared)| Some([*x, of(compared)?]));
            points.filter(|point| point[1].is_finite()).collect()
        };
        let truth = series(&|c| Some(c.target));
        let said = series(&|c| Some(c.prediction));
        let naive = series(&|c| c.naive);
        let x_name = if tasks {
            "sequence"
        } else {
            dataset.axis_name()
        };
        let y_name = match &dataset.targets {
            Targets::Classes { .. } => "class",
            Targets::Values(_) => dataset.output_names.first().map_or("value", String::as_str),
        };
        let at_probe = (snapshot.probe.split == split)
            .then(|| {
                shown
                    .iter()
                    .find(|(_, c)| c.row + 1 == snapshot.probe.rows.end)
                    .map(|(x, _)| *x)
            })
            .flatten();
        let height = ui.available_height().max(60.0);
        let response = plot(ui, "prediction", x_name, y_name, Scale::Linear)
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
                if tasks || classes {
                    // Sequences have no order that a line could show.
                    let dots = |name: &str, points: Vec<[f64; 2]>, color: Color32, filled| {
                        Points::new(name, PlotPoints::from(points))
                            .color(color)
                            .radius(2.5)
                            .filled(filled)
                            .shape(MarkerShape::Circle)
                    };
                    ui.points(dots("truth", truth, palette.test, false));
                    ui.points(dots("prediction", said, palette.prediction, true));
                } else {
                    ui.line(
                        Line::new("naive", PlotPoints::from(naive))
                            .color(palette.naive)
                            .width(1.0)
                            .style(LineStyle::dashed_dense()),
                    );
                    ui.line(
                        Line::new("truth", PlotPoints::from(truth))
                            .color(palette.test)
                            .width(1.5),
                    );
                    ui.line(
                        Line::new("prediction", PlotPoints::from(said))
                            .color(palette.prediction)
                            .width(2.0),
                    );
                }
            });
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

impl Prediction {
    fn split(&self) -> Split {
        match self.part {
            Part::Test => Split::Test,
            Part::Train => Split::Train,
        }
    }
}

/// An entry of the legend, drawn from the right.
fn entry(ui: &mut Ui, text: &str, color: Color32) -> Response {
    let label = ui.label(RichText::new(text).size(SMALL).color(color));
    let (rect, _) = ui.allocate_exact_size(vec2(10.0, 14.0), Sense::hover());
    ui.painter()
        .hline(rect.x_range(), rect.center().y, Stroke::new(2.0, color));
    label
}
