//! The views: one file each, registered in [`all`].
//!
//! A view says of itself whatever the rest of the program has to know of it: its name, its title, the question it answers and
//! where it is at home. The menu, the standard layout, layouts that were kept before there was such a view, and the lessons
//! that point at it ask the registered ones, so that nothing has to be written down a second time.
//!
//! A view looks at a snapshot by `&` and keeps only its own small state; what the user wants done it returns as commands.
//! It computes nothing on tensors: norms and extents come with the snapshot, what else is worked out is the answer to a
//! [question](crate::train::Question).

mod attention;
mod autopsy;
mod autoregression;
mod cell;
mod cliff;
mod comparison;
mod data;
mod gates;
mod gradient_flow;
mod jacobian;
mod loss_surface;
mod memory;
mod network;
pub mod number;
mod parameters;
mod phase_portrait;
mod prediction;
mod shapes;
mod side_by_side;
mod symbols;
pub mod tells;
mod time_terms;
mod training;
mod weights;

use super::runs::RunScene;
use super::theme::{Palette, SMALL};
use super::widgets::{
    HeatMapKind, RULER_HEIGHT, Span, StepNames, Term, TimeAxis, explained, has_room, legend,
    short_legend, short_legend_width, small_width, stacked_legends, time_ruler,
};
use crate::nn::{Cursor, Direction, Line, Move, Part, Place, Quantity, Schedule, Station, Sweep};
use crate::session::{Command, Session, Step};
use crate::train::question::{Answer, Question, Spot};
use crate::train::{Snapshot, Story};
use eframe::egui::{
    Color32, Context, FontId, Id, Memory, Rect, Response, RichText, Sense, Shape, Stroke, Ui,
    UiBuilder, pos2, vec2,
};
use egui_plot::LineStyle;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

/// What all views draw from in a frame.
pub struct Scene<'a> {
    /// Settings, text and what is going on.
    pub session: &'a Session,
    /// What is on show.
    pub snapshot: &'a Snapshot,
    /// The part of the network on show.
    pub part: &'a Part,
    /// Its index.
    pub part_index: usize,
    /// Changes whenever the snapshot does.
    pub version: u64,
    /// The order of operations over the probe.
    pub schedule: &'a Schedule,
    /// The place in it.
    pub cursor: Cursor,
    /// Whether single operations are what one moves by.
    pub by_operation: bool,
    /// What a step of playing is.
    pub moves_by: Step,
    /// Quantities that a lesson stresses; all, if empty.
    pub highlight: &'a [Quantity],
    /// The stretch of time that is zoomed into; all of it, if none.
    pub span: Option<Span>,
    /// The runs beside one another, the one on show among them, in the order of their letters.
    pub runs: &'a [RunScene<'a>],
}

