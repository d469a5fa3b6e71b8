//! An axis of dates: positions are seconds since 1970, marks stand at the beginnings of years, months, days or hours.

use super::number;
use super::plot_style::{Scale, plot};
use crate::app::theme::{Palette, SMALL};
use crate::data::time::Step;
use eframe::egui::{FontId, RichText, Ui};
use egui_plot::{AxisHints, GridInput, GridMark, HoverPosition, Plot};

/// What to write at a position that is a date; `None` where positions are numbers.
pub type Dates<'a> = &'a dyn Fn(f64) -> Option<String>;

/// Room for a date below an axis, in points.
const ROOM: f64 = 84.0;

const HOUR: f64 = 3_600.0;
const DAY: f64 = 24.0 * HOUR;
/// The mean length of a month.
const MONTH: f64 = 30.436_875 * DAY;

/// A plot over the times of a data set, dates or numbers, with named axes.
pub fn over_time<'a>(
    ui: &Ui,
    id_salt: &'a str,
    x_name: &'a str,
    y_name: &'a str,
    dates: Dates<'a>,
) -> Plot<'a> {
    let base = plot(ui, id_salt, x_name, y_name, Scale::Linear);
    if dates(0.0).is_none() {
        return base;
    }
    let palette = Palette::of(ui.visuals());
    let x = AxisHints::new_x()
        .tick_label_font(FontId::proportional(SMALL))
        .tick_label_color(palette.weak_text)
        .label(RichText::new(x_name).size(SMALL).color(palette.weak_text))
        .formatter(move |mark, _| short(&dates(mark.value).unwrap_or_default(), mark.step_size));
    base.custom_x_axes(vec![x])
        .x_grid_spacer(|input| marks(&input))
        .label_formatter(move |position| match position {
            HoverPosition::NearDataPoint {
                plot_name,
                position,
                ..
            } => {
                let (x, y) = (dates(position.x).unwrap_or_default(), number(position.y));
                let name = match plot_name.is_empty() {
                    true => String::new(),
                    false => format!("{plot_name}\n"),
                };
                Some(format!("{name}{x}\n{y}"))
            }
            HoverPosition::Elsewhere { .. } => None,
        })
}

/// A date without what the marks' distance makes superfluous: years need no months.
fn short(date: &str, step: f64) -> String {
    let shown = if step > 11.0 * MONTH {
        4
    } else if step > 27.0 * DAY && date.as_bytes().get(4) == Some(&b'-') {
        7
    } else {
        date.len()
    };
    date.get(..shown).unwrap_or(date).to_owned()
}

/// Marks at the beginnings of years, months, days or hours, as far apart as labels need.
fn marks(input: &GridInput) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    // egui_plot's recommended step is eight points wide.
    let wanted = input.base_step_size * ROOM / 8.0;
    if !(low.is_finite() && high.is_finite() && wanted > 0.0) || high <= low {
        return Vec::new();
    }
    const MONTHS: [u32; 12] = [1, 3, 6, 12, 24, 60, 120, 240, 600, 1_200, 6_000, 12_000];
    const SECONDS: [f64; 9] = [
        1.0,
        60.0,
        600.0,
        HOUR,
        6.0 * HOUR,
        DAY,
        2.0 * DAY,
        7.0 * DAY,
        14.0 * DAY,
    ];
    if let Some(&step) = SECONDS.iter().find(|&&step| step >= wanted) {
        let mark = |count: i64| GridMark {
            value: count as f64 * step,
            step_size: step,
        };
        return ((low / step).ceil() as i64..=(high / step).floor() as i64)
            .map(mark)
            .collect();
    }
    let months = MONTHS
        .into_iter()
        .find(|&months| f64::from(months) * MONTH >= wanted)
        .unwrap_or(12_000);
    // Counted from the beginning of year 0, so that decades begin where they should.
    const YEAR_0: f64 = -62_167_219_200.0;
    let step = Step::Months {
        count: months,
        at_end: false,
    };
    let size = f64::from(months) * MONTH;
    let first = ((low - YEAR_0) / size - 1.0).max(0.0) as usize;
    let last = ((high - YEAR_0) / size + 1.0).max(0.0) as usize;
    (first..=last.min(first + 1_000))
        .map(|count| step.after(YEAR_0, count))
        .filter(|value| (low..=high).contains(value))
        .map(|value| GridMark {
            value,
            step_size: size,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::time::{Precision, text};

    fn written(from: f64, to: f64, points: f64) -> Vec<String> {
        let input = GridInput {
            bounds: (from, to),
            base_step_size: (to - from) / points * 8.0,
        };
        let marks = marks(&input);
        let label = |mark: &GridMark| short(&text(mark.value, Precision::Day), mark.step_size);
        marks.iter().map(label).collect()
    }

    #[test]
    fn marks_stand_at_the_beginnings_of_decades_years_months_and_days() {
        // 1958-03-29 and 2001-12-29: the weekly CO2 of Mauna Loa.
        let (first, last) = (-371_088_000.0, 1_009_584_000.0);
        assert_eq!(
            written(first, last, 500.0),
            ["1960", "1970", "1980", "1990", "2000"]
        );
        let year = 31_536_000.0;
        assert_eq!(written(0.0, 2.0 * year, 300.0), ["1970", "1971", "1972"]);
        let months = written(0.0, 0.5 * year, 600.0);
        assert_eq!(months[..3], ["1970-01", "1970-02", "1970-03"]);
        assert_eq!(written(0.0, 3.0 * DAY, 300.0).len(), 4);
    }
}
