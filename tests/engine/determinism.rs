//! The same text gives the same bits: however often somebody looks, whatever is under the lens, whichever way the run was
//! made, and from the text of a run that was changed on the way.

use rnnscope::data::Split;
use rnnscope::experiment::{
    Document, Experiment, Location, Material, Precision, Probe, Setting, gallery, material,
};
use rnnscope::nn::Clip;
use rnnscope::run::{Ending, Job, history_csv, run};
use rnnscope::session::{Command, Origin, Session};
use rnnscope::train::{AnyTrainer, Order, Seat, Snapshot, Status, Worker};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const UPDATES: u64 = 60;

/// A small run with everything that could go astray: two layers, a batch that does not divide the training part, an
/// evaluation now and then, and gradients around the threshold.
const TEXT: &str = "\
format = 1
seed = 11
[data]
task = \"sine\"
length = 9
train_sequences = 50
test_sequences = 70
[model]
cell = \"lstm\"
hidden_size = 7
num_layers = 2
readout = \"every\"
[training]
updates = 60
batch_size = 8
optimizer = { kind = \"adam\", learning_rate = 0.02 }
clip = { norm = 0.5 }
evaluate_every = 7
";

fn experiment(precision: Precision) -> Experiment {
    let (mut document, _) = Document::parse(TEXT).unwrap();
    document
        .set("training.precision", Setting::Text(precision.name().into()))
        .unwrap()
}

fn made(experiment: &Experiment) -> Arc<Material> {
    Arc::new(
        material(experiment, &Location::BuiltIn, &|_| {
            ControlFlow::Continue(())
        })
        .unwrap(),
    )
}

/// Everything a run has computed, bit for bit, as text.
fn result(snapshot: &Snapshot) -> (String, Vec<u64>) {
    let bits = snapshot
        .model
        .parameters()
        .iter()
        .map(|value| value.to_bits());
    (history_csv(&snapshot.history), bits.collect())
}

/// The run without a thread, nobody looking.
fn alone(experiment: &Experiment) -> (String, Vec<u64>) {
    let mut trainer = AnyTrainer::new(experiment, made(experiment));
    while trainer.updates() < experiment.training.updates && trainer.update() {}
    result(&trainer.snapshot(experiment.probe, 0))
}

/// The run by a worker whose every snapshot is taken the moment it is there; the updates that were seen.
fn watched(experiment: &Experiment) -> ((String, Vec<u64>), Vec<u64>) {
    let material = made(experiment);
    let shared: Arc<Mutex<Option<Seat>>> = Arc::default();
    let (sender, snapshots) = channel();
    let reader = Arc::clone(&shared);
    // Held until the worker has its order, so that the first look comes after it.
    let mut held = shared.lock().unwrap();
    let mut worker = Worker::alone(
        experiment.clone(),
        Box::new(|_| Ok(material)),
        Duration::ZERO,
        move || {
            if let Some(snapshot) = reader.lock().unwrap().as_ref().and_then(Seat::take) {
                sender.send(snapshot).unwrap();
            }
        },
    );
    worker.order(Order::Start);
    *held = Some(worker);
    drop(held);
    let mut seen = Vec::new();
    loop {
        let snapshot = snapshots.recv().unwrap();
        seen.push(snapshot.update);
        if snapshot.status == Status::Finished {
            // Dropping it ends the thread.
            drop(shared.lock().unwrap().take());
            return (result(&snapshot), seen);
        }
    }
}

/// The run by a worker that may publish once an hour.
fn unwatched(experiment: &Experiment) -> (String, Vec<u64>) {
    let material = made(experiment);
    let hour = Duration::from_secs(3_600);
    let mut worker = Worker::alone(experiment.clone(), Box::new(|_| Ok(material)), hour, || {});
    worker.order(Order::Start);
    result(&worker.settle().unwrap())
}

#[test]
fn how_often_somebody_looks_changes_no_bit() {
    for precision in [Precision::F64, Precision::F32] {
        let experiment = experiment(precision);
        let (watched, seen) = watched(&experiment);
        assert_eq!(
            seen,
            (0..=UPDATES).collect::<Vec<_>>(),
            "every update was looked at"
        );
        let unwatched = unwatched(&experiment);
        assert_eq!(watched.0, unwatched.0);
        assert_eq!(watched, unwatched);
        assert_eq!(unwatched, alone(&experiment));
        assert_eq!(unwatched.0.lines().count(), 1 + UPDATES as usize);
    }
}

#[test]
fn both_precisions_repeat_themselves_and_differ() {
    let [double, single] = [Precision::F64, Precision::F32].map(experiment);
    assert_eq!(alone(&double), alone(&double));
    assert_eq!(alone(&single), alone(&single));
    assert_ne!(alone(&double).0, alone(&single).0);
}

#[test]
fn another_seed_is_another_run() {
    let (mut document, first) = Document::parse(TEXT).unwrap();
    let second = document.set("seed", Setting::Whole(12)).unwrap();
    assert_ne!(alone(&first).0, alone(&second).0);
}

fn opened(text: &str) -> Session {
    let mut session = Session::new(|| {});
    open(&mut session, text);
    session
}

fn open(session: &mut Session, text: &str) {
    session.apply(Command::Open(Origin::Text {
        text: text.into(),
        location: Location::BuiltIn,
        name: "a test".into(),
    }));
    session.settle().unwrap();
    assert_eq!(session.message(), None);
}

fn settled(session: &mut Session, commands: impl IntoIterator<Item = Command>) {
    for command in commands {
        session.apply(command);
        assert_eq!(session.message(), None);
    }
    session.settle().unwrap();
}

fn shown(session: &Session) -> (String, Vec<u64>) {
    result(session.snapshot().unwrap())
}

/// A folder for one test, empty.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("determinism-{name}"));
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Learning rate and clipping are changed while the run waits and while it goes on; the text that the session saves then
/// gives the same history by `rnnscope run`.
#[test]
fn the_saved_text_replays_what_was_changed_on_the_way() {
    let (mut document, _) = Document::parse(TEXT).unwrap();
    document
        .set("training.updates", Setting::Whole(500))
        .unwrap();
    let (wake, woken) = channel();
    let mut session = Session::new(move || wake.send(()).unwrap_or_default());
    open(&mut session, document.text());
    settled(&mut session, [Command::Update(9)]);
    settled(
        &mut session,
        [
            Command::SetLearningRate(0.05),
            Command::SetClip(Clip::Norm(0.125)),
        ],
    );
    settled(&mut session, [Command::Update(11)]);
    settled(
        &mut session,
        [
            Command::SetClip(Clip::Off),
            Command::SetClip(Clip::Norm(2.0)),
        ],
    );
    session.apply(Command::Start);
    while session.snapshot().unwrap().update <= 20 {
        woken.recv().unwrap();
        session.poll();
    }
    settled(
        &mut session,
        [
            Command::SetLearningRate(0.003),
            Command::SetClip(Clip::Norm(0.0625)),
            Command::Pause,
        ],
    );
    settled(
        &mut session,
        [Command::SetLearningRate(0.01), Command::Start],
    );
    let snapshot = session.snapshot().unwrap();
    assert_eq!(
        (snapshot.update, &snapshot.status),
        (500, &Status::Finished)
    );

    let folder = folder("replay");
    let saved = folder.join("changed.toml");
    settled(&mut session, [Command::Save(saved.clone())]);
    let text = std::fs::read_to_string(&saved).unwrap();
    assert_eq!(text, session.text());
    let changes = &session.experiment().training.changes;
    assert_eq!(
        (changes[0].update, changes[0].learning_rate),
        (9, Some(0.05))
    );
    assert_eq!(
        (changes[1].update, changes[1].clip),
        (20, Some(Clip::Norm(2.0)))
    );
    assert!(changes[2].update > 20, "{text}");

    let job = Job {
        experiment: saved,
        updates: None,
        seed: None,
        weights: None,
        wish: Default::default(),
        generate: None,
        out: folder.join("results"),
    };
    run(&job, &Ending::default(), &|_| {}).unwrap();
    let replayed = std::fs::read_to_string(folder.join("results/history.csv")).unwrap();
    assert!(
        replayed == shown(&session).0,
        "the replayed history differs"
    );
    assert_ne!(
        replayed.lines().nth(30),
        alone(&Document::parse(TEXT).unwrap().1).0.lines().nth(30)
    );
    // The same text opened again.
    let mut again = opened(&text);
    settled(&mut again, [Command::Start]);
    assert!(
        shown(&again) == shown(&session),
        "the run of the text opened again differs"
    );
}

/// A change before the first update is a setting of the text, not a change on the way.
#[test]
fn a_change_before_the_first_update_is_written_as_a_setting() {
    let mut session = opened(TEXT);
    settled(
        &mut session,
        [Command::SetLearningRate(0.05), Command::SetClip(Clip::Off)],
    );
    settled(&mut session, [Command::Start]);
    let experiment = Experiment::parse(&session.text()).unwrap();
    assert!(experiment.training.changes.is_empty());
    assert_eq!(
        (
            experiment.training.optimizer.learning_rate(),
            experiment.training.clip
        ),
        (0.05, Clip::Off)
    );
    assert_eq!(shown(&session), alone(&experiment));
}

#[test]
fn a_reset_starts_at_the_same_place() {
    // With a change that belongs to the text.
    let text = format!("{TEXT}[[training.change]]\nupdate = 5\nlearning_rate = 0.001\n");
    for text in [TEXT, &text] {
        let mut session = opened(text);
        let start = shown(&session);
        settled(&mut session, [Command::Update(25)]);
        let after = shown(&session);
        assert_ne!(start.1, after.1);
        settled(&mut session, [Command::Reset]);
        assert_eq!(shown(&session), start);
        settled(&mut session, [Command::Update(10), Command::Update(15)]);
        assert_eq!(shown(&session), after);
        assert_eq!(session.text(), text);
    }
}

/// After a reset, settings changed on the way hold from the start: the text says so, and it gives that run.
#[test]
fn a_reset_keeps_what_was_changed_on_the_way() {
    let mut session = opened(TEXT);
    settled(&mut session, [Command::Update(10)]);
    settled(&mut session, [Command::SetLearningRate(0.05)]);
    settled(&mut session, [Command::Reset]);
    settled(&mut session, [Command::Start]);
    let experiment = Experiment::parse(&session.text()).unwrap();
    assert_eq!(experiment.training.optimizer.learning_rate(), 0.05);
    assert!(experiment.training.changes.is_empty());
    assert_eq!(shown(&session), alone(&experiment));
}

/// Data stay where they are when an experiment is saved elsewhere; those of the program are everywhere.
#[test]
fn what_is_saved_elsewhere_opens_again_and_finds_its_data() {
    let (here, there) = (folder("saved-from"), folder("saved-to"));
    let series: String = (0..60).map(|row| format!("{row},{}\n", row % 7)).collect();
    std::fs::write(here.join("own.csv"), format!("t,v\n{series}")).unwrap();
    let own = "format = 1\n[data]\ncsv = \"own.csv\" # mine\ntarget = \"v\"\nwindow = 5\n";
    let sunspots = gallery::by_name("sunspots").unwrap().text;
    let of_program = "csv = \"rnnscope:data/sunspots.csv\"";
    let of_own = format!("csv = {:?} # mine", here.join("own.csv"));
    for (text, location, called) in [
        (own, Location::Directory(here.clone()), of_own.as_str()),
        (sunspots, Location::BuiltIn, of_program),
    ] {
        let mut session = Session::new(|| {});
        let source = Origin::Text {
            text: text.into(),
            location,
            name: "a test".into(),
        };
        settled(&mut session, [Command::Open(source), Command::Update(2)]);
        let path = there.join("copy.toml");
        settled(&mut session, [Command::SaveOver(path.clone())]);
        assert_eq!(session.message(), None);
        assert!(session.text().contains(called), "{}", session.text());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), session.text());
        let before = Arc::clone(session.snapshot().unwrap());
        assert_eq!(before.update, 2, "saving does not begin the run again");
        // It goes on, and so does another one from the file.
        settled(&mut session, [Command::Update(1)]);
        let mut again = Session::new(|| {});
        let open = Command::Open(Origin::File(path));
        settled(&mut again, [open, Command::Update(3)]);
        assert_eq!(shown(&again), shown(&session));
    }
}

