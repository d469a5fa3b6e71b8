//! What the network says beside what came, in the data's own units, with baselines for company and the scores of all of them.

mod confusion;

use super::{Home, Purpose, Scene, Shared, View, has_room};
use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{
    Scale, Term, caption, explained, listed, number, numbers, over_time, plot, segmented,
    segmented_width, small_width,
};
use crate::baseline::Score;
use crate::data::{Dataset, Split, Targets};
use crate::experiment::{BaselineKind, Baselines, Material, Probe, Scores};
use crate::nn::Readout;
use crate::session::Command;
use crate::train::snapshot::Compared;
use crate::train::{Ahead, Answer, Question};
use crate::words::{counted, grouped, many};
use eframe::egui::{
    Align, Color32, ComboBox, FontId, Grid, Layout, Response, RichText, ScrollArea, Sense, Stroke,
    Ui, pos2, vec2,
};
use egui_plot::{
    Line, LineStyle, MarkerShape, PlotPoint, PlotPoints, PlotTransform, PlotUi, Points, Polygon,
    VLine,
};
use std::sync::Arc;

/// Predictions against truth.
#[derive(Default)]
pub struct Prediction {
    part: Part,
    page: Page,
    class_page: ClassPage,
    origin: Origin,
    output: usize,
}

/// The class that stands at a height; nothing between two of them.
fn class_at(names: &[String], height: f64) -> String {
    const SHOWN: usize = 9;
    let name = names.get(height as usize);
    let Some(name) = name.filter(|_| height >= 0.0 && height.fract() == 0.0) else {
        return String::new();
    };
    match name.char_indices().nth(SHOWN + 1) {
        Some(_) => name.chars().take(SHOWN).chain(['…']).collect(),
        None => name.clone(),
    }
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Part {
    #[default]
    Test,
    Train,
}

/// Said of the choice of one.
const WHICH_PART: &str = "Which part's answers are on show and scored";

/// What a forecast is looked at as.
#[derive(Clone, Copy, Default, PartialEq)]
enum Page {
    /// Each target with what was said before it.
    #[default]
    Each,
    /// Many rows after one.
    Ahead,
}

/// What answers by classes are looked at as.
#[derive(Clone, Copy, Default, PartialEq)]
enum ClassPage {
    /// Which are taken for which.
    #[default]
    Confusion,
    /// Each answer.
    Each,
}

/// Where a forecast of many rows begins.
#[derive(Clone, Copy, Default, PartialEq)]
enum Origin {
    #[default]
    Probe,
    End,
}

/// Sequences drawn at most, the newest.
const DRAWN: usize = 400;

/// Rows before a forecast of many rows that are drawn for one that is forecast.
const BEFORE: usize = 3;

/// The width of the table of scores, and the least width of a view that has room for it beside the plot.
const TABLE: f32 = 244.0;
/// A list of pages takes so many points.
const LIST: f32 = 96.0;
/// The height at which there is room for it above the plot.
const BOTH: f32 = 300.0;
const ROOMY: f32 = 440.0;

/// The width of a number in it, unless one is wider, as powers of ten are.
const NUMBER: f32 = 42.0;

/// The width of the column that says over how many targets a score is, where it is over fewer than all.
const COUNT: f32 = 48.0;

impl View for Prediction {
    fn name(&self) -> &'static str {
        "prediction"
    }

    fn title(&self) -> &'static str {
        "Prediction"
    }

    fn question(&self) -> &'static str {
        "What does the network say beside what came, and is it better than the baselines?"
    }

    fn home(&self, layout: Purpose) -> Home {
        match layout {
            Purpose::Explore => Home::LastRow(1.3),
            Purpose::Cell => Home::Closed("number"),
            Purpose::Gradients => Home::Closed("training"),
            Purpose::Forecast => Home::Row(2.2),
            Purpose::Compare => Home::Closed("comparison"),
            Purpose::All => Home::LastRow(1.15),
        }
    }

    fn tools(&mut self, ui: &mut Ui, scene: &Scene<'_>, _: &mut Shared) {
        // Beside the title there is little room in a narrow window.
        ui.spacing_mut().item_spacing.x = 5.0;
        let palette = Palette::of(ui.visuals());
        let snapshot = scene.snapshot;
        let parts = [(Part::Test, "test"), (Part::Train, "train")];
        if let Some(baselines) = &snapshot.material.baselines {
            let (page, origin) = (self.page, self.origin);
            let pages = [(Page::Each, "each row"), (Page::Ahead, "rows ahead")];
            let origins = [(Origin::Probe, "probe"), (Origin::End, "end")];
            let first = if page == Page::Each {
                segmented_width(ui, &parts)
            } else {
                segmented_width(ui, &origins)
            };
            let roomy = ui.available_width() >= first + 5.0 + segmented_width(ui, &pages);
            if page == Page::Each {
                let choice = choose(ui, roomy, "Part", &mut self.part, &parts);
                explained(choice, WHICH_PART, &[Term::TestPart]);
            } else {
                choose(ui, roomy, "From", &mut self.origin, &origins).on_hover_text(match origin {
                    Origin::Probe => "From the last row of the sequence under the lens; a click in the other plot chooses it",
                    Origin::End => "From the last row of the data",
                });
            }
            // Where not even a list of them has room the part alone can be chosen.
            if roomy || ui.available_width() >= LIST {
                let choice = choose(ui, roomy, "Page", &mut self.page, &pages);
                let here = "Each row: what was said of it before it came, at the horizon that the network was trained for. Rows \
                            ahead: many rows after one, each forecast read as the next input";
                explained(choice, here, &[Term::Horizon]);
            }
            self.choose_output(ui, &snapshot.material.dataset, baselines);
            return;
        }
        let choice = segmented(ui, "Part", &mut self.part, &parts);
        explained(choice, WHICH_PART, &[Term::TestPart]);
        if matches!(snapshot.material.dataset.targets, Targets::Classes { .. }) {
            let pages = [
                (ClassPage::Confusion, "confusion"),
                (ClassPage::Each, "each"),
            ];
            let roomy = ui.available_width() >= segmented_width(ui, &pages);
            choose(ui, roomy, "Page", &mut self.class_page, &pages);
            if self.class_page == ClassPage::Confusion {
                return;
            }
        }
        let split = self.split();
        let said = match (snapshot.score(split), snapshot.accuracy(split)) {
            (Some(score), _) => format!("RMSE {}", number(score.rmse)),
            (None, Some(accuracy)) => format!("{:.1} % right", accuracy * 100.0),
            (None, None) => String::new(),
        };
        // Of a large part the newest alone are on show.
        let forecasts = snapshot.forecasts(split);
        let said = match forecasts.phrase() {
            Some(phrase) if !said.is_empty() => format!("{said}, {phrase}"),
            _ => said,
        };
        let whole = format!("network {said}");
        // The number above all; it is the network's own, as its colour says.
        let said = match has_room(ui, &whole, ENTRY) {
            true => whole.trim_end(),
            false => &said,
        };
        let measure = match snapshot.score(split) {
            Some(_) => Term::Rmse,
            None => Term::Accuracy,
        };
        let here = "The network's, over this part";
        explained(entry(ui, said, palette.prediction), here, &[measure]);
        if has_room(ui, "truth", ENTRY) {
            entry(ui, "truth", palette.test);
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, _: &mut Shared) -> Vec<Command> {
        let Some(baselines) = &scene.snapshot.material.baselines else {
            let classes = matches!(
                scene.snapshot.material.dataset.targets,
                Targets::Classes { .. }
            );
            if classes && self.class_page == ClassPage::Confusion {
                self.confusion(ui, scene);
                return Vec::new();
            }
            return self.each(ui, scene, None);
        };
        self.output = self
            .output
            .min(scene.snapshot.train.outputs.saturating_sub(1));
        let scores = scene.snapshot.scores(self.split(), self.output);
        let table = scores.map_or(TABLE, |scores| {
            let widths = Columns::of(ui, scores, baselines).widths;
            let wider: f32 = widths.iter().map(|width| width - NUMBER).sum();
            TABLE + wider + COUNT * f32::from(u8::from(is_partial(scores)))
        });
        let roomy = ui.available_width() >= ROOMY + table - TABLE;
        let mut commands = Vec::new();
        if roomy {
            let (width, height) = (ui.available_width(), ui.available_height());
            ui.horizontal_top(|ui| {
                ui.allocate_ui_with_layout(
                    vec2(width - table - 2.0 * GRID, height),
                    Layout::top_down(Align::Min),
                    |ui| commands = self.plots(ui, scene, baselines),
                );
                ui.add_space(GRID);
                ui.allocate_ui_with_layout(
                    vec2(table, height),
                    Layout::top_down(Align::Min),
                    |ui| {
                        ScrollArea::vertical()
                            .id_salt("scores")
                            .show(ui, |ui| self.table(ui, scene, baselines));
                    },
                );
            });
        } else {
            // The scores first: they stay on the screen whatever the plot leaves of it. Where both have no room a line is
            // enough.
            if ui.available_height() >= BOTH {
                self.table(ui, scene, baselines);
                ui.add_space(GRID);
            } else {
                self.in_a_line(ui, scene, baselines);
            }
            commands = self.plots(ui, scene, baselines);
        }
        commands
    }
}

