//! Menus, and what is open and going on.

use crate::app::panes::{Entry, RESTORE};
use crate::app::theme::{self, GRID, Palette, SMALL, TEXT};
use crate::app::views::Purpose;
use crate::app::widgets::{Term, compact_choice, explained, has_room, small_width};
use crate::experiment::gallery;
use crate::lesson::{Progress, Shelf};
use crate::nn::{Move, Sweep};
use crate::session::{Command, Comparison, Origin, Session, Step};
use crate::train::{Answer, Diagnosis, Question, Status};
use crate::words::counted;
use eframe::egui::accesskit::Role;
use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{
    self, Align, Button, FontId, Layout, MenuBar, Response, RichText, ScrollArea, Ui, WidgetInfo,
    vec2,
};
use std::collections::BTreeMap;

/// The tabs of the layouts and the state of the run beside each other take so many points.
const TABS: f32 = 724.0;
/// Above and below the list of lessons their menu needs so much.
const BELOW_LESSONS: f32 = 260.0;
/// The same for the gallery, which has nothing else in its menu.
const BELOW_GALLERY: f32 = 100.0;
/// All menus beside each other and the list of layouts take so many; with less room the menus are one.
const MENUS: f32 = 580.0;

/// Something chosen from the menus that is not a command of the session.
#[derive(Clone, Debug, PartialEq)]
pub enum MenuAction {
    /// Open a file.
    OpenFile,
    /// Open a file by typing its path.
    TypePath,
    /// Save the experiment to its file, or to one that is chosen if it has none.
    Save,
    /// Save the experiment to another file.
    SaveAs,
    /// Open a folder of lessons.
    OpenLessons,
    /// Leave the folder of lessons.
    CloseLessons,
    /// Forget what was reached in lessons, once that is asked about.
    ForgetLessons,
    /// Show the course as a path.
    Course,
    /// Begin the lesson with this index.
    Lesson(usize),
    /// Show the set-up panel.
    Setup,
    /// Show what is wrong with the run on show.
    Findings,
    /// Turn to a layout.
    Layout(Purpose),
    /// Light or dark.
    Theme(egui::ThemePreference),
    /// Let things move, or no longer.
    Movement,
    /// Panes as they were in the beginning.
    ResetLayout,
    /// Show or hide a view.
    TogglePane(String),
    /// Give a view all the room.
    EnlargePane(String),
    /// Give every pane its place again.
    RestorePanes,
    /// Show what words mean, or no longer.
    Glossary,
    /// Show keys and facts.
    About,
    /// Close the window.
    Quit,
}

impl MenuAction {
    /// Whether it is about what lies behind the course's screen.
    pub fn is_of_the_work(&self) -> bool {
        !matches!(
            self,
            MenuAction::Course
                | MenuAction::OpenFile
                | MenuAction::TypePath
                | MenuAction::Save
                | MenuAction::SaveAs
                | MenuAction::OpenLessons
                | MenuAction::CloseLessons
                | MenuAction::ForgetLessons
                | MenuAction::Theme(_)
                | MenuAction::Movement
                | MenuAction::Glossary
                | MenuAction::About
                | MenuAction::Quit
        )
    }
}

/// The lessons, and how far the learner is in them.
pub struct Lessons<'a> {
    /// The lessons.
    pub shelf: &'a Shelf,
    /// The folder of own lessons that is open.
    pub folder: Option<&'a str>,
    /// What was reached, by the lesson's id.
    pub progress: &'a BTreeMap<String, Progress>,
    /// Whether one is being played.
    pub playing: bool,
}

/// What there is to look at, and how it is laid out.
pub struct Views<'a> {
    /// All views.
    pub panes: &'a [Entry],
    /// Whether one pane has all the room.
    pub enlarged: bool,
    /// The layout on show.
    pub layout: Purpose,
    /// Whether nothing is to move.
    pub still: bool,
}

