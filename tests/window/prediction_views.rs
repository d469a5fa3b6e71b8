//! What the network says and what it is worth, with data of every kind: pages found by the names that a screen reader gets,
//! words and readouts held against what the engine answers.

use crate::common::{Window, opening, session, settle, shows, snapshot};
use eframe::egui::accesskit::Role;
use eframe::egui::{Pos2, Shape, Theme, vec2};
use egui_kittest::kittest::Queryable;
use rnnscope::app::widgets::number;
use rnnscope::data::Split;
use rnnscope::experiment::{Location, gallery};
use rnnscope::nn::analysis::entropy;
use rnnscope::nn::{AnyWorkspace, Network, Quantity, Record, Stop, Target};
use rnnscope::session::Origin;
use rnnscope::train::altered::SEQUENCES;
use rnnscope::train::symbols::Property;
use rnnscope::train::{Alteration, Answer, Question, Snapshot};
use std::collections::BTreeSet;
use std::path::Path;

const ROOMY: [f32; 2] = [1400.0, 900.0];

/// Opens an experiment of the gallery, changed, with a view over all of the window.
fn opened(
    name: &str,
    changes: &[(&str, &str)],
    view: &str,
    size: [f32; 2],
    theme: Theme,
) -> Window {
    let mut text = gallery::by_name(name).expect("it ships").text.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{name} has no {from}");
        text = text.replace(from, to);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/gallery");
    let source = Origin::Text {
        text,
        location: Location::Directory(folder),
        name: "test".into(),
    };
    let mut window = opening(Some(source), size, theme);
    settle(&mut window);
    assert_eq!(session(&window).message(), None);
    let is_seen = window
        .query_by_role_and_label(Role::GenericContainer, view)
        .is_some();
    if !is_seen {
        window.get_by_role_and_label(Role::Button, view).click();
        settle(&mut window);
    }
    let enlarge = format!("Enlarge {view}");
    window.get_by_role_and_label(Role::Button, &enlarge).click();
    settle(&mut window);
    window
}

/// Takes a choice; where there is little room, it is in a list that drops down.
fn choose(window: &mut Window, list: &str, name: &str) {
    if window
        .query_by_role_and_label(Role::RadioButton, name)
        .is_some()
    {
        window
            .get_by_role_and_label(Role::RadioButton, name)
            .click();
    } else {
        window.get_by_role_and_label(Role::ComboBox, list).click();
        window.run();
        window.get_by_role_and_label(Role::Button, name).click();
    }
    settle(window);
}

fn ask(snapshot: &Snapshot, question: Question) -> Answer {
    question.answer(snapshot, &Stop::default())
}

#[track_caller]
fn assert_shows(window: &Window, text: &str) {
    assert!(shows(window, text), "“{text}” is not to be seen");
}

#[test]
fn what_a_forecast_is_worth_is_told_in_words_with_its_numbers() {
    for (size, theme) in [(ROOMY, Theme::Light), ([880.0, 560.0], Theme::Dark)] {
        let mut window = opened("sunspots", &[], "Prediction", size, theme);
        let snapshot = snapshot(&window);
        let (split, output) = (Split::Test, 0);
        choose(&mut window, "Page", "shadow");
        let Answer::Shadow(Some(shadow)) = ask(&snapshot, Question::Shadow { split, output })
        else {
            panic!("no shadow")
        };
        assert_shows(&window, &format!("Not trained yet. {}", shadow.in_words()));
        choose(&mut window, "Page", "by horizon");
        let Answer::Horizons(Some(horizons)) = ask(&snapshot, Question::Horizons { target: 0 })
        else {
            panic!("no horizons")
        };
        let errors = horizons.fed_itself.as_ref().unwrap();
        let naive = horizons.baselines[1].as_ref().unwrap();
        let told = [0, 23].map(|at| {
            format!(
                "{} (naive {}) {} row",
                number(errors[at]),
                number(naive[at]),
                at + 1
            )
        });
        assert_shows(
            &window,
            &format!("RMSE {} ahead, {}s ahead.", told[0], told[1]),
        );
        choose(&mut window, "Page", "residuals");
        let Answer::Residuals(Some(residuals)) =
            ask(&snapshot, Question::Residuals { split, output })
        else {
            panic!("no residuals")
        };
        assert_shows(&window, &residuals.leftover.unwrap().in_words());
        // The training part is another.
        choose(&mut window, "Part", "train");
        let (split, output) = (Split::Train, 0);
        let Answer::Residuals(Some(residuals)) =
            ask(&snapshot, Question::Residuals { split, output })
        else {
            panic!("no residuals")
        };
        assert_shows(&window, &residuals.leftover.unwrap().in_words());
    }
}

