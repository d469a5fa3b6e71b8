//! Lessons: the shelf reads, every lesson is proved, mistakes are found where they are, and what the prose says in words
//! of its own holds in the engine.

use rnnscope::app::views;
use rnnscope::data::Split;
use rnnscope::experiment::{Document, Location, Setting, material};
use rnnscope::lesson::player::{Standing, play, with_numbers};
use rnnscope::lesson::prose::{self, links};
use rnnscope::lesson::prove::prove;
use rnnscope::lesson::{
    Block, Files, Lesson, LessonError, Player, Progress, Shelf, glossary, read,
};
use rnnscope::nn::Clip;
use rnnscope::platform::files;
use rnnscope::session::{Command, Session};
use rnnscope::train::{AnyTrainer, measures};
use std::collections::BTreeSet;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const LATCH: &str = include_str!("../../lessons/05-vanishing/latch.toml");
const EXPLODING: &str = include_str!("../../lessons/06-exploding/exploding.toml");
const README: &str = include_str!("../../lessons/README.md");
const GLOSSARY: &str = include_str!("../../lessons/glossary.md");

fn built_in(id: &str) -> Arc<Lesson> {
    let shelf = Shelf::built_in(&views::places());
    let lesson = shelf.lessons.iter().find(|lesson| lesson.id == id);
    Arc::clone(lesson.expect("the lesson is on the shelf"))
}

fn proved(lesson: &Arc<Lesson>) -> Vec<String> {
    prove(lesson).iter().map(ToString::to_string).collect()
}

#[test]
fn the_built_in_shelf_reads_without_mistakes() {
    let shelf = Shelf::built_in(&views::places());
    assert_eq!(shelf.errors, []);
    let ids: BTreeSet<&str> = shelf
        .lessons
        .iter()
        .map(|lesson| lesson.id.as_str())
        .collect();
    assert_eq!(ids.len(), shelf.lessons.len(), "two lessons have one id");
    for lesson in &shelf.lessons {
        assert!(
            !lesson.sources.is_empty() && lesson.minutes > 0,
            "{}",
            lesson.title
        );
    }
}

#[test]
fn the_folder_is_what_is_built_in() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons");
    let folder = Shelf::of_folder(&folder, &views::places()).expect("the folder is there");
    let built_in = Shelf::built_in(&views::places());
    assert_eq!(folder.errors, []);
    let text = |shelf: &Shelf| -> Vec<String> {
        let lessons = shelf.lessons.iter().map(|lesson| {
            let mut pages = lesson.pages.clone();
            // Where they lie is what tells them apart.
            for setup in pages.iter_mut().filter_map(|page| page.setup.as_mut()) {
                setup.location = Location::BuiltIn;
            }
            format!("{} {:?} {pages:#?}", lesson.id, lesson.sources)
        });
        lessons.collect()
    };
    assert_eq!(text(&folder), text(&built_in));
}

#[test]
fn first_look_is_proved() {
    assert_eq!(proved(&built_in("first-look")), [""; 0]);
}

#[test]
fn state_is_proved() {
    assert_eq!(proved(&built_in("state")), [""; 0]);
}

#[test]
fn unrolled_is_proved() {
    assert_eq!(proved(&built_in("unrolled")), [""; 0]);
}

#[test]
fn back_through_time_is_proved() {
    assert_eq!(proved(&built_in("back-through-time")), [""; 0]);
}

#[test]
fn vanishing_is_proved() {
    assert_eq!(proved(&built_in("vanishing")), [""; 0]);
}

#[test]
fn exploding_is_proved() {
    assert_eq!(proved(&built_in("exploding")), [""; 0]);
}

#[test]
fn lstm_gates_is_proved() {
    assert_eq!(proved(&built_in("lstm-gates")), [""; 0]);
}

#[test]
fn additive_path_is_proved() {
    assert_eq!(proved(&built_in("additive-path")), [""; 0]);
}

#[test]
fn gru_is_proved() {
    assert_eq!(proved(&built_in("gru")), [""; 0]);
}

#[test]
fn both_directions_is_proved() {
    assert_eq!(proved(&built_in("both-directions")), [""; 0]);
}

#[test]
fn ragged_batches_is_proved() {
    assert_eq!(proved(&built_in("ragged-batches")), [""; 0]);
}

#[test]
fn feeding_a_forecaster_is_proved() {
    assert_eq!(proved(&built_in("feeding-a-forecaster")), [""; 0]);
}

#[test]
fn honest_baseline_is_proved() {
    assert_eq!(proved(&built_in("honest-baseline")), [""; 0]);
}

#[test]
fn encoder_decoder_is_proved() {
    assert_eq!(proved(&built_in("encoder-decoder")), [""; 0]);
}

#[test]
fn attention_is_proved() {
    assert_eq!(proved(&built_in("attention")), [""; 0]);
}

#[test]
fn step_after_step_is_proved() {
    assert_eq!(proved(&built_in("step-after-step")), [""; 0]);
}

#[test]
fn your_text_is_proved() {
    assert_eq!(proved(&built_in("your-text")), [""; 0]);
}

#[test]
fn numbers_run_out_is_proved() {
    assert_eq!(proved(&built_in("numbers-run-out")), [""; 0]);
}

#[test]
fn good_start_is_proved() {
    assert_eq!(proved(&built_in("good-start")), [""; 0]);
}

#[test]
fn clinic_is_proved() {
    assert_eq!(proved(&built_in("clinic")), [""; 0]);
}

