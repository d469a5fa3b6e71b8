//! The cliff: the loss of a single recurrent unit, which has a wall in it, and the ways that gradient descent takes there
//! without and with clipping (Pascanu, Mikolov & Bengio 2013).
//!
//! Nothing here is of the run on show: the unit, its loss and both ways are computed for this view alone.

use super::{Home, Purpose, Scene, Shared, View, has_room};
use crate::app::theme::{Palette, SMALL};
use crate::app::widgets::{
    LineLabel, Path, ReliefMap, Scale, Term, ValueTextures, Wish, caption, control_row,
    empty_state, explained, line_of, log10_or_gap, number, paint_labels, paint_mark, paint_path,
    plot, relief_legend, segmented, with_least_span,
};
use crate::session::Command;
use crate::train::Answer;
use crate::train::question::Question;
use crate::train::question::Relief;
use crate::train::question::cliff::{Descent, Stage, Stretch, middle};
use eframe::egui::{
    Align2, Button, Color32, DragValue, FontId, InputState, Painter, Pos2, Rect, RichText, Slider,
    Stroke, Ui, pos2, vec2,
};
use egui_plot::{LineStyle, PlotPoints, PlotTransform, VLine};
use std::sync::Arc;

/// What is looked at.
pub struct Cliff {
    textures: ValueTextures,
    stretch: Stretch,
    /// Where both ways begin: w and b.
    start: [f64; 2],
    rate: f64,
    max_norm: f64,
    /// How many updates of the ways are drawn.
    update: usize,
    plot: Plotted,
    narrow: bool,
    map: Last,
    profile: Last,
    ways: Last,
}

/// What is drawn where there is room for one plot alone.
#[derive(Clone, Copy, PartialEq)]
enum Plotted {
    Map,
    Profile,
    Losses,
}

/// The last answer to a question that may be another one in each frame.
#[derive(Default)]
struct Last {
    answer: Option<(Question, Arc<Answer>)>,
    version: u64,
}

impl Last {
    fn ask(&mut self, scene: &Scene<'_>, question: Question) {
        let told = scene.session.ask(&question);
        if let Some(answer) = told.answer.filter(|_| told.is_current) {
            let same = self
                .answer
                .as_ref()
                .is_some_and(|(_, known)| Arc::ptr_eq(known, &answer));
            self.version += u64::from(!same);
            self.answer = Some((question, answer));
        }
    }

    fn relief(&self) -> Option<(Stretch, &Relief)> {
        match self
            .answer
            .as_ref()
            .map(|(question, answer)| (question, &**answer))
        {
            Some((Question::Cliff { stretch, .. }, Answer::Cliff(Some(relief)))) => {
                Some((*stretch, relief))
            }
            _ => None,
        }
    }

    fn descent(&self) -> Option<&Descent> {
        match self.answer.as_ref().map(|(_, answer)| &**answer) {
            Some(Answer::Descent(Some(descent))) => Some(descent),
            _ => None,
        }
    }
}

/// What is in sight at first: the wall, and where it ends.
const STRETCH: Stretch = Stretch {
    w: [4.0, 5.6],
    b: [-3.0, -1.8],
};

/// How many updates a way has.
const UPDATES: usize = 100;

/// How many cells a side of the map has, and how many a profile.
const CELLS: usize = 144;
const ALONG: usize = 480;

/// The name of the wall is tried at so many places along it.
const PARTS: usize = 8;

/// Beside the map there is room for other plots from this width on.
const BESIDE: f32 = 560.0;

impl Default for Cliff {
    fn default() -> Self {
        Self {
            textures: ValueTextures::default(),
            stretch: STRETCH,
            start: [5.0, -2.2],
            rate: 0.1,
            max_norm: 1.0,
            update: UPDATES,
            plot: Plotted::Map,
            narrow: false,
            map: Last::default(),
            profile: Last::default(),
            ways: Last::default(),
        }
    }
}

