//! One number: the equation that gives it, the same with its numbers, everything that it is computed from, and everything that its
//! gradient is the sum of.
//!
//! Each of them is a link to its own number, so that one walks from a forecast down to an input or a weight, or from there up to
//! the loss. What no operation computes can be changed by hand.

mod name;

use super::{Home, Purpose, Scene, Shared, View};
use crate::app::theme::{GRID, Palette, SMALL};
use crate::app::widgets::{Formulas, Term, caption, empty_state, explained, number};
use crate::data::Dataset;
use crate::experiment::Probe;
use crate::nn::equation::equation;
use crate::nn::expr::Names;
use crate::nn::gradcheck::STEP;
use crate::nn::replay::Nudged;
use crate::nn::{Line, Network, Quantity, SetWeight, Station, Sweep};
use crate::session::Command;
use crate::train::question::{
    Account, Factors, Named, Read, Share, Spot, Summand, largest_products,
};
use crate::train::story::Word;
use crate::train::{Answer, Question};
use crate::words::significant;
use eframe::egui::text::{CCursor, CCursorRange};
use eframe::egui::{
    Button, Grid, Key, Label, Response, RichText, ScrollArea, TextEdit, TextStyle, TextWrapMode,
    Ui, WidgetText,
};
pub use name::of_spot as name_of;
use std::sync::{Arc, Weak};

/// The size of the equation, in points.
const FORMULA: f32 = 15.0;
/// Of a row of weights so many products are listed, the largest first.
const PRODUCTS: usize = 4;
/// At most so many, when more are asked for.
const MOST_PRODUCTS: usize = 256;
/// From this width on what it is computed from and what its gradient is the sum of stand side by side.
const BESIDE: f32 = 420.0;
/// Of what a gradient is the sum of, and of numbers of a kind, so many are listed.
const LISTED: usize = 10;

/// Said in place of an answer that a fault of ours prevented; what it was stands where the program was started.
const NOT_WORKED_OUT: &str = "This could not be worked out: a fault of the program. The rest of the window is not touched by it.";

/// The inspector.
#[derive(Default)]
pub struct Number {
    formulas: Formulas,
    /// Where the user was before, the last at the end.
    before: Vec<Spot>,
    /// Where the user went back from, likewise.
    after: Vec<Spot>,
    shown: Option<Spot>,
    /// Whether all products of rows of weights, and all shares, are listed.
    all: bool,
    /// Whether the number moves with the step of the cursor.
    follows: bool,
    /// The step that the cursor stood at in the last frame.
    stood: Option<usize>,
    /// The loss before a number was set by hand.
    loss_before: Option<LossBefore>,
    /// A value that is being written, of which number.
    written: Option<(Spot, String)>,
    /// Whether the field for it has just been opened.
    opened: bool,
}

/// The loss before a number was set by hand, and of what it is: runs that begin anew share their data.
struct LossBefore {
    data: Weak<Dataset>,
    network: Network,
    update: u64,
    probe: Probe,
    /// The number that was set.
    set: Spot,
    loss: f64,
}

impl LossBefore {
    fn of(scene: &Scene<'_>, set: Spot) -> Self {
        let snapshot = scene.snapshot;
        Self {
            data: Arc::downgrade(&snapshot.material.dataset),
            network: snapshot.material.network.clone(),
            update: snapshot.update,
            probe: scene.session.probe(),
            set,
            loss: snapshot.probe.loss,
        }
    }

    /// What became of it by that, in words, beside the number that was set; `None` beside any other.
    fn told(&self, scene: &Scene<'_>, chosen: Spot) -> Option<String> {
        let snapshot = scene.snapshot;
        let now = snapshot.probe.loss;
        let is_here = self.set == chosen
            && self.network == snapshot.material.network
            && std::ptr::eq(self.data.as_ptr(), Arc::as_ptr(&snapshot.material.dataset))
            && (self.update, self.probe) == (snapshot.update, scene.session.probe());
        // Their difference is what counts, and has fewer digits than they have.
        let [before, after] = [self.loss, now].map(|loss| significant(loss, 6));
        (is_here && self.loss != now).then(|| format!("its loss {before} → {after}"))
    }
}

