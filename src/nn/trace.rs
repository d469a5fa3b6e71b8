//! The forward record. What backpropagation needs is what the plots draw.

use super::{Architecture, Cell, Quantity, Real};
use ndarray::{Array2, Array3, ArrayView3, s};

/// What one layer recorded, one direction.
///
/// Time-major: arrays are `[seq_len, batch, width]`, index 0 is t = 1. Quantities that the cell lacks have width 0.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerTrace<T> {
    /// h_0, `[batch, hidden]`.
    pub h0: Array2<T>,
    /// c_0, `[batch, hidden]` (LSTM).
    pub c0: Array2<T>,
    /// The gates side by side in PyTorch's order, `[seq_len, batch, gates · hidden]` (LSTM, GRU).
    pub gates: Array3<T>,
    /// q_t (GRU).
    pub q: Array3<T>,
    /// c_t (LSTM).
    pub c: Array3<T>,
    /// tanh(c_t) (LSTM).
    pub tanh_c: Array3<T>,
    /// h_t.
    pub h: Array3<T>,
}

impl<T: Real> LayerTrace<T> {
    fn new(cell: Cell, hidden: usize, seq_len: usize, batch: usize) -> Self {
        let array = |width| Array3::from_elem((seq_len, batch, width), T::ZERO);
        let lstm = if cell == Cell::Lstm { hidden } else { 0 };
        Self {
            h0: Array2::from_elem((batch, hidden), T::ZERO),
            c0: Array2::from_elem((batch, lstm), T::ZERO),
            gates: array(cell.gates().len() * hidden),
            q: array(if cell == Cell::Gru { hidden } else { 0 }),
            c: array(lstm),
            tanh_c: array(lstm),
            h: array(hidden),
        }
    }

    /// A recorded quantity, `[seq_len, batch, hidden]`.
    pub fn get(&self, cell: Cell, quantity: Quantity) -> Option<ArrayView3<'_, T>> {
        if !cell.quantities().contains(&quantity) {
            return None;
        }
        Some(match quantity {
            Quantity::H => self.h.view(),
            Quantity::C => self.c.view(),
            Quantity::TanhC => self.tanh_c.view(),
            Quantity::Q => self.q.view(),
            gate => gate_block(&self.gates, cell, gate)?,
        })
    }

    /// The state before the first step, `[batch, hidden]`.
    pub fn initial(&self, quantity: Quantity) -> Option<&Array2<T>> {
        match quantity {
            Quantity::H => Some(&self.h0),
            Quantity::C if self.c0.ncols() > 0 => Some(&self.c0),
            _ => None,
        }
    }

    fn widened(&self) -> LayerTrace<f64> {
        LayerTrace {
            h0: self.h0.mapv(T::widen),
            c0: self.c0.mapv(T::widen),
            gates: self.gates.mapv(T::widen),
            q: self.q.mapv(T::widen),
            c: self.c.mapv(T::widen),
            tanh_c: self.tanh_c.mapv(T::widen),
            h: self.h.mapv(T::widen),
        }
    }
}

/// The columns of `gates` that belong to `gate`.
pub(super) fn gate_block<T>(
    gates: &Array3<T>,
    cell: Cell,
    gate: Quantity,
) -> Option<ArrayView3<'_, T>> {
    let block = cell.gates().iter().position(|&of| of == gate)?;
    let hidden = gates.dim().2 / cell.gates().len();
    Some(gates.slice(s![.., .., block * hidden..(block + 1) * hidden]))
}

/// What the whole model recorded on its way forward.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace<T> {
    /// The model that ran.
    pub architecture: Architecture,
    /// The input, `[seq_len, batch, input_size]`.
    pub x: Array3<T>,
    /// By layer, from the input up.
    pub layers: Vec<LayerTrace<T>>,
    /// The readout's output: `[1, batch, output_size]` where it reads the last step, `[seq_len, batch, output_size]`
    /// where it reads every one.
    pub y: Array3<T>,
}

impl<T: Real> Trace<T> {
    /// Room for a batch of `batch` sequences of `seq_len` steps.
    pub fn new(architecture: &Architecture, seq_len: usize, batch: usize) -> Self {
        let layer = || LayerTrace::new(architecture.cell, architecture.hidden_size, seq_len, batch);
        let outputs = (
            architecture.readout.steps(seq_len),
            batch,
            architecture.output_size,
        );
        Self {
            architecture: *architecture,
            x: Array3::from_elem((seq_len, batch, architecture.input_size), T::ZERO),
            layers: (0..architecture.num_layers).map(|_| layer()).collect(),
            y: Array3::from_elem(outputs, T::ZERO),
        }
    }

    /// How many steps.
    pub fn seq_len(&self) -> usize {
        self.x.dim().0
    }

    /// A quantity of a layer, `[seq_len, batch, width]`; `x` is the layer's own input.
    pub fn get(&self, layer: usize, quantity: Quantity) -> Option<ArrayView3<'_, T>> {
        match (quantity, layer) {
            (Quantity::X, 0) => Some(self.x.view()),
            (Quantity::X, _) => self.layers.get(layer - 1).map(|below| below.h.view()),
            _ => self
                .layers
                .get(layer)?
                .get(self.architecture.cell, quantity),
        }
    }

    /// The same values as f64, exactly.
    pub fn widened(&self) -> Trace<f64> {
        Trace {
            architecture: self.architecture,
            x: self.x.mapv(T::widen),
            layers: self.layers.iter().map(LayerTrace::widened).collect(),
            y: self.y.mapv(T::widen),
        }
    }
}
