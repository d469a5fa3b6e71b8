//! The program as a command-line user meets it: what `run` writes, what is refused, how it ends.

use safetensors::tensor::{TensorView, serialize};
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn rnnscope(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rnnscope"))
        .args(arguments)
        .output()
        .unwrap()
}

fn run(experiment: &Path, out: &Path, more: &[&str]) -> Output {
    let [experiment, out] = [experiment, out].map(|path| path.to_str().unwrap());
    rnnscope(&[&["run", experiment, "--out", out], more].concat())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn assert_done(output: &Output) {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

/// Exit code 1, nothing on standard output, and a message with all of `parts` on standard error.
fn assert_refused(output: &Output, parts: &[&str]) {
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert_eq!(text(&output.stdout), "");
    assert!(
        message.starts_with("rnnscope: ") && !message.contains("panicked"),
        "{message}"
    );
    for part in parts {
        assert!(message.contains(part), "“{part}” is not in: {message}");
    }
}

/// A folder for one test, empty.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{name}"));
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn gallery(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("assets/gallery")
        .join(name)
}

/// A run of a moment on data of its own, with `more` in `[training]`.
fn small(folder: &Path, more: &str) -> PathBuf {
    let path = folder.join("small.toml");
    let text = format!(
        "format = 1\nseed = 3\n[data]\ntask = \"latch\"\nlength = 6\ntrain_sequences = 20\ntest_sequences = 10\n\
         [model]\ncell = \"gru\"\nhidden_size = 3\nnum_layers = 2\n[training]\nupdates = 5\nbatch_size = 4\n{more}\n"
    );
    fs::write(&path, text).unwrap();
    path
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

struct Tensor {
    dtype: Dtype,
    shape: Vec<usize>,
    values: Vec<f64>,
}

fn tensors(path: &Path) -> BTreeMap<String, Tensor> {
    let bytes = fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let tensor = |(name, view): (String, safetensors::tensor::TensorView<'_>)| {
        let data = view.data();
        let values = match view.dtype() {
            Dtype::F64 => data
                .chunks(8)
                .map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap()))
                .collect(),
            Dtype::F32 => data
                .chunks(4)
                .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()).into())
                .collect(),
            Dtype::I64 => data
                .chunks(8)
                .map(|bytes| i64::from_le_bytes(bytes.try_into().unwrap()) as f64)
                .collect(),
            other => panic!("{name} is of type {other:?}"),
        };
        (
            name,
            Tensor {
                dtype: view.dtype(),
                shape: view.shape().to_vec(),
                values,
            },
        )
    };
    file.tensors().into_iter().map(tensor).collect()
}

fn shapes(tensors: &BTreeMap<String, Tensor>) -> BTreeMap<&str, &[usize]> {
    tensors
        .iter()
        .map(|(name, tensor)| (name.as_str(), tensor.shape.as_slice()))
        .collect()
}

/// Header and rows of a CSV; no field of ours has a comma in it here.
fn rows(path: &Path) -> (String, Vec<Vec<String>>) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.ends_with('\n'));
    let mut lines = text.lines();
    let header = lines.next().unwrap().to_string();
    (
        header,
        lines
            .map(|line| line.split(',').map(String::from).collect())
            .collect(),
    )
}

fn summary(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("summary.json")).unwrap()).unwrap()
}

/// Everything that a folder of results must hold, whatever the experiment.
fn assert_complete(out: &Path, updates: usize) {
    let written = [
        ".rnnscope-run",
        "experiment.toml",
        "gradients.safetensors",
        "history.csv",
        "model.safetensors",
        "predictions.csv",
        "summary.json",
        "trace.safetensors",
    ];
    assert_eq!(names(out), written);

    let (header, history) = rows(&out.join("history.csv"));
    assert_eq!(
        header,
        "update,train_loss,test_loss,gradient_norm_before,gradient_norm_after,clipped,learning_rate"
    );
    assert_eq!(history.len(), updates);
    for (k, row) in history.iter().enumerate() {
        assert_eq!(row[0], (k + 1).to_string());
        for column in [1, 3, 4, 6] {
            assert!(row[column].parse::<f64>().unwrap().is_finite());
        }
        assert!(row[2].is_empty() || row[2].parse::<f64>().unwrap().is_finite());
        assert!(row[5] == "true" || row[5] == "false");
    }

    let summary = summary(out);
    for key in ["train_loss", "test_loss", "seconds", "ms_per_update_median"] {
        assert!(
            summary[key].as_f64().unwrap() >= 0.0,
            "{key}: {}",
            summary[key]
        );
    }
    assert_eq!(summary["updates"], updates);

    let (header, predictions) = rows(&out.join("predictions.csv"));
    let several = header == "split,t,output,target,prediction,naive,seasonal_naive,ar";
    assert!(
        several || header.starts_with("split,t,target,prediction,naive"),
        "{header}"
    );
    let outputs: BTreeSet<&String> = predictions.iter().map(|row| &row[2]).collect();
    let outputs = if several { outputs.len() } else { 1 };
    for split in ["train", "test"] {
        // A row per sequence; where a class is told at every step, a row per step: where t does not go on, another begins.
        let rows: Vec<_> = predictions.iter().filter(|row| row[0] == split).collect();
        let t = |row: &[String]| row[1].parse::<u64>().ok();
        let begins = |pair: &&[&Vec<String>]| t(pair[1]) != t(pair[0]).map(|t| t + 1);
        let beginnings = 1 + rows.windows(2).filter(begins).count();
        let sequences = summary[format!("{split}_sequences")].as_u64().unwrap() as usize;
        let sequences = sequences * outputs;
        assert!([rows.len(), beginnings].contains(&sequences), "{split}");
    }

    let model = tensors(&out.join("model.safetensors"));
    let gradients = tensors(&out.join("gradients.safetensors"));
    assert_eq!(shapes(&model), shapes(&gradients));
    let count: usize = model.values().map(|tensor| tensor.values.len()).sum();
    assert_eq!(summary["parameters"], count);
    let trace = tensors(&out.join("trace.safetensors"));
    for tensor in model
        .values()
        .chain(gradients.values())
        .chain(trace.values())
    {
        assert!(tensor.values.iter().all(|value| value.is_finite()));
    }

    // The files belong together: the readout of the recorded states is the recorded output, and the gradient of its bias
    // the sum of the output's adjoints.
    let part = if trace.contains_key("y") {
        ""
    } else {
        "decoder."
    };
    let of = |name: &str| trace.get(&format!("{part}{name}"));
    let (y, d_y) = (of("y").unwrap(), of("d_y").unwrap());
    let top = |direction: &str| {
        let scans = (0..).map_while(|layer| of(&format!("layer{layer}.{direction}.h")));
        scans.last()
    };
    let h: Vec<_> = ["forward", "reverse"].into_iter().filter_map(top).collect();
    let (hidden, outputs, steps) = (h[0].shape[2], y.shape[2], y.shape[0]);
    let tolerance = if y.dtype == Dtype::F32 { 1e-5 } else { 1e-12 };
    for step in 0..steps {
        let states: Vec<f64> = h
            .iter()
            .flat_map(|h| {
                let from_end = steps - step;
                &h.values[h.values.len() - from_end * hidden..][..hidden]
            })
            .copied()
            .collect();
        for output in 0..outputs {
            let weights = &model["readout.weight"].values[output * states.len()..];
            let sum: f64 = states
                .iter()
                .zip(weights)
                .map(|(h, weight)| weight * h)
                .sum();
            let y = y.values[step * outputs + output];
            assert!((sum + model["readout.bias"].values[output] - y).abs() <= tolerance);
        }
    }
    for output in 0..outputs {
        let sum: f64 = d_y.values.iter().skip(output).step_by(outputs).sum();
        assert!((sum - gradients["readout.bias"].values[output]).abs() <= tolerance);
    }
}

#[test]
fn every_experiment_of_the_gallery_runs() {
    let folder = folder("gallery");
    for name in names(&gallery("")) {
        let out = folder.join(&name);
        let output = run(&gallery(&name), &out, &["--updates", "3"]);
        assert_done(&output);
        assert!(text(&output.stdout).contains(&format!("written to {}", out.display())));
        assert_complete(&out, 3);
    }
}

/// Yearly sunspots, 1950 to 2008 as test. The naive forecast's error on these 59 years was computed apart from this
/// program, from the differences of consecutive years: sqrt(mean((s[1950..=2008] − s[1949..=2007])²)) = 33.1750.
#[test]
fn the_sunspots_are_in_the_datas_own_units() {
    let out = folder("sunspots").join("results");
    assert_done(&run(
        &gallery("sunspots.toml"),
        &out,
        &["--updates", "3", "--quiet"],
    ));
    let (_, predictions) = rows(&out.join("predictions.csv"));
    let test: Vec<&Vec<String>> = predictions.iter().filter(|row| row[0] == "test").collect();
    let years: Vec<&str> = test.iter().map(|row| row[1].as_str()).collect();
    assert_eq!(
        years,
        (1950..=2008)
            .map(|year| year.to_string())
            .collect::<Vec<_>>()
    );
    // From the file itself: the first year with 22 years before it, and the last.
    for (row, year, value) in [(&predictions[0], "1722", 22.0), (test[58], "2008", 2.9)] {
        assert_eq!(row[1], year);
        assert!(
            (row[2].parse::<f64>().unwrap() - value).abs() < 1e-9,
            "{row:?}"
        );
    }
    let error = |column: usize| {
        let squares = test.iter().map(|row| {
            let [target, other] = [2, column].map(|column| row[column].parse::<f64>().unwrap());
            (other - target).powi(2)
        });
        (squares.sum::<f64>() / 59.0).sqrt()
    };
    assert_eq!(format!("{:.4}", error(4)), "33.1750");
    let summary = summary(&out);
    for (key, column) in [("rmse_test", 3), ("rmse_naive_test", 4)] {
        assert!(
            (summary[key].as_f64().unwrap() - error(column)).abs() < 1e-9,
            "{key}"
        );
    }
}

