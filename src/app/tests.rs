//! The window as a whole.

use super::*;
use crate::lesson::{Files, read};
use crate::train::Question;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use views::Home;

/// As small as a view can be.
struct Tiny;

impl View for Tiny {
    fn name(&self) -> &'static str {
        "tiny"
    }

    fn title(&self) -> &'static str {
        "Tiny view"
    }

    fn question(&self) -> &'static str {
        "At which update is the snapshot?"
    }

    fn home(&self, _: Purpose) -> Home {
        Home::Behind("training")
    }

    fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, _: &mut Shared) -> Vec<Command> {
        ui.label(format!("update {} of the tiny view", scene.snapshot.update));
        Vec::new()
    }
}

/// With another view, registered by its line.
fn with_tiny() -> Vec<Box<dyn View>> {
    let mut all = views::all();
    all.push(Box::new(Tiny));
    all
}

fn settle(window: &mut Harness<'static, App>) {
    window.step();
    window.state_mut().settle();
    window.run();
}

fn button<'a>(window: &'a Harness<'static, App>, name: &'a str) -> egui_kittest::Node<'a> {
    window.get_by_role_and_label(egui::accesskit::Role::Button, name)
}

fn of_text(text: &str) -> Option<Origin> {
    Some(Origin::Text {
        text: text.into(),
        location: crate::experiment::Location::BuiltIn,
        name: "test".into(),
    })
}

/// A window that is driven frame by frame, until nothing is asked that is not answered.
struct Frames {
    ctx: egui::Context,
    app: App,
    size: egui::Vec2,
    count: u32,
}

impl Frames {
    fn new(text: &str) -> Self {
        let ctx = egui::Context::default();
        let mut app = App::headless(&ctx, of_text(text));
        app.overview();
        app.settle();
        let size = egui::vec2(1280.0, 800.0);
        Self {
            ctx,
            app,
            size,
            count: 0,
        }
    }

    /// How many vertices a frame has.
    fn draw(&mut self) -> usize {
        self.count += 1;
        let input = egui::RawInput {
            screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, self.size)),
            time: Some(f64::from(self.count) / 60.0),
            ..egui::RawInput::default()
        };
        let mut output = self.ctx.run_ui(input, |ui| self.app.frame(ui));
        output.textures_delta.clear();
        let parts = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        let vertices = parts.iter().map(|part| match &part.primitive {
            egui::epaint::Primitive::Mesh(mesh) => mesh.vertices.len(),
            egui::epaint::Primitive::Callback(_) => 0,
        });
        vertices.sum()
    }

    fn settle(&mut self) -> usize {
        for _ in 0..3 {
            self.draw();
            self.app.settle();
        }
        self.draw()
    }
}

/// A question takes time and memory: what nobody sees is not worked out. Whatever is asked by a view is asked while that is on
/// show, and not whichever is.
#[test]
fn what_is_not_on_the_screen_asks_nothing() {
    const TEXT: &str = "format = 1\nseed = 3\n[data]\ntask = \"echo\"\nlength = 8\ntrain_sequences = 8\n\
                        test_sequences = 4\n[model]\ncell = \"lstm\"\nhidden_size = 3\nreadout = \"every\"\n[training]\n\
                        updates = 100\nbatch_size = 2\n";
    let mut frames = Frames::new(TEXT);
    frames.app.lay_out(Purpose::All);
    let mut asked: Vec<(&str, Vec<std::mem::Discriminant<Question>>)> = Vec::new();
    for view in views::names() {
        frames.app.enlarge(view);
        frames.draw();
        // Of this snapshot no other view has asked.
        frames.app.command(Command::Update(1));
        frames.app.settle();
        frames.settle();
        let kinds = frames.app.session().asked();
        let kinds = kinds.iter().map(std::mem::discriminant).collect();
        asked.push((view, kinds));
    }
    let of = |view: &str| &asked.iter().find(|(name, _)| *name == view).unwrap().1;
    let everywhere = of("parameters");
    // The window itself asks what is wrong with a run, and what its sequence is.
    assert!(everywhere.len() <= 3, "{}", everywhere.len());
    let own = |view: &str| of(view).iter().any(|kind| !everywhere.contains(kind));
    for view in [
        "jacobian",
        "time_terms",
        "weights",
        "phase_portrait",
        "shapes",
    ] {
        assert!(own(view), "{view} asks nothing of its own");
    }
    for (view, kinds) in &asked {
        for kind in kinds.iter().filter(|kind| !everywhere.contains(kind)) {
            let who = asked.iter().filter(|(_, kinds)| kinds.contains(kind));
            let who: Vec<&str> = who.map(|(view, _)| *view).collect();
            assert!(who.len() < asked.len() / 2, "{view}: {kind:?} by {who:?}");
        }
    }
}

