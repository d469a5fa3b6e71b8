//! The lines of runs over their updates.
//!
//! A plot is given a list of [`Run`]s: the one on show, and those behind it. Whoever has other runs to be seen beside these adds
//! them to the list ([`super::Training::show`]).

use crate::app::widgets::{LogSeries, Scale, line_of};
use crate::train::Row;
use eframe::egui::Color32;
use egui_plot::{LineStyle, PlotPoints, PlotUi, Points};

/// A run as lines.
pub(super) struct Run<'a> {
    /// What it is called, where it is not the one on show.
    pub(super) label: &'a str,
    /// Its rows, thinned out.
    pub(super) rows: &'a [Row],
    /// Its test losses by update, the first of them before all updates.
    pub(super) tests: &'a [(u64, f64)],
    /// How it looks.
    pub(super) look: Look,
}

/// How a run looks: the one on show is told from the others by its width, these from each other by their dashes.
#[derive(Clone, Copy)]
pub(super) struct Look {
    /// The share of its colours' strength.
    pub(super) strength: f32,
    /// How thick lines are, in points.
    pub(super) width: f32,
    /// How lines are dashed.
    pub(super) style: LineStyle,
}

impl Look {
    /// That of the run on show.
    pub(super) const ON_SHOW: Self = Self {
        strength: 1.0,
        width: 1.5,
        style: LineStyle::Solid,
    };

    /// That of a run before, the nearest first.
    pub(super) fn earlier(before: usize) -> Self {
        Self {
            strength: 0.55,
            width: 1.0,
            style: match before {
                0 => LineStyle::Dashed { length: 6.0 },
                1 => LineStyle::Dashed { length: 3.0 },
                _ => LineStyle::Dotted { spacing: 4.0 },
            },
        }
    }
}

/// What is drawn of a run.
pub(super) struct Drawn<'a> {
    /// What it is called.
    pub(super) name: &'a str,
    /// Its colour.
    pub(super) color: Color32,
}

/// Draws a number of each run's rows.
pub(super) fn of_rows(
    ui: &mut PlotUi<'_>,
    runs: &[Run<'_>],
    drawn: &Drawn<'_>,
    scale: Scale,
    value: fn(&Row) -> f64,
) {
    for run in runs {
        let points = run.rows.iter().map(|row| (row.update, value(row)));
        curve(ui, run, drawn, scale, points);
    }
}

/// Draws each run's test losses.
pub(super) fn of_tests(ui: &mut PlotUi<'_>, runs: &[Run<'_>], drawn: &Drawn<'_>, scale: Scale) {
    for run in runs {
        curve(ui, run, drawn, scale, run.tests.iter().copied());
    }
}

fn curve(
    ui: &mut PlotUi<'_>,
    run: &Run<'_>,
    drawn: &Drawn<'_>,
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
    let name = match run.label {
        "" => drawn.name.to_owned(),
        label => format!("{}, {label}", drawn.name),
    };
    let color = drawn.color.gamma_multiply(run.look.strength);
    for piece in pieces {
        if piece.len() == 1 {
            // A line through one point is nothing to see.
            let point = Points::new(name.clone(), PlotPoints::from(piece));
            ui.points(point.color(color).radius(2.5));
            continue;
        }
        let line = line_of(name.clone(), PlotPoints::from(piece)).color(color);
        ui.line(line.width(run.look.width).style(run.look.style));
    }
}
