//! Gated recurrent unit as first published (Cho et al. 2014, "Learning phrase representations using RNN encoder–decoder",
//! EMNLP): the reset gate is applied to the past before the hidden product. Keras's `GRU(reset_after=False)`.
//!
//! - r_t = σ(W_ir x_t + b_ir + W_hr h_{t−1} + b_hr)
//! - z_t = σ(W_iz x_t + b_iz + W_hz h_{t−1} + b_hz)
//! - q_t = r_t ⊙ h_{t−1}
//! - n_t = tanh(W_in x_t + b_in + W_hn q_t + b_hn)
//! - h_t = (1 − z_t) ⊙ n_t + z_t ⊙ h_{t−1}
//!
//! A step falls into two halves, because the product W_hn q_t can only be formed once the reset gate is known; and so does
//! the step back, because what r_t and h_{t−1} receive through q_t comes out of the product with W_hnᵀ.
//!
//! Deviations from the paper: two biases, where it has none. Its z weights the past, as here.

use super::expr::{
    Operation, bias, hidden, hidden_of, input, now, one_minus, previous, sigmoid, tanh,
};
use super::kernel::{Floor, Functions, Lane, Pointwise, Real};
use super::{Cell, Quantity};

/// The equations, in reading order.
pub fn operations() -> Vec<Operation> {
    let sum = |gate| input(gate) + bias::ih(gate) + hidden(gate) + bias::hh(gate);
    let operation = |output, sentence, formula| Operation {
        cell: Cell::GruResetBefore,
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
            "The past as the reset gate lets it through.",
            now(Quantity::R) * previous(Quantity::H),
        ),
        operation(
            Quantity::N,
            "The candidate is what the new state could be.",
            tanh(
                input(Quantity::N)
                    + bias::ih(Quantity::N)
                    + hidden_of(Quantity::N, Quantity::Q)
                    + bias::hh(Quantity::N),
            ),
        ),
        operation(
            Quantity::H,
            "The hidden state slides between the candidate and the past.",
            one_minus(now(Quantity::Z)) * now(Quantity::N)
                + now(Quantity::Z) * previous(Quantity::H),
        ),
    ]
}

/// The half of a step before the product W_hn q_t, for one row of the batch.
pub struct StepToQ<'a, T> {
    /// Holds the whole sums of r and z and receives their values; n's part stays as it is, `[3 · hidden]`.
    pub gates: &'a mut [T],
    /// h_{t−1}, `[hidden]`.
    pub h_previous: &'a [T],
    /// Receives q_t.
    pub q: &'a mut [T],
}

impl<T: Real> Pointwise for StepToQ<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.q.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let hidden = self.q.len();
        let [at_r, at_z] = [unit, hidden + unit];
        let h_previous = L::load(token, &self.h_previous[unit..]);

        let r = L::load(token, &self.gates[at_r..]).sigmoid();
        let z = L::load(token, &self.gates[at_z..]).sigmoid();
        let q = (r * h_previous).flush(Floor::Value);

        r.store(&mut self.gates[at_r..]);
        z.store(&mut self.gates[at_z..]);
        q.store(&mut self.q[unit..]);
    }
}

/// The half of a step after the product W_hn q_t, for one row of the batch.
pub struct StepFromQ<'a, T> {
    /// Holds r, z and the whole sum of n; receives n, `[3 · hidden]`.
    pub gates: &'a mut [T],
    /// h_{t−1}, `[hidden]`.
    pub h_previous: &'a [T],
    /// Receives h_t.
    pub h: &'a mut [T],
}

impl<T: Real> Pointwise for StepFromQ<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.h.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let hidden = self.h.len();
        let [at_z, at_n] = [hidden + unit, 2 * hidden + unit];
        let z = L::load(token, &self.gates[at_z..]);
        let h_previous = L::load(token, &self.h_previous[unit..]);

        let n = L::load(token, &self.gates[at_n..]).tanh();
        // (1 − z) n + z h = n + z (h − n).
        let h = z.mul_add(h_previous - n, n).flush(Floor::Value);

        n.store(&mut self.gates[at_n..]);
        h.store(&mut self.h[unit..]);
    }
}

