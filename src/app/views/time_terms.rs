//! Which time steps a layer's weights learn from: the gradient of each block of a parameter is a sum over steps, and here are
//! the terms, held against the gradient that is used.
//!
//! There are three forms: shares, blocks × steps; the terms' sizes as lines on a logarithmic axis; and the terms of one entry.

use super::{
    Home, Purpose, Scene, Shared, View, above_ruler, legends_if_roomy, move_to, readout_label,
    time_axis, zoom_at,
};
use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{
    CellKeys, HeatMap, HeatMapKind, LogSeries, Scale, Term, TimeAxis, ValueTextures, caption,
    compact_choice, empty_state, empty_state_offering, explained, has_room, keep_to, line_of,
    listed, listed_width, log10_or_gap, number, segmented, segmented_width, thinned, time_plot,
};
use crate::nn::expr::{Block, ParameterKind};
use crate::nn::{Quantity, Sweep};
use crate::session::Command;
use crate::train::question::{At, ByTime, EntryByTime};
use crate::train::{Answer, Question};
use crate::words::{counted, exact};
use eframe::egui::{
    Align2, Color32, DragValue, FontId, Id, PopupAnchor, Rect, Response, RichText, Sense, Stroke,
    Tooltip, Ui, UiBuilder, pos2, vec2,
};
use egui_plot::{HLine, LineStyle, PlotPoints, VLine};
use std::ops::Range;

/// The view.
#[derive(Default)]
pub struct TimeTerms {
    form: Form,
    textures: ValueTextures,
    /// The block that keys move, and whose entry is on show: an index into the cell's.
    block: usize,
    /// The entry: row and column within the block.
    entry: (usize, usize),
    /// What is under the pointer, in numbers.
    told: Option<String>,
    /// Whether there was no room for that beside the title.
    crowded: bool,
    /// Whether there was none for the choices: then they stand in the view.
    choices_inside: bool,
    /// Where the cursor stood before it was moved by the last click.
    before_click: Option<usize>,
    /// The update that what is drawn is of, if it is an older one than that on show.
    older: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Form {
    #[default]
    Shares,
    Sizes,
    Entry,
}

const FORMS: [(Form, &str); 3] = [
    (Form::Shares, "shares"),
    (Form::Sizes, "sizes"),
    (Form::Entry, "one entry"),
];

/// Below the drawing: what the sum of the terms is, and what the gradient that is used.
const FOOT: f32 = 22.0;
/// Below this height a row has no name of its own.
const NAMED: f32 = 11.0;

impl View for TimeTerms {
    fn name(&self) -> &'static str {
        "time_terms"
    }

