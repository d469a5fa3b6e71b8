//! Forecasts of whole experiments: their scores beside the baselines', and many rows ahead.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use rnnscope::baseline::{Criterion, Method, Score, Shadow, Verdict};
use rnnscope::data::{Split, Targets};
use rnnscope::experiment::{
    BaselineKind, Experiment, Location, Material, Probe, Setting, gallery, material,
};
use rnnscope::nn::state_dict::{NamedTensor, TensorValues, Wish};
use rnnscope::nn::{Move, Stop, Sweep};
use rnnscope::session::{Command, Origin, Session, Step};
use rnnscope::train::{Answer, AnyTrainer, Measure, Question, Row, Snapshot, Status};

fn made(text: &str) -> (Experiment, Arc<Material>) {
    made_in(text, &Location::BuiltIn)
}

fn made_in(text: &str, location: &Location) -> (Experiment, Arc<Material>) {
    let experiment = Experiment::parse(text).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
    let go_on = |_| ControlFlow::Continue(());
    let material = material(&experiment, location, &go_on).unwrap();
    (experiment, Arc::new(material))
}

/// The snapshot after so many updates, with every forecast.
fn trained(text: &str, updates: u64) -> Snapshot {
    let (experiment, material) = made(text);
    let mut trainer = AnyTrainer::new(&experiment, material);
    for _ in 0..updates {
        assert!(trainer.update());
    }
    trainer.snapshot(experiment.probe, usize::MAX)
}

fn text_of(name: &str) -> String {
    gallery::by_name(name).unwrap().text.to_owned()
}

fn score(snapshot: &Snapshot, kind: BaselineKind) -> &Score {
    snapshot.score_of(Split::Test, kind).unwrap()
}

/// statsmodels 0.15: `AutoReg(y[:250], 9).fit()` and its one-step predictions of y[250:]; and y[249:-1] as they are.
#[test]
fn the_baselines_of_the_sunspots_have_their_known_errors() {
    let snapshot = trained(&text_of("sunspots"), 0);
    let ar = score(&snapshot, BaselineKind::Autoregression);
    let naive = score(&snapshot, BaselineKind::Naive);
    assert_eq!((ar.model.as_str(), ar.n, naive.n), ("AR(9)", 59, 59));
    assert!((ar.rmse - 18.7486).abs() < 5e-5, "{ar:?}");
    assert!((naive.rmse - 33.1750).abs() < 5e-5, "{naive:?}");
    // By the definition: the mean absolute error over that of the naive forecast within 1700 to 1949.
    assert!((ar.mase.unwrap() / naive.mase.unwrap() - ar.mae / naive.mae).abs() < 1e-12);
    assert!(
        snapshot
            .score_of(Split::Test, BaselineKind::SeasonalNaive)
            .is_none()
    );
    let measure = |name| Measure::named(name).unwrap().of(&snapshot).unwrap();
    assert_eq!(measure("rmse.ar"), Some(ar.rmse));
    assert_eq!(measure("rmse.naive"), Some(naive.rmse));
    assert_eq!(measure("rmse.seasonal"), None);
}

#[test]
fn the_shipped_sunspot_experiment_beats_the_naive_forecast_clearly() {
    let snapshot = trained(&text_of("sunspots"), 600);
    let network = snapshot.score(Split::Test).unwrap();
    let naive = score(&snapshot, BaselineKind::Naive).rmse;
    assert!(network.rmse < 0.7 * naive, "{network:?} against {naive}");
}

/// Every way of scaling gives the same baselines, which know nothing of it, and a network without weights says something in
/// the data's own unit: what is scaled is turned back.
#[test]
fn baselines_and_units_do_not_depend_on_the_scaling() {
    let text = text_of("elnino");
    let scores = |scale: &str| {
        let text = text.replace("scale = \"standard\"", &format!("scale = \"{scale}\""));
        let snapshot = trained(&text, 0);
        let dataset = &snapshot.material.dataset;
        let row = dataset.test[0].last_row();
        let target = dataset.target_in_own_units(row, 3).unwrap();
        // April 1999, from December 1998: 24.92 °C in the file.
        assert!(
            (target - truth(&snapshot, row, 4)).abs() < 1e-9,
            "{scale}: {target}"
        );
        let scores = |output| snapshot.scores(Split::Test, output).unwrap();
        assert!(scores(11).network.as_ref().unwrap().rmse < 60.0);
        scores(3).baselines.clone()
    };
    let standard = scores("standard");
    assert_eq!(standard.len(), 3);
    for scale in ["none", "min_max", "log_standard"] {
        assert_eq!(scores(scale), standard, "{scale}");
    }
    // Its first row has no change before it, so that the first window is another; the test part is the same.
    let difference = scores("difference");
    assert_eq!(difference.len(), 3);
    assert_eq!(difference[2], standard[2]);
}

