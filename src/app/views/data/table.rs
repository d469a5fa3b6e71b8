//! The rows of the file, or the steps of a task's sequences: what each is used for, and what became of its cells.
//!
//! Only the rows in sight are laid out, so that a million of them scroll as ten do.

use super::{Seen, note, words};
use crate::app::theme::{GRID, SMALL, semi_bold};
use crate::app::widgets::number;
use crate::data::sequences::{Role, RowUse};
use crate::data::survey::{self, RowPart};
use crate::data::{Dataset, Split, Targets};
use crate::experiment::{FromFile, Probe};
use crate::nn::Quantity;
use crate::session::Command;
use crate::words::many;
use eframe::egui::accesskit::Role as AccessRole;
use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Align2, Color32, FontId, Rect, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};
use std::sync::{Arc, Weak};

/// The page of the table.
#[derive(Default)]
pub(super) struct Table {
    kept: Option<Kept>,
    /// The row to bring into sight in the next frame.
    go_to: Option<usize>,
}

/// What is found out about the rows once.
struct Kept {
    of: Weak<Dataset>,
    /// The row of the data set of each row of the file.
    row_of_data: Vec<Option<u32>>,
    /// The first row of the file that belongs to the test part.
    first_test: Option<usize>,
    /// Where the rows of each sequence of a task end, those to learn from first.
    ends: Vec<usize>,
    /// Widths of the columns, in points.
    widths: Vec<f32>,
}

/// The height of a row; even, so that a million of them are placed exactly.
const ROW: f32 = 22.0;
const HEADER: f32 = 44.0;
/// The columns at the left that stay in sight.
const STUCK: usize = 2;

/// A cell, ready to draw.
#[derive(Default)]
struct Cell {
    text: String,
    color: Option<Color32>,
    right: bool,
    told: String,
}

/// A column's head.
struct Head {
    name: String,
    note: String,
    color: Color32,
}