    fn title(&self) -> &'static str {
        "What weights learn from"
    }

    fn question(&self) -> &'static str {
        "From which time steps does each block of weights get its gradient?"
    }

    fn home(&self, layout: Purpose) -> Home {
        match layout {
            Purpose::Explore => Home::Closed("network"),
            Purpose::Cell => Home::Closed("cell"),
            Purpose::Gradients => Home::Behind("gradient_flow"),
            Purpose::Forecast => Home::Closed("prediction"),
            Purpose::Compare => Home::Closed("comparison"),
            Purpose::All => Home::Closed("gradient_flow"),
        }
    }

    fn suits(&self, scene: &Scene<'_>) -> bool {
        scene.part.scans.iter().any(|scan| scan.cell.is_some())
    }

    fn tools(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) {
        let layers = if scene.part.scans.len() > 1 {
            15.0 * GRID
        } else {
            0.0
        };
        let widest = FORMS.iter().map(|(_, text)| listed_width(ui, text));
        let least = widest.fold(0.0, f32::max) + layers + GRID;
        self.choices_inside = ui.available_width() < least;
        if !self.choices_inside {
            self.choose(ui, scene, shared);
            ui.add_space(GRID);
        }
        if let Some(text) = &self.told {
            self.crowded = !readout_label(ui, text);
            return;
        }
        if let Some(update) = self.older {
            let text = format!("of update {update}");
            if has_room(ui, &text, 0.0) {
                caption(ui, &text);
            }
        }
        if self.form == Form::Shares && scene.backward() {
            let kind = HeatMapKind::Signed { max_abs: 1.0 };
            legends_if_roomy(ui, &[(kind, "share of the block’s gradient")]);
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) -> Vec<Command> {
        if self.choices_inside {
            ui.horizontal(|ui| self.choose(ui, scene, shared));
        }
        self.older = None;
        let before = self.told.take();
        if !scene.backward() {
            let wanted = empty_state_offering(
                ui,
                "Which steps each block of weights learns from will appear here.",
                "A weight is used at every step, so its gradient is a sum over steps. It is gathered on the way back from the loss.",
                "← Walk back from the loss",
            );
            return match wanted {
                true => vec![Command::Sweep(Sweep::Backward)],
                false => Vec::new(),
            };
        }
        let at = At {
            part: scene.part_index,
            scan: shared.scan,
        };
        let told = scene.session.ask(&Question::ByTime(at));
        if told.answer.is_some() && !told.is_current {
            self.older = Some(told.update);
        }
        let Some(answer) = told.answer else {
            return Vec::new();
        };
        let Answer::ByTime(Some(found)) = &*answer else {
            empty_state(
                ui,
                "Which steps each block of weights learns from will appear here.",
                "This layer has nothing recurrent: its weights are used once.",
            );
            return Vec::new();
        };
        self.block = self.block.min(found.blocks.len().saturating_sub(1));
        let mut commands = Vec::new();
        let ui = &mut above_ruler(ui, "terms", scene, shared, &mut commands);
        commands.extend(match self.form {
            Form::Shares => self.shares(ui, scene, shared, found),
            Form::Sizes => self.sizes(ui, scene, shared, found),
            Form::Entry => self.one_entry(ui, scene, shared, found),
        });
        if self.told != before {
            // The numbers stand beside the title, which was drawn before.
            ui.ctx().request_repaint();
        }
        commands
    }
}

/// PyTorch's name of a parameter, without the layer.
fn parameter(kind: ParameterKind) -> &'static str {
    match kind {
        ParameterKind::WeightIh => "weight_ih",
        ParameterKind::WeightHh => "weight_hh",
        ParameterKind::BiasIh => "bias_ih",
        ParameterKind::BiasHh => "bias_hh",
    }
}

/// What a block is called: its parameter, and the gate where there are several.
fn name(block: Block) -> String {
    match block.gate {
        Quantity::H => parameter(block.parameter).to_owned(),
        gate => format!("{} {}", parameter(block.parameter), gate.symbol()),
    }
}

/// Blocks differ by line style: gates have the colours.
fn style(kind: ParameterKind) -> LineStyle {
    match kind {
        ParameterKind::WeightHh => LineStyle::Solid,
        ParameterKind::WeightIh => LineStyle::dashed_loose(),
        ParameterKind::BiasIh | ParameterKind::BiasHh => LineStyle::dotted_loose(),
    }
}

impl TimeTerms {
    fn choose(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) {
        let scans = scene.part.scans.len();
        if scans > 1 {
            let names: Vec<String> = (0..scans).map(|scan| scene.part.scan_name(scan)).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            compact_choice(ui, "Layer", &mut shared.scan, &names);
        }
        if ui.available_width() >= segmented_width(ui, &FORMS) + 20.0 * GRID {
            segmented(ui, "Form", &mut self.form, &FORMS);
        } else {
            listed(ui, "Form", &mut self.form, &FORMS);
        }
    }

    /// The steps at which what is asked of the sums is revealed.
    fn revealed(scene: &Scene<'_>, shared: &Shared) -> Range<usize> {
        scene.revealed(shared.scan, Quantity::H, true)
    }

