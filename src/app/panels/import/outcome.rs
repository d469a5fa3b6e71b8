//! What comes of the choices, or why nothing does.

use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{Problem, caption, error_card, error_list, section_heading};
use crate::data::sequences::Unused;
use crate::data::{Answers, Asked, BadPlace, Role, SequenceError, SequenceProblem, Split};
use crate::session::{ImportAim, ImportCommand, Outcome, Summary, TableImport, TextImport};
use crate::words::{self, grouped};
use eframe::egui::{RichText, Ui};

/// How many names are listed before the rest is counted.
const NAMED: usize = 8;

/// A count with its noun.
fn counted(count: usize, noun: &str) -> String {
    format!(
        "{} {noun}{}",
        grouped(count),
        if count == 1 { "" } else { "s" }
    )
}

/// A bad place, as a card shows it.
pub(super) fn place(place: &BadPlace) -> Problem {
    let column = place
        .column
        .map_or_else(String::new, |column| format!(", column {column}"));
    let header = place
        .header
        .as_ref()
        .map_or_else(String::new, |header| format!(" ({header})"));
    Problem {
        place: format!("line {}{column}{header}", place.line),
        found: format!("Found {}", place.found),
        expected: place.expected.clone(),
        hint: place.hint.clone(),
    }
}

pub(super) fn places(places: &[BadPlace]) -> Vec<Problem> {
    places.iter().map(place).collect()
}

