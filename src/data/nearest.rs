//! The name somebody probably meant.

/// The name among `known` nearest to `name` by edit distance (Levenshtein 1966, a swap of neighbours counted as one
/// slip), upper and lower case alike; `None` if even the nearest differs in more than a third of its letters.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = letters(name);
    known
        .into_iter()
        .map(|candidate| {
            let letters = letters(candidate);
            (
                strsim::osa_distance(&wanted, &letters),
                letters.chars().count().max(wanted.chars().count()),
                candidate,
            )
        })
        .filter(|&(distance, length, _)| 3 * distance <= length)
        .min_by_key(|&(distance, ..)| distance)
        .map(|(.., candidate)| candidate)
}

/// Lower-case letters, cut so that a header of a megabyte costs nothing.
fn letters(name: &str) -> String {
    name.trim()
        .chars()
        .flat_map(char::to_lowercase)
        .take(64)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let known = ["YEAR", "SUNACTIVITY"];
        assert_eq!(nearest("sunactivty", known), Some("SUNACTIVITY"));
        assert_eq!(nearest("Year ", known), Some("YEAR"));
        assert_eq!(nearest("temperature", known), None);
    }
}
