//! The summary of every lesson: one HTML file that is well-formed, whole, and has a number wherever the lesson has one.

use rnnscope::app::views;
use rnnscope::lesson::{Lesson, Shelf, summary};
use std::sync::Arc;

/// Every fourth lesson, so that four tests share the work.
fn share(first: usize) -> Vec<Arc<Lesson>> {
    let lessons = Shelf::built_in(&views::places()).lessons;
    lessons.into_iter().skip(first).step_by(4).collect()
}

/// Whether tags close in the order in which they opened, and how often each was there.
fn tags(html: &str) -> Vec<String> {
    let mut open: Vec<String> = Vec::new();
    let mut seen = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let end = rest[at..].find('>').expect("a tag ends") + at;
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if tag.starts_with('!') || tag.ends_with('/') {
            continue;
        }
        let name: String = tag
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        assert!(!name.is_empty(), "found “<{tag}>”, which no one escaped");
        if tag.starts_with('/') {
            assert_eq!(
                open.pop().as_deref(),
                Some(name.as_str()),
                "before {rest:.80}"
            );
        } else if !["meta", "br", "hr"].contains(&name.as_str()) {
            open.push(name.clone());
            seen.push(name);
        }
    }
    assert_eq!(open, [""; 0]);
    seen
}

fn are_whole(lessons: &[Arc<Lesson>]) {
    for lesson in lessons {
        let html = summary::summary(lesson).unwrap_or_else(|problem| panic!("{problem}"));
        let title = &lesson.title;
        // In a long sum the terms between stand as dots; anywhere else these are a number that is missing.
        let numbers = html.replace("+ … +", "").replace("· … ·", "");
        assert!(!numbers.contains('…'), "{title}: a number is missing");
        // What was not understood of a formula or of the prose would stand there as it was written.
        for left in ["{{", "}}", "\\", "$", "](", "(quantity:", "(term:"] {
            let body = html.split_once("<body>").expect("it has a body").1;
            assert!(!body.contains(left), "{title}: found {left}");
        }
        let tags = tags(&html);
        let count = |name: &str| tags.iter().filter(|tag| *tag == name).count();
        let asked = lesson.pages.iter().flat_map(|page| &page.blocks);
        let asked = asked.filter(|block| {
            use rnnscope::lesson::Block;
            matches!(block, Block::Predict(_) | Block::Turn(_) | Block::Refute(_))
        });
        assert_eq!(count("section"), asked.count(), "{title}");
        for heading in [
            "The question it begins with",
            "To remember",
            "Questions and answers",
            "Sources",
        ] {
            assert!(
                html.contains(&format!("<h2>{heading}</h2>")),
                "{title}: {heading}"
            );
        }
        for outside in ["http://", "src=", "<script", "@import"] {
            assert!(!html.contains(outside), "{title}: {outside}");
        }
    }
}

#[test]
fn the_summaries_of_a_quarter_of_the_lessons_are_whole() {
    are_whole(&share(0));
}

#[test]
fn the_summaries_of_the_second_quarter_are_whole() {
    are_whole(&share(1));
}

#[test]
fn the_summaries_of_the_third_quarter_are_whole() {
    are_whole(&share(2));
}

#[test]
fn the_summaries_of_the_fourth_quarter_are_whole() {
    are_whole(&share(3));
}
