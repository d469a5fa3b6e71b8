//! Who reads whom: arrows from row to row and from step to step, how much gradient they carry, and where parts meet.

use super::super::Scene;
use super::rows::{AT_LEFT, Role, Row, columns, name_in_margin};
use crate::app::theme::{Palette, SMALL};
use crate::app::widgets::{TimeAxis, number};
use crate::nn::{Direction, Line, Quantity, Readout};
use crate::train::snapshot::Flow;
use eframe::egui::{
    Align2, FontId, Mesh, Painter, Pos2, Rangef, Rect, Shape, Stroke, Vec2, pos2, vec2,
};

/// In a column this wide an arrow can be told from a line.
pub(super) const ROOM: f32 = 9.0;

/// Draws the arrows between rows, and those between the steps of a scan.
pub(super) fn paint(
    painter: &Painter,
    scene: &Scene<'_>,
    adjoint: bool,
    rows: &[Row],
    axis: &TimeAxis,
    width: f32,
    palette: &Palette,
) {
    let arrow = Stroke::new(1.0, palette.weak_text);
    let faint = Stroke::new(1.0, palette.ghost_line);
    let stroke = |walked: bool| if walked { arrow } else { faint };
    let seen = axis.shown();
    for (index, above) in rows.iter().enumerate() {
        for below in &rows[index + 1..] {
            let Some(passes) = connected(scene, above, below) else {
                continue;
            };
            // Past a scan of the same layer the arrow runs beside its cell.
            let aside = if passes { 0.5 * width + 2.0 } else { 0.0 };
            if read_from(scene, above, below).is_some() {
                continue;
            }
            let columns = columns(scene, above);
            for t in columns.start.max(seen.start)..columns.end.min(seen.end) {
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
        |row: &&Row| row.role == Role::Layer && scene.part.scans[row.scan].cell.is_some();
    for row in rows.iter().filter(recurrent) {
        let direction = scene.part.scans[row.scan].place.direction;
        let flowing = adjoint.then(|| Flowing::of(scene, row)).flatten();
        for t in seen.start.max(1)..seen.end {
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
                Some(flowing) if walked => flowing.stroke(end, palette),
                _ => stroke(walked),
            };
            paint_arrow(painter, pos2(from, y), pos2(to, y), stroke);
        }
    }
}

/// Draws the way from a state that the output reads to the output, where that stands at another step: of final states a scan
/// that reads backwards ends at the first one. It is a single line, so there is room for it however many steps there are.
pub(super) fn from_afar(
    painter: &Painter,
    scene: &Scene<'_>,
    adjoint: bool,
    rows: &[Row],
    axis: &TimeAxis,
    palette: &Palette,
) {
    let outputs = rows.iter().filter(|row| row.role == Role::Output);
    for (above, below) in outputs.flat_map(|above| rows.iter().map(move |below| (above, below))) {
        let Some(read) = read_from(scene, above, below) else {
            continue;
        };
        let (from, to) = (
            pos2(axis.x_of(read), below.y.min - 1.0),
            pos2(axis.x_of(columns(scene, above).start), above.y.max + 1.0),
        );
        let level = 0.5 * (from.y + to.y);
        let walked = match adjoint {
            true => below.shown.contains(&read),
            false => !above.shown.is_empty(),
        };
        let color = match walked {
            true => palette.weak_text,
            false => palette.ghost_line,
        };
        let stroke = Stroke::new(1.0, color);
        let [turn, again] = [pos2(from.x, level), pos2(to.x, level)];
        for way in [[from, turn], [turn, again], [again, to]] {
            painter.line_segment(way, stroke);
        }
        match adjoint {
            true => paint_head(painter, from, vec2(0.0, 1.0), stroke),
            false => paint_head(painter, to, vec2(0.0, -1.0), stroke),
        }
    }
}

/// The array index of the step whose state the one output above reads of the scan below; `None` if that is the output's own.
fn read_from(scene: &Scene<'_>, above: &Row, below: &Row) -> Option<usize> {
    let readout = scene.part.readout.filter(|&it| it != Readout::Every)?;
    let reads = above.role == Role::Output && below.role == Role::Layer;
    connected(scene, above, below).filter(|_| reads)?;
    let direction = scene.part.scans.get(below.scan)?.place.direction;
    let read = readout.step(direction, scene.steps());
    (!columns(scene, above).contains(&read)).then_some(read)
}

/// Below each scan a band in place of arrows, where steps are too close for them: as high as its arrows would be wide.
pub(super) fn bands(
    painter: &Painter,
    scene: &Scene<'_>,
    rows: &[Row],
    axis: &TimeAxis,
    each: usize,
    palette: &Palette,
) {
    let drawn = axis.of_every(each);
    let steps = scene.steps();
    for row in rows.iter().filter(|row| row.role == Role::Layer) {
        let Some(flowing) = Flowing::of(scene, row) else {
            continue;
        };
        let mut band = Mesh::default();
        for bin in drawn.shown() {
            let of = bin * each..((bin + 1) * each).min(steps);
            if !of.clone().all(|t| row.shown.contains(&t)) {
                continue;
            }
            let strongest = of.map(|t| flowing.stroke(t, palette));
            let strongest = strongest.reduce(|most, other| match other.width > most.width {
                true => other,
                false => most,
            });
            let Some(stroke) = strongest else { continue };
            let y = Rangef::new(row.y.max + 1.0, row.y.max + 1.0 + stroke.width);
            let column = Rect::from_x_y_ranges(drawn.column(bin), y);
            band.add_colored_rect(column, stroke.color);
        }
        painter.add(Shape::mesh(band));
    }
}

/// Whether the row above reads the row below, and if so whether the arrow passes a scan that stands between them.
fn connected(scene: &Scene<'_>, above: &Row, below: &Row) -> Option<bool> {
    let layer = |row: &Row| match row.role {
        Role::Looks => None,
        Role::Input => Some(0),
        Role::Layer => Some(scene.part.scans[row.scan].place.layer + 1),
        Role::Output => Some(scene.part.scans[row.scan].place.layer + 2),
        Role::Loss => Some(scene.part.scans[row.scan].place.layer + 3),
    };
    let passed = |row: &Row| match row.role {
        Role::Layer => scene.part.scans[row.scan].place.direction,
        _ => Direction::Forward,
    };
    let (read, reads) = (layer(below)?, layer(above)?);
    // Drawn from the bottom: forward, then reverse.
    (reads == read + 1).then(|| {
        let beside = below.role == Role::Layer
            && passed(below) == Direction::Forward
            && scene.part.scans.iter().any(|scan| {
                scan.place.layer + 1 == read && scan.place.direction == Direction::Reverse
            });
        beside || passed(above) == Direction::Reverse
    })
}

/// How strongly a scan's gradient arrives at each step, for the arrows that carry it.
struct Flowing<'a> {
    norms: &'a [Option<f64>],
    largest: f64,
    quantity: Quantity,
}

/// Whose gradient the arrows from step to step carry: the cell state's where that is on show.
pub(super) fn carried(shown: Quantity) -> Quantity {
    match shown {
        Quantity::C => Quantity::C,
        _ => Quantity::H,
    }
}

fn flow<'a>(scene: &Scene<'a>, scan: usize, quantity: Quantity) -> Option<&'a Flow> {
    let mut flows = scene.snapshot.probe.flows.iter();
    flows.find(|flow| (flow.part, flow.scan, flow.quantity) == (scene.part_index, scan, quantity))
}

