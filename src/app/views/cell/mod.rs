//! One step of a layer as the diagram of its cell: every operation a box with its units, every product and sum of what it reads
//! a circle, and who reads whom.
//!
//! On the way back the boxes show adjoints, and the lines run the other way.

mod circle;
mod diagram;
mod layout;
mod path;
mod ranges;
#[cfg(test)]
mod tests;

use super::{Home, Purpose, Scene, Shared, Shown, View, readout_label, step_names};
use crate::app::movement::Moving;
use crate::app::theme::{self, Palette, SMALL, TEXT};
use crate::app::widgets::{compact_choice, empty_state, number, segmented};
use crate::nn::{Cell, Cursor, Direction, Line, PartScan, Quantity};
use crate::session::Command;
use crate::train::question::{Answer, Question};
use diagram::{Diagram, End, What};
use eframe::egui::accesskit::Role;
use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Align2, Color32, FontId, Painter, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2,
    vec2,
};
use layout::Layout;
use ndarray::ArrayView2;
use path::{Path, arrow, head};

/// At most so many bars are drawn in a box; of more units each bar is the largest of several.
const BARS: usize = 96;
/// So much room at the top says which step is on show, in points.
const HEAD: f32 = SMALL + 6.0;
/// A box that is so many lines high has room for its ends below the bars.
const FOOTED: f32 = 4.5;
/// From so much growth on, the text in a box grows too.
const LARGE: f32 = 1.5;
/// What is neither lit nor read is so much weaker, where single operations are walked.
const DIMMED: f32 = 0.4;

/// The diagram of a cell.
#[derive(Default)]
pub struct CellView {
    /// What was under the pointer in the last frame, in words.
    told: Option<String>,
    /// The operation that was lit in the last frame, and its step.
    lit: Option<(Option<usize>, What)>,
    moving: Moving,
}

/// A box as it is to be drawn.
struct Drawn {
    what: What,
    rect: Rect,
    values: Option<Vec<f64>>,
    /// Between which ends its bars stand.
    range: (f64, f64),
    /// Which way its layer goes over time.
    direction: Direction,
    /// How large its text is.
    text: f32,
}