impl View for Number {
    fn name(&self) -> &'static str {
        "number"
    }

    fn title(&self) -> &'static str {
        "Number"
    }

    fn question(&self) -> &'static str {
        "Where does this one number come from, and what is its gradient the sum of?"
    }

    fn home(&self, layout: Purpose) -> Home {
        match layout {
            Purpose::Explore => Home::Closed("training"),
            Purpose::Cell => Home::LastRow(1.0),
            Purpose::Gradients => Home::Closed("training"),
            Purpose::Forecast => Home::Closed("prediction"),
            Purpose::Compare => Home::Closed("comparison"),
            Purpose::All => Home::Behind("training"),
        }
    }

    fn tools(&mut self, ui: &mut Ui, _: &Scene<'_>, shared: &mut Shared) {
        let ahead = ui
            .add_enabled(!self.after.is_empty(), Button::new("›"))
            .on_hover_text("To the number that you went back from");
        let back = ui
            .add_enabled(!self.before.is_empty(), Button::new("‹"))
            .on_hover_text("Back to the number before");
        if back.clicked()
            && let Some(to) = self.before.pop()
        {
            self.after.extend(self.shown);
            (self.shown, shared.number) = (Some(to), Some(to));
        }
        if ahead.clicked()
            && let Some(to) = self.after.pop()
        {
            self.before.extend(self.shown);
            (self.shown, shared.number) = (Some(to), Some(to));
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, shared: &mut Shared) -> Vec<Command> {
        if shared.number != self.shown {
            self.before
                .extend(self.shown.filter(|_| shared.number.is_some()));
            self.after.clear();
            self.shown = shared.number;
        }
        let stood = std::mem::replace(&mut self.stood, scene.column());
        if let (true, Some(stood), Some(stands)) = (self.follows, stood, scene.column())
            && stood != stands
            && let Some(spot) = self.shown
            && let Some(along) = along(scene, spot, stands as isize - stood as isize)
        {
            (self.shown, shared.number) = (Some(along), Some(along));
        }
        let Some(chosen) = self.shown else {
            empty_state(
                ui,
                "Where does a number come from?",
                "Click a bar in “Cell diagram”, or a cell of the network or of a heat map.",
            );
            return Vec::new();
        };
        let mut done = Done::default();
        ScrollArea::both().auto_shrink(false).show(ui, |ui| {
            self.of(ui, scene, chosen, &mut shared.pinned, &mut done);
        });
        shared.number = done.wanted.or(shared.number);
        done.commands
    }
}

/// What the user did in a frame.
#[derive(Default)]
struct Done {
    /// The number to go on to.
    wanted: Option<Spot>,
    commands: Vec<Command>,
}

/// The same number so many steps on; `None` where there is none.
fn along(scene: &Scene<'_>, spot: Spot, steps: isize) -> Option<Spot> {
    let on = |t: usize| t.checked_add_signed(steps).filter(|&t| t > 0);
    match spot {
        Spot::Input { t, unit } => {
            let t = on(t).filter(|&t| t <= scene.steps())?;
            (scene.part_index == 0).then_some(Spot::Input { t, unit })
        }
        Spot::Computed {
            station,
            head,
            unit,
        } if station.part == scene.part_index && station.t > 0 => {
            let station = Station {
                t: on(station.t)?,
                ..station
            };
            scene.schedule.index(&station)?;
            Some(Spot::Computed {
                station,
                head,
                unit,
            })
        }
        _ => None,
    }
}

impl Number {
    /// What keeps the number in sight, and what takes it along.
    fn keeping(&mut self, ui: &mut Ui, scene: &Scene<'_>, shown: Spot, pinned: &mut Vec<Spot>) {
        let moves = along(scene, shown, 0).is_some();
        let follow = Button::new("Follow").small();
        let follow = follow.selected(self.follows && moves);
        let follow = ui.add_enabled(moves, follow);
        let follow = follow
            .on_hover_text("Go along as you step through time: the same number, one step on")
            .on_disabled_hover_text("It has no step of its own in the part on show");
        self.follows ^= follow.clicked();
        let is_pinned = pinned.contains(&shown);
        let pin = Button::new("Pin").small().selected(is_pinned);
        let pin = ui
            .add(pin)
            .on_hover_text("Keep it in sight above the step buttons, whatever you look at");
        if pin.clicked() {
            match is_pinned {
                true => pinned.retain(|&spot| spot != shown),
                false => pinned.push(shown),
            }
        }
    }

