//! An experiment being trained, update by update.

use super::ahead::{self, Ahead};
use super::batch::{self, BatchOrder};
use super::checkpoint::{AnyCheckpoint, Checkpoint, OtherRun};
use super::divergence::Divergence;
use super::history::{History, Row, Watched};
use super::remains::Remains;
use super::setup::Setup;
use super::snapshot::{Forecasts, ProbeRecord, Snapshot, Status};
use crate::data::csv::Progress;
use crate::data::{Dataset, Pace, Span, Split, Targets};
use crate::experiment::{
    Answering, BaselineSpec, Change, Experiment, Material, Precision, Probe, memory,
};
use crate::nn::kernel::reduce::sum_of_squares;
use crate::nn::seq2seq::Lengths;
use crate::nn::state_dict::{self, NamedTensor, Wish};
use crate::nn::{
    AnyModel, AnyWorkspace, Clip, Lanes, Network, Optimizer, OptimizerState, Real, Record,
    SetWeight, Stop, Target,
};
use crate::random::{Position, Stream};
use ndarray::s;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

/// At most so many test sequences are looked at during training, evenly spread: on a long series all of them would take
/// longer than the training between two looks. [`Trainer::loss`] takes all.
pub const WATCHED: usize = 2_048;

/// How many sequences' losses are averaged together before those averages are, at most.
const AVERAGED_AT_ONCE: usize = 64;

/// Where sequences are long, fewer are averaged together: so many that their states are about as many as this.
const AVERAGED_STATES: usize = 1 << 22;

/// How many sequences' losses are averaged together before those averages are. It decides how a mean loss rounds and so
/// belongs to the results, whatever the number of sequences that there is room to evaluate side by side.
fn averaged_at_once(material: &Material) -> usize {
    let network = &material.network;
    let steps = material.seq_len.max(material.answer_len);
    let states = steps * network.hidden_size() * network.num_layers();
    (AVERAGED_STATES / states.max(1)).clamp(1, AVERAGED_AT_ONCE)
}

/// A run is stopped when the norm of its parameters is above this many times the first one (plus 1).
pub const PARAMETER_NORM_BOUND: f64 = 1e6;

/// How many outputs of a sequence count in a loss: those of its own steps, and with padding taken for data all.
fn outputs(material: &Material, masking: bool, span: Span) -> usize {
    let steps = match material.answering {
        Answering::Once => 1,
        Answering::EveryStep => material.seq_len,
        Answering::Afterwards | Answering::RowByRow => material.answer_len,
    };
    let len = material.answering.len(&material.dataset, span);
    if masking { len.clamp(1, steps) } else { steps }
}

/// A batch's record and targets, reused for every batch of its size.
pub(super) struct Batch<T> {
    pub(super) workspace: AnyWorkspace<T>,
    /// How many steps it has room for.
    room: Lengths,
    /// How many steps each sequence has.
    lengths: Vec<usize>,
    /// How many steps each sequence's answer has on the time axis of the outputs.
    answer_lengths: Vec<usize>,
    pub(super) target: Target<T>,
}

impl<T: Real> Batch<T> {
    /// Room for `batch` sequences of any length of the material's.
    fn new(material: &Material, batch: usize, stop: &Stop) -> Self {
        let room = Lengths {
            source: material.seq_len,
            target: material.answer_len,
        };
        Self::with_room(material, room, batch, Record::Training, stop)
    }

    /// Room for `batch` sequences of up to `room.source` steps, whose answers, if they are written afterwards, have up to
    /// `room.target`.
    pub(super) fn with_room(
        material: &Material,
        room: Lengths,
        batch: usize,
        record: Record,
        stop: &Stop,
    ) -> Self {
        let network = &material.network;
        let mut workspace = AnyWorkspace::new(network, room, batch, record);
        workspace.stop_on(stop);
        if material.dataset.ragged() {
            workspace.expect_padding();
        }
        let answering = material.answering;
        let steps = match answering {
            Answering::Once => 1,
            Answering::EveryStep => room.source,
            Answering::Afterwards | Answering::RowByRow => room.target,
        };
        let target = batch::empty_target(&material.dataset, answering, steps, batch);
        Self {
            workspace,
            room,
            lengths: vec![room.source; batch],
            answer_lengths: vec![steps; batch],
            target,
        }
    }

    /// How many sequences it has room for.
    fn size(&self) -> usize {
        self.lengths.len()
    }

    /// Copies sequence `span` into row `row`.
    pub(super) fn gather(
        &mut self,
        dataset: &Dataset,
        answering: Answering,
        row: usize,
        span: Span,
    ) {
        let source = (self.workspace.x_mut(), &mut self.lengths[..]);
        let answers = (&mut self.target, &mut self.answer_lengths[..]);
        batch::gather(dataset, span, answering, row, source, answers);
    }

    /// Tells the workspace where sequences end; without `masking` they are run through to the end of the batch.
    pub(super) fn set_lengths(&mut self, masking: bool) {
        if !masking {
            self.lengths.fill(self.room.source);
            self.answer_lengths.fill(match &self.target {
                Target::Values(values) => values.dim().0,
                Target::Classes(classes) => classes.dim().0,
            });
        }
        self.workspace
            .set_lengths(&self.lengths, &self.answer_lengths);
    }
}

