//! Training as it is seen: its curves and the limit chosen from them, updates that are gone back to, the surface of the loss, and
//! the cliff. Found by the names that a screen reader gets, moved by mouse and keys.

use crate::common::{Window, opening, session, settle, shows, snapshot};
use eframe::egui::accesskit::Role;
use eframe::egui::{self, Key, Modifiers, Pos2, Rect, Theme, pos2};
use egui_kittest::Node;
use egui_kittest::kittest::{NodeT, Queryable};
use rnnscope::app::widgets::number;
use rnnscope::experiment::{Document, Location};
use rnnscope::nn::Clip;
use rnnscope::session::Origin;
use rnnscope::train::Answer;
use rnnscope::train::norms::Norms;
use rnnscope::train::question::Question;
use rnnscope::train::surface::{Direction, Plane, Surface};

/// A task and a model for it.
const NETWORKS: [(&str, &str); 5] = [
    ("adding", "cell = \"lstm\"\n"),
    ("latch", "cell = \"rnn\"\nnum_layers = 2\n"),
    (
        "tagging",
        "cell = \"gru\"\nbidirectional = true\nreadout = \"every\"\n",
    ),
    (
        "reverse",
        "kind = \"encoder_decoder\"\ndecoder = { attention = \"dot\" }\n",
    ),
    ("adding", "kind = \"self_attention\"\nheads = 2\n"),
];

fn text((task, model): (&str, &str), training: &str) -> String {
    format!(
        "format = 1\nseed = 3\n\n[data]\ntask = \"{task}\"\nlength = 9\ntrain_sequences = 24\ntest_sequences = 8\n\n\
         [model]\nhidden_size = 6\n{model}\n[training]\nupdates = 6\nbatch_size = 8\nevaluate_every = 2\n{training}\n"
    )
}

/// A window in which a view has all the room, of a run after so many updates, made one at a time.
fn enlarged(text: String, view: &str, updates: usize) -> Window {
    let origin = Origin::Text {
        text,
        location: Location::BuiltIn,
        name: "test".into(),
    };
    let mut window = opening(Some(origin), [1400.0, 900.0], Theme::Light);
    settle(&mut window);
    assert_eq!(session(&window).message(), None);
    for _ in 0..updates {
        window.key_press(Key::U);
        settle(&mut window);
    }
    if view != "Training" {
        // In the layout of gradients it lies behind that.
        window.key_press(Key::Num3);
        settle(&mut window);
        window
            .get_by_role_and_label(Role::Button, view)
            .scroll_to_me();
        settle(&mut window);
        window.get_by_role_and_label(Role::Button, view).click();
        settle(&mut window);
    }
    let enlarge = format!("Enlarge {view}");
    window.get_by_role_and_label(Role::Button, &enlarge).click();
    settle(&mut window);
    window
}

fn label(node: &Node<'_>) -> String {
    node.accesskit_node().label().unwrap_or_default()
}

fn image(window: &Window, name: &str) -> Rect {
    let images = window.get_all_by_role(Role::Image);
    let mut found = images.filter(|node| label(node).starts_with(name));
    let found = found.next();
    found.unwrap_or_else(|| panic!("no {name}")).rect()
}

/// All texts that begin so.
fn texts(window: &Window, beginning: &str) -> Vec<String> {
    let nodes = window.query_all_by_label_contains(beginning);
    let texts = nodes.map(|node| {
        node.accesskit_node()
            .value()
            .unwrap_or_else(|| label(&node))
    });
    texts.filter(|text| text.starts_with(beginning)).collect()
}

fn point_at(window: &mut Window, at: Pos2) {
    window.hover_at(at);
    settle(window);
}

