//! Several runs beside one another, from the first click on: found by the names that a screen reader gets, moved by mouse and keys.

use crate::common::{SIZE, Window, built, session, settle, shows};
use eframe::egui::accesskit::{Role, Toggled};
use eframe::egui::{self, Key, Theme, pos2};
use egui_kittest::kittest::{NodeT, Queryable};
use rnnscope::app::App;
use rnnscope::app::widgets::number;
use rnnscope::experiment::{Location, gallery};
use rnnscope::nn::Quantity;
use rnnscope::session::Origin;
use rnnscope::train::{Snapshot, test_loss_after};
use std::sync::Arc;

/// The adding problem of the gallery, with so many updates and less to look at.
fn adding(updates: u64) -> Origin {
    let mut text = gallery::by_name("adding").unwrap().text.to_owned();
    for (setting, less) in [
        ("updates = 1200", format!("updates = {updates}")),
        ("evaluate_every = 20", "evaluate_every = 10".into()),
        ("train_sequences = 4000", "train_sequences = 200".into()),
        ("test_sequences = 200", "test_sequences = 40".into()),
    ] {
        assert!(text.contains(setting), "{setting}");
        text = text.replace(setting, &less);
    }
    Origin::Text {
        text,
        location: Location::BuiltIn,
        name: "Adding".into(),
    }
}

/// A small experiment that is trained in no time.
fn small() -> Origin {
    let text = "format = 1\nseed = 3\n\n[data]\ntask = \"adding\"\nlength = 9\ntrain_sequences = 24\ntest_sequences = 8\n\n\
                [model]\ncell = \"gru\"\nhidden_size = 5\n\n[training]\nupdates = 6\nbatch_size = 8\n";
    Origin::Text {
        text: text.into(),
        location: Location::BuiltIn,
        name: "Small".into(),
    }
}

/// A window as it comes up, tooltips at once.
fn opened(source: Origin, size: [f32; 2]) -> Window {
    let mut window = built(size, 1.0, Theme::Light, move |cc| {
        App::headless(&cc.egui_ctx, Some(source))
    });
    settle(&mut window);
    window.ctx.all_styles_mut(|style| {
        style.interaction.tooltip_delay = 0.0;
        style.interaction.show_tooltips_only_when_still = false;
    });
    window
}

fn press(window: &mut Window, key: Key) {
    window.key_press(key);
    settle(window);
}

/// Opens a menu and takes one of its entries.
fn menu(window: &mut Window, menu: &str, entry: &str) {
    window.get_by_role_and_label(Role::Button, menu).click();
    window.run();
    window.get_by_role_and_label(Role::Button, entry).click();
    settle(window);
}

/// What each run is called in the strip, and the one on show.
fn strip(window: &Window) -> (Vec<String>, usize) {
    let buttons = window.query_all_by_role(Role::RadioButton);
    let mut runs: Vec<(f32, String, bool)> = buttons
        .filter_map(|node| {
            let name = node.accesskit_node().label()?;
            let is_on_show = node.accesskit_node().toggled() == Some(Toggled::True);
            let name = name.strip_prefix("Run ")?.to_owned();
            Some((node.rect().left(), name, is_on_show))
        })
        .collect();
    runs.sort_by(|one, other| one.0.total_cmp(&other.0));
    let on_show = runs.iter().position(|run| run.2).unwrap_or(usize::MAX);
    (runs.into_iter().map(|run| run.1).collect(), on_show)
}

fn snapshots(window: &Window) -> Vec<Arc<Snapshot>> {
    let runs = session(window).runs();
    let all = runs.iter().map(|run| Arc::clone(run.snapshot.unwrap()));
    all.collect()
}

/// What is said under the pointer at this share of the width of a picture: lines, the first of which says where.
fn said_at(window: &mut Window, picture: &str, share: f32, head: &str) -> (u64, Vec<String>) {
    let rect = window.get_by_role_and_label(Role::Image, picture).rect();
    let at = pos2(rect.left() + share * rect.width(), rect.center().y);
    window.hover_at(at);
    window.run();
    window.run();
    // What is said at the pointer are labels: the first says where, the others begin with a letter and have two spaces before
    // their number.
    let said = |node: egui_kittest::Node<'_>| {
        let node = node.accesskit_node();
        node.value().or(node.label())
    };
    let of = window.query_all_by_label_contains(head);
    let told: Vec<String> = of.filter_map(said).collect();
    let told = told
        .first()
        .unwrap_or_else(|| panic!("nothing is said of {head}"));
    let place = told.rsplit(' ').next().unwrap().parse().unwrap();
    let lines = window.query_all_by_role(Role::Label).filter_map(said);
    let lines: Vec<String> = lines.filter(|line| line.contains("  ")).collect();
    (place, lines)
}

