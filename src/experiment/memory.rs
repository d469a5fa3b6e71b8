//! What a run takes of memory, told before anything is asked for.
//!
//! Summed up here is all that a trainer, its worker and what they publish hold at once: each record and workspace of the
//! engine says beside its constructor what it takes, and what the rooms above make of it stands in [`Sizes::memory`], share by
//! share. Trainer and session follow what is decided here: how many sequences are evaluated side by side, and how many
//! snapshots stay. `tests/memory.rs` holds the promise against what is really asked for.
//!
//! Counted is what a run needs, not what a machine has: the same experiment runs, or is refused, everywhere. Not counted are
//! the window itself, the file while it is read (which [`super::means`] limits), and another run that is open until this one
//! has begun.

mod advice;

use super::baselines;
use super::network::network;
use super::{Answering, Experiment, Precision};
use crate::data::sequences::Outlook;
use crate::data::{Dataset, Span, Split, Targets};
use crate::nn::seq2seq::Lengths;
use crate::nn::{AnyWorkspace, Network, OptimizerState, Part, Real, Record};
use std::fmt;

pub use advice::{Advice, Remedy, To};

/// The most bytes that a run may take: 2 GiB.
pub const MAX_RUN_BYTES: u64 = 1 << 31;

/// At most this many sequences of each part are forecast in a snapshot; a window is not wide enough for more.
pub const FORECASTS_SHOWN: usize = 4_096;

/// The bytes of an update in the history.
pub const HISTORY_ROW_BYTES: usize = 88;

/// The updates that a part of the history holds; cloning it shares all parts but the last.
pub const HISTORY_PART: usize = 1_024;

/// At most so many sequences are evaluated side by side.
const EVALUATED_AT_ONCE: usize = 64;

/// The most bytes that evaluation has for itself, 128 MiB: where its sequences do not fit, or too few of them, it uses the
/// room of the batch in training, and looking ahead makes room each time anew.
const EVALUATION_BYTES: u128 = 1 << 27;

/// The most bytes that snapshots may take that stay for going back, 256 MiB, and never more than a run leaves of what it may.
const KEPT_BYTES: u64 = 1 << 28;

/// The most bytes of a checkpoint, 64 MiB: beyond that none is taken, as writing it would keep the disk busy.
pub const CHECKPOINT_BYTES: u64 = 1 << 26;

/// What memory goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// The record of a batch in training, forward and back, with its weights as its products want them.
    Batch,
    /// The same for evaluation, where that has room of its own.
    Evaluation,
    /// The sequence under the lens with everything recorded: one on show and one being made.
    Probe,
    /// Parameters, gradients and moments; and of each snapshot weights and gradient.
    Parameters,
    /// The sequences, and the table that they come from.
    Data,
    /// Forecasts and their scores.
    Forecasts,
    /// A row per planned update.
    History,
}

impl Share {
    /// In words, to be put after a size.
    fn title(self) -> &'static str {
        match self {
            Share::Batch => "a batch in training",
            Share::Evaluation => "evaluation",
            Share::Probe => "the sequence on show",
            Share::Parameters => "parameters, gradients and moments",
            Share::Data => "the data",
            Share::Forecasts => "forecasts",
            Share::History => "the history of updates",
        }
    }
}

/// What a run takes, at most, and what it therefore does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    shares: Vec<(Share, u64)>,
    /// How many sequences evaluation has room for by itself; `None` where it uses the room of the batch in training.
    pub evaluated: Option<usize>,
    /// Whether the room to look ahead in stays from one look to the next.
    pub keeps_ahead: bool,
    /// The bytes of a snapshot.
    snapshot: u64,
    /// What a snapshot takes beyond that where it tells of whole parts.
    whole: u64,
    /// What it takes beyond that to score them.
    whole_scored: u64,
    /// The bytes of a checkpoint.
    checkpoint: u64,
    /// What it may take at most: [`MAX_RUN_BYTES`], or less where a limit on this program leaves less.
    room: u64,
}

impl Memory {
    /// The bytes that all takes, with one snapshot on show and another being made.
    pub fn total(&self) -> u64 {
        let all = self.shares.iter().map(|&(_, bytes)| bytes);
        all.fold(0, u64::saturating_add)
    }

    /// The bytes of a share.
    pub fn of(&self, share: Share) -> u64 {
        let of = self.shares.iter().find(|(other, _)| *other == share);
        of.map_or(0, |&(_, bytes)| bytes)
    }

    /// The largest share.
    fn largest(&self) -> Share {
        let largest = self.shares.iter().max_by_key(|(_, bytes)| *bytes);
        largest.map_or(Share::Batch, |&(share, _)| share)
    }

