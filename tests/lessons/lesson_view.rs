//! The lesson panel in the real window: a number is worked out and its slips are known, a page covers what it asks, an error is
//! named after the run has refuted it, a solution is shown step by step, a folder of lessons is read as it is saved, and what was
//! answered is asked again on another day.

use crate::common::{LATCH, Window, built, file, on_latch, session, settle, shows};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Theme};
use egui_kittest::kittest::{NodeT, Queryable};
use rnnscope::app::App;
use rnnscope::lesson::Day;
use rnnscope::lesson::expression::{Expression, Scope};
use std::path::PathBuf;
use std::sync::Arc;

const COVERED: &str = "Answer first: this pane tells it.";

const LESSON: &str = r#"+++
id = "test"
title = "A test"
summary = "A."
minutes = 1
+++

## A step by hand

Above the question it says {{ = h[1][0] }}.

```setup
experiment = "latch.toml"
set = { "data.length" = 5, "model.hidden_size" = 2 }
```

```focus
view = "gates"
highlight = ["h"]
```

```turn
where = { t = 1 }
question = "What is h of unit 0?"
answer = "h[t][0]"
slips = [
    { value = "tanh(s - bias_hh_l0[0])", reason = "One of two biases is missing here." },
    { value = "h[t][1]", reason = "This is the other unit." },
]
working = [
    "s = dot(weight_ih_l0[0,:], x[t]) + bias_ih_l0[0] + bias_hh_l0[0]",
    "tanh(s)",
]
explain = "One tanh it is."
hints = ["Begin with the sum."]
recall = { set = { seed = "fresh" } }
```

Below the question it says {{ = h[1][0] }}.

## A belief

```setup
experiment = "latch.toml"
set = { "data.length" = 5 }
```

```focus
view = "training"
```

```predict
question = "How long is the gradient?"
choices = ["nothing at all", "something"]
answer = { measure = "norm.before", bins = [1e-6] }
after = [{ update = 1 }]
explain = ["Not so: its norm is {{ norm.before }}.", "Its norm is {{ norm.before }}."]
hide = ["training"]
```

```do
goal = "Make two updates."
check = { measure = "update", op = ">=", value = 2 }
hints = ["Press U."]
wrong = [{ commands = [{ update = 1 }], when = { measure = "update", op = "==", value = 1 }, reason = "One more." }]
solution = ["next update", { update = 1 }]
```

```refute
misconception = "whole-gradient-vanishes"
held = ["nothing at all"]
check = { measure = "norm.largest", op = ">", value = 1e-6 }
tempting = "A curve that falls."
explain = "Look at the norm."
```
"#;

fn window() -> Window {
    window_on(LESSON)
}

fn window_on(source: &str) -> Window {
    let lesson = on_latch(source);
    let mut window = built([1280.0, 900.0], 1.0, Theme::Light, move |cc| {
        let mut app = App::headless(&cc.egui_ctx, None);
        app.set_day(Day::read("2026-11-30").expect("a date"));
        app.begin(lesson);
        app
    });
    settle(&mut window);
    window
}

/// Scrolls to a button and clicks it.
fn press(window: &mut Window, button: &str) {
    window
        .get_by_role_and_label(Role::Button, button)
        .scroll_to_me();
    window.run();
    window.get_by_role_and_label(Role::Button, button).click();
    settle(window);
}

fn enter(window: &mut Window, field: &str, text: &str) {
    window
        .get_by_role_and_label(Role::TextInput, field)
        .scroll_to_me();
    window.run();
    window.get_by_role_and_label(Role::TextInput, field).click();
    window.run();
    // What was typed before is replaced.
    window.key_press_modifiers(eframe::egui::Modifiers::COMMAND, Key::A);
    window.run();
    window
        .get_by_role_and_label(Role::TextInput, field)
        .type_text(text);
    window.run();
    window.key_press(Key::Enter);
    settle(window);
}

fn value(window: &Window, formula: &str) -> f64 {
    let formula = Expression::read(formula, &[]).expect("a formula");
    Scope::new(session(window))
        .number(&formula)
        .expect("it has a value")
}

