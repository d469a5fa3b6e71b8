//! The numbers of each run, a row each.

use super::super::side_by_side::{flow, place_on_show};
use super::super::{Scene, Shared};
use crate::app::runs::{RunScene, color, sequences_apart, swatch};
use crate::app::theme::{self, GRID, Palette, SMALL};
use crate::app::widgets::{Term, explained, number, small_width};
use crate::data::Split;
use crate::nn::{Direction, Place};
use crate::session::Told;
use crate::train::measures::{Argument, Measure};
use crate::train::{Answer, Question, Snapshot, Status};
use crate::words::{counted, grouped, percent_to, significant};
use eframe::egui::{Align, Grid, Layout, Response, RichText, Sense, Ui, vec2};
use std::collections::BTreeMap;

/// What the ratio of two gradients is.
const RATIO: &str = "‖∂L/∂h‖ of the probe at the first step that is computed over that at the last one: how much of the gradient is left where its way back ends";

/// What the reach of a gradient is.
const REACH: &str = "Steps back from the probe’s last until the gradient is below a thousandth of what it was there; “all” where it never is";

/// The height of a row, in points.
const ROW: f32 = 20.0;

/// Between two columns, in points.
const BETWEEN: f32 = 20.0;

/// Between a number and what is said after it, in points.
const SUFFIX: f32 = 4.0;

/// Before the name of a run its line and its letter stand, in points.
const BEFORE: f32 = 5.0 * GRID;

/// At most so many letters of a name stand in the table.
const MOST: usize = 44;

/// A name gets so much room though then the table is wider than the view, in points.
const LEAST: f32 = 8.0 * GRID;

/// How high the table of so many runs is, in points.
pub(super) fn height(runs: usize) -> f32 {
    // The row of the heads is lower than those with controls in them.
    ROW + 4.0 + runs as f32 * 32.0 + 16.0
}

/// Draws the table, `width` points wide where names can be short enough for that. `compared` is the update after which losses are
/// compared above it.
pub(super) fn show(
    ui: &mut Ui,
    scene: &Scene<'_>,
    shared: &Shared,
    compared: Option<u64>,
    width: f32,
) {
    let measure = test_measure(scene);
    let of = match place_on_show(scene, shared) {
        place if place.is_empty() => String::new(),
        place => format!(". Of {place}, as the chart of the runs step by step"),
    };
    let ratio = format!("{RATIO}{of}");
    let reach = format!("{REACH}{of}");
    let heads: [(&str, &str, &[Term]); 8] = [
        (
            "parameters",
            "How many numbers are learned",
            &[Term::Weight],
        ),
        (
            "updates",
            "Updates made. What follows is of the weights after them; where it is of others, after which stands beside it",
            &[Term::Update],
        ),
        (
            "batch loss",
            "The newest batch’s, at the weights before its update",
            &[Term::Loss, Term::Batch],
        ),
        (
            "test loss",
            "Over the test part as far as it is watched, when it was looked at last: of every answer that the loss has a term for",
            &[Term::TestPart],
        ),
        (measure.title, measure.meaning, &[Term::TestPart]),
        ("gradient ratio", &ratio, &[Term::GradientFlow, Term::Probe]),
        ("gradient reach", &reach, &[Term::GradientFlow, Term::Probe]),
        (
            "ms per update",
            "How long an update took on the mean of those made since the run was opened, looks at the test part included. It depends on what else the machine does, and has no part in any result",
            &[Term::Update],
        ),
    ];
    let heads = match shared.untimed {
        true => &heads[..heads.len() - 1],
        false => &heads[..],
    };
    let runs = scene.runs.iter();
    let rows: Vec<Option<Vec<Entry>>> = runs
        .map(|run| entries(scene, shared, run, &measure, compared))
        .collect();
    let widths: Vec<f32> = heads
        .iter()
        .enumerate()
        .map(|(column, (head, ..))| {
            let entries = rows.iter().flatten().filter_map(|row| row.get(column));
            let widths = entries.map(|entry| entry.width(ui));
            widths.fold(small_width(ui, head), f32::max).ceil()
        })
        .collect();
    // Names are as long as these columns leave room for.
    let others = widths.iter().map(|width| width + BETWEEN).sum::<f32>();
    let name = (width - others - BEFORE).max(LEAST);
    let palette = Palette::of(ui.visuals());
    Grid::new("numbers of the runs")
        .num_columns(heads.len() + 1)
        .min_row_height(ROW)
        .spacing(vec2(BETWEEN, 4.0))
        .show(ui, |ui| {
            let head = |text: &str| RichText::new(text).size(SMALL).color(palette.weak_text);
            let what = "Its letter, its line, and what tells it from the others";
            explained(ui.label(head("run")), what, &[]);
            for (&(text, meaning, terms), width) in heads.iter().zip(&widths) {
                let label = at_right(ui, *width, |ui| ui.label(head(text)));
                explained(label, meaning, terms);
            }
            ui.end_row();
            for (run, row) in scene.runs.iter().zip(&rows) {
                named(ui, run, name);
                match row {
                    Some(row) => {
                        for (entry, width) in row.iter().zip(&widths) {
                            entry.show(ui, *width);
                        }
                    }
                    None => drop(ui.label(head("reading data …"))),
                }
                ui.end_row();
            }
        });
}

