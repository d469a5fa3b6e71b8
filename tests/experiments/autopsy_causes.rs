//! Runs that end, each for another reason: the reason that is told, and the numbers that prove it.

use rnnscope::experiment::{Document, Experiment, Location, Precision, material};
use rnnscope::nn::Stop;
use rnnscope::train::autopsy::{Cause, Phase, Verdict, autopsy, remedies};
use rnnscope::train::{AnyTrainer, Autopsy, Snapshot, Status};
use std::ops::ControlFlow;
use std::sync::Arc;

fn run(text: &str, updates: u64) -> Snapshot {
    let experiment = Experiment::parse(text).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("causes");
    std::fs::create_dir_all(&folder).unwrap();
    let location = Location::Directory(folder);
    let material = material(&experiment, &location, &|_| ControlFlow::Continue(())).unwrap();
    let mut trainer = AnyTrainer::new(&experiment, Arc::new(material));
    let updates = updates.min(experiment.training.updates);
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

/// What is found of a run that ends.
fn end(text: &str) -> (Snapshot, Autopsy) {
    let snapshot = run(text, 1_000);
    let autopsy = autopsy(&snapshot, &Stop::default());
    let autopsy = autopsy.unwrap_or_else(|| panic!("it goes on: {:?}", snapshot.status));
    for said in autopsy.sentences() {
        assert!(said.ends_with('.'), "{said}");
    }
    assert_eq!(autopsy.sentences()[0], autopsy.sentence());
    (snapshot, autopsy)
}

/// The text with the first remedy that is offered, and what becomes of it.
fn with_first_remedy(text: &str, autopsy: &Autopsy) -> (String, Snapshot, Verdict) {
    let (mut document, experiment) = Document::parse(text).unwrap();
    let all = remedies(autopsy, &experiment);
    let remedy = &all[0];
    assert_eq!((remedy.from, &remedy.change), (0, &None));
    for (path, value) in &remedy.settings {
        document.set(path, value.clone()).unwrap();
    }
    let tried = run(document.text(), 1_000);
    let verdict = Verdict::of(Some(&tried), autopsy.update);
    (remedy.title.clone(), tried, verdict)
}

/// It helps, to the end of what is planned.
fn helps(text: &str, autopsy: &Autopsy, title: &str) -> Snapshot {
    let (told, tried, verdict) = with_first_remedy(text, autopsy);
    assert_eq!(told, title);
    let Verdict::GoesOn { made, is_done, .. } = verdict else {
        panic!("{title}: {verdict:?}")
    };
    assert!(is_done && made == tried.planned, "{title}: {verdict:?}");
    let words = verdict.in_words();
    assert!(
        words.starts_with(&format!("it helped: all {made} updates were made")),
        "{words}"
    );
    tried
}

fn close(found: f64, expected: f64, relative: f64) {
    assert!(
        (found - expected).abs() <= relative * expected.abs(),
        "{found:e}, expected {expected:e}"
    );
}

#[test]
fn first_weights_that_stretch_the_state_are_told() {
    let model = "cell = \"rnn_relu\"\nhidden_size = 16\ninit = { scheme = \"normal\", std = 1.5 }";
    let training = format!("updates = 10\nprecision = \"f32\"\n{}", sgd(0.01));
    let text = text(&adding(100), model, &training);
    let (_, autopsy) = end(&text);
    let Cause::FirstWeights { chain, past } = &autopsy.cause else {
        panic!("{:?}", autopsy.cause)
    };
    assert_eq!((chain, *past), (&autopsy.chains[0], Some(Precision::F32)));
    assert!(
        autopsy
            .sentence()
            .starts_with("The weights that the run began with stretch the state: ‖hₜ‖")
    );
    // It makes all its updates, and is thrown off at this rate: that is no help, and is not told as one.
    let (told, _, verdict) = with_first_remedy(&text, &autopsy);
    assert_eq!(told, "Identity as weight_hh");
    assert!(matches!(verdict, Verdict::GoesOn { is_done: true, .. }));
    let words = verdict.in_words();
    assert!(
        words.starts_with("it did not end, nor learn: all 10 updates were made"),
        "{words}"
    );
    // No step was made that could have been shorter.
    let (_, experiment) = Document::parse(&text).unwrap();
    let titles = remedies(&autopsy, &experiment);
    let titles: Vec<&str> = titles.iter().map(|remedy| remedy.title.as_str()).collect();
    assert_eq!(titles, ["Identity as weight_hh", "LSTM instead"]);
}

/// 1.6⁴⁸: a linear recurrence all of whose singular values are 1.6.
#[test]
fn a_gradient_that_explodes_through_time_is_told_with_the_step_that_it_led_to() {
    let model =
        "cell = \"rnn_linear\"\nhidden_size = 8\ninit = { scheme = \"orthogonal\", gain = 1.6 }";
    let text = text(&adding(50), model, &format!("updates = 20\n{}", sgd(0.01)));
    let (snapshot, autopsy) = end(&text);
    let Cause::Exploding {
        chain,
        step: Some(step),
        ..
    } = &autopsy.cause
    else {
        panic!("{:?}", autopsy.cause)
    };
    close(
        chain.growth.factor(),
        1.6f64.powi(chain.growth.steps() as i32),
        1e-6,
    );
    // Plain descent moves the weights by the rate times the gradient.
    close(step.moved, 0.01 * step.gradient, 1e-9);
    let squares = snapshot.model.parameters().iter().map(|p| p * p);
    close(step.weights, squares.sum::<f64>().sqrt(), 1e-12);
    assert!(
        autopsy
            .sentence()
            .starts_with("The steps were too large and nothing limited them: on its way back")
    );
}

#[test]
fn steps_that_are_too_large_are_told_for_every_optimiser() {
    let relu = "cell = \"rnn_relu\"\nhidden_size = 8";
    let with = |data: &str, model: &str, training: &str| text(data, model, training);
    let cases = [
        (
            "a rate of 100, f32",
            with(
                &adding(20),
                relu,
                &format!("updates = 60\nprecision = \"f32\"\n{}", sgd(100.0)),
            ),
            "The steps were too large and nothing limited them: at a rate of 100 SGD’s update 1 ",
        ),
        (
            "a tanh network",
            with(
                &adding(100),
                "cell = \"rnn\"\nhidden_size = 8\ninit = { scheme = \"orthogonal\", gain = 1.0 }",
                &format!("updates = 200\n{}", sgd(1.0)),
            ),
            "The steps were too large and nothing limited them: ",
        ),
        (
            "dropout in two layers",
            with(
                &adding(20),
                "cell = \"gru\"\nhidden_size = 8\nnum_layers = 2\ndropout = 0.3",
                &format!("updates = 60\n{}", sgd(30.0)),
            ),
            "The steps were too large and nothing limited them: ",
        ),
        (
            "both directions",
            with(
                &adding(20),
                "cell = \"rnn_relu\"\nhidden_size = 6\nbidirectional = true",
                &format!("updates = 60\n{}", sgd(10.0)),
            ),
            "The steps were too large and nothing limited them: ",
        ),
        (
            "momentum",
            with(
                &adding(20),
                "cell = \"lstm\"\nhidden_size = 8",
                "updates = 200\ndiverged_above = 1000.0\nclip = \"off\"\noptimizer = { kind = \"sgd\", learning_rate = 5.0, momentum = 0.99 }",
            ),
            "The steps were too large and nothing limited them: ",
        ),
        (
            "clipped, at a rate of 200",
            with(
                &adding(20),
                relu,
                "updates = 60\nclip = { norm = 1.0 }\noptimizer = { kind = \"sgd\", learning_rate = 200.0 }",
            ),
            "The learning rate is too high, even for clipped gradients: at a rate of 200 SGD’s update 1 ",
        ),
        (
            "Adam",
            with(
                &adding(20),
                relu,
                "updates = 60\nclip = \"off\"\noptimizer = { kind = \"adam\", learning_rate = 10.0 }",
            ),
            "The learning rate is too high for Adam: at a rate of 10 Adam’s update 1 ",
        ),
    ];
    for (name, text, told) in cases {
        let (snapshot, autopsy) = end(&text);
        let Cause::TooHighRate { step } = &autopsy.cause else {
            panic!("{name}: {:?}", autopsy.cause)
        };
        assert!(
            autopsy.sentence().starts_with(told),
            "{name}: {}",
            autopsy.sentence()
        );
        // Before the step the batch was in order, after it not.
        let bound = snapshot.remains.as_ref().unwrap();
        assert!(step.loss[0].unwrap().is_finite(), "{name}: {bound:?}");
        if let Some(row) = snapshot
            .history
            .last()
            .filter(|row| row.update == step.update)
        {
            let told = [step.gradient, step.moved, step.learning_rate];
            let clip = [row.norm_before, row.update_norm, row.learning_rate];
            for (told, row) in told.into_iter().zip(clip) {
                close(told, row, 1e-5);
            }
            assert_eq!(step.is_clipped, row.clipped);
        }
        let (_, experiment) = Document::parse(&text).unwrap();
        let all = remedies(&autopsy, &experiment);
        assert!(
            all[0].title.starts_with("Learning rate "),
            "{name}: {}",
            all[0].title
        );
    }
}

/// The gradient before is that of the same text without the weight: the run's own first row.
#[test]
fn weights_set_by_hand_are_told_beside_what_they_were() {
    let set = "[{ parameter = \"weight_hh_l0\", index = [0, 0], value = 5.0 }]";
    let with = |set: &str| {
        let model = format!(
            "cell = \"rnn_relu\"\nhidden_size = 8\ninit = {{ scheme = \"pytorch\", set = {set} }}"
        );
        text(&adding(50), &model, &format!("updates = 60\n{}", sgd(0.01)))
    };
    let (_, autopsy) = end(&with(set));
    let Cause::SetByHand {
        update,
        weight,
        value,
        before,
        without,
        ..
    } = &autopsy.cause
    else {
        panic!("{:?}", autopsy.cause)
    };
    assert_eq!(
        (*update, weight.as_str(), *value),
        (1, "weight_hh_l0[0, 0]", 5.0)
    );
    let plain = run(&with("[]"), 1);
    let row = plain.history.get(0).unwrap();
    assert_eq!(
        (without.loss, without.norm),
        (row.train_loss, Some(row.norm_before))
    );
    let drawn = run(&with("[]"), 0);
    let entries = drawn.material.network.entries();
    let at = entries
        .iter()
        .find(|entry| entry.name == "weight_hh_l0")
        .unwrap();
    assert_eq!(*before, drawn.model.parameters()[at.range.start]);
    helps(&with(set), &autopsy, "Nothing set by hand");
    // Set on the way.
    let change = "[[training.change]]\nupdate = 4\nset = [{ parameter = \"weight_hh_l0\", index = [0, 0], value = 50.0 }]";
    let plain = text(
        &adding(50),
        "cell = \"rnn_relu\"\nhidden_size = 8",
        &format!("updates = 60\n{}\n", sgd(0.01)),
    );
    let on_the_way = format!("{plain}{change}\n");
    let (_, autopsy) = end(&on_the_way);
    let Cause::SetByHand {
        update,
        value,
        with,
        without,
        ..
    } = &autopsy.cause
    else {
        panic!("{:?}", autopsy.cause)
    };
    assert_eq!((*update, *value, autopsy.update), (5, 50.0, 5));
    assert!(without.norm.is_some() && with.norm.is_none());
    helps(&on_the_way, &autopsy, "Nothing set by hand");
}

/// The gradient on scaled data is about that of the same text with scale = "standard": that run's own first row. That is fitted on
/// the rows before the first window's target too.
#[test]
fn data_that_are_not_scaled_are_told_beside_what_scaling_does() {
    let large = csv(
        "large.csv",
        (0..100).map(|t| (f64::from(t % 7) * 1e3, 1e4 * f64::from(t % 5 + 1))),
    );
    // f32 holds their squares no more: the gradient's norm is infinite.
    let huge = csv(
        "huge.csv",
        (0..100).map(|t| (f64::from(t % 7) / 1e6, 1e30 * f64::from(t % 5 + 1))),
    );
    let relu = "cell = \"rnn_relu\"\nhidden_size = 8";
    let cases = [
        (
            text(&large, relu, &format!("updates = 60\n{}", sgd(0.01))),
            5e4,
        ),
        (
            text(
                &huge,
                "cell = \"rnn\"\nhidden_size = 8",
                &format!("updates = 60\nprecision = \"f32\"\n{}", sgd(0.01)),
            ),
            5e30,
        ),
    ];
    for (text, most) in cases {
        let (_, autopsy) = end(&text);
        let Cause::Unscaled {
            target,
            with,
            without,
            ..
        } = &autopsy.cause
        else {
            panic!("{:?}", autopsy.cause)
        };
        close(target.unwrap(), most, 1e-12);
        let tried = helps(&text, &autopsy, "Scale the data");
        let row = tried.history.get(0).unwrap();
        close(without.norm.unwrap(), row.norm_before, 0.05);
        close(without.loss, row.train_loss, 0.05);
        assert!(with.norm.is_none_or(|norm| norm > 1e6));
    }
}

#[test]
fn a_number_past_what_the_precision_holds_is_told_with_its_column() {
    let at = |column: usize| {
        let name = if column == 0 {
            "beyond_x.csv"
        } else {
            "beyond_y.csv"
        };
        let rows = (0..100).map(|t| {
            let mut row = [f64::from(t % 7), f64::from(t % 5)];
            if t == 30 {
                row[column] = -1e39;
            }
            (row[0], row[1])
        });
        let training = format!("updates = 60\nprecision = \"f32\"\n{}", sgd(0.01));
        text(
            &csv(name, rows),
            "cell = \"gru\"\nhidden_size = 8",
            &training,
        )
    };
    for (column, name) in ["x", "y"].into_iter().enumerate() {
        let (snapshot, autopsy) = end(&at(column));
        let Cause::BeyondRange {
            is_target,
            column: told,
            sequence,
            value,
            ..
        } = &autopsy.cause
        else {
            panic!("{:?}", autopsy.cause)
        };
        assert_eq!(
            (*is_target, told.as_str(), *value),
            (column == 1, name, -1e39)
        );
        let span = snapshot.material.dataset.train[*sequence];
        // A target is of the row after the window.
        match column {
            0 => assert!(span.rows().contains(&30)),
            _ => assert_eq!(span.last_row() + 1, 30),
        }
        helps(&at(column), &autopsy, "Scale the data");
        // The other one offered holds it.
        let (_, experiment) = Document::parse(&at(column)).unwrap();
        assert_eq!(remedies(&autopsy, &experiment)[1].title, "Compute in f64");
    }
}

/// ε of 10⁻⁶⁰ is 0 in f32, and the weights of a unit that is off have a gradient of exactly 0.
#[test]
fn a_zero_divided_by_zero_in_the_optimiser_is_told() {
    let model = "cell = \"rnn_relu\"\nhidden_size = 8\ninit = { scheme = \"pytorch\", set = [{ parameter = \"bias_ih_l0\", index = [0], value = -9.0 }] }";
    for kind in ["adam", "rmsprop"] {
        let training = format!(
            "updates = 20\nprecision = \"f32\"\nclip = \"off\"\noptimizer = {{ kind = \"{kind}\", learning_rate = 0.01, eps = 1e-60 }}"
        );
        let text = text(&adding(20), model, &training);
        let (_, autopsy) = end(&text);
        let Cause::NoEpsilon {
            epsilon, weight, ..
        } = &autopsy.cause
        else {
            panic!("{:?}", autopsy.cause)
        };
        assert_eq!((*epsilon, weight.as_str()), (1e-60, "weight_ih_l0[0, 0]"));
        helps(&text, &autopsy, "ε of 10⁻⁸");
        // In f64 the same is no end.
        let wide = run(&text.replace("\"f32\"", "\"f64\""), 20);
        assert_eq!(wide.update, 20);
    }
}

/// In f32 squares end at 3.4·10³⁸. A weight whose v is infinite is never moved again, which no weight and no loss would show: the
/// run ends there, and says so. In f64, and with clipped gradients, the same run goes on.
#[test]
fn a_square_past_what_the_precision_holds_is_told() {
    let model = "cell = \"rnn_relu\"\nhidden_size = 8\ninit = { scheme = \"normal\", std = 3.0 }";
    let training = "updates = 60\nprecision = \"f32\"\nclip = \"off\"\noptimizer = { kind = \"adam\", learning_rate = 0.01 }";
    let text = text(&adding(20), model, training);
    let (snapshot, autopsy) = end(&text);
    let Cause::SquareBeyondRange {
        gradient,
        precision,
        weight,
        ..
    } = &autopsy.cause
    else {
        panic!("{:?}", autopsy.cause)
    };
    assert!(
        gradient.is_finite() && gradient.abs() > 1.8e19,
        "{gradient}"
    );
    assert_eq!(*precision, Precision::F32);
    let Status::Diverged(divergence) = &snapshot.status else {
        panic!("{:?}", snapshot.status)
    };
    assert_eq!((divergence.update, divergence.good), (1, 0));
    assert_eq!(divergence.value, f64::INFINITY);
    let (parameter, _) = weight.split_once('[').unwrap();
    assert_eq!(divergence.quantity, format!("Adam’s v of {parameter}"));
    let found = autopsy.found.as_ref().unwrap();
    assert_eq!((found.phase, found.value), (Phase::Memory, f64::INFINITY));
    assert_eq!(found.name(), format!("v of {weight}"));
    let (_, experiment) = Document::parse(&text).unwrap();
    let all = remedies(&autopsy, &experiment);
    let titles: Vec<&str> = all.iter().map(|remedy| remedy.title.as_str()).collect();
    assert_eq!(titles[..2], ["Clip at norm 1", "Compute in f64"]);
    assert!(!titles.iter().any(|title| title.contains("rate")));
    helps(&text, &autopsy, "Clip at norm 1");
    assert_eq!(run(&text.replace("\"f32\"", "\"f64\""), 60).update, 60);
}

/// In an encoder–decoder it is said which of the two grew, and σ₁ is that of the same.
#[test]
fn the_part_that_grew_is_named() {
    let data = "task = \"reverse\"\nlength = 30\ntrain_sequences = 64\ntest_sequences = 8";
    let model = "kind = \"encoder_decoder\"\ncell = \"rnn_relu\"\nhidden_size = 8\ninit = { scheme = \"normal\", std = 1.0 }";
    let text = text(data, model, &format!("updates = 20\n{}", sgd(1.0)))
        .replace("readout = \"last\"\n", "");
    let (_, autopsy) = end(&text);
    let chain = autopsy
        .chains
        .iter()
        .find(|chain| !chain.of.is_by_update())
        .unwrap();
    let part = ["encoder", "decoder"]
        .into_iter()
        .find(|part| chain.place.contains(part));
    let part = part.unwrap_or_else(|| panic!("{}", chain.place));
    assert!(
        chain
            .sentence()
            .contains(&format!("layer 1 in the {part} in training sequence")),
        "{}",
        chain.sentence()
    );
    assert!(
        autopsy
            .recurrent
            .as_ref()
            .unwrap()
            .name
            .starts_with(&format!("{part}."))
    );
    assert!(!autopsy.sigmas.is_empty());
}

/// From the last bound to the next nothing on the way is above what is told as its end.
#[test]
fn no_growth_spans_a_peak() {
    let tanh = "cell = \"rnn\"\nhidden_size = 8\ninit = { scheme = \"orthogonal\", gain = 1.0 }";
    let text = text(
        &adding(100),
        tanh,
        &format!("updates = 200\nprecision = \"f32\"\n{}", sgd(1.0)),
    );
    let (_, autopsy) = end(&text);
    assert!(!autopsy.chains.is_empty());
    for chain in &autopsy.chains {
        let [(_, from), (_, to)] = chain.ends();
        let between = &chain.points[chain.growth.from..=chain.growth.to];
        assert!(
            between.iter().all(|(_, size)| *size <= to),
            "{}",
            chain.sentence()
        );
        close(chain.growth.factor(), to / from, 1e-9);
    }
}

#[test]
fn a_remedy_that_does_not_help_is_said_not_to() {
    let relu = "cell = \"rnn_relu\"\nhidden_size = 8";
    let text = text(&adding(20), relu, &format!("updates = 60\n{}", sgd(100.0)));
    let (_, autopsy) = end(&text);
    // A tenth of a rate that is a thousand times too high.
    let (title, tried, verdict) = with_first_remedy(&text, &autopsy);
    let Verdict::EndedToo { update } = verdict else {
        panic!("{title}: {verdict:?}")
    };
    assert!(tried.update < update);
    assert_eq!(verdict.in_words(), format!("ended too, at update {update}"));
    let early = run(&text.replace("100.0", "0.001"), 0);
    assert_eq!(
        Verdict::of(Some(&early), autopsy.update),
        Verdict::TooEarly { made: 0 }
    );
    assert_eq!(Verdict::of(None, 9), Verdict::TooEarly { made: 0 });
}