    /// Shows a number.
    fn of(
        &mut self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        chosen: Spot,
        pinned: &mut Vec<Spot>,
        done: &mut Done,
    ) {
        let told = scene.session.ask(&Question::Explain(chosen));
        let account = match told.answer.as_deref() {
            Some(Answer::Account(Some(account))) => account,
            Some(Answer::Account(None)) => {
                caption(
                    ui,
                    "There is no such number here: the network or the sequence is another, or it is too large to be gone through beside the window.",
                );
                return;
            }
            Some(Answer::Failed) => {
                caption(ui, NOT_WORKED_OUT);
                return;
            }
            _ => {
                caption(ui, "Going through the network …");
                return;
            }
        };
        let palette = Palette::of(ui.visuals());
        let has_value = is_computed(scene, chosen);
        let arrived = Arrived::of(scene, chosen, account);
        ui.horizontal_wrapped(|ui| {
            let color = match chosen {
                Spot::Computed { station, .. } => match station.line {
                    Line::Cell(quantity) => palette.quantity(quantity),
                    Line::Norm => palette.quantity(Quantity::H),
                    _ => palette.text,
                },
                Spot::Initial(initial, _) => palette.quantity(initial.quantity),
                Spot::Input { .. } => palette.quantity(Quantity::X),
                Spot::Parameter(_) => palette.text,
            };
            let title = ui.label(RichText::new(name_of(scene, chosen)).color(color).strong());
            let written_as = settable(scene, chosen);
            if let Some(pytorch) = &written_as {
                title.on_hover_text(format!(
                    "{pytorch} in PyTorch; indices in brackets count from 0, steps of time from 1"
                ));
                // Texts and settings speak of weights by these names.
                if matches!(chosen, Spot::Parameter(_)) && *pytorch != name_of(scene, chosen) {
                    ui.label(RichText::new(pytorch).size(SMALL).color(palette.weak_text));
                }
            }
            if has_value {
                self.value(
                    ui,
                    scene,
                    (chosen, account.value),
                    written_as.is_some(),
                    done,
                );
            } else {
                let text = "is not computed yet at this place of the sweep";
                ui.label(RichText::new(text).color(palette.weak_text));
            }
            match arrived {
                Arrived::Nothing if scene.cursor.sweep == Sweep::Forward => {
                    let text = RichText::new("its gradient comes on the way back");
                    on_one_line(ui, text.size(SMALL).color(palette.weak_text));
                    show_all_button(ui, done);
                    // It needs no walk, and leaves the cursor where it is.
                    check_button(ui, scene, done);
                }
                Arrived::Nothing => {}
                Arrived::All => {
                    gap(ui);
                    let symbol = name::symbol(scene, chosen);
                    on_one_line(ui, format!("∂L/∂{symbol} = {}", number(account.adjoint)));
                    // Beside what it checks: among the tools there is no room for it in a small window.
                    check_button(ui, scene, done);
                }
                Arrived::Some(_) => {
                    gap(ui);
                    let symbol = name::symbol(scene, chosen);
                    let so_far: f64 = arrived
                        .of_shares(scene, account)
                        .map(|share| share.value)
                        .sum();
                    let text = format!("∂L/∂{symbol} so far {}", number(so_far));
                    on_one_line(ui, RichText::new(text).color(palette.weak_text));
                    show_all_button(ui, done);
                    check_button(ui, scene, done);
                }
            }
            if !told.is_current {
                let text = RichText::new(format!("of update {}", told.update));
                on_one_line(ui, text.size(SMALL).color(palette.weak_text));
            }
            gap(ui);
            self.keeping(ui, scene, chosen, pinned);
        });
        self.equation(ui, scene, chosen, account, has_value);
        // Where it can be asked for.
        let passed = matches!(arrived, Arrived::Nothing) && scene.cursor.sweep == Sweep::Backward;
        if scene.session.verifies() && !passed {
            check(ui, scene, chosen);
        }
        ui.add_space(GRID);
        let around = Around {
            scene,
            chosen,
            all: std::cell::Cell::new(self.all),
        };
        let shares: Vec<Share> = arrived.of_shares(scene, account).collect();
        let mut both = |ui: &mut Ui| {
            // Rows of text, not of buttons; what has no room is scrolled to.
            ui.spacing_mut().interact_size.y = 15.0;
            ui.style_mut().wrap_mode = Some(TextWrapMode::Extend);
            if has_value {
                ui.vertical(|ui| around.reads(ui, account, done));
            }
            if !matches!(arrived, Arrived::Nothing) {
                ui.vertical(|ui| around.shares(ui, &shares, &arrived, done));
            }
        };
        // Side by side where there is room for both.
        if !account.reads.is_empty() && ui.clip_rect().width() >= BESIDE {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 4.0 * GRID;
                both(ui);
            });
        } else {
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = GRID;
                both(ui);
            });
        }
        self.all = around.all.get();
    }

    /// The value, and where it can be changed by hand the way to do that.
    fn value(
        &mut self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        (chosen, value): (Spot, f64),
        settable: bool,
        done: &mut Done,
    ) {
        let is_written = |written: &Option<(Spot, String)>| {
            written.as_ref().is_some_and(|(spot, _)| *spot == chosen)
        };
        if !is_written(&self.written) {
            ui.label(format!("= {}", number(value)));
            if let Some(own) = in_own_units(scene, chosen) {
                caption(ui, &own);
            }
            if !settable {
                return;
            }
            let what = match chosen {
                Spot::Parameter(_) => {
                    "Set this weight by hand, from here on: the network is computed anew at once. Undo takes it back"
                }
                _ => {
                    "Set it by hand for this sequence alone: training goes on with what the data say. Undo takes it back"
                }
            };
            let change = ui.add(Button::new("Change").small()).on_hover_text(what);
            if change.clicked() {
                self.written = Some((chosen, digits(value)));
                self.opened = true;
            } else {
                self.written = None;
            }
            // What was taken back changed nothing.
            if let Some(when) = set_by_hand(scene, chosen) {
                remark(ui, &when);
                let before = self.loss_before.as_ref();
                if let Some(told) = before.and_then(|before| before.told(scene, chosen)) {
                    remark(ui, &told);
                }
            }
            return;
        }
        let Some((_, text)) = &mut self.written else {
            return;
        };
        ui.label("=");
        let field = TextEdit::singleline(text).desired_width(110.0);
        let field = ui.name_inputs("New value", |ui| ui.add(field));
        if std::mem::take(&mut self.opened) {
            field.request_focus();
            // What is typed takes the place of what is there.
            if let Some(mut state) = TextEdit::load_state(ui.ctx(), field.id) {
                let all = CCursorRange::two(CCursor::new(0), CCursor::new(text.chars().count()));
                state.cursor.set_char_range(Some(all));
                state.store(ui.ctx(), field.id);
            }
        }
        let read: Result<f64, _> = text.trim().replace('−', "-").replace(',', ".").parse();
        let read = read.ok().filter(|read| read.abs() <= 1e6);
        let set = ui.add_enabled(read.is_some(), Button::new("Set").small());
        if read.is_none() {
            let palette = Palette::of(ui.visuals());
            let why = "a number from −1,000,000 to 1,000,000, such as 0.25";
            ui.label(RichText::new(why).size(SMALL).color(palette.error));
        }
        let is_untouched = *text == digits(value);
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let escaped = ui.input(|input| input.key_pressed(Key::Escape));
        if let Some(read) = read.filter(|_| set.clicked() || entered) {
            let network = &scene.snapshot.material.network;
            if let Some((parameter, index)) = network.settable(chosen).filter(|_| !is_untouched) {
                self.loss_before = Some(LossBefore::of(scene, chosen));
                done.commands.push(Command::SetNumber(SetWeight {
                    parameter,
                    index,
                    value: read,
                }));
            }
            self.written = None;
        } else if ui.add(Button::new("Cancel").small()).clicked() || escaped {
            self.written = None;
        }
    }

    /// The equation, and the same with its numbers.
    fn equation(
        &mut self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        chosen: Spot,
        account: &Account,
        has_value: bool,
    ) {
        let Spot::Computed { station, .. } = chosen else {
            return;
        };
        let network = &scene.snapshot.material.network;
        let Some(told) = equation(network, scene.snapshot.material.loss, &station) else {
            return;
        };
        ui.add_space(GRID / 2.0);
        self.formulas.show(ui, &told.forward, FORMULA, false);
        if let Some(numbers) = account.numbers.as_ref().filter(|_| has_value) {
            let written = numbers.latex(&InDigits).replace("\\odot", "\\cdot");
            let latex = format!("{} = {written}", in_digits(account.value, false));
            ui.add_space(GRID / 2.0);
            self.formulas.show(ui, &latex, FORMULA, false);
        }
        if let Some(note) = told.note {
            caption(ui, note);
        }
    }
}

