//! Jacobians and itemised gradients against numbers made elsewhere, central differences, closed forms and the engine itself.

use super::*;
use crate::nn::attention::Attention;
use crate::nn::expr::{Block, ParameterKind};
use crate::nn::seq2seq::{Feedback, Lengths, Seq2SeqArchitecture};
use crate::nn::{
    AnyModel, AnyWorkspace, Cell, Direction, Init, Loss, Network, Place, Quantity, Readout, Record,
    RecurrentArchitecture, RecurrentModel, RecurrentWorkspace, Target,
};
use crate::random::Stream;
use ndarray::{Array1, Array2, Array3, Axis, concatenate, s};

const INPUT: usize = 2;
const HIDDEN: usize = 3;

fn architecture(cell: Cell) -> RecurrentArchitecture {
    RecurrentArchitecture {
        cell,
        input_size: INPUT,
        hidden_size: HIDDEN,
        num_layers: 2,
        bidirectional: true,
        dropout: 0.0,
        output_size: 2,
        readout: Readout::Every,
    }
}

fn draw(stream: &mut Stream, value: &mut f64) {
    *value = stream.uniform(-1.0, 1.0);
}

/// A random model run over a random batch, forward and back from a squared error.
fn run(
    architecture: RecurrentArchitecture,
    seq_len: usize,
    lengths: &[usize],
) -> (RecurrentModel<f64>, RecurrentWorkspace<f64>, Vec<f64>) {
    let stream = &mut Stream::new(3, "analysis");
    let mut model = RecurrentModel::new(architecture, &Init::default(), stream);
    for value in &mut model.parameters {
        *value *= 1.5;
    }
    let mut workspace =
        RecurrentWorkspace::new(&architecture, seq_len, lengths.len(), Record::Everything);
    workspace.trace.x.iter_mut().for_each(|x| draw(stream, x));
    for place in architecture.places() {
        let scan = workspace.trace.scan_mut(place);
        scan.h0.iter_mut().for_each(|h| draw(stream, h));
        scan.c0.iter_mut().for_each(|c| draw(stream, c));
    }
    workspace.trace.set_lengths(lengths.iter().copied());
    let mut target = Array3::zeros(workspace.trace.y.dim());
    target.iter_mut().for_each(|value| draw(stream, value));
    model.forward(&mut workspace);
    model.loss(
        &mut workspace,
        Loss::MeanSquaredError,
        &Target::Values(target),
    );
    let mut gradient = vec![0.0; model.parameters.len()];
    model.backward(&mut workspace, &mut gradient);
    (model, workspace, gradient)
}

fn subject<'a>(
    model: &'a RecurrentModel<f64>,
    workspace: &'a RecurrentWorkspace<f64>,
    place: Place,
    sequence: usize,
) -> Subject<'a> {
    let RecurrentWorkspace {
        trace, adjoints, ..
    } = workspace;
    Subject::new(model, trace, adjoints, place, sequence).unwrap()
}

fn assert_close<'a>(
    found: impl IntoIterator<Item = &'a f64>,
    expected: impl IntoIterator<Item = &'a f64>,
    tolerance: f64,
    what: &str,
) {
    for (a, b) in found.into_iter().zip(expected) {
        assert!((a - b).abs() <= tolerance, "{what}: {a} {b}");
    }
}

/// PyTorch 2.15, `torch.autograd.functional.jacobian` of `nn.RNNCell`, `LSTMCell` and `GRUCell` (f64, 2 inputs, 3 units):
/// parameters 0.8 sin(0.7 k²), k from 1 in PyTorch's order, inputs sin(0.3 k), k from 1, zero initial state, 4 steps. The first row
/// of ∂s_3/∂s_2 with s = h, or (h, c), and `torch.linalg.svdvals` of ∂s_4/∂s_1.
#[test]
fn jacobians_agree_with_pytorch() {
    let cases: [(Cell, &[f64], &[f64]); 4] = [
        (
            Cell::RnnTanh,
            &[
                0.019014956141389216,
                0.05447126822023635,
                0.011255609745752938,
            ],
            &[
                0.13763503051105294,
                0.04948081518168418,
                0.0010002109194349703,
            ],
        ),
        (
            Cell::RnnRelu,
            &[0.20374586627522806, 0.5836613899142827, 0.12060422022812967],
            &[0.32246358272267134, 0.09125081718307698, 0.0],
        ),
        (
            Cell::Lstm,
            &[
                -0.003057881119966837,
                -0.2275807041592718,
                -0.1495160358408822,
                0.485628886265209,
                0.0,
                0.0,
            ],
            &[
                0.7819958083945441,
                0.25054290446346955,
                0.07274291455903426,
                0.0012189479377763075,
                6.966086573617252e-05,
                9.94057221907354e-06,
            ],
        ),
        (
            Cell::Gru,
            &[
                0.4963966904589352,
                -0.15296988385732135,
                0.09766792670283436,
            ],
            &[
                0.29876826664388334,
                0.15650214197171042,
                0.07124415702420812,
            ],
        ),
    ];
    for (cell, first_row, singular) in cases {
        let architecture = RecurrentArchitecture {
            num_layers: 1,
            bidirectional: false,
            ..architecture(cell)
        };
        let mut model =
            RecurrentModel::new(architecture, &Init::default(), &mut Stream::new(0, "init"));
        for (k, value) in model.parameters.iter_mut().enumerate() {
            *value = 0.8 * libm::sin(0.7 * ((k + 1) as f64).powi(2));
        }
        let mut workspace = RecurrentWorkspace::new(&architecture, 4, 1, Record::Everything);
        for (k, x) in workspace.trace.x.iter_mut().enumerate() {
            *x = libm::sin(0.3 * (k + 1) as f64);
        }
        model.forward(&mut workspace);
        let subject = subject(&model, &workspace, Place::FIRST, 0);
        let one = step(&subject, States::Whole, 3).unwrap();
        assert_eq!(one.exponent, 0);
        assert_close(one.matrix.row(0), first_row, 1e-14, cell.name());
        let whole = span(&subject, States::Whole, 1, 4).unwrap();
        let found = whole.jacobian.singular_values().unwrap();
        assert_eq!(found.len(), singular.len());
        assert_close(&found, singular, 1e-14, cell.name());
        if cell == Cell::Lstm {
            // The same run: svdvals of the part ∂h_3/∂h_2.
            let expected = [0.274016882755823, 0.1053227523530828, 0.05585245193888394];
            let hidden = step(&subject, States::Hidden, 3).unwrap();
            assert_close(&hidden.singular_values().unwrap(), &expected, 1e-14, "h");
            let part = one.part(Quantity::H, Quantity::H).unwrap();
            assert_close(part, &hidden.matrix, 0.0, "part");
        }
    }
}

