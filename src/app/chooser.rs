//! Choosing files: the desktop's dialogue where there is one, a path field where there is none.

use super::theme::GRID;
use super::widgets::{caption, dialog_frame, primary_button};
use crate::platform::choosers::{Answer, Dialogue};
use eframe::egui::{self, Id, Key, Modal, TextEdit};
use std::io;
use std::path::PathBuf;

/// What was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Chosen {
    /// A file to open.
    Open(PathBuf),
    /// A file to write.
    Save(PathBuf),
    /// A file for a lesson's summary.
    Summary(PathBuf),
}

/// What a file is chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Open,
    Save,
    Summary,
}

impl Purpose {
    fn title(self) -> &'static str {
        match self {
            Purpose::Open => "Open an experiment, a CSV or a text",
            Purpose::Save => "Save the experiment",
            Purpose::Summary => "Save the lesson’s summary",
        }
    }

    /// A path as somebody might type it.
    fn example(self) -> &'static str {
        match self {
            Purpose::Open => "/home/me/series.csv",
            Purpose::Save => "my-experiment.toml",
            Purpose::Summary => "summary.html",
        }
    }

    fn chosen(self, path: PathBuf) -> Chosen {
        match self {
            Purpose::Open => Chosen::Open(path),
            Purpose::Save => Chosen::Save(path),
            Purpose::Summary => Chosen::Summary(path),
        }
    }
}

/// The dialogues.
#[derive(Default)]
pub(super) struct Chooser {
    waiting: Option<Waiting>,
    field: Option<Field>,
}

struct Waiting {
    dialogue: Dialogue,
    purpose: Purpose,
}

struct Field {
    text: String,
    purpose: Purpose,
    /// Why the field is here, if nobody asked for it.
    no_chooser: bool,
}

impl Field {
    fn instead_of_a_chooser(purpose: Purpose) -> Self {
        Self {
            text: String::new(),
            purpose,
            no_chooser: true,
        }
    }
}

impl Chooser {
    /// Whether a path is being typed: keys then belong to it.
    pub(super) fn is_open(&self) -> bool {
        self.field.is_some()
    }

    /// Asks for a file to open.
    pub(super) fn open(&mut self, ctx: &egui::Context) {
        let kinds = [
            (
                "Experiments, tables and texts",
                &[
                    "toml", "csv", "tsv", "txt", "xlsx", "json", "jsonl", "gz", "zip", "zst",
                ][..],
            ),
            ("All files", &["*"]),
        ];
        let purpose = Purpose::Open;
        self.ask(ctx, purpose, |wake| {
            Dialogue::open(purpose.title(), &kinds, wake)
        });
    }

    /// Asks for a file to write.
    pub(super) fn save(&mut self, ctx: &egui::Context, name: &str) {
        let kinds = [("Experiments", &["toml"][..])];
        let name = format!("{name}.toml");
        let purpose = Purpose::Save;
        self.ask(ctx, purpose, |wake| {
            Dialogue::save(purpose.title(), &kinds, name, wake)
        });
    }

    /// Asks for a file for a lesson's summary.
    pub(super) fn save_summary(&mut self, ctx: &egui::Context, name: &str) {
        let kinds = [("Pages for a browser", &["html"][..])];
        let name = format!("{name}.html");
        let purpose = Purpose::Summary;
        self.ask(ctx, purpose, |wake| {
            Dialogue::save(purpose.title(), &kinds, name, wake)
        });
    }

    fn ask(
        &mut self,
        ctx: &egui::Context,
        purpose: Purpose,
        dialogue: impl FnOnce(Box<dyn FnOnce() + Send>) -> io::Result<Dialogue>,
    ) {
        // A second dialogue would take the answer away from the first.
        if self.waiting.is_some() {
            return;
        }
        let ctx = ctx.clone();
        match dialogue(Box::new(move || ctx.request_repaint())) {
            Ok(dialogue) => self.waiting = Some(Waiting { dialogue, purpose }),
            Err(_) => self.field = Some(Field::instead_of_a_chooser(purpose)),
        }
    }

    /// Lets the user type the path of a file to open.
    pub(super) fn type_path(&mut self) {
        self.field = Some(Field {
            text: String::new(),
            purpose: Purpose::Open,
            no_chooser: false,
        });
    }

    /// Draws the path field while there is one; returns what was chosen.
    pub(super) fn show(&mut self, ctx: &egui::Context) -> Option<Chosen> {
        if let Some(waiting) = &self.waiting {
            let purpose = waiting.purpose;
            if let Some(answer) = waiting.dialogue.answer() {
                self.waiting = None;
                match answer {
                    Answer::Chosen(path) => return Some(purpose.chosen(path)),
                    Answer::NoChooser => self.field = Some(Field::instead_of_a_chooser(purpose)),
                    Answer::Cancelled => {}
                }
            }
        }
        let field = self.field.as_mut()?;
        let mut chosen = None;
        let modal = Modal::new(Id::unique("path"))
            .frame(dialog_frame(ctx))
            .show(ctx, |ui| {
                ui.set_width(480.0);
                let opening = field.purpose == Purpose::Open;
                ui.heading(field.purpose.title());
                if field.no_chooser {
                    let way = if opening {
                        "Type the path, or drop a file on the window."
                    } else {
                        "Type the path."
                    };
                    caption(
                        ui,
                        &format!("No file chooser came up on this desktop. {way}"),
                    );
                }
                ui.add_space(GRID);
                let edit = TextEdit::singleline(&mut field.text)
                    .hint_text(field.purpose.example())
                    .desired_width(f32::INFINITY);
                let response = ui.add(edit.id(Id::unique("path field")));
                if !response.has_focus() && !response.lost_focus() {
                    response.request_focus();
                }
                let entered =
                    response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
                ui.add_space(GRID);
                ui.horizontal(|ui| {
                    let name = if opening { "Open" } else { "Save" };
                    let pressed = primary_button(ui, name).clicked();
                    if (pressed || entered) && !field.text.trim().is_empty() {
                        chosen = Some(PathBuf::from(field.text.trim()));
                    }
                    ui.button("Cancel").clicked()
                })
                .inner
            });
        let purpose = field.purpose;
        // A click beside it is no wish to lose what was typed.
        let beside = modal.backdrop_response.clicked() && !field.text.trim().is_empty();
        if chosen.is_some() || modal.inner || (modal.should_close() && !beside) {
            self.field = None;
        }
        chosen.map(|path| purpose.chosen(path))
    }
}
