//! Every registered task: each kind of cell trains on it, the same bits come out again, and what it says that knowing nothing
//! costs is what the best constant answer costs on the sequences it makes.

use rnnscope::data::tasks::{ALL, Dates, Parameters, Task};
use rnnscope::data::{Answers, Dataset, Split, Targets};
use rnnscope::experiment::{Experiment, Location, Material, MaterialError, Probe, material};
use rnnscope::nn::{Cell, Target};
use rnnscope::random::Stream;
use rnnscope::train::{AnyTrainer, Snapshot};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

const UPDATES: u64 = 3;

/// A small run of a task with its own parameters.
fn text(task: &dyn Task, model: &str) -> String {
    let forcing = if model.contains("decoder") {
        "teacher_forcing = 0.5\n"
    } else {
        ""
    };
    format!(
        "format = 1\nseed = 3\n[data]\ntask = \"{}\"\ntrain_sequences = 9\ntest_sequences = 5\n\
         [model]\nhidden_size = 4\n{model}\
         [training]\nupdates = {UPDATES}\nbatch_size = 4\n{forcing}\
         optimizer = {{ kind = \"adam\", learning_rate = 0.01 }}\nclip = {{ norm = 1.0 }}\n",
        task.name()
    )
}

fn made(text: &str) -> Result<Material, MaterialError> {
    let experiment = Experiment::parse(text).unwrap();
    let go_on = |_| ControlFlow::Continue(());
    material(&experiment, &Location::BuiltIn, &go_on)
}

/// The run of `text` after all its updates.
fn trained(text: &str) -> Snapshot {
    let experiment = Experiment::parse(text).unwrap();
    let mut trainer = AnyTrainer::new(&experiment, Arc::new(made(text).unwrap()));
    for update in 1..=UPDATES {
        assert!(trainer.update(), "diverged in update {update}: {text}");
    }
    trainer.snapshot(experiment.probe, 5)
}

/// Losses, weights, the probe's gradient and the forecasts, bit for bit.
fn bits(snapshot: &Snapshot) -> Vec<u64> {
    let rows = snapshot.history.rows();
    let losses = rows.flat_map(|row| [row.train_loss, row.test_loss.unwrap_or(-1.0)]);
    let values = losses
        .chain(snapshot.model.parameters().iter().copied())
        .chain(snapshot.probe.gradient.iter().copied())
        .chain(snapshot.test.values.iter().copied());
    values.map(f64::to_bits).collect()
}

/// The models that can do a task with this cell: one that answers on the way, if that makes sense, and an encoder–decoder for
/// what is to be answered as a sequence.
fn models(data: &Dataset, cell: Cell) -> Vec<String> {
    let cell = cell.name();
    let mut models = Vec::new();
    if data.answers == Answers::Last || data.at_every_step() {
        let readout = if data.at_every_step() {
            "every"
        } else {
            "last"
        };
        models.push(format!("cell = \"{cell}\"\nreadout = \"{readout}\"\n"));
    }
    if data.answers == Answers::Sequence {
        models.push(format!(
            "cell = \"{cell}\"\nkind = \"encoder_decoder\"\n\
             decoder = {{ cell = \"{cell}\", hidden_size = 4, attention = \"additive\" }}\n"
        ));
    }
    models
}

#[test]
fn each_cell_trains_on_each_task_and_again_to_the_same_bits() {
    for &task in ALL {
        let parameters = Parameters::validated(task, &BTreeMap::new()).unwrap();
        let answers = task.generate(&parameters, &mut Stream::new(3, "data"));
        for cell in Cell::ALL {
            let models = models(&answers, cell);
            assert!(!models.is_empty());
            for model in models {
                let text = text(task, &model);
                let snapshot = trained(&text);
                let losses: Vec<f64> = snapshot
                    .history
                    .rows()
                    .map(|row| row.train_loss)
                    .chain([snapshot.probe.loss])
                    .chain(snapshot.history.test_loss())
                    .collect();
                assert_eq!(losses.len() as u64, UPDATES + 2, "{text}");
                assert!(losses.iter().all(|loss| loss.is_finite()), "{text}");
                // An untrained model is not far from guessing; from far below it the targets would not be those asked for.
                let nothing = task.loss_of_knowing_nothing(&parameters);
                assert!(losses[0] > 0.05 * nothing, "{losses:?}: {text}");
                assert!(snapshot.probe.gradient.iter().any(|&g| g != 0.0), "{text}");
                assert_eq!(bits(&snapshot), bits(&trained(&text)), "{text}");
            }
        }
    }
}

