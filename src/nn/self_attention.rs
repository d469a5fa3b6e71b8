//! Self-attention: every step reads every other directly, without a state that is handed on (Vaswani et al. 2017, "Attention
//! is all you need", NIPS).
//!
//! - x̃_t = W x_t + b, plus the sinusoidal position p_t where asked for: p_t[2i] = sin((t − 1) / 10000^{2i/d}),
//!   p_t[2i + 1] = cos((t − 1) / 10000^{2i/d}), d the width. h⁰ = x̃.
//!
//! Each block, with its heads side by side in the width d, d′ = d / heads each:
//!
//! - q_t, k_t, v_t = W_in h_t + b_in, three parts of one product
//! - α_tj = softmax_j(q_t · k_j / √d′) over the steps j that t sees: those of its sequence, up to t itself where causal
//! - m_t = Σ_j α_tj v_j, the mixed values
//! - s_t = h_t + W_out m_t + b_out
//! - h′_t = norm(s_t) ([`super::layer_norm`]): what the block hands on, its hidden state
//!
//! and y_t = W h_t + b of the last block, at the last step or at every one.
//!
//! Deviations from the paper: no feed-forward layer after the attention, no dropout, and the input's projection is not scaled
//! by √d. Names and packing of the parameters are those of PyTorch's `nn.MultiheadAttention` and `nn.LayerNorm`. Over padding
//! h, the weights, the mixed values and y are 0, nothing reads them, and all their adjoints are 0.

use super::adjoint::Record;
use super::architecture::{ParameterEntry, Readout};
use super::flat::{flat, flat_mut};
use super::init::{self, Init};
use super::kernel::product::Start;
use super::kernel::{Floor, Lanes, Real, flush};
use super::layer_norm;
use super::linear::{self, Shape};
use super::loss::{Loss, Target};
use super::room;
use super::stop::Stop;
use super::trace::clear_padding;
use crate::random::Stream;
use ndarray::Array2;
use std::ops::Range;

mod heads;
mod record;

use heads::Heads;
pub use record::{Adjoints, BlockAdjoints, BlockTrace, SelfAttentionTrace};

/// The shape of a model. Sizes are at least 1 and `heads` divides `hidden_size`; whoever reads them from outside has checked
/// that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelfAttentionArchitecture {
    /// Values per step in.
    pub input_size: usize,
    /// The width of every block, d.
    pub hidden_size: usize,
    /// Heads per block; they share the width.
    pub heads: usize,
    /// Blocks, each reading the one below.
    pub num_layers: usize,
    /// Whether a step sees only itself and those before it.
    pub causal: bool,
    /// Whether the sinusoidal positions are added to the input; without them the order of the steps is not known.
    pub positions: bool,
    /// Values per output.
    pub output_size: usize,
    /// Which states become outputs. There is one direction, so the last and the final state are the same.
    pub readout: Readout,
}

/// A linear map's parameters: a matrix and, right behind it, a bias.
struct Pair {
    weight: Range<usize>,
    bias: Range<usize>,
}

impl Pair {
    /// `outputs` × `inputs` values and `outputs` more from `start` on.
    fn at(start: usize, outputs: usize, inputs: usize) -> Self {
        let bias = start + outputs * inputs;
        Self {
            weight: start..bias,
            bias: bias..bias + outputs,
        }
    }

    fn of<'a, T>(&self, parameters: &'a [T]) -> (&'a [T], &'a [T]) {
        parameters[self.weight.start..self.bias.end].split_at(self.weight.len())
    }

    fn of_mut<'a, T>(&self, gradient: &'a mut [T]) -> (&'a mut [T], &'a mut [T]) {
        gradient[self.weight.start..self.bias.end].split_at_mut(self.weight.len())
    }
}

/// Where a block's parameters lie.
struct BlockRanges {
    in_proj: Pair,
    out_proj: Pair,
    /// The layer norm's w and b.
    norm: Pair,
}

impl SelfAttentionArchitecture {
    /// The width of a head, d′.
    pub fn head_size(&self) -> usize {
        self.hidden_size / self.heads
    }

    fn input(&self) -> Pair {
        Pair::at(0, self.hidden_size, self.input_size)
    }