/// A reset takes with it what was changed just before, though no snapshot has told of it yet.
#[test]
fn a_reset_keeps_a_change_that_was_made_the_moment_before() {
    let mut session = opened(TEXT);
    settled(&mut session, [Command::Update(10)]);
    settled(
        &mut session,
        [
            Command::SetClip(Clip::Off),
            Command::SetLearningRate(0.05),
            Command::Reset,
        ],
    );
    settled(&mut session, [Command::Start]);
    let experiment = Experiment::parse(&session.text()).unwrap();
    let training = &experiment.training;
    assert!(training.changes.is_empty());
    let now = (training.optimizer.learning_rate(), training.clip);
    assert_eq!(now, (0.05, Clip::Off));
    assert_eq!(shown(&session), alone(&experiment));
}

/// What a worker published before it begins again is of a run that is no more: taken, its changes would stand in the text of
/// the new run, which has none.
#[test]
fn nothing_from_before_a_reset_is_seen_after_it() {
    let experiment = experiment(Precision::F64);
    let material = made(&experiment);
    let (sender, published) = channel();
    let (go_on, permit) = channel::<()>();
    // Held after each waking until it may go on.
    let permit = Mutex::new(permit);
    let mut worker = Worker::alone(
        experiment.clone(),
        Box::new(|_| Ok(material)),
        Duration::ZERO,
        move || {
            sender.send(()).unwrap();
            // The test's end lets it go too.
            let _ = permit.lock().unwrap().recv();
        },
    );
    // Woken for the progress of the first evaluation, too.
    let first = loop {
        published.recv().unwrap();
        match worker.take() {
            Some(snapshot) => break snapshot,
            None => go_on.send(()).unwrap(),
        }
    };
    assert_eq!(first.update, 0);
    worker.order(Order::Change {
        learning_rate: Some(0.05),
        clip: None,
        set: Vec::new(),
    });
    go_on.send(()).unwrap();
    published.recv().unwrap();
    worker.order(Order::Reset(Box::new(experiment)));
    assert!(worker.take().is_none(), "the change is of the run before");
    go_on.send(()).unwrap();
    published.recv().unwrap();
    assert_eq!(worker.take().unwrap().changes, []);
}