/// A number as it is written to be changed: with as many digits as one reads, which stays what it is where nobody touches it.
fn digits(value: f64) -> String {
    let rounded = format!("{value:.6}");
    let rounded = rounded.trim_end_matches('0').trim_end_matches('.');
    match value.abs() {
        0.0 => "0".into(),
        1e-3.. => rounded.into(),
        _ => format!("{value:.4e}"),
    }
}

/// What an input or a forecast is in the data's own units.
fn in_own_units(scene: &Scene<'_>, spot: Spot) -> Option<String> {
    let told = scene.session.ask(&Question::Story);
    let Answer::Story(Some(story)) = told.answer.as_deref()? else {
        return None;
    };
    match spot {
        Spot::Input { t, unit } => {
            // Symbols and classes take several inputs each.
            let width = scene.snapshot.probe.parts.first()?.x.dim().2;
            let input = story
                .inputs
                .get(unit)
                .filter(|_| story.inputs.len() == width)?;
            let value = (*input.values.get(t.checked_sub(1)?)?)?;
            let at = story.steps.as_ref().and_then(|steps| steps.get(t - 1));
            let at = at.map_or_else(String::new, |at| format!(", {at}"));
            Some(format!("{} {}{at}", input.name, number(value)))
        }
        Spot::Computed {
            station, unit: 0, ..
        } if station.line == Line::Readout => {
            let mut answers = story.answers.iter();
            let answer = answers.find(|answer| answer.t + 1 == station.t)?;
            match answer.said {
                Word::Number(said) => Some(format!("{} in the data's own units", number(said))),
                Word::Class(..) => None,
            }
        }
        _ => None,
    }
}

/// What is said of a number that was set by hand.
fn set_by_hand(scene: &Scene<'_>, spot: Spot) -> Option<String> {
    let (name, index) = scene.snapshot.material.network.settable(spot)?;
    let is = |set: &SetWeight| set.parameter == name && set.index == index;
    let experiment = scene.session.experiment();
    let given = experiment
        .probe_set
        .iter()
        .chain(&experiment.model.init.set);
    let mut changes = scene.snapshot.changes.iter().rev();
    let change = changes.find(|change| change.set.iter().any(is));
    match change {
        Some(change) => Some(format!("set by hand after update {}", change.update)),
        None => given.into_iter().any(is).then(|| "set by hand".to_owned()),
    }
}

/// Numbers in an equation.
struct InDigits;

impl Names<f64, f64> for InDigits {
    fn value(&self, value: f64) -> String {
        in_digits(value, true)
    }

    fn parameter(&self, parameter: f64) -> String {
        in_digits(parameter, true)
    }
}