/// The losses of the best constant answer to each step on the training sequences, which it was fitted to.
struct Constants {
    /// Its mean loss per answer.
    loss: f64,
    /// The standard error of that mean. Steps of one sequence depend on each other; sequences are drawn independently.
    standard_error: f64,
    /// By how much the mean is too small, on average, as the constants were fitted to the same answers: a squared error by
    /// σ²/n for each mean, a cross-entropy by 1/2n for each free frequency (Miller 1955).
    too_small: f64,
}

fn constants(data: &Dataset) -> Constants {
    let asked = |sequence: usize| {
        let span = data.train[sequence];
        match data.answers {
            Answers::Last => span.last_row()..span.last_row() + 1,
            Answers::EveryStep | Answers::Sequence => span.answer_rows(),
        }
    };
    let mut by_step = vec![Vec::new(); data.longest_answer()];
    for sequence in 0..data.train.len() {
        for (step, row) in asked(sequence).enumerate() {
            by_step[step].push((sequence, row));
        }
    }
    let mut of_sequence = vec![0.0; data.train.len()];
    let mut too_small = 0.0;
    for answers in by_step.iter().filter(|answers| !answers.is_empty()) {
        let n = answers.len() as f64;
        match &data.targets {
            Targets::Values(values) => {
                let mean = answers
                    .iter()
                    .map(|&(_, row)| values[[row, 0]])
                    .sum::<f64>()
                    / n;
                for &(sequence, row) in answers {
                    let square = (values[[row, 0]] - mean).powi(2);
                    of_sequence[sequence] += square;
                    too_small += square / n;
                }
            }
            Targets::Classes { of_row, names } => {
                let mut counts = vec![0.0; names.len()];
                for &(_, row) in answers {
                    counts[of_row[row]] += 1.0;
                }
                for &(sequence, row) in answers {
                    of_sequence[sequence] -= (counts[of_row[row]] / n).ln();
                }
                let seen = counts.iter().filter(|&&count| count > 0.0).count();
                too_small += (seen - 1) as f64 / 2.0;
            }
        }
    }
    let lengths: Vec<f64> = (0..data.train.len())
        .map(|sequence| asked(sequence).len() as f64)
        .collect();
    let all: f64 = lengths.iter().sum();
    let loss = of_sequence.iter().sum::<f64>() / all;
    let squares = of_sequence
        .iter()
        .zip(&lengths)
        .map(|(total, length)| (total - loss * length).powi(2));
    Constants {
        loss,
        standard_error: squares.sum::<f64>().sqrt() / all,
        too_small: too_small / all,
    }
}

#[test]
fn knowing_nothing_costs_what_the_best_constant_answers_cost_within_sampling_error() {
    for &task in ALL {
        let parameters = Parameters::validated(task, &BTreeMap::new()).unwrap();
        let data = task.generate(&parameters, &mut Stream::new(11, "data"));
        let Constants {
            loss,
            standard_error,
            too_small,
        } = constants(&data);
        let stated = task.loss_of_knowing_nothing(&parameters);
        // Four standard errors; how much the fit takes off varies too, by about as much as it is.
        let tolerance = 4.0 * standard_error + 2.0 * too_small + 1e-12;
        let away = loss + too_small - stated;
        assert!(
            away.abs() <= tolerance,
            "{}: {loss} + {too_small} is {away:e} away from {stated}, at most {tolerance:e} expected",
            task.name()
        );
        // The test says something: the tolerance is small beside what it is about.
        assert!(tolerance < 0.2 * stated, "{}: {tolerance}", task.name());
    }
}

