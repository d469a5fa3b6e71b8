//! A curve for each run over one axis of updates, with its label at the end of its line.

use crate::app::runs::{RunScene, color, line_style, zero_key, zero_marks};
use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{
    LogSeries, Scale, axis_name, caption, line_of, number, over_updates, plot, small_width,
    thinned, with_least_span,
};
use crate::nn::Loss;
use crate::session::RunId;
use crate::train::{Looks, Snapshot};
use eframe::egui::accesskit::Role;
use eframe::egui::{FontId, Galley, Pos2, Rect, RichText, Stroke, Ui, Vec2, WidgetInfo, pos2};
use egui_plot::{PlotPoint, PlotPoints, Points, VLine};
use std::sync::{Arc, Weak};

/// What of a history is plotted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Plotted {
    /// The loss over the test part.
    TestLoss,
    /// The loss of each update's batch.
    BatchLoss,
    /// The norm of each update's gradient before clipping.
    Norm,
}

/// So many pixel columns are told apart: each keeps its smallest and its largest value.
const COLUMNS: usize = 700;
/// The room for labels behind the lines, in points: as much as the longest needs, and at most this.
const LABELS: f32 = 150.0;
/// Below the upright axis stand the numbers and the name of the other one, in points.
const BELOW: f32 = 4.5 * GRID;
/// The height of a label.
const LABEL: f32 = 15.0;

impl Plotted {
    fn title(self) -> &'static str {
        match self {
            Plotted::TestLoss => "test loss",
            Plotted::BatchLoss => "batch loss",
            Plotted::Norm => "gradient norm",
        }
    }

    /// What the axis measures: in which unit, and over how much of the test part where that is not all; and the same in short, where
    /// there is no room for that.
    fn y_names(self, of: &Snapshot) -> [String; 2] {
        [self.y_name(of), self.title().to_owned()]
    }

    fn y_name(self, of: &Snapshot) -> String {
        let unit = match of.material.loss {
            Loss::MeanSquaredError => "squared error",
            Loss::CrossEntropy => "nats",
        };
        match (self, of.history.watched.phrase()) {
            (Plotted::Norm, _) => "gradient norm before clipping".into(),
            (Plotted::BatchLoss, _) => format!("batch loss, {unit}"),
            (Plotted::TestLoss, None) => format!("test loss, {unit}"),
            (Plotted::TestLoss, Some(phrase)) => format!("test loss ({phrase}), {unit}"),
        }
    }

    /// All points of a run.
    fn points(self, snapshot: &Snapshot) -> Vec<[f64; 2]> {
        let history = &snapshot.history;
        let point = |update: u64, value: f64| [update as f64, value];
        match self {
            Plotted::TestLoss => {
                let first = history.first_test_loss.map(|loss| point(0, loss));
                let rows = (0..history.tested_len()).filter_map(|index| history.tested(index));
                let rows = rows.filter_map(|row| Some(point(row.update, row.test_loss?)));
                let mut points: Vec<[f64; 2]> = first.into_iter().chain(rows).collect();
                // The look at the weights on show, where the history has none after their update.
                let newest = Looks::of(snapshot).newest;
                let newest = newest.map(|(update, loss)| point(update, loss));
                let last = points.last().map_or(-1.0, |last| last[0]);
                points.extend(newest.filter(|newest| newest[0] > last));
                points
            }
            Plotted::BatchLoss => {
                let rows = history.rows();
                rows.map(|row| point(row.update, row.train_loss)).collect()
            }
            Plotted::Norm => {
                let rows = history.rows();
                rows.map(|row| point(row.update, row.norm_before)).collect()
            }
        }
    }

    /// The value after an update, and after which: the loss over the test part is looked at now and then.
    fn at(self, snapshot: &Snapshot, update: u64) -> Option<(u64, f64)> {
        let history = &snapshot.history;
        let row = || {
            let index = usize::try_from(update.checked_sub(1)?).ok()?;
            history.get(index).filter(|row| row.update == update)
        };
        match self {
            Plotted::TestLoss => {
                let last = history.last().map_or(0, |row| row.update);
                let looks = (0..=update.min(last)).rev();
                let all = Looks::of(snapshot);
                let mut looks = looks.filter_map(|at| Some((at, all.after(at)?)));
                looks.next().filter(|_| update <= last)
            }
            Plotted::BatchLoss => row().map(|row| (update, row.train_loss)),
            Plotted::Norm => row().map(|row| (update, row.norm_before)),
        }
    }
}

/// The lines as they were drawn last, as long as their runs are where they were.
#[derive(Default)]
pub(super) struct Curves {
    kept: Vec<Kept>,
}

struct Kept {
    run: RunId,
    plotted: Plotted,
    log: bool,
    of: Weak<Snapshot>,
    drawn: Drawn,
}

