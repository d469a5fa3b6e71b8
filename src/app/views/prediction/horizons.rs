//! The error by rows ahead: of the network fed the truth or itself, of its own outputs, and of the baselines.

use super::{color_of, dots, thin};
use crate::app::theme::{GRID, Palette};
use crate::app::widgets::{Key, Scale, Term, caption, explained, line_of, number, plot, plot_key};
use crate::experiment::Baselines;
use crate::train::Horizons;
use crate::words::many;
use eframe::egui::Ui;
use egui_plot::{LineStyle, PlotPoints};

/// What it comes to, and the lines; `name` is what is forecast.
pub(super) fn show(
    ui: &mut Ui,
    horizons: &Horizons,
    baselines: &Baselines,
    target: usize,
    name: &str,
) {
    let palette = Palette::of(ui.visuals());
    let over = match horizons.origins == horizons.of {
        true => format!(
            "Over all {} of the test part after which {} came",
            many(horizons.of, "window"),
            many(horizons.rows, "row")
        ),
        false => format!(
            "Over {} of {} of the test part, evenly spread, after which {} came",
            horizons.origins,
            many(horizons.of, "window"),
            many(horizons.rows, "row")
        ),
    };
    explained(
        ui.label(in_words(horizons, baselines, target)),
        &over,
        &[Term::Horizon, Term::Rmse],
    );
    if let Err(reason) = &horizons.fed_itself {
        caption(ui, reason);
    }
    ui.add_space(0.5 * GRID);
    let mut keys = Vec::new();
    let mut key = |name, color, term| keys.push(Key { name, color, term });
    if horizons.fed_itself.is_ok() {
        key("network, fed itself", palette.prediction, Term::Horizon);
    }
    if !horizons.fed_truth.is_empty() {
        key(
            "fed the truth (dashed)",
            palette.prediction,
            Term::TeacherForcing,
        );
    }
    let titles: Vec<String> = baselines
        .list
        .iter()
        .map(|baseline| baseline.title(target))
        .collect();
    for (baseline, title) in baselines.list.iter().zip(&titles) {
        let term = super::model_term(baseline.kind);
        key(title, color_of(baseline.kind, &palette), term);
    }
    plot_key(ui, &keys);
    let y_name = format!("RMSE ({name})");
    let line = |errors: &[f64]| -> Vec<[f64; 2]> {
        let points = errors.iter().enumerate();
        let points = points.map(|(index, &error)| [(index + 1) as f64, error]);
        points.filter(|[_, error]| error.is_finite()).collect()
    };
    plot(ui, "by horizon", "rows ahead", &y_name, Scale::Linear)
        .height(ui.available_height().max(60.0))
        .width(ui.available_width() - 8.0)
        .include_x(0.6)
        .include_y(0.0)
        .show_crosshair(false)
        .show(ui, |ui| {
            for (index, errors) in horizons.baselines.iter().enumerate().rev() {
                if let (Some(errors), Some(baseline)) = (errors, baselines.list.get(index)) {
                    ui.line(thin(
                        &titles[index],
                        line(errors),
                        color_of(baseline.kind, &palette),
                    ));
                }
            }
            let fed_truth = PlotPoints::from(line(&horizons.fed_truth));
            ui.line(
                line_of("network, fed the truth", fed_truth)
                    .color(palette.prediction)
                    .width(1.5)
                    .style(LineStyle::dashed_loose()),
            );
            if let Ok(errors) = &horizons.fed_itself {
                let line = line_of("network, fed itself", PlotPoints::from(line(errors)));
                ui.line(line.color(palette.prediction).width(2.0));
            }
            let at_once = horizons.at_once.iter();
            let at_once = at_once
                .map(|&(ahead, error)| [ahead as f64, error])
                .collect();
            ui.points(dots("network, at once", at_once, palette.prediction, true));
        });
}

/// How the errors at the two ends compare with the last value's.
fn in_words(horizons: &Horizons, baselines: &Baselines, target: usize) -> String {
    let errors: Vec<(usize, f64)> = match &horizons.fed_itself {
        Ok(errors) => errors
            .iter()
            .enumerate()
            .map(|(index, &error)| (index + 1, error))
            .collect(),
        Err(_) => horizons.at_once.clone(),
    };
    let (Some(&first), Some(&last)) = (errors.first(), errors.last()) else {
        return "Nothing is forecast here.".into();
    };
    if !(first.1.is_finite() && last.1.is_finite()) {
        return "What is forecast is no number.".into();
    }
    let naive = baselines.list.iter().zip(&horizons.baselines).next_back();
    let naive =
        naive.and_then(|(baseline, errors)| Some((baseline.title(target), errors.as_ref()?)));
    let beside = |ahead: usize| match &naive {
        Some((title, errors)) => format!(" ({title} {})", number(errors[ahead - 1])),
        None => String::new(),
    };
    let one = |(ahead, error): (usize, f64)| {
        format!(
            "{}{} {} ahead",
            number(error),
            beside(ahead),
            many(ahead, "row")
        )
    };
    let mut words = match first.0 == last.0 {
        true => format!("RMSE {}.", one(first)),
        false => format!("RMSE {}, {}.", one(first), one(last)),
    };
    // From where on the last value is as good.
    if let Some((title, naive)) = &naive {
        let lost = errors
            .iter()
            .find(|&&(ahead, error)| error >= naive[ahead - 1]);
        words += &match lost {
            Some((ahead, _)) if *ahead == first.0 => format!(
                " Not better than {title} even {} ahead.",
                many(*ahead, "row")
            ),
            Some((ahead, _)) => format!(
                " Better than {title} until {} ahead.",
                many(ahead - 1, "row")
            ),
            None => format!(" Better than {title} all the way."),
        };
    }
    words
}