/// What the file says `ahead` rows after a row of the data set.
fn truth(snapshot: &Snapshot, row: usize, ahead: usize) -> f64 {
    let baselines = snapshot.material.baselines.as_ref().unwrap();
    baselines.truth(row, 0, ahead)[ahead - 1]
}

/// Recursive forecasts by hand: the window moves on by what was said.
#[test]
fn a_recursive_forecast_feeds_on_itself() {
    for scale in ["standard", "difference", "min_max"] {
        let text = text_of("sunspots").replace("\"standard\"", &format!("\"{scale}\""));
        let (experiment, material) = made(&text);
        let mut trainer = AnyTrainer::new(&experiment, Arc::clone(&material));
        (0..20).for_each(|_| assert!(trainer.update()));
        let snapshot = trainer.snapshot(experiment.probe, usize::MAX);
        let [probe, end] = &snapshot.ahead[..] else {
            panic!("{} forecasts", snapshot.ahead.len())
        };
        let recursive = &probe.recursive.as_ref().unwrap()[0];
        assert_eq!(
            (probe.rows, recursive.len(), probe.direct[0].len()),
            (24, 24, 1)
        );
        // One row ahead both are what the table of forecasts says.
        let first = snapshot.test.compared(&material, 0, 0).next().unwrap();
        assert_eq!(first.row, probe.row);
        assert!((recursive[0] - first.prediction).abs() < 1e-9, "{scale}");
        assert!(
            (probe.direct[0][0] - first.prediction).abs() < 1e-9,
            "{scale}"
        );
        // The second: the next test sequence, with what was said in place of what came, says as much.
        let baselines = material.baselines.as_ref().unwrap();
        let known = baselines.known(probe.row, 0);
        assert_eq!(known.len(), 250);
        assert_eq!(end.row, 308);
        assert_eq!(baselines.truth(end.row, 0, 24), [0.0; 0]);
        // A second look gives the same, from where the first one left its numbers.
        let again = trainer.snapshot(experiment.probe, usize::MAX);
        assert_eq!(again.ahead, snapshot.ahead);
    }
}

#[test]
fn a_forecast_that_cannot_feed_on_itself_says_why() {
    let macroeconomy = "format = 1\n[data]\ncsv = \"../data/us_macro.csv\"\nfeatures = [\"unemp\", \"infl\"]\n\
                        target = \"unemp\"\ntime = \"date\"\nwindow = 8\n";
    let snapshot = trained(macroeconomy, 1);
    let reason = snapshot.ahead[0].recursive.as_ref().unwrap_err();
    assert!(
        reason.contains("“infl” is not among the targets"),
        "{reason}"
    );
    // Both as targets: it goes on, and quarters have a season.
    let both = macroeconomy.replace(
        "target = \"unemp\"",
        "target = [\"unemp\", \"infl\"]\nsteps = 2",
    );
    let snapshot = trained(&both, 1);
    assert_eq!(snapshot.ahead[0].recursive.as_ref().unwrap().len(), 2);
    assert_eq!(snapshot.ahead[0].direct, {
        let output = |k: usize| snapshot.test.values[k];
        vec![vec![output(0), output(2)], vec![output(1), output(3)]]
    });
    assert_eq!(
        snapshot.material.dataset.output_names,
        ["unemp +1", "infl +1", "unemp +2", "infl +2"]
    );
    let titles: Vec<_> = snapshot
        .scores(Split::Test, 3)
        .unwrap()
        .baselines
        .iter()
        .flatten()
        .map(|score| score.model.clone())
        .collect();
    assert_eq!(titles[1..], ["seasonal naive (4)", "naive"]);
}

