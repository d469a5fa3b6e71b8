//! The rows of the drawing: what each shows, where it lies, and what it is called.

use super::super::Scene;
use crate::app::theme::{Palette, SMALL};
use crate::app::widgets::TimeAxis;
use crate::data::Split;
use crate::nn::attention::Attention;
use crate::nn::{self, Direction, Line, PartScan, Quantity, Readout};
use crate::words::significant;
use eframe::egui::{Align2, Color32, FontId, Galley, Painter, Rangef, Rect, pos2, vec2};
use std::ops::Range;
use std::sync::Arc;

/// A row of units need not be higher than this, or than so much of a large pane.
const TALLEST: f32 = 180.0;
const TALLEST_PART: f32 = 0.4;
/// Bars of the loss need not be.
const TALLEST_LOSS: f32 = 44.0;
/// A strip of weights need not be.
const TALLEST_STRIP: f32 = 24.0;
/// For each row there should be so much height, so that its name can stand beside it.
const LEAST: f32 = 19.0;

/// What a row is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Role {
    /// Each output's share of the loss.
    Loss,
    /// What is put out.
    Output,
    /// Where a step of the decoder looks: steps of the encoder, on an axis of their own.
    Looks,
    /// A scan.
    Layer,
    /// What is read.
    Input,
}

/// A row of the drawing.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// What it is of.
    pub role: Role,
    /// What its cells show.
    pub quantity: Quantity,
    /// Of which scan.
    pub scan: usize,
    /// From its upper to its lower edge.
    pub y: Rangef,
    /// The steps at which its values are there to be seen, on the way back its adjoints.
    pub shown: Range<usize>,
}

impl Row {
    /// Whether it has a cell for each step, with a stripe for each unit.
    pub fn has_cells(&self) -> bool {
        matches!(self.role, Role::Output | Role::Layer | Role::Input)
    }

    /// The unit whose stripe lies at a height, of so many.
    pub fn unit_at(&self, y: f32, units: usize) -> Option<usize> {
        let part = (y - self.y.min) / self.y.span().max(1e-3);
        let last = units.checked_sub(1)?;
        (0.0..=1.0)
            .contains(&part)
            .then(|| ((part * units as f32) as usize).min(last))
    }
}

/// What a scan's row shows: what was chosen, if its cell has that.
pub(super) fn quantity_of(scene: &Scene<'_>, scan: usize, chosen: Option<Quantity>) -> Quantity {
    let quantities = scene.part.scans.get(scan).map(PartScan::quantities);
    chosen
        .filter(|chosen| quantities.is_some_and(|quantities| quantities.contains(chosen)))
        .unwrap_or(Quantity::H)
}

/// Whether a height has room for all rows with their names: in less some are left out.
pub(super) fn has_room(scene: &Scene<'_>, height: f32) -> bool {
    let readout = if scene.part.readout.is_some() { 2 } else { 0 };
    let looks = usize::from(attention(scene) != Attention::None);
    let rows = readout + looks + scene.part.scans.len() + 1;
    height >= LEAST * rows as f32
}

