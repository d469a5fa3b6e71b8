use super::*;

fn lesson() -> Command {
    Command::Play(vec![
        text(&TEXT.replace("gru", "rnn"), "a lesson"),
        set("data.length", Setting::Whole(5)),
        Command::Update(2),
        Command::Sweep(Sweep::Forward),
    ])
}

/// The next launch.
fn relaunched(session: &Session) -> Session {
    let kept = serde_json::to_string(&session.saved()).unwrap();
    let mut session = Session::restored(&serde_json::from_str(&kept).unwrap(), || {});
    session.settle().unwrap();
    session
}

#[test]
fn what_is_put_aside_comes_back_with_its_run_and_all_that_can_be_undone_in_it() {
    let mut session = used();
    settled(&mut session, [set("seed", Setting::Whole(9))]);
    settled(&mut session, [Command::Update(4)]);
    let own = seen(&session);
    let undoable = session.undoable().map(str::to_owned);
    settled(&mut session, [Command::PutAside, lesson()]);
    assert_eq!(session.name(), "a lesson");
    assert_eq!(session.aside_name(), Some("mine"));
    assert_eq!(session.undoable(), None, "the lesson begins anew");
    // Whatever is done in the lesson.
    settled(&mut session, [Command::Update(6)]);
    settled(&mut session, [Command::Reset]);
    settled(&mut session, [Command::Undo]);
    settled(&mut session, [lesson()]);
    settled(&mut session, [set("seed", Setting::Whole(77))]);
    let in_lesson = seen(&session);
    settled(&mut session, [Command::TakeBack]);
    assert_eq!(seen(&session), own);
    // That the lesson was left can be taken back too.
    settled(&mut session, [Command::Undo]);
    assert_eq!(seen(&session), in_lesson);
    settled(&mut session, [Command::Redo]);
    assert_eq!(seen(&session), own);
    settled(&mut session, [Command::Undo]);
    assert_eq!(session.undoable().map(str::to_owned), undoable);
}

/// A session in which leaving a lesson was undone: the lesson's run is on show, the own experiment is ahead.
fn back_in_the_lesson() -> (Session, Seen) {
    let mut session = used();
    settled(&mut session, [Command::Update(4)]);
    let own = seen(&session);
    settled(&mut session, [Command::PutAside, lesson()]);
    settled(&mut session, [Command::TakeBack]);
    settled(&mut session, [Command::Undo]);
    assert_eq!(session.name(), "a lesson");
    (session, own)
}

/// Whatever takes away what can be done again puts the own experiment aside, which no change throws away.
#[test]
fn the_own_experiment_is_never_lost_by_what_is_done_after_leaving_a_lesson_was_undone() {
    let ways: [(&str, &[Command]); 6] = [
        ("a setting", &[set("model.hidden_size", Setting::Whole(3))]),
        ("another experiment", &[text(TEXT, "other")]),
        ("beginning again", &[Command::Update(2), Command::Reset]),
        ("a lesson begun", &[Command::PutAside, lesson()]),
        (
            "a lesson begun and left",
            &[Command::PutAside, lesson(), Command::TakeBack],
        ),
        ("an earlier state", &[Command::Undo, Command::Undo]),
    ];
    for (way, commands) in ways {
        for launches in 0..3 {
            let (mut session, own) = back_in_the_lesson();
            for command in commands {
                session.apply(command.clone());
                // What a lesson sets up is one with its beginning.
                if !matches!(command, Command::PutAside) {
                    session.settle().unwrap();
                }
            }
            for _ in 0..launches {
                session = relaunched(&session);
            }
            // Under what was put aside since, if anything was, or ahead.
            let there = (0..4).any(|_| {
                if session.aside_name().is_some() {
                    settled(&mut session, [Command::TakeBack]);
                } else {
                    settled(&mut session, [Command::Redo]);
                }
                seen(&session) == own
            });
            assert!(there, "{way}, {launches} launches");
        }
    }
}