impl Scene<'_> {
    /// T of the part on show.
    pub fn steps(&self) -> usize {
        self.part.seq_len()
    }

    /// The array indices of the steps at which a quantity's values are revealed, or its adjoints. A reverse scan begins at the
    /// sequence's end. `x` and `y` are the part's own.
    pub fn revealed(&self, scan: usize, quantity: Quantity, adjoint: bool) -> Range<usize> {
        let place = self.part.scans.get(scan).map(|scan| scan.place);
        self.revealed_at(
            self.part_index,
            place.unwrap_or(Place::FIRST),
            quantity,
            adjoint,
        )
    }

    /// The same of any part.
    pub fn revealed_at(
        &self,
        part: usize,
        place: Place,
        quantity: Quantity,
        adjoint: bool,
    ) -> Range<usize> {
        let Some(of) = self.snapshot.probe.parts.get(part) else {
            return 0..0;
        };
        let scan = of.index_of(place).and_then(|scan| of.scans.get(scan));
        let line = match (quantity, scan.and_then(|scan| scan.cell)) {
            (Quantity::X, _) => None,
            // An adjoint is complete with the last share on the way back, which is that of the first line to read it.
            (Quantity::Y, _) if adjoint => Some((None, Line::Loss)),
            (Quantity::Y, _) => Some((None, Line::Readout)),
            (quantity, Some(cell)) => {
                let reader = cell.first_reader(quantity).filter(|_| adjoint);
                Some((Some(place), Line::Cell(reader.unwrap_or(quantity))))
            }
            (_, None) => Some((Some(place), Line::Norm)),
        };
        let reverse =
            matches!(line, Some((_, Line::Cell(_)))) && place.direction == Direction::Reverse;
        let revealed = self.revealed_of(part, line, adjoint);
        match reverse {
            false => revealed,
            true => of.seq_len() - revealed.end..of.seq_len() - revealed.start,
        }
    }

    /// At which steps of an operation, counted as it is walked, its values are revealed, or its adjoints; of a part's first
    /// operation if none is named.
    pub fn revealed_of(
        &self,
        part: usize,
        line: Option<(Option<Place>, Line)>,
        adjoint: bool,
    ) -> Range<usize> {
        let all = self.snapshot.probe.parts.get(part).map_or(0, Part::seq_len);
        // What happens once, such as a single output, happens at the end.
        let times = Cursor::end(self.schedule).values(self.schedule, part, line);
        let skipped = all.saturating_sub(times);
        if adjoint {
            skipped + self.cursor.adjoints(self.schedule, part, line)..all
        } else {
            skipped..skipped + self.cursor.values(self.schedule, part, line)
        }
    }

    /// The array index of the step at which the cursor has just passed the operation that computes a quantity, where
    /// operations are what one moves by.
    pub fn computed_at(&self, scan: usize, quantity: Quantity) -> Option<usize> {
        let station = self
            .cursor
            .station(self.schedule)
            .filter(|_| self.by_operation)?;
        let place = self.part.scans.get(scan)?.place;
        let is = station.part == self.part_index
            && station.place == Some(place)
            && station.line == Line::Cell(quantity);
        station.t.checked_sub(1).filter(|_| is)
    }

    /// A number that changes whenever the record of a scan on show does, or another is chosen.
    fn record_version(&self, scan: usize, adjoint: bool) -> u64 {
        self.version
            .wrapping_mul(128)
            .wrapping_add(64 * self.part_index as u64 + 2 * scan as u64 + u64::from(adjoint))
    }

    /// The array index of the step that the cursor stands at, if it is a step of the sequence.
    pub fn column(&self) -> Option<usize> {
        (self.cursor.part(self.schedule) == self.part_index)
            .then(|| self.cursor.shown_t(self.schedule, self.by_operation))?
            .checked_sub(1)
    }

    /// The time step, from 1, that is being walked through by operations: that of the one passed last.
    pub fn walked(&self) -> Option<usize> {
        let station = self.cursor.station(self.schedule);
        let station =
            station.filter(|station| self.by_operation && station.part == self.part_index);
        station.map(|station| station.t).filter(|&t| t > 0)
    }

    /// Whether everything is revealed, forward and backward: the gradient of a parameter is whole then.
    pub fn all_revealed(&self) -> bool {
        self.cursor == Cursor::end(self.schedule)
    }

    /// Whether the way back is being walked.
    pub fn backward(&self) -> bool {
        self.cursor.sweep == Sweep::Backward
    }

    /// Whether a lesson leaves the quantity in full strength.
    pub fn stressed(&self, quantity: Quantity) -> bool {
        self.highlight.is_empty() || self.highlight.contains(&quantity)
    }

    /// The ink of a quantity's name: its colour while it is spoken of, and else that of quiet text, which can still be read.
    pub fn ink(&self, quantity: Quantity, palette: &Palette) -> Color32 {
        match self.stressed(quantity) {
            true => palette.quantity(quantity),
            false => palette.weak_text,
        }
    }
}

/// What the pointer is at, shared by all views: from the last frame, and for the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hover {
    /// The array index of a time step.
    pub t: Option<usize>,
    /// A unit.
    pub unit: Option<usize>,
    /// A quantity.
    pub quantity: Option<Quantity>,
}

