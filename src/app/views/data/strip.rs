//! A sequence as strips over its steps: symbols or inputs, the mask, and what is asked.

use super::{Seen, Units, area, words};
use crate::app::theme::{GRID, SMALL};
use crate::app::views::{MARGIN, Shared, move_to};
use crate::app::widgets::{
    HeatMapKind, TimeAxis, hatched_rect, labelled_columns, number, significant,
};
use crate::data::survey;
use crate::data::{Answers, Targets};
use crate::session::Command;
use crate::words::many;
use eframe::egui::{
    Align2, Color32, FontId, Rangef, Rect, Sense, Stroke, StrokeKind, Ui, pos2, vec2,
};
use std::ops::Range;

/// A row of the drawing: one quantity over the steps.
pub(super) struct Strip {
    name: String,
    pub kind: Kind,
}

/// What a strip shows.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// The symbol read at each step.
    Symbols,
    /// An input's values.
    Input(usize),
    /// Which steps are the sequence's own.
    Mask,
    /// The class asked.
    Classes,
    /// A value asked: an output.
    Target(usize),
}

impl Kind {
    /// Whether it is an answer.
    pub fn is_asked(self) -> bool {
        matches!(self, Kind::Classes | Kind::Target(_))
    }

    /// Whether it is numbers, drawn as a heat map.
    pub fn is_valued(self) -> bool {
        matches!(self, Kind::Input(_) | Kind::Target(_))
    }
}

/// What a cell holds.
struct Cell {
    text: String,
    /// The colour of a value.
    fill: Option<Color32>,
    /// What the pointer is told.
    told: String,
}

/// The width of a column from which on values are written into it, in points.
const NUMBER: f32 = 42.0;
/// Between two strips, in points.
pub(super) const GAP: f32 = 3.0;
/// The ruler above the strips.
pub(super) const RULER: f32 = 18.0;

/// What there is to draw, in order.
pub(super) fn all(seen: &Seen<'_>, units: Units, masked: bool) -> Vec<Strip> {
    let dataset = seen.dataset;
    let strip = |name: &str, kind| Strip {
        name: name.to_owned(),
        kind,
    };
    let mut strips = Vec::new();
    if seen.one_hot && units == Units::Own {
        strips.push(strip("input", Kind::Symbols));
    } else {
        let names = dataset.input_names.iter().enumerate();
        strips.extend(names.map(|(column, name)| strip(name, Kind::Input(column))));
    }
    if dataset.ragged() {
        let name = if masked { "mask" } else { "mask, off" };
        strips.push(strip(name, Kind::Mask));
    }
    match &dataset.targets {
        Targets::Classes { .. } => strips.push(strip("target", Kind::Classes)),
        Targets::Values(_) => {
            for (output, name) in dataset.output_names.iter().enumerate() {
                strips.push(strip(&format!("→ {name}"), Kind::Target(output)));
            }
        }
    }
    strips
}

/// How wide a column must be for what is written in it, in points.
pub(super) fn least_width(ui: &Ui, seen: &Seen<'_>, kind: Kind) -> f32 {
    let names = match (kind, &seen.dataset.targets) {
        (Kind::Symbols, _) => &seen.dataset.input_names,
        (Kind::Classes, Targets::Classes { names, .. }) if every_step(seen) => names,
        _ => return 3.0,
    };
    let font = FontId::proportional(SMALL);
    let width = |name: &String| {
        let galley = ui
            .painter()
            .layout_no_wrap(name.clone(), font.clone(), Color32::WHITE);
        galley.size().x + 5.0
    };
    names
        .iter()
        .take(300)
        .map(width)
        .fold(9.0, f32::max)
        .min(9.0 * GRID)
}

/// Whether a target is asked at each step that has a column.
fn every_step(seen: &Seen<'_>) -> bool {
    match seen.dataset.answers {
        Answers::Sequence => true,
        Answers::EveryStep => seen.every,
        Answers::Last => false,
    }
}

/// Strips that share their columns.
pub(super) struct Block<'a> {
    /// What the columns are counted by.
    pub ruler: &'a str,
    /// How many steps there are.
    pub len: usize,
    /// How many with padding.
    pub steps: usize,
    /// The shared cursor.
    pub cursor: Option<usize>,
}

