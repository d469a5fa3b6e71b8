//! The network unrolled over time: a column per step, from the input at the bottom to the output at the top, and above it what
//! all this is about: [what goes in, what comes out, and whether that is right](story).
//!
//! Each cell shows its units' values as stripes. On the way back it shows their adjoints instead, and the arrows turn. Where steps
//! are many one zooms in; where they are closer than can be seen a column shows of several the one that stands out, and that is
//! said.

mod arrows;
mod looks;
mod losses;
mod readout;
mod rows;
mod story;
mod words;

use super::{
    Home, Purpose, Scene, Shared, Shown, View, called, drag_by, label_names, legends_if_roomy,
    legends_or_shorter, move_to, step_names, time_axis, zoom_at, zoom_by,
};
use crate::app::theme::{Palette, SMALL, readable_on};
use crate::app::widgets::{
    CellRows, HeatMapKind, RULER_HEIGHT, StripedCells, TimeAxis, caption, has_room, segmented,
    segmented_width, time_ruler,
};
use crate::nn::{Cursor, Line, Move, Quantity};
use crate::session::Command;
use crate::train::question::{At, Spot};
use crate::train::story::{Story, Word};
use crate::train::{Answer, Question};
use crate::words::significant;
use eframe::egui::{
    Align2, Button, Color32, ComboBox, CursorIcon, FontId, Id, Key, Modifiers, Painter, Rangef,
    Rect, Response, RichText, Sense, Stroke, StrokeKind, Ui, WidgetInfo, accesskit, pos2, vec2,
};
use rows::{Role, Row};

/// Below this height there is room for the network alone.
const LEAST_WITH_STORY: f32 = 150.0;
/// A curve need not be higher, in points, unless the pane is large.
const CURVE: f32 = 120.0;
/// In a column this wide a number can be read.
const NUMBER: f32 = 30.0;
/// In one this wide a letter can.
const LETTER: f32 = 9.0;
/// Columns narrower than this blur: they are put together.
const NARROWEST: f32 = 3.0;
/// How high the line is that says so.
const SAYING: f32 = 15.0;
/// Above and below the rows, in points.
const PADDING: f32 = 4.0;
/// What a key zooms by.
const ZOOM: f64 = 1.5;
/// Cells are at most so wide.
const WIDEST: f32 = 28.0;
/// In columns narrower than this cells stand side by side.
const APART: f32 = 6.0;
/// A cell that stands alone is at least so wide.
const ALONE: f32 = 9.0;

/// The unrolled network.
#[derive(Default)]
pub struct Network {
    kept: CellRows,
    /// What layers show; h, if nothing was chosen.
    chosen: Option<Quantity>,
    /// Whether there was room for arrows in the last frame.
    arrows: bool,
    /// Whether there was none for what playing shows.
    uninvited: bool,
    /// What the last click on a step moved.
    clicked: Option<Clicked>,
}

/// What a click has moved, so that it can go back when it was the first one of two.
#[derive(Clone, Copy)]
struct Clicked {
    /// The step that the cursor was moved to.
    to: usize,
    /// The one that it came from.
    from: usize,
    /// The number that was on show before.
    number: Option<Spot>,
}

/// All that a drawing is made from, beside the scene.
struct Drawing<'a> {
    rows: Vec<Row>,
    axis: TimeAxis,
    adjoint: bool,
    /// A column stands for so many steps.
    each: usize,
    /// The width of a cell.
    width: f32,
    /// The step whose attention is shown.
    looking: Option<usize>,
    story: Option<&'a Story>,
    palette: Palette,
}