impl View for Cliff {
    fn name(&self) -> &'static str {
        "cliff"
    }

    fn title(&self) -> &'static str {
        "The cliff"
    }

    fn question(&self) -> &'static str {
        "Why does one long gradient throw training off, and what does clipping change?"
    }

    fn home(&self, layout: Purpose) -> Home {
        match layout {
            Purpose::Explore => Home::Closed("training"),
            Purpose::Cell => Home::Closed("number"),
            Purpose::Gradients => Home::Behind("training"),
            Purpose::Forecast => Home::Closed("prediction"),
            Purpose::Compare => Home::Closed("comparison"),
            Purpose::All => Home::Closed("training"),
        }
    }

    fn tools(&mut self, ui: &mut Ui, _: &Scene<'_>, _: &mut Shared) {
        if self.narrow {
            let plots = [
                (Plotted::Map, "map"),
                (Plotted::Profile, "profile"),
                (Plotted::Losses, "losses"),
            ];
            segmented(ui, "Plot", &mut self.plot, &plots);
        }
        if let Some((_, relief)) = self.map.relief()
            && let Some(legend) = relief_legend(ui, relief, "loss")
        {
            explained(legend, "Of the unit, at each w and b", &[Term::Loss]);
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, _: &mut Shared) -> Vec<Command> {
        let palette = Palette::of(ui.visuals());
        self.ask(scene);
        self.choices(ui);
        if self.map.relief().is_none() || self.ways.descent().is_none() {
            empty_state(
                ui,
                "The loss of a single unit, and two ways down it, will appear here.",
                "They are being computed.",
            );
            return Vec::new();
        }
        let (width, height) = (ui.available_width(), ui.available_height().max(60.0));
        self.narrow = width < BESIDE;
        let foot = if height >= 150.0 { 40.0 } else { 0.0 };
        let high = (height - foot - 4.0).max(40.0);
        let wide = width - 4.0;
        if self.narrow {
            match self.plot {
                Plotted::Map => self.map(ui, &palette, [wide, high]),
                Plotted::Profile => self.profile(ui, &palette, [wide, high]),
                Plotted::Losses => self.losses(ui, &palette, [wide, high]),
            }
        } else {
            let map_width = (0.56 * width).floor();
            ui.horizontal_top(|ui| {
                self.map(ui, &palette, [map_width, high]);
                let left = ui.available_width() - 4.0;
                ui.vertical(|ui| {
                    let each = 0.5 * high - 4.0;
                    self.profile(ui, &palette, [left, each]);
                    self.losses(ui, &palette, [left, each]);
                });
            });
        }
        if foot > 0.0 {
            self.say(ui, &palette);
        }
        Vec::new()
    }
}

/// Writes what it is beside the wall, which runs down from the left: where all of the name is in sight.
fn label_wall(painter: &Painter, frame: Rect, palette: &Palette, wall: Vec<Pos2>) {
    let inside = frame.shrink(4.0);
    let seen: Vec<Pos2> = wall
        .iter()
        .copied()
        .filter(|at| inside.contains(*at))
        .collect();
    let wish = |part: usize| {
        let at = *seen.get(part * seen.len().saturating_sub(1) / PARTS)?;
        Some(Wish {
            at: at + vec2(-6.0, 4.0),
            align: Align2::RIGHT_TOP,
        })
    };
    let label = LineLabel {
        texts: vec!["the wall".into()],
        color: palette.threshold,
        wishes: (1..PARTS).filter_map(wish).collect(),
        stays: false,
    };
    let mut line = wall;
    line.sort_by(|one, other| one.x.total_cmp(&other.x));
    paint_labels(painter, inside, &[line], &[label]);
}

impl Cliff {
    fn ask(&mut self, scene: &Scene<'_>) {
        let (stretch, [w, _]) = (self.stretch, self.start);
        let map = Question::Cliff {
            stretch,
            cells: [CELLS; 2],
        };
        self.map.ask(scene, map);
        let along = Question::Cliff {
            stretch: Stretch {
                w: [w, w],
                ..stretch
            },
            cells: [ALONG, 1],
        };
        self.profile.ask(scene, along);
        let ways = Question::Descent {
            start: self.start,
            rate: self.rate,
            max_norm: self.max_norm,
            updates: UPDATES,
            w: stretch.w,
        };
        self.ways.ask(scene, ways);
    }

