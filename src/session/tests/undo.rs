use super::timeline::Timeline;
use super::*;
use crate::nn::{Initial, Place, Quantity, SetWeight, Spot};
use crate::train::{Answer, Question, Snapshot};

#[test]
fn whatever_replaces_a_run_can_be_undone_and_done_again() {
    let folder = folder("undo");
    let csv = folder.join("series.csv");
    let rows: String = (0..60).map(|row| format!("{row},{}\n", row % 7)).collect();
    std::fs::write(&csv, format!("t,v\n{rows}")).unwrap();
    let toml = folder.join("other.toml");
    std::fs::write(&toml, TEXT.replace("gru", "lstm")).unwrap();
    let edited = TEXT.replace("length = 9", "length = 11 # mine");
    let none = Vec::new;
    let cases: [(&str, Vec<Command>, Vec<Command>); 11] = [
        (
            "Opened",
            vec![Command::Open(Origin::Gallery("latch".into()))],
            none(),
        ),
        (
            "Opened other",
            vec![Command::Open(Origin::File(toml))],
            none(),
        ),
        (
            "Opened series",
            vec![Command::Open(Origin::File(csv))],
            vec![Command::Import(ImportCommand::Open)],
        ),
        (
            "Changed the hidden size",
            vec![set("model.hidden_size", Setting::Whole(5))],
            none(),
        ),
        (
            "Changed the length",
            vec![set("data.length", Setting::Whole(12))],
            none(),
        ),
        (
            "Changed the seed",
            vec![set("seed", Setting::Whole(6))],
            none(),
        ),
        (
            "Changed the batch size",
            vec![set("training.batch_size", Setting::Whole(4))],
            none(),
        ),
        (
            "Changed the experiment",
            vec![Command::SetText(edited)],
            none(),
        ),
        ("Reset the run", vec![Command::Reset], none()),
        (
            "Changed the initial weights",
            vec![set(
                "model.init.set",
                Setting::List(vec![Setting::table([
                    ("parameter", Setting::Text("weight_hh_l0".into())),
                    (
                        "index",
                        Setting::List(vec![Setting::Whole(0), Setting::Whole(0)]),
                    ),
                    ("value", Setting::Number(0.5)),
                ])]),
            )],
            none(),
        ),
        (
            "Opened a lesson",
            vec![Command::Play(vec![
                text(TEXT, "a lesson"),
                set("data.length", Setting::Whole(5)),
                Command::Update(3),
                Command::Sweep(Sweep::Forward),
            ])],
            none(),
        ),
    ];
    for (change, commands, once_it_is_read) in cases {
        let mut session = used();
        // The way here can be undone too; this one is looked at alone.
        session.here.timeline = Timeline::default();
        let before = seen(&session);
        settled(&mut session, commands);
        session.settle_import();
        settled(&mut session, once_it_is_read);
        let after = seen(&session);
        assert_ne!(before.parameters, after.parameters, "{change}");
        let notice = session.notice().expect(change);
        assert!(notice.text.starts_with(change), "{}", notice.text);
        assert_eq!(notice.offer, Some(Offer::Undo), "{change}");

        settled(&mut session, [Command::Undo]);
        assert_eq!(seen(&session), before, "{change}");
        assert_eq!(session.undoable(), None, "{change}");
        settled(&mut session, [Command::Redo]);
        assert_eq!(seen(&session), after, "{change}");
        settled(&mut session, [Command::Undo]);
        assert_eq!(seen(&session), before, "{change}");
        // It is the run itself, which goes on.
        settled(&mut session, [Command::Update(1)]);
        assert_eq!(session.snapshot().unwrap().update, 13, "{change}");
    }
}

/// A rate or a clipping before the first update is a setting like any other.
#[test]
fn a_setting_changed_before_the_first_update_can_be_undone() {
    let mut session = Session::new(|| {});
    settled(&mut session, [text(TEXT, "mine")]);
    settled(&mut session, [Command::SetLearningRate(0.5)]);
    assert!(session.text().contains("0.5"));
    assert_eq!(session.undoable(), Some("Changed the learning rate"));
    settled(&mut session, [Command::Undo]);
    assert_eq!(session.text(), TEXT);
    settled(&mut session, [Command::Redo, Command::SetClip(Clip::Off)]);
    settled(&mut session, [Command::Undo]);
    assert!(session.text().contains("0.5") && !session.text().contains("clip"));
    // A reset at the start has nothing to take back.
    settled(&mut session, [Command::Reset]);
    assert_eq!(session.undoable(), Some("Changed the learning rate"));
}

