//! Several runs beside one another.

use super::*;
use crate::train::AnyTrainer;

/// A session on [`TEXT`] as an LSTM beside it as it comes, both at their beginning; the LSTM's number.
fn two() -> (Session, RunId) {
    let mut session = Session::new(|| {});
    settled(&mut session, [text(TEXT, "mine")]);
    settled(&mut session, [Command::Duplicate]);
    let copy = session.runs()[1].id;
    let cell = set("model.cell", Setting::Text("lstm".into()));
    settled(&mut session, [Command::To(copy, Box::new(cell))]);
    (session, copy)
}

/// Updates, and a hash of the parameters' bits, of each run.
fn stand(session: &Session) -> Vec<(char, u64, Vec<u64>)> {
    let runs = session.runs();
    let stand = runs.iter().map(|run| {
        let snapshot = run.snapshot.unwrap();
        let parameters = snapshot.model.parameters().iter();
        let bits = parameters.map(|value| value.to_bits()).collect();
        (run.letter, snapshot.update, bits)
    });
    stand.collect()
}

fn updates(session: &Session) -> Vec<u64> {
    stand(session)
        .into_iter()
        .map(|(_, update, _)| update)
        .collect()
}

/// The bits after so many updates of nothing but an experiment's text.
fn alone(text: &str, updates: u64) -> Vec<u64> {
    let (_, experiment) = Document::parse(text).unwrap();
    let go_on = |_: experiment::Stage, _: f32| std::ops::ControlFlow::Continue(());
    let material = experiment::material_watched(&experiment, &Location::BuiltIn, &go_on).unwrap();
    let mut trainer = AnyTrainer::new(&experiment, Arc::new(material));
    while trainer.updates() < updates && trainer.update() {}
    let snapshot = trainer.snapshot(experiment.probe, 0);
    let parameters = snapshot.model.parameters().iter();
    parameters.map(|value| value.to_bits()).collect()
}

#[test]
fn two_runs_train_in_lockstep_and_give_the_bits_that_each_gives_alone() {
    let (mut session, _) = two();
    settled(&mut session, [Command::Update(9)]);
    let lstm = TEXT.replace("\"gru\"", "\"lstm\"");
    assert_eq!(
        stand(&session),
        [('A', 9, alone(TEXT, 9)), ('B', 9, alone(&lstm, 9))]
    );
    settled(&mut session, [Command::Start]);
    assert_eq!(
        stand(&session),
        [('A', 400, alone(TEXT, 400)), ('B', 400, alone(&lstm, 400))]
    );
}

#[test]
fn those_that_are_behind_go_first_and_those_that_are_done_wait() {
    let (mut session, copy) = two();
    settled(&mut session, [Command::Update(5)]);
    let alone = Command::To(copy, Box::new(Command::Update(3)));
    settled(&mut session, [alone]);
    assert_eq!(updates(&session), [5, 8]);
    settled(&mut session, [Command::Update(2)]);
    assert_eq!(updates(&session), [7, 8]);
    settled(&mut session, [Command::Update(2)]);
    assert_eq!(updates(&session), [9, 9]);
    let first = Command::To(copy, Box::new(Command::Start));
    settled(&mut session, [first]);
    assert_eq!(updates(&session), [9, 400]);
    settled(&mut session, [Command::Start]);
    assert_eq!(updates(&session), [400, 400]);
    settled(&mut session, [Command::Start]);
    assert_eq!(updates(&session), [800, 800]);
}

#[test]
fn a_copy_goes_on_from_where_its_run_is() {
    let mut session = used();
    session.apply(Command::Duplicate);
    session.settle().unwrap();
    let stand = stand(&session);
    assert_eq!(stand[0].1, 12);
    assert_eq!((stand[1].1, &stand[1].2), (12, &stand[0].2));
    assert_eq!(session.undoable(), Some("Duplicated mine"));
    settled(&mut session, [Command::Update(4)]);
    let stand = self::stand(&session);
    assert_eq!((16, &stand[0].2), (stand[1].1, &stand[1].2));
}

