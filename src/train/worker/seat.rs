//! A run's place at the worker, as it is seen from outside.

use super::{Line, Message};
use crate::experiment::{BaselineSpec, Experiment, Material, MaterialError, Probe, Stage, Watch};
use crate::nn::{Clip, SetWeight, Stop};
use crate::train::checkpoint::{AnyCheckpoint, Kept};
use crate::train::snapshot::{Snapshot, Status};
use std::fmt;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Something the worker is told to do.
#[derive(Clone, Debug)]
pub enum Order {
    /// Train until the planned updates are made; when they are, as many as the experiment has again, which are then planned.
    Start,
    /// Plan so many updates at least: a run that goes on from a checkpoint had more in view than its experiment.
    Plan(u64),
    /// Stop after the update at hand.
    Pause,
    /// Make so many updates.
    Update(u64),
    /// Make updates until so many are made.
    UpTo(u64),
    /// Go on from a checkpoint, if it is one of this run.
    Resume(From),
    /// Begin again with this experiment on the same data and model shape.
    Reset(Box<Experiment>),
    /// Change the learning rate, clipping or weights, from the next update on.
    Change {
        /// The new rate.
        learning_rate: Option<f64>,
        /// The new clipping.
        clip: Option<Clip>,
        /// Weights to set.
        set: Vec<SetWeight>,
    },
    /// Put another sequence under the lens.
    Probe(Probe),
    /// Give the run of the sequence under the lens other numbers than the data say.
    Give(Vec<SetWeight>),
    /// Hold forecasts against other baselines; the run goes on as it was.
    Baselines(BaselineSpec),
    /// From now on, whenever nothing is running, forecast and score the whole of each part, as far as there is memory for it.
    All,
}

/// Where a checkpoint is to be had; asked for on the thread, as it may have to be read.
#[derive(Clone)]
pub struct From(pub Arc<dyn Fn() -> Option<Kept<'static>> + Send + Sync>);

impl fmt::Debug for From {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("From")
    }
}

/// A checkpoint that the thread has taken.
#[derive(Debug)]
pub struct Taken {
    /// Tells it from all others.
    pub number: u64,
    /// The data that it is of.
    pub material: Arc<Material>,
    /// The state.
    pub checkpoint: AnyCheckpoint,
}

/// Why there is no run.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Failure {
    /// Data or model could not be made.
    #[error("{0}")]
    Material(Arc<MaterialError>),
    /// The program has a fault.
    #[error("The training thread stopped because of a fault in the program: {0}")]
    Panic(String),
}

impl Failure {
    pub(super) fn no_thread(error: &std::io::Error) -> Self {
        Self::Panic(format!("no thread could be started, {error}"))
    }
}

#[derive(Default)]
pub(super) struct State {
    pub(super) snapshot: Option<Arc<Snapshot>>,
    /// While a run goes on, the snapshot before, which was on show: so it is this thread that frees it, not the window's.
    before: Option<Arc<Snapshot>>,
    pub(super) taken: bool,
    pub(super) handled: u64,
    /// How many orders were carried out when the snapshot was made.
    published: u64,
    pub(super) waiting: bool,
    pub(super) failure: Option<Failure>,
    pub(super) checkpoint: Option<Arc<Taken>>,
}

impl State {
    /// Puts a snapshot in the place of the one before, which is kept until there is room to be made again, if the run goes on:
    /// one that rests keeps nothing. Returns what is to be dropped.
    fn replace(&mut self, snapshot: Arc<Snapshot>, goes_on: bool) -> [Option<Arc<Snapshot>>; 2] {
        let old = self.snapshot.replace(snapshot);
        let was_taken = std::mem::replace(&mut self.taken, false);
        match goes_on && was_taken {
            true => [std::mem::replace(&mut self.before, old), None],
            false => [self.before.take(), old],
        }
    }
}

pub(super) struct Shared {
    pub(super) state: Mutex<State>,
    pub(super) changed: Condvar,
    pub(super) wake: Box<dyn Fn() + Send + Sync>,
    pub(super) taken: AtomicBool,
    pub(super) in_lockstep: AtomicBool,
    /// Asks the making of the data and the first snapshot to end.
    pub(super) cancelled: Stop,
    /// Asks everything to end: nobody looks any more.
    pub(super) left: Stop,
    /// How long its updates took together, in nanoseconds, and how many they were. It is told beside snapshots: no result has it.
    pub(super) spent: Mutex<(u128, u64)>,
    /// An index into [`Stage::ALL`].
    pub(super) stage: AtomicUsize,
    pub(super) progress: AtomicU32,
}