/// Draws the bar.
pub fn show(
    ui: &mut Ui,
    session: &Session,
    lessons: &Lessons<'_>,
    views: &Views<'_>,
    commands: &mut Vec<Command>,
) -> Option<MenuAction> {
    let mut action = None;
    MenuBar::new().ui(ui, |ui| {
        if ui.available_width() >= MENUS {
            menus(ui, session, lessons, views, commands, &mut action);
        } else {
            menu(ui, "Menu", |ui| {
                menus(ui, session, lessons, views, commands, &mut action);
            });
        }
        ui.add_space(2.0 * GRID);
        if let Some(layout) = layouts(ui, views.layout) {
            action = Some(MenuAction::Layout(layout));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if status(ui, session) {
                action = Some(MenuAction::Findings);
            }
        });
    });
    action
}

/// The menus, beside each other in the bar or below each other in a menu.
fn menus(
    ui: &mut Ui,
    session: &Session,
    lessons: &Lessons<'_>,
    views: &Views<'_>,
    commands: &mut Vec<Command>,
    action: &mut Option<MenuAction>,
) {
    menu(ui, "File", |ui| {
        choose(ui, "Open…", MenuAction::OpenFile, action);
        choose(ui, "Open path…", MenuAction::TypePath, action);
        choose(ui, "Save experiment", MenuAction::Save, action).on_hover_text("Ctrl S");
        choose(ui, "Save experiment as…", MenuAction::SaveAs, action).on_hover_text("Ctrl Shift S");
        ui.separator();
        choose(ui, "Quit", MenuAction::Quit, action);
    });
    menu(ui, "Edit", |ui| {
        edit(ui, session, lessons.playing, commands);
    });
    menu(ui, "Data", |ui| {
        choose(ui, "Import CSV or text…", MenuAction::OpenFile, action);
        choose(
            ui,
            "Import CSV or text by path…",
            MenuAction::TypePath,
            action,
        );
    });
    menu(ui, "Lessons", |ui| {
        ui.set_min_width(260.0);
        choose(ui, "The course", MenuAction::Course, action)
            .on_hover_text("All lessons as a path: what was reached, and where you are");
        ui.separator();
        // What is chosen beside them stays in sight below a list that is longer than the window.
        let room = ui.ctx().content_rect().height() - BELOW_LESSONS;
        let list = tall(room);
        list.show(ui, |ui| {
            for (index, lesson) in lessons.shelf.lessons.iter().enumerate() {
                let progress = lessons.progress.get(&lesson.id);
                let complete = progress.is_some_and(|progress| progress.is_complete(lesson));
                let text = format!(
                    "{}. {}   {} min{}",
                    index + 1,
                    lesson.title,
                    lesson.minutes,
                    if complete { "   ✓" } else { "" }
                );
                if ui.button(text).on_hover_text(&lesson.summary).clicked() {
                    *action = Some(MenuAction::Lesson(index));
                    ui.close();
                }
            }
        });
        ui.separator();
        choose(
            ui,
            "Open folder of lessons…",
            MenuAction::OpenLessons,
            action,
        )
        .on_hover_text("Lessons that you write: they are read again as you save them");
        if let Some(folder) = lessons.folder {
            choose(
                ui,
                "Leave the folder of lessons",
                MenuAction::CloseLessons,
                action,
            )
            .on_hover_text(folder);
        }
        if !lessons.progress.is_empty() {
            let forget = MenuAction::ForgetLessons;
            choose(ui, "Forget what was reached…", forget, action)
                .on_hover_text("Answers, exercises, and what is asked again");
        }
    });
    menu(ui, "Gallery", |ui| {
        let room = ui.ctx().content_rect().height() - BELOW_GALLERY;
        let list = tall(room);
        list.show(ui, |ui| {
            for entry in gallery::EXPERIMENTS {
                if offer(ui, entry.title, entry.description).clicked() {
                    commands.push(Command::Play(vec![
                        // What stood beside another run has nothing to do with this one.
                        Command::Alone,
                        Command::Open(Origin::Gallery(entry.name.into())),
                        // Another story is told from its beginning; what it takes the place of stays where it is read.
                        Command::Sweep(Sweep::Forward),
                    ]));
                    *action = Some(MenuAction::Setup);
                    ui.close();
                }
            }
        });
    });
    menu(ui, "Runs", |ui| compare(ui, session, commands, action));
    menu(ui, "Go", |ui| go(ui, session, commands));
    menu(ui, "View", |ui| {
        let theme = ui.ctx().options(|options| options.theme_preference);
        for (preference, name) in [
            (egui::ThemePreference::Light, "Light"),
            (egui::ThemePreference::Dark, "Dark"),
            (egui::ThemePreference::System, "As the desktop"),
        ] {
            if ui.radio(theme == preference, name).clicked() {
                *action = Some(MenuAction::Theme(preference));
                ui.close();
            }
        }
        let mut moves = !views.still;
        let response = ui.checkbox(&mut moves, "Movement");
        let hover = "Show by movement where a value goes and where a pane comes from. It never delays anything";
        if response.on_hover_text(hover).clicked() {
            *action = Some(MenuAction::Movement);
        }
        ui.separator();
        in_columns(ui, views.panes, |ui, pane| {
            let mut shown = pane.shown;
            let response = ui.checkbox(&mut shown, pane.title);
            if response.on_hover_text(pane.question).clicked() {
                *action = Some(MenuAction::TogglePane(pane.name.into()));
            }
        });
        ui.separator();
        if views.enlarged {
            choose(ui, RESTORE, MenuAction::RestorePanes, action).on_hover_text("E or Escape");
        } else {
            menu(ui, "Enlarge", |ui| {
                in_columns(ui, views.panes, |ui, pane| {
                    let enlarge = MenuAction::EnlargePane(pane.name.into());
                    choose(ui, pane.title, enlarge, action).on_hover_text(pane.question);
                });
            })
            .on_hover_text("Give one pane all the room (E with the pointer in it)");
        }
        choose(ui, "Reset layout", MenuAction::ResetLayout, action);
    });
    menu(ui, "Help", |ui| {
        choose(ui, "Glossary", MenuAction::Glossary, action).on_hover_text("F1");
        choose(ui, "Keys and facts", MenuAction::About, action);
    });
}

