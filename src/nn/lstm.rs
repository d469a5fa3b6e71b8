//! Long short-term memory (Hochreiter & Schmidhuber 1997, Neural Computation 9) with the forget gate of Gers,
//! Schmidhuber & Cummins (2000, Neural Computation 12).
//!
//! - i_t = σ(W_ii x_t + b_ii + W_hi h_{t−1} + b_hi)
//! - f_t = σ(W_if x_t + b_if + W_hf h_{t−1} + b_hf)
//! - g_t = tanh(W_ig x_t + b_ig + W_hg h_{t−1} + b_hg)
//! - o_t = σ(W_io x_t + b_io + W_ho h_{t−1} + b_ho)
//! - c_t = f_t ⊙ c_{t−1} + i_t ⊙ g_t
//! - h_t = o_t ⊙ tanh(c_t)
//!
//! Deviations from the papers, all PyTorch's: two biases, no peepholes, plain tanh for both squashing functions.

use super::expr::{Operation, bias, hidden, input, now, previous, sigmoid, tanh};
use super::kernel::{Floor, Functions, Lane, Pointwise, Real};
use super::{Cell, Quantity};

/// The equations, in reading order.
pub fn operations() -> Vec<Operation> {
    let sum = |gate| input(gate) + bias::ih(gate) + hidden(gate) + bias::hh(gate);
    let operation = |output, sentence, formula| Operation {
        cell: Cell::Lstm,
        output,
        sentence,
        formula,
    };
    vec![
        operation(
            Quantity::I,
            "The input gate decides how much of the candidate is written.",
            sigmoid(sum(Quantity::I)),
        ),
        operation(
            Quantity::F,
            "The forget gate decides how much of the cell state is kept.",
            sigmoid(sum(Quantity::F)),
        ),
        operation(
            Quantity::G,
            "The candidate is what could be written.",
            tanh(sum(Quantity::G)),
        ),
        operation(
            Quantity::O,
            "The output gate decides how much of the cell state is shown.",
            sigmoid(sum(Quantity::O)),
        ),
        operation(
            Quantity::C,
            "The cell state keeps what the forget gate lets through and adds what the input gate lets in.",
            now(Quantity::F) * previous(Quantity::C) + now(Quantity::I) * now(Quantity::G),
        ),
        operation(
            Quantity::TanhC,
            "The cell state is squashed before it is shown.",
            tanh(now(Quantity::C)),
        ),
        operation(
            Quantity::H,
            "The hidden state is what the output gate shows of it.",
            now(Quantity::O) * now(Quantity::TanhC),
        ),
    ]
}

/// One step for one row of the batch.
pub struct Step<'a, T> {
    /// Holds the sums W x_t + b + W h_{t−1} + b of i, f, g, o and receives their values, `[4 · hidden]`.
    pub gates: &'a mut [T],
    /// c_{t−1}, `[hidden]`.
    pub c_previous: &'a [T],
    /// Receives c_t.
    pub c: &'a mut [T],
    /// Receives tanh(c_t).
    pub tanh_c: &'a mut [T],
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
        let [at_i, at_f, at_g, at_o] = [unit, hidden + unit, 2 * hidden + unit, 3 * hidden + unit];
        let c_previous = L::load(token, &self.c_previous[unit..]);

        let i = L::load(token, &self.gates[at_i..]).sigmoid();
        let f = L::load(token, &self.gates[at_f..]).sigmoid();
        let g = L::load(token, &self.gates[at_g..]).tanh();
        let o = L::load(token, &self.gates[at_o..]).sigmoid();
        let c = f.mul_add(c_previous, i * g).flush(Floor::Value);
        let tanh_c = c.tanh();
        let h = (o * tanh_c).flush(Floor::Value);

        i.store(&mut self.gates[at_i..]);
        f.store(&mut self.gates[at_f..]);
        g.store(&mut self.gates[at_g..]);
        o.store(&mut self.gates[at_o..]);
        c.store(&mut self.c[unit..]);
        tanh_c.store(&mut self.tanh_c[unit..]);
        h.store(&mut self.h[unit..]);
    }
}