impl Table {
    pub(super) fn show(&mut self, ui: &mut Ui, seen: &Seen<'_>, commands: &mut Vec<Command>) {
        let sheet = match (seen.source, seen.table()) {
            (Some(source), Some((table, _))) => Sheet::File(source, table),
            _ => Sheet::Steps,
        };
        self.look(ui, seen, &sheet);
        let Some(kept) = &self.kept else { return };
        let mut go_to = self.go_to.take();
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 1.5 * GRID;
            if ui
                .button("To the sequence")
                .on_hover_text("Shows the sequence under the lens")
                .clicked()
            {
                go_to = sheet.row_of(seen, kept, seen.span.start);
            }
            if let Some(row) = kept.first_test
                && ui.button("To the test part").clicked()
            {
                go_to = Some(row);
            }
            for part in [RowPart::Train, RowPart::Test] {
                super::entry(ui, super::Sign::Area, seen.color(part), part.name());
            }
            if seen.unused > 0 {
                let color = seen.color(RowPart::Unused);
                super::entry(
                    ui,
                    super::Sign::Area,
                    color,
                    &format!("unused, {}", seen.unused),
                );
            }
            super::entry(ui, super::Sign::Line, seen.palette.cursor, "under the lens");
            if let Sheet::Steps = sheet {
                note(ui, "made by the task: there is no file");
            }
        });
        let rows = sheet.rows(kept);
        if rows == 0 {
            crate::app::widgets::empty_state(
                ui,
                "The rows of the file will appear here.",
                "Open a CSV from the Data menu.",
            );
            return;
        }
        let heads = sheet.heads(seen);
        let mut left = 0.0;
        let lefts: Vec<f32> = kept
            .widths
            .iter()
            .map(|width| {
                let here = left;
                left += width;
                here
            })
            .collect();
        let total = vec2(left + 2.0 * GRID, HEADER + rows as f32 * ROW);
        let mut area = ScrollArea::both().id_salt("rows").auto_shrink(false);
        if let Some(row) = go_to {
            area =
                area.vertical_scroll_offset((row.saturating_sub(2) as f64 * f64::from(ROW)) as f32);
        }
        let lens = sheet.lens(seen, kept);
        area.show_viewport(ui, |ui, viewport| {
            let (content, _) = ui.allocate_exact_size(total, Sense::hover());
            let shown = ui.clip_rect();
            let grid = Grid {
                left: content.left(),
                top: shown.top() + HEADER,
                offset: f64::from(viewport.min.y),
                shown,
                lefts: &lefts,
                widths: &kept.widths,
            };
            let first = (grid.offset / f64::from(ROW)) as usize;
            let in_sight = ((shown.height() / ROW) as usize + 2).min(rows);
            for row in first..(first + in_sight).min(rows) {
                let place =
                    Rect::from_min_size(pos2(shown.left(), grid.y(row)), vec2(shown.width(), ROW));
                let below = place.intersect(Rect::everything_below(grid.top));
                if below.is_positive() {
                    let lens = lens.binary_search(&row).is_ok();
                    one_row(ui, seen, kept, &sheet, &grid, row, lens, commands);
                }
            }
            header(ui, seen, &grid, &heads);
        });
    }

    /// Looks at the rows again if it is another data set.
    fn look(&mut self, ui: &Ui, seen: &Seen<'_>, sheet: &Sheet<'_>) {
        let dataset: &Arc<Dataset> = seen.dataset;
        if let Some(kept) = &self.kept
            && std::ptr::eq(kept.of.as_ptr(), Arc::as_ptr(dataset))
        {
            return;
        }
        let mut kept = Kept {
            of: Arc::downgrade(dataset),
            row_of_data: Vec::new(),
            first_test: None,
            ends: Vec::new(),
            widths: Vec::new(),
        };
        match sheet {
            Sheet::File(source, table) => {
                let report = &source.report;
                kept.row_of_data = survey::rows_of_data(report, table.rows());
                let test = |used: &RowUse| RowPart::of(*used) == RowPart::Test;
                kept.first_test = report.use_of_row.iter().position(test);
            }
            Sheet::Steps => {
                let mut end = 0;
                for span in dataset.train.iter().chain(&dataset.test) {
                    end += span.len.max(survey::asked(dataset, *span, true).len());
                    kept.ends.push(end);
                }
                let train = dataset.train.len().checked_sub(1);
                kept.first_test = Some(
                    train
                        .and_then(|last| kept.ends.get(last).copied())
                        .unwrap_or(0),
                )
                .filter(|_| !dataset.test.is_empty());
            }
        }
        let width = |text: &str, strong: bool| {
            let font = if strong {
                semi_bold(SMALL)
            } else {
                FontId::proportional(SMALL)
            };
            let galley = ui
                .painter()
                .layout_no_wrap(text.to_owned(), font, Color32::WHITE);
            galley.size().x
        };
        // Enough rows to see what is usual; longer cells are cut.
        const LOOKED_AT: usize = 30;
        let rows = sheet.rows(&kept);
        let every = (rows / LOOKED_AT).max(1);
        for (column, head) in sheet.heads(seen).iter().enumerate() {
            let mut widest = width(&head.name, true).max(width(&head.note, false));
            for row in (0..rows).step_by(every).take(LOOKED_AT + 1) {
                widest = widest.max(width(&sheet.cell(seen, &kept, row, column).text, false));
            }
            kept.widths
                .push(widest.clamp(3.0 * GRID, 26.0 * GRID).ceil() + 2.0 * GRID);
        }
        self.kept = Some(kept);
    }
}

/// Where rows and columns lie on the screen.
struct Grid<'a> {
    left: f32,
    /// The top of the rows in sight.
    top: f32,
    /// How far rows are scrolled.
    offset: f64,
    shown: Rect,
    lefts: &'a [f32],
    widths: &'a [f32],
}

