//! The rooms of the crate and who may know whom, read from the imports; and what stays out of the engine.
//!
//! Comments, texts and documentation are not looked at; test modules are.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms it may know besides itself. `main` is the command line.
const ROOMS: &[(&str, &[&str])] = &[
    ("platform", &[]),
    ("words", &[]),
    ("random", &[]),
    ("nn", &["words", "random"]),
    ("data", &["words", "random"]),
    ("baseline", &["words", "data"]),
    (
        "experiment",
        &["platform", "words", "random", "nn", "data", "baseline"],
    ),
    (
        "train",
        &[
            "platform",
            "words",
            "random",
            "nn",
            "data",
            "baseline",
            "experiment",
        ],
    ),
    (
        "session",
        &[
            "platform",
            "words",
            "random",
            "nn",
            "data",
            "baseline",
            "experiment",
            "train",
        ],
    ),
    (
        "lesson",
        &[
            "platform",
            "words",
            "random",
            "nn",
            "data",
            "baseline",
            "experiment",
            "train",
            "session",
        ],
    ),
    (
        "run",
        &[
            "platform",
            "words",
            "random",
            "nn",
            "data",
            "baseline",
            "experiment",
            "train",
            "session",
        ],
    ),
    (
        "app",
        &[
            "platform",
            "words",
            "random",
            "nn",
            "data",
            "baseline",
            "experiment",
            "train",
            "session",
            "lesson",
            "run",
        ],
    ),
    (
        "main",
        &[
            "platform",
            "words",
            "random",
            "nn",
            "data",
            "baseline",
            "experiment",
            "train",
            "session",
            "lesson",
            "run",
            "app",
        ],
    ),
];

/// Crates that only one room may know; `*` ends a name that stands for all that begin so.
const CRATES: &[(&str, &str)] = &[
    ("egui*", "app"),
    ("eframe", "app"),
    ("winit", "app"),
    ("glow", "app"),
    ("rfd", "app"),
    ("ratex_*", "app"),
    ("image", "app"),
    ("faer", "nn"),
    ("clap", "main"),
    ("indicatif", "main"),
    ("ctrlc", "platform"),
    ("signal_hook", "platform"),
];

/// Rooms that are pure, and what of the standard library is therefore closed to them.
const PURE: &[&str] = &["words", "random", "nn", "data", "baseline"];
const IMPURE: &[&str] = &["fs", "thread", "time", "net", "process"];

/// Everything that is read or written goes through `platform`. Who else may ask the file system for what, a file or a whole
/// room; tests may anything.
const FILE_SYSTEM: &[(&str, &[&str])] = &[
    // How much memory there is, by /proc/meminfo.
    ("experiment/means.rs", &["read_to_string"]),
    // The folder for the results: a set of files that is replaced as one.
    (
        "run/folder.rs",
        &[
            "File",
            "TryLockError",
            "read_dir",
            "create_dir_all",
            "rename",
            "remove_file",
            // What stands where a result belongs: a file, or something to be left alone.
            "symlink_metadata",
        ],
    ),
    // Whether two paths are those of one file.
    ("session/saving.rs", &["canonicalize"]),
];

/// What the window may have of arrays: it looks at them and computes nothing.
const SEEN: &[&str] = &["ArrayView2"];

/// The one file that may hold unsafe code: it asks the system for its libraries before the window is opened.
const UNSAFE: &str = "app/platform.rs";

/// Macros that end the program where what they print cannot be written, as to a reader that has gone.
const PRINTS: &[&str] = &["print", "println", "eprint", "eprintln", "dbg"];

/// What lies at the top of the repository.
const TOP_LEVEL: &[&str] = &[
    ".ci",
    ".gitignore",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "assets",
    "benches",
    "lessons",
    "src",
    "tests",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below `folder`, by its path within it, with slashes.
fn rust_files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = vec![folder.into()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(
                fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let parts = path
                .strip_prefix(folder)
                .unwrap()
                .iter()
                .map(|part| part.to_str().unwrap());
            found.push((
                parts.collect::<Vec<_>>().join("/"),
                fs::read_to_string(&path).unwrap(),
            ));
        }
    }
    found.sort();
    found
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    PathSeparator,
    Mark(char),
}

