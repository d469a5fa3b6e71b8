//! The blocks of a parameter as coloured cells.

use super::{Shown, name_at};
use crate::app::theme::{Palette, SMALL};
use crate::app::widgets::{HeatMapKind, Texels, ValueTextures, Values, number};
use crate::nn::{ParameterEntry, Quantity};
use crate::train::weights::{Block, Blocks};
use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align2, Color32, EventFilter, FontId, Id, Key, Modifiers, Pos2, Rect, Sense, Stroke,
    StrokeKind, Ui, WidgetInfo, pos2, vec2,
};
use ndarray::ArrayView2;

/// Above each block, for its name.
const TITLE: f32 = 18.0;
/// Between blocks.
const GAP: f32 = 16.0;
/// A cell is at most so high.
const LARGEST: f32 = 64.0;
/// At most so wide.
const WIDEST: f32 = 64.0;
/// And at most so many times as wide as it is high, or as high as wide.
const SLENDER: f32 = 4.0;

/// Where blocks lie.
pub(super) struct Layout {
    places: Vec<Rect>,
    /// Whether rows of the parameter run across: of a vector they do.
    turned: bool,
}

impl Layout {
    /// Side by side, one below the other, or in a square: as cells are largest.
    pub(super) fn of(facts: &Blocks, area: Rect) -> Self {
        let count = facts.blocks.len().max(1);
        let turned = facts.shape[1] == 1;
        let rows = facts.shape[0] / count;
        let (across, down) = match turned {
            true => (rows, 1),
            false => (facts.shape[1], rows),
        };
        let size = |columns: usize| {
            let lines = count.div_ceil(columns);
            let width = (area.width() - GAP * (columns - 1) as f32 - 2.0) / columns as f32;
            let height = (area.height() - GAP * (lines - 1) as f32) / lines as f32 - TITLE - 2.0;
            let cell = vec2(
                (width / across.max(1) as f32).clamp(0.0, WIDEST),
                (height / down.max(1) as f32).clamp(0.0, LARGEST),
            );
            vec2(cell.x.min(SLENDER * cell.y), cell.y.min(SLENDER * cell.x))
        };
        let columns = (1..=count)
            .filter(|&columns| count.is_multiple_of(columns) || columns == count)
            .max_by(|&one, &other| {
                let area = |columns| size(columns).x * size(columns).y;
                area(one).total_cmp(&area(other))
            });
        let columns = columns.unwrap_or(1);
        let cell = size(columns);
        let block = vec2(
            (cell.x * across as f32).max(2.0),
            (cell.y * down as f32).max(2.0),
        );
        // Names need room too.
        let wide = block.x.max(72.0);
        let place = |index: usize| {
            let (line, column) = (index / columns, index % columns);
            let left = area.left() + 1.0 + column as f32 * (wide + GAP);
            let top = area.top() + TITLE + line as f32 * (block.y + TITLE + GAP);
            Rect::from_min_size(pos2(left, top), block)
        };
        Self {
            places: (0..count).map(place).collect(),
            turned,
        }
    }
}

/// A block to show.
pub(super) struct BlockMap<'a> {
    pub(super) block: &'a Block,
    pub(super) index: usize,
    pub(super) layout: &'a Layout,
    pub(super) shown: &'a Shown<'a>,
    /// The cell that keys move, by row and column of the parameter.
    pub(super) cell: [usize; 2],
}

/// What was done at a block: rows and columns are the parameter's.
#[derive(Default)]
pub(super) struct Done {
    /// The cell that was moved to.
    pub(super) moved: Option<[usize; 2]>,
    /// The cell under the pointer, or at the keyboard.
    pub(super) at: Option<[usize; 2]>,
    /// The cell whose number was asked for.
    pub(super) asked: Option<[usize; 2]>,
}

/// What a block is called: “i, input gate”.
pub(super) fn title(block: &Block, entry: &ParameterEntry) -> String {
    match block.gate {
        Some(gate) if block.name != Quantity::H.symbol() => {
            format!("{}, {}", gate.symbol(), gate.title())
        }
        _ if block.name.is_empty() || block.gate.is_some() => entry.name.clone(),
        _ => block.name.to_owned(),
    }
}

