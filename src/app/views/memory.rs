//! The network's memory beside that of the data: how far back the gradient reaches, how far back the series depends on
//! itself, and how long the window is, all in rows before the target.

use super::{Home, Purpose, Scene, Shared, View, readout_label};
use crate::app::theme::{Palette, SMALL};
use crate::app::widgets::{
    LogSeries, Scale, Sign, Swatch, Term, compact_choice, empty_state, explained, line_of, number,
    plot, significant, swatches, thinned,
};
use crate::baseline::Correlogram;
use crate::nn::Quantity;
use crate::session::{Command, Told};
use crate::train::data_memory::{DataMemory, REACH, Verdict, suits};
use crate::train::{Answer, Question};
use crate::words::counted;
use eframe::egui::{
    Align2, FontId, PopupAnchor, Rect, RichText, Sense, Stroke, Tooltip, Ui, UiBuilder, pos2,
};
use egui_plot::{Bar, BarChart, HLine, LineStyle, MarkerShape, PlotPoints, Points, VLine};

/// The view.
#[derive(Default)]
pub struct Memory {
    target: usize,
    /// What is under the pointer, in numbers.
    told: Option<String>,
    /// Whether there was no room for that beside the title.
    crowded: bool,
}

impl View for Memory {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn title(&self) -> &'static str {
        "Memory on your data"
    }

    fn question(&self) -> &'static str {
        "Is the window longer than the network can use, or shorter than the data need?"
    }

    fn home(&self, layout: Purpose) -> Home {
        match layout {
            Purpose::Explore => Home::Closed("network"),
            Purpose::Cell => Home::Closed("cell"),
            Purpose::Gradients => Home::Behind("gradient_flow"),
            Purpose::Forecast => Home::Behind("prediction"),
            Purpose::Compare => Home::Closed("comparison"),
            Purpose::All => Home::Closed("gradient_flow"),
        }
    }

    fn suits(&self, scene: &Scene<'_>) -> bool {
        suits(scene.snapshot)
    }

    fn tools(&mut self, ui: &mut Ui, scene: &Scene<'_>, _: &mut Shared) {
        let targets = scene.snapshot.material.baselines.as_ref();
        if let Some(baselines) = targets.filter(|baselines| baselines.targets() > 1) {
            let names: Vec<&str> = (0..baselines.targets())
                .map(|target| baselines.target_name(target))
                .collect();
            compact_choice(ui, "Target", &mut self.target, &names);
        }
        if let Some(text) = &self.told {
            self.crowded = !readout_label(ui, text);
            return;
        }
        let palette = Palette::of(ui.visuals());
        let swatch = |color, sign, text, short| Swatch {
            color,
            sign,
            text,
            short,
        };
        let all = [
            swatch(
                palette.quantity(Quantity::H),
                Sign::Line,
                "gradient, probe",
                "gradient",
            ),
            swatch(
                palette.autoregression,
                Sign::Area,
                "partial autocorrelation, grey in the band",
                "partial",
            ),
            swatch(palette.strong_text, Sign::Dot, "autocorrelation", "auto"),
        ];
        swatches(ui, "", &all);
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, _: &mut Shared) -> Vec<Command> {
        let told = scene.session.ask(&Question::DataMemory {
            target: self.target,
        });
        let before = self.told.take();
        let found = match told.answer.as_deref() {
            Some(Answer::DataMemory(found)) => found.as_deref(),
            _ => return Vec::new(),
        };
        let Some(found) = found else {
            empty_state(
                ui,
                "How far back the gradient reaches will appear here, beside how far back the series depends on itself.",
                "That takes a series that is forecast by recurrent layers. Open sunspots from the gallery, or a CSV of your own.",
            );
            return Vec::new();
        };
        sentence(ui, found, &told);
        let area = ui.available_rect_before_wrap();
        // Two pictures over one axis: the gradient needs a logarithmic one, correlations do not.
        let upper = (0.5 * area.height()).max(40.0);
        let lags = drawn_lags(found);
        let pointed = [
            self.gradient(
                ui,
                found,
                Rect::from_min_max(area.min, pos2(area.right(), area.top() + upper - 2.0)),
                lags,
            ),
            self.series(
                ui,
                found,
                Rect::from_min_max(pos2(area.left(), area.top() + upper + 2.0), area.max),
                lags,
            ),
        ];
        if let Some((lag, response)) = pointed.into_iter().flatten().next() {
            self.told = Some(at_lag(found, lag));
            if self.crowded {
                let id = response.id.with("numbers");
                let ctx = ui.ctx().clone();
                let tooltip =
                    Tooltip::always_open(ctx, response.layer_id, id, PopupAnchor::Pointer);
                tooltip.gap(12.0).show(|ui| ui.label(at_lag(found, lag)));
            }
        }
        if self.told != before {
            // The numbers stand beside the title, which was drawn before.
            ui.ctx().request_repaint();
        }
        Vec::new()
    }
}

