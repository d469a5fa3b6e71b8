//! The tensors of a run as a user of PyTorch meets them: names, axes and sizes; and where `output` and `h_n` hold the same numbers.
//!
//! Names and axes are those of `nn.RNN`, `nn.LSTM` and `nn.GRU`. `batch_first=True` swaps the first two axes of what has time as its
//! first one, and nothing else: h_n and c_n stay as they are.

use super::Snapshot;
use crate::experiment::Precision;
use crate::nn::analysis::{Subject, handed_on};
use crate::nn::recurrent::LayerWeights;
use crate::nn::seq2seq::Seq2SeqArchitecture;
use crate::nn::{
    Cell, Direction, Loss, Network, Part, Quantity, Readout, Real, RecurrentArchitecture, Target,
};
use ndarray::{ArrayView1, s};

/// What an axis counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Steps that are read.
    SeqLen,
    /// Steps that a decoder writes.
    TargetLen,
    /// Sequences.
    Batch,
    /// Layers times directions: forward, reverse, then the next layer.
    Scans,
    /// Heads of attention.
    Heads,
    /// Numbers of a step, by what they are called.
    Width(&'static str),
}

impl Axis {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Axis::SeqLen => "seq_len",
            Axis::TargetLen => "target_len",
            Axis::Batch => "batch",
            Axis::Scans => "layers · directions",
            Axis::Heads => "heads",
            Axis::Width(name) => name,
        }
    }
}

/// A tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// PyTorch's name, or the one that is usual.
    pub name: String,
    /// What it is.
    pub what: &'static str,
    /// Its axes, time first.
    pub axes: Vec<Axis>,
    /// Their sizes for the sequence under the lens.
    pub probe: Vec<usize>,
    /// Their sizes for a batch in training; the longest sequences there are.
    pub training: Vec<usize>,
}

impl Tensor {
    /// The order of its axes under `batch_first`.
    pub fn order(&self, batch_first: bool) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.axes.len()).collect();
        let swaps = matches!(
            self.axes[..],
            [Axis::SeqLen | Axis::TargetLen, Axis::Batch, ..]
        );
        if batch_first && swaps {
            order.swap(0, 1);
        }
        order
    }
}

/// Where `output` is held against the state that a direction ends with.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// The part: empty, “encoder” or “decoder”.
    pub part: &'static str,
    /// The direction of the last layer.
    pub direction: Direction,
    /// Whether it is the last step of `output`, or its first.
    pub last: bool,
    /// How many steps the direction has seen there.
    pub seen: usize,
    /// Of how many.
    pub steps: usize,
    /// The direction's share of `output` there, from the record.
    pub output: Vec<f64>,
    /// Its last state, found by taking one step after the other.
    pub state: Vec<f64>,
    /// The largest |difference|.
    pub largest: f64,
}

/// The tensors of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Shapes {
    /// From the input to the loss.
    pub tensors: Vec<Tensor>,
    /// `output` against `h_n`, direction by direction.
    pub compared: Vec<Compared>,
}

/// Sizes for the sequence under the lens, and for a batch in training.
#[derive(Clone, Copy)]
struct Sizes {
    seq_len: [usize; 2],
    target_len: [usize; 2],
    batch: [usize; 2],
}

impl Sizes {
    fn tensor(self, name: impl Into<String>, what: &'static str, axes: &[(Axis, usize)]) -> Tensor {
        let size = |of: usize| {
            axes.iter().map(move |&(axis, width)| match axis {
                Axis::SeqLen => self.seq_len[of],
                Axis::TargetLen => self.target_len[of],
                Axis::Batch => self.batch[of],
                Axis::Scans | Axis::Heads | Axis::Width(_) => width,
            })
        };
        Tensor {
            name: name.into(),
            what,
            axes: axes.iter().map(|&(axis, _)| axis).collect(),
            probe: size(0).collect(),
            training: size(1).collect(),
        }
    }
}

const SEQ: (Axis, usize) = (Axis::SeqLen, 0);
const TARGET: (Axis, usize) = (Axis::TargetLen, 0);
const BATCH: (Axis, usize) = (Axis::Batch, 0);

