//! Named numbers about a run: what plots, lesson checks and the numbers in a lesson's prose are made of.
//!
//! Times count from 1 to T, 0 is the initial state; negative ones count from the end, −1 is T.

use super::snapshot::{Snapshot, Status};
use crate::data::Split;
use crate::data::place::shortened;
use crate::experiment::BaselineKind;
use crate::nn::analysis::{
    RecurrentBlock, States, Subject, dead_units, gradient_flow, jacobian, pascanu_bound, reach,
    recurrent_blocks, saturation, weights_of,
};
use crate::nn::{Direction, Part, PartScan, Place, Quantity};
use std::collections::BTreeMap;

/// An argument of a measure.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// A number.
    Number(f64),
    /// A word.
    Text(String),
}

/// A measure asked for: a name and arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// One of [`NAMES`].
    pub name: String,
    /// By name.
    pub arguments: BTreeMap<String, Argument>,
}

/// What a measure takes: its name, its arguments, and what it is.
pub const NAMES: &[(&str, &[&str], &str)] = &[
    ("update", &[], "updates made"),
    ("seq_len", &[], "steps of a sequence"),
    ("hidden_size", &[], "units of a layer"),
    ("learning_rate", &[], "the learning rate in effect"),
    (
        "clip.max_norm",
        &[],
        "the clipping threshold in effect; infinite when the norm is not clipped",
    ),
    (
        "clip.fraction",
        &[],
        "share of all updates whose gradient was clipped",
    ),
    ("loss.train", &[], "the newest batch's loss"),
    ("loss.first", &[], "the first batch's loss"),
    (
        "loss.test",
        &[],
        "the newest loss over the answers whose targets are in the test part",
    ),
    ("loss.probe", &[], "the probe's loss"),
    ("loss.smallest", &[], "the smallest batch loss so far"),
    (
        "accuracy",
        &["split"],
        "share of sequences whose class is right",
    ),
    (
        "rmse",
        &["split"],
        "root mean squared error in the data's own units, over all targets of the part",
    ),
    (
        "rmse.naive",
        &["split"],
        "the naive forecast's root mean squared error, on the targets that are reached by all baselines that reach any",
    ),
    (
        "rmse.seasonal",
        &["split"],
        "likewise of the value a season ago",
    ),
    ("rmse.ar", &["split"], "likewise of the autoregression"),
    (
        "mae",
        &["split"],
        "mean absolute error in the data's own units",
    ),
    (
        "mase",
        &["split"],
        "mean absolute error over the naive forecast's in the training part",
    ),
    (
        "norm.before",
        &[],
        "the newest gradient norm before clipping",
    ),
    ("norm.after", &[], "the newest gradient norm after clipping"),
    (
        "norm.largest",
        &[],
        "the largest gradient norm before clipping so far",
    ),
    (
        "gradient.norm",
        &["quantity", "layer", "direction", "part", "t"],
        "norm of the probe's ∂L/∂quantity at t",
    ),
    (
        "gradient.ratio",
        &["quantity", "layer", "direction", "part", "from", "to"],
        "its norm at `to` over its norm at `from`",
    ),
    (
        "gradient.reach",
        &["fraction", "quantity", "layer", "direction", "part"],
        "steps back from T until it is below that fraction",
    ),
    (
        "quantity.mean",
        &["quantity", "layer", "direction", "part"],
        "mean of the probe's quantity over all steps and units",
    ),
    (
        "saturation",
        &["quantity", "layer", "direction", "part"],
        "share of the probe's gate values below 0.05 or above 0.95 (of squashed values beyond ±0.95 of their range)",
    ),
    (
        "dead_units",
        &["layer", "direction", "part"],
        "units of an Elman layer with ReLU that are 0 over the whole probe",
    ),
    (
        "weights.spectral_radius",
        &["quantity", "layer", "direction", "part"],
        "largest |eigenvalue| of the recurrent weights (of that gate's block, the first one if none is named)",
    ),
    (
        "weights.sigma",
        &["quantity", "layer", "direction", "part"],
        "largest singular value of the recurrent weights, likewise",
    ),
    (
        "weights.pascanu_bound",
        &["layer", "direction", "part"],
        "largest singular value times the steepest slope of an Elman cell's squashing function",
    ),
    (
        "jacobian.sigma",
        &["layer", "direction", "part", "t"],
        "largest singular value of ∂h_t/∂h_{t−1} (of the whole state's, where there is a cell state)",
    ),
    (
        "jacobian.log10_norm",
        &["layer", "direction", "part", "from", "to"],
        "decimal logarithm of the norm of ∂h_to/∂h_from, likewise",
    ),
    ("diverged", &[], "1 if the run has diverged, else 0"),
    ("diverged.update", &[], "the update that could not be made"),
];