#[test]
fn rnn_lstm_and_gru_are_compared_from_the_first_click_and_trained_in_lockstep() {
    let mut window = opened(adding(30), SIZE);
    assert!(strip(&window).0.is_empty(), "a single run needs no strip");
    menu(&mut window, "Runs", "RNN, LSTM and GRU, matched by units");
    assert_eq!(
        strip(&window),
        (
            vec!["A, LSTM".into(), "B, RNN (tanh)".into(), "C, GRU".into()],
            0
        )
    );
    let layout = window.get_by_role_and_label(Role::RadioButton, "Compare");
    assert_eq!(layout.accesskit_node().toggled(), Some(Toggled::True));
    press(&mut window, Key::T);
    let all = snapshots(&window);
    assert!(
        all.iter()
            .all(|run| run.update == 30 && run.history.len() == 30)
    );
    // The pane says of each run what its history has at the update under the pointer.
    let mut seen = std::collections::BTreeSet::new();
    for share in [0.3, 0.6, 0.9] {
        let (update, lines) = said_at(
            &mut window,
            "The runs’ gradient norm",
            share,
            "gradient norm · update",
        );
        for (run, label) in all.iter().zip(["A LSTM", "B RNN (tanh)", "C GRU"]) {
            let row = run.history.get(update as usize - 1).unwrap();
            let wanted = format!("{label}  {}", number(row.norm_before));
            assert!(lines.contains(&wanted), "{wanted}: {lines:?}");
        }
        seen.insert(update);
        let (update, lines) = said_at(
            &mut window,
            "The runs’ test loss",
            share,
            "test loss · update",
        );
        let looked = update / 10 * 10;
        for (run, label) in all.iter().zip(["A LSTM", "B RNN (tanh)", "C GRU"]) {
            let loss = test_loss_after(&run.history, looked).unwrap();
            let mut wanted = format!("{label}  {}", number(loss));
            if looked != update {
                wanted += &format!(" (update {looked})");
            }
            assert!(lines.contains(&wanted), "{wanted}: {lines:?}");
        }
    }
    assert_eq!(seen.len(), 3);
    // And which is ahead.
    let losses: Vec<f64> = all
        .iter()
        .map(|run| run.history.test_loss().unwrap())
        .collect();
    let best = (0..3)
        .min_by(|&a, &b| losses[a].total_cmp(&losses[b]))
        .unwrap();
    let told = format!(
        "{} is ahead after update 30: its test loss is {}",
        ['A', 'B', 'C'][best],
        number(losses[best])
    );
    assert!(shows(&window, &told), "{told}");
    assert!(shows(&window, "One seed alone"));
    for run in &all {
        let parameters = match run.model.parameters().len() {
            few @ ..1000 => few.to_string(),
            many => format!("{},{:03}", many / 1000, many % 1000),
        };
        assert!(shows(&window, &parameters), "{parameters}");
    }
    // Step by step: the gradients’ norms, and the states in one scale.
    let (t, lines) = said_at(
        &mut window,
        "The runs’ gradient flow",
        0.5,
        "‖∂L/∂hₜ‖ · t =",
    );
    for (run, label) in all.iter().zip(["A LSTM", "B RNN (tanh)", "C GRU"]) {
        let flow = run
            .probe
            .flows
            .iter()
            .find(|flow| flow.quantity == Quantity::H)
            .unwrap();
        let wanted = format!("{label}  {}", number(flow.norms[t as usize].unwrap()));
        assert!(lines.contains(&wanted), "{wanted}: {lines:?}");
    }
    window
        .get_by_role_and_label(Role::RadioButton, "heat maps")
        .click();
    settle(&mut window);
    for map in ["A h", "B h", "C h"] {
        assert!(
            window.query_by_role_and_label(Role::Image, map).is_some(),
            "{map}"
        );
    }
}

