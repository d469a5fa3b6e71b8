//! The runs beside one another, as panels and views see them, and how their lines are told apart: by style and letter first.

use super::theme::{Palette, SMALL};
use super::widgets::LogSeries;
use crate::experiment::{Difference, Experiment, differences, in_window_words};
use crate::nn::Quantity;
use crate::session::{RunId, Session};
use crate::train::Snapshot;
use eframe::egui::{
    Color32, Painter, Rect, RichText, Sense, Shape, Stroke, StrokeKind, Ui, pos2, vec2,
};
use egui_plot::{LineStyle, MarkerShape, PlotPoints, PlotUi, Points};
use std::sync::Arc;

/// A run among others.
pub struct RunScene<'a> {
    /// Tells it from the others.
    pub id: RunId,
    /// Its place among them.
    pub index: usize,
    /// Its letter.
    pub letter: char,
    /// What it is called.
    pub name: &'a str,
    /// Whether it was given a name, or its experiment is called otherwise than that of the first without one.
    pub has_own_name: bool,
    /// What is on show of it; `None` until its data are there.
    pub snapshot: Option<&'a Arc<Snapshot>>,
    /// What it trains.
    pub experiment: &'a Experiment,
    /// In which settings it differs from the first; of the first, in which others do.
    pub differences: Vec<Difference>,
    /// Whether commands go to it.
    pub is_on_show: bool,
    /// Whether it stays as it is while all others are trained or reset.
    pub is_pinned: bool,
    /// Whether it is being trained.
    pub is_running: bool,
    /// Whether there is no run, as its data cannot be had.
    pub has_failed: bool,
    /// How long an update of it took on the mean, in seconds; `None` before the first.
    pub seconds_per_update: Option<f64>,
}

/// Two settings are told where there is little room; of more it is said that there are.
const TOLD_IN_SHORT: usize = 2;

/// Of a name that is shortened at least so many letters stand.
const LEAST_NAME: usize = 3;
/// And fewer than so many.
const LONGEST_NAME: usize = 60;

impl RunScene<'_> {
    /// What tells it from the others: its own name, and the settings in which it differs, as far as the name does not say them.
    pub fn words(&self) -> String {
        let is_told = |difference: &&Difference| self.has_own_name && says(self.name, difference);
        let others = self.differences.iter().filter(|one| !is_told(one));
        let settings = in_window_words(&others.collect::<Vec<_>>()).join(", ");
        match (self.has_own_name, settings.is_empty()) {
            (false, false) => settings,
            (true, false) => format!("{}, {settings}", self.name),
            (_, true) => self.name.to_owned(),
        }
    }

    /// The same in less room: a name that it was given is shortened before what it differs in is left out. `None` where even
    /// that has no room.
    pub fn words_that(&self, fit: impl Fn(&str) -> bool) -> Option<String> {
        let words = self.words();
        if fit(&words) {
            return Some(words);
        }
        let settings = words.strip_prefix(self.name)?;
        let settings = settings.strip_prefix(", ").filter(|_| self.has_own_name)?;
        let letters: Vec<char> = self.name.chars().collect();
        let mut shortened = (LEAST_NAME..letters.len().min(LONGEST_NAME))
            .rev()
            .map(|count| {
                let kept: String = letters[..count].iter().collect();
                format!("{}…, {settings}", kept.trim_end_matches([' ', ',']))
            });
        shortened.find(|text| fit(text))
    }

    /// What it is called where that is to be changed: its own name, or else what it is told by.
    pub fn called(&self) -> String {
        match self.has_own_name {
            true => self.name.to_owned(),
            false => self.words(),
        }
    }

    /// Its letter and as little as tells it from the others: for the end of a line.
    pub fn label(&self) -> String {
        let letter = self.letter;
        if self.has_own_name {
            return format!("{letter} {}", self.name);
        }
        let settings = in_window_words(&self.differences.iter().collect::<Vec<_>>());
        let told: Vec<&str> = settings
            .iter()
            .take(TOLD_IN_SHORT)
            .map(|setting| setting.strip_prefix("precision ").unwrap_or(setting))
            .collect();
        let mut told = told.join(", ");
        if settings.len() > TOLD_IN_SHORT {
            told.push_str(", …");
        }
        match told.is_empty() {
            true => letter.to_string(),
            false => format!("{letter} {told}"),
        }
    }
}