impl Prediction {
    /// Which classes are taken for which.
    fn confusion(&self, ui: &mut Ui, scene: &Scene<'_>) {
        // Above, where it is not cut.
        if let Some(phrase) = scene.snapshot.forecasts(self.split()).phrase() {
            caption(ui, &format!("Over the {phrase} sequences"));
        }
        let told = scene.session.ask(&Question::Confusion(self.split()));
        if let Some(Answer::Confusion(Some(confusion))) = told.answer.as_deref() {
            confusion::show(ui, confusion);
        }
    }

    fn split(&self) -> Split {
        match self.part {
            Part::Test => Split::Test,
            Part::Train => Split::Train,
        }
    }

    /// Which target, and which row ahead, where there are several.
    fn choose_output(&mut self, ui: &mut Ui, dataset: &Dataset, baselines: &Baselines) {
        let names = &dataset.output_names;
        if names.len() < 2 {
            return;
        }
        self.output = self.output.min(names.len() - 1);
        let (_, ahead) = baselines.output(self.output);
        ComboBox::from_id_salt("output")
            .selected_text(&names[self.output])
            .width(96.0)
            .show_ui(ui, |ui| {
                for (output, name) in names.iter().enumerate() {
                    ui.selectable_value(&mut self.output, output, name);
                }
            })
            .response
            .on_hover_text(format!(
                "The output on show, {} ahead",
                counted(ahead, "row")
            ));
    }

