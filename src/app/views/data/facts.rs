//! All that was found about the data and all that was left out, in words; nothing is dropped in silence.

use super::Seen;
use super::balance::scaling;
use super::table::role_color;
use crate::app::theme::{GRID, SMALL};
use crate::app::widgets::{caption, section_heading};
use crate::data::sequences::{Listing, Role};
use crate::data::{Split, survey};
use crate::words::many;
use eframe::egui::{CollapsingHeader, Grid, RichText, ScrollArea, Ui};

/// Draws the page.
pub(super) fn show(ui: &mut Ui, seen: &Seen<'_>) {
    ScrollArea::vertical()
        .id_salt("facts")
        .auto_shrink(false)
        .show(ui, |ui| {
            ui.set_max_width(ui.available_width().min(90.0 * GRID));
            ui.spacing_mut().item_spacing.y = 0.5 * GRID;
            origin(ui, seen);
            columns(ui, seen);
            left_out(ui, seen);
            parts(ui, seen);
        });
}

/// Where the data come from.
fn origin(ui: &mut Ui, seen: &Seen<'_>) {
    let material = &seen.scene.snapshot.material;
    section_heading(ui, &material.data_name);
    if let crate::experiment::Data::Task(data) = &seen.scene.session.experiment().data {
        ui.label(data.task.definition());
        ui.label(data.task.teaches());
        caption(ui, data.task.source());
        return;
    }
    if let Some((table, _)) = seen.table() {
        ui.label(format!(
            "{} and {}.",
            many(table.rows(), "row"),
            many(table.columns().len(), "column")
        ));
        for sentence in table.found().sentences() {
            ui.label(sentence);
        }
        let skipped = table.found().skipped.first();
        if !skipped.is_empty() {
            let title = format!(
                "Lines that are not in the table, {}",
                table.found().skipped.total()
            );
            CollapsingHeader::new(title)
                .id_salt("skipped")
                .show(ui, |ui| {
                    for line in skipped {
                        caption(ui, &format!("line {}: {}", line.line, line.text));
                    }
                    more(ui, table.found().skipped.total(), skipped.len());
                });
        }
    }
    let Some(source) = seen.source else { return };
    if let Some(time) = &source.report.time {
        ui.label(time.found());
        for sentence in time.sentences() {
            ui.label(sentence);
        }
        if !time.first_irregular.is_empty() {
            let title = format!("Where times come at another step, {}", time.irregular);
            CollapsingHeader::new(title)
                .id_salt("irregular")
                .show(ui, |ui| {
                    for (line, found) in &time.first_irregular {
                        caption(ui, &format!("line {line}: {found} after the one before"));
                    }
                    more(ui, time.irregular, time.first_irregular.len());
                });
        }
    }
}

/// Says how many are not listed.
fn more(ui: &mut Ui, count: usize, listed: usize) {
    if count > listed {
        caption(ui, &format!("and {} more", count - listed));
    }
}

/// Roles, gaps and scaling of the columns.
fn columns(ui: &mut Ui, seen: &Seen<'_>) {
    let dataset = seen.dataset;
    let Some(source) = seen
        .source
        .filter(|source| !source.report.columns.is_empty())
    else {
        return;
    };
    section_heading(ui, "Columns");
    Grid::new("columns of the data")
        .num_columns(4)
        .spacing([2.5 * GRID, 0.5 * GRID])
        .show(ui, |ui| {
            for title in ["column", "role", "missing", "as the network sees it"] {
                caption(ui, title);
            }
            ui.end_row();
            for column in &source.report.columns {
                ui.label(&column.name);
                let role = match column.role {
                    Role::Ignore => "not used",
                    role => role.name(),
                };
                ui.label(RichText::new(role).color(role_color(seen, column.role)));
                match (column.missing, column.filled) {
                    (0, _) => caption(ui, "none"),
                    (missing, filled) => ui.label(
                        RichText::new(format!("{missing}, {filled} filled in"))
                            .color(seen.palette.threshold),
                    ),
                };
                let input = dataset
                    .input_names
                    .iter()
                    .position(|name| *name == column.name);
                let output = dataset
                    .output_names
                    .iter()
                    .position(|name| *name == column.name);
                let scaler = match (input, output) {
                    (Some(input), _) => dataset.input_scalers.get(input),
                    (None, Some(output)) => dataset.output_scalers.get(output),
                    (None, None) => None,
                };
                match scaler.filter(|_| column.role != Role::Text) {
                    Some(scaler) => ui.label(RichText::new(scaling(*scaler)).size(SMALL)),
                    None => caption(ui, "–"),
                };
                ui.end_row();
            }
        });
    if let Some(spec) = &source.spec {
        caption(
            ui,
            &format!(
                "Missing values: {}. Scale: {}.",
                spec.missing.phrase(),
                spec.scale.phrase()
            ),
        );
    }
}

/// What no sequence uses, and why, and what else is to be known.
fn left_out(ui: &mut Ui, seen: &Seen<'_>) {
    let unused = seen.source.map_or(&[][..], |source| &source.report.unused);
    if unused.is_empty() && seen.unused == 0 {
        section_heading(ui, "Left out");
        ui.label("Nothing: every row is read or asked.");
    } else {
        section_heading(ui, "Left out");
        for unused in unused {
            CollapsingHeader::new(unused.title())
                .id_salt(&unused.why)
                .show(ui, |ui| lines(ui, &unused.lines));
        }
    }
    let all = seen.scene.snapshot.material.all_notices();
    if !all.is_empty() {
        section_heading(ui, "Notices");
        for notice in all {
            ui.label(notice);
        }
    }
}

fn lines(ui: &mut Ui, lines: &Listing) {
    caption(ui, &lines.phrase(lines.first.len()));
    more(ui, lines.count, lines.first.len());
}

/// The two parts.
fn parts(ui: &mut Ui, seen: &Seen<'_>) {
    section_heading(ui, "Parts");
    for split in Split::ALL {
        let spans = seen.dataset.split(split);
        let lengths = || spans.iter().map(|span| span.len);
        let (shortest, longest) = (lengths().min().unwrap_or(0), lengths().max().unwrap_or(0));
        let of = if shortest == longest {
            many(longest, "step")
        } else {
            format!("{shortest} to {longest} steps")
        };
        let asked: usize = spans
            .iter()
            .map(|&span| survey::asked(seen.dataset, span, seen.every).len())
            .sum();
        let title = match split {
            Split::Train => "To learn from",
            Split::Test => "Kept back for testing",
        };
        ui.label(format!(
            "{title}: {} of {of}, {} asked.",
            many(spans.len(), "sequence"),
            many(asked, "answer")
        ));
    }
    if seen.dataset.ragged() {
        let longest = seen.dataset.longest();
        let fate = if seen.scene.session.experiment().model.masking {
            "and the padding is masked: it changes neither states nor loss"
        } else {
            "and as “Padding” is set to read, the padding is read as if it were data"
        };
        ui.label(format!(
            "Sequences of a batch are padded to {}, {fate}.",
            many(longest, "step")
        ));
    }
}
