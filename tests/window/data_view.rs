//! The data view: each page with data of every kind, found by the names that a screen reader gets.

use crate::common::{Window, file, open_details, opening, session, settle, shows, snapshot};
use eframe::egui::accesskit::Role;
use eframe::egui::{Theme, pos2};
use egui_kittest::kittest::Queryable;
use rnnscope::data::{Split, survey};
use rnnscope::experiment::Location;
use rnnscope::session::Origin;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

/// Opens an experiment and turns to the data view.
fn opened_in(text: String, size: [f32; 2], theme: Theme) -> Window {
    let gallery = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/gallery");
    let source = Origin::Text {
        text,
        location: Location::Directory(gallery),
        name: "test".into(),
    };
    let mut window = opening(Some(source), size, theme);
    settle(&mut window);
    assert_eq!(session(&window).message(), None);
    window
        .get_by_role_and_label(Role::Button, "Data view")
        .click();
    window.run();
    window
}

fn opened(text: String) -> Window {
    opened_in(text, [1400.0, 1600.0], Theme::Light)
}

/// Turns to a page or takes another choice; where there is little room, it is in a list that drops down.
fn turn_to(window: &mut Window, page: &str) {
    let all_in_sight = window
        .query_by_role_and_label(Role::RadioButton, page)
        .is_some();
    if all_in_sight {
        window
            .get_by_role_and_label(Role::RadioButton, page)
            .click();
        settle(window);
        return;
    }
    for list in ["Page of the data", "Units", "How much"] {
        let Some(drop_down) = window.query_by_role_and_label(Role::ComboBox, list) else {
            continue;
        };
        drop_down.click();
        window.run();
        let entry = window.query_by_role_and_label(Role::Button, page);
        let is_there = entry.is_some();
        match entry {
            Some(entry) => entry.click(),
            None => window.get_by_role_and_label(Role::ComboBox, list).click(),
        }
        settle(window);
        if is_there {
            return;
        }
    }
    panic!("no list has “{page}”");
}

#[track_caller]
fn assert_shows(window: &Window, texts: &[&str]) {
    for text in texts {
        assert!(shows(window, text), "“{text}” is not to be seen");
    }
}

fn experiment(data: &str, model: &str) -> String {
    format!(
        "format = 1\nseed = 3\n\n[data]\n{data}\n\n[model]\nhidden_size = 4\n{model}\n[training]\nupdates = 4\nbatch_size = 8\n"
    )
}

fn task(name: &str, more: &str, model: &str) -> String {
    let sequences = "train_sequences = 20\ntest_sequences = 6";
    experiment(&format!("task = \"{name}\"\n{sequences}\n{more}"), model)
}

/// Weekly CO₂, whose 59 gaps are filled in, three weeks at once.
fn co2() -> String {
    experiment(
        "csv = \"../data/co2.csv\"\ntarget = \"co2\"\nwindow = 52\nhorizon = 4\nsteps = 3\nmissing = \"interpolate\"",
        "",
    )
}

/// A file that no one ships.
fn written(name: &str, text: &str, keys: &str, model: &str) -> String {
    let path = file("data_view", name, text);
    experiment(&format!("csv = '{}'\n{keys}", path.display()), model)
}

/// Three persons' walks of other lengths, one label each.
fn walks() -> String {
    let mut text = String::from("person,x,kind\n");
    for (person, steps) in [("Ada", 6), ("Ben", 9), ("Cem", 12), ("Dora", 7)] {
        for step in 0..steps {
            let kind = if steps % 2 == 0 { "slow" } else { "fast" };
            writeln!(text, "{person},{}.5,{kind}", step * steps).expect("texts grow");
        }
    }
    let keys = "features = [\"x\"]\nlabel = \"kind\"\ngroup = \"person\"\ntest_groups = [\"Cem\", \"Dora\"]";
    written("walks.csv", &text, keys, "")
}

#[test]
fn a_series_is_shown_with_its_window_targets_and_parts() {
    let mut window = opened(co2());
    assert_shows(
        &window,
        &[
            "2,284 rows · 2 columns · 59 missing, 59 filled in · rows 7 days apart",
            "Series of co2",
            "Series of co2, scaled",
            "window, 52 rows",
            "horizon, 4 to 6 rows ahead",
            "targets",
            "filled in",
        ],
    );
    let plot = window.get_by_label("Series of co2").rect();
    for (share, part) in [(0.3, Split::Train), (0.95, Split::Test)] {
        let at = pos2(plot.left() + share * plot.width(), plot.center().y);
        window.hover_at(at);
        window.run();
        window.drag_at(at);
        window.drop_at(at);
        settle(&mut window);
        let probe = snapshot(&window).probe.clone();
        assert_eq!(
            probe.split, part,
            "a click puts the nearest sequence under the lens"
        );
        assert!(probe.index > 0);
    }
    turn_to(&mut window, "around it");
    assert_shows(&window, &["Series of co2", "window, 52 rows"]);
}

