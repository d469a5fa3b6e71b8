//! An experiment's network: its `[model]` fitted to its data.

use super::{Answering, DecoderSpec, ModelKind, ModelSpec};
use crate::data::{Dataset, Targets};
use crate::nn::seq2seq::Feedback;
use crate::nn::{Network, Readout, RecurrentArchitecture, self_attention, seq2seq};

/// The network of `model` for `dataset`.
pub(super) fn network(model: &ModelSpec, dataset: &Dataset) -> Network {
    match model.kind {
        ModelKind::Recurrent => Network::Recurrent(RecurrentArchitecture {
            output_size: dataset.output_size(),
            readout: model.readout,
            ..stack(model, dataset)
        }),
        ModelKind::EncoderDecoder { decoder } => {
            Network::EncoderDecoder(encoder_decoder(model, decoder, dataset))
        }
        ModelKind::SelfAttention {
            heads,
            causal,
            positions,
        } => Network::SelfAttention(self_attention::SelfAttentionArchitecture {
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
fn stack(model: &ModelSpec, dataset: &Dataset) -> RecurrentArchitecture {
    RecurrentArchitecture {
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
) -> seq2seq::Seq2SeqArchitecture {
    seq2seq::Seq2SeqArchitecture {
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
