//! Encoder–decoder: one network reads a sequence, another writes one (Sutskever, Vinyals & Le 2014, "Sequence to sequence
//! learning with neural networks"; Cho et al. 2014), with attention where asked for ([`super::attention`]).
//!
//! - The encoder is a stack of recurrent layers; h_1 … h_S is what its last layer puts out, both directions side by side.
//! - Bridge: s_0 = tanh(W_b h_end + b_b), h_end the joined last states of the encoder's last layer; c_0 = 0.
//! - The decoder is one recurrent layer. Step t reads the previous output: the true one, or its own (values as they are, of
//!   classes the most probable, one-hot), through which no gradient flows; zeros at first.
//! - Without attention: s_t from the previous output and s_{t−1}; y_t = W s_t + b.
//! - Additive: the context a_t is asked for by s_{t−1}; s_t from the previous output, a_t and s_{t−1}; y_t = W s_t + b.
//! - Dot product: s_t from the previous output and s_{t−1}; the context a_t is asked for by s_t;
//!   h̃_t = tanh(W_c [a_t; s_t]) and y_t = W h̃_t + b.
//!
//! Deviations from the papers: a bridge also without attention, where Sutskever et al. hand the states on as they are, and from
//! all the last states, where Bahdanau et al. take the reverse scan's; a linear readout of s_t alone, where Bahdanau et al.
//! have a maxout layer that also reads the context; the previous output one-hot, not embedded. The target has as many steps as
//! the workspace; there is no symbol for its end.

use super::adjoint::Record;
use super::architecture::{self, ParameterEntry, Readout};
use super::attention::{
    Attention, AttentionGradients, AttentionWeights, PreparedAttention, Reader, Sizes,
};
use super::expr::Block;
use super::flat::{at, at_mut, flat, flat_mut};
use super::init::{self, Init};
use super::kernel::product::Start;
use super::kernel::{Floor, Lane, Lanes, Pointwise, Real};
use super::linear::{self, Shape};
use super::loss::{Loss, Target};
use super::model;
use super::recurrent::{Inputs, LayerWeights, Prepared, Scan};
use super::rnn::{self, Activation};
use super::trace::clear_padding;
use super::{Cell, Direction, Place, RecurrentArchitecture as Stack, room};
use crate::random::Stream;
use ndarray::{ArrayView1, ArrayViewMut1, Axis, s};
use std::ops::Range;

mod record;

pub use record::{Adjoints, Seq2SeqTrace};

/// What the decoder's own outputs are when it reads them again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Feedback {
    /// Numbers: they are read as they are.
    Values,
    /// One number per class: the class with the largest is read, one-hot.
    Classes,
}

/// The shape of a model. Sizes are at least 1, and dot-product attention needs an encoder as wide as the decoder; whoever
/// reads them from outside has checked that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seq2SeqArchitecture {
    /// The encoder: a stack without a readout. Its `output_size` is 0 and its `readout` [`Readout::Final`].
    pub encoder: Stack,
    /// The decoder's cell.
    pub decoder_cell: Cell,
    /// The decoder's units.
    pub decoder_size: usize,
    /// How the decoder reads what the encoder put out.
    pub attention: Attention,
    /// What outputs are.
    pub feedback: Feedback,
    /// Values per output.
    pub output_size: usize,
}

/// A way by which a gradient gets from the decoder into the encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Road {
    /// To each of its outputs from the steps that look at it.
    Attention,
    /// To its last states from the decoder's first one.
    Bridge,
}

/// How many steps source and target have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lengths {
    /// What the encoder reads.
    pub source: usize,
    /// What the decoder writes.
    pub target: usize,
}

/// Where the parameters lie that are not the encoder's.
struct Ranges {
    decoder: Range<usize>,
    bridge_weight: Range<usize>,
    bridge_bias: Range<usize>,
    query: Range<usize>,
    key: Range<usize>,
    score: Range<usize>,
    combine: Range<usize>,
    readout_weight: Range<usize>,
    readout_bias: Range<usize>,
}

impl Seq2SeqArchitecture {
    /// The decoder as a stack of one layer, without its readout.
    pub fn decoder(&self) -> Stack {
        let context = match self.attention {
            Attention::Additive => self.encoder.width(),
            Attention::None | Attention::Dot => 0,
        };
        Stack {
            cell: self.decoder_cell,
            input_size: self.output_size + context,
            hidden_size: self.decoder_size,
            num_layers: 1,
            bidirectional: false,
            dropout: 0.0,
            output_size: 0,
            readout: Readout::Every,
        }
    }

