//! What a run's numbers are over, and what they know of the test part.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::{AnyTrainer, Measure, Snapshot, Status};
use crate::data::{Split, Targets};
use crate::experiment::{Answering, Experiment, Location, Material, MaterialError, material};
use crate::nn::{Loss, Network, Stop, Target};

/// A folder of its own for one test; it is gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("rnnscope-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// What the experiment `text` stands for, whose file `t.csv` holds `table`.
    fn made(&self, table: &str, text: &str) -> Result<(Experiment, Arc<Material>), MaterialError> {
        std::fs::write(self.0.join("t.csv"), table).unwrap();
        let experiment =
            Experiment::parse(text).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
        let location = Location::Directory(self.0.clone());
        let go_on = |_| ControlFlow::Continue(());
        let material = material(&experiment, &location, &go_on)?;
        Ok((experiment, Arc::new(material)))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap_or_default();
    }
}

/// A column v of so many rows that go up and down.
fn waves(rows: usize) -> String {
    let row = |row: usize| format!("{}\n", (row * row * 7 + row * 3) % 23);
    "v\n".to_owned() + &(0..rows).map(row).collect::<String>()
}

fn with(data: &str, model: &str) -> String {
    format!(
        "format = 1\nseed = 5\n[data]\ncsv = \"t.csv\"\ntarget = \"v\"\n{data}\n[model]\nhidden_size = 3\n{model}\n\
         [training]\nupdates = 4\nbatch_size = 5\n"
    )
}

/// The loss over the answers of a part that `counts` accepts by their data row, of one sequence at a time, and how many those
/// are.
fn by_hand(trainer: &mut AnyTrainer, split: Split, counts: impl Fn(usize) -> bool) -> (f64, usize) {
    let material = Arc::clone(trainer.material());
    let (mut sum, mut count) = (0.0, 0);
    for index in 0..material.dataset.split(split).len() {
        let probe = crate::experiment::Probe { split, index };
        let snapshot = trainer.snapshot(probe, 0);
        let (probe, part) = (&snapshot.probe, snapshot.probe.parts.last().unwrap());
        let Target::Values(target) = &probe.target else {
            panic!("values expected")
        };
        for (step, row) in probe.rows.clone().enumerate() {
            if counts(row) {
                let error = part.y[[step, 0, 0]] - target[[step, 0, 0]];
                sum += error * error;
                count += 1;
            }
        }
    }
    (sum / count as f64, count)
}

#[test]
fn the_loss_of_a_part_is_over_the_answers_whose_targets_are_in_it() {
    let folder = Folder::new("every");
    // The test part begins in row 30, counted from 1; windows of 8 reach back over it.
    let text = with("window = 8\ntest_from = \"30\"", "readout = \"every\"");
    let (experiment, material) = folder.made(&waves(40), &text).unwrap();
    let mut trainer = AnyTrainer::new(&experiment, Arc::clone(&material));
    (0..4).for_each(|_| assert!(trainer.update()));
    let test_loss = trainer.loss(Split::Test).unwrap();
    // The target of row r is row r + 1; rows from 29 on, counted from 0, are test.
    let (by_hand, n) = by_hand(&mut trainer, Split::Test, |row| row + 1 >= 29);
    assert!(
        (test_loss - by_hand).abs() < 1e-12 * by_hand,
        "{test_loss} {by_hand}"
    );
    // 11 windows: the first asks for one test row, the next for two, the eighth and those after it for 8.
    assert_eq!((n, material.answers(Split::Test)), (36 + 3 * 8, n));
    // The same wherever it is shown.
    let snapshot = trainer.snapshot(experiment.probe, usize::MAX);
    assert_eq!(snapshot.history.test_loss(), Some(test_loss));
    let measure = Measure::TestLoss;
    assert_eq!(
        measure.of_whole(&snapshot, &Stop::default()),
        Ok(Some(test_loss))
    );
    let scored = super::scores::Scored::of(&snapshot);
    assert_eq!(scored.test_loss_n, n);
    // All answers of training sequences are about training rows.
    assert_eq!(
        material.answers(Split::Train),
        8 * material.dataset.train.len()
    );
    let train_loss = trainer.loss(Split::Train).unwrap();
    let (by_hand, _) = self::by_hand(&mut trainer, Split::Train, |row| row + 1 < 29);
    assert!((train_loss - by_hand).abs() < 1e-12 * by_hand);
}