    /// The bytes that all takes where the snapshot on show and the one being made tell of whole parts.
    pub fn total_of_whole(&self) -> u64 {
        let beyond = self.whole.saturating_mul(2);
        let beyond = beyond.saturating_add(self.whole_scored);
        self.total().saturating_add(beyond)
    }

    /// How many sequences of each part are forecast at most where all are asked for: all of them, or where a run would then take
    /// more than it may no more than a snapshot tells of anyway.
    pub fn most_forecast(&self) -> usize {
        if self.total_of_whole() <= self.room {
            usize::MAX
        } else {
            FORECASTS_SHOWN
        }
    }

    /// The same run, as if whole parts took so many bytes.
    #[cfg(test)]
    pub fn if_whole_took(&self, bytes: u64) -> Self {
        Self {
            whole: bytes,
            ..self.clone()
        }
    }

    /// Whether checkpoints of the run are taken.
    pub fn has_checkpoints(&self) -> bool {
        self.checkpoint <= CHECKPOINT_BYTES
            && self.total().saturating_add(self.of_checkpoints()) <= self.room
    }

    /// The bytes of checkpoints beside what the run takes: the newest; the one before it until it is written; and its bytes, in a
    /// list that may have grown to twice their length.
    pub fn of_checkpoints(&self) -> u64 {
        self.checkpoint.saturating_mul(4)
    }

    /// How many snapshots may stay, of at most `most`: the newest, and as many before it as there is memory for; `whole` says
    /// whether they tell of whole parts.
    pub fn snapshots(&self, most: usize, whole: bool) -> usize {
        let (taken, each) = match whole && self.most_forecast() > FORECASTS_SHOWN {
            true => (
                self.total_of_whole(),
                self.snapshot.saturating_add(self.whole),
            ),
            false => (self.total(), self.snapshot),
        };
        let checkpoints = match self.has_checkpoints() {
            true => self.of_checkpoints(),
            false => 0,
        };
        let taken = taken.saturating_add(checkpoints);
        let left = self.room.saturating_sub(taken).min(KEPT_BYTES);
        let older = left / each.max(1);
        usize::try_from(older).map_or(most, |older| older.saturating_add(1).min(most))
    }
}

/// “4300 MiB for a batch in training, 500 MiB for the sequence on show and 20 MiB for the rest”: the shares of at least a
/// tenth, largest first.
impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total();
        let mut shares = self.shares.clone();
        shares.sort_by_key(|&(_, bytes)| std::cmp::Reverse(bytes));
        let named = shares.iter().take_while(|&&(_, bytes)| bytes >= total / 10);
        let mut rest = total;
        let mut parts: Vec<String> = Vec::new();
        for &(share, bytes) in named {
            rest -= bytes.min(rest);
            parts.push(format!("{} MiB for {}", in_mib(bytes), share.title()));
        }
        if in_mib(rest) > 0 {
            parts.push(format!("{} MiB for the rest", in_mib(rest)));
        }
        match parts.split_last() {
            Some((last, [])) => write!(f, "{last}"),
            Some((last, before)) => write!(f, "{} and {last}", before.join(", ")),
            None => Ok(()),
        }
    }
}

/// Whole MiB, rounded up: nothing is taken for less than it is.
pub(super) fn in_mib(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}

/// What a run takes too much memory for, and what would help.
#[derive(Clone, Debug, PartialEq)]
pub struct TooMuch {
    /// What it takes.
    pub memory: Memory,
    /// Which changes would help, each alone unless it says otherwise; the one that changes most directly what takes most
    /// first.
    pub advice: Vec<Advice>,
}

impl TooMuch {
    /// The setting to change first.
    pub fn setting(&self) -> &'static str {
        let first = self
            .advice
            .first()
            .and_then(|advice| advice.changes.first());
        first.map_or("training.batch_size", |change| change.setting)
    }
}

/// “5120 MiB, expected at most 2048: … Choose …”
impl fmt::Display for TooMuch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { memory, advice } = self;
        write!(
            f,
            "{} MiB for this run, expected at most {}: {memory}. ",
            in_mib(memory.total()),
            memory.room >> 20
        )?;
        if memory.room < MAX_RUN_BYTES {
            write!(
                f,
                "A limit on this program's memory (ulimit) leaves no more. "
            )?;
        }
        match advice.split_last() {
            None => write!(f, "Shorten the sequences, or choose a smaller network."),
            Some((last, [])) => write!(f, "Choose {last}."),
            Some((last, before)) => {
                let before: Vec<String> = before.iter().map(ToString::to_string).collect();
                write!(f, "Choose {}, or {last}.", before.join(", or "))
            }
        }
    }
}

