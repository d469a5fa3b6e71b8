//! Elman's recurrent network (Elman 1990, "Finding structure in time", Cognitive Science 14).
//!
//! h_t = φ(W_ih x_t + b_ih + W_hh h_{t−1} + b_hh), with φ = tanh, max(0, ·) or the identity.
//!
//! Deviation from the paper: two biases, as PyTorch keeps them; Elman's network has the logistic function for φ.
//!
//! With the identity the network is a linear recurrence: ∂h_T/∂h_0 is the T-th power of W_hh, whatever the input.

use super::expr::{Operation, bias, hidden, input, relu, tanh};
use super::kernel::{Floor, Functions, Lane, Pointwise, Real};
use super::{Cell, Quantity};

/// The squashing function φ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// tanh.
    Tanh,
    /// max(0, ·).
    Relu,
    /// Nothing: the sum itself.
    Identity,
}

impl Activation {
    /// What squashes the cell's new state or, in a gated cell, its candidate.
    pub fn of(cell: Cell) -> Self {
        match cell {
            Cell::RnnRelu => Activation::Relu,
            Cell::RnnLinear => Activation::Identity,
            Cell::RnnTanh | Cell::Lstm | Cell::Lstm1997 | Cell::Gru | Cell::GruResetBefore => {
                Activation::Tanh
            }
        }
    }
}

/// The equations of an Elman network, in reading order.
pub fn operations(cell: Cell) -> Vec<Operation> {
    let sum =
        input(Quantity::H) + bias::ih(Quantity::H) + hidden(Quantity::H) + bias::hh(Quantity::H);
    let (sentence, formula) = match Activation::of(cell) {
        Activation::Tanh => (
            "The new hidden state mixes the input with the state before and squashes the sum.",
            tanh(sum),
        ),
        Activation::Relu => (
            "The new hidden state mixes the input with the state before and squashes the sum.",
            relu(sum),
        ),
        Activation::Identity => (
            "The new hidden state is a mixture of the input and the state before.",
            sum,
        ),
    };
    vec![Operation {
        cell,
        output: Quantity::H,
        sentence,
        formula,
    }]
}

/// One step for one row of the batch; `h` holds the sum W_ih x_t + b_ih + W_hh h_{t−1} + b_hh and receives h_t.
pub struct Step<'a, T> {
    /// φ.
    pub activation: Activation,
    /// `[hidden]`.
    pub h: &'a mut [T],
}

impl<T: Real> Pointwise for Step<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.h.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let sum = L::load(token, &self.h[unit..]);
        let zero = sum.constant(0.0);
        let h = match self.activation {
            Activation::Tanh => sum.tanh(),
            // Written so that not-a-number stays visible: it is not less than zero.
            Activation::Relu => sum.if_less(zero, zero, sum),
            Activation::Identity => sum,
        };
        h.store(&mut self.h[unit..]);
    }
}

/// One step back for one row of the batch.
pub struct StepBackward<'a, T> {
    /// φ.
    pub activation: Activation,
    /// h_t, `[hidden]`.
    pub h: &'a [T],
    /// What reached ∂L/∂h_t from the layer above or the loss.
    pub d_h_from_above: &'a [T],
    /// What reached ∂L/∂h_t from step t + 1.
    pub d_h_from_next: &'a [T],
    /// Receives ∂L/∂h_t.
    pub d_h: &'a mut [T],
    /// Receives the adjoint of the sum inside φ.
    pub d_pre: &'a mut [T],
}

impl<T: Real> Pointwise for StepBackward<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.h.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let h = L::load(token, &self.h[unit..]);
        let (zero, one) = (h.constant(0.0), h.constant(1.0));
        // ∂L/∂h_t: what came from above and from the next step.
        let d_h = L::load(token, &self.d_h_from_above[unit..])
            + L::load(token, &self.d_h_from_next[unit..]);
        let d_h = d_h.flush(Floor::Adjoint);
        let d_pre = match self.activation {
            // tanh′ = 1 − tanh².
            Activation::Tanh => d_h * (-h).mul_add(h, one),
            // 1 where the unit is on, 0 where it is off.
            Activation::Relu => zero.if_less(h, d_h, zero),
            // The sum is the state.
            Activation::Identity => d_h,
        };
        d_h.store(&mut self.d_h[unit..]);
        d_pre.flush(Floor::Adjoint).store(&mut self.d_pre[unit..]);
    }
}
