//! Runs that are broken, each in another way, and what is found of them; and runs that are healthy, of which nothing is.

mod common;

use rnnscope::experiment::{Experiment, Location, gallery, material};
use rnnscope::nn::Stop;
use rnnscope::train::autopsy::autopsy;
use rnnscope::train::diagnosis::diagnose;
use rnnscope::train::{AnyTrainer, Autopsy, Diagnosis, Snapshot, Status};
use std::ops::ControlFlow;
use std::sync::Arc;

/// The run of a text after so many updates, or where it ended before.
fn run_at(text: &str, location: &Location, updates: u64) -> Snapshot {
    let experiment = Experiment::parse(text).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
    let material = material(&experiment, location, &|_| ControlFlow::Continue(())).unwrap();
    let mut trainer = AnyTrainer::new(&experiment, Arc::new(material));
    while trainer.updates() < updates && trainer.update() {}
    trainer.snapshot(experiment.probe, 0)
}

fn run(text: &str, updates: u64) -> Snapshot {
    run_at(text, &Location::BuiltIn, updates)
}

fn found(snapshot: &Snapshot) -> Vec<Diagnosis> {
    diagnose(snapshot, &Stop::default())
}

/// A small run: data, model and training as they are given.
fn text(data: &str, model: &str, training: &str) -> String {
    format!("format = 1\nseed = 3\n[data]\n{data}\n[model]\n{model}\n[training]\n{training}\n")
}

const ADDING: &str = "task = \"adding\"\nlength = 20\ntrain_sequences = 64\ntest_sequences = 8";

fn set(parameter: &str, count: usize, value: f64) -> String {
    let one = |index| format!("{{ parameter = \"{parameter}\", index = [{index}], value = {value:?} }}");
    (0..count).map(one).collect::<Vec<_>>().join(", ")
}

fn broken() -> Vec<(&'static str, String, u64)> {
    let adam = "optimizer = { kind = \"adam\", learning_rate = 0.01 }";
    let long = |length| format!("task = \"adding\"\nlength = {length}\ntrain_sequences = 64\ntest_sequences = 8");
    vec![
        ("rate", text(ADDING, "cell = \"rnn_relu\"\nhidden_size = 8\nreadout = \"last\"",
            "updates = 60\nbatch_size = 8\nprecision = \"f32\"\nclip = \"off\"\noptimizer = { kind = \"sgd\", learning_rate = 100.0 }"), 60),
        ("relu", text(&long(100), "cell = \"rnn_relu\"\nhidden_size = 16\nreadout = \"last\"\ninit = { scheme = \"normal\", std = 1.5 }",
            "updates = 10\nbatch_size = 8\nprecision = \"f32\"\nclip = \"off\"\noptimizer = { kind = \"sgd\", learning_rate = 0.01 }"), 10),
        ("huge tanh", text(ADDING, "cell = \"rnn\"\nhidden_size = 16\nreadout = \"last\"\ninit = { scheme = \"normal\", std = 30.0 }",
            &format!("updates = 10\nbatch_size = 8\n{adam}")), 5),
        ("sigma", text(&long(50), "cell = \"rnn_linear\"\nhidden_size = 8\nreadout = \"last\"\ninit = { scheme = \"orthogonal\", gain = 1.6 }",
            "updates = 20\nbatch_size = 8\nclip = \"off\"\noptimizer = { kind = \"sgd\", learning_rate = 0.01 }"), 20),
        ("sigma backward", text(&long(400), "cell = \"rnn\"\nhidden_size = 8\nreadout = \"last\"\ninit = { scheme = \"orthogonal\", gain = 1.0 }",
            "updates = 200\nbatch_size = 8\nprecision = \"f32\"\nclip = \"off\"\noptimizer = { kind = \"sgd\", learning_rate = 1.0 }"), 200),
        ("identity", text(&long(200), "cell = \"rnn_relu\"\nhidden_size = 8\nreadout = \"last\"\ninit = { scheme = \"identity\", gain = 1.0 }",
            "updates = 60\nbatch_size = 8\nclip = \"off\"\noptimizer = { kind = \"sgd\", learning_rate = 0.5 }"), 60),
        ("lstm biases", text(ADDING, &format!("cell = \"lstm\"\nhidden_size = 4\nreadout = \"last\"\ninit = {{ scheme = \"pytorch\", set = [{}] }}", set("bias_ih_l0", 8, 100.0)),
            &format!("updates = 10\nbatch_size = 8\n{adam}")), 5),
        ("dead", text(ADDING, &format!("cell = \"rnn_relu\"\nhidden_size = 8\nreadout = \"last\"\ninit = {{ scheme = \"pytorch\", set = [{}] }}", set("bias_ih_l0", 8, -10.0)),
            &format!("updates = 10\nbatch_size = 8\n{adam}")), 5),
        ("forget", text(ADDING, "cell = \"lstm\"\nhidden_size = 8\nreadout = \"last\"\ninit = { scheme = \"pytorch\", forget_bias = -30.0 }",
            &format!("updates = 10\nbatch_size = 8\n{adam}")), 5),
        ("nothing", text(ADDING, "cell = \"lstm\"\nhidden_size = 8\nreadout = \"last\"",
            "updates = 120\nbatch_size = 8\noptimizer = { kind = \"sgd\", learning_rate = 1e-9 }"), 120),
        ("unreached", text(&long(100), "cell = \"rnn\"\nhidden_size = 16\nreadout = \"last\"\ninit = { scheme = \"normal\", std = 0.1 }",
            &format!("updates = 1000\nbatch_size = 8\n{adam}")), 100),
        ("overfit", text("task = \"tagging\"\nlength = 12\ntrain_sequences = 6\ntest_sequences = 40", "cell = \"gru\"\nhidden_size = 24\nreadout = \"every\"",
            "updates = 200\nbatch_size = 6\nevaluate_every = 5\noptimizer = { kind = \"adam\", learning_rate = 0.02 }"), 200),
    ]
}

#[test]
fn look() {
    for (name, text, updates) in broken() {
        let snapshot = run(&text, updates);
        println!("== {name}: {:?} update {}", snapshot.status, snapshot.update);
        for found in found(&snapshot) {
            println!("   {}: {}", found.title(), found.sentence());
        }
        let Some(autopsy) = autopsy(&snapshot, &Stop::default()) else { continue };
        for sentence in autopsy.sentences() {
            println!("   - {sentence}");
        }
        let experiment = Experiment::parse(&text).unwrap();
        for remedy in rnnscope::train::autopsy::remedies(&autopsy, &experiment) {
            println!("   > {} from {}: {}", remedy.title, remedy.from, remedy.why);
        }
    }
    let _: Option<Autopsy> = None;
    let _: Option<Status> = None;
}

#[test]
fn gallery() {
    for entry in gallery::EXPERIMENTS {
        let full = std::env::var("FULL").is_ok();
        let at = std::time::Instant::now();
        let snapshot = run(entry.text, if full { 100_000 } else { 40 }.min(Experiment::parse(entry.text).unwrap().training.updates));
        println!("== {} {} {:?}", entry.name, snapshot.update, at.elapsed());
        for found in found(&snapshot) {
            println!("   {}: {}", found.title(), found.sentence());
        }
    }
}