impl<'a> Flowing<'a> {
    fn of(scene: &Scene<'a>, row: &Row) -> Option<Self> {
        let quantity = carried(row.quantity);
        let norms = flow(scene, row.scan, quantity)?.norms.get(1..)?;
        let largest = norms.iter().flatten().copied().fold(0.0, f64::max);
        (largest > 0.0).then_some(Self {
            norms,
            largest,
            quantity,
        })
    }

    /// The arrow to a step: wide and in full colour at the largest norm, a hairline from a thousandth of it on.
    fn stroke(&self, t: usize, palette: &Palette) -> Stroke {
        let norm = self.norms.get(t).copied().flatten().unwrap_or(0.0);
        let decades = (norm / self.largest).log10().max(-3.0) as f32;
        let strength = 1.0 + decades / 3.0;
        let color = palette.quantity(self.quantity);
        Stroke::new(
            1.0 + 3.0 * strength,
            palette
                .hairline
                .lerp_to_gamma(color, 0.15 + 0.85 * strength),
        )
    }
}

/// What reached ∂L/∂h of a scan at a step on each of the ways that meet there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shares {
    /// Where it came from in time, as it is written.
    from: &'static str,
    /// ‖·‖ of what came from there; `None` at the scan's last step, which has no next one.
    next: Option<f64>,
    /// ‖·‖ of what came from above; `None` while that is not told yet.
    above: Option<f64>,
}

impl Shares {
    /// The shares at a step with array index `t`, as far as the way back has come; `None` where nothing has arrived, and in
    /// layers that hand nothing on in time.
    pub fn at(scene: &Scene<'_>, scan: usize, t: usize) -> Option<Self> {
        let record = scene.part.scans.get(scan)?;
        let (cell, direction) = (record.cell?, record.place.direction);
        let flow = flow(scene, scan, Quantity::H)?;
        let steps = scene.steps();
        let next = match direction {
            Direction::Forward => (t + 1 < steps).then_some(t + 1),
            Direction::Reverse => t.checked_sub(1),
        };
        let complete = scene.revealed(scan, Quantity::H, true).contains(&t);
        // What the next step hands on has arrived with the first line of it, which is walked last.
        let first = cell.quantities().first().copied()?;
        let line = Some((Some(record.place), Line::Cell(first)));
        let walked = scene.revealed_of(scene.part_index, line, true);
        let order = match direction {
            Direction::Forward => next,
            Direction::Reverse => next.map(|next| steps - 1 - next),
        };
        let arrived = order.is_some_and(|order| walked.contains(&order));
        if !complete && !arrived {
            return None;
        }
        let norm = |norms: &[Option<f64>]| norms.get(t + 1).copied().flatten();
        Some(Self {
            from: match direction {
                Direction::Forward => "from t+1",
                Direction::Reverse => "from t−1",
            },
            next: next.and_then(|_| norm(&flow.arrived)),
            above: norm(&flow.from_above).filter(|_| complete),
        })
    }