/// Runs to be put beside the one on show.
fn compare(
    ui: &mut Ui,
    session: &Session,
    commands: &mut Vec<Command>,
    action: &mut Option<MenuAction>,
) {
    ui.set_min_width(300.0);
    let ready = session.snapshot().is_some();
    let copy = (
        "A copy of this run",
        "It goes on from where this one is; what you change in it then tells the two apart",
        Command::Duplicate,
    );
    let all = Comparison::ALL.map(|comparison| {
        let command = Command::Compare(comparison);
        (comparison.title(), comparison.meaning(), command)
    });
    for (text, hover, command) in all.into_iter().chain([copy]) {
        let entry = ui.add_enabled(ready, egui::Button::new(text));
        if entry.on_hover_text(hover).clicked() {
            commands.push(command);
            *action = Some(MenuAction::Layout(Purpose::Compare));
            ui.close();
        }
    }
}

/// All views, in two columns where there is room, so that the menu does not reach below the window.
fn in_columns(ui: &mut Ui, panes: &[Entry], mut show: impl FnMut(&mut Ui, &Entry)) {
    let window = ui.ctx().content_rect().size();
    let columns = if window.x >= TWO_COLUMNS { 2 } else { 1 };
    let rest = window.y - BESIDE_OFFERS;
    let list = ScrollArea::vertical().max_height(rest.max(120.0));
    list.show(ui, |ui| {
        ui.horizontal_top(|ui| {
            for some in panes.chunks(panes.len().div_ceil(columns).max(1)) {
                ui.vertical(|ui| {
                    for pane in some {
                        show(ui, pane);
                    }
                });
            }
        });
    });
}

/// A menu that is never higher than the room below the bar: it would be put over the bar, away from what was clicked. What has
/// no room is scrolled to.
fn menu<R>(ui: &mut Ui, name: &str, content: impl FnOnce(&mut Ui) -> R) -> Response {
    let room = ui.ctx().content_rect().height() - BESIDE_MENU;
    let shown = ui.menu_button(name, |ui| {
        tall(room).show(ui, content);
    });
    shown.response
}

/// A list in a menu that takes the room there is before it scrolls.
fn tall(room: f32) -> ScrollArea {
    let room = room.max(120.0);
    ScrollArea::vertical()
        .max_height(room)
        .min_scrolled_height(room)
}

/// The width of what is offered with a description, in points.
const DESCRIBED: f32 = 440.0;

