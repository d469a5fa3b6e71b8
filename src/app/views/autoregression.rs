//! What one chooses an autoregression's lags by, and what the chosen one is like: partial autocorrelations, the criteria of
//! every order, and the roots against the unit circle.
//!
//! A bar outside the band of partial autocorrelations is a lag that says something which shorter lags do not. The inverse
//! roots of a stationary model lie inside the unit circle; a pair off the axis is a rhythm, whose period its angle tells.

use super::{Home, Purpose, Scene, Shared, View};
use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{
    Key, Scale, Term, caption, compact_choice, empty_state, explained, has_room, line_of, number,
    plot, plot_key, significant,
};
use crate::baseline::{Autoregression as RecurrentModel, Criterion, OrderTable, Root, lags};
use crate::experiment::{Baselines, Lags, Setting, Study};
use crate::session::Command;
use crate::words::many;
use eframe::egui::{Align, Label, Layout, RichText, Sense, Stroke, Ui, vec2};
use egui_plot::{Bar, BarChart, HLine, MarkerShape, PlotPoints, Points, VLine};

/// The autoregression that a network is held against.
#[derive(Default)]
pub struct Autoregression {
    target: usize,
}

impl View for Autoregression {
    fn name(&self) -> &'static str {
        "autoregression"
    }

    fn title(&self) -> &'static str {
        "AR(p)"
    }

    fn question(&self) -> &'static str {
        "Which lags should an autoregression read, and what is the chosen one like?"
    }

    fn home(&self, layout: Purpose) -> Home {
        match layout {
            Purpose::Explore => Home::Closed("prediction"),
            Purpose::Cell => Home::Closed("number"),
            Purpose::Gradients => Home::Closed("training"),
            Purpose::Forecast => Home::Behind("data"),
            Purpose::Compare => Home::Closed("comparison"),
            Purpose::All => Home::Behind("gates"),
        }
    }

    fn suits(&self, scene: &Scene<'_>) -> bool {
        scene.snapshot.material.baselines.is_some()
    }

    fn tools(&mut self, ui: &mut Ui, scene: &Scene<'_>, _: &mut Shared) {
        let Some(baselines) = &scene.snapshot.material.baselines else {
            return;
        };
        if baselines.targets() > 1 {
            let outlook = scene.snapshot.material.source.as_ref();
            let outlook = outlook.and_then(|source| source.outlook.as_ref());
            let names: Vec<&str> = outlook
                .iter()
                .flat_map(|outlook| outlook.targets.iter().map(String::as_str))
                .collect();
            compact_choice(ui, "Target", &mut self.target, &names);
        }
        let palette = Palette::of(ui.visuals());
        if let Some(fitted) = baselines.autoregression(self.target) {
            let text = RichText::new(fitted.title()).size(SMALL);
            let label = ui.label(text.color(palette.autoregression));
            let here = "Fitted on the rows before the first test target";
            explained(label, here, &[Term::Ar]);
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, _: &mut Shared) -> Vec<Command> {
        let mut commands = Vec::new();
        let baselines = scene.snapshot.material.baselines.as_ref();
        let study = baselines.and_then(|baselines| {
            self.target = self.target.min(baselines.targets().saturating_sub(1));
            Some((baselines, baselines.studies.get(self.target)?))
        });
        let Some((baselines, study)) = study else {
            empty_state(
                ui,
                "No series is forecast here",
                "An autoregression is a baseline for forecasts. Open sunspots from the gallery, or a CSV of your own.",
            );
            return commands;
        };
        let asked = &scene.session.experiment().baseline;
        // The text of another experiment, which is being opened, says nothing of the one on show.
        let behind = scene.session.loading().is_none() && asked != baselines.spec();
        caption(ui, &in_force(baselines, self.target, behind));
        let orders = study.orders.as_ref();
        let chosen = match &baselines.spec().lags {
            Lags::UpTo(order) => Some(*order),
            Lags::Chosen(criterion) => orders.ok().map(|orders| orders.best(*criterion)),
            Lags::These(_) | Lags::Off => None,
        };
        let (width, height) = (ui.available_width(), ui.available_height());
        let third = ((width - 24.0) / 3.0).max(0.0);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            let column = |ui: &mut Ui, title: &str, term: Term, draw: &mut dyn FnMut(&mut Ui)| {
                ui.allocate_ui_with_layout(
                    vec2(third, height),
                    Layout::top_down(Align::Min),
                    |ui| {
                        let palette = Palette::of(ui.visuals());
                        let title = RichText::new(title).size(SMALL).color(palette.weak_text);
                        explained(ui.label(title), "", &[term]);
                        ui.spacing_mut().item_spacing.y = 0.0;
                        draw(ui);
                    },
                );
            };
            column(
                ui,
                "Partial autocorrelation, and its 95 % band",
                Term::PartialAutocorrelation,
                &mut |ui| {
                    if let Some(order) = partial(ui, study, chosen) {
                        commands.push(Command::Set {
                            path: "baseline.ar".into(),
                            value: Setting::Whole(order as i64),
                        });
                    }
                },
            );
            column(
                ui,
                "Criteria by order: the least is best",
                Term::Criterion,
                &mut |ui| match orders {
                    Ok(orders) => criteria(ui, orders, chosen),
                    Err(error) => {
                        caption(ui, &format!("No order can be chosen: {error}"));
                    }
                },
            );
            let title = "Inverse roots and the unit circle";
            column(ui, title, Term::UnitCircle, &mut |ui| {
                if let Some(roots) = &study.roots {
                    circle(ui, roots);
                }
            });
        });
        commands
    }
}

