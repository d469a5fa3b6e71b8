//! Commands that are played one after the other: a lesson's way to a page.

use super::track::Track;
use super::{Command, Session};
use std::collections::VecDeque;

/// What is being played.
pub(super) struct Script {
    commands: VecDeque<Command>,
    /// Whether it has replaced something already: it is one change, and what it replaces later is its own.
    pub(super) replaced: bool,
}

impl Session {
    pub(super) fn play(&mut self, commands: Vec<Command>) {
        self.script = Some(Script {
            commands: commands.into(),
            replaced: false,
        });
        self.play_on();
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
                Some(command) => done || (arrived && command.only_looks()) || opens(command),
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
