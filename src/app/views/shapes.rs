//! The tensors of this very run as PyTorch has them: names, axes and sizes; where `output` and `h_n` hold the same numbers; and the
//! proof of who reads whom, by nudging a single step.

use super::{Home, Purpose, Scene, Shared, View, page_named};
use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{
    FactHead, FactRow, Term, caption, empty_state, empty_state_offering, explained, fact_table,
    number, segmented, significant,
};
use crate::data::Split;
use crate::nn::{Direction, Quantity};
use crate::session::Command;
use crate::train::perturbed::{Moved, NUDGE, Perturbed, SEQUENCES};
use crate::train::shapes::{Compared, Shapes, Tensor};
use crate::train::{Answer, Question};
use crate::words::counted;
use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align2, DragValue, FontId, Rect, RichText, ScrollArea, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

/// The view.
#[derive(Default)]
pub struct ShapesView {
    page: Page,
    batch_first: bool,
    /// Which sequence and step are to be nudged.
    chosen: Option<[usize; 2]>,
    /// Whether that was asked for.
    nudges: bool,
    /// What is under the pointer in the proof.
    told: Option<String>,
    /// Whether there was no room for the choices beside the title: then they stand in the view.
    inside: bool,
}

/// Beside the title there is room for the choices from this width on, in points.
const ROOM: f32 = 36.0 * GRID;

/// What is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Page {
    #[default]
    Tensors,
    Ends,
    Proof,
}

const PAGES: [(Page, &str); 3] = [
    (Page::Tensors, "tensors"),
    (Page::Ends, "output and h_n"),
    (Page::Proof, "who reads whom"),
];

/// The height of a row of the proof, and how much room names have left of it.
const ROW: f32 = 22.0;
const NAMES: f32 = 96.0;

