//! What was made is kept: undoing, putting aside, saving; and what is asked is answered.

mod aside;
mod kept;
mod moving;
mod page;
mod questions;
mod runs;
mod saving;
mod undo;
mod weights;

use super::*;
use crate::experiment::Location;
use std::path::PathBuf;

/// A small experiment on a task.
const TEXT: &str = "format = 1\nseed = 5\n\n[data]\ntask = \"sine\"\nlength = 9\ntrain_sequences = 24\n\
                    test_sequences = 8\n\n[model]\ncell = \"gru\"\nhidden_size = 4\nreadout = \"every\"\n\n\
                    [training]\nupdates = 400\nbatch_size = 8\n";

fn text(text: &str, name: &str) -> Command {
    Command::Open(Origin::Text {
        text: text.into(),
        location: Location::BuiltIn,
        name: name.into(),
    })
}

fn set(path: &str, value: Setting) -> Command {
    Command::Set {
        path: path.into(),
        value,
    }
}

/// Carries out commands and waits until all is done.
fn settled(session: &mut Session, commands: impl IntoIterator<Item = Command>) {
    for command in commands {
        session.apply(command);
    }
    session.settle().unwrap();
    assert_eq!(session.message(), None);
}

/// A session on [`TEXT`], trained, with the cursor somewhere on its way back.
fn used() -> Session {
    let mut session = Session::new(|| {});
    settled(&mut session, [text(TEXT, "mine")]);
    settled(&mut session, [Command::Update(7)]);
    settled(&mut session, [Command::SetLearningRate(0.003)]);
    settled(&mut session, [Command::Update(5)]);
    settled(
        &mut session,
        [
            Command::Sweep(Sweep::Backward),
            Command::Move(Move::Next),
            Command::Move(Move::Next),
        ],
    );
    session
}

/// All that a user sees of a session.
#[derive(Debug, PartialEq)]
struct Seen {
    name: String,
    text: String,
    path: Option<PathBuf>,
    update: u64,
    parameters: Vec<f64>,
    losses: Vec<f64>,
    cursor: Cursor,
}

fn seen(session: &Session) -> Seen {
    let snapshot = session.snapshot().unwrap();
    Seen {
        name: session.name().into(),
        text: session.text(),
        path: session.path().map(Into::into),
        update: snapshot.update,
        parameters: snapshot.model.parameters().to_vec(),
        losses: snapshot.history.rows().map(|row| row.train_loss).collect(),
        cursor: session.cursor(),
    }
}

/// A folder of its own for a test, empty.
fn folder(name: &str) -> PathBuf {
    let name = format!("rnnscope-session-{}-{name}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