/// A run's line, its letter and what it is called, the last in at most `name` points.
fn named(ui: &mut Ui, run: &RunScene<'_>, name: f32) {
    let palette = Palette::of(ui.visuals());
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.spacing_mut().interact_size.y = 16.0;
        let (line, _) = ui.allocate_exact_size(vec2(18.0, 12.0), Sense::hover());
        swatch(ui.painter(), line, run.index, &palette);
        let letter = RichText::new(run.letter).font(theme::semi_bold(SMALL));
        ui.label(letter.color(color(&palette, run.index)));
        let has_room = |text: &str| small_width(ui, text) <= name;
        let words = run.words_that(|text| text.chars().count() <= MOST && has_room(text));
        let words = words.unwrap_or_else(|| shortened(&run.words(), has_room));
        ui.label(RichText::new(words).size(SMALL))
            .on_hover_text(run.words());
    });
}

/// What stands of a run in a column.
#[derive(Default)]
struct Entry {
    text: String,
    /// After which update it is, where that is to be said.
    after: Option<u64>,
    /// Whether it is a run's end.
    is_wrong: bool,
    /// What is told to who points at it.
    told: Vec<String>,
}

impl Entry {
    fn of(text: String) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }

    fn after(&self) -> Option<String> {
        self.after
            .map(|update| format!("after {}", counted_up(update)))
    }

    fn width(&self, ui: &Ui) -> f32 {
        let after = self.after();
        let after = after.map_or(0.0, |after| SUFFIX + small_width(ui, &after));
        small_width(ui, &self.text) + after
    }

    /// Draws it at the right edge of its column: numbers are compared digit by digit.
    fn show(&self, ui: &mut Ui, width: f32) {
        let palette = Palette::of(ui.visuals());
        let mut response = at_right(ui, width, |ui| {
            ui.spacing_mut().item_spacing.x = SUFFIX;
            if let Some(after) = self.after() {
                ui.label(RichText::new(after).size(SMALL).color(palette.weak_text));
            }
            let text = RichText::new(&self.text).size(SMALL);
            ui.label(match self.is_wrong {
                true => text.color(palette.error),
                false => text,
            })
        });
        for told in &self.told {
            response = response.on_hover_text(told);
        }
    }
}

/// A cell whose content stands at its right edge.
fn at_right(ui: &mut Ui, width: f32, content: impl FnOnce(&mut Ui) -> Response) -> Response {
    let size = vec2(width, ui.spacing().interact_size.y);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), content)
        .inner
}

fn counted_up(update: u64) -> String {
    usize::try_from(update).map_or_else(|_| update.to_string(), grouped)
}

