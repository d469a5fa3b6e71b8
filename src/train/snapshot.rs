//! What the window draws of a run: immutable, always f64.

use super::Ahead;
use super::divergence::Divergence;
use super::history::History;
use super::remains::Remains;
use super::setup::Setup;
use crate::baseline::{Score, score_of_errors};
use crate::data::{Split, Targets};
use crate::experiment::{BaselineKind, Change, Material, Precision, Scores};
use crate::nn::analysis::{
    arrived_from_above, arrived_from_next, gradient_flow, largest_magnitude,
};
use crate::nn::replay::{Example, Record};
use crate::nn::{
    AnyModel, AttentionMap, Clip, Initial, Optimizer, Part, Quantity, Readout, Target,
};
use crate::words::grouped;
use ndarray::{Array2, Array3, Axis, s};
use std::ops::Range;
use std::sync::Arc;

/// What a run is doing.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// Making updates.
    Running,
    /// Waiting.
    Paused,
    /// All planned updates are made.
    Finished,
    /// Stopped, for good.
    Diverged(Divergence),
}

/// Snapshot k: the weights θ_k, and the probe's record at θ_k for the probe's own loss.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// k: how many updates led to these weights. Of a run that has ended they are the last good ones, and more may have been
    /// [made](Self::made).
    pub update: u64,
    /// How many are planned: the experiment's, or as many as are on their way where those are more.
    pub planned: u64,
    /// What the run computes in; the values here are widened exactly.
    pub precision: Precision,
    /// θ_k.
    pub model: AnyModel<f64>,
    /// The one sequence under the lens.
    pub probe: ProbeRecord,
    /// All updates up to k.
    pub history: History,
    /// Forecasts for training sequences at θ_k.
    pub train: Arc<Forecasts>,
    /// Forecasts for test sequences at θ_k.
    pub test: Arc<Forecasts>,
    /// The scores over the training and the test part, as far as there are forecasts, by output: see [`Snapshot::scores`].
    pub scores: [Vec<Scores>; 2],
    /// The loss over the whole test part at θ_k, where it was asked for: see [`Watched`](super::Watched).
    pub test_loss: Option<f64>,
    /// The loss over the watched test sequences at θ_k, where the history's newest is of other weights: of an update before, or
    /// from before some were set by hand. `None` on the way.
    pub watched_loss: Option<f64>,
    /// The shares of right answers over the training and the test part: see [`Snapshot::accuracy`].
    pub accuracies: [Option<f64>; 2],
    /// What the network says of the rows after the probe, and after the end of the data; empty where no numbers of a file are
    /// forecast.
    pub ahead: Vec<Ahead>,
    /// The optimiser in effect.
    pub optimizer: Optimizer,
    /// The learning rate of the next update: the optimiser's, times what the schedule says.
    pub learning_rate: f64,
    /// The clipping in effect.
    pub clip: Clip,
    /// The changes made on the way here.
    pub changes: Vec<Change>,
    /// What is left of the update that could not be made, where the run has ended so.
    pub remains: Option<Arc<Remains>>,
    /// What the run is doing.
    pub status: Status,
    /// The data and the model's shape.
    pub material: Arc<Material>,
    /// How the run began, and what else of its experiment questions need.
    pub setup: Arc<Setup>,
}

/// The probe's record at one set of weights, batch of one.
#[derive(Clone, Debug)]
pub struct ProbeRecord {
    /// The part that the sequence is from.
    pub split: Split,
    /// Which sequence of it.
    pub index: usize,
    /// The rows of the data set that hold what is asked of it: its own, or those of the answer that a decoder writes.
    pub rows: Range<usize>,
    /// The way forward and back, everything recorded: one part, or an encoder and a decoder.
    pub parts: Vec<Part>,
    /// Who looked where, if the model has attention.
    pub attention: Vec<AttentionMap>,
    /// What the outputs should be.
    pub target: Target<f64>,
    /// The length of the chunks between which no adjoint crossed, if backpropagation was truncated.
    pub truncate: Option<usize>,
    /// The probe's loss.
    pub loss: f64,
    /// Its share at each output step.
    pub terms: Vec<f64>,
    /// The gradient of the probe's loss by every parameter, before any clipping.
    pub gradient: Vec<f64>,
    /// Norms of the states' adjoints through time, scan by scan.
    pub flows: Vec<Flow>,
    /// The largest magnitudes of each scan's quantities and of their adjoints, for scales that fit.
    pub extents: Vec<Extent>,
    /// The largest magnitude of the adjoints of each of [`attention`](Self::attention).
    pub attention_adjoints: Vec<f64>,
}

