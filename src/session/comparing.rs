//! Comparisons that are set up at once: runs put beside the one on show that differ from it in one thing.
//!
//! All of them begin at the start, from the same seed and on the same data in the same order; only where another seed is what is
//! compared, that differs.

use super::Session;
use super::beside::{Refused, forget_changes, with_clip};
use super::command::{Command, Parting};
use super::comparison::Comparison;
use crate::data::Dataset;
use crate::experiment::{Document, Experiment, Matched, ModelKind, Precision, Setting, matched};
use crate::nn::{Cell, Clip};
use crate::words::{counted, grouped};

/// The norm that gradients are clipped at where it is compared with what is not clipped.
const NORM: f64 = 1.0;

/// Numbers of parameters that differ by a larger share are said to.
const TOLD_APART: f64 = 0.01;

impl Comparison {
    /// The texts of the runs to be put beside the one of this text; `dataset` is that one's, `parameters` how many it has. Of
    /// cells that cannot have equally many, `unmatched` gets what is nearest.
    pub(super) fn texts(
        self,
        document: &Document,
        experiment: &Experiment,
        dataset: &Dataset,
        parameters: usize,
        unmatched: &mut Vec<String>,
    ) -> Result<Vec<Document>, Refused> {
        let other = |path: &str, value: Setting| {
            let mut other = document.clone();
            other.set(path, value)?;
            Ok(vec![other])
        };
        match self {
            Comparison::CellsByUnits | Comparison::CellsByParameters => {
                if matches!(experiment.model.kind, ModelKind::SelfAttention { .. }) {
                    return Err(Refused::NoCell);
                }
                let own = family(experiment.model.cell);
                let others = FAMILIES.into_iter().filter(|cell| family(*cell) != own);
                let text = |cell| {
                    let mut other = with_cell(document, experiment, cell)?;
                    if self == Comparison::CellsByParameters {
                        match matched(&other, dataset, parameters) {
                            Some(found) => {
                                let size = Setting::from(found.hidden_size as u64);
                                other.set("model.hidden_size", size)?;
                                unmatched.extend(apart(cell, found, parameters));
                            }
                            None => unmatched
                                .push(format!("{} cannot have about so many", cell.title())),
                        }
                    }
                    Ok(other)
                };
                others.map(text).collect()
            }
            Comparison::Clipping => {
                let clip = match experiment.training.clip {
                    Clip::Off => Clip::Norm(NORM),
                    Clip::Norm(_) | Clip::Value(_) => Clip::Off,
                };
                with_clip(document, clip).map(|other| vec![other])
            }
            Comparison::Precision => {
                let precision = match experiment.training.precision {
                    Precision::F32 => Precision::F64,
                    Precision::F64 => Precision::F32,
                };
                other("training.precision", Setting::Text(precision.name().into()))
            }
            Comparison::Seed => {
                let next = i64::try_from(experiment.seed).ok();
                let next = next.and_then(|seed| seed.checked_add(1)).unwrap_or(0);
                other("seed", Setting::Whole(next))
            }
        }
    }
}

/// What to say of a cell that cannot have as many parameters as it should.
fn apart(cell: Cell, found: Matched, wanted: usize) -> Option<String> {
    let off = found.parameters.abs_diff(wanted) as f64 / wanted.max(1) as f64;
    (off >= TOLD_APART).then(|| {
        format!(
            "{} with {} has {}",
            cell.title(),
            counted(found.hidden_size, "unit"),
            grouped(found.parameters)
        )
    })
}

/// One cell of each family.
const FAMILIES: [Cell; 3] = [Cell::RnnTanh, Cell::Lstm, Cell::Gru];

/// The family of a cell, by the one that stands for it.
fn family(cell: Cell) -> Cell {
    match cell {
        Cell::RnnTanh | Cell::RnnRelu | Cell::RnnLinear => Cell::RnnTanh,
        Cell::Lstm | Cell::Lstm1997 => Cell::Lstm,
        Cell::Gru | Cell::GruResetBefore => Cell::Gru,
    }
}

