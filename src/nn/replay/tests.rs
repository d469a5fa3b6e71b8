use super::*;
use crate::nn::attention::Attention;
use crate::nn::{AnyWorkspace, Init, Record, RecurrentModel, Target, self_attention, seq2seq};
use crate::random::Stream;
use ndarray::{Array3, ArrayView1};

/// What is compared: relative to the largest of its kind, since both add the same numbers in another order.
const CLOSE: f64 = 1e-11;

fn stack(
    cell: Cell,
    hidden_size: usize,
    num_layers: usize,
    bidirectional: bool,
) -> RecurrentArchitecture {
    RecurrentArchitecture {
        cell,
        input_size: 3,
        hidden_size,
        num_layers,
        bidirectional,
        dropout: 0.0,
        output_size: 2,
        readout: Readout::Every,
    }
}

/// A network of any kind.
fn random_network(stream: &mut Stream) -> Network {
    let mut pick = |below: usize| stream.below(below);
    let cell = |at: usize| Cell::ALL[at];
    let (cells, readouts) = (Cell::ALL.len(), Readout::ALL.len());
    let readout = Readout::ALL[pick(readouts)];
    match pick(3) {
        0 => Network::Recurrent(RecurrentArchitecture {
            readout,
            ..stack(cell(pick(cells)), 4, 1 + pick(3), pick(2) == 1)
        }),
        1 => {
            let both = pick(2) == 1;
            let attention = Attention::ALL[pick(3)];
            let encoder = RecurrentArchitecture {
                output_size: 0,
                readout: Readout::Final,
                ..stack(cell(pick(cells)), 3, 1 + pick(2), both)
            };
            Network::EncoderDecoder(seq2seq::Seq2SeqArchitecture {
                encoder,
                decoder_cell: cell(pick(cells)),
                // A dot product asks for equal widths.
                decoder_size: match attention {
                    Attention::Dot => encoder.width(),
                    _ => 5,
                },
                attention,
                output_size: 3,
                feedback: [seq2seq::Feedback::Values, seq2seq::Feedback::Classes][pick(2)],
            })
        }
        _ => Network::SelfAttention(self_attention::SelfAttentionArchitecture {
            input_size: 3,
            hidden_size: 4,
            heads: 1 + pick(2),
            num_layers: 1 + pick(3),
            causal: pick(2) == 1,
            positions: pick(2) == 1,
            output_size: 2,
            readout,
        }),
    }
}

/// A network that has run a sequence forward and back, and the same by its formulas.
struct Both {
    model: AnyModel<f64>,
    workspace: AnyWorkspace<f64>,
    gradient: Vec<f64>,
    loss: f64,
    replay: Replay<'static>,
}

fn random(stream: &mut Stream) -> Both {
    let network = random_network(stream);
    let loss = [Loss::MeanSquaredError, Loss::CrossEntropy][stream.below(2)];
    let lengths = Lengths {
        source: 1 + stream.below(5),
        target: 1 + stream.below(4),
    };
    let truncate = match &network {
        Network::Recurrent(stack) if !stack.bidirectional && stream.below(2) == 1 => Some(2),
        _ => None,
    };
    let mut model = AnyModel::<f64>::new(&network, &Init::default(), stream);
    for parameter in model.parameters_mut() {
        *parameter += stream.uniform(-0.3, 0.3);
    }
    let mut workspace = AnyWorkspace::<f64>::new(&network, lengths, 1, Record::Everything);
    workspace.truncate(truncate);
    for x in workspace.x_mut().iter_mut() {
        *x = stream.uniform(-1.5, 1.5);
    }
    let outputs = network.output_size();
    let steps = match &network {
        Network::EncoderDecoder(_) => lengths.target,
        other => other.readout().steps(lengths.source),
    };
    let (target, wanted) = match loss {
        Loss::MeanSquaredError => {
            let values = Array3::from_shape_fn((steps, 1, outputs), |_| stream.uniform(-1.0, 1.0));
            let wanted = values.index_axis(Axis(1), 0).to_owned();
            (Target::Values(values), wanted)
        }
        Loss::CrossEntropy => {
            let classes = Array2::from_shape_fn((steps, 1), |_| stream.below(outputs));
            let mut wanted = Array2::zeros((steps, outputs));
            for (t, class) in classes.iter().enumerate() {
                wanted[[t, *class]] = 1.0;
            }
            (Target::Classes(classes), wanted)
        }
    };
    let mut fed = None;
    if let AnyWorkspace::EncoderDecoder(workspace) = &mut workspace
        && stream.below(2) == 1
    {
        workspace.trace.forced.fill(true);
        workspace.trace.set_target(&target);
        fed = Some(workspace.trace.teacher.index_axis(Axis(1), 0).to_owned());
    }
    model.forward(&mut workspace, &target);
    let of_engine = model.loss(&mut workspace, loss, &target);
    let mut gradient = vec![0.0; model.parameters().len()];
    model.backward(&mut workspace, &mut gradient);
    let example = Example {
        x: workspace.x().index_axis(Axis(1), 0).to_owned(),
        wanted,
        fed,
        truncate,
        initial: Vec::new(),
    };
    let replay = Replay::new(&model, loss, example, &Stop::default()).unwrap();
    Both {
        model,
        workspace,
        gradient,
        loss: of_engine,
        replay,
    }
}

