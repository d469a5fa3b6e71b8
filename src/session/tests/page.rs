//! A lesson's page begins: that is nobody's doing, and what was done before is taken back by nothing but leaving.

use super::*;
use crate::train::Measure;

/// A page that begins with an experiment of its own.
fn page(name: &str, length: i64) -> Command {
    Command::Page(vec![
        text(&TEXT.replace("gru", "rnn"), name),
        Command::Alone,
        set("data.length", Setting::Whole(length)),
        Command::SetNumber(SetWeight {
            parameter: "x".into(),
            index: vec![0, 0],
            value: 0.25,
        }),
        Command::Update(2),
        Command::SetLearningRate(0.004),
        Command::Sweep(Sweep::Forward),
        Command::Mark,
        // Where the page was done already, that is done again.
        Command::Update(1),
    ])
}

/// A page that goes on where the one before ended.
fn going_on() -> Command {
    Command::Page(vec![Command::Mark])
}

/// On a page, entered from a run that somebody made.
fn on_a_page() -> (Session, Seen) {
    let mut session = used();
    let own = seen(&session);
    settled(&mut session, [Command::PutAside, page("one", 5)]);
    (session, own)
}

fn relaunched(session: &Session) -> Session {
    let kept = serde_json::to_string(&session.saved()).unwrap();
    let mut session = Session::restored(&serde_json::from_str(&kept).unwrap(), || {});
    session.settle().unwrap();
    session
}

/// Nothing can be taken back or done again, and trying to changes nothing and says why.
fn stands_at_its_beginning(session: &mut Session) {
    assert_eq!((session.undoable(), session.redoable()), (None, None));
    let before = seen(session);
    for command in [Command::Undo, Command::Redo] {
        let is_undo = matches!(command, Command::Undo);
        settled(session, [command]);
        assert_eq!(seen(session), before);
        let says = session.notice().map(|notice| notice.text.as_str());
        assert_eq!(says.is_some_and(|says| says.contains("begins")), is_undo);
    }
}

#[test]
fn a_page_begins_with_nothing_to_take_back_and_tells_only_what_it_put_aside() {
    let (mut session, _) = on_a_page();
    let says = session
        .notice()
        .map(|notice| (notice.text.as_str(), notice.offer));
    let aside = "Your experiment is put aside until you leave.";
    assert_eq!(says, Some((aside, None)));
    stands_at_its_beginning(&mut session);
    settled(&mut session, [page("two", 6)]);
    assert_eq!((session.name(), session.notice()), ("two", None));
    stands_at_its_beginning(&mut session);
}

#[test]
fn undoing_on_a_page_goes_back_to_its_beginning_and_no_further() {
    for launches in 0..2 {
        let (mut session, own) = on_a_page();
        settled(&mut session, [set("seed", Setting::Whole(8))]);
        settled(&mut session, [Command::Duplicate]);
        settled(&mut session, [page("two", 6)]);
        let beginning = seen(&session);
        assert_eq!(session.runs().len(), 1);
        for _ in 0..launches {
            session = relaunched(&session);
        }
        stands_at_its_beginning(&mut session);
        settled(&mut session, [set("seed", Setting::Whole(9))]);
        settled(&mut session, [Command::Reset]);
        settled(&mut session, [text(TEXT, "dropped")]);
        for _ in 0..launches {
            session = relaunched(&session);
        }
        while session.undoable().is_some() {
            settled(&mut session, [Command::Undo]);
        }
        assert_eq!(seen(&session), beginning, "{launches} launches");
        // What was done on it can be done again, until the next page begins.
        assert!(session.redoable().is_some());
        settled(&mut session, [going_on()]);
        assert_eq!(session.notice(), None, "there is nothing to offer");
        stands_at_its_beginning(&mut session);
        settled(&mut session, [Command::Update(1)]);
        settled(&mut session, [set("seed", Setting::Whole(7))]);
        settled(&mut session, [Command::Undo]);
        assert_eq!(session.undoable(), None);
        // Who leaves finds the own experiment, and no page behind it.
        settled(&mut session, [Command::TakeBack]);
        assert_eq!(seen(&session), own);
        never_comes_to_a_page(&mut session);
    }
}