    /// Where the ways begin, how they step, and how far they are drawn.
    fn choices(&mut self, ui: &mut Ui) {
        let words = ui.available_width() > 560.0;
        control_row(ui, "controls of the cliff", |ui| {
            let [w, b] = &mut self.start;
            for (word, name, value, range, speed) in [
                ("start w", "Start w", w, -10.0..=10.0, 0.005),
                ("b", "Start b", b, -10.0..=10.0, 0.005),
                ("rate", "Rate", &mut self.rate, 1e-4..=10.0, 0.002),
                (
                    "max norm",
                    "Limit of the norm",
                    &mut self.max_norm,
                    1e-3..=1e3,
                    0.01,
                ),
            ] {
                if words {
                    caption(ui, word);
                }
                let field = DragValue::new(value).speed(speed).max_decimals(4);
                let reach = format!(
                    "{name}, from {} to {}",
                    number(*range.start()),
                    number(*range.end())
                );
                let field = ui.name_inputs(name, |ui| ui.add(field.range(range)));
                field.on_hover_text(reach);
            }
            ui.add_space(4.0);
            for (sign, name, by) in [("‹", "One update back", -1_i64), ("›", "One update on", 1)]
            {
                let button = ui.add(Button::new(sign).small().min_size(vec2(20.0, 18.0)));
                button
                    .ctx
                    .accesskit_node_builder(button.id, |node| node.set_label(name));
                if button.on_hover_text(name).clicked() {
                    self.update = self.update.saturating_add_signed(by as isize).min(UPDATES);
                }
            }
            if words {
                ui.spacing_mut().slider_width = 140.0;
                let slider = Slider::new(&mut self.update, 0..=UPDATES);
                ui.name_inputs("Update of the ways", |ui| ui.add(slider));
            }
        });
    }

    fn colors(palette: &Palette) -> [(Color32, bool); 2] {
        // Without a limit dashed, with it solid: told apart without colours too.
        [
            (palette.before_clipping, true),
            (palette.after_clipping, false),
        ]
    }

    /// As much of the two ways as is drawn, the one without a limit first.
    fn ways(&self) -> [&[Stage]; 2] {
        let Some(descent) = self.ways.descent() else {
            return [&[], &[]];
        };
        [&descent.free, &descent.held].map(|way| &way[..way.len().min(self.update + 1)])
    }

    fn map(&mut self, ui: &mut Ui, palette: &Palette, size: [f32; 2]) {
        let Some((drawn, relief)) = self.map.relief() else {
            return;
        };
        let map = ReliefMap {
            id: "cliff",
            relief,
            version: self.map.version,
            reach: [drawn.b, drawn.w],
            names: ["b", "w"],
            seen: [self.stretch.b, self.stretch.w],
            size,
        };
        let shown = map.show(ui, &mut self.textures);
        let transform = &shown.transform;
        if let Some(descent) = self.ways.descent() {
            let wall: Vec<[f64; 2]> = descent.walls.iter().map(|[w, b]| [*b, *w]).collect();
            let painter = ui.painter_at(*transform.frame());
            let wall = wall
                .iter()
                .map(|at| transform.position_from_point(&egui_plot::PlotPoint::new(at[0], at[1])));
            let wall: Vec<_> = wall.collect();
            // As the ways are: deep on a pale halo, which is seen on every shade.
            let deep = Palette::new(false);
            let halo = Stroke::new(4.0, deep.background.gamma_multiply(0.8));
            painter.line(wall.clone(), halo);
            painter.extend(eframe::egui::Shape::dotted_line(
                &wall,
                deep.threshold,
                4.0,
                1.5,
            ));
            label_wall(&painter, *transform.frame(), palette, wall);
        }
        // Deep colours and a pale halo are seen on the shades of both themes.
        let colors = Self::colors(&Palette::new(false));
        for (way, (color, is_dashed)) in self.ways().into_iter().zip(colors) {
            let places: Vec<[f64; 2]> =
                way.iter().map(|stage| [stage.at[1], stage.at[0]]).collect();
            let path = Path {
                places: &places,
                color,
                dots: false,
                is_dashed,
            };
            paint_path(ui, transform, &path);
            if let Some(&last) = places.last() {
                paint_mark(ui, transform, last, color, true);
            }
        }
        self.tell_thrown(ui, palette, transform);
        let start = [self.start[1], self.start[0]];
        paint_mark(ui, transform, start, palette.strong_text, false);
        // A click or a drag moves the start; Ctrl and the wheel zoom, a double click goes back to where it was at first.
        let response = shown.response;
        if response.double_clicked() {
            self.stretch = STRETCH;
            return;
        }
        let value = |at| shown.transform.value_from_position(at);
        if (response.clicked() || response.dragged())
            && let Some(at) = response.interact_pointer_pos()
        {
            let round = |value: f64| (value.clamp(-10.0, 10.0) * 1e3).round() / 1e3;
            self.start = [round(value(at).y), round(value(at).x)];
        }
        if let Some(at) = response.hover_pos() {
            let factor = f64::from(response.ctx.input(InputState::zoom_delta));
            if factor != 1.0 {
                let at = value(at);
                let zoomed = |[low, high]: [f64; 2], at: f64| {
                    let length = ((high - low) / factor).clamp(1e-6, 60.0);
                    let part = (at - low) / (high - low);
                    [at - part * length, at + (1.0 - part) * length]
                };
                self.stretch = Stretch {
                    w: zoomed(self.stretch.w, at.y),
                    b: zoomed(self.stretch.b, at.x),
                };
                response.ctx.request_repaint();
            }
        }
    }

