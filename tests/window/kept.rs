//! What the window keeps between launches: nothing that happens costs a session or what was reached in lessons.
//!
//! Every test has a folder of its own and real windows in a headless egui.

use crate::common::{SIZE, Window, built, session, settle, shows, snapshot};
use eframe::egui::accesskit::Role;
use eframe::egui::{self, Key, Theme, ThemePreference, ViewportCommand, ViewportId};
use egui_kittest::kittest::{NodeT, Queryable};
use rnnscope::app::{App, Launch, Quit, views};
use rnnscope::experiment::gallery;
use rnnscope::lesson::Shelf;
use rnnscope::platform::fields::Fields;
use rnnscope::session::{Command, MadeAgain, Origin, Saved, Session};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longer than any test: nothing is written unless it is asked for.
const NEVER: Duration = Duration::from_secs(3_600);

/// An empty folder for a test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("kept")
        .join(name);
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn window_of(launch: Launch, source: Option<Origin>) -> Window {
    let launch = launch.write_after(NEVER);
    let mut window = built(SIZE, 1.0, Theme::Light, move |cc| {
        App::launched(&cc.egui_ctx, source, launch)
    });
    settle(&mut window);
    window
}

/// A launch with what is kept in `home`.
fn launched(home: &Path) -> Window {
    window_of(Launch::from(Some(home), false, Quit::default()), None)
}

/// The same on a file that was asked for.
fn launched_on(home: &Path, file: PathBuf) -> Window {
    let launch = Launch::from(Some(home), true, Quit::default());
    window_of(launch, Some(Origin::File(file)))
}

/// Closes a window in good order.
fn close(mut window: Window) {
    eframe::App::on_exit(window.state_mut(), None);
}

/// The theme that a launch begins with; a window in a test is given another.
fn theme_at_launch(home: &Path) -> ThemePreference {
    let ctx = egui::Context::default();
    let launch = Launch::from(Some(home), false, Quit::default()).write_after(NEVER);
    let mut app = App::launched(&ctx, None, launch);
    let theme = ctx.options(|options| options.theme_preference);
    eframe::App::on_exit(&mut app, None);
    theme
}

/// A launch that the program does not survive.
fn launch_in_vain(home: &Path) {
    drop(Launch::from(Some(home), false, Quit::default()));
}

fn press(window: &mut Window, key: Key) {
    window.key_press(key);
    settle(window);
}

fn click(window: &mut Window, name: &str) {
    window.get_by_label(name).click();
    settle(window);
}

/// A small experiment on a series beside it.
fn on_a_series(folder: &Path, name: &str) -> PathBuf {
    fs::create_dir_all(folder).unwrap();
    let rows: String = (0..40).map(|t| format!("{t},{}\n", t % 5)).collect();
    fs::write(folder.join("series.csv"), format!("t,value\n{rows}")).unwrap();
    let text = "format = 1\n\n[data]\ncsv = \"series.csv\"\ntarget = \"value\"\nwindow = 4\n\n[model]\ncell = \"rnn\"\n\
                hidden_size = 2\n\n[training]\nupdates = 6\n";
    let file = folder.join(format!("{name}.toml"));
    fs::write(&file, text).unwrap();
    file
}

/// The smallest of runs.
const TINY: &str = "format = 1\n\n[data]\ntask = \"parity\"\nlength = 2\ntrain_sequences = 2\ntest_sequences = 1\n\n\
                    [model]\ncell = \"rnn\"\nhidden_size = 1\n\n[training]\nupdates = 6\nbatch_size = 1\nevaluate_every = 100000\n";

/// A session as it is kept.
fn kept(text: &str, update: u64) -> Value {
    json!({ "text": text, "directory": null, "path": null, "name": "kept", "update": update })
}

/// Writes what is kept, by hand.
fn by_hand(home: &Path, fields: &[(&str, Value)]) {
    let place = home.join("window-1");
    fs::create_dir_all(&place).unwrap();
    let mut text = String::from("rnnscope 1\n");
    for (name, value) in fields {
        text += &format!("- {}\n", json!([name, value]));
    }
    text += &format!("- {}\n", json!(["end", fields.len()]));
    fs::write(place.join("state"), text).unwrap();
}

