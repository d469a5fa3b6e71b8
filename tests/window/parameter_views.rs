//! Parameters, weights, shapes and phase portraits: what is asked of every kind of network is what its record and the engine say, and
//! the views tell just that.

use crate::common::{Window, click_in_list, opening, session, settle, shows, snapshot};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Theme, pos2};
use egui_kittest::kittest::Queryable;
use rnnscope::app::widgets::number;
use rnnscope::data::Split;
use rnnscope::experiment::{Location, Probe};
use rnnscope::nn::analysis::Stability;
use rnnscope::nn::{Direction, Network, Part, Quantity, Spot};
use rnnscope::session::{Command, Origin, Session};
use rnnscope::train::portrait::{Axes, Held, Portrait, Rests};
use rnnscope::train::question::At;
use rnnscope::train::shapes::{Axis, Shapes};
use rnnscope::train::weights::{Aspect, Inventory, Weights};
use rnnscope::train::{Answer, Question, Snapshot};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Every kind of network, small: its name, and the text of an experiment.
fn kinds() -> Vec<(&'static str, String)> {
    let text = |task: &str, model: &str| {
        format!(
            "format = 1\nseed = 3\n\n[data]\ntask = \"{task}\"\nlength = 9\ntrain_sequences = 24\ntest_sequences = 8\n\n\
             [model]\nhidden_size = 6\n{model}\n[training]\nupdates = 9\nbatch_size = 8\n"
        )
    };
    let both = "cell = \"lstm\"\nnum_layers = 2\nbidirectional = true\n";
    vec![
        ("rnn", text("adding", "cell = \"rnn\"\n")),
        ("lstm", text("adding", "cell = \"lstm\"\n")),
        (
            "gru, every step",
            text("sine", "cell = \"gru\"\nreadout = \"every\"\n"),
        ),
        ("both directions", text("latch", both)),
        (
            "both directions, single precision",
            text("tagging", &format!("{both}readout = \"every\"\n"))
                .replace("[training]", "[training]\nprecision = \"f32\""),
        ),
        (
            "ragged",
            text("majority", "cell = \"gru\"\n")
                .replace("length = 9", "length = 9\nmin_length = 3"),
        ),
        (
            "encoder–decoder",
            text(
                "reverse",
                "kind = \"encoder_decoder\"\ncell = \"gru\"\ndecoder = { attention = \"additive\" }\n",
            ),
        ),
        (
            "self-attention",
            text(
                "tagging",
                "kind = \"self_attention\"\ncausal = false\nnum_layers = 2\nheads = 2\nreadout = \"every\"\n",
            ),
        ),
        (
            "causal self-attention",
            text(
                "tagging",
                "kind = \"self_attention\"\nreadout = \"every\"\n",
            ),
        ),
    ]
}

fn origin(text: String) -> Origin {
    Origin::Text {
        text,
        location: Location::BuiltIn,
        name: "test".into(),
    }
}

/// A session on an experiment, after some updates; and its first snapshot.
fn trained(text: String, updates: u64) -> (Session, Arc<Snapshot>) {
    let mut session = Session::new(|| {});
    session.apply(Command::Open(origin(text)));
    session.settle().unwrap();
    assert_eq!(session.message(), None);
    let first = Arc::clone(session.snapshot().unwrap());
    session.apply(Command::Update(updates));
    session.settle().unwrap();
    (session, first)
}

fn inventory(session: &Session) -> Inventory {
    match session.ask(&Question::Inventory).answer.as_deref() {
        Some(Answer::Inventory(Some(it))) => (**it).clone(),
        other => panic!("{other:?}"),
    }
}

fn weights(session: &Session, entry: usize, aspect: Aspect) -> Weights {
    let told = session.ask(&Question::Weights { entry, aspect });
    match told.answer.as_deref() {
        Some(Answer::Weights(Some(it))) => (**it).clone(),
        other => panic!("{other:?}"),
    }
}