    /// The shapes of the attention's matrices: W_s, W_h, v and W_c, those that there are.
    fn attention_shapes(&self) -> [Option<[usize; 2]>; 4] {
        let (width, state) = (self.encoder.width(), self.decoder_size);
        match self.attention {
            Attention::None => [None; 4],
            Attention::Additive => [
                Some([state, state]),
                Some([state, width]),
                Some([1, state]),
                None,
            ],
            Attention::Dot => [None, None, None, Some([state, width + state])],
        }
    }

    fn attention_sizes(&self, lengths: Lengths, batch: usize) -> Sizes {
        Sizes {
            source_len: lengths.source,
            target_len: lengths.target,
            batch,
            source: self.encoder.width(),
            state: self.decoder_size,
            inner: match self.attention {
                Attention::Additive => self.decoder_size,
                Attention::None | Attention::Dot => 0,
            },
        }
    }

    fn ranges(&self) -> Ranges {
        let mut end = self.encoder.stack_count();
        let mut next = |count: usize| {
            let start = end;
            end += count;
            start..end
        };
        let [query, key, score, combine] = self
            .attention_shapes()
            .map(|shape| shape.map_or(0, |[rows, columns]| rows * columns));
        Ranges {
            decoder: next(self.decoder().stack_count()),
            bridge_weight: next(self.decoder_size * self.encoder.width()),
            bridge_bias: next(self.decoder_size),
            query: next(query),
            key: next(key),
            score: next(score),
            combine: next(combine),
            readout_weight: next(self.output_size * self.decoder_size),
            readout_bias: next(self.output_size),
        }
    }

    /// All parameters: the encoder's, the decoder's, the bridge's, the attention's, the readout's.
    pub fn entries(&self) -> Vec<ParameterEntry> {
        let (width, state, outputs) = (self.encoder.width(), self.decoder_size, self.output_size);
        let named = |part: &'static str| move |(name, shape)| (format!("{part}.{name}"), shape);
        let encoder = self.encoder.stack_shapes().into_iter();
        let decoder = self.decoder().stack_shapes().into_iter();
        let mut shapes: Vec<_> = encoder.map(named("encoder")).collect();
        shapes.extend(decoder.map(named("decoder")));
        shapes.push(("bridge.weight".into(), vec![state, width]));
        shapes.push(("bridge.bias".into(), vec![state]));
        let names = ["query", "key", "score", "combine"];
        for (name, shape) in names.into_iter().zip(self.attention_shapes()) {
            if let Some(shape) = shape {
                shapes.push((format!("attention.{name}.weight"), shape.to_vec()));
            }
        }
        shapes.push(("readout.weight".into(), vec![outputs, state]));
        shapes.push(("readout.bias".into(), vec![outputs]));
        architecture::lay_out(shapes)
    }

    /// How many values the parameters have together; `None` if that is past what a machine can count.
    pub fn parameter_count(&self) -> Option<usize> {
        let directions = self.encoder.directions();
        let width = self.encoder.hidden_size.checked_mul(directions)?;
        let (state, outputs) = (self.decoder_size, self.output_size);
        let (width_1, state_1) = (width.checked_add(1)?, state.checked_add(1)?);
        let (context, attention) = match self.attention {
            Attention::None => (0, 0),
            Attention::Additive => (width, width.checked_add(state_1)?.checked_mul(state)?),
            Attention::Dot => (0, width.checked_add(state)?.checked_mul(state)?),
        };
        let decoder = Stack {
            input_size: outputs.checked_add(context)?,
            ..self.without_context().decoder()
        };
        let bridge = state.checked_mul(width_1)?;
        let readout = outputs.checked_mul(state_1)?;
        self.encoder
            .parameter_count()?
            .checked_add(decoder.parameter_count()?)?
            .checked_add(bridge)?
            .checked_add(attention)?
            .checked_add(readout)
    }

    fn without_context(self) -> Self {
        Self {
            attention: Attention::None,
            ..self
        }
    }

