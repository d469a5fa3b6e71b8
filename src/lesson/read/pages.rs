//! The pages of a lesson: headings, prose, and the fenced blocks in it.

use super::blocks::{BLOCKS, misspelt, read_block};
use super::fields::parse_toml;
use super::{Around, Mistakes};
use crate::lesson::{Block, Page, prose};
use crate::words::shortened;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use std::ops::Range;

/// The most words in a page's prose.
const MAX_WORDS: usize = 130;

pub(super) fn read_pages(
    source: &str,
    body_at: usize,
    around: Around<'_>,
    mistakes: &mut Mistakes<'_>,
) -> Vec<Page> {
    let body = &source[body_at..];
    let mut pages: Vec<Page> = Vec::new();
    let mut prose_from = 0;
    let mut heading: Option<usize> = None;
    let (mut title, mut given) = (String::new(), None);
    let mut fence: Option<(String, usize)> = None;
    let mut fenced: Option<Range<usize>> = None;
    let add_prose = |pages: &mut Vec<Page>, range: Range<usize>, mistakes: &mut Mistakes<'_>| {
        let text = body[range.clone()].trim();
        let blank = body[range.clone()].len() - body[range.clone()].trim_start().len();
        match pages.last_mut() {
            _ if text.is_empty() => {}
            Some(page) => {
                mistakes.in_prose(text, &[], |at| body_at + range.start + blank + at);
                page.blocks.push(Block::Prose(text.into()));
            }
            None => {
                let problem =
                    "found text before the first page, expected a heading that begins with ##";
                mistakes.at(body_at + range.start + blank, problem);
            }
        }
    };
    let options = Options::ENABLE_MATH | Options::ENABLE_HEADING_ATTRIBUTES;
    for (event, range) in Parser::new_ext(body, options).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading {
                level: HeadingLevel::H2,
                id,
                ..
            }) => {
                given = id;
                add_prose(&mut pages, prose_from..range.start, mistakes);
                heading = Some(range.start);
                title.clear();
            }
            Event::End(TagEnd::Heading(HeadingLevel::H2)) => {
                if title.trim().is_empty() {
                    mistakes.at(
                        body_at + heading.unwrap_or(range.start),
                        "found a page without a title",
                    );
                }
                let line = mistakes.line(body_at + heading.unwrap_or(range.start));
                heading = None;
                prose_from = range.end;
                let name = match given.take() {
                    Some(name) => name.to_string(),
                    None => in_words(&title),
                };
                if pages.iter().any(|page| page.name == name) {
                    let problem = format!(
                        "found a second page called “{}”, expected each name once: write ## … {{#another-name}}",
                        shortened(&name)
                    );
                    mistakes.on_line(line, problem);
                }
                pages.push(Page {
                    name,
                    title: title.clone(),
                    line,
                    setup: None,
                    focus: None,
                    blocks: Vec::new(),
                });
            }
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text)
                if heading.is_some() =>
            {
                title.push_str(&text);
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(name))) => {
                let name = name.trim();
                if BLOCKS.contains(&name) {
                    add_prose(&mut pages, prose_from..range.start, mistakes);
                    fence = Some((name.to_string(), range.start));
                    fenced = None;
                } else if let Some(meant) = misspelt(name) {
                    mistakes.at(
                        body_at + range.start,
                        format!("found a block “{name}”, expected “{meant}”"),
                    );
                }
            }
            // The text between the fences as it stands in the file, so that places in it are places in the file.
            Event::Text(_) if fence.is_some() => {
                fenced = Some(fenced.map_or(range.start, |before| before.start)..range.end);
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((name, start)) = fence.take() {
                    prose_from = range.end;
                    let fenced = fenced.take().unwrap_or(range.end..range.end);
                    // An empty block is at fault where it begins.
                    let base = body_at
                        + if fenced.is_empty() {
                            start
                        } else {
                            fenced.start
                        };
                    match (parse_toml(&body[fenced], base, mistakes), pages.last_mut()) {
                        (Some(toml), Some(page)) => {
                            let place = (base, body_at + start);
                            read_block(&name, &toml, place, page, around, mistakes);
                        }
                        (Some(_), None) => mistakes.at(
                            body_at + start,
                            "found a block before the first page, expected a heading that begins with ##",
                        ),
                        (None, _) => {}
                    }
                }
            }
            _ => {}
        }
    }
    add_prose(&mut pages, prose_from..body.len(), mistakes);
    for page in &pages {
        let prose = page.blocks.iter().map(|block| match block {
            Block::Prose(text) => prose::words(text),
            _ => 0,
        });
        let words: usize = prose.sum();
        if words > MAX_WORDS {
            let problem = format!(
                "page “{}”: found {words} words, expected at most {MAX_WORDS}: a page is one screen",
                shortened(&page.title)
            );
            mistakes.on_line(page.line, problem);
        }
    }
    pages
}

/// A title as a name: its letters and digits in lower case, with hyphens between.
pub(super) fn in_words(title: &str) -> String {
    let lower = title.to_lowercase();
    let words = lower.split(|sign: char| !sign.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-")
}
