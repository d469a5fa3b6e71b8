//! Windows, and targets or classes, over the series, in its own unit and as the network sees it.

use super::labels;
use super::{LOWEST, Seen, Sign, Units, entry, place_told, probe_steps, sequence_at};
use crate::app::theme::GRID;
use crate::app::widgets::{
    axis_name, axis_name_between, compact_choice, line_of, listed, number, over_time, segmented,
    small_width, thinned,
};
use crate::data::sequences::Outlook;
use crate::data::survey::{self, Curve, RowPart, Stretch};
use crate::data::{Dataset, Targets, time};
use crate::experiment::{FromFile, Probe};
use crate::session::Command;
use crate::words::many;
use eframe::egui::{ComboBox, CursorIcon, Ui, Vec2};
use egui_plot::{
    HoverPosition, LineStyle, MarkerShape, PlotPoints, PlotTransform, Points, Span, VLine,
};
use std::ops::Range;
use std::sync::{Arc, Weak};

/// The page of the series.
#[derive(Default)]
pub(super) struct Series {
    /// An index into [`names`].
    column: usize,
    range: Shown,
    kept: Option<Kept>,
}

/// How much of the series is on show.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Shown {
    #[default]
    Whole,
    Around,
}

/// A curve and the lines drawn of it, kept until another one is asked for.
struct Kept {
    of: Weak<Dataset>,
    column: usize,
    curve: Curve,
    /// Runs of rows that serve the same part, as indices into the curve.
    runs: Vec<(RowPart, Range<usize>)>,
    /// Whether any value was filled in.
    filled: bool,
    lines: Vec<(LineKey, Vec<Piece>)>,
    /// Where which class is, at the last range and width.
    stretches: Option<(LineKey, Vec<Stretch>)>,
}

/// What lines depend on besides the curve.
#[derive(Clone, Copy, PartialEq)]
struct LineKey {
    scaled: bool,
    low: u64,
    high: u64,
    columns: usize,
}

struct Piece {
    part: RowPart,
    points: Vec<[f64; 2]>,
}

/// From this height on both units have room, one above the other.
const BOTH: f32 = 38.0 * GRID;

/// Below this height all that can be chosen stands on a line.
const LOW: f32 = 28.0 * GRID;

/// What the x axis with its name takes of a plot's height.
const BELOW_SERIES: f32 = 4.5 * GRID;

impl Series {
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        seen: &Seen<'_>,
        units: &mut Units,
        commands: &mut Vec<Command>,
    ) {
        let Some((source, table)) = seen
            .source
            .and_then(|source: &FromFile| Some((source, source.table.as_deref()?)))
        else {
            return;
        };
        let outlook = source.outlook.as_ref();
        let targets = outlook.map_or(&[][..], |outlook| &outlook.targets);
        let names = names(seen.dataset, targets);
        self.column = self.column.min(names.len().saturating_sub(1));
        let Some(&name) = names.get(self.column) else {
            return;
        };
        let both = ui.available_height() > BOTH;
        let is_low = ui.available_height() < LOW;
        let rows = survey::series_of(seen.dataset, seen.span.start);
        let kept = keep(&mut self.kept, seen.dataset, self.column, &rows, || {
            Curve::of(
                seen.dataset,
                table,
                &source.report,
                outlook,
                rows.clone(),
                name,
            )
        });
        ui.horizontal_wrapped(|ui| {
            if names.len() > 1 {
                compact_choice(ui, "Column", &mut self.column, &names);
            }
            group(ui, seen, commands);
            let shown = [(Shown::Whole, "whole series"), (Shown::Around, "around it")];
            let kinds = [
                (Units::Own, "own units"),
                (Units::Scaled, "as the network sees it"),
            ];
            if is_low {
                // The picture has the room: lists, and of the legend as much as stays on a line.
                listed(ui, "How much", &mut self.range, &shown);
                listed(ui, "Units", units, &kinds);
            } else {
                segmented(ui, "How much", &mut self.range, &shown);
                if !both {
                    segmented(ui, "Units", units, &kinds);
                }
            }
            probe_steps(ui, seen, commands);
            legend(ui, seen, kept, is_low);
        });
        let width = ui.available_width() - 3.0 * GRID;
        let strip = seen
            .series_label()
            .map(|label| (label, labels::place(ui, width)));
        let height = ui.available_height();
        let (shown, height): (&[Units], f32) = if both {
            (&[Units::Own, Units::Scaled], (height - GRID) / 2.0)
        } else {
            (std::slice::from_ref(units), height)
        };
        let mut drawn = None;
        for &units in shown {
            let size = [width, height.max(LOWEST)];
            drawn = draw(ui, seen, kept, name, units, self.range, size, commands);
        }
        if let (Some((label, strip)), Some(transform)) = (strip, drawn) {
            let bands = kept.stretches(&transform);
            labels::show(ui, seen, bands, label, strip, &transform, commands);
        }
    }
}

