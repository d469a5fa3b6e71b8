//! How the window is kept, from one launch to the next.
//!
//! [`Launch`] is what a launch begins with: it takes a place for the window, reads what is kept, and notes on the disk that a
//! launch is under way. A launch that finds that note begins with what the program opens with, and offers what was there.
//! [`Keeping`] then tells the [`Keeper`] after every frame what there is, and follows what comes back.

use super::eframe_file;
use super::geometry::Geometry;
use super::kept::{Kept, Waiting, Why};
use super::layouts::Layouts;
use super::views::Shared;
use crate::lesson::Progress;
use crate::platform::clock::Instant;
use crate::platform::files::shown;
use crate::platform::keeper::{self, Beside, Hurry, Keeper};
use crate::platform::storage::{self, Slot};
use crate::session::{Command, MadeAgain, Saved, Session};
use eframe::egui::{self, Rect, ViewportBuilder, ViewportCommand, pos2, vec2};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The file that eframe kept before this program kept its own.
const EFRAME_FILE: &str = "app.ron";

/// What a launch is about, as it is noted on the disk: what was kept, or a file that was asked for.
const ABOUT_KEPT: &str = "kept";
const ABOUT_FILE: &str = "file";

/// How long updates are made again before that is said: what is over in a moment needs no words.
const A_MOMENT: Duration = Duration::from_millis(500);

/// How the program is asked to end from outside the window: by a signal, or by the end of the desktop's session.
#[derive(Clone, Default)]
pub struct Quit(Arc<Asked>);

#[derive(Default)]
struct Asked {
    asked: AtomicBool,
    window: Mutex<Option<(egui::Context, Hurry)>>,
}

impl Quit {
    /// Has everything written that the window told, and asks the window to close. Returns once it is written, or after some
    /// seconds; from any thread but the window's.
    pub fn ask(&self) {
        self.0.asked.store(true, Ordering::Release);
        let window = self.0.window.lock();
        let window = window.unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((ctx, hurry)) = window {
            ctx.request_repaint();
            hurry.now();
        }
    }

    /// Whether the program was asked to end.
    pub fn is_asked(&self) -> bool {
        self.0.asked.load(Ordering::Acquire)
    }

    fn attach(&self, ctx: &egui::Context, hurry: Hurry) {
        let mut window = self.0.window.lock().unwrap_or_else(PoisonError::into_inner);
        *window = Some((ctx.clone(), hurry));
    }
}

/// What a launch begins with.
#[derive(Default)]
pub struct Launch {
    pub(super) kept: Kept,
    place: Option<Slot>,
    notices: Vec<String>,
    /// What is kept and was put aside for the file that was asked for.
    held: Option<Saved>,
    soon: Option<Duration>,
    quit: Quit,
}

impl Launch {
    /// Takes a place in `folder` and reads what is kept there; `asked_for` says whether a file is opened in its stead.
    pub fn from(folder: Option<&Path>, asked_for: bool, quit: Quit) -> Self {
        let mut launch = Self {
            quit,
            ..Self::default()
        };
        let Some(folder) = folder else {
            let notice =
                "There is no home folder. What you do here is gone when the window is closed.";
            launch.notices.push(notice.into());
            return launch;
        };
        let opened = storage::open(folder);
        let mut others = opened
            .others
            .iter()
            .map(|fields| Kept::read(fields).0)
            .peekable();
        let (kept, whole) = match &opened.kept {
            Some(fields) => Kept::read(fields),
            None => match others.peek() {
                Some(other) => {
                    let look = other.look.clone().beside();
                    (
                        Kept {
                            look,
                            ..Kept::default()
                        },
                        true,
                    )
                }
                None => launch.take_from_eframe(&folder.join(EFRAME_FILE)),
            },
        };
        launch.kept = kept;
        for other in others {
            launch.kept.add_progress(other.progress);
        }
        let mut unreadable = opened.unreadable;
        match opened.place {
            Ok(place) => {
                if !whole && unreadable.is_empty() {
                    unreadable.push(place.set_aside());
                }
                launch.place = Some(place);
            }
            Err(error) => launch
                .notices
                .push(cannot_keep(&format!("{}: {error}", shown(folder)))),
        }
        for path in unreadable {
            launch.notices.push(format!(
                "Some of what was kept could not be read. It is in {}; the rest is here.",
                shown(&path)
            ));
        }
        let failed = opened
            .failed_launch
            .is_some_and(|about| about != ABOUT_FILE);
        launch.decide(failed, asked_for);
        if let Some(place) = &launch.place {
            let kept = &mut launch.kept.session;
            *kept = kept
                .take()
                .map(|saved| saved.with_checkpoint(place.checkpoint()));
            let about = if asked_for { ABOUT_FILE } else { ABOUT_KEPT };
            // Where that cannot be noted, nothing can be kept either, which is told when it is tried.
            drop(place.begin_launch(about));
        }
        launch
    }

