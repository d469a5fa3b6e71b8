//! The probe's loss around the present weights, over a plane through them, with the way that training took as far as it lies in
//! that plane.

use super::{Home, Purpose, Scene, Shared, View, has_room};
use crate::app::theme::{Palette, SMALL};
use crate::app::widgets::{
    Path, ReliefMap, Scale, Term, ValueTextures, caption, control_row, empty_state, explained,
    line_of, listed, log10_or_gap, number, paint_mark, paint_path, plot, relief_legend,
    with_least_span,
};
use crate::nn::{Network, ParameterEntry};
use crate::session::Command;
use crate::train::Answer;
use crate::train::Snapshot;
use crate::train::question::Question;
use crate::train::surface::{self, Direction, Plane, Surface};
use crate::words::counted;
use eframe::egui::{Button, DragValue, RichText, Ui};
use egui_plot::{HLine, LineStyle, PlotPoints, VLine};
use std::sync::Arc;

/// The plane on show.
pub struct LossSurface {
    textures: ValueTextures,
    /// Which plane; the steepest until it is known which that is.
    plane: Plane,
    reach: f64,
    /// The network that the plane is of, and its parameters.
    of: Option<(Network, Vec<ParameterEntry>)>,
    /// What is drawn: the answer, the update that it is of, and how many answers there were.
    drawn: Option<(Arc<Answer>, u64, bool)>,
    version: u64,
    /// The number of the random direction.
    drawing: u32,
    /// The cell under the pointer in the last frame.
    hovered: Option<(usize, usize)>,
}

impl Default for LossSurface {
    fn default() -> Self {
        Self {
            textures: ValueTextures::default(),
            plane: Plane::Steepest,
            reach: 1.0,
            of: None,
            drawn: None,
            version: 0,
            drawing: 1,
            hovered: None,
        }
    }
}

/// How far the plane reaches, in the parameters' own unit.
const REACHES: [(f64, &str); 6] = [
    (0.1, "± 0.1"),
    (0.5, "± 0.5"),
    (1.0, "± 1"),
    (2.0, "± 2"),
    (5.0, "± 5"),
    (20.0, "± 20"),
];

/// Beside the map there is room for profiles from this width on.
const PROFILES: f32 = 560.0;

impl View for LossSurface {
    fn name(&self) -> &'static str {
        "loss_surface"
    }

    fn title(&self) -> &'static str {
        "Loss surface"
    }

    fn question(&self) -> &'static str {
        "What would the loss be if two of the weights were others?"
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

    fn suits(&self, scene: &Scene<'_>) -> bool {
        scene.snapshot.model.parameters().len() >= 2 && !scene.snapshot.probe.parts.is_empty()
    }

    fn tools(&mut self, ui: &mut Ui, scene: &Scene<'_>, _: &mut Shared) {
        let Some((surface, update, is_current)) = self.surface() else {
            return;
        };
        if !is_current && update != scene.snapshot.update {
            let text = format!("of update {update}");
            if has_room(ui, &text, 0.0) {
                caption(ui, &text);
            }
        }
        if let Some((i, j)) = self.hovered {
            let loss = surface.relief.losses[[i, j]];
            let [x, y] = [surface.place(0, i), surface.place(1, j)].map(number);
            let text = format!("loss {} at {x}, {y}", number(loss));
            if has_room(ui, &text, 0.0) {
                ui.label(RichText::new(text).size(SMALL));
                return;
            }
        }
        let legend = relief_legend(ui, &surface.relief, "probe’s loss");
        if let Some(legend) = legend {
            explained(legend, "", &[Term::Loss, Term::Probe]);
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, _: &mut Shared) -> Vec<Command> {
        self.keep_to(&scene.snapshot.material.network);
        self.choices(ui, scene);
        self.ask(scene);
        let Some((surface, ..)) = self.surface() else {
            empty_state(
                ui,
                "The loss around the present weights will appear here.",
                "It is being computed: the probe is run once for each cell. If nothing comes, choose other directions above.",
            );
            return Vec::new();
        };
        let surface = surface.clone();
        let (width, height) = (ui.available_width(), ui.available_height().max(60.0));
        let foot = if height >= 130.0 { 18.0 } else { 0.0 };
        let high = (height - foot - 4.0).max(40.0);
        let beside = width >= PROFILES;
        let map_width = if beside {
            (0.58 * width).floor()
        } else {
            width
        } - 4.0;
        let hovered = ui
            .horizontal_top(|ui| {
                let hovered = self.map(ui, scene, &surface, [map_width, high]);
                if beside {
                    let left = ui.available_width() - 4.0;
                    ui.vertical(|ui| {
                        for axis in 0..2 {
                            self.profile(ui, &surface, axis, [left, 0.5 * high - 4.0]);
                        }
                    });
                }
                hovered
            })
            .inner;
        if hovered != self.hovered {
            self.hovered = hovered;
            ui.ctx().request_repaint();
        }
        if foot > 0.0 {
            let said = self.said(scene, &surface);
            let fitting = said.iter().find(|said| has_room(ui, said, 0.0));
            if let Some(said) = fitting {
                let here = "In a valley narrower than a cell the shade is that of half a cell beside its line";
                explained(caption(ui, said), here, &[Term::LossSurface]);
            }
        }
        Vec::new()
    }
}