impl Drawing<'_> {
    /// The width of a cell in a row of so many.
    fn cell_width(&self, cells: usize) -> f32 {
        match cells {
            1 => self.width.max(ALONE),
            _ => self.width,
        }
    }
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
            Purpose::Compare => Home::Closed("comparison"),
            Purpose::All => Home::Row(0.95),
        }
    }

    fn tools(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) {
        if let Some(span) = shared.span {
            let all = Button::new(RichText::new("All steps").size(SMALL));
            let all = ui
                .add(all)
                .on_hover_text("Zoom out to all steps (0, or double-click)");
            let (first, last) = (span.first.floor() as usize + 1, span.last.ceil() as usize);
            let last = last.min(scene.steps());
            let told = format!("t = {first} … {last} of {}", scene.steps());
            if has_room(ui, &told, 120.0) {
                caption(ui, &told);
            }
            if all.clicked() {
                shared.span = None;
            }
        }
        self.choices(ui, scene, shared);
        if shared.adjoint() {
            self.arrows_legend(ui, scene);
        } else if rows::quantity_of(scene, 0, self.chosen).is_gate() {
            legends_if_roomy(ui, &[(HeatMapKind::Unit, "gate")]);
        }
        // Before anything is shown there are no colours to be told.
        if scene.cursor == Cursor::START {
            if self.uninvited {
                let told = scene.session.ask(&Question::Story);
                let has_answered = match told.answer.as_deref() {
                    Some(Answer::Story(story)) => words::has_answered(story.as_deref()),
                    _ => false,
                };
                let all = words::invitations(scene.moves_by, has_answered);
                if let Some(words) = all.iter().find(|words| has_room(ui, words, 8.0)) {
                    ui.label(RichText::new(*words).size(SMALL));
                }
            }
            return;
        }
        let signed = HeatMapKind::Signed { max_abs: 1.0 };
        legends_or_shorter(ui, &[(signed, ["of each row's largest", "per row"])]);
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
        let mut line = None;
        // While it is worked out its place is kept, so that nothing jumps.
        if body.height() >= LEAST_WITH_STORY {
            let untrained = scene.snapshot.update == 0;
            let height = story.map_or(story::SENTENCE, |story| {
                let older = (!told.is_current && told.update != scene.snapshot.update)
                    .then_some(told.update);
                story::sentence(ui, story, body, untrained, older)
            });
            body.min.y += height;
            // The network first: the curve has what it does not need.
            let said = words::above(scene, body.height() - 2.0 * PADDING);
            let room = body.height() - said;
            let share = (0.3 * room).min(CURVE.max(0.2 * room));
            // Of the curve the input's row tells too: it goes before a row does for which there is room without it.
            let all_rows = |height: f32| rows::has_room(scene, height - 2.0 * PADDING);
            let is_free = all_rows(room - share) || !all_rows(room);
            let curve = story.filter(|story| {
                // Of a decoder's steps the inputs have no part.
                scene.part_index == 0 && is_free && story::has_curve(story, share)
            });
            if let Some(story) = curve {
                let rect = Rect::from_min_max(body.min, pos2(body.right(), body.top() + share));
                story::curve(ui.painter(), story, &axis, rect, &palette);
                body.min.y += share;
            }
            if said > 0.0 {
                let y = Rangef::new(body.top(), body.top() + said);
                line = Some(Rect::from_x_y_ranges(axis.left..=area.right(), y));
                body.min.y += said;
            }
        }
        let each = steps_to_a_column(axis.column_width());
        let mut cells = body.shrink2(vec2(0.0, PADDING));
        if each > 1 {
            cells.max.y -= SAYING;
        }
        let sense = Sense::CLICK | Sense::DRAG;
        let response = ui.interact(body, ui.scope_id().with("unrolled"), sense);
        let adjoint = shared.adjoint();
        let pointed = shared.hover.t.into_iter().chain(scene.column());
        let drawing = Drawing {
            rows: rows::layout(scene, adjoint, self.chosen, cells),
            axis,
            adjoint,
            each,
            width: match axis.of_every(each).column_width() {
                width if width < APART => width.max(1.0),
                width => (0.72 * width).min(WIDEST.max(0.02 * area.width())),
            },
            looking: looks::step(scene, adjoint, pointed),
            story,
            palette,
        };
        self.arrows = axis.column_width() >= arrows::ROOM;
        let bridges = self.paint(ui, scene, shared, &drawing, body, line);
        if each > 1 {
            let text = format!("each column: of {each} steps the value furthest from their mean");
            let font = FontId::proportional(SMALL - 1.0);
            let at = pos2(axis.left, body.bottom());
            let painter = ui.painter_at(body);
            painter.text(at, Align2::LEFT_BOTTOM, text, font, palette.weak_text);
        }
        self.follow_pointer(ui, scene, shared, &drawing, &response, &mut commands);
        for bridge in bridges {
            let id = ui.scope_id().with(("bridge", bridge.place.min.y as i32));
            let name = scene.snapshot.probe.parts.get(bridge.part);
            let name = name.map_or("", |part| part.name);
            let link = ui.interact(bridge.place, id, Sense::CLICK);
            link.widget_info(|| {
                WidgetInfo::labeled(accesskit::Role::Link, true, format!("To the {name}"))
            });
            let link = link.on_hover_cursor(CursorIcon::PointingHand);
            let words = match bridge.part {
                0 => "The first state of the decoder is made of the encoder's last ones",
                _ => "Of the last states of the encoder the first one of the decoder is made",
            };
            if link
                .on_hover_text(format!("{words}. Click to see the {name}."))
                .clicked()
            {
                commands.push(Command::ShowPart(bridge.part));
            }
        }
        let ruler_place = Rect::from_min_max(pos2(area.left(), body.bottom()), area.max);
        let names = step_names(scene, story);
        let called = names.as_deref().map(|all| called(scene, story, all));
        let ruler = time_ruler(ui, "Time ruler", ruler_place, &axis, scene.column(), called);
        label_names(ui, scene, ruler_place, &axis, called.is_some(), ruler.each);
        zoom_at(&ruler.response, &axis, shared);
        if let Some(t) = ruler.chosen {
            commands.push(move_to(t));
        }
        shared.next_hover.t = shared.next_hover.t.or(ruler.hovered);
        commands
    }
}

