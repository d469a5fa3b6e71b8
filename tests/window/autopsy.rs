//! Runs that are broken, each in another way, and what is found of them; runs that are healthy, of which nothing is; and the way
//! from a run that ended to a remedy that works, in the window.

use crate::common::{SIZE, Window, file, opening, session, settle, shows, snapshot};
use eframe::egui::accesskit::{Role, Toggled};
use eframe::egui::{Key, Theme};
use egui_kittest::kittest::{NodeT, Queryable};
use rnnscope::data::{Span, Split, Targets};
use rnnscope::experiment::{Experiment, Location, Probe, gallery, material};
use rnnscope::nn::{Line, Quantity, Stop};
use rnnscope::session::Origin;
use rnnscope::train::autopsy::{FirstBad, Grown, Phase, Verdict, autopsy, remedies};
use rnnscope::train::diagnosis::diagnose;
use rnnscope::train::{AnyTrainer, Autopsy, Diagnosis, Divergence, Snapshot, Status};
use std::ops::ControlFlow;
use std::sync::Arc;

fn trainer(text: &str, location: &Location) -> (Experiment, AnyTrainer) {
    let experiment = Experiment::parse(text).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
    let material = material(&experiment, location, &|_| ControlFlow::Continue(())).unwrap();
    let trainer = AnyTrainer::new(&experiment, Arc::new(material));
    (experiment, trainer)
}

/// The run of a text after so many updates, or where it ended before.
fn run_at(text: &str, location: &Location, updates: u64) -> Snapshot {
    let (experiment, mut trainer) = trainer(text, location);
    while trainer.updates() < updates && trainer.update() {}
    trainer.snapshot(experiment.probe, usize::MAX)
}

fn run(text: &str, updates: u64) -> Snapshot {
    run_at(text, &Location::BuiltIn, updates)
}

fn found(snapshot: &Snapshot) -> Vec<Diagnosis> {
    diagnose(snapshot, &Stop::default())
}

/// How a run ended.
fn end(snapshot: &Snapshot) -> (Divergence, Autopsy, FirstBad) {
    let Status::Diverged(divergence) = snapshot.status.clone() else {
        panic!(
            "it goes on: {:?} after {}",
            snapshot.status, snapshot.update
        )
    };
    let autopsy = autopsy(snapshot, &Stop::default()).unwrap();
    assert_eq!(autopsy.update, divergence.update);
    assert!(matches!(found(snapshot)[0], Diagnosis::Diverged { .. }));
    let first = autopsy.found.clone().unwrap();
    (divergence, autopsy, first)
}

/// A small run: data, model and training as they are given.
fn text(data: &str, model: &str, training: &str) -> String {
    format!(
        "format = 1\nseed = 3\n[data]\n{data}\n[model]\nreadout = \"last\"\n{model}\n[training]\nbatch_size = 8\n{training}\n"
    )
}

fn adding(length: usize) -> String {
    format!("task = \"adding\"\nlength = {length}\ntrain_sequences = 64\ntest_sequences = 8")
}

fn sgd(rate: f64) -> String {
    format!("clip = \"off\"\noptimizer = {{ kind = \"sgd\", learning_rate = {rate:?} }}")
}

const ADAM: &str = "optimizer = { kind = \"adam\", learning_rate = 0.01 }";

/// The first so many numbers of a parameter, all of this value.
fn set(parameter: &str, count: usize, value: f64) -> String {
    let one =
        |index| format!("{{ parameter = \"{parameter}\", index = [{index}], value = {value:?} }}");
    let all: Vec<String> = (0..count).map(one).collect();
    format!(
        "init = {{ scheme = \"pytorch\", set = [{}] }}",
        all.join(", ")
    )
}

/// A network of one layer and one scan, in plain loops and double precision.
struct Plain {
    relu: bool,
    w_ih: Vec<f64>,
    w_hh: Vec<f64>,
    bias: Vec<f64>,
    w: Vec<f64>,
    b: f64,
    inputs: usize,
}

impl Plain {
    fn new(snapshot: &Snapshot, parameters: &[f64], relu: bool) -> Self {
        let network = snapshot.model.network();
        let of = |name: &str| {
            let entries = network.entries();
            let entry = entries.iter().find(|entry| entry.name == name).unwrap();
            parameters[entry.range.clone()].to_vec()
        };
        let biases = [of("bias_ih_l0"), of("bias_hh_l0")];
        Self {
            relu,
            w_ih: of("weight_ih_l0"),
            w_hh: of("weight_hh_l0"),
            bias: (biases[0].iter().zip(&biases[1]))
                .map(|(a, b)| a + b)
                .collect(),
            w: of("readout.weight"),
            b: of("readout.bias")[0],
            inputs: snapshot.material.dataset.input_size(),
        }
    }