impl LossSurface {
    /// What is drawn, of which update, and whether that is on show.
    fn surface(&self) -> Option<(&Surface, u64, bool)> {
        let (answer, update, is_current) = self.drawn.as_ref()?;
        match &**answer {
            Answer::Surface(Some(surface)) => Some((surface, *update, *is_current)),
            _ => None,
        }
    }

    /// Another network has other parameters.
    fn keep_to(&mut self, network: &Network) {
        if self.of.as_ref().is_none_or(|(of, _)| of != network) {
            self.of = Some((network.clone(), network.entries()));
            (self.plane, self.drawn, self.hovered) = (Plane::Steepest, None, None);
        }
    }

    /// Asks for the plane, first coarsely; while the run goes on that has to do.
    fn ask(&mut self, scene: &Scene<'_>) {
        let of = |cells: usize| Question::Surface {
            plane: self.plane,
            reach: self.reach,
            cells,
        };
        let coarse = scene.session.ask(&of(surface::FIRST));
        let finest = surface::finest(scene.snapshot);
        let fine = (!scene.session.is_running() && finest > surface::FIRST)
            .then(|| scene.session.ask(&of(finest)));
        let told = [fine, Some(coarse)].into_iter().flatten();
        let told: Vec<_> = told.filter(|told| told.answer.is_some()).collect();
        let best = told.iter().find(|told| told.is_current).or(told.first());
        let Some(best) = best else {
            return;
        };
        let Some(answer) = &best.answer else {
            return;
        };
        let same = self
            .drawn
            .as_ref()
            .is_some_and(|(drawn, ..)| Arc::ptr_eq(drawn, answer));
        self.version += u64::from(!same);
        self.drawn = Some((Arc::clone(answer), best.update, best.is_current));
        if let Answer::Surface(Some(surface)) = &**answer
            && self.plane == Plane::Steepest
        {
            // From here on it stays: axes that change at every update cannot be followed.
            self.plane = Plane::Along(surface.axes);
        }
    }

    /// What lies along the axes, and how far it reaches.
    fn choices(&mut self, ui: &mut Ui, scene: &Scene<'_>) {
        let Some((_, entries)) = &self.of else { return };
        let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        let mut axes = match self.plane {
            Plane::Along(axes) => axes,
            Plane::Steepest => [Direction::Parameter(0); 2],
        };
        let before = axes;
        let words = ui.available_width() > 520.0;
        control_row(ui, "controls of the loss surface", |ui| {
            for (axis, name) in axes.iter_mut().zip(["across", "up"]) {
                if words {
                    caption(ui, name);
                }
                direction(ui, name, axis, entries, &names, &mut self.drawing);
                ui.add_space(4.0);
            }
            listed(ui, "Reach", &mut self.reach, &REACHES);
            let said = "The two parameters whose gradients are largest now";
            let button = Button::new("Steepest two").small();
            if ui.add(button).on_hover_text(said).clicked() {
                self.plane = Plane::Steepest;
            }
        });
        if axes != before && scene.snapshot.model.parameters().len() >= 2 {
            self.plane = Plane::Along(axes);
        }
    }

    fn name(&self, direction: Direction) -> String {
        let entries = self.of.iter().flat_map(|(_, entries)| entries);
        match direction {
            Direction::Gradient => "along the gradient".into(),
            Direction::Random(_) => "along a random direction".into(),
            Direction::Parameter(index) => {
                let mut of = entries.filter(|entry| entry.range.contains(&index));
                of.next().map_or(String::new(), |entry| {
                    let index = place_in(entry, index);
                    let index: Vec<String> = index.iter().map(usize::to_string).collect();
                    format!("{}[{}]", entry.name, index.join(", "))
                })
            }
        }
    }

