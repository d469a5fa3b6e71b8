//! An experiment's network: its `[model]` fitted to its data.

use super::{Answering, DecoderSpec, Kind, ModelSpec};
use crate::data::{Dataset, Targets};
use crate::nn::attention::Attention;
use crate::nn::seq2seq::Feedback;
use crate::nn::{Architecture, Network, Readout, self_attention, seq2seq};

/// The network of `model` for `dataset`.
pub(super) fn network(model: &ModelSpec, dataset: &Dataset) -> Network {
    match model.kind {
        Kind::Recurrent => Network::Recurrent(Architecture {
            output_size: dataset.output_size(),
            readout: model.readout,
            ..stack(model, dataset)
        }),
        Kind::EncoderDecoder { decoder } => {
            Network::EncoderDecoder(encoder_decoder(model, decoder, dataset))
        }
        Kind::SelfAttention {
            heads,
            causal,
            positions,
        } => Network::SelfAttention(self_attention::Architecture {
            input_size: dataset.input_size(),
            hidden_size: model.hidden_size,
            heads,
            num_layers: model.num_layers,
            causal,
            positions,
            output_size: dataset.output_size(),
            readout: model.readout,
        }),
    }
}

/// The recurrent layers of a model, without a readout.
fn stack(model: &ModelSpec, dataset: &Dataset) -> Architecture {
    Architecture {
        cell: model.cell,
        input_size: dataset.input_size(),
        hidden_size: model.hidden_size,
        num_layers: model.num_layers,
        bidirectional: model.bidirectional,
        dropout: model.dropout,
        output_size: 0,
        readout: Readout::Final,
    }
}

fn encoder_decoder(
    model: &ModelSpec,
    decoder: DecoderSpec,
    dataset: &Dataset,
) -> seq2seq::Architecture {
    seq2seq::Architecture {
        encoder: stack(model, dataset),
        decoder_cell: decoder.cell,
        decoder_size: decoder.hidden_size,
        attention: decoder.attention,
        feedback: match dataset.targets {
            Targets::Values(_) => Feedback::Values,
            Targets::Classes { .. } => Feedback::Classes,
        },
        output_size: Answering::of(model, dataset).output_size(dataset),
    }
}

/// How many values the forward and backward record of a sequence of so many steps has, or somewhat more. Only a decoder
/// has steps of the target's.
///
/// In 128 bits nothing here overflows: every size has been read from a text that limits it.
pub(super) fn record(network: &Network, lengths: seq2seq::Lengths) -> u128 {
    let seq_len = lengths.source;
    let steps = wide(seq_len);
    match network {
        Network::Recurrent(architecture) => {
            let outputs = architecture.readout.steps(seq_len);
            stack_record(architecture, seq_len) + 2 * wide(outputs) * wide(architecture.output_size)
        }
        Network::EncoderDecoder(architecture) => {
            let (encoder, decoder) = (&architecture.encoder, architecture.decoder());
            let (width, state) = (wide(encoder.width()), wide(decoder.hidden_size));
            // At each of the decoder's steps it may look at all of the encoder's. Forward and back alike: scores and
            // weights, contexts, and what only one kind of attention has, by steps of the longer of the two.
            let steps = wide(lengths.source.max(lengths.target));
            let attention = match architecture.attention {
                Attention::None => 0,
                Attention::Additive => 2 * steps * (2 * steps + width + 2 * state),
                Attention::Dot => 2 * steps * (2 * steps + 2 * width + 2 * state),
            };
            stack_record(encoder, seq_len)
                + stack_record(&decoder, lengths.target)
                + attention
                + 3 * steps * wide(architecture.output_size)
        }
        Network::SelfAttention(architecture) => {
            // Per block, forward and back alike: queries, keys, values, mixed values, sums and states, and the weights of
            // every pair of steps.
            let width = wide(architecture.hidden_size);
            let block = 7 * steps * width + wide(architecture.heads) * steps * steps;
            let outputs = wide(architecture.readout.steps(seq_len));
            let within = wide(architecture.num_layers) * block + steps * width;
            steps * wide(architecture.input_size)
                + 2 * (within + outputs * wide(architecture.output_size))
        }
    }
}

/// The values that a stack of layers records, its input included.
fn stack_record(architecture: &Architecture, seq_len: usize) -> u128 {
    let width = wide(architecture.width());
    // Per unit and step: the quantities on the way forward; on the way back the sums inside the blocks, what comes from
    // above, and one more for what only some cells keep.
    let cell = architecture.cell;
    let per_unit = wide(cell.quantities().len() + cell.blocks() + 2);
    // What a layer puts out is its h, unless two directions are joined.
    let joined = if architecture.bidirectional { 2 } else { 0 };
    let layers = wide(architecture.num_layers) * (per_unit + joined);
    // A mask and what it leaves, after every layer but the last.
    let dropped = if architecture.dropout > 0.0 {
        2 * wide(architecture.num_layers.saturating_sub(1))
    } else {
        0
    };
    wide(seq_len) * (width * (layers + dropped) + wide(architecture.input_size))
}

fn wide(count: usize) -> u128 {
    count as u128
}
