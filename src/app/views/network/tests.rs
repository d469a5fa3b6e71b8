//! The view within the window: that it draws whatever there is, and does what the pointer and the keys ask.

use super::super::{Purpose, Shown};
use super::*;
use crate::app::App;
use crate::app::widgets::{Span, number};
use crate::experiment::{Location, gallery};
use crate::nn::Sweep;
use crate::session::{Origin, Step};
use eframe::egui::{Context, Event, MouseWheelUnit, PointerButton, Pos2, RawInput, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

type Window = Harness<'static, App>;

fn text(model: &str, length: usize) -> Origin {
    let text = format!(
        "format = 1\nseed = 3\n[data]\ntask = \"sine\"\nlength = {length}\ntrain_sequences = 8\ntest_sequences = 4\n\
         [model]\n{model}\n[training]\nupdates = 4\nbatch_size = 4\n"
    );
    Origin::Text {
        text,
        location: Location::BuiltIn,
        name: "test".into(),
    }
}

/// The network alone, of a sequence of so many steps.
fn window(model: &str, length: usize, size: Vec2) -> Window {
    let origin = text(model, length);
    let mut window = Harness::builder()
        .with_size(size)
        .with_max_steps(500)
        .build_eframe(|cc| {
            let mut app = App::headless(&cc.egui_ctx, Some(origin));
            app.lay_out(Purpose::Explore);
            app.layouts.panes().enlarge("network");
            app
        });
    window.ctx.all_styles_mut(|style| {
        style.interaction.tooltip_delay = 0.0;
        style.interaction.show_tooltips_only_when_still = false;
    });
    settle(&mut window);
    window
}

fn settle(window: &mut Window) {
    for _ in 0..3 {
        window.step();
        window.state_mut().settle();
    }
    window.run();
}

fn span(window: &Window) -> Option<Span> {
    window.state().shared.span
}

fn t(window: &Window) -> usize {
    let session = window.state().session();
    session.cursor().t(&session.schedule().unwrap())
}

/// Turns the wheel so far at a place, with these keys held.
fn wheel(window: &mut Window, at: Pos2, delta: Vec2, modifiers: Modifiers) {
    window.hover_at(at);
    window.run();
    window.event(Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta,
        phase: eframe::egui::TouchPhase::Move,
        source: eframe::egui::MouseWheelSource::Unknown,
        modifiers,
    });
    window.run();
}

fn press(window: &mut Window, key: Key) {
    window.key_press(key);
    settle(window);
}

fn shows(window: &Window, text: &str) -> bool {
    window.query_all_by_label_contains(text).next().is_some()
}

/// The ruler says where the columns are.
fn ruler(window: &Window) -> Rect {
    let role = eframe::egui::accesskit::Role::Slider;
    window.get_by_role_and_label(role, "Time ruler").rect()
}

/// A place over column `t` of so many, a little above the ruler: among the inputs.
fn over(window: &Window, t: usize, steps: usize) -> Pos2 {
    let ruler = ruler(window);
    let axis = TimeAxis::new(ruler.left() + 96.0, ruler.right() - 8.0, steps);
    let axis = span(window).map_or(axis, |span| axis.showing(span));
    pos2(axis.x_of(t), ruler.top() - 24.0)
}

#[test]
fn narrow_columns_are_put_together_by_powers_of_two() {
    assert_eq!(steps_to_a_column(40.0), 1);
    assert_eq!(steps_to_a_column(3.0), 1);
    assert_eq!(steps_to_a_column(2.9), 2);
    assert_eq!(steps_to_a_column(1.2), 4);
    assert_eq!(steps_to_a_column(0.01), 512);
    for width in [0.0, -3.0, f32::NAN, f32::INFINITY] {
        assert_eq!(steps_to_a_column(width), 1, "{width}");
    }
    let width = 1e-30;
    assert!(steps_to_a_column(width) > 1);
}

