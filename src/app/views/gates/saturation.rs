//! How many units are at an end of a quantity's range, step by step.

use super::chart::Chart;
use super::{Pointed, Row};
use crate::app::theme::{Palette, SMALL};
use crate::app::widgets::{HeatMapKind, KeysResponse, Sign, Swatch, significant};
use crate::train::question::SaturationByStep;
use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align2, Color32, FontId, Rect, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2,
};
use std::ops::Range;

/// The colours of the lower and of the upper end: those of a heat map around zero.
fn colors(palette: &Palette) -> [Color32; 2] {
    [-1.0, 1.0].map(|end| HeatMapKind::Signed { max_abs: 1.0 }.color(end, palette.dark))
}

/// What the legend says.
pub(super) fn legend(palette: &Palette, is_rectifier: bool) -> Vec<Swatch<'static>> {
    let [low, high] = colors(palette);
    let swatch = |color, text, short| Swatch {
        color,
        sign: Sign::Area,
        text,
        short,
    };
    match is_rectifier {
        true => vec![
            swatch(low, "0: no gradient passes", "off"),
            Swatch {
                sign: Sign::Line,
                ..swatch(palette.error, "dead: 0 at every step", "dead")
            },
        ],
        false => vec![
            swatch(high, "up: near the upper end", "upper end"),
            swatch(low, "down: near the lower end", "lower end"),
        ],
    }
}

/// What is said of a step in numbers; `None` of one that there is not.
pub(super) fn said(row: &Row<'_>, of: &SaturationByStep, t: usize) -> Option<String> {
    let (at, units) = (row.at(t), row.values.ncols());
    let count = |shares: &[f64]| {
        let share = shares.get(t)?;
        Some((share * units as f64).round() as usize)
    };
    Some(match of {
        SaturationByStep::Squashed {
            below,
            above,
            low,
            high,
        } => format!(
            "{at}: of {units} units {} above {}, {} below {}",
            count(high)?,
            significant(*above, 3),
            count(low)?,
            significant(*below, 3),
        ),
        SaturationByStep::Rectified { off, dead } => {
            let dead = match is_read(row) {
                true => dead_units(dead),
                false => String::new(),
            };
            format!("{at}: {} of {units} units are 0   {dead}", count(off)?)
        }
    })
}

/// Whether the whole sequence has been read: before, nobody knows which units never come on.
fn is_read(row: &Row<'_>) -> bool {
    row.revealed.len() >= row.values.nrows()
}

/// Which units are dead, as a sentence without its stop: the first few by their numbers.
fn dead_units(dead: &[usize]) -> String {
    const NAMED: usize = 6;
    let named: Vec<String> = dead.iter().take(NAMED).map(usize::to_string).collect();
    let more = match dead.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    match dead {
        [] => "no unit is dead: each is above 0 at some step".to_owned(),
        [one] => format!("unit {one} is dead: 0 at every step"),
        _ => format!("units {}{more} are dead: 0 at every step", named.join(", ")),
    }
}

/// What is written in the margin: where the ends begin, and how much the height is.
pub(super) fn numbers(of: Option<&SaturationByStep>) -> [String; 3] {
    match of {
        Some(SaturationByStep::Squashed { below, above, .. }) => [
            format!("> {}  100 %", significant(*above, 3)),
            "0".to_owned(),
            format!("< {}  100 %", significant(*below, 3)),
        ],
        Some(SaturationByStep::Rectified { .. }) => {
            ["= 0  100 %".to_owned(), String::new(), "0 %".to_owned()]
        }
        None => Default::default(),
    }
}