/// The weekly CO₂ with its 59 gaps: filled, listed, and scored on what was measured.
#[test]
fn gaps_are_filled_and_told() {
    let (_, material) = made(&text_of("co2"));
    let report = &material.source.as_ref().unwrap().report;
    let co2 = report
        .columns
        .iter()
        .find(|column| column.name == "co2")
        .unwrap();
    assert_eq!((co2.missing, co2.filled), (59, 59));
    let Targets::Values(targets) = &material.dataset.targets else {
        panic!("values expected")
    };
    assert!(targets.iter().all(|value| value.is_finite()));
    let refused = text_of("co2").replace("missing = \"interpolate\"", "missing = \"refuse\"");
    let experiment = Experiment::parse(&refused).unwrap();
    let go_on = |_| ControlFlow::Continue(());
    let error =
        rnnscope::experiment::material(&experiment, &Location::BuiltIn, &go_on).unwrap_err();
    let shown = error.to_string();
    assert!(shown.contains("59"), "{shown}");
    assert!(
        shown.contains("line 8, column 2 (co2): found a missing value"),
        "{shown}"
    );
}

/// Another probe is another origin; the end of the data stays.
#[test]
fn the_probe_is_where_a_forecast_begins() {
    let (experiment, material) = made(&text_of("sunspots"));
    let mut trainer = AnyTrainer::new(&experiment, Arc::clone(&material));
    let probe = Probe {
        split: Split::Test,
        index: 10,
    };
    let (first, other) = (
        trainer.snapshot(experiment.probe, 1),
        trainer.snapshot(probe, 1),
    );
    assert_eq!(other.ahead[0].row, first.ahead[0].row + 10);
    assert_eq!(other.ahead[1], first.ahead[1]);
    assert_eq!(material.dataset.label_ahead(other.ahead[1].row, 1), "2009");
}

/// Whatever reads the window: one row ahead the look ahead is the forecast.
#[test]
fn every_kind_of_network_looks_ahead() {
    let text = text_of("sunspots");
    let with = |kind: &str, others: &str| {
        let model = format!("[model]\nkind = \"{kind}\"\nhidden_size = 4\n{others}\n[training]\n");
        let (before, after) = (
            text.find("[model]").unwrap(),
            text.find("[training]").unwrap(),
        );
        format!(
            "{}{model}{}",
            &text[..before],
            &text[after + "[training]\n".len()..]
        )
    };
    for text in [
        with(
            "recurrent",
            "cell = \"gru\"\nbidirectional = true\nreadout = \"final\"",
        ),
        with("recurrent", "cell = \"rnn\"\nreadout = \"every\""),
        with("encoder_decoder", "cell = \"lstm\""),
        with("self_attention", "heads = 2"),
    ] {
        let snapshot = trained(&text, 2);
        let said = snapshot
            .test
            .compared(&snapshot.material, 0, 0)
            .next()
            .unwrap();
        let ahead = &snapshot.ahead[0];
        assert_eq!(said.row, ahead.row, "{text}");
        let direct = ahead.direct[0][0];
        assert!(
            (said.prediction - direct).abs() < 1e-9,
            "{text}: {said:?}, {direct}"
        );
        assert!(
            ahead.recursive.as_ref().unwrap()[0]
                .iter()
                .all(|value| value.is_finite())
        );
    }
}

fn opened(text: &str) -> Session {
    let source = Origin::Text {
        text: text.to_owned(),
        location: Location::BuiltIn,
        name: "test".into(),
    };
    let mut session = Session::opened(source, || {});
    session.settle().unwrap();
    session
}

fn apply(session: &mut Session, command: Command) {
    session.apply(command);
    assert_eq!(session.message(), None);
    session.settle().unwrap();
}

fn set(session: &mut Session, key: &str, value: Setting) {
    let path = format!("baseline.{key}");
    apply(session, Command::Set { path, value });
}

fn lags(lags: &[i64]) -> Setting {
    Setting::List(lags.iter().copied().map(Setting::Whole).collect())
}

fn on_show(session: &Session) -> Arc<Snapshot> {
    Arc::clone(session.snapshot().unwrap())
}

fn history(snapshot: &Snapshot) -> Vec<Row> {
    snapshot.history.rows().copied().collect()
}

/// The model of the table's second row.
fn autoregression(session: &Session) -> String {
    let snapshot = on_show(session);
    score(&snapshot, BaselineKind::Autoregression).model.clone()
}