    /// Shares as a heat map, blocks × steps.
    fn shares(
        &mut self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        shared: &mut Shared,
        found: &ByTime,
    ) -> Vec<Command> {
        let palette = Palette::of(ui.visuals());
        let area = ui.available_rect_before_wrap();
        let axis = time_axis(area, scene);
        let revealed = Self::revealed(scene, shared);
        let cells = Rect::from_min_max(
            area.min + vec2(0.0, 4.0),
            pos2(area.right(), (area.bottom() - FOOT).max(area.top() + 24.0)),
        );
        let said_of = |block: usize, t: usize| {
            let share = found.shares.get([t, block]).copied().unwrap_or(f64::NAN);
            let size = found.norms.get([t, block]).copied().unwrap_or(f64::NAN);
            format!(
                "{} at t = {}: {} of the gradient, a term of norm {}",
                name(found.blocks[block].block),
                t + 1,
                percent(share),
                number(size)
            )
        };
        // An answer that is not yet there is another picture than the one that comes.
        let (version, is_current) = (
            scene.record_version(shared.scan, true),
            self.older.is_none(),
        );
        let stands = scene.column().filter(|t| revealed.contains(t));
        let said = match stands {
            Some(t) => format!("Shares, {}", said_of(self.block, t)),
            None => format!("Shares, {}", name(found.blocks[self.block].block)),
        };
        let map = HeatMap {
            id: Id::unique("time terms"),
            values: found.shares.view(),
            version: version.wrapping_mul(2).wrapping_add(u64::from(is_current)),
            kind: HeatMapKind::Signed {
                max_abs: found.largest_share.max(1.0),
            },
            revealed: revealed.clone(),
            title: "",
            title_color: palette.text,
            cursor: scene.column(),
            order: None,
            unit: None,
            keys: Some(CellKeys {
                unit: self.block,
                order: None,
                said: &said,
            }),
        };
        let shown = map.show(ui, &mut self.textures, cells, &axis);
        let response = shown.response;
        zoom_at(&response, &axis, shared);
        self.block = shown.keys.unit.unwrap_or(self.block);
        if response.has_focus() {
            shared.sharing_keys = Some(response.id);
            if let Some(t) = stands {
                self.told = Some(said_of(self.block, t));
            }
            if shown.keys.asked {
                self.form = Form::Entry;
            }
        }
        let mut commands = Vec::new();
        if let Some((t, block)) = shown.hovered {
            shared.next_hover.t = Some(t);
            self.told = Some(said_of(block, t));
            self.tell_at_pointer(ui, &response);
            if response.clicked() {
                self.block = block;
                response.request_focus();
                commands.push(move_to(t));
            }
        }
        let hovered = shown.hovered.map(|(_, block)| block);
        Self::names(ui, cells, &axis, found);
        let foot = Rect::from_min_max(pos2(area.left(), area.bottom() - FOOT), area.max);
        let block = hovered.unwrap_or(self.block);
        self.account(ui, foot, scene, shared, found, block);
        commands
    }

    /// The rows' names in the margin: each where there is room, or one for each parameter.
    fn names(ui: &Ui, cells: Rect, axis: &TimeAxis, found: &ByTime) {
        let palette = Palette::of(ui.visuals());
        let count = found.blocks.len().max(1);
        let height = cells.height() / count as f32;
        let painter = ui.painter_at(cells.expand(8.0));
        let gates = count / 4;
        for (index, of) in found.blocks.iter().enumerate() {
            let top = cells.top() + index as f32 * height;
            let color = palette.quantity(of.block.gate);
            if index > 0 && index % gates.max(1) == 0 {
                painter.hline(axis.left..=axis.right, top, palette.hairline_stroke());
            }
            let write = |text: String, y: f32, color: Color32| {
                let at = pos2(axis.left - 6.0, y);
                painter.text(
                    at,
                    Align2::RIGHT_CENTER,
                    text,
                    FontId::proportional(SMALL),
                    color,
                );
            };
            if height >= NAMED {
                write(name(of.block), top + 0.5 * height, color);
            } else if index % gates.max(1) == 0 {
                let middle = top + 0.5 * gates as f32 * height;
                write(
                    parameter(of.block.parameter).to_owned(),
                    middle,
                    palette.text,
                );
            }
        }
    }

    /// That the terms of a block are its gradient: the sum, the gradient that is used, and how far apart they are.
    fn account(
        &self,
        ui: &mut Ui,
        place: Rect,
        scene: &Scene<'_>,
        shared: &Shared,
        found: &ByTime,
        block: usize,
    ) {
        let of = &found.blocks[block];
        let walked = Self::revealed(scene, shared).len() >= found.norms.nrows();
        let text = match walked {
            false => format!(
                "{}: what its terms add up to is told when the whole way back is walked",
                name(of.block)
            ),
            true => format!(
                "{}: norm of the sum of {} {}, of the gradient used {}, of their difference {}",
                name(of.block),
                counted(found.norms.nrows(), "term"),
                number(of.sum),
                number(of.used),
                number(of.difference)
            ),
        };
        let mut below = ui.new_child(UiBuilder::new().max_rect(place));
        let label = below.add(
            eframe::egui::Label::new(
                RichText::new(text)
                    .size(SMALL)
                    .color(Palette::of(below.visuals()).weak_text),
            )
            .truncate(),
        );
        let here = format!(
            "The terms are added here step by step; the gradient is what the way back left, before clipping. They are added in \
             another order, and {} rounds: that is their difference.",
            scene.snapshot.precision.name()
        );
        explained(label, &here, &[Term::Gradient, Term::Norm]);
    }