impl View for CellView {
    fn name(&self) -> &'static str {
        "cell"
    }

    fn title(&self) -> &'static str {
        "Cell diagram"
    }

    fn question(&self) -> &'static str {
        "What happens inside a layer at this step, operation by operation?"
    }

    fn home(&self, layout: Purpose) -> Home {
        match layout {
            Purpose::Explore => Home::Behind("network"),
            Purpose::Cell => Home::Row(2.0),
            Purpose::Gradients => Home::Closed("gradient_flow"),
            Purpose::Forecast => Home::Closed("prediction"),
            Purpose::Compare => Home::Closed("comparison"),
            Purpose::All => Home::Behind("network"),
        }
    }

    fn suits(&self, scene: &Scene<'_>) -> bool {
        scene.part.scans.iter().any(|scan| scan.cell.is_some())
    }

    fn tools(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) {
        let options = [(Shown::Values, "values"), (Shown::Adjoints, "gradients")];
        segmented(ui, "Values or gradients", &mut shared.show, &options);
        let scans = scene.part.scans.len();
        if scans > 1 {
            let names: Vec<String> = (0..scans).map(|scan| scene.part.scan_name(scan)).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            compact_choice(ui, "Layer", &mut shared.scan, &names);
        }
        ui.add_space(8.0);
        if let Some(told) = &self.told {
            readout_label(ui, told);
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) -> Vec<Command> {
        self.told = None;
        let scan = &scene.part.scans[shared.scan];
        let Some(cell) = scan.cell else {
            empty_state(
                ui,
                "This layer has no cell.",
                "Choose a recurrent one at the top of this pane.",
            );
            return Vec::new();
        };
        let palette = Palette::of(ui.visuals());
        let whole = ui.available_rect_before_wrap().shrink2(vec2(8.0, 4.0));
        let area = whole.with_min_y((whole.top() + HEAD).min(whole.bottom()));
        // Where everything is revealed, and the cursor stands in another part, the first step is as good as any.
        let is_all = scene.cursor == Cursor::end(scene.schedule);
        let t = scene.column().or(is_all.then_some(0));
        let adjoint = shared.adjoint();
        let diagram = Diagram::of(cell);
        let layout = Layout::of(&diagram, area);
        let text = if layout.growth < LARGE { SMALL } else { TEXT };
        // Lines grow less than boxes.
        let thick = layout.growth.sqrt();
        let mut boxes: Vec<Drawn> = diagram
            .nodes
            .iter()
            .zip(&layout.boxes)
            .map(|(node, &rect)| Drawn {
                what: node.what,
                rect,
                values: values(scene, shared.scan, node.what, t, adjoint),
                range: ranges::range(scene, shared.scan, node.what, adjoint),
                direction: scan.place.direction,
                text,
            })
            .collect();
        if adjoint {
            ranges::make_room(&mut boxes, cell);
        }
        let response = ui.interact(area, ui.scope_id().with("cell"), Sense::click());
        let painter = ui.painter_at(whole.expand(8.0));
        let when = t.map(|t| when(scene, t));
        let named = match &when {
            Some(when) => format!("Diagram of the cell at {when}"),
            None => "Diagram of the cell, before the first step".to_owned(),
        };
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &named));
        if let Some(when) = when {
            let font = theme::semi_bold(SMALL);
            // Below the pane's title.
            let at = whole.min - vec2(8.0, 0.0);
            painter.text(at, Align2::LEFT_TOP, when, font, palette.text);
        }
        let lit = lit(scene, scan);
        // What is read travels into what is computed of it; on the way back, what is handed back.
        let now = lit.as_ref().map(|&(output, _)| (t, output));
        if std::mem::replace(&mut self.lit, now) != now && now.is_some() && !shared.still {
            self.moving.begin(ui.ctx());
        }
        let travelled = self.moving.share(ui.ctx()).filter(|_| lit.is_some());
        let mut travellers = Vec::new();
        let strength = |what: What| match lit {
            Some((output, ref read)) if what != output && !read.contains(&what) => DIMMED,
            _ => 1.0,
        };
        // Where an operation is walked, its circles and the lines into them are lit with its box.
        let is_walked = |of: Quantity| match lit {
            Some((output, _)) => output == What::Computed(of),
            None => true,
        };
        for wire in &diagram.wires {
            let strong = is_walked(wire.of);
            // What a circle hands on is part of what its operation computes.
            let quantity = match wire.from {
                End::Box(node) => boxes[node].what.quantity(),
                End::Circle(joint) => diagram.joints[joint].of,
            };
            let color = palette.quantity(quantity);
            let faded = color.gamma_multiply(if strong { 0.9 } else { DIMMED });
            let width = match (wire.road, wire.bus) {
                (true, _) => 4.0,
                (false, Some(_)) => 1.0,
                (false, None) => 1.75,
            };
            let bus = wire.bus.map(|share| area.top() + share * area.height());
            let path = Path::between(&layout, wire, bus);
            if strong && let Some(share) = travelled {
                let share = if adjoint { 1.0 - share } else { share };
                travellers.push((path.at(share), color));
            }
            path.paint(&painter, Stroke::new(thick * width, faded), adjoint);
        }
        leave(&painter, &diagram, &boxes, area, adjoint, |what, road| {
            let color = palette.quantity(what.quantity());
            let width = if road { 4.0 } else { 1.75 };
            Stroke::new(thick * width, color.gamma_multiply(strength(what)))
        });
        for (joint, &rect) in diagram.joints.iter().zip(&layout.circles) {
            let color = palette.quantity(joint.of);
            let stroke = match (lit.is_some(), is_walked(joint.of)) {
                (true, true) => Stroke::new(2.5, palette.cursor),
                (true, false) => Stroke::new(1.5, color.gamma_multiply(DIMMED)),
                (false, _) => Stroke::new(1.5, color),
            };
            circle::paint(&painter, rect, joint.sign, palette.raised, stroke);
        }
        for shape in &boxes {
            let is_lit = lit
                .as_ref()
                .is_some_and(|(output, _)| shape.what == *output);
            shape.paint(
                &painter,
                cell,
                &palette,
                strength(shape.what),
                is_lit,
                adjoint,
            );
        }
        for shape in &boxes {
            let (What::Input | What::Computed(_)) = shape.what else {
                continue;
            };
            let open = scene.open_in(shared.number, shared.scan, shape.what.quantity());
            if let Some((_, unit)) = open.filter(|&(step, _)| Some(step) == t) {
                shape.mark(&painter, unit, palette.accent_text);
            }
        }
        for (at, color) in travellers {
            painter.circle(at, 4.5, color, Stroke::new(1.5, palette.raised));
        }
        if t.is_none() {
            let text = match adjoint {
                false => "→ takes the first step",
                true => "→ takes the first step back",
            };
            painter.text(
                area.center_bottom(),
                Align2::CENTER_BOTTOM,
                text,
                FontId::proportional(SMALL),
                palette.weak_text,
            );
        }
        let at = response.hover_pos();
        let mut circles = diagram.joints.iter().zip(&layout.circles);
        let joint = at.and_then(|at| circles.find(|(_, rect)| rect.expand(3.0).contains(at)));
        if let Some((joint, _)) = joint {
            shared.next_hover.quantity = Some(joint.of);
            let told = circle::told(joint, cell, scan.place.direction, adjoint);
            response.clone().on_hover_text_at_pointer(told.clone());
            self.told = Some(told.replace('\n', "   "));
        }
        let under = at.and_then(|at| boxes.iter().find(|shape| shape.rect.contains(at)));
        if let (Some(shape), Some(at), Some(t)) = (under, at, t) {
            let quantity = shape.what.quantity();
            shared.next_hover.quantity = Some(quantity);
            let unit = shape.unit_at(at);
            shared.next_hover.unit = unit;
            let told = shape.told(cell, unit, t, adjoint);
            response.clone().on_hover_text_at_pointer(told.clone());
            self.told = Some(told.replace('\n', "   "));
            let number = unit.and_then(|unit| {
                let scan = shared.scan;
                match shape.what {
                    What::Before(quantity) => scene.spot_before(scan, quantity, t, unit),
                    what => scene.spot(scan, what.quantity(), t, unit),
                }
            });
            if let Some(number) = number.filter(|_| response.clicked() || response.double_clicked())
            {
                shared.number = Some(number);
                shared.number_asked = true;
            }
        }
        Vec::new()
    }
}

