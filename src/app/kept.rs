//! What the window keeps between launches, and how it is read again: each value by itself, so that one which cannot be read
//! costs no other.

use super::geometry::Geometry;
use super::layouts::Layouts;
use super::panes::Panes;
use crate::lesson::Progress;
use crate::platform::fields::{Fields, salvage};
use crate::session::Saved;
use crate::train::question::Spot;
use eframe::egui::{self, ThemePreference};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::collections::BTreeMap;

/// The zooms that can be chosen with the keyboard; another was never chosen.
const ZOOMS: std::ops::RangeInclusive<f32> = 0.2..=5.0;

/// How the names of lessons' fields begin.
const PROGRESS: &str = "progress ";

/// A session that was kept and is not open: it is offered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Waiting {
    pub(super) saved: Saved,
    pub(super) why: Why,
    /// What went wrong, a line each.
    pub(super) lines: Vec<String>,
}

/// Why a kept session is not open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Why {
    /// The program ended while it was being opened.
    #[default]
    Ended,
    /// What it needs could not be read.
    NotThere,
}

/// What survives closing the window.
#[derive(Clone, Default)]
pub(super) struct Kept {
    /// What is on show; `None` for what the program opens with.
    pub(super) session: Option<Saved>,
    /// What was being opened when it was kept.
    pub(super) opening: Option<Saved>,
    pub(super) waiting: Vec<Waiting>,
    /// The lesson on show.
    pub(super) lesson: Option<String>,
    /// The lesson of the course that was on show last.
    pub(super) last_lesson: Option<String>,
    pub(super) progress: BTreeMap<String, Progress>,
    /// The text of an experiment that was being edited and is not in effect.
    pub(super) draft: Option<String>,
    /// The number that was opened last.
    pub(super) number: Option<Spot>,
    /// Those that stay in sight.
    pub(super) pinned: Vec<Spot>,
    pub(super) look: Look,
}

/// How the window looks.
#[derive(Clone, Default)]
pub(super) struct Look {
    pub(super) layouts: Option<Layouts>,
    /// The only layout there was once.
    pub(super) panes: Option<Panes>,
    pub(super) theme: Option<ThemePreference>,
    pub(super) zoom: Option<f32>,
    /// Whether nothing is to move.
    pub(super) still: bool,
    pub(super) window: Option<Geometry>,
    /// egui's own memory, as it writes it.
    pub(super) memory: Option<String>,
}

impl Kept {
    /// Reads what can be read; says whether that is all.
    pub(super) fn read(fields: &Fields) -> (Self, bool) {
        let reader = Reader {
            fields,
            whole: Cell::new(true),
        };
        let lessons = fields.iter().filter_map(|(name, _)| {
            let lesson = name.strip_prefix(PROGRESS)?;
            Some((lesson.to_owned(), reader.part(name)?))
        });
        let kept = Self {
            progress: lessons.collect(),
            session: reader.part("session"),
            opening: reader.part("opening"),
            waiting: reader.part("waiting").unwrap_or_default(),
            lesson: reader.all("lesson"),
            last_lesson: reader.all("last lesson"),
            draft: reader.all("draft"),
            number: reader.all("number"),
            pinned: reader.all("pinned").unwrap_or_default(),
            look: Look {
                layouts: reader.all("layouts"),
                panes: reader.all("panes"),
                theme: reader.all("theme"),
                zoom: reader.all("zoom"),
                still: reader.all("still").unwrap_or_default(),
                window: reader.part("window"),
                memory: reader.all("egui"),
            },
        };
        let whole = reader.whole.get();
        (kept, whole)
    }

    /// All of it by name, with what egui has to keep.
    pub(super) fn fields(&self, ctx: &egui::Context) -> Fields {
        let mut fields = Fields::default();
        let look = &self.look;
        fields.set("session", &self.session);
        fields.set("opening", &self.opening);
        fields.set("waiting", &self.waiting);
        fields.set("lesson", &self.lesson);
        fields.set("last lesson", &self.last_lesson);
        fields.set("draft", &self.draft);
        fields.set("number", &self.number);
        fields.set("pinned", &self.pinned);
        fields.set("still", &look.still);
        fields.set("layouts", &look.layouts);
        fields.set("window", &look.window);
        for (lesson, progress) in &self.progress {
            fields.set(&format!("{PROGRESS}{lesson}"), progress);
        }
        // Taken as it is, written without holding up the window.
        let memory = ctx.memory(Clone::clone);
        fields.set("theme", &memory.options.theme_preference);
        fields.set("zoom", &memory.options.zoom_factor);
        let mut text = Text(None);
        eframe::set_value(&mut text, "", &memory);
        fields.set("egui", &text.0);
        fields
    }

    /// Takes over what was reached in lessons elsewhere.
    pub(super) fn add_progress(&mut self, others: BTreeMap<String, Progress>) {
        for (lesson, other) in others {
            self.progress.entry(lesson).or_default().merge(other);
        }
    }
}

impl Look {
    /// Gives egui what it kept.
    pub(super) fn install(&self, ctx: &egui::Context) {
        let text = Text(self.memory.clone());
        let memory: Option<egui::Memory> = eframe::get_value(&text, "");
        ctx.memory_mut(|now| {
            if let Some(memory) = memory {
                *now = memory;
            }
            let options = &mut now.options;
            options.theme_preference = self.theme.unwrap_or(options.theme_preference);
            let zoom = self.zoom.unwrap_or(options.zoom_factor);
            options.zoom_factor = if ZOOMS.contains(&zoom) { zoom } else { 1.0 };
        });
    }

    /// What another window that opens beside the one with this look begins with: not on top of it, and with no more than was
    /// chosen.
    pub(super) fn beside(self) -> Self {
        Self {
            window: self.window.map(|window| Geometry {
                position: None,
                ..window
            }),
            ..self
        }
    }

    /// What a launch begins with after one that failed: what cannot be at fault.
    pub(super) fn plain(self) -> Self {
        Self {
            theme: self.theme,
            zoom: self.zoom,
            still: self.still,
            ..Self::default()
        }
    }
}

/// Reads values, and notes whether all could be read.
struct Reader<'a> {
    fields: &'a Fields,
    whole: Cell<bool>,
}

impl Reader<'_> {
    /// As much of the value as fits.
    fn part<T: serde::de::DeserializeOwned>(&self, name: &str) -> Option<T> {
        let value = self.fields.get(name).filter(|value| !value.is_null())?;
        let (read, whole) =
            salvage(value).map_or((None, false), |(read, whole)| (Some(read), whole));
        self.whole.set(self.whole.get() && whole);
        read
    }

    /// The value, if all of it fits.
    fn all<T: serde::de::DeserializeOwned>(&self, name: &str) -> Option<T> {
        let value = self.fields.get(name).filter(|value| !value.is_null())?;
        let read = T::deserialize(value).ok();
        self.whole.set(self.whole.get() && read.is_some());
        read
    }
}

/// A value as eframe writes and reads it, without its file.
pub(super) struct Text(pub(super) Option<String>);

impl eframe::Storage for Text {
    fn get_string(&self, _: &str) -> Option<String> {
        self.0.clone()
    }

    fn set_string(&mut self, _: &str, value: String) {
        self.0 = Some(value);
    }

    fn remove_string(&mut self, _: &str) {
        self.0 = None;
    }

    fn flush(&mut self) {}
}