#[test]
fn a_page_is_one_screenful() {
    for lesson in &Shelf::built_in(&views::places()).lessons {
        for page in &lesson.pages {
            let (mut words, mut questions, mut exercises) = (0, 0, 0);
            for block in &page.blocks {
                match block {
                    Block::Prose(text) => words += text.split_whitespace().count(),
                    Block::Predict(_) => questions += 1,
                    Block::Refute(_) => {}
                    Block::Turn(turn) => {
                        assert!(!turn.hints.is_empty(), "“{}” has no hint", turn.question);
                    }
                    Block::Do(exercise) => {
                        exercises += 1;
                        assert!(
                            exercise.hints.len() >= 2,
                            "“{}” has too few hints",
                            exercise.goal
                        );
                    }
                }
            }
            assert!(
                words <= 130 && questions <= 1 && exercises <= 1,
                "“{}”: {words} words",
                page.title
            );
            assert!(
                page.focus.is_some(),
                "“{}” says nowhere to look",
                page.title
            );
        }
    }
}

#[test]
fn glossary_and_readme_name_what_there_is() {
    let terms = glossary::terms();
    assert_eq!(
        terms.len(),
        GLOSSARY.matches("\n## ").count(),
        "a heading of the glossary has no name"
    );
    let names: BTreeSet<&str> = terms.iter().map(|term| term.name).collect();
    assert_eq!(names.len(), terms.len(), "two terms have one name");
    let example = example();
    for text in terms
        .iter()
        .map(|term| term.text)
        .chain([GLOSSARY, example.as_str()])
    {
        for link in links(text) {
            let term = link.strip_prefix("term:").map(|name| names.contains(name));
            let quantity = link
                .strip_prefix("quantity:")
                .map(|name| rnnscope::nn::Quantity::from_name(name).is_some());
            assert_eq!(term.or(quantity), Some(true), "{link}");
        }
    }
    for text in [GLOSSARY, example.as_str()] {
        for number in prose::numbers(text, &[]) {
            assert!(number.says.is_ok(), "{number:?}");
        }
    }
}

/// The table in the README says of each measure what the program's own table says.
#[test]
fn the_readme_lists_every_measure() {
    let (_, after) = README
        .split_once("| measure | arguments | is | unit |\n| --- | --- | --- | --- |\n")
        .expect("the README has a table of measures");
    let listed: Vec<&str> = after
        .lines()
        .take_while(|line| line.starts_with('|'))
        .collect();
    let expected: Vec<String> = measures::TABLE.iter().map(row_of).collect();
    assert_eq!(listed, expected, "expected\n{}", expected.join("\n"));
}

fn row_of(entry: &measures::Entry) -> String {
    let arguments = entry.arguments.iter().map(|argument| {
        let name = argument.name();
        if argument.is_optional() {
            format!("(`{name}`)")
        } else {
            format!("`{name}`")
        }
    });
    let arguments: Vec<String> = arguments.collect();
    format!(
        "| `{}` | {} | {} | {} |",
        entry.name,
        arguments.join(", "),
        entry.is,
        entry.unit.title()
    )
}

/// The table in the README has each view with the name on its tab and the question it answers.
#[test]
fn the_readme_lists_every_view() {
    let mut lines = README.lines();
    let head = "| `view` | on the screen | what it answers |";
    lines
        .find(|line| *line == head)
        .expect("the README has a table of views");
    let rows: Vec<&str> = lines
        .skip(1)
        .take_while(|line| line.starts_with('|'))
        .collect();
    let all = views::all();
    let expected = all.iter().map(|view| {
        let (name, title) = (view.name(), view.title());
        format!("| `{name}` | {title} | {} |", view.question())
    });
    let expected: Vec<String> = expected.collect();
    assert_eq!(rows, expected);
}

/// The complete lesson in the README.
fn example() -> String {
    let (_, after) = README
        .split_once("````markdown\n")
        .expect("the README has an example");
    after.split_once("````").expect("it ends").0.into()
}

static FILES: &[(&str, &str)] = &[
    ("latch.toml", LATCH),
    (
        "broken.toml",
        "format = 1\n[data]\ntask = \"latch\"\nlenth = 3\n",
    ),
];

fn read_here(source: &str) -> Result<Lesson, Vec<LessonError>> {
    read(
        "lesson.md",
        source,
        &Files::BuiltIn(FILES),
        &views::places(),
    )
}

#[test]
fn the_readmes_example_is_a_lesson_and_proved() {
    let lesson = read_here(&example()).expect("it reads");
    assert_eq!((lesson.pages.len(), lesson.pages[0].blocks.len()), (1, 3));
    assert_eq!(proved(&Arc::new(lesson)), [""; 0]);
}

/// The listings in the README that are the inside of a block, each on a page of the latch, are read and proved.
#[test]
fn the_readmes_questions_are_questions_and_proved() {
    let (head, _) = example()
        .split_once("```predict")
        .map(owned)
        .expect("it asks");
    let listings = README.split("```toml\n").skip(1);
    let mut seen = Vec::new();
    for listing in listings {
        let inside = listing.split("```").next().expect("it ends");
        let Some(kind) = kind_of(inside) else {
            continue;
        };
        seen.push(kind);
        let set = "{ \"data.length\" = 5, \"model.hidden_size\" = 3 }";
        let head = head.replace("{ \"data.length\" = 5 }", set);
        // The example's text tells what one of them asks, which is found.
        let head = head.replace("{{ gradient.ratio quantity=h from=-1 to=1 }}", "a share");
        let before = match kind {
            // It says what who held it chose.
            "refute" => question(),
            _ => String::new(),
        };
        let source = format!("{head}{before}\n```{kind}\n{inside}```\n");
        let lesson = read_here(&source).unwrap_or_else(|errors| panic!("{errors:?}\n{source}"));
        assert_eq!(proved(&Arc::new(lesson)), [""; 0], "{inside}");
    }
    assert!(seen.len() > 2, "{seen:?}");
}

