//! The forward record. What backpropagation needs is what the plots draw.

use super::flat::flat;
use super::{Cell, Direction, Place, Quantity, Real, RecurrentArchitecture, room};
use crate::random::Stream;
use ndarray::{Array2, Array3, ArrayView3, s};

/// What one scan recorded: one layer in one direction.
///
/// Time-major: arrays are `[seq_len, batch, width]`, index 0 is t = 1, in both directions. Quantities that the cell lacks
/// have width 0. Where a sequence has ended, `h` and `c` hold their value (a reverse scan: their initial one) and the rest
/// is 0: nothing was computed there.
#[derive(Clone, Debug, PartialEq)]
pub struct ScanTrace<T> {
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
    /// The squashed cell state (LSTM).
    pub tanh_c: Array3<T>,
    /// h_t.
    pub h: Array3<T>,
}

impl<T: Real> ScanTrace<T> {
    /// Room for a scan of a layer of `hidden` units.
    pub fn new(cell: Cell, hidden: usize, seq_len: usize, batch: usize) -> Self {
        let array = |quantity, width| {
            let width = if cell.quantities().contains(&quantity) {
                width
            } else {
                0
            };
            Array3::from_elem((seq_len, batch, width), T::ZERO)
        };
        let carried = |quantity| {
            let width = if cell.states().contains(&quantity) {
                hidden
            } else {
                0
            };
            Array2::from_elem((batch, width), T::ZERO)
        };
        Self {
            h0: carried(Quantity::H),
            c0: carried(Quantity::C),
            gates: Array3::from_elem((seq_len, batch, cell.gates().len() * hidden), T::ZERO),
            q: array(Quantity::Q, hidden),
            c: array(Quantity::C, hidden),
            tanh_c: array(Quantity::TanhC, hidden),
            h: array(Quantity::H, hidden),
        }
    }

    /// The bytes that [`new`](Self::new) asks for.
    pub fn bytes(cell: Cell, hidden: usize, seq_len: usize, batch: usize) -> u128 {
        let beside_gates = [Quantity::Q, Quantity::C, Quantity::TanhC, Quantity::H];
        let quantities = beside_gates.iter().filter(|&&quantity| cell.has(quantity));
        let widths = quantities.count() + cell.gates().len();
        room::array::<T>(&[seq_len, batch, widths, hidden])
            + room::array::<T>(&[batch, cell.states().len(), hidden])
    }

    /// The record of a layer that is not recurrent: h alone, and no initial state.
    pub(super) fn of_states(h: Array3<T>) -> Self {
        let (seq_len, batch, _) = h.dim();
        let (none, nothing) = (
            Array2::from_elem((batch, 0), T::ZERO),
            Array3::from_elem((seq_len, batch, 0), T::ZERO),
        );
        Self {
            h0: none.clone(),
            c0: none,
            gates: nothing.clone(),
            q: nothing.clone(),
            c: nothing.clone(),
            tanh_c: nothing,
            h,
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
            Quantity::H if self.h0.ncols() > 0 => Some(&self.h0),
            Quantity::C if self.c0.ncols() > 0 => Some(&self.c0),
            _ => None,
        }
    }