fn close<'a>(
    what: &str,
    network: &Network,
    found: impl IntoIterator<Item = &'a f64>,
    ran: impl IntoIterator<Item = &'a f64>,
) {
    let (found, ran): (Vec<f64>, Vec<f64>) = (
        found.into_iter().copied().collect(),
        ran.into_iter().copied().collect(),
    );
    assert_eq!(found.len(), ran.len(), "{what} of {network:?}");
    let largest = ran
        .iter()
        .fold(1.0, |most: f64, value| most.max(value.abs()));
    for (found, ran) in found.iter().zip(&ran) {
        let apart = (found - ran).abs();
        assert!(
            apart <= CLOSE * largest,
            "{what}: {found} {ran} in {network:?}"
        );
    }
}

/// The record of a line's result and of its adjoint, for a head: what the engine keeps of it.
type Recorded<'a> = (Option<ArrayView1<'a, f64>>, Option<ArrayView1<'a, f64>>);

fn row(of: &Array3<f64>, at: usize) -> Option<ArrayView1<'_, f64>> {
    Some(of.slice(s![at, 0, ..]))
}

fn recorded<'a>(workspace: &'a AnyWorkspace<f64>, station: &Station, head: usize) -> Recorded<'a> {
    let at = station.t.saturating_sub(1);
    match workspace {
        AnyWorkspace::Recurrent(it) => match (station.line, station.place) {
            (Line::Cell(quantity), Some(place)) => {
                let values = it.trace.get(place, quantity).unwrap();
                let adjoints = it.adjoints.get(place, quantity).unwrap();
                let step = s![at, 0, ..];
                (
                    Some(values.slice_move(step)),
                    Some(adjoints.slice_move(step)),
                )
            }
            (Line::Readout, _) => {
                let at = at.min(it.trace.y.dim().0 - 1);
                (row(&it.trace.y, at), row(&it.adjoints.d_y, at))
            }
            _ => (None, None),
        },
        AnyWorkspace::EncoderDecoder(it) => {
            let (trace, adjoints) = (&it.trace, &it.adjoints);
            match (station.line, station.part) {
                (Line::Cell(quantity), 0) => {
                    let (encoder, place) = (&it.encoder, station.place.unwrap());
                    let step = s![at, 0, ..];
                    let values = encoder.trace.get(place, quantity).unwrap();
                    let adjoint = encoder.adjoints.get(place, quantity).unwrap();
                    (
                        Some(values.slice_move(step)),
                        Some(adjoint.slice_move(step)),
                    )
                }
                (Line::Cell(quantity), _) => {
                    let step = s![at, 0, ..];
                    let values = trace.get(quantity).unwrap().slice_move(step);
                    (
                        Some(values),
                        Some(adjoints.get(quantity).unwrap().slice_move(step)),
                    )
                }
                (Line::Scores, _) => (
                    row(&trace.attention.scores, at),
                    row(&adjoints.attention.d_scores, at),
                ),
                (Line::Weights, _) => (
                    row(&trace.attention.weights, at),
                    row(&adjoints.attention.d_weights, at),
                ),
                (Line::Context, _) => (
                    row(&trace.attention.context, at),
                    row(&adjoints.attention.d_context, at),
                ),
                (Line::Joined, _) => (
                    row(&trace.attentional, at),
                    row(&adjoints.d_attentional, at),
                ),
                (Line::Readout, _) => (row(&trace.y, at), row(&adjoints.d_y, at)),
                _ => (None, None),
            }
        }
        AnyWorkspace::SelfAttention(it) => {
            let layer = station.place.map_or(0, |place| place.layer);
            let (block, d_block) = (&it.trace.blocks[layer], &it.adjoints.blocks[layer]);
            let seen = match it.trace.architecture.causal {
                true => station.t,
                false => it.trace.seq_len(),
            };
            let size = it.trace.architecture.head_size();
            let of_head = head * size..(head + 1) * size;
            match station.line {
                Line::Embedding => (row(&it.trace.embedded, at), row(&it.adjoints.d_h[0], at)),
                Line::Projections => (row(&block.qkv, at), row(&d_block.d_qkv, at)),
                Line::Weights => (
                    Some(block.weights.slice(s![0, head, at, ..seen])),
                    Some(d_block.d_weights.slice(s![0, head, at, ..seen])),
                ),
                Line::Context => (
                    Some(block.mixed.slice(s![at, 0, of_head.clone()])),
                    Some(d_block.d_mixed.slice(s![at, 0, of_head])),
                ),
                Line::Residual => (None, row(&d_block.d_sum, at)),
                Line::Norm => (row(&block.h, at), row(&it.adjoints.d_h[layer + 1], at)),
                Line::Readout => {
                    let at = at.min(it.trace.y.dim().0 - 1);
                    (row(&it.trace.y, at), row(&it.adjoints.d_y, at))
                }
                _ => (None, None),
            }
        }
    }
}

