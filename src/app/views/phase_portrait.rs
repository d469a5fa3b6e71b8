//! The ways of many sequences' hidden states through the plane in which they spread most, or that of two units; and where the layer
//! would come to rest if its input stayed the same.

use super::{Home, Purpose, Scene, Shared, View};
use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{
    Scale, Term, axis_name, caption, compact_choice, empty_state, explained, has_room, line_of,
    listed, number, plot, segmented, significant, small_width,
};
use crate::data::{Split, Targets};
use crate::nn::Quantity;
use crate::session::Command;
use crate::train::portrait::{
    Axes, FixedPoint, Held, Label, Portrait, Rests, Stability, UNITS, point_of,
};
use crate::train::question::At;
use crate::train::{Answer, Question};
use crate::words::{counted, grouped};
use eframe::egui::{self, Color32, DragValue, Pos2, RichText, Sense, Stroke, Ui, pos2, vec2};
use egui_plot::{MarkerShape, PlotPoint, PlotPoints, Points};

/// The view.
#[derive(Default)]
pub struct PhasePortrait {
    by_units: bool,
    units: [usize; 2],
    mean: bool,
    /// What is under the pointer, in words.
    told: Option<String>,
    /// Whether there was no room for the choices beside the title: then they stand in the view.
    inside: bool,
}

/// Beside the title there is room for the choices from this width on, and for two of them side by side with all that can be chosen,
/// in points.
const ROOM: f32 = 40.0 * GRID;
const WHOLE: f32 = 56.0 * GRID;

/// The pointer is at a point if it is so near, in points.
const NEAR: f32 = 12.0;
/// Fixed points farther off than so many times the extent of the paths would leave nothing else to be seen.
const FAR: f64 = 2.0;
/// Below and beside the axes stand their numbers and names, in points.
const BELOW: f32 = 4.5 * GRID;
const BESIDE: f32 = 8.0 * GRID;
/// At most so many classes are named.
const NAMED: usize = 6;

impl View for PhasePortrait {
    fn name(&self) -> &'static str {
        "phase_portrait"
    }

    fn title(&self) -> &'static str {
        "Phase portrait"
    }

    fn question(&self) -> &'static str {
        "Which ways do the hidden states go, and where would they come to rest?"
    }

    fn home(&self, layout: Purpose) -> Home {
        match layout {
            Purpose::Explore => Home::Closed("network"),
            Purpose::Cell => Home::Behind("gates"),
            Purpose::Gradients => Home::Closed("gradient_flow"),
            Purpose::Forecast => Home::Closed("prediction"),
            Purpose::Compare => Home::Closed("comparison"),
            Purpose::All => Home::Closed("gates"),
        }
    }

    fn suits(&self, scene: &Scene<'_>) -> bool {
        scene.part.scans.iter().any(|scan| scan.cell.is_some())
    }

    fn tools(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) {
        self.inside = ui.available_width() < ROOM;
        if !self.inside {
            self.choose(ui, scene, shared);
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) -> Vec<Command> {
        if self.inside {
            ui.horizontal_wrapped(|ui| self.choose(ui, scene, shared));
        }
        let at = At {
            part: scene.part_index,
            scan: shared.scan,
        };
        let axes = match self.by_units {
            true => Axes::Units(self.units[0], self.units[1]),
            false => Axes::Principal,
        };
        let told = scene.session.ask(&Question::Portrait { at, axes });
        let portrait = match told.answer.as_deref() {
            Some(Answer::Portrait(Some(portrait))) => portrait,
            Some(Answer::Portrait(None)) => {
                empty_state(
                    ui,
                    "The ways of the hidden states of many sequences will appear here.",
                    "This layer hands no state on, a state is not finite, or running the sequences takes too much memory.",
                );
                return Vec::new();
            }
            _ => {
                caption(ui, "Running the sequences …");
                return Vec::new();
            }
        };
        let held = if self.mean { Held::Mean } else { Held::Zero };
        let rests = (portrait.units <= UNITS)
            .then(|| scene.session.ask(&Question::Rests { at, held }))
            .and_then(|told| told.answer);
        let rests = match rests.as_deref() {
            Some(Answer::Rests(rests)) => Sought::Answered(rests.as_deref()),
            _ if portrait.units > UNITS => Sought::TooMany,
            _ => Sought::Waiting,
        };
        ui.spacing_mut().item_spacing.y = 4.0;
        let palette = Palette::of(ui.visuals());
        let hues = Hues::of(scene, portrait);
        self.line(
            ui,
            portrait,
            &rests,
            (!told.is_current).then_some(told.update),
        );
        let drawn = Drawn {
            scene,
            shared,
            at,
            portrait,
            rests: rests.found(),
            by_units: self.by_units.then_some(self.units),
            hues: &hues,
            palette: &palette,
        };
        let foot = 20.0;
        let height = (ui.available_height() - foot).max(60.0);
        let before = self.told.take();
        self.told = drawn.plot(ui, height);
        keys(ui, scene, portrait, &hues, &palette);
        if self.told != before {
            ui.ctx().request_repaint();
        }
        Vec::new()
    }
}