#[test]
fn a_clipped_run_is_held_against_an_unclipped_one() {
    let mut window = opened(small(), SIZE);
    // From the empty state of the layout.
    press(&mut window, Key::Num5);
    window
        .get_by_role_and_label(Role::Button, "With and without clipping")
        .click();
    settle(&mut window);
    assert_eq!(strip(&window).0, ["A, clip off", "B, clip norm 1"]);
    // What is to be done first is said once, not in each plot.
    let hints = window.query_all_by_label_contains("No update is made yet.");
    assert_eq!(hints.count(), 1);
    press(&mut window, Key::U);
    let all = snapshots(&window);
    let first = |run: usize| *all[run].history.get(0).unwrap();
    assert_eq!(first(0).norm_before, first(1).norm_before);
    assert_eq!(first(0).norm_after, first(0).norm_before);
    assert!(first(1).norm_after <= 1.0);
}

#[test]
fn a_run_is_deleted_and_comes_back_and_a_fifth_is_refused() {
    let mut window = opened(small(), SIZE);
    menu(
        &mut window,
        "Runs",
        "RNN, LSTM and GRU, matched by parameters",
    );
    press(&mut window, Key::U);
    let before = strip(&window);
    assert_eq!(before.0.len(), 3);
    menu(&mut window, "More of run B", "Delete");
    assert_eq!(
        strip(&window).0,
        [before.0[0].clone(), before.0[2].replace("C,", "B,")]
    );
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    settle(&mut window);
    assert_eq!(strip(&window), before);
    assert!(snapshots(&window).iter().all(|run| run.update == 1));
    menu(&mut window, "More of run A", "Duplicate");
    assert_eq!(strip(&window).0.len(), 4);
    menu(&mut window, "Runs", "Another seed");
    assert!(shows(&window, "There are 4 runs already"));
    assert_eq!(strip(&window).0.len(), 4);
    window
        .get_by_role_and_label(Role::Button, "More of run A")
        .click();
    window.run();
    let copy = window.get_by_role_and_label(Role::Button, "Duplicate");
    assert!(copy.accesskit_node().is_disabled());
}

#[test]
fn a_run_is_shown_renamed_and_pinned_and_each_is_taken_back() {
    let mut window = opened(small(), SIZE);
    menu(&mut window, "Runs", "f32 against f64");
    press(&mut window, Key::N);
    assert_eq!(
        strip(&window),
        (
            vec!["A, precision f64".into(), "B, precision f32".into()],
            1
        )
    );
    assert!(session(&window).text().contains("f32"));
    window
        .get_by_role_and_label(Role::RadioButton, "Run A, precision f64")
        .click();
    settle(&mut window);
    assert_eq!(strip(&window).1, 0);
    // Renamed by its menu and the keyboard.
    window
        .get_by_role_and_label(Role::Button, "More of run B")
        .click();
    window.run();
    window.get_by_role_and_label(Role::Button, "Rename").click();
    window.run();
    window.run();
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    window
        .get_by_role_and_label(Role::TextInput, "Name of the run")
        .type_text("Half as exact");
    window.run();
    window.key_press(Key::Enter);
    settle(&mut window);
    assert_eq!(strip(&window).0[1], "B, Half as exact, precision f32");
    menu(&mut window, "More of run A", "Pin");
    press(&mut window, Key::U);
    let updates =
        |window: &Window| -> Vec<u64> { snapshots(window).iter().map(|run| run.update).collect() };
    assert_eq!(updates(&window), [0, 1]);
    assert!(shows(&window, "Half as exact"));
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    settle(&mut window);
    press(&mut window, Key::U);
    assert_eq!(updates(&window), [1, 1]);
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    settle(&mut window);
    assert_eq!(strip(&window).0[1], "B, precision f32");
}

#[test]
fn four_runs_have_room_in_every_window() {
    for size in [[640.0, 480.0], [900.0, 640.0], [1920.0, 1080.0]] {
        let mut window = opened(small(), size);
        press(&mut window, Key::Num5);
        let name = "RNN, LSTM and GRU, matched by units";
        window.get_by_role_and_label(Role::Button, name).click();
        settle(&mut window);
        menu(&mut window, "More of run C", "Duplicate");
        press(&mut window, Key::U);
        let (runs, _) = strip(&window);
        assert_eq!(runs.len(), 4);
        let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, size.into());
        let mut last = 0.0;
        for name in runs {
            let role = Role::RadioButton;
            let place = window
                .get_by_role_and_label(role, &format!("Run {name}"))
                .rect();
            assert!(
                screen.contains_rect(place),
                "{name} is at {place} of {size:?}"
            );
            assert!(place.left() >= last, "{name} lies over the one before");
            last = place.right();
        }
        assert!(
            window
                .query_by_role_and_label(Role::Image, "The runs’ test loss")
                .is_some(),
            "{size:?}"
        );
    }
}