    fn plots(
        &mut self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        baselines: &Arc<Baselines>,
    ) -> Vec<Command> {
        match self.page {
            Page::Each => self.each(ui, scene, Some(baselines)),
            Page::Ahead => {
                self.ahead(ui, scene, baselines);
                Vec::new()
            }
        }
    }

    /// Each target of a part with what was said before it.
    fn each(
        &mut self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        baselines: Option<&Arc<Baselines>>,
    ) -> Vec<Command> {
        let palette = Palette::of(ui.visuals());
        let snapshot = scene.snapshot;
        let dataset = &snapshot.material.dataset;
        let mut commands = Vec::new();
        let (split, output) = (self.split(), self.output);
        let forecasts = snapshot.forecasts(split);
        let classes = matches!(dataset.targets, Targets::Classes { .. });
        let ahead = baselines.map_or(dataset.ahead(), |baselines| baselines.output(output).1);
        let every = snapshot.material.network.readout() == Readout::Every;
        let skipped = forecasts.rows.len().saturating_sub(DRAWN);
        let position = |index: usize, compared: &Compared| match baselines {
            Some(_) => dataset.position_ahead(compared.row, ahead),
            // Answers on the way are many to a sequence. Counted from 1, as everywhere in the window.
            None if classes && every => (skipped + index + 1) as f64,
            None => (forecasts.sequences[skipped + index] + 1) as f64,
        };
        let output = if classes { 0 } else { output };
        let shown: Vec<(f64, Compared)> = forecasts
            .compared(&snapshot.material, output, skipped)
            .enumerate()
            .map(|(index, compared)| (position(index, &compared), compared))
            .collect();
        let series = |of: &dyn Fn(&Compared) -> Option<f64>| -> Pieces {
            let points = shown
                .iter()
                .filter_map(|(x, compared)| Some((compared.row, [*x, of(compared)?])));
            pieces(dataset, points)
        };
        let truth = series(&|c| Some(c.target));
        let said = series(&|c| Some(c.prediction));
        let x_name = match baselines {
            Some(_) => dataset.position_name(),
            None if classes && every => "answer",
            None => "sequence",
        };
        let y_name = match &dataset.targets {
            Targets::Classes { .. } => "class",
            Targets::Values(_) => dataset
                .output_names
                .get(output)
                .map_or("value", String::as_str),
        };
        let at_probe = (snapshot.probe.split == split)
            .then(|| {
                shown
                    .iter()
                    .find(|(_, c)| c.row + 1 == snapshot.probe.rows.end)
                    .map(|(x, _)| *x)
            })
            .flatten();
        let of_baselines = match baselines {
            Some(_) => lines(scene, output, &shown),
            None => Vec::new(),
        };
        let height = ui.available_height().max(60.0);
        let dates = |position: f64| dataset.date_at(position);
        let plot = match baselines {
            Some(_) => over_time(ui, "prediction", x_name, y_name, &dates),
            None => plot(ui, "answers", x_name, y_name, Scale::Linear),
        };
        let names = &dataset.output_names;
        let plot = match classes {
            true => plot.y_axis_formatter(move |mark, _| class_at(names, mark.value)),
            false => plot,
        };
        let response = plot
            .height(height)
            .width(ui.available_width() - 8.0)
            .show_crosshair(false)
            .show(ui, |ui| {
                if let Some(x) = at_probe {
                    ui.vline(
                        VLine::new("probe", x)
                            .color(palette.cursor.gamma_multiply(0.6))
                            .width(1.0),
                    );
                }
                let Some(baselines) = baselines else {
                    // Sequences have no order that a line could show.
                    ui.points(dots("truth", truth.concat(), palette.test, false));
                    ui.points(dots("network", said.concat(), palette.prediction, true));
                    return;
                };
                for (baseline, pieces) in baselines.list.iter().zip(of_baselines).rev() {
                    let name = baseline.title(baselines.output(output).0);
                    for points in pieces {
                        ui.line(thin(&name, points, color_of(baseline.kind, &palette)));
                    }
                }
                for points in truth {
                    let line = Line::new("truth", PlotPoints::from(points));
                    ui.line(line.color(palette.test).width(1.5));
                }
                for points in said {
                    let line = Line::new("network", PlotPoints::from(points));
                    ui.line(line.color(palette.prediction).width(2.0));
                }
            });
        if baselines.is_some() {
            name_groups(ui, &snapshot.material, &shown, &response.transform);
        }
        if response.response.clicked()
            && let Some(at) = response.response.interact_pointer_pos()
        {
            // A click puts the nearest sequence under the lens.
            let x = response.transform.value_from_position(at).x;
            let nearest = shown
                .iter()
                .enumerate()
                .min_by(|(_, a), (_, b)| (a.0 - x).abs().total_cmp(&(b.0 - x).abs()));
            if let Some((index, _)) = nearest {
                commands.push(Command::Probe(Probe {
                    split,
                    index: forecasts.sequences[skipped + index],
                }));
            }
        }
        commands
    }