/// A line in pieces, and where it stops as it goes on at exactly 0.
#[derive(Clone, Debug, Default, PartialEq)]
struct Drawn {
    pieces: Vec<Vec<[f64; 2]>>,
    zeros: Vec<[f64; 2]>,
    /// Whether the 0 is on the left of any of these ends, and whether on the right.
    sides: [bool; 2],
}

impl Curves {
    /// A run's line.
    fn drawn(
        &mut self,
        run: RunId,
        snapshot: &Arc<Snapshot>,
        plotted: Plotted,
        log: bool,
    ) -> &Drawn {
        let is_it = |kept: &Kept| kept.run == run && kept.plotted == plotted;
        let of = Arc::downgrade(snapshot);
        let at = self.kept.iter().position(is_it);
        let at = match at {
            Some(at) if self.kept[at].of.ptr_eq(&of) && self.kept[at].log == log => at,
            at => {
                let new = Kept {
                    run,
                    plotted,
                    log,
                    of,
                    drawn: drawn(plotted.points(snapshot), log),
                };
                match at {
                    Some(at) => self.kept[at] = new,
                    None => self.kept.push(new),
                }
                at.unwrap_or(self.kept.len() - 1)
            }
        };
        &self.kept[at].drawn
    }

    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        runs: &[RunScene<'_>],
        plotted: Plotted,
        log: bool,
        size: Vec2,
    ) {
        let palette = Palette::of(ui.visuals());
        self.kept
            .retain(|kept| runs.iter().any(|run| run.id == kept.run));
        let with_data: Vec<_> = runs
            .iter()
            .filter_map(|run| Some((run, run.snapshot?)))
            .collect();
        let Some((_, first)) = with_data.first() else {
            caption(ui, "The data are being read.");
            return;
        };
        let longest = runs.iter().map(|run| small_width(ui, &run.label()));
        let labels = longest.fold(0.0, f32::max).min(LABELS).min(0.3 * size.x) + 10.0;
        let scale = if log { Scale::Log } else { Scale::Linear };
        let lines: Vec<(usize, Drawn)> = with_data
            .iter()
            .map(|(run, snapshot)| {
                let drawn = self.drawn(run.id, snapshot, plotted, log).clone();
                (run.index, drawn)
            })
            .collect();
        let ends: Vec<(usize, [f64; 2])> = lines
            .iter()
            .filter_map(|(index, drawn)| Some((*index, *drawn.pieces.last()?.last()?)))
            .collect();
        let zeros = lines.iter().map(|(_, drawn)| drawn.sides);
        let zeros = zeros.fold([false; 2], |all, one| [all[0] | one[0], all[1] | one[1]]);
        zero_key(ui, zeros);
        let died: Vec<(usize, f64)> = with_data
            .iter()
            .filter_map(|(run, snapshot)| match &snapshot.status {
                crate::train::Status::Diverged(divergence) => {
                    Some((run.index, divergence.update as f64))
                }
                _ => None,
            })
            .collect();
        let height = ui.available_height().min(size.y);
        let [whole, short] = plotted.y_names(first);
        let y_name = match small_width(ui, &whole) <= height - BELOW {
            true => whole,
            false => axis_name(ui, &short, height - BELOW),
        };
        let heights: Vec<f64> = lines
            .iter()
            .flat_map(|(_, drawn)| drawn.pieces.iter().flatten().map(|point| point[1]))
            .collect();
        let shown = plot(ui, plotted.title(), "update", &y_name, scale);
        let shown = with_least_span(over_updates(shown), heights.into_iter(), scale)
            .width((size.x - labels).max(60.0))
            .height(height)
            .show_crosshair(false)
            .label_formatter(|_| None)
            .show(ui, |plot| {
                for (index, Drawn { pieces, zeros, .. }) in lines {
                    let name = runs[index].letter.to_string();
                    for piece in pieces {
                        let ink = color(&palette, index);
                        // A line through one point is nothing to see.
                        if piece.len() == 1 {
                            let point = Points::new(name.clone(), PlotPoints::from(piece));
                            plot.points(point.color(ink).radius(2.5));
                            continue;
                        }
                        let line = line_of(name.clone(), PlotPoints::from(piece));
                        plot.line(line.color(ink).width(1.7).style(line_style(index)));
                    }
                    zero_marks(plot, zeros, color(&palette, index));
                }
                for (index, update) in died {
                    let mark = VLine::new("diverged", update).color(color(&palette, index));
                    plot.vline(mark.width(1.0).style(line_style(index)));
                }
            });
        let name = format!("The runs’ {}", plotted.title());
        shown
            .response
            .widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
        let frame = *shown.transform.frame();
        paint_labels(ui, runs, frame, labels, &ends, |at| {
            shown
                .transform
                .position_from_point(&PlotPoint::new(at[0], at[1]))
        });
        let Some(pointer) = shown.response.hover_pos().filter(|at| frame.contains(*at)) else {
            return;
        };
        let update = shown
            .transform
            .value_from_position(pointer)
            .x
            .round()
            .max(0.0);
        let x = shown.transform.position_from_point_x(update);
        let stroke = Stroke::new(1.0, palette.weak_text.gamma_multiply(0.5));
        ui.painter_at(frame).vline(x, frame.y_range(), stroke);
        let update = update as u64;
        shown.response.on_hover_ui_at_pointer(|ui| {
            ui.label(RichText::new(format!("{} · update {update}", plotted.title())).size(SMALL));
            for (run, snapshot) in &with_data {
                let text = match plotted.at(snapshot, update) {
                    Some((at, value)) if at == update => {
                        format!("{}  {}", run.label(), number(value))
                    }
                    Some((at, value)) => {
                        format!("{}  {} (update {at})", run.label(), number(value))
                    }
                    None => format!("{}  –", run.label()),
                };
                ui.label(text);
            }
        });
    }
}

