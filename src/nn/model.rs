//! A model: a stack of recurrent layers and a linear readout, y = W h + b.

use super::adjoint::{Adjoints, Record};
use super::architecture::{Readout, RecurrentArchitecture};
use super::flat::{flat, flat_mut};
use super::init::{self, Init};
use super::kernel::product::{Matrix, Size, Start, product, transpose_into};
use super::kernel::reduce::column_sums;
use super::kernel::{Floor, Lanes, Real};
use super::loss::{Loss, Target};
use super::recurrent::{LayerGradients, LayerWeights, Prepared, Scan};
use super::stop::Stop;
use super::trace::RecurrentTrace;
use super::{Direction, Place, room};
use crate::random::Stream;
use ndarray::{Array2, s};
use std::ops::Range;

impl RecurrentArchitecture {
    /// A scan's parameters among all of them.
    pub(super) fn scan_weights<'a, T>(
        &self,
        place: Place,
        parameters: &'a [T],
    ) -> LayerWeights<'a, T> {
        let (start, [ih, hh, b_ih, _]) = self.scan_lengths(place);
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

    /// The same of their gradients.
    pub(super) fn scan_gradients<'a, T>(
        &self,
        place: Place,
        gradient: &'a mut [T],
    ) -> LayerGradients<'a, T> {
        let (start, [ih, hh, b_ih, _]) = self.scan_lengths(place);
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
}

/// An architecture and its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct RecurrentModel<T> {
    /// The shape.
    pub architecture: RecurrentArchitecture,
    /// All parameters one after another, in the order of [`RecurrentArchitecture::entries`].
    pub parameters: Vec<T>,
}

/// Everything that a pass forward and back writes to; made once, used for every batch of the same shape.
#[derive(Clone, Debug)]
pub struct RecurrentWorkspace<T> {
    lanes: Lanes,
    /// The forward record; `x` is set by the caller.
    pub trace: RecurrentTrace<T>,
    /// The backward record.
    pub adjoints: Adjoints<T>,
    /// The loss's share at each output step; they add up to the loss.
    pub terms: Vec<f64>,
    /// The length of the chunks between which no adjoint crosses, if backpropagation through time is truncated.
    pub truncate: Option<usize>,
    /// What ends a pass early.
    pub stop: Stop,
    /// By scan, in the order of [`RecurrentArchitecture::places`].
    prepared: Vec<Prepared<T>>,
    readout_t: Vec<T>,
    /// The states that the readout reads, where it reads one of each sequence, `[batch, width]`; their adjoints then.
    read: Array2<T>,
}

impl<T: Real> RecurrentWorkspace<T> {
    /// Room for batches of `batch` sequences of `seq_len` steps, on the widest lanes there are.
    pub fn new(
        architecture: &RecurrentArchitecture,
        seq_len: usize,
        batch: usize,
        record: Record,
    ) -> Self {
        Self::on(Lanes::detect(), architecture, seq_len, batch, record)
    }

    /// The same on lanes of choice.
    pub fn on(
        lanes: Lanes,
        architecture: &RecurrentArchitecture,
        seq_len: usize,
        batch: usize,
        record: Record,
    ) -> Self {
        let prepared = |place: Place| {
            let input = architecture.layer_input_size(place.layer);
            Prepared::new(architecture.cell, input, architecture.hidden_size)
        };
        Self {
            lanes,
            trace: RecurrentTrace::new(architecture, seq_len, batch),
            adjoints: Adjoints::new(architecture, seq_len, batch, record),
            terms: vec![0.0; architecture.readout.steps(seq_len)],
            truncate: None,
            stop: Stop::default(),
            prepared: architecture.places().map(prepared).collect(),
            readout_t: vec![T::ZERO; architecture.width() * architecture.output_size],
            read: Array2::from_elem((batch, architecture.width()), T::ZERO),
        }
    }

    /// The bytes that [`new`](Self::new) asks for, and the trace for [`padding`](RecurrentTrace::expect_padding).
    pub fn bytes(
        architecture: &RecurrentArchitecture,
        seq_len: usize,
        batch: usize,
        record: Record,
        padding: bool,
    ) -> u128 {
        let prepared = |place: Place| {
            let input = architecture.layer_input_size(place.layer);
            Prepared::<T>::bytes(architecture.cell, input, architecture.hidden_size)
        };
        RecurrentTrace::<T>::bytes(architecture, seq_len, batch, padding)
            + Adjoints::<T>::bytes(architecture, seq_len, batch, record)
            + room::array::<f64>(&[architecture.readout.steps(seq_len)])
            + architecture.places().map(prepared).sum::<u128>()
            + room::array::<T>(&[architecture.width(), architecture.output_size + batch])
    }
}

