//! One sequence: what is read at each step, what is asked, and the padding up to the longest; below, how long all sequences are.

use super::lengths::Lengths;
use super::strip::{self, Block, Drawing, GAP, RULER, Strip};
use super::{Seen, Units, note, probe_part, probe_steps};
use crate::app::theme::GRID;
use crate::app::views::{MARGIN, Shared};
use crate::app::widgets::{HeatMapKind, legend};
use crate::data::{Answers, survey};
use crate::session::Command;
use crate::words::many;
use eframe::egui::{ScrollArea, Ui};

/// The page of the sequence.
#[derive(Default)]
pub(super) struct Sequence {
    lengths: Lengths,
}

/// What values are after scaling.
const SCALED: &str = "as the network sees it";

impl Sequence {
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        seen: &Seen<'_>,
        shared: &mut Shared,
        units: &mut Units,
        commands: &mut Vec<Command>,
    ) {
        let dataset = seen.dataset;
        let longest = dataset.longest().max(seen.span.len).max(1);
        let masked = seen.scene.session.experiment().model.masking;
        let max_abs = survey::largest_magnitude(dataset, seen.span, seen.every);
        // What a task draws at random is read as it is.
        let is_scaled = seen.table().is_some();
        ui.horizontal_wrapped(|ui| {
            probe_part(ui, seen, commands);
            probe_steps(ui, seen, commands);
            if seen.one_hot {
                super::units(ui, units, "symbols", SCALED);
            } else if is_scaled {
                super::units(ui, units, "own units", SCALED);
            }
            note(ui, &length_told(seen, longest, masked));
            let strips = strip::all(seen, *units, masked);
            if strips.iter().any(|strip| strip.kind.is_valued()) {
                let kind = HeatMapKind::Signed { max_abs };
                legend(ui, kind, if is_scaled { SCALED } else { "value" });
            }
        });
        let strips = strip::all(seen, *units, masked);
        let (inputs, asked): (Vec<&Strip>, Vec<&Strip>) =
            strips.iter().partition(|strip| !strip.kind.is_asked());
        // An answer that is put out afterwards has steps of its own.
        let after = dataset.answers == Answers::Sequence;
        let histogram = self.lengths.height(ui, dataset);
        let room = ui.available_height() - histogram;
        let rulers = if after { 2.0 } else { 1.0 };
        let fair = (room - rulers * (RULER + GRID) - GRID) / strips.len().max(1) as f32 - GAP;
        let height = fair.clamp(20.0, 30.0);
        ScrollArea::both()
            .id_salt("sequence")
            .max_height(room.max(6.0 * GRID))
            .auto_shrink([false, true])
            .show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                let steps = if after {
                    longest.max(dataset.longest_answer())
                } else {
                    longest
                };
                let least = inputs
                    .iter()
                    .chain(&asked)
                    .map(|strip| strip::least_width(ui, seen, strip.kind))
                    .fold(3.0, f32::max);
                let width = (ui.available_width() - MARGIN - 2.0 * GRID).max(4.0 * GRID);
                let drawing = Drawing {
                    seen,
                    units: *units,
                    column: (width / steps as f32).max(least),
                    height,
                    masked,
                    max_abs,
                };
                let first = Block {
                    ruler: "t",
                    len: seen.span.len,
                    steps: longest,
                    cursor: seen.scene.column(),
                };
                if after {
                    let answer = Block {
                        ruler: "answer",
                        len: seen.span.answer_len,
                        steps: dataset.longest_answer(),
                        cursor: None,
                    };
                    drawing.block(ui, &first, &inputs, shared, commands);
                    ui.add_space(GRID);
                    drawing.block(ui, &answer, &asked, shared, commands);
                } else {
                    let all: Vec<&Strip> = inputs.iter().chain(&asked).copied().collect();
                    drawing.block(ui, &first, &all, shared, commands);
                }
            });
        if histogram > 0.0 {
            self.lengths.show(ui, seen);
        }
    }
}

/// The length of the sequence, its padding, and what becomes of that.
fn length_told(seen: &Seen<'_>, longest: usize, masked: bool) -> String {
    let padded = |len: usize, longest: usize, what: &str| {
        let padding = longest - len.min(longest);
        if padding == 0 {
            return format!("{what} {}", many(len, "step"));
        }
        let fate = if masked {
            "masked"
        } else {
            "read as if it were data, as “Padding” is set to read"
        };
        format!(
            "{what} {len} of {longest}; {} of padding, {fate}",
            many(padding, "step")
        )
    };
    let mut told = padded(seen.span.len, longest, "length");
    if seen.dataset.answers == Answers::Sequence {
        let longest = seen.dataset.longest_answer();
        told += " · ";
        told += &padded(seen.span.answer_len, longest, "answer");
    }
    let dataset = seen.dataset;
    if seen.source.is_some_and(|source| source.table.is_some()) && seen.span.len > 0 {
        let (first, last) = (
            dataset.label_ahead(seen.span.start, 0),
            dataset.label_ahead(seen.span.last_row(), 0),
        );
        let axis = dataset.axis_name();
        if axis != "time step" {
            told += &format!(" · {axis} {first} to {last}");
        }
    }
    told
}
