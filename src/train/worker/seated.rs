//! A run's place at the worker, as the thread has it.

use super::seat::{Failure, From, Make, Order, Shared, Taken};
use super::{FORECASTS_SHOWN, threads};
use crate::data::Split;
use crate::experiment::{Experiment, MaterialError, Probe, Stage};
use crate::platform::clock::Instant;
use crate::train::checkpoint::Kept;
use crate::train::snapshot::{Snapshot, Status};
use crate::train::trainer::AnyTrainer;
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A running worker trains this many times as long as its last snapshot took before it makes another: being watched costs a
/// fifth of the time at most, however long the forecasts take.
const REST_PER_SNAPSHOT: u32 = 4;

/// Which share of the work before the first snapshot the first look at the test part is taken for.
const FIRST_LOOK: f32 = 0.3;

/// How often a checkpoint is taken while updates are being made: what is made again at the next launch takes no longer.
const BETWEEN_CHECKPOINTS: Duration = Duration::from_secs(5);

/// Where the forecasts of all sequences take longer than this, others come before them: whoever changed a weight by hand sees
/// at once what that does to the sequence under the lens.
const SOON: Duration = Duration::from_millis(40);

/// How many forecasts of each part come first there.
const FIRST_FORECASTS: usize = 32;

/// How many checkpoints were taken in this process.
static TAKEN: AtomicU64 = AtomicU64::new(0);

/// A run whose data are there, and which nobody has given up meanwhile.
pub(super) struct Made(AnyTrainer);

/// Makes the data of a run and publishes its snapshot 0.
pub(super) fn make(
    experiment: &Experiment,
    make: Box<Make>,
    shared: &Shared,
) -> Result<Made, Failure> {
    let made = AssertUnwindSafe(|| first_look(experiment, make, shared));
    match catch_unwind(made) {
        Ok(Ok(made)) => Ok(made),
        Ok(Err(error)) => Err(Failure::Material(Arc::new(error))),
        Err(panic) => Err(Failure::Panic(threads::said(&*panic))),
    }
}

fn first_look(
    experiment: &Experiment,
    make: Box<Make>,
    shared: &Shared,
) -> Result<Made, MaterialError> {
    let material = make(&|stage, share| shared.reached(stage, share))?;
    let cancelled = &shared.cancelled;
    // Told before it begins, as a large network takes a while to make.
    let _ = shared.reached(Stage::Evaluating, 0.0);
    let told = |share| shared.reached(Stage::Evaluating, FIRST_LOOK * share);
    let mut trainer = AnyTrainer::until(experiment, material, cancelled, &told);
    if cancelled.is_asked() {
        return Err(MaterialError::Cancelled);
    }
    let mut snapshot = trainer.snapshot_of_probe(experiment.probe);
    let told = |share| shared.reached(Stage::Evaluating, FIRST_LOOK + (1.0 - FIRST_LOOK) * share);
    let whole = trainer.forecast_into(&mut snapshot, FORECASTS_SHOWN, &told);
    if whole.is_break() || cancelled.is_asked() {
        return Err(MaterialError::Cancelled);
    }
    // From here on there is a run, which ends when nobody looks any more.
    trainer.stop_on(&shared.left);
    shared.publish(snapshot, 0, true);
    Ok(Made(trainer))
}

/// A run: what it is told, and how far it is.
pub(super) struct Seated {
    pub(super) number: u64,
    /// What it is told and has not done yet; it waits for the data.
    pub(super) orders: VecDeque<Order>,
    /// How long its last snapshot on the way took.
    pub(super) cost: Duration,
    shared: Arc<Shared>,
    experiment: Experiment,
    /// `None` until its data are there, and again once it has failed.
    trainer: Option<AnyTrainer>,
    probe: Probe,
    planned: u64,
    /// The update at which it is to wait, while it is on its way there.
    goal: Option<u64>,
    /// Whether the goal is that of counted updates; more of them then come on top.
    counted: bool,
    handled: u64,
    published: Instant,
    checkpointed: Instant,
    /// Whether, whenever nothing is running, the whole of each part is forecast and scored.
    all: bool,
    /// Whether it waits, and nothing was published since.
    owes: bool,
    /// Whether the newest snapshot is of the weights as they are.
    is_told: bool,
    /// How long the forecasts of the last snapshot took that was published at rest.
    forecasting: Duration,
    /// Whether a snapshot of the weights as they are, with the first forecasts, was published.
    is_shown: bool,
}

