//! What cannot always be found out about a file: on which line its table begins, which has the names, which are no part of it,
//! and how fields are quoted. Folded while nothing is said of it and the file reads.

use super::written::{Options, called, choice};
use crate::app::theme::{GRID, Palette};
use crate::app::widgets::caption;
use crate::data::CsvOptions;
use crate::data::csv::{Found, Quotes};
use crate::session::{Import, ImportCommand};
use crate::words::shortened;
use eframe::egui::{CollapsingHeader, Id, Key, RichText, TextEdit, Ui};

/// The width of a field, as long as a short list.
const FIELD: f32 = 16.0 * GRID;

/// Draws the fields; with `found` as the table was read, without where it could not be.
pub(super) fn show(
    ui: &mut Ui,
    import: &Import,
    found: Option<&Found>,
    wanted: &mut Vec<ImportCommand>,
) {
    let now = &import.options;
    let is_said = now.first_line.is_some()
        || now.names_line.is_some()
        || !now.skip_lines.is_empty()
        || now.quotes.is_some();
    let mut options = now.clone();
    // Another file is another fold.
    CollapsingHeader::new(RichText::new("Lines and quotes").small())
        .id_salt((&import.path, "lines and quotes"))
        .default_open(is_said || found.is_none())
        .show(ui, |ui| {
            ui.horizontal_top(|ui| {
                lines(ui, &mut options);
                ui.vertical(|ui| {
                    ui.set_width(FIELD);
                    quotes(ui, &mut options, found);
                });
            });
        });
    if options != *now {
        wanted.push(ImportCommand::Options(options));
    }
}

fn lines(ui: &mut Ui, options: &mut CsvOptions) {
    let line = |line: Option<u64>| line.map_or_else(String::new, |line| line.to_string());
    let hover = "The line of the file with the table's names, or with its first row where it has none, counted from 1";
    if let Some(typed) = field(
        ui,
        "Table begins in line",
        hover,
        line(options.first_line),
        one,
    ) {
        options.first_line = typed;
    }
    let hover = "The line of the file that has the columns' names, counted from 1";
    if let Some(typed) = field(ui, "Names in line", hover, line(options.names_line), one) {
        options.names_line = typed;
    }
    let hover = "Lines of the file that are no part of the table, such as 2, 5–7";
    if let Some(typed) = field(
        ui,
        "Leave out lines",
        hover,
        listed(&options.skip_lines),
        many,
    ) {
        options.skip_lines = typed;
    }
}

fn quotes(ui: &mut Ui, options: &mut CsvOptions, found: Option<&Found>) {
    const WAYS: Options<'_, Quotes> = &[
        (Quotes::Doubled, r#""a ""b"" c""#),
        (Quotes::Backslash, r#""a \"b\" c""#),
        (Quotes::Single, r#"'a "b" c'"#),
        (Quotes::None, "none"),
    ];
    let found = found.map(|found| called(found.quotes, WAYS));
    let hover = "How a field is written that has delimiters or quotation marks within it";
    choice(ui, "Quotes", hover, &mut options.quotes, found, WAYS);
}

/// A field below its name. What is typed takes effect when it is left or Enter is pressed; what cannot be read stays, and says
/// so.
fn field<T>(
    ui: &mut Ui,
    name: &str,
    hover: &str,
    now: String,
    read: fn(&str) -> Result<T, &'static str>,
) -> Option<T> {
    let id = Id::unique(("import", name));
    let mut text: String = ui
        .data_mut(|data| data.get_temp(id))
        .unwrap_or_else(|| now.clone());
    ui.vertical(|ui| {
        ui.set_width(FIELD);
        ui.spacing_mut().item_spacing.y = 2.0;
        let label = caption(ui, name).on_hover_text(hover);
        let edit = TextEdit::singleline(&mut text)
            .hint_text("find out")
            .desired_width(FIELD);
        let response = ui.add(edit).labelled_by(label.id).on_hover_text(hover);
        let escaped = response.has_focus() && ui.input(|input| input.key_pressed(Key::Escape));
        let result = read(&text);
        if let Err(expected) = result
            && !response.has_focus()
        {
            let color = Palette::of(ui.visuals()).error;
            let said = format!("found “{}”, expected {expected}", shortened(text.trim()));
            ui.label(RichText::new(said).small().color(color));
        }
        let keeps = (response.has_focus() || result.is_err()) && !escaped;
        ui.data_mut(|data| {
            if keeps {
                data.insert_temp(id, text.clone());
            } else {
                data.remove::<String>(id);
            }
        });
        (response.lost_focus() && !escaped && text != now)
            .then(|| result.ok())
            .flatten()
    })
    .inner
}

/// One line; an empty field says nothing.
fn one(text: &str) -> Result<Option<u64>, &'static str> {
    match text.trim() {
        "" => Ok(None),
        text => number(text).map(Some).ok_or("a line, counted from 1"),
    }
}

fn number(text: &str) -> Option<u64> {
    let line = text.trim().parse().ok();
    // As far as an experiment may say.
    line.filter(|line| (1..=u64::from(u32::MAX)).contains(line))
}

/// So many lines can be left out one by one.
const MOST: usize = 10_000;

/// Lines and ranges of them, with commas between.
fn many(text: &str) -> Result<Vec<u64>, &'static str> {
    const EXPECTED: &str = "lines such as 2, 5–7";
    let mut lines = Vec::new();
    let text = text.replace(" – ", "–").replace(" - ", "-");
    for piece in text
        .split([',', ';', ' '])
        .filter(|piece| !piece.is_empty())
    {
        let (from, to) = piece.split_once(['-', '–']).unwrap_or((piece, piece));
        let (from, to) = (number(from).ok_or(EXPECTED)?, number(to).ok_or(EXPECTED)?);
        if to < from || to - from >= (MOST - lines.len()) as u64 {
            return Err("at most 10,000 lines, such as 2, 5–7");
        }
        lines.extend(from..=to);
    }
    lines.sort_unstable();
    lines.dedup();
    Ok(lines)
}

/// “2, 5–7”
fn listed(lines: &[u64]) -> String {
    let runs = lines.chunk_by(|one, next| one + 1 == *next);
    let said = runs.map(|run| match run {
        [one] => one.to_string(),
        [first, .., last] => format!("{first}–{last}"),
        [] => String::new(),
    });
    said.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_they_are_listed() {
        let lines = many("7, 2;5-6 5").unwrap();
        assert_eq!(lines, [2, 5, 6, 7]);
        assert_eq!(listed(&lines), "2, 5–7");
        assert_eq!(many(&listed(&lines)), Ok(lines));
        assert_eq!(many(""), Ok(Vec::new()));
        assert_eq!(many("5 – 7"), Ok(vec![5, 6, 7]));
        for wrong in ["0", "x", "4294967296", "3–", "5–3", "1–100000", "-1"] {
            assert!(many(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_empty_field_says_nothing_of_a_line() {
        assert_eq!(one("  "), Ok(None));
        assert_eq!(one(" 4 "), Ok(Some(4)));
        assert!(one("0").is_err() && one("four").is_err());
    }
}
