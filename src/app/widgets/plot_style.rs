//! Plots in the window's look: small quiet numbers, hairline grid, no box.

use eframe::egui::{Color32, FontId, RichText, Sense, Stroke, Ui, Vec2, Vec2b, vec2};
use egui_plot::{AxisHints, HoverPosition, Line, Plot, PlotPoints, PlotUi};

use super::controls::{has_room, small_width};
use super::log_axis::{
    axis_label, grid_marks, hover_label, linear_axis_label, round_marks, whole_marks,
};
use super::number;
use super::terms::{Term, explained};
use super::time_axis::TimeAxis;
use crate::app::theme::{Palette, SMALL};

/// Labels closer than the first distance are left out, fully drawn from the second on, in points.
const LABEL_SPACING: std::ops::RangeInclusive<f32> = 15.0..=22.0;

/// How the y axis of a plot reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// y is the value.
    Linear,
    /// y is log₁₀ of the value (see [`super::LogSeries`]) and the axis reads as the value.
    Log,
}

/// A line of a plot's key.
pub struct Key<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its colour.
    pub color: Color32,
    /// What it stands for.
    pub term: Term,
}

/// What the lines of a plot are, above it, where they hide none of it: as many as have room.
pub fn plot_key(ui: &mut Ui, lines: &[Key<'_>]) {
    let palette = Palette::of(ui.visuals());
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.add_space(8.0);
        for Key { name, color, term } in lines {
            // Half a name tells nothing.
            if !has_room(ui, name, 20.0) {
                break;
            }
            let (rect, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
            ui.painter()
                .hline(rect.x_range(), rect.center().y, Stroke::new(2.0, *color));
            let label = ui.label(RichText::new(*name).size(SMALL).color(palette.weak_text));
            explained(label, "", &[*term]);
            ui.add_space(4.0);
        }
    });
}

/// A line through points, and through nothing else.
///
/// Where points lie closer than pixels, the plot would draw the area that the line covers instead, whose soft edges reach far
/// beyond the points at the tips of a jagged line: a norm that was clipped at 1 stood at 1.4. Who has more points than pixels
/// thins them out ([`super::thinned`]).
pub fn line_of<'a>(name: impl Into<String>, points: impl Into<PlotPoints<'a>>) -> Line<'a> {
    Line::new(name, points).allow_band(false)
}

/// A plot with named axes; names carry their unit, such as "update" or "loss (squared error)".
///
/// The wheel scrolls the page, not the plot; dragging and double click move and reset it.
pub fn plot<'a>(
    ui: &Ui,
    id_salt: &'a str,
    x_name: &'a str,
    y_name: &'a str,
    scale: Scale,
) -> Plot<'a> {
    let palette = Palette::of(ui.visuals());
    let hints = |axis: AxisHints<'a>, name: &str| {
        let axis = axis
            .tick_label_font(FontId::proportional(SMALL))
            .tick_label_color(palette.weak_text)
            .label_spacing(LABEL_SPACING);
        if name.is_empty() {
            axis
        } else {
            axis.label(RichText::new(name).size(SMALL).color(palette.weak_text))
        }
    };
    let x = hints(AxisHints::new_x(), x_name).formatter(|mark, _| linear_axis_label(mark));
    let y = hints(AxisHints::new_y(), y_name);
    let base = Plot::new(id_salt)
        .grid_color(palette.hairline)
        .grid_fade(0.25)
        .cursor_color(palette.weak_text.gamma_multiply(0.5))
        .show_background(false)
        .allow_scroll(false)
        .allow_zoom(false)
        .x_grid_spacer(|input| round_marks(&input, 64.0))
        .custom_x_axes(vec![x]);
    match scale {
        Scale::Log => base
            .custom_y_axes(vec![y.formatter(axis_label)])
            .y_grid_spacer(grid_marks)
            .label_formatter(move |position| hover_label(position, x_name)),
        Scale::Linear => base
            .custom_y_axes(vec![y.formatter(|mark, _| linear_axis_label(mark))])
            .y_grid_spacer(|input| round_marks(&input, 32.0))
            .label_formatter(move |position| linear_label(position, x_name)),
    }
}

/// Values that differ by a smaller share than this are drawn at nearly one height: what is between them is no more than noise.
const LEAST_SHARE: f64 = 0.05;

