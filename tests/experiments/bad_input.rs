//! Whatever a learner opens or types: what is wrong is said with its place, what was found and what was expected, and what
//! was open stays open and can be used. All of it through the session, without a screen.

use rnnscope::data::Role;
use rnnscope::experiment::Setting;
use rnnscope::session::{Command, ImportCommand, ImportState, Message, Origin, Session};
use rnnscope::train::Status;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder for one test, empty.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bad-input-{name}"));
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A session with something open and an update made.
fn used_session() -> Session {
    let mut session = Session::new(|| ());
    session.settle().unwrap();
    // As small as it can be: these tests are not about training.
    for (path, size) in [("model.hidden_size", 2), ("data.window", 2)] {
        session.apply(Command::Set {
            path: path.into(),
            value: Setting::Whole(size),
        });
        session.settle().unwrap();
    }
    session.apply(Command::Update(1));
    session.settle().unwrap();
    session
}

/// What was open is still open and usable: the same text, its snapshot on show, another update can be made.
fn assert_alive(session: &mut Session, text: &str) {
    assert_eq!(session.text(), text, "what was open stays open");
    let before = session.snapshot().expect("something is on show").update;
    session.apply(Command::DismissMessage);
    assert_eq!(session.message(), None);
    session.apply(Command::Update(1));
    session.settle().unwrap();
    let snapshot = session.snapshot().unwrap();
    assert_eq!(snapshot.update, before + 1);
    assert_eq!(snapshot.status, Status::Paused);
    assert_eq!(session.message(), None);
}

fn assert_says(message: &Message, parts: &[&str]) {
    let said = format!("{}\n{}", message.title, message.lines.join("\n"));
    for part in parts {
        assert!(said.contains(part), "“{part}” is not in: {said}");
    }
    for shape in ["panicked", "Error {", "Some(", "unwrap", "found found"] {
        assert!(!said.contains(shape), "{said}");
    }
}

/// Opens a CSV and waits until it is read.
fn import(session: &mut Session, path: &Path) {
    session.apply(Command::Open(Origin::File(path.into())));
    session.settle_import();
}

fn give(session: &mut Session, column: &str, role: Role) {
    let column = column.to_owned();
    session.apply(Command::Import(ImportCommand::Role { column, role }));
}

