//! Markdown to the blocks and spans that are drawn.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::LinkTarget;

/// One piece of a text that stands below the one before.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// Running text.
    Paragraph(Vec<Span>),
    /// A heading and its level, 1 … 6.
    Heading(u8, Vec<Span>),
    /// A list, numbered from the given number if there is one; every item is blocks.
    List(Option<u64>, Vec<Vec<Block>>),
    /// A quotation.
    Quote(Vec<Block>),
    /// Source text, kept as it is.
    Code(String),
    /// A formula on a line of its own, as LaTeX.
    Formula(String),
    /// A line between two parts.
    Rule,
}

/// A stretch of text in one style.
#[derive(Clone, Debug, PartialEq)]
pub enum Span {
    /// Text.
    Text(String, Style),
    /// A formula within the line, as LaTeX.
    Math(String, Style),
    /// The end of a line the author asked for.
    Break,
}

/// How a span looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Bold.
    pub strong: bool,
    /// Italic.
    pub emphasis: bool,
    /// Monospace.
    pub code: bool,
    /// An index into the text's links.
    pub link: Option<usize>,
}

/// The blocks of `markdown` and the targets of its links.
pub fn parse(markdown: &str) -> (Vec<Block>, Vec<LinkTarget>) {
    let mut builder = Builder::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_MATH) {
        builder.event(event);
    }
    builder.end_spans();
    // An unclosed container cannot come out of the parser; if it did, its contents would still be shown.
    while builder.open.len() > 1 {
        builder.close();
    }
    let blocks = builder.open.pop().map_or_else(Vec::new, |open| open.blocks);
    (blocks, builder.links)
}

struct Open {
    container: Container,
    blocks: Vec<Block>,
    items: Vec<Vec<Block>>,
}

impl Open {
    fn new(container: Container) -> Open {
        Open {
            container,
            blocks: Vec::new(),
            items: Vec::new(),
        }
    }
}

#[derive(Clone, Copy)]
enum Container {
    Text,
    Quote,
    List(Option<u64>),
    Item,
}

struct Builder {
    open: Vec<Open>,
    spans: Vec<Span>,
    style: Style,
    heading: Option<u8>,
    code: Option<String>,
    links: Vec<LinkTarget>,
}

impl Default for Builder {
    fn default() -> Builder {
        Builder {
            open: vec![Open::new(Container::Text)],
            spans: Vec::new(),
            style: Style::default(),
            heading: None,
            code: None,
            links: Vec::new(),
        }
    }
}