/// Gives the y axis a span where the `heights` that are drawn are all alike or nearly so: an axis over a single value would be as
/// long as the other one is, by chance. On a logarithmic axis heights are logarithms.
pub fn with_least_span<'a>(
    plot: Plot<'a>,
    heights: impl Iterator<Item = f64>,
    scale: Scale,
) -> Plot<'a> {
    let ends = least_span(heights, scale);
    (ends.into_iter().flatten()).fold(plot, Plot::include_y)
}

/// The ends of such a span; `None` where the heights have one of their own.
fn least_span(heights: impl Iterator<Item = f64>, scale: Scale) -> Option<[f64; 2]> {
    let finite = heights.filter(|height| height.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), height| {
        (low.min(height), high.max(height))
    });
    if low > high {
        return None;
    }
    let least = match scale {
        Scale::Log => (1.0 + LEAST_SHARE).log10(),
        Scale::Linear => match low.abs().max(high.abs()) {
            0.0 => 1.0,
            largest => LEAST_SHARE * largest,
        },
    };
    let middle = low + 0.5 * (high - low);
    (high - low < least).then_some([middle - 0.5 * least, middle + 0.5 * least])
}

/// Lets the x axis count from 0 on: there is nothing between two updates, and never less than one of them is in sight.
pub fn over_updates(plot: Plot<'_>) -> Plot<'_> {
    plot.include_x(0.0)
        .include_x(1.0)
        .x_grid_spacer(|input| whole_marks(&input, 64.0))
}

/// The name of an axis, shortened to what stands beside an axis of this length in points: cut letters read as another name.
pub fn axis_name(ui: &Ui, name: &str, length: f32) -> String {
    let width = |text: &str| small_width(ui, text);
    if width(name) <= length {
        return name.to_owned();
    }
    let letters: Vec<char> = name.chars().collect();
    let shortened = (1..letters.len()).rev().map(|count| {
        let kept: String = letters[..count].iter().collect();
        format!("{}…", kept.trim_end())
    });
    let mut shortened = shortened.filter(|text| width(text) <= length);
    // Two letters say no more than none.
    shortened
        .next()
        .filter(|text| text.chars().count() > 3)
        .unwrap_or_default()
}

/// The same of a name with words before it and after it, which are kept: the name between them is shortened. Where there is no room
/// even for the words, the last of them stand alone.
pub fn axis_name_between(ui: &Ui, [before, name, after]: [&str; 3], length: f32) -> String {
    let fits = |text: &String| small_width(ui, text) <= length;
    let whole = format!("{before}{name}{after}");
    if fits(&whole) {
        return whole;
    }
    let letters: Vec<char> = name.chars().collect();
    let mut shortened = (3..letters.len()).rev().map(|count| {
        let kept: String = letters[..count].iter().collect();
        format!("{before}{}…{after}", kept.trim_end())
    });
    let alone = || axis_name(ui, after.trim_start_matches([',', ' ']), length);
    shortened.find(fits).unwrap_or_else(alone)
}

/// A plot of counts over the decimal logarithms of values; its x axis reads as the values.
pub fn plot_of_logs<'a>(ui: &Ui, id_salt: &'a str, x_name: &'a str, y_name: &'a str) -> Plot<'a> {
    let palette = Palette::of(ui.visuals());
    let x = AxisHints::new_x()
        .tick_label_font(FontId::proportional(SMALL))
        .tick_label_color(palette.weak_text)
        .label_spacing(LABEL_SPACING)
        .label(RichText::new(x_name).size(SMALL).color(palette.weak_text))
        .formatter(axis_label);
    plot(ui, id_salt, x_name, y_name, Scale::Linear)
        .custom_x_axes(vec![x])
        .x_grid_spacer(grid_marks)
        .y_grid_spacer(|input| whole_marks(&input, 32.0))
}