/// Old runs give way to their text, which gives the same bits.
#[test]
fn a_run_that_is_kept_no_more_is_made_again_bit_for_bit() {
    let mut session = used();
    let before = seen(&session);
    settled(&mut session, [Command::Reset]);
    assert!(session.here.timeline.fit(0, None), "all runs rest");
    assert_eq!(session.made_again(false), Some(12));
    settled(&mut session, [Command::Undo]);
    assert_eq!(seen(&session), before);
    assert_eq!(session.made_again(false), None);
}

#[test]
fn several_steps_at_once_pass_over_what_has_to_be_made_again() {
    let mut session = used();
    let mut all = vec![seen(&session)];
    for size in [5, 6, 7] {
        settled(
            &mut session,
            [set("model.hidden_size", Setting::Whole(size))],
        );
        settled(&mut session, [Command::Update(2)]);
        all.push(seen(&session));
    }
    assert!(session.here.timeline.fit(0, None));
    settled(&mut session, [Command::Undo, Command::Undo, Command::Undo]);
    assert_eq!(seen(&session), all[0]);
    settled(&mut session, [Command::Redo, Command::Redo]);
    assert_eq!(seen(&session), all[2]);
    settled(&mut session, [Command::Redo]);
    assert_eq!(seen(&session), all[3]);
    settled(&mut session, [Command::Undo]);
    assert_eq!(seen(&session), all[2]);
}

/// What was replaced is bounded: by number, and by what it takes.
#[test]
fn the_newest_of_what_was_replaced_is_kept_as_it_was_as_far_as_memory_reaches() {
    let mut session = used();
    for seed in 10..70 {
        settled(&mut session, [set("seed", Setting::Whole(seed))]);
    }
    let side = session.here.timeline.side(timeline::Way::Back);
    assert_eq!(side.len(), 50);
    let one = match &side[49].state {
        State::Live(watched) => watched.bytes(),
        _ => panic!("the newest is not kept as it was"),
    };
    // Their data are as large as those of one apart: each seed has its own.
    assert!(session.here.timeline.fit(6 * one, None));
    let live: Vec<usize> = (0..50)
        .filter(|&at| {
            let side = session.here.timeline.side(timeline::Way::Back);
            matches!(side[at].state, State::Live(_))
        })
        .collect();
    assert!(!live.is_empty() && live.len() < 7, "{live:?}");
    assert_eq!(live.last(), Some(&49));
}

/// Baselines have no part in training: the run is not replaced, and undoing leaves it as far as it is.
#[test]
fn a_baseline_is_undone_while_the_run_goes_on() {
    let mut session = Session::new(|| {});
    settled(&mut session, [Command::Update(3)]);
    let text = session.text();
    settled(&mut session, [set("baseline.ar", Setting::Whole(2))]);
    settled(&mut session, [Command::Update(2)]);
    settled(
        &mut session,
        [Command::SetLearningRate(0.001), Command::Update(1)],
    );
    assert_eq!(session.undoable(), Some("Changed the learning rate"));
    settled(&mut session, [Command::Undo]);
    assert_eq!(session.undoable(), Some("Changed the baselines"));
    settled(&mut session, [Command::Undo]);
    assert_eq!(session.snapshot().unwrap().update, 6, "the run went on");
    assert_eq!(
        session.experiment().baseline,
        Document::parse(&text).unwrap().1.baseline
    );
    let changes = &session.experiment().training.changes;
    assert_eq!(changes.len(), 2, "what was changed on the way stays");
    settled(&mut session, [Command::Redo]);
    assert!(session.text().contains("ar = 2"));
    assert_eq!(session.snapshot().unwrap().update, 6);
}

fn number(name: &str, index: [usize; 2], value: f64) -> Command {
    Command::SetNumber(SetWeight {
        parameter: name.into(),
        index: index.into(),
        value,
    })
}

/// Sets one of the weights that read the only input.
fn weight(row: usize, value: f64) -> Command {
    number("weight_ih_l0", [row, 0], value)
}

fn parameter(session: &Session, at: usize) -> f64 {
    session.snapshot().unwrap().model.parameters()[at]
}