fn shapes(session: &Session) -> Shapes {
    match session.ask(&Question::Shapes).answer.as_deref() {
        Some(Answer::Shapes(Some(it))) => (**it).clone(),
        other => panic!("{other:?}"),
    }
}

fn portrait(session: &Session, at: At, axes: Axes) -> Option<Portrait> {
    match session
        .ask(&Question::Portrait { at, axes })
        .answer
        .as_deref()
    {
        Some(Answer::Portrait(it)) => it.as_deref().cloned(),
        other => panic!("{other:?}"),
    }
}

fn rests(session: &Session, at: At, held: Held) -> Option<Rests> {
    match session.ask(&Question::Rests { at, held }).answer.as_deref() {
        Some(Answer::Rests(it)) => it.as_deref().cloned(),
        other => panic!("{other:?}"),
    }
}

/// All is counted, each norm is that of the numbers, and the bytes of the record are those of its arrays.
#[test]
fn an_inventory_counts_what_is_there() {
    for (name, text) in kinds() {
        let (session, _) = trained(text, 2);
        let snapshot = session.snapshot().unwrap();
        let it = inventory(&session);
        let parameters = snapshot.model.parameters();
        assert_eq!(it.of.total, parameters.len(), "{name}");
        let of_parts: usize = it.of.parts.iter().map(|part| part.count).sum();
        assert_eq!(of_parts, parameters.len(), "{name}");
        for parameter in &it.of.parameters {
            for (values, norm) in [
                (parameters, parameter.norm),
                (&snapshot.probe.gradient[..], parameter.gradient_norm),
            ] {
                let own = &values[parameter.entry.range.clone()];
                let squares: f64 = own.iter().map(|x| x * x).sum();
                assert!((norm - squares.sqrt()).abs() <= 1e-12 * norm, "{name}");
            }
        }
        let work: u64 = it.of.parts.iter().map(|part| part.work.per_sequence).sum();
        assert_eq!(it.of.work, work, "{name}");
        assert_eq!(it.batch, 8);
        if let Network::Recurrent(_) = snapshot.material.network {
            assert_eq!(
                it.record_bytes,
                8 * numbers(&snapshot.probe.parts[0]),
                "{name}"
            );
        }
    }
}

/// How many numbers a stack's record has.
fn numbers(part: &Part) -> u64 {
    let mut count = part.x.len() + part.d_x.len() + part.y.len() + part.d_y.len();
    for scan in &part.scans {
        let (trace, back) = (&scan.trace, &scan.adjoints);
        count += trace.h0.len() + trace.c0.len() + back.d_h0.len() + back.d_c0.len();
        for array in [&trace.gates, &trace.q, &trace.c, &trace.tanh_c, &trace.h] {
            count += array.len();
        }
        for array in [
            &back.d_pre,
            &back.d_q,
            &back.d_h_from_above,
            &back.d_h_from_next,
            &back.d_c_from_next,
            &back.d_h,
            &back.d_c,
            &back.d_tanh_c,
            &back.d_gates,
        ] {
            count += array.len();
        }
    }
    count as u64
}

/// Values and gradients are those of the snapshot; the change is the difference to the first snapshot, whose weights are drawn
/// again from the seed, bit for bit, in either precision.
#[test]
fn weights_are_told_as_they_are_and_from_where_they_began() {
    for (name, text) in kinds() {
        let (session, first) = trained(text, 3);
        let snapshot = session.snapshot().unwrap();
        let mut moved = 0;
        for (index, entry) in snapshot.material.network.entries().iter().enumerate() {
            let columns = entry.shape.get(1).copied().unwrap_or(1);
            for aspect in [Aspect::Value, Aspect::Gradient, Aspect::Change] {
                let told = weights(&session, index, aspect);
                let own = |values: &[f64], at: usize| values[entry.range.start + at];
                for at in 0..entry.range.len() {
                    let now = own(snapshot.model.parameters(), at);
                    let expected = match aspect {
                        Aspect::Value => now,
                        Aspect::Gradient => own(&snapshot.probe.gradient, at),
                        Aspect::Change => now - own(first.model.parameters(), at),
                    };
                    let found = told.values[[at % columns, at / columns]];
                    assert_eq!(found, expected, "{name} {} {aspect:?}", entry.name);
                    moved += usize::from(aspect == Aspect::Change && found != 0.0);
                }
                let largest = told
                    .values
                    .iter()
                    .fold(0.0_f64, |most, x| most.max(x.abs()));
                assert_eq!(told.facts.largest, largest);
            }
        }
        assert!(moved > 10, "{name}: training moved {moved} weights");
    }
}