#[test]
fn the_trace_holds_every_quantity_and_its_adjoint() {
    let out = folder("trace").join("results");
    assert_done(&run(
        &gallery("sunspots.toml"),
        &out,
        &["--updates", "1", "--quiet"],
    ));
    let trace = tensors(&out.join("trace.safetensors"));
    let mut expected: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (name, shape) in [
        ("x", [22, 1, 1]),
        ("d_x", [22, 1, 1]),
        ("y", [1, 1, 1]),
        ("d_y", [1, 1, 1]),
    ] {
        expected.insert(name.into(), shape.into());
    }
    expected.insert("target".into(), vec![1, 1, 1]);
    for before in ["", "d_"] {
        for quantity in ["i", "f", "g", "o", "c", "tanh_c", "h"] {
            expected.insert(
                format!("layer0.forward.{before}{quantity}"),
                vec![22, 1, 16],
            );
        }
        for state in ["h0", "c0"] {
            expected.insert(format!("layer0.forward.{before}{state}"), vec![1, 16]);
        }
    }
    assert_eq!(
        shapes(&trace),
        expected
            .iter()
            .map(|(name, shape)| (name.as_str(), shape.as_slice()))
            .collect()
    );
    assert!(trace.values().all(|tensor| tensor.dtype == Dtype::F64));
    // The cell's own equation at the last step holds between the records.
    let at = |name: &str| &trace[&format!("layer0.forward.{name}")].values[21 * 16..];
    for unit in 0..16 {
        assert_eq!(at("h")[unit], at("o")[unit] * at("tanh_c")[unit]);
    }

    let model = tensors(&out.join("model.safetensors"));
    let pytorch: [(&str, &[usize]); 6] = [
        ("bias_hh_l0", &[64]),
        ("bias_ih_l0", &[64]),
        ("readout.bias", &[1]),
        ("readout.weight", &[1, 16]),
        ("weight_hh_l0", &[64, 16]),
        ("weight_ih_l0", &[64, 1]),
    ];
    assert_eq!(shapes(&model), BTreeMap::from(pytorch));
}

#[test]
fn layers_classes_and_f32_have_their_own_names_and_types() {
    let folder = folder("f32");
    let out = folder.join("results");
    assert_done(&run(&small(&folder, "precision = \"f32\""), &out, &[]));
    assert_complete(&out, 5);
    let trace = tensors(&out.join("trace.safetensors"));
    assert_eq!(
        (trace["target"].dtype, trace["target"].shape.as_slice()),
        (Dtype::I64, &[1, 1][..])
    );
    assert_eq!(
        (
            trace["layer1.forward.d_z"].dtype,
            trace["layer1.forward.q"].shape.as_slice()
        ),
        (Dtype::F32, &[6, 1, 3][..])
    );
    assert!(
        !trace.contains_key("layer0.forward.c"),
        "a GRU has no cell state"
    );
    let model = tensors(&out.join("model.safetensors"));
    assert_eq!(model["weight_ih_l1"].shape, [9, 3]);
    assert!(model.values().all(|tensor| tensor.dtype == Dtype::F32));
    let (_, predictions) = rows(&out.join("predictions.csv"));
    assert!(
        predictions.iter().all(|row| row[4].is_empty()),
        "there is no naive forecast of a class"
    );
    assert!(summary(&out)["accuracy_test"].as_f64().is_some());
}

/// A table and an experiment on it, beside each other.
fn forecast(folder: &Path, table: &str, lines: &str) -> PathBuf {
    fs::write(folder.join("table.csv"), table).unwrap();
    let path = folder.join("forecast.toml");
    let text = format!(
        "format = 1\n[data]\ncsv = \"table.csv\"\n{lines}\n[training]\nupdates = 3\nbatch_size = 8\n"
    );
    fs::write(&path, text).unwrap();
    path
}

/// Some numbers that go up and down.
fn up_and_down(row: usize) -> usize {
    (row * row * 7 + row * 3) % 23
}

#[test]
fn a_season_that_reaches_no_row_takes_no_score_away() {
    let folder = folder("season");
    // Weeks from 2024-01-01 on: a season has 52.
    let days = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let week = |week: usize| {
        let (mut month, mut day) = (0, 7 * week);
        while day >= days[month] {
            day -= days[month];
            month += 1;
        }
        format!(
            "2024-{:02}-{:02},{}\n",
            month + 1,
            day + 1,
            up_and_down(week)
        )
    };
    let table = "date,sales\n".to_owned() + &(0..45).map(week).collect::<String>();
    let experiment = forecast(&folder, &table, "target = \"sales\"\nwindow = 6");
    let out = folder.join("results");
    let done = run(&experiment, &out, &[]);
    assert_done(&done);
    let summary = summary(&out);
    for key in ["rmse_train", "rmse_test", "rmse_naive_test"] {
        assert!(summary[key].as_f64().unwrap() > 0.0, "{key} in {summary}");
    }
    assert_eq!(
        (&summary["rmse_test_n"], &summary["rmse_naive_test_n"]),
        (&9.into(), &9.into())
    );
    let test = &summary["scores"][1];
    assert_eq!(
        (&test["split"], &test["output"]),
        (&"test".into(), &"sales".into())
    );
    assert_eq!(test["network"]["rmse"], summary["rmse_test"]);
    assert_eq!(
        test["compared"]["left_out"],
        Value::from(vec!["seasonal_naive"])
    );
    assert_eq!(
        test["compared"]["models"]["naive"]["rmse"],
        summary["rmse_naive_test"]
    );
    let said = text(&done.stderr);
    assert!(
        said.contains("seasonal naive (52) forecast needs 52 rows"),
        "{said}"
    );
}

#[test]
fn a_comparison_on_fewer_targets_than_there_are_says_on_how_many() {
    let folder = folder("fewer");
    let rows: String = (0..40)
        .map(|row| format!("{}\n", up_and_down(row)))
        .collect();
    // Of the test part's targets, rows 33 to 40, those from row 36 on have 35 rows before them.
    let lines = "target = \"v\"\nwindow = 4\n[baseline]\nar = 1\nseason = 35";
    let experiment = forecast(&folder, &("v\n".to_owned() + &rows), lines);
    let out = folder.join("results");
    let done = run(&experiment, &out, &[]);
    assert_done(&done);
    let summary = summary(&out);
    assert_eq!(
        (&summary["rmse_test_n"], &summary["rmse_naive_test_n"]),
        (&8.into(), &5.into())
    );
    let compared = &summary["scores"][1]["compared"];
    assert_eq!(
        (
            &compared["n"],
            compared["left_out"].as_array().unwrap().len()
        ),
        (&5.into(), 0)
    );
    for model in ["network", "ar", "seasonal_naive", "naive"] {
        assert_eq!(compared["models"][model]["n"], 5, "{compared}");
    }
    let said = text(&done.stdout);
    assert!(
        said.contains("compared   on the 5 of 8 targets that all models reach: RMSE "),
        "{said}"
    );
    let rmse = rnnscope::words::number(summary["rmse_test"].as_f64().unwrap());
    let rmse = format!("test RMSE  {rmse}\n");
    assert!(said.contains(&rmse), "{said}");
    // By the file of forecasts: all targets, and those with a value a season ago.
    let (header, rows) = rows_of_test(&out);
    let column = |name: &str| header.split(',').position(|column| column == name).unwrap();
    let error = |row: &[String], name: &str| {
        let value = |name: &str| row[column(name)].parse::<f64>().unwrap();
        value(name) - value("target")
    };
    let rmse = |rows: &[&Vec<String>], name: &str| {
        let squares: f64 = rows
            .iter()
            .map(|row| error(row, name) * error(row, name))
            .sum();
        (squares / rows.len() as f64).sqrt()
    };
    let all: Vec<&Vec<String>> = rows.iter().collect();
    let some: Vec<&Vec<String>> = rows
        .iter()
        .filter(|row| !row[column("seasonal_naive")].is_empty())
        .collect();
    assert_eq!((all.len(), some.len()), (8, 5));
    let near = |found: &Value, expected: f64| {
        assert!(
            (found.as_f64().unwrap() - expected).abs() < 1e-9,
            "{found} {expected}"
        );
    };
    near(&summary["rmse_test"], rmse(&all, "prediction"));
    near(
        &compared["models"]["network"]["rmse"],
        rmse(&some, "prediction"),
    );
    near(&summary["rmse_naive_test"], rmse(&some, "naive"));
}

