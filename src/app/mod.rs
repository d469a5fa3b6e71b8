//! The window: the only room that knows egui, eframe and egui_plot.
//!
//! It draws what a [`Session`] has and hands it the commands that panels and views return. [`theme`] and [`widgets`] know no
//! session; [`views`] are registered in one place; `panels` are the fixed parts around them.

mod chooser;
mod eframe_file;
mod geometry;
mod keeping;
mod kept;
mod layouts;
mod lessons;
mod marks;
mod movement;
mod own_lessons;
mod panels;
mod panes;
pub mod picture;
mod runs;
mod summaries;
pub mod theme;
pub mod views;
pub mod widgets;

pub use keeping::{Launch, Quit};

use crate::lesson::again::Due;
use crate::lesson::{Day, Player, Progress, Shelf};
use crate::nn::{Move, Quantity, Schedule, Sweep};
use crate::platform::background::Wake;
use crate::platform::{files, libraries, storage};
use crate::session::{Command, ImportCommand, Number, Offer, Origin, Session, Step};
use crate::train::Snapshot;
use crate::train::question::Spot;
use chooser::{Chooser, Chosen};
use eframe::egui::{
    self, CentralPanel, Frame, Id, Key, Margin, Modal, Modifiers, Panel, ScrollArea, Ui,
};
use keeping::{Content, Keeping};
use layouts::Layouts;
use movement::Growth;
use own_lessons::OwnLessons;
use panels::course::CoursePanel;
use panels::glossary::Glossary;
use panels::lesson::LessonPanel;
use panels::overwrite::{self, Answer};
use panels::runs::RunStrip;
use panels::setup::{SetupPanel, message_card};
use panels::top_bar::{self, MenuAction};
use panels::transport::Transport;
use runs::RunScene;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use summaries::Summaries;
use theme::{GRID, Palette};
use views::{Purpose, Scene, Shared, Shown, View};
use widgets::{Formulas, caption, segmented};

/// The panel on the left and the views stand side by side from this width on, in points.
const BOTH: f32 = 620.0;

/// Why no window can be opened.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The desktop lacks something.
    #[error(transparent)]
    Missing(#[from] libraries::Missing),
    /// The window system refused.
    #[error("the window cannot be opened: {0}")]
    Refused(String),
}

/// Opens the window, on a file if one is given, otherwise where it was left, on the computer's day or another one; returns when it is closed, or when `quit` asked it
/// to close.
///
/// # Errors
/// See [`StartError`].
pub fn open_window(
    source: Option<Origin>,
    quit: Quit,
    today: Option<Day>,
) -> Result<(), StartError> {
    libraries::check()?;
    let icon = eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon.png")).ok();
    let folder = storage::data_folder("rnnscope");
    let launch = Launch::from(folder.as_deref(), source.is_some(), quit);
    let ctx = egui::Context::default();
    launch.prepare(&ctx);
    let mut viewport = launch.builder(
        egui::ViewportBuilder::default()
            .with_title("rnnscope")
            .with_app_id("rnnscope"),
    );
    if let Some(icon) = icon {
        viewport = viewport.with_icon(icon);
    }
    let options = eframe::NativeOptions {
        viewport,
        // What is kept is kept here: eframe gets a file that is none, reads nothing and writes nothing.
        persistence_path: Some(PathBuf::new()),
        persist_window: false,
        ..Default::default()
    };
    // Where no window can be made, that is not the fault of what was kept.
    let launch = Mutex::new(Some(launch));
    let take = || launch.lock().ok().and_then(|mut launch| launch.take());
    let started = eframe::run_native_ext(
        "rnnscope",
        options,
        Some(ctx),
        Box::new(move |cc| {
            let mut app = App::new(cc, source, take().unwrap_or_default());
            app.day = today;
            Ok(Box::new(app))
        }),
    );
    if let Some(launch) = take() {
        launch.give_up();
    }
    started.map_err(|error| StartError::Refused(error.to_string()))
}

/// What the left panel shows.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Left {
    Setup,
    Lesson,
}

/// Views that are away while a lesson is played.
struct LeftViews {
    views: Vec<Box<dyn View>>,
    turned_to: TurnedTo,
}

impl LeftViews {
    fn fresh(views: fn() -> Vec<Box<dyn View>>) -> Self {
        Self {
            views: views(),
            turned_to: TurnedTo::default(),
        }
    }
}

/// What views are turned to together.
#[derive(Default)]
struct TurnedTo {
    scan: usize,
    parameter: Option<usize>,
    show: Shown,
    span: Option<widgets::Span>,
}