    /// The terms' norms as lines.
    fn sizes(
        &mut self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        shared: &mut Shared,
        found: &ByTime,
    ) -> Vec<Command> {
        let palette = Palette::of(ui.visuals());
        let area = ui.available_rect_before_wrap();
        let axis = time_axis(area, scene);
        let revealed = Self::revealed(scene, shared);
        let height = (area.height() - FOOT - 4.0).max(40.0);
        let logs = || found.norms.iter().filter_map(|&norm| log10_or_gap(norm));
        let range = [
            logs().reduce(f64::min).unwrap_or(-1.0),
            logs().reduce(f64::max).unwrap_or(0.0),
        ];
        let chosen = self.block;
        let shown = time_plot(ui, "sizes of terms", &axis, area.left(), Scale::Log)
            .include_y(range[0])
            .include_y(range[1])
            .height(height)
            .show_crosshair(false)
            .sense(Sense::click())
            .show(ui, |plot| {
                keep_to(plot, &axis);
                if let Some(t) = scene.column() {
                    let line = VLine::new("", (t + 1) as f64).allow_hover(false);
                    plot.vline(line.color(palette.cursor.gamma_multiply(0.6)).width(1.0));
                }
                let pixels =
                    ((axis.right - axis.left).max(1.0) * plot.ctx().pixels_per_point()) as usize;
                for (index, of) in found.blocks.iter().enumerate() {
                    let steps = revealed.clone().filter(|&t| t < found.norms.nrows());
                    let points = steps.map(|t| ((t + 1) as f64, found.norms[[t, index]]));
                    for piece in LogSeries::new(points).pieces {
                        let ends = [axis.span.first, axis.span.last + 1.0];
                        let piece = thinned(piece.into_iter(), ends[0], ends[1], pixels);
                        let line = line_of(name(of.block), PlotPoints::from(piece));
                        let width = if index == chosen { 2.5 } else { 1.25 };
                        let line = line.color(palette.quantity(of.block.gate)).width(width);
                        plot.line(line.style(style(of.block.parameter)).allow_hover(false));
                    }
                }
            });
        let response = shown.response;
        zoom_at(&response, &axis, shared);
        let mut block = self.block;
        let mut commands = Vec::new();
        if let Some(at) = response.hover_pos()
            && let Some(t) = axis.time_at(at.x)
        {
            shared.next_hover.t = Some(t);
            if revealed.contains(&t) && t < found.norms.nrows() {
                let away = |index: usize| {
                    let log = log10_or_gap(found.norms[[t, index]])?;
                    let y = shown.transform.position_from_point_y(log);
                    Some((index, (y - at.y).abs()))
                };
                let all = (0..found.blocks.len()).filter_map(away);
                let nearest = all.min_by(|one, other| one.1.total_cmp(&other.1));
                if let Some((nearest, _)) = nearest {
                    block = nearest;
                    self.told = Some(format!(
                        "{} at t = {}: a term of norm {}",
                        name(found.blocks[nearest].block),
                        t + 1,
                        number(found.norms[[t, nearest]])
                    ));
                    self.tell_at_pointer(ui, &response);
                    if response.clicked() {
                        self.block = nearest;
                    }
                }
            }
            if response.double_clicked() {
                commands.extend(self.before_click.map(move_to));
            } else if response.clicked() {
                self.before_click = scene.column();
                commands.push(move_to(t));
            }
        }
        let foot = Rect::from_min_max(pos2(area.left(), area.bottom() - FOOT), area.max);
        self.account(ui, foot, scene, shared, found, block);
        commands
    }

