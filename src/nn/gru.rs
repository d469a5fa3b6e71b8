//! Gated recurrent unit (Cho et al. 2014, "Learning phrase representations using RNN encoder–decoder", EMNLP).
//!
//! - r_t = σ(W_ir x_t + b_ir + W_hr h_{t−1} + b_hr)
//! - z_t = σ(W_iz x_t + b_iz + W_hz h_{t−1} + b_hz)
//! - q_t = W_hn h_{t−1} + b_hn
//! - n_t = tanh(W_in x_t + b_in + r_t ⊙ q_t)
//! - h_t = (1 − z_t) ⊙ n_t + z_t ⊙ h_{t−1}
//!
//! Deviations from the paper, both PyTorch's: the reset gate is applied after the hidden product, not to h_{t−1} before it
//! ([`super::gru_reset_before`] is the paper's), and z weights the past where the paper's z in some versions weights the candidate. q has a name of its own because the
//! reset gate's adjoint needs it.

use super::expr::{Operation, bias, hidden, input, now, one_minus, previous, sigmoid, tanh};
use super::kernel::{Floor, Functions, Lane, Pointwise, Real};
use super::{Cell, Quantity};

/// The equations, in reading order.
pub fn operations() -> Vec<Operation> {
    let sum = |gate| input(gate) + bias::ih(gate) + hidden(gate) + bias::hh(gate);
    let operation = |output, sentence, formula| Operation {
        cell: Cell::Gru,
        output,
        sentence,
        formula,
    };
    vec![
        operation(
            Quantity::R,
            "The reset gate decides how much of the past the candidate sees.",
            sigmoid(sum(Quantity::R)),
        ),
        operation(
            Quantity::Z,
            "The update gate decides how much of the past is kept as it is.",
            sigmoid(sum(Quantity::Z)),
        ),
        operation(
            Quantity::Q,
            "The past's share in the candidate.",
            hidden(Quantity::N) + bias::hh(Quantity::N),
        ),
        operation(
            Quantity::N,
            "The candidate is what the new state could be.",
            tanh(input(Quantity::N) + bias::ih(Quantity::N) + now(Quantity::R) * now(Quantity::Q)),
        ),
        operation(
            Quantity::H,
            "The hidden state slides between the candidate and the past.",
            one_minus(now(Quantity::Z)) * now(Quantity::N)
                + now(Quantity::Z) * previous(Quantity::H),
        ),
    ]
}

/// One step for one row of the batch.
pub struct Step<'a, T> {
    /// Holds the whole sums of r and z and the sum W_in x_t + b_in; receives r, z, n, `[3 · hidden]`.
    pub gates: &'a mut [T],
    /// q_t, `[hidden]`.
    pub q: &'a [T],
    /// h_{t−1}.
    pub h_previous: &'a [T],
    /// Receives h_t.
    pub h: &'a mut [T],
}

impl<T: Real> Pointwise for Step<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.h.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let hidden = self.h.len();
        let [at_r, at_z, at_n] = [unit, hidden + unit, 2 * hidden + unit];
        let q = L::load(token, &self.q[unit..]);
        let h_previous = L::load(token, &self.h_previous[unit..]);

        let r = L::load(token, &self.gates[at_r..]).sigmoid();
        let z = L::load(token, &self.gates[at_z..]).sigmoid();
        let n = r.mul_add(q, L::load(token, &self.gates[at_n..])).tanh();
        // (1 − z) n + z h = n + z (h − n).
        let h = z.mul_add(h_previous - n, n).flush(Floor::Value);

        r.store(&mut self.gates[at_r..]);
        z.store(&mut self.gates[at_z..]);
        n.store(&mut self.gates[at_n..]);
        h.store(&mut self.h[unit..]);
    }
}

/// One step back for one row of the batch, in the reverse order of [`Step`].
pub struct StepBackward<'a, T> {
    /// r_t, z_t, n_t.
    pub gates: &'a [T],
    /// q_t.
    pub q: &'a [T],
    /// h_{t−1}.
    pub h_previous: &'a [T],
    /// What reached ∂L/∂h_t from the layer above or the loss.
    pub d_h_from_above: &'a [T],
    /// Holds what reached ∂L/∂h_t from step t + 1; receives what h_{t−1} gets through the update gate alone.
    pub d_h_carried: &'a mut [T],
    /// Receives ∂L/∂h_t.
    pub d_h: &'a mut [T],
    /// Receives the adjoints of r, z, n, if they are recorded.
    pub d_gates: Option<&'a mut [T]>,
    /// Receives the adjoints of the sums inside them.
    pub d_pre: &'a mut [T],
    /// Receives ∂L/∂q_t.
    pub d_q: &'a mut [T],
}

impl<T: Real> Pointwise for StepBackward<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.d_h.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let hidden = self.d_h.len();
        let [at_r, at_z, at_n] = [unit, hidden + unit, 2 * hidden + unit];
        let r = L::load(token, &self.gates[at_r..]);
        let z = L::load(token, &self.gates[at_z..]);
        let n = L::load(token, &self.gates[at_n..]);
        let q = L::load(token, &self.q[unit..]);
        let h_previous = L::load(token, &self.h_previous[unit..]);
        let one = r.constant(1.0);

        // ∂L/∂h_t: what came from above and from the next step.
        let d_h = L::load(token, &self.d_h_from_above[unit..])
            + L::load(token, &self.d_h_carried[unit..]);
        let d_h = d_h.flush(Floor::Adjoint);
        // h = (1 − z) ⊙ n + z ⊙ h_{t−1}.
        let d_z = (d_h * (h_previous - n).flush(Floor::Value)).flush(Floor::Adjoint);
        let d_n = (d_h * (one - z)).flush(Floor::Adjoint);
        let d_h_carried = (d_h * z).flush(Floor::Adjoint);
        // n = tanh(… + r ⊙ q); tanh′ = 1 − tanh².
        let d_pre_n = (d_n * (-n).mul_add(n, one)).flush(Floor::Adjoint);
        let d_r = (d_pre_n * q).flush(Floor::Adjoint);
        let d_q = (d_pre_n * r).flush(Floor::Adjoint);
        // σ′ = σ (1 − σ).
        let d_pre_z = d_z * z * (one - z);
        let d_pre_r = d_r * r * (one - r);

        d_h.store(&mut self.d_h[unit..]);
        d_h_carried.store(&mut self.d_h_carried[unit..]);
        d_pre_r.flush(Floor::Adjoint).store(&mut self.d_pre[at_r..]);
        d_pre_z.flush(Floor::Adjoint).store(&mut self.d_pre[at_z..]);
        d_pre_n.store(&mut self.d_pre[at_n..]);
        d_q.store(&mut self.d_q[unit..]);
        if let Some(into) = &mut self.d_gates {
            d_r.store(&mut into[at_r..]);
            d_z.store(&mut into[at_z..]);
            d_n.store(&mut into[at_n..]);
        }
    }
}
