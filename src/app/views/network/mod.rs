//! The network unrolled over time: a column per step, from the input at the bottom to the output at the top, and above it what
//! all this is about: [what goes in, what comes out, and whether that is right](story).
//!
//! Each cell shows its units' values as stripes. On the way back it shows their adjoints instead, and the arrows turn.

mod story;

use super::{Home, Purpose, Scene, Shared, View, move_to, step_names, time_axis};
use crate::app::theme::{Palette, SMALL, readable_on};
use crate::app::widgets::{
    CellRows, HeatMapKind, RULER_HEIGHT, StripedCells, TimeAxis, caption, has_room, number,
    time_ruler,
};
use crate::nn::{Cursor, Direction, Line, Quantity, Readout, Wanted};
use crate::session::Command;
use crate::train::story::{Story, Word};
use crate::train::{Answer, Question};
use crate::words::significant;
use eframe::egui::{
    Align2, Color32, FontId, Id, Painter, Rangef, Rect, Sense, Stroke, StrokeKind, Ui, pos2, vec2,
};
use std::ops::Range;

/// Below this height there is room for the network alone.
const LEAST_WITH_STORY: f32 = 150.0;
/// A row of units need not be higher than this.
const TALLEST: f32 = 180.0;
/// In a column this wide a number can be read.
const NUMBER: f32 = 30.0;
/// In one this wide a letter can.
const LETTER: f32 = 9.0;

/// The unrolled network.
#[derive(Default)]
pub struct Network {
    kept: CellRows,
}

/// A row of the drawing: what it shows at each step.
struct Row {
    name: String,
    quantity: Quantity,
    scan: usize,
    y: Rangef,
    /// The steps at which its values are there to be seen, on the way back its adjoints.
    shown: Range<usize>,
}