/// An entry of a menu with what it is about below its name, by which it is called.
fn offer(ui: &mut Ui, name: &str, description: &str) -> Response {
    let palette = Palette::of(ui.visuals());
    let mut text = LayoutJob::default();
    let mut write = |line: &str, size, color| {
        text.append(
            line,
            0.0,
            TextFormat::simple(FontId::proportional(size), color),
        );
    };
    write(name, TEXT, palette.strong_text);
    write("\n", TEXT, palette.strong_text);
    write(description, SMALL, palette.weak_text);
    text.wrap.max_width = DESCRIBED;
    let response = ui.add(Button::new(text).min_size(vec2(DESCRIBED, 0.0)));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    response
}

/// The views are offered in two columns from this width of the window on, in points.
const TWO_COLUMNS: f32 = 640.0;
/// The bar, and what the menu has above and below the views.
const BESIDE_OFFERS: f32 = 316.0;
/// The bar, and a menu's own margins, above and below what it offers.
const BESIDE_MENU: f32 = 56.0;

/// Places to go to in the sweeps, and other sequences.
fn go(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    ui.set_min_width(300.0);
    let part = session.part();
    let probe = session.snapshot().map(|snapshot| &snapshot.probe);
    let last = probe.and_then(|probe| Some(probe.parts.get(part)?.seq_len()));
    let largest = probe.and_then(|probe| probe.largest_gradient(part));
    let below = probe.and_then(|probe| probe.gradient_below(part, 1e-3));
    let forward = |by| vec![Command::Sweep(Sweep::Forward), Command::Move(by)];
    let backward = |t| vec![Command::Sweep(Sweep::Backward), Command::Move(Move::To(t))];
    let entries = [
        (
            "To the beginning of the forward sweep",
            "[",
            probe.map(|_| forward(Move::First)),
        ),
        (
            "To the last step, all computed",
            "",
            last.map(|_| forward(Move::Last)),
        ),
        (
            "To the beginning of the backward sweep",
            "]",
            probe.map(|_| vec![Command::Sweep(Sweep::Backward)]),
        ),
        (
            "Back to the step with the largest gradient ∂L/∂h",
            "",
            largest.map(backward),
        ),
        (
            "Back to the first step with less than a thousandth of it",
            "",
            below.map(backward),
        ),
        (
            "Everything, forward and backward",
            "",
            probe.map(|_| vec![Command::ShowAll]),
        ),
    ];
    for (text, keys, wanted) in entries {
        let entry = egui::Button::new(text).shortcut_text(keys);
        let response = ui.add_enabled(wanted.is_some(), entry);
        let response = response.on_disabled_hover_text("There is no such step in this sequence");
        if response.clicked() {
            commands.extend(wanted.into_iter().flatten());
            ui.close();
        }
    }
    ui.separator();
    for (text, on) in [("Next sequence", true), ("Previous sequence", false)] {
        let why_not = session.no_step(Step::Sequence, on);
        let is_there = probe.is_some() && why_not.is_none();
        let response = ui.add_enabled(is_there, egui::Button::new(text));
        let response =
            response.on_disabled_hover_text(why_not.unwrap_or("There is no sequence yet"));
        if response.clicked() {
            commands.push(Command::StepBy(Step::Sequence, on));
            ui.close();
        }
    }
}

/// The layouts as tabs; where there is no room for them, as a list.
fn layouts(ui: &mut Ui, shown: Purpose) -> Option<Purpose> {
    let mut chosen = Purpose::ALL.iter().position(|&layout| layout == shown)?;
    let before = chosen;
    if ui.available_width() < TABS {
        compact_choice(ui, "Layout", &mut chosen, &Purpose::ALL.map(Purpose::title));
        return (chosen != before).then(|| Purpose::ALL[chosen]);
    }
    let palette = Palette::of(ui.visuals());
    for (index, layout) in Purpose::ALL.into_iter().enumerate() {
        let on_show = layout == shown;
        let text = RichText::new(layout.title()).color(if on_show {
            palette.text
        } else {
            palette.weak_text
        });
        let text = if on_show {
            text.font(theme::semi_bold(TEXT))
        } else {
            text
        };
        let tab = ui.selectable_label(false, text);
        if on_show {
            let line = tab.rect.shrink2(egui::vec2(4.0, 0.0));
            let stroke = egui::Stroke::new(2.0, palette.accent);
            ui.painter()
                .hline(line.x_range(), line.bottom() + 1.0, stroke);
        }
        tab.widget_info(|| {
            egui::WidgetInfo::selected(
                egui::accesskit::Role::RadioButton,
                true,
                on_show,
                layout.title(),
            )
        });
        let hover = format!("{} ({})", layout.purpose(), index + 1);
        if tab.on_hover_text(hover).clicked() {
            chosen = index;
        }
    }
    (chosen != before).then(|| Purpose::ALL[chosen])
}

