//! How a model's parameters begin.

/// A scheme for the first values of all parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// PyTorch's default: every recurrent parameter from U(−1/√hidden_size, 1/√hidden_size), the readout's likewise.
    Pytorch,
    /// Recurrent weights from N(0, `std`²), their biases 0; the readout as in PyTorch.
    ///
    /// The recurrent matrix then has a spectral radius near `std` · √hidden_size (Girko's circular law), which is what
    /// decides whether gradients vanish or explode (Pascanu, Mikolov & Bengio 2013).
    Normal {
        /// The standard deviation.
        std: f64,
    },
}

impl Init {
    /// The name in experiments.
    pub fn name(self) -> &'static str {
        match self {
            Init::Pytorch => "pytorch",
            Init::Normal { .. } => "normal",
        }
    }
}
