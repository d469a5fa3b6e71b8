//! The run so far: losses, and the gradient norm before and after clipping with its threshold; how long gradients were, to choose
//! that threshold from; how far updates moved the parameters, and at which rate.
//!
//! All plots over updates share one axis. A click on an update shows the network as it was then, as far as that is kept.

mod curves;
mod limit;

use super::{Home, Purpose, Scene, Shared, View, has_room, page_named};
use crate::app::theme::{Palette, SMALL};
use crate::app::widgets::{
    Scale, Span, Term, caption, empty_state, explained, listed, listed_width, log10_or_gap, number,
    plot, segmented, segmented_width, small_width,
};
use crate::nn::{Clip, Loss};
use crate::session::{Command, Earlier};
use crate::train::question::Question;
use crate::train::{Answer, History, Row, Snapshot, Status};
use crate::words::{grouped, many, percent_to};
use curves::{Drawn, Look, Run};
use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align, Button, Color32, Label, Layout, Painter, Pos2, Response, RichText, Sense, Shape, Stroke,
    Ui, WidgetInfo, pos2, vec2,
};
use egui_plot::{HLine, LineStyle, PlotPoints, PlotResponse, PlotUi, Points, VLine};
use limit::Limit;
use std::sync::Arc;

/// The curves of training.
#[derive(Default)]
pub struct Training {
    scale: Axis,
    /// Which plot is on show beside the loss, where there is no room for all.
    plot: Plotted,
    /// How many plots had room in the last frame; none before the first.
    room: usize,
    /// The stretch of updates that is zoomed into; all of them, if none.
    zoom: Option<Span>,
    /// The update under the pointer in the last frame.
    hovered: Option<u64>,
    /// The update that was on show before the last click.
    before_click: Option<u64>,
    limit: Limit,
    outline: Outline,
    behind: Behind,
}

/// The plots, in the order in which they are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Plotted {
    #[default]
    Loss,
    Norm,
    Norms,
    Moves,
    Rate,
}

const PLOTS: [(Plotted, &str); 5] = [
    (Plotted::Loss, "loss"),
    (Plotted::Norm, "norm"),
    (Plotted::Norms, "histogram"),
    (Plotted::Moves, "weights"),
    (Plotted::Rate, "rate"),
];

/// Two plots side by side need so many points; of three, each needs so many, and one above another so many.
const TWO: f32 = 380.0;
const EACH: f32 = 300.0;
const HIGH: f32 = 170.0;

#[derive(Clone, Copy, Default, PartialEq)]
enum Axis {
    #[default]
    Log,
    Linear,
}

/// Rows drawn per curve, about; more than a pane has pixels cannot be seen.
const DRAWN: usize = 1_500;

/// What the marks of the updates are called that can be shown.
const KEPT: &str = "kept";

/// The height of what is said above a plot, and below all of them.
const KEY: f32 = 22.0;
/// What is left free at the right of a plot, in points.
const BESIDE: f32 = 8.0;
const FOOT: f32 = 26.0;

/// What is drawn of a run, thinned out once for each snapshot and zoom.
#[derive(Default)]
struct Outline {
    of: Option<(u64, u64, [u64; 2])>,
    rows: Vec<Row>,
    tests: Vec<(u64, f64)>,
}

impl Outline {
    fn renew(&mut self, version: u64, history: &History, [first, last]: [u64; 2]) {
        let of = Some((version, history.len() as u64, [first, last]));
        if self.of == of {
            return;
        }
        self.of = of;
        // One more on each side, so that lines lead out of sight.
        let reach = first.saturating_sub(1).max(1)..=last.saturating_add(1);
        self.rows = history.outline(reach.clone(), DRAWN);
        let each = history.tested_len().div_ceil(DRAWN).max(1);
        let tests = (0..history.tested_len()).filter(|index| {
            // The newest is always among them.
            (history.tested_len() - 1 - index).is_multiple_of(each)
        });
        let tests = tests.filter_map(|index| history.tested(index));
        let tests = tests.filter(|row| reach.contains(&row.update));
        let begins = history.first_test_loss.filter(|_| first <= 1);
        let begins = begins.map(|loss| (0, loss)).into_iter();
        let tests = tests.filter_map(|row| Some((row.update, row.test_loss?)));
        self.tests = begins.chain(tests).collect();
    }
}

