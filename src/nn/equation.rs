//! What each operation of a network computes, in one sentence and typeset, and what it hands back: the lines that a learner
//! walks through ([`super::schedule`]).
//!
//! A cell's lines come from [`super::expr`], which evaluates and differentiates them. Those of attention, readout and loss are
//! written here as the heads of [`super::attention`], [`super::seq2seq`], [`super::self_attention`], [`super::layer_norm`] and
//! [`super::loss`] state them. ∂q stands for ∂L/∂q throughout.

use super::attention::Attention;
use super::expr::Share;
use super::{Cell, Direction, Line, Loss, Network, Place, Quantity, Readout, Station};

/// An operation, told.
#[derive(Clone, Debug, PartialEq)]
pub struct Equation {
    /// What it does, in one sentence.
    pub sentence: &'static str,
    /// What is computed, as LaTeX.
    pub forward: String,
    /// What a letter in it stands for, where that does not say itself.
    pub note: Option<&'static str>,
    /// What the adjoint of its result becomes on the way to everything that it reads.
    pub back: Vec<Share>,
}

/// The sum over the source's steps whose softmax is α.
const SOFTMAX: &str = "\\alpha_{tj} = \\exp(e_{tj}) / \\sum_k \\exp(e_{tk})";

fn softmax(sentence: &'static str) -> Equation {
    let share =
        "\\alpha_{tj}\\, (\\partial\\alpha_{tj} - \\sum_k \\alpha_{tk}\\, \\partial\\alpha_{tk})";
    told(
        sentence,
        SOFTMAX,
        vec![Share::all("\\partial e_{tj}", share)],
    )
}

fn told(sentence: &'static str, forward: impl Into<String>, back: Vec<Share>) -> Equation {
    Equation {
        sentence,
        forward: forward.into(),
        note: None,
        back,
    }
}

impl Equation {
    fn noted(self, note: &'static str) -> Self {
        Self {
            note: Some(note),
            ..self
        }
    }
}

