use super::*;
use crate::train::checkpoint::Kept;
use std::fs;
use std::sync::mpsc::channel;

fn on_disk(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

fn why(session: &Session) -> Option<WhyAsk> {
    session.overwrite().map(|asked| asked.why)
}

#[test]
fn a_file_that_is_not_the_experiments_own_is_asked_about() {
    let path = folder("ask").join("theirs.toml");
    fs::write(&path, "theirs").unwrap();
    let mut session = used();
    session.apply(Command::Save(path.clone()));
    assert_eq!(why(&session), Some(WhyAsk::Another));
    assert_eq!(on_disk(&path), "theirs");
    assert_eq!((session.name(), session.notice()), ("mine", None));
    // Who does not answer yes keeps it.
    session.apply(Command::DismissMessage);
    assert_eq!(why(&session), None);
    assert_eq!(on_disk(&path), "theirs");
    session.apply(Command::Save(path.clone()));
    session.apply(Command::SaveOver(path.clone()));
    assert_eq!(why(&session), None);
    assert_eq!(on_disk(&path), session.text());
    let notice = &session.notice().unwrap().text;
    assert_eq!(*notice, format!("Saved to {}.", path.display()));
    assert_eq!(session.path(), Some(path.as_path()));
}

#[test]
fn its_own_file_is_saved_at_once_until_somebody_else_has_written_it() {
    let folder = folder("own");
    let path = folder.join("own.toml");
    let mut session = used();
    session.apply(Command::Save(path.clone()));
    assert_eq!(why(&session), None, "there was nothing");
    settled(&mut session, [set("model.hidden_size", Setting::Whole(6))]);
    session.apply(Command::Save(path.clone()));
    assert_eq!((why(&session), on_disk(&path)), (None, session.text()));
    // Undone or not, it is the file that this program wrote last.
    settled(&mut session, [Command::Undo]);
    session.apply(Command::Save(path.clone()));
    assert_eq!((why(&session), on_disk(&path)), (None, session.text()));
    // Another experiment has no claim to it.
    let copy = folder.join("copy.toml");
    session.apply(Command::Save(copy.clone()));
    session.apply(Command::Save(path.clone()));
    assert_eq!(why(&session), Some(WhyAsk::Another));
    // The next launch still knows it, by whatever way it is named.
    let mut session = Session::restored(&session.saved(), || {});
    session.settle().unwrap();
    let elsewhere = folder.join("..").join(folder.file_name().unwrap());
    session.apply(Command::Save(elsewhere.join("copy.toml")));
    assert_eq!(why(&session), None);
    // Written by another program, or taken away and written again.
    fs::write(&copy, "theirs").unwrap();
    session.apply(Command::Save(copy.clone()));
    assert_eq!(why(&session), Some(WhyAsk::Changed));
    assert_eq!(on_disk(&copy), "theirs");
    // Opened, it is its own as it is.
    let mut again = Session::new(|| {});
    settled(&mut again, [Command::Open(Origin::File(path.clone()))]);
    again.apply(Command::Save(path.clone()));
    assert_eq!(why(&again), None);
    fs::remove_file(&path).unwrap();
    again.apply(Command::Save(path.clone()));
    assert_eq!((why(&again), on_disk(&path)), (None, again.text()));
}

#[cfg(unix)]
#[test]
fn an_overwritten_file_keeps_its_permissions_and_its_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder("links");
    let (real, link) = (folder.join("real.toml"), folder.join("link.toml"));
    fs::write(&real, TEXT).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real.toml", &link).unwrap();
    let mut session = Session::new(|| {});
    settled(&mut session, [Command::Open(Origin::File(link.clone()))]);
    settled(&mut session, [set("seed", Setting::Whole(8))]);
    session.apply(Command::Save(link.clone()));
    assert_eq!(why(&session), None);
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(on_disk(&real), session.text());
    let mode = real.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    // A lock that somebody put on it is not passed by in silence.
    fs::set_permissions(&real, fs::Permissions::from_mode(0o440)).unwrap();
    session.apply(Command::Save(link.clone()));
    assert_eq!(why(&session), Some(WhyAsk::Protected));
}

#[test]
fn a_save_that_fails_says_so_and_loses_nothing() {
    let folder = folder("fails");
    fs::create_dir(folder.join("folder.toml")).unwrap();
    let mut session = used();
    let before = seen(&session);
    for (path, words) in [
        ("folder.toml", "found a folder, expected the name of a file"),
        ("no/such.toml", "Check that the folder is there"),
    ] {
        session.apply(Command::Save(folder.join(path)));
        let message = session.message().expect(path);
        assert!(message.title.contains("cannot be written"), "{message:?}");
        assert!(message.lines[0].contains(words), "{message:?}");
        assert!(message.lines[1].ends_with("and unsaved."), "{message:?}");
        assert_eq!(session.notice(), None);
        assert_eq!(seen(&session), before);
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "no part is left");
    // What was saved before is not called unsaved.
    let own = folder.join("own.toml");
    session.apply(Command::Save(own.clone()));
    session.apply(Command::Save(folder.join("folder.toml")));
    let message = session.message().unwrap();
    let said = format!("{} stays as it was.", own.display());
    assert!(message.lines[1].ends_with(&said), "{message:?}");
    assert_eq!(session.path(), Some(&*own));
}