    /// h_1 … h_T.
    fn states(&self, snapshot: &Snapshot, span: Span) -> Vec<Vec<f64>> {
        let hidden = self.bias.len();
        let mut h = vec![0.0; hidden];
        let mut all = Vec::new();
        for row in span.rows() {
            let x = snapshot.material.dataset.inputs.row(row);
            let next = |unit: usize| {
                let mut sum = self.bias[unit];
                for (k, x) in x.iter().enumerate() {
                    sum += self.w_ih[unit * self.inputs + k] * x;
                }
                for (k, h) in h.iter().enumerate() {
                    sum += self.w_hh[unit * hidden + k] * h;
                }
                if self.relu { sum.max(0.0) } else { sum }
            };
            h = (0..hidden).map(next).collect();
            all.push(h.clone());
        }
        all
    }

    fn y(&self, h: &[f64]) -> f64 {
        self.b + h.iter().zip(&self.w).map(|(h, w)| h * w).sum::<f64>()
    }
}

fn span_of(snapshot: &Snapshot, sequence: usize) -> Span {
    snapshot.material.dataset.train[sequence]
}

/// The gradient of a batch's mean loss at the first weights: the mean of those that each of its sequences has by itself.
fn first_gradient(text: &str, sequences: &[usize]) -> (Vec<f64>, Vec<f64>) {
    let (_, trainer) = trainer(text, &Location::BuiltIn);
    let mut mean: Vec<f64> = Vec::new();
    let mut parameters = Vec::new();
    for &index in sequences {
        let split = Split::Train;
        let snapshot = trainer.snapshot_of_probe(Probe { split, index });
        mean.resize(snapshot.probe.gradient.len(), 0.0);
        for (mean, g) in mean.iter_mut().zip(&snapshot.probe.gradient) {
            *mean += g / sequences.len() as f64;
        }
        parameters = snapshot.model.parameters().to_vec();
    }
    (parameters, mean)
}

fn close(found: f64, expected: f64, relative: f64) {
    assert!(
        (found - expected).abs() <= relative * expected.abs(),
        "{found:e}, expected {expected:e}"
    );
}

/// W_hh of deviation 1.5 on 16 units: each step multiplies the state by about 5.7, and f32 ends at 3.4 · 10³⁸.
#[test]
fn an_exploding_state_is_found_at_the_step_and_unit_where_it_leaves_single_precision() {
    let model = "cell = \"rnn_relu\"\nhidden_size = 16\ninit = { scheme = \"normal\", std = 1.5 }";
    let training = format!("updates = 10\nprecision = \"f32\"\n{}", sgd(0.01));
    let snapshot = run(&text(&adding(100), model, &training), 10);
    let (divergence, autopsy, first) = end(&snapshot);
    assert_eq!((divergence.update, divergence.good), (1, 0));
    assert_eq!((first.phase, first.value), (Phase::Forward, f64::INFINITY));
    let station = first.station.unwrap();
    assert_eq!(station.line, Line::Cell(Quantity::H));
    assert!(
        divergence
            .quantity
            .ends_with(&format!("at t = {}", station.t))
    );
    // In plain loops: of all sequences of the batch the first step at which a unit is past what f32 holds. Which of
    // several units and sequences that is, sums in single precision decide.
    let plain = Plain::new(&snapshot, snapshot.model.parameters(), true);
    let past = |h: &f64| *h > f64::from(f32::MAX);
    let of = |sequence| plain.states(&snapshot, span_of(&snapshot, sequence));
    let step = |&sequence: &usize| of(sequence).iter().position(|h| h.iter().any(past));
    let steps = autopsy.sequences.iter().filter_map(step);
    assert_eq!(Some(station.t), steps.map(|step| step + 1).min());
    let (_, sequence) = first.sequence.unwrap();
    let (before, unit) = (of(sequence), first.unit.unwrap());
    // The sum over the units before, in their order, is past it on the way, whatever it comes to in the end.
    let last = &before[station.t - 2];
    let summands = last
        .iter()
        .enumerate()
        .map(|(k, h)| plain.w_hh[unit * last.len() + k] * h);
    let sums = summands.scan(0.0, |sum: &mut f64, summand| {
        *sum += summand;
        Some(*sum)
    });
    assert!(sums.into_iter().any(|sum| past(&sum)));
    close(first.before.unwrap(), before[station.t - 2][unit], 1e-4);
    // The chain: the state's norm, step by step.
    let chain = &autopsy.chains[0];
    let quantity = Quantity::H;
    assert_eq!(chain.of, Grown::State { quantity, sequence });
    let norm = |h: &[f64]| h.iter().map(|h| h * h).sum::<f64>().sqrt();
    for (t, size) in &chain.points {
        close(*size, norm(&before[*t as usize - 1]), 1e-4);
    }
    assert!(chain.growth.per_step() > 5.0 && chain.growth.to + 2 == station.t);
    assert!(autopsy.sigmas.iter().all(|(_, sigma)| *sigma > 1.0));
}