    /// Draws the map; returns the cell under the pointer.
    fn map(
        &mut self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        surface: &Surface,
        size: [f32; 2],
    ) -> Option<(usize, usize)> {
        let palette = Palette::of(ui.visuals());
        let names = surface.axes.map(|axis| self.name(axis));
        let half = 0.5 * surface.step();
        let reach = [0, 1].map(|axis| {
            let ends = [
                surface.place(axis, 0),
                surface.place(axis, surface.cells() - 1),
            ];
            [ends[0] - half, ends[1] + half]
        });
        let map = ReliefMap {
            id: "loss surface",
            relief: &surface.relief,
            version: self.version,
            reach,
            names: [&names[0], &names[1]],
            seen: reach,
            size,
        };
        let shown = map.show(ui, &mut self.textures);
        let path = way(scene, surface.axes);
        if path.len() > 1 {
            let path = Path {
                places: &path,
                color: Palette::new(false).before_clipping,
                dots: path.len() < 40,
                is_dashed: false,
            };
            paint_path(ui, &shown.transform, &path);
        }
        paint_mark(
            ui,
            &shown.transform,
            surface.present,
            palette.strong_text,
            true,
        );
        let pointer = shown.response.hover_pos()?;
        let at = shown.transform.value_from_position(pointer);
        let cell = |axis: usize, value: f64| {
            let cell = ((value - reach[axis][0]) / surface.step()).floor();
            (cell >= 0.0 && cell < surface.cells() as f64).then_some(cell as usize)
        };
        Some((cell(0, at.x)?, cell(1, at.y)?))
    }

    /// The loss along one of the axes, through the present weights.
    fn profile(&self, ui: &mut Ui, surface: &Surface, axis: usize, size: [f32; 2]) {
        let palette = Palette::of(ui.visuals());
        let middle = surface.cells() / 2;
        let points: Vec<[f64; 2]> = (0..surface.cells())
            .filter_map(|cell| {
                let at = if axis == 0 {
                    [cell, middle]
                } else {
                    [middle, cell]
                };
                let loss = log10_or_gap(*surface.relief.losses.get(at)?)?;
                Some([surface.place(axis, cell), loss])
            })
            .collect();
        let name = self.name(surface.axes[axis]);
        let id = ["profile across", "profile up"][axis];
        let present = surface.present[axis];
        let loss = log10_or_gap(surface.loss);
        let heights: Vec<f64> = points.iter().map(|point| point[1]).collect();
        let shown = plot(ui, id, &name, "loss", Scale::Log);
        with_least_span(shown, heights.into_iter(), Scale::Log)
            .width(size[0])
            .height(size[1])
            .allow_drag(false)
            .allow_boxed_zoom(false)
            .show_crosshair(false)
            .show(ui, |ui| {
                ui.vline(VLine::new("", present).color(palette.weak_text).width(1.0));
                if let Some(loss) = loss {
                    let line = HLine::new("", loss).color(palette.hairline).width(1.0);
                    ui.hline(line.style(LineStyle::Solid));
                }
                let line = line_of("probe’s loss", PlotPoints::from(points));
                ui.line(line.color(palette.prediction).width(1.5));
            });
    }

    /// What is seen, in more or in fewer words.
    fn said(&self, scene: &Scene<'_>, surface: &Surface) -> [String; 4] {
        let (of, cells) = (number(surface.loss), surface.cells());
        let kept: Vec<u64> = kept(scene).map(|kept| kept.update).collect();
        let path = match way(scene, surface.axes).len() {
            0 | 1 => String::new(),
            _ => format!(
                "; the line leads {}, over which all other parameters moved too",
                through(&kept)
            ),
        };
        let here = format!("The dot is the present network, loss {of}");
        [
            format!(
                "{here}; each of the {cells} × {cells} cells is the probe run anew, all other parameters as they are, a valley \
                 narrower than a cell drawn as half a cell beside its line{path}"
            ),
            format!(
                "{here}; each of the {cells} × {cells} cells is the probe run anew, all other parameters as they are{path}"
            ),
            format!("{here}{path}"),
            here,
        ]
    }
}