    /// h_end ↦ W_b h_end + b_b.
    fn bridge_shape(&self, batch: usize) -> Shape {
        Shape {
            rows: batch,
            inputs: self.encoder.width(),
            outputs: self.decoder_size,
        }
    }

    /// [a; s] ↦ W_c [a; s].
    fn combine_shape(&self, rows: usize) -> Shape {
        Shape {
            rows,
            inputs: self.encoder.width() + self.decoder_size,
            outputs: self.decoder_size,
        }
    }

    /// s ↦ W s + b.
    fn readout_shape(&self, rows: usize) -> Shape {
        Shape {
            rows,
            inputs: self.decoder_size,
            outputs: self.output_size,
        }
    }
}

/// An architecture and its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Seq2SeqModel<T> {
    /// The shape.
    pub architecture: Seq2SeqArchitecture,
    /// All parameters one after another, in the order of [`Seq2SeqArchitecture::entries`].
    pub parameters: Vec<T>,
}

/// Everything that a pass forward and back writes to; made once, used for every batch of the same shape.
#[derive(Clone, Debug)]
pub struct Seq2SeqWorkspace<T> {
    lanes: Lanes,
    /// The encoder's records; its `trace.x`, its lengths and its dropout are the source's.
    pub encoder: model::RecurrentWorkspace<T>,
    /// The forward record of the rest; its lengths are the target's.
    pub trace: Seq2SeqTrace<T>,
    /// The backward record of the rest.
    pub adjoints: Adjoints<T>,
    /// The loss's share at each output step; they add up to the loss.
    pub terms: Vec<f64>,
    /// What attention's scores are multiplied by: 1. With 0 every source step is looked at evenly, to see what the looking is
    /// worth; there is no way back then.
    pub sharpness: f64,
    prepared: Prepared<T>,
    attention: PreparedAttention<T>,
    /// W_bᵀ, `[encoder width, decoder width]`.
    bridge_t: Vec<T>,
    /// W_cᵀ, `[encoder width + decoder width, decoder width]`.
    combine_t: Vec<T>,
    /// Wᵀ, `[decoder width, output_size]`.
    readout_t: Vec<T>,
    /// The adjoints of the sums inside the bridge's tanh, `[batch, decoder width]`.
    d_bridge: Vec<T>,
    /// The adjoints of the sums inside h̃'s tanh, `[target_len, batch, decoder width]`.
    d_combine: Vec<T>,
}

impl<T: Real> Seq2SeqWorkspace<T> {
    /// Room for batches of `batch` pairs of sequences, on the widest lanes there are.
    pub fn new(
        architecture: &Seq2SeqArchitecture,
        lengths: Lengths,
        batch: usize,
        record: Record,
    ) -> Self {
        Self::on(Lanes::detect(), architecture, lengths, batch, record)
    }

    /// The same on lanes of choice.
    pub fn on(
        lanes: Lanes,
        architecture: &Seq2SeqArchitecture,
        lengths: Lengths,
        batch: usize,
        record: Record,
    ) -> Self {
        let decoder = architecture.decoder();
        let (state, outputs) = (architecture.decoder_size, architecture.output_size);
        let sizes = architecture.attention_sizes(lengths, batch);
        let encoder = &architecture.encoder;
        let ranges = architecture.ranges();
        let trace = Seq2SeqTrace::new(architecture, lengths, batch);
        Self {
            lanes,
            encoder: model::RecurrentWorkspace::on(lanes, encoder, lengths.source, batch, record),
            adjoints: Adjoints::new(architecture, lengths, batch, record),
            terms: vec![0.0; lengths.target],
            sharpness: 1.0,
            prepared: Prepared::new(decoder.cell, decoder.input_size, state),
            attention: PreparedAttention::new(architecture.attention, sizes),
            bridge_t: vec![T::ZERO; ranges.bridge_weight.len()],
            combine_t: vec![T::ZERO; ranges.combine.len()],
            readout_t: vec![T::ZERO; state * outputs],
            d_bridge: vec![T::ZERO; batch * state],
            d_combine: vec![T::ZERO; trace.attentional.len()],
            trace,
        }
    }

