//! The thread that trains beside the window.
//!
//! It takes [`Order`]s and publishes [`Snapshot`]s: always after an order that leaves it waiting, and while it runs only when
//! the last one has been taken and the interval has passed. Publishing reads the run and never changes it.

use super::checkpoint::{AnyCheckpoint, Kept};
use super::snapshot::{Snapshot, Status};
use super::trainer::AnyTrainer;
use crate::data::Split;
pub use crate::experiment::memory::FORECASTS_SHOWN;
use crate::experiment::{BaselineSpec, Experiment, Material, MaterialError, Probe, Stage, Watch};
use crate::nn::{Clip, Stop};
use crate::platform::clock::Instant;
use crate::platform::threads;
use std::fmt;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A running worker trains this many times as long as its last snapshot took before it makes another: being watched costs a
/// fifth of the time at most, however long the forecasts take.
const REST_PER_SNAPSHOT: u32 = 4;

/// Which share of the work before the first snapshot the first look at the test part is taken for.
const FIRST_LOOK: f32 = 0.3;

/// How long to train between two snapshots; an interval of zero asks for every update that can be seen.
fn rest(interval: Duration, cost: Duration) -> Duration {
    if interval.is_zero() {
        interval
    } else {
        interval.max(REST_PER_SNAPSHOT * cost)
    }
}

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
    /// Change the learning rate or clipping, from the next update on.
    Change {
        /// The new rate.
        learning_rate: Option<f64>,
        /// The new clipping.
        clip: Option<Clip>,
    },
    /// Put another sequence under the lens.
    Probe(Probe),
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

/// How many checkpoints were taken in this process.
static TAKEN: AtomicU64 = AtomicU64::new(0);

/// How often a checkpoint is taken while updates are being made: what is made again at the next launch takes no longer.
const BETWEEN_CHECKPOINTS: Duration = Duration::from_secs(5);

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

#[derive(Default)]
struct State {
    snapshot: Option<Arc<Snapshot>>,
    taken: bool,
    handled: u64,
    /// How many orders were carried out when the snapshot was made.
    published: u64,
    waiting: bool,
    failure: Option<Failure>,
    checkpoint: Option<Arc<Taken>>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    wake: Box<dyn Fn() + Send + Sync>,
    taken: AtomicBool,
    /// Asks the making of the data and the first snapshot to end.
    cancelled: Stop,
    /// Asks everything to end: nobody looks any more.
    left: Stop,
    /// An index into [`Stage::ALL`].
    stage: AtomicUsize,
    progress: AtomicU32,
}

impl Shared {
    /// Tells how far a stage is, and asks whether to go on.
    fn reached(&self, stage: Stage, share: f32) -> ControlFlow<()> {
        let index = Stage::ALL.iter().position(|&one| one == stage);
        self.stage.store(index.unwrap_or(0), Ordering::Relaxed);
        self.progress.store(share.to_bits(), Ordering::Relaxed);
        (self.wake)();
        self.cancelled.goes_on()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves plain data behind; it can be read.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A handle to the thread. Dropping it ends the thread, whatever it is at.
pub struct Worker {
    orders: Sender<Order>,
    sent: u64,
    /// The number of the last order to begin again.
    reset: u64,
    shared: Arc<Shared>,
}

/// Makes data and model: runs on the thread, tells of its stages, and may be cancelled.
pub type Make = dyn FnOnce(Watch) -> Result<Arc<Material>, MaterialError> + Send;

impl Worker {
    /// Starts a thread that makes the data, publishes the run's snapshot 0 and waits for orders.
    ///
    /// `wake` is called on the thread whenever there is something new to see.
    pub fn spawn(
        experiment: Experiment,
        make: Box<Make>,
        interval: Duration,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let (orders, receiver) = channel();
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
            wake: Box::new(wake),
            taken: AtomicBool::new(true),
            cancelled: Stop::default(),
            left: Stop::default(),
            stage: AtomicUsize::new(0),
            progress: AtomicU32::new(0),
        });
        let worker = Self {
            orders,
            sent: 0,
            reset: 0,
            shared: Arc::clone(&shared),
        };
        let spawned = threads::spawn("training", {
            let shared = Arc::clone(&shared);
            move || {
                let run = AssertUnwindSafe(|| run(experiment, make, interval, &receiver, &shared));
                let failure = match catch_unwind(run) {
                    Ok(Ok(())) => return,
                    Ok(Err(error)) => Failure::Material(Arc::new(error)),
                    Err(panic) => Failure::Panic(threads::said(&*panic)),
                };
                fail(&shared, failure);
            }
        });
        if let Err(error) = spawned {
            fail(
                &shared,
                Failure::Panic(format!("no thread could be started, {error}")),
            );
        }
        worker
    }