    /// What eframe kept, and whether all of it could be read, for a place that was just made.
    fn take_from_eframe(&mut self, file: &Path) -> (Kept, bool) {
        match eframe_file::read(file) {
            None => (Kept::default(), true),
            Some((kept, whole)) => {
                if !whole {
                    self.notices.push(format!(
                        "Some of what an earlier version kept could not be read. It is still in {}; the rest is here.",
                        shown(file)
                    ));
                }
                (kept, true)
            }
        }
    }

    /// Decides what is opened again and what is offered.
    fn decide(&mut self, failed: bool, asked_for: bool) {
        let kept = &mut self.kept;
        let mut ended = Vec::new();
        if failed {
            ended.extend(kept.session.take());
            kept.lesson = None;
            kept.look = std::mem::take(&mut kept.look).plain();
        }
        ended.extend(kept.opening.take());
        for saved in ended {
            offer(&mut kept.waiting, saved, Why::Ended, Vec::new());
        }
        if asked_for {
            kept.lesson = None;
            self.held = kept.session.take();
        } else if kept.session.is_none() && !failed {
            // It may be there by now.
            let not_there = kept
                .waiting
                .iter()
                .rev()
                .find(|waiting| waiting.why == Why::NotThere);
            kept.session = not_there.map(|waiting| waiting.saved.clone());
        }
    }

    /// Ends the launch without a window.
    pub(super) fn give_up(self) {
        if let Some(place) = self.place {
            place.end_launch();
        }
    }

    /// Has what is told written so long after, instead of a moment.
    pub fn write_after(mut self, soon: Duration) -> Self {
        self.soon = Some(soon);
        self
    }

    /// Gives egui what it kept; before the window is made, which is as large as egui's zoom says.
    pub(super) fn prepare(&self, ctx: &egui::Context) {
        self.kept.look.install(ctx);
    }

    /// The window's beginning.
    pub(super) fn builder(&self, builder: ViewportBuilder) -> ViewportBuilder {
        let window = self.kept.look.window.unwrap_or_default();
        window.sane().builder(builder)
    }

    /// Goes on as [`Keeping`].
    pub(super) fn keeping(self, ctx: &egui::Context, screens: Vec<Rect>) -> (Kept, Keeping) {
        let mut kept = self.kept;
        let mut keeping = Keeping {
            ctx: ctx.clone(),
            keeper: None,
            notices: self.notices,
            trouble: None,
            waiting: std::mem::take(&mut kept.waiting),
            wanted: kept.session.clone(),
            held: self.held,
            stage: Stage::Begun,
            window: kept.look.window.unwrap_or_default().sane(),
            screens,
            again_since: None,
            quit: self.quit,
        };
        if let Some(place) = self.place {
            let folder = shown(place.folder());
            let wake = ctx.clone();
            let soon = self.soon.unwrap_or(keeper::SOON);
            match Keeper::start(place, soon, move || wake.request_repaint()) {
                Ok(keeper) => {
                    keeping.quit.attach(ctx, keeper.hurry());
                    keeping.keeper = Some(keeper);
                }
                Err(error) => keeping
                    .notices
                    .push(cannot_keep(&format!("{folder}: {error}"))),
            }
        }
        (kept, keeping)
    }
}