impl View for Network {
    fn name(&self) -> &'static str {
        "network"
    }

    fn title(&self) -> &'static str {
        "Network, unrolled over time"
    }

    fn question(&self) -> &'static str {
        "What does the network do at each step, from the input at the bottom to the loss at the top?"
    }

    fn home(&self, layout: Purpose) -> Home {
        match layout {
            Purpose::Explore => Home::Row(2.2),
            Purpose::Cell => Home::Closed("cell"),
            Purpose::Gradients => Home::Row(0.9),
            Purpose::Forecast => Home::Closed("prediction"),
            Purpose::All => Home::Row(0.95),
        }
    }

    fn tools(&mut self, ui: &mut Ui, _: &Scene<'_>, shared: &mut Shared) {
        const ARROWS: &str =
            "arrows: ‖∂L/∂h‖, widest at its largest, a hairline from a thousandth on";
        if shared.adjoint() && has_room(ui, ARROWS, 8.0) {
            caption(ui, ARROWS);
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) -> Vec<Command> {
        let mut commands = Vec::new();
        let area = ui.available_rect_before_wrap();
        let axis = time_axis(area, scene);
        let told = scene.session.ask(&Question::Story);
        let story = match told.answer.as_deref() {
            Some(Answer::Story(story)) => story.as_deref(),
            _ => None,
        };
        let palette = Palette::of(ui.visuals());
        let mut body =
            Rect::from_min_max(area.min, pos2(area.right(), area.bottom() - RULER_HEIGHT));
        // While it is worked out its place is kept, so that nothing jumps.
        if body.height() >= LEAST_WITH_STORY {
            let height = story.map_or(story::SENTENCE, |story| story::sentence(ui, story, body));
            body.min.y += height;
            // The network first: the curve has what it does not need.
            let share = (0.3 * body.height()).min(120.0);
            let curve = story.filter(|story| {
                // Of a decoder's steps the inputs have no part.
                scene.part_index == 0 && story::has_curve(story, share)
            });
            if let Some(story) = curve {
                let rect = Rect::from_min_max(body.min, pos2(body.right(), body.top() + share));
                story::curve(ui.painter(), story, &axis, rect, &palette);
                body.min.y += share;
            }
        }
        let response = ui.interact(body, ui.scope_id().with("unrolled"), Sense::click());
        let rows = layout(scene, shared.adjoint(), body.shrink2(vec2(0.0, 4.0)));
        let painter = ui.painter_at(body);
        self.paint(
            &painter,
            scene,
            shared.adjoint(),
            &axis,
            &rows,
            &palette,
            body,
        );
        if let Some(story) = story.filter(|_| !shared.adjoint()) {
            letters(&painter, scene, story, &rows, &axis, &palette);
        }
        if scene.cursor == Cursor::START {
            invite(ui, body, &palette);
        }
        if let Some(t) = shared.hover.t.filter(|&t| t < scene.steps()) {
            let column = Rect::from_x_y_ranges(axis.column(t), body.y_range());
            painter.rect_filled(column, 0.0, palette.cursor.gamma_multiply(0.08));
        }
        if let Some(t) = scene.column() {
            axis.paint_cursor(&painter, body.y_range(), t, palette.cursor);
        }
        if let Some((quantity, scan, t)) = operation(scene) {
            let mut rows = rows.iter();
            let row = rows
                .find(|row| row.quantity == quantity && scan.is_none_or(|scan| row.scan == scan));
            if let Some(row) = row {
                let column = axis.column(t).shrink(2.0);
                let stroke = Stroke::new(2.0, palette.cursor);
                let place = Rect::from_x_y_ranges(column, row.y);
                painter.rect_stroke(place, 4.0, stroke, StrokeKind::Inside);
            }
        }
        if let Some(at) = response.hover_pos() {
            let t = axis.time_at(at.x);
            let row = rows.iter().find(|row| row.y.contains(at.y));
            if let (Some(t), Some(row)) = (t, row) {
                shared.next_hover.t = Some(t);
                shared.next_hover.quantity = Some(row.quantity);
                if let Some(text) = readout(scene, shared.adjoint(), row, t, story) {
                    response.clone().on_hover_text_at_pointer(text);
                }
            }
            if response.clicked()
                && let Some(t) = t
            {
                commands.push(move_to(t));
            }
        }
        let ruler = Rect::from_min_max(pos2(area.left(), body.bottom()), area.max);
        let names = step_names(scene, story);
        let ruler = time_ruler(ui, ruler, &axis, scene.column(), names.as_deref());
        if let Some(t) = ruler.chosen {
            commands.push(move_to(t));
        }
        shared.next_hover.t = shared.next_hover.t.or(ruler.hovered);
        commands
    }
}