/// The operation that was passed last, where single operations are walked and it is this layer's: what it computes, and what it
/// reads.
fn lit(scene: &Scene<'_>, scan: &PartScan) -> Option<(What, Vec<What>)> {
    let station = scene.cursor.station(scene.schedule);
    let station = station.filter(|station| {
        scene.by_operation && station.part == scene.part_index && station.place == Some(scan.place)
    })?;
    let Line::Cell(quantity) = station.line else {
        return None;
    };
    let operations = scan.cell?.operations();
    let operation = operations.iter().find(|one| one.output == quantity)?;
    let read = operation.formula.values().into_iter().map(What::of);
    Some((What::Computed(quantity), read.collect()))
}

/// Which step is on show, as it is written under the pointer elsewhere: “t = 7, 1934”.
fn when(scene: &Scene<'_>, t: usize) -> String {
    let told = scene.session.ask(&Question::Story);
    let story = match told.answer.as_deref() {
        Some(Answer::Story(story)) => story.as_deref(),
        _ => None,
    };
    let names = step_names(scene, story);
    let name = names.as_ref().and_then(|names| names.get(t));
    // A decoder's steps are called by what should be written there.
    let what = if scene.part_index > 0 { "target " } else { "" };
    let name = name.map_or_else(String::new, |name| format!(", {what}{name}"));
    format!("t = {}{name}", t + 1)
}

/// Whose record a box shows: what a layer above the first reads is the layer below it.
fn source(scene: &Scene<'_>, scan: usize, what: What) -> Option<(usize, Quantity)> {
    let place = scene.part.scans.get(scan)?.place;
    match what {
        What::Input if place.layer > 0 => {
            let below = |of: &PartScan| of.place.layer + 1 == place.layer;
            Some((scene.part.scans.iter().position(below)?, Quantity::H))
        }
        _ => Some((scan, what.quantity())),
    }
}

