//! The shape of a stack of recurrent layers with its readout, and where its parameters lie.

use super::expr::{Block, ParameterKind};
use super::{Cell, Direction, Place};
use std::ops::Range;

/// Which hidden states the readout reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readout {
    /// What the last layer puts out at each sequence's own last step, in both directions: PyTorch's `out[:, -1]`. A reverse
    /// scan has seen one step by then.
    Last,
    /// The last states of the last layer's scans, joined: PyTorch's `h_n`. A reverse scan's last state is that at t = 1,
    /// which has seen everything.
    Final,
    /// Every one: an output at each step.
    Every,
}

impl Readout {
    /// All, in the order of the window's choice.
    pub const ALL: [Readout; 3] = [Readout::Last, Readout::Final, Readout::Every];

    /// The name in experiments.
    pub fn name(self) -> &'static str {
        match self {
            Readout::Last => "last",
            Readout::Final => "final",
            Readout::Every => "every",
        }
    }

    /// How many outputs a sequence of `seq_len` steps has.
    pub fn steps(self, seq_len: usize) -> usize {
        match self {
            Readout::Last | Readout::Final => 1,
            Readout::Every => seq_len,
        }
    }

    /// The array index of the state that the readout reads of a scan, in a sequence of `length` steps. Not for `Every`.
    pub fn step(self, direction: Direction, length: usize) -> usize {
        match (self, direction) {
            (Readout::Final, Direction::Reverse) => 0,
            _ => length.saturating_sub(1),
        }
    }
}

/// The shape of a model. Sizes are at least 1; whoever reads them from outside has checked that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecurrentArchitecture {
    /// The recurrent cell.
    pub cell: Cell,
    /// Values per step in.
    pub input_size: usize,
    /// Units per layer and direction.
    pub hidden_size: usize,
    /// Recurrent layers, each reading the one below.
    pub num_layers: usize,
    /// Whether each layer also reads the sequence from its end.
    pub bidirectional: bool,
    /// The probability p with which a value between two layers is dropped in training mode, from 0 up to, but not
    /// including, 1 (Srivastava et al. 2014; between layers only: Zaremba, Sutskever & Vinyals 2014). Never after the last.
    pub dropout: f64,
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

/// Gives each name and shape its place, one after another.
pub(super) fn lay_out(shapes: Vec<(String, Vec<usize>)>) -> Vec<ParameterEntry> {
    let mut start = 0;
    let entry = |(name, shape): (String, Vec<usize>)| {
        let range = start..start + shape.iter().product::<usize>();
        start = range.end;
        ParameterEntry { name, shape, range }
    };
    shapes.into_iter().map(entry).collect()
}

impl RecurrentArchitecture {
    /// 1, or 2 if bidirectional.
    pub fn directions(&self) -> usize {
        1 + usize::from(self.bidirectional)
    }

    /// How many values a layer puts out at each step: directions · hidden_size.
    pub fn width(&self) -> usize {
        self.directions() * self.hidden_size
    }

    /// Every scan, in PyTorch's order: l0, l0_reverse, l1, …
    pub fn places(&self) -> impl DoubleEndedIterator<Item = Place> + use<> {
        let directions = self.directions();
        (0..self.num_layers * directions).map(move |index| Place {
            layer: index / directions,
            direction: Direction::ALL[index % directions],
        })
    }

    /// Whether values are dropped between layer `layer` and the one above.
    pub fn drops_out(&self, layer: usize) -> bool {
        self.dropout > 0.0 && layer + 1 < self.num_layers
    }

    /// How many values a step of layer `layer` reads.
    pub fn layer_input_size(&self, layer: usize) -> usize {
        if layer == 0 {
            self.input_size
        } else {
            self.width()
        }
    }

    /// The names and shapes of the stack's parameters, without the readout's.
    pub(super) fn stack_shapes(&self) -> Vec<(String, Vec<usize>)> {
        let rows = self.cell.blocks() * self.hidden_size;
        let mut shapes = Vec::new();
        for place in self.places() {
            let (suffix, input) = (place.suffix(), self.layer_input_size(place.layer));
            shapes.push((format!("weight_ih_{suffix}"), vec![rows, input]));
            shapes.push((format!("weight_hh_{suffix}"), vec![rows, self.hidden_size]));
            shapes.push((format!("bias_ih_{suffix}"), vec![rows]));
            shapes.push((format!("bias_hh_{suffix}"), vec![rows]));
        }
        shapes
    }

    /// All parameters in PyTorch's order, the readout last.
    pub fn entries(&self) -> Vec<ParameterEntry> {
        let mut shapes = self.stack_shapes();
        let outputs = self.output_size;
        shapes.push(("readout.weight".into(), vec![outputs, self.width()]));
        shapes.push(("readout.bias".into(), vec![outputs]));
        lay_out(shapes)
    }

    /// How many values the parameters have together; `None` if that is past what a machine can count.
    pub fn parameter_count(&self) -> Option<usize> {
        let width = self.directions().checked_mul(self.hidden_size)?;
        let mut count = self.output_size.checked_mul(width.checked_add(1)?)?;
        for layer in 0..self.num_layers {
            let input = if layer == 0 { self.input_size } else { width };
            let per_row = input.checked_add(self.hidden_size)?.checked_add(2)?;
            let rows = self.cell.blocks().checked_mul(width)?;
            count = count.checked_add(rows.checked_mul(per_row)?)?;
        }
        Some(count)
    }

    /// Where a scan's parameters begin, and the lengths of its four.
    pub(super) fn scan_lengths(&self, place: Place) -> (usize, [usize; 4]) {
        let rows = self.cell.blocks() * self.hidden_size;
        let lengths = |layer| {
            [
                rows * self.layer_input_size(layer),
                rows * self.hidden_size,
                rows,
                rows,
            ]
        };
        let sum = |layer| lengths(layer).iter().sum::<usize>();
        let below = (0..place.layer).map(|layer| self.directions() * sum(layer));
        let beside = place.direction as usize * sum(place.layer);
        (below.sum::<usize>() + beside, lengths(place.layer))
    }

    /// How many values the stack's parameters have, without the readout's.
    pub(super) fn stack_count(&self) -> usize {
        self.scan_lengths(Place::forward(self.num_layers)).0
    }

    /// Where the block of a scan's parameter lies: `hidden_size` rows of it.
    pub fn block_range(&self, place: Place, block: Block) -> Range<usize> {
        let (start, [ih, hh, b_ih, _]) = self.scan_lengths(place);
        let (start, width) = match block.parameter {
            ParameterKind::WeightIh => (start, self.layer_input_size(place.layer)),
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

    pub(super) fn readout_ranges(&self) -> (Range<usize>, Range<usize>) {
        let weight = self.stack_count();
        let bias = weight + self.output_size * self.width();
        (weight..bias, bias..bias + self.output_size)
    }
}