#[test]
fn a_number_is_worked_out_and_the_page_covers_it_until_then() {
    let mut window = window();
    assert!(shows(&window, COVERED), "“Gates and states” tells h");
    assert!(shows(&window, "Above the question it says ?"));
    assert!(
        !shows(&window, "Below the question") && shows(&window, "goes on when this is answered")
    );
    let sum = value(
        &window,
        "dot(weight_ih_l0[0,:], x[1]) + bias_ih_l0[0] + bias_hh_l0[0]",
    );
    let bias = value(&window, "bias_hh_l0[0]");
    enter(
        &mut window,
        "Your number",
        &format!("tanh({:.5})", sum - bias),
    );
    assert!(shows(&window, "One of two biases is missing here."));
    enter(&mut window, "Your number", "7");
    assert!(shows(&window, "Not yet") && !shows(&window, "One of two biases"));
    enter(&mut window, "Your number", "h[1][0]");
    assert!(shows(&window, "This cannot be read"));
    assert!(shows(&window, COVERED) && !shows(&window, "One tanh it is."));
    enter(&mut window, "Your number", &format!("tanh({sum:.5})"));
    let h = value(&window, "h[1][0]");
    let said = format!("✓ Right: the engine says {}", views_number(h));
    assert!(shows(&window, &said), "{said}");
    assert!(shows(&window, "One tanh it is.") && !shows(&window, COVERED));
    for place in ["Above", "Below"] {
        let said = format!("{place} the question it says {}", views_number(h));
        assert!(shows(&window, &said), "{said}");
    }
    // The way to it, with its numbers, a line at a time.
    press(&mut window, "Show the working");
    assert!(shows(&window, "s = dot(weight_ih_l0[0,:], x[t])") && !shows(&window, "tanh(s)"));
    press(&mut window, "Next line");
    assert!(shows(
        &window,
        &format!("= tanh({}) = {}", views_number(sum), views_number(h))
    ));
    // Going on and back loses nothing of it.
    press(&mut window, "Next page");
    press(&mut window, "Back");
    assert!(shows(&window, &said) && !shows(&window, COVERED));
}

fn views_number(value: f64) -> String {
    rnnscope::app::widgets::number(value)
}

#[test]
fn a_belief_is_predicted_refuted_by_the_run_and_named() {
    let mut window = window();
    press(&mut window, "Skip");
    assert!(
        shows(&window, COVERED),
        "“Training” is hidden by the question"
    );
    window
        .get_by_role_and_label(Role::RadioButton, "nothing at all")
        .click();
    // The copy has a session of its own, with its own worker.
    for _ in 0..400 {
        if shows(&window, "Not quite.") {
            break;
        }
        std::thread::yield_now();
        settle(&mut window);
    }
    assert!(shows(&window, "Not quite."));
    assert_eq!(
        value(&window, "measure(update)"),
        0.0,
        "the learner's own run is as it was"
    );
    assert!(!shows(&window, COVERED) && !shows(&window, "An error"));
    // All hints, then the solution, one command at a time.
    press(&mut window, "Show a hint");
    press(&mut window, "Show me");
    assert!(shows(&window, "Step 1 of 2: Make one update (U)."));
    press(&mut window, "Next");
    assert_eq!(value(&window, "measure(update)"), 1.0);
    assert!(!shows(&window, "An error worth having made"));
    press(&mut window, "Next");
    assert!(shows(&window, "✓ Done"));
    assert!(shows(&window, "An error worth having made"));
    assert!(shows(&window, "the whole gradient is gone"));
}

#[test]
fn what_was_answered_is_asked_again_on_another_day() {
    let mut window = window();
    let h = value(&window, "h[1][0]");
    enter(&mut window, "Your number", &h.to_string());
    assert!(shows(&window, "One tanh it is."));
    let folder = own_lesson("recalled", LESSON);
    window.state_mut().open_lessons(folder);
    settle(&mut window);
    window
        .get_by_role_and_label(Role::RadioButton, "Lesson")
        .click();
    window.run();
    press(&mut window, "Leave");
    assert!(!shows(&window, "Coming back"));
    window
        .state_mut()
        .set_day(Day::read("2026-12-03").expect("a date"));
    window.run();
    assert!(shows(&window, "One question, one minute"));
    press(&mut window, "Ask me");
    assert!(shows(&window, "A fresh run, with other numbers"));
    let other = value(&window, "h[1][0]");
    assert!((other - h).abs() > 1e-6, "{other}");
    enter(&mut window, "Your number", &other.to_string());
    press(&mut window, "Finish");
    assert!(!shows(&window, "Coming back"));
    window
        .state_mut()
        .set_day(Day::read("2026-12-06").expect("a date"));
    window.run();
    assert!(shows(&window, "Coming back"));
}

