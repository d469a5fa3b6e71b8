//! The operations outside the cells, as data: what comes in, bridge, attention, layer norm, readout and loss.
//!
//! As [`super::expr`] has a cell's equations for one step of a scan, here each [`Line`] of any network has its formula for one
//! step of one sequence, and where there are heads for one head. They are the equations at the heads of
//! [`super::attention`], [`super::seq2seq`], [`super::self_attention`], [`super::layer_norm`] and [`super::loss`]; tests hold
//! them against what these record, forward and back. A decoder's own state is h here, and what its encoder put out at step j
//! is h̄_j, as Luong et al. write them.

use super::attention::Attention;
use super::expr::{Expr, Names, Share, product, shares, tanh};
use super::{Loss, Network, Quantity, Readout};

/// One operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Line {
    /// The line of the cell's equations that computes this quantity.
    Cell(Quantity),
    /// The decoder's first state, of the encoder's last ones.
    Bridge,
    /// A block of self-attention reads the input: x̃.
    Embedding,
    /// Queries, keys and values of self-attention.
    Projections,
    /// How well what is asked for fits each step: e.
    Scores,
    /// Their softmax: α.
    Weights,
    /// What is read, weighted: the context of a decoder, the mixed values of self-attention.
    Context,
    /// A decoder's state joined with the context: h̃ (dot product).
    Joined,
    /// What a block adds to what it read: s.
    Residual,
    /// The block's layer norm: its hidden state.
    Norm,
    /// The output: y.
    Readout,
    /// The output's share of the loss.
    Loss,
}

/// What the operations outside the cells read and compute: the leaves of their formulas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operand {
    /// The network's input, x_t.
    Input,
    /// The sinusoidal position, p_t; given.
    Position,
    /// The hidden state of the last layer or of a decoder, h_t.
    Hidden,
    /// A decoder's state before the step, h_{t−1}.
    HiddenBefore,
    /// A decoder's first state, h_0.
    HiddenFirst,
    /// The forward scan's hidden state, h_t^→.
    Forward,
    /// The reverse scan's, h_t^←.
    Reverse,
    /// Where the forward scan ended, h_T^→.
    ForwardEnd,
    /// Where the reverse scan ended, h_1^←.
    ReverseEnd,
    /// What the encoder's last layer put out, step by step, h̄_j.
    Source,
    /// Its last states side by side, h̄_end.
    SourceEnd,
    /// What a block of self-attention reads, h_t.
    Below,
    /// Queries, keys and values side by side.
    Projections,
    /// What a step asks for, q_t, of a head.
    Query,
    /// What each step that is seen can be found by, k_j, of a head.
    Keys,
    /// What each has to tell, v_j, of a head.
    Told,
    /// How well what is asked for fits each step, e_tj.
    Scores,
    /// Their softmax, α_tj.
    Weights,
    /// A decoder's context, a_t.
    Context,
    /// The mixed values of a head, m_t.
    Mixed,
    /// The mixed values of all heads side by side, m_t.
    AllMixed,
    /// A decoder's state joined with the context, h̃_t.
    Joined,
    /// What a block adds up, s_t.
    Sum,
    /// What a block hands on, h′_t.
    Block,
    /// The output, y_t.
    Output,
    /// What it should be, y*_t: values, or 1 for the right class and 0 for all others; given.
    Wanted,
    /// The step's term of the loss, L_t.
    LossTerm,
    /// 1 / √d′, d′ the width of a head; given.
    OverRootWidth,
    /// One over how many numbers the loss is the mean of; given.
    OverCount,
}

/// The parameters that they read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Learned {
    /// `bridge.weight`.
    Bridge,
    /// `bridge.bias`.
    BridgeBias,
    /// `attention.query.weight`, W_s.
    Query,
    /// `attention.key.weight`, W_h.
    Key,
    /// `attention.score.weight`, v.
    Score,
    /// `attention.combine.weight`, W_c.
    Combine,
    /// `input.weight`.
    Input,
    /// `input.bias`.
    InputBias,
    /// A block's `self_attn.in_proj_weight`.
    Projection,
    /// A block's `self_attn.in_proj_bias`.
    ProjectionBias,
    /// A block's `self_attn.out_proj.weight`.
    Out,
    /// A block's `self_attn.out_proj.bias`.
    OutBias,
    /// A block's `norm1.weight`.
    Norm,
    /// A block's `norm1.bias`.
    NormBias,
    /// `readout.weight`.
    Readout,
    /// `readout.bias`.
    ReadoutBias,
}