/// Draws the shares; what has no ends has words instead, once that is known.
pub(super) fn show(
    ui: &Ui,
    row: &Row<'_>,
    chart: &Chart<'_>,
    of: Option<&SaturationByStep>,
    is_known: bool,
) -> Pointed {
    let cells = chart.cells();
    let id = ui.scope_id().with(("saturation", row.quantity));
    let response = ui.interact(cells, id, Sense::CLICK);
    let hovered = response.hover_pos().and_then(|at| {
        let t = chart.axis.time_at(at.x)?;
        row.revealed.contains(&t).then_some((t, None))
    });
    response.widget_info(|| {
        let now = row.cursor.filter(|t| row.revealed.contains(t));
        let text = of.zip(now).and_then(|(of, t)| said(row, of, t));
        let text = text.unwrap_or_else(|| format!("{}: saturation", chart.names[1]));
        WidgetInfo::labeled(Role::Image, true, text)
    });
    if ui.is_rect_visible(row.rect) {
        chart.paint_ground(ui);
        match of {
            Some(of) => paint(ui, row, chart, of),
            None if is_known => {
                let why = "made of other quantities: it has no ends of its own";
                write(ui, chart, Align2::CENTER_CENTER, why);
            }
            None => {}
        }
        chart.paint_marks(ui, false);
    }
    Pointed {
        response,
        hovered,
        keys: KeysResponse::default(),
    }
}

fn paint(ui: &Ui, row: &Row<'_>, chart: &Chart<'_>, of: &SaturationByStep) {
    let palette = Palette::of(ui.visuals());
    let painter = ui.painter_at(chart.cells());
    let [low_color, high_color] = colors(&palette);
    let plot = chart.plot();
    let middle = plot.center().y;
    let bars = |shares: &[f64], from: f32, to: f32, color: Color32| {
        for together in chart.drawn(ui) {
            let Some(share) = most(shares, together.clone()) else {
                continue;
            };
            let [first, last] = [together.start, together.end - 1].map(|t| chart.axis.column(t));
            let gap = if first.span() >= 6.0 { 0.5 } else { 0.0 };
            let end = from + (to - from) * share as f32;
            let bar = Rect::from_two_pos(pos2(first.min + gap, from), pos2(last.max - gap, end));
            painter.rect_filled(bar, 0.0, color);
        }
    };
    match of {
        SaturationByStep::Squashed { low, high, .. } => {
            bars(high, middle, plot.top(), high_color);
            bars(low, middle, plot.bottom(), low_color);
        }
        SaturationByStep::Rectified { off, dead } => {
            bars(off, plot.bottom(), plot.top(), low_color);
            let units = row.values.ncols().max(1);
            if !dead.is_empty() && is_read(row) {
                let y = plot.bottom() - plot.height() * dead.len() as f32 / units as f32;
                let ends = [pos2(plot.left(), y), pos2(plot.right(), y)];
                let stroke = Stroke::new(1.5, palette.error);
                painter.extend(Shape::dashed_line(&ends, stroke, 6.0, 4.0));
            }
            if is_read(row) {
                write(ui, chart, Align2::LEFT_TOP, &dead_units(dead));
            }
        }
    }
}

/// The largest share of some steps, which stands for all of them where they share a pixel; `None` where all are 0.
fn most(shares: &[f64], together: Range<usize>) -> Option<f64> {
    let shares = shares.get(together)?.iter().copied();
    shares.reduce(f64::max).filter(|&share| share > 0.0)
}

/// Words in the chart, on a ground of their own.
fn write(ui: &Ui, chart: &Chart<'_>, align: Align2, text: &str) {
    let palette = Palette::of(ui.visuals());
    let cells = chart.cells();
    let painter = ui.painter_at(cells);
    let font = FontId::proportional(SMALL);
    let galley = painter.layout_no_wrap(text.to_owned(), font, palette.text);
    let place = align.align_size_within_rect(galley.size(), cells.shrink2(vec2(8.0, 4.0)));
    let ground = palette.background.gamma_multiply(0.85);
    painter.rect_filled(place.expand2(vec2(4.0, 1.0)), 3.0, ground);
    painter.galley(place.min, galley, palette.text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_at_which_units_stand_at_an_end_is_seen_among_those_that_share_its_pixel() {
        let mut shares = vec![0.0; 10_000];
        shares[4_321] = 0.75;
        let bars = (0..10_000).step_by(8).map(|t| most(&shares, t..t + 8));
        let seen: Vec<f64> = bars.flatten().collect();
        assert_eq!(seen, [0.75]);
        assert_eq!(most(&shares, 9_996..10_004), None, "past the end");
        assert_eq!(most(&shares, 0..8), None);
    }
}