/// A plot over time whose columns stand exactly under those of `axis`; `left` is the left edge of its margin, and the
/// name of its y axis is best painted into that margin by the view.
///
/// x counts t = 1 … T, and cannot be moved: the shared ruler says where we are.
pub fn time_plot<'a>(
    ui: &Ui,
    id_salt: &'a str,
    axis: &TimeAxis,
    left: f32,
    scale: Scale,
) -> Plot<'a> {
    let palette = Palette::of(ui.visuals());
    let y = AxisHints::new_y()
        .tick_label_font(FontId::proportional(SMALL))
        .tick_label_color(palette.weak_text)
        .label_spacing(LABEL_SPACING)
        .min_thickness(axis.left - left);
    let y = match scale {
        Scale::Log => y.formatter(axis_label),
        Scale::Linear => y.formatter(|mark, _| linear_axis_label(mark)),
    };
    plot(ui, id_salt, "t", "", scale)
        // A plot keeps the bounds it had; with another number of steps it is another plot.
        .id(ui.scope_id().with((id_salt, axis.steps)))
        .custom_y_axes(vec![y])
        .show_axes(Vec2b::new(false, true))
        .set_margin_fraction(Vec2::new(0.0, 0.08))
        .default_x_bounds(0.5, axis.steps as f64 + 0.5)
        .width(axis.right - left)
        .allow_drag(Vec2b::new(false, true))
        .allow_axis_zoom_drag(false)
        .allow_boxed_zoom(false)
}

/// Keeps a [`time_plot`] to what `axis` shows: a plot by itself keeps the bounds it had. To be called while it is drawn.
pub fn keep_to(plot: &mut PlotUi<'_>, axis: &TimeAxis) {
    // Without columns there are no bounds.
    if axis.steps > 0 {
        plot.set_plot_bounds_x(axis.span.first + 0.5..=axis.span.last + 0.5);
    }
}

