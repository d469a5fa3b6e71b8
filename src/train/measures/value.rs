//! What a measure is in a snapshot.

use super::{Measure, MeasureError, Of, ScanName};
use crate::experiment::Precision;
use crate::nn::analysis::{
    RecurrentBlock, States, Subject, dead_units, flow_of_part, jacobian, pascanu_bound, reach,
    recurrent_blocks, saturation, weights_of,
};
use crate::nn::{Part, PartScan, Quantity, Stop};
use crate::train::nothing_known::loss_of_knowing_nothing;
use crate::train::shadow::shadow;
use crate::train::snapshot::{Snapshot, Status};
use std::borrow::Cow;

impl Measure {
    /// Its value over whole parts, which a lesson's check takes: `None` where the snapshot has only some of their sequences. The
    /// worker is then to be asked for all ([`Order::All`](crate::train::Order)).
    ///
    /// What takes long is given up with `None` once `stop` is asked.
    ///
    /// # Errors
    /// See [`MeasureError`].
    pub fn of_whole(&self, snapshot: &Snapshot, stop: &Stop) -> Result<Option<f64>, MeasureError> {
        if !self.is_of_a_sample(snapshot) {
            return self.value(snapshot, stop);
        }
        let all = snapshot.material.memory.most_forecast() == usize::MAX;
        if !all && self.split().is_some() {
            return Err(MeasureError::TooMany {
                measure: self.name(),
            });
        }
        Ok(None)
    }

    /// Whether it is over sequences of a part of which the snapshot has not all.
    pub fn is_of_a_sample(&self, snapshot: &Snapshot) -> bool {
        match (self, self.split()) {
            (Measure::TestLoss, _) => {
                !snapshot.history.watched.is_whole() && snapshot.test_loss.is_none()
            }
            (_, Some(split)) => snapshot.forecasts(split).skipped > 0,
            (_, None) => false,
        }
    }

    /// Its value for a snapshot, over the sequences that it has; `None` where there is none yet, such as a loss before the first
    /// update, and for what is the session's.
    ///
    /// # Errors
    /// If the network has no such part or layer.
    pub fn of(&self, snapshot: &Snapshot) -> Result<Option<f64>, MeasureError> {
        self.value(snapshot, &Stop::default())
    }

    /// Whether it only has to be looked up in a snapshot, or is the session's: no more than a walk along the time axis.
    pub fn is_at_hand(&self) -> bool {
        match self {
            Measure::Update
            | Measure::SeqLen
            | Measure::HiddenSize
            | Measure::NumLayers
            | Measure::Parameters
            | Measure::Seed
            | Measure::Precision
            | Measure::LearningRate
            | Measure::ClipMaxNorm
            | Measure::ClipFraction
            | Measure::TrainLoss
            | Measure::FirstLoss
            | Measure::TestLoss
            | Measure::ProbeLoss
            | Measure::Accuracy(_)
            | Measure::Rmse(_)
            | Measure::Mae(_)
            | Measure::Mase(_)
            | Measure::RmseOf(..)
            | Measure::NormBefore
            | Measure::NormAfter
            | Measure::Diverged
            | Measure::DivergedUpdate
            | Measure::CursorT
            | Measure::CursorBackward
            | Measure::ProbeIndex
            | Measure::Runs => true,
            Measure::InRun(_, measure) => measure.is_at_hand(),
            Measure::GradientNorm { of, .. }
            | Measure::GradientRatio { of, .. }
            | Measure::GradientReach { of, .. } => matches!(of.quantity, Quantity::H | Quantity::C),
            // Over all updates made, all units, all forecasts, or by products of matrices.
            Measure::SmallestLoss
            | Measure::LossFloor
            | Measure::ShadowLag(_)
            | Measure::ShadowSkill(_)
            | Measure::LargestNorm
            | Measure::QuantityMean(_)
            | Measure::Saturation(_)
            | Measure::DeadUnits(_)
            | Measure::SpectralRadius(..)
            | Measure::LargestSigma(..)
            | Measure::PascanuBound(_)
            | Measure::JacobianSigma { .. }
            | Measure::JacobianNorm { .. } => false,
        }
    }