fn cannot_keep(why: &str) -> String {
    format!("What you do here cannot be kept, and is gone when the window is closed. {why}.")
}

/// Offers a session, in place of an earlier offer of the same.
fn offer(waiting: &mut Vec<Waiting>, saved: Saved, why: Why, lines: Vec<String>) {
    waiting.retain(|offered| offered.saved != saved);
    waiting.push(Waiting { saved, why, lines });
}

/// How far a launch is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Begun,
    /// A frame with what is opened was drawn; it is not yet on the screen.
    Drawn,
    Over,
}

/// What of the application is kept, apart from the session.
pub(super) struct Content<'a> {
    pub(super) lesson: Option<&'a str>,
    pub(super) last_lesson: Option<&'a str>,
    pub(super) draft: Option<&'a str>,
    pub(super) progress: &'a BTreeMap<String, Progress>,
    pub(super) layouts: &'a Layouts,
    pub(super) shared: &'a Shared,
}

/// Keeps the window.
pub(super) struct Keeping {
    ctx: egui::Context,
    /// `None` where nothing can be kept.
    keeper: Option<Keeper>,
    /// What is to be said once.
    notices: Vec<String>,
    /// The trouble with keeping that the user knows of.
    trouble: Option<String>,
    waiting: Vec<Waiting>,
    /// The kept session that is being opened.
    wanted: Option<Saved>,
    /// What was kept and stays so as long as nothing else is worth keeping.
    held: Option<Saved>,
    stage: Stage,
    window: Geometry,
    /// The screens when the window was made.
    screens: Vec<Rect>,
    /// Since when kept updates are being made again.
    again_since: Option<Instant>,
    quit: Quit,
}

impl Keeping {
    /// What is to be said, the latest last.
    pub(super) fn notices(&self) -> &[String] {
        &self.notices
    }

    /// Takes a notice away.
    pub(super) fn dismiss(&mut self, index: usize) {
        if index < self.notices.len() {
            self.notices.remove(index);
        }
    }

    /// The kept sessions that are offered.
    pub(super) fn waiting(&self) -> &[Waiting] {
        &self.waiting
    }

    /// Opens an offered session; it stays on offer until it is there.
    pub(super) fn open(&mut self, index: usize) -> Option<Command> {
        let saved = self.waiting.get(index)?.saved.clone();
        self.wanted = Some(saved.clone());
        Some(Command::Restore(Box::new(saved)))
    }

    /// Lets an offered session go; what could be undone in it stays.
    pub(super) fn forget(&mut self, index: usize) -> Option<Command> {
        (index < self.waiting.len())
            .then(|| Command::GiveUp(Box::new(self.waiting.remove(index).saved)))
    }

    /// How far kept updates are, once there is something to be said of it: they take longer than a moment, or were stopped.
    pub(super) fn made_again(&mut self, session: &Session) -> Option<MadeAgain> {
        let Some(made_again) = session.remade() else {
            self.again_since = None;
            return None;
        };
        let since = *self.again_since.get_or_insert_with(Instant::now);
        (!session.is_running() || since.elapsed() >= A_MOMENT).then_some(made_again)
    }