/// Sizes are those of the arrays on record; `output` is `h_n` where a direction ends, and not where the reverse one begins.
#[test]
fn shapes_are_those_of_the_record() {
    for (name, text) in kinds() {
        let (session, _) = trained(text, 1);
        let snapshot = session.snapshot().unwrap();
        let told = shapes(&session);
        let first = &snapshot.probe.parts[0];
        let last = snapshot.probe.parts.last().unwrap();
        let tensor = |name: &str| told.tensors.iter().find(|tensor| tensor.name == name);
        let (steps, batch, width) = first.x.dim();
        assert_eq!(
            tensor("input").unwrap().probe,
            [steps, batch, width],
            "{name}"
        );
        assert_eq!(
            tensor("input").unwrap().training,
            [snapshot.material.seq_len, 8, width],
            "{name}"
        );
        let said = tensor("prediction").or(tensor("logits")).unwrap();
        let (steps, batch, outputs) = last.y.dim();
        let expected = match said.axes.len() {
            2 => vec![batch, outputs],
            _ => vec![steps, batch, outputs],
        };
        assert_eq!(said.probe, expected, "{name}");
        assert!(said.axes.len() == 3 || steps == 1, "{name}");
        assert_eq!(tensor("loss").unwrap().probe, [0; 0]);
        // One name is one size.
        let mut widths: BTreeMap<&str, usize> = BTreeMap::new();
        for tensor in &told.tensors {
            for (axis, &size) in tensor.axes.iter().zip(&tensor.probe) {
                if let Axis::Width(width) = axis {
                    let known = *widths.entry(*width).or_insert(size);
                    assert_eq!(known, size, "{name}, {width} of {}", tensor.name);
                }
            }
        }
        let Some(output) = tensor("output") else {
            assert!(told.compared.is_empty(), "{name}");
            continue;
        };
        let top: Vec<_> = (first.scans.iter())
            .filter(|scan| scan.place.layer + 1 == snapshot.material.network.num_layers())
            .collect();
        let width: usize = top.iter().map(|scan| scan.trace.h.dim().2).sum();
        assert_eq!(output.probe, [first.seq_len(), 1, width], "{name}");
        let h_n = tensor("h_n").unwrap();
        assert_eq!(
            h_n.probe,
            [first.scans.len(), 1, width / top.len()],
            "{name}"
        );
        // Under batch_first the state keeps its axes.
        assert_eq!(h_n.order(true), [0, 1, 2]);
        assert_eq!(output.order(true), [1, 0, 2]);
        let has_c = first.scans[0].states().contains(&Quantity::C);
        assert_eq!(tensor("c_n").is_some(), has_c, "{name}");
        for compared in &told.compared {
            let ends = compared.seen == compared.steps;
            assert_eq!(compared.largest == 0.0, ends, "{name} {compared:?}");
            assert_eq!(compared.output.len(), compared.state.len());
        }
        let reverse = top
            .iter()
            .any(|scan| scan.place.direction == Direction::Reverse);
        let differ = told.compared.iter().filter(|of| of.largest > 0.0).count();
        assert_eq!(differ, usize::from(reverse), "{name}");
    }
}