impl Learned {
    /// The name among the network's parameters; `layer` is the block's, from 0.
    pub fn name(self, layer: usize) -> String {
        let of_block = |name: &str| format!("blocks.{layer}.{name}");
        match self {
            Learned::Bridge => "bridge.weight".into(),
            Learned::BridgeBias => "bridge.bias".into(),
            Learned::Query => "attention.query.weight".into(),
            Learned::Key => "attention.key.weight".into(),
            Learned::Score => "attention.score.weight".into(),
            Learned::Combine => "attention.combine.weight".into(),
            Learned::Input => "input.weight".into(),
            Learned::InputBias => "input.bias".into(),
            Learned::Projection => of_block("self_attn.in_proj_weight"),
            Learned::ProjectionBias => of_block("self_attn.in_proj_bias"),
            Learned::Out => of_block("self_attn.out_proj.weight"),
            Learned::OutBias => of_block("self_attn.out_proj.bias"),
            Learned::Norm => of_block("norm1.weight"),
            Learned::NormBias => of_block("norm1.bias"),
            Learned::Readout => "readout.weight".into(),
            Learned::ReadoutBias => "readout.bias".into(),
        }
    }

    fn latex(self) -> &'static str {
        match self {
            Learned::Bridge => "W_b",
            Learned::BridgeBias => "b_b",
            Learned::Query => "W_s",
            Learned::Key => "W_h",
            Learned::Score => "v",
            Learned::Combine => "W_c",
            Learned::Projection => "W_{in}",
            Learned::ProjectionBias => "b_{in}",
            Learned::Out => "W_{out}",
            Learned::OutBias => "b_{out}",
            Learned::Norm => "w",
            Learned::Input | Learned::Readout => "W",
            Learned::InputBias | Learned::NormBias | Learned::ReadoutBias => "b",
        }
    }
}

/// How the leaves outside the cells are written.
#[derive(Clone, Copy, Debug)]
pub struct Written;

impl Names<Operand, Learned> for Written {
    fn value(&self, value: Operand) -> String {
        match value {
            Operand::Input => "x_t",
            Operand::Position => "p_t",
            Operand::Hidden | Operand::Below => "h_t",
            Operand::HiddenBefore => "h_{t-1}",
            Operand::HiddenFirst => "h_0",
            Operand::Forward => "h_t^\\rightarrow",
            Operand::Reverse => "h_t^\\leftarrow",
            Operand::ForwardEnd => "h_T^\\rightarrow",
            Operand::ReverseEnd => "h_1^\\leftarrow",
            Operand::Source => "\\bar h_j",
            Operand::SourceEnd => "\\bar h_{\\mathrm{end}}",
            Operand::Projections => "[q_t;\\, k_t;\\, v_t]",
            Operand::Query => "q_t",
            Operand::Keys => "k_j",
            Operand::Told => "v_j",
            Operand::Scores => "e_{tj}",
            Operand::Weights => "\\alpha_{tj}",
            Operand::Context => "a_t",
            Operand::Mixed | Operand::AllMixed => "m_t",
            Operand::Joined => "\\tilde h_t",
            Operand::Sum => "s_t",
            Operand::Block => "h'_t",
            Operand::Output => "y_t",
            Operand::Wanted => "y_t^{*}",
            Operand::LossTerm => "L_t",
            Operand::OverRootWidth => "\\tfrac{1}{\\sqrt{d'}}",
            Operand::OverCount => "\\tfrac{1}{n}",
        }
        .into()
    }

    fn parameter(&self, parameter: Learned) -> String {
        parameter.latex().into()
    }

    fn adjoint(&self, value: Operand) -> String {
        match value {
            Operand::LossTerm => "1".into(),
            Operand::Projections => "[\\partial q_t;\\, \\partial k_t;\\, \\partial v_t]".into(),
            value => format!("\\partial {}", self.value(value)),
        }
    }

