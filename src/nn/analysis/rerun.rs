//! A recorded pass made anew, to go back from something else than all of the loss.
//!
//! The way back is linear in ∂L/∂y, and in an encoder in the adjoint of what it puts out. So ∂L/∂h_t is the sum of what each
//! loss term sends ([`Rerun::loss_shares`]), and the sum of what comes through attention and of what comes through the bridge
//! ([`Rerun::roads`]): each is got by running back with everything else made zero, by the engine's own way back.
//!
//! The pass is made anew in double precision. Of a run in double precision it is the recorded one, bit by bit; of one in
//! single precision it differs by its rounding.

use super::flow::norm;
use super::itemised::{LossShares, largest_loss_terms, shares_of};
use crate::nn::seq2seq::{Lengths, Road};
use crate::nn::{
    AnyModel, AnyWorkspace, Network, Part, Place, Quantity, Record, RecurrentTrace, Stop,
};
use ndarray::{Array2, Array3, Axis, s};

/// A pass forward of one sequence, from which one may go back again and again.
pub struct Rerun<'a> {
    model: &'a AnyModel<f64>,
    workspace: AnyWorkspace<f64>,
    d_y: Array3<f64>,
    gradient: Vec<f64>,
    stop: Stop,
}

/// What some loss terms send back through time: norms of their shares of an adjoint.
#[derive(Clone, Debug, PartialEq)]
pub struct LossFlow {
    /// The output steps, as array indices of y, in the order of time.
    pub terms: Vec<usize>,
    /// How many output steps there are.
    pub outputs: usize,
    /// For each of the terms, the norm of its share at every step; entry t − 1 is step t.
    pub norms: Vec<Vec<f64>>,
    /// The norm of what all other terms send together.
    pub rest: Vec<f64>,
}

/// What reaches a source step of an encoder by each road: norms of shares of ∂L/∂h_t, entry t − 1 of step t.
#[derive(Clone, Debug, PartialEq)]
pub struct Roads {
    /// By both.
    pub whole: Vec<f64>,
    /// From the steps of the decoder that look at the encoder's outputs, and on from there through the encoder's time.
    pub attention: Vec<f64>,
    /// Through the decoder's first state alone: into the encoder's last states, and on from there through its time. What the
    /// decoder's own states get because they ask for contexts is a part of this.
    pub bridge: Vec<f64>,
}

impl<'a> Rerun<'a> {
    /// The bytes that it takes.
    pub fn bytes(network: &Network, parts: &[Part]) -> u128 {
        AnyWorkspace::<f64>::bytes(network, lengths(parts), 1, Record::Everything, true)
    }

    /// The pass that `parts` are the record of, of one sequence in evaluation mode; `None` where there is nothing recurrent, if
    /// the record is another model's, or once `stop` is asked.
    pub fn new(
        model: &'a AnyModel<f64>,
        parts: &[Part],
        truncate: Option<usize>,
        stop: &Stop,
    ) -> Option<Self> {
        let network = model.network();
        let (first, last) = (parts.first()?, parts.last()?);
        if first.x.dim().1 != 1 {
            return None;
        }
        let mut workspace =
            AnyWorkspace::<f64>::new(&network, lengths(parts), 1, Record::Everything);
        workspace.stop_on(stop);
        workspace.truncate(truncate);
        workspace.set_lengths(&first.lengths, &last.lengths);
        let fits = match &mut workspace {
            AnyWorkspace::Recurrent(workspace) => {
                assign(&mut workspace.trace.x, &first.x) && begin(&mut workspace.trace, first)
            }
            AnyWorkspace::EncoderDecoder(workspace) => {
                // What the decoder read is taken as given: no gradient flows through it.
                let outputs = workspace.trace.y.dim().2;
                let read = last.x.slice(s![.., .., ..outputs.min(last.x.dim().2)]);
                workspace.trace.forced.fill(true);
                assign(&mut workspace.encoder.trace.x, &first.x)
                    && begin(&mut workspace.encoder.trace, first)
                    && assign(&mut workspace.trace.teacher, &read.to_owned())
            }
            AnyWorkspace::SelfAttention(_) => false,
        };
        if !fits || last.d_y.dim() != workspace.y().dim() {
            return None;
        }
        match (model, &mut workspace) {
            (AnyModel::Recurrent(model), AnyWorkspace::Recurrent(workspace)) => {
                model.forward(workspace);
            }
            (AnyModel::EncoderDecoder(model), AnyWorkspace::EncoderDecoder(workspace)) => {
                model.forward(workspace);
            }
            _ => return None,
        }
        (!stop.is_asked()).then(|| Self {
            model,
            workspace,
            d_y: last.d_y.clone(),
            gradient: vec![0.0; model.parameters().len()],
            stop: stop.clone(),
        })
    }

