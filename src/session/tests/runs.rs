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
        (vec![7], "Deleted B mine"),
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
fn what_is_opened_in_place_of_several_runs_is_taken_back_and_done_again_at_once() {
    let (mut session, _) = two();
    settled(&mut session, [Command::Update(3)]);
    let before = stand(&session);
    let opened = Command::Play(vec![
        Command::Alone,
        Command::Open(Origin::Gallery("latch".into())),
        Command::Sweep(Sweep::Forward),
    ]);
    settled(&mut session, [opened]);
    assert_eq!(updates(&session), [0]);
    let after = stand(&session);
    let notice = |session: &Session| session.notice().map(|notice| notice.text.clone());
    for _ in 0..2 {
        assert_eq!(session.undoable(), Some("Opened Latch"));
        settled(&mut session, [Command::Undo]);
        assert_eq!(stand(&session), before);
        assert_eq!(notice(&session).unwrap(), "Undone: Opened Latch.");
        assert_eq!(session.redoable(), Some("Opened Latch"));
        settled(&mut session, [Command::Redo]);
        assert_eq!(stand(&session), after);
        assert_eq!(notice(&session).unwrap(), "Done again: Opened Latch.");
    }
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
fn runs_that_have_made_all_they_would_go_on_whatever_the_others_have() {
    let (mut session, copy) = two();
    assert!(!session.trains_on());
    let planned = session.snapshot().unwrap().planned;
    // One alone has made all of them: the other one is to be trained.
    settled(&mut session, [Command::Pin(true)]);
    let to_copy = |command| Command::To(copy, Box::new(command));
    settled(&mut session, [to_copy(Command::Update(planned))]);
    // The first is pinned, so that the second would go on.
    assert_eq!(session.letters_to_be_trained(), ['B']);
    assert!(session.trains_on());
    settled(&mut session, [Command::Pin(false)]);
    assert_eq!(session.letters_to_be_trained(), ['A']);
    assert!(!session.trains_on());
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

/// A run beside the one on show, from where it says, with these changes.
fn beside(parting: Parting, changes: impl IntoIterator<Item = Command>) -> Command {
    Command::Beside {
        name: Some("other".into()),
        parting,
        changes: changes.into_iter().collect(),
    }
}

#[test]
fn a_run_is_put_beside_with_its_changes_as_one_change() {
    let mut session = used();
    let before = seen(&session);
    let lstm = set("model.cell", Setting::Text("lstm".into()));
    let units = set("model.hidden_size", Setting::Whole(3));
    settled(&mut session, [beside(Parting::Start, [lstm, units])]);
    assert_eq!(seen(&session), before);
    assert_eq!(updates(&session), [12, 0]);
    assert_eq!(session.runs()[1].name, "other");
    assert_eq!(session.undoable(), Some("Put other beside"));
    // Those behind go first; its numbers are those of its text alone, with the rate that was changed on the way.
    settled(&mut session, [Command::Update(12)]);
    settled(&mut session, [Command::Update(3)]);
    let text = session.text().replace("\"gru\"", "\"lstm\"");
    let text = text.replace("hidden_size = 4", "hidden_size = 3");
    let stand = self::stand(&session);
    assert_eq!(stand[1], ('B', 15, alone(&text, 15)));
    assert_eq!((stand[0].1, &stand[0].2), (15, &alone(&session.text(), 15)));
    settled(&mut session, [Command::Undo]);
    assert_eq!(updates(&session), [15]);
    settled(&mut session, [Command::Redo]);
    assert_eq!(self::stand(&session), stand);
}

#[test]
fn a_run_beside_parts_where_it_is_told_and_gives_the_bits_of_its_text() {
    let mut session = used();
    let clip = Command::SetClip(Clip::Norm(0.01));
    let rate = Command::SetLearningRate(0.5);
    settled(
        &mut session,
        [
            beside(Parting::Here, [clip]),
            beside(Parting::After(3), [rate]),
        ],
    );
    assert_eq!(updates(&session), [12, 12, 3]);
    settled(&mut session, [Command::Update(9)]);
    settled(&mut session, [Command::Update(4)]);
    let ids: Vec<RunId> = session.runs().iter().map(|run| run.id).collect();
    let stand = stand(&session);
    let mut rows = Vec::new();
    for (id, (_, update, bits)) in ids.into_iter().zip(&stand) {
        settled(&mut session, [Command::Show(id)]);
        assert_eq!(*update, 16);
        assert_eq!(*bits, alone(&session.text(), 16));
        rows.push(
            session
                .snapshot()
                .unwrap()
                .history
                .rows()
                .copied()
                .collect::<Vec<_>>(),
        );
    }
    // Until they part they are the same run; then they are not.
    assert_eq!(rows[1][..12], rows[0][..12]);
    assert_ne!(rows[1][12], rows[0][12]);
    assert_eq!(rows[2][..3], rows[0][..3]);
    assert_eq!(rows[2][3].learning_rate, 0.5);
    assert_ne!(rows[2][3], rows[0][3]);
    // The change at update 7 of the first was after that.
    assert_eq!(rows[0][7].learning_rate, 0.003);
    assert_eq!(rows[2][7].learning_rate, 0.5);
}

#[test]
fn beside_a_dead_run_one_begins_anew_or_goes_on_from_the_last_good_weights() {
    let mut session = Session::new(|| {});
    let mine =
        format!("{TEXT}clip = \"off\"\noptimizer = {{ kind = \"sgd\", learning_rate = 40.0 }}\n");
    settled(&mut session, [text(&mine, "mine")]);
    settled(&mut session, [Command::Update(60)]);
    let dead = Arc::clone(session.snapshot().unwrap());
    let Status::Diverged(divergence) = &dead.status else {
        panic!("{:?}", dead.status)
    };
    assert!(divergence.good > 0, "{divergence:?}");
    let good: Vec<u64> = dead
        .model
        .parameters()
        .iter()
        .map(|value| value.to_bits())
        .collect();
    let remedy = || [Command::SetLearningRate(0.01)];
    settled(
        &mut session,
        [
            beside(Parting::Here, []),
            beside(Parting::Here, remedy()),
            beside(Parting::Start, remedy()),
        ],
    );
    let all = stand(&session);
    assert_eq!((all[1].1, &all[1].2), (divergence.good, &good));
    assert_eq!((all[2].1, &all[2].2), (divergence.good, &good));
    assert_eq!(all[3].1, 0);
    settled(&mut session, [Command::Update(80)]);
    settled(&mut session, [Command::Update(80)]);
    let statuses = session
        .runs()
        .iter()
        .map(|run| matches!(run.snapshot.unwrap().status, Status::Diverged(_)))
        .collect::<Vec<_>>();
    // Without a remedy it dies as the first did.
    assert_eq!(statuses, [true, true, false, false]);
    assert_eq!(updates(&session)[..2], [dead.update, dead.update]);
}

#[test]
fn what_cannot_be_put_beside_is_said_and_changes_nothing() {
    let mut session = used();
    let units = |count| set("model.hidden_size", Setting::Whole(count));
    for (command, found) in [
        (beside(Parting::Here, [units(3)]), "from the start"),
        (beside(Parting::Start, [units(0)]), "hidden_size"),
        (beside(Parting::Start, [Command::Undo]), "Found “undo”"),
    ] {
        session.apply(command);
        let message = session.message().unwrap().on_lines();
        assert!(message.contains(found), "{message}");
        assert_eq!(session.runs().len(), 1);
    }
    for _ in 1..MOST_RUNS {
        settled(&mut session, [beside(Parting::Start, [units(3)])]);
    }
    session.apply(beside(Parting::Start, [units(3)]));
    assert_eq!(session.message().unwrap().title, "There are 4 runs already");
    assert_eq!(session.runs().len(), MOST_RUNS);
}

#[test]
fn a_run_put_beside_one_that_trains_joins_in() {
    let (mut session, _) = two();
    session.apply(Command::Start);
    session.apply(beside(Parting::Start, [Command::SetClip(Clip::Norm(0.5))]));
    session.settle().unwrap();
    assert_eq!(updates(&session), [400, 400, 400]);
}

/// Where each run is in the order of its sequences, as its checkpoint has it.
fn orders(session: &Session) -> Vec<serde_json::Value> {
    let mut tracks: Vec<&Track> = session.tracks().collect();
    tracks.sort_by_key(|track| track.id);
    let order = |track: &Track| {
        let taken = track.active().seat.checkpoint().unwrap();
        let written = serde_json::to_value(&taken.checkpoint).unwrap();
        let of = written.as_object().unwrap().values().next().unwrap();
        of["order"].clone()
    };
    tracks.into_iter().map(order).collect()
}

/// What is otherwise in each run, in words.
fn told(session: &Session) -> Vec<String> {
    let runs = session.runs();
    let experiments: Vec<&Experiment> = runs.iter().map(|run| run.experiment).collect();
    let told = crate::experiment::differences(&experiments);
    let words = |one: &Vec<crate::experiment::Difference>| {
        let words: Vec<String> = one.iter().map(ToString::to_string).collect();
        words.join(", ")
    };
    told.iter().map(words).collect()
}

#[test]
fn cells_are_compared_on_the_same_batches_and_taken_back_at_once() {
    let mut session = Session::new(|| {});
    settled(&mut session, [text(TEXT, "mine")]);
    settled(&mut session, [Command::Compare(Comparison::CellsByUnits)]);
    assert_eq!(told(&session), ["cell gru", "cell rnn", "cell lstm"]);
    // Of 24 sequences in batches of 8, seven updates go through all of them twice.
    settled(&mut session, [Command::Update(7)]);
    assert_eq!(updates(&session), [7, 7, 7]);
    let orders = orders(&session);
    assert!(
        orders[0].is_object() || orders[0].is_array(),
        "{:?}",
        orders[0]
    );
    assert!(orders.iter().all(|order| *order == orders[0]), "{orders:?}");
    let change = "Put runs with RNN (tanh) and LSTM beside";
    assert_eq!(session.undoable(), Some(change));
    let before = stand(&session);
    settled(&mut session, [Command::Undo]);
    assert_eq!(updates(&session), [7]);
    settled(&mut session, [Command::Redo]);
    assert_eq!(stand(&session), before);
}

#[test]
fn cells_are_matched_by_their_parameters_as_nearly_as_can_be() {
    let mut session = Session::new(|| {});
    settled(&mut session, [text(TEXT, "mine")]);
    settled(
        &mut session,
        [Command::Compare(Comparison::CellsByParameters)],
    );
    let parameters: Vec<usize> = stand(&session)
        .iter()
        .map(|(_, _, bits)| bits.len())
        .collect();
    let sizes: Vec<usize> = session
        .runs()
        .iter()
        .map(|run| run.experiment.model.hidden_size)
        .collect();
    // One input, one output: g gates have g (h² + 3 h) parameters, the readout h + 1.
    let count = |gates: usize, h: usize| gates * (h * h + 3 * h) + h + 1;
    assert_eq!(parameters[0], count(3, 4));
    for (run, gates) in [(1, 1), (2, 4)] {
        let off = |h: &usize| count(gates, *h).abs_diff(parameters[0]);
        assert_eq!(Some(sizes[run]), (1..50).min_by_key(off));
        assert_eq!(parameters[run], count(gates, sizes[run]));
    }
}

#[test]
fn every_comparison_differs_in_what_it_compares_and_in_nothing_else() {
    for (comparison, wanted) in [
        (Comparison::Clipping, ["clip off", "clip norm 1"]),
        (Comparison::Precision, ["precision f64", "precision f32"]),
        (Comparison::Seed, ["seed 5", "seed 6"]),
    ] {
        let mut session = Session::new(|| {});
        settled(&mut session, [text(TEXT, "mine")]);
        settled(&mut session, [Command::Compare(comparison)]);
        assert_eq!(told(&session), wanted);
        settled(&mut session, [Command::Update(2)]);
        let losses: Vec<f64> = session
            .runs()
            .iter()
            .map(|run| run.snapshot.unwrap().history.get(0).unwrap().train_loss)
            .collect();
        // The first batch and the first weights are the same, but for another seed.
        let near = (losses[0] - losses[1]).abs() < 1e-5 * losses[0];
        assert_eq!(
            near,
            comparison != Comparison::Seed,
            "{comparison:?}: {losses:?}"
        );
    }
    // A run that clips is held against one that does not, whatever was changed on its way.
    let mut session = used();
    settled(&mut session, [Command::SetClip(Clip::Norm(0.3))]);
    settled(&mut session, [Command::Update(1)]);
    settled(&mut session, [Command::SetClip(Clip::Off)]);
    settled(&mut session, [Command::Update(1)]);
    settled(&mut session, [Command::Compare(Comparison::Clipping)]);
    let other = session.runs()[1].experiment;
    assert_eq!(other.training.clip, Clip::Norm(1.0));
    assert!(
        other
            .training
            .changes
            .iter()
            .all(|change| change.clip.is_none())
    );
    assert_eq!(
        other.training.changes.len(),
        1,
        "the learning rate is as in the other"
    );
}

#[test]
fn a_comparison_for_which_there_is_no_room_changes_nothing() {
    let (mut session, _) = two();
    settled(&mut session, [Command::Duplicate]);
    session.apply(Command::Compare(Comparison::CellsByUnits));
    assert_eq!(
        session.message().unwrap().title,
        "There is room for 1 run more"
    );
    assert_eq!(session.runs().len(), 3);
    let attention = TEXT.replace("cell = \"gru\"", "kind = \"self_attention\"");
    let mut session = Session::new(|| {});
    settled(&mut session, [text(&attention, "mine")]);
    session.apply(Command::Compare(Comparison::CellsByUnits));
    assert!(session.message().unwrap().title.contains("no other cell"));
    assert_eq!(session.runs().len(), 1);
}

#[test]
fn a_pinned_run_stays_while_others_are_trained_and_reset() {
    let (mut session, copy) = two();
    settled(&mut session, [Command::Update(4)]);
    let pin = |pinned| Command::To(copy, Box::new(Command::Pin(pinned)));
    settled(&mut session, [pin(true)]);
    assert_eq!(session.undoable(), Some("Pinned mine"));
    let before = stand(&session)[1].clone();
    settled(&mut session, [Command::Update(3)]);
    assert_eq!(updates(&session), [7, 4]);
    settled(&mut session, [Command::Reset]);
    assert_eq!(updates(&session), [0, 4]);
    settled(&mut session, [Command::Start]);
    assert_eq!(updates(&session), [400, 4]);
    assert_eq!(stand(&session)[1], before);
    // It is still pinned at the next launch.
    let mut again = Session::restored(&session.saved(), || {});
    again.settle().unwrap();
    let pinned: Vec<bool> = again.runs().iter().map(|run| run.is_pinned).collect();
    assert_eq!(pinned, [false, true]);
    settled(&mut session, [Command::Pin(true)]);
    session.apply(Command::Update(1));
    assert_eq!(session.message().unwrap().title, "All runs are pinned");
    settled(&mut session, [Command::Undo]);
    settled(&mut session, [pin(false)]);
    settled(&mut session, [Command::Update(2)]);
    assert_eq!(updates(&session), [400, 6]);
    // Alone, a run is not held back by a pin.
    settled(&mut session, [pin(true)]);
    let first = session.runs()[0].id;
    settled(&mut session, [Command::Remove(first)]);
    settled(&mut session, [Command::Update(1)]);
    assert_eq!(updates(&session), [7]);
}

#[test]
fn a_run_is_renamed_and_that_is_taken_back_and_kept() {
    let (mut session, copy) = two();
    let names = |session: &Session| -> Vec<String> {
        session
            .runs()
            .iter()
            .map(|run| run.name.to_owned())
            .collect()
    };
    let rename = |name: &str| Command::To(copy, Box::new(Command::Rename(name.into())));
    settled(&mut session, [rename("  ")]);
    assert_eq!(session.undoable(), Some("Changed the cell"));
    settled(&mut session, [rename(" the long one ")]);
    assert_eq!(names(&session), ["mine", "the long one"]);
    let mut again = Session::restored(&session.saved(), || {});
    again.settle().unwrap();
    assert_eq!(names(&again), ["mine", "the long one"]);
    settled(&mut session, [Command::Undo]);
    assert_eq!(names(&session), ["mine", "mine"]);
    settled(&mut session, [Command::Redo]);
    assert_eq!(names(&session), ["mine", "the long one"]);
}

/// The same question to two runs at once: each is answered of its own snapshot.
#[test]
fn a_question_is_put_to_any_of_the_runs() {
    use crate::train::question::At;
    let (mut session, copy) = two();
    session.answer_beside_frames();
    let first = session.runs()[0].id;
    let question = Question::Spectra(At { part: 0, scan: 0 });
    for round in 0..2 {
        session.ask_run(first, &question);
        session.ask_run(copy, &question);
        session.settle().unwrap();
        let runs = session.runs();
        let told = [first, copy].map(|run| session.ask_run(run, &question));
        for (told, run) in told.iter().zip(&runs) {
            let own = question.answer(run.snapshot.unwrap(), &Stop::default());
            assert_eq!(told.current(), Some(&own), "round {round}");
        }
        assert_ne!(told[0].current(), told[1].current());
        settled(&mut session, [Command::Update(2)]);
    }
    let nobody = RunId(77);
    assert!(session.ask_run(nobody, &question).answer.is_none());
}

/// A run can be a copy with one thing otherwise; each such thing can be had.
#[test]
fn every_variant_of_a_run_can_be_put_beside_it() {
    let mut session = Session::new(|| {});
    settled(&mut session, [text(TEXT, "mine")]);
    let all = variants(session.experiment());
    assert!(all.len() > 5);
    for variant in all {
        let command = Command::Beside {
            name: None,
            parting: Parting::Start,
            changes: variant.changes,
        };
        settled(&mut session, [command]);
        let told = told(&session);
        assert!(
            !told[1].is_empty() && !told[1].contains(','),
            "{}: {told:?}",
            variant.title
        );
        settled(&mut session, [Command::Undo]);
    }
}

/// The sequence that each run is to show, and the one that its newest snapshot is of.
fn sequences(session: &Session) -> Vec<[usize; 2]> {
    let runs = session.runs();
    let both = |run: &RunOnShow| {
        let shown = run.snapshot.unwrap().probe.index;
        [run.experiment.probe.index, shown]
    };
    runs.iter().map(both).collect()
}

/// What stands beside one another is of the same sequence, however it came to be there.
#[test]
fn all_runs_with_the_same_data_move_to_another_sequence_together() {
    let mut session = Session::new(|| {});
    settled(&mut session, [text(TEXT, "mine")]);
    settled(&mut session, [Command::Compare(Comparison::CellsByUnits)]);
    settled(&mut session, [Command::Update(3)]);
    let before = stand(&session);
    let undoable = session.undoable().map(str::to_owned);
    settled(&mut session, [Command::StepBy(Step::Sequence, true)]);
    assert_eq!(sequences(&session), [[1, 1]; 3]);
    let probe = |index| {
        Command::Probe(Probe {
            split: Split::Test,
            index,
        })
    };
    settled(&mut session, [probe(4)]);
    assert_eq!(sequences(&session), [[4, 4]; 3]);
    // Training has no part in it, and there is nothing to be taken back, as with one run.
    assert_eq!(stand(&session), before);
    assert_eq!(session.undoable().map(str::to_owned), undoable);
    // From another one, shown or not, all move too.
    let last = session.runs()[2].id;
    settled(&mut session, [Command::To(last, Box::new(probe(2)))]);
    assert_eq!(sequences(&session), [[2, 2]; 3]);
    settled(&mut session, [Command::Show(last), probe(6)]);
    assert_eq!(sequences(&session), [[6, 6]; 3]);
    // One that joins, and one that was away while the others moved.
    settled(&mut session, [Command::Duplicate]);
    assert_eq!(sequences(&session), [[6, 6]; 4]);
    let first = session.runs()[0].id;
    settled(&mut session, [Command::Remove(first), probe(3)]);
    settled(&mut session, [Command::Undo]);
    assert_eq!(sequences(&session), [[3, 3]; 4]);
    // And one that was what it is now before they moved.
    let units = set("model.hidden_size", Setting::Whole(3));
    settled(&mut session, [Command::To(first, Box::new(units))]);
    settled(&mut session, [probe(5)]);
    settled(&mut session, [Command::Undo]);
    assert_eq!(sequences(&session), [[5, 5]; 4]);
}

#[test]
fn a_run_with_other_data_keeps_its_own_sequence() {
    let (mut session, copy) = two();
    let other = set("seed", Setting::Whole(6));
    settled(&mut session, [Command::To(copy, Box::new(other))]);
    let probe = Command::Probe(Probe {
        split: Split::Test,
        index: 4,
    });
    settled(&mut session, [probe]);
    assert_eq!(sequences(&session), [[4, 4], [0, 0]]);
    settled(&mut session, [Command::Show(copy)]);
    assert_eq!(sequences(&session), [[4, 4], [0, 0]]);
    // Once it has the same data, it goes along.
    settled(&mut session, [Command::Undo]);
    assert_eq!(sequences(&session), [[0, 0], [0, 0]]);
}