/// Units of a scan of the part on show.
fn units(scene: &Scene<'_>, scan: usize) -> usize {
    let scan = scene.part.scans.get(scan);
    scan.map_or(0, |scan| scan.trace.h.dim().2)
}

/// What is known of the fixed points.
enum Sought<'a> {
    Waiting,
    TooMany,
    Answered(Option<&'a Rests>),
}

impl<'a> Sought<'a> {
    fn found(&self) -> Option<&'a Rests> {
        match self {
            Sought::Answered(rests) => *rests,
            _ => None,
        }
    }

    fn said(&self, mean: bool) -> String {
        let at = if mean { "the mean input" } else { "zero input" };
        match self {
            Sought::Waiting => "Looking for fixed points …".into(),
            Sought::TooMany => format!("Fixed points are looked for in up to {UNITS} units"),
            Sought::Answered(None) => "No fixed points were looked for".into(),
            Sought::Answered(Some(rests)) => {
                let found = &rests.found;
                let count = |of: Stability| {
                    let points = found.points.iter();
                    points.filter(|point| point.stability == of).count()
                };
                let kinds: Vec<String> = KINDS
                    .iter()
                    .filter(|kind| count(kind.0) > 0)
                    .map(|kind| format!("{} {}", count(kind.0), kind.1))
                    .collect();
                let kinds = match kinds.is_empty() {
                    true => "none found".to_owned(),
                    false => kinds.join(", "),
                };
                let without = match found.without {
                    0 => String::new(),
                    without => format!(", of which {without} led nowhere"),
                };
                let starts = counted(found.starts, "state");
                format!("Fixed points at {at}: {kinds}, looked for from {starts}{without}")
            }
        }
    }
}

/// The dot on the probe's way.
const AT_CURSOR: &str = "probe at the cursor";

/// What becomes of states near a fixed point, in a word; and its mark.
const KINDS: [(Stability, &str, MarkerShape, bool); 4] = [
    (Stability::Stable, "stable", MarkerShape::Circle, true),
    (Stability::Saddle, "saddle", MarkerShape::Diamond, true),
    (Stability::Unstable, "unstable", MarkerShape::Circle, false),
    (
        Stability::Undecided,
        "undecided",
        MarkerShape::Square,
        false,
    ),
];

impl PhasePortrait {
    fn choose(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) {
        let count = scene.part.scans.len();
        if count > 1 {
            let names: Vec<String> = (0..count).map(|scan| scene.part.scan_name(scan)).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            shared.scan = shared.scan.min(count - 1);
            compact_choice(ui, "Layer", &mut shared.scan, &names);
        }
        let held = [(false, "zero input"), (true, "mean input")];
        let choice = match ui.available_width() < WHOLE {
            true => listed,
            false => segmented,
        };
        choice(ui, "Input of the fixed points", &mut self.mean, &held).on_hover_text(
            "Fixed points are states that a step leaves as they are while the input stays the same: all zeros, or the mean of what the layer reads in the sequences shown",
        );
        let axes = [(false, "components"), (true, "two units")];
        let choice = match ui.available_width() < 0.5 * WHOLE {
            true => listed,
            false => segmented,
        };
        choice(ui, "Axes", &mut self.by_units, &axes)
            .on_hover_text("The plane in which the states spread most, or that of two units");
        if self.by_units {
            let units = units(scene, shared.scan);
            if self.units == [0, 0] && units > 1 {
                self.units = [0, 1];
            }
            for (unit, name) in self.units.iter_mut().zip(["Unit across", "Unit up"]) {
                *unit = (*unit).min(units.saturating_sub(1));
                let range = 0..=units.saturating_sub(1);
                ui.name_inputs(name, |ui| {
                    ui.add(DragValue::new(unit).range(range).speed(0.1))
                })
                .on_hover_text(name);
            }
        }
    }