/// Baselines have no part in training: the run, its past and the place in it stay, and they alone change.
#[test]
fn another_baseline_leaves_the_run_as_it_is() {
    let text = text_of("sunspots");
    let mut session = opened(&text);
    (0..3).for_each(|_| apply(&mut session, Command::Update(1)));
    apply(&mut session, Command::Sweep(Sweep::Forward));
    apply(&mut session, Command::Move(Move::To(5)));
    let (before, cursor, written) = (on_show(&session), session.cursor(), session.text());
    assert_eq!(autoregression(&session), "AR(9)");

    set(&mut session, "ar", lags(&[1, 2, 9]));
    let after = on_show(&session);
    assert_eq!((after.update, session.cursor()), (3, cursor));
    assert_eq!(history(&after), history(&before));
    assert_eq!(after.model.parameters(), before.model.parameters());
    assert_eq!(after.score(Split::Test), before.score(Split::Test));
    assert_eq!(autoregression(&session), "AR{1, 2, 9}");
    // The same as if it had been so from the beginning.
    let fresh = opened(&session.text());
    assert!(session.text().contains("\nar = [1, 2, 9]"));
    assert_eq!(
        score(&after, BaselineKind::Autoregression),
        score(&on_show(&fresh), BaselineKind::Autoregression)
    );
    // What was kept from before is held against it too.
    apply(&mut session, Command::StepBy(Step::Update, false));
    assert_eq!(on_show(&session).update, 2);
    assert_eq!(autoregression(&session), "AR{1, 2, 9}");
    // And changed while it is on show, it stays there.
    set(&mut session, "season", Setting::Whole(11));
    let kept = on_show(&session);
    let season = score(&kept, BaselineKind::SeasonalNaive);
    assert_eq!(
        (kept.update, season.model.as_str()),
        (2, "seasonal naive (11)")
    );
    apply(&mut session, Command::StepBy(Step::Update, true));
    assert_eq!(on_show(&session).update, 3);
    assert!(
        on_show(&session)
            .score_of(Split::Test, BaselineKind::SeasonalNaive)
            .is_some()
    );

    // The former text brings the former baselines back, to the last bit.
    apply(&mut session, Command::SetText(written.clone()));
    let back = on_show(&session);
    assert_eq!((session.text(), back.update), (written, 3));
    assert_eq!(back.scores, before.scores);
    assert_eq!(history(&back), history(&before));
    // It trains on as if nothing had been.
    apply(&mut session, Command::Update(4));
    let undisturbed = trained(&text, 7);
    assert_eq!(
        on_show(&session).model.parameters(),
        undisturbed.model.parameters()
    );
    assert_eq!(history(&on_show(&session)), history(&undisturbed));
}

#[test]
fn a_baseline_changed_during_training_does_not_stop_it() {
    let text = text_of("sunspots").replace("updates = 600", "updates = 60");
    let mut session = opened(&text);
    session.apply(Command::Start);
    session.apply(Command::Set {
        path: "baseline.method".into(),
        value: Setting::Text("burg".into()),
    });
    session.settle().unwrap();
    let snapshot = on_show(&session);
    assert_eq!((snapshot.update, &snapshot.status), (60, &Status::Finished));
    let baselines = snapshot.material.baselines.as_ref().unwrap();
    assert_eq!(baselines.autoregression(0).unwrap().method, Method::Burg);
    assert_eq!(baselines.spec(), &session.experiment().baseline);
    // Back at the start they are still there.
    apply(&mut session, Command::Reset);
    let snapshot = on_show(&session);
    let baselines = snapshot.material.baselines.as_ref().unwrap();
    assert_eq!(snapshot.update, 0);
    assert_eq!(baselines.autoregression(0).unwrap().method, Method::Burg);
    // Anything else begins the run again.
    apply(&mut session, Command::Update(2));
    let path = "model.hidden_size".into();
    let value = Setting::Whole(4);
    apply(&mut session, Command::Set { path, value });
    assert_eq!(on_show(&session).update, 0);
}