/// The run of the text on show, made anew: what was set by hand stands in it.
fn made_anew(session: &Session) -> Vec<f64> {
    let mut other = Session::new(|| {});
    let updates = session.snapshot().unwrap().update;
    settled(&mut other, [text(&session.text(), "anew")]);
    if updates > 0 {
        settled(&mut other, [Command::Update(updates)]);
    }
    other.snapshot().unwrap().model.parameters().to_vec()
}

/// A weight that is set by hand holds from where the run is, stands in the text, and is taken back by itself.
#[test]
fn a_weight_set_by_hand_stands_in_the_text_and_can_be_taken_back() {
    let mut session = Session::new(|| {});
    settled(&mut session, [text(TEXT, "mine")]);
    let (drawn, other) = (parameter(&session, 3), parameter(&session, 4));
    // Before the first update it is one of those that the run begins with.
    settled(&mut session, [weight(3, 0.75)]);
    assert_eq!(parameter(&session, 3), 0.75);
    assert_eq!(parameter(&session, 4), other);
    assert_eq!(session.undoable(), Some("Set weight_ih_l0[3, 0]"));
    assert_eq!(session.experiment().model.init.set.len(), 1);
    settled(&mut session, [Command::Undo]);
    assert_eq!(parameter(&session, 3), drawn);
    settled(&mut session, [Command::Redo]);
    assert_eq!(parameter(&session, 3), 0.75);
    // Later it is a change on the way.
    settled(&mut session, [Command::Update(2)]);
    let (trained, other) = (parameter(&session, 3), parameter(&session, 4));
    assert_ne!(trained, 0.75);
    let before = session.snapshot().unwrap().probe.loss;
    settled(&mut session, [weight(3, -2.0)]);
    assert_eq!(session.snapshot().unwrap().update, 2, "no update is made");
    assert_eq!(
        (parameter(&session, 3), parameter(&session, 4)),
        (-2.0, other)
    );
    assert_ne!(session.snapshot().unwrap().probe.loss, before);
    // Again, and another one: each is a step to take back.
    settled(&mut session, [weight(3, -3.0), weight(4, 1.5)]);
    let set = &session.experiment().training.changes.last().unwrap().set;
    assert_eq!(set.len(), 2, "{set:?}");
    settled(&mut session, [Command::Update(2)]);
    let reached = session.snapshot().unwrap().model.parameters().to_vec();
    assert_eq!(made_anew(&session), reached, "the text gives the same bits");
    settled(&mut session, [Command::Undo]);
    assert_eq!(parameter(&session, 4), other, "from where the run is");
    settled(&mut session, [Command::Undo]);
    assert_eq!(
        (parameter(&session, 3), parameter(&session, 4)),
        (-2.0, other)
    );
    settled(&mut session, [Command::Undo]);
    assert_eq!(
        (parameter(&session, 3), parameter(&session, 4)),
        (trained, other)
    );
    settled(&mut session, [Command::Redo]);
    assert_eq!(parameter(&session, 3), -2.0);
    settled(&mut session, [Command::Redo]);
    assert_eq!(
        parameter(&session, 3),
        reached[3],
        "what it was when that was taken back"
    );
    assert_eq!(
        made_anew(&session),
        session.snapshot().unwrap().model.parameters()
    );
}