fn linear_label(position: &HoverPosition<'_>, x_name: &str) -> Option<String> {
    match position {
        HoverPosition::NearDataPoint {
            plot_name,
            position,
            ..
        } => {
            let (x, y) = (number(position.x), number(position.y));
            let name = if plot_name.is_empty() {
                String::new()
            } else {
                format!("{plot_name}\n")
            };
            Some(format!("{name}{x_name} = {x}\n{y}"))
        }
        HoverPosition::Elsewhere { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui_kittest::Harness;

    #[test]
    fn an_axis_over_a_single_value_has_a_span() {
        let of = |heights: &[f64], scale| least_span(heights.iter().copied(), scale);
        for scale in [Scale::Log, Scale::Linear] {
            for heights in [&[2.181][..], &[2.181, 2.181 + 1e-9], &[0.0], &[-3.0; 4]] {
                let [low, high] = of(heights, scale).unwrap();
                assert!(low < heights[0] && heights[0] < high, "{heights:?}");
                assert!(high - low > 0.01, "{heights:?}: {low} to {high}");
            }
            // What has a span keeps it, and of nothing there is none.
            assert_eq!(of(&[1.0, 1.1], scale), None);
            assert_eq!(of(&[f64::NAN], scale), None);
        }
        // As small as the values are.
        let [low, high] = of(&[1e-12], Scale::Linear).unwrap();
        assert!(low > 0.0 && high < 2e-12, "{low} to {high}");
    }

    /// What tells one axis from another is kept, however long the name of the column is.
    #[test]
    fn a_long_name_is_shortened_between_the_words_that_say_what_it_is_of() {
        let mut harness = Harness::builder().build_ui(|ui| {
            let name =
                |room: f32| axis_name_between(ui, ["change of ", "SUNACTIVITY", ", scaled"], room);
            let whole = "change of SUNACTIVITY, scaled";
            let all = small_width(ui, whole);
            assert_eq!(name(all), whole);
            let cut = name(all - 1.0);
            assert!(
                cut.starts_with("change of SUN") && cut.ends_with("…, scaled"),
                "{cut}"
            );
            assert!(small_width(ui, &cut) <= all - 1.0);
            assert_eq!(name(small_width(ui, "scaled")), "scaled");
            assert_eq!(name(0.0), "");
        });
        harness.run();
    }

    #[test]
    fn a_time_plot_stands_under_the_columns_when_their_number_changes() {
        let mut steps = 22;
        let mut harness = Harness::builder()
            .with_context_setup(crate::app::theme::install)
            .build_ui(move |ui| {
                let left = ui.max_rect().left();
                let axis = TimeAxis::new(left + 80.0, left + 380.0, steps);
                let points: Vec<[f64; 2]> = (1..=steps).map(|t| [t as f64, 0.5]).collect();
                let shown = time_plot(ui, "test", &axis, left, Scale::Log)
                    .height(120.0)
                    .show(ui, |plot| plot.line(line_of("h", points)));
                let x = shown.transform.position_from_point_x(10.0);
                assert!((x - axis.x_of(9)).abs() < 0.6, "{steps} steps: {x}");
                steps = if steps == 22 { 20 } else { 5 + steps };
            });
        harness.run_steps(4);
    }

    #[test]
    fn a_time_plot_stands_under_the_columns_that_are_zoomed_into() {
        use super::super::time_axis::Span;
        let mut spans = [(0.0, 60.0), (20.5, 40.25), (2.0, 10.0), (0.0, 60.0)].into_iter();
        let mut harness = Harness::builder()
            .with_context_setup(crate::app::theme::install)
            .build_ui(move |ui| {
                let left = ui.max_rect().left();
                let (first, last) = spans.next().unwrap_or((5.0, 25.0));
                let axis = TimeAxis::new(left + 80.0, left + 380.0, 60);
                let axis = axis.showing(Span { first, last });
                let points: Vec<[f64; 2]> = (1..=60).map(|t| [f64::from(t), 0.5]).collect();
                let shown = time_plot(ui, "test", &axis, left, Scale::Log)
                    .height(120.0)
                    .show(ui, |plot| {
                        keep_to(plot, &axis);
                        plot.line(line_of("h", points));
                    });
                let x = shown.transform.position_from_point_x(17.0);
                assert!((x - axis.x_of(16)).abs() < 0.6, "{x} {}", axis.x_of(16));
            });
        harness.run_steps(6);
    }

    #[test]
    fn no_tip_of_a_jagged_line_lies_beyond_its_points() {
        // Three points to a pixel, up and down in turn between 0.4 and 0.6.
        let points: Vec<[f64; 2]> = (0..900)
            .map(|nth| [f64::from(nth), if nth % 2 == 0 { 0.4 } else { 0.6 }])
            .collect();
        let ends = std::rc::Rc::new(std::cell::Cell::new([0.0; 2]));
        let told = std::rc::Rc::clone(&ends);
        let mut harness = Harness::builder()
            .with_context_setup(crate::app::theme::install)
            .build_ui(move |ui| {
                let shown = plot(ui, "test", "x", "y", Scale::Linear)
                    .width(300.0)
                    .height(400.0)
                    .include_y(0.0)
                    .include_y(1.0)
                    .show(ui, |plot| {
                        let line = line_of("h", points.clone()).color(Color32::RED);
                        plot.line(line.width(1.5));
                    });
                let at = |y| shown.transform.position_from_point_y(y);
                told.set([at(0.6), at(0.4)]);
            });
        harness.run_steps(3);
        let [top, bottom] = ends.get();
        assert!(bottom - top > 30.0, "{top} to {bottom}");
        let shapes = harness.output().shapes.clone();
        let ppp = harness.ctx.pixels_per_point();
        let red = |vertex: &&eframe::egui::epaint::Vertex| {
            vertex.color.r() > 0 && vertex.color.g() == 0 && vertex.color.b() == 0
        };
        let drawn: Vec<f32> = harness
            .ctx
            .tessellate(shapes, ppp)
            .iter()
            .filter_map(|piece| match &piece.primitive {
                eframe::egui::epaint::Primitive::Mesh(mesh) => Some(mesh),
                eframe::egui::epaint::Primitive::Callback(_) => None,
            })
            .flat_map(|mesh| mesh.vertices.iter().filter(red).map(|vertex| vertex.pos.y))
            .collect();
        assert!(drawn.len() > 900, "{}", drawn.len());
        for y in drawn {
            assert!(
                (top - 2.0..=bottom + 2.0).contains(&y),
                "{y} of {top} to {bottom}"
            );
        }
    }

    #[test]
    fn a_time_plot_stands_under_the_columns() {
        for scale in [Scale::Linear, Scale::Log] {
            let mut harness = Harness::builder()
                .with_context_setup(crate::app::theme::install)
                .build_ui(move |ui| {
                    let left = ui.max_rect().left();
                    let axis = TimeAxis::new(left + 80.0, left + 380.0, 60);
                    let points: Vec<[f64; 2]> = (1..=60)
                        .map(|t| [f64::from(t), -f64::from(t) / 7.0])
                        .collect();
                    let shown = time_plot(ui, "test", &axis, left, scale)
                        .height(120.0)
                        .show(ui, |plot| plot.line(line_of("h", points)));
                    let x = shown.transform.position_from_point_x(17.0);
                    assert!((x - axis.x_of(16)).abs() < 0.6, "{x} {}", axis.x_of(16));
                });
            harness.run_steps(3);
        }
    }
}
