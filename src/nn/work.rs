//! How much a network multiplies: the products of its matrices, counted as multiplications with an addition each.
//!
//! A matrix W of m × n times a vector is m · n of them. Counted is one pass forward over one sequence, layer by layer, from the
//! equations in the heads of [`super::recurrent`], [`super::seq2seq`], [`super::attention`] and [`super::self_attention`]. Sums with
//! biases, products element by element, exponentials and what a norm divides by are left out: they grow with the width of a
//! layer, not with its square. A pass back multiplies about twice as much: once for ∂L/∂W, once for what goes on to the inputs.

use super::attention::Attention;
use super::self_attention::SelfAttentionArchitecture;
use super::seq2seq::{Lengths, Seq2SeqArchitecture};
use super::{Direction, Network, Place, RecurrentArchitecture};

/// What a layer, or another part of a network that has parameters of its own, multiplies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// What it is called, as [`owner`] has it.
    pub name: String,
    /// Multiplications at each of its steps; where they are not as many at every step, the mean, rounded down.
    pub per_step: u64,
    /// How often it does that over one sequence.
    pub steps: usize,
    /// All of them over one sequence.
    pub per_sequence: u64,
}

impl Work {
    fn even(name: impl Into<String>, per_step: usize, steps: usize) -> Self {
        Self {
            name: name.into(),
            per_step: per_step as u64,
            steps,
            per_sequence: per_step as u64 * steps as u64,
        }
    }
}

/// What the part is called that a parameter belongs to: “layer 1”, “encoder layer 2, reverse”, “decoder”, “attention”, “block 1”,
/// “readout”.
pub fn owner(parameter: &str) -> String {
    let (part, rest) = match parameter.split_once('.') {
        Some(("encoder", rest)) => ("encoder ", rest),
        Some(("decoder", _)) => return "decoder".into(),
        _ => ("", parameter),
    };
    if let Some((_, place)) = rest.rsplit_once("_l") {
        let (layer, direction) = match place.strip_suffix("_reverse") {
            Some(layer) => (layer, Direction::Reverse),
            None => (place, Direction::Forward),
        };
        if let Ok(layer) = layer.parse() {
            return format!("{part}{}", of_place(Place { layer, direction }));
        }
    }
    if let Some((layer, _)) = rest
        .strip_prefix("blocks.")
        .and_then(|of| of.split_once('.'))
        && let Ok(layer) = layer.parse::<usize>()
    {
        return format!("block {}", layer + 1);
    }
    let first = rest.split('.').next();
    first.unwrap_or(rest).into()
}

fn of_place(place: Place) -> String {
    match place.direction {
        Direction::Forward => format!("layer {}", place.layer + 1),
        Direction::Reverse => format!("layer {}, reverse", place.layer + 1),
    }
}

/// What each part of a network multiplies for one sequence, in the order of its parameters.
pub fn work(network: &Network, lengths: Lengths) -> Vec<Work> {
    match network {
        Network::Recurrent(stack) => {
            let mut all = of_stack("", stack, lengths.source);
            let outputs = stack.readout.steps(lengths.source);
            let readout = stack.output_size * stack.width();
            all.push(Work::even("readout", readout, outputs));
            all
        }
        Network::EncoderDecoder(it) => of_encoder_decoder(it, lengths),
        Network::SelfAttention(it) => of_self_attention(it, lengths.source),
    }
}

/// W_ih x_t and W_hh h_{t−1} of every scan.
fn of_stack(part: &str, stack: &RecurrentArchitecture, steps: usize) -> Vec<Work> {
    let rows = stack.cell.blocks() * stack.hidden_size;
    let scan = |place: Place| {
        let columns = stack.layer_input_size(place.layer) + stack.hidden_size;
        Work::even(format!("{part}{}", of_place(place)), rows * columns, steps)
    };
    stack.places().map(scan).collect()
}

fn of_encoder_decoder(it: &Seq2SeqArchitecture, lengths: Lengths) -> Vec<Work> {
    let (source, target) = (lengths.source, lengths.target);
    let (width, state) = (it.encoder.width(), it.decoder_size);
    let mut all = of_stack("encoder ", &it.encoder, source);
    let decoder = it.decoder();
    let rows = decoder.cell.blocks() * state;
    let columns = decoder.input_size + state;
    all.push(Work::even("decoder", rows * columns, target));
    all.push(Work::even("bridge", state * width, 1));
    // At each step of the target; and once for each step of the source.
    let attention = match it.attention {
        Attention::None => None,
        // W_s s, vᵀ u_j and Σ α_j h_j; the keys W_h h_j are computed once.
        Attention::Additive => Some((
            state * state + source * (state + width),
            source * state * width,
        )),
        // sᵀ h_j and Σ α_j h_j; W_c [a; s].
        Attention::Dot => Some((source * (state + width) + state * (width + state), 0)),
    };
    if let Some((per_step, once)) = attention {
        let all_of_it = (per_step * target + once) as u64;
        all.push(Work {
            name: "attention".into(),
            per_step: all_of_it / target.max(1) as u64,
            steps: target,
            per_sequence: all_of_it,
        });
    }
    all.push(Work::even("readout", it.output_size * state, target));
    all
}