/// No other sequence moves; in a forward network nothing before the nudged step; where all steps are read by all, everything.
#[test]
fn a_nudge_moves_what_reads_it_and_nothing_else() {
    for (name, text) in kinds() {
        let (session, _) = trained(text, 1);
        let snapshot = session.snapshot().unwrap();
        let length = snapshot.probe.parts[0].lengths[0];
        let t = length.div_ceil(2);
        let told = session.ask(&Question::Perturbed { sequence: 1, t });
        let Some(Answer::Perturbed(Some(moved))) = told.answer.as_deref() else {
            panic!("{name}: {told:?}");
        };
        let both_ways = match &snapshot.material.network {
            Network::Recurrent(stack) => stack.bidirectional,
            Network::EncoderDecoder(it) => it.encoder.bidirectional,
            Network::SelfAttention(it) => !it.causal,
        };
        for output in &moved.outputs {
            for ((sequence, step), &by) in output.by.indexed_iter() {
                let what = format!(
                    "{name} {} y {}: {sequence} {step}",
                    output.part, output.is_y
                );
                if sequence != 1 {
                    assert_eq!(by, 0.0, "{what}");
                } else if output.part == "decoder" || output.by.ncols() == 1 {
                    assert!(by > 0.0, "{what}");
                } else if step + 1 < t {
                    assert_eq!(by > 0.0, both_ways, "{what}");
                } else if step < output.lengths[1] {
                    assert!(by > 0.0, "{what}");
                }
            }
        }
        let none = session.ask(&Question::Perturbed {
            sequence: 1,
            t: 100,
        });
        assert_eq!(none.answer.as_deref(), Some(&Answer::Perturbed(None)));
    }
}

/// The probe's path is its record's; what varies most has the largest share; a step from a fixed point leads back to it, and what is
/// called stable has all eigenvalues inside the unit circle.
#[test]
fn portraits_are_of_the_record_and_rest_where_they_say() {
    for (name, text) in kinds() {
        let (mut session, _) = trained(text, 2);
        session.apply(Command::Probe(Probe {
            split: Split::Test,
            index: 2,
        }));
        session.settle().unwrap();
        let snapshot = Arc::clone(session.snapshot().unwrap());
        for (part, of) in snapshot.probe.parts.iter().enumerate() {
            for (scan, record) in of.scans.iter().enumerate() {
                let at = At { part, scan };
                let found = portrait(&session, at, Axes::Units(1, 4));
                assert_eq!(found.is_some(), record.cell.is_some(), "{name}");
                let Some(found) = found else { continue };
                let length = of.lengths[0];
                assert_eq!(found.probe.len(), length + 1);
                let h0 = record.trace.h0.row(0);
                assert_eq!(found.probe[0], [h0[1], h0[4]], "{name}");
                for k in 0..length {
                    let t = record.place.direction.step(k, length);
                    let h = [1, 4].map(|unit| record.trace.h[[t, 0, unit]]);
                    assert_eq!(found.probe[k + 1], h, "{name} {at:?} {k}");
                }
                // All eight of the test part; the probe's own among them has the same path, up to rounding where it is single.
                assert_eq!(found.paths.len(), 8);
                let own = found.paths.iter().find(|path| path.sequence == 2).unwrap();
                if part == 0 {
                    for (one, other) in own.points.iter().zip(&found.probe) {
                        for axis in 0..2 {
                            assert!((one[axis] - other[axis]).abs() < 1e-5, "{name} {at:?}");
                        }
                    }
                }
                let along = portrait(&session, at, Axes::Principal).unwrap();
                let ([first, second], states) = along.explained.unwrap();
                assert!(first >= second && first + second <= 1.0 + 1e-12, "{name}");
                let steps = found.paths.iter().map(|path| path.points.len() - 1);
                assert_eq!(states, steps.sum::<usize>());
                for held in [Held::Zero, Held::Mean] {
                    let rests = rests(&session, at, held).unwrap();
                    for point in &rests.found.points {
                        assert!(point.residual <= 1e-10, "{name} {at:?} {}", point.residual);
                        let inside = point.eigenvalues.iter().all(|&(re, im)| re.hypot(im) < 1.0);
                        assert_eq!(point.stability == Stability::Stable, inside);
                    }
                    let from: usize = rests.found.points.iter().map(|of| of.found_from).sum();
                    assert_eq!(from + rests.found.without, rests.found.starts);
                    let held_input = rests.input.iter().any(|&x| x != 0.0);
                    assert!(held == Held::Mean || !held_input);
                }
            }
        }
    }
}