#[test]
fn a_stripe_is_found_by_its_height() {
    let row = Row {
        role: Role::Layer,
        quantity: Quantity::H,
        scan: 0,
        y: eframe::egui::Rangef::new(10.0, 50.0),
        shown: 0..1,
    };
    let units: Vec<_> = [10.0, 19.9, 20.1, 49.9, 50.0]
        .map(|y| row.unit_at(y, 4))
        .into();
    assert_eq!(units, [Some(0), Some(0), Some(1), Some(3), Some(3)]);
    assert_eq!(row.unit_at(9.0, 4), None);
    assert_eq!(row.unit_at(30.0, 0), None);
}

/// Every kind of network, wherever one stands in it, however little room there is, zoomed in and not.
#[test]
fn every_experiment_of_the_gallery_is_drawn_wherever_the_cursor_stands() {
    for entry in gallery::EXPERIMENTS {
        let ctx = Context::default();
        let mut app = App::headless(&ctx, Some(Origin::Gallery(entry.name.into())));
        app.settle();
        app.lay_out(Purpose::Explore);
        app.layouts.panes().enlarge("network");
        let mut frames = 0;
        let mut draw = |app: &mut App, size: Vec2| {
            for _ in 0..2 {
                frames += 1;
                let input = RawInput {
                    screen_rect: Some(Rect::from_min_size(Pos2::ZERO, size)),
                    time: Some(f64::from(frames) / 60.0),
                    events: vec![Event::PointerMoved(pos2(0.7 * size.x, 0.6 * size.y))],
                    ..RawInput::default()
                };
                let mut output = ctx.run_ui(input, |ui| app.frame(ui));
                output.textures_delta.clear();
                let parts = ctx.tessellate(output.shapes, output.pixels_per_point);
                assert!(!parts.is_empty(), "{}", entry.name);
                app.settle();
            }
        };
        let steps = app.session().snapshot().unwrap().probe.parts[0].seq_len();
        for (sweep, moves) in [
            (Sweep::Forward, vec![]),
            (
                Sweep::Forward,
                vec![Move::To(steps / 2), Move::NextOperation],
            ),
            (Sweep::Forward, vec![Move::Last]),
            (Sweep::Backward, vec![Move::Next, Move::NextOperation]),
            (Sweep::Backward, vec![Move::Next, Move::Next, Move::Next]),
            (Sweep::Backward, vec![Move::Last]),
        ] {
            app.apply(Command::Sweep(sweep));
            for by in moves {
                app.apply(Command::Move(by));
            }
            app.settle();
            for show in [Shown::Values, Shown::Adjoints] {
                for size in [[1280.0, 720.0], [900.0, 330.0], [420.0, 200.0]] {
                    draw(&mut app, Vec2::from(size));
                    app.shared.show = show;
                }
                let near = Span::all(steps).zoomed(0.4 * steps as f64, 2.5, steps);
                app.shared.span = Some(near);
                draw(&mut app, Vec2::new(1280.0, 720.0));
            }
        }
        let parts = app.session().snapshot().unwrap().probe.parts.len();
        for part in 0..parts {
            app.apply(Command::ShowPart(part));
            app.settle();
            draw(&mut app, Vec2::new(1280.0, 720.0));
        }
    }
}