/// What the plots of a frame share.
struct Frame<'a> {
    palette: Palette,
    scale: Scale,
    history: &'a History,
    /// The whole run's newest snapshot; the one on show may be an older one.
    newest: &'a Snapshot,
    runs: &'a [Run<'a>],
    /// From which update to which.
    span: [f64; 2],
    /// The update under the pointer.
    hovered: Option<u64>,
    /// The update on show, if it is not the newest.
    shown: Option<u64>,
    /// What a predictor costs that knows nothing.
    nothing: Option<f64>,
    clip: Clip,
    size: [f32; 2],
    /// Whether there is room below the plots to tell what is kept.
    has_foot: bool,
}

impl View for Training {
    fn name(&self) -> &'static str {
        "training"
    }

    fn title(&self) -> &'static str {
        "Training"
    }

    fn question(&self) -> &'static str {
        "Does the network learn, and how large are its gradients before and after clipping?"
    }

    fn pages(&self) -> Vec<&'static str> {
        PLOTS.map(|(_, page)| page).to_vec()
    }

    fn turn_to(&mut self, page: &str) {
        self.plot = page_named(&PLOTS, page).unwrap_or(self.plot);
    }

    fn home(&self, layout: Purpose) -> Home {
        match layout {
            Purpose::Explore => Home::LastRow(1.0),
            Purpose::Cell => Home::Closed("number"),
            Purpose::Gradients => Home::LastRow(1.0),
            Purpose::Forecast => Home::Closed("prediction"),
            Purpose::Compare => Home::Closed("comparison"),
            Purpose::All => Home::LastRow(1.0),
        }
    }

    fn tools(&mut self, ui: &mut Ui, scene: &Scene<'_>, _: &mut Shared) {
        let newest = whole(scene);
        let (history, clip) = (&newest.history, newest.clip);
        let axes = [(Axis::Log, "log"), (Axis::Linear, "linear")];
        let some = self.room < PLOTS.len();
        // Where not all plots have room, which ones these are comes first.
        let both = segmented_width(ui, &axes) + listed_width(ui, "histogram") + 8.0;
        if !some || self.room > 1 || ui.available_width() >= both {
            segmented(ui, "Axis", &mut self.scale, &axes);
        }
        if some && (self.room == 1 || ui.available_width() >= 60.0) {
            self.choose(ui);
            if self.room == 1 && !matches!(newest.status, Status::Diverged(_)) {
                return;
            }
        }
        let share = format!(
            "{} of updates clipped",
            percent_to(history.clipped_share(), 1)
        );
        let text = match clip.max_norm() {
            Some(_) if !history.is_empty() => share,
            // The setting says it.
            Some(_) => String::new(),
            None if history.clipped_share() > 0.0 => format!("{share}, now off"),
            None => "clipping is off".into(),
        };
        let palette = Palette::of(ui.visuals());
        if let Status::Diverged(divergence) = &newest.status {
            let at = divergence.update;
            let texts = [
                format!("diverged at update {at}: {}", divergence.quantity),
                format!("diverged at update {at}"),
                format!("diverged at {at}"),
            ];
            let whole = texts.iter().find(|text| has_room(ui, text, 0.0));
            let text = RichText::new(whole.unwrap_or(&texts[2]))
                .size(SMALL)
                .color(palette.error);
            let label = ui.add(Label::new(text).truncate().show_tooltip_when_elided(false));
            let here = format!(
                "It began in {}: {} there. {} “What went wrong” tells why.",
                divergence.quantity,
                number(divergence.value),
                divergence.which()
            );
            explained(label, &here, &[Term::Divergence]);
            return;
        }
        if !text.is_empty() && has_room(ui, &text, 0.0) {
            let label = ui.label(RichText::new(text).size(SMALL).color(palette.weak_text));
            explained(label, "", &[Term::Clipping]);
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, _: &mut Shared) -> Vec<Command> {
        let newest = whole(scene);
        let history = &newest.history;
        if history.is_empty() && !matches!(newest.status, Status::Diverged(_)) {
            empty_state(
                ui,
                "The loss and the gradient norm of every update will appear here.",
                "Press Train ( T ), or make a single update ( U ).",
            );
            return Vec::new();
        }
        let palette = Palette::of(ui.visuals());
        let scale = match self.scale {
            Axis::Log => Scale::Log,
            Axis::Linear => Scale::Linear,
        };
        let updates = history.len();
        let zoom = self.zoom.map(|zoom| zoom.within(updates));
        self.zoom = zoom.filter(|zoom| !zoom.is_all(updates));
        let span = self.zoom.unwrap_or(Span::all(updates));
        let from_to = [span.first.floor() as u64, span.last.ceil() as u64];
        self.outline.renew(scene.version, history, from_to);
        let earlier: Vec<&Earlier> = match is_same_run(scene) {
            true => scene.session.earlier_runs().collect(),
            false => Vec::new(),
        };
        self.behind.renew(&earlier, from_to);
        let mut runs: Vec<Run<'_>> = Vec::new();
        // Other runs to be seen beside this one are added to these.
        for (before, run) in self.behind.runs.iter().rev().enumerate() {
            runs.push(Run {
                label: &run.label,
                rows: &run.rows,
                tests: &run.tests,
                look: Look::earlier(before),
            });
        }
        runs.push(Run {
            label: "",
            rows: &self.outline.rows,
            tests: &self.outline.tests,
            look: Look::ON_SHOW,
        });

        let mut commands = Vec::new();
        let shown = (scene.snapshot.update < newest.update).then_some(scene.snapshot.update);
        let (width, height) = (ui.available_width(), ui.available_height().max(60.0));
        let foot = match shown.is_some() || height >= HIGH {
            true => FOOT,
            false => 0.0,
        };
        let (columns, rows) = room(width, height - foot);
        if columns * rows != self.room {
            self.room = columns * rows;
            ui.ctx().request_repaint();
        }
        let space = ui.spacing().item_spacing;
        let each = [
            ((width - space.x * (columns - 1) as f32) / columns as f32 - 4.0).max(0.0),
            ((height - foot) / rows as f32 - space.y - 2.0).max(40.0),
        ];
        let nothing = match scene.session.ask(&Question::KnowingNothing).current() {
            Some(Answer::KnowingNothing(loss)) => *loss,
            _ => None,
        };
        let frame = Frame {
            palette,
            scale,
            history,
            newest,
            runs: &runs,
            span: [span.first, span.last],
            hovered: self.hovered.filter(|&update| update <= updates as u64),
            shown,
            nothing,
            clip: newest.clip,
            size: each,
            has_foot: foot > 0.0,
        };
        let mut hovered = None;
        let mut at = None;
        let plots = self.plots();
        for row in plots.chunks(columns) {
            ui.horizontal_top(|ui| {
                for &plotted in row {
                    ui.vertical(|ui| {
                        ui.spacing_mut().item_spacing.y = 0.0;
                        ui.set_width(each[0]);
                        if plotted == Plotted::Norms {
                            commands.extend(norms(ui, scene, &frame, &mut self.limit));
                            return;
                        }
                        let response = over_updates(ui, scene, &frame, plotted);
                        let place = |response: &Response, x: f32| {
                            let x = f64::from(x - response.rect.left());
                            let part = x / f64::from(response.rect.width().max(1.0));
                            span_of(&frame).0 + part * span_of(&frame).1
                        };
                        if let Some(pointer) = response.hover_pos() {
                            let update = place(&response, pointer.x).round();
                            hovered = Some((update.max(1.0) as u64).min(updates as u64));
                        }
                        let done = act_at(&mut self.zoom, &response, span, updates, &|x| {
                            place(&response, x)
                        });
                        at = at.or(done.map(|act| (act, hovered)));
                    });
                }
            });
        }
        let (double, single) = match at {
            Some((Act::Reset, _)) => (true, None),
            Some((Act::Click, update)) => (false, update),
            None => (false, None),
        };
        if double {
            self.zoom = None;
            // What the first click moved goes back.
            let before = self.before_click.take();
            commands.extend(before.map(Command::ShowUpdate));
        } else if let Some(update) = single {
            self.before_click = Some(scene.snapshot.update);
            let kept = kept_updates(scene).into_iter();
            let nearest = kept.min_by_key(|kept| kept.abs_diff(update));
            commands.extend(nearest.map(Command::ShowUpdate));
        }
        if hovered != self.hovered {
            self.hovered = hovered;
            // The numbers stand above the plots, which were drawn before.
            ui.ctx().request_repaint();
        }
        if foot > 0.0 {
            commands.extend(kept(ui, scene, newest, shown));
        }
        commands
    }
}