/// However long a sequence is, a screen has so many pixels.
#[test]
fn of_ten_thousand_steps_no_more_is_drawn_than_can_be_seen() {
    const TEXT: &str = "format = 1\nseed = 3\n[data]\ntask = \"adding\"\nlength = 10_000\ntrain_sequences = 2\n\
                        test_sequences = 1\n[model]\ncell = \"rnn\"\nhidden_size = 3\nreadout = \"last\"\n[training]\n\
                        updates = 2\nbatch_size = 1\n";
    let mut frames = Frames::new(TEXT);
    for layout in Purpose::ALL {
        frames.app.lay_out(layout);
        let vertices = frames.settle();
        // About a hundred for each column of pixels: ten thousand steps at only four vertices in each of a few rows are more.
        assert!(vertices < 130_000, "{}: {vertices}", layout.title());
    }
}

#[test]
fn a_view_is_offered_drawn_and_in_the_layout_by_the_line_that_registers_it() {
    let mut window: Harness<'static, App> = Harness::builder()
        .with_size([1280.0, 800.0])
        .with_max_steps(500)
        .build_eframe(|cc| {
            let launch = Launch::default();
            App::start(&cc.egui_ctx, None, launch, Vec::new(), with_tiny)
        });
    settle(&mut window);
    let drawn = "update 0 of the tiny view";
    // Told at once, so that there is no delay to be waited for.
    window.ctx.all_styles_mut(|style| {
        style.interaction.tooltip_delay = 0.0;
        style.interaction.show_tooltips_only_when_still = false;
    });
    let asks = |window: &Harness<'static, App>| {
        let mut told = window.query_all_by_label_contains(Tiny.question());
        told.next().is_some()
    };
    // In the layout, behind what it says it is at home behind, and asked for what it answers.
    let tab = button(&window, "Tiny view").rect();
    let front = button(&window, "Training").rect();
    assert!(tab.top() == front.top() && tab.left() > front.left());
    assert!(window.query_by_label(drawn).is_none() && !asks(&window));
    window.hover_at(tab.center());
    window.run();
    assert!(asks(&window), "its tab does not ask its question");
    button(&window, "Tiny view").click();
    window.run();
    assert!(window.query_by_label(drawn).is_some());
    // Offered.
    button(&window, "View").click();
    window.run();
    assert!(!asks(&window));
    let role = egui::accesskit::Role::CheckBox;
    let offer = window.get_by_role_and_label(role, "Tiny view").rect();
    window.hover_at(offer.center());
    window.run();
    assert!(asks(&window), "the menu does not ask its question");
    window.get_by_role_and_label(role, "Tiny view").click();
    window.run();
    assert!(window.query_by_label(drawn).is_none());
}

/// A view that tells whether it was turned to its page.
#[derive(Default)]
struct Turning {
    is_turned: bool,
}

impl View for Turning {
    fn name(&self) -> &'static str {
        "turning"
    }

    fn title(&self) -> &'static str {
        "Turning view"
    }

    fn question(&self) -> &'static str {
        match self.is_turned {
            true => "turned",
            false => "fresh",
        }
    }

    fn home(&self, _: Purpose) -> Home {
        Home::Behind("training")
    }

    fn pages(&self) -> Vec<&'static str> {
        vec!["page"]
    }

    fn turn_to(&mut self, _: &str) {
        self.is_turned = true;
    }

    fn show(&mut self, _: &mut Ui, _: &Scene<'_>, _: &mut Shared) -> Vec<Command> {
        Vec::new()
    }
}

fn with_turning() -> Vec<Box<dyn View>> {
    let mut all = views::all();
    all.push(Box::new(Turning::default()));
    all
}

/// What a view was turned to stays within a lesson, and no lesson begins with it; who leaves finds the own again.
#[test]
fn a_lesson_begins_with_its_views_as_a_launch_has_them_and_gives_back_the_learners_own() {
    let turn = |app: &mut App, parameter: usize| {
        let mut views = app.views.iter_mut();
        let view = views.find(|view| view.name() == "turning");
        view.expect("it is registered").turn_to("page");
        app.shared.parameter = Some(parameter);
        app.shared.show = Shown::Adjoints;
    };
    let stands = |app: &App| {
        let mut views = app.views.iter();
        let view = views.find(|view| view.name() == "turning");
        let said = view.expect("it is registered").question();
        (said, app.shared.parameter, app.shared.show)
    };
    let fresh = ("fresh", None, Shown::Values);
    let ctx = egui::Context::default();
    let mut app = App::start(&ctx, None, Launch::default(), Vec::new(), with_turning);
    app.settle();
    assert_eq!(stands(&app), fresh);
    turn(&mut app, 1);
    let own = stands(&app);
    assert_eq!(own, ("turned", Some(1), Shown::Adjoints));
    app.begin_lesson(0);
    app.settle();
    assert_eq!(stands(&app), fresh);
    turn(&mut app, 2);
    let turned = stands(&app);
    let lesson = Arc::clone(&app.shelf.lessons[0]);
    app.begin_at(lesson, 1);
    app.settle();
    assert_eq!(stands(&app), turned, "it is the same lesson");
    app.begin_lesson(1);
    app.settle();
    assert_eq!(stands(&app), fresh);
    turn(&mut app, 3);
    app.leave_lesson();
    app.settle();
    assert_eq!(stands(&app), own);
}