#[test]
fn answers_whose_targets_lie_astride_the_split_or_were_never_measured_count_in_no_part() {
    let folder = Folder::new("astride");
    let mut lines: Vec<String> = waves(40).lines().map(str::to_owned).collect();
    // Row 30, counted from 0; the first line has the name. An empty line would be none.
    lines[31] = "NA".into();
    let table = lines.join("\n");
    let data = "window = 6\nsteps = 2\ntest_from = \"25\"\nmissing = \"carry_forward\"";
    let (_, material) = folder
        .made(&table, &with(data, "readout = \"every\""))
        .unwrap();
    let dataset = &material.dataset;
    let missing = |row: usize| row == 30;
    for row in 0..39 {
        let targets = [row + 1, row + 2];
        let expected = if targets[1] >= 40 || targets == [23, 24] {
            None
        } else if targets[1] < 24 {
            Some(Split::Train)
        } else {
            (!targets.into_iter().any(missing)).then_some(Split::Test)
        };
        assert_eq!(dataset.part_of_targets[row], expected, "{row}");
    }
}

#[test]
fn a_decoder_writes_the_rows_from_the_horizon_on_as_every_other_network_says_them() {
    let folder = Folder::new("decoder");
    let lines = "window = 5\nhorizon = 2\nsteps = 3\ntest_from = \"26\"\nscale = \"difference\"";
    let made = |model: &str| folder.made(&waves(40), &with(lines, model)).unwrap();
    let (experiment, material) = made("kind = \"encoder_decoder\"");
    assert_eq!(material.answering, Answering::RowByRow);
    let Network::EncoderDecoder(architecture) = material.network else {
        panic!("no decoder")
    };
    assert_eq!((architecture.output_size, material.answer_len), (1, 3));
    let mut trainer = AnyTrainer::new(&experiment, Arc::clone(&material));
    (0..3).for_each(|_| assert!(trainer.update()));
    let snapshot = trainer.snapshot(experiment.probe, usize::MAX);
    // What is asked is what the last row of the window is asked by any network, a row at each step.
    let (dataset, probe) = (&material.dataset, &snapshot.probe);
    let last = dataset.test[0].last_row();
    let (Target::Values(asked), Targets::Values(targets)) = (&probe.target, &dataset.targets)
    else {
        panic!("values expected")
    };
    assert_eq!(asked.dim(), (3, 1, 1));
    assert_eq!(
        asked.iter().copied().collect::<Vec<_>>(),
        targets.row(last).to_vec()
    );
    assert_eq!(probe.rows, last..last + 1);
    // What it says stands in the forecasts as that of others does, and is scored on the same targets.
    let (_, other) = made("cell = \"gru\"");
    assert_eq!(other.dataset, *dataset);
    let other =
        AnyTrainer::new(&made("cell = \"gru\"").0, other).snapshot(experiment.probe, usize::MAX);
    assert_eq!(
        (&snapshot.test.rows, snapshot.test.outputs),
        (&other.test.rows, 3)
    );
    for output in 0..3 {
        let y = probe.parts[1].y[[output, 0, 0]];
        let said = dataset.in_own_units(last, output, y);
        assert!((snapshot.test.values[output] - said).abs() < 1e-9);
        let targets = |snapshot: &Snapshot| -> Vec<f64> {
            let compared = snapshot.test.compared(&material, output, 0);
            compared.map(|compared| compared.target).collect()
        };
        assert_eq!(targets(&snapshot), targets(&other));
        let scores = [&snapshot, &other].map(|of| of.scores(Split::Test, output).unwrap());
        assert_eq!(scores[0].baselines, scores[1].baselines);
        assert_eq!(scores[0].all(), scores[1].all());
    }
    // The rows ahead are those said, too.
    let direct = &snapshot.ahead[0].direct[0];
    assert_eq!(direct.len(), 3);
    assert!((direct[2] - snapshot.test.values[2]).abs() < 1e-9);
    assert_eq!(material.answers(Split::Test), 3 * dataset.test.len());
    let loss = trainer.loss(Split::Test).unwrap();
    let mean = |snapshot: &Snapshot| snapshot.probe.loss;
    let each = (0..dataset.test.len()).map(|index| {
        let split = Split::Test;
        mean(&trainer.snapshot(crate::experiment::Probe { split, index }, 0))
    });
    let each: Vec<f64> = each.collect();
    let by_hand = each.iter().sum::<f64>() / each.len() as f64;
    assert!((loss - by_hand).abs() < 1e-12 * by_hand);
}

