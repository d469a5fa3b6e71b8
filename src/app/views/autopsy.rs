//! How a run ended that could not go on, what is wrong with one that goes on, and what may help: everything that is said here is
//! said by the record, and each remedy is tried in a run beside this one.

use super::{Home, Purpose, Scene, Shared, View};
use crate::app::theme::{self, GRID, HEADING, Palette, SMALL, TEXT};
use crate::app::widgets::{
    LogSeries, Scale, Term, axis_name, caption, empty_state, explained, line_of, listed,
    log10_or_gap, plot,
};
use crate::data::Split;
use crate::experiment::Probe;
use crate::nn::{Move, Quantity, Sweep};
use crate::session::{Command, MOST_RUNS, Parting};
use crate::train::autopsy::{Chain, FirstBad, Grown, Remedy, Verdict, remedies};
use crate::train::diagnosis::{Diagnosis, Look};
use crate::train::{Answer, Autopsy as Findings, Question, Status};
use eframe::egui::accesskit::Role;
use eframe::egui::{Button, Color32, Label, RichText, ScrollArea, Ui, UiBuilder, WidgetInfo};
use egui_plot::{HLine, LineStyle, PlotPoints, Points, VLine};

/// The end of a run, and what was found.
#[derive(Default)]
pub struct Autopsy {
    /// Which chain is drawn.
    chain: usize,
}

/// Text and plot stand side by side from this width on.
const TWO: f32 = 620.0;

/// And from this height on: in less, one column is scrolled.
const BESIDE: f32 = 240.0;

/// In less width the two buttons of a remedy stand below each other.
const ROW: f32 = 420.0;

/// From this width on there is room beside a button for why it may help.
const WHY: f32 = 96.0;

/// From this size on what happened is written large.
const LARGE: [f32; 2] = [760.0, 380.0];

/// Below the upright axis of the plot stand the numbers and the name of the other one, in points.
const BELOW: f32 = 4.5 * GRID;

/// Where they stand below each other, the plot is so high.
const PLOT: f32 = 170.0;

