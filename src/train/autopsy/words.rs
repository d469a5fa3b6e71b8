//! What an autopsy says, in plain words: every sentence from its numbers, and the only place where they are made.

use super::{Autopsy, Cause, Chain, FirstBad, Grown, Moved, Phase, Recurrent};
use crate::nn::Clip;
use crate::train::divergence::which;
use crate::words::{NO_BREAK, counted, number, significant};

impl Autopsy {
    /// All of it: what happened and why, where it ended, what had been growing, and what else there is to know.
    pub fn sentences(&self) -> Vec<String> {
        let mut said = vec![self.sentence()];
        said.extend(self.cause.proofs());
        said.extend(self.what_was_bad());
        said.push(self.which_update());
        said.extend(self.what_had_grown());
        said
    }

    /// What happened and why, in one sentence.
    pub fn sentence(&self) -> String {
        match self.cause {
            Cause::Unknown => format!(
                "The run ended at update {}; why, the record does not tell.",
                self.update
            ),
            _ => self.cause.sentence(),
        }
    }

    /// The shortest that says why it ended and where it began, for where there is little room.
    pub fn in_short(&self) -> Vec<String> {
        let mut said = vec![self.sentence()];
        said.extend(self.cause.proofs());
        said.extend(self.what_was_bad());
        if self.cause == Cause::Unknown {
            said.extend(self.chains.first().map(Chain::sentence));
        }
        said
    }

    /// What had been growing, by how much the recurrence stretches, and what was in effect.
    pub fn what_had_grown(&self) -> Vec<String> {
        let mut said = Vec::new();
        for (index, chain) in self.chains.iter().enumerate() {
            said.push(chain.sentence());
            // What stretches is told of the scan that grew, beside it.
            if index == 0 {
                said.extend(self.stretched());
            }
        }
        said.extend(self.recurrent.as_ref().and_then(Recurrent::sentence));
        said.extend(self.parameter.as_ref().and_then(Moved::sentence));
        said.push(self.in_effect());
        said
    }

    /// Which update could not be made, and what is on show instead.
    pub fn which_update(&self) -> String {
        let batch = counted(self.sequences.len(), "sequence");
        format!(
            "{} These are on show. The batch had {batch}.",
            which(self.update, self.good)
        )
    }

    /// The first bad number in one or two sentences; `None` where the update could not be made once more.
    pub fn what_was_bad(&self) -> Option<String> {
        Some(match &self.found {
            Some(found) => found.sentence(),
            None => "Making that update once more, with everything on record, takes more memory than may be had beside the window, so where in it the first bad number stands is not known.".into(),
        })
    }

    /// By how much the recurrence stretched.
    pub fn stretched(&self) -> Option<String> {
        let sigmas = self.sigmas.iter().map(|(_, sigma)| *sigma);
        let (least, most) = sigmas.fold(None, |ends: Option<(f64, f64)>, sigma| {
            let (least, most) = ends.unwrap_or((sigma, sigma));
            Some((least.min(sigma), most.max(sigma)))
        })?;
        let times = self.sigmas.iter().map(|(t, _)| *t);
        let (first, last) = (times.clone().min()?, times.max()?);
        let of = match first == last {
            true => format!(", at t = {first},"),
            false => format!(", from t = {first} to {last},"),
        };
        let sizes = match significant(least, 3) == significant(most, 3) {
            true => significant(most, 3),
            false => format!("{} to {}", significant(least, 3), significant(most, 3)),
        };
        Some(format!(
            "There{of} a step stretched a change of the state by up to σ₁{NO_BREAK}={NO_BREAK}{sizes}: above 1 a change can grow at every step, forward and back."
        ))
    }