/// One step of a scan alone, from a given state h (and c) and input: the state after it.
fn one_step(
    model: &RecurrentModel<f64>,
    place: Place,
    x: ndarray::ArrayView1<'_, f64>,
    state: &Array1<f64>,
) -> Array1<f64> {
    let mut workspace = RecurrentWorkspace::new(&model.architecture, 1, 1, Record::Training);
    workspace.trace.x.slice_mut(s![0, 0, ..]).assign(&x);
    let scan = workspace.trace.scan_mut(place);
    scan.h0.row_mut(0).assign(&state.slice(s![..HIDDEN]));
    let c_size = scan.c0.ncols();
    scan.c0
        .row_mut(0)
        .assign(&state.slice(s![HIDDEN..HIDDEN + c_size]));
    model.forward(&mut workspace);
    let scan = workspace.trace.scan(place);
    let parts = [scan.h.slice(s![0, 0, ..]), scan.c.slice(s![0, 0, ..])];
    concatenate(Axis(0), &parts).unwrap()
}

#[test]
fn jacobians_of_every_cell_and_direction_agree_with_central_differences() {
    for cell in Cell::ALL {
        let architecture = RecurrentArchitecture {
            num_layers: 1,
            ..architecture(cell)
        };
        let (model, workspace, _) = run(architecture, 4, &[4, 3]);
        for (place, sequence) in architecture.places().zip([0, 1]) {
            let subject = subject(&model, &workspace, place, sequence);
            for t in 1..=subject.length {
                let index = t - 1;
                let parts = [subject.h_before(index), subject.c_before(index)];
                let before = concatenate(Axis(0), &parts).unwrap();
                let x = subject.x.slice(s![index, sequence, ..]);
                let size = before.len();
                let mut expected = Array2::zeros((size, size));
                let epsilon = 1e-6;
                for (unit, mut column) in expected.columns_mut().into_iter().enumerate() {
                    let at = |offset: f64| {
                        let mut state = before.clone();
                        state[unit] += offset;
                        one_step(&model, place, x, &state)
                    };
                    column.assign(&((at(epsilon) - at(-epsilon)) / (2.0 * epsilon)));
                }
                let what = format!("{cell:?} {place:?} t = {t}");
                let whole = step(&subject, States::Whole, t).unwrap();
                assert_eq!(whole.matrix.dim(), (size, size), "{what}");
                assert_close(&whole.matrix, &expected, 1e-8, &what);
                let hidden = step(&subject, States::Hidden, t).unwrap();
                let part = expected.slice(s![..HIDDEN, ..HIDDEN]);
                assert_eq!(hidden.matrix.dim(), (HIDDEN, HIDDEN), "{what}");
                assert_close(&hidden.matrix, part, 1e-8, &what);
            }
        }
    }
}

#[test]
fn a_span_is_the_product_of_its_steps() {
    for cell in Cell::ALL {
        let (model, workspace, _) = run(architecture(cell), 5, &[5, 4]);
        for place in architecture(cell).places() {
            let subject = subject(&model, &workspace, place, 1);
            for states in [States::Hidden, States::Whole] {
                // From the initial state to the scan's last step.
                let (from, to, steps) = match place.direction {
                    Direction::Forward => (0, 4, [4, 3, 2, 1]),
                    Direction::Reverse => (5, 1, [1, 2, 3, 4]),
                };
                let whole = span(&subject, states, from, to).unwrap();
                let steps = steps.map(|t| step(&subject, states, t).unwrap().matrix);
                let mut product = steps[0].clone();
                for (k, matrix) in steps.iter().enumerate().skip(1) {
                    let log10 = libm::log10(norm(&product));
                    // A rectifier may let nothing through: −∞ both times.
                    let found = whole.log10_norms[k - 1];
                    assert!(found == log10 || (found - log10).abs() < 1e-12);
                    product = product.dot(matrix);
                }
                let what = format!("{cell:?} {place:?} {states:?}");
                assert_close(&whole.jacobian.matrix, &product, 1e-14, &what);
                assert_eq!(whole.log10_norms.len(), 4);
                let (last, log10) = (whole.log10_norms[3], whole.jacobian.log10_norm());
                assert!(last == log10 || (last - log10).abs() < 1e-12);
            }
        }
    }
}