#[test]
fn what_is_said_to_one_run_is_done_by_no_other() {
    let (mut session, copy) = two();
    settled(&mut session, [Command::Update(3)]);
    let before = seen(&session);
    let to_copy = |command| Command::To(copy, Box::new(command));
    let units = set("model.hidden_size", Setting::Whole(3));
    settled(&mut session, [to_copy(units), to_copy(Command::Update(2))]);
    assert_eq!(seen(&session), before);
    assert_eq!(updates(&session), [3, 2]);
    settled(&mut session, [Command::Show(copy)]);
    assert!(session.text().contains("hidden_size = 3"));
    assert!(session.runs()[1].is_on_show);
    let nobody = RunId(77);
    settled(&mut session, [Command::Show(nobody)]);
    assert!(session.runs()[1].is_on_show);
}

#[test]
fn what_was_done_last_is_taken_back_first_whichever_run_it_is_of() {
    let (mut session, copy) = two();
    let units = |count| set("model.hidden_size", Setting::Whole(count));
    settled(&mut session, [units(5)]);
    settled(&mut session, [Command::To(copy, Box::new(units(6)))]);
    settled(&mut session, [units(7)]);
    settled(&mut session, [Command::Remove(copy)]);
    let sizes = |session: &Session| -> Vec<usize> {
        let size = |run: &RunOnShow| run.snapshot.unwrap().material.network.hidden_size();
        session.runs().iter().map(size).collect()
    };
    let mut states = vec![(sizes(&session), session.undoable().unwrap().to_owned())];
    while session.undoable().is_some() {
        settled(&mut session, [Command::Undo]);
        let undoable = session.undoable().unwrap_or_default();
        states.push((sizes(&session), undoable.to_owned()));
    }
    let wanted = [
        (vec![7], "Removed B mine"),
        (vec![7, 6], "Changed the hidden size"),
        (vec![5, 6], "Changed the hidden size"),
        (vec![5, 4], "Changed the hidden size"),
        (vec![4, 4], "Changed the cell"),
        (vec![4, 4], "Duplicated mine"),
    ];
    for (state, (sizes, change)) in states.iter().zip(&wanted) {
        assert_eq!(*state, (sizes.clone(), (*change).to_owned()));
    }
    // And all of it again, in the same order.
    let last = states.len();
    while session.redoable().is_some() {
        settled(&mut session, [Command::Redo]);
    }
    assert_eq!(sizes(&session), [7]);
    assert!(last > wanted.len());
    // A change turns the row another way, in every run.
    settled(&mut session, [Command::Undo]);
    settled(&mut session, [Command::Undo]);
    settled(&mut session, [Command::To(copy, Box::new(units(8)))]);
    assert_eq!(session.redoable(), None);
    assert_eq!(sizes(&session), [5, 8]);
}

#[test]
fn going_back_to_the_start_is_of_all_runs_and_taken_back_at_once() {
    let (mut session, _) = two();
    settled(&mut session, [Command::Update(6)]);
    let before = stand(&session);
    settled(&mut session, [Command::Reset]);
    assert_eq!(updates(&session), [0, 0]);
    settled(&mut session, [Command::Undo]);
    assert_eq!(stand(&session), before);
    settled(&mut session, [Command::Redo]);
    assert_eq!(updates(&session), [0, 0]);
}

#[test]
fn a_fifth_run_is_refused_and_the_last_one_stays() {
    let (mut session, _) = two();
    settled(&mut session, [Command::Duplicate]);
    settled(&mut session, [Command::Duplicate]);
    assert_eq!(session.runs().len(), MOST_RUNS);
    session.apply(Command::Duplicate);
    assert_eq!(session.message().unwrap().title, "There are 4 runs already");
    for _ in 0..6 {
        let first = session.runs()[0].id;
        settled(&mut session, [Command::Remove(first)]);
    }
    assert_eq!(session.runs().len(), 1);
    assert_eq!(session.runs()[0].letter, 'A');
}

