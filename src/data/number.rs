//! A cell's number, and why a cell is none.

/// How a number's fraction is separated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// 0.5
    Point,
    /// 0,5
    Comma,
}

/// The finite number in a cell and the notation it shows, `None` for a notation if the number has no separator.
///
/// Spaces around the number are allowed, separators between thousands are not: “1,234” is 1.234 where commas are
/// decimal (`comma` is true) and no number otherwise.
pub(crate) fn parse(cell: &[u8], comma: bool) -> Option<(f64, Option<Notation>)> {
    let cell = cell.trim_ascii();
    let mut separator = None;
    for (at, byte) in cell.iter().enumerate() {
        match byte {
            b'0'..=b'9' | b'+' | b'-' | b'e' | b'E' => {}
            b'.' if separator.is_none() => separator = Some((at, Notation::Point)),
            b',' if comma && separator.is_none() => separator = Some((at, Notation::Comma)),
            // This also keeps out “inf” and “nan”, which the standard parser would take.
            _ => return None,
        }
    }
    let value: f64 = if let Some((at, Notation::Comma)) = separator {
        let mut pointed = cell.to_vec();
        pointed[at] = b'.';
        str::from_utf8(&pointed).ok()?.parse().ok()?
    } else {
        str::from_utf8(cell).ok()?.parse().ok()?
    };
    value
        .is_finite()
        .then_some((value, separator.map(|(_, notation)| notation)))
}

/// Whether the cell is a usual way of writing that a value is missing.
pub(crate) fn is_missing(cell: &str) -> bool {
    const MARKS: [&str; 12] = [
        "", "-", "–", "?", ".", "*", "na", "n/a", "#n/a", "nan", "null", "none",
    ];
    let lower = cell.trim().to_lowercase();
    MARKS.contains(&lower.as_str())
}

/// What to try when `cell` is no number; a sentence.
pub(crate) fn hint(cell: &str) -> &'static str {
    let cell = cell.trim();
    let starts_as_number = cell
        .trim_start_matches(['+', '-', '−'])
        .starts_with(|c: char| c.is_ascii_digit());
    if is_missing(cell) {
        "Fill in the value, or delete the lines before or after the gap."
    } else if cell.starts_with('−') && parse(cell.replacen('−', "-", 1).as_bytes(), false).is_some()
    {
        "Write the minus sign as a hyphen, “-”."
    } else if matches!(
        cell.to_ascii_lowercase().trim_start_matches(['+', '-']),
        "inf" | "infinity"
    ) || cell.parse::<f64>().is_ok_and(f64::is_infinite)
    {
        "Replace it by a finite number of at most about 1.8e308."
    } else if starts_as_number && cell.contains(',') {
        "Write the number with a decimal point and without separators between thousands."
    } else if starts_as_number && cell.matches(['-', '/', ':', '.']).count() >= 2 {
        "This looks like a date or time. Use the column as time, not as feature or target."
    } else if starts_as_number {
        "Keep the number alone, a unit belongs in the header."
    } else {
        "Correct the cell, or choose another column."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_files_write_them() {
        assert_eq!(parse(b"1700", false), Some((1700.0, None)));
        assert_eq!(
            parse(b" -1.5e-3 ", false),
            Some((-0.0015, Some(Notation::Point)))
        );
        assert_eq!(parse(b"+.5", false), Some((0.5, Some(Notation::Point))));
        assert_eq!(parse(b"1,5", true), Some((1.5, Some(Notation::Comma))));
    }

    #[test]
    fn what_is_no_finite_number_is_refused() {
        for cell in [
            "", "n/a", "inf", "NaN", "1e999", "1,5", "1 000", "0x10", "1.2.3", "e", "5 kg",
        ] {
            assert_eq!(parse(cell.as_bytes(), false), None, "{cell}");
        }
        for cell in ["1,234,567", "1.234,5", "1,234.5"] {
            assert_eq!(parse(cell.as_bytes(), true), None, "{cell}");
        }
    }

    #[test]
    fn the_hint_fits_the_cell() {
        assert!(hint("n/a").contains("Fill in"));
        assert!(hint("−5").contains("minus"));
        assert!(hint("1e999").contains("finite"));
        assert!(hint("1,5").contains("decimal point"));
        assert!(hint("2020-01-31").contains("date"));
        assert!(hint("5 kg").contains("unit"));
        assert!(hint("Paris").contains("another column"));
    }
}