#[test]
fn the_wheel_and_keys_zoom_at_the_pointer_and_back_to_all() {
    let mut window = window(
        "cell = \"lstm\"\nhidden_size = 8\nreadout = \"every\"",
        500,
        Vec2::new(1280.0, 800.0),
    );
    assert_eq!(span(&window), None);
    assert!(shows(&window, "Time ruler") && !shows(&window, "All steps"));
    let at = over(&window, 100, 500);
    wheel(&mut window, at, Vec2::new(0.0, 200.0), Modifiers::COMMAND);
    let zoomed = span(&window).expect("it is zoomed in");
    assert!(zoomed.length() < 400.0, "{zoomed:?}");
    assert!(
        (over(&window, 100, 500).x - at.x).abs() < 2.0,
        "what is pointed at stays"
    );
    assert!(shows(&window, "All steps"));
    // Along.
    wheel(&mut window, at, Vec2::new(0.0, -400.0), Modifiers::SHIFT);
    let moved = span(&window).unwrap();
    assert!(moved.first > zoomed.first, "{moved:?}");
    assert!((moved.length() - zoomed.length()).abs() < 1e-6);
    // By keys, in and out and to all.
    window.key_press(Key::Plus);
    window.run();
    assert!(span(&window).unwrap().length() < 0.7 * moved.length());
    window.key_press(Key::Minus);
    window.run();
    assert!((span(&window).unwrap().length() - moved.length()).abs() < 1e-6);
    window.key_press(Key::Num0);
    window.run();
    assert_eq!(span(&window), None);
    window.key_press(Key::Equals);
    window.run();
    window.get_by_label("All steps").click();
    window.run();
    assert_eq!(span(&window), None);
    // Out of the whole there is nothing.
    window.hover_at(at);
    window.run();
    window.key_press(Key::Minus);
    window.run();
    assert_eq!(span(&window), None);
}

#[test]
fn what_is_zoomed_into_is_dragged_and_a_double_click_shows_all_without_moving_the_cursor() {
    let mut window = window(
        "cell = \"gru\"\nhidden_size = 4\nreadout = \"every\"",
        300,
        Vec2::new(1280.0, 800.0),
    );
    press(&mut window, Key::OpenBracket);
    for _ in 0..120 {
        window.state_mut().apply(Command::Move(Move::Next));
    }
    settle(&mut window);
    window.state_mut().shared.span = Some(Span {
        first: 100.0,
        last: 140.0,
    });
    settle(&mut window);
    let from = over(&window, 110, 300);
    window.drag_at(from);
    window.run();
    window.hover_at(from + Vec2::new(60.0, 0.0));
    window.run();
    window.drop_at(from + Vec2::new(60.0, 0.0));
    window.run();
    let dragged = span(&window).unwrap();
    assert!(dragged.first < 99.0, "{dragged:?}");
    assert!((dragged.length() - 40.0).abs() < 1e-6);
    assert_eq!(t(&window), 120, "dragging is no click");
    let at = over(&window, 112, 300);
    window.hover_at(at);
    window.run();
    for _ in 0..2 {
        for pressed in [true, false] {
            window.input_mut().events.push(Event::PointerButton {
                pos: at,
                button: PointerButton::Primary,
                pressed,
                modifiers: Modifiers::NONE,
            });
        }
        window.step();
    }
    settle(&mut window);
    assert_eq!(span(&window), None);
    assert_eq!(t(&window), 120);
}

#[test]
fn what_is_zoomed_into_follows_the_cursor() {
    let mut window = window(
        "cell = \"rnn\"\nhidden_size = 4\nreadout = \"every\"",
        300,
        Vec2::new(1280.0, 800.0),
    );
    press(&mut window, Key::OpenBracket);
    window.state_mut().shared.span = Some(Span {
        first: 0.0,
        last: 20.0,
    });
    settle(&mut window);
    for t in 1..60 {
        press(&mut window, Key::ArrowRight);
        let span = span(&window).unwrap();
        assert!(
            span.first <= (t - 1) as f64 && t as f64 <= span.last,
            "{t}: {span:?}"
        );
        assert_eq!(span.length(), 20.0);
    }
    // It may be looked away from a cursor that rests.
    let away = Some(Span {
        first: 200.0,
        last: 220.0,
    });
    window.state_mut().shared.span = away;
    settle(&mut window);
    assert_eq!(span(&window), away);
    press(&mut window, Key::End);
    assert_eq!(span(&window).unwrap().last, 300.0);
}