/// As LaTeX; in brackets, where it is negative and stands behind a sign.
fn in_digits(value: f64, brackets: bool) -> String {
    // As many as in the table below: whoever works it out by hand comes to what stands here.
    let text = significant(value, 4);
    let text = text.replace('−', "-").replace('\u{a0}', " ");
    let text = match text.split_once(" × 10") {
        Some((digits, power)) => {
            let power: String = power
                .chars()
                .filter_map(|digit| {
                    "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"
                        .chars()
                        .zip("0123456789-".chars())
                        .find(|(small, _)| *small == digit)
                })
                .map(|(_, plain)| plain)
                .collect();
            format!("{digits} \\times 10^{{{power}}}")
        }
        None => text.replace('∞', "\\infty"),
    };
    match brackets && value < 0.0 {
        true => format!("({text})"),
        false => text,
    }
}

/// What PyTorch calls a number that can be set by hand.
fn settable(scene: &Scene<'_>, spot: Spot) -> Option<String> {
    let (name, index) = scene.snapshot.material.network.settable(spot)?;
    let index: Vec<String> = index.iter().map(usize::to_string).collect();
    Some(format!("{name}[{}]", index.join(", ")))
}

/// Whether the sweep has passed what computes a number.
pub fn is_computed(scene: &Scene<'_>, spot: Spot) -> bool {
    let Spot::Computed { station, .. } = spot else {
        return true;
    };
    let index = scene.schedule.index(&station);
    index
        .is_some_and(|index| scene.cursor.sweep == Sweep::Backward || index < scene.cursor.position)
}

/// Whether the sweep has handed back all of a number's adjoint.
pub fn has_arrived(scene: &Scene<'_>, spot: Spot, account: &Account) -> bool {
    matches!(Arrived::of(scene, spot, account), Arrived::All)
}

/// How much of an adjoint the sweep has handed back.
enum Arrived {
    Nothing,
    /// What operations from this index on in the schedule hand back.
    Some(usize),
    All,
}

impl Arrived {
    fn of(scene: &Scene<'_>, spot: Spot, account: &Account) -> Self {
        let (cursor, schedule) = (scene.cursor, scene.schedule);
        if cursor.sweep == Sweep::Forward {
            return Self::Nothing;
        }
        // What is passed on the way back stands at the end.
        let from = schedule.len().saturating_sub(cursor.position);
        let some = Self::Some(from);
        let arrived = some.of_shares(scene, account).count();
        let is_passed = match spot {
            Spot::Computed { station, .. } => schedule.index(&station) >= Some(from),
            _ => from == 0,
        };
        match (arrived, account.shares.len()) {
            (_, 0) if is_passed => Self::All,
            (0, _) => Self::Nothing,
            (arrived, all) if arrived == all => Self::All,
            _ => some,
        }
    }

    /// The shares that have arrived.
    fn of_shares<'a>(
        &'a self,
        scene: &'a Scene<'_>,
        account: &'a Account,
    ) -> impl Iterator<Item = Share> + 'a {
        let from = match self {
            Self::Nothing => usize::MAX,
            Self::Some(from) => *from,
            Self::All => 0,
        };
        let shares = account.shares.iter().copied();
        shares.filter(move |share| {
            from == 0
                || scene
                    .schedule
                    .index(&share.by)
                    .is_some_and(|index| index >= from)
        })
    }
}

/// Has all of a gradient told that is only on its way.
fn show_all_button(ui: &mut Ui, done: &mut Done) {
    let all = ui.add(Button::new("Show all").small());
    let all = all.on_hover_text("Reveal everything, forward and backward");
    if all.clicked() {
        done.commands.push(Command::ShowAll);
    }
}

/// Has the number checked, or no longer.
fn check_button(ui: &mut Ui, scene: &Scene<'_>, done: &mut Done) {
    let checks = scene.session.verifies();
    let check = Button::new("Check").small().selected(checks);
    let check = ui.add(check).on_hover_text(
        "Check the derivative without any: nudge the number and see what the loss does",
    );
    if check.clicked() {
        done.commands.push(Command::Verify(!checks));
    }
}

/// The derivative beside the slope that nudging finds.
fn check(ui: &mut Ui, scene: &Scene<'_>, spot: Spot) {
    ui.add_space(GRID);
    let told = scene.session.ask(&Question::Nudge(spot));
    let nudged = match told.answer.as_deref() {
        Some(Answer::Nudged(Some(nudged))) => nudged,
        Some(Answer::Nudged(None)) => {
            caption(
                ui,
                "This network is too large to be computed anew beside the window.",
            );
            return;
        }
        Some(Answer::Failed) => {
            caption(ui, NOT_WORKED_OUT);
            return;
        }
        _ => {
            caption(ui, "Computing the network anew, twice …");
            return;
        }
    };
    let by = STEP.to_string();
    heading(ui, "checked without derivatives, in double precision");
    // Of two losses that differ far behind the point all digits stand below each other.
    let loss = |value: f64| match value {
        1e-3..1e6 => format!("{value:.12}"),
        other => significant(other, 12),
    };
    ui.spacing_mut().interact_size.y = 15.0;
    ui.label(verdict(nudged));
    Grid::new("check")
        .num_columns(2)
        .spacing([14.0, 4.0])
        .show(ui, |ui| {
            for (name, value) in [
                (format!("loss with {by} more"), loss(nudged.above)),
                (format!("loss with {by} less"), loss(nudged.below)),
                (
                    format!("difference ÷ {}", 2.0 * STEP),
                    significant(nudged.slope, 9),
                ),
                (
                    "by the chain rule".into(),
                    significant(nudged.derivative, 9),
                ),
                (
                    "relative error".into(),
                    nudged
                        .relative_error()
                        .map_or_else(|| "–".into(), |error| significant(error, 2)),
                ),
            ] {
                ui.label(RichText::new(name).size(SMALL));
                ui.label(value);
                ui.end_row();
            }
        });
}