/// The columns that can be drawn: targets, then the other features.
fn names<'a>(dataset: &'a Dataset, targets: &'a [String]) -> Vec<&'a str> {
    let others = dataset
        .input_names
        .iter()
        .filter(|name| !targets.contains(name));
    targets.iter().chain(others).map(String::as_str).collect()
}

/// Where there are several series: whose is on show. Choosing one puts its first sequence under the lens.
fn group(ui: &mut Ui, seen: &Seen<'_>, commands: &mut Vec<Command>) {
    let name = |row: usize| {
        seen.scene
            .snapshot
            .material
            .group_of(row)
            .unwrap_or_default()
    };
    if seen
        .scene
        .snapshot
        .material
        .group_of(seen.span.start)
        .is_none()
    {
        return;
    }
    let list = |ui: &mut Ui| {
        ComboBox::from_id_salt("group")
            .selected_text(name(seen.span.start))
            .width(13.0 * GRID)
            .show_ui(ui, |ui| {
                for series in survey::series(seen.dataset) {
                    let here = series.contains(&seen.span.start);
                    let first =
                        survey::nearest_sequence(seen.dataset, series.clone(), series.start);
                    let Some((split, index)) = first else {
                        continue;
                    };
                    if ui.selectable_label(here, name(series.start)).clicked() && !here {
                        commands.push(Command::Probe(Probe { split, index }));
                    }
                }
            })
    };
    ui.name_inputs("Series", list);
}

/// The curve, made anew if it is another one than in the last frame.
fn keep<'a>(
    kept: &'a mut Option<Kept>,
    dataset: &Arc<Dataset>,
    column: usize,
    rows: &Range<usize>,
    make: impl FnOnce() -> Curve,
) -> &'a mut Kept {
    let same = kept.take().filter(|kept| {
        std::ptr::eq(kept.of.as_ptr(), Arc::as_ptr(dataset))
            && kept.column == column
            && kept.curve.rows == *rows
    });
    kept.insert(same.unwrap_or_else(|| {
        let curve = make();
        let mut runs: Vec<(RowPart, Range<usize>)> = Vec::new();
        for (index, &part) in curve.parts.iter().enumerate() {
            match runs.last_mut() {
                Some((last, run)) if *last == part => run.end = index + 1,
                _ => runs.push((part, index..index + 1)),
            }
        }
        Kept {
            of: Arc::downgrade(dataset),
            column,
            filled: curve.filled.contains(&true),
            curve,
            runs,
            lines: Vec::new(),
            stretches: None,
        }
    }))
}

/// What lines, areas and dots are; in a low pane without how long they are, which the choices of the data say.
fn legend(ui: &mut Ui, seen: &Seen<'_>, kept: &Kept, is_low: bool) {
    let palette = &seen.palette;
    let short = |text: String| match text.split_once(", ") {
        Some((name, _)) if is_low => name.to_owned(),
        _ => text,
    };
    for part in [RowPart::Train, RowPart::Test, RowPart::Unused] {
        if kept.runs.iter().any(|(of, _)| *of == part) {
            entry(ui, Sign::Line, seen.color(part), part.name());
        }
    }
    let window = format!("window, {}", many(seen.span.len, "row"));
    let fill = palette.cursor.gamma_multiply(0.35);
    entry(ui, Sign::Area, fill, &short(window));
    match seen.source.and_then(|source| source.outlook.as_ref()) {
        Some(Outlook { horizon, steps, .. }) => {
            let ahead = if *steps == 1 {
                format!("horizon, {} ahead", many(*horizon, "row"))
            } else {
                format!("horizon, {horizon} to {} rows ahead", horizon + steps - 1)
            };
            let fill = palette.prediction.gamma_multiply(0.3);
            entry(ui, Sign::Area, fill, &short(ahead));
            let targets = if *steps == 1 && !seen.every {
                "target"
            } else {
                "targets"
            };
            entry(ui, Sign::Dot, palette.prediction, targets);
        }
        None => labels::legend(ui, seen),
    }
    if kept.filled {
        entry(ui, Sign::Ring, palette.threshold, "filled in");
    }
}