/// Runs that are compared: of each, what came of it, and for every snapshot which run it is of and of which update.
fn in_lockstep(experiments: &[Experiment], head_start: u64) -> (Vec<(String, Vec<u64>)>, Seen) {
    let worker = Worker::new(Duration::ZERO);
    let seats: Arc<Mutex<Vec<Seat>>> = Arc::default();
    let (sender, snapshots) = channel();
    // Held until all have a seat, so that the first look comes after it.
    let mut held = seats.lock().unwrap();
    for (index, experiment) in experiments.iter().enumerate() {
        let (reader, sender, material) = (Arc::clone(&seats), sender.clone(), made(experiment));
        let wake = move || {
            if let Some(snapshot) = reader.lock().unwrap().get(index).and_then(Seat::take) {
                sender.send((index, snapshot)).unwrap();
            }
        };
        let seat = worker.take_on(experiment.clone(), Box::new(|_| Ok(material)), wake);
        seat.set_in_lockstep(true);
        held.push(seat);
    }
    drop(held);
    let next = || snapshots.recv().unwrap();
    for _ in experiments {
        assert_eq!(next().1.update, 0);
    }
    if head_start > 0 {
        seats.lock().unwrap()[0].order(Order::Update(head_start));
        while next().1.update < head_start {}
    }
    for seat in seats.lock().unwrap().iter_mut() {
        seat.order(Order::Start);
    }
    let (mut ended, mut seen) = (vec![None; experiments.len()], Vec::new());
    while ended.iter().any(Option::is_none) {
        let (index, snapshot) = next();
        seen.push((index, snapshot.update));
        if snapshot.status == Status::Finished {
            ended[index] = Some(result(&snapshot));
        }
    }
    // Taken out first: dropping one wakes nobody who would wait for the lock.
    let gone = std::mem::take(&mut *seats.lock().unwrap());
    drop(gone);
    (ended.into_iter().flatten().collect(), seen)
}

