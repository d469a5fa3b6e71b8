//! What the forecasts are off by, over time, and whether something that repeats is left in it.

use super::each::{Pieces, pieces};
use crate::app::theme::{GRID, Palette};
use crate::app::widgets::{
    Key, Scale, Term, caption, explained, line_of, number, over_time, plot, plot_key,
};
use crate::baseline::Leftover;
use crate::data::Dataset;
use crate::train::Residuals;
use crate::words::many;
use eframe::egui::{Align, Color32, Layout, Stroke, Ui, vec2};
use egui_plot::{Bar, BarChart, HLine, LineStyle, PlotPoints};

/// From this width on the two plots stand side by side.
const BESIDE: f32 = 560.0;

/// What it comes to, the residuals over time, and their autocorrelation. `name` is what is forecast, `ahead` rows ahead.
pub(super) fn show(
    ui: &mut Ui,
    residuals: &Residuals,
    dataset: &Dataset,
    name: &str,
    ahead: usize,
) {
    let said = match &residuals.leftover {
        Ok(leftover) => leftover.in_words(),
        Err(reason) => reason.clone(),
    };
    let over = match &residuals.leftover {
        Ok(leftover) if leftover.correlogram.observations < residuals.errors.len() => format!(
            "Over the longest stretch without a gap, {} of {}",
            many(leftover.correlogram.observations, "residual"),
            residuals.errors.len()
        ),
        _ => format!("Over {}", many(residuals.errors.len(), "residual")),
    };
    explained(
        ui.label(said),
        &over,
        &[Term::Residual, Term::Autocorrelation],
    );
    ui.add_space(0.5 * GRID);
    let Ok(leftover) = &residuals.leftover else {
        over_rows(ui, residuals, dataset, name, ahead);
        return;
    };
    let (width, height) = (ui.available_width(), ui.available_height().max(60.0));
    if width >= BESIDE {
        ui.horizontal_top(|ui| {
            let half = |share: f32| vec2(share * (width - 2.0 * GRID), height);
            let layout = Layout::top_down(Align::Min);
            ui.allocate_ui_with_layout(half(0.58), layout, |ui| {
                over_rows(ui, residuals, dataset, name, ahead);
            });
            ui.add_space(GRID);
            ui.allocate_ui_with_layout(half(0.42), layout, |ui| correlogram(ui, leftover));
        });
    } else {
        // One above the other where both have room; else the one that answers.
        if height >= 220.0 {
            let half = vec2(width, 0.5 * height);
            ui.allocate_ui(half, |ui| {
                ui.set_max_height(half.y);
                over_rows(ui, residuals, dataset, name, ahead);
            });
        }
        correlogram(ui, leftover);
    }
}

fn over_rows(ui: &mut Ui, residuals: &Residuals, dataset: &Dataset, name: &str, ahead: usize) {
    let palette = Palette::of(ui.visuals());
    let points = residuals.rows.iter().zip(&residuals.errors);
    let points = points.map(|(&row, &error)| (row, [dataset.position_ahead(row, ahead), error]));
    let lines: Pieces = pieces(dataset, points);
    let dates = |position: f64| dataset.date_at(position);
    let y_name = format!("residual ({name})");
    plot_key(
        ui,
        &[Key {
            name: "forecast − value",
            color: palette.prediction,
            term: Term::Residual,
        }],
    );
    over_time(ui, "residuals", dataset.position_name(), &y_name, &dates)
        .height(ui.available_height().max(60.0))
        .width(ui.available_width() - 8.0)
        .show_crosshair(false)
        .show(ui, |ui| {
            ui.hline(
                HLine::new("never wrong", 0.0)
                    .color(palette.weak_text)
                    .width(1.0),
            );
            for points in lines {
                let line = line_of("forecast − value", PlotPoints::from(points));
                ui.line(line.color(palette.prediction).width(1.5));
            }
        });
}

fn correlogram(ui: &mut Ui, leftover: &Leftover) {
    let palette = Palette::of(ui.visuals());
    let of = &leftover.correlogram;
    let bar = |(lag, &value): (usize, &f64)| {
        let color: Color32 = match (lag < leftover.first, value.abs() > of.band) {
            (true, _) => palette.ghost,
            (false, true) => palette.prediction,
            (false, false) => palette.naive,
        };
        Bar::new(lag as f64, value)
            .width(0.5)
            .fill(color)
            .stroke(Stroke::NONE)
    };
    let bars: Vec<Bar> = of.values.iter().enumerate().skip(1).map(bar).collect();
    let last = of.values.len().saturating_sub(1);
    if leftover.first > 1 {
        let skipped = leftover.first - 1;
        caption(
            ui,
            &format!("Pale: lags up to {skipped}, at which forecasts overlap; they are not judged"),
        );
    }
    plot_key(
        ui,
        &[Key {
            name: "±1.96/√n: what chance keeps to at 95 % of the lags",
            color: palette.threshold,
            term: Term::Autocorrelation,
        }],
    );
    plot(
        ui,
        "residuals repeat",
        "lag (rows)",
        "autocorrelation",
        Scale::Linear,
    )
    .height(ui.available_height().max(60.0))
    .width(ui.available_width() - 8.0)
    .include_x(0.0)
    .include_x(last as f64 + 0.5)
    .show_crosshair(false)
    .show(ui, |ui| {
        for band in [-of.band, of.band] {
            ui.hline(
                HLine::new("±1.96/√n", band)
                    .color(palette.threshold)
                    .width(1.0)
                    .style(LineStyle::dashed_dense()),
            );
        }
        // All digits that are told elsewhere too.
        let told = |bar: &Bar, _: &BarChart| {
            format!(
                "lag {}\nautocorrelation {}",
                bar.argument,
                number(bar.value)
            )
        };
        ui.bar_chart(BarChart::new("autocorrelation", bars).element_formatter(Box::new(told)));
    });
}