impl Grid<'_> {
    fn y(&self, row: usize) -> f32 {
        // In f32 a place in a million rows is not exact.
        self.top + (row as f64 * f64::from(ROW) - self.offset) as f32
    }

    fn x(&self, column: usize) -> f32 {
        let left = if column < STUCK {
            self.shown.left()
        } else {
            self.left
        };
        left + self.lefts[column]
    }

    /// Where the columns that stay in sight end.
    fn stuck(&self) -> f32 {
        let stuck = self.widths.iter().take(STUCK).sum::<f32>();
        self.shown.left() + stuck
    }

    /// The columns in sight: those that stay, and those that the scrolling left.
    fn columns(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.lefts.len()).filter(|&column| {
            let x = self.x(column);
            column < STUCK || (x + self.widths[column] > self.stuck() && x < self.shown.right())
        })
    }

    /// The part of a column's cell in `rows` that is in sight.
    fn visible(&self, column: usize, rows: Rect) -> Rect {
        let x = self.x(column);
        let place = Rect::from_x_y_ranges(x..=x + self.widths[column], rows.y_range());
        let place = place.intersect(self.shown);
        if column < STUCK {
            place
        } else {
            place.intersect(Rect::everything_right_of(self.stuck()))
        }
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "a row is drawn in one place only"
)]
fn one_row(
    ui: &Ui,
    seen: &Seen<'_>,
    kept: &Kept,
    sheet: &Sheet<'_>,
    grid: &Grid<'_>,
    row: usize,
    lens: bool,
    commands: &mut Vec<Command>,
) {
    let palette = &seen.palette;
    let y = grid.y(row);
    let place = Rect::from_min_size(pos2(grid.shown.left(), y), vec2(grid.shown.width(), ROW));
    let in_sight = place.intersect(Rect::everything_below(grid.top));
    let response = ui.interact(in_sight, ui.scope_id().with(("row", row)), Sense::click());
    let all: Vec<(usize, Cell)> = grid
        .columns()
        .map(|column| (column, sheet.cell(seen, kept, row, column)))
        .collect();
    response.widget_info(|| {
        let texts: Vec<&str> = all.iter().map(|(_, cell)| cell.text.as_str()).collect();
        WidgetInfo::labeled(AccessRole::Row, true, texts.join(", "))
    });
    let painter = ui
        .painter()
        .with_clip_rect(grid.shown.intersect(Rect::everything_below(grid.top)));
    if response.hovered() {
        painter.rect_filled(place, 0.0, palette.faint);
    }
    let line = Stroke::new(1.0, palette.hairline.gamma_multiply(0.6));
    painter.hline(place.x_range(), place.bottom() - 0.5, line);
    let pointer = response.hover_pos();
    let mut told = None;
    for (column, cell) in &all {
        let visible = grid.visible(*column, place);
        if !visible.is_positive() {
            continue;
        }
        let x = grid.x(*column);
        let width = grid.widths[*column];
        let room = width - 2.0 * GRID;
        let color = cell.color.unwrap_or(palette.text);
        let painter = painter.with_clip_rect(painter.clip_rect().intersect(visible));
        let (at, align) = if cell.right {
            (
                pos2(x + width - GRID, place.center().y),
                Align2::RIGHT_CENTER,
            )
        } else {
            (pos2(x + GRID, place.center().y), Align2::LEFT_CENTER)
        };
        words(&painter, at, align, &cell.text, color, room);
        if pointer.is_some_and(|at| visible.contains(at)) && !cell.told.is_empty() {
            told = Some(cell.told.clone());
        }
    }
    if lens {
        let bar = Rect::from_min_size(place.min, vec2(3.0, ROW));
        painter.rect_filled(bar, 0.0, palette.cursor);
    }
    let clicked = response.clicked();
    if let Some(told) = told {
        response.on_hover_text_at_pointer(told);
    }
    if clicked && let Some(probe) = sheet.sequence(seen, kept, row) {
        commands.push(Command::Probe(probe));
    }
}