    /// The rate and the clipping in effect.
    pub fn in_effect(&self) -> String {
        let clip = match self.clip {
            Clip::Off => "nothing was clipped".to_owned(),
            Clip::Norm(norm) => format!("gradients were clipped at norm {}", number(norm)),
            Clip::Value(limit) => format!("gradients were clipped at ± {}", number(limit)),
        };
        format!(
            "The step was {}’s at learning rate {}; {clip}.",
            self.optimizer.title(),
            number(self.learning_rate)
        )
    }
}

impl FirstBad {
    /// What it is called: “h[5] of layer 1 at t = 37”.
    pub fn name(&self) -> String {
        if let Some((_, name)) = &self.parameter {
            return match self.phase {
                Phase::Gradient => format!("the gradient of {name}"),
                Phase::Memory => format!("v of {name}"),
                _ => name.clone(),
            };
        }
        let d = if self.is_adjoint() { "∂L/∂" } else { "" };
        let unit = self.unit.filter(|_| self.phase != Phase::Loss);
        let unit = unit.map_or_else(String::new, |unit| format!("[{unit}]"));
        let of = match self.place.as_str() {
            "" => String::new(),
            place => format!(" of {place}"),
        };
        let t = self.station.map_or(0, |station| station.t);
        match self.phase {
            Phase::Loss => "the loss".into(),
            _ => format!("{d}{}{unit}{of} at t = {t}", self.symbol),
        }
    }

    fn sentence(&self) -> String {
        let name = self.name();
        let value = number(self.value);
        let of = self.sequence.map_or_else(String::new, |(row, sequence)| {
            format!(
                " in training sequence {}, row {} of the batch",
                sequence + 1,
                row + 1
            )
        });
        let before = self.before.map_or_else(String::new, |before| {
            format!(" One step before it was {}.", number(before))
        });
        match self.phase {
            Phase::Forward => format!("The first bad number is {name}{of}: {value}.{before}"),
            Phase::Loss => {
                let bound = self.limit.map_or_else(String::new, |limit| {
                    format!(", above {}, where the run is stopped", number(limit))
                });
                let said = self.answer.map_or_else(String::new, |(y, wanted)| {
                    format!(
                        ": there y[{}] is {} and should be {}",
                        self.unit.unwrap_or(0),
                        number(y),
                        number(wanted)
                    )
                });
                let t = self.station.map_or(0, |station| station.t);
                let of = self.sequence.map_or_else(String::new, |(_, sequence)| {
                    format!(
                        " Training sequence {} has the largest share of it, at t = {t}{said}.",
                        sequence + 1
                    )
                });
                format!(
                    "On the way forward every number is finite. The first bad number is the loss, {value}{bound}.{of}"
                )
            }
            Phase::Backward => format!(
                "The way forward and the loss are in order. On the way back the first bad number is {name}{of}: {value}.{before}"
            ),
            Phase::Gradient => format!(
                "Forward and back every step is finite. The first bad number is {name}, where the shares of all steps and sequences are added up: {value}."
            ),
            Phase::Memory => format!(
                "Forward and back every number is finite, and so are the weights after the step. The first bad number is what the optimiser remembers of a square: {name} becomes {value}."
            ),
            Phase::Step => {
                let before = self.before.map_or_else(String::new, |before| {
                    format!(" It was {} before the step.", number(before))
                });
                let bound = self.limit.map_or_else(String::new, |limit| {
                    format!(", and with it the norm of all weights is above {}, where the run is stopped", number(limit))
                });
                format!(
                    "Forward and back every number is finite. The first bad number is made by the optimiser’s step: {name} becomes {value}{bound}.{before}"
                )
            }
        }
    }
}

impl Grown {
    /// What it is called.
    pub fn title(self) -> String {
        match self {
            Grown::GradientNorm => "gradient norm".into(),
            Grown::Loss => "loss of the batch".into(),
            Grown::State { quantity, .. } => format!("‖{}ₜ‖", quantity.symbol()),
            Grown::Adjoint { quantity, .. } => format!("‖∂L/∂{}ₜ‖", quantity.symbol()),
        }
    }
}