/// An experiment being trained in one precision. What it takes of memory, [`Memory`](crate::experiment::Memory) has promised.
pub struct Trainer<T> {
    experiment: Experiment,
    material: Arc<Material>,
    lanes: Lanes,
    model: AnyModel<T>,
    state: OptimizerState<T>,
    order: BatchOrder,
    /// Where dropout masks come from.
    dropout: Stream,
    /// Where it comes from whether a decoder is taught.
    forcing: Stream,
    batch: Batch<T>,
    /// Which training sequences are in it, row by row.
    drawn: Vec<usize>,
    gradient: Vec<T>,
    /// The weights before the newest update, for the case that it leads nowhere.
    last_good: Vec<T>,
    /// Room for evaluation; without it the training batch serves, in which between two updates nothing is needed.
    evaluation: Option<Batch<T>>,
    /// The shares of a mean loss by output step, kept for the next one.
    terms: Vec<f64>,
    /// Room for one sequence to look ahead of; none before the first look.
    ahead: Option<Batch<T>>,
    /// The test sequences that are looked at during training.
    watched: Vec<Span>,
    optimizer: Optimizer,
    clip: Clip,
    changes: Vec<Change>,
    next_change: usize,
    /// Numbers that the run of a sequence is given when it is looked at, and of which sequence.
    given: (Probe, Vec<SetWeight>),
    updates: u64,
    first_loss: Option<f64>,
    first_norm: f64,
    history: History,
    diverged: Option<Divergence>,
    /// What is left of the update at which that was.
    remains: Option<Arc<Remains>>,
    /// What snapshots say of the experiment.
    setup: Arc<Setup>,
    /// What ends a pass through the network early; see [`Trainer::stop_on`].
    stop: Stop,
}

/// Evaluation that nobody watches.
fn unwatched(_: f32) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

impl<T: Real> Trainer<T> {
    /// The run before its first update.
    pub fn new(experiment: &Experiment, material: Arc<Material>) -> Self {
        Self::until(experiment, material, &Stop::default(), &unwatched)
    }

    /// The run before its first update, which heeds `stop` from the beginning: see [`Trainer::stop_on`]. `progress` is told how
    /// far the first look at the test part is.
    pub fn until(
        experiment: &Experiment,
        material: Arc<Material>,
        stop: &Stop,
        progress: Progress,
    ) -> Self {
        let training = &experiment.training;
        let init = &experiment.model.init;
        let mut model = AnyModel::new(
            &material.network,
            init,
            &mut Stream::new(experiment.seed, "init"),
        );
        if let Some(weights) = &material.first_weights {
            // That they fit was found when the material was made.
            weights.load(&material.network, model.parameters_mut(), &init.set);
        }
        let dataset = &material.dataset;
        let batch_size = training.batch_size.min(dataset.train.len());
        let count = dataset.test.len().min(WATCHED);
        let watched: Vec<Span> = (0..count)
            .map(|index| dataset.test[index * dataset.test.len() / count])
            .collect();
        let evaluated = material.memory.evaluated;
        let batch = Batch::new(&material, batch_size, stop);
        let count = model.parameters().len();
        let lanes = Lanes::detect();
        let mut trainer = Self {
            lanes,
            state: OptimizerState::new(count),
            order: BatchOrder::new(experiment.seed, dataset.train.len()),
            dropout: Stream::new(experiment.seed, "dropout"),
            forcing: Stream::new(experiment.seed, "teacher forcing"),
            terms: vec![0.0; batch.workspace.y().dim().0],
            drawn: vec![0; batch_size],
            batch,
            gradient: vec![T::ZERO; count],
            last_good: model.parameters().to_vec(),
            watched,
            evaluation: evaluated.map(|size| Batch::new(&material, size, stop)),
            ahead: None,
            optimizer: training.optimizer,
            clip: training.clip,
            changes: training.changes.clone(),
            next_change: 0,
            given: (experiment.probe, experiment.probe_set.clone()),
            updates: 0,
            first_loss: None,
            first_norm: sum_of_squares(lanes, model.parameters()).sqrt().widen(),
            history: History::default(),
            diverged: None,
            remains: None,
            setup: Arc::new(Setup {
                seed: experiment.seed,
                init: Some(init.clone()),
                batch: batch_size,
                masking: experiment.model.masking,
            }),
            stop: stop.clone(),
            experiment: experiment.clone(),
            model,
            material,
        };
        trainer.begin_history(progress);
        trainer.apply_changes();
        trainer
            .last_good
            .copy_from_slice(trainer.model.parameters());
        trainer
    }

    /// From now on heeds `stop`: once it is asked to, passes through the network end early, no update is made, and what is
    /// evaluated means nothing. Weights and history stay those of the last whole update.
    pub fn stop_on(&mut self, stop: &Stop) {
        self.stop = stop.clone();
        let batches = std::iter::once(&mut self.batch).chain(&mut self.evaluation);
        for batch in batches.chain(&mut self.ahead) {
            batch.workspace.stop_on(stop);
        }
    }

    /// Before the first update: begins from weights of a file instead of the drawn ones, if they fit as `wish` has it;
    /// otherwise nothing changes.
    pub fn load(&mut self, tensors: &[NamedTensor], wish: &Wish) -> state_dict::Report {
        let entries = self.material.network.entries();
        let report = state_dict::load(self.model.parameters_mut(), &entries, tensors, wish);
        if !report.loaded {
            return report;
        }
        // Where it began is in no text then.
        self.setup = Arc::new(Setup {
            init: None,
            ..(*self.setup).clone()
        });
        // Weights set by hand before the first update come after those of the file, as they come after those drawn.
        self.set_weights(0..self.next_change);
        // What was measured at the drawn weights.
        let parameters = self.model.parameters();
        self.last_good.copy_from_slice(parameters);
        self.first_norm = sum_of_squares(self.lanes, parameters).sqrt().widen();
        self.begin_history(&unwatched);
        report
    }

    /// Where the run is now.
    pub fn checkpoint(&self) -> Checkpoint<T> {
        Checkpoint {
            parameters: self.model.parameters().to_vec(),
            last_good: self.last_good.clone(),
            state: self.state.clone(),
            order: self.order.at(),
            dropout: self.dropout.position(),
            forcing: self.forcing.position(),
            optimizer: self.optimizer,
            clip: self.clip,
            changes: self.changes.clone(),
            next_change: self.next_change,
            updates: self.updates,
            first_loss: self.first_loss,
            first_norm: self.first_norm,
            history: self.history.clone(),
            diverged: self.diverged.clone(),
            remains: self.remains.as_deref().cloned(),
        }
    }

