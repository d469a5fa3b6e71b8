//! Numbers, counts and what stands in files, in words: how the program writes them for people, in the window, in messages and
//! on the command line.
//!
//! What was computed is rounded by [`number`]; what somebody wrote comes back as [`exact`] writes it. Files for other programs
//! are no matter of this room: they keep every digit.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// A space at which no line is broken: what stands on both sides of it is read as one.
pub const NO_BREAK: char = '\u{a0}';

/// `value` for people: four significant digits, × 10ⁿ where it is very small or very large, a true minus sign. It stays on one
/// line.
pub fn number(value: f64) -> String {
    significant(value, 4)
}

/// A share, from 0 to 1, for people: as a percentage, rounded as [`number`] rounds.
pub fn percent(share: f64) -> String {
    percent_with(share, 4)
}

/// The same with so many significant digits.
pub fn percent_with(share: f64, digits: usize) -> String {
    // What is not all is not told as all, however little is missing.
    let more = (digits..=17).find(|&digits| significant(100.0 * share, digits) != "100");
    let digits = more.filter(|_| share < 1.0).unwrap_or(digits);
    format!("{}{NO_BREAK}%", significant(100.0 * share, digits))
}

/// A share, from 0 to 1, as a percentage with so many decimals: with more of them where it is neither nothing nor all and would be
/// told as that.
pub fn percent_to(share: f64, decimals: usize) -> String {
    const MOST: usize = 4;
    let written = |decimals| format!("{:.decimals$}", 100.0 * share);
    let (none, all) = (0.0, 100.0);
    let is_told_apart = |&decimals: &usize| {
        let text = written(decimals);
        let told = |of: f64| format!("{of:.decimals$}") == text;
        !(share > 0.0 && told(none) || share < 1.0 && told(all))
    };
    match (decimals..=MOST.max(decimals)).find(is_told_apart) {
        Some(decimals) => format!("{} %", written(decimals)),
        None if share < 0.5 => "under 0.0001 %".to_owned(),
        None => "over 99.9999 %".to_owned(),
    }
}

/// Values that stand below each other: with equally many decimals, four significant digits for the largest. Where one would
/// lose more than half of its own by that, each is written as [`number`] writes it; “–” where there is none.
pub fn numbers(values: &[Option<f64>]) -> Vec<String> {
    let sizes = || values.iter().flatten().map(|value| value.abs());
    let largest = sizes().fold(0.0, f64::max);
    let decimals = (1..=4).rev().find(|&decimals: &usize| {
        // What it will be written as: 9.9996 becomes 10.
        let written = format!("{largest:.decimals$}");
        written.bytes().filter(u8::is_ascii_digit).count() <= 4 + usize::from(largest < 1.0)
    });
    let even = Some(decimals.unwrap_or(0)).filter(|&decimals| {
        let least = 0.1f64.powi(decimals as i32 - 1);
        largest < 1e6 && sizes().all(|size| size == 0.0 || size >= least)
    });
    let written = |value: f64| match even {
        Some(decimals) if value < 0.0 => format!("−{:.decimals$}", -value),
        Some(decimals) => format!("{:.decimals$}", value.abs()),
        None => number(value),
    };
    let all = values.iter();
    all.map(|value| value.map_or("–".to_owned(), written))
        .collect()
}

/// `value` with at most `digits` significant digits, written as [`number`] writes it.
pub fn significant(value: f64, digits: usize) -> String {
    formatted(value, digits, -3..6)
}

/// As [`significant`]; `plain` holds the powers of ten that are written without × 10ⁿ.
pub fn formatted(value: f64, digits: usize, plain: Range<i32>) -> String {
    if value.is_nan() {
        return "not a number".to_owned();
    }
    let sign = if value < 0.0 { "−" } else { "" };
    let size = value.abs();
    if size.is_infinite() {
        return format!("{sign}∞");
    }
    if size == 0.0 {
        return "0".to_owned();
    }
    let digits = digits.max(1);
    // Rust rounds the digits correctly in this notation; the exponent is read after rounding (9.9999 becomes 10).
    let scientific = format!("{size:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if plain.contains(&exponent) {
        let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
        return format!("{sign}{}", without_zeros(&format!("{size:.decimals$}")));
    }
    let mantissa = without_zeros(mantissa);
    if mantissa == "1" {
        format!("{sign}{}", power_of_ten(exponent))
    } else {
        let power = power_of_ten(exponent);
        format!("{sign}{mantissa}{NO_BREAK}×{NO_BREAK}{power}")
    }
}