/// A linear recurrence whose singular values are all 1.6: over 50 steps the gradient grows by 1.6⁴⁹ = 10¹⁰.
#[test]
fn a_step_that_carries_the_weights_away_is_found_at_the_weight() {
    let model =
        "cell = \"rnn_linear\"\nhidden_size = 8\ninit = { scheme = \"orthogonal\", gain = 1.6 }";
    let text = text(&adding(50), model, &format!("updates = 20\n{}", sgd(0.01)));
    let snapshot = run(&text, 20);
    let (divergence, autopsy, first) = end(&snapshot);
    assert_eq!((divergence.update, divergence.good), (1, 0));
    assert_eq!(first.phase, Phase::Step);
    let (parameters, gradient) = first_gradient(&text, &autopsy.sequences);
    let after: Vec<f64> = (parameters.iter().zip(&gradient))
        .map(|(p, g)| p - 0.01 * g)
        .collect();
    let largest = (0..after.len()).max_by(|&a, &b| after[a].abs().total_cmp(&after[b].abs()));
    assert_eq!(first.parameter.as_ref().unwrap().0, largest.unwrap());
    close(first.value, after[largest.unwrap()], 1e-9);
    assert_eq!(first.before, Some(parameters[largest.unwrap()]));
    // Every singular value of W_hh is the gain, and so is σ₁ of each step; the gradient grows by it on the way back.
    for (_, sigma) in &autopsy.sigmas {
        close(*sigma, 1.6, 1e-9);
    }
    close(autopsy.recurrent.unwrap().sigma[0].unwrap(), 1.6, 1e-9);
    close(autopsy.chains[0].growth.per_step(), 1.6, 1e-9);
    assert!(matches!(autopsy.chains[0].of, Grown::Adjoint { .. }));
}

/// ReLU units that begin as the identity: the first step at rate 0.5 makes W_hh stretch, and the next way forward explodes.
#[test]
fn a_loss_past_its_bound_is_found_at_the_output_that_costs_most() {
    let model =
        "cell = \"rnn_relu\"\nhidden_size = 8\ninit = { scheme = \"identity\", gain = 1.0 }";
    let text = text(&adding(200), model, &format!("updates = 60\n{}", sgd(0.5)));
    let snapshot = run(&text, 60);
    let (divergence, autopsy, first) = end(&snapshot);
    assert_eq!((divergence.update, divergence.good), (2, 0));
    assert_eq!((first.phase, first.value), (Phase::Loss, divergence.value));
    // The batch of the update before is the first eight of the same order: made again here from the start.
    let (_, mut again) = trainer(&text, &Location::BuiltIn);
    assert!(again.update());
    let split = Split::Train;
    let there = again.snapshot_of_probe(Probe { split, index: 0 });
    let plain = Plain::new(&there, there.model.parameters(), true);
    let Targets::Values(targets) = &there.material.dataset.targets else {
        panic!("numbers are asked for")
    };
    let errors: Vec<f64> = (autopsy.sequences.iter())
        .map(|&sequence| {
            let span = span_of(&there, sequence);
            let y = plain.y(plain.states(&there, span).last().unwrap());
            (y - targets[[span.last_row(), 0]]).abs()
        })
        .collect();
    let loss = errors.iter().map(|e| e * e).sum::<f64>() / errors.len() as f64;
    close(first.value, loss, 1e-9);
    let (row, _) = first.sequence.unwrap();
    let largest = (0..errors.len()).max_by(|&a, &b| errors[a].total_cmp(&errors[b]));
    assert_eq!(row, largest.unwrap());
    let (y, wanted) = first.answer.unwrap();
    close((y - wanted).abs(), errors[row], 1e-9);
    // The bound: a million times the first loss.
    close(
        first.limit.unwrap(),
        1e6 * there.history.get(0).unwrap().train_loss,
        1e-12,
    );
}