impl<T: Real> RecurrentModel<T> {
    /// A model with its first parameters drawn from `stream`.
    ///
    /// Draws are made in f64 and rounded, so that f32 and f64 models of one seed begin at the same place.
    pub fn new(architecture: RecurrentArchitecture, init: &Init, stream: &mut Stream) -> Self {
        let stack = init::Stack {
            prefix: "",
            cell: architecture.cell,
        };
        Self {
            architecture,
            parameters: init::parameters(&architecture.entries(), &[stack], init, stream),
        }
    }

    /// Runs the batch in `workspace.trace.x` forward.
    pub fn forward(&self, workspace: &mut RecurrentWorkspace<T>) {
        self.forward_stack(workspace);
        self.read_out(workspace);
    }

    /// The recurrent part of [`forward`](Self::forward): up to what the last layer puts out.
    pub fn forward_stack(&self, workspace: &mut RecurrentWorkspace<T>) {
        forward_stack(&self.architecture, &self.parameters, workspace);
    }

    /// y = W h + b.
    fn read_out(&self, workspace: &mut RecurrentWorkspace<T>) {
        let architecture = &self.architecture;
        let (weight, bias) = architecture.readout_ranges();
        let (width, outputs) = (architecture.width(), architecture.output_size);
        let RecurrentWorkspace {
            lanes,
            trace,
            readout_t,
            read,
            ..
        } = workspace;
        let weight = &self.parameters[weight];
        transpose_into(weight, outputs, width, readout_t, outputs);
        let top = architecture.num_layers - 1;
        if architecture.readout != Readout::Every {
            let output = trace.output(top);
            for ((b, columns), from) in read_places(architecture, trace.lengths()) {
                let state = output.slice(s![from, b, columns.clone()]);
                read.slice_mut(s![b, columns]).assign(&state);
            }
        }
        let (states, y) = match architecture.readout {
            Readout::Every => trace.top_and_y(),
            Readout::Last | Readout::Final => (flat(read), &mut trace.y),
        };
        let size = Size {
            rows: states.len() / width,
            inner: width,
            columns: outputs,
            floor: Floor::Value,
        };
        let bias = Start::Row(&self.parameters[bias]);
        let states = Matrix::rows(states, width);
        product(
            *lanes,
            size,
            states,
            readout_t,
            outputs,
            bias,
            flat_mut(y),
            outputs,
        );
        if architecture.readout == Readout::Every && trace.is_padded() {
            trace.clear_padding_of_y();
        }
    }

    /// The loss of the outputs, and its adjoint in `workspace.adjoints.d_y`. Padding has no part in it.
    pub fn loss(
        &self,
        workspace: &mut RecurrentWorkspace<T>,
        loss: Loss,
        target: &Target<T>,
    ) -> f64 {
        loss.evaluate(
            &workspace.trace.y,
            target,
            workspace.trace.lengths(),
            &mut workspace.adjoints.d_y,
            &mut workspace.terms,
        )
    }

    /// Runs back from `workspace.adjoints.d_y` to everything that [`forward`](Self::forward) recorded; `gradient` receives
    /// the gradient of every parameter.
    pub fn backward(&self, workspace: &mut RecurrentWorkspace<T>, gradient: &mut [T]) {
        let architecture = &self.architecture;
        let (weight, bias) = architecture.readout_ranges();
        let (width, outputs) = (architecture.width(), architecture.output_size);
        let top = architecture.num_layers - 1;
        let RecurrentWorkspace {
            lanes,
            trace,
            adjoints,
            read,
            ..
        } = workspace;
        let lanes = *lanes;
        let Adjoints { d_y, layers, .. } = adjoints;
        let d_y = flat(d_y);
        let rows = d_y.len() / outputs;
        // ∂L/∂W = Σ d_y hᵀ, ∂L/∂b = Σ d_y, ∂L/∂h = Wᵀ d_y where it is read, 0 elsewhere.
        let every = architecture.readout == Readout::Every;
        let states = if every {
            flat(trace.output(top))
        } else {
            flat(read)
        };
        let size = Size {
            rows: outputs,
            inner: rows,
            columns: width,
            floor: Floor::Adjoint,
        };
        let a = Matrix::transposed(d_y, outputs);
        let into = &mut gradient[weight.clone()];
        product(lanes, size, a, states, width, Start::Zero, into, width);
        column_sums(lanes, d_y, rows, outputs, outputs, &mut gradient[bias]);
        let d_output = layers[top].d_output_mut();
        let d_states = if every {
            flat_mut(d_output)
        } else {
            flat_mut(read)
        };
        let size = Size {
            rows,
            inner: outputs,
            columns: width,
            floor: Floor::Adjoint,
        };
        let a = Matrix::rows(d_y, outputs);
        let weight = &self.parameters[weight];
        product(lanes, size, a, weight, width, Start::Zero, d_states, width);
        if !every {
            let d_output = layers[top].d_output_mut();
            d_output.fill(T::ZERO);
            for ((b, columns), from) in read_places(architecture, trace.lengths()) {
                let d_state = read.slice(s![b, columns.clone()]);
                d_output.slice_mut(s![from, b, columns]).assign(&d_state);
            }
        }
        self.backward_from_states(workspace, gradient);
    }