/// The numbers of a run, one for each column; `None` before there are any.
fn entries(
    scene: &Scene<'_>,
    shared: &Shared,
    run: &RunScene<'_>,
    measure: &TestMeasure,
    compared: Option<u64>,
) -> Option<Vec<Entry>> {
    let snapshot = run.snapshot?;
    let mut row = vec![Entry::of(grouped(snapshot.model.parameters().len()))];
    row.push(match &snapshot.status {
        Status::Diverged(divergence) => Entry {
            is_wrong: true,
            ..Entry::of(format!("diverged at {}", counted_up(divergence.update)))
        },
        _ => Entry::of(counted_up(snapshot.update)),
    });
    let history = &snapshot.history;
    row.push(Entry::of(told(history.last().map(|row| row.train_loss))));
    // A test loss is of the last look, all that follows of the weights on show: where these are not of the update that the row
    // names, or losses of another one are compared above, it says of which.
    let on_show = snapshot.update;
    let named = match &snapshot.status {
        Status::Diverged(_) => None,
        _ => Some(on_show),
    };
    let seen = snapshot.newest_test_loss();
    let is_said = says_when(named, seen.map(|(update, _)| update), on_show, compared);
    let at = |text: Option<String>, update: u64| Entry {
        after: Some(update).filter(|_| text.is_some() && is_said),
        ..Entry::of(text.unwrap_or_else(|| "–".into()))
    };
    row.push(at(
        seen.map(|(_, loss)| number(loss)),
        seen.map_or(0, |(update, _)| update),
    ));
    row.push(at(measure.of(snapshot), on_show));
    let place = flow(snapshot, scene.part_index, shared.scan).and_then(|flow| {
        let part = snapshot.probe.parts.get(flow.part)?;
        Some((part.name, part.scans.get(flow.scan)?.place))
    });
    let apart = sequences_apart(scene.runs);
    let mut has_ratio = false;
    for name in ["gradient.ratio", "gradient.reach"] {
        let asked = place.and_then(|(part, place)| gradient(name, part, place));
        let answer = asked.map(|measure| scene.session.ask_run(run.id, &measure));
        let value = answer.as_ref().and_then(value);
        let is_told = answer.is_some_and(|told| told.answer.is_some());
        // There is something at the last step, and all of the way back it stays.
        let reaches_all = name == "gradient.reach" && is_told && value.is_none() && has_ratio;
        has_ratio = value.is_some();
        let mut entry = Entry::of(match (value, name) {
            (Some(steps), "gradient.reach") => counted(steps as usize, "step"),
            _ if reaches_all => "all".into(),
            (value, _) => told(value),
        });
        entry.told.extend(apart.clone());
        if value.is_none() && is_told {
            let why = match name {
                "gradient.reach" if reaches_all => {
                    "All steps: on its whole way back the gradient is never below a thousandth of what it was at the last step"
                }
                _ => "There is none: at the last step the gradient is 0",
            };
            entry.told.push(why.into());
        }
        row.push(entry);
    }
    let seconds = run.seconds_per_update.filter(|_| !shared.untimed);
    row.extend(seconds.map(|seconds| Entry::of(significant(1e3 * seconds, 2))));
    Some(row)
}

/// Whether the losses over the test part of a row say of which update they are: `named` is the one that the row names, `seen` the
/// one of the last look and `on_show` that of the weights on show; `compared` is the one after which losses are compared above.
fn says_when(named: Option<u64>, seen: Option<u64>, on_show: u64, compared: Option<u64>) -> bool {
    let of: Vec<u64> = seen.into_iter().chain([on_show]).collect();
    let is_named = of.iter().all(|update| named == Some(*update));
    let is_compared = compared.is_none_or(|compared| of.iter().all(|update| compared == *update));
    !(is_named && is_compared)
}

/// At most so many letters, and no more than there is room for beside the numbers; the rest is told to who points at them.
fn shortened(words: &str, has_room: impl Fn(&str) -> bool) -> String {
    let letters: Vec<char> = words.chars().collect();
    if letters.len() <= MOST && has_room(words) {
        return words.to_owned();
    }
    let cut = |count: usize| {
        let kept: String = letters.iter().take(count).collect();
        format!("{}…", kept.trim_end_matches([' ', ',']))
    };
    let longest = letters.len().min(MOST).saturating_sub(1);
    let mut all = (1..=longest).rev().map(cut);
    all.find(|text| has_room(text)).unwrap_or_else(|| cut(1))
}

fn told(value: Option<f64>) -> String {
    value.map_or("–".into(), number)
}

fn value(told: &Told) -> Option<f64> {
    match told.answer.as_deref() {
        Some(Answer::Number(Ok(value))) => *value,
        _ => None,
    }
}