/// The initial state's adjoint is what the readout's adjoints make of it: Σ_t (∂s_t/∂s_0)ᵀ ∂L/∂h_t directly.
#[test]
fn spans_carry_a_loss_to_where_backpropagation_carries_it() {
    for cell in Cell::ALL {
        let architecture = RecurrentArchitecture {
            bidirectional: false,
            ..architecture(cell)
        };
        let (model, workspace, _) = run(architecture, 5, &[5]);
        let place = Place::forward(1);
        let subject = subject(&model, &workspace, place, 0);
        let adjoints = workspace.adjoints.scan(place);
        let mut d_h0 = Array1::<f64>::zeros(HIDDEN);
        for t in 1..=5 {
            let span = span(&subject, States::Whole, 0, t).unwrap();
            let part = span.jacobian.part(Quantity::H, Quantity::H).unwrap();
            let from_above = adjoints.d_h_from_above.slice(s![t - 1, 0, ..]);
            d_h0 = d_h0 + part.t().dot(&from_above);
        }
        assert_close(&d_h0, adjoints.d_h0.row(0), 1e-15, cell.name());
    }
}

/// W = s · orthogonal, by Gram and Schmidt (twice, so that it is orthogonal to the last digits).
fn scaled_orthogonal(size: usize, s: f64) -> Array2<f64> {
    let stream = &mut Stream::new(5, "orthogonal");
    let mut q = Array2::from_shape_fn((size, size), |_| stream.normal());
    for row in 0..size {
        for _ in 0..2 {
            for earlier in 0..row {
                let overlap = q.row(row).dot(&q.row(earlier));
                let along = &q.row(earlier) * overlap;
                q.row_mut(row).scaled_add(-1.0, &along);
            }
            let length = norm(q.row(row));
            q.row_mut(row).mapv_inplace(|x| x / length);
        }
    }
    q * s
}

/// A linear recurrence with W_hh = s · orthogonal, its loss at the last step.
fn linear(hidden: usize, s: f64, seq_len: usize) -> (RecurrentModel<f64>, RecurrentWorkspace<f64>) {
    let architecture = RecurrentArchitecture {
        cell: Cell::RnnLinear,
        input_size: 1,
        hidden_size: hidden,
        num_layers: 1,
        bidirectional: false,
        dropout: 0.0,
        output_size: 1,
        readout: Readout::Last,
    };
    let mut model =
        RecurrentModel::new(architecture, &Init::default(), &mut Stream::new(1, "init"));
    let block = Block {
        parameter: ParameterKind::WeightHh,
        gate: Quantity::H,
    };
    let weights = scaled_orthogonal(hidden, s);
    let range = architecture.block_range(Place::FIRST, block);
    for (into, &weight) in model.parameters[range].iter_mut().zip(&weights) {
        *into = weight;
    }
    let mut workspace = RecurrentWorkspace::new(&architecture, seq_len, 1, Record::Everything);
    workspace.trace.x[[0, 0, 0]] = 1.0;
    model.forward(&mut workspace);
    workspace.adjoints.d_y.fill(1.0);
    let mut gradient = vec![0.0; model.parameters.len()];
    model.backward(&mut workspace, &mut gradient);
    (model, workspace)
}

#[test]
fn a_linear_recurrence_scales_gradients_by_exactly_s_to_the_k() {
    for (s, expected) in [(0.9, 0.005153775207), (1.1, 117.390852880)] {
        let (model, workspace) = linear(8, s, 60);
        let (parts, _) = AnyWorkspace::Recurrent(workspace.clone()).into_record();
        let flow = gradient_flow(&parts[0].scans[0], Quantity::H, 0);
        let ratio = flow[10].unwrap() / flow[60].unwrap();
        assert!((ratio / s.powi(50) - 1.0).abs() < 1e-10, "{ratio}");
        assert!((ratio / expected - 1.0).abs() < 1e-9, "{ratio}");
        let subject = subject(&model, &workspace, Place::FIRST, 0);
        let span = span(&subject, States::Hidden, 10, 60).unwrap();
        for sigma in span.jacobian.singular_values().unwrap() {
            assert!((sigma / s.powi(50) - 1.0).abs() < 1e-10, "{sigma}");
        }
        let [block] = &recurrent_blocks(subject.cell, subject.weights)[..] else {
            panic!("an Elman cell has one block");
        };
        assert!((block.spectral_radius().unwrap() - s).abs() < 1e-14);
        assert!((block.largest_singular_value().unwrap() - s).abs() < 1e-14);
        // 0.9^6 = 0.531, 0.9^7 = 0.478: below half after seven steps.
        let reach = reach(&flow, Direction::Forward, 0.5);
        assert_eq!(reach, (s < 1.0).then_some(7));
    }
}

