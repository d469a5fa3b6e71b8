//! How a workbook shows its numbers, as far as it tells dates and times from others (ECMA-376, part 1, 18.8.30 and 18.8.31).

use jiff::civil::{Date, date};

/// What a number stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Format {
    /// Itself.
    #[default]
    Number,
    /// A day.
    Day,
    /// A day and a time of it, or a time alone.
    Time,
    /// Hours that may be more than 24.
    Duration,
}

impl Format {
    /// The format that has this number in all workbooks.
    pub fn built_in(id: usize) -> Self {
        match id {
            14..=17 | 27..=31 | 34..=36 | 50..=54 | 57 | 58 => Format::Day,
            18..=22 | 32 | 33 | 45 | 47 | 55 | 56 => Format::Time,
            46 => Format::Duration,
            _ => Format::Number,
        }
    }

    /// The format that is written so: `yyyy-mm-dd`, `[h]:mm`, `0.00`.
    pub fn of_code(code: &str) -> Self {
        if code.trim().eq_ignore_ascii_case("general") {
            return Format::Number;
        }
        let mut letters = String::new();
        let mut signs = code.chars();
        while let Some(sign) = signs.next() {
            match sign {
                // What stands for itself, and space as wide as a sign.
                '\\' | '_' | '*' => {
                    signs.next();
                }
                '"' => {
                    signs.by_ref().find(|&sign| sign == '"');
                }
                // A colour, a condition, a language; or time that goes on beyond a day.
                '[' => {
                    let inner: String = signs.by_ref().take_while(|&sign| sign != ']').collect();
                    let inner = inner.to_ascii_lowercase();
                    let same =
                        |unit: char| !inner.is_empty() && inner.chars().all(|sign| sign == unit);
                    if same('h') || same('m') || same('s') {
                        return Format::Duration;
                    }
                }
                // The first part is that of positive numbers.
                ';' => break,
                sign => letters.push(sign.to_ascii_lowercase()),
            }
        }
        let twelve = letters.contains("am/pm") || letters.contains("a/p");
        let has = |sign: char| letters.contains(sign);
        if has('h') || has('s') || twelve {
            Format::Time
        } else if has('y') || has('d') || has('m') {
            Format::Day
        } else {
            Format::Number
        }
    }

    /// What a number is as text, days being counted as workbooks do; `None` if it is just a number.
    pub fn text(self, value: f64, from_1904: bool) -> Option<String> {
        /// Milliseconds of a day.
        const DAY: i64 = 86_400_000;
        /// The day after 31 December 9999.
        const LAST: f64 = 2_958_466.0;
        if self == Format::Number || !(0.0..LAST).contains(&value) {
            return None;
        }
        let mut all = (value * DAY as f64).round() as i64;
        // Times are sums of fractions of a day, which are a little off.
        let off = all.rem_euclid(1000);
        match off {
            1..=5 => all -= off,
            995..=999 => all += 1000 - off,
            _ => {}
        }
        let (days, within) = (all.div_euclid(DAY), all.rem_euclid(DAY));
        let (seconds, thousandths) = (within / 1000, within % 1000);
        let fraction = match thousandths {
            0 => String::new(),
            some => format!(".{some:03}"),
        };
        let clock = |hours: i64| {
            format!(
                "{hours:02}:{:02}:{:02}{fraction}",
                seconds / 60 % 60,
                seconds % 60
            )
        };
        let hours = seconds / 3600;
        match self {
            Format::Duration => return Some(clock(24 * days + hours)),
            Format::Time if days == 0 => return Some(clock(hours)),
            _ => {}
        }
        let day = day(days, from_1904)?;
        let day = format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day());
        Some(match self {
            Format::Day if within == 0 => day,
            _ => format!("{day} {}", clock(hours)),
        })
    }
}

/// The day of this number. As spreadsheets have a 29 February in 1900, numbers before it are one behind.
fn day(number: i64, from_1904: bool) -> Option<Date> {
    let (first, number) = match from_1904 {
        true => (date(1904, 1, 1), number),
        false if number < 60 => (date(1899, 12, 31), number),
        false => (date(1899, 12, 30), number),
    };
    first
        .checked_add(jiff::Span::new().try_days(number).ok()?)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_tell_days_and_times_from_numbers() {
        for (code, expected) in [
            ("General", Format::Number),
            ("0.00", Format::Number),
            ("0.00E+00", Format::Number),
            ("#,##0 \"days\"", Format::Number),
            ("[Red]0;-0", Format::Number),
            ("0\\d", Format::Number),
            ("yyyy-mm-dd", Format::Day),
            ("[$-409]d-mmm-yy;@", Format::Day),
            ("mmm yy", Format::Day),
            ("dd/mm/yyyy hh:mm", Format::Time),
            ("h:mm AM/PM", Format::Time),
            ("mm:ss.0", Format::Time),
            ("[h]:mm:ss", Format::Duration),
        ] {
            assert_eq!(Format::of_code(code), expected, "{code}");
        }
    }

    /// Python 3: `datetime(1899, 12, 30) + timedelta(days=…)`, and for 1 what spreadsheets show.
    #[test]
    fn numbers_of_days_are_those_of_spreadsheets() {
        let text = |format: Format, value: f64| format.text(value, false);
        assert_eq!(text(Format::Day, 45_292.0).as_deref(), Some("2024-01-01"));
        assert_eq!(text(Format::Day, 1.0).as_deref(), Some("1900-01-01"));
        assert_eq!(text(Format::Day, 61.0).as_deref(), Some("1900-03-01"));
        assert_eq!(
            text(Format::Day, 45_292.5).as_deref(),
            Some("2024-01-01 12:00:00")
        );
        assert_eq!(
            text(Format::Time, 45_292.0).as_deref(),
            Some("2024-01-01 00:00:00")
        );
        // 45292 + 7 / 24, from above and from below.
        assert_eq!(
            text(Format::Time, 45_292.291_666_67).as_deref(),
            Some("2024-01-01 07:00:00")
        );
        assert_eq!(
            text(Format::Time, 45_292.291_666_63).as_deref(),
            Some("2024-01-01 07:00:00")
        );
        assert_eq!(text(Format::Time, 0.75).as_deref(), Some("18:00:00"));
        assert_eq!(text(Format::Duration, 1.25).as_deref(), Some("30:00:00"));
        assert_eq!(
            Format::Day.text(43_830.0, true).as_deref(),
            Some("2024-01-01")
        );
        assert_eq!(text(Format::Number, 5.0), None);
        for beyond in [-1.0, 1e9, f64::NAN] {
            assert_eq!(text(Format::Day, beyond), None);
        }
    }
}
