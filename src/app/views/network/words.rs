//! What is said of the drawing in words, where nothing is drawn: what playing shows, and how much of a gradient came on which way.
//!
//! Beside a single output there is room for them; otherwise they have a line of their own above the rows.

use super::super::Scene;
use super::rows::{self, Role, Row};
use super::{Drawing, arrows};
use crate::app::theme::SMALL;
use crate::nn::{Cursor, Quantity, Readout};
use crate::session::Step;
use crate::train::story::Story;
use eframe::egui::{Align2, FontId, Painter, Rangef, Rect, vec2};

/// How high the line above the rows is.
pub(super) const LINE: f32 = 17.0;
/// Before anything is shown it is there in so low a pane; later no row goes for it.
const LEAST: f32 = 64.0;

/// How much of a height the rows leave to a line of words above them: all of the line, or nothing.
pub(super) fn above(scene: &Scene<'_>, height: f32) -> f32 {
    let is_alone = matches!(scene.part.readout, Some(Readout::Last | Readout::Final));
    let rest = height - LINE;
    let has_room = rows::has_room(scene, rest) || scene.cursor == Cursor::START && rest >= LEAST;
    match !is_alone && has_room {
        true => LINE,
        false => 0.0,
    }
}

/// What playing will show, as long as nothing is shown; from the most telling words to the fewest.
pub(super) fn invitations(moves_by: Step, has_answered: bool) -> &'static [&'static str] {
    match (moves_by, has_answered) {
        (Step::Operation | Step::Time, true) => &[
            "The network has answered already. Play shows how, without training it: what it reads, what it keeps, what it answers",
            "The network has answered already. Play shows how, without training it",
            "Play shows how the network has answered",
            "Play shows how it answered",
        ],
        (Step::Operation | Step::Time, false) => &[
            "Play shows what the network reads and what it keeps, without training it",
            "Play shows what the network does",
        ],
        (Step::Sequence, _) => &[
            "Play turns from one sequence to the next, without training the network",
            "Play turns from sequence to sequence",
        ],
        (Step::Update, _) => &[
            "Play trains the network, one update after the other",
            "Play trains the network",
        ],
    }
}

/// Whether an answer is told above the network.
pub(super) fn has_answered(story: Option<&Story>) -> bool {
    story.is_some_and(|story| !story.comes_out.is_empty())
}

/// Says what the boxes are for, as long as all of them are empty; false where there is no place for it.
pub(super) fn invite(
    painter: &Painter,
    scene: &Scene<'_>,
    drawing: &Drawing<'_>,
    line: Option<Rect>,
) -> bool {
    let all = invitations(scene.moves_by, has_answered(drawing.story));
    say(painter, drawing, &places(scene, drawing, None, line), all)
}

/// Says how much of ∂L/∂h came to the cursor's step on which way.
pub(super) fn tell_shares(
    painter: &Painter,
    scene: &Scene<'_>,
    drawing: &Drawing<'_>,
    t: usize,
    line: Option<Rect>,
) {
    let shown = |row: &&Row| {
        row.role == Role::Layer && row.quantity == Quantity::H && row.shown.contains(&t)
    };
    let told = drawing.rows.iter().filter(shown).filter_map(|row| {
        let told = arrows::Shares::at(scene, row.scan, t)?.told();
        let name = match scene.part.scans.len() {
            1 => String::new(),
            _ => format!(", {}", scene.part.scan_name(row.scan)),
        };
        let told = (!told.is_empty()).then(|| told.join("   "))?;
        Some((format!("∂L/∂h{name} at t = {}   ", t + 1), told))
    });
    let told: Vec<(String, String)> = told.collect();
    let lines = |of: fn(&(String, String)) -> String, between: &str| {
        told.iter().map(of).collect::<Vec<_>>().join(between)
    };
    let whole = |(name, told): &(String, String)| format!("{name}{told}");
    let mut all = vec![lines(whole, "      "), lines(whole, "\n")];
    if told.len() == 1 {
        // The cursor says of which step.
        all.push(lines(|(_, told)| told.clone(), ""));
    }
    if !told.is_empty() {
        say(
            painter,
            drawing,
            &places(scene, drawing, Some(t), line),
            &all,
        );
    }
}

/// Where nothing is drawn but the column of a step, if that is given; each with how many lines it is for.
fn places(
    scene: &Scene<'_>,
    drawing: &Drawing<'_>,
    t: Option<usize>,
    line: Option<Rect>,
) -> Vec<(Rect, usize)> {
    let (rows, axis) = (&drawing.rows, &drawing.axis);
    let mut places: Vec<(Rect, usize)> = line.map(|line| (line, 1)).into_iter().collect();
    let output = rows.iter().find(|row| row.role == Role::Output);
    let is_alone = |row: &&Row| rows::columns(scene, row).len() == 1;
    let Some(output) = output.filter(is_alone) else {
        return places;
    };
    let at = rows::columns(scene, output).start;
    let right = axis.x_of(at) - 0.5 * drawing.cell_width(1);
    let whole = Rangef::new(axis.left, right.min(axis.right) - 8.0);
    // The loss has one bar, above it.
    let loss = rows.iter().find(|row| row.role == Role::Loss);
    let y = Rangef::new(loss.map_or(output.y.min, |row| row.y.min), output.y.max);
    let column = t.map(|t| axis.column(t)).filter(|column| {
        let (from, to) = (column.min.max(whole.min), column.max.min(whole.max));
        from < to
    });
    let parts = match column {
        // On the way back what lies before the cursor is still empty.
        Some(column) => vec![
            Rangef::new(whole.min, column.min - 4.0),
            Rangef::new(column.max + 4.0, whole.max),
        ],
        None => vec![whole],
    };
    places.extend(parts.into_iter().map(|x| (Rect::from_x_y_ranges(x, y), 2)));
    places
}

/// Writes the first of these texts for which there is a place; false where there is none.
fn say(
    painter: &Painter,
    drawing: &Drawing<'_>,
    places: &[(Rect, usize)],
    texts: &[impl AsRef<str>],
) -> bool {
    let palette = &drawing.palette;
    // Letters are lower than their line.
    const LOWER: f32 = 3.0;
    // Smaller before it is shorter.
    let sizes = [SMALL, SMALL - 1.0];
    for (words, size) in texts
        .iter()
        .flat_map(|words| sizes.map(|size| (words.as_ref(), size)))
    {
        for &(place, rows) in places {
            let room = place.width() - 8.0;
            let font = FontId::proportional(size);
            let galley = painter.layout(words.into(), font, palette.text, room.max(0.0));
            let size = galley.size();
            let fits = galley.rows.len() <= rows && size.x <= room;
            if !fits || size.y - LOWER > place.height() {
                continue;
            }
            let at = match rows {
                1 => Align2::LEFT_CENTER.anchor_size(place.left_center(), size),
                _ => Rect::from_center_size(place.center(), size),
            };
            // The lines of a grid do not run through it.
            let ground = at
                .expand2(vec2(4.0, 0.0))
                .intersect(place.expand2(vec2(4.0, 0.0)));
            painter.rect_filled(ground, 0.0, palette.background);
            painter.galley(at.min, galley, palette.text);
            return true;
        }
    }
    false
}