/// The sizes that decide what a run takes.
#[derive(Clone)]
struct Sizes {
    /// What a run may take.
    room: u64,
    network: Network,
    precision: Precision,
    /// Of the longest sequence and the longest answer.
    lengths: Lengths,
    /// Sequences per update.
    batch: usize,
    /// Sequences of the two parts.
    parts: [usize; 2],
    /// Whether targets are classes.
    classes: bool,
    /// Whether batches are padded.
    padding: bool,
    /// Whether forecasts go on beyond the probe.
    ahead: bool,
    /// Forecasts of the two parts in a snapshot.
    forecasts: [usize; 2],
    /// Forecasts of the two parts as a whole.
    whole: [usize; 2],
    /// How many numbers a forecast has: a decoder of a series says several rows, one after the other.
    forecast: usize,
    /// Planned updates.
    updates: u64,
    /// The bytes of the data as they are.
    data: u128,
}

/// What `experiment` takes with `dataset`, which goes on beyond its end as `outlook` says, beside `source` bytes of the file
/// that it comes from; or that it is too much.
pub(super) fn check(
    experiment: &Experiment,
    dataset: &Dataset,
    outlook: Option<&Outlook>,
    source: u128,
    room: u64,
) -> Result<Memory, Box<TooMuch>> {
    let sizes = Sizes {
        room,
        ..Sizes::of(experiment, dataset, outlook, source)
    };
    let memory = sizes.memory();
    if memory.total() <= room {
        return Ok(memory);
    }
    let advice = advice::advice(experiment, dataset, &sizes);
    Err(Box::new(TooMuch { memory, advice }))
}

/// Of how many forecasts of a part a snapshot tells that tells of its last `limit` sequences: one of each, or where classes
/// are told on the way one for each step that has an answer.
pub fn forecasts(network: &Network, dataset: &Dataset, split: Split, limit: usize) -> usize {
    let spans = dataset.split(split);
    let spans = &spans[spans.len().saturating_sub(limit)..];
    match dataset.targets {
        Targets::Values(_) => spans.len(),
        Targets::Classes { .. } => {
            let told = |span: &Span| match network {
                Network::EncoderDecoder(_) => span.answer_len,
                _ => network.readout().steps(span.len),
            };
            spans.iter().map(told).sum()
        }
    }
}

impl Sizes {
    fn of(
        experiment: &Experiment,
        dataset: &Dataset,
        outlook: Option<&Outlook>,
        source: u128,
    ) -> Self {
        let training = &experiment.training;
        let network = network(&experiment.model, dataset);
        let past = outlook.map_or(0, |outlook| baselines::bytes(dataset, outlook));
        Self {
            room: MAX_RUN_BYTES,
            precision: training.precision,
            lengths: Lengths {
                source: dataset.longest(),
                target: Answering::of(&experiment.model, dataset).longest(dataset),
            },
            batch: training.batch_size.min(dataset.train.len()),
            parts: Split::ALL.map(|split| dataset.split(split).len()),
            classes: matches!(dataset.targets, Targets::Classes { .. }),
            padding: dataset.ragged(),
            ahead: outlook.is_some(),
            forecasts: Split::ALL.map(|split| forecasts(&network, dataset, split, FORECASTS_SHOWN)),
            whole: Split::ALL.map(|split| forecasts(&network, dataset, split, usize::MAX)),
            forecast: dataset.output_size(),
            updates: training.updates,
            data: dataset.bytes() + source + past,
            network,
        }
    }

    fn memory(&self) -> Memory {
        match self.precision {
            Precision::F32 => self.memory_in::<f32>(),
            Precision::F64 => self.memory_in::<f64>(),
        }
    }

    /// How many outputs a sequence has.
    fn outputs(&self, lengths: Lengths) -> usize {
        let steps = match self.network {
            Network::EncoderDecoder(_) => lengths.target,
            Network::Recurrent(_) | Network::SelfAttention(_) => lengths.source,
        };
        self.network.readout().steps(steps)
    }

    /// The bytes of the targets of `batch` sequences.
    fn targets<T>(&self, lengths: Lengths, batch: usize) -> u128 {
        let answers = wide(self.outputs(lengths)) * wide(batch);
        if self.classes {
            answers * of::<usize>()
        } else {
            answers * wide(self.network.output_size()) * of::<T>()
        }
    }

    /// A trainer's `Batch`: a workspace, two lists of lengths and the targets.
    fn batch<T: Real>(&self, lengths: Lengths, batch: usize, record: Record) -> u128 {
        AnyWorkspace::<T>::bytes(&self.network, lengths, batch, record, self.padding)
            + 2 * wide(batch) * of::<usize>()
            + self.targets::<T>(lengths, batch)
    }

