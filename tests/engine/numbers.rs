//! The engine against numbers made elsewhere, against central differences, and against its own equations.

use ndarray::{Array2, Array3, ArrayView2, Axis, s};
use rnnscope::nn::expr::{At, Block, Contributions, ParameterKind, Value, Values};
use rnnscope::nn::gradcheck::central_difference;
use rnnscope::nn::*;
use rnnscope::random::Stream;
use std::collections::HashMap;

const INPUT: usize = 3;
const HIDDEN: usize = 4;

/// A kind of model and batch to try.
#[derive(Clone, Copy, Debug)]
struct Case {
    cell: Cell,
    num_layers: usize,
    bidirectional: bool,
    /// Whether the sequences of the batch have different lengths.
    ragged: bool,
    /// Whether values between layers are dropped, by masks drawn once.
    dropout: bool,
    readout: Readout,
    seq_len: usize,
    loss: Loss,
}

impl Case {
    fn new(cell: Cell) -> Self {
        Self {
            cell,
            num_layers: 2,
            bidirectional: false,
            ragged: false,
            dropout: false,
            readout: Readout::Every,
            seq_len: 5,
            loss: Loss::MeanSquaredError,
        }
    }

    fn architecture(self) -> RecurrentArchitecture {
        RecurrentArchitecture {
            cell: self.cell,
            input_size: INPUT,
            hidden_size: HIDDEN,
            num_layers: self.num_layers,
            bidirectional: self.bidirectional,
            dropout: if self.dropout { 0.4 } else { 0.0 },
            output_size: 2,
            readout: self.readout,
        }
    }
}

/// One case of each kind for a cell: short and long, both losses, every readout, one direction and two, whole and ragged
/// batches, with dropout and without.
fn cases(cell: Cell) -> Vec<Case> {
    let mut cases = Vec::new();
    for (index, (num_layers, bidirectional)) in [(1, false), (2, false), (1, true), (2, true)]
        .into_iter()
        .enumerate()
    {
        for (seq_len, ragged) in [(1, false), (2, true), (6, false), (6, true)] {
            for (readout, loss) in [
                (Readout::Last, Loss::MeanSquaredError),
                (Readout::Final, Loss::MeanSquaredError),
                (Readout::Every, Loss::CrossEntropy),
            ] {
                cases.push(Case {
                    cell,
                    num_layers,
                    bidirectional,
                    ragged,
                    dropout: num_layers > 1 && (index + seq_len).is_multiple_of(2),
                    readout,
                    seq_len,
                    loss,
                });
            }
        }
    }
    cases
}

/// The recipe that the expected numbers were made with: the k-th parameter is 0.5 sin(0.7 k), the i-th element of x is
/// cos(0.3 i), both counted from 1.
fn recipe(
    cell: Cell,
    num_layers: usize,
    bidirectional: bool,
    seq_len: usize,
    batch: usize,
) -> (RecurrentModel<f64>, RecurrentWorkspace<f64>) {
    let architecture = Case {
        num_layers,
        readout: Readout::Last,
        bidirectional,
        ..Case::new(cell)
    }
    .architecture();
    let count = architecture.parameter_count().unwrap();
    let parameters = (1..=count).map(|k| 0.5 * (0.7 * k as f64).sin()).collect();
    let mut workspace = RecurrentWorkspace::new(&architecture, seq_len, batch, Record::Everything);
    for (i, x) in workspace.trace.x.iter_mut().enumerate() {
        *x = (0.3 * (i + 1) as f64).cos();
    }
    (
        RecurrentModel {
            architecture,
            parameters,
        },
        workspace,
    )
}