    /// The terms of one entry.
    fn one_entry(
        &mut self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        shared: &mut Shared,
        found: &ByTime,
    ) -> Vec<Command> {
        let palette = Palette::of(ui.visuals());
        let hidden = scene
            .part
            .first(shared.scan, Quantity::H, false)
            .map_or(1, |h| h.ncols());
        let names: Vec<String> = found.blocks.iter().map(|of| name(of.block)).collect();
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            let options: Vec<(usize, &str)> =
                names.iter().map(String::as_str).enumerate().collect();
            listed(ui, "Block", &mut self.block, &options);
            let width = found.blocks[self.block].width;
            self.entry = (self.entry.0.min(hidden - 1), self.entry.1.min(width - 1));
            let small = |text: &str| RichText::new(text).size(SMALL).color(palette.weak_text);
            ui.label(small("row"));
            ui.name_inputs("Row", |ui| {
                ui.add(
                    DragValue::new(&mut self.entry.0)
                        .range(0..=hidden - 1)
                        .speed(1.0),
                )
            });
            if width > 1 {
                ui.label(small("column"));
                ui.name_inputs("Column", |ui| {
                    ui.add(
                        DragValue::new(&mut self.entry.1)
                            .range(0..=width - 1)
                            .speed(1.0),
                    )
                });
            }
        });
        let block = found.blocks[self.block].block;
        let question = Question::EntryByTime {
            at: At {
                part: scene.part_index,
                scan: shared.scan,
            },
            block,
            row: self.entry.0,
            column: self.entry.1,
        };
        let told = scene.session.ask(&question);
        if told.answer.is_some() && !told.is_current {
            self.older = Some(told.update);
        }
        let Some(Answer::EntryByTime(Some(entry))) = told.answer.as_deref() else {
            return Vec::new();
        };
        let area = ui.available_rect_before_wrap();
        let foot_height = 3.0 * 18.0;
        let axis = time_axis(area, scene);
        let revealed = Self::revealed(scene, shared);
        let height = (area.height() - foot_height - 8.0).max(40.0);
        let largest = entry
            .terms
            .iter()
            .fold(0.0, |most: f64, x| most.max(x.abs()));
        let end = if largest > 0.0 { 1.1 * largest } else { 1.0 };
        let color = palette.quantity(block.gate);
        let shown = time_plot(ui, "terms of an entry", &axis, area.left(), Scale::Linear)
            .include_y(-end)
            .include_y(end)
            .height(height)
            .show_crosshair(false)
            .sense(Sense::click())
            .show(ui, |plot| {
                keep_to(plot, &axis);
                plot.hline(
                    HLine::new("", 0.0)
                        .color(palette.hairline)
                        .width(1.0)
                        .allow_hover(false),
                );
                if let Some(t) = scene.column() {
                    let line = VLine::new("", (t + 1) as f64).allow_hover(false);
                    plot.vline(line.color(palette.cursor.gamma_multiply(0.6)).width(1.0));
                }
            });
        // Bars, never thinner than a pixel: of several in one the longest of each sign is seen.
        let painter = ui.painter_at(*shown.transform.frame());
        let seen = axis.shown();
        let steps = revealed.start.max(seen.start)..revealed.end.min(seen.end);
        let columns = (axis.column_width() * ui.pixels_per_point()).max(1e-3);
        let together = (1.0 / columns).ceil().max(1.0) as usize;
        let width = (0.6 * axis.column_width()).clamp(1.0, 12.0);
        for (t, [low, high]) in bars(&entry.terms, steps, together) {
            let [low, high] = [low, high].map(|y| shown.transform.position_from_point_y(y));
            painter.vline(axis.x_of(t), high..=low, Stroke::new(width, color));
        }
        let response = shown.response;
        zoom_at(&response, &axis, shared);
        let mut commands = Vec::new();
        let pointed = response.hover_pos().and_then(|at| axis.time_at(at.x));
        if let Some(t) = pointed {
            shared.next_hover.t = Some(t);
            if let Some(&term) = entry.terms.get(t).filter(|_| revealed.contains(&t)) {
                self.told = Some(format!("term of t = {}: {}", t + 1, number(term)));
                self.tell_at_pointer(ui, &response);
            }
            if response.double_clicked() {
                commands.extend(self.before_click.map(move_to));
            } else if response.clicked() {
                self.before_click = scene.column();
                commands.push(move_to(t));
            }
        }
        let foot = Rect::from_min_max(pos2(area.left(), area.bottom() - foot_height), area.max);
        let mut below = ui.new_child(UiBuilder::new().max_rect(foot));
        sum(
            &mut below,
            entry,
            revealed.len() >= entry.terms.len(),
            scene,
        );
        commands
    }

    /// Says at the pointer what had no room beside the title.
    fn tell_at_pointer(&self, ui: &Ui, response: &Response) {
        if let Some(text) = self.told.as_ref().filter(|_| self.crowded) {
            let id = response.id.with("numbers");
            let tooltip = Tooltip::always_open(
                ui.ctx().clone(),
                response.layer_id,
                id,
                PopupAnchor::Pointer,
            );
            tooltip.gap(12.0).show(|ui| ui.label(text));
        }
    }
}