impl Seated {
    pub(super) fn new(number: u64, experiment: Experiment, shared: Arc<Shared>) -> Self {
        Self {
            number,
            orders: VecDeque::new(),
            cost: Duration::ZERO,
            shared,
            trainer: None,
            probe: experiment.probe,
            planned: experiment.training.updates,
            experiment,
            goal: None,
            counted: false,
            handled: 0,
            published: Instant::now(),
            checkpointed: Instant::now(),
            all: false,
            owes: false,
            is_told: false,
            forecasting: Duration::ZERO,
            is_shown: false,
        }
    }

    pub(super) fn take_up(&mut self, made: Made) {
        (self.trainer, self.is_told) = (Some(made.0), true);
        (self.published, self.checkpointed) = (Instant::now(), Instant::now());
    }

    /// Does something with the run; a fault of the program costs this run and no other.
    pub(super) fn guarded(&mut self, work: impl FnOnce(&mut Self)) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| work(self))) {
            self.trainer = None;
            self.shared.fail(Failure::Panic(threads::said(&*panic)));
        }
    }

    /// Whether there is anything to do for it.
    pub(super) fn is_busy(&self) -> bool {
        let any = self.is_running() || self.owes || !self.orders.is_empty();
        self.trainer.is_some() && any
    }

    pub(super) fn is_running(&self) -> bool {
        self.trainer.is_some() && self.goal.is_some()
    }

    pub(super) fn runs_in_lockstep(&self) -> bool {
        self.is_running() && self.shared.in_lockstep.load(Ordering::Relaxed)
    }

    pub(super) fn updates(&self) -> u64 {
        self.trainer.as_ref().map_or(0, AnyTrainer::updates)
    }

    /// Carries out what it was told.
    pub(super) fn obey(&mut self) {
        let Some(mut trainer) = self.trainer.take() else {
            return;
        };
        while let Some(order) = self.orders.pop_front() {
            self.handled += 1;
            self.is_shown = false;
            trainer = self.carry_out(order, trainer);
            let made = trainer.updates();
            self.goal.take_if(|goal| made >= *goal);
            self.owes = self.goal.is_none();
            if !self.owes {
                self.shared.note_handled(self.handled);
            }
        }
        self.trainer = Some(trainer);
    }

    fn carry_out(&mut self, order: Order, mut trainer: AnyTrainer) -> AnyTrainer {
        let made = trainer.updates();
        match order {
            Order::Start => {
                if made >= self.planned {
                    self.planned = made.saturating_add(self.experiment.training.updates);
                }
                (self.goal, self.counted) = (Some(self.planned), false);
            }
            Order::Plan(updates) => self.planned = self.planned.max(updates),
            Order::Pause => self.goal = None,
            Order::Update(count) => {
                let from = self.goal.filter(|_| self.counted).unwrap_or(made);
                (self.goal, self.counted) = (Some(from.saturating_add(count)), true);
            }
            Order::UpTo(updates) => (self.goal, self.counted) = (Some(updates), true),
            Order::Resume(From(checkpoint)) => {
                self.is_told = false;
                resume(&mut trainer, &self.experiment, &*checkpoint);
            }
            Order::Reset(new) => {
                self.experiment = *new;
                self.planned = self.experiment.training.updates;
                (self.goal, self.is_told) = (None, false);
                self.shared.lock().checkpoint = None;
                self.shared.forget_updates();
                let material = Arc::clone(trainer.material());
                let left = &self.shared.left;
                // One is gone before the other is there: together they could take twice what a run may.
                drop(trainer);
                trainer = AnyTrainer::until(&self.experiment, material, left, &|_| left.goes_on());
            }
            Order::Change {
                learning_rate,
                clip,
                set,
            } => {
                self.is_told &= set.is_empty();
                trainer.change(learning_rate, clip, set);
            }
            Order::Probe(new) => {
                self.probe = new;
                // What was set by hand was another sequence's, or is no more.
                trainer.give(new, Vec::new());
            }
            Order::Give(set) => trainer.give(self.probe, set),
            Order::Baselines(spec) => trainer.set_baselines(&spec),
            Order::All => self.all = true,
        }
        trainer
    }

    /// Makes an update.
    pub(super) fn update(&mut self) {
        let Some(trainer) = &mut self.trainer else {
            return;
        };
        let begun = Instant::now();
        let went_on = trainer.update();
        if went_on {
            self.shared.note_update(begun.elapsed().as_nanos());
        }
        (self.is_told, self.is_shown) = (false, false);
        if self.checkpointed.elapsed() >= BETWEEN_CHECKPOINTS {
            take_checkpoint(trainer, &self.shared);
            self.checkpointed = Instant::now();
        }
        let arrived = self.goal.is_none_or(|goal| trainer.updates() >= goal);
        if !went_on || arrived {
            (self.goal, self.owes) = (None, true);
        }
    }

    /// Publishes where a run that waits has come to, if it is not published yet; `gives_way` asks whether to leave that for
    /// later.
    pub(super) fn tell_at_rest(&mut self, gives_way: &dyn Fn() -> bool) {
        let Some(trainer) = self.trainer.as_mut().filter(|_| self.owes) else {
            return;
        };
        take_checkpoint(trainer, &self.shared);
        let most = match self.all {
            true => trainer.material().memory.most_forecast(),
            false => FORECASTS_SHOWN,
        };
        let has_room = trainer.material().memory.snapshots(2, self.all) > 1;
        if !self.is_told && !self.is_shown && self.forecasting > SOON && has_room {
            let mut first = trainer.snapshot(self.probe, FIRST_FORECASTS.min(most));
            first.planned = self.planned;
            settle_status(&mut first);
            self.shared.make_room();
            self.shared.show(first);
            self.is_shown = true;
        }
        let mut snapshot = trainer.snapshot_of_probe(self.probe);
        // What is said of all sequences says nothing of the probe: at the same weights it stays.
        let before = self.shared.lock().snapshot.clone();
        let before = before.filter(|before| self.is_told && before.forecasts_at_most(most));
        let progress = |_: f32| match gives_way() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        let whole = match &before {
            Some(before) => trainer.forecast_as(&mut snapshot, before),
            None => {
                if !self.is_shown {
                    self.shared.make_room();
                }
                let begun = Instant::now();
                let whole = trainer.forecast_into(&mut snapshot, most, &progress);
                // What was broken off took at least as long as it was let.
                let took = begun.elapsed();
                self.forecasting = match whole {
                    ControlFlow::Continue(()) => took,
                    ControlFlow::Break(()) => self.forecasting.max(took),
                };
                whole
            }
        };
        if whole.is_break() {
            return;
        }
        if snapshot.watched_loss.is_none() {
            trainer.watch_into(&mut snapshot, &progress);
            if snapshot.watched_loss.is_none() && gives_way() {
                return;
            }
        }
        if self.all && !snapshot.history.watched.is_whole() && snapshot.test_loss.is_none() {
            snapshot.test_loss = trainer.loss_watched(Split::Test, &progress);
            if snapshot.test_loss.is_none() && gives_way() {
                return;
            }
        }
        drop(before);
        snapshot.planned = self.planned;
        settle_status(&mut snapshot);
        self.shared.make_room();
        self.shared.publish(snapshot, self.handled, true);
        (self.owes, self.is_told) = (false, true);
    }

    /// Whether what it has reached on its way is to be published: the snapshot before was taken, and it has trained long enough
    /// since, of which that took so much time.
    pub(super) fn is_due(&self, interval: Duration, cost: Duration) -> bool {
        let taken = self.shared.taken.load(Ordering::Acquire);
        taken && self.published.elapsed() >= rest(interval, cost)
    }

    /// Publishes what it has reached on its way.
    pub(super) fn tell_on_the_way(&mut self) {
        let Some(trainer) = &mut self.trainer else {
            return;
        };
        let begun = Instant::now();
        self.shared.make_room();
        let mut snapshot = trainer.snapshot(self.probe, FORECASTS_SHOWN);
        // On the way to more than the experiment plans, that is what is planned.
        snapshot.planned = self.planned.max(self.goal.unwrap_or(0));
        self.shared.publish(snapshot, self.handled, false);
        self.is_told = true;
        self.published = Instant::now();
        self.cost = self.published.duration_since(begun);
    }
}