    /// Many rows after one: what is known, then the horizon, shaded, with what each model says.
    fn ahead(&mut self, ui: &mut Ui, scene: &Scene<'_>, baselines: &Arc<Baselines>) {
        let palette = Palette::of(ui.visuals());
        let snapshot = scene.snapshot;
        let dataset = &snapshot.material.dataset;
        let looked = match self.origin {
            Origin::Probe => snapshot.ahead.first(),
            Origin::End => snapshot.ahead.last(),
        };
        let Some(looked) = looked else {
            caption(ui, "Nothing is forecast beyond these data.");
            return;
        };
        let (target, _) = baselines.output(self.output);
        if let Err(reason) = &looked.recursive {
            caption(ui, reason);
        }
        let lines = lines_ahead(scene, baselines, looked, target);
        let [from, to] = [0, looked.rows].map(|rows| dataset.position_ahead(looked.row, rows));
        let heights = lines.heights();
        let name = dataset
            .output_names
            .get(target)
            .map_or("value", String::as_str);
        let name = name
            .strip_suffix(&format!(" +{}", looked.horizon))
            .unwrap_or(name);
        let dates = |position: f64| dataset.date_at(position);
        let id = match self.origin {
            Origin::Probe => "after the probe",
            Origin::End => "after the end",
        };
        over_time(ui, id, dataset.position_name(), name, &dates)
            .height(ui.available_height().max(60.0))
            .width(ui.available_width() - 8.0)
            .show_crosshair(false)
            .show(ui, |ui| {
                shade(ui, [from, to], heights, palette.prediction);
                ui.line(
                    Line::new("known", PlotPoints::from(lines.known))
                        .color(palette.test)
                        .width(1.5),
                );
                ui.line(
                    Line::new("what came", PlotPoints::from(lines.came))
                        .color(palette.test.gamma_multiply(0.55))
                        .width(1.5),
                );
                for (kind, title, points) in lines.baselines {
                    ui.line(thin(&title, points, color_of(kind, &palette)));
                }
                ui.line(
                    Line::new("network, row by row", PlotPoints::from(lines.recursive))
                        .color(palette.prediction)
                        .width(2.0),
                );
                let at_once = "network, at once";
                ui.points(dots(at_once, lines.direct, palette.prediction, true));
            });
    }