/// What another text of the own run can be undone to is not taken for one of the lesson's run, which comes to stand beside it.
#[test]
fn a_baseline_changed_before_a_lesson_is_undone_in_its_own_run() {
    let mut session = Session::new(|| {});
    settled(&mut session, [Command::Update(3)]);
    let first = seen(&session);
    settled(&mut session, [set("baseline.ar", Setting::Whole(2))]);
    settled(&mut session, [Command::PutAside, lesson()]);
    settled(&mut session, [Command::TakeBack]);
    settled(&mut session, [Command::Undo]);
    let in_lesson = seen(&session);
    assert_eq!(in_lesson.name, "a lesson");
    let own = session.undoable().map(str::to_owned);
    assert_eq!(own, Some(format!("Put {} aside", first.name)));
    settled(&mut session, [Command::Undo]);
    assert_eq!(session.undoable(), Some("Changed the baselines"));
    settled(&mut session, [Command::Undo]);
    assert_eq!(seen(&session), first);
    settled(&mut session, [Command::Redo, Command::Redo]);
    assert_eq!(seen(&session), in_lesson);
}

/// What was made in a lesson, and replaced there, is not lost by leaving the lesson.
#[test]
fn what_was_undoable_in_a_lesson_is_so_after_it_was_left_and_after_more_launches() {
    for launches in 0..3 {
        let mut session = used();
        let own = seen(&session);
        settled(&mut session, [Command::PutAside, lesson()]);
        settled(&mut session, [text(&TEXT.replace("gru", "lstm"), "within")]);
        settled(&mut session, [Command::Update(6)]);
        let within = seen(&session);
        settled(&mut session, [set("model.hidden_size", Setting::Whole(3))]);
        settled(&mut session, [Command::TakeBack]);
        assert_eq!(seen(&session), own);
        for _ in 0..launches {
            session = relaunched(&session);
        }
        assert_eq!(seen(&session), own);
        settled(&mut session, [Command::Undo]);
        settled(&mut session, [Command::Undo]);
        assert_eq!(seen(&session), within, "{launches} launches");
        settled(&mut session, [Command::Redo]);
        settled(&mut session, [Command::Redo]);
        assert_eq!(seen(&session), own, "{launches} launches");
    }
}

/// Undoing and redoing do not end with a launch, nor do they for what is put aside.
#[test]
fn what_can_be_undone_and_done_again_survives_closing() {
    for aside in [false, true] {
        let mut session = Session::new(|| {});
        settled(&mut session, [Command::Update(4)]);
        let first = seen(&session);
        settled(&mut session, [Command::Reset]);
        settled(&mut session, [set("baseline.ar", Setting::Whole(2))]);
        settled(&mut session, [Command::Update(3)]);
        let second = seen(&session);
        settled(&mut session, [text(TEXT, "other")]);
        settled(&mut session, [Command::Update(1)]);
        let third = seen(&session);
        settled(&mut session, [Command::Undo]);
        if aside {
            settled(&mut session, [Command::PutAside, lesson()]);
        }
        session = relaunched(&relaunched(&session));
        if aside {
            settled(&mut session, [Command::TakeBack]);
        }
        assert_eq!(seen(&session), second);
        settled(&mut session, [Command::Redo]);
        assert_eq!(seen(&session), third);
        let backwards = std::iter::repeat_n(Command::Undo, 8);
        let seen_on_the_way: Vec<Seen> = backwards
            .map(|undo| {
                settled(&mut session, [undo]);
                seen(&session)
            })
            .collect();
        assert!(seen_on_the_way.contains(&second) && seen_on_the_way.contains(&first));
    }
}

