//! Several runs beside one another: their curves over the updates, their numbers in a table, and which of them is ahead.

mod curves;
mod table;

use super::{Home, Purpose, Scene, Shared, View};
use crate::app::runs::{RunScene, share_data};
use crate::app::theme::{Palette, SMALL};
use crate::app::widgets::{Term, empty_state, explained, number, segmented, segmented_width};
use crate::experiment::{Experiment, differences};
use crate::session::{Command, Comparison as Compared};
use crate::train::{Lead, Looks, Snapshot, Status, lead};
use crate::words::significant;
use curves::{Curves, Plotted};
use eframe::egui::{Align, Label, Layout, RichText, ScrollArea, Ui, vec2};

/// Runs whose losses differ by a smaller share than this are level.
const LEVEL: f64 = 1e-3;

/// A loss that is smaller by this factor or more is told by the factor: of shares near the whole nobody sees how near.
const FACTOR_FROM: f64 = 100.0;

/// The runs' curves and numbers.
#[derive(Default)]
pub struct Comparison {
    loss: Loss,
    axis: Axis,
    /// Which plot is on show where there is room for one alone.
    plot: Side,
    /// Whether that was so in the last frame.
    narrow: bool,
    curves: Curves,
}

/// Which loss.
#[derive(Clone, Copy, Default, PartialEq)]
enum Loss {
    #[default]
    Test,
    Train,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Axis {
    #[default]
    Log,
    Linear,
}

/// The plots.
#[derive(Clone, Copy, Default, PartialEq)]
enum Side {
    #[default]
    Loss,
    Norm,
}

/// Two plots side by side need so many points.
const TWO: f32 = 640.0;
/// Below so many points not all of it has room, and it is scrolled.
const WITH_TABLE: f32 = 300.0;
/// Curves are no lower than this where they are scrolled.
const LEAST: f32 = 120.0;

impl View for Comparison {
    fn name(&self) -> &'static str {
        "comparison"
    }

    fn title(&self) -> &'static str {
        "Comparison"
    }

    fn question(&self) -> &'static str {
        "Which of several runs learns better, and by how much?"
    }

    fn home(&self, layout: Purpose) -> Home {
        match layout {
            Purpose::Compare => Home::Row(2.2),
            Purpose::Explore | Purpose::Gradients => Home::Closed("training"),
            Purpose::Cell => Home::Closed("cell"),
            Purpose::Forecast => Home::Closed("prediction"),
            Purpose::All => Home::Closed("training"),
        }
    }

    fn tools(&mut self, ui: &mut Ui, scene: &Scene<'_>, _: &mut Shared) {
        if scene.runs.len() < 2 {
            return;
        }
        let axes = [(Axis::Log, "log"), (Axis::Linear, "linear")];
        let losses = [(Loss::Test, "test"), (Loss::Train, "batch")];
        let plots = [(Side::Loss, "loss"), (Side::Norm, "norm")];
        let mut room = ui.available_width();
        if self.narrow {
            segmented(ui, "Plot", &mut self.plot, &plots);
            room -= segmented_width(ui, &plots) + 8.0;
        }
        if !self.narrow || self.plot == Side::Loss {
            segmented(ui, "Which loss", &mut self.loss, &losses);
            room -= segmented_width(ui, &losses) + 8.0;
        }
        if room >= segmented_width(ui, &axes) {
            segmented(ui, "Axis", &mut self.axis, &axes);
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) -> Vec<Command> {
        if scene.runs.len() < 2 {
            return begin(ui);
        }
        let narrow = ui.available_width() < TWO;
        if narrow != self.narrow {
            self.narrow = narrow;
            ui.ctx().request_repaint();
        }
        let standing = Standing::of(scene.runs);
        if ui.available_height() >= WITH_TABLE {
            ahead(ui, &standing.sentence);
            let table = table::height(scene.runs.len());
            let height = (ui.available_height() - table - 8.0).max(80.0);
            self.all(ui, scene, shared, narrow, height, standing.update);
            return Vec::new();
        }
        // Sentence and curves have the room there is; the table is scrolled to.
        let room = ui.available_height();
        ScrollArea::vertical()
            .id_salt("comparison")
            .auto_shrink(false)
            .show(ui, |ui| {
                ui.set_max_width(ui.available_width() - 8.0);
                let top = ui.cursor().top();
                ahead(ui, &standing.sentence);
                let height = (room - (ui.cursor().top() - top) - 8.0).max(LEAST);
                self.all(ui, scene, shared, narrow, height, standing.update);
            });
        Vec::new()
    }
}