/// What was done at a plot.
#[derive(Clone, Copy, PartialEq)]
enum Act {
    Click,
    Reset,
}

impl Training {
    fn choose(&mut self, ui: &mut Ui) {
        let mut chosen = self.plot;
        // Beside the loss, which is always there, another one.
        let options = match self.room {
            0 | 1 => &PLOTS[..],
            _ => &PLOTS[1..],
        };
        if self.room > 1 && chosen == Plotted::Loss {
            chosen = Plotted::Norm;
        }
        listed(ui, "Plot", &mut chosen, options);
        if self.room <= 1 || chosen != Plotted::Norm || self.plot != Plotted::Loss {
            self.plot = chosen;
        }
    }

    /// The plots that are shown: as many as have room, the chosen one among them.
    fn plots(&self) -> Vec<Plotted> {
        let all = PLOTS.map(|(plot, _)| plot);
        let mut shown = all[..self.room.clamp(1, all.len())].to_vec();
        if !shown.contains(&self.plot)
            && let Some(last) = shown.last_mut()
        {
            *last = self.plot;
        }
        shown
    }
}

/// Zooms and moves the axis of updates as the user asks at a plot: by Ctrl and the wheel or two fingers at the pointer, by Shift
/// and the wheel or by dragging along it. Says what else was done.
fn act_at(
    zoom: &mut Option<Span>,
    response: &Response,
    span: Span,
    updates: usize,
    place: &dyn Fn(f32) -> f64,
) -> Option<Act> {
    let width = response.rect.width().max(1.0);
    let by_points = |points: f32| -f64::from(points / width) * span.length();
    if let Some(at) = response.hover_pos() {
        let (factor, along) =
            (response.ctx).input(|input| (input.zoom_delta(), input.smooth_scroll_delta().x));
        if factor != 1.0 {
            *zoom = Some(span.zoomed(place(at.x), f64::from(factor), updates));
            response.ctx.request_repaint();
        } else if along != 0.0 && zoom.is_some() {
            *zoom = Some(span.moved(by_points(along), updates));
            response.ctx.request_repaint();
        }
    }
    if response.dragged() && zoom.is_some() {
        *zoom = Some(span.moved(by_points(response.drag_delta().x), updates));
    }
    if response.double_clicked() {
        return Some(Act::Reset);
    }
    response.clicked().then_some(Act::Click)
}

