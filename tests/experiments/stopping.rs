//! All that takes long ends when it is told to, and says so: nothing half done is taken for a result.

use rnnscope::baseline::{
    Autoregression, FitError, Method, PartialMethod, order_table_paced,
    partial_autocorrelation_paced,
};
use rnnscope::data::csv::{CsvOptions, read};
use rnnscope::data::sequences::{TextSpec, of_text_paced, prepare_paced};
use rnnscope::data::{
    Asked, Missing, Pace, Scale, SequenceError, SequenceSpec, Split, Table, TestFrom, TimeFrom,
};
use rnnscope::experiment::{
    Experiment, Location, Material, MaterialError, Stage, gallery, material_watched,
};
use rnnscope::nn::Stop;
use rnnscope::run::{Ending, Event, FILES, Job, RunError, UNFINISHED, WEIGHTS, run};
use rnnscope::train::worker::Failure;
use rnnscope::train::{AnyTrainer, Order, Worker};
use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

/// Goes on `times` times and then breaks, at every further asking too; counts the askings.
struct Breaks {
    after: usize,
    asked: Cell<usize>,
}

impl Breaks {
    fn after(times: usize) -> Self {
        Self {
            after: times,
            asked: Cell::new(0),
        }
    }

    fn ask(&self) -> ControlFlow<()> {
        self.asked.set(self.asked.get() + 1);
        match self.asked.get() > self.after {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

/// A network of every kind, on data that each can do.
const MODELS: [&str; 4] = [
    "[data]\ntask = \"latch\"\nlength = 7\n[model]\ncell = \"gru\"\nhidden_size = 3\nnum_layers = 2\nbidirectional = true\n",
    "[data]\ntask = \"adding\"\nlength = 7\n[model]\nhidden_size = 3\nreadout = \"final\"\n",
    "[data]\ntask = \"reverse\"\nlength = 5\n[model]\nkind = \"encoder_decoder\"\nhidden_size = 3\n\
     decoder = { attention = \"additive\" }\n",
    "[data]\ntask = \"latch\"\nlength = 7\n[model]\nkind = \"self_attention\"\nhidden_size = 4\nheads = 2\n",
];

fn experiment(text: &str) -> Experiment {
    Experiment::parse(&format!("format = 1\nseed = 3\n{text}")).unwrap()
}

fn made(experiment: &Experiment) -> Arc<Material> {
    let watch = |_, _| ControlFlow::Continue(());
    Arc::new(material_watched(experiment, &Location::BuiltIn, &watch).unwrap())
}

#[test]
fn a_trainer_that_is_asked_to_stop_keeps_the_last_whole_update() {
    for text in MODELS {
        let experiment = experiment(text);
        let material = made(&experiment);
        let stop = Stop::default();
        let mut trainer = AnyTrainer::until(&experiment, Arc::clone(&material), &stop, &|_| {
            ControlFlow::Continue(())
        });
        let mut other = AnyTrainer::new(&experiment, material);
        for _ in 0..2 {
            assert!(trainer.update() && other.update());
        }
        stop.ask();
        assert!(!trainer.update(), "{text}");
        assert_eq!(trainer.loss(Split::Test), None);
        let mut snapshot = trainer.snapshot_of_probe(experiment.probe);
        let go_on = |_| ControlFlow::Continue(());
        assert!(trainer.forecast_into(&mut snapshot, 10, &go_on).is_break());
        assert_eq!(trainer.weights(), other.weights(), "{text}");
        assert_eq!((trainer.updates(), trainer.history().len()), (2, 2));
        // Asked for something else from now on, it goes on as if nothing had been.
        trainer.stop_on(&Stop::default());
        assert_eq!(trainer.loss(Split::Test), other.loss(Split::Test), "{text}");
        let [one, two] = [&mut trainer, &mut other].map(|of| of.snapshot(experiment.probe, 10));
        assert_eq!(one.test, two.test);
    }
}

#[test]
fn an_evaluation_ends_between_any_two_batches() {
    let experiment = experiment(
        "[data]\ntask = \"latch\"\nlength = 4\ntest_sequences = 300\n[model]\nhidden_size = 2\n",
    );
    let mut trainer = AnyTrainer::new(&experiment, made(&experiment));
    let whole = Breaks::after(usize::MAX);
    assert!(
        trainer
            .loss_watched(Split::Test, &|_| whole.ask())
            .is_some()
    );
    // 64 sequences at a time.
    assert_eq!(whole.asked.get(), 5);
    for after in 0..5 {
        let breaks = Breaks::after(after);
        assert_eq!(trainer.loss_watched(Split::Test, &|_| breaks.ask()), None);
        assert_eq!(breaks.asked.get(), after + 1);
    }
}

fn series(rows: usize) -> Vec<f64> {
    let mut state = 1_u32;
    (0..rows)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state)
        })
        .collect()
}