/// What views share and keep between frames.
#[derive(Default)]
pub struct Shared {
    /// Where the pointer was in the last frame.
    pub hover: Hover,
    /// Where it is in this one.
    pub next_hover: Hover,
    /// The scan on show where there is room for one: an index into the part's.
    pub scan: usize,
    /// The number that the user has asked about.
    pub number: Option<Spot>,
    /// Those that stay in sight.
    pub pinned: Vec<Spot>,
    /// Whether that is to be seen now.
    pub number_asked: bool,
    /// Whether nothing is to move.
    pub still: bool,
    /// The parameter that is looked at, by its place among the network's entries; the first recurrent one until another is
    /// chosen.
    pub parameter: Option<usize>,
    /// A view that is to be seen now, by its name.
    pub view_asked: Option<&'static str>,
    /// A layout that is to be turned to.
    pub layout_asked: Option<Purpose>,
    /// Whether nothing is told that is another the next time: of a picture, how long things took.
    pub untimed: bool,
    /// Whether cells show values or adjoints.
    pub show: Shown,
    /// The views that a lesson's page covers until its question is answered, by name.
    pub covered: Vec<&'static str>,
    /// What has the keyboard's focus and leaves the keys of the window to it, but for the few that it needs itself.
    pub sharing_keys: Option<Id>,
    /// The stretch of time that is zoomed into, the same in all views that have time as their axis; all of it, if none.
    pub span: Option<Span>,
    /// The part and the column that the cursor stood at in the last frame.
    stood: (usize, Option<usize>),
    /// Whether the way back was being walked in the last frame.
    walking_back: bool,
    sweep: Option<Sweep>,
    /// The operation that was walked to last.
    station: Option<Station>,
}

/// What cells show.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Shown {
    /// Quantities.
    #[default]
    Values,
    /// Their adjoints.
    Adjoints,
}

impl Shared {
    /// As it was kept.
    pub fn kept(number: Option<Spot>, pinned: Vec<Spot>, still: bool) -> Self {
        Self {
            number,
            pinned,
            still,
            ..Self::default()
        }
    }

    /// Cells follow the sweep when it turns, until the user chooses otherwise. Where everything is revealed, values come
    /// first.
    pub fn follow(&mut self, scene: &Scene<'_>) {
        let sweep = scene.cursor.sweep;
        let is_all = scene.cursor == Cursor::end(scene.schedule);
        let walking_back = sweep == Sweep::Backward && !is_all;
        if walking_back && !self.walking_back {
            self.show = Shown::Adjoints;
        } else if sweep == Sweep::Forward && self.sweep != Some(sweep) {
            self.show = Shown::Values;
        }
        self.walking_back = walking_back;
        // An operation is shown where it happens.
        let station = scene.cursor.station(scene.schedule);
        let station =
            station.filter(|station| scene.by_operation && station.part == scene.part_index);
        if station != self.station {
            let place = station.and_then(|station| station.place);
            self.scan = place
                .and_then(|place| scene.part.index_of(place))
                .unwrap_or(self.scan);
            self.station = station;
        }
        self.sweep = Some(sweep);
        self.scan = self.scan.min(scene.part.scans.len().saturating_sub(1));
        self.follow_cursor(scene);
    }

    /// What is zoomed into goes along with the cursor when that is moved out of sight; it may be moved away from a cursor that
    /// rests. Another part has a time of its own.
    fn follow_cursor(&mut self, scene: &Scene<'_>) {
        let stands = (scene.part_index, scene.column());
        let (part, column) = std::mem::replace(&mut self.stood, stands);
        let steps = scene.steps();
        let span = self.span.filter(|_| part == scene.part_index);
        // Another sequence may be shorter.
        let span = span.map(|span| span.within(steps));
        let span = span.map(|span| match stands.1.filter(|_| column != stands.1) {
            Some(t) => span.following(t.min(steps.saturating_sub(1)), steps),
            None => span,
        });
        self.show_span(span, steps);
    }

    /// Zooms into a stretch of so many steps; all of them is none.
    fn show_span(&mut self, span: Option<Span>, steps: usize) {
        self.span = span.filter(|span| !span.is_all(steps));
    }

    /// Whether the keys of the window are its own: nothing has the focus, or only what shares them.
    pub fn keys_are_free(&self, ctx: &Context) -> bool {
        let focused = ctx.memory(Memory::focused);
        focused.is_none() || focused == self.sharing_keys
    }

    /// Whether cells show adjoints.
    pub fn adjoint(&self) -> bool {
        self.show == Shown::Adjoints
    }
}

/// How high the last row is beside the others.
pub const LAST_ROW: f32 = 1.25;

/// A layout, by what one wants to see: one view is large, and at most two are small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// What goes in, what comes out, and how that gets better.
    Explore,
    /// What one layer does inside, down to a single number.
    Cell,
    /// How gradients flow back.
    Gradients,
    /// What is forecast, and what that is worth.
    Forecast,
    /// Several runs beside one another.
    Compare,
    /// Everything side by side, of equal rank.
    All,
}

