//! What a user made in the window stays theirs: lessons give back what was open, what replaces can be undone, and files are
//! overwritten only when the user says so.

use crate::common::{
    SIZE, Window, built, drop_on, file, opening, session, settle, shows, snapshot,
};
use eframe::egui::accesskit::Role;
use eframe::egui::{self, Key, Modifiers, Theme};
use egui_kittest::Node;
use egui_kittest::kittest::Queryable;
use rnnscope::app::{App, Launch, Quit, views};
use rnnscope::experiment::Location;
use rnnscope::lesson::{Lesson, Shelf};
use rnnscope::nn::Cursor;
use rnnscope::session::Origin;
use std::path::Path;
use std::sync::Arc;

const TEXT: &str = "format = 1\nseed = 5\n\n[data]\ntask = \"sine\"\nlength = 9\ntrain_sequences = 24\n\
                    test_sequences = 8\n\n[model]\ncell = \"gru\"\nhidden_size = 4\nreadout = \"every\"\n\n\
                    [training]\nupdates = 6\nbatch_size = 8\n";

const SHIFT: Modifiers = Modifiers {
    shift: true,
    ..Modifiers::COMMAND
};

fn window() -> Window {
    let source = Origin::Text {
        text: TEXT.into(),
        location: Location::BuiltIn,
        name: "mine".into(),
    };
    let mut window = opening(Some(source), SIZE, Theme::Light);
    settle(&mut window);
    window
}

/// With a run that somebody made, and the cursor on its way back.
fn used() -> Window {
    use_of(window())
}

fn use_of(mut window: Window) -> Window {
    for key in [Key::T, Key::CloseBracket, Key::ArrowRight, Key::ArrowRight] {
        press(&mut window, key);
    }
    assert_eq!(snapshot(&window).update, 6);
    window
}

fn press(window: &mut Window, key: Key) {
    window.key_press(key);
    settle(window);
}

fn press_with(window: &mut Window, modifiers: Modifiers, key: Key) {
    window.key_press_modifiers(modifiers, key);
    settle(window);
}

fn click(window: &mut Window, name: &str) {
    window.get_by_role_and_label(Role::Button, name).click();
    settle(window);
}

fn menu(window: &mut Window, menu: &str, entry: &str) {
    window.get_by_role_and_label(Role::Button, menu).click();
    window.run();
    // The notice at the foot of the panel may offer the same.
    let entries = window.get_all_by_role_and_label(Role::Button, entry);
    entries.last().expect(entry).click();
    settle(window);
}

fn turn_page(window: &mut Window, button: &str) {
    window.get_by_label(button).scroll_to_me();
    window.run();
    click(window, button);
}

fn heading(window: &Window, title: &str) -> bool {
    window.query_by_role_and_label(Role::Label, title).is_some()
}

fn first_lesson() -> Arc<Lesson> {
    Arc::clone(&Shelf::built_in(&views::places()).lessons[0])
}

/// The lesson whose first page is done by walking to the end, and whose second one asks a question; its entry in the menu.
fn walked_lesson() -> (Arc<Lesson>, String) {
    let lessons = Shelf::built_in(&views::places()).lessons;
    let mut all = lessons.iter().enumerate();
    let (index, lesson) = all.find(|(_, lesson)| lesson.id == "vanishing").unwrap();
    let entry = format!("{}. {}   {} min", index + 1, lesson.title, lesson.minutes);
    (Arc::clone(lesson), entry)
}

fn begin(window: &mut Window) -> Arc<Lesson> {
    let (lesson, entry) = walked_lesson();
    menu(window, "Lessons", &entry);
    lesson
}

/// All that a user sees of the session.
#[derive(Debug, PartialEq)]
struct Seen {
    name: String,
    text: String,
    parameters: Vec<f64>,
    losses: Vec<f64>,
    cursor: Cursor,
}

fn seen(window: &Window) -> Seen {
    let snapshot = snapshot(window);
    Seen {
        name: session(window).name().into(),
        text: session(window).text(),
        parameters: snapshot.model.parameters().to_vec(),
        losses: snapshot.history.rows().map(|row| row.train_loss).collect(),
        cursor: session(window).cursor(),
    }
}