/// Rows from the top: loss and output, layers from the last to the first, input; and where a decoder looks, beside those who read
/// the context.
pub(super) fn layout(
    scene: &Scene<'_>,
    adjoint: bool,
    chosen: Option<Quantity>,
    rect: Rect,
) -> Vec<Row> {
    let scans = scene.part.scans.len();
    let last = scans.saturating_sub(1);
    let looks = attention(scene);
    let mut rows = Vec::new();
    if scene.part.readout.is_some() {
        rows.push((Role::Loss, Quantity::Y, last, 0.35));
        rows.push((Role::Output, Quantity::Y, last, 0.5));
    }
    let strip = (Role::Looks, Quantity::X, 0, 0.35);
    // After the cell its context joins the state; before it, it is read beside the input.
    rows.extend((looks == Attention::Dot).then_some(strip));
    for scan in (0..scans).rev() {
        rows.push((Role::Layer, quantity_of(scene, scan, chosen), scan, 1.0));
    }
    rows.push((Role::Input, Quantity::X, 0, 0.5));
    rows.extend((looks == Attention::Additive).then_some(strip));
    // In little height what the readouts tell too is left out.
    for role in [Role::Loss, Role::Looks] {
        if rect.height() < LEAST * rows.len() as f32 {
            rows.retain(|row| row.0 != role);
        }
    }
    // Between two rows an arrow has to fit, as far as there is room for one.
    let gaps = (rows.len() - 1) as f32;
    let gap = (rect.height() * 0.12).clamp(6.0, 18.0);
    let gap = gap.min(0.35 * rect.height() / gaps.max(1.0)).max(1.0);
    let room = (rect.height() - gap * gaps).max(1.0);
    let all: f32 = rows.iter().map(|row| row.3).sum();
    let most = |role| match role {
        Role::Loss => TALLEST_LOSS.max(0.06 * rect.height()),
        Role::Looks => TALLEST_STRIP,
        _ => f32::INFINITY,
    };
    // What bars and strips do not need is the others'.
    let low: f32 = rows
        .iter()
        .filter(|row| most(row.0).is_finite())
        .map(|row| (row.3 * room / all).min(most(row.0)))
        .sum();
    let others = rows.iter().filter(|row| most(row.0).is_infinite());
    let others: f32 = others.map(|row| row.3).sum();
    let unit =
        ((room - low) / others.max(0.1)).clamp(1.0, TALLEST.max(TALLEST_PART * rect.height()));
    let height = |(role, _, _, share): &(Role, Quantity, usize, f32)| match most(*role) {
        most if most.is_finite() => (share * room / all).min(most),
        _ => share * unit,
    };
    let used: f32 = rows.iter().map(height).sum::<f32>() + gap * gaps;
    // What is left over lies above, so that the inputs stand on the ruler.
    let mut top = rect.bottom() - used;
    let place = |row: (Role, Quantity, usize, f32)| {
        let y = Rangef::new(top, top + height(&row));
        top = y.max + gap;
        let (role, quantity, scan, _) = row;
        Row {
            role,
            quantity,
            scan,
            y,
            shown: shown(scene, adjoint, role, quantity, scan),
        }
    };
    rows.into_iter().map(place).collect()
}

/// How the decoder on show looks at its encoder.
pub(super) fn attention(scene: &Scene<'_>) -> Attention {
    let maps = &scene.snapshot.probe.attention;
    let looks = maps
        .iter()
        .any(|map| map.queries == scene.part_index && map.keys != scene.part_index);
    match scene.snapshot.model.network() {
        nn::Network::EncoderDecoder(architecture) if looks => architecture.attention,
        _ => Attention::None,
    }
}

/// Where the cursor has been: the steps at which a row's values are there to be seen, on the way back its adjoints.
fn shown(
    scene: &Scene<'_>,
    adjoint: bool,
    role: Role,
    quantity: Quantity,
    scan: usize,
) -> Range<usize> {
    let part = scene.part_index;
    match role {
        // A term of the loss has no gradient of its own: it is where gradients begin.
        Role::Loss => scene.revealed_of(part, Some((None, Line::Loss)), false),
        Role::Looks if adjoint => scene.revealed_of(part, Some((None, Line::Context)), true),
        Role::Looks => scene.revealed_of(part, Some((None, Line::Weights)), false),
        Role::Output | Role::Layer | Role::Input => {
            let revealed = scene.revealed(scan, quantity, adjoint);
            // An output may be there for the last step only.
            let recorded = scene.part.get(scan, quantity, adjoint);
            let recorded = recorded.map_or(0, |array| array.dim().0);
            revealed.start.max(scene.steps() - recorded)..revealed.end
        }
    }
}

/// The steps at which a row has a cell or a bar: an output may be there for the last one only.
pub(super) fn columns(scene: &Scene<'_>, row: &Row) -> Range<usize> {
    let steps = scene.steps();
    match (row.role, scene.part.readout) {
        (Role::Looks, _) => 0..0,
        (Role::Layer | Role::Input, _) | (_, Some(Readout::Every)) => 0..steps,
        (_, Some(Readout::Last | Readout::Final)) => steps.saturating_sub(1)..steps,
        (_, None) => 0..0,
    }
}

/// The values of a row's cell at a step, its adjoints on the way back; `None` where the cursor has not been.
pub(super) fn values<'a>(
    scene: &'a Scene<'_>,
    adjoint: bool,
    row: &Row,
    t: usize,
) -> Option<impl ExactSizeIterator<Item = f64> + use<'a>> {
    let recorded = scene.part.first(row.scan, row.quantity, adjoint)?.nrows();
    let step = t.checked_sub(scene.steps().checked_sub(recorded)?)?;
    let part = scene.part;
    let values = part.first_at(row.scan, row.quantity, adjoint, step)?;
    let shown = row.has_cells() && row.shown.contains(&t);
    shown.then(|| values.into_iter().copied())
}

