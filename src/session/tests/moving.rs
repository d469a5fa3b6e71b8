use super::*;

/// What is offered and what leads on are one: a step of which it is said that it leads nowhere leaves the cursor where it is, and
/// every other one moves it.
#[test]
fn a_step_that_leads_nowhere_is_known_before_it_is_taken() {
    let mut session = Session::new(|| {});
    settled(&mut session, [text(TEXT, "mine")]);
    let places = [
        vec![Command::Sweep(Sweep::Forward)],
        vec![Command::Sweep(Sweep::Forward), Command::Move(Move::To(3))],
        vec![Command::Sweep(Sweep::Forward), Command::Move(Move::Last)],
        vec![Command::Sweep(Sweep::Backward)],
        vec![Command::Sweep(Sweep::Backward), Command::Move(Move::To(3))],
        vec![Command::ShowAll],
    ];
    for place in &places {
        for step in [Step::Operation, Step::Time] {
            for forward in [true, false] {
                settled(&mut session, place.clone());
                let (before, why) = (session.cursor(), session.no_step(step, forward));
                settled(&mut session, [Command::StepBy(step, forward)]);
                let stays = session.cursor() == before;
                assert_eq!(why.is_some(), stays, "{place:?}, {step:?}, {forward}");
            }
        }
        for by in [Move::First, Move::Last] {
            settled(&mut session, place.clone());
            let (before, leads) = (session.cursor(), session.leads_on(by));
            settled(&mut session, [Command::Move(by)]);
            assert_eq!(leads, session.cursor() != before, "{place:?}, {by:?}");
        }
    }
    // At the very end, and at the very beginning.
    settled(&mut session, [Command::ShowAll]);
    assert!(session.no_step(Step::Time, true).is_some());
    settled(&mut session, [Command::Sweep(Sweep::Forward)]);
    assert!(session.no_step(Step::Time, false).is_some());
}

#[test]
fn the_first_and_the_last_sequence_are_known() {
    let mut session = Session::new(|| {});
    settled(&mut session, [text(TEXT, "mine")]);
    let probe = session.probe();
    let count = session.sequences(probe.split).unwrap();
    assert!(count > 2);
    let nowhere = |session: &Session| {
        [false, true].map(|forward| session.no_step(Step::Sequence, forward).is_some())
    };
    for (index, expected) in [
        (0, [true, false]),
        (1, [false, false]),
        (count - 1, [false, true]),
    ] {
        settled(&mut session, [Command::Probe(Probe { index, ..probe })]);
        assert_eq!(nowhere(&session), expected, "{index}");
    }
}

/// Who turns to another run stands there where they stood: on the same sweep, at the same time step, whatever its cell.
#[test]
fn another_run_is_shown_at_the_same_place() {
    let mut session = Session::new(|| {});
    settled(&mut session, [text(TEXT, "mine")]);
    settled(&mut session, [Command::Compare(Comparison::CellsByUnits)]);
    let [first, second] = [0, 1].map(|at| session.runs()[at].id);
    let place = |session: &Session| {
        let (cursor, schedule) = (session.cursor(), session.schedule().unwrap());
        (cursor.sweep, cursor.t(&schedule))
    };
    for sweep in [Sweep::Forward, Sweep::Backward] {
        settled(
            &mut session,
            [Command::Sweep(sweep), Command::Move(Move::To(4))],
        );
        // Within the step, too.
        settled(&mut session, [Command::StepBy(Step::Operation, false)]);
        let (before, cursor) = (place(&session), session.cursor());
        settled(&mut session, [Command::Show(second)]);
        assert_eq!(place(&session), before);
        settled(&mut session, [Command::Show(first)]);
        assert_eq!((place(&session), session.cursor()), (before, cursor));
    }
    settled(&mut session, [Command::ShowAll, Command::Show(second)]);
    assert_eq!(
        session.cursor(),
        Cursor::end(&session.schedule().unwrap()),
        "all is revealed there too"
    );
    // Where there is no such step, its own place stays.
    let short = set("data.length", Setting::Whole(3));
    settled(
        &mut session,
        [Command::Sweep(Sweep::Forward), Command::Move(Move::To(2))],
    );
    settled(&mut session, [short]);
    let before = place(&session);
    settled(&mut session, [Command::Show(first)]);
    settled(
        &mut session,
        [
            Command::Sweep(Sweep::Forward),
            Command::Move(Move::To(8)),
            Command::Show(second),
        ],
    );
    assert_eq!(place(&session), before);
}