fn owned((one, other): (&str, &str)) -> (String, String) {
    (one.into(), other.into())
}

/// The example's own question, as a block.
fn question() -> String {
    let example = example();
    let (_, after) = example.split_once("```predict").expect("it asks");
    let (inside, _) = after.split_once("```").expect("it ends");
    format!("```predict{inside}```\n")
}

/// The name of the block that a listing is the inside of.
fn kind_of(listing: &str) -> Option<&'static str> {
    let has = |key: &str| listing.lines().any(|line| line.starts_with(key));
    match () {
        () if has("misconception") => Some("refute"),
        () if has("working") => Some("turn"),
        () if has("question") => Some("predict"),
        () => None,
    }
}

#[test]
fn line_ends_and_a_mark_at_the_beginning_change_nothing() {
    let plain = read_here(&example()).expect("it reads");
    let other = format!("\u{feff}{}", example().replace('\n', "\r\n"));
    let other = read_here(&other).expect("it reads with other line ends");
    assert_eq!(format!("{:?}", plain.pages), format!("{:?}", other.pages));
}

/// What is replaced in the example, by what, in which line the mistake is then (the one that holds this text), and what is
/// said about it.
const BROKEN: &[(&str, &str, &str, &str)] = &[
    ("+++\nid", "id", "id =", "no front matter"),
    ("\"]\n+++\n", "\"]\n", "+++", "no front matter"),
    ("minutes = 5\n", "", "id =", "found no “minutes”"),
    (
        "minutes = 5",
        "minutes = 5.5",
        "minutes",
        "minutes: expected a whole number",
    ),
    (
        "minutes = 5",
        "minutes = 5\ncolour = 1",
        "colour",
        "front matter: found “colour”",
    ),
    ("minutes = 5", "minutes = ", "minutes", ""),
    (
        "title = \"My first lesson\"",
        "title = 3",
        "title",
        "title: expected a text",
    ),
    (
        "## Before",
        "Hello\n\n## Before",
        "Hello",
        "text before the first page",
    ),
    (
        "## Before",
        "```do\n```\n\n## Before",
        "```do",
        "a block before the first page",
    ),
    (
        "## Before and after",
        "",
        "The [hidden",
        "text before the first page",
    ),
    ("## Before and after", "##", "##", "a page without a title"),
    (
        "from=-1 to=1 }}",
        "from=-1 to=1 form=2 }}",
        "from=-1",
        "found argument “form”, expected one of quantity, layer, direction, part, from, to, run. Did you mean “from”?",
    ),
    (
        "from=-1 to=1 }}",
        "from=-1 to=1 to=2 }}",
        "from=-1",
        "found the argument “to” twice",
    ),
    (
        "\"{{ accuracy }} of them",
        "\"{{ acuracy }} of them",
        "explain",
        "there is no measure “acuracy”. Did you mean “accuracy”?",
    ),
    (
        "[\"Training makes",
        "[\"{{ }} makes",
        "hints",
        "found no measure between braces",
    ),
    (
        "That was too short.",
        "[That](https:x) was [too](http:x) short.",
        "[That](https:x)",
        "the link http:x leads nowhere",
    ),
    (
        "term:hidden-state",
        "term:hidden",
        "The [hidden",
        "names no term",
    ),
    (
        "quantity:h)",
        "quantity:k)",
        "The [hidden",
        "names no quantity",
    ),
    ("quantity:h)", "quanity:h)", "The [hidden", "leads nowhere"),
    (
        "of the one at the end.",
        "of the one at the end: $\\quantity{k}{k_t}$.",
        "from=-1",
        "found \\quantity{k}, expected one of",
    ),
    (
        "of the one at the end.",
        "of the one at the end. ![it](../x.png)",
        "from=-1",
        "found a picture",
    ),
    (
        "value = 0.95 }",
        "value = nan }",
        "check =",
        "value: found nan",
    ),
    (
        "```predict",
        "```predcit",
        "```predcit",
        "expected “predict”",
    ),
    (
        "\"latch.toml\"",
        "\"lach.toml\"",
        "lach.toml",
        "there is no such file",
    ),
    (
        "\"latch.toml\"",
        "\"../latch.toml\"",
        "../latch.toml",
        "beside the lesson",
    ),
    (
        "\"latch.toml\"",
        "\"broken.toml\"",
        "broken.toml",
        "data.lenth",
    ),
    (
        "\"data.length\" = 5",
        "\"data.length\" = 1",
        "\"data.length\"",
        "data.length",
    ),
    (
        "\"data.length\" = 5",
        "\"data.length\" = [5]",
        "\"data.length\"",
        "no plain value",
    ),
    (
        "\"data.length\" = 5 }",
        "\"data.length\" = 5 }\nupdates = -1",
        "updates",
        "updates: expected a whole number",
    ),
    (
        "\"data.length\" = 5 }",
        "\"data.length\" = 5 }\nreveal = 1",
        "reveal",
        "reveal: expected true or false",
    ),
    (
        "view = \"training\"",
        "view = \"trainning\"",
        "trainning",
        "found view “trainning”",
    ),
    ("[\"h\"]", "[\"k\"]", "highlight", "found quantity “k”"),
    (
        "```focus",
        "```focus\nview = \"gates\"\n```\n\n```focus ",
        "```focus ",
        "a second focus",
    ),
    ("[0.3, 0.7]", "[0.3]", "bins", "1 bins for 3 choices"),
    (
        "explain = \"{{ accuracy }} of them: it can only guess.\"",
        "explain = [\"a\", \"b\"]",
        "explain",
        "found 2 texts, expected one for each of 3",
    ),
    (
        "explain = \"{{ accuracy }} of them: it can only guess.\"",
        "because = { \"about 60\" = \"a\" }",
        "because",
        "found “about 60”, expected one of the choices",
    ),
    (
        "explain = \"{{ accuracy }} of them: it can only guess.\"",
        "hide = [\"training\"]",
        "question =",
        "predict: found no “explain”",
    ),
    (
        "choices = [\"about 10\", \"about 50\", \"about 90\"]",
        "kind = \"number\"",
        "answer =",
        "expected factor = 2",
    ),
    (
        "choices = [\"about 10\", \"about 50\", \"about 90\"]",
        "kind = \"guess\"",
        "kind =",
        "expected \"choices\", \"number\" or \"sketch\"",
    ),
    ("[0.3, 0.7]", "[0.3, 0.3]", "bins", "rise or fall"),
    ("[0.3, 0.7]", "[0.3, \"x\"]", "bins", "list of numbers"),
    (
        "measure = \"accuracy\", bins",
        "measure = \"acuracy\", bins",
        "bins",
        "no measure “acuracy”",
    ),
    (
        "question =",
        "queston =",
        "queston",
        "predict: found “queston”",
    ),
    (
        "\"accuracy\", op",
        "\"acuracy\", op",
        "check =",
        "no measure “acuracy”",
    ),
    (
        "\"accuracy\", op",
        "\"gradient.norm\", op",
        "check =",
        "argument “t” is missing",
    ),
    (
        "\"accuracy\", op",
        "\"accuracy\", args = { split = \"all\" }, op",
        "check =",
        "train or test",
    ),
    ("op = \">=\"", "op = \"=>\"", "check =", "found op “=>”"),
    (
        "value = 0.95",
        "value = \"all\"",
        "check =",
        "value: expected a number",
    ),
    (
        "value = 0.95 }",
        "value = 0.95, vale = 1 }",
        "check =",
        "check: found “vale”",
    ),
    (
        "check = {",
        "check = { any = [], ",
        "check =",
        "any: expected a list of checks",
    ),
    (
        "check = { measure = \"accuracy\", op = \">=\", value = 0.95 }",
        "check = { command = \"fly\" }",
        "check =",
        "found command “fly”",
    ),
    (
        "check = { measure = \"accuracy\", op = \">=\", value = 0.95 }",
        "check = 3",
        "check =",
        "check: expected",
    ),
    (
        "solution = [\"start\"]\n",
        "",
        "goal =",
        "found no “solution”",
    ),
    (
        "solution = [\"start\"]",
        "solution = []",
        "solution",
        "no command",
    ),
    (
        "solution = [\"start\"]",
        "solution = [\n    \"start\",\n    \"fly\",\n]",
        "\"fly\"",
        "found command \"fly\"",
    ),
    (
        "solution = [\"start\"]",
        "solution = [{ update = 1, clip = 1.0 }]",
        "solution",
        "found command",
    ),
    (
        "solution = [\"start\"]",
        "solution = [{ rate = -1 }]",
        "solution",
        "found command",
    ),
    (
        "solution = [\"start\"]",
        "solution = [{ open = \"nothing\" }]",
        "solution",
        "found command",
    ),
    (
        "solution = [\"start\"]",
        "solution = \"start\"",
        "solution",
        "list of commands",
    ),
    (
        "hints = [\"Training makes the loss small.\", \"Press T and wait.\"]\n",
        "",
        "goal =",
        "found no hints",
    ),
    (
        "hints = [\"Training",
        "hints = [3, \"Training",
        "hints",
        "list of texts",
    ),
    ("when = {", "wen = {", "wen =", "wrong: found no “when”"),
    (
        "commands = [{ update = 1 }]",
        "commands = [{ update = -1 }]",
        "update = -1",
        "found command",
    ),
    (
        "\"data.length\" = 5 }",
        "\"data.length\" = 5 }\nupdates = 1000000000000",
        "updates",
        "found 1e12 updates, expected at most 20,000",
    ),
    (
        "{ \"data.length\" = 5 }",
        "{ \"training.updates\" = 20001 }",
        "experiment = \"latch",
        "found 20001 updates, expected at most 20,000",
    ),
    (
        "commands = [{ update = 1 }]",
        "commands = [{ update = 15000 }, { update = 15000 }]",
        "15000",
        "found 30000 updates, expected at most 20,000",
    ),
    (
        "commands = [{ update = 1 }]",
        "commands = [{ set = \"training.updates\", to = 9000000 }]",
        "9000000",
        "found 9e6 updates, expected at most 20,000",
    ),
    (
        "op = \"<\", value = 50",
        "op = \"<\", value = 5e7",
        "5e7",
        "found 5e7 updates, expected at most 20,000",
    ),
    (
        "view = \"training\"",
        "view = \"a very long name, of which nobody wants to read the end at all\"",
        "view =",
        "found view “a very long name, of which nobody wants",
    ),
];