    fn is_each(&self, value: Operand) -> bool {
        matches!(
            value,
            Operand::Source | Operand::Keys | Operand::Told | Operand::Scores | Operand::Weights
        )
    }

    fn is_given(&self, value: Operand) -> bool {
        value.is_given()
    }

    fn is_read_once(&self, value: Operand) -> bool {
        matches!(
            value,
            Operand::Scores
                | Operand::Weights
                | Operand::AllMixed
                | Operand::Joined
                | Operand::Sum
                | Operand::Output
        )
    }
}

impl Operand {
    /// Whether it is given, so that it has no adjoint.
    pub fn is_given(self) -> bool {
        matches!(
            self,
            Operand::Position | Operand::Wanted | Operand::OverRootWidth | Operand::OverCount
        )
    }
}

/// An operation outside the cells.
#[derive(Clone, Debug)]
pub struct LineOperation {
    /// What it computes.
    pub output: Operand,
    /// What it does, in one sentence.
    pub sentence: &'static str,
    /// The right-hand side.
    pub formula: Expr<Operand, Learned>,
}

impl LineOperation {
    /// The whole equation as LaTeX.
    pub fn latex(&self) -> String {
        format!(
            "{} = {}",
            Written.value(self.output),
            self.formula.latex(&Written)
        )
    }

    /// What it hands back.
    pub fn shares(&self) -> Vec<Share> {
        shares(&self.formula, self.output, &Written)
    }
}

fn of(operand: Operand) -> Expr<Operand, Learned> {
    Expr::Value(operand)
}

fn bias(parameter: Learned) -> Expr<Operand, Learned> {
    Expr::Vector(parameter)
}

fn beside(left: Operand, right: Operand) -> Expr<Operand, Learned> {
    Expr::Beside(Box::new(of(left)), Box::new(of(right)))
}

fn dots(left: Operand, right: Operand) -> Expr<Operand, Learned> {
    Expr::Dots(Box::new(of(left)), Box::new(of(right)))
}

fn mix(shares: Operand, rows: Operand) -> Expr<Operand, Learned> {
    Expr::Mix(Box::new(of(shares)), Box::new(of(rows)))
}