impl Comparison {
    /// The curves, so high, and the table below them.
    fn all(
        &mut self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        shared: &Shared,
        narrow: bool,
        height: f32,
        compared: Option<u64>,
    ) {
        let log = self.axis == Axis::Log;
        let loss = match self.loss {
            Loss::Test => Plotted::TestLoss,
            Loss::Train => Plotted::BatchLoss,
        };
        let shown: &[Plotted] = match (narrow, self.plot) {
            (true, Side::Loss) => &[loss],
            (true, Side::Norm) => &[Plotted::Norm],
            (false, _) => &[loss, Plotted::Norm],
        };
        let space = ui.spacing().item_spacing.x;
        let count = shown.len() as f32;
        let width = ((ui.available_width() - 8.0 - (count - 1.0) * space) / count).max(60.0);
        let mut with_data = scene.runs.iter().filter_map(|run| run.snapshot).peekable();
        let is_begun = with_data.peek().is_none() || with_data.any(|it| !it.history.is_empty());
        if !is_begun {
            // Said once, however many plots there will be, in the middle of where they will be.
            ui.allocate_ui_with_layout(
                vec2(ui.available_width(), height),
                Layout::top_down(Align::Min),
                |ui| {
                    ui.set_min_height(height);
                    empty_state(
                        ui,
                        "The losses and the gradient norms of all runs will appear here.",
                        "No update is made yet. Train ( T ) trains all runs, Update ( U ) makes one of each.",
                    );
                },
            );
        }
        let shown = if is_begun { shown } else { &[] };
        ui.horizontal_top(|ui| {
            for &plotted in shown {
                let size = vec2(width, height);
                ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
                    ui.set_width(width);
                    self.curves.show(ui, scene.runs, plotted, log, size);
                });
            }
        });
        let width = ui.available_width();
        ScrollArea::horizontal()
            .id_salt("numbers of the runs")
            .show(ui, |ui| {
                table::show(ui, scene, shared, compared, width);
            });
    }
}

/// Where there is one run alone, what it can be compared with.
fn begin(ui: &mut Ui) -> Vec<Command> {
    let palette = Palette::of(ui.visuals());
    let mut commands = Vec::new();
    ScrollArea::vertical().show(ui, |ui| {
        ui.add_space((0.12 * ui.available_height()).min(64.0));
        ui.with_layout(Layout::top_down(Align::Center), |ui| {
            ui.label("Here up to four runs stand beside one another, update by update.");
            let how = "Each of these puts other runs beside this one, to be compared with it; Train then trains all of them.";
            ui.label(RichText::new(how).color(palette.weak_text));
            ui.add_space(8.0);
            for comparison in Compared::ALL {
                let button = ui.button(comparison.title());
                if button.on_hover_text(comparison.meaning()).clicked() {
                    commands.push(Command::Compare(comparison));
                }
            }
            let hover = "What you change in the copy then tells the two apart";
            if ui.button("A copy of this run").on_hover_text(hover).clicked() {
                commands.push(Command::Duplicate);
            }
        });
    });
    commands
}

/// Says which run is ahead, by what and on what.
fn ahead(ui: &mut Ui, text: &str) {
    let palette = Palette::of(ui.visuals());
    let label = Label::new(RichText::new(text).size(SMALL).color(palette.text)).wrap();
    let width = ui.available_width() - 8.0;
    let label = ui.scope(|ui| {
        ui.set_max_width(width);
        ui.add(label)
    });
    let label = label.inner;
    explained(label, text, &[Term::TestPart, Term::Seed]);
}