    /// Goes on from where a run of the same experiment was, be it before or after where this one is.
    ///
    /// # Errors
    /// If that was another network or other data; nothing has changed then.
    pub fn resume(&mut self, from: &Checkpoint<T>) -> Result<(), OtherRun> {
        let (found, expected) = (from.parameters.len(), self.model.parameters().len());
        if found != expected {
            return Err(OtherRun::Parameters { found, expected });
        }
        let (found, expected) = (from.order.order.len(), self.material.dataset.train.len());
        if found != expected {
            return Err(OtherRun::Sequences { found, expected });
        }
        // Without the rest, so that who adds to a checkpoint is reminded to put it back.
        let Checkpoint {
            parameters,
            last_good,
            state,
            order,
            dropout,
            forcing,
            optimizer,
            clip,
            changes,
            next_change,
            updates,
            first_loss,
            first_norm,
            history,
            diverged,
            remains,
        } = from;
        self.model.parameters_mut().copy_from_slice(parameters);
        self.last_good.copy_from_slice(last_good);
        self.state.copy_from(state);
        self.order.go_to(order);
        self.dropout.go_to(*dropout);
        self.forcing.go_to(*forcing);
        (self.optimizer, self.clip) = (*optimizer, *clip);
        self.changes.clone_from(changes);
        self.next_change = *next_change;
        self.updates = *updates;
        (self.first_loss, self.first_norm) = (*first_loss, *first_norm);
        self.history = history.clone();
        self.diverged.clone_from(diverged);
        self.remains = remains.clone().map(Arc::new);
        Ok(())
    }

    /// Whether the run is where this checkpoint of it was taken.
    fn is_at(&self, checkpoint: &Checkpoint<T>) -> bool {
        let changes = |changes: &[Change], next: usize| changes[..next].to_vec();
        self.updates == checkpoint.updates
            && self.diverged == checkpoint.diverged
            && changes(&self.changes, self.next_change)
                == changes(&checkpoint.changes, checkpoint.next_change)
    }

    /// Goes on from where a run was on which all changes so far were among `changes`, the first of them; the others come when
    /// their updates do.
    ///
    /// # Errors
    /// Those of [`Self::resume`], and if other changes were made on the way; nothing has changed then.
    pub fn resume_under(
        &mut self,
        from: &Checkpoint<T>,
        changes: &[Change],
    ) -> Result<(), OtherRun> {
        if !changes.starts_with(&from.changes[..from.next_change]) {
            return Err(OtherRun::Changes);
        }
        self.resume(from)?;
        self.changes = changes.to_vec();
        self.apply_changes();
        Ok(())
    }

    fn begin_history(&mut self, progress: Progress) {
        self.history = History::new(self.test_loss(progress));
        self.history.watched = Watched {
            sequences: self.watched.len(),
            of: self.material.dataset.test.len(),
        };
    }

    /// Makes one update; false once the run has diverged, or was asked to stop.
    ///
    /// Allocates nothing but the history's next part, once in 1,024 updates.
    pub fn update(&mut self) -> bool {
        if self.diverged.is_some() {
            return false;
        }
        let Material {
            dataset, answering, ..
        } = &*self.material;
        for row in 0..self.batch.size() {
            self.drawn[row] = self.order.draw();
            let span = dataset.train[self.drawn[row]];
            self.batch.gather(dataset, *answering, row, span);
        }
        let streams = [self.dropout.position(), self.forcing.position()];
        self.batch.set_lengths(self.experiment.model.masking);
        let Batch {
            workspace, target, ..
        } = &mut self.batch;
        let training = &self.experiment.training;
        let (dropout, forcing) = (&mut self.dropout, &mut self.forcing);
        workspace.train(dropout, training.teacher_forcing, forcing);
        workspace.truncate(training.truncate);
        self.model.forward(workspace, target);
        if self.stop.is_asked() {
            return false;
        }
        let loss = self.model.loss(workspace, self.material.loss, target);
        let bound = training.diverged_above * *self.first_loss.get_or_insert(loss);
        if !loss.is_finite() || loss > bound {
            let found = workspace.first_not_finite();
            let (quantity, value) = found.unwrap_or(("the loss".into(), loss));
            self.keep_remains(false, streams);
            // The update before this one has led here: the weights it began with are the last good ones.
            return self.stop(quantity, value, self.updates.saturating_sub(1));
        }
        self.model.backward(workspace, &mut self.gradient);
        if self.stop.is_asked() {
            return false;
        }
        let clipped = self.clip.apply(self.lanes, &mut self.gradient);
        self.last_good.copy_from_slice(self.model.parameters());
        let learning_rate = self.learning_rate();
        self.state.update(
            self.lanes,
            self.optimizer.with_learning_rate(learning_rate),
            self.model.parameters_mut(),
            &self.gradient,
        );
        let norm = sum_of_squares(self.lanes, self.model.parameters())
            .sqrt()
            .widen();
        if !norm.is_finite() || norm > self.norm_bound() {
            let (quantity, value) = self.parameter_out_of_bounds();
            self.keep_remains(true, streams);
            return self.stop(quantity, value, self.updates);
        }
        // Weights that no step moves any more are as they were: what they were to be divided by tells it.
        if let Some((at, value)) = self.state.frozen(clipped.norm_after, &self.gradient) {
            let entries = self.material.network.entries().into_iter();
            let mut entries = entries.filter(|entry| entry.range.contains(&at));
            let name = entries.next().map_or("a weight".into(), |entry| entry.name);
            let quantity = format!("{}’s v of {name}", self.optimizer.title());
            self.keep_remains(true, streams);
            return self.stop(quantity, value, self.updates);
        }
        // The gradient has served; its room takes how far each parameter was moved.
        let moved = self.gradient.iter_mut().zip(self.model.parameters());
        for ((moved, &now), &before) in moved.zip(&self.last_good) {
            *moved = now - before;
        }
        let update_norm = sum_of_squares(self.lanes, &self.gradient).sqrt().widen();
        self.updates += 1;
        let training = &self.experiment.training;
        let looks = self.updates.is_multiple_of(training.evaluate_every)
            || self.updates == training.updates;
        let row = Row {
            update: self.updates,
            train_loss: loss,
            test_loss: if looks {
                self.test_loss(&unwatched)
            } else {
                None
            },
            norm_before: clipped.norm_before,
            norm_after: clipped.norm_after,
            clipped: clipped.clipped,
            learning_rate,
            parameter_norm: norm,
            update_norm,
        };
        self.history.push(row);
        self.apply_changes();
        true
    }

