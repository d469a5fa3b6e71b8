//! How a file is written: what was found out about it, what the user may say instead, and why it is no table.

use super::outcome::places;
use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{caption, error_list};
use crate::data::csv::{Comment, Encoding, Found, MAX_CELLS, Mark};
use crate::data::{CsvError, CsvOptions, Notation, Table, Thousands};
use crate::session::{Import, ImportCommand, ImportState, TableImport};
use crate::words::{counted, grouped, many, shortened};
use eframe::egui::{CollapsingHeader, ComboBox, RichText, Ui};

/// “300 rows, 3 columns, 2 of them numbers”
pub(super) fn size(table: &Table) -> String {
    let numbers = table.numeric_names().count();
    format!(
        "{}, {}, {} of them {}",
        many(table.rows(), "row"),
        counted(table.columns().len(), "column"),
        numbers,
        if numbers == 1 { "a number" } else { "numbers" }
    )
}

/// What was found out, in sentences, and the lines that are not in the table.
pub(super) fn found(ui: &mut Ui, import: &TableImport) {
    let found = import.table.found();
    ui.label(found.findings().join(" "));
    let (first, all) = (found.skipped.first(), found.skipped.total());
    if !first.is_empty() {
        let title = RichText::new("Show what was skipped").size(SMALL);
        CollapsingHeader::new(title)
            .id_salt("skipped")
            .show(ui, |ui| {
                for skipped in first {
                    caption(ui, &format!("line {} · {}", skipped.line, skipped.text));
                }
                let blank = all - first.len();
                if blank > 0 {
                    caption(
                        ui,
                        &format!("and {} more, blank ones among them", grouped(blank)),
                    );
                }
            });
    }
}

/// What only the file's owner knows, each with the answer by one click; and the answers given.
pub(super) fn asks(
    ui: &mut Ui,
    import: &Import,
    table: &TableImport,
    wanted: &mut Vec<ImportCommand>,
) {
    let palette = Palette::of(ui.visuals());
    for ask in &table.table.found().asks {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(ask.finding() + ".").color(palette.threshold));
            let hover = "The file is read again so; the experiment says it";
            if ui.button(ask.offer()).on_hover_text(hover).clicked() {
                wanted.push(ImportCommand::Options(ask.settled(&import.options)));
            }
        });
    }
    let options = &import.options;
    let marks = options.missing_marks.as_deref().unwrap_or_default();
    if marks.is_empty() && !options.strip_flags {
        return;
    }
    const SHOWN: usize = 6;
    let mark = |mark: &Mark| match &mark.column {
        Some(column) => format!("“{}” in “{}”", shortened(&mark.text), shortened(column)),
        None => format!("“{}”", shortened(&mark.text)),
    };
    let mut told: Vec<String> = marks.iter().take(SHOWN).map(mark).collect();
    let more = marks.len().saturating_sub(SHOWN);
    if more > 0 {
        told.push(format!("{} more", grouped(more)));
    }
    let mut said = Vec::new();
    if !told.is_empty() {
        said.push(format!("{} means missing", told.join(", ")));
    }
    if options.strip_flags {
        said.push("what stands beside numbers is left out".to_owned());
    }
    ui.horizontal_wrapped(|ui| {
        caption(ui, &format!("As you said, {}.", said.join(", and ")));
        let hover = "Read the cells as they are again";
        if ui.small_button("Take back").on_hover_text(hover).clicked() {
            wanted.push(ImportCommand::Options(CsvOptions {
                missing_marks: None,
                strip_flags: false,
                ..options.clone()
            }));
        }
    });
}

