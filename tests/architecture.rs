//! The rooms of the crate and who may know whom, read from the imports; what stays out of the engine; and that no two files
//! need each other.
//!
//! Comments, texts and documentation are not looked at; test modules are, but for the circles.

use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};
use syn::{
    Attribute, ExprUnsafe, Item, ItemExternCrate, ItemImpl, ItemMod, ItemUse, Macro, Meta,
    Signature, UseTree, Visibility,
};

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
    ("rfd", "platform"),
    ("ratex_*", "app"),
    ("image", "app"),
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
];

/// Rooms that may name threads and clocks: the one that has them for all others, and the command line, which is the desk's alone.
const MACHINE: &[&str] = &["platform", "main"];

/// What the window may have of arrays: it looks at them and computes nothing.
const SEEN: &[&str] = &["ArrayView2"];

/// The one file that may hold unsafe code: it asks the system for its libraries before the window is opened.
const UNSAFE: &str = "platform/libraries.rs";

/// The files that may name a plot's line: the one that makes it, and one that hands it on. Made elsewhere, it would be drawn as an
/// area that reaches beyond its points.
const PLOT_LINES: &[&str] = &["app/widgets/plot_style.rs", "app/views/prediction/mod.rs"];

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

/// A path as it stands in a file, and where.
#[derive(Clone, Debug, PartialEq)]
struct Mention {
    /// Absolute where that can be told from the file alone: `crate::…`.
    path: Vec<String>,
    in_test: bool,
    /// Whether it only hands a name on: `pub use`.
    is_reexport: bool,
    /// The name that a `use` gives it.
    name: Option<String>,
}

/// What a file says, as far as it matters here.
#[derive(Default)]
struct Reading {
    /// The module that is being read.
    module: Vec<String>,
    /// Within how many items for tests alone.
    tests: usize,
    mentions: Vec<Mention>,
    /// Names of macros that are called.
    macros: Vec<String>,
    has_unsafe: bool,
}

/// The module that a file is.
fn module_of(file: &str) -> Vec<String> {
    let parts = file.trim_end_matches(".rs").split('/');
    let mut module: Vec<String> = parts.map(String::from).collect();
    let last = module.last().map(String::as_str);
    if matches!(last, Some("mod" | "lib" | "main")) {
        module.pop();
    }
    module
}

fn read(file: &str, text: &str) -> Reading {
    let mut reading = Reading {
        module: module_of(file),
        ..Reading::default()
    };
    let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
    reading.visit_file(&parsed);
    reading
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let Meta::List(list) = &attribute.meta else {
            return false;
        };
        list.path.is_ident("cfg") && list.tokens.to_string() == "test"
    })
}

impl Reading {
    fn in_test(&self) -> bool {
        self.tests > 0 || self.module.iter().any(|part| part == "tests")
    }

    fn mention(&mut self, path: Vec<String>) {
        self.mention_as(path, false, None);
    }

    fn mention_as(&mut self, path: Vec<String>, is_reexport: bool, name: Option<String>) {
        self.mentions.push(Mention {
            path: absolute(&self.module, path),
            in_test: self.in_test(),
            is_reexport,
            name,
        });
    }

    /// Every path of a use tree: `a::{b, c::{d}}` is `a::b` and `a::c::d`.
    fn use_tree(&mut self, tree: &UseTree, before: &[String], is_reexport: bool) {
        let with = |name: String| [before, &[name]].concat();
        match tree {
            UseTree::Path(path) => {
                self.use_tree(&path.tree, &with(path.ident.to_string()), is_reexport);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.use_tree(tree, before, is_reexport);
                }
            }
            UseTree::Glob(_) => self.mention_as(with("*".into()), is_reexport, None),
            // `a::{self}` is `a`.
            UseTree::Name(name) if name.ident == "self" => {
                self.mention_as(before.to_vec(), is_reexport, before.last().cloned());
            }
            UseTree::Name(name) => {
                let name = name.ident.to_string();
                self.mention_as(with(name.clone()), is_reexport, Some(name));
            }
            UseTree::Rename(name) => {
                let path = with(name.ident.to_string());
                self.mention_as(path, is_reexport, Some(name.rename.to_string()));
            }
        }
    }

    /// The paths and calls within a macro's arguments, which have no grammar of their own.
    fn arguments(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is = |at: usize, mark: char| matches!(tokens.get(at), Some(TokenTree::Punct(it)) if it.as_char() == mark);
        let mut i = 0;
        while i < tokens.len() {
            match &tokens[i] {
                TokenTree::Ident(word) => {
                    let mut path = vec![word.to_string()];
                    i += 1;
                    while is(i, ':')
                        && is(i + 1, ':')
                        && let Some(TokenTree::Ident(word)) = tokens.get(i + 2)
                    {
                        path.push(word.to_string());
                        i += 3;
                    }
                    if path == ["unsafe"] {
                        self.has_unsafe = true;
                    } else if is(i, '!') && path.len() == 1 {
                        self.macros.extend(path);
                    } else {
                        self.mention(path);
                    }
                }
                TokenTree::Group(group) => {
                    self.arguments(group.stream());
                    i += 1;
                }
                _ => i += 1,
            }
        }
    }
}