    /// How far ahead what is scored lies, in words.
    fn ahead_of(&self, baselines: &Baselines) -> String {
        counted(baselines.output(self.output).1, "row")
    }

    /// The errors of all models on identical targets.
    fn in_a_line(&self, ui: &mut Ui, scene: &Scene<'_>, baselines: &Baselines) {
        let palette = Palette::of(ui.visuals());
        let Some(scores) = scene.snapshot.scores(self.split(), self.output) else {
            return;
        };
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            let head = match self.page {
                Page::Each => "RMSE".to_owned(),
                // Beside many rows ahead it would be taken for theirs.
                Page::Ahead => format!("RMSE {} ahead", self.ahead_of(baselines)),
            };
            explained(caption(ui, &head), "", &[Term::Rmse]);
            for (kind, score) in compared(scores, baselines) {
                let color = kind.map_or(palette.prediction, |kind| color_of(kind, &palette));
                let text = format!("{} {}", score.model, number(score.rmse));
                let label = ui.label(RichText::new(text).size(SMALL).color(color));
                explained(label, "", model_term(kind).as_slice());
            }
        });
    }

    /// The scores of all models on identical targets, and the network's over all of them.
    fn table(&self, ui: &mut Ui, scene: &Scene<'_>, baselines: &Baselines) {
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
                    let here = row(ui, &name, color);
                    explained(here, &score.model, model_term(*kind).as_slice());
                    let is_best = |column: usize| column == 0 && best;
                    for (column, (value, width)) in values.into_iter().zip(widths).enumerate() {
                        let text = RichText::new(value).size(SMALL);
                        let text = match is_best(column) {
                            true => text.strong().color(palette.strong_text),
                            false => text.color(palette.text),
                        };
                        at_right(ui, width, |ui| ui.label(text));
                    }
                    if partial {
                        let n = RichText::new(grouped(score.n)).size(SMALL);
                        at_right(ui, NUMBER, |ui| ui.label(n.color(palette.weak_text)));
                    }
                    ui.end_row();
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
        let verdict = verdict(&compared);
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
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 5.0;
            let (rect, _) = ui.allocate_exact_size(vec2(10.0, 14.0), Sense::hover());
            let stroke = Stroke::new(2.0, palette.test);
            ui.painter().hline(rect.x_range(), rect.center().y, stroke);
            ui.label(RichText::new("truth").size(SMALL).color(palette.test));
            if self.page == Page::Ahead {
                let text = |text| RichText::new(text).size(SMALL).color(palette.prediction);
                ui.add_space(GRID);
                ui.label(text("— row by row"))
                    .on_hover_text("Each forecast is fed back as the next input");
                ui.label(text("● at once"))
                    .on_hover_text("The network's outputs for this window, one for each row ahead");
            }
        });
    }
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
        let texts = [
            column(&all, |score| Some(score.rmse)),
            column(&all, |score| Some(score.mae)),
            column(&all, |score| score.mase),
        ];
        let widths = texts.each_ref().map(|column| {
            let widths = column.iter().map(|text| small_width(ui, text));
            widths.fold(NUMBER, f32::max).ceil()
        });
        Self { all, texts, widths }
    }
}