/// A measure of the gradient's way back through the probe, in a layer and direction of a part: against the way that the layer is
/// walked.
fn gradient(name: &str, part: &str, place: Place) -> Option<Question> {
    let whole = |number: f64| Argument::Number(number);
    let text = |text: &str| Argument::Text(text.to_owned());
    let mut given = match (name, place.direction) {
        ("gradient.ratio", direction) => {
            let (from, to) = match direction {
                Direction::Forward => (-1.0, 1.0),
                Direction::Reverse => (1.0, -1.0),
            };
            BTreeMap::from([
                ("from".to_owned(), whole(from)),
                ("to".to_owned(), whole(to)),
            ])
        }
        _ => BTreeMap::from([("fraction".to_owned(), whole(1e-3))]),
    };
    given.insert("layer".to_owned(), whole(place.layer as f64 + 1.0));
    if place.direction == Direction::Reverse {
        given.insert("direction".to_owned(), text("reverse"));
    }
    if !part.is_empty() {
        given.insert("part".to_owned(), text(part));
    }
    Measure::read(name, &given).ok().map(Question::Measure)
}

/// What the test part says beside its loss.
struct TestMeasure {
    title: &'static str,
    meaning: &'static str,
    is_accuracy: bool,
}

/// The share of right answers where classes are asked, else the error in the data's own units.
fn test_measure(scene: &Scene<'_>) -> TestMeasure {
    let classes = scene.snapshot.accuracy(Split::Test).is_some();
    match classes {
        true => TestMeasure {
            title: "test accuracy",
            meaning: "The share of right answers over the test part, as far as it is forecast",
            is_accuracy: true,
        },
        false => TestMeasure {
            title: "test RMSE",
            meaning: "The root of the mean squared error over the test part, in the data’s own units, as far as it is forecast: of the forecasts after each sequence’s last row alone, so that it may rank runs otherwise than the loss, which is of every answer",
            is_accuracy: false,
        },
    }
}

impl TestMeasure {
    fn of(&self, snapshot: &Snapshot) -> Option<String> {
        match self.is_accuracy {
            true => snapshot
                .accuracy(Split::Test)
                .map(|share| percent_to(share, 1)),
            false => snapshot.score(Split::Test).map(|score| number(score.rmse)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is asked of a gradient is of the part, layer and direction that the curves below are of, and against its way.
    #[test]
    fn a_gradient_is_followed_back_in_the_place_on_show() {
        let place = |layer, direction| Place { layer, direction };
        let asked = |name, part, place| match gradient(name, part, place) {
            Some(Question::Measure(measure)) => measure.told().unwrap_or_default(),
            _ => String::new(),
        };
        assert_eq!(
            asked("gradient.ratio", "", place(0, Direction::Forward)),
            "what is left of ∂L/∂h from t = T to t = 1"
        );
        assert_eq!(
            asked("gradient.ratio", "encoder", place(1, Direction::Reverse)),
            "what is left of ∂L/∂h from t = 1 to t = T, encoder, layer 2, reverse"
        );
        assert_eq!(
            asked("gradient.reach", "decoder", place(0, Direction::Forward)),
            "steps back that ∂L/∂h stays above 0.001 of its last value, decoder"
        );
    }

    /// Where all are of one update nothing needs to be said; else each number says of which it is.
    #[test]
    fn numbers_of_different_updates_say_of_which_they_are() {
        assert!(!says_when(Some(600), Some(600), 600, Some(600)));
        assert!(!says_when(Some(600), None, 600, None));
        // While it is trained, the last look is of some updates before.
        assert!(says_when(Some(710), Some(700), 710, Some(700)));
        // Of a run that went on beyond what is compared.
        assert!(says_when(Some(1201), Some(1201), 1201, Some(1200)));
        // Of a run that diverged the row names the update that could not be made.
        assert!(says_when(None, Some(100), 100, None));
    }

    #[test]
    fn names_are_as_long_as_the_numbers_leave_room_for() {
        let name = "Learning rate 0.001, from update 20";
        let fitting = |most: usize| shortened(name, |text| text.chars().count() <= most);
        assert_eq!(fitting(99), name);
        assert_eq!(fitting(35), name);
        assert_eq!(fitting(34), "Learning rate 0.001, from update…");
        // No comma and no space before the dots.
        assert_eq!(fitting(21), "Learning rate 0.001…");
        assert_eq!(fitting(9), "Learning…");
        assert_eq!(fitting(0), "L…");
        // Where there is room enough, at most 44 letters.
        let long = "a".repeat(60);
        assert_eq!(shortened(&long, |_| true), format!("{}…", "a".repeat(43)));
        for few in ["", "A"] {
            assert_eq!(shortened(few, |_| false).trim_end_matches('…'), few);
        }
    }
}