/// From where to where a bar reaches for every so many of some steps: from 0 to the longest of their terms of each sign.
fn bars(
    terms: &[f64],
    steps: Range<usize>,
    together: usize,
) -> impl Iterator<Item = (usize, [f64; 2])> + '_ {
    let end = steps.end.min(terms.len());
    let start = steps.start.min(end);
    let chunks = terms[start..end].chunks(together.max(1)).enumerate();
    chunks.map(move |(index, terms)| {
        let ends = terms.iter().fold([0.0_f64; 2], |[low, high], &term| {
            [low.min(term), high.max(term)]
        });
        let first = start + index * together.max(1);
        (first + (terms.len() - 1) / 2, ends)
    })
}

/// The sum of an entry's terms and its gradient, with all their digits.
fn sum(ui: &mut Ui, entry: &EntryByTime, walked: bool, scene: &Scene<'_>) {
    let palette = Palette::of(ui.visuals());
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.spacing_mut().interact_size.y = 17.0;
    if !walked {
        caption(
            ui,
            "What the terms add up to is told when the whole way back is walked",
        );
        return;
    }
    let difference = entry.sum - entry.used;
    let count = counted(entry.terms.len(), "term");
    let rounding = match difference == 0.0 {
        true => "none".to_owned(),
        false => format!(
            "{}, the rounding of {}",
            number(difference),
            scene.snapshot.precision.name()
        ),
    };
    for (what, value) in [
        (format!("sum of {count}"), signed(entry.sum)),
        (
            "gradient used, before clipping".to_owned(),
            signed(entry.used),
        ),
        ("difference".to_owned(), rounding),
    ] {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            let what = RichText::new(what).size(SMALL).color(palette.weak_text);
            ui.allocate_ui(vec2(180.0, 18.0), |ui| {
                ui.set_min_width(180.0);
                ui.label(what)
            });
            ui.label(RichText::new(value).size(SMALL).color(palette.text));
        });
    }
}

/// All digits, with a true minus sign.
fn signed(value: f64) -> String {
    exact(value).replace('-', "−")
}

/// A share in percent.
fn percent(share: f64) -> String {
    format!("{} %", crate::app::widgets::significant(100.0 * share, 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_that_is_large_once_is_seen_among_those_that_share_its_pixel() {
        let mut terms = vec![1e-6; 10_000];
        (terms[4_321], terms[4_322]) = (0.5, -0.25);
        for together in [1, 2, 7, 8] {
            let all: Vec<(usize, [f64; 2])> = bars(&terms, 3..10_000, together).collect();
            assert_eq!(all.len(), 9_997_usize.div_ceil(together));
            let low = all.iter().map(|(_, ends)| ends[0]).fold(0.0, f64::min);
            let high = all.iter().map(|(_, ends)| ends[1]).fold(0.0, f64::max);
            assert_eq!([low, high], [-0.25, 0.5], "{together}");
            let (t, _) = all.iter().find(|(_, ends)| ends[1] == 0.5).unwrap();
            assert!(t.abs_diff(4_321) < together, "{together}: {t}");
        }
        // What lies beyond the terms that there are has no bar.
        assert_eq!(bars(&terms, 9_999..20_000, 4).count(), 1);
        assert_eq!(bars(&terms, 10_000..20_000, 4).count(), 0);
    }
}
