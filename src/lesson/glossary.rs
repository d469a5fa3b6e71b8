//! The terms that lessons link to and that stand on the screen, from `lessons/glossary.md`.

use std::sync::LazyLock;

/// A term and its explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// What links name: `bptt`.
    pub name: &'static str,
    /// The heading.
    pub title: &'static str,
    /// Markdown.
    pub text: &'static str,
}

static TERMS: LazyLock<Vec<Term>> = LazyLock::new(|| {
    let file = include_str!("../../lessons/glossary.md");
    let sections = file.split("\n## ").skip(1);
    sections
        .filter_map(|section| {
            let (heading, text) = section.split_once('\n')?;
            let (title, name) = heading.trim_end().strip_suffix('}')?.rsplit_once(" {#")?;
            Some(Term {
                name,
                title: title.trim(),
                text: text.trim(),
            })
        })
        .collect()
});

/// All terms in the order of the file.
pub fn terms() -> &'static [Term] {
    &TERMS
}

/// The term called `name`.
pub fn lookup(name: &str) -> Option<&'static Term> {
    TERMS.iter().find(|term| term.name == name)
}