fn header(ui: &Ui, seen: &Seen<'_>, grid: &Grid<'_>, heads: &[Head]) {
    let palette = &seen.palette;
    let place = Rect::from_min_size(grid.shown.min, vec2(grid.shown.width(), HEADER));
    ui.painter().rect_filled(place, 0.0, palette.background);
    for column in grid.columns() {
        let visible = grid.visible(column, place);
        let Some(head) = heads.get(column).filter(|_| visible.is_positive()) else {
            continue;
        };
        let painter = ui
            .painter()
            .with_clip_rect(ui.clip_rect().intersect(visible));
        let x = grid.x(column) + GRID;
        let room = grid.widths[column] - 2.0 * GRID;
        let mut job =
            LayoutJob::simple_singleline(head.name.clone(), semi_bold(SMALL), palette.strong_text);
        job.wrap = TextWrapping::truncate_at_width(room);
        let galley = painter.layout_job(job);
        painter.galley(pos2(x, place.top() + 4.0), galley, palette.strong_text);
        let note_at = pos2(x, place.top() + 30.0);
        words(
            &painter,
            note_at,
            Align2::LEFT_CENTER,
            &head.note,
            head.color,
            room,
        );
        let name = format!("{}, {}", head.name, head.note);
        super::area(ui, visible, ("head", column), Sense::hover(), &name).on_hover_text(name);
    }
    ui.painter().hline(
        place.x_range(),
        place.bottom() - 0.5,
        palette.hairline_stroke(),
    );
}

/// What the rows are.
enum Sheet<'a> {
    /// Those of a file.
    File(&'a FromFile, &'a crate::data::Table),
    /// The steps of a task's sequences.
    Steps,
}

impl Sheet<'_> {
    fn rows(&self, kept: &Kept) -> usize {
        match self {
            Sheet::File(_, table) => table.rows(),
            Sheet::Steps => kept.ends.last().copied().unwrap_or(0),
        }
    }

    fn heads(&self, seen: &Seen<'_>) -> Vec<Head> {
        let palette = &seen.palette;
        let head = |name: &str, note: String, color| Head {
            name: name.to_owned(),
            note,
            color,
        };
        let weak = palette.weak_text;
        match self {
            Sheet::File(source, _) => {
                let mut heads = vec![
                    head("line", "of the file".to_owned(), weak),
                    head("use", String::new(), weak),
                ];
                heads.extend(source.report.columns.iter().map(|column| {
                    let mut note = match column.role {
                        Role::Ignore => "not used".to_owned(),
                        role => role.name().to_owned(),
                    };
                    if column.missing > 0 {
                        note += &format!(", {} missing", column.missing);
                    }
                    head(&column.name, note, role_color(seen, column.role))
                }));
                heads
            }
            Sheet::Steps => {
                let mut heads = vec![
                    head("sequence", "part".to_owned(), weak),
                    head("step", "t".to_owned(), weak),
                ];
                let feature = role_color(seen, Role::Feature);
                if seen.one_hot {
                    heads.push(head("input", "symbol".to_owned(), feature));
                } else {
                    let names = seen.dataset.input_names.iter();
                    heads.extend(names.map(|name| head(name, "input".to_owned(), feature)));
                }
                let target = role_color(seen, Role::Target);
                match &seen.dataset.targets {
                    Targets::Classes { .. } => {
                        heads.push(head("target", "class".to_owned(), target));
                    }
                    Targets::Values(_) => {
                        let names = seen.dataset.output_names.iter();
                        heads.extend(names.map(|name| head(name, "target".to_owned(), target)));
                    }
                }
                heads
            }
        }
    }

    /// The rows of the sequence under the lens, ascending.
    fn lens(&self, seen: &Seen<'_>, kept: &Kept) -> Vec<usize> {
        // Beyond this nobody sees the end of it.
        const MARKED: usize = 20_000;
        match self {
            Sheet::File(source, _) => {
                let rows = seen.span.rows().take(MARKED);
                let mut of_table: Vec<usize> = rows
                    .filter_map(|row| source.report.table_rows.get(row).copied())
                    .collect();
                of_table.sort_unstable();
                of_table.dedup();
                of_table
            }
            Sheet::Steps => match self.row_of(seen, kept, seen.span.start) {
                Some(first) => (first..first + seen.span.len.min(MARKED)).collect(),
                None => Vec::new(),
            },
        }
    }

    /// The row in which the sequence under the lens begins.
    fn row_of(&self, seen: &Seen<'_>, kept: &Kept, row: usize) -> Option<usize> {
        match self {
            Sheet::File(source, _) => source.report.table_rows.get(row).copied(),
            Sheet::Steps => {
                let sequence = match seen.probe.split {
                    Split::Train => seen.probe.index,
                    Split::Test => seen.dataset.train.len() + seen.probe.index,
                };
                let before = sequence.checked_sub(1);
                Some(before.map_or(0, |before| kept.ends.get(before).copied().unwrap_or(0)))
            }
        }
    }

    /// The sequence that a row belongs to, to be put under the lens; for a forecast the one that asks for it.
    fn sequence(&self, seen: &Seen<'_>, kept: &Kept, row: usize) -> Option<Probe> {
        let dataset = seen.dataset;
        match self {
            Sheet::File(source, _) => {
                let row = (*kept.row_of_data.get(row)?)? as usize;
                if source.outlook.is_some() {
                    let series = survey::series_of(dataset, row);
                    let (split, index) = survey::nearest_sequence(dataset, series, row)?;
                    return Some(Probe { split, index });
                }
                Split::ALL.into_iter().find_map(|split| {
                    let mut spans = dataset.split(split).iter();
                    let index = spans.position(|span| span.rows().contains(&row))?;
                    Some(Probe { split, index })
                })
            }
            Sheet::Steps => {
                let (split, index, _) = step(dataset, kept, row)?;
                Some(Probe { split, index })
            }
        }
    }

    fn cell(&self, seen: &Seen<'_>, kept: &Kept, row: usize, column: usize) -> Cell {
        match self {
            Sheet::File(source, table) => file_cell(seen, kept, source, table, row, column),
            Sheet::Steps => step_cell(seen, kept, row, column).unwrap_or_default(),
        }
    }
}

