//! What lessons can say of a run: checks by formula and by setting, values as the page began, measures of several runs, and of
//! layers that a network has not yet; and that all measures of a run at rest are of one state.

use crate::common::{LATCH, read_on_latch};
use rnnscope::app::views;
use rnnscope::data::Split;
use rnnscope::experiment::{Document, Location, Setting, material};
use rnnscope::lesson::expression::{Expression, Scope};
use rnnscope::lesson::player::play;
use rnnscope::lesson::prove::prove;
use rnnscope::lesson::told::told;
use rnnscope::lesson::{Block, Lesson, LessonError, Player, Progress, Shelf};
use rnnscope::nn::{Line, Quantity, SetWeight, Spot};
use rnnscope::session::{Command, Origin, Session};
use rnnscope::train::AnyTrainer;
use std::ops::ControlFlow;
use std::sync::Arc;

const HEAD: &str = r#"+++
id = "a"
title = "A"
summary = "A."
minutes = 1
+++

## One

```setup
experiment = "latch.toml"
set = { "data.length" = 5, "model.hidden_size" = 3, "training.updates" = 20 }
```

"#;

fn read_here(pages: &str) -> Result<Arc<Lesson>, Vec<LessonError>> {
    read_on_latch(&format!("{HEAD}{pages}")).map(Arc::new)
}