/// What the operation at a station of the network's schedule computes; `None` if the network has no such operation.
pub fn equation(network: &Network, loss: Loss, station: &Station) -> Option<Equation> {
    let term = |to: &str, share: &str| Share::term(to, share);
    let all = |to: &str, share: &str| Share::all(to, share);
    let cell = match (network, station.part) {
        (Network::EncoderDecoder(architecture), 1) => Some(architecture.decoder_cell),
        _ => network.cell(),
    };
    match (station.line, network) {
        (Line::Cell(output), _) => {
            let told = of_cell(cell?, output, station.place?)?;
            let layer = station.place.map_or(0, |place| place.layer);
            let below = matches!(network, Network::Recurrent(stack) if stack.bidirectional)
                || matches!(network, Network::EncoderDecoder(of) if of.encoder.bidirectional);
            Some(match (network, station.part, layer) {
                (Network::EncoderDecoder(of), 1, _) if of.attention == Attention::Additive => {
                    told.noted("x is the output before, and the context a: [y_{t−1}; a_t].")
                }
                (Network::EncoderDecoder(_), 1, _) => {
                    told.noted("x is the output before: y_{t−1}.")
                }
                (_, _, 0) => told,
                (..) if below => {
                    told.noted("x is what both scans of the layer below put out: [h→; h←].")
                }
                _ => told.noted("x is the h of the layer below."),
            })
        }
        (Line::Loss, _) => Some(of_loss(loss)),
        (Line::Readout, network) => Some(of_readout(network)),
        (Line::Bridge, Network::EncoderDecoder(_)) => Some(told(
            "The decoder begins with what the encoder's last states say.",
            "h_0 = \\tanh(W_b\\, \\bar h_{\\mathrm{end}} + b_b)",
            vec![
                all(
                    "\\partial \\mathrm{pre}",
                    "\\partial h_0 \\odot (1 - h_0^2)",
                ),
                term(
                    "\\partial \\bar h_{\\mathrm{end}}",
                    "W_b^\\top\\, \\partial \\mathrm{pre}",
                ),
                term(
                    "\\partial W_b",
                    "\\partial \\mathrm{pre}\\, \\bar h_{\\mathrm{end}}^\\top",
                ),
                term("\\partial b_b", "\\partial \\mathrm{pre}"),
            ],
        )),
        (line, Network::EncoderDecoder(architecture)) => of_attention(line, architecture.attention),
        (line, Network::SelfAttention(architecture)) => Some(match line {
            Line::Embedding => told(
                "The input is brought to the width of the blocks.",
                if architecture.positions {
                    "h_t = W x_t + b + p_t"
                } else {
                    "h_t = W x_t + b"
                },
                vec![
                    term("\\partial x_t", "W^\\top\\, \\partialh_t"),
                    term("\\partial W", "\\partialh_t\\, x_t^\\top"),
                    term("\\partial b", "\\partialh_t"),
                ],
            ),
            Line::Projections => told(
                "Each step says what it asks for (q), what it can be found by (k) and what it has to tell (v).",
                "[q_t;\\, k_t;\\, v_t] = W_{in}\\, h_t + b_{in}",
                vec![
                    term(
                        "\\partial h_t",
                        "W_{in}^\\top\\, [\\partial q_t;\\, \\partial k_t;\\, \\partial v_t]",
                    ),
                    term(
                        "\\partial W_{in}",
                        "[\\partial q_t;\\, \\partial k_t;\\, \\partial v_t]\\, h_t^\\top",
                    ),
                ],
            ),
            Line::Scores => told(
                "How well does what step t asks for fit what each step j can be found by?",
                "e_{tj} = q_t^\\top k_j / \\sqrt{d'}",
                vec![
                    term(
                        "\\partial q_t",
                        "\\sum_j \\partial e_{tj}\\, k_j / \\sqrt{d'}",
                    ),
                    term("\\partial k_j", "\\partial e_{tj}\\, q_t / \\sqrt{d'}"),
                ],
            ),
            Line::Weights => softmax("The scores become shares that add up to 1."),
            Line::Context => told(
                "What the steps have to tell is mixed by these shares.",
                "m_t = \\sum_j \\alpha_{tj}\\, v_j",
                vec![
                    all("\\partial\\alpha_{tj}", "v_j^\\top\\, \\partial m_t"),
                    term("\\partial v_j", "\\alpha_{tj}\\, \\partial m_t"),
                ],
            ),
            Line::Residual => told(
                "What was read is added to what the step had before.",
                "s_t = h_t + W_{out}\\, m_t + b_{out}",
                vec![
                    term("\\partial h_t", "\\partial s_t"),
                    all("\\partial m_t", "W_{out}^\\top\\, \\partial s_t"),
                    term("\\partial W_{out}", "\\partial s_t\\, m_t^\\top"),
                    term("\\partial b_{out}", "\\partial s_t"),
                ],
            ),
            Line::Norm => told(
                "The sum is brought to mean 0 and variance 1 over its units, then scaled and shifted.",
                "n_t = (s_t - \\mu) / \\sqrt{\\sigma^2 + \\varepsilon},\\quad h'_t = n_t \\odot w + b",
                vec![
                    all("\\partial n_t", "\\partial h'_t \\odot w"),
                    all(
                        "\\partial s_t",
                        "(\\partial n_t - \\overline{\\partial n_t} - n_t\\, \\overline{\\partial n_t \\odot n_t}) / \\sqrt{\\sigma^2 + \\varepsilon}",
                    ),
                ],
            ),
            _ => return None,
        }),
        (_, Network::Recurrent(_)) => None,
    }
}

/// A cell's equation as LaTeX, as it reads in a scan: in one that goes from the end to the beginning, what came before is t + 1.
pub fn in_direction(latex: String, direction: Direction) -> String {
    match direction {
        Direction::Forward => latex,
        Direction::Reverse => latex.replace("_{t-1}", "_{t+1}"),
    }
}

fn of_cell(cell: Cell, output: Quantity, place: Place) -> Option<Equation> {
    let turned = |latex: String| in_direction(latex, place.direction);
    let operation = cell
        .operations()
        .into_iter()
        .find(|line| line.output == output)?;
    let shares = operation.shares().into_iter().map(|share| Share {
        to: turned(share.to),
        share: turned(share.share),
        ..share
    });
    let forward = turned(operation.latex());
    Some(told(operation.sentence, forward, shares.collect()))
}

fn of_loss(loss: Loss) -> Equation {
    match loss {
        Loss::MeanSquaredError => told(
            "The loss is the mean of the squared errors over all outputs.",
            "L = \\tfrac{1}{n} \\sum (y_t - y_t^{*})^2",
            vec![Share::all(
                "\\partial y_t",
                "\\tfrac{2}{n}\\, (y_t - y_t^{*})",
            )],
        ),
        Loss::CrossEntropy => told(
            "The loss is small where the right class gets most of the probability.",
            "L = -\\tfrac{1}{n} \\sum \\log \\mathrm{softmax}(y_t)_k",
            vec![Share::all(
                "\\partial y_t",
                "\\tfrac{1}{n}\\, (\\mathrm{softmax}(y_t) - \\mathrm{onehot}_k)",
            )],
        ),
    }
}

