//! A model: a stack of recurrent layers and a linear readout, y = W h + b.

use super::adjoint::{Adjoints, Record};
use super::init::Init;
use super::kernel::product::{Matrix, Size, Start, product, transpose_into};
use super::kernel::{Lanes, Real};
use super::loss::{Loss, Target};
use super::recurrent::{self, LayerGradients, LayerWeights, Prepared, column_sums, flat, flat_mut};
use super::trace::Trace;
use super::{Cell, expr::Block, expr::ParameterKind};
use crate::random::Stream;
use std::ops::Range;

/// Which hidden states the readout reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readout {
    /// The last one: one output for the sequence.
    Last,
    /// Every one: an output at each step.
    Every,
}

impl Readout {
    /// The name in experiments.
    pub fn name(self) -> &'static str {
        match self {
            Readout::Last => "last",
            Readout::Every => "every",
        }
    }

    /// How many outputs a sequence of `seq_len` steps has.
    pub fn steps(self, seq_len: usize) -> usize {
        match self {
            Readout::Last => 1,
            Readout::Every => seq_len,
        }
    }
}

/// The shape of a model. Sizes are at least 1; whoever reads them from outside has checked that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Architecture {
    /// The recurrent cell.
    pub cell: Cell,
    /// Values per step in.
    pub input_size: usize,
    /// Units per layer.
    pub hidden_size: usize,
    /// Recurrent layers, each reading the one below.
    pub num_layers: usize,
    /// Values per output.
    pub output_size: usize,
    /// Which states become outputs.
    pub readout: Readout,
}

/// A named parameter: where its values lie among all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterEntry {
    /// PyTorch's name: `weight_ih_l0`, …, `readout.weight`, `readout.bias`.
    pub name: String,
    /// Its shape, row-major.
    pub shape: Vec<usize>,
    /// Its place.
    pub range: Range<usize>,
}

impl Architecture {
    /// How many values a step of layer `layer` reads.
    pub fn layer_input_size(&self, layer: usize) -> usize {
        if layer == 0 {
            self.input_size
        } else {
            self.hidden_size
        }
    }

    /// All parameters in PyTorch's order, the readout last.
    pub fn entries(&self) -> Vec<ParameterEntry> {
        let rows = self.cell.blocks() * self.hidden_size;
        let mut shapes = Vec::new();
        for layer in 0..self.num_layers {
            shapes.push((
                format!("weight_ih_l{layer}"),
                vec![rows, self.layer_input_size(layer)],
            ));
            shapes.push((format!("weight_hh_l{layer}"), vec![rows, self.hidden_size]));
            shapes.push((format!("bias_ih_l{layer}"), vec![rows]));
            shapes.push((format!("bias_hh_l{layer}"), vec![rows]));
        }
        shapes.push((
            "readout.weight".into(),
            vec![self.output_size, self.hidden_size],
        ));
        shapes.push(("readout.bias".into(), vec![self.output_size]));
        let mut start = 0;
        let entry = |(name, shape): (String, Vec<usize>)| {
            let range = start..start + shape.iter().product::<usize>();
            start = range.end;
            ParameterEntry { name, shape, range }
        };
        shapes.into_iter().map(entry).collect()
    }

    /// How many values the parameters have together; `None` if that is past what a machine can count.
    pub fn parameter_count(&self) -> Option<usize> {
        let mut count = self
            .output_size
            .checked_mul(self.hidden_size.checked_add(1)?)?;
        for layer in 0..self.num_layers {
            let per_row = self
                .layer_input_size(layer)
                .checked_add(self.hidden_size)?
                .checked_add(2)?;
            count = count.checked_add(
                self.cell
                    .blocks()
                    .checked_mul(self.hidden_size)?
                    .checked_mul(per_row)?,
            )?;
        }
        Some(count)
    }

    /// Where layer `layer`'s parameters begin, and the lengths of its four.
    fn layer_lengths(&self, layer: usize) -> (usize, [usize; 4]) {
        let rows = self.cell.blocks() * self.hidden_size;
        let lengths = |layer| {
            [
                rows * self.layer_input_size(layer),
                rows * self.hidden_size,
                rows,
                rows,
            ]
        };
        let start = (0..layer)
            .map(|below| lengths(below).iter().sum::<usize>())
            .sum();
        (start, lengths(layer))
    }

