//! A random sample of configurations of every kind of network: each gradient against a central difference.

use ndarray::{Array2, Array3};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rnnscope::nn::attention::Attention;
use rnnscope::nn::seq2seq::{self, Feedback, Lengths};
use rnnscope::nn::{
    AnyModel, AnyWorkspace, Cell, Init, Loss, Network, Readout, Record, RecurrentArchitecture,
    Scheme, Target, self_attention,
};
use rnnscope::random::Stream;

/// ε of the central difference: its error is of order ε², rounding's of order 10⁻¹⁶ / ε.
const STEP: f64 = 1e-5;

fn cell() -> impl Strategy<Value = Cell> {
    proptest::sample::select(&Cell::ALL[..])
}

fn readout() -> impl Strategy<Value = Readout> {
    proptest::sample::select(&Readout::ALL[..])
}

prop_compose! {
    fn stack()(
        cell in cell(),
        input_size in 1usize..4,
        hidden_size in 1usize..6,
        num_layers in 1usize..4,
        bidirectional: bool,
        dropout in proptest::sample::select(&[0.0, 0.3][..]),
        output_size in 1usize..4,
        readout in readout(),
    ) -> RecurrentArchitecture {
        RecurrentArchitecture { cell, input_size, hidden_size, num_layers, bidirectional, dropout, output_size, readout }
    }
}

fn network() -> impl Strategy<Value = Network> {
    let attention = proptest::sample::select(&Attention::ALL[..]);
    let encoder_decoder = (stack(), cell(), 1usize..5, attention, any::<bool>()).prop_map(
        |(stack, decoder_cell, size, attention, classes)| {
            Network::EncoderDecoder(seq2seq::Seq2SeqArchitecture {
                // Dot-product attention needs an encoder as wide as the decoder.
                decoder_size: if attention == Attention::Dot {
                    stack.width()
                } else {
                    size
                },
                encoder: RecurrentArchitecture {
                    output_size: 0,
                    readout: Readout::Final,
                    ..stack
                },
                decoder_cell,
                attention,
                feedback: if classes {
                    Feedback::Classes
                } else {
                    Feedback::Values
                },
                output_size: stack.output_size,
            })
        },
    );
    let self_attention = (stack(), 1usize..4, any::<bool>(), any::<bool>()).prop_map(
        |(stack, heads, causal, positions)| {
            Network::SelfAttention(self_attention::SelfAttentionArchitecture {
                input_size: stack.input_size,
                hidden_size: stack.hidden_size * heads,
                heads,
                num_layers: stack.num_layers,
                causal,
                positions,
                output_size: stack.output_size,
                readout: stack.readout,
            })
        },
    );
    prop_oneof![
        stack().prop_map(Network::Recurrent),
        encoder_decoder,
        self_attention
    ]
}

/// A random batch for `network`, ready for a pass: lengths, targets, masks and taught steps are set.
fn batch(
    network: &Network,
    lengths: &[usize],
    outputs: usize,
    loss: Loss,
    stream: &mut Stream,
) -> (AnyWorkspace<f64>, Target<f64>) {
    // What a decoder writes has lengths of its own.
    let answers: Vec<usize> = lengths.iter().rev().map(|length| length + 1).collect();
    let longest = |lengths: &[usize]| lengths.iter().copied().max().unwrap_or(1);
    let room = Lengths {
        source: longest(lengths),
        target: longest(&answers),
    };
    let batch = lengths.len();
    let mut workspace = AnyWorkspace::new(network, room, batch, Record::Training);
    workspace
        .x_mut()
        .mapv_inplace(|_| stream.uniform(-1.0, 1.0));
    workspace.train(&mut stream.clone(), 0.5, &mut Stream::new(3, "forcing"));
    workspace.set_lengths(lengths, &answers);
    let steps = match network {
        Network::EncoderDecoder(_) => room.target,
        _ => network.readout().steps(room.source),
    };
    let target = match loss {
        Loss::MeanSquaredError => {
            Target::Values(Array3::from_shape_fn((steps, batch, outputs), |_| {
                stream.uniform(-1.0, 1.0)
            }))
        }
        Loss::CrossEntropy => Target::Classes(Array2::from_shape_fn((steps, batch), |_| {
            stream.below(outputs)
        })),
    };
    (workspace, target)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, rng_seed: RngSeed::Fixed(5), ..ProptestConfig::default() })]

    /// With a ReLU the loss has corners, on which a central difference means nothing; a parameter whose two one-sided slopes
    /// differ is passed over. So is what feeds back its own values: those are read as given, and the slope sees through them.
    #[test]
    fn gradients_equal_central_differences(
        network in network(),
        lengths in proptest::collection::vec(1usize..6, 1..4),
        seed in 0u64..1000,
        scheme in proptest::sample::select(&[Scheme::Pytorch, Scheme::Normal { std: 0.5 }][..]),
    ) {
        let outputs = network.entries().last().map_or(1, |entry| entry.shape[0]);
        let classes = match &network {
            Network::EncoderDecoder(architecture) => architecture.feedback == Feedback::Classes,
            _ => seed.is_multiple_of(2),
        };
        let loss = if classes { Loss::CrossEntropy } else { Loss::MeanSquaredError };
        let mut stream = Stream::new(seed, "gradients");
        let init = if matches!(network, Network::SelfAttention(_)) { Scheme::Pytorch } else { scheme };
        let mut model = AnyModel::<f64>::new(&network, &Init::from(init), &mut stream);
        let (mut workspace, target) = batch(&network, &lengths, outputs, loss, &mut stream);
        if let AnyWorkspace::EncoderDecoder(workspace) = &mut workspace && !classes {
            workspace.trace.forced.fill(true);
        }
        let mut gradient = vec![0.0; model.parameters().len()];
        model.forward(&mut workspace, &target);
        model.loss(&mut workspace, loss, &target);
        model.backward(&mut workspace, &mut gradient);
        let largest = gradient.iter().fold(1e-3, |largest: f64, g| largest.max(g.abs()));
        let mut loss_at = |model: &mut AnyModel<f64>, index: usize, value: f64| {
            let before = model.parameters()[index];
            model.parameters_mut()[index] = value;
            model.forward(&mut workspace, &target);
            let loss = model.loss(&mut workspace, loss, &target);
            model.parameters_mut()[index] = before;
            loss
        };
        let count = gradient.len();
        for _ in 0..24 {
            let index = stream.below(count);
            let value = model.parameters()[index];
            let [above, here, below] =
                [value + STEP, value, value - STEP].map(|value| loss_at(&mut model, index, value));
            let (right, left) = ((above - here) / STEP, (here - below) / STEP);
            let slope = (above - below) / (2.0 * STEP);
            // A smooth loss bends by far less than this over ε.
            if (right - left).abs() > 1e-3 * largest {
                continue;
            }
            let g = gradient[index];
            prop_assert!(
                (g - slope).abs() <= 2e-6 * largest,
                "parameter {index}: {g:e} against {slope:e}, largest {largest:e}"
            );
        }
    }
}