fn of_readout(network: &Network) -> Equation {
    let joined = match network {
        Network::EncoderDecoder(architecture) => architecture.attention == Attention::Dot,
        Network::Recurrent(_) | Network::SelfAttention(_) => false,
    };
    let both = matches!(network, Network::Recurrent(stack) if stack.bidirectional);
    let (sentence, state) = match (joined, both, network.readout()) {
        (true, ..) => ("The output reads the joined state.", "\\tilde h_t"),
        (_, true, Readout::Final) => (
            "The output reads where both scans ended.",
            "[h_T^\\rightarrow;\\, h_1^\\leftarrow]",
        ),
        (_, true, _) => (
            "The output reads the states of both scans at this step.",
            "[h_t^\\rightarrow;\\, h_t^\\leftarrow]",
        ),
        _ if matches!(network, Network::SelfAttention(_)) => {
            ("The output reads what the last block put out.", "h'_t")
        }
        (_, _, Readout::Every) => ("The output reads the hidden state of this step.", "h_t"),
        _ => ("The output reads the last hidden state.", "h_t"),
    };
    told(
        sentence,
        format!("y_t = W\\, {state} + b"),
        vec![
            Share::term(format!("\\partial {state}"), "W^\\top\\, \\partial y_t"),
            Share::term(
                "\\partial W",
                format!("\\partial y_t\\, {}", transposed(state)),
            ),
            Share::term("\\partial b", "\\partial y_t"),
        ],
    )
}

/// Joined states are in brackets already, and a prime has a place of its own.
fn transposed(state: &str) -> String {
    match state.contains('\'') {
        true => format!("({state})^\\top"),
        false => format!("{state}^\\top"),
    }
}

/// A decoder's look at its encoder. Its own hidden state is h, the encoder's at step j is h̄_j, as Luong et al. write them.
fn of_attention(line: Line, attention: Attention) -> Option<Equation> {
    let term = |to: &str, share: &str| Share::term(to, share);
    let all = |to: &str, share: &str| Share::all(to, share);
    Some(match (line, attention) {
        (Line::Scores, Attention::Additive) => told(
            "How well does each source step j fit what the decoder's last state asks for?",
            "e_{tj} = v^\\top \\tanh(W_s\\, h_{t-1} + W_h\\, \\bar h_j)",
            vec![
                all(
                    "\\partial \\mathrm{pre}_{tj}",
                    "\\partial e_{tj}\\, v \\odot (1 - \\tanh^2)",
                ),
                term(
                    "\\partial h_{t-1}",
                    "W_s^\\top \\sum_j \\partial \\mathrm{pre}_{tj}",
                ),
                term(
                    "\\partial \\bar h_j",
                    "W_h^\\top\\, \\partial \\mathrm{pre}_{tj}",
                ),
                term(
                    "\\partial W_s",
                    "\\sum_j \\partial \\mathrm{pre}_{tj}\\, h_{t-1}^\\top",
                ),
                term(
                    "\\partial W_h",
                    "\\sum_j \\partial \\mathrm{pre}_{tj}\\, \\bar h_j^\\top",
                ),
                term(
                    "\\partial v",
                    "\\sum_j \\partial e_{tj} \\tanh(W_s\\, h_{t-1} + W_h\\, \\bar h_j)",
                ),
            ],
        ),
        (Line::Scores, Attention::Dot) => told(
            "How well does each source step j fit what the decoder's state asks for?",
            "e_{tj} = h_t^\\top \\bar h_j",
            vec![
                term("\\partial h_t", "\\sum_j \\partial e_{tj}\\, \\bar h_j"),
                term("\\partial \\bar h_j", "\\partial e_{tj}\\, h_t"),
            ],
        ),
        (Line::Weights, Attention::Additive | Attention::Dot) => {
            softmax("The scores become shares that add up to 1.")
        }
        (Line::Context, Attention::Additive | Attention::Dot) => told(
            "The source's states are read, each by its share.",
            "a_t = \\sum_j \\alpha_{tj}\\, \\bar h_j",
            vec![
                all("\\partial\\alpha_{tj}", "\\bar h_j^\\top\\, \\partial a_t"),
                term("\\partial \\bar h_j", "\\alpha_{tj}\\, \\partial a_t"),
            ],
        ),
        (Line::Joined, Attention::Dot) => told(
            "What was read is joined with the decoder's state.",
            "\\tilde h_t = \\tanh(W_c\\, [a_t;\\, h_t])",
            vec![
                all(
                    "\\partial \\mathrm{pre}_t",
                    "\\partial\\tilde h_t \\odot (1 - \\tilde h_t^2)",
                ),
                term(
                    "[\\partial a_t;\\, \\partial h_t]",
                    "W_c^\\top\\, \\partial \\mathrm{pre}_t",
                ),
                term(
                    "\\partial W_c",
                    "\\partial \\mathrm{pre}_t\\, [a_t;\\, h_t]^\\top",
                ),
            ],
        ),
        _ => return None,
    })
}
