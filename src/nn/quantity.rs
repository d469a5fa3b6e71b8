//! The closed vocabulary of what has a value at each time step.
//!
//! Lessons name a [`Quantity`], views plot it, the theme gives it its one colour and exported files use [`Quantity::name`].

/// A named thing with a value at each time step.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub enum Quantity {
    /// The layer's input x_t.
    X,
    /// The LSTM's input gate i_t, in (0, 1).
    I,
    /// The LSTM's forget gate f_t, in (0, 1).
    F,
    /// The LSTM's candidate g_t, in (−1, 1); in (−2, 2) in the LSTM of 1997.
    G,
    /// The LSTM's output gate o_t, in (0, 1).
    O,
    /// The LSTM's cell state c_t.
    C,
    /// The squashed cell state, what the LSTM's output gate lets out: tanh(c_t); tanh(c_t/2) in the LSTM of 1997.
    TanhC,
    /// The hidden state h_t.
    H,
    /// The GRU's reset gate r_t, in (0, 1).
    R,
    /// The GRU's update gate z_t, in (0, 1).
    Z,
    /// The GRU's candidate n_t, in (−1, 1).
    N,
    /// The past on its way into the GRU's candidate, between the hidden product and the reset gate: the past's share
    /// before the reset gate scales it, q_t = W_hn h_{t−1} + b_hn; where the reset gate comes first, the past as the reset
    /// gate lets it through, q_t = r_t ⊙ h_{t−1}.
    Q,
    /// The model's output y_t, after the readout.
    Y,
}

impl Quantity {
    /// Every quantity, in the order in which a learner meets them.
    pub const ALL: [Quantity; 13] = [
        Quantity::X,
        Quantity::I,
        Quantity::F,
        Quantity::G,
        Quantity::O,
        Quantity::C,
        Quantity::TanhC,
        Quantity::H,
        Quantity::R,
        Quantity::Z,
        Quantity::N,
        Quantity::Q,
        Quantity::Y,
    ];

    /// The name in files, lessons and experiments.
    pub fn name(self) -> &'static str {
        match self {
            Quantity::X => "x",
            Quantity::I => "i",
            Quantity::F => "f",
            Quantity::G => "g",
            Quantity::O => "o",
            Quantity::C => "c",
            Quantity::TanhC => "tanh_c",
            Quantity::H => "h",
            Quantity::R => "r",
            Quantity::Z => "z",
            Quantity::N => "n",
            Quantity::Q => "q",
            Quantity::Y => "y",
        }
    }

    /// The quantity called `name`, if there is one.
    pub fn from_name(name: &str) -> Option<Quantity> {
        Quantity::ALL
            .into_iter()
            .find(|quantity| quantity.name() == name)
    }

    /// What it is, in words for a legend.
    pub fn title(self) -> &'static str {
        match self {
            Quantity::X => "input",
            Quantity::I => "input gate",
            Quantity::F => "forget gate",
            Quantity::G | Quantity::N => "candidate",
            Quantity::O => "output gate",
            Quantity::C => "cell state",
            Quantity::TanhC => "squashed cell state",
            Quantity::H => "hidden state",
            Quantity::R => "reset gate",
            Quantity::Z => "update gate",
            Quantity::Q => "candidate's past",
            Quantity::Y => "output",
        }
    }

    /// The symbol in formulas, without time index, as LaTeX; [`super::expr::Value::latex`] knows the cell.
    pub fn latex(self) -> &'static str {
        match self {
            Quantity::TanhC => "\\tanh(c)",
            other => other.name(),
        }
    }

    /// The symbol in running text, without time index; [`super::Cell::symbol`] knows the cell.
    pub fn symbol(self) -> &'static str {
        match self {
            Quantity::TanhC => "tanh c",
            other => other.name(),
        }
    }

    /// Whether its values lie in (0, 1): a gate that lets a share through.
    pub fn is_gate(self) -> bool {
        matches!(
            self,
            Quantity::I | Quantity::F | Quantity::O | Quantity::R | Quantity::Z
        )
    }
}