    /// Where block `layer`'s parameters lie; with `layer` = `num_layers`, where the readout's begin.
    fn block(&self, layer: usize) -> BlockRanges {
        let width = self.hidden_size;
        let block = 4 * width * width + 6 * width;
        let in_proj = Pair::at(self.input().bias.end + layer * block, 3 * width, width);
        let out_proj = Pair::at(in_proj.bias.end, width, width);
        let norm = Pair::at(out_proj.bias.end, width, 1);
        BlockRanges {
            in_proj,
            out_proj,
            norm,
        }
    }

    fn readout(&self) -> Pair {
        let start = self.block(self.num_layers).in_proj.weight.start;
        Pair::at(start, self.output_size, self.hidden_size)
    }

    /// All parameters in the order in which they are used.
    pub fn entries(&self) -> Vec<ParameterEntry> {
        let (width, inputs) = (self.hidden_size, self.input_size);
        let entry = |name: String, shape: Vec<usize>, range| ParameterEntry { name, shape, range };
        let Pair { weight, bias } = self.input();
        let mut entries = vec![
            entry("input.weight".into(), vec![width, inputs], weight),
            entry("input.bias".into(), vec![width], bias),
        ];
        for layer in 0..self.num_layers {
            let ranges = self.block(layer);
            let (in_proj, out_proj, norm) = (ranges.in_proj, ranges.out_proj, ranges.norm);
            for (name, shape, range) in [
                (
                    "self_attn.in_proj_weight",
                    vec![3 * width, width],
                    in_proj.weight,
                ),
                ("self_attn.in_proj_bias", vec![3 * width], in_proj.bias),
                (
                    "self_attn.out_proj.weight",
                    vec![width, width],
                    out_proj.weight,
                ),
                ("self_attn.out_proj.bias", vec![width], out_proj.bias),
                ("norm1.weight", vec![width], norm.weight),
                ("norm1.bias", vec![width], norm.bias),
            ] {
                entries.push(entry(format!("blocks.{layer}.{name}"), shape, range));
            }
        }
        let Pair { weight, bias } = self.readout();
        let outputs = self.output_size;
        entries.push(entry("readout.weight".into(), vec![outputs, width], weight));
        entries.push(entry("readout.bias".into(), vec![outputs], bias));
        entries
    }

    /// How many values the parameters have together; `None` if that is past what a machine can count.
    pub fn parameter_count(&self) -> Option<usize> {
        let width = self.hidden_size;
        let input = self.input_size.checked_add(1)?.checked_mul(width)?;
        let block = width.checked_mul(4)?.checked_add(6)?.checked_mul(width)?;
        let readout = width.checked_add(1)?.checked_mul(self.output_size)?;
        input
            .checked_add(block.checked_mul(self.num_layers)?)?
            .checked_add(readout)
    }
}

/// The sinusoidal positions, `[seq_len, width]`, row t − 1 for step t.
pub fn positions<T: Real>(seq_len: usize, width: usize) -> Array2<T> {
    Array2::from_shape_fn((seq_len, width), |(t, unit)| {
        let wave = (unit / 2 * 2) as f64 / width as f64;
        let angle = t as f64 / libm::pow(10_000.0, wave);
        T::value_of(if unit % 2 == 0 {
            libm::sin(angle)
        } else {
            libm::cos(angle)
        })
    })
}

/// An architecture and its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct SelfAttentionModel<T> {
    /// The shape.
    pub architecture: SelfAttentionArchitecture,
    /// All parameters one after another, in the order of [`SelfAttentionArchitecture::entries`].
    pub parameters: Vec<T>,
}

/// Everything that a pass forward and back writes to; made once, used for every batch of the same shape.
#[derive(Clone, Debug)]
pub struct SelfAttentionWorkspace<T> {
    lanes: Lanes,
    /// The forward record; `x` and the lengths are set by the caller.
    pub trace: SelfAttentionTrace<T>,
    /// The backward record.
    pub adjoints: Adjoints<T>,
    /// The loss's share at each output step; they add up to the loss.
    pub terms: Vec<f64>,
    /// The sinusoidal positions, `[seq_len, width]`; no steps where they are not asked for.
    positions: Array2<T>,
    /// A weight matrix transposed.
    weight_t: Vec<T>,
    /// A head's keys or values transposed, `[head_size, seq_len]`.
    head_t: Vec<T>,
    /// The states that the readout reads where it reads one per sequence, `[batch, width]`, and their adjoints.
    read: Vec<T>,
    d_read: Vec<T>,
    /// What ends a pass early.
    pub stop: Stop,
}