const VIEWS: [&str; 4] = ["Phase portrait", "Weights", "Parameters", "Shapes"];

/// A window in which a view that was closed has all the room.
fn enlarged(text: String, view: &str, size: [f32; 2]) -> Window {
    let mut window = opening(Some(origin(text)), size, Theme::Light);
    settle(&mut window);
    window.get_by_role_and_label(Role::Button, "View").click();
    window.run();
    let entry = |window: &Window| window.get_by_role_and_label(Role::CheckBox, view).rect();
    // The menu is longer than the smallest windows are high.
    if entry(&window).bottom() > size[1] {
        window
            .get_by_role_and_label(Role::CheckBox, view)
            .scroll_to_me();
        window.run();
        window.run();
    }
    window.get_by_role_and_label(Role::CheckBox, view).click();
    settle(&mut window);
    window.key_press(Key::Escape);
    settle(&mut window);
    let enlarge = format!("Enlarge {view}");
    // The smallest windows have no room for the button.
    if let Some(button) = window.query_by_role_and_label(Role::Button, &enlarge) {
        button.click();
    }
    settle(&mut window);
    window
}

fn choose(window: &mut Window, name: &str) {
    window
        .get_by_role_and_label(Role::RadioButton, name)
        .click();
    settle(window);
}

#[test]
fn every_kind_opens_in_every_view() {
    for (name, text) in kinds() {
        for view in VIEWS {
            if view == "Phase portrait" && name.contains("self-attention") {
                continue;
            }
            let mut window = enlarged(text.clone(), view, [1280.0, 800.0]);
            assert_eq!(session(&window).message(), None);
            match view {
                "Phase portrait" => {
                    assert!(shows(&window, "8 of 8 test sequences"), "{name}");
                    assert!(shows(&window, "Fixed points at zero input"), "{name}");
                    choose(&mut window, "mean input");
                    assert!(shows(&window, "Fixed points at the mean input"), "{name}");
                    choose(&mut window, "two units");
                    assert!(shows(&window, "8 of 8 test sequences"), "{name}");
                }
                "Weights" => {
                    for aspect in ["values", "gradient", "change"] {
                        choose(&mut window, aspect);
                        let maps = window.query_all_by_role(Role::Image).count();
                        assert!(maps > 1, "{name}: {aspect}");
                    }
                }
                "Parameters" => {
                    let total = snapshot(&window).model.parameters().len();
                    let total = match total {
                        0..1_000 => total.to_string(),
                        _ => format!("{},{:03}", total / 1_000, total % 1_000),
                    };
                    assert!(shows(&window, &format!("{total} parameters")), "{name}");
                }
                _ => {
                    assert!(shows(&window, "loss, axes []"), "{name}");
                    choose(&mut window, "output and h_n");
                    choose(&mut window, "who reads whom");
                    window.get_by_role_and_label(Role::Button, "Nudge").click();
                    settle(&mut window);
                    assert!(shows(&window, "of the others 0 of"), "{name}");
                }
            }
        }
    }
}

/// What stands in a row of the table is what was counted, and a click on it shows its numbers.
#[test]
fn a_parameter_leads_to_its_weights() {
    let (_, text) = kinds().swap_remove(1);
    let mut window = enlarged(text, "Parameters", [1280.0, 800.0]);
    let it = inventory(session(&window));
    let fact = &it.of.parameters[1];
    let row = format!(
        "weight_hh_l0, shape 24 × 6, count 144, share {} %, ‖W‖ {}, ‖∂L/∂W‖ {}",
        rnnscope::words::significant(100.0 * fact.share, 2),
        number(fact.norm),
        number(fact.gradient_norm),
    );
    window.get_by_role_and_label(Role::Link, &row).click();
    settle(&mut window);
    assert!(
        window
            .query_by_role_and_label(Role::GenericContainer, "Weights")
            .is_some()
    );
    assert!(shows(&window, "f, forget gate: weight_hh_l0["));
}