/// What a row is called, from the most telling name to the shortest.
fn names(scene: &Scene<'_>, adjoint: bool, row: &Row) -> Vec<String> {
    let symbol = match scene.part.scans.get(row.scan) {
        Some(scan) => scan.symbol(row.quantity),
        None => row.quantity.symbol(),
    };
    let title = row.quantity.title();
    match row.role {
        Role::Loss => {
            let all = !row.shown.is_empty() && row.shown.end == scene.steps();
            let begun = row.shown.start == columns(scene, row).start;
            let loss = significant(scene.snapshot.probe.loss, 3);
            // A number that is too long beside the row goes without its words rather than not at all.
            let whole = (all && begun).then(|| [format!("loss L = {loss}"), format!("L = {loss}")]);
            whole
                .into_iter()
                .flatten()
                .chain(["loss L".into(), "L".into()])
                .collect()
        }
        Role::Looks if adjoint => vec!["∂L/∂attention".into(), "∂L/∂α".into()],
        Role::Looks => vec!["attention α".into(), "α".into()],
        Role::Layer if scene.part.scans.len() > 1 => {
            let scan = scene.part.scan_name(row.scan);
            let short = scan.trim_start_matches("layer ").to_owned();
            match adjoint {
                true => vec![
                    format!("∂L/∂{symbol}, {scan}"),
                    format!("∂{symbol}, {short}"),
                ],
                false => vec![format!("{symbol}, {scan}"), format!("{symbol}, {short}")],
            }
        }
        _ if adjoint => vec![format!("∂L/∂{symbol}"), format!("∂{symbol}")],
        // Its name has the symbol in it.
        _ if row.quantity == Quantity::TanhC => vec![symbol.into()],
        _ => vec![format!("{title} {symbol}"), symbol.into()],
    }
}

/// How far an arrow from or to another part reaches into the left margin, in points.
pub(super) const AT_LEFT: f32 = 11.0;

/// How much of the margin a row's arrow from or to another part takes beside its name, in points.
fn bridge_at_left(scene: &Scene<'_>, row: &Row) -> f32 {
    let last = scene.part.scans.iter().map(|scan| scan.place.layer).max();
    let several = scene.snapshot.probe.parts.len() > 1;
    let place = scene.part.scans.get(row.scan).map(|scan| scan.place);
    let Some(place) = place.filter(|_| several && row.role == Role::Layer) else {
        return 0.0;
    };
    let is_read = scene.part_index > 0 || place.direction == Direction::Reverse;
    match is_read && Some(place.layer) == last {
        true => AT_LEFT,
        false => 0.0,
    }
}

/// Writes the rows' names into the margin, none over another or into the cells: where rows are closer than lines of text the
/// pointer tells the others.
pub(super) fn label(
    painter: &Painter,
    scene: &Scene<'_>,
    adjoint: bool,
    rows: &[Row],
    axis: &TimeAxis,
    body: Rect,
    palette: &Palette,
) {
    let mut above = body.top();
    for row in rows {
        let color = color(scene, row, palette);
        let left = body.left();
        let Some(galley) = name_in_margin(painter, scene, adjoint, row, axis, left, color) else {
            continue;
        };
        let at = pos2(body.left(), row.y.center());
        let mut place = Align2::LEFT_CENTER.anchor_size(at, galley.size());
        // Letters are lower than their line.
        let [past, before] = [
            place.bottom() - 2.0 - body.bottom(),
            body.top() - 2.0 - place.top(),
        ];
        place = place.translate(vec2(0.0, before.max(0.0) - past.max(0.0)));
        if place.top() + 2.0 < above {
            continue;
        }
        above = place.bottom() - 2.0;
        painter.galley(place.min, galley, color);
    }
}

/// The most telling name of a row that has room in a margin that begins at `left`.
pub(super) fn name_in_margin(
    painter: &Painter,
    scene: &Scene<'_>,
    adjoint: bool,
    row: &Row,
    axis: &TimeAxis,
    left: f32,
    color: Color32,
) -> Option<Arc<Galley>> {
    let font = FontId::proportional(SMALL);
    let room = axis.left - 3.0 - bridge_at_left(scene, row) - left;
    let names = names(scene, adjoint, row).into_iter();
    let mut galleys = names.map(|name| painter.layout_no_wrap(name, font.clone(), color));
    galleys.find(|galley| galley.size().x <= room)
}

/// The colour of a row's name.
fn color(scene: &Scene<'_>, row: &Row, palette: &Palette) -> Color32 {
    match row.role {
        Role::Loss => loss_color(scene, palette),
        Role::Looks => palette.text,
        _ => scene.ink(row.quantity, palette),
    }
}

/// The colour of a loss: that of the part of the data that it is over.
pub(super) fn loss_color(scene: &Scene<'_>, palette: &Palette) -> Color32 {
    match scene.snapshot.probe.split {
        Split::Train => palette.train,
        Split::Test => palette.test,
    }
}