/// What a place keeps.
fn in_place(home: &Path, number: u32) -> Fields {
    let text = fs::read(home.join(format!("window-{number}/state"))).unwrap();
    let (fields, whole) = Fields::read(&text);
    assert!(whole);
    fields
}

fn default_name() -> &'static str {
    gallery::default_entry().title
}

#[test]
fn a_kept_session_of_any_length_comes_back_with_the_same_bits() {
    const UPDATES: u64 = 90_000;
    let saved: Saved = serde_json::from_value(kept(TINY, UPDATES)).unwrap();
    let mut session = Session::new(|| {});
    session.apply(Command::Restore(Box::new(saved)));
    // Stopped at once, wherever that is.
    session.apply(Command::Pause);
    session.settle().unwrap();
    let MadeAgain { made, kept } = session.remade().unwrap();
    assert!(made < kept && kept == UPDATES, "{made} of {kept}");
    let value = |session: &Session| serde_json::to_value(session.saved()).unwrap();
    assert_eq!(
        value(&session)["update"],
        UPDATES,
        "what is kept is still the whole"
    );

    session.apply(Command::MakeTheRest);
    session.settle().unwrap();
    assert_eq!(session.remade(), None);
    let restored = session.snapshot().unwrap().clone();
    assert_eq!(restored.update, UPDATES);
    let mut straight = Session::restored(&session.saved(), || {});
    straight.settle().unwrap();
    let straight = straight.snapshot().unwrap();
    assert_eq!(straight.model.parameters(), restored.model.parameters());
}

#[test]
fn who_leaves_the_rest_of_the_updates_or_takes_another_way_keeps_where_that_led() {
    let saved: Saved = serde_json::from_value(kept(TINY, 1_000_000_000)).unwrap();
    for (command, at_start) in [
        (Command::LeaveTheRest, false),
        (Command::Reset, true),
        (Command::SetLearningRate(0.5), false),
    ] {
        let mut session = Session::restored(&saved, || {});
        session.apply(Command::Pause);
        session.settle().unwrap();
        session.apply(command);
        session.settle().unwrap();
        assert_eq!(session.remade(), None);
        let update = serde_json::to_value(session.saved()).unwrap()["update"].as_u64();
        assert_eq!(update, Some(session.snapshot().unwrap().update));
        assert!(!at_start || update == Some(0));
    }
}

#[test]
fn the_window_says_how_many_updates_are_made_again_and_makes_the_rest() {
    let home = folder("updates");
    by_hand(&home, &[("session", kept(TINY, 25_000))]);
    let launch = Launch::from(Some(&home), false, Quit::default()).write_after(NEVER);
    let mut window = built(SIZE, 1.0, Theme::Light, move |cc| {
        App::launched(&cc.egui_ctx, None, launch)
    });
    window.key_press(Key::T);
    settle(&mut window);
    if snapshot(&window).update < 25_000 {
        assert!(shows(&window, "of the 25000 kept updates are made again"));
        click(&mut window, "Make the rest");
    }
    assert_eq!(snapshot(&window).update, 25_000);
    assert!(!shows(&window, "kept updates"));
}

#[test]
fn a_launch_that_failed_is_not_repeated_unasked_and_offered() {
    let home = folder("failed launch");
    let mut window = launched(&home);
    press(&mut window, Key::U);
    window.ctx.set_theme(ThemePreference::Dark);
    let trained = snapshot(&window);
    close(window);

    launch_in_vain(&home);
    assert_eq!(theme_at_launch(&home), ThemePreference::Dark);
    // Also at later launches.
    for _ in 0..2 {
        let window = launched(&home);
        assert_eq!(snapshot(&window).update, 0, "the default is open");
        assert!(shows(&window, "rnnscope ended while it was being opened"));
        close(window);
    }
    let mut window = launched(&home);
    click(&mut window, "Open it again");
    assert_eq!(
        snapshot(&window).model.parameters(),
        trained.model.parameters(),
        "the same bits"
    );
    assert!(!shows(&window, "rnnscope ended"));
    close(window);
    let window = launched(&home);
    assert_eq!(snapshot(&window).update, 1);
    assert!(!shows(&window, "rnnscope ended"));
}

#[test]
fn a_launch_that_was_killed_once_it_was_there_has_not_failed() {
    let home = folder("killed");
    let mut window = launched(&home);
    press(&mut window, Key::U);
    close(window);
    let window = launched(&home);
    drop(window);
    assert!(!home.join("window-1/launching").exists());
    assert_eq!(snapshot(&launched(&home)).update, 1);
}