impl Shapes {
    /// Those of a snapshot; `None` if nothing is on record.
    pub(super) fn of(snapshot: &Snapshot) -> Option<Self> {
        let (material, parts) = (&snapshot.material, &snapshot.probe.parts);
        let (first, last) = (parts.first()?, parts.last()?);
        let sizes = Sizes {
            seq_len: [first.seq_len(), material.seq_len],
            target_len: [last.seq_len(), material.answer_len],
            batch: [first.x.dim().1, snapshot.setup.batch],
        };
        let network = snapshot.model.network();
        let mut tensors = match &network {
            Network::Recurrent(stack) => of_stack(sizes, stack, &ALONE),
            Network::EncoderDecoder(it) => of_encoder_decoder(sizes, it),
            Network::SelfAttention(it) => {
                let width = (Axis::Width("hidden_size"), it.hidden_size);
                let mut tensors = vec![sizes.tensor(
                    "input",
                    "what goes in",
                    &[SEQ, BATCH, (Axis::Width("input_size"), it.input_size)],
                )];
                for layer in 0..it.num_layers {
                    let looks = (Axis::Width("seq_len"), sizes.seq_len[0]);
                    let mut weights = sizes.tensor(
                        format!("attn_weights of block {}", layer + 1),
                        "how much each step looks at each, head by head",
                        &[BATCH, (Axis::Heads, it.heads), SEQ, looks],
                    );
                    weights.training[3] = sizes.seq_len[1];
                    tensors.push(weights);
                    tensors.push(sizes.tensor(
                        format!("output of block {}", layer + 1),
                        "what the block hands on",
                        &[SEQ, BATCH, width],
                    ));
                }
                tensors
            }
        };
        tensors.extend(of_answer(snapshot, sizes, &network));
        Some(Self {
            tensors,
            compared: parts
                .iter()
                .flat_map(|part| compared(snapshot, part))
                .collect(),
        })
    }
}

/// What the sizes of a module are called.
struct Names {
    input: &'static str,
    hidden: &'static str,
    both: &'static str,
}

/// Of the only one there is.
const ALONE: Names = Names {
    input: "input_size",
    hidden: "hidden_size",
    both: "2 · hidden_size",
};

/// Beside a decoder, whose sizes have the same names in PyTorch and are others.
const ENCODER: Names = Names {
    input: "encoder.input_size",
    hidden: "encoder.hidden_size",
    both: "2 · encoder.hidden_size",
};

fn of_stack(sizes: Sizes, stack: &RecurrentArchitecture, names: &Names) -> Vec<Tensor> {
    let width = match stack.bidirectional {
        true => names.both,
        false => names.hidden,
    };
    let width = (Axis::Width(width), stack.width());
    let mut tensors = vec![sizes.tensor(
        "input",
        "what goes in",
        &[SEQ, BATCH, (Axis::Width(names.input), stack.input_size)],
    )];
    for layer in 1..stack.num_layers {
        tensors.push(sizes.tensor(
            format!("h of layer {layer}"),
            "every state of the layer, which the next one reads; PyTorch keeps it to itself",
            &[SEQ, BATCH, width],
        ));
    }
    tensors.push(sizes.tensor(
        "output",
        match stack.bidirectional {
            true => "every state h of the last layer, both directions side by side",
            false => "every state h of the last layer",
        },
        &[SEQ, BATCH, width],
    ));
    let scans = stack.places().count();
    let hidden = (Axis::Width(names.hidden), stack.hidden_size);
    tensors.push(sizes.tensor(
        "h_n",
        "the last state h of every layer and direction",
        &[(Axis::Scans, scans), BATCH, hidden],
    ));
    if stack.cell.has(Quantity::C) {
        tensors.push(sizes.tensor(
            "c_n",
            "the last cell state c likewise; it is not in output",
            &[(Axis::Scans, scans), BATCH, hidden],
        ));
    }
    tensors
}

fn of_encoder_decoder(sizes: Sizes, it: &Seq2SeqArchitecture) -> Vec<Tensor> {
    let mut tensors = of_stack(sizes, &it.encoder, &ENCODER);
    let decoder = it.decoder();
    let state = (Axis::Width("decoder.hidden_size"), it.decoder_size);
    tensors.push(sizes.tensor(
        "decoder input",
        "the output before, and with additive attention the context",
        &[
            TARGET,
            BATCH,
            (Axis::Width("decoder.input_size"), decoder.input_size),
        ],
    ));
    if it.attention != crate::nn::attention::Attention::None {
        tensors.push(sizes.tensor(
            "attn_weights",
            "how much each step that is written looks at each that was read",
            &[TARGET, BATCH, SEQ],
        ));
    }
    tensors.push(sizes.tensor(
        "decoder output",
        "every state of the decoder",
        &[TARGET, BATCH, state],
    ));
    tensors
}

