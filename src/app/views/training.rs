//! The run so far: losses, and the gradient norm before and after clipping with its threshold.

use super::{Home, Purpose, Scene, Shared, View, has_room};
use crate::app::theme::{Palette, SMALL};
use crate::app::widgets::{
    Key, LogSeries, Scale, Term, empty_state, explained, log10_or_gap, number, plot, plot_key,
    segmented, segmented_width,
};
use crate::nn::Loss;
use crate::session::Command;
use crate::train::Status;
use eframe::egui::{Color32, Label, RichText, Ui};
use egui_plot::{HLine, Line, LineStyle, PlotPoints, PlotUi, Points, VLine};

/// The curves of training.
#[derive(Default)]
pub struct Training {
    scale: Axis,
    /// Which plot is on show where there is room for one alone.
    plot: Plotted,
    /// Whether that was so in the last frame.
    narrow: bool,
}

/// The plots.
#[derive(Clone, Copy, Default, PartialEq)]
enum Plotted {
    #[default]
    Loss,
    Norm,
}

/// Two plots side by side need so many points.
const TWO: f32 = 380.0;

#[derive(Clone, Copy, Default, PartialEq)]
enum Axis {
    #[default]
    Log,
    Linear,
}

/// Points drawn per curve at most; more than a pane has pixels cannot be seen.
const DRAWN: usize = 1_500;

impl View for Training {
    fn name(&self) -> &'static str {
        "training"
    }

    fn title(&self) -> &'static str {
        "Training"
    }

    fn question(&self) -> &'static str {
        "Does the network learn, and how large are its gradients before and after clipping?"
    }

    fn home(&self, layout: Purpose) -> Home {
        match layout {
            Purpose::Explore => Home::LastRow(1.0),
            Purpose::Cell => Home::Closed("number"),
            Purpose::Gradients => Home::LastRow(1.0),
            Purpose::Forecast => Home::Closed("prediction"),
            Purpose::Compare => Home::Closed("comparison"),
            Purpose::All => Home::LastRow(1.0),
        }
    }

    fn tools(&mut self, ui: &mut Ui, scene: &Scene<'_>, _: &mut Shared) {
        let (history, clip) = (&scene.snapshot.history, scene.snapshot.clip);
        let axes = [(Axis::Log, "log"), (Axis::Linear, "linear")];
        let plots = [(Plotted::Loss, "loss"), (Plotted::Norm, "norm")];
        // Where only one plot has room, which one it is comes first.
        let both = segmented_width(ui, &axes) + segmented_width(ui, &plots) + 8.0;
        if !self.narrow || ui.available_width() >= both {
            segmented(ui, "Axis", &mut self.scale, &axes);
        }
        if self.narrow {
            segmented(ui, "Plot", &mut self.plot, &plots);
            if !matches!(scene.snapshot.status, Status::Diverged(_)) {
                return;
            }
        }
        let share = format!(
            "{:.1} % of updates clipped",
            history.clipped_share() * 100.0
        );
        let text = match clip.max_norm() {
            Some(_) if !history.is_empty() => share,
            Some(max_norm) => format!("max norm {}", number(max_norm)),
            None if history.clipped_share() > 0.0 => format!("{share}, now off"),
            None => "clipping is off".into(),
        };
        let palette = Palette::of(ui.visuals());
        if let Status::Diverged(divergence) = &scene.snapshot.status {
            let text = format!(
                "diverged at update {}: {}",
                divergence.update, divergence.quantity
            );
            let text = RichText::new(text).size(SMALL).color(palette.error);
            let label = ui.add(Label::new(text).truncate().show_tooltip_when_elided(false));
            let here = format!(
                "It began at update {} in {}: {} there. What is on show is the network after update {}, the last good one; \
                 change something and reset.",
                divergence.update,
                divergence.quantity,
                number(divergence.value),
                divergence.good
            );
            explained(label, &here, &[Term::Divergence]);
            return;
        }
        if has_room(ui, &text, 0.0) {
            let label = ui.label(RichText::new(text).size(SMALL).color(palette.weak_text));
            explained(label, "", &[Term::Clipping]);
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, _: &mut Shared) -> Vec<Command> {
        let snapshot = scene.snapshot;
        let palette = Palette::of(ui.visuals());
        if snapshot.history.is_empty() && !matches!(snapshot.status, Status::Diverged(_)) {
            empty_state(
                ui,
                "The loss and the gradient norm of every update will appear here.",
                "Press Train ( T ), or make a single update ( U ).",
            );
            return Vec::new();
        }
        let scale = match self.scale {
            Axis::Log => Scale::Log,
            Axis::Linear => Scale::Linear,
        };
        let history = &snapshot.history;
        let rows = sampled(history.len(), |index| history.get(index));
        let tests = sampled(history.tested_len(), |index| history.tested(index));
        let threshold = snapshot.clip.max_norm();
        let diverged = match &snapshot.status {
            Status::Diverged(divergence) => Some(divergence.update as f64),
            _ => None,
        };
        let test = match snapshot.history.watched.phrase() {
            None => "test".to_string(),
            Some(phrase) => format!("test, {phrase}"),
        };
        let batch = snapshot
            .material
            .dataset
            .train
            .len()
            .min(scene.session.experiment().training.batch_size);
        let space = ui.spacing().item_spacing.x;
        let narrow = ui.available_width() < TWO;
        if narrow != self.narrow {
            self.narrow = narrow;
            ui.ctx().request_repaint();
        }
        let shows = |plot: Plotted| !narrow || self.plot == plot;
        let width = match narrow {
            true => (ui.available_width() - 8.0).max(0.0),
            false => ((ui.available_width() - space) / 2.0 - 4.0).max(0.0),
        };
        let height = ui.available_height().max(60.0);
        ui.horizontal_top(|ui| {
            let loss = |ui: &mut Ui| {
                ui.set_width(width);
                let train = format!("train, batch of {batch}");
                plot_key(
                    ui,
                    &[
                        key(&train, palette.train, Term::Batch),
                        key(&test, palette.test, Term::TestPart),
                    ],
                );
                let y = match snapshot.material.loss {
                    Loss::MeanSquaredError => "loss, squared error",
                    Loss::CrossEntropy => "loss, nats",
                };
                let left = ui.available_height().min(height - 22.0);
                plot(ui, "loss", "update", y, scale)
                    .width(width)
                    .height(left)
                    .show_crosshair(false)
                    .show(ui, |ui| {
                        curve(
                            ui,
                            "train",
                            palette.train,
                            scale,
                            rows.iter().map(|row| (row.update, row.train_loss)),
                        );
                        let first = snapshot.history.first_test_loss.map(|loss| (0, loss));
                        let test = tests
                            .iter()
                            .filter_map(|row| Some((row.update, row.test_loss?)));
                        curve(
                            ui,
                            "test",
                            palette.test,
                            scale,
                            first.into_iter().chain(test),
                        );
                        mark_divergence(ui, diverged, &palette);
                    });
            };
            let norm = |ui: &mut Ui| {
                ui.set_width(width);
                let mut lines = vec![
                    key("before", palette.before_clipping, Term::Norm),
                    key("after", palette.after_clipping, Term::Clipping),
                ];
                if threshold.is_some() {
                    lines.push(key("max norm", palette.threshold, Term::Clipping));
                }
                plot_key(ui, &lines);
                let left = ui.available_height().min(height - 22.0);
                plot(ui, "norm", "update", "gradient norm", scale)
                    .width(width)
                    .height(left)
                    .show_crosshair(false)
                    .show(ui, |ui| {
                        curve(
                            ui,
                            "before",
                            palette.before_clipping,
                            scale,
                            rows.iter().map(|row| (row.update, row.norm_before)),
                        );
                        if rows.iter().any(|row| row.clipped) {
                            curve(
                                ui,
                                "after",
                                palette.after_clipping,
                                scale,
                                rows.iter().map(|row| (row.update, row.norm_after)),
                            );
                        }
                        let at = threshold.and_then(|norm| {
                            if scale == Scale::Log {
                                log10_or_gap(norm)
                            } else {
                                Some(norm)
                            }
                        });
                        if let Some(at) = at {
                            ui.hline(
                                HLine::new("max norm", at)
                                    .color(palette.threshold)
                                    .style(LineStyle::dashed_dense()),
                            );
                        }
                        mark_divergence(ui, diverged, &palette);
                    });
            };
            if shows(Plotted::Loss) {
                ui.vertical(loss);
            }
            if shows(Plotted::Norm) {
                ui.vertical(norm);
            }
        });
        Vec::new()
    }
}