impl Network {
    #[allow(clippy::too_many_arguments, reason = "a drawing and where it goes")]
    fn paint(
        &mut self,
        painter: &Painter,
        scene: &Scene<'_>,
        adjoint: bool,
        axis: &TimeAxis,
        rows: &[Row],
        palette: &Palette,
        body: Rect,
    ) {
        let width = (axis.column_width() * 0.72).clamp(1.0, 28.0);
        let arrows = axis.column_width() >= 9.0;
        let arrow = Stroke::new(1.0, palette.weak_text);
        for row in rows {
            let color =
                palette
                    .quantity(row.quantity)
                    .gamma_multiply(if scene.stressed(row.quantity) {
                        1.0
                    } else {
                        0.5
                    });
            let name = if adjoint {
                let name = format!("∂L/∂{}", row.quantity.symbol());
                if row.quantity == Quantity::H && scene.part.scans.len() > 1 {
                    format!("{name}, {}", scene.part.scan_name(row.scan))
                } else {
                    name
                }
            } else {
                row.name.clone()
            };
            let at = pos2(body.left(), row.y.center());
            painter.text(
                at,
                Align2::LEFT_CENTER,
                name,
                FontId::proportional(SMALL),
                color,
            );
            let columns = columns(scene, row);
            let recorded = scene.part.first(row.scan, row.quantity, adjoint);
            let cells = StripedCells {
                id: Id::unique((row.quantity, row.scan)),
                values: recorded.filter(|array| array.nrows() == columns.len()),
                version: scene.record_version(row.scan, adjoint),
                kind: scale(scene, adjoint, row),
                columns,
                shown: row.shown.clone(),
                width,
                y: row.y,
            };
            cells.paint(painter, &mut self.kept, axis, palette);
        }
        if !arrows {
            return;
        }
        let (paint, faint) = (arrow, faint(arrow, palette));
        let stroke = |walked: bool| if walked { paint } else { faint };
        for (index, above) in rows.iter().enumerate() {
            for below in &rows[index + 1..] {
                let Some(passes) = connected(scene, above, below) else {
                    continue;
                };
                // Past a scan of the same layer the arrow runs beside its cell.
                let aside = if passes { 0.5 * width + 2.0 } else { 0.0 };
                for t in columns(scene, above) {
                    let x = axis.x_of(t) + aside;
                    let (from, to) = (pos2(x, below.y.min - 1.0), pos2(x, above.y.max + 1.0));
                    let end = if adjoint { below } else { above };
                    let walked = end.shown.contains(&t);
                    let (from, to) = if adjoint { (to, from) } else { (from, to) };
                    paint_arrow(painter, from, to, stroke(walked));
                }
            }
        }
        let recurrent =
            |row: &&Row| row.quantity == Quantity::H && scene.part.scans[row.scan].cell.is_some();
        for row in rows.iter().filter(recurrent) {
            let direction = scene.part.scans[row.scan].place.direction;
            let flowing = adjoint.then(|| Flowing::of(scene, row.scan)).flatten();
            for t in 1..axis.steps {
                let y = row.y.center();
                let (left, right) = (
                    axis.x_of(t - 1) + 0.5 * width + 1.0,
                    axis.x_of(t) - 0.5 * width - 1.0,
                );
                let rightwards = adjoint == (direction == Direction::Reverse);
                let (from, to, end) = if rightwards {
                    (left, right, t)
                } else {
                    (right, left, t - 1)
                };
                let walked = row.shown.contains(&end);
                let stroke = match &flowing {
                    Some(flowing) if walked => {
                        flowing.stroke(end, palette.quantity(Quantity::H), palette)
                    }
                    _ => stroke(walked),
                };
                paint_arrow(painter, pos2(from, y), pos2(to, y), stroke);
            }
        }
    }
}

/// How strongly a scan's gradient arrives at each step, for the arrows that carry it.
struct Flowing<'a> {
    norms: &'a [Option<f64>],
    largest: f64,
}

impl<'a> Flowing<'a> {
    fn of(scene: &Scene<'a>, scan: usize) -> Option<Self> {
        let mut flows = scene.snapshot.probe.flows.iter();
        let flow = flows.find(|flow| {
            (flow.part, flow.scan, flow.quantity) == (scene.part_index, scan, Quantity::H)
        })?;
        let norms = flow.norms.get(1..)?;
        let largest = norms.iter().flatten().copied().fold(0.0, f64::max);
        (largest > 0.0).then_some(Self { norms, largest })
    }

    /// The arrow to a step: wide and in full colour at the largest norm, a hairline from a thousandth of it on.
    fn stroke(&self, t: usize, color: Color32, palette: &Palette) -> Stroke {
        let norm = self.norms.get(t).copied().flatten().unwrap_or(0.0);
        let decades = (norm / self.largest).log10().max(-3.0) as f32;
        let strength = 1.0 + decades / 3.0;
        Stroke::new(
            1.0 + 3.0 * strength,
            palette
                .hairline
                .lerp_to_gamma(color, 0.15 + 0.85 * strength),
        )
    }
}