fn norm<'a>(values: impl IntoIterator<Item = &'a f64>) -> f64 {
    values.into_iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn assert_close(value: f64, expected: f64, tolerance: f64, what: &str) {
    assert!(
        (value - expected).abs() <= tolerance * expected.abs(),
        "{what}: {value:e}, expected {expected:e}"
    );
}

/// L = ½ Σ y² over all that the last layer puts out; made with PyTorch (f64) by the recipe above: loss, norm of all
/// gradients, norm of ∂L/∂x.
#[test]
fn loss_and_gradients_equal_pytorch() {
    for (cell, layers, bidirectional, expected) in [
        (
            Cell::RnnTanh,
            1,
            false,
            [5.714476935331289, 6.493112805618998, 1.914749618102131],
        ),
        (
            Cell::Lstm,
            1,
            false,
            [0.6638273505036537, 1.247158554309983, 0.242462696619448],
        ),
        (
            Cell::Gru,
            1,
            false,
            [1.318945026723933, 2.701358113767483, 0.602784399992821],
        ),
        // No modules of PyTorch: their equations were written out and differentiated by its autograd, with the 1997 paper's
        // squashing functions as it prints them, 4σ(x) − 2 and 2σ(x) − 1.
        (
            Cell::RnnLinear,
            1,
            false,
            [10.06426689409239, 21.81970709499028, 4.974090059496322],
        ),
        (
            Cell::Lstm1997,
            1,
            false,
            [0.1388031773448266, 0.6353764152833153, 0.06663218001818795],
        ),
        (
            Cell::GruResetBefore,
            1,
            false,
            [1.3239745137625207, 3.541204955597055, 0.5858532328121866],
        ),
        (
            Cell::RnnTanh,
            2,
            true,
            [1.02585053718268, 10.582452078618742, 0.125331269757407],
        ),
        (
            Cell::Lstm,
            2,
            true,
            [0.732754325536012, 1.546066318278802, 0.025327753741044],
        ),
        (
            Cell::Gru,
            2,
            true,
            [2.628824595994124, 6.962786744588006, 0.147089457078446],
        ),
    ] {
        let (model, mut workspace) = recipe(cell, layers, bidirectional, 5, 2);
        model.forward(&mut workspace);
        let output = workspace.trace.output(layers - 1).clone();
        let loss = 0.5 * output.iter().map(|y| y * y).sum::<f64>();
        workspace.adjoints.output_mut(layers - 1).assign(&output);
        let mut gradient = vec![0.0; model.parameters.len()];
        model.backward_from_states(&mut workspace, &mut gradient);
        let found = [loss, norm(&gradient), norm(&workspace.adjoints.d_x)];
        for (found, expected) in found.into_iter().zip(expected) {
            assert_close(found, expected, 1e-12, &format!("{cell:?}, {layers}"));
        }
    }
}

/// Batch item 0 alone, L = ½ ‖h₅‖², made with PyTorch (f64): ‖∂L/∂h_t‖ for t = 0…5.
#[test]
fn gradient_flow_equals_pytorch() {
    let (model, both) = recipe(Cell::RnnTanh, 1, false, 5, 2);
    let mut workspace = RecurrentWorkspace::new(&model.architecture, 5, 1, Record::Everything);
    workspace
        .trace
        .x
        .assign(&both.trace.x.slice(s![.., 0..1, ..]));
    model.forward(&mut workspace);
    let last = workspace.trace.output(0).index_axis(Axis(0), 4).to_owned();
    workspace
        .adjoints
        .output_mut(0)
        .index_axis_mut(Axis(0), 4)
        .assign(&last);
    let mut gradient = vec![0.0; model.parameters.len()];
    model.backward_from_states(&mut workspace, &mut gradient);
    let (parts, _) = AnyWorkspace::Recurrent(workspace).into_record();
    let flow = analysis::gradient_flow(&parts[0].scans[0], Quantity::H, 0);
    let expected = [
        4.893085203003911e-5,
        2.200360295246134e-4,
        2.423539707816719e-3,
        1.044372770935493e-2,
        0.1002308212816749,
        0.3816760771591065,
    ];
    assert_eq!(flow.len(), expected.len());
    for (t, (value, expected)) in flow.into_iter().zip(expected).enumerate() {
        assert_close(value.unwrap(), expected, 1e-12, &format!("t = {t}"));
    }
}

/// What the paper is about: with nothing but the cell state to travel along, an error reaches the first step as it left the
/// last one.
#[test]
fn the_lstm_of_1997_carries_an_error_back_unchanged() {
    let (mut model, mut workspace) = recipe(Cell::Lstm1997, 1, false, 5, 2);
    for gate in Cell::Lstm1997.gates() {
        let block = Block {
            parameter: ParameterKind::WeightHh,
            gate: *gate,
        };
        let range = model.architecture.block_range(Place::FIRST, block);
        model.parameters[range].fill(0.0);
    }
    model.forward(&mut workspace);
    workspace.adjoints.output_mut(0).fill(0.0);
    workspace
        .adjoints
        .output_mut(0)
        .index_axis_mut(Axis(0), 4)
        .fill(1.0);
    let mut gradient = vec![0.0; model.parameters.len()];
    model.backward_from_states(&mut workspace, &mut gradient);
    let adjoints = workspace.adjoints.scan(Place::FIRST);
    let last = adjoints.d_c.index_axis(Axis(0), 4);
    assert!(last.iter().all(|d_c| *d_c > 0.0));
    for t in 0..4 {
        assert_eq!(adjoints.d_c.index_axis(Axis(0), t), last, "t = {t}");
    }
    assert_eq!(adjoints.d_c0, last);
}

/// A random model and batch with random initial states, ready for a loss.
fn random(case: Case) -> (RecurrentModel<f64>, RecurrentWorkspace<f64>, Target<f64>) {
    let architecture = case.architecture();
    let mut stream = Stream::new(11, "engine test");
    let mut model = RecurrentModel::new(architecture, &Init::default(), &mut stream);
    model.parameters.iter_mut().for_each(|p| *p *= 1.5);
    let batch = 3;
    let mut workspace =
        RecurrentWorkspace::new(&architecture, case.seq_len, batch, Record::Everything);
    workspace
        .trace
        .x
        .mapv_inplace(|_| stream.uniform(-1.0, 1.0));
    for layer in &mut workspace.trace.layers {
        for scan in &mut layer.scans {
            scan.h0.mapv_inplace(|_| stream.uniform(-0.5, 0.5));
            scan.c0.mapv_inplace(|_| stream.uniform(-0.5, 0.5));
        }
    }
    let steps = case.readout.steps(case.seq_len);
    let target = match case.loss {
        Loss::MeanSquaredError => Target::Values(Array3::from_shape_fn((steps, batch, 2), |_| {
            stream.uniform(-1.0, 1.0)
        })),
        Loss::CrossEntropy => {
            Target::Classes(Array2::from_shape_fn((steps, batch), |_| stream.below(2)))
        }
    };
    workspace.trace.training = case.dropout;
    workspace.trace.draw_masks(&mut stream);
    if case.ragged {
        workspace
            .trace
            .set_lengths([case.seq_len - 1, case.seq_len, 1]);
    }
    (model, workspace, target)
}

/// Forward, loss and back; the gradient.
fn run(
    model: &RecurrentModel<f64>,
    workspace: &mut RecurrentWorkspace<f64>,
    loss: Loss,
    target: &Target<f64>,
) -> Vec<f64> {
    let mut gradient = vec![0.0; model.parameters.len()];
    model.forward(workspace);
    model.loss(workspace, loss, target);
    model.backward(workspace, &mut gradient);
    gradient
}

#[test]
fn every_parameter_gradient_equals_a_central_difference() {
    for cell in Cell::ALL {
        for case in cases(cell) {
            let (mut model, mut workspace, target) = random(case);
            let gradient = run(&model, &mut workspace, case.loss, &target);
            let largest = gradient
                .iter()
                .fold(0.0, |largest: f64, g| largest.max(g.abs()));
            // A prime stride visits every matrix and every bias without visiting every element.
            let stride = if model.parameters.len() > 400 { 7 } else { 1 };
            for (index, &g) in gradient.iter().enumerate().step_by(stride) {
                let slope =
                    central_difference(&mut model, &mut workspace, case.loss, &target, index);
                assert!(
                    (g - slope).abs() <= 1e-8 * largest,
                    "{case:?}, parameter {index}: {g:e} against {slope:e}"
                );
            }
        }
    }
}

/// ∂L/∂x and the adjoints of the initial states, by moving each of them.
#[test]
fn adjoints_of_inputs_and_initial_states_equal_central_differences() {
    for cell in Cell::ALL {
        for bidirectional in [false, true] {
            let case = Case {
                bidirectional,
                ragged: true,
                seq_len: 4,
                ..Case::new(cell)
            };
            let (model, mut workspace, target) = random(case);
            run(&model, &mut workspace, case.loss, &target);
            let adjoints = workspace.adjoints.clone();
            let mut check = |place: &dyn Fn(&mut RecurrentWorkspace<f64>) -> &mut f64,
                             adjoint: f64| {
                let mut loss_at = |by: f64| {
                    *place(&mut workspace) += by;
                    model.forward(&mut workspace);
                    let value = model.loss(&mut workspace, case.loss, &target);
                    *place(&mut workspace) -= by;
                    value
                };
                let slope = (loss_at(1e-5) - loss_at(-1e-5)) / 2e-5;
                assert!(
                    (adjoint - slope).abs() <= 1e-9,
                    "{case:?}: {adjoint:e} against {slope:e}"
                );
            };
            for ((t, b, k), &d_x) in adjoints.d_x.indexed_iter() {
                check(&move |workspace| &mut workspace.trace.x[[t, b, k]], d_x);
            }
            for place in case.architecture().places() {
                for ((b, unit), &d) in adjoints.scan(place).d_h0.indexed_iter() {
                    check(
                        &move |workspace| &mut workspace.trace.scan_mut(place).h0[[b, unit]],
                        d,
                    );
                }
                for ((b, unit), &d) in adjoints.scan(place).d_c0.indexed_iter() {
                    check(
                        &move |workspace| &mut workspace.trace.scan_mut(place).c0[[b, unit]],
                        d,
                    );
                }
            }
        }
    }
}

#[test]
fn training_and_probe_run_the_same_arithmetic() {
    for cell in Cell::ALL {
        for bidirectional in [false, true] {
            let case = Case {
                bidirectional,
                ragged: true,
                dropout: true,
                seq_len: 9,
                loss: Loss::CrossEntropy,
                ..Case::new(cell)
            };
            let (model, mut probe, target) = random(case);
            let (architecture, seq_len) = (&model.architecture, case.seq_len);
            let mut training = RecurrentWorkspace::new(architecture, seq_len, 3, Record::Training);
            let lanes = Lanes::plain();
            let mut plain =
                RecurrentWorkspace::on(lanes, architecture, seq_len, 3, Record::Everything);
            training.trace = probe.trace.clone();
            plain.trace = probe.trace.clone();
            let bits = |workspace: &mut RecurrentWorkspace<f64>| {
                let gradient = run(&model, workspace, case.loss, &target);
                gradient.iter().map(|g| g.to_bits()).collect::<Vec<_>>()
            };
            let expected = bits(&mut probe);
            assert_eq!(
                bits(&mut training),
                expected,
                "{cell:?}: recording less changes nothing"
            );
            assert_eq!(
                bits(&mut plain),
                expected,
                "{cell:?}: lane width changes nothing"
            );
            assert_eq!(training.trace, probe.trace);
            assert_eq!(plain.trace, probe.trace);
            assert_eq!(plain.adjoints, probe.adjoints);
            assert!(training.adjoints.get(Place::FIRST, Quantity::H).is_none());
        }
    }
}

/// What PyTorch's packed sequences promise: each sequence of a ragged batch gets what it gets alone, to the bit, and its
/// part of the gradient is what it contributes alone.
#[test]
fn a_ragged_batch_equals_its_sequences_alone() {
    for cell in Cell::ALL {
        for bidirectional in [false, true] {
            for readout in Readout::ALL {
                let case = Case {
                    bidirectional,
                    ragged: true,
                    readout,
                    seq_len: 6,
                    ..Case::new(cell)
                };
                let (model, mut together, target) = random(case);
                let gradient = run(&model, &mut together, case.loss, &target);
                let Target::Values(values) = &target else {
                    unreachable!()
                };
                let outputs = |length: usize| readout.steps(length) as f64;
                let lengths = together.trace.lengths().to_vec();
                let count: f64 = lengths.iter().map(|&length| outputs(length)).sum();
                let mut sum = vec![0.0; gradient.len()];
                for (b, &length) in lengths.iter().enumerate() {
                    let architecture = &model.architecture;
                    let mut alone =
                        RecurrentWorkspace::new(architecture, length, 1, Record::Everything);
                    let x = together.trace.x.slice(s![..length, b..b + 1, ..]);
                    alone.trace.x.assign(&x);
                    for place in architecture.places() {
                        let from = together.trace.scan(place);
                        let scan = alone.trace.scan_mut(place);
                        scan.h0.assign(&from.h0.slice(s![b..b + 1, ..]));
                        scan.c0.assign(&from.c0.slice(s![b..b + 1, ..]));
                    }
                    let steps = readout.steps(length);
                    let target = Target::Values(values.slice(s![..steps, b..b + 1, ..]).to_owned());
                    let share = run(&model, &mut alone, case.loss, &target);
                    for (sum, share) in sum.iter_mut().zip(share) {
                        *sum += share * outputs(length) / count;
                    }
                    assert_eq!(
                        alone.trace.y,
                        together.trace.y.slice(s![..steps, b..b + 1, ..])
                    );
                    for place in architecture.places() {
                        for &quantity in cell.quantities() {
                            let alone = alone.trace.get(place, quantity).unwrap();
                            let together = together.trace.get(place, quantity).unwrap();
                            assert_eq!(alone, together.slice(s![..length, b..b + 1, ..]));
                        }
                        for &state in cell.states() {
                            let alone = alone.trace.scan(place).last(place.direction, state);
                            let together = together.trace.scan(place).last(place.direction, state);
                            assert_eq!(
                                alone.unwrap(),
                                together.unwrap().slice(s![.., b..b + 1, ..]),
                                "{case:?}: h_n and c_n"
                            );
                        }
                    }
                }
                let largest = gradient.iter().fold(0.0, |most: f64, g| most.max(g.abs()));
                for (sum, g) in sum.iter().zip(&gradient) {
                    assert!((sum - g).abs() <= 1e-14 * largest, "{case:?}: {sum} {g}");
                }
            }
        }
    }
}

/// Exactly zero, not nearly: whatever stands in the padding changes no bit of what counts, states hold their value there,
/// outputs and adjoints of what was not computed are 0.
#[test]
fn padding_has_no_part_in_anything() {
    for cell in Cell::ALL {
        for bidirectional in [false, true] {
            let case = Case {
                bidirectional,
                ragged: true,
                seq_len: 6,
                ..Case::new(cell)
            };
            let (model, mut workspace, mut target) = random(case);
            let gradient = run(&model, &mut workspace, case.loss, &target);
            let before = workspace.clone();
            let lengths = workspace.trace.lengths().to_vec();
            for (b, &length) in lengths.iter().enumerate() {
                workspace.trace.x.slice_mut(s![length.., b, ..]).fill(1e3);
                if let Target::Values(values) = &mut target {
                    values.slice_mut(s![length.., b, ..]).fill(-1e3);
                }
            }
            let again = run(&model, &mut workspace, case.loss, &target);
            assert_eq!(gradient, again, "{case:?}");
            assert_eq!(before.terms, workspace.terms);
            assert_eq!(before.adjoints, workspace.adjoints);
            for (b, &length) in lengths.iter().enumerate() {
                let (trace, adjoints) = (&workspace.trace, &workspace.adjoints);
                let is_zero = |values: ndarray::ArrayView3<f64>| {
                    values
                        .slice(s![length.., b, ..])
                        .iter()
                        .all(|&value| value == 0.0)
                };
                assert!(is_zero(adjoints.d_x.view()) && is_zero(adjoints.d_y.view()));
                assert!(is_zero(trace.y.view()) && is_zero(trace.output(1).view()));
                for place in case.architecture().places() {
                    assert!(is_zero(adjoints.scan(place).d_pre.view()));
                    for &quantity in cell.quantities() {
                        let values = trace.get(place, quantity).unwrap();
                        if cell.states().contains(&quantity) {
                            let held = match place.direction {
                                Direction::Forward => values.slice(s![length - 1, b, ..]),
                                Direction::Reverse => {
                                    trace.scan(place).initial(quantity).unwrap().row(b)
                                }
                            };
                            let padding = values.slice(s![length.., b, ..]);
                            assert!(padding.outer_iter().all(|step| step == held));
                        } else {
                            assert!(is_zero(values), "{case:?} {quantity:?}");
                            assert!(is_zero(adjoints.get(place, quantity).unwrap()));
                        }
                    }
                }
            }
        }
    }
}

/// Truncated backpropagation equals what PyTorch's `detach` between chunks gives: each chunk alone, begun at the state that
/// the one before it left, its gradients added up.
#[test]
fn truncation_equals_chunks_with_the_state_carried_over() {
    for cell in Cell::ALL {
        let case = Case {
            seq_len: 7,
            ..Case::new(cell)
        };
        let (model, mut whole, target) = random(case);
        whole.truncate = Some(3);
        let gradient = run(&model, &mut whole, case.loss, &target);
        let Target::Values(values) = &target else {
            unreachable!()
        };
        let mut sum = vec![0.0; gradient.len()];
        let mut before: Option<RecurrentWorkspace<f64>> = None;
        for chunk in [0..3, 3..6, 6..7] {
            let architecture = &model.architecture;
            let mut alone =
                RecurrentWorkspace::new(architecture, chunk.len(), 3, Record::Everything);
            let x = whole.trace.x.slice(s![chunk.clone(), .., ..]);
            alone.trace.x.assign(&x);
            for place in architecture.places() {
                let from = match &before {
                    None => whole.trace.scan(place).clone(),
                    Some(before) => {
                        let scan = before.trace.scan(place);
                        let last = chunk.start - 1;
                        let last = last - (last / 3) * 3;
                        let mut first = scan.clone();
                        first.h0.assign(&scan.h.index_axis(Axis(0), last));
                        if first.c0.ncols() > 0 {
                            first.c0.assign(&scan.c.index_axis(Axis(0), last));
                        }
                        first
                    }
                };
                let scan = alone.trace.scan_mut(place);
                scan.h0.assign(&from.h0);
                scan.c0.assign(&from.c0);
            }
            let target = Target::Values(values.slice(s![chunk.clone(), .., ..]).to_owned());
            let share = run(&model, &mut alone, case.loss, &target);
            for (sum, share) in sum.iter_mut().zip(share) {
                *sum += share * chunk.len() as f64 / 7.0;
            }
            before = Some(alone);
        }
        let largest = gradient.iter().fold(0.0, |most: f64, g| most.max(g.abs()));
        for (sum, g) in sum.iter().zip(&gradient) {
            assert!((sum - g).abs() <= 1e-13 * largest, "{cell:?}: {sum} {g}");
        }
        let mut full = whole.clone();
        full.truncate = None;
        assert_ne!(run(&model, &mut full, case.loss, &target), gradient);
    }
}

#[test]
fn dropout_acts_in_training_mode_only_and_never_after_the_last_layer() {
    let case = Case {
        dropout: true,
        ..Case::new(Cell::Gru)
    };
    let (model, mut workspace, _) = random(case);
    model.forward(&mut workspace);
    let (trace, above) = (&workspace.trace, Place::forward(1));
    let dropped = &trace.layers[0].mask * trace.output(0);
    assert_eq!(trace.get(above, Quantity::X).unwrap(), dropped);
    let trained = workspace.trace.y.clone();
    workspace.trace.training = false;
    model.forward(&mut workspace);
    assert_eq!(
        workspace.trace.get(above, Quantity::X).unwrap(),
        workspace.trace.output(0)
    );
    assert_ne!(workspace.trace.y, trained);
}

#[test]
fn f32_follows_f64() {
    for cell in Cell::ALL {
        let (model, mut wide, target) = random(Case {
            readout: Readout::Last,
            seq_len: 7,
            ..Case::new(cell)
        });
        let narrow = RecurrentModel {
            architecture: model.architecture,
            parameters: model.parameters.iter().map(|&p| p as f32).collect(),
        };
        let mut workspace =
            RecurrentWorkspace::<f32>::new(&model.architecture, 7, 3, Record::Everything);
        workspace
            .trace
            .x
            .zip_mut_with(&wide.trace.x, |narrow, &wide| *narrow = wide as f32);
        for place in model.architecture.places() {
            let (narrow, wide) = (workspace.trace.scan_mut(place), wide.trace.scan(place));
            narrow
                .h0
                .zip_mut_with(&wide.h0, |narrow, &wide| *narrow = wide as f32);
            narrow
                .c0
                .zip_mut_with(&wide.c0, |narrow, &wide| *narrow = wide as f32);
        }
        let Target::Values(values) = &target else {
            unreachable!()
        };
        let narrow_target = Target::Values(values.mapv(|value| value as f32));
        let mut gradient = vec![0.0f64; model.parameters.len()];
        let mut narrow_gradient = vec![0.0f32; model.parameters.len()];
        model.forward(&mut wide);
        model.loss(&mut wide, Loss::MeanSquaredError, &target);
        model.backward(&mut wide, &mut gradient);
        narrow.forward(&mut workspace);
        narrow.loss(&mut workspace, Loss::MeanSquaredError, &narrow_target);
        narrow.backward(&mut workspace, &mut narrow_gradient);
        let largest = gradient
            .iter()
            .fold(0.0, |largest: f64, g| largest.max(g.abs()));
        for (narrow, wide) in narrow_gradient.iter().zip(&gradient) {
            assert!(
                (f64::from(*narrow) - wide).abs() <= 1e-5 * largest,
                "{cell:?}: {narrow:e} {wide:e}"
            );
        }
    }
}

/// One step of one sequence of one layer, as the formulas see it.
struct Step<'a> {
    model: &'a RecurrentModel<f64>,
    trace: &'a RecurrentTrace<f64>,
    place: Place,
    t: usize,
    sequence: usize,
}