/// The operation that a line outside the cells stands for in a network with this loss; `None` if it has none.
pub fn operation(network: &Network, loss: Loss, line: Line) -> Option<LineOperation> {
    let operation = |output, sentence, formula| LineOperation {
        output,
        sentence,
        formula,
    };
    let weights = || {
        operation(
            Operand::Weights,
            "The scores become shares that add up to 1.",
            Expr::Softmax(Box::new(of(Operand::Scores))),
        )
    };
    Some(match (network, line) {
        (_, Line::Cell(_)) => return None,
        (_, Line::Loss) => of_loss(loss),
        (_, Line::Readout) => of_readout(network),
        (Network::EncoderDecoder(_), Line::Bridge) => operation(
            Operand::HiddenFirst,
            "The decoder begins with what the encoder's last states say.",
            tanh(product(Learned::Bridge, of(Operand::SourceEnd)) + bias(Learned::BridgeBias)),
        ),
        (Network::EncoderDecoder(it), _) if it.attention == Attention::None => return None,
        (Network::EncoderDecoder(it), Line::Scores) if it.attention == Attention::Additive => {
            let asked = product(Learned::Query, of(Operand::HiddenBefore));
            let found = product(Learned::Key, of(Operand::Source));
            operation(
                Operand::Scores,
                "How well does each source step j fit what the decoder's last state asks for?",
                Expr::ParameterDots(Learned::Score, Box::new(tanh(asked + found))),
            )
        }
        (Network::EncoderDecoder(_), Line::Scores) => operation(
            Operand::Scores,
            "How well does each source step j fit what the decoder's state asks for?",
            dots(Operand::Hidden, Operand::Source),
        ),
        (Network::EncoderDecoder(_), Line::Weights) => weights(),
        (Network::EncoderDecoder(_), Line::Context) => operation(
            Operand::Context,
            "The source's states are read, each by its share.",
            mix(Operand::Weights, Operand::Source),
        ),
        (Network::EncoderDecoder(it), Line::Joined) if it.attention == Attention::Dot => {
            let joined = beside(Operand::Context, Operand::Hidden);
            operation(
                Operand::Joined,
                "What was read is joined with the decoder's state.",
                tanh(product(Learned::Combine, joined)),
            )
        }
        (Network::SelfAttention(it), Line::Embedding) => {
            let read = product(Learned::Input, of(Operand::Input)) + bias(Learned::InputBias);
            operation(
                Operand::Below,
                "The input is brought to the width of the blocks.",
                match it.positions {
                    true => read + of(Operand::Position),
                    false => read,
                },
            )
        }
        (Network::SelfAttention(_), Line::Projections) => operation(
            Operand::Projections,
            "Each step says what it asks for (q), what it can be found by (k) and what it has to tell (v).",
            product(Learned::Projection, of(Operand::Below)) + bias(Learned::ProjectionBias),
        ),
        (Network::SelfAttention(_), Line::Scores) => operation(
            Operand::Scores,
            "How well does what step t asks for fit what each step j can be found by?",
            Expr::Times(
                Operand::OverRootWidth,
                Box::new(dots(Operand::Query, Operand::Keys)),
            ),
        ),
        (Network::SelfAttention(_), Line::Weights) => weights(),
        (Network::SelfAttention(_), Line::Context) => operation(
            Operand::Mixed,
            "What the steps have to tell is mixed by these shares.",
            mix(Operand::Weights, Operand::Told),
        ),
        (Network::SelfAttention(_), Line::Residual) => operation(
            Operand::Sum,
            "What was read is added to what the step had before.",
            of(Operand::Below)
                + product(Learned::Out, of(Operand::AllMixed))
                + bias(Learned::OutBias),
        ),
        (Network::SelfAttention(_), Line::Norm) => operation(
            Operand::Block,
            "The sum is brought to mean 0 and variance 1 over its units, then scaled and shifted.",
            Expr::Normalise(Box::new(of(Operand::Sum))) * bias(Learned::Norm)
                + bias(Learned::NormBias),
        ),
        _ => return None,
    })
}

fn of_loss(loss: Loss) -> LineOperation {
    let (sentence, error) = match loss {
        Loss::MeanSquaredError => (
            "The loss is the mean of the squared errors over all outputs.",
            Expr::Squares(Box::new(of(Operand::Output) - of(Operand::Wanted))),
        ),
        Loss::CrossEntropy => (
            "The loss is small where the right class gets most of the probability.",
            Expr::Surprise(Box::new(of(Operand::Output)), Operand::Wanted),
        ),
    };
    LineOperation {
        output: Operand::LossTerm,
        sentence,
        formula: Expr::Times(Operand::OverCount, Box::new(error)),
    }
}

fn of_readout(network: &Network) -> LineOperation {
    let (sentence, state) = match network {
        Network::EncoderDecoder(it) if it.attention == Attention::Dot => {
            ("The output reads the joined state.", of(Operand::Joined))
        }
        Network::EncoderDecoder(_) => (
            "The output reads the hidden state of this step.",
            of(Operand::Hidden),
        ),
        Network::SelfAttention(_) => (
            "The output reads what the last block put out.",
            of(Operand::Block),
        ),
        Network::Recurrent(stack) => match (stack.bidirectional, stack.readout) {
            (true, Readout::Final) => (
                "The output reads where both scans ended.",
                beside(Operand::ForwardEnd, Operand::ReverseEnd),
            ),
            (true, Readout::Every | Readout::Last) => (
                "The output reads the states of both scans at this step.",
                beside(Operand::Forward, Operand::Reverse),
            ),
            (false, Readout::Every) => (
                "The output reads the hidden state of this step.",
                of(Operand::Hidden),
            ),
            (false, Readout::Last | Readout::Final) => (
                "The output reads the last hidden state.",
                of(Operand::Hidden),
            ),
        },
    };
    LineOperation {
        output: Operand::Output,
        sentence,
        formula: product(Learned::Readout, state) + bias(Learned::ReadoutBias),
    }
}
