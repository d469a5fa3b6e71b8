//! The views of gradients through time: Jacobians, what weights learn from, the gradient flow taken apart, and the memory on
//! one's data; found by the names that a screen reader gets, and held against the answers that they draw.

use crate::common::{Window, built, session, settle, shows, snapshot};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Pos2, Rect, Theme, pos2};
use egui_kittest::Node;
use egui_kittest::kittest::{NodeT, Queryable};
use rnnscope::app::App;
use rnnscope::app::views::Purpose;
use rnnscope::app::widgets::number;
use rnnscope::experiment::{Location, gallery};
use rnnscope::nn::Quantity;
use rnnscope::session::Origin;
use rnnscope::train::question::{At, States};
use rnnscope::train::{Answer, Question};
use rnnscope::words::exact;

const AT: At = At { part: 0, scan: 0 };

fn text(task: &str, model: &str) -> String {
    format!(
        "format = 1\nseed = 3\n\n[data]\ntask = \"{task}\"\nlength = 9\ntrain_sequences = 24\ntest_sequences = 8\n\n\
         [model]\n{model}\n[training]\nupdates = 6\nbatch_size = 8\n"
    )
}

fn plain(cell: &str) -> String {
    text("adding", &format!("cell = \"{cell}\"\nhidden_size = 4\n"))
}

fn both_ways() -> String {
    let model = "cell = \"lstm\"\nhidden_size = 3\nnum_layers = 2\nbidirectional = true\nreadout = \"every\"\n";
    text("tagging", model)
}

fn encoder_decoder() -> String {
    let model =
        "kind = \"encoder_decoder\"\nhidden_size = 4\ndecoder = { attention = \"additive\" }\n";
    text("reverse", model)
}

/// A window with every view, everything walked back through.
fn opened(text: String, size: [f32; 2]) -> Window {
    let source = Origin::Text {
        text,
        location: Location::BuiltIn,
        name: "test".into(),
    };
    let mut window = built(size, 1.0, Theme::Light, move |cc| {
        let mut app = App::headless(&cc.egui_ctx, Some(source));
        app.overview();
        app.lay_out(Purpose::Gradients);
        app
    });
    settle(&mut window);
    press(&mut window, Key::CloseBracket);
    press(&mut window, Key::End);
    window
}

fn press(window: &mut Window, key: Key) {
    window.key_press(key);
    settle(window);
}

/// Gives a view all the room.
fn enlarge(window: &mut Window, title: &str) {
    // Its tab, which may have to be scrolled to.
    window
        .get_by_role_and_label(Role::Button, title)
        .scroll_to_me();
    window.run();
    window.get_by_role_and_label(Role::Button, title).click();
    settle(window);
    let name = format!("Enlarge {title}");
    window.get_by_role_and_label(Role::Button, &name).click();
    settle(window);
}

/// Takes a form; where there is little room, it is in a list that drops down.
fn choose(window: &mut Window, list: &str, name: &str) {
    let button = window.query_by_role_and_label(Role::RadioButton, name);
    if let Some(button) = button {
        button.click();
        settle(window);
        return;
    }
    window.get_by_role_and_label(Role::ComboBox, list).click();
    window.run();
    window.get_by_role_and_label(Role::Button, name).click();
    settle(window);
}

fn label(node: &Node<'_>) -> String {
    node.accesskit_node().label().unwrap_or_default()
}

/// The picture whose name begins so.
fn picture<'a>(window: &'a Window, begins: &str) -> Node<'a> {
    let mut images = window.get_all_by_role(Role::Image);
    let found = images.find(|node| label(node).starts_with(begins));
    found.unwrap_or_else(|| panic!("a picture called {begins}"))
}

/// The middle of a cell of a map.
fn cell(rect: Rect, [column, columns]: [usize; 2], [row, rows]: [usize; 2]) -> Pos2 {
    let part = |k: usize, of: usize| (k as f32 + 0.5) / of as f32;
    pos2(
        rect.left() + rect.width() * part(column, columns),
        rect.top() + rect.height() * part(row, rows),
    )
}

fn hover(window: &mut Window, at: Pos2) {
    window.hover_at(at);
    settle(window);
    window.run();
}

fn answer(window: &Window, question: &Question) -> Answer {
    let told = session(window).ask(question);
    (*told.answer.expect("it is answered")).clone()
}