/// What the comparison comes to, which stands before its numbers.
fn verdict(nudged: &Nudged) -> String {
    match (nudged.digits(), nudged.is_truncated) {
        (_, true) => {
            "Backpropagation is truncated: the derivative leaves out what goes through earlier chunks."
                .into()
        }
        (None, _) => "Its derivative is too small to be told from rounding.".into(),
        (Some(0), _) => {
            "Chain rule and difference do not agree: the number stands near a corner, where there is no slope.".into()
        }
        (Some(1), _) => "Chain rule and difference agree in the derivative’s first digit.".to_owned(),
        (Some(digits), _) => {
            format!("Chain rule and difference agree in the derivative’s first {digits} digits.")
        }
    }
}

/// A number and its surroundings.
struct Around<'a> {
    scene: &'a Scene<'a>,
    chosen: Spot,
    all: std::cell::Cell<bool>,
}

impl Around<'_> {
    /// What it is computed from.
    fn reads(&self, ui: &mut Ui, account: &Account, done: &mut Done) {
        if account.reads.is_empty() {
            caption(
                ui,
                match self.chosen {
                    Spot::Parameter(_) => "It is learned: every step reads the same weight.",
                    Spot::Initial(..) => "It is given: where the sequence begins.",
                    _ => "It is given: an input.",
                },
            );
            return;
        }
        heading(ui, "computed from");
        Grid::new("reads")
            .num_columns(3)
            .spacing([14.0, 4.0])
            .show(ui, |ui| {
                head(ui);
                let many = account.reads.len() > 2 * LISTED;
                // Of hundreds of numbers the ones that count come first.
                let influence = |read: &Read| match read {
                    Read::Number { value, slope, .. } | Read::Row { value, slope, .. } => {
                        value * slope
                    }
                };
                let order: Vec<usize> = if many {
                    let products: Vec<f64> = account.reads.iter().map(influence).collect();
                    largest_products(
                        &products,
                        if self.all.get() {
                            MOST_PRODUCTS
                        } else {
                            LISTED
                        },
                    )
                    .0
                } else {
                    (0..account.reads.len()).collect()
                };
                for &index in &order {
                    self.read(ui, &account.reads[index], done);
                }
                let left = account.reads.len() - order.len();
                self.more(ui, left, None, "The numbers that count less");
                if left > 0 {
                    ui.end_row();
                }
            });
    }

    fn read(&self, ui: &mut Ui, read: &Read, done: &mut Done) {
        match read {
            Read::Number { of, value, slope } => {
                self.link(ui, *of, done);
                values(ui, *value, *slope);
            }
            Read::Row {
                weights,
                terms,
                value,
                slope,
            } => {
                let of = terms.first().map(|term| term.of);
                ui.label(name::of_row(self.scene, *weights, of));
                values(ui, *value, *slope);
                self.row(ui, *weights, terms, *slope, done);
            }
        }
    }

    /// The products of a row, the largest first.
    fn row(&self, ui: &mut Ui, weights: usize, terms: &[Summand], slope: f64, done: &mut Done) {
        let listed = match self.all.get() {
            true => MOST_PRODUCTS,
            false => PRODUCTS,
        };
        let products: Vec<f64> = terms.iter().map(|term| term.weight * term.value).collect();
        let (largest, rest) = largest_products(&products, listed);
        let small = |text: String| RichText::new(text).size(SMALL);
        for &index in &largest {
            let term = terms[index];
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                ui.add_space(2.0 * GRID);
                let weight = Spot::Parameter(weights + index);
                let link = ui.link(small(number(term.weight)));
                let hover = format!("{}: the weight itself", name_of(self.scene, weight));
                if link.on_hover_text(hover).clicked() {
                    done.wanted = Some(weight);
                }
                ui.label(small("×".into()));
                self.link(ui, term.of, done);
            });
            ui.label(small(number(term.weight * term.value)));
            // Of what is read; the weight's is the other factor's.
            ui.label(small(number(slope * term.weight)));
            ui.end_row();
        }
        let more = terms.len() - largest.len();
        if more == 0 && terms.len() > PRODUCTS {
            if link(ui, "fewer") {
                self.all.set(false);
            }
            ui.end_row();
        }
        if more > 0 {
            self.more(ui, more, Some(rest), "The smaller products of this row");
            ui.end_row();
        }
    }

    /// “and 12 more”, and what they add up to.
    fn more(&self, ui: &mut Ui, more: usize, rest: Option<f64>, hover: &str) {
        if more == 0 {
            return;
        }
        ui.horizontal(|ui| {
            ui.add_space(2.0 * GRID);
            let text = RichText::new(format!("and {more} more")).size(SMALL);
            let response = match self.all.get() {
                false => ui.link(text),
                true => ui.label(text),
            };
            if response.on_hover_text(hover).clicked() {
                self.all.set(true);
            }
        });
        if let Some(rest) = rest {
            ui.label(RichText::new(number(rest)).size(SMALL));
        }
    }

    /// The name of what is read, which leads to it where it is one of the network's.
    fn link(&self, ui: &mut Ui, of: Named, done: &mut Done) {
        let name = name::of_named(self.scene, of);
        match of {
            Named::Spot(spot) => {
                if link(ui, &name) {
                    done.wanted = Some(spot);
                }
            }
            Named::Given(..) => {
                ui.label(RichText::new(name).size(SMALL));
            }
        }
    }

    /// What its gradient is the sum of.
    fn shares(&self, ui: &mut Ui, shares: &[Share], arrived: &Arrived, done: &mut Done) {
        let is_loss = matches!(
            self.chosen,
            Spot::Computed { station, .. } if station.line == Line::Loss
        );
        if is_loss {
            caption(ui, "The loss is the sum of its terms, so that this is 1.");
            return;
        }
        heading(
            ui,
            match self.chosen {
                Spot::Parameter(_) if shares.len() > LISTED => {
                    "its gradient is the sum over all that read it, the largest first"
                }
                Spot::Parameter(_) => "its gradient is the sum over all that read it",
                _ => "its gradient is the sum of what hands it back",
            },
        );
        if shares.is_empty() {
            caption(
                ui,
                match arrived {
                    Arrived::All => "Nothing that the loss depends on reads it.",
                    _ => "Nothing has arrived yet.",
                },
            );
            return;
        }
        let sizes: Vec<f64> = shares.iter().map(|share| share.value).collect();
        let listed = if self.all.get() {
            MOST_PRODUCTS
        } else {
            LISTED
        };
        let (mut largest, rest) = largest_products(&sizes, listed);
        // A few stand in the order of the sweep, of many the largest come first.
        if shares.len() <= LISTED {
            largest.sort_unstable();
        }
        Grid::new("shares")
            .num_columns(3)
            .spacing([14.0, 4.0])
            .show(ui, |ui| {
                for &index in &largest {
                    let share = shares[index];
                    let text = name::of_reader(self.scene, share.by, share.head);
                    if link(ui, &text) {
                        done.wanted = Some(self.reader(share));
                    }
                    ui.label(number(share.value));
                    if let Some(Factors { slope, adjoint, .. }) = share.factors {
                        let product = format!("= {} × {}", number(slope), number(adjoint));
                        let here = "The chain rule: the slope of what reads it, times the gradient of that";
                        explained(caption(ui, &product), here, &[Term::Adjoint]);
                    } else if self.width(share.by) > 1 && !matches!(self.chosen, Spot::Parameter(_)) {
                        let here = "Several of its numbers read this one, each with its own weight; their shares are added up here";
                        let count = self.width(share.by);
                        explained(caption(ui, &format!("over {count} units")), here, &[Term::Adjoint]);
                    }
                    ui.end_row();
                }
                let more = shares.len() - largest.len();
                if more > 0 {
                    self.more(ui, more, Some(rest), "The smaller shares");
                    ui.end_row();
                }
                let together = match arrived {
                    Arrived::All => "together",
                    _ => "together so far",
                };
                ui.label(RichText::new(together).strong());
                let sum: f64 = sizes.iter().sum();
                ui.label(RichText::new(number(sum)).strong());
                ui.end_row();
            });
    }

    /// The number of a reader that a link leads to: the unit's own, the weight's row, or the first.
    fn reader(&self, share: Share) -> Spot {
        let own = match self.chosen {
            Spot::Computed { unit, .. } | Spot::Input { unit, .. } | Spot::Initial(_, unit) => unit,
            Spot::Parameter(index) => {
                let network = &self.scene.snapshot.material.network;
                let at = network.settable(self.chosen).map(|(_, at)| at);
                let row = at.and_then(|at| at.first().copied()).unwrap_or(index);
                match share.by.line {
                    Line::Cell(_) => row % self.width(share.by).max(1),
                    _ => row,
                }
            }
        };
        let own = share.factors.map_or(own, |factors| factors.unit);
        Spot::Computed {
            station: share.by,
            head: share.head,
            unit: own.min(self.width(share.by).saturating_sub(1)),
        }
    }

    /// How many numbers an operation computes.
    fn width(&self, station: Station) -> usize {
        let parts = &self.scene.snapshot.probe.parts;
        let network = &self.scene.snapshot.material.network;
        let part = parts.get(station.part);
        match station.line {
            Line::Loss => 1,
            Line::Readout => network.output_size(),
            Line::Scores | Line::Weights => 1,
            Line::Context => 1,
            Line::Projections => 3 * network.hidden_size(),
            _ => {
                let scan = part.and_then(|part| part.scans.last());
                scan.map_or(1, |scan| scan.trace.h.dim().2)
            }
        }
    }
}