/// Targets of 10³⁰ that nobody scaled, over a recurrence that stretches by 1.5: forward all is small, back it leaves f32.
#[test]
fn a_gradient_that_overflows_on_the_way_back_is_found_at_its_step() {
    let rows = (0..100).map(|row| {
        let x = f64::from(row % 7) / 1e6;
        format!("{x},{:e}\n", 1e30 * f64::from(row % 5 + 1))
    });
    let csv = format!("x,y\n{}", rows.collect::<String>());
    let path = file("autopsy", "huge.csv", csv);
    let data = "csv = \"huge.csv\"\nfeatures = [\"x\"]\ntarget = \"y\"\nwindow = 60\nscale = \"none\"\ntest_from = \"90\"";
    let model =
        "cell = \"rnn_linear\"\nhidden_size = 8\ninit = { scheme = \"orthogonal\", gain = 1.5 }";
    let training = format!("updates = 5\nprecision = \"f32\"\n{}", sgd(0.01));
    let text = text(data, model, &training);
    let snapshot = run_at(
        &text,
        &Location::beside(&path.with_file_name("run.toml")),
        5,
    );
    let (divergence, autopsy, first) = end(&snapshot);
    assert_eq!(divergence.update, 1);
    assert_eq!(first.phase, Phase::Backward);
    let station = first.station.unwrap();
    assert_eq!(station.line, Line::Cell(Quantity::H));
    assert!(!first.value.is_finite());
    // In plain loops, back from ∂L/∂y = 2 (y − target) / 8.
    let plain = Plain::new(&snapshot, snapshot.model.parameters(), false);
    let hidden = plain.bias.len();
    let Targets::Values(targets) = &snapshot.material.dataset.targets else {
        panic!("numbers are asked for")
    };
    let overflow = autopsy.sequences.iter().map(|&sequence| {
        let span = span_of(&snapshot, sequence);
        let states = plain.states(&snapshot, span);
        let error = plain.y(states.last().unwrap()) - targets[[span.last_row(), 0]];
        let d_y = 2.0 * error / autopsy.sequences.len() as f64;
        let mut d_h: Vec<f64> = plain.w.iter().map(|w| w * d_y).collect();
        let mut t = span.len;
        while t > 0 && d_h.iter().all(|d| d.abs() <= f64::from(f32::MAX)) {
            t -= 1;
            let back = |k: usize| {
                (0..hidden)
                    .map(|u| plain.w_hh[u * hidden + k] * d_h[u])
                    .sum()
            };
            d_h = (0..hidden).map(back).collect();
        }
        t
    });
    let all: Vec<usize> = overflow.collect();
    assert_eq!(station.t, *all.iter().max().unwrap(), "{all:?}");
    let (row, _) = first.sequence.unwrap();
    assert_eq!(all[row], station.t);
    assert!(first.before.unwrap().abs() <= f64::from(f32::MAX));
    close(autopsy.chains[0].growth.per_step(), 1.5, 0.02);
}

