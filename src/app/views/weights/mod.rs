//! A parameter as a picture: its matrix gate by gate as colours about 0, how its numbers spread, and what its recurrent blocks do to a
//! vector. Its values, its gradient, or how far training has moved it.

mod map;
mod spread;

use super::{Home, Purpose, Scene, Shared, View, legends_if_roomy};
use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{
    HeatMapKind, Term, ValueTextures, caption, compact_choice, empty_state, empty_state_offering,
    explained, has_room, number, segmented, small_width,
};
use crate::nn::{ParameterEntry, Spot};
use crate::session::Command;
use crate::train::question::At;
use crate::train::weights::{Aspect, RecurrentBlock, Weights};
use crate::train::{Answer, Question};
use eframe::egui::{Label, Rect, RichText, ScrollArea, Sense, Ui, UiBuilder, vec2};
use map::{BlockMap, Layout};

/// The view.
#[derive(Default)]
pub struct WeightsView {
    aspect: Option<Aspect>,
    textures: ValueTextures,
    /// The cell that keys move: row and column of the whole parameter.
    cell: [usize; 2],
    /// What is under the pointer or, where that is at nothing, at the keyboard.
    at: Option<[usize; 2]>,
    /// The largest magnitude of what is on show, for the legend.
    largest: Option<f64>,
    /// Whether there was no room for the choices beside the title: then they stand in the view.
    inside: bool,
    /// What a lesson has turned to, until it is looked for among the network's parameters.
    turned_to: Option<&'static str>,
}

/// What each layer has, by the beginning of PyTorch's names: what reads the input, what reads the state before, and what is
/// added to each.
const PARAMETERS: [&str; 4] = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"];

/// Beside the title there is room for the choices from this width on, in points.
const ROOM: f32 = 32.0 * GRID;

const ASPECTS: [(Aspect, &str); 3] = [
    (Aspect::Value, "values"),
    (Aspect::Gradient, "gradient"),
    (Aspect::Change, "change"),
];

/// How wide what is told of the blocks is, and from which width of the pane on it stands beside the picture.
const FACTS: f32 = 26.0 * GRID;
const BESIDE: f32 = 62.0 * GRID;

impl View for WeightsView {
    fn name(&self) -> &'static str {
        "weights"
    }

    fn title(&self) -> &'static str {
        "Weights"
    }

    fn question(&self) -> &'static str {
        "What do the weights look like, gate by gate, and how far has training moved them?"
    }

    fn pages(&self) -> Vec<&'static str> {
        PARAMETERS.to_vec()
    }

    fn turn_to(&mut self, page: &str) {
        self.turned_to = PARAMETERS.into_iter().find(|part| *part == page);
    }

    fn home(&self, layout: Purpose) -> Home {
        match layout {
            Purpose::Explore => Home::Closed("network"),
            Purpose::Cell => Home::Behind("cell"),
            Purpose::Gradients => Home::Closed("training"),
            Purpose::Forecast => Home::Closed("prediction"),
            Purpose::Compare => Home::Closed("comparison"),
            Purpose::All => Home::Closed("gates"),
        }
    }

    fn tools(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) {
        self.inside = ui.available_width() < ROOM;
        if self.inside {
            return;
        }
        self.choose(ui, scene, shared);
        let aspect = self.aspect();
        if let Some(largest) = self.largest {
            let label = match aspect {
                Aspect::Value => "weight",
                Aspect::Gradient => "∂L/∂weight, probe",
                Aspect::Change => "change",
            };
            legends_if_roomy(ui, &[(HeatMapKind::Signed { max_abs: largest }, label)]);
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) -> Vec<Command> {
        if self.inside {
            ui.horizontal(|ui| self.choose(ui, scene, shared));
        }
        let aspect = self.aspect();
        let entries = scene.snapshot.material.network.entries();
        if let Some(part) = self.turned_to.take() {
            shared.parameter = first(&entries, part);
        }
        let index = chosen(&entries, shared);
        let Some(entry) = entries.get(index) else {
            return Vec::new();
        };
        self.largest = None;
        if aspect == Aspect::Gradient && !scene.all_revealed() {
            let wanted = empty_state_offering(
                ui,
                "The gradient of the probe’s loss by each of these weights will appear here.",
                "It is a sum over all steps, whole when the way back is walked to its end.",
                "Show all",
            );
            return match wanted {
                true => vec![Command::ShowAll],
                false => Vec::new(),
            };
        }
        let question = Question::Weights {
            entry: index,
            aspect,
        };
        let told = scene.session.ask(&question);
        let weights = match told.answer.as_deref() {
            Some(Answer::Weights(Some(weights))) => weights,
            Some(Answer::Weights(None)) => {
                empty_state(
                    ui,
                    "How far training has moved each weight will appear here.",
                    "This run began from weights of a file, and what they were is not on record.",
                );
                return Vec::new();
            }
            _ => {
                caption(ui, "Looking at the weights …");
                return Vec::new();
            }
        };
        self.largest = Some(weights.facts.largest);
        let version = scene
            .version
            .wrapping_mul(4)
            .wrapping_add(2 * told.update + u64::from(told.is_current));
        let before = self.at;
        let [rows, columns] = weights.facts.shape;
        self.cell = [
            self.cell[0].min(rows.max(1) - 1),
            self.cell[1].min(columns.max(1) - 1),
        ];
        ui.spacing_mut().item_spacing.y = 0.5 * GRID;
        self.line(
            ui,
            entry,
            weights,
            (!told.is_current).then_some(told.update),
        );
        let area = ui.available_rect_before_wrap();
        let shown = Shown {
            scene,
            entry,
            index,
            aspect,
            weights,
            version,
        };
        if area.width() >= BESIDE {
            let (maps, facts) = area.split_left_right_at_x(area.right() - FACTS - 2.0 * GRID);
            self.at = None;
            self.maps(ui, &shown, shared, maps);
            // The pane ends at the window's edge, where numbers would touch it.
            let facts = facts.shrink2(vec2(GRID, 0.0));
            ui.scope_builder(UiBuilder::new().max_rect(facts), |ui| {
                ScrollArea::vertical()
                    .auto_shrink(false)
                    .show(ui, |ui| self.facts(ui, &shown));
            });
            ui.advance_cursor_after_rect(area);
        } else {
            // What is told stands below, and is scrolled to.
            self.at = None;
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                let height = (0.8 * area.height()).max(96.0);
                let size = vec2(ui.available_width(), height);
                let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
                self.maps(ui, &shown, shared, rect);
                self.facts(ui, &shown);
            });
        }
        if self.at != before {
            // The line above was drawn before.
            ui.ctx().request_repaint();
        }
        Vec::new()
    }
}