/// The forecasts of the test part.
fn rows_of_test(out: &Path) -> (String, Vec<Vec<String>>) {
    let (header, mut rows) = rows(&out.join("predictions.csv"));
    rows.retain(|row| row[0] == "test");
    (header, rows)
}

#[test]
fn every_output_is_scored_with_its_baselines() {
    let folder = folder("outputs");
    let rows: String = (0..60)
        .map(|row| format!("{},{}\n", up_and_down(row), up_and_down(row + 7) + row))
        .collect();
    let lines = "target = [\"a\", \"b\"]\nwindow = 4\nsteps = 2\n[baseline]\nar = 1\nseason = 6";
    for kind in ["recurrent", "encoder_decoder"] {
        let lines = format!("{lines}\n[model]\nkind = \"{kind}\"\nhidden_size = 3");
        let experiment = forecast(&folder, &("a,b\n".to_owned() + &rows), &lines);
        let out = folder.join(kind);
        assert_done(&run(&experiment, &out, &[]));
        let summary = summary(&out);
        let scores = summary["scores"].as_array().unwrap();
        let outputs: Vec<_> = scores
            .iter()
            .map(|of| [&of["split"], &of["output"]].map(|name| name.as_str().unwrap()))
            .collect();
        let expected = ["train", "test"]
            .map(|split| ["a +1", "b +1", "a +2", "b +2"].map(|output| [split, output]));
        assert_eq!(outputs, expected.concat(), "{kind}");
        let tests = summary["test_sequences"].as_u64();
        for of in &scores[4..] {
            assert_eq!(of["network"]["n"].as_u64(), tests);
            let models = of["compared"]["models"].as_object().unwrap();
            assert_eq!(models.len(), 4, "{of}");
            for errors in models.values() {
                assert!(errors["rmse"].as_f64().unwrap() >= errors["mae"].as_f64().unwrap());
                assert!(errors["mase"].as_f64().is_some() && errors["n"].as_u64() == tests);
            }
        }
        // A decoder answers once for each row ahead, other networks once for all of them.
        let answers = if kind == "recurrent" { 1 } else { 2 };
        assert_eq!(
            summary["test_loss_n"].as_u64(),
            tests.map(|tests| answers * tests)
        );
    }
}

#[test]
fn a_seed_is_used_to_the_last_digit_or_refused() {
    let folder = folder("seeds");
    let experiment = small(&folder, "");
    let out = |name: &str| folder.join(name);
    let losses = |seed: &str| {
        let out = out(seed);
        assert_done(&run(&experiment, &out, &["--seed", seed, "--updates", "1"]));
        let text = fs::read_to_string(out.join("experiment.toml")).unwrap();
        assert!(text.contains(&format!("\nseed = {seed}\n")), "{text}");
        (
            summary(&out)["seed"].clone(),
            summary(&out)["train_loss"].clone(),
        )
    };
    // Up to 2^53 every reader has the number; above it is a text, so that none rounds it.
    assert_eq!(losses("9007199254740992").0, 9_007_199_254_740_992_u64);
    let largest = losses("9223372036854775807");
    assert_eq!(largest.0, "9223372036854775807");
    let next = losses("9223372036854775806");
    assert_eq!(next.0, "9223372036854775806");
    assert_ne!(largest.1, next.1);
    for (seed, why) in [
        ("9223372036854775808", "0..=9223372036854775807"),
        ("18446744073709551615", "0..=9223372036854775807"),
        // More than a parser of 64 bits can read, and less than it may.
        ("18446744073709551616", "18446744073709551616"),
        ("-1", "-1"),
    ] {
        let seed = format!("--seed={seed}");
        let refused = run(&experiment, &out("refused"), &[&seed]);
        let said = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert!(said.contains(why), "{said}");
        assert!(!out("refused").exists());
    }
    // Nor are updates replaced by others.
    let refused = run(
        &experiment,
        &out("refused"),
        &["--updates", "18446744073709551615"],
    );
    assert_refused(
        &refused,
        &["training.updates: found “18446744073709551615”"],
    );
}

#[test]
fn of_many_test_sequences_the_history_says_how_many_it_watched() {
    let folder = folder("watched");
    let path = folder.join("many.toml");
    let text_of = |tests: usize| {
        format!(
            "format = 1\n[data]\ntask = \"latch\"\nlength = 2\ntrain_sequences = 20\ntest_sequences = {tests}\n[model]\n\
             cell = \"rnn\"\nhidden_size = 2\n[training]\nupdates = 2\nevaluate_every = 1\n"
        )
    };
    for (tests, watched) in [(2_048, None), (2_100, Some(["2048", "2100"]))] {
        fs::write(&path, text_of(tests)).unwrap();
        let out = folder.join(tests.to_string());
        assert_done(&run(&path, &out, &[]));
        let (header, rows) = rows(&out.join("history.csv"));
        let more = header.strip_prefix(
            "update,train_loss,test_loss,gradient_norm_before,gradient_norm_after,clipped,learning_rate",
        );
        let expected = watched.map_or("", |_| ",test_sequences_watched,test_sequences");
        assert_eq!(more, Some(expected));
        for row in rows {
            let more: Vec<&str> = row[7..].iter().map(String::as_str).collect();
            assert_eq!(more, watched.iter().flatten().copied().collect::<Vec<_>>());
        }
        assert_eq!(summary(&out)["test_loss_n"], tests);
    }
}

#[test]
fn accuracy_says_what_it_is_a_share_of() {
    let folder = folder("accuracy");
    for (readout, of) in [("last", "sequences"), ("every", "steps")] {
        let experiment = folder.join(format!("{readout}.toml"));
        let text_of = format!(
            "format = 1\n[data]\ntask = \"parity\"\nlength = 5\ntrain_sequences = 20\ntest_sequences = 4\n\
             [model]\nhidden_size = 3\nreadout = \"{readout}\"\n"
        );
        fs::write(&experiment, text_of).unwrap();
        let out = folder.join(readout);
        let done = run(&experiment, &out, &["--updates", "2"]);
        assert_done(&done);
        let summary = summary(&out);
        let share = 100.0 * summary["accuracy_test"].as_f64().unwrap();
        let said = format!("accuracy   {share:.1} % of the test {of}\n");
        assert!(text(&done.stdout).contains(&said), "{}", text(&done.stdout));
        assert_eq!(summary["accuracy_of"], of);
        // A whole number of what is counted: 4 sequences, or 20 steps.
        let right =
            summary["accuracy_test"].as_f64().unwrap() * if of == "steps" { 20.0 } else { 4.0 };
        assert!((right - right.round()).abs() < 1e-9, "{right} of the {of}");
    }
}

#[test]
fn updates_and_seed_can_be_given_and_are_written_down() {
    let folder = folder("given");
    let (experiment, out) = (small(&folder, ""), folder.join("results"));
    let quiet = run(&experiment, &out, &["--updates", "7", "--seed", "99", "-q"]);
    assert_done(&quiet);
    assert_eq!(
        (text(&quiet.stdout), text(&quiet.stderr)),
        (String::new(), String::new())
    );
    assert_complete(&out, 7);
    assert_eq!(summary(&out)["seed"], 99);
    // What was run gives the same again.
    let again = folder.join("again");
    assert_done(&run(&out.join("experiment.toml"), &again, &[]));
    for file in [
        "history.csv",
        "predictions.csv",
        "trace.safetensors",
        "model.safetensors",
    ] {
        assert!(
            fs::read(out.join(file)).unwrap() == fs::read(again.join(file)).unwrap(),
            "{file}"
        );
    }
    assert_complete(&again, 7);
}

/// Writes an f32 safetensors file.
fn write_tensors(path: &Path, tensors: &[(String, Vec<usize>, Vec<f32>)]) {
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(_, _, values)| {
            values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect()
        })
        .collect();
    let views = tensors.iter().zip(&bytes).map(|((name, shape, _), bytes)| {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap();
        (name.as_str(), view)
    });
    fs::write(path, serialize(views, None).unwrap()).unwrap();
}

/// So small a rate that no weight moves: what comes out is what the run began from.
const STAND_STILL: &str = "optimizer = { kind = \"sgd\", learning_rate = 1e-100 }";