    /// Gives an order.
    pub fn order(&mut self, order: Order) {
        let reset = matches!(order, Order::Reset(_));
        // The thread has ended only after a failure, which is what will be shown.
        if self.orders.send(order).is_ok() {
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

impl Drop for Worker {
    fn drop(&mut self) {
        self.shared.cancelled.ask();
        self.shared.left.ask();
    }
}

fn fail(shared: &Shared, failure: Failure) {
    shared.lock().failure = Some(failure);
    shared.changed.notify_all();
    (shared.wake)();
}

fn run(
    mut experiment: Experiment,
    make: Box<Make>,
    interval: Duration,
    orders: &Receiver<Order>,
    shared: &Shared,
) -> Result<(), MaterialError> {
    threads::step_back();
    let material = make(&|stage, share| shared.reached(stage, share))?;
    let cancelled = &shared.cancelled;
    // Told before it begins, as a large network takes a while to make.
    let _ = shared.reached(Stage::Evaluating, 0.0);
    let told = |share| shared.reached(Stage::Evaluating, FIRST_LOOK * share);
    let mut trainer = AnyTrainer::until(&experiment, material, cancelled, &told);
    let mut planned = experiment.training.updates;
    let mut probe = experiment.probe;
    let mut goal: Option<u64> = None;
    // Whether the goal is that of counted updates; more of them then come on top.
    let mut counted = false;
    let mut handled = 0;
    let mut published = Instant::now();
    let mut cost = Duration::ZERO;
    let mut all = false;
    let first = if cancelled.is_asked() {
        None
    } else {
        let mut snapshot = trainer.snapshot_of_probe(probe);
        let told =
            |share| shared.reached(Stage::Evaluating, FIRST_LOOK + (1.0 - FIRST_LOOK) * share);
        let whole = trainer.forecast_into(&mut snapshot, FORECASTS_SHOWN, &told);
        whole.is_continue().then_some(snapshot)
    };
    let Some(first) = first.filter(|_| !cancelled.is_asked()) else {
        return Err(MaterialError::Cancelled);
    };
    // From here on there is a run, which ends when nobody looks any more.
    trainer.stop_on(&shared.left);
    publish(shared, first, handled, true);
    let mut checkpointed = Instant::now();
    loop {
        let order = match goal {
            None => orders.recv().map_err(|_| TryRecvError::Disconnected),
            Some(_) => orders.try_recv(),
        };
        match order {
            Ok(order) => {
                handled += 1;
                match order {
                    Order::Start => {
                        let made = trainer.updates();
                        if made >= planned {
                            planned = made.saturating_add(experiment.training.updates);
                        }
                        (goal, counted) = (Some(planned), false);
                    }
                    Order::Plan(updates) => planned = planned.max(updates),
                    Order::Pause => goal = None,
                    Order::Update(count) => {
                        let from = goal.filter(|_| counted).unwrap_or(trainer.updates());
                        goal = Some(from.saturating_add(count));
                        counted = true;
                    }
                    Order::UpTo(updates) => {
                        goal = Some(updates);
                        counted = true;
                    }
                    Order::Resume(From(checkpoint)) => {
                        resume(&mut trainer, &experiment, &*checkpoint);
                    }
                    Order::Reset(new) => {
                        experiment = *new;
                        shared.lock().checkpoint = None;
                        planned = experiment.training.updates;
                        let material = Arc::clone(trainer.material());
                        // One is gone before the other is there: together they could take twice what a run may.
                        drop(trainer);
                        trainer = AnyTrainer::until(&experiment, material, &shared.left, &|_| {
                            shared.left.goes_on()
                        });
                        goal = None;
                    }
                    Order::Change {
                        learning_rate,
                        clip,
                    } => trainer.change(learning_rate, clip),
                    Order::Probe(new) => probe = new,
                    Order::Baselines(spec) => trainer.set_baselines(&spec),
                    Order::All => all = true,
                }
                if goal.is_none_or(|goal| trainer.updates() >= goal) {
                    goal = None;
                    make_room(shared);
                    take_checkpoint(&trainer, shared);
                    publish(
                        shared,
                        at_rest(&mut trainer, planned, probe, all),
                        handled,
                        true,
                    );
                } else {
                    let mut state = shared.lock();
                    state.handled = handled;
                    state.waiting = false;
                }
            }
            Err(TryRecvError::Empty) => {
                let went_on = trainer.update();
                let arrived = goal.is_none_or(|goal| trainer.updates() >= goal);
                if checkpointed.elapsed() >= BETWEEN_CHECKPOINTS {
                    take_checkpoint(&trainer, shared);
                    checkpointed = Instant::now();
                }
                if !went_on || arrived {
                    goal = None;
                    make_room(shared);
                    take_checkpoint(&trainer, shared);
                    publish(
                        shared,
                        at_rest(&mut trainer, planned, probe, all),
                        handled,
                        true,
                    );
                } else if shared.taken.load(Ordering::Acquire)
                    && published.elapsed() >= rest(interval, cost)
                {
                    let begun = Instant::now();
                    make_room(shared);
                    let mut snapshot = trainer.snapshot(probe, FORECASTS_SHOWN);
                    // On the way to more than the experiment plans, that is what is planned.
                    snapshot.planned = planned.max(goal.unwrap_or(0));
                    publish(shared, snapshot, handled, false);
                    published = Instant::now();
                    cost = published.duration_since(begun);
                }
            }
            Err(TryRecvError::Disconnected) => return Ok(()),
        }
    }
}

/// Takes a checkpoint where there is something that the text alone does not give at once, and memory for it.
fn take_checkpoint(trainer: &AnyTrainer, shared: &Shared) {
    let material = trainer.material();
    let made = trainer.updates();
    // Broken off in the midst of an update, it would be a state that never was.
    if made == 0 || shared.left.is_asked() || !material.memory.has_checkpoints() {
        return;
    }
    let newest = shared.lock().checkpoint.clone();
    if newest.is_some_and(|newest| trainer.is_at(&newest.checkpoint)) {
        return;
    }
    let taken = Taken {
        number: TAKEN.fetch_add(1, Ordering::Relaxed),
        material: Arc::clone(material),
        checkpoint: trainer.checkpoint(),
    };
    shared.lock().checkpoint = Some(Arc::new(taken));
}

/// Goes on from a checkpoint; where it is of another run, the updates are made again.
fn resume(
    trainer: &mut AnyTrainer,
    experiment: &Experiment,
    from: &dyn Fn() -> Option<Kept<'static>>,
) {
    let Some(kept) = from() else { return };
    if let Some(checkpoint) = kept.of(experiment, trainer.material()) {
        // What is refused changes nothing.
        let _ = trainer.resume_under(checkpoint, &experiment.training.changes);
    }
}

/// One that nobody took is gone before the next is there: with the one on show there are two at most.
fn make_room(shared: &Shared) {
    let mut state = shared.lock();
    if !state.taken {
        state.snapshot = None;
    }
}

/// The snapshot of a run that waits, of whole parts where `all` says so and there is memory for them.
fn at_rest(trainer: &mut AnyTrainer, planned: u64, probe: Probe, all: bool) -> Snapshot {
    let most = match all {
        true => trainer.material().memory.most_forecast(),
        false => FORECASTS_SHOWN,
    };
    let mut snapshot = trainer.snapshot(probe, most);
    if all && !snapshot.history.watched.is_whole() {
        snapshot.test_loss = trainer.loss(Split::Test);
    }
    snapshot.planned = planned;
    if snapshot.status == Status::Finished && snapshot.update < planned {
        snapshot.status = Status::Paused;
    }
    snapshot
}

fn publish(shared: &Shared, mut snapshot: Snapshot, handled: u64, waiting: bool) {
    // It was broken off, and means nothing.
    if shared.left.is_asked() {
        return;
    }
    if !waiting {
        snapshot.status = Status::Running;
    }
    {
        let mut state = shared.lock();
        state.snapshot = Some(Arc::new(snapshot));
        state.taken = false;
        state.handled = handled;
        state.published = handled;
        state.waiting = waiting;
        shared.taken.store(false, Ordering::Release);
    }
    shared.changed.notify_all();
    (shared.wake)();
}