/// What all strips of a sequence are drawn with.
pub(super) struct Drawing<'a, 'b> {
    /// The data.
    pub seen: &'a Seen<'b>,
    /// How values are written.
    pub units: Units,
    /// The width of a column, in points.
    pub column: f32,
    /// The height of a strip, in points.
    pub height: f32,
    /// Whether padding is left out of what is computed.
    pub masked: bool,
    /// The value drawn in full strength.
    pub max_abs: f64,
}

impl Drawing<'_, '_> {
    /// Draws strips one below the other, under one ruler.
    pub fn block(
        &self,
        ui: &mut Ui,
        block: &Block<'_>,
        strips: &[&Strip],
        shared: &mut Shared,
        commands: &mut Vec<Command>,
    ) {
        let width = MARGIN + self.column * block.steps as f32 + GRID;
        let height = RULER + strips.len() as f32 * (self.height + GAP);
        let (rect, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
        let left = rect.left() + MARGIN;
        let axis = TimeAxis::new(left, left + self.column * block.steps as f32, block.steps);
        // Names stay in sight when steps are scrolled.
        let shown = ui.clip_rect();
        let margin = shown.left().max(rect.left());
        let visible = columns_in(&axis, Rangef::new(margin + MARGIN, shown.right()));
        self.ruler(ui, rect, &axis, block, margin);
        for (nth, strip) in strips.iter().enumerate() {
            let top = rect.top() + RULER + nth as f32 * (self.height + GAP);
            let row = Rect::from_x_y_ranges(rect.x_range(), top..=top + self.height);
            if shown.intersects(row) {
                self.strip(
                    ui,
                    row,
                    &axis,
                    block,
                    strip,
                    (visible.clone(), margin),
                    shared,
                    commands,
                );
            }
        }
        let cells = Rangef::new(rect.top() + RULER, rect.bottom() - GAP);
        let painter = ui.painter_at(Rect::from_x_y_ranges(
            Rangef::new(margin + MARGIN - 2.0, shown.right()),
            rect.y_range(),
        ));
        if let Some(t) = block.cursor {
            axis.paint_cursor(&painter, cells, t, self.seen.palette.cursor);
        }
        if let Some(t) = shared
            .hover
            .t
            .filter(|&t| t < block.len && block.ruler == "t")
        {
            let column = Rect::from_x_y_ranges(axis.column(t), cells);
            painter.rect_filled(column, 0.0, self.seen.palette.cursor.gamma_multiply(0.08));
        }
    }

    /// Counts the columns.
    fn ruler(&self, ui: &Ui, rect: Rect, axis: &TimeAxis, block: &Block<'_>, margin: f32) {
        let color = self.seen.palette.weak_text;
        let y = rect.top() + 0.5 * RULER - 1.0;
        let painter = ui.painter();
        words(
            painter,
            pos2(margin, y),
            Align2::LEFT_CENTER,
            block.ruler,
            color,
            MARGIN - GRID,
        );
        let painter = painter.with_clip_rect(
            ui.clip_rect()
                .intersect(Rect::everything_right_of(margin + MARGIN - 2.0 * GRID)),
        );
        for t in labelled_columns(axis.steps, axis.right - axis.left, 36.0) {
            let faint = if t < block.len {
                color
            } else {
                color.gamma_multiply(0.5)
            };
            let at = pos2(axis.x_of(t), y);
            words(
                &painter,
                at,
                Align2::CENTER_CENTER,
                &(t + 1).to_string(),
                faint,
                60.0,
            );
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a strip is drawn in one place only"
    )]
    fn strip(
        &self,
        ui: &Ui,
        row: Rect,
        axis: &TimeAxis,
        block: &Block<'_>,
        strip: &Strip,
        (visible, margin): (Range<usize>, f32),
        shared: &mut Shared,
        commands: &mut Vec<Command>,
    ) {
        let palette = &self.seen.palette;
        let middle = row.center().y;
        let name_room = MARGIN - GRID;
        words(
            ui.painter(),
            pos2(margin, middle),
            Align2::LEFT_CENTER,
            &strip.name,
            palette.text,
            name_room,
        );
        let cells = Rect::from_x_y_ranges(axis.left..=axis.right, row.y_range());
        let seen_cells = cells.intersect(Rect::everything_right_of(margin + MARGIN));
        let painter = ui
            .painter()
            .with_clip_rect(ui.clip_rect().intersect(seen_cells.expand(1.0)));
        painter.rect_filled(cells, 0.0, palette.ghost);
        let asked = self.asked(strip.kind, block);
        for t in visible.clone() {
            let place = Rect::from_x_y_ranges(axis.column(t), row.y_range());
            if t >= block.len || (strip.kind.is_asked() && !asked.contains(&t)) {
                continue;
            }
            let cell = self.cell(strip.kind, t);
            self.paint_cell(&painter, place, &cell, seen_cells);
        }
        if block.len < block.steps {
            let padding = Rect::from_x_y_ranges(
                axis.x_of(block.len) - 0.5 * self.column..=axis.right,
                row.y_range(),
            );
            let lines = palette.weak_text.gamma_multiply(0.28);
            hatched_rect(&painter, padding, lines);
            if strip.kind == Kind::Mask {
                for t in visible.clone().filter(|&t| t >= block.len) {
                    let at = pos2(axis.x_of(t), middle);
                    let bit = if self.masked { "0" } else { "1" };
                    if self.column >= 8.0 {
                        words(
                            &painter,
                            at,
                            Align2::CENTER_CENTER,
                            bit,
                            palette.weak_text,
                            self.column,
                        );
                    }
                }
            }
        }
        painter.rect_stroke(cells, 0.0, palette.hairline_stroke(), StrokeKind::Inside);

        let sense = if block.ruler == "t" {
            Sense::click()
        } else {
            Sense::hover()
        };
        let response = area(
            ui,
            seen_cells,
            ("strip", block.ruler, &strip.name),
            sense,
            &self.spoken(strip, block),
        );
        let Some(t) = response.hover_pos().and_then(|at| axis.time_at(at.x)) else {
            return;
        };
        let place = Rect::from_x_y_ranges(axis.column(t), row.y_range());
        painter.rect_stroke(
            place,
            0.0,
            Stroke::new(1.5, palette.strong_text),
            StrokeKind::Inside,
        );
        let told = if t >= block.len {
            format!(
                "step {}: padding, {}",
                t + 1,
                if self.masked {
                    "masked"
                } else {
                    "read as zeros"
                }
            )
        } else if strip.kind.is_asked() && !asked.contains(&t) {
            format!("step {}: nothing is asked before the last step", t + 1)
        } else {
            self.cell(strip.kind, t).told
        };
        if block.ruler == "t" && t < block.len {
            shared.next_hover.t = Some(t);
            if response.clicked() && t < self.seen.scene.steps() {
                commands.push(move_to(t));
            }
        }
        response.on_hover_text_at_pointer(told);
    }

    /// The steps at which something is asked.
    fn asked(&self, kind: Kind, block: &Block<'_>) -> Range<usize> {
        if !kind.is_asked() || every_step(self.seen) {
            0..block.len
        } else {
            block.len.saturating_sub(1)..block.len
        }
    }

    /// What a screen reader is told of a strip.
    fn spoken(&self, strip: &Strip, block: &Block<'_>) -> String {
        let asked = self.asked(strip.kind, block);
        let all = asked.len();
        let shown = asked.take(40).map(|t| self.cell(strip.kind, t).text);
        let shown: Vec<String> = shown.collect();
        let more = if all > shown.len() { " …" } else { "" };
        format!("{}: {}{more}", strip.name, shown.join(" "))
    }

    fn cell(&self, kind: Kind, t: usize) -> Cell {
        let (seen, dataset) = (self.seen, self.seen.dataset);
        let row = seen.span.start + t;
        let step = match seen.source.and_then(|source| source.table.as_ref()) {
            Some(_) if dataset.axis_name() != "time step" => {
                format!(
                    "step {}, {} {}",
                    t + 1,
                    dataset.axis_name(),
                    dataset.label_ahead(row, 0)
                )
            }
            _ => format!("step {}", t + 1),
        };
        let color = |value: f64| {
            let kind = HeatMapKind::Signed {
                max_abs: self.max_abs,
            };
            Some(kind.color(value, seen.palette.dark))
        };
        let written = |own: Option<f64>, scaled: f64| {
            let shown = match self.units {
                Units::Own => own,
                Units::Scaled => Some(scaled),
            };
            shown.map_or("–".to_owned(), |value| significant(value, 3))
        };
        let both = |name: &str, own: Option<f64>, scaled: f64| {
            let own = own.map_or("not known".to_owned(), number);
            format!(
                "{step}\n{name} {own}\nas the network sees it {}",
                number(scaled)
            )
        };
        match kind {
            Kind::Symbols => {
                let symbol = survey::symbol(dataset, row);
                let name = symbol.and_then(|symbol| dataset.input_names.get(symbol));
                let text = name.cloned().unwrap_or_default();
                let size = dataset.input_size();
                let place = symbol.map_or(0, |symbol| symbol + 1);
                Cell {
                    told: format!("{step}\n{text}: input {place} of {size} is 1, the others 0"),
                    text,
                    fill: None,
                }
            }
            Kind::Input(column) => {
                let scaled = dataset.inputs.get([row, column]).copied().unwrap_or(0.0);
                let own = survey::input_in_own_units(dataset, seen.table(), row, column);
                let name = dataset.input_names.get(column).map_or("", String::as_str);
                Cell {
                    text: written(own, scaled),
                    fill: color(scaled),
                    told: both(name, own, scaled),
                }
            }
            Kind::Mask => Cell {
                text: "1".to_owned(),
                fill: None,
                told: format!("{step}: one of the sequence's own"),
            },
            Kind::Classes => {
                let (class, name) = match &dataset.targets {
                    Targets::Classes { of_row, names } => {
                        let class = of_row.get(row).copied().unwrap_or(0);
                        (class, names.get(class).cloned().unwrap_or_default())
                    }
                    Targets::Values(_) => (0, String::new()),
                };
                let what = if dataset.answers == Answers::Sequence {
                    format!("step {} of the answer", t + 1)
                } else {
                    step
                };
                let classes = dataset.output_size();
                Cell {
                    told: format!("{what}\nasked: {name}, class {} of {classes}", class + 1),
                    text: name,
                    fill: None,
                }
            }
            Kind::Target(output) => {
                let scaled = match &dataset.targets {
                    Targets::Values(values) => values.get([row, output]).copied(),
                    Targets::Classes { .. } => None,
                };
                let scaled = scaled.unwrap_or(0.0);
                let own = dataset.target_in_own_units(row, output);
                let name = dataset.output_names.get(output).map_or("", String::as_str);
                let ahead = match seen.source.and_then(|source| source.outlook.as_ref()) {
                    Some(outlook) => {
                        let ahead = outlook.rows_ahead(output);
                        let at = dataset.label_ahead(row, ahead);
                        format!(
                            "\nasked of {} {at}, {} ahead",
                            dataset.axis_name(),
                            many(ahead, "row")
                        )
                    }
                    None => String::new(),
                };
                Cell {
                    text: written(own, scaled),
                    fill: color(scaled),
                    told: both(&format!("target {name}"), own, scaled) + &ahead,
                }
            }
        }
    }

    fn paint_cell(&self, painter: &eframe::egui::Painter, place: Rect, cell: &Cell, cells: Rect) {
        let palette = &self.seen.palette;
        let background = cell.fill.unwrap_or(palette.faint);
        painter.rect_filled(place, 0.0, background);
        let ink = palette.ink_on(background);
        let font = FontId::proportional(SMALL);
        let galley = painter.layout_no_wrap(cell.text.clone(), font, ink);
        let fits = match cell.fill {
            // All numbers or none, or a few would look like more than the others.
            Some(_) => self.column >= NUMBER,
            None => {
                galley.size().x <= place.width() - 4.0
                    || (self.column >= 8.0 && cell.text.chars().count() == 1)
            }
        };
        if fits {
            let at = place.center() - 0.5 * galley.size();
            painter.galley(at, galley, ink);
        } else if !every_step(self.seen) && cell.fill.is_none() {
            // The one answer has the empty steps before it to be written on.
            let room = (place.right() - cells.left() - 8.0).max(0.0);
            let at = pos2(place.right() - 4.0, place.center().y);
            words(
                painter,
                at,
                Align2::RIGHT_CENTER,
                &cell.text,
                palette.text,
                room,
            );
        }
    }
}

/// The columns within a range of the screen.
fn columns_in(axis: &TimeAxis, range: Rangef) -> Range<usize> {
    let width = axis.column_width().max(1e-3);
    let at = |x: f32| ((x - axis.left) / width).max(0.0);
    let from = at(range.min).floor() as usize;
    let to = at(range.max).ceil() as usize;
    from.min(axis.steps)..to.min(axis.steps)
}