#[test]
fn what_ends_the_program_while_it_is_opened_is_not_opened_at_the_next_launch() {
    let mut session = Session::new(|| {});
    session.settle().unwrap();
    session.apply(Command::Update(1));
    session.settle().unwrap();
    session.apply(Command::SetText(TINY.into()));
    let (on_show, opening) = session.saved_apart();
    assert_eq!(
        opening,
        Some(session.saved()),
        "closed in good order, it is what was wanted"
    );
    let home = folder("opening");
    let value = |saved: &Saved| serde_json::to_value(saved).unwrap();
    by_hand(
        &home,
        &[
            ("session", value(&on_show)),
            ("opening", value(&opening.unwrap())),
        ],
    );

    let mut window = launched(&home);
    assert_eq!(snapshot(&window).update, 1);
    assert_ne!(session_text(&window), TINY);
    click(&mut window, "Open it again");
    assert_eq!(session_text(&window), TINY);
}

fn session_text(window: &Window) -> String {
    session(window).text()
}

#[test]
fn data_that_are_not_there_are_asked_for_and_what_refers_to_them_is_kept() {
    let home = folder("stick");
    let file = on_a_series(&home.join("stick"), "mine");
    let mut window = launched_on(&home, file);
    press(&mut window, Key::U);
    let trained = snapshot(&window);
    close(window);

    let (here, away) = (home.join("stick"), home.join("away"));
    fs::rename(&here, &away).unwrap();
    // Each launch keeps what it has, and not the default in its stead.
    for _ in 0..2 {
        let mut window = launched(&home);
        assert_eq!(session(&window).name(), default_name());
        assert!(shows(&window, "mine cannot be opened now") && shows(&window, "series.csv"));
        click(&mut window, "Look again");
        assert!(shows(&window, "mine cannot be opened now"));
        close(window);
    }
    // Nor does other work.
    let mut window = launched(&home);
    press(&mut window, Key::U);
    close(window);
    let mut window = launched(&home);
    assert_eq!(
        (session(&window).name(), snapshot(&window).update),
        (default_name(), 1)
    );
    fs::rename(&away, &here).unwrap();
    click(&mut window, "Look again");
    assert_eq!(session(&window).name(), "mine");
    assert_eq!(
        snapshot(&window).model.parameters(),
        trained.model.parameters()
    );
    assert!(!shows(&window, "cannot be opened now"));
    close(window);

    // Back by the next launch, it is opened without being asked for.
    fs::rename(&here, &away).unwrap();
    close(launched(&home));
    fs::rename(&away, &here).unwrap();
    let window = launched(&home);
    assert_eq!(session(&window).name(), "mine");
    assert!(!shows(&window, "cannot be opened now"));
}

#[test]
fn what_is_offered_can_be_forgotten() {
    let home = folder("forgotten");
    by_hand(&home, &[("session", kept("format = 7", 3))]);
    let mut window = launched(&home);
    assert!(shows(&window, "kept cannot be opened now"));
    click(&mut window, "Forget it");
    close(window);
    assert!(!shows(&launched(&home), "cannot be opened now"));
}

#[test]
fn a_file_asked_for_in_vain_costs_nothing_that_was_kept() {
    let home = folder("in vain");
    let mut window = launched(&home);
    press(&mut window, Key::U);
    close(window);
    let broken = home.join("broken.toml");
    fs::write(&broken, "format = 1\n[data]\nno = 1\n").unwrap();
    let window = launched_on(&home, broken);
    assert!(session(&window).message().is_some());
    close(window);
    assert_eq!(snapshot(&launched(&home)).update, 1);
}