    fn value(&self, snapshot: &Snapshot, stop: &Stop) -> Result<Option<f64>, MeasureError> {
        let history = &snapshot.history;
        let last = history.last();
        Ok(match self {
            Measure::Update => Some(snapshot.made() as f64),
            Measure::SeqLen => {
                let part = snapshot.probe.parts.last();
                part.map(|part| part.seq_len() as f64)
            }
            Measure::HiddenSize => Some(snapshot.model.network().hidden_size() as f64),
            Measure::NumLayers => Some(snapshot.model.network().num_layers() as f64),
            Measure::Parameters => Some(snapshot.model.parameters().len() as f64),
            Measure::Seed => Some(snapshot.setup.seed as f64),
            Measure::Precision => Some(match snapshot.precision {
                Precision::F32 => 32.0,
                Precision::F64 => 64.0,
            }),
            Measure::LearningRate => Some(snapshot.learning_rate),
            Measure::ClipMaxNorm => Some(snapshot.clip.max_norm().unwrap_or(f64::INFINITY)),
            Measure::ClipFraction => last.map(|_| history.clipped_share()),
            Measure::TrainLoss => last.map(|row| row.train_loss),
            Measure::FirstLoss => history.get(0).map(|row| row.train_loss),
            Measure::SmallestLoss => history.rows().map(|row| row.train_loss).reduce(f64::min),
            Measure::TestLoss => snapshot.newest_test_loss().map(|(_, loss)| loss),
            Measure::LossFloor => loss_of_knowing_nothing(&snapshot.material, stop),
            Measure::ProbeLoss => Some(snapshot.probe.loss),
            Measure::Accuracy(split) => snapshot.accuracy(*split),
            Measure::Rmse(split) => snapshot.score(*split).map(|score| score.rmse),
            Measure::Mae(split) => snapshot.score(*split).map(|score| score.mae),
            Measure::Mase(split) => snapshot.score(*split).and_then(|score| score.mase),
            Measure::RmseOf(kind, split) => {
                let score = snapshot.score_of(*split, *kind);
                score.map(|score| score.rmse)
            }
            Measure::ShadowLag(split) => {
                let lag = shadow(snapshot, *split, 0).and_then(|shadow| shadow.lag());
                lag.map(|lag| lag as f64)
            }
            Measure::ShadowSkill(split) => {
                shadow(snapshot, *split, 0).and_then(|shadow| shadow.skill())
            }
            Measure::NormBefore => last.map(|row| row.norm_before),
            Measure::NormAfter => last.map(|row| row.norm_after),
            Measure::LargestNorm => history.rows().map(|row| row.norm_before).reduce(f64::max),
            Measure::GradientNorm { of, t } => {
                let flow = self.flow(snapshot, of)?;
                t.index(flow.len()).and_then(|t| flow[t])
            }
            Measure::GradientRatio { of, from, to } => {
                let flow = self.flow(snapshot, of)?;
                let [from, to] = [from, to].map(|t| t.index(flow.len()).and_then(|t| flow[t]));
                let ratio = from.zip(to).map(|(from, to)| to / from);
                ratio.filter(|ratio| !ratio.is_nan())
            }
            Measure::GradientReach { of, fraction } => {
                let flow = self.flow(snapshot, of)?;
                let steps = reach(&flow, of.scan.place.direction, *fraction);
                steps.map(|steps| steps as f64)
            }
            Measure::QuantityMean(of) => {
                let (part, index) = self.part_and_index(snapshot, &of.scan)?;
                let values = part.get(index, of.quantity, false);
                values.and_then(|values| values.mean())
            }
            Measure::Saturation(of) => {
                let (part, index) = self.part_and_index(snapshot, &of.scan)?;
                let scan = &part.scans[index];
                let values = scan.cell.zip(scan.get(of.quantity, false));
                values.and_then(|(cell, values)| {
                    Some(saturation(cell, of.quantity, values, &part.lengths)?.share())
                })
            }
            Measure::DeadUnits(of) => {
                let (part, index) = self.part_and_index(snapshot, of)?;
                let scan = &part.scans[index];
                let values = scan.cell.zip(scan.get(Quantity::H, false));
                values.and_then(|(cell, h)| Some(dead_units(cell, h, &part.lengths)?.len() as f64))
            }
            Measure::SpectralRadius(of, gate) => {
                let block = self.block(snapshot, of, *gate)?;
                block.and_then(|block| block.spectral_radius())
            }
            Measure::LargestSigma(of, gate) => {
                let block = self.block(snapshot, of, *gate)?;
                block.and_then(|block| block.largest_singular_value())
            }
            Measure::PascanuBound(of) => {
                let cell = self.scan(snapshot, of)?.cell;
                let block = self.block(snapshot, of, None)?;
                let sigma = block.and_then(|block| block.largest_singular_value());
                cell.zip(sigma)
                    .and_then(|(cell, sigma)| pascanu_bound(cell, sigma))
            }
            Measure::JacobianSigma { of, t } => match self.subject(snapshot, of)? {
                Some((subject, states)) => t
                    .index(subject.length + 1)
                    .and_then(|t| jacobian::step(&subject, states, t))
                    .and_then(|jacobian| jacobian.singular_values()?.first().copied()),
                None => None,
            },
            Measure::JacobianNorm { of, from, to } => match self.subject(snapshot, of)? {
                Some((subject, states)) => {
                    let [from, to] = [from, to].map(|t| t.index(subject.length + 1));
                    from.zip(to)
                        .and_then(|span| jacobian::span_until(&subject, states, span, stop))
                        .map(|span| span.jacobian.log10_norm())
                }
                None => None,
            },
            Measure::Diverged => Some(f64::from(u8::from(matches!(
                snapshot.status,
                Status::Diverged(_)
            )))),
            Measure::DivergedUpdate => match &snapshot.status {
                Status::Diverged(divergence) => Some(divergence.update as f64),
                _ => None,
            },
            // A snapshot knows nothing of where a session looks, nor of other runs.
            Measure::CursorT
            | Measure::CursorBackward
            | Measure::ProbeIndex
            | Measure::Runs
            | Measure::InRun(..) => None,
        })
    }

