//! Why a run ended, as far as its record proves it, in one plain sentence and the numbers that prove it.

use super::Chain;
use super::again::Outcome;
use crate::experiment::Precision;
use crate::nn::{Clip, Optimizer};
use crate::words::{counted, number, significant};

/// A gradient has risen where it is so many times as long as was usual.
const ROSE: f64 = 10.0;

/// Why a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Cause {
    /// A number of the data is past what the run's precision holds, and was read as infinite.
    BeyondRange {
        /// Whether it is to be answered; else it is read.
        is_target: bool,
        /// What its column is called.
        column: String,
        /// The sequence of the training part that has it.
        sequence: usize,
        /// The number.
        value: f64,
        /// What does not hold it.
        precision: Precision,
    },
    /// A weight was set by hand to what the update could not bear: without that it is in order.
    SetByHand {
        /// The update that was made with it.
        update: u64,
        /// Which weight, with its indices; of several the largest.
        weight: String,
        /// How many were set.
        count: usize,
        /// To what.
        value: f64,
        /// What it was before.
        before: f64,
        /// What the update came to.
        with: Outcome,
        /// What it comes to with all of them as they were before.
        without: Outcome,
    },
    /// Data that are read as they are make the first gradient large: scaled to deviation 1 they do not.
    Unscaled {
        /// The largest magnitude that is read.
        input: f64,
        /// The largest that is to be answered; of classes none.
        target: Option<f64>,
        /// What the first update came to.
        with: Outcome,
        /// What it comes to on scaled data.
        without: Outcome,
        /// The step after which it ended.
        step: Option<Step>,
    },
    /// The optimiser divided by 0: its ε is too small for the precision, and a gradient was exactly 0.
    NoEpsilon {
        /// The optimiser.
        optimizer: Optimizer,
        /// ε as it is set.
        epsilon: f64,
        /// Which weight, with its indices.
        weight: String,
    },
    /// The square of a gradient is past what the precision holds, and with it the v by whose root the optimiser divides.
    SquareBeyondRange {
        /// The optimiser.
        optimizer: Optimizer,
        /// Which weight, with its indices.
        weight: String,
        /// Its gradient.
        gradient: f64,
        /// What does not hold the square.
        precision: Precision,
    },
    /// The weights that the run began with stretch the state at each step.
    FirstWeights {
        /// How it grew.
        chain: Chain,
        /// What the number that it led to could not be above, where that is what the precision holds.
        past: Option<Precision>,
    },
    /// The gradient grew on its way back through time, and nothing limited the step.
    Exploding {
        /// How it grew.
        chain: Chain,
        /// The step that it led to; `None` where the gradient itself is not finite.
        step: Option<Step>,
        /// What does not hold it then.
        precision: Precision,
    },
    /// A single step moved the weights too far, for another reason than that: the learning rate is too high for the optimiser.
    TooHighRate {
        /// The step.
        step: Step,
    },
    /// The record does not tell.
    Unknown,
}

/// The optimiser's step after which a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The update that made it.
    pub update: u64,
    /// The optimiser.
    pub optimizer: Optimizer,
    /// Its learning rate then.
    pub learning_rate: f64,
    /// The clipping then.
    pub clip: Clip,
    /// The norm of the gradient before clipping.
    pub gradient: f64,
    /// Whether clipping made it smaller.
    pub is_clipped: bool,
    /// The median of the norms before they began to grow, and until which update that is.
    pub usual: Option<(f64, u64)>,
    /// By how much the weights were moved: the norm of the difference.
    pub moved: f64,
    /// The norm of the weights before.
    pub weights: f64,
    /// The loss of the batch at which it ended: at the weights before the step and at those after it.
    pub loss: [Option<f64>; 2],
    /// The same after a tenth of the step.
    pub shorter: Option<f64>,
    /// How the gradient of that update grew on its way back, where that is known.
    pub grew: Option<Chain>,
}