/// What can be taken back, and done again.
fn edit(ui: &mut Ui, session: &Session, in_lesson: bool, commands: &mut Vec<Command>) {
    for (name, keys, redo, change, command) in [
        ("Undo", "Ctrl Z", false, session.undoable(), Command::Undo),
        (
            "Redo",
            "Ctrl Shift Z",
            true,
            session.redoable(),
            Command::Redo,
        ),
    ] {
        let entry = ui.add_enabled(change.is_some(), egui::Button::new(name));
        let hover = match (change, session.made_again(redo)) {
            (None, _) => keys.to_owned(),
            (Some(change), None) => format!("{change} ({keys})"),
            (Some(change), Some(updates)) => {
                let (updates, are) = match updates {
                    1 => ("update".to_owned(), "is"),
                    updates => (format!("{updates} updates"), "are"),
                };
                format!("{change} ({keys}). Its {updates} {are} made again.")
            }
        };
        let why_not = session.why_nothing_to_undo().filter(|_| !redo);
        let entry = match why_not {
            Some(why) => entry.on_disabled_hover_text(why),
            None => entry.on_hover_text(hover),
        };
        if entry.clicked() {
            commands.push(command);
            ui.close();
        }
    }
    // What a lesson gives back when it is left is still there if it could not be had then.
    for (at, name) in session.aside_names().enumerate() {
        let (text, why_not) = match at {
            0 => {
                ui.separator();
                (
                    format!("Back to {name}"),
                    "It comes back when the lesson is left",
                )
            }
            // They come back one after the other, as they were put aside.
            _ => (
                format!("Then back to {name}"),
                "Put aside as well: it can be had once what stands above it is back",
            ),
        };
        let entry = ui.add_enabled(at == 0 && !in_lesson, egui::Button::new(text));
        if entry.on_disabled_hover_text(why_not).clicked() {
            commands.push(Command::TakeBack);
            ui.close();
        }
    }
}

fn choose(
    ui: &mut Ui,
    text: &str,
    chosen: MenuAction,
    action: &mut Option<MenuAction>,
) -> Response {
    let entry = ui.button(text);
    if entry.clicked() {
        *action = Some(chosen);
        ui.close();
    }
    entry
}

/// "● LSTM 1×16 · sunspots · update 420"
fn status(ui: &mut Ui, session: &Session) -> bool {
    let palette = Palette::of(ui.visuals());
    let Some(snapshot) = session.snapshot() else {
        ui.label(RichText::new("reading data …").color(palette.weak_text));
        return false;
    };
    let title = snapshot.model.network().title();
    let update = snapshot.update;
    let ended = match &snapshot.status {
        Status::Diverged(divergence) => format!("{} These are on show.", divergence.which()),
        _ => String::new(),
    };
    // Of the run on show, which may stand still while others are trained.
    let runs = session.runs();
    let is_trained = runs.iter().any(|run| run.is_on_show && run.is_running);
    let others = runs.iter().filter(|run| run.is_running && !run.is_on_show);
    let others: Vec<String> = others.map(|run| run.letter.to_string()).collect();
    let (color, state, meaning) = match &snapshot.status {
        _ if is_trained => (palette.accent_text, "training", "Updates are being made"),
        Status::Diverged(_) => (palette.error, "diverged", &*ended),
        // One that is made again is where it was only when it has come there.
        Status::Finished if session.remade().is_none() => {
            (palette.ok, "finished", "All planned updates are made")
        }
        _ if update == 0 => (
            palette.weak_text,
            "not trained",
            "No update is made yet: the weights are as they were drawn",
        ),
        _ => (
            palette.weak_text,
            "paused",
            "No update of it is being made: Train goes on (T)",
        ),
    };
    let term = match &snapshot.status {
        Status::Diverged(_) => Term::Divergence,
        _ => Term::Update,
    };
    let beside = match &others[..] {
        [] => String::new(),
        _ if is_trained => String::new(),
        others => format!("\nBeing trained: {}", others.join(", ")),
    };
    let explain = |response: Response| {
        let here = format!(
            "{} · {title} · update {update} · computed in {}\n\n{meaning}{beside}",
            session.name(),
            snapshot.precision.name()
        );
        explained(response, &here, &[term])
    };
    let data = &snapshot.material.data_name;
    // Beside the dot and the spaces between.
    let beside = |ui: &Ui| small_width(ui, state) + DOT + 3.0 * ui.spacing().item_spacing.x;
    let is_paused = update > 0 && !is_trained && snapshot.planned > update;
    let planned = is_paused.then_some(snapshot.planned);
    let mut texts = told(&title, data, update, planned).into_iter();
    if let Some(text) = texts.find(|text| has_room(ui, text, beside(ui))) {
        let label = ui.label(RichText::new(text).size(SMALL).color(palette.text));
        explain(label);
    }
    if has_room(ui, state, DOT + 2.0 * ui.spacing().item_spacing.x) {
        explain(ui.label(RichText::new(state).size(SMALL).color(color)));
    }
    let (rect, dot) = ui.allocate_exact_size(egui::vec2(DOT, DOT), egui::Sense::hover());
    ui.painter().circle_filled(rect.center(), 4.0, color);
    explain(dot);
    findings(ui, session)
}