/// What is shown is what ran: for 300 networks of every kind each operation's formula gives what the engine recorded, and
/// differentiating the formulas alone, from the loss down, gives every adjoint on record and the gradient of every parameter.
#[test]
fn formulas_of_every_network_equal_what_ran_forward_and_back() {
    let mut stream = Stream::new(23, "replay");
    let mut compared = std::collections::BTreeMap::new();
    for _ in 0..300 {
        let both = random(&mut stream);
        let (replay, network) = (&both.replay, both.model.network());
        close("the loss", &network, [&replay.loss()], [&both.loss]);
        close("the gradient", &network, replay.gradient(), &both.gradient);
        let schedule = replay.schedule();
        for index in 0..schedule.len() {
            let station = schedule.station(index).unwrap();
            for head in 0..replay.heads(station.line) {
                let (value, adjoint) = recorded(&both.workspace, &station, head);
                let what = format!("{station:?}");
                if let Some(value) = value {
                    close(&what, &network, &replay.value(index, head).unwrap(), value);
                }
                if let Some(adjoint) = adjoint {
                    let found = replay.adjoint(index, head).unwrap();
                    close(&format!("∂ {what}"), &network, &found, adjoint);
                    *compared.entry(format!("{:?}", station.line)).or_insert(0) += 1;
                }
            }
        }
        let d_x = match &both.workspace {
            AnyWorkspace::Recurrent(it) => &it.adjoints.d_x,
            AnyWorkspace::EncoderDecoder(it) => &it.encoder.adjoints.d_x,
            AnyWorkspace::SelfAttention(it) => &it.adjoints.d_x,
        };
        close("∂L/∂x", &network, replay.d_x(), d_x);
    }
    // Every operation that has a record was met.
    let met: Vec<&str> = compared.keys().map(String::as_str).collect();
    let of_cells = ["C", "F", "G", "H", "I", "N", "O", "Q", "R", "TanhC", "Z"];
    let mut every: Vec<String> = of_cells.iter().map(|q| format!("Cell({q})")).collect();
    every.extend(
        [
            "Context",
            "Embedding",
            "Joined",
            "Norm",
            "Projections",
            "Readout",
            "Residual",
            "Scores",
            "Weights",
        ]
        .map(String::from),
    );
    assert_eq!(met, every, "{compared:?}");
}

