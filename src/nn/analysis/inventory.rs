//! What a network consists of: every parameter, how many numbers it is, how large they are, and what its part multiplies.

use super::flow::norm;
use crate::nn::seq2seq::Lengths;
use crate::nn::work::{Work, owner, work};
use crate::nn::{Network, ParameterEntry};

/// One parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterFacts {
    /// PyTorch's name, its shape and its place among all.
    pub entry: ParameterEntry,
    /// ‖W‖, the root of the sum of the squares.
    pub norm: f64,
    /// ‖∂L/∂W‖ likewise.
    pub gradient_norm: f64,
    /// How large its share of all parameters is.
    pub share: f64,
}

/// The parameters of a layer, or of another part, together.
#[derive(Clone, Debug, PartialEq)]
pub struct PartFacts {
    /// How many numbers they are.
    pub count: usize,
    /// What it multiplies for one sequence, and what it is called.
    pub work: Work,
}

/// All of a network's parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Inventory {
    /// Each of them, in the order in which their values lie.
    pub parameters: Vec<ParameterFacts>,
    /// Part by part, from the input up.
    pub parts: Vec<PartFacts>,
    /// How many numbers they are.
    pub total: usize,
    /// What is multiplied for one sequence.
    pub work: u64,
    /// How many steps that has.
    pub lengths: Lengths,
}

/// The inventory of a network with these parameters and this gradient, for a sequence of such lengths.
pub fn inventory(
    network: &Network,
    parameters: &[f64],
    gradient: &[f64],
    lengths: Lengths,
) -> Inventory {
    let entries = network.entries();
    let total: usize = entries.iter().map(|entry| entry.range.len()).sum();
    let of = |values: &[f64], entry: &ParameterEntry| {
        norm(values.get(entry.range.clone()).unwrap_or_default())
    };
    let parts = work(network, lengths).into_iter().map(|work| {
        let own = entries
            .iter()
            .filter(|entry| owner(&entry.name) == work.name);
        PartFacts {
            count: own.map(|entry| entry.range.len()).sum(),
            work,
        }
    });
    let parts: Vec<PartFacts> = parts.collect();
    let facts = |entry: &ParameterEntry| ParameterFacts {
        norm: of(parameters, entry),
        gradient_norm: of(gradient, entry),
        share: entry.range.len() as f64 / total.max(1) as f64,
        entry: entry.clone(),
    };
    Inventory {
        parameters: entries.iter().map(facts).collect(),
        work: parts.iter().map(|part| part.work.per_sequence).sum(),
        parts,
        total,
        lengths,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::{Cell, Readout, RecurrentArchitecture};

    /// `sum(p.numel() for p in nn.LSTM(300, 128, num_layers=2, bidirectional=True).parameters())` in PyTorch 2.15 is 835,584:
    /// what is not of the readout.
    #[test]
    fn two_bidirectional_layers_have_as_many_parameters_as_pytorchs() {
        let network = Network::Recurrent(RecurrentArchitecture {
            cell: Cell::Lstm,
            input_size: 300,
            hidden_size: 128,
            num_layers: 2,
            bidirectional: true,
            dropout: 0.0,
            output_size: 10,
            readout: Readout::Last,
        });
        let count = network.parameter_count().unwrap();
        let values: Vec<f64> = (0..count).map(|k| (k % 7) as f64 - 3.0).collect();
        let lengths = Lengths {
            source: 40,
            target: 40,
        };
        let all = inventory(&network, &values, &values[..9], lengths);
        assert_eq!(all.total, 835_584 + 10 * 257);
        let counts: Vec<usize> = all.parts.iter().map(|part| part.count).collect();
        // 4 · 128 · (300 + 128 + 2) and 4 · 128 · (256 + 128 + 2), each in two directions.
        assert_eq!(counts, [220_160, 220_160, 197_632, 197_632, 2_570]);
        assert_eq!(counts[..4].iter().sum::<usize>(), 835_584);
        let shares: f64 = all.parameters.iter().map(|of| of.share).sum();
        assert!((shares - 1.0).abs() < 1e-12);
        let first = &all.parameters[0];
        assert_eq!(
            (first.entry.name.as_str(), &first.entry.shape[..]),
            ("weight_ih_l0", &[512, 300][..])
        );
        let squares: f64 = values[..512 * 300].iter().map(|x| x * x).sum();
        assert!((first.norm - squares.sqrt()).abs() <= 1e-12 * first.norm);
        // Of a gradient that is not there nothing is told.
        assert_eq!(all.parameters[1].gradient_norm, 0.0);
        assert_eq!(all.work, 40 * (2 * 512 * 428 + 2 * 512 * 384) + 2_560);
    }
}