    /// Takes the test loss after the newest update as one does after the last one that is planned: the run ends here. Where it
    /// is stopped meanwhile there is none.
    pub fn look_at_the_end(&mut self) {
        let seen = self
            .history
            .last()
            .is_none_or(|row| row.test_loss.is_some());
        if !seen
            && self.diverged.is_none()
            && let Some(loss) = self.test_loss(&unwatched)
        {
            self.history.see(loss);
        }
    }

    /// Adds the loss over the watched test sequences at the present weights to a snapshot of them, where the history has none:
    /// all measures of a run at rest are then of one state. It lacks it still where `progress` breaks.
    pub fn watch_into(&mut self, snapshot: &mut Snapshot, progress: Progress) {
        let newest = self.history.newest_test_loss();
        let set_since = self.changes[..self.next_change]
            .iter()
            .any(|change| change.update == self.updates && !change.set.is_empty());
        let is_seen = newest.is_some_and(|(update, _)| update == self.updates) && !set_since;
        if !is_seen && self.diverged.is_none() {
            snapshot.watched_loss = self.test_loss(progress);
        }
    }

    /// The learning rate of the next update: the one set, times what the schedule says.
    fn learning_rate(&self) -> f64 {
        let schedule = self.experiment.training.schedule;
        self.optimizer.learning_rate() * schedule.factor(self.updates)
    }

    /// The norm of all parameters above which the run is stopped.
    fn norm_bound(&self) -> f64 {
        PARAMETER_NORM_BOUND * (1.0 + self.first_norm)
    }

    /// Keeps what it takes to make the newest update once more: the weights as they are, after its step or before it, and where
    /// the random streams stood.
    fn keep_remains(&mut self, is_after: bool, [dropout, forcing]: [Position; 2]) {
        let parameters = self.model.parameters().iter();
        let training = &self.experiment.training;
        self.remains = Some(Arc::new(Remains {
            parameters: parameters.map(|value| value.widen()).collect(),
            is_after,
            sequences: self.drawn.clone(),
            seed: self.experiment.seed,
            dropout,
            forcing,
            masking: self.experiment.model.masking,
            truncate: training.truncate,
            teacher_forcing: training.teacher_forcing,
            loss_bound: training.diverged_above * self.first_loss.unwrap_or(f64::NAN),
            norm_bound: self.norm_bound(),
            first_norm: self.first_norm,
        }));
    }

    /// Ends the run: the weights go back to the last good ones, which were those after the update `good`.
    fn stop(&mut self, quantity: String, value: f64, good: u64) -> bool {
        self.model.parameters_mut().copy_from_slice(&self.last_good);
        self.diverged = Some(Divergence {
            update: self.updates + 1,
            quantity,
            value,
            good,
        });
        false
    }

    fn parameter_out_of_bounds(&self) -> (String, f64) {
        let entries = self.material.network.entries();
        let largest = |range: &std::ops::Range<usize>| {
            let values = self.model.parameters()[range.clone()]
                .iter()
                .map(|value| value.widen().abs());
            values.fold(0.0, |largest: f64, value| {
                if value > largest || value.is_nan() {
                    value
                } else {
                    largest
                }
            })
        };
        let values = entries
            .iter()
            .map(|entry| (entry.name.clone(), largest(&entry.range)));
        values
            .reduce(|worst, next| {
                if worst.1.is_nan() || next.1 <= worst.1 {
                    worst
                } else {
                    next
                }
            })
            .unwrap_or(("the parameters".into(), f64::NAN))
    }

    /// Puts into effect the changes whose update has come.
    fn apply_changes(&mut self) {
        while let Some(change) = self.changes.get(self.next_change) {
            if change.update > self.updates {
                return;
            }
            if let Some(rate) = change.learning_rate {
                self.optimizer = self.optimizer.with_learning_rate(rate);
            }
            self.clip = change.clip.unwrap_or(self.clip);
            self.set_weights(self.next_change..self.next_change + 1);
            self.next_change += 1;
        }
    }

    /// Sets the weights that these changes set.
    fn set_weights(&mut self, of: Range<usize>) {
        for set in self.changes[of].iter().flat_map(|change| &change.set) {
            // Whoever read it from outside has checked that it is there.
            if let Some(at) = self.material.network.parameter_index(set) {
                self.model.parameters_mut()[at] = T::value_of(set.value);
            }
        }
    }

    /// Gives the run of a sequence other numbers than the data say, from the next look at it on.
    pub fn give(&mut self, probe: Probe, set: Vec<SetWeight>) {
        self.given = (probe, set);
    }

    /// Changes rate, clipping or weights from the next update on, and records it. Changes planned for later are dropped: who
    /// changes a run on the way has left its text.
    pub fn change(&mut self, learning_rate: Option<f64>, clip: Option<Clip>, set: Vec<SetWeight>) {
        self.changes.truncate(self.next_change);
        match self.changes.last_mut() {
            Some(last) if last.update == self.updates => {
                last.learning_rate = learning_rate.or(last.learning_rate);
                last.clip = clip.or(last.clip);
                for one in set {
                    match last.set.iter_mut().find(|of| of.is_of(&one)) {
                        Some(same) => same.value = one.value,
                        None => last.set.push(one),
                    }
                }
                self.next_change -= 1;
            }
            _ => self.changes.push(Change {
                update: self.updates,
                learning_rate,
                clip,
                set,
            }),
        }
        self.apply_changes();
    }

    /// Holds forecasts against other baselines from now on. They have no part in training, so that nothing else changes.
    pub fn set_baselines(&mut self, spec: &BaselineSpec) {
        let goes_on = |_| self.stop.goes_on();
        if let Some(material) = self.material.with_baselines(spec, &Pace::new(&goes_on)) {
            self.experiment.baseline = spec.clone();
            self.material = Arc::new(material);
        }
    }

