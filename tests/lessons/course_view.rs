//! The course on its own screen in the real window: from it any page is reached and left again, what is due is asked again from
//! beginning to end, a curve is sketched by keys and by the pointer, and a page is left for free play and found again.

use crate::common::{LATCH, Window, built, file, on_latch, session, settle, shows, snapshot};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Theme, vec2};
use egui_kittest::kittest::Queryable;
use rnnscope::app::{App, views};
use rnnscope::lesson::expression::{Expression, Scope};
use rnnscope::lesson::{Day, Lesson, Shelf};
use std::sync::Arc;

fn day(text: &str) -> Day {
    Day::read(text).expect("a date")
}

fn window(size: [f32; 2]) -> Window {
    let mut window = built(size, 1.0, Theme::Light, |cc| {
        let mut app = App::headless(&cc.egui_ctx, None);
        app.set_day(day("2026-11-30"));
        app
    });
    settle(&mut window);
    window
}

/// Scrolls to a button or a link and clicks it.
fn press(window: &mut Window, role: Role, name: &str) {
    window.get_by_role_and_label(role, name).scroll_to_me();
    window.run();
    window.get_by_role_and_label(role, name).click();
    settle(window);
}

fn heading(window: &Window, title: &str) -> bool {
    window.query_by_role_and_label(Role::Label, title).is_some()
}

fn escape(window: &mut Window) {
    window.key_press(Key::Escape);
    settle(window);
}

#[test]
fn any_page_is_reached_from_the_course_and_free_play_leads_back_to_it() {
    let lessons = Shelf::built_in(&views::places()).lessons;
    let at = lessons.iter().position(|lesson| lesson.id == "vanishing");
    let at = at.expect("it is on the shelf");
    let lesson = &lessons[at];
    let mut window = window([1280.0, 900.0]);
    // One click from the first screen, which has what it had.
    assert!(shows(&window, "Begin the lesson"));
    press(&mut window, Role::Button, "The course");
    assert!(shows(&window, "Begin here"));
    let (count, minutes) = (
        lessons.len(),
        lessons.iter().map(|lesson| lesson.minutes).sum::<u32>(),
    );
    let hours = format!("{} h {} min", minutes / 60, minutes % 60);
    assert!(shows(&window, &format!("{count} lessons, {hours}. 0 of ")));
    assert!(shows(&window, &format!("about {hours} are left")));
    for lesson in &lessons {
        let role = Role::Link;
        assert!(
            window
                .query_by_role_and_label(role, &lesson.title)
                .is_some(),
            "{}",
            lesson.title
        );
    }
    escape(&mut window);
    assert!(shows(&window, "Begin the lesson"));
    press(&mut window, Role::Button, "The course");
    let square = |page: usize| {
        format!(
            "Lesson {}, page {}: {}",
            at + 1,
            page + 1,
            lesson.pages[page].title
        )
    };
    press(&mut window, Role::Button, &square(2));
    assert!(heading(&window, &lesson.pages[2].title));
    assert_eq!(session(&window).message(), None);
    // From a lesson's head, and back to the same page as it was left.
    window.key_press(Key::U);
    settle(&mut window);
    press(&mut window, Role::Button, "Course");
    assert!(shows(&window, "You are here"));
    let page = format!(
        "Page 3 of {}: {}",
        lesson.pages.len(),
        lesson.pages[2].title
    );
    assert!(shows(&window, &page));
    let here = format!("{}, you are here", square(2));
    assert!(
        window
            .query_by_role_and_label(Role::Button, &here)
            .is_some()
    );
    press(&mut window, Role::Button, "Go on");
    assert!(heading(&window, &lesson.pages[2].title));
    assert_eq!(snapshot(&window).update, 1);
    // What is played freely is taken back.
    press(&mut window, Role::Button, "Play freely");
    assert!(shows(&window, "Free play") && !heading(&window, "Page 3"));
    window.key_press(Key::U);
    settle(&mut window);
    assert_eq!(snapshot(&window).update, 2);
    press(&mut window, Role::Button, "Back to the page");
    assert!(heading(&window, &lesson.pages[2].title));
    assert_eq!(snapshot(&window).update, 0, "as the page begins");
    // Who leaves is told where to go on, there and on the path.
    press(&mut window, Role::Button, "Leave");
    assert!(shows(&window, "Go on with the lesson") && shows(&window, &lesson.title));
    press(&mut window, Role::Button, "The course");
    assert!(shows(&window, "You are here") && shows(&window, &page));
    // Opening something else leaves it.
    window
        .get_by_role_and_label(Role::Button, "Gallery")
        .click();
    window.run();
    let entry = rnnscope::experiment::gallery::EXPERIMENTS[0].title;
    window.get_by_role_and_label(Role::Button, entry).click();
    settle(&mut window);
    assert!(!shows(&window, "You are here"));
}