/// 1,000 orders of 200,000 rows take 13 seconds; here they are asked often enough that three askings are soon over.
#[test]
fn the_study_of_a_long_series_ends_at_the_asking() {
    let series = series(200_000);
    let lags: Vec<usize> = (1..=1000).collect();
    type Work<'a> = Box<dyn Fn(&Pace) -> Option<FitError> + 'a>;
    let fit = |method| {
        let (series, lags) = (&series, &lags);
        move |pace: &Pace| Autoregression::fit_paced(series, lags, method, pace).err()
    };
    let all: Vec<(&str, Work)> = vec![
        (
            "order table",
            Box::new(|pace| order_table_paced(&series, 1000, pace).err()),
        ),
        (
            "partial autocorrelation",
            Box::new(|pace| {
                let method = PartialMethod::LeastSquares;
                partial_autocorrelation_paced(&series, 1000, method, pace).err()
            }),
        ),
        (
            "pooled",
            Box::new(|pace| {
                let parts = series.split_at(90_000);
                Autoregression::fit_pooled_paced(&[parts.0, parts.1], &lags, pace).err()
            }),
        ),
        ("least squares", Box::new(fit(Method::LeastSquares))),
        ("Yule–Walker", Box::new(fit(Method::YuleWalker))),
        ("Burg", Box::new(fit(Method::Burg))),
    ];
    for (name, work) in all {
        let breaks = Breaks::after(2);
        let progress = |_| breaks.ask();
        assert_eq!(
            work(&Pace::new(&progress)),
            Some(FitError::Cancelled),
            "{name}"
        );
        assert_eq!(
            breaks.asked.get(),
            3,
            "{name}: nothing is asked after the answer"
        );
    }
}

fn table(rows: usize) -> Table {
    let mut text = String::from("date,kind,of,v\n");
    for row in 0..rows {
        let (month, day) = (row / 28 % 12 + 1, row % 28 + 1);
        let (kind, of) = (["a", "b"][row % 2], ["x", "y", "z"][row / 1000 % 3]);
        text += &format!(
            "{}-{month:02}-{day:02},{kind},{of},{}\n",
            1900 + row / 336,
            row % 17
        );
    }
    let go_on = |_| ControlFlow::Continue(());
    read(text.as_bytes(), &CsvOptions::default(), &go_on).unwrap()
}

/// Breaks `work` at its first asking, its second, … until it is done, and gives how often it asks.
fn broken_everywhere(name: &str, work: impl Fn(&Pace) -> Result<(), SequenceError>) -> usize {
    for after in 0.. {
        let breaks = Breaks::after(after);
        let progress = |share: f32| {
            assert!((0.0..=1.0).contains(&share));
            breaks.ask()
        };
        match work(&Pace::new(&progress)) {
            Ok(()) => return after,
            Err(error) => assert!(error.is_cancelled(), "{name}, {after}: {error}"),
        }
        assert_eq!(breaks.asked.get(), after + 1, "{name}");
    }
    unreachable!()
}