/// How many rows before the target the pictures go.
fn drawn_lags(found: &DataMemory) -> usize {
    let partial = found
        .partial
        .as_ref()
        .map_or(0, |it| it.values.len().saturating_sub(1));
    let all = found
        .autocorrelation
        .as_ref()
        .map_or(0, |it| it.values.len().saturating_sub(1));
    found
        .first_row()
        .max(partial)
        .max(all.min(found.first_row() + 10))
}

/// What the picture says, in words.
fn words(found: &DataMemory) -> String {
    let window = counted(found.window, "row");
    let (first, reached) = (found.first_row(), found.earliest_reached());
    let used = (reached + 1).saturating_sub(found.horizon);
    let network = match (found.gradient.is_empty(), found.reach) {
        (true, _) => "no gradient comes back for the probe".to_owned(),
        (_, None) => "the gradient reaches all of it".to_owned(),
        (_, Some(_)) => format!(
            "the gradient reaches {} back before it falls below a thousandth",
            counted(used, "row")
        ),
    };
    let data = match (found.last_lag, &found.partial) {
        (Some(0), Some(of)) => format!(
            "none of the {} lags of {} looked at leaves the band",
            of.values.len() - 1,
            found.target
        ),
        (Some(lag), Some(of)) => format!(
            "the last of {} lags of {} to leave the band is {lag}",
            of.values.len() - 1,
            found.target
        ),
        _ => format!(
            "{} is too short or too regular for a partial autocorrelation",
            found.target
        ),
    };
    let (target, lag) = (&found.target, found.last_lag.unwrap_or(0));
    let verdict = match found.verdict() {
        Some(Verdict::TooShort) => format!(
            "The window is too short: {target} depends on rows up to {lag} back, the window begins {first} back."
        ),
        Some(Verdict::OutOfReach) => format!(
            "The network learns from too little of its window: {target} depends on rows up to {lag} back, the gradient reaches {reached} back."
        ),
        Some(Verdict::Longer) => format!(
            "The window is longer than the network learns from, and nothing that it leaves out shows: {target} depends on {}.",
            match lag {
                0 => "no row before".to_owned(),
                lag => format!("rows up to {lag} back"),
            }
        ),
        Some(Verdict::Reached) => format!(
            "The window is long enough and the network learns from all of it: nothing further back shows in {target}."
        ),
        None => String::new(),
    };
    format!("{verdict} In the window of {window}, {network}; {data}.")
        .trim()
        .to_owned()
}

fn sentence(ui: &mut Ui, found: &DataMemory, told: &Told) {
    let mut text = words(found);
    if !told.is_current {
        text = format!("{text} (of update {})", told.update);
    }
    let label = ui.add(eframe::egui::Label::new(
        RichText::new(text)
            .size(SMALL)
            .color(Palette::of(ui.visuals()).text),
    ));
    let truncated = match found.truncate {
        Some(chunk) => {
            format!(" Backpropagation is truncated at {chunk} steps, where the gradient ends.")
        }
        None => String::new(),
    };
    let here = format!(
        "The gradient is the largest of the layers’ ‖∂L/∂h‖ and ‖∂L/∂c‖ at a step, for the probe’s own loss, relative to that at \
         the last step.{truncated} The correlations are of the training part of {}, of several series of the longest. The partial \
         autocorrelation follows from the autocorrelation by the recursion of Durbin and Levinson: at lag 1 they are the same. Where \
         there is nothing, one lag in twenty still leaves the band.",
        found.target
    );
    explained(
        label,
        &here,
        &[Term::GradientReach, Term::PartialAutocorrelation],
    );
}

/// The numbers at so many rows before the target.
fn at_lag(found: &DataMemory, lag: usize) -> String {
    let steps = lag.checked_sub(found.horizon);
    let gradient = steps.and_then(|steps| found.gradient.get(steps));
    let gradient = match gradient {
        Some(&size) => format!("gradient {}", number(size)),
        None => "not in the window".to_owned(),
    };
    let of = |name: &str, all: &Option<Correlogram>| {
        let value = all.as_ref().and_then(|it| it.values.get(lag));
        value.map_or_else(String::new, |value| {
            format!(", {name} {}", significant(*value, 3))
        })
    };
    format!(
        "{} before the target: {gradient}{}{}",
        counted(lag, "row"),
        of("partial autocorrelation", &found.partial),
        of("autocorrelation", &found.autocorrelation)
    )
}