/// A sentence “place: found …, expected …. Hint.”, taken apart as far as it has these parts.
pub(super) fn problem(sentence: &str) -> Problem {
    let (place, rest) = match sentence.split_once(": found ") {
        Some((place, rest)) => (place.to_owned(), format!("found {rest}")),
        None => (String::new(), sentence.to_owned()),
    };
    let (found, rest) = match rest.split_once(", expected ") {
        Some((found, rest)) => (found.to_owned(), rest.to_owned()),
        None => (rest, String::new()),
    };
    let (expected, hint) = match rest.split_once(". ") {
        Some((expected, hint)) => (expected.to_owned(), hint.to_owned()),
        None => (rest.trim_end_matches('.').to_owned(), String::new()),
    };
    Problem {
        place,
        found: capitalised(&found),
        expected,
        hint,
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// All that is wrong, and how many places are only counted.
fn problems(error: &SequenceError) -> (Vec<Problem>, usize) {
    let (mut all, mut more) = (Vec::new(), 0);
    for wrong in &error.problems {
        let listed = match wrong {
            SequenceProblem::Column { error, .. } => error.places(),
            SequenceProblem::Cells { places, .. } | SequenceProblem::Missing { places, .. } => {
                Some(places)
            }
            _ => None,
        };
        match listed {
            Some(listed) => {
                all.extend(places(listed.first()));
                more += listed.more();
            }
            None => all.push(problem(&wrong.to_string())),
        }
        if let SequenceProblem::Missing { .. } = wrong {
            // The places come first in the sentence, then what may be done about all of them.
            all.extend(wrong.to_string().lines().last().map(problem));
        }
    }
    (all, more)
}

/// Why there are no sequences, on one line beside the button. `asks` says whether something is asked about cells above.
pub(super) fn in_short(error: &SequenceError, asks: bool) -> String {
    let first_way = if asks {
        "answer what is asked above, "
    } else {
        ""
    };
    let Some(first) = error.problems.first() else {
        return "Something is wrong above.".to_owned();
    };
    match first {
        SequenceProblem::Column { error, .. } if error.places().is_some() => {
            let count = error
                .places()
                .map_or(0, |places| places.first().len() + places.more());
            match count {
                1 => format!(
                    "One cell is no number: {first_way}correct it in the file, or leave its column out."
                ),
                count => format!(
                    "{} are no numbers: {first_way}correct them in the file, or leave their columns out.",
                    counted(count, "cell")
                ),
            }
        }
        SequenceProblem::Cells { places, .. } => {
            let count = places.first().len() + places.more();
            format!("{} to be corrected first.", counted(count, "cell"))
        }
        SequenceProblem::Missing { count, .. } => {
            format!(
                "{} to be filled or left out.",
                counted(*count, "missing value")
            )
        }
        SequenceProblem::NoTargets => "No column is chosen to forecast.".to_owned(),
        other => {
            let problem = problem(&other.to_string());
            match problem.expected.as_str() {
                "" => problem.found,
                expected => format!("{}, expected {expected}.", problem.found),
            }
        }
    }
}

pub(super) fn of_table(ui: &mut Ui, import: &TableImport, wanted: &mut Vec<ImportCommand>) {
    section_heading(ui, "What comes of it");
    match &import.outcome {
        None => waiting(ui),
        Some(Outcome::Fault(reason)) => fault(ui, reason),
        Some(Outcome::Refused(error)) => {
            refused(ui, error);
            cures(ui, import, wanted);
        }
        Some(Outcome::Ready(summary)) => {
            counts(ui, summary);
            repeated(ui, import, summary, wanted);
            ui.label(task(import, summary));
            if let Some(time) = &summary.report.time {
                for sentence in time.sentences() {
                    ui.label(sentence);
                }
            }
            filled(ui, summary);
            for unused in &summary.report.unused {
                left_out(ui, unused);
            }
            classes(ui, summary);
            notices(ui, summary);
        }
    }
}

pub(super) fn of_text(ui: &mut Ui, import: &TextImport) {
    section_heading(ui, "What comes of it");
    match &import.outcome {
        None => waiting(ui),
        Some(Outcome::Fault(reason)) => fault(ui, reason),
        Some(Outcome::Refused(error)) => refused(ui, error),
        Some(Outcome::Ready(summary)) => {
            counts(ui, summary);
            ui.label("After each character the network tells the next one.");
            alphabet(ui, summary);
            notices(ui, summary);
        }
    }
}

fn waiting(ui: &mut Ui) {
    ui.label("The sequences are being made.");
}

fn fault(ui: &mut Ui, reason: &str) {
    let problem = Problem {
        found: reason.to_owned(),
        hint: "Please report it with the file, or choose otherwise.".to_owned(),
        ..Problem::default()
    };
    error_card(ui, "The sequences cannot be made", &[problem]);
}

fn refused(ui: &mut Ui, error: &SequenceError) {
    let (problems, more) = problems(error);
    let title = "There are no sequences yet";
    error_list(ui, title, &problems, more, 24.0 * GRID);
}

/// “240 training and 60 test sequences of 20 steps”
fn counts(ui: &mut Ui, summary: &Summary) {
    let [train, test] = [Split::Train, Split::Test].map(|split| summary.report.part(split));
    let (shortest, longest) = match (train.sequences, test.sequences) {
        (_, 0) => (train.shortest, train.longest),
        (0, _) => (test.shortest, test.longest),
        _ => (
            train.shortest.min(test.shortest),
            train.longest.max(test.longest),
        ),
    };
    let steps = match shortest == longest {
        true => counted(longest, "step"),
        false => format!("{} to {}", grouped(shortest), counted(longest, "step")),
    };
    let sequences = words::sequences(train.sequences, test.sequences);
    let text = format!("{sequences} of {steps}");
    let palette = Palette::of(ui.visuals());
    ui.label(RichText::new(text).strong().color(palette.strong_text));
}

/// What the network reads and what it tells, a sentence.
fn task(import: &TableImport, summary: &Summary) -> String {
    let when = match summary.answers {
        Answers::Last => "after the last row",
        Answers::EveryStep => "at every row",
        Answers::Sequence => "as a sequence",
    };
    let spec = import.choices.spec(&import.table);
    match (import.choices.aim(), spec.asked) {
        (
            _,
            Asked::Forecast {
                features,
                targets,
                window,
                horizon,
                steps,
            },
        ) => {
            let ahead = match steps {
                1 => counted(horizon, "row"),
                _ => format!(
                    "{} to {}",
                    grouped(horizon),
                    counted(horizon + steps - 1, "row")
                ),
            };
            format!(
                "From {} of {} the network forecasts {}, {ahead} ahead.",
                counted(window, "row"),
                listed(&features),
                listed(&targets)
            )
        }
        (
            ImportAim::Classify,
            Asked::Classify {
                features, label, ..
            },
        ) => format!(
            "From {} the network tells {label} {when}.",
            listed(&features)
        ),
        (_, Asked::Symbols { text, label }) => match label {
            Some(label) => format!("From the characters of {text} the network tells {label}."),
            None => format!("After each character of {text} the network tells the next one."),
        },
        (_, Asked::Classify { label, .. }) => format!("The network tells {label} {when}."),
    }
}

/// “a, b and c”, or the first of many.
fn listed(names: &[String]) -> String {
    let shown = &names[..names.len().min(NAMED)];
    let more = names.len() - shown.len();
    match (shown, more) {
        ([], _) => "nothing".to_owned(),
        ([one], 0) => one.clone(),
        ([before @ .., last], 0) => format!("{} and {last}", before.join(", ")),
        (shown, more) => format!("{} and {more} more", shown.join(", ")),
    }
}

fn filled(ui: &mut Ui, summary: &Summary) {
    let read = |role: Role| matches!(role, Role::Feature | Role::Target);
    let columns = summary.report.columns.iter();
    for column in columns.filter(|column| column.missing > 0 && read(column.role)) {
        let missing = counted(column.missing, "missing value");
        let name = &column.name;
        ui.label(match column.missing - column.filled {
            0 if column.missing == 1 => format!("{missing} of {name} is filled in."),
            0 => format!("{missing} of {name} are filled in."),
            rest => format!(
                "{missing} of {name}: {} filled in, {} in rows that are left out.",
                grouped(column.filled),
                grouped(rest)
            ),
        });
    }
}

/// Rows in no sequence, why, and which.
fn left_out(ui: &mut Ui, unused: &Unused) {
    let lines = &unused.lines;
    let names: Vec<String> = lines.first.iter().map(ToString::to_string).collect();
    let listed = |most: usize| {
        let shown = names.len().min(most);
        let dots = if lines.count > shown { ", …" } else { "" };
        let noun = if lines.count == 1 { "line" } else { "lines" };
        format!("{noun} {}{dots}", names[..shown].join(", "))
    };
    let are = if lines.count == 1 { "is" } else { "are" };
    let text = format!(
        "{} {are} not used, as {} ({}).",
        counted(lines.count, "row"),
        unused.why,
        listed(4)
    );
    ui.label(text).on_hover_text(capitalised(&listed(50)));
}

/// How often each class is asked.
fn classes(ui: &mut Ui, summary: &Summary) {
    let [train, test] =
        [Split::Train, Split::Test].map(|split| &summary.report.part(split).classes);
    if train.is_empty() || !summary.report.symbols.is_empty() && train.len() > NAMED {
        alphabet(ui, summary);
        return;
    }
    caption(ui, "Asked in the training and the test part");
    let names = summary.outputs.iter().zip(train.iter().zip(test));
    let shown: Vec<String> = names
        .take(NAMED)
        .map(|(name, (train, test))| format!("{name} {} + {}", grouped(*train), grouped(*test)))
        .collect();
    let more = match train.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" · and {more} more"),
    };
    ui.label(shown.join(" · ") + &more);
}

