//! The diagram within the window.

use super::diagram::Diagram;
use super::layout::Layout;
use crate::app::App;
use crate::app::views::Purpose;
use crate::experiment::Location;
use crate::nn::Cell;
use crate::session::Origin;
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Shape, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use std::collections::BTreeSet;

type Window = Harness<'static, App>;

const STEPS: usize = 6;

/// The diagram alone, before the first step.
fn window(model: &str, size: Vec2) -> Window {
    let text = format!(
        "format = 1\nseed = 3\n[data]\ntask = \"sine\"\nlength = {STEPS}\ntrain_sequences = 8\ntest_sequences = 4\n\
         [model]\n{model}\n[training]\nupdates = 4\nbatch_size = 4\n"
    );
    let origin = Origin::Text {
        text,
        location: Location::BuiltIn,
        name: "test".into(),
    };
    let mut window = Harness::builder()
        .with_size(size)
        .with_max_steps(500)
        .build_eframe(|cc| {
            let mut app = App::headless(&cc.egui_ctx, Some(origin));
            app.lay_out(Purpose::Cell);
            app.layouts.panes().enlarge("cell");
            app
        });
    window.ctx.all_styles_mut(|style| {
        style.interaction.tooltip_delay = 0.0;
        style.interaction.show_tooltips_only_when_still = false;
    });
    settle(&mut window);
    // What is there at first is everything.
    press(&mut window, Key::OpenBracket);
    press(&mut window, Key::Home);
    window
}

fn settle(window: &mut Window) {
    for _ in 0..3 {
        window.step();
        window.state_mut().settle();
    }
    window.run();
}

fn press(window: &mut Window, key: Key) {
    window.key_press(key);
    settle(window);
}

/// Every text that is drawn.
fn texts(window: &Window) -> Vec<String> {
    let shapes = window.output().shapes.iter();
    let texts = shapes.filter_map(|shape| match &shape.shape {
        Shape::Text(text) => Some(text.galley.text().to_owned()),
        _ => None,
    });
    texts.collect()
}

/// The ends of boxes that stand by themselves.
fn ends(window: &Window) -> BTreeSet<String> {
    let texts = texts(window).into_iter();
    texts.filter(|text| text.starts_with('±')).collect()
}

#[test]
fn the_ends_of_the_bars_stay_through_a_sweep() {
    for cell in Cell::ALL {
        let model = format!("cell = \"{}\"\nhidden_size = 5", cell.name());
        let mut window = window(&model, Vec2::new(1280.0, 800.0));
        let mut seen = BTreeSet::new();
        for _ in 0..STEPS {
            press(&mut window, Key::ArrowRight);
            seen.insert(ends(&window));
        }
        assert_eq!(seen.len(), 1, "{cell:?}: {seen:?}");
        let first = seen.first().unwrap();
        assert!(!first.is_empty(), "{cell:?}");
    }
}

#[test]
fn the_step_on_show_is_said_in_the_diagram() {
    let mut window = window("cell = \"lstm\"\nhidden_size = 5", Vec2::new(1280.0, 800.0));
    let named = |window: &Window, name: &str| {
        let found = window.query_by_role_and_label(Role::Image, name);
        found.is_some()
    };
    assert!(named(&window, "Diagram of the cell, before the first step"));
    for t in 1..=3 {
        press(&mut window, Key::ArrowRight);
        assert!(named(&window, &format!("Diagram of the cell at t = {t}")));
        assert!(texts(&window).contains(&format!("t = {t}")));
    }
    let texts = texts(&window);
    for text in ["tanh cₜ", "cell state", "hidden state", "input", "before"] {
        assert!(texts.iter().any(|other| other == text), "{text}: {texts:?}");
    }
}

#[test]
fn a_circle_under_the_pointer_tells_its_equation() {
    let mut window = window("cell = \"lstm\"\nhidden_size = 5", Vec2::new(1280.0, 800.0));
    press(&mut window, Key::ArrowRight);
    let told = |window: &mut Window, name: &str| {
        let picture = window.get_by_role_and_label(Role::Image, name);
        let layout = Layout::of(&Diagram::of(Cell::Lstm), picture.rect());
        let circles = layout.circles.into_iter();
        let told = circles.map(|circle| {
            window.hover_at(circle.center());
            window.run();
            window.run();
            let found = texts(window).into_iter();
            found.filter(|text| text.contains('⊙')).collect()
        });
        told.collect::<Vec<Vec<String>>>()
    };
    let equations = told(&mut window, "Diagram of the cell at t = 1");
    let expected = [
        "cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ",
        "fₜ ⊙ cₜ₋₁, in cₜ",
        "iₜ ⊙ gₜ, in cₜ",
        "hₜ = oₜ ⊙ tanh cₜ",
    ];
    assert_eq!(equations.len(), expected.len());
    for (found, expected) in equations.iter().zip(expected) {
        assert!(
            found.iter().any(|text| text.starts_with(expected)),
            "{expected}: {found:?}"
        );
    }
}

/// In the least window a gradient's name is shortened before it is cut: cut it could be any state's.
#[test]
fn gradients_are_told_apart_in_small_boxes() {
    let mut window = window("cell = \"lstm\"\nhidden_size = 16", Vec2::new(880.0, 560.0));
    window.state_mut().layouts.panes().restore();
    press(&mut window, Key::CloseBracket);
    press(&mut window, Key::ArrowRight);
    let shapes = window.output().shapes.iter();
    let cut = shapes.filter_map(|shape| match &shape.shape {
        Shape::Text(text) if text.galley.elided => Some(text.galley.text()),
        _ => None,
    });
    let cut: Vec<&str> = cut.filter(|text| text.starts_with("∂L/∂")).collect();
    assert!(cut.is_empty(), "{cut:?}");
    let texts = texts(&window);
    assert!(texts.contains(&"∂cₜ₋₁".to_owned()), "{texts:?}");
}