/// What a model is, in the glossary; the network is none of its words.
fn model_term(kind: Option<BaselineKind>) -> Option<Term> {
    Some(match kind? {
        BaselineKind::Autoregression => Term::Ar,
        BaselineKind::SeasonalNaive => Term::SeasonalNaive,
        BaselineKind::Naive => Term::Naive,
    })
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

/// A measure of all models, as it is written below each other.
fn column(scores: &[(Option<BaselineKind>, &Score)], of: fn(&Score) -> Option<f64>) -> Vec<String> {
    let scores = scores.iter().map(|(_, score)| of(score));
    numbers(&scores.collect::<Vec<_>>())
}

/// A model's name with the line that it is drawn with.
fn row(ui: &mut Ui, name: &str, color: Color32) -> Response {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        let (rect, _) = ui.allocate_exact_size(vec2(10.0, 14.0), Sense::hover());
        let stroke = Stroke::new(2.0, color);
        ui.painter().hline(rect.x_range(), rect.center().y, stroke);
        ui.label(RichText::new(name).size(SMALL).color(color))
    })
    .inner
}

/// A cell whose content stands at its right edge.
fn at_right(ui: &mut Ui, width: f32, content: impl FnOnce(&mut Ui) -> Response) {
    let size = vec2(width, ui.spacing().interact_size.y);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), content);
}

/// What is drawn of a forecast of many rows.
struct LinesAhead {
    known: Vec<[f64; 2]>,
    came: Vec<[f64; 2]>,
    direct: Vec<[f64; 2]>,
    recursive: Vec<[f64; 2]>,
    baselines: Vec<(BaselineKind, String, Vec<[f64; 2]>)>,
}

impl LinesAhead {
    /// The least and the largest value drawn.
    fn heights(&self) -> [f64; 2] {
        let baselines = self.baselines.iter().map(|(_, _, points)| points);
        let all = [&self.known, &self.came, &self.direct, &self.recursive];
        let values = all.into_iter().chain(baselines).flatten();
        values
            .map(|point| point[1])
            .filter(|value| value.is_finite())
            .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], value| {
                [low.min(value), high.max(value)]
            })
    }
}

