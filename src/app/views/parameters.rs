//! What the network consists of: every parameter by PyTorch's name, how many numbers it is, how large they are, and what it takes to
//! keep and to compute.

use super::{Home, Purpose, Scene, Shared, View};
use crate::app::theme::GRID;
use crate::app::widgets::{
    FactHead, FactRow, Term, caption, empty_state, explained, fact_table, number, significant,
};
use crate::nn::seq2seq::Lengths;
use crate::nn::work::{Work, owner};
use crate::session::Command;
use crate::train::weights::Inventory;
use crate::train::{Answer, Question};
use crate::words::{counted, grouped, many};
use eframe::egui::{Label, Ui};

/// The view.
pub struct Parameters;

impl View for Parameters {
    fn name(&self) -> &'static str {
        "parameters"
    }

    fn title(&self) -> &'static str {
        "Parameters"
    }

    fn question(&self) -> &'static str {
        "How many numbers does training set, where are they, and what do they take?"
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

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) -> Vec<Command> {
        let told = scene.session.ask(&Question::Inventory);
        let Some(Answer::Inventory(Some(inventory))) = told.answer.as_deref() else {
            empty_state(
                ui,
                "Every parameter of the network will appear here, with its shape and how many numbers it is.",
                "They are being counted …",
            );
            return Vec::new();
        };
        summary(ui, inventory, (!told.is_current).then_some(told.update));
        let gradients = scene.all_revealed();
        let (rows, entries) = rows(inventory, gradients);
        let height = ui.available_height();
        let clicked = fact_table(
            ui,
            "parameters",
            &heads(inventory, gradients),
            &rows,
            height,
        );
        if let Some(entry) = clicked.and_then(|row| entries[row]) {
            shared.parameter = Some(entry);
            shared.view_asked = Some("weights");
        }
        Vec::new()
    }
}

/// How many steps, in words.
fn steps(lengths: Lengths, is_decoder: bool) -> String {
    match is_decoder {
        true => format!(
            "{} read and {} written",
            counted(lengths.source, "step"),
            lengths.target
        ),
        false => counted(lengths.source, "step"),
    }
}

/// A number of bytes, to three digits.
fn bytes(count: u64) -> String {
    let of = |unit: u64| significant(count as f64 / unit as f64, 3);
    match count {
        0..1_024 => format!("{count} bytes"),
        1_024..1_048_576 => format!("{} KiB", of(1 << 10)),
        1_048_576..1_073_741_824 => format!("{} MiB", of(1 << 20)),
        _ => format!("{} GiB", of(1 << 30)),
    }
}

/// The numbers that stand for all.
fn summary(ui: &mut Ui, it: &Inventory, older: Option<u64>) {
    let is_decoder = it.of.parts.iter().any(|part| part.work.name == "decoder");
    let of = steps(it.of.lengths, is_decoder);
    ui.spacing_mut().item_spacing.y = 2.0;
    // Lines of text, not of buttons.
    ui.spacing_mut().interact_size.y = 2.0 * GRID;
    ui.horizontal_wrapped(|ui| {
        let total = ui.add(Label::new(many(it.of.total, "parameter")));
        let here = "Each is one number that training sets; the same ones serve at every time step";
        explained(total, here, &[Term::Weight, Term::Bias]);
        let work = format!(
            "{} multiplications with an addition each, forward over this sequence of {of}",
            grouped(usize::try_from(it.of.work).unwrap_or(usize::MAX))
        );
        let here = "Of the products of matrices and vectors; sums with biases and what is done element by element are not counted";
        caption(ui, &work).on_hover_text(here);
    });
    let batch = counted(it.batch, "sequence");
    let kept = format!(
        "The record takes {} for this sequence, every quantity and its gradient in f64, and {} for a batch of {batch} of up to {} in training, which keeps what the way back needs{}",
        bytes(it.record_bytes),
        bytes(it.batch_bytes),
        counted(it.longest, "step"),
        older.map_or_else(String::new, |update| format!(" · of update {update}")),
    );
    ui.horizontal_wrapped(|ui| {
        let here = "With the weights laid out for the products. What else a run takes, such as moments and snapshots, is not in it";
        explained(caption(ui, &kept), here, &[Term::Probe, Term::Batch]);
    });
    ui.add_space(0.5 * GRID);
}