#[test]
fn where_columns_are_narrow_what_stands_out_of_several_steps_is_asked_for() {
    let model = "cell = \"lstm\"\nhidden_size = 4\nreadout = \"every\"";
    let window = window(model, 500, Vec2::new(1280.0, 800.0));
    let snapshot = window.state().session().snapshot().unwrap();
    let question = Question::Outliers {
        at: At { part: 0, scan: 0 },
        quantity: Quantity::H,
        adjoint: false,
        of: 2,
    };
    let told = window.state().session().ask(&question);
    let Some(Answer::Outliers(Some(outliers))) = told.answer.as_deref() else {
        panic!("the view has asked for it: {told:?}")
    };
    let h = snapshot.probe.parts[0]
        .first(0, Quantity::H, false)
        .unwrap();
    for bin in 0..250 {
        for unit in 0..4 {
            let [a, b] = [2 * bin, 2 * bin + 1].map(|t| h[[t, unit]]);
            let most = if b.abs() > a.abs() { b } else { a };
            assert_eq!(outliers[[bin, unit]], most, "{bin} {unit}");
        }
    }
}

#[test]
fn the_pointer_is_told_the_unit_under_it_and_a_click_chooses_it() {
    let mut window = window(
        "cell = \"lstm\"\nhidden_size = 8\nreadout = \"every\"",
        12,
        Vec2::new(1280.0, 800.0),
    );
    press(&mut window, Key::CloseBracket);
    press(&mut window, Key::End);
    window.state_mut().shared.show = Shown::Values;
    settle(&mut window);
    let snapshot = window.state().session().snapshot().unwrap().clone();
    let h = snapshot.probe.parts[0]
        .first(0, Quantity::H, false)
        .unwrap()
        .to_owned();
    // Whatever lies at these heights: what is told is one of the step's units, and it is the one that is chosen.
    let ruler = ruler(&window);
    let mut told = 0;
    for up in (40..420).step_by(25) {
        let at = over(&window, 7, 12);
        let at = pos2(at.x, ruler.top() - up as f32);
        // On the way back it is gradients that are shown first.
        window.state_mut().shared.show = Shown::Values;
        window.hover_at(at);
        window.run();
        let of = |unit: usize| format!("h[{unit}] at t = 8 is {}", number(h[[7, unit]]));
        let Some(unit) = (0..8).find(|&unit| shows(&window, &of(unit))) else {
            continue;
        };
        told += 1;
        window.drag_at(at);
        window.drop_at(at);
        settle(&mut window);
        let chosen = window.state().shared.number.expect("a number is chosen");
        let station = crate::nn::Station {
            part: 0,
            place: Some(crate::nn::Place::FIRST),
            t: 8,
            line: Line::Cell(Quantity::H),
        };
        let expected = Spot::Computed {
            station,
            head: 0,
            unit,
        };
        assert_eq!(chosen, expected);
        assert_eq!(t(&window), 8);
    }
    assert!(told > 3, "the layer was not found: {told}");
}

#[test]
fn the_shares_of_a_gradient_are_told_where_they_meet() {
    let mut window = window(
        "cell = \"gru\"\nhidden_size = 4\nreadout = \"every\"",
        12,
        Vec2::new(1280.0, 800.0),
    );
    press(&mut window, Key::CloseBracket);
    for _ in 0..4 {
        press(&mut window, Key::ArrowRight);
    }
    let snapshot = window.state().session().snapshot().unwrap().clone();
    let flow = &snapshot.probe.flows[0];
    let scan = &snapshot.probe.parts[0].scans[0];
    // Together they are the whole: both ways add up, unit by unit.
    for t in 0..12 {
        for unit in 0..4 {
            let adjoints = &scan.adjoints;
            let place = [t, 0, unit];
            let sum = adjoints.d_h_from_next[place] + adjoints.d_h_from_above[place];
            assert!((sum - adjoints.d_h[place]).abs() < 1e-12);
        }
    }
    let ruler = ruler(&window);
    let mut texts = Vec::new();
    for up in (40..420).step_by(15) {
        let x = over(&window, 8, 12).x;
        window.hover_at(pos2(x, ruler.top() - up as f32));
        window.run();
        let next = number(flow.arrived[9].unwrap());
        let above = number(flow.from_above[9].unwrap());
        texts.push(
            shows(&window, &format!("from t+1: ‖·‖ = {next}"))
                && shows(&window, &format!("from above: ‖·‖ = {above}")),
        );
    }
    assert!(texts.contains(&true), "the shares are told");
    assert_eq!(flow.arrived.len(), flow.from_above.len());
    assert_eq!(flow.from_above[0], None);
}