const NUMBERS: &str = r#"+++
id = "numbers"
title = "Numbers"
summary = "A."
minutes = 1
+++

## One

```setup
experiment = "latch.toml"
set = { "data.length" = 5, "model.hidden_size" = 2 }
```

```focus
view = "shapes"
page = "output and h_n"
highlight = ["h"]
```

```do
goal = "Open a weight and check it."
check = { all = [{ command = "open number" }, { command = "verify" }] }
hints = ["So."]
wrong = [{ commands = [{ open_number = "h[1][0]" }], when = { not = { command = "verify" } }, reason = "Now check it." }]
solution = [{ open_number = "h[2][1]" }, "verify"]
```
"#;

/// A page looks at a page inside a view; a solution opens a number as a click does, and the learner's own check counts.
#[test]
fn a_number_is_opened_by_a_command_and_checked_by_hand() {
    let mut window = window_on(NUMBERS);
    let page = window.get_by_role_and_label(Role::RadioButton, "output and h_n");
    assert_eq!(
        page.accesskit_node().toggled(),
        Some(eframe::egui::accesskit::Toggled::True)
    );
    press(&mut window, "Show a hint");
    press(&mut window, "Show me");
    assert!(shows(&window, "Step 1 of 2: Open h[2][1]"));
    press(&mut window, "Next");
    settle(&mut window);
    assert!(shows(&window, "h[1] at t = 2"));
    assert!(shows(&window, "Now check it.") && !shows(&window, "✓ Done"));
    press(&mut window, "Check");
    assert!(session(&window).verifies());
    assert!(shows(&window, "✓ Done"));
}

/// A folder with this lesson in it.
fn own_lesson(name: &str, source: &str) -> PathBuf {
    let name = format!("own-{name}");
    file(&format!("{name}/01-test"), "latch.toml", LATCH);
    let lesson = file(&format!("{name}/01-test"), "lesson.md", source);
    let folder = lesson.parent().and_then(|folder| folder.parent());
    folder.expect("it is in one").to_path_buf()
}

#[test]
fn a_folder_of_lessons_is_read_as_it_is_saved_with_errors_at_their_line() {
    let mut window = window();
    let folder = own_lesson("saved", LESSON);
    window.state_mut().open_lessons(folder);
    settle(&mut window);
    own_lesson(
        "saved",
        &LESSON.replace("hints = [\"Begin with the sum.\"]", "hint = 3"),
    );
    window.state_mut().read_lessons_again();
    settle(&mut window);
    assert!(shows(&window, "These lessons cannot be read"));
    assert!(shows(&window, "lesson.md, line "));
    assert!(shows(&window, "turn: found no hints"));
    own_lesson(
        "saved",
        &LESSON.replace("What is h of unit 0?", "What is h of the first unit?"),
    );
    window.state_mut().read_lessons_again();
    settle(&mut window);
    assert!(!shows(&window, "These lessons cannot be read"));
    window
        .get_by_role_and_label(Role::RadioButton, "Lesson")
        .click();
    settle(&mut window);
    assert!(shows(&window, "What is h of the first unit?"));
}

/// A question whose number no run of its page has.
const NO_NUMBER: &str = r#"+++
id = "none"
title = "None"
summary = "A."
minutes = 1
+++

## A run that is not there

```setup
experiment = "latch.toml"
set = { "data.length" = 5 }
```

```predict
question = "How many updates has run B made?"
choices = ["none", "some"]
answer = { measure = "update", args = { run = 2 }, bins = [1] }
explain = "So many."
```

Below the question.
"#;

/// Nobody waits for what never comes.
#[test]
fn an_answer_that_cannot_be_judged_is_told_why_and_the_page_goes_on() {
    let mut window = window_on(NO_NUMBER);
    assert!(!shows(&window, "Below the question."));
    window
        .get_by_role_and_label(Role::RadioButton, "none")
        .click();
    settle(&mut window);
    let why = "The engine cannot tell here: measure “update”: there is no run 2 here.";
    assert!(shows(&window, why));
    assert!(shows(&window, "Below the question."));
    assert!(!shows(&window, "So many."), "it is not answered");
    // The page begins anew, and its question is asked again.
    press(&mut window, "Again");
    assert!(!shows(&window, why) && !shows(&window, "Below the question."));
}