#[test]
fn a_task_for_a_decoder_asks_what_it_always_did() {
    for (task, steps) in [("reverse", 6), ("copy", 6), ("sort", 6), ("dates", 10)] {
        let length = if task == "dates" { "" } else { "length = 6\n" };
        let text = format!(
            "format = 1\n[data]\ntask = \"{task}\"\n{length}train_sequences = 9\ntest_sequences = 4\n[model]\n\
             kind = \"encoder_decoder\"\nhidden_size = 3\n"
        );
        let experiment = Experiment::parse(&text).unwrap();
        let go_on = |_| ControlFlow::Continue(());
        let material = material(&experiment, &Location::BuiltIn, &go_on).unwrap();
        assert_eq!(material.answering, Answering::Afterwards);
        assert_eq!(material.answers(Split::Test), 4 * steps, "{task}");
        assert_eq!(material.loss, Loss::CrossEntropy);
        let material = Arc::new(material);
        let trainer = AnyTrainer::new(&experiment, Arc::clone(&material));
        let snapshot = { trainer }.snapshot(experiment.probe, usize::MAX);
        let span = material.dataset.test[0];
        assert_eq!(snapshot.probe.rows, span.answer_rows());
        assert_eq!(snapshot.test.rows.len(), 4 * steps);
    }
}

#[test]
fn what_is_over_some_sequences_says_so_and_is_no_measure_of_the_whole() {
    let folder = Folder::new("subset");
    let text = with("window = 2\ntest_from = 0.12", "cell = \"rnn\"");
    let (experiment, material) = folder.made(&waves(21_000), &text).unwrap();
    let tests = material.dataset.test.len();
    assert!(tests > super::trainer::WATCHED, "{tests}");
    let mut trainer = AnyTrainer::new(&experiment, material);
    let measure = |name: &str| Measure::named(name).unwrap();
    let some = trainer.snapshot(experiment.probe, 100);
    assert_eq!(
        some.history.watched.phrase(),
        Some(format!("2,048 of 2,{}", tests - 2_000))
    );
    assert_eq!(
        some.test.phrase(),
        Some(format!("last 100 of 2,{}", tests - 2_000))
    );
    for name in ["rmse", "mae", "mase", "rmse.naive", "loss.test"] {
        assert!(measure(name).is_of_a_sample(&some), "{name}");
        assert_eq!(
            measure(name).of_whole(&some, &Stop::default()),
            Ok(None),
            "{name}"
        );
        assert!(measure(name).of(&some).unwrap().is_some(), "{name}");
    }
    let mut whole = trainer.snapshot(experiment.probe, usize::MAX);
    assert_eq!((whole.test.phrase(), whole.is_whole()), (None, false));
    whole.test_loss = trainer.loss(Split::Test);
    assert!(whole.is_whole());
    let rmse = whole.score(Split::Test).unwrap();
    assert_eq!(
        (rmse.n, measure("rmse").of_whole(&whole, &Stop::default())),
        (tests, Ok(Some(rmse.rmse)))
    );
    assert_eq!(
        measure("loss.test").of_whole(&whole, &Stop::default()),
        Ok(whole.test_loss)
    );
    assert_ne!(whole.test_loss, whole.history.test_loss());
    assert_eq!(
        measure("update").of_whole(&some, &Stop::default()),
        Ok(Some(0.0))
    );

    // Where all forecasts would be too many, asking for the whole again would never end: it is said.
    let mut material = (*whole.material).clone();
    material.memory = material.memory.if_whole_took(1 << 40);
    let some = Snapshot {
        material: Arc::new(material),
        ..some
    };
    for name in ["rmse", "mae", "mase", "rmse.naive"] {
        let error = measure(name).of_whole(&some, &Stop::default()).unwrap_err();
        let said = format!("measure “{name}”: found more forecasts than a run may have in memory");
        assert!(error.to_string().starts_with(&said), "{error}");
    }
    assert_eq!(
        measure("loss.test").of_whole(&some, &Stop::default()),
        Ok(None),
        "a loss is summed"
    );
}