/// How many steps a column stands for, so that it is wide enough to be told from the next.
fn steps_to_a_column(width: f32) -> usize {
    if width >= NARROWEST || width <= 0.0 || !width.is_finite() {
        return 1;
    }
    ((NARROWEST / width).ceil() as usize)
        .min(1 << 30)
        .next_power_of_two()
}

impl Network {
    /// What layers show, and whether that or its gradient.
    fn choices(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) {
        let quantities = scene
            .part
            .scans
            .first()
            .map_or(&[][..], |scan| scan.quantities());
        let symbol = |quantity| match scene.part.scans.first() {
            Some(scan) => scan.symbol(quantity),
            None => Quantity::symbol(quantity),
        };
        let quantity = rows::quantity_of(scene, 0, self.chosen);
        let gradient = format!("∂L/∂{}", symbol(quantity));
        let symbols = [
            (Shown::Values, symbol(quantity)),
            (Shown::Adjoints, gradient.as_str()),
        ];
        // Beside the list, which shows the symbol already, that would stand there twice.
        let words = [(Shown::Values, "value"), (Shown::Adjoints, "gradient")];
        let is_listed = quantities.len() > 1;
        let list = if is_listed { 64.0 } else { 0.0 };
        let fits =
            |options: &[(Shown, &str)]| ui.available_width() >= segmented_width(ui, options) + list;
        let options = match is_listed && fits(&words) {
            true => words,
            false if fits(&symbols) => symbols,
            false => return,
        };
        segmented(ui, "Values or their gradients", &mut shared.show, &options)
            .on_hover_text("Cells show values, or the gradient of the loss by them");
        if !is_listed {
            return;
        }
        let list = |ui: &mut Ui| {
            ui.spacing_mut().button_padding.x = 5.0;
            ComboBox::from_id_salt("quantity of layers")
                .selected_text(symbol(quantity))
                .width(0.0)
                .show_ui(ui, |ui| {
                    for &other in quantities {
                        let name = format!("{}  {}", symbol(other), other.title());
                        let chosen = other == quantity;
                        if ui.selectable_label(chosen, name).clicked() {
                            self.chosen = Some(other);
                        }
                    }
                })
                .response
        };
        ui.name_inputs("Layers show", list)
            .on_hover_text("What of a layer its cells show");
    }