#[test]
fn long_spans_stay_in_range() {
    for (s, sign) in [(0.1, -1.0), (10.0, 1.0)] {
        let (model, mut workspace) = linear(4, s, 1000);
        // What the linear step maps does not matter to its Jacobian; here it would overflow.
        workspace.trace.x.fill(0.0);
        for value in &mut workspace.trace.layers[0].scans[0].h {
            *value = 0.0;
        }
        let subject = subject(&model, &workspace, Place::FIRST, 0);
        let span = span(&subject, States::Whole, 0, 1000).unwrap();
        // ‖s^k Q‖ = s^k √4.
        let expected = sign * 1000.0 + libm::log10(2.0);
        let found = span.jacobian.log10_norm();
        assert!((found - expected).abs() < 1e-9, "{found}");
        for sigma in span.jacobian.log10_singular_values().unwrap() {
            assert!((sigma - sign * 1000.0).abs() < 1e-9, "{sigma}");
        }
        let out_of_range = if s < 1.0 { 0.0 } else { f64::INFINITY };
        assert_eq!(span.jacobian.norm(), out_of_range);
        for (k, norm) in span.log10_norms.iter().enumerate() {
            let expected = sign * (k + 1) as f64 + libm::log10(2.0);
            assert!((norm - expected).abs() < 1e-9);
        }
    }
}

#[test]
fn what_is_not_there_has_no_jacobian() {
    let (model, workspace, _) = run(architecture(Cell::Lstm), 5, &[5, 3]);
    let RecurrentWorkspace {
        trace, adjoints, ..
    } = &workspace;
    let reverse = Place {
        layer: 0,
        direction: Direction::Reverse,
    };
    assert!(Subject::new(&model, trace, adjoints, Place::forward(2), 0).is_none());
    assert!(Subject::new(&model, trace, adjoints, Place::FIRST, 2).is_none());
    let forward = subject(&model, &workspace, Place::FIRST, 1);
    let reverse = subject(&model, &workspace, reverse, 1);
    for t in [0, 4, usize::MAX] {
        assert!(step(&forward, States::Whole, t).is_none(), "{t}");
        assert!(step(&reverse, States::Whole, t).is_none(), "{t}");
    }
    for (from, to) in [(2, 2), (3, 2), (0, 4)] {
        assert!(span(&forward, States::Whole, from, to).is_none());
    }
    for (from, to) in [(2, 2), (2, 3), (5, 1), (1, 0)] {
        assert!(span(&reverse, States::Whole, from, to).is_none());
    }
    let mut broken = workspace.clone();
    broken.trace.scan_mut(Place::FIRST).gates.fill(f64::NAN);
    let broken = subject(&model, &broken, Place::FIRST, 0);
    assert!(step(&broken, States::Whole, 2).is_none());
}

#[test]
fn terms_of_every_entry_add_up_to_the_engines_gradient() {
    for cell in Cell::ALL {
        let architecture = architecture(cell);
        let (model, workspace, gradient) = run(architecture, 5, &[5, 3]);
        for place in architecture.places() {
            let suffix = place.suffix();
            for (parameter, name) in [
                (ParameterKind::WeightIh, "weight_ih"),
                (ParameterKind::WeightHh, "weight_hh"),
                (ParameterKind::BiasIh, "bias_ih"),
                (ParameterKind::BiasHh, "bias_hh"),
            ] {
                let name = format!("{name}_{suffix}");
                let entries = architecture.entries();
                let entry = entries.iter().find(|entry| entry.name == name).unwrap();
                let columns = entry.shape.get(1).copied().unwrap_or(1);
                for (index, expected) in gradient[entry.range.clone()].iter().enumerate() {
                    let at = (index / columns, index % columns);
                    let sum: f64 = (0..2)
                        .map(|sequence| {
                            let subject = subject(&model, &workspace, place, sequence);
                            let terms = entry_terms(&subject, parameter, at).unwrap();
                            assert_eq!(terms.len(), subject.length);
                            terms.iter().sum::<f64>()
                        })
                        .sum();
                    let what = format!("{cell:?} {name} {at:?}: {sum} {expected}");
                    assert!((sum - expected).abs() < 1e-15, "{what}");
                }
                let subject = subject(&model, &workspace, place, 0);
                let past = (entry.shape[0], 0);
                assert_eq!(entry_terms(&subject, parameter, past), None);
                assert_eq!(entry_terms(&subject, parameter, (0, columns)), None);
            }
        }
    }
}

