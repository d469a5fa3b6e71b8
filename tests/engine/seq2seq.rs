//! Encoder–decoder and attention against PyTorch, against central differences, and over padding.

use crate::recipe::{assert_fingerprint, bits, wave};
use ndarray::{Array2, Array3, ArrayView3, s};
use rnnscope::nn::attention::Attention;
use rnnscope::nn::seq2seq::{
    Feedback, Lengths, Seq2SeqArchitecture, Seq2SeqModel, Seq2SeqWorkspace,
};
use rnnscope::nn::{self, Cell, Init, Lanes, Loss, Quantity, Readout, Real, Record, Target};
use rnnscope::random::Stream;
use serde_json::Value;

/// How many steps each source and each target of a batch has.
#[derive(Clone, Copy)]
struct Batch<'a> {
    source: &'a [usize],
    target: &'a [usize],
}

impl Batch<'_> {
    fn longest(&self) -> Lengths {
        let longest = |lengths: &[usize]| lengths.iter().copied().max().unwrap();
        Lengths {
            source: longest(self.source),
            target: longest(self.target),
        }
    }
}

fn encoder(
    cell: Cell,
    hidden_size: usize,
    num_layers: usize,
    bidirectional: bool,
) -> nn::RecurrentArchitecture {
    nn::RecurrentArchitecture {
        cell,
        input_size: 2,
        hidden_size,
        num_layers,
        bidirectional,
        dropout: 0.0,
        output_size: 0,
        readout: Readout::Final,
    }
}

/// The loss that goes with what the outputs are.
fn loss_of(architecture: &Seq2SeqArchitecture) -> Loss {
    match architecture.feedback {
        Feedback::Values => Loss::MeanSquaredError,
        Feedback::Classes => Loss::CrossEntropy,
    }
}

/// The recipe of `fixtures/seq2seq.py`: the k-th parameter is 0.5 sin(0.7 k), the i-th element of x cos(0.3 i) and of a target
/// sin(0.2 i), the class at place p is 2 p mod outputs.
fn recipe<T: Real>(
    lanes: Lanes,
    architecture: Seq2SeqArchitecture,
    batch: Batch<'_>,
    forced: &[bool],
    record: Record,
) -> (Seq2SeqModel<T>, Seq2SeqWorkspace<T>, Target<T>) {
    let count = architecture.parameter_count().unwrap();
    let parameters = (1..=count)
        .map(|k| T::of(0.5 * wave(k, f64::sin, 0.7)))
        .collect();
    let rows = batch.source.len();
    let mut workspace = Seq2SeqWorkspace::on(lanes, &architecture, batch.longest(), rows, record);
    let source = &mut workspace.encoder.trace;
    for (i, x) in source.x.iter_mut().enumerate() {
        *x = T::of(wave(i + 1, f64::cos, 0.3));
    }
    source.set_lengths(batch.source.iter().copied());
    let (steps, outputs) = (batch.longest().target, architecture.output_size);
    let target = match architecture.feedback {
        Feedback::Values => {
            let place = |(t, b, o)| (t * rows + b) * outputs + o + 1;
            let value = |at| T::of(wave(place(at), f64::sin, 0.2));
            Target::Values(Array3::from_shape_fn((steps, rows, outputs), value))
        }
        Feedback::Classes => Target::Classes(Array2::from_shape_fn((steps, rows), |(t, b)| {
            2 * (t * rows + b) % outputs
        })),
    };
    workspace.trace.set_lengths(batch.target.iter().copied());
    workspace.trace.set_target(&target);
    workspace.trace.forced.copy_from_slice(&forced[..steps]);
    let model = Seq2SeqModel {
        architecture,
        parameters,
    };
    (model, workspace, target)
}

/// A pass there and back: the loss and the gradient.
fn pass<T: Real>(
    model: &Seq2SeqModel<T>,
    workspace: &mut Seq2SeqWorkspace<T>,
    target: &Target<T>,
) -> (f64, Vec<T>) {
    model.forward(workspace);
    let value = model.loss(workspace, loss_of(&model.architecture), target);
    let mut gradient = vec![T::of(9.0); model.parameters.len()];
    model.backward(workspace, &mut gradient);
    (value, gradient)
}