/// What lies behind something that cannot be made again is not lost with it.
#[test]
fn what_cannot_be_made_again_is_gone_past() {
    let (folder, csv, source) = own_data("gone");
    for closed_upon_it in [false, true] {
        let mut session = used();
        let first = seen(&session);
        settled(&mut session, [Command::Open(source.clone())]);
        settled(&mut session, [Command::Update(2)]);
        let middle = seen(&session);
        if closed_upon_it {
            std::fs::rename(&csv, folder.join("away.csv")).unwrap();
            let mut session = Session::restored(&session.saved(), || {});
            drop(session.settle());
            let unopened = session.take_unopened().unwrap();
            // What was open is given up, with a way back to it and to what was before it.
            settled(
                &mut session,
                [Command::DismissMessage, Command::GiveUp(Box::new(unopened))],
            );
            session.apply(Command::Undo);
            assert!(session.settle().is_err());
            assert!(
                session
                    .message()
                    .unwrap()
                    .lines
                    .iter()
                    .any(|line| line.contains("undo once more to go past it"))
            );
            settled(&mut session, [Command::Undo]);
            assert_eq!(seen(&session), first);
            std::fs::rename(folder.join("away.csv"), &csv).unwrap();
            settled(&mut session, [Command::Redo]);
            assert_eq!(seen(&session), middle);
            continue;
        }
        settled(&mut session, [text(TEXT, "other")]);
        let last = seen(&session);
        let mut session = relaunched(&session);
        std::fs::rename(&csv, folder.join("away.csv")).unwrap();
        session.apply(Command::Undo);
        assert!(session.settle().is_err());
        assert_eq!(seen(&session), last);
        settled(&mut session, [Command::Undo]);
        assert_eq!(seen(&session), first);
        // And on again, past it as well.
        session.apply(Command::Redo);
        assert!(session.settle().is_err());
        settled(&mut session, [Command::Redo]);
        assert_eq!(seen(&session), last);
        std::fs::rename(folder.join("away.csv"), &csv).unwrap();
        settled(&mut session, [Command::Undo]);
        assert_eq!(seen(&session), middle);
    }
}

/// With nothing behind it, it is tried again as often as one likes.
#[test]
fn what_cannot_be_made_again_and_has_nothing_behind_it_is_tried_again() {
    let (folder, csv, source) = own_data("last");
    let mut session = Session::opened(source, || {});
    settled(&mut session, [Command::Update(2)]);
    let first = seen(&session);
    settled(&mut session, [text(TEXT, "other")]);
    let mut session = relaunched(&session);
    std::fs::rename(&csv, folder.join("away.csv")).unwrap();
    for _ in 0..3 {
        session.apply(Command::Undo);
        assert!(session.settle().is_err());
        assert!(session.undoable().is_some());
    }
    std::fs::rename(folder.join("away.csv"), &csv).unwrap();
    settled(&mut session, [Command::Undo]);
    assert_eq!(seen(&session), first);
}

/// To have gone past something once is forgotten with the next step, also where nothing had to be made again for it.
#[test]
fn nothing_but_what_cannot_be_made_again_is_gone_past() {
    let (folder, csv, source) = own_data("past");
    let mut session = used();
    let earliest = seen(&session);
    settled(&mut session, [set("seed", Setting::Whole(8))]);
    let earlier = seen(&session);
    settled(&mut session, [set("seed", Setting::Whole(9))]);
    let early = seen(&session);
    settled(&mut session, [Command::Open(source)]);
    settled(&mut session, [text(TEXT, "other")]);
    let last = seen(&session);
    let mut session = relaunched(&session);
    std::fs::rename(&csv, folder.join("away.csv")).unwrap();
    for (there, command) in [(&early, Command::Undo), (&last, Command::Redo)] {
        session.apply(command.clone());
        assert!(session.settle().is_err());
        settled(&mut session, [command]);
        assert_eq!(&seen(&session), there);
    }
    session.apply(Command::Undo);
    assert!(session.settle().is_err());
    for there in [early, earlier, earliest] {
        settled(&mut session, [Command::Undo]);
        assert_eq!(seen(&session), there);
    }
}

