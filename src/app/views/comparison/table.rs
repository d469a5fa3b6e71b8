//! The numbers of each run, a row each.

use super::super::Scene;
use crate::app::runs::{RunScene, color, sequences_apart, swatch};
use crate::app::theme::{self, GRID, Palette, SMALL};
use crate::app::widgets::{Term, explained, number, small_width};
use crate::data::Split;
use crate::session::Told;
use crate::train::measures::{Argument, Measure};
use crate::train::{Answer, Question, Snapshot, Status};
use crate::words::significant;
use eframe::egui::{Grid, RichText, Sense, Ui, vec2};
use std::collections::BTreeMap;

/// What the reach of a gradient is.
const REACH: &str = "Steps back from the probe’s last until the gradient is below a thousandth of what it was there; – where it never is. Of the first layer";

/// The height of a row, in points.
const ROW: f32 = 20.0;

/// Between two columns, in points.
const BETWEEN: f32 = 20.0;

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

/// Draws the table, `width` points wide where names can be short enough for that. `columns` is how wide all columns but that of the
/// names were when it was drawn last, `compared` the update after which losses are compared above it.
pub(super) fn show(
    ui: &mut Ui,
    scene: &Scene<'_>,
    is_untimed: bool,
    compared: Option<u64>,
    width: f32,
    columns: &mut Option<f32>,
) {
    let measure = test_measure(scene);
    let heads: [(&str, &str, &[Term]); 9] = [
        (
            "run",
            "Its letter, its line, and what tells it from the others",
            &[],
        ),
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
            "Over the test part as far as it is watched, when it was looked at last",
            &[Term::TestPart],
        ),
        (measure.title, measure.meaning, &[Term::TestPart]),
        (
            "gradient ratio",
            "‖∂L/∂h_1‖ of the probe over ‖∂L/∂h_T‖: how much of the gradient is left at its first step. Of the first layer",
            &[Term::GradientFlow, Term::Probe],
        ),
        ("gradient reach", REACH, &[Term::GradientFlow, Term::Probe]),
        (
            "ms per update",
            "How long an update took on the mean of those made since the run was opened, looks at the test part included. It depends on what else the machine does, and has no part in any result",
            &[Term::Update],
        ),
    ];
    let heads = match is_untimed {
        true => &heads[..heads.len() - 1],
        false => &heads[..],
    };
    let others = columns.unwrap_or_else(|| {
        let widths = heads.iter().skip(1).map(|(head, ..)| small_width(ui, head));
        widths.map(|width| width + BETWEEN).sum::<f32>() - BETWEEN
    });
    let name = (width - others - BETWEEN - BEFORE).max(LEAST);
    let mut second = None;
    let grid = Grid::new("numbers of the runs")
        .num_columns(heads.len())
        .min_row_height(ROW)
        .spacing(vec2(BETWEEN, 4.0))
        .show(ui, |ui| {
            let palette = Palette::of(ui.visuals());
            for (index, &(head, meaning, terms)) in heads.iter().enumerate() {
                let text = RichText::new(head).size(SMALL).color(palette.weak_text);
                let label = ui.label(text);
                if index == 1 {
                    second = Some(label.rect.left());
                }
                explained(label, meaning, terms);
            }
            ui.end_row();
            for run in scene.runs {
                row(ui, scene, run, &measure, compared, name);
                let seconds = run.seconds_per_update.filter(|_| !is_untimed);
                if let Some(seconds) = seconds {
                    let text = significant(1e3 * seconds, 2);
                    ui.label(RichText::new(text).size(SMALL));
                }
                ui.end_row();
            }
        });
    let found = second.map(|second| grid.response.rect.right() - second);
    if found.is_some_and(|found| (found - others).abs() > 0.5) {
        // Names are as long as these columns leave room for.
        ui.ctx().request_repaint();
    }
    *columns = found;
}

/// The numbers of a run, after its name in at most `name` points.
fn row(
    ui: &mut Ui,
    scene: &Scene<'_>,
    run: &RunScene<'_>,
    measure: &TestMeasure,
    compared: Option<u64>,
    name: f32,
) {
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
    let Some(snapshot) = run.snapshot else {
        ui.label(
            RichText::new("reading data …")
                .size(SMALL)
                .color(palette.weak_text),
        );
        return;
    };
    let cell = |ui: &mut Ui, text: String| ui.label(RichText::new(text).size(SMALL));
    cell(ui, snapshot.model.parameters().len().to_string());
    match &snapshot.status {
        Status::Diverged(divergence) => {
            let text = format!("diverged at {}", divergence.update);
            ui.label(RichText::new(text).size(SMALL).color(palette.error));
        }
        _ => drop(cell(ui, snapshot.update.to_string())),
    }
    let history = &snapshot.history;
    let batch = history.last().map(|row| row.train_loss);
    cell(ui, told(batch));
    // A test loss is of the last look, all that follows of the weights on show: where these are not of the update that the row
    // names, or losses of another one are compared above, it says of which.
    let on_show = snapshot.update;
    let named = match &snapshot.status {
        Status::Diverged(_) => None,
        _ => Some(on_show),
    };
    let seen = snapshot.newest_test_loss();
    let is_said = says_when(named, seen.map(|(update, _)| update), on_show, compared);
    let at = |ui: &mut Ui, value: Option<f64>, update: u64| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            ui.spacing_mut().interact_size.y = 16.0;
            cell(ui, told(value));
            if value.is_some() && is_said {
                let after = RichText::new(format!("after {update}")).size(SMALL);
                ui.label(after.color(palette.weak_text));
            }
        });
    };
    at(
        ui,
        seen.map(|(_, loss)| loss),
        seen.map_or(0, |(update, _)| update),
    );
    at(ui, measure.of(snapshot), on_show);
    let apart = sequences_apart(scene.runs);
    for name in ["gradient.ratio", "gradient.reach"] {
        let answer = gradient(name).map(|measure| scene.session.ask_run(run.id, &measure));
        let value = answer.as_ref().and_then(value);
        let mut response = cell(ui, told(value));
        if let Some(apart) = &apart {
            response = response.on_hover_text(apart.as_str());
        }
        let is_told = answer.is_some_and(|told| told.answer.is_some());
        if value.is_none() && is_told {
            response.on_hover_text(match name {
                "gradient.reach" => {
                    "There is none: on its whole way back the gradient is never below a thousandth of what it was at the last step, or it is 0 there already"
                }
                _ => "There is none: at the last step the gradient is 0",
            });
        }
    }
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

/// A measure of the gradient's way back through the probe.
fn gradient(name: &str) -> Option<Question> {
    let whole = |number: f64| Argument::Number(number);
    let given = match name {
        "gradient.ratio" => BTreeMap::from([
            ("from".to_owned(), whole(-1.0)),
            ("to".to_owned(), whole(1.0)),
        ]),
        _ => BTreeMap::from([("fraction".to_owned(), whole(1e-3))]),
    };
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
            meaning: "The root of the mean squared error over the test part, in the data’s own units, as far as it is forecast",
            is_accuracy: false,
        },
    }
}

impl TestMeasure {
    fn of(&self, snapshot: &Snapshot) -> Option<f64> {
        match self.is_accuracy {
            true => snapshot.accuracy(Split::Test),
            false => snapshot.score(Split::Test).map(|score| score.rmse),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
