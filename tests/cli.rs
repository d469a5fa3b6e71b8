//! The program as a command-line user meets it: what `run` writes, what is refused, how it ends.

use safetensors::tensor::{TensorView, serialize};
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

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
    let output = run(&experiment, &out, &["--weights", file.to_str().unwrap()]);
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
    refused(&["No such file"]);
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
        "1 of 10 parameters loaded",
        "weight_hh_l0: found [12, 3], expected [9, 3]",
        "Check cell",
    ]);
    write_tensors(&file, &[tensor("conv.kernel", &[3, 3], 1.0)]);
    refused(&[
        "0 of 10 parameters loaded",
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
        &["no such.toml", "No such file"],
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

/// The experiment comes through a pipe with a name: that the program has opened it says that it already listens to Ctrl-C.
#[cfg(unix)]
#[test]
fn ctrl_c_leaves_valid_files_and_130() {
    let folder = folder("interrupt");
    let text_of = fs::read_to_string(small(&folder, "")).unwrap();
    let (pipe, out) = (folder.join("pipe.toml"), folder.join("results"));
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let mut program = Command::new(env!("CARGO_BIN_EXE_rnnscope"));
    program
        .arg("run")
        .arg(&pipe)
        .arg("--out")
        .arg(&out)
        .args(["--updates", "10000000"]);
    program
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let program = program.spawn().unwrap();
    fs::write(&pipe, text_of).unwrap();
    assert!(
        // The shell's own kill: a bare system has no other.
        Command::new("sh")
            .args(["-c", &format!("kill -INT {}", program.id())])
            .status()
            .unwrap()
            .success()
    );
    let output = program.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    assert!(
        text(&output.stderr).contains("stopped after"),
        "{}",
        text(&output.stderr)
    );
    let summary = summary(&out);
    assert_eq!(summary["interrupted"], true);
    let updates = summary["updates"].as_u64().unwrap();
    assert!(updates >= 1);
    assert_complete(&out, updates as usize);
}

#[test]
fn check_says_which_lessons_hold() {
    let folder = folder("check");
    // A lesson of its own; all of them are proved elsewhere.
    let output = rnnscope(&[
        "check",
        concat!(env!("CARGO_MANIFEST_DIR"), "/lessons/02-exploding"),
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