/// Beside the list of quantities, which shows one's symbol, the choice between it and its gradient is in words.
#[test]
fn no_symbol_stands_twice_beside_each_other() {
    use eframe::egui::accesskit::Role as Name;
    let model = "cell = \"lstm\"\nhidden_size = 4\nreadout = \"every\"";
    let mut window = window(model, 12, Vec2::new(900.0, 640.0));
    let has = |window: &Window, name: &str| {
        window
            .query_by_role_and_label(Name::RadioButton, name)
            .is_some()
    };
    assert!(has(&window, "value") && has(&window, "gradient"));
    assert!(!has(&window, "h") && !has(&window, "∂L/∂h"));
    for (name, shown) in [("gradient", Shown::Adjoints), ("value", Shown::Values)] {
        window
            .get_by_role_and_label(Name::RadioButton, name)
            .click();
        window.run();
        assert_eq!(window.state().shared.show, shown);
    }
}

/// The ends of all horizontal lines that the window draws, and the window.
fn horizontals(model: &str, steps: usize, adjoint: bool, size: Vec2) -> (Vec<[f32; 2]>, Rect) {
    let mut window = window(model, steps, size);
    if adjoint {
        window.state_mut().shared.show = Shown::Adjoints;
        window.run();
    }
    let shapes = &window.output().shapes;
    let lines = shapes.iter().filter_map(|shape| match &shape.shape {
        eframe::egui::Shape::LineSegment { points: [a, b], .. } if a.y == b.y => {
            Some([a.x.min(b.x), a.x.max(b.x)])
        }
        _ => None,
    });
    let lines = lines.collect();
    (lines, ruler(&window))
}

/// Final states of both directions are read where each scan ends: that of the reverse one at t = 1, far from the output.
#[test]
fn an_output_reads_each_scan_where_that_ends() {
    let model =
        |readout: &str| format!("cell = \"rnn\"\nhidden_size = 4\nbidirectional = true\n{readout}");
    // With many steps there is no room for arrows; this one is there all the same.
    for (steps, size) in [(12, [1280.0, 800.0]), (400, [900.0, 600.0])] {
        for adjoint in [false, true] {
            let afar = |readout: &str| {
                let (lines, ruler) = horizontals(&model(readout), steps, adjoint, Vec2::from(size));
                let axis = TimeAxis::new(ruler.left() + 96.0, ruler.right() - 8.0, steps);
                let ends = [axis.x_of(0), axis.x_of(steps - 1)];
                let is_afar = |line: &&[f32; 2]| {
                    (line[0] - ends[0]).abs() < 0.1 && (line[1] - ends[1]).abs() < 0.1
                };
                lines.iter().filter(is_afar).count()
            };
            assert_eq!(afar("readout = \"final\""), 1, "{steps} {adjoint}");
            assert_eq!(afar("readout = \"last\""), 0, "{steps} {adjoint}");
        }
    }
}