/// What of the sequence under the lens lies on a curve.
struct Marks {
    /// From the window's first to its last row, as positions.
    window: Option<(f64, f64)>,
    /// From there to the last target.
    horizon: Option<(f64, f64)>,
    /// The targets of the column.
    targets: Vec<[f64; 2]>,
    /// Indices of the window's rows and of the last target.
    rows: Range<usize>,
}

fn marks(seen: &Seen<'_>, curve: &Curve, name: &str, units: Units) -> Marks {
    let outlook = seen.source.and_then(|source| source.outlook.as_ref());
    let index = |row: usize| row.checked_sub(curve.rows.start);
    let at = |row: usize| curve.at.get(index(row)?).copied();
    let last = seen.span.last_row();
    let reach = outlook.map_or(0, |outlook| outlook.horizon + outlook.steps - 1);
    let values = match units {
        Units::Own => &curve.own,
        Units::Scaled => &curve.scaled,
    };
    let mut targets = Vec::new();
    if let (Some(outlook), Targets::Values(values)) = (outlook, &seen.dataset.targets) {
        for row in survey::asked(seen.dataset, seen.span, seen.every) {
            for output in 0..values.ncols() {
                if outlook
                    .targets
                    .get(outlook.target(output))
                    .is_none_or(|of| of != name)
                {
                    continue;
                }
                let value = match units {
                    Units::Own => seen.dataset.target_in_own_units(row, output),
                    Units::Scaled => values.get([row, output]).copied(),
                };
                if let (Some(at), Some(value)) = (at(row + outlook.rows_ahead(output)), value) {
                    targets.push([at, value]);
                }
            }
        }
    }
    let asked = survey::asked(seen.dataset, seen.span, seen.every);
    if outlook.is_none() && asked.len() == 1 {
        // The class of one row is asked; that of all of them is said in the legend.
        let value = index(last).and_then(|index| values.get(index).copied());
        let value = value.filter(|value| value.is_finite());
        targets.extend(at(last).zip(value).map(|(at, value)| [at, value]));
    }
    let from = index(seen.span.start).unwrap_or(0);
    Marks {
        window: at(seen.span.start).zip(at(last)),
        horizon: at(last).zip(at(last + reach)).filter(|_| reach > 0),
        targets,
        rows: from..from + seen.span.len + reach,
    }
}