    fn layer_weights<'a, T>(&self, layer: usize, parameters: &'a [T]) -> LayerWeights<'a, T> {
        let (start, [ih, hh, b_ih, _]) = self.layer_lengths(layer);
        let (weight_ih, rest) = parameters[start..].split_at(ih);
        let (weight_hh, rest) = rest.split_at(hh);
        let (bias_ih, rest) = rest.split_at(b_ih);
        LayerWeights {
            weight_ih,
            weight_hh,
            bias_ih,
            bias_hh: &rest[..b_ih],
        }
    }

    fn layer_gradients<'a, T>(&self, layer: usize, gradient: &'a mut [T]) -> LayerGradients<'a, T> {
        let (start, [ih, hh, b_ih, _]) = self.layer_lengths(layer);
        let (weight_ih, rest) = gradient[start..].split_at_mut(ih);
        let (weight_hh, rest) = rest.split_at_mut(hh);
        let (bias_ih, rest) = rest.split_at_mut(b_ih);
        LayerGradients {
            weight_ih,
            weight_hh,
            bias_ih,
            bias_hh: &mut rest[..b_ih],
        }
    }

    /// Where the block of a layer's parameter lies: `hidden_size` rows of it.
    pub fn block_range(&self, layer: usize, block: Block) -> Range<usize> {
        let (start, [ih, hh, b_ih, _]) = self.layer_lengths(layer);
        let (start, width) = match block.parameter {
            ParameterKind::WeightIh => (start, self.layer_input_size(layer)),
            ParameterKind::WeightHh => (start + ih, self.hidden_size),
            ParameterKind::BiasIh => (start + ih + hh, 1),
            ParameterKind::BiasHh => (start + ih + hh + b_ih, 1),
        };
        let index = self
            .cell
            .gates()
            .iter()
            .position(|&gate| gate == block.gate)
            .unwrap_or(0);
        let size = self.hidden_size * width;
        start + index * size..start + (index + 1) * size
    }

    fn readout_ranges(&self) -> (Range<usize>, Range<usize>) {
        let (start, lengths) = self.layer_lengths(self.num_layers - 1);
        let weight = start + lengths.iter().sum::<usize>();
        let bias = weight + self.output_size * self.hidden_size;
        (weight..bias, bias..bias + self.output_size)
    }
}

/// An architecture and its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Model<T> {
    /// The shape.
    pub architecture: Architecture,
    /// All parameters one after another, in the order of [`Architecture::entries`].
    pub parameters: Vec<T>,
}

/// Everything that a pass forward and back writes to; made once, used for every batch of the same shape.
#[derive(Clone, Debug)]
pub struct Workspace<T> {
    lanes: Lanes,
    /// The forward record; `x` is set by the caller.
    pub trace: Trace<T>,
    /// The backward record.
    pub adjoints: Adjoints<T>,
    /// The loss's share at each output step; they add up to the loss.
    pub terms: Vec<f64>,
    prepared: Vec<Prepared<T>>,
    readout_t: Vec<T>,
}

impl<T: Real> Workspace<T> {
    /// Room for batches of `batch` sequences of `seq_len` steps, on the widest lanes there are.
    pub fn new(architecture: &Architecture, seq_len: usize, batch: usize, record: Record) -> Self {
        Self::on(Lanes::detect(), architecture, seq_len, batch, record)
    }

    /// The same on lanes of choice.
    pub fn on(
        lanes: Lanes,
        architecture: &Architecture,
        seq_len: usize,
        batch: usize,
        record: Record,
    ) -> Self {
        Self {
            lanes,
            trace: Trace::new(architecture, seq_len, batch),
            adjoints: Adjoints::new(architecture, seq_len, batch, record),
            terms: vec![0.0; architecture.readout.steps(seq_len)],
            prepared: (0..architecture.num_layers)
                .map(|layer| Prepared::new(architecture, layer))
                .collect(),
            readout_t: vec![T::ZERO; architecture.hidden_size * architecture.output_size],
        }
    }
}

impl<T: Real> Model<T> {
    /// A model with its first parameters drawn from `stream`.
    ///
    /// Draws are made in f64 and rounded, so that f32 and f64 models of one seed begin at the same place.
    pub fn new(architecture: Architecture, init: Init, stream: &mut Stream) -> Self {
        let bound = 1.0 / libm::sqrt(architecture.hidden_size as f64);
        let mut parameters = Vec::with_capacity(architecture.parameter_count().unwrap_or(0));
        for entry in architecture.entries() {
            let readout = entry.name.starts_with("readout");
            for _ in entry.range {
                let value = match init {
                    Init::Normal { std } if !readout => {
                        if entry.shape.len() == 2 {
                            std * stream.normal()
                        } else {
                            0.0
                        }
                    }
                    _ => stream.uniform(-bound, bound),
                };
                parameters.push(T::of(value));
            }
        }
        Self {
            architecture,
            parameters,
        }
    }

