//! `rnnscope picture`: the window, or one view, drawn without a display and without a graphics card.
//!
//! The very application is driven, frame by frame, until nothing moves any more; only the pixels are [computed](canvas).
//! Time is counted in frames, so that a picture depends on what is asked for and on nothing else.

mod canvas;

use super::App;
use super::views::Purpose;
use crate::lesson::Lesson;
use crate::nn::{Move, Sweep};
use crate::session::{Command, Comparison, Message, Origin, Step};
use crate::train::Status;
use canvas::Canvas;
use eframe::egui::{self, Color32, Context, Pos2, RawInput, Rect, Theme, Vec2, ViewportId};
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// At most so many pixels, four bytes each.
pub const MAX_PIXELS: u64 = 64_000_000;

/// A frame every so many seconds.
const INTERVAL: f64 = 1.0 / 60.0;

/// After so many frames a picture is taken, though something still moves.
const MOST_FRAMES: u32 = 600;

/// What is to be drawn.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The experiment; the standard one if absent.
    pub origin: Option<Origin>,
    /// Whether it is a file of data, of which the dialogue is drawn that looks at it.
    pub importing: bool,
    /// A lesson and its page, from 0.
    pub lesson: Option<(Arc<Lesson>, usize)>,
    /// What it is compared with, if anything.
    pub compare: Option<Comparison>,
    /// How many updates are made then.
    pub updates: u64,
    /// Where the cursor stands then; where it is if absent.
    pub at: Option<Place>,
    /// What of the window.
    pub what: What,
    /// Width and height in points.
    pub size: [u32; 2],
    /// Pixels to a point.
    pub scale: f32,
    /// Dark, or light.
    pub dark: bool,
}

/// A place in a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which one.
    pub sweep: Sweep,
    /// So many time steps from its beginning; its end if absent, or if it has fewer.
    pub steps: Option<u32>,
    /// So many single operations further, which are then what one moves by.
    pub operations: Option<u32>,
}

/// What of the window is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// All of it, as it comes up.
    Window,
    /// The course as a path.
    Course,
    /// All of it, in a layout.
    Layout(Purpose),
    /// A view alone.
    View(String),
}

/// Pixels: red, green, blue and alpha, row by row.
#[derive(Clone, PartialEq, Eq)]
pub struct Pixels {
    /// How many in a row.
    pub width: u32,
    /// How many rows.
    pub height: u32,
    /// Four bytes each.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Pixels {
    /// Their number: nobody reads millions of bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × {} pixels", self.width, self.height)
    }
}

impl Pixels {
    /// As a PNG.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub fn png(&self) -> Result<Vec<u8>, PictureError> {
        let mut bytes = Vec::new();
        let encoder = PngEncoder::new(&mut bytes);
        let color = ExtendedColorType::Rgba8;
        match encoder.write_image(&self.bytes, self.width, self.height, color) {
            Ok(()) => Ok(bytes),
            Err(error) => Err(PictureError::Session(error.to_string())),
        }
    }
}

/// Why there is no picture.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PictureError {
    /// More pixels than a picture may have.
    #[error(
        "--size and --scale: found {found} pixels, expected at most {MAX_PIXELS}. A smaller --scale helps."
    )]
    TooLarge {
        /// How many were asked for.
        found: u64,
    },
    /// A view that has nothing to say of the run.
    #[error(
        "--view: {view} has nothing to show of this run, expected a view that has. It answers “{question}”"
    )]
    Idle {
        /// Its name.
        view: String,
        /// What it answers.
        question: &'static str,
    },
    /// A file that is looked at before it becomes an experiment.
    #[error(
        "found no experiment, expected one (.toml). Open the data in the window, where their columns get roles, and save that."
    )]
    Unknown,
    /// The experiment cannot be opened or trained.
    #[error("{0}")]
    Session(String),
}

impl Picture {
    fn theme(&self) -> Theme {
        match self.dark {
            true => Theme::Dark,
            false => Theme::Light,
        }
    }