/// A few words in a row of things: on a line of their own rather than on two, where there is that much room.
fn on_one_line(ui: &mut Ui, text: impl Into<WidgetText>) -> Response {
    let text: WidgetText = text.into();
    let mode = Some(TextWrapMode::Extend);
    let galley = (text.clone()).into_galley(ui, mode, f32::INFINITY, TextStyle::Body);
    match galley.size().x <= ui.max_rect().width() {
        true => ui.add(Label::new(text).extend()),
        false => ui.label(text),
    }
}

/// Some room before what comes next in a row of things. At the row's end there is none: it would make the row wider than its
/// place, and what comes next stands on the next one.
fn gap(ui: &mut Ui) {
    if ui.available_size_before_wrap().x > GRID {
        ui.add_space(GRID);
    }
}

/// A few words on one line, small and quiet.
fn remark(ui: &mut Ui, text: &str) {
    let weak = Palette::of(ui.visuals()).weak_text;
    on_one_line(ui, RichText::new(text).size(SMALL).color(weak));
}

fn link(ui: &mut Ui, text: &str) -> bool {
    ui.link(RichText::new(text).size(SMALL)).clicked()
}

fn values(ui: &mut Ui, value: f64, slope: f64) {
    ui.label(number(value));
    ui.label(number(slope));
    ui.end_row();
}

