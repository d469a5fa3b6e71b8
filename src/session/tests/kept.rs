//! What stays of a run to look back at: snapshots of some of its updates, and the curves of runs before.

use super::*;

fn updates(session: &Session) -> Vec<u64> {
    session.kept().map(|kept| kept.update).collect()
}

/// As a running worker publishes: a snapshot now and then.
fn published(session: &mut Session, every: u64, times: u64) {
    for _ in 0..times {
        settled(session, [Command::Update(every)]);
    }
}

#[test]
fn the_newest_are_all_kept_and_those_before_evenly() {
    let mut session = Session::new(|| {});
    settled(&mut session, [text(TEXT, "mine")]);
    published(&mut session, 3, 130);
    for _ in 0..70 {
        settled(&mut session, [Command::Update(1)]);
    }
    let kept = updates(&session);
    assert_eq!(kept.len(), KEPT);
    assert!(kept.is_sorted());
    let newest = 390 + 70;
    let half = KEPT as u64 / 2;
    assert_eq!(
        kept[KEPT / 2..],
        (newest - half + 1..=newest).collect::<Vec<_>>(),
        "the last half one after the other"
    );
    // Of 130 there was room for 64: none of the gaps is more than three times as long as another.
    let older = &kept[..KEPT / 2];
    assert_eq!(older[0], 0, "and the first of all");
    let gaps: Vec<u64> = older.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let (least, most) = (gaps.iter().min().unwrap(), gaps.iter().max().unwrap());
    assert!(*least >= 1 && *most <= 12, "{gaps:?}");
}

/// What is shown of an update is what there was after it: weights, record and history.
#[test]
fn a_kept_update_is_shown_as_it_was() {
    let mut session = Session::new(|| {});
    settled(&mut session, [text(TEXT, "mine")]);
    settled(&mut session, [Command::Update(20)]);
    let then = Arc::clone(session.snapshot().unwrap());
    settled(&mut session, [Command::Update(25), Command::Update(5)]);
    let newest = Arc::clone(session.snapshot().unwrap());
    let before = session.version();
    session.apply(Command::ShowUpdate(20));
    let shown = Arc::clone(session.snapshot().unwrap());
    assert!(Arc::ptr_eq(&shown, &then));
    assert_ne!(
        session.version(),
        before,
        "what is drawn from it is drawn anew"
    );
    assert_eq!(shown.history.len(), 20);
    assert_eq!(session.newest().unwrap().update, 50);
    // What is not kept is not shown, and nothing else is.
    assert!(!updates(&session).contains(&33));
    session.apply(Command::ShowUpdate(33));
    assert_eq!(session.snapshot().unwrap().update, 20);
    // One on is the next that is kept; training goes on from the newest.
    let next = updates(&session).into_iter().find(|&update| update > 20);
    session.apply(Command::StepBy(Step::Update, true));
    assert_eq!(session.snapshot().map(|on_show| on_show.update), next);
    session.apply(Command::ShowUpdate(50));
    assert!(Arc::ptr_eq(session.snapshot().unwrap(), &newest));
    session.apply(Command::ShowUpdate(0));
    settled(&mut session, [Command::Update(1)]);
    assert_eq!(session.snapshot().unwrap().update, 51);
    // Another sequence under the lens: of this one nothing is kept.
    let all = updates(&session);
    settled(&mut session, [Command::StepBy(Step::Sequence, true)]);
    assert_eq!(updates(&session), [51]);
    // What was kept of the first one is there again with it; what both have seen stands once.
    settled(&mut session, [Command::Update(1)]);
    assert_eq!(updates(&session), [51, 52]);
    settled(&mut session, [Command::StepBy(Step::Sequence, false)]);
    let again: Vec<u64> = all.iter().copied().chain([52]).collect();
    assert_eq!(updates(&session), again);
    session.apply(Command::ShowUpdate(20));
    assert_eq!(session.snapshot().unwrap().probe.index, then.probe.index);
    assert!(Arc::ptr_eq(session.snapshot().unwrap(), &then));
    // Of another run nothing is left.
    settled(&mut session, [Command::Reset]);
    settled(&mut session, [Command::StepBy(Step::Sequence, true)]);
    assert_eq!(updates(&session), [0]);
}

fn earlier(session: &Session) -> Vec<(String, u64)> {
    let of = |earlier: &Earlier| {
        let last = earlier.rows.last().map_or(0, |row| row.update);
        (earlier.change.clone(), last)
    };
    session.earlier_runs().map(of).collect()
}

#[test]
fn runs_that_were_begun_again_leave_their_curves() {
    let mut session = Session::new(|| {});
    settled(&mut session, [text(TEXT, "mine")]);
    settled(&mut session, [Command::Update(7)]);
    assert_eq!(earlier(&session), []);
    let losses = |session: &Session| -> Vec<f64> {
        let history = &session.newest().unwrap().history;
        history.rows().map(|row| row.train_loss).collect()
    };
    let first = losses(&session);
    settled(&mut session, [Command::Reset]);
    assert_eq!(earlier(&session), [("Reset the run".into(), 7)]);
    let rows: Vec<f64> = session
        .earlier_runs()
        .flat_map(|earlier| earlier.rows.iter().map(|row| row.train_loss))
        .collect();
    assert_eq!(rows, first);
    // Trained as far with nothing changed it is the same run, and there is nothing behind it.
    settled(&mut session, [Command::Update(3)]);
    assert_eq!(earlier(&session).len(), 1);
    settled(&mut session, [Command::Update(4)]);
    assert_eq!(earlier(&session), []);
    // At most three are remembered; one that has made no update leaves nothing.
    for (updates, size) in [(2, 3), (0, 6), (4, 5), (5, 7), (6, 4)] {
        settled(&mut session, [Command::Update(updates)]);
        let size = Setting::Whole(size);
        settled(&mut session, [set("model.hidden_size", size)]);
    }
    let change = "Changed the hidden size".to_owned();
    assert_eq!(
        earlier(&session),
        [4, 5, 6].map(|updates| (change.clone(), updates))
    );
    // Undone, the run is back, and not behind itself; the one it replaces is.
    settled(&mut session, [Command::Update(8)]);
    settled(&mut session, [Command::Undo]);
    assert_eq!(session.newest().unwrap().update, 6);
    assert!(earlier(&session).iter().all(|(_, updates)| *updates != 6));
    assert!(earlier(&session).iter().any(|(_, updates)| *updates == 8));
    // Of other data nothing is to be compared.
    settled(&mut session, [set("data.length", Setting::Whole(11))]);
    assert_eq!(earlier(&session), []);
}