fn click_at(window: &mut Window, at: Pos2) {
    window.hover_at(at);
    window.run();
    for pressed in [true, false] {
        let button = egui::Event::PointerButton {
            pos: at,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        window.input_mut().events.push(button);
    }
    settle(window);
}

/// The update under the pointer.
fn pointed(window: &Window) -> u64 {
    let said = texts(window, "update ");
    let mut numbers = said
        .iter()
        .filter_map(|said| said.strip_prefix("update ")?.parse().ok());
    numbers.next().expect("something is pointed at")
}

/// Where an update stands in a plot: found by pointing, as its axis has no name.
fn place_of(window: &mut Window, update: u64) -> Pos2 {
    let plot = image(window, "Plot of the loss");
    for part in 4..40 {
        let at = pos2(
            plot.left() + plot.width() * part as f32 / 40.0,
            plot.center().y,
        );
        point_at(window, at);
        if pointed(window) == update {
            return at;
        }
    }
    panic!("update {update} is nowhere");
}

/// Pointed at, each plot tells the numbers of one row of the history.
#[test]
fn the_numbers_under_the_pointer_are_those_of_the_history() {
    for network in NETWORKS {
        let mut window = enlarged(text(network, ""), "Training", 6);
        let plot = image(&window, "Plot of the loss");
        let history = snapshot(&window).history.clone();
        assert_eq!(history.len(), 6);
        let mut seen = [false; 6];
        for part in 0..24 {
            let x = plot.left() + plot.width() * (0.2 + 0.033 * part as f32);
            point_at(&mut window, pos2(x, plot.center().y));
            let update = pointed(&window);
            let index = usize::try_from(update).unwrap() - 1;
            seen[index] = true;
            let row = history.get(index).unwrap();
            for said in [
                format!("train {}", number(row.train_loss)),
                format!("before {}", number(row.norm_before)),
                format!("after {}", number(row.norm_after)),
                format!("all weights {}", number(row.parameter_norm)),
                format!("moved {}", number(row.update_norm)),
                format!("learning rate {}", number(row.learning_rate)),
            ] {
                assert!(shows(&window, &said), "{network:?}, {part}: {said}");
            }
            // The test part is looked at after every second update; between them the last look is told, with its update.
            let test = match (row.test_loss, index.checked_sub(1)) {
                (Some(loss), _) => format!("test {}", number(loss)),
                (None, None) => format!("test (at 0) {}", number(history.first_test_loss.unwrap())),
                (None, Some(before)) => {
                    let row = history.get(before).unwrap();
                    format!(
                        "test (at {}) {}",
                        row.update,
                        number(row.test_loss.unwrap())
                    )
                }
            };
            assert!(shows(&window, &test), "{network:?}, {part}: {test}");
        }
        assert_eq!(seen, [true; 6], "{network:?}");
    }
}

/// How far an update moved the weights is the distance of the weights before it and after it, and their norm is theirs.
#[test]
fn norms_of_parameters_are_those_of_the_snapshots() {
    let window = enlarged(text(NETWORKS[0], ""), "Training", 4);
    let kept: Vec<_> = session(&window).kept().cloned().collect();
    assert_eq!(kept.len(), 5);
    for pair in kept.windows(2) {
        let row = *pair[1].history.last().unwrap();
        let [before, after] = [&pair[0], &pair[1]].map(|snapshot| snapshot.model.parameters());
        let norm =
            |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
        let moved = norm(
            &mut before
                .iter()
                .zip(after)
                .map(|(before, after)| after - before),
        );
        let all = norm(&mut after.iter().copied());
        assert!(
            (row.update_norm / moved - 1.0).abs() < 1e-12,
            "{}",
            row.update
        );
        assert!(
            (row.parameter_norm / all - 1.0).abs() < 1e-12,
            "{}",
            row.update
        );
    }
}

fn clip_of_text(window: &Window) -> Option<Clip> {
    let (_, experiment) = Document::parse(&session(window).text()).unwrap();
    let changed = experiment.training.changes.iter().rev();
    let mut changed = changed.filter_map(|change| change.clip);
    Some(changed.next().unwrap_or(experiment.training.clip))
}

/// A click in the histogram sets the limit, in the run and in its text; so does the field, and the keys.
#[test]
fn a_limit_is_chosen_from_the_histogram() {
    let mut window = enlarged(text(NETWORKS[0], ""), "Training", 6);
    let bars = image(&window, "Histogram of the gradient norms");
    let at = pos2(bars.left() + 0.55 * bars.width(), bars.center().y);
    point_at(&mut window, at);
    click_at(&mut window, at);
    let chosen = snapshot(&window).clip;
    let Clip::Norm(max_norm) = chosen else {
        panic!("{chosen:?}");
    };
    assert_eq!(clip_of_text(&window), Some(chosen));
    let Answer::Norms(Some(norms)) = &*session(&window).ask(&Question::Norms).answer.unwrap()
    else {
        panic!("no norms");
    };
    let share = |norms: &Norms, max_norm: f64| {
        let share = 100.0 * norms.clipped_at(max_norm) as f64 / norms.len() as f64;
        format!("{share:.1} % ")
    };
    assert!(
        (1..6).contains(&norms.clipped_at(max_norm)),
        "{max_norm}: it lies among the bars"
    );
    let said = texts(&window, &share(norms, max_norm));
    assert!(said[0].ends_with("would have been clipped"), "{said:?}");
    // As a number.
    window.get_by_label("Clip at norm").click();
    window.run();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.get_by_label("Clip at norm").type_text("0.125");
    window.run();
    window.key_press(Key::Enter);
    settle(&mut window);
    assert_eq!(snapshot(&window).clip, Clip::Norm(0.125));
    assert_eq!(clip_of_text(&window), Some(Clip::Norm(0.125)));
    // By keys, a tenth at a time.
    let bars = "Histogram of the gradient norms";
    window.get_by_role_and_label(Role::Image, bars).focus();
    window.run();
    window.key_press(Key::ArrowUp);
    settle(&mut window);
    assert_eq!(snapshot(&window).clip, Clip::Norm(0.14));
    // Nothing in the field is no limit.
    window.get_by_label("Clip at norm").click();
    window.run();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.key_press(Key::Delete);
    window.run();
    window.key_press(Key::Enter);
    settle(&mut window);
    assert_eq!(snapshot(&window).clip, Clip::Off);
    // The next update is made so.
    window.key_press(Key::U);
    settle(&mut window);
    assert!(!snapshot(&window).history.last().unwrap().clipped);
}

/// A click on an update shows the network as it was then, and the newest is one click away.
#[test]
fn a_clicked_update_shows_its_own_weights() {
    let text = text(NETWORKS[0], "").replace("updates = 6", "updates = 45");
    let mut window = enlarged(text, "Training", 0);
    let mut weights = vec![snapshot(&window).model.parameters().to_vec()];
    for _ in 0..5 {
        window.key_press(Key::U);
        settle(&mut window);
        weights.push(snapshot(&window).model.parameters().to_vec());
    }
    assert!(shows(&window, "5 of 5 updates kept"));
    for update in [2, 4, 1] {
        let at = place_of(&mut window, update);
        click_at(&mut window, at);
        let shown = snapshot(&window);
        assert_eq!(shown.update, update);
        assert_eq!(shown.model.parameters(), weights[update as usize]);
        assert!(shows(&window, &format!("shows update {update}")));
        // The curves stay those of the whole run.
        let last = session(&window).newest().unwrap().history.len();
        assert_eq!(last, 5);
    }
    window.get_by_label("To the kept update after").click();
    settle(&mut window);
    assert_eq!(snapshot(&window).update, 2);
    window.get_by_label("Back to update 5").click();
    settle(&mut window);
    assert_eq!(snapshot(&window).update, 5);
    assert!(!shows(&window, "shows update"));
    // Of many made at a stretch some are kept: how many is said, and the nearest is shown.
    window.key_press(Key::T);
    settle(&mut window);
    assert!(shows(&window, "of 45 updates kept"));
    let plot = image(&window, "Plot of the loss");
    let at = pos2(plot.left() + 0.4 * plot.width(), plot.center().y);
    point_at(&mut window, at);
    let update = pointed(&window);
    let kept = session(&window).kept().map(|kept| kept.update);
    let nearest = kept.min_by_key(|kept| kept.abs_diff(update));
    click_at(&mut window, at);
    assert_eq!(Some(snapshot(&window).update), nearest, "update {update}");
}

/// Zoomed into, the same update is elsewhere; a double click shows all again and leaves the update on show where it was.
#[test]
fn the_axis_of_updates_is_zoomed_into() {
    let text = text(NETWORKS[0], "").replace("updates = 6", "updates = 60");
    let mut window = enlarged(text, "Training", 0);
    window.key_press(Key::T);
    settle(&mut window);
    let plot = image(&window, "Plot of the loss");
    let [left, right] =
        [0.3, 0.9].map(|part| pos2(plot.left() + part * plot.width(), plot.center().y));
    let span = |window: &mut Window| {
        [left, right].map(|at| {
            point_at(window, at);
            pointed(window)
        })
    };
    let [from, to] = span(&mut window);
    window.hover_at(left);
    window.run();
    window.input_mut().events.push(egui::Event::Zoom(2.0));
    settle(&mut window);
    let [near_from, near_to] = span(&mut window);
    assert!(
        near_from.abs_diff(from) <= 1,
        "{from} stays where it is: {near_from}"
    );
    assert!(
        near_to - near_from < (to - from) * 2 / 3,
        "{from}–{to}, {near_from}–{near_to}"
    );
    window.hover_at(left);
    window.run();
    for pressed in [true, false, true, false] {
        let button = egui::Event::PointerButton {
            pos: left,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        window.input_mut().events.push(button);
    }
    settle(&mut window);
    assert_eq!(span(&mut window), [from, to], "all are in sight again");
    assert_eq!(snapshot(&window).update, 60, "and the newest is on show");
}

/// Chooses an entry of a list, which may have to be scrolled to.
fn choose(window: &mut Window, list: &str, entry: &str) {
    window.get_by_role_and_label(Role::ComboBox, list).click();
    window.run();
    window
        .get_by_role_and_label(Role::Button, entry)
        .scroll_to_me();
    window.run();
    window.get_by_role_and_label(Role::Button, entry).click();
    settle(window);
}

fn surface(window: &Window, plane: Plane, reach: f64, cells: usize) -> Surface {
    let question = Question::Surface {
        plane,
        reach,
        cells,
    };
    let answer = session(window).ask(&question).answer.expect("it was asked");
    match &*answer {
        Answer::Surface(Some(surface)) => surface.clone(),
        other => panic!("{other:?}"),
    }
}

/// The map tells the losses that the engine found, over the two steepest parameters and over others.
#[test]
fn the_map_tells_the_loss_of_its_cells() {
    for network in NETWORKS {
        let mut window = enlarged(text(network, ""), "Loss surface", 2);
        let map = image(&window, "Map of the loss");
        let steepest = {
            let question = Question::Surface {
                plane: Plane::Steepest,
                reach: 1.0,
                cells: 3,
            };
            let snapshot = snapshot(&window);
            let answer = question.answer(&snapshot, &rnnscope::nn::Stop::default());
            let Answer::Surface(Some(surface)) = answer else {
                panic!("{answer:?}");
            };
            surface.axes
        };
        let found = surface(&window, Plane::Along(steepest), 1.0, 41);
        assert_eq!(found.cells(), 41, "{network:?}");
        let mut seen = 0;
        for part in 3..9 {
            let along = part as f32 / 10.0;
            point_at(
                &mut window,
                pos2(
                    map.left() + 60.0 + along * (map.width() - 80.0),
                    map.top() + along * (map.height() - 50.0),
                ),
            );
            let said = texts(&window, "loss ");
            let said: Vec<_> = said.iter().filter(|said| said.contains(" at ")).collect();
            let Some(said) = said.first() else { continue };
            seen += 1;
            let is_cell = (0..41 * 41).any(|cell| {
                let (i, j) = (cell / 41, cell % 41);
                let [x, y] = [found.place(0, i), found.place(1, j)].map(number);
                let loss = number(found.relief.losses[[i, j]]);
                **said == format!("loss {loss} at {x}, {y}")
            });
            assert!(is_cell, "{network:?}: {said}");
        }
        assert!(seen >= 4, "{network:?}");
    }
    let mut window = enlarged(text(NETWORKS[0], ""), "Loss surface", 2);
    choose(&mut window, "Parameter across", "gradient");
    choose(&mut window, "Reach", "± 2");
    let map = image(&window, "Map of the loss over along the gradient");
    assert!(map.width() > 200.0);
    choose(&mut window, "Parameter up", "readout.bias");
    let bias = snapshot(&window)
        .material
        .network
        .entries()
        .iter()
        .find(|entry| entry.name == "readout.bias")
        .unwrap()
        .range
        .start;
    let plane = Plane::Along([Direction::Gradient, Direction::Parameter(bias)]);
    let found = surface(&window, plane, 2.0, 41);
    assert!(
        image(
            &window,
            "Map of the loss over along the gradient and readout.bias[0]"
        )
        .width()
            > 200.0
    );
    assert!(shows(&window, &format!("loss {}", number(found.loss))));
}

/// The wall stands where it does in the paper's unit, with the slope that it has there, and what is computed is what is said.
#[test]
fn the_cliff_is_where_it_is() {
    let mut window = enlarged(text(NETWORKS[0], ""), "The cliff", 0);
    assert!(shows(&window, "−2.612296656"));
    assert!(shows(&window, "−661.682801"));
    assert!(image(&window, "Map of the loss over b and w").width() > 200.0);
    let said = |window: &Window, name: &str| texts(window, name).join(" ");
    let thrown = said(&window, "without clipping: ");
    let held = said(&window, "clipped: ");
    let w = |said: &str| -> f64 {
        let (_, after) = said.split_once(" w ").unwrap();
        after
            .split_once(',')
            .unwrap()
            .0
            .replace('−', "-")
            .parse()
            .unwrap()
    };
    assert!(w(&thrown) > 10.0, "{thrown}");
    assert!((4.0..5.0).contains(&w(&held)), "{held}");
    // Step by step.
    assert!(shows(&window, "update 100"));
    window.get_by_label("One update back").click();
    settle(&mut window);
    assert!(shows(&window, "update 99"));
    // The start is where one clicks; the profile and the wall go along.
    let map = image(&window, "Map of the loss over b and w");
    click_at(
        &mut window,
        pos2(map.center().x, map.top() + 0.3 * map.height()),
    );
    assert!(!shows(&window, "−2.612296656"));
    assert!(shows(&window, "the wall stands at b = "));
}