/// A window that keeps in `home` what it is closed with.
fn launched(home: &Path) -> Window {
    let launch = Launch::from(Some(home), false, Quit::default());
    let mut window = built(SIZE, 1.0, Theme::Light, move |cc| {
        App::launched(&cc.egui_ctx, None, launch)
    });
    settle(&mut window);
    window
}

#[test]
fn a_lesson_gives_back_the_experiment_that_it_was_begun_from() {
    let mut window = used();
    let own = seen(&window);
    let lesson = begin(&mut window);
    assert!(heading(&window, &lesson.pages[0].title));
    assert!(shows(&window, "Your experiment is put aside"));
    assert_ne!(session(&window).text(), own.text);
    // Some pages on, with work of its own.
    press(&mut window, Key::End);
    turn_page(&mut window, "Next page");
    press(&mut window, Key::U);
    turn_page(&mut window, "Skip");
    press(&mut window, Key::T);
    // Another lesson, from within the first one.
    let second = &Shelf::built_in(&views::places()).lessons[1];
    let entry = format!("2. {}   {} min", second.title, second.minutes);
    menu(&mut window, "Lessons", &entry);
    assert!(heading(&window, &second.pages[0].title));
    click(&mut window, "Leave");
    assert_eq!(seen(&window), own);
    assert!(shows(&window, "Back to mine."));
    // The run itself came back: it goes on.
    press(&mut window, Key::U);
    assert_eq!(snapshot(&window).update, 7);
}

#[test]
fn a_relaunch_inside_a_lesson_keeps_page_and_cursor_and_still_gives_back_what_was_put_aside() {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("relaunch");
    drop(std::fs::remove_dir_all(&home));
    std::fs::create_dir_all(&home).unwrap();
    let mut window = launched(&home);
    let path = file("relaunch", "mine.toml", TEXT);
    drop_on(&mut window, path);
    let mut window = use_of(window);
    let own = seen(&window);
    let lesson = begin(&mut window);
    press(&mut window, Key::End);
    turn_page(&mut window, "Next page");
    for key in [Key::CloseBracket, Key::ArrowRight, Key::ArrowRight] {
        press(&mut window, key);
    }
    let in_lesson = seen(&window);
    eframe::App::on_exit(window.state_mut(), None);
    let mut window = launched(&home);
    assert!(heading(&window, &lesson.pages[1].title));
    assert_eq!(seen(&window), in_lesson);
    // The panel stands where it stood: at what was told of the last task.
    turn_page(&mut window, "Leave");
    assert_eq!(seen(&window), own);
}

#[test]
fn a_lesson_that_was_only_looked_at_is_offered_again() {
    let mut window = window();
    let lesson = first_lesson();
    assert!(window.query_by_label(&lesson.title).is_some());
    click(&mut window, "Begin the lesson");
    click(&mut window, "Leave");
    assert!(window.query_by_label(&lesson.title).is_some());
    click(&mut window, "Begin the lesson");
    turn_page(&mut window, "Skip");
    click(&mut window, "Leave");
    assert!(window.query_by_label(&lesson.title).is_some());
    click(&mut window, "Go on with the lesson");
    assert!(
        heading(&window, &lesson.pages[1].title),
        "the place is kept"
    );
    let none = format!(
        "0 of {} questions",
        Shelf::built_in(&views::places()).lessons.len()
    );
    assert!(!shows(&window, &none));
}

#[test]
fn again_asks_the_question_of_the_page_again() {
    let mut window = window();
    let lesson = begin(&mut window);
    press(&mut window, Key::End);
    turn_page(&mut window, "Next page");
    let predict = lesson.pages[1].blocks.iter().find_map(|block| match block {
        rnnscope::lesson::Block::Predict(predict) => Some(predict),
        _ => None,
    });
    let choice = &predict.expect("the second page asks").choices()[0];
    window.get_by_label_contains(choice).scroll_to_me();
    window.run();
    window
        .get_by_role_and_label(Role::RadioButton, choice)
        .click();
    settle(&mut window);
    assert!(shows(&window, "Not quite."));
    turn_page(&mut window, "Again");
    assert!(!shows(&window, "Not quite."));
    turn_page(&mut window, "Back");
    assert!(window.query_by_label("✓ Done").is_some());
}

