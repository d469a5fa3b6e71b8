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
}

/// The dialogues.
#[derive(Default)]
pub(super) struct Chooser {
    waiting: Option<Waiting>,
    field: Option<Field>,
}

struct Waiting {
    dialogue: Dialogue,
    saving: bool,
}

struct Field {
    text: String,
    saving: bool,
    /// Why the field is here, if nobody asked for it.
    no_chooser: bool,
}

impl Field {
    fn instead_of_a_chooser(saving: bool) -> Self {
        Self {
            text: String::new(),
            saving,
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
                &["toml", "csv", "tsv", "txt"][..],
            ),
            ("All files", &["*"]),
        ];
        self.ask(ctx, false, |wake| {
            Dialogue::open("Open an experiment, a CSV or a text", &kinds, wake)
        });
    }

    /// Asks for a file to write.
    pub(super) fn save(&mut self, ctx: &egui::Context, name: &str) {
        let kinds = [("Experiments", &["toml"][..])];
        let name = format!("{name}.toml");
        self.ask(ctx, true, |wake| {
            Dialogue::save("Save the experiment", &kinds, name, wake)
        });
    }

    fn ask(
        &mut self,
        ctx: &egui::Context,
        saving: bool,
        dialogue: impl FnOnce(Box<dyn FnOnce() + Send>) -> io::Result<Dialogue>,
    ) {
        // A second dialogue would take the answer away from the first.
        if self.waiting.is_some() {
            return;
        }
        let ctx = ctx.clone();
        match dialogue(Box::new(move || ctx.request_repaint())) {
            Ok(dialogue) => self.waiting = Some(Waiting { dialogue, saving }),
            Err(_) => self.field = Some(Field::instead_of_a_chooser(saving)),
        }
    }

    /// Lets the user type the path of a file to open.
    pub(super) fn type_path(&mut self) {
        self.field = Some(Field {
            text: String::new(),
            saving: false,
            no_chooser: false,
        });
    }

    /// Draws the path field while there is one; returns what was chosen.
    pub(super) fn show(&mut self, ctx: &egui::Context) -> Option<Chosen> {
        if let Some(waiting) = &self.waiting {
            let saving = waiting.saving;
            if let Some(answer) = waiting.dialogue.answer() {
                self.waiting = None;
                match answer {
                    Answer::Chosen(path) if saving => return Some(Chosen::Save(path)),
                    Answer::Chosen(path) => return Some(Chosen::Open(path)),
                    Answer::NoChooser => self.field = Some(Field::instead_of_a_chooser(saving)),
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
                ui.heading(if field.saving {
                    "Save the experiment"
                } else {
                    "Open an experiment, a CSV or a text"
                });
                if field.no_chooser {
                    let way = if field.saving {
                        "Type the path."
                    } else {
                        "Type the path, or drop a file on the window."
                    };
                    caption(
                        ui,
                        &format!("No file chooser came up on this desktop. {way}"),
                    );
                }
                ui.add_space(GRID);
                let hint = if field.saving {
                    "my-experiment.toml"
                } else {
                    "/home/me/series.csv"
                };
                let edit = TextEdit::singleline(&mut field.text)
                    .hint_text(hint)
                    .desired_width(f32::INFINITY);
                let response = ui.add(edit.id(Id::unique("path field")));
                if !response.has_focus() && !response.lost_focus() {
                    response.request_focus();
                }
                let entered =
                    response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
                ui.add_space(GRID);
                ui.horizontal(|ui| {
                    let name = if field.saving { "Save" } else { "Open" };
                    let pressed = primary_button(ui, name).clicked();
                    if (pressed || entered) && !field.text.trim().is_empty() {
                        chosen = Some(PathBuf::from(field.text.trim()));
                    }
                    ui.button("Cancel").clicked()
                })
                .inner
            });
        let saving = field.saving;
        // A click beside it is no wish to lose what was typed.
        let beside = modal.backdrop_response.clicked() && !field.text.trim().is_empty();
        if chosen.is_some() || modal.inner || (modal.should_close() && !beside) {
            self.field = None;
        }
        chosen.map(|path| {
            if saving {
                Chosen::Save(path)
            } else {
                Chosen::Open(path)
            }
        })
    }
}