/// Six more runs that end, each in a way of its own; what the trainer saw is what the update made once more has, bit for bit.
#[test]
fn a_run_that_ends_is_made_once_more_with_the_same_bits() {
    let cases = [
        // A rate too high by far, in single precision.
        (
            text(
                &adding(20),
                "cell = \"rnn_relu\"\nhidden_size = 8",
                &format!("updates = 60\nprecision = \"f32\"\n{}", sgd(100.0)),
            ),
            "rate",
        ),
        // A tanh network whose readout is thrown to and fro.
        (
            text(
                &adding(100),
                "cell = \"rnn\"\nhidden_size = 8\ninit = { scheme = \"orthogonal\", gain = 1.0 }",
                &format!("updates = 200\nprecision = \"f32\"\n{}", sgd(1.0)),
            ),
            "tanh",
        ),
        // Dropout and two layers: the masks are drawn again.
        (
            text(
                &adding(20),
                "cell = \"gru\"\nhidden_size = 8\nnum_layers = 2\ndropout = 0.3",
                &format!("updates = 60\n{}", sgd(30.0)),
            ),
            "dropout",
        ),
        // Both directions.
        (
            text(
                &adding(20),
                "cell = \"rnn_relu\"\nhidden_size = 6\nbidirectional = true",
                &format!("updates = 60\n{}", sgd(10.0)),
            ),
            "both",
        ),
        // Sequences of different lengths, and classes.
        (
            text(
                "task = \"majority\"\nlength = 20\nmin_length = 3\ntrain_sequences = 64\ntest_sequences = 8",
                "cell = \"rnn_relu\"\nhidden_size = 8",
                &format!("updates = 200\ndiverged_above = 100.0\n{}", sgd(100.0)),
            ),
            "ragged",
        ),
        // Momentum, which goes on though gradients fall.
        (
            text(
                &adding(20),
                "cell = \"lstm\"\nhidden_size = 8",
                "updates = 200\ndiverged_above = 1000.0\nclip = \"off\"\noptimizer = { kind = \"sgd\", learning_rate = 5.0, momentum = 0.99 }",
            ),
            "momentum",
        ),
    ];
    for (text, name) in cases {
        let snapshot = run(&text, 1_000);
        let (divergence, autopsy, first) = end(&snapshot);
        match first.phase {
            Phase::Loss => assert_eq!(first.value.to_bits(), divergence.value.to_bits(), "{name}"),
            Phase::Forward => assert!(!first.value.is_finite(), "{name}"),
            Phase::Step => assert_eq!(first.value.abs(), divergence.value.abs(), "{name}"),
            Phase::Backward | Phase::Gradient | Phase::Memory => {
                assert!(!first.value.is_finite(), "{name}");
            }
        }
        assert!(!autopsy.chains.is_empty(), "{name}: nothing had grown");
        for chain in &autopsy.chains {
            assert!(chain.growth.factor() >= 2.0, "{name}: {chain:?}");
        }
        let experiment = Experiment::parse(&text).unwrap();
        assert!(remedies(&autopsy, &experiment).len() >= 2, "{name}");
        for sentence in autopsy.sentences() {
            assert!(sentence.ends_with('.'), "{name}: {sentence}");
        }
    }
}

/// What is dead comes back dead from a checkpoint, with what remains.
#[test]
fn what_remains_goes_through_a_checkpoint() {
    let text = text(
        &adding(20),
        "cell = \"rnn_relu\"\nhidden_size = 8",
        &format!("updates = 60\n{}", sgd(100.0)),
    );
    let (experiment, mut first) = trainer(&text, &Location::BuiltIn);
    while first.update() {}
    let (_, mut second) = trainer(&text, &Location::BuiltIn);
    second.resume(&first.checkpoint()).unwrap();
    let [first, second] = [first, second].map(|mut trainer| trainer.snapshot(experiment.probe, 0));
    let stop = Stop::default();
    assert!(autopsy(&first, &stop).is_some());
    assert_eq!(autopsy(&first, &stop), autopsy(&second, &stop));
}

/// Everything that is found of a run.
fn titles(text: &str, updates: u64) -> (Vec<Diagnosis>, Vec<&'static str>) {
    let found = found(&run(text, updates));
    let mut titles: Vec<&'static str> = found.iter().map(Diagnosis::title).collect();
    titles.dedup();
    for found in &found {
        assert!(!found.proofs().is_empty() && found.sentence().ends_with('.'));
    }
    (found, titles)
}