/// Leaving gives back the step by which the learner moved, the number that was open, and the update that was on show.
#[test]
fn who_leaves_a_lesson_finds_the_place_that_was_left() {
    let ctx = egui::Context::default();
    let mut app = App::headless(&ctx, None);
    app.settle();
    for _ in 0..2 {
        app.command(Command::Update(1));
        app.settle();
    }
    app.command(Command::StepBy(Step::Update, false));
    app.transport.step = Step::Update;
    app.shared.number = Some(Spot::Input { t: 3, unit: 0 });
    let stands = |app: &App| {
        let update = app.session.snapshot().map(|snapshot| snapshot.update);
        (update, app.transport.step, app.shared.number)
    };
    let own = stands(&app);
    assert_eq!(own.0, Some(1));
    app.begin_lesson(0);
    app.settle();
    assert_eq!(app.transport.step, Step::Time, "as lessons speak of steps");
    app.begin_lesson(1);
    app.settle();
    app.shared.number = None;
    app.leave_lesson();
    app.settle();
    assert_eq!(stands(&app), own);
}

/// What is opened from the gallery is told from its beginning; undoing that finds the cursor where it was.
#[test]
fn undoing_an_opening_from_the_gallery_gives_the_cursor_back() {
    for (sweep, t) in [(Sweep::Forward, 5), (Sweep::Backward, 20)] {
        let mut window: Harness<'static, App> = Harness::builder()
            .with_size([1280.0, 900.0])
            .with_max_steps(500)
            .build_eframe(|cc| App::headless(&cc.egui_ctx, None));
        settle(&mut window);
        let app = window.state_mut();
        app.command(Command::Sweep(sweep));
        app.command(Command::Move(Move::To(t)));
        let own = app.session.cursor();
        app.shared.number = Some(Spot::Input { t: 3, unit: 0 });
        button(&window, "Gallery").click();
        window.run();
        let latch = crate::experiment::gallery::by_name("latch").expect("it is there");
        button(&window, latch.title).click();
        settle(&mut window);
        let session = &window.state().session;
        assert_eq!(session.name(), latch.title);
        assert_eq!(session.cursor(), crate::nn::Cursor::START);
        // A number that was looked at is none of another network's.
        assert_eq!(window.state().shared.number, None);
        window.state_mut().command(Command::Undo);
        settle(&mut window);
        assert_eq!(window.state().session.cursor(), own, "{sweep:?} {t}");
    }
}

/// A window on an experiment, tall enough that no setting is scrolled away.
fn set_up(text: &str) -> Harness<'static, App> {
    let origin = Origin::Text {
        text: text.to_owned(),
        location: crate::experiment::Location::BuiltIn,
        name: "test".to_owned(),
    };
    let mut window: Harness<'static, App> = Harness::builder()
        .with_size([1280.0, 2400.0])
        .with_max_steps(500)
        .build_eframe(|cc| App::headless(&cc.egui_ctx, Some(origin)));
    settle(&mut window);
    window
}