/// Thinned out to what can be seen, broken where a value has no logarithm.
fn drawn(points: Vec<[f64; 2]>, log: bool) -> Drawn {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Drawn::default();
    };
    let (low, high) = (first[0], last[0]);
    let finite = points.iter().copied().filter(|[_, y]| y.is_finite());
    let thin = match high > low {
        true => thinned(finite, low, high, COLUMNS),
        false => finite.collect(),
    };
    if !log {
        return Drawn {
            pieces: vec![thin],
            ..Drawn::default()
        };
    }
    let series = LogSeries::new(thin.into_iter().map(|[x, y]| (x, y)));
    Drawn {
        zeros: series.ends_at_zero(),
        sides: series.sides_of_zero(),
        pieces: series.pieces,
    }
}

/// Writes each run's label beside the end of its line, one below the other where they would meet.
fn paint_labels(
    ui: &Ui,
    runs: &[RunScene<'_>],
    frame: Rect,
    width: f32,
    ends: &[(usize, [f64; 2])],
    place: impl Fn([f64; 2]) -> Pos2,
) {
    let palette = Palette::of(ui.visuals());
    let painter = ui.painter();
    let mut labels: Vec<(f32, usize, Arc<Galley>)> = ends
        .iter()
        .map(|&(index, at)| {
            let text = runs[index].label();
            let mut job = eframe::egui::text::LayoutJob::simple_singleline(
                text,
                FontId::proportional(SMALL),
                color(&palette, index),
            );
            job.wrap = eframe::egui::text::TextWrapping::truncate_at_width(width - 8.0);
            (place(at).y, index, painter.layout_job(job))
        })
        .collect();
    labels.sort_by(|one, other| one.0.total_cmp(&other.0));
    let ys = apart(
        labels.iter().map(|label| label.0).collect(),
        frame.top(),
        frame.bottom(),
    );
    for (y, (_, index, galley)) in ys.into_iter().zip(labels) {
        let at = pos2(frame.right() + 8.0, y - 0.5 * galley.size().y);
        painter.galley(at, galley, color(&palette, index));
    }
}

/// Rising places moved apart as little as needed to be a label's height from one another, between two ends if there is room.
fn apart(mut ys: Vec<f32>, top: f32, bottom: f32) -> Vec<f32> {
    let mut least = top + 0.5 * LABEL;
    for y in &mut ys {
        *y = y.max(least);
        least = *y + LABEL;
    }
    let mut most = bottom - 0.5 * LABEL;
    for y in ys.iter_mut().rev() {
        *y = y.min(most);
        most = *y - LABEL;
    }
    ys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stand_apart_and_inside() {
        let ys = apart(vec![50.0, 51.0, 52.0, 199.0], 0.0, 200.0);
        assert!(
            ys.windows(2).all(|pair| pair[1] - pair[0] >= LABEL - 1e-3),
            "{ys:?}"
        );
        assert!(
            ys[0] >= 0.5 * LABEL && ys[3] <= 200.0 - 0.5 * LABEL,
            "{ys:?}"
        );
        assert_eq!(apart(vec![20.0, 90.0], 0.0, 200.0), [20.0, 90.0]);
    }

    #[test]
    fn a_thinned_line_keeps_its_spikes_and_breaks_at_zero() {
        let points: Vec<[f64; 2]> = (0..5_000)
            .map(|x| [f64::from(x), if x == 1_234 { 9.0 } else { 1.0 }])
            .collect();
        let Drawn { pieces, zeros, .. } = drawn(points, true);
        assert_eq!((pieces.len(), zeros.len()), (1, 0));
        assert!(pieces[0].contains(&[1_234.0, 9.0_f64.log10()]));
        assert!(pieces[0].len() < 4 * COLUMNS);
        let broken = drawn(vec![[0.0, 1.0], [1.0, 0.0], [2.0, 1.0]], true);
        assert_eq!(broken.pieces.len(), 2);
        assert_eq!(broken.zeros, [[2.0, 0.0], [0.0, 0.0]]);
        assert_eq!(broken.sides, [true, true]);
        assert_eq!(drawn(Vec::new(), false), Drawn::default());
    }
}