#[test]
fn a_run_begins_from_the_weights_of_another() {
    let folder = folder("weights");
    let (first, second) = (folder.join("first"), folder.join("second"));
    let experiment = small(&folder, "");
    assert_done(&run(&experiment, &first, &[]));
    let weights = first.join("model.safetensors");
    let experiment = small(&folder, STAND_STILL);
    let more = ["--seed", "99", "--weights", weights.to_str().unwrap()];
    let output = run(&experiment, &second, &more);
    assert_done(&output);
    let message = text(&output.stderr);
    assert!(
        message.contains("model.safetensors: 10 of 10 parameters loaded\n"),
        "{message}"
    );
    assert_complete(&second, 5);
    assert_eq!(
        fs::read(&weights).unwrap(),
        fs::read(second.join("model.safetensors")).unwrap()
    );
    let loaded = &summary(&second)["weights"];
    assert_eq!(loaded["file"], weights.to_str().unwrap());
    assert_eq!(loaded["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(loaded["loaded"].as_array().unwrap().len(), 10);
    assert_eq!(loaded["missing"], serde_json::json!([]));
    assert!(summary(&first)["weights"].is_null());
    // The weights do not come from the seed, the data do not come from the weights.
    let drawn = folder.join("drawn");
    assert_done(&run(&experiment, &drawn, &["--seed", "99"]));
    assert_ne!(
        fs::read(&weights).unwrap(),
        fs::read(drawn.join("model.safetensors")).unwrap()
    );
}

/// A module with `self.gru = nn.GRU(…, num_layers=1)` and `self.fc = nn.Linear(…)`, one layer less than the experiment has.
#[test]
fn weights_under_a_modules_names_are_loaded_and_the_report_tells_the_rest() {
    let folder = folder("renamed");
    let (out, file) = (folder.join("out"), folder.join("torch.safetensors"));
    let experiment = small(&folder, STAND_STILL);
    assert_done(&run(&experiment, &out, &[]));
    let model = tensors(&out.join("model.safetensors"));
    let mut saved: Vec<_> = model
        .iter()
        .filter(|(name, _)| !name.ends_with("_l1"))
        .map(|(name, tensor)| {
            let name = match name.strip_prefix("readout.") {
                Some(parameter) => format!("fc.{parameter}"),
                None => format!("gru.{name}"),
            };
            (name, tensor.shape.clone(), vec![0.125; tensor.values.len()])
        })
        .collect();
    saved.push(("embedding.weight".into(), vec![5, 2], vec![0.0; 10]));
    write_tensors(&file, &saved);
    let given = ["--weights", file.to_str().unwrap()];
    let refused = run(&experiment, &out, &given);
    assert_refused(
        &refused,
        &[
            "torch.safetensors",
            "missing in the file\n  weight_ih_l1 [9, 3]\n",
            "set num_layers = 1",
            "--partial",
        ],
    );
    let output = run(&experiment, &out, &[&given[..], &["--partial"]].concat());
    assert_done(&output);
    let message = text(&output.stderr);
    for part in [
        "torch.safetensors: 6 of 10 parameters loaded",
        "\n  gru.weight_ih_l0 → weight_ih_l0\n",
        "\n  fc.bias → readout.bias\n",
        "missing in the file, left as they were\n  weight_ih_l1 [9, 3]\n",
        "left over in the file\n  embedding.weight [5, 2]\n",
    ] {
        assert!(message.contains(part), "“{part}” is not in: {message}");
    }
    for (name, tensor) in tensors(&out.join("model.safetensors")) {
        if name.ends_with("_l1") {
            assert_eq!(
                tensor.values, model[&name].values,
                "{name} is as it was drawn"
            );
        } else {
            assert!(tensor.values.iter().all(|&value| value == 0.125), "{name}");
        }
    }
    let loaded = &summary(&out)["weights"];
    assert_eq!(loaded["renamed"]["readout.weight"], "fc.weight");
    assert_eq!(loaded["missing"].as_array().unwrap().len(), 4);
    assert_eq!(loaded["left_over"], serde_json::json!(["embedding.weight"]));
}

#[test]
fn weights_that_do_not_fit_or_cannot_be_read_end_with_1_and_say_why() {
    let folder = folder("bad-weights");
    let experiment = small(&folder, "");
    let (out, file) = (folder.join("out"), folder.join("weights.safetensors"));
    let refused = |parts: &[&str]| {
        let output = run(&experiment, &out, &["--weights", file.to_str().unwrap()]);
        assert_refused(&output, &[&["weights.safetensors"], parts].concat());
        assert!(
            !out.exists(),
            "nothing is written for weights that cannot be used"
        );
    };
    refused(&["found no such file"]);
    fs::write(&file, [&(1u64 << 60).to_le_bytes()[..], b"{}"].concat()).unwrap();
    refused(&[
        "bytes 0 to 7: found a header of 1152921504606846976 bytes",
        "cut off",
    ]);
    fs::write(&file, b"PK\x03\x04 and what torch.save writes").unwrap();
    refused(&["found a zip archive", "safetensors.torch.save_file"]);
    let tensor = |name: &str, shape: &[usize], value| {
        (
            name.to_string(),
            shape.to_vec(),
            vec![value; shape.iter().product()],
        )
    };
    write_tensors(&file, &[tensor("bias_ih_l0", &[9], f32::NAN)]);
    refused(&[
        "bias_ih_l0[0]: found NaN, expected a finite number",
        "bias_ih_l0[8]",
    ]);
    write_tensors(
        &file,
        &[
            tensor("bias_ih_l0", &[9], 1.0),
            tensor("weight_hh_l0", &[12, 3], 1.0),
        ],
    );
    refused(&[
        "1 of 10 parameters fit",
        "weight_hh_l0: found [12, 3], expected [9, 3]",
        "set cell = \"lstm\"",
    ]);
    write_tensors(&file, &[tensor("conv.kernel", &[3, 3], 1.0)]);
    refused(&[
        "nothing loaded, 0 of 10 parameters fit",
        "conv.kernel [3, 3]",
        "Name the tensors",
    ]);
}

#[test]
fn a_folder_of_results_is_overwritten_and_a_foreign_one_refused() {
    let folder = folder("folders");
    let experiment = small(&folder, "");
    let results = folder.join("deep/er/results");
    for updates in [6, 2] {
        assert_done(&run(
            &experiment,
            &results,
            &["--updates", &updates.to_string()],
        ));
        assert_complete(&results, updates);
    }
    let empty = folder.join("empty");
    fs::create_dir(&empty).unwrap();
    assert_done(&run(&experiment, &empty, &[]));

    let foreign = folder.join("foreign");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("history.csv"), "mine").unwrap();
    let place = foreign.display().to_string();
    assert_refused(
        &run(&experiment, &foreign, &[]),
        &[
            &place,
            "no run has written",
            "expected a new or empty one",
            "--out",
        ],
    );
    assert_eq!(names(&foreign), ["history.csv"]);
    assert_eq!(
        fs::read_to_string(foreign.join("history.csv")).unwrap(),
        "mine"
    );

    let file = folder.join("file");
    fs::write(&file, "mine").unwrap();
    assert_refused(
        &run(&experiment, &file, &[]),
        &[&file.display().to_string(), "cannot be written"],
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    for arguments in [
        &["run"][..],
        &["run", "x.toml"],
        &["run", "--out", "x"],
        &["run", "x.toml", "--out", "x", "--updates", "-1"],
        &["run", "x.toml", "--out", "x", "--updates", "-3"],
        &["run", "x.toml", "--out", "x", "--updates", "many"],
        &["run", "x.toml", "--out", "x", "--seed", "1.5"],
        &["run", "x.toml", "y.toml", "--out", "x"],
        &["run", "x.toml", "--out"],
        &["run", "x.toml", "--out", "x", "--partial"],
        &["run", "x.toml", "--out", "x", "--prefix", "a."],
        &["check", "a", "b"],
        &["--no-such-option"],
        &["a.toml", "b.toml"],
    ] {
        let output = rnnscope(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(text(&output.stdout), "");
        let message = text(&output.stderr);
        assert!(
            message.starts_with("error: ") && message.contains("try '--help'"),
            "{arguments:?}: {message}"
        );
    }
    assert!(!Path::new("x").exists());
}

#[test]
fn what_cannot_be_read_ends_with_1_and_says_why() {
    let folder = folder("unreadable");
    let out = folder.join("out");
    assert_refused(
        &run(Path::new("no such.toml"), &out, &[]),
        &["no such.toml", "found no such file"],
    );
    assert_refused(&run(&folder, &out, &[]), &[folder.to_str().unwrap()]);
    assert_refused(
        &rnnscope(&["no such.csv"]),
        &[
            "no such.csv",
            "found no such file",
            "an experiment (.toml) or a CSV",
        ],
    );

    let wrong = folder.join("wrong.toml");
    fs::write(
        &wrong,
        "format = 1\n[data]\ntask = \"latch\"\n[model]\nhiden_size = 4\nnum_layers = 0\n",
    )
    .unwrap();
    let parts = [
        "wrong.toml",
        "line 5, model.hiden_size",
        "hidden_size",
        "line 6, model.num_layers: found 0, expected",
    ];
    assert_refused(&run(&wrong, &out, &[]), &parts);
    assert!(
        !out.exists(),
        "nothing is written for an experiment that cannot be read"
    );

    fs::write(
        &wrong,
        "format = 1\n[data]\ncsv = \"none.csv\"\nfeatures = [\"v\"]\ntarget = \"v\"\n",
    )
    .unwrap();
    assert_refused(&run(&wrong, &out, &[]), &["wrong.toml", "none.csv"]);
    fs::write(folder.join("bad.csv"), "year,v\n1,2\n2,n/a\n3,4\n").unwrap();
    fs::write(
        &wrong,
        "format = 1\n[data]\ncsv = \"bad.csv\"\nfeatures = [\"v\"]\ntarget = \"v\"\nwindow = 1\n",
    )
    .unwrap();
    let parts = [
        "bad.csv",
        "line 3, column 2 (v): found a missing value, expected a number",
    ];
    assert_refused(&run(&wrong, &out, &[]), &parts);
}

/// The program, which ends by itself long before it is given up.
#[cfg(unix)]
fn soon(arguments: Vec<String>) -> Output {
    let (sender, ended) = std::sync::mpsc::channel();
    std::thread::spawn({
        let arguments = arguments.clone();
        move || {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            sender.send(rnnscope(&arguments))
        }
    });
    let patience = std::time::Duration::from_secs(20);
    ended
        .recv_timeout(patience)
        .unwrap_or_else(|_| panic!("{arguments:?} does not end"))
}

#[cfg(unix)]
#[test]
fn pipes_devices_and_files_without_end_are_refused_wherever_a_file_is_named() {
    let folder = folder("no-files");
    let named = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let made = Command::new("mkfifo").arg(named("pipe.toml")).status();
    assert!(made.unwrap().success());
    fs::create_dir(folder.join("lesson")).unwrap();
    let made = Command::new("mkfifo")
        .arg(named("lesson/lesson.md"))
        .status();
    assert!(made.unwrap().success());
    // Sparse: it takes no room.
    let huge = fs::File::create(named("huge.toml")).unwrap();
    huge.set_len(4 << 30).unwrap();
    let good = small(&folder, "").to_str().unwrap().to_owned();
    let of_data = |name: &str, key: &str, data: &str| {
        let text = format!("format = 1\n[data]\n{key} = \"{data}\"\n");
        let text = text + if key == "csv" { "target = \"v\"\n" } else { "" };
        fs::write(folder.join(name), text).unwrap();
        named(name)
    };
    let pipe = "found a device or pipe, expected an ordinary file";
    let huge = "found 4096 MiB, expected at most";
    let run = |experiment: &str, more: &[&str]| {
        let out = named("out");
        let all = [&["run", experiment, "--out", &out], more].concat();
        all.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let mut cases = vec![
        (vec![named("pipe.toml")], pipe),
        (vec!["/dev/zero".to_owned()], pipe),
        (vec![named("lesson")], "found a folder, expected a file"),
        (run(&named("pipe.toml"), &[]), pipe),
        (run("/dev/zero", &[]), pipe),
        (run(&named("huge.toml"), &[]), huge),
        (run(&good, &["--weights", &named("pipe.toml")]), pipe),
        (run(&good, &["--weights", "/dev/zero"]), pipe),
        (run(&good, &["--weights", &named("huge.toml")]), huge),
        (run(&of_data("a.toml", "csv", "/dev/zero"), &[]), pipe),
        (run(&of_data("b.toml", "csv", "pipe.toml"), &[]), pipe),
        (run(&of_data("c.toml", "text_file", "/dev/zero"), &[]), pipe),
        (run(&of_data("d.toml", "text_file", "pipe.toml"), &[]), pipe),
        (run(&of_data("e.toml", "text_file", "huge.toml"), &[]), huge),
    ];
    if cfg!(target_os = "linux") {
        let made_up = "found a file that the system makes up while it is read";
        cases.push((vec!["/proc/self/maps".to_owned()], made_up));
        cases.push((run("/proc/self/maps", &[]), made_up));
        cases.push((
            run(&of_data("f.toml", "csv", "/proc/self/maps"), &[]),
            made_up,
        ));
    }
    for (arguments, part) in cases {
        assert_refused(&soon(arguments), &[part]);
        assert!(!folder.join("out").exists());
    }
    let output = soon(vec!["check".into(), named("")]);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        message.contains("lesson/lesson.md: found a device or pipe")
            && message.contains("1 problem"),
        "{message}"
    );
}

#[test]
fn an_experiment_that_is_no_utf8_is_told_with_its_place() {
    let folder = folder("latin-1");
    let path = folder.join("latin.toml");
    fs::write(&path, b"format = 1\n# caf\xE9\n").unwrap();
    assert_refused(
        &run(&path, &folder.join("out"), &[]),
        &["latin.toml: line 2, column 6: found the byte 0xE9, expected a text in UTF-8. Save"],
    );
}

#[test]
fn a_loss_is_told_in_a_few_digits_however_large_it_is() {
    let folder = folder("huge-loss");
    let path = folder.join("huge.toml");
    fs::write(
        &path,
        "format = 1\n[data]\ntask = \"adding\"\nlength = 20\ntrain_sequences = 20\ntest_sequences = 10\n\
         [model]\ncell = \"rnn_linear\"\nhidden_size = 4\n\
         [training]\nupdates = 40\nclip = \"off\"\noptimizer = { kind = \"sgd\", learning_rate = 1e3 }\n",
    )
    .unwrap();
    let output = run(&path, &folder.join("out"), &[]);
    assert_done(&output);
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(said.contains("the run diverged at update"), "{said}");
    let longest = said
        .split(|c: char| !c.is_ascii_digit())
        .map(str::len)
        .max();
    assert!(longest < Some(10), "{said}");
}

#[test]
fn a_run_that_diverges_is_a_result() {
    let folder = folder("diverged");
    let experiment = folder.join("diverging.toml");
    let text_of = "format = 1\nseed = 1\n[data]\ntask = \"sine\"\nlength = 30\n[model]\ncell = \"rnn_relu\"\n\
                   init = { scheme = \"normal\", std = 2.0 }\n[training]\nupdates = 400\n\
                   optimizer = { kind = \"sgd\", learning_rate = 10.0 }\n";
    fs::write(&experiment, text_of).unwrap();
    let out = folder.join("results");
    let output = run(&experiment, &out, &[]);
    assert_done(&output);
    assert!(
        text(&output.stderr).contains("the run diverged at update"),
        "{}",
        text(&output.stderr)
    );
    let summary = summary(&out);
    assert_eq!(summary["diverged"], true);
    assert!(
        summary["divergence"]
            .as_str()
            .unwrap()
            .starts_with("update ")
    );
    let model = tensors(&out.join("model.safetensors"));
    assert!(
        model
            .values()
            .all(|tensor| tensor.values.iter().all(|value| value.is_finite()))
    );
    assert_eq!(
        rows(&out.join("history.csv")).1.len() as u64,
        summary["updates"].as_u64().unwrap()
    );
}

/// After update k the one that could not be made is k + 1, wherever it is told: in the first and in the second update too.
#[test]
fn a_run_that_ends_at_once_counts_its_updates_in_one_way() {
    let folder = folder("ended-at-once");
    let relu = |length: usize, init: &str, training: &str| {
        format!(
            "format = 1\nseed = 3\n[data]\ntask = \"adding\"\nlength = {length}\ntrain_sequences = 64\ntest_sequences = 8\n\
             [model]\ncell = \"rnn_relu\"\nhidden_size = 8\nreadout = \"last\"\n{init}\n\
             [training]\nbatch_size = 8\nupdates = 60\nclip = \"off\"\n{training}\n"
        )
    };
    let cases = [
        // The first weights lead past what f32 holds: no update is made.
        (
            relu(
                100,
                "init = { scheme = \"normal\", std = 1000.0 }",
                "precision = \"f32\"\noptimizer = { kind = \"sgd\", learning_rate = 0.01 }",
            ),
            0,
        ),
        // The first update leads to weights at which the loss is past its bound.
        (
            relu(
                20,
                "",
                "optimizer = { kind = \"sgd\", learning_rate = 100.0 }",
            ),
            1,
        ),
    ];
    for (text_of, made) in cases {
        let experiment = folder.join(format!("made-{made}.toml"));
        fs::write(&experiment, text_of).unwrap();
        let out = folder.join(format!("results-{made}"));
        let output = run(&experiment, &out, &[]);
        assert_done(&output);
        let (said, told) = (text(&output.stdout), text(&output.stderr));
        let ended = made + 1;
        assert!(said.contains(&format!("updates    {made} in ")), "{said}");
        let after = format!("; update {ended} could not be made");
        assert!(said.contains(&after), "{said}");
        let began = format!("the run diverged at update {ended}: ");
        assert!(told.contains(&began), "{told}");
        let summary = summary(&out);
        assert_eq!(summary["updates"], made);
        let divergence = summary["divergence"].as_str().unwrap();
        assert!(
            divergence.starts_with(&format!("update {ended}: ")),
            "{divergence}"
        );
        assert_eq!(rows(&out.join("history.csv")).1.len(), made);
    }
}

/// A run of so many updates that it does not end, once it is about to train: then it has claimed its folder.
#[cfg(unix)]
fn training(experiment: &Path, out: &Path) -> std::process::Child {
    let mut program = Command::new(env!("CARGO_BIN_EXE_rnnscope"));
    program.arg("run").arg(experiment).arg("--out").arg(out);
    program.args(["--updates", "10000000"]);
    program.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut program = program.spawn().unwrap();
    while !out.join(".unfinished").exists() {
        assert!(program.try_wait().unwrap().is_none(), "it trains");
        std::thread::yield_now();
    }
    program
}

/// The shell's own kill: a bare system has no other.
#[cfg(unix)]
fn signal(program: &std::process::Child, name: &str) {
    let kill = format!("kill -{name} {}", program.id());
    let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
    assert!(sent.success());
}

#[cfg(unix)]
#[test]
fn ctrl_c_and_sigterm_leave_valid_files_and_130() {
    let folder = folder("interrupt");
    let experiment = small(&folder, "");
    for name in ["INT", "TERM"] {
        let out = folder.join(name);
        let program = training(&experiment, &out);
        signal(&program, name);
        let output = program.wait_with_output().unwrap();
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{message}");
        assert!(message.contains("stopped after"), "{message}");
        let summary = summary(&out);
        assert_eq!(summary["interrupted"], true);
        let updates = summary["updates"].as_u64().unwrap();
        // On a machine that is busy there may be no time for all of it; then it says so.
        if names(&out).contains(&"UNFINISHED.txt".to_owned()) {
            assert!(message.contains("there was no time for"), "{message}");
            assert!(!tensors(&out.join("model.safetensors")).is_empty());
        } else if updates > 0 {
            assert_complete(&out, updates as usize);
        }
    }
}

#[cfg(unix)]
#[test]
fn a_run_that_is_killed_in_training_leaves_the_earlier_set_and_the_next_run_clears_up() {
    let folder = folder("killed");
    let (experiment, out) = (small(&folder, ""), folder.join("out"));
    let generated = ["--updates", "3", "--generate", "2"];
    // It has a file more than what comes after it.
    assert_done(&run(&gallery("sine.toml"), &out, &generated));
    let before: Vec<_> = names(&out)
        .iter()
        .map(|name| fs::read(out.join(name)).unwrap())
        .collect();
    let all = names(&out);
    assert!(all.contains(&"generated.csv".to_owned()));
    let mut program = training(&experiment, &out);
    program.kill().unwrap();
    program.wait().unwrap();
    for (name, before) in all.iter().zip(before) {
        assert!(fs::read(out.join(name)).unwrap() == before, "{name}");
    }
    assert!(!out.join("UNFINISHED.txt").exists());
    assert_done(&run(&experiment, &out, &[]));
    // Nothing of the earlier run is left, and nothing of the one that was killed.
    assert_complete(&out, 5);
}

#[cfg(unix)]
#[test]
fn a_second_run_into_a_folder_at_work_is_told() {
    let folder = folder("busy");
    let (experiment, out) = (small(&folder, ""), folder.join("out"));
    let mut program = training(&experiment, &out);
    let parts = ["another run at work in this folder", "--out", "wait"];
    assert_refused(&run(&experiment, &out, &[]), &parts);
    program.kill().unwrap();
    program.wait().unwrap();
    assert_done(&run(&experiment, &out, &[]));
}

/// The disk is as good as full for every file above a size; the weights are below it.
#[cfg(unix)]
#[test]
fn where_there_is_no_room_for_a_large_file_the_weights_and_all_smaller_ones_are_kept() {
    let folder = folder("room");
    let out = folder.join("out");
    // In units of 512 bytes or of 1,024, as the shell has it: the trace has more either way.
    let limited = "ulimit -f 40; exec \"$@\"";
    let output = Command::new("sh")
        .args(["-c", limited, "sh", env!("CARGO_BIN_EXE_rnnscope"), "run"])
        .arg(gallery("sunspots.toml"))
        .args(["--updates", "3", "--out", out.to_str().unwrap()])
        .output()
        .unwrap();
    let parts = [
        "trace.safetensors cannot be written",
        "What could be written is in",
        "UNFINISHED.txt",
    ];
    assert_refused(&output, &parts);
    let said = fs::read_to_string(out.join("UNFINISHED.txt")).unwrap();
    assert!(said.contains("\n  trace.safetensors: "), "{said}");
    assert!(!out.join("trace.safetensors").exists());
    assert!(!tensors(&out.join("model.safetensors")).is_empty());
    assert_eq!(summary(&out)["updates"], 3);
    let left: Vec<String> = names(&out);
    assert!(!left.iter().any(|name| name.contains(".part")), "{left:?}");
}

/// Whatever a limit on addresses leaves, a text is learned from or refused in words, and never ends the program.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn under_a_limit_on_addresses_work_is_done_or_refused_in_words() {
    let folder = folder("limit");
    let letters: String = (0..1_500_000u32)
        .map(|at| char::from(b'a' + (at % 7 * (at >> 3) % 5) as u8))
        .collect();
    fs::write(folder.join("text"), letters).unwrap();
    let experiment = folder.join("text.toml");
    let text_of = "format = 1\n[data]\ntext_file = \"text\"\n[model]\nhidden_size = 2\n";
    fs::write(&experiment, text_of).unwrap();
    let out = folder.join("out");
    let mut codes = Vec::new();
    for kilobytes in [150_000, 250_000, 1_500_000] {
        let limited = format!("ulimit -v {kilobytes}; exec \"$@\"");
        let output = Command::new("sh")
            .args(["-c", &limited, "sh", env!("CARGO_BIN_EXE_rnnscope"), "run"])
            .arg(&experiment)
            .args(["--updates", "1", "--out", out.to_str().unwrap()])
            .output()
            .unwrap();
        match output.status.code() {
            Some(0) => {}
            Some(1) => {
                let said = text(&output.stderr);
                assert!(said.contains("of memory, expected at most"), "{said}");
            }
            other => panic!("{other:?} under {kilobytes}: {}", text(&output.stderr)),
        }
        codes.push(output.status.code());
    }
    assert_eq!((codes[0], codes[2]), (Some(1), Some(0)));
}

/// A pipe that nobody reads any more: what is written into it fails.
fn gone() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

#[test]
fn nothing_ends_because_nobody_listens() {
    let folder = folder("gone");
    let (experiment, out) = (small(&folder, ""), folder.join("out"));
    let lesson = concat!(env!("CARGO_MANIFEST_DIR"), "/lessons/06-exploding");
    let [experiment, out] = [&experiment, &out].map(|path| path.to_str().unwrap());
    let cases: [(&[&str], i32); 7] = [
        (&["run", experiment, "--out", out], 0),
        (&["run", "no such.toml", "--out", out], 1),
        (&["check", lesson], 0),
        (&["check", "no such folder"], 1),
        (&["--help"], 0),
        (&["--version"], 0),
        (&["run"], 2),
    ];
    for (arguments, code) in cases {
        let mut ways: Vec<fn() -> Stdio> = vec![gone];
        if cfg!(target_os = "linux") {
            ways.push(|| {
                fs::File::options()
                    .write(true)
                    .open("/dev/full")
                    .unwrap()
                    .into()
            });
        }
        for way in ways {
            // A panic would end it with 101.
            let status = Command::new(env!("CARGO_BIN_EXE_rnnscope"))
                .args(arguments)
                .stdout(way())
                .stderr(way())
                .status()
                .unwrap();
            assert_eq!(status.code(), Some(code), "{arguments:?}");
        }
    }
    assert_complete(Path::new(out), 5);
}

#[test]
fn a_run_says_what_the_window_says_of_data_and_model() {
    let folder = folder("said");
    let mut csv = String::from("year;level\n1900;n/a\n");
    for year in 1901..1960 {
        let level = match year {
            1920 | 1921 => "n/a".into(),
            _ => format!("{},5", (year * 7) % 13),
        };
        csv += &format!("{year};{level}\n");
    }
    fs::write(folder.join("levels.csv"), csv).unwrap();
    let experiment = folder.join("levels.toml");
    let text_of = "format = 1\n[data]\ncsv = \"levels.csv\"\ntarget = \"level\"\nwindow = 3\nmissing = \"carry_forward\"\n\
                   test_from = \"1950\"\n[model]\nhidden_size = 2\ndropout = 0.5\n";
    fs::write(&experiment, text_of).unwrap();
    let out = folder.join("out");
    let done = run(&experiment, &out, &["--updates", "1"]);
    assert_done(&done);
    let message = text(&done.stderr);
    let notices = &summary(&out)["notices"];
    for part in [
        "decimal commas",
        "“year” tells the time, as numbers.",
        "2 missing values were filled in: 2 of “level”.",
        "Left out, 1 row: nothing to carry on is known yet (line 2).",
        "Dropout of 0.5 has no effect",
    ] {
        assert!(message.contains(part), "“{part}” is not in: {message}");
        let said = notices.as_array().unwrap().iter();
        let mut said = said.filter_map(Value::as_str);
        assert!(
            said.any(|notice| notice.contains(part)),
            "{part}: {notices}"
        );
    }
    let quiet = run(&experiment, &out, &["--updates", "1", "--quiet"]);
    assert_eq!(text(&quiet.stderr), "");
}

/// Times repeat from group to group: without its group a row of the results could not be told from another.
#[test]
fn predictions_of_several_series_name_the_group() {
    let folder = folder("groups");
    let mut csv = String::from("month,shop,sold\n");
    for month in 0..40 {
        for (shop, level) in [("North", 10), ("South, old", 300)] {
            let (year, of_year) = (2020 + month / 12, 1 + month % 12);
            let sold = level + (month * 7) % 13;
            csv += &format!("{year}-{of_year:02}-01,\"{shop}\",{sold}\n");
        }
    }
    fs::write(folder.join("shops.csv"), csv).unwrap();
    let experiment = folder.join("shops.toml");
    let text_of = "format = 1\n[data]\ncsv = \"shops.csv\"\ngroup = \"shop\"\ntarget = \"sold\"\nwindow = 4\n\
                   [model]\nhidden_size = 2\n";
    fs::write(&experiment, text_of).unwrap();
    let out = folder.join("out");
    assert_done(&run(&experiment, &out, &["--updates", "1"]));
    let (header, predictions) = rows(&out.join("predictions.csv"));
    assert!(header.starts_with("split,group,t,target,"), "{header}");
    let text = fs::read_to_string(out.join("predictions.csv")).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for line in text.lines().skip(1) {
        let north = line.contains(",North,");
        assert!(north != line.contains(",\"South, old\","), "{line}");
        // From the end, since a group's name may have commas in it.
        let field = |column: usize| line.rsplit(',').nth(header.split(',').count() - 1 - column);
        let (t, target) = (field(2).unwrap(), field(3).unwrap());
        assert!(
            t.starts_with("202") && seen.insert((north, t.to_owned())),
            "{line}"
        );
        assert_eq!(north, target.parse::<f64>().unwrap() < 100.0, "{line}");
    }
    assert_eq!(seen.len(), predictions.len());
}

/// Every file that holds results, byte for byte; the summary has times of its own.
fn assert_same_results(one: &Path, other: &Path) {
    assert_eq!(names(one), names(other));
    for name in names(one) {
        if name != "summary.json" {
            let [a, b] = [one, other].map(|out| fs::read(out.join(&name)).unwrap());
            assert!(a == b, "{name}");
        }
    }
}

#[test]
fn the_experiment_of_a_run_opens_from_its_folder_and_gives_the_same_again() {
    let folder = folder("again");
    let data = folder.join("data");
    fs::create_dir_all(&data).unwrap();
    let values: String = (0..60).map(|row| format!("{}\n", (row * 7) % 13)).collect();
    fs::write(data.join("values.csv"), format!("v\n{values}")).unwrap();
    let text_of = "format = 1\n[data]\ncsv = \"../data/values.csv\"\ntarget = \"v\"\nwindow = 4\n[model]\nhidden_size = 2\n";
    fs::create_dir_all(folder.join("experiments")).unwrap();
    let experiment = folder.join("experiments/values.toml");
    fs::write(&experiment, text_of).unwrap();
    let given = ["--updates", "7", "--seed", "99"];
    let [first, again, weighted, once_more] =
        ["first", "deep/er/again", "weighted", "once/more"].map(|name| folder.join(name));
    assert_done(&run(&experiment, &first, &given));
    assert_done(&run(&first.join("experiment.toml"), &again, &[]));
    assert_same_results(&first, &again);
    // From the folder it lies in, by its name alone, and into another beside it.
    let here = Command::new(env!("CARGO_BIN_EXE_rnnscope"))
        .args(["run", "values.toml", "--out", "../beside"])
        .args(given)
        .current_dir(folder.join("experiments"))
        .output()
        .unwrap();
    assert_done(&here);
    assert_same_results(&first, &folder.join("beside"));
    // Weights are nothing that the text can say; it says that there were some.
    let weights = first.join("model.safetensors");
    let with = ["--weights", weights.to_str().unwrap()];
    assert_done(&run(&experiment, &weighted, &[&given[..], &with].concat()));
    let said = fs::read_to_string(weighted.join("experiment.toml")).unwrap();
    assert!(
        said.starts_with("# This run began from the weights in "),
        "{said}"
    );
    assert!(said.contains(weights.to_str().unwrap()) && said.contains("--weights"));
    assert_done(&run(&weighted.join("experiment.toml"), &once_more, &with));
    for name in [
        "history.csv",
        "predictions.csv",
        "model.safetensors",
        "trace.safetensors",
    ] {
        let [a, b] = [&weighted, &once_more].map(|out| fs::read(out.join(name)).unwrap());
        assert!(a == b, "{name}");
    }
    // Which file it was is written down: that it is another by now is told.
    fs::write(data.join("values.csv"), format!("v\n{values}5\n")).unwrap();
    let changed = run(&first.join("experiment.toml"), &again, &[]);
    assert_done(&changed);
    assert!(text(&changed.stderr).contains("The data changed since this experiment was made"));
}

/// Whoever starts a run to outlive the terminal, as `nohup` does, has it go on when that is gone.
#[cfg(target_os = "linux")]
#[test]
fn a_run_that_was_started_to_outlive_its_terminal_does() {
    let folder = folder("nohup");
    for (trap, ends) in [("trap '' HUP; ", false), ("", true)] {
        let out = folder.join(format!("out-{ends}"));
        let mut program = Command::new("sh")
            .args(["-c", &format!("{trap}exec \"$@\""), "sh"])
            .args([env!("CARGO_BIN_EXE_rnnscope"), "run"])
            .arg(small(&folder, ""))
            .args(["--updates", "10000000", "--out"])
            .arg(&out)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        while !out.join(".unfinished").exists() {
            assert!(program.try_wait().unwrap().is_none(), "it trains");
            std::thread::yield_now();
        }
        signal(&program, "HUP");
        if !ends {
            // Long enough for a run to end that heeds it.
            std::thread::sleep(std::time::Duration::from_secs(1));
            assert!(program.try_wait().unwrap().is_none(), "it goes on");
            signal(&program, "TERM");
        }
        assert_eq!(program.wait_with_output().unwrap().status.code(), Some(130));
    }
}

/// What was made is what the text says, not what was planned.
#[test]
fn the_experiment_of_a_run_that_was_stopped_makes_the_same_again() {
    let folder = folder("stopped-again");
    // A schedule may be as long as the run was planned to be.
    for (name, schedule) in [
        ("constant", ""),
        ("cosine", "schedule = { kind = \"cosine\", warm_up = 3 }\n"),
    ] {
        let experiment = small(&folder, schedule);
        let [stopped, again] = ["stopped", "again"].map(|of| folder.join(format!("{name}-{of}")));
        let program = training(&experiment, &stopped);
        std::thread::sleep(std::time::Duration::from_millis(300));
        signal(&program, "INT");
        assert_eq!(program.wait_with_output().unwrap().status.code(), Some(130));
        assert_eq!(summary(&stopped)["interrupted"], true);
        let made = summary(&stopped)["updates"].as_u64().unwrap();
        // Where nothing was made yet, the text says with what to run it.
        let none: &[&str] = if made == 0 { &["--updates", "0"] } else { &[] };
        assert_done(&run(&stopped.join("experiment.toml"), &again, none));
        assert_eq!(summary(&again)["updates"].as_u64(), Some(made));
        for file in [
            "model.safetensors",
            "history.csv",
            "predictions.csv",
            "trace.safetensors",
        ] {
            let [a, b] = [&stopped, &again].map(|out| fs::read(out.join(file)).unwrap());
            assert!(a == b, "{name}: {file}, {made} updates");
        }
    }
}

/// A run whose data lie in the folder of its results under the name of one of them would take away what it was made of.
#[test]
fn a_run_does_not_write_over_the_data_that_it_reads() {
    let folder = folder("own-data");
    let values: String = (0..60)
        .map(up_and_down)
        .map(|value| format!("{value}\n"))
        .collect();
    let experiment = forecast(
        &folder,
        &format!("v\n{values}"),
        "target = \"v\"\nwindow = 3",
    );
    let out = folder.join("out");
    assert_done(&run(&experiment, &out, &[]));
    // What it forecast is looked at in turn.
    let text = "format = 1\n[data]\ncsv = \"predictions.csv\"\ntarget = \"naive\"\nwindow = 2\n[training]\nupdates = 2\n";
    let second = out.join("second.toml");
    fs::write(&second, text).unwrap();
    let before = fs::read(out.join("predictions.csv")).unwrap();
    assert_refused(
        &run(&second, &out, &[]),
        &[
            "predictions.csv",
            "found the data of this experiment",
            "--out",
        ],
    );
    assert!(fs::read(out.join("predictions.csv")).unwrap() == before);
}

/// PyTorch counts layers from 0, and so do all names in files.
#[test]
fn layers_and_heads_count_from_0_in_every_name_of_a_file() {
    let folder = folder("names");
    for (name, model, of_trace, of_model) in [
        (
            "stack",
            "hidden_size = 2\nnum_layers = 2",
            vec!["layer0.forward.h", "layer1.forward.d_h"],
            vec!["weight_ih_l0", "weight_hh_l1"],
        ),
        (
            "blocks",
            "kind = \"self_attention\"\nhidden_size = 4\nheads = 2\nnum_layers = 2",
            vec![
                "layer0.forward.h",
                "layer0.head0.weights",
                "layer1.head1.d_weights",
            ],
            vec!["blocks.0.self_attn.in_proj_weight", "blocks.1.norm1.bias"],
        ),
    ] {
        let experiment = folder.join(format!("{name}.toml"));
        let text_of = format!(
            "format = 1\n[data]\ntask = \"latch\"\nlength = 4\n[model]\n{model}\n[training]\nupdates = 1\n"
        );
        fs::write(&experiment, text_of).unwrap();
        let out = folder.join(name);
        assert_done(&run(&experiment, &out, &[]));
        let trace = tensors(&out.join("trace.safetensors"));
        let model = tensors(&out.join("model.safetensors"));
        let gradients = tensors(&out.join("gradients.safetensors"));
        for expected in of_trace {
            assert!(
                trace.contains_key(expected),
                "{expected}: {:?}",
                trace.keys()
            );
        }
        for expected in of_model {
            assert!(
                model.contains_key(expected),
                "{expected}: {:?}",
                model.keys()
            );
            assert!(gradients.contains_key(expected));
        }
        // Two layers and two heads: nothing counts to 2.
        let all = trace.keys().chain(model.keys());
        let counted: Vec<&String> = all
            .filter(|name| {
                ["layer2", "head2", "_l2", "blocks.2"]
                    .iter()
                    .any(|two| name.contains(two))
            })
            .collect();
        assert_eq!(counted, [""; 0]);
    }
}

#[test]
fn check_says_which_lessons_hold() {
    let folder = folder("check");
    // A lesson of its own; all of them are proved elsewhere.
    let output = rnnscope(&[
        "check",
        concat!(env!("CARGO_MANIFEST_DIR"), "/lessons/06-exploding"),
    ]);
    assert_done(&output);
    assert_eq!(
        text(&output.stdout),
        "ok  Exploding gradients and clipping\n"
    );
    assert_refused(&rnnscope(&["check", "no such folder"]), &["no such folder"]);
    assert_refused(
        &rnnscope(&["check", folder.to_str().unwrap()]),
        &["found no lesson", "lesson.md"],
    );

    // Whichever is proved first, they are told in their order, each page in its own.
    let lesson = |id: &str, pages: &str| {
        let front = format!("id = \"{id}\"\ntitle = \"{id}\"\nsummary = \"A.\"\nminutes = 1");
        fs::create_dir(folder.join(id)).unwrap();
        let text = format!("+++\n{front}\nsources = [\"Elman 1990\"]\n+++\n\n{pages}");
        fs::write(folder.join(id).join("lesson.md"), text).unwrap();
    };
    let claim = "Right: {{ accuracy }}.\n";
    lesson("01-two", &format!("## One\n\n{claim}\n## Two\n\n{claim}"));
    lesson("02-one", "## Three\n\nNothing.\n");
    lesson("03-one", &format!("## Four\n\n{claim}"));
    let output = rnnscope(&["check", folder.to_str().unwrap()]);
    let message = text(&output.stderr);
    let places: Vec<usize> = ["“One”", "“Two”", "“Four”"]
        .iter()
        .map(|page| {
            message
                .find(page)
                .unwrap_or_else(|| panic!("{page}: {message}"))
        })
        .collect();
    assert!(places.is_sorted(), "{message}");
    assert_eq!(text(&output.stdout), "ok  02-one\n");
    for id in ["01-two", "02-one", "03-one"] {
        fs::remove_dir_all(folder.join(id)).unwrap();
    }

    fs::create_dir(folder.join("01-broken")).unwrap();
    fs::write(folder.join("01-broken/lesson.md"), "Not a lesson\n").unwrap();
    let output = rnnscope(&["check", folder.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let message = text(&output.stderr);
    assert!(
        message.contains("01-broken/lesson.md") && message.contains("problem"),
        "{message}"
    );
}

/// What is written to begin from is whole, and nothing is written over.
#[test]
fn a_new_lesson_is_written_once_and_verified() {
    let folder = folder("new-lesson").join("own/01-first");
    let path = folder.to_str().unwrap();
    assert_done(&rnnscope(&["new-lesson", path]));
    let output = rnnscope(&["check", path, "--pages"]);
    assert_done(&output);
    let told = text(&output.stdout);
    assert!(told.starts_with("ok  My first lesson\n"), "{told}");
    for said in [
        "Before and after",
        "words",
        "clipping-cures-vanishing: met nowhere",
    ] {
        assert!(told.contains(said), "{told}");
    }
    assert_refused(
        &rnnscope(&["new-lesson", path]),
        &["found a lesson.md in it"],
    );
}

/// A summary takes the place of an earlier one, and of nothing else.
#[test]
fn a_lessons_summary_is_written_and_replaces_only_summaries() {
    let folder = folder("summary");
    std::fs::create_dir_all(&folder).unwrap();
    let (summary, notes) = (folder.join("first"), folder.join("notes.html"));
    let write = |path: &std::path::Path| {
        let path = path.to_str().unwrap();
        rnnscope(&["summary", "first-look", "--out", path])
    };
    assert_done(&write(&summary));
    // The name ends as a browser wants it, and once more does no harm.
    let summary = summary.with_extension("html");
    assert_done(&write(&summary));
    let html = std::fs::read_to_string(&summary).unwrap();
    assert!(html.starts_with("<!doctype html>") && html.contains("<h2>To remember</h2>"));
    std::fs::write(&notes, "<p>mine</p>").unwrap();
    assert_refused(&write(&notes), &["notes.html", "is no summary"]);
    assert_eq!(std::fs::read_to_string(&notes).unwrap(), "<p>mine</p>");
    let output = rnnscope(&["summary", "nowhere", "--out", "x.html"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("expected one of first-look, "));
}

#[test]
fn help_names_everything() {
    for (arguments, parts) in [
        (
            &["--help"][..],
            &[
                "run",
                "check",
                "[FILE]",
                "CSV",
                "--help",
                "--version",
                "Exit codes",
                "130",
            ][..],
        ),
        (
            &["run", "--help"],
            &[
                "EXPERIMENT.toml",
                "--updates <N>",
                "--seed <S>",
                "--weights <FILE>",
                "--prefix <PREFIX>",
                "--partial",
                "--out <DIR>",
                "--quiet",
                "-q",
                "history.csv",
                "predictions.csv",
                "summary.json",
                "model.safetensors",
                "trace.safetensors",
                "gradients.safetensors",
                "experiment.toml",
                "UNFINISHED.txt",
                "count from 0",
                "Ctrl-C",
            ],
        ),
        (&["check", "--help"], &["[DIR]", "built-in"]),
        (&["--version"], &[env!("CARGO_PKG_VERSION")]),
    ] {
        let output = rnnscope(arguments);
        assert_done(&output);
        let help = text(&output.stdout);
        for part in parts {
            assert!(
                help.contains(part),
                "“{part}” is not in the help of {arguments:?}:\n{help}"
            );
        }
    }
}

#[test]
fn a_trained_model_goes_on_reading_its_own_outputs() {
    let folder = folder("generate");
    let out = folder.join("sine");
    let more = ["--updates", "5", "--generate", "30"];
    assert_done(&run(&gallery("sine.toml"), &out, &more));
    let (header, written) = rows(&out.join("generated.csv"));
    assert_eq!(header.split(',').count(), 2, "{header}");
    assert_eq!(written.len(), 30);
    assert!(written.iter().all(|row| row[1].parse::<f64>().is_ok()));

    // A model that reads from the end cannot: the end is what it would have to write.
    let text = std::fs::read_to_string(gallery("sine.toml")).unwrap();
    let both = folder.join("both.toml");
    let text = text.replace("[model]", "[model]\nbidirectional = true");
    std::fs::write(&both, text).unwrap();
    let refused = run(&both, &folder.join("both"), &more);
    assert_eq!(refused.status.code(), Some(1));
    let said = self::text(&refused.stderr);
    assert!(said.contains("the future is not known"), "{said}");
    assert!(!folder.join("both").exists(), "nothing is written");
}

/// What somebody does who wants to look at weights, not to train them: the weights come out as they went in.
#[test]
fn no_update_at_all_only_looks() {
    let folder = folder("look");
    let (first, second) = (folder.join("first"), folder.join("second"));
    assert_done(&run(&gallery("latch.toml"), &first, &["--updates", "3"]));
    let weights = first.join("model.safetensors");
    let looked = ["--updates", "0", "--weights", weights.to_str().unwrap()];
    assert_done(&run(&gallery("latch.toml"), &second, &looked));
    assert_eq!(summary(&second)["updates"], 0);
    for file in [
        "model.safetensors",
        "trace.safetensors",
        "gradients.safetensors",
    ] {
        let read = |out: &Path| std::fs::read(out.join(file)).unwrap();
        assert_eq!(read(&first), read(&second), "{file}");
    }
}

#[test]
fn what_is_printed_of_a_file_steers_no_terminal() {
    let folder = folder("escapes");
    let csv = folder.join("escapes.csv");
    let rows: String = (0..40)
        .map(|row| format!("{row},{},\u{1b}[31mred\u{9b}2J\n", row % 7))
        .collect();
    fs::write(
        &csv,
        format!("t,\"v\u{1b}]0;x\u{7}\n2\",\u{202e}note\n{rows}"),
    )
    .unwrap();
    let steers = |text: &str| {
        let turns = |sign| matches!(sign, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        text.chars()
            .any(|sign| (sign.is_control() && sign != '\n') || turns(sign))
    };
    let csv = csv.to_str().unwrap();
    for arguments in [
        &["guess", csv][..],
        &["guess", "--json", csv],
        &["run", csv, "--out", "x"],
    ] {
        let output = rnnscope(arguments);
        for printed in [text(&output.stdout), text(&output.stderr)] {
            assert!(!steers(&printed), "{arguments:?}: {printed:?}");
        }
    }
    let told = text(&rnnscope(&["guess", csv]).stdout);
    assert!(told.contains("v\\u001b]0;x\\u0007\\u000a2 "), "{told}");
    // For programs the name is what it is.
    let json = text(&rnnscope(&["guess", "--json", csv]).stdout);
    let told: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(told[0]["columns"][1]["name"], "v\u{1b}]0;x\u{7}\n2");
    let experiment = folder.join("escapes.toml");
    let asked = "format = 1\n[data]\ncsv = \"escapes.csv\"\ntarget = \"\\u001B[2Jv\"\n";
    fs::write(&experiment, asked).unwrap();
    let output = run(&experiment, &folder.join("out"), &[]);
    let refused = text(&output.stderr);
    assert!(!steers(&refused) && !output.status.success(), "{refused:?}");
}
