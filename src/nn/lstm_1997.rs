//! Long short-term memory as first published (Hochreiter & Schmidhuber 1997, Neural Computation 9): without a forget gate.
//!
//! - i_t = σ(W_ii x_t + b_ii + W_hi h_{t−1} + b_hi)
//! - g_t = 2 tanh((W_ig x_t + b_ig + W_hg h_{t−1} + b_hg) / 2), in (−2, 2)
//! - o_t = σ(W_io x_t + b_io + W_ho h_{t−1} + b_ho)
//! - c_t = c_{t−1} + i_t ⊙ g_t
//! - h_t = o_t ⊙ tanh(c_t / 2)
//!
//! The cell state is carried on with weight 1, and so is its gradient: the constant error carousel. The paper writes the
//! squashing functions as g(x) = 4σ(x) − 2 and h(x) = 2σ(x) − 1; they are the same functions, 2 tanh(x/2) and tanh(x/2).
//!
//! Deviations from the paper: two biases, as in the other cells here; each unit has gates of its own, where the paper lets
//! the cells of a block share them; gates read the input and the hidden states, not each other; and gradients are complete,
//! where the paper cuts them off at the gates and at h_{t−1} and lets only the carousel carry errors through time.

use super::expr::{Operation, bias, hidden, input, now, previous, scale, sigmoid, tanh};
use super::kernel::{Floor, Functions, Lane, Pointwise, Real};
use super::{Cell, Quantity};

/// The equations, in reading order.
pub fn operations() -> Vec<Operation> {
    let sum = |gate| input(gate) + bias::ih(gate) + hidden(gate) + bias::hh(gate);
    let operation = |output, sentence, formula| Operation {
        cell: Cell::Lstm1997,
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
            Quantity::G,
            "The candidate is what could be written, between −2 and 2.",
            scale(2.0, tanh(scale(0.5, sum(Quantity::G)))),
        ),
        operation(
            Quantity::O,
            "The output gate decides how much of the cell state is shown.",
            sigmoid(sum(Quantity::O)),
        ),
        operation(
            Quantity::C,
            "The cell state keeps everything and adds what the input gate lets in.",
            previous(Quantity::C) + now(Quantity::I) * now(Quantity::G),
        ),
        operation(
            Quantity::TanhC,
            "The cell state is squashed before it is shown.",
            tanh(scale(0.5, now(Quantity::C))),
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
    /// Holds the sums W x_t + b + W h_{t−1} + b of i, g, o and receives their values, `[3 · hidden]`.
    pub gates: &'a mut [T],
    /// c_{t−1}, `[hidden]`.
    pub c_previous: &'a [T],
    /// Receives c_t.
    pub c: &'a mut [T],
    /// Receives tanh(c_t / 2).
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
        let [at_i, at_g, at_o] = [unit, hidden + unit, 2 * hidden + unit];
        let c_previous = L::load(token, &self.c_previous[unit..]);
        let (half, two) = (c_previous.constant(0.5), c_previous.constant(2.0));

        let i = L::load(token, &self.gates[at_i..]).sigmoid();
        let g = (L::load(token, &self.gates[at_g..]) * half).tanh() * two;
        let o = L::load(token, &self.gates[at_o..]).sigmoid();
        let c = i.mul_add(g, c_previous).flush(Floor::Value);
        let tanh_c = (c * half).tanh();
        let h = (o * tanh_c).flush(Floor::Value);

        i.store(&mut self.gates[at_i..]);
        g.store(&mut self.gates[at_g..]);
        o.store(&mut self.gates[at_o..]);
        c.store(&mut self.c[unit..]);
        tanh_c.store(&mut self.tanh_c[unit..]);
        h.store(&mut self.h[unit..]);
    }
}

/// One step back for one row of the batch, in the reverse order of [`Step`].
pub struct StepBackward<'a, T> {
    /// i_t, g_t, o_t.
    pub gates: &'a [T],
    /// tanh(c_t / 2).
    pub tanh_c: &'a [T],
    /// What reached ∂L/∂h_t from the layer above or the loss.
    pub d_h_from_above: &'a [T],
    /// What reached ∂L/∂h_t from step t + 1.
    pub d_h_from_next: &'a [T],
    /// Receives ∂L/∂h_t.
    pub d_h: &'a mut [T],
    /// Receives the adjoint of tanh(c_t / 2), if it is recorded.
    pub d_tanh_c: Option<&'a mut [T]>,
    /// Receives ∂L/∂c_t.
    pub d_c: &'a mut [T],
    /// Receives the adjoints of i, g, o, if they are recorded.
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
        let [at_i, at_g, at_o] = [unit, hidden + unit, 2 * hidden + unit];
        let i = L::load(token, &self.gates[at_i..]);
        let g = L::load(token, &self.gates[at_g..]);
        let o = L::load(token, &self.gates[at_o..]);
        let tanh_c = L::load(token, &self.tanh_c[unit..]);
        let (quarter, half, one) = (i.constant(0.25), i.constant(0.5), i.constant(1.0));

        // ∂L/∂h_t: what came from above and from the next step.
        let d_h = L::load(token, &self.d_h_from_above[unit..])
            + L::load(token, &self.d_h_from_next[unit..]);
        let d_h = d_h.flush(Floor::Adjoint);
        // h = o ⊙ tanh(c/2): each factor's adjoint is d_h times the other factor.
        let d_o = (d_h * tanh_c).flush(Floor::Adjoint);
        let d_tanh_c = (d_h * o).flush(Floor::Adjoint);
        // tanh(c/2)′ = (1 − tanh²(c/2)) / 2; the next step adds its share.
        let d_c = d_tanh_c
            .mul_add(
                (-tanh_c).mul_add(tanh_c, one) * half,
                L::load(token, &self.d_c_carried[unit..]),
            )
            .flush(Floor::Adjoint);
        // c = c_{t−1} + i ⊙ g: c_{t−1} receives all of it.
        let d_i = (d_c * g).flush(Floor::Adjoint);
        let d_g = (d_c * i).flush(Floor::Adjoint);
        // σ′ = σ (1 − σ); (2 tanh(x/2))′ = 1 − tanh²(x/2) = 1 − g² / 4.
        let d_pre_o = d_o * o * (one - o);
        let d_pre_g = d_g * (-g * quarter).mul_add(g, one);
        let d_pre_i = d_i * i * (one - i);

        d_h.store(&mut self.d_h[unit..]);
        d_c.store(&mut self.d_c[unit..]);
        d_c.store(&mut self.d_c_carried[unit..]);
        d_pre_i.flush(Floor::Adjoint).store(&mut self.d_pre[at_i..]);
        d_pre_g.flush(Floor::Adjoint).store(&mut self.d_pre[at_g..]);
        d_pre_o.flush(Floor::Adjoint).store(&mut self.d_pre[at_o..]);
        if let Some(into) = &mut self.d_tanh_c {
            d_tanh_c.store(&mut into[unit..]);
        }
        if let Some(into) = &mut self.d_gates {
            d_i.store(&mut into[at_i..]);
            d_g.store(&mut into[at_g..]);
            d_o.store(&mut into[at_o..]);
        }
    }
}