/// Whether a name says a setting: “Learning rate 50” says `learning_rate 50`, and “Clip at norm 1, from update 20” says
/// `after update 20 clip norm 1`. Each word of the setting stands in the name, in its order but for when it is.
fn says(name: &str, difference: &Difference) -> bool {
    let words = |text: &str| -> Vec<String> {
        let text = text.to_lowercase().replace(['_', ','], " ");
        text.split_whitespace().map(str::to_owned).collect()
    };
    let (name, told) = (words(name), words(&difference.to_string()));
    // When it is, if that is not at the start.
    let (when, what) = match &told[..] {
        [after, update, number, what @ ..] if after == "after" && update == "update" => {
            (Some([update, number]), what)
        }
        what => (None, what),
    };
    let says_when = when.is_none_or(|[update, number]| {
        name.windows(2)
            .any(|pair| pair == [update.as_str(), number.as_str()])
    });
    let mut rest = name.iter();
    says_when && what.iter().all(|word| rest.any(|other| other == word))
}

/// All runs, in the order of their letters.
pub fn all(session: &Session) -> Vec<RunScene<'_>> {
    let runs = session.runs();
    let experiments: Vec<&Experiment> = runs.iter().map(|run| run.experiment).collect();
    let mut told = differences(&experiments).into_iter();
    // Names that were given by hand tell nothing of the others.
    let first = runs.iter().find(|run| !run.is_named);
    let first = first.map_or("", |run| run.name);
    let of = runs.iter().enumerate().map(|(index, run)| RunScene {
        id: run.id,
        index,
        letter: run.letter,
        name: run.name,
        has_own_name: run.is_named || run.name != first,
        snapshot: run.snapshot,
        experiment: run.experiment,
        differences: told.next().unwrap_or_default(),
        is_on_show: run.is_on_show,
        is_pinned: run.is_pinned,
        is_running: run.is_running,
        has_failed: run.has_failed,
        seconds_per_update: run.seconds_per_update,
    });
    of.collect()
}

/// Whether all are about the same: losses of other data are not of the same thing.
pub fn share_data(runs: &[RunScene<'_>]) -> bool {
    runs.windows(2)
        .all(|pair| pair[0].experiment.has_data_of(pair[1].experiment))
}

/// Of which sequence each run is, where not all are of that of the one on show: a run with other data has sequences of its own.
pub fn sequences_apart(runs: &[RunScene<'_>]) -> Option<String> {
    let lead = runs.iter().find(|run| run.is_on_show)?.experiment;
    let is_there =
        |run: &RunScene<'_>| run.experiment.probe == lead.probe && run.experiment.has_data_of(lead);
    if runs.iter().all(is_there) {
        return None;
    }
    let told = runs.iter().map(|run| {
        let probe = run.experiment.probe;
        let whose = match run.experiment.has_data_of(lead) {
            true => "",
            false => " of other data",
        };
        let (letter, split) = (run.letter, probe.split.name());
        // Counted from 1, as everywhere in the window.
        format!("{letter} of {split} sequence {}{whose}", probe.index + 1)
    });
    let told: Vec<String> = told.collect();
    Some(format!(
        "Not all are of the same sequence: {}.",
        told.join(", ")
    ))
}

/// The style of the lines of a run, by its place.
pub fn line_style(index: usize) -> LineStyle {
    match index % 4 {
        0 => LineStyle::Solid,
        1 => LineStyle::Dashed { length: 9.0 },
        2 => LineStyle::Dotted { spacing: 4.0 },
        _ => LineStyle::Dashed { length: 4.0 },
    }
}

/// The colour of a run, by its place: beside runs no quantities are drawn as lines.
pub fn color(palette: &Palette, index: usize) -> Color32 {
    match index % 4 {
        0 => palette.strong_text,
        1 => palette.quantity(Quantity::F),
        2 => palette.quantity(Quantity::C),
        _ => palette.quantity(Quantity::H),
    }
}

/// Marks the ends of lines on a logarithmic axis that go on at exactly 0, where the axis has no place for them.
pub fn zero_marks(plot: &mut PlotUi<'_>, at: Vec<[f64; 2]>, color: Color32) {
    if !at.is_empty() {
        let marks = Points::new("exactly 0 beyond here", PlotPoints::from(at));
        let marks = marks.shape(MarkerShape::Square).filled(false);
        plot.points(marks.radius(4.0).color(color));
    }
}

/// Whether any of these series goes on at exactly 0 on the left of its mark, and whether any on the right.
pub fn sides_of_zero<'a>(all: impl Iterator<Item = &'a LogSeries>) -> [bool; 2] {
    all.map(LogSeries::sides_of_zero)
        .fold([false; 2], |[left, right], [before, after]| {
            [left | before, right | after]
        })
}

/// What these marks mean: on which side of them, left and right, there are zeros. Nothing where there are none.
pub fn zero_key(ui: &mut Ui, sides: [bool; 2]) {
    let what = match sides {
        [false, false] => return,
        [true, false] => "exactly 0 left of here",
        [false, true] => "exactly 0 right of here",
        [true, true] => "exactly 0 beyond here",
    };
    let weak = Palette::of(ui.visuals()).weak_text;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let (rect, _) = ui.allocate_exact_size(vec2(10.0, 14.0), Sense::hover());
        let square = Rect::from_center_size(rect.center(), vec2(7.0, 7.0));
        let stroke = Stroke::new(1.0, weak);
        ui.painter()
            .rect_stroke(square, 0.0, stroke, StrokeKind::Middle);
        let text = RichText::new(what).size(SMALL).color(weak);
        ui.label(text).on_hover_text(
            "A logarithmic axis has no place for 0: the line stops at the last value that is none",
        );
    });
}

