//! Questions to what is on show, and their answers: beside the window, kept, and given up when nobody asks any more.
//!
//! A view or a lesson asks again in every frame. It is told the last answer at once, and whether that is of what is on show; the
//! answer to that is then on its way, on a thread of its own that holds the immutable snapshot and never the trainer. What was not
//! asked again by the second frame after is left out, or stopped. Questions that may take seconds have a second thread: whoever
//! waits for the others does not wait for them.

use crate::data::Dataset;
use crate::experiment::{Baselines, Material};
use crate::nn::Stop;
use crate::platform::background::Wake;
use crate::platform::threads;
use crate::train::question::Ground;
use crate::train::{Answer, Question, Snapshot};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};

/// How many answers are kept, and how many bytes they may take together: those asked for last.
const KEPT: usize = 256;
const KEPT_BYTES: usize = 1 << 26;

/// A question is given up if it was not asked in this many rounds.
const PATIENCE: u64 = 2;

/// What is known.
#[derive(Clone, Debug)]
pub struct Told {
    /// The last answer; `None` if there has been none for this run.
    pub answer: Option<Arc<Answer>>,
    /// The update that it is of.
    pub update: u64,
    /// Whether it is of what is on show; if not, that answer is on its way.
    pub is_current: bool,
}

impl Told {
    /// The answer, if it is of what is on show.
    pub fn current(&self) -> Option<&Answer> {
        self.answer.as_deref().filter(|_| self.is_current)
    }

    /// That there is no answer, and none to come while nothing is on show.
    pub(super) fn nothing() -> Self {
        Self {
            answer: None,
            update: 0,
            is_current: false,
        }
    }

    /// An answer that was worked out here and now.
    pub(super) fn now(answer: Answer, update: u64) -> Self {
        Self {
            answer: Some(Arc::new(answer)),
            update,
            is_current: true,
        }
    }
}

/// What an answer is of; compared by place, which a weak reference keeps from being given away again.
#[derive(Clone)]
enum Of {
    Snapshot(Weak<Snapshot>),
    Baselines(Weak<Baselines>),
    Data(Weak<Dataset>),
    /// It is the same whatever is on show.
    Anything,
}

impl Of {
    fn new(question: &Question, snapshot: &Arc<Snapshot>) -> Self {
        match (question.ground(), &snapshot.material.baselines) {
            (Ground::Baselines, Some(baselines)) => Of::Baselines(Arc::downgrade(baselines)),
            (Ground::Data, _) => Of::Data(Arc::downgrade(&snapshot.material.dataset)),
            (Ground::Nothing, _) => Of::Anything,
            _ => Of::Snapshot(Arc::downgrade(snapshot)),
        }
    }

    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Of::Snapshot(one), Of::Snapshot(other)) => one.ptr_eq(other),
            (Of::Baselines(one), Of::Baselines(other)) => one.ptr_eq(other),
            (Of::Data(one), Of::Data(other)) => one.ptr_eq(other),
            (Of::Anything, Of::Anything) => true,
            _ => false,
        }
    }
}

struct Known {
    question: Question,
    of: Of,
    /// The run's data and shape: what is of another run says nothing here.
    run: Weak<Material>,
    update: u64,
    answer: Arc<Answer>,
}

struct Asked {
    question: Question,
    of: Of,
    /// Of which run: the same may be asked of several beside one another.
    run: Weak<Material>,
    snapshot: Arc<Snapshot>,
    /// The round in which it was asked last.
    round: u64,
}

/// What is being answered.
struct At {
    question: Question,
    of: Of,
    run: Weak<Material>,
    /// The round in which it was asked last.
    round: u64,
    stop: Stop,
}

/// What one of the threads has to do.
#[derive(Default)]
struct Line {
    asked: VecDeque<Asked>,
    /// What is being answered, and how to stop that.
    at: Option<At>,
    has_thread: bool,
}

#[derive(Default)]
struct State {
    /// The one asked for last at the end.
    known: VecDeque<Known>,
    lines: Lines,
    round: u64,
    left: bool,
}

/// The two lines that questions stand in.
#[derive(Default)]
struct Lines {
    /// What is answered soon.
    soon: Line,
    /// What may [take long](Question::takes_long).
    long: Line,
}

/// One of them.
#[derive(Clone, Copy)]
enum Which {
    Soon,
    Long,
}

impl Which {
    /// The line that a question is put into.
    fn of(question: &Question) -> Self {
        match question.takes_long() {
            false => Which::Soon,
            true => Which::Long,
        }
    }
}