#[test]
fn units_that_cannot_move_are_found() {
    let short = format!("updates = 10\n{ADAM}");
    let of = |model: &str| titles(&text(&adding(20), model, &short), 3);
    // W_hh of deviation 300: tanh of sums of hundreds is ± 1.
    let (found, told) =
        of("cell = \"rnn\"\nhidden_size = 16\ninit = { scheme = \"normal\", std = 300.0 }");
    assert_eq!(told, ["Units are stuck"]);
    assert!(matches!(
        found[0],
        Diagnosis::Saturated {
            quantity: Quantity::H,
            of: 16,
            ..
        }
    ));
    // Biases of 100 in the first two gates, i and f: open for good. And of −100: shut.
    for (bias, end) in [(100.0, 1), (-100.0, 0)] {
        let (found, told) = of(&format!(
            "cell = \"lstm\"\nhidden_size = 4\n{}",
            set("bias_ih_l0", 8, bias)
        ));
        assert_eq!((told, found.len()), (vec!["Units are stuck"], 2));
        for (found, gate) in found.iter().zip([Quantity::I, Quantity::F]) {
            let Diagnosis::Saturated {
                quantity, stuck, ..
            } = found
            else {
                panic!("{found:?}")
            };
            assert_eq!((*quantity, stuck[end]), (gate, 4));
        }
    }
    let (found, told) = of(
        "cell = \"lstm\"\nhidden_size = 8\ninit = { scheme = \"pytorch\", forget_bias = -30.0 }",
    );
    assert_eq!(told, ["Units are stuck"]);
    assert!(matches!(
        found[0],
        Diagnosis::Saturated {
            quantity: Quantity::F,
            stuck: [8, 0, 0],
            ..
        }
    ));
    let (found, told) = of(&format!(
        "cell = \"rnn_relu\"\nhidden_size = 8\n{}",
        set("bias_ih_l0", 8, -10.0)
    ));
    assert_eq!(told, ["Units are dead"]);
    assert!(matches!(found[0], Diagnosis::Dead { dead: 8, of: 8, .. }));
}

#[test]
fn a_run_that_learns_nothing_is_found() {
    // A rate of 10⁻⁹ moves nothing.
    let still = "updates = 120\noptimizer = { kind = \"sgd\", learning_rate = 1e-9 }";
    let still = text(&adding(20), "cell = \"lstm\"\nhidden_size = 8", still);
    let (found, told) = titles(&still, 120);
    assert_eq!(told, ["Nothing is learnt"]);
    let Diagnosis::NothingLearnt { loss, nothing, .. } = &found[0] else {
        panic!("{found:?}")
    };
    // By hand: the variance of the targets, and the mean of the last 20 losses.
    let snapshot = run(&still, 120);
    let Targets::Values(targets) = &snapshot.material.dataset.targets else {
        panic!("numbers are asked for")
    };
    let spans = snapshot.material.dataset.train.iter();
    let all: Vec<f64> = spans.map(|span| targets[[span.last_row(), 0]]).collect();
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    let variance = all.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / all.len() as f64;
    close(*nothing, variance, 1e-12);
    let last = snapshot.history.rows().skip(100).map(|row| row.train_loss);
    close(*loss, last.sum::<f64>() / 20.0, 1e-12);
    // Half-way it has not had its chance.
    assert_eq!(
        titles(&still.replace("updates = 120", "updates = 1000"), 120).1,
        [""; 0]
    );
    // Of classes: 1.386 nats for four that are equally likely; asked at a rate that is nothing.
    let classes =
        "task = \"temporal_order\"\nlength = 20\ntrain_sequences = 64\ntest_sequences = 8";
    let still = "updates = 120\noptimizer = { kind = \"sgd\", learning_rate = 1e-9 }";
    let (found, _) = titles(
        &text(classes, "cell = \"gru\"\nhidden_size = 4", still),
        120,
    );
    let Diagnosis::NothingLearnt { nothing, .. } = &found[0] else {
        panic!("{found:?}")
    };
    assert!((1.3..=4f64.ln() + 1e-12).contains(nothing), "{nothing}");
}

#[test]
fn a_gradient_that_never_arrives_and_a_test_loss_that_rises_are_found() {
    // W_hh of deviation 0.1 on 16 units: ρ near 0.4, and 0.4⁹⁹ = 10⁻³⁹.
    let model = "cell = \"rnn\"\nhidden_size = 16\ninit = { scheme = \"normal\", std = 0.1 }";
    let long = text(&adding(100), model, &format!("updates = 1000\n{ADAM}"));
    let (found, told) = titles(&long, 100);
    assert_eq!(told, ["The gradient does not reach the first step"]);
    let Diagnosis::Unreached { norms, steps, .. } = &found[0] else {
        panic!("{found:?}")
    };
    assert_eq!(*steps, (1, 100));
    assert!(norms.0 < 1e-6 * norms.1 && norms.1 > 0.0);
    // An LSTM that keeps all it has: the way is as long, and it arrives.
    let model =
        "cell = \"lstm\"\nhidden_size = 16\ninit = { scheme = \"pytorch\", forget_bias = 6.0 }";
    let long = text(&adding(100), model, &format!("updates = 1000\n{ADAM}"));
    assert_eq!(titles(&long, 100).1, [""; 0]);
    // Six sequences are learnt by heart.
    let few = "task = \"tagging\"\nlength = 12\ntrain_sequences = 6\ntest_sequences = 40";
    let few = text(
        few,
        "cell = \"gru\"\nhidden_size = 24",
        &format!("updates = 200\nevaluate_every = 5\n{ADAM}"),
    );
    let (found, told) = titles(&few.replace("\"last\"", "\"every\""), 200);
    assert_eq!(told, ["The test loss rises"]);
    let Diagnosis::Overfitted { test, train, .. } = &found[0] else {
        panic!("{found:?}")
    };
    assert!(test.1 >= 1.25 * test.0 && train.1 <= 0.9 * train.0);
}