/// The parameter that is looked at: what the state before is multiplied with, until another is chosen.
fn chosen(entries: &[ParameterEntry], shared: &Shared) -> usize {
    let known = shared.parameter.filter(|&index| index < entries.len());
    known.unwrap_or_else(|| first(entries, "weight_hh").unwrap_or(0))
}

/// The first parameter in whose name this stands.
fn first(entries: &[ParameterEntry], part: &str) -> Option<usize> {
    entries.iter().position(|entry| entry.name.contains(part))
}

/// What is drawn.
struct Shown<'a> {
    scene: &'a Scene<'a>,
    entry: &'a ParameterEntry,
    index: usize,
    aspect: Aspect,
    weights: &'a Weights,
    /// Changes whenever the numbers do.
    version: u64,
}

impl WeightsView {
    fn choose(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) {
        let mut aspect = self.aspect();
        segmented(ui, "Of the weights", &mut aspect, &ASPECTS);
        self.aspect = Some(aspect);
        let entries = scene.snapshot.material.network.entries();
        let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        let before = chosen(&entries, shared);
        let mut parameter = before;
        compact_choice(ui, "Parameter", &mut parameter, &names);
        if parameter != before {
            shared.parameter = Some(parameter);
        }
    }

    fn aspect(&self) -> Aspect {
        self.aspect.unwrap_or(Aspect::Value)
    }

    /// What is under the pointer, or what rows and columns are.
    fn line(&self, ui: &mut Ui, entry: &ParameterEntry, weights: &Weights, older: Option<u64>) {
        let aspect = self.aspect();
        let value = self.at.and_then(|[row, column]| {
            let value = weights.values.get([column, row])?;
            Some(([row, column], *value))
        });
        let mut text = match value {
            Some((at, value)) => {
                let sign = match aspect {
                    Aspect::Value => "",
                    Aspect::Gradient => "∂L/∂",
                    Aspect::Change => "change of ",
                };
                let name = name_at(entry, at);
                let block = weights.facts.blocks.iter();
                let mut block = block.filter(|block| block.rows.contains(&at[0]));
                let within = match block.next() {
                    Some(block) if !block.name.is_empty() => {
                        format!(", unit {} of {}", at[0] - block.rows.start, block.name)
                    }
                    _ => String::new(),
                };
                format!("{sign}{name} = {}{within}", number(value))
            }
            None => axes(entry, weights.facts.shape).to_owned(),
        };
        let of = match aspect {
            Aspect::Value => "",
            Aspect::Gradient => " · gradient of the probe’s loss, before clipping",
            Aspect::Change => " · since the weights were drawn from the seed",
        };
        if has_room(ui, &text, 300.0) {
            text.push_str(of);
        }
        if let Some(update) = older {
            text.push_str(&format!(" · of update {update}"));
        }
        let palette = Palette::of(ui.visuals());
        let color = if value.is_some() {
            palette.text
        } else {
            palette.weak_text
        };
        ui.add(Label::new(RichText::new(text).size(SMALL).color(color)).truncate());
    }

    fn maps(&mut self, ui: &mut Ui, shown: &Shown<'_>, shared: &mut Shared, area: Rect) {
        let facts = &shown.weights.facts;
        let layout = Layout::of(facts, area);
        let mut asked = None;
        for (index, block) in facts.blocks.iter().enumerate() {
            let map = BlockMap {
                block,
                index,
                layout: &layout,
                shown,
                cell: self.cell,
            };
            let done = map.show(ui, &mut self.textures);
            if let Some(cell) = done.moved {
                self.cell = cell;
            }
            self.at = done.at.or(self.at);
            asked = done.asked.or(asked);
        }
        if let Some([row, column]) = asked {
            let [_, columns] = facts.shape;
            let spot = Spot::Parameter(shown.entry.range.start + row * columns + column);
            (shared.number, shared.number_asked) = (Some(spot), true);
        }
    }