// Nothing that is fitted knows the test part.

/// A row of a table: its group, two numbers or gaps, a class and a text.
#[derive(Clone, Debug)]
struct Row {
    group: usize,
    numbers: [Option<i32>; 2],
    label: usize,
    text: String,
}

const GROUPS: [&str; 3] = ["a", "b", "c"];

fn any_row() -> impl Strategy<Value = Row> {
    let number = || prop_oneof![9 => (1..60).prop_map(Some), 1 => Just(None)];
    (0..3_usize, [number(), number()], 0..3_usize, "[a-d]{2,4}").prop_map(
        |(group, numbers, label, text)| Row {
            group,
            numbers,
            label,
            text,
        },
    )
}

/// What a row may become: other numbers, gaps, another class, unseen characters.
fn any_change() -> impl Strategy<Value = Row> {
    let number = || prop_oneof![6 => (1..4000).prop_map(Some), 1 => Just(None)];
    (0..3_usize, [number(), number()], 0..5_usize, "[a-g]{1,5}").prop_map(
        |(group, numbers, label, text)| Row {
            group,
            numbers,
            label,
            text,
        },
    )
}

fn table(rows: &[Row]) -> String {
    let line = |(at, row): (usize, &Row)| {
        let [p, q] = row
            .numbers
            .map(|number| number.map_or(String::new(), |number| number.to_string()));
        let (group, label) = (GROUPS[row.group], row.label);
        format!("{at},{group},{p},{q},k{label},{}\n", row.text)
    };
    let lines: String = rows.iter().enumerate().map(line).collect();
    format!("at,group,p,q,label,text\n{lines}")
}

/// What is kept back.
#[derive(Clone, Debug)]
enum Kept {
    From(usize),
    Share(f64),
    Groups(Vec<&'static str>),
}

/// What is asked of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Asks {
    Forecast,
    Classes,
    Class,
    NextCharacter,
}

#[derive(Clone, Debug)]
struct Case {
    rows: Vec<Row>,
    changes: Vec<Row>,
    asks: Asks,
    kept: Kept,
    grouped: bool,
    timed: bool,
    lines: BTreeMap<&'static str, String>,
    baseline: String,
    model: &'static str,
}

