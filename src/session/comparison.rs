//! What can be compared at once: see [comparing](super::comparing) for how.

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// RNN, LSTM and GRU, with equally many units.
    CellsByUnits,
    /// RNN, LSTM and GRU, with as nearly equally many parameters as can be.
    CellsByParameters,
    /// With clipping and without.
    Clipping,
    /// Single precision against double.
    Precision,
    /// Another seed.
    Seed,
}

impl Comparison {
    /// All of them, in the order of the menu.
    pub const ALL: [Comparison; 5] = [
        Comparison::CellsByUnits,
        Comparison::CellsByParameters,
        Comparison::Clipping,
        Comparison::Precision,
        Comparison::Seed,
    ];

    /// The name on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Comparison::CellsByUnits => "RNN, LSTM and GRU, matched by units",
            Comparison::CellsByParameters => "RNN, LSTM and GRU, matched by parameters",
            Comparison::Clipping => "With and without clipping",
            Comparison::Precision => "f32 against f64",
            Comparison::Seed => "Another seed",
        }
    }

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Comparison::CellsByUnits => "cells",
            Comparison::CellsByParameters => "parameters",
            Comparison::Clipping => "clipping",
            Comparison::Precision => "precision",
            Comparison::Seed => "seed",
        }
    }

    /// What it holds equal and what not, for who points at it.
    pub fn meaning(self) -> &'static str {
        match self {
            Comparison::CellsByUnits => {
                "The other two cells on this task, from the same seed and with the same batches, with equally many units"
            }
            Comparison::CellsByParameters => {
                "The same with so many units that all three have as nearly equally many parameters as can be"
            }
            Comparison::Clipping => {
                "The same run once more, with its gradients clipped at norm 1 where they are not now, and unclipped where they are"
            }
            Comparison::Precision => {
                "The same run once more in the other precision: 24 or 53 bits to a number"
            }
            Comparison::Seed => {
                "The same run once more from the next seed: other first weights, another order of the batches, other numbers of a task"
            }
        }
    }
}