impl View for Autopsy {
    fn name(&self) -> &'static str {
        "autopsy"
    }

    fn title(&self) -> &'static str {
        "What went wrong"
    }

    fn question(&self) -> &'static str {
        "What is wrong with this run, where did it begin, and what may help?"
    }

    fn home(&self, layout: Purpose) -> Home {
        match layout {
            Purpose::Explore | Purpose::Gradients | Purpose::All => Home::Closed("training"),
            Purpose::Cell => Home::Closed("number"),
            Purpose::Forecast => Home::Closed("prediction"),
            // The comparison is what one comes from and goes back to.
            Purpose::Compare => Home::Closed("side_by_side"),
        }
    }

    fn suits(&self, scene: &Scene<'_>) -> bool {
        is_dead(scene) || !scene.session.is_running() && !found(scene).is_empty()
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) -> Vec<Command> {
        let found = found(scene);
        let told = is_dead(scene).then(|| scene.session.ask(&Question::Autopsy));
        let autopsy = match told.as_ref().and_then(|told| told.current()) {
            Some(Answer::Autopsy(Some(autopsy))) => Some(&**autopsy),
            _ => None,
        };
        if autopsy.is_none() && found.is_empty() {
            let what = match is_dead(scene) {
                true => {
                    "The update that could not be made is being made once more, with everything on record."
                }
                false => {
                    "What is wrong with a run will appear here, each with the numbers that prove it."
                }
            };
            empty_state(ui, what, "Of the run on show nothing is known to be wrong.");
            return Vec::new();
        }
        let mut commands = Vec::new();
        let chains = autopsy.map_or(&[][..], |autopsy| &autopsy.chains);
        self.chain = self.chain.min(chains.len().saturating_sub(1));
        let chain = chains.get(self.chain);
        let fading = match chain {
            Some(_) => None,
            None => Fading::of(scene, &found),
        };
        let area = ui.available_rect_before_wrap();
        let is_drawn = chain.is_some() || fading.is_some();
        let beside = area.width() >= TWO && area.height() >= BESIDE && is_drawn;
        if let Some(autopsy) = autopsy.filter(|_| beside) {
            lead(ui, autopsy);
            ui.add_space(0.5 * GRID);
        }
        let area = ui.available_rect_before_wrap();
        let (mut text, mut drawn) = (area, area);
        if beside {
            text.max.x = area.left() + 0.58 * area.width();
            drawn.min.x = text.right() + 2.0 * GRID;
        }
        ui.scope_builder(UiBuilder::new().max_rect(text), |ui| {
            ScrollArea::vertical()
                .id_salt("what went wrong")
                .auto_shrink(false)
                .show(ui, |ui| {
                    // Room for the scroll bar.
                    ui.set_max_width(ui.available_width() - 1.5 * GRID);
                    ui.spacing_mut().item_spacing.y = 0.5 * GRID;
                    if let Some(autopsy) = autopsy {
                        if !beside {
                            lead(ui, autopsy);
                        }
                        help(ui, scene, autopsy, shared, &mut commands);
                        proof(ui, autopsy, shared, &mut commands);
                        if let Some(chain) = chain.filter(|_| !beside) {
                            choose(ui, &mut self.chain, chains);
                            draw(ui, chain, autopsy, PLOT);
                        }
                        grown(ui, autopsy);
                    }
                    findings(ui, &found, shared, &mut commands);
                    if let Some(fading) = fading.as_ref().filter(|_| !beside) {
                        fading.draw(ui, PLOT);
                    }
                });
        });
        if let Some(fading) = fading.filter(|_| beside) {
            ui.scope_builder(UiBuilder::new().max_rect(drawn), |ui| {
                fading.draw(ui, ui.available_height() - 0.5 * GRID);
            });
        }
        if let Some((chain, autopsy)) = chain.zip(autopsy).filter(|_| beside) {
            ui.scope_builder(UiBuilder::new().max_rect(drawn), |ui| {
                choose(ui, &mut self.chain, chains);
                let height = ui.available_height() - 0.5 * GRID;
                draw(ui, chain, autopsy, height);
            });
        }
        commands
    }
}

/// A gradient on its way back to the first step, which it does not reach.
struct Fading {
    quantity: Quantity,
    /// ‖∂L/∂state‖ by step, from the initial state on.
    points: Vec<(f64, f64)>,
}

impl Fading {
    /// What the record has of it, where that was found.
    fn of(scene: &Scene<'_>, found: &[Diagnosis]) -> Option<Self> {
        let mut ways = found.iter().filter_map(|diagnosis| match diagnosis {
            Diagnosis::Unreached { quantity, .. } => Some((diagnosis.look().scan?, *quantity)),
            _ => None,
        });
        let ((part, scan), quantity) = ways.next()?;
        let mut flows = scene.snapshot.probe.flows.iter();
        let flow =
            flows.find(|flow| (flow.part, flow.scan, flow.quantity) == (part, scan, quantity))?;
        let norms = flow.norms.iter().enumerate();
        let points = norms.filter_map(|(t, norm)| Some((t as f64, (*norm)?)));
        Some(Self {
            quantity,
            points: points.collect(),
        })
    }

    /// On a logarithmic axis, on which a steady loss at each step is a straight line.
    fn draw(&self, ui: &mut Ui, height: f32) {
        let palette = Palette::of(ui.visuals());
        let symbol = self.quantity.symbol();
        caption(ui, "The probe’s gradient at each step, from the end back");
        let height = (height - 2.5 * GRID).max(80.0);
        let name = axis_name(ui, &format!("‖∂L/∂{symbol}‖"), height - BELOW);
        plot(ui, "fading gradient", "t", &name, Scale::Log)
            .width(ui.available_width())
            .height(height)
            .show_crosshair(false)
            .show(ui, |plot| {
                for piece in LogSeries::new(self.points.iter().copied()).pieces {
                    let line = line_of(name.clone(), PlotPoints::from(piece));
                    plot.line(line.color(palette.quantity(self.quantity)).width(2.0));
                }
            });
    }
}