/// How many plots have room side by side, and one above another.
fn room(width: f32, height: f32) -> (usize, usize) {
    let columns = match width {
        width if width < TWO => 1,
        width => ((width / EACH) as usize).clamp(2, 3),
    };
    let rows = ((height / HIGH) as usize).max(1);
    (columns, rows.min(PLOTS.len().div_ceil(columns)))
}

/// Whether what is on show is of the session's own run, not of one beside it.
fn is_same_run(scene: &Scene<'_>) -> bool {
    let shown = scene.session.snapshot();
    shown.is_some_and(|shown| std::ptr::eq(Arc::as_ptr(shown), scene.snapshot))
}

/// The newest snapshot of the run of which one is on show: its history goes on where an older one is looked at.
fn whole<'a>(scene: &Scene<'a>) -> &'a Snapshot {
    match scene.session.newest() {
        Some(newest) if is_same_run(scene) => newest,
        _ => scene.snapshot,
    }
}

/// The updates of the run that can be shown.
fn kept_updates(scene: &Scene<'_>) -> Vec<u64> {
    let kept = scene.session.kept().filter(|_| is_same_run(scene));
    kept.map(|kept| kept.update).collect()
}

/// What is drawn of the runs before, once for each of them and each zoom.
#[derive(Default)]
struct Behind {
    of: (Vec<Row>, [u64; 2]),
    runs: Vec<Before>,
}

/// A run that another one took the place of, as far as it is in sight.
struct Before {
    label: String,
    rows: Vec<Row>,
    tests: Vec<(u64, f64)>,
}

impl Behind {
    fn renew(&mut self, earlier: &[&Earlier], from_to: [u64; 2]) {
        let last = earlier.iter().filter_map(|earlier| earlier.rows.last());
        let of = (last.copied().collect(), from_to);
        if self.of != of {
            self.runs = earlier.iter().map(|one| Before::of(one, from_to)).collect();
            self.of = of;
        }
    }
}

impl Before {
    fn of(earlier: &Earlier, [first, last]: [u64; 2]) -> Self {
        let in_sight = |row: &&Row| (first.saturating_sub(1)..=last + 1).contains(&row.update);
        let tests = earlier.tests.iter().filter(in_sight);
        Self {
            label: format!(
                "before “{}”, rate {}",
                earlier.change,
                number(earlier.learning_rate)
            ),
            rows: earlier.rows.iter().filter(in_sight).copied().collect(),
            tests: tests
                .filter_map(|row| Some((row.update, row.test_loss?)))
                .collect(),
        }
    }
}

/// Where the axis begins, and how long it is: a little is left free beside the first and the last update.
fn span_of(frame: &Frame<'_>) -> (f64, f64) {
    let [first, last] = frame.span;
    let length = (last - first).max(1.0);
    (first - 0.02 * length, 1.04 * length)
}