/// Every kind of network in every form of each view, in a large window and in the smallest.
#[test]
fn every_form_opens_for_every_kind_of_network() {
    let all = [
        plain("rnn"),
        plain("lstm"),
        plain("gru"),
        both_ways(),
        encoder_decoder(),
    ];
    for size in [[1400.0, 900.0], [880.0, 560.0]] {
        for text in &all {
            let mut window = opened(text.clone(), size);
            enlarge(&mut window, "Jacobians");
            for form in ["one step", "every step", "span", "eigenvalues"] {
                choose(&mut window, "Form", form);
                match form {
                    "one step" => {
                        assert!(label(&picture(&window, "Jacobian, ∂h[0]")).contains(" by ∂h[0]"));
                    }
                    "span" => assert!(
                        shows(&window, "A change of h at t = 1 is at most")
                            || shows(&window, "A change of h at t = 9")
                    ),
                    _ => {}
                }
            }
            let mut window = opened(text.clone(), size);
            enlarge(&mut window, "What weights learn from");
            for form in ["shares", "sizes", "one entry"] {
                choose(&mut window, "Form", form);
                match form {
                    "one entry" => assert!(shows(&window, "gradient used, before clipping")),
                    _ => assert!(shows(&window, "weight_ih"), "{form}"),
                }
            }
            let mut window = opened(text.clone(), size);
            enlarge(&mut window, "Gradient flow through time");
            if window
                .query_by_role_and_label(Role::ComboBox, "Form of the flow")
                .is_some()
            {
                choose(&mut window, "Form of the flow", "by loss term");
                settle(&mut window);
            }
        }
    }
}

#[test]
fn a_jacobians_entry_is_told_as_the_answer_has_it_by_pointer_and_by_keys() {
    let mut window = opened(plain("lstm"), [1400.0, 900.0]);
    // To the middle of the sequence.
    press(&mut window, Key::Home);
    for _ in 0..5 {
        press(&mut window, Key::ArrowRight);
    }
    enlarge(&mut window, "Jacobians");
    choose(&mut window, "Form", "one step");
    let schedule = session(&window).schedule().unwrap();
    let t = session(&window).cursor().shown_t(&schedule, false);
    for (states, name, size) in [(States::Hidden, "h", 4), (States::Whole, "h and c", 8)] {
        choose(&mut window, "States", name);
        let question = Question::Jacobian { at: AT, states, t };
        let Answer::Jacobian(Some(found)) = answer(&window, &question) else {
            panic!("no Jacobian at {t}");
        };
        assert_eq!(found.of.matrix.dim(), (size, size));
        let rect = picture(&window, "Jacobian, ").rect();
        let name = |index: usize| match index {
            0..4 => format!("h[{index}]"),
            _ => format!("c[{}]", index - 4),
        };
        for (row, column) in [(0, 0), (3, 1), (size - 1, 2), (1, size - 1)] {
            hover(&mut window, cell(rect, [column, size], [row, size]));
            let value = number(found.of.matrix[[row, column]]);
            let said = format!(
                "∂{} at t = {t} by ∂{} at t = {}: {value}",
                name(row),
                name(column),
                t - 1
            );
            assert!(shows(&window, &said), "{said}");
        }
    }
    picture(&window, "Jacobian, ").focus();
    settle(&mut window);
    for key in [Key::ArrowDown, Key::ArrowDown, Key::ArrowRight] {
        press(&mut window, key);
    }
    let said = label(&picture(&window, "Jacobian, "));
    let Answer::Jacobian(Some(found)) = answer(
        &window,
        &Question::Jacobian {
            at: AT,
            states: States::Whole,
            t,
        },
    ) else {
        panic!("no Jacobian");
    };
    let expected = number(found.of.matrix[[2, 1]]);
    assert!(
        said.ends_with(&format!(
            "∂h[2] at t = {t} by ∂h[1] at t = {}: {expected}",
            t - 1
        )),
        "{said}"
    );
    // The keys of the matrix move no cursor.
    assert_eq!(session(&window).cursor().shown_t(&schedule, false), t);
}

#[test]
fn a_span_is_chosen_by_its_fields_and_told_as_the_answer_has_it() {
    let mut window = opened(plain("rnn"), [1400.0, 900.0]);
    enlarge(&mut window, "Jacobians");
    choose(&mut window, "Form", "span");
    assert!(
        shows(&window, "A change of h at t = 1 is at most"),
        "all of it at first"
    );
    let field = window.get_by_role_and_label(Role::SpinButton, "From step");
    field.focus();
    window.run();
    for _ in 0..3 {
        press(&mut window, Key::ArrowUp);
    }
    assert!(
        shows(&window, "A change of h at t = 4 is at most"),
        "by keys"
    );
    let product = |from, to| Question::Product {
        at: AT,
        states: States::Hidden,
        from,
        to,
    };
    let Answer::Product(Some(found)) = answer(&window, &product(4, 9)) else {
        panic!("no product");
    };
    let sigma = found.log10_singular_values.unwrap()[0];
    let said = format!(
        "{} times as large at t = 9, 5 steps on: × {} a step",
        rnnscope::app::widgets::value_label(sigma),
        rnnscope::app::widgets::value_label(sigma / 5.0)
    );
    assert!(shows(&window, &said), "{said}");
    assert!(
        shows(&window, "Pascanu’s bound is ×"),
        "of an Elman network"
    );
    window.get_by_role_and_label(Role::Button, "All").click();
    settle(&mut window);
    assert!(shows(&window, "A change of h at t = 1 is at most"));
}

