//! The window, without a display: the real application in a headless egui, found by the names that a screen reader gets,
//! moved by mouse, keys and dropped files.
//!
//! Two things are checked in every frame without being asked for: a sign that no font has fails, and so does a control
//! without a name.

use crate::common::{
    SIZE, Window, built, click_in_list, drop_on, file, opening, session, settle, shows, snapshot,
};
use eframe::egui::accesskit::Role;
use eframe::egui::{self, Key, Pos2, Rect, Theme, pos2, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use egui_kittest::{Harness, Node};
use rnnscope::app::widgets::{Formulas, number};
use rnnscope::app::{App, Launch, Quit, theme, views};
use rnnscope::baseline::Score;
use rnnscope::data::{Split, survey, tasks};
use rnnscope::experiment::{Location, gallery};
use rnnscope::lesson::{Block, Lesson, Shelf, glossary};
use rnnscope::nn::equation::equation;
use rnnscope::nn::expr::Share;
use rnnscope::nn::{Cell, Cursor, Line, Loss, Part, Quantity, Readout, SetWeight, Sweep};
use rnnscope::session::{Command, ImportState, Number, Origin, Saved, Session};
use rnnscope::train::{Answer, Question, Status};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn opened(source: Option<Origin>, theme: Theme) -> Window {
    let mut window = opening(source, SIZE, theme);
    settle(&mut window);
    window
}

/// With an experiment's text.
fn running(text: String) -> Window {
    opened(Some(source(text)), Theme::Light)
}

/// As it opens for the first time.
fn window() -> Window {
    opened(None, Theme::Light)
}

/// The step that the cursor stands at.
fn t(window: &Window) -> usize {
    session(window)
        .cursor()
        .t(&session(window).schedule().unwrap())
}

fn sweep(window: &Window) -> Sweep {
    session(window).cursor().sweep
}

fn everything_is_revealed(window: &Window) -> bool {
    session(window).cursor() == Cursor::end(&session(window).schedule().unwrap())
}

fn press(window: &mut Window, key: Key) {
    window.key_press(key);
    settle(window);
}

fn click(window: &mut Window, name: &str) {
    window.get_by_label(name).click();
    settle(window);
}

fn choose(window: &mut Window, name: &str) {
    window
        .get_by_role_and_label(Role::RadioButton, name)
        .click();
    settle(window);
}

/// Opens a menu and takes one of its entries.
fn menu(window: &mut Window, menu: &str, entry: &str) {
    window.get_by_role_and_label(Role::Button, menu).click();
    window.run();
    // A long menu scrolls.
    window
        .get_by_role_and_label(Role::Button, entry)
        .scroll_to_me();
    window.run();
    window.get_by_role_and_label(Role::Button, entry).click();
    settle(window);
}

/// Replaces what stands in a field and presses Enter.
fn fill(window: &mut Window, field: &str, text: &str) {
    begin_typing(window, field, text);
    window.key_press(Key::Enter);
    settle(window);
}

/// Leaves nothing in a field.
fn clear(window: &mut Window, field: &str) {
    begin_typing(window, field, "");
    window.key_press(Key::Delete);
    window.key_press(Key::Enter);
    settle(window);
}

fn begin_typing(window: &mut Window, field: &str, text: &str) {
    window
        .get_by_role_and_label(Role::TextInput, field)
        .scroll_to_me();
    window.run();
    window.get_by_role_and_label(Role::TextInput, field).click();
    window.run();
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    window
        .get_by_role_and_label(Role::TextInput, field)
        .type_text(text);
    window.run();
}

/// A small experiment with every part in its place.
fn text(cell: Cell, layers: usize, task: &str, readout: &str) -> String {
    format!(
        "format = 1\nseed = 3\n\n[data]\ntask = \"{task}\"\nlength = 9\ntrain_sequences = 24\ntest_sequences = 8\n\n\
         [model]\ncell = \"{}\"\nhidden_size = 5\nnum_layers = {layers}\nreadout = \"{readout}\"\n\n\
         [training]\nupdates = 6\nbatch_size = 8\n",
        cell.name()
    )
}

fn source(text: String) -> Origin {
    Origin::Text {
        text,
        location: Location::BuiltIn,
        name: "test".into(),
    }
}

/// The same with other lines under `[model]`.
fn model_text(task: &str, model: &str) -> String {
    format!(
        "format = 1\nseed = 3\n\n[data]\ntask = \"{task}\"\nlength = 9\ntrain_sequences = 24\ntest_sequences = 8\n\n\
         [model]\nhidden_size = 6\n{model}\n[training]\nupdates = 6\nbatch_size = 8\n"
    )
}

/// A decoder that reads symbols and writes them, with its attention.
fn encoder_decoder(attention: &str) -> String {
    let decoder = format!("decoder = {{ attention = \"{attention}\" }}");
    model_text(
        "reverse",
        &format!("kind = \"encoder_decoder\"\n{decoder}\n"),
    )
}

/// Two blocks of two heads.
fn self_attention() -> String {
    let model = "kind = \"self_attention\"\nnum_layers = 2\nheads = 2\nreadout = \"every\"\n";
    model_text("tagging", model)
}

/// Every kind of model, with a name for what fails.
fn every_model() -> Vec<(String, String)> {
    let cells = Cell::ALL.into_iter().flat_map(|cell| {
        [
            (1, "adding", "last"),
            (2, "adding", "last"),
            (1, "sine", "every"),
            (2, "sine", "every"),
        ]
        .map(|(layers, task, readout)| {
            let name = format!("{} × {layers}, {task}", cell.name());
            (name, text(cell, layers, task, readout))
        })
    });
    let both = "cell = \"lstm\"\nnum_layers = 2\nbidirectional = true\ndropout = 0.3\n";
    let ragged = model_text("majority", "cell = \"gru\"\n")
        .replace("length = 9", "length = 9\nmin_length = 3");
    let others = [
        ("both directions, last step", model_text("latch", both)),
        (
            "both directions, final states",
            model_text("latch", &format!("{both}readout = \"final\"\n")),
        ),
        (
            "both directions, tagging",
            model_text("tagging", &format!("{both}readout = \"every\"\n")),
        ),
        ("ragged", ragged.clone()),
        (
            "ragged, padding read",
            ragged.replace("[training]", "masking = false\n[training]"),
        ),
        ("two heads", self_attention()),
        ("no attention", encoder_decoder("none")),
        ("additive attention", encoder_decoder("additive")),
        ("dot product", encoder_decoder("dot")),
        (
            "answers of another length",
            encoder_decoder("additive").replace("reverse", "dates"),
        ),
        (
            "encoder of both directions",
            encoder_decoder("additive").replace(
                "[training]",
                "cell = \"gru\"\nnum_layers = 2\nbidirectional = true\n[training]",
            ),
        ),
    ];
    let others = others.map(|(name, text)| (name.to_string(), text));
    cells.chain(others).collect()
}

/// Turns to a view's tab, if it is behind another, and says whether the view is seen.
fn see(window: &mut Window, view: &str) -> bool {
    let is_seen = |window: &Window| {
        window
            .query_by_role_and_label(Role::GenericContainer, view)
            .is_some()
    };
    if !is_seen(window) {
        window.get_by_role_and_label(Role::Button, view).click();
        window.run();
    }
    is_seen(window)
}

/// Whether a view has something to say of what is on show; if not, it is not offered.
fn is_offered(window: &Window, view: &str) -> bool {
    let snapshot = snapshot(window);
    match view {
        "attention" => !snapshot.probe.attention.is_empty(),
        "autoregression" => snapshot.material.baselines.is_some(),
        "cell" => {
            let part = &snapshot.probe.parts[session(window).part()];
            part.scans.iter().any(|scan| scan.cell.is_some())
        }
        "symbols" => {
            let (dataset, probe) = (&snapshot.material.dataset, &snapshot.probe);
            let span = dataset.split(probe.split)[probe.index];
            survey::symbols_read(dataset, span).is_some()
        }
        // Closed until they are asked for, each in tests of its own.
        "jacobian" | "time_terms" | "memory" | "phase_portrait" | "weights" | "parameters"
        | "shapes" | "loss_surface" | "cliff" | "comparison" | "side_by_side" | "autopsy" => false,
        _ => true,
    }
}

/// The views that lie behind each other.
const SHARING: [&str; 4] = ["attention", "gates", "data", "autoregression"];

// Two tests, so that they run beside each other.
#[test]
fn every_view_shows_every_model_in_light() {
    every_view_shows_every_model(Theme::Light);
}

#[test]
fn every_view_shows_every_model_in_dark() {
    every_view_shows_every_model(Theme::Dark);
}

fn every_view_shows_every_model(theme: Theme) {
    let mut window = opened(None, theme);
    assert_eq!(window.ctx.theme(), theme);
    for (name, text) in every_model() {
        let model = format!("{name}, {theme:?}");
        let mut app = App::headless(&window.ctx.clone(), Some(source(text)));
        app.overview();
        *window.state_mut() = app;
        settle(&mut window);
        assert_eq!(session(&window).message(), None, "{model}");
        // Before and after training, on both ways, half-way and through, in each part.
        press(&mut window, Key::U);
        assert_eq!(snapshot(&window).update, 1, "{model}");
        let parts = snapshot(&window).probe.parts.clone();
        for (index, part) in parts.iter().enumerate() {
            if !part.name.is_empty() {
                choose(&mut window, part.name);
            }
            assert_eq!(session(&window).part(), index, "{model}");
            let keys = [
                Key::OpenBracket,
                Key::ArrowRight,
                Key::End,
                Key::CloseBracket,
                Key::ArrowRight,
                Key::End,
            ];
            for (step, key) in keys.into_iter().enumerate() {
                window.key_press(key);
                window.run();
                // One of those that share a place at each step, in turn.
                for view in views::all() {
                    if !is_offered(&window, view.name()) {
                        continue;
                    }
                    let at = SHARING.iter().position(|name| *name == view.name());
                    assert!(
                        at.is_some_and(|at| at != step % SHARING.len())
                            || see(&mut window, view.title()),
                        "{} of {model} is not to be seen",
                        view.name()
                    );
                }
            }
            assert!(see(&mut window, "Gates and states"));
            assert!(see(&mut window, "Network, unrolled over time"));
            for scan in 0..part.scans.len() {
                turn_to_scan(&mut window, part, scan);
                let quantities = part.scans[scan].quantities().len();
                let maps = window.query_all_by_role(Role::Image).count();
                assert!(maps >= quantities, "{model} shows {maps} maps");
            }
        }
        // The diagram has choices of the same names.
        assert!(see(&mut window, "Network, unrolled over time"));
        // It may share its place with symbols.
        assert!(see(&mut window, "Prediction"));
        for part in ["train", "linear", "values"] {
            choose(&mut window, part);
        }
    }
}

/// Shows a scan of the part in the heat maps.
fn turn_to_scan(window: &mut Window, part: &Part, scan: usize) {
    match part.scans.len() {
        1 => {}
        2 => choose(window, &part.scan_name(scan)),
        _ => pick(window, "Layer", &part.scan_name(scan)),
    }
}

#[test]
fn the_panes_hold_on_small_and_on_large_windows() {
    for (size, pixels) in [
        ([880.0, 560.0], 1.0),
        ([1920.0, 1080.0], 1.0),
        ([1280.0, 800.0], 2.0),
        ([880.0, 560.0], 1.5),
    ] {
        let source = source(text(Cell::Gru, 2, "sine", "every"));
        let mut window = built(size, pixels, Theme::Light, move |cc| {
            let mut app = App::headless(&cc.egui_ctx, Some(source));
            app.overview();
            app
        });
        settle(&mut window);
        for view in views::all() {
            let offered = is_offered(&window, view.name());
            assert!(
                !offered || see(&mut window, view.title()),
                "{} at {size:?}",
                view.name()
            );
        }
        let screen = Rect::from_min_size(Pos2::ZERO, size.into());
        for button in ["One step on", "Train", "Reset"] {
            let place = window.get_by_role_and_label(Role::Button, button).rect();
            assert!(
                screen.contains_rect(place),
                "{button} is at {place} of {size:?}"
            );
        }
    }
}

/// In the smallest window the titles of panes stay in sight, whatever their tools would take.
#[test]
fn titles_stay_in_sight_in_the_smallest_window() {
    let mut window = opening(None, [880.0, 560.0], Theme::Light);
    settle(&mut window);
    press(&mut window, Key::CloseBracket);
    press(&mut window, Key::U);
    press(&mut window, Key::End);
    let left = tab(&window, "Network, unrolled over time").left();
    for title in ["Gates and states", "Training"] {
        assert!((tab(&window, title).left() - left).abs() < 1.0, "{title}");
    }
    // What has no row of its own here lies behind the one above.
    let folded = tab(&window, "Gradient flow through time");
    assert!(folded.top() == tab(&window, "Gates and states").top() && folded.right() < 880.0);
    // Which plot is on show, where one alone has room.
    let plot = window.get_by_role_and_label(Role::ComboBox, "Plot").rect();
    assert!(tab(&window, "Training").right() <= plot.left());
    let page = window.get_by_role_and_label(Role::ComboBox, "Page").rect();
    let title = tab(&window, "Prediction");
    assert!(title.left() > plot.right() && title.right() <= page.left());
}

/// Where there is no room for what stands in a pane, nothing is wrong with pressing and dragging there. A sash can make any
/// pane so narrow, whatever the size of the window.
#[test]
fn panes_without_room_for_their_axes_can_be_pressed_and_dragged_upon() {
    for size in [
        [880.0, 560.0],
        [420.0, 300.0],
        [260.0, 700.0],
        [120.0, 90.0],
    ] {
        let mut window = opening(None, size, Theme::Light);
        settle(&mut window);
        press(&mut window, Key::U);
        let button = |window: &mut Window, pos, pressed| {
            window.event(egui::Event::PointerButton {
                pos,
                button: egui::PointerButton::Primary,
                pressed,
                modifiers: egui::Modifiers::NONE,
            });
        };
        let places = |count: usize| (0..count).map(move |at| (at as f32 + 0.5) / count as f32);
        for y in places(14) {
            let at = |x: f32| pos2(x * size[0], y * size[1]);
            for (from, to) in [(0.98, 0.5), (0.6, 0.97), (0.3, 0.55)] {
                window.event(egui::Event::PointerMoved(at(from)));
                button(&mut window, at(from), true);
                window.step();
                window.event(egui::Event::PointerMoved(at(to)));
                window.step();
                button(&mut window, at(to), false);
                window.step();
            }
            press(&mut window, Key::Escape);
        }
    }
}

#[test]
fn the_transport_moves_the_cursor() {
    let mut window = window();
    let steps = session(&window).snapshot().unwrap().probe.parts[0].seq_len();
    assert!(
        everything_is_revealed(&window),
        "a run opens with everything revealed"
    );
    choose(&mut window, "→ forward");
    assert_eq!((sweep(&window), t(&window)), (Sweep::Forward, 0));
    click(&mut window, "One step on");
    click(&mut window, "One step on");
    assert_eq!(t(&window), 2);
    click(&mut window, "One step back");
    assert_eq!(t(&window), 1);
    assert!(shows(&window, &format!("t = 1/{steps}")));
    click(&mut window, "To the end of the sweep");
    assert_eq!((sweep(&window), t(&window)), (Sweep::Forward, steps));
    click(&mut window, "One step on");
    assert_eq!(
        sweep(&window),
        Sweep::Backward,
        "after the last step the way back begins"
    );
    click(&mut window, "One step back");
    assert_eq!((sweep(&window), t(&window)), (Sweep::Forward, steps));
    click(&mut window, "To the beginning of the sweep");
    assert_eq!(t(&window), 0);
    choose(&mut window, "← backward");
    assert_eq!((sweep(&window), t(&window)), (Sweep::Backward, steps));
    click(&mut window, "To the end of the sweep");
    assert!(everything_is_revealed(&window));
}

/// A button that leads nowhere cannot be pressed, and one that turns to the other sweep says so.
#[test]
fn buttons_of_the_transport_say_where_they_lead() {
    let mut window = window();
    let can = |window: &Window| {
        [
            "To the beginning of the sweep",
            "One step back",
            "One step on",
            "To the end of the sweep",
        ]
        .map(|name| !window.get_by_label(name).accesskit_node().is_disabled())
    };
    let says = |window: &Window, name: &str| {
        let button = window.get_by_label(name);
        let said = button.accesskit_node().data().description();
        said.unwrap_or_default().to_owned()
    };
    assert!(everything_is_revealed(&window));
    assert_eq!(can(&window), [true, true, false, false]);
    choose(&mut window, "→ forward");
    assert_eq!(can(&window), [false, false, true, true]);
    assert_eq!(says(&window, "One step on"), "One step on (→)");
    click(&mut window, "To the end of the sweep");
    assert_eq!(can(&window), [true, true, true, false]);
    assert!(says(&window, "One step on").contains("the way back begins"));
    click(&mut window, "One step on");
    assert_eq!(sweep(&window), Sweep::Backward);
    choose(&mut window, "← backward");
    assert_eq!(can(&window), [false, true, true, true]);
    assert!(says(&window, "One step back").contains("to the end of the forward sweep"));
    // The same of sequences.
    choose(&mut window, "sequence");
    assert_eq!(can(&window)[1..3], [false, true]);
}

/// A menu that has no room below the bar would be put beside it, over what was clicked.
#[test]
fn menus_stay_below_the_bar_and_within_the_window() {
    // As small as a window gets, as one on a small screen, and enlarged by a half or more.
    for size in [
        [880.0, 560.0],
        [900.0, 616.0],
        [640.0, 400.0],
        [640.0, 300.0],
    ] {
        let mut window = built(size, 1.0, Theme::Light, |cc| {
            App::headless(&cc.egui_ctx, None)
        });
        settle(&mut window);
        for (menu, first, last) in [
            ("File", "Save experiment", "Quit"),
            ("View", "Light", "Reset layout"),
            ("Help", "Glossary", "Keys and facts"),
        ] {
            let button = window.get_by_role_and_label(Role::Button, menu);
            let bar = button.rect();
            button.click();
            window.run();
            let top = window.get_by_label(first).rect();
            assert!(top.top() >= bar.bottom(), "{menu} of {size:?}: {top}");
            // It stays where it is under the pointer.
            window.hover_at(top.center());
            window.run();
            assert_eq!(window.get_by_label(first).rect(), top, "{menu} of {size:?}");
            window.get_by_label(last).scroll_to_me();
            window.run();
            let end = window.get_by_label(last).rect();
            let is_below = end.top() >= bar.bottom();
            assert!(
                is_below && end.bottom() <= size[1],
                "{menu} of {size:?}: {end}"
            );
            if size[1] > 500.0 {
                let still = window.get_by_label(first).rect();
                assert_eq!(still, top, "all of {menu} has room but the list of views");
            }
            window.key_press(Key::Escape);
            window.run();
            assert!(window.query_by_label(last).is_none(), "{menu}");
        }
    }
}

#[test]
fn one_can_move_by_sequence_and_by_update() {
    let mut window = window();
    choose(&mut window, "sequence");
    let cursor = session(&window).cursor();
    click(&mut window, "One step on");
    assert_eq!(snapshot(&window).probe.index, 1);
    assert_eq!(session(&window).cursor(), cursor, "the cursor is kept");
    click(&mut window, "One step back");
    assert_eq!(snapshot(&window).probe.index, 0);
    choose(&mut window, "update");
    click(&mut window, "One step on");
    click(&mut window, "One step on");
    assert_eq!(snapshot(&window).update, 2);
    window.get_by_label("One step back").click();
    window.run();
    assert_eq!(snapshot(&window).update, 1, "a kept snapshot comes back");
    window.get_by_label("One step on").click();
    window.run();
    assert_eq!(snapshot(&window).update, 2);
    click(&mut window, "Reset");
    let back = window.get_by_label("One step back");
    assert!(
        back.accesskit_node().is_disabled(),
        "there is nothing before the start"
    );
}

#[test]
fn playing_goes_on_until_a_hand_is_on_the_controls() {
    let mut window = window();
    choose(&mut window, "→ forward");
    click(&mut window, "Play");
    assert!(window.query_by_label("Pause playing").is_some());
    assert!(t(&window) >= 1, "the first step is taken at once");
    window.key_press(Key::Space);
    window.run();
    assert!(window.query_by_label("Play").is_some());
    press(&mut window, Key::Space);
    assert!(window.query_by_label("Pause playing").is_some());
    click(&mut window, "To the beginning of the sweep");
    assert!(window.query_by_label("Play").is_some());
    assert_eq!(t(&window), 0);
}

#[test]
fn keys_do_what_their_tooltips_say() {
    let mut window = window();
    let steps = session(&window).snapshot().unwrap().probe.parts[0].seq_len();
    press(&mut window, Key::OpenBracket);
    assert_eq!((sweep(&window), t(&window)), (Sweep::Forward, 0));
    for _ in 0..3 {
        press(&mut window, Key::ArrowRight);
    }
    press(&mut window, Key::ArrowLeft);
    assert_eq!(t(&window), 2);
    press(&mut window, Key::End);
    assert_eq!((sweep(&window), t(&window)), (Sweep::Forward, steps));
    press(&mut window, Key::Home);
    assert_eq!(t(&window), 0);
    press(&mut window, Key::CloseBracket);
    assert_eq!((sweep(&window), t(&window)), (Sweep::Backward, steps));
    press(&mut window, Key::End);
    assert!(everything_is_revealed(&window));
    press(&mut window, Key::U);
    assert_eq!(snapshot(&window).update, 1);
    press(&mut window, Key::T);
    assert_eq!(
        (snapshot(&window).update, snapshot(&window).status.clone()),
        (600, Status::Finished)
    );
    assert!(window.query_by_label("finished").is_some());
    press(&mut window, Key::R);
    assert_eq!(snapshot(&window).update, 0);
}

#[test]
fn training_can_be_paused() {
    let text = text(Cell::Lstm, 1, "adding", "last").replace("updates = 6", "updates = 10_000_000");
    let mut window = running(text);
    window.key_press(Key::T);
    window.step();
    assert!(session(&window).is_running());
    window.key_press(Key::T);
    settle(&mut window);
    assert!(!session(&window).is_running());
    assert_eq!(snapshot(&window).status, Status::Paused);
    assert!(window.query_by_label("Train").is_some());
}

#[test]
fn after_a_click_on_the_ruler_keys_still_work() {
    let mut window = window();
    press(&mut window, Key::OpenBracket);
    window
        .get_by_role_and_label(Role::Slider, "Time ruler")
        .click();
    settle(&mut window);
    let clicked = t(&window);
    assert!(clicked > 1, "a click on the ruler's middle moves there");
    press(&mut window, Key::ArrowRight);
    assert_eq!(t(&window), clicked + 1);
    press(&mut window, Key::CloseBracket);
    assert_eq!(sweep(&window), Sweep::Backward);
    press(&mut window, Key::U);
    assert_eq!(snapshot(&window).update, 1);
}

#[test]
fn keys_belong_to_the_field_being_typed_in() {
    let mut window = window();
    press(&mut window, Key::OpenBracket);
    press(&mut window, Key::ArrowRight);
    let cursor = session(&window).cursor();
    begin_typing(&mut window, "Seed", "12");
    for key in [
        Key::ArrowRight,
        Key::ArrowLeft,
        Key::Home,
        Key::End,
        Key::Space,
        Key::OpenBracket,
        Key::CloseBracket,
        Key::U,
        Key::R,
        Key::T,
    ] {
        window.key_press(key);
        window.run();
    }
    window.state_mut().settle();
    assert_eq!(session(&window).cursor(), cursor);
    assert_eq!(snapshot(&window).update, 0);
    assert_eq!(
        session(&window).experiment().seed,
        1,
        "nothing takes effect before Enter"
    );
    window.key_press(Key::Enter);
    settle(&mut window);
    assert_eq!(session(&window).experiment().seed, 12);
}

/// The middle of a cell of a quantity's heat map: the maps stand in the order of the cell's quantities.
fn cell_of(window: &Window, quantity: Quantity, t: usize, unit: usize) -> Pos2 {
    let snapshot = snapshot(window);
    let (steps, units) = (
        snapshot.probe.parts[0].seq_len(),
        snapshot.model.network().hidden_size(),
    );
    let quantities = snapshot.probe.parts[0].scans[0].quantities();
    let mut maps: Vec<_> = window
        .get_all_by_role(Role::Image)
        .filter(|node| {
            let label = node.accesskit_node().label().unwrap_or_default();
            // Each says which of its cells the keys are at.
            label.contains(": unit ")
        })
        .collect();
    maps.sort_by(|a, b| a.rect().top().total_cmp(&b.rect().top()));
    assert_eq!(maps.len(), quantities.len());
    let index = quantities.iter().position(|&q| q == quantity);
    let map = &maps[index.expect("the cell has the quantity")];
    let place = map.rect();
    let part = |k: usize, of: usize| (k as f32 + 0.5) / of as f32;
    pos2(
        place.left() + place.width() * part(t, steps),
        place.top() + place.height() * part(unit, units),
    )
}

#[test]
fn the_readout_of_a_heat_map_is_the_traces_value() {
    for cell in Cell::ALL {
        for layer in [0, 1] {
            let mut window = running(text(cell, 2, "adding", "last"));
            press(&mut window, Key::U);
            if layer == 1 {
                choose(&mut window, "layer 2");
            }
            for adjoint in [false, true] {
                choose(&mut window, if adjoint { "gradients" } else { "values" });
                for &quantity in cell.quantities() {
                    for (t, unit) in [(0, 0), (4, 3), (8, 4)] {
                        window.hover_at(cell_of(&window, quantity, t, unit));
                        window.run();
                        let probe = &snapshot(&window).probe;
                        let value =
                            probe.parts[0].get(layer, quantity, false).unwrap()[[t, 0, unit]];
                        let gradient =
                            probe.parts[0].get(layer, quantity, true).unwrap()[[t, 0, unit]];
                        let symbol = cell.symbol(quantity);
                        let expected = format!(
                            "{symbol}[{unit}] at t = {} = {}   ∂L/∂{symbol} = {}",
                            t + 1,
                            number(value),
                            number(gradient)
                        );
                        assert!(
                            shows(&window, &expected),
                            "{} layer {layer}: {expected}",
                            cell.name()
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn the_readout_tells_nothing_the_cursor_has_not_revealed() {
    let mut window = running(text(Cell::Lstm, 1, "adding", "last"));
    press(&mut window, Key::OpenBracket);
    for _ in 0..3 {
        press(&mut window, Key::ArrowRight);
    }
    window.hover_at(cell_of(&window, Quantity::F, 2, 1));
    window.run();
    let f = snapshot(&window).probe.parts[0]
        .get(0, Quantity::F, false)
        .unwrap()[[2, 0, 1]];
    assert!(shows(&window, &format!("f[1] at t = 3 = {}", number(f))));
    assert!(
        !shows(&window, "∂L/∂f ="),
        "no gradient before the way back"
    );
    window.hover_at(cell_of(&window, Quantity::F, 3, 1));
    window.run();
    assert!(!shows(&window, "f[1] at t = 4"));
}

#[test]
fn an_impossible_hidden_size_is_refused_and_the_run_stays() {
    let mut window = window();
    press(&mut window, Key::U);
    let before = snapshot(&window);
    for (typed, found) in [("0", "0"), ("1000000", "1000000"), ("many", "many")] {
        fill(&mut window, "Hidden size", typed);
        let message = session(&window)
            .message()
            .unwrap_or_else(|| panic!("{typed} is not refused"))
            .clone();
        let said = message.lines.join("\n");
        assert!(said.contains("model.hidden_size"), "{said}");
        assert!(
            said.contains("found") && said.contains(found) && said.contains("expected"),
            "{said}"
        );
        let card = window.get_by_role(Role::Alert);
        assert_eq!(
            card.accesskit_node().label().as_deref(),
            Some(message.title.as_str())
        );
        assert!(
            message
                .lines
                .iter()
                .all(|line| window.query_by_label(line).is_some()),
            "the card shows {said}"
        );
        assert_eq!(
            snapshot(&window).probe.parts,
            before.probe.parts,
            "the run stays on show"
        );
        assert_eq!(session(&window).experiment().model.hidden_size, 16);
        let field = window.get_by_role_and_label(Role::TextInput, "Hidden size");
        let stays = field.accesskit_node().value();
        assert_eq!(stays.as_deref(), Some(typed), "it stays to be mended");
        assert!(shows(&window, "It is still 16."), "and the reason is there");
    }
    turn_page(&mut window, "Dismiss");
    assert!(window.query_by_role(Role::Alert).is_none());
    press(&mut window, Key::U);
    assert_eq!(snapshot(&window).update, 2, "and it goes on");
    assert!(shows(&window, "It is still 16."), "as it was before");
    fill(&mut window, "Hidden size", "4");
    assert_eq!(snapshot(&window).model.network().hidden_size(), 4);
    assert!(!shows(&window, "It is still"));
}

#[test]
fn every_experiment_of_the_gallery_opens() {
    let mut window = window();
    for entry in gallery::EXPERIMENTS.iter().rev() {
        menu(&mut window, "Gallery", entry.title);
        assert_eq!(session(&window).message(), None);
        assert_eq!(session(&window).name(), entry.title);
        assert_eq!(session(&window).text(), entry.text);
        press(&mut window, Key::U);
        assert_eq!(snapshot(&window).update, 1);
    }
}

#[test]
fn a_run_that_diverges_says_so_and_can_begin_again() {
    let text = text(Cell::RnnRelu, 1, "adding", "last")
        .replace("updates = 6", "updates = 60\nclip = \"off\"")
        + "optimizer = { kind = \"sgd\", learning_rate = 100.0 }\n";
    let mut window = running(text);
    press(&mut window, Key::T);
    assert!(matches!(snapshot(&window).status, Status::Diverged(_)));
    assert!(shows(&window, "diverged"));
    for button in ["Train", "Update"] {
        assert!(
            window
                .get_by_role_and_label(Role::Button, button)
                .accesskit_node()
                .is_disabled()
        );
    }
    press(&mut window, Key::R);
    assert_eq!(snapshot(&window).update, 0);
    assert!(
        !window
            .get_by_role_and_label(Role::Button, "Train")
            .accesskit_node()
            .is_disabled()
    );
}

#[test]
fn the_readmes_run_is_broken_and_repaired() {
    let mut window = window();
    pick(&mut window, "Cell", Cell::RnnRelu.title());
    pick(&mut window, "Optimizer", "SGD");
    fill(&mut window, "Learning rate", "0.7");
    pick(&mut window, "Clipping", "off");
    press(&mut window, Key::T);
    let Status::Diverged(divergence) = snapshot(&window).status.clone() else {
        panic!("it trains without clipping")
    };
    assert_eq!(divergence.update, 102);
    pick(&mut window, "Clipping", "by norm");
    press(&mut window, Key::R);
    press(&mut window, Key::T);
    assert_eq!(snapshot(&window).status, Status::Finished);
    let scores = snapshot(&window).scores(Split::Test, 0).unwrap().clone();
    let [network, naive] = [Some(&scores.compared), scores.baselines.last()];
    let rmse = |score: Option<&Option<Score>>| -> f64 { score.unwrap().as_ref().unwrap().rmse };
    assert!(rmse(network) < rmse(naive), "{scores:?}");
}

/// Writes a file and drops it on the window.
fn drop_file(window: &mut Window, name: &str, text: &str) {
    drop_on(window, file("window", name, text));
    settle(window);
    // Frame by frame, as the window does it.
    while session(window)
        .import()
        .is_some_and(|import| matches!(import.state, ImportState::Reading(_)))
    {
        window.step();
    }
    window.run();
}

/// Picks an entry of a drop-down list.
fn pick(window: &mut Window, list: &str, entry: &str) {
    click_in_list(window, list, entry);
    settle(window);
}

#[test]
fn a_dropped_csv_becomes_an_experiment() {
    let mut window = window();
    let mut text = String::from("month;rain;river\n");
    for k in 0..120 {
        let (rain, river) = ((f64::from(k) * 0.5).sin(), (f64::from(k) * 0.5 - 0.4).cos());
        text += &format!("{};{rain:.3};{river:.3}\n", k + 1);
    }
    drop_file(&mut window, "river.csv", &text);
    assert!(window.query_by_label("Import river.csv").is_some());
    assert!(shows(&window, "120 rows, 3 columns"));
    pick(&mut window, "Role of rain", "feature");
    click(&mut window, "Open as experiment");
    assert!(session(&window).import().is_none());
    assert_eq!(session(&window).message(), None);
    assert_eq!(session(&window).name(), "river");
    let dataset = &snapshot(&window).material.dataset;
    assert_eq!(dataset.output_names, ["river"]);
    press(&mut window, Key::U);
    assert_eq!(snapshot(&window).update, 1);
}

#[test]
fn a_broken_csv_is_explained_and_what_was_open_stays() {
    let mut window = window();
    press(&mut window, Key::U);
    let before = snapshot(&window);
    let text = "year,rain\n1900,1.0\n1901,2.0,7\n1902,3.0\n1903\n";
    drop_file(&mut window, "broken.csv", text);
    assert!(window.query_by_role(Role::Alert).is_some());
    let ImportState::Failed(error) = &session(&window).import().unwrap().state else {
        panic!("it is read")
    };
    assert_eq!(error.places().len(), 2);
    for place in error.places() {
        let line = format!("line {}", place.line);
        assert!(shows(&window, &line), "the card names {line}");
        assert!(shows(&window, &place.found), "the card names what it found");
    }
    assert!(shows(&window, "expected"));
    let open = window.get_by_role_and_label(Role::Button, "Open as experiment");
    assert!(open.accesskit_node().is_disabled());
    click(&mut window, "Cancel");
    assert!(session(&window).import().is_none());
    assert_eq!(snapshot(&window).probe.parts, before.probe.parts);
    press(&mut window, Key::U);
    assert_eq!(snapshot(&window).update, 2);
}

#[test]
fn a_text_in_a_column_of_numbers_is_shown_in_its_place() {
    let mut window = window();
    let mut text = String::from("year,rain\n");
    for k in 0..60 {
        text += &format!(
            "{},{}\n",
            1900 + k,
            if k == 7 {
                "dry".to_string()
            } else {
                k.to_string()
            }
        );
    }
    drop_file(&mut window, "text.csv", &text);
    assert!(shows(&window, "line 9, column 2 (rain)"));
    assert!(shows(&window, "Found “dry” · expected a number"));
    assert!(shows(&window, "One cell is no number"));
    press(&mut window, Key::Escape);
    assert!(session(&window).import().is_none());
}

#[test]
fn a_broken_experiment_is_explained_and_what_was_open_stays() {
    let mut window = window();
    let name = session(&window).name().to_string();
    drop_file(
        &mut window,
        "cut.toml",
        "format = 1\n[data]\ntask = \"adding\"\n[model\n",
    );
    assert_eq!(session(&window).name(), name);
    let message = session(&window).message().expect("a message").clone();
    assert!(message.lines.join("\n").contains("line 4"), "{message:?}");
    assert!(window.query_by_role(Role::Alert).is_some());
    drop_file(
        &mut window,
        "unknown.toml",
        "format = 1\n[data]\ntask = \"adding\"\n[model]\nhiden_size = 3\n",
    );
    let message = session(&window).message().expect("a message").clone();
    let said = message.lines.join("\n");
    assert!(
        said.contains("hiden_size") && said.contains("hidden_size"),
        "{said}"
    );
    press(&mut window, Key::U);
    assert_eq!(snapshot(&window).update, 1);
}

#[test]
fn a_lesson_is_begun_from_its_card_and_worked_through() {
    let mut window = window();
    let shelf = Shelf::built_in(&views::places());
    let first = &shelf.lessons[0];
    window.get_by_label("Begin the lesson").click();
    settle(&mut window);
    assert!(window.query_all_by_label(&first.title).next().is_some());
    assert!(heading(&window, &first.pages[0].title));
    let lesson = begin_walked(&mut window);
    assert!(window.query_all_by_label(&lesson.title).next().is_some());
    assert!(heading(&window, &lesson.pages[0].title));
    assert!(
        window.query_by_label("Next page").is_none(),
        "the exercise is not done yet"
    );
    assert!(window.query_by_label("Skip").is_some());
    // The first exercise: walk to the last step.
    press(&mut window, Key::ArrowRight);
    assert!(window.query_by_label("✓ Done").is_none());
    press(&mut window, Key::End);
    assert!(window.query_by_label("✓ Done").is_some());
    turn_page(&mut window, "Next page");
    assert!(heading(&window, &lesson.pages[1].title));
    // The first question: the engine says which choice is right.
    let predict = lesson.pages[1].blocks.iter().find_map(|block| match block {
        Block::Predict(predict) => Some(predict),
        _ => None,
    });
    let predict = predict.expect("the second page asks");
    let value = predict.value(session(&window)).unwrap().unwrap();
    let right = &predict.choices()[predict.bin_of(value)];
    window.get_by_label(right).scroll_to_me();
    window.run();
    click(&mut window, right);
    // Its number stands in the explanation, and once is enough.
    assert!(shows(&window, "Right.") && shows(&window, &format!("It takes {value} steps")));
    assert!(
        window.query_by_label("Next page").is_none(),
        "there is an exercise as well"
    );
    // And the exercise: walk back until the check is content.
    press(&mut window, Key::CloseBracket);
    let steps = session(&window).snapshot().unwrap().probe.parts[0].seq_len();
    for _ in 0..steps {
        if window.query_by_label("✓ Done").is_none() {
            press(&mut window, Key::ArrowRight);
        }
    }
    assert!(window.query_by_label("✓ Done").is_some());
    turn_page(&mut window, "Next page");
    assert!(heading(&window, &lesson.pages[2].title));
    turn_page(&mut window, "Back");
    assert!(
        window.query_by_label("✓ Done").is_some(),
        "what was done stays done"
    );
    turn_page(&mut window, "Leave");
    assert!(!heading(&window, &lesson.pages[1].title));
}

/// Begins the lesson whose first page is done by walking to the end, and whose second one asks a question, from the menu.
fn begin_walked(window: &mut Window) -> Arc<Lesson> {
    let lessons = Shelf::built_in(&views::places()).lessons;
    let mut all = lessons.iter().enumerate();
    let (index, lesson) = all.find(|(_, lesson)| lesson.id == "vanishing").unwrap();
    let entry = format!("{}. {}   {} min", index + 1, lesson.title, lesson.minutes);
    menu(window, "Lessons", &entry);
    Arc::clone(lesson)
}

/// Whether a lesson's page with this heading is open. A link in its text may have the same words.
fn heading(window: &Window, title: &str) -> bool {
    window.query_by_role_and_label(Role::Label, title).is_some()
}

/// Scrolls to a button at the end of a lesson's page and clicks it.
fn turn_page(window: &mut Window, button: &str) {
    window.get_by_label(button).scroll_to_me();
    window.run();
    click(window, button);
}

#[test]
fn every_page_of_every_lesson_is_shown() {
    let shelf = Shelf::built_in(&views::places());
    let mut window = window();
    for (index, lesson) in shelf.lessons.iter().enumerate() {
        let entry = format!("{}. {}   {} min", index + 1, lesson.title, lesson.minutes);
        menu(&mut window, "Lessons", &entry);
        for (number, page) in lesson.pages.iter().enumerate() {
            assert!(
                heading(&window, &page.title),
                "{}: {}",
                lesson.title,
                page.title
            );
            assert_eq!(
                session(&window).message(),
                None,
                "{}: {}",
                lesson.title,
                page.title
            );
            if number + 1 < lesson.pages.len() {
                turn_page(&mut window, "Skip");
            }
        }
        turn_page(&mut window, "Leave");
    }
}

#[test]
fn a_pane_that_was_hidden_comes_back() {
    let mut window = window();
    let title = "Gates and states";
    let panes = |window: &Window| window.query_all_by_label(title).count();
    let shown = panes(&window);
    for hidden in [true, false] {
        window.get_by_role_and_label(Role::Button, "View").click();
        window.run();
        window.get_by_role_and_label(Role::CheckBox, title).click();
        window.run();
        press(&mut window, Key::Escape);
        assert_eq!(panes(&window), if hidden { 0 } else { shown });
    }
}

/// Which views are to be seen.
fn panes(window: &Window) -> Vec<&'static str> {
    let is_seen = |title: &&str| {
        let pane = window.query_by_role_and_label(Role::GenericContainer, title);
        pane.is_some()
    };
    let titles = views::all().into_iter().map(|view| view.title());
    titles.filter(is_seen).collect()
}

/// The tab of a view.
fn tab(window: &Window, title: &str) -> Rect {
    window.get_by_role_and_label(Role::Button, title).rect()
}

/// Whether a view has all the room: there is no other, and its tab is where the first one's is else.
fn is_enlarged(window: &Window, title: &str) -> bool {
    panes(window) == [title] && tab(window, title).top() < 90.0
}

/// Puts the pointer into a pane.
fn point_into(window: &mut Window, title: &str) {
    let at = tab(window, title).left_bottom() + vec2(20.0, 20.0);
    window.hover_at(at);
    window.run();
}

/// Clicks the button of this name that is not the one at `at`: the entry of an open menu.
fn click_elsewhere(window: &mut Window, name: &str, at: Rect) {
    let button = window
        .get_all_by_role_and_label(Role::Button, name)
        .find(|button| button.rect() != at);
    button.expect("the menu has the entry").click();
    settle(window);
}

/// What is to be seen in the standard layout.
const STANDARD: [&str; 5] = [
    "Network, unrolled over time",
    "Gates and states",
    "Gradient flow through time",
    "Training",
    "Prediction",
];

#[test]
fn a_pane_is_enlarged_and_brought_back_in_every_way() {
    let mut window = window();
    assert_eq!(panes(&window), STANDARD);
    let before = tab(&window, "Training");
    for title in ["Training", "Gates and states"] {
        click(&mut window, &format!("Enlarge {title}"));
        assert!(is_enlarged(&window, title), "button of {title}");
        click(&mut window, "Back to all panes");
        assert_eq!(panes(&window), STANDARD);

        point_into(&mut window, title);
        for back in [Key::E, Key::Escape] {
            press(&mut window, Key::E);
            assert!(is_enlarged(&window, title), "key in {title}");
            press(&mut window, back);
            assert_eq!(panes(&window), STANDARD, "{back:?}");
        }

        for _ in 0..2 {
            let was_enlarged = is_enlarged(&window, title);
            let at = tab(&window, title).center();
            double_click(&mut window, at);
            assert_ne!(is_enlarged(&window, title), was_enlarged, "{title}");
        }

        let at = tab(&window, title);
        window.get_by_role_and_label(Role::Button, "View").click();
        window.run();
        window
            .get_by_role_and_label(Role::Button, "Enlarge")
            .click();
        window.run();
        click_elsewhere(&mut window, title, at);
        assert!(is_enlarged(&window, title), "menu, {title}");
        let back = "Back to all panes";
        let at = window.get_by_label(back).rect();
        window.get_by_role_and_label(Role::Button, "View").click();
        window.run();
        click_elsewhere(&mut window, back, at);
        assert_eq!(panes(&window), STANDARD);
    }
    assert_eq!(
        tab(&window, "Training"),
        before,
        "every pane has the place it had"
    );
}

#[test]
fn views_behind_an_enlarged_one_are_turned_to_in_the_same_place() {
    let mut window = window();
    click(&mut window, "Enlarge Gates and states");
    for title in ["Data view", "AR(p)", "Gates and states"] {
        window.get_by_role_and_label(Role::Button, title).click();
        window.run();
        assert!(is_enlarged(&window, title), "{title}");
    }
    press(&mut window, Key::Escape);
    assert_eq!(panes(&window), STANDARD);
}

#[test]
fn an_enlarged_pane_that_is_hidden_or_reset_gives_the_room_back() {
    let mut window = window();
    let toggle = |window: &mut Window, title: &str| {
        window.get_by_role_and_label(Role::Button, "View").click();
        window.run();
        window.get_by_role_and_label(Role::CheckBox, title).click();
        window.run();
    };
    click(&mut window, "Enlarge Training");
    toggle(&mut window, "Training");
    // What lies behind it comes to the front.
    let without = [
        "Network, unrolled over time",
        "Gates and states",
        "Number",
        "Gradient flow through time",
        "Prediction",
    ];
    assert_eq!(panes(&window), without);
    // One that is hidden beside it stays away when all come back.
    click(&mut window, "Enlarge Prediction");
    toggle(&mut window, "Gradient flow through time");
    assert!(is_enlarged(&window, "Prediction"));
    // One that comes back is to be seen.
    toggle(&mut window, "Training");
    let shown = [
        "Network, unrolled over time",
        "Gates and states",
        "Training",
        "Prediction",
    ];
    assert_eq!(panes(&window), shown);
    click(&mut window, "Enlarge Training");
    menu(&mut window, "View", "Reset layout");
    assert_eq!(panes(&window), STANDARD);
}

#[test]
fn a_lesson_that_points_at_another_view_brings_it_back() {
    let mut window = window();
    click(&mut window, "Enlarge Prediction");
    let lesson = begin_walked(&mut window);
    let focus = lesson.pages[0].focus.clone();
    let focus = focus.expect("the first page points at a view").view;
    let all = views::all();
    let view = all.iter().find(|view| view.name() == focus).unwrap();
    assert!(panes(&window).contains(&view.title()));
}

#[test]
fn escape_and_letters_belong_to_what_is_open_before_they_belong_to_panes() {
    let mut window = window();
    point_into(&mut window, "Training");
    press(&mut window, Key::E);
    // The panel may be longer than the window.
    let list = window.get_by_role_and_label(Role::ComboBox, "Cell");
    list.scroll_to_me();
    window.run();
    window.get_by_role_and_label(Role::ComboBox, "Cell").click();
    window.run();
    press(&mut window, Key::Escape);
    assert!(is_enlarged(&window, "Training"), "the list was closed");
    begin_typing(&mut window, "Seed", "1");
    press(&mut window, Key::E);
    assert!(is_enlarged(&window, "Training"), "a letter was typed");
    press(&mut window, Key::Escape);
    assert!(is_enlarged(&window, "Training"), "the field was left");
    menu(&mut window, "Help", "Keys and facts");
    press(&mut window, Key::E);
    press(&mut window, Key::Escape);
    assert!(window.query_by_label("Close").is_none());
    assert!(is_enlarged(&window, "Training"), "the dialogue was closed");
    press(&mut window, Key::Escape);
    assert_eq!(panes(&window), STANDARD);
}

#[test]
fn an_enlarged_pane_survives_the_next_launch() {
    let folder = folder("enlarged");
    let mut window = launched(&folder);
    press(&mut window, Key::Num6);
    click(&mut window, "Enlarge Gates and states");
    window
        .get_by_role_and_label(Role::Button, "Data view")
        .click();
    window.run();
    close(window);
    let mut window = launched(&folder);
    assert!(is_enlarged(&window, "Data view"));
    press(&mut window, Key::Escape);
    assert!(panes(&window).contains(&"Data view"));
    assert_eq!(panes(&window).len(), STANDARD.len());
}

#[test]
fn a_task_chosen_in_the_set_up_is_answered_where_it_is_asked() {
    let mut window = running(text(Cell::Gru, 1, "adding", "last"));
    for (task, readout) in [
        ("sine", Readout::Every),
        ("adding", Readout::Last),
        ("latch", Readout::Every),
    ] {
        let title = tasks::by_name(task).unwrap().title();
        pick(&mut window, "Task", title);
        assert_eq!(session(&window).message(), None, "{title}");
        let text = session(&window).text();
        assert!(text.contains(&format!("task = \"{task}\"")), "{text}");
        assert_eq!(
            snapshot(&window).model.network().readout(),
            readout,
            "{title}"
        );
    }
}

#[test]
fn a_path_can_be_typed_where_there_is_no_chooser() {
    let mut window = window();
    let typed = text(Cell::Gru, 1, "adding", "last");
    let path = file("window", "typed.toml", typed);
    menu(&mut window, "File", "Open path…");
    window.run();
    let field = window
        .get_all_by_role(Role::TextInput)
        .find(Node::is_focused);
    field
        .expect("the field waits for letters")
        .type_text(path.to_str().unwrap());
    window.run();
    assert_eq!(snapshot(&window).update, 0, "letters are no keys here");
    press(&mut window, Key::Enter);
    assert_eq!(session(&window).message(), None);
    assert_eq!(
        (
            session(&window).name(),
            snapshot(&window).model.network().cell()
        ),
        ("typed", Some(Cell::Gru))
    );
}

#[test]
fn the_window_rests_when_nothing_happens() {
    let mut window = window();
    press(&mut window, Key::U);
    // The worker's last wake may come after its snapshot was taken: one more frame, which was asked for.
    let quiet = |window: &mut Window| (0..5).all(|_| window.run() == 1);
    assert!(
        (0..20).any(|_| quiet(&mut window)),
        "frames that nobody asked for are drawn"
    );
}

/// How many corners the triangles of the last frame have.
fn vertices(window: &Window) -> usize {
    let shapes = window.output().shapes.clone();
    let parts = window.ctx.tessellate(shapes, 1.0);
    let meshes = parts.iter().map(|part| match &part.primitive {
        egui::epaint::Primitive::Mesh(mesh) => mesh.vertices.len(),
        egui::epaint::Primitive::Callback(_) => 0,
    });
    meshes.sum()
}

#[test]
fn a_frame_draws_as_much_as_the_window_has_pixels_for_however_large_the_network() {
    let [small, large] = [(300, 8), (300, 96)].map(|(length, hidden)| {
        let text = format!(
            "format = 1\nseed = 3\n\n[data]\ntask = \"adding\"\nlength = {length}\ntrain_sequences = 2\n\
             test_sequences = 1\n\n[model]\ncell = \"lstm\"\nhidden_size = {hidden}\n\n[training]\nupdates = 2\n\
             batch_size = 1\n"
        );
        let mut window = running(text);
        press(&mut window, Key::U);
        (window.output().shapes.len(), vertices(&window))
    });
    let close = |a: usize, b: usize| a.abs_diff(b) * 20 < a;
    assert!(close(small.0, large.0), "shapes: {small:?} {large:?}");
    assert!(close(small.1, large.1), "vertices: {small:?} {large:?}");
    // Letters and lines, and some 40 for each of two rows of 300 cells.
    assert!(large.0 < 1_500 && large.1 < 60_000, "{large:?}");
}

#[test]
fn a_session_survives_as_json() {
    let mut window = running(text(Cell::Gru, 2, "adding", "last"));
    press(&mut window, Key::U);
    press(&mut window, Key::U);
    let saved = session(&window).saved();
    let kept = serde_json::to_string(&saved).unwrap();
    let read: Saved = serde_json::from_str(&kept).unwrap();
    assert_eq!(read, saved);
    let mut restored = Session::restored(&read, || {});
    restored.settle().unwrap();
    let restored = restored.snapshot().unwrap();
    assert_eq!(restored.update, 2);
    assert_eq!(
        restored.model.parameters(),
        snapshot(&window).model.parameters(),
        "the same bits"
    );
}

/// A folder of its own for what a test keeps.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("window")
        .join(name);
    drop(std::fs::remove_dir_all(&folder));
    folder
}

/// A launch with what is kept in a folder.
fn launched(folder: &Path) -> Window {
    let launch = Launch::from(Some(folder), false, Quit::default());
    let mut window = built(SIZE, 1.0, Theme::Light, move |cc| {
        App::launched(&cc.egui_ctx, None, launch)
    });
    settle(&mut window);
    window
}

/// Closes a window in good order.
fn close(mut window: Window) {
    eframe::App::on_exit(window.state_mut(), None);
}

#[test]
fn the_next_launch_goes_on_where_the_last_one_ended() {
    let folder = folder("next launch");
    let mut window = launched(&folder);
    let lesson = begin_walked(&mut window);
    press(&mut window, Key::End);
    turn_page(&mut window, "Next page");
    press(&mut window, Key::U);
    let title = views::all().pop().unwrap().title();
    press(&mut window, Key::Num6);
    window.get_by_role_and_label(Role::Button, "View").click();
    window.run();
    window.get_by_role_and_label(Role::CheckBox, title).click();
    window.run();
    press(&mut window, Key::Escape);
    let before = snapshot(&window);
    close(window);

    let window = launched(&folder);
    assert!(heading(&window, &lesson.pages[1].title), "the same page");
    assert_eq!(
        window.query_all_by_label(title).count(),
        0,
        "the same panes"
    );
    assert_eq!(snapshot(&window).update, before.update);
    assert_eq!(
        snapshot(&window).model.parameters(),
        before.model.parameters(),
        "the same bits"
    );
}

fn formulas(markdown: &str) -> Vec<String> {
    use pulldown_cmark::{Event, Options, Parser};
    let events = Parser::new_ext(markdown, Options::ENABLE_MATH);
    let latex = events.filter_map(|event| match event {
        Event::InlineMath(latex) | Event::DisplayMath(latex) => Some(latex.to_string()),
        _ => None,
    });
    latex.collect()
}

#[test]
fn every_formula_of_every_lesson_can_be_typeset() {
    let mut texts: Vec<String> = glossary::terms()
        .iter()
        .map(|term| term.text.to_string())
        .collect();
    for block in Shelf::built_in(&views::places())
        .lessons
        .iter()
        .flat_map(|lesson| &lesson.pages)
        .flat_map(|page| &page.blocks)
    {
        match block {
            Block::Prose(text) => texts.push(text.clone()),
            Block::Predict(predict) => {
                texts.extend([predict.question.clone(), predict.explain.clone()]);
                texts.extend(predict.choices().iter().cloned());
            }
            Block::Turn(turn) => texts.extend(turn.texts().cloned()),
            Block::Refute(refute) => texts.push(refute.explain.clone()),
            Block::Do(exercise) => {
                texts.push(exercise.goal.clone());
                texts.extend(exercise.hints.clone());
                texts.extend(exercise.wrong.iter().map(|wrong| wrong.reason.clone()));
            }
        }
    }
    let found: Vec<String> = texts.iter().flat_map(|text| formulas(text)).collect();
    assert!(found.len() > 10, "{} formulas found", found.len());
    for theme in [Theme::Light, Theme::Dark] {
        let found = found.clone();
        let mut typeset = Formulas::new();
        let mut window = Harness::builder()
            .with_theme(theme)
            .with_context_setup(theme::install)
            .build_ui(move |ui| {
                for latex in &found {
                    let formula = typeset.inline(ui, latex, 15.0);
                    assert_eq!(formula.error, None, "{latex}");
                    assert!(formula.size.min_elem() > 1.0, "{latex} is {}", formula.size);
                }
                assert!(
                    typeset
                        .inline(ui, "\\quantity{nothing}{x} \\frac{1}", 15.0)
                        .error
                        .is_some()
                );
            });
        window.run();
    }
}

/// Every line that is walked through in any network of the gallery, with what it hands back, for both losses.
#[test]
fn every_operation_of_every_kind_of_network_can_be_typeset() {
    let mut found = BTreeSet::new();
    for entry in gallery::EXPERIMENTS {
        let mut session = Session::new(|| {});
        session.apply(rnnscope::session::Command::Open(Origin::Gallery(
            entry.name.into(),
        )));
        session.settle().unwrap();
        let network = session.snapshot().unwrap().model.network();
        let schedule = session.schedule().unwrap();
        for station in (0..schedule.len()).filter_map(|index| schedule.station(index)) {
            for loss in [Loss::MeanSquaredError, Loss::CrossEntropy] {
                let told = equation(&network, loss, &station).unwrap();
                found.insert(told.forward);
                found.extend(told.back.iter().map(Share::latex));
            }
        }
    }
    assert!(found.len() > 80, "{}", found.len());
    let mut typeset = Formulas::new();
    let mut window = Harness::builder()
        .with_context_setup(theme::install)
        .build_ui(move |ui| {
            for latex in &found {
                let formula = typeset.inline(ui, latex, 15.0);
                assert_eq!(formula.error, None, "{latex}");
                assert!(formula.size.min_elem() > 1.0, "{latex} is {}", formula.size);
            }
        });
    window.run();
}

// The set-up, the parts of a network, and attention.

/// The middle of the cell of a pair of steps in the attention map: column and row, from 0.
fn attention_cell(
    window: &Window,
    (column, columns): (usize, usize),
    (row, rows): (usize, usize),
) -> Pos2 {
    let map = window
        .get_all_by_role(Role::Image)
        .find(|node| {
            let label = node.accesskit_node().label().unwrap_or_default();
            label.starts_with("Attention, ")
        })
        .expect("the attention is on show");
    let place = map.rect();
    let part = |k: usize, of: usize| (k as f32 + 0.5) / of as f32;
    pos2(
        place.left() + place.width() * part(column, columns),
        place.top() + place.height() * part(row, rows),
    )
}

#[test]
fn the_readout_of_attention_is_the_records_weight() {
    let mut window = running(self_attention());
    press(&mut window, Key::U);
    assert!(see(&mut window, "Attention"));
    let maps = snapshot(&window).probe.attention.clone();
    assert_eq!(maps.len(), 4, "two blocks of two heads");
    for map in &maps {
        if map.name != maps[0].name {
            pick(&mut window, "Layer and head", &map.name);
        }
        let (queries, keys) = map.weights.dim();
        for shown in ["values", "gradients"] {
            choose(&mut window, shown);
            for (query, key) in [(0, 0), (4, 2), (8, 8), (3, 7)] {
                window.hover_at(attention_cell(&window, (query, queries), (key, keys)));
                window.run();
                let expected = format!(
                    "query t = {} looks at key t = {}: {}   ∂L/∂weight = {}",
                    query + 1,
                    key + 1,
                    number(map.weights[[query, key]]),
                    number(map.d_weights[[query, key]])
                );
                assert!(shows(&window, &expected), "{}: {expected}", map.name);
            }
        }
    }
    choose(&mut window, "values");
    window.hover_at(pos2(600.0, 5.0));
    window.run();
    assert!(shows(&window, "columns add up to 1"));
    for row in maps.iter().flat_map(|map| map.weights.rows()) {
        assert!((row.sum() - 1.0).abs() < 1e-12, "and so it does");
    }
}

#[test]
fn attention_tells_nothing_the_cursor_has_not_revealed() {
    let mut window = running(self_attention());
    assert!(see(&mut window, "Attention"));
    press(&mut window, Key::OpenBracket);
    press(&mut window, Key::ArrowRight);
    press(&mut window, Key::ArrowRight);
    for (query, told) in [(1, true), (2, false)] {
        window.hover_at(attention_cell(&window, (query, 9), (0, 9)));
        window.run();
        let text = format!("query t = {} looks at key t = 1: ", query + 1);
        assert_eq!(shows(&window, &text), told, "{text}");
    }
    assert!(
        !shows(&window, "∂L/∂weight ="),
        "no gradient before the way back"
    );
}

#[test]
fn attention_lies_along_the_part_on_show() {
    let mut window = running(encoder_decoder("additive"));
    press(&mut window, Key::U);
    assert!(see(&mut window, "Attention"));
    let snapshot = snapshot(&window);
    let [map] = &snapshot.probe.attention[..] else {
        panic!("one decoder, one attention")
    };
    for (part, across) in [("decoder", true), ("encoder", false)] {
        choose(&mut window, part);
        choose(&mut window, "values");
        let pair = (2, 5);
        let (column, row) = if across { pair } else { (pair.1, pair.0) };
        window.hover_at(attention_cell(&window, (column, 9), (row, 9)));
        window.run();
        let weight = number(map.weights[[pair.0, pair.1]]);
        // Steps are called by what is read, and by what was written, beside what was to be: the same letters, the last first.
        let dataset = &snapshot.material.dataset;
        let span = dataset.test[0];
        let read = survey::symbols_read(dataset, span).unwrap();
        let target = read[read.len() - 1 - pair.0];
        let told = session(&window).ask(&Question::Story).answer.unwrap();
        let Answer::Story(Some(story)) = &*told else {
            panic!("there is a story")
        };
        let answer = &story.answers[pair.0];
        let written = match answer.is_right() {
            Some(true) => format!("“{target}”"),
            _ => format!("“{}” (target “{target}”)", answer.said.text()),
        };
        let expected = format!(
            "decoder t = 3 {written} looks at encoder t = 6 “{}”: {weight}",
            read[pair.1]
        );
        assert!(shows(&window, &expected), "{part}: {expected}");
        // A click moves the cursor along the part's own time.
        let at = attention_cell(&window, (column, 9), (row, 9));
        window.drag_at(at);
        window.drop_at(at);
        settle(&mut window);
        assert_eq!(t(&window), column + 1, "{part}");
    }
    // While the encoder reads, the decoder has not looked yet.
    press(&mut window, Key::OpenBracket);
    for _ in 0..7 {
        press(&mut window, Key::ArrowRight);
    }
    assert_eq!((session(&window).part(), t(&window)), (0, 7));
    window.hover_at(attention_cell(&window, (5, 9), (2, 9)));
    window.run();
    assert!(!shows(&window, "looks at"));
    // Its turn comes when the encoder has read all.
    for _ in 0..4 {
        press(&mut window, Key::ArrowRight);
    }
    assert_eq!((session(&window).part(), t(&window)), (1, 2));
    window.hover_at(attention_cell(&window, (1, 9), (2, 9)));
    window.run();
    assert!(shows(&window, "looks at"));
}

#[test]
fn what_has_nothing_to_say_of_a_run_is_not_offered() {
    let window = window();
    let offered = |window: &Window, title| {
        let tab = window.query_by_role_and_label(Role::Button, title);
        tab.is_some()
    };
    assert!(!offered(&window, "Attention") && offered(&window, "AR(p)"));
    assert!(window.query_by_label("Part of the network").is_none());
}

#[test]
fn each_part_has_its_own_time() {
    let text = encoder_decoder("none").replace("length = 9", "length = 9\nmin_length = 4");
    let mut window = running(text);
    assert!(window.query_by_label("Part of the network").is_some());
    assert_eq!(
        session(&window).part(),
        1,
        "at first the part with the output"
    );
    choose(&mut window, "encoder");
    assert_eq!(session(&window).part(), 0);
    assert!(everything_is_revealed(&window));
    press(&mut window, Key::OpenBracket);
    press(&mut window, Key::ArrowRight);
    assert_eq!(t(&window), 1);
    choose(&mut window, "decoder");
    assert_eq!(session(&window).part(), 1);
}

/// Opens or closes a group of settings.
fn disclose(window: &mut Window, group: &str) {
    window
        .get_by_role_and_label(Role::DisclosureTriangle, group)
        .scroll_to_me();
    window.run();
    window
        .get_by_role_and_label(Role::DisclosureTriangle, group)
        .click();
    window.run();
}

fn is_open(window: &Window, group: &str) -> bool {
    window
        .get_by_role_and_label(Role::DisclosureTriangle, group)
        .accesskit_node()
        .data()
        .is_expanded()
        == Some(true)
}

const GROUPS: [&str; 4] = [
    "First weights",
    "Rate schedule",
    "Optimizer details",
    "More",
];

#[test]
fn a_group_opens_by_itself_where_a_setting_is_not_its_default() {
    let window = window();
    for group in GROUPS {
        assert!(!is_open(&window, group), "{group}");
    }
    for (group, settings) in [
        ("First weights", "[model]\ninit = { forget_bias = 1.0 }\n"),
        ("Rate schedule", "[training]\nschedule = { warm_up = 3 }\n"),
        (
            "Optimizer details",
            "[training]\noptimizer = { kind = \"adam\", eps = 1e-6 }\n",
        ),
        ("More", "[training]\nprecision = \"f32\"\n"),
        ("More", "[training]\ntruncate = 4\n"),
    ] {
        let text = format!("format = 1\n[data]\ntask = \"adding\"\nlength = 9\n{settings}");
        let mut window = running(text);
        for other in GROUPS {
            assert_eq!(
                is_open(&window, other),
                other == group,
                "{other} with {settings}"
            );
        }
        disclose(&mut window, group);
        press(&mut window, Key::U);
        assert!(
            !is_open(&window, group),
            "{group} stays as the user leaves it"
        );
    }
}

#[test]
fn what_is_set_in_the_panel_stands_in_the_text() {
    let mut window = running(text(Cell::Lstm, 2, "sine", "every"));
    let written = |window: &Window, line: &str| {
        assert_eq!(session(window).message(), None, "{line}");
        let text = session(window).text();
        assert!(text.contains(line), "{line} is not in\n{text}");
    };
    choose(&mut window, "both");
    written(&window, "bidirectional = true");
    fill(&mut window, "Dropout", "0.25");
    written(&window, "dropout = 0.25");
    pick(&mut window, "Readout", "final states");
    written(&window, "readout = \"final\"");
    choose(&mut window, "forward");
    written(&window, "bidirectional = false");
    disclose(&mut window, "First weights");
    for (scheme, written_as) in [
        ("Keras", "scheme = \"keras\""),
        ("orthogonal", "scheme = \"orthogonal\", gain = 1.0"),
        ("identity", "scheme = \"identity\", gain = 1.0"),
        ("chrono", "scheme = \"chrono\", t_max = 9.0"),
        ("normal", "scheme = \"normal\", std = 0.45"),
    ] {
        pick(&mut window, "Scheme", scheme);
        written(&window, written_as);
    }
    fill(&mut window, "Spread", "0.2");
    written(&window, "std = 0.2");
    fill(&mut window, "Forget bias", "2");
    written(&window, "forget_bias = 2");
    // A scheme that gives it values of its own is not to be overridden by what was set before.
    pick(&mut window, "Scheme", "chrono");
    written(&window, "scheme = \"chrono\"");
    assert!(!session(&window).text().contains("forget_bias"));
    fill(&mut window, "Forget bias", "2");
    written(&window, "forget_bias = 2");
    clear(&mut window, "Forget bias");
    assert!(!session(&window).text().contains("forget_bias"));
    for (optimizer, name) in [
        ("AdamW", "adamw"),
        ("RMSProp", "rmsprop"),
        ("SGD", "sgd"),
        ("Adam", "adam"),
    ] {
        pick(&mut window, "Optimizer", optimizer);
        written(&window, &format!("kind = \"{name}\""));
    }
    disclose(&mut window, "Optimizer details");
    fill(&mut window, "Beta 2", "0.99");
    written(&window, "betas = [0.9, 0.99]");
    fill(&mut window, "Epsilon", "1e-6");
    written(&window, "eps = 1e-6");
    fill(&mut window, "Weight decay", "0.1");
    written(&window, "weight_decay = 0.1");
    disclose(&mut window, "Rate schedule");
    pick(&mut window, "Shape", "step");
    written(&window, "schedule = { kind = \"step\", every = 2 }");
    fill(&mut window, "Factor", "0.5");
    written(&window, "factor = 0.5");
    pick(&mut window, "Shape", "cosine");
    written(&window, "schedule = { kind = \"cosine\", updates = 6 }");
    fill(&mut window, "Floor", "0.1");
    fill(&mut window, "Warm-up", "2");
    written(&window, "warm_up = 2");
    let rate = number(snapshot(&window).learning_rate);
    assert!(shows(&window, &format!("The next update's rate is {rate}")));
    pick(&mut window, "Clipping", "by value");
    fill(&mut window, "Max value", "0.5");
    written(&window, "clip = { value = 0.5 }");
    disclose(&mut window, "More");
    pick(&mut window, "Precision", "f32");
    written(&window, "precision = \"f32\"");
    fill(&mut window, "Truncate at", "3");
    written(&window, "truncate = 3");
    clear(&mut window, "Truncate at");
    assert!(!session(&window).text().contains("truncate"));
    fill(&mut window, "Diverged above", "1e4");
    written(&window, "diverged_above = 10000.0");
    press(&mut window, Key::U);
    assert_eq!(snapshot(&window).update, 1, "and it trains");
}

fn written_in_field(window: &Window, field: &str) -> Option<String> {
    window
        .get_by_role_and_label(Role::TextInput, field)
        .accesskit_node()
        .value()
}

/// Baselines have no part in training, so that setting them keeps the run.
#[test]
fn the_autoregression_is_set_in_the_panel_while_the_run_goes_on() {
    let mut window = window();
    press(&mut window, Key::U);
    let before = snapshot(&window);
    disclose(&mut window, "Details");
    let stands = |window: &Window, line: &str| {
        assert_eq!(session(window).message(), None, "{line}");
        let text = session(window).text();
        assert!(text.contains(line), "{line} is not in\n{text}");
        assert_eq!(snapshot(window).update, 1, "{line}");
    };
    pick(&mut window, "AR lags", "single lags");
    stands(&window, "ar = [1, 2, 3, 4, 5, 6, 7, 8, 9]");
    assert_eq!(written_in_field(&window, "Lags").as_deref(), Some("1-9"));
    fill(&mut window, "Lags", "9, 1-2");
    stands(&window, "ar = [1, 2, 9]");
    assert_eq!(
        written_in_field(&window, "Lags").as_deref(),
        Some("1, 2, 9")
    );
    let scores = snapshot(&window).scores(Split::Test, 0).unwrap().clone();
    let autoregression = scores.baselines[0].as_ref().unwrap();
    assert_eq!(autoregression.model, "AR{1, 2, 9}");
    assert_eq!(scores.network.as_ref(), before.score(Split::Test));
    assert!(shows(&window, "AR{1, 2, 9}"), "the table has it");
    assert!(see(&mut window, "AR(p)"));
    assert!(shows(&window, "Least squares · lags 1, 2, 9"));

    // Gaps are for least squares alone: the other methods cannot be chosen, and with them gaps are refused at the field.
    pick(&mut window, "AR method", "Burg");
    stands(&window, "ar = [1, 2, 9]");
    assert!(!session(&window).text().contains("burg"));
    press(&mut window, Key::Escape);
    fill(&mut window, "Lags", "1-9");
    pick(&mut window, "AR method", "Burg");
    stands(&window, "method = \"burg\"");
    assert!(shows(&window, "Burg · lags 1–9"));
    for (typed, reason) in [
        (
            "1, 2, 9",
            "found lags without 3, expected all from 1 to 9 for Burg. Least squares can take any lags.",
        ),
        (
            "1, two",
            "found “two”, expected whole numbers and ranges between commas. For example 1, 2, 9 or 1-9.",
        ),
        (
            "0",
            "found lag 0, expected lags from 1 to 1000. The last value known is lag 1.",
        ),
    ] {
        fill(&mut window, "Lags", typed);
        assert!(shows(&window, reason), "{reason}");
        assert_eq!(written_in_field(&window, "Lags").as_deref(), Some(typed));
        stands(&window, "ar = [1, 2, 3, 4, 5, 6, 7, 8, 9]");
    }
    clear(&mut window, "Lags");
    assert!(!shows(&window, "found lag 0"), "an emptied field gives up");
    assert_eq!(written_in_field(&window, "Lags").as_deref(), Some("1-9"));
    pick(&mut window, "AR method", "Yule–Walker, adjusted");
    stands(&window, "method = \"yule_walker_adjusted\"");

    fill(&mut window, "Season", "11");
    stands(&window, "season = 11");
    assert!(shows(&window, "season (11)"));
    clear(&mut window, "Season");
    assert!(!shows(&window, "season (11)"));
    pick(&mut window, "AR lags", "by AIC");
    stands(&window, "ar = \"aic\"");
    fill(&mut window, "Up to", "5");
    stands(&window, "largest = 5");
    assert!(shows(&window, "chosen by AIC"));
    pick(&mut window, "AR lags", "off");
    stands(&window, "ar = \"off\"");
    assert!(shows(&window, "The autoregression is off"));
    let after = snapshot(&window);
    assert_eq!(after.model.parameters(), before.model.parameters());
}

/// What was typed in vain belongs to the experiment that was open then.
#[test]
fn another_experiment_does_not_take_over_what_was_typed_in_vain() {
    let mut window = window();
    disclose(&mut window, "Details");
    pick(&mut window, "AR lags", "single lags");
    fill(&mut window, "Lags", "1, two");
    assert!(shows(&window, "found “two”"));
    // The same lags under another name.
    file(
        "data",
        "sunspots.csv",
        include_str!("../../assets/data/sunspots.csv"),
    );
    let text = session(&window).text();
    drop_file(&mut window, "other.toml", &text);
    let name = session(&window).name().to_owned();
    assert_eq!(name, "other");
    disclose(&mut window, "Details");
    assert_eq!(written_in_field(&window, "Lags").as_deref(), Some("1-9"));
    assert!(!shows(&window, "found “two”"));
}

#[test]
fn a_kind_shows_its_own_settings_alone() {
    let text = "format = 1\n[data]\ntask = \"reverse\"\nlength = 6\n[model]\nhidden_size = 6\n";
    let mut window = running(text.into());
    let all = [
        "Cell",
        "Encoder cell",
        "Directions",
        "Readout",
        "Decoder cell",
        "Decoder size",
        "Attention",
        "Teacher forcing",
        "Heads",
        "Steps see",
        "Positions",
        "Rate schedule",
    ];
    for (kind, shown) in [
        ("encoder–decoder", vec![1, 2, 4, 5, 6, 7, 11]),
        ("self-attention", vec![3, 8, 9, 10, 11]),
        ("recurrent", vec![0, 2, 3, 11]),
    ] {
        pick(&mut window, "Kind", kind);
        assert_eq!(session(&window).message(), None, "{kind}");
        for (place, label) in all.iter().enumerate() {
            let is_control = |node: &Node<'_>| {
                let role = node.accesskit_node().role();
                let controls = [
                    Role::TextInput,
                    Role::ComboBox,
                    Role::RadioGroup,
                    Role::DisclosureTriangle,
                ];
                controls.contains(&role)
            };
            let found = window
                .query_all_by_label(label)
                .any(|node| is_control(&node));
            assert_eq!(found, shown.contains(&place), "{label} with {kind}");
        }
    }
    pick(&mut window, "Kind", "encoder–decoder");
    for attention in ["additive", "dot product", "none"] {
        pick(&mut window, "Attention", attention);
        let maps = snapshot(&window).probe.attention.len();
        assert_eq!(maps, usize::from(attention != "none"), "{attention}");
    }
    fill(&mut window, "Teacher forcing", "0.5");
    assert_eq!(session(&window).experiment().training.teacher_forcing, 0.5);
    pick(&mut window, "Decoder cell", "GRU");
    fill(&mut window, "Decoder size", "4");
    assert!(session(&window).text().contains("hidden_size = 4"));
    // What the new kind does not have is dropped, and what both have stays.
    pick(&mut window, "Kind", "self-attention");
    fill(&mut window, "Heads", "3");
    choose(&mut window, "all");
    choose(&mut window, "none");
    let written = session(&window).text();
    for line in [
        "hidden_size = 6",
        "heads = 3",
        "causal = false",
        "positions = false",
    ] {
        assert!(written.contains(line), "{line} is not in\n{written}");
    }
    assert!(
        !written.contains("decoder") && !written.contains("teacher"),
        "{written}"
    );
}

#[test]
fn a_decoder_is_not_offered_where_nothing_is_to_be_written() {
    let mut window = running(text(Cell::Gru, 1, "adding", "last"));
    for (list, entry) in [("Kind", "encoder–decoder"), ("Readout", "every step")] {
        window
            .get_by_role_and_label(Role::ComboBox, list)
            .scroll_to_me();
        window.run();
        window.get_by_role_and_label(Role::ComboBox, list).click();
        window.run();
        let entry = window.get_by_role_and_label(Role::Button, entry);
        assert!(entry.accesskit_node().is_disabled(), "{list}");
        press(&mut window, Key::Escape);
    }
}

#[test]
fn single_weights_are_set_by_hand() {
    let mut window = running(text(Cell::RnnTanh, 1, "sine", "every"));
    let begins_with = |window: &Window, parameter: &str, offset: usize| {
        let model = &snapshot(window).model;
        let entries = model.network().entries();
        let entry = entries
            .iter()
            .find(|entry| entry.name == parameter)
            .unwrap();
        model.parameters()[entry.range.start + offset]
    };
    disclose(&mut window, "First weights");
    click_below(&mut window, "Set a weight");
    click_below(&mut window, "Set a weight");
    assert_eq!(session(&window).experiment().model.init.set.len(), 2);
    fill(&mut window, "Index of weight 2", "1, 3");
    fill(&mut window, "Value of weight 2", "-0.75");
    assert_eq!(begins_with(&window, "weight_hh_l0", 0), 0.0);
    assert_eq!(begins_with(&window, "weight_hh_l0", 8), -0.75);
    // One that is not there is refused, and the run stays.
    fill(&mut window, "Index of weight 2", "1, 5");
    let said = session(&window)
        .message()
        .expect("a message")
        .lines
        .join("\n");
    assert!(
        said.contains("model.init.set[1].index") && said.contains("[4, 4]"),
        "{said}"
    );
    fill(&mut window, "Index of weight 2", "one");
    assert!(session(&window).message().is_some());
    assert_eq!(begins_with(&window, "weight_hh_l0", 8), -0.75);
    pick(&mut window, "Parameter of weight 2", "bias_hh_l0");
    assert_eq!(begins_with(&window, "bias_hh_l0", 0), -0.75);
    click_below(&mut window, "Remove weight 1");
    click_below(&mut window, "Remove weight 1");
    assert!(
        !session(&window).text().contains("set ="),
        "{}",
        session(&window).text()
    );
}

/// Scrolls to what is in the panel and clicks it.
fn click_below(window: &mut Window, name: &str) {
    window.get_by_label(name).scroll_to_me();
    window.run();
    click(window, name);
}

#[test]
fn the_parameters_are_listed_with_their_shapes() {
    let mut window = running(text(Cell::Lstm, 1, "adding", "last"));
    // 4 · 5 rows of 2 inputs and 5 units and two biases, and a readout of 5 weights and a bias.
    assert!(!shows(&window, "weight_ih_l0"));
    disclose(&mut window, "186 parameters");
    for label in [
        "weight_ih_l0",
        "20 × 2",
        "weight_hh_l0",
        "20 × 5",
        "100",
        "readout.weight",
        "1 × 5",
        "186",
    ] {
        assert!(window.query_all_by_label(label).next().is_some(), "{label}");
    }
}

#[test]
fn a_setting_that_is_asked_for_in_vain_is_pointed_out() {
    let text = "format = 1\n[data]\ntask = \"adding\"\nlength = 9\n[model]\ndropout = 0.3\n";
    let window = running(text.into());
    assert!(shows(&window, "Dropout of 0.3 has no effect"));
    assert!(
        window
            .query_by_role_and_label(Role::TextInput, "Dropout")
            .is_some()
    );
}

#[test]
fn no_two_settings_have_the_same_name() {
    let models = [
        (
            "cell = \"lstm\"\nnum_layers = 2\ninit = { scheme = \"normal\" }\n",
            "schedule = { kind = \"cosine\" }",
        ),
        (
            "kind = \"encoder_decoder\"\ndecoder = { attention = \"additive\" }\n",
            "schedule = { kind = \"step\", every = 5 }",
        ),
        (
            "kind = \"self_attention\"\n",
            "optimizer = { kind = \"rmsprop\" }",
        ),
    ];
    for task in tasks::ALL {
        for (model, training) in models {
            let training = format!("[training]\nclip = {{ norm = 1.0 }}\n{training}");
            let text = model_text(task.name(), model).replace("[training]", &training);
            let mut window = running(text);
            if session(&window).message().is_some() {
                // A decoder where nothing is to be written.
                continue;
            }
            for group in GROUPS {
                if !is_open(&window, group) {
                    disclose(&mut window, group);
                }
            }
            let names: Vec<String> = [Role::TextInput, Role::ComboBox]
                .into_iter()
                .flat_map(|role| window.get_all_by_role(role))
                .filter_map(|node| node.accesskit_node().label())
                .collect();
            let different: BTreeSet<&String> = names.iter().collect();
            assert_eq!(
                different.len(),
                names.len(),
                "{} {model}: {names:?}",
                task.name()
            );
        }
    }
}

/// Both clicks within one frame: frames of tests are too far apart for a double click.
fn double_click(window: &mut Window, at: Pos2) {
    window.hover_at(at);
    window.run();
    for pressed in [true, false, true, false] {
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

/// A double click on a cell tells where its number comes from; what it is computed from leads on, and back again.
#[test]
fn a_number_is_told_with_what_it_is_computed_from_and_what_its_gradient_is_the_sum_of() {
    let mut window = window();
    let at = cell_of(&window, Quantity::C, 20, 3);
    double_click(&mut window, at);
    press(&mut window, Key::End);
    let value = |window: &Window, quantity, adjoint| {
        let snapshot = snapshot(window);
        let all = snapshot.probe.parts[0].get(0, quantity, adjoint).unwrap();
        number(all[[20, 0, 3]])
    };
    assert!(shows(&window, "c[3] at t = 21"));
    let c = format!("= {}", value(&window, Quantity::C, false));
    assert!(shows(&window, &c), "{c}");
    let sum = value(&window, Quantity::C, true);
    assert!(shows(&window, &format!("∂L/∂c = {sum}")), "{sum}");
    // The pane is low: what does not fit is scrolled to.
    window.get_by_label("f[3] at t = 21").scroll_to_me();
    settle(&mut window);
    click(&mut window, "f[3] at t = 21");
    let f = format!("= {}", value(&window, Quantity::F, false));
    assert!(shows(&window, &f), "{f}");
    assert!(shows(&window, "W_hf[3, :] · h"));
    click(&mut window, "‹");
    assert!(shows(&window, &c));
    // The derivative once more, by what nudging the number does to the loss.
    assert!(!shows(&window, "agree in the derivative’s first"));
    click(&mut window, "Check");
    settle(&mut window);
    assert!(shows(&window, "loss with 0.00001 more") && shows(&window, "by the chain rule"));
    assert!(shows(&window, "agree in the derivative’s first"));
    // Before the sweep has come there nothing is told.
    press(&mut window, Key::OpenBracket);
    assert!(shows(&window, "is not computed yet"));
    assert!(!shows(&window, &c));
}

/// Whoever has walked back half the way need not know that the gradient of a weight is whole at its end alone.
#[test]
fn a_weight_is_checked_where_its_gradient_is_on_its_way() {
    let mut window = window();
    press(&mut window, Key::CloseBracket);
    press(&mut window, Key::ArrowRight);
    press(&mut window, Key::ArrowRight);
    let weight = SetWeight {
        parameter: "weight_hh_l0".into(),
        index: vec![16, 0],
        value: 0.0,
    };
    let network = snapshot(&window).model.network();
    let index = network.parameter_index(&weight).unwrap();
    let opened = Number::Parameter {
        name: weight.parameter,
        index: weight.index,
    };
    window.state_mut().command(Command::OpenNumber(opened));
    settle(&mut window);
    assert!(shows(&window, "so far"));
    click(&mut window, "Check");
    settle(&mut window);
    assert!(shows(&window, "agree in the derivative’s first"));
    assert_eq!(sweep(&window), Sweep::Backward);
    click(&mut window, "Show all");
    let gradient = number(snapshot(&window).probe.gradient[index]);
    assert!(shows(&window, &format!("∂L/∂W = {gradient}")), "{gradient}");
}

/// What has no room in a small window is scrolled to; the way out stays in sight.
#[test]
fn keys_and_facts_can_be_closed_in_the_smallest_window() {
    let mut window = built([880.0, 560.0], 1.0, Theme::Light, |cc| {
        App::headless(&cc.egui_ctx, None)
    });
    settle(&mut window);
    menu(&mut window, "Help", "Keys and facts");
    let inside = |window: &Window, label: &str| {
        let rect = window.get_by_label(label).rect();
        rect.top() >= 0.0 && rect.bottom() <= 560.0
    };
    assert!(inside(&window, "Keys and facts") && inside(&window, "Close"));
    click(&mut window, "Close");
    assert!(window.query_by_label("Close").is_none());
}

/// Down to a weight, whose gradient is the sum over time and is checked as any other; set by hand it changes the network at once,
/// and undoing takes it back. What is pinned stays in sight.
#[test]
fn a_weight_is_reached_checked_set_and_taken_back() {
    let mut window = window();
    let at = cell_of(&window, Quantity::F, 21, 0);
    double_click(&mut window, at);
    press(&mut window, Key::End);
    assert!(shows(&window, "f[0] at t = 22"));
    // The same equation with the numbers in it: both are spoken.
    click(&mut window, "Pin");
    let first = snapshot(&window).model.parameters().to_vec();
    let network = snapshot(&window).model.network();
    let row = SetWeight {
        parameter: "weight_ih_l0".into(),
        index: vec![16, 0],
        value: 0.5,
    };
    let index = network.parameter_index(&row).unwrap();
    let weight = number(first[index]);
    let link = |window: &Window| {
        let mut links = window.get_all_by_role_and_label(Role::Link, &weight);
        links.next().unwrap().rect().center()
    };
    {
        let mut links = window.get_all_by_role_and_label(Role::Link, &weight);
        links.next().unwrap().scroll_to_me();
    }
    settle(&mut window);
    let at = link(&window);
    window.hover_at(at);
    window.drag_at(at);
    window.drop_at(at);
    settle(&mut window);
    assert!(shows(&window, "W_if[0, 0]"));
    let gradient = number(snapshot(&window).probe.gradient[index]);
    assert!(shows(&window, &format!("∂L/∂W = {gradient}")), "{gradient}");
    assert!(shows(&window, "f at t = 22"));
    click(&mut window, "Check");
    settle(&mut window);
    assert!(shows(&window, "agree in the derivative’s first"));
    let loss = snapshot(&window).probe.loss;
    click(&mut window, "Change");
    let field = window.get_all_by_role(Role::TextInput).last().unwrap();
    // With a few digits, all of them chosen: what is typed takes their place.
    let written: f64 = field.value().unwrap().parse().unwrap();
    assert!((written - first[index]).abs() < 1e-6);
    window
        .input_mut()
        .events
        .push(egui::Event::Text("-0.75".into()));
    window.run();
    press(&mut window, Key::Enter);
    settle(&mut window);
    assert_eq!(snapshot(&window).model.parameters()[index], -0.75);
    assert_ne!(snapshot(&window).probe.loss, loss);
    assert!(shows(&window, "= −0.75") && shows(&window, "set by hand"));
    let told = rnnscope::words::significant(loss, 6);
    assert!(shows(&window, &format!("its loss {told}")));
    assert!(session(&window).text().contains("-0.75"));
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    settle(&mut window);
    assert_eq!(snapshot(&window).probe.loss, loss);
    // The gate that was pinned is told whatever is looked at.
    assert!(shows(&window, "Pinned") && shows(&window, "f[0] at t = 22"));
    click(&mut window, "Unpin f[0] at t = 22");
    assert!(!shows(&window, "Pinned"));
}

/// One operation at a time: its sentence stands below, and the layer that it belongs to is on show.
#[test]
fn an_operation_is_told_where_it_happens() {
    let model = "cell = \"gru\"\nbidirectional = true\nnum_layers = 2\nreadout = \"every\"\n";
    let mut window = running(model_text("tagging", model));
    choose(&mut window, "operation");
    press(&mut window, Key::OpenBracket);
    assert!(shows(&window, "Nothing is computed yet"));
    press(&mut window, Key::ArrowRight);
    assert!(shows(&window, "layer 1 → · t = 1"));
    for _ in 0..5 {
        press(&mut window, Key::ArrowRight);
    }
    assert!(shows(&window, "layer 1 ← · t = 9"));
    assert!(shows(&window, "The reset gate decides"));
    let chosen = window.query_all_by_value("layer 1 ←").count();
    assert!(chosen > 0, "that scan is on show");
}

/// A whole step of an LSTM and one of a decoder with attention, forward and back: every operation is told when the cursor passes
/// it, in the order in which it is computed, and on the way back in the opposite one.
#[test]
fn a_whole_step_is_told_operation_by_operation_there_and_back() {
    let lstm = [
        Line::Cell(Quantity::I),
        Line::Cell(Quantity::F),
        Line::Cell(Quantity::G),
        Line::Cell(Quantity::O),
        Line::Cell(Quantity::C),
        Line::Cell(Quantity::TanhC),
        Line::Cell(Quantity::H),
        Line::Readout,
        Line::Loss,
    ];
    let attention = [
        Line::Scores,
        Line::Weights,
        Line::Context,
        Line::Cell(Quantity::R),
        Line::Cell(Quantity::Z),
        Line::Cell(Quantity::Q),
        Line::Cell(Quantity::N),
        Line::Cell(Quantity::H),
        Line::Readout,
        Line::Loss,
    ];
    let decoder = encoder_decoder("additive").replace("[model]", "[model]\ncell = \"gru\"");
    for (text, lines) in [
        (text(Cell::Lstm, 1, "tagging", "every"), &lstm[..]),
        (decoder, &attention[..]),
    ] {
        let mut window = running(text);
        choose(&mut window, "operation");
        let schedule = session(&window).schedule().unwrap();
        let part = snapshot(&window).probe.parts.len() - 1;
        let step = |window: &Window| {
            let station = session(window).cursor().station(&schedule)?;
            (station.part == part && station.t == 2).then_some(station)
        };
        for sweep in [Key::OpenBracket, Key::CloseBracket] {
            press(&mut window, sweep);
            let mut told = Vec::new();
            for _ in 0..schedule.len() {
                press(&mut window, Key::ArrowRight);
                let Some(station) = step(&window) else {
                    if told.is_empty() {
                        continue;
                    }
                    break;
                };
                let snapshot = snapshot(&window);
                let network = snapshot.model.network();
                let loss = snapshot.material.loss;
                let equation = equation(&network, loss, &station).unwrap();
                assert!(shows(&window, equation.sentence), "{station:?}");
                told.push(station.line);
            }
            if sweep == Key::CloseBracket {
                told.reverse();
            }
            assert_eq!(told, lines, "{sweep:?}");
        }
    }
}

/// What the sequence under the lens is given by hand stands in a list, each with a way to take it out; an input is told in the
/// data's own units too.
#[test]
fn what_is_given_by_hand_is_listed_and_taken_out() {
    let given = "set = [{ number = \"x\", index = [1, 0], value = 0.5 }, { number = \"h_0\", index = [0, 2], value = -0.25 }]";
    // The probe is the last section of the text.
    let text = rnnscope::experiment::gallery::default_entry().text;
    let text = format!("{text}\n{given}\n");
    let mut window = running(text);
    window.get_by_label("x[1, 0] = 0.5").scroll_to_me();
    settle(&mut window);
    assert!(shows(&window, "h_0[0, 2] = -0.25"));
    let x = snapshot(&window).probe.parts[0].x[[1, 0, 0]];
    assert_eq!(x, 0.5);
    click(&mut window, "Take x[1, 0] out");
    assert!(!shows(&window, "x[1, 0] = 0.5") && shows(&window, "h_0[0, 2] = -0.25"));
    assert_ne!(snapshot(&window).probe.parts[0].x[[1, 0, 0]], 0.5);
    assert_eq!(
        snapshot(&window).probe.parts[0].scans[0].trace.h0[[0, 2]],
        -0.25
    );
}