/// What is read out, said, wanted, and lost.
fn of_answer(snapshot: &Snapshot, sizes: Sizes, network: &Network) -> Vec<Tensor> {
    let classes = matches!(snapshot.probe.target, Target::Classes(_));
    let steps: Option<(Axis, usize)> = match (network, network.readout()) {
        (Network::EncoderDecoder(_), _) => Some(TARGET),
        (_, Readout::Every) => Some(SEQ),
        (_, Readout::Last | Readout::Final) => None,
    };
    let outputs = match classes {
        true => Axis::Width("classes"),
        false => Axis::Width("outputs"),
    };
    let outputs = (outputs, network.output_size());
    let with = |more: &[(Axis, usize)]| {
        let axes = steps.into_iter().chain([BATCH]);
        axes.chain(more.iter().copied()).collect::<Vec<_>>()
    };
    let (read, what, width) = match network {
        Network::Recurrent(stack) => match stack.readout {
            Readout::Every => ("output", "the readout reads every step", stack.width()),
            Readout::Last => (
                "last of output",
                match stack.bidirectional {
                    true => "the readout reads the last step, of both directions",
                    false => "the readout reads the last step",
                },
                stack.width(),
            ),
            Readout::Final => (
                "h_n of the last layer",
                match stack.bidirectional {
                    true => "the readout reads each direction’s last state",
                    false => "the readout reads the last state",
                },
                stack.width(),
            ),
        },
        Network::EncoderDecoder(it) => (
            "decoder output",
            "the readout reads every step",
            it.decoder_size,
        ),
        Network::SelfAttention(it) => (
            "output of the last block",
            match it.readout {
                Readout::Every => "the readout reads every step",
                Readout::Last | Readout::Final => "the readout reads the last step",
            },
            it.hidden_size,
        ),
    };
    let (said, what_is_said) = match classes {
        true => ("logits", "a score for each class, before any softmax"),
        false => ("prediction", "the numbers that the network says, scaled"),
    };
    let (wanted, what_is_wanted) = match classes {
        true => (with(&[]), "the index of the right class"),
        false => (with(&[outputs]), "the right numbers, scaled"),
    };
    let loss = match snapshot.material.loss {
        Loss::MeanSquaredError => "one number: the mean squared error",
        Loss::CrossEntropy => "one number: the mean cross-entropy",
    };
    vec![
        sizes.tensor(
            format!("{read} → readout"),
            what,
            &with(&[(Axis::Width("features"), width)]),
        ),
        sizes.tensor(said, what_is_said, &with(&[outputs])),
        sizes.tensor("target", what_is_wanted, &wanted),
        sizes.tensor("loss", loss, &[]),
    ]
}

/// The last layer's share of `output` at both ends against the state that each direction ends with.
fn compared(snapshot: &Snapshot, part: &Part) -> Vec<Compared> {
    let top = part.scans.iter().map(|scan| scan.place.layer).max();
    let mut all = Vec::new();
    for (index, scan) in part.scans.iter().enumerate() {
        if Some(scan.place.layer) != top {
            continue;
        }
        let Some(subject) = Subject::of_part(&snapshot.model, part, index, 0) else {
            continue;
        };
        let state = match snapshot.precision {
            Precision::F32 => last_state::<f32>(&subject),
            Precision::F64 => last_state::<f64>(&subject),
        };
        let direction = scan.place.direction;
        let length = subject.length;
        let ends = match direction {
            Direction::Forward => vec![(true, length)],
            Direction::Reverse => vec![(true, 1), (false, length)],
        };
        for (last, seen) in ends {
            let t = if last { length - 1 } else { 0 };
            let output = scan.trace.h.slice(s![t, 0, ..]).to_vec();
            let off = output.iter().zip(&state).map(|(a, b)| (a - b).abs());
            all.push(Compared {
                part: part.name,
                direction,
                last,
                seen,
                steps: length,
                largest: off.fold(0.0, f64::max),
                output,
                state: state.clone(),
            });
        }
    }
    all
}

/// h after the last step of a scan, in the precision that it ran in.
fn last_state<T: Real>(subject: &Subject<'_>) -> Vec<f64> {
    let narrow = |values: &[f64]| values.iter().map(|&x| T::value_of(x)).collect::<Vec<T>>();
    let of = subject.weights;
    let weights = [of.weight_ih, of.weight_hh, of.bias_ih, of.bias_hh].map(narrow);
    let [weight_ih, weight_hh, bias_ih, bias_hh] = &weights;
    let weights = LayerWeights {
        weight_ih,
        weight_hh,
        bias_ih,
        bias_hh,
    };
    let row =
        |state: ArrayView1<'_, f64>| state.iter().map(|&x| T::value_of(x)).collect::<Vec<T>>();
    let h0 = row(subject.trace.h0.row(subject.sequence));
    let c0 = row(subject.trace.c0.row(subject.sequence));
    let steps = (0..subject.length).map(|k| {
        let t = subject.direction.step(k, subject.length);
        row(subject.x.slice(s![t, subject.sequence, ..]))
    });
    let cell: Cell = subject.cell;
    let [h, _] = handed_on(
        cell,
        weights,
        [ArrayView1::from(&h0), ArrayView1::from(&c0)],
        steps,
    );
    h.iter().map(|x| x.widen()).collect()
}
