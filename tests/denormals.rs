//! No operation of the engine meets a denormal number, counted and not timed: whatever the weights, every kind of network,
//! forward, back, clipped and with every optimiser. And the widest vectors give the same bits as this
//! processor's.

mod counted;

use counted::{Count, Counted, count};
use ndarray::{Array2, Array3};
use rnnscope::nn::attention::Attention;
use rnnscope::nn::kernel::Functions;
use rnnscope::nn::seq2seq::{self, Feedback, Lengths};
use rnnscope::nn::{
    AnyModel, AnyWorkspace, Cell, Clip, Init, Lanes, Loss, Network, Optimizer, OptimizerState,
    Readout, Real, Record, RecurrentArchitecture, Target, self_attention,
};
use rnnscope::random::Stream;

/// As wide as vectors get. Few types, since each is an engine to compile.
type Wide32 = Counted<f32, 16>;
type Wide64 = Counted<f64, 8>;

const STEPS: usize = 36;
const BATCH: usize = 5;
const OUTPUTS: usize = 2;

/// What the first weights are multiplied by: of the recurrent matrices, and of all others.
const WEIGHTS: [(&str, f64, f64); 7] = [
    ("healthy", 1.0, 1.0),
    ("vanishing", 0.3, 1.0),
    ("vanishing soon", 1e-3, 1.0),
    // From here to the floor of f64 in the steps that there are.
    ("vanishing at once", 1e-9, 1.0),
    ("small", 1e-4, 1e-4),
    ("saturated", 30.0, 60.0),
    ("exploding", 4.0, 1.0),
];

const OPTIMIZERS: [fn(f64) -> Optimizer; 4] = [
    |rate| Optimizer::Sgd {
        learning_rate: rate,
        momentum: 0.9,
        weight_decay: 1e-4,
    },
    Optimizer::rms_prop,
    Optimizer::adam,
    Optimizer::adam_w,
];

const CLIPS: [Clip; 3] = [Clip::Off, Clip::Norm(1e-3), Clip::Value(1e-4)];

fn recurrent(cell: Cell, num_layers: usize, bidirectional: bool, readout: Readout) -> Network {
    Network::Recurrent(RecurrentArchitecture {
        cell,
        input_size: 3,
        hidden_size: 9,
        num_layers,
        bidirectional,
        dropout: 0.0,
        output_size: OUTPUTS,
        readout,
    })
}

fn networks() -> Vec<Network> {
    let mut networks = Vec::new();
    for cell in Cell::ALL {
        networks.push(recurrent(cell, 1, false, Readout::Last));
        networks.push(recurrent(cell, 2, true, Readout::Every));
    }
    for attention in Attention::ALL {
        for cell in [Cell::Lstm, Cell::GruResetBefore] {
            networks.push(Network::EncoderDecoder(seq2seq::Seq2SeqArchitecture {
                encoder: RecurrentArchitecture {
                    output_size: 0,
                    readout: Readout::Final,
                    cell,
                    input_size: 3,
                    hidden_size: 9,
                    num_layers: 1,
                    bidirectional: false,
                    dropout: 0.0,
                },
                decoder_cell: cell,
                decoder_size: 9,
                attention,
                feedback: Feedback::Values,
                output_size: OUTPUTS,
            }));
        }
    }
    for causal in [false, true] {
        networks.push(Network::SelfAttention(
            self_attention::SelfAttentionArchitecture {
                input_size: 3,
                hidden_size: 8,
                heads: 2,
                num_layers: 2,
                causal,
                positions: true,
                output_size: OUTPUTS,
                readout: Readout::Every,
            },
        ));
    }
    networks
}

