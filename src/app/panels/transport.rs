//! The transport bar: the cursor's moves, the two sweeps, and training.

use crate::app::theme::{self, GRID, Palette, SMALL};
use crate::app::widgets::{
    Term, compact_choice, explained, explained_while_disabled, has_room, primary_button,
    primary_signed_button, segmented, signed_button,
};
use crate::nn::{Move, Part, Schedule, Sweep};
use crate::platform::clock::Instant;
use crate::session::{Command, RunOnShow, Session, Step};
use crate::train::Status;
use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align, Button, Key, Layout, Modifiers, Response, RichText, Slider, Ui, WidgetInfo,
};
use std::time::Duration;

/// Steps a second while playing.
const SPEEDS: std::ops::RangeInclusive<f32> = 1.0..=60.0;

/// What the bar keeps between frames.
pub struct Transport {
    /// What a step is.
    pub step: Step,
    /// Steps per second while playing.
    pub speed: f32,
    /// Whether a lesson's question waits for its answer: that is the next thing to do then, and nothing here is.
    pub answer_first: bool,
    /// Whether something else than training is next, as a lesson's page says.
    pub not_training: bool,
    next: Option<Instant>,
}

impl Default for Transport {
    fn default() -> Self {
        Self {
            step: Step::Time,
            speed: 6.0,
            answer_first: false,
            not_training: false,
            next: None,
        }
    }
}

/// How wide the first button is with either of its words, so that what stands beside it never moves under the pointer.
const PLAY: f32 = 80.0;

/// How long the line is that one draws along to move through time.
const SCRUBBER: f32 = 120.0;

impl Transport {
    /// Whether the cursor is moving by itself.
    pub fn is_playing(&self) -> bool {
        self.next.is_some()
    }

    /// What it moves by.
    pub fn moves_by(&self) -> Step {
        self.step
    }

    /// Lets the cursor rest.
    pub fn rest(&mut self) {
        self.next = None;
    }