impl View for ShapesView {
    fn name(&self) -> &'static str {
        "shapes"
    }

    fn title(&self) -> &'static str {
        "Shapes"
    }

    fn question(&self) -> &'static str {
        "Which tensors are there, as PyTorch has them, and who reads whom?"
    }

    fn pages(&self) -> Vec<&'static str> {
        PAGES.map(|(_, page)| page).to_vec()
    }

    fn turn_to(&mut self, page: &str) {
        self.page = page_named(&PAGES, page).unwrap_or(self.page);
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

    fn tools(&mut self, ui: &mut Ui, _: &Scene<'_>, _: &mut Shared) {
        self.inside = ui.available_width() < ROOM;
        if !self.inside {
            self.choose(ui);
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, _: &mut Shared) -> Vec<Command> {
        if self.inside {
            ui.horizontal(|ui| self.choose(ui));
        }
        if self.page == Page::Proof {
            self.proof(ui, scene);
            return Vec::new();
        }
        let told = scene.session.ask(&Question::Shapes);
        let Some(Answer::Shapes(Some(shapes))) = told.answer.as_deref() else {
            caption(ui, "Looking at the tensors …");
            return Vec::new();
        };
        match self.page {
            Page::Ends => self.ends(ui, scene, shapes),
            _ => {
                self.tensors(ui, shapes);
                Vec::new()
            }
        }
    }
}

/// “[22, 1, 16]”.
fn bracketed(sizes: impl Iterator<Item = String>) -> String {
    format!("[{}]", sizes.collect::<Vec<String>>().join(", "))
}

impl ShapesView {
    fn choose(&mut self, ui: &mut Ui) {
        let orders = [(false, "time first"), (true, "batch first")];
        if self.page != Page::Proof {
            segmented(ui, "Order of axes", &mut self.batch_first, &orders).on_hover_text(
                "PyTorch’s batch_first: swaps the first two axes of what has time as its first one",
            );
        }
        segmented(ui, "Page", &mut self.page, &PAGES);
    }

    fn tensors(&self, ui: &mut Ui, shapes: &Shapes) {
        let head = |name, told| FactHead {
            name,
            told,
            right: false,
        };
        let heads = [
            head("tensor", "As PyTorch calls it"),
            head("axes", "What each axis counts"),
            head(
                "sequence on show",
                "The sizes for the one sequence under the lens",
            ),
            head(
                "batch in training",
                "The sizes for a batch; sequences shorter than the longest are padded",
            ),
            head("what it is", ""),
        ];
        let row = |tensor: &Tensor| {
            let order = tensor.order(self.batch_first);
            let sizes = |of: &[usize]| bracketed(order.iter().map(|&at| of[at].to_string()));
            let names = order.iter().map(|&at| tensor.axes[at].name().to_owned());
            FactRow {
                cells: vec![
                    tensor.name.clone(),
                    bracketed(names),
                    sizes(&tensor.probe),
                    sizes(&tensor.training),
                    tensor.what.to_owned(),
                ],
                ..FactRow::default()
            }
        };
        let rows: Vec<FactRow> = shapes.tensors.iter().map(row).collect();
        let height = ui.available_height();
        fact_table(ui, "tensors", &heads, &rows, height);
    }

    fn ends(&self, ui: &mut Ui, scene: &Scene<'_>, shapes: &Shapes) -> Vec<Command> {
        if shapes.compared.is_empty() {
            empty_state(
                ui,
                "Where output and h_n hold the same numbers will appear here.",
                "This network has no h_n: it hands no state from step to step.",
            );
            return Vec::new();
        }
        if !scene.all_revealed() {
            let wanted = empty_state_offering(
                ui,
                "Where output and h_n hold the same numbers will appear here.",
                "Both are there when the way forward is walked to its end.",
                "Show all",
            );
            return match wanted {
                true => vec![Command::ShowAll],
                false => Vec::new(),
            };
        }
        let head = |name, told, right| FactHead { name, told, right };
        let heads = [
            head(
                "of output",
                "The part of it that the direction puts out",
                false,
            ),
            head(
                "has seen",
                "How many steps the direction has read there",
                false,
            ),
            head("its numbers", "From the record, the first units", false),
            head(
                "h_n",
                "What the direction hands on after its last step",
                false,
            ),
            head(
                "its numbers",
                "Found by taking one step after the other, without the record",
                false,
            ),
            head("largest difference", "Over all units", true),
            head("are they the same?", "", false),
        ];
        let both = |part: &str| {
            let mut of_part = shapes.compared.iter().filter(|of| of.part == part);
            of_part.any(|of| of.direction == Direction::Reverse)
        };
        let row = |of: &Compared| FactRow {
            cells: vec![
                self.output_name(of, both(of.part)),
                format!("{} of {}", of.seen, counted(of.steps, "step")),
                first(&of.output),
                state_name(of, both(of.part)),
                first(&of.state),
                number(of.largest),
                match of.largest == 0.0 {
                    true => "yes, to the last bit".into(),
                    false => "no".into(),
                },
            ],
            ..FactRow::default()
        };
        let rows: Vec<FactRow> = shapes.compared.iter().map(row).collect();
        let height = ui.available_height();
        fact_table(ui, "output and h_n", &heads, &rows, height);
        Vec::new()
    }

    /// “output[-1, :, :16]”.
    fn output_name(&self, of: &Compared, both: bool) -> String {
        let step = if of.last { "-1" } else { "0" };
        let hidden = of.output.len();
        let units = match (both, of.direction) {
            (false, _) => "",
            (true, Direction::Forward) => &format!(", :{hidden}"),
            (true, Direction::Reverse) => &format!(", {hidden}:"),
        };
        let index = match self.batch_first {
            true => format!(":, {step}{units}"),
            false if both => format!("{step}, :{units}"),
            false => step.to_owned(),
        };
        match of.part {
            "decoder" => format!("decoder output[{index}]"),
            _ => format!("output[{index}]"),
        }
    }

    fn proof(&mut self, ui: &mut Ui, scene: &Scene<'_>) {
        let probe = &scene.snapshot.probe;
        let all = scene.snapshot.material.dataset.split(probe.split);
        let first = probe.index.min(all.len().saturating_sub(SEQUENCES));
        let spans: Vec<usize> = all
            .iter()
            .skip(first)
            .take(SEQUENCES)
            .map(|span| span.len)
            .collect();
        if spans.is_empty() {
            empty_state(
                ui,
                "Which outputs move when a single step is nudged will appear here.",
                "This part of the data has no sequences.",
            );
            return;
        }
        let middle = |length: usize| length.div_ceil(2).max(1);
        let chosen = self.chosen.get_or_insert([0, middle(spans[0])]);
        chosen[0] = chosen[0].min(spans.len() - 1);
        chosen[1] = chosen[1].clamp(1, spans[chosen[0]].max(1));
        ui.spacing_mut().item_spacing.y = 0.5 * GRID;
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new("Nudge sequence").size(SMALL));
            // Counted from 1, as everywhere in the window.
            let mut shown = first + chosen[0] + 1;
            let range = first + 1..=first + spans.len();
            ui.name_inputs("Sequence to nudge", |ui| {
                ui.add(DragValue::new(&mut shown).range(range).speed(0.05))
            });
            chosen[0] = shown - first - 1;
            ui.label(RichText::new("at t =").size(SMALL));
            let range = 1..=spans[chosen[0]].max(1);
            chosen[1] = chosen[1].min(*range.end());
            ui.name_inputs("Step to nudge", |ui| {
                ui.add(DragValue::new(&mut chosen[1]).range(range).speed(0.1))
            });
            let button = ui.button("Nudge").on_hover_text(format!(
                "Runs {} twice, the second time with {} added to every value that this step reads, and compares all outputs bit for bit",
                counted(spans.len(), "sequence"),
                number(NUDGE)
            ));
            self.nudges |= button.clicked();
        });
        if !self.nudges {
            empty_state(
                ui,
                "Which outputs move when a single step is nudged will appear here.",
                "Choose a sequence and a step, and nudge it.",
            );
            return;
        }
        let [sequence, t] = *chosen;
        let told = scene.session.ask(&Question::Perturbed { sequence, t });
        let moved = match told.answer.as_deref() {
            Some(Answer::Perturbed(Some(moved))) => moved,
            Some(Answer::Perturbed(None)) => {
                caption(
                    ui,
                    "These sequences take too much memory to be run beside the window.",
                );
                return;
            }
            _ => {
                caption(ui, "Running the sequences twice …");
                return;
            }
        };
        let older = (!told.is_current).then_some(told.update);
        let before = self.told.take();
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            for output in &moved.outputs {
                summary(ui, moved, output, older);
                if let Some(told) = grid(ui, moved, output) {
                    self.told = Some(told);
                }
                ui.add_space(0.5 * GRID);
            }
            let text = self.told.as_deref().unwrap_or(
                "Filled: moved. Empty: not by a single bit. Ringed: the step that was nudged.",
            );
            caption(ui, text);
        });
        if self.told != before {
            ui.ctx().request_repaint();
        }
    }
}