/// The text's words and marks, without comments, texts, characters and lifetimes.
fn tokens(text: &str) -> Vec<Token> {
    let text: Vec<char> = text.chars().collect();
    let at = |i: usize| text.get(i).copied().unwrap_or('\0');
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut tokens = Vec::new();
    let mut i = 0;
    while i < text.len() {
        match (text[i], at(i + 1)) {
            ('/', '/') => {
                while i < text.len() && text[i] != '\n' {
                    i += 1;
                }
            }
            ('/', '*') => {
                let mut depth = 0;
                loop {
                    match (at(i), at(i + 1)) {
                        ('/', '*') => (depth, i) = (depth + 1, i + 2),
                        ('*', '/') => (depth, i) = (depth - 1, i + 2),
                        _ => i += 1,
                    }
                    if depth == 0 || i >= text.len() {
                        break;
                    }
                }
            }
            ('"', _) => i = after_text(&text, i),
            // A character, or else a lifetime.
            ('\'', '\\') => {
                i += 3;
                while i < text.len() && text[i] != '\'' {
                    i += 1;
                }
                i += 1;
            }
            ('\'', _) if at(i + 2) == '\'' => i += 3,
            ('\'', _) => {
                i += 1;
                while is_word(at(i)) {
                    i += 1;
                }
            }
            (':', ':') => {
                tokens.push(Token::PathSeparator);
                i += 2;
            }
            (c, _) if is_word(c) => {
                let start = i;
                while is_word(at(i)) {
                    i += 1;
                }
                let word: String = text[start..i].iter().collect();
                match (word.as_str(), at(i)) {
                    ("b" | "c", '"') => i = after_text(&text, i),
                    ("r" | "br" | "cr", '"') => i = after_raw_text(&text, i),
                    ("r" | "br" | "cr", '#') if matches!(at(i + 1), '"' | '#') => {
                        i = after_raw_text(&text, i);
                    }
                    _ => tokens.push(Token::Word(word)),
                }
            }
            (c, _) => {
                if !c.is_whitespace() {
                    tokens.push(Token::Mark(c));
                }
                i += 1;
            }
        }
    }
    tokens
}