    /// Draws the bar; returns what the user wants.
    pub fn show(&mut self, ui: &mut Ui, session: &Session) -> Vec<Command> {
        let mut commands = Vec::new();
        let palette = Palette::of(ui.visuals());
        let ready = session.snapshot().is_some();
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            let room = Room::of(ui.available_width(), session);
            ui.add_enabled_ui(ready, |ui| {
                // A button that would do nothing says so, and one that turns to the other sweep says that.
                let nowhere = |by, why| (!session.leads_on(by)).then_some(why);
                let [back, on] = self.arrows_say(session);
                if self.play_button(ui, session, room) {
                    self.toggle(session, &mut commands);
                }
                ui.spacing_mut().item_spacing.x = 2.0;
                for (sign, name, command, reason, term) in [
                    (
                        "⏮",
                        "To the beginning of the sweep (Home)",
                        Command::Move(Move::First),
                        nowhere(Move::First, "The sweep is at its beginning"),
                        Term::Sweep,
                    ),
                    (
                        "‹",
                        back,
                        Command::StepBy(self.step, false),
                        session.no_step(self.step, false),
                        meaning(self.step),
                    ),
                    (
                        "›",
                        on,
                        Command::StepBy(self.step, true),
                        session.no_step(self.step, true),
                        meaning(self.step),
                    ),
                    (
                        "⏭",
                        "To the end of the sweep (End)",
                        Command::Move(Move::Last),
                        nowhere(Move::Last, "The sweep is at its end"),
                        Term::Sweep,
                    ),
                ] {
                    // The keys do it too.
                    if term == Term::Sweep && room < Room::Ends {
                        continue;
                    }
                    if button(ui, sign, name, reason, term).clicked() {
                        commands.push(command);
                    }
                }
                ui.spacing_mut().item_spacing.x = 6.0;
                ui.add_space(6.0);
                if room >= Room::Labels {
                    ui.label(RichText::new("move by").color(palette.weak_text));
                }
                if room >= Room::List {
                    self.step(ui, room);
                    ui.add_space(6.0);
                }
                part(ui, session, &mut commands);
                let mut sweep = session.cursor().sweep;
                let sweeps = if room >= Room::Words {
                    [
                        (Sweep::Forward, "→ forward"),
                        (Sweep::Backward, "← backward"),
                    ]
                } else {
                    [(Sweep::Forward, "→"), (Sweep::Backward, "←")]
                };
                let choice = segmented(ui, "Sweep", &mut sweep, &sweeps);
                let here = "Forward reveals states ( [ ), backward reveals gradients ( ] )";
                if explained(choice, here, &[Term::Sweep]).changed() {
                    commands.push(Command::Sweep(sweep));
                }
                ui.add_space(6.0);
                if let Some(schedule) = session.schedule() {
                    let turn_told = ui.available_width() > TURN_TOLD;
                    let by_operation = self.step == Step::Operation;
                    let text = step_on_show(session, &schedule, by_operation, turn_told);
                    let text = match room >= Room::Words {
                        true => Some(RichText::new(text).monospace()),
                        false => step_between_signs(ui, session, &text, room),
                    };
                    if let Some(text) = text {
                        let label = ui.label(text);
                        let here = turns(session, &schedule).unwrap_or("Where the cursor stands");
                        explained(label, here, &[Term::TimeStep, Term::Counting]);
                    }
                }
                // Beside the run's own controls, which come from the right.
                const OF_THE_RUN: f32 = 340.0;
                if let Some(schedule) = session.schedule()
                    && ui.available_width() > OF_THE_RUN + SCRUBBER + 40.0
                {
                    self.scrubber(ui, session, &schedule, &mut commands);
                }
                if ui.available_width() > OF_THE_RUN + 100.0 {
                    self.speed(ui, &palette);
                }
            });
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                self.training(ui, session, ready, room, &mut commands);
            });
        });
        self.play(ui, session, &mut commands);
        commands
    }

    /// What the buttons say that go one step back and on.
    fn arrows_say(&self, session: &Session) -> [&'static str; 2] {
        let schedule = session.schedule().filter(|_| self.walks());
        let stands_at = |by, sweep| {
            schedule.as_ref().is_some_and(|schedule| {
                let cursor = session.cursor();
                cursor.sweep == sweep && cursor == cursor.moved(schedule, by)
            })
        };
        let back = match stands_at(Move::First, Sweep::Backward) {
            true => "One step back (←): to the end of the forward sweep",
            false => "One step back (←)",
        };
        let on = match stands_at(Move::Last, Sweep::Forward) {
            true => "One step on (→): the forward sweep is done, the way back begins",
            false => "One step on (→)",
        };
        [back, on]
    }

    /// The button that sets the cursor going and lets it rest; the next thing to do, as long as nothing was walked through.
    fn play_button(&self, ui: &mut Ui, session: &Session, room: Room) -> bool {
        let playing = self.is_playing();
        let (sign, name, hover) = match playing {
            true => ("⏸", "Pause", "Stop here (space)"),
            false if self.walks() && self.has_ended(session) => (
                "▶",
                "Play",
                "Step by itself, from the beginning again (space)",
            ),
            false => ("▶", "Play", "Step by itself (space)"),
        };
        let is_next = is_fresh(session) && !playing && !self.answer_first;
        let response = match room >= Room::Ends {
            true if is_next => primary_signed_button(ui, sign, name, PLAY),
            true => signed_button(ui, sign, name, PLAY),
            false => {
                let button = Button::new(theme::symbols(sign));
                ui.add(button.min_size(eframe::egui::vec2(36.0, 28.0)))
            }
        };
        // Training has a button to pause too.
        let spoken = if playing { "Pause playing" } else { name };
        response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), spoken));
        explained(response, hover, &[meaning(self.step)]).clicked()
    }

    /// Time, to be drawn along: it moves the cursor within its sweep, and nothing else.
    fn scrubber(
        &mut self,
        ui: &mut Ui,
        session: &Session,
        schedule: &Schedule,
        commands: &mut Vec<Command>,
    ) {
        let (now, steps) = time_on_show(session, schedule, self.step == Step::Operation);
        if steps < 2 {
            return;
        }
        ui.spacing_mut().slider_width = SCRUBBER;
        let mut t = now.max(1);
        let slider = Slider::new(&mut t, 1..=steps).show_value(false);
        let response = ui.add(slider);
        response.widget_info(|| WidgetInfo::slider(true, t as f64, "Time step"));
        if response.changed() && t != now {
            commands.push(Command::Move(Move::To(t)));
        }
        explained(
            response,
            "Draw along to move through time",
            &[Term::TimeStep],
        );
    }

    /// How fast it goes.
    fn speed(&mut self, ui: &mut Ui, palette: &Palette) {
        ui.add_space(6.0);
        let text = format!("{:.0} a second", self.speed);
        ui.spacing_mut().slider_width = 64.0;
        let name = "Speed of playing";
        let slider = Slider::new(&mut self.speed, SPEEDS)
            .logarithmic(true)
            .show_value(false);
        let response = ui.add(slider);
        response.widget_info(|| WidgetInfo::slider(true, f64::from(self.speed), name));
        response.on_hover_text(format!("{name}: {text}"));
        ui.label(RichText::new(text).size(SMALL).color(palette.weak_text));
    }

    /// What a step is.
    fn step(&mut self, ui: &mut Ui, room: Room) {
        if room >= Room::Steps {
            let steps = Step::ALL.map(|step| (step, step.title()));
            let choice = segmented(ui, "Move by", &mut self.step, &steps);
            let here = "What the arrow keys, the buttons before and playing move by";
            explained(choice, here, &[meaning(self.step)]);
            return;
        }
        let mut chosen = Step::ALL.iter().position(|&step| step == self.step);
        let chosen = chosen.get_or_insert(0);
        compact_choice(ui, "Move by", chosen, &Step::ALL.map(Step::title));
        self.step = Step::ALL[*chosen];
    }

    /// From the right: reset, one update, train or pause, and how far the run is.
    fn training(
        &mut self,
        ui: &mut Ui,
        session: &Session,
        ready: bool,
        room: Room,
        commands: &mut Vec<Command>,
    ) {
        let palette = Palette::of(ui.visuals());
        ui.add_enabled_ui(ready, |ui| {
            let diverged = !session.can_train();
            if room >= Room::Signs {
                reset_and_update(ui, diverged, commands);
            } else {
                let more = ui.menu_button("…", |ui| {
                    reset_and_update(ui, diverged, commands);
                    if room < Room::List {
                        ui.separator();
                        for step in Step::ALL {
                            ui.radio_value(
                                &mut self.step,
                                step,
                                format!("Move by {}", step.title()),
                            );
                        }
                    }
                });
                let (response, name) = (more.response, "More");
                response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
                response.on_hover_text("More of what can be done to the run");
            }
            let trained = session.letters_to_be_trained();
            ui.add_enabled_ui(!diverged, |ui| {
                if session.is_running() {
                    if primary_button(ui, "Pause")
                        .on_hover_text("Stop training (T)")
                        .clicked()
                    {
                        commands.push(Command::Pause);
                    }
                    return;
                }
                // Beside others that go on a run on show that has ended is not trained, and the button says so.
                let runs = session.runs();
                let is_shown = |run: &&RunOnShow<'_>| run.is_on_show;
                let is_among = runs
                    .iter()
                    .find(is_shown)
                    .is_none_or(|run| trained.contains(&run.letter));
                // Of the newest update, though an earlier one may be on show: from there training goes on.
                let is_done = session.trains_on();
                let letters: Vec<String> = trained.iter().map(char::to_string).collect();
                let letters = letters.join(", ");
                let text = match is_among || trained.is_empty() {
                    true if is_done => "Train on".to_owned(),
                    true => "Train".to_owned(),
                    false if is_done => format!("Train {letters} on"),
                    false => format!("Train {letters}"),
                };
                let later = self.answer_first || self.not_training;
                let button = match is_fresh(session) || is_done || later {
                    true => ui.button(text),
                    false => primary_button(ui, &text),
                };
                let here = match runs.len() {
                    count if is_done => {
                        let of = match count == trained.len() {
                            true => String::new(),
                            false => format!(" of {letters}"),
                        };
                        format!(
                            "All planned updates{of} are made. As many once more (T), from the newest; the network of any kept update can be shown again in “Training”"
                        )
                    }
                    0 | 1 => "Make all planned updates (T)".to_owned(),
                    _ => format!("Make all planned updates of {letters} (T)"),
                };
                let button = explained(button, &here, &[Term::Update]);
                let button = explained_while_disabled(button, ENDED, &[Term::Divergence]);
                if button.clicked() {
                    commands.push(Command::Start);
                }
            });
            if let Some(snapshot) = session.snapshot().filter(|_| room >= Room::All) {
                // What is on show, which is not the last update of a run that has diverged.
                let update = snapshot.update;
                let hover = match &snapshot.status {
                    Status::Diverged(divergence) => {
                        format!("{} These are on show.", divergence.which())
                    }
                    _ => "Updates made, of those planned".into(),
                };
                let kept = session.remade().map_or(0, |remade| remade.kept);
                let planned = snapshot.planned.max(update).max(kept);
                // Of a long run the numbers alone, or nothing, rather than over what stands beside it.
                let told = [
                    format!("update {update}/{planned}"),
                    format!("{update}/{planned}"),
                    format!("{update}"),
                ];
                if let Some(text) = told.into_iter().find(|text| has_room(ui, text, GRID)) {
                    let label = ui.label(RichText::new(text).size(SMALL).color(palette.weak_text));
                    explained(label, &hover, &[Term::Update]);
                }
            }
        });
    }

    /// Takes the keys of the transport and of training; the caller asks only while no dialogue is open, and says whether arrows
    /// and space are free.
    pub fn keys(&mut self, ui: &Ui, session: &Session, are_free: bool) -> Vec<Command> {
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let mut commands = Vec::new();
        // Arrows and space belong to whatever has the focus; letters and brackets to the transport unless they are being typed.
        if are_free {
            for (key, command) in [
                (Key::ArrowRight, Command::StepBy(self.step, true)),
                (Key::ArrowLeft, Command::StepBy(self.step, false)),
                (Key::Home, Command::Move(Move::First)),
                (Key::End, Command::Move(Move::Last)),
            ] {
                if pressed(key) {
                    commands.push(command);
                }
            }
            if pressed(Key::Space) {
                self.toggle(session, &mut commands);
            }
        }
        if ui.ctx().text_edit_focused() {
            return commands;
        }
        for (key, command) in [
            (Key::OpenBracket, Command::Sweep(Sweep::Forward)),
            (Key::CloseBracket, Command::Sweep(Sweep::Backward)),
            (Key::R, Command::Reset),
        ] {
            if pressed(key) {
                commands.push(command);
            }
        }
        // As the buttons are: where no run can go on they do nothing.
        let train = match session.is_running() {
            true => Command::Pause,
            false => Command::Start,
        };
        for (key, command) in [(Key::U, Command::Update(1)), (Key::T, train)] {
            if pressed(key) && session.can_train() {
                commands.push(command);
            }
        }
        commands
    }

    /// Whether a step is one of the sweep, which comes to an end.
    fn walks(&self) -> bool {
        matches!(self.step, Step::Operation | Step::Time)
    }

    /// Whether playing has come to where no step leads on.
    fn has_ended(&self, session: &Session) -> bool {
        match self.walks() {
            true => session
                .schedule()
                .is_some_and(|schedule| session.cursor() == crate::nn::Cursor::end(&schedule)),
            false => session.no_step(self.step, true).is_some(),
        }
    }

    fn interval(&self) -> Duration {
        Duration::from_secs_f32(1.0 / self.speed)
    }

    fn toggle(&mut self, session: &Session, commands: &mut Vec<Command>) {
        if self.is_playing() {
            self.next = None;
            return;
        }
        let mut first = Instant::now();
        // From the very end, playing begins again: not at once, since the way there is not carried out yet.
        if self.walks() && self.has_ended(session) {
            commands.push(Command::Sweep(Sweep::Forward));
            first += self.interval();
        }
        self.next = Some(first);
    }

    fn play(&mut self, ui: &Ui, session: &Session, commands: &mut Vec<Command>) {
        let Some(next) = self.next else { return };
        let now = Instant::now();
        if now >= next {
            if self.has_ended(session) && commands.is_empty() {
                self.next = None;
                // The button has been drawn as one that stops.
                ui.ctx().request_repaint();
                return;
            }
            // An update that is still being made must not be asked for twice.
            if commands.is_empty() && !session.is_running() {
                commands.push(Command::StepBy(self.step, true));
            }
            self.next = Some(now + self.interval());
        }
        ui.ctx().request_repaint_after(
            self.next
                .map_or(Duration::ZERO, |next| next.saturating_duration_since(now)),
        );
    }
}