/// Paints a piece of a run's line into the middle of `rect`.
pub fn swatch(painter: &Painter, rect: Rect, index: usize, palette: &Palette) {
    let line = [rect.left_center(), rect.right_center()];
    let (color, y) = (color(palette, index), rect.center().y);
    let stroke = Stroke::new(2.0, color);
    match line_style(index) {
        LineStyle::Solid => drop(painter.line_segment(line, stroke)),
        LineStyle::Dashed { length } => {
            painter.extend(Shape::dashed_line(&line, stroke, length, 0.6 * length));
        }
        LineStyle::Dotted { spacing } => {
            let mut x = rect.left() + 1.0;
            while x < rect.right() {
                painter.circle_filled(pos2(x, y), 1.3, color);
                x += spacing;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Location, Probe, Setting};
    use crate::session::{Command, Comparison, Origin, Parting};

    fn settled(session: &mut Session, commands: impl IntoIterator<Item = Command>) {
        for command in commands {
            session.apply(command);
            session.settle().unwrap();
        }
    }

    /// A small LSTM.
    fn alone() -> Session {
        let text = "format = 1\nseed = 3\n[data]\ntask = \"adding\"\nlength = 9\ntrain_sequences = 24\ntest_sequences = 8\n\
                    [model]\ncell = \"lstm\"\nhidden_size = 3\n[training]\nupdates = 6\nbatch_size = 8\n";
        let mut session = Session::new(|| {});
        let origin = Origin::Text {
            text: text.into(),
            location: Location::BuiltIn,
            name: "mine".into(),
        };
        settled(&mut session, [Command::Open(origin)]);
        session
    }

    fn words(session: &Session) -> Vec<String> {
        all(session).iter().map(RunScene::words).collect()
    }

    /// Whichever run was given a name, it is told at that run and at no other, whatever becomes of the others.
    #[test]
    fn a_name_given_to_a_run_stands_at_that_run_alone() {
        let mut session = alone();
        settled(&mut session, [Command::Compare(Comparison::CellsByUnits)]);
        let plain = ["LSTM", "RNN (tanh)", "GRU"];
        assert_eq!(words(&session), plain);
        settled(&mut session, [Command::Rename("first".into())]);
        let named = ["first, LSTM", "RNN (tanh)", "GRU"];
        assert_eq!(words(&session), named);
        assert_eq!(session.name(), "first");
        // At the next launch too.
        let mut again = Session::restored(&session.saved(), || {});
        again.settle().unwrap();
        assert_eq!(words(&again), named);
        settled(&mut session, [Command::Undo]);
        assert_eq!(words(&session), plain);
        // One that becomes the first keeps its own.
        let [first, second] = [0, 1].map(|at| session.runs()[at].id);
        let rename = Command::To(second, Box::new(Command::Rename("second".into())));
        settled(&mut session, [rename, Command::Remove(first)]);
        assert_eq!(words(&session), ["second, RNN (tanh)", "GRU"]);
        // Its copy has none.
        settled(&mut session, [Command::Show(second), Command::Duplicate]);
        assert_eq!(words(&session)[2], "mine");
    }

    /// Which name is being changed is what the run is called on the screen, and a long one leaves room for what tells it apart.
    #[test]
    fn a_run_is_renamed_by_what_it_is_called_and_still_says_what_differs() {
        let mut session = alone();
        settled(&mut session, [Command::Compare(Comparison::CellsByUnits)]);
        let second = session.runs()[1].id;
        let called = |session: &Session| all(session)[1].called();
        assert_eq!(called(&session), "RNN (tanh)");
        let name = "plain one, my own very long name";
        let rename = Command::Rename(name.into());
        settled(&mut session, [Command::To(second, Box::new(rename))]);
        assert_eq!(called(&session), name);
        assert_eq!(
            session.undoable(),
            Some("Renamed run B to plain one, my own very long name")
        );
        let runs = all(&session);
        let within = |most: usize| runs[1].words_that(|text| text.chars().count() <= most);
        assert_eq!(within(99), Some(format!("{name}, RNN (tanh)")));
        assert_eq!(
            within(30).as_deref(),
            Some("plain one, my own…, RNN (tanh)")
        );
        assert_eq!(within(16).as_deref(), Some("pla…, RNN (tanh)"));
        assert_eq!(within(15), None);
        assert_eq!(runs[2].words_that(|text| text.len() < 3), None);
    }

    /// Of no run a key of the settings is read.
    #[test]
    fn settings_are_told_as_the_window_calls_them() {
        let difference = |setting: &str, value: &str| Difference {
            setting: setting.into(),
            value: value.into(),
        };
        let told = |settings: &[(&str, &str)]| {
            let all: Vec<Difference> = settings.iter().map(|(a, b)| difference(a, b)).collect();
            in_window_words(&all.iter().collect::<Vec<_>>()).join(", ")
        };
        let both = [
            ("cell", "gru"),
            ("hidden_size", "5"),
            ("decoder.cell", "lstm"),
        ];
        assert_eq!(told(&both), "GRU → LSTM, 5 units");
        assert_eq!(told(&[("decoder.cell", "gru")]), "decoder GRU");
        assert_eq!(
            told(&[("num_layers", "1"), ("batch_size", "8")]),
            "1 layer, batch size 8"
        );
        assert_eq!(told(&[("decoder.hidden_size", "9")]), "decoder 9 units");
        let weight = [("after update 20 bias_hh_l0[3]", "0.5")];
        assert_eq!(told(&weight), "after update 20 bias_hh_l0[3] 0.5");
    }

    #[test]
    fn what_the_name_of_a_run_says_is_not_said_again() {
        let mut session = alone();
        let beside = |name: &str, changes: Vec<Command>| Command::Beside {
            name: Some(name.into()),
            parting: Parting::Start,
            changes,
        };
        let cell = Command::Set {
            path: "model.cell".into(),
            value: Setting::Text("gru".into()),
        };
        let rate = || Command::SetLearningRate(50.0);
        settled(
            &mut session,
            [
                beside("Learning rate 50", vec![rate()]),
                beside("Learning rate 5", vec![rate()]),
                beside("Learning rate 50", vec![rate(), cell]),
            ],
        );
        assert_eq!(
            words(&session)[1..],
            [
                "Learning rate 50",
                "Learning rate 5, learning rate 50",
                "Learning rate 50, GRU"
            ]
        );
        let difference = |setting: &str, value: &str| Difference {
            setting: setting.into(),
            value: value.into(),
        };
        let later = difference("after update 20 clip", "norm 1");
        assert!(says("Clip at norm 1, from update 20", &later));
        assert!(!says("Clip at norm 1, from update 200", &later));
        assert!(!says("Clip at norm 1", &later));
    }

    #[test]
    fn a_run_with_other_data_says_of_which_sequence_it_is() {
        let mut session = alone();
        settled(&mut session, [Command::Compare(Comparison::Precision)]);
        let split = session.probe().split;
        let probe = |index| Command::Probe(Probe { split, index });
        settled(&mut session, [probe(3)]);
        assert_eq!(sequences_apart(&all(&session)), None);
        settled(&mut session, [Command::Compare(Comparison::Seed), probe(5)]);
        assert_eq!(
            sequences_apart(&all(&session)).as_deref(),
            Some(
                "Not all are of the same sequence: A of test sequence 6, B of test sequence 6, C of test sequence 4 of other data."
            )
        );
    }
}