/// What the runs' looks at the test part prove.
struct Standing {
    /// The words for it, and no more than that.
    sentence: String,
    /// The update after which losses are compared in them, if they are.
    update: Option<u64>,
}

impl Standing {
    fn of(runs: &[RunScene<'_>]) -> Self {
        let mut told = Vec::new();
        let mut alive = Vec::new();
        for run in runs {
            let Some(snapshot) = run.snapshot else {
                continue;
            };
            match &snapshot.status {
                Status::Diverged(divergence) => told.push(format!(
                    "{} diverged at update {}.",
                    run.letter, divergence.update
                )),
                _ => alive.push((run, snapshot)),
            }
        }
        let looks: Vec<Looks<'_>> = alive
            .iter()
            .map(|(_, snapshot)| Looks::of(snapshot))
            .collect();
        let same_loss = alive
            .windows(2)
            .all(|pair| pair[0].1.material.loss == pair[1].1.material.loss);
        let mut update = None;
        if alive.len() < 2 {
            let rest = alive
                .first()
                .map(|(run, _)| format!("{} did not diverge.", run.letter));
            told.extend(rest);
        } else if !share_data(runs) || !same_loss {
            told.push(
                "The runs learn from different data, so that none is ahead of another by its loss."
                    .into(),
            );
        } else if let Some(lead) = lead(&looks) {
            update = Some(lead.update);
            let is_trained = alive.iter().any(|(_, snapshot)| snapshot.update > 0);
            let pair = [lead.ahead, lead.next.0].map(|index| alive[index].0);
            let seeds = seeds(pair.map(|run| run.experiment));
            let of = alive.iter().zip(&looks);
            let losses =
                of.filter_map(|((run, _), look)| Some((run.letter, look.after(lead.update)?)));
            told.insert(0, compared(&lead, losses.collect(), is_trained, seeds));
            // What is compared is the last look that all have in common: some may be far from there by now.
            let has_newer = |snapshot: &Snapshot| {
                let newest = snapshot.newest_test_loss();
                newest.is_some_and(|(update, _)| update > lead.update)
            };
            let newer = alive.iter().filter(|(_, snapshot)| has_newer(snapshot));
            let newer: Vec<char> = newer.map(|(run, _)| run.letter).collect();
            if lead.update > 0 && !newer.is_empty() {
                told.insert(1, gone_on(&newer));
            }
        }
        Self {
            sentence: told.join(" "),
            update,
        }
    }
}

/// What is said of all runs by their losses after one update, the smallest first; each has its letter.
fn compared(lead: &Lead, mut losses: Vec<(char, f64)>, is_trained: bool, seeds: &str) -> String {
    losses.sort_by(|one, other| one.1.total_cmp(&other.1));
    let (update, loss) = (lead.update, number(lead.loss));
    let is_level = |of: f64| of == lead.loss || 1.0 - lead.loss / of < LEVEL;
    let level = losses.partition_point(|(_, loss)| is_level(*loss));
    let (first, others) = losses.split_at(level);
    // Of those that are alike none comes first.
    let mut first: Vec<char> = first.iter().map(|(letter, _)| *letter).collect();
    first.sort_unstable();
    let rest = |from: &[(Vec<char>, String)]| match from {
        [] => String::new(),
        groups => format!("; {}", each_in(groups)),
    };
    match (update, &first[..], &alike(others)[..]) {
        (0, _, behind) => {
            let is = if is_trained { "was" } else { "is" };
            let losses = match behind {
                [] => format!("{loss} in {} alike", enumerated(&first, "in ")),
                _ => each_in(&alike(&losses)),
            };
            let rest = match is_trained {
                true => "; since then not all have been looked at after the same update",
                false => ": nothing is learned yet",
            };
            format!("Before the first update the test loss {is} {losses}{rest}.")
        }
        (_, [ahead], [(behind, next), beyond @ ..]) => format!(
            "{ahead} is ahead after update {update}: its test loss is {loss}, {} than the {next} of {}{}. {seeds}",
            less(lead.share(), lead.next.1 / lead.loss),
            enumerated(behind, ""),
            rest(beyond)
        ),
        (_, level, beyond) => format!(
            "{} are level after update {update}, with a test loss of {loss}{}.",
            enumerated(level, ""),
            rest(beyond)
        ),
    }
}

/// That runs have been looked at after the update that is compared.
fn gone_on(letters: &[char]) -> String {
    let theirs = match letters {
        [_] => "its newest loss stands",
        _ => "their newest losses stand",
    };
    format!(
        "{} went on: {theirs} in the table.",
        enumerated(letters, "")
    )
}

/// Losses as they are written, the smallest first, each with the runs that have it.
fn alike(losses: &[(char, f64)]) -> Vec<(Vec<char>, String)> {
    let mut found: Vec<(Vec<char>, String)> = Vec::new();
    for &(letter, loss) in losses {
        let written = number(loss);
        match found.last_mut().filter(|(_, before)| *before == written) {
            Some((letters, _)) => letters.push(letter),
            None => found.push((vec![letter], written)),
        }
    }
    for (letters, _) in &mut found {
        letters.sort_unstable();
    }
    found
}

/// “1.383 in B, 1.384 in A and 1.411 in C”.
fn each_in(groups: &[(Vec<char>, String)]) -> String {
    let told = groups
        .iter()
        .map(|(letters, loss)| format!("{loss} in {}", enumerated(letters, "in ")));
    joined(&told.collect::<Vec<_>>())
}

/// “A”, “A and B”, “A, B and C”; `before` stands before the last of two.
fn enumerated(letters: &[char], before: &str) -> String {
    let mut told: Vec<String> = letters.iter().map(char::to_string).collect();
    if let [_, last] = &mut told[..] {
        last.insert_str(0, before);
    }
    joined(&told)
}

fn joined(parts: &[String]) -> String {
    match parts {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => parts.concat(),
    }
}

/// How much of what tells two runs apart may be chance.
fn seeds(pair: [&Experiment; 2]) -> &'static str {
    if pair[0].seed == pair[1].seed {
        return "One seed alone: another may turn it round.";
    }
    let told = differences(&pair);
    match told.iter().flatten().all(|one| one.setting == "seed") {
        true => "They differ in nothing but their seeds: so much is chance.",
        false => "Their seeds differ too: part of it may be chance.",
    }
}