/// Rows from the top: target and output, layers from the last to the first, input.
fn layout(scene: &Scene<'_>, adjoint: bool, rect: Rect) -> Vec<Row> {
    let scans = scene.part.scans.len();
    let mut rows = Vec::new();
    if scene.part.readout.is_some() {
        rows.push(("output y".to_string(), Quantity::Y, scans - 1, 0.5));
    }
    for scan in (0..scans).rev() {
        let name = if scans == 1 {
            "hidden state h".into()
        } else {
            format!("h, {}", scene.part.scan_name(scan))
        };
        rows.push((name, Quantity::H, scan, 1.0));
    }
    rows.push(("input x".into(), Quantity::X, 0, 0.5));
    // Between two rows an arrow has to fit.
    let gap = (rect.height() * 0.12).clamp(6.0, 18.0);
    let shares: f32 = rows.iter().map(|row| row.3).sum();
    let unit = ((rect.height() - gap * (rows.len() - 1) as f32) / shares).clamp(4.0, TALLEST);
    let used = shares * unit + gap * (rows.len() - 1) as f32;
    // What is left over lies above, so that the inputs stand on the ruler.
    let mut top = rect.bottom() - used;
    let place = |(name, quantity, scan, share): (String, Quantity, usize, f32)| {
        let y = Rangef::new(top, top + share * unit);
        top = y.max + gap;
        Row {
            name,
            quantity,
            scan,
            y,
            shown: shown(scene, adjoint, quantity, scan),
        }
    };
    rows.into_iter().map(place).collect()
}

/// Where the operation happens that was passed last, where single operations are walked: the row's quantity, its scan if it has
/// one, and the array index of the step.
fn operation(scene: &Scene<'_>) -> Option<(Quantity, Option<usize>, usize)> {
    let station = scene.cursor.station(scene.schedule);
    let station = station.filter(|at| scene.by_operation && at.part == scene.part_index)?;
    let scan = station.place.and_then(|place| scene.part.index_of(place));
    let quantity = match station.line {
        Line::Readout | Line::Loss => Quantity::Y,
        Line::Embedding => Quantity::X,
        Line::Bridge => return None,
        _ => Quantity::H,
    };
    Some((quantity, scan, station.t.checked_sub(1)?))
}

/// Where the cursor has been: the steps at which a row's values are there to be seen, on the way back its adjoints.
fn shown(scene: &Scene<'_>, adjoint: bool, quantity: Quantity, scan: usize) -> Range<usize> {
    let revealed = scene.revealed(scan, quantity, adjoint);
    // An output may be there for the last step only.
    let recorded = scene.part.get(scan, quantity, adjoint);
    let recorded = recorded.map_or(0, |array| array.dim().0);
    revealed.start.max(scene.steps() - recorded)..revealed.end
}

/// The values of a row's cell at a step, its adjoints on the way back; `None` where the cursor has not been.
fn values<'a>(
    scene: &'a Scene<'_>,
    adjoint: bool,
    row: &Row,
    t: usize,
) -> Option<impl ExactSizeIterator<Item = f64> + use<'a>> {
    let recorded = scene.part.first(row.scan, row.quantity, adjoint)?.nrows();
    let step = t.checked_sub(scene.steps() - recorded)?;
    let part = scene.part;
    let values = part.first_at(row.scan, row.quantity, adjoint, step)?;
    let shown = row.shown.contains(&t);
    shown.then(|| values.into_iter().copied())
}

fn scale(scene: &Scene<'_>, adjoint: bool, row: &Row) -> HeatMapKind {
    let probe = &scene.snapshot.probe;
    let max_abs = probe.extent(scene.part_index, row.scan, row.quantity, adjoint);
    HeatMapKind::Signed { max_abs }
}

