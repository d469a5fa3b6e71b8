//! An experiment being trained, update by update.

use super::ahead::{self, Ahead};
use super::batch::{self, Order};
use super::history::{History, Row, Watched};
use super::snapshot::{Forecasts, ProbeRecord, Snapshot, Status};
use super::stepwise::Stepwise;
use crate::data::{Dataset, Span, Split, Targets};
use crate::experiment::{Answering, BaselineSpec, Change, Experiment, Material, Precision, Probe};
use crate::nn::kernel::reduce::sum_of_squares;
use crate::nn::seq2seq::Lengths;
use crate::nn::state_dict::{self, NamedTensor};
use crate::nn::{
    AnyModel, AnyWorkspace, Clip, Lanes, Optimizer, OptimizerState, Real, Record, Target,
};
use crate::random::Stream;
use ndarray::s;
use std::sync::Arc;

/// At most so many test sequences are looked at during training, evenly spread: on a long series all of them would take
/// longer than the training between two looks. [`Trainer::loss`] takes all.
pub const WATCHED: usize = 2_048;

/// At most so many sequences are evaluated side by side.
const EVALUATED_AT_ONCE: usize = 64;

/// Where sequences are long, fewer are evaluated side by side: so many that their states are about as many as this.
const EVALUATED_STATES: usize = 1 << 22;

/// How many sequences of a material are evaluated side by side.
fn evaluated_at_once(material: &Material) -> usize {
    let network = &material.network;
    let steps = material.seq_len.max(material.answer_len);
    let states = steps * network.hidden_size() * network.num_layers();
    (EVALUATED_STATES / states.max(1)).clamp(1, EVALUATED_AT_ONCE)
}

/// A run is stopped when the norm of its parameters is above this many times the first one (plus 1).
pub const PARAMETER_NORM_BOUND: f64 = 1e6;

/// Where and how a run diverged.
#[derive(Clone, Debug, PartialEq)]
pub struct Divergence {
    /// The update that could not be made, from 1.
    pub update: u64,
    /// The quantity where it began, in words.
    pub quantity: String,
    /// What was seen there.
    pub value: f64,
}

/// A batch's record and targets, reused for every batch of its size.
struct Batch<T> {
    workspace: AnyWorkspace<T>,
    /// How many steps it has room for.
    room: Lengths,
    /// How many steps each sequence has.
    lengths: Vec<usize>,
    /// How many steps each sequence's answer has on the time axis of the outputs.
    answer_lengths: Vec<usize>,
    target: Target<T>,
    /// Where some steps may not count: what their loss is taken with.
    stepwise: Option<Stepwise<T>>,
}

impl<T: Real> Batch<T> {
    /// Room for `batch` sequences of any length of the material's.
    fn new(material: &Material, batch: usize) -> Self {
        let room = Lengths {
            source: material.seq_len,
            target: material.answer_len,
        };
        Self::with_room(material, room, batch, Record::Training)
    }

    /// Room for `batch` sequences of up to `room.source` steps, whose answers, if they are written afterwards, have up to
    /// `room.target`.
    fn with_room(material: &Material, room: Lengths, batch: usize, record: Record) -> Self {
        let network = &material.network;
        let mut workspace = AnyWorkspace::new(network, room, batch, record);
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
        let partly = answering.is_partly_scored(&material.dataset);
        let outputs = answering.output_size(&material.dataset);
        Self {
            workspace,
            room,
            lengths: vec![room.source; batch],
            answer_lengths: vec![steps; batch],
            stepwise: partly.then(|| Stepwise::new(&target, batch, outputs)),
            target,
        }
    }

    /// How many sequences it has room for.
    fn size(&self) -> usize {
        self.lengths.len()
    }

    /// Copies sequence `span` into row `row`.
    fn gather(&mut self, dataset: &Dataset, answering: Answering, row: usize, span: Span) {
        let source = (self.workspace.x_mut(), &mut self.lengths[..]);
        let answers = (&mut self.target, &mut self.answer_lengths[..]);
        batch::gather(dataset, span, answering, row, source, answers);
    }