/// Which autoregression there is, or why there is none; `behind` says that another has been asked for.
fn in_force(baselines: &Baselines, target: usize, behind: bool) -> String {
    let choice = match &baselines.spec().lags {
        Lags::Chosen(criterion) => format!(", chosen by {}", criterion.title()),
        Lags::UpTo(_) | Lags::These(_) | Lags::Off => String::new(),
    };
    let lags = |model: &RecurrentModel| match &model.lags[..] {
        [] => "no lags, the mean alone".to_owned(),
        [lag] => format!("lag {lag}"),
        // What is written to be read back has a hyphen for the dash.
        lags => format!("lags {}", lags::written(lags).replace('-', "–")),
    };
    let fitted = match baselines.autoregression(target) {
        Some(model) => format!("{} · {}{choice}", model.method.title(), lags(model)),
        None if baselines.spec().lags == Lags::Off => "The autoregression is off".to_owned(),
        None => baselines.notices.join(" "),
    };
    if behind {
        format!("{fitted} · another is being fitted")
    } else {
        fitted
    }
}

/// The partial autocorrelations; a click gives the order chosen.
fn partial(ui: &mut Ui, study: &Study, chosen: Option<usize>) -> Option<usize> {
    let palette = Palette::of(ui.visuals());
    let partial = study.partial.as_ref()?;
    let bars = partial
        .values
        .iter()
        .enumerate()
        .skip(1)
        .map(|(lag, &value)| {
            let outside = value.abs() > partial.band;
            let color = if outside {
                palette.autoregression
            } else {
                palette.naive
            };
            Bar::new(lag as f64, value)
                .width(0.5)
                .fill(color)
                .stroke(Stroke::NONE)
                .name(format!("lag {lag}"))
        });
    let bars: Vec<Bar> = bars.collect();
    let last = partial.values.len().saturating_sub(1);
    above_plot(ui, |ui| {
        caption(ui, "by least squares; a click on a lag takes the order");
    });
    let response = plot(
        ui,
        "partial autocorrelation",
        "lag (rows)",
        "",
        Scale::Linear,
    )
    .height(ui.available_height().max(60.0))
    .width(ui.available_width())
    .include_x(0.0)
    .include_x(last as f64 + 0.5)
    .show_crosshair(false)
    .allow_drag(false)
    .sense(Sense::click())
    .show(ui, |ui| {
        for band in [-partial.band, partial.band] {
            ui.hline(
                HLine::new("95 % band", band)
                    .color(palette.threshold)
                    .width(1.0),
            );
        }
        if let Some(order) = chosen {
            let line = VLine::new("order", order as f64 + 0.5);
            ui.vline(line.color(palette.cursor.gamma_multiply(0.6)).width(1.0));
        }
        ui.bar_chart(BarChart::new("partial autocorrelation", bars));
    });
    let pointed = response.response.interact_pointer_pos();
    let at = pointed.filter(|_| response.response.clicked())?;
    let lag = response.transform.value_from_position(at).x.round();
    (lag >= 1.0 && lag <= last as f64).then_some(lag as usize)
}