fn file_cell(
    seen: &Seen<'_>,
    kept: &Kept,
    source: &FromFile,
    table: &crate::data::Table,
    row: usize,
    column: usize,
) -> Cell {
    let palette = &seen.palette;
    let report = &source.report;
    let line = table.line(row);
    if column == 0 {
        return Cell {
            text: line.to_string(),
            color: Some(palette.weak_text),
            right: true,
            told: format!("line {line} of the file, row {}", row + 1),
        };
    }
    if column == 1 {
        let used = report.use_of_row.get(row).copied().unwrap_or_default();
        let part = RowPart::of(used);
        return Cell {
            text: part.name().to_owned(),
            color: Some(match part {
                RowPart::Unused => palette.weak_text.gamma_multiply(0.8),
                part => seen.color(part),
            }),
            right: false,
            told: use_told(source, used, line),
        };
    }
    let Some(cells) = table.columns().get(column - STUCK) else {
        return Cell::default();
    };
    let of_data = kept
        .row_of_data
        .get(row)
        .copied()
        .flatten()
        .map(|row| row as usize);
    let input = seen
        .dataset
        .input_names
        .iter()
        .position(|name| *name == cells.name);
    let scaled = of_data.zip(input).and_then(|(row, input)| {
        let own = survey::input_in_own_units(seen.dataset, seen.table(), row, input);
        let scaled = seen.dataset.inputs.get([row, input]).copied()?;
        Some((own, scaled))
    });
    let sees = match scaled {
        Some((_, scaled)) => format!("\nas the network sees it {}", number(scaled)),
        None if input.is_some() => "\nthe network does not see it".to_owned(),
        None => String::new(),
    };
    let head = format!("{}, line {line}", cells.name);
    if cells.is_missing(row) {
        let (text, fate) = match scaled
            .and_then(|(own, _)| own)
            .filter(|own| own.is_finite())
        {
            Some(own) => (
                format!("missing → {}", number(own)),
                format!("filled in with {}", number(own)),
            ),
            None => ("missing".to_owned(), "not filled in".to_owned()),
        };
        return Cell {
            text,
            color: Some(palette.threshold),
            right: cells.numbers().is_some(),
            told: format!("{head}\nmissing in the file, {fate}{sees}"),
        };
    }
    let text = cells.label(row);
    let ignored = report
        .columns
        .get(column - STUCK)
        .is_some_and(|column| column.role == Role::Ignore);
    Cell {
        told: format!("{head}\n{}{sees}", crate::words::shortened(&text)),
        text,
        color: ignored.then_some(palette.weak_text),
        right: cells.numbers().is_some(),
    }
}

