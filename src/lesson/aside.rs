//! A copy of a page's beginning, on which something is done that the learner has not done yet: what a change would do is asked
//! before it is made.

use crate::session::{Command, Session};

/// A session beside the learner's.
pub struct Aside {
    session: Session,
    /// What it is for.
    of: String,
}

impl Aside {
    /// Begins to play the commands; `of` says what it is for, `wake` is called when there is something new.
    pub fn begin(
        of: impl Into<String>,
        commands: Vec<Command>,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let mut session = Session::new(wake);
        session.answer_beside_frames();
        session.apply(Command::Play(commands));
        Self {
            session,
            of: of.into(),
        }
    }

    /// What it is for.
    pub fn of(&self) -> &str {
        &self.of
    }

    /// Picks up what was done; to be called in every frame in which it is looked at.
    pub fn next_frame(&mut self) {
        self.session.next_frame();
        self.session.poll();
    }

    /// The session, once everything is done.
    pub fn session(&self) -> Option<&Session> {
        let is_done = self.session.rests() && self.session.message().is_none();
        is_done.then_some(&self.session)
    }

    /// What went wrong, in words.
    pub fn problem(&self) -> Option<&str> {
        self.session.message().map(|message| message.title.as_str())
    }

    /// Waits until everything is done, for callers that have no frames.
    pub fn settle(&mut self) {
        // What went wrong is told by [`Self::problem`].
        drop(self.session.settle());
    }
}