#[test]
fn every_setting_says_what_it_is() {
    use egui::accesskit::Role;
    use egui_kittest::kittest::NodeT;
    let task = |task: &str, model: &str, training: &str| {
        format!(
            "format = 1\n[data]\ntask = \"{task}\"\n[model]\n{model}\n[training]\nupdates = 1\n{training}\n"
        )
    };
    let forecast = "format = 1\n[data]\ncsv = \"rnnscope:data/sunspots.csv\"\nfeatures = [\"SUNACTIVITY\"]\n\
         target = \"SUNACTIVITY\"\ntime = \"YEAR\"\nwindow = 22\ntest_from = \"1950\"\n[model]\ncell = \"lstm\"\n\
         hidden_size = 2\nnum_layers = 2\n[training]\nupdates = 1\n";
    let texts = [
        forecast.to_owned(),
        task(
            "reverse",
            "kind = \"encoder_decoder\"\ncell = \"gru\"\nhidden_size = 2\ndecoder = { cell = \"gru\", attention = \"dot\" }",
            "optimizer = { kind = \"sgd\", learning_rate = 0.1, momentum = 0.5 }\nclip = { value = 0.1 }",
        ),
        task(
            "latch",
            "kind = \"self_attention\"\nhidden_size = 4\nheads = 2",
            "optimizer = { kind = \"rmsprop\", learning_rate = 0.1 }",
        ),
    ];
    let mut all = std::collections::BTreeSet::new();
    for text in texts {
        let mut window = set_up(&text);
        assert!(window.state().session.message().is_none(), "{text}");
        // One after the other: what is opened moves those below it.
        for _ in 0..12 {
            let is_closed = |group: &egui_kittest::Node<'_>| {
                group.accesskit_node().data().is_expanded() != Some(true)
            };
            let is_clicked = {
                let mut groups = window.query_all_by_role(Role::DisclosureTriangle);
                groups
                    .find(is_closed)
                    .inspect(egui_kittest::Node::click)
                    .is_some()
            };
            if !is_clicked {
                break;
            }
            settle(&mut window);
        }
        for node in window.root().children_recursive() {
            for label in node.accesskit_node().labelled_by() {
                let name = label.label().or_else(|| label.value()).unwrap_or_default();
                let told = label.description().unwrap_or_default();
                assert!(!told.is_empty(), "{name} does not say what it is");
                all.insert(name);
            }
        }
    }
    for setting in ["Window", "AR lags", "Beta 1", "Alpha", "Precision", "Heads"] {
        assert!(all.contains(setting), "{setting} is not among {all:?}");
    }
}

#[test]
fn the_glossary_opens_with_a_key_and_finds_what_is_typed() {
    let mut window: Harness<'static, App> = Harness::builder()
        .with_size([1280.0, 800.0])
        .with_max_steps(500)
        .build_eframe(|cc| App::headless(&cc.egui_ctx, None));
    settle(&mut window);
    window.key_press(Key::F1);
    window.run();
    let field = egui::accesskit::Role::TextInput;
    let field = window.get_by_role_and_label(field, "Search the glossary");
    field.type_text("teacher");
    window.run();
    let has = |window: &Harness<'static, App>, text: &str| {
        window.query_all_by_label_contains(text).next().is_some()
    };
    assert!(has(&window, "a decoder reads the true previous output"));
    assert!(!has(&window, "Mean absolute scaled error"));
    window.key_press(Key::Escape);
    window.run();
    assert!(!has(&window, "a decoder reads the true previous output"));
}

#[test]
fn bars_yield_in_a_narrow_window() {
    for width in [400.0, 480.0, 560.0, 700.0, 900.0, 1100.0, 1280.0] {
        let mut window: Harness<'static, App> = Harness::builder()
            .with_size([width, 600.0])
            .with_max_steps(500)
            .build_eframe(|cc| App::headless(&cc.egui_ctx, None));
        settle(&mut window);
        // What stands in the two bars, by its left and right end.
        let mut bars: [Vec<(f32, f32, String)>; 2] = Default::default();
        let clickable = [
            egui::accesskit::Role::Button,
            egui::accesskit::Role::RadioButton,
            egui::accesskit::Role::ComboBox,
        ];
        for role in clickable {
            for node in window.query_all_by_role(role) {
                let (rect, name) = (node.rect(), format!("{node:?}"));
                let is_in = |bar: std::ops::Range<f32>| bar.contains(&rect.center().y);
                if is_in(0.0..36.0) {
                    bars[0].push((rect.left(), rect.right(), name));
                } else if is_in(574.0..578.0) && !name.contains("\"Clipping\"") {
                    // Settings that are scrolled away may lie behind the bar.
                    bars[1].push((rect.left(), rect.right(), name));
                }
            }
        }
        for mut bar in bars {
            bar.sort_by(|a, b| a.0.total_cmp(&b.0));
            assert!(bar.len() > 1, "{width}");
            for pair in bar.windows(2) {
                assert!(pair[0].1 <= pair[1].0 + 0.5, "{width}: {pair:?}");
            }
            assert!(bar.iter().all(|one| one.1 <= width), "{width}: {bar:?}");
        }
    }
}

#[test]
fn a_lesson_may_point_at_any_registered_view() {
    let lesson = |view: &str| {
        format!(
            "+++\nid = \"a\"\ntitle = \"A\"\nsummary = \"A.\"\nminutes = 1\n+++\n\n## One\n\n\
             ```focus\nview = \"{view}\"\n```\n"
        )
    };
    let views = with_tiny();
    let names: Vec<&str> = views.iter().map(|view| view.name()).collect();
    let files = Files::BuiltIn(&[]);
    for view in &names {
        let read = read("a", &lesson(view), &files, &names);
        assert!(read.is_ok(), "{view}: {read:?}");
    }
    let errors = read("a", &lesson("tiny"), &files, &views::names()).unwrap_err();
    assert!(
        errors[0].problem.contains("found view “tiny”"),
        "{errors:?}"
    );
}