/// What a row of the map says is what the answer has; and the terms are the gradient, to the last digit shown.
#[test]
fn shares_and_sums_are_told_as_the_answer_has_them() {
    let mut window = opened(plain("gru"), [1400.0, 900.0]);
    enlarge(&mut window, "What weights learn from");
    let Answer::ByTime(Some(found)) = answer(&window, &Question::ByTime(AT)) else {
        panic!("no terms");
    };
    assert_eq!(found.blocks.len(), 12);
    let rect = picture(&window, "Shares, ").rect();
    for (t, block, name) in [
        (8, 0, "weight_ih r"),
        (5, 4, "weight_hh z"),
        (2, 11, "bias_hh n"),
    ] {
        hover(&mut window, cell(rect, [t, 9], [block, 12]));
        let said = format!("{name} at t = {}", t + 1);
        assert!(shows(&window, &said), "{said}");
        let size = format!("a term of norm {}", number(found.norms[[t, block]]));
        assert!(shows(&window, &size), "{size}");
        let of = &found.blocks[block];
        let account = format!(
            "{name}: norm of the sum of 9 terms {}, of the gradient used {}, of their difference {}",
            number(of.sum),
            number(of.used),
            number(of.difference)
        );
        assert!(shows(&window, &account), "{account}");
        assert!(of.difference <= 1e-12 * of.used);
    }
    choose(&mut window, "Form", "one entry");
    let Answer::EntryByTime(Some(entry)) = answer(
        &window,
        &Question::EntryByTime {
            at: AT,
            block: found.blocks[0].block,
            row: 0,
            column: 0,
        },
    ) else {
        panic!("no entry");
    };
    let signed = |value: f64| exact(value).replace('-', "−");
    // The digits on the screen are those of the gradient that training takes.
    assert_eq!(entry.used, snapshot(&window).probe.gradient[0]);
    assert!(shows(&window, &signed(entry.sum)) && shows(&window, &signed(entry.used)));
}

#[test]
fn the_roads_into_an_encoder_are_told_at_the_pointer() {
    let mut window = opened(encoder_decoder(), [1400.0, 900.0]);
    let part = window.query_by_role_and_label(Role::RadioButton, "encoder");
    if let Some(part) = part {
        part.click();
        settle(&mut window);
    }
    enlarge(&mut window, "Gradient flow through time");
    choose(&mut window, "Form of the flow", "by road");
    assert!(shows(&window, "through attention") && shows(&window, "without attention"));
    let Answer::Roads(Some(roads)) = answer(&window, &Question::Roads(AT)) else {
        panic!("no roads");
    };
    let flow = snapshot(&window);
    let flow = flow
        .probe
        .flows
        .iter()
        .find(|flow| (flow.part, flow.scan, flow.quantity) == (0, 0, Quantity::H));
    let recorded: Vec<f64> = flow.unwrap().norms[1..]
        .iter()
        .map(|norm| norm.unwrap())
        .collect();
    assert_eq!(
        roads.whole, recorded,
        "both roads are the whole of the record"
    );
    assert!(roads.attention[2] > 0.0 && roads.bridge[2] > 0.0);
}

/// The sentence and the numbers of the memory are those of the answer; a task has no such view.
#[test]
fn the_memory_on_the_sunspots_says_what_the_answer_says() {
    let mut window = opened(
        gallery::by_name("sunspots").unwrap().text.to_owned(),
        [1400.0, 900.0],
    );
    enlarge(&mut window, "Memory on your data");
    let Answer::DataMemory(Some(found)) = answer(&window, &Question::DataMemory { target: 0 })
    else {
        panic!("no memory");
    };
    assert_eq!((found.window, found.horizon), (22, 1));
    assert_eq!(found.gradient.len(), 22);
    assert_eq!(found.gradient[0], 1.0);
    let last = found.last_lag.unwrap();
    assert!(last > 0);
    assert!(shows(&window, &format!("to leave the band is {last}.")));
    let reached = match found.reach {
        Some(steps) => format!("the gradient reaches {steps} row"),
        None => "the gradient reaches all of it".to_owned(),
    };
    assert!(shows(&window, &reached), "{reached}");
    let window = opened(plain("lstm"), [1400.0, 900.0]);
    let tab = window.query_by_role_and_label(Role::Button, "Memory on your data");
    assert!(tab.is_none(), "an adding task has no series");
}

/// Before the way back is walked there is nothing to be told of it.
#[test]
fn nothing_is_told_of_a_way_back_that_is_not_walked() {
    let mut window = opened(plain("lstm"), [1400.0, 900.0]);
    press(&mut window, Key::OpenBracket);
    enlarge(&mut window, "What weights learn from");
    assert!(shows(
        &window,
        "It is gathered on the way back from the loss"
    ));
    press(&mut window, Key::CloseBracket);
    press(&mut window, Key::ArrowRight);
    assert!(shows(&window, "is told when the whole way back is walked"));
}