/// The application.
pub struct App {
    session: Session,
    layouts: Layouts,
    /// The layouts as they were where a lesson was begun from: who leaves it finds them again.
    left_layouts: Option<Layouts>,
    /// What the arrows moved by and which number was open there, likewise.
    left_place: Option<(Step, Option<Spot>)>,
    views: Vec<Box<dyn View>>,
    /// Makes the views as a launch has them.
    fresh_views: fn() -> Vec<Box<dyn View>>,
    /// The views as they were turned to where a lesson was begun from: who leaves it finds them again.
    left_views: Option<LeftViews>,
    shared: Shared,
    /// How many numbers the session had opened in the last frame.
    numbers_seen: u64,
    growth: Growth,
    transport: Transport,
    strip: RunStrip,
    setup: SetupPanel,
    lesson: LessonPanel,
    left: Left,
    /// Whether that lies in front of the views where there is no room for both.
    left_in_front: bool,
    shelf: Shelf,
    player: Option<Player>,
    progress: BTreeMap<String, Progress>,
    /// The course as a path, instead of all else.
    course: CoursePanel,
    /// The lesson of the course that was on show last, by its id.
    last_lesson: Option<String>,
    /// Whether the learner plays freely from the page on show: what is done then counts for nothing.
    free: bool,
    /// A lesson's summary on its way to a file.
    summaries: Summaries,
    /// Lessons from a folder of the user's.
    own_lessons: OwnLessons,
    /// Has the window drawn again; called from any thread.
    wake: Wake,
    /// The questions that are being asked again.
    recalling: Vec<Due>,
    /// The day that it is taken to be; the computer's, if none is given.
    day: Option<Day>,
    formulas: Formulas,
    chooser: Chooser,
    glossary: Glossary,
    about: bool,
    /// Whether it is asked about that what was reached in lessons be forgotten.
    forgetting: bool,
    focused_page: Option<(String, usize, bool)>,
    /// What the page on show has cells show, until it has come to rest and they do.
    page_shows: Option<Shown>,
    /// Whether Escape had something to close or to leave in the last frame: a list, a menu, or a field being typed in.
    escape_taken: bool,
    /// The size last asked for because the window did not fit; a desktop that refuses is not asked again.
    fitted: Option<egui::Vec2>,
    /// What the window was last called after.
    titled: String,
    keeping: Keeping,
}

impl App {
    /// The application as eframe starts it.
    pub fn new(cc: &eframe::CreationContext<'_>, source: Option<Origin>, launch: Launch) -> Self {
        Self::start(
            &cc.egui_ctx,
            source,
            launch,
            keeping::screens(cc),
            views::all,
        )
    }

    /// The application without a window, for tests; nothing is kept.
    pub fn headless(ctx: &egui::Context, source: Option<Origin>) -> Self {
        Self::start(ctx, source, Launch::default(), Vec::new(), views::all)
    }

    /// The application without a window, with what was kept, for tests.
    pub fn launched(ctx: &egui::Context, source: Option<Origin>, launch: Launch) -> Self {
        launch.prepare(ctx);
        Self::start(ctx, source, launch, Vec::new(), views::all)
    }

    fn start(
        ctx: &egui::Context,
        source: Option<Origin>,
        launch: Launch,
        screens: Vec<egui::Rect>,
        fresh_views: fn() -> Vec<Box<dyn View>>,
    ) -> Self {
        theme::install(ctx);
        let views = fresh_views();
        let (kept, keeping) = launch.keeping(ctx, screens);
        let repaint = ctx.clone();
        let wake: Wake = Arc::new(move || repaint.request_repaint());
        let wakes = Arc::clone(&wake);
        let wake_session = move || wakes();
        let shelf = Shelf::built_in(&views::places());
        // A lesson that is not there now, one from a folder or one that asked again, is left.
        let lesson = kept.lesson.and_then(|id| {
            let mut lessons = shelf.lessons.iter();
            lessons.find(|lesson| lesson.id == id).cloned()
        });
        let saved = kept.session.map(|saved| match lesson {
            Some(_) => saved,
            None => saved.out_of_its_lesson(),
        });
        let mut session = match (source, &saved) {
            // What was kept is offered then.
            (Some(source), _) => {
                let mut session = Session::opened(source, wake_session);
                if session.import().is_some() {
                    // Who wants none of the file begins at the beginning too.
                    session.apply(Command::Sweep(Sweep::Forward));
                }
                session
            }
            (None, Some(saved)) => Session::restored(saved, wake_session),
            // Who comes for the first time begins at the beginning.
            (None, None) => {
                let mut session = Session::new(wake_session);
                session.apply(Command::Sweep(Sweep::Forward));
                session
            }
        };
        movement::set(ctx, !kept.look.still);
        session.answer_beside_frames();
        if let Some(held) = keeping.held() {
            session.keep_aside(held);
        }
        let layouts = match (kept.look.layouts, kept.look.panes) {
            (Some(mut layouts), _) => {
                layouts.complete(&views);
                layouts
            }
            (None, Some(panes)) => Layouts::with_all(&views, panes),
            (None, None) => Layouts::standard(&views),
        };
        let mut app = Self {
            session,
            layouts,
            left_layouts: None,
            left_place: None,
            shelf,
            views,
            fresh_views,
            left_views: None,
            shared: Shared::kept(kept.number, kept.pinned, kept.look.still),
            numbers_seen: 0,
            growth: Growth::default(),
            transport: Transport::default(),
            strip: RunStrip::default(),
            setup: SetupPanel::editing(kept.draft),
            lesson: LessonPanel::default(),
            left: Left::Setup,
            left_in_front: false,
            player: None,
            progress: kept.progress,
            course: CoursePanel::default(),
            summaries: Summaries::default(),
            last_lesson: kept.last_lesson,
            free: false,
            own_lessons: OwnLessons::default(),
            wake,
            recalling: Vec::new(),
            day: None,
            formulas: Formulas::new(),
            chooser: Chooser::default(),
            glossary: Glossary::default(),
            about: false,
            forgetting: false,
            focused_page: None,
            page_shows: None,
            escape_taken: false,
            fitted: None,
            titled: String::new(),
            keeping,
        };
        if let Some(lesson) = lesson {
            let progress = app.progress.get(&lesson.id).cloned().unwrap_or_default();
            let mut player = Player::new(lesson, progress);
            player.set_today(app.today());
            app.player = Some(player);
            app.left = Left::Lesson;
        }
        app
    }