/// Whether nothing was walked through and nothing trained: the first thing to do is to play.
fn is_fresh(session: &Session) -> bool {
    let at_start = session.cursor() == crate::nn::Cursor::START;
    at_start
        && session
            .snapshot()
            .is_some_and(|snapshot| snapshot.made() == 0)
}

/// What comes after the end of a sweep, said where the cursor is there.
fn turns(session: &Session, schedule: &Schedule) -> Option<&'static str> {
    let cursor = session.cursor();
    let last = cursor.moved(schedule, Move::Last);
    match cursor.sweep {
        _ if cursor != last => None,
        Sweep::Forward => Some("The forward sweep is done: the next step begins the way back"),
        Sweep::Backward => Some("Both sweeps are done"),
    }
}

/// The step in less room, where the controls are signs: it may fit between them and the run's own, which take so much at least.
fn step_between_signs(ui: &Ui, session: &Session, told: &str, room: Room) -> Option<RichText> {
    const OF_THE_RUN: f32 = 218.0;
    // Beside others the button that trains names them.
    let of_several = if session.runs().len() > 1 { 80.0 } else { 0.0 };
    let short = told.trim_start_matches("t = ");
    let mut texts = [told, short].into_iter();
    let fits = texts.find(|text| has_room(ui, text, OF_THE_RUN + of_several))?;
    (room >= Room::Signs).then(|| RichText::new(fits).size(SMALL))
}