    /// What is under the pointer, or what is shown.
    fn line(&self, ui: &mut Ui, portrait: &Portrait, rests: &Sought<'_>, older: Option<u64>) {
        let palette = Palette::of(ui.visuals());
        if let Some(told) = &self.told {
            let text = RichText::new(told).size(SMALL).color(palette.text);
            ui.add(egui::Label::new(text).truncate());
            return;
        }
        let part = match portrait.split {
            Split::Train => "training",
            Split::Test => "test",
        };
        let paths = format!(
            "{} of {} {part} sequences",
            portrait.paths.len(),
            grouped(portrait.of)
        );
        let rests = rests.said(self.mean);
        let long = format!(
            "Each line is the way of one sequence’s hidden state, with a dot where it ends: {paths}. {rests}."
        );
        let short = format!("{paths} · {rests}");
        let mut text = match has_room(ui, &long, GRID) {
            true => long,
            false => short,
        };
        if let Some(update) = older {
            text.push_str(&format!(" · of update {update}"));
        }
        let text = RichText::new(text).size(SMALL).color(palette.weak_text);
        let line = ui.add(egui::Label::new(text).truncate().sense(Sense::hover()));
        let here = "Newton’s method looks for them from states on record, and from zero";
        explained(line, here, &[Term::FixedPoint]);
    }
}

/// How paths are coloured.
enum Hues {
    Classes(Vec<String>),
    /// By the value that is right, from the smallest to the largest.
    Values([f64; 2]),
    One,
}

impl Hues {
    fn of(scene: &Scene<'_>, portrait: &Portrait) -> Self {
        if let Targets::Classes { names, .. } = &scene.snapshot.material.dataset.targets {
            return Hues::Classes(names.clone());
        }
        let values = portrait.paths.iter().filter_map(|path| match path.label {
            Some(Label::Value(value)) if value.is_finite() => Some(value),
            _ => None,
        });
        let ends = values.fold(None, |ends: Option<[f64; 2]>, value| {
            let [low, high] = ends.unwrap_or([value; 2]);
            Some([low.min(value), high.max(value)])
        });
        match ends {
            Some([low, high]) if low < high => Hues::Values([low, high]),
            _ => Hues::One,
        }
    }

    fn color(&self, label: Option<Label>, palette: &Palette) -> Color32 {
        match (self, label) {
            (Hues::Classes(_), Some(Label::Class(class))) => palette.class(class),
            (Hues::Values([low, high]), Some(Label::Value(value))) => {
                Self::between(((value - low) / (high - low)) as f32, palette)
            }
            _ => palette.quantity(Quantity::H),
        }
    }

    /// From blue over grey to orange: told apart by those who see few colours, too.
    fn between(share: f32, palette: &Palette) -> Color32 {
        let (low, high) = (palette.quantity(Quantity::F), palette.quantity(Quantity::O));
        let middle = palette.hairline.lerp_to_gamma(palette.weak_text, 0.5);
        match share < 0.5 {
            true => low.lerp_to_gamma(middle, 2.0 * share.max(0.0)),
            false => middle.lerp_to_gamma(high, (2.0 * share - 1.0).min(1.0)),
        }
    }
}

/// All that is drawn in the plot.
struct Drawn<'a> {
    scene: &'a Scene<'a>,
    shared: &'a Shared,
    at: At,
    portrait: &'a Portrait,
    rests: Option<&'a Rests>,
    by_units: Option<[usize; 2]>,
    hues: &'a Hues,
    palette: &'a Palette,
}