#[test]
fn the_sequence_before_and_after_are_a_click_away() {
    let mut window = opened(co2());
    turn_to(&mut window, "sequences");
    assert_eq!(snapshot(&window).probe.index, 0);
    for (button, index) in [
        ("Next sequence", 1),
        ("Next sequence", 2),
        ("Previous sequence", 1),
    ] {
        window.get_by_role_and_label(Role::Button, button).click();
        settle(&mut window);
        assert_eq!(snapshot(&window).probe.index, index, "{button}");
    }
    window
        .get_by_role_and_label(Role::RadioButton, "train part")
        .click();
    settle(&mut window);
    let probe = snapshot(&window).probe.clone();
    assert_eq!((probe.split, probe.index), (Split::Train, 0));
}

#[test]
fn the_rows_of_a_file_say_what_became_of_them() {
    let mut window = opened(co2());
    turn_to(&mut window, "table");
    assert_shows(
        &window,
        &[
            "date, time",
            "co2, target, 59 missing",
            "2, train, 1958-03-29, 316.1",
        ],
    );
    let gap = window
        .query_all_by_role(Role::Row)
        .find_map(|row| {
            let label = format!("{row:?}");
            label.contains("missing →").then_some(row.rect())
        })
        .expect("a gap is among the first rows");
    window.hover_at(pos2(gap.left() + 250.0, gap.center().y));
    window.run();
    // Only the rows in sight are there.
    let rows = window.query_all_by_role(Role::Row).count();
    assert!((5..100).contains(&rows), "{rows} rows are laid out");
    let test = window.get_by_label("To the test part");
    test.click();
    settle(&mut window);
    assert_shows(&window, &[", test, "]);
}

#[test]
fn a_click_on_a_row_puts_the_forecast_of_it_under_the_lens() {
    let mut window = opened(co2());
    turn_to(&mut window, "table");
    window.get_by_label("To the test part").click();
    settle(&mut window);
    let row = window
        .query_all_by_role(Role::Row)
        .nth(8)
        .map(|row| row.rect().center())
        .expect("rows are in sight");
    window.drag_at(row);
    window.drop_at(row);
    settle(&mut window);
    let probe = snapshot(&window).probe.clone();
    assert_eq!(probe.split, Split::Test);
    assert!(probe.index > 0, "{}", probe.index);
}

#[test]
fn values_are_spread_before_and_after_scaling() {
    let mut window = opened(co2());
    turn_to(&mut window, "spread");
    // Counted by the view from the rows of the training part, fitted by the scaler from the same.
    let scaler = snapshot(&window).material.dataset.input_scalers[0];
    assert_shows(
        &window,
        &[
            "Histogram of co2: train",
            "Histogram of co2, as the network sees it: train",
            "fitted on the training part",
            &format!("{:.1}", scaler.shift)[..4],
        ],
    );
}

#[test]
fn all_that_was_found_and_left_out_is_told() {
    // High enough for all of it.
    let mut window = opened_in(co2(), [1400.0, 3200.0], Theme::Light);
    let line = "2,284 rows · 2 columns";
    window
        .query_all_by_label_contains(line)
        .next()
        .expect("the line of facts")
        .click();
    settle(&mut window);
    assert_shows(
        &window,
        &[
            "“date” tells the time, as dates.",
            "7 days apart",
            "59, 59 filled in",
            "To learn from",
            "Kept back for testing",
        ],
    );
    let report = snapshot(&window).material.source.clone().expect("a file");
    for notice in &report.report.notices {
        assert_shows(&window, &[notice]);
    }
    for unused in &report.report.unused {
        assert_shows(&window, &[&unused.why]);
    }
}

#[test]
fn several_columns_and_both_units_can_be_chosen() {
    let text = experiment(
        "csv = \"../data/us_macro.csv\"\ntime = \"date\"\nfeatures = [\"realgdp\", \"unemp\"]\ntarget = [\"unemp\", \"infl\"]\nwindow = 12\nscale = \"difference\"",
        "",
    );
    let mut window = opened_in(text, [1280.0, 900.0], Theme::Dark);
    // The pane is low: one plot at a time.
    assert_shows(&window, &["Series of unemp"]);
    assert!(!shows(&window, "Series of change of unemp, scaled"));
    turn_to(&mut window, "as the network sees it");
    assert_shows(&window, &["Series of change of unemp, scaled"]);
    for page in ["sequences", "table", "spread", "facts"] {
        turn_to(&mut window, page);
    }
}