    /// The session, for tests.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Everything side by side and revealed, for tests.
    pub fn overview(&mut self) {
        self.lay_out(Purpose::All);
        self.session.apply(Command::ShowAll);
    }

    /// Every view there is in a pane of its own, for measuring: no one works like that.
    pub fn open_all(&mut self) {
        self.lay_out(Purpose::All);
        self.layouts.open_all(&self.views);
        self.session.apply(Command::ShowAll);
    }

    /// One view with all the room, for measuring.
    pub fn enlarge(&mut self, view: &str) {
        self.layouts.panes().enlarge(view);
    }

    /// Does what a view would have asked for, for measuring.
    pub fn command(&mut self, command: Command) {
        self.apply(command);
    }

    /// Waits until the session has carried out everything, for tests.
    pub fn settle(&mut self) {
        // What went wrong is on the screen, where tests look for it.
        drop(self.session.settle());
        self.summaries.settle();
    }

    fn apply(&mut self, command: Command) {
        // What comes before the page is there is not done on it.
        let counts = !self.free && !self.session.begins_page();
        if let Some(player) = self.player.as_mut().filter(|_| counts) {
            player.note(&command);
        }
        self.session.set_unapplied(self.setup.draft().is_some());
        let wants_no_file = matches!(command, Command::Import(ImportCommand::Cancel));
        self.session.apply(command);
        if wants_no_file && self.keeping.has_nothing_instead(&self.session) {
            // As if the program had been launched without that file.
            self.session.apply(Command::TakeBack);
        }
    }

    /// Has all views as a launch has them, for a lesson: what they were turned to before says nothing there. Those of the
    /// learner's own experiment are kept for when it comes back.
    fn turn_views_back(&mut self) {
        let before = self.swap_views(LeftViews::fresh(self.fresh_views));
        if self.player.is_none() {
            self.left_views = Some(before);
        }
    }

    /// Has the views again as they were before a lesson. What they were before a launch nobody knows any more.
    fn give_views_back(&mut self) {
        let left = self.left_views.take();
        let left = left.unwrap_or_else(|| LeftViews::fresh(self.fresh_views));
        drop(self.swap_views(left));
    }

    fn swap_views(&mut self, left: LeftViews) -> LeftViews {
        let shared = &mut self.shared;
        let before = TurnedTo {
            scan: shared.scan,
            parameter: shared.parameter,
            show: shared.show,
            span: shared.span,
        };
        let TurnedTo {
            scan,
            parameter,
            show,
            span,
        } = left.turned_to;
        (shared.scan, shared.parameter) = (scan, parameter);
        (shared.show, shared.span) = (show, span);
        LeftViews {
            views: std::mem::replace(&mut self.views, left.views),
            turned_to: before,
        }
    }

    /// Turns to a layout.
    pub fn lay_out(&mut self, layout: Purpose) {
        self.layouts.turn_to(layout);
    }

    /// Draws everything; `close` says whether the user wants to leave.
    pub fn frame(&mut self, ui: &mut Ui) {
        paper(ui);
        self.fit_to_screen(ui.ctx());
        self.name_window(ui.ctx());
        self.session.next_frame();
        self.session.poll();
        self.follow_lessons();
        self.summaries.poll();
        let mut commands = Vec::new();
        self.take_dropped(ui.ctx(), &mut commands);
        self.top(ui, &mut commands);
        self.shared.covered = self.covered();
        if self.course.is_open() && commands.is_empty() {
            self.course_screen(ui);
        } else {
            self.work(ui, &mut commands);
        }
        commands.extend(panels::import::show(ui.ctx(), &self.session));
        self.dialogs(ui.ctx(), &mut commands);
        if !commands.is_empty() {
            // What it does is to be seen.
            self.course.close();
        }
        self.escape_taken = ui.ctx().text_edit_focused() || egui::Popup::is_any_open(ui.ctx());
        for command in commands {
            self.apply(command);
        }
    }