#[test]
fn building_sequences_ends_wherever_it_asks() {
    let small = table(3_000);
    let spec = |asked, group: Option<&str>| SequenceSpec {
        asked,
        time: TimeFrom::Usual,
        group: group.map(str::to_owned).into_iter().collect(),
        sort: false,
        missing: Missing::Refuse,
        scale: Scale::default(),
        test: TestFrom::Fraction(0.2),
    };
    let v = || vec!["v".to_owned()];
    let forecast = || Asked::Forecast {
        features: v(),
        targets: v(),
        window: 5,
        horizon: 1,
        steps: 2,
    };
    let classify = Asked::Classify {
        features: v(),
        label: "kind".into(),
        label_at: None,
        window: 5,
    };
    let symbols = Asked::Symbols {
        text: "of".into(),
        label: Some("kind".into()),
    };
    for (name, spec) in [
        ("forecast", spec(forecast(), None)),
        ("forecast of groups", spec(forecast(), Some("of"))),
        ("classify", spec(classify, None)),
        ("symbols", spec(symbols, None)),
    ] {
        let asked = broken_everywhere(name, |pace| prepare_paced(&small, &spec, pace).map(|_| ()));
        assert!(asked > 5, "{name}: {asked}");
    }
    let text = "the quick brown fox jumps over the lazy dog. ".repeat(50);
    let spec = TextSpec {
        length: 10,
        test: 0.2,
    };
    let asked = broken_everywhere("text", |pace| of_text_paced(&text, &spec, pace).map(|_| ()));
    assert!(asked > 3, "{asked}");
    // Of many rows it asks more often, not only between the steps.
    let large = table(300_000);
    let breaks = Breaks::after(usize::MAX);
    let progress = |_| breaks.ask();
    let spec = SequenceSpec {
        asked: forecast(),
        time: TimeFrom::Usual,
        group: Vec::new(),
        sort: false,
        missing: Missing::Refuse,
        scale: Scale::default(),
        test: TestFrom::Fraction(0.2),
    };
    prepare_paced(&large, &spec, &Pace::new(&progress)).unwrap();
    assert!(breaks.asked.get() > 25, "{}", breaks.asked.get());
}

#[test]
fn every_stage_of_preparing_is_told_and_ends_the_work_wherever_it_breaks() {
    let text = gallery::by_name("sunspots").unwrap().text;
    let experiment = Experiment::parse(text).unwrap();
    for after in 0.. {
        let (breaks, stages) = (Breaks::after(after), RefCell::new(Vec::new()));
        let made = material_watched(&experiment, &Location::BuiltIn, &|stage, share| {
            assert!((0.0..=1.0).contains(&share));
            stages.borrow_mut().push(stage);
            breaks.ask()
        });
        match made {
            Err(error) => assert_eq!(error, MaterialError::Cancelled, "{after}"),
            Ok(_) if breaks.asked.get() > after => {} // Once a stage's work is done it is too late.
            Ok(_) => {
                let mut stages = stages.into_inner();
                stages.dedup();
                let expected = [Stage::Reading, Stage::Building, Stage::Baselines];
                assert_eq!(stages, expected);
                assert!(after > 10, "{after}");
                return;
            }
        }
    }
}

/// The material is there, and only then somebody cancels.
#[test]
fn cancelling_an_opening_ends_the_first_evaluation_too_and_leaves_a_run_alone() {
    let experiment = experiment(MODELS[0]);
    let (tell, told) = channel();
    let of = experiment.clone();
    let make = Box::new(move |_: rnnscope::experiment::Watch<'_>| {
        told.recv().unwrap();
        Ok(made(&of))
    });
    let worker = Worker::alone(experiment.clone(), make, Duration::ZERO, || {});
    worker.cancel();
    tell.send(()).unwrap();
    let failure = worker.settle().err().unwrap();
    assert!(
        matches!(&failure, Failure::Material(error) if **error == MaterialError::Cancelled),
        "{failure}"
    );

    let of = experiment.clone();
    let make = Box::new(move |_: rnnscope::experiment::Watch<'_>| Ok(made(&of)));
    let mut worker = Worker::alone(experiment, make, Duration::ZERO, || {});
    worker.settle().unwrap();
    worker.cancel();
    worker.order(Order::Update(3));
    assert_eq!(worker.settle().unwrap().update, 3);
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("stopping-{name}"));
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn job(folder: &Path) -> Job {
    let experiment = folder.join("latch.toml");
    let text = format!(
        "format = 1\nseed = 3\n{}[training]\nupdates = 9\n",
        MODELS[0]
    );
    std::fs::write(&experiment, text).unwrap();
    Job {
        experiment,
        updates: None,
        seed: None,
        weights: None,
        wish: Default::default(),
        generate: None,
        out: folder.join("out"),
    }
}