    /// Runs all sequences of a part forward, as many side by side as there is room for, and hands each batch to `look` with
    /// the spans in its first rows. Rows after them hold other sequences, whose outputs nobody asks for: no row has a part in
    /// what another one gets. It ends early where `progress` breaks, which is told the share done, or the run is asked to
    /// stop; it says so.
    fn evaluate(
        &mut self,
        spans: &[Span],
        progress: Progress,
        mut look: impl FnMut(&mut Batch<T>, &[Span]),
    ) -> ControlFlow<()> {
        let (all, mut done) = (spans.len(), 0);
        let Material {
            dataset, answering, ..
        } = &*self.material;
        let batch = self.evaluation.as_mut().unwrap_or(&mut self.batch);
        for spans in spans.chunks(batch.size().max(1)) {
            batch.workspace.evaluate();
            for (row, &span) in spans.iter().enumerate() {
                batch.gather(dataset, *answering, row, span);
            }
            batch.set_lengths(self.experiment.model.masking);
            self.model.forward(&mut batch.workspace, &batch.target);
            self.stop.goes_on()?;
            look(batch, spans);
            done += spans.len();
            progress(done as f32 / all as f32)?;
        }
        ControlFlow::Continue(())
    }

    /// The mean loss over the answers of a part at the present weights, each of which counts as much as any other: those whose
    /// targets are of that part, as many as [`Material::answers`] says. `None` if it has no sequences.
    pub fn loss(&mut self, split: Split) -> Option<f64> {
        self.loss_watched(split, &unwatched)
    }

    /// [`Trainer::loss`]; `None` too where `progress` breaks, which is told the share done.
    pub fn loss_watched(&mut self, split: Split, progress: Progress) -> Option<f64> {
        let material = Arc::clone(&self.material);
        self.mean_loss(split, material.dataset.split(split), progress)
    }

    /// The mean loss over the answers of the watched test sequences.
    fn test_loss(&mut self, progress: Progress) -> Option<f64> {
        // Lent out and put back, so that nothing is copied in the training loop.
        let watched = std::mem::take(&mut self.watched);
        let loss = self.mean_loss(Split::Test, &watched, progress);
        self.watched = watched;
        loss
    }

    /// The mean over those answers of `spans` that are of the part: each counts as much as any other, as in a batch, so that
    /// longer sequences, which have more of them, count more.
    fn mean_loss(&mut self, split: Split, spans: &[Span], progress: Progress) -> Option<f64> {
        let material = Arc::clone(&self.material);
        let masking = self.experiment.model.masking;
        let outputs = |span: &Span| outputs(&material, masking, *span);
        let partly = material.answering.is_partly_scored(&material.dataset);
        let counts =
            |span, step| (material.answering).is_scored(&material.dataset, split, span, step);
        let (mut sum, mut count) = (0.0, 0);
        let mut averaged = spans.chunks(averaged_at_once(&material));
        // How many sequences and outputs are averaged now, and how many of the sequences are still to come.
        let (mut left, mut together) = (0, 0);
        let mut terms = std::mem::take(&mut self.terms);
        let ended = self.evaluate(spans, progress, |batch, spans| {
            let Batch {
                workspace,
                target,
                answer_lengths,
                ..
            } = batch;
            for (row, &span) in spans.iter().enumerate() {
                if partly {
                    // Each answer by itself, since a window reaches back over the split: most of its answers may be of
                    // another part than the last one.
                    terms.fill(0.0);
                    workspace.add_loss(material.loss, target, row..row + 1, 1, &mut terms);
                    let answers = terms.iter().enumerate().take(answer_lengths[row]);
                    for (_, term) in answers.filter(|&(step, _)| counts(span, step)) {
                        sum += term;
                        count += 1;
                    }
                    continue;
                }
                if left == 0 {
                    let chunk = averaged.next().unwrap_or_default();
                    (left, together) = (chunk.len(), chunk.iter().map(outputs).sum());
                    terms.fill(0.0);
                }
                workspace.add_loss(material.loss, target, row..row + 1, together, &mut terms);
                left -= 1;
                if left == 0 {
                    sum += terms.iter().sum::<f64>() * together as f64;
                    count += together;
                }
            }
        });
        self.terms = terms;
        (ended.is_continue() && count > 0).then(|| sum / count as f64)
    }

    /// What is said of the rows after sequences of a part (of classes at every step where they are told there), in the data's
    /// own units; at most `limit` sequences, from the end.
    pub fn forecasts(&mut self, split: Split, limit: usize) -> Forecasts {
        let forecasts = self.forecasts_watched(split, limit, &unwatched);
        forecasts.unwrap_or_default()
    }

    /// [`Trainer::forecasts`]; `None` where `progress` breaks, which is told the share done.
    pub fn forecasts_watched(
        &mut self,
        split: Split,
        limit: usize,
        progress: Progress,
    ) -> Option<Forecasts> {
        let material = Arc::clone(&self.material);
        let dataset = &material.dataset;
        let answering = material.answering;
        let spans = dataset.split(split);
        let skipped = spans.len().saturating_sub(limit);
        let classes = matches!(dataset.targets, Targets::Classes { .. });
        let count = memory::forecasts(&material.network, dataset, split, limit);
        let outputs = dataset.output_size();
        let mut forecasts = Forecasts {
            skipped,
            of: spans.len(),
            sequences: Vec::with_capacity(count),
            rows: Vec::with_capacity(count),
            outputs,
            values: Vec::with_capacity(count * outputs),
        };
        let mut sequence = skipped;
        let ended = self.evaluate(&spans[skipped..], progress, |batch, spans| {
            let y = batch.workspace.y();
            for (row, span) in spans.iter().enumerate() {
                let rows = answering.rows(*span);
                if answering == Answering::RowByRow {
                    forecasts.sequences.push(sequence);
                    forecasts.rows.push(rows.start);
                    let said = y.slice(s![.., row, ..]);
                    let said = said.iter().enumerate().map(|(output, scaled)| {
                        dataset.in_own_units(rows.start, output, scaled.widen())
                    });
                    forecasts.values.extend(said);
                    sequence += 1;
                    continue;
                }
                let steps = rows.len().min(y.dim().0);
                // Classes are asked at every step there is an answer, a series for its last value only: its other
                // answers are those of the sequences before.
                let asked = if classes { 0..steps } else { steps - 1..steps };
                for step in asked {
                    forecasts.sequences.push(sequence);
                    forecasts.rows.push(rows.end - steps + step);
                    for output in 0..forecasts.outputs {
                        let scaled = y[[step, row, output]].widen();
                        let row_of_data = rows.end - steps + step;
                        forecasts
                            .values
                            .push(dataset.in_own_units(row_of_data, output, scaled));
                    }
                }
                sequence += 1;
            }
        });
        ended.is_continue().then_some(forecasts)
    }