fn any_case() -> impl Strategy<Value = Case> {
    let kept = prop_oneof![
        (1..40_usize).prop_map(Kept::From),
        (0.1..0.7).prop_map(Kept::Share),
        proptest::sample::subsequence(GROUPS.to_vec(), 1..=2).prop_map(Kept::Groups),
    ];
    let asks = prop_oneof![
        6 => Just(Asks::Forecast),
        2 => Just(Asks::Classes),
        3 => Just(Asks::Class),
        1 => Just(Asks::NextCharacter),
    ];
    let rows = (12..44_usize).prop_flat_map(|count| {
        let rows = |count| proptest::collection::vec(any_row(), count);
        (rows(count), proptest::collection::vec(any_change(), count))
    });
    let missing = proptest::sample::select(vec!["carry_forward", "interpolate", "drop"]);
    let scales = vec!["none", "standard", "min_max", "log_standard", "difference"];
    let ar = proptest::sample::select(vec!["\"bic\"", "\"aic\"", "1", "[1, 3]", "\"off\""]);
    let methods = proptest::sample::select(vec!["least_squares", "yule_walker", "burg"]);
    let models = vec![
        "cell = \"gru\"",
        "cell = \"rnn\"\nreadout = \"every\"",
        "cell = \"lstm\"\nbidirectional = true\nreadout = \"final\"",
        "kind = \"encoder_decoder\"\ncell = \"rnn\"",
        "kind = \"self_attention\"\nheads = 1",
    ];
    (
        rows,
        asks,
        kept,
        any::<[bool; 3]>(),
        (1..4_usize, 1..4_usize, 1..4_usize),
        missing,
        proptest::sample::select(scales),
        (
            ar,
            1..5_usize,
            methods,
            prop_oneof![Just(0_usize), 2..5_usize],
        ),
        proptest::sample::select(models),
    )
        .prop_map(
            |((rows, changes), asks, kept, flags, sizes, missing, scale, baseline, model)| {
                let [grouped, timed, both] = flags;
                let grouped = grouped || matches!(kept, Kept::Groups(_)) || asks == Asks::Class;
                let mut lines = BTreeMap::from([
                    ("missing", format!("\"{missing}\"")),
                    ("scale", format!("\"{scale}\"")),
                    (
                        "time",
                        if timed {
                            "\"at\"".into()
                        } else {
                            "false".into()
                        },
                    ),
                ]);
                if grouped {
                    lines.insert("group", "\"group\"".into());
                }
                let (window, horizon, steps) = sizes;
                let columns = if both { "[\"p\", \"q\"]" } else { "[\"p\"]" };
                match asks {
                    Asks::Forecast => lines.extend([
                        ("features", columns.into()),
                        ("target", "[\"p\"]".into()),
                        ("horizon", horizon.to_string()),
                        ("steps", steps.to_string()),
                        ("window", window.to_string()),
                    ]),
                    Asks::Classes | Asks::Class => {
                        lines.extend([("features", columns.into()), ("label", "\"label\"".into())]);
                        if !grouped {
                            lines.insert("window", window.to_string());
                        }
                    }
                    Asks::NextCharacter => drop(lines.insert("text", "\"text\"".into())),
                }
                if asks == Asks::NextCharacter {
                    lines.remove("scale");
                }
                match &kept {
                    Kept::From(from) => drop(lines.insert("test_from", format!("\"{from}\""))),
                    Kept::Share(share) => drop(lines.insert("test_from", format!("{share:?}"))),
                    Kept::Groups(names) => drop(lines.insert("test_groups", format!("{names:?}"))),
                }
                let (ar, largest, method, season) = baseline;
                // Others fit lags without gaps alone.
                let method = if ar == "[1, 3]" {
                    "least_squares"
                } else {
                    method
                };
                let baseline = format!(
                    "ar = {ar}\nlargest = {largest}\nmethod = \"{method}\"\nseason = {season}\n"
                );
                Case {
                    rows,
                    changes,
                    asks,
                    kept,
                    grouped,
                    timed,
                    lines,
                    baseline,
                    model,
                }
            },
        )
}

impl Case {
    fn text(&self) -> String {
        let lines = self
            .lines
            .iter()
            .map(|(key, value)| format!("{key} = {value}\n"));
        let baseline = match self.asks {
            Asks::Forecast => format!("[baseline]\n{}", self.baseline),
            _ => String::new(),
        };
        format!(
            "format = 1\nseed = 3\n[data]\ncsv = \"t.csv\"\n{}{baseline}[model]\nhidden_size = 2\n{}\n[training]\n\
             updates = 3\nbatch_size = 4\n",
            lines.collect::<String>(),
            self.model
        )
    }

