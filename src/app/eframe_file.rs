//! What versions before this one kept, in eframe's own file `app.ron`: read once, so that nobody loses what they have.
//!
//! It is a map of texts, among them `rnnscope`, `egui` and `window`, and it was written by truncating it first: a text that
//! came to its end is read, whatever follows.

use super::geometry::Geometry;
use super::kept::{Kept, Look, Text};
use crate::lesson::Progress;
use crate::platform::fields::salvage;
use crate::platform::files;
use crate::session::Saved;
use eframe::egui::{Pos2, Vec2};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// What is longer was not written by eframe: 64 MiB.
const MAX_BYTES: u64 = 1 << 26;

/// The rnnscope of before.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Before {
    session: Option<Saved>,
    lesson: Option<String>,
    progress: BTreeMap<String, Progress>,
}

#[derive(Deserialize)]
struct Window {
    normal_geometry: Normal,
    fullscreen: bool,
    maximized: bool,
}

#[derive(Deserialize)]
struct Normal {
    outer_position_pixels: Option<Pos2>,
    scale_factor: f32,
    inner_size_points: Vec2,
}

/// What eframe's file at `path` has, and whether that is all; `None` if there is no such file.
pub(super) fn read(path: &Path) -> Option<(Kept, bool)> {
    if !path.exists() {
        return None;
    }
    let read = files::read(path, MAX_BYTES, "").ok();
    let text = read.as_deref().map(String::from_utf8_lossy);
    let (texts, mut whole) = text.map_or((BTreeMap::new(), false), |text| texts(&text));
    let (mut before, mut panes) = (Before::default(), None);
    if let Some(json) = texts.get("rnnscope") {
        let value: Option<Value> = serde_json::from_str(json).ok();
        let read = value.as_ref().and_then(salvage::<Before>);
        whole &= read.as_ref().is_some_and(|(_, all)| *all);
        before = read.map(|(before, _)| before).unwrap_or_default();
        let kept = value.as_ref().and_then(|value| value.get("panes"));
        panes = kept.and_then(|panes| Deserialize::deserialize(panes).ok());
    }
    let window: Option<Window> = texts
        .get("window")
        .and_then(|window| eframe::get_value(&Text(Some(window.clone())), ""));
    let window = window.map(|window| Geometry {
        size: window.normal_geometry.inner_size_points.into(),
        position: window
            .normal_geometry
            .outer_position_pixels
            .map(|pixels| (pixels / window.normal_geometry.scale_factor).into()),
        maximized: window.maximized,
        fullscreen: window.fullscreen,
    });
    let kept = Kept {
        session: before.session,
        lesson: before.lesson,
        progress: before.progress,
        look: Look {
            layouts: None,
            panes,
            window,
            memory: texts.get("egui").cloned(),
            ..Look::default()
        },
        ..Kept::default()
    };
    Some((kept, whole))
}

/// The texts of a map that came to their ends, by name, and whether the map did.
fn texts(ron: &str) -> (BTreeMap<String, String>, bool) {
    let mut texts = BTreeMap::new();
    let mut rest = ron.trim_end();
    let whole = rest.ends_with('}');
    let mut name: Option<String> = None;
    while let Some(begin) = rest.find('"') {
        let Some((text, after)) = text(&rest[begin + 1..]) else {
            return (texts, false);
        };
        rest = after;
        match name.take() {
            None => name = Some(text),
            Some(name) => drop(texts.insert(name, text)),
        }
    }
    (texts, whole)
}

/// The text up to the next quotation mark that is not escaped, and what follows it.
fn text(ron: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut rest = ron;
    loop {
        let end = rest.find(['"', '\\'])?;
        text.push_str(&rest[..end]);
        let mut signs = rest[end..].chars();
        if signs.next() == Some('"') {
            return Some((text, signs.as_str()));
        }
        let escaped = signs.next()?;
        rest = signs.as_str();
        match escaped {
            'n' => text.push('\n'),
            'r' => text.push('\r'),
            't' => text.push('\t'),
            '0' => text.push('\0'),
            'u' => {
                let (digits, after) = rest.strip_prefix('{')?.split_once('}')?;
                text.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
                rest = after;
            }
            itself => text.push(itself),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_came_to_their_ends_are_read_whatever_follows() {
        let ron = "{\n    \"egui\": \"(options:(zoom_factor:1.0))\",\n    \"rnnscope\": \"{\\\"a\\\":\\\"\\\\n\\u{e4}\\\"}\",\n}";
        let (all, whole) = texts(ron);
        assert!(whole);
        assert_eq!(all["egui"], "(options:(zoom_factor:1.0))");
        assert_eq!(all["rnnscope"], "{\"a\":\"\\nä\"}");
        let end_of_first = ron.find(")\"").unwrap() + 1;
        for (at, _) in ron.char_indices() {
            let (some, whole) = texts(&ron[..at]);
            assert!(!whole, "{at}");
            assert!(
                some.iter().all(|(name, text)| all.get(name) == Some(text)),
                "{at}"
            );
            assert_eq!(some.contains_key("egui"), at > end_of_first, "{at}");
        }
    }
}
