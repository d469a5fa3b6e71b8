//! The lesson on vanishing gradients, for tests of this room: one of its pages asks a question and has something done.

use super::player::{Player, Progress, play};
use super::{Block, Lesson, Shelf};
use crate::session::{Command, Session};
use std::sync::Arc;

/// What the lesson on vanishing gradients points at.
const VIEWS: [&str; 4] = ["gates", "gradient_flow", "training", "number"];

pub fn vanishing() -> Arc<Lesson> {
    let lessons = Shelf::built_in(&VIEWS).lessons;
    let found = lessons.into_iter().find(|lesson| lesson.id == "vanishing");
    found.expect("it is on the shelf")
}

/// The second page of that lesson asks a question and something to do.
pub fn played() -> (Player, Session) {
    let lesson = vanishing();
    let mut player = Player::new(lesson, Progress::default());
    player.turn_to(1);
    let mut session = Session::new(|| {});
    play(&mut session, &player.approach()).unwrap();
    (player, session)
}

pub fn blocks(player: &Player) -> (usize, usize) {
    let blocks = &player.page().blocks;
    let at = |kind: fn(&Block) -> bool| blocks.iter().position(kind).unwrap();
    (
        at(|block| matches!(block, Block::Predict(_))),
        at(|block| matches!(block, Block::Do(_))),
    )
}

pub fn solution(player: &Player, block: usize) -> Vec<Command> {
    match &player.page().blocks[block] {
        Block::Do(exercise) => exercise.solution.clone(),
        _ => Vec::new(),
    }
}
