//! Commands that are played one after the other: a lesson's way to a page.

use super::track::Track;
use super::{Command, Notice, Offer, Session};
use std::collections::VecDeque;

/// What is being played.
pub(super) struct Script {
    commands: VecDeque<Command>,
    /// Whether it has replaced something already: it is one change, and what it replaces later is its own.
    pub(super) replaced: bool,
    /// Whether a lesson's page begins with it.
    pub(super) begins_page: bool,
}

impl Session {
    pub(super) fn play(&mut self, commands: Vec<Command>) {
        self.play_as(commands, false);
    }

    fn play_as(&mut self, commands: Vec<Command>, begins_page: bool) {
        self.script = Some(Script {
            commands: commands.into(),
            replaced: false,
            begins_page,
        });
        self.play_on();
    }

    /// Begins a lesson's page.
    pub(super) fn begin_page(&mut self, commands: Vec<Command>) {
        self.page_began = Some(self.now);
        if commands.iter().any(opens) {
            // The number that was looked at is one of another run.
            self.number = None;
            self.numbers_opened += 1;
        }
        match &mut self.script {
            _ if !commands.iter().all(Command::only_looks) => self.play_as(commands, true),
            // What a page looks at is there once the page before it has begun.
            Some(script) => {
                script.commands.extend(commands);
                script.begins_page = true;
            }
            None => {
                // What was offered on the page before cannot be had any more.
                let is_gone =
                    |notice: &Notice| matches!(notice.offer, Some(Offer::Undo | Offer::Redo));
                self.notice = self.notice.take().filter(|notice| !is_gone(notice));
                for command in commands {
                    self.carry_out(command);
                }
            }
        }
    }

    /// Whether a lesson's page is still on its way to where it begins.
    pub fn begins_page(&self) -> bool {
        self.script
            .as_ref()
            .is_some_and(|script| script.begins_page)
    }

    /// Whether a change can be taken back or done again as things are: in a lesson, only what was done on the page.
    pub(super) fn is_since_page_began(&self, when: u64) -> bool {
        self.page_began.is_none_or(|began| when > began)
    }

    /// Why nothing can be taken back, where a lesson's page is the reason.
    pub fn why_nothing_to_undo(&self) -> Option<&'static str> {
        let is_so = self.page_began.is_some() && self.undoable().is_none();
        is_so.then_some("This is where the page begins: only training came after it, and Reset (R) takes that back.")
    }

    /// There is no page any more: all can be taken back that is kept.
    pub(super) fn end_page(&mut self) {
        (self.page_began, self.start) = (None, None);
    }

    /// Carries out what is to be played and can be now; true if there was something.
    pub(super) fn play_on(&mut self) -> bool {
        let mut played = false;
        while let Some(script) = &self.script {
            // Looking needs something to look at; all else is for a session that has done what it was told before.
            let arrived = self.here.opening.is_none() && self.here.watched.newest.is_some();
            // What is put beside has to be there before it is trained along.
            let came = |track: &Track| {
                let run = &track.watched.run;
                let is_there = track.watched.newest.is_some() && !run.seat.is_behind();
                run.seat.failure().is_some() || track.opening.is_none() && is_there
            };
            let beside = self.company.tracks.iter().all(came);
            let is_behind = self.here.watched.run.seat.is_behind();
            let done = arrived && beside && !self.is_running() && !is_behind;
            let ready = match script.commands.front() {
                // What is kept as the page's beginning is there once all that leads to it is done.
                Some(Command::Mark) => done,
                Some(command) => {
                    let waits_for_nothing = opens(command) || matches!(command, Command::Alone);
                    done || (arrived && command.only_looks()) || waits_for_nothing
                }
                None => done,
            };
            if !ready {
                break;
            }
            let next = self
                .script
                .as_mut()
                .and_then(|script| script.commands.pop_front());
            match next {
                Some(command) => self.carry_out(command),
                None => self.script = None,
            }
            played = true;
            if self.message.is_some() {
                // What follows was meant for what could not be done.
                self.script = None;
            }
        }
        played
    }
}

/// Whether a command needs nothing to have arrived before: what it opens takes the place of whatever there is.
fn opens(command: &Command) -> bool {
    matches!(command, Command::Open(_))
}