/// The values of a box at the cursor's step, or their adjoints; `None` where the cursor has not been.
fn values(
    scene: &Scene<'_>,
    scan: usize,
    what: What,
    t: Option<usize>,
    adjoint: bool,
) -> Option<Vec<f64>> {
    let quantity = what.quantity();
    let place = scene.part.scans.get(scan)?.place;
    let t = match (what, place.direction) {
        (What::Input | What::Computed(_), _) => t?,
        (What::Before(_), Direction::Forward) if t? == 0 => {
            return first(scene, scan, quantity, adjoint);
        }
        (What::Before(_), Direction::Reverse) if t? + 1 == scene.steps() => {
            return first(scene, scan, quantity, adjoint);
        }
        (What::Before(_), Direction::Forward) => t? - 1,
        (What::Before(_), Direction::Reverse) => t? + 1,
    };
    let (scan, quantity) = source(scene, scan, what)?;
    if adjoint && let What::Before(_) = what {
        return handed_on(scene, scan, quantity, t);
    }
    let revealed = scene.revealed(scan, quantity, adjoint);
    let values = scene.part.first_at(scan, quantity, adjoint, t)?;
    revealed
        .contains(&t)
        .then(|| values.iter().copied().collect())
}

/// The adjoint of the state before a step: all of it once that has arrived, and before that what this step hands back to it.
/// `t` is the array index of the state's own step.
fn handed_on(scene: &Scene<'_>, scan: usize, quantity: Quantity, t: usize) -> Option<Vec<f64>> {
    let of = scene.part.scans.get(scan)?;
    if scene.revealed(scan, quantity, true).contains(&t) {
        let values = scene.part.first_at(scan, quantity, true, t)?;
        return Some(values.to_vec());
    }
    // It is there when the first line that reads the state before has been passed on the way back.
    let before = |value: &crate::nn::expr::Value| {
        value.quantity == quantity && value.at == crate::nn::expr::At::Previous
    };
    let operations = of.cell?.operations();
    let mut readers = operations.iter();
    let reader = readers.find(|one| one.formula.values().iter().any(before))?;
    let line = (Some(of.place), Line::Cell(reader.output));
    let passed = scene.revealed_of(scene.part_index, Some(line), true);
    let steps = scene.steps();
    let passed = match of.place.direction {
        Direction::Forward => passed,
        Direction::Reverse => steps - passed.end..steps - passed.start,
    };
    let next = match of.place.direction {
        Direction::Forward => t + 1,
        Direction::Reverse => t.checked_sub(1)?,
    };
    let handed = match quantity {
        Quantity::C => &of.adjoints.d_c_from_next,
        _ => &of.adjoints.d_h_from_next,
    };
    let row = handed.outer_iter().nth(t)?;
    passed
        .contains(&next)
        .then(|| row.iter().copied().collect())
}

/// A state before the first step, or its adjoint, which has arrived when the way back ends.
fn first(scene: &Scene<'_>, scan: usize, quantity: Quantity, adjoint: bool) -> Option<Vec<f64>> {
    let of = initial(scene.part.scans.get(scan)?, quantity, adjoint);
    let arrived = scene.cursor == Cursor::end(scene.schedule);
    let row = of.rows().into_iter().next()?;
    (!adjoint || arrived).then(|| row.to_vec())
}

/// A state before the first step, or its adjoint, `[batch, hidden]`.
fn initial(scan: &PartScan, quantity: Quantity, adjoint: bool) -> ArrayView2<'_, f64> {
    let of = match (quantity, adjoint) {
        (Quantity::C, false) => &scan.trace.c0,
        (_, false) => &scan.trace.h0,
        (Quantity::C, true) => &scan.adjoints.d_c0,
        (_, true) => &scan.adjoints.d_h0,
    };
    of.view()
}

