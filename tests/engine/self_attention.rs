//! Self-attention against PyTorch, against central differences, and over padding.

use crate::recipe::{assert_fingerprint, bits, wave};
use ndarray::{Array2, Array3, s};
use rnnscope::nn::self_attention::{
    SelfAttentionArchitecture, SelfAttentionModel, SelfAttentionTrace, SelfAttentionWorkspace,
};
use rnnscope::nn::{Init, Lanes, Loss, Quantity, Readout, Real, Record, Target};
use rnnscope::random::Stream;
use serde_json::Value;

/// The recipe of `fixtures/self_attention.py`: the k-th parameter is 0.5 sin(0.7 k), the i-th element of x cos(0.3 i).
fn recipe<T: Real>(
    lanes: Lanes,
    architecture: SelfAttentionArchitecture,
    seq_len: usize,
    lengths: &[usize],
    record: Record,
) -> (SelfAttentionModel<T>, SelfAttentionWorkspace<T>) {
    let count = architecture.parameter_count().unwrap();
    let parameters = (1..=count)
        .map(|k| T::of(0.5 * wave(k, f64::sin, 0.7)))
        .collect();
    let mut workspace =
        SelfAttentionWorkspace::on(lanes, &architecture, seq_len, lengths.len(), record);
    for (i, x) in workspace.trace.x.iter_mut().enumerate() {
        *x = T::of(wave(i + 1, f64::cos, 0.3));
    }
    workspace.trace.set_lengths(lengths.iter().copied());
    let model = SelfAttentionModel {
        architecture,
        parameters,
    };
    (model, workspace)
}

/// The recipe's target: sin(0.2 i), or at place p the class p mod outputs.
fn target<T: Real>(y: &Array3<T>, loss: Loss) -> Target<T> {
    let (steps, batch, outputs) = y.dim();
    match loss {
        Loss::MeanSquaredError => Target::Values(Array3::from_shape_fn(y.dim(), |(t, b, o)| {
            T::of(wave((t * batch + b) * outputs + o + 1, f64::sin, 0.2))
        })),
        Loss::CrossEntropy => Target::Classes(Array2::from_shape_fn((steps, batch), |(t, b)| {
            (t * batch + b) % outputs
        })),
    }
}

/// A pass there and back: the loss and the gradient.
fn pass<T: Real>(
    model: &SelfAttentionModel<T>,
    workspace: &mut SelfAttentionWorkspace<T>,
    loss: Loss,
) -> (f64, Vec<T>) {
    model.forward(workspace);
    let target = target(&workspace.trace.y, loss);
    let value = model.loss(workspace, loss, &target);
    let mut gradient = vec![T::of(9.0); model.parameters.len()];
    model.backward(workspace, &mut gradient);
    (value, gradient)
}

