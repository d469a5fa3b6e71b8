//! The errors of all models on identical targets: a table, or a line where there is no room for one, and what they come to in
//! words.

use super::{Page, Prediction, color_of, model_term};
use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::views::Scene;
use crate::app::widgets::{Term, caption, explained, number, numbers, small_width};
use crate::baseline::Score;
use crate::data::Split;
use crate::experiment::{BaselineKind, Baselines, Scores};
use crate::nn::Readout;
use crate::words::{grouped, many};
use eframe::egui::{
    Align, Color32, Grid, Layout, Response, RichText, Sense, Shape, Stroke, Ui, vec2,
};

/// The width of the table of scores, and the least width of a view that has room for it beside the plot.
pub(super) const TABLE: f32 = 244.0;

/// The width of a number in it, unless one is wider, as powers of ten are.
const NUMBER: f32 = 42.0;

/// The width of the column that says over how many targets a score is, where it is over fewer than all.
const COUNT: f32 = 48.0;

impl Prediction {
    /// How far ahead what is scored lies, in words.
    fn ahead_of(&self, baselines: &Baselines) -> String {
        many(baselines.output(self.output).1, "row")
    }

    /// The errors of all models on identical targets.
    pub(super) fn in_a_line(&self, ui: &mut Ui, scene: &Scene<'_>, baselines: &Baselines) {
        let palette = Palette::of(ui.visuals());
        let Some(scores) = scene.snapshot.scores(self.split(), self.output) else {
            return;
        };
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            let head = match self.page {
                Page::Each => "RMSE".to_owned(),
                // Beside many rows ahead it would be taken for theirs.
                _ => format!("RMSE {} ahead", self.ahead_of(baselines)),
            };
            explained(caption(ui, &head), "", &[Term::Rmse]);
            for (kind, score) in compared(scores, baselines) {
                let color = kind.map_or(palette.prediction, |kind| color_of(kind, &palette));
                let text = format!("{} {}", score.model, number(score.rmse));
                let label = ui.label(RichText::new(text).size(SMALL).color(color));
                explained(label, "", kind.map(model_term).as_slice());
            }
        });
    }

    /// The scores of all models on identical targets, and the network's over all of them.
    pub(super) fn table(&self, ui: &mut Ui, scene: &Scene<'_>, baselines: &Baselines) {
        let palette = Palette::of(ui.visuals());
        let (split, snapshot) = (self.split(), scene.snapshot);
        let scores = snapshot.scores(split, self.output);
        let Some(scores) = scores.filter(|scores| scores.network.is_some()) else {
            caption(ui, "Scores appear once there are targets.");
            return;
        };
        let partial = is_partial(scores);
        let models = compared(scores, baselines);
        // Rows of text, not of controls.
        ui.spacing_mut().interact_size.y = 16.0;
        ui.spacing_mut().item_spacing.y = 3.0;
        let best = models
            .iter()
            .map(|(_, score)| *score)
            .filter(|score| score.rmse.is_finite())
            .min_by(|a, b| a.rmse.total_cmp(&b.rmse))
            .map(|score| score.model.as_str());
        let Columns { all, texts, widths } = Columns::of(ui, scores, baselines);
        Grid::new("scores")
            .num_columns(if partial { 5 } else { 4 })
            .spacing([6.0, 2.0])
            .show(ui, |ui| {
                ui.label("");
                let heads = [
                    ("RMSE", Term::Rmse),
                    ("MAE", Term::Mae),
                    ("MASE", Term::Mase),
                ];
                for ((head, term), width) in heads.into_iter().zip(widths) {
                    let text = RichText::new(head).size(SMALL).color(palette.weak_text);
                    at_right(ui, width, |ui| explained(ui.label(text), "", &[term]));
                }
                if partial {
                    let text = RichText::new("n").size(SMALL).color(palette.weak_text);
                    at_right(ui, NUMBER, |ui| {
                        ui.label(text).on_hover_text("Over how many targets")
                    });
                }
                ui.end_row();
                for (index, (kind, score)) in all.iter().enumerate() {
                    let color = kind.map_or(palette.prediction, |kind| color_of(kind, &palette));
                    let values = texts.each_ref().map(|column| column[index].as_str());
                    let compared = index < models.len();
                    let best = compared && best == Some(score.model.as_str());
                    let name = match (compared, kind) {
                        (false, _) => "network, all".to_owned(),
                        // “seasonal naive (12)” has little room.
                        (true, _) => score.model.replacen("seasonal naive", "season", 1),
                    };
                    let here = row(ui, &name, color, kind.is_some());
                    explained(here, &score.model, kind.map(model_term).as_slice());
                    let is_best = |column: usize| column == 0 && best;
                    for (column, (value, width)) in values.into_iter().zip(widths).enumerate() {
                        let text = RichText::new(value).size(SMALL);
                        let text = match is_best(column) {
                            true => text.strong().color(palette.strong_text),
                            false => text.color(palette.text),
                        };
                        let label = at_right(ui, width, |ui| ui.label(text));
                        if is_best(column) {
                            label.on_hover_text("The smallest of them");
                        }
                    }
                    if partial {
                        let n = RichText::new(grouped(score.n)).size(SMALL);
                        at_right(ui, NUMBER, |ui| ui.label(n.color(palette.weak_text)));
                    }
                    ui.end_row();
                }
            });
        // Of the colours in the plot, the one that no row of the table has.
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 5.0;
            let (rect, _) = ui.allocate_exact_size(vec2(10.0, 14.0), Sense::hover());
            let stroke = Stroke::new(2.0, palette.test);
            ui.painter().hline(rect.x_range(), rect.center().y, stroke);
            ui.label(RichText::new("truth").size(SMALL).color(palette.test));
            if self.page == Page::Each && scene.snapshot.probe.split == split {
                ui.add_space(GRID);
                let (rect, _) = ui.allocate_exact_size(vec2(4.0, 14.0), Sense::hover());
                let stroke = Stroke::new(1.0, palette.cursor);
                ui.painter().vline(rect.center().x, rect.y_range(), stroke);
                let text = RichText::new("sequence on show").size(SMALL);
                ui.label(text.color(palette.weak_text)).on_hover_text(
                    "The row that the sequence under the lens forecasts; a click in the plot puts another one there",
                );
            }
            if self.page == Page::Ahead {
                let text = |text| RichText::new(text).size(SMALL).color(palette.prediction);
                ui.add_space(GRID);
                ui.label(text("— row by row"))
                    .on_hover_text("Each forecast is fed back as the next input");
                ui.label(text("● at once"))
                    .on_hover_text("The network's outputs for this window, one for each row ahead");
            }
        });
        ui.add_space(4.0);
        if self.page == Page::Ahead {
            let scored = self.ahead_of(baselines);
            caption(
                ui,
                &format!(
                    "Scored are forecasts {scored} ahead, each on its own; the plot shows many rows after one."
                ),
            );
        }
        let compared: Vec<&Score> = models.iter().map(|(_, score)| *score).collect();
        let verdict = match self.page {
            Page::Ahead => {
                let at = format!("At {} ahead the network", self.ahead_of(baselines));
                verdict(&compared).replacen("The network", &at, 1)
            }
            _ => verdict(&compared),
        };
        let told = match scene.snapshot.update {
            0 if !verdict.is_empty() => format!("Not trained yet. {verdict}"),
            _ => verdict,
        };
        caption(ui, &told);
        let readout = snapshot.material.network.readout();
        for sentence in over(scores, baselines, readout, split, self.output) {
            caption(ui, &sentence);
        }
        if let Some(phrase) = snapshot.forecasts(split).phrase() {
            caption(
                ui,
                &format!("Over the {phrase} {} sequences.", split.name()),
            );
        }
    }
}