/// The update that could not be made is part of a run.
#[test]
fn a_run_that_diverged_comes_back_diverged() {
    let mut session = Session::new(|| {});
    settled(
        &mut session,
        [set("model.cell", Setting::Text("rnn_relu".into()))],
    );
    settled(
        &mut session,
        [set("training.optimizer.kind", Setting::Text("sgd".into()))],
    );
    settled(
        &mut session,
        [set(
            "training.optimizer.learning_rate",
            Setting::Number(0.7),
        )],
    );
    settled(
        &mut session,
        [set("training.clip", Setting::Text("off".into()))],
    );
    settled(&mut session, [Command::Start]);
    let diverged = |session: &Session| match &session.snapshot().unwrap().status {
        Status::Diverged(divergence) => divergence.clone(),
        other => panic!("{other:?}"),
    };
    let first = (diverged(&session), seen(&session));
    // What is on show is the network after the last good update.
    let good = first.0.good;
    let parameters = |session: &Session| session.snapshot().unwrap().model.parameters().to_vec();
    let shown = parameters(&session);
    // Every place that names an update counts alike: so many updates led to the weights on show, and of those that are kept each
    // has its own number.
    let snapshot = session.snapshot().unwrap();
    assert_eq!(
        (snapshot.update, snapshot.made()),
        (good, first.0.update - 1)
    );
    assert_eq!(snapshot.history.last().unwrap().update, first.0.update - 1);
    assert_eq!(session.saved().update(), first.0.update - 1);
    let kept: Vec<u64> = session.kept().map(|kept| kept.update).collect();
    assert!(kept.is_sorted_by(|one, next| one < next), "{kept:?}");
    assert_eq!(kept.last(), Some(&good));
    settled(&mut session, [Command::Reset]);
    settled(&mut session, [Command::Update(good)]);
    assert_eq!(parameters(&session), shown);
    assert_eq!(good + 2, first.0.update, "update {good} + 1 led to its end");
    settled(&mut session, [Command::Undo]);
    assert_eq!((diverged(&session), seen(&session)), first);
    let mut session = relaunched(&session);
    assert_eq!((diverged(&session), seen(&session)), first);
    settled(&mut session, [Command::Reset]);
    let mut session = relaunched(&relaunched(&session));
    settled(&mut session, [Command::Undo]);
    assert_eq!((diverged(&session), seen(&session)), first);
}

/// Closed while something else is opened, the run that was on show can still be undone to.
#[test]
fn what_was_on_show_when_the_window_was_closed_upon_another_one_can_be_had_again() {
    let mut session = used();
    let own = seen(&session);
    session.apply(text(TEXT, "other"));
    let mut session = relaunched(&session);
    assert_eq!(session.name(), "other");
    settled(&mut session, [Command::Undo]);
    assert_eq!(seen(&session), own);
}

/// Closed on the way back or on, the row stands as it would there: what was on show is done again, and what lies behind undone.
#[test]
fn a_window_closed_upon_an_undo_or_a_redo_has_the_row_of_where_that_leads() {
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
    let closed_upon = |session: &mut Session, commands: &[Command]| {
        assert!(session.here.timeline.fit(0, None), "all is made again");
        commands
            .iter()
            .for_each(|command| session.apply(command.clone()));
        assert!(session.here.opening.is_some());
        relaunched(session)
    };
    let mut session = closed_upon(&mut session, &[Command::Undo, Command::Undo]);
    assert_eq!(seen(&session), all[1]);
    let mut session = closed_upon(&mut session, &[Command::Redo]);
    assert_eq!(seen(&session), all[2]);
    settled(&mut session, [Command::Redo]);
    assert_eq!(seen(&session), all[3]);
    assert_eq!(session.redoable(), None);
    for earlier in all[..3].iter().rev() {
        settled(&mut session, [Command::Undo]);
        assert_eq!(&seen(&session), earlier);
    }
}

/// What a run was training towards is not forgotten when it is paused, nor when the window is closed.
#[test]
fn a_run_knows_what_it_was_training_towards_after_a_pause_and_a_launch() {
    let update = |session: &Session| {
        let snapshot = session.snapshot().unwrap();
        (snapshot.update, snapshot.planned, snapshot.status.clone())
    };
    let mut session = used();
    settled(&mut session, [Command::Start]);
    assert_eq!(update(&session), (400, 400, Status::Finished));
    // As many again, and stopped on the way.
    settled(&mut session, [Command::Start, Command::Pause]);
    let (made, planned, _) = update(&session);
    assert!((400..800).contains(&made) && planned == 800);
    let mut session = relaunched(&session);
    assert_eq!(update(&session), (made, 800, Status::Paused));
    assert_eq!(session.notice(), None, "it was not training");
    settled(&mut session, [Command::Start]);
    assert_eq!(update(&session), (800, 800, Status::Finished));
    assert_eq!(update(&relaunched(&session)), (800, 800, Status::Finished));
    // Closed while it trains.
    let mut session = used();
    session.apply(Command::Start);
    let made = update(&session).0;
    let session = relaunched(&session);
    assert_eq!(update(&session), (made, 400, Status::Paused));
    let said = &session.notice().unwrap().text;
    assert!(said.contains(&format!("at update {made} of 400")), "{said}");
    assert_eq!(relaunched(&session).notice(), None, "said once");
}