#[test]
fn steps_along_a_blocks_gradient_add_up_to_its_norm() {
    for cell in Cell::ALL {
        let architecture = architecture(cell);
        let (model, workspace, gradient) = run(architecture, 6, &[6]);
        for place in architecture.places() {
            let subject = subject(&model, &workspace, place, 0);
            let gates: Vec<Quantity> = recurrent_blocks(cell, subject.weights)
                .iter()
                .map(|block| block.gate)
                .collect();
            for gate in gates {
                for parameter in [
                    ParameterKind::WeightIh,
                    ParameterKind::WeightHh,
                    ParameterKind::BiasIh,
                    ParameterKind::BiasHh,
                ] {
                    let block = Block { parameter, gate };
                    let what = format!("{cell:?} {place:?} {block:?}");
                    let expected = &gradient[architecture.block_range(place, block)];
                    let found = block_terms(&subject, block).unwrap();
                    assert_eq!(found.gradient.len(), expected.len());
                    assert_close(&found.gradient, expected, 1e-15, &what);
                    assert!((found.norm - norm(expected)).abs() < 1e-14, "{what}");
                    let along: f64 = found.along.iter().sum();
                    assert!((along - found.norm).abs() < 1e-14, "{what}");
                    for (along, norm) in found.along.iter().zip(&found.norms) {
                        assert!(along.abs() <= norm * (1.0 + 1e-14), "{what}");
                    }
                }
            }
            let missing = Block {
                parameter: ParameterKind::WeightHh,
                gate: Quantity::Y,
            };
            assert_eq!(block_terms(&subject, missing), None);
        }
    }
}

#[test]
fn vanishing_gradients_keep_their_shares() {
    let (model, mut workspace) = linear(4, 0.5, 8);
    workspace.adjoints.d_y.fill(1e-250);
    let mut gradient = vec![0.0; model.parameters.len()];
    model.backward(&mut workspace, &mut gradient);
    let subject = subject(&model, &workspace, Place::FIRST, 0);
    let block = Block {
        parameter: ParameterKind::WeightHh,
        gate: Quantity::H,
    };
    let found = block_terms(&subject, block).unwrap();
    assert!(found.norm > 0.0 && found.norm < 1e-249);
    let along: f64 = found.along.iter().sum();
    assert!((along / found.norm - 1.0).abs() < 1e-14);
}

#[test]
fn shares_of_loss_terms_add_up_to_the_adjoint() {
    for cell in Cell::ALL {
        let architecture = RecurrentArchitecture {
            bidirectional: cell == Cell::Lstm,
            ..architecture(cell)
        };
        let (model, mut workspace, _) = run(architecture, 6, &[6]);
        let before = workspace.adjoints.clone();
        for place in architecture.places() {
            for quantity in [Quantity::H, Quantity::X] {
                let terms = [5, 1, 2];
                let found =
                    loss_shares(&model, &mut workspace, place, quantity, 0, &terms).unwrap();
                assert_eq!(found.terms, terms);
                assert_eq!(workspace.adjoints, before, "comes back as it was");
                let sum = found.shares.sum_axis(Axis(0)) + &found.rest;
                let adjoint = before.get(place, quantity).unwrap();
                let adjoint = adjoint.index_axis(Axis(1), 0);
                assert_eq!(sum.dim(), adjoint.dim());
                assert_close(&sum, adjoint, 1e-15, cell.name());
                if !architecture.bidirectional {
                    // The future has no part in what came before: terms 1 and 2 ask nothing of later steps.
                    assert!(found.shares.slice(s![1, 2.., ..]).iter().all(|&x| x == 0.0));
                    assert!(found.shares.slice(s![2, 3.., ..]).iter().all(|&x| x == 0.0));
                    assert!(found.shares.slice(s![1, 1, ..]).iter().any(|&x| x != 0.0));
                }
                let (norms, rest) = found.norms_at(0).unwrap();
                assert_eq!(norms[2], norm(found.shares.slice(s![2, 0, ..])));
                assert_eq!(rest, norm(found.rest.row(0)));
                assert_eq!(found.norms_at(6), None);
            }
        }
    }
}

#[test]
fn loss_terms_that_cannot_be_taken_apart_are_refused() {
    let (model, mut workspace, _) = run(architecture(Cell::Gru), 80, &[80]);
    let many: Vec<usize> = (0..MOST_LOSS_TERMS + 1).collect();
    for terms in [&[80][..], &[3, 3], &many] {
        let refused = loss_shares(&model, &mut workspace, Place::FIRST, Quantity::H, 0, terms);
        assert_eq!(refused, None);
    }
    let mut refused = |quantity, sequence| {
        loss_shares(
            &model,
            &mut workspace,
            Place::FIRST,
            quantity,
            sequence,
            &[0],
        )
    };
    assert_eq!(refused(Quantity::C, 0), None);
    assert_eq!(refused(Quantity::H, 1), None);
    let mut training = RecurrentWorkspace::new(&model.architecture, 3, 1, Record::Training);
    let refused = loss_shares(&model, &mut training, Place::FIRST, Quantity::H, 0, &[0]);
    assert_eq!(refused, None);
}

#[test]
fn the_largest_loss_terms_come_in_the_order_of_time() {
    let mut d_y = Array3::zeros((5, 1, 1));
    for (t, size) in [0.1, -3.0, 0.2, 2.0, -0.3].into_iter().enumerate() {
        d_y[[t, 0, 0]] = size;
    }
    assert_eq!(largest_loss_terms(d_y.view(), 0, 3), [1, 3, 4]);
    assert_eq!(largest_loss_terms(d_y.view(), 0, 9), [0, 1, 2, 3, 4]);
    assert!(largest_loss_terms(d_y.view(), 1, 3).is_empty());
}