    /// The bytes that [`new`](Self::new) asks for, and the encoder's trace for
    /// [`padding`](super::RecurrentTrace::expect_padding).
    pub fn bytes(
        architecture: &Seq2SeqArchitecture,
        lengths: Lengths,
        batch: usize,
        record: Record,
        padding: bool,
    ) -> u128 {
        let decoder = architecture.decoder();
        let (state, outputs) = (architecture.decoder_size, architecture.output_size);
        let (width, sizes) = (
            architecture.encoder.width(),
            architecture.attention_sizes(lengths, batch),
        );
        let encoder = &architecture.encoder;
        let combined = match architecture.attention {
            Attention::Dot => room::array::<T>(&[width + state + lengths.target * batch, state]),
            Attention::None | Attention::Additive => 0,
        };
        model::RecurrentWorkspace::<T>::bytes(encoder, lengths.source, batch, record, padding)
            + Seq2SeqTrace::<T>::bytes(architecture, lengths, batch)
            + Adjoints::<T>::bytes(architecture, lengths, batch, record)
            + room::array::<f64>(&[lengths.target])
            + Prepared::<T>::bytes(decoder.cell, decoder.input_size, state)
            + PreparedAttention::<T>::bytes(architecture.attention, sizes)
            + room::array::<T>(&[width + outputs + batch, state])
            + combined
    }
}

impl<T: Real> Seq2SeqModel<T> {
    /// A model with its first parameters drawn from `stream`: encoder and decoder by `init`, everything else as PyTorch's
    /// `nn.Linear`.
    ///
    /// Draws are made in f64 and rounded, so that f32 and f64 models of one seed begin at the same place.
    pub fn new(architecture: Seq2SeqArchitecture, init: &Init, stream: &mut Stream) -> Self {
        let stack = |prefix, cell| init::Stack { prefix, cell };
        let stacks = [
            stack("encoder", architecture.encoder.cell),
            stack("decoder", architecture.decoder_cell),
        ];
        Self {
            architecture,
            parameters: init::parameters(&architecture.entries(), &stacks, init, stream),
        }
    }

    /// The decoder's scan over a target.
    fn scan<'a>(&'a self, lanes: Lanes, ranges: &Ranges, lengths: &'a [usize]) -> Scan<'a, T> {
        let decoder = self.architecture.decoder();
        let parameters = &self.parameters[ranges.decoder.clone()];
        Scan {
            lanes,
            cell: decoder.cell,
            direction: Direction::Forward,
            weights: decoder.scan_weights(Place::FIRST, parameters),
            lengths,
            truncate: None,
            stop: None,
        }
    }

    /// The cell and the weights of a scan of the part called `encoder` or `decoder`; `None` if there is no such scan.
    pub(super) fn scan_weights(
        &self,
        part: &str,
        place: Place,
    ) -> Option<(Cell, LayerWeights<'_, T>)> {
        let (stack, parameters) = match part {
            "encoder" => (self.architecture.encoder, self.parameters.as_slice()),
            "decoder" => {
                let range = self.architecture.ranges().decoder;
                (self.architecture.decoder(), &self.parameters[range])
            }
            _ => return None,
        };
        let known = stack.places().any(|of| of == place);
        known.then(|| (stack.cell, stack.scan_weights(place, parameters)))
    }

    /// Where the block of a scan's parameter lies among all parameters; `None` if there is no such scan.
    pub(super) fn block_range(
        &self,
        part: &str,
        place: Place,
        block: Block,
    ) -> Option<Range<usize>> {
        let (stack, start) = match part {
            "encoder" => (self.architecture.encoder, 0),
            "decoder" => (
                self.architecture.decoder(),
                self.architecture.ranges().decoder.start,
            ),
            _ => return None,
        };
        let known = stack.places().any(|of| of == place);
        known.then(|| {
            let range = stack.block_range(place, block);
            start + range.start..start + range.end
        })
    }