#[test]
fn each_mistake_is_reported_in_its_line() {
    let good = example();
    let mut missed = Vec::new();
    for (from, to, needle, expected) in BROKEN {
        assert_eq!(good.matches(from).count(), 1, "{from} is not there once");
        let source = good.replacen(from, to, 1);
        let errors = read_here(&source).err().unwrap_or_default();
        let line = source
            .lines()
            .position(|line| line.contains(needle))
            .map(|line| line + 1);
        if !errors
            .iter()
            .any(|error| Some(error.line) == line && error.problem.contains(expected))
        {
            missed.push(format!(
                "“{to}”: expected “{expected}” in line {line:?}, found {errors:?}"
            ));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let source = example()
        .replace("minutes = 5", "minutes = 0.5")
        .replace("\"data.length\" = 5", "\"data.length\" = 1")
        .replace("\"start\"]", "\"fly\"]");
    let errors = read_here(&source).expect_err("three mistakes");
    assert_eq!(errors.len(), 3, "{errors:#?}");
    assert!(errors.is_sorted_by_key(|error| error.line));
}

#[test]
fn a_cut_off_file_is_refused_or_read_and_never_a_panic() {
    let source = example();
    for end in (0..source.len()).filter(|&end| source.is_char_boundary(end)) {
        drop(read_here(&source[..end]));
    }
    for source in [
        "",
        "+++",
        "+++\n",
        "+++\n+++",
        "+++\n+++\n",
        "+++\n+++\n##",
        "```do",
        "\u{feff}",
    ] {
        assert!(read_here(source).is_err(), "{source}");
    }
}

#[test]
fn what_a_lesson_claims_and_the_engine_does_not_show_is_found() {
    let cases = [
        (
            "value = 0.95 }\nhints",
            "value = 0.1 }\nhints",
            "is solved as shipped",
        ),
        (
            "value = 0.95 }\nhints",
            "value = 0.95, args = { split = \"train\" } }\nhints",
            "",
        ),
        (
            "commands = [{ update = 1 }]",
            "commands = [{ update = 300 }]",
            "passes in the wrong state",
        ),
        (
            "value = 50 }",
            "value = 0 }",
            "fails in a wrong state with no reason",
        ),
        (
            "solution = [\"start\"]",
            "solution = [\"reset\"]",
            "the solution does not solve",
        ),
        (
            "{{ accuracy }}",
            "{{ diverged.update }}",
            "has no value on this page",
        ),
        (
            "solution = [\"start\"]",
            "solution = [\"start\", { set = \"training.updates\", to = 20000 }, \"start\"]",
            "found 20,300 updates, expected at most 20,000",
        ),
        (
            "measure = \"accuracy\", bins",
            "measure = \"diverged.update\", bins",
            "has no answer",
        ),
    ];
    for (from, to, expected) in cases {
        let good = example();
        assert_eq!(good.matches(from).count(), 1, "{from} is not there once");
        let lesson = read_here(&good.replace(from, to)).expect("it reads");
        let found = proved(&Arc::new(lesson));
        match expected {
            "" => assert_eq!(found, [""; 0]),
            _ => assert!(
                found.iter().any(|problem| problem.contains(expected)),
                "“{to}”: {found:?}"
            ),
        }
    }
}

#[test]
fn a_player_keeps_what_was_reached_and_tells_no_reason_before_anything_was_done() {
    let lesson = Arc::new(read_here(&example()).expect("it reads"));
    let mut player = Player::new(Arc::clone(&lesson), Progress::default());
    let mut session = Session::new(|| {});
    play(&mut session, &player.setup()).expect("it opens");
    let (question, exercise) = (1, 2);

    assert!(matches!(
        player.standing(exercise, &session),
        Standing::Open { reason: None, .. }
    ));
    let short = [Command::Update(1)];
    short.iter().for_each(|command| player.note(command));
    play(&mut session, &short).expect("it trains");
    assert!(matches!(
        player.standing(exercise, &session),
        Standing::Open {
            reason: Some(_),
            ..
        }
    ));

    player.choose(question, 7, &session);
    assert_eq!(player.answer(question), None, "there is no such choice");
    player.choose(question, 1, &session);
    assert_eq!(player.answer(question).map(|answer| answer.right), Some(1));
    for _ in 0..5 {
        player.ask_hint(exercise);
    }
    assert_eq!(player.hints(exercise), 2);

    play(&mut session, &[Command::Start]).expect("it trains");
    assert!(!player.page_done());
    assert_eq!(player.standing(exercise, &session), Standing::Done);
    play(&mut session, &[Command::Reset]).expect("it goes back");
    assert_eq!(player.standing(exercise, &session), Standing::Done);
    assert!(player.page_done() && player.is_last());

    let saved = serde_json::to_string(&player.progress).expect("progress can be written");
    let read: Progress = serde_json::from_str(&saved).expect("and read");
    assert_eq!(read, player.progress);
}

/// A folder for one test, with these files in it.
fn folder(name: &str, files: &[(&str, &[u8])]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("lessons-{name}"));
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the last one goes");
    }
    fs::create_dir_all(&folder).expect("there is room");
    for (name, bytes) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("it is in the folder")).expect("there is room");
        fs::write(path, bytes).expect("there is room");
    }
    folder
}