/// h_t = x_t and y = h_T: a linear network that is set to repeat what it read last, on sums of even steps.
#[test]
fn a_forecast_that_repeats_the_last_value_is_found() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("autopsy");
    std::fs::create_dir_all(&folder).unwrap();
    // Marsaglia's xorshift generator (2003).
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut x = 0.0;
    let mut rows = String::from("v\n");
    for _ in 0..300 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        x += (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0;
        rows += &format!("{x}\n");
    }
    std::fs::write(folder.join("walk.csv"), rows).unwrap();
    let weights = [
        ("weight_ih_l0", "[0, 0]", 1.0),
        ("weight_hh_l0", "[0, 0]", 0.0),
        ("bias_ih_l0", "[0]", 0.0),
        ("bias_hh_l0", "[0]", 0.0),
        ("readout.weight", "[0, 0]", 1.0),
        ("readout.bias", "[0]", 0.0),
    ];
    let weights = weights.map(|(name, index, value)| {
        format!("{{ parameter = \"{name}\", index = {index}, value = {value:?} }}")
    });
    let text = text(
        "csv = \"walk.csv\"\ntarget = \"v\"\nwindow = 6",
        &format!(
            "cell = \"rnn_linear\"\nhidden_size = 1\ninit = {{ scheme = \"pytorch\", set = [{}] }}",
            weights.join(", ")
        ),
        "updates = 100\noptimizer = { kind = \"sgd\", learning_rate = 1e-9 }",
    );
    let location = Location::Directory(folder);
    let told = found(&run_at(&text, &location, 100));
    let [Diagnosis::Shadow { of }] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!(of.lag(), Some(1));
    assert!(of.errors[1] < 1e-3 * of.errors[0] && of.skill().unwrap().abs() < 1e-3);
    let sentence = told[0].sentence();
    assert!(sentence.starts_with("A shadow of the last value. It fits the value of 1 step before"));
    assert!(
        sentence.ends_with(&format!("over {} forecasts of the test part.", of.n)),
        "{sentence}"
    );
    // Before it had its chance nothing is said.
    assert_eq!(found(&run_at(&text, &location, 99)), []);
}

/// Every experiment of the gallery after its first updates; those that are soon done to their end, and the shortest that
/// forecasts a series until it has had its chance.
#[test]
fn healthy_runs_are_left_in_peace() {
    for entry in gallery::EXPERIMENTS {
        let updates = match entry.name {
            "latch" | "majority" => u64::MAX,
            "sunspots" => 300,
            "dates" | "next_character" => 4,
            _ => 20,
        };
        let planned = Experiment::parse(entry.text).unwrap().training.updates;
        let snapshot = run(entry.text, updates.min(planned));
        assert_eq!(found(&snapshot), [], "{}", entry.name);
        assert_eq!(autopsy(&snapshot, &Stop::default()), None);
    }
    let all = format!("updates = 100\nclip = {{ norm = 1.0 }}\n{ADAM}");
    for model in [
        "cell = \"rnn\"\nhidden_size = 16",
        "cell = \"rnn_relu\"\nhidden_size = 16\ninit = { scheme = \"identity\", gain = 1.0 }",
        "cell = \"gru\"\nhidden_size = 16\nnum_layers = 2",
        "cell = \"lstm\"\nhidden_size = 16\nbidirectional = true",
    ] {
        let text = text(
            "task = \"sine\"\nlength = 20\ntrain_sequences = 64\ntest_sequences = 16",
            model,
            &all,
        );
        let snapshot = run(&text.replace("\"last\"", "\"every\""), 100);
        assert_eq!(found(&snapshot), [], "{model}");
    }
}

fn click(window: &mut Window, button: &str) {
    let find = |window: &Window| {
        let mut all = window.query_all_by_role_and_label(Role::Button, button);
        all.next().is_some()
    };
    assert!(find(window), "no {button}");
    window
        .get_by_role_and_label(Role::Button, button)
        .scroll_to_me();
    settle(window);
    window.get_by_role_and_label(Role::Button, button).click();
    settle(window);
}