impl Purpose {
    /// All of them, in the order of their tabs.
    pub const ALL: [Purpose; 6] = [
        Purpose::Explore,
        Purpose::Cell,
        Purpose::Gradients,
        Purpose::Forecast,
        Purpose::Compare,
        Purpose::All,
    ];

    /// The name on the screen; in small letters it is the one on the command line.
    pub fn title(self) -> &'static str {
        match self {
            Purpose::Explore => "Explore",
            Purpose::Cell => "Cell",
            Purpose::Gradients => "Gradients",
            Purpose::Forecast => "Forecast",
            Purpose::Compare => "Compare",
            Purpose::All => "All",
        }
    }

    /// What it is for, for who points at it.
    pub fn purpose(self) -> &'static str {
        match self {
            Purpose::Explore => "What goes in, what comes out, and how that gets better",
            Purpose::Cell => "What happens inside a layer: gates, states, and single numbers",
            Purpose::Gradients => {
                "How the loss reaches back through time, and what training does with that"
            }
            Purpose::Forecast => {
                "What the network says, beside the truth and beside simple forecasts"
            }
            Purpose::Compare => "Up to four runs beside one another, update by update",
            Purpose::All => "The main views side by side",
        }
    }
}

/// Where a layout has a view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Home {
    /// Over the whole width, so high beside the other rows: for what has time as its axis, so that its columns align with those
    /// above and below.
    Row(f32),
    /// In the last row, side by side with others, so wide beside them.
    LastRow(f32),
    /// Behind another view, by its name: for what most models have not, or what is looked at now and then.
    Behind(&'static str),
    /// Nowhere, until it is asked for; then behind another view.
    Closed(&'static str),
}

/// A way to look at a snapshot.
pub trait View {
    /// The name that lessons and saved layouts use.
    fn name(&self) -> &'static str;
    /// The name on the screen.
    fn title(&self) -> &'static str;
    /// The question that it answers, for who points at its title.
    fn question(&self) -> &'static str;
    /// Where a layout has it.
    fn home(&self, layout: Purpose) -> Home;
    /// The pages inside it, by what they are called on the screen, for lessons that point at one; none where it has no such.
    fn pages(&self) -> Vec<&'static str> {
        Vec::new()
    }
    /// Turns to one of them.
    fn turn_to(&mut self, _page: &str) {}
    /// Whether it has anything to say of what is on show; if not, it is not offered.
    fn suits(&self, _scene: &Scene<'_>) -> bool {
        true
    }
    /// Draws choices and legends beside the title, from the right. `ui` is as wide as what titles leave; what does not fit is
    /// cut off, so that what can be done without is left out before.
    fn tools(&mut self, _ui: &mut Ui, _scene: &Scene<'_>, _shared: &mut Shared) {}
    /// Draws into what is left of `ui`.
    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) -> Vec<Command>;
}

/// Every view, one line each, in the order of the menu; those of a row, or behind one another, stand in this order too.
pub fn all() -> Vec<Box<dyn View>> {
    vec![
        Box::new(network::Network::default()),
        Box::new(cell::CellView::default()),
        Box::new(gates::Gates::default()),
        Box::new(phase_portrait::PhasePortrait::default()),
        Box::new(weights::WeightsView::default()),
        Box::new(parameters::Parameters),
        Box::new(shapes::ShapesView::default()),
        Box::new(number::Number::default()),
        Box::new(attention::Attention::default()),
        Box::new(gradient_flow::GradientFlow::default()),
        Box::new(jacobian::Jacobian::default()),
        Box::new(time_terms::TimeTerms::default()),
        Box::new(memory::Memory::default()),
        Box::new(training::Training::default()),
        Box::new(comparison::Comparison::default()),
        Box::new(side_by_side::SideBySide::default()),
        Box::new(autopsy::Autopsy::default()),
        Box::new(loss_surface::LossSurface::default()),
        Box::new(cliff::Cliff::default()),
        Box::new(prediction::Prediction::default()),
        Box::new(symbols::SymbolsView::default()),
        Box::new(autoregression::Autoregression::default()),
        Box::new(data::Data::default()),
    ]
}

/// The names of all views.
pub fn names() -> Vec<&'static str> {
    all().iter().map(|view| view.name()).collect()
}