/// All snapshots of the network that are kept, up to the one on show.
fn kept<'s>(scene: &'s Scene<'_>) -> impl Iterator<Item = &'s Snapshot> {
    let kept = scene.session.kept().filter(move |kept| {
        kept.update <= scene.snapshot.update
            && kept.material.network == scene.snapshot.material.network
    });
    kept.map(|kept| &**kept)
}

/// Through which kept updates a line leads: before the first there is none, so that these are as many as “Training” tells of.
fn through(kept: &[u64]) -> String {
    let made = kept.iter().filter(|&&update| update > 0).count();
    let updates = counted(made, "kept update");
    match kept.first() {
        Some(0) => format!("from the start through {updates}"),
        _ => format!("through {updates}"),
    }
}

/// The places of all snapshots that are kept, up to the one on show, where both axes are parameters.
fn way(scene: &Scene<'_>, axes: [Direction; 2]) -> Vec<[f64; 2]> {
    let [Direction::Parameter(one), Direction::Parameter(other)] = axes else {
        return Vec::new();
    };
    kept(scene)
        .filter_map(|kept| {
            let parameters = kept.model.parameters();
            Some([*parameters.get(one)?, *parameters.get(other)?])
        })
        .collect()
}

/// The index of a parameter within its array, axis by axis.
fn place_in(entry: &ParameterEntry, index: usize) -> Vec<usize> {
    let mut left = index - entry.range.start;
    let mut place: Vec<usize> = (entry.shape.iter().rev())
        .map(|&size| {
            let at = left % size.max(1);
            left /= size.max(1);
            at
        })
        .collect();
    place.reverse();
    place
}

/// Chooses what lies along an axis: a parameter's name and its place in it, or another direction.
fn direction(
    ui: &mut Ui,
    name: &str,
    axis: &mut Direction,
    entries: &[ParameterEntry],
    names: &[&str],
    drawing: &mut u32,
) {
    let count = entries.len();
    let at = match *axis {
        Direction::Parameter(index) => entries
            .iter()
            .position(|entry| entry.range.contains(&index))
            .unwrap_or(0),
        Direction::Gradient => count,
        Direction::Random(_) => count + 1,
    };
    let mut options: Vec<(usize, &str)> = names.iter().copied().enumerate().collect();
    options.extend([(count, "gradient"), (count + 1, "random direction")]);
    let mut chosen = at;
    listed(ui, &format!("Parameter {name}"), &mut chosen, &options);
    if chosen != at {
        *axis = match entries.get(chosen) {
            Some(entry) => Direction::Parameter(entry.range.start),
            None if chosen == count => Direction::Gradient,
            None => {
                *drawing = drawing.wrapping_add(1);
                Direction::Random(*drawing)
            }
        };
        return;
    }
    let Direction::Parameter(index) = *axis else {
        return;
    };
    let Some(entry) = entries.get(at) else { return };
    let mut place = place_in(entry, index);
    let words = ["row", "column"];
    for (nth, (at, &size)) in place.iter_mut().zip(&entry.shape).enumerate() {
        let field = DragValue::new(at)
            .range(0..=size.saturating_sub(1))
            .speed(0.05);
        let word = words.get(nth).copied().unwrap_or("index");
        ui.name_inputs(format!("{word} {name}"), |ui| ui.add(field));
    }
    let offset =
        (place.iter().zip(&entry.shape)).fold(0, |offset, (&at, &size)| offset * size + at);
    *axis =
        Direction::Parameter(entry.range.start + offset.min(entry.range.len().saturating_sub(1)));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was before the first update is none of them.
    #[test]
    fn kept_updates_are_counted_as_elsewhere() {
        assert_eq!(
            through(&[0, 10, 20]),
            "from the start through 2 kept updates"
        );
        assert_eq!(through(&[0, 10]), "from the start through 1 kept update");
        assert_eq!(through(&[10, 20]), "through 2 kept updates");
    }

    #[test]
    fn a_parameter_is_found_by_its_place() {
        let entry = ParameterEntry {
            name: "weight_hh_l0".into(),
            shape: vec![4, 3],
            range: 10..22,
        };
        assert_eq!(place_in(&entry, 10), [0, 0]);
        assert_eq!(place_in(&entry, 17), [2, 1]);
        assert_eq!(place_in(&entry, 21), [3, 2]);
    }
}