    /// The panel on the left, the views, and what moves them.
    fn work(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        self.bottom(ui, commands);
        self.pane_keys(ui);
        let width = 336.0;
        let frame = Frame::side_top_panel(ui.style()).inner_margin(Margin {
            left: 16,
            right: 8,
            top: 8,
            bottom: 8,
        });
        // Zoomed in, a window may have no room for both: then one lies behind the other.
        let both = ui.available_width() >= BOTH;
        if !both {
            self.turn_between(ui);
        }
        if both {
            Panel::left("left")
                .default_size(width)
                .size_range(280.0..=520.0)
                .frame(frame)
                .show(ui, |ui| self.left(ui, commands));
        } else if self.left_in_front {
            CentralPanel::default()
                .frame(frame)
                .show(ui, |ui| self.left(ui, commands));
        }
        let frame = Frame::central_panel(ui.style()).inner_margin(Margin {
            left: 8,
            right: 0,
            top: 0,
            bottom: 0,
        });
        if both || !self.left_in_front {
            CentralPanel::default()
                .frame(frame)
                .show(ui, |ui| self.center(ui, commands));
        }
    }

    /// The choice between the panel on the left and the views, where there is no room for both.
    fn turn_between(&mut self, ui: &mut Ui) {
        let left = match self.left {
            Left::Lesson => "Lesson",
            Left::Setup => "Set-up",
        };
        // What went wrong is said there.
        let told = self.session.message().is_some() && !self.left_in_front;
        let left = if told {
            format!("{left} !")
        } else {
            left.into()
        };
        let frame = Frame::side_top_panel(ui.style()).inner_margin(Margin::symmetric(8, 4));
        Panel::top("in front").frame(frame).show(ui, |ui| {
            let options = [(false, "Views"), (true, &left)];
            segmented(ui, "In front", &mut self.left_in_front, &options);
        });
    }