#[test]
fn an_experiment_opened_by_a_relative_path_is_found_from_everywhere() {
    let folder = folder("relative");
    let file = on_a_series(&folder, "mine");
    let here = std::env::current_dir().unwrap();
    // Some folders up, and down again.
    let relative: PathBuf = here.components().skip(1).map(|_| "..").collect();
    let relative = relative.join(file.strip_prefix("/").unwrap_or(&file));
    let mut session = Session::opened(Origin::File(relative.clone()), || {});
    session.settle().unwrap();
    let saved = serde_json::to_value(session.saved()).unwrap();
    for key in ["directory", "path"] {
        assert!(
            Path::new(saved[key].as_str().unwrap()).is_absolute(),
            "{saved}"
        );
    }
    assert_eq!(
        fs::canonicalize(saved["path"].as_str().unwrap()).unwrap(),
        fs::canonicalize(file).unwrap()
    );
    // A file in the folder itself has no folder in its path.
    let mut session = Session::new(|| {});
    session.apply(Command::Open(Origin::Text {
        text: TINY.into(),
        location: rnnscope::experiment::Location::Directory(PathBuf::new()),
        name: "here".into(),
    }));
    session.settle().unwrap();
    let saved = serde_json::to_value(session.saved()).unwrap();
    assert_eq!(
        Path::new(saved["directory"].as_str().unwrap()),
        here.join("")
    );
}

#[cfg(unix)]
#[test]
fn an_experiment_in_a_folder_whose_name_is_no_utf_8_is_kept_like_any_other() {
    use std::os::unix::ffi::OsStrExt;
    let home = folder("no utf-8");
    let odd = home.join(std::ffi::OsStr::from_bytes(b"Gr\xf6\xdfe"));
    let mut window = launched_on(&odd.join("home"), on_a_series(&odd, "mine"));
    press(&mut window, Key::U);
    close(window);
    let window = launched(&odd.join("home"));
    assert_eq!(
        (session(&window).name(), snapshot(&window).update),
        ("mine", 1)
    );
    assert_eq!(
        session(&window).path(),
        Some(odd.join("mine.toml").as_path())
    );
}

#[test]
fn two_windows_keep_theirs_and_lessons_are_merged() {
    let home = folder("two");
    let lessons = Shelf::built_in(&views::places()).lessons;
    let (mut first, mut second) = (launched(&home), launched(&home));
    // The first window begins the first lesson.
    click(&mut first, "Begin the lesson");
    press(&mut first, Key::U);
    // The second one the second, from the menu.
    let entry = format!("2. {}   {} min", lessons[1].title, lessons[1].minutes);
    second
        .get_by_role_and_label(Role::Button, "Lessons")
        .click();
    second.run();
    second.get_by_role_and_label(Role::Button, &entry).click();
    settle(&mut second);
    press(&mut second, Key::U);
    press(&mut second, Key::U);
    let (in_first, in_second) = (snapshot(&first).update, snapshot(&second).update);
    assert_ne!(in_first, in_second);
    close(second);
    close(first);

    // The last closed is opened first, the other beside it.
    let (one, two) = (launched(&home), launched(&home));
    assert_eq!(
        (snapshot(&one).update, snapshot(&two).update),
        (in_first, in_second)
    );
    close(one);
    close(two);
    let lessons_in = |number| {
        let fields = in_place(&home, number);
        let names: Vec<&str> = fields.iter().map(|(name, _)| name).collect();
        names
            .iter()
            .filter(|name| name.starts_with("progress "))
            .count()
    };
    assert_eq!((lessons_in(1), lessons_in(2)), (2, 2));
}

#[test]
fn a_third_window_has_the_look_of_the_others_and_a_session_of_its_own() {
    let home = folder("three");
    let mut first = launched(&home);
    press(&mut first, Key::U);
    first.ctx.set_theme(ThemePreference::Dark);
    close(first);
    let _first = launched(&home);
    assert_eq!(theme_at_launch(&home), ThemePreference::Dark);
    assert_eq!(snapshot(&launched(&home)).update, 0);
}

#[test]
fn damage_is_told_with_its_place_and_costs_nothing_else() {
    let home = folder("damage");
    let mut window = launched(&home);
    press(&mut window, Key::U);
    close(window);
    let state = home.join("window-1/state");
    let text = fs::read_to_string(&state).unwrap();
    fs::write(&state, text.replace("\"layouts\"", "\"layered\"")).unwrap();
    let mut window = launched(&home);
    assert_eq!(snapshot(&window).update, 1);
    assert!(
        shows(&window, "Some of what was kept could not be read") && shows(&window, "unreadable-1")
    );
    click(&mut window, "Dismiss");
    assert!(!shows(&window, "could not be read"));
    close(window);
    assert!(
        !shows(&launched(&home), "could not be read"),
        "it is told once"
    );
}

