//! XML as programs write it: tags, attributes and texts, one after the other.
//!
//! Namespaces are left out of account: a name counts without its prefix. Nothing is fetched and nothing defined by a document is
//! put in, so that a small document stays small.

use std::borrow::Cow;

/// What comes next in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event<'a> {
    /// A tag that opens, and whether it closes itself.
    Start(Tag<'a>, bool),
    /// A tag that closes what has this name.
    End(&'a str),
    /// Text, its entities not yet put in.
    Text(&'a str),
    /// Text as it stands.
    Verbatim(&'a str),
}

/// A tag that opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// Its name without prefix.
    pub name: &'a str,
    attributes: &'a str,
}

/// That a document ends within a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CutOff;

/// A document, gone through from its beginning.
pub(super) struct Xml<'a> {
    text: &'a str,
    at: usize,
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

impl<'a> Xml<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// How much of the document was gone through, from 0 to 1.
    pub fn share(&self) -> f32 {
        self.at as f32 / self.text.len().max(1) as f32
    }

    /// What comes next; `None` at the end.
    pub fn next(&mut self) -> Result<Option<Event<'a>>, CutOff> {
        loop {
            let rest = &self.text[self.at..];
            let Some(open) = memchr::memchr(b'<', rest.as_bytes()) else {
                self.at = self.text.len();
                return Ok((!rest.is_empty()).then_some(Event::Text(rest)));
            };
            if open > 0 {
                self.at += open;
                return Ok(Some(Event::Text(&rest[..open])));
            }
            for (begin, end) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")] {
                if let Some(inner) = rest.strip_prefix(begin) {
                    let length = inner.find(end).ok_or(CutOff)?;
                    self.at += begin.len() + length + end.len();
                    if begin == "<![CDATA[" {
                        return Ok(Some(Event::Verbatim(&inner[..length])));
                    }
                    return self.next();
                }
            }
            let length = end_of_tag(rest.as_bytes()).ok_or(CutOff)?;
            self.at += length + 1;
            let tag = &rest[1..length];
            if let Some(name) = tag.strip_prefix('/') {
                return Ok(Some(Event::End(local(name.trim_end()))));
            }
            // A document type.
            if tag.starts_with('!') {
                continue;
            }
            let (tag, closed) = match tag.strip_suffix('/') {
                Some(tag) => (tag, true),
                None => (tag, false),
            };
            let (name, attributes) = tag
                .split_once(|sign: char| sign.is_ascii_whitespace())
                .unwrap_or((tag, ""));
            let name = local(name);
            return Ok(Some(Event::Start(Tag { name, attributes }, closed)));
        }
    }
}

/// Where the `>` stands that ends a tag: not one within an attribute.
fn end_of_tag(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr3(b'>', b'"', b'\'', &text[at..])?;
        match text[at] {
            b'>' => return Some(at),
            quote => at += 2 + memchr::memchr(quote, &text[at + 1..])?,
        }
    }
}

impl<'a> Tag<'a> {
    /// The value of an attribute: by its name without prefix if `name` has none.
    pub fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        let mut rest = self.attributes;
        loop {
            let (key, after) = rest.split_once('=')?;
            let after = after.trim_ascii_start();
            let quote = after
                .chars()
                .next()
                .filter(|sign| matches!(sign, '"' | '\''))?;
            let (value, more) = after[1..].split_once(quote)?;
            let key = key.trim();
            if key == name || (key.contains(':') && key.ends_with(name) && name.starts_with(':')) {
                return Some(plain(value));
            }
            rest = more;
        }
    }

    /// The whole number that an attribute is.
    pub fn number(&self, name: &str) -> Option<usize> {
        self.get(name)?.trim().parse().ok()
    }

    /// Whether an attribute says yes.
    pub fn is(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| matches!(value.trim(), "1" | "true" | "on"))
    }
}

/// Text with its entities put in.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    /// No entity that is known is longer: `&#x10FFFF;`.
    const LONGEST: usize = 12;
    if memchr::memchr(b'&', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain += &rest[..at];
        rest = &rest[at..];
        let known = rest.find(';').filter(|&end| end < LONGEST).and_then(|end| {
            let sign = match &rest[1..end] {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                "apos" => '\'',
                code => {
                    let code = code.strip_prefix('#')?;
                    let code = match code.strip_prefix(['x', 'X']) {
                        Some(digits) => u32::from_str_radix(digits, 16),
                        None => code.parse(),
                    };
                    char::from_u32(code.ok()?)?
                }
            };
            Some((sign, end + 1))
        });
        let (sign, length) = known.unwrap_or(('&', 1));
        plain.push(sign);
        rest = &rest[length..];
    }
    plain += rest;
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Result<Vec<String>, CutOff> {
        let mut xml = Xml::new(text);
        let mut all = Vec::new();
        while let Some(event) = xml.next()? {
            all.push(match event {
                Event::Start(tag, closed) => {
                    format!("{}{}", tag.name, if closed { "/" } else { "" })
                }
                Event::End(name) => format!("/{name}"),
                Event::Text(text) => plain(text).into_owned(),
                Event::Verbatim(text) => format!("={text}"),
            });
        }
        Ok(all)
    }

    #[test]
    fn tags_and_texts_come_in_their_order() {
        let text = "<?xml version='1.0'?><!DOCTYPE a><!-- <b> --><x:a b=\"1 > 0\"><c/>1 &lt; 2<![CDATA[<&>]]></x:a >";
        assert_eq!(told(text).unwrap(), ["a", "c/", "1 < 2", "=<&>", "/a"]);
        for cut in ["<a", "<a b=\"1>", "<!-- ", "<![CDATA[ ]]"] {
            assert_eq!(told(cut), Err(CutOff), "{cut}");
        }
    }

    #[test]
    fn attributes_are_found_by_their_names() {
        let mut xml = Xml::new("<c sr='x' r = \"A&amp;1\" r:id='7' on=\"true\"/>");
        let Ok(Some(Event::Start(tag, true))) = xml.next() else {
            panic!("no tag")
        };
        assert_eq!(tag.get("r").as_deref(), Some("A&1"));
        assert_eq!(tag.number(":id"), Some(7));
        assert_eq!(
            (tag.get("id"), tag.is("on"), tag.is("r")),
            (None, true, false)
        );
    }

    #[test]
    fn entities_are_put_in_and_unknown_ones_stay() {
        assert_eq!(
            plain("&#228;&#x4E2D;&quot;&nbsp;&;&#xD800;&"),
            "ä中\"&nbsp;&;&#xD800;&"
        );
    }
}