    /// The window is called after what is open in it.
    fn name_window(&mut self, ctx: &egui::Context) {
        let name = self.session.name();
        if self.titled != name {
            self.titled = name.to_owned();
            let title = format!("{name} · rnnscope");
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title));
        }
    }

    /// A window taller or wider than its screen hides its own controls: it is made to fit.
    fn fit_to_screen(&mut self, ctx: &egui::Context) {
        let (outer, inner, screen) = ctx.input(|input| {
            let viewport = input.viewport();
            (
                viewport.outer_rect,
                viewport.inner_rect,
                viewport.monitor_size,
            )
        });
        let (Some(outer), Some(inner), Some(screen)) = (outer, inner, screen) else {
            return;
        };
        let over = outer.size() - screen;
        // Half a point is rounding; less than a usable screen is a wrong report.
        if (over.x > 0.5 || over.y > 0.5) && screen.min_elem() > 400.0 {
            let size = inner.size() - over.max(egui::Vec2::ZERO);
            if self.fitted != Some(size) {
                self.fitted = Some(size);
                ctx.send_viewport_cmd(egui::ViewportCommand::InnerSize(size));
            }
        }
    }

    fn take_dropped(&mut self, ctx: &egui::Context, commands: &mut Vec<Command>) {
        let dropped = ctx.input(|input| {
            input
                .raw
                .dropped_files
                .first()
                .map(|file| file.path().to_path_buf())
        });
        if let Some(path) = dropped {
            self.left = Left::Setup;
            commands.push(Command::Open(Origin::File(path)));
        }
    }

    fn top(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let mut panes = self.layouts.list(&self.views);
        let idle = self.idle_views();
        panes.retain(|pane| !idle.contains(&pane.name));
        let frame = Frame::side_top_panel(ui.style()).inner_margin(Margin::symmetric(16, 4));
        let action = Panel::top("top").frame(frame).show(ui, |ui| {
            let enlarged = self.layouts.is_enlarged();
            let folder = self.own_lessons.folder().map(files::shown);
            let lessons = top_bar::Lessons {
                folder: folder.as_deref(),
                shelf: &self.shelf,
                progress: &self.progress,
                playing: self.player.is_some(),
            };
            let layout = self.layouts.shown();
            let view = top_bar::Views {
                panes: &panes,
                enlarged,
                layout,
                still: self.shared.still,
            };
            top_bar::show(ui, &self.session, &lessons, &view, commands)
        });
        let key = self.file_keys(ui, commands);
        let action = action.inner.or(key);
        // What is asked for is to be seen.
        if action.as_ref().is_some_and(MenuAction::is_of_the_work) {
            self.course.close();
        }
        match action {
            None => {}
            Some(MenuAction::OpenFile) => self.chooser.open(ui.ctx()),
            Some(MenuAction::TypePath) => self.chooser.type_path(),
            Some(MenuAction::Save) => match self.session.path() {
                Some(path) => commands.push(Command::Save(path.to_path_buf())),
                None => self.chooser.save(ui.ctx(), self.session.name()),
            },
            Some(MenuAction::SaveAs) => self.chooser.save(ui.ctx(), self.session.name()),
            Some(MenuAction::Course) => self.course.open(),
            Some(MenuAction::Lesson(index)) => self.begin_lesson(index),
            Some(MenuAction::OpenLessons) => self.own_lessons.ask(ui.ctx()),
            Some(MenuAction::CloseLessons) => {
                self.own_lessons.close();
                self.put_on_shelf(Shelf::default());
            }
            Some(MenuAction::ForgetLessons) => self.forgetting = true,
            Some(MenuAction::Setup) => self.left = Left::Setup,
            Some(MenuAction::Layout(layout)) => self.layouts.turn_to(layout),
            Some(MenuAction::Movement) => {
                self.shared.still ^= true;
                movement::set(ui.ctx(), !self.shared.still);
            }
            Some(MenuAction::Theme(preference)) => ui.ctx().set_theme(preference),
            Some(MenuAction::ResetLayout) => self.layouts.reset(&self.views),
            Some(MenuAction::TogglePane(name)) => self.layouts.panes().toggle(&name),
            Some(MenuAction::EnlargePane(name)) => self.layouts.panes().enlarge(&name),
            Some(MenuAction::RestorePanes) => self.layouts.panes().restore(),
            Some(MenuAction::Findings) => self.shared.view_asked = Some("autopsy"),
            Some(MenuAction::Glossary) => self.glossary.turn(),
            Some(MenuAction::About) => self.about = true,
            Some(MenuAction::Quit) => ui.ctx().send_viewport_cmd(egui::ViewportCommand::Close),
        }
    }

    /// The keys that open, save, undo and redo, and the one that opens the glossary.
    fn file_keys(&self, ui: &Ui, commands: &mut Vec<Command>) -> Option<MenuAction> {
        if self.in_dialogue() {
            return None;
        }
        let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        let with_shift = Modifiers::COMMAND | Modifiers::SHIFT;
        // A field being typed in undoes what was typed. With shift first: without it a pattern takes both.
        if !ui.ctx().text_edit_focused() {
            if pressed(with_shift, Key::Z) || pressed(Modifiers::COMMAND, Key::Y) {
                commands.push(Command::Redo);
            } else if pressed(Modifiers::COMMAND, Key::Z) {
                commands.push(Command::Undo);
            }
        }
        if pressed(Modifiers::NONE, Key::F1) {
            Some(MenuAction::Glossary)
        } else if pressed(with_shift, Key::S) {
            Some(MenuAction::SaveAs)
        } else if pressed(Modifiers::COMMAND, Key::S) {
            Some(MenuAction::Save)
        } else {
            pressed(Modifiers::COMMAND, Key::O).then_some(MenuAction::OpenFile)
        }
    }

    fn bottom(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let frame = Frame::side_top_panel(ui.style()).inner_margin(Margin::symmetric(16, 6));
        Panel::bottom("transport")
            .frame(frame)
            .exact_size(48.0)
            .show(ui, |ui| {
                let mut wanted = if self.in_dialogue() {
                    Vec::new()
                } else {
                    let are_free = self.shared.keys_are_free(ui.ctx());
                    self.transport.keys(ui, &self.session, are_free)
                };
                self.transport.answer_first = self.is_asked();
                self.transport.not_training = self.is_not_training();
                wanted.extend(self.transport.show(ui, &self.session));
                // A hand on the controls stops the playing; playing's own step is alone and by time, sequence or update.
                if self.transport.is_playing()
                    && wanted
                        .iter()
                        .any(|command| !matches!(command, Command::StepBy(..) | Command::Sweep(_)))
                {
                    self.transport.rest();
                }
                commands.extend(wanted);
            });
        let runs = runs::all(&self.session);
        self.strip.secret = self.shared.covered.contains(&"training");
        if runs.len() > 1 {
            Panel::bottom("runs")
                .frame(frame)
                .exact_size(panels::runs::HEIGHT)
                .show(ui, |ui| commands.extend(self.strip.show(ui, &runs)));
        }
        if !self.shared.pinned.is_empty()
            && let (Some(snapshot), Some(schedule)) =
                (self.session.snapshot(), self.session.schedule())
        {
            let scene = scene(
                &self.session,
                snapshot,
                &schedule,
                &self.transport,
                (&[], &[]),
            );
            Panel::bottom("pinned")
                .frame(frame)
                .exact_size(panels::pinned::HEIGHT)
                .show(ui, |ui| match self.shared.covered.contains(&"number") {
                    true => drop(caption(
                        ui,
                        "Pinned numbers come back when the question is answered.",
                    )),
                    false => panels::pinned::show(ui, &scene, &mut self.shared),
                });
        }
        if self.transport.moves_by() == Step::Operation {
            Panel::bottom("operation")
                .frame(frame)
                .exact_size(panels::operation::HEIGHT)
                .show(ui, |ui| {
                    panels::operation::show(ui, &self.session, &mut self.formulas);
                });
        }
    }

    /// Whether a dialogue is open: keys belong to it.
    fn in_dialogue(&self) -> bool {
        self.session.import().is_some()
            || self.session.overwrite().is_some()
            || self.chooser.is_open()
            || self.own_lessons.is_asking()
            || self.about
            || self.forgetting
    }

    /// The keys that enlarge a pane and bring all back.
    fn pane_keys(&mut self, ui: &Ui) {
        if self.in_dialogue() {
            return;
        }
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if !ui.ctx().text_edit_focused() && pressed(Key::N) {
            let runs = self.session.runs();
            let on_show = runs.iter().position(|run| run.is_on_show).unwrap_or(0);
            let next = runs.get((on_show + 1) % runs.len().max(1));
            if let Some(next) = next.filter(|next| !next.is_on_show).map(|next| next.id) {
                self.apply(Command::Show(next));
            }
        }
        if !ui.ctx().text_edit_focused() && pressed(Key::E) {
            self.layouts.panes().turn(&self.views);
        }
        if self.shared.keys_are_free(ui.ctx()) {
            let digits = [
                Key::Num1,
                Key::Num2,
                Key::Num3,
                Key::Num4,
                Key::Num5,
                Key::Num6,
            ];
            for (key, layout) in digits.into_iter().zip(Purpose::ALL) {
                if pressed(key) {
                    self.layouts.turn_to(layout);
                }
            }
        }
        // What Escape closes or leaves is gone by now.
        if self.layouts.is_enlarged() && !self.escape_taken && pressed(Key::Escape) {
            self.layouts.panes().restore();
        }
    }

    fn left(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        if self.player.is_some() {
            segmented(
                ui,
                "Panel",
                &mut self.left,
                &[(Left::Lesson, "Lesson"), (Left::Setup, "Set-up")],
            );
            ui.add_space(GRID);
        } else {
            self.left = Left::Setup;
        }
        if self.free && self.left == Left::Lesson {
            self.back_to_page();
        }
        // At the foot, so that nothing moves away under the pointer when it comes or goes.
        if let Some(notice) = self.session.notice() {
            let (text, offer) = (&notice.text, notice.offer);
            Panel::bottom("notice")
                .frame(Frame::new().inner_margin(Margin::symmetric(0, 4)))
                .show(ui, |ui| {
                    let (name, command) = match offer {
                        Some(Offer::Undo) => (Some("Undo"), Command::Undo),
                        Some(Offer::Redo) => (Some("Redo"), Command::Redo),
                        Some(Offer::Autopsy) => {
                            (Some("Show what happened"), Command::DismissMessage)
                        }
                        None => (None, Command::DismissMessage),
                    };
                    if widgets::notice_line(ui, text, name) {
                        commands.push(command);
                        if offer == Some(Offer::Autopsy) {
                            self.shared.view_asked = Some("autopsy");
                        }
                    }
                });
        }
        // Outside what scrolls: what went wrong is to be seen wherever the panel stands.
        if let Some(message) = self
            .session
            .message()
            .filter(|_| self.session.import().is_none())
        {
            message_card(ui, message, commands);
        }
        self.kept(ui, commands);
        self.own_lessons.tell(ui);
        self.summaries.tell(ui);
        if let Some(progress) = self.session.loading() {
            if let Some(stage) = self.session.loading_stage() {
                widgets::caption(ui, stage.title());
            }
            ui.horizontal(|ui| {
                let bar = egui::ProgressBar::new(progress).desired_width(180.0);
                ui.add(bar.desired_height(6.0));
                if ui.small_button("Cancel").clicked() {
                    commands.push(Command::CancelLoading);
                }
            });
        }
        // Each page, the set-up beside it and one's own are scrolled by themselves.
        let page = self.player.as_ref();
        let page = page.map(|player| (&player.lesson.id, player.page_number()));
        let salt = format!("{page:?} {:?}", self.left);
        ScrollArea::vertical()
            .id_salt(salt)
            .auto_shrink(false)
            .show(ui, |ui| {
                // Room for the scroll bar.
                ui.set_max_width(ui.available_width() - 8.0);
                match self.left {
                    Left::Setup => {
                        self.free_play(ui);
                        if self.player.is_none() {
                            self.asked_again(ui);
                            self.invitation(ui);
                        }
                        commands.extend(self.setup.show(ui, &self.session));
                    }
                    Left::Lesson => self.lesson_page(ui),
                }
                ui.add_space(2.0 * GRID);
            });
    }

    /// What is to be said of what was kept.
    fn kept(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        use panels::kept::Turn;
        match panels::kept::show(ui, &mut self.keeping, &self.session) {
            None => {}
            Some(Turn::Open(index)) => commands.extend(self.keeping.open(index)),
            Some(Turn::Another) => self.chooser.open(ui.ctx()),
            Some(Turn::Forget(index)) => commands.extend(self.keeping.forget(index)),
            Some(Turn::Dismiss(index)) => self.keeping.dismiss(index),
            Some(Turn::Do(command)) => commands.push(command),
        }
    }

    /// Has everything kept as it is now.
    fn keep(&mut self, closing: bool) {
        self.keep_progress();
        let content = Content {
            lesson: self.player.as_ref().map(|player| player.lesson.id.as_str()),
            last_lesson: self.last_lesson.as_deref(),
            draft: self.setup.draft(),
            progress: &self.progress,
            layouts: &self.layouts,
            shared: &self.shared,
        };
        self.keeping.keep(&self.session, &content, closing);
    }

    fn center(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let highlight = self.highlight();
        let (Some(snapshot), Some(schedule)) =
            (self.session.snapshot().cloned(), self.session.schedule())
        else {
            if self.session.message().is_none() {
                widgets::empty_state(
                    ui,
                    "The network will appear here.",
                    "The data is being read.",
                );
            } else {
                widgets::empty_state(
                    ui,
                    "There is no run to show.",
                    "Open an experiment from the gallery, or a file.",
                );
            }
            return;
        };
        let runs = runs::all(&self.session);
        let mut scene = scene(
            &self.session,
            &snapshot,
            &schedule,
            &self.transport,
            (&highlight, &runs),
        );
        self.shared.follow(&scene);
        // The page's word on values or gradients comes after the sweep's, which its commands may turn.
        if let Some(show) = self.page_shows.take_if(|_| self.session.rests()) {
            self.shared.show = show;
        }
        scene.span = self.shared.span;
        self.shared.next_hover = views::Hover::default();
        let opened = self.session.numbers_opened();
        let is_opened = std::mem::replace(&mut self.numbers_seen, opened) != opened
            && self.shared.number != self.session.number();
        if is_opened {
            // A lesson's solution has done it.
            self.shared.number = self.session.number();
            self.shared.number_asked = self.shared.number.is_some();
        }
        let number = self.shared.number;
        let wanted = self
            .layouts
            .show(ui, &mut self.views, &scene, &mut self.shared);
        commands.extend(leaving_the_walk(&scene, wanted));
        // Who clicks the one that is open already has opened it too.
        let again = self.shared.number_asked && !is_opened;
        if let Some(spot) = self
            .shared
            .number
            .filter(|spot| again || number != Some(*spot))
        {
            commands.push(Command::OpenNumber(Number::Spot(spot)));
        }
        if let Some(layout) = self.shared.layout_asked.take() {
            self.layouts.turn_to(layout);
            ui.ctx().request_repaint();
        }
        if let Some(view) = self.shared.view_asked.take() {
            self.layouts.reveal(view, &[], &self.views);
            ui.ctx().request_repaint();
        }
        if std::mem::take(&mut self.shared.number_asked) {
            self.layouts.panes().reveal("number");
            ui.ctx().request_repaint();
            if let Some(at) = ui.ctx().pointer_latest_pos().filter(|_| !self.shared.still) {
                self.growth.begin(ui.ctx(), at);
            }
        }
        self.growth
            .show(ui.ctx(), self.layouts.panes().place("number"));
        if self.shared.hover != self.shared.next_hover {
            // Views drawn before the one under the pointer learn of it in the next frame.
            self.shared.hover = self.shared.next_hover;
            ui.ctx().request_repaint();
        }
    }

    /// The views that have nothing to say of what is on show.
    fn idle_views(&self) -> Vec<&'static str> {
        let (Some(snapshot), Some(schedule)) = (self.session.snapshot(), self.session.schedule())
        else {
            return Vec::new();
        };
        let runs = runs::all(&self.session);
        let of = (&[][..], &runs[..]);
        let scene = scene(&self.session, snapshot, &schedule, &self.transport, of);
        let idle = self.views.iter().filter(|view| !view.suits(&scene));
        idle.map(|view| view.name()).collect()
    }

    fn dialogs(&mut self, ctx: &egui::Context, commands: &mut Vec<Command>) {
        if let Some(folder) = self.own_lessons.show(ctx) {
            self.open_lessons(folder);
        }
        match self.chooser.show(ctx) {
            None => {}
            Some(Chosen::Open(path)) => {
                self.left = Left::Setup;
                commands.push(Command::Open(Origin::File(path)));
            }
            Some(Chosen::Save(path)) => commands.push(Command::Save(with_extension(path))),
            Some(Chosen::Summary(path)) => self.summaries.write(path, &self.wake),
        }
        match overwrite::show(ctx, &self.session) {
            None => {}
            Some(Answer::Command(command)) => commands.push(command),
            Some(Answer::Elsewhere) => {
                commands.push(Command::DismissMessage);
                self.chooser.save(ctx, self.session.name());
            }
        }
        self.glossary
            .show(ctx, &mut self.formulas, self.escape_taken);
        if self.forgetting
            && let Some(is_to_be) = panels::forget::show(ctx)
        {
            self.forgetting = false;
            if is_to_be {
                self.forget_lessons();
            }
        }
        if self.about {
            let modal = Modal::new(Id::unique("about"))
                .frame(widgets::dialog_frame(ctx))
                .show(ctx, about);
            if modal.inner || modal.should_close() {
                self.about = false;
            }
        }
    }
}