/// A plot over updates, with its key above it.
fn over_updates(ui: &mut Ui, scene: &Scene<'_>, frame: &Frame<'_>, plotted: Plotted) -> Response {
    let palette = frame.palette;
    let row = frame.hovered.and_then(|update| {
        frame
            .history
            .get(usize::try_from(update).ok()?.checked_sub(1)?)
    });
    let mut lines: Vec<Named<'_>> = match plotted {
        Plotted::Loss | Plotted::Norms => losses(scene, frame, row),
        Plotted::Norm => {
            let mut lines = vec![
                Named::new("before", palette.before_clipping, Term::Norm)
                    .with(row.map(|row| row.norm_before)),
                Named::new("after", palette.after_clipping, Term::Clipping)
                    .with(row.map(|row| row.norm_after)),
            ];
            if let Some(max_norm) = frame.clip.max_norm() {
                let line = Named::new("max norm", palette.threshold, Term::Clipping);
                lines.push(line.dashed().with(Some(max_norm).filter(|_| row.is_some())));
            }
            lines
        }
        Plotted::Moves => vec![
            Named::new("all weights", palette.test, Term::Norm)
                .with(row.map(|row| row.parameter_norm)),
            Named::new("moved, by each update", palette.train, Term::Update)
                .with(row.map(|row| row.update_norm)),
        ],
        Plotted::Rate => vec![
            Named::new("learning rate", palette.train, Term::LearningRate)
                .with(row.map(|row| row.learning_rate)),
        ],
    };
    if let Some(term) = lines
        .first()
        .map(|line| line.term)
        .filter(|_| frame.runs.len() > 1)
    {
        lines.push(Named::new("earlier runs", palette.weak_text, term).dashed());
    }
    let kept = kept_updates(scene);
    let some_kept = !kept.is_empty() && kept.len() <= frame.history.len();
    let is_told = key(ui, frame, row, &lines, some_kept);
    let (id, y) = match plotted {
        Plotted::Loss | Plotted::Norms => match frame.newest.material.loss {
            Loss::MeanSquaredError => ("loss", "loss, squared error"),
            Loss::CrossEntropy => ("loss", "loss, nats"),
        },
        Plotted::Norm => ("norm", "gradient norm"),
        Plotted::Moves => ("moves", "norm of weights"),
        Plotted::Rate => ("rate", "learning rate"),
    };
    // A name longer than its axis would run into what is above.
    let y = match frame.size[1] < 150.0 {
        true => id,
        false => y,
    };
    let (from, length) = span_of(frame);
    let largest = largest_norm(scene, plotted);
    let shown: PlotResponse<()> = plot(ui, id, "update", y, frame.scale)
        // The number at the last tick stands half beyond it.
        .width((frame.size[0] - BESIDE).max(40.0))
        .height((frame.size[1] - KEY).max(40.0))
        .allow_drag(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .show_crosshair(false)
        .label_formatter(|_| None)
        // What keys do elsewhere is done in the foot; a plot is no place for the focus.
        .sense(Sense::CLICK | Sense::DRAG)
        .show(ui, |ui| {
            ui.set_plot_bounds_x(from..=from + length);
            lines_of(ui, frame, plotted, largest);
            if plotted == Plotted::Rate {
                // Of a rate that stays the same something is to be seen too.
                let rate = frame.newest.learning_rate;
                for beside in [0.5 * rate, 2.0 * rate] {
                    if let Some(at) = height(frame.scale, beside) {
                        let unseen = Points::new("", PlotPoints::from(vec![[from, at]]));
                        ui.points(unseen.radius(0.0).allow_hover(false));
                    }
                }
            }
            if let Status::Diverged(divergence) = &frame.newest.status {
                let line = VLine::new("diverged", divergence.update as f64);
                ui.vline(line.color(palette.error).width(1.5));
            }
            if let Some(update) = frame.shown {
                let line = VLine::new("on show", update as f64);
                ui.vline(line.color(palette.cursor).width(1.5));
            }
            if let Some(update) = frame.hovered {
                let line = VLine::new("", update as f64).width(1.0);
                ui.vline(line.color(palette.weak_text.gamma_multiply(0.6)));
            }
        });
    // A mark for each update that can be shown, where not all of them can and it is said what marks are.
    let inside = *shown.transform.frame();
    if some_kept && is_told {
        let painter = ui.painter_at(inside);
        for update in kept {
            let x = shown.transform.position_from_point_x(update as f64);
            mark(&painter, pos2(x, inside.bottom()), palette.cursor);
        }
    }
    let said = PLOTS.iter().find(|(plot, _)| *plot == plotted);
    let said = said.map_or("", |(_, name)| name);
    let mut response = shown.response;
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Plot of the {said}")));
    response.rect = inside;
    response
}