/// A decoder reads what it wrote itself, right or wrong; below it stands what is right, and that is said.
#[test]
fn the_letters_in_a_decoders_input_are_those_that_it_reads() {
    let copy = "format = 1\nseed = 1\n[data]\ntask = \"copy\"\nlength = 6\nalphabet = 6\ntrain_sequences = 8\n\
         test_sequences = 4\n[model]\nkind = \"encoder_decoder\"\ncell = \"gru\"\nhidden_size = 4\n\
         decoder = { cell = \"gru\", hidden_size = 4, attention = \"additive\" }\n[training]\nupdates = 4\nbatch_size = 4\n";
    let origin = Origin::Text {
        text: copy.into(),
        location: Location::BuiltIn,
        name: "test".into(),
    };
    let mut window = Harness::builder()
        .with_size(Vec2::new(1280.0, 800.0))
        .with_max_steps(500)
        .build_eframe(|cc| {
            let mut app = App::headless(&cc.egui_ctx, Some(origin));
            app.lay_out(Purpose::Explore);
            app.layouts.panes().enlarge("network");
            app.apply(Command::ShowAll);
            app
        });
    settle(&mut window);
    let written = |window: &Window, text: &str| {
        let shapes = &window.output().shapes;
        let is_it = |shape: &&eframe::egui::epaint::ClippedShape| match &shape.shape {
            eframe::egui::Shape::Text(shape) => shape.galley.text() == text,
            _ => false,
        };
        shapes.iter().filter(is_it).count()
    };
    let told = window.state().session().ask(&Question::Story);
    let Some(Answer::Story(Some(story))) = told.answer.as_deref() else {
        panic!("there is a story: {told:?}")
    };
    assert!(
        story
            .answers
            .iter()
            .any(|answer| answer.is_right() == Some(false))
    );
    let said = story.answers.iter().map(|answer| Some(answer.said.text()));
    let expected: Vec<_> = std::iter::once(None).chain(said).take(6).collect();
    assert_eq!(story.read_again, expected);
    window.state_mut().apply(Command::ShowPart(0));
    settle(&mut window);
    assert_eq!(written(&window, "target"), 0);
    window.state_mut().apply(Command::ShowPart(1));
    settle(&mut window);
    assert_eq!(written(&window, "target"), 1);
    // Each letter that is read stands in its cell, beside those of the answers and of the target.
    for name in story.read_again.iter().flatten() {
        let own = story.read_again.iter().flatten().filter(|it| *it == name);
        let said = story.answers.iter().filter(|it| it.said.text() == *name);
        let wanted = story.answers.iter().filter(|it| it.wanted.text() == *name);
        let all = own.count() + said.count() + wanted.count();
        assert!(written(&window, name) + 1 >= all, "{name}");
    }
}

#[test]
fn what_is_not_spoken_of_can_still_be_read() {
    use crate::app::theme::contrast;
    let mut window = window(
        "cell = \"rnn\"\nhidden_size = 4",
        12,
        Vec2::new(900.0, 640.0),
    );
    // A word of a lesson is pointed at.
    window.state_mut().lesson.highlight = Some(Quantity::H);
    window.run();
    let dark = window.ctx.theme() == eframe::egui::Theme::Dark;
    let background = Palette::new(dark).background;
    let shapes = &window.output().shapes;
    let names = shapes.iter().filter_map(|shape| match &shape.shape {
        eframe::egui::Shape::Text(shape) => Some((shape.galley.text(), shape.fallback_color)),
        _ => None,
    });
    let names: Vec<_> = names
        .filter(|(text, _)| ["output y", "input x"].contains(text))
        .collect();
    assert_eq!(names.len(), 2, "they are in sight");
    for (name, color) in names {
        let contrast = contrast(color, background);
        assert!(contrast >= 4.5, "{name}: {contrast}");
    }
}

/// The texts that the window draws, each with its place.
fn texts(window: &Window) -> Vec<(String, Rect)> {
    let shapes = window.output().shapes.iter();
    let texts = shapes.filter_map(|shape| match &shape.shape {
        eframe::egui::Shape::Text(shape) => {
            let place = shape.galley.rect.translate(shape.pos.to_vec2());
            Some((shape.galley.text().to_owned(), place))
        }
        _ => None,
    });
    texts.collect()
}