    /// Which rows of the table are test rows, found out without the program.
    fn tested(&self) -> Vec<bool> {
        let rows = self.rows.len();
        let group_of = |row: usize| {
            if self.grouped {
                self.rows[row].group
            } else {
                0
            }
        };
        // The rows of each group, in the order of the groups' first rows.
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for row in 0..rows {
            match groups
                .iter_mut()
                .find(|group| group_of(group[0]) == group_of(row))
            {
                Some(group) => group.push(row),
                None => groups.push(vec![row]),
            }
        }
        let rounded = |share: f64, of: usize| (share * of as f64).round() as usize;
        let whole = self.asks == Asks::NextCharacter
            || self.grouped && matches!(self.asks, Asks::Classes | Asks::Class);
        let sequences: Vec<Vec<usize>> = match self.asks {
            Asks::NextCharacter => (0..rows).map(|row| vec![row]).collect(),
            _ => groups.clone(),
        };
        let mut tested = vec![false; rows];
        let mut keep = |rows: &[usize]| rows.iter().for_each(|&row| tested[row] = true);
        match &self.kept {
            Kept::Groups(names) => {
                for row in 0..rows {
                    if names.contains(&GROUPS[self.rows[row].group]) {
                        keep(&[row]);
                    }
                }
            }
            Kept::From(from) if whole && self.timed => {
                for sequence in &sequences {
                    if sequence.last().is_some_and(|last| last >= from) {
                        keep(sequence);
                    }
                }
            }
            Kept::From(from) if whole => {
                for sequence in sequences.iter().skip(from - 1) {
                    keep(sequence);
                }
            }
            Kept::From(from) if self.timed => keep(&(*from.min(&rows)..rows).collect::<Vec<_>>()),
            Kept::From(from) => {
                for group in &groups {
                    keep(&group[(from - 1).min(group.len())..]);
                }
            }
            Kept::Share(share) if whole => {
                let all = sequences.len();
                let kept =
                    rounded(*share, all).clamp(usize::from(all > 1), all.saturating_sub(1).max(1));
                for sequence in sequences.iter().skip(all - kept) {
                    keep(sequence);
                }
            }
            Kept::Share(share) if self.timed && groups.len() > 1 => {
                keep(&(rows - rounded(*share, rows)..rows).collect::<Vec<_>>());
            }
            Kept::Share(share) => {
                for group in &groups {
                    keep(&group[group.len() - rounded(*share, group.len())..]);
                }
            }
        }
        tested
    }

    /// The rows with every test row changed at will, but for its group and time, which decide where it belongs.
    fn changed(&self) -> Vec<Row> {
        let rows = self.rows.iter().zip(&self.changes).zip(self.tested());
        rows.map(|((row, change), tested)| match tested {
            true => Row {
                group: row.group,
                ..change.clone()
            },
            false => row.clone(),
        })
        .collect()
    }
}