/// The sign of an update that is kept: it stands on the axis, and is no tick of it.
fn mark(painter: &Painter, foot: Pos2, color: Color32) {
    let corners = vec![
        foot + vec2(-3.0, 0.0),
        foot + vec2(3.0, 0.0),
        foot - vec2(0.0, 5.0),
    ];
    painter.add(Shape::convex_polygon(corners, color, Stroke::NONE));
}

/// How high a value is drawn, if it can be.
fn height(scale: Scale, value: f64) -> Option<f64> {
    match scale {
        Scale::Log => log10_or_gap(value),
        Scale::Linear => Some(value),
    }
}

/// The longest gradient so far, where the norms of them are drawn.
fn largest_norm(scene: &Scene<'_>, plotted: Plotted) -> Option<f64> {
    if plotted != Plotted::Norm {
        return None;
    }
    match scene.session.ask(&Question::Norms).answer.as_deref() {
        Some(Answer::Norms(Some(norms))) => norms.quantile(1.0),
        _ => None,
    }
}

fn lines_of(ui: &mut PlotUi<'_>, frame: &Frame<'_>, plotted: Plotted, largest: Option<f64>) {
    let (palette, scale, runs) = (&frame.palette, frame.scale, frame.runs);
    let height = |value: f64| height(scale, value);
    let drawn = |name, color| Drawn { name, color };
    match plotted {
        Plotted::Loss | Plotted::Norms => {
            curves::of_rows(ui, runs, &drawn("train", palette.train), scale, |row| {
                row.train_loss
            });
            curves::of_tests(ui, runs, &drawn("test", palette.test), scale);
            if let Some(at) = frame.nothing.and_then(height) {
                let line = HLine::new("knowing nothing", at).color(palette.naive);
                ui.hline(line.style(LineStyle::dashed_loose()).width(1.0));
            }
        }
        Plotted::Norm => {
            let before = drawn("before", palette.before_clipping);
            curves::of_rows(ui, runs, &before, scale, |row| row.norm_before);
            // Above it: what is seen of the line below was cut off.
            let after = drawn("after", palette.after_clipping);
            curves::of_rows(ui, runs, &after, scale, |row| row.norm_after);
            // A limit far beyond all norms would press them onto the floor; the histogram tells of it.
            let limit = frame.clip.max_norm();
            let limit =
                limit.filter(|limit| largest.is_none_or(|largest| *limit <= 100.0 * largest));
            if let Some(at) = limit.and_then(height) {
                let line = HLine::new("max norm", at).color(palette.threshold);
                ui.hline(line.style(LineStyle::dashed_dense()));
            }
        }
        Plotted::Moves => {
            let all = drawn("all weights", palette.test);
            curves::of_rows(ui, runs, &all, scale, |row| row.parameter_norm);
            let moved = drawn("moved", palette.train);
            curves::of_rows(ui, runs, &moved, scale, |row| row.update_norm);
        }
        Plotted::Rate => {
            let rate = drawn("learning rate", palette.train);
            curves::of_rows(ui, runs, &rate, scale, |row| row.learning_rate);
        }
    }
}

/// The lines of the loss, with their values at the update under the pointer.
fn losses<'a>(scene: &Scene<'_>, frame: &Frame<'_>, row: Option<&Row>) -> Vec<Named<'a>> {
    let palette = frame.palette;
    let batch = frame
        .newest
        .material
        .dataset
        .train
        .len()
        .min(scene.session.experiment().training.batch_size);
    let test = match frame.history.watched.phrase() {
        None => "test".to_string(),
        Some(phrase) => format!("test, {phrase}"),
    };
    let seen = row.and_then(|row| test_before(frame.history, row.update));
    let (named, value) = match (row, seen) {
        // It is not looked at after every update.
        (Some(row), Some((update, _))) if update != row.update => {
            (format!("test (at {})", grouped(update as usize)), seen)
        }
        _ => (test, seen),
    };
    let train = format!("train, batch of {batch}");
    let mut lines = vec![
        Named::new(&train, palette.train, Term::Batch).with(row.map(|row| row.train_loss)),
        Named::new(&named, palette.test, Term::TestPart).with(value.map(|(_, loss)| loss)),
    ];
    if frame.nothing.is_some() {
        let line = Named::new("knowing nothing", palette.naive, Term::KnowingNothing);
        lines.push(line.dashed().with(frame.nothing.filter(|_| row.is_some())));
    }
    lines
}