/// Inputs and first states are the sequence's own: training has no part in them, and another sequence has none of them.
#[test]
fn an_input_and_a_first_state_are_set_for_the_sequence_under_the_lens_alone() {
    let mut session = Session::new(|| {});
    settled(&mut session, [text(TEXT, "mine"), Command::Update(1)]);
    let plain = session.snapshot().unwrap().clone();
    let initial = Initial {
        part: 0,
        place: Place::FIRST,
        quantity: Quantity::H,
    };
    let (input, state) = (Spot::Input { t: 2, unit: 0 }, Spot::Initial(initial, 1));
    settled(&mut session, [number("x", [1, 0], 0.5)]);
    settled(&mut session, [number("h_0", [0, 1], -0.5)]);
    let given = session.snapshot().unwrap().clone();
    let part = |of: &Snapshot| of.probe.parts[0].clone();
    assert_eq!(part(&given).x[[1, 0, 0]], 0.5);
    assert_eq!(part(&given).scans[0].trace.h0[[0, 1]], -0.5);
    assert_ne!(given.probe.loss, plain.probe.loss);
    assert_eq!(given.model, plain.model, "training has no part in it");
    assert_eq!(given.test, plain.test);
    let names: Vec<String> = session
        .experiment()
        .probe_set
        .iter()
        .map(|set| set.parameter.clone())
        .collect();
    assert_eq!(names, ["x", "h_0"]);
    // What goes in is told as it went in.
    let story = session.ask(&Question::Story).answer.unwrap();
    let Answer::Story(Some(story)) = &*story else {
        panic!("{story:?}")
    };
    assert!(
        (story.goes_in.to_string()).ends_with(", 1 value set by hand"),
        "{}",
        story.goes_in
    );
    assert_eq!(story.inputs[0].values[1], Some(0.5));
    // Where they come from and what their gradients are is asked as of any other number, and found by nudging.
    for spot in [input, state] {
        let account = session.ask(&Question::Explain(spot)).answer.unwrap();
        let Answer::Account(Some(account)) = &*account else {
            panic!("{account:?}")
        };
        let nudged = session.ask(&Question::Nudge(spot)).answer.unwrap();
        let Answer::Nudged(Some(nudged)) = &*nudged else {
            panic!("{nudged:?}")
        };
        let apart = (account.adjoint - nudged.slope).abs();
        assert!(
            apart <= 1e-8 + 1e-5 * nudged.slope.abs(),
            "{account:?} {nudged:?}"
        );
        assert!([0.5, -0.5].contains(&account.value));
    }
    settled(&mut session, [Command::Undo]);
    assert_eq!(
        part(session.snapshot().unwrap()).scans[0].trace.h0[[0, 1]],
        0.0
    );
    settled(&mut session, [Command::Undo]);
    let back = session.snapshot().unwrap();
    assert_eq!(
        (part(back), back.probe.loss),
        (part(&plain), plain.probe.loss)
    );
    settled(&mut session, [Command::Redo]);
    assert_eq!(part(session.snapshot().unwrap()).x[[1, 0, 0]], 0.5);
    // What the text says is what one sees.
    let mut other = Session::new(|| {});
    settled(
        &mut other,
        [text(&session.text(), "again"), Command::Update(1)],
    );
    assert_eq!(
        other.snapshot().unwrap().probe.loss,
        session.snapshot().unwrap().probe.loss
    );
    // Of another sequence nothing is set.
    let probe = session.probe();
    let given_here = session.experiment().probe_set.clone();
    let other_probe = Probe {
        index: probe.index + 1,
        ..probe
    };
    settled(&mut session, [Command::Probe(other_probe)]);
    assert!(session.experiment().probe_set.is_empty());
    assert_ne!(part(session.snapshot().unwrap()).x[[1, 0, 0]], 0.5);
    // It comes back with its own; the text says so.
    settled(&mut session, [Command::Probe(probe)]);
    assert_eq!(part(session.snapshot().unwrap()).x[[1, 0, 0]], 0.5);
    assert_eq!(session.experiment().probe_set, given_here);
    // What is taken back while another is under the lens is taken back where it is seen; so is what is done again.
    for (again, set) in [(Command::Undo, &Vec::new()), (Command::Redo, &given_here)] {
        settled(&mut session, [Command::Probe(other_probe)]);
        settled(&mut session, [again]);
        assert_eq!(session.probe(), probe);
        assert_eq!(&session.experiment().probe_set, set);
        let x = part(session.snapshot().unwrap()).x;
        assert_eq!(x == part(&plain).x, set.is_empty());
    }
    // A state that another cell has not keeps nobody from choosing that.
    settled(&mut session, [number("h_0", [0, 3], 0.25)]);
    settled(&mut session, [set("model.hidden_size", Setting::Whole(2))]);
    assert!(session.experiment().probe_set.is_empty());
}

/// What is taken back is what there was, however often and however long after another change it was set.
#[test]
fn setting_a_weight_again_is_a_step_of_its_own() {
    let mut session = Session::new(|| {});
    settled(&mut session, [text(TEXT, "mine"), Command::Update(2)]);
    settled(&mut session, [weight(3, 0.5), Command::Update(2)]);
    let trained = parameter(&session, 3);
    settled(&mut session, [weight(3, 2.0)]);
    settled(&mut session, [Command::Undo]);
    assert_eq!(parameter(&session, 3), trained);
    // Nothing else was asked for: a reset leaves the learning rate as it was written.
    let rate = session.experiment().training.optimizer;
    settled(&mut session, [Command::Reset]);
    assert_eq!(session.experiment().training.optimizer, rate);
}