#[test]
fn series_of_several_groups_are_shown_one_by_one() {
    let mut text = String::from("station,day,t\n");
    for station in ["Oslo", "Bergen", "Bodø"] {
        for day in 1..=30 {
            writeln!(text, "{station},2024-01-{day:02},{}", day * station.len())
                .expect("texts grow");
        }
    }
    let keys = "target = \"t\"\ngroup = \"station\"\nwindow = 5\ntest_groups = [\"Bodø\"]";
    let mut window = opened(written("stations.csv", &text, keys, ""));
    open_details(&mut window);
    assert_shows(&window, &["Series of t", "Bodø"]);
    window
        .get_by_role_and_label(Role::ComboBox, "Series")
        .click();
    window.run();
    window.get_by_label("Bergen").click();
    settle(&mut window);
    let snapshot = snapshot(&window);
    assert_eq!(snapshot.probe.split, Split::Train);
    let dataset = &snapshot.material.dataset;
    let span = dataset.train[snapshot.probe.index];
    assert_eq!(survey::series_of(dataset, span.start), 30..60);
}

/// Forty rows of a number and what was done, the last ten kept back, in windows of eight.
fn activities(label_at: &str) -> String {
    let mut text = String::from("x,kind\n");
    for row in 0..40 {
        let kind = ["sit", "walk", "run"][row / 8 % 3];
        writeln!(text, "{},{kind}", row * 7 % 11).expect("texts grow");
    }
    let keys = format!(
        "features = [\"x\"]\nlabel = \"kind\"\nlabel_at = \"{label_at}\"\nwindow = 8\ntest_from = 0.25"
    );
    let readout = if label_at == "every" { "every" } else { "last" };
    let model = format!("readout = \"{readout}\"\n");
    written(&format!("activities-{label_at}.csv"), &text, &keys, &model)
}

#[test]
fn a_labelled_series_is_shown_with_its_classes() {
    for (label_at, asked) in [
        ("end", "asked at its end: walk"),
        ("every", "asked: the class of each of its rows"),
    ] {
        let mut window = opened(activities(label_at));
        assert_shows(
            &window,
            &[
                "Series of x",
                "Series of x, scaled",
                "window, 8 rows",
                "Classes of kind: sit, walk, run, sit, walk",
            ],
        );
        for class in ["run", "sit", "walk"] {
            assert!(window.query_by_label(class).is_some(), "legend of {class}");
        }
        let bands = |window: &Window| {
            let label = "Classes of kind: sit, walk, run, sit, walk";
            window.get_by_label(label).rect()
        };
        // The axis reaches a little beyond rows 1 and 40.
        let at_row = |window: &Window, row: f32| {
            let bands = bands(window);
            let share = (row - 1.0 + 0.39) / (39.0 + 0.78);
            pos2(bands.left() + share * bands.width(), bands.center().y)
        };
        let at = at_row(&window, 40.0);
        window.hover_at(at);
        window.run();
        assert_shows(&window, &["row 40", "kind walk", "test"]);
        for (row, split) in [(12.0, Split::Train), (39.0, Split::Test)] {
            let at = at_row(&window, row);
            window.hover_at(at);
            window.run();
            window.drag_at(at);
            window.drop_at(at);
            settle(&mut window);
            let snapshot = snapshot(&window);
            assert_eq!(snapshot.probe.split, split, "row {row}, {label_at}");
            let span = snapshot.material.dataset.split(split)[snapshot.probe.index];
            let rows = survey::asked(&snapshot.material.dataset, span, label_at == "every");
            assert!(rows.contains(&(row as usize - 1)), "row {row}: {rows:?}");
        }
        assert_shows(&window, &[asked]);
        // In the standard layout one plot at a time has room.
        let mut low = opened_in(activities(label_at), [1280.0, 800.0], Theme::Dark);
        assert_shows(&low, &["Series of x", "Classes of kind: sit"]);
        turn_to(&mut low, "as the network sees it");
        turn_to(&mut low, "around it");
        assert_shows(&low, &["Series of x, scaled", "Classes of kind: "]);
    }
}