/// The newest test loss at an update or before it, and the update that it is of.
fn test_before(history: &History, update: u64) -> Option<(u64, f64)> {
    let of = |index: usize| history.tested(index);
    let (mut low, mut high) = (0, history.tested_len());
    while low < high {
        let middle = (low + high) / 2;
        match of(middle).is_some_and(|row| row.update <= update) {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    let row = low.checked_sub(1).and_then(of);
    let seen = row.and_then(|row| Some((row.update, row.test_loss?)));
    seen.or(history.first_test_loss.map(|loss| (0, loss)))
}

/// A line, what it is called, and its value at the update under the pointer.
struct Named<'a> {
    name: std::borrow::Cow<'a, str>,
    color: Color32,
    term: Term,
    is_dashed: bool,
    value: Option<f64>,
}

impl Named<'_> {
    fn new(name: &str, color: Color32, term: Term) -> Self {
        Self {
            name: name.to_owned().into(),
            color,
            term,
            is_dashed: false,
            value: None,
        }
    }

    fn dashed(self) -> Self {
        Self {
            is_dashed: true,
            ..self
        }
    }

    fn with(self, value: Option<f64>) -> Self {
        Self { value, ..self }
    }
}

/// How much the key of a plot says: all lines say as much, so that none goes for want of room that another takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// A piece of each line, and all of its name.
    Whole,
    /// A piece of each line, and its name without what is added to it.
    Short,
    /// The short names alone, each in the colour of its line.
    Names,
}

impl Form {
    /// The most that has room.
    fn of(ui: &Ui, lines: &[Named<'_>]) -> Self {
        let fits = |form: &Self| {
            let needed = lines
                .iter()
                .map(|line| small_width(ui, &line.said(*form)) + form.beside(ui));
            needed.sum::<f32>() <= ui.available_width()
        };
        let more = [Self::Whole, Self::Short].into_iter().find(fits);
        more.unwrap_or(Self::Names)
    }

    /// What a line takes beside its words, in points.
    fn beside(self, ui: &Ui) -> f32 {
        let space = ui.spacing().item_spacing.x;
        match self {
            Self::Whole | Self::Short => 14.0 + 2.0 * space + 4.0,
            Self::Names => space + 4.0,
        }
    }
}

impl Named<'_> {
    fn said(&self, form: Form) -> String {
        let value = self.value.map(number);
        // Beside a value a name is short: its plot says the rest when nothing is pointed at.
        let is_short = value.is_some() || form != Form::Whole;
        let name = match self.name.split_once(", ") {
            Some((name, _)) if is_short => name,
            _ => &self.name,
        };
        match value {
            Some(value) => format!("{name} {value}"),
            None => name.to_owned(),
        }
    }
}

/// What the lines of a plot are, as many as have room; with their values at the update under the pointer, if any. Returns whether
/// it is told, here or below all plots, what the marks of the updates are that are kept.
fn key(
    ui: &mut Ui,
    frame: &Frame<'_>,
    row: Option<&Row>,
    lines: &[Named<'_>],
    some_kept: bool,
) -> bool {
    let palette = frame.palette;
    let size = vec2(ui.available_width(), KEY);
    let mut is_told = frame.has_foot;
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_size(size);
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.add_space(8.0);
        if let Some(row) = row {
            let said = format!("update {}", row.update);
            if has_room(ui, &said, 4.0) {
                ui.label(RichText::new(said).size(SMALL).color(palette.strong_text));
            }
        }
        let form = Form::of(ui, lines);
        for line in lines {
            let said = line.said(form);
            let beside = form.beside(ui);
            // Half a name tells nothing.
            if !has_room(ui, &said, beside - 10.0) {
                break;
            }
            let color = match form {
                Form::Names => line.color,
                Form::Whole | Form::Short => {
                    swatch(ui, line.color, line.is_dashed);
                    palette.weak_text
                }
            };
            let label = ui.label(RichText::new(said).size(SMALL).color(color));
            explained(label, "", &[line.term]);
            ui.add_space(4.0);
        }
        if row.is_some() {
            // While it is pointed at, values have the room.
            is_told = true;
            return;
        }
        if some_kept && has_room(ui, KEPT, 14.0) {
            is_told = true;
            let (rect, _) = ui.allocate_exact_size(vec2(8.0, 14.0), Sense::hover());
            mark(ui.painter(), rect.center() + vec2(0.0, 2.5), palette.cursor);
            let label = ui.label(RichText::new(KEPT).size(SMALL).color(palette.weak_text));
            let hover = "The updates that can be shown again: a click at one shows the network as it was after it";
            explained(label, hover, &[Term::Update]);
            ui.add_space(4.0);
        }
        for run in frame.runs.iter().rev().filter(|run| !run.label.is_empty()) {
            let short = match run.label.split_once(", ") {
                Some((short, _)) if !has_room(ui, run.label, 20.0) => short,
                _ => run.label,
            };
            if !has_room(ui, short, 20.0) {
                break;
            }
            swatch(ui, palette.weak_text, true);
            let text = RichText::new(short).size(SMALL).color(palette.weak_text);
            let label = ui.label(text);
            explained(label, "The run that this one took the place of", &[]);
            ui.add_space(4.0);
        }
    });
    is_told
}