#[test]
fn one_wrong_value_costs_that_value_alone() {
    let home = folder("wrong");
    let mut session = kept(TINY, 3);
    session["update"] = json!("three");
    let lesson = &Shelf::built_in(&views::places()).lessons[0].id;
    let progress =
        json!({ "page": 1, "done": [[0, 1], { "x": 1 }, [0]], "chosen": 7, "hints": [] });
    by_hand(
        &home,
        &[
            ("session", session),
            (&format!("progress {lesson}"), progress),
            ("panes", json!({ "tree": 1 })),
            ("window", json!({ "size": "large", "maximized": false })),
            ("theme", json!("Dark")),
            (
                "waiting",
                json!([1, { "saved": kept(TINY, 9), "why": "Ended" }]),
            ),
        ],
    );
    let window = launched(&home);
    assert_eq!(session_text(&window), TINY);
    assert_eq!(snapshot(&window).update, 0);
    assert!(shows(&window, "unreadable-1"));
    assert!(shows(&window, "rnnscope ended while it was being opened"));
    close(window);
    let progress = in_place(&home, 1);
    let progress = progress.get(&format!("progress {lesson}")).unwrap();
    assert_eq!(
        (&progress["page"], &progress["done"]),
        (&json!(1), &json!([[0, 1]]))
    );
}

#[test]
fn a_zoom_that_cannot_be_chosen_opens_as_none() {
    for (zoom, expected) in [
        (json!(0), 1.0),
        (json!(-2.5), 1.0),
        (json!(10_000), 1.0),
        (json!(1e300), 1.0),
        (json!("wide"), 1.0),
        (json!(1.25), 1.25),
    ] {
        let home = folder("zoom");
        by_hand(&home, &[("zoom", zoom)]);
        let launch = Launch::from(Some(&home), false, Quit::default());
        let window = window_of(launch, None);
        assert_eq!(window.ctx.zoom_factor(), expected);
    }
    for zoom in ["NaN", "inf", "0.0", "1e9"] {
        let home = folder("zoom");
        let memory =
            format!("{{\"egui\":\"(options:(theme_preference:Dark,zoom_factor:{zoom}))\"}}");
        fs::write(home.join("app.ron"), memory).unwrap();
        assert_eq!(theme_at_launch(&home), ThemePreference::Dark);
        assert_eq!(launched(&home).ctx.zoom_factor(), 1.0, "{zoom}");
    }
}

/// As eframe writes a text.
fn ron(text: &str) -> String {
    let mut quoted = String::from("\"");
    for sign in text.chars() {
        match sign {
            '"' | '\\' => quoted.extend(['\\', sign]),
            '\n' => quoted += "\\n",
            sign => quoted.push(sign),
        }
    }
    quoted + "\""
}

#[test]
fn what_an_earlier_version_kept_is_read_once_and_left_alone() {
    let home = folder("eframe");
    let lesson = &Shelf::built_in(&views::places()).lessons[1].id;
    let mut progress = serde_json::Map::new();
    progress.insert(
        lesson.clone(),
        json!({ "page": 2, "done": [[0, 1]], "chosen": [], "hints": [] }),
    );
    let before =
        json!({ "session": kept(TINY, 2), "lesson": null, "progress": progress, "panes": null });
    let file = format!(
        "{{\n    \"window\": {},\n    \"rnnscope\": {},\n    \"egui\": {},\n}}",
        ron(
            "(normal_geometry:(outer_position_pixels:Some((x:20.0,y:30.0)),scale_factor:2.0,inner_size_points:(x:1000.0,y:700.0)),fullscreen:false,maximized:false)"
        ),
        ron(&before.to_string()),
        ron("(options:(theme_preference:Dark))"),
    );
    fs::write(home.join("app.ron"), &file).unwrap();
    let mut window = launched(&home);
    assert_eq!(
        (session_text(&window).as_str(), snapshot(&window).update),
        (TINY, 2)
    );
    press(&mut window, Key::U);
    close(window);
    let fields = in_place(&home, 1);
    assert_eq!(
        fields.get(&format!("progress {lesson}")).unwrap()["page"],
        2
    );
    assert_eq!(fs::read_to_string(home.join("app.ron")).unwrap(), file);
    assert_eq!(snapshot(&launched(&home)).update, 3, "it is not read again");
}