/// Three questions to be asked again, one on each page.
fn three() -> String {
    let page = |unit: usize| {
        format!(
            "## Unit {unit}\n\n```setup\nexperiment = \"latch.toml\"\nset = {{ \"data.length\" = 5, \"model.hidden_size\" = 3 }}\n```\n\n\
             ```turn\nquestion = \"What is h of unit {unit}?\"\nanswer = \"h[1][{unit}]\"\n\
             slips = [{{ value = \"h[2][{unit}]\", reason = \"A step too late.\" }}]\nworking = [\"h[1][{unit}]\"]\n\
             explain = \"So it is.\"\nhints = [\"Look.\"]\nrecall = {{ set = {{ seed = \"fresh\" }} }}\n```\n\n"
        )
    };
    let pages: String = (0..3).map(page).collect();
    format!(
        "+++\nid = \"three\"\ntitle = \"Three units\"\nsummary = \"Three.\"\nminutes = 3\n+++\n\n{pages}"
    )
}

fn value(window: &Window, formula: &str) -> f64 {
    let formula = Expression::read(formula, &[]).expect("a formula");
    Scope::new(session(window))
        .number(&formula)
        .expect("it has a value")
}

fn work_out(window: &mut Window, text: &str) {
    let field = |window: &Window| {
        let role = Role::TextInput;
        window
            .get_by_role_and_label(role, "Your number")
            .scroll_to_me();
    };
    field(window);
    window.run();
    window
        .get_by_role_and_label(Role::TextInput, "Your number")
        .click();
    window.run();
    window.key_press_modifiers(eframe::egui::Modifiers::COMMAND, Key::A);
    window.run();
    window
        .get_by_role_and_label(Role::TextInput, "Your number")
        .type_text(text);
    window.run();
    window.key_press(Key::Enter);
    settle(window);
}

#[test]
fn three_questions_are_asked_again_from_the_course_to_the_end() {
    let mut window = window([1280.0, 900.0]);
    let lesson = file("course-own/01-three", "lesson.md", three());
    file("course-own/01-three", "latch.toml", LATCH);
    let folder = lesson.parent().and_then(|folder| folder.parent());
    window
        .state_mut()
        .open_lessons(folder.expect("it is in one").to_path_buf());
    settle(&mut window);
    press(&mut window, Role::Button, "The course");
    assert!(shows(&window, "from your folder") && !shows(&window, "Coming back"));
    press(&mut window, Role::Link, "Three units");
    for unit in 0..3 {
        let h = value(&window, &format!("h[1][{unit}]"));
        work_out(&mut window, &h.to_string());
        assert!(shows(&window, "✓ Right"));
        if unit < 2 {
            press(&mut window, Role::Button, "Next page");
        }
    }
    let first = value(&window, "h[1][0]");
    // After the last lesson the course is there to look back at.
    press(&mut window, Role::Button, "Finish");
    let done = "Lesson 24, page 3: Unit 2, answered";
    let own = Shelf::built_in(&views::places()).lessons.len() + 1;
    let done = done.replace("24", &own.to_string());
    assert!(
        window
            .query_by_role_and_label(Role::Button, &done)
            .is_some()
    );
    assert!(!shows(&window, "Coming back"), "not on the same day");
    window.state_mut().set_day(day("2026-12-03"));
    window.run();
    assert!(shows(&window, "Three questions, two minutes"));
    press(&mut window, Role::Button, "Ask me");
    assert!(shows(&window, "A fresh run, with other numbers"));
    // The first one rightly, the second one after a slip, the third one not: then it is over all the same.
    let h = value(&window, "h[1][0]");
    assert!((h - first).abs() > 1e-6, "the run is a fresh one");
    work_out(&mut window, &h.to_string());
    press(&mut window, Role::Button, "Next page");
    let late = value(&window, "h[2][1]");
    work_out(&mut window, &late.to_string());
    assert!(shows(&window, "A step too late."));
    let h = value(&window, "h[1][1]");
    work_out(&mut window, &h.to_string());
    press(&mut window, Role::Button, "Next page");
    press(&mut window, Role::Button, "Leave");
    press(&mut window, Role::Button, "The course");
    assert!(shows(&window, "One question, one minute"));
    press(&mut window, Role::Button, "Ask me");
    let h = value(&window, "h[1][2]");
    work_out(&mut window, &h.to_string());
    press(&mut window, Role::Button, "Finish");
    assert!(shows(&window, "Begin here") || shows(&window, "you are here"));
    assert!(!shows(&window, "Coming back"));
    window.state_mut().set_day(day("2026-12-06"));
    window.run();
    assert!(shows(&window, "Three questions, two minutes"));
}