/// What is wrong with the lessons of a folder, as `rnnscope check` tells it.
fn complaints(folder: &Path) -> Vec<String> {
    match Shelf::of_folder(folder, &views::places()) {
        Err(error) => vec![error],
        Ok(shelf) => {
            let unread = shelf.errors.iter().map(ToString::to_string);
            unread
                .chain(shelf.lessons.iter().flat_map(proved))
                .collect()
        }
    }
}

/// The example's page with its set-up and question alone: quickly proved.
fn short(experiment: &str) -> String {
    let example = example().replace("latch.toml", experiment);
    let (page, _) = example.split_once("```do").expect("it has an exercise");
    page.into()
}

#[test]
fn no_path_and_no_link_leads_out_of_a_lesson() {
    let latch = LATCH.as_bytes();
    let lesson = |experiment: &str| short(experiment).into_bytes();
    let folder = folder(
        "within",
        &[
            ("outside.toml", latch),
            ("outside.csv", b"v\n1\n2\n3\n"),
            ("a/lesson.md", &lesson("latch.toml")),
            ("a/latch.toml", latch),
        ],
    );
    assert_eq!(complaints(&folder), [""; 0]);
    let absolute = folder.join("outside.toml").display().to_string();
    for experiment in ["../outside.toml", &absolute, "b/../latch.toml"] {
        fs::write(folder.join("a/lesson.md"), lesson(experiment)).expect("there is room");
        let found = complaints(&folder);
        assert!(
            found.len() == 1 && found[0].contains("expected the name of a file beside the lesson"),
            "{found:?}"
        );
    }
    // What its experiments read is within it too, wherever they say it is.
    let of_file = short("of-file.toml").replace("set = { \"data.length\" = 5 }\n", "");
    fs::write(folder.join("a/lesson.md"), of_file).expect("there is room");
    let absolute = folder.join("outside.csv").display().to_string();
    for data in ["../outside.csv", &absolute] {
        let text = format!("format = 1\n[data]\ncsv = \"{data}\"\ntarget = \"v\"\nwindow = 1\n");
        let text = text + "[model]\nhidden_size = 2\n";
        fs::write(folder.join("a/of-file.toml"), text).expect("there is room");
        let found = complaints(&folder);
        assert!(
            found.len() == 1 && found[0].contains("leads out of the folder"),
            "{found:?}"
        );
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        fs::write(folder.join("a/lesson.md"), lesson("link.toml")).expect("there is room");
        symlink("../outside.toml", folder.join("a/link.toml")).expect("links can be made");
        fs::create_dir(folder.join("b")).expect("there is room");
        fs::write(folder.join("outside.md"), lesson("latch.toml")).expect("there is room");
        symlink("../outside.md", folder.join("b/lesson.md")).expect("links can be made");
        let found = complaints(&folder);
        assert_eq!(found.len(), 2, "{found:?}");
        for complaint in found {
            assert!(
                complaint.contains("a link that leads out of the folder"),
                "{complaint}"
            );
        }
    }
}