/// A run that is made again knows how far it was, whatever is done meanwhile.
#[test]
fn how_far_a_run_was_is_not_forgotten_while_it_is_made_again() {
    let ways: [(&str, &[Command]); 5] = [
        ("paused", &[]),
        (
            "a lesson begun and left",
            &[Command::PutAside, lesson(), Command::TakeBack],
        ),
        ("reset and undone", &[Command::Reset, Command::Undo]),
        (
            "a setting changed and undone",
            &[set("model.hidden_size", Setting::Whole(3)), Command::Undo],
        ),
        (
            "the learning rate",
            &[Command::SetLearningRate(0.5), Command::DismissMessage],
        ),
    ];
    for stopped in [true, false] {
        for (way, commands) in &ways {
            let mut kept = used().saved();
            kept = Saved::of(
                kept.text(),
                &kept.location(),
                None,
                kept.name(),
                1_000_000_000,
            );
            let mut session = Session::restored(&kept, || {});
            while session.remade().is_none_or(|made| made.made == 0) {
                session.poll();
                std::thread::yield_now();
            }
            assert_eq!(session.snapshot().unwrap().planned, 1_000_000_000);
            if stopped {
                settled(&mut session, [Command::Pause]);
            }
            for command in *commands {
                session.apply(command.clone());
                if !matches!(command, Command::PutAside) {
                    while session.loading().is_some() {
                        session.poll();
                        std::thread::yield_now();
                    }
                    session.poll();
                }
            }
            assert_eq!(session.saved().update(), 1_000_000_000, "{way}, {stopped}");
            let remade = session.remade().unwrap();
            assert_eq!(remade.kept, 1_000_000_000, "{way}, {stopped}");
            settled(&mut session, [Command::Pause]);
        }
    }
}

/// A run is its text and its data. Where those are other ones than they were, it says so.
#[test]
fn data_that_have_changed_since_a_run_was_made_are_told_of() {
    let folder = folder("changed");
    let csv = folder.join("own.csv");
    let write = |of: usize| {
        let series: String = (0..60).map(|row| format!("{row},{}\n", row % of)).collect();
        std::fs::write(&csv, format!("t,v\n{series}")).unwrap();
    };
    write(7);
    let own = "format = 1\n[data]\ncsv = \"own.csv\"\ntarget = \"v\"\nwindow = 5\n";
    let source = Origin::Text {
        text: own.into(),
        location: Location::Directory(folder.clone()),
        name: "own".into(),
    };
    let mut session = Session::new(|| {});
    settled(&mut session, [Command::Open(source)]);
    settled(&mut session, [Command::Update(2)]);
    let session = relaunched(&session);
    assert_eq!(session.message(), None);
    write(8);
    let session = relaunched(&session);
    assert!(
        session
            .message()
            .unwrap()
            .title
            .contains("own have changed"),
        "{:?}",
        session.message()
    );
    // Said once: from now on they are the run's.
    assert_eq!(relaunched(&session).message(), None);
}

#[test]
fn a_run_that_is_put_aside_while_it_trains_waits_and_keeps_what_it_reached() {
    let mut session = used();
    session.apply(Command::Start);
    settled(&mut session, [Command::PutAside, lesson()]);
    settled(&mut session, [Command::TakeBack]);
    assert!(!session.is_running());
    assert!(session.snapshot().unwrap().update >= 12);
}

/// Left before its first page has arrived, a lesson has replaced nothing.
#[test]
fn what_is_not_away_yet_just_stays() {
    let mut session = used();
    let own = seen(&session);
    session.apply(Command::PutAside);
    session.apply(lesson());
    settled(&mut session, [Command::TakeBack]);
    assert_eq!(seen(&session), own);
    assert_eq!(session.aside_name(), None);
    assert_eq!(session.loading(), None);
}