/// The text with another cell. First weights that only the cell before can have give way, and those set by hand, which are weights
/// of that one.
fn with_cell(
    document: &Document,
    experiment: &Experiment,
    cell: Cell,
) -> Result<Document, Refused> {
    let mut other = document.clone();
    // What cannot be left out is told by what follows.
    drop(other.set("probe.set", Setting::Remove));
    drop(other.set("model.init.set", Setting::Remove));
    drop(other.set("model.weights", Setting::Remove));
    forget_changes(&mut other, |change| change.set.clear())?;
    let name = || Setting::Text(cell.name().into());
    let own_decoder = match experiment.model.kind {
        ModelKind::EncoderDecoder { decoder } => decoder.cell == experiment.model.cell,
        ModelKind::Recurrent | ModelKind::SelfAttention { .. } => false,
    };
    if other.set("model.cell", name()).is_err() {
        drop(other.set("model.init", Setting::Remove));
        other.set("model.cell", name())?;
    }
    let written = Document::parse(other.text())?.1.model.kind;
    if own_decoder
        && matches!(written, ModelKind::EncoderDecoder { decoder } if decoder.cell != cell)
    {
        other.set("model.decoder.cell", name())?;
    }
    Ok(other)
}

/// A single thing that a copy of a run can have otherwise, as the menu calls it, and how.
pub struct Variant {
    /// “LSTM”, “twice as many units”.
    pub title: String,
    /// The changes.
    pub changes: Vec<Command>,
}

/// What one thing a copy of a run of this experiment can have otherwise.
pub fn variants(experiment: &Experiment) -> Vec<Variant> {
    let mut all = Vec::new();
    let mut add = |title: &str, changes: Vec<Command>| {
        let title = title.to_owned();
        all.push(Variant { title, changes });
    };
    let set = |path: &str, value: Setting| {
        let path = path.to_owned();
        vec![Command::Set { path, value }]
    };
    let model = &experiment.model;
    if !matches!(model.kind, ModelKind::SelfAttention { .. }) {
        for cell in FAMILIES.into_iter().filter(|&cell| cell != model.cell) {
            add(
                cell.title(),
                set("model.cell", Setting::Text(cell.name().into())),
            );
        }
    }
    let units = |size: usize| set("model.hidden_size", Setting::from(size as u64));
    add("twice as many units", units(2 * model.hidden_size));
    if model.hidden_size > 1 {
        add("half as many units", units(model.hidden_size / 2));
    }
    let rate = experiment.training.optimizer.learning_rate();
    add(
        "a tenth of the learning rate",
        vec![Command::SetLearningRate(rate / 10.0)],
    );
    add(
        "ten times the learning rate",
        vec![Command::SetLearningRate(10.0 * rate)],
    );
    match experiment.training.clip {
        Clip::Off => add(
            "clipping at norm 1",
            vec![Command::SetClip(Clip::Norm(NORM))],
        ),
        Clip::Norm(_) | Clip::Value(_) => add("no clipping", vec![Command::SetClip(Clip::Off)]),
    }
    all
}

impl Session {
    /// Sets up a comparison, as one change.
    pub(super) fn compare(&mut self, comparison: Comparison) {
        let newest = self.here.watched.newest.as_ref();
        let Some(newest) = newest.filter(|_| self.here.opening.is_none()).cloned() else {
            // There is nothing yet to be compared with.
            return;
        };
        let run = self.here.active();
        let parameters = newest.model.parameters().len();
        // Another seed is one that no other run has.
        let seeds = self.tracks().map(|track| track.active().experiment.seed);
        let experiment = Experiment {
            seed: seeds.max().unwrap_or(run.experiment.seed),
            ..run.experiment.clone()
        };
        let mut unmatched = Vec::new();
        let texts = comparison.texts(
            &run.document,
            &experiment,
            &newest.material.dataset,
            parameters,
            &mut unmatched,
        );
        match texts {
            Ok(texts) => {
                let new = texts.into_iter().map(|text| {
                    let text = Command::SetText(text.text().to_owned());
                    (None, Parting::Start, vec![text])
                });
                self.put_all_beside(new.collect());
                if !unmatched.is_empty()
                    && let Some(notice) = &mut self.notice
                {
                    notice.text += &format!(
                        " Its {} parameters cannot be matched exactly; the nearest are: {}.",
                        grouped(parameters),
                        unmatched.join(", ")
                    );
                }
            }
            Err(refused) => self.message = Some(refused.told()),
        }
    }
}
