//! The engine against numbers made elsewhere, against central differences, and against its own equations.

use ndarray::{Array1, Array2, Array3, Axis, s};
use rnnscope::nn::expr::{At, Block, Contributions, ParameterKind, Value, Values};
use rnnscope::nn::gradcheck::central_difference;
use rnnscope::nn::*;
use rnnscope::random::Stream;
use std::collections::HashMap;

const INPUT: usize = 3;
const HIDDEN: usize = 4;

fn architecture(cell: Cell, num_layers: usize, readout: Readout) -> Architecture {
    Architecture {
        cell,
        input_size: INPUT,
        hidden_size: HIDDEN,
        num_layers,
        output_size: 2,
        readout,
    }
}

/// The recipe that the expected numbers were made with: the k-th parameter is 0.5 sin(0.7 k), the i-th element of x is
/// cos(0.3 i), both counted from 1.
fn recipe(
    cell: Cell,
    num_layers: usize,
    seq_len: usize,
    batch: usize,
) -> (Model<f64>, Workspace<f64>) {
    let architecture = architecture(cell, num_layers, Readout::Last);
    let count = architecture.parameter_count().unwrap();
    let parameters = (1..=count).map(|k| 0.5 * (0.7 * k as f64).sin()).collect();
    let mut workspace = Workspace::new(&architecture, seq_len, batch, Record::Everything);
    for (i, x) in workspace.trace.x.iter_mut().enumerate() {
        *x = (0.3 * (i + 1) as f64).cos();
    }
    (
        Model {
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

/// L = ½ Σ y² over all outputs of the last layer; made with PyTorch (f64) by the recipe above.
#[test]
fn loss_and_gradients_equal_pytorch() {
    for (cell, loss, gradient_norm, d_x_norm) in [
        (
            Cell::RnnTanh,
            5.714476935331289,
            6.493112805618998,
            1.914749618102131,
        ),
        (
            Cell::Lstm,
            0.6638273505036537,
            1.247158554309983,
            0.242462696619448,
        ),
        (
            Cell::Gru,
            1.318945026723933,
            2.701358113767483,
            0.602784399992821,
        ),
    ] {
        let (model, mut workspace) = recipe(cell, 1, 5, 2);
        model.forward(&mut workspace);
        let h = workspace.trace.layers[0].h.clone();
        assert_close(
            0.5 * h.iter().map(|h| h * h).sum::<f64>(),
            loss,
            1e-12,
            "loss",
        );
        workspace.adjoints.layers[0].d_h_from_above.assign(&h);
        let mut gradient = vec![0.0; model.parameters.len()];
        model.backward_from_states(&mut workspace, &mut gradient);
        assert_close(
            norm(&gradient),
            gradient_norm,
            1e-12,
            "norm of all gradients",
        );
        assert_close(
            norm(&workspace.adjoints.d_x),
            d_x_norm,
            1e-12,
            "norm of ∂L/∂x",
        );
    }
}

/// Batch item 0 alone, L = ½ ‖h₅‖², made with PyTorch (f64): ‖∂L/∂h_t‖ for t = 0…5.
#[test]
fn gradient_flow_equals_pytorch() {
    let (model, both) = recipe(Cell::RnnTanh, 1, 5, 2);
    let mut workspace = Workspace::new(&model.architecture, 5, 1, Record::Everything);
    workspace
        .trace
        .x
        .assign(&both.trace.x.slice(s![.., 0..1, ..]));
    model.forward(&mut workspace);
    let last = workspace.trace.layers[0]
        .h
        .index_axis(Axis(0), 4)
        .to_owned();
    workspace.adjoints.layers[0]
        .d_h_from_above
        .index_axis_mut(Axis(0), 4)
        .assign(&last);
    let mut gradient = vec![0.0; model.parameters.len()];
    model.backward_from_states(&mut workspace, &mut gradient);
    let flow = analysis::gradient_flow(&workspace.adjoints, 0, Quantity::H, 0);
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

/// A random model and batch with a random initial state, ready for a loss.
fn random(
    cell: Cell,
    num_layers: usize,
    readout: Readout,
    seq_len: usize,
    loss: Loss,
) -> (Model<f64>, Workspace<f64>, Target<f64>) {
    let architecture = architecture(cell, num_layers, readout);
    let mut stream = Stream::new(11, "engine test");
    let mut model = Model::new(architecture, Init::Pytorch, &mut stream);
    model.parameters.iter_mut().for_each(|p| *p *= 1.5);
    let batch = 3;
    let mut workspace = Workspace::new(&architecture, seq_len, batch, Record::Everything);
    workspace
        .trace
        .x
        .mapv_inplace(|_| stream.uniform(-1.0, 1.0));
    for layer in &mut workspace.trace.layers {
        layer.h0.mapv_inplace(|_| stream.uniform(-0.5, 0.5));
        layer.c0.mapv_inplace(|_| stream.uniform(-0.5, 0.5));
    }
    let steps = readout.steps(seq_len);
    let target = match loss {
        Loss::MeanSquaredError => Target::Values(Array3::from_shape_fn((steps, batch, 2), |_| {
            stream.uniform(-1.0, 1.0)
        })),
        Loss::CrossEntropy => {
            Target::Classes(Array2::from_shape_fn((steps, batch), |_| stream.below(2)))
        }
    };
    (model, workspace, target)
}

#[test]
fn every_parameter_gradient_equals_a_central_difference() {
    for cell in Cell::ALL {
        for num_layers in [1, 2] {
            for (readout, loss) in [
                (Readout::Last, Loss::MeanSquaredError),
                (Readout::Every, Loss::CrossEntropy),
            ] {
                for seq_len in [1, 2, 6] {
                    let (mut model, mut workspace, target) =
                        random(cell, num_layers, readout, seq_len, loss);
                    model.forward(&mut workspace);
                    model.loss(&mut workspace, loss, &target);
                    let mut gradient = vec![0.0; model.parameters.len()];
                    model.backward(&mut workspace, &mut gradient);
                    let largest = gradient
                        .iter()
                        .fold(0.0, |largest: f64, g| largest.max(g.abs()));
                    for (index, &g) in gradient.iter().enumerate() {
                        let slope =
                            central_difference(&mut model, &mut workspace, loss, &target, index);
                        assert!(
                            (g - slope).abs() <= 1e-8 * largest,
                            "{cell:?}, {num_layers} layers, {readout:?}, {seq_len} steps, parameter {index}: \
                             {g:e} against {slope:e}"
                        );
                    }
                }
            }
        }
    }
}

/// ∂L/∂x and the adjoints of the initial states, by moving each of them.
#[test]
fn adjoints_of_inputs_and_initial_states_equal_central_differences() {
    for cell in Cell::ALL {
        let (readout, loss) = (Readout::Every, Loss::MeanSquaredError);
        let (model, mut workspace, target) = random(cell, 2, readout, 4, loss);
        let mut gradient = vec![0.0; model.parameters.len()];
        model.forward(&mut workspace);
        model.loss(&mut workspace, loss, &target);
        model.backward(&mut workspace, &mut gradient);
        let adjoints = workspace.adjoints.clone();
        let mut check = |place: &dyn Fn(&mut Workspace<f64>) -> &mut f64, adjoint: f64| {
            let mut loss_at = |by: f64| {
                *place(&mut workspace) += by;
                model.forward(&mut workspace);
                let value = model.loss(&mut workspace, loss, &target);
                *place(&mut workspace) -= by;
                value
            };
            let slope = (loss_at(1e-5) - loss_at(-1e-5)) / 2e-5;
            assert!(
                (adjoint - slope).abs() <= 1e-9,
                "{cell:?}: {adjoint:e} against {slope:e}"
            );
        };
        for ((t, b, k), &d_x) in adjoints.d_x.indexed_iter() {
            check(&move |workspace| &mut workspace.trace.x[[t, b, k]], d_x);
        }
        for (layer, adjoints) in adjoints.layers.iter().enumerate() {
            for ((b, unit), &d) in adjoints.d_h0.indexed_iter() {
                check(
                    &move |workspace| &mut workspace.trace.layers[layer].h0[[b, unit]],
                    d,
                );
            }
            for ((b, unit), &d) in adjoints.d_c0.indexed_iter() {
                check(
                    &move |workspace| &mut workspace.trace.layers[layer].c0[[b, unit]],
                    d,
                );
            }
        }
    }
}

#[test]
fn training_and_probe_run_the_same_arithmetic() {
    for cell in Cell::ALL {
        let (model, mut probe, target) = random(cell, 2, Readout::Every, 9, Loss::CrossEntropy);
        let mut training = Workspace::new(&model.architecture, 9, 3, Record::Training);
        let mut plain = Workspace::on(
            Lanes::plain(),
            &model.architecture,
            9,
            3,
            Record::Everything,
        );
        training.trace = probe.trace.clone();
        plain.trace = probe.trace.clone();
        let run = |workspace: &mut Workspace<f64>| {
            let mut gradient = vec![0.0; model.parameters.len()];
            model.forward(workspace);
            model.loss(workspace, Loss::CrossEntropy, &target);
            model.backward(workspace, &mut gradient);
            gradient.iter().map(|g| g.to_bits()).collect::<Vec<_>>()
        };
        let expected = run(&mut probe);
        assert_eq!(
            run(&mut training),
            expected,
            "{cell:?}: recording less changes nothing"
        );
        assert_eq!(
            run(&mut plain),
            expected,
            "{cell:?}: lane width changes nothing"
        );
        assert_eq!(training.trace, probe.trace);
        assert_eq!(plain.trace, probe.trace);
        assert_eq!(plain.adjoints, probe.adjoints);
        assert!(training.adjoints.get(0, Quantity::H).is_none());
    }
}

#[test]
fn f32_follows_f64() {
    for cell in Cell::ALL {
        let (model, mut wide, target) = random(cell, 2, Readout::Last, 7, Loss::MeanSquaredError);
        let narrow = Model {
            architecture: model.architecture,
            parameters: model.parameters.iter().map(|&p| p as f32).collect(),
        };
        let mut workspace = Workspace::<f32>::new(&model.architecture, 7, 3, Record::Everything);
        workspace
            .trace
            .x
            .zip_mut_with(&wide.trace.x, |narrow, &wide| *narrow = wide as f32);
        for (narrow, wide) in workspace.trace.layers.iter_mut().zip(&wide.trace.layers) {
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
    model: &'a Model<f64>,
    trace: &'a Trace<f64>,
    layer: usize,
    t: usize,
    sequence: usize,
}

impl Values for Step<'_> {
    fn value(&self, value: Value) -> Array1<f64> {
        let of = self.trace.get(self.layer, value.quantity).unwrap();
        match value.at {
            At::Now => of.slice(s![self.t, self.sequence, ..]).to_owned(),
            At::Previous if self.t > 0 => of.slice(s![self.t - 1, self.sequence, ..]).to_owned(),
            At::Previous => self.trace.layers[self.layer]
                .initial(value.quantity)
                .unwrap()
                .row(self.sequence)
                .to_owned(),
        }
    }
    fn matrix(&self, block: Block) -> Array2<f64> {
        let values =
            self.model.parameters[self.model.architecture.block_range(self.layer, block)].to_vec();
        Array2::from_shape_vec((HIDDEN, values.len() / HIDDEN), values).unwrap()
    }
    fn bias(&self, block: Block) -> Array1<f64> {
        self.model.parameters[self.model.architecture.block_range(self.layer, block)]
            .to_vec()
            .into()
    }
}

/// What is shown is what ran: each formula gives the recorded value, and differentiating the formulas alone, from what the
/// readout asks down to the input, gives every adjoint and every gradient of the engine's own way back.
#[test]
fn formulas_equal_what_ran_forward_and_back() {
    for cell in Cell::ALL {
        let loss = Loss::MeanSquaredError;
        let (model, mut workspace, target) = random(cell, 2, Readout::Every, 5, loss);
        let mut gradient = vec![0.0; model.parameters.len()];
        model.forward(&mut workspace);
        model.loss(&mut workspace, loss, &target);
        model.backward(&mut workspace, &mut gradient);
        let (trace, adjoints) = (&workspace.trace, &workspace.adjoints);
        let mut gradient_by_formulas = vec![0.0; model.parameters.len()];
        for layer in 0..2 {
            for sequence in 0..3 {
                // Adjoints by quantity and time; time 0 is the initial state.
                let mut sums: HashMap<(Quantity, usize), Array1<f64>> = HashMap::new();
                for t in (0..5).rev() {
                    let above = adjoints.layers[layer]
                        .d_h_from_above
                        .slice(s![t, sequence, ..]);
                    *sums
                        .entry((Quantity::H, t + 1))
                        .or_insert_with(|| Array1::zeros(HIDDEN)) += &above;
                    let step = Step {
                        model: &model,
                        trace,
                        layer,
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
                        let recorded = adjoints.get(layer, operation.output).unwrap();
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
                                .or_insert_with(|| Array1::zeros(contribution.len()));
                            *sum += &contribution;
                        }
                        let flat = into
                            .matrices
                            .iter()
                            .map(|(block, values)| (*block, values.iter().copied().collect()));
                        let flat = flat.chain(
                            into.biases
                                .iter()
                                .map(|(block, values)| (*block, values.to_vec())),
                        );
                        for (block, values) in flat.collect::<Vec<(Block, Vec<f64>)>>() {
                            let range = model.architecture.block_range(layer, block);
                            for (sum, value) in gradient_by_formulas[range].iter_mut().zip(values) {
                                *sum += value;
                            }
                        }
                    }
                    let d_x = adjoints.get(layer, Quantity::X).unwrap();
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
                    let recorded = adjoints.layers[layer].initial(state).unwrap();
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
        assert_eq!(model.architecture.block_range(1, block).len(), HIDDEN);
    }
}

/// The names are those of torch.nn.LSTM(300, 128, num_layers=2).state_dict(), the lengths follow from its shapes.
#[test]
fn parameters_have_pytorchs_names_order_and_count() {
    let architecture = Architecture {
        cell: Cell::Lstm,
        input_size: 300,
        hidden_size: 128,
        num_layers: 2,
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
}