fn after_text(text: &[char], quote: usize) -> usize {
    let mut i = quote + 1;
    while i < text.len() && text[i] != '"' {
        i += if text[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

fn after_raw_text(text: &[char], start: usize) -> usize {
    let hashes = text[start..].iter().take_while(|&&c| c == '#').count();
    let mut end = vec!['"'];
    end.extend(std::iter::repeat_n('#', hashes));
    let from = start + hashes + 1;
    let length = text[from..]
        .windows(end.len())
        .position(|window| window == end);
    length.map_or(text.len(), |length| from + length + end.len())
}

/// All paths in a file, absolute ones of this crate as `crate::…`, however they were written; and whether each is in a test.
fn paths(file: &str, text: &str) -> Vec<(Vec<String>, bool)> {
    let mut module: Vec<String> = file
        .trim_end_matches(".rs")
        .split('/')
        .map(String::from)
        .collect();
    if matches!(
        module.last().map(String::as_str),
        Some("mod" | "lib" | "main")
    ) {
        module.pop();
    }
    let tokens = tokens(text);
    let mut found = Vec::new();
    // How many braces are open, and at which of them a module was opened within the file.
    let (mut depth, mut inner) = (0, Vec::new());
    let mut i = 0;
    while i < tokens.len() {
        match &tokens[i] {
            Token::Mark('{') => {
                depth += 1;
                if let [Token::Word(word), Token::Word(name)] = &tokens[i.saturating_sub(2)..i]
                    && word == "mod"
                {
                    inner.push(depth);
                    module.push(name.clone());
                }
                i += 1;
            }
            Token::Mark('}') => {
                if inner.last() == Some(&depth) {
                    inner.pop();
                    module.pop();
                }
                depth -= 1;
                i += 1;
            }
            Token::Word(word) if word == "use" || word == "extern" => {
                i += 1;
                let mut used = Vec::new();
                let skip = usize::from(
                    tokens.get(i) == Some(&Token::Word("crate".into())) && word == "extern",
                );
                use_tree(&tokens, &mut { i + skip }, &[], &mut used);
                let in_test = module.iter().any(|part| part == "tests");
                let used = used.into_iter();
                found.extend(used.map(|path| (absolute(&module, path), in_test)));
                // A use tree has braces of its own, which close before its semicolon.
                while word == "use" && i < tokens.len() && tokens[i] != Token::Mark(';') {
                    i += 1;
                }
            }
            Token::Word(_) => {
                let path = path_at(&tokens, &mut i);
                let in_test = module.iter().any(|part| part == "tests");
                found.push((absolute(&module, path), in_test));
            }
            _ => i += 1,
        }
    }
    found
}

fn path_at(tokens: &[Token], i: &mut usize) -> Vec<String> {
    let mut path = Vec::new();
    while let Some(Token::Word(word)) = tokens.get(*i) {
        path.push(word.clone());
        *i += 1;
        let goes_on = matches!(
            tokens.get(*i..*i + 2),
            Some([Token::PathSeparator, Token::Word(_)])
        );
        if !goes_on {
            break;
        }
        *i += 1;
    }
    path
}

/// Every path of a use tree: `a::{b, c::{d}}` is `a::b` and `a::c::d`.
fn use_tree(tokens: &[Token], i: &mut usize, before: &[String], found: &mut Vec<Vec<String>>) {
    let mut path = before.to_vec();
    if tokens.get(*i) == Some(&Token::PathSeparator) {
        *i += 1;
    }
    path.extend(path_at(tokens, i));
    if tokens.get(*i) == Some(&Token::PathSeparator) {
        *i += 1;
    }
    match tokens.get(*i) {
        Some(Token::Mark('{')) => loop {
            *i += 1;
            if matches!(tokens.get(*i), None | Some(Token::Mark('}'))) {
                *i += 1;
                return;
            }
            use_tree(tokens, i, &path, found);
            if tokens.get(*i) != Some(&Token::Mark(',')) {
                *i += 1;
                return;
            }
        },
        Some(Token::Mark('*')) => {
            *i += 1;
            path.push("*".into());
        }
        Some(Token::Word(word)) if word == "as" => *i += 2,
        _ => {}
    }
    found.push(path);
}

/// Resolves `self`, `super` and the crate's own name.
fn absolute(module: &[String], path: Vec<String>) -> Vec<String> {
    let supers = path.iter().take_while(|part| *part == "super").count();
    let (above, rest) = match path.first().map(String::as_str) {
        Some("super") => (supers, supers),
        Some("self") => (0, 1),
        Some("rnnscope" | "crate") => (module.len(), 1),
        _ => return path,
    };
    let mut absolute = vec!["crate".to_string()];
    absolute.extend_from_slice(&module[..module.len().saturating_sub(above)]);
    absolute.extend_from_slice(&path[rest..]);
    absolute
}

/// Whether a macro of this name is called.
fn is_called(text: &str, name: &str) -> bool {
    let tokens = tokens(text);
    let word = Token::Word(name.into());
    tokens
        .windows(2)
        .any(|pair| pair[0] == word && pair[1] == Token::Mark('!'))
}

/// What is wrong in a file of `src`.
fn breaches(file: &str, text: &str) -> Vec<String> {
    let room = file
        .split('/')
        .next()
        .unwrap_or(file)
        .trim_end_matches(".rs");
    if room == "lib" {
        return Vec::new();
    }
    let Some((_, may_know)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        return vec![format!("{file}: “{room}” is no room of this crate")];
    };
    let mut found = BTreeSet::new();
    let may_ask = |asked: &str| {
        let of = |who: &str| who == file || who == room;
        let mut who = FILE_SYSTEM.iter().filter(|(who, _)| of(who));
        who.any(|(_, functions)| functions.contains(&asked))
    };
    for (path, in_test) in paths(file, text) {
        let shown = path.join("::");
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        // `use<'a>` in a type imports nothing.
        if parts.is_empty() {
            continue;
        }
        match parts[..] {
            ["crate", "*", ..] => {
                found.insert(format!("{file}: {shown} takes every room at once"));
            }
            ["crate", other, ..]
                if other != room
                    && ROOMS.iter().any(|(name, _)| *name == other)
                    && !may_know.contains(&other) =>
            {
                found.insert(format!(
                    "{file}: {shown}, but “{room}” does not know “{other}”"
                ));
            }
            ["std" | "core" | "alloc", part, ..]
                if PURE.contains(&room) && IMPURE.contains(&part) =>
            {
                found.insert(format!("{file}: {shown}, but “{room}” is pure"));
            }
            ["std", "fs", ..]
                if room != "platform"
                    && !in_test
                    && !parts.get(2).is_some_and(|asked| may_ask(asked)) =>
            {
                found.insert(format!(
                    "{file}: {shown}, but files are read and written by “platform”"
                ));
            }
            ["crate", "nn", "analysis", ..] if room == "app" && !in_test => {
                found.insert(format!(
                    "{file}: {shown}, but the window asks: what is worked out is an answer to a question"
                ));
            }
            ["ndarray", what, ..] if room == "app" && !in_test && !SEEN.contains(&what) => {
                found.insert(format!(
                    "{file}: {shown}, but the window only looks at arrays, as {SEEN:?}"
                ));
            }
            ["unsafe", ..] if file != UNSAFE => {
                found.insert(format!(
                    "{file}: unsafe code, but it has its place in {UNSAFE}"
                ));
            }
            [print] if PRINTS.contains(&print) && is_called(text, print) => {
                found.insert(format!(
                    "{file}: {print}! panics where nothing can be written any more"
                ));
            }
            _ => {}
        }
        for (name, only) in CRATES {
            let meant = match name.strip_suffix('*') {
                Some(start) => parts[0].starts_with(start) && parts.len() > 1,
                None => parts[0] == *name && parts.len() > 1,
            };
            if meant && room != *only {
                found.insert(format!(
                    "{file}: {shown}, but only “{only}” knows that crate"
                ));
            }
        }
    }
    found.into_iter().collect()
}

#[test]
fn every_room_knows_only_those_before_it() {
    let files = rust_files(&root().join("src"));
    assert!(files.len() > 20, "the rooms were not found");
    let found: Vec<String> = files
        .iter()
        .flat_map(|(file, text)| breaches(file, text))
        .collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn lib_rs_names_every_room_and_no_other() {
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let tokens = tokens(&text);
    let mut declared: Vec<&str> = tokens
        .windows(2)
        .filter_map(|pair| match pair {
            [Token::Word(word), Token::Word(name)] if word == "mod" => Some(name.as_str()),
            _ => None,
        })
        .collect();
    let mut rooms: Vec<&str> = ROOMS
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| *name != "main")
        .collect();
    declared.sort_unstable();
    rooms.sort_unstable();
    assert_eq!(declared, rooms);
}

#[test]
fn whoever_may_ask_the_file_system_does() {
    let files = rust_files(&root().join("src"));
    for (who, functions) in FILE_SYSTEM {
        for function in *functions {
            let asked = ["std", "fs", function];
            let is_there = files
                .iter()
                .filter(|(file, _)| file.starts_with(who))
                .flat_map(|(file, text)| paths(file, text))
                .any(|(path, in_test)| !in_test && path == asked);
            assert!(is_there, "{who} does not use {function} any more");
        }
    }
}

#[test]
fn the_top_level_holds_nothing_else() {
    let ignored = fs::read_to_string(root().join(".gitignore")).unwrap_or_default();
    let ignored: Vec<&str> = ignored.lines().map(|line| line.trim_matches('/')).collect();
    let found: Vec<String> = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| {
            name != ".git"
                && !ignored.contains(&name.as_str())
                && !TOP_LEVEL.contains(&name.as_str())
        })
        .collect();
    assert!(
        found.is_empty(),
        "at the top level, without a place there: {found:?}"
    );
}

/// The checker itself: each breach planted alone is found, and what only looks like one is not.
#[test]
fn a_planted_breach_is_found() {
    for (file, planted) in [
        ("nn/lstm.rs", "use crate::data::Dataset;"),
        ("nn/lstm.rs", "use super::super::train;"),
        (
            "nn/kernel/lane.rs",
            "fn f() { super::super::super::session::write_file() }",
        ),
        (
            "nn/lstm.rs",
            "use {std::fmt, crate::{random::Stream, experiment::{Data, Experiment}}};",
        ),
        (
            "nn/lstm.rs",
            "mod tests { use super::super::super::data::Split; }",
        ),
        ("data/windows.rs", "use crate::nn;"),
        ("data/windows.rs", "use crate::baseline::Forecaster;"),
        ("baseline/ols.rs", "use crate::nn::Real;"),
        ("baseline/ols.rs", "use faer::Mat;"),
        ("baseline/score.rs", "use std::time::Instant;"),
        ("data/windows.rs", "use std::{fmt, fs::File};"),
        (
            "data/windows.rs",
            "fn f() -> ::std::time::Instant { todo!() }",
        ),
        ("nn/model.rs", "fn f() { std::thread::yield_now() }"),
        ("random.rs", "use crate::nn::Real;"),
        ("experiment/mod.rs", "use crate::train::Trainer;"),
        ("train/mod.rs", "use crate::session::Session;"),
        ("session/mod.rs", "use crate::lesson::Lesson;"),
        ("session/mod.rs", "use crate::*;"),
        ("run.rs", "use crate::app;"),
        ("lesson/mod.rs", "use crate::run::run;"),
        ("session/mod.rs", "use egui::Color32;"),
        ("lesson/mod.rs", "fn f(c: egui_plot::PlotPoint) {}"),
        ("main.rs", "fn f() { eframe::run_native() }"),
        (
            "run.rs",
            "use ratex_render as r;\nfn f() { ratex_layout::g() }",
        ),
        ("app/mod.rs", "use clap::Parser;"),
        ("app/views/flow.rs", "fn f() { unsafe { g() } }"),
        ("app/views/flow.rs", "use ndarray::{ArrayView2, s};"),
        (
            "app/views/flow.rs",
            "fn f(a: &ndarray::Array2<f64>) -> f64 { a.sum() }",
        ),
        (
            "app/panels/lesson.rs",
            "use crate::nn::{Cell, analysis::norm};",
        ),
        ("bench/mod.rs", "use std::fmt;"),
        ("main.rs", "fn f() { eprintln!(\"x\") }"),
        ("session/mod.rs", "fn f() { println! { \"x\" } }"),
        ("session/mod.rs", "use std::fs;"),
        ("lesson/library.rs", "use std::{fs::{self, File}, io};"),
        ("run/mod.rs", "fn f() { std::fs::read_to_string(\"a\") }"),
        ("run/folder.rs", "use std::fs;"),
        ("experiment/means.rs", "fn f() { std::fs::read(\"a\") }"),
        (
            "app/mod.rs",
            "mod tests { use std::fs; }\nfn f() { std::fs::read(\"a\") }",
        ),
    ] {
        assert!(!breaches(file, planted).is_empty(), "{file}: {planted}");
    }
    for (file, harmless) in [
        (
            "nn/lstm.rs",
            "use super::{Cell, kernel::{Lane, Real}};\nuse crate::random::Stream;",
        ),
        (
            "nn/lstm.rs",
            "//! See crate::app.\n/* use crate::data; /* nested */ */ // std::fs\nfn f() {}",
        ),
        (
            "nn/lstm.rs",
            r####"const A: &str = "use crate::app; \" egui::Ui"; const B: &str = r#"unsafe "std::fs" "#;"####,
        ),
        (
            "nn/lstm.rs",
            r"fn f<'a>(x: &'a str) -> char { if x == 'e' { '\'' } else { '\u{1F600}' } }",
        ),
        (
            "nn/lstm.rs",
            "mod tests { use super::*; use super::super::Cell; }",
        ),
        (
            "nn/lstm.rs",
            "#![forbid(unsafe_code)]\nstruct Image { data: u8 }\nfn f(image: Image) -> u8 { image.data }",
        ),
        (
            "app/widgets/map.rs",
            "use ndarray::ArrayView2;\nmod tests { use ndarray::Array2; }",
        ),
        (
            "app/platform.rs",
            "fn f() { unsafe { libloading::Library::new(\"x\") }; }",
        ),
        (
            "app/mod.rs",
            "use crate::{lesson, run, session::Session};\nuse egui::Ui;",
        ),
        (
            "main.rs",
            "use rnnscope::{app, run::run};\nuse clap::Parser;",
        ),
        (
            "main.rs",
            "fn print(x: &X) { x.print(); print(x) } // println!()",
        ),
        ("platform/files.rs", "use std::fs::{self, File};"),
        ("lesson/mod.rs", "mod tests { use std::fs; }"),
        ("experiment/material/tests.rs", "use std::fs::File;"),
        ("run/folder.rs", "fn f() { std::fs::create_dir_all(\"a\") }"),
    ] {
        assert_eq!(breaches(file, harmless), [""; 0], "{file}");
    }
}