/// The text says a change once the run has made it; saved in between, it says it too.
#[test]
fn what_is_saved_while_a_change_is_on_its_way_says_the_change() {
    let folder = folder("change");
    let (wake, woken) = channel();
    let mut session = Session::new(move || wake.send(()).unwrap_or_default());
    let long = TEXT.replace("updates = 400", "updates = 100000");
    settled(&mut session, [text(&long, "long")]);
    session.apply(Command::Start);
    for (file, rate) in [("one.toml", 0.004), ("two.toml", 0.0005)] {
        let path = folder.join(file);
        session.apply(Command::SetLearningRate(rate));
        session.apply(Command::Save(path.clone()));
        while session.notice().is_none() {
            woken.recv().unwrap();
            session.poll();
        }
        assert!(session.is_running(), "saving does not stop the run");
        let written = Experiment::parse(&on_disk(&path)).unwrap();
        let last = written.training.changes.last().unwrap();
        assert_eq!(last.learning_rate, Some(rate));
    }
    // Whoever leaves at once does not leave it behind.
    let path = folder.join("last.toml");
    session.apply(Command::SetClip(Clip::Norm(0.25)));
    session.apply(Command::Save(path.clone()));
    session.finish_saving();
    let written = Experiment::parse(&on_disk(&path)).unwrap();
    let last = written.training.changes.last().unwrap();
    assert_eq!(last.clip, Some(Clip::Norm(0.25)));
}

/// What the editor of the text holds and nobody has applied is not saved, and whoever saves is told.
#[test]
fn who_saves_is_told_of_what_is_typed_and_not_applied() {
    let folder = folder("unapplied");
    let mut session = used();
    let mut saved = |has_unapplied, file: &str| {
        session.set_unapplied(has_unapplied);
        session.apply(Command::Save(folder.join(file)));
        session.notice().unwrap().text.clone()
    };
    assert!(saved(true, "one.toml").contains("not applied"));
    assert!(!saved(false, "two.toml").contains("not applied"));
}

/// More updates than the experiment plans are not in its text, and whoever saves is told.
#[test]
fn who_saves_is_told_of_updates_beyond_the_plan() {
    let folder = folder("beyond");
    let mut session = used();
    let mut saved = |file: &str| {
        settled(&mut session, [Command::Update(200)]);
        session.apply(Command::Save(folder.join(file)));
        session.notice().unwrap().text.clone()
    };
    assert!(!saved("one.toml").contains("plans"), "212 of 400");
    let beyond = saved("two.toml");
    assert!(beyond.contains("plans 400 updates, of the 412"), "{beyond}");
}

/// What is kept of a session, with the file of its checkpoint.
fn kept(session: &Session, path: &Path) -> Saved {
    let (_, bytes) = session.checkpoint().unwrap();
    fs::write(path, bytes().unwrap()).unwrap();
    session.saved().with_checkpoint(path.to_owned())
}

fn back(saved: &Saved) -> Session {
    let mut session = Session::restored(saved, || {});
    session.settle().unwrap();
    assert_eq!(session.message(), None);
    session
}

#[test]
fn a_run_comes_back_from_its_checkpoint_where_it_has_one_and_is_made_again_where_not() {
    let path = folder("checkpoint").join("checkpoint");
    let mut session = used();
    // Of an earlier update, as after an end without notice.
    let earlier = kept(&session, &path);
    settled(
        &mut session,
        [Command::SetLearningRate(0.001), Command::Update(6)],
    );
    let later = session.saved();
    let all = seen(&session);
    assert_eq!(seen(&back(&later)), all);
    assert_eq!(
        seen(&back(&later.clone().with_checkpoint(path.clone()))),
        all
    );
    assert_eq!(seen(&back(&earlier)).update, 12);
    assert_eq!(seen(&back(&kept(&session, &path))), all);
    // That it is the checkpoint it comes back from: here one says something else than the text.
    let mut other = Session::new(|| {});
    settled(
        &mut other,
        [text(&TEXT.replace("seed = 5", "seed = 6"), "other")],
    );
    settled(&mut other, [Command::Update(18)]);
    let of_other = other.here.watched.run.seat.checkpoint().unwrap();
    let taken = session.here.watched.run.seat.checkpoint().unwrap();
    let mixed = |text: &str| {
        let kept = Kept::new(text, &taken.material, &of_other.checkpoint);
        fs::write(&path, kept.to_bytes().unwrap()).unwrap();
    };
    let plain = Saved::of(TEXT, &Location::BuiltIn, None, "mine", 18);
    mixed(TEXT);
    let from_it = back(&plain.clone().with_checkpoint(path.clone()));
    assert_eq!(seen(&from_it).parameters, seen(&other).parameters);
    // Of another text it is left alone, and likewise what is no checkpoint.
    let straight = seen(&back(&plain));
    mixed(&TEXT.replace("hidden_size = 4", "hidden_size = 5"));
    assert_eq!(
        seen(&back(&plain.clone().with_checkpoint(path.clone()))),
        straight
    );
    fs::write(&path, "no checkpoint").unwrap();
    assert_eq!(
        seen(&back(&plain.clone().with_checkpoint(path.clone()))),
        straight
    );
    fs::remove_file(&path).unwrap();
    assert_eq!(seen(&back(&plain.with_checkpoint(path))), straight);
}