#[test]
fn two_lessons_of_one_id_are_told_with_both_files() {
    let lesson = short("latch.toml").into_bytes();
    let folder = folder(
        "twice",
        &[
            ("01-one/lesson.md", &lesson),
            ("01-one/latch.toml", LATCH.as_bytes()),
            ("02-two/lesson.md", &lesson),
            ("02-two/latch.toml", LATCH.as_bytes()),
        ],
    );
    let found = complaints(&folder);
    let [one, two] = ["01-one/lesson.md", "02-two/lesson.md"].map(|file| folder.join(file));
    let told = format!(
        "{}, line 2: id: found “my-first-lesson”, which {} has as well, expected one of its own",
        files::shown(&two),
        files::shown(&one)
    );
    assert_eq!(found, [told]);
}

#[test]
fn a_byte_that_is_no_utf8_is_told_with_its_place_in_lessons_and_experiments() {
    let mut lesson = short("latch.toml").into_bytes();
    let title = "title = \"My first lesson\"";
    let at = example().find(title).expect("it has a title") + title.len() - 1;
    let whole = lesson.clone();
    lesson.insert(at, 0xE9);
    let mut experiment = LATCH.as_bytes().to_vec();
    experiment.insert(2, 0xFC);
    let folder = folder(
        "latin-1",
        &[
            ("a/lesson.md", &lesson),
            ("b/lesson.md", &whole),
            ("b/latch.toml", &experiment),
        ],
    );
    let found = complaints(&folder);
    assert!(
        found[0].ends_with(
            "a/lesson.md, line 3: column 25: found the byte 0xE9, expected a text in UTF-8. \
             Save the file again with the encoding UTF-8."
        ),
        "{found:?}"
    );
    assert!(
        found[1].contains(
            "experiment “latch.toml” cannot be read: line 1, column 3: found the byte 0xFC"
        ),
        "{found:?}"
    );
}

#[test]
fn what_is_not_proved_is_told_in_words() {
    let broken = example()
        .replace("solution = [\"start\"]", "solution = [{ update = 2 }]")
        .replace("value = 50 }, reason", "value = 1 }, reason")
        .replace("## Before and", "## Before\u{1b}[2J and");
    let lesson = Arc::new(read_here(&broken).expect("it reads"));
    let found = proved(&lesson).join("\n");
    assert!(
        found.contains("fails in a wrong state with no reason, expected “That was too short."),
        "{found}"
    );
    // Shares are told as a learner is told them.
    let unsolved = "the solution does not solve “Train until 95 % are right.”: accuracy is ";
    assert!(found.contains(unsolved), "{found}");
    assert!(
        found.contains("\u{a0}%, should be at least 95\u{a0}%"),
        "{found}"
    );
    for sign in ["Reading", "{", "Some", "None", "\u{1b}"] {
        assert!(!found.contains(sign), "“{sign}” is in {found}");
    }
    assert!(
        found
            .lines()
            .all(|line| line.starts_with("lesson.md, line 9, page “Before [2J and after”: ")),
        "{found}"
    );
}