/// A number that some operation computes.
fn any_computed(replay: &Replay<'_>, stream: &mut Stream) -> Spot {
    let index = stream.below(replay.schedule().len());
    let station = replay.schedule().station(index).unwrap();
    let head = stream.below(replay.heads(station.line));
    let unit = stream.below(replay.value(index, head).unwrap().len());
    Spot::Computed {
        station,
        head,
        unit,
    }
}

/// Every unit of every state before the first step.
fn first_states(replay: &Replay<'_>) -> Vec<Spot> {
    let mut spots = Vec::new();
    for part in 0..2 {
        let has_part = part == 0 || matches!(replay.network, Network::EncoderDecoder(_));
        let Some(stack) = replay.stack(part).filter(|_| has_part) else {
            continue;
        };
        for place in stack.places() {
            for &quantity in stack.cell.states() {
                let initial = Initial {
                    part,
                    place,
                    quantity,
                };
                let units = replay.initial(initial).map_or(0, |row| row.len());
                spots.extend((0..units).map(|unit| Spot::Initial(initial, unit)));
            }
        }
    }
    spots
}

/// The slope found by nudging any number that any operation computes, any input, first state and parameter is its adjoint: of what
/// comes after it nothing is left out, and nothing counted twice.
#[test]
fn nudging_any_number_moves_the_loss_as_its_adjoint_says() {
    let mut stream = Stream::new(29, "nudges");
    for _ in 0..120 {
        let both = random(&mut stream);
        let (replay, network) = (&both.replay, both.model.network());
        // Through truncation the gradient is not the slope, and a rectifier or a choice of class has a corner.
        let bends = |cell: Option<Cell>| cell == Some(Cell::RnnRelu);
        let has_corner = bends(network.cell())
            || matches!(&network, Network::EncoderDecoder(it) if bends(Some(it.decoder_cell)));
        // Nor does any gradient flow through what a decoder reads of its own outputs.
        let reads_own =
            matches!(network, Network::EncoderDecoder(_)) && replay.example.fed.is_none();
        if replay.example.truncate.is_some() || has_corner || reads_own {
            continue;
        }
        let check = |spot: Spot| {
            let nudged = replay.nudge(spot, &Stop::default()).unwrap();
            let (slope, derivative) = (nudged.slope, nudged.derivative);
            let apart = (slope - derivative).abs();
            assert!(
                apart <= 1e-8 + 1e-6 * derivative.abs(),
                "{spot:?}: {slope} by nudging, {derivative} by derivatives in {network:?}"
            );
        };
        for _ in 0..12 {
            check(any_computed(replay, &mut stream));
            check(Spot::Parameter(stream.below(replay.gradient().len())));
        }
        for spot in first_states(replay) {
            check(spot);
        }
        let (t, unit) = (1 + stream.below(replay.lengths.source), stream.below(3));
        check(Spot::Input { t, unit });
    }
}

/// Where there is no such number there is no answer, and one that is asked to stop gives none.
#[test]
fn what_is_not_there_cannot_be_nudged() {
    let both = random(&mut Stream::new(3, "nothing"));
    let replay = &both.replay;
    let stop = Stop::default();
    let first = replay.schedule().station(0).unwrap();
    let beyond = Station { t: 999, ..first };
    let states = |quantity| Initial {
        part: 7,
        place: Place::FIRST,
        quantity,
    };
    for spot in [
        Spot::Initial(states(Quantity::H), 0),
        Spot::Parameter(usize::MAX),
        Spot::Input { t: 0, unit: 0 },
        Spot::Input { t: 1, unit: 99 },
        Spot::Computed {
            station: beyond,
            head: 0,
            unit: 0,
        },
        Spot::Computed {
            station: first,
            head: 9,
            unit: 0,
        },
    ] {
        assert_eq!(replay.nudge(spot, &stop), None, "{spot:?}");
        assert_eq!(replay.account(spot, &stop), None, "{spot:?}");
    }
    stop.ask();
    assert_eq!(replay.nudge(Spot::Parameter(0), &stop), None);
    let again = Replay::new(&both.model, replay.loss, replay.example.clone(), &stop);
    assert!(again.is_none());
}