fn equals_pytorch<T: Real>(tolerance: f64) {
    let fixture: Value = serde_json::from_str(include_str!("../fixtures/seq2seq.json")).unwrap();
    let cases = fixture["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 11);
    for (number, case) in cases.iter().enumerate() {
        let size = |key: &str| case[key].as_u64().unwrap() as usize;
        let list = |key: &str| case[key].as_array().unwrap().iter();
        let lengths = |key| {
            list(key)
                .map(|l| l.as_u64().unwrap() as usize)
                .collect::<Vec<_>>()
        };
        let forced: Vec<bool> = list("forced").map(|f| f.as_bool().unwrap()).collect();
        let cell = |key: &str| Cell::from_name(case[key].as_str().unwrap()).unwrap();
        let (source, target) = (lengths("source_lengths"), lengths("target_lengths"));
        let batch = Batch {
            source: &source,
            target: &target,
        };
        let architecture = Seq2SeqArchitecture {
            encoder: nn::RecurrentArchitecture {
                input_size: size("input_size"),
                ..encoder(
                    cell("encoder"),
                    size("hidden_size"),
                    size("num_layers"),
                    case["bidirectional"].as_bool().unwrap(),
                )
            },
            decoder_cell: cell("decoder"),
            decoder_size: size("decoder_size"),
            attention: Attention::from_name(case["attention"].as_str().unwrap()).unwrap(),
            feedback: if case["classes"].as_bool().unwrap() {
                Feedback::Classes
            } else {
                Feedback::Values
            },
            output_size: size("output_size"),
        };
        let (lanes, record) = (Lanes::detect(), Record::Everything);
        let (model, mut workspace, target) =
            recipe::<T>(lanes, architecture, batch, &forced, record);
        let (value, gradient) = pass(&model, &mut workspace, &target);
        let expected = case["loss"].as_f64().unwrap();
        assert!(
            (value - expected).abs() <= tolerance * expected,
            "case {number}: loss {value:e}, expected {expected:e}"
        );
        let check = |values: Vec<T>, expected: &Value, what: &str| {
            let what = format!("case {number}: {what}");
            assert_fingerprint(&values, expected, tolerance, &what);
        };
        // Over padding the decoder's state is held; PyTorch's loop runs on there.
        let valid = |values: ArrayView3<'_, T>| {
            let mut values = values.to_owned();
            for (b, &length) in batch.target.iter().enumerate() {
                values.slice_mut(s![length.., b, ..]).fill(T::ZERO);
            }
            values.iter().copied().collect::<Vec<T>>()
        };
        let (trace, adjoints) = (&workspace.trace, &workspace.adjoints);
        let top = architecture.encoder.num_layers - 1;
        let encoder = &workspace.encoder.adjoints;
        let all = |values: &Array3<T>| values.iter().copied().collect::<Vec<T>>();
        let initial = |values: &Array2<T>| values.iter().copied().collect::<Vec<T>>();
        let mut tensors = vec![
            ("y", all(&trace.y)),
            ("h0", initial(&trace.decoder.h0)),
            ("d_h0", initial(&adjoints.decoder.d_h0)),
            ("h", valid(trace.get(Quantity::H).unwrap())),
            ("d_h", valid(adjoints.get(Quantity::H).unwrap())),
            ("d_source", all(encoder.output(top))),
            ("d_x", all(&encoder.d_x)),
        ];
        if architecture.attention != Attention::None {
            tensors.extend([
                ("weights", all(&trace.attention.weights)),
                ("d_weights", all(&adjoints.attention.d_weights)),
                ("context", all(&trace.attention.context)),
                ("d_context", all(&adjoints.attention.d_context)),
            ]);
        }
        let recorded = case["recorded"].as_object().unwrap();
        assert_eq!(recorded.len(), tensors.len());
        for (name, values) in tensors {
            check(values, &recorded[name], name);
        }
        let entries = architecture.entries();
        let gradients = case["gradients"].as_object().unwrap();
        assert_eq!(entries.len(), gradients.len());
        assert_eq!(entries.last().unwrap().range.end, gradient.len());
        for entry in entries {
            let values = gradient[entry.range].to_vec();
            check(values, &gradients[&entry.name], &entry.name);
        }
    }
}

#[test]
fn every_state_and_gradient_equals_pytorch_in_f64() {
    equals_pytorch::<f64>(1e-10);
}