impl<T: Real> SelfAttentionWorkspace<T> {
    /// Room for batches of `batch` sequences of `seq_len` steps, on the widest lanes there are.
    pub fn new(
        architecture: &SelfAttentionArchitecture,
        seq_len: usize,
        batch: usize,
        record: Record,
    ) -> Self {
        Self::on(Lanes::detect(), architecture, seq_len, batch, record)
    }

    /// The same on lanes of choice.
    pub fn on(
        lanes: Lanes,
        architecture: &SelfAttentionArchitecture,
        seq_len: usize,
        batch: usize,
        record: Record,
    ) -> Self {
        let width = architecture.hidden_size;
        let widest = architecture
            .input_size
            .max(architecture.output_size)
            .max(3 * width);
        let marked = if architecture.positions { seq_len } else { 0 };
        Self {
            lanes,
            trace: SelfAttentionTrace::new(architecture, seq_len, batch),
            adjoints: Adjoints::new(architecture, seq_len, batch, record),
            terms: vec![0.0; architecture.readout.steps(seq_len)],
            positions: positions(marked, width),
            weight_t: vec![T::ZERO; widest * width],
            head_t: vec![T::ZERO; architecture.head_size() * seq_len],
            read: vec![T::ZERO; batch * width],
            d_read: vec![T::ZERO; batch * width],
            stop: Stop::default(),
        }
    }

    /// The bytes that [`new`](Self::new) asks for.
    pub fn bytes(
        architecture: &SelfAttentionArchitecture,
        seq_len: usize,
        batch: usize,
        record: Record,
    ) -> u128 {
        let width = architecture.hidden_size;
        let widest = architecture
            .input_size
            .max(architecture.output_size)
            .max(3 * width);
        let marked = if architecture.positions { seq_len } else { 0 };
        SelfAttentionTrace::<T>::bytes(architecture, seq_len, batch)
            + Adjoints::<T>::bytes(architecture, seq_len, batch, record)
            + room::array::<f64>(&[architecture.readout.steps(seq_len)])
            + room::array::<T>(&[marked + widest + 2 * batch, width])
            + room::array::<T>(&[architecture.head_size(), seq_len])
    }
}

impl<T: Real> SelfAttentionModel<T> {
    /// A model with its first parameters drawn from `stream`, as PyTorch draws them: linear maps from U(−1/√n, 1/√n) with n
    /// inputs, the packed projection from U(−√(6/4d), √(6/4d)) (Glorot & Bengio 2010), the attention's biases 0, the norm's
    /// w 1 and b 0.
    ///
    /// Draws are made in f64 and rounded, so that f32 and f64 models of one seed begin at the same place.
    pub fn new(architecture: SelfAttentionArchitecture, init: &Init, stream: &mut Stream) -> Self {
        Self {
            architecture,
            parameters: init::parameters(&architecture.entries(), &[], init, stream),
        }
    }