    /// The attention over what the encoder put out.
    fn reader<'a>(
        &'a self,
        lanes: Lanes,
        ranges: &Ranges,
        encoder: &'a super::RecurrentTrace<T>,
        target_len: usize,
        target_lengths: &'a [usize],
    ) -> Reader<'a, T> {
        let architecture = &self.architecture;
        let lengths = Lengths {
            source: encoder.seq_len(),
            target: target_len,
        };
        Reader {
            lanes,
            attention: architecture.attention,
            sizes: architecture.attention_sizes(lengths, target_lengths.len()),
            weights: AttentionWeights {
                query: &self.parameters[ranges.query.clone()],
                key: &self.parameters[ranges.key.clone()],
                score: &self.parameters[ranges.score.clone()],
            },
            source: encoder.output(architecture.encoder.num_layers - 1),
            source_lengths: encoder.lengths(),
            target_lengths,
            sharpness: 1.0,
        }
    }

    /// Runs the batch forward: the source in `workspace.encoder.trace.x`, and where steps are forced the true outputs of
    /// [`Seq2SeqTrace::set_target`].
    pub fn forward(&self, workspace: &mut Seq2SeqWorkspace<T>) {
        let (architecture, parameters) = (&self.architecture, self.parameters.as_slice());
        let ranges = architecture.ranges();
        model::forward_stack(&architecture.encoder, parameters, &mut workspace.encoder);
        self.bridge(&ranges, workspace);

        let lanes = workspace.lanes;
        let (prepared, attention) = (&mut workspace.prepared, &mut workspace.attention);
        let (combine_t, readout_t) = (&mut workspace.combine_t, &mut workspace.readout_t);
        let trace = &mut workspace.trace;
        let (steps, batch, outputs) = trace.y.dim();
        let lengths = trace.lengths.as_slice();
        let scan = self.scan(lanes, &ranges, lengths);
        let reader = Reader {
            sharpness: workspace.sharpness,
            ..self.reader(lanes, &ranges, &workspace.encoder.trace, steps, lengths)
        };
        let (combine, readout) = (
            architecture.combine_shape(batch),
            architecture.readout_shape(batch),
        );
        let kind = architecture.attention;
        scan.prepare(prepared);
        if kind != Attention::None {
            reader.prepare(attention, &mut trace.attention);
        }
        if kind == Attention::Dot {
            linear::transpose(combine, &parameters[ranges.combine.clone()], combine_t);
        }
        linear::transpose(readout, &parameters[ranges.readout_weight], readout_t);

        let stop = &workspace.encoder.stop;
        for t in 0..steps {
            if stop.is_asked() {
                return;
            }
            // The previous output.
            for (b, &length) in lengths.iter().enumerate() {
                let mut x = trace.x.slice_mut(s![t, b, ..outputs]);
                if t == 0 || t >= length {
                    x.fill(T::ZERO);
                } else if trace.forced[t] {
                    x.assign(&trace.teacher.slice(s![t, b, ..]));
                } else {
                    let own = trace.y.slice(s![t - 1, b, ..]);
                    read_again(architecture.feedback, own, x);
                }
            }
            // The context that s_{t−1} asks for.
            if kind == Attention::Additive {
                let before = match t {
                    0 => flat(&trace.decoder.h0),
                    _ => at(&trace.decoder.h, t - 1),
                };
                reader.read(attention, t, before, &mut trace.attention);
                let context = trace.attention.context.slice(s![t, .., ..]);
                trace.x.slice_mut(s![t, .., outputs..]).assign(&context);
            }
            // s_t.
            scan.step(prepared, t, Inputs::Of(&trace.x), &mut trace.decoder);
            let mut read = at(&trace.decoder.h, t);
            // The context that s_t asks for, and h̃_t = tanh(W_c [a_t; s_t]).
            if kind == Attention::Dot {
                reader.read(attention, t, read, &mut trace.attention);
                let (mut a, mut s) = trace
                    .joined
                    .slice_mut(s![t, .., ..])
                    .split_at(Axis(1), architecture.encoder.width());
                a.assign(&trace.attention.context.slice(s![t, .., ..]));
                s.assign(&trace.decoder.h.slice(s![t, .., ..]));
                let h = at_mut(&mut trace.attentional, t);
                let joined = at(&trace.joined, t);
                linear::forward(lanes, combine, combine_t, Start::Zero, joined, h);
                let activation = Activation::Tanh;
                lanes.for_each_unit(rnn::Step { activation, h });
                read = h;
            }
            // y_t.
            let bias = Start::Row(&parameters[ranges.readout_bias.clone()]);
            let y = at_mut(&mut trace.y, t);
            linear::forward(lanes, readout, readout_t, bias, read, y);
        }
        for values in [&mut trace.joined, &mut trace.attentional, &mut trace.y] {
            clear_padding(values, lengths);
        }
    }

    /// s_0 = tanh(W_b h_end + b_b); c_0 = 0.
    fn bridge(&self, ranges: &Ranges, workspace: &mut Seq2SeqWorkspace<T>) {
        let stack = &self.architecture.encoder;
        let (lanes, trace) = (workspace.lanes, &mut workspace.trace);
        let encoder = &workspace.encoder.trace;
        let output = encoder.output(stack.num_layers - 1);
        for (b, columns, step) in last_states(stack, encoder.lengths()) {
            let state = output.slice(s![step, b, columns.clone()]);
            trace.encoded.slice_mut(s![b, columns]).assign(&state);
        }
        let shape = self.architecture.bridge_shape(trace.lengths.len());
        let weight = &self.parameters[ranges.bridge_weight.clone()];
        linear::transpose(shape, weight, &mut workspace.bridge_t);
        let bias = Start::Row(&self.parameters[ranges.bridge_bias.clone()]);
        let (h_end, h) = (flat(&trace.encoded), flat_mut(&mut trace.decoder.h0));
        linear::forward(lanes, shape, &workspace.bridge_t, bias, h_end, h);
        let activation = Activation::Tanh;
        lanes.for_each_unit(rnn::Step { activation, h });
        trace.decoder.c0.fill(T::ZERO);
    }

    /// Greedy decoding: runs forward with every step reading the model's own previous output.
    pub fn decode(&self, workspace: &mut Seq2SeqWorkspace<T>) {
        workspace.trace.forced.fill(false);
        self.forward(workspace);
    }

    /// The loss of the outputs, and its adjoint in `workspace.adjoints.d_y`. Padding has no part in it.
    pub fn loss(&self, workspace: &mut Seq2SeqWorkspace<T>, loss: Loss, target: &Target<T>) -> f64 {
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
    pub fn backward(&self, workspace: &mut Seq2SeqWorkspace<T>, gradient: &mut [T]) {
        self.backward_by(None, workspace, gradient);
    }

    /// [`backward`](Self::backward) in which the encoder's outputs get their adjoint by one road alone. Down to the decoder's
    /// first step the two are the same; the encoder's way back is linear, so that what it records by one road and by the other
    /// adds up to what it records by both.
    pub fn backward_by(
        &self,
        road: Option<Road>,
        workspace: &mut Seq2SeqWorkspace<T>,
        gradient: &mut [T],
    ) {
        let ranges = self.architecture.ranges();
        let stack = &self.architecture.encoder;
        self.read_out_back(&ranges, workspace, gradient);
        self.decoder_back(&ranges, workspace, gradient);
        if road == Some(Road::Bridge) {
            let d_source = workspace.encoder.adjoints.output_mut(stack.num_layers - 1);
            d_source.fill(T::ZERO);
        }
        if road != Some(Road::Attention) {
            self.bridge_back(&ranges, workspace, gradient);
        }
        model::backward_stack(stack, &self.parameters, &mut workspace.encoder, gradient);
    }

    /// From y to the decoder's states; with dot-product attention to the contexts too. No step waits for another here.
    fn read_out_back(
        &self,
        ranges: &Ranges,
        workspace: &mut Seq2SeqWorkspace<T>,
        gradient: &mut [T],
    ) {
        let (architecture, parameters) = (&self.architecture, self.parameters.as_slice());
        let (lanes, trace) = (workspace.lanes, &workspace.trace);
        let adjoints = &mut workspace.adjoints;
        let (steps, batch, _) = trace.y.dim();
        let d_states = &mut adjoints.decoder.d_h_from_above;
        let (read, d_read) = match architecture.attention {
            Attention::None | Attention::Additive => (&trace.decoder.h, &mut *d_states),
            Attention::Dot => (&trace.attentional, &mut adjoints.d_attentional),
        };
        // y = W s + b, or W h̃ + b.
        clear_padding(&mut adjoints.d_y, &trace.lengths);
        let shape = architecture.readout_shape(steps * batch);
        let d_y = flat(&adjoints.d_y);
        let (weight, bias) = (ranges.readout_weight.clone(), ranges.readout_bias.end);
        let (d_weight, d_bias) = gradient[weight.start..bias].split_at_mut(weight.len());
        linear::gradients(lanes, shape, flat(read), d_y, d_weight, Some(d_bias));
        let (weight, d_read) = (&parameters[weight], flat_mut(d_read));
        linear::backward(lanes, shape, weight, d_y, Start::Zero, d_read);
        if architecture.attention != Attention::Dot {
            return;
        }
        // h̃ = tanh(W_c [a; s]).
        lanes.for_each_unit(TanhBackward {
            y: flat(&trace.attentional),
            d_y: d_read,
            d_sum: &mut workspace.d_combine,
        });
        let shape = architecture.combine_shape(steps * batch);
        let (joined, d_sum) = (flat(&trace.joined), &workspace.d_combine);
        let d_weight = &mut gradient[ranges.combine.clone()];
        linear::gradients(lanes, shape, joined, d_sum, d_weight, None);
        let weight = &parameters[ranges.combine.clone()];
        let d_joined = flat_mut(&mut adjoints.d_joined);
        linear::backward(lanes, shape, weight, d_sum, Start::Zero, d_joined);
        let d_joined = adjoints.d_joined.view();
        let (d_a, d_s) = d_joined.split_at(Axis(2), architecture.encoder.width());
        adjoints.attention.d_context.assign(&d_a);
        d_states.assign(&d_s);
        // a_t is asked for by s_t.
        let (encoder, lengths) = (&workspace.encoder.trace, trace.lengths.as_slice());
        let reader = self.reader(lanes, ranges, encoder, steps, lengths);
        let attention = &mut workspace.attention;
        reader.begin_back(attention, &mut adjoints.attention);
        for t in 0..steps {
            if workspace.encoder.stop.is_asked() {
                return;
            }
            let (asked, record) = (at_mut(d_states, t), adjoints.record);
            let d_attention = &mut adjoints.attention;
            reader.read_back(attention, t, &trace.attention, record, d_attention, asked);
        }
    }

    /// Through the decoder step by step; with additive attention through the contexts that it read too. Then what the
    /// encoder's outputs get from attention.
    fn decoder_back(
        &self,
        ranges: &Ranges,
        workspace: &mut Seq2SeqWorkspace<T>,
        gradient: &mut [T],
    ) {
        let kind = self.architecture.attention;
        let (lanes, trace) = (workspace.lanes, &workspace.trace);
        let (attention, prepared) = (&mut workspace.attention, &mut workspace.prepared);
        let (steps, _, outputs) = trace.y.dim();
        let Adjoints {
            record,
            d_x,
            decoder: d_decoder,
            attention: d_attention,
            ..
        } = &mut workspace.adjoints;
        let record = *record;
        let encoder = &mut workspace.encoder;
        let lengths = trace.lengths.as_slice();
        let scan = self.scan(lanes, ranges, lengths);
        let reader = self.reader(lanes, ranges, &encoder.trace, steps, lengths);
        if kind == Attention::Additive {
            reader.begin_back(attention, d_attention);
        }
        scan.prepare_back(prepared);
        d_decoder.d_h0.fill(T::ZERO);
        d_decoder.d_c0.fill(T::ZERO);
        for t in (0..steps).rev() {
            if encoder.stop.is_asked() {
                return;
            }
            scan.step_back(prepared, t, &trace.decoder, record, d_decoder);
            if kind == Attention::Additive {
                // a_t was read beside the previous output, and s_{t−1} asked for it.
                scan.adjoint_of_inputs(t..t + 1, d_decoder, Start::Zero, d_x);
                let d_a = d_x.slice(s![t, .., outputs..]);
                d_attention.d_context.slice_mut(s![t, .., ..]).assign(&d_a);
                let asked = flat_mut(&mut d_decoder.d_h0);
                reader.read_back(attention, t, &trace.attention, record, d_attention, asked);
            }
        }
        let stack = self.architecture.decoder();
        let gradients = stack.scan_gradients(Place::FIRST, &mut gradient[ranges.decoder.clone()]);
        scan.gradients(prepared, &trace.x, &trace.decoder, d_decoder, gradients);
        if kind != Attention::Additive && record == Record::Everything {
            scan.adjoint_of_inputs(0..steps, d_decoder, Start::Zero, d_x);
        }

        let d_source = encoder
            .adjoints
            .output_mut(self.architecture.encoder.num_layers - 1);
        let h = flat(&trace.decoder.h);
        let one_step = h.len() / steps;
        let asked = match kind {
            Attention::None => {
                d_source.fill(T::ZERO);
                return;
            }
            Attention::Additive => [flat(&trace.decoder.h0), &h[..h.len() - one_step]],
            Attention::Dot => h.split_at(one_step).into(),
        };
        let of = &mut gradient[ranges.query.start..ranges.score.end];
        let (query, rest) = of.split_at_mut(ranges.query.len());
        let (key, score) = rest.split_at_mut(ranges.key.len());
        let gradients = AttentionGradients { query, key, score };
        let (attention, d_attention) = (&*attention, &*d_attention);
        reader.gradients(
            attention,
            asked,
            &trace.attention,
            d_attention,
            gradients,
            d_source,
        );
    }

    /// From s_0 to the encoder's last states.
    fn bridge_back(
        &self,
        ranges: &Ranges,
        workspace: &mut Seq2SeqWorkspace<T>,
        gradient: &mut [T],
    ) {
        let stack = &self.architecture.encoder;
        let (lanes, trace) = (workspace.lanes, &workspace.trace);
        let (adjoints, encoder) = (&mut workspace.adjoints, &mut workspace.encoder);
        lanes.for_each_unit(TanhBackward {
            y: flat(&trace.decoder.h0),
            d_y: flat(&adjoints.decoder.d_h0),
            d_sum: &mut workspace.d_bridge,
        });
        let shape = self.architecture.bridge_shape(trace.lengths.len());
        let (h_end, d_sum) = (flat(&trace.encoded), &workspace.d_bridge);
        let (weight, bias) = (ranges.bridge_weight.clone(), ranges.bridge_bias.end);
        let (d_weight, d_bias) = gradient[weight.start..bias].split_at_mut(weight.len());
        linear::gradients(lanes, shape, h_end, d_sum, d_weight, Some(d_bias));
        let weight = &self.parameters[weight];
        let d_encoded = flat_mut(&mut adjoints.d_encoded);
        linear::backward(lanes, shape, weight, d_sum, Start::Zero, d_encoded);
        let d_source = encoder.adjoints.output_mut(stack.num_layers - 1);
        for (b, columns, step) in last_states(stack, encoder.trace.lengths()) {
            let d_state = adjoints.d_encoded.slice(s![b, columns.clone()]);
            let mut d_output = d_source.slice_mut(s![step, b, columns]);
            d_output.zip_mut_with(&d_state, |sum, &d| *sum += d);
        }
    }

    /// The same values as f64, exactly.
    pub fn widened(&self) -> Seq2SeqModel<f64> {
        Seq2SeqModel {
            architecture: self.architecture,
            parameters: self.parameters.iter().map(|p| p.widen()).collect(),
        }
    }
}