#[test]
fn what_an_earlier_version_left_half_written_is_read_as_far_as_it_goes() {
    let home = folder("half");
    let before = json!({ "session": kept(TINY, 2) }).to_string();
    let file = format!(
        "{{\n    \"rnnscope\": {},\n    \"egui\": \"(options:(theme_pre",
        ron(&before)
    );
    fs::write(home.join("app.ron"), file).unwrap();
    let window = launched(&home);
    assert_eq!(snapshot(&window).update, 2);
    assert!(shows(&window, "an earlier version") && shows(&window, "app.ron"));
}

#[test]
fn without_a_folder_it_works_and_says_once_that_nothing_is_kept() {
    let file = folder("no folder").join("file");
    fs::write(&file, "").unwrap();
    for (home, said) in [
        (None, "There is no home folder"),
        (Some(file.as_path()), "cannot be kept"),
    ] {
        let launch = Launch::from(home, false, Quit::default());
        let mut window = window_of(launch, None);
        assert!(shows(&window, said));
        press(&mut window, Key::U);
        assert_eq!(snapshot(&window).update, 1);
        click(&mut window, "Dismiss");
        press(&mut window, Key::U);
        assert!(!shows(&window, said));
        close(window);
    }
}

#[test]
fn a_disk_without_room_is_told_once_until_there_is_room() {
    let home = folder("room");
    let quit = Quit::default();
    let mut window = window_of(Launch::from(Some(&home), false, quit.clone()), None);
    // As good as no room: what is written first cannot be.
    let next = home.join("window-1/next");
    fs::create_dir(&next).unwrap();
    quit.ask();
    window.run_steps(1);
    assert!(shows(&window, "cannot be kept"));
    fs::remove_dir(&next).unwrap();
    quit.ask();
    window.run_steps(1);
    assert!(!shows(&window, "cannot be kept"));
    assert_eq!(in_place(&home, 1).get("zoom"), Some(&json!(1.0)));
}

#[test]
fn who_asks_the_program_to_end_has_everything_written_before_another_frame() {
    let home = folder("asked");
    let quit = Quit::default();
    let mut window = window_of(Launch::from(Some(&home), false, quit.clone()), None);
    press(&mut window, Key::U);
    assert!(
        !home.join("window-1/state").exists(),
        "nothing is written yet"
    );
    quit.ask();
    assert_eq!(in_place(&home, 1).get("session").unwrap()["update"], 1);
    // And the window closes with its next frame.
    window.run_steps(1);
    let output = &window.output().viewport_output[&ViewportId::ROOT];
    assert!(output.commands.contains(&ViewportCommand::Close));
}

/// The checkpoint lies beside what is kept, and gives the same.
#[test]
fn a_window_keeps_a_checkpoint_beside_its_text() {
    let home = folder("checkpoint");
    let mut window = launched(&home);
    window.key_press(Key::U);
    settle(&mut window);
    window.key_press(Key::U);
    settle(&mut window);
    let before = snapshot(&window);
    assert_eq!(before.update, 2);
    close(window);
    let file = home.join("window-1/checkpoint");
    let bytes = fs::read(&file).unwrap();
    let kept = rnnscope::train::checkpoint::Kept::from_bytes(&bytes).unwrap();
    let of = kept.of(&gallery_experiment(), &before.material).unwrap();
    assert_eq!(of.updates(), 2);
    for damaged in [false, true] {
        if damaged {
            fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
        }
        let window = launched(&home);
        let now = snapshot(&window);
        assert_eq!(now.update, 2);
        assert_eq!(now.model.parameters(), before.model.parameters());
        close(window);
    }
}

fn gallery_experiment() -> rnnscope::experiment::Experiment {
    rnnscope::experiment::Experiment::parse(gallery::default_entry().text).unwrap()
}

/// Brings back what is put aside, as the menu does; its name and how far it is.
fn back(window: &mut Window) -> (String, u64) {
    let name = session(window).aside_name().map(str::to_owned);
    let name = name.expect("something is put aside");
    click(window, "Edit");
    click(window, &format!("Back to {name}"));
    settle(window);
    (session(window).name().to_owned(), snapshot(window).update)
}