/// What views hold is the record in parts; the analyses see the same scan in either.
#[test]
fn a_part_of_the_record_is_the_same_subject() {
    let architecture = architecture(Cell::Lstm);
    let (model, workspace, _) = run(architecture, 5, &[5]);
    let (parts, _) = AnyWorkspace::Recurrent(workspace.clone()).into_record();
    let any = AnyModel::Recurrent(model.clone());
    assert_eq!(any.network(), Network::Recurrent(architecture));
    for (index, place) in architecture.places().enumerate() {
        let direct = subject(&model, &workspace, place, 0);
        let part = Subject::of_part(&any, &parts[0], index, 0).unwrap();
        assert_eq!(part.x, direct.x);
        assert_eq!(
            step(&part, States::Whole, 3),
            step(&direct, States::Whole, 3)
        );
        assert!(Subject::of_part(&any, &parts[0], index, 1).is_none());
    }
    assert!(Subject::of_part(&any, &parts[0], 4, 0).is_none());
    assert!(weights_of(&any, "decoder", Place::FIRST).is_none());
}

/// A record of one sequence as the window has it, of any network.
fn recorded(network: &Network, lengths: Lengths) -> Recorded {
    let stream = &mut Stream::new(11, "recorded");
    let mut model = AnyModel::<f64>::new(network, &Init::default(), stream);
    for value in model.parameters_mut() {
        *value *= 1.5;
    }
    let mut workspace = AnyWorkspace::<f64>::new(network, lengths, 1, Record::Everything);
    match &mut workspace {
        AnyWorkspace::Recurrent(it) => it.trace.x.iter_mut().for_each(|x| draw(stream, x)),
        AnyWorkspace::EncoderDecoder(it) => {
            it.encoder.trace.x.iter_mut().for_each(|x| draw(stream, x));
        }
        AnyWorkspace::SelfAttention(_) => panic!("not recurrent"),
    }
    let mut target = Array3::zeros(workspace.y().dim());
    target.iter_mut().for_each(|value| draw(stream, value));
    let target = Target::Values(target);
    let mut gradient = vec![0.0; model.parameters().len()];
    model.forward(&mut workspace, &target);
    model.loss(&mut workspace, Loss::MeanSquaredError, &target);
    model.backward(&mut workspace, &mut gradient);
    let (parts, _) = workspace.into_record();
    Recorded {
        model,
        parts,
        gradient,
        target,
    }
}

struct Recorded {
    model: AnyModel<f64>,
    parts: Vec<crate::nn::Part>,
    gradient: Vec<f64>,
    target: Target<f64>,
}

fn encoder_decoder(cell: Cell, attention: Attention) -> Network {
    Network::EncoderDecoder(Seq2SeqArchitecture {
        encoder: RecurrentArchitecture {
            output_size: 0,
            readout: Readout::Final,
            ..architecture(cell)
        },
        decoder_cell: cell,
        decoder_size: 2 * HIDDEN,
        attention,
        feedback: Feedback::Values,
        output_size: 2,
    })
}

const SOURCE_AND_TARGET: Lengths = Lengths {
    source: 5,
    target: 4,
};

/// Stacks in both directions with every cell, and encoder–decoders with every attention.
fn every_network() -> Vec<Network> {
    let stacks = Cell::ALL.map(|cell| Network::Recurrent(architecture(cell)));
    let mut all = stacks.to_vec();
    for attention in Attention::ALL {
        all.extend([Cell::Lstm, Cell::Gru].map(|cell| encoder_decoder(cell, attention)));
    }
    all
}

#[test]
fn terms_of_every_block_add_up_to_the_gradient_that_is_used() {
    for network in every_network() {
        let Recorded {
            model,
            parts,
            gradient,
            ..
        } = recorded(&network, SOURCE_AND_TARGET);
        for part in &parts {
            for (scan, record) in part.scans.iter().enumerate() {
                let subject = Subject::of_part(&model, part, scan, 0).unwrap();
                let of = (&model, part.name, record.place);
                let stop = crate::nn::Stop::default();
                let ByTime { blocks, shares, .. } =
                    by_time::by_time(&subject, of, &gradient, &stop).unwrap();
                assert_eq!(blocks.len(), 4 * subject.cell.blocks());
                for (index, found) in blocks.into_iter().enumerate() {
                    let what = format!("{network:?} {} {:?}", part.name, found.block);
                    assert!(found.used > 0.0, "{what}");
                    assert!(found.difference <= 1e-12 * found.used, "{what}");
                    assert!(
                        (found.sum - found.used).abs() <= 1e-12 * found.used,
                        "{what}"
                    );
                    let whole: f64 = shares.column(index).iter().sum();
                    assert!((whole - 1.0).abs() <= 1e-12, "{what}");
                    let last = (HIDDEN - 1, found.width - 1);
                    let block = found.block;
                    let entry = entry_by_time(&subject, of, &gradient, block, last).unwrap();
                    assert!(
                        (entry.sum - entry.used).abs() <= 1e-12 * found.used,
                        "{what}"
                    );
                    assert_eq!(entry.terms.len(), subject.length);
                    let past = (0, found.width);
                    assert_eq!(entry_by_time(&subject, of, &gradient, block, past), None);
                }
            }
        }
    }
}