fn of_self_attention(it: &SelfAttentionArchitecture, steps: usize) -> Vec<Work> {
    let width = it.hidden_size;
    let mut all = vec![Work::even("input", width * it.input_size, steps)];
    // How many steps all steps together look at.
    let looks = match it.causal {
        true => steps * (steps + 1) / 2,
        false => steps * steps,
    };
    for layer in 0..it.num_layers {
        // W_in h_t and W_out m_t; q_t · k_j and Σ α_tj v_j over all heads, which share the width.
        let per_sequence = (steps * 4 * width * width + looks * 2 * width) as u64;
        all.push(Work {
            name: format!("block {}", layer + 1),
            per_step: per_sequence / steps.max(1) as u64,
            steps,
            per_sequence,
        });
    }
    let outputs = it.readout.steps(steps);
    all.push(Work::even("readout", it.output_size * width, outputs));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::expr::{Block, Expr, ParameterKind, Value};
    use crate::nn::seq2seq::Feedback;
    use crate::nn::{Cell, Readout};

    fn stack(cell: Cell) -> RecurrentArchitecture {
        RecurrentArchitecture {
            cell,
            input_size: 3,
            hidden_size: 5,
            num_layers: 2,
            bidirectional: true,
            dropout: 0.0,
            output_size: 2,
            readout: Readout::Every,
        }
    }

    fn networks() -> Vec<Network> {
        let mut all: Vec<Network> = Cell::ALL.map(stack).map(Network::Recurrent).to_vec();
        for attention in Attention::ALL {
            all.push(Network::EncoderDecoder(Seq2SeqArchitecture {
                encoder: RecurrentArchitecture {
                    output_size: 0,
                    readout: Readout::Final,
                    ..stack(Cell::Gru)
                },
                decoder_cell: Cell::Lstm,
                decoder_size: 10,
                attention,
                feedback: Feedback::Classes,
                output_size: 4,
            }));
        }
        for causal in [false, true] {
            all.push(Network::SelfAttention(SelfAttentionArchitecture {
                input_size: 3,
                hidden_size: 6,
                heads: 2,
                num_layers: 2,
                causal,
                positions: true,
                output_size: 2,
                readout: Readout::Last,
            }));
        }
        all
    }

    /// The products that an equation has: its matrices, each once for every place at which it stands.
    fn products(formula: &Expr, width: &dyn Fn(Block) -> usize) -> usize {
        let both = |one: &Expr, other: &Expr| products(one, width) + products(other, width);
        match formula {
            Expr::Product(block, of) => width(*block) + products(of, width),
            Expr::Sum(one, other)
            | Expr::Difference(one, other)
            | Expr::Hadamard(one, other)
            | Expr::Beside(one, other)
            | Expr::Dots(one, other)
            | Expr::Mix(one, other) => both(one, other),
            Expr::Scale(_, of)
            | Expr::Times(_, of)
            | Expr::OneMinus(of)
            | Expr::Sigmoid(of)
            | Expr::Tanh(of)
            | Expr::Relu(of)
            | Expr::ParameterDots(_, of)
            | Expr::Softmax(of)
            | Expr::Normalise(of)
            | Expr::Squares(of)
            | Expr::Surprise(of, _) => products(of, width),
            Expr::Value(Value { .. }) | Expr::Vector(_) => 0,
        }
    }

    /// What is counted is what the equations that the window shows multiply.
    #[test]
    fn a_cell_multiplies_what_its_equations_say() {
        for cell in Cell::ALL {
            let of = stack(cell);
            let counted = work(&Network::Recurrent(of), lengths());
            for place in of.places() {
                let width = |block: Block| {
                    of.hidden_size
                        * match block.parameter {
                            ParameterKind::WeightIh => of.layer_input_size(place.layer),
                            _ => of.hidden_size,
                        }
                };
                let operations = cell.operations();
                let all = operations
                    .iter()
                    .map(|line| products(&line.formula, &width));
                let name = of_place(place);
                let found = counted.iter().find(|work| work.name == name).unwrap();
                assert_eq!(found.per_step, all.sum::<usize>() as u64, "{cell:?} {name}");
                assert_eq!(found.per_sequence, 7 * found.per_step);
            }
        }
    }

    fn lengths() -> Lengths {
        Lengths {
            source: 7,
            target: 3,
        }
    }

    /// Every matrix is used at each step of its part, and attention multiplies states besides: nothing is counted twice or
    /// forgotten. Of each kind of network by hand, T = 7 steps, 3 of an answer.
    #[test]
    fn what_is_counted_are_the_matrices_and_the_looks() {
        for network in networks() {
            let counted = work(&network, lengths());
            let names: Vec<&str> = counted.iter().map(|work| work.name.as_str()).collect();
            let mut owners: Vec<String> = Vec::new();
            for entry in network.entries() {
                let owner = owner(&entry.name);
                if !owners.contains(&owner) {
                    owners.push(owner);
                }
            }
            assert_eq!(names, owners, "{network:?}");
            for work in &counted {
                let matrices = network.entries().into_iter();
                let matrices = matrices
                    .filter(|entry| owner(&entry.name) == work.name && entry.shape.len() == 2);
                let each: usize = matrices.map(|entry| entry.range.len()).sum();
                let beside = match (&network, work.name.as_str()) {
                    (Network::EncoderDecoder(it), "attention") => match it.attention {
                        // W_s at each of 3 steps, W_h at each of 7; vᵀ u_j and α_j h_j at each of both.
                        Attention::Additive => {
                            assert_eq!(work.per_sequence, 3 * 100 + 7 * 100 + 21 * (10 + 10));
                            continue;
                        }
                        _ => 21 * (10 + 10),
                    },
                    (Network::SelfAttention(it), "block 1" | "block 2") => match it.causal {
                        true => (1 + 2 + 3 + 4 + 5 + 6 + 7) * 2 * 6,
                        false => 49 * 2 * 6,
                    },
                    _ => 0,
                };
                let all = (each * work.steps + beside) as u64;
                assert_eq!(work.per_sequence, all, "{} of {network:?}", work.name);
            }
        }
    }
}
