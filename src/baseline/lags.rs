//! A set of lags as one writes it down: `1, 2, 9`, and ranges `1-9`.

use std::ops::RangeInclusive;

/// The lags that an autoregression may be given.
pub const RANGE: RangeInclusive<usize> = 1..=1000;

/// Why a text is no set of lags.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LagsError {
    /// Something between commas is neither a number nor a range.
    #[error(
        "found {}, expected whole numbers and ranges between commas. For example 1, 2, 9 or 1-9.",
        if found.is_empty() { "nothing".to_owned() } else { format!("“{found}”") }
    )]
    NoLag {
        /// What stands there.
        found: String,
    },
    /// A number that cannot be a lag.
    #[error(
        "found lag {found}, expected lags from {} to {}. The last value known is lag 1.",
        RANGE.start(),
        RANGE.end()
    )]
    Outside {
        /// The number, as it is written.
        found: String,
    },
    /// A range whose end comes first.
    #[error("found the range {from}-{to}, expected its smaller lag first. Write {to}-{from}.")]
    Backwards {
        /// The lag before the dash.
        from: usize,
        /// The lag behind it.
        to: usize,
    },
}

/// Reads lags, each of which may be there more than once: `1, 2, 9`, `1-9`, `1-3, 12`. They come out rising, each once.
///
/// # Errors
/// The first place that is no lag or range of lags.
pub fn parse(text: &str) -> Result<Vec<usize>, LagsError> {
    let mut lags = Vec::new();
    for part in text.split(',').map(str::trim) {
        // A dash is a dash, however it is typed.
        match part.split_once(['-', '–', '−']) {
            Some((from, to)) => {
                let (from, to) = (lag(from.trim(), part)?, lag(to.trim(), part)?);
                if from > to {
                    return Err(LagsError::Backwards { from, to });
                }
                lags.extend(from..=to);
            }
            None => lags.push(lag(part, part)?),
        }
    }
    lags.sort_unstable();
    lags.dedup();
    Ok(lags)
}

/// A number that is a lag; `part` is what it stands in.
fn lag(number: &str, part: &str) -> Result<usize, LagsError> {
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        let found = part.to_owned();
        return Err(LagsError::NoLag { found });
    }
    // Digits alone fail to be a number only where they are too many.
    let value = number.parse().ok().filter(|lag| RANGE.contains(lag));
    value.ok_or_else(|| LagsError::Outside {
        found: number.to_owned(),
    })
}

/// Writes rising lags as [`parse`] reads them: three or more in a row as a range.
pub fn written(lags: &[usize]) -> String {
    let runs = lags.chunk_by(|before, lag| before + 1 == *lag);
    let parts = runs.flat_map(|run| match run {
        [first, _, .., last] => vec![format!("{first}-{last}")],
        run => run.iter().map(ToString::to_string).collect(),
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// All lags from 1 to `order`: those of AR(p).
pub fn all_lags(order: usize) -> Vec<usize> {
    (1..=order).collect()
}

/// The first lag that is missing among rising lags which should be 1 … p.
pub(super) fn gap(lags: &[usize]) -> Option<usize> {
    let mut expected = all_lags(lags.len()).into_iter().zip(lags);
    expected
        .find(|(expected, lag)| expected != *lag)
        .map(|(expected, _)| expected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_and_ranges_are_read_rising_and_each_once() {
        for (text, lags) in [
            ("1, 2, 9", vec![1, 2, 9]),
            ("1-9", (1..=9).collect()),
            (" 12 ,1 – 3", vec![1, 2, 3, 12]),
            ("9,1-3,2", vec![1, 2, 3, 9]),
            ("5-5", vec![5]),
            ("1000", vec![1000]),
        ] {
            assert_eq!(parse(text), Ok(lags), "{text}");
        }
    }

    #[test]
    fn what_is_no_lag_is_refused_with_what_was_found_expected_and_a_hint() {
        let expected =
            "expected whole numbers and ranges between commas. For example 1, 2, 9 or 1-9.";
        for (text, found) in [
            ("", "nothing"),
            ("1, 2,", "nothing"),
            ("1, two", "“two”"),
            ("1-", "“1-”"),
            ("-3", "“-3”"),
            ("1-2-3", "“1-2-3”"),
            ("1.5", "“1.5”"),
            ("1 2", "“1 2”"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert_eq!(error, format!("found {found}, {expected}"), "{text}");
        }
        for (text, found) in [
            ("0", "0"),
            ("1-1001", "1001"),
            ("99999999999999999999999", "99999999999999999999999"),
        ] {
            assert_eq!(
                parse(text).unwrap_err().to_string(),
                format!(
                    "found lag {found}, expected lags from 1 to 1000. The last value known is lag 1."
                )
            );
        }
        assert_eq!(
            parse("9-1").unwrap_err().to_string(),
            "found the range 9-1, expected its smaller lag first. Write 1-9."
        );
    }

    #[test]
    fn lags_are_written_as_one_would() {
        for (lags, text) in [
            (&[1, 2, 9][..], "1, 2, 9"),
            (&[1, 2, 3, 4], "1-4"),
            (&[1, 3, 4, 5, 12], "1, 3-5, 12"),
            (&[], ""),
        ] {
            assert_eq!(written(lags), text);
        }
    }

    #[test]
    fn a_gap_is_the_first_lag_that_is_missing() {
        assert_eq!(gap(&[1, 2, 3]), None);
        assert_eq!(gap(&[]), None);
        assert_eq!(gap(&[1, 2, 9]), Some(3));
        assert_eq!(gap(&[2]), Some(1));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(lags in proptest::collection::btree_set(1_usize..=1000, 1..30)) {
            let lags: Vec<usize> = lags.into_iter().collect();
            prop_assert_eq!(parse(&written(&lags)), Ok(lags));
        }

        #[test]
        fn any_text_is_lags_or_an_error(text in ".{0,12}") {
            if let Ok(lags) = parse(&text) {
                prop_assert!(lags.iter().all(|lag| RANGE.contains(lag)));
            }
        }
    }
}
