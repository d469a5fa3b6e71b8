use super::*;
use crate::nn::equation::equation;
use crate::nn::expr::{At, Value};
use crate::nn::{Cell, Loss, Quantity, self_attention, seq2seq};
use crate::random::Stream;
use std::collections::BTreeSet;

fn stack(
    cell: Cell,
    num_layers: usize,
    bidirectional: bool,
    readout: Readout,
) -> RecurrentArchitecture {
    RecurrentArchitecture {
        cell,
        input_size: 2,
        hidden_size: 4,
        num_layers,
        bidirectional,
        dropout: 0.0,
        output_size: 1,
        readout,
    }
}

/// A network of any kind, with lengths.
fn random(stream: &mut Stream) -> (Network, Lengths) {
    let mut pick = |below: usize| stream.below(below);
    let cell = |at: usize| Cell::ALL[at];
    let (cells, readouts) = (Cell::ALL.len(), Readout::ALL.len());
    let readout = Readout::ALL[pick(readouts)];
    let network = match pick(3) {
        0 => Network::Recurrent(stack(cell(pick(cells)), 1 + pick(3), pick(2) == 1, readout)),
        1 => Network::EncoderDecoder(seq2seq::Seq2SeqArchitecture {
            encoder: RecurrentArchitecture {
                output_size: 0,
                ..stack(cell(pick(cells)), 1 + pick(3), pick(2) == 1, Readout::Final)
            },
            decoder_cell: cell(pick(cells)),
            decoder_size: 4,
            attention: Attention::ALL[pick(3)],
            output_size: 1,
            feedback: seq2seq::Feedback::Values,
        }),
        _ => Network::SelfAttention(self_attention::SelfAttentionArchitecture {
            input_size: 2,
            hidden_size: 4,
            heads: 2,
            num_layers: 1 + pick(3),
            causal: pick(2) == 1,
            positions: true,
            output_size: 1,
            readout,
        }),
    };
    let lengths = Lengths {
        source: 1 + pick(5),
        target: 1 + pick(4),
    };
    (network, lengths)
}