/// “h_n[-1]”: of the last layer's reverse direction, or of its only one.
fn state_name(of: &Compared, both: bool) -> String {
    let scan = match (both, of.direction) {
        (true, Direction::Forward) => "-2",
        _ => "-1",
    };
    match of.part {
        "decoder" => format!("decoder h_n[{scan}]"),
        _ => format!("h_n[{scan}]"),
    }
}

/// The first few numbers.
fn first(values: &[f64]) -> String {
    let few: Vec<String> = values.iter().take(3).map(|x| significant(*x, 4)).collect();
    let more = if values.len() > 3 { ", …" } else { "" };
    format!("{}{more}", few.join(", "))
}

/// What is nudged and compared, in words.
fn name(output: &Moved) -> String {
    let part = match output.part {
        "" => String::new(),
        part => format!("{part} "),
    };
    match output.is_y {
        true => format!("{part}y, what is said"),
        false => format!("{part}output"),
    }
}

/// What moved, counted.
fn summary(ui: &mut Ui, moved: &Perturbed, output: &Moved, older: Option<u64>) {
    let steps = |sequence: usize| output.lengths[sequence].min(output.by.ncols());
    let count = |sequence: usize, is: &dyn Fn(usize) -> bool| {
        let own = (0..steps(sequence)).filter(|&t| is(t));
        let all = own.clone().count();
        (
            own.filter(|&t| output.by[[sequence, t]] != 0.0).count(),
            all,
        )
    };
    let (own, of_own) = count(moved.sequence, &|_| true);
    let others = (0..output.by.nrows()).filter(|&row| row != moved.sequence);
    let (mut of_others, mut all_others) = (0, 0);
    for row in others {
        let (some, all) = count(row, &|_| true);
        of_others += some;
        all_others += all;
    }
    // Only where its steps are those that were read is there a before.
    let same_time = output.part != "decoder" && output.by.ncols() > 1;
    let before = count(moved.sequence, &|t| t + 1 < moved.t);
    let before = match same_time && before.1 > 0 {
        true => format!(", {} of {} before the nudged step", before.0, before.1),
        false => String::new(),
    };
    let older = older.map_or_else(String::new, |update| format!(" · of update {update}"));
    let text = format!(
        "{}: of the nudged sequence {own} of {} moved{before}; of the others {of_others} of {all_others}{older}",
        name(output),
        counted(of_own, "step"),
    );
    let palette = Palette::of(ui.visuals());
    let label = ui.label(RichText::new(text).size(SMALL).color(palette.text));
    explained(label, "Compared bit for bit", &[Term::Bidirectional]);
}