type Seen = Vec<(usize, u64)>;

fn with_cells() -> Vec<Experiment> {
    let with_cell = |cell| {
        let text = TEXT.replace("\"lstm\"", cell);
        Document::parse(&text).unwrap().1
    };
    ["\"rnn\"", "\"lstm\"", "\"gru\""].map(with_cell).to_vec()
}

#[test]
fn runs_in_lockstep_make_each_update_side_by_side_and_the_same_bits_as_alone() {
    let experiments = with_cells();
    let alone: Vec<_> = experiments.iter().map(alone).collect();
    let (together, seen) = in_lockstep(&experiments, 0);
    assert_eq!(together, alone);
    // The first updates may be made, and pass unseen, before all of them have been told to start.
    let of_one = |round: &[(usize, u64)]| {
        let first = round[0].1;
        round == [(0, first), (1, first), (2, first)]
    };
    let level = seen.windows(3).position(of_one).unwrap();
    assert!(level < 12, "{seen:?}");
    let seen = &seen[level..];
    assert!(seen.len() > 60, "{seen:?}");
    for round in seen.chunks(3) {
        let [(_, first), ..] = round[..] else {
            unreachable!()
        };
        let wanted: Seen = (0..3).map(|index| (index, first)).collect();
        assert_eq!(round, wanted, "{seen:?}");
    }
}