/// How far above the least a criterion is seen at first.
const SEEN: f64 = 40.0;

/// How high the criteria are seen at first: half of all orders have room at least.
fn seen(points: &[[f64; 2]]) -> f64 {
    let mut heights: Vec<f64> = points.iter().map(|point| point[1]).collect();
    heights.sort_unstable_by(f64::total_cmp);
    let middle = heights.get(heights.len() / 2).copied();
    middle.map_or(SEEN, |middle| middle.ceil().max(SEEN))
}

/// What is said of values that are not seen at first.
fn beyond(points: &[[f64; 2]]) -> Option<String> {
    let highest = points.iter().map(|point| point[1]).fold(0.0, f64::max);
    let seen = seen(points);
    (highest > seen).then(|| {
        format!(
            "cut at {} of {}",
            significant(seen, 3),
            significant(highest, 3)
        )
    })
}

/// A line of a height that all three plots have above them, so that they begin at the same one.
fn above_plot(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let size = vec2(ui.available_width(), 2.5 * GRID);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_size(size);
        ui.spacing_mut().interact_size.y = size.y;
        content(ui);
    });
}

/// AIC and BIC of every order, each less its least value.
fn criteria(ui: &mut Ui, orders: &OrderTable, chosen: Option<usize>) {
    let palette = Palette::of(ui.visuals());
    let line = |criterion: Criterion| -> Vec<[f64; 2]> {
        let above = orders.above_least(criterion);
        let points = orders.rows.iter().zip(above);
        points
            .map(|(row, above)| [row.order as f64, above])
            .filter(|point| point[1].is_finite())
            .collect()
    };
    if orders.rows.is_empty() {
        return;
    }
    let lines = [
        (Criterion::Aic, palette.autoregression),
        (Criterion::Bic, palette.seasonal),
    ];
    let mut keys: Vec<Key<'_>> = lines
        .iter()
        .map(|&(criterion, color)| Key {
            name: criterion.title(),
            color,
            term: Term::Criterion,
        })
        .collect();
    if chosen.is_some() {
        keys.push(Key {
            name: "order",
            color: palette.cursor.gamma_multiply(0.6),
            term: Term::Ar,
        });
    }
    let points: Vec<[f64; 2]> = lines
        .iter()
        .flat_map(|&(criterion, _)| line(criterion))
        .collect();
    let beyond = beyond(&points);
    above_plot(ui, |ui| {
        plot_key(ui, &keys);
        if let Some(said) = beyond.filter(|said| has_room(ui, said, 0.0)) {
            caption(ui, &said);
        }
    });
    plot(ui, "criteria", "order p", "above the least", Scale::Linear)
        .height(ui.available_height().max(60.0))
        .width(ui.available_width())
        // Order 0 and 1 are often far above all others.
        .default_y_bounds(0.0, seen(&points))
        // The numbers of both axes would meet in the corner.
        .default_x_bounds(-0.5, orders.rows.len() as f64)
        .show_crosshair(false)
        .show(ui, |ui| {
            if let Some(order) = chosen {
                let line = VLine::new("order", order as f64);
                ui.vline(line.color(palette.cursor.gamma_multiply(0.6)).width(1.0));
            }
            for (criterion, color) in lines {
                let points = PlotPoints::from(line(criterion));
                ui.line(line_of(criterion.title(), points).color(color).width(1.5));
            }
        });
}