impl Chain {
    /// What it is called, in a few words.
    pub fn title(&self) -> String {
        let title = self.whole_title();
        match self.of.is_by_update() {
            true => title,
            false => format!("{title} of update {}", self.update),
        }
    }

    /// Of gradients that were clipped, it is said of which of their two lengths it is.
    fn whole_title(&self) -> String {
        let before = match self.is_clipped {
            true => " before clipping",
            false => "",
        };
        format!("{}{before}", self.of.title())
    }

    /// What it is of, and where: “‖hₜ‖ of layer 1 in the decoder, in training sequence 5,”.
    pub(super) fn subject(&self) -> String {
        let title = self.whole_title();
        let of = match self.place.as_str() {
            "" => String::new(),
            place => format!(" of {place}"),
        };
        match self.of {
            Grown::GradientNorm | Grown::Loss => format!("the {title}"),
            Grown::State { sequence, .. } | Grown::Adjoint { sequence, .. } => {
                format!("{title}{of} in training sequence {}", sequence + 1)
            }
        }
    }

    /// What had grown, from where to where, and how fast; where it fell again after that, to what.
    pub fn sentence(&self) -> String {
        let subject = self.subject();
        let what = match self.of {
            Grown::GradientNorm | Grown::Loss => format!("T{}", subject.trim_start_matches('t')),
            Grown::State { .. } => {
                format!("On the way forward of update {} {subject}", self.update)
            }
            Grown::Adjoint { .. } => format!("On the way back of update {} {subject}", self.update),
        };
        let (count, at, each) = match self.of.is_by_update() {
            true => (
                counted(self.growth.steps(), "update"),
                "update",
                "an update",
            ),
            false => (counted(self.growth.steps(), "step"), "t\u{a0}=", "a step"),
        };
        let place = |at_step: f64| format!("{at}{NO_BREAK}{at_step}");
        let [from, to] = self.ends();
        let fast = match self.growth.steps() {
            1 => String::new(),
            _ => format!(", × {} {each}", significant(self.growth.per_step(), 3)),
        };
        let last = self.points.last().filter(|last| last.0 != to.0);
        let fell = last.map_or_else(String::new, |last| {
            format!("; at {} it was {}", place(last.0), number(last.1))
        });
        format!(
            "{what} grew from {} at {} to {} at {}: × {} over {count}{fast}{fell}.",
            number(from.1),
            place(from.0),
            number(to.1),
            place(to.0),
            significant(self.growth.factor(), 3)
        )
    }
}

impl Recurrent {
    fn sentence(&self) -> Option<String> {
        let [before, after] = self.sigma;
        let before = before?;
        let block = match self.gate {
            crate::nn::Quantity::H => self.name.clone(),
            gate => format!("The block of {} in {}", gate.symbol(), self.name),
        };
        let radius = self.radius[0].map_or_else(String::new, |radius| {
            format!(
                ", its spectral radius is ρ{NO_BREAK}={NO_BREAK}{}",
                significant(radius, 3)
            )
        });
        let after = match after {
            Some(after) if significant(after, 3) == significant(before, 3) => String::new(),
            Some(after) => format!(
                "; at those that ended the run σ₁{NO_BREAK}={NO_BREAK}{}",
                significant(after, 3)
            ),
            None => "; at those that ended the run it has entries that are no numbers".into(),
        };
        let before = significant(before, 3);
        Some(format!(
            "{block} stretches a vector by up to σ₁{NO_BREAK}={NO_BREAK}{before} at the last good weights{radius}{after}."
        ))
    }
}

impl Moved {
    /// `None` where it hardly moved.
    fn sentence(&self) -> Option<String> {
        let Moved {
            name,
            before,
            after,
        } = self;
        let grew = !after.is_finite() || *after > 1.1 * before;
        grew.then(|| {
            format!(
                "From the last good weights to those that ended the run the norm of {name} rose most, from {} to {}.",
                number(*before),
                number(*after)
            )
        })
    }
}