/// A curve to be drawn over three steps of a network of one unit.
fn to_draw() -> Arc<Lesson> {
    let source = "+++\nid = \"draw\"\ntitle = \"Draw\"\nsummary = \"Draw.\"\nminutes = 1\n+++\n\n## A curve\n\n\
         ```setup\nexperiment = \"latch.toml\"\nset = { \"data.length\" = 5, \"model.hidden_size\" = 3 }\n```\n\n\
         ```focus\nview = \"gradient_flow\"\n```\n\n\
         ```predict\nkind = \"sketch\"\nquestion = \"How does the gradient run?\"\n\
         answer = { curve = \"norm(d_h[k])\", scale = \"log\", range = [1e-6, 1.0], factor = 10, up = \"norm of the gradient\" }\n\
         explain = \"It comes from the end.\"\nbecause = { flat = \"Nothing would be lost.\" }\n```\n";
    on_latch(source)
}

fn to_draw_in() -> Window {
    let mut window = built([1280.0, 1000.0], 1.0, Theme::Light, |cc| {
        let mut app = App::headless(&cc.egui_ctx, None);
        app.begin(to_draw());
        app
    });
    settle(&mut window);
    window
}

/// The engine's own norms.
fn norms(window: &Window) -> Vec<f64> {
    let norm = |t: usize| value(window, &format!("norm(d_h[{t}])"));
    (1..=5).map(norm).collect()
}

#[test]
fn a_curve_is_drawn_with_keys_and_the_engines_is_laid_over_it() {
    let mut window = to_draw_in();
    assert!(shows(&window, "Answer first: this pane tells it."));
    let norms = norms(&window);
    window.get_by_label_contains("Your sketch of").focus();
    window.run();
    // Each key is a twentieth of six powers of ten, from the middle up or down.
    let mut stands = 0_i32;
    for (at, norm) in norms.iter().enumerate() {
        let height = (norm.log10() + 6.0) / 6.0;
        let wanted = ((height - 0.5) / 0.05).round() as i32;
        // A point that is not set yet begins where the one before it stands.
        let by = wanted - stands;
        let key = if by < 0 { Key::ArrowDown } else { Key::ArrowUp };
        for _ in 0..by.abs() {
            window.key_press(key);
            window.run();
        }
        if by == 0 {
            window.key_press(Key::ArrowUp);
            window.run();
            window.key_press(Key::ArrowDown);
            window.run();
        }
        stands = wanted;
        assert!(shows(
            &window,
            &format!("point {} of 5, at {}", at + 1, at + 1)
        ));
        window.key_press(Key::ArrowRight);
        window.run();
    }
    assert_eq!(
        session(&window).cursor(),
        to_draw_in().state().session().cursor(),
        "the keys moved nothing else"
    );
    press(&mut window, Role::Button, "Answer");
    assert!(shows(
        &window,
        "Right: your curve rises, and so does the engine’s."
    ));
    assert!(shows(&window, "They differ most at"));
    assert!(shows(&window, "It comes from the end.") && !shows(&window, "Nothing would be lost."));
    assert!(!shows(&window, "Answer first: this pane tells it."));
}

#[test]
fn a_curve_is_drawn_with_the_pointer_and_its_shape_is_answered() {
    let mut window = to_draw_in();
    let plot = window.get_by_label_contains("Your sketch of").rect();
    let answer = window.get_by_role_and_label(Role::Button, "Answer");
    assert!(egui_kittest::kittest::NodeT::accesskit_node(&answer).is_disabled());
    // A level line from end to end, and nothing is known of the steps passed between two frames.
    let (left, right) = (plot.left() + 60.0, plot.right() - 12.0);
    let level = plot.center().y;
    window.hover_at(vec2(left, level).to_pos2());
    window.run();
    window.drag_at(vec2(left, level).to_pos2());
    window.run();
    window.hover_at(vec2(0.5 * (left + right), level).to_pos2());
    window.run();
    window.hover_at(vec2(right, level).to_pos2());
    window.run();
    window.drop_at(vec2(right, level).to_pos2());
    window.run();
    press(&mut window, Role::Button, "Answer");
    let said = "Not quite: your curve stays about level, the engine’s rises.";
    assert!(shows(&window, said));
    // Where it is farthest off is recomputed here.
    assert!(shows(&window, "Nothing would be lost.") && shows(&window, "a factor of"));
    let last = *norms(&window).last().expect("there are five");
    let first = norms(&window)[0];
    let written = [first, last].map(rnnscope::app::widgets::number);
    assert!(
        written
            .iter()
            .any(|value| shows(&window, &format!("the engine says {value}"))),
        "{written:?}"
    );
}