/// Where a stack's last states lie in what its last layer puts out: the sequence, the columns, the step.
fn last_states(
    stack: &Stack,
    lengths: &[usize],
) -> impl Iterator<Item = (usize, Range<usize>, usize)> {
    let hidden = stack.hidden_size;
    let directions = &Direction::ALL[..stack.directions()];
    lengths.iter().enumerate().flat_map(move |(b, &length)| {
        directions.iter().enumerate().map(move |(part, direction)| {
            let step = match direction {
                Direction::Forward => length - 1,
                Direction::Reverse => 0,
            };
            (b, part * hidden..(part + 1) * hidden, step)
        })
    })
}

/// What the decoder reads of its own output: values as they are; of classes the first with the largest value, one-hot.
fn read_again<T: Real>(feedback: Feedback, own: ArrayView1<'_, T>, mut x: ArrayViewMut1<'_, T>) {
    match feedback {
        Feedback::Values => x.assign(&own),
        Feedback::Classes => {
            let mut largest = 0;
            for (class, &value) in own.iter().enumerate() {
                if own[largest] < value {
                    largest = class;
                }
            }
            x.fill(T::ZERO);
            x[largest] = T::ONE;
        }
    }
}

/// The way back through y = tanh(sum): tanh′ = 1 − tanh².
struct TanhBackward<'a, T> {
    y: &'a [T],
    d_y: &'a [T],
    d_sum: &'a mut [T],
}

impl<T: Real> Pointwise for TanhBackward<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.y.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let y = L::load(token, &self.y[unit..]);
        let d_sum = L::load(token, &self.d_y[unit..]) * (-y).mul_add(y, y.constant(1.0));
        d_sum.flush(Floor::Adjoint).store(&mut self.d_sum[unit..]);
    }
}