    /// The probe's record at the present weights, and the gradient of its loss.
    pub fn probe(&self, probe: Probe) -> ProbeRecord {
        let material = &self.material;
        let spans = material.dataset.split(probe.split);
        let index = probe.index.min(spans.len().saturating_sub(1));
        let masking = self.experiment.model.masking;
        // Alone a sequence has no padding, unless it is meant to be run through.
        let (source, target) = spans.get(index).filter(|_| masking).map_or(
            (material.seq_len, material.answer_len),
            |&span| {
                let answer_len = material.answering.len(&material.dataset, span);
                (span.len.max(1), answer_len.max(1))
            },
        );
        let room = Lengths { source, target };
        let mut batch = Batch::<T>::with_room(material, room, 1, Record::Everything, &self.stop);
        if let Some(&span) = spans.get(index) {
            batch.gather(&material.dataset, material.answering, 0, span);
        }
        batch.set_lengths(masking);
        let Batch {
            mut workspace,
            target,
            ..
        } = batch;
        workspace.truncate(self.experiment.training.truncate);
        if self.given.0 == probe {
            for set in &self.given.1 {
                if let Some(spot) = material.network.given_at(&set.parameter, &set.index) {
                    workspace.set_given(spot, T::value_of(set.value));
                }
            }
        }
        let mut gradient = vec![T::ZERO; self.model.parameters().len()];
        self.model.forward(&mut workspace, &target);
        let loss = self.model.loss(&mut workspace, material.loss, &target);
        self.model.backward(&mut workspace, &mut gradient);
        let gradient = gradient.iter().map(|g| g.widen()).collect();
        let terms = workspace.terms().to_vec();
        let (parts, attention) = workspace.into_record();
        let (flows, extents) = ProbeRecord::derive(&parts);
        ProbeRecord {
            flows,
            extents,
            attention_adjoints: ProbeRecord::largest_adjoints(&attention),
            split: probe.split,
            index,
            rows: spans
                .get(index)
                .map_or(0..0, |&span| material.answering.rows(span)),
            parts,
            attention,
            truncate: match &self.material.network {
                Network::Recurrent(_) => self.experiment.training.truncate,
                Network::EncoderDecoder(_) | Network::SelfAttention(_) => None,
            },
            target: match target {
                Target::Values(values) => Target::Values(values.mapv(T::widen)),
                Target::Classes(classes) => Target::Classes(classes),
            },
            loss,
            terms,
            gradient,
        }
    }

    /// What is to come after the probe, and after the end of the data.
    fn ahead(&mut self, probe: Probe) -> Vec<Ahead> {
        let (material, model) = (&*self.material, &self.model);
        let Some(rows) = ahead::rows_ahead(material) else {
            return Vec::new();
        };
        let spans = material.dataset.split(probe.split);
        let of_probe = spans.get(probe.index.min(spans.len().saturating_sub(1)));
        let outlook = material.source.iter().flat_map(|source| &source.outlook);
        let last = outlook.filter_map(|outlook| Some(outlook.future.last()?.span));
        let all: Vec<Span> = of_probe.copied().into_iter().chain(last).collect();
        let Some(source) = all.iter().map(|span| span.len).max() else {
            return Vec::new();
        };
        let room = Lengths {
            source,
            target: material.answer_len,
        };
        let kept = self.ahead.take().filter(|batch| batch.room == room);
        let mut batch = kept.unwrap_or_else(|| {
            let mut batch = Batch::with_room(material, room, 1, Record::Training, &self.stop);
            batch.workspace.evaluate();
            batch
        });
        let mut run = |window: &[f64]| -> Vec<f64> {
            let mut x = batch.workspace.x_mut().view_mut();
            for (x, &value) in x.iter_mut().zip(window) {
                *x = T::value_of(value);
            }
            batch.lengths[0] = window.len() / x.dim().2.max(1);
            batch.answer_lengths[0] = material.answer_len;
            batch.set_lengths(true);
            model.forward(&mut batch.workspace, &batch.target);
            let y = batch.workspace.y();
            let first = match material.answering {
                Answering::RowByRow => 0,
                _ => (batch.lengths[0].min(y.dim().0)).saturating_sub(1),
            };
            let said = y.slice(s![first.., 0, ..]);
            let outputs = material.dataset.output_size();
            said.iter().take(outputs).map(|y| y.widen()).collect()
        };
        let stop = &self.stop;
        let seen = all
            .iter()
            .take_while(|_| !stop.is_asked())
            .filter_map(|&span| ahead::look_ahead(material, span, rows, &mut run))
            .collect();
        self.ahead = Some(batch).filter(|_| material.memory.keeps_ahead);
        seen
    }

    /// A snapshot without what is said of all sequences: forecasts, scores and what is to come.
    fn snapshot_of_probe(&self, probe: Probe) -> Snapshot {
        let planned = self.experiment.training.updates;
        Snapshot {
            scores: [Vec::new(), Vec::new()],
            accuracies: [None, None],
            ahead: Vec::new(),
            train: Arc::default(),
            test: Arc::default(),
            test_loss: None,
            watched_loss: None,
            // The weights of a run that has ended are the last good ones.
            update: match &self.diverged {
                Some(divergence) => divergence.good,
                None => self.updates,
            },
            planned,
            precision: self.experiment.training.precision,
            model: self.model.widened(),
            probe: self.probe(probe),
            history: self.history.clone(),
            optimizer: self.optimizer,
            learning_rate: self.learning_rate(),
            clip: self.clip,
            changes: self.changes[..self.next_change].to_vec(),
            remains: self.remains.clone(),
            status: match &self.diverged {
                Some(divergence) => Status::Diverged(divergence.clone()),
                None if self.updates >= planned => Status::Finished,
                None => Status::Paused,
            },
            material: Arc::clone(&self.material),
            setup: Arc::clone(&self.setup),
        }
    }