#[test]
fn agreement_is_told_in_digits() {
    let nudged = |slope: f64, derivative: f64| Nudged {
        above: 1.0,
        below: 1.0,
        slope,
        derivative,
        is_truncated: false,
    };
    assert_eq!(nudged(0.5, 0.5).digits(), Some(15));
    assert_eq!(nudged(0.1234, 0.12341).digits(), Some(4));
    assert_eq!(nudged(0.1, -0.1).digits(), Some(0));
    assert_eq!(nudged(1e-14, 2e-14).digits(), None);
    assert_eq!(nudged(0.5, 0.25).relative_error(), Some(0.5));
    assert_eq!(nudged(0.0, 0.0).relative_error(), None);
}

/// What one sees of a stack's probe is a batch of one: its h₀ is 0, as here.
#[test]
fn a_run_begins_from_nothing() {
    let network = Network::Recurrent(stack(Cell::Lstm, 2, 1, false));
    let model = AnyModel::<f64>::new(&network, &Init::default(), &mut Stream::new(1, "begin"));
    let AnyModel::Recurrent(RecurrentModel { architecture, .. }) = &model else {
        unreachable!()
    };
    let workspace =
        crate::nn::RecurrentWorkspace::<f64>::new(architecture, 2, 1, Record::Everything);
    let scan = workspace.trace.scan(Place::FIRST);
    assert!(scan.h0.iter().chain(&scan.c0).all(|&state| state == 0.0));
}

/// A first state is a number like any other: with another one the same formulas give what the loss is then.
#[test]
fn a_first_state_that_is_not_0_is_read_by_the_first_step() {
    let network = Network::Recurrent(stack(Cell::Lstm, 2, 1, false));
    let model = AnyModel::<f64>::new(&network, &Init::default(), &mut Stream::new(1, "begin"));
    let initial = Initial {
        part: 0,
        place: Place::FIRST,
        quantity: Quantity::C,
    };
    let example = |values: Vec<f64>| Example {
        x: Array2::from_elem((2, 3), 0.5),
        wanted: Array2::zeros((2, 2)),
        fed: None,
        truncate: None,
        initial: vec![(initial, values)],
    };
    let stop = Stop::default();
    let with =
        |values| Replay::new(&model, Loss::MeanSquaredError, example(values), &stop).unwrap();
    let (none, some) = (with(vec![0.0, 0.0]), with(vec![0.0, 0.25]));
    let spot = Spot::Initial(initial, 1);
    assert_eq!(some.account(spot, &stop).unwrap().value, 0.25);
    assert_ne!(none.loss(), some.loss());
    assert_eq!(none.loss_with(spot, 0.25, &stop), Some(some.loss()));
}

/// An equation's leaves that are numbers already.
struct AsTheyAre;

impl Values<f64, f64> for AsTheyAre {
    fn value(&self, value: f64) -> Array2<f64> {
        Array2::from_elem((1, 1), value)
    }

    fn parameter(&self, parameter: f64) -> ArrayView2<'_, f64> {
        // A vector's value is never asked for otherwise, and it lives as long as the program.
        let one = Box::leak(Box::new([parameter]));
        ArrayView2::from_shape((1, 1), &one[..]).unwrap()
    }
}