/// From so much room on, in points, the end of the forward sweep is marked beside the time: less is needed by the run's controls.
const TURN_TOLD: f32 = 350.0;

/// “t = 3/22” of the part on show, with a mark where the next step turns to the way back.
fn step_on_show(
    session: &Session,
    schedule: &Schedule,
    by_operation: bool,
    turn_told: bool,
) -> String {
    let (t, steps) = time_on_show(session, schedule, by_operation);
    let told = format!("t = {t}/{steps}");
    match turns(session, schedule).filter(|_| turn_told) {
        Some(_) if session.cursor().sweep == Sweep::Forward => format!("{told} → ←"),
        _ => told,
    }
}

/// The step that the cursor stands at in the part on show, and how many that has.
fn time_on_show(session: &Session, schedule: &Schedule, by_operation: bool) -> (usize, usize) {
    let part = session.part();
    let parts = session.snapshot().map(|snapshot| &snapshot.probe.parts);
    let steps = parts
        .and_then(|parts| parts.get(part))
        .map_or(0, Part::seq_len);
    let cursor = session.cursor();
    // Where all is revealed another part may be on show than the one that was walked through last.
    let t = if cursor.part(schedule) == part {
        cursor.shown_t(schedule, by_operation)
    } else {
        cursor.in_part(schedule, part).t(schedule)
    };
    (t, steps)
}