    /// The recurrent part of [`backward`](Self::backward): from what is asked of the last layer's output,
    /// [`Adjoints::output_mut`], down to the input.
    pub fn backward_from_states(&self, workspace: &mut RecurrentWorkspace<T>, gradient: &mut [T]) {
        backward_stack(&self.architecture, &self.parameters, workspace, gradient);
    }

    /// The same values as f64, exactly.
    pub fn widened(&self) -> RecurrentModel<f64> {
        RecurrentModel {
            architecture: self.architecture,
            parameters: self.parameters.iter().map(|p| p.widen()).collect(),
        }
    }
}

/// Runs a stack, whose parameters `parameters` begin with, over the batch in `workspace.trace.x`.
pub(super) fn forward_stack<T: Real>(
    architecture: &RecurrentArchitecture,
    parameters: &[T],
    workspace: &mut RecurrentWorkspace<T>,
) {
    let padded = workspace.trace.is_padded();
    let RecurrentWorkspace {
        lanes,
        trace,
        prepared,
        truncate,
        stop,
        ..
    } = workspace;
    let (training, lengths) = (trace.training, trace.lengths_and_layers());
    let (lengths, x, layers) = lengths;
    for place in architecture.places() {
        let (below, this) = layers.split_at_mut(place.layer);
        let x = below
            .last()
            .map_or(x, |below| below.passed(padded, training));
        let scan = Scan {
            lanes: *lanes,
            cell: architecture.cell,
            direction: place.direction,
            weights: architecture.scan_weights(place, parameters),
            lengths,
            truncate: *truncate,
            stop: Some(stop),
        };
        let direction = place.direction as usize;
        let prepared = &mut prepared[place.layer * architecture.directions() + direction];
        scan.forward(prepared, x, &mut this[0].scans[direction]);
        if direction + 1 == architecture.directions() {
            this[0].join(lengths, training);
        }
    }
}

/// Runs a stack back from what is asked of the last layer's output, [`Adjoints::output_mut`], down to the input.
pub(super) fn backward_stack<T: Real>(
    architecture: &RecurrentArchitecture,
    parameters: &[T],
    workspace: &mut RecurrentWorkspace<T>,
    gradient: &mut [T],
) {
    let RecurrentWorkspace {
        lanes,
        trace,
        adjoints,
        prepared,
        truncate,
        stop,
        ..
    } = workspace;
    let record = adjoints.record;
    for layer in (0..architecture.num_layers).rev() {
        let (below, this) = adjoints.layers.split_at_mut(layer);
        this[0].part();
        let x = match layer.checked_sub(1) {
            Some(below) => trace.passed(below),
            None => &trace.x,
        };
        let mut d_x = match below.last_mut() {
            Some(below) => Some(below.d_output_mut()),
            None => (record == Record::Everything).then_some(&mut adjoints.d_x),
        };
        for (direction, adjoints) in this[0].scans.iter_mut().enumerate() {
            let place = Place {
                layer,
                direction: Direction::ALL[direction],
            };
            let scan = Scan {
                lanes: *lanes,
                cell: architecture.cell,
                direction: place.direction,
                weights: architecture.scan_weights(place, parameters),
                lengths: trace.lengths(),
                truncate: *truncate,
                stop: Some(stop),
            };
            let gradients = architecture.scan_gradients(place, gradient);
            let prepared = &mut prepared[layer * architecture.directions() + direction];
            scan.backward(prepared, x, trace.scan(place), record, adjoints, gradients);
            if let Some(d_x) = &mut d_x {
                let start = match place.direction {
                    Direction::Forward => Start::Zero,
                    Direction::Reverse => Start::Current,
                };
                scan.adjoint_of_inputs(0..trace.seq_len(), adjoints, start, d_x);
            }
        }
        // Through the dropout between this layer and the one below.
        if let (Some(d_x), Some(below)) = (d_x, layer.checked_sub(1))
            && trace.training
            && architecture.drops_out(below)
        {
            d_x.zip_mut_with(&trace.layers[below].mask, |d, &mask| *d = *d * mask);
        }
    }
}

/// Which states the readout reads where it reads one per sequence: row and columns of what it reads, and the step.
fn read_places<'a>(
    architecture: &RecurrentArchitecture,
    lengths: &'a [usize],
) -> impl Iterator<Item = ((usize, Range<usize>), usize)> + 'a {
    let (hidden, readout) = (architecture.hidden_size, architecture.readout);
    let directions = &Direction::ALL[..architecture.directions()];
    lengths.iter().enumerate().flat_map(move |(b, &length)| {
        directions.iter().map(move |&direction| {
            let start = direction as usize * hidden;
            ((b, start..start + hidden), readout.step(direction, length))
        })
    })
}