/// Before anything is shown it is told what playing shows, and that an answer is there already: over no box, however they lie.
#[test]
fn what_play_will_show_is_told_where_it_hides_no_box() {
    for (size, readout) in [
        ([900.0, 640.0], "last"),
        ([1280.0, 800.0], "last"),
        ([900.0, 640.0], "every"),
        ([900.0, 500.0], "every"),
        ([1280.0, 800.0], "final"),
    ] {
        let model = format!(
            "cell = \"gru\"\nhidden_size = 4\nbidirectional = true\nreadout = \"{readout}\""
        );
        let mut window = window(&model, 20, Vec2::from(size));
        window
            .state_mut()
            .apply(Command::Sweep(crate::nn::Sweep::Forward));
        settle(&mut window);
        let texts = texts(&window);
        let invites = |text: &&(String, Rect)| text.0.contains("Play shows how");
        let told: Vec<_> = texts.iter().filter(invites).collect();
        let [(words, place)] = told[..] else {
            panic!("{size:?} {readout}: {told:?}")
        };
        assert!(
            words.starts_with("The network has answered already"),
            "{words}"
        );
        assert_hides_nothing(&window, *place, &format!("{size:?} {readout}"));
    }
}

/// Letters lie over no box and over no arrow.
fn assert_hides_nothing(window: &Window, place: Rect, which: &str) {
    use eframe::egui::Shape;
    let letters = place.shrink2(Vec2::new(0.0, 2.0));
    for shape in &window.output().shapes {
        let drawn = match &shape.shape {
            Shape::Mesh(mesh) => mesh.calc_bounds(),
            Shape::LineSegment { points, .. } => Rect::from_two_pos(points[0], points[1]),
            _ => continue,
        };
        assert!(!drawn.intersects(letters), "{which}: {drawn:?}");
    }
}

/// How a gradient is shared out is told on the way back: over no box either.
#[test]
fn the_ways_of_a_gradient_are_told_where_that_hides_nothing() {
    for (size, readout) in [
        ([900.0, 640.0], "every"),
        ([1280.0, 800.0], "every"),
        ([1280.0, 800.0], "last"),
    ] {
        let model = format!("cell = \"gru\"\nhidden_size = 4\nreadout = \"{readout}\"");
        let mut window = window(&model, 20, Vec2::from(size));
        press(&mut window, Key::CloseBracket);
        for _ in 0..8 {
            press(&mut window, Key::ArrowRight);
        }
        let texts = texts(&window);
        let shares = |text: &&(String, Rect)| text.0.contains("from t+1: ‖·‖");
        let told: Vec<_> = texts.iter().filter(shares).collect();
        let [(_, place)] = told[..] else {
            panic!("{size:?} {readout}: {told:?}")
        };
        assert_hides_nothing(&window, *place, &format!("{size:?} {readout}"));
    }
}

#[test]
fn playing_is_told_as_what_it_is() {
    for step in Step::ALL {
        let walks = matches!(step, Step::Operation | Step::Time);
        for has_answered in [false, true] {
            let all = words::invitations(step, has_answered);
            for words in all {
                assert!(words.contains("Play "), "{words}");
                assert_eq!(words.contains("answered"), has_answered && walks);
                assert_eq!(words.contains("Play trains"), step == Step::Update);
            }
            // The shorter ones are for less room.
            assert!(all.windows(2).all(|two| two[0].len() > two[1].len()));
        }
    }
}

/// In a low pane the curve of the inputs goes before the loss, where gradients begin.
#[test]
fn the_loss_has_its_row_wherever_the_curve_has_room() {
    let model = "cell = \"gru\"\nhidden_size = 4\nbidirectional = true\nreadout = \"every\"";
    let mut seen = [false; 2];
    for height in (260..560).step_by(20) {
        let window = window(model, 12, Vec2::new(1000.0, height as f32));
        let told = window.state().session().ask(&Question::Story);
        let Some(Answer::Story(Some(story))) = told.answer.as_deref() else {
            panic!("there is a story: {told:?}")
        };
        let texts = texts(&window);
        let is_there = |name: &str| texts.iter().any(|(text, _)| text.starts_with(name));
        // The name of the curve, not that of the row.
        let curve = texts.iter().any(|(text, _)| *text == story.inputs[0].name);
        let loss = is_there("loss L") || is_there("L =");
        assert!(loss || !curve, "{height}");
        seen[usize::from(curve)] = true;
    }
    assert_eq!(seen, [true; 2]);
}