/// Why a measure has no value.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MeasureError {
    /// No such measure.
    #[error("there is no measure “{}”", shortened(.0))]
    Unknown(String),
    /// An argument is missing, of the wrong kind or unknown.
    #[error("measure “{measure}”: argument “{}” {problem}", shortened(argument))]
    Argument {
        /// Of which measure.
        measure: String,
        /// Which argument.
        argument: String,
        /// What about it.
        problem: String,
    },
    /// It is over a whole part, of which no run has all forecasts in memory.
    #[error(
        "measure “{0}”: found more forecasts than a run may have in memory, expected all of a part. Take fewer rows, or a longer stride."
    )]
    TooMany(String),
}

impl Measure {
    /// A measure without arguments.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.into(),
            arguments: BTreeMap::new(),
        }
    }

    /// Checks name and arguments, so that a lesson with a mistake is found before it is played.
    ///
    /// # Errors
    /// See [`MeasureError`].
    pub fn check(&self) -> Result<(), MeasureError> {
        let Some((_, known, _)) = NAMES.iter().find(|(name, _, _)| *name == self.name) else {
            return Err(MeasureError::Unknown(self.name.clone()));
        };
        match self
            .arguments
            .keys()
            .find(|argument| !known.contains(&argument.as_str()))
        {
            Some(argument) => Err(self.problem(argument, "is not one that it takes")),
            None => {
                for argument in *known {
                    match *argument {
                        "quantity" => drop(self.quantity()?),
                        "split" => drop(self.split()?),
                        "layer" => drop(self.number(argument, Some(1.0))?),
                        "direction" => drop(self.direction()?),
                        "part" => {}
                        _ => drop(self.number(argument, None)?),
                    }
                }
                Ok(())
            }
        }
    }

    fn problem(&self, argument: &str, problem: &str) -> MeasureError {
        MeasureError::Argument {
            measure: self.name.clone(),
            argument: argument.into(),
            problem: problem.into(),
        }
    }

    fn number(&self, argument: &str, default: Option<f64>) -> Result<f64, MeasureError> {
        match (self.arguments.get(argument), default) {
            (Some(Argument::Number(value)), _) => Ok(*value),
            (Some(Argument::Text(_)), _) => Err(self.problem(argument, "must be a number")),
            (None, Some(default)) => Ok(default),
            (None, None) => Err(self.problem(argument, "is missing")),
        }
    }

    fn quantity(&self) -> Result<Quantity, MeasureError> {
        match self.arguments.get("quantity") {
            None => Ok(Quantity::H),
            Some(Argument::Text(name)) => Quantity::from_name(name)
                .ok_or_else(|| self.problem("quantity", "is no quantity's name")),
            Some(Argument::Number(_)) => Err(self.problem("quantity", "must be a name")),
        }
    }

    fn split(&self) -> Result<Split, MeasureError> {
        match self.arguments.get("split") {
            None => Ok(Split::Test),
            Some(Argument::Text(name)) => {
                Split::from_name(name).ok_or_else(|| self.problem("split", "must be train or test"))
            }
            Some(Argument::Number(_)) => Err(self.problem("split", "must be train or test")),
        }
    }

    /// The scan asked for: `layer`, from 1, and `direction`, of `part`. The part is the last one if none is named, which
    /// is where the output is.
    fn scan<'a>(&self, snapshot: &'a Snapshot) -> Result<&'a PartScan, MeasureError> {
        let (part, index) = self.part_and_index(snapshot)?;
        Ok(&part.scans[index])
    }

    fn part_and_index<'a>(
        &self,
        snapshot: &'a Snapshot,
    ) -> Result<(&'a Part, usize), MeasureError> {
        let parts = &snapshot.probe.parts;
        let part = match self.arguments.get("part") {
            None => parts.last(),
            Some(Argument::Text(name)) => parts.iter().find(|part| part.name == name),
            Some(Argument::Number(_)) => None,
        };
        let part = part.ok_or_else(|| self.problem("part", "is no part of the model"))?;
        let layer = self.number("layer", Some(1.0))?;
        let place = Place {
            layer: (layer.max(1.0) as usize) - 1,
            direction: self.direction()?,
        };
        let index = part
            .index_of(place)
            .filter(|_| layer >= 1.0)
            .ok_or_else(|| self.problem("layer", "is past the model's layers"))?;
        Ok((part, index))
    }

    /// The spectrum of the gate's recurrent weights; `None` where there are none.
    fn block(&self, snapshot: &Snapshot) -> Result<Option<RecurrentBlock>, MeasureError> {
        let (part, index) = self.part_and_index(snapshot)?;
        let weights = weights_of(&snapshot.model, part.name, part.scans[index].place);
        let Some((cell, weights)) = weights else {
            return Ok(None);
        };
        let gate = match self.arguments.get("quantity") {
            None => None,
            Some(_) => Some(self.quantity()?),
        };
        let mut blocks = recurrent_blocks(cell, weights).into_iter();
        Ok(blocks.find(|block| gate.is_none_or(|gate| gate == block.gate)))
    }

    /// The scan's record as Jacobians want it, which states it has, and the whole of them where there is a cell state.
    fn subject<'a>(
        &self,
        snapshot: &'a Snapshot,
    ) -> Result<Option<(Subject<'a>, States)>, MeasureError> {
        let (part, index) = self.part_and_index(snapshot)?;
        let states = if part.scans[index].states().contains(&Quantity::C) {
            States::Whole
        } else {
            States::Hidden
        };
        let subject = Subject::of_part(&snapshot.model, part, index, 0);
        Ok(subject.map(|subject| (subject, states)))
    }

    /// A time from 0 to T; negative ones count from the end.
    fn time(&self, argument: &str, seq_len: usize) -> Result<Option<usize>, MeasureError> {
        let t = self.number(argument, None)?;
        let t = if t < 0.0 { seq_len as f64 + 1.0 + t } else { t };
        Ok((t >= 0.0 && t <= seq_len as f64).then_some(t as usize))
    }

    fn direction(&self) -> Result<Direction, MeasureError> {
        let wrong = || self.problem("direction", "must be forward or reverse");
        match self.arguments.get("direction") {
            None => Ok(Direction::Forward),
            Some(Argument::Text(name)) => Direction::from_name(name).ok_or_else(wrong),
            Some(Argument::Number(_)) => Err(wrong()),
        }
    }

    /// Norms through time of the quantity and layer asked for.
    fn flow(&self, snapshot: &Snapshot) -> Result<Vec<Option<f64>>, MeasureError> {
        Ok(gradient_flow(self.scan(snapshot)?, self.quantity()?, 0))
    }

    fn at(&self, argument: &str, flow: &[Option<f64>]) -> Result<Option<f64>, MeasureError> {
        let t = self.number(argument, None)?;
        let index = if t < 0.0 { flow.len() as f64 + t } else { t };
        Ok(if index < 0.0 {
            None
        } else {
            flow.get(index as usize).copied().flatten()
        })
    }

    /// Its value over whole parts, which a lesson's check takes: `None` where the snapshot has only some of their sequences. The
    /// worker is then to be asked for all ([`Order::All`](super::Order)).
    ///
    /// # Errors
    /// See [`MeasureError`].
    pub fn of_whole(&self, snapshot: &Snapshot) -> Result<Option<f64>, MeasureError> {
        if !self.is_of_part(snapshot)? {
            return self.of(snapshot);
        }
        let all = snapshot.material.memory.most_forecast() == usize::MAX;
        if !all && self.name != "loss.test" {
            return Err(MeasureError::TooMany(self.name.clone()));
        }
        Ok(None)
    }

    /// Whether it is over sequences of a part of which the snapshot has not all.
    ///
    /// # Errors
    /// See [`MeasureError`].
    pub fn is_of_part(&self, snapshot: &Snapshot) -> Result<bool, MeasureError> {
        if self.name == "loss.test" {
            return Ok(!snapshot.history.watched.is_whole() && snapshot.test_loss.is_none());
        }
        let known = NAMES.iter().find(|(name, _, _)| *name == self.name);
        let over_sequences = known.is_some_and(|(_, arguments, _)| arguments.contains(&"split"));
        Ok(over_sequences && snapshot.forecasts(self.split()?).skipped > 0)
    }

    /// Its value for a snapshot, over the sequences that it has; `None` where there is none yet, such as a loss before the first update.
    ///
    /// # Errors
    /// See [`MeasureError`].
    pub fn of(&self, snapshot: &Snapshot) -> Result<Option<f64>, MeasureError> {
        let history = &snapshot.history;
        let last = history.last();
        Ok(match self.name.as_str() {
            "update" => Some(snapshot.update as f64),
            "seq_len" => snapshot
                .probe
                .parts
                .last()
                .map(|part| part.seq_len() as f64),
            "hidden_size" => Some(snapshot.model.network().hidden_size() as f64),
            "learning_rate" => Some(snapshot.learning_rate),
            "clip.max_norm" => Some(snapshot.clip.max_norm().unwrap_or(f64::INFINITY)),
            "clip.fraction" => last.map(|_| history.clipped_share()),
            "loss.train" => last.map(|row| row.train_loss),
            "loss.first" => history.get(0).map(|row| row.train_loss),
            "loss.test" => snapshot.test_loss.or(history.test_loss()),
            "loss.probe" => Some(snapshot.probe.loss),
            "loss.smallest" => history.rows().map(|row| row.train_loss).reduce(f64::min),
            "accuracy" => snapshot.accuracy(self.split()?),
            "rmse" => snapshot.score(self.split()?).map(|score| score.rmse),
            "mae" => snapshot.score(self.split()?).map(|score| score.mae),
            "mase" => snapshot.score(self.split()?).and_then(|score| score.mase),
            "rmse.naive" => rmse_of(snapshot, self.split()?, BaselineKind::Naive),
            "rmse.seasonal" => rmse_of(snapshot, self.split()?, BaselineKind::SeasonalNaive),
            "rmse.ar" => rmse_of(snapshot, self.split()?, BaselineKind::Autoregression),
            "norm.before" => last.map(|row| row.norm_before),
            "norm.after" => last.map(|row| row.norm_after),
            "norm.largest" => history.rows().map(|row| row.norm_before).reduce(f64::max),
            "gradient.norm" => self.at("t", &self.flow(snapshot)?)?,
            "gradient.ratio" => {
                let flow = self.flow(snapshot)?;
                let (from, to) = (self.at("from", &flow)?, self.at("to", &flow)?);
                from.zip(to)
                    .map(|(from, to)| to / from)
                    .filter(|ratio| !ratio.is_nan())
            }
            "gradient.reach" => {
                let fraction = self.number("fraction", None)?;
                reach(&self.flow(snapshot)?, self.direction()?, fraction).map(|steps| steps as f64)
            }
            "quantity.mean" => {
                let scan = self.scan(snapshot)?;
                scan.get(self.quantity()?, false)
                    .and_then(|values| values.mean())
            }
            "saturation" => {
                let (part, index) = self.part_and_index(snapshot)?;
                let (scan, quantity) = (&part.scans[index], self.quantity()?);
                let values = scan.cell.zip(scan.get(quantity, false));
                values.and_then(|(cell, values)| {
                    Some(saturation(cell, quantity, values, &part.lengths)?.share())
                })
            }
            "dead_units" => {
                let (part, index) = self.part_and_index(snapshot)?;
                let scan = &part.scans[index];
                let values = scan.cell.zip(scan.get(Quantity::H, false));
                values.and_then(|(cell, h)| Some(dead_units(cell, h, &part.lengths)?.len() as f64))
            }
            "weights.spectral_radius" => {
                let block = self.block(snapshot)?;
                block.and_then(|block| block.spectral_radius())
            }
            "weights.sigma" => {
                let block = self.block(snapshot)?;
                block.and_then(|block| block.largest_singular_value())
            }
            "weights.pascanu_bound" => {
                let cell = self.scan(snapshot)?.cell;
                let sigma = self
                    .block(snapshot)?
                    .and_then(|block| block.largest_singular_value());
                cell.zip(sigma)
                    .and_then(|(cell, sigma)| pascanu_bound(cell, sigma))
            }
            "jacobian.sigma" => match self.subject(snapshot)? {
                Some((subject, states)) => self
                    .time("t", subject.length)?
                    .and_then(|t| jacobian::step(&subject, states, t))
                    .and_then(|jacobian| jacobian.singular_values()?.first().copied()),
                None => None,
            },
            "jacobian.log10_norm" => match self.subject(snapshot)? {
                Some((subject, states)) => {
                    let from = self.time("from", subject.length)?;
                    let to = self.time("to", subject.length)?;
                    from.zip(to)
                        .and_then(|(from, to)| jacobian::span(&subject, states, from, to))
                        .map(|span| span.jacobian.log10_norm())
                }
                None => None,
            },
            "diverged" => Some(f64::from(u8::from(matches!(
                snapshot.status,
                Status::Diverged(_)
            )))),
            "diverged.update" => match &snapshot.status {
                Status::Diverged(divergence) => Some(divergence.update as f64),
                _ => None,
            },
            other => return Err(MeasureError::Unknown(other.into())),
        })
    }
}
fn rmse_of(snapshot: &Snapshot, split: Split, kind: BaselineKind) -> Option<f64> {
    snapshot.score_of(split, kind).map(|score| score.rmse)
}