    /// The scan of a network by its name.
    fn scan<'a>(
        &self,
        snapshot: &'a Snapshot,
        of: &ScanName,
    ) -> Result<&'a PartScan, MeasureError> {
        let (part, index) = self.part_and_index(snapshot, of)?;
        Ok(&part.scans[index])
    }

    fn part_and_index<'a>(
        &self,
        snapshot: &'a Snapshot,
        of: &ScanName,
    ) -> Result<(&'a Part, usize), MeasureError> {
        let lacking = |what: &str| MeasureError::Lacking {
            measure: self.name(),
            what: what.into(),
        };
        let parts = &snapshot.probe.parts;
        let part = match &of.part {
            None => parts.last(),
            Some(name) => parts.iter().find(|part| part.name == name),
        };
        let part = part.ok_or_else(|| lacking("part of that name"))?;
        let index = part.index_of(of.place);
        let has_layer = part
            .scans
            .iter()
            .any(|scan| scan.place.layer == of.place.layer);
        let index = index.ok_or_else(|| match has_layer {
            true => lacking("such direction"),
            false => lacking("such layer"),
        })?;
        Ok((part, index))
    }

    /// The spectrum of the gate's recurrent weights; `None` where there are none.
    fn block(
        &self,
        snapshot: &Snapshot,
        of: &ScanName,
        gate: Option<Quantity>,
    ) -> Result<Option<RecurrentBlock>, MeasureError> {
        let (part, index) = self.part_and_index(snapshot, of)?;
        let weights = weights_of(&snapshot.model, part.name, part.scans[index].place);
        let Some((cell, weights)) = weights else {
            return Ok(None);
        };
        let mut blocks = recurrent_blocks(cell, weights).into_iter();
        Ok(blocks.find(|block| gate.is_none_or(|gate| gate == block.gate)))
    }

    /// What a Jacobian is of, and of which of its states: of the whole state where there is a cell state.
    fn subject<'a>(
        &self,
        snapshot: &'a Snapshot,
        of: &ScanName,
    ) -> Result<Option<(Subject<'a>, States)>, MeasureError> {
        let (part, index) = self.part_and_index(snapshot, of)?;
        let states = if part.scans[index].states().contains(&Quantity::C) {
            States::Whole
        } else {
            States::Hidden
        };
        let subject = Subject::of_part(&snapshot.model, part, index, 0);
        Ok(subject.map(|subject| (subject, states)))
    }

    /// Norms of ∂L/∂quantity through time: those on record, which a snapshot has of states.
    fn flow<'a>(
        &self,
        snapshot: &'a Snapshot,
        of: &Of,
    ) -> Result<Cow<'a, [Option<f64>]>, MeasureError> {
        let (part, scan) = self.part_and_index(snapshot, &of.scan)?;
        let recorded = snapshot.probe.flows.iter().find(|flow| {
            (flow.scan, flow.quantity) == (scan, of.quantity)
                && std::ptr::eq(&snapshot.probe.parts[flow.part], part)
        });
        Ok(match recorded {
            Some(flow) => Cow::Borrowed(&flow.norms),
            None => Cow::Owned(flow_of_part(part, scan, of.quantity)),
        })
    }
}