fn is_dead(scene: &Scene<'_>) -> bool {
    matches!(scene.snapshot.status, Status::Diverged(_))
}

/// What was found of the run on show, or of an update before while it is looked at anew.
fn found(scene: &Scene<'_>) -> Vec<Diagnosis> {
    let told = scene.session.ask(&Question::Diagnoses);
    match told.answer.as_deref() {
        Some(Answer::Diagnoses(found)) => found.clone(),
        _ => Vec::new(),
    }
}

fn heading(ui: &mut Ui, text: &str) {
    let palette = Palette::of(ui.visuals());
    let text = RichText::new(text).font(theme::semi_bold(TEXT));
    ui.label(text.color(palette.strong_text));
}

fn sentence(ui: &mut Ui, text: &str) {
    let palette = Palette::of(ui.visuals());
    ui.add(Label::new(RichText::new(text).color(palette.text)).wrap());
}

/// What happened and why: the one sentence that is read first.
fn lead(ui: &mut Ui, autopsy: &Findings) {
    let palette = Palette::of(ui.visuals());
    let [width, height] = LARGE;
    let is_large = ui.available_width() >= width && ui.available_height() >= height;
    let size = if is_large { HEADING } else { TEXT };
    let text = RichText::new(autopsy.sentence()).font(theme::semi_bold(size));
    ui.add(Label::new(text.color(palette.strong_text)).wrap());
}

/// What proves it: the numbers, the first bad one and its place, and which update that was.
fn proof(ui: &mut Ui, autopsy: &Findings, shared: &mut Shared, commands: &mut Vec<Command>) {
    heading(ui, "What the record shows");
    for said in autopsy.cause.proofs() {
        sentence(ui, &said);
    }
    if let Some(said) = autopsy.what_was_bad() {
        sentence(ui, &said);
    }
    if let Some(found) = &autopsy.found {
        link_to_number(ui, found, shared, commands);
    }
    sentence(ui, &autopsy.which_update());
    ui.add_space(GRID);
}

/// What had been growing until then.
fn grown(ui: &mut Ui, autopsy: &Findings) {
    let grown = autopsy.what_had_grown();
    if !grown.is_empty() {
        heading(ui, "What led there");
        for said in grown {
            sentence(ui, &said);
        }
        ui.add_space(GRID);
    }
}

/// Puts the number where it began under the lens, in the last good network: that alone is on show.
fn link_to_number(ui: &mut Ui, found: &FirstBad, shared: &mut Shared, commands: &mut Vec<Command>) {
    let Some(spot) = found.spot() else {
        return;
    };
    let button = ui.button("Show its place in the last good network");
    let button = button.on_hover_text(
        "The bad number itself is gone with its weights; on show is the last good network. The sequence is put under the lens, and the cursor at the step",
    );
    if !button.clicked() {
        return;
    }
    (shared.number, shared.number_asked) = (Some(spot), true);
    let mut all = Vec::new();
    if let Some((_, index)) = found.sequence {
        let split = Split::Train;
        all.push(Command::Probe(Probe { split, index }));
    }
    if let Some(station) = found.station {
        all.push(Command::ShowPart(station.part));
        all.push(Command::Sweep(match found.is_adjoint() {
            true => Sweep::Backward,
            false => Sweep::Forward,
        }));
        all.push(Command::Move(Move::To(station.t)));
    }
    commands.push(Command::Play(all));
}

