//! What an answer is about, as far as it can be seen in the window: a page covers what tells what it asks.

use super::expression::{Expression, Source};
use crate::nn::Quantity;
use crate::train::Measure;

/// What can be seen of a run, and asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Gates and states, step by step.
    States,
    /// The network's outputs.
    Outputs,
    /// Gradients of what has a value at each step.
    Gradients,
    /// What a state does to later ones.
    Jacobians,
    /// Parameters.
    Weights,
    /// Their gradients.
    WeightGradients,
    /// Who looks at whom.
    Attention,
    /// The loss of the sequence under the lens.
    ProbeLoss,
    /// The losses of training, and whether it ends in divergence.
    Losses,
    /// The norms of the gradients in training, and what is clipped.
    Norms,
    /// How good the answers are, the network's and the baselines'.
    Scores,
}

impl Topic {
    /// All of them.
    pub const ALL: [Topic; 11] = [
        Topic::States,
        Topic::Outputs,
        Topic::Gradients,
        Topic::Jacobians,
        Topic::Weights,
        Topic::WeightGradients,
        Topic::Attention,
        Topic::ProbeLoss,
        Topic::Losses,
        Topic::Norms,
        Topic::Scores,
    ];

    /// What a measure is about; `None` of what is a setting or a place and no secret: updates, lengths, the cursor.
    pub fn of_measure(measure: &Measure) -> Option<Self> {
        Some(match measure {
            Measure::Update
            | Measure::SeqLen
            | Measure::HiddenSize
            | Measure::NumLayers
            | Measure::Parameters
            | Measure::Seed
            | Measure::Precision
            | Measure::LearningRate
            | Measure::ClipMaxNorm
            | Measure::CursorT
            | Measure::CursorBackward
            | Measure::ProbeIndex
            | Measure::Runs => return None,
            Measure::InRun(_, measure) => return Self::of_measure(measure),
            Measure::TrainLoss
            | Measure::FirstLoss
            | Measure::SmallestLoss
            | Measure::TestLoss
            | Measure::LossFloor
            | Measure::Diverged
            | Measure::DivergedUpdate => Topic::Losses,
            Measure::ProbeLoss => Topic::ProbeLoss,
            Measure::Accuracy(_)
            | Measure::Rmse(_)
            | Measure::Mae(_)
            | Measure::Mase(_)
            | Measure::RmseOf(..)
            | Measure::ShadowLag(_)
            | Measure::ShadowSkill(_) => Topic::Scores,
            Measure::ClipFraction
            | Measure::NormBefore
            | Measure::NormAfter
            | Measure::LargestNorm => Topic::Norms,
            Measure::GradientNorm { .. }
            | Measure::GradientRatio { .. }
            | Measure::GradientReach { .. } => Topic::Gradients,
            Measure::QuantityMean(_) | Measure::Saturation(_) | Measure::DeadUnits(_) => {
                Topic::States
            }
            Measure::SpectralRadius(..) | Measure::LargestSigma(..) | Measure::PascanuBound(_) => {
                Topic::Weights
            }
            Measure::JacobianSigma { .. } | Measure::JacobianNorm { .. } => Topic::Jacobians,
        })
    }

    /// What numbers of the record are about; `None` of what a network is given.
    fn of_source(source: &Source) -> Option<Self> {
        Some(match source {
            Source::Parameter { gradient, .. } => match gradient {
                true => Topic::WeightGradients,
                false => Topic::Weights,
            },
            Source::Quantity { adjoint: true, .. } => Topic::Gradients,
            Source::Quantity { quantity, .. } => match quantity {
                Quantity::X => return None,
                Quantity::Y => Topic::Outputs,
                _ => Topic::States,
            },
            Source::Target => return None,
            Source::Attention { .. } => Topic::Attention,
        })
    }

    /// What an answer is about. Where it is worked out from weights, these are what the learner is given.
    pub fn of_answer(answer: &Expression) -> Vec<Self> {
        let is_single = matches!(answer, Expression::Entry(_));
        let sources = answer.sources().into_iter().filter_map(Self::of_source);
        let sources = sources.filter(|topic| is_single || *topic != Topic::Weights);
        let measures = answer.measures().into_iter().filter_map(Self::of_measure);
        let mut topics: Vec<Self> = sources.chain(measures).collect();
        topics.sort_unstable();
        topics.dedup();
        topics
    }
}