/// However often it is undone, no lesson's page is on show again.
fn never_comes_to_a_page(session: &mut Session) {
    while session.undoable().is_some() {
        settled(session, [Command::Undo]);
        assert!(!["one", "two"].contains(&session.name()));
    }
}

/// What was opened on a page is no page: it is not lost by leaving the lesson.
#[test]
fn what_was_opened_on_a_page_lies_behind_the_own_experiment() {
    let (mut session, own) = on_a_page();
    settled(&mut session, [text(TEXT, "brought")]);
    settled(&mut session, [Command::Update(3)]);
    let brought = seen(&session);
    settled(&mut session, [Command::TakeBack]);
    assert_eq!(seen(&session), own);
    let there = (0..20).any(|_| {
        settled(&mut session, [Command::Undo]);
        seen(&session) == brought
    });
    assert!(there);
    never_comes_to_a_page(&mut session);
}

/// As if there had been no lesson.
#[test]
fn what_is_undone_after_a_lesson_was_left_is_of_the_own_experiment() {
    for launches in 0..2 {
        let mut session = used();
        let first = seen(&session);
        settled(&mut session, [set("seed", Setting::Whole(9))]);
        let own = seen(&session);
        let undoable = session.undoable().map(str::to_owned);
        settled(&mut session, [Command::PutAside, page("one", 5)]);
        settled(&mut session, [set("seed", Setting::Whole(8))]);
        for _ in 0..launches {
            session = relaunched(&session);
        }
        settled(&mut session, [Command::TakeBack]);
        assert_eq!(seen(&session), own, "{launches} launches");
        let says = session.notice().map(|notice| (&*notice.text, notice.offer));
        assert_eq!(says, Some(("Back to mine.", None)), "{launches} launches");
        assert_eq!(session.undoable().map(str::to_owned), undoable);
        settled(&mut session, [Command::Undo]);
        assert_eq!(seen(&session), first, "{launches} launches");
        settled(&mut session, [Command::Redo]);
        assert_eq!(seen(&session), own, "{launches} launches");
        // Nothing of it is lost, on neither way.
        never_comes_to_a_page(&mut session);
        while session.redoable().is_some() {
            settled(&mut session, [Command::Redo]);
        }
        assert_eq!(seen(&session), own, "{launches} launches");
    }
}

/// Also while what the page opens is still on its way.
#[test]
fn what_is_done_before_a_page_is_there_is_not_done_to_half_of_it() {
    let whole = {
        let (session, _) = on_a_page();
        seen(&session)
    };
    let hands = [
        Command::Undo,
        Command::Redo,
        Command::Update(30),
        Command::Reset,
        set("seed", Setting::Whole(8)),
        Command::DismissMessage,
    ];
    for hand in hands {
        let mut session = used();
        session.apply(Command::PutAside);
        session.apply(page("one", 5));
        assert!(session.begins_page());
        session.apply(hand.clone());
        session.settle().unwrap();
        assert_eq!(seen(&session), whole, "{hand:?}");
        assert!(!session.begins_page());
    }
    // The next page, or leaving, takes its place.
    let mut session = used();
    let own = seen(&session);
    session.apply(Command::PutAside);
    session.apply(page("one", 5));
    settled(&mut session, [page("two", 6)]);
    assert_eq!(session.name(), "two");
    session.apply(page("one", 5));
    settled(&mut session, [Command::TakeBack]);
    assert_eq!(seen(&session), own);
}