/// All texts that are painted, those in plots too.
fn painted(window: &Window) -> Vec<String> {
    fn collect(shape: &Shape, all: &mut Vec<String>) {
        match shape {
            Shape::Text(text) => all.push(text.galley.text().to_owned()),
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, all)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    let shapes = window.output().shapes.iter();
    shapes.for_each(|clipped| collect(&clipped.shape, &mut all));
    all
}

/// What is told of the points of a line under the pointer, wherever that is: some texts of several lines that begin so.
fn told_under_the_pointer(window: &mut Window, beginning: &str) -> BTreeSet<String> {
    const ENOUGH: usize = 8;
    let mut told = BTreeSet::new();
    for across in 1..10 {
        for down in 2..20 {
            let part = vec2(across as f32 / 10.0, down as f32 / 20.0);
            window.hover_at((part * vec2(ROOMY[0], ROOMY[1])).to_pos2());
            window.step();
            window.step();
            let texts = painted(window).into_iter();
            told.extend(texts.filter(|text| text.starts_with(beginning) && text.contains('\n')));
            if told.len() >= ENOUGH {
                return told;
            }
        }
    }
    told
}

/// Whatever the pointer is at, it is told a number of the engine's, at its own place.
#[test]
fn what_the_pointer_is_told_of_residuals_and_horizons_is_what_the_engine_answers() {
    let mut window = opened("sunspots", &[], "Prediction", ROOMY, Theme::Dark);
    let snapshot = snapshot(&window);
    let (material, dataset) = (&snapshot.material, &snapshot.material.dataset);
    let baselines = material.baselines.as_ref().unwrap();
    let (split, output) = (Split::Test, 0);
    choose(&mut window, "Page", "residuals");
    let Answer::Residuals(Some(residuals)) = ask(&snapshot, Question::Residuals { split, output })
    else {
        panic!("no residuals")
    };
    let ahead = baselines.output(output).1;
    let answers = residuals.rows.iter().zip(&residuals.errors);
    let answers: BTreeSet<String> = answers
        .map(|(&row, &error)| {
            let at = dataset.position_ahead(row, ahead);
            let x = dataset.date_at(at);
            let x = x.unwrap_or_else(|| format!("{} = {}", dataset.position_name(), number(at)));
            format!("forecast − value\n{x}\n{}", number(error))
        })
        .collect();
    let told = told_under_the_pointer(&mut window, "forecast − value\n");
    assert!(told.len() >= 5, "{told:?}");
    assert!(told.is_subset(&answers), "{told:?}\nof {answers:?}");

    let correlogram = residuals.leftover.unwrap().correlogram;
    let answers = correlogram.values.iter().enumerate().skip(1);
    let answers: BTreeSet<String> = answers
        .map(|(lag, &value)| format!("lag {lag}\nautocorrelation {}", number(value)))
        .collect();
    let told = told_under_the_pointer(&mut window, "lag ");
    assert!(told.len() >= 2, "{told:?}");
    assert!(told.is_subset(&answers), "{told:?}\nof {answers:?}");

    choose(&mut window, "Page", "by horizon");
    let Answer::Horizons(Some(horizons)) = ask(&snapshot, Question::Horizons { target: 0 }) else {
        panic!("no horizons")
    };
    let line = |name: &str, errors: &[f64]| -> Vec<String> {
        let errors = errors.iter().enumerate();
        let told = errors.map(|(index, &error)| {
            format!("{name}\nrows ahead = {}\n{}", index + 1, number(error))
        });
        told.collect()
    };
    let mut answers = line("network, fed itself", horizons.fed_itself.as_ref().unwrap());
    answers.extend(line("network, fed the truth", &horizons.fed_truth));
    for &(ahead, error) in &horizons.at_once {
        answers.push(format!(
            "network, at once\nrows ahead = {ahead}\n{}",
            number(error)
        ));
    }
    let answers: BTreeSet<String> = answers.into_iter().collect();
    let told = told_under_the_pointer(&mut window, "network, ");
    assert!(told.len() >= 3, "{told:?}");
    assert!(told.is_subset(&answers), "{told:?}\nof {answers:?}");
}

/// Classes once a sequence, and tags at each step.
#[test]
fn classes_and_tags_are_told_with_how_many_are_right() {
    for name in ["majority", "tagging"] {
        let mut window = opened(
            name,
            &[("updates = 400", "updates = 4")],
            "Prediction",
            ROOMY,
            Theme::Light,
        );
        let snapshot = snapshot(&window);
        let Answer::Confusion(Some(confusion)) = ask(&snapshot, Question::Confusion(Split::Test))
        else {
            panic!("no confusion")
        };
        let share = 100.0 * snapshot.accuracy(Split::Test).unwrap();
        let all = confusion.all();
        assert_eq!(all as usize, snapshot.test.rows.len());
        let told = 100.0 * (f64::from(confusion.right()) / f64::from(all));
        assert!((told - share).abs() < 1e-9, "{name}: {told} beside {share}");
        assert_shows(&window, &format!("answers are right, {told:.1} %."));
        choose(&mut window, "Page", "probabilities");
        let Answer::Chances(Some(chances)) = ask(&snapshot, Question::Chances) else {
            panic!("no probabilities")
        };
        // They are those that the probe's loss is made of.
        let answers = chances.steps.len();
        let logs: f64 = (0..answers)
            .map(|at| chances.of_right(at).unwrap().ln())
            .sum();
        assert!(
            (logs / answers as f64 + snapshot.probe.loss).abs() < 1e-9,
            "{name}"
        );
        let held = format!("held {:.1} % likely", 100.0 * (-snapshot.probe.loss).exp());
        assert_shows(&window, &held);
        choose(&mut window, "Page", "each");
        assert_shows(&window, &format!("{share:.1} % right"));
    }
}

const FEW: &[(&str, &str)] = &[
    ("train_sequences = 400", "train_sequences = 20"),
    ("test_sequences = 100", "test_sequences = 12"),
    ("hidden_size = 64", "hidden_size = 9"),
];

#[test]
fn a_text_is_coloured_by_a_unit_that_is_searched_for() {
    let mut window = opened("next_character", FEW, "Symbols", ROOMY, Theme::Light);
    let snapshot = snapshot(&window);
    let (scan, quantity) = (0, Quantity::H);
    let Answer::Symbols(Some(symbols)) = ask(&snapshot, Question::Symbols { scan, quantity })
    else {
        panic!("no symbols")
    };
    assert_eq!((symbols.read.len(), symbols.stretches.len()), (480, 12));
    // The probe's own values are those of its record.
    let trace = snapshot.probe.parts[0].first(0, quantity, false).unwrap();
    for ((t, unit), value) in trace.indexed_iter() {
        assert_eq!(symbols.values[[t, unit]], *value, "{t} {unit}");
    }
    let property = Property::Space;
    let question = Question::Followers {
        scan,
        quantity,
        property,
    };
    let Answer::Followers(Some(followers)) = ask(&snapshot, question) else {
        panic!("no followers")
    };
    assert_eq!(followers.len(), 9);
    assert!(followers.is_sorted_by(|a, b| a.r.abs() >= b.r.abs()));
    let best = followers[0];
    window
        .get_by_role_and_label(Role::ComboBox, "Which unit follows")
        .click();
    window.run();
    window.get_by_role_and_label(Role::Button, "spaces").click();
    settle(&mut window);
    let r = format!("{:.2}", best.r).replace('-', "−");
    assert_shows(
        &window,
        &format!(
            "Unit {} goes together with spaces: r = {r} over 480 symbols of 12 sequences",
            best.unit
        ),
    );
    // The first letter of the first line.
    let title = format!("Symbols read, coloured by unit {}", best.unit);
    let text = window.get_by_role_and_label(Role::Image, &title).rect();
    window.hover_at(text.min + vec2(50.0, 10.0));
    window.run();
    let value = number(trace[[0, best.unit]]);
    assert_shows(&window, "sequence 1, t = 1: “");
    assert_shows(&window, &format!("h[{}] = {value}", best.unit));
}

#[test]
fn the_network_goes_on_by_itself_with_the_probabilities_it_gave() {
    let mut window = opened("next_character", FEW, "Symbols", ROOMY, Theme::Dark);
    choose(&mut window, "Page of symbols", "goes on");
    assert_shows(
        &window,
        "200 symbols after the probe’s 40, drawn at temperature 1, seed 1.",
    );
    let snapshot = snapshot(&window);
    let written = |temperature: f64| {
        let question = Question::Continuation {
            steps: 50,
            temperature,
            seed: 1,
        };
        match ask(&snapshot, question) {
            Answer::Continuation(Some(written)) => written,
            other => panic!("{other:?}"),
        }
    };
    for one in &written(0.0).written {
        assert_eq!(
            one.likeliest[0],
            (one.symbol, one.probability),
            "the likeliest is taken"
        );
    }
    let drawn = written(1.0);
    assert!(
        drawn
            .written
            .iter()
            .any(|one| one.likeliest[0].0 != one.symbol)
    );
    // What is said after the probe is in its record: its last output's softmax.
    let part = &snapshot.probe.parts[0];
    let y = part.first_at(0, Quantity::Y, false, 39).unwrap();
    let sum: f64 = y.iter().map(|y| y.exp()).sum();
    for &(class, probability) in &drawn.written[0].likeliest {
        assert!(
            (probability - y[class].exp() / sum).abs() < 1e-12,
            "{class}"
        );
    }
    choose(&mut window, "Next symbol", "likeliest");
    assert_shows(
        &window,
        "200 symbols after the probe’s 40, the likeliest each time.",
    );
}

#[test]
fn attention_says_how_widely_it_looks_and_whether_it_cares() {
    for (name, attention) in [("reverse", "additive"), ("reverse", "dot")] {
        let changes = [
            ("test_sequences = 200", "test_sequences = 40"),
            ("train_sequences = 2000", "train_sequences = 40"),
            ("hidden_size = 24", "hidden_size = 6"),
            (
                "hidden_size = 32, attention = \"additive\"",
                &*format!("hidden_size = 12, attention = \"{attention}\""),
            ),
        ];
        let mut window = opened(name, &changes, "Attention", ROOMY, Theme::Light);
        let snapshot = snapshot(&window);
        for alteration in Alteration::ALL {
            choose(&mut window, "What if", alteration.title());
            let Answer::Altered(Some(altered)) = ask(&snapshot, Question::Altered(alteration))
            else {
                panic!("{alteration:?}")
            };
            assert_shows(&window, &altered.in_words());
            // As it is run it is what the snapshot says over the test part, which is no longer than what is asked.
            assert_eq!(altered.sequences, 40.min(SEQUENCES));
            let right = altered.before.right.unwrap() as f64 / altered.answers as f64;
            assert!((right - snapshot.accuracy(Split::Test).unwrap()).abs() < 1e-12);
        }
        let weights = &snapshot.probe.attention[0].weights;
        let Answer::Spreads(Some(spreads)) = ask(&snapshot, Question::Spreads { map: 0 }) else {
            panic!("no spreads")
        };
        assert_eq!(spreads.most, 3.0);
        for (t, bits) in spreads.bits.iter().enumerate() {
            assert_eq!(*bits, entropy(weights.row(t)), "{t}");
        }
        let map = window
            .get_by_role_and_label(Role::Image, "Attention, attention")
            .rect();
        window.hover_at(Pos2::new(map.center().x, map.top() + 4.0));
        window.run();
        assert_shows(&window, "of 3 bits");
    }
}

/// With even looks every weight is one over the source's length, and no weight is anywhere else.
#[test]
fn a_decoder_told_to_look_evenly_does() {
    for attention in ["additive", "dot"] {
        let text = gallery::by_name("reverse").unwrap().text;
        let text = text.replace(
            "hidden_size = 32, attention = \"additive\"",
            &format!("hidden_size = 48, attention = \"{attention}\""),
        );
        let experiment = rnnscope::experiment::Experiment::parse(&text).unwrap();
        let go_on = |_| std::ops::ControlFlow::Continue(());
        let material =
            rnnscope::experiment::material(&experiment, &Location::BuiltIn, &go_on).unwrap();
        let material = std::sync::Arc::new(material);
        let mut trainer = rnnscope::train::AnyTrainer::new(&experiment, material);
        let snapshot = trainer.snapshot(experiment.probe, 0);
        let network: Network = snapshot.model.network();
        let lengths = rnnscope::nn::seq2seq::Lengths {
            source: 8,
            target: 8,
        };
        let mut workspace = AnyWorkspace::<f64>::new(&network, lengths, 2, Record::Everything);
        workspace.set_lengths(&[5, 8], &[8, 8]);
        workspace.x_mut().fill(0.3);
        assert!(workspace.look_evenly());
        let target = Target::Classes(ndarray::Array2::zeros((8, 2)));
        snapshot.model.forward(&mut workspace, &target);
        let (_, maps) = workspace.into_record();
        for weights in maps[0].weights.outer_iter() {
            for (key, weight) in weights.iter().enumerate() {
                let expected = if key < 5 { 0.2 } else { 0.0 };
                assert!((weight - expected).abs() < 1e-12, "{key}: {weight}");
            }
        }
    }
}