/// What is said of the run on show, the longest first: of a run that is paused at an update of how many, and in less room the
/// network's name is shortened before it is left out.
fn told(title: &str, data: &str, update: u64, planned: Option<u64>) -> Vec<String> {
    /// Of a name that is shortened at least so many letters stand.
    const LEAST: usize = 8;
    let at = format!("update {update}");
    let of = planned.map(|planned| format!("{title} · {data} · {at} of {planned}"));
    let short = title.replace("bidirectional ", "bi-");
    let letters: Vec<char> = short.chars().collect();
    let shortened = (LEAST..letters.len()).rev().map(|count| {
        let kept: String = letters[..count].iter().collect();
        format!("{}… · {at}", kept.trim_end_matches([' ', '→']))
    });
    of.into_iter()
        .chain([
            format!("{title} · {data} · {at}"),
            format!("{title} · {at}"),
            format!("{short} · {at}"),
        ])
        .chain(shortened)
        .chain([at.clone()])
        .collect()
}

/// How many things were found to be wrong with a run that rests, quietly; true if they are wanted.
fn findings(ui: &mut Ui, session: &Session) -> bool {
    if session.is_running() {
        return false;
    }
    let told = session.ask(&Question::Diagnoses);
    let Some(Answer::Diagnoses(found)) = told.current() else {
        return false;
    };
    let count = counted(found.len(), "finding");
    if found.is_empty() || !has_room(ui, &count, 2.0 * ui.spacing().item_spacing.x) {
        return false;
    }
    let titles: Vec<&str> = found.iter().map(Diagnosis::title).collect();
    let palette = Palette::of(ui.visuals());
    let text = RichText::new(count).size(SMALL).color(palette.accent_text);
    let link = ui.link(text).on_hover_text(titles.join("\n"));
    link.clicked()
}

/// The width of the dot that says how the run stands, in points.
const DOT: f32 = 10.0;

#[cfg(test)]
mod tests {
    use super::*;

    /// The network's name is shortened before it is gone.
    #[test]
    fn what_is_said_of_a_run_gets_shorter_by_what_matters_least() {
        let title = "bidirectional GRU 1×32 → GRU 48";
        let said = told(title, "Dates", 200, Some(400));
        assert_eq!(said[0], format!("{title} · Dates · update 200 of 400"));
        assert_eq!(said[3], "bi-GRU 1×32 → GRU 48 · update 200");
        let within = |most: usize| said.iter().find(|text| text.chars().count() <= most);
        assert_eq!(
            within(26).map(String::as_str),
            Some("bi-GRU 1×32… · update 200")
        );
        assert_eq!(within(10).map(String::as_str), Some("update 200"));
        let lengths: Vec<usize> = said.iter().map(|text| text.chars().count()).collect();
        assert!(lengths.is_sorted_by(|one, other| one >= other), "{said:?}");
    }
}