#[test]
fn every_state_and_gradient_equals_pytorch_in_f32() {
    equals_pytorch::<f32>(1e-5);
}

const FULL: Batch<'static> = Batch {
    source: &[3, 3],
    target: &[4, 4],
};
const RAGGED: Batch<'static> = Batch {
    source: &[1, 4, 3],
    target: &[4, 1, 3],
};
const FORCED: [bool; 4] = [true, true, false, true];

/// Every attention with every decoder cell, values and classes in turn.
fn architectures() -> Vec<Seq2SeqArchitecture> {
    let mut all = Vec::new();
    for attention in Attention::ALL {
        for (index, decoder_cell) in Cell::ALL.into_iter().enumerate() {
            let bidirectional = index % 2 == 1;
            let encoder_cell = Cell::ALL[(index + 3) % Cell::ALL.len()];
            all.push(Seq2SeqArchitecture {
                encoder: encoder(
                    encoder_cell,
                    if bidirectional { 2 } else { 4 },
                    1,
                    bidirectional,
                ),
                decoder_cell,
                decoder_size: if attention == Attention::Dot { 4 } else { 3 },
                attention,
                feedback: if index % 3 == 0 {
                    Feedback::Values
                } else {
                    Feedback::Classes
                },
                output_size: 2,
            });
        }
    }
    all
}

/// Own outputs that are read again are classes or, where they would be values, the true ones: through those no gradient
/// flows, while a central difference would see them move.
#[test]
fn every_gradient_equals_central_differences() {
    for architecture in architectures() {
        for batch in [FULL, RAGGED] {
            let forced = match architecture.feedback {
                Feedback::Values => [true; 4],
                Feedback::Classes => FORCED,
            };
            let (mut model, mut workspace, target) = recipe::<f64>(
                Lanes::detect(),
                architecture,
                batch,
                &forced,
                Record::Everything,
            );
            let (_, gradient) = pass(&model, &mut workspace, &target);
            let d_x = workspace.encoder.adjoints.d_x.clone();
            let loss = loss_of(&architecture);
            let mut slope = |model: &mut Seq2SeqModel<f64>, index: usize, of_x: bool| {
                let mut loss_at = |step: f64| {
                    let place = if of_x {
                        &mut workspace.encoder.trace.x.as_slice_mut().unwrap()[index]
                    } else {
                        &mut model.parameters[index]
                    };
                    let value = *place;
                    *place = value + step;
                    model.forward(&mut workspace);
                    let result = model.loss(&mut workspace, loss, &target);
                    if of_x {
                        workspace.encoder.trace.x.as_slice_mut().unwrap()[index] = value;
                    } else {
                        model.parameters[index] = value;
                    }
                    result
                };
                (loss_at(1e-5) - loss_at(-1e-5)) / 2e-5
            };
            for (index, &expected) in gradient.iter().enumerate() {
                let found = slope(&mut model, index, false);
                assert!(
                    (found - expected).abs() < 1e-8,
                    "parameter {index} of {architecture:?}: {found:e}, backpropagation {expected:e}"
                );
            }
            for (index, &expected) in d_x.iter().enumerate() {
                let (b, t) = (
                    index / 2 % batch.source.len(),
                    index / 2 / batch.source.len(),
                );
                let found = slope(&mut model, index, true);
                assert!(
                    (found - expected).abs() < 1e-8,
                    "x at {t}, {b} of {architecture:?}: {found:e}, backpropagation {expected:e}"
                );
            }
        }
    }
}

/// Every number that a pass left.
fn numbers(workspace: &Seq2SeqWorkspace<f64>) -> Vec<f64> {
    let (trace, encoder) = (&workspace.trace, &workspace.encoder.trace);
    let decoder = trace.decoder.h.iter().chain(&trace.decoder.h0);
    let attention = &trace.attention;
    let read = attention.scores.iter().chain(&attention.weights);
    let read = read.chain(&attention.context).chain(&attention.keys);
    let read = read.chain(&trace.attentional).chain(&trace.joined);
    let encoded = encoder.output(0).iter().chain(&trace.encoded);
    let all = decoder.chain(read).chain(encoded);
    all.chain(&trace.x).chain(&trace.y).copied().collect()
}