/// A page without a beginning of its own stops nothing, and looks at what is there once the page before it is.
#[test]
fn a_page_that_goes_on_lets_the_run_go_on() {
    let (mut session, _) = on_a_page();
    session.apply(Command::Start);
    assert!(session.is_running());
    session.apply(going_on());
    assert!(session.is_running() && !session.begins_page());
    session.settle().unwrap();
    session.apply(page("two", 6));
    session.apply(going_on());
    session.settle().unwrap();
    assert_eq!(session.start().map(|start| start.update), Some(3));
    assert_eq!(session.name(), "two");
}

/// What is looked back at is the state that the page begins with, not one on the way to it.
#[test]
fn a_page_begins_when_its_updates_are_made() {
    let mut session = Session::new(|| {});
    let page = vec![
        text(TEXT, "one"),
        Command::Update(3),
        Command::Sweep(Sweep::Forward),
        Command::Mark,
    ];
    settled(&mut session, [Command::Page(page)]);
    assert_eq!(session.start().map(|start| start.update), Some(3));
}

#[test]
fn a_number_that_was_looked_at_is_left_with_its_page() {
    let (mut session, _) = on_a_page();
    let open = Command::OpenNumber(Number::Parameter {
        name: "weight_hh_l0".into(),
        index: vec![0, 0],
    });
    settled(&mut session, [open]);
    assert!(session.number().is_some());
    let opened = session.numbers_opened();
    settled(&mut session, [going_on()]);
    assert!(session.number().is_some());
    settled(&mut session, [page("two", 6)]);
    assert_eq!(session.number(), None);
    assert_ne!(session.numbers_opened(), opened);
}

/// What was on show where the page began is there again after a launch, whatever was done since.
#[test]
fn where_a_page_began_is_looked_back_at_after_a_launch() {
    let (mut session, _) = on_a_page();
    let measures = [
        "loss.test",
        "loss.probe",
        "update",
        "cursor.t",
        "probe.index",
    ];
    let told = |session: &Session| {
        measures.map(|name| {
            let measure = Measure::named(name).unwrap();
            let measured = session.measure_at_start(&measure).unwrap();
            measured.value.map(f64::to_bits)
        })
    };
    settled(
        &mut session,
        [
            Command::Move(Move::Next),
            Command::SetNumber(SetWeight {
                parameter: "weight_hh_l0".into(),
                index: vec![0, 0],
                value: 0.5,
            }),
        ],
    );
    settled(&mut session, [Command::Update(3)]);
    settled(&mut session, [going_on()]);
    let then = told(&session);
    assert!(then.iter().all(Option::is_some), "{then:?}");
    settled(&mut session, [Command::Update(9)]);
    settled(&mut session, [set("seed", Setting::Whole(8))]);
    for _ in 0..2 {
        session = relaunched(&session);
        assert_eq!(told(&session), then);
    }
    // It is kept also while it is still on its way.
    let kept = session.saved();
    let session = Session::restored(&kept, || {});
    assert_eq!(session.saved().page, kept.page);
    // With the page it goes.
    let mut session = relaunched(&session);
    settled(&mut session, [Command::TakeBack]);
    assert!(session.start().is_none() && session.saved().page.is_none());
}

/// A lesson that is not there at the next launch is left: what was put aside for it is there, with what can be undone in it.
#[test]
fn what_a_lesson_that_is_gone_was_begun_from_comes_back() {
    let mut session = used();
    settled(&mut session, [set("seed", Setting::Whole(9))]);
    let own = seen(&session);
    settled(&mut session, [Command::PutAside, page("one", 5)]);
    settled(&mut session, [page("two", 6)]);
    let saved = session.saved().out_of_its_lesson();
    let mut session = Session::restored(&saved, || {});
    session.settle().unwrap();
    assert_eq!(seen(&session), own);
    assert_eq!(session.aside_name(), None);
    settled(&mut session, [Command::Undo]);
    assert_ne!(seen(&session), own);
    // Where there is no lesson nothing is left.
    let saved = session.saved();
    assert_eq!(saved.clone().out_of_its_lesson(), saved);
}