impl Drawn<'_> {
    /// Where a fixed point lies.
    fn place(&self, index: usize, point: &FixedPoint) -> Option<[f64; 2]> {
        match self.by_units {
            Some(units) => {
                let [x, y] = units.map(|unit| point.state.get(unit).copied());
                Some([x?, y?])
            }
            None => self.rests?.along.get(index).copied(),
        }
    }

    /// What the axes are.
    fn axes(&self) -> [String; 2] {
        match (self.by_units, self.portrait.explained) {
            (Some(units), _) => units.map(|unit| format!("h[{unit}]")),
            (None, Some((shares, _))) => [0, 1].map(|k| {
                let share = significant(100.0 * shares[k], 3);
                format!("component {} of h, {share} % of the variance", k + 1)
            }),
            (None, None) => [1, 2].map(|k| format!("component {k} of h")),
        }
    }

    /// How many points of the probe's path are revealed; and the one at the cursor.
    fn revealed(&self) -> (usize, Option<usize>) {
        let all = self.portrait.probe.len();
        let Some(scan) = self.scene.part.scans.get(self.at.scan) else {
            return (all, None);
        };
        let length = self.scene.part.lengths.first().copied().unwrap_or(0);
        let has_first = all > length;
        let steps = self.scene.revealed(self.at.scan, Quantity::H, false);
        let shown = steps.len().min(length) + usize::from(has_first);
        let column = self.shared.hover.t.or(self.scene.column());
        let at = column.filter(|&t| t < length && steps.contains(&t));
        let at = at.map(|t| point_of(scan.place.direction, t, length, has_first));
        (shown.min(all), at)
    }

    /// Draws everything; gives what is under the pointer, in words.
    fn plot(&self, ui: &mut Ui, height: f32) -> Option<String> {
        let lengths = [ui.available_width() - BESIDE, height - BELOW];
        let whole = self.axes();
        let [x_name, y_name] = [0, 1].map(|axis| named(ui, axis, &whole[axis], lengths[axis]));
        let (palette, portrait) = (self.palette, self.portrait);
        let id = ui.scope_id().with((
            "phase portrait",
            self.at,
            self.by_units,
            self.scene.snapshot.material.seq_len,
        ));
        let (revealed, at) = self.revealed();
        let probe = &portrait.probe[..revealed];
        let near = self.near();
        let shown = plot(ui, "phase portrait", &x_name, &y_name, Scale::Linear)
            .id(id)
            .height(height)
            .width(ui.available_width())
            // Distances and angles are those of the states.
            .data_aspect(1.0)
            .show_crosshair(false)
            .label_formatter(|_| None)
            .show(ui, |plot| {
                for path in &portrait.paths {
                    let color = self.hues.color(path.label, palette);
                    let points = PlotPoints::from(path.points.clone());
                    let line = line_of(format!("sequence {}", path.sequence + 1), points);
                    plot.line(line.color(color.gamma_multiply(0.55)).width(1.0));
                    if let Some(&end) = path.points.last() {
                        let end = Points::new("", PlotPoints::from(vec![end]));
                        plot.points(end.color(color).radius(2.5));
                    }
                }
                let line = line_of("probe", PlotPoints::from(probe.to_vec()));
                plot.line(line.color(palette.strong_text).width(2.0));
                for (kind, name, shape, filled) in KINDS {
                    let points = near.iter().filter(|(point, _)| point.stability == kind);
                    let points: Vec<[f64; 2]> = points.map(|&(_, place)| place).collect();
                    let halo = Points::new("", PlotPoints::from(points.clone()));
                    plot.points(halo.shape(shape).radius(8.0).color(palette.background));
                    let marks = Points::new(name, PlotPoints::from(points)).shape(shape);
                    plot.points(marks.filled(filled).radius(5.5).color(palette.strong_text));
                }
                if let Some(&place) = at.and_then(|at| portrait.probe.get(at)) {
                    let halo = Points::new("", PlotPoints::from(vec![place]));
                    plot.points(halo.radius(7.0).color(palette.background));
                    let dot = Points::new("cursor", PlotPoints::from(vec![place]));
                    plot.points(dot.radius(5.0).color(palette.cursor));
                }
            });
        let pointer = shown.response.hover_pos()?;
        let far = |[x, y]: [f64; 2]| {
            let at: Pos2 = shown.transform.position_from_point(&PlotPoint::new(x, y));
            at.distance(pointer)
        };
        self.under(&near, probe, far)
    }

    /// The fixed points that are drawn, and where.
    fn near(&self) -> Vec<(&FixedPoint, [f64; 2])> {
        let paths = self.portrait.paths.iter().flat_map(|path| &path.points);
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for point in paths.chain(&self.portrait.probe) {
            for axis in 0..2 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        let points = self.rests.iter().flat_map(|rests| &rests.found.points);
        let placed = points.enumerate().filter_map(|(index, point)| {
            let place = self.place(index, point)?;
            let within = (0..2).all(|axis| {
                let room = FAR * (high[axis] - low[axis]);
                (low[axis] - room..=high[axis] + room).contains(&place[axis])
            });
            within.then_some((point, place))
        });
        placed.collect()
    }

    /// What is nearest to the pointer.
    fn under(
        &self,
        near: &[(&FixedPoint, [f64; 2])],
        probe: &[[f64; 2]],
        far: impl Fn([f64; 2]) -> f32,
    ) -> Option<String> {
        let rest = near.iter().map(|&(point, place)| (far(place), point));
        let rest = rest.filter(|&(far, _)| far < NEAR);
        if let Some((_, point)) = rest.min_by(|one, other| one.0.total_cmp(&other.0)) {
            let kind = KINDS.iter().find(|kind| kind.0 == point.stability);
            let starts = self.rests.map_or(0, |rests| rests.found.starts);
            return Some(format!(
                "fixed point, {}: largest |λ| {}, found from {} of {starts} states, a step moves it by {}",
                kind.map_or("", |kind| kind.1),
                number(point.spectral_radius()),
                point.found_from,
                number(point.residual)
            ));
        }
        let own = probe
            .iter()
            .enumerate()
            .map(|(k, &place)| (far(place), k, None));
        let others = self.portrait.paths.iter().flat_map(|path| {
            let points = path.points.iter().enumerate();
            points.map(move |(k, &place)| (place, k, path))
        });
        let others = others.map(|(place, k, path)| (far(place), k, Some(path)));
        let nearest = own.chain(others).filter(|(far, ..)| *far < NEAR);
        let (_, k, path) = nearest.min_by(|one, other| one.0.total_cmp(&other.0))?;
        let points = path.map_or(probe, |path| &path.points);
        let whose = match path {
            None => "probe".to_owned(),
            Some(path) => format!("sequence {}", path.sequence + 1),
        };
        let label = match (path.and_then(|path| path.label), self.hues) {
            (Some(Label::Class(class)), Hues::Classes(names)) => {
                format!(
                    ", right is “{}”",
                    names.get(class).map_or("", String::as_str)
                )
            }
            (Some(Label::Value(value)), _) => format!(", right is {}", number(value)),
            _ => String::new(),
        };
        let [x, y] = points[k];
        Some(format!(
            "{whose}, {} of its way: {}, {}{label}",
            match k {
                0 => "the beginning".to_owned(),
                k => format!("step {k}"),
            },
            number(x),
            number(y)
        ))
    }
}