/// How a state's gradient flows back through time.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// The index of the part.
    pub part: usize,
    /// The index of the scan in it.
    pub scan: usize,
    /// The state: `h` or `c`.
    pub quantity: Quantity,
    /// ‖∂L/∂q_t‖ for t = 0…T.
    pub norms: Vec<Option<f64>>,
    /// The norm of what reached it from step t + 1 alone, for t = 0…T.
    pub arrived: Vec<Option<f64>>,
    /// The norm of what reached `h` from the layer above or the readout alone, for t = 0…T; empty of `c`, which nothing
    /// above reads.
    pub from_above: Vec<Option<f64>>,
}

/// How large a quantity gets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// The index of the part.
    pub part: usize,
    /// The index of the scan in it; 0 for the part's own `x` and `y`.
    pub scan: usize,
    /// The quantity.
    pub quantity: Quantity,
    /// Its largest magnitude.
    pub value: f64,
    /// Its adjoint's largest magnitude.
    pub adjoint: f64,
}

impl ProbeRecord {
    /// The largest magnitude of a quantity of a scan, or of its adjoint; 0 where there is no such thing. `x` and `y` are
    /// found under any scan.
    pub fn extent(&self, part: usize, scan: usize, quantity: Quantity, adjoint: bool) -> f64 {
        let scan = match quantity {
            Quantity::X | Quantity::Y => 0,
            _ => scan,
        };
        let extent = self
            .extents
            .iter()
            .find(|extent| (extent.part, extent.scan, extent.quantity) == (part, scan, quantity));
        extent.map_or(0.0, |extent| {
            if adjoint {
                extent.adjoint
            } else {
                extent.value
            }
        })
    }

    /// ‖∂L/∂h_t‖ for t = 1…T of a part, the largest of its scans at each step.
    fn hidden_norms(&self, part: usize) -> Vec<f64> {
        let of = |flow: &&Flow| flow.part == part && flow.quantity == Quantity::H;
        let mut norms: Vec<f64> = Vec::new();
        for flow in self.flows.iter().filter(of) {
            let steps = flow.norms.iter().skip(1);
            norms.resize(norms.len().max(steps.len()), 0.0);
            for (most, norm) in norms.iter_mut().zip(steps) {
                *most = most.max(norm.unwrap_or(0.0));
            }
        }
        norms
    }

    /// The step, from 1, at which the gradient of a part's hidden state is largest; the last of equals. `None` where there is
    /// none.
    pub fn largest_gradient(&self, part: usize) -> Option<usize> {
        let norms = self.hidden_norms(part).into_iter().enumerate();
        let largest = norms.reduce(|most, other| if other.1 >= most.1 { other } else { most })?;
        (largest.1 > 0.0).then_some(largest.0 + 1)
    }

    /// The first step on the way back, from 1, at which it is below `share` of that.
    pub fn gradient_below(&self, part: usize, share: f64) -> Option<usize> {
        let norms = self.hidden_norms(part);
        let largest = self.largest_gradient(part)?;
        let limit = share * norms[largest - 1];
        (1..largest).rev().find(|&t| norms[t - 1] < limit)
    }

    /// The sequence as its network read it, for computing it anew; `None` if nothing was read.
    pub(super) fn example(&self) -> Option<Example> {
        let of_first = |values: &Array3<f64>, steps: usize, width: usize| {
            (values.dim().1 > 0).then(|| values.slice(s![..steps, 0, ..width]).to_owned())
        };
        let (first, last) = (self.parts.first()?, self.parts.last()?);
        let (steps, outputs) = (*first.lengths.first()?, last.y.dim().2);
        let answers = match last.readout? {
            Readout::Every => *last.lengths.first()?,
            Readout::Last | Readout::Final => 1,
        };
        let wanted = match &self.target {
            Target::Values(values) => of_first(values, answers, outputs)?,
            Target::Classes(classes) => Array2::from_shape_fn((answers, outputs), |(t, class)| {
                f64::from(u8::from(classes[[t, 0]] == class))
            }),
        };
        // What a decoder reads of its own outputs is taken as given: no gradient flows through it.
        let fed = match self.parts.len() {
            1 => None,
            _ => Some(of_first(&last.x, answers, outputs)?),
        };
        Some(Example {
            x: of_first(&first.x, steps, first.x.dim().2)?,
            wanted,
            fed,
            truncate: self.truncate,
            initial: self.initial(),
        })
    }

    /// The states before the first step that are not 0, but for what a decoder's bridge computes.
    pub(super) fn initial(&self) -> Vec<(Initial, Vec<f64>)> {
        let mut states = Vec::new();
        for (part, record) in self.parts.iter().enumerate() {
            for scan in &record.scans {
                let (h, c) = (&scan.trace.h0, &scan.trace.c0);
                let both = [(Quantity::H, h), (Quantity::C, c)];
                for (quantity, of) in both.into_iter().skip(usize::from(part == 1)) {
                    let Some(row) = of.rows().into_iter().next() else {
                        continue;
                    };
                    if row.iter().any(|&value| value != 0.0) {
                        let place = scan.place;
                        let initial = Initial {
                            part,
                            place,
                            quantity,
                        };
                        states.push((initial, row.to_vec()));
                    }
                }
            }
        }
        states
    }

