//! Lessons in the window: the cards that offer them, the page on show and what it covers, what was reached, and own ones.

use super::panels::course::{self, Invited, Place, Wish};
use super::panels::lesson::Turn;
use super::theme::GRID;
use super::views::{self, Purpose, Shown};
use super::widgets::{caption, quiet_card};
use super::{App, Left};
use crate::lesson::{Course, Day, Lesson, Player, Progress, Shelf, again};
use crate::nn::Quantity;
use crate::platform::files;
use crate::session::{Command, Step};
use eframe::egui::{CentralPanel, Frame, Margin, Ui};
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
        let names = Self::view_names();
        let own = self.own_lessons.open(folder, &names, &self.wake);
        self.put_on_shelf(own);
        self.left = Left::Setup;
    }

    /// Reads the folder of lessons again, for tests, which do not wait for it to be looked at.
    pub fn read_lessons_again(&mut self) {
        let names = Self::view_names();
        if let Some(own) = self.own_lessons.anew(&names, &self.wake) {
            self.put_on_shelf(own);
        }
    }

    /// Reads own lessons again as they are saved.
    pub(super) fn follow_lessons(&mut self) {
        if self.own_lessons.folder().is_none() {
            return;
        }
        let names = Self::view_names();
        if let Some(own) = self.own_lessons.changed(&names, &self.wake) {
            self.put_on_shelf(own);
        }
    }

    /// What lessons may point at.
    fn view_names() -> Vec<&'static str> {
        views::places()
    }

    /// The built-in lessons with others; the one being played goes on in its new version.
    pub(super) fn put_on_shelf(&mut self, own: Shelf) {
        let mut shelf = Shelf::built_in(&Self::view_names());
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
        let Some(says) = self.due_in_words() else {
            return;
        };
        quiet_card(ui, |ui| {
            caption(ui, "Coming back");
            ui.strong(says);
            ui.add_space(0.5 * GRID);
            let hover = "What you have answered before, on fresh runs with other numbers: asked again after some days it stays";
            if ui.button("Ask me").on_hover_text(hover).clicked() {
                self.ask_again();
            }
        });
        ui.add_space(GRID);
    }

    /// How much is asked again today; `None` if nothing is.
    fn due_in_words(&self) -> Option<&'static str> {
        let due = again::due(&self.shelf.lessons, &self.progress, self.today());
        Some(match due.len().min(again::AT_ONCE) {
            0 => return None,
            1 => "One question, one minute",
            2 => "Two questions, two minutes",
            _ => "Three questions, two minutes",
        })
    }

    /// Asks again what is due.
    fn ask_again(&mut self) {
        let due = again::due(&self.shelf.lessons, &self.progress, self.today());
        self.recalling = due.into_iter().take(again::AT_ONCE).collect();
        self.begin(Arc::new(again::lesson_of(&self.recalling)));
    }

    /// The way into the lessons, for who has not begun one.
    pub(super) fn invitation(&mut self, ui: &mut Ui) {
        let course = Course::of(&self.shelf.lessons, &self.progress);
        let next = course.next(self.last_lesson.as_deref());
        match course::invitation(ui, &course, next) {
            None => {}
            Some(Invited::Lesson(lesson, page)) => self.go_to_page(lesson, page),
            Some(Invited::Course) => self.course.open(),
        }
    }

    /// The course as a path, instead of all else below the menus.
    pub(super) fn course_screen(&mut self, ui: &mut Ui) {
        let course = Course::of(&self.shelf.lessons, &self.progress);
        let on_show = self.player.as_ref().and_then(|player| {
            let mut lessons = self.shelf.lessons.iter();
            let at = lessons.position(|lesson| lesson.id == player.lesson.id)?;
            Some((at, player.page_number()))
        });
        let folder = self.own_lessons.folder().map(files::shown);
        let is_own = |lesson: &Arc<Lesson>| {
            let folder = folder.as_deref();
            folder.is_some_and(|folder| lesson.file.starts_with(folder))
        };
        let own: Vec<bool> = self.shelf.lessons.iter().map(is_own).collect();
        let place = Place {
            here: on_show.or_else(|| course.next(self.last_lesson.as_deref())),
            playing: on_show.is_some(),
            due: self.due_in_words(),
            own: &own,
        };
        let frame = Frame::central_panel(ui.style()).inner_margin(Margin::ZERO);
        let taken = self.escape_taken || self.in_dialogue();
        let wish = CentralPanel::default().frame(frame).show(ui, |ui| {
            let (panel, own_lessons) = (&mut self.course, &self.own_lessons);
            let summaries = &mut self.summaries;
            panel.show(ui, &course, &place, taken, |ui| {
                own_lessons.tell(ui);
                summaries.tell(ui);
            })
        });
        match wish.inner {
            None => return,
            Some(Wish::Close) => {}
            Some(Wish::AskAgain) => self.ask_again(),
            Some(Wish::Summary(lesson)) => {
                if let Some(lesson) = self.shelf.lessons.get(lesson).cloned() {
                    self.ask_for_summary(ui, lesson);
                }
                return;
            }
            // The page that is on show is there as it was left.
            Some(Wish::Page(lesson, page)) if on_show == Some((lesson, page)) => {
                self.left = Left::Lesson;
            }
            Some(Wish::Page(lesson, page)) => self.go_to_page(lesson, page),
        }
        self.course.close();
        ui.ctx().request_repaint();
    }

    pub(super) fn begin_lesson(&mut self, index: usize) {
        if let Some(lesson) = self.shelf.lessons.get(index).cloned() {
            self.begin(lesson);
        }
    }

    /// Goes to a page of a lesson, from 0.
    fn go_to_page(&mut self, index: usize, page: usize) {
        if let Some(lesson) = self.shelf.lessons.get(index).cloned() {
            self.begin_at(lesson, page);
        }
    }

    /// Begins a lesson, or goes on with it.
    pub fn begin(&mut self, lesson: Arc<Lesson>) {
        self.keep_progress();
        let progress = self.progress.get(&lesson.id);
        // Who has done all of it reads it from the beginning.
        let page = progress
            .filter(|progress| !progress.is_complete(&lesson))
            .map_or(0, |progress| progress.page(&lesson));
        self.begin_at(lesson, page);
    }

    /// Goes to a page of a lesson, from 0.
    pub fn begin_at(&mut self, lesson: Arc<Lesson>, page: usize) {
        self.keep_progress();
        let before = self.player.as_ref().map(|player| &player.lesson.id);
        if before != Some(&lesson.id) {
            self.turn_views_back();
        }
        if self.player.is_none() {
            self.session.apply(Command::PutAside);
            self.left_layouts = Some(self.layouts.clone());
            self.left_place = Some((self.transport.step, self.shared.number));
        }
        let progress = self.progress.get(&lesson.id).cloned().unwrap_or_default();
        if lesson.id != again::ID {
            self.last_lesson = Some(lesson.id.clone());
        }
        let mut player = Player::new(lesson, progress);
        player.turn_to(page);
        player.set_today(self.today());
        self.player = Some(player);
        self.left = Left::Lesson;
        self.free = false;
        self.course.close();
        self.layouts.turn_to(Purpose::Explore);
        self.enter_page();
    }

    /// Brings the session to where the page on show begins.
    pub(super) fn enter_page(&mut self) {
        if let Some(player) = &self.player {
            let commands = player.approach();
            self.begin_page(commands);
        }
    }

    /// Begins the page on show by these commands.
    fn begin_page(&mut self, commands: Vec<Command>) {
        self.transport.rest();
        // A lesson speaks of time steps; what was chosen on another page says nothing here, if this one begins anew.
        if commands
            .iter()
            .any(|command| matches!(command, Command::Open(_)))
        {
            self.transport.step = Step::Time;
        }
        self.focused_page = None;
        self.session.apply(Command::Page(commands));
    }

    /// Shows what the page on show looks at: when it is turned to, and once more when it has begun, as a view that has something
    /// to say only then comes to the front, too.
    fn focus(&mut self) {
        let Some(player) = &self.player else { return };
        let id = player.lesson.id.clone();
        let page = (id, player.page_number(), self.session.begins_page());
        if self.focused_page.as_ref() == Some(&page) {
            return;
        }
        self.focused_page = Some(page);
        let Some(focus) = &player.page().focus else {
            return;
        };
        self.layouts.reveal(&focus.view, &focus.also, &self.views);
        let mut views = self.views.iter_mut();
        let view = views.find(|view| view.name() == focus.view);
        if let (Some(view), Some(page)) = (view, &focus.page) {
            view.turn_to(page);
        }
        self.page_shows = focus.gradients.map(|gradients| match gradients {
            true => Shown::Adjoints,
            false => Shown::Values,
        });
    }

    /// The lesson after the one that is played, by its place on the shelf.
    fn next_lesson(&self) -> Option<usize> {
        let player = self.player.as_ref()?;
        let mut lessons = self.shelf.lessons.iter();
        let at = lessons.position(|lesson| lesson.id == player.lesson.id)?;
        (at + 1 < self.shelf.lessons.len()).then_some(at + 1)
    }

    pub(super) fn lesson_page(&mut self, ui: &mut Ui) {
        self.focus();
        let next = self.next_lesson();
        let next_title = next.map(|next| self.shelf.lessons[next].title.clone());
        let today = self.today();
        let Some(player) = &mut self.player else {
            return;
        };
        // A window may stay open over midnight.
        player.set_today(today);
        let turn = self.lesson.show(
            ui,
            player,
            &self.session,
            &mut self.formulas,
            next_title.as_deref(),
        );
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
                self.begin_page(commands);
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
            Some(Turn::Restore(commands)) => self.begin_page(commands),
            Some(Turn::Course) => self.course.open(),
            Some(Turn::Summary) => {
                let lesson = Arc::clone(&player.lesson);
                self.ask_for_summary(ui, lesson);
            }
            Some(Turn::Free) => {
                self.free = true;
                self.left = Left::Setup;
            }
            Some(Turn::Next) => {
                if let Some(next) = next {
                    self.begin_lesson(next);
                }
            }
            Some(Turn::Leave) => {
                // After the last lesson there is the whole course to look back at.
                if next.is_none() && player.is_last() && player.page_done() {
                    self.course.open();
                }
                self.leave_lesson();
            }
        }
    }

    /// Leaves the lesson that is played: all is there again as it was begun from.
    pub(super) fn leave_lesson(&mut self) {
        self.keep_progress();
        self.player = None;
        self.transport.rest();
        self.session.apply(Command::TakeBack);
        self.page_shows = None;
        self.give_views_back();
        if let Some(layouts) = self.left_layouts.take() {
            self.layouts = layouts;
        }
        if let Some((step, number)) = self.left_place.take() {
            (self.transport.step, self.shared.number) = (step, number);
            // What the lesson had opened last is not opened once more.
            self.numbers_seen = self.session.numbers_opened();
        }
    }

    /// Has a place chosen for a lesson's summary.
    fn ask_for_summary(&mut self, ui: &Ui, lesson: Arc<Lesson>) {
        let name = self.summaries.want(lesson);
        self.chooser.save_summary(ui.ctx(), &name);
    }

    /// That what is done now is play, and the way back to the page.
    pub(super) fn free_play(&mut self, ui: &mut Ui) {
        let Some(player) = self.player.as_ref().filter(|_| self.free) else {
            return;
        };
        let mut back = false;
        quiet_card(ui, |ui| {
            caption(ui, "Free play");
            ui.strong(&player.page().title);
            ui.label("Whatever you change here counts for nothing. The page is there again when you come back.");
            if !self.shared.covered.is_empty() {
                caption(ui, "What tells the answer to its question stays covered.");
            }
            ui.add_space(0.5 * GRID);
            back = ui.button("Back to the page").clicked();
        });
        ui.add_space(GRID);
        if back {
            self.back_to_page();
        }
    }

    /// Ends free play: the page is there as it begins, or as it was done.
    pub(super) fn back_to_page(&mut self) {
        self.free = false;
        self.left = Left::Lesson;
        self.enter_page();
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

    /// Whether the lesson's page on show asks something that is not answered yet.
    pub(super) fn is_asked(&self) -> bool {
        let on_show = self.player.as_ref();
        let on_show = on_show.filter(|_| self.left == Left::Lesson && !self.free);
        on_show.is_some_and(Player::asks)
    }

    /// Whether the lesson's page asks for something else than training next, or for nothing more.
    pub(super) fn is_not_training(&self) -> bool {
        let on_show = self.player.as_ref();
        let on_show = on_show.filter(|_| self.left == Left::Lesson && !self.free);
        on_show.is_some_and(|player| !player.trains_next(&self.session))
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
        self.last_lesson = None;
        if let Some(player) = &mut self.player {
            let page = player.page_number();
            *player = Player::new(Arc::clone(&player.lesson), Progress::default());
            player.turn_to(page);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::views;
    use eframe::egui::Key;
    use eframe::egui::accesskit::Role;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    /// A coloured word stresses its quantity in the views while the pointer is on it, and while it has the keyboard's focus;
    /// then the page's own are stressed again.
    #[test]
    fn a_coloured_word_lights_up_its_quantity_under_the_pointer_and_the_focus() {
        let lessons = Shelf::built_in(&views::places()).lessons;
        let lesson = lessons
            .into_iter()
            .find(|lesson| lesson.id == "additive-path");
        let lesson = lesson.expect("it is on the shelf");
        let mut window: Harness<'static, App> = Harness::builder()
            .with_size([1280.0, 900.0])
            .with_max_steps(500)
            .build_eframe(|cc| {
                let mut app = App::headless(&cc.egui_ctx, None);
                app.begin(lesson);
                app
            });
        window.step();
        window.state_mut().settle();
        window.run();
        let word = |window: &Harness<'static, App>| {
            window
                .get_by_role_and_label(Role::Link, "forget gate")
                .rect()
        };
        assert_eq!(window.state().highlight(), [Quantity::C], "the page's own");
        let at = word(&window).center();
        window.hover_at(at);
        window.run();
        assert_eq!(window.state().highlight(), [Quantity::F]);
        window.hover_at(at + eframe::egui::vec2(0.0, 400.0));
        window.run();
        assert_eq!(window.state().highlight(), [Quantity::C]);
        window
            .get_by_role_and_label(Role::Link, "forget gate")
            .focus();
        window.run();
        assert_eq!(window.state().highlight(), [Quantity::F]);
        // What the pointer is on comes first.
        let other = window
            .get_by_role_and_label(Role::Link, "cell state")
            .rect();
        window.hover_at(other.center());
        window.run();
        assert_eq!(window.state().highlight(), [Quantity::C]);
    }

    /// What cannot be undone is asked about: it is done by the second click, and not if that is another one.
    #[test]
    fn what_was_reached_is_forgotten_only_once_that_is_confirmed() {
        let mut window: Harness<'static, App> = Harness::builder()
            .with_size([1280.0, 900.0])
            .with_max_steps(500)
            .build_eframe(|cc| {
                let mut app = App::headless(&cc.egui_ctx, None);
                app.progress.insert("gates".into(), Progress::default());
                app
            });
        window.step();
        window.state_mut().settle();
        window.run();
        let click = |window: &mut Harness<'static, App>, name: &str| {
            window.get_by_role_and_label(Role::Button, name).click();
            window.run();
        };
        let ask = |window: &mut Harness<'static, App>| {
            click(window, "Lessons");
            click(window, "Forget what was reached…");
            assert_eq!(window.state().progress.len(), 1);
        };
        ask(&mut window);
        click(&mut window, "Keep it");
        ask(&mut window);
        window.key_press(Key::Escape);
        window.run();
        assert_eq!(window.state().progress.len(), 1);
        assert!(window.query_by_label("Forget all of it").is_none());
        ask(&mut window);
        click(&mut window, "Forget all of it");
        assert!(window.state().progress.is_empty());
        assert!(window.query_by_label("Forget all of it").is_none());
    }
}