    /// Tells the workspace where sequences end; without `masking` they are run through to the end of the batch.
    fn set_lengths(&mut self, masking: bool) {
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

/// An experiment being trained in one precision.
pub struct Trainer<T> {
    experiment: Experiment,
    material: Arc<Material>,
    lanes: Lanes,
    model: AnyModel<T>,
    state: OptimizerState<T>,
    order: Order,
    /// Where dropout masks come from.
    dropout: Stream,
    /// Where it comes from whether a decoder is taught.
    forcing: Stream,
    batch: Batch<T>,
    gradient: Vec<T>,
    /// The weights before the newest update, for the case that it leads nowhere.
    last_good: Vec<T>,
    evaluation: Vec<Batch<T>>,
    /// Room for one sequence to look ahead of; none before the first look.
    ahead: Option<Batch<T>>,
    /// The test sequences that are looked at during training.
    watched: Vec<Span>,
    optimizer: Optimizer,
    clip: Clip,
    changes: Vec<Change>,
    next_change: usize,
    updates: u64,
    first_loss: Option<f64>,
    first_norm: f64,
    history: History,
    diverged: Option<Divergence>,
}

impl<T: Real> Trainer<T> {
    /// The run before its first update.
    pub fn new(experiment: &Experiment, material: Arc<Material>) -> Self {
        let training = &experiment.training;
        let model = AnyModel::new(
            &material.network,
            &experiment.model.init,
            &mut Stream::new(experiment.seed, "init"),
        );
        let dataset = &material.dataset;
        let batch_size = training.batch_size.min(dataset.train.len());
        let count = dataset.test.len().min(WATCHED);
        let watched: Vec<Span> = (0..count)
            .map(|index| dataset.test[index * dataset.test.len() / count])
            .collect();
        let evaluated = count.min(evaluated_at_once(&material));
        let left = count % evaluated.max(1);
        let sizes = [evaluated, left]
            .into_iter()
            .filter(|&size| size > 0 && size != batch_size);
        let count = model.parameters().len();
        let lanes = Lanes::detect();
        let mut trainer = Self {
            lanes,
            state: OptimizerState::new(count),
            order: Order::new(experiment.seed, dataset.train.len()),
            dropout: Stream::new(experiment.seed, "dropout"),
            forcing: Stream::new(experiment.seed, "teacher forcing"),
            batch: Batch::new(&material, batch_size),
            gradient: vec![T::ZERO; count],
            last_good: model.parameters().to_vec(),
            watched,
            evaluation: sizes.map(|size| Batch::new(&material, size)).collect(),
            ahead: None,
            optimizer: training.optimizer,
            clip: training.clip,
            changes: training.changes.clone(),
            next_change: 0,
            updates: 0,
            first_loss: None,
            first_norm: sum_of_squares(lanes, model.parameters()).sqrt().widen(),
            history: History::default(),
            diverged: None,
            experiment: experiment.clone(),
            model,
            material,
        };
        trainer.begin_history();
        trainer.apply_changes();
        trainer
    }

    /// Before the first update: begins from weights of a file instead of the drawn ones, as far as the file has them.
    pub fn load(&mut self, tensors: &[NamedTensor]) -> state_dict::Report {
        let entries = self.material.network.entries();
        let report = state_dict::load(self.model.parameters_mut(), &entries, tensors);
        // What was measured at the drawn weights.
        let parameters = self.model.parameters();
        self.last_good.copy_from_slice(parameters);
        self.first_norm = sum_of_squares(self.lanes, parameters).sqrt().widen();
        self.begin_history();
        report
    }

    fn begin_history(&mut self) {
        self.history = History::new(self.test_loss());
        self.history.watched = Watched {
            sequences: self.watched.len(),
            of: self.material.dataset.test.len(),
        };
    }

    /// Makes one update; false once the run has diverged.
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
            self.batch
                .gather(dataset, *answering, row, dataset.train[self.order.draw()]);
        }
        self.batch.set_lengths(self.experiment.model.masking);
        let Batch {
            workspace, target, ..
        } = &mut self.batch;
        let training = &self.experiment.training;
        let (dropout, forcing) = (&mut self.dropout, &mut self.forcing);
        workspace.train(dropout, training.teacher_forcing, forcing);
        workspace.truncate(training.truncate);
        self.model.forward(workspace, target);
        let loss = self.model.loss(workspace, self.material.loss, target);
        let bound = training.diverged_above * *self.first_loss.get_or_insert(loss);
        if !loss.is_finite() || loss > bound {
            let found = workspace.first_not_finite();
            let (quantity, value) = found.unwrap_or(("the loss".into(), loss));
            return self.stop(quantity, value);
        }
        self.model.backward(workspace, &mut self.gradient);
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
        if !norm.is_finite() || norm > PARAMETER_NORM_BOUND * (1.0 + self.first_norm) {
            let (quantity, value) = self.parameter_out_of_bounds();
            return self.stop(quantity, value);
        }
        self.updates += 1;
        let training = &self.experiment.training;
        let looks = self.updates.is_multiple_of(training.evaluate_every)
            || self.updates == training.updates;
        let row = Row {
            update: self.updates,
            train_loss: loss,
            test_loss: if looks { self.test_loss() } else { None },
            norm_before: clipped.norm_before,
            norm_after: clipped.norm_after,
            clipped: clipped.clipped,
            learning_rate,
        };
        self.history.push(row);
        self.apply_changes();
        true
    }