fn swatch(ui: &mut Ui, color: Color32, is_dashed: bool) {
    let (rect, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
    let stroke = Stroke::new(2.0, color);
    let ends = [rect.left_center(), rect.right_center()];
    match is_dashed {
        false => drop(ui.painter().line_segment(ends, stroke)),
        true => {
            let dashes = Shape::dashed_line(&ends, stroke, 4.0, 2.0);
            ui.painter().extend(dashes);
        }
    }
}

/// How long gradients were, and the limit that is chosen there.
fn norms(ui: &mut Ui, scene: &Scene<'_>, frame: &Frame<'_>, limit: &mut Limit) -> Option<Command> {
    let told = scene.session.ask(&Question::Norms);
    match told.answer.as_deref() {
        Some(Answer::Norms(Some(norms))) => limit.show(ui, frame.size, norms, frame.clip),
        _ => {
            caption(ui, "The lengths of all gradients are being counted.");
            None
        }
    }
}

/// Which updates can be shown, and the way to those before and after, and back to the newest.
fn kept(ui: &mut Ui, scene: &Scene<'_>, newest: &Snapshot, shown: Option<u64>) -> Option<Command> {
    let palette = Palette::of(ui.visuals());
    let all = kept_updates(scene);
    let at = all
        .iter()
        .position(|&update| update == scene.snapshot.update);
    let mut wanted = None;
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), FOOT - 4.0),
        Layout::left_to_right(Align::Center),
        |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.spacing_mut().interact_size.y = 18.0;
            ui.add_space(4.0);
            let running = scene.session.is_running();
            let before = at.and_then(|at| all.get(at.checked_sub(1)?)).copied();
            let after = at.and_then(|at| all.get(at + 1)).copied();
            for (sign, name, to) in [
                ("‹", "To the kept update before", before),
                ("›", "To the kept update after", after),
            ] {
                let button = Button::new(sign).small().min_size(vec2(20.0, 18.0));
                let response = ui.add_enabled(!running && to.is_some(), button);
                response.ctx.accesskit_node_builder(response.id, |node| {
                    node.set_label(name);
                });
                let said = to.map_or(name.to_owned(), |to| format!("{name}, {to}"));
                if response.on_hover_text(said).clicked() {
                    wanted = to;
                }
            }
            ui.add_space(4.0);
            if let Some(update) = shown {
                let said = format!("shows update {update}");
                if has_room(ui, &said, 0.0) {
                    ui.label(RichText::new(said).size(SMALL).color(palette.cursor));
                }
                let back = format!("Back to update {}", newest.update);
                if ui.add(Button::new(back).small()).clicked() {
                    wanted = Some(newest.update);
                }
                ui.add_space(4.0);
            }
            let made = newest.history.len();
            let updates = many(made, "update");
            let have = all.iter().filter(|&&update| update > 0).count();
            // What was before the first update is no update, and has a mark, too.
            let and_start = match all.contains(&0) && have > 0 {
                true => "the start and ",
                false => "",
            };
            // Those of the others are there again with their sequence: nothing is lost by having turned to another.
            let kept = match scene.session.keeps_of_other_sequences() {
                true => format!("{and_start}{have} of {updates} kept for this sequence"),
                false => format!("{and_start}{have} of {updates} kept"),
            };
            let sentences = [
                match running {
                    true => format!("{kept}; pause to go back to one"),
                    false => format!("{kept}; click one to see the network as it was"),
                },
                kept,
            ];
            if let Some(said) = sentences.iter().find(|said| has_room(ui, said, 0.0)) {
                let label = caption(ui, said);
                explained(
                    label,
                    "Of the updates made one at a time the last are kept, of those made at a stretch about evenly many, as \
                     many as there is memory for; triangles at the foot of the plots mark them.",
                    &[Term::Update],
                );
            }
        },
    );
    wanted.map(Command::ShowUpdate)
}