#[test]
fn folders_that_are_no_shelf_are_told_so_in_words() {
    let empty = folder("empty", &[]);
    let file = folder("file", &[("lesson.txt", b"")]).join("lesson.txt");
    let many = folder("many", &[]);
    for name in 0..10_000 {
        fs::write(many.join(format!("{name}.txt")), "").expect("there is room");
    }
    let deep = folder("deep", &[]);
    let mut innermost = deep.clone();
    (0..200).for_each(|_| innermost.push("deeper"));
    fs::create_dir_all(innermost).expect("there is room");
    let no_lesson = "found no lesson.md in it or in one of its folders, expected at least one.";
    for (folder, told) in [
        (&empty, no_lesson),
        (&many, no_lesson),
        (&deep, no_lesson),
        (&file, "found a file, expected a folder."),
        (&empty.join("not there"), "found no such file"),
    ] {
        let found = complaints(folder);
        assert!(found.len() == 1 && found[0].starts_with(told), "{found:?}");
    }
}

#[test]
fn lessons_that_are_no_files_of_a_sane_length_are_refused_before_they_are_read() {
    let lesson = short("latch.toml").into_bytes();
    let folder = folder(
        "nasty",
        &[
            ("a/lesson.md/x", b""),
            ("b/lesson.md", b""),
            ("c/lesson.md", &lesson),
            ("c/latch.toml", LATCH.as_bytes()),
        ],
    );
    // Sparse: it takes no room.
    let huge = fs::File::create(folder.join("b/lesson.md")).expect("there is room");
    huge.set_len(4 << 30).expect("files can be sparse");
    let told = [
        "a/lesson.md: found a folder, expected a file. Name the file itself.",
        "b/lesson.md: found 4096 MiB, expected at most 1 MiB. Check that the right file was chosen.",
    ];
    #[cfg(unix)]
    {
        // The same lesson by other ways, and ways without end.
        use std::os::unix::fs::symlink;
        for (name, target) in [("d", "."), ("e", "c"), ("f", "f"), ("g", "..")] {
            symlink(target, folder.join(name)).expect("links can be made");
        }
    }
    let found = complaints(&folder);
    assert_eq!(found.len(), 2, "{found:?}");
    for (complaint, told) in found.iter().zip(told) {
        assert!(complaint.ends_with(told), "{complaint}");
    }
}

#[test]
fn a_file_with_thousands_of_mistakes_tells_the_first_and_how_many_more() {
    let mistakes = "```focus\nview = 1\n```\n\n".repeat(20_000);
    let source = short("latch.toml") + &mistakes;
    let found = read_here(&source).expect_err("it is wrong");
    assert_eq!(found.len(), 51);
    assert!(
        found[50].to_string().starts_with("lesson.md: … and "),
        "{}",
        found[50]
    );
}

#[test]
fn a_page_is_called_by_its_heading_or_as_is_written_behind_it_and_once() {
    let page =
        "\n\n## The way: back & forth {#there-and-back}\n\nText.\n\n## Ends, both\n\nText.\n";
    let read = read_here(&format!("{}{page}", example())).expect("it reads");
    let names: Vec<&str> = read
        .pages
        .iter()
        .rev()
        .map(|page| page.name.as_str())
        .collect();
    assert_eq!(names[..2], ["ends-both", "there-and-back"]);
    assert_eq!(
        read.pages[read.pages.len() - 2].title,
        "The way: back & forth"
    );
    let twice = format!("{}{page}{page}", example());
    let found = read_here(&twice).expect_err("two are called so");
    let said: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(
        said[0].contains("found a second page called “there-and-back”"),
        "{said:?}"
    );
}

#[test]
fn a_lesson_without_pages_plays_as_nothing() {
    let mut lesson = read_here(&example()).expect("it reads");
    lesson.pages.clear();
    let progress: Progress = serde_json::from_str("{ \"page\": 9 }").expect("a page");
    let mut player = Player::new(Arc::new(lesson), progress);
    let session = Session::new(|| {});
    player.turn_to(3);
    player.ask_hint(0);
    player.choose(0, 0, &session);
    assert!(player.setup().is_empty() && player.approach().is_empty() && player.is_last());
    assert_eq!(player.page().blocks.len(), 0);
}

#[test]
fn numbers_stand_where_they_have_a_value() {
    let mut session = Session::new(|| {});
    let player = Player::new(
        Arc::new(read_here(&example()).expect("it reads")),
        Progress::default(),
    );
    play(&mut session, &player.approach()).expect("it opens");
    let text = "{{ seq_len }} {{update}} {{ diverged.update }} {{ nothing }} {{ open";
    assert_eq!(
        with_numbers(text, &session, |number| number.to_string()),
        "5 0 … … {{ open"
    );
}

#[test]
fn clipping_saves_the_run_after_it_has_diverged_too() {
    let mut player = Player::new(built_in("exploding"), Progress::default());
    let page = player
        .lesson
        .pages
        .iter()
        .position(|page| page.title == "The same run, saved");
    player.turn_to(page.expect("the page is there"));
    let mut session = Session::new(|| {});
    play(&mut session, &player.setup()).expect("it opens");
    let exercise = player
        .page()
        .blocks
        .iter()
        .position(|block| matches!(block, Block::Do(_)))
        .expect("an exercise");
    let commands = [
        Command::Start,
        Command::SetClip(Clip::Norm(1.0)),
        Command::Reset,
        Command::Start,
    ];
    play(&mut session, &commands).expect("it trains");
    assert_eq!(player.standing(exercise, &session), Standing::Done);
}

// What the prose says in words of its own.