    /// Runs the batch in `workspace.trace.x` forward.
    pub fn forward(&self, workspace: &mut SelfAttentionWorkspace<T>) {
        let architecture = &self.architecture;
        let parameters = self.parameters.as_slice();
        let (lanes, width) = (workspace.lanes, architecture.hidden_size);
        let trace = &mut workspace.trace;
        let lengths = trace.lengths.as_slice();
        let (seq_len, batch, inputs) = trace.x.dim();
        let rows = seq_len * batch;

        // x̃ = W x + b + p.
        let shape = Shape {
            rows,
            inputs,
            outputs: width,
        };
        let (weight, bias) = architecture.input().of(parameters);
        linear::transpose(shape, weight, &mut workspace.weight_t);
        let (weight_t, start) = (&workspace.weight_t, Start::Row(bias));
        let embedded = flat_mut(&mut trace.embedded);
        linear::forward(lanes, shape, weight_t, start, flat(&trace.x), embedded);
        let steps = embedded.chunks_exact_mut(batch * width);
        for (step, position) in steps.zip(flat(&workspace.positions).chunks_exact(width)) {
            for row in step.chunks_exact_mut(width) {
                add(row, position);
            }
        }
        flush(lanes, Floor::Value, embedded);
        clear_padding(&mut trace.embedded, lengths);

        let heads = Heads::new(architecture, seq_len, lengths, &workspace.stop);
        for layer in 0..architecture.num_layers {
            if workspace.stop.is_asked() {
                return;
            }
            let ranges = architecture.block(layer);
            let (below, this) = trace.blocks.split_at_mut(layer);
            let input = flat(below.last().map_or(&trace.embedded, |below| &below.h));
            let block = &mut this[0];
            // q, k, v.
            let (weight, bias) = ranges.in_proj.of(parameters);
            let shape = Shape {
                rows,
                inputs: width,
                outputs: 3 * width,
            };
            linear::transpose(shape, weight, &mut workspace.weight_t);
            let (weight_t, start) = (&workspace.weight_t, Start::Row(bias));
            let qkv = flat_mut(&mut block.qkv);
            linear::forward(lanes, shape, weight_t, start, input, qkv);
            heads.forward(
                lanes,
                qkv,
                &mut workspace.head_t,
                flat_mut(&mut block.weights),
                flat_mut(&mut block.mixed),
            );
            // s = h + W m + b.
            let (weight, bias) = ranges.out_proj.of(parameters);
            let shape = Shape {
                outputs: width,
                ..shape
            };
            linear::transpose(shape, weight, &mut workspace.weight_t);
            let (weight_t, start) = (&workspace.weight_t, Start::Row(bias));
            let sum = flat_mut(&mut block.normalised);
            linear::forward(lanes, shape, weight_t, start, flat(&block.mixed), sum);
            add(sum, input);
            // h′ = norm(s).
            let (weight, bias) = ranges.norm.of(parameters);
            layer_norm::forward(
                lanes,
                layer_norm::Forward {
                    weight,
                    bias,
                    normalised: sum,
                    inverse_deviation: flat_mut(&mut block.inverse_deviation),
                    y: flat_mut(&mut block.h),
                },
            );
            clear_padding(&mut block.h, lengths);
        }

        // y = W h + b.
        let top = trace
            .blocks
            .last()
            .map_or(&trace.embedded, |block| &block.h);
        let h = flat(top);
        let read = match architecture.readout {
            Readout::Every => h,
            Readout::Last | Readout::Final => {
                for (b, read) in workspace.read.chunks_exact_mut(width).enumerate() {
                    let last = (lengths[b] - 1) * batch + b;
                    read.copy_from_slice(&h[last * width..][..width]);
                }
                &workspace.read
            }
        };
        let shape = Shape {
            rows: read.len() / width,
            inputs: width,
            outputs: architecture.output_size,
        };
        let (weight, bias) = architecture.readout().of(parameters);
        linear::transpose(shape, weight, &mut workspace.weight_t);
        let (weight_t, start) = (&workspace.weight_t, Start::Row(bias));
        linear::forward(lanes, shape, weight_t, start, read, flat_mut(&mut trace.y));
        if architecture.readout == Readout::Every {
            clear_padding(&mut trace.y, lengths);
        }
    }

    /// The loss of the outputs, and its adjoint in `workspace.adjoints.d_y`. Padding has no part in it.
    pub fn loss(
        &self,
        workspace: &mut SelfAttentionWorkspace<T>,
        loss: Loss,
        target: &Target<T>,
    ) -> f64 {
        loss.evaluate(
            &workspace.trace.y,
            target,
            &workspace.trace.lengths,
            &mut workspace.adjoints.d_y,
            &mut workspace.terms,
        )
    }