/// The name of an axis of a length in points: all of it, else without its share of the variance, else what there is room for. A
/// longer one would be drawn over what stands beside the plot.
fn named(ui: &Ui, axis: usize, whole: &str, length: f32) -> String {
    let short = format!("component {} of h", axis + 1);
    let has_share = whole.len() > short.len();
    match has_share && small_width(ui, whole) > length {
        true => axis_name(ui, &short, length),
        false => axis_name(ui, whole, length),
    }
}

/// What colours and marks stand for, below the plot.
fn keys(ui: &mut Ui, scene: &Scene<'_>, portrait: &Portrait, hues: &Hues, palette: &Palette) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let line = |ui: &mut Ui, color: Color32, width: f32, text: &str| {
            if !has_room(ui, text, 26.0) {
                return;
            }
            let (rect, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
            let stroke = Stroke::new(width, color);
            ui.painter().hline(rect.x_range(), rect.center().y, stroke);
            ui.label(RichText::new(text).size(SMALL).color(palette.weak_text));
        };
        line(ui, palette.strong_text, 2.0, "probe");
        if has_room(ui, AT_CURSOR, 26.0) {
            let (rect, _) = ui.allocate_exact_size(vec2(12.0, 14.0), Sense::hover());
            ui.painter()
                .circle_filled(rect.center(), 4.5, palette.cursor);
            caption(ui, AT_CURSOR);
        }
        match hues {
            Hues::Classes(names) => {
                let mut classes: Vec<usize> = portrait
                    .paths
                    .iter()
                    .filter_map(|path| match path.label {
                        Some(Label::Class(class)) => Some(class),
                        _ => None,
                    })
                    .collect();
                classes.sort_unstable();
                classes.dedup();
                for class in classes.into_iter().take(NAMED) {
                    let name = names.get(class).map_or("", String::as_str);
                    line(ui, palette.class(class), 2.0, &format!("“{name}”"));
                }
            }
            Hues::Values(ends) => {
                let name = scene.snapshot.material.dataset.output_names.first();
                let name = name.map_or("target", String::as_str);
                let [low, high] = ends.map(|end| significant(end, 3));
                let text = format!("{name} {low}");
                if has_room(ui, &text, 70.0 + small_width(ui, &high)) {
                    caption(ui, &text).on_hover_text("What is right at the end of a sequence");
                    bar(ui, palette);
                    caption(ui, &high);
                }
            }
            Hues::One => line(ui, palette.quantity(Quantity::H), 1.0, "other sequences"),
        }
        ui.add_space(GRID);
        for (index, (_, name, ..)) in KINDS.iter().enumerate().take(3) {
            if !has_room(ui, name, 26.0) {
                break;
            }
            let (rect, _) = ui.allocate_exact_size(vec2(12.0, 14.0), Sense::hover());
            mark(ui, rect.center(), index, palette);
            let label = ui.label(RichText::new(*name).size(SMALL).color(palette.weak_text));
            explained(label, "Of fixed points", &[Term::FixedPoint]);
        }
    });
}