/// One step back for one row of the batch, in the reverse order of [`Step`].
pub struct StepBackward<'a, T> {
    /// i_t, f_t, g_t, o_t.
    pub gates: &'a [T],
    /// c_{t−1}.
    pub c_previous: &'a [T],
    /// tanh(c_t).
    pub tanh_c: &'a [T],
    /// What reached ∂L/∂h_t from the layer above or the loss.
    pub d_h_from_above: &'a [T],
    /// What reached ∂L/∂h_t from step t + 1.
    pub d_h_from_next: &'a [T],
    /// Receives ∂L/∂h_t.
    pub d_h: &'a mut [T],
    /// Receives ∂L/∂tanh(c_t), if it is recorded.
    pub d_tanh_c: Option<&'a mut [T]>,
    /// Receives ∂L/∂c_t.
    pub d_c: &'a mut [T],
    /// Receives the adjoints of i, f, g, o, if they are recorded.
    pub d_gates: Option<&'a mut [T]>,
    /// Receives the adjoints of the sums inside them.
    pub d_pre: &'a mut [T],
    /// Holds what reached ∂L/∂c_t from step t + 1; receives what ∂L/∂c_{t−1} gets from this step.
    pub d_c_carried: &'a mut [T],
}

impl<T: Real> Pointwise for StepBackward<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.d_h.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let hidden = self.d_h.len();
        let [at_i, at_f, at_g, at_o] = [unit, hidden + unit, 2 * hidden + unit, 3 * hidden + unit];
        let i = L::load(token, &self.gates[at_i..]);
        let f = L::load(token, &self.gates[at_f..]);
        let g = L::load(token, &self.gates[at_g..]);
        let o = L::load(token, &self.gates[at_o..]);
        let c_previous = L::load(token, &self.c_previous[unit..]);
        let tanh_c = L::load(token, &self.tanh_c[unit..]);
        let one = i.constant(1.0);

        // ∂L/∂h_t: what came from above and from the next step.
        let d_h = L::load(token, &self.d_h_from_above[unit..])
            + L::load(token, &self.d_h_from_next[unit..]);
        let d_h = d_h.flush(Floor::Adjoint);
        // h = o ⊙ tanh(c): each factor's adjoint is d_h times the other factor.
        let d_o = (d_h * tanh_c).flush(Floor::Adjoint);
        let d_tanh_c = (d_h * o).flush(Floor::Adjoint);
        // tanh′ = 1 − tanh²; the next step adds its share.
        let d_c = d_tanh_c
            .mul_add(
                (-tanh_c).mul_add(tanh_c, one),
                L::load(token, &self.d_c_carried[unit..]),
            )
            .flush(Floor::Adjoint);
        // c = f ⊙ c_{t−1} + i ⊙ g.
        let d_f = (d_c * c_previous).flush(Floor::Adjoint);
        let d_c_carried = (d_c * f).flush(Floor::Adjoint);
        let d_i = (d_c * g).flush(Floor::Adjoint);
        let d_g = (d_c * i).flush(Floor::Adjoint);
        // σ′ = σ (1 − σ); tanh′ = 1 − tanh².
        let d_pre_o = d_o * o * (one - o);
        let d_pre_g = d_g * (-g).mul_add(g, one);
        let d_pre_f = d_f * f * (one - f);
        let d_pre_i = d_i * i * (one - i);

        d_h.store(&mut self.d_h[unit..]);
        d_c.store(&mut self.d_c[unit..]);
        d_c_carried.store(&mut self.d_c_carried[unit..]);
        d_pre_i.flush(Floor::Adjoint).store(&mut self.d_pre[at_i..]);
        d_pre_f.flush(Floor::Adjoint).store(&mut self.d_pre[at_f..]);
        d_pre_g.flush(Floor::Adjoint).store(&mut self.d_pre[at_g..]);
        d_pre_o.flush(Floor::Adjoint).store(&mut self.d_pre[at_o..]);
        if let Some(into) = &mut self.d_tanh_c {
            d_tanh_c.store(&mut into[unit..]);
        }
        if let Some(into) = &mut self.d_gates {
            d_i.store(&mut into[at_i..]);
            d_f.store(&mut into[at_f..]);
            d_g.store(&mut into[at_g..]);
            d_o.store(&mut into[at_o..]);
        }
    }
}