/// What an operation reads, by the equations at the head of each file of [`crate::nn`].
fn needs(network: &Network, lengths: Lengths, station: Station) -> Vec<Station> {
    let Station {
        part,
        place,
        t,
        line,
    } = station;
    let at = |part, place, t, line| Station {
        part,
        place,
        t,
        line,
    };
    let own = |line| at(part, place, t, line);
    let hidden = |part, place, t| at(part, Some(place), t, Line::Cell(Quantity::H));
    let every = |stack: &RecurrentArchitecture, layer: usize| -> Vec<Place> {
        stack
            .places()
            .filter(|place| place.layer == layer)
            .collect()
    };
    let ends = |part, stack: &RecurrentArchitecture, reverse_at: usize, n: usize| -> Vec<Station> {
        every(stack, stack.num_layers - 1)
            .into_iter()
            .map(|place| match place.direction {
                Direction::Forward => hidden(part, place, n),
                Direction::Reverse => hidden(part, place, reverse_at),
            })
            .collect()
    };
    let source = lengths.source;
    let all = || 1..=source;
    match (network, line) {
        (_, Line::Loss) => vec![own(Line::Readout)],
        (Network::Recurrent(stack), Line::Readout) => match stack.readout {
            Readout::Every => ends(0, stack, t, t),
            Readout::Last => ends(0, stack, t, t),
            Readout::Final => ends(0, stack, 1, t),
        },
        (_, Line::Cell(output)) => {
            let place = place.unwrap();
            let (cell, n) = match (network, part) {
                (Network::EncoderDecoder(of), 1) => (of.decoder_cell, lengths.target),
                _ => (network.cell().unwrap(), source),
            };
            let operations = cell.operations();
            let formula = operations.into_iter().find(|line| line.output == output);
            let values = formula.unwrap().formula.values();
            let before = place.direction.previous(t - 1, n).map(|index| index + 1);
            let reads = |value: Value| -> Vec<Station> {
                match (value.quantity, value.at, network) {
                    (Quantity::X, _, Network::EncoderDecoder(of)) if part == 1 => {
                        let context = own(Line::Context);
                        let context = at(1, None, context.t, context.line);
                        let fed = at(1, None, t - 1, Line::Readout);
                        [
                            (of.attention == Attention::Additive).then_some(context),
                            (t > 1).then_some(fed),
                        ]
                        .into_iter()
                        .flatten()
                        .collect()
                    }
                    (Quantity::X, _, _) if place.layer == 0 => Vec::new(),
                    (Quantity::X, _, Network::Recurrent(stack)) => every(stack, place.layer - 1)
                        .into_iter()
                        .map(|below| hidden(part, below, t))
                        .collect(),
                    (Quantity::X, _, Network::EncoderDecoder(of)) => {
                        every(&of.encoder, place.layer - 1)
                            .into_iter()
                            .map(|below| hidden(part, below, t))
                            .collect()
                    }
                    (Quantity::X, ..) => unreachable!("self-attention has no cells"),
                    (quantity, At::Now, _) => vec![own(Line::Cell(quantity))],
                    (quantity, At::Previous, _) => match before {
                        Some(t) => vec![at(part, Some(place), t, Line::Cell(quantity))],
                        None if part == 1 => vec![at(1, None, 0, Line::Bridge)],
                        None => Vec::new(),
                    },
                }
            };
            values.into_iter().flat_map(reads).collect()
        }
        (Network::EncoderDecoder(of), line) => {
            let keys = || {
                let layer = of.encoder.num_layers - 1;
                let places = every(&of.encoder, layer);
                all().flat_map(move |t| {
                    places
                        .clone()
                        .into_iter()
                        .map(move |place| hidden(0, place, t))
                })
            };
            let asks = |t| match t {
                0 => at(1, None, 0, Line::Bridge),
                t => hidden(1, Place::FIRST, t),
            };
            match line {
                Line::Bridge => ends(0, &of.encoder, 1, source),
                Line::Scores => {
                    let state = if of.attention == Attention::Additive {
                        t - 1
                    } else {
                        t
                    };
                    keys().chain([asks(state)]).collect()
                }
                Line::Weights => vec![own(Line::Scores)],
                Line::Context => keys().chain([own(Line::Weights)]).collect(),
                Line::Joined => vec![own(Line::Context), asks(t)],
                Line::Readout if of.attention == Attention::Dot => vec![own(Line::Joined)],
                Line::Readout => vec![asks(t)],
                other => unreachable!("{other:?}"),
            }
        }
        (Network::SelfAttention(of), line) => {
            let below = |t| match place.unwrap().layer {
                0 => at(0, None, t, Line::Embedding),
                layer => at(0, Some(Place::forward(layer - 1)), t, Line::Norm),
            };
            let seen = if of.causal { 1..=t } else { 1..=source };
            match line {
                Line::Embedding => Vec::new(),
                Line::Projections => vec![below(t)],
                Line::Scores => seen.map(|t| at(0, place, t, Line::Projections)).collect(),
                Line::Weights => vec![own(Line::Scores)],
                Line::Context => seen
                    .map(|t| at(0, place, t, Line::Projections))
                    .chain([own(Line::Weights)])
                    .collect(),
                Line::Residual => vec![own(Line::Context), below(t)],
                Line::Norm => vec![own(Line::Residual)],
                Line::Readout => vec![at(
                    0,
                    Some(Place::forward(of.num_layers - 1)),
                    t,
                    Line::Norm,
                )],
                other => unreachable!("{other:?}"),
            }
        }
        (network, line) => unreachable!("{line:?} in {network:?}"),
    }
}

/// 400 networks of every kind.
fn each_random(mut check: impl FnMut(&Network, Lengths, &Schedule)) {
    let mut stream = Stream::new(11, "schedule");
    for _ in 0..400 {
        let (network, lengths) = random(&mut stream);
        check(&network, lengths, &Schedule::new(&network, lengths));
    }
}