/// What lessons may point at: the names of all views, and `view/page` for each page inside one.
pub fn places() -> Vec<&'static str> {
    static PLACES: OnceLock<Vec<String>> = OnceLock::new();
    let places = PLACES.get_or_init(|| {
        let all = all();
        let places = all.iter().flat_map(|view| {
            let name = view.name();
            let pages = view.pages().into_iter();
            let pages = pages.map(move |page| format!("{name}/{page}"));
            std::iter::once(name.to_owned()).chain(pages)
        });
        places.collect()
    });
    places.iter().map(String::as_str).collect()
}

/// Turns to the page of this name, of those that there are.
fn page_named<P: Copy>(pages: &[(P, &str)], name: &str) -> Option<P> {
    let found = pages.iter().find(|(_, page)| *page == name);
    found.map(|(page, _)| *page)
}

/// Right of the time columns: the answer, where it lies in time to come.
const ANSWER: f32 = 54.0;

/// Left of the time columns: names, and the numbers of axes.
const MARGIN: f32 = 96.0;

/// The time columns of a view in `rect`, the same in all views that are equally wide. Where what is forecast lies behind the last
/// step, or a decoder goes on after it, there is room for it.
fn time_axis(rect: Rect, scene: &Scene<'_>) -> TimeAxis {
    let behind =
        scene.snapshot.material.dataset.ahead() > 0 || scene.snapshot.probe.parts.len() > 1;
    let right = rect.right() - if behind { ANSWER } else { 8.0 };
    let axis = TimeAxis::new(rect.left() + MARGIN, right, scene.steps());
    scene.span.map_or(axis, |span| axis.showing(span))
}

/// From this height on a view has room for a ruler of its own.
const RULERED: f32 = 240.0;

/// A ruler at the foot of a view over time, where it takes little of the room; returns the height that it takes. `of` is what
/// the view shows, for screen readers.
fn ruler_below(
    ui: &mut Ui,
    of: &str,
    area: Rect,
    scene: &Scene<'_>,
    shared: &mut Shared,
    commands: &mut Vec<Command>,
) -> f32 {
    if area.height() < RULERED {
        return 0.0;
    }
    let place = Rect::from_min_max(pos2(area.left(), area.bottom() - RULER_HEIGHT), area.max);
    let told = scene.session.ask(&Question::Story);
    let story = match told.answer.as_deref() {
        Some(Answer::Story(story)) => story.as_deref(),
        _ => None,
    };
    let names = step_names(scene, story);
    let axis = time_axis(area, scene);
    let title = format!("Time ruler of {of}");
    let called = names.as_deref().map(|all| called(scene, story, all));
    let ruler = time_ruler(ui, &title, place, &axis, scene.column(), called);
    label_names(ui, scene, place, &axis, called.is_some(), ruler.each);
    commands.extend(ruler.chosen.map(move_to));
    shared.next_hover.t = shared.next_hover.t.or(ruler.hovered);
    RULER_HEIGHT
}

/// What is left above a [`ruler_below`], to draw into.
fn above_ruler(
    ui: &mut Ui,
    of: &str,
    scene: &Scene<'_>,
    shared: &mut Shared,
    commands: &mut Vec<Command>,
) -> Ui {
    let area = ui.available_rect_before_wrap();
    let below = ruler_below(ui, of, area, scene, shared, commands);
    let above = area.with_max_y(area.bottom() - below);
    ui.new_child(UiBuilder::new().max_rect(above))
}

/// Zooms and moves all time axes as the user asks at one of them: by Ctrl and the wheel or two fingers at the pointer, by Shift
/// and the wheel along the axis.
fn zoom_at(response: &Response, axis: &TimeAxis, shared: &mut Shared) {
    let Some(at) = response.hover_pos().filter(|_| axis.column_width() > 0.0) else {
        return;
    };
    let (factor, along) =
        (response.ctx).input(|input| (input.zoom_delta(), input.smooth_scroll_delta().x));
    if factor != 1.0 {
        zoom_by(axis, f64::from(factor), axis.place_at(at.x), shared);
        response.ctx.request_repaint();
    } else if along != 0.0 && axis.is_zoomed() {
        drag_by(axis, along, shared);
        response.ctx.request_repaint();
    }
}