/// Whether the row above reads the row below, and if so whether the arrow passes a scan that stands between them.
fn connected(scene: &Scene<'_>, above: &Row, below: &Row) -> Option<bool> {
    let layer = |row: &Row| match row.quantity {
        Quantity::X => 0,
        Quantity::Y => scene.part.scans[row.scan].place.layer + 2,
        _ => scene.part.scans[row.scan].place.layer + 1,
    };
    let passed = |row: &Row| match row.quantity {
        Quantity::H => scene.part.scans[row.scan].place.direction,
        _ => Direction::Forward,
    };
    // Drawn from the bottom: forward, then reverse.
    (layer(above) == layer(below) + 1).then(|| {
        let beside = below.quantity == Quantity::H
            && passed(below) == Direction::Forward
            && scene.part.scans.iter().any(|scan| {
                scan.place.layer + 1 == layer(below) && scan.place.direction == Direction::Reverse
            });
        beside || passed(above) == Direction::Reverse
    })
}

/// The steps at which a row has a cell: an output may be there for the last one only.
fn columns(scene: &Scene<'_>, row: &Row) -> Range<usize> {
    let steps = scene.steps();
    match scene.part.readout {
        _ if row.quantity != Quantity::Y => 0..steps,
        Some(Readout::Every) => 0..steps,
        Some(Readout::Last | Readout::Final) => steps.saturating_sub(1)..steps,
        None => 0..0,
    }
}

fn faint(stroke: Stroke, palette: &Palette) -> Stroke {
    Stroke::new(stroke.width, palette.hairline)
}

fn paint_arrow(
    painter: &Painter,
    from: eframe::egui::Pos2,
    to: eframe::egui::Pos2,
    stroke: Stroke,
) {
    let along = to - from;
    if along.length() < 3.0 {
        return;
    }
    painter.line_segment([from, to], stroke);
    let head = along.normalized() * (3.0 + 0.5 * (stroke.width - 1.0));
    painter.line_segment([to, to - head + head.rot90() * 0.7], stroke);
    painter.line_segment([to, to - head - head.rot90() * 0.7], stroke);
}

/// Says what the boxes are for, as long as all of them are empty.
fn invite(ui: &Ui, body: Rect, palette: &Palette) {
    const WORDS: &str = "Play fills these boxes step by step: what is read, what the network keeps of it, what it answers";
    let font = FontId::proportional(SMALL + 1.0);
    let width = (body.width() - 120.0).max(120.0);
    let galley = ui.painter().layout(WORDS.into(), font, palette.text, width);
    let place = Rect::from_center_size(body.center(), galley.size()).expand2(vec2(14.0, 8.0));
    let painter = ui.painter_at(body);
    painter.rect_filled(place, 6.0, palette.raised);
    painter.rect_stroke(place, 6.0, palette.hairline_stroke(), StrokeKind::Inside);
    painter.galley(place.min + vec2(14.0, 8.0), galley, palette.text);
}