/// What may help, each a button, and what became of those that were tried.
fn help(
    ui: &mut Ui,
    scene: &Scene<'_>,
    autopsy: &Findings,
    shared: &mut Shared,
    commands: &mut Vec<Command>,
) {
    let all = remedies(autopsy, scene.session.experiment());
    if all.is_empty() {
        return;
    }
    let palette = Palette::of(ui.visuals());
    ui.horizontal(|ui| {
        heading(ui, "What may help");
        caption(ui, "each is tried in a run beside this one");
    });
    let runs = scene.session.runs();
    let weak = |text: &str| RichText::new(text).size(SMALL).color(palette.weak_text);
    for same in all.chunk_by(|one, other| one.title == other.title) {
        let is_wide = ui.available_width() >= ROW;
        let row = |ui: &mut Ui| {
            let mut tried_in = Vec::new();
            for remedy in same {
                let from = match remedy.from {
                    0 => "from the start".to_owned(),
                    update => format!("from update {update}"),
                };
                let named = format!("{}, {from}", remedy.title);
                let run = runs
                    .iter()
                    .find(|run| !run.is_on_show && run.name == remedy.name());
                tried_in.extend(run.map(|run| (run, remedy)));
                let why_not = match run {
                    Some(run) => Some(format!("It is tried in run {}", run.letter)),
                    None if runs.len() >= MOST_RUNS => Some(format!(
                        "There are {MOST_RUNS} runs already: delete one first"
                    )),
                    None => None,
                };
                // The second of two says what tells it from the first.
                let text = if std::ptr::eq(remedy, &same[0]) {
                    &named
                } else {
                    &from
                };
                let button = ui.add_enabled(why_not.is_none(), Button::new(text));
                button.widget_info(|| {
                    WidgetInfo::labeled(Role::Button, why_not.is_none(), named.as_str())
                });
                let button = button.on_hover_text(&remedy.why);
                let button = button.on_disabled_hover_text(why_not.unwrap_or_default());
                if button.clicked() {
                    commands.extend(tried(remedy));
                }
            }
            // All of it is told to who points at the button.
            if tried_in.is_empty() && is_wide && ui.available_width() >= WHY {
                ui.add(Label::new(weak(&same[0].why)).wrap());
            }
            for (run, remedy) in tried_in {
                let verdict = Verdict::of(run.snapshot.map(|it| &**it), autopsy.update);
                let color = match verdict {
                    Verdict::GoesOn { .. } if verdict.has_helped() => palette.ok,
                    Verdict::EndedToo { .. } => palette.error,
                    Verdict::GoesOn { .. } | Verdict::TooEarly { .. } => palette.weak_text,
                };
                let hover = format!("Show run {}, {}", run.letter, remedy.name());
                let letter = ui.link(format!("Run {}", run.letter));
                if letter.on_hover_text(hover).clicked() {
                    commands.push(Command::Show(run.id));
                }
                let words = RichText::new(verdict.in_words()).size(SMALL);
                ui.add(Label::new(words.color(color)).wrap());
            }
        };
        match is_wide {
            true => ui.horizontal(row),
            false => ui.horizontal_wrapped(row),
        };
    }
    let is_tried = |remedy: &Remedy| runs.iter().any(|run| run.name == remedy.name());
    if all.iter().any(is_tried) {
        let button = ui.button("Compare the runs");
        let button = button.on_hover_text("Their curves and numbers beside one another (5)");
        if button.clicked() {
            shared.layout_asked = Some(Purpose::Compare);
        }
    }
    ui.add_space(GRID);
}

/// The commands that try a remedy.
fn tried(remedy: &Remedy) -> [Command; 2] {
    let settings = remedy.settings.iter().map(|(path, value)| Command::Set {
        path: (*path).into(),
        value: value.clone(),
    });
    let mut changes: Vec<Command> = settings.collect();
    if let Some(change) = &remedy.change {
        changes.extend(change.learning_rate.map(Command::SetLearningRate));
        changes.extend(change.clip.map(Command::SetClip));
    }
    let parting = match remedy.from {
        0 => Parting::Start,
        update => Parting::After(update),
    };
    let beside = Command::Beside {
        name: Some(remedy.name()),
        parting,
        changes,
    };
    [beside, Command::Start]
}

