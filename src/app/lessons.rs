//! Lessons in the window: the cards that offer them, the page on show and what it covers, what was reached, and own ones.

use super::panels::lesson::Turn;
use super::theme::{GRID, Palette};
use super::views::{self, Purpose, Shown};
use super::widgets::caption;
use super::{App, Left};
use crate::lesson::{Day, Lesson, Player, Progress, Shelf, again};
use crate::nn::Quantity;
use crate::session::{Command, Step};
use crate::words::counted;
use eframe::egui::{Frame, Ui};
use std::path::PathBuf;
use std::sync::Arc;

impl App {
    /// The day that lessons take for today.
    pub(super) fn today(&self) -> Day {
        self.day.unwrap_or_else(Day::now)
    }

    /// Plays another day, for tests.
    pub fn set_day(&mut self, day: Day) {
        self.day = Some(day);
    }

    /// Opens a folder of lessons: they take the place of those of the same id, or are added.
    pub fn open_lessons(&mut self, folder: PathBuf) {
        let names = self.view_names();
        let own = self.own_lessons.open(folder, &names, &self.wake);
        self.put_on_shelf(own);
        self.left = Left::Setup;
    }

    /// Reads the folder of lessons again, for tests, which do not wait for it to be looked at.
    pub fn read_lessons_again(&mut self) {
        let names = self.view_names();
        if let Some(own) = self.own_lessons.anew(&names, &self.wake) {
            self.put_on_shelf(own);
        }
    }

    /// Reads own lessons again as they are saved.
    pub(super) fn follow_lessons(&mut self) {
        if self.own_lessons.folder().is_none() {
            return;
        }
        let names = self.view_names();
        if let Some(own) = self.own_lessons.changed(&names, &self.wake) {
            self.put_on_shelf(own);
        }
    }

