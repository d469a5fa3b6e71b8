//! Markdown as HTML: what a lesson's prose may hold, and nothing that is not escaped.

use super::escape::escaped;
use super::formula::mathml;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

fn events(markdown: &str) -> Parser<'_> {
    Parser::new_ext(markdown, Options::ENABLE_MATH)
}

/// A text as HTML. Words that link to quantities and terms are words; addresses stay.
pub fn html(markdown: &str) -> String {
    let mut html = String::new();
    for event in events(markdown) {
        push(&mut html, event);
    }
    html
}

/// The first block of a text: a paragraph, or a list.
pub fn first_block(markdown: &str) -> &str {
    let mut depth = 0_usize;
    for (event, at) in events(markdown).into_offset_iter() {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return &markdown[..at.end];
        }
    }
    markdown
}

/// The formulas of a text that stand on lines of their own, as LaTeX.
pub fn formulas(markdown: &str) -> Vec<String> {
    let formulas = events(markdown).filter_map(|event| match event {
        Event::DisplayMath(latex) => Some(latex.into_string()),
        _ => None,
    });
    formulas.collect()
}

fn push(html: &mut String, event: Event<'_>) {
    match event {
        Event::Start(tag) => start(html, &tag),
        Event::End(tag) => end(html, &tag),
        Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
            html.push_str(&escaped(&text));
        }
        Event::Code(code) => {
            html.push_str(&format!("<code>{}</code>", escaped(&code)));
        }
        Event::InlineMath(latex) => html.push_str(&mathml(&latex, false)),
        Event::DisplayMath(latex) => html.push_str(&mathml(&latex, true)),
        Event::SoftBreak => html.push('\n'),
        Event::HardBreak => html.push_str("<br>\n"),
        Event::Rule => html.push_str("<hr>\n"),
        // Not asked for when parsing.
        Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
    }
}

/// The address of a link that paper can show: not what only the window can follow.
fn address(link: &str) -> Option<&str> {
    link.starts_with("https:").then_some(link)
}

fn start(html: &mut String, tag: &Tag<'_>) {
    match tag {
        Tag::Paragraph => html.push_str("<p>"),
        Tag::Heading { .. } => html.push_str("<h4>"),
        Tag::BlockQuote(_) => html.push_str("<blockquote>\n"),
        Tag::CodeBlock(_) => html.push_str("<pre><code>"),
        Tag::List(None) => html.push_str("<ul>\n"),
        Tag::List(Some(first)) => html.push_str(&format!("<ol start=\"{first}\">\n")),
        Tag::Item => html.push_str("<li>"),
        Tag::Emphasis => html.push_str("<em>"),
        Tag::Strong => html.push_str("<strong>"),
        Tag::Link { dest_url, .. } => match address(dest_url) {
            Some(address) => html.push_str(&format!("<a href=\"{}\">", escaped(address))),
            None => html.push_str("<span>"),
        },
        _ => {}
    }
}

fn end(html: &mut String, tag: &TagEnd) {
    html.push_str(match tag {
        TagEnd::Paragraph => "</p>\n",
        TagEnd::Heading(_) => "</h4>\n",
        TagEnd::BlockQuote(_) => "</blockquote>\n",
        TagEnd::CodeBlock => "</code></pre>\n",
        TagEnd::List(false) => "</ul>\n",
        TagEnd::List(true) => "</ol>\n",
        TagEnd::Item => "</li>\n",
        TagEnd::Emphasis => "</em>",
        TagEnd::Strong => "</strong>",
        TagEnd::Link => return close_link(html),
        _ => "",
    });
}

/// Ends the link that was opened last; there is none within another.
fn close_link(html: &mut String) {
    let (address, words) = (html.rfind("<a href"), html.rfind("<span>"));
    html.push_str(match address > words {
        true => "</a>",
        false => "</span>",
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_becomes_html_and_nothing_in_it_is_markup() {
        let text = "A [gate](quantity:f) and [this](https://example.org/?a=1&b=2), **one** *two* `c<d`, $h_t$ <b>no</b> & x < y\n\n1. first\n2. second\n";
        assert_eq!(
            html(text),
            "<p>A <span>gate</span> and <a href=\"https://example.org/?a=1&amp;b=2\">this</a>, <strong>one</strong> \
             <em>two</em> <code>c&lt;d</code>, <math><mrow><msub><mi>h</mi><mi>t</mi></msub></mrow></math> \
             &lt;b&gt;no&lt;/b&gt; &amp; x &lt; y</p>\n<ol start=\"1\">\n<li>first</li>\n<li>second</li>\n</ol>\n"
        );
    }

    #[test]
    fn the_first_block_is_a_paragraph_or_a_whole_list() {
        assert_eq!(first_block("One\ntwo.\n\nThree.").trim(), "One\ntwo.");
        assert_eq!(
            first_block("- one\n  more\n- two\n\nThree.").trim(),
            "- one\n  more\n- two"
        );
        assert_eq!(first_block(""), "");
        assert_eq!(formulas("a\n\n$$x$$\n\n$y$ and $$z$$"), ["x", "z"]);
    }
}