/// How much of a rhythm is left after a row, with as many digits as tell it from 1.
fn fading(root: &Root) -> String {
    let left = 1.0 / root.modulus();
    let digits = (3..=9).find(|&digits| significant(left, digits) != "1");
    match digits.filter(|_| left < 1.0) {
        Some(digits) => format!("× {} a row", significant(left, digits)),
        None => "which stays".to_owned(),
    }
}

/// The inverse roots in the unit circle.
fn circle(ui: &mut Ui, roots: &[Root]) {
    let palette = Palette::of(ui.visuals());
    let around = (0..=120).map(|step| {
        let angle = f64::from(step) / 120.0 * std::f64::consts::TAU;
        [angle.cos(), angle.sin()]
    });
    let around: Vec<[f64; 2]> = around.collect();
    let inverse: Vec<Root> = roots.iter().map(|root| root.inverse()).collect();
    let split = |outside: bool| -> Vec<[f64; 2]> {
        inverse
            .iter()
            .filter(|root| (root.modulus() >= 1.0) == outside)
            .map(|root| [root.re, root.im])
            .collect()
    };
    // The slowest rhythm to fade.
    let rhythm = roots
        .iter()
        .filter(|root| root.period().is_some())
        .min_by(|a, b| a.modulus().total_cmp(&b.modulus()));
    let outside = split(true).len();
    above_plot(ui, |ui| {
        if outside > 0 {
            let text = format!(
                "{} on the circle or outside: not stationary",
                many(outside, "root")
            );
            ui.label(RichText::new(text).size(SMALL).color(palette.error));
        }
        if let Some((root, period)) = rhythm.and_then(|root| Some((root, root.period()?))) {
            let text = format!(
                "slowest to fade: every {} rows, {}",
                number(period),
                fading(root)
            );
            ui.add(Label::new(RichText::new(text).size(SMALL).color(palette.text)).truncate());
        }
    });
    plot(ui, "roots", "real part", "imaginary part", Scale::Linear)
        .height(ui.available_height().max(60.0))
        .width(ui.available_width())
        .data_aspect(1.0)
        .show_crosshair(false)
        .show(ui, |ui| {
            ui.line(
                line_of("unit circle", PlotPoints::from(around))
                    .color(palette.threshold)
                    .width(1.0),
            );
            for (name, outside, color) in [
                ("inverse root", false, palette.autoregression),
                (
                    "inverse root on the circle or outside: not stationary",
                    true,
                    palette.error,
                ),
            ] {
                ui.points(
                    Points::new(name, PlotPoints::from(split(outside)))
                        .color(color)
                        .radius(3.5)
                        .shape(MarkerShape::Circle),
                );
            }
        });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_off_is_said_to_be() {
        assert_eq!(beyond(&[[0.0, 12.0], [1.0, 40.0]]), None);
        let steep = [[0.0, 812.4], [1.0, 40.0], [2.0, 3.0]];
        assert_eq!(beyond(&steep).as_deref(), Some("cut at 40 of 812"));
        // Where most are far above the least, they are what is looked at.
        let far = [[0.0, 812.4], [1.0, 240.0], [2.0, 230.5], [3.0, 0.0]];
        assert_eq!(beyond(&far).as_deref(), Some("cut at 240 of 812"));
    }

    #[test]
    fn what_hardly_fades_is_told_from_what_stays() {
        let root = |modulus: f64| Root {
            re: modulus,
            im: 0.0,
        };
        assert_eq!(fading(&root(1.25)), "× 0.8 a row");
        assert_eq!(fading(&root(1.000_02)), "× 0.99998 a row");
        assert_eq!(fading(&root(1.0)), "which stays");
        assert_eq!(fading(&root(0.9)), "which stays");
    }
}