    /// How many sequences evaluation gets room for, if it gets room of its own: as many groups as they need are made equal,
    /// so that little room stays empty.
    fn evaluated<T: Real>(&self) -> Option<usize> {
        let [train, test] = self.parts;
        let count = if test > 0 { test } else { train };
        let groups = count.div_ceil(EVALUATED_AT_ONCE);
        let wanted = count.div_ceil(groups.max(1));
        let room = |sequences| self.batch::<T>(self.lengths, sequences, Record::Training);
        let fixed = room(0);
        let each = (room(1) - fixed).max(1);
        let fitting = EVALUATION_BYTES.saturating_sub(fixed) / each;
        let fitting = usize::try_from(fitting).map_or(wanted, |fitting| fitting.min(wanted));
        let better = if fitting == wanted {
            wanted != self.batch
        } else {
            fitting > self.batch
        };
        (better && fitting > 0).then_some(fitting)
    }

    fn memory_in<T: Real>(&self) -> Memory {
        let parameters = self.network.parameter_count().unwrap_or(usize::MAX);
        let count = wide(parameters);
        let lengths = self.lengths;

        let evaluated = self.evaluated::<T>();
        let room = |sequences| self.batch::<T>(lengths, sequences, Record::Training);

        let ahead = if self.ahead {
            self.batch::<T>(lengths, 1, Record::Training)
        } else {
            0
        };
        let keeps_ahead = ahead <= EVALUATION_BYTES;

        // Of a sequence on show: its record, targets, loss by step, and two norms by step of each scan's states (h and c).
        let record = Part::bytes_of_record(&self.network, lengths)
            + self.targets::<f64>(lengths, 1)
            + wide(self.outputs(lengths)) * of::<f64>()
            + wide(lengths.source.max(lengths.target) + 1)
                * wide(self.network.num_layers() * 2 + 1)
                * 4
                * of::<Option<f64>>();
        // Arrays of f64 go over from the workspace into the record, others are widened one by one.
        let workspace = self.batch::<T>(lengths, 1, Record::Everything);
        let making = if of::<T>() == of::<f64>() {
            workspace.max(record) + Part::bytes_copied(&self.network, lengths)
        } else {
            workspace + record
        };
        let (stays, passes) = if keeps_ahead { (ahead, 0) } else { (0, ahead) };

        let weights = 2 * count * of::<f64>();
        // A sequence, a row and the values of each.
        let each = 2 * of::<usize>() + wide(self.forecast) * of::<f64>();
        let told = |counts: [usize; 2]| counts.map(wide).iter().sum::<u128>() * each;
        let scored = |counts| match self.classes {
            true => 0,
            false => baselines::bytes_of_scores(counts, self.forecast),
        };
        let shown = told(self.forecasts);

        let updates = u128::from(self.updates);
        let last = wide(HISTORY_PART * HISTORY_ROW_BYTES);
        let shared = updates / wide(HISTORY_PART) * of::<std::sync::Arc<[u8]>>();

        let shares = [
            (Share::Batch, room(self.batch)),
            (Share::Evaluation, evaluated.map_or(0, room)),
            (Share::Probe, record + making.max(passes) + stays),
            // Of the trainer the model, its gradient and the weights before the newest update; two snapshots; the gradient of
            // the probe before it is widened; and the weights that remain of an update that ended the run.
            (
                Share::Parameters,
                3 * count * of::<T>()
                    + OptimizerState::<T>::bytes(parameters)
                    + 2 * weights
                    + count * of::<T>()
                    + count * of::<f64>(),
            ),
            // The order of the training sequences, and which test sequences are watched.
            (
                Share::Data,
                self.data
                    + wide(self.parts[0]) * of::<usize>()
                    + wide(self.parts[1]) * of::<Span>(),
            ),
            (Share::Forecasts, 2 * shown + scored(self.forecasts)),
            // The trainer's and two snapshots', whose lists of parts may have grown to twice their length.
            (
                Share::History,
                updates * wide(HISTORY_ROW_BYTES) + 3 * (last + 2 * shared),
            ),
        ];
        Memory {
            shares: shares.map(|(share, bytes)| (share, narrow(bytes))).to_vec(),
            evaluated,
            keeps_ahead,
            snapshot: narrow(record + weights + shown + last + shared),
            whole: narrow(told(self.whole).saturating_sub(shown)),
            // Weights, those before the newest update, those that ended the run, the optimiser's state, the order and the rows.
            checkpoint: narrow(
                2 * count * of::<T>()
                    + count * of::<f64>()
                    + OptimizerState::<T>::bytes(parameters)
                    + wide(self.parts[0]) * of::<usize>()
                    + updates * wide(HISTORY_ROW_BYTES),
            ),
            whole_scored: narrow(scored(self.whole).saturating_sub(scored(self.forecasts))),
            room: self.room,
        }
    }
}

fn of<T>() -> u128 {
    wide(size_of::<T>())
}

fn wide(count: usize) -> u128 {
    count as u128
}

fn narrow(bytes: u128) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