#[test]
fn what_replaced_a_run_is_undone_by_key_by_menu_and_from_its_notice() {
    let path = file("kept", "dropped.toml", TEXT.replace("gru", "lstm"));
    let mut window = used();
    let own = seen(&window);
    drop_on(&mut window, path);
    settle(&mut window);
    let dropped = seen(&window);
    assert_eq!(dropped.name, "dropped");
    assert!(shows(&window, "Opened dropped."));
    click(&mut window, "Undo");
    assert_eq!(seen(&window), own);
    assert!(shows(&window, "Undone: Opened dropped."));
    click(&mut window, "Redo");
    assert_eq!(seen(&window), dropped);
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(seen(&window), own);
    press_with(&mut window, SHIFT, Key::Z);
    assert_eq!(seen(&window), dropped);
    menu(&mut window, "Edit", "Undo");
    assert_eq!(seen(&window), own);
    // A reset too.
    press(&mut window, Key::R);
    assert_eq!(snapshot(&window).update, 0);
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(seen(&window), own);
}

/// Where text is typed, the key belongs to the text.
#[test]
fn undoing_in_a_field_undoes_what_was_typed_there() {
    let mut window = used();
    press(&mut window, Key::R);
    let reset = seen(&window);
    let seed = |window: &Window| {
        window
            .get_by_role_and_label(Role::TextInput, "Seed")
            .is_focused()
    };
    window
        .get_by_role_and_label(Role::TextInput, "Seed")
        .scroll_to_me();
    window.run();
    window
        .get_by_role_and_label(Role::TextInput, "Seed")
        .click();
    window.run();
    assert!(seed(&window));
    press_with(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(seen(&window), reset);
}

fn on_disk(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn saving_asks_before_it_overwrites_what_another_program_wrote() {
    let path = file("kept", "saved.toml", TEXT);
    let mut window = opening(Some(Origin::File(path.clone())), SIZE, Theme::Light);
    settle(&mut window);
    press(&mut window, Key::U);
    // Its own file, as it was: at once.
    press_with(&mut window, Modifiers::COMMAND, Key::S);
    assert!(shows(&window, "Saved to "));
    std::fs::write(&path, "theirs").unwrap();
    let asked = |window: &Window| shows(window, "Replace saved.toml?");
    for no in ["Keep the file", "Escape"] {
        press_with(&mut window, Modifiers::COMMAND, Key::S);
        assert!(asked(&window), "{no}");
        assert!(shows(&window, "Another program has changed this file"));
        // Keys belong to the question.
        press(&mut window, Key::U);
        assert_eq!(snapshot(&window).update, 1);
        match no {
            "Escape" => press(&mut window, Key::Escape),
            button => click(&mut window, button),
        }
        assert!(!asked(&window), "{no}");
        assert_eq!(on_disk(&path), "theirs");
    }
    press_with(&mut window, Modifiers::COMMAND, Key::S);
    click(&mut window, "Replace");
    assert!(!asked(&window) && shows(&window, "Saved to "));
    assert_eq!(on_disk(&path), session(&window).text());
    assert_eq!(snapshot(&window).update, 1, "the run is as it was");
}

/// What was typed as text is let go only when it is in effect.
#[test]
fn a_text_that_is_refused_stays_in_its_editor() {
    let mut window = used();
    let text = session(&window).text();
    toggle_text(&mut window);
    window.run();
    let typed = "csv = \"no-such-file.csv\" # ";
    let field = |window: &Window| {
        let editors = window.get_all_by_role(Role::MultilineTextInput);
        editors.last().and_then(|editor: Node<'_>| editor.value())
    };
    // Refused when it is read.
    type_first(&mut window, "wrong ");
    let wrong = field(&window).unwrap();
    assert!(wrong.contains("wrong"), "{wrong}");
    window
        .get_by_role_and_label(Role::Button, "Apply")
        .scroll_to_me();
    window.run();
    click(&mut window, "Apply");
    assert!(session(&window).message().is_some());
    assert_eq!(field(&window).unwrap(), wrong);
    // Refused when its data is looked for.
    window.get_by_role(Role::MultilineTextInput).click();
    window.run();
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    let missing = format!("format = 1\n[data]\n{typed}\ntarget = \"v\"\nwindow = 5\n");
    window
        .get_by_role(Role::MultilineTextInput)
        .type_text(&missing);
    window.run();
    window
        .get_by_role_and_label(Role::Button, "Apply")
        .scroll_to_me();
    window.run();
    click(&mut window, "Apply");
    assert!(session(&window).message().is_some());
    assert_eq!(session(&window).text(), text);
    assert_eq!(field(&window).unwrap(), missing);
    // Put away, it is still there.
    toggle_text(&mut window);
    toggle_text(&mut window);
    assert_eq!(field(&window).unwrap(), missing);
}

/// What was typed as text and not put into effect is in its editor at the next launch.
#[test]
fn a_text_being_edited_survives_a_relaunch() {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kept-draft");
    drop(std::fs::remove_dir_all(&home));
    let field = |window: &Window| window.get_by_role(Role::MultilineTextInput).value();
    let mut window = launched(&home);
    let text = session(&window).text();
    toggle_text(&mut window);
    type_first(&mut window, "# a thought\n");
    let typed = field(&window);
    assert_ne!(typed.as_deref(), Some(&*text));
    drop(window);
    let window = launched(&home);
    assert_eq!(field(&window), typed);
    assert_eq!(session(&window).text(), text);
}

/// Types at the beginning of the experiment's text.
fn type_first(window: &mut Window, typed: &str) {
    window.get_by_role(Role::MultilineTextInput).scroll_to_me();
    window.run();
    window.get_by_role(Role::MultilineTextInput).click();
    window.run();
    window.key_press_modifiers(Modifiers::COMMAND, Key::Home);
    window
        .get_by_role(Role::MultilineTextInput)
        .type_text(typed);
    window.run();
}

fn toggle_text(window: &mut Window) {
    let name = "Show as text";
    window
        .get_by_role_and_label(Role::CheckBox, name)
        .scroll_to_me();
    window.run();
    window.get_by_role_and_label(Role::CheckBox, name).click();
    window.run();
}

/// A lesson of a folder, or one that asks again, is not there at the next launch: the experiment that it was begun from is.
#[test]
fn a_relaunch_without_the_lesson_gives_back_what_was_put_aside() {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("relaunch-without");
    drop(std::fs::remove_dir_all(&home));
    std::fs::create_dir_all(&home).unwrap();
    let mut window = launched(&home);
    let path = file("relaunch-without", "mine.toml", TEXT);
    drop_on(&mut window, path);
    let mut window = use_of(window);
    let own = seen(&window);
    let mut lesson = (*first_lesson()).clone();
    lesson.id = "from a folder".into();
    window.state_mut().begin(Arc::new(lesson));
    settle(&mut window);
    assert_ne!(seen(&window).name, own.name);
    eframe::App::on_exit(window.state_mut(), None);
    let window = launched(&home);
    assert_eq!(seen(&window), own);
}

/// Taking back leads no further than to where the page began: its text would speak of another network.
#[test]
fn undoing_on_a_page_stays_on_it() {
    let mut window = used();
    let own = seen(&window);
    let lesson = begin(&mut window);
    let undo = |window: &mut Window| press_with(window, Modifiers::COMMAND, Key::Z);
    for page in 0..3 {
        let beginning = seen(&window);
        undo(&mut window);
        assert_eq!(seen(&window), beginning, "page {page}");
        assert!(shows(&window, "This is where the page begins"));
        press(&mut window, Key::U);
        press(&mut window, Key::R);
        press(&mut window, Key::U);
        for _ in 0..3 {
            undo(&mut window);
        }
        assert_eq!(seen(&window).text, beginning.text, "page {page}");
        assert!(heading(&window, &lesson.pages[page].title));
        turn_page(&mut window, "Skip");
    }
    turn_page(&mut window, "Leave");
    assert_eq!(seen(&window), own);
}