/// `value` with all its digits, as somebody would write it in a text: with an exponent where the zeros would need counting.
pub fn exact(value: f64) -> String {
    let (plain, exponential) = (value.to_string(), format!("{value:e}"));
    if (1e-4..1e6).contains(&value.abs()) || plain.len() <= exponential.len() {
        plain
    } else {
        exponential
    }
}

/// A number of bytes in mebibytes, rounded up: "15 MiB".
pub fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}

/// "10⁻⁴".
pub fn power_of_ten(exponent: i32) -> String {
    let mut text = String::from("10");
    for sign in exponent.to_string().chars() {
        text.push(match sign {
            '-' => '⁻',
            '0' => '⁰',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            '4' => '⁴',
            '5' => '⁵',
            '6' => '⁶',
            '7' => '⁷',
            '8' => '⁸',
            _ => '⁹',
        });
    }
    text
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

/// `text` as it may be put on a line of a message or of a terminal: nothing in it moves the cursor.
pub fn on_a_line(text: &str) -> impl fmt::Display + '_ {
    struct OnALine<'a>(&'a str);
    impl fmt::Display for OnALine<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0
                .split(char::is_control)
                .enumerate()
                .try_for_each(|(index, piece)| {
                    if index > 0 {
                        f.write_str(" ")?;
                    }
                    f.write_str(piece)
                })
        }
    }
    OnALine(text)
}

/// `text` with every sign that could steer a terminal written out, as JSON writes it: `\u001b`. Line ends stay if `lines`.
///
/// Names and cells of a file are somebody else's text: what is printed of them moves no cursor, changes no colour, and is read in
/// the order in which it stands.
pub fn visible(text: &str, lines: bool) -> Cow<'_, str> {
    let steers = |sign: char| {
        let turns = matches!(sign, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        (sign.is_control() || turns) && !(lines && sign == '\n')
    };
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len() + 16);
    for sign in text.chars() {
        match steers(sign) {
            true => plain += &format!("\\u{:04x}", u32::from(sign)),
            false => plain.push(sign),
        }
    }
    Cow::Owned(plain)
}

/// The text of a cell in quotation marks, or what to call an empty one.
pub(crate) fn quoted(cell: &str) -> String {
    if cell.is_empty() {
        "an empty cell".to_owned()
    } else {
        format!("“{}”", shortened(cell))
    }
}

/// At most 40 characters of `text` on one line: an error must fit on the screen whatever the file holds.
pub(crate) fn shortened(text: &str) -> String {
    const KEPT: usize = 40;
    let mut short: String = text
        .chars()
        .take(KEPT)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(KEPT).is_some() {
        short.push('…');
    }
    short
}

/// A count with commas between its thousands.
pub(crate) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun: “1 field”, “3 fields”.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The same of what there may be thousands of: “1 parameter”, “1,233 parameters”.
pub(crate) fn many(count: usize, noun: &str) -> String {
    format!(
        "{} {noun}{}",
        grouped(count),
        if count == 1 { "" } else { "s" }
    )
}