    /// Runs the batch in `workspace.trace.x` forward.
    pub fn forward(&self, workspace: &mut Workspace<T>) {
        let architecture = &self.architecture;
        let Workspace {
            lanes,
            trace,
            prepared,
            readout_t,
            ..
        } = workspace;
        for (layer, prepared) in prepared.iter_mut().enumerate() {
            let (below, this) = trace.layers.split_at_mut(layer);
            let x = below.last().map_or(&trace.x, |below| &below.h);
            let weights = architecture.layer_weights(layer, &self.parameters);
            recurrent::forward(
                *lanes,
                architecture.cell,
                weights,
                prepared,
                x,
                &mut this[0],
            );
        }
        // y = W h + b.
        let (weight, bias) = architecture.readout_ranges();
        let (hidden, outputs) = (architecture.hidden_size, architecture.output_size);
        transpose_into(
            &self.parameters[weight],
            outputs,
            hidden,
            readout_t,
            outputs,
        );
        let rows = flat(&trace.y).len() / outputs;
        let h = flat(&trace.layers[architecture.num_layers - 1].h);
        let read = Matrix::rows(&h[h.len() - rows * hidden..], hidden);
        let size = Size {
            rows,
            inner: hidden,
            columns: outputs,
        };
        let bias = Start::Row(&self.parameters[bias]);
        product(
            *lanes,
            size,
            read,
            readout_t,
            outputs,
            bias,
            flat_mut(&mut trace.y),
            outputs,
        );
    }

    /// The loss of the outputs, and its adjoint in `workspace.adjoints.d_y`.
    pub fn loss(&self, workspace: &mut Workspace<T>, loss: Loss, target: &Target<T>) -> f64 {
        loss.evaluate(
            &workspace.trace.y,
            target,
            &mut workspace.adjoints.d_y,
            &mut workspace.terms,
        )
    }

    /// Runs back from `workspace.adjoints.d_y` to everything that [`forward`](Self::forward) recorded; `gradient` receives
    /// the gradient of every parameter.
    pub fn backward(&self, workspace: &mut Workspace<T>, gradient: &mut [T]) {
        let architecture = &self.architecture;
        let (weight, bias) = architecture.readout_ranges();
        let (hidden, outputs) = (architecture.hidden_size, architecture.output_size);
        let top = architecture.num_layers - 1;
        let Workspace {
            lanes,
            trace,
            adjoints,
            ..
        } = workspace;
        let lanes = *lanes;
        let d_y = flat(&adjoints.d_y);
        let rows = d_y.len() / outputs;
        let h = flat(&trace.layers[top].h);
        let unread = h.len() - rows * hidden;
        // ∂L/∂W = Σ d_y hᵀ, ∂L/∂b = Σ d_y, ∂L/∂h = Wᵀ d_y where it is read, 0 elsewhere.
        let size = Size {
            rows: outputs,
            inner: rows,
            columns: hidden,
        };
        let a = Matrix::transposed(d_y, outputs);
        product(
            lanes,
            size,
            a,
            &h[unread..],
            hidden,
            Start::Zero,
            &mut gradient[weight.clone()],
            hidden,
        );
        column_sums(lanes, d_y, rows, outputs, outputs, &mut gradient[bias]);
        let (not_read, read) =
            flat_mut(&mut adjoints.layers[top].d_h_from_above).split_at_mut(unread);
        not_read.fill(T::ZERO);
        let size = Size {
            rows,
            inner: outputs,
            columns: hidden,
        };
        let a = Matrix::rows(d_y, outputs);
        product(
            lanes,
            size,
            a,
            &self.parameters[weight],
            hidden,
            Start::Zero,
            read,
            hidden,
        );
        self.backward_from_states(workspace, gradient);
    }

    /// The recurrent part of [`backward`](Self::backward): from what is asked of the last layer's states,
    /// `d_h_from_above`, down to the input.
    pub fn backward_from_states(&self, workspace: &mut Workspace<T>, gradient: &mut [T]) {
        let architecture = &self.architecture;
        let Workspace {
            lanes,
            trace,
            adjoints,
            prepared,
            ..
        } = workspace;
        for layer in (0..architecture.num_layers).rev() {
            let (below, this) = adjoints.layers.split_at_mut(layer);
            let (x, d_x) = match below.last_mut() {
                Some(below) => (&trace.layers[layer - 1].h, Some(&mut below.d_h_from_above)),
                None => (
                    &trace.x,
                    (adjoints.record == Record::Everything).then_some(&mut adjoints.d_x),
                ),
            };
            recurrent::backward(
                *lanes,
                architecture.cell,
                architecture.layer_weights(layer, &self.parameters),
                &mut prepared[layer],
                x,
                &trace.layers[layer],
                adjoints.record,
                &mut this[0],
                architecture.layer_gradients(layer, gradient),
                d_x,
            );
        }
    }

    /// The same values as f64, exactly.
    pub fn widened(&self) -> Model<f64> {
        Model {
            architecture: self.architecture,
            parameters: self.parameters.iter().map(|p| p.widen()).collect(),
        }
    }
}