    /// Adds to a snapshot at the present weights what it lacks; it lacks it still where that was broken off.
    fn forecast_into(
        &mut self,
        snapshot: &mut Snapshot,
        forecasts: usize,
        progress: Progress,
    ) -> ControlFlow<()> {
        let counts = Split::ALL.map(|split| self.material.dataset.split(split).len());
        let [of_train, of_test] = counts.map(|count| count.min(forecasts) as f32);
        let all = (of_train + of_test).max(1.0);
        let first = |share: f32| progress(share * of_train / all);
        let second = |share: f32| progress((of_train + share * of_test) / all);
        let train = self.forecasts_watched(Split::Train, forecasts, &first);
        let test = self.forecasts_watched(Split::Test, forecasts, &second);
        let (Some(train), Some(test)) = (train, test) else {
            return ControlFlow::Break(());
        };
        snapshot.scores = [&train, &test].map(|of_part| of_part.scores(&self.material));
        snapshot.accuracies = [&train, &test].map(|of_part| of_part.accuracy(&self.material));
        (snapshot.train, snapshot.test) = (Arc::new(train), Arc::new(test));
        self.look_ahead_into(snapshot)
    }

    /// Adds to a snapshot at the present weights what it lacks, as far as `before` has it, which is of the same weights.
    fn forecast_as(&mut self, snapshot: &mut Snapshot, before: &Snapshot) -> ControlFlow<()> {
        (snapshot.train, snapshot.test) = (Arc::clone(&before.train), Arc::clone(&before.test));
        (snapshot.accuracies, snapshot.test_loss) = (before.accuracies, before.test_loss);
        snapshot.watched_loss = before.watched_loss;
        snapshot.scores.clone_from(&before.scores);
        if !Arc::ptr_eq(&before.material, &self.material) {
            let material = Arc::clone(&self.material);
            snapshot.set_baselines_of(&material);
        }
        self.look_ahead_into(snapshot)
    }

    fn look_ahead_into(&mut self, snapshot: &mut Snapshot) -> ControlFlow<()> {
        snapshot.ahead = self.ahead(Probe {
            split: snapshot.probe.split,
            index: snapshot.probe.index,
        });
        self.stop.goes_on()
    }

    fn snapshot(&mut self, probe: Probe, forecasts: usize) -> Snapshot {
        let mut snapshot = self.snapshot_of_probe(probe);
        // Broken off only where the run was asked to stop, and then nobody looks at it.
        let _ = self.forecast_into(&mut snapshot, forecasts, &unwatched);
        snapshot
    }

    /// The weights under their names, as f64.
    fn weights(&self) -> Vec<NamedTensor> {
        let values: Vec<f64> = self.model.parameters().iter().map(|p| p.widen()).collect();
        state_dict::by_parameter(self.material.network.entries(), &values)
    }
}

/// A trainer in the precision that the experiment asks for.
pub enum AnyTrainer {
    /// In f32.
    Single(Box<Trainer<f32>>),
    /// In f64.
    Double(Box<Trainer<f64>>),
}

impl AnyTrainer {
    /// The run before its first update.
    pub fn new(experiment: &Experiment, material: Arc<Material>) -> Self {
        Self::until(experiment, material, &Stop::default(), &unwatched)
    }

    /// See [`Trainer::until`].
    pub fn until(
        experiment: &Experiment,
        material: Arc<Material>,
        stop: &Stop,
        progress: Progress,
    ) -> Self {
        match experiment.training.precision {
            Precision::F32 => AnyTrainer::Single(Box::new(Trainer::until(
                experiment, material, stop, progress,
            ))),
            Precision::F64 => AnyTrainer::Double(Box::new(Trainer::until(
                experiment, material, stop, progress,
            ))),
        }
    }

    /// See [`Trainer::look_at_the_end`].
    pub fn look_at_the_end(&mut self) {
        match self {
            AnyTrainer::Single(trainer) => trainer.look_at_the_end(),
            AnyTrainer::Double(trainer) => trainer.look_at_the_end(),
        }
    }

    /// See [`Trainer::stop_on`].
    pub fn stop_on(&mut self, stop: &Stop) {
        match self {
            AnyTrainer::Single(trainer) => trainer.stop_on(stop),
            AnyTrainer::Double(trainer) => trainer.stop_on(stop),
        }
    }

    /// The weights at present, under their names.
    pub fn weights(&self) -> Vec<NamedTensor> {
        match self {
            AnyTrainer::Single(trainer) => trainer.weights(),
            AnyTrainer::Double(trainer) => trainer.weights(),
        }
    }

    /// See [`Trainer::load`].
    pub fn load(&mut self, tensors: &[NamedTensor], wish: &Wish) -> state_dict::Report {
        match self {
            AnyTrainer::Single(trainer) => trainer.load(tensors, wish),
            AnyTrainer::Double(trainer) => trainer.load(tensors, wish),
        }
    }

    /// See [`Trainer::checkpoint`].
    pub fn checkpoint(&self) -> AnyCheckpoint {
        match self {
            AnyTrainer::Single(trainer) => AnyCheckpoint::Single(Box::new(trainer.checkpoint())),
            AnyTrainer::Double(trainer) => AnyCheckpoint::Double(Box::new(trainer.checkpoint())),
        }
    }

    /// See [`Trainer::resume`].
    ///
    /// # Errors
    /// Likewise, and if the precision is another.
    pub fn resume(&mut self, from: &AnyCheckpoint) -> Result<(), OtherRun> {
        match (self, from) {
            (AnyTrainer::Single(trainer), AnyCheckpoint::Single(from)) => trainer.resume(from),
            (AnyTrainer::Double(trainer), AnyCheckpoint::Double(from)) => trainer.resume(from),
            (AnyTrainer::Single(_), AnyCheckpoint::Double(_)) => Err(OtherRun::Precision {
                found: Precision::F64,
                expected: Precision::F32,
            }),
            (AnyTrainer::Double(_), AnyCheckpoint::Single(_)) => Err(OtherRun::Precision {
                found: Precision::F32,
                expected: Precision::F64,
            }),
        }
    }

