//! A folder of lessons that somebody writes: opened from the window, and read again as it is saved.

use super::theme::GRID;
use super::widgets::{Problem, caption, dialog_frame, error_list, primary_button};
use crate::lesson::{LessonError, Shelf};
use crate::platform::background::{Background, Wake};
use crate::platform::choosers::{Answer, Dialogue};
use crate::platform::files::{self, FolderStamp};
use eframe::egui::{self, Id, Key, Modal, TextEdit, Ui};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How often the folder is looked at: a look takes far less than a millisecond.
const EVERY: Duration = Duration::from_secs(1);

/// The most files that are looked at.
const FILES: usize = 2_000;

/// The folder, and the way to it.
#[derive(Default)]
pub(super) struct OwnLessons {
    folder: Option<Folder>,
    /// The path that is being typed.
    field: Option<String>,
    dialogue: Option<Dialogue>,
}

struct Folder {
    path: PathBuf,
    /// What is wrong with it, and with the lessons in it.
    errors: Vec<LessonError>,
    /// Waits beside the window until something in it changes, and reads it then; `None` where the system has no thread.
    watch: Option<Background<Option<Read>>>,
    /// Is let go of with the folder: then nobody waits any more.
    _alive: Arc<()>,
}

/// A folder as it was read.
struct Read {
    stamp: FolderStamp,
    shelf: Shelf,
    errors: Vec<LessonError>,
}

impl OwnLessons {
    /// Asks for a folder.
    pub(super) fn ask(&mut self, ctx: &egui::Context) {
        if self.dialogue.is_some() {
            return;
        }
        let wake = ctx.clone();
        match Dialogue::folder("Open a folder of lessons", move || wake.request_repaint()) {
            Ok(dialogue) => self.dialogue = Some(dialogue),
            Err(_) => self.field = Some(String::new()),
        }
    }

    /// Whether a path is being typed: keys then belong to it.
    pub(super) fn is_asking(&self) -> bool {
        self.field.is_some()
    }

    /// The folder that is open.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(|folder| folder.path.as_path())
    }

    /// Opens a folder; `wake` is called when something in it has changed.
    pub(super) fn open(&mut self, path: PathBuf, views: &[&'static str], wake: &Wake) -> Shelf {
        let stamp = files::folder_stamp(&path, FILES);
        let (shelf, errors) = read(&path, views);
        self.follow(path, stamp, errors, views, wake);
        shelf
    }

    fn follow(
        &mut self,
        path: PathBuf,
        stamp: FolderStamp,
        errors: Vec<LessonError>,
        views: &[&'static str],
        wake: &Wake,
    ) {
        let alive = Arc::new(());
        let (folder, views, waits) = (path.clone(), views.to_vec(), Arc::downgrade(&alive));
        let watch = Background::spawn("lessons", wake, move |_| {
            let stamp = files::wait_for_change(&folder, FILES, &stamp, EVERY, &waits)?;
            let (shelf, errors) = read(&folder, &views);
            Some(Read {
                stamp,
                shelf,
                errors,
            })
        });
        self.folder = Some(Folder {
            path,
            errors,
            watch: watch.ok(),
            _alive: alive,
        });
    }

    /// Lets go of the folder.
    pub(super) fn close(&mut self) {
        self.folder = None;
    }

    /// The lessons anew, if something in the folder has changed.
    pub(super) fn changed(&mut self, views: &[&'static str], wake: &Wake) -> Option<Shelf> {
        let folder = self.folder.as_ref()?;
        let read = folder.watch.as_ref()?.take()?.ok()??;
        let path = folder.path.clone();
        self.follow(path, read.stamp, read.errors, views, wake);
        Some(read.shelf)
    }

    /// The lessons as they are in the folder now, for tests.
    pub(super) fn anew(&mut self, views: &[&'static str], wake: &Wake) -> Option<Shelf> {
        let path = self.folder()?.to_path_buf();
        Some(self.open(path, views, wake))
    }

    /// Draws the path field while there is one; the folder, once it is chosen.
    pub(super) fn show(&mut self, ctx: &egui::Context) -> Option<PathBuf> {
        if let Some(answer) = self.dialogue.as_ref().and_then(Dialogue::answer) {
            self.dialogue = None;
            match answer {
                Answer::Chosen(path) => return Some(path),
                Answer::NoChooser => self.field = Some(String::new()),
                Answer::Cancelled => {}
            }
        }
        let text = self.field.as_mut()?;
        let mut chosen = None;
        let modal = Modal::new(Id::unique("lessons folder"))
            .frame(dialog_frame(ctx))
            .show(ctx, |ui| {
                ui.set_width(480.0);
                ui.heading("Open a folder of lessons");
                caption(
                    ui,
                    "Type the path of a folder with a lesson.md in it, or in its folders.",
                );
                ui.add_space(GRID);
                let edit = TextEdit::singleline(text)
                    .hint_text("/home/me/my-lessons")
                    .desired_width(f32::INFINITY);
                let response = ui.name_inputs("Folder of lessons", |ui| ui.add(edit));
                if !response.has_focus() && !response.lost_focus() {
                    response.request_focus();
                }
                let entered =
                    response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
                ui.add_space(GRID);
                ui.horizontal(|ui| {
                    let pressed = primary_button(ui, "Open").clicked();
                    if (pressed || entered) && !text.trim().is_empty() {
                        chosen = Some(PathBuf::from(text.trim()));
                    }
                    ui.button("Cancel").clicked()
                })
                .inner
            });
        if chosen.is_some() || modal.inner || modal.should_close() {
            self.field = None;
        }
        chosen
    }

    /// What is wrong with the lessons in the folder, each at its line.
    pub(super) fn tell(&self, ui: &mut Ui) {
        let Some(folder) = self
            .folder
            .as_ref()
            .filter(|folder| !folder.errors.is_empty())
        else {
            return;
        };
        let problems = folder.errors.iter().map(|error| {
            let file = Path::new(&error.file);
            let short = file.strip_prefix(&folder.path).unwrap_or(file);
            let place = match error.line {
                0 => files::shown(short),
                line => format!("{}, line {line}", files::shown(short)),
            };
            Problem {
                place,
                found: error.problem.clone(),
                expected: String::new(),
                hint: String::new(),
            }
        });
        let problems: Vec<Problem> = problems.collect();
        error_list(ui, "These lessons cannot be read", &problems, 0, 240.0);
        caption(ui, "They are read again as you save them.");
        ui.add_space(GRID);
    }
}

/// The lessons of a folder, and what is wrong with it.
fn read(path: &Path, views: &[&str]) -> (Shelf, Vec<LessonError>) {
    match Shelf::of_folder(path, views) {
        Ok(mut shelf) => {
            let errors = std::mem::take(&mut shelf.errors);
            (shelf, errors)
        }
        Err(problem) => {
            let error = LessonError {
                file: files::shown(path),
                line: 0,
                problem,
            };
            (Shelf::default(), vec![error])
        }
    }
}