/// How much less a loss is: by which share, or by which factor where nearly nothing is left. “100 %” is said of nothing else.
fn less(share: f64, factor: f64) -> String {
    if share == 1.0 && factor.is_infinite() {
        return "100 % less".into();
    }
    match factor >= FACTOR_FROM {
        true => format!("{} times smaller", significant(factor, 3)),
        // Below that factor the share is less than 99 %.
        false => format!("{} % less", significant(100.0 * share, 2)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Document;

    fn lead_of(update: u64, ahead: f64, next: f64) -> Lead {
        Lead {
            update,
            ahead: 1,
            loss: ahead,
            next: (0, next),
        }
    }

    /// No number is said of two as if it were two numbers, and each is said to be of the update that it is of.
    #[test]
    fn who_went_on_after_what_is_compared_is_named() {
        assert_eq!(
            gone_on(&['C']),
            "C went on: its newest loss stands in the table."
        );
        assert_eq!(
            gone_on(&['A', 'C']),
            "A and C went on: their newest losses stand in the table."
        );
    }

    #[test]
    fn of_runs_that_are_alike_one_number_is_told() {
        let told = |lead: &Lead, is_trained| {
            let losses = vec![('A', lead.next.1), ('B', lead.loss)];
            compared(lead, losses, is_trained, "So it is.")
        };
        assert_eq!(
            told(&lead_of(0, 2.181, 2.181), false),
            "Before the first update the test loss is 2.181 in A and in B alike: nothing is learned yet."
        );
        assert_eq!(
            told(&lead_of(0, 1.0, 2.0), true),
            "Before the first update the test loss was 1 in B and 2 in A; since then not all have been looked at after the same update."
        );
        assert_eq!(
            told(&lead_of(1, 3.068, 3.068 + 1e-7), true),
            "A and B are level after update 1, with a test loss of 3.068."
        );
        assert_eq!(
            told(&lead_of(7, 1.0, 2.0), true),
            "B is ahead after update 7: its test loss is 1, 50 % less than the 2 of A. So it is."
        );
    }

    /// However many runs there are, none is left out of the sentence.
    #[test]
    fn every_run_is_told_of_the_smallest_loss_first() {
        let told = |update, losses: &[(char, f64)]| {
            let mut sorted: Vec<f64> = losses.iter().map(|one| one.1).collect();
            sorted.sort_by(f64::total_cmp);
            let lead = lead_of(update, sorted[0], sorted[1]);
            compared(&lead, losses.to_vec(), update > 0, "So it is.")
        };
        assert_eq!(
            told(0, &[('A', 1.384), ('B', 1.383), ('C', 1.411)]),
            "Before the first update the test loss is 1.383 in B, 1.384 in A and 1.411 in C: nothing is learned yet."
        );
        assert_eq!(
            told(0, &[('A', 2.533), ('B', 2.006), ('C', 2.1), ('D', 2.3)]),
            "Before the first update the test loss is 2.006 in B, 2.1 in C, 2.3 in D and 2.533 in A: nothing is learned yet."
        );
        assert_eq!(
            told(0, &[('A', 2.0), ('B', 2.0), ('C', 2.0)]),
            "Before the first update the test loss is 2 in A, B and C alike: nothing is learned yet."
        );
        assert_eq!(
            told(9, &[('A', 2.0), ('B', 1.0), ('C', 4.0), ('D', 8.0)]),
            "B is ahead after update 9: its test loss is 1, 50 % less than the 2 of A; 4 in C and 8 in D. So it is."
        );
        assert_eq!(
            told(9, &[('A', 2.0), ('B', 4.0), ('C', 2.0)]),
            "A and C are level after update 9, with a test loss of 2; 4 in B."
        );
        assert_eq!(
            told(9, &[('A', 2.0), ('B', 1.0), ('C', 2.0)]),
            "B is ahead after update 9: its test loss is 1, 50 % less than the 2 of A and C. So it is."
        );
        // Alike as they are written, though not to the last digit.
        assert_eq!(
            told(0, &[('A', 2.0), ('B', 1.0), ('C', 2.0 + 1e-9)]),
            "Before the first update the test loss is 1 in B and 2 in A and in C: nothing is learned yet."
        );
    }

    #[test]
    fn one_seed_is_told_only_of_runs_that_have_one() {
        let of = |seed: u64, size: usize| {
            let text = format!(
                "format = 1\nseed = {seed}\n[data]\ntask = \"adding\"\nlength = 9\n[model]\ncell = \"lstm\"\nhidden_size = {size}\n"
            );
            Document::parse(&text).unwrap().1
        };
        let told = |one: Experiment, other: Experiment| seeds([&one, &other]);
        assert!(told(of(1, 3), of(1, 4)).starts_with("One seed alone"));
        assert!(told(of(1, 3), of(2, 3)).contains("nothing but their seeds"));
        assert!(told(of(1, 3), of(2, 4)).contains("too"));
    }

    /// What is not all of it is never told as all of it, and what is something never as nothing.
    #[test]
    fn no_share_is_rounded_to_the_whole_or_to_nothing() {
        let told = |loss: f64, next: f64| less(1.0 - loss / next, next / loss);
        assert_eq!(told(0.5, 1.0), "50 % less");
        assert_eq!(told(0.25, 2.0), "88 % less");
        assert_eq!(told(0.0101, 1.0), "99 % less");
        assert_eq!(told(0.015625, 2.0), "128 times smaller");
        assert_eq!(told(2.343e-4, 0.1489), "636 times smaller");
        assert!(told(1e-300, 1.0).ends_with(" times smaller"));
        assert_eq!(told(0.0, 0.1), "100 % less");
        assert_eq!(told(1.0 - LEVEL, 1.0), "0.1 % less");
    }
}
