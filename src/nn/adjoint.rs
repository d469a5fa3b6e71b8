//! The backward record: for a quantity q, its adjoint ∂L/∂q.

use super::trace::gate_block;
use super::{Cell, Place, Quantity, Real, RecurrentArchitecture, room};
use ndarray::{Array2, Array3, ArrayView3};

/// How much of the way back is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// What the gradients need; the other adjoints overwrite each other step by step.
    Training,
    /// The adjoint of every quantity at every step. The arithmetic is the same, bit for bit.
    Everything,
}

/// What one scan recorded on the way back.
///
/// Shapes as in [`super::ScanTrace`]; with [`Record::Training`] the arrays marked ° hold one step only, those marked °° none.
/// “Next” is the step that the scan made next: t + 1 forward, t − 1 in reverse.
#[derive(Clone, Debug, PartialEq)]
pub struct ScanAdjoints<T> {
    /// ∂L/∂h_0, `[batch, hidden]`. During the way back: what has reached the state before the step just done.
    pub d_h0: Array2<T>,
    /// ∂L/∂c_0, `[batch, hidden]` (LSTM); during the way back likewise.
    pub d_c0: Array2<T>,
    /// The adjoints of the sums inside the gates, `[seq_len, batch, blocks · hidden]`.
    pub d_pre: Array3<T>,
    /// ∂L/∂q_t (GRU).
    pub d_q: Array3<T>,
    /// What reaches ∂L/∂h_t from the layer above or the readout.
    pub d_h_from_above: Array3<T>,
    /// What reaches ∂L/∂h_t from the next step °°.
    pub d_h_from_next: Array3<T>,
    /// What reaches ∂L/∂c_t from the next step °° (LSTM).
    pub d_c_from_next: Array3<T>,
    /// ∂L/∂h_t, everything together °.
    pub d_h: Array3<T>,
    /// ∂L/∂c_t ° (LSTM).
    pub d_c: Array3<T>,
    /// The adjoint of the squashed cell state °° (LSTM).
    pub d_tanh_c: Array3<T>,
    /// The adjoints of the gates °° (LSTM, GRU).
    pub d_gates: Array3<T>,
}

impl<T: Real> ScanAdjoints<T> {
    /// Room for the way back over a scan of a layer of `hidden` units.
    pub fn new(cell: Cell, hidden: usize, seq_len: usize, batch: usize, record: Record) -> Self {
        let array = |steps, width| Array3::from_elem((steps, batch, width), T::ZERO);
        let (kept, recorded) = match record {
            Record::Training => (1, 0),
            Record::Everything => (seq_len, seq_len),
        };
        let has = |quantity| {
            if cell.quantities().contains(&quantity) {
                hidden
            } else {
                0
            }
        };
        let lstm = has(Quantity::C);
        Self {
            d_h0: Array2::from_elem((batch, hidden), T::ZERO),
            d_c0: Array2::from_elem((batch, lstm), T::ZERO),
            d_pre: array(seq_len, cell.blocks() * hidden),
            d_q: array(seq_len, has(Quantity::Q)),
            d_h_from_above: array(seq_len, hidden),
            d_h_from_next: array(recorded, hidden),
            d_c_from_next: array(recorded, lstm),
            d_h: array(kept, hidden),
            d_c: array(kept, lstm),
            d_tanh_c: array(recorded, lstm),
            d_gates: array(recorded, cell.gates().len() * hidden),
        }
    }

    /// The bytes that [`new`](Self::new) asks for.
    pub fn bytes(cell: Cell, hidden: usize, seq_len: usize, batch: usize, record: Record) -> u128 {
        let (kept, recorded) = match record {
            Record::Training => (1, 0),
            Record::Everything => (seq_len, seq_len),
        };
        let [q, c] = [Quantity::Q, Quantity::C].map(|quantity| usize::from(cell.has(quantity)));
        let array = |steps, widths| room::array::<T>(&[steps, batch, widths, hidden]);
        // d_h0 and d_c0; d_pre, d_q and d_h_from_above; d_h and d_c; those from the next step, d_tanh_c and d_gates.
        array(1, 1 + c)
            + array(seq_len, cell.blocks() + q + 1)
            + array(kept, 1 + c)
            + array(recorded, 1 + 2 * c + cell.gates().len())
    }