/// What a finding may be replaced with, and what it is called on the screen.
pub(super) type Options<'a, T> = &'a [(T, &'a str)];

#[derive(Clone, Copy)]
enum Field {
    Sheet,
    Delimiter,
    Names,
    Encoding,
    Decimal,
    Thousands,
    Comments,
    Rows,
}

impl Field {
    const ALL: [Field; 8] = [
        Field::Sheet,
        Field::Delimiter,
        Field::Names,
        Field::Encoding,
        Field::Decimal,
        Field::Thousands,
        Field::Comments,
        Field::Rows,
    ];

    /// As wide as its longest usual word.
    fn width(self) -> f32 {
        GRID * match self {
            Field::Names | Field::Comments => 14.0,
            Field::Delimiter => 15.0,
            Field::Decimal | Field::Rows | Field::Sheet => 16.0,
            Field::Thousands => 17.0,
            Field::Encoding => 19.0,
        }
    }
}

/// A choice for each finding: as found, or otherwise.
pub(super) fn overrides(
    ui: &mut Ui,
    import: &Import,
    found: Option<&Found>,
    wanted: &mut Vec<ImportCommand>,
) {
    let now = &import.options;
    let mut options = now.clone();
    let sheets = sheets(import, found);
    // Between the cells of a sheet there is nothing, and how its characters are stored nobody has to know.
    let shown = Field::ALL.into_iter().filter(|field| match field {
        Field::Sheet => !sheets.is_empty(),
        Field::Delimiter | Field::Encoding => sheets.is_empty(),
        _ => true,
    });
    let shown: Vec<Field> = shown.collect();
    let mut fields = &shown[..];
    while !fields.is_empty() {
        let mut room = ui.available_width();
        let fits = |field: &&Field| {
            room -= field.width() + GRID;
            room >= -GRID
        };
        let (row, rest) = fields.split_at(fields.iter().take_while(fits).count().max(1));
        fields = rest;
        ui.horizontal_top(|ui| {
            for field in row {
                ui.vertical(|ui| {
                    ui.set_width(field.width());
                    match field {
                        Field::Sheet => sheet(ui, &sheets, found, &mut options),
                        field => one(ui, *field, found, &mut options),
                    }
                });
            }
        });
    }
    if options != *now {
        wanted.push(ImportCommand::Options(options));
    }
}

/// The sheets there are to choose from; none where the file is no workbook.
fn sheets(import: &Import, found: Option<&Found>) -> Vec<String> {
    if let ImportState::Failed(CsvError::NoSheet { known, .. }) = &import.state {
        return known.clone();
    }
    let sheet = found.and_then(|found| found.sheet.as_ref());
    let all = sheet.map(|sheet| std::iter::once(&sheet.name).chain(&sheet.others));
    let mut all: Vec<String> = all.into_iter().flatten().cloned().collect();
    // One that was asked for and is no table is still to be left.
    if let Some(asked) = import
        .options
        .sheet
        .as_ref()
        .filter(|asked| !all.contains(asked))
    {
        all.push(asked.clone());
    }
    // Whichever is read, each keeps its place in the list.
    all.sort();
    all
}

fn sheet(ui: &mut Ui, sheets: &[String], found: Option<&Found>, options: &mut CsvOptions) {
    let named = sheets.iter().map(String::as_str).enumerate();
    let named: Vec<(usize, &str)> = named.collect();
    let asked = options.sheet.as_deref();
    let before = asked.and_then(|asked| sheets.iter().position(|sheet| sheet == asked));
    let mut now = before;
    let sheet = found.and_then(|found| found.sheet.as_ref());
    let as_found = sheet.map(|sheet| sheet.name.clone());
    let hover = "Which sheet of the workbook is read";
    choice(ui, "Sheet", hover, &mut now, as_found, &named);
    if now != before {
        options.sheet = now.and_then(|at| sheets.get(at).cloned());
    }
}

fn one(ui: &mut Ui, field: Field, found: Option<&Found>, options: &mut CsvOptions) {
    match field {
        // Drawn with the sheets there are.
        Field::Sheet => {}
        Field::Delimiter => {
            const SIGNS: Options<'_, u8> = &[
                (b',', "comma"),
                (b';', "semicolon"),
                (b'\t', "tab"),
                (b'|', "bar"),
                (b' ', "spaces"),
            ];
            let found = found.map(|found| called(found.delimiter, SIGNS));
            let hover = "The sign between fields";
            choice(ui, "Delimiter", hover, &mut options.delimiter, found, SIGNS);
        }
        Field::Names => {
            const LINES: Options<'_, bool> = &[(true, "in a line"), (false, "none")];
            let found = found.map(|found| match found.header {
                Some(line) => format!("in line {line}"),
                None => "none".to_owned(),
            });
            let hover = "Whether there is a line with the columns' names";
            choice(ui, "Names", hover, &mut options.header, found, LINES);
        }
        Field::Encoding => {
            let all = Encoding::ALL.map(|encoding| (encoding, encoding.name()));
            let found = found.map(|found| found.encoding.name().to_owned());
            let hover = "How characters are stored";
            choice(ui, "Encoding", hover, &mut options.encoding, found, &all);
        }
        Field::Decimal => {
            const SIGNS: Options<'_, Notation> = &[
                (Notation::Point, "point: 0.5"),
                (Notation::Comma, "comma: 0,5"),
            ];
            let found = found.map(|found| called(found.numbers.decimal, SIGNS));
            let hover = "The sign before a number's fraction";
            choice(
                ui,
                "Decimal sign",
                hover,
                &mut options.decimal,
                found,
                SIGNS,
            );
        }
        Field::Thousands => {
            const SIGNS: Options<'_, Thousands> = &[
                (Thousands::None, "none: 1000"),
                (Thousands::Comma, "comma: 1,000"),
                (Thousands::Point, "point: 1.000"),
                (Thousands::Space, "space: 1 000"),
                (Thousands::Apostrophe, "apostrophe: 1'000"),
            ];
            let found = found.map(|found| called(found.numbers.thousands, SIGNS));
            let hover = "The sign between a number's thousands";
            choice(ui, "Thousands", hover, &mut options.thousands, found, SIGNS);
        }
        Field::Comments => {
            const SIGNS: Options<'_, Comment> = &[
                (Comment::None, "none"),
                (Comment::Byte(b'#'), "after #"),
                (Comment::Byte(b'%'), "after %"),
                (Comment::Byte(b';'), "after ;"),
                (Comment::Byte(b'!'), "after !"),
                (Comment::Slashes, "after //"),
            ];
            let found = found.map(|found| called(found.comment, SIGNS));
            let hover = "How a line begins that is a comment";
            choice(ui, "Comments", hover, &mut options.comment, found, SIGNS);
        }
        Field::Rows => {
            let counts = [1_000, 10_000, 100_000, 1_000_000];
            let mut all: Vec<(usize, String)> = counts
                .into_iter()
                .map(|count| (count, format!("first {}", grouped(count))))
                .collect();
            if let Some(count) = options.first_rows.filter(|count| !counts.contains(count)) {
                all.push((count, format!("first {}", grouped(count))));
                all.sort_unstable();
            }
            let all: Vec<(usize, &str)> = all
                .iter()
                .map(|(count, name)| (*count, name.as_str()))
                .collect();
            let hover = "How many rows are read";
            let found = Some("all".to_owned());
            choice(ui, "Rows", hover, &mut options.first_rows, found, &all);
        }
    }
}