/// What a row is used for, in words.
fn use_told(source: &FromFile, used: RowUse, line: u64) -> String {
    let said: Vec<&str> = [
        (used.train_input, "read to learn from"),
        (used.train_target, "asked in training"),
        (used.test_input, "read in the test part"),
        (used.test_target, "asked in the test part"),
    ]
    .into_iter()
    .filter_map(|(holds, said)| holds.then_some(said))
    .collect();
    if !said.is_empty() {
        return said.join("\n");
    }
    let unused = &source.report.unused;
    let listed = unused
        .iter()
        .find(|unused| unused.lines.first.contains(&line));
    let only = (unused.len() == 1).then(|| unused.first()).flatten();
    match listed.or(only) {
        Some(unused) => format!("not used: {}", unused.why),
        None => "not used; the facts say why rows are left out".to_owned(),
    }
}

/// The part, sequence and step of a row of a task's sequences.
fn step(dataset: &Dataset, kept: &Kept, row: usize) -> Option<(Split, usize, usize)> {
    let sequence = kept.ends.partition_point(|&end| end <= row);
    let begins = sequence
        .checked_sub(1)
        .and_then(|before| kept.ends.get(before).copied());
    let step = row - begins.unwrap_or(0);
    match sequence.checked_sub(dataset.train.len()) {
        None => Some((Split::Train, sequence, step)),
        Some(index) if index < dataset.test.len() => Some((Split::Test, index, step)),
        Some(_) => None,
    }
}

fn step_cell(seen: &Seen<'_>, kept: &Kept, row: usize, column: usize) -> Option<Cell> {
    let dataset = seen.dataset;
    let palette = &seen.palette;
    let (split, index, step) = step(dataset, kept, row)?;
    let span = *dataset.split(split).get(index)?;
    let data_row = span.start + step;
    let part = match split {
        Split::Train => RowPart::Train,
        Split::Test => RowPart::Test,
    };
    if column == 0 {
        return Some(Cell {
            text: format!("{} {}", split.name(), index + 1),
            color: Some(seen.color(part)),
            told: format!("{}, answer {}", many(span.len, "step"), span.answer_len),
            right: false,
        });
    }
    if column == 1 {
        return Some(Cell {
            text: (step + 1).to_string(),
            color: Some(palette.weak_text),
            right: true,
            told: String::new(),
        });
    }
    let inputs = if seen.one_hot {
        1
    } else {
        dataset.input_size()
    };
    let place = column - STUCK;
    if place < inputs {
        if step >= span.len {
            return Some(Cell::default());
        }
        let text = if seen.one_hot {
            let symbol = survey::symbol(dataset, data_row)?;
            dataset.input_names.get(symbol)?.clone()
        } else {
            number(*dataset.inputs.get([data_row, place])?)
        };
        return Some(Cell {
            text,
            right: !seen.one_hot,
            ..Cell::default()
        });
    }
    if !survey::asked(dataset, span, seen.every).contains(&data_row) {
        return Some(Cell {
            text: "–".to_owned(),
            color: Some(palette.weak_text.gamma_multiply(0.6)),
            right: true,
            told: "nothing is asked at this step".to_owned(),
        });
    }
    match &dataset.targets {
        Targets::Classes { of_row, names } => Some(Cell {
            text: names.get(*of_row.get(data_row)?)?.clone(),
            ..Cell::default()
        }),
        Targets::Values(_) => Some(Cell {
            text: number(dataset.target_in_own_units(data_row, place - inputs)?),
            right: true,
            ..Cell::default()
        }),
    }
}

/// The colour of a role.
pub(super) fn role_color(seen: &Seen<'_>, role: Role) -> Color32 {
    let palette = &seen.palette;
    match role {
        Role::Feature | Role::Text => palette.train,
        Role::Target | Role::Label => palette.prediction,
        Role::Time => palette.quantity(Quantity::F),
        Role::Group => palette.quantity(Quantity::O),
        Role::Ignore => palette.weak_text,
    }
}