impl Shared {
    pub(super) fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            state: Mutex::default(),
            changed: Condvar::new(),
            wake: Box::new(wake),
            taken: AtomicBool::new(true),
            in_lockstep: AtomicBool::new(false),
            cancelled: Stop::default(),
            left: Stop::default(),
            spent: Mutex::default(),
            stage: AtomicUsize::new(0),
            progress: AtomicU32::new(0),
        }
    }

    /// Tells how far a stage is, and asks whether to go on.
    pub(super) fn reached(&self, stage: Stage, share: f32) -> ControlFlow<()> {
        let index = Stage::ALL.iter().position(|&one| one == stage);
        self.stage.store(index.unwrap_or(0), Ordering::Relaxed);
        self.progress.store(share.to_bits(), Ordering::Relaxed);
        (self.wake)();
        self.cancelled.goes_on()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves plain data behind; it can be read.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes how long an update took.
    pub(super) fn note_update(&self, nanoseconds: u128) {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        *spent = (spent.0 + nanoseconds, spent.1 + 1);
    }

    /// Begins to count anew.
    pub(super) fn forget_updates(&self) {
        *self.spent.lock().unwrap_or_else(PoisonError::into_inner) = (0, 0);
    }

    pub(super) fn fail(&self, failure: Failure) {
        self.lock().failure = Some(failure);
        self.changed.notify_all();
        (self.wake)();
    }

    /// One that nobody took, and the one that was on show before, are gone before the next is there: with the one on show there
    /// are two at most.
    pub(super) fn make_room(&self) {
        let mut state = self.lock();
        let before = state.before.take();
        let untaken = match state.taken {
            true => None,
            false => state.snapshot.take(),
        };
        // Nobody has to wait for the lock while so much is freed.
        drop(state);
        drop((before, untaken));
    }

    /// Notes that so many orders are carried out and the run goes on.
    pub(super) fn note_handled(&self, handled: u64) {
        let mut state = self.lock();
        (state.handled, state.waiting) = (handled, false);
    }

    /// Lets a snapshot be seen while a fuller one of the same state is being made: the order that led to it is not carried out
    /// before that is there.
    pub(super) fn show(&self, snapshot: Snapshot) {
        if self.left.is_asked() {
            return;
        }
        let gone = {
            let mut state = self.lock();
            self.taken.store(false, Ordering::Release);
            state.replace(Arc::new(snapshot), false)
        };
        drop(gone);
        (self.wake)();
    }

    pub(super) fn publish(&self, mut snapshot: Snapshot, handled: u64, waiting: bool) {
        // It was broken off, and means nothing.
        if self.left.is_asked() {
            return;
        }
        if !waiting {
            snapshot.status = Status::Running;
        }
        let gone = {
            let mut state = self.lock();
            state.handled = handled;
            state.published = handled;
            state.waiting = waiting;
            self.taken.store(false, Ordering::Release);
            state.replace(Arc::new(snapshot), !waiting)
        };
        drop(gone);
        self.changed.notify_all();
        (self.wake)();
    }
}

/// A run's place at the worker. Dropping it ends the run, whatever it is at.
pub struct Seat {
    number: u64,
    line: Line,
    sent: u64,
    /// The number of the last order to begin again.
    reset: u64,
    shared: Arc<Shared>,
}

/// Makes data and model: runs on the thread, tells of its stages, and may be cancelled.
pub type Make = dyn FnOnce(Watch) -> Result<Arc<Material>, MaterialError> + Send;

impl Seat {
    pub(super) fn new(number: u64, line: Line, shared: Arc<Shared>) -> Self {
        Self {
            number,
            line,
            sent: 0,
            reset: 0,
            shared,
        }
    }

    /// Whether it is to go in lockstep with the others that do; it does not of itself.
    pub fn set_in_lockstep(&self, is: bool) {
        self.shared.in_lockstep.store(is, Ordering::Relaxed);
    }

    /// Gives an order.
    pub fn order(&mut self, order: Order) {
        let reset = matches!(order, Order::Reset(_));
        // The thread has ended only after a failure, which is what will be shown.
        if self.line.say(Message::Order(self.number, order)) {
            self.sent += 1;
            if reset {
                self.reset = self.sent;
            }
        }
    }

    /// The newest snapshot if it has not been taken before. One from before the last [`Order::Reset`] was carried out is of
    /// a run that is no more.
    pub fn take(&self) -> Option<Arc<Snapshot>> {
        let mut state = self.shared.lock();
        if state.taken || state.handled < self.reset {
            return None;
        }
        state.taken = true;
        self.shared.taken.store(true, Ordering::Release);
        state.snapshot.clone()
    }

    /// The newest checkpoint, if any was taken.
    pub fn checkpoint(&self) -> Option<Arc<Taken>> {
        self.shared.lock().checkpoint.clone()
    }

    /// Whether there is something to come that no snapshot taken shows yet: data being made, or an order given since.
    pub fn is_behind(&self) -> bool {
        let state = self.shared.lock();
        state.failure.is_none() && (!state.taken || state.published < self.sent)
    }

    /// How long an update took on the mean of those that were made here, looks at the test part included, in seconds; `None`
    /// before the first.
    pub fn seconds_per_update(&self) -> Option<f64> {
        let spent = &self.shared.spent;
        let (spent, made) = *spent.lock().unwrap_or_else(PoisonError::into_inner);
        (made > 0).then(|| spent as f64 / 1e9 / made as f64)
    }

    /// Why there is no run, if so.
    pub fn failure(&self) -> Option<Failure> {
        self.shared.lock().failure.clone()
    }

    /// What is being done before the first snapshot.
    pub fn stage(&self) -> Stage {
        let index = self.shared.stage.load(Ordering::Relaxed);
        Stage::ALL.get(index).copied().unwrap_or(Stage::Reading)
    }

    /// How far that is, from 0 to 1.
    pub fn progress(&self) -> f32 {
        f32::from_bits(self.shared.progress.load(Ordering::Relaxed))
    }

    /// Stops the making of the data and of the first snapshot; once that is there, nothing.
    pub fn cancel(&self) {
        self.shared.cancelled.ask();
    }

    /// Waits until all orders are carried out and nothing is running, and takes the snapshot.
    ///
    /// # Errors
    /// The [`Failure`] if there is no run.
    pub fn settle(&self) -> Result<Arc<Snapshot>, Failure> {
        let mut state = self.shared.lock();
        loop {
            if let Some(failure) = &state.failure {
                return Err(failure.clone());
            }
            if state.waiting
                && state.handled == self.sent
                && let Some(snapshot) = state.snapshot.clone()
            {
                state.taken = true;
                self.shared.taken.store(true, Ordering::Release);
                return Ok(snapshot);
            }
            state = self
                .shared
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.shared.cancelled.ask();
        self.shared.left.ask();
        self.line.say(Message::Leave(self.number));
    }
}