/// The sequences of both parts: “228 training and 59 test sequences”.
pub(crate) fn sequences(train: usize, test: usize) -> String {
    let rest = many(test, "test sequence");
    match (train, test) {
        (1, _) | (_, 1) => format!("{} and {rest}", many(train, "training sequence")),
        _ => format!("{} training and {rest}", grouped(train)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_is_left() {
        let text = "a\u{1b}[31m\u{9b}2J\u{7f}\u{202e}é\n\t";
        let plain = visible(text, false);
        assert_eq!(plain, "a\\u001b[31m\\u009b2J\\u007f\\u202eé\\u000a\\u0009");
        assert!(visible(text, true).contains('\n'));
        // In JSON it means the same as what it stands for.
        let json = serde_json::to_string("\u{9b}").unwrap();
        let read: String = serde_json::from_str(&visible(&json, true)).unwrap();
        assert_eq!(read, "\u{9b}");
        assert!(matches!(visible("1 é “b”", false), Cow::Borrowed(_)));
    }

    #[test]
    fn one_is_singular() {
        assert_eq!(sequences(1_228, 59), "1,228 training and 59 test sequences");
        assert_eq!(sequences(9, 1), "9 training sequences and 1 test sequence");
        assert_eq!(sequences(1, 2), "1 training sequence and 2 test sequences");
        assert_eq!(counted(1, "row"), "1 row");
        assert_eq!(counted(0, "row"), "0 rows");
        assert_eq!(many(1, "row"), "1 row");
        assert_eq!(many(1_233, "parameter"), "1,233 parameters");
    }

    #[test]
    fn a_share_below_all_is_not_told_as_all_and_one_above_nothing_not_as_nothing() {
        for (share, decimals, told) in [
            (0.5, 0, "50 %"),
            (1.0, 0, "100 %"),
            (0.0, 1, "0.0 %"),
            (0.999_044, 0, "99.9 %"),
            (0.999_6, 1, "99.96 %"),
            (0.000_4, 0, "0.04 %"),
            (0.000_4, 1, "0.04 %"),
            (1.0 - 1e-9, 1, "over 99.9999 %"),
            (1e-12, 0, "under 0.0001 %"),
            (f64::NAN, 0, "NaN %"),
        ] {
            assert_eq!(percent_to(share, decimals), told);
        }
        for (share, told) in [
            (0.495, "49.5\u{a0}%"),
            (0.999_999, "99.9999\u{a0}%"),
            (1.0, "100\u{a0}%"),
        ] {
            assert_eq!(percent(share), told);
        }
    }

    #[test]
    fn a_number_has_no_space_at_which_a_line_could_be_broken() {
        for value in [3.8e-6, -1.234_5e9, 5e-324, f64::MAX] {
            let text = number(value);
            assert!(!text.contains(' ') && text.contains(NO_BREAK), "{text:?}");
        }
    }

    #[test]
    fn numbers_below_each_other_have_equally_many_decimals() {
        let cases: [(&[Option<f64>], &[&str]); 7] = [
            (
                &[Some(15.8), Some(18.748_6), Some(33.175)],
                &["15.80", "18.75", "33.17"],
            ),
            (
                &[Some(0.714_6), None, Some(1.544)],
                &["0.715", "–", "1.544"],
            ),
            (&[Some(0.424_5), Some(-0.05)], &["0.4245", "−0.0500"]),
            (&[Some(9.999_6), Some(1.0)], &["10.00", "1.00"]),
            (&[Some(123_456.7), Some(12.0)], &["123457", "12"]),
            (&[Some(1e7), Some(1.0)], &["10⁷", "1"]),
            (&[Some(33.0), Some(1e-4)], &["33", "10⁻⁴"]),
        ];
        for (values, written) in cases {
            assert_eq!(numbers(values), written, "{values:?}");
        }
    }

    #[test]
    fn numbers_read_well() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (-0.5, "−0.5"),
            (0.123_456, "0.1235"),
            (12.345_6, "12.35"),
            (999.96, "1000"),
            (123_456.7, "123457"),
            (1e6, "10⁶"),
            (1_234_567.0, "1.235\u{a0}×\u{a0}10⁶"),
            (0.001, "0.001"),
            (0.000_999_99, "0.001"),
            (0.000_1, "10⁻⁴"),
            (-2.4e-5, "−2.4\u{a0}×\u{a0}10⁻⁵"),
            (5e-324, "4.941\u{a0}×\u{a0}10⁻³²⁴"),
            (f64::MAX, "1.798\u{a0}×\u{a0}10³⁰⁸"),
            (f64::INFINITY, "∞"),
            (f64::NEG_INFINITY, "−∞"),
            (f64::NAN, "not a number"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text, "{value:e}");
        }
    }

    #[test]
    fn what_was_written_comes_back_with_all_its_digits_and_never_with_hundreds_of_zeros() {
        for (value, text) in [
            (0.1, "0.1"),
            (-1.0, "-1"),
            (123_456.789, "123456.789"),
            (1e-7, "1e-7"),
            (1e164, "1e164"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(exact(value), text);
        }
    }

    #[test]
    fn nothing_on_a_line_moves_the_cursor() {
        assert_eq!(on_a_line("a\n\u{1b}[2Jb").to_string(), "a  [2Jb");
        assert_eq!(on_a_line("").to_string(), "");
    }

    proptest::proptest! {
        #[test]
        fn no_number_fills_a_line(value: f64) {
            for text in [number(value), exact(value)] {
                proptest::prop_assert!(text.chars().count() <= 25, "{}", text);
            }
        }
    }

    #[test]
    fn a_long_cell_is_shortened_to_one_line() {
        assert_eq!(shortened(&"é\n".repeat(30)).chars().count(), 41);
        assert!(!shortened("a\nb").contains('\n'));
    }
}