#[test]
fn lags_with_gaps_are_refused_where_the_method_does_not_know_them() {
    let mut session = opened(&text_of("sunspots"));
    apply(&mut session, Command::Update(2));
    set(&mut session, "ar", lags(&[1, 2, 3]));
    for method in ["yule_walker", "yule_walker_adjusted", "burg"] {
        set(&mut session, "method", Setting::Text(method.into()));
        assert_eq!(autoregression(&session), "AR(3)", "{method}");
        let text = session.text();
        session.apply(Command::Set {
            path: "baseline.ar".into(),
            value: lags(&[1, 2, 9]),
        });
        let message = session.message().unwrap();
        assert_eq!(message.setting.as_deref(), Some("baseline.method"));
        let said = message.lines.join("\n");
        let expected =
            format!("found “{method}”, expected “least_squares” with lags that have gaps.");
        assert!(said.contains(&expected), "{said}");
        assert_eq!(session.text(), text);
        assert_eq!(on_show(&session).update, 2);
    }
}

/// Of series of equal length, the order is chosen by the one whose criteria are shown.
#[test]
fn the_order_of_several_series_is_the_one_that_is_shown() {
    // x_t = 1.6 x_{t−1} − 0.9 x_{t−2} + e_t, and e_t alone: two orders apart.
    let noise = |t: usize| (t * t * 37 % 101) as f64 - 50.0;
    let mut rhythm = vec![0.0, 1.0];
    for t in 2..101 {
        rhythm.push(1.6 * rhythm[t - 1] - 0.9 * rhythm[t - 2] + noise(t));
    }
    let shown = |series: [(&str, &dyn Fn(usize) -> f64); 2]| {
        let mut csv = String::from("t,place,x\n");
        for (place, value) in series {
            (0..100).for_each(|t| csv += &format!("{t},{place},{}\n", value(t)));
        }
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let file = format!("places-{}.csv", series[0].0);
        std::fs::write(folder.join(&file), csv).unwrap();
        let text = format!(
            "format = 1\n[data]\ncsv = \"{file}\"\ntarget = \"x\"\ngroup = \"place\"\ntime = \"t\"\nwindow = 8\n"
        );
        let (_, material) = made_in(&text, &Location::Directory(folder));
        let baselines = material.baselines.as_ref().unwrap();
        let orders = baselines.studies[0].orders.as_ref().unwrap();
        let shown = orders.best(Criterion::Bic);
        assert_eq!(baselines.autoregression(0).unwrap().largest_lag(), shown);
        shown
    };
    let (calm, wavy) = (|t: usize| noise(t), |t: usize| rhythm[t]);
    let first = shown([("calm", &calm), ("wavy", &wavy)]);
    let second = shown([("wavy", &wavy), ("calm", &calm)]);
    assert!(first != second, "{first}: the two cannot be told apart");
}

/// What a lesson asks for is over the whole part, however large it is; until that is there it has no value.
#[test]
fn a_lessons_measure_takes_the_whole_part() {
    let text = "format = 1\n[data]\ntask = \"latch\"\nlength = 2\ntrain_sequences = 20\ntest_sequences = 4200\n[model]\n\
                cell = \"rnn\"\nhidden_size = 2\n[training]\nupdates = 4\nevaluate_every = 1\n";
    let mut session = opened(text);
    apply(&mut session, Command::Update(1));
    let some = on_show(&session);
    assert_eq!(some.test.phrase().as_deref(), Some("last 4,096 of 4,200"));
    assert_eq!(
        some.history.watched.phrase().as_deref(),
        Some("2,048 of 4,200")
    );
    let whole = trained(text, 1);
    for name in ["accuracy", "loss.test"] {
        let measure = Measure::named(name).unwrap();
        assert_eq!(session.measure(&measure).unwrap().value, None, "{name}");
    }
    // Having been asked, it takes all from now on.
    session.poll();
    session.settle().unwrap();
    let asked = |session: &Session, name: &str| {
        let measured = session.measure(&Measure::named(name).unwrap());
        measured.unwrap().value
    };
    assert_eq!(asked(&session, "accuracy"), whole.accuracy(Split::Test));
    let (experiment, material) = made(text);
    let mut trainer = AnyTrainer::new(&experiment, material);
    assert!(trainer.update());
    assert_eq!(asked(&session, "loss.test"), trainer.loss(Split::Test));
    assert_ne!(asked(&session, "loss.test"), some.history.test_loss());
    apply(&mut session, Command::Update(1));
    assert!(asked(&session, "accuracy").is_some() && on_show(&session).is_whole());
    // Another experiment is not asked yet.
    apply(
        &mut session,
        Command::SetText(text.replace("length = 2", "length = 3")),
    );
    assert!(!on_show(&session).is_whole());
}

