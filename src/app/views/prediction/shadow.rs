//! The forecasts held against the truth some steps back: whether they foresee the series or follow it.

use crate::app::theme::{GRID, Palette};
use crate::app::widgets::{Key, Scale, Term, explained, line_of, plot, plot_key};
use crate::baseline::Shadow;
use crate::words::many;
use eframe::egui::Ui;
use egui_plot::{HLine, LineStyle, MarkerShape, PlotPoints, Points, VLine};

/// What it comes to, and the error by steps back; `name` is what is forecast.
pub(super) fn show(ui: &mut Ui, shadow: &Shadow, trained: bool, name: &str) {
    let palette = Palette::of(ui.visuals());
    let said = match trained {
        true => shadow.in_words(),
        false => format!("Not trained yet. {}", shadow.in_words()),
    };
    let over = format!("Over {}", many(shadow.n, "target"));
    explained(ui.label(said), &over, &[Term::Shadow, Term::Skill]);
    ui.add_space(0.5 * GRID);
    plot_key(
        ui,
        &[
            Key {
                name: "network, held against the truth so many steps back",
                color: palette.prediction,
                term: Term::Rmse,
            },
            Key {
                name: "last value, against what came",
                color: palette.naive,
                term: Term::Naive,
            },
            Key {
                name: "upright: the last value known",
                color: palette.cursor.gamma_multiply(0.4),
                term: Term::Horizon,
            },
        ],
    );
    let y_name = format!("RMSE ({name})");
    let errors = shadow.errors.iter().enumerate();
    let points: Vec<[f64; 2]> = errors
        .map(|(back, &error)| [back as f64, error])
        .filter(|[_, error]| error.is_finite())
        .collect();
    let least: Vec<[f64; 2]> = shadow
        .lag()
        .and_then(|lag| points.get(lag).copied())
        .into_iter()
        .collect();
    let last = shadow.errors.len().saturating_sub(1) as f64;
    plot(ui, "shadow", "steps back", &y_name, Scale::Linear)
        .height(ui.available_height().max(60.0))
        .width(ui.available_width() - 8.0)
        .include_x(-0.4)
        .include_x(last + 0.4)
        .include_y(0.0)
        .show_crosshair(false)
        .show(ui, |ui| {
            let known = VLine::new("the last value known", shadow.ahead as f64);
            ui.vline(known.color(palette.cursor.gamma_multiply(0.4)).width(1.0));
            ui.hline(
                HLine::new("last value, against what came", shadow.naive)
                    .color(palette.naive)
                    .width(1.0)
                    .style(LineStyle::dashed_dense()),
            );
            let line = line_of("network", PlotPoints::from(points.clone()));
            ui.line(line.color(palette.prediction).width(2.0));
            let dots = Points::new("network", PlotPoints::from(points));
            ui.points(dots.color(palette.prediction).radius(3.0));
            ui.points(
                Points::new("fits best", PlotPoints::from(least))
                    .color(palette.strong_text)
                    .radius(6.0)
                    .filled(false)
                    .shape(MarkerShape::Circle),
            );
        });
}
