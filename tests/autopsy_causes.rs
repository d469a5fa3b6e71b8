//! Runs that end, each for another reason: the reason that is told, and the numbers that prove it.

use rnnscope::experiment::{Experiment, Location, material};
use rnnscope::nn::Stop;
use rnnscope::train::autopsy::{autopsy, remedies};
use rnnscope::train::{AnyTrainer, Snapshot};
use std::ops::ControlFlow;
use std::sync::Arc;

fn run(text: &str, updates: u64) -> Snapshot {
    let experiment = Experiment::parse(text).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("causes");
    std::fs::create_dir_all(&folder).unwrap();
    let location = Location::Directory(folder);
    let material = material(&experiment, &location, &|_| ControlFlow::Continue(())).unwrap();
    let mut trainer = AnyTrainer::new(&experiment, Arc::new(material));
    while trainer.updates() < updates && trainer.update() {}
    trainer.snapshot(experiment.probe, usize::MAX)
}

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

fn csv(name: &str, rows: impl Iterator<Item = (f64, f64)>) -> String {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("causes");
    std::fs::create_dir_all(&folder).unwrap();
    let rows: String = rows.map(|(x, y)| format!("{x:e},{y:e}\n")).collect();
    std::fs::write(folder.join(name), format!("x,y\n{rows}")).unwrap();
    format!(
        "csv = \"{name}\"\nfeatures = [\"x\"]\ntarget = \"y\"\nwindow = 12\nscale = \"none\"\ntest_from = \"90\""
    )
}

#[test]
fn show() {
    let cases = vec![
        ("first", text(&adding(100), "cell = \"rnn_relu\"\nhidden_size = 16\ninit = { scheme = \"normal\", std = 1.5 }", &format!("updates = 10\nprecision = \"f32\"\n{}", sgd(0.01)))),
        ("linear16", text(&adding(50), "cell = \"rnn_linear\"\nhidden_size = 8\ninit = { scheme = \"orthogonal\", gain = 1.6 }", &format!("updates = 20\n{}", sgd(0.01)))),
        ("identity", text(&adding(200), "cell = \"rnn_relu\"\nhidden_size = 8\ninit = { scheme = \"identity\", gain = 1.0 }", &format!("updates = 60\n{}", sgd(0.5)))),
        ("rate", text(&adding(20), "cell = \"rnn_relu\"\nhidden_size = 8", &format!("updates = 60\nprecision = \"f32\"\n{}", sgd(100.0)))),
        ("tanh", text(&adding(100), "cell = \"rnn\"\nhidden_size = 8\ninit = { scheme = \"orthogonal\", gain = 1.0 }", &format!("updates = 200\nprecision = \"f32\"\n{}", sgd(1.0)))),
        ("dropout", text(&adding(20), "cell = \"gru\"\nhidden_size = 8\nnum_layers = 2\ndropout = 0.3", &format!("updates = 60\n{}", sgd(30.0)))),
        ("both", text(&adding(20), "cell = \"rnn_relu\"\nhidden_size = 6\nbidirectional = true", &format!("updates = 60\n{}", sgd(10.0)))),
        ("ragged", text("task = \"majority\"\nlength = 20\nmin_length = 3\ntrain_sequences = 64\ntest_sequences = 8", "cell = \"rnn_relu\"\nhidden_size = 8", &format!("updates = 200\ndiverged_above = 100.0\n{}", sgd(100.0)))),
        ("momentum", text(&adding(20), "cell = \"lstm\"\nhidden_size = 8", "updates = 200\ndiverged_above = 1000.0\nclip = \"off\"\noptimizer = { kind = \"sgd\", learning_rate = 5.0, momentum = 0.99 }")),
        ("clipped", text(&adding(20), "cell = \"rnn_relu\"\nhidden_size = 8", "updates = 200\nclip = { norm = 1.0 }\noptimizer = { kind = \"sgd\", learning_rate = 200.0 }")),
        ("adam", text(&adding(20), "cell = \"rnn_relu\"\nhidden_size = 8", "updates = 60\nclip = \"off\"\noptimizer = { kind = \"adam\", learning_rate = 10.0 }")),
        ("eps", text(&adding(20), "cell = \"rnn_relu\"\nhidden_size = 8\ninit = { scheme = \"pytorch\", set = [{ parameter = \"bias_ih_l0\", index = [0], value = -9.0 }] }", "updates = 60\nprecision = \"f32\"\nclip = \"off\"\noptimizer = { kind = \"adam\", learning_rate = 0.01, eps = 1e-60 }")),
        ("hand", text(&adding(50), "cell = \"rnn_relu\"\nhidden_size = 8\ninit = { scheme = \"pytorch\", set = [{ parameter = \"weight_hh_l0\", index = [0, 0], value = 5.0 }] }", &format!("updates = 60\n{}", sgd(0.01)))),
        ("handway", text(&adding(50), "cell = \"rnn_relu\"\nhidden_size = 8", &format!("updates = 60\n{}\n[[training.change]]\nupdate = 4\nset = [{{ parameter = \"weight_hh_l0\", index = [0, 0], value = 50.0 }}]", sgd(0.01)))),
        ("unscaled", text(&csv("large.csv", (0..100).map(|t| (f64::from(t % 7) * 1e3, 1e4 * f64::from(t % 5 + 1)))), "cell = \"rnn_relu\"\nhidden_size = 8", &format!("updates = 60\n{}", sgd(0.01)))),
        ("huge", text(&csv("huge.csv", (0..100).map(|t| (f64::from(t % 7) / 1e6, 1e30 * f64::from(t % 5 + 1)))), "cell = \"rnn_linear\"\nhidden_size = 8\ninit = { scheme = \"orthogonal\", gain = 1.5 }", &format!("updates = 60\nprecision = \"f32\"\n{}", sgd(0.01)))),
        ("beyond", text(&csv("beyond.csv", (0..100).map(|t| (f64::from(t % 7), if t == 30 { 1e39 } else { f64::from(t % 5) }))), "cell = \"gru\"\nhidden_size = 8", &format!("updates = 60\nprecision = \"f32\"\n{}", sgd(0.01)))),
        ("beyondx", text(&csv("beyondx.csv", (0..100).map(|t| (if t == 30 { -1e39 } else { f64::from(t % 5) }, f64::from(t % 7)))), "cell = \"gru\"\nhidden_size = 8", &format!("updates = 60\nprecision = \"f32\"\n{}", sgd(0.01)))),
        ("overflow", text(&csv("overflow.csv", (0..100).map(|t| (f64::from(t % 7), 1e200 * f64::from(t % 5 + 1)))), "cell = \"gru\"\nhidden_size = 8", &format!("updates = 60\n{}", sgd(0.01)))),
        ("decoder", text("task = \"reverse\"\nlength = 8\ntrain_sequences = 64\ntest_sequences = 8", "kind = \"encoder_decoder\"\ncell = \"rnn_relu\"\nhidden_size = 8", &format!("updates = 200\n{}", sgd(30.0))).replace("readout = \"last\"\n", "")),
    ];
    for (name, text) in cases {
        let snapshot = run(&text, 1_000);
        let Some(autopsy) = autopsy(&snapshot, &Stop::default()) else {
            println!("## {name}: goes on, {:?} {}", snapshot.status, snapshot.update);
            continue;
        };
        println!("## {name}");
        for s in autopsy.sentences() { println!("   {s}"); }
        let experiment = Experiment::parse(&text).unwrap();
        for r in remedies(&autopsy, &experiment) { println!("   - {}", r.name()); }
    }
}