#[test]
fn whoever_is_ahead_waits_for_the_others_and_the_bits_stay_the_same() {
    let experiments = with_cells();
    let alone: Vec<_> = experiments.iter().map(alone).collect();
    let (together, seen) = in_lockstep(&experiments, 25);
    assert_eq!(together, alone);
    // Nothing of the first one between its head start and the moment when the others have come so far.
    let level = |index| seen.iter().position(|&of| of == (index, 25));
    let waited = level(1).max(level(2)).unwrap_or(0);
    let first = seen
        .iter()
        .position(|&(index, update)| index == 0 && update > 26);
    assert!(first.unwrap() > waited, "{seen:?}");
}

/// What is forecast for all sequences says nothing of the one under the lens.
#[test]
fn another_probe_repeats_no_forecasts() {
    let experiment = experiment(Precision::F64);
    let material = made(&experiment);
    let mut seat = Worker::alone(
        experiment,
        Box::new(|_| Ok(material)),
        Duration::ZERO,
        || {},
    );
    seat.order(Order::Update(3));
    let before = seat.settle().unwrap();
    let probe = Probe {
        split: Split::Test,
        index: 4,
    };
    seat.order(Order::Probe(probe));
    let after = seat.settle().unwrap();
    assert_eq!(
        (after.probe.split, after.probe.index),
        (probe.split, probe.index)
    );
    assert!(Arc::ptr_eq(&before.test, &after.test));
    assert!(Arc::ptr_eq(&before.train, &after.train));
    assert_eq!(before.scores, after.scores);
    seat.order(Order::Update(1));
    let next = seat.settle().unwrap();
    assert_ne!(before.test, next.test);
    // Begun again, it is at the same update as at first, and other weights.
    let reset = Document::parse(&TEXT.replace("seed = 11", "seed = 12"))
        .unwrap()
        .1;
    seat.order(Order::Reset(Box::new(reset)));
    assert_ne!(seat.settle().unwrap().test, next.test);
}

/// How far the run before was says nothing of the text that is being opened.
#[test]
fn an_experiment_that_is_being_opened_is_kept_at_its_beginning() {
    let mut session = opened(TEXT);
    settled(&mut session, [Command::Update(10)]);
    let kept = |session: &Session| serde_json::to_value(session.saved()).unwrap();
    assert_eq!(kept(&session)["update"], 10);
    session.apply(Command::Set {
        path: "model.hidden_size".into(),
        value: Setting::Whole(5),
    });
    assert_eq!(kept(&session)["text"], session.text());
    assert_eq!(kept(&session)["update"], 0);
}

#[test]
fn the_lens_does_not_change_what_it_looks_at() {
    let mut plain = opened(TEXT);
    settled(&mut plain, [Command::Start]);
    let mut looking = opened(TEXT);
    let probe = |split, index| Command::Probe(Probe { split, index });
    settled(&mut looking, [Command::Update(10)]);
    settled(&mut looking, [probe(Split::Train, 3)]);
    assert_eq!(looking.snapshot().unwrap().probe.split, Split::Train);
    settled(
        &mut looking,
        [
            Command::Start,
            probe(Split::Test, 2),
            probe(Split::Test, 69),
        ],
    );
    assert_eq!(looking.snapshot().unwrap().probe.index, 69);
    assert_eq!(shown(&looking), shown(&plain));
}
