//! Numbers that are set by hand: a list of tables, each with a name, an index and a value.

use super::section::{Allowed, Entry, Report, Section};
use crate::nn::SetWeight;

/// What a number may be that is set by hand.
pub(super) const WEIGHT: Allowed = Allowed {
    accepts: |weight| (-1e6..=1e6).contains(&weight),
    expected: "a number from -1000000 to 1000000",
};

/// How numbers that are set by hand are written.
pub(super) struct SetNumbers {
    /// The key that has the name.
    key: &'static str,
    /// What is expected there, and an example.
    name: [&'static str; 2],
    /// An example of all.
    example: &'static str,
}

/// Weights: `model.init.set`, and `set` of a change on the way.
pub(super) const WEIGHTS: SetNumbers = SetNumbers {
    key: "parameter",
    name: [
        "the name of a parameter",
        "For example parameter = \"weight_hh_l0\".",
    ],
    example: "For example set = [ { parameter = \"weight_hh_l0\", index = [0, 1], value = 0.5 } ].",
};

/// What the run of the sequence under the lens is given: `probe.set`.
pub(super) const GIVEN: SetNumbers = SetNumbers {
    key: "number",
    name: [
        "“x”, “h_0” or “c_0”",
        "For example number = \"x\", with index = [step, input], both counted from 0.",
    ],
    example: "For example set = [ { number = \"x\", index = [0, 0], value = 0.5 } ].",
};

/// Numbers that are set by hand, as a section's `set` has them.
pub(super) fn set_numbers(
    table: &mut Section,
    of: &SetNumbers,
    report: &mut Report,
) -> Vec<SetWeight> {
    let Some(entry) = table.get("set") else {
        return Vec::new();
    };
    let Some(sections) = entry.sections() else {
        report.refuse(&entry, "a list of tables", of.example);
        return Vec::new();
    };
    let read = sections.into_iter();
    read.filter_map(|section| set_number(section, of, report))
        .collect()
}

fn set_number(mut section: Section, of: &SetNumbers, report: &mut Report) -> Option<SetWeight> {
    const INDEX: [&str; 2] = [
        "a list of whole numbers from 0, one for each axis",
        "For example index = [0, 1]: row and column.",
    ];
    const VALUE: [&str; 2] = [WEIGHT.expected, "For example value = 0.5."];
    for (key, [expected, hint]) in [(of.key, of.name), ("index", INDEX), ("value", VALUE)] {
        if section.peek(key).is_none() {
            section.missing(report, key, expected, hint);
        }
    }
    let parameter = section.text(report, of.key, of.name[0], of.name[1]);
    let index = section.get("index").and_then(|entry| {
        let index = whole_numbers(&entry);
        if index.is_none() {
            report.refuse(&entry, INDEX[0], INDEX[1]);
        }
        index
    });
    let value = section.optional_number(report, "value", &WEIGHT, VALUE[1]);
    section.finish(report);
    Some(SetWeight {
        parameter: parameter?,
        index: index?,
        value: value?,
    })
}

/// The list of whole numbers that a value is.
fn whole_numbers(entry: &Entry) -> Option<Vec<usize>> {
    let array = entry.item.as_array()?;
    let whole = |value: &toml_edit::Value| usize::try_from(value.as_integer()?).ok();
    let numbers: Option<Vec<usize>> = array.iter().map(whole).collect();
    numbers.filter(|numbers| !numbers.is_empty())
}