    /// What is told of each block.
    fn facts(&self, ui: &mut Ui, shown: &Shown<'_>) {
        let spectra = spectra(shown);
        for block in &shown.weights.facts.blocks {
            let palette = Palette::of(ui.visuals());
            ui.spacing_mut().item_spacing.y = 2.0;
            let color = block
                .gate
                .map_or(palette.text, |gate| palette.quantity(gate));
            let title = map::title(block, shown.entry);
            ui.label(RichText::new(title).size(SMALL).color(color));
            spread::histogram(ui, block, shown.weights.facts.largest, color);
            let norm = match shown.aspect {
                Aspect::Value => "‖W‖",
                Aspect::Gradient => "‖∂L/∂W‖",
                Aspect::Change => "‖change‖",
            };
            let (size, mean) = (number(block.norm), number(block.mean));
            let beside = format!("{norm} {size}   mean {mean}");
            let text = match small_width(ui, &beside) <= ui.available_width() {
                true => beside,
                false => format!("{norm} {size}\nmean {mean}"),
            };
            explained(
                caption(ui, &text),
                "Over the numbers of the block",
                &[Term::Norm],
            );
            if let Some(off) = block.from_orthogonal {
                let spectrum = spectra
                    .as_ref()
                    .and_then(|all| all.iter().find(|of| Some(of.gate) == block.gate));
                recurrent(ui, off, spectrum);
            }
            ui.add_space(GRID);
        }
    }
}

/// What a block does to a vector that it is multiplied with again and again.
fn recurrent(ui: &mut Ui, off: f64, spectrum: Option<&RecurrentBlock>) {
    if let Some(spectrum) = spectrum
        && let (Some(rho), Some(sigma)) = (
            spectrum.spectral_radius(),
            spectrum.largest_singular_value(),
        )
    {
        let text = format!("ρ {}   σ₁ {}", number(rho), number(sigma));
        let here = "ρ is the spectral radius, σ₁ the largest singular value of the block";
        let terms = [Term::SpectralRadius, Term::SingularValue];
        explained(caption(ui, &text), here, &terms);
    }
    let text = format!("‖WᵀW − I‖ / √n {}", number(off));
    let here = "How far the block is from one that only turns vectors: 0 of an orthogonal matrix";
    explained(caption(ui, &text), here, &[Term::Orthogonal]);
}

/// The spectra of the recurrent weights on show, block by block.
fn spectra(shown: &Shown<'_>) -> Option<Vec<RecurrentBlock>> {
    if shown.aspect != Aspect::Value || !shown.entry.name.contains("weight_hh") {
        return None;
    }
    let at = place_of(shown)?;
    let told = shown.scene.session.ask(&Question::Spectra(at));
    match told.answer.as_deref() {
        Some(Answer::Spectra(blocks)) => Some(blocks.clone()),
        _ => None,
    }
}

/// The scan that a parameter belongs to, in the probe's record.
fn place_of(shown: &Shown<'_>) -> Option<At> {
    let name = shown.entry.name.as_str();
    let (part_name, own) = match name.split_once('.') {
        Some((part @ ("encoder" | "decoder"), own)) => (part, own),
        _ => ("", name),
    };
    let parts = &shown.scene.snapshot.probe.parts;
    let part = parts.iter().position(|part| part.name == part_name)?;
    let scans = parts[part].scans.iter();
    let suffix = own.split_once("_l").map(|(_, place)| format!("l{place}"))?;
    let scan = scans
        .map(|scan| scan.place.suffix())
        .position(|of| of == suffix)?;
    Some(At { part, scan })
}

/// “weight_hh_l0[3, 5]”, as PyTorch's index is.
fn name_at(entry: &ParameterEntry, [row, column]: [usize; 2]) -> String {
    match entry.shape.len() {
        2 => format!("{}[{row}, {column}]", entry.name),
        _ => format!("{}[{row}]", entry.name),
    }
}

/// What rows and columns are.
fn axes(entry: &ParameterEntry, [_, columns]: [usize; 2]) -> &'static str {
    let name = entry.name.as_str();
    match entry.shape.len() {
        // It lies down.
        2 if columns == 1 => "across: what is computed, from the one value that is read",
        2 if name.contains("weight_hh") => {
            "down: the units that are computed · across: the units of h before, which they read"
        }
        2 if name.contains("weight_ih") => {
            "down: the units that are computed · across: the values that come in"
        }
        2 => "down: what is computed · across: what is read",
        _ => "across: the units that it is added to",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_pytorchs() {
        let entry = ParameterEntry {
            name: "bias_ih_l0".into(),
            shape: vec![8],
            range: 4..12,
        };
        assert_eq!(name_at(&entry, [3, 0]), "bias_ih_l0[3]");
    }
}