fn equals_pytorch<T: Real>(tolerance: f64) {
    let fixture = include_str!("../fixtures/self_attention.json");
    let fixture: Value = serde_json::from_str(fixture).unwrap();
    let cases = fixture["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 9);
    for (number, case) in cases.iter().enumerate() {
        let size = |key: &str| case[key].as_u64().unwrap() as usize;
        let switch = |key: &str| case[key].as_bool().unwrap();
        let architecture = SelfAttentionArchitecture {
            input_size: size("input_size"),
            hidden_size: size("hidden_size"),
            heads: size("heads"),
            num_layers: size("num_layers"),
            causal: switch("causal"),
            positions: switch("positions"),
            output_size: size("output_size"),
            readout: if case["readout"] == "every" {
                Readout::Every
            } else {
                Readout::Last
            },
        };
        let loss = if switch("classes") {
            Loss::CrossEntropy
        } else {
            Loss::MeanSquaredError
        };
        let lengths = case["lengths"].as_array().unwrap().iter();
        let lengths: Vec<usize> = lengths.map(|l| l.as_u64().unwrap() as usize).collect();
        let (model, mut workspace) = recipe::<T>(
            Lanes::detect(),
            architecture,
            size("seq_len"),
            &lengths,
            Record::Everything,
        );
        let (value, gradient) = pass(&model, &mut workspace, loss);
        let expected = case["loss"].as_f64().unwrap();
        assert!(
            (value - expected).abs() <= tolerance * expected,
            "case {number}: loss {value:e}, expected {expected:e}"
        );
        let check = |values: Vec<T>, expected: &Value, what: &str| {
            let what = format!("case {number}: {what}");
            assert_fingerprint(&values, expected, tolerance, &what);
        };
        let (trace, adjoints) = (&workspace.trace, &workspace.adjoints);
        check(trace.y.iter().copied().collect(), &case["y"], "y");
        check(adjoints.d_x.iter().copied().collect(), &case["d_x"], "d_x");
        for layer in 0..architecture.num_layers {
            let h = trace.get(layer, Quantity::H).unwrap();
            check(h.iter().copied().collect(), &case["h"][layer], "h");
            let d_h = adjoints.get(layer, Quantity::H).unwrap();
            check(d_h.iter().copied().collect(), &case["d_h"][layer], "d_h");
            let weights = trace.blocks[layer].weights.iter().copied().collect();
            check(weights, &case["weights"][layer], "weights");
        }
        let entries = architecture.entries();
        assert_eq!(entries.len(), case["gradients"].as_object().unwrap().len());
        assert_eq!(
            entries.last().unwrap().range.end,
            architecture.parameter_count().unwrap()
        );
        for entry in entries {
            let expected = &case["gradients"][&entry.name];
            check(gradient[entry.range].to_vec(), expected, &entry.name);
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

const FULL: &[usize] = &[4, 4];
const RAGGED: &[usize] = &[2, 4, 1];

fn architectures() -> Vec<SelfAttentionArchitecture> {
    let mut all = Vec::new();
    for heads in [1, 2] {
        for causal in [false, true] {
            for readout in [Readout::Last, Readout::Every] {
                all.push(SelfAttentionArchitecture {
                    input_size: 2,
                    hidden_size: 4,
                    heads,
                    num_layers: 2,
                    causal,
                    positions: !causal || heads == 2,
                    output_size: 2,
                    readout,
                });
            }
        }
    }
    all
}

/// The loss's slope along every parameter and every element of x.
#[test]
fn every_gradient_equals_central_differences() {
    for architecture in architectures() {
        for (lengths, loss) in [(FULL, Loss::MeanSquaredError), (RAGGED, Loss::CrossEntropy)] {
            let (mut model, mut workspace) = recipe::<f64>(
                Lanes::detect(),
                architecture,
                4,
                lengths,
                Record::Everything,
            );
            let (_, gradient) = pass(&model, &mut workspace, loss);
            let d_x = workspace.adjoints.d_x.clone();
            let target = target(&workspace.trace.y, loss);
            let mut loss_of = |model: &SelfAttentionModel<f64>, x: Option<(usize, f64)>| {
                if let Some((index, step)) = x {
                    workspace.trace.x.as_slice_mut().unwrap()[index] += step;
                }
                model.forward(&mut workspace);
                let value = model.loss(&mut workspace, loss, &target);
                if let Some((index, step)) = x {
                    workspace.trace.x.as_slice_mut().unwrap()[index] -= step;
                }
                value
            };
            let close = |slope: f64, expected: f64, what: String| {
                assert!(
                    (slope - expected).abs() < 1e-8,
                    "{what} of {architecture:?} {lengths:?}: {slope:e}, backpropagation {expected:e}"
                );
            };
            for (index, &expected) in gradient.iter().enumerate() {
                let value = model.parameters[index];
                model.parameters[index] = value + 1e-5;
                let above = loss_of(&model, None);
                model.parameters[index] = value - 1e-5;
                let below = loss_of(&model, None);
                model.parameters[index] = value;
                close(
                    (above - below) / 2e-5,
                    expected,
                    format!("parameter {index}"),
                );
            }
            for (index, &expected) in d_x.iter().enumerate() {
                let above = loss_of(&model, Some((index, 1e-5)));
                let below = loss_of(&model, Some((index, -1e-5)));
                close((above - below) / 2e-5, expected, format!("x {index}"));
            }
        }
    }
}

/// Every number of a trace.
fn numbers(trace: &SelfAttentionTrace<f64>) -> Vec<f64> {
    let blocks = trace.blocks.iter().flat_map(|block| {
        let steps = block
            .qkv
            .iter()
            .chain(&block.mixed)
            .chain(&block.normalised);
        let rest = block.weights.iter().chain(&block.inverse_deviation);
        steps.chain(rest).chain(&block.h)
    });
    blocks
        .chain(&trace.embedded)
        .chain(&trace.y)
        .copied()
        .collect()
}

#[test]
fn plain_and_vector_lanes_give_the_same_bits() {
    let small = architectures()
        .into_iter()
        .map(|architecture| (architecture, 4, RAGGED));
    let large = SelfAttentionArchitecture {
        input_size: 3,
        hidden_size: 42,
        heads: 2,
        num_layers: 2,
        causal: false,
        positions: true,
        output_size: 5,
        readout: Readout::Every,
    };
    for (architecture, seq_len, lengths) in small.chain([(large, 37, &[37, 19][..])]) {
        let run = |lanes| {
            let record = Record::Everything;
            let (model, mut workspace) =
                recipe::<f64>(lanes, architecture, seq_len, lengths, record);
            let (loss, gradient) = pass(&model, &mut workspace, Loss::CrossEntropy);
            let trace = bits(numbers(&workspace.trace));
            let d_x = bits(workspace.adjoints.d_x.iter().copied());
            (loss.to_bits(), bits(gradient), trace, d_x)
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
            let (model, mut workspace) =
                recipe::<f64>(Lanes::detect(), architecture, 4, RAGGED, record);
            let (loss, gradient) = pass(&model, &mut workspace, Loss::MeanSquaredError);
            (
                loss.to_bits(),
                bits(gradient),
                bits(numbers(&workspace.trace)),
            )
        };
        assert!(run(Record::Training) == run(Record::Everything));
    }
}

#[test]
fn padding_is_zero_everywhere_and_each_sequence_runs_as_if_alone() {
    for architecture in architectures() {
        let record = Record::Everything;
        let (model, mut workspace) =
            recipe::<f64>(Lanes::detect(), architecture, 4, RAGGED, record);
        pass(&model, &mut workspace, Loss::MeanSquaredError);
        let (trace, adjoints) = (&workspace.trace, &workspace.adjoints);
        for (b, &length) in RAGGED.iter().enumerate() {
            let padding = s![length.., b, ..];
            let zero = |array: &Array3<f64>| array.slice(padding).iter().all(|&x| x == 0.0);
            assert!(zero(&trace.x) && zero(&trace.embedded) && zero(&adjoints.d_x));
            if architecture.readout == Readout::Every {
                assert!(zero(&trace.y) && zero(&adjoints.d_y));
            }
            assert!(adjoints.d_h.iter().all(zero));
            for (block, d_block) in trace.blocks.iter().zip(&adjoints.blocks) {
                assert!(zero(&block.mixed) && zero(&block.h));
                assert!(zero(&d_block.d_sum) && zero(&d_block.d_mixed) && zero(&d_block.d_qkv));
                for pairs in [&block.weights, &d_block.d_weights, &d_block.d_scores] {
                    for ((row, _, t, key), &value) in pairs.indexed_iter() {
                        let hidden = t >= length || key >= length;
                        let future = architecture.causal && key > t;
                        assert!(row != b || !(hidden || future) || value == 0.0);
                    }
                }
            }
            // The same sequence without the others and without padding.
            let (_, mut alone) =
                recipe::<f64>(Lanes::detect(), architecture, length, &[length], record);
            alone
                .trace
                .x
                .assign(&trace.x.slice(s![..length, b..=b, ..]));
            model.forward(&mut alone);
            let read = match architecture.readout {
                Readout::Every => trace.y.slice(s![..length, b..=b, ..]),
                _ => trace.y.slice(s![.., b..=b, ..]),
            };
            for (alone, beside) in alone.trace.y.iter().zip(&read) {
                assert!((alone - beside).abs() <= 1e-13, "{alone} {beside}");
            }
        }
    }
}

#[test]
fn what_stands_in_the_padding_of_the_adjoints_of_y_is_not_read() {
    let architecture = architectures()[1];
    let (model, mut workspace) =
        recipe::<f64>(Lanes::detect(), architecture, 4, RAGGED, Record::Training);
    let (_, expected) = pass(&model, &mut workspace, Loss::MeanSquaredError);
    workspace.adjoints.d_y.slice_mut(s![2.., 0, ..]).fill(7.0);
    let mut gradient = vec![0.0; expected.len()];
    model.backward(&mut workspace, &mut gradient);
    assert_eq!(bits(gradient), bits(expected));
}

#[test]
fn a_causal_model_does_not_see_the_future_and_another_does() {
    for (causal, moved) in [(true, false), (false, true)] {
        let mut architecture = architectures()[1];
        architecture.causal = causal;
        let (model, mut workspace) =
            recipe::<f64>(Lanes::detect(), architecture, 4, FULL, Record::Training);
        model.forward(&mut workspace);
        let before = workspace.trace.y.slice(s![..3, .., ..]).to_owned();
        workspace.trace.x.slice_mut(s![3, .., ..]).fill(2.0);
        model.forward(&mut workspace);
        assert_eq!(before != workspace.trace.y.slice(s![..3, .., ..]), moved);
    }
}

#[test]
fn without_positions_the_order_of_the_steps_is_not_known_and_with_them_it_is() {
    for positions in [false, true] {
        let architecture = SelfAttentionArchitecture {
            positions,
            causal: false,
            readout: Readout::Last,
            ..architectures()[0]
        };
        let (model, mut workspace) =
            recipe::<f64>(Lanes::detect(), architecture, 4, &[4], Record::Training);
        model.forward(&mut workspace);
        let before = workspace.trace.y[[0, 0, 0]];
        // The first two steps change places; the last, which is read, stays.
        let first = workspace.trace.x.slice(s![0, .., ..]).to_owned();
        let second = workspace.trace.x.slice(s![1, .., ..]).to_owned();
        workspace.trace.x.slice_mut(s![0, .., ..]).assign(&second);
        workspace.trace.x.slice_mut(s![1, .., ..]).assign(&first);
        model.forward(&mut workspace);
        let change = (workspace.trace.y[[0, 0, 0]] - before).abs();
        assert!(
            if positions {
                change > 1e-6
            } else {
                change < 1e-14
            },
            "{change:e}"
        );
    }
}

/// PyTorch's own defaults, so that training begins as it does there: norms of 1 and 0, Glorot's bound √(6/4d).
#[test]
fn first_parameters_have_pytorchs_bounds() {
    let architecture = SelfAttentionArchitecture {
        input_size: 3,
        hidden_size: 16,
        heads: 4,
        num_layers: 2,
        causal: true,
        positions: true,
        output_size: 5,
        readout: Readout::Every,
    };
    let model =
        SelfAttentionModel::<f64>::new(architecture, &Init::default(), &mut Stream::new(1, "init"));
    assert_eq!(
        model.parameters.len(),
        architecture.parameter_count().unwrap()
    );
    for entry in architecture.entries() {
        let values = &model.parameters[entry.range.clone()];
        let largest = values
            .iter()
            .fold(0.0, |largest: f64, x| largest.max(x.abs()));
        let bound = match entry.name.as_str() {
            "input.weight" | "input.bias" => 1.0 / 3f64.sqrt(),
            name if name.ends_with("in_proj_weight") => (6.0 / 64.0f64).sqrt(),
            name if name.ends_with("norm1.weight") => 1.0,
            name if name.starts_with("blocks") && name.ends_with("bias") => 0.0,
            _ => 0.25,
        };
        assert!(
            largest <= bound && largest >= 0.6 * bound,
            "{}: {largest}",
            entry.name
        );
    }
}