/// Where the text sets a weight at the start, that is what is changed.
#[test]
fn a_weight_that_the_text_sets_at_the_start_is_set_there() {
    let mut session = Session::new(|| {});
    let change = "[[training.change]]\nupdate = 0\nset = [{ parameter = \"weight_ih_l0\", index = [3, 0], value = 0.5 }]\n";
    settled(&mut session, [text(&format!("{TEXT}\n{change}"), "mine")]);
    assert_eq!(parameter(&session, 3), 0.5);
    settled(&mut session, [weight(3, 2.0)]);
    assert_eq!(parameter(&session, 3), 2.0);
    assert_eq!(
        made_anew(&session),
        session.snapshot().unwrap().model.parameters()
    );
}

/// A run that is changed by hand leaves what its text planned for later: that is said, and one click brings it back.
#[test]
fn a_change_by_hand_says_that_it_drops_the_plan_for_later() {
    let mut session = Session::new(|| {});
    let later = "[[training.change]]\nupdate = 5\nlearning_rate = 0.001\n";
    settled(&mut session, [text(&format!("{TEXT}\n{later}"), "mine")]);
    settled(&mut session, [Command::Update(2), weight(3, 2.0)]);
    let notice = session.notice().unwrap();
    assert!(
        notice
            .text
            .ends_with("The text’s plan for later (1 change) is dropped."),
        "{}",
        notice.text
    );
    settled(&mut session, [weight(4, 2.0)]);
    let notice = session.notice().unwrap();
    assert!(!notice.text.contains("plan for later"), "{}", notice.text);
}

/// What is not there is not set, and what no weight may be is refused with a reason.
#[test]
fn what_cannot_be_set_changes_nothing() {
    let mut session = Session::new(|| {});
    settled(&mut session, [text(TEXT, "mine")]);
    let before = session.text();
    for command in [
        number("weight_ih_l0", [99, 0], 0.5),
        number("weight_ih_l9", [0, 0], 0.5),
        number("x", [99, 0], 0.5),
        number("h_0", [1, 0], 0.5),
        number("c_0", [0, 0], 0.5),
        number("y", [0, 0], 0.5),
    ] {
        session.apply(command.clone());
        assert_eq!(
            session.message().unwrap().title,
            "There is no such number here"
        );
        assert_eq!(session.text(), before, "{command:?}");
    }
    settled(&mut session, [weight(0, f64::NAN)]);
    assert_eq!(session.text(), before);
    session.apply(weight(0, 1e9));
    assert!(session.message().is_some());
    assert_eq!(session.text(), before);
}

#[test]
fn what_cannot_be_opened_replaces_nothing() {
    let mut session = used();
    session.here.timeline = Timeline::default();
    let before = seen(&session);
    let missing = "format = 1\n[data]\ncsv = \"no-such-file.csv\"\ntarget = \"v\"\nwindow = 5\n";
    session.apply(Command::SetText(missing.into()));
    assert!(session.settle().is_err());
    assert_eq!(seen(&session), before);
    assert_eq!(session.undoable(), None);
}

/// What is replaced before it has arrived is a text that somebody has made all the same.
#[test]
fn a_text_that_was_never_on_show_can_be_had_again() {
    let mut session = used();
    let before = seen(&session);
    let edited = TEXT.replace("length = 9", "length = 10 # mine");
    settled(
        &mut session,
        [
            Command::SetText(edited.clone()),
            Command::Open(Origin::Gallery("latch".into())),
        ],
    );
    settled(&mut session, [Command::Undo]);
    assert_eq!(session.text(), edited);
    settled(&mut session, [Command::Undo]);
    assert_eq!(seen(&session), before);
}

#[test]
fn undoing_what_is_on_its_way_stops_it_and_redoing_brings_it() {
    let mut session = used();
    let before = seen(&session);
    let edited = TEXT.replace("length = 9", "length = 10");
    session.apply(Command::SetText(edited.clone()));
    assert_eq!(session.undoable(), Some("Changed the experiment"));
    settled(&mut session, [Command::Undo]);
    assert_eq!(seen(&session), before);
    settled(&mut session, [Command::Redo]);
    assert_eq!(session.text(), edited);
}