/// Fills all of the window: where two parts of it meet between two pixels, what lies behind them shows.
fn paper(ui: &Ui) {
    let whole = ui.ctx().content_rect().expand(1.0);
    let color = Palette::of(ui.visuals()).background;
    ui.painter()
        .with_clip_rect(whole)
        .rect_filled(whole, 0.0, color);
}

/// What views draw from.
fn scene<'a>(
    session: &'a Session,
    snapshot: &'a Snapshot,
    schedule: &'a Schedule,
    transport: &Transport,
    (highlight, runs): (&'a [Quantity], &'a [RunScene<'a>]),
) -> Scene<'a> {
    Scene {
        session,
        snapshot,
        part: &snapshot.probe.parts[session.part()],
        part_index: session.part(),
        version: session.version(),
        schedule,
        cursor: session.cursor(),
        by_operation: transport.moves_by() == Step::Operation,
        moves_by: transport.moves_by(),
        highlight,
        span: None,
        runs,
    }
}

/// A click at the step that is being walked through by operations chooses what is there and leaves the walk where it is: what
/// views want, without the way to that step.
fn leaving_the_walk(scene: &Scene<'_>, mut wanted: Vec<Command>) -> Vec<Command> {
    let comes_from_elsewhere = |command: &Command| {
        matches!(
            command,
            Command::Sweep(_) | Command::ShowPart(_) | Command::Probe(_)
        )
    };
    if let Some(walked) = scene.walked()
        && !wanted.iter().any(comes_from_elsewhere)
    {
        wanted.retain(|command| !matches!(command, Command::Move(Move::To(t)) if *t == walked));
    }
    wanted
}

