//! How long work tells how far it is and asks whether to go on.

use super::csv::Progress;
use std::cell::Cell;
use std::ops::ControlFlow;

/// So much work is done between two askings, in operations of about a nanosecond: some milliseconds, so that whoever cancels
/// does not wait, and what asking costs does not count.
const BETWEEN: usize = 1 << 22;

/// What a row of a table counts, whatever is done with it: reading a date is the most.
const ROW: usize = 64;

/// A piece of work on its way: what [`Progress`] is told, and what it answered.
///
/// Once it has answered that the work is to end, that stands: whoever goes through rows or columns in a function that cannot
/// fail leaves early, and whoever called it finds [`Pace::is_broken`].
pub struct Pace<'a> {
    progress: Progress<'a>,
    share: Cell<f32>,
    undone: Cell<usize>,
    broken: Cell<bool>,
}

impl<'a> Pace<'a> {
    /// Work that is told to `progress`, from 0 to 1.
    pub fn new(progress: Progress<'a>) -> Self {
        Self {
            progress,
            share: Cell::new(0.0),
            undone: Cell::new(0),
            broken: Cell::new(false),
        }
    }

    /// Work that nobody waits for or cancels.
    pub fn free() -> Pace<'static> {
        Pace::new(&|_| ControlFlow::Continue(()))
    }

    /// Tells that this share of the work is done, from 0 to 1, and asks; true if it is to go on.
    pub fn reached(&self, share: f32) -> bool {
        self.share.set(share);
        self.ask()
    }

    /// Counts `work` operations that are about to be made, and asks now and then; true if the work is to go on.
    pub fn does(&self, work: usize) -> bool {
        let undone = self.undone.get().saturating_add(work);
        if undone < BETWEEN {
            self.undone.set(undone);
            return !self.broken.get();
        }
        self.ask()
    }

    /// [`Pace::does`] for a row of a table.
    pub fn row(&self) -> bool {
        self.does(ROW)
    }

    /// Whether the work is to end.
    pub fn is_broken(&self) -> bool {
        self.broken.get()
    }

    fn ask(&self) -> bool {
        self.undone.set(0);
        if !self.broken.get() && (self.progress)(self.share.get()).is_break() {
            self.broken.set(true);
        }
        !self.broken.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_to_end_stands_though_the_next_would_be_another() {
        let asked = Cell::new(0);
        let second_only = |_: f32| {
            asked.set(asked.get() + 1);
            match asked.get() {
                2 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        };
        let pace = Pace::new(&second_only);
        assert!(pace.reached(0.25) && !pace.is_broken());
        assert!(!pace.reached(0.5) && pace.is_broken());
        assert!(!pace.reached(0.75) && !pace.does(1) && !pace.does(BETWEEN));
        assert_eq!(asked.get(), 2);
    }

    #[test]
    fn small_work_asks_seldom_and_large_work_at_once() {
        let asked = Cell::new(0);
        let count = |_: f32| {
            asked.set(asked.get() + 1);
            ControlFlow::Continue(())
        };
        let pace = Pace::new(&count);
        assert!((0..BETWEEN / ROW).all(|_| pace.row()));
        assert_eq!(asked.get(), 1);
        assert!(pace.does(BETWEEN));
        assert_eq!(asked.get(), 2);
    }
}
