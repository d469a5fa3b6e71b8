//! One scan under the lens: where the analyses here find what they read.

use crate::nn::expr::Block;
use crate::nn::recurrent::LayerWeights;
use crate::nn::{
    Adjoints, AnyModel, Cell, Direction, Part, PartScan, Place, Quantity, RecurrentModel,
    RecurrentTrace, ScanAdjoints, ScanTrace,
};
use ndarray::{Array2, Array3, ArrayView1, ArrayView3, Axis, CowArray, Ix3, concatenate, s};
use std::ops::Range;

/// A scan's record both ways and its weights, for one sequence of the batch.
#[derive(Clone)]
pub struct Subject<'a> {
    /// The cell.
    pub cell: Cell,
    /// Which way through time; where it is reverse, “previous” is t + 1.
    pub direction: Direction,
    /// The parameters that ran.
    pub weights: LayerWeights<'a, f64>,
    /// What the scan read, `[seq_len, batch, input]`.
    pub x: CowArray<'a, f64, Ix3>,
    /// The way forward.
    pub trace: &'a ScanTrace<f64>,
    /// The way back.
    pub adjoints: &'a ScanAdjoints<f64>,
    /// Which row of the batch.
    pub sequence: usize,
    /// How many steps that sequence has.
    pub length: usize,
}

impl<'a> Subject<'a> {
    /// A scan of a stack; `None` if there is no such scan or sequence, or if the records are another model's.
    pub fn new(
        model: &'a RecurrentModel<f64>,
        trace: &'a RecurrentTrace<f64>,
        adjoints: &'a Adjoints<f64>,
        place: Place,
        sequence: usize,
    ) -> Option<Self> {
        let architecture = &model.architecture;
        let known = trace.architecture == *architecture
            && adjoints.architecture == *architecture
            && architecture.places().any(|of| of == place);
        if !known {
            return None;
        }
        Self {
            cell: architecture.cell,
            direction: place.direction,
            weights: architecture.scan_weights(place, &model.parameters),
            x: trace.get(place, Quantity::X)?.into(),
            trace: trace.scan(place),
            adjoints: adjoints.scan(place),
            sequence,
            length: *trace.lengths().get(sequence)?,
        }
        .checked()
    }

    /// The scan at index `scan` of a part of a network's record in evaluation mode; `None` if there is no such scan or
    /// sequence, if it is not recurrent, or if the record is another model's.
    pub fn of_part(
        model: &'a AnyModel<f64>,
        part: &'a Part,
        scan: usize,
        sequence: usize,
    ) -> Option<Self> {
        let PartScan {
            place,
            trace,
            adjoints,
            ..
        } = part.scans.get(scan)?;
        let (cell, weights) = weights_of(model, part.name, *place)?;
        let below: Vec<ArrayView3<'a, f64>> = part
            .scans
            .iter()
            .filter(|scan| scan.place.layer + 1 == place.layer)
            .map(|scan| scan.trace.h.view())
            .collect();
        let x = match &below[..] {
            [] => part.x.view().into(),
            [h] => (*h).into(),
            both => concatenate(Axis(2), both).ok()?.into(),
        };
        Self {
            cell,
            direction: place.direction,
            weights,
            x,
            trace,
            adjoints,
            sequence,
            length: *part.lengths.get(sequence)?,
        }
        .checked()
    }

    /// Itself, if what it holds fits together.
    fn checked(self) -> Option<Self> {
        let (seq_len, batch, hidden) = self.trace.h.dim();
        let rows = self.cell.blocks() * hidden;
        let fits = self.sequence < batch
            && (1..=seq_len).contains(&self.length)
            && self.x.dim() == (seq_len, batch, self.weights.weight_ih.len() / rows)
            && self.weights.weight_hh.len() == rows * hidden
            && self.adjoints.d_pre.dim() == (seq_len, batch, rows);
        fits.then_some(self)
    }

    /// Units of the scan.
    pub fn hidden(&self) -> usize {
        self.trace.h0.ncols()
    }

    /// h before the step at array index `t`.
    pub(super) fn h_before(&self, t: usize) -> ArrayView1<'_, f64> {
        self.before(&self.trace.h, &self.trace.h0, t)
    }

    /// c before the step at array index `t`; no units where the cell has none.
    pub(super) fn c_before(&self, t: usize) -> ArrayView1<'_, f64> {
        self.before(&self.trace.c, &self.trace.c0, t)
    }

    fn before<'b>(
        &self,
        states: &'b Array3<f64>,
        initial: &'b Array2<f64>,
        t: usize,
    ) -> ArrayView1<'b, f64> {
        match self.direction.previous(t, self.length) {
            Some(previous) => states.slice(s![previous, self.sequence, ..]),
            None => initial.row(self.sequence),
        }
    }
}

/// The cell and the parameters of a scan of a network's part; `None` where there is none, as in self-attention, which has
/// nothing recurrent.
pub fn weights_of<'a>(
    model: &'a AnyModel<f64>,
    part: &str,
    place: Place,
) -> Option<(Cell, LayerWeights<'a, f64>)> {
    match model {
        AnyModel::Recurrent(model) => {
            let architecture = &model.architecture;
            let known = part.is_empty() && architecture.places().any(|of| of == place);
            known.then(|| {
                let weights = architecture.scan_weights(place, &model.parameters);
                (architecture.cell, weights)
            })
        }
        AnyModel::EncoderDecoder(model) => model.scan_weights(part, place),
        AnyModel::SelfAttention(_) => None,
    }
}

/// Where the block of a parameter of a scan lies among all parameters of a network; `None` where [`weights_of`] is.
pub fn block_range(
    model: &AnyModel<f64>,
    part: &str,
    place: Place,
    block: Block,
) -> Option<Range<usize>> {
    match model {
        AnyModel::Recurrent(model) => {
            let architecture = &model.architecture;
            let known = part.is_empty() && architecture.places().any(|of| of == place);
            known.then(|| architecture.block_range(place, block))
        }
        AnyModel::EncoderDecoder(model) => model.block_range(part, place, block),
        AnyModel::SelfAttention(_) => None,
    }
}