impl Cause {
    /// What happened and why, in one sentence.
    pub fn sentence(&self) -> String {
        match self {
            Cause::BeyondRange {
                is_target,
                column,
                sequence,
                value,
                precision,
            } => {
                let what = if *is_target { "A target" } else { "An input" };
                format!(
                    "{what} is past what {} holds: {column} is {} in training sequence {}, and {} ends at {}, so that it was read as {}.",
                    precision.name(),
                    number(*value),
                    sequence + 1,
                    precision.name(),
                    number(largest(*precision)),
                    number(f64::INFINITY.copysign(*value))
                )
            }
            Cause::SetByHand {
                update,
                weight,
                count,
                value,
                with,
                without,
                before,
            } => {
                let what = match count {
                    1 => format!(
                        "A weight that was set by hand led there: with {weight} at {}",
                        number(*value)
                    ),
                    _ => format!(
                        "Weights that were set by hand led there: with {count} of them, such as {weight} at {},",
                        number(*value)
                    ),
                };
                let before = match count {
                    1 => format!("with {}, which it was before,", number(*before)),
                    _ => "as they were before".to_owned(),
                };
                format!(
                    "{what} {}",
                    with.beside(*without, &format!("update {update}"), &before)
                )
            }
            Cause::Unscaled {
                input,
                target,
                with,
                without,
                ..
            } => {
                let target = target.map_or_else(String::new, |target| {
                    format!(", targets up to {}", number(target))
                });
                format!(
                    "The data are not scaled: inputs reach up to {}{target}. {}",
                    number(*input),
                    capital(&with.beside(
                        *without,
                        "the first update",
                        "on data scaled to a deviation of 1"
                    ))
                )
            }
            Cause::NoEpsilon {
                optimizer,
                epsilon,
                weight,
            } => format!(
                "{} divided 0 by 0: its ε of {} is 0 in f32, and so is the gradient of {weight}.",
                optimizer.title(),
                number(*epsilon)
            ),
            Cause::SquareBeyondRange {
                optimizer,
                weight,
                gradient,
                precision,
            } => format!(
                "{} squares each gradient: {}, that of {weight}, has a square past what {} holds. Divided by its root no later step would move that weight.",
                optimizer.title(),
                number(*gradient),
                precision.name()
            ),
            Cause::FirstWeights { chain, past } => {
                let past = past.map_or_else(
                    || ", and the loss with it".to_owned(),
                    |precision| format!(", until it was past what {} holds", precision.name()),
                );
                format!(
                    "The weights that the run began with stretch the state: {} grew {}{past}.",
                    chain.subject(),
                    chain.how()
                )
            }
            Cause::Exploding {
                chain,
                step: Some(step),
                ..
            } => format!(
                "The steps were too large and {}: on its way back through time the gradient grew {}, and at learning rate {} update {} {}.",
                match step.clip {
                    Clip::Off => "nothing limited them",
                    Clip::Norm(_) | Clip::Value(_) => "clipping did not limit them",
                },
                chain.ends_in_words(),
                number(step.learning_rate),
                step.update,
                step.moved_by()
            ),
            Cause::Exploding {
                chain, precision, ..
            } => format!(
                "The gradient exploded: on its way back through time it grew {}, until it was past what {} holds.",
                chain.how(),
                precision.name()
            ),
            Cause::TooHighRate { step } => {
                let (title, rate) = (step.optimizer.title(), number(step.learning_rate));
                let why = match (step.is_adaptive(), step.is_clipped) {
                    (true, _) => format!("The learning rate is too high for {title}"),
                    (false, true) => {
                        "The learning rate is too high, even for clipped gradients".into()
                    }
                    (false, false) => "The steps were too large and nothing limited them".into(),
                };
                let rose = step.rose().filter(|_| !step.is_adaptive());
                let rose = rose.map_or_else(String::new, |rose| format!("{rose}, and "));
                format!(
                    "{why}: {rose}at a rate of {rate} {title}’s update {} {}.",
                    step.update,
                    step.moved_by()
                )
            }
            Cause::Unknown => "Why it ended the record does not tell.".into(),
        }
    }

    /// What else proves it.
    pub fn proofs(&self) -> Vec<String> {
        match self {
            // Of the first update all is said.
            Cause::Unscaled {
                step: Some(step), ..
            } if step.update > 1 => step.proofs(),
            Cause::Exploding {
                step: Some(step), ..
            }
            | Cause::TooHighRate { step } => step.proofs(),
            _ => Vec::new(),
        }
    }

