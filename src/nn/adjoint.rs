//! The backward record: for a quantity q, its adjoint ∂L/∂q.

use super::trace::gate_block;
use super::{Architecture, Cell, Quantity, Real};
use ndarray::{Array2, Array3, ArrayView3};

/// How much of the way back is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// What the gradients need; the other adjoints overwrite each other step by step.
    Training,
    /// The adjoint of every quantity at every step. The arithmetic is the same, bit for bit.
    Everything,
}

/// What one layer recorded on the way back, one direction.
///
/// Shapes as in [`super::LayerTrace`]; with [`Record::Training`] the arrays marked ° hold one step only.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerAdjoints<T> {
    /// ∂L/∂h_0, `[batch, hidden]`.
    pub d_h0: Array2<T>,
    /// ∂L/∂c_0, `[batch, hidden]` (LSTM).
    pub d_c0: Array2<T>,
    /// The adjoints of the sums inside the gates, `[seq_len, batch, blocks · hidden]`.
    pub d_pre: Array3<T>,
    /// ∂L/∂q_t (GRU).
    pub d_q: Array3<T>,
    /// What reaches ∂L/∂h_t from the layer above or the readout.
    pub d_h_from_above: Array3<T>,
    /// What reaches ∂L/∂h_t from step t + 1 °.
    pub d_h_from_next: Array3<T>,
    /// What reaches ∂L/∂c_t from step t + 1 ° (LSTM).
    pub d_c_from_next: Array3<T>,
    /// ∂L/∂h_t, everything together °.
    pub d_h: Array3<T>,
    /// ∂L/∂c_t ° (LSTM).
    pub d_c: Array3<T>,
    /// ∂L/∂tanh(c_t) ° (LSTM).
    pub d_tanh_c: Array3<T>,
    /// The adjoints of the gates ° (LSTM, GRU).
    pub d_gates: Array3<T>,
}

impl<T: Real> LayerAdjoints<T> {
    fn new(cell: Cell, hidden: usize, seq_len: usize, batch: usize, record: Record) -> Self {
        let array = |steps, width| Array3::from_elem((steps, batch, width), T::ZERO);
        let kept = match record {
            Record::Training => 1,
            Record::Everything => seq_len,
        };
        let received = match record {
            Record::Training => 0,
            Record::Everything => seq_len,
        };
        let lstm = if cell == Cell::Lstm { hidden } else { 0 };
        Self {
            d_h0: Array2::from_elem((batch, hidden), T::ZERO),
            d_c0: Array2::from_elem((batch, lstm), T::ZERO),
            d_pre: array(seq_len, cell.blocks() * hidden),
            d_q: array(seq_len, if cell == Cell::Gru { hidden } else { 0 }),
            d_h_from_above: array(seq_len, hidden),
            d_h_from_next: array(received, hidden),
            d_c_from_next: array(received, lstm),
            d_h: array(kept, hidden),
            d_c: array(kept, lstm),
            d_tanh_c: array(kept, lstm),
            d_gates: array(kept, cell.gates().len() * hidden),
        }
    }

    /// The adjoint of a quantity, `[seq_len, batch, hidden]`.
    fn get(&self, cell: Cell, quantity: Quantity) -> Option<ArrayView3<'_, T>> {
        if !cell.quantities().contains(&quantity) {
            return None;
        }
        Some(match quantity {
            Quantity::H => self.d_h.view(),
            Quantity::C => self.d_c.view(),
            Quantity::TanhC => self.d_tanh_c.view(),
            Quantity::Q => self.d_q.view(),
            gate => gate_block(&self.d_gates, cell, gate)?,
        })
    }

    /// The adjoint of the state before the first step, `[batch, hidden]`.
    pub fn initial(&self, quantity: Quantity) -> Option<&Array2<T>> {
        match quantity {
            Quantity::H => Some(&self.d_h0),
            Quantity::C if self.d_c0.ncols() > 0 => Some(&self.d_c0),
            _ => None,
        }
    }

    fn widened(&self) -> LayerAdjoints<f64> {
        LayerAdjoints {
            d_h0: self.d_h0.mapv(T::widen),
            d_c0: self.d_c0.mapv(T::widen),
            d_pre: self.d_pre.mapv(T::widen),
            d_q: self.d_q.mapv(T::widen),
            d_h_from_above: self.d_h_from_above.mapv(T::widen),
            d_h_from_next: self.d_h_from_next.mapv(T::widen),
            d_c_from_next: self.d_c_from_next.mapv(T::widen),
            d_h: self.d_h.mapv(T::widen),
            d_c: self.d_c.mapv(T::widen),
            d_tanh_c: self.d_tanh_c.mapv(T::widen),
            d_gates: self.d_gates.mapv(T::widen),
        }
    }
}

/// What the whole model recorded on its way back.
#[derive(Clone, Debug, PartialEq)]
pub struct Adjoints<T> {
    /// The model that ran.
    pub architecture: Architecture,
    /// How much was kept.
    pub record: Record,
    /// ∂L/∂x, `[seq_len, batch, input_size]`; with [`Record::Training`] it holds no step.
    pub d_x: Array3<T>,
    /// By layer, from the input up.
    pub layers: Vec<LayerAdjoints<T>>,
    /// ∂L/∂y, the shape of [`super::Trace::y`].
    pub d_y: Array3<T>,
}

impl<T: Real> Adjoints<T> {
    /// Room for a batch of `batch` sequences of `seq_len` steps.
    pub fn new(architecture: &Architecture, seq_len: usize, batch: usize, record: Record) -> Self {
        let layer = || {
            LayerAdjoints::new(
                architecture.cell,
                architecture.hidden_size,
                seq_len,
                batch,
                record,
            )
        };
        let inputs = match record {
            Record::Training => 0,
            Record::Everything => seq_len,
        };
        let outputs = (
            architecture.readout.steps(seq_len),
            batch,
            architecture.output_size,
        );
        Self {
            architecture: *architecture,
            record,
            d_x: Array3::from_elem((inputs, batch, architecture.input_size), T::ZERO),
            layers: (0..architecture.num_layers).map(|_| layer()).collect(),
            d_y: Array3::from_elem(outputs, T::ZERO),
        }
    }

    /// The adjoint of a layer's quantity, `[seq_len, batch, width]`; `None` where only training's share was kept.
    ///
    /// `x` is the layer's own input: above the first layer its adjoint is what the layer below receives.
    pub fn get(&self, layer: usize, quantity: Quantity) -> Option<ArrayView3<'_, T>> {
        if self.record == Record::Training {
            return None;
        }
        match (quantity, layer) {
            (Quantity::X, 0) => Some(self.d_x.view()),
            (Quantity::X, _) => self
                .layers
                .get(layer - 1)
                .map(|below| below.d_h_from_above.view()),
            _ => self
                .layers
                .get(layer)?
                .get(self.architecture.cell, quantity),
        }
    }

    /// The same values as f64, exactly.
    pub fn widened(&self) -> Adjoints<f64> {
        Adjoints {
            architecture: self.architecture,
            record: self.record,
            d_x: self.d_x.mapv(T::widen),
            layers: self.layers.iter().map(LayerAdjoints::widened).collect(),
            d_y: self.d_y.mapv(T::widen),
        }
    }
}