#[test]
fn each_operation_stands_once_and_after_all_that_it_reads() {
    each_random(|network, lengths, schedule| {
        let mut before = BTreeSet::new();
        for index in 0..schedule.len() {
            let station = schedule.station(index).unwrap();
            assert_eq!(schedule.index(&station), Some(index), "{station:?}");
            for needed in needs(network, lengths, station) {
                let stands = schedule.index(&needed);
                let stands =
                    stands.unwrap_or_else(|| panic!("{needed:?} is missing in {network:?}"));
                assert!(
                    stands < index,
                    "{station:?} before {needed:?} in {network:?}"
                );
            }
            assert!(before.insert(index));
        }
        assert_eq!(schedule.station(schedule.len()), None);
    });
}

#[test]
fn each_operation_has_its_equation() {
    each_random(|network, _, schedule| {
        for index in 0..schedule.len() {
            let station = schedule.station(index).unwrap();
            let told = equation(network, Loss::CrossEntropy, &station);
            let told = told.unwrap_or_else(|| panic!("{station:?} in {network:?}"));
            assert!(!told.back.is_empty(), "{station:?}");
        }
    });
}

#[test]
fn what_is_revealed_is_what_was_passed() {
    each_random(|network, _, schedule| {
        let all: Vec<Station> = (0..schedule.len())
            .map(|index| schedule.station(index).unwrap())
            .collect();
        for position in 0..=schedule.len() {
            for sweep in [Sweep::Forward, Sweep::Backward] {
                let cursor = Cursor { sweep, position };
                let front = cursor.front(schedule);
                let (known, hidden) = match sweep {
                    Sweep::Forward => (front, all.len()),
                    Sweep::Backward => (all.len(), front),
                };
                for station in &all {
                    let entry = Some((station.place, station.line));
                    let same = |other: &&Station| {
                        (other.part, other.place, other.line)
                            == (station.part, station.place, station.line)
                    };
                    let count = |range: &[Station]| range.iter().filter(same).count();
                    let values = cursor.values(schedule, station.part, entry);
                    assert_eq!(values, count(&all[..known]), "{network:?}");
                    let adjoints = cursor.adjoints(schedule, station.part, entry);
                    assert_eq!(adjoints, count(&all[..hidden]), "{network:?}");
                }
            }
        }
    });
}

/// All places on the way there by one kind of move, from the very start.
fn walk(schedule: &Schedule, on: Move) -> Vec<Cursor> {
    let mut way = vec![Cursor::START];
    loop {
        let last = way[way.len() - 1];
        let next = last.moved(schedule, on);
        if next == last {
            return way;
        }
        way.push(next);
    }
}

#[test]
fn both_sweeps_are_walked_there_and_back_by_steps_and_by_operations() {
    each_random(|network, _, schedule| {
        for (on, back, moves) in [
            (Move::Next, Move::Previous, schedule.steps()),
            (Move::NextOperation, Move::PreviousOperation, schedule.len()),
        ] {
            let there = walk(schedule, on);
            assert_eq!(there.len(), 2 * (moves + 1), "{network:?}");
            assert_eq!(there[there.len() - 1], Cursor::end(schedule));
            let mut cursor = Cursor::end(schedule);
            for &expected in there.iter().rev() {
                assert_eq!(cursor, expected, "{network:?}");
                cursor = cursor.moved(schedule, back);
            }
            assert_eq!(cursor, Cursor::START);
        }
        // A move by steps from within one ends at its border.
        for operation in walk(schedule, Move::NextOperation) {
            for by in [Move::Next, Move::Previous] {
                assert!(operation.moved(schedule, by).is_between_steps(schedule));
            }
        }
    });
}