#[test]
fn a_relaunch_keeps_the_cursor_and_what_was_put_aside() {
    let mut session = used();
    let own = seen(&session);
    settled(&mut session, [Command::PutAside, lesson()]);
    settled(
        &mut session,
        [Command::Sweep(Sweep::Backward), Command::Move(Move::To(3))],
    );
    let in_lesson = seen(&session);
    let mut session = relaunched(&session);
    assert_eq!(seen(&session), in_lesson);
    assert_eq!(session.undoable(), None);
    // Once more: it is still only a text.
    session = relaunched(&session);
    settled(&mut session, [Command::TakeBack]);
    assert_eq!(seen(&session), own);
    assert_eq!(session.aside_name(), None);
    settled(&mut session, [Command::Undo]);
    assert_eq!(seen(&session), in_lesson);
}

/// Closed while the lesson's first page is still on its way.
#[test]
fn a_relaunch_finds_what_was_about_to_be_put_aside() {
    let mut session = used();
    let own = seen(&session);
    session.apply(Command::PutAside);
    session.apply(lesson());
    let mut session = relaunched(&session);
    assert_eq!(session.name(), "a lesson");
    settled(&mut session, [Command::TakeBack]);
    assert_eq!(seen(&session), own);
}

/// An experiment on data of its own, in a folder of its own.
fn own_data(name: &str) -> (std::path::PathBuf, std::path::PathBuf, Origin) {
    let folder = folder(name);
    let csv = folder.join("own.csv");
    let series: String = (0..60).map(|row| format!("{row},{}\n", row % 7)).collect();
    std::fs::write(&csv, format!("t,v\n{series}")).unwrap();
    let own = "format = 1\n[data]\ncsv = \"own.csv\"\ntarget = \"v\"\nwindow = 5\n";
    let source = Origin::Text {
        text: own.into(),
        location: Location::Directory(folder.clone()),
        name: "own".into(),
    };
    (folder, csv, source)
}

/// If its data is gone for a while, what was put aside is not given up.
#[test]
fn what_cannot_be_taken_back_now_can_be_later() {
    let (folder, csv, source) = own_data("aside");
    let mut session = Session::new(|| {});
    settled(&mut session, [Command::Open(source)]);
    settled(&mut session, [Command::Update(2)]);
    let own = seen(&session);
    settled(&mut session, [Command::PutAside, lesson()]);
    let mut session = relaunched(&session);
    std::fs::rename(&csv, folder.join("away.csv")).unwrap();
    session.apply(Command::TakeBack);
    assert!(session.settle().is_err());
    assert_eq!(session.name(), "a lesson");
    assert_eq!(session.aside_name(), Some("own"));
    std::fs::rename(folder.join("away.csv"), &csv).unwrap();
    let mut session = relaunched(&session);
    settled(&mut session, [Command::TakeBack]);
    assert_eq!(seen(&session), own);
}

/// A run is made again from its text; a window that is closed meanwhile has not forgotten how far it was.
#[test]
fn a_session_closed_before_it_was_made_again_keeps_how_far_it_was() {
    let session = used();
    let kept = session.saved();
    let restored = Session::restored(&kept, || {});
    let again = restored.saved();
    assert_eq!(again.update(), 12);
    assert_eq!(
        relaunched(&restored).snapshot().unwrap().update,
        session.snapshot().unwrap().update
    );
}

/// A file that is opened in place of what the last launch left does not make it vanish.
#[test]
fn what_the_last_launch_left_can_be_had_again_after_another_file_was_opened() {
    let session = used();
    let own = seen(&session);
    let mut session = Session::restored(&session.saved(), || {});
    settled(
        &mut session,
        [Command::Open(Origin::Gallery("latch".into()))],
    );
    settled(&mut session, [Command::Undo]);
    assert_eq!(seen(&session), own);
    assert_eq!(
        session.undoable(),
        None,
        "the program's default is nobody's work"
    );
}