/// What the baselines say at these positions of the axis, a line for each of [`Baselines::list`]; none while that is worked out.
fn lines(scene: &Scene<'_>, output: usize, shown: &[(f64, Compared)]) -> Vec<Pieces> {
    let rows = shown.iter().map(|(_, compared)| compared.row).collect();
    let told = scene.session.ask(&Question::Baselines { output, rows });
    let Some(Answer::Baselines(said)) = told.current() else {
        return Vec::new();
    };
    let dataset = &scene.snapshot.material.dataset;
    let line = |said: &Vec<Option<f64>>| -> Pieces {
        let points = shown.iter().zip(said);
        let points = points.filter_map(|((x, of), said)| Some((of.row, [*x, (*said)?])));
        pieces(dataset, points)
    };
    said.iter().map(line).collect()
}

/// A line for each series of rows: what is of different ones is not joined.
type Pieces = Vec<Vec<[f64; 2]>>;

/// Points with the rows that they are of, series by series, as far as they are finite.
fn pieces(dataset: &Dataset, points: impl Iterator<Item = (usize, [f64; 2])>) -> Pieces {
    let mut pieces = Pieces::new();
    let mut last = None;
    for (row, point) in points.filter(|(_, point)| point[1].is_finite()) {
        let series = dataset.series_of(row);
        match pieces.last_mut().filter(|_| last == Some(series)) {
            Some(piece) => piece.push(point),
            None => pieces.push(vec![point]),
        }
        last = Some(series);
    }
    pieces
}

/// Names each group above its stretch of the axis, where there are several beside each other and it has the room.
fn name_groups(ui: &Ui, material: &Material, shown: &[(f64, Compared)], transform: &PlotTransform) {
    let palette = Palette::of(ui.visuals());
    let of_series = |(_, compared): &(f64, Compared)| material.dataset.series_of(compared.row);
    let painter = ui.painter().with_clip_rect(*transform.frame());
    for stretch in shown.chunk_by(|a, b| of_series(a) == of_series(b)) {
        let Some(name) = material.group_of(stretch[0].1.row) else {
            return;
        };
        let ends = [stretch[0].0, stretch[stretch.len() - 1].0];
        let [from, to] = ends.map(|x| transform.position_from_point(&PlotPoint::new(x, 0.0)).x);
        let font = FontId::proportional(SMALL);
        let text = painter.layout_no_wrap(name, font, palette.weak_text);
        if text.size().x <= to - from {
            let at = pos2(
                (from + to - text.size().x) / 2.0,
                transform.frame().top() + 2.0,
            );
            painter.galley(at, text, palette.weak_text);
        }
    }
}

fn lines_ahead(
    scene: &Scene<'_>,
    baselines: &Baselines,
    looked: &Ahead,
    target: usize,
) -> LinesAhead {
    let (dataset, row) = (&scene.snapshot.material.dataset, looked.row);
    let rows = looked.rows;
    let told = scene
        .session
        .ask(&Question::BaselinesAhead { target, row, rows });
    let said = match told.current() {
        Some(Answer::BaselinesAhead(said)) => &said[..],
        _ => &[],
    };
    let known = baselines.known(row, target);
    let before = (BEFORE * looked.rows).clamp(24, 400).min(known.len());
    let first = row + 1 - before;
    let history = known[known.len() - before..].iter().enumerate();
    let at = |rows: usize| dataset.position_ahead(row, rows);
    // Each line of a forecast begins at the last value known.
    let last = known.last().map(|&value| [at(0), value]);
    let from_last = |values: &[f64], ahead: usize| -> Vec<[f64; 2]> {
        let said = values.iter().enumerate();
        let said = said.map(|(index, &value)| [at(ahead + index), value]);
        last.into_iter().chain(said).collect()
    };
    let direct = looked.direct.get(target).map_or(&[][..], Vec::as_slice);
    let recursive = looked.recursive.as_ref().ok();
    let recursive = recursive.and_then(|all| all.get(target));
    LinesAhead {
        known: history
            .map(|(index, &value)| [dataset.position_ahead(first + index, 0), value])
            .collect(),
        came: from_last(baselines.truth(row, target, looked.rows), 1),
        direct: direct
            .iter()
            .enumerate()
            .map(|(index, &value)| [at(looked.horizon + index), value])
            .collect(),
        recursive: recursive.map_or(Vec::new(), |values| from_last(values, 1)),
        baselines: baselines
            .list
            .iter()
            .zip(said)
            .filter_map(|(baseline, said)| {
                let said = said.as_ref()?;
                Some((baseline.kind, baseline.title(target), from_last(said, 1)))
            })
            .collect(),
    }
}

