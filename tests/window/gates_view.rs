//! Gates and states in all their forms: found by the names that a screen reader gets, moved by mouse and keys.

use crate::common::{Window, built, opening, session, settle, shows, snapshot};
use eframe::egui::accesskit::Role;
use eframe::egui::{self, Key, Pos2, Theme, pos2};
use egui_kittest::Node;
use egui_kittest::kittest::{NodeT, Queryable};
use rnnscope::app::App;
use rnnscope::app::widgets::number;
use rnnscope::experiment::Location;
use rnnscope::nn::{Cell, Line, Quantity, Sweep};
use rnnscope::session::Origin;
use rnnscope::train::question::{At, UnitOrder};
use rnnscope::train::{Answer, Question};

const FORMS: [&str; 4] = ["heat map", "lines", "distribution", "saturation"];

fn source(cell: Cell, hidden_size: usize) -> Origin {
    let text = format!(
        "format = 1\nseed = 3\n\n[data]\ntask = \"adding\"\nlength = 9\ntrain_sequences = 24\ntest_sequences = 8\n\n\
         [model]\ncell = \"{}\"\nhidden_size = {hidden_size}\n\n[training]\nupdates = 6\nbatch_size = 8\n",
        cell.name()
    );
    Origin::Text {
        text,
        location: Location::BuiltIn,
        name: "test".into(),
    }
}

/// A window in which the view has all the room, everything revealed.
fn opened(cell: Cell, hidden_size: usize) -> Window {
    let mut window = opening(
        Some(source(cell, hidden_size)),
        [1400.0, 900.0],
        Theme::Light,
    );
    settle(&mut window);
    press(&mut window, Key::U);
    window
        .get_by_role_and_label(Role::Button, "Enlarge Gates and states")
        .click();
    settle(&mut window);
    window
}

fn press(window: &mut Window, key: Key) {
    window.key_press(key);
    settle(window);
}

/// Takes a choice; where there is little room, it is in a list that drops down.
fn choose(window: &mut Window, name: &str) {
    let button = window.query_by_role_and_label(Role::RadioButton, name);
    if let Some(button) = button {
        button.click();
        settle(window);
        return;
    }
    let list = match FORMS.contains(&name) {
        true => "Form",
        false => "Values or gradients",
    };
    choose_in_list(window, list, name);
}

fn is_chosen(window: &Window, name: &str) -> bool {
    let button = window.get_by_role_and_label(Role::RadioButton, name);
    button.accesskit_node().toggled() == Some(egui::accesskit::Toggled::True)
}

fn choose_in_list(window: &mut Window, list: &str, entry: &str) {
    window.get_by_role_and_label(Role::ComboBox, list).click();
    window.run();
    window.get_by_role_and_label(Role::Button, entry).click();
    settle(window);
}

fn label(node: &Node<'_>) -> String {
    node.accesskit_node().label().unwrap_or_default()
}

/// The row of a quantity, in the order of the cell's quantities.
fn row<'a>(window: &'a Window, quantity: Quantity) -> Node<'a> {
    let images = window.get_all_by_role(Role::Image);
    let mut rows: Vec<_> = images
        .filter(|node| !label(node).starts_with("Colours of"))
        .collect();
    rows.sort_by(|a, b| a.rect().top().total_cmp(&b.rect().top()));
    let snapshot = snapshot(window);
    let quantities = snapshot.probe.parts[0].scans[0].quantities();
    assert_eq!(rows.len(), quantities.len());
    let index = quantities.iter().position(|&other| other == quantity);
    rows.swap_remove(index.unwrap())
}

/// The middle of a place in a row of nine steps: the step, and how many rows of all from above.
fn place(window: &Window, quantity: Quantity, t: usize, [down, of]: [usize; 2]) -> Pos2 {
    let rect = row(window, quantity).rect();
    let part = |k: usize, of: usize| (k as f32 + 0.5) / of as f32;
    pos2(
        rect.left() + rect.width() * part(t, 9),
        rect.top() + rect.height() * part(down, of),
    )
}

fn click_at(window: &mut Window, at: Pos2) {
    window.hover_at(at);
    window.run();
    for pressed in [true, false] {
        let button = egui::Event::PointerButton {
            pos: at,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: egui::Modifiers::NONE,
        };
        window.input_mut().events.push(button);
    }
    settle(window);
}

fn value(window: &Window, quantity: Quantity, adjoint: bool, t: usize, unit: usize) -> f64 {
    let snapshot = snapshot(window);
    snapshot.probe.parts[0].get(0, quantity, adjoint).unwrap()[[t, 0, unit]]
}