/// The half of a step back before the product with W_hnᵀ, for one row of the batch: the reverse of [`StepFromQ`].
pub struct StepBackwardToQ<'a, T> {
    /// r_t, z_t, n_t.
    pub gates: &'a [T],
    /// h_{t−1}.
    pub h_previous: &'a [T],
    /// What reached ∂L/∂h_t from the layer above or the loss.
    pub d_h_from_above: &'a [T],
    /// Holds what reached ∂L/∂h_t from step t + 1; receives what h_{t−1} gets through the update gate alone.
    pub d_h_carried: &'a mut [T],
    /// Receives ∂L/∂h_t.
    pub d_h: &'a mut [T],
    /// Receives the adjoints of z and n, if they are recorded; r's part stays as it is.
    pub d_gates: Option<&'a mut [T]>,
    /// Receives the adjoints of the sums inside them; r's part stays as it is.
    pub d_pre: &'a mut [T],
}

impl<T: Real> Pointwise for StepBackwardToQ<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.d_h.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let hidden = self.d_h.len();
        let [at_z, at_n] = [hidden + unit, 2 * hidden + unit];
        let z = L::load(token, &self.gates[at_z..]);
        let n = L::load(token, &self.gates[at_n..]);
        let h_previous = L::load(token, &self.h_previous[unit..]);
        let one = z.constant(1.0);

        // ∂L/∂h_t: what came from above and from the next step.
        let d_h = L::load(token, &self.d_h_from_above[unit..])
            + L::load(token, &self.d_h_carried[unit..]);
        let d_h = d_h.flush(Floor::Adjoint);
        // h = (1 − z) ⊙ n + z ⊙ h_{t−1}.
        let d_z = (d_h * (h_previous - n).flush(Floor::Value)).flush(Floor::Adjoint);
        let d_n = (d_h * (one - z)).flush(Floor::Adjoint);
        let d_h_carried = (d_h * z).flush(Floor::Adjoint);
        // tanh′ = 1 − tanh²; σ′ = σ (1 − σ).
        let d_pre_n = d_n * (-n).mul_add(n, one);
        let d_pre_z = d_z * z * (one - z);

        d_h.store(&mut self.d_h[unit..]);
        d_h_carried.store(&mut self.d_h_carried[unit..]);
        d_pre_z.flush(Floor::Adjoint).store(&mut self.d_pre[at_z..]);
        d_pre_n.flush(Floor::Adjoint).store(&mut self.d_pre[at_n..]);
        if let Some(into) = &mut self.d_gates {
            d_z.store(&mut into[at_z..]);
            d_n.store(&mut into[at_n..]);
        }
    }
}

/// The half of a step back after the product ∂L/∂q_t = W_hnᵀ d_pre_n, for one row of the batch: the reverse of [`StepToQ`].
pub struct StepBackwardFromQ<'a, T> {
    /// r_t, z_t, n_t.
    pub gates: &'a [T],
    /// h_{t−1}.
    pub h_previous: &'a [T],
    /// ∂L/∂q_t.
    pub d_q: &'a [T],
    /// Holds what h_{t−1} gets through the update gate; receives this and what it gets through q_t.
    pub d_h_carried: &'a mut [T],
    /// Receives the adjoint of r, if it is recorded.
    pub d_gates: Option<&'a mut [T]>,
    /// Receives the adjoint of the sum inside it.
    pub d_pre: &'a mut [T],
}

impl<T: Real> Pointwise for StepBackwardFromQ<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.d_q.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let r = L::load(token, &self.gates[unit..]);
        let h_previous = L::load(token, &self.h_previous[unit..]);
        let one = r.constant(1.0);

        let d_q = L::load(token, &self.d_q[unit..]);
        // q = r ⊙ h_{t−1}.
        let d_r = (d_q * h_previous).flush(Floor::Adjoint);
        let d_h_carried = d_q.mul_add(r, L::load(token, &self.d_h_carried[unit..]));
        // σ′ = σ (1 − σ).
        let d_pre_r = d_r * r * (one - r);

        d_h_carried
            .flush(Floor::Adjoint)
            .store(&mut self.d_h_carried[unit..]);
        d_pre_r.flush(Floor::Adjoint).store(&mut self.d_pre[unit..]);
        if let Some(into) = &mut self.d_gates {
            d_r.store(&mut into[unit..]);
        }
    }
}