/// Everything that is fitted, as far as it can be seen, after a few updates.
fn fitted(folder: &Folder, table: &str, text: &str) -> Option<Vec<(&'static str, String)>> {
    let (experiment, material) = folder.made(table, text).ok()?;
    let mut trainer = AnyTrainer::new(&experiment, Arc::clone(&material));
    while trainer.updates() < 3 && trainer.update() {}
    let snapshot = trainer.snapshot(experiment.probe, usize::MAX);
    let dataset = &material.dataset;
    let rows: Vec<_> = snapshot.history.rows().collect();
    let learnt = rows
        .iter()
        .map(|row| (row.train_loss, row.norm_before, row.norm_after));
    let mut all = vec![
        ("network", format!("{:?}", material.network)),
        ("weights", format!("{:?}", snapshot.model.parameters())),
        (
            "training losses",
            format!("{:?}", learnt.collect::<Vec<_>>()),
        ),
        ("training loss", format!("{:?}", trainer.loss(Split::Train))),
        (
            "training answers",
            material.answers(Split::Train).to_string(),
        ),
        (
            "inputs",
            format!("{:?} {:?}", dataset.input_names, dataset.input_scalers),
        ),
        (
            "outputs",
            format!("{:?} {:?}", dataset.output_names, dataset.output_scalers),
        ),
        ("training sequences", dataset.train.len().to_string()),
        ("training forecasts", format!("{:?}", snapshot.train.values)),
        // Those of the baselines too, and MASE with its scale.
        ("training scores", format!("{:?}", snapshot.scores[0])),
    ];
    if let Some(baselines) = &material.baselines {
        let fitted: Vec<_> = baselines
            .list
            .iter()
            .map(|baseline| &baseline.forecasters)
            .collect();
        all.push(("baselines", format!("{fitted:?}")));
        all.push((
            "what orders are chosen by",
            format!("{:?}", baselines.studies),
        ));
        all.push(("season", baselines.usual_season().to_string()));
    }
    Some(all)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn no_value_of_a_test_row_moves_anything_that_is_fitted(case in any_case()) {
        let folder = Folder::new("fitted");
        let text = case.text();
        let Some(before) = fitted(&folder, &table(&case.rows), &text) else { return Ok(()) };
        let Some(after) = fitted(&folder, &table(&case.changed()), &text) else { return Ok(()) };
        for (before, after) in before.iter().zip(&after) {
            prop_assert_eq!(before, after, "{}\n{}", text, table(&case.rows));
        }
    }
}

/// A number may turn bad in an update's step, or only with the weights that it led to: what is on show is named by the updates that
/// led there, whichever it is.
#[test]
fn the_weights_of_a_run_that_ended_have_the_number_of_the_updates_that_led_to_them() {
    let text = |training: &str| {
        format!(
            "format = 1\nseed = 3\n[data]\ntask = \"adding\"\nlength = 10\ntrain_sequences = 64\ntest_sequences = 8\n\
             [model]\ncell = \"rnn_relu\"\nhidden_size = 6\nreadout = \"last\"\n[training]\nupdates = 200\n\
             batch_size = 8\nclip = \"off\"\n{training}\n[model.init]\nscheme = \"normal\"\nstd = 0.6\n"
        )
    };
    let sgd = |rate: f64| format!("optimizer = {{ kind = \"sgd\", learning_rate = {rate:?} }}");
    let (mut by_step, mut by_loss) = (0, 0);
    let far = text(&sgd(1_000.0)).replace("std = 0.6", "std = 6.0");
    for text in [far, text(&sgd(0.9)), text(&sgd(3.0)), text(&sgd(30.0))] {
        let experiment = Experiment::parse(&text).unwrap();
        let material = material(&experiment, &Location::BuiltIn, &|_| {
            ControlFlow::Continue(())
        });
        let material = Arc::new(material.unwrap());
        let mut trainer = AnyTrainer::new(&experiment, Arc::clone(&material));
        while trainer.updates() < 200 && trainer.update() {}
        let dead = trainer.snapshot(experiment.probe, 8);
        let Status::Diverged(divergence) = &dead.status else {
            continue;
        };
        assert_eq!(dead.update, divergence.good, "{text}");
        assert_eq!(dead.made(), divergence.update - 1, "{text}");
        assert_eq!(dead.made(), trainer.updates(), "{text}");
        match dead.made() - dead.update {
            0 => by_step += 1,
            _ => by_loss += 1,
        }
        let mut again = AnyTrainer::new(&experiment, material);
        for _ in 0..dead.update {
            assert!(again.update());
        }
        let there = again.snapshot(experiment.probe, 8);
        assert_eq!(there.model.parameters(), dead.model.parameters(), "{text}");
        assert_eq!(there.probe.loss, dead.probe.loss, "{text}");
    }
    assert!(by_step > 0 && by_loss > 0, "{by_step} {by_loss}");
}