impl Builder {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.text(&text),
            Event::Code(text) => {
                let style = Style {
                    code: true,
                    ..self.style
                };
                self.spans.push(Span::Text(text.into_string(), style));
            }
            Event::InlineMath(latex) => {
                let span = Span::Math(latex.trim().to_owned(), self.style);
                self.spans.push(span);
            }
            Event::DisplayMath(latex) => {
                self.end_spans();
                self.push(Block::Formula(latex.trim().to_owned()));
            }
            Event::SoftBreak => self.text(" "),
            Event::HardBreak => self.spans.push(Span::Break),
            Event::Rule => {
                self.end_spans();
                self.push(Block::Rule);
            }
            Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.end_spans();
                self.heading = Some(match level {
                    HeadingLevel::H1 => 1,
                    HeadingLevel::H2 => 2,
                    HeadingLevel::H3 => 3,
                    HeadingLevel::H4 => 4,
                    HeadingLevel::H5 => 5,
                    HeadingLevel::H6 => 6,
                });
            }
            Tag::BlockQuote(_) => self.open(Container::Quote),
            Tag::List(first) => self.open(Container::List(first)),
            Tag::Item => self.open(Container::Item),
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                self.end_spans();
                self.code = Some(String::new());
            }
            Tag::Strong => self.style.strong = true,
            Tag::Emphasis => self.style.emphasis = true,
            Tag::Link { dest_url, .. } => {
                self.style.link = Some(self.links.len());
                self.links.push(LinkTarget::from_url(&dest_url));
            }
            _ => self.end_spans(),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item => {
                self.end_spans();
                self.close();
            }
            TagEnd::CodeBlock => {
                if let Some(mut code) = self.code.take() {
                    code.truncate(code.trim_end().len());
                    self.push(Block::Code(code));
                }
            }
            TagEnd::Strong => self.style.strong = false,
            TagEnd::Emphasis => self.style.emphasis = false,
            TagEnd::Link => self.style.link = None,
            _ => self.end_spans(),
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(code) = &mut self.code {
            code.push_str(text);
            return;
        }
        match self.spans.last_mut() {
            Some(Span::Text(last, style)) if *style == self.style => last.push_str(text),
            _ => {
                let span = Span::Text(text.to_owned(), self.style);
                self.spans.push(span);
            }
        }
    }

    fn open(&mut self, container: Container) {
        self.end_spans();
        self.open.push(Open::new(container));
    }

    fn close(&mut self) {
        if self.open.len() < 2 {
            return;
        }
        let Some(done) = self.open.pop() else { return };
        match done.container {
            Container::Text => done.blocks.into_iter().for_each(|block| self.push(block)),
            Container::Quote => self.push(Block::Quote(done.blocks)),
            Container::List(first) => self.push(Block::List(first, done.items)),
            Container::Item => {
                if let Some(list) = self.open.last_mut() {
                    list.items.push(done.blocks);
                }
            }
        }
    }

    fn end_spans(&mut self) {
        let heading = self.heading.take();
        let spans = std::mem::take(&mut self.spans);
        let blank = |span: &Span| matches!(span, Span::Text(text, _) if text.trim().is_empty());
        if spans.iter().all(blank) {
            return;
        }
        self.push(match heading {
            Some(level) => Block::Heading(level, spans),
            None => Block::Paragraph(spans),
        });
    }

    fn push(&mut self, block: Block) {
        if let Some(open) = self.open.last_mut() {
            open.blocks.push(block);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::Quantity;

    #[test]
    fn a_lesson_page_becomes_blocks() {
        let (blocks, links) = parse(
            "## Forget\n\nThe [forget gate](quantity:f) $f_t$ **keeps** [BPTT](term:bptt).\n\n\
             $$c_t = f_t$$\n\n1. one\n2. two\n   - inner\n\n> quoted\n\n```text\na  b\n```\n",
        );
        assert_eq!(
            links,
            vec![
                LinkTarget::Quantity(Quantity::F),
                LinkTarget::Term("bptt".into())
            ]
        );
        let kinds: Vec<&str> = blocks
            .iter()
            .map(|block| match block {
                Block::Paragraph(_) => "paragraph",
                Block::Heading(2, _) => "heading 2",
                Block::Heading(..) => "heading",
                Block::List(Some(1), items) if items.len() == 2 => "numbered list",
                Block::List(..) => "list",
                Block::Quote(_) => "quote",
                Block::Code(code) if code == "a  b" => "code",
                Block::Code(_) => "other code",
                Block::Formula(_) => "formula",
                Block::Rule => "rule",
            })
            .collect();
        assert_eq!(
            kinds,
            [
                "heading 2",
                "paragraph",
                "formula",
                "numbered list",
                "quote",
                "code"
            ]
        );
        let Some(Block::Paragraph(spans)) = blocks.get(1) else {
            unreachable!("the second block is a paragraph, as asserted above")
        };
        assert!(spans.contains(&Span::Math("f_t".into(), Style::default())));
    }

    #[test]
    fn display_math_inside_a_paragraph_stands_alone() {
        let (blocks, _) = parse("before $$x$$ after");
        assert_eq!(blocks.len(), 3);
        assert_eq!(blocks[1], Block::Formula("x".into()));
    }
}