#[test]
fn the_window_leads_from_the_end_of_a_run_to_a_remedy_that_works() {
    let text = gallery::by_name("sunspots").unwrap().text;
    let text = text
        .replace("cell = \"lstm\" ", "cell = \"rnn_relu\" ")
        .replace("updates = 600", "updates = 130")
        .replace(
            "{ kind = \"adam\", learning_rate = 1e-2 }",
            "{ kind = \"sgd\", learning_rate = 0.7 }",
        )
        .replace("clip = { norm = 1.0 } ", "clip = \"off\" ");
    let source = Origin::Text {
        text,
        location: Location::BuiltIn,
        name: "broken".into(),
    };
    let mut window = opening(Some(source), SIZE, Theme::Light);
    settle(&mut window);
    assert!(!shows(&window, "Ended at"));
    window.key_press(Key::T);
    settle(&mut window);
    // The README has the same run, with more updates planned.
    let (divergence, autopsy, first) = end(&snapshot(&window));
    assert_eq!(divergence.update, 102);
    assert!(shows(&window, "Ended at update 102."));
    click(&mut window, "Show what happened");
    assert!(shows(&window, &autopsy.sentence()));
    for sentence in autopsy.cause.proofs() {
        assert!(shows(&window, &sentence), "{sentence}");
    }
    assert!(shows(&window, &autopsy.what_was_bad().unwrap()));
    assert!(shows(&window, &divergence.which()));
    // What was said first stands above what may help, that above the numbers.
    let top = |text: &str| window.get_by_label_contains(text).rect().top();
    let tops = [
        top(&autopsy.sentence()),
        top("What may help"),
        top("What the record shows"),
    ];
    assert!(tops.is_sorted(), "{tops:?}");
    for sentence in autopsy.what_had_grown() {
        assert!(shows(&window, &sentence), "{sentence}");
    }
    click(&mut window, "Show its place in the last good network");
    if let Some((_, index)) = first.sequence {
        let split = Split::Train;
        let probe = snapshot(&window);
        assert_eq!((probe.probe.split, probe.probe.index), (split, index));
    }
    click(&mut window, "What went wrong");
    click(&mut window, "Learning rate 0.07, from the start");
    let runs = session(&window).runs();
    assert_eq!(runs.len(), 2);
    let beside = runs.iter().find(|run| !run.is_on_show).unwrap();
    let tried = beside.snapshot.unwrap();
    assert_eq!((tried.update, &tried.status), (130, &Status::Finished));
    assert_eq!(tried.learning_rate, 0.07);
    assert!(tried.history.rows().all(|row| row.train_loss.is_finite()));
    assert!(matches!(snapshot(&window).status, Status::Diverged(_)));
    let verdict = Verdict::of(Some(tried), divergence.update).in_words();
    assert!(verdict.starts_with("it helped: all 130 updates were made, test loss "));
    assert!(shows(&window, &verdict), "{verdict}");
    click(&mut window, "Compare the runs");
    let layout = window.get_by_role_and_label(Role::RadioButton, "Compare");
    assert_eq!(layout.accesskit_node().toggled(), Some(Toggled::True));
    // The run on show is dead: Train and its key train the other one, and say so; that has made all its updates and goes on.
    assert!(
        window
            .query_by_role_and_label(Role::Button, "Train B on")
            .is_some()
    );
    window.key_press(Key::T);
    settle(&mut window);
    let updates: Vec<u64> = session(&window)
        .runs()
        .iter()
        .map(|run| run.snapshot.unwrap().update)
        .collect();
    assert_eq!(updates[1], 260);
    // A finding opens beside the comparison, not in its place.
    let comparison = "The runs’ test loss";
    assert!(
        window
            .query_by_role_and_label(Role::Image, comparison)
            .is_some()
    );
    let findings = window.query_all_by_role(Role::Link);
    let mut findings = findings.filter(|link| {
        link.accesskit_node()
            .label()
            .is_some_and(|l| l.contains("finding"))
    });
    findings.next_back().unwrap().click();
    drop(findings);
    settle(&mut window);
    assert!(shows(&window, &autopsy.sentence()));
    assert!(
        window
            .query_by_role_and_label(Role::Image, comparison)
            .is_some()
    );
}