/// Everything that was found but what ended the run, which is told above.
fn findings(ui: &mut Ui, found: &[Diagnosis], shared: &mut Shared, commands: &mut Vec<Command>) {
    let told = |diagnosis: &&Diagnosis| !matches!(diagnosis, Diagnosis::Diverged { .. });
    for diagnosis in found.iter().filter(told) {
        let Look {
            view, at, scan, t, ..
        } = diagnosis.look();
        heading(ui, diagnosis.title());
        sentence(ui, &diagnosis.sentence());
        if ui.button(at).clicked() {
            shared.view_asked = Some(view);
            if let Some((part, scan)) = scan {
                shared.scan = scan;
                commands.push(Command::ShowPart(part));
            }
            if view == "gradient_flow" {
                commands.push(Command::Sweep(Sweep::Backward));
            }
            commands.extend(t.map(|t| Command::Move(Move::To(t))));
        }
        ui.add_space(GRID);
    }
}

fn choose(ui: &mut Ui, chain: &mut usize, chains: &[Chain]) {
    let titles: Vec<String> = chains.iter().map(Chain::title).collect();
    let options: Vec<(usize, &str)> = titles.iter().map(String::as_str).enumerate().collect();
    ui.horizontal(|ui| {
        let palette = Palette::of(ui.visuals());
        let what = RichText::new("Had been growing").size(SMALL);
        let label = ui.label(what.color(palette.weak_text));
        explained(
            label,
            "The thick stretch is where it grew",
            &[Term::Divergence],
        );
        match &options[..] {
            [(_, one)] => drop(ui.label(RichText::new(*one).size(SMALL))),
            _ => drop(listed(ui, "Chain", chain, &options)),
        }
    });
}

fn color_of(palette: &Palette, of: Grown) -> Color32 {
    match of {
        Grown::GradientNorm => palette.before_clipping,
        Grown::Loss => palette.train,
        Grown::State { quantity, .. } | Grown::Adjoint { quantity, .. } => {
            palette.quantity(quantity)
        }
    }
}

/// A chain on a logarithmic axis: thin what came before, thick where it grew, and an upright line where it ended.
fn draw(ui: &mut Ui, chain: &Chain, autopsy: &Findings, height: f32) {
    let palette = Palette::of(ui.visuals());
    let color = color_of(&palette, chain.of);
    let (by_update, title) = (chain.of.is_by_update(), chain.title());
    let x = if by_update { "update" } else { "t" };
    let ended = match by_update {
        true => Some(autopsy.update as f64),
        // Of the way back of the update before it did not end there.
        false => autopsy
            .found
            .as_ref()
            .filter(|_| chain.update == autopsy.update)
            .and_then(|found| Some(found.station?.t as f64)),
    };
    let threshold = autopsy
        .threshold
        .filter(|_| chain.of == Grown::GradientNorm);
    let height = height.max(80.0);
    let name = axis_name(ui, &title, height - BELOW);
    plot(ui, "chain", x, &name, Scale::Log)
        .id(ui.scope_id().with(("chain", &title, autopsy.update)))
        .width(ui.available_width())
        .height(height)
        .show_crosshair(false)
        .show(ui, |plot| {
            let grown = &chain.points[chain.growth.from..=chain.growth.to];
            for (points, width) in [(&chain.points[..], 1.0), (grown, 3.0)] {
                for piece in LogSeries::new(points.iter().copied()).pieces {
                    if piece.len() == 1 {
                        let points = Points::new(title.clone(), PlotPoints::from(piece));
                        plot.points(points.color(color).radius(1.5 * width));
                        continue;
                    }
                    let line = line_of(title.clone(), PlotPoints::from(piece));
                    plot.line(line.color(color).width(width));
                }
            }
            if let Some(ended) = ended {
                let line = VLine::new("here it ended", ended);
                plot.vline(line.color(palette.error).width(1.5));
            }
            if let Some(at) = threshold.and_then(|threshold| log10_or_gap(threshold.norm)) {
                let line = HLine::new("clipping proposed here", at);
                let style = LineStyle::dashed_dense();
                plot.hline(line.color(palette.threshold).style(style));
            }
        });
}
