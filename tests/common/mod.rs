//! What the tests of the window share: the real application in a headless egui, and the ways to look at it and to move it.

#![allow(dead_code, reason = "no test file needs all of it")]

use eframe::CreationContext;
use eframe::egui::accesskit::Role;
use eframe::egui::{self, Theme};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use rnnscope::app::{App, views};
use rnnscope::lesson::{Files, Lesson, LessonError, read};
use rnnscope::session::{Origin, Session};
use rnnscope::train::Snapshot;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An experiment of the course: what small lessons of tests begin with.
pub const LATCH: &str = include_str!("../../lessons/05-vanishing/latch.toml");

static FILES: &[(&str, &str)] = &[("latch.toml", LATCH)];

/// Reads a lesson beside that experiment, which may point at any view.
pub fn read_on_latch(source: &str) -> Result<Lesson, Vec<LessonError>> {
    read(
        "lesson.md",
        source,
        &Files::BuiltIn(FILES),
        &views::places(),
    )
}

/// The same of one that can be read.
pub fn on_latch(source: &str) -> Arc<Lesson> {
    Arc::new(read_on_latch(source).unwrap_or_else(|errors| panic!("{errors:#?}")))
}

/// The application in a window that no one sees.
pub type Window = Harness<'static, App>;

/// The size of a window, unless a test is about another one.
pub const SIZE: [f32; 2] = [1280.0, 800.0];

/// A window as `make` makes it, before anything is waited for.
pub fn built(
    size: [f32; 2],
    pixels_per_point: f32,
    theme: Theme,
    make: impl FnOnce(&mut CreationContext<'_>) -> App,
) -> Window {
    Harness::builder()
        .with_size(size)
        .with_pixels_per_point(pixels_per_point)
        .with_theme(theme)
        .with_max_steps(500)
        .build_eframe(make)
}

/// A window that opens `source`, before it is waited for: every view side by side, everything revealed.
pub fn opening(source: Option<Origin>, size: [f32; 2], theme: Theme) -> Window {
    built(size, 1.0, theme, move |cc| {
        let mut app = App::headless(&cc.egui_ctx, source);
        app.overview();
        app
    })
}

/// Carries out what was clicked and typed, waits until the session rests, and draws that.
pub fn settle(window: &mut Window) {
    window.step();
    // Twice: what the first frame asks is answered by the second.
    for _ in 0..2 {
        window.state_mut().settle();
        window.run();
    }
}

pub fn session(window: &Window) -> &Session {
    window.state().session()
}

pub fn snapshot(window: &Window) -> Arc<Snapshot> {
    Arc::clone(session(window).snapshot().expect("a run is on show"))
}

/// Whether anything on the screen says so.
pub fn shows(window: &Window, text: &str) -> bool {
    window.query_all_by_label_contains(text).next().is_some()
}

/// Opens the settings of the data that are seldom changed.
pub fn open_details(window: &mut Window) {
    let role = Role::DisclosureTriangle;
    window.get_by_role_and_label(role, "Details").click();
    window.run();
}

/// Clicks an entry of a drop-down list.
pub fn click_in_list(window: &mut Window, list: &str, entry: &str) {
    window
        .get_by_role_and_label(Role::ComboBox, list)
        .scroll_to_me();
    window.run();
    window.get_by_role_and_label(Role::ComboBox, list).click();
    window.run();
    window.get_by_role_and_label(Role::Button, entry).click();
}

/// Writes a file into a folder of the tests.
pub fn file(folder: &str, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    std::fs::create_dir_all(&folder).expect("the folder for tests can be written to");
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("the folder for tests can be written to");
    path
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// Drops a file on the window.
pub fn drop_on(window: &mut Window, path: PathBuf) {
    let dropped = Arc::new(Dropped(path));
    window.input_mut().dropped_files.push(dropped);
}