impl Lines {
    fn all(&self) -> impl Iterator<Item = &Line> {
        [&self.soon, &self.long].into_iter()
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut Line> {
        [&mut self.soon, &mut self.long].into_iter()
    }

    fn get_mut(&mut self, which: Which) -> &mut Line {
        match which {
            Which::Soon => &mut self.soon,
            Which::Long => &mut self.long,
        }
    }
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    wake: Wake,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves plain data behind; it can be read.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The questions of a session. Dropping it ends its thread.
pub(super) struct Questions {
    shared: Arc<Shared>,
}

impl Questions {
    pub fn new(wake: &Wake) -> Self {
        Self {
            shared: Arc::new(Shared {
                state: Mutex::default(),
                changed: Condvar::new(),
                wake: Arc::clone(wake),
            }),
        }
    }

    /// What is known, and sees to it that what is not will be.
    pub fn ask(&self, question: &Question, snapshot: &Arc<Snapshot>) -> Told {
        let of = Of::new(question, snapshot);
        let mut state = self.shared.lock();
        if let Some(known) = state.find(|known| known.question == *question && known.of.is(&of)) {
            return Told {
                answer: Some(Arc::clone(&known.answer)),
                update: snapshot.update,
                is_current: true,
            };
        }
        self.remember(&mut state, question, of, snapshot);
        let run = Arc::downgrade(&snapshot.material);
        let before = state.find(|known| known.question == *question && known.run.ptr_eq(&run));
        before.map_or_else(Told::nothing, |known| Told {
            answer: Some(Arc::clone(&known.answer)),
            update: known.update,
            is_current: false,
        })
    }

    fn remember(&self, state: &mut State, question: &Question, of: Of, snapshot: &Arc<Snapshot>) {
        let round = state.round;
        let run = Arc::downgrade(&snapshot.material);
        let which = Which::of(question);
        let line = state.lines.get_mut(which);
        if let Some(at) = &mut line.at
            && at.question == *question
            && at.run.ptr_eq(&run)
        {
            // Of an older snapshot it goes on as well: in a run that goes on there would never be an answer otherwise.
            at.round = round;
            if at.of.is(&of) {
                return;
            }
        }
        let is_same = |asked: &Asked| asked.question == *question && asked.run.ptr_eq(&run);
        let place = line.asked.iter().position(is_same);
        let asked = Asked {
            question: question.clone(),
            of,
            run,
            snapshot: Arc::clone(snapshot),
            round,
        };
        match place.and_then(|at| line.asked.get_mut(at)) {
            Some(place) => *place = asked,
            None => line.asked.push_back(asked),
        }
        if !line.has_thread {
            let shared = Arc::clone(&self.shared);
            let answer = move || answer_all(&shared, which);
            // Where there is no thread to be had there is no answer; the next frame asks again.
            line.has_thread = threads::spawn("questions", answer).is_ok();
        }
        self.shared.changed.notify_all();
    }

    /// A frame begins: what was asked in the one before last and not since is given up.
    pub fn next_round(&self) {
        let mut state = self.shared.lock();
        state.round += 1;
        let round = state.round;
        for line in state.lines.all_mut() {
            line.asked.retain(|asked| asked.round + PATIENCE >= round);
            if let Some(at) = &line.at
                && at.round + PATIENCE < round
            {
                at.stop.ask();
            }
        }
    }

    /// Whether this is being answered.
    #[cfg(test)]
    pub fn is_at(&self, question: &Question) -> bool {
        let state = self.shared.lock();
        let mut at = state.lines.all().filter_map(|line| line.at.as_ref());
        at.any(|at| at.question == *question)
    }

    /// What was asked of a snapshot and is answered.
    #[cfg(test)]
    pub fn answered(&self, snapshot: &Arc<Snapshot>) -> Vec<Question> {
        let of = Of::Snapshot(Arc::downgrade(snapshot));
        let state = self.shared.lock();
        let known = state.known.iter().filter(|known| known.of.is(&of));
        known.map(|known| known.question.clone()).collect()
    }

    /// Waits until all that was asked is answered; whether there was anything.
    pub fn settle(&self) -> bool {
        let mut state = self.shared.lock();
        let any = !state.rests();
        while state.works() {
            state = self
                .shared
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        any
    }
}

impl Drop for Questions {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.left = true;
        for line in state.lines.all_mut() {
            line.asked.clear();
            if let Some(at) = &line.at {
                at.stop.ask();
            }
        }
        self.shared.changed.notify_all();
    }
}

impl Line {
    fn rests(&self) -> bool {
        self.asked.is_empty() && self.at.is_none()
    }
}

impl State {
    fn rests(&self) -> bool {
        self.lines.all().all(Line::rests)
    }

    /// Whether there is an answer to come.
    fn works(&self) -> bool {
        let mut lines = self.lines.all();
        lines.any(|line| line.has_thread && !line.rests())
    }

    /// The newest that is so, which then is the one asked for last.
    fn find(&mut self, is_so: impl Fn(&Known) -> bool) -> Option<&Known> {
        let at = self.known.iter().rposition(is_so)?;
        let found = self.known.remove(at)?;
        self.known.push_back(found);
        self.known.back()
    }

    fn keep(&mut self, known: Known) {
        self.known.push_back(known);
        let bytes = |known: &VecDeque<Known>| {
            let each = known.iter().map(|one| one.answer.bytes());
            each.sum::<usize>()
        };
        // The newest stays, however large it is.
        while self.known.len() > 1 && (self.known.len() > KEPT || bytes(&self.known) > KEPT_BYTES) {
            self.known.pop_front();
        }
    }
}

/// A thread: answers one question of its line after the other.
fn answer_all(shared: &Shared, which: Which) {
    let mut state = shared.lock();
    loop {
        if state.left {
            return;
        }
        let Some(asked) = state.lines.get_mut(which).asked.pop_front() else {
            state = shared
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        let Asked {
            question,
            of,
            run,
            snapshot,
            round,
        } = asked;
        let stop = Stop::default();
        let at = At {
            question: question.clone(),
            of: of.clone(),
            run: run.clone(),
            round,
            stop: stop.clone(),
        };
        state.lines.get_mut(which).at = Some(at);
        drop(state);
        // A fault of the program costs this one answer; that there is none is kept too, or it would happen again in every frame.
        let work = AssertUnwindSafe(|| question.answer(&snapshot, &stop));
        let answer = catch_unwind(work).unwrap_or(Answer::Failed);
        let update = snapshot.update;
        // Letting go of a snapshot takes its time.
        drop(snapshot);
        state = shared.lock();
        state.lines.get_mut(which).at = None;
        if answer != Answer::Stopped {
            state.keep(Known {
                question,
                of,
                run,
                update,
                answer: Arc::new(answer),
            });
        }
        shared.changed.notify_all();
        drop(state);
        (shared.wake)();
        state = shared.lock();
    }
}