/// The symbols that are read.
fn alphabet(ui: &mut Ui, summary: &Summary) {
    if summary.inputs.is_empty() || summary.report.symbols.is_empty() {
        return;
    }
    caption(ui, &counted(summary.inputs.len(), "symbol"));
    let palette = Palette::of(ui.visuals());
    let symbols = summary.inputs.join(" ");
    ui.label(
        RichText::new(symbols)
            .monospace()
            .size(SMALL)
            .color(palette.text),
    );
}

/// Times that repeat, as loudly as an error, and what would help.
fn repeated(ui: &mut Ui, import: &TableImport, summary: &Summary, wanted: &mut Vec<ImportCommand>) {
    let Some(repeated) = &summary.report.repeated else {
        return;
    };
    let told = repeated.to_string();
    let (title, rest) = told.split_once(": ").unwrap_or((&told, ""));
    let (found, hint) = rest.split_once(". ").unwrap_or((rest, ""));
    let problem = Problem {
        found: capitalised(found),
        hint: hint.to_owned(),
        ..Problem::default()
    };
    error_card(ui, title, &[problem]);
    cures(ui, import, wanted);
}

/// A button for each thing that would help.
fn cures(ui: &mut Ui, import: &TableImport, wanted: &mut Vec<ImportCommand>) {
    let offers = import.cures();
    if offers.is_empty() {
        return;
    }
    ui.add_space(0.5 * GRID);
    ui.horizontal_wrapped(|ui| {
        for offer in offers {
            if ui.button(&offer.text).on_hover_text(&offer.why).clicked() {
                wanted.extend(offer.commands);
            }
        }
    });
    ui.add_space(0.5 * GRID);
}

fn notices(ui: &mut Ui, summary: &Summary) {
    let palette = Palette::of(ui.visuals());
    let loud = summary.report.repeated.as_ref().map(ToString::to_string);
    // What has a card of its own is not said twice.
    for notice in summary
        .report
        .notices
        .iter()
        .filter(|notice| Some(*notice) != loud.as_ref())
    {
        ui.label(RichText::new(notice).color(palette.threshold));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_thousands() {
        let shown = [0, 999, 1_000, 1_234_567].map(grouped);
        assert_eq!(shown, ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn a_sentence_is_taken_apart_into_place_found_expected_and_hint() {
        let whole = problem(
            "line 3 (t): found time 2 after 5, expected times that do not go back. Sort the file.",
        );
        assert_eq!(whole.place, "line 3 (t)");
        assert_eq!(whole.found, "Found time 2 after 5");
        assert_eq!(whole.expected, "times that do not go back");
        assert_eq!(whole.hint, "Sort the file.");
        let bare = problem("The disk is full");
        assert_eq!(bare.found, "The disk is full");
        assert!(bare.place.is_empty() && bare.expected.is_empty() && bare.hint.is_empty());
    }

    #[test]
    fn names_are_listed_as_one_would_say_them() {
        let names =
            |count: usize| -> Vec<String> { (1..=count).map(|n| format!("c{n}")).collect() };
        assert_eq!(listed(&names(1)), "c1");
        assert_eq!(listed(&names(3)), "c1, c2 and c3");
        assert!(listed(&names(30)).ends_with("c8 and 22 more"));
    }
}
