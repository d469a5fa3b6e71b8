//! Named values as a text with a line for each, so that damage to one costs no other.
//!
//! ```text
//! rnnscope 1
//! 4d967a30111bf29f ["lesson","vanishing"]
//! - ["theme","Dark"]
//! 6b86b273ff34fce1 ["end",2]
//! ```
//!
//! Before each value stands the beginning of the SHA-256 of what follows it on its line: what was damaged is known to be, and
//! is not taken for something else. Who writes a line by hand puts “-” there. The last line counts those before it: a text
//! without it was cut off.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The first line: whose text it is, and in which form.
const HEAD: &str = "rnnscope 1";

/// The name of the last line.
const END: &str = "end";

/// What a line begins with that was written by hand.
const BY_HAND: &str = "-";

/// Values by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(BTreeMap<String, Value>);

impl Fields {
    /// Sets the value of a name; a value that is no JSON leaves the others as they are.
    pub fn set(&mut self, name: &str, value: &impl Serialize) {
        if let Ok(value) = serde_json::to_value(value) {
            self.0.insert(name.to_owned(), value);
        }
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// All names with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Takes from `older` what is missing here.
    pub fn fill(&mut self, older: Fields) {
        for (name, value) in older.0 {
            self.0.entry(name).or_insert(value);
        }
    }

    /// The text.
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEAD}\n");
        for (name, value) in &self.0 {
            text.push_str(&line(name, value));
        }
        text.push_str(&line(END, &self.0.len().into()));
        text
    }

    /// The values in a text that can be read, and whether these are all that were written.
    pub fn read(text: &[u8]) -> (Self, bool) {
        let mut fields = Self::default();
        let (mut whole, mut count) = (true, None);
        let mut lines = text.split(|&byte| byte == b'\n');
        whole &= lines.next() == Some(HEAD.as_bytes());
        for line in lines.filter(|line| !line.is_empty()) {
            match read_line(line) {
                None => whole = false,
                Some((name, value)) if name == END => count = value.as_u64(),
                Some((name, value)) => drop(fields.0.insert(name, value)),
            }
        }
        whole &= count == Some(fields.0.len() as u64);
        (fields, whole)
    }
}

fn line(name: &str, value: &Value) -> String {
    let content = Value::from(vec![name.into(), value.clone()]).to_string();
    format!("{} {content}\n", sum(content.as_bytes()))
}

fn read_line(line: &[u8]) -> Option<(String, Value)> {
    let (written, content) = std::str::from_utf8(line).ok()?.split_once(' ')?;
    if written != BY_HAND && written != sum(content.as_bytes()) {
        return None;
    }
    serde_json::from_str(content).ok()
}

