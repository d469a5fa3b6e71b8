//! What is to be said of what was kept: quietly, above what the left panel shows.

use crate::app::keeping::Keeping;
use crate::app::kept::{Waiting, Why};
use crate::app::theme::GRID;
use crate::app::widgets::{caption, quiet_card};
use crate::session::{Command, MadeAgain, Session};
use eframe::egui::{ProgressBar, Ui};

/// What the user wants.
#[derive(Clone, Debug)]
pub enum Turn {
    /// To open an offered session.
    Open(usize),
    /// To open something else.
    Another,
    /// To let an offered session go.
    Forget(usize),
    /// To read a notice no more.
    Dismiss(usize),
    /// Something of the session.
    Do(Command),
}

/// Draws what there is to be said.
pub(crate) fn show(ui: &mut Ui, keeping: &mut Keeping, session: &Session) -> Option<Turn> {
    let mut turn = None;
    if let Some(made_again) = keeping.made_again(session) {
        card(ui, |ui| {
            again(ui, made_again, session.is_running(), &mut turn);
        });
    }
    for (index, waiting) in keeping.waiting().iter().enumerate() {
        card(ui, |ui| {
            ui.push_id(("waiting", index), |ui| {
                let opening = session.is_returning();
                offer(ui, index, waiting, opening, &mut turn);
            });
        });
    }
    for (index, notice) in keeping.notices().iter().enumerate() {
        card(ui, |ui| {
            caption(ui, notice);
            ui.push_id(("notice", index), |ui| {
                if ui.small_button("Dismiss").clicked() {
                    turn = Some(Turn::Dismiss(index));
                }
            });
        });
    }
    turn
}

fn card(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    quiet_card(ui, content);
    ui.add_space(GRID);
}

/// Updates that are made again, or were until that was stopped.
fn again(ui: &mut Ui, MadeAgain { made, kept }: MadeAgain, running: bool, turn: &mut Option<Turn>) {
    let done = |command| Some(Turn::Do(command));
    if running {
        caption(
            ui,
            &format!("Making the {kept} kept updates again: {made} made"),
        );
        let bar = ProgressBar::new(made as f32 / kept.max(1) as f32).desired_height(6.0);
        ui.add(bar);
        if ui.small_button("Stop here").clicked() {
            *turn = done(Command::Pause);
        }
    } else {
        caption(
            ui,
            &format!("{made} of the {kept} kept updates are made again."),
        );
        ui.horizontal(|ui| {
            if ui.small_button("Make the rest").clicked() {
                *turn = done(Command::MakeTheRest);
            }
            if ui.small_button("Leave it at that").clicked() {
                *turn = done(Command::LeaveTheRest);
            }
        });
    }
}

/// A kept session that is not open.
fn offer(ui: &mut Ui, index: usize, waiting: &Waiting, opening: bool, turn: &mut Option<Turn>) {
    let name = waiting.saved.name();
    let open = match waiting.why {
        Why::Ended => {
            ui.label(format!("{name} is not open"));
            caption(
                ui,
                "rnnscope ended while it was being opened, and begins without it.",
            );
            "Open it again"
        }
        Why::NotThere => {
            ui.label(format!("{name} cannot be opened now"));
            for line in &waiting.lines {
                caption(ui, line);
            }
            if waiting.saved.has_somebodys_row() {
                caption(
                    ui,
                    "What you did before it is kept: it can be undone to once this is open, or forgotten.",
                );
            }
            "Look again"
        }
    };
    ui.horizontal_wrapped(|ui| {
        ui.add_enabled_ui(!opening, |ui| {
            if ui.small_button(open).clicked() {
                *turn = Some(Turn::Open(index));
            }
        });
        if waiting.why == Why::NotThere && ui.small_button("Open another…").clicked() {
            *turn = Some(Turn::Another);
        }
        let forget = ui.small_button("Forget it");
        let forget = forget.on_hover_text("What was before it stays: Ctrl Z");
        if forget.clicked() {
            *turn = Some(Turn::Forget(index));
        }
    });
}