#[test]
fn a_pass_made_anew_is_the_recorded_one_and_its_loss_terms_add_up() {
    for network in every_network() {
        let Recorded { model, parts, .. } = recorded(&network, SOURCE_AND_TARGET);
        let stop = crate::nn::Stop::default();
        let mut rerun = Rerun::new(&model, &parts, None, &stop).unwrap();
        for (index, part) in parts.iter().enumerate() {
            for record in &part.scans {
                for &quantity in record.states() {
                    let of = (index, record.place, quantity);
                    let adjoint = record.get(quantity, true).unwrap();
                    let adjoint = adjoint.index_axis(Axis(1), 0);
                    // Bit by bit: all terms in the rest.
                    let whole = rerun.loss_shares(of, &[]).unwrap().rest;
                    assert_eq!(whole, adjoint, "{network:?} {of:?}");
                    let shares = rerun.loss_shares(of, &[0, 2]).unwrap();
                    let sum = shares.shares.sum_axis(Axis(0)) + &shares.rest;
                    let size = norm(&adjoint.to_owned());
                    assert_close(&sum, adjoint, 1e-12 * size, "the terms add up");
                    let flow = rerun.loss_flow(of, 2).unwrap();
                    assert_eq!(flow.terms.len(), 2);
                    assert_eq!(flow.outputs, part_of_outputs(&parts));
                    let again = rerun.loss_shares(of, &flow.terms).unwrap();
                    assert_eq!(flow.norms[1][3], again.norms_at(3).unwrap().0[1]);
                    assert_eq!(flow.rest.len(), part.seq_len());
                }
            }
        }
    }
    // Of another model's record, or after a stop, there is none.
    let one = recorded(
        &Network::Recurrent(architecture(Cell::Gru)),
        SOURCE_AND_TARGET,
    );
    let other = recorded(
        &encoder_decoder(Cell::Gru, Attention::Dot),
        SOURCE_AND_TARGET,
    );
    let stop = crate::nn::Stop::default();
    assert!(Rerun::new(&one.model, &other.parts, None, &stop).is_none());
    stop.ask();
    assert!(Rerun::new(&one.model, &one.parts, None, &stop).is_none());
}

fn part_of_outputs(parts: &[crate::nn::Part]) -> usize {
    parts.last().unwrap().y.dim().0
}

/// What comes by attention and what comes by the bridge is all that comes; and either is what an explicit sum over Jacobians
/// makes of what is asked of the encoder's outputs: ∂L/∂h_j = Σ_{i ≥ j} (∂s_i/∂s_j)ᵀ (what step i is asked for).
#[test]
fn the_two_roads_into_an_encoder_add_up() {
    for attention in Attention::ALL {
        for cell in [Cell::RnnTanh, Cell::Lstm, Cell::Gru] {
            let network = encoder_decoder(cell, attention);
            let Recorded { model, parts, .. } = recorded(&network, SOURCE_AND_TARGET);
            let stop = crate::nn::Stop::default();
            let mut rerun = Rerun::new(&model, &parts, None, &stop).unwrap();
            for (scan, record) in parts[0].scans.iter().enumerate() {
                let place = record.place;
                let what = format!("{attention:?} {cell:?} {place:?}");
                let [by_attention, by_bridge] = rerun.by_road(place).unwrap();
                let whole = record.get(Quantity::H, true).unwrap();
                let whole = whole.index_axis(Axis(1), 0);
                let size = norm(&whole.to_owned());
                assert_close(&(&by_attention + &by_bridge), whole, 1e-12 * size, &what);
                let none = by_attention.iter().all(|&x| x == 0.0);
                assert_eq!(none, attention == Attention::None, "{what}");
                let roads = rerun.roads(place).unwrap();
                assert_eq!(roads.attention[2], norm(by_attention.row(2)));
                assert_eq!(roads.bridge[2], norm(by_bridge.row(2)));
                assert_eq!(roads.whole[2], norm(whole.row(2)));
                // Of the top layer's forward scan: the bridge asks its last step alone.
                if place == Place::forward(1) {
                    let subject = Subject::of_part(&model, &parts[0], scan, 0).unwrap();
                    for j in 1..5 {
                        let span = span(&subject, States::Whole, j, 5).unwrap();
                        let back = span.jacobian.part(Quantity::H, Quantity::H).unwrap();
                        let expected = back.t().dot(&by_bridge.row(4));
                        assert_close(by_bridge.row(j - 1), &expected, 1e-14, &what);
                    }
                }
            }
        }
    }
    let stack = recorded(
        &Network::Recurrent(architecture(Cell::Gru)),
        SOURCE_AND_TARGET,
    );
    let stop = crate::nn::Stop::default();
    let mut rerun = Rerun::new(&stack.model, &stack.parts, None, &stop).unwrap();
    assert!(rerun.by_road(Place::FIRST).is_none(), "no encoder");
}

