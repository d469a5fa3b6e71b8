//! What ran, for looking it up station by station.

use crate::nn::{AttentionMap, Line, Part, Quantity, Station};
use ndarray::{Array2, ArrayView1, Axis};

/// A run's record of one sequence: the first of the batch.
#[derive(Clone, Copy, Debug)]
pub struct Record<'r> {
    /// The way forward and back.
    pub parts: &'r [Part],
    /// Who looked where.
    pub attention: &'r [AttentionMap],
    /// The gradient of every parameter.
    pub gradient: &'r [f64],
}

impl Record<'_> {
    /// What an operation computed, or its adjoint, as one row; of a head where there are several. `None` where none is kept.
    /// Weights are there for all steps of the source, also those that are not seen.
    pub(super) fn row(&self, station: &Station, head: usize, adjoint: bool) -> Option<Array2<f64>> {
        let row = self.view(station, head, adjoint)?;
        Some(row.insert_axis(Axis(0)).to_owned())
    }

    fn view(&self, station: &Station, head: usize, adjoint: bool) -> Option<ArrayView1<'_, f64>> {
        let part = self.parts.get(station.part)?;
        let at = station.t.checked_sub(1)?;
        let scan = || part.index_of(station.place?);
        match station.line {
            Line::Cell(quantity) => part.first_at(scan()?, quantity, adjoint, at),
            Line::Norm => part.first_at(scan()?, Quantity::H, adjoint, at),
            // Where there is one output it is the last step's.
            Line::Readout => {
                let last = part.y.dim().0.checked_sub(1)?;
                part.first_at(0, Quantity::Y, adjoint, at.min(last))
            }
            Line::Weights => {
                let of = station.place.map(|place| (place.layer, head));
                let mut maps = self.attention.iter();
                let map = maps.find(|map| map.queries == station.part && map.head == of)?;
                let all = if adjoint {
                    &map.d_weights
                } else {
                    &map.weights
                };
                (at < all.nrows()).then(|| all.row(at))
            }
            Line::Bridge
            | Line::Embedding
            | Line::Projections
            | Line::Scores
            | Line::Context
            | Line::Joined
            | Line::Residual
            | Line::Loss => None,
        }
    }
}