/// The text of an experiment on a file of the tests' own with one column, v.
fn on_file(name: &str, values: &[f64], model: &str) -> (String, Location) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("forecasting");
    std::fs::create_dir_all(&folder).unwrap();
    let rows: String = values.iter().map(|value| format!("{value}\n")).collect();
    std::fs::write(folder.join(name), format!("v\n{rows}")).unwrap();
    let text = format!(
        "format = 1\nseed = 2\n[data]\ncsv = \"{name}\"\ntarget = \"v\"\nwindow = 6\nscale = \"standard\"\n\
         [model]\n{model}\n[training]\nupdates = 300\nbatch_size = 16\n"
    );
    (text, Location::Directory(folder))
}

/// Sums of steps that a xorshift generator (Marsaglia 2003) draws evenly.
fn random_walk(n: usize) -> Vec<f64> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut x = 0.0;
    let step = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        x += (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0;
        x
    };
    (0..n).map(step).collect()
}

fn shadow_of(snapshot: &Snapshot) -> Shadow {
    let question = Question::Shadow {
        split: Split::Test,
        output: 0,
    };
    match question.answer(snapshot, &Stop::default()) {
        Answer::Shadow(Some(shadow)) => shadow,
        other => panic!("{other:?}"),
    }
}

/// h_t = x_t, y = h_T: a linear network set so that it repeats what it read last is told to be a shadow, by numbers.
#[test]
fn a_network_that_repeats_its_input_is_a_shadow_of_it() {
    let (text, location) = on_file(
        "walk.csv",
        &random_walk(300),
        "cell = \"rnn_linear\"\nhidden_size = 1",
    );
    let (experiment, material) = made_in(&text, &location);
    let tensors: Vec<NamedTensor> = material
        .network
        .entries()
        .into_iter()
        .map(|entry| NamedTensor {
            values: TensorValues::Numbers(match entry.name.as_str() {
                "weight_ih_l0" | "readout.weight" => vec![1.0],
                _ => vec![0.0],
            }),
            name: entry.name,
            shape: entry.shape,
        })
        .collect();
    let mut trainer = AnyTrainer::new(&experiment, material);
    assert!(trainer.load(&tensors, &Wish::default()).loaded);
    let snapshot = trainer.snapshot(experiment.probe, usize::MAX);
    let shadow = shadow_of(&snapshot);
    assert_eq!(
        (shadow.lag(), shadow.verdict()),
        (Some(1), Some(Verdict::Shadow))
    );
    assert!(
        shadow.errors[1] < 1e-9 && shadow.skill().unwrap().abs() < 1e-9,
        "{shadow:?}"
    );
    assert_eq!(shadow.n, snapshot.test.rows.len());
    // E(0) and what the last value errs by are the scores of the table.
    assert!((shadow.errors[0] - snapshot.score(Split::Test).unwrap().rmse).abs() < 1e-9);
    assert!((shadow.naive - score(&snapshot, BaselineKind::Naive).rmse).abs() < 1e-9);
    let measure = |name| Measure::named(name).unwrap().of(&snapshot).unwrap();
    assert_eq!(measure("shadow.lag"), Some(1.0));
    assert_eq!(measure("shadow.skill"), shadow.skill());
}

/// What a network learns of a random walk is at best the last value, and its skill says so.
#[test]
fn a_network_trained_on_a_random_walk_is_at_best_a_shadow() {
    let (text, location) = on_file(
        "walk.csv",
        &random_walk(300),
        "cell = \"lstm\"\nhidden_size = 8",
    );
    let (experiment, material) = made_in(&text, &location);
    let mut trainer = AnyTrainer::new(&experiment, material);
    (0..300).for_each(|_| assert!(trainer.update()));
    let shadow = shadow_of(&trainer.snapshot(experiment.probe, usize::MAX));
    let told = shadow.in_words();
    assert!(
        matches!(shadow.verdict(), Some(Verdict::Shadow | Verdict::NoBetter)),
        "{told}"
    );
    assert!(shadow.skill().unwrap() < 0.05, "{told}");
}