    /// The record of a layer that is not recurrent: the adjoint of its h, all of which comes from above.
    pub(super) fn of_states(d_h: Array3<T>) -> Self {
        let (seq_len, batch, _) = d_h.dim();
        let (none, nothing) = (
            Array2::from_elem((batch, 0), T::ZERO),
            Array3::from_elem((seq_len, batch, 0), T::ZERO),
        );
        Self {
            d_h0: none.clone(),
            d_c0: none,
            d_pre: nothing.clone(),
            d_q: nothing.clone(),
            d_h_from_above: d_h.clone(),
            d_h_from_next: nothing.clone(),
            d_c_from_next: nothing.clone(),
            d_c: nothing.clone(),
            d_tanh_c: nothing.clone(),
            d_gates: nothing,
            d_h,
        }
    }

    /// The adjoint of a quantity, `[seq_len, batch, hidden]`.
    pub fn get(&self, cell: Cell, quantity: Quantity) -> Option<ArrayView3<'_, T>> {
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
            Quantity::H if self.d_h0.ncols() > 0 => Some(&self.d_h0),
            Quantity::C if self.d_c0.ncols() > 0 => Some(&self.d_c0),
            _ => None,
        }
    }

    /// The same values as f64, exactly; where they are f64, the same arrays.
    pub(super) fn into_widened(self) -> ScanAdjoints<f64> {
        ScanAdjoints {
            d_h0: self.d_h0.mapv_into_any(T::widen),
            d_c0: self.d_c0.mapv_into_any(T::widen),
            d_pre: self.d_pre.mapv_into_any(T::widen),
            d_q: self.d_q.mapv_into_any(T::widen),
            d_h_from_above: self.d_h_from_above.mapv_into_any(T::widen),
            d_h_from_next: self.d_h_from_next.mapv_into_any(T::widen),
            d_c_from_next: self.d_c_from_next.mapv_into_any(T::widen),
            d_h: self.d_h.mapv_into_any(T::widen),
            d_c: self.d_c.mapv_into_any(T::widen),
            d_tanh_c: self.d_tanh_c.mapv_into_any(T::widen),
            d_gates: self.d_gates.mapv_into_any(T::widen),
        }
    }

    /// The same values as f64, exactly.
    pub fn widened(&self) -> ScanAdjoints<f64> {
        ScanAdjoints {
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

/// What one layer recorded on the way back.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerAdjoints<T> {
    /// Its scans, as in [`super::LayerTrace`].
    pub scans: Vec<ScanAdjoints<T>>,
    /// The adjoint of what the layer puts out, both directions side by side, `[seq_len, batch, width]`; no steps where
    /// there is one direction, whose `d_h_from_above` it then is. Read it by [`Adjoints::output`].
    d_output: Array3<T>,
}

impl<T: Real> LayerAdjoints<T> {
    /// The adjoint of what the layer puts out.
    pub(super) fn d_output(&self) -> &Array3<T> {
        if self.scans.len() > 1 {
            &self.d_output
        } else {
            &self.scans[0].d_h_from_above
        }
    }

    /// Where those who read the layer's output leave its adjoint.
    pub(super) fn d_output_mut(&mut self) -> &mut Array3<T> {
        if self.scans.len() > 1 {
            &mut self.d_output
        } else {
            &mut self.scans[0].d_h_from_above
        }
    }

    /// Hands each direction its columns.
    pub(super) fn part(&mut self) {
        if self.scans.len() < 2 {
            return;
        }
        for (direction, scan) in self.scans.iter_mut().enumerate() {
            let hidden = scan.d_h_from_above.dim().2;
            let columns = direction * hidden..(direction + 1) * hidden;
            let share = self.d_output.slice(ndarray::s![.., .., columns]);
            scan.d_h_from_above.assign(&share);
        }
    }
}

/// What the whole model recorded on its way back.
#[derive(Clone, Debug, PartialEq)]
pub struct Adjoints<T> {
    /// The model that ran.
    pub architecture: RecurrentArchitecture,
    /// How much was kept.
    pub record: Record,
    /// ∂L/∂x, `[seq_len, batch, input_size]`; with [`Record::Training`] it holds no step.
    pub d_x: Array3<T>,
    /// By layer, from the input up.
    pub layers: Vec<LayerAdjoints<T>>,
    /// ∂L/∂y, the shape of [`super::RecurrentTrace::y`].
    pub d_y: Array3<T>,
}

impl<T: Real> Adjoints<T> {
    /// Room for a batch of `batch` sequences of `seq_len` steps.
    pub fn new(
        architecture: &RecurrentArchitecture,
        seq_len: usize,
        batch: usize,
        record: Record,
    ) -> Self {
        let (cell, hidden) = (architecture.cell, architecture.hidden_size);
        let array = |steps, width| Array3::from_elem((steps, batch, width), T::ZERO);
        let layer = |_| LayerAdjoints {
            scans: (0..architecture.directions())
                .map(|_| ScanAdjoints::new(cell, hidden, seq_len, batch, record))
                .collect(),
            d_output: array(
                if architecture.bidirectional {
                    seq_len
                } else {
                    0
                },
                architecture.width(),
            ),
        };
        let inputs = match record {
            Record::Training => 0,
            Record::Everything => seq_len,
        };
        Self {
            architecture: *architecture,
            record,
            d_x: array(inputs, architecture.input_size),
            layers: (0..architecture.num_layers).map(layer).collect(),
            d_y: array(
                architecture.readout.steps(seq_len),
                architecture.output_size,
            ),
        }
    }

    /// The bytes that [`new`](Self::new) asks for.
    pub fn bytes(
        architecture: &RecurrentArchitecture,
        seq_len: usize,
        batch: usize,
        record: Record,
    ) -> u128 {
        let (cell, hidden) = (architecture.cell, architecture.hidden_size);
        let array = |steps, width| room::array::<T>(&[steps, batch, width]);
        let joined = if architecture.bidirectional {
            seq_len
        } else {
            0
        };
        let scan = ScanAdjoints::<T>::bytes(cell, hidden, seq_len, batch, record);
        let layer = architecture.directions() as u128 * scan + array(joined, architecture.width());
        let inputs = match record {
            Record::Training => 0,
            Record::Everything => seq_len,
        };
        let outputs = architecture.readout.steps(seq_len);
        array(inputs, architecture.input_size)
            + architecture.num_layers as u128 * layer
            + array(outputs, architecture.output_size)
    }

    /// ∂L/∂x, each scan in the order of [`RecurrentArchitecture::places`], and ∂L/∂y.
    pub(super) fn into_scans(self) -> (Array3<T>, Vec<ScanAdjoints<T>>, Array3<T>) {
        let scans = self.layers.into_iter().flat_map(|layer| layer.scans);
        (self.d_x, scans.collect(), self.d_y)
    }

    /// The backward record of a scan.
    ///
    /// # Panics
    /// If the model has no such scan; [`RecurrentArchitecture::places`] lists those it has.
    pub fn scan(&self, place: Place) -> &ScanAdjoints<T> {
        &self.layers[place.layer].scans[place.direction as usize]
    }

    /// ∂L/∂ of what layer `layer` puts out, `[seq_len, batch, width]`, from those who read it: the layer above or the
    /// readout.
    pub fn output(&self, layer: usize) -> &Array3<T> {
        self.layers[layer].d_output()
    }

    /// The same, to start a way back from somewhere else than the readout.
    pub fn output_mut(&mut self, layer: usize) -> &mut Array3<T> {
        self.layers[layer].d_output_mut()
    }

    /// The adjoint of a scan's quantity, `[seq_len, batch, width]`; `None` where only training's share was kept.
    ///
    /// `x` is the layer's own input, as the layer below put it out (before dropout).
    pub fn get(&self, place: Place, quantity: Quantity) -> Option<ArrayView3<'_, T>> {
        if self.record == Record::Training {
            return None;
        }
        let layer = self.layers.get(place.layer)?;
        match (quantity, place.layer) {
            (Quantity::X, 0) => Some(self.d_x.view()),
            (Quantity::X, above) => Some(self.output(above - 1).view()),
            _ => layer
                .scans
                .get(place.direction as usize)?
                .get(self.architecture.cell, quantity),
        }
    }

    /// The same values as f64, exactly.
    pub fn widened(&self) -> Adjoints<f64> {
        let layer = |layer: &LayerAdjoints<T>| LayerAdjoints {
            scans: layer.scans.iter().map(ScanAdjoints::widened).collect(),
            d_output: layer.d_output.mapv(T::widen),
        };
        Adjoints {
            architecture: self.architecture,
            record: self.record,
            d_x: self.d_x.mapv(T::widen),
            layers: self.layers.iter().map(layer).collect(),
            d_y: self.d_y.mapv(T::widen),
        }
    }
}