pub(super) fn called<T: Copy + PartialEq>(value: T, options: Options<'_, T>) -> String {
    let known = options.iter().find(|(option, _)| *option == value);
    known.map_or_else(|| "another".to_owned(), |(_, name)| (*name).to_owned())
}

/// A list below its name. `None` stands for what was found; what was chosen instead has the accent's colour.
pub(super) fn choice<T: Copy + PartialEq>(
    ui: &mut Ui,
    name: &str,
    hover: &str,
    now: &mut Option<T>,
    found: Option<String>,
    options: Options<'_, T>,
) {
    let palette = Palette::of(ui.visuals());
    let as_found = found.unwrap_or_else(|| "find out".to_owned());
    // What would be found is known only while nothing else is asked for.
    let entry = match now {
        Some(_) => "as found".to_owned(),
        None => format!("as found: {as_found}"),
    };
    let shown = match *now {
        Some(value) => RichText::new(called(value, options)).color(palette.accent_text),
        None => RichText::new(&as_found),
    };
    ui.spacing_mut().item_spacing.y = 2.0;
    let label = caption(ui, name);
    let id = label.id;
    label.on_hover_text(hover);
    ui.label_inputs_by(id, |ui| {
        ComboBox::from_id_salt(name)
            .selected_text(shown)
            .width(ui.available_width())
            .truncate()
            .show_ui(ui, |ui| {
                ui.selectable_value(now, None, entry);
                for (value, name) in options {
                    ui.selectable_value(now, Some(*value), *name);
                }
            });
    });
}

/// Why the file is no table, and for one that is too large a way to read a part of it.
pub(super) fn failed(
    ui: &mut Ui,
    import: &Import,
    error: &CsvError,
    wanted: &mut Vec<ImportCommand>,
) {
    let rows = rows_that_fit(error);
    let title = match rows {
        Some(_) => "This file is too large to be read as a whole",
        None => "This file is no table yet",
    };
    let problems = match error.places() {
        [] => vec![super::outcome::problem(&error.to_string())],
        listed => places(listed),
    };
    error_list(ui, title, &problems, error.more(), 30.0 * GRID);
    if let Some(rows) = rows.map(round_down).filter(|rows| *rows > 0) {
        ui.add_space(GRID);
        let text = format!("Read the first {}", many(rows, "row"));
        let hover = "The rest of the file stays out; the experiment says so";
        if ui.button(text).on_hover_text(hover).clicked() {
            wanted.push(ImportCommand::Options(CsvOptions {
                first_rows: Some(rows),
                ..import.options.clone()
            }));
        }
    }
}

/// How many rows of a file that is too large fit into memory and into a table; `None` if something else is wrong.
pub(super) fn rows_that_fit(error: &CsvError) -> Option<u64> {
    match error {
        CsvError::TooMuchMemory { rows, estimate, .. } => {
            Some((*rows).min((MAX_CELLS / estimate.columns.max(1)) as u64))
        }
        CsvError::TooLarge { columns, limit, .. } => Some((limit / (*columns).max(1)) as u64),
        _ => None,
    }
}

/// A number with two digits that are not 0, at most as large: how many rows fit is an estimate.
fn round_down(rows: u64) -> usize {
    let mut unit = 1;
    while rows / unit >= 100 {
        unit *= 10;
    }
    usize::try_from(rows / unit * unit).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_fit_are_rounded_down_to_two_digits() {
        let rounded = [0, 7, 99, 100, 1_299, 987_654].map(round_down);
        assert_eq!(rounded, [0, 7, 99, 100, 1_200, 980_000]);
    }
}