/// Files that are no table: said while the file is being looked at, before anything is replaced.
#[test]
fn files_that_are_no_table() {
    let folder = folder("no-table");
    let mut session = used_session();
    let text = session.text();
    let mut ragged = String::from("year,spots\n");
    for year in 1700..1760 {
        let more = if year == 1703 || year == 1741 {
            ",extra"
        } else {
            ""
        };
        ragged += &format!("{year},{}{more}\n", year % 11);
    }
    for (name, bytes, parts) in [
        (
            "empty.csv",
            "".as_bytes(),
            &["found an empty file", "expected lines of values"][..],
        ),
        ("blank.csv", b" \n\n \n", &["found an empty file"]),
        (
            "header.csv",
            b"year,spots\n",
            &[
                "line 1",
                "found no rows below the header",
                "expected at least one",
            ],
        ),
        (
            "ragged.csv",
            ragged.as_bytes(),
            &["line 5", "line 43", "found 3 fields", "expected 2"],
        ),
        (
            "quote.csv",
            b"a,b\n1,\"2\n3,4\n",
            &["line 2", "found", "expected"],
        ),
    ] {
        let path = folder.join(name);
        fs::write(&path, bytes).unwrap();
        import(&mut session, &path);
        match &session.import().unwrap().state {
            ImportState::Failed(error) => {
                assert_says(
                    &Message {
                        title: String::new(),
                        lines: vec![error.to_string()],
                        setting: None,
                    },
                    parts,
                );
            }
            other => panic!("{name}: {other:?}"),
        }
        // Opening it all the same does nothing; leaving it leaves what was open.
        session.apply(Command::Import(ImportCommand::Open));
        session.apply(Command::Import(ImportCommand::Cancel));
        assert!(session.import().is_none());
        assert_alive(&mut session, &text);
    }
    import(&mut session, &folder.join("no such.csv"));
    match &session.import().unwrap().state {
        ImportState::Unreadable(reason) => {
            assert!(reason.contains("found no such file"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
    assert_alive(&mut session, &text);
}

/// Tables that cannot be trained on as they are: said when they are opened, with line and column.
#[test]
fn tables_that_cannot_be_learned_from() {
    let folder = folder("tables");
    let mut session = used_session();
    let text = session.text();
    let mut with_text = String::from("year,spots\n");
    for year in 1700..1760 {
        let spots = if year == 1722 {
            "5 (?)".into()
        } else {
            (year % 11).to_string()
        };
        with_text += &format!("{year},{spots}\n");
    }
    for (name, bytes, target, parts, setting) in [
        (
            "text.csv",
            with_text.as_str(),
            "spots",
            &[
                "text.csv",
                "line 24, column 2 (spots): found “5 (?)”, expected a number",
            ][..],
            "data.",
        ),
        (
            "two.csv",
            "year,spots\n1700,5\n1701,11\n",
            "spots",
            &["two.csv", "found 2 rows", "expected at least 3"],
            "data.",
        ),
    ] {
        let path = folder.join(name);
        fs::write(&path, bytes).unwrap();
        import(&mut session, &path);
        assert!(
            matches!(session.import().unwrap().state, ImportState::Ready(_)),
            "{name}"
        );
        give(&mut session, target, Role::Target);
        session.apply(Command::Import(ImportCommand::Open));
        let message = session.settle().unwrap_err();
        assert_says(&message, parts);
        assert!(
            message.setting.as_ref().unwrap().starts_with(setting),
            "{message:?}"
        );
        assert_eq!(session.message(), Some(&message));
        assert_alive(&mut session, &text);
    }
}

/// Texts that are no experiment.
#[test]
fn texts_that_are_no_experiment() {
    let mut session = used_session();
    let text = session.text();
    let latch = "format = 1\n[data]\ntask = \"latch\"\n";
    for (wrong, parts, setting) in [
        ("".to_string(), &["line 1", "format", "expected"][..], None),
        // Cut off in the middle of a value, and of a table's name.
        (
            format!("{latch}[model]\ncell = \"ls"),
            &["line 5", "found", "expected"],
            None,
        ),
        (
            format!("{latch}[mod"),
            &["line 4", "found", "expected"],
            None,
        ),
        (
            format!("{latch}[model]\nhiden_size = 8\n"),
            &[
                "line 5, model.hiden_size",
                "found",
                "expected",
                "hidden_size",
            ],
            Some("model.hiden_size"),
        ),
        (
            format!("{latch}[model]\nhidden_size = 0\n"),
            &["line 5, model.hidden_size: found 0, expected a whole number from 1 to"],
            Some("model.hidden_size"),
        ),
        (
            format!("{latch}[model]\nhidden_size = 1000000\n"),
            &["line 5, model.hidden_size: found 1000000, expected a whole number from 1 to"],
            Some("model.hidden_size"),
        ),
        (
            format!(
                "{latch}[model]\nhidden_size = \"big\"\nnum_layers = 1.5\n[training]\nupdates = -1\n"
            ),
            &[
                "line 5, model.hidden_size",
                "line 6, model.num_layers",
                "line 8, training.updates: found -1",
            ],
            Some("model.hidden_size"),
        ),
        (
            format!("{latch}[training]\noptimizer = {{ kind = \"adam\", learning_rate = nan }}\n"),
            &["line 5"],
            None,
        ),
    ] {
        session.apply(Command::SetText(wrong.clone()));
        let message = session
            .message()
            .cloned()
            .unwrap_or_else(|| panic!("no message for {wrong}"));
        assert_says(&message, parts);
        if let Some(setting) = setting {
            assert_eq!(message.setting.as_deref(), Some(setting));
        }
        assert_alive(&mut session, &text);
    }
}

/// The same through a setting's own field.
#[test]
fn settings_that_cannot_be() {
    let mut session = used_session();
    let text = session.text();
    for (path, value, parts) in [
        (
            "model.hidden_size",
            Setting::Whole(0),
            &["model.hidden_size: found 0, expected a whole number from 1 to"][..],
        ),
        (
            "model.hidden_size",
            Setting::Whole(1_000_000),
            &["model.hidden_size: found 1000000, expected"],
        ),
        (
            "model.hidden_sizes",
            Setting::Whole(4),
            &["model.hidden_sizes", "hidden_size"],
        ),
        (
            "model.cell",
            Setting::Text("transformer".into()),
            &["model.cell", "transformer", "lstm"],
        ),
        (
            "training.batch_size",
            Setting::Whole(-1),
            &["training.batch_size: found -1, expected"],
        ),
        (
            "training.optimizer.learning_rate",
            Setting::Number(f64::NAN),
            &["learning_rate", "expected"],
        ),
    ] {
        session.apply(Command::Set {
            path: path.into(),
            value,
        });
        assert_says(session.message().unwrap(), parts);
        assert_eq!(session.message().unwrap().setting.as_deref(), Some(path));
        assert_alive(&mut session, &text);
    }
}

/// Settings whose fault shows only once the data is there.
#[test]
fn settings_that_do_not_fit_the_data() {
    let mut session = used_session();
    let text = session.text();
    for (path, value, parts) in [
        (
            "data.window",
            Setting::Whole(400),
            &["found window 400", "expected together at most the 309 rows"][..],
        ),
        (
            "data.csv",
            Setting::Text("no such.csv".into()),
            &["no such.csv"],
        ),
        (
            "data.target",
            Setting::Text("SUNSPOTS".into()),
            &["SUNSPOTS", "SUNACTIVITY"],
        ),
        (
            "data.test_from",
            Setting::Text("3000".into()),
            &["3000", "expected"],
        ),
        (
            "probe.index",
            Setting::Whole(59),
            &["probe.index: found 59, expected a whole number from 0 to 58"],
        ),
    ] {
        session.apply(Command::Set {
            path: path.into(),
            value,
        });
        let message = session.settle().expect_err(path);
        assert_says(&message, parts);
        assert_eq!(message.setting.as_deref(), Some(path), "{message:?}");
        assert_alive(&mut session, &text);
    }
}

/// Rates and thresholds that are no such thing, before the first update, later, and while the run goes on.
#[test]
fn changes_on_the_way_that_cannot_be() {
    let mut session = used_session();
    let wrong = [
        Command::SetLearningRate(f64::NAN),
        Command::SetLearningRate(-1.0),
        Command::SetClip(rnnscope::nn::Clip::Norm(0.0)),
        Command::SetClip(rnnscope::nn::Clip::Norm(f64::INFINITY)),
    ];
    for at in ["the start", "a pause"] {
        if at == "the start" {
            session.apply(Command::Reset);
            session.settle().unwrap();
        }
        let (text, optimizer, clip) = {
            let snapshot = session.snapshot().unwrap();
            (session.text(), snapshot.optimizer, snapshot.clip)
        };
        for command in &wrong {
            session.apply(command.clone());
            let message = session
                .message()
                .cloned()
                .unwrap_or_else(|| panic!("{command:?} at {at}"));
            assert_says(&message, &["found", "expected"]);
            session.settle().unwrap();
            let snapshot = session.snapshot().unwrap();
            assert_eq!(
                (snapshot.optimizer, snapshot.clip),
                (optimizer, clip),
                "{command:?} at {at}"
            );
        }
        assert_alive(&mut session, &text);
    }
}

#[test]
fn files_that_are_no_experiment() {
    let folder = folder("files");
    let mut session = used_session();
    let text = session.text();
    fs::write(folder.join("latin.toml"), b"format = 1 # \xe9\n").unwrap();
    fs::write(folder.join("cut.toml"), "format = 1\n[data\n").unwrap();
    for (name, parts) in [
        ("none.toml", &["none.toml", "cannot be read"][..]),
        ("latin.toml", &["latin.toml", "cannot be read"]),
        (
            "cut.toml",
            &["cut cannot be opened", "line 2", "found", "expected"],
        ),
    ] {
        session.apply(Command::Open(Origin::File(folder.join(name))));
        assert_says(session.message().unwrap(), parts);
        assert_alive(&mut session, &text);
    }
    session.apply(Command::Open(Origin::File(folder.join("fine.toml"))));
    session.apply(Command::Save(folder.join("no/such/folder.toml")));
    assert_says(
        session.message().unwrap(),
        &["folder.toml", "cannot be written"],
    );
    assert_alive(&mut session, &text);
}

/// A file of 20 MB: leaving it stops the reading; read to its end it opens, and is cancelled while it is opened.
#[test]
fn a_large_csv_can_be_cancelled() {
    let folder = folder("large");
    let path = folder.join("large.csv");
    let mut large = String::with_capacity(21 << 20);
    large += "t,a,b,c\n";
    let mut row = 0_u64;
    while large.len() < 20 << 20 {
        let value = row.wrapping_mul(6_364_136_223_846_793_005) >> 40;
        large += &format!("{row},{value},{}.5,-{}\n", value % 1_000, value % 77);
        row += 1;
    }
    fs::write(&path, &large).unwrap();
    let mut session = used_session();
    let text = session.text();

    // Left before it is read: it goes at once, and nothing is replaced.
    session.apply(Command::Open(Origin::File(path.clone())));
    assert!(matches!(
        session.import().unwrap().state,
        ImportState::Reading(_)
    ));
    session.apply(Command::Import(ImportCommand::Cancel));
    assert!(session.import().is_none());
    assert_alive(&mut session, &text);

    // Read to its end.
    import(&mut session, &path);
    match &session.import().unwrap().state {
        ImportState::Ready(table) => assert_eq!(table.table.rows() as u64, row),
        other => panic!("{other:?}"),
    }
    give(&mut session, "b", Role::Target);
    session.apply(Command::Import(ImportCommand::Open));
    assert!(session.loading().is_some());
    session.apply(Command::CancelLoading);
    let message = session.settle().unwrap_err();
    assert_says(&message, &["cancelled"]);
    assert_eq!(session.loading(), None);
    assert_alive(&mut session, &text);
}
