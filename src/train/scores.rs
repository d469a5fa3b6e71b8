//! How good a network's forecasts are, by part and output, in the form that files have: each score with how many targets it is
//! over.

use super::Snapshot;
use crate::baseline::Score;
use crate::data::Split;
use crate::experiment::{BaselineKind, Scores};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// All that a file says of how good a network is beside losses and shares: over how many answers and targets those are, and the
/// scores of every output.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scored {
    /// Over how many answers the loss of the training part is; padding that is run through comes on top.
    pub train_loss_n: usize,
    /// Over how many answers the loss of the test part is: those whose targets are in it.
    pub test_loss_n: usize,
    /// Over how many targets `rmse_train` is: all of the first output's. Null for classes.
    pub rmse_train_n: Option<usize>,
    /// Over how many targets `rmse_test` is: all of the first output's. Null for classes.
    pub rmse_test_n: Option<usize>,
    /// Over how many targets `rmse_naive_test` is: those on which models are compared.
    pub rmse_naive_test_n: Option<usize>,
    /// The scores of every output over both parts: over the training part first, then over the test part. Empty for classes.
    pub scores: Vec<OutputScores>,
}

impl Scored {
    /// What a snapshot says of it.
    pub fn of(snapshot: &Snapshot) -> Self {
        let n = |score: Option<&Score>| score.map(|score| score.n);
        Self {
            train_loss_n: snapshot.material.answers(Split::Train),
            test_loss_n: snapshot.material.answers(Split::Test),
            rmse_train_n: n(snapshot.score(Split::Train)),
            rmse_test_n: n(snapshot.score(Split::Test)),
            rmse_naive_test_n: n(snapshot.score_of(Split::Test, BaselineKind::Naive)),
            scores: scores(snapshot),
        }
    }
}

/// Writes a whole number so that it is read back exactly: as a text above 2⁵³, where many programs that read JSON round numbers.
///
/// # Errors
/// Those of `serializer`.
pub fn exactly<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;
    if *number <= EXACT {
        serializer.serialize_u64(*number)
    } else {
        serializer.serialize_str(&number.to_string())
    }
}

/// The scores of one output over one part, in the data's own units.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutputScores {
    /// `train` or `test`.
    pub split: &'static str,
    /// The output, as the data name it.
    pub output: String,
    /// The network's score over all of the part's targets.
    pub network: Option<Errors>,
    /// The network beside the baselines, on identical targets; null where there are no baselines.
    pub compared: Option<Compared>,
}

/// The scores of models on identical targets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// On how many.
    pub n: usize,
    /// The network's, and those of the baselines by their names: `ar`, `seasonal_naive`, `naive`.
    pub models: BTreeMap<&'static str, Errors>,
    /// The baselines that reach no target of the part.
    pub left_out: Vec<&'static str>,
}

/// A model's errors.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Errors {
    /// Which model, as it is called on the screen: `AR(9)`.
    pub model: String,
    /// Root mean squared error; null where it is not finite.
    pub rmse: f64,
    /// Mean absolute error; likewise.
    pub mae: f64,
    /// Mean absolute error over the naive forecast's within the training rows; null where that is 0 or there is none.
    pub mase: Option<f64>,
    /// Over how many targets.
    pub n: usize,
}

impl From<&Score> for Errors {
    fn from(score: &Score) -> Self {
        Self {
            model: score.model.clone(),
            rmse: score.rmse,
            mae: score.mae,
            mase: score.mase,
            n: score.n,
        }
    }
}

fn scores(snapshot: &Snapshot) -> Vec<OutputScores> {
    let names = &snapshot.material.dataset.output_names;
    let of_split = |split: Split| {
        names.iter().enumerate().filter_map(move |(output, name)| {
            let scores = snapshot.scores(split, output)?;
            Some(OutputScores {
                split: split.name(),
                output: name.clone(),
                network: scores.network.as_ref().map(Errors::from),
                compared: compared(snapshot, scores),
            })
        })
    };
    Split::ALL.into_iter().flat_map(of_split).collect()
}

fn compared(snapshot: &Snapshot, scores: &Scores) -> Option<Compared> {
    let baselines = snapshot.material.baselines.as_ref()?;
    let network = scores.compared.as_ref()?;
    let mut models = BTreeMap::from([("network", Errors::from(network))]);
    let mut left_out = Vec::new();
    for (baseline, score) in baselines.list.iter().zip(&scores.baselines) {
        match score {
            Some(score) => drop(models.insert(baseline.kind.name(), score.into())),
            None => left_out.push(baseline.kind.name()),
        }
    }
    Some(Compared {
        n: network.n,
        models,
        left_out,
    })
}