/// Runs `job` and calls `at` at each update.
fn run_until(
    job: &Job,
    ending: &Ending,
    at: impl Fn(u64),
) -> Result<rnnscope::run::Outcome, RunError> {
    run(job, ending, &|event| {
        if let Event::Update { made, .. } = event {
            at(made);
        }
    })
}

#[test]
fn a_run_that_is_stopped_in_training_writes_all_of_what_it_reached() {
    let job = job(&folder("stop"));
    let ending = Ending::default();
    let outcome = run_until(&job, &ending, |made| {
        assert!(ending.has_unsaved_weights() || made == 1);
        if made == 4 {
            ending.stop.ask();
        }
    })
    .unwrap();
    assert!(!ending.has_unsaved_weights());
    assert!(outcome.summary.interrupted && outcome.left_out.is_empty());
    assert_eq!(outcome.summary.updates, 4);
    for name in FILES.iter().filter(|name| **name != "generated.csv") {
        assert!(job.out.join(name).is_file(), "{name}");
    }
    assert!(!job.out.join(UNFINISHED).exists());
}

#[test]
fn a_run_in_haste_writes_weights_and_says_what_is_missing_with_nothing_of_an_earlier_run() {
    let job = job(&folder("haste"));
    run(&job, &Ending::default(), &|_| {}).unwrap();
    let weights = |job: &Job| std::fs::read(job.out.join(WEIGHTS)).unwrap();
    let earlier = weights(&job);
    let ending = Ending::default();
    let outcome = run_until(&job, &ending, |made| {
        if made == 4 {
            ending.stop.ask();
            ending.hurry.ask();
        }
    })
    .unwrap();
    assert_ne!(weights(&job), earlier);
    assert!(outcome.summary.interrupted);
    let said = std::fs::read_to_string(job.out.join(UNFINISHED)).unwrap();
    for name in [
        "predictions.csv",
        "trace.safetensors",
        "gradients.safetensors",
    ] {
        assert!(!job.out.join(name).exists(), "{name}");
        assert!(
            outcome.left_out.contains(&name) && said.contains(name),
            "{name}: {said}"
        );
    }
    // The weights are those of a run of four updates.
    let four = Job {
        updates: Some(4),
        out: job.out.with_file_name("four"),
        ..job.clone()
    };
    run(&four, &Ending::default(), &|_| {}).unwrap();
    assert_eq!(weights(&job), weights(&four));
}

#[test]
fn a_run_that_is_stopped_before_training_leaves_an_earlier_one_as_it_was() {
    let job = job(&folder("before"));
    for stage in [Stage::Reading, Stage::Evaluating] {
        let ending = Ending::default();
        let ended = run(&job, &ending, &|event| match event {
            Event::Stage(at, _) if at == stage => ending.stop.ask(),
            Event::Update { .. } => panic!("no update is made any more"),
            _ => {}
        });
        let message = ended.err().unwrap().to_string();
        assert!(message.ends_with("nothing was written"), "{message}");
        assert!(!job.out.exists());
    }
    run(&job, &Ending::default(), &|_| {}).unwrap();
    let summary = std::fs::read(job.out.join("summary.json")).unwrap();
    let ending = Ending::default();
    ending.stop.ask();
    assert!(matches!(
        run(&job, &ending, &|_| {}),
        Err(RunError::Stopped { .. })
    ));
    assert_eq!(
        std::fs::read(job.out.join("summary.json")).unwrap(),
        summary
    );
    assert!(!job.out.join(UNFINISHED).exists());
}