    /// What the widths of arrows mean, as long as there is room for.
    fn arrows_legend(&self, ui: &mut Ui, scene: &Scene<'_>) {
        if !scene.part.scans.iter().any(|scan| scan.cell.is_some()) {
            return;
        }
        let (signs, sign) = match self.arrows {
            true => ("arrows", "→"),
            false => ("bands", "bands"),
        };
        let shown = rows::quantity_of(scene, 0, self.chosen);
        let norm = format!("‖∂L/∂{}‖", arrows::carried(shown).symbol());
        let words = [
            format!("{signs}: {norm}, widest at its largest, a hairline from a thousandth on"),
            format!("{signs}: {norm}, logarithmic, down to a thousandth"),
            format!("{signs}: {norm}, log scale"),
            format!("{sign} {norm}, log"),
        ];
        let fitting = words.iter().find(|words| has_room(ui, words, 8.0));
        if let Some(fitting) = fitting {
            caption(ui, fitting).on_hover_text(&words[0]);
        }
    }

    /// Draws everything, with words in a line above if there is one; gives the places that lead to another part.
    fn paint(
        &mut self,
        ui: &Ui,
        scene: &Scene<'_>,
        shared: &Shared,
        drawing: &Drawing<'_>,
        body: Rect,
        line: Option<Rect>,
    ) -> Vec<arrows::Bridge> {
        let Drawing {
            rows,
            axis,
            adjoint,
            each,
            width,
            palette,
            ..
        } = drawing;
        let (adjoint, each, width) = (*adjoint, *each, *width);
        let painter = ui.painter_at(body);
        // What is cut at an edge of the axis goes on beyond it, out of sight.
        let more = if axis.is_zoomed() { 1.0 } else { ALONE };
        let beside = Rect::from_x_y_ranges(axis.left - more..=axis.right + more, body.y_range());
        let inside = painter.with_clip_rect(beside.intersect(painter.clip_rect()));
        rows::label(&painter, scene, adjoint, rows, axis, body, palette);
        for row in rows {
            match row.role {
                Role::Loss => {
                    let width = drawing.cell_width(rows::columns(scene, row).len());
                    losses::paint(&inside, scene, row, axis, each, width, palette);
                }
                Role::Looks => {}
                _ => self.cells(&inside, scene, drawing, row),
            }
        }
        if self.arrows {
            arrows::paint(&inside, scene, adjoint, rows, axis, width, palette);
        } else if adjoint {
            arrows::bands(&inside, scene, rows, axis, each, palette);
        }
        arrows::from_afar(&inside, scene, adjoint, rows, axis, palette);
        let bridges = arrows::bridges(&painter, scene, adjoint, rows, axis, width, palette);
        let at = shared.hover.t.or(scene.column());
        looks::within(&inside, scene, adjoint, rows, axis, at, width, palette);
        if let Some(story) = drawing.story.filter(|_| !adjoint) {
            letters(
                &inside,
                scene,
                story,
                rows,
                axis,
                drawing.cell_width(1),
                palette,
            );
        }
        if scene.cursor == Cursor::START {
            let uninvited = !words::invite(ui.painter(), scene, drawing, line);
            if uninvited != self.uninvited {
                self.uninvited = uninvited;
                // Then it stands beside the title, which was drawn before.
                ui.ctx().request_repaint();
            }
        }
        if let Some(t) = shared.hover.t.filter(|&t| t < scene.steps()) {
            let column = Rect::from_x_y_ranges(axis.column(t), body.y_range());
            inside.rect_filled(column, 0.0, palette.cursor.gamma_multiply(0.08));
        }
        if let Some(t) = scene.column() {
            axis.paint_cursor(&painter, body.y_range(), t, palette.cursor);
        }
        looks::strip(
            &painter,
            scene,
            adjoint,
            rows,
            axis,
            drawing.looking,
            drawing.story,
            palette,
        );
        if let Some((row, t)) = operation(scene, rows) {
            let column = axis.column(t).shrink(2.0);
            let stroke = Stroke::new(2.0, palette.cursor);
            let place = Rect::from_x_y_ranges(column, row.y);
            inside.rect_stroke(place, 4.0, stroke, StrokeKind::Inside);
        }
        if let Some(t) = scene.column().filter(|_| adjoint && scene.backward()) {
            words::tell_shares(ui.painter(), scene, drawing, t, line);
        }
        bridges
    }