/// How wide the table is.
pub(super) fn width(ui: &Ui, scores: Option<&Scores>, baselines: &Baselines) -> f32 {
    scores.map_or(TABLE, |scores| {
        let widths = Columns::of(ui, scores, baselines).widths;
        let wider: f32 = widths.iter().map(|width| width - NUMBER).sum();
        TABLE + wider + COUNT * f32::from(u8::from(is_partial(scores)))
    })
}

/// The table of scores: a row for each model, in words, and how wide its columns of numbers must be.
struct Columns<'a> {
    /// The models that are compared, then the network over all targets where those are more.
    all: Vec<(Option<BaselineKind>, &'a Score)>,
    texts: [Vec<String>; 3],
    widths: [f32; 3],
}

impl<'a> Columns<'a> {
    fn of(ui: &Ui, scores: &'a Scores, baselines: &Baselines) -> Self {
        let own = scores.network.as_ref().filter(|_| is_partial(scores));
        let mut all = compared(scores, baselines);
        all.extend(own.map(|score| (None, score)));
        // Two errors in one unit have equally many decimals.
        let mut rmse = column(&all, &[|score| Some(score.rmse), |score| Some(score.mae)]);
        let mae = rmse.split_off(all.len());
        let texts = [rmse, mae, column(&all, &[|score| score.mase])];
        let widths = texts.each_ref().map(|column| {
            let widths = column.iter().map(|text| small_width(ui, text));
            widths.fold(NUMBER, f32::max).ceil()
        });
        Self { all, texts, widths }
    }
}

