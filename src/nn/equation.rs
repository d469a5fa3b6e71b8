//! What each operation of a network computes, in one sentence and typeset, and what it hands back: the lines that a learner
//! walks through ([`super::schedule`]).
//!
//! A cell's lines come from its own file, all others from [`super::line`]; [`super::expr`] evaluates, differentiates and
//! typesets both. ∂q stands for ∂L/∂q throughout.

use super::attention::Attention;
use super::expr::{Operation, Share};
use super::{
    Cell, Direction, Line, Loss, Network, Place, Quantity, Station, gru, gru_reset_before, line,
    lstm, lstm_1997, rnn,
};

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
                    told.noted("x is the output before, and the context a: [yₜ₋₁; aₜ].")
                }
                (Network::EncoderDecoder(_), 1, _) => told.noted("x is the output before: yₜ₋₁."),
                (_, _, 0) => told,
                (..) if below => {
                    told.noted("x is what both scans of the layer below put out: [h→; h←].")
                }
                _ => told.noted("x is the h of the layer below."),
            })
        }
        _ => {
            let line = line::operation(network, loss, station.line)?;
            Some(told(line.sentence, line.latex(), line.shares()))
        }
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
    // tanh c is its own name.
    let forward = match forward.split_once(" = ") {
        Some((name, formula)) if name == formula => name.to_owned(),
        _ => forward,
    };
    Some(told(operation.sentence, forward, shares.collect()))
}

impl Cell {
    /// Its equations in reading order.
    pub fn operations(self) -> Vec<Operation> {
        match self {
            Cell::RnnTanh | Cell::RnnRelu | Cell::RnnLinear => rnn::operations(self),
            Cell::Lstm => lstm::operations(),
            Cell::Lstm1997 => lstm_1997::operations(),
            Cell::Gru => gru::operations(),
            Cell::GruResetBefore => gru_reset_before::operations(),
        }
    }
}