fn heads(it: &Inventory, gradients: bool) -> Vec<FactHead<'static>> {
    let head = |name, told, right| FactHead { name, told, right };
    let mut heads = vec![
        head(
            "parameter",
            "PyTorch’s name; a click shows its numbers as colours",
            false,
        ),
        head(
            "shape",
            "Rows × columns; a bias has one number for each row",
            false,
        ),
        head("count", "How many numbers it is", true),
        head("share", "Of all parameters", true),
        head(
            "‖W‖",
            "The root of the sum of the squares of its numbers",
            true,
        ),
    ];
    if gradients {
        heads.push(head(
            "‖∂L/∂W‖",
            "The same of the gradient of the probe’s loss, before clipping",
            true,
        ));
    }
    heads.push(head(
        "× per step",
        "Multiplications with an addition each, at each step of the layer, forward; with attention the mean over the steps",
        true,
    ));
    let over = match it.of.parts.iter().any(|part| part.work.name == "decoder") {
        true => "× per pair",
        false => "× per sequence",
    };
    heads.push(head(over, "The same over the whole sequence on show", true));
    heads
}

/// The products of a step: of those that differ from step to step the mean, rounded, and said to be.
fn per_step(work: &Work) -> String {
    let steps = work.steps.max(1) as u64;
    let mean = (work.per_sequence + steps / 2) / steps;
    let mean_in_words = grouped(usize::try_from(mean).unwrap_or(usize::MAX));
    match work.per_sequence.is_multiple_of(steps) {
        true => mean_in_words,
        false => format!("≈ {mean_in_words}"),
    }
}

/// A row for each part, and below it one for each of its parameters, with its place among the entries.
fn rows(it: &Inventory, gradients: bool) -> (Vec<FactRow>, Vec<Option<usize>>) {
    let share = |count: usize| {
        let share = 100.0 * count as f64 / it.of.total.max(1) as f64;
        format!("{} %", significant(share, 2))
    };
    let many = |count: u64| grouped(usize::try_from(count).unwrap_or(usize::MAX));
    let (mut rows, mut entries) = (Vec::new(), Vec::new());
    for part in &it.of.parts {
        let mut cells = vec![
            part.work.name.clone(),
            String::new(),
            grouped(part.count),
            share(part.count),
            String::new(),
        ];
        cells.extend(gradients.then(String::new));
        cells.extend([per_step(&part.work), many(part.work.per_sequence)]);
        rows.push(FactRow {
            cells,
            strong: true,
            told: match part.work.steps {
                1 => "done once".into(),
                steps => format!("at {}", counted(steps, "step")),
            },
            ..FactRow::default()
        });
        entries.push(None);
        for (index, parameter) in it.of.parameters.iter().enumerate() {
            if owner(&parameter.entry.name) != part.work.name {
                continue;
            }
            let shape: Vec<String> = parameter.entry.shape.iter().map(usize::to_string).collect();
            let mut cells = vec![
                parameter.entry.name.clone(),
                shape.join(" × "),
                grouped(parameter.entry.range.len()),
                share(parameter.entry.range.len()),
                number(parameter.norm),
            ];
            cells.extend(gradients.then(|| number(parameter.gradient_norm)));
            cells.extend([String::new(), String::new()]);
            rows.push(FactRow {
                cells,
                link: true,
                ..FactRow::default()
            });
            entries.push(Some(index));
        }
    }
    let mut cells = vec![
        "together".to_owned(),
        String::new(),
        grouped(it.of.total),
        share(it.of.total),
        String::new(),
    ];
    cells.extend(gradients.then(String::new));
    cells.extend([String::new(), many(it.of.work)]);
    rows.push(FactRow {
        cells,
        strong: true,
        ..FactRow::default()
    });
    entries.push(None);
    (rows, entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of a step, times the steps, is what is told of the sequence, or it is said to be near.
    #[test]
    fn a_step_times_the_steps_is_the_sequence_or_about_it() {
        let work = |per_sequence, steps| Work {
            name: "attention".into(),
            per_step: per_sequence / steps as u64,
            steps,
            per_sequence,
        };
        assert_eq!(per_step(&work(123_640, 10)), "12,364");
        assert_eq!(per_step(&work(123_648, 10)), "≈ 12,365");
        assert_eq!(per_step(&work(123_642, 10)), "≈ 12,364");
    }

    #[test]
    fn bytes_are_told_in_three_digits() {
        for (count, expected) in [
            (900, "900 bytes"),
            (1_536, "1.5 KiB"),
            (123_456_789, "118 MiB"),
        ] {
            assert_eq!(bytes(count), expected);
        }
    }
}