fn trained(text: &str, settings: &[(&str, Setting)]) -> AnyTrainer {
    let (mut document, mut experiment) = Document::parse(text).expect("it is an experiment");
    for (path, value) in settings {
        experiment = document.set(path, value.clone()).expect("it can be set");
    }
    let data = material(&experiment, &Location::BuiltIn, &|_| {
        ControlFlow::Continue(())
    })
    .expect("it has data");
    let mut trainer = AnyTrainer::new(&experiment, Arc::new(data));
    while trainer.updates() < experiment.training.updates && trainer.update() {}
    trainer
}

fn accuracy(trainer: &mut AnyTrainer) -> f64 {
    let probe = Document::parse(LATCH).expect("it is an experiment").1.probe;
    trainer
        .snapshot(probe, usize::MAX)
        .accuracy(Split::Test)
        .expect("the latch task has classes")
}

#[test]
fn at_20_steps_one_seed_of_eight_learns() {
    let learned = (1..=8)
        .filter(|&seed| accuracy(&mut trained(LATCH, &[("seed", Setting::Whole(seed))])) >= 0.95);
    assert_eq!(learned.count(), 1);
}

#[test]
fn at_50_steps_no_seed_of_eight_learns() {
    let settings = |seed| {
        [
            ("seed", Setting::Whole(seed)),
            ("data.length", Setting::Whole(50)),
        ]
    };
    let learned = (1..=8).filter(|&seed| accuracy(&mut trained(LATCH, &settings(seed))) >= 0.7);
    assert_eq!(learned.count(), 0);
}

#[test]
fn with_adam_the_elman_network_of_the_last_page_learns_too() {
    let settings = [
        ("seed", Setting::Whole(2)),
        ("model.hidden_size", Setting::Whole(16)),
        ("training.optimizer.kind", Setting::Text("adam".into())),
        ("training.optimizer.learning_rate", Setting::Number(0.01)),
    ];
    assert!(accuracy(&mut trained(LATCH, &settings)) >= 0.95);
}

#[test]
fn the_saved_run_goes_1_5_far_and_a_smaller_rate_is_slower() {
    let weights = |trainer: &mut AnyTrainer| {
        let probe = Document::parse(EXPLODING)
            .expect("it is an experiment")
            .1
            .probe;
        trainer.snapshot(probe, 1).model.parameters().to_vec()
    };
    let mut clipped = trained(EXPLODING, &[]);
    // The weights before the first update: a step so short that it changes nothing.
    let still = [
        ("training.updates", Setting::Whole(1)),
        ("training.optimizer.learning_rate", Setting::Number(1e-300)),
    ];
    let (start, end) = (
        weights(&mut trained(EXPLODING, &still)),
        weights(&mut clipped),
    );
    let squares: f64 = start
        .iter()
        .zip(&end)
        .map(|(start, end)| (end - start).powi(2))
        .sum();
    assert!((squares.sqrt() - 1.5).abs() < 0.05, "{}", squares.sqrt());

    let slow = [
        ("training.clip", Setting::Text("off".into())),
        ("training.optimizer.learning_rate", Setting::Number(0.1)),
    ];
    let mut slow = trained(EXPLODING, &slow);
    assert_eq!(slow.updates(), 300, "it does not diverge");
    assert!(slow.loss(Split::Test) > clipped.loss(Split::Test));
}

#[test]
fn after_divergence_most_states_are_saturated() {
    let mut player = Player::new(built_in("exploding"), Progress::default());
    let page = player
        .lesson
        .pages
        .iter()
        .position(|page| page.title == "Divergence");
    player.turn_to(page.expect("the page is there"));
    let mut session = Session::new(|| {});
    play(&mut session, &player.approach()).expect("it opens");
    play(&mut session, &[Command::Start]).expect("it diverges");
    let snapshot = session.snapshot().expect("a run");
    let h = snapshot.probe.parts[0]
        .get(0, rnnscope::nn::Quantity::H, false)
        .expect("h");
    let stuck = h.iter().filter(|h| h.abs() > 0.99).count() as f64 / h.len() as f64;
    assert!(stuck > 0.5, "{stuck}");
}

/// The formulas in a piece of Markdown.
fn formulas(text: &str) -> Vec<String> {
    use pulldown_cmark::{Event, Options, Parser};
    let events = Parser::new_ext(text, Options::ENABLE_MATH);
    events
        .filter_map(|event| match event {
            Event::InlineMath(latex) | Event::DisplayMath(latex) => Some(latex.into_string()),
            _ => None,
        })
        .collect()
}

#[test]
fn every_formula_can_be_typeset() {
    let mut texts: Vec<String> = glossary::terms()
        .iter()
        .map(|term| term.text.into())
        .collect();
    for lesson in &Shelf::built_in(&views::places()).lessons {
        for block in lesson.pages.iter().flat_map(|page| &page.blocks) {
            match block {
                Block::Prose(text) => texts.push(text.clone()),
                Block::Predict(predict) => texts.extend(predict.texts().cloned()),
                Block::Turn(turn) => texts.extend(turn.texts().cloned()),
                Block::Refute(refute) => texts.extend(refute.texts().cloned()),
                Block::Do(exercise) => texts.push(exercise.goal.clone()),
            }
        }
    }
    let found: Vec<String> = texts.iter().flat_map(|text| formulas(text)).collect();
    assert!(found.len() > 20, "{}", found.len());
    for latex in found {
        // The window's own command for a quantity's colour.
        let mut plain = latex.clone();
        for quantity in rnnscope::nn::Quantity::ALL {
            plain = plain.replace(
                &format!("\\quantity{{{}}}", quantity.name()),
                "\\textcolor{#000000}",
            );
        }
        let parsed = ratex_parser::parse(&plain);
        assert!(parsed.is_ok(), "{latex}: {:?}", parsed.err());
    }
}