/// The shipped experiment: 600 updates on the sunspots foresee them.
#[test]
fn the_sunspots_are_foreseen() {
    let snapshot = trained(&text_of("sunspots"), 600);
    let shadow = shadow_of(&snapshot);
    let told = shadow.in_words();
    assert_eq!(shadow.verdict(), Some(Verdict::OnTime), "{told}");
    assert_eq!((shadow.lag(), shadow.n), (Some(0), 59), "{told}");
    assert!(shadow.skill().unwrap() > 0.3, "{told}");
}

/// Held against one forecast at a time, as a snapshot of each origin makes it.
#[test]
fn errors_by_horizon_are_those_of_single_forecasts() {
    let (experiment, material) = made(&text_of("sunspots"));
    let mut trainer = AnyTrainer::new(&experiment, Arc::clone(&material));
    (0..40).for_each(|_| assert!(trainer.update()));
    let snapshot = trainer.snapshot(experiment.probe, usize::MAX);
    let question = Question::Horizons { target: 0 };
    let Answer::Horizons(Some(found)) = question.answer(&snapshot, &Stop::default()) else {
        panic!("no horizons")
    };
    // 59 test years; 24 rows ahead leave the first 36 windows.
    assert_eq!((found.origins, found.of, found.rows), (36, 36, 24));
    let baselines = material.baselines.as_ref().unwrap();
    let [mut itself, mut truth, mut naive, mut ar] = [[0.0; 24]; 4];
    let said: Vec<f64> = snapshot
        .test
        .compared(&material, 0, 0)
        .map(|one| one.prediction)
        .collect();
    for index in 0..36 {
        let probe = Probe {
            split: Split::Test,
            index,
        };
        let one = trainer.snapshot(probe, 0);
        let ahead = &one.ahead[0];
        let recursive = &ahead.recursive.as_ref().unwrap()[0];
        let came = baselines.truth(ahead.row, 0, 24);
        let by_ar = baselines
            .path(&baselines.list[0], ahead.row, 0, 24)
            .unwrap();
        let last = *baselines.known(ahead.row, 0).last().unwrap();
        for j in 0..24 {
            itself[j] += (recursive[j] - came[j]).powi(2) / 36.0;
            truth[j] += (said[index + j] - came[j]).powi(2) / 36.0;
            naive[j] += (last - came[j]).powi(2) / 36.0;
            ar[j] += (by_ar[j] - came[j]).powi(2) / 36.0;
        }
    }
    let fed_itself = found.fed_itself.as_ref().unwrap();
    let by_baselines = [0, 1].map(|index| found.baselines[index].as_ref().unwrap());
    for j in 0..24 {
        for (found, mean) in [
            (fed_itself[j], itself[j]),
            (found.fed_truth[j], truth[j]),
            (by_baselines[0][j], ar[j]),
            (by_baselines[1][j], naive[j]),
        ] {
            assert!(
                (found - mean.sqrt()).abs() < 1e-9 * mean.sqrt(),
                "{j}: {found}"
            );
        }
    }
    assert_eq!(found.at_once.len(), 1);
    assert!((found.at_once[0].1 - fed_itself[0]).abs() < 1e-9);
    // One row ahead nothing was fed back yet.
    assert!((fed_itself[0] - found.fed_truth[0]).abs() < 1e-9);
}

#[test]
fn residuals_are_forecast_minus_value_and_their_correlation_that_of_the_definition() {
    let snapshot = trained(&text_of("sunspots"), 40);
    let question = Question::Residuals {
        split: Split::Test,
        output: 0,
    };
    let Answer::Residuals(Some(found)) = question.answer(&snapshot, &Stop::default()) else {
        panic!("no residuals")
    };
    let compared = snapshot.test.compared(&snapshot.material, 0, 0);
    let errors: Vec<f64> = compared.map(|one| one.prediction - one.target).collect();
    assert_eq!(found.errors, errors);
    let mean = errors.iter().sum::<f64>() / 59.0;
    let product = |lag: usize| -> f64 {
        errors
            .iter()
            .zip(&errors[lag..])
            .map(|(a, b)| (a - mean) * (b - mean))
            .sum()
    };
    let leftover = found.leftover.as_ref().unwrap();
    assert_eq!(leftover.correlogram.values.len(), 18);
    for (lag, &value) in leftover.correlogram.values.iter().enumerate() {
        assert!((value - product(lag) / product(0)).abs() < 1e-12, "{lag}");
    }
    assert!((leftover.correlogram.band - 1.96 / 59.0_f64.sqrt()).abs() < 1e-12);
}