/// The first 16 hexadecimal digits of the SHA-256.
fn sum(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// As much of a value as `T` can be made of: of an object the entries, of a list the elements that fit. Says whether that is
/// all of it. `T` must be able to do without what is missing; `None` if nothing of the value fits.
pub fn salvage<T: serde::de::DeserializeOwned>(value: &Value) -> Option<(T, bool)> {
    let read = |value: &Value| T::deserialize(value).ok();
    if let Some(all) = read(value) {
        return Some((all, true));
    }
    let part = fitting(value, &|value| read(value).is_some())?;
    Some((read(&part)?, false))
}

/// The largest part of a value that fits, found from its beginning.
fn fitting(value: &Value, fits: &dyn Fn(&Value) -> bool) -> Option<Value> {
    if fits(value) {
        return Some(value.clone());
    }
    match value {
        Value::Object(entries) => {
            let mut part = serde_json::Map::new();
            for (key, value) in entries {
                let with = |value: &Value| {
                    let mut tried = part.clone();
                    tried.insert(key.clone(), value.clone());
                    Value::Object(tried)
                };
                if let Some(value) = fitting(value, &|value| fits(&with(value))) {
                    part.insert(key.clone(), value);
                }
            }
            Some(Value::Object(part)).filter(fits)
        }
        Value::Array(elements) => {
            let mut part = Vec::new();
            for element in elements {
                let with = |element: &Value| {
                    let mut tried = part.clone();
                    tried.push(element.clone());
                    Value::Array(tried)
                };
                if let Some(element) = fitting(element, &|element| fits(&with(element))) {
                    part.push(element);
                }
            }
            Some(Value::Array(part)).filter(fits)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::json;

    fn some() -> Fields {
        let mut fields = Fields::default();
        fields.set("text", &"format = 1\n\n[data]\ncsv = \"größe.csv\"\n");
        fields.set("update", &90_000);
        fields.set("progress of “a”", &json!({ "done": [[0, 1], [2, 3]] }));
        fields.set("theme", &"Dark");
        fields.set("nothing", &json!(null));
        fields
    }

    #[test]
    fn what_is_written_is_read_again() {
        for fields in [some(), Fields::default()] {
            let text = fields.to_text();
            assert_eq!(Fields::read(text.as_bytes()), (fields, true));
        }
    }

    #[test]
    fn a_line_written_by_hand_needs_no_sum() {
        let (fields, whole) = Fields::read(b"rnnscope 1\n- [\"theme\",\"Dark\"]\n- [\"end\",1]\n");
        assert!(whole);
        assert_eq!(fields.get("theme"), Some(&json!("Dark")));
    }

    #[test]
    fn another_form_is_not_taken_for_whole() {
        let text = some().to_text().replace("rnnscope 1", "rnnscope 2");
        assert_eq!(Fields::read(text.as_bytes()), (some(), false));
    }

    /// The names of the lines that a change at these bytes touches.
    fn touched(text: &str, at: std::ops::Range<usize>) -> Vec<String> {
        let mut start = 0;
        let mut names = Vec::new();
        for line in text.split_inclusive('\n') {
            if start < at.end && at.start < start + line.len() {
                names.extend(read_line(line.trim_end().as_bytes()).map(|(name, _)| name));
            }
            start += line.len();
        }
        names
    }

    proptest! {
        #[test]
        fn damage_costs_the_lines_it_touches_and_no_others(at in any::<prop::sample::Index>(), bits in 1_u8..) {
            let text = some().to_text();
            let mut bytes = text.clone().into_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= bits;
            let (fields, whole) = Fields::read(&bytes);
            // A line end in its midst, or two lines joined, touch both their lines.
            let lost = touched(&text, at..at + 2);
            // Only the last line end says nothing.
            prop_assert!(!whole || at + 1 == bytes.len());
            for (name, value) in some().iter() {
                match fields.get(name) {
                    Some(read) => prop_assert_eq!(read, value),
                    None => prop_assert!(lost.iter().any(|lost| lost == name), "{} is lost", name),
                }
            }
            prop_assert!(fields.iter().all(|(name, _)| some().get(name).is_some()));
        }

        #[test]
        fn a_text_cut_off_keeps_its_lines_and_says_so(at in any::<prop::sample::Index>()) {
            let text = some().to_text();
            let cut = &text.as_bytes()[..at.index(text.len())];
            let (fields, whole) = Fields::read(cut);
            // Without its last line end, the text is whole.
            prop_assert_eq!(whole, cut.len() + 1 == text.len());
            let ends = cut.iter().filter(|&&byte| byte == b'\n').count();
            prop_assert!(fields.iter().count() + 1 >= ends.min(6), "a line is lost that is there");
            prop_assert!(fields.iter().all(|(name, value)| some().get(name) == Some(value)));
        }

        #[test]
        fn anything_at_all_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            Fields::read(&bytes);
        }
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Sample {
        page: usize,
        done: Vec<(usize, usize)>,
        name: Option<String>,
    }

    #[test]
    fn what_fits_of_a_value_is_kept() {
        let value =
            json!({ "page": "three", "done": [[1, 2], [3], "x", [4, 5]], "name": "a", "more": 1 });
        let expected = Sample {
            page: 0,
            done: vec![(1, 2), (4, 5)],
            name: Some("a".into()),
        };
        assert_eq!(salvage(&value), Some((expected, false)));
        let value = json!({ "page": 3 });
        assert!(salvage::<Sample>(&value).is_some_and(|(read, all)| read.page == 3 && all));
        assert_eq!(salvage::<Sample>(&json!("no object")), None);
    }
}