    /// Draws the cells of a row; where steps are too close, of several the values that stand out.
    fn cells(&mut self, painter: &Painter, scene: &Scene<'_>, drawing: &Drawing<'_>, row: &Row) {
        let (adjoint, each) = (drawing.adjoint, drawing.each);
        let columns = rows::columns(scene, row);
        let recorded = scene.part.first(row.scan, row.quantity, adjoint);
        let recorded = recorded.filter(|array| array.nrows() == columns.len());
        let mut cells = StripedCells {
            id: Id::unique((row.role, row.quantity, row.scan)),
            values: recorded,
            version: scene.record_version(row.scan, adjoint),
            kind: scale(scene, adjoint, row),
            shown: row.shown.clone(),
            width: drawing.cell_width(columns.len()),
            y: row.y,
            columns: columns.clone(),
        };
        if each == 1 {
            cells.paint(painter, &mut self.kept, &drawing.axis, &drawing.palette);
            return;
        }
        let axis = drawing.axis.of_every(each);
        cells.columns = columns.start / each..columns.end.div_ceil(each);
        // A column is there when all of its steps are.
        let end = match row.shown.end == columns.end {
            true => cells.columns.end,
            false => row.shown.end / each,
        };
        cells.shown = match columns.len() {
            1 if row.shown.is_empty() => 0..0,
            1 => cells.columns.clone(),
            _ => row.shown.start.div_ceil(each)..end,
        };
        let told = (columns.len() > 1).then(|| {
            scene.session.ask(&Question::Outliers {
                at: At {
                    part: scene.part_index,
                    scan: row.scan,
                },
                quantity: row.quantity,
                adjoint,
                of: each,
            })
        });
        if let Some(told) = &told {
            // An answer of the snapshot before may be all that there is as yet.
            let count = 2 * told.update + u64::from(told.is_current);
            cells.version = (cells.version.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_add(count);
            let outliers = match told.answer.as_deref() {
                Some(Answer::Outliers(Some(outliers))) => Some(outliers.view()),
                _ => None,
            };
            cells.values = outliers.filter(|outliers| outliers.nrows() == cells.columns.len());
        }
        cells.paint(painter, &mut self.kept, &axis, &drawing.palette);
    }

    /// Zooms, moves, tells and chooses as the pointer asks, and the keys while it is here.
    fn follow_pointer(
        &mut self,
        ui: &Ui,
        scene: &Scene<'_>,
        shared: &mut Shared,
        drawing: &Drawing<'_>,
        response: &Response,
        commands: &mut Vec<Command>,
    ) {
        let axis = &drawing.axis;
        if response.dragged() && axis.is_zoomed() {
            ui.set_cursor_icon(CursorIcon::Grabbing);
            let along = response.drag_delta().x;
            if along != 0.0 {
                drag_by(axis, along, shared);
                ui.ctx().request_repaint();
            }
        }
        zoom_at(response, axis, shared);
        let Some(at) = response.hover_pos() else {
            return;
        };
        if response.contains_pointer() {
            zoom_keys(ui, axis, axis.place_at(at.x), shared);
        }
        let t = axis.time_at(at.x);
        let row = drawing.rows.iter().find(|row| row.y.contains(at.y));
        let (Some(t), Some(row)) = (t, row) else {
            self.click(scene, shared, response, t, None, commands);
            return;
        };
        if row.role == Role::Looks {
            let adjoint = drawing.adjoint;
            let told = looks::told(scene, adjoint, axis, drawing.looking, at.x, drawing.story);
            if let Some(told) = told {
                response.clone().on_hover_text_at_pointer(told);
            }
            // Its steps are others than the cursor's.
            self.click(scene, shared, response, None, None, commands);
            return;
        }
        shared.next_hover.t = Some(t);
        shared.next_hover.quantity = row.has_cells().then_some(row.quantity);
        let units = rows::values(scene, drawing.adjoint, row, t).map_or(0, |values| values.len());
        let unit = row.unit_at(at.y, units).filter(|_| row.role == Role::Layer);
        // What views of one layer tell of it is of the one that they show.
        shared.next_hover.unit = unit.filter(|_| row.scan == shared.scan);
        let each = match rows::columns(scene, row).len() {
            1 => 1,
            _ => drawing.each,
        };
        let told = readout::told(scene, shared, row, (t, at.y), each, drawing.story);
        if let Some(told) = told.filter(|_| !response.dragged()) {
            response.clone().on_hover_text_at_pointer(told);
        }
        let number = row.unit_at(at.y, units).filter(|_| row.has_cells());
        let number = number.and_then(|unit| scene.spot(row.scan, row.quantity, t, unit));
        let number = number.or_else(|| match row.role {
            Role::Loss => scene.loss_spot(t),
            _ => None,
        });
        self.click(scene, shared, response, Some(t), number, commands);
    }

    /// A click moves the cursor and chooses the number under it. Two zoom out, and what the first one moved goes back.
    fn click(
        &mut self,
        scene: &Scene<'_>,
        shared: &mut Shared,
        response: &Response,
        t: Option<usize>,
        number: Option<Spot>,
        commands: &mut Vec<Command>,
    ) {
        if response.double_clicked() {
            let stands = scene.cursor.shown_t(scene.schedule, scene.by_operation);
            let before = self.clicked.take().filter(|before| before.to == stands);
            if shared.span.take().is_none() {
                // Two clicks within a frame have no first one.
                shared.number = number.or(shared.number);
                shared.number_asked |= number.is_some();
            } else if let Some(before) = before {
                shared.number = before.number;
                commands.push(Command::Move(Move::To(before.from)));
            }
            response.ctx.request_repaint();
        } else if response.clicked()
            && let Some(t) = t
        {
            self.clicked = Some(Clicked {
                to: t + 1,
                from: scene.cursor.shown_t(scene.schedule, scene.by_operation),
                number: shared.number,
            });
            shared.number = number.or(shared.number);
            commands.push(move_to(t));
        }
    }
}

/// The keys that zoom, while the pointer is over the network and nothing else wants them.
fn zoom_keys(ui: &Ui, axis: &TimeAxis, at: f64, shared: &mut Shared) {
    if ui.ctx().egui_wants_keyboard_input() {
        return;
    }
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    if pressed(Key::Plus) || pressed(Key::Equals) {
        zoom_by(axis, ZOOM, at, shared);
    } else if pressed(Key::Minus) {
        zoom_by(axis, 1.0 / ZOOM, at, shared);
    } else if pressed(Key::Num0) {
        shared.span = None;
    } else {
        return;
    }
    ui.ctx().request_repaint();
}

/// Where the operation happens that was passed last, where single operations are walked: the row, and the array index of the
/// step.
fn operation<'a>(scene: &Scene<'_>, rows: &'a [Row]) -> Option<(&'a Row, usize)> {
    let station = scene.cursor.station(scene.schedule);
    let station = station.filter(|at| scene.by_operation && at.part == scene.part_index)?;
    let scan = station.place.and_then(|place| scene.part.index_of(place));
    let roles: &[Role] = match station.line {
        Line::Readout => &[Role::Output],
        Line::Loss => &[Role::Loss, Role::Output],
        Line::Embedding => &[Role::Input],
        Line::Bridge => return None,
        // Weights of a decoder have a strip of their own, over other steps.
        _ => &[Role::Layer],
    };
    let row = roles.iter().find_map(|&role| {
        let mut rows = rows.iter();
        rows.find(|row| {
            row.role == role && (role != Role::Layer || scan.is_none_or(|scan| row.scan == scan))
        })
    })?;
    Some((row, station.t.checked_sub(1)?))
}