#[test]
fn runs_beside_one_another_survive_closing() {
    let (mut session, copy) = two();
    settled(&mut session, [Command::Update(6)]);
    settled(
        &mut session,
        [Command::To(copy, Box::new(Command::Update(2)))],
    );
    let before = stand(&session);
    for _ in 0..2 {
        session = Session::restored(&session.saved(), || {});
        session.settle().unwrap();
        assert_eq!(stand(&session), before);
        assert!(session.runs()[0].is_on_show);
    }
    let second = session.runs()[1].id;
    settled(&mut session, [Command::Show(second)]);
    let mut session = Session::restored(&session.saved(), || {});
    session.settle().unwrap();
    assert_eq!(stand(&session), before);
    assert!(session.runs()[1].is_on_show);
    assert_eq!(session.undoable(), Some("Changed the cell"));
    settled(&mut session, [Command::Undo]);
    assert_eq!(updates(&session), [6, 0]);
}

#[test]
fn what_is_beside_an_experiment_is_put_aside_and_comes_back_with_it() {
    let (mut session, _) = two();
    settled(&mut session, [Command::Update(6)]);
    let before = stand(&session);
    settled(&mut session, [Command::PutAside, text(TEXT, "lesson")]);
    assert_eq!(updates(&session), [0]);
    let mut relaunched = Session::restored(&session.saved(), || {});
    relaunched.settle().unwrap();
    for mut session in [session, relaunched] {
        settled(&mut session, [Command::TakeBack]);
        session.settle().unwrap();
        assert_eq!(stand(&session), before);
    }
}

#[test]
fn a_run_that_diverged_or_failed_keeps_no_other_from_training() {
    let (mut session, copy) = two();
    let to_copy = |command| Command::To(copy, Box::new(command));
    settled(
        &mut session,
        [to_copy(set(
            "training.optimizer.learning_rate",
            Setting::Number(1000.0),
        ))],
    );
    settled(&mut session, [Command::Update(20)]);
    let stopped = updates(&session)[1];
    assert!(stopped < 20, "{stopped}");
    settled(&mut session, [Command::Update(1)]);
    assert_eq!(updates(&session), [21, stopped]);
    settled(&mut session, [Command::Start]);
    settled(&mut session, [Command::Start]);
    assert_eq!(updates(&session), [800, stopped]);
}

/// It stays where it is, is said once, and is kept.
#[test]
fn a_run_beside_whose_data_are_gone_at_the_next_launch_costs_the_others_nothing() {
    let folder = folder("beside");
    let csv = folder.join("series.csv");
    let rows: String = (0..60).map(|row| format!("{row},{}\n", row % 7)).collect();
    std::fs::write(&csv, format!("n,v\n{rows}")).unwrap();
    let own = "format = 1\n[data]\ncsv = \"series.csv\"\ntarget = \"v\"\nwindow = 5\n[training]\nupdates = 9\n";
    let mut session = Session::new(|| {});
    settled(&mut session, [text(TEXT, "mine")]);
    settled(&mut session, [Command::Duplicate]);
    let copy = session.runs()[1].id;
    let open = Command::Open(Origin::Text {
        text: own.into(),
        location: Location::Directory(folder.clone()),
        name: "own".into(),
    });
    settled(&mut session, [Command::To(copy, Box::new(open))]);
    settled(&mut session, [Command::Update(4)]);
    std::fs::remove_file(&csv).unwrap();
    let mut session = Session::restored(&session.saved(), || {});
    session.settle().unwrap();
    assert!(session.message().unwrap().title.contains("own"));
    settled(&mut session, [Command::DismissMessage]);
    session.poll();
    assert_eq!(session.message(), None);
    settled(&mut session, [Command::Update(2)]);
    assert_eq!(session.snapshot().unwrap().update, 6);
    std::fs::write(&csv, format!("n,v\n{rows}")).unwrap();
    let mut session = Session::restored(&session.saved(), || {});
    session.settle().unwrap();
    assert_eq!(updates(&session), [6, 4]);
}