impl<'a> Visit<'a> for Reading {
    fn visit_item_mod(&mut self, item: &'a ItemMod) {
        let tests = usize::from(is_for_tests(&item.attrs));
        self.tests += tests;
        if item.content.is_some() {
            self.module.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.module.pop();
        }
        self.tests -= tests;
    }

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        let tests = usize::from(is_for_tests(&item.attrs));
        self.tests += tests;
        let is_reexport = !matches!(item.vis, Visibility::Inherited);
        self.use_tree(&item.tree, &[], is_reexport);
        self.tests -= tests;
    }

    fn visit_item_extern_crate(&mut self, item: &'a ItemExternCrate) {
        self.mention(vec![item.ident.to_string(), "*".into()]);
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let words = path.segments.iter();
        self.mention(words.map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_attribute(&mut self, _: &'a Attribute) {}

    fn visit_macro(&mut self, called: &'a Macro) {
        if let Some(name) = called.path.get_ident() {
            self.macros.push(name.to_string());
        } else {
            self.visit_path(&called.path);
        }
        self.arguments(called.tokens.clone());
    }

    fn visit_expr_unsafe(&mut self, block: &'a ExprUnsafe) {
        self.has_unsafe = true;
        visit::visit_expr_unsafe(self, block);
    }

    fn visit_signature(&mut self, signature: &'a Signature) {
        self.has_unsafe |= signature.unsafety.is_some();
        visit::visit_signature(self, signature);
    }

    fn visit_item_impl(&mut self, item: &'a ItemImpl) {
        self.has_unsafe |= item.unsafety.is_some();
        visit::visit_item_impl(self, item);
    }
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
    let reading = read(file, text);
    if reading.has_unsafe && file != UNSAFE {
        found.insert(format!(
            "{file}: unsafe code, but it has its place in {UNSAFE}"
        ));
    }
    for print in PRINTS {
        if reading.macros.iter().any(|called| called == print) {
            found.insert(format!(
                "{file}: {print}! panics where nothing can be written any more"
            ));
        }
    }
    for Mention { path, in_test, .. } in reading.mentions {
        let shown = path.join("::");
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
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
            ["std", "thread", ..] | ["std", "time", "Instant" | "SystemTime", ..]
                if !MACHINE.contains(&room) && !in_test =>
            {
                found.insert(format!(
                    "{file}: {shown}, but threads and clocks are the business of “platform”"
                ));
            }
            ["crate", "nn", "analysis", ..] if room == "app" && !in_test => {
                found.insert(format!(
                    "{file}: {shown}, but the window asks: what is worked out is an answer to a question"
                ));
            }
            ["egui_plot", "Line", ..] if !PLOT_LINES.contains(&file) => {
                found.insert(format!(
                    "{file}: {shown}, but lines through many points are made by `widgets::line_of`, which keeps to them"
                ));
            }
            ["ndarray", what, ..] if room == "app" && !in_test && !SEEN.contains(&what) => {
                found.insert(format!(
                    "{file}: {shown}, but the window only looks at arrays, as {SEEN:?}"
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

/// The modules of the crate with their files, and what each file takes from which other.
struct Graph {
    files: BTreeMap<Vec<String>, String>,
    /// By module: what the names mean that a `use` has brought there.
    names: BTreeMap<Vec<String>, BTreeMap<String, Vec<String>>>,
    arrows: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
}

/// Whether two files are the same, or one heads the folder that the other lies in: they are one thing, cut up to be read.
fn are_one(one: &str, other: &str) -> bool {
    let (one, other) = (module_of(one), module_of(other));
    one.starts_with(&other) || other.starts_with(&one)
}

impl Graph {
    fn of(files: &[(String, String)]) -> Self {
        let readings: Vec<(&String, Reading)> = files
            .iter()
            .map(|(file, text)| (file, read(file, text)))
            .collect();
        let mut graph = Self {
            files: files
                .iter()
                .map(|(file, _)| (module_of(file), file.clone()))
                .collect(),
            names: BTreeMap::new(),
            arrows: BTreeMap::new(),
        };
        for (file, reading) in &readings {
            let names = graph.names.entry(module_of(file)).or_default();
            for mention in reading.mentions.iter().filter(|mention| !mention.in_test) {
                if let Some(name) = &mention.name {
                    names.insert(name.clone(), mention.path.clone());
                }
            }
        }
        for (file, reading) in &readings {
            // What hands on the names of a room is no use of them, nor are tests a part of the house.
            let used = reading.mentions.iter();
            for mention in used.filter(|mention| !mention.in_test && !mention.is_reexport) {
                if let Some((to, name)) = graph.defined(&module_of(file), &mention.path, 0)
                    && !are_one(file, &to)
                {
                    let arrows = graph.arrows.entry((*file).clone()).or_default();
                    arrows.entry(to).or_default().insert(name);
                }
            }
        }
        graph
    }

    /// The file in which something is defined that a module calls by a path, and its name; `None` of what is no item of this
    /// crate.
    fn defined(
        &self,
        module: &[String],
        path: &[String],
        depth: usize,
    ) -> Option<(String, String)> {
        let absolute = match path.first().map(String::as_str)? {
            "crate" => path[1..].to_vec(),
            first => {
                let of_use = self.names.get(module).and_then(|names| names.get(first));
                if let Some(meant) = of_use.filter(|_| depth < 9) {
                    let meant = [meant, &path[1..]].concat();
                    return self
                        .defined(module, &meant, depth + 1)
                        .filter(|_| path.len() > 1);
                }
                let inside = [module, &path[..1]].concat();
                if !self.files.contains_key(&inside) {
                    return None;
                }
                [module, path].concat()
            }
        };
        let known = (1..=absolute.len()).rev();
        let within = known
            .filter(|&length| self.files.contains_key(&absolute[..length]))
            .max()?;
        let (home, rest) = absolute.split_at(within);
        let name = rest.first()?;
        let handed_on = self.names.get(home).and_then(|names| names.get(name));
        match handed_on.filter(|_| depth < 9) {
            Some(meant) => {
                let meant = [meant, &rest[1..]].concat();
                self.defined(home, &meant, depth + 1)
            }
            None => Some((self.files[home].clone(), name.clone())),
        }
    }

    /// Every file that a file needs, through others too.
    fn reached(&self, from: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut open = vec![from];
        while let Some(file) = open.pop() {
            for to in self.arrows.get(file).into_iter().flat_map(BTreeMap::keys) {
                if reached.insert(to.as_str()) {
                    open.push(to);
                }
            }
        }
        reached
    }

    /// The files that need each other, a line for each arrow among them.
    fn circles(&self) -> Vec<String> {
        let reached: BTreeMap<&str, BTreeSet<&str>> = self
            .arrows
            .keys()
            .map(|file| (file.as_str(), self.reached(file)))
            .collect();
        let meets = |a: &str, b: &str| reached.get(a).is_some_and(|of_a| of_a.contains(b));
        let mut found = Vec::new();
        for (from, arrows) in &self.arrows {
            for (to, names) in arrows {
                if meets(to, from) {
                    let names: Vec<&str> = names.iter().map(String::as_str).collect();
                    found.push(format!("{from} -> {to}: {}", names.join(", ")));
                }
            }
        }
        found
    }
}

#[test]
fn no_files_need_each_other() {
    let files = rust_files(&root().join("src"));
    let graph = Graph::of(&files);
    let arrows: usize = graph.arrows.values().map(BTreeMap::len).sum();
    assert!(arrows > 500, "the arrows were not found: {arrows}");
    let circles = graph.circles();
    assert!(circles.is_empty(), "\n{}\n", circles.join("\n"));
}

/// The graph itself: a circle is found through re-exports, use under another name and macros, and a folder with the file that
/// heads it is one.
#[test]
fn a_planted_circle_is_found() {
    let graph = |files: &[(&str, &str)]| {
        let files = files.iter();
        let files: Vec<(String, String)> = files
            .map(|(file, text)| (file.to_string(), text.to_string()))
            .collect();
        Graph::of(&files).circles()
    };
    let head = ("a/mod.rs", "mod b; mod c; pub use b::B; pub use c::C;");
    let found = graph(&[
        head,
        (
            "a/b.rs",
            "use super::c::make as it; pub struct B; fn f() { it() }",
        ),
        ("a/c.rs", "pub fn make() { vec![crate::a::B]; }"),
    ]);
    assert_eq!(found, ["a/b.rs -> a/c.rs: make", "a/c.rs -> a/b.rs: B"]);
    let found = graph(&[
        head,
        (
            "a/b.rs",
            "use super::D; pub struct B(D); mod tests { use super::super::C; }",
        ),
        ("a/c.rs", "use super::B; pub struct C(B);"),
        ("d.rs", "use crate::a::C;"),
    ]);
    assert_eq!(found, [""; 0]);
}

#[test]
fn lib_rs_names_every_room_and_no_other() {
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let parsed = syn::parse_file(&text).unwrap();
    let mut declared: Vec<String> = parsed
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Mod(item) => Some(item.ident.to_string()),
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
                .flat_map(|(file, text)| read(file, text).mentions)
                .any(|mention| !mention.in_test && mention.path == asked);
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
        ("baseline/ols.rs", "use rfd::FileDialog;"),
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
        ("app/views/flow.rs", "use egui_plot::{Line, Points};"),
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
        ("train/worker.rs", "use std::time::{Duration, Instant};"),
        ("app/chooser.rs", "fn f() { std::thread::spawn(g); }"),
        ("session/mod.rs", "fn f() -> std::time::SystemTime { g() }"),
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
            "platform/libraries.rs",
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