    /// What ran, for looking it up operation by operation.
    pub(super) fn record(&self) -> Record<'_> {
        Record {
            parts: &self.parts,
            attention: &self.attention,
            gradient: &self.gradient,
        }
    }

    /// The largest magnitude of each map's adjoints.
    pub(super) fn largest_adjoints(attention: &[AttentionMap]) -> Vec<f64> {
        let of = |map: &AttentionMap| largest_magnitude(map.d_weights.view().insert_axis(Axis(0)));
        attention.iter().map(of).collect()
    }

    /// What is derived from a record for drawing it.
    pub(super) fn derive(parts: &[Part]) -> (Vec<Flow>, Vec<Extent>) {
        let (mut flows, mut extents) = (Vec::new(), Vec::new());
        for (index, part) in parts.iter().enumerate() {
            let largest = |scan, quantity, adjoint| {
                part.get(scan, quantity, adjoint)
                    .map_or(0.0, largest_magnitude)
            };
            let extent = |scan, quantity| Extent {
                part: index,
                scan,
                quantity,
                value: largest(scan, quantity, false),
                adjoint: largest(scan, quantity, true),
            };
            extents.extend([Quantity::X, Quantity::Y].map(|quantity| extent(0, quantity)));
            for (scan, record) in part.scans.iter().enumerate() {
                for &quantity in record.states() {
                    flows.push(Flow {
                        part: index,
                        scan,
                        quantity,
                        norms: gradient_flow(record, quantity, 0),
                        arrived: arrived_from_next(record, quantity, 0),
                        from_above: arrived_from_above(record, quantity, 0),
                    });
                }
                for &quantity in record.quantities() {
                    extents.push(extent(scan, quantity));
                }
            }
        }
        (flows, extents)
    }
}

/// Outputs for the last steps of sequences, for all steps where classes are told at each of them, in the data's own units (class scores for classes).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Forecasts {
    /// How many sequences before these were left out.
    pub skipped: usize,
    /// How many sequences the part has.
    pub of: usize,
    /// Which sequence of the part each forecast belongs to.
    pub sequences: Vec<usize>,
    /// The data row of each forecast's step.
    pub rows: Vec<usize>,
    /// Values per forecast.
    pub outputs: usize,
    /// `[rows, outputs]`, row-major.
    pub values: Vec<f64>,
}

/// A forecast beside what came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// The data row of the last input.
    pub row: usize,
    /// What came.
    pub target: f64,
    /// What the model says.
    pub prediction: f64,
    /// What carrying the last known value on says.
    pub naive: Option<f64>,
}

impl Forecasts {
    /// Each forecast of an output from the `from`-th on beside its target, in the data's own units; for classes, where
    /// `output` has no meaning, the right and the chosen class's index.
    pub fn compared<'a>(
        &'a self,
        material: &'a Material,
        output: usize,
        from: usize,
    ) -> impl Iterator<Item = Compared> + Clone + 'a {
        let dataset = &material.dataset;
        self.rows
            .iter()
            .zip(self.values.chunks(self.outputs.max(1)))
            .skip(from)
            .map(move |(&row, values)| {
                let (target, prediction) = match &dataset.targets {
                    Targets::Values(targets) => (
                        dataset.in_own_units(row, output, targets[[row, output]]),
                        values[output],
                    ),
                    Targets::Classes { of_row, .. } => {
                        let best = (1..values.len())
                            .fold(0, |best, k| if values[k] > values[best] { k } else { best });
                        // Of what is no number none is chosen.
                        let chosen = match values.iter().any(|value| value.is_nan()) {
                            true => f64::NAN,
                            false => best as f64,
                        };
                        (of_row[row] as f64, chosen)
                    }
                };
                Compared {
                    row,
                    target,
                    prediction,
                    naive: dataset.naive.as_ref().map(|naive| naive[[row, output]]),
                }
            })
    }
}

impl Forecasts {
    /// What they are of where it is not the whole part, as a phrase: `last 4,096 of 9,000`.
    pub fn phrase(&self) -> Option<String> {
        let [last, of] = [self.of - self.skipped, self.of].map(grouped);
        (self.skipped > 0).then(|| format!("last {last} of {of}"))
    }