/// Every cell in every form, with values and with gradients, half-way and through, in a large and in the smallest window.
#[test]
fn every_form_shows_every_cell() {
    for size in [[1400.0, 900.0], [880.0, 560.0]] {
        for cell in Cell::ALL {
            let source = source(cell, 5);
            let mut window = built(size, 1.0, Theme::Light, move |cc| {
                let mut app = App::headless(&cc.egui_ctx, Some(source));
                app.overview();
                app
            });
            settle(&mut window);
            window
                .get_by_role_and_label(Role::Button, "Enlarge Gates and states")
                .click();
            settle(&mut window);
            for form in FORMS {
                choose(&mut window, form);
                for shown in ["values", "gradients"] {
                    choose(&mut window, shown);
                    for key in [
                        Key::OpenBracket,
                        Key::ArrowRight,
                        Key::End,
                        Key::CloseBracket,
                        Key::ArrowRight,
                        Key::End,
                    ] {
                        press(&mut window, key);
                        // The sweep turns between values and gradients.
                        choose(&mut window, shown);
                        let what = format!("{form} of {shown}, {}", cell.name());
                        if form == "saturation" && shown == "gradients" {
                            assert!(shows(&window, "Saturation is about values"), "{what}");
                        } else {
                            let h = row(&window, Quantity::H);
                            assert!(h.rect().width() > 200.0, "{what}");
                            assert!(label(&h).contains('h'), "{what}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn the_form_that_was_chosen_stays() {
    let mut window = opened(Cell::Gru, 5);
    assert!(is_chosen(&window, "heat map"), "at first");
    for form in FORMS {
        choose(&mut window, form);
        press(&mut window, Key::U);
        press(&mut window, Key::Escape);
        window
            .get_by_role_and_label(Role::Button, "Data view")
            .click();
        window.run();
        window
            .get_by_role_and_label(Role::Button, "Gates and states")
            .click();
        window.run();
        window
            .get_by_role_and_label(Role::Button, "Enlarge Gates and states")
            .click();
        settle(&mut window);
        assert!(is_chosen(&window, form), "{form}");
    }
}

/// Whatever the order, a row is the unit that the readout names, and a click asks about that one.
#[test]
fn an_order_keeps_the_unit_under_the_pointer() {
    let mut window = opened(Cell::Lstm, 6);
    // On the way there: on the way back a click would turn to gradients.
    press(&mut window, Key::OpenBracket);
    press(&mut window, Key::End);
    let at = At { part: 0, scan: 0 };
    for (entry, order) in [
        ("units by activity", UnitOrder::Activity),
        ("units by correlation", UnitOrder::Correlation),
    ] {
        choose_in_list(&mut window, "Order of units", entry);
        let told = session(&window).ask(&Question::Units { at, order });
        let Some(Answer::Units(units)) = told.answer.as_deref() else {
            panic!("{told:?}");
        };
        assert_ne!(*units, [0, 1, 2, 3, 4, 5], "it is another order");
        for quantity in [Quantity::F, Quantity::H] {
            for (down, &unit) in units.iter().enumerate() {
                let at = place(&window, quantity, 4, [down, 6]);
                window.hover_at(at);
                window.run();
                let found = number(value(&window, quantity, false, 4, unit));
                let symbol = quantity.symbol();
                let expected = format!("{symbol}[{unit}] at t = 5 = {found}");
                assert!(shows(&window, &expected), "{entry}: {expected}");
                click_at(&mut window, at);
                let said = label(&row(&window, quantity));
                let name = format!("unit {unit} at t = 5 is {found}");
                assert!(said.contains(&name), "{entry}: {said}");
            }
        }
    }
    choose_in_list(&mut window, "Order of units", "units as they are");
    window.hover_at(place(&window, Quantity::F, 4, [3, 6]));
    window.run();
    assert!(shows(&window, "f[3] at t = 5"));
}

/// The keyboard's cell: units up and down, time as everywhere, and Enter opens the number.
#[test]
fn keys_move_a_cell_and_ask_about_it() {
    let mut window = opened(Cell::Lstm, 6);
    press(&mut window, Key::OpenBracket);
    for _ in 0..4 {
        press(&mut window, Key::ArrowRight);
    }
    row(&window, Quantity::C).focus();
    settle(&mut window);
    let said = |window: &Window| label(&row(window, Quantity::C));
    let is = |window: &Window, unit: usize, t: usize| {
        let found = number(value(window, Quantity::C, false, t, unit));
        format!("c, cell state: unit {unit} at t = {} is {found}", t + 1)
    };
    assert_eq!(said(&window), is(&window, 0, 3));
    press(&mut window, Key::ArrowDown);
    press(&mut window, Key::ArrowDown);
    press(&mut window, Key::ArrowDown);
    press(&mut window, Key::ArrowUp);
    assert_eq!(said(&window), is(&window, 2, 3));
    // The focus stays, and time moves as it does everywhere.
    press(&mut window, Key::ArrowLeft);
    assert_eq!(said(&window), is(&window, 2, 2));
    press(&mut window, Key::ArrowRight);
    press(&mut window, Key::ArrowRight);
    assert_eq!(said(&window), is(&window, 2, 4));
    assert!(row(&window, Quantity::C).is_focused());
    // What is at the keyboard is told where the pointer is at nothing.
    assert!(shows(&window, "c[2] at t = 5 ="));
    press(&mut window, Key::Home);
    assert_eq!(
        said(&window),
        "c, cell state: unit 2, before the first step"
    );
    press(&mut window, Key::End);
    press(&mut window, Key::Enter);
    assert!(shows(&window, "c[2] at t = 9"), "the number is told");
    assert!(
        window
            .query_by_role_and_label(Role::GenericContainer, "Number")
            .is_some(),
        "and seen"
    );
}

#[test]
fn on_the_way_back_the_cell_is_that_of_the_gradient() {
    let mut window = opened(Cell::Gru, 5);
    press(&mut window, Key::CloseBracket);
    press(&mut window, Key::ArrowRight);
    assert_eq!(session(&window).cursor().sweep, Sweep::Backward);
    let said = label(&row(&window, Quantity::Z));
    let found = number(value(&window, Quantity::Z, true, 8, 0));
    assert_eq!(
        said,
        format!("∂L/∂z, gradient of the update gate: unit 0 at t = 9 is {found}")
    );
}

/// Between two operations of a step, a click at that step chooses the number there and leaves the walk where it is; one at
/// another step goes there.
#[test]
fn a_click_at_the_step_that_is_walked_leaves_the_walk_where_it_is() {
    for (sweep, other) in [("→ forward", 1), ("← backward", 9)] {
        let mut window = opened(Cell::Lstm, 5);
        // All is revealed, which is the end of the backward sweep: turned to once more it begins.
        choose(&mut window, "→ forward");
        choose(&mut window, sweep);
        // Two whole steps, then two operations of the third one.
        for by in ["time step", "operation"] {
            choose(&mut window, by);
            for _ in 0..2 {
                window
                    .get_by_role_and_label(Role::Button, "One step on")
                    .click();
                settle(&mut window);
            }
        }
        let cursor = session(&window).cursor();
        let schedule = session(&window).schedule().unwrap();
        assert!(!cursor.is_between_steps(&schedule));
        let station = cursor.station(&schedule).unwrap();
        let Line::Cell(quantity) = station.line else {
            panic!("{station:?} is no operation of the cell");
        };
        let before = session(&window).numbers_opened();
        let at = place(&window, quantity, station.t - 1, [2, 5]);
        click_at(&mut window, at);
        assert_eq!(session(&window).cursor(), cursor, "{sweep}");
        assert!(session(&window).number().is_some());
        assert!(session(&window).numbers_opened() > before, "{sweep}");
        let at = place(&window, quantity, other - 1, [2, 5]);
        click_at(&mut window, at);
        let cursor = session(&window).cursor();
        assert_eq!(cursor.t(&schedule), other, "{sweep}");
        assert!(cursor.is_between_steps(&schedule));
    }
}

/// A line is found where it runs, and the numbers over the units are those of the record.
#[test]
fn charts_tell_what_they_draw() {
    let mut window = opened(Cell::RnnTanh, 5);
    choose(&mut window, "lines");
    let mut sorted: Vec<usize> = (0..5).collect();
    let h = |unit: usize| value(&window, Quantity::H, false, 6, unit);
    sorted.sort_by(|&one, &other| h(one).total_cmp(&h(other)));
    for (edge, unit) in [(0, sorted[4]), (19, sorted[0])] {
        window.hover_at(place(&window, Quantity::H, 6, [edge, 20]));
        window.run();
        let found = number(value(&window, Quantity::H, false, 6, unit));
        assert!(shows(&window, &format!("h[{unit}] at t = 7 = {found}")));
    }
    choose(&mut window, "distribution");
    window.hover_at(place(&window, Quantity::H, 6, [0, 2]));
    settle(&mut window);
    let median = number(value(&window, Quantity::H, false, 6, sorted[2]));
    let said = format!("h at t = 7, over 5 units: median {median}");
    assert!(shows(&window, &said), "{said}");
    choose(&mut window, "saturation");
    window.hover_at(place(&window, Quantity::H, 6, [0, 2]));
    settle(&mut window);
    assert!(shows(&window, "h at t = 7: of 5 units"));
    assert!(shows(&window, "above 0.95") && shows(&window, "below −0.95"));
    let mut window = opened(Cell::RnnRelu, 5);
    choose(&mut window, "saturation");
    window.hover_at(place(&window, Quantity::H, 6, [0, 2]));
    settle(&mut window);
    assert!(shows(&window, "of 5 units are 0"));
    assert!(shows(&window, "dead"));
}

/// Nothing that the cursor has not revealed is told in any form.
#[test]
fn charts_tell_nothing_that_is_not_revealed() {
    let mut window = opened(Cell::Lstm, 5);
    press(&mut window, Key::OpenBracket);
    for _ in 0..3 {
        press(&mut window, Key::ArrowRight);
    }
    for form in FORMS {
        choose(&mut window, form);
        window.hover_at(place(&window, Quantity::F, 2, [0, 2]));
        settle(&mut window);
        assert!(shows(&window, "at t = 3"), "{form}");
        window.hover_at(place(&window, Quantity::F, 3, [0, 2]));
        settle(&mut window);
        assert!(!shows(&window, "at t = 4"), "{form}");
    }
}