impl BlockMap<'_> {
    pub(super) fn show(&self, ui: &mut Ui, textures: &mut ValueTextures) -> Done {
        let palette = Palette::of(ui.visuals());
        let place = self.layout.places[self.index];
        let color = (self.block.gate).map_or(palette.text, |gate| palette.quantity(gate));
        let id = ui.scope_id().with(("weights", self.index));
        let response = ui.interact(place, id, Sense::click());
        let title = title(self.block, self.shown.entry);
        let mut done = Done::default();
        let mut cell = self.cell;
        if !self.block.rows.contains(&cell[0]) {
            cell = [self.block.rows.start, cell[1]];
        }
        if response.has_focus() {
            let keys = self.keys(ui, id, cell);
            done.moved = keys.moved;
            done.asked = keys.asked;
            cell = keys.moved.unwrap_or(cell);
            done.at = Some(cell);
        }
        response.widget_info(|| {
            let name = name_at(self.shown.entry, cell);
            let text = format!("{title}: {name} is {}", number(self.value(cell)));
            WidgetInfo::labeled(Role::Image, true, text)
        });
        if response.gained_focus() {
            response.scroll_to_me(None);
            done.moved = Some(cell);
        }
        let hovered = response.hover_pos().and_then(|at| self.cell_at(place, at));
        done.at = hovered.or(done.at);
        if response.clicked()
            && let Some(at) = response
                .interact_pointer_pos()
                .and_then(|at| self.cell_at(place, at))
        {
            (done.asked, done.moved) = (Some(at), Some(at));
        }
        if !ui.is_rect_visible(place.expand(TITLE)) {
            return done;
        }
        let painter = ui.painter().with_clip_rect(
            ui.clip_rect()
                .intersect(Rect::everything_right_of(place.left() - 2.0)),
        );
        painter.text(
            place.left_top() - vec2(0.0, 4.0),
            Align2::LEFT_BOTTOM,
            short(ui, &title, place.width().max(72.0)),
            FontId::proportional(SMALL),
            color,
        );
        painter.rect_filled(place, 0.0, palette.ghost);
        let values: ArrayView2<'_, f64> = self.shown.weights.picture(self.block.rows.clone());
        let pixels = place * ui.pixels_per_point();
        let (across, down) = values.dim();
        let of = Values {
            id: Id::unique(("weights", self.shown.index, self.shown.aspect, self.index)),
            values,
            version: self.shown.version,
            kind: HeatMapKind::Signed {
                max_abs: self.shown.weights.facts.largest,
            },
            steps: Texels::of_pixels(across, pixels.left(), pixels.right()),
            units: Texels::of_pixels(down, pixels.top(), pixels.bottom()),
            order: None,
        };
        if across > 0
            && down > 0
            && let Some(texture) = textures.get(ui.ctx(), palette.dark, &of)
        {
            painter.image(
                texture.id,
                place,
                texture.values([0.0, 1.0]),
                Color32::WHITE,
            );
        }
        painter.rect_stroke(place, 0.0, palette.hairline_stroke(), StrokeKind::Outside);
        if response.has_focus() {
            let ring = Stroke::new(1.5, palette.accent_text);
            painter.rect_stroke(place.expand(1.0), 2.0, ring, StrokeKind::Outside);
        }
        if let Some(at) = done.at {
            let cell = self.rect_of(place, at);
            let cell = Rect::from_center_size(cell.center(), cell.size().max(vec2(5.0, 5.0)));
            let halo = Stroke::new(3.5, palette.background);
            painter.rect_stroke(cell, 0.0, halo, StrokeKind::Outside);
            let ring = Stroke::new(1.5, palette.strong_text);
            painter.rect_stroke(cell, 0.0, ring, StrokeKind::Outside);
        }
        done
    }

    fn value(&self, [row, column]: [usize; 2]) -> f64 {
        let value = self.shown.weights.values.get([column, row]);
        value.copied().unwrap_or(f64::NAN)
    }

    /// How many cells the block has across and down.
    fn cells(&self) -> [usize; 2] {
        let columns = self.shown.weights.facts.shape[1];
        match self.layout.turned {
            true => [self.block.rows.len(), 1],
            false => [columns, self.block.rows.len()],
        }
    }

    fn cell_at(&self, place: Rect, at: Pos2) -> Option<[usize; 2]> {
        let [across, down] = self.cells();
        if !place.contains(at) || across == 0 || down == 0 {
            return None;
        }
        let part = (at - place.min) / place.size();
        let index = |part: f32, count: usize| ((part * count as f32) as usize).min(count - 1);
        let (x, y) = (index(part.x, across), index(part.y, down));
        let start = self.block.rows.start;
        Some(match self.layout.turned {
            true => [start + x, 0],
            false => [start + y, x],
        })
    }

    fn rect_of(&self, place: Rect, [row, column]: [usize; 2]) -> Rect {
        let [across, down] = self.cells().map(|count| count.max(1) as f32);
        let size = vec2(place.width() / across, place.height() / down);
        let unit = row.saturating_sub(self.block.rows.start);
        let (x, y) = match self.layout.turned {
            true => (unit, 0),
            false => (column, unit),
        };
        Rect::from_min_size(place.min + vec2(x as f32 * size.x, y as f32 * size.y), size)
    }

    /// Arrows move the cell, Enter asks about it.
    fn keys(&self, ui: &Ui, id: Id, [row, column]: [usize; 2]) -> Done {
        let filter = EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let [across, down] = self.cells();
        let unit = row - self.block.rows.start;
        let (mut x, mut y) = if self.layout.turned {
            (unit, 0)
        } else {
            (column, unit)
        };
        let before = (x, y);
        if pressed(Key::ArrowRight) {
            x = (x + 1).min(across.max(1) - 1);
        } else if pressed(Key::ArrowLeft) {
            x = x.saturating_sub(1);
        } else if pressed(Key::ArrowDown) {
            y = (y + 1).min(down.max(1) - 1);
        } else if pressed(Key::ArrowUp) {
            y = y.saturating_sub(1);
        }
        let start = self.block.rows.start;
        let cell = match self.layout.turned {
            true => [start + x, 0],
            false => [start + y, x],
        };
        Done {
            moved: ((x, y) != before).then_some(cell),
            asked: pressed(Key::Enter).then_some(cell),
            at: None,
        }
    }
}

/// As much of a name as has room: all of it, or its symbol alone.
fn short(ui: &Ui, title: &str, room: f32) -> String {
    let font = FontId::proportional(SMALL);
    let galley = ui
        .painter()
        .layout_no_wrap(title.to_owned(), font, Color32::WHITE);
    match title.split_once(", ") {
        Some((symbol, _)) if galley.size().x > room => symbol.to_owned(),
        _ => title.to_owned(),
    }
}