/// By the bridge alone the first step of a reverse scan gets what its own time hands on; and where nothing of the context is
/// read by the output, nothing comes through attention.
#[test]
fn what_reads_no_context_sends_nothing_through_attention() {
    let network = encoder_decoder(Cell::Gru, Attention::Dot);
    let Recorded {
        model,
        parts,
        target,
        ..
    } = recorded(&network, SOURCE_AND_TARGET);
    let AnyModel::EncoderDecoder(model) = &model else {
        panic!("an encoder–decoder");
    };
    let any = AnyModel::EncoderDecoder(model.clone());
    let stop = crate::nn::Stop::default();
    let mut rerun = Rerun::new(&any, &parts, None, &stop).unwrap();
    let place = Place {
        layer: 1,
        direction: Direction::Reverse,
    };
    let [by_attention, by_bridge] = rerun.by_road(place).unwrap();
    // By the bridge alone, t = 5 gets what goes on through the scan's own time; compared with the Jacobian.
    let scan = parts[0].index_of(place).unwrap();
    let subject = Subject::of_part(&any, &parts[0], scan, 0).unwrap();
    let through = span(&subject, States::Whole, 5, 1).unwrap();
    let expected = through.jacobian.matrix.t().dot(&by_bridge.row(0));
    assert_close(by_bridge.row(4), &expected, 1e-14, "the bridge's share");
    // Without the weights that combine the context with the state.
    let mut cut = model.clone();
    let entries = cut.architecture.entries();
    let combine = entries
        .iter()
        .find(|entry| entry.name == "attention.combine.weight")
        .unwrap();
    let columns = combine.shape[1];
    for (k, value) in cut.parameters[combine.range.clone()].iter_mut().enumerate() {
        if k % columns < cut.architecture.encoder.width() {
            *value = 0.0;
        }
    }
    let mut workspace =
        AnyWorkspace::<f64>::new(&network, SOURCE_AND_TARGET, 1, Record::Everything);
    if let AnyWorkspace::EncoderDecoder(it) = &mut workspace {
        it.encoder.trace.x.assign(&parts[0].x);
    }
    let any = AnyModel::EncoderDecoder(cut);
    let mut gradient = vec![0.0; any.parameters().len()];
    any.forward(&mut workspace, &target);
    any.loss(&mut workspace, Loss::MeanSquaredError, &target);
    any.backward(&mut workspace, &mut gradient);
    let (parts, _) = workspace.into_record();
    let mut rerun = Rerun::new(&any, &parts, None, &stop).unwrap();
    let [cut_off, all] = rerun.by_road(place).unwrap();
    assert!(by_attention.iter().any(|&x| x.abs() > 1e-6));
    assert!(cut_off.iter().all(|&x| x == 0.0));
    assert!(all.iter().any(|&x| x != 0.0));
}

#[test]
fn steps_stretch_as_their_jacobians_do_and_within_the_bound() {
    let stop = crate::nn::Stop::default();
    for cell in Cell::ALL {
        let (model, workspace, _) = run(architecture(cell), 6, &[6, 4]);
        for place in architecture(cell).places() {
            let subject = subject(&model, &workspace, place, 1);
            for states in [States::Hidden, States::Whole] {
                let found = stretches(&subject, states, &stop).unwrap();
                assert_eq!((found.steps.len(), found.every), (4, 1));
                assert_eq!(found.bound.is_some(), cell.gates().is_empty());
                for (t, stretch) in (1..).zip(&found.steps) {
                    let one = step(&subject, states, t).unwrap();
                    let sigma = one.singular_values().unwrap();
                    assert_eq!(stretch.t, t);
                    assert_eq!(stretch.largest, sigma[0]);
                    assert_eq!(stretch.middle, sigma[sigma.len() / 2]);
                    assert_eq!(stretch.smallest, sigma[sigma.len() - 1]);
                    let bound = found.bound.unwrap_or(f64::INFINITY);
                    assert!(stretch.largest <= bound * (1.0 + 1e-14));
                }
            }
        }
    }
    // A linear recurrence reaches its bound.
    let (model, workspace) = linear(8, 0.9, 20);
    let found = stretches(
        &subject(&model, &workspace, Place::FIRST, 0),
        States::Whole,
        &stop,
    )
    .unwrap();
    assert!((found.bound.unwrap() - 0.9).abs() < 1e-14);
    for stretch in &found.steps {
        assert!((stretch.smallest - 0.9).abs() < 1e-14 && (stretch.largest - 0.9).abs() < 1e-14);
    }
    stop.ask();
    let subject = subject(&model, &workspace, Place::FIRST, 0);
    assert_eq!(stretches(&subject, States::Whole, &stop), None);
}

/// Of a long sequence of a wide layer only every few steps are looked at, the last one among them.
#[test]
fn a_long_series_of_stretches_is_thinned_and_says_so() {
    // 100³ · 68 steps is a little more than is worked at.
    let (model, workspace) = linear(100, 0.9, 68);
    let subject = subject(&model, &workspace, Place::FIRST, 0);
    let found = stretches(&subject, States::Hidden, &crate::nn::Stop::default()).unwrap();
    assert_eq!(found.every, 2);
    assert_eq!(found.steps.len(), 34);
    assert_eq!(found.steps.last().map(|step| step.t), Some(68));
}