#[test]
fn plain_and_vector_lanes_give_the_same_bits() {
    let large = Seq2SeqArchitecture {
        encoder: encoder(Cell::Gru, 9, 1, true),
        decoder_cell: Cell::Lstm,
        decoder_size: 18,
        attention: Attention::Additive,
        feedback: Feedback::Classes,
        output_size: 5,
    };
    let dot = Seq2SeqArchitecture {
        attention: Attention::Dot,
        ..large
    };
    let long = Batch {
        source: &[37, 19],
        target: &[4, 3],
    };
    let small = architectures().into_iter().map(|small| (small, RAGGED));
    for (architecture, batch) in small.chain([(large, long), (dot, long)]) {
        let run = |lanes| {
            let record = Record::Everything;
            let (model, mut workspace, target) =
                recipe::<f64>(lanes, architecture, batch, &FORCED, record);
            let (loss, gradient) = pass(&model, &mut workspace, &target);
            let d_x = bits(workspace.encoder.adjoints.d_x.iter().copied());
            let d_weights = &workspace.adjoints.attention.d_weights;
            let d_weights = bits(d_weights.iter().copied());
            let trace = bits(numbers(&workspace));
            (loss.to_bits(), bits(gradient), trace, d_x, d_weights)
        };
        assert!(
            run(Lanes::plain()) == run(Lanes::detect()),
            "{architecture:?}"
        );
    }
}

#[test]
fn training_keeps_less_and_computes_the_same_bits() {
    for architecture in architectures() {
        let run = |record| {
            let (model, mut workspace, target) =
                recipe::<f64>(Lanes::detect(), architecture, RAGGED, &FORCED, record);
            let (loss, gradient) = pass(&model, &mut workspace, &target);
            (loss.to_bits(), bits(gradient), bits(numbers(&workspace)))
        };
        assert!(
            run(Record::Training) == run(Record::Everything),
            "{architecture:?}"
        );
    }
}

#[test]
fn padding_is_zero_everywhere_and_each_pair_runs_as_if_alone() {
    for architecture in architectures() {
        let (lanes, record) = (Lanes::detect(), Record::Everything);
        let (model, mut workspace, target) =
            recipe::<f64>(lanes, architecture, RAGGED, &FORCED, record);
        pass(&model, &mut workspace, &target);
        let (trace, adjoints) = (&workspace.trace, &workspace.adjoints);
        let encoder = &workspace.encoder;
        for (b, (&source, &length)) in RAGGED.source.iter().zip(RAGGED.target).enumerate() {
            let zero = |array: &Array3<f64>, from: usize| {
                array.slice(s![from.., b, ..]).iter().all(|&x| x == 0.0)
            };
            assert!(zero(encoder.trace.output(0), source) && zero(&encoder.adjoints.d_x, source));
            assert!(zero(encoder.adjoints.output(0), source));
            assert!(zero(&adjoints.attention.d_keys, source));
            for array in [
                &trace.x,
                &trace.y,
                &trace.joined,
                &trace.attentional,
                &trace.attention.scores,
                &trace.attention.weights,
                &trace.attention.context,
                &adjoints.d_x,
                &adjoints.d_y,
                &adjoints.d_joined,
                &adjoints.d_attentional,
                &adjoints.decoder.d_h,
                &adjoints.decoder.d_pre,
                &adjoints.attention.d_queries,
                &adjoints.attention.d_scores,
                &adjoints.attention.d_weights,
                &adjoints.attention.d_context,
            ] {
                assert!(zero(array, length), "{architecture:?}");
            }
            for pairs in [
                &trace.attention.scores,
                &trace.attention.weights,
                &adjoints.attention.d_scores,
                &adjoints.attention.d_weights,
            ] {
                if architecture.attention != Attention::None {
                    let hidden = pairs.slice(s![.., b, source..]);
                    assert!(hidden.iter().all(|&x| x == 0.0), "{architecture:?}");
                }
            }
            // The same pair without the others and without padding.
            let alone = Batch {
                source: &[source],
                target: &[length],
            };
            let (_, mut alone, _) = recipe::<f64>(lanes, architecture, alone, &FORCED, record);
            let x = encoder.trace.x.slice(s![..source, b..=b, ..]);
            alone.encoder.trace.x.assign(&x);
            let teacher = trace.teacher.slice(s![..length, b..=b, ..]);
            alone.trace.teacher.assign(&teacher);
            model.forward(&mut alone);
            let beside = trace.y.slice(s![..length, b..=b, ..]);
            for (alone, beside) in alone.trace.y.iter().zip(&beside) {
                assert!((alone - beside).abs() <= 1e-13, "{alone} {beside}");
            }
        }
    }
}