/// What a step is, in the glossary.
fn meaning(step: Step) -> Term {
    match step {
        Step::Operation => Term::Operation,
        Step::Time => Term::TimeStep,
        Step::Sequence => Term::Sequence,
        Step::Update => Term::Update,
    }
}

fn button(ui: &mut Ui, sign: &str, name: &str, reason: Option<&str>, term: Term) -> Response {
    let button = Button::new(theme::symbols(sign)).min_size(eframe::egui::vec2(28.0, 28.0));
    let response = ui.add_enabled(reason.is_none(), button);
    // Screen readers get the name, not the sign.
    let spoken = name.split(" (").next().unwrap_or(name);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, reason.is_none(), spoken));
    let response = explained(response, name, &[term]);
    match reason {
        Some(reason) => explained_while_disabled(response, reason, &[term]),
        None => response,
    }
}

/// How much of the bar there is room for, from the least: each has all that the ones before it have.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Room {
    /// What one does all the time; the rest is in a menu.
    Bare,
    /// The list of what a step is.
    List,
    /// The ends of the sweep, and the first button's name.
    Ends,
    /// Every control, some of them as signs or lists.
    Signs,
    /// The sweeps' names and the cursor's step.
    Words,
    /// What a step is, all choices in sight.
    Steps,
    /// What is written before choices.
    Labels,
    /// How far the run is, which the bar at the top says too.
    All,
}

