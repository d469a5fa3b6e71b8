//! What the network says beside what came, in the data's own units, with baselines for company and the scores of all of them.

mod ahead;
mod chances;
mod confusion;
mod each;
mod horizons;
mod residuals;
mod scores;
mod shadow;

use super::{Home, Purpose, Scene, Shared, View, has_room, move_to, page_named};
use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{
    Term, caption, empty_state, explained, line_of, listed, listed_width, number, segmented,
    segmented_width,
};
use crate::data::{Dataset, Split, Targets};
use crate::experiment::{BaselineKind, Baselines};
use crate::session::Command;
use crate::train::{Answer, Question};
use crate::words::{many, percent_to};
use eframe::egui::{
    Align, Color32, ComboBox, Layout, Response, RichText, ScrollArea, Sense, Stroke, Ui, vec2,
};
use egui_plot::{Line, LineStyle, MarkerShape, PlotPoints, Points};
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
    /// Held against the truth some steps back.
    Shadow,
    /// The error by rows ahead.
    Horizons,
    /// What the forecasts are off by.
    Residuals,
}

impl ClassPage {
    /// All of them, with their names.
    const ALL: [(ClassPage, &str); 3] = [
        (ClassPage::Confusion, "confusion"),
        (ClassPage::Chances, "probabilities"),
        (ClassPage::Each, "each"),
    ];
}

impl Page {
    /// All of them, with their names.
    const ALL: [(Page, &str); 5] = [
        (Page::Each, "each row"),
        (Page::Ahead, "rows ahead"),
        (Page::Shadow, "shadow"),
        (Page::Horizons, "by horizon"),
        (Page::Residuals, "residuals"),
    ];

    /// What is on it, for who points at its name.
    fn is(self) -> &'static str {
        match self {
            Page::Each => {
                "Each row: what was said of it before it came, at the horizon that the network was trained for"
            }
            Page::Ahead => "Rows ahead: many rows after one, each forecast read as the next input",
            Page::Shadow => {
                "Shadow: the forecasts held against the truth some steps back, to tell foreseeing from following"
            }
            Page::Horizons => {
                "By horizon: the error 1, 2, 3 … rows ahead, fed the truth or its own forecasts"
            }
            Page::Residuals => {
                "Residuals: what the forecasts are off by, and whether something that repeats is left in it"
            }
        }
    }

    /// Whether it is over the test or the training part, as one chooses.
    fn has_part(self) -> bool {
        matches!(self, Page::Each | Page::Shadow | Page::Residuals)
    }
}

/// What answers by classes are looked at as.
#[derive(Clone, Copy, Default, PartialEq)]
enum ClassPage {
    /// Which are taken for which.
    #[default]
    Confusion,
    /// How likely each class was held at the probe's answers.
    Chances,
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

/// A list of pages takes so many points.
const LIST: f32 = 96.0;
/// The height at which there is room for it above the plot.
const BOTH: f32 = 300.0;
/// The least width of a view that has room for the table of scores beside the plot.
const ROOMY: f32 = 440.0;

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