/// Writes into the cells of input and output what they stand for: symbols, or numbers in their own units; and what would have
/// been right where the answer is not.
fn letters(
    painter: &Painter,
    scene: &Scene<'_>,
    story: &Story,
    rows: &[Row],
    axis: &TimeAxis,
    palette: &Palette,
) {
    let width = axis.column_width();
    let font = FontId::proportional(SMALL - 1.0);
    let write = |row: &Row, t: usize, text: &str, color: Option<Color32>| {
        let letter = text.chars().count() == 1;
        if !row.shown.contains(&t) || width < if letter { LETTER } else { NUMBER } {
            return;
        }
        let fill = values(scene, false, row, t).and_then(|mut values| {
            let first = values.next().filter(|_| values.len() == 0)?;
            Some(scale(scene, false, row).color(first, palette.dark))
        });
        let color = color.unwrap_or_else(|| fill.map_or(palette.strong_text, readable_on));
        let at = pos2(axis.x_of(t), row.y.center());
        if fill.is_none() {
            // On stripes of many colours letters need a ground of their own.
            let galley = painter.layout_no_wrap(text.into(), font.clone(), color);
            let place = Rect::from_center_size(at, galley.size() + vec2(4.0, 0.0));
            painter.rect_filled(place, 3.0, palette.background.gamma_multiply(0.85));
        }
        painter.text(at, Align2::CENTER_CENTER, text, font.clone(), color);
    };
    for row in rows {
        match row.quantity {
            Quantity::X if scene.part_index == 0 && story.symbols => {
                for (t, name) in story.steps.iter().flatten().enumerate() {
                    write(row, t, name, None);
                }
            }
            Quantity::X if scene.part_index == 0 => {
                let [only] = &story.inputs[..] else { continue };
                for (t, value) in only.values.iter().enumerate() {
                    if let Some(value) = value {
                        write(row, t, &significant(*value, 3), None);
                    }
                }
            }
            Quantity::Y => {
                for answer in &story.answers {
                    let color = match (answer.is_right(), &answer.said) {
                        (Some(true), _) => Some(palette.ok),
                        (Some(false), _) => Some(palette.error),
                        (None, Word::Number(_) | Word::Class(..)) => None,
                    };
                    write(row, answer.t, &answer.said.text(), color);
                }
            }
            _ => {}
        }
    }
}

/// What a cell holds, in words: the first few values and what they should be.
fn readout(
    scene: &Scene<'_>,
    adjoint: bool,
    row: &Row,
    t: usize,
    story: Option<&Story>,
) -> Option<String> {
    let values = values(scene, adjoint, row, t)?;
    let prefix = if adjoint { "∂L/∂" } else { "" };
    let mut text = format!("{prefix}{} at t = {}", row.quantity.symbol(), t + 1);
    if let Some(name) = step_names(scene, story)
        .as_ref()
        .and_then(|names| names.get(t))
    {
        text += &format!(", {name}");
    }
    text += "\n";
    let of_story = story.filter(|_| !adjoint);
    if row.quantity == Quantity::X && scene.part_index == 0 {
        for input in of_story
            .map_or(&[][..], |story| &story.inputs[..])
            .iter()
            .take(6)
        {
            if let Some(Some(value)) = input.values.get(t) {
                text += &format!("{} {}\n", input.name, number(*value));
            }
        }
        if of_story.is_some_and(|story| !story.inputs.is_empty()) {
            text += "as the network sees it  ";
        }
    }
    if row.quantity == Quantity::Y
        && let Some(answer) =
            of_story.and_then(|story| story.answers.iter().find(|answer| answer.t == t))
    {
        text += &match (&answer.said, &answer.wanted) {
            (Word::Number(said), Word::Number(wanted)) => {
                format!(
                    "says {}, {} is right\nas the network says it  ",
                    number(*said),
                    number(*wanted)
                )
            }
            (Word::Class(said, sure), Word::Class(wanted, _)) => {
                let sure = sure.map_or(String::new(), |sure| format!(" ({:.1} %)", 100.0 * sure));
                format!("says {said}{sure}, {wanted} is right\n")
            }
            _ => String::new(),
        };
    }
    let units = values.len();
    let shown: Vec<String> = values.take(6).map(number).collect();
    text += &shown.join("   ");
    if units > 6 {
        text += &format!("   … {units} units");
    }
    if row.quantity == Quantity::Y && !adjoint {
        let probe = &scene.snapshot.probe;
        let step = t - (scene.steps() - scene.part.y.dim().0);
        text += &match probe.target.first_at(step) {
            Some(Wanted::Values(target)) => {
                let target: Vec<String> = target.iter().take(6).map(|&x| number(x)).collect();
                format!("\ntarget {}", target.join("   "))
            }
            Some(Wanted::Class(class)) => format!("\ntarget class {}", class + 1),
            None => String::new(),
        };
        if let Some(&term) = probe.terms.get(step) {
            text += &format!("\nits share of the loss {}", number(term));
        }
    }
    Some(text)
}