/// A file named at launch takes the place of what was open; that is put aside, whatever comes of the file.
#[test]
fn what_was_open_is_put_aside_for_a_file_that_is_asked_for() {
    let sources = |home: &Path| {
        let broken = home.join("broken.toml");
        fs::write(&broken, "format = 1\n[data]\n").unwrap();
        [on_a_series(home, "mine"), home.join("series.csv"), broken]
    };
    for which in 0..3 {
        let home = folder(&format!("asked-{which}"));
        let file = sources(&home)[which].clone();
        let mut window = launched(&home);
        press(&mut window, Key::U);
        press(&mut window, Key::U);
        let own = snapshot(&window);
        close(window);
        let mut window = launched_on(&home, file);
        // Something else is worked on, and kept.
        if which == 1 {
            click(&mut window, "Open as experiment");
        }
        press(&mut window, Key::U);
        assert_eq!(snapshot(&window).update, 1);
        close(window);
        let mut window = launched(&home);
        assert_eq!(snapshot(&window).update, 1, "{which}");
        assert_eq!(back(&mut window), (default_name().to_owned(), 2), "{which}");
        assert_eq!(snapshot(&window).model.parameters(), own.model.parameters());
        close(window);
    }
}

/// Who looks at a file at the launch and wants none of it is where a launch without it begins.
#[test]
fn a_file_that_is_not_wanted_after_all_costs_nothing() {
    let home = folder("not-wanted");
    on_a_series(&home, "mine");
    let file = home.join("series.csv");
    let mut window = launched_on(&home, file.clone());
    window.key_press(Key::Escape);
    settle(&mut window);
    assert_eq!(session(&window).name(), default_name());
    assert_eq!(session(&window).cursor(), rnnscope::nn::Cursor::START);
    press(&mut window, Key::U);
    press(&mut window, Key::U);
    let own = snapshot(&window);
    close(window);
    let mut window = launched_on(&home, file);
    window.key_press(Key::Escape);
    settle(&mut window);
    assert_eq!(snapshot(&window).update, 2);
    assert_eq!(snapshot(&window).model.parameters(), own.model.parameters());
    assert_eq!(session(&window).aside_name(), None);
    close(window);
    let window = launched(&home);
    assert_eq!(snapshot(&window).update, 2);
    close(window);
}

/// The everyday form of it: the same file, opened again without having been saved.
#[test]
fn a_file_opened_again_does_not_cost_what_was_not_saved() {
    let home = folder("asked-again");
    let file = on_a_series(&home, "mine");
    let mut window = launched_on(&home, file.clone());
    press(&mut window, Key::U);
    close(window);
    // Where nothing was done there is nothing to put aside.
    for _ in 0..2 {
        let window = launched_on(&home, file.clone());
        assert_eq!(snapshot(&window).update, 0);
        close(window);
    }
    let mut window = launched(&home);
    assert_eq!(back(&mut window), ("mine".into(), 1));
    assert_eq!(session(&window).aside_name(), None);
}

/// What is looked at and what is pinned is there at the next launch, and so is what the user has of movement.
#[test]
fn the_open_number_and_the_pinned_ones_come_back() {
    let home = folder("numbers");
    let mut window = launched(&home);
    press(&mut window, Key::Num2);
    press(&mut window, Key::ArrowRight);
    let is_forget_gate = |label: &str| label.starts_with("f, forget gate");
    let map = window.get_by(|node| node.label().is_some_and(|label| is_forget_gate(&label)));
    let at = map.rect().min + map.rect().size() * egui::vec2(0.5 / 22.0, 3.5 / 16.0);
    window.hover_at(at);
    window.drag_at(at);
    window.drop_at(at);
    settle(&mut window);
    click(&mut window, "Pin");
    click(&mut window, "View");
    click(&mut window, "Movement");
    let name = "f[3] at t = 1";
    assert!(shows(&window, "Pinned") && shows(&window, name));
    close(window);
    let mut window = launched(&home);
    assert!(shows(&window, "Pinned"));
    let links = window.get_all_by_role_and_label(Role::Link, name).count();
    assert_eq!(links, 1, "in the strip");
    assert!(shows(&window, "its gradient comes on the way back"));
    click(&mut window, "View");
    let movement = window.get_by_role_and_label(Role::CheckBox, "Movement");
    let toggled = movement.accesskit_node().toggled();
    assert_eq!(toggled, Some(egui::accesskit::Toggled::False));
    click(&mut window, "Movement");
    click(&mut window, &format!("Unpin {name}"));
    close(window);
    let window = launched(&home);
    assert!(!shows(&window, "Pinned"));
}