    /// Goes back from the output steps that are kept, into an encoder by one road or by both; the adjoint of a quantity then,
    /// `[seq_len, width]`.
    fn back(
        &mut self,
        (part, place, quantity): (usize, Place, Quantity),
        keep: &dyn Fn(usize) -> bool,
        road: Option<Road>,
    ) -> Option<Array2<f64>> {
        let gradient = &mut self.gradient;
        let set = |d_y: &mut Array3<f64>, of: &Array3<f64>| {
            d_y.assign(of);
            for (term, mut asked) in d_y.outer_iter_mut().enumerate() {
                if !keep(term) {
                    asked.fill(0.0);
                }
            }
        };
        let adjoint = match (self.model, &mut self.workspace) {
            (AnyModel::Recurrent(model), AnyWorkspace::Recurrent(workspace)) => {
                set(&mut workspace.adjoints.d_y, &self.d_y);
                model.backward(workspace, gradient);
                workspace.adjoints.get(place, quantity)
            }
            (AnyModel::EncoderDecoder(model), AnyWorkspace::EncoderDecoder(workspace)) => {
                set(&mut workspace.adjoints.d_y, &self.d_y);
                model.backward_by(road, workspace, gradient);
                match part {
                    0 => workspace.encoder.adjoints.get(place, quantity),
                    _ => workspace.adjoints.get(quantity),
                }
            }
            _ => None,
        };
        let adjoint = adjoint.filter(|it| !self.stop.is_asked() && it.dim().1 == 1)?;
        Some(adjoint.index_axis(Axis(1), 0).to_owned())
    }

    /// The share of each of some loss terms in the adjoint of a quantity of a part's scan: see [`LossShares`]. `None` as
    /// [`loss_shares`](super::itemised::loss_shares), or once it is asked to stop.
    pub fn loss_shares(
        &mut self,
        of: (usize, Place, Quantity),
        terms: &[usize],
    ) -> Option<LossShares> {
        let outputs = self.d_y.dim().0;
        shares_of(outputs, terms, &mut |keep| self.back(of, keep, None))
    }

    /// The norms of the shares of the largest loss terms, at most `most` of them.
    pub fn loss_flow(&mut self, of: (usize, Place, Quantity), most: usize) -> Option<LossFlow> {
        let terms = largest_loss_terms(self.d_y.view(), 0, most);
        let shares = self.loss_shares(of, &terms)?;
        let (mut norms, mut rest) = (vec![Vec::new(); terms.len()], Vec::new());
        for t in 0..shares.rest.nrows() {
            let (each, others) = shares.norms_at(t)?;
            for (norms, norm) in norms.iter_mut().zip(each) {
                norms.push(norm);
            }
            rest.push(others);
        }
        Some(LossFlow {
            terms,
            outputs: self.d_y.dim().0,
            norms,
            rest,
        })
    }

    /// What reaches a scan of the encoder by each road, as arrays `[seq_len, hidden]`: through attention, through the bridge.
    /// `None` without an encoder, or once it is asked to stop.
    pub fn by_road(&mut self, place: Place) -> Option<[Array2<f64>; 2]> {
        if !matches!(self.model, AnyModel::EncoderDecoder(_)) {
            return None;
        }
        let of = (0, place, Quantity::H);
        let attention = self.back(of, &|_| true, Some(Road::Attention))?;
        let bridge = self.back(of, &|_| true, Some(Road::Bridge))?;
        Some([attention, bridge])
    }

    /// The norms of [`by_road`](Self::by_road), and of both together.
    pub fn roads(&mut self, place: Place) -> Option<Roads> {
        let [attention, bridge] = self.by_road(place)?;
        let whole = self.back((0, place, Quantity::H), &|_| true, None)?;
        let norms = |of: &Array2<f64>| of.outer_iter().map(|step| norm(&step)).collect();
        Some(Roads {
            whole: norms(&whole),
            attention: norms(&attention),
            bridge: norms(&bridge),
        })
    }
}

fn lengths(parts: &[Part]) -> Lengths {
    Lengths {
        source: parts.first().map_or(0, Part::seq_len),
        target: parts.last().map_or(0, Part::seq_len),
    }
}

/// Copies what is of the same shape; whether it is.
fn assign(into: &mut Array3<f64>, from: &Array3<f64>) -> bool {
    let fits = into.dim() == from.dim();
    if fits {
        into.assign(from);
    }
    fits
}

/// The states before the first step; whether the scans are the same.
fn begin(trace: &mut RecurrentTrace<f64>, part: &Part) -> bool {
    let places: Vec<Place> = trace.architecture.places().collect();
    let same = places
        .iter()
        .copied()
        .eq(part.scans.iter().map(|scan| scan.place));
    same && part.scans.iter().all(|of| {
        let scan = trace.scan_mut(of.place);
        let fits = scan.h0.dim() == of.trace.h0.dim() && scan.c0.dim() == of.trace.c0.dim();
        if fits {
            scan.h0.assign(&of.trace.h0);
            scan.c0.assign(&of.trace.c0);
        }
        fits
    })
}