fn key(name: &str, color: Color32, term: Term) -> Key<'_> {
    Key { name, color, term }
}

fn mark_divergence(ui: &mut PlotUi<'_>, diverged: Option<f64>, palette: &Palette) {
    if let Some(update) = diverged {
        ui.vline(
            VLine::new("diverged", update)
                .color(palette.error)
                .width(1.5),
        );
    }
}

/// Evenly chosen entries, the first and the last among them.
fn sampled<'a, T>(count: usize, get: impl Fn(usize) -> Option<&'a T>) -> Vec<&'a T> {
    let drawn = count.min(DRAWN);
    let index = |k: usize| {
        if drawn < 2 {
            0
        } else {
            k * (count - 1) / (drawn - 1)
        }
    };
    (0..drawn).filter_map(|k| get(index(k))).collect()
}

fn curve(
    ui: &mut PlotUi<'_>,
    name: &str,
    color: Color32,
    scale: Scale,
    points: impl Iterator<Item = (u64, f64)>,
) {
    let points = points.map(|(update, value)| (update as f64, value));
    let pieces = match scale {
        Scale::Log => LogSeries::new(points).pieces,
        Scale::Linear => vec![
            points
                .filter(|(_, value)| value.is_finite())
                .map(|(x, y)| [x, y])
                .collect(),
        ],
    };
    for piece in pieces {
        if piece.len() == 1 {
            // A line through one point is nothing to see.
            ui.points(
                Points::new(name, PlotPoints::from(piece))
                    .color(color)
                    .radius(2.5),
            );
            continue;
        }
        ui.line(
            Line::new(name, PlotPoints::from(piece))
                .color(color)
                .width(1.5),
        );
    }
}