/// Zooms all time axes in by a factor, out where it is below 1; what is at the place `at` among the columns stays where it is.
fn zoom_by(axis: &TimeAxis, factor: f64, at: f64, shared: &mut Shared) {
    let span = axis.span.zoomed(at, factor, axis.steps);
    shared.show_span(Some(span), axis.steps);
}

/// Moves what all time axes show so many points to the right.
fn drag_by(axis: &TimeAxis, points: f32, shared: &mut Shared) {
    let columns = f64::from(points) / f64::from(axis.column_width());
    let span = axis.span.moved(-columns, axis.steps);
    shared.show_span(Some(span), axis.steps);
}

/// What the steps of the part on show are called: of the input, or of an answer that is written after it.
fn step_names<'a>(scene: &Scene<'_>, story: Option<&'a Story>) -> Option<Cow<'a, [String]>> {
    let story = story?;
    if scene.part_index == 0 {
        return story.steps.as_deref().map(Cow::Borrowed);
    }
    let wanted = story.answers.iter().map(|answer| answer.wanted.text());
    Some(wanted.collect())
}

/// How a ruler is to write the steps' names: symbols each say something of their own, times follow from one another.
fn called<'a>(scene: &Scene<'_>, story: Option<&Story>, all: &'a [String]) -> StepNames<'a> {
    let are_symbols = scene.part_index > 0 || story.is_some_and(|story| story.symbols);
    StepNames { all, are_symbols }
}

/// Says beside a ruler what the names at a decoder's steps are, not what is read there, as those at an encoder's are; and that only
/// every so many are written, where none follows from the others.
fn label_names(
    ui: &Ui,
    scene: &Scene<'_>,
    ruler: Rect,
    axis: &TimeAxis,
    has_names: bool,
    each: usize,
) {
    let target = (scene.part_index > 0 && has_names).then(|| "target".to_owned());
    let thinned = (each > 1).then(|| match each {
        2 => "every 2nd".to_owned(),
        _ => format!("every {each}th"),
    });
    let both = target.iter().chain(&thinned).cloned().collect::<Vec<_>>();
    let color = Palette::of(ui.visuals()).weak_text;
    let font = FontId::proportional(SMALL);
    // Where there is no room for both, that some are missing.
    for text in [Some(both.join(", ")), thinned].into_iter().flatten() {
        let galley = (ui.painter()).layout_no_wrap(text, font.clone(), color);
        // As high as the names are.
        let at = pos2(ruler.left(), ruler.bottom() - 16.0 - 0.5 * galley.size().y);
        if at.x + galley.size().x < axis.left {
            ui.painter().galley(at, galley, color);
            return;
        }
    }
}

/// What is under the pointer, in numbers. False if there is no room beside the titles: then it is to be told at the pointer.
fn readout_label(ui: &mut Ui, text: &str) -> bool {
    let fits = has_room(ui, text, 0.0);
    if fits {
        ui.label(RichText::new(text).size(SMALL));
    }
    fits
}

/// A line of a legend: how it is drawn, and what it is. Nothing, if there is no room for it.
fn line_key(ui: &mut Ui, text: &str, here: &str, color: Color32, style: LineStyle, terms: &[Term]) {
    if !has_room(ui, text, 24.0 + 2.0 * ui.spacing().item_spacing.x) {
        return;
    }
    let label = ui.label(RichText::new(text).size(SMALL).color(color));
    explained(label, here, terms);
    let (rect, _) = ui.allocate_exact_size(vec2(20.0, 14.0), Sense::hover());
    let (ends, stroke) = (
        [rect.left_center(), rect.right_center()],
        Stroke::new(2.0, color),
    );
    match style {
        LineStyle::Solid => drop(ui.painter().line_segment(ends, stroke)),
        LineStyle::Dotted { .. } => ui
            .painter()
            .extend(Shape::dotted_line(&ends, color, 4.0, 1.0)),
        LineStyle::Dashed { .. } => ui
            .painter()
            .extend(Shape::dashed_line(&ends, stroke, 4.0, 3.0)),
    }
    ui.add_space(4.0);
}

/// The legends of heat maps, as far as there is room beside the titles: where not all have, all are short; where these have not
/// either, what they measure is said under the pointer.
fn legends_if_roomy(ui: &mut Ui, all: &[(HeatMapKind, &str)]) {
    let all: Vec<_> = all
        .iter()
        .map(|&(kind, label)| (kind, [label; 2]))
        .collect();
    legends_or_shorter(ui, &all);
}