    /// The scores of these forecasts, by output. Empty for classes.
    pub(super) fn scores(&self, material: &Material) -> Vec<Scores> {
        if !matches!(material.dataset.targets, Targets::Values(_)) {
            return Vec::new();
        }
        match &material.baselines {
            Some(baselines) => baselines.scores(&self.rows, self.outputs, &self.values),
            None => (0..self.outputs)
                .map(|output| Scores {
                    network: alone(self.compared(material, output, 0)),
                    ..Scores::default()
                })
                .collect(),
        }
    }
}

impl Forecasts {
    /// The share of these classes that were chosen rightly; `None` for values.
    pub(super) fn accuracy(&self, material: &Material) -> Option<f64> {
        if !matches!(material.dataset.targets, Targets::Classes { .. }) {
            return None;
        }
        let all = self.compared(material, 0, 0);
        let right = all.filter(|c| c.target == c.prediction).count();
        Some(right as f64 / self.rows.len().max(1) as f64)
    }
}

/// The score of a network without baselines; `None` without targets, or where one has no value.
fn alone(said: impl Iterator<Item = Compared> + Clone) -> Option<Score> {
    let known = said.clone().all(|compared| compared.target.is_finite());
    let errors = said.map(|compared| compared.prediction - compared.target);
    let score = known.then(|| score_of_errors("network".into(), errors, None));
    score.filter(|score| score.n > 0)
}

impl Snapshot {
    /// How many updates were made, each of which has a row in the history. The one that ended a run is not among them; the last
    /// that is may have led to the weights with which that could not be made.
    pub fn made(&self) -> u64 {
        self.history.len() as u64
    }

    /// Whether forecasts, scores and the loss over the test part are of all sequences.
    pub fn is_whole(&self) -> bool {
        let whole_loss = self.history.watched.is_whole() || self.test_loss.is_some();
        whole_loss && self.train.skipped == 0 && self.test.skipped == 0
    }

    /// Whether its forecasts are those of as many sequences as there are, and at most so many of a part.
    pub(super) fn forecasts_at_most(&self, most: usize) -> bool {
        let parts = [&self.train, &self.test];
        parts
            .iter()
            .all(|of_part| of_part.skipped == of_part.of.saturating_sub(most))
    }

    /// Takes over the baselines of `material`, which is otherwise that of this snapshot: scores anew.
    pub fn set_baselines_of(&mut self, material: &Arc<Material>) {
        self.scores = [&self.train, &self.test].map(|of_part| of_part.scores(material));
        self.material = Arc::clone(material);
    }

    /// The newest loss over the test part, and the update that it is of: at rest the one at θ_k.
    pub fn newest_test_loss(&self) -> Option<(u64, f64)> {
        let now = self.test_loss.or(self.watched_loss);
        let now = now.map(|loss| (self.update, loss));
        now.or_else(|| self.history.newest_test_loss())
    }

    /// The forecasts of a part.
    pub fn forecasts(&self, split: Split) -> &Forecasts {
        match split {
            Split::Train => &self.train,
            Split::Test => &self.test,
        }
    }

    /// How good the forecasts of an output are over a part, and those of the baselines; `None` for classes. They are over the
    /// [`Forecasts`] of the part, which says if those are not all.
    pub fn scores(&self, split: Split, output: usize) -> Option<&Scores> {
        let of_part = match split {
            Split::Train => &self.scores[0],
            Split::Test => &self.scores[1],
        };
        of_part.get(output)
    }

    /// The network's score for the first output over the forecasts of a part, those after each sequence's last row; `None` for classes.
    pub fn score(&self, split: Split) -> Option<&Score> {
        self.scores(split, 0)?.network.as_ref()
    }

    /// A baseline's score for the first output over a part, on the targets that are compared; `None` if there is no such
    /// baseline, or it reaches none of them.
    pub fn score_of(&self, split: Split, kind: BaselineKind) -> Option<&Score> {
        let baselines = self.material.baselines.as_ref()?;
        let at = baselines
            .list
            .iter()
            .position(|baseline| baseline.kind == kind)?;
        self.scores(split, 0)?.baselines.get(at)?.as_ref()
    }

    /// The share of a part's classes that were chosen rightly, among what [`Snapshot::accuracy_of`] names; `None` for values.
    pub fn accuracy(&self, split: Split) -> Option<f64> {
        match split {
            Split::Train => self.accuracies[0],
            Split::Test => self.accuracies[1],
        }
    }

    /// What classes are counted by: `sequences`, or `steps` where the model answers at every one; `None` for values.
    pub fn accuracy_of(&self) -> Option<&'static str> {
        match (
            &self.material.dataset.targets,
            self.material.network.readout(),
        ) {
            (Targets::Values(_), _) => None,
            (Targets::Classes { .. }, Readout::Every) => Some("steps"),
            (Targets::Classes { .. }, Readout::Last | Readout::Final) => Some("sequences"),
        }
    }
}