/// It rests while it is away; what it did last before that is not lost.
#[test]
fn a_run_that_is_replaced_while_it_trains_waits_where_it_was() {
    // More updates than any machine makes meanwhile, however long it lets this wait.
    let long = TEXT.replace("updates = 400", "updates = 10000000");
    let mut session = Session::new(|| {});
    settled(&mut session, [text(&long, "long")]);
    settled(&mut session, [Command::Update(7)]);
    session.apply(Command::Start);
    session.apply(Command::SetLearningRate(0.001));
    settled(
        &mut session,
        [Command::Open(Origin::Gallery("latch".into()))],
    );
    settled(&mut session, [Command::Undo]);
    assert!(!session.is_running());
    let snapshot = Arc::clone(session.snapshot().unwrap());
    assert!(snapshot.update < 10_000_000, "{}", snapshot.update);
    assert_eq!(session.experiment().training.changes, snapshot.changes);
    assert_eq!(snapshot.changes.last().unwrap().learning_rate, Some(0.001));
}

/// Sequences are counted in the data that is on its way, which nobody knows yet.
#[test]
fn one_does_not_step_through_the_sequences_of_what_is_being_replaced() {
    let mut session = used();
    let small = TEXT.replace("test_sequences = 8", "test_sequences = 2");
    session.apply(text(&small, "small"));
    assert_eq!(session.sequences(Split::Test), None);
    for _ in 0..5 {
        session.apply(Command::StepBy(Step::Sequence, true));
    }
    let probe = Probe {
        split: Split::Test,
        index: 7,
    };
    settled(&mut session, [Command::Probe(probe)]);
    assert_eq!(session.text(), small);
    assert_eq!(session.sequences(Split::Test), Some(2));
    for _ in 0..5 {
        settled(&mut session, [Command::StepBy(Step::Sequence, true)]);
    }
    assert_eq!(session.probe().index, 1);
    assert_eq!(session.snapshot().unwrap().probe.index, 1);
}

#[test]
fn played_commands_wait_for_each_other() {
    let commands = [
        text(TEXT, "played"),
        set("data.length", Setting::Whole(6)),
        Command::Update(3),
        Command::SetLearningRate(0.001),
        Command::Update(2),
        Command::Sweep(Sweep::Backward),
        Command::Move(Move::To(4)),
    ];
    let mut one_by_one = used();
    for command in commands.clone() {
        settled(&mut one_by_one, [command]);
    }
    let mut played = used();
    settled(&mut played, [Command::Play(commands.into())]);
    assert!(played.rests());
    assert_eq!(seen(&played), seen(&one_by_one));
    // A hand on the controls ends it.
    let mut stopped = used();
    stopped.apply(Command::Play(vec![
        text(TEXT, "played"),
        Command::Update(3),
    ]));
    settled(&mut stopped, [Command::Pause]);
    assert_eq!(stopped.snapshot().unwrap().update, 0);
}

/// The updates made under them stay; from the next one on the settings from before hold again.
#[test]
fn a_setting_that_was_changed_on_the_way_is_taken_back_from_where_the_run_is() {
    let mut session = Session::new(|| {});
    settled(&mut session, [text(TEXT, "mine")]);
    settled(&mut session, [Command::Update(3)]);
    let before = session.snapshot().unwrap().optimizer.learning_rate();
    // Drawn along a slider, it is one change.
    for rate in [0.02, 0.03, 0.04] {
        settled(&mut session, [Command::SetLearningRate(rate)]);
    }
    settled(&mut session, [Command::Update(2)]);
    settled(&mut session, [Command::SetClip(Clip::Norm(0.5))]);
    let in_effect = |session: &Session| {
        let snapshot = session.snapshot().unwrap();
        (
            snapshot.update,
            snapshot.optimizer.learning_rate(),
            snapshot.clip,
        )
    };
    assert_eq!(in_effect(&session), (5, 0.04, Clip::Norm(0.5)));
    assert_eq!(session.undoable(), Some("Changed the clipping"));
    settled(&mut session, [Command::Undo]);
    assert_eq!(in_effect(&session), (5, 0.04, Clip::Off));
    assert_eq!(session.undoable(), Some("Changed the learning rate"));
    settled(&mut session, [Command::Undo]);
    assert_eq!(in_effect(&session), (5, before, Clip::Off));
    assert_eq!(session.undoable(), None);
    settled(&mut session, [Command::Redo, Command::Redo]);
    assert_eq!(in_effect(&session), (5, 0.04, Clip::Norm(0.5)));
    // The text says it, and gives the same again.
    settled(&mut session, [Command::Update(2)]);
    let made = seen(&session);
    settled(&mut session, [text(&made.text, "again")]);
    settled(&mut session, [Command::Update(7)]);
    assert_eq!(seen(&session).parameters, made.parameters);
}