#[test]
fn a_decoder_writes_answers_of_their_own_length() {
    let decoder = "kind = \"encoder_decoder\"\ncell = \"gru\"\nbidirectional = true\n\
        decoder = { cell = \"gru\", hidden_size = 8, attention = \"dot\" }\n";
    for masking in [true, false] {
        let text = text(&Dates, &format!("{decoder}masking = {masking}\n"));
        let mut experiment = Experiment::parse(&text).unwrap();
        let made = Arc::new(made(&text).unwrap());
        assert_eq!(made.answer_len, 10);
        assert!(made.seq_len > 10 && made.ragged);
        let Targets::Classes { of_row, names } = &made.dataset.targets else {
            panic!("classes expected")
        };
        let mut trainer = AnyTrainer::new(&experiment, Arc::clone(&made));
        assert!(trainer.update());
        for index in 0..5 {
            experiment.probe = Probe {
                split: Split::Test,
                index,
            };
            let snapshot = trainer.snapshot(experiment.probe, 3);
            let span = made.dataset.test[index];
            let answer = &of_row[span.answer_rows()];
            let [encoder, decoder] = &snapshot.probe.parts[..] else {
                panic!("two parts expected")
            };
            let read = if masking { span.len } else { made.seq_len };
            assert_eq!((encoder.seq_len(), decoder.seq_len()), (read, 10));
            assert_eq!(snapshot.probe.terms.len(), 10);
            assert_eq!(snapshot.probe.rows, span.answer_rows());
            let Target::Classes(classes) = &snapshot.probe.target else {
                panic!("classes expected")
            };
            assert!(classes.iter().eq(answer));
            // The last three sequences, ten characters each; what is asked is a date.
            assert_eq!(snapshot.test.skipped, 2);
            assert_eq!(snapshot.test.rows.len(), 30);
            let expected: Vec<usize> = made.dataset.test[2..]
                .iter()
                .flat_map(|span| span.answer_rows())
                .collect();
            assert_eq!(snapshot.test.rows, expected);
            let asked: String = answer.iter().map(|&class| names[class].as_str()).collect();
            assert!(
                asked.starts_with("19") || asked.starts_with("20"),
                "{asked}"
            );
        }
    }
}

#[test]
fn a_model_that_answers_on_the_way_is_refused_where_answers_have_other_lengths() {
    for kind in ["recurrent", "self_attention"] {
        for readout in ["last", "every"] {
            let model = format!("kind = \"{kind}\"\nreadout = \"{readout}\"\n");
            let error = made(&text(&Dates, &model)).unwrap_err();
            assert_eq!(error.setting(), "model.kind");
            assert_eq!(
                error.to_string(),
                format!(
                    "model.kind: found “{kind}” with the data “Dates”, whose answers are of other lengths than the \
                     sequences, expected “encoder_decoder”. Change one of the two."
                )
            );
        }
    }
}

#[test]
fn the_manual_names_every_task() {
    let manual = include_str!("../../README.md");
    for task in ALL {
        let name = format!("| `{}` |", task.name());
        assert!(manual.contains(&name), "{name}");
    }
}

/// A file without its lines would be a task that nobody meets.
#[test]
fn every_file_is_a_task_or_helps_several() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/data/tasks");
    let files = std::fs::read_dir(folder).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let helps = ["mod.rs", "grammar.rs", "parameters.rs", "symbols.rs"];
    let found: std::collections::BTreeSet<String> = names
        .filter(|name| !helps.contains(&name.as_str()))
        .map(|name| name.trim_end_matches(".rs").to_owned())
        .collect();
    let tasks = ALL.iter().map(|task| task.name().to_owned()).collect();
    assert_eq!(found, tasks);
}