/// The horizon: a band behind the lines.
fn shade(ui: &mut PlotUi<'_>, [from, to]: [f64; 2], [low, high]: [f64; 2], color: Color32) {
    if !(low < high && from < to) {
        return;
    }
    let margin = 0.06 * (high - low);
    let (low, high) = (low - margin, high + margin);
    let corners = vec![[from, low], [to, low], [to, high], [from, high]];
    ui.polygon(
        Polygon::new("horizon", PlotPoints::from(corners))
            .fill_color(color.gamma_multiply(0.10))
            .stroke(Stroke::NONE)
            .allow_hover(false),
    );
    ui.vline(
        VLine::new("last known row", from)
            .color(color.gamma_multiply(0.6))
            .width(1.0),
    );
}

fn color_of(kind: BaselineKind, palette: &Palette) -> Color32 {
    match kind {
        BaselineKind::Autoregression => palette.autoregression,
        BaselineKind::SeasonalNaive => palette.seasonal,
        BaselineKind::Naive => palette.naive,
    }
}

fn thin<'a>(name: &str, points: Vec<[f64; 2]>, color: Color32) -> Line<'a> {
    Line::new(name, PlotPoints::from(points))
        .color(color)
        .width(1.0)
        .style(LineStyle::dashed_dense())
}

fn dots<'a>(name: &str, points: Vec<[f64; 2]>, color: Color32, filled: bool) -> Points<'a> {
    Points::new(name, PlotPoints::from(points))
        .color(color)
        .radius(2.5)
        .filled(filled)
        .shape(MarkerShape::Circle)
}

/// Side by side, or where there is no room as a list.
fn choose<T: Copy + PartialEq>(
    ui: &mut Ui,
    roomy: bool,
    name: &str,
    value: &mut T,
    options: &[(T, &str)],
) -> Response {
    if roomy {
        segmented(ui, name, value, options)
    } else {
        listed(ui, name, value, options)
    }
}

/// What an entry of the legend takes beside its text, in points.
const ENTRY: f32 = 20.0;

/// An entry of the legend, drawn from the right.
fn entry(ui: &mut Ui, text: &str, color: Color32) -> Response {
    let label = ui.label(RichText::new(text).size(SMALL).color(color));
    let (rect, _) = ui.allocate_exact_size(vec2(10.0, 14.0), Sense::hover());
    ui.painter()
        .hline(rect.x_range(), rect.center().y, Stroke::new(2.0, color));
    label
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::SplitSeries;

    #[test]
    fn what_is_of_different_series_is_not_joined() {
        let series = [0..3, 3..5].map(|rows| SplitSeries {
            first_test: rows.start,
            rows,
        });
        let experiment = "format = 1\n[data]\ntask = \"adding\"\nlength = 3\n";
        let experiment = crate::experiment::Experiment::parse(experiment).unwrap();
        let on = |_| std::ops::ControlFlow::Continue(());
        let location = crate::experiment::Location::BuiltIn;
        let material = crate::experiment::material(&experiment, &location, &on).unwrap();
        let dataset = Dataset {
            series: series.into(),
            ..(*material.dataset).clone()
        };
        let points = [(0, 1.0), (1, f64::NAN), (2, 2.0), (3, 3.0), (4, 4.0)];
        let points = points.map(|(row, y)| (row, [row as f64, y]));
        let found = pieces(&dataset, points.into_iter());
        let expected: Pieces = vec![vec![[0.0, 1.0], [2.0, 2.0]], vec![[3.0, 3.0], [4.0, 4.0]]];
        assert_eq!(found, expected);
    }
}