impl Values for Step<'_> {
    fn value(&self, value: Value) -> Array2<f64> {
        let of = self.trace.get(self.place, value.quantity).unwrap();
        let row = match value.at {
            At::Now => of.slice(s![self.t, self.sequence, ..]),
            At::Previous if self.t > 0 => of.slice(s![self.t - 1, self.sequence, ..]),
            At::Previous => self
                .trace
                .scan(self.place)
                .initial(value.quantity)
                .unwrap()
                .row(self.sequence),
        };
        row.insert_axis(Axis(0)).to_owned()
    }
    fn parameter(&self, block: Block) -> ArrayView2<'_, f64> {
        let range = self.model.architecture.block_range(self.place, block);
        let values = &self.model.parameters[range];
        let is_vector = matches!(
            block.parameter,
            ParameterKind::BiasIh | ParameterKind::BiasHh
        );
        let rows = if is_vector { 1 } else { HIDDEN };
        ArrayView2::from_shape((rows, values.len() / rows), values).unwrap()
    }
}

/// What is shown is what ran: each formula gives the recorded value, and differentiating the formulas alone, from what the
/// readout asks down to the input, gives every adjoint and every gradient of the engine's own way back.
#[test]
fn formulas_equal_what_ran_forward_and_back() {
    for cell in Cell::ALL {
        let loss = Loss::MeanSquaredError;
        let (model, mut workspace, target) = random(Case::new(cell));
        let gradient = run(&model, &mut workspace, loss, &target);
        let (trace, adjoints) = (&workspace.trace, &workspace.adjoints);
        let mut gradient_by_formulas = vec![0.0; model.parameters.len()];
        for place in model.architecture.places() {
            for sequence in 0..3 {
                // Adjoints by quantity and time; time 0 is the initial state.
                let mut sums: HashMap<(Quantity, usize), Array2<f64>> = HashMap::new();
                for t in (0..5).rev() {
                    let above = adjoints
                        .scan(place)
                        .d_h_from_above
                        .slice(s![t, sequence, ..]);
                    *sums
                        .entry((Quantity::H, t + 1))
                        .or_insert_with(|| Array2::zeros((1, HIDDEN))) += &above;
                    let step = Step {
                        model: &model,
                        trace,
                        place,
                        t,
                        sequence,
                    };
                    for operation in cell.operations().iter().rev() {
                        let shown = operation.formula.value(&step);
                        let ran = step.value(Value {
                            quantity: operation.output,
                            at: At::Now,
                        });
                        for (shown, ran) in shown.iter().zip(&ran) {
                            assert!(
                                (shown - ran).abs() <= 1e-14,
                                "{cell:?} {:?}: {shown} {ran}",
                                operation.output
                            );
                        }
                        let adjoint = sums
                            .get(&(operation.output, t + 1))
                            .expect("every operation is used")
                            .clone();
                        let recorded = adjoints.get(place, operation.output).unwrap();
                        for (found, recorded) in
                            adjoint.iter().zip(recorded.slice(s![t, sequence, ..]))
                        {
                            assert!(
                                (found - recorded).abs() <= 1e-14,
                                "{cell:?} adjoint of {:?} at {t}: {found} {recorded}",
                                operation.output
                            );
                        }
                        let mut into = Contributions::default();
                        operation.formula.differentiate(&step, adjoint, &mut into);
                        for (value, contribution) in into.values {
                            let time = if value.at == At::Now { t + 1 } else { t };
                            let sum = sums
                                .entry((value.quantity, time))
                                .or_insert_with(|| Array2::zeros(contribution.dim()));
                            *sum += &contribution;
                        }
                        for (block, values) in into.parameters {
                            let range = model.architecture.block_range(place, block);
                            for (sum, value) in gradient_by_formulas[range].iter_mut().zip(values) {
                                *sum += value;
                            }
                        }
                    }
                    let d_x = adjoints.get(place, Quantity::X).unwrap();
                    for (found, recorded) in
                        sums[&(Quantity::X, t + 1)]
                            .iter()
                            .zip(d_x.slice(s![t, sequence, ..]))
                    {
                        assert!(
                            (found - recorded).abs() <= 1e-14,
                            "{cell:?} ∂L/∂x: {found} {recorded}"
                        );
                    }
                }
                for &state in cell.states() {
                    let recorded = adjoints.scan(place).initial(state).unwrap();
                    for (found, recorded) in sums[&(state, 0)].iter().zip(recorded.row(sequence)) {
                        assert!(
                            (found - recorded).abs() <= 1e-14,
                            "{cell:?} initial {state:?}: {found} {recorded}"
                        );
                    }
                }
            }
        }
        let recurrent = model
            .architecture
            .entries()
            .iter()
            .find(|e| e.name == "readout.weight")
            .unwrap()
            .range
            .start;
        for (index, (found, ran)) in gradient_by_formulas[..recurrent]
            .iter()
            .zip(&gradient)
            .enumerate()
        {
            assert!(
                (found - ran).abs() <= 1e-13,
                "{cell:?} parameter {index}: {found} {ran}"
            );
        }
        let block = Block {
            parameter: ParameterKind::BiasHh,
            gate: cell.quantities()[0],
        };
        assert_eq!(
            model
                .architecture
                .block_range(Place::forward(1), block)
                .len(),
            HIDDEN
        );
    }
}