    /// Each way in words.
    pub fn told(self) -> Vec<String> {
        let next = self.next.map(|norm| (self.from, norm));
        let above = self.above.map(|norm| ("from above", norm));
        let ways = next.into_iter().chain(above);
        ways.map(|(way, norm)| format!("{way}: ‖·‖ = {}", number(norm)))
            .collect()
    }
}

/// A place where what is on show goes on in another part, or comes from there.
pub(super) struct Bridge {
    /// The other part.
    pub part: usize,
    /// Where it is drawn.
    pub place: Rect,
}

/// Draws where the encoder's last states leave for the decoder, and where the decoder's first one comes from; on the way back
/// the other way round. Gives the places that lead to the other part.
pub(super) fn bridges(
    painter: &Painter,
    scene: &Scene<'_>,
    adjoint: bool,
    rows: &[Row],
    axis: &TimeAxis,
    width: f32,
    palette: &Palette,
) -> Vec<Bridge> {
    let parts = &scene.snapshot.probe.parts;
    if parts.len() < 2 || scene.steps() == 0 {
        return Vec::new();
    }
    let decodes = scene.part_index > 0;
    let other = usize::from(!decodes);
    let line = Some((None, Line::Bridge));
    let walked = !scene.revealed_of(1, line, adjoint).is_empty();
    let color = if walked {
        palette.weak_text
    } else {
        palette.ghost_line
    };
    let stroke = Stroke::new(1.0, color);
    let last = scene.part.scans.iter().map(|scan| scan.place.layer).max();
    let mut bridges = Vec::new();
    for row in rows.iter().filter(|row| row.role == Role::Layer) {
        let place = scene.part.scans[row.scan].place;
        if Some(place.layer) != last {
            continue;
        }
        // A forward scan ends at the right; a reverse one, and the beginning of a decoder, are at the left.
        let at_left = decodes || place.direction == Direction::Reverse;
        let t = if at_left { 0 } else { scene.steps() - 1 };
        if !(axis.left..=axis.right).contains(&axis.x_of(t)) {
            continue;
        }
        let y = row.y.center();
        let side = if at_left { -1.0 } else { 1.0 };
        let edge = if at_left { axis.left } else { axis.right };
        let cell = pos2(axis.x_of(t) + side * (0.5 * width + 1.0), y);
        // At the left the row's name ends there.
        let beyond = pos2(edge + side * if at_left { AT_LEFT } else { 18.0 }, y);
        let (from, to) = if adjoint == decodes {
            (cell, beyond)
        } else {
            (beyond, cell)
        };
        paint_arrow(painter, from, to, stroke);
        let name = parts[other].name.to_owned();
        let ink = if walked {
            palette.text
        } else {
            palette.weak_text
        };
        let galley = painter.layout_no_wrap(name, FontId::proportional(SMALL - 1.0), ink);
        let (at, align) = if at_left {
            (pos2(edge - 4.0, y + 7.0), Align2::RIGHT_TOP)
        } else {
            (pos2(edge + 4.0, y + 5.0), Align2::LEFT_TOP)
        };
        let mut text = align.anchor_size(at, galley.size());
        let mut place = Rect::from_two_pos(cell, beyond).expand2(vec2(0.0, 6.0));
        // Below it at the left the next row's name begins; at the right there is nothing.
        let mut has_room = text.bottom() <= row.y.max + 4.0 || !at_left;
        if !has_room {
            // In a low row it stands between the row's own name and the arrow.
            let left = painter.clip_rect().left();
            let name = name_in_margin(painter, scene, adjoint, row, axis, left, ink);
            let end = left + name.map_or(0.0, |name| name.size().x);
            text = Align2::RIGHT_CENTER.anchor_size(pos2(beyond.x - 3.0, y), galley.size());
            has_room = text.left() >= end + 4.0;
        }
        if has_room {
            painter.galley(text.min, galley, ink);
            place = place.union(text);
        }
        bridges.push(Bridge { part: other, place });
    }
    bridges
}

fn paint_arrow(painter: &Painter, from: Pos2, to: Pos2, stroke: Stroke) {
    let along = to - from;
    if along.length() < 3.0 {
        // Too short for a head: a line that joins them tells that one goes on into the other.
        let beyond = along.normalized();
        painter.line_segment([from - beyond, to + beyond], stroke);
        return;
    }
    painter.line_segment([from, to], stroke);
    paint_head(painter, to, along.normalized(), stroke);
}

/// The head of an arrow that arrives in this direction.
fn paint_head(painter: &Painter, to: Pos2, direction: Vec2, stroke: Stroke) {
    let head = direction * (3.0 + 0.5 * (stroke.width - 1.0));
    painter.line_segment([to, to - head + head.rot90() * 0.7], stroke);
    painter.line_segment([to, to - head - head.rot90() * 0.7], stroke);
}