fn with_extension(mut path: PathBuf) -> PathBuf {
    if path.extension().is_none() {
        path.set_extension("toml");
    }
    path
}

/// Keys and facts; true if it is to be closed.
fn about(ui: &mut Ui) -> bool {
    ui.set_width(440.0);
    ui.heading("Keys and facts");
    ui.add_space(GRID);
    // What has no room is scrolled to; heading and button stay in sight.
    let room = ui.ctx().content_rect().height() - BESIDE_KEYS;
    ScrollArea::vertical()
        .max_height(room.max(15.0 * GRID))
        .show(ui, keys_and_facts);
    ui.add_space(GRID);
    ui.button("Close").clicked()
}

/// Above and below the keys and facts: the dialogue's margins, its heading and its button, in points.
const BESIDE_KEYS: f32 = 22.0 * GRID;

fn keys_and_facts(ui: &mut Ui) {
    egui::Grid::new("keys").spacing([24.0, 6.0]).show(ui, |ui| {
        for (keys, what) in [
            ("← →", "one step back or on"),
            ("Home  End", "to the beginning or end of the sweep"),
            (
                "↑ ↓",
                "another unit of the heat map that was clicked or reached with Tab",
            ),
            ("Enter", "where the number of its cell comes from"),
            ("Space", "play or pause the cursor"),
            ("[  ]", "forward sweep, backward sweep"),
            ("T", "train or pause"),
            ("U", "make one update"),
            ("R", "reset the run"),
            ("N", "show the next of several runs"),
            ("1 … 6", "the layouts, from Explore to All"),
            (
                "+  −  0",
                "zoom into time, out, and all of it, with the pointer in “Network”; also Ctrl and the wheel, Shift to move",
            ),
            (
                "E",
                "enlarge the pane under the pointer; again or Escape: all panes",
            ),
            ("F1", "the glossary: what the words mean"),
            ("Ctrl O", "open a file"),
            (
                "Ctrl S",
                "save the experiment; with Shift: to another file",
            ),
            (
                "Ctrl Z",
                "take back what replaced an experiment, a setting or a run; with Shift: do it again",
            ),
        ] {
            ui.monospace(keys);
            ui.label(what);
            ui.end_row();
        }
    });
    ui.add_space(GRID);
    ui.label(
        "Every number on this screen was computed by the engine in this window. Formulas and window count t = 1…T with \
         initial state 0 unless it is set by hand; gradients belong to the probe's own loss and are shown before clipping.",
    );
    caption(
        ui,
        concat!(
            "rnnscope ",
            env!("CARGO_PKG_VERSION"),
            " · MIT or Apache-2.0"
        ),
    );
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _: &mut eframe::Frame) {
        self.keeping.before_frame(ctx);
        // A window that is hidden draws nothing, and its run goes on.
        if self.session.poll() {
            self.keep(false);
        }
    }

    fn ui(&mut self, ui: &mut Ui, _: &mut eframe::Frame) {
        self.frame(ui);
        self.keeping.after_frame(ui.ctx(), &mut self.session);
        self.keep(false);
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        Palette::of(visuals).background.to_normalized_gamma_f32()
    }

    fn on_exit(&mut self, _: Option<&eframe::glow::Context>) {
        self.session.finish_saving();
        self.keep(true);
        self.keeping.close();
    }
}

#[cfg(test)]
mod tests;