    /// The learning rate of the next update: the one set, times what the schedule says.
    fn learning_rate(&self) -> f64 {
        let schedule = self.experiment.training.schedule;
        self.optimizer.learning_rate() * schedule.factor(self.updates)
    }

    /// Ends the run: the weights go back to the last good ones.
    fn stop(&mut self, quantity: String, value: f64) -> bool {
        self.model.parameters_mut().copy_from_slice(&self.last_good);
        self.diverged = Some(Divergence {
            update: self.updates + 1,
            quantity,
            value,
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
            self.next_change += 1;
        }
    }

    /// Changes rate or clipping from the next update on, and records it. Changes planned for later are dropped: who
    /// changes a run on the way has left its text.
    pub fn change(&mut self, learning_rate: Option<f64>, clip: Option<Clip>) {
        self.changes.truncate(self.next_change);
        match self.changes.last_mut() {
            Some(last) if last.update == self.updates => {
                last.learning_rate = learning_rate.or(last.learning_rate);
                last.clip = clip.or(last.clip);
                self.next_change -= 1;
            }
            _ => self.changes.push(Change {
                update: self.updates,
                learning_rate,
                clip,
            }),
        }
        self.apply_changes();
    }

    /// Holds forecasts against other baselines from now on. They have no part in training, so that nothing else changes.
    pub fn set_baselines(&mut self, spec: &BaselineSpec) {
        self.experiment.baseline = spec.clone();
        self.material = Arc::new(self.material.with_baselines(spec));
    }

    /// Runs all sequences of a part forward and hands each batch to `look`, with the spans in it.
    fn evaluate(
        &mut self,
        spans: &[Span],
        mut look: impl FnMut(&AnyModel<T>, &mut Batch<T>, &[Span]),
    ) {
        let Material {
            dataset, answering, ..
        } = &*self.material;
        for spans in spans.chunks(evaluated_at_once(&self.material)) {
            // The training batch serves as well where it is as large: between two updates nothing in it is needed.
            let fits = |batch: &Batch<T>| batch.size() == spans.len();
            if !fits(&self.batch) && !self.evaluation.iter().any(fits) {
                self.evaluation
                    .push(Batch::new(&self.material, spans.len()));
            }
            let mut batches = std::iter::once(&mut self.batch).chain(&mut self.evaluation);
            let Some(batch) = batches.find(|batch| fits(batch)) else {
                continue;
            };
            batch.workspace.evaluate();
            for (row, &span) in spans.iter().enumerate() {
                batch.gather(dataset, *answering, row, span);
            }
            batch.set_lengths(self.experiment.model.masking);
            self.model.forward(&mut batch.workspace, &batch.target);
            look(&self.model, batch, spans);
        }
    }

    /// The mean loss over the answers of a part at the present weights, each of which counts as much as any other: those whose
    /// targets are of that part, as many as [`Material::answers`] says. `None` if it has no sequences.
    pub fn loss(&mut self, split: Split) -> Option<f64> {
        let material = Arc::clone(&self.material);
        self.mean_loss(split, material.dataset.split(split))
    }

    /// The mean loss over the answers of the watched test sequences.
    fn test_loss(&mut self) -> Option<f64> {
        // Lent out and put back, so that nothing is copied in the training loop.
        let watched = std::mem::take(&mut self.watched);
        let loss = self.mean_loss(Split::Test, &watched);
        self.watched = watched;
        loss
    }

    fn mean_loss(&mut self, split: Split, spans: &[Span]) -> Option<f64> {
        let material = Arc::clone(&self.material);
        let Material {
            dataset,
            answering,
            loss,
            ..
        } = &*material;
        let loss = *loss;
        // Each answer counts as much as any other, as in a batch: longer sequences have more of them.
        let (mut sum, mut count) = (0.0, 0);
        self.evaluate(spans, |model, batch, spans| {
            if let Some(stepwise) = &mut batch.stepwise {
                let lengths = &batch.answer_lengths;
                let counts = |step, sequence: usize| {
                    step < lengths[sequence]
                        && answering.is_scored(dataset, split, spans[sequence], step)
                };
                let of_batch = stepwise.sum(loss, batch.workspace.y(), &batch.target, counts);
                sum += of_batch.0;
                count += of_batch.1;
                return;
            }
            let steps = batch.workspace.y().dim().0;
            let lengths = batch.answer_lengths.iter();
            let outputs: usize = lengths.map(|&len| len.min(steps)).sum();
            sum += model.loss(&mut batch.workspace, loss, &batch.target) * outputs as f64;
            count += outputs;
        });
        (count > 0).then(|| sum / count as f64)
    }

    /// What is said of the rows after sequences of a part (of classes at every step where they are told there), in the data's
    /// own units; at most `limit` sequences, from the end.
    pub fn forecasts(&mut self, split: Split, limit: usize) -> Forecasts {
        let material = Arc::clone(&self.material);
        let dataset = &material.dataset;
        let answering = material.answering;
        let spans = dataset.split(split);
        let skipped = spans.len().saturating_sub(limit);
        let classes = matches!(dataset.targets, Targets::Classes { .. });
        let mut forecasts = Forecasts {
            skipped,
            of: spans.len(),
            sequences: Vec::new(),
            rows: Vec::new(),
            outputs: dataset.output_size(),
            values: Vec::new(),
        };
        let mut sequence = skipped;
        self.evaluate(&spans[skipped..], |_, batch, spans| {
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
        forecasts
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
        let mut batch = Batch::<T>::with_room(material, room, 1, Record::Everything);
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
        let mut gradient = vec![T::ZERO; self.model.parameters().len()];
        self.model.forward(&mut workspace, &target);
        let loss = self.model.loss(&mut workspace, material.loss, &target);
        self.model.backward(&mut workspace, &mut gradient);
        let parts = workspace.parts();
        let (flows, extents) = ProbeRecord::derive(&parts);
        ProbeRecord {
            flows,
            extents,
            split: probe.split,
            index,
            rows: spans
                .get(index)
                .map_or(0..0, |&span| material.answering.rows(span)),
            parts,
            attention: workspace.attention(0),
            target: match target {
                Target::Values(values) => Target::Values(values.mapv(T::widen)),
                Target::Classes(classes) => Target::Classes(classes),
            },
            loss,
            terms: workspace.terms().to_vec(),
            gradient: gradient.iter().map(|g| g.widen()).collect(),
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
        let batch = self.ahead.insert(kept.unwrap_or_else(|| {
            let mut batch = Batch::with_room(material, room, 1, Record::Training);
            batch.workspace.evaluate();
            batch
        }));
        let mut run = |window: &[f64]| -> Vec<f64> {
            let mut x = batch.workspace.x_mut().view_mut();
            for (x, &value) in x.iter_mut().zip(window) {
                *x = T::of(value);
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
        all.iter()
            .filter_map(|&span| ahead::look_ahead(material, span, rows, &mut run))
            .collect()
    }

    fn snapshot(&mut self, probe: Probe, forecasts: usize) -> Snapshot {
        let planned = self.experiment.training.updates;
        let train = self.forecasts(Split::Train, forecasts);
        let test = self.forecasts(Split::Test, forecasts);
        Snapshot {
            scores: [&train, &test].map(|forecasts| forecasts.scores(&self.material)),
            accuracies: [&train, &test].map(|forecasts| forecasts.accuracy(&self.material)),
            ahead: self.ahead(probe),
            train,
            test,
            test_loss: None,
            update: self.updates,
            planned,
            precision: self.experiment.training.precision,
            model: self.model.widened(),
            probe: self.probe(probe),
            history: self.history.clone(),
            optimizer: self.optimizer,
            learning_rate: self.learning_rate(),
            clip: self.clip,
            changes: self.changes[..self.next_change].to_vec(),
            status: match &self.diverged {
                Some(divergence) => Status::Diverged(divergence.clone()),
                None if self.updates >= planned => Status::Finished,
                None => Status::Paused,
            },
            material: Arc::clone(&self.material),
        }
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
        match experiment.training.precision {
            Precision::F32 => AnyTrainer::Single(Box::new(Trainer::new(experiment, material))),
            Precision::F64 => AnyTrainer::Double(Box::new(Trainer::new(experiment, material))),
        }
    }

    /// See [`Trainer::load`].
    pub fn load(&mut self, tensors: &[NamedTensor]) -> state_dict::Report {
        match self {
            AnyTrainer::Single(trainer) => trainer.load(tensors),
            AnyTrainer::Double(trainer) => trainer.load(tensors),
        }
    }

    /// Makes one update; false once the run has diverged.
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

    /// Changes rate or clipping from the next update on, and records it.
    pub fn change(&mut self, learning_rate: Option<f64>, clip: Option<Clip>) {
        match self {
            AnyTrainer::Single(trainer) => trainer.change(learning_rate, clip),
            AnyTrainer::Double(trainer) => trainer.change(learning_rate, clip),
        }
    }

    /// Everything there is to see at the present weights; at most `forecasts` forecasts of each part, from the end.
    pub fn snapshot(&mut self, probe: Probe, forecasts: usize) -> Snapshot {
        match self {
            AnyTrainer::Single(trainer) => trainer.snapshot(probe, forecasts),
            AnyTrainer::Double(trainer) => trainer.snapshot(probe, forecasts),
        }
    }
}