    /// Width and height in pixels.
    fn pixels(&self) -> [usize; 2] {
        self.size
            .map(|points| (f64::from(points) * f64::from(self.scale)).round() as usize)
    }

    /// Draws it.
    ///
    /// # Errors
    /// See [`PictureError`].
    pub fn draw(&self) -> Result<Pixels, PictureError> {
        self.draw_telling(&|_| {})
    }

    /// Draws it, and says after every few updates how many are made.
    ///
    /// # Errors
    /// See [`PictureError`].
    pub fn draw_telling(&self, made: &dyn Fn(u64)) -> Result<Pixels, PictureError> {
        let [width, height] = self.pixels();
        let found = (width as u64).saturating_mul(height as u64);
        if found > MAX_PIXELS {
            return Err(PictureError::TooLarge { found });
        }
        let ctx = Context::default();
        let mut app = App::headless(&ctx, self.origin.clone());
        // The same picture comes each time.
        app.shared.untimed = true;
        // What the system looks like is no matter of a picture's.
        ctx.set_theme(self.theme());
        app.settle_or_tell()?;
        if self.importing {
            app.session.settle_import();
        } else if app.session.import().is_some() {
            return Err(PictureError::Unknown);
        }
        if let Some((lesson, page)) = &self.lesson {
            app.begin_at(Arc::clone(lesson), *page);
            app.settle_or_tell()?;
        }
        if let Some(comparison) = self.compare {
            app.session.apply(Command::Compare(comparison));
            app.settle_or_tell()?;
        }
        for part in parts(self.updates) {
            app.session.apply(Command::Update(part.end - part.start));
            app.settle_or_tell()?;
            let snapshot = app.session.snapshot();
            let died = snapshot.is_some_and(|now| matches!(now.status, Status::Diverged(_)));
            if died && self.compare.is_none() {
                break;
            }
            made(part.end);
        }
        match self.at {
            Some(place) => app.go_to(place),
            // One view alone is wanted for what it shows, which is more than the beginning of a sweep; a lesson's page says itself
            // where it begins.
            None if self.lesson.is_none() && matches!(self.what, What::View(_)) => app.show_all(),
            None => {}
        }
        app.settle_or_tell()?;
        // What a view has to say may have to be asked first.
        drop(app.idle_views());
        app.settle_or_tell()?;
        match &self.what {
            What::Window => {}
            What::Course => app.course.open(),
            What::Layout(layout) => app.lay_out(*layout),
            What::View(view) if app.idle_views().contains(&view.as_str()) => {
                let asked = app.views.iter().find(|known| known.name() == view);
                return Err(PictureError::Idle {
                    view: view.clone(),
                    question: asked.map_or("", |known| known.question()),
                });
            }
            What::View(name) => app.layouts.panes().enlarge(name),
        }
        let mut film = Film {
            ctx,
            picture: self,
            canvas: Canvas::new([width, height], Color32::BLACK),
            frames: 0,
        };
        while film.frame(&mut app) && film.frames < MOST_FRAMES {
            app.settle_or_tell()?;
        }
        Ok(Pixels {
            width: width as u32,
            height: height as u32,
            bytes: film.canvas.into_bytes(),
        })
    }
}

/// Updates in parts between which it is told how far they are: none so small that its snapshots would be kept to go back to.
fn parts(updates: u64) -> impl Iterator<Item = Range<u64>> {
    const LEAST: u64 = 25;
    const MOST: u64 = 100;
    let parts = (updates / LEAST).clamp(1, MOST).min(updates);
    let end = move |part: u64| updates * part / parts.max(1);
    (0..parts).map(move |part| end(part)..end(part + 1))
}

/// Frames, of which the last is the picture.
struct Film<'a> {
    ctx: Context,
    picture: &'a Picture,
    canvas: Canvas,
    frames: u32,
}