/// What is under the pointer is the engine's number, gate by gate, and a click opens it; so do the keys.
#[test]
fn a_weight_under_the_pointer_is_told_and_opened() {
    let (_, text) = kinds().swap_remove(1);
    let mut window = enlarged(text, "Weights", [1280.0, 800.0]);
    let entry = snapshot(&window).material.network.entries()[0].clone();
    assert_eq!(entry.shape, [24, 2]);
    click_in_list(&mut window, "Parameter", "weight_ih_l0");
    settle(&mut window);
    for (gate, title) in [
        "i, input gate",
        "f, forget gate",
        "g, candidate",
        "o, output gate",
    ]
    .into_iter()
    .enumerate()
    {
        let label = format!("{title}: weight_ih_l0[");
        let rect = window.get_by_label_contains(&label).rect();
        let (row, column) = (4, 1);
        let at = pos2(
            rect.left() + rect.width() * (column as f32 + 0.5) / 2.0,
            rect.top() + rect.height() * (row as f32 + 0.5) / 6.0,
        );
        window.hover_at(at);
        window.run();
        let row = 6 * gate + row;
        let index = entry.range.start + 2 * row + column;
        let value = snapshot(&window).model.parameters()[index];
        let expected = format!("weight_ih_l0[{row}, {column}] = {}", number(value));
        assert!(shows(&window, &expected), "{expected}");
    }
    choose(&mut window, "gradient");
    window
        .get_by_label_contains("f, forget gate: weight_ih_l0[")
        .focus();
    settle(&mut window);
    window.key_press(Key::ArrowDown);
    window.run();
    window.key_press(Key::ArrowRight);
    window.run();
    window.run();
    let index = entry.range.start + 2 * 7 + 1;
    let gradient = snapshot(&window).probe.gradient[index];
    let expected = format!("∂L/∂weight_ih_l0[7, 1] = {}", number(gradient));
    assert!(shows(&window, &expected), "{expected}");
    window.key_press(Key::Enter);
    settle(&mut window);
    assert!(
        window
            .query_by_role_and_label(Role::GenericContainer, "Number")
            .is_some()
    );
    let spot = Spot::Parameter(index);
    let told = session(&window).ask(&Question::Explain(spot));
    let Some(Answer::Account(Some(account))) = told.answer.as_deref() else {
        panic!("{told:?}");
    };
    assert!(shows(&window, &number(account.value)));
}

/// Somewhere in the plot the pointer is at the probe's path, and what is told there is a point of it.
#[test]
fn a_portrait_tells_the_probes_own_states() {
    let (_, text) = kinds().swap_remove(2);
    let mut window = enlarged(text, "Phase portrait", [1280.0, 800.0]);
    let at = At { part: 0, scan: 0 };
    let found = portrait(session(&window), at, Axes::Principal).unwrap();
    let expected: Vec<String> = (1..found.probe.len())
        .map(|k| {
            let [x, y] = found.probe[k];
            format!("probe, step {k} of its way: {}, {}", number(x), number(y))
        })
        .collect();
    let mut seen = 0;
    for line in 0..30 {
        for column in 0..40 {
            window.hover_at(pos2(
                340.0 + 22.0 * column as f32,
                180.0 + 18.0 * line as f32,
            ));
            window.run();
            if shows(&window, "probe, step ") {
                let told = expected.iter().filter(|text| shows(&window, text)).count();
                assert_eq!(told, 1);
                seen += 1;
            }
        }
        if seen > 3 {
            return;
        }
    }
    panic!("the probe's path was met {seen} times");
}