#[test]
fn ragged_groups_are_drawn_with_their_padding() {
    let mut window = opened(walks());
    assert!(
        window
            .query_by_role_and_label(Role::RadioButton, "series")
            .is_none()
    );
    assert_shows(
        &window,
        &[
            "length 12",
            "x: 0.5",
            "mask: 1 1",
            "target: slow",
            "Lengths of sequences, 6 to 12 steps",
        ],
    );
    window
        .get_by_role_and_label(Role::Button, "Next sequence")
        .click();
    settle(&mut window);
    assert_shows(
        &window,
        &["length 7 of 12; 5 steps of padding, masked", "target: fast"],
    );
    turn_to(&mut window, "balance");
    assert_shows(
        &window,
        &[
            "asked once for each sequence",
            "slow: train 1 (50 %), test 1 (50 %)",
        ],
    );
    turn_to(&mut window, "values read");
    assert_shows(&window, &["Histogram of x"]);
    for page in ["table", "facts"] {
        turn_to(&mut window, page);
    }
    assert_shows(&window, &["Sequences of a batch are padded to 12 steps"]);
}

#[test]
fn texts_are_drawn_as_letters_and_their_symbols_are_counted() {
    let names = "name,language\nAnna,a\nOtto,b\nHannah,a\nBob,b\nHanna,a\nOtto,b\n";
    let keys = "text = \"name\"\nlabel = \"language\"\ntest_from = 0.34";
    let mut window = opened(written("names.csv", names, keys, ""));
    assert_shows(&window, &["input: H a n n a", "target: a"]);
    turn_to(&mut window, "balance");
    turn_to(&mut window, "symbols read");
    assert_shows(&window, &["n: train 4"]);
    turn_to(&mut window, "by frequency");
    turn_to(&mut window, "sequences");
    turn_to(&mut window, "as the network sees it");
    assert_shows(&window, &["B: 0 0 0"]);
}

#[test]
fn a_tagging_task_is_asked_at_every_step() {
    let mut window = opened(task("tagging", "length = 9", "readout = \"every\"\n"));
    let dataset = Arc::clone(&snapshot(&window).material.dataset);
    let span = dataset.test[0];
    let asked = survey::asked(&dataset, span, true);
    assert_eq!(asked, span.rows());
    assert_shows(&window, &["length 9 steps", "x: ", "target: "]);
    turn_to(&mut window, "table");
    assert_shows(&window, &["train 1, 1, ", "there is no file"]);
    turn_to(&mut window, "balance");
    assert_shows(&window, &["asked at each step"]);
    turn_to(&mut window, "facts");
    assert_shows(
        &window,
        &["Kept back for testing: 6 sequences of 9 steps, 54 answers asked."],
    );
}

#[test]
fn an_answer_after_the_input_has_steps_of_its_own() {
    let model = "kind = \"encoder_decoder\"\n";
    let mut window = opened(task("reverse", "length = 8\nmin_length = 3", model));
    assert_shows(&window, &["input: ", "target: ", "answer"]);
    let snapshot = snapshot(&window);
    let span = snapshot.material.dataset.test[0];
    let spoken = |rows: std::ops::Range<usize>, name: &dyn Fn(usize) -> String| {
        rows.map(name).collect::<Vec<_>>().join(" ")
    };
    let dataset = &snapshot.material.dataset;
    let inputs = spoken(span.rows(), &|row| {
        let symbol = survey::symbol(dataset, row).expect("symbols are one-hot");
        dataset.input_names[symbol].clone()
    });
    assert_shows(&window, &[&format!("input: {inputs}")]);
    for page in ["table", "balance", "facts"] {
        turn_to(&mut window, page);
    }
}

#[test]
fn the_next_character_is_asked_after_each() {
    let mut window = opened(task("next_character", "", "readout = \"every\"\n"));
    assert_shows(&window, &["input: ", "target: "]);
    turn_to(&mut window, "balance");
    assert_shows(&window, &["asked at each step"]);
    turn_to(&mut window, "symbols read");
    assert_shows(&window, &["read, at all steps of all sequences"]);
    for page in ["table", "facts", "sequences"] {
        turn_to(&mut window, page);
    }
}

#[test]
fn every_task_has_every_page_in_light_and_dark_small_and_large() {
    for (at, of) in rnnscope::data::tasks::ALL.iter().enumerate() {
        let theme = [Theme::Light, Theme::Dark][at % 2];
        let size = [[880.0, 560.0], [1600.0, 1000.0]][at / 2 % 2];
        let probe = of
            .parameters()
            .iter()
            .any(|parameter| parameter.name == "length");
        assert!(probe, "{}", of.name());
        let model = match of.name() {
            "reverse" | "copy" | "sort" | "dates" => "kind = \"encoder_decoder\"\n",
            _ => "",
        };
        let mut window = opened_in(task(of.name(), "", model), size, theme);
        for page in ["table", "facts", "sequences"] {
            turn_to(&mut window, page);
        }
    }
}