/// Whether models are compared on fewer targets than there are.
fn is_partial(scores: &Scores) -> bool {
    scores.compared.is_some() && scores.common() < scores.all()
}

/// The models that are compared, the network first; a baseline has its kind.
fn compared<'a>(
    scores: &'a Scores,
    baselines: &Baselines,
) -> Vec<(Option<BaselineKind>, &'a Score)> {
    let network = scores.compared.as_ref().map(|score| (None, score));
    let kinds = baselines.list.iter().zip(&scores.baselines);
    let others = kinds.filter_map(|(baseline, score)| Some((Some(baseline.kind), score.as_ref()?)));
    network.into_iter().chain(others).collect()
}

/// Over how many targets the scores are, and who is not among them.
fn over(
    scores: &Scores,
    baselines: &Baselines,
    readout: Readout,
    split: Split,
    output: usize,
) -> Vec<String> {
    let part = split.name();
    let targets = if is_partial(scores) {
        let [common, all] = [scores.common(), scores.all()].map(grouped);
        format!("Compared on {common} of {all} {part} targets: those that all models here reach")
    } else {
        format!(
            "{}, the same for all",
            many(scores.all(), &format!("{part} target"))
        )
    };
    let (target, _) = baselines.output(output);
    let absent = baselines.list.iter().zip(&scores.baselines);
    let absent: Vec<String> = absent
        .filter(|(_, score)| score.is_none())
        .map(|(baseline, _)| baseline.title(target))
        .collect();
    let left_out = (!absent.is_empty()).then(|| {
        format!(
            "Left out, as no target has as many rows before it: {}",
            absent.join(", ")
        )
    });
    let every = (readout == Readout::Every).then(|| {
        "Scored is what is said after each sequence’s last row; the loss is over every step".into()
    });
    std::iter::once(targets)
        .chain(every)
        .chain(left_out)
        .collect()
}

/// What the scores say of the network, in words.
fn verdict(scores: &[&Score]) -> String {
    let Some((network, others)) = scores.split_first() else {
        return String::new();
    };
    let names = |better: bool| -> Vec<&str> {
        others
            .iter()
            .filter(|other| (network.rmse < other.rmse) == better)
            .map(|other| other.model.as_str())
            .collect()
    };
    let (beaten, unbeaten) = (names(true), names(false));
    match (&beaten[..], &unbeaten[..]) {
        ([], []) => String::new(),
        (beaten, []) => format!("The network beats {} (RMSE).", enumerated(beaten, "and")),
        ([], unbeaten) => format!(
            "The network does not beat {} (RMSE).",
            enumerated(unbeaten, "or")
        ),
        (beaten, unbeaten) => format!(
            "The network beats {}, but not {} (RMSE).",
            enumerated(beaten, "and"),
            enumerated(unbeaten, "or")
        ),
    }
}

/// “AR(9), naive and seasonal naive”.
fn enumerated(names: &[&str], last: &str) -> String {
    match names {
        [before @ .., end] if !before.is_empty() => {
            format!("{} {last} {end}", before.join(", "))
        }
        _ => names.concat(),
    }
}

/// Measures of all models, one after the other, as they are written below each other.
fn column(
    scores: &[(Option<BaselineKind>, &Score)],
    measures: &[fn(&Score) -> Option<f64>],
) -> Vec<String> {
    let of = |measure: &fn(&Score) -> Option<f64>| -> Vec<Option<f64>> {
        scores.iter().map(|(_, score)| measure(score)).collect()
    };
    let all: Vec<Option<f64>> = measures.iter().flat_map(of).collect();
    numbers(&all)
}

/// A model's name with the line that it is drawn with.
fn row(ui: &mut Ui, name: &str, color: Color32, dashed: bool) -> Response {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        let (rect, _) = ui.allocate_exact_size(vec2(10.0, 14.0), Sense::hover());
        let stroke = Stroke::new(2.0, color);
        match dashed {
            true => {
                let ends = [rect.left_center(), rect.right_center()];
                ui.painter()
                    .extend(Shape::dashed_line(&ends, stroke, 4.0, 2.0));
            }
            false => {
                ui.painter().hline(rect.x_range(), rect.center().y, stroke);
            }
        }
        ui.label(RichText::new(name).size(SMALL).color(color))
    })
    .inner
}

/// A cell whose content stands at its right edge.
fn at_right(ui: &mut Ui, width: f32, content: impl FnOnce(&mut Ui) -> Response) -> Response {
    let size = vec2(width, ui.spacing().interact_size.y);
    let layout = Layout::right_to_left(Align::Center);
    ui.allocate_ui_with_layout(size, layout, content).inner
}