/// The colours from the smallest value to the largest.
fn bar(ui: &mut Ui, palette: &Palette) {
    let (rect, _) = ui.allocate_exact_size(vec2(44.0, 8.0), Sense::hover());
    let mut mesh = egui::Mesh::default();
    for k in 0..=16_u32 {
        let share = k as f32 / 16.0;
        let color = Hues::between(share, palette);
        let x = egui::lerp(rect.x_range(), share);
        mesh.colored_vertex(pos2(x, rect.top()), color);
        mesh.colored_vertex(pos2(x, rect.bottom()), color);
        if k > 0 {
            let at = 2 * k;
            mesh.add_triangle(at - 2, at - 1, at);
            mesh.add_triangle(at - 1, at, at + 1);
        }
    }
    ui.painter().add(mesh);
}

/// The mark of a kind of fixed point.
fn mark(ui: &Ui, at: Pos2, kind: usize, palette: &Palette) {
    let painter = ui.painter();
    match KINDS[kind].2 {
        MarkerShape::Diamond => {
            let corners = [(0.0, -5.0), (5.0, 0.0), (0.0, 5.0), (-5.0, 0.0)];
            let corners = corners.map(|(x, y)| at + vec2(x, y));
            let shape =
                egui::Shape::convex_polygon(corners.to_vec(), palette.strong_text, Stroke::NONE);
            painter.add(shape);
        }
        _ if KINDS[kind].3 => {
            painter.circle_filled(at, 4.5, palette.strong_text);
        }
        _ => {
            painter.circle_stroke(at, 4.0, Stroke::new(1.0, palette.strong_text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui_kittest::Harness;

    /// In a low pane the name of the upright axis would lie over the buttons above the plot.
    #[test]
    fn no_name_is_longer_than_its_axis() {
        let mut harness = Harness::new_ui(|ui| {
            let whole = "component 2 of h, 31.3 % of the variance";
            let width = |text: &str| small_width(ui, text);
            let short = "component 2 of h";
            assert_eq!(named(ui, 1, whole, width(whole) + 1.0), whole);
            assert_eq!(named(ui, 1, whole, width(whole) - 1.0), short);
            assert_eq!(named(ui, 1, whole, width(short) + 1.0), short);
            let cut = named(ui, 1, whole, width(short) - 1.0);
            assert!(cut.ends_with('…') && width(&cut) < width(short), "{cut}");
            assert_eq!(named(ui, 1, whole, -4.0), "");
            assert_eq!(named(ui, 1, "h[3]", width("h[3]") + 1.0), "h[3]");
            assert_eq!(named(ui, 1, "h[3]", 1.0), "");
        });
        harness.run();
    }
}