    /// The state after the scan's last step, `[1, batch, hidden]`: PyTorch's h_n and c_n.
    pub fn last(&self, direction: Direction, quantity: Quantity) -> Option<ArrayView3<'_, T>> {
        let states = match quantity {
            Quantity::H => &self.h,
            Quantity::C if self.c0.ncols() > 0 => &self.c,
            _ => return None,
        };
        let seq_len = states.dim().0;
        let t = direction.step(seq_len.checked_sub(1)?, seq_len);
        Some(states.slice(s![t..t + 1, .., ..]))
    }

    /// The same values as f64, exactly; where they are f64, the same arrays.
    pub(super) fn into_widened(self) -> ScanTrace<f64> {
        ScanTrace {
            h0: self.h0.mapv_into_any(T::widen),
            c0: self.c0.mapv_into_any(T::widen),
            gates: self.gates.mapv_into_any(T::widen),
            q: self.q.mapv_into_any(T::widen),
            c: self.c.mapv_into_any(T::widen),
            tanh_c: self.tanh_c.mapv_into_any(T::widen),
            h: self.h.mapv_into_any(T::widen),
        }
    }

    /// The same values as f64, exactly.
    pub fn widened(&self) -> ScanTrace<f64> {
        ScanTrace {
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

/// Makes `[seq_len, batch, width]` values 0 where a sequence has ended.
pub(super) fn clear_padding<T: Real>(values: &mut Array3<T>, lengths: &[usize]) {
    for (b, &length) in lengths.iter().enumerate() {
        values.slice_mut(s![length.., b, ..]).fill(T::ZERO);
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

/// What one layer recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerTrace<T> {
    /// Its scans: forward, and reverse where there are two directions.
    pub scans: Vec<ScanTrace<T>>,
    /// What the layer puts out, `[seq_len, batch, width]`, where that is not simply the forward scan's h; no steps
    /// otherwise. Read it by [`RecurrentTrace::output`].
    output: Array3<T>,
    /// The dropout mask, `[seq_len, batch, width]`: 0 where a value is dropped, 1 / (1 − p) where it is kept, so that the
    /// expected value stays. It acts in [training mode](RecurrentTrace::training) only. Width 0 where there is no dropout.
    pub mask: Array3<T>,
    /// The output times the mask: what the layer above reads in training mode. Width 0 where there is no dropout.
    dropped: Array3<T>,
}

/// What the whole model recorded on its way forward.
#[derive(Clone, Debug, PartialEq)]
pub struct RecurrentTrace<T> {
    /// The model that ran.
    pub architecture: RecurrentArchitecture,
    /// The input, `[seq_len, batch, input_size]`; 0 over padding.
    pub x: Array3<T>,
    /// How many steps each sequence of the batch has; what follows them is padding. Set by
    /// [`set_lengths`](Self::set_lengths).
    lengths: Vec<usize>,
    /// Whether dropout acts.
    pub training: bool,
    /// By layer, from the input up.
    pub layers: Vec<LayerTrace<T>>,
    /// The readout's output: `[1, batch, output_size]` where it reads one state, `[seq_len, batch, output_size]`
    /// where it reads every one; 0 over padding.
    pub y: Array3<T>,
}

impl<T: Real> RecurrentTrace<T> {
    /// Room for a batch of `batch` sequences of `seq_len` steps.
    pub fn new(architecture: &RecurrentArchitecture, seq_len: usize, batch: usize) -> Self {
        let (cell, hidden) = (architecture.cell, architecture.hidden_size);
        let width = architecture.width();
        let array = |steps, width| Array3::from_elem((steps, batch, width), T::ZERO);
        let layer = |layer: usize| {
            let dropout = architecture.drops_out(layer);
            let scan = |_| ScanTrace::new(cell, hidden, seq_len, batch);
            let joined = architecture.bidirectional;
            LayerTrace {
                scans: (0..architecture.directions()).map(scan).collect(),
                output: array(if joined { seq_len } else { 0 }, width),
                mask: Array3::from_elem((seq_len, batch, if dropout { width } else { 0 }), T::ONE),
                dropped: array(seq_len, if dropout { width } else { 0 }),
            }
        };
        Self {
            architecture: *architecture,
            x: array(seq_len, architecture.input_size),
            lengths: vec![seq_len; batch],
            training: false,
            layers: (0..architecture.num_layers).map(layer).collect(),
            y: array(
                architecture.readout.steps(seq_len),
                architecture.output_size,
            ),
        }
    }

    /// The bytes that [`new`](Self::new) asks for, and [`expect_padding`](Self::expect_padding) where there is `padding`.
    pub fn bytes(
        architecture: &RecurrentArchitecture,
        seq_len: usize,
        batch: usize,
        padding: bool,
    ) -> u128 {
        let width = architecture.width();
        let array = |steps, width| room::array::<T>(&[steps, batch, width]);
        let scan =
            ScanTrace::<T>::bytes(architecture.cell, architecture.hidden_size, seq_len, batch);
        let layer = |layer| {
            let output = architecture.bidirectional || padding;
            let dropout = 2 * usize::from(architecture.drops_out(layer));
            architecture.directions() as u128 * scan
                + array(seq_len, (usize::from(output) + dropout) * width)
        };
        let outputs = architecture.readout.steps(seq_len);
        array(seq_len, architecture.input_size)
            + room::array::<usize>(&[batch])
            + (0..architecture.num_layers).map(layer).sum::<u128>()
            + array(outputs, architecture.output_size)
    }

    /// How many steps.
    pub fn seq_len(&self) -> usize {
        self.x.dim().0
    }

    /// How many sequences.
    pub fn batch(&self) -> usize {
        self.x.dim().1
    }

    /// How many steps each sequence of the batch has.
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// Whether a sequence is shorter than the batch.
    pub fn is_padded(&self) -> bool {
        self.lengths.iter().any(|&length| length < self.seq_len())
    }

    /// Says how many steps each sequence has, from 1 to `seq_len`, and makes the input 0 over the padding.
    pub fn set_lengths(&mut self, lengths: impl IntoIterator<Item = usize>) {
        let seq_len = self.seq_len();
        for (length, new) in self.lengths.iter_mut().zip(lengths) {
            *length = new.clamp(1, seq_len);
        }
        if !self.is_padded() {
            return;
        }
        self.expect_padding();
        clear_padding(&mut self.x, &self.lengths);
    }

    /// Makes room for outputs that are 0 over padding, so that [`set_lengths`](Self::set_lengths) allocates nothing.
    pub fn expect_padding(&mut self) {
        let (seq_len, batch, _) = self.x.dim();
        let width = self.architecture.width();
        for layer in &mut self.layers {
            if layer.output.dim().0 != seq_len {
                layer.output = Array3::from_elem((seq_len, batch, width), T::ZERO);
            }
        }
    }

    /// Draws new dropout masks: each value is dropped with probability p.
    pub fn draw_masks(&mut self, stream: &mut Stream) {
        let p = self.architecture.dropout;
        let kept = T::of(1.0 / (1.0 - p));
        for layer in &mut self.layers {
            for value in &mut layer.mask {
                *value = if stream.uniform(0.0, 1.0) < p {
                    T::ZERO
                } else {
                    kept
                };
            }
        }
    }

    /// The record of a scan.
    ///
    /// # Panics
    /// If the model has no such scan; [`RecurrentArchitecture::places`] lists those it has.
    pub fn scan(&self, place: Place) -> &ScanTrace<T> {
        &self.layers[place.layer].scans[place.direction as usize]
    }

    /// The same, to set initial states.
    ///
    /// # Panics
    /// If the model has no such scan.
    pub fn scan_mut(&mut self, place: Place) -> &mut ScanTrace<T> {
        &mut self.layers[place.layer].scans[place.direction as usize]
    }

    /// What layer `layer` puts out, `[seq_len, batch, width]`: h, both directions side by side, 0 over padding, before
    /// dropout. PyTorch's `output`.
    pub fn output(&self, layer: usize) -> &Array3<T> {
        self.layers[layer].output(self.is_padded())
    }

    /// What the layer above `layer` reads: its output, in training mode after dropout.
    pub(super) fn passed(&self, layer: usize) -> &Array3<T> {
        let padded = self.is_padded();
        self.layers[layer].passed(padded, self.training)
    }

    /// The input, the lengths, each scan with its place in the order of [`RecurrentArchitecture::places`], and y.
    pub(super) fn into_scans(self) -> (Array3<T>, Vec<usize>, Vec<ScanTrace<T>>, Array3<T>) {
        let scans = self.layers.into_iter().flat_map(|layer| layer.scans);
        (self.x, self.lengths, scans.collect(), self.y)
    }

    /// For the way forward: lengths and input to read, layers to write.
    pub(super) fn lengths_and_layers(&mut self) -> (&[usize], &Array3<T>, &mut [LayerTrace<T>]) {
        (&self.lengths, &self.x, &mut self.layers)
    }

    /// For a readout of every state: what the last layer put out to read, y to write.
    pub(super) fn top_and_y(&mut self) -> (&[T], &mut Array3<T>) {
        let padded = self.is_padded();
        let top = &self.layers[self.architecture.num_layers - 1];
        (flat(top.output(padded)), &mut self.y)
    }

    /// Makes y 0 over padding.
    pub(super) fn clear_padding_of_y(&mut self) {
        clear_padding(&mut self.y, &self.lengths);
    }

    /// A quantity of a scan, `[seq_len, batch, width]`; `x` is the layer's own input.
    pub fn get(&self, place: Place, quantity: Quantity) -> Option<ArrayView3<'_, T>> {
        let layer = self.layers.get(place.layer)?;
        match (quantity, place.layer) {
            (Quantity::X, 0) => Some(self.x.view()),
            (Quantity::X, above) => Some(self.passed(above - 1).view()),
            _ => layer
                .scans
                .get(place.direction as usize)?
                .get(self.architecture.cell, quantity),
        }
    }

    /// The same values as f64, exactly.
    pub fn widened(&self) -> RecurrentTrace<f64> {
        let layer = |layer: &LayerTrace<T>| LayerTrace {
            scans: layer.scans.iter().map(ScanTrace::widened).collect(),
            output: layer.output.mapv(T::widen),
            mask: layer.mask.mapv(T::widen),
            dropped: layer.dropped.mapv(T::widen),
        };
        RecurrentTrace {
            architecture: self.architecture,
            x: self.x.mapv(T::widen),
            lengths: self.lengths.clone(),
            training: self.training,
            layers: self.layers.iter().map(layer).collect(),
            y: self.y.mapv(T::widen),
        }
    }
}

impl<T: Real> LayerTrace<T> {
    fn output(&self, padded: bool) -> &Array3<T> {
        // Room for padding may be there though this batch has none; then h itself is the output.
        if self.scans.len() > 1 || padded {
            &self.output
        } else {
            &self.scans[0].h
        }
    }

    pub(super) fn passed(&self, padded: bool, training: bool) -> &Array3<T> {
        if training && self.mask.dim().2 > 0 {
            &self.dropped
        } else {
            self.output(padded)
        }
    }

    /// Joins what the scans left to what the layer puts out, and drops what the mask drops.
    pub(super) fn join(&mut self, lengths: &[usize], training: bool) {
        let (seq_len, _, hidden) = self.scans[0].h.dim();
        let padded = lengths.iter().any(|&length| length < seq_len);
        if self.scans.len() > 1 || padded {
            for (direction, scan) in self.scans.iter().enumerate() {
                let columns = direction * hidden..(direction + 1) * hidden;
                self.output.slice_mut(s![.., .., columns]).assign(&scan.h);
            }
        }
        if padded {
            clear_padding(&mut self.output, lengths);
        }
        if training && self.mask.dim().2 > 0 {
            let output = if self.scans.len() > 1 || padded {
                &self.output
            } else {
                &self.scans[0].h
            };
            self.dropped.assign(output);
            self.dropped
                .zip_mut_with(&self.mask, |value, &mask| *value = *value * mask);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::Readout;

    #[test]
    fn masks_drop_the_share_asked_for_and_keep_the_expected_value() {
        let architecture = RecurrentArchitecture {
            cell: Cell::Gru,
            input_size: 1,
            hidden_size: 20,
            num_layers: 2,
            bidirectional: true,
            dropout: 0.2,
            output_size: 1,
            readout: Readout::Last,
        };
        let mut trace = RecurrentTrace::<f64>::new(&architecture, 50, 4);
        trace.draw_masks(&mut Stream::new(1, "dropout"));
        let mask = &trace.layers[0].mask;
        assert_eq!(mask.dim(), (50, 4, 40));
        assert!(mask.iter().all(|&m| m == 0.0 || m == 1.25));
        // 8000 draws: the mean varies by 1.25 · √(0.2 · 0.8 / 8000) = 0.0056.
        assert!((mask.mean().unwrap() - 1.0).abs() < 0.02);
        assert_eq!(trace.layers[1].mask.len(), 0, "never after the last layer");
    }
}
