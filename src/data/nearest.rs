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
                distance(&wanted, &letters),
                letters.len().max(wanted.len()),
                candidate,
            )
        })
        .filter(|&(distance, length, _)| 3 * distance <= length)
        .min_by_key(|&(distance, ..)| distance)
        .map(|(.., candidate)| candidate)
}

/// Lower-case letters, cut so that a header of a megabyte costs nothing.
fn letters(name: &str) -> Vec<char> {
    name.trim()
        .chars()
        .flat_map(char::to_lowercase)
        .take(64)
        .collect()
}

fn distance(from: &[char], to: &[char]) -> usize {
    // rows[i][j] is the distance between the first i letters of `from` and the first j of `to`.
    let mut rows = vec![vec![0; to.len() + 1]; from.len() + 1];
    for i in 0..=from.len() {
        for j in 0..=to.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = rows[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
                let least = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                let swapped =
                    i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
                if swapped {
                    least.min(rows[i - 2][j - 2] + 1)
                } else {
                    least
                }
            };
        }
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_of_known_pairs() {
        // The standard example: kitten → sitten → sittin → sitting.
        assert_eq!(distance(&letters("kitten"), &letters("sitting")), 3);
        assert_eq!(distance(&letters(""), &letters("abc")), 3);
        assert_eq!(distance(&letters("valeu"), &letters("value")), 1);
    }

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let known = ["YEAR", "SUNACTIVITY"];
        assert_eq!(nearest("sunactivty", known), Some("SUNACTIVITY"));
        assert_eq!(nearest("Year ", known), Some("YEAR"));
        assert_eq!(nearest("temperature", known), None);
    }
}