type Pointed = Option<(usize, eframe::egui::Response)>;

impl Memory {
    /// The gradient's size on a logarithmic axis.
    fn gradient(&self, ui: &mut Ui, found: &DataMemory, place: Rect, lags: usize) -> Pointed {
        let palette = Palette::of(ui.visuals());
        let color = palette.quantity(Quantity::H);
        let points = found
            .gradient
            .iter()
            .enumerate()
            .map(|(steps, &size)| ((found.horizon + steps) as f64, size));
        let series = LogSeries::new(points);
        let logs = series.pieces.iter().flatten().map(|point| point[1]);
        let low = logs.fold(REACH.log10() - 0.5, f64::min);
        let ended = series.zeros.first().copied();
        let mut inner = ui.new_child(UiBuilder::new().max_rect(place));
        let pixels = (place.width().max(1.0) * ui.pixels_per_point()) as usize;
        let shown = over_lags(
            &inner,
            "gradient over lags",
            "",
            "gradient, relative",
            Scale::Log,
            place,
            lags,
        )
        .include_y(low)
        .include_y(0.2)
        .show(&mut inner, |plot| {
            let limit = HLine::new("a thousandth", REACH.log10()).color(palette.threshold);
            plot.hline(
                limit
                    .style(LineStyle::dashed_loose())
                    .width(1.0)
                    .allow_hover(false),
            );
            for piece in series.pieces {
                let piece = thinned(piece.into_iter(), 0.0, lags as f64 + 1.0, pixels);
                let line = line_of("gradient", PlotPoints::from(piece)).color(color);
                plot.line(line.width(2.0).allow_hover(false));
            }
            if let Some(steps) = found.reach {
                let line = VLine::new("reach", (found.horizon + steps) as f64 - 0.5);
                plot.vline(
                    line.color(color.gamma_multiply(0.6))
                        .width(1.0)
                        .allow_hover(false),
                );
            }
        });
        self.window(ui, found, &shown.transform);
        let painter = ui.painter_at(*shown.transform.frame());
        let write = |x: f64, y: f64, align, text: &str, color| {
            let at = shown
                .transform
                .position_from_point(&egui_plot::PlotPoint::new(x, y));
            painter.text(at, align, text, FontId::proportional(SMALL), color)
        };
        let reaches = found.reach.map(|steps| {
            let text = format!(" reaches {}", counted(steps, "step"));
            let x = (found.horizon + steps) as f64 - 0.5;
            write(x, 0.1, Align2::LEFT_CENTER, &text, color)
        });
        // The shade's name, at its end; below what stands there already.
        let frame = *shown.transform.frame();
        let end = shown
            .transform
            .position_from_point_x(found.first_row() as f64 + 0.5)
            .min(frame.right());
        let said = format!("window of {}", counted(found.window, "row"));
        let font = FontId::proportional(SMALL);
        let said = painter.layout_no_wrap(said, font, palette.weak_text);
        let at = pos2(end - said.size().x - 6.0, frame.top() + 3.0);
        let place = Rect::from_min_size(at, said.size());
        let below = reaches.filter(|reaches| reaches.expand(4.0).intersects(place));
        let y = below.map_or(at.y, |reaches| reaches.bottom() + 2.0);
        painter.galley(pos2(at.x.max(frame.left()), y), said, palette.weak_text);
        if let Some(lag) = ended {
            write(
                lag,
                low,
                Align2::LEFT_BOTTOM,
                "exactly 0 from here on",
                palette.weak_text,
            );
        }
        pointed(shown, lags)
    }