fn lesson(pages: &str) -> Arc<Lesson> {
    read_here(pages).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

fn proved(pages: &str) -> Vec<String> {
    let proved = prove(&lesson(pages));
    proved
        .iter()
        .map(|problem| problem.problem.clone())
        .collect()
}

/// What solves the first page's exercise.
fn solution_of(lesson: &Lesson) -> Vec<Command> {
    let mut blocks = lesson.pages[0].blocks.iter();
    let solution = blocks.find_map(|block| match block {
        Block::Do(exercise) => Some(exercise.solution.clone()),
        _ => None,
    });
    solution.expect("it has an exercise")
}

fn short() -> Document {
    let (mut document, _) = Document::parse(LATCH).expect("an experiment");
    for (path, value) in [
        ("data.length", 5),
        ("model.hidden_size", 3),
        ("training.updates", 20),
    ] {
        document
            .set(path, Setting::Whole(value))
            .expect("it can be");
    }
    document
}

fn opened(document: &Document) -> Session {
    let mut session = Session::new(|| {});
    let origin = Origin::Text {
        text: document.text().to_owned(),
        location: Location::BuiltIn,
        name: "Latch".into(),
    };
    play(&mut session, &[Command::Open(origin)]).expect("it opens");
    session
}

fn trainer(document: &Document) -> AnyTrainer {
    let experiment = Document::parse(document.text()).expect("it reads").1;
    let goes_on = |_| ControlFlow::Continue(());
    let data = material(&experiment, &Location::BuiltIn, &goes_on).expect("it has data");
    AnyTrainer::new(&experiment, Arc::new(data))
}

fn value(session: &Session, formula: &str) -> f64 {
    let formula = Expression::read(formula, &[]).unwrap_or_else(|problem| panic!("{problem}"));
    let value = Scope::new(session).number(&formula);
    value.unwrap_or_else(|missing| panic!("{formula:?}: {missing:?}"))
}

/// Between two looks at the test part, and after a weight was set by hand, what the run says of its test loss is of the weights
/// that its accuracy is of.
#[test]
fn at_rest_all_measures_are_of_the_weights_on_show() {
    let document = short();
    let (mut session, mut trainer) = (opened(&document), trainer(&document));
    let loss = |session: &Session| value(session, "measure(loss.test)");
    play(&mut session, &[Command::Update(7)]).expect("it trains");
    for _ in 0..7 {
        trainer.update();
    }
    let looked = trainer.loss(Split::Test);
    assert_eq!(Some(loss(&session)), looked, "update 7 is no tenth one");
    let set = |value| SetWeight {
        parameter: "weight_hh_l0".into(),
        index: vec![0, 1],
        value,
    };
    play(&mut session, &[Command::Update(3)]).expect("it trains");
    for _ in 0..3 {
        trainer.update();
    }
    let before = loss(&session);
    assert_eq!(Some(before), trainer.loss(Split::Test));
    for by_hand in [4.0, -4.0] {
        play(&mut session, &[Command::SetNumber(set(by_hand))]).expect("it is set");
        trainer.change(None, None, vec![set(by_hand)]);
        assert_eq!(Some(loss(&session)), trainer.loss(Split::Test), "{by_hand}");
        assert_ne!(loss(&session), before);
    }
    // Another sequence under the lens changes nothing of it.
    let now = loss(&session);
    play(
        &mut session,
        &[Command::StepBy(rnnscope::session::Step::Sequence, true)],
    )
    .expect("it moves");
    assert_eq!(loss(&session), now);
}

/// The input and the output have values and gradients too.
#[test]
fn measures_of_the_input_and_the_output_are_those_of_the_record() {
    let session = opened(&short());
    for (measure, formula) in [
        ("quantity.mean quantity=x", "sum(t, 1, T, mean(x[t])) / T"),
        ("quantity.mean quantity=y", "mean(y[T])"),
        ("gradient.norm quantity=x t=2", "norm(d_x[2])"),
        ("gradient.norm quantity=y t=-1", "norm(d_y[T])"),
        (
            "gradient.ratio quantity=x from=-1 to=1",
            "norm(d_x[1]) / norm(d_x[T])",
        ),
        ("num_layers", "1"),
        ("precision", "64"),
        ("seed", "1"),
        ("runs", "1"),
        // W_ih 3·3, W_hh 3·3, two biases; the readout 2·3 and 2.
        ("parameters", "3 * 3 + 3 * 3 + 2 * 3 + 2 * 3 + 2"),
    ] {
        let (measured, expected) = (
            value(&session, &format!("measure({measure})")),
            value(&session, formula),
        );
        let off = (measured - expected).abs();
        assert!(
            off <= 1e-12 * expected.abs(),
            "{measure}: {measured} {expected}"
        );
    }
    // A latch of equally frequent letters costs ln 2 where nothing is known.
    let floor = value(&session, "measure(loss.floor)");
    assert!((floor - 2.0_f64.ln()).abs() < 0.01, "{floor}");
}

const LAYERS: &str = r#"
```do
goal = "Put a second layer on it."
check = { measure = "gradient.norm", args = { layer = 2, t = -1 }, op = ">=", value = 0 }
hints = ["Set-up.", "Layers."]
wrong = [{ commands = [{ update = 1 }], when = { not = { measure = "gradient.norm", args = { layer = 2, t = -1 }, op = ">=", value = 0 } }, reason = "There is one layer still." }]
solution = [{ set = "model.num_layers", to = 2 }]
```

Its gradient at the end is {{ gradient.norm layer=2 t=-1 }}.
"#;

/// What a learner's change brings can be asked for before it is there; what no state of the exercise has is a mistake.
#[test]
fn a_check_may_ask_for_a_layer_that_is_not_there_yet_but_not_for_one_that_never_is() {
    assert_eq!(proved(LAYERS), [""; 0]);
    let never = LAYERS.replacen("layer = 2", "layer = 3", 2);
    let found = proved(&never);
    let lacking = "measure “gradient.norm”: there is no such layer here";
    assert!(
        found.iter().any(|problem| problem.contains(lacking)),
        "{found:?}"
    );
    let reverse = LAYERS.replacen("layer = 2", "direction = \"reverse\"", 2);
    let found = proved(&reverse);
    let lacking = "measure “gradient.norm”: there is no such direction here";
    assert!(
        found.iter().any(|problem| problem.contains(lacking)),
        "{found:?}"
    );
}

const FORMULAS: &str = r#"
```do
goal = "Set a weight so that unit 0 of h at t = 3 is another."
check = { all = [
    { formula = "abs(h[3][0] - start(h[3][0]))", op = ">", value = 0.05 },
    { formula = "measure(update) - start(measure(update))", op = "==", value = 0 },
    { setting = "model.cell", is = "rnn" },
] }
hints = ["One.", "Two."]
wrong = [
    { commands = [{ update = 3 }], when = { formula = "measure(update) - start(measure(update))", op = ">", value = 0 }, reason = "{{ = measure(update) - start(measure(update)) }} updates more: that is another way." },
    { commands = [{ set = "model.cell", to = "gru" }], when = { setting = "model.cell", is = "gru" }, reason = "This is a GRU." },
    { commands = [{ number = "weight_hh_l0", index = [2, 2], to = 0.0 }], when = { command = "set number" }, reason = "It has moved by {{ = abs(h[3][0] - start(h[3][0])) }} only." },
]
solution = [{ number = "weight_hh_l0", index = [0, 0], to = 3.0 }]
```

It went from {{ = start(h[3][0]) }} to {{ = h[3][0] }}.
"#;

#[test]
fn a_formula_and_a_setting_are_checked_and_the_pages_beginning_is_looked_back_at() {
    assert_eq!(proved(FORMULAS), [""; 0]);
    let lesson = lesson(FORMULAS);
    let player = Player::new(Arc::clone(&lesson), Progress::default());
    let mut session = Session::new(|| {});
    play(&mut session, &player.approach()).expect("it begins");
    let before = value(&session, "h[3][0]");
    let set = SetWeight {
        parameter: "weight_hh_l0".into(),
        index: vec![0, 0],
        value: 3.0,
    };
    let commands = [Command::SetNumber(set), Command::Update(2)];
    play(&mut session, &commands).expect("it is set");
    let (now, then) = (
        value(&session, "h[3][0]"),
        value(&session, "start(h[3][0])"),
    );
    assert_eq!(then, before);
    assert_ne!(now, before);
    assert_eq!(value(&session, "start(measure(update)) + T"), 5.0);
    // A default counts like what is written.
    let is = |path: &str, value: Setting| session.setting_is(path, &value).expect("it can be");
    assert!(is("model.bidirectional", Setting::Truth(false)));
    assert!(!is("model.bidirectional", Setting::Truth(true)));
    assert!(is("training.clip", Setting::Text("off".into())));
    // What cannot be in any state of the exercise is found.
    let never = FORMULAS.replacen("is = \"rnn\"", "is = \"rnnn\"", 1);
    let found = proved(&never);
    assert!(
        found
            .iter()
            .any(|problem| problem.contains("model.cell: found “rnnn”")),
        "{found:?}"
    );
    let never = FORMULAS.replacen(
        "abs(h[3][0] - start(h[3][0]))",
        "abs(h[9][0] - start(h[3][0]))",
        1,
    );
    let found = proved(&never);
    assert!(
        found
            .iter()
            .any(|problem| problem.contains("found the index 9")),
        "{found:?}"
    );
}

const RUNS: &str = r#"
```predict
question = "And a GRU?"
choices = ["worse", "better"]
answer = { value = "measure(loss.test run=1) - measure(loss.test run=2)", bins = [0] }
after = [{ compare = { "model.cell" = "gru" } }, { update = 20 }]
explain = "RNN {{ loss.test run=1 }}, GRU {{ loss.test run=2 }}."
```

```do
goal = "Train both for 20 updates."
check = { all = [
    { measure = "runs", op = "==", value = 2 },
    { measure = "update", args = { run = 1 }, op = ">=", value = 20 },
    { measure = "update", args = { run = 2 }, op = ">=", value = 20 },
    { measure = "gradient.norm", args = { run = 2, quantity = "z", t = 1 }, op = ">=", value = 0 },
] }
hints = ["Compare.", "T."]
wrong = [
    { commands = [{ update = 20 }], when = { measure = "runs", op = "<", value = 2 }, reason = "One run." },
    { commands = [{ compare = { "model.cell" = "lstm" } }, { update = 20 }], when = { not = { measure = "gradient.norm", args = { run = 2, quantity = "z", t = 1 }, op = ">=", value = 0 } }, reason = "Run B has no gate z." },
    { commands = [{ compare = { "model.cell" = "gru" } }], when = { measure = "update", args = { run = 2 }, op = "<", value = 20 }, reason = "Train." },
]
solution = [{ compare = { "model.cell" = "gru" } }, { update = 20 }]
```

RNN {{ loss.test run=1 }}, GRU {{ loss.test run=2 }}, {{ parameters run=2 }} numbers.

## Two

```setup
experiment = "latch.toml"
set = { "data.length" = 5 }
```

There {{ runs }} run is.
"#;

#[test]
fn runs_beside_one_another_are_measured_and_the_next_page_begins_with_one() {
    assert_eq!(proved(RUNS), [""; 0]);
    let lesson = lesson(RUNS);
    let mut player = Player::new(Arc::clone(&lesson), Progress::default());
    let mut session = Session::new(|| {});
    play(&mut session, &player.approach()).expect("it begins");
    play(&mut session, &solution_of(&lesson)).expect("both train");
    // Each is what it is alone, whichever is on show.
    let mut gru = short();
    gru.set("model.cell", Setting::Text("gru".into()))
        .expect("it can be");
    let alone = [short(), gru].map(|document| {
        let mut trainer = trainer(&document);
        while trainer.updates() < 20 {
            trainer.update();
        }
        trainer.loss(Split::Test).expect("it has a test part")
    });
    let both = ["measure(loss.test run=1)", "measure(loss.test run=2)"];
    assert_eq!(both.map(|measure| value(&session, measure)), alone);
    let second = session.runs()[1].id;
    play(&mut session, &[Command::Show(second)]).expect("it is shown");
    assert_eq!(both.map(|measure| value(&session, measure)), alone);
    assert_eq!(value(&session, "measure(loss.test)"), alone[1]);
    assert_eq!(value(&session, "start(measure(runs))"), 1.0);
    player.turn_to(1);
    play(&mut session, &player.approach()).expect("it begins");
    assert_eq!(value(&session, "measure(runs)"), 1.0);
}

const NUMBERS: &str = r#"
```focus
view = "shapes"
page = "output and h_n"
highlight = ["h"]
```

```do
goal = "Open h of unit 1 at t = 2 and have its derivative checked, with a row of weights at 0."
check = { all = [
    { formula = "norm(weight_hh_l0[1,:])", op = "==", value = 0 },
    { command = "open number" },
    { command = "verify" },
] }
hints = ["One.", "Two."]
wrong = [
    { commands = [{ number = "weight_hh_l0", index = [1, 0], to = 0 }], when = { formula = "norm(weight_hh_l0[1,:])", op = ">", value = 0 }, reason = "One number of the row." },
    { commands = [{ number = "weight_hh_l0", index = [1, ":"], to = 0 }, "step operation", "step operation back"], when = { not = { command = "open number" } }, reason = "Open it." },
    { commands = [{ number = "weight_hh_l0", index = [1, "0:3"], to = [0, 0, 0] }, { open_number = "h[2][1]" }], when = { not = { command = "verify" } }, reason = "Check it." },
]
solution = [{ number = "weight_hh_l0", index = [1, ":"], to = 0 }, { open_number = "h[2][1]" }, "verify"]
```
"#;

#[test]
fn several_numbers_are_set_at_once_and_one_is_opened_and_verified() {
    assert_eq!(proved(NUMBERS), [""; 0]);
    let page = lesson(NUMBERS);
    let player = Player::new(Arc::clone(&page), Progress::default());
    let mut session = Session::new(|| {});
    play(&mut session, &player.approach()).expect("it begins");
    let solution = solution_of(&page);
    // Before the first update a row is part of how the run begins, and after one it is a change on the way; one change each.
    for updates in [0, 2] {
        play(&mut session, &[Command::Update(updates)]).expect("it trains");
        let before = value(&session, "norm(weight_hh_l0[1,:])");
        assert!(before > 0.0);
        play(&mut session, &solution).expect("it is played");
        assert_eq!(value(&session, "norm(weight_hh_l0[1,:])"), 0.0);
        assert!(value(&session, "norm(weight_hh_l0[0,:])") > 0.0);
        assert!(session.verifies());
        let Some(Spot::Computed { station, unit, .. }) = session.number() else {
            panic!("{:?}", session.number());
        };
        assert_eq!(
            (station.t, station.line, unit),
            (2, Line::Cell(Quantity::H), 1)
        );
        play(&mut session, &[Command::Undo]).expect("it is taken back");
        assert_eq!(value(&session, "norm(weight_hh_l0[1,:])"), before);
    }
    // What is not there is said.
    for (from, to, problem) in [
        (
            "{ open_number = \"h[2][1]\" }, \"verify\"",
            "{ open_number = \"c[2][1]\" }, \"verify\"",
            "There is no c[2][1] here",
        ),
        (
            "index = [1, \":\"], to = 0 }, { open",
            "index = [1, \"2:4\"], to = 0 }, { open",
            "There are no such numbers as weight_hh_l0[1,2:4] here",
        ),
    ] {
        let found = proved(&NUMBERS.replacen(from, to, 1));
        assert!(
            found.iter().any(|found| found.contains(problem)),
            "{found:?}"
        );
    }
    for (name, is) in [
        ("x[1][0]", true),
        ("h[0][2]", true),
        ("h[0][3]", false),
        ("y[5][0]", true),
        ("y[4][0]", false),
        ("weight_ih_l0[2,1]", true),
        ("weight_ih_l0[3,0]", false),
    ] {
        let name = format!("open_number = \"{name}\" }}, \"verify\"");
        let pages = NUMBERS.replacen("open_number = \"h[2][1]\" }, \"verify\"", &name, 1);
        let solution = solution_of(&lesson(&pages));
        // What was said of the one before says nothing of this one.
        session.apply(Command::DismissMessage);
        let opened = session.numbers_opened();
        assert_eq!(play(&mut session, &solution[1..2]).is_ok(), is, "{name}");
        assert_eq!(session.numbers_opened() > opened, is, "{name}");
    }
}

/// What is replaced in which pages, by what, in which line the mistake is then, and what is said of it.
const BROKEN: &[(&str, &str, &str, &str, &str)] = &[
    (
        FORMULAS,
        "formula = \"abs(h[3][0] - start(h[3][0]))\"",
        "formula = \"abs(k[3][0])\"",
        "abs(k[3][0])",
        "formula, “abs(k[3][0])”: “k” is no quantity",
    ),
    (
        FORMULAS,
        "formula = \"abs(h[3][0] - start(h[3][0]))\"",
        "formula = \"start(h[3][0]\"",
        "start(h[3][0]\"",
        "the formula ends, expected “)”",
    ),
    (
        FORMULAS,
        "formula = \"abs(h[3][0] - start(h[3][0]))\"",
        "formula = 3",
        "formula = 3",
        "formula: expected a text",
    ),
    (
        FORMULAS,
        "op = \">\", value = 0.05 },",
        "op = \">\" },",
        "op = \">\" },",
        "check: found no “value”",
    ),
    (
        FORMULAS,
        "setting = \"model.cell\", is = \"rnn\"",
        "setting = \"model.sell\", is = \"rnn\"",
        "model.sell",
        "found setting “model.sell”, expected one of an experiment",
    ),
    (
        FORMULAS,
        "setting = \"model.cell\", is = \"rnn\"",
        "setting = \"model.cell\"",
        "setting = \"model.cell\" }",
        "check: found no “is”",
    ),
    (
        FORMULAS,
        "setting = \"model.cell\", is = \"rnn\"",
        "setting = \"model.cell\", is = [1]",
        "is = [1]",
        "is: expected a number, a text, true or false",
    ),
    (
        RUNS,
        "explain = \"RNN {{ loss.test run=1 }}",
        "explain = \"RNN {{ loss.test run=5 }}",
        "run=5",
        "argument “run” must be 1, 2, 3 or 4",
    ),
    (
        RUNS,
        "after = [{ compare = { \"model.cell\" = \"gru\" } }",
        "after = [{ compare = { \"model.sell\" = \"gru\" } }",
        "model.sell",
        "compare: found setting “model.sell”",
    ),
    (
        RUNS,
        "after = [{ compare = { \"model.cell\" = \"gru\" } }",
        "after = [{ compare = {} }",
        "compare = {}",
        "found command { compare = {} }",
    ),
    (
        LAYERS,
        "{{ gradient.norm layer=2 t=-1 }}",
        "{{ quantity.mean quantity=x layer=2 }}",
        "quantity=x layer=2",
        "argument “layer” says nothing of x and y",
    ),
    (
        NUMBERS,
        "page = \"output and h_n\"",
        "page = \"outputs\"",
        "page = \"outputs\"",
        "page: found “outputs”, expected one of tensors, output and h_n, who reads whom",
    ),
    (
        NUMBERS,
        "view = \"shapes\"",
        "view = \"network\"",
        "page = \"output",
        "page: found “output and h_n”, expected none: the view “network” has no pages",
    ),
    (
        NUMBERS,
        "page = \"output and h_n\"",
        "also = [\"numbers\"]",
        "also = [\"numbers\"]",
        "also: found view “numbers”, expected names as of view",
    ),
    (
        FORMULAS,
        "setting = \"model.cell\", is = \"rnn\"",
        "setting = \"model.cell\", is = \"rnn\", says = 3",
        "says = 3",
        "says: expected a text",
    ),
    (
        NUMBERS,
        "page = \"output and h_n\"",
        "part = \"middle\"",
        "part = \"middle\"",
        "part: expected one of encoder, decoder",
    ),
    (
        NUMBERS,
        "solution = [{ number = \"weight_hh_l0\", index = [1, \":\"]",
        "solution = [{ number = \"weight_hh_l0\", index = [1, \"3:2\"]",
        "3:2",
        "found command { number",
    ),
    (
        NUMBERS,
        "solution = [{ number = \"weight_hh_l0\", index = [1, \":\"], to = 0 }, { open_number = \"h[2][1]\" }",
        "solution = [{ open_number = \"d_h[2][1]\" }",
        "d_h[2][1]",
        "found command { open_number",
    ),
    (
        LAYERS,
        "{{ gradient.norm layer=2 t=-1 }}",
        "{{ saturation quantity=x }}",
        "saturation",
        "argument “quantity” is not squashed",
    ),
];

#[test]
fn each_mistake_is_told_in_its_line() {
    let mut missed = Vec::new();
    for (pages, from, to, needle, expected) in BROKEN {
        assert!(pages.contains(from), "{from} is not there");
        let pages = pages.replacen(from, to, 1);
        let errors = read_here(&pages).err().unwrap_or_default();
        let source = format!("{HEAD}{pages}");
        let line = source.lines().position(|line| line.contains(needle));
        let line = line.map(|line| line + 1);
        let is_told =
            |error: &LessonError| Some(error.line) == line && error.problem.contains(expected);
        if !errors.iter().any(is_told) {
            missed.push(format!(
                "“{to}”: expected “{expected}” in line {line:?}, found {errors:?}"
            ));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// Whatever a solution does is told in the window's words when it is shown, never by the name of a command or a setting.
#[test]
fn no_solution_of_the_course_is_told_in_the_words_of_files() {
    let mut count = 0;
    for lesson in Shelf::built_in(&views::places()).lessons {
        for block in lesson.pages.iter().flat_map(|page| &page.blocks) {
            let Block::Do(exercise) = block else { continue };
            for command in &exercise.solution {
                let says = told(command);
                count += 1;
                assert_ne!(says, command.name(), "{}", lesson.id);
                if let Command::Set { path, .. } = command {
                    assert!(!says.contains(path), "{}: {says}", lesson.id);
                }
            }
        }
    }
    assert!(count > 50, "{count}");
}

/// What is chosen is kept and named by its text: a number of the engine in it would change under it.
#[test]
fn a_number_of_the_engine_in_a_choice_is_refused() {
    let page = r#"```predict
question = "How long?"
choices = ["below {{ seq_len }}", "more"]
answer = { measure = "seq_len", bins = [7] }
explain = "So."
```
"#;
    let errors = read_here(page).expect_err("it is refused");
    let said: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let line = HEAD.lines().count() + 3;
    assert!(
        said.len() == 1
            && said[0].contains(&format!("line {line}"))
            && said[0].contains("found “below {{ seq_len }}”, expected a text without {{ … }}"),
        "{said:?}"
    );
}