/// A few updates of a network from such weights; its parameters then.
fn train<T: Real>(
    network: &Network,
    (of_recurrent, of_others): (f64, f64),
    loss: Loss,
    optimizer: Optimizer,
    clip: Clip,
) -> Vec<T> {
    let lanes = Lanes::detect();
    let init = Init::default();
    let mut model = AnyModel::<T>::new(network, &init, &mut Stream::new(3, "init"));
    for entry in network.entries() {
        let factor = if entry.name.contains("weight_hh") {
            of_recurrent
        } else {
            of_others
        };
        for p in &mut model.parameters_mut()[entry.range] {
            *p = T::value_of(p.widen() * factor);
        }
    }
    let lengths = Lengths {
        source: STEPS,
        target: STEPS,
    };
    let mut workspace = AnyWorkspace::<T>::new(network, lengths, BATCH, Record::Everything);
    let steps = workspace.y().dim().0;
    let mut stream = Stream::new(4, "data");
    let target = match loss {
        Loss::MeanSquaredError => {
            let shape = (steps, BATCH, OUTPUTS);
            Target::Values(Array3::from_shape_simple_fn(shape, || {
                T::value_of(stream.uniform(-1.0, 1.0))
            }))
        }
        Loss::CrossEntropy => Target::Classes(Array2::from_shape_simple_fn((steps, BATCH), || {
            stream.below(OUTPUTS)
        })),
    };
    workspace.x_mut().mapv_inplace(|_| {
        // Numbers of every size, as files have them, and zeros.
        let size = stream.uniform(-45.0, 1.0);
        let sign = stream.uniform(-1.0, 1.0);
        T::value_of(if sign.abs() < 0.1 {
            0.0
        } else {
            sign * size.exp()
        })
    });
    workspace.set_lengths(&[STEPS, 30, STEPS, 7, 1], &[STEPS, 3, 35, STEPS, 1]);
    let mut gradient = vec![T::ZERO; model.parameters().len()];
    let mut state = OptimizerState::new(gradient.len());
    for _ in 0..2 {
        model.forward(&mut workspace, &target);
        model.loss(&mut workspace, loss, &target);
        model.backward(&mut workspace, &mut gradient);
        clip.apply(lanes, &mut gradient);
        state.update(lanes, optimizer, model.parameters_mut(), &gradient);
    }
    model.parameters().to_vec()
}

fn no_operation_is_denormal<F: Real>() {
    let mut operations = 0;
    for (n, network) in networks().iter().enumerate() {
        for (w, (weights, of_recurrent, of_others)) in WEIGHTS.into_iter().enumerate() {
            // Each with each other would take long; so each is met by many.
            let optimizer = OPTIMIZERS[(n + w) % OPTIMIZERS.len()](1e-3);
            let clip = CLIPS[(n + w) % CLIPS.len()];
            let loss = [Loss::MeanSquaredError, Loss::CrossEntropy][(n / 2 + w) % 2];
            let factors = (of_recurrent, of_others);
            let Count {
                operations: made,
                denormal,
                examples,
            } = count(|| train::<F>(network, factors, loss, optimizer, clip));
            assert_eq!(
                denormal,
                0,
                "{}, {weights} weights, {}, {}, {clip:?}, {}: {examples:?}",
                network.title(),
                loss.title(),
                optimizer.name(),
                F::NAME,
            );
            operations += made;
        }
    }
    assert!(operations > 10_000_000, "{operations}");
}

#[test]
fn no_operation_in_single_precision_meets_a_denormal_number() {
    no_operation_is_denormal::<Wide32>();
}

#[test]
fn no_operation_in_double_precision_meets_a_denormal_number() {
    no_operation_is_denormal::<Wide64>();
}

/// The counter itself: what it must see, and what is none.
#[test]
fn what_is_denormal_is_counted() {
    type One = Counted<f32, 1>;
    let [least, half, tiny] = [f32::MIN_POSITIVE, 0.5, 1e-30].map(Counted::<f32, 1>);
    let denormal = |work: &dyn Fn() -> One| count(work).denormal;
    assert_eq!(denormal(&|| least * half), 1);
    assert_eq!(denormal(&|| Counted(1e-40) + One::ONE), 1);
    // Too small even for a denormal number.
    assert_eq!(denormal(&|| tiny * tiny), 1);
    assert_eq!(denormal(&|| tiny / One::of(1e30)), 1);
    assert_eq!(denormal(&|| tiny.mul_add(tiny, One::ZERO)), 1);
    // What only looks like it.
    assert_eq!(denormal(&|| tiny.mul_add(tiny, One::ONE)), 0);
    assert_eq!(denormal(&|| half.mul_add(half, One::of(-0.25))), 0);
    assert_eq!(denormal(&|| tiny * One::ZERO), 0);
    assert_eq!(denormal(&|| least + least), 0);
    assert_eq!(denormal(&|| One::ONE / One::of(f64::INFINITY)), 0);
    let exponential = count(|| One::of(-80.0).lane().exp());
    assert!(exponential.operations > 5 && exponential.denormal == 0);
}

/// As on a processor with the widest vectors, whichever this one has.
#[test]
fn the_widest_vectors_give_the_same_bits() {
    fn bits<T: Real>(network: &Network) -> Vec<u64> {
        let (loss, optimizer) = (Loss::MeanSquaredError, Optimizer::adam(1e-2));
        let parameters = train::<T>(network, (1.0, 1.0), loss, optimizer, Clip::Norm(1.0));
        parameters.iter().map(|p| p.widen().to_bits()).collect()
    }
    for network in networks() {
        let title = network.title();
        let single = bits::<f32>(&network);
        assert_eq!(single, bits::<Wide32>(&network), "{title}");
        let double = bits::<f64>(&network);
        assert_eq!(double, bits::<Wide64>(&network), "{title}");
    }
}