    /// What lessons may point at.
    fn view_names(&self) -> Vec<&'static str> {
        self.views.iter().map(|view| view.name()).collect()
    }

    /// The built-in lessons with others; the one being played goes on in its new version.
    pub(super) fn put_on_shelf(&mut self, own: Shelf) {
        let mut shelf = Shelf::built_in(&self.view_names());
        shelf.put_on(own);
        self.shelf = shelf;
        let Some(player) = &mut self.player else {
            return;
        };
        let id = &player.lesson.id;
        let now = self.shelf.lessons.iter().find(|lesson| lesson.id == *id);
        if let Some(now) = now.cloned()
            && player.take_version(now)
        {
            self.enter_page();
        }
    }

    /// A quiet card for what was answered before and is asked again today.
    pub(super) fn asked_again(&mut self, ui: &mut Ui) {
        let due = again::due(&self.shelf.lessons, &self.progress, self.today());
        if due.is_empty() {
            return;
        }
        let count = due.len().min(again::AT_ONCE);
        let palette = Palette::of(ui.visuals());
        Frame::new()
            .fill(palette.faint)
            .corner_radius(6.0)
            .inner_margin(12.0)
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                caption(ui, "Coming back");
                let (questions, minutes) = match count {
                    1 => ("One question", "one minute"),
                    2 => ("Two questions", "two minutes"),
                    _ => ("Three questions", "two minutes"),
                };
                ui.strong(format!("{questions}, {minutes}"));
                ui.add_space(0.5 * GRID);
                let hover = "What you have answered before, on fresh runs with other numbers: asked again after some days it stays";
                if ui.button("Ask me").on_hover_text(hover).clicked() {
                    self.recalling = due.into_iter().take(again::AT_ONCE).collect();
                    self.begin(Arc::new(again::lesson_of(&self.recalling)));
                }
            });
        ui.add_space(GRID);
    }

    /// The way into the lessons, for who has not begun one.
    pub(super) fn invitation(&mut self, ui: &mut Ui) {
        let complete = |lesson: &Arc<Lesson>| {
            let progress = self.progress.get(&lesson.id);
            progress.is_some_and(|progress| progress.is_complete(lesson))
        };
        let mut lessons = self.shelf.lessons.iter();
        let Some(next) = lessons.position(|lesson| !complete(lesson)) else {
            return;
        };
        let lesson = Arc::clone(&self.shelf.lessons[next]);
        let palette = Palette::of(ui.visuals());
        Frame::new()
            .fill(palette.faint)
            .corner_radius(6.0)
            .inner_margin(12.0)
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                caption(
                    ui,
                    &format!(
                        "Lesson {} · {}",
                        next + 1,
                        counted(lesson.minutes as usize, "minute")
                    ),
                );
                ui.strong(&lesson.title);
                ui.add_space(0.5 * GRID);
                let begun = self.progress.get(&lesson.id);
                let begun = begun
                    .is_some_and(|begun| begun.page(&lesson) > 0 || begun.done_of(&lesson).0 > 0);
                let name = if begun {
                    "Go on with the lesson"
                } else {
                    "Begin the lesson"
                };
                // The one filled button of the first screen is the one that sets the network going.
                if ui.button(name).on_hover_text(&lesson.summary).clicked() {
                    self.begin_lesson(next);
                }
            });
    }

    pub(super) fn begin_lesson(&mut self, index: usize) {
        if let Some(lesson) = self.shelf.lessons.get(index).cloned() {
            self.begin(lesson);
        }
    }

    /// Begins a lesson, or goes on with it.
    pub fn begin(&mut self, lesson: Arc<Lesson>) {
        self.keep_progress();
        if self.player.is_none() {
            self.session.apply(Command::PutAside);
        }
        let progress = self.progress.get(&lesson.id).cloned().unwrap_or_default();
        let is_complete = progress.is_complete(&lesson);
        let mut player = Player::new(lesson, progress);
        // Who has done all of it reads it from the beginning.
        player.turn_to(if is_complete { 0 } else { player.page_number() });
        player.set_today(self.today());
        self.player = Some(player);
        self.left = Left::Lesson;
        // A lesson speaks of time steps, and of what it points at.
        self.transport.step = Step::Time;
        self.layouts.turn_to(Purpose::Explore);
        self.focused_page = None;
        self.enter_page();
    }

    /// Brings the session to where the page on show begins.
    pub(super) fn enter_page(&mut self) {
        if let Some(player) = &self.player {
            self.transport.rest();
            self.session.apply(Command::Play(player.approach()));
        }
    }

    pub(super) fn lesson_page(&mut self, ui: &mut Ui) {
        let Some(player) = &mut self.player else {
            return;
        };
        let page = (player.lesson.id.clone(), player.page_number());
        if self.focused_page.as_ref() != Some(&page) {
            if let Some(focus) = &player.page().focus {
                self.layouts.reveal(&focus.view, &self.views);
                self.page_shows = focus.gradients.map(|gradients| match gradients {
                    true => Shown::Adjoints,
                    false => Shown::Values,
                });
            }
            self.focused_page = Some(page);
        }
        let turn = self
            .lesson
            .show(ui, player, &self.session, &mut self.formulas);
        match turn {
            None => {}
            Some(Turn::To(page)) => {
                let forward = page == player.page_number() + 1;
                let done = player.page_done();
                player.turn_to(page);
                let commands = if forward && done {
                    player.setup()
                } else {
                    player.approach()
                };
                self.transport.rest();
                // A page without a set-up goes on where the one before ended.
                if !commands.is_empty() {
                    self.session.apply(Command::Play(commands));
                }
                self.keep_progress();
            }
            Some(Turn::Again) => {
                player.begin_again();
                self.enter_page();
            }
            Some(Turn::Play(commands)) => {
                for command in &commands {
                    player.note(command);
                }
                self.transport.rest();
                self.session.apply(Command::Play(commands));
            }
            Some(Turn::Restore(commands)) => {
                self.transport.rest();
                self.session.apply(Command::Play(commands));
            }
            Some(Turn::Leave) => {
                self.keep_progress();
                self.player = None;
                self.transport.rest();
                self.session.apply(Command::TakeBack);
            }
        }
    }

    pub(super) fn highlight(&self) -> Vec<Quantity> {
        if let Some(quantity) = self.lesson.highlight {
            return vec![quantity];
        }
        match (&self.player, self.left) {
            (Some(player), Left::Lesson) => player
                .page()
                .focus
                .as_ref()
                .map(|focus| focus.highlight.clone())
                .unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// The views that tell what the lesson's page asks.
    pub(super) fn covered(&self) -> Vec<&'static str> {
        let Some(player) = &self.player else {
            return Vec::new();
        };
        let names = self.views.iter().map(|view| view.name());
        names
            .filter(|name| player.covers(name, views::tells::of(name)))
            .collect()
    }

    pub(super) fn keep_progress(&mut self) {
        let today = self.today();
        match &self.player {
            // Of asking again, what counts is kept with the lessons that it is from.
            Some(player) if player.lesson.id == again::ID => {
                again::take_over(&self.recalling, player, &mut self.progress, today);
            }
            Some(player) => {
                let id = player.lesson.id.clone();
                self.progress.insert(id, player.progress.clone());
            }
            None => {}
        }
    }

    /// Forgets what was reached in lessons.
    pub(super) fn forget_lessons(&mut self) {
        self.progress.clear();
        if let Some(player) = &mut self.player {
            let page = player.page_number();
            *player = Player::new(Arc::clone(&player.lesson), Progress::default());
            player.turn_to(page);
        }
    }
}