impl Room {
    /// What fits into so many points.
    fn of(width: f32, session: &Session) -> Self {
        let several = session
            .snapshot()
            .is_some_and(|snapshot| snapshot.probe.parts.len() > 1);
        // The choice of the part.
        let width = if several { width - 170.0 } else { width };
        match width {
            width if width >= 1212.0 => Room::All,
            width if width >= 1112.0 => Room::Labels,
            width if width >= 1050.0 => Room::Steps,
            width if width >= 838.0 => Room::Words,
            width if width >= 640.0 => Room::Signs,
            width if width >= 524.0 => Room::Ends,
            width if width >= 424.0 => Room::List,
            _ => Room::Bare,
        }
    }
}

/// Which part of the network is on show, where there are several.
fn part(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let parts = session
        .snapshot()
        .map_or(&[][..], |snapshot| &snapshot.probe.parts);
    if parts.len() < 2 {
        return;
    }
    let options: Vec<(usize, &str)> = parts
        .iter()
        .enumerate()
        .map(|(index, part)| (index, part.name))
        .collect();
    let mut shown = session.part();
    let choice = segmented(ui, "Part of the network", &mut shown, &options);
    if choice
        .on_hover_text("Each part has a time axis of its own; all views show this one")
        .changed()
    {
        commands.push(Command::ShowPart(shown));
    }
    ui.add_space(6.0);
}

/// The buttons that are not the next thing to do, from the right or one below the other.
/// Why nothing can be trained.
const ENDED: &str = "The run has diverged. Change something and reset";

fn reset_and_update(ui: &mut Ui, diverged: bool, commands: &mut Vec<Command>) {
    let hover = "Back to the start of the run, with the settings as they are now (R)";
    if ui.button("Reset").on_hover_text(hover).clicked() {
        commands.push(Command::Reset);
    }
    let button = ui.add_enabled(!diverged, Button::new("Update"));
    let button = explained(button, "Make one update (U)", &[Term::Update]);
    let button = explained_while_disabled(button, ENDED, &[Term::Divergence]);
    if button.clicked() {
        commands.push(Command::Update(1));
    }
}