/// The name of a box, with its time; in a layer that goes from the end to the beginning, what came before is t + 1.
fn timed(what: What, cell: Cell, direction: Direction) -> String {
    let before = match direction {
        Direction::Forward => "ₜ₋₁",
        Direction::Reverse => "ₜ₊₁",
    };
    match (what, cell) {
        (What::Input, _) => "xₜ".into(),
        (What::Before(quantity), _) => format!("{}{before}", quantity.symbol()),
        (What::Computed(Quantity::TanhC), Cell::Lstm1997) => "tanh cₜ/2".into(),
        (What::Computed(quantity), _) => format!("{}ₜ", quantity.symbol()),
    }
}

impl Drawn {
    /// Where the bars stand.
    fn bars(&self) -> Rect {
        let top = self.rect.top() + (self.text + 6.0).min(0.5 * self.rect.height());
        let foot = if self.has_foot() {
            self.text + 1.0
        } else {
            0.0
        };
        Rect::from_min_max(
            pos2(self.rect.left() + 4.0, top),
            self.rect.max - vec2(4.0, 4.0 + foot),
        )
    }

    /// Whether there is room for its ends below the bars; else they are told beside its name.
    fn has_foot(&self) -> bool {
        self.rect.height() >= FOOTED * self.text
    }

    /// How many units a bar stands for.
    fn chunk(&self) -> usize {
        self.values
            .as_ref()
            .map_or(1, |values| values.len().div_ceil(BARS).max(1))
    }

    /// Points from below at the bar of a unit that is open in “Number”.
    fn mark(&self, painter: &Painter, unit: usize, color: Color32) {
        let units = self.values.as_ref().map_or(0, Vec::len);
        if unit >= units {
            return;
        }
        let (bars, chunk) = (self.bars(), self.chunk());
        let width = bars.width() / units.div_ceil(chunk) as f32;
        let x = bars.left() + ((unit / chunk) as f32 + 0.5) * width;
        let tip = pos2(x, bars.bottom() - 1.0);
        head(painter, tip, vec2(0.0, -1.0), Stroke::new(1.0, color));
    }

    fn unit_at(&self, at: Pos2) -> Option<usize> {
        let units = self.values.as_ref()?.len();
        let bars = self.bars();
        let share = ((at.x - bars.left()) / bars.width()).clamp(0.0, 0.999_9);
        let bar = (share * units.div_ceil(self.chunk()) as f32) as usize;
        Some((bar * self.chunk()).min(units.checked_sub(1)?))
    }

    /// The name, with its time.
    fn name(&self, cell: Cell) -> String {
        timed(self.what, cell, self.direction)
    }

    fn told(&self, cell: Cell, unit: Option<usize>, t: usize, adjoint: bool) -> String {
        let name = self.name(cell);
        let prefix = if adjoint { "∂L/∂" } else { "" };
        let title = match self.what {
            What::Input => "what this layer reads",
            What::Before(_) if adjoint => "what has come back to the step before so far",
            What::Before(_) => "as the step before left it",
            What::Computed(quantity) => quantity.title(),
        };
        let head = format!("{prefix}{name}, {title}, t = {}", t + 1);
        let (Some(values), Some(unit)) = (&self.values, unit) else {
            return head;
        };
        let value = number(values[unit]);
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        let of = match self.chunk() {
            1 => String::new(),
            several => format!(" (a bar shows the largest of {several})"),
        };
        format!(
            "{head}\n[{unit}] = {value}, mean of {} {}{of}",
            match values.len() {
                1 => "the one unit".to_owned(),
                units => format!("all {units} units"),
            },
            number(mean)
        )
    }