    /// Runs back from `workspace.adjoints.d_y` to everything that [`forward`](Self::forward) recorded; `gradient` receives
    /// the gradient of every parameter.
    pub fn backward(&self, workspace: &mut SelfAttentionWorkspace<T>, gradient: &mut [T]) {
        let architecture = &self.architecture;
        let parameters = self.parameters.as_slice();
        let (lanes, width) = (workspace.lanes, architecture.hidden_size);
        let trace = &workspace.trace;
        let adjoints = &mut workspace.adjoints;
        let lengths = trace.lengths.as_slice();
        let (seq_len, batch, inputs) = trace.x.dim();
        let rows = seq_len * batch;

        // y = W h + b where h is read; elsewhere nothing asks for it.
        let every = architecture.readout == Readout::Every;
        if every {
            clear_padding(&mut adjoints.d_y, lengths);
        }
        let read = if every {
            flat(trace.input(architecture.num_layers))
        } else {
            &workspace.read
        };
        let shape = Shape {
            rows: read.len() / width,
            inputs: width,
            outputs: architecture.output_size,
        };
        let d_y = flat(&adjoints.d_y);
        let (d_weight, d_bias) = architecture.readout().of_mut(gradient);
        linear::gradients(lanes, shape, read, d_y, d_weight, Some(d_bias));
        let (weight, _) = architecture.readout().of(parameters);
        let d_h = flat_mut(&mut adjoints.d_h[architecture.num_layers]);
        if every {
            linear::backward(lanes, shape, weight, d_y, Start::Zero, d_h);
        } else {
            let d_read = &mut workspace.d_read;
            linear::backward(lanes, shape, weight, d_y, Start::Zero, d_read);
            d_h.fill(T::ZERO);
            for (b, d_read) in d_read.chunks_exact(width).enumerate() {
                let last = (lengths[b] - 1) * batch + b;
                d_h[last * width..][..width].copy_from_slice(d_read);
            }
        }

        let heads = Heads::new(architecture, seq_len, lengths, &workspace.stop);
        for layer in (0..architecture.num_layers).rev() {
            if workspace.stop.is_asked() {
                return;
            }
            let ranges = architecture.block(layer);
            let block = &trace.blocks[layer];
            let kept = match adjoints.record {
                Record::Training => 0,
                Record::Everything => layer,
            };
            let d_block = &mut adjoints.blocks[kept];
            let (below, above) = adjoints.d_h.split_at_mut(layer + 1);
            let (d_input, d_h) = (&mut below[layer], &above[0]);
            // h′ = norm(s).
            let (weight, _) = ranges.norm.of(parameters);
            let (d_weight, d_bias) = ranges.norm.of_mut(gradient);
            layer_norm::backward(
                lanes,
                layer_norm::Backward {
                    weight,
                    normalised: flat(&block.normalised),
                    inverse_deviation: flat(&block.inverse_deviation),
                    d_y: flat(d_h),
                    d_x: flat_mut(&mut d_block.d_sum),
                },
                d_weight,
                d_bias,
            );
            // s = h + W m + b: h gets the adjoint as it is.
            let d_sum = flat(&d_block.d_sum);
            let shape = Shape {
                rows,
                inputs: width,
                outputs: width,
            };
            let (weight, _) = ranges.out_proj.of(parameters);
            let (d_weight, d_bias) = ranges.out_proj.of_mut(gradient);
            let mixed = flat(&block.mixed);
            linear::gradients(lanes, shape, mixed, d_sum, d_weight, Some(d_bias));
            let d_mixed = flat_mut(&mut d_block.d_mixed);
            linear::backward(lanes, shape, weight, d_sum, Start::Zero, d_mixed);
            flat_mut(d_input).copy_from_slice(d_sum);
            heads.backward(lanes, block, &mut workspace.head_t, d_block);
            // q, k, v.
            let shape = Shape {
                outputs: 3 * width,
                ..shape
            };
            let (weight, _) = ranges.in_proj.of(parameters);
            let (d_weight, d_bias) = ranges.in_proj.of_mut(gradient);
            let d_qkv = flat(&d_block.d_qkv);
            let input = flat(trace.input(layer));
            linear::gradients(lanes, shape, input, d_qkv, d_weight, Some(d_bias));
            let d_input = flat_mut(d_input);
            linear::backward(lanes, shape, weight, d_qkv, Start::Current, d_input);
        }

        // x̃ = W x + b + p.
        let shape = Shape {
            rows,
            inputs,
            outputs: width,
        };
        let d_embedded = flat(&adjoints.d_h[0]);
        let (d_weight, d_bias) = architecture.input().of_mut(gradient);
        let x = flat(&trace.x);
        linear::gradients(lanes, shape, x, d_embedded, d_weight, Some(d_bias));
        if adjoints.record == Record::Everything {
            let (weight, _) = architecture.input().of(parameters);
            let d_x = flat_mut(&mut adjoints.d_x);
            linear::backward(lanes, shape, weight, d_embedded, Start::Zero, d_x);
        }
    }

    /// The same values as f64, exactly.
    pub fn widened(&self) -> SelfAttentionModel<f64> {
        SelfAttentionModel {
            architecture: self.architecture,
            parameters: self.parameters.iter().map(|p| p.widen()).collect(),
        }
    }
}

/// into ← into + what, element by element.
fn add<T: Real>(into: &mut [T], what: &[T]) {
    for (into, &what) in into.iter_mut().zip(what) {
        *into += what;
    }
}