#[expect(clippy::too_many_arguments, reason = "one call for each of two plots")]
fn draw(
    ui: &mut Ui,
    seen: &Seen<'_>,
    kept: &mut Kept,
    name: &str,
    units: Units,
    range: Shown,
    [width, height]: [f32; 2],
    commands: &mut Vec<Command>,
) -> Option<PlotTransform> {
    let palette = &seen.palette;
    let marks = marks(seen, &kept.curve, name, units);
    let [low, high] = bounds(&kept.curve, &marks, range)?;
    let scaled = units == Units::Scaled;
    let key = LineKey {
        scaled,
        low: low.to_bits(),
        high: high.to_bits(),
        columns: width as usize,
    };
    kept.thin(key, low, high);
    let curve = &kept.curve;
    let values = if scaled { &curve.scaled } else { &curve.own };
    let x_name = if curve.counted {
        "row"
    } else {
        seen.dataset.axis_name()
    };
    let room = height - BELOW_SERIES;
    let [before, in_short, after] = match scaled {
        true => seen.scaled(),
        false => [""; 3],
    };
    let whole = format!("{before}{name}{after}");
    let y_name = match small_width(ui, &whole) <= room {
        true => whole.clone(),
        false if scaled => axis_name_between(ui, [in_short, name, after], room),
        false => axis_name(ui, name, room),
    };
    let id = ui
        .scope_id()
        .with(("series", name, scaled, key.low, key.high));
    let dates = |at: f64| curve.dates.map(|precision| time::text(at, precision));
    let plot = over_time(ui, "series", x_name, &y_name, &dates)
        .id(id)
        .default_x_bounds(low, high)
        .set_margin_fraction(Vec2::new(0.0, 0.08))
        // Two plots, one above the other, have one axis of time.
        .y_axis_min_width(7.0 * GRID)
        .allow_drag(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .allow_double_click_reset(false)
        .show_crosshair(false)
        .width(width)
        .height(height)
        .label_formatter(|position| match position {
            HoverPosition::NearDataPoint { position, .. } => told(seen, curve, name, position.x),
            HoverPosition::Elsewhere { .. } => None,
        });
    let lines = kept
        .lines
        .iter()
        .find(|(of, _)| *of == key)
        .map_or(&[][..], |(_, lines)| lines);
    let drawn = plot.show(ui, |ui| {
        let shade = palette.test.gamma_multiply(0.06);
        for (from, to) in test_stretches(kept) {
            ui.add(Span::new("", curve.at[from]..=curve.at[to]).fill(shade));
        }
        let reaches = [
            (marks.window, palette.cursor.gamma_multiply(0.14)),
            (marks.horizon, palette.prediction.gamma_multiply(0.16)),
        ];
        for ((from, to), fill) in reaches
            .into_iter()
            .filter_map(|(at, fill)| Some((at?, fill)))
        {
            ui.add(Span::new("", from..=to).fill(fill));
            for x in [from, to] {
                let edge = VLine::new("", x).color(palette.cursor.gamma_multiply(0.7));
                ui.vline(
                    edge.width(1.0)
                        .style(LineStyle::dashed_dense())
                        .allow_hover(false),
                );
            }
        }
        for piece in lines {
            ui.line(
                line_of(piece.part.name(), PlotPoints::from(piece.points.clone()))
                    .color(seen.color(piece.part))
                    .width(1.5),
            );
        }
        let inside = marks.rows.start..(marks.rows.start + seen.span.len).min(values.len());
        let window: Vec<[f64; 2]> = inside
            .filter(|&index| values[index].is_finite())
            .map(|index| [curve.at[index], values[index]])
            .collect();
        let per_row = f64::from(width) / (high - low)
            * marks.window.map_or(0.0, |(from, to)| to - from)
            / seen.span.len.max(1) as f64;
        if per_row > 7.0 {
            let dots = Points::new("window", PlotPoints::from(window.clone()));
            ui.points(dots.color(palette.cursor).radius(2.5));
        }
        if window.len() <= 4 * key.columns {
            let line = line_of("window", PlotPoints::from(window));
            ui.line(line.color(palette.cursor).width(2.0));
        }
        if kept.filled {
            let filled = Points::new(
                "filled in",
                PlotPoints::from(filled(curve, values, low, high)),
            );
            ui.points(
                filled
                    .color(palette.threshold)
                    .filled(false)
                    .shape(MarkerShape::Circle)
                    .radius(2.5),
            );
        }
        let dots = Points::new("target", PlotPoints::from(marks.targets.clone()));
        ui.points(dots.color(palette.prediction).radius(4.5));
    });
    let name = format!("Series of {whole}");
    let response = drawn.response;
    response.widget_info(|| {
        eframe::egui::WidgetInfo::labeled(eframe::egui::accesskit::Role::Image, true, &name)
    });
    if response.hovered() {
        ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
    }
    if response.clicked()
        && let Some(at) = response.interact_pointer_pos()
    {
        let x = drawn.transform.value_from_position(at).x;
        commands.extend(sequence_at(seen, curve, x));
    }
    Some(drawn.transform)
}

impl Kept {
    /// The curve, and where which class is in the range on show.
    fn stretches(&mut self, transform: &PlotTransform) -> (&Curve, &[Stretch]) {
        let (low, high) = transform.bounds().range_x().into_inner();
        let key = LineKey {
            scaled: false,
            low: low.to_bits(),
            high: high.to_bits(),
            columns: transform.frame().width() as usize,
        };
        let same = self.stretches.take().filter(|(of, _)| *of == key);
        let made = || (key, self.curve.stretches(low, high, key.columns));
        let (_, stretches) = self.stretches.insert(same.unwrap_or_else(made));
        (&self.curve, stretches)
    }

    /// Makes the lines for `key`, if they are not there yet.
    fn thin(&mut self, key: LineKey, low: f64, high: f64) {
        if self.lines.iter().any(|(of, _)| *of == key) {
            return;
        }
        // Those of other ranges and widths are of frames that are gone.
        self.lines
            .retain(|(of, _)| of.scaled != key.scaled && of.low == key.low);
        let curve = &self.curve;
        let values = if key.scaled {
            &curve.scaled
        } else {
            &curve.own
        };
        let from = curve.at.partition_point(|&at| at < low).saturating_sub(1);
        let to = (curve.at.partition_point(|&at| at <= high) + 1).min(curve.at.len());
        let mut pieces = Vec::new();
        for (part, run) in &self.runs {
            // Up to the first point of the next run, so that the line has no holes.
            let (start, end) = (run.start.max(from), (run.end + 1).min(to));
            if start >= end {
                continue;
            }
            for stretch in (start..end)
                .collect::<Vec<_>>()
                .split(|&index| !values[index].is_finite())
                .filter(|stretch| !stretch.is_empty())
            {
                let points = stretch
                    .iter()
                    .map(|&index| [curve.at[index], values[index]]);
                pieces.push(Piece {
                    part: *part,
                    points: thinned(points, low, high, key.columns),
                });
            }
        }
        self.lines.push((key, pieces));
    }
}

/// What is on show: positions from the first to the last.
fn bounds(curve: &Curve, marks: &Marks, range: Shown) -> Option<[f64; 2]> {
    let last = curve.at.len().checked_sub(1)?;
    let (from, to) = match range {
        Shown::Whole => (0, last),
        Shown::Around => {
            let room = marks.rows.len().max(4);
            (
                marks.rows.start.saturating_sub(room).min(last),
                (marks.rows.end + room).min(last),
            )
        }
    };
    let (low, high) = (curve.at[from], curve.at[to]);
    let edge = 0.01 * (high - low);
    let edge = if edge > 0.0 { edge } else { 1.0 };
    Some([low - edge, high + edge])
}

/// Where the test part lies, as indices; short gaps in it are no parts of their own on the screen.
fn test_stretches(kept: &Kept) -> Vec<(usize, usize)> {
    let gap = kept.curve.at.len() / 200;
    let mut stretches: Vec<(usize, usize)> = Vec::new();
    for (_, run) in kept.runs.iter().filter(|(part, _)| *part == RowPart::Test) {
        let (from, to) = (run.start.saturating_sub(1), run.end - 1);
        match stretches.last_mut() {
            Some((_, end)) if run.start <= *end + 1 + gap => *end = to,
            _ => stretches.push((from, to)),
        }
    }
    stretches
}

/// The values that were missing in the file, as many as can be told apart.
fn filled(curve: &Curve, values: &[f64], low: f64, high: f64) -> Vec<[f64; 2]> {
    const DRAWN: usize = 1000;
    let all = (0..values.len()).filter(|&index| {
        curve.filled[index] && values[index].is_finite() && (low..=high).contains(&curve.at[index])
    });
    let all: Vec<usize> = all.collect();
    let every = all.len().div_ceil(DRAWN).max(1);
    let some = all.into_iter().step_by(every);
    some.map(|index| [curve.at[index], values[index]]).collect()
}

/// What is at a place of the axis, in words.
fn told(seen: &Seen<'_>, curve: &Curve, name: &str, x: f64) -> Option<String> {
    let index = curve.nearest(x)?;
    let at = place_told(seen, curve, index);
    let class = match (seen.series_label(), curve.classes.get(index)) {
        (Some(label), Some(&class)) => format!("\n{label} {}", seen.class_name(class)),
        _ => String::new(),
    };
    let filled = if curve.filled[index] {
        ", filled in"
    } else {
        ""
    };
    let value = |values: &[f64]| match values[index] {
        value if value.is_nan() => "–".to_owned(),
        value => number(value),
    };
    Some(format!(
        "{at}\n{name} {}{filled}\nscaled {}{class}\n{}",
        value(&curve.own),
        value(&curve.scaled),
        curve.parts[index].name()
    ))
}