#[test]
fn a_part_is_entered_where_its_walk_begins_and_left_the_way_one_came() {
    each_random(|network, _, schedule| {
        for sweep in [Sweep::Forward, Sweep::Backward] {
            for part in 0..=1 {
                if schedule.stations_of(part).is_empty() {
                    continue;
                }
                let start = Cursor { sweep, position: 0 };
                let inside = start.into_part(schedule, part);
                assert_eq!(inside.part(schedule), part, "{network:?}");
                let station = inside.station(schedule);
                assert!(station.is_none_or(|station| station.part == part));
                // At the very end there is no way on.
                let on = inside.moved(schedule, Move::NextOperation);
                let back = on.moved(schedule, Move::PreviousOperation);
                assert!(on == inside || back == inside, "{network:?}");
            }
        }
    });
}

/// The step on the way, and at how many steps h of a scan is revealed forward and hidden backward.
fn seen(schedule: &Schedule, cursor: Cursor, place: Place) -> (usize, usize, usize) {
    let h = Some((Some(place), Line::Cell(Quantity::H)));
    (
        cursor.t(schedule),
        cursor.values(schedule, 0, h),
        cursor.adjoints(schedule, 0, h),
    )
}

#[test]
fn a_stack_is_walked_step_by_step_and_readout_and_loss_belong_to_the_last() {
    for readout in [Readout::Last, Readout::Every] {
        let network = Network::Recurrent(stack(Cell::Lstm, 2, false, readout));
        let lengths = Lengths {
            source: 3,
            target: 0,
        };
        let schedule = Schedule::new(&network, lengths);
        let answers = if readout == Readout::Every { 6 } else { 2 };
        assert_eq!(schedule.len(), 3 * 2 * 7 + answers);
        let way: Vec<_> = walk(&schedule, Move::Next)
            .into_iter()
            .map(|cursor| seen(&schedule, cursor, Place::forward(1)))
            .collect();
        assert_eq!(
            way,
            [
                (0, 0, 3),
                (1, 1, 3),
                (2, 2, 3),
                (3, 3, 3),
                (3, 3, 3),
                (3, 3, 2),
                (2, 3, 1),
                (1, 3, 0)
            ]
        );
        let last = Cursor::START.moved(&schedule, Move::Last);
        assert_eq!(last.station(&schedule).unwrap().line, Line::Loss);
    }
}

#[test]
fn a_layer_above_two_directions_waits_for_both() {
    let network = Network::Recurrent(stack(Cell::RnnTanh, 2, true, Readout::Last));
    let lengths = Lengths {
        source: 2,
        target: 0,
    };
    let schedule = Schedule::new(&network, lengths);
    let names: Vec<String> = (0..schedule.len())
        .map(|index| {
            let station = schedule.station(index).unwrap();
            let place = station.place.map_or(String::new(), Place::suffix);
            format!("{:?} {place} {}", station.line, station.t)
        })
        .collect();
    assert_eq!(
        names,
        [
            "Cell(H) l0 1",
            "Cell(H) l0_reverse 2",
            "Cell(H) l0 2",
            "Cell(H) l0_reverse 1",
            "Cell(H) l1 1",
            "Cell(H) l1_reverse 2",
            "Cell(H) l1 2",
            "Cell(H) l1_reverse 1",
            "Readout  2",
            "Loss  2"
        ]
    );
}

#[test]
fn jumps_stay_in_the_stretch_that_is_walked() {
    let network = Network::Recurrent(stack(Cell::Gru, 2, true, Readout::Every));
    let lengths = Lengths {
        source: 4,
        target: 0,
    };
    let schedule = Schedule::new(&network, lengths);
    let first = Place::forward(0);
    let cursor = Cursor::START.moved(&schedule, Move::To(3));
    assert_eq!(seen(&schedule, cursor, first), (3, 3, 4));
    assert_eq!(seen(&schedule, cursor, Place::forward(1)).1, 0);
    let back = Cursor::end(&schedule).moved(&schedule, Move::To(2));
    assert_eq!(seen(&schedule, back, first), (2, 4, 1));
    assert_eq!(seen(&schedule, back, Place::forward(1)).2, 0);
    assert_eq!(back.moved(&schedule, Move::Last), Cursor::end(&schedule));
    assert_eq!(cursor.moved(&schedule, Move::First), Cursor::START);
}
