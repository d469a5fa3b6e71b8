//! A lesson's summary on its way to a file: it is played beside the window, which takes a moment.

use super::theme::GRID;
use super::widgets::caption;
use crate::lesson::{Lesson, summary};
use crate::platform::background::{Background, Fault, Wake};
use crate::platform::files;
use eframe::egui::Ui;
use std::path::PathBuf;
use std::sync::Arc;

/// The summary that is wanted, being written, or was.
#[derive(Default)]
pub(super) struct Summaries {
    /// The lesson for which a place is being chosen.
    wanted: Option<Arc<Lesson>>,
    job: Option<Background<Result<PathBuf, String>>>,
    says: Option<String>,
}

impl Summaries {
    /// Notes for which lesson a place is going to be chosen; what the file may be called.
    pub(super) fn want(&mut self, lesson: Arc<Lesson>) -> String {
        let name = format!("{}-summary", lesson.id);
        self.wanted = Some(lesson);
        self.says = None;
        name
    }

    /// Writes it there.
    pub(super) fn write(&mut self, path: PathBuf, wake: &Wake) {
        let Some(lesson) = self.wanted.take() else {
            return;
        };
        let job = Background::spawn("summary", wake, move |_| summary::write(&lesson, &path));
        match job {
            Ok(job) => {
                self.job = Some(job);
                self.says = Some("The lesson is played for its summary.".into());
            }
            Err(fault) => self.says = Some(fault.0),
        }
    }

    /// Looks whether it is written.
    pub(super) fn poll(&mut self) {
        if let Some(done) = self.job.as_ref().and_then(Background::take) {
            self.tell_of(done);
        }
    }

    /// Waits until it is written, for tests.
    pub(super) fn settle(&mut self) {
        if let Some(job) = self.job.take() {
            self.tell_of(job.wait());
        }
    }

    fn tell_of(&mut self, done: Result<Result<PathBuf, String>, Fault>) {
        self.job = None;
        self.says = Some(match done {
            Ok(Ok(path)) => format!(
                "The summary is in {}. Any browser opens and prints it.",
                files::shown(&path)
            ),
            Ok(Err(problem)) => problem,
            Err(fault) => fault.0,
        });
    }

    /// What there is to say of it.
    pub(super) fn tell(&mut self, ui: &mut Ui) {
        let Some(says) = &self.says else {
            return;
        };
        let mut read = false;
        ui.horizontal_wrapped(|ui| {
            caption(ui, says);
            read = self.job.is_none() && ui.small_button("Dismiss").clicked();
        });
        ui.add_space(GRID);
        if read {
            self.says = None;
        }
    }
}