    /// Says where the way without a limit is, where that is out of sight.
    fn tell_thrown(&self, ui: &Ui, palette: &Palette, transform: &PlotTransform) {
        let [free, _] = self.ways();
        let is_seen = |stage: &Stage| {
            let [w, b] = stage.at;
            let within = |[low, high]: [f64; 2], at: f64| (low..=high).contains(&at);
            within(self.stretch.w, w) && within(self.stretch.b, b)
        };
        let Some(last) = free.last().filter(|last| !is_seen(last)) else {
            return;
        };
        let left = free.iter().rposition(is_seen).map_or(0, |at| at + 1);
        let [w, b] = last.at.map(number);
        let frame = *transform.frame();
        if frame.height() < 80.0 {
            return;
        }
        let said = match frame.width() < 420.0 {
            true if left == 0 => "the ways begin out of sight".to_owned(),
            true => format!("thrown off at update {left}"),
            false if left == 0 => {
                format!("both ways begin out of sight: without clipping now at b = {b}, w = {w}")
            }
            false => {
                format!("without clipping thrown off at update {left}: now at b = {b}, w = {w}")
            }
        };
        let painter = ui.painter_at(frame);
        let galley = painter.layout(
            said,
            FontId::proportional(SMALL),
            palette.before_clipping,
            frame.width() - 24.0,
        );
        let at = pos2(frame.right() - galley.size().x - 8.0, frame.top() + 6.0);
        let behind = eframe::egui::Rect::from_min_size(at, galley.size()).expand(4.0);
        painter.rect_filled(behind, 3.0, palette.background.gamma_multiply(0.85));
        painter.galley(at, galley, palette.before_clipping);
    }

    /// The loss over b, at the w of the start.
    fn profile(&self, ui: &mut Ui, palette: &Palette, size: [f32; 2]) {
        let Some((drawn, relief)) = self.profile.relief() else {
            return;
        };
        let cells = relief.losses.nrows();
        let points: Vec<[f64; 2]> = (0..cells)
            .filter_map(|cell| {
                let loss = log10_or_gap(*relief.losses.get([cell, 0])?)?;
                Some([middle(drawn.b, cell, cells), loss])
            })
            .collect();
        let wall = self.ways.descent().and_then(|descent| descent.wall);
        let title = format!("b, at w = {}", number(drawn.w[0]));
        let (start, seen) = (self.start[1], self.stretch.b);
        let heights: Vec<f64> = points.iter().map(|point| point[1]).collect();
        let shown = plot(ui, "profile of the cliff", &title, "loss", Scale::Log);
        with_least_span(shown, heights.into_iter(), Scale::Log)
            .width(size[0] - 12.0)
            .height(size[1])
            .allow_drag(false)
            .allow_boxed_zoom(false)
            .show_crosshair(false)
            .show(ui, |ui| {
                ui.set_plot_bounds_x(seen[0]..=seen[1]);
                if let Some((b, _)) = wall {
                    let line = VLine::new("the wall", b)
                        .color(palette.threshold)
                        .width(1.5);
                    ui.vline(line.style(LineStyle::dotted_dense()));
                }
                ui.vline(
                    VLine::new("start", start)
                        .color(palette.weak_text)
                        .width(1.0),
                );
                let line = line_of("loss", PlotPoints::from(points));
                ui.line(line.color(palette.prediction).width(1.5));
            });
    }