/// How a row's values become colours: gates from 0 to 1, all else by what is largest of it.
fn scale(scene: &Scene<'_>, adjoint: bool, row: &Row) -> HeatMapKind {
    if row.quantity.is_gate() && !adjoint {
        return HeatMapKind::Unit;
    }
    let probe = &scene.snapshot.probe;
    let max_abs = probe.extent(scene.part_index, row.scan, row.quantity, adjoint);
    HeatMapKind::Signed { max_abs }
}

/// What there is of some values at the steps that are shown, with these.
fn at_steps<T>(values: &[T], shown: std::ops::Range<usize>) -> impl Iterator<Item = (usize, &T)> {
    let end = shown.end.min(values.len());
    let start = shown.start.min(end);
    (start..end).zip(&values[start..end])
}

/// Writes into the cells of input and output what they stand for: symbols, or numbers in their own units; and what would have
/// been right where the answer is not.
fn letters(
    painter: &Painter,
    scene: &Scene<'_>,
    story: &Story,
    rows: &[Row],
    axis: &TimeAxis,
    cell: f32,
    palette: &Palette,
) {
    let width = axis.column_width();
    if width < LETTER {
        return;
    }
    let seen = axis.shown();
    let font = FontId::proportional(SMALL - 1.0);
    // Digits that stand over a cell's edges are left out.
    let in_cell = |value: f64| {
        let mut texts = [3, 2, 1]
            .into_iter()
            .map(|digits| significant(value, digits));
        texts.find(|text| {
            let galley = painter.layout_no_wrap(text.clone(), font.clone(), palette.text);
            galley.size().x <= cell
        })
    };
    let write = |row: &Row, t: usize, text: &str, color: Option<Color32>| {
        let letter = text.chars().count() == 1;
        if !row.shown.contains(&t) || width < if letter { LETTER } else { NUMBER } {
            return;
        }
        let fill = rows::values(scene, false, row, t).and_then(|mut values| {
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
        match row.role {
            // In a row that low letters would be cut.
            _ if row.y.span() < SMALL => {}
            Role::Input if scene.part_index == 0 && story.symbols => {
                for (t, name) in at_steps(story.steps.as_deref().unwrap_or_default(), seen.clone())
                {
                    write(row, t, name, None);
                }
            }
            // Of a decoder that reads the answer before, right or wrong: not what stands below it, which is what is right.
            Role::Input if scene.part_index > 0 => {
                for (t, name) in at_steps(&story.read_again, seen.clone()) {
                    if let Some(name) = name {
                        write(row, t, name, None);
                    }
                }
            }
            Role::Input => {
                let [only] = &story.inputs[..] else { continue };
                let known = at_steps(&only.values, seen.clone())
                    .filter_map(|(t, value)| Some((t, (*value)?)));
                let all: Vec<(usize, Option<String>)> =
                    known.map(|(t, value)| (t, in_cell(value))).collect();
                // All or none: steps whose numbers alone are missing would look as if they had none.
                let fits = |text: &Option<String>| {
                    let text = text.as_ref();
                    text.is_some_and(|text| width >= NUMBER || text.chars().count() == 1)
                };
                if !all.iter().all(|(_, text)| fits(text)) {
                    continue;
                }
                for (t, text) in all {
                    write(row, t, text.as_deref().unwrap_or_default(), None);
                }
            }
            Role::Output => {
                let answers = story.answers.iter();
                for answer in answers.filter(|answer| seen.contains(&answer.t)) {
                    let color = match (answer.is_right(), &answer.said) {
                        (Some(true), _) => Some(palette.ok),
                        (Some(false), _) => Some(palette.error),
                        (None, Word::Number(_) | Word::Class(..)) => None,
                    };
                    let text = match answer.said {
                        Word::Number(value) => in_cell(value),
                        Word::Class(..) => Some(answer.said.text()),
                    };
                    if let Some(text) = text {
                        write(row, answer.t, &text, color);
                    }
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