    /// The step that is to blame.
    pub fn step(&self) -> Option<&Step> {
        match self {
            Cause::Exploding { step, .. } | Cause::Unscaled { step, .. } => step.as_ref(),
            Cause::TooHighRate { step } => Some(step),
            _ => None,
        }
    }
}

/// The largest number that a precision holds.
pub(super) fn largest(precision: Precision) -> f64 {
    match precision {
        Precision::F32 => f64::from(f32::MAX),
        Precision::F64 => f64::MAX,
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

impl Outcome {
    /// Two outcomes in one sentence, by what tells them apart.
    fn beside(self, other: Self, of: &str, otherwise: &str) -> String {
        match (self.norm, other.norm) {
            (Some(norm), Some(without)) => format!(
                "the gradient of {of} has a norm of {}; {otherwise} it is {}.",
                number(norm),
                number(without)
            ),
            _ => format!(
                "the loss of {of} is {}; {otherwise} it is {}.",
                number(self.loss),
                number(other.loss)
            ),
        }
    }
}

impl Step {
    /// Whether the optimiser divides by the size of its gradients, so that its steps do not grow with them.
    pub fn is_adaptive(&self) -> bool {
        match self.optimizer {
            Optimizer::Sgd { .. } => false,
            Optimizer::RmsProp { .. } | Optimizer::Adam { .. } | Optimizer::AdamW { .. } => true,
        }
    }

    fn moved_by(&self) -> String {
        match self.moved.is_finite() {
            true => format!(
                "moved the weights, whose norm was {}, by {}",
                number(self.weights),
                number(self.moved)
            ),
            false => format!(
                "moved the weights, whose norm was {}, past what can be computed with",
                number(self.weights)
            ),
        }
    }

    /// How the gradient's norm rose past what had been usual; `None` where it did not.
    fn rose(&self) -> Option<String> {
        let (usual, until) = self
            .usual
            .filter(|(usual, _)| self.gradient >= ROSE * usual)?;
        Some(format!(
            "the gradient’s norm rose from {}, the median until update {until}, to {} within {}",
            significant(usual, 2),
            significant(self.gradient, 2),
            counted((self.update - until) as usize, "update")
        ))
    }

    fn proofs(&self) -> Vec<String> {
        let mut said = Vec::new();
        let usual = self.usual.map_or_else(String::new, |(usual, until)| {
            format!(
                "; the median of all until update {until} is {}",
                number(usual)
            )
        });
        said.push(format!(
            "The gradient of update {} had a norm of {}{usual}.",
            self.update,
            number(self.gradient)
        ));
        if self.is_adaptive() {
            said.push(format!(
                "{} divides each gradient by its usual size: a step is about as long as the learning rate says, however small the gradient.",
                self.optimizer.title()
            ));
        }
        if let [Some(before), after] = self.loss {
            let after =
                after.map_or_else(String::new, |after| format!(", after it {}", number(after)));
            let shorter = self.shorter.map_or_else(String::new, |shorter| {
                format!(", after a tenth of it {}", number(shorter))
            });
            if !after.is_empty() || !shorter.is_empty() {
                said.push(format!(
                    "Before that step the batch at which it ended had a loss of {}{after}{shorter}.",
                    number(before)
                ));
            }
        }
        said
    }
}

impl Chain {
    /// From which size to which, over how many steps.
    pub(super) fn ends_in_words(&self) -> String {
        let [from, to] = self.ends();
        format!(
            "from {} to {} over {}",
            number(from.1),
            number(to.1),
            counted(self.growth.steps(), "step")
        )
    }

    /// By which factor at each step, and over how many.
    pub(super) fn how(&self) -> String {
        match self.growth.steps() {
            1 => format!("× {} in a step", significant(self.growth.factor(), 3)),
            steps => format!(
                "× {} a step over {}",
                significant(self.growth.per_step(), 3),
                counted(steps, "step")
            ),
        }
    }
}