    /// The losses along both ways.
    fn losses(&self, ui: &mut Ui, palette: &Palette, size: [f32; 2]) {
        let ways = self.ways();
        let stages = ways.iter().flat_map(|way| way.iter());
        let heights: Vec<f64> = stages
            .filter_map(|stage| log10_or_gap(stage.slope.loss))
            .collect();
        let shown = plot(ui, "losses of the ways", "update", "loss", Scale::Log);
        with_least_span(shown, heights.into_iter(), Scale::Log)
            .width(size[0])
            .height(size[1])
            .allow_drag(false)
            .allow_boxed_zoom(false)
            .show_crosshair(false)
            .include_x(0.0)
            .include_x(UPDATES as f64)
            .show(ui, |ui| {
                let names = ["without clipping", "clipped"];
                for ((way, name), (color, is_dashed)) in
                    ways.into_iter().zip(names).zip(Self::colors(palette))
                {
                    let points = way.iter().enumerate().filter_map(|(update, stage)| {
                        Some([update as f64, log10_or_gap(stage.slope.loss)?])
                    });
                    let style = match is_dashed {
                        true => LineStyle::dashed_dense(),
                        false => LineStyle::Solid,
                    };
                    let line = line_of(name, PlotPoints::from(points.collect::<Vec<_>>()));
                    ui.line(line.color(color).width(1.5).style(style));
                }
            });
    }

    /// The numbers at the update that is drawn last, and those of the wall.
    fn say(&self, ui: &mut Ui, palette: &Palette) {
        let [free, held] = self.ways();
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.spacing_mut().interact_size.y = 15.0;
        ui.horizontal(|ui| {
            ui.add_space(4.0);
            let names = ["without clipping", "clipped"];
            let update = format!("update {}", self.update);
            if has_room(ui, &update, 8.0) {
                caption(ui, &update);
            }
            for ((way, name), (color, _)) in [free, held]
                .into_iter()
                .zip(names)
                .zip(Self::colors(palette))
            {
                let Some(stage) = way.last() else { continue };
                let [w, b] = stage.at.map(number);
                let (loss, norm) = (number(stage.slope.loss), number(stage.slope.norm()));
                let said = format!("{name}: w {w}, b {b}, loss {loss}, gradient {norm}");
                let short = format!("{name}: loss {loss}");
                let said = if has_room(ui, &said, 4.0) {
                    said
                } else {
                    short
                };
                if has_room(ui, &said, 0.0) {
                    let label = ui.label(RichText::new(said).size(SMALL).color(color));
                    explained(label, "", &[Term::Clipping, Term::Norm]);
                }
            }
        });
        ui.horizontal(|ui| {
            ui.add_space(4.0);
            let wall = self.ways.descent().and_then(|descent| descent.wall);
            let w = number(self.start[0]);
            let said = match wall {
                Some((b, slope)) => {
                    let [b, slope] = [(b, 9), (slope.gradient[1], 6)]
                        .map(|(value, digits)| format!("{value:.digits$}").replace('-', "−"));
                    [
                        format!(
                            "x₁ … x₅₀, xₜ = w σ(xₜ₋₁) + b from 0.5; loss (σ(x₅₀) − 0.7)². At w = {w} the wall stands at b = \
                             {b}; the slope ∂L/∂b on it is {slope}"
                        ),
                        format!("At w = {w} the wall stands at b = {b}; the slope there is {slope}"),
                        format!("wall at b = {b}, slope {slope}"),
                    ]
                }
                None => {
                    let none = format!("At w = {w} there is no wall: 0.5 attracts, and nearby states end alike");
                    [none.clone(), none, "no wall at this w".to_owned()]
                }
            };
            if let Some(said) = said.iter().find(|said| has_room(ui, said, 0.0)) {
                explained(caption(ui, said), "", &[Term::Cliff]);
            }
        });
    }
}