/// A row for each sequence, a column for each step; gives what is under the pointer.
fn grid(ui: &mut Ui, moved: &Perturbed, output: &Moved) -> Option<String> {
    let palette = Palette::of(ui.visuals());
    let (sequences, steps) = output.by.dim();
    let size = vec2(ui.available_width(), ROW * sequences as f32);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let cells = rect
        .with_min_x(rect.left() + NAMES)
        .with_max_x(rect.right() - GRID);
    let width = (cells.width() / steps.max(1) as f32).min(28.0);
    let painter = ui.painter();
    let color = match output.is_y {
        true => palette.quantity(Quantity::Y),
        false => palette.quantity(Quantity::H),
    };
    let part = match moved.split {
        Split::Train => "training",
        Split::Test => "test",
    };
    response.widget_info(|| {
        let text = format!("What moved of {}", name(output));
        WidgetInfo::labeled(Role::Image, true, text)
    });
    let place = |row: usize, from: usize, to: usize| {
        let top = cells.top() + row as f32 * ROW;
        Rect::from_min_max(
            pos2(cells.left() + from as f32 * width, top + 3.0),
            pos2(cells.left() + to as f32 * width, top + ROW - 3.0),
        )
    };
    for row in 0..sequences {
        let y = cells.top() + (row as f32 + 0.5) * ROW;
        painter.text(
            pos2(rect.left(), y),
            Align2::LEFT_CENTER,
            format!("{part} {}", moved.first + row + 1),
            FontId::proportional(SMALL),
            if row == moved.sequence {
                palette.strong_text
            } else {
                palette.weak_text
            },
        );
        let length = output.lengths[row].min(steps);
        // Steps next to each other that are alike are one rectangle where cells are narrow.
        let is_moved = |t: usize| output.by[[row, t]] != 0.0;
        let mut from = 0;
        while from < length {
            let mut to = from + 1;
            while width < 4.0 && to < length && is_moved(to) == is_moved(from) {
                to += 1;
            }
            let mut cell = place(row, from, to);
            if width >= 4.0 {
                cell = cell.shrink2(vec2(1.0, 0.0));
            }
            match is_moved(from) {
                true => painter.rect_filled(cell, 1.0, color),
                false => painter.rect_stroke(
                    cell,
                    1.0,
                    Stroke::new(1.0, palette.hairline),
                    StrokeKind::Inside,
                ),
            };
            from = to;
        }
        let is_read = !output.is_y && output.part != "decoder";
        if row == moved.sequence && (is_read || (output.part.is_empty() && steps > 1)) {
            let cell = place(row, moved.t - 1, moved.t);
            let ring = Stroke::new(2.0, palette.strong_text);
            painter.rect_stroke(cell.expand(1.0), 2.0, ring, StrokeKind::Outside);
        }
    }
    let at = response.hover_pos().filter(|at| cells.contains(*at))?;
    let row = (((at.y - cells.top()) / ROW) as usize).min(sequences - 1);
    let t = ((at.x - cells.left()) / width) as usize;
    if t >= output.lengths[row].min(steps) {
        return None;
    }
    let by = output.by[[row, t]];
    let what = match by == 0.0 {
        true => "did not move by a single bit".to_owned(),
        false => format!("moved by {} at the most", number(by)),
    };
    let step = match output.is_y && steps == 1 {
        true => "the output".to_owned(),
        false => format!("t = {}", t + 1),
    };
    Some(format!(
        "{} of {part} {}, {step}: {what}",
        name(output),
        moved.first + row
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_pytorchs_indices() {
        let compared = |direction, last| Compared {
            part: "",
            direction,
            last,
            seen: 1,
            steps: 4,
            output: vec![0.0; 3],
            state: vec![0.0; 3],
            largest: 0.0,
        };
        let mut view = ShapesView::default();
        let name = |view: &ShapesView, direction, last, both| {
            view.output_name(&compared(direction, last), both)
        };
        assert_eq!(name(&view, Direction::Forward, true, false), "output[-1]");
        assert_eq!(
            name(&view, Direction::Reverse, false, true),
            "output[0, :, 3:]"
        );
        view.batch_first = true;
        assert_eq!(
            name(&view, Direction::Forward, true, false),
            "output[:, -1]"
        );
        assert_eq!(
            name(&view, Direction::Forward, true, true),
            "output[:, -1, :3]"
        );
        assert_eq!(
            state_name(&compared(Direction::Forward, true), true),
            "h_n[-2]"
        );
        assert_eq!(
            state_name(&compared(Direction::Reverse, true), true),
            "h_n[-1]"
        );
    }
}