    fn pages(&self) -> Vec<&'static str> {
        let of_classes = ClassPage::ALL.map(|(_, page)| page);
        [&Page::ALL.map(|(_, page)| page)[..], &of_classes].concat()
    }

    fn turn_to(&mut self, page: &str) {
        self.page = page_named(&Page::ALL, page).unwrap_or(self.page);
        self.class_page = page_named(&ClassPage::ALL, page).unwrap_or(self.class_page);
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
            let origin = self.origin;
            let origins = [(Origin::Probe, "probe"), (Origin::End, "end")];
            let first = match self.page {
                page if page.has_part() => segmented_width(ui, &parts),
                Page::Ahead => segmented_width(ui, &origins),
                _ => 0.0,
            };
            let roomy = ui.available_width() >= first + 5.0 + segmented_width(ui, &Page::ALL);
            // Which output is on show must be told from the next as well.
            let names = &snapshot.material.dataset.output_names;
            let output = match names.get(self.output).filter(|_| names.len() > 1) {
                Some(name) => 5.0 + listed_width(ui, name).min(LIST),
                None => 0.0,
            };
            if self.page.has_part() {
                let in_a_row = ui.available_width() >= first + 5.0 + LIST + output;
                let choice = choose(ui, in_a_row, "Part", &mut self.part, &parts);
                explained(choice, WHICH_PART, &[Term::TestPart]);
            } else if self.page == Page::Ahead {
                choose(ui, roomy, "From", &mut self.origin, &origins).on_hover_text(match origin {
                    Origin::Probe => "From the last row of the sequence under the lens; a click in the other plot chooses it",
                    Origin::End => "From the last row of the data",
                });
            }
            // Where not even a list of them has room the part alone can be chosen.
            if roomy || ui.available_width() >= LIST {
                let choice = choose(ui, roomy, "Page", &mut self.page, &Page::ALL);
                explained(choice, self.page.is(), &[Term::Horizon]);
            }
            self.choose_output(ui, &snapshot.material.dataset, baselines);
            return;
        }
        let classes = matches!(snapshot.material.dataset.targets, Targets::Classes { .. });
        let beside = if classes { 5.0 + LIST } else { 0.0 };
        let in_a_row = ui.available_width() >= segmented_width(ui, &parts) + beside;
        // Of two lists whose words are cut none says what it is: what is looked at comes before of which part.
        let page = self.class_page;
        let page = ClassPage::ALL.iter().find(|(of, _)| *of == page);
        let page = page.map_or(0.0, |(_, name)| listed_width(ui, name).min(LIST));
        let both = listed_width(ui, "train") + 5.0 + page;
        if !classes || ui.available_width() >= both {
            let choice = choose(ui, in_a_row, "Part", &mut self.part, &parts);
            explained(choice, WHICH_PART, &[Term::TestPart]);
        }
        if classes {
            let roomy = ui.available_width() >= segmented_width(ui, &ClassPage::ALL);
            choose(ui, roomy, "Page", &mut self.class_page, &ClassPage::ALL);
            if self.class_page != ClassPage::Each {
                return;
            }
        }
        let split = self.split();
        let said = match (snapshot.score(split), snapshot.accuracy(split)) {
            (Some(score), _) => format!("RMSE {}", number(score.rmse)),
            (None, Some(accuracy)) => format!("{} right", percent_to(accuracy, 1)),
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
        explained(
            entry(ui, said, Sign::Dot, palette.prediction),
            here,
            &[measure],
        );
        if has_room(ui, "truth", ENTRY) {
            entry(ui, "truth", Sign::Ring, palette.test);
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, _: &mut Shared) -> Vec<Command> {
        let Some(baselines) = &scene.snapshot.material.baselines else {
            let classes = matches!(
                scene.snapshot.material.dataset.targets,
                Targets::Classes { .. }
            );
            match self.class_page {
                ClassPage::Confusion if classes => {
                    self.confusion(ui, scene);
                    return Vec::new();
                }
                ClassPage::Chances if classes => return chances(ui, scene),
                ClassPage::Confusion | ClassPage::Chances | ClassPage::Each => {}
            }
            return self.each(ui, scene, None);
        };
        self.output = self
            .output
            .min(scene.snapshot.train.outputs.saturating_sub(1));
        let scores = scene.snapshot.scores(self.split(), self.output);
        if !matches!(self.page, Page::Each | Page::Ahead) {
            self.worth(ui, scene, baselines);
            return Vec::new();
        }
        let table = scores::width(ui, scores, baselines);
        let roomy = ui.available_width() >= ROOMY + table - scores::TABLE;
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
            .width(0.0)
            .truncate()
            .show_ui(ui, |ui| {
                for (output, name) in names.iter().enumerate() {
                    ui.selectable_value(&mut self.output, output, name);
                }
            })
            .response
            .on_hover_text(format!("The output on show, {} ahead", many(ahead, "row")));
    }

    /// What the forecasts of a series are worth: a question each.
    fn worth(&self, ui: &mut Ui, scene: &Scene<'_>, baselines: &Baselines) {
        let (split, output) = (self.split(), self.output);
        let (target, ahead) = baselines.output(output);
        let snapshot = scene.snapshot;
        let dataset = &snapshot.material.dataset;
        let names = &dataset.output_names;
        let name = names.get(output).map_or("value", String::as_str);
        let question = match self.page {
            Page::Horizons => Question::Horizons { target },
            Page::Residuals => Question::Residuals { split, output },
            Page::Each | Page::Ahead | Page::Shadow => Question::Shadow { split, output },
        };
        let told = scene.session.ask(&question);
        let Some(answer) = told.answer.as_deref() else {
            caption(ui, "It is being worked out.");
            return;
        };
        // Of a large part the newest alone are on show.
        let phrase = snapshot.forecasts(split).phrase();
        if let Some(phrase) = phrase.filter(|_| self.page.has_part()) {
            caption(ui, &format!("Over the {phrase} {} sequences", split.name()));
        }
        if !told.is_current {
            caption(ui, &format!("Of update {}", told.update));
        }
        match answer {
            Answer::Shadow(Some(shadow)) => shadow::show(ui, shadow, told.update > 0, name),
            Answer::Horizons(Some(horizons)) => {
                let name = names.get(target).map_or("value", String::as_str);
                horizons::show(ui, horizons, baselines, target, name);
            }
            Answer::Residuals(Some(residuals)) => {
                residuals::show(ui, residuals, dataset, name, ahead);
            }
            _ => empty_state(
                ui,
                "What the forecasts are worth will appear here.",
                "It takes targets with rows before and after them. In the data, let the test part begin earlier.",
            ),
        }
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
            // These have no scores beside them.
            Page::Shadow | Page::Horizons | Page::Residuals => Vec::new(),
        }
    }
}