/// Where every number comes from and where its adjoint goes are two accounts of the same: the shares of an adjoint add up to
/// it, and a share is what the reader's own equation says, slope times adjoint over all that it computes. For networks of every
/// kind, over their records and by formulas alone.
#[test]
fn shares_add_up_to_the_adjoint_and_are_what_the_readers_equations_say() {
    let mut stream = Stream::new(31, "accounts");
    let stop = Stop::default();
    let mut lines = std::collections::BTreeSet::new();
    let mut factored = std::collections::BTreeSet::new();
    for _ in 0..60 {
        let both = random(&mut stream);
        let network = both.model.network();
        let example = both.replay.example.clone();
        let (parts, attention) = both.workspace.into_record();
        let record = super::Record {
            parts: &parts,
            attention: &attention,
            gradient: &both.gradient,
        };
        let (model, loss) = (&both.model, both.replay.loss);
        let over_record = Replay::of_record(model, loss, example, record, &stop).unwrap();
        for replay in [&both.replay, &over_record] {
            let account = |spot| replay.account(spot, &stop).unwrap();
            let close = |a: f64, b: f64, what: &dyn std::fmt::Debug| {
                let apart = (a - b).abs();
                assert!(
                    apart <= 1e-12 * (1.0 + a.abs().max(b.abs())),
                    "{what:?}: {a} {b} in {network:?}"
                );
            };
            let mut spots = first_states(replay);
            let (steps, inputs) = replay.example.x.dim();
            let t = 1 + stream.below(steps);
            spots.extend((0..inputs).map(|unit| Spot::Input { t, unit }));
            for _ in 0..8 {
                spots.push(any_computed(replay, &mut stream));
                spots.push(Spot::Parameter(stream.below(both.gradient.len())));
            }
            for &spot in &spots {
                let found = account(spot);
                if let Spot::Computed { station, .. } = spot
                    && station.line == Line::Loss
                {
                    assert_eq!((found.adjoint, found.shares.len()), (1.0, 0));
                    continue;
                }
                close(found.sum_of_shares(), found.adjoint, &spot);
                for share in &found.shares {
                    let Some(Factors {
                        unit,
                        slope,
                        adjoint,
                    }) = share.factors
                    else {
                        continue;
                    };
                    factored.insert(format!("{:?}", share.by.line));
                    close(slope * adjoint, share.value, &(spot, share));
                    // The adjoint is the reader's own, as it is told where one follows the link.
                    let reader = account(Spot::Computed {
                        station: share.by,
                        head: share.head,
                        unit,
                    });
                    close(reader.adjoint, adjoint, &(spot, share));
                }
                let by_formulas = both.replay.derivative(spot).unwrap();
                close(found.adjoint, by_formulas, &spot);
            }
            // All that one operation reads.
            let Spot::Computed { station, head, .. } = any_computed(replay, &mut stream) else {
                unreachable!()
            };
            let index = replay.schedule().index(&station).unwrap();
            let units = replay.value(index, head).unwrap().len();
            let mut handed: HashMap<Spot, f64> = HashMap::new();
            for unit in 0..units {
                let own = account(Spot::Computed {
                    station,
                    head,
                    unit,
                });
                let mut hand = |of: Named, value: f64, slope: f64| {
                    let Named::Spot(spot) = of else { return };
                    close(account(spot).value, value, &spot);
                    *handed.entry(spot).or_insert(0.0) += slope * own.adjoint;
                };
                if let Some(numbers) = &own.numbers {
                    close(numbers.value(&AsTheyAre)[[0, 0]], own.value, &station);
                }
                for read in &own.reads {
                    match read {
                        Read::Number { of, value, slope } => hand(*of, *value, *slope),
                        Read::Row {
                            weights,
                            terms,
                            value,
                            slope,
                        } => {
                            let products = terms.iter().map(|term| term.weight * term.value);
                            close(products.sum(), *value, &station);
                            for (at, term) in terms.iter().enumerate() {
                                hand(term.of, term.value, slope * term.weight);
                                let weight = Named::Spot(Spot::Parameter(weights + at));
                                hand(weight, term.weight, slope * term.value);
                            }
                        }
                    }
                }
            }
            for (spot, sum) in handed {
                let shares = account(spot).shares;
                let mut own = shares.iter();
                let own = own.find(|share| (share.by, share.head) == (station, head));
                // Backpropagation that is truncated hands nothing on to the step before.
                match own {
                    Some(share) => close(share.value, sum, &(station, spot)),
                    None => assert!(
                        replay.example.truncate.is_some() || sum == 0.0,
                        "{station:?} {spot:?}"
                    ),
                }
            }
            lines.insert(format!("{:?}", station.line));
        }
    }
    assert!(lines.len() >= 16, "{lines:?}");
    assert!(factored.len() >= 12, "{factored:?}");
}

#[test]
fn the_largest_products_come_first_and_the_rest_is_added_up() {
    let (shown, rest) = largest_products(&[0.5, -3.0, 1.0, 0.25], 2);
    assert_eq!((shown, rest), (vec![1, 2], 0.75));
    let (shown, rest) = largest_products(&[0.5], 4);
    assert_eq!((shown, rest), (vec![0], 0.0));
}