    /// Learns of what happened meanwhile, and closes the window if the program was asked to end. To be called before every frame, and where none is drawn.
    pub(super) fn before_frame(&mut self, ctx: &egui::Context) {
        if self.quit.is_asked() {
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
        let trouble = self.keeper.as_ref().and_then(Keeper::trouble);
        if self.trouble != trouble {
            // Said once; when it is over, that is no news any more.
            let before = self.trouble.as_deref().map(cannot_keep);
            self.notices
                .retain(|notice| Some(notice) != before.as_ref());
            self.notices.extend(trouble.as_deref().map(cannot_keep));
            self.trouble = trouble;
        }
        if self.stage == Stage::Drawn {
            self.stage = Stage::Over;
            if let Some(keeper) = &self.keeper {
                keeper.end_launch();
            }
            let now = ctx.input(|input| input.viewport().clone());
            for command in self.window.commands(&now, &self.screens) {
                ctx.send_viewport_cmd(command);
            }
        }
    }

    /// Follows the session and the window. To be called after every frame.
    pub(super) fn after_frame(&mut self, ctx: &egui::Context, session: &mut Session) {
        if let Some(saved) = session.take_unopened() {
            let lines = session.message().map(|message| {
                // The title says what the offer says itself.
                message.lines.clone()
            });
            offer(
                &mut self.waiting,
                saved,
                Why::NotThere,
                lines.unwrap_or_default(),
            );
            self.wanted = None;
            // It is said where the session is offered.
            session.apply(Command::DismissMessage);
        } else if !session.is_returning()
            && session.snapshot().is_some()
            && let Some(saved) = self.wanted.take()
        {
            self.waiting.retain(|offered| offered.saved != saved);
        }
        let settled = !session.is_returning()
            && (session.snapshot().is_some() || session.loading().is_none());
        if self.stage == Stage::Begun && settled {
            self.stage = Stage::Drawn;
            // It ends with a frame, and an idle window draws none.
            ctx.request_repaint();
        }
        if self.stage == Stage::Over {
            self.window.follow(ctx);
        }
    }

    /// What was kept, where something else was asked for: it is put aside, and stays what is kept until the user has worked on
    /// something.
    pub(super) fn held(&self) -> Option<&Saved> {
        self.held.as_ref()
    }

    /// Whether what was kept was put aside, and nothing has taken its place.
    pub(super) fn has_nothing_instead(&self, session: &Session) -> bool {
        let held = self.held.as_ref();
        held.is_some_and(|held| session.saved_apart().0.is_untouched_beside(held))
    }

    /// Has the present state kept, soon; `closing` says whether nothing comes after it.
    pub(super) fn keep(&self, session: &Session, content: &Content<'_>, closing: bool) {
        let Some(keeper) = &self.keeper else {
            return;
        };
        let (on_show, opening) = if closing {
            (session.saved(), None)
        } else {
            session.saved_apart()
        };
        let checkpoint = session.checkpoint();
        let checkpoint = checkpoint.map(|(number, bytes)| -> Beside { (number, Box::new(bytes)) });
        let untouched = match &self.held {
            Some(held) => on_show.is_untouched_beside(held),
            None => on_show.is_untouched(),
        };
        let session = match untouched {
            true => self.held.clone(),
            false => Some(on_show),
        };
        let mut kept = Kept {
            session,
            opening,
            waiting: self.waiting.clone(),
            lesson: content.lesson.map(str::to_owned),
            last_lesson: content.last_lesson.map(str::to_owned),
            progress: content.progress.clone(),
            draft: content.draft.map(str::to_owned),
            number: content.shared.number,
            pinned: content.shared.pinned.clone(),
            ..Kept::default()
        };
        kept.look.layouts = Some(content.layouts.clone());
        kept.look.window = Some(self.window);
        kept.look.still = content.shared.still;
        let ctx = self.ctx.clone();
        keeper.tell(move || kept.fields(&ctx), checkpoint);
    }

    /// Waits until all is kept: the window closes.
    pub(super) fn close(&mut self) {
        if let Some(keeper) = self.keeper.take() {
            keeper.close();
        }
    }
}

/// The desktop's screens, in points, as far as they are known.
pub(super) fn screens(cc: &eframe::CreationContext<'_>) -> Vec<Rect> {
    let Some(window) = cc.winit_window() else {
        return Vec::new();
    };
    let zoom = cc.egui_ctx.zoom_factor();
    let screens = window.available_monitors().map(|monitor| {
        let (position, size) = (monitor.position(), monitor.size());
        let pixels = Rect::from_min_size(
            pos2(position.x as f32, position.y as f32),
            vec2(size.width as f32, size.height as f32),
        );
        pixels / (zoom * window.scale_factor() as f32)
    });
    screens.filter(Rect::is_positive).collect()
}