fn color_of(kind: BaselineKind, palette: &Palette) -> Color32 {
    match kind {
        BaselineKind::Autoregression => palette.autoregression,
        BaselineKind::SeasonalNaive => palette.seasonal,
        BaselineKind::Naive => palette.naive,
    }
}

fn thin<'a>(name: &str, points: Vec<[f64; 2]>, color: Color32) -> Line<'a> {
    line_of(name, PlotPoints::from(points))
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

/// How likely the classes were held at the probe's answers; a click moves the cursor.
fn chances(ui: &mut Ui, scene: &Scene<'_>) -> Vec<Command> {
    let told = scene.session.ask(&Question::Chances);
    if !told.is_current && told.answer.is_some() {
        caption(ui, &format!("Of update {}", told.update));
    }
    let Some(Answer::Chances(Some(all))) = told.answer.as_deref() else {
        return Vec::new();
    };
    chances::show(ui, all).map(move_to).into_iter().collect()
}

/// What a baseline is, in the glossary.
fn model_term(kind: BaselineKind) -> Term {
    match kind {
        BaselineKind::Autoregression => Term::Ar,
        BaselineKind::SeasonalNaive => Term::SeasonalNaive,
        BaselineKind::Naive => Term::Naive,
    }
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

/// What an entry of the legend stands for.
#[derive(Clone, Copy)]
enum Sign {
    /// A dot, as what was said of a sequence.
    Dot,
    /// A ring, as what is right.
    Ring,
}

/// An entry of the legend, drawn from the right.
fn entry(ui: &mut Ui, text: &str, sign: Sign, color: Color32) -> Response {
    let label = ui.label(RichText::new(text).size(SMALL).color(color));
    let (rect, _) = ui.allocate_exact_size(vec2(10.0, 14.0), Sense::hover());
    match sign {
        Sign::Dot => ui.painter().circle_filled(rect.center(), 3.0, color),
        Sign::Ring => {
            let stroke = Stroke::new(1.0, color);
            ui.painter().circle_stroke(rect.center(), 3.0, stroke)
        }
    };
    label
}