/// The names are those of torch.nn.LSTM(300, 128, num_layers=2).state_dict(), the lengths follow from its shapes.
#[test]
fn parameters_have_pytorchs_names_order_and_count() {
    let architecture = RecurrentArchitecture {
        cell: Cell::Lstm,
        input_size: 300,
        hidden_size: 128,
        num_layers: 2,
        bidirectional: false,
        dropout: 0.0,
        output_size: 1,
        readout: Readout::Last,
    };
    let entries = architecture.entries();
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "weight_ih_l0",
            "weight_hh_l0",
            "bias_ih_l0",
            "bias_hh_l0",
            "weight_ih_l1",
            "weight_hh_l1",
            "bias_ih_l1",
            "bias_hh_l1",
            "readout.weight",
            "readout.bias"
        ]
    );
    assert_eq!(
        entries.last().unwrap().range.end,
        architecture.parameter_count().unwrap()
    );
    assert_eq!(
        entries[8].range.start,
        4 * 128 * (300 + 128 + 2) + 4 * 128 * (128 + 128 + 2)
    );
    // sum(p.numel() for p in torch.nn.LSTM(300, 128, num_layers=2, bidirectional=True).parameters()), GRU and RNN likewise.
    for (cell, count) in [
        (Cell::Lstm, 835_584),
        (Cell::Gru, 626_688),
        (Cell::RnnTanh, 208_896),
    ] {
        let both = RecurrentArchitecture {
            cell,
            bidirectional: true,
            ..architecture
        };
        let readout = 2 * 128 + 1;
        assert_eq!(both.parameter_count(), Some(count + readout));
        let entries = both.entries();
        assert_eq!(entries[4].name, "weight_ih_l0_reverse");
        assert_eq!(entries.last().unwrap().range.end, count + readout);
    }
}