    /// Whether the run is where this checkpoint of it was taken.
    pub fn is_at(&self, checkpoint: &AnyCheckpoint) -> bool {
        match (self, checkpoint) {
            (AnyTrainer::Single(trainer), AnyCheckpoint::Single(taken)) => trainer.is_at(taken),
            (AnyTrainer::Double(trainer), AnyCheckpoint::Double(taken)) => trainer.is_at(taken),
            _ => false,
        }
    }

    /// See [`Trainer::resume_under`].
    ///
    /// # Errors
    /// Likewise, and if the precision is another.
    pub fn resume_under(
        &mut self,
        from: &AnyCheckpoint,
        changes: &[Change],
    ) -> Result<(), OtherRun> {
        match (self, from) {
            (AnyTrainer::Single(trainer), AnyCheckpoint::Single(from)) => {
                trainer.resume_under(from, changes)
            }
            (AnyTrainer::Double(trainer), AnyCheckpoint::Double(from)) => {
                trainer.resume_under(from, changes)
            }
            (trainer, from) => trainer.resume(from),
        }
    }

    /// Makes one update; false once the run has diverged, or was asked to stop.
    pub fn update(&mut self) -> bool {
        match self {
            AnyTrainer::Single(trainer) => trainer.update(),
            AnyTrainer::Double(trainer) => trainer.update(),
        }
    }

    /// The mean loss over a part at the present weights; `None` if it has no sequences.
    pub fn loss(&mut self, split: Split) -> Option<f64> {
        match self {
            AnyTrainer::Single(trainer) => trainer.loss(split),
            AnyTrainer::Double(trainer) => trainer.loss(split),
        }
    }

    /// See [`Trainer::loss_watched`].
    pub fn loss_watched(&mut self, split: Split, progress: Progress) -> Option<f64> {
        match self {
            AnyTrainer::Single(trainer) => trainer.loss_watched(split, progress),
            AnyTrainer::Double(trainer) => trainer.loss_watched(split, progress),
        }
    }

    /// See [`Trainer::set_baselines`].
    pub fn set_baselines(&mut self, spec: &BaselineSpec) {
        match self {
            AnyTrainer::Single(trainer) => trainer.set_baselines(spec),
            AnyTrainer::Double(trainer) => trainer.set_baselines(spec),
        }
    }

    /// What is trained on, with the baselines in effect.
    pub fn material(&self) -> &Arc<Material> {
        match self {
            AnyTrainer::Single(trainer) => &trainer.material,
            AnyTrainer::Double(trainer) => &trainer.material,
        }
    }

    /// How many updates have been made.
    pub fn updates(&self) -> u64 {
        match self {
            AnyTrainer::Single(trainer) => trainer.updates,
            AnyTrainer::Double(trainer) => trainer.updates,
        }
    }

    /// All rows so far.
    pub fn history(&self) -> &History {
        match self {
            AnyTrainer::Single(trainer) => &trainer.history,
            AnyTrainer::Double(trainer) => &trainer.history,
        }
    }

    /// See [`Trainer::change`].
    pub fn change(&mut self, learning_rate: Option<f64>, clip: Option<Clip>, set: Vec<SetWeight>) {
        match self {
            AnyTrainer::Single(trainer) => trainer.change(learning_rate, clip, set),
            AnyTrainer::Double(trainer) => trainer.change(learning_rate, clip, set),
        }
    }

    /// See [`Trainer::give`].
    pub fn give(&mut self, probe: Probe, set: Vec<SetWeight>) {
        match self {
            AnyTrainer::Single(trainer) => trainer.give(probe, set),
            AnyTrainer::Double(trainer) => trainer.give(probe, set),
        }
    }

    /// Everything there is to see at the present weights; at most `forecasts` forecasts of each part, from the end.
    pub fn snapshot(&mut self, probe: Probe, forecasts: usize) -> Snapshot {
        match self {
            AnyTrainer::Single(trainer) => trainer.snapshot(probe, forecasts),
            AnyTrainer::Double(trainer) => trainer.snapshot(probe, forecasts),
        }
    }

    /// [`AnyTrainer::snapshot`] without what is said of all sequences: forecasts, scores and what is to come.
    pub fn snapshot_of_probe(&self, probe: Probe) -> Snapshot {
        match self {
            AnyTrainer::Single(trainer) => trainer.snapshot_of_probe(probe),
            AnyTrainer::Double(trainer) => trainer.snapshot_of_probe(probe),
        }
    }

    /// Adds to a snapshot at the present weights what [`AnyTrainer::snapshot_of_probe`] leaves out; `progress` is told the share
    /// done. Where it breaks the snapshot lacks it still.
    pub fn forecast_into(
        &mut self,
        snapshot: &mut Snapshot,
        forecasts: usize,
        progress: Progress,
    ) -> ControlFlow<()> {
        match self {
            AnyTrainer::Single(trainer) => trainer.forecast_into(snapshot, forecasts, progress),
            AnyTrainer::Double(trainer) => trainer.forecast_into(snapshot, forecasts, progress),
        }
    }

    /// See [`Trainer::watch_into`].
    pub fn watch_into(&mut self, snapshot: &mut Snapshot, progress: Progress) {
        match self {
            AnyTrainer::Single(trainer) => trainer.watch_into(snapshot, progress),
            AnyTrainer::Double(trainer) => trainer.watch_into(snapshot, progress),
        }
    }

    /// Adds the same, as far as it says nothing of the probe, from a snapshot `before` at the same weights.
    pub fn forecast_as(&mut self, snapshot: &mut Snapshot, before: &Snapshot) -> ControlFlow<()> {
        match self {
            AnyTrainer::Single(trainer) => trainer.forecast_as(snapshot, before),
            AnyTrainer::Double(trainer) => trainer.forecast_as(snapshot, before),
        }
    }
}