/// Its pages in another order: the one that asks what a change would do comes first.
fn belief_first() -> String {
    let (head, pages) = LESSON.split_once("## A step by hand").expect("it has one");
    let (step, belief) = pages.split_once("## A belief").expect("it has one");
    format!("{head}## A belief{belief}\n## A step by hand{step}")
}

/// The copy that finds out what a change would do goes on though the page is left, and though the lesson is.
#[test]
fn an_answer_is_not_lost_with_the_page_that_is_left_while_it_is_found_out() {
    for leaves_the_lesson in [false, true] {
        let lesson = on_latch(&belief_first());
        let begun = Arc::clone(&lesson);
        let mut window = built([1280.0, 900.0], 1.0, Theme::Light, move |cc| {
            let mut app = App::headless(&cc.egui_ctx, None);
            app.begin(begun);
            app
        });
        settle(&mut window);
        window
            .get_by_role_and_label(Role::RadioButton, "nothing at all")
            .click();
        // One frame: nothing is found out in it.
        window.step();
        assert!(!shows(&window, "Not quite."));
        match leaves_the_lesson {
            false => {
                window.get_by_role_and_label(Role::Button, "Skip").click();
                settle(&mut window);
                press(&mut window, "Back");
            }
            true => {
                window.get_by_role_and_label(Role::Button, "Leave").click();
                settle(&mut window);
                window.state_mut().begin_at(Arc::clone(&lesson), 0);
                settle(&mut window);
            }
        }
        for _ in 0..400 {
            if shows(&window, "Not quite.") {
                break;
            }
            std::thread::yield_now();
            settle(&mut window);
        }
        assert!(shows(&window, "Not quite."), "{leaves_the_lesson}");
    }
}

/// Two lessons of a folder come last on the path: from the first one on to the second, and from there back to one's own; what was
/// answered in both comes back on the day that it is due, and goes with its answers.
#[test]
fn the_last_page_leads_on_while_there_is_a_lesson_and_what_is_due_is_asked_once() {
    let mut window = window();
    let (head, rest) = LESSON.split_once("## A belief").expect("it has one");
    assert!(!rest.is_empty());
    let folder = own_lesson("leads-on", head);
    let second = head
        .replace("id = \"test\"", "id = \"test-2\"")
        .replace("title = \"A test\"", "title = \"Another test\"");
    file("own-leads-on/02-test", "latch.toml", LATCH);
    file("own-leads-on/02-test", "lesson.md", second);
    window.state_mut().open_lessons(folder);
    settle(&mut window);
    window
        .get_by_role_and_label(Role::RadioButton, "Lesson")
        .click();
    settle(&mut window);
    let ends = |window: &Window, name: &str| {
        let role = Role::Button;
        window.query_by_role_and_label(role, name).is_some()
    };
    for is_last in [false, true] {
        assert!(!ends(&window, "Finish") && !ends(&window, "Next lesson"));
        assert_eq!(ends(&window, "Skip"), !is_last);
        let h = value(&window, "h[1][0]");
        enter(&mut window, "Your number", &h.to_string());
        assert!(ends(&window, "Finish"));
        assert_eq!(ends(&window, "Next lesson"), !is_last);
        press(&mut window, if is_last { "Finish" } else { "Next lesson" });
    }
    assert!(session(&window).aside_name().is_none());
    let day = |window: &mut Window, date: &str| {
        window.state_mut().set_day(Day::read(date).expect("a date"));
        window.run();
    };
    let mut asked = Vec::new();
    for date in [
        "2026-12-02",
        "2026-12-03",
        "2026-12-05",
        "2026-12-06",
        "2026-12-09",
        "2026-12-12",
        "2027-12-12",
    ] {
        day(&mut window, date);
        if !shows(&window, "Coming back") {
            continue;
        }
        asked.push(date);
        assert!(shows(&window, "Two questions, two minutes"));
        press(&mut window, "Ask me");
        for is_last in [false, true] {
            let h = value(&window, "h[1][0]");
            enter(&mut window, "Your number", &h.to_string());
            press(&mut window, if is_last { "Finish" } else { "Next page" });
        }
        assert!(!shows(&window, "Coming back"), "{date}");
    }
    assert_eq!(asked, ["2026-12-03", "2026-12-06", "2026-12-09"]);
}