    fn paint(
        &self,
        painter: &Painter,
        cell: Cell,
        palette: &Palette,
        strength: f32,
        lit: bool,
        adjoint: bool,
    ) {
        let quantity = self.what.quantity();
        let color = palette.quantity(quantity).gamma_multiply(strength);
        let stroke = match lit {
            true => Stroke::new(2.5, palette.cursor),
            false => Stroke::new(1.0, color),
        };
        painter.rect_filled(self.rect, 5.0, palette.raised);
        painter.rect_stroke(self.rect, 5.0, stroke, StrokeKind::Inside);
        let name = self.name(cell);
        let at = self.rect.left_top() + vec2(6.0, 3.0);
        let lay_out = |title: String| {
            let mut job = LayoutJob::simple_singleline(title, theme::semi_bold(self.text), color);
            job.wrap = TextWrapping::truncate_at_width(self.rect.width() - 8.0);
            painter.layout_job(job)
        };
        let galley = match adjoint {
            true => {
                let whole = lay_out(format!("∂L/∂{name}"));
                // Where that is cut it could be any state's: in short, as beside maps.
                if whole.elided {
                    lay_out(format!("∂{name}"))
                } else {
                    whole
                }
            }
            false => lay_out(name),
        };
        let head = Rect::from_min_size(at, galley.size());
        painter.galley(at, galley, color);
        let font = FontId::proportional(self.text - 1.0);
        let weak = palette.weak_text.gamma_multiply(strength);
        let ends = ranges::told(self.range);
        let words = match (self.has_foot(), adjoint) {
            (false, _) => ends.clone(),
            (true, false) => quantity.title().to_owned(),
            (true, true) => String::new(),
        };
        let words = painter.layout_no_wrap(words, font.clone(), weak);
        if words.size().x <= self.rect.right() - head.right() - 12.0 {
            let at = self.rect.right_top() + vec2(-6.0 - words.size().x, 4.0);
            painter.galley(at, words, weak);
        }
        if self.has_foot() {
            let at = self.rect.left_bottom() + vec2(6.0, -3.0);
            let ends = painter.text(at, Align2::LEFT_BOTTOM, ends, font.clone(), weak);
            let words = match self.what {
                What::Before(_) => "before".to_owned(),
                What::Input | What::Computed(_) => String::new(),
            };
            let words = painter.layout_no_wrap(words, font, weak);
            if words.size().x <= self.rect.right() - ends.right() - 12.0 {
                let at = self.rect.right_bottom() - vec2(6.0, 3.0) - words.size();
                painter.galley(at, words, weak);
            }
        }
        let bars = self.bars();
        let Some(values) = &self.values else {
            painter.rect_filled(bars, 2.0, palette.ghost.gamma_multiply(strength));
            return;
        };
        let (low, high) = self.range;
        let chunks = values.chunks(self.chunk());
        let width = bars.width() / chunks.len().max(1) as f32;
        let y = |value: f64| {
            let share = if high > low {
                (value - low) / (high - low)
            } else {
                0.5
            };
            bars.bottom() - share.clamp(0.0, 1.0) as f32 * bars.height()
        };
        let zero = y(0.0);
        painter.hline(bars.x_range(), zero, Stroke::new(1.0, palette.hairline));
        let gap = if width >= 4.0 { 1.0 } else { 0.0 };
        for (index, chunk) in chunks.enumerate() {
            let value = chunk.iter().copied().reduce(|most, other| {
                if other.abs() > most.abs() {
                    other
                } else {
                    most
                }
            });
            let Some(value) = value.filter(|value| value.is_finite()) else {
                continue;
            };
            let left = bars.left() + index as f32 * width;
            let ends = [zero, y(value)];
            let rect = Rect::from_min_max(
                pos2(left, ends[0].min(ends[1])),
                pos2(
                    left + (width - gap).max(0.75),
                    ends[0].max(ends[1]).max(ends[0].min(ends[1]) + 1.0),
                ),
            );
            painter.rect_filled(rect, 0.0, color);
        }
    }
}

/// The states that go on to the next step, at the right edge.
fn leave(
    painter: &Painter,
    diagram: &Diagram,
    boxes: &[Drawn],
    area: Rect,
    back: bool,
    stroke: impl Fn(What, bool) -> Stroke,
) {
    for (node, shape) in diagram.nodes.iter().zip(boxes) {
        let What::Computed(quantity) = node.what else {
            continue;
        };
        let carried = diagram
            .nodes
            .iter()
            .any(|other| other.what == What::Before(quantity));
        if !carried {
            continue;
        }
        let stroke = stroke(node.what, node.road);
        let (start, end) = (
            shape.rect.right_center(),
            pos2(area.right(), shape.rect.center().y),
        );
        if end.x > start.x + 6.0 {
            let (from, tip) = if back { (end, start) } else { (start, end) };
            let end = arrow(painter, tip, tip - from, stroke);
            painter.line_segment([from, end], stroke);
        }
    }
}