fn heading(ui: &mut Ui, text: &str) -> Response {
    let palette = Palette::of(ui.visuals());
    ui.label(RichText::new(text).size(SMALL).color(palette.weak_text))
}

/// The columns of what a number is computed from.
fn head(ui: &mut Ui) {
    heading(ui, "");
    heading(ui, "value");
    let slope = heading(ui, "slope");
    let here = "How much the number changes when this changes by one";
    explained(slope, here, &[Term::Slope]);
    ui.end_row();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_equations_are_latex() {
        assert_eq!(in_digits(0.25, true), "0.25");
        assert_eq!(in_digits(-0.25, true), "(-0.25)");
        assert_eq!(in_digits(-0.25, false), "-0.25");
        assert_eq!(in_digits(-1.5e-7, true), "(-1.5 \\times 10^{-7})");
        assert_eq!(in_digits(2e12, false), "2 \\times 10^{12}");
    }

    /// Behind a sign a number below 0 needs brackets, alone within those of a function it has them already.
    #[test]
    fn a_number_within_a_function_has_its_brackets_once() {
        use crate::nn::expr::{Expr, product, sigmoid, tanh};
        let value = |value: f64| Expr::<f64, f64>::Value(value);
        for (formula, latex) in [
            (tanh(value(-0.25)), "\\tanh(-0.25)"),
            (sigmoid(value(0.5)), "\\sigma(0.5)"),
            (tanh(value(0.5) + value(-0.25)), "\\tanh(0.5 + (-0.25))"),
            (value(2.0) * tanh(value(-1.0)), "2 \\odot \\tanh(-1)"),
            (tanh(product(-2.0, value(-1.0))), "\\tanh((-2)\\,(-1))"),
        ] {
            assert_eq!(formula.latex(&InDigits), latex);
        }
    }

    /// Whatever the width is, a row of things takes no more than that, also where room is left before what wraps.
    #[test]
    fn a_row_with_gaps_is_not_wider_than_its_place() {
        use egui_kittest::Harness;
        use std::cell::Cell;
        for width in (100_u16..180).map(f32::from) {
            let over = Cell::new(0.0);
            let harness = Harness::builder().with_size([400.0, 200.0]).build_ui(|ui| {
                ui.set_max_width(width);
                let row = ui.horizontal_wrapped(|ui| {
                    for _ in 0..6 {
                        let _ = ui.button("Set");
                        gap(ui);
                    }
                });
                over.set(row.response.rect.width() - width);
            });
            drop(harness);
            assert!(over.get() < 0.5, "{width}: {}", over.get());
        }
    }

    #[test]
    fn a_remark_is_not_broken_where_a_line_has_room_for_it() {
        use egui_kittest::{Harness, kittest::Queryable};
        let remark = "its gradient comes on the way back";
        for (width, breaks) in [(600.0, false), (330.0, false), (120.0, true)] {
            let mut harness = Harness::builder().with_size([width, 200.0]).build_ui(|ui| {
                ui.horizontal_wrapped(|ui| {
                    ui.label("h[7] at t = 4 = 0.1083");
                    on_one_line(ui, remark);
                });
            });
            harness.run();
            let height = harness.get_by_label(remark).rect().height();
            assert_eq!(height > 24.0, breaks, "{width}: {height}");
        }
    }

    /// What is written to be changed is read as nearly the same number, and again written so.
    #[test]
    fn a_number_to_be_changed_is_written_shortly() {
        for value in [0.0, 0.25, -0.123_456_789, 135.0, 1e-9, -2.5e5, 0.001] {
            let text = digits(value);
            let read: f64 = text.parse().unwrap();
            assert!((read - value).abs() <= 1e-4 * value.abs(), "{text}");
            assert!(text.len() <= 12, "{text}");
        }
        assert_eq!(digits(135.0), "135");
    }
}
