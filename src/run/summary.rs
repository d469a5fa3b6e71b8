//! `summary.json`: what came of a run, in one place.

use super::weights::LoadedWeights;
use crate::data::Split;
use crate::experiment::{BaselineKind, Experiment};
use crate::nn::{Cell, Stop};
use crate::train::autopsy::autopsy;
use crate::train::scores::{self, Scored};
use crate::train::{Snapshot, Status};
use crate::words::number;
use serde::Serialize;
use std::time::Duration;

/// `summary.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The loss over the answers of the whole training part at the final weights.
    pub train_loss: Option<f64>,
    /// The loss over the answers of the whole test part at the final weights.
    pub test_loss: Option<f64>,
    /// How many numbers the model has learned.
    pub parameters: usize,
    /// Updates made.
    pub updates: u64,
    /// Time for all updates and evaluations, in seconds.
    pub seconds: f64,
    /// The median time of an update, in milliseconds.
    pub ms_per_update_median: Option<f64>,
    /// Whether the run diverged.
    pub diverged: bool,
    /// Where it diverged.
    pub divergence: Option<String>,
    /// Where it began and what led there, in sentences; not in the file.
    #[serde(skip)]
    pub autopsy: Vec<String>,
    /// Whether it was stopped from outside before it was done.
    pub interrupted: bool,
    /// Root mean squared error of the first output's forecasts after each sequence of the training part, in the data's own units.
    pub rmse_train: Option<f64>,
    /// The same of the test part.
    pub rmse_test: Option<f64>,
    /// The same of the naive forecast on the test part, on the targets on which models are compared.
    pub rmse_naive_test: Option<f64>,
    /// Share of right classes in the test part, among what `accuracy_of` names.
    pub accuracy_test: Option<f64>,
    /// What classes are counted by: `sequences`, or `steps` where the model answers at every one. Null for values.
    pub accuracy_of: Option<&'static str>,
    /// The probe's loss at the final weights; null where the run was stopped before it was evaluated.
    pub probe_loss: Option<f64>,
    /// The norm of the gradient of the newest batch, before clipping.
    pub gradient_norm: Option<f64>,
    /// Share of updates whose gradient was clipped.
    pub clipped_share: f64,
    /// The clipping threshold at the end.
    pub max_norm: Option<f64>,
    /// The cell, an encoder–decoder's encoder's; null where there is none.
    pub cell: Option<&'static str>,
    /// Units per layer.
    pub hidden_size: usize,
    /// Layers.
    pub num_layers: usize,
    /// What the run computed in.
    pub precision: &'static str,
    /// The seed.
    #[serde(serialize_with = "scores::exactly")]
    pub seed: u64,
    /// Training sequences.
    pub train_sequences: usize,
    /// Test sequences.
    pub test_sequences: usize,
    /// Over how much all that is, and the scores of every output.
    #[serde(flatten)]
    pub scored: Scored,
    /// What the run began from, where that was a file.
    pub weights: Option<LoadedWeights>,
    /// What should be known about data and model, in the sentences of the window.
    pub notices: Vec<String>,
    /// The version of rnnscope.
    pub rnnscope: &'static str,
}

/// What was measured at the final weights, as far as there was time for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Measured {
    /// Whether the probe was evaluated.
    pub probe: bool,
    /// Whether the snapshot has its forecasts and scores.
    pub forecasts: bool,
    /// The loss over the whole training and the whole test part.
    pub losses: [Option<f64>; 2],
}

/// How the training went by.
#[derive(Clone, Debug, Default)]
pub(super) struct Course {
    /// Time for all updates and evaluations in between.
    pub whole: Duration,
    /// The time of each update.
    pub updates: Vec<Duration>,
    /// Whether it was stopped from outside.
    pub interrupted: bool,
}

impl Summary {
    /// The summary of a run that has come to `snapshot`.
    pub(super) fn new(
        experiment: &Experiment,
        snapshot: &Snapshot,
        measured: &Measured,
        mut course: Course,
        weights: Option<LoadedWeights>,
    ) -> Self {
        course.updates.sort_unstable();
        let median = course.updates.get(course.updates.len() / 2);
        let divergence = match &snapshot.status {
            Status::Diverged(divergence) => Some(format!(
                "update {}: {} is {}. {}",
                divergence.update,
                divergence.quantity,
                number(divergence.value),
                divergence.which()
            )),
            _ => None,
        };
        let network = snapshot.model.network();
        let [train_loss, test_loss] = measured.losses;
        // Without forecasts there are no scores in the snapshot.
        let scored = |kind: Option<BaselineKind>, split| match kind {
            Some(kind) => snapshot.score_of(split, kind).map(|score| score.rmse),
            None => snapshot.score(split).map(|score| score.rmse),
        };
        Self {
            train_loss,
            test_loss,
            parameters: snapshot.model.parameters().len(),
            updates: snapshot.made(),
            seconds: course.whole.as_secs_f64(),
            ms_per_update_median: median.map(|time| time.as_secs_f64() * 1e3),
            diverged: divergence.is_some(),
            divergence,
            autopsy: autopsy(snapshot, &Stop::default())
                .map_or_else(Vec::new, |autopsy| autopsy.in_short()),
            interrupted: course.interrupted,
            rmse_train: scored(None, Split::Train),
            rmse_test: scored(None, Split::Test),
            rmse_naive_test: scored(Some(BaselineKind::Naive), Split::Test),
            accuracy_test: snapshot
                .accuracy(Split::Test)
                .filter(|_| measured.forecasts),
            accuracy_of: snapshot.accuracy_of(),
            probe_loss: measured.probe.then_some(snapshot.probe.loss),
            gradient_norm: snapshot.history.last().map(|row| row.norm_before),
            clipped_share: snapshot.history.clipped_share(),
            max_norm: snapshot.clip.max_norm(),
            cell: network.cell().map(Cell::name),
            hidden_size: network.hidden_size(),
            num_layers: network.num_layers(),
            precision: snapshot.precision.name(),
            seed: experiment.seed,
            train_sequences: snapshot.material.dataset.train.len(),
            test_sequences: snapshot.material.dataset.test.len(),
            scored: Scored::of(snapshot),
            weights,
            notices: snapshot.material.sentences(),
            rnnscope: env!("CARGO_PKG_VERSION"),
        }
    }
}