impl Film<'_> {
    /// Draws a frame; true if another is to follow.
    fn frame(&mut self, app: &mut App) -> bool {
        let picture = self.picture;
        let size = Vec2::from(picture.size.map(|points| points as f32));
        let mut input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, size)),
            time: Some(f64::from(self.frames) * INTERVAL),
            predicted_dt: INTERVAL as f32,
            system_theme: Some(picture.theme()),
            ..RawInput::default()
        };
        let viewport = input.viewports.entry(ViewportId::ROOT).or_default();
        viewport.native_pixels_per_point = Some(picture.scale);
        let mut output = self.ctx.run_ui(input, |ui| match &picture.what {
            What::View(_) => app.view_alone(ui),
            What::Window | What::Course | What::Layout(_) => app.frame(ui),
        });
        self.frames += 1;
        let scale = output.pixels_per_point;
        self.canvas.take(&output.textures_delta);
        let waits = output
            .viewport_output
            .get(&ViewportId::ROOT)
            .map(|root| root.repaint_delay);
        let more = waits.is_some_and(|delay| delay.as_secs_f64() < 0.25);
        // Fonts and panes find their size within the first frames.
        let more = more || self.frames < 4;
        if !more || self.frames == MOST_FRAMES {
            let primitives = self.ctx.tessellate(output.shapes, scale);
            self.canvas.draw(&primitives, scale);
        }
        self.canvas.free(&output.textures_delta);
        output.textures_delta.clear();
        more
    }
}

impl App {
    /// Waits until the session has carried out everything.
    fn settle_or_tell(&mut self) -> Result<(), PictureError> {
        let told = |message: Message| PictureError::Session(message.on_lines());
        self.session.settle().map_err(told)?;
        match self.session.message() {
            Some(message) => Err(told(message.clone())),
            None => Ok(()),
        }
    }

    /// Brings the cursor to a place. It stops where the sweep ends.
    fn go_to(&mut self, place: Place) {
        self.session.apply(Command::Sweep(place.sweep));
        let Some(steps) = place.steps else {
            self.session.apply(Command::Move(Move::Last));
            return;
        };
        self.walk(steps, Move::Next, Move::Previous);
        if let Some(operations) = place.operations {
            self.transport.step = Step::Operation;
            self.walk(operations, Move::NextOperation, Move::PreviousOperation);
        }
    }

    /// Moves so often, within the sweep.
    fn walk(&mut self, times: u32, by: Move, back: Move) {
        let sweep = self.session.cursor().sweep;
        for _ in 0..times {
            let before = self.session.cursor();
            self.session.apply(Command::Move(by));
            let now = self.session.cursor();
            if now.sweep != sweep {
                self.session.apply(Command::Move(back));
            }
            if now.sweep != sweep || now == before {
                break;
            }
        }
    }

    /// Walks both sweeps to their end.
    fn show_all(&mut self) {
        self.session.apply(Command::Sweep(Sweep::Backward));
        self.session.apply(Command::ShowAll);
    }

    /// The enlarged view alone, without the parts around it.
    fn view_alone(&mut self, ui: &mut egui::Ui) {
        super::paper(ui);
        self.session.next_frame();
        self.session.poll();
        let frame = egui::Frame::central_panel(ui.style());
        let mut commands = Vec::new();
        egui::CentralPanel::default()
            .frame(frame)
            .show(ui, |ui| self.center(ui, &mut commands));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_updates_are_made_in_parts_of_which_none_is_small() {
        for updates in [0, 1, 2, 24, 25, 49, 51, 600, 99_999] {
            let parts: Vec<Range<u64>> = parts(updates).collect();
            let lengths = parts.iter().map(|part| part.end - part.start);
            assert_eq!(lengths.clone().sum::<u64>(), updates);
            assert!(parts.len() <= 100, "{updates}");
            let least = lengths.min().unwrap_or(updates);
            assert!(least >= updates.min(25), "{updates}: {least}");
        }
    }
}