#[test]
fn weights_of_every_step_add_up_to_one() {
    for architecture in architectures() {
        let (lanes, record) = (Lanes::detect(), Record::Training);
        let (model, mut workspace, _) = recipe::<f64>(lanes, architecture, RAGGED, &FORCED, record);
        model.forward(&mut workspace);
        let weights = &workspace.trace.attention.weights;
        for ((t, b), sum) in weights.sum_axis(ndarray::Axis(2)).indexed_iter() {
            let alive = architecture.attention != Attention::None && t < RAGGED.target[b];
            assert!((sum - f64::from(u8::from(alive))).abs() < 1e-15, "{sum}");
        }
    }
}

#[test]
fn decoding_reads_its_own_outputs_and_not_the_target() {
    for architecture in architectures() {
        let (lanes, record) = (Lanes::detect(), Record::Training);
        let (model, mut workspace, _) =
            recipe::<f64>(lanes, architecture, FULL, &[true; 4], record);
        model.forward(&mut workspace);
        workspace.trace.teacher.fill(f64::NAN);
        model.decode(&mut workspace);
        let (x, y) = (&workspace.trace.x, &workspace.trace.y);
        for t in 1..4 {
            for b in 0..2 {
                let read = x.slice(s![t, b, ..2]).to_vec();
                let own = y.slice(s![t - 1, b, ..]).to_vec();
                let expected = match architecture.feedback {
                    Feedback::Values => own,
                    Feedback::Classes if own[0] < own[1] => vec![0.0, 1.0],
                    Feedback::Classes => vec![1.0, 0.0],
                };
                assert_eq!(read, expected);
            }
        }
        assert!(x.slice(s![0, .., ..2]).iter().all(|&x| x == 0.0));
    }
}

#[test]
fn the_share_of_forced_steps_is_the_ratio_asked_for() {
    let architecture = architectures()[0];
    let lengths = Lengths {
        source: 1,
        target: 4_000,
    };
    let mut trace = nn::seq2seq::Seq2SeqTrace::<f64>::new(&architecture, lengths, 1);
    let mut share = |ratio: f64| {
        trace.draw_forcing(ratio, &mut Stream::new(1, "teacher forcing"));
        trace.forced.iter().filter(|&&forced| forced).count()
    };
    assert_eq!((share(0.0), share(1.0)), (0, 4_000));
    // Four standard errors: 4 · √(4000 · 0.25 · 0.75).
    assert!(share(0.25).abs_diff(1_000) < 110);
}

/// Encoder and decoder begin as PyTorch's recurrent layers do, the rest as its linear maps.
#[test]
fn first_parameters_have_pytorchs_bounds() {
    for attention in [Attention::Additive, Attention::Dot] {
        let architecture = Seq2SeqArchitecture {
            encoder: encoder(Cell::Lstm, 8, 2, true),
            decoder_cell: Cell::Gru,
            decoder_size: 16,
            attention,
            feedback: Feedback::Classes,
            output_size: 7,
        };
        let model =
            Seq2SeqModel::<f64>::new(architecture, &Init::default(), &mut Stream::new(1, "init"));
        assert_eq!(
            model.parameters.len(),
            architecture.parameter_count().unwrap()
        );
        for entry in architecture.entries() {
            let inputs: f64 = match entry.name.as_str() {
                name if name.starts_with("encoder.") => 8.0,
                "attention.combine.weight" => 32.0,
                _ => 16.0,
            };
            let bound = 1.0 / inputs.sqrt();
            let values = &model.parameters[entry.range.clone()];
            let largest = values
                .iter()
                .fold(0.0, |largest: f64, x| largest.max(x.abs()));
            assert!(
                largest <= bound && (values.len() < 16 || largest >= 0.6 * bound),
                "{}: {largest}",
                entry.name
            );
        }
    }
}