/// The same where a label has a shorter form.
fn legends_or_shorter(ui: &mut Ui, all: &[(HeatMapKind, [&str; 2])]) {
    // The colours, and the words at about the width of a letter each.
    let needed = |label: &str| 140.0 + 0.55 * SMALL * label.chars().count() as f32;
    let needed: f32 = all.iter().map(|(_, [label, _])| needed(label)).sum();
    if ui.available_width() >= needed {
        for (kind, [label, _]) in all {
            explained(legend(ui, *kind, label), label, &[Term::HeatMap]);
        }
        return;
    }
    let space = ui.spacing().item_spacing.x;
    let width = |label: Option<usize>| {
        let widths = all.iter().map(|(kind, labels)| {
            let label = label.map(|which| labels[which]);
            short_legend_width(ui, *kind, label) + space
        });
        widths.sum::<f32>()
    };
    let room = ui.available_width() + space;
    let form = [Some(0), Some(1), None]
        .into_iter()
        .find(|form| width(*form) <= room);
    // One below the other they take as much as the widest.
    if form.is_none_or(|form| form.is_none()) && all.len() > 1 {
        let labels: Vec<_> = all
            .iter()
            .map(|&(kind, [_, label])| (kind, label))
            .collect();
        if stacked_legends(ui, &labels).is_some() {
            return;
        }
    }
    for (kind, labels) in all {
        let label = form.flatten().map(|which| labels[which]);
        short_legend(ui, *kind, labels[0], label);
    }
}

/// Moves the cursor to the step with array index `t`.
fn move_to(t: usize) -> Command {
    Command::Move(Move::To(t + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    /// A file without its line would be a view that nobody sees.
    #[test]
    fn every_file_is_a_registered_view_of_its_name() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/app/views");
        let entries = std::fs::read_dir(folder).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
        // Beside them lies what lessons have to know of all of them.
        let others = ["mod", "tells"];
        let files = paths.map(stem);
        let files: BTreeSet<String> = files.filter(|file| !others.contains(&&file[..])).collect();
        let views: BTreeSet<String> = names().into_iter().map(str::to_owned).collect();
        assert_eq!(files, views);
        assert_eq!(all().len(), views.len(), "two views of one name");
    }

    #[test]
    fn every_view_asks_one_question_of_its_own() {
        let questions: BTreeSet<&str> = all().iter().map(|view| view.question()).collect();
        assert_eq!(questions.len(), all().len(), "two views ask the same");
        for question in questions {
            let (last, words) = question.split_at(question.len() - 1);
            assert_eq!(words, "?", "{question}");
            assert!(!last.contains(['?', '.', '!']), "{question}");
        }
    }

    /// Another home would be guessed by the place in the list.
    #[test]
    fn a_view_is_at_home_behind_one_that_has_a_place_of_its_own() {
        let all = all();
        for layout in Purpose::ALL {
            for view in &all {
                if let Home::Behind(front) | Home::Closed(front) = view.home(layout) {
                    let front = all.iter().find(|other| other.name() == front);
                    let home = front.map(|front| front.home(layout));
                    assert!(
                        matches!(home, Some(Home::Row(_) | Home::LastRow(_))),
                        "{layout:?}, {}: {home:?}",
                        view.name()
                    );
                }
            }
        }
    }

    /// One large view and at most two small ones, so that the eye knows where to go.
    #[test]
    fn a_layout_has_few_views_of_which_one_is_the_largest() {
        for layout in Purpose::ALL
            .into_iter()
            .filter(|&layout| layout != Purpose::All)
        {
            let homes: Vec<Home> = all().iter().map(|view| view.home(layout)).collect();
            let rows: Vec<f32> = homes
                .iter()
                .filter_map(|home| match home {
                    Home::Row(share) => Some(*share),
                    _ => None,
                })
                .collect();
            let last = homes
                .iter()
                .filter(|home| matches!(home, Home::LastRow(_)))
                .count();
            assert!(
                (2..=3).contains(&(rows.len() + last)),
                "{layout:?}: {homes:?}"
            );
            let largest = rows.iter().copied().fold(0.0, f32::max);
            let of_that = rows.iter().filter(|&&share| share == largest).count();
            assert_eq!(of_that, 1, "{layout:?}");
            assert!(largest > LAST_ROW, "{layout:?}");
        }
    }
}