/// A run of which more is planned than its experiment says waits where that ends.
fn settle_status(snapshot: &mut Snapshot) {
    if snapshot.status == Status::Finished && snapshot.update < snapshot.planned {
        snapshot.status = Status::Paused;
    }
}

/// How long to train between two snapshots; an interval of zero asks for every update that can be seen.
fn rest(interval: Duration, cost: Duration) -> Duration {
    if interval.is_zero() {
        interval
    } else {
        interval.max(REST_PER_SNAPSHOT * cost)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Location, material};
    use crate::nn::SetWeight;
    use std::sync::Mutex;

    const TEXT: &str = "format = 1\nseed = 3\n[data]\ntask = \"sine\"\nlength = 8\ntrain_sequences = 90\ntest_sequences = 80\n\
                        [model]\nhidden_size = 3\n[training]\nupdates = 4\nbatch_size = 5\n";

    /// Seen while the forecasts are being made: what the sequence under the lens has become, beside a few of them.
    #[test]
    fn a_changed_weight_is_seen_before_all_sequences_are_forecast_anew() {
        let experiment = Experiment::parse(TEXT).unwrap();
        let go_on = |_| ControlFlow::Continue(());
        let made = material(&experiment, &Location::BuiltIn, &go_on).unwrap();
        let shared = Arc::new(Shared::new(|| {}));
        let made = make(&experiment, Box::new(|_| Ok(Arc::new(made))), &shared);
        let mut seated = Seated::new(0, experiment, Arc::clone(&shared));
        seated.take_up(made.unwrap_or_else(|failure| panic!("{failure}")));
        let on_show = || shared.lock().snapshot.clone();
        let begun = on_show().unwrap();
        let set = SetWeight {
            parameter: "weight_hh_l0".into(),
            index: vec![0, 1],
            value: 0.75,
        };
        let change = Order::Change {
            learning_rate: None,
            clip: None,
            set: vec![set],
        };
        let mut seen = |forecasting| {
            seated.forecasting = forecasting;
            seated.orders.push_back(change.clone());
            seated.obey();
            let on_the_way = Mutex::new(None);
            seated.tell_at_rest(&|| {
                on_the_way.lock().unwrap().get_or_insert_with(on_show);
                false
            });
            on_the_way.into_inner().unwrap().unwrap()
        };
        let first = seen(2 * SOON).unwrap();
        assert_ne!(first.probe.loss, begun.probe.loss);
        let counts = |of: &Snapshot| [&of.train, &of.test].map(|part| (part.rows.len(), part.of));
        assert_eq!(counts(&first), [(32, 90), (32, 80)]);
        let whole = on_show().unwrap();
        assert_eq!(counts(&whole), [(90, 90), (80, 80)]);
        assert_eq!(
            (first.probe.loss, &first.model),
            (whole.probe.loss, &whole.model)
        );
        assert_eq!(first.status, whole.status);
        // Where they are there at once, nothing comes before them: what nobody took makes room.
        assert!(seen(Duration::ZERO).is_none());
    }
}