    /// The series' correlations.
    fn series(&self, ui: &mut Ui, found: &DataMemory, place: Rect, lags: usize) -> Pointed {
        let palette = Palette::of(ui.visuals());
        let mut inner = ui.new_child(UiBuilder::new().max_rect(place));
        let within = |of: &Option<Correlogram>| -> Vec<[f64; 2]> {
            let values = of.iter().flat_map(|it| it.values.iter().enumerate());
            let points = values.skip(1).take(lags);
            points.map(|(lag, &value)| [lag as f64, value]).collect()
        };
        let band = found
            .partial
            .as_ref()
            .or(found.autocorrelation.as_ref())
            .map(|it| it.band);
        let bars = within(&found.partial).into_iter().map(|[lag, value]| {
            let outside = band.is_some_and(|band| value.abs() > band);
            let color = match outside {
                true => palette.autoregression,
                false => palette.naive.gamma_multiply(0.7),
            };
            Bar::new(lag, value)
                .width(0.5)
                .fill(color)
                .stroke(Stroke::NONE)
        });
        let bars: Vec<Bar> = bars.collect();
        let shown = over_lags(
            &inner,
            "correlation over lags",
            "rows before the target",
            "correlation",
            Scale::Linear,
            place,
            lags,
        )
        .include_y(1.0)
        .include_y(-0.4)
        .show(&mut inner, |plot| {
            for band in band.iter().flat_map(|&band| [-band, band]) {
                plot.hline(
                    HLine::new("95 % band", band)
                        .color(palette.threshold)
                        .width(1.0)
                        .allow_hover(false),
                );
            }
            plot.bar_chart(BarChart::new("partial autocorrelation", bars).allow_hover(false));
            // A halo keeps a dot in sight on bars of any colour.
            for (color, radius) in [(palette.background, 4.0), (palette.strong_text, 2.5)] {
                let dots = within(&found.autocorrelation);
                let dots = Points::new("autocorrelation", PlotPoints::from(dots));
                let dots = dots.color(color).radius(radius).shape(MarkerShape::Circle);
                plot.points(dots.allow_hover(false));
            }
        });
        self.window(ui, found, &shown.transform);
        if band.is_some() {
            // In the corner that small correlations at large lags leave free.
            let at = shown.transform.frame().right_top() + eframe::egui::vec2(-6.0, 3.0);
            let painter = ui.painter_at(*shown.transform.frame());
            painter.text(
                at,
                Align2::RIGHT_TOP,
                "chance alone stays between the lines in 19 of 20 lags",
                FontId::proportional(SMALL),
                palette.threshold,
            );
        }
        pointed(shown, lags)
    }

    /// The rows that are read, shaded.
    fn window(&self, ui: &Ui, found: &DataMemory, transform: &egui_plot::PlotTransform) {
        let palette = Palette::of(ui.visuals());
        let frame = *transform.frame();
        let x = |lag: f64| {
            transform
                .position_from_point_x(lag)
                .clamp(frame.left(), frame.right())
        };
        let rows = Rect::from_min_max(
            pos2(x(found.horizon as f64 - 0.5), frame.top()),
            pos2(x(found.first_row() as f64 + 0.5), frame.bottom()),
        );
        let painter = ui.painter_at(frame);
        painter.rect_filled(rows, 0.0, palette.cursor.gamma_multiply(0.06));
        painter.vline(
            rows.right(),
            frame.y_range(),
            Stroke::new(1.0, palette.cursor.gamma_multiply(0.5)),
        );
    }
}

/// A plot over rows before the target, as wide as the other.
fn over_lags<'a>(
    ui: &Ui,
    name: &'a str,
    x: &'a str,
    y: &'a str,
    scale: Scale,
    place: Rect,
    lags: usize,
) -> egui_plot::Plot<'a> {
    plot(ui, name, x, y, scale)
        .id(ui.scope_id().with((name, lags)))
        // Wide enough for the numbers of either, so that both stand over the same rows.
        .y_axis_min_width(64.0)
        .height(place.height().max(40.0))
        .width(place.width())
        .default_x_bounds(0.0, lags as f64 + 0.5)
        .show_crosshair(false)
        .allow_drag(false)
        .sense(Sense::hover())
}

/// The row before the target under the pointer.
fn pointed<R>(shown: egui_plot::PlotResponse<R>, lags: usize) -> Pointed {
    let at = shown.response.hover_pos()?;
    let lag = shown.transform.value_from_position(at).x.round();
    (lag >= 1.0 && lag <= lags as f64).then_some((lag as usize, shown.response))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_says_what_the_numbers_say() {
        let of = |reach, last_lag| DataMemory {
            target: "spots".into(),
            window: 22,
            horizon: 1,
            gradient: vec![1.0; 22],
            reach,
            truncate: None,
            autocorrelation: None,
            partial: Some(Correlogram {
                values: vec![1.0; 21],
                band: 0.1,
                observations: 250,
            }),
            last_lag: Some(last_lag),
        };
        assert_eq!(
            words(&of(Some(13), 9)),
            "The window is longer than the network learns from, and nothing that it leaves out shows: spots depends on rows up to 9 \
             back. In the window of 22 rows, the gradient reaches 13 rows back before it falls below a thousandth; the last of 20 lags \
             of spots to leave the band is 9."
        );
        assert!(words(&of(None, 25)).starts_with(
            "The window is too short: spots depends on rows up to 25 back, the window begins 22 back."
        ));
        assert!(words(&of(Some(3), 9)).starts_with(
            "The network learns from too little of its window: spots depends on rows up to 9 back, the gradient reaches 3 back."
        ));
        assert!(
            words(&of(None, 0))
                .ends_with("none of the 20 lags of spots looked at leaves the band.")
        );
    }
}
